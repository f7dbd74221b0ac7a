"""The program as a process: bad files, streams that end, colours, missing libraries."""

from __future__ import annotations

import json
import os
import pty
import select
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from command import Process, Run
from placement.cli import app

LIST = "list-container-instances"
DESCRIBE = "what 'aws ecs describe-container-instances' prints"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "empty; expected " + DESCRIBE),
        (b"\xffabc", "no UTF-8 text (byte 0); expected " + DESCRIBE),
        (b'{"containerInstances": [', "no JSON, line 1 column 25; expected " + DESCRIBE),
        (b"[" * 100_000, "nested too deeply; expected " + DESCRIBE),
        (b"[" + b"9" * 5000 + b"]", "a number in it has too many digits; expected " + DESCRIBE),
        (b"5", f"expected {DESCRIBE}, not a number"),
        (b"null", f"expected {DESCRIBE}, not null"),
        (b'"x"', f"expected {DESCRIBE}, not text"),
        (b"[1, 2]", f"expected {DESCRIBE}, not a list"),
        (b"{}", f"expected {DESCRIBE}, not an object without containerInstances"),
        (
            b'{"containerInstanceArns": []}',
            f"expected {DESCRIBE}, not what 'list-container-instances' prints",
        ),
        (b'{"tasks": []}', "no container instances; expected " + DESCRIBE),
        (b'{"containerInstances": 5}', "expected a list @ containerInstances"),
        (
            b'[{"tasks": []}, {"containerInstances": {}}]',
            "expected a list @ [1].containerInstances",
        ),
        (
            b'[{"containerInstanceArn": "a"}, {"containerInstanceArn": 5}]',
            "expected text, not int 5 @ [1].containerInstanceArn",
        ),
        (
            b'{"containerInstances": [], "tasks": [{"containerInstanceArn": "a"}]}',
            "taskArn is missing @ tasks[0]",
        ),
    ],
)
def test_a_bad_file_is_one_line_with_its_name_and_what_was_expected(
    run: Run, write: Callable[..., str], content: Any, message: Any
) -> None:
    name = write(content)
    result = run(LIST, "--state", name)
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == f"error: {name}: {message}\n"


def test_an_instance_on_two_pages_counts_once(
    run: Run, document: dict[str, Any], write: Callable[..., str]
) -> None:
    """C31: the later one where there are no versions, and the other is named with its page."""
    first = write(document, "first.json")
    again = {**document["containerInstances"][3], "agentConnected": False}
    second = write([again], "second.json")
    result = run(LIST, "--state", first, "--state", second, "--output", "json")
    assert result.exit_code == 0
    assert result.stdout == run(LIST, "--state", first, "--output", "json").stdout
    arn = again["containerInstanceArn"]  # whole: its end says which instance it is
    assert result.stderr == (
        f"warning: left out: {first}: containerInstances[3]: '{arn}' comes twice;"
        f" {second}: [0] counts\n"
    )
    assert run(LIST, "--state", first, "--state", write(document, "c.json")).stderr == ""


def test_records_that_cannot_be_read_are_named_or_left_out(
    run: Run, document: dict[str, Any], write: Callable[..., str]
) -> None:
    """C31: ``--skip-unreadable``, and without it each is named with its page."""
    bad = {"containerInstances": [{"containerInstanceArn": "x", "status": 5}, {"status": "ACTIVE"}]}
    first, second = write(document, "first.json"), write(bad, "second.json")
    files = ("--state", first, "--state", second)
    refused = run(LIST, *files)
    assert refused.exit_code == 2
    lines = refused.stderr.splitlines()  # each with its own place, on a line of its own
    assert lines[0] == "error: 2 records cannot be read"
    assert lines[1].startswith(f"  {second}: containerInstances[0].status: ")
    assert lines[2] == f"  {second}: containerInstances[1]: containerInstanceArn is missing"
    found = run(LIST, *files, "--skip-unreadable", "--output", "json")
    assert found.exit_code == 0
    assert found.stdout == run(LIST, "--state", first, "--output", "json").stdout
    lines = found.stderr.splitlines()
    assert [line.split(": ")[:4] for line in lines] == [
        ["warning", "left out", second, "containerInstances[0].status"],
        ["warning", "left out", second, "containerInstances[1]"],
    ]


def test_an_error_names_the_definition_it_stands_in(
    run: Run, document: dict[str, Any], write: Callable[..., str]
) -> None:
    """C10: task definitions say what the tasks beside the instances hold."""
    first = write(document, "first.json")
    good = {"taskDefinitionArn": "arn:aws:ecs:us-east-1:123456789012:task-definition/web:8"}
    second = write({"taskDefinitions": [good]}, "second.json")
    third = write({"taskDefinition": {"taskDefinitionArn": 5}}, "third.json")
    result = run(LIST, "--state", third, "--state", first, "--state", second)
    assert result.exit_code == 2
    assert result.stderr.startswith(f"error: {third}: ")
    assert result.stderr.endswith(" @ taskDefinition.taskDefinitionArn\n")
    assert run(LIST, "--state", first, "--state", second).exit_code == 0


def test_files_that_cannot_be_read_are_named(run: Run, tmp_path: Path) -> None:
    missing = str(tmp_path / "missing.json")
    assert run(LIST, "--state", missing).stderr == (
        f"error: {missing}: cannot be read: no such file or directory\n"
    )
    assert run(LIST, "--state", str(tmp_path)).stderr == (
        f"error: {tmp_path}: cannot be read: is a directory\n"
    )
    assert run(LIST, "--state", "a\0\nb").stderr == (
        "error: a  b: cannot be read: no name that a file can have\n"
    )
    assert run(LIST, "--state", missing).exit_code == 2


def test_a_state_is_asked_for(run: Run) -> None:
    result = run(LIST)
    assert result.exit_code == 2
    assert "--state" in result.stderr


def test_every_command_is_in_the_help_and_has_one(run: Run) -> None:
    overview = run("--help")
    assert overview.exit_code == 0
    for command in app.COMMANDS:
        assert f"  {command} " in overview.stdout
        assert run(command, "--help").stdout.startswith(f"Usage: placement {command}")


def test_a_command_that_does_not_exist_is_refused(run: Run) -> None:
    result = run("chek", "attribute:a exists")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "No such command 'chek'" in result.stderr


def test_the_version_is_the_distribution_s(run: Run) -> None:
    result = run("--version")
    assert result.exit_code == 0
    assert result.stdout.startswith("cql-placement ")


def test_errors_end_the_process_with_status_2_and_no_traceback(process: Process) -> None:
    done = process("check", "attribute:stack = prod")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("error: ")
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("arguments", [("check",), ("fmt",), (LIST, "--state", "x", "--filter")])
def test_an_argument_that_is_no_utf_8_is_refused(process: Process, arguments: Any) -> None:
    done = process(*arguments, b"attribute:a == \xff")
    assert done.returncode == 2
    assert done.stderr.endswith("the expression is no UTF-8 text (character 16)\n")


def test_a_file_name_that_is_no_utf_8_is_shown_as_far_as_it_can_be(process: Process) -> None:
    done = process(LIST, "--state", b"no-\xff")
    assert (done.returncode, "Traceback" in done.stderr) == (2, False)
    assert "cannot be read: no such file or directory" in done.stderr


def test_a_pipe_is_plain_text(
    process: Process, state: str, plain_environment: dict[str, str]
) -> None:
    arguments = [LIST, "--state", state, "--filter", "attribute:stack != prod", "--explain"]
    done = process(*arguments, env={**plain_environment, "TERM": "xterm-256color"})
    assert done.returncode == 0
    assert "\x1b" not in done.stdout + done.stderr
    assert "1 of 4 instances matches" in done.stdout
    assert "[negative-skips-absent]" in done.stderr


def on_a_terminal(arguments: Any, environment: Any) -> Any:
    """Return what a command writes to a terminal of 80 columns and 24 lines."""
    parent, child = pty.openpty()
    environment = {**environment, "COLUMNS": "80", "LINES": "24"}
    command = [sys.executable, "-m", "placement", *arguments]
    with subprocess.Popen(
        command, stdin=child, stdout=child, stderr=child, env=environment
    ) as running:
        os.close(child)
        written = b"".join(iter(lambda: _next(parent), b""))
        running.wait(60)
    os.close(parent)
    return written.decode()


def _next(descriptor: Any) -> Any:
    if not select.select([descriptor], [], [], 60)[0]:
        return b""
    try:
        return os.read(descriptor, 65536)
    except OSError:  # Linux's way to say that the other end is closed
        return b""


def test_a_terminal_gets_colours_and_one_screen(
    example: str, plain_environment: dict[str, str]
) -> None:
    expression = "attribute:ecs.instance-type =~ m5.* and attribute:stack == prod"
    written = on_a_terminal(
        [LIST, "--state", example, "--filter", expression, "--explain"],
        {**plain_environment, "TERM": "xterm-256color"},
    )
    lines = written.splitlines()
    assert "\x1b[32mACTIVE\x1b[0m" in written
    assert len(lines) <= 24
    assert any("more: leave out --explain to see them" in line for line in lines)
    assert "Why 168 do not" in written


@pytest.mark.parametrize("switch", [{"NO_COLOR": "1", "TERM": "xterm"}, {"TERM": "dumb"}])
def test_colours_can_be_switched_off(
    plain_environment: dict[str, str], switch: dict[str, Any]
) -> None:
    written = on_a_terminal(["check", "attribute:a != b"], {**plain_environment, **switch})
    assert "valid, 1 warning" in written
    assert "\x1b" not in written


def test_check_is_coloured_on_a_terminal(plain_environment: dict[str, str]) -> None:
    written = on_a_terminal(
        ["check", "attribute:a != b"], {**plain_environment, "TERM": "xterm-256color"}
    )
    assert "\x1b[32m\x1b[1mvalid\x1b[0m, 1 warning" in written


def test_a_reader_that_went_away_ends_it_quietly(process: Process, example: str) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "wb") as pipe:
        done = process(
            LIST, "--state", example, capture_output=False, stdout=pipe, stderr=subprocess.PIPE
        )
    assert (done.returncode, done.stderr) == (1, "")


def test_a_full_disk_is_an_error_of_one_line(process: Process) -> None:
    with open("/dev/full", "wb") as full:  # noqa: PTH123
        done = process(
            "fmt", "attribute:a==b", capture_output=False, stdout=full, stderr=subprocess.PIPE
        )
    assert done.returncode == 2
    assert done.stderr == "error: cannot write the output: No space left on device\n"


def test_closed_streams_do_no_harm() -> None:
    line = f"'{sys.executable}' -m placement {LIST} --state - <&- && exit 9; [ $? = 2 ] || exit 8"
    done = subprocess.run(
        ["sh", "-c", f"{line}; '{sys.executable}' -m placement fmt 'attribute:a==b' >&-"],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0
    assert done.stderr == "error: standard input: cannot be read: it is closed\n"


def test_an_interrupt_ends_with_status_130(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupt(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("placement.cli.commands.fmt.compile", interrupt)
    assert app.run(["fmt", "attribute:a == b"]) == 130
    assert "Traceback" not in capsys.readouterr().err


def test_an_encoding_that_lacks_characters_replaces_them(process: Process, state: str) -> None:
    done = process(
        *(LIST, "--state", state, "--instance", "a1"),
        *("--filter", "attribute:stack == prod and runningTasksCount == 2"),
        env={**os.environ, "PYTHONIOENCODING": "latin-1"},
    )
    assert done.returncode == 0
    assert "true   ?? attribute:stack == prod   [is prod]" in done.stdout


@pytest.mark.parametrize("missing", [["click"], ["rich"], ["yaml"], ["click", "rich"]])
def test_without_the_extra_it_says_how_to_install_it(missing: list[str]) -> None:
    code = (
        "import sys\n"
        f"sys.modules.update(dict.fromkeys({missing!r}))\n"
        "from placement.cli.main import main\n"
        "main()\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=300, check=False
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        f"placement: the command line needs {' and '.join(missing)}:"
        ' pip install ".[cli]" in a checkout, else pip install "cql-placement[cli]"\n'
    )


def test_json_stays_json_on_a_terminal(state: str, plain_environment: dict[str, str]) -> None:
    written = on_a_terminal(
        [LIST, "--state", state, "--output", "json"],
        {**plain_environment, "TERM": "xterm-256color"},
    )
    assert len(json.loads(written)["containerInstanceArns"]) == 4


def test_force_color_colours_a_pipe_and_no_color_is_stronger(
    process: Process, plain_environment: dict[str, str], state: str
) -> None:
    call = ("list-container-instances", "--state", state)
    plain = process(*call, env=plain_environment).stdout
    assert "\x1b" not in plain
    coloured = process(*call, env={**plain_environment, "FORCE_COLOR": "1"}).stdout
    assert "\x1b[1m" in coloured.splitlines()[-1]
    assert coloured.startswith("\x1b[36m")
    both = {**plain_environment, "FORCE_COLOR": "1", "NO_COLOR": "1"}
    assert process(*call, env=both).stdout == plain


@pytest.mark.parametrize("command", ["run-task", "check", "list-container-instances", ""])
def test_help_is_the_same_without_docstrings(command: str) -> None:
    """``python -OO`` strips them."""
    call = ["-m", "placement", *([command] if command else []), "--help"]
    texts = [
        subprocess.run(
            [sys.executable, *flags, *call], capture_output=True, text=True, check=True
        ).stdout
        for flags in ([], ["-OO"])
    ]
    assert texts[0] == texts[1]
    assert "\n  " in texts[0].partition("Options:")[0]


def test_a_command_works_without_docstrings_and_asserts(state: str) -> None:
    call = ["-m", "placement", "list-container-instances", "--state", state, "--filter"]
    done = subprocess.run(
        [sys.executable, "-OO", *call, "attribute:stack == prod"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.splitlines()[-1] == "2 of 4 instances match"


@pytest.mark.parametrize(
    "call",
    [
        ("run-task", "--task-definition", "web"),
        ("list-container-instances",),
        ("check", "agentConnected == true"),
        ("deploy", "--service", "web"),
    ],
)
def test_an_empty_name_of_a_file_is_refused_in_a_sentence(run: Run, call: tuple[str, ...]) -> None:
    result = run(*call, "--state", "")
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == (
        "error: the name of a file is empty; expected a name, or - for standard input\n"
    )


@pytest.mark.parametrize(
    ("words", "at", "found"),
    [("placement run", 1, "plain,run-task"), ("placement run-task --no-t", 2, "plain,--no-trunc")],
)
def test_shells_complete_commands_and_options(
    process: Process, plain_environment: dict[str, str], words: str, at: int, found: str
) -> None:
    """As the README sets it up."""
    switch = {"COMP_WORDS": words, "COMP_CWORD": str(at)}
    asked = {**plain_environment, **switch, "_PLACEMENT_COMPLETE": "bash_complete"}
    assert process(env=asked).stdout.startswith(found)
    for shell in ("zsh", "fish"):
        source = {**plain_environment, "_PLACEMENT_COMPLETE": f"{shell}_source"}
        assert "_PLACEMENT_COMPLETE" in process(env=source).stdout


@pytest.mark.parametrize("command", ["check", "fmt"])
def test_commands_about_texts_load_no_columns(command: str) -> None:
    """Which would take most of the time of the whole process."""
    program = (
        "import sys\n"
        "from placement.cli.main import main\n"
        f"sys.argv = ['placement', {command!r}, 'attribute:a == b']\n"
        "try:\n    main()\n"
        "finally:\n    assert not {'numpy', 'numba'} & set(sys.modules)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert (done.returncode, "AssertionError" in done.stderr) == (0, False), done.stderr
