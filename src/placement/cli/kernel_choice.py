"""Whether a command runs kernels compiled or as plain Python, which give the same answers.

In: how much there is to load and to decide.  Out: numba's setting, made before kernels are
imported.  Loading compiled kernels takes longer than a small job takes without them, and compiling
far longer; whether they are on disk already decides between the two.
"""

from __future__ import annotations

import os
import sys
import warnings

from placement.cli.output import render
from placement.errors import UncachedKernelsWarning

__all__ = ["choose_kernels"]

DECISION = 50e-6
"""Seconds that plain Python takes for a decision, beside those for each instance."""

ROW = 2e-6
"""Seconds that plain Python takes for one instance in a decision, at most."""

TASK = 150e-6
"""Seconds that plain Python takes to load a task of a dump: what it holds is taken off."""

LOAD = 0.4
"""Seconds that loading compiled kernels takes."""

COMPILE = 20.0
"""Seconds that compiling them takes, where they are not on disk."""


def choose_kernels(decisions: int, instances: int, *, loaded: int = 0) -> None:
    """Choose the kernels that finish first for this process; ``NUMBA_DISABLE_JIT`` is respected.

    While kernels are compiled, a line on standard error says so if that is a terminal.

    Args:
        decisions: How many tasks are to be placed.
        instances: How many container instances there are.
        loaded: How many running tasks a dump holds, which are loaded before anything is decided.
    """
    if "NUMBA_DISABLE_JIT" in os.environ:
        return
    seconds = decisions * (DECISION + ROW * instances) + loaded * TASK
    if seconds < LOAD:  # decided without numba, which takes as long to import as all the rest
        _run_plain()
        return
    from placement.kernels import _jit

    if _jit.placing_kernels_on_disk():
        return
    if seconds < COMPILE:
        _jit.run_as_plain_python()
        return
    if _jit.cache_folder() is None:
        warnings.filterwarnings("ignore", category=UncachedKernelsWarning)  # as a line of ours
        render.warn(_jit.UNCACHED)
    if sys.stderr is not None and sys.stderr.isatty():
        render.print_note("compiling, which takes half a minute (placement warm does it ahead)")


def _run_plain() -> None:
    """Keep numba from compiling; it reads the variable when it is imported."""
    os.environ["NUMBA_DISABLE_JIT"] = "1"
