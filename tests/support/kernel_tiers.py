"""Kernels that run compiled or as plain Python as a test wants it.

In: what decides it.  Out: a context in which all kernels of the package obey it; afterwards they
are as they were before.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import cache
from typing import Any
from unittest.mock import patch

import numpy as np

import placement.kernels
from placement.kernels import tiers
from placement.kernels.tiers import Kernel

__all__ = ["all_kernels", "each_call", "plain_until"]


@cache
def all_kernels() -> dict[Kernel, Any]:
    """Return every kernel of the package and what numba makes of it; plain Python without numba."""
    found: dict[Kernel, Any] = {}
    for each in pkgutil.iter_modules(placement.kernels.__path__):
        module = importlib.import_module(f"placement.kernels.{each.name}")
        kernels = [value for value in vars(module).values() if isinstance(value, Kernel)]
        found |= {kernel: _compiled(kernel) for kernel in kernels}
    return found


def _compiled(kernel: Kernel) -> Any:
    quiet: Any = np.errstate(over="ignore")
    return quiet(kernel.plain) if tiers.is_disabled() else kernel.compiled()


@contextmanager
def each_call(is_compiled: Callable[[], bool]) -> Iterator[None]:
    """Ask at each call of a kernel whether it is to run compiled code."""

    def call(kernel: Kernel, compiled: Any, arguments: tuple[Any, ...]) -> Any:
        return compiled(*arguments) if is_compiled() else kernel._call_plain(*arguments)

    with ExitStack() as stack:
        stack.enter_context(patch.object(Kernel, "_is_worth", lambda *_: False))
        for kernel, compiled in all_kernels().items():
            chosen = lambda *given, k=kernel, c=compiled: call(k, c, given)  # noqa: E731
            stack.enter_context(patch.object(kernel, "call", chosen))
        yield


@contextmanager
def plain_until(is_over: Callable[[], bool]) -> Iterator[None]:
    """Let kernels be as in a process that has just begun.

    ``is_over`` is asked at each call of a kernel as plain Python, and whenever calls are expected:
    from the first time on that it says so, kernels are compiled at their next call.
    """
    over: list[bool] = []

    def is_worth(*_: Any) -> bool:
        if not over and is_over():
            over.append(True)
        return bool(over)

    with ExitStack() as stack:
        stack.enter_context(patch.object(Kernel, "_is_worth", is_worth))
        stack.enter_context(patch.object(tiers._Process, "takes_kernels", False))
        for kernel in all_kernels():
            stack.enter_context(patch.object(kernel, "call", kernel._call_plain))
            stack.enter_context(patch.object(kernel, "is_compiled", False))
        stack.enter_context(patch.object(Kernel, "compiled", _take))
        yield


def _take(kernel: Kernel) -> Any:
    """Do as ``Kernel.compiled`` with the code that has been made before."""
    kernel.call, kernel.is_compiled = all_kernels()[kernel], True
    return kernel.call
