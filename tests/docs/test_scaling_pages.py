"""The pages on auto scaling and capacity providers list codes, options and keys of the commands."""

from __future__ import annotations

import re
import shlex
from fractions import Fraction
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner

from placement.cli.app import app
from placement.cli.commands.autoscale import autoscale
from placement.cli.commands.capacity import capacity
from placement.ecs.lints.scaling_codes import SCALING_CODES, ScalingLint
from placement.ecs.outlooks.capacity import ProviderOutlook
from placement.ecs.outlooks.capacity_course import CapacityChange, CapacityCourse
from placement.ecs.outlooks.course import Mode, PolicyLine, ScalingCourse, ScalingMinute
from placement.ecs.outlooks.document import capacity_document, course_document

ROOT = Path(__file__).resolve().parents[2]
SCALING = (ROOT / "docs" / "auto-scaling.md").read_text(encoding="utf-8")
CAPACITY = (ROOT / "docs" / "capacity-providers.md").read_text(encoding="utf-8")
ON_A_METRIC = "On a recorded metric: `placement autoscale`"
NOW = "What would providers do now? `placement capacity`"


def section(page: str, title: str) -> str:
    return page.split(f"\n## {title}\n")[1].split("\n## ")[0]


def tables(text: str) -> list[list[list[str]]]:
    """Return the tables of a text: rows of cells, without their heads."""
    found = re.findall(r"((?:^\|.*\n)+)", text, re.MULTILINE)
    return [
        [[cell.strip() for cell in line.split("|")[1:-1]] for line in table.splitlines()[2:]]
        for table in found
    ]


def test_the_page_lists_every_code_with_its_meaning() -> None:
    (table,) = tables(section(SCALING, "Warnings about scaling"))
    assert {code.strip("`"): meaning for code, meaning in table} == SCALING_CODES


@pytest.mark.parametrize("code", SCALING_CODES)
def test_a_code_is_made_of_words(code: str) -> None:
    assert re.fullmatch(r"[a-z]+(-[a-z]+)*", code)


@pytest.mark.parametrize(
    ("command", "text"),
    [(autoscale, section(SCALING, ON_A_METRIC)), (capacity, section(CAPACITY, NOW))],
)
def test_the_page_lists_every_option(command: click.Command, text: str) -> None:
    named = {flag for row in tables(text)[0] for flag in re.findall(r"`(--[\w-]+)", row[0])}
    options = {flag for one in command.params if isinstance(one, click.Option) for flag in one.opts}
    assert named == options


def check_keys(document: dict[str, Any], table: list[list[str]], inner: dict[str, Any]) -> None:
    """Check that a table has a document's keys, and those of parts of it by their path."""
    named = [re.findall(r"`([\w.]+)`", row[0]) for row in table]
    assert [key for keys in named for key in keys if "." not in key] == list(document)
    for path, value in inner.items():
        (row,) = [row for row in table if f"`{path}`" in row[0]]
        assert set(value) <= set(re.findall(r"`(\w+)`", row[1])), path


WARNING = ScalingLint("bounds-equal", "service/a/b", "MaxCapacity", "text")


def test_the_page_lists_every_key_of_autoscale() -> None:
    minute = ScalingMinute(60, Fraction(1), 2, Fraction(1), 2, 2, 3, 1, 9, "", True)
    line = PolicyLine("cpu", "alarm", 60, is_above=True, is_target=True)
    course = ScalingCourse(
        *("arn", "web", "shop", Mode.CLOSED_LOOP, "CPU", ("cpu",), (), (line,)),
        *(0, 60, 2, (minute,)),
    )
    document = course_document(course, [WARNING])
    inner = {
        "summary": document["summary"],
        "thresholds": document["thresholds"][0],
        "timeline": document["timeline"][0],
        "warnings": document["warnings"][0],
    }
    check_keys(document, tables(section(SCALING, ON_A_METRIC))[1], inner)
    assert {one.name for one in Mode} <= set(re.findall(r"`([A-Z_]+)`", SCALING))


def test_the_page_lists_every_key_of_capacity() -> None:
    outlook = ProviderOutlook("p", "k", "g", ("c",), 1, 1, 0, 0, None, None, 100, 0, 1, 1, 1, "why")
    change = CapacityChange(60, "p", 1, 0, 1, 0, None, ())
    course = CapacityCourse(0, 60, 60, 1, 1, {"why": 1}, (change,))
    document = capacity_document(0, [outlook], course, [WARNING])
    after = document["afterTasks"]
    inner = {
        "providers": document["providers"][0],
        "afterTasks": {**after, **after["failed"][0]},
        "afterTasks.timeline": after["timeline"][0],
    }
    check_keys(document, tables(section(CAPACITY, NOW))[1], inner)


@pytest.mark.parametrize(
    "text", [section(SCALING, ON_A_METRIC), section(CAPACITY, NOW)], ids=["autoscale", "capacity"]
)
def test_the_command_of_a_page_prints_what_it_says(
    text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    (command,) = re.findall(r"```sh\n(.*?)```", text, re.DOTALL)
    (printed,) = re.findall(r"```text\n(.*?)```", text, re.DOTALL)
    result = CliRunner().invoke(app, shlex.split(command.replace("\\\n", " "))[1:])
    assert result.exit_code == 0
    for part in printed.split("...\n"):
        assert part in result.stdout
