"""Python processes of their own: how long they take, how much they grow."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from time import perf_counter
from typing import Any

__all__ = ["answer", "memory_of", "seconds"]

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


def answer(*arguments: str) -> Any:
    """Return the JSON that a Python process prints.

    Raises:
        CalledProcessError: it failed.
    """
    done = subprocess.run(
        [sys.executable, *arguments], cwd=_BENCHES, check=True, capture_output=True
    )
    return json.loads(done.stdout)


def memory_of(name: str) -> int:
    """Return a line of this process's status, in bytes: ``VmRSS`` is now, ``VmHWM`` the peak."""
    for line in Path("/proc/self/status").read_text("utf-8").splitlines():
        if line.startswith(f"{name}:"):
            return int(line.split()[1]) * 1024
    raise OSError(f"this system does not tell {name}")
