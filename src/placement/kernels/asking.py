"""Call the kernel that matches, compiled or as plain Python.

In: a program, texts as UTF-16 units, the steps each may take.  Out: answers.  Where kernels
run as plain Python, this one is compiled nevertheless once the process has taken ``COMPILE_AFTER``
steps in it; answers and steps are the same.
"""

from __future__ import annotations

import importlib.util
import threading
from functools import cache
from types import ModuleType
from typing import Any

import numpy as np
from numba.core import config

from placement.kernels import matching, memory
from placement.kernels import texts as texts_module
from placement.kernels.instructions import ENTRY, OUT_OF_STEPS, Tables, Work

__all__ = ["COMPILE_AFTER", "ask"]

COMPILE_AFTER = 1_000_000
"""Steps that a process takes in plain Python before the kernel is compiled."""

_LONG = 100_000
"""Numbers of an array that is not worth making a list of."""

_STACK_ROWS = 1 << 18
_STATES = 1 << 20
"""Numbers that the states of a text may hold."""

_taken = 0
"""Steps that this process has taken in plain Python."""


def ask(tables: Tables, texts: list[bytes], limits: list[int]) -> list[int]:
    """Return the answer for each text, up to the first that takes too many steps.

    Args:
        tables: the program, as arrays.
        texts: UTF-16 in the byte order of the machine.
        limits: the steps each text may take.
    """
    answers: list[int] = []
    if not hasattr(matching.match_texts, "py_func"):
        answers = _ask_plain(tables, texts, limits)
        if len(answers) == len(texts) or answers[-1:] == [OUT_OF_STEPS]:
            return answers
    done = len(answers)
    return answers + _call(_compiled(), tables, texts[done:], limits[done:])


def _call(module: ModuleType, tables: Tables, texts: list[bytes], limits: list[int]) -> list[int]:
    """Return the answers of the compiled kernel."""
    starts = np.zeros(len(texts) + 1, np.int64)
    np.cumsum([len(text) // 2 for text in texts], out=starts[1:])
    answers = np.zeros(len(texts), np.int8)
    written = module.match_texts(
        tables,
        np.frombuffer(b"".join(texts), np.uint16),
        starts,
        np.array(limits, np.int64),
        _work_for(tables, texts),
        answers,
        np.zeros(len(texts), np.int64),
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


def _work_for(tables: Tables, texts: list[bytes]) -> Work:
    """Return room for a program and texts."""
    longest = max(map(len, texts)) // 2
    return Work(
        np.empty(tables.registers, np.int64),
        _room.stack,
        np.empty((memory.bits(tables, longest) + 63) >> 6, np.uint64),
        _room.rows,
        _room.index,
    )


def _ask_plain(tables: Tables, texts: list[bytes], limits: list[int]) -> list[int]:
    """Return the answers that plain Python finds before it is time to compile."""
    global _taken
    lists = Tables(*map(_as_list, tables))
    answers: list[int] = []
    for text, limit in zip(texts, limits, strict=True):
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


@cache
def _compiled() -> ModuleType:
    """Return the module of the kernel, compiled even where kernels are plain Python.

    Its parts are loaded once more, apart from those that everybody imports.
    """
    if hasattr(matching.match_texts, "py_func"):
        return matching
    settings: Any = config
    before = settings.DISABLE_JIT
    settings.DISABLE_JIT = False
    try:
        loaded_texts, loaded_memory = _loaded(texts_module), _loaded(memory)
        module = _loaded(matching)
    finally:
        settings.DISABLE_JIT = before
    # Compiling looks a name up when it comes to it: let it find the compiled parts.
    for name in texts_module.__all__:
        if name in vars(module):
            setattr(module, name, getattr(loaded_texts, name))
    vars(module)["memory"] = loaded_memory
    return module


def _loaded(module: ModuleType) -> ModuleType:
    """Return a module loaded once more, without putting it where imports find it."""
    spec = importlib.util.find_spec(module.__name__)
    if spec is None or spec.loader is None:
        raise ImportError(f"{module.__name__} cannot be loaded")
    again = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(again)
    return again
