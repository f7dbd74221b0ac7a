"""Compiled kernels from the beginning, where it is not the start of a process that is measured."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec

__all__ = ["take_kernels"]


def take_kernels() -> None:
    """Let this process compile or load each kernel at its first call, as ``placement.warm`` does.

    Otherwise it would be loaded some tenths of a second later, in the midst of what is timed.  The
    library of an earlier checkout has nothing else than compiled kernels.
    """
    if find_spec("placement.kernels.tiers"):
        import_module("placement.kernels.tiers").take_kernels()
