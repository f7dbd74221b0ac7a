"""Whether masks are computed with numpy or by compiled kernels, which give the same answers.

In: the arrays of a bound program.  Out: its mask, and the kernels once this process has them.
Loading numba and the kernels takes some 0.4 s of processor time, compiling them 5 s: as long as
thousands of masks take with numpy.  So a process begins with numpy, and takes the kernels when the
masks it has computed so took ``LOAD`` seconds, or ``COMPILE`` seconds where kernels are not on
disk.  ``placement.warm`` takes them at once.
"""

from __future__ import annotations

from time import perf_counter
from types import ModuleType
from typing import Any

from placement.query import by_numpy

__all__ = ["COMPILE", "LOAD", "evaluate", "kernels", "take_kernels"]

LOAD = 0.1
"""Seconds of masks with numpy after which kernels that are on disk are loaded."""

COMPILE = 5.0
"""Seconds of masks with numpy after which kernels that are not on disk are compiled."""

kernels: ModuleType | None = None
"""``placement.kernels.masks`` once masks of this process are computed by it, else None."""

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

    kernels = masks


def _look_for_kernels() -> None:
    """Take the kernels if they are worth it now; where numba compiles nothing, they never are."""
    global _limit
    from placement.kernels import _jit

    if _jit.is_disabled():
        _limit = float("inf")
    elif _spent >= COMPILE or _jit.mask_kernels_on_disk():
        take_kernels()
    else:
        _limit = COMPILE
