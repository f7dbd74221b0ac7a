"""Ctrl-C, and no memory left, at any moment of a command: one line, and no traceback."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

import pytest

EXAMPLES = Path(__file__).resolve().parents[3] / "examples"

RUN_TASK = [
    *("run-task", "--state", str(EXAMPLES / "cluster.json")),
    *("--state", str(EXAMPLES / "tasks.json")),
    *("--task-definition", str(EXAMPLES / "task-definition.json"), "--count", "1000000"),
]

MODULES = [
    "click",
    "numpy._core.multiarray",
    "numpy",
    "attrs",
    "placement.lang.check",
    "placement.engine.request",
    "lark",
    "numba",
]
"""Modules that the command loads; the process says when one is loaded."""


def until_loaded(stream: IO[str], module: str) -> Iterator[str]:
    """Yield what ``-X importtime`` writes, up to the line of a module."""
    for line in stream:
        yield line
        if line.startswith("import time:") and line.rsplit("|", 1)[1].strip() == module:
            return
    raise AssertionError(f"{module} was not loaded")


def interrupted(module: str, delay: float) -> tuple[int, str]:
    """Interrupt a command some time after a module was loaded; return its status and errors."""
    command = [sys.executable, "-X", "importtime", "-m", "placement", *RUN_TASK]
    with subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    ) as running:
        guard = threading.Timer(120, running.kill)
        guard.start()
        assert running.stderr is not None
        lines = list(until_loaded(running.stderr, module))
        time.sleep(delay)
        running.send_signal(signal.SIGINT)
        lines += running.stderr
        guard.cancel()
    said = [line for line in lines if not line.startswith("import time:")]
    return running.returncode, "".join(said)


@pytest.mark.parametrize("module", MODULES)
def test_an_interrupt_while_modules_load_is_one_line(module: Any) -> None:
    assert interrupted(module, 0) == (130, "interrupted\n")


@pytest.mark.parametrize("delay", [0.01, 0.03, 0.1, 0.3])
def test_an_interrupt_some_time_later_is_one_line(delay: float) -> None:
    assert interrupted("click", delay) == (130, "interrupted\n")


def test_an_interrupt_that_is_ignored_stays_ignored() -> None:
    """A command that a shell started in the background is not ended by Ctrl-C."""
    code = (
        "import os, signal, sys\n"
        "signal.signal(signal.SIGINT, signal.SIG_IGN)\n"
        "from placement.cli import main\n"
        "main._run = lambda _: os.kill(os.getpid(), signal.SIGINT) or 0\n"
        "main.main()\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, timeout=300, check=False
    )
    assert (done.returncode, done.stderr) == (0, b"")


def test_memory_that_runs_out_is_one_line(tmp_path: Path) -> None:
    """The file has 8 GiB and takes no room on disk; the process may have 3 GiB."""
    large = tmp_path / "large.json"
    with large.open("wb") as file:
        file.truncate(8 << 30)

    def with_little_memory() -> None:
        resource.setrlimit(resource.RLIMIT_AS, (3 << 30, 3 << 30))

    done = subprocess.run(
        [sys.executable, "-m", "placement", "list-container-instances", "--state", str(large)],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
        preexec_fn=with_little_memory,
        env={**os.environ, "OPENBLAS_NUM_THREADS": "1"},
    )
    assert (done.returncode, done.stdout, done.stderr) == (2, "", "error: out of memory\n")
