"""Call the kernel that matches, compiled or as plain Python.

In: a program, texts as UTF-16 units, the steps each may take.  Out: answers.  What is compiled is
loaded from disk once the process has taken ``LOAD_AFTER`` steps in plain Python; where it is not on
disk the kernel is compiled after ``COMPILE_AFTER``, in a process too whose other kernels never are
(``NUMBA_DISABLE_JIT``): patterns may take millions of steps.  Answers and steps are the same.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

import numpy as np

from placement.kernels import matching, memory
from placement.kernels.instructions import ENTRY, OUT_OF_STEPS, Tables, Work
from placement.kernels.tiers import is_disabled, takes_kernels

__all__ = ["COMPILE_AFTER", "LOAD_AFTER", "ask"]

LOAD_AFTER = 100_000
"""Steps that a process takes in plain Python before the kernel is loaded, if it is on disk."""

COMPILE_AFTER = 1_000_000
"""Steps that a process takes in plain Python before the kernel is compiled."""

_LONG = 100_000
"""Numbers of an array that is not worth making a list of."""

_STACK_ROWS = 1 << 18
_STATES = 1 << 20
"""Numbers that the states of a text may hold."""

_compiling = threading.RLock()
"""Held while the kernel is loaded or compiled."""

_taken = 0
"""Steps that this process has taken in plain Python."""


def ask(tables: Tables, values: list[bytes], limits: list[int]) -> list[int]:
    """Return the answer for each text, up to the first that takes too many steps.

    Args:
        tables: the program, as arrays.
        values: UTF-16 in the byte order of the machine.
        limits: the steps each text may take.
    """
    answers: list[int] = []
    if not matching.match_texts.is_compiled and not takes_kernels():
        answers = _ask_plain(tables, values, limits)
        if len(answers) == len(values) or answers[-1:] == [OUT_OF_STEPS]:
            return answers
    done = len(answers)
    return answers + _ask_compiled(tables, values[done:], limits[done:])


def _ask_compiled(tables: Tables, values: list[bytes], limits: list[int]) -> list[int]:
    """Return the answers of the compiled kernel."""
    with _compiling:
        if not _is_ready():
            # numba must find compilation enabled until the first call has compiled the kernel: its
            # own functions that the kernel calls are compiled then.
            with _enabled_jit():
                return _call(matching.match_texts.compiled(), tables, values, limits)
    return _call(matching.match_texts.call, tables, values, limits)


def _is_ready() -> bool:
    """Return whether the compiled kernel has been called."""
    kernel = matching.match_texts
    return kernel.is_compiled and bool(kernel.compiled().signatures)


def _call(match: Any, tables: Tables, values: list[bytes], limits: list[int]) -> list[int]:
    """Return the answers of a compiled function."""
    starts = np.zeros(len(values) + 1, np.int64)
    np.cumsum([len(value) // 2 for value in values], out=starts[1:])
    answers = np.zeros(len(values), np.int8)
    written = match(
        tables,
        np.frombuffer(b"".join(values), np.uint16),
        starts,
        np.array(limits, np.int64),
        _work_for(tables, values),
        answers,
        np.zeros(len(values), np.int64),
    )
    found: list[int] = answers[:written].tolist()
    return found


class _Room(threading.local):
    """The room of one thread; it takes memory only as far as it has been used."""

    def __init__(self) -> None:
        self.clear()

    def clear(self) -> None:
        """Take new arrays."""
        self.stack = np.empty(_STACK_ROWS * ENTRY, np.int64)
        self.rows = np.empty(_STATES, np.int64)
        self.rows[0] = 0
        self.index = np.zeros(_STATES >> 2, np.int64)


_room = _Room()


def _work_for(tables: Tables, values: list[bytes]) -> Work:
    """Return room for a program and values."""
    longest = max(map(len, values)) // 2
    return Work(
        np.empty(tables.registers, np.int64),
        _room.stack,
        np.empty((memory.bits(tables, longest) + 63) >> 6, np.uint64),
        _room.rows,
        _room.index,
    )


def _ask_plain(tables: Tables, values: list[bytes], limits: list[int]) -> list[int]:
    """Return the answers that plain Python finds before it is time to compile."""
    global _taken
    lists = Tables(*map(_as_list, tables))
    answers: list[int] = []
    for text, limit in zip(values, limits, strict=True):
        units = np.frombuffer(text, np.uint16).tolist()
        answer, steps = [OUT_OF_STEPS], [0]
        work = _work_for(tables, [text])
        bounds = [0, len(units)]
        most = 0
        while answer[0] == OUT_OF_STEPS and most < limit and _plain_steps() > 0:
            most = min(limit, _plain_steps())  # fewer than its own: then it begins again
            try:
                matching.match_texts.plain(lists, units, bounds, [most], work, answer, steps)
            except BaseException:  # Ctrl-C: what it remembers is not to be found by the next
                _room.clear()
                raise
            _taken += min(steps[0], most)
        if answer[0] == OUT_OF_STEPS and most < limit:
            break
        answers.append(answer[0])
    return answers


def _plain_steps() -> int:
    """Return how many steps plain Python may take before it is worth loading or compiling."""
    if _taken < LOAD_AFTER:
        return LOAD_AFTER - _taken
    return 0 if _is_on_disk() else COMPILE_AFTER - _taken


@cache
def _is_on_disk() -> bool:
    """Return whether code of the kernel is on disk."""
    if is_disabled():
        return False
    from placement.kernels import _jit

    return _jit.is_on_disk(matching.match_texts)


def _as_list(part: Any) -> Any:
    """Return a short array as a list, which plain Python reads faster; else what was given."""
    return part.tolist() if isinstance(part, np.ndarray) and part.size < _LONG else part


@contextmanager
def _enabled_jit() -> Iterator[None]:
    """Let numba compile, in a process in which it is told not to."""
    from numba.core import config

    settings: Any = config
    before = settings.DISABLE_JIT
    settings.DISABLE_JIT = False
    try:
        yield
    finally:
        settings.DISABLE_JIT = before
