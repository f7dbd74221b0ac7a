"""Python processes of their own: how long they take, how much they grow."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from time import perf_counter
from typing import Any

__all__ = ["answer", "cpu_seconds", "memory_of", "seconds"]

_BENCHES = Path(__file__).parent.parent


def seconds(arguments: tuple[str, ...], kernels: str | None = None) -> float:
    """Return the seconds that a Python process takes; ``kernels`` is where numba keeps them.

    Raises:
        CalledProcessError: it failed.
    """
    environment = dict(os.environ)
    if kernels is not None:
        environment["NUMBA_CACHE_DIR"] = kernels
    start = perf_counter()
    subprocess.run(
        [sys.executable, *arguments], cwd=_BENCHES, env=environment, check=True, capture_output=True
    )
    return perf_counter() - start


def cpu_seconds(arguments: tuple[str, ...], kernels: str) -> float:
    """Return the CPU time of a Python process, the system's share included, as it reports it.

    Raises:
        CalledProcessError: it failed.
    """
    child = subprocess.Popen(
        [sys.executable, *arguments],
        cwd=_BENCHES,
        env=os.environ | {"NUMBA_CACHE_DIR": kernels},
        stdout=subprocess.DEVNULL,
    )
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        raise subprocess.CalledProcessError(child.returncode, child.args)
    return usage.ru_utime + usage.ru_stime


def answer(*arguments: str, library: Path | None = None) -> Any:
    """Return the JSON that a Python process prints; what it writes to stderr is passed on.

    Args:
        arguments: Those of the interpreter.
        library: A folder with the package ``placement``, before any that is installed.

    Raises:
        CalledProcessError: it failed.
    """
    environment = dict(os.environ)
    if library is not None:
        environment["PYTHONPATH"] = str(library)
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=_BENCHES,
        env=environment,
        check=True,
        stdout=subprocess.PIPE,
    )
    return json.loads(done.stdout)


def memory_of(name: str) -> int:
    """Return a line of this process's status, in bytes: ``VmRSS`` is now, ``VmHWM`` the peak."""
    for line in Path("/proc/self/status").read_text("utf-8").splitlines():
        if line.startswith(f"{name}:"):
            return int(line.split()[1]) * 1024
    raise OSError(f"this system does not tell {name}")
