"""Every conformance case through the naive twin and through the engine.

The cases are data (``conformance/README.md``); only their form is checked here, and what TOML
cannot hold is added at the end.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from attrs import frozen

import naive
import placement

FOLDER = Path(__file__).parent
FILES = sorted(FOLDER.glob("*.toml"))
INSTANCE_FIELDS = {
    "id": str,
    "ec2InstanceId": str,
    "status": str,
    "agentConnected": bool,
    "agentVersion": str,
    "registeredAt": datetime,
    "runningTasksCount": int,
    "attributes": dict,
    "flags": list,
    "groups": dict,
}
CASE_FIELDS = {
    "name": str,
    "query": str,
    "parts": list,
    "rows": list,
    "error": str,
    "at": str,
    "decision": str,
    "dialect": str,
}
ARN = "arn:aws:ecs:us-east-1:111122223333:container-instance/default/"


@frozen
class Case:
    """One ``[[case]]``, with the instances of its file."""

    file: str
    name: str
    query: str
    rows: list[str] | None
    error: str | None
    at: str | None
    dialect: str | None

    @property
    def id(self) -> str:
        return f"{self.file}::{self.name}"


@cache
def read(file: Path) -> dict[str, list[dict[str, Any]]]:
    return tomllib.loads(file.read_text(encoding="utf-8"))


@cache
def instances(file: str) -> tuple[naive.Instance, ...]:
    """The instances of a file, with the defaults of the README."""
    return tuple(
        naive.Instance(
            id=table["id"],
            ec2InstanceId=table.get("ec2InstanceId"),
            status=table.get("status", "ACTIVE"),
            agentConnected=table.get("agentConnected", True),
            agentVersion=table.get("agentVersion"),
            registeredAt=table.get("registeredAt"),
            runningTasksCount=table.get("runningTasksCount", sum(table.get("groups", {}).values())),
            attributes=table.get("attributes", {}) | dict.fromkeys(table.get("flags", [])),
            groups=table.get("groups", {}),
        )
        for table in read(FOLDER / f"{file}.toml").get("instance", [])
    )


def cases() -> Iterator[Case]:
    for file in FILES:
        for table in read(file)["case"]:
            parts = table.get("parts", [])
            yield Case(
                file=file.stem,
                name=table["name"],
                query=table.get("query", "".join(text * count for text, count in parts)),
                rows=table.get("rows"),
                error=table.get("error"),
                at=table.get("at"),
                dialect=table.get("dialect"),
            )


CASES = list(cases())
SELECTING = [case for case in CASES if case.rows is not None]
REFUSED = [case for case in CASES if case.error is not None]


def of_any_dialect(chosen: list[Case]) -> list[Case]:
    """The cases that an evaluator with Python's patterns can answer."""
    return [case for case in chosen if case.dialect is None]


def document(instance: naive.Instance) -> dict[str, Any]:
    """Write an instance as describe-container-instances does, without its tasks."""
    described: dict[str, Any] = {
        "containerInstanceArn": ARN + instance["id"],
        "status": instance["status"],
        "agentConnected": instance["agentConnected"],
        "runningTasksCount": instance["runningTasksCount"] - sum(instance["groups"].values()),
        "attributes": [
            {"name": name} if value is None else {"name": name, "value": value}
            for name, value in instance["attributes"].items()
        ],
    }
    if instance["ec2InstanceId"] is not None:
        described["ec2InstanceId"] = instance["ec2InstanceId"]
    if instance["agentVersion"] is not None:
        described["versionInfo"] = {"agentVersion": instance["agentVersion"]}
    if instance["registeredAt"] is not None:
        described["registeredAt"] = instance["registeredAt"].isoformat()
    return described


@cache
def cluster(file: str) -> placement.Cluster:
    """Build a file's cluster; each task is added by itself, on top of the reported count."""
    built = placement.Cluster.from_ecs([document(instance) for instance in instances(file)])
    for instance in instances(file):
        for group, count in instance["groups"].items():
            for _ in range(count):
                built.add_task(instance["id"], group)
    return built


def short(ids: list[str]) -> list[str]:
    """Reduce ARNs to their last part."""
    return [text.rpartition("/")[2] for text in ids]


# --- The form of the files -----------------------------------------------------------------


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_fields_are_those_of_the_readme(file: Path) -> None:
    for table, fields in (("instance", INSTANCE_FIELDS), ("case", CASE_FIELDS)):
        for entry in read(file).get(table, []):
            for field, value in entry.items():
                assert isinstance(value, fields[field]), (entry, field)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_case_has_one_query_and_one_outcome(file: Path) -> None:
    for entry in read(file)["case"]:
        assert ("query" in entry) != ("parts" in entry), entry["name"]
        assert ("rows" in entry) != ("error" in entry), entry["name"]
        assert "at" not in entry or "error" in entry, entry["name"]


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_names_are_unique_in_their_file(file: Path) -> None:
    names = [entry["name"] for entry in read(file)["case"]]
    ids = [instance["id"] for instance in instances(file.stem)]
    assert len(set(names)) == len(names)
    assert len(set(ids)) == len(ids)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_counts_are_at_least_those_of_the_groups(file: Path) -> None:
    for instance in instances(file.stem):
        assert instance["runningTasksCount"] >= sum(instance["groups"].values()), instance["id"]


def test_every_decision_about_the_language_has_cases() -> None:
    cited = {
        decision
        for file in FILES
        for entry in read(file)["case"]
        for decision in entry.get("decision", "").split(", ")
    }
    # A22 binds the client, not the language; B10 is the client's too, but for the empty text.
    wanted = {f"A{n}" for n in range(1, 22)} | {f"B{n}" for n in range(1, 12)}
    wanted |= {f"C{n}" for n in range(1, 5)}
    assert cited - {""} == wanted


def test_every_file_is_in_the_readme() -> None:
    text = (FOLDER / "README.md").read_text(encoding="utf-8")
    assert [file.name for file in FILES if f"`{file.name}`" not in text] == []


# --- The twin ------------------------------------------------------------------------------


@pytest.mark.parametrize("case", of_any_dialect(SELECTING), ids=lambda case: case.id)
def test_twin_selects(case: Case) -> None:
    assert naive.select(case.query, instances(case.file)) == case.rows


@pytest.mark.parametrize("case", of_any_dialect(REFUSED), ids=lambda case: case.id)
def test_twin_refuses(case: Case) -> None:
    with pytest.raises(naive.NaiveSyntaxError):
        naive.parse(case.query)


# --- The engine ----------------------------------------------------------------------------


@pytest.mark.parametrize("case", SELECTING, ids=lambda case: case.id)
def test_engine_selects(case: Case) -> None:
    selected = placement.compile(case.query).select(cluster(case.file))
    assert short(selected) == case.rows


@pytest.mark.parametrize("case", SELECTING, ids=lambda case: case.id)
def test_engine_selects_the_same_from_its_own_text(case: Case) -> None:
    """The canonical text means what the query meant (with the limit off: C1)."""
    text = str(placement.compile(case.query))
    selected = placement.compile(text, max_length=None).select(cluster(case.file))
    assert short(selected) == case.rows


@pytest.mark.parametrize("case", REFUSED, ids=lambda case: case.id)
def test_engine_refuses(case: Case) -> None:
    with pytest.raises(placement.CqlError) as caught:
        placement.compile(case.query)
    assert case.error is not None
    assert case.error in str(caught.value)
    assert caught.value.problems


@pytest.mark.parametrize(
    "case", [case for case in REFUSED if case.at is not None], ids=lambda case: case.id
)
def test_engine_points_at_the_problem(case: Case) -> None:
    with pytest.raises(placement.CqlError) as caught:
        placement.compile(case.query)
    spans = [problem.span for problem in caught.value.problems]
    assert case.at in [case.query[span.start : span.end] for span in spans]


# --- What TOML cannot hold -----------------------------------------------------------------

SURROGATES = [
    "attribute:x == \ud800",
    "attribute:x == '\udfff'",
    "attribute:x in [\ud800, '\udc00\ud800']",
    "task:group == \udcff",
]


@pytest.mark.parametrize("query", SURROGATES, ids=ascii)
def test_lone_surrogate_is_a_character_like_any_other(query: str) -> None:
    """1.3: a bare or quoted literal may hold it; no instance here does."""
    assert naive.select(query, instances("equality")) == []
    assert placement.compile(query).select(cluster("equality")) == []


@pytest.mark.parametrize("query", ["\ud800", "attribute:\ud800 exists", "attribute:a \udfff b"])
def test_lone_surrogate_is_no_name_and_no_operator(query: str) -> None:
    """B9."""
    with pytest.raises(naive.NaiveSyntaxError):
        naive.parse(query)
    with pytest.raises(placement.CqlError):
        placement.compile(query)
