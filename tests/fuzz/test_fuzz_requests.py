"""Task definitions and shorthand that nobody meant: an answer, or an error that says where."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

import placement
from placement.cli.app import app
from placement.cli.errors import ShorthandError
from placement.cli.options.shorthand import parse

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "task-definition.json"

JUNK: tuple[Any, ...] = (
    *(None, 0, -1, 1, 3, 4, 80, 65536, 2**31, 2**70, 1.5, 1e308, True, "", "x", "\0", "\ud800"),
    *("1 vCPU", ".1 vCPU", "9" * 30, "1GB", "tcp", "udp", "GPU", "awsvpc", "host", "none", "LINUX"),
    *("memberOf", "attribute:a == b", "attribute:a ==", "80-90", [], ["x"], {}, {"a": 1}, [{}]),
)
FIELDS = (
    *("taskDefinition", "containerDefinitions", "family", "revision", "cpu", "memory", "name"),
    *("memoryReservation", "portMappings", "containerPort", "hostPort", "protocol", "value"),
    *("containerPortRange", "networkMode", "resourceRequirements", "requiresAttributes", "type"),
    *("runtimePlatform", "operatingSystemFamily", "cpuArchitecture", "placementConstraints"),
    *("expression", "taskDefinitionArn"),
)
VALUES = st.sampled_from(JUNK) | st.integers() | st.floats() | st.text(max_size=5)
DOCUMENT_LIKE = st.recursive(
    VALUES,
    lambda parts: (
        st.lists(parts, max_size=4) | st.dictionaries(st.sampled_from(FIELDS), parts, max_size=8)
    ),
    max_leaves=25,
)


def read(document: Any) -> placement.Task | None:
    """Read a document; None if it was refused, after a look at the refusal."""
    refusal = refused(placement.Task.from_ecs, document)
    if refusal is None:
        return placement.Task.from_ecs(json.loads(json.dumps(document)))
    shown = str(refusal)
    shown.encode("utf-8")
    assert shown.strip()
    assert len(shown) < 1000
    assert all(character == "\n" or character.isprintable() for character in shown)
    return None


def is_placed_or_explained(task: placement.Task) -> bool:
    """Let a cluster of one instance take a task; say whether it took it as its sizes demand."""
    cluster = placement.Cluster()
    cluster.register(placement.Instance(id="i-1", cpu=1024, memory=1024, tcp_ports=()))
    placed = cluster.place(task)
    assert str(cluster.explain(task)).encode("utf-8")
    fits = task.cpu <= 1024 and task.memory <= 1024 and not task.gpus
    return len(placed.rows) <= fits


def refused(call: Callable[..., Any], *arguments: Any) -> placement.PlacementError | None:
    """Return the error of ours that a call ends in, None if it ends well."""
    try:
        call(*arguments)
    except placement.PlacementError as error:
        return error
    return None


def places(document: Any) -> list[tuple[Any, Any]]:
    """Every container and key in a document."""
    parts: list[tuple[Any, Any]] = []
    if isinstance(document, dict):
        parts = list(document.items())
    elif isinstance(document, list):
        parts = list(enumerate(document))
    found = [(document, key) for key, _ in parts]
    return found + [place for _, part in parts for place in places(part)]


@given(DOCUMENT_LIKE | DOCUMENT_LIKE.map(lambda found: {"taskDefinition": found}))
def test_known_fields_in_any_order_with_anything_in_them(document: Any) -> None:
    task = read(document)
    assert task is None or is_placed_or_explained(task)


@given(
    st.dictionaries(st.sampled_from(FIELDS), DOCUMENT_LIKE, max_size=8),
    st.lists(st.dictionaries(st.sampled_from(FIELDS), DOCUMENT_LIKE, max_size=8), max_size=3),
)
def test_a_definition_with_anything_in_its_fields(
    fields: dict[str, Any], containers: list[dict[str, Any]]
) -> None:
    whole = [{"memory": 8} | container for container in containers]
    task = read({"family": "f", **fields, "containerDefinitions": whole})
    assert task is None or is_placed_or_explained(task)


@given(st.data())
def test_one_field_of_the_example_replaced_by_junk(data: st.DataObject) -> None:
    damaged = json.loads(EXAMPLE.read_text())
    container, key = data.draw(st.sampled_from(places(damaged)))
    container[key] = copy.deepcopy(data.draw(DOCUMENT_LIKE))
    task = read(damaged)
    assert task is None or is_placed_or_explained(task)


@given(st.data())
def test_one_field_of_the_example_left_out(data: st.DataObject) -> None:
    damaged = json.loads(EXAMPLE.read_text())
    container, key = data.draw(st.sampled_from(places(damaged)))
    del container[key]
    task = read(damaged)
    assert task is None or is_placed_or_explained(task)


@pytest.mark.parametrize("field", FIELDS)
def test_a_deep_document(field: str) -> None:
    document: Any = "x"
    for _ in range(100_000):
        document = {field: [document]}
    good = {"family": "f", "containerDefinitions": [{"memory": 4}]}
    for place in (document, {**good, field: document}, {**good, field: [document]}):
        refusal = refused(placement.Task.from_ecs, place)
        assert refusal is None or len(str(refusal)) < 1000


# Shorthand

WORDS = (
    *("type", "=", ",", "memberOf", "expression", "==", "'", '"', "[", "]", "{", "}", "\\", "@"),
    *(" ", "attribute:a", "in", "x", "\n", "\ud800", "\0", "\N{HEAVY BLACK HEART}", "file://"),
)
ITEMS = st.text(max_size=20) | st.lists(st.sampled_from(WORDS), max_size=20).map("".join)


def is_structure(value: Any) -> bool:
    if isinstance(value, dict):
        return all(isinstance(key, str) and key for key in value) and all(
            map(is_structure, value.values())
        )
    return all(map(is_structure, value)) if isinstance(value, list) else isinstance(value, str)


@given(ITEMS)
def test_any_item_is_a_structure_or_an_error_with_a_place_in_it(item: str) -> None:
    refusal = refused(parse, item, str)
    if refusal is None:
        assert is_structure(parse(item, str))
        return
    assert isinstance(refusal, ShorthandError)
    span = refusal.problem.span
    assert refusal.source == item
    assert 0 <= span.start <= span.end <= len(item) + 1
    str(refusal).encode("utf-8")


TEXTS = st.text(max_size=20).filter(lambda text: not text.endswith("\\"))


@given(st.dictionaries(st.text("abcXYZ019-_.#/:", min_size=1), TEXTS, min_size=1), st.data())
def test_quoted_values_come_out_as_they_went_in(
    values: dict[str, str], data: st.DataObject
) -> None:
    """A quote is written with a backslash, a backslash as two.

    At the end of a text the AWS CLI may take the second for one before the quote, and so do we.
    """

    def quoted(text: str) -> str:
        quote = data.draw(st.sampled_from("'\""))
        return quote + text.replace("\\", "\\\\").replace(quote, f"\\{quote}") + quote

    item = ",".join(f"{key}={quoted(value)}" for key, value in values.items())
    assert parse(item, str) == values


@given(st.lists(ITEMS.filter(lambda item: "file://" not in item), min_size=1, max_size=3))
def test_any_items_end_in_an_answer_or_in_status_2(items: list[str]) -> None:
    """The command reads options before it asks for files, so that none is needed here."""
    arguments = ["run-task", "--state", "nowhere", "--task-definition", "nowhere"]
    result = CliRunner().invoke(app, [*arguments, "--placement-constraints", *items])
    assert result.exit_code == 2
    assert isinstance(result.exception, SystemExit)
    assert "rror: " in result.stderr
