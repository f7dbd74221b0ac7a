"""Call the kernel that matches, compiled or as plain Python.

In: a program, texts as UTF-16 units, the steps each may take.  Out: answers.  Where kernels
run as plain Python, this one is compiled nevertheless once the process has taken ``COMPILE_AFTER``
steps in it; answers and steps are the same.
"""

from __future__ import annotations

import importlib.util
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from types import FunctionType, ModuleType
from typing import Any

import numpy as np
from numba.core import config

from placement.kernels import control, matching, memory, texts
from placement.kernels.instructions import ENTRY, OUT_OF_STEPS, Tables, Work

__all__ = ["COMPILE_AFTER", "ask"]

COMPILE_AFTER = 1_000_000
"""Steps that a process takes in plain Python before the kernel is compiled."""

_LONG = 100_000
"""Numbers of an array that is not worth making a list of."""

_STACK_ROWS = 1 << 18
_STATES = 1 << 20
"""Numbers that the states of a text may hold."""

_compiling = threading.RLock()
"""Held while the kernel is loaded and compiled in a process whose kernels are plain Python."""

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
    if not hasattr(matching.match_texts, "py_func"):
        answers = _ask_plain(tables, values, limits)
        if len(answers) == len(values) or answers[-1:] == [OUT_OF_STEPS]:
            return answers
        done = len(answers)
        return answers + _call_beside_plain(tables, values[done:], limits[done:])
    return _call(matching, tables, values, limits)


def _call_beside_plain(tables: Tables, values: list[bytes], limits: list[int]) -> list[int]:
    """Return the answers of the compiled kernel in a process whose kernels are plain Python."""
    with _compiling:
        module = _compiled()
        if not module.match_texts.signatures:
            # numba must find compilation enabled until the first call has compiled the kernel: its
            # own functions that the kernel calls are compiled then.
            with _enabled_jit():
                return _call(module, tables, values, limits)
    return _call(module, tables, values, limits)


def _call(module: ModuleType, tables: Tables, values: list[bytes], limits: list[int]) -> list[int]:
    """Return the answers of the compiled kernel."""
    starts = np.zeros(len(values) + 1, np.int64)
    np.cumsum([len(value) // 2 for value in values], out=starts[1:])
    answers = np.zeros(len(values), np.int8)
    written = module.match_texts(
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
        left = COMPILE_AFTER - _taken
        if left <= 0:
            break
        units = np.frombuffer(text, np.uint16).tolist()
        answer, steps = [0], [0]
        work = _work_for(tables, [text])
        bounds = [0, len(units)]
        matching.match_texts(lists, units, bounds, [min(limit, left)], work, answer, steps)
        _taken += min(steps[0], left)
        if answer[0] == OUT_OF_STEPS and limit > left:
            break  # not its own limit: the compiled kernel begins again
        answers.append(answer[0])
    return answers


def _as_list(part: Any) -> Any:
    """Return a short array as a list, which plain Python reads faster; else what was given."""
    return part.tolist() if isinstance(part, np.ndarray) and part.size < _LONG else part


_PARTS = (texts, memory, control)
"""The modules that the kernel's own is made of, each after those that it imports."""


@cache
def _compiled() -> ModuleType:
    """Return the module of the kernel, to be compiled although kernels are plain Python.

    Its parts are loaded once more, apart from those that everybody imports.
    """
    compiled: dict[Any, Any] = {}
    with _enabled_jit():
        for part in _PARTS:
            again = _loaded(part, compiled)
            compiled |= {getattr(part, name): getattr(again, name) for name in part.__all__}
        return _loaded(matching, compiled)


@contextmanager
def _enabled_jit() -> Iterator[None]:
    """Let numba compile, in a process in which it is told not to."""
    settings: Any = config
    before = settings.DISABLE_JIT
    settings.DISABLE_JIT = False
    try:
        yield
    finally:
        settings.DISABLE_JIT = before


def _loaded(module: ModuleType, compiled: dict[Any, Any]) -> ModuleType:
    """Return a module loaded once more, without putting it where imports find it.

    What it imported from other parts is replaced by what was compiled: a function looks names up
    when it is itself compiled, with its first call.
    """
    spec = importlib.util.find_spec(module.__name__)
    if spec is None or spec.loader is None:
        raise ImportError(f"{module.__name__} cannot be loaded")
    again = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(again)
    for name, value in list(vars(again).items()):
        if isinstance(value, FunctionType) and value in compiled:
            setattr(again, name, compiled[value])
    return again
