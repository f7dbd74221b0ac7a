"""``docs/deploy.md`` says what the commands and ``lint_service`` do: codes, keys, options."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import attrs
import click
import pytest
import yaml
from click.testing import CliRunner

from placement import ecs
from placement.cli.app import app
from placement.cli.commands.deploy import deploy
from placement.ecs.behaviour_rules import FIELDS, behaviour_rules
from placement.ecs.lints.codes import CODES
from placement.ecs.rollouts.document import rollout_document
from placement.ecs.rollouts.values import Outcome, Revision, RevisionCounts, Rollout, RolloutPoint

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "deploy.md").read_text(encoding="utf-8")
README = (ROOT / "README.md").read_text(encoding="utf-8")


def section(title: str) -> str:
    return PAGE.split(f"\n## {title}\n")[1].split("\n## ")[0]


def rows(text: str) -> list[list[str]]:
    lines = [line for line in text.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.split("|")[1:-1]] for line in lines[2:]]


def test_the_page_lists_every_code_with_its_meaning() -> None:
    found = {code.strip("`"): meaning for code, meaning in rows(section("Warnings"))}
    assert found == CODES


def test_the_page_lists_every_key_of_the_json_document() -> None:
    counts = RevisionCounts(failed={"x": 1})
    point = RolloutPoint(0, 1, 1, 2, {1: counts})
    rollout = Rollout(
        "arn",
        "web",
        "shop",
        0,
        0,
        Outcome.STUCK,
        None,
        0,
        (Revision(1, "a", "b", "c", True),),
        (point,),
    )
    document = rollout_document(rollout)
    table = rows(section("JSON"))
    named = [re.findall(r"`([\w.\[\]]+)`", row[0]) for row in table]
    assert [key for keys in named for key in keys if "." not in key] == list(document)
    for path, value in (
        ("revisions", document["revisions"][0]),
        ("timeline", document["timeline"][0]),
        ("timeline[].revisions", document["timeline"][0]["revisions"][0]),
    ):
        (row,) = [row for row in table if row[0] == f"`{path}`"]
        assert set(value) <= set(re.findall(r"`(\w+)`", row[1]))


def test_the_page_lists_every_outcome() -> None:
    (row,) = [row for row in rows(section("JSON")) if row[0] == "`outcome`"]
    named = set(re.findall(r"`([A-Z_]+)`", row[1])) - {"SECONDS"}
    assert named == set(Outcome.__members__)


def test_the_page_lists_every_option() -> None:
    table = rows(PAGE.split("\n## ")[0])
    named = {flag for row in table for flag in re.findall(r"`(--[\w-]+)", row[0])}
    options = {flag for one in deploy.params if isinstance(one, click.Option) for flag in one.opts}
    assert named == options


def test_the_page_lists_every_field_of_a_behaviour() -> None:
    named = set(re.findall(r"`(\w+)`", section("How tasks behave")))
    assert set(FIELDS) <= named
    assert set(FIELDS) == {field.name for field in attrs.fields(ecs.Behaviour)}


def test_the_rules_of_the_page_are_rules() -> None:
    (block,) = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
    rules = behaviour_rules(yaml.safe_load(block))
    task = {"group": "service:web", "taskDefinitionArn": "x/web:2"}
    found = [rules(task) for _ in range(3)]
    assert [one and one.start_failure is not None for one in found] == [True, True, False]
    assert found[2] == ecs.Behaviour(runs_for=300, exit_code=1)


@pytest.mark.parametrize("code", CODES)
def test_a_code_is_made_of_words(code: str) -> None:
    assert re.fullmatch(r"[a-z]+(-[a-z]+)*", code)


def readme_deployment() -> tuple[list[str], str]:
    """Return the arguments of the command in README.md, and what it says that is printed."""
    text = README.split("\n## What would a deployment do?\n")[1].split("\n## ")[0]
    (command,) = re.findall(r"```sh\n(.*?)```", text, re.DOTALL)
    (printed,) = re.findall(r"```text\n(.*?)```", text, re.DOTALL)
    return shlex.split(command.replace("\\\n", " "))[1:], printed


def test_the_deployment_in_the_readme_goes_as_it_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    arguments, printed = readme_deployment()
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 0
    assert result.stdout.startswith(f"{printed}\nEvents\n")
    at = arguments.index("--service-definition")
    arguments[at : at + 2] = ["--service", "web"]
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 3
    assert "[no-room]" in result.stdout
