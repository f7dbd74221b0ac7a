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
from types import ModuleType, SimpleNamespace
from typing import Any, Self
from unittest.mock import patch

from numba import njit
from numba.extending import is_jitted

from harness.timing import repeated

__all__ = ["Watch"]

_KERNELS = "placement.kernels"


@njit(_nrt=False)
def _nothing(*arguments: Any) -> int:  # noqa: ARG001 (it is about passing them)
    return 0


class Watch:
    """Adds up the nanoseconds of kernels, call by call.

    ``placement`` refers to kernels in the globals of its modules, as ``module.kernel`` or by name;
    both are replaced outside of the kernels' own package, whose code is compiled already.
    """

    def __init__(self) -> None:
        self.ns = 0
        self._calls: dict[Any, int] = {}
        self._arguments: dict[Any, tuple[Any, ...]] = {}
        self._patches = ExitStack()

    def __enter__(self) -> Self:
        for name, module in list(sys.modules.items()):
            if name.startswith("placement.") and not name.startswith(_KERNELS):
                self._replace(module)
        return self

    def __exit__(self, *_: object) -> None:
        self._patches.close()

    def _replace(self, module: ModuleType) -> None:
        for name, value in list(vars(module).items()):
            timed: Any = None
            if is_jitted(value):
                timed = self._timed(value)
            elif isinstance(value, ModuleType) and value.__name__.startswith(_KERNELS + "."):
                timed = SimpleNamespace(
                    **{
                        key: self._timed(each) if is_jitted(each) else each
                        for key, each in vars(value).items()
                    }
                )
            if timed is not None:
                self._patches.enter_context(patch.object(module, name, timed))

    def _timed(self, kernel: Any) -> Callable[..., Any]:
        def call(*arguments: Any) -> Any:
            start = perf_counter_ns()
            result = kernel(*arguments)
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
