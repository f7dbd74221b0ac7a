"""How much of a call is spent in kernels.

While a ``Watch`` is entered, each kernel that the library calls goes through a timer.  What the
timer sees is the kernel *and* the way into it: numba takes every array of the arguments out of its
Python object.  That way is no work of the kernel's, so it is measured by itself and counts as
outside: an empty function, compiled in the same manner, is called with the very arguments of the
last call.  What is left is the time in compiled code.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import ExitStack
from time import perf_counter_ns
from typing import Any, Self
from unittest.mock import patch

from numba import njit

from harness.timing import repeated
from placement.kernels.tiers import Kernel

__all__ = ["Watch"]

_KERNELS = "placement.kernels"


@njit(_nrt=False)
def _nothing(*arguments: Any) -> int:  # noqa: ARG001 (it is about passing them)
    return 0


class Watch:
    """Adds up the nanoseconds of kernels, call by call.

    They are called by their attribute ``call``, which is replaced.
    """

    def __init__(self) -> None:
        self.ns = 0
        self._calls: dict[Any, int] = {}
        self._arguments: dict[Any, tuple[Any, ...]] = {}
        self._patches = ExitStack()

    def __enter__(self) -> Self:
        for kernel in _kernels():
            self._patches.enter_context(patch.object(kernel, "call", self._timed(kernel)))
        return self

    def __exit__(self, *_: object) -> None:
        self._patches.close()

    def _timed(self, kernel: Kernel) -> Callable[..., Any]:
        compiled = kernel.compiled()

        def call(*arguments: Any) -> Any:
            start = perf_counter_ns()
            result = compiled(*arguments)
            self.ns += perf_counter_ns() - start
            self._calls[kernel] = self._calls.get(kernel, 0) + 1
            self._arguments[kernel] = arguments
            return result

        return call

    def way_in(self) -> float:
        """Return the nanoseconds of the ways into all kernels called so far, added up."""
        total = 0.0
        for kernel, arguments in self._arguments.items():
            _nothing(*arguments)  # compiles
            once = repeated(lambda arguments=arguments: _nothing(*arguments), 200)
            total += once * self._calls[kernel]
        return total

    @property
    def calls(self) -> int:
        """How often a kernel was called."""
        return sum(self._calls.values())


def _kernels() -> set[Kernel]:
    """Return the kernels that this process has imported."""
    modules = [module for name, module in sys.modules.items() if name.startswith(_KERNELS)]
    return {value for each in modules for value in vars(each).values() if isinstance(value, Kernel)}
