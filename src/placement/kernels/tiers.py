"""Kernels, and whether they run as plain Python or compiled: the answers are the same.

In: functions over bare arrays.  Out: ``Kernel.call``.  A process begins with plain Python, which
needs no numba: loading that takes as long as hundreds of decisions on a small cluster, compiling a
kernel as long as thousands.  A kernel is loaded from disk, or compiled, when what has been spent in
plain Python, and what its next call is expected to take, is as much as that.  Both tiers run the
same functions on the same arrays, so that they can change between any two calls.  What numba makes
of the functions is the business of ``_jit``, which is imported then.

A kernel is called from Python and calls *parts*: functions marked ``inlined`` or ``called``.  In
plain Python these are the functions themselves; compiled kernels get what numba makes of them.
"""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable
from time import thread_time
from types import FunctionType
from typing import Any

import numpy as np

from placement.kernels.fields import ADDRESS_FIELDS
from placement.kernels.signals import SignalsWait

__all__ = [
    "COMPILE",
    "LOAD",
    "PARTS",
    "REPLACED",
    "Kernel",
    "called",
    "in_compiled_code",
    "inlined",
    "is_disabled",
    "jit",
    "jit_no_refcount",
    "take_kernels",
    "takes_kernels",
]

LOAD = 0.3
"""Seconds of kernels as plain Python in a process after which those on disk are loaded; like all
times here, of processor time."""

COMPILE = 2.0
"""Seconds of one kernel as plain Python after which it is compiled."""

ENTRY = 3e-6
"""Seconds that plain Python takes for one entry of the longest array, at most."""

FRAMES = 40
"""How deep calls go in a kernel, those of numpy's own functions included, at most."""

PARTS: dict[Any, str] = {}
"""Each function that is a part of kernels, and what marked it: ``inlined`` or ``called``."""

REPLACED: dict[Any, Callable[[], Any]] = {}
"""Functions that compiled code has something else for, and what returns that."""


_taking = threading.RLock()
"""Held while a kernel takes compiled code, so that two threads get the same."""


class _Process:
    """What all kernels of a process share.

    Attributes:
        spent: Seconds of kernels as plain Python.
        takes_kernels: Whether kernels are to be compiled at their next call, whatever that takes.
    """

    spent = 0.0
    takes_kernels = False


class Kernel:
    """A function over bare arrays that Python calls.

    Attributes:
        call: What to call: plain Python until compiled code is worth it.
        plain: The function as plain Python, which can be interrupted and does no bookkeeping.
        makes_arrays: Whether numba is to count references, without which no array can be made.
        is_compiled: Whether ``call`` is compiled code.
    """

    __slots__ = ("_is_on_disk", "_spent", "call", "is_compiled", "makes_arrays", "plain")

    def __init__(self, plain: Any, *, makes_arrays: bool) -> None:
        self.plain: FunctionType = plain
        self.makes_arrays = makes_arrays
        self.is_compiled = False
        self.call: Callable[..., Any] = self._call_plain
        self._spent = 0.0
        self._is_on_disk: bool | None = None

    def compiled(self) -> Any:
        """Return the compiled function, which is called from now on.

        numba compiles or loads it at its first call.  Where it compiles nothing, plain Python stays
        (``NUMBA_DISABLE_JIT``).
        """
        if not self.is_compiled:
            if is_disabled():
                return self.plain
            from placement.kernels import _jit

            with _taking:
                if not self.is_compiled:
                    self.call = _jit.compiled_kernel(self)
                    self.is_compiled = True
        return self.call

    def expect(self, seconds: float) -> None:
        """Take compiled code now if calls that come would take so many seconds without it."""
        if not self.is_compiled and self._is_worth(seconds):
            self.compiled()

    def _is_worth(self, expected: float) -> bool:
        """Return whether compiled code is, if a call is expected to take so many seconds."""
        if not _Process.takes_kernels and _Process.spent + expected < LOAD:
            return False
        if is_disabled():
            return False
        if _Process.takes_kernels or self._spent + expected >= COMPILE:
            return True
        if self._is_on_disk is None:
            from placement.kernels import _jit

            self._is_on_disk = _jit.is_on_disk(self)
        return self._is_on_disk

    def _call_plain(self, *arguments: Any) -> Any:
        if self._is_worth(ENTRY * _longest(arguments)):
            return self.compiled()(*arguments)
        _need_frames(FRAMES)
        start = thread_time()
        try:
            # Unsigned numbers wrap round, in chance and hash tables.
            with SignalsWait(), np.errstate(over="ignore"):
                return self.plain(*arguments)
        finally:
            taken = thread_time() - start
            self._spent += taken
            _Process.spent += taken


def _longest(arguments: tuple[Any, ...]) -> int:
    """Return the length of the longest array that a kernel is given, or given the address of."""
    longest = 0
    for argument in arguments:
        if isinstance(argument, np.ndarray):
            length = argument.shape[0]
            if argument.shape[1:] == (ADDRESS_FIELDS,) and argument.dtype == np.int64:
                length = int(argument[:, 1:].max(initial=0))  # a list of addresses
            longest = max(longest, length)
    return longest


def _need_frames(count: int) -> None:
    """Raise RecursionError before anything is changed, rather than in the middle of it."""
    if count:
        _need_frames(count - 1)


# Decorators


def jit(function: Callable[..., Any]) -> Kernel:
    """Return the kernel of a function; compiled, it releases the GIL."""
    return Kernel(function, makes_arrays=True)


def jit_no_refcount(function: Callable[..., Any]) -> Kernel:
    """Return the kernel of a function, to be compiled without counting references to arrays.

    It can make no array of its own.  For kernels that work on many arrays at once: counting would
    take longer than the work.
    """
    return Kernel(function, makes_arrays=False)


def inlined(function: Callable[..., Any]) -> Callable[..., Any]:
    """Mark a function to be inlined into each ``jit_no_refcount`` kernel that calls it."""
    PARTS[function] = "inlined"
    return function


def called(function: Callable[..., Any]) -> Callable[..., Any]:
    """Mark a function to be compiled once, for ``jit_no_refcount`` kernels to call."""
    PARTS[function] = "called"
    return function


def in_compiled_code(function: Callable[..., Any], make: Callable[[], Any]) -> Any:
    """Note what compiled code calls in the place of a function, as something that makes it."""
    REPLACED[function] = make
    return function


# The process


def take_kernels() -> None:
    """Compile or load each kernel at its next call, whether or not that is worth it."""
    _Process.takes_kernels = True


def takes_kernels() -> bool:
    """Return whether kernels are compiled or loaded at their next call, whatever that takes."""
    return _Process.takes_kernels and not is_disabled()


def is_disabled() -> bool:
    """Return whether numba compiles nothing in this process, loaded already or not."""
    numba = sys.modules.get("numba")
    config = getattr(numba, "config", None)
    if config is not None:
        return bool(config.DISABLE_JIT)
    return os.environ.get("NUMBA_DISABLE_JIT", "0").strip() not in ("", "0")
