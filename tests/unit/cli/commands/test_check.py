"""``placement check`` and ``placement fmt``: valid or not, in which words, with which status."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

import placement
from command import Run

HEAVY = [
    "numba",
    "numpy",
    "placement.cli.commands.run_task",
    "placement.ecs",
    "placement.engine",
    "rich",
    "polars",
    "pandas",
    "pyarrow",
    "duckdb",
    "hypothesis",
    "typing_extensions",
]


def test_a_valid_expression_is_shown_in_its_canonical_form(run: Run) -> None:
    result = run("check", "attribute:stack==prod&&attribute:gpu exists")
    assert result.exit_code == 0
    assert result.stdout == "valid\n    attribute:stack == prod and attribute:gpu exists\n"
    assert result.stderr == ""


def test_a_warning_shows_its_place_its_code_and_what_to_write(run: Run) -> None:
    result = run("check", "attribute:x == 1 or attribute:stack != prod")
    assert result.exit_code == 0
    lines = result.stdout.splitlines()
    assert lines[0] == "valid, 1 warning"
    assert lines[2].startswith("warning: ")
    assert "not(attribute:stack == prod)" in lines[2]
    assert lines[2].endswith("[negative-skips-absent]")
    assert lines[3] == "    attribute:x == 1 or attribute:stack != prod"
    assert lines[4] == "                        ^^^^^^^^^^^^^^^^^^^^^^^"


def test_a_cluster_adds_what_it_does_not_know(run: Run, state: str) -> None:
    result = run("check", "attribute:stak == prod", "--state", state)
    assert result.exit_code == 0
    assert "did you mean attribute:stack? [unknown-attribute]" in result.stdout


def test_every_problem_is_on_standard_error_c3(run: Run) -> None:
    result = run("check", "runningTasksCount < many and agentVersion in [1.2]")
    assert result.exit_code == 2
    assert result.stdout == ""
    lines = result.stderr.splitlines()
    assert [line.startswith("error: ") for line in lines] == [True, False, False] * 2
    assert "runningTasksCount needs a whole number" in lines[0]
    assert lines[2] == "                        ^^^^"
    assert "agentVersion" in lines[3]


def test_json_holds_the_canonical_text_and_the_warnings(run: Run) -> None:
    text = "attribute:stack!=prod"
    result = run("check", text, "--output", "json")
    (warning,) = placement.lint(text)
    assert json.loads(result.stdout) == {
        "valid": True,
        "canonical": "attribute:stack != prod",
        "warnings": [
            {
                "code": warning.code,
                "message": warning.message,
                "span": [warning.span.start, warning.span.end],
                "suggestion": warning.suggestion,
            }
        ],
    }


def test_json_of_what_is_not_valid_is_a_result_with_status_2(run: Run) -> None:
    result = run("check", "attribute:stack = prod", "--output", "json")
    answer = json.loads(result.stdout)
    assert (result.exit_code, result.stderr, answer["valid"]) == (2, "", False)
    assert [sorted(problem) for problem in answer["problems"]] == [
        ["message", "span", "suggestion"]
    ]


def test_more_characters_than_ecs_takes_are_a_problem_c1(run: Run) -> None:
    result = run("check", "attribute:stack == " + "x" * 2000)
    assert result.exit_code == 2
    assert "at most 2000 characters, not 2019" in result.stderr


@pytest.mark.parametrize("command", ["check", "fmt"])
@pytest.mark.parametrize("end", ["", "\n", "\r\n"])
def test_the_expression_comes_from_standard_input(run: Run, command: str, end: str) -> None:
    result = run(command, "-", stdin=f"attribute:a==b{end}")
    assert result.exit_code == 0
    assert "attribute:a == b\n" in result.stdout


@pytest.mark.parametrize("command", ["check", "fmt"])
def test_an_expression_without_quotes_around_it_is_explained(run: Run, command: str) -> None:
    result = run(command, "attribute:a", "==", "b")
    assert result.exit_code == 2
    assert "put it in quotes" in result.stderr


@pytest.mark.parametrize("command", ["check", "fmt"])
def test_bytes_that_are_no_text_are_refused(run: Run, command: str) -> None:
    result = run(command, "-", stdin=b"attribute:a == \xff")
    assert result.exit_code == 2
    assert result.stderr == (
        "error: standard input: no UTF-8 text (byte 15); expected an expression\n"
    )


def test_standard_input_is_read_once_only(run: Run) -> None:
    result = run("check", "-", "--state", "-", stdin="attribute:a == b")
    assert result.exit_code == 2
    assert "can be given only once" in result.stderr


def test_fmt_prints_the_canonical_text_and_nothing_else(run: Run) -> None:
    result = run("fmt", "!attribute:a in[x,'y z']||task:group=~service:.*")
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout == "not(attribute:a in [x, 'y z']) or task:group =~ service:.*\n"


def test_fmt_of_its_own_output_changes_nothing(run: Run) -> None:
    once = run("fmt", "(attribute:a==b)&&!(attribute:c exists||attribute:d<3)").stdout
    assert run("fmt", "-", stdin=once).stdout == once


def test_fmt_warns_of_output_that_ecs_does_not_take_c1(run: Run) -> None:
    text = "&&".join(["attribute:a==b"] * 124)
    assert len(text) < 2000
    result = run("fmt", text)
    assert result.exit_code == 0
    assert result.stdout == " and ".join(["attribute:a == b"] * 124) + "\n"
    assert result.stderr == "warning: 2599 characters are more than the 2000 that ECS takes\n"


def test_fmt_has_no_limit_of_its_own_c1(run: Run) -> None:
    text = " and ".join(["attribute:a == b"] * 1000)
    assert run("fmt", "-", stdin=text).stdout == f"{text}\n"


def test_fmt_refuses_what_is_not_valid(run: Run) -> None:
    result = run("fmt", "registeredAt > yesterday")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "yesterday" in result.stderr


def test_check_loads_nothing_heavy() -> None:
    code = (
        "import sys\n"
        "from placement.cli.app import run\n"
        "status = run(['check', 'attribute:stack =~ p.* and runningTasksCount != 3'])\n"
        f"print(status, [name for name in {HEAVY!r} if name in sys.modules])\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=300, check=True
    )
    assert done.stdout.splitlines()[-1] == "0 []"
