"""Whether masks are computed with numpy or by compiled kernels, which give the same answers.

In: the arrays of a bound program.  Out: its mask, and the kernels once this process has them.
Loading numba and the kernels takes some 0.4 s of processor time, compiling them 5 s: as long as
thousands of masks take with numpy.  So a process begins with numpy, and takes the kernels when the
masks it has computed so took ``LOAD`` seconds, or ``COMPILE`` seconds where kernels are not on
disk.  ``placement.warm`` takes them at once.
"""

from __future__ import annotations

from time import perf_counter
from typing import Any, NamedTuple

from placement.kernels.tiers import is_disabled
from placement.query import by_numpy

__all__ = ["COMPILE", "LOAD", "MaskKernels", "evaluate", "kernels", "take_kernels"]

LOAD = 0.1
"""Seconds of masks with numpy after which kernels that are on disk are loaded."""

COMPILE = 5.0
"""Seconds of masks with numpy after which kernels that are not on disk are compiled."""


class MaskKernels(NamedTuple):
    """The compiled kernels of ``placement.kernels.masks``."""

    run: Any
    run_one: Any


kernels: MaskKernels | None = None
"""The kernels once masks of this process are computed by them, else None."""

_spent = 0.0
"""Seconds that masks with numpy have taken so far."""

_limit = LOAD
"""Seconds after which kernels are looked for next."""


def evaluate(*arguments: Any) -> None:
    """Write a mask; the arguments are those of ``kernels.masks.run``."""
    global _spent
    if kernels is None and _spent >= _limit:
        _look_for_kernels()
    if kernels is not None:
        kernels.run(*arguments)
        return
    start = perf_counter()
    by_numpy.run(*arguments)
    _spent += perf_counter() - start


def take_kernels() -> None:
    """Compute all further masks of this process by kernels."""
    global kernels
    from placement.kernels import masks

    kernels = MaskKernels(masks.run.compiled(), masks.run_one.compiled())


def _look_for_kernels() -> None:
    """Take the kernels if they are worth it now; where numba compiles nothing, they never are."""
    global _limit
    if is_disabled():
        _limit = float("inf")
    elif _spent >= COMPILE or _are_on_disk():
        take_kernels()
    else:
        _limit = COMPILE


def _are_on_disk() -> bool:
    """Return whether code is on disk of the kernel that most masks call; it takes the longest."""
    from placement.kernels import _jit, masks

    return _jit.is_on_disk(masks.run)
