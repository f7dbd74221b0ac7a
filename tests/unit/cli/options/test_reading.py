"""Standard input: it can be read once, and the message says which options ask for it."""

from __future__ import annotations

import pytest

from command import Process, Run

ONCE = "Error: standard input (-) can be given only once, not for "


@pytest.mark.parametrize(
    ("arguments", "readers"),
    [
        (["run-task", "--state", "-", "--task-definition", "-"], "--state and --task-definition"),
        (
            ["explain", "--state", "-", "--state", "-", "--task-definition", "w"],
            "--state and --state",
        ),
        (["check", "-", "--state", "-"], "EXPR and --state"),
        (["list-container-instances", "--state", "-", "--state", "-"], "--state and --state"),
        (
            ["deploy", "--state", "-", "--service-definition", "-"],
            "--state and --service-definition",
        ),
        (
            ["deploy", "--state", "-", "--service", "w", "--behaviour", "-"],
            "--state and --behaviour",
        ),
        (["capacity", "--state", "-", "--task-definition", "-"], "--state and --task-definition"),
        (
            ["autoscale", "--state", "-", "--service", "w", "--metric", "-", "--policy", "-"],
            "--state and --metric and --policy",
        ),
        (["convert", "--from", "-", "--ecs-config", "-"], "--from and --ecs-config"),
    ],
)
def test_standard_input_for_two_options_is_refused_before_it_is_read(
    run: Run, arguments: list[str], readers: str
) -> None:
    result = run(*arguments, stdin="attribute:a == b")
    assert (result.exit_code, result.stdout) == (2, "")
    assert ONCE + readers in result.stderr


def test_a_dash_that_names_no_file_is_none(run: Run) -> None:
    result = run("convert", "--from", "-", "--format", "csv", "--output", "-", stdin="id\na\n")
    assert result.exit_code == 0, result.stderr


def test_a_device_that_never_ends_is_refused(process: Process) -> None:
    done = process("list-container-instances", "--state", "/dev/zero")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "error: /dev/zero: cannot be read: a device, not a file\n"


def test_the_null_device_is_an_empty_file(process: Process) -> None:
    done = process("list-container-instances", "--state", "/dev/null")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("error: /dev/null: ")
    assert "a device" not in done.stderr
