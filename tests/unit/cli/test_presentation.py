"""``--output text``, ``--query`` and ``--no-truncate``, and what a narrow terminal shows."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import pytest

from command import Run
from placement.cli.output import render

LIST = "list-container-instances"
ESCAPES = re.compile(r"\x1b\[[0-9;]*m")


@pytest.fixture
def on_terminal(run: Run, monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[str]]:
    """Run a command as if its streams were a terminal of some width; return its lines."""

    def run_it(width: int, *arguments: str) -> list[str]:
        def always(*, stderr: bool = False) -> bool:
            del stderr
            return True

        monkeypatch.setattr(render, "_is_terminal", always)
        monkeypatch.setenv("COLUMNS", str(width))
        return ESCAPES.sub("", run(*arguments).output).splitlines()

    return run_it


def test_text_and_json_have_whole_arns(run: Run, example: str) -> None:
    document = json.loads(run(LIST, "--state", example, "--output", "json").stdout)
    lines = run(LIST, "--state", example, "--output", "text").stdout.splitlines()
    arns = document["containerInstanceArns"]
    assert lines == [f"CONTAINERINSTANCEARNS\t{arn}" for arn in arns]


def test_a_query_selects_from_the_document(run: Run, example: str) -> None:
    """As the AWS CLI has it, and JSON without --output."""
    document = json.loads(run(LIST, "--state", example, "--output", "json").stdout)
    first = document["containerInstanceArns"][0]
    query = ("--query", "containerInstanceArns[0]")
    assert run(LIST, "--state", example, *query).stdout == f'"{first}"\n'
    assert run(LIST, "--state", example, *query, "--output", "text").stdout == f"{first}\n"
    assert run(LIST, "--state", example, "--output", "text", *query).stdout == f"{first}\n"


def test_what_a_query_selects_is_a_table_as_the_aws_cli_draws_it(run: Run, example: str) -> None:
    query = ("--query", "{last: containerInstanceArns[-1], first: containerInstanceArns[0]}")
    lines = run(LIST, "--state", example, *query, "--output", "table").stdout.splitlines()
    selected = json.loads(run(LIST, "--state", example, *query).stdout)
    assert lines[1].strip("| ") == "ListContainerInstances"
    assert [cell.strip() for cell in lines[3].strip("|").split("|")] == ["first", "last"]
    cells = [cell.strip() for cell in lines[5].strip("|").split("|")]
    assert cells == [selected["first"], selected["last"]]
    assert len(set(map(len, lines))) == 1
    again = run(LIST, "--state", example, "--output", "table", *query).stdout
    assert again.splitlines() == lines


@pytest.mark.parametrize("width", [40, 60, 80, 100, 200])
def test_a_table_of_a_query_fits_and_loses_no_character(
    on_terminal: Callable[..., list[str]], run: Run, example: str, width: int
) -> None:
    query = ("--query", "containerInstanceArns[:2].{arn: @, length: length(@)}")
    plain = run(LIST, "--state", example, *query, "--output", "table").stdout.splitlines()
    lines = on_terminal(width, LIST, "--state", example, *query, "--output", "table")
    assert all(len(line) <= width for line in lines)
    text = "".join("".join(lines).replace("|", " ").replace("length", " ").split())
    for one in json.loads(run(LIST, "--state", example, *query).stdout):
        assert one["arn"] in text
    whole = on_terminal(
        width, LIST, "--state", example, *query, "--output", "table", "--no-truncate"
    )
    assert whole == plain


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--query", "a["), "no JMESPath expression: "),
        (("--query", "[" * 5000), "Invalid value for '--query': "),
        (("--query", "sum(@)"), "--query: cannot be applied: "),
        (("--query", "a[" + "9" * 5000 + "]"), "no JMESPath expression: "),
    ],
)
def test_a_query_that_is_wrong_is_refused_in_a_sentence(
    run: Run, state: str, arguments: Any, message: str
) -> None:
    result = run(LIST, "--state", state, *arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert message in result.stderr


def test_options_of_one_call_are_not_those_of_the_next(run: Run, state: str) -> None:
    assert run(LIST, "--state", state, "--output", "text").stdout.startswith("CONTAINERINS")
    assert run(LIST, "--state", state).stdout.startswith("CONTAINER INSTANCE")


@pytest.mark.parametrize("width", [40, 60, 80])
def test_a_narrow_terminal_names_what_it_leaves_out_and_no_truncate_shows_it(
    on_terminal: Callable[..., list[str]], run: Run, example: str, width: int
) -> None:
    lines = on_terminal(width, LIST, "--state", example)
    assert all(len(line) <= width for line in lines)
    assert "--no-truncate shows all" in " ".join(" ".join(lines).split())
    whole = on_terminal(width, LIST, "--state", example, "--no-truncate")
    document = json.loads(run(LIST, "--state", example, "--output", "json").stdout)
    ids = [arn.rpartition("/")[2] for arn in document["containerInstanceArns"]]
    assert [line.split()[0] for line in whole[1 : len(ids) + 1]] == ids


@pytest.mark.parametrize("width", [40, 60])
def test_lint_breaks_its_lines_between_words(
    on_terminal: Callable[..., list[str]], write: Callable[..., str], width: int
) -> None:
    service = {"serviceName": "web", "taskDefinition": "web:1", "desiredCount": 1}
    service["deploymentConfiguration"] = {"minimumHealthyPercent": 100, "maximumPercent": 100}
    lines = on_terminal(width, "lint", "--service-definition", write(service, "web.json"))
    assert len(lines) > 3
    assert all(len(line) <= width for line in lines)
    assert "minimumHealthyPercent" in " ".join(lines).replace("(", " ").split()


def test_an_explanation_breaks_between_words_and_keeps_carets_under_their_text(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(render, "_is_terminal", lambda *, stderr=False: not stderr)
    monkeypatch.setenv("COLUMNS", "40")
    text = "closest is x:\n  " + "word " * 12 + "\n  " + "a" * 50 + "\n  " + "^" * 50
    render.paragraphs(text)
    lines = ESCAPES.sub("", capsys.readouterr().out).splitlines()
    assert lines[-2:] == ["      " + "a" * 50, "      " + "^" * 50]
    assert all(len(line) <= 40 for line in lines[:-2])


@pytest.mark.parametrize("width", [40, 60, 80, 100, 200])
def test_a_table_keeps_to_any_width_and_is_whole_on_a_wide_one(
    on_terminal: Callable[..., list[str]], run: Run, example: str, width: int
) -> None:
    lines = on_terminal(width, LIST, "--state", example)
    assert all(len(line) <= width for line in lines)
    shown = " ".join(" ".join(lines).split())
    assert ("--no-truncate shows all" in shown) == (width < 200)
    if width == 200:
        head = on_terminal(width, LIST, "--state", example, "--no-truncate")[0]
        assert lines[0].upper().split() == head.upper().split()
        document = json.loads(run(LIST, "--state", example, "--output", "json").stdout)
        ids = {arn.rpartition("/")[2] for arn in document["containerInstanceArns"]}
        assert ids <= set(shown.split())
