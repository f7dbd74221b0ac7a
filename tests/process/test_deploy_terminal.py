"""Commands on terminals: no line is wider, nothing is lost, and a bar goes again."""

from __future__ import annotations

import os
import pty
import re
import select
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "examples" / "services"
PAGES = ("instances.json", "tasks.json", "services.json", "task-definitions.json")
COMMAND = [
    *(part for page in PAGES for part in ("--state", str(FOLDER / page))),
    *("--service", "web", "--task-definition", str(FOLDER / "web-2.json")),
]

ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


DEPLOY = ("deploy", *COMMAND)

SCALING = ROOT / "examples" / "scaling"
AUTOSCALE = (
    *("autoscale", "--state", str(SCALING / "state.json"), "--service", "web"),
    *("--metric", str(SCALING / "cpu.csv"), "--policy", str(SCALING / "cpu-60.yaml")),
    *("--min-capacity", "3", "--max-capacity", "9"),
)


def on_a_terminal(
    width: int, *arguments: str, error_too: bool = False, command: tuple[str, ...] = DEPLOY
) -> tuple[int, str]:
    """Return the exit status of the command and what it wrote to a terminal."""
    parent, child = pty.openpty()
    environment = {name: value for name, value in os.environ.items() if name != "NO_COLOR"}
    environment |= {"COLUMNS": str(width), "LINES": "40", "TERM": "xterm-256color"}
    errors = child if error_too else subprocess.DEVNULL
    with subprocess.Popen(
        [sys.executable, "-m", "placement", *command, *arguments],
        stdin=child,
        stdout=child,
        stderr=errors,
        env=environment,
    ) as running:
        os.close(child)
        written = b"".join(_pieces(parent))
        status = running.wait(120)
    os.close(parent)
    return status, written.decode()


def _pieces(descriptor: int) -> Iterator[bytes]:
    while select.select([descriptor], [], [], 120)[0]:
        try:
            piece = os.read(descriptor, 65536)
        except OSError:  # Linux's way to say that the other end is closed
            return
        if not piece:
            return
        yield piece


@pytest.mark.parametrize("width", [60, 80, 120])
def test_no_line_is_wider_than_the_terminal_and_nothing_is_lost(width: int) -> None:
    status, written = on_a_terminal(width)
    lines = [ESCAPES.sub("", line).rstrip() for line in written.splitlines()]
    assert status == 3
    assert max(map(len, lines)) <= width
    joined = " ".join(" ".join(lines).split())
    for text in (
        "web in shop: web:1 → web:2, 6 tasks",
        "6 ≥ 6",
        "6 ≤ 12",
        "has insufficient CPU units available.",
        "not steady after 48:00:00: nothing changes since 0:00:00",
        "none of 3 instances has room now",
        "[no-room]",
    ):
        assert text in joined


@pytest.mark.parametrize("width", [60, 80, 120])
def test_a_deployment_that_moves_fits_too(width: int) -> None:
    status, written = on_a_terminal(width, "--desired-count", "4")
    lines = [ESCAPES.sub("", line).rstrip() for line in written.splitlines()]
    assert status == 0
    assert max(map(len, lines)) <= width
    assert lines[-1].startswith("steady after 0:")


def test_the_bar_is_on_standard_error_and_leaves_nothing_behind() -> None:
    """Two days of retries take longer than a second, so that a bar appears and goes again."""
    _, without = on_a_terminal(80)
    _, written = on_a_terminal(80, error_too=True)
    assert "deploying web" not in without
    if "deploying web" in written:  # a fast machine needs no bar
        end = written.rindex("deploying web")
        assert "\x1b[2K" in written[end:]


def test_a_pipe_has_no_bar_and_no_colour() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "placement", "deploy", *COMMAND],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert (done.returncode, done.stderr) == (3, "")
    assert "\x1b" not in done.stdout


@pytest.mark.parametrize("width", [60, 80, 100, 200])
def test_a_recorded_day_fits_and_nothing_is_lost(width: int) -> None:
    status, written = on_a_terminal(width, command=AUTOSCALE)
    lines = [ESCAPES.sub("", line).rstrip() for line in written.splitlines()]
    assert status == 0
    assert max(map(len, lines)) <= width
    joined = " ".join(" ".join(lines).split())
    for text in (
        "web in shop: CPUUtilization, closed loop",
        "8.5 x 12",
        "15 points below",
        "2026-03-02 00:00 to 2026-03-03 00:00 UTC",
        "288.0 as recorded",
        "at the maximum in",
        "[target-flaps]",
    ):
        assert text in joined


@pytest.mark.parametrize("width", [60, 80, 100, 200])
def test_providers_fit_and_nothing_is_lost(width: int) -> None:
    state = str(SCALING / "providers.json")
    command = ("capacity", "--state", state, "--task-definition", "web:1", "--count", "14")
    status, written = on_a_terminal(width, command=command)
    lines = [ESCAPES.sub("", line).rstrip() for line in written.splitlines()]
    assert status == 0
    assert max(map(len, lines)) <= width
    joined = " ".join(" ".join(lines).split())
    for text in ("233.3 > 100", "an instance is younger than", "3+4", "all placed after 0:04:08"):
        assert text in joined
