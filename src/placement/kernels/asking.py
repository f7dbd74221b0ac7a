"""Call the kernel that matches, compiled or as plain Python.

In: tables of a program, texts as UTF-16 units, the steps each may take.  Out: answers.  Where kernels
run as plain Python, this one is compiled nevertheless once the process has taken ``COMPILE_AFTER``
steps in it; answers and steps are the same.
"""

from __future__ import annotations

import importlib.util
from functools import cache
from types import ModuleType
from typing import Any

import numba
import numpy as np

from placement.kernels import matching

__all__ = ["COMPILE_AFTER", "ask"]

COMPILE_AFTER = 1_000_000
"""Steps that a process takes in plain Python before the kernel is compiled."""

_STACK_ROWS = 256

_taken = 0
"""Steps that this process has taken in plain Python."""


def ask(
    tables: tuple[Any, ...], memos: int, registers: int, texts: list[bytes], limits: list[int]
) -> list[int]:
    """Return the answer for each text, up to the first that takes too many steps.

    Args:
        tables: code, low, bounds, offsets, folds and clusters, as arrays for ``match_texts``.
        memos: how many memos the code names.
        registers: how many registers it names.
        texts: UTF-16 in the byte order of the machine.
        limits: the steps each text may take.
    """
    answers: list[int] = []
    if not hasattr(matching.match_texts, "py_func"):
        answers = _ask_plain(tables, memos, registers, texts, limits)
        if len(answers) == len(texts) or answers[-1:] == [matching.OUT_OF_STEPS]:
            return answers
    done = len(answers)
    return answers + _call(_compiled(), tables, memos, registers, texts[done:], limits[done:])


def _call(
    module: ModuleType,
    tables: tuple[Any, ...],
    memos: int,
    registers: int,
    texts: list[bytes],
    limits: list[int],
) -> list[int]:
    """Return the answers of the compiled kernel."""
    starts = np.zeros(len(texts) + 1, np.int64)
    np.cumsum([len(text) // 2 for text in texts], out=starts[1:])
    answers = np.zeros(len(texts), np.int8)
    written = module.match_texts(
        *tables,
        memos,
        np.frombuffer(b"".join(texts), np.uint16),
        starts,
        np.array(limits, np.int64),
        np.zeros(registers, np.int32),
        np.zeros(_STACK_ROWS * matching.ENTRY, np.int32),
        answers,
        np.zeros(len(texts), np.int64),
    )
    found: list[int] = answers[:written].tolist()
    return found


def _ask_plain(
    tables: tuple[Any, ...], memos: int, registers: int, texts: list[bytes], limits: list[int]
) -> list[int]:
    """Return the answers that plain Python finds before it is time to compile."""
    global _taken
    lists = [table.tolist() for table in tables]
    answers: list[int] = []
    for text, limit in zip(texts, limits, strict=True):
        left = COMPILE_AFTER - _taken
        if left <= 0:
            break
        answer, steps = [0], [0]
        units = np.frombuffer(text, np.uint16).tolist()
        stack = [0] * (_STACK_ROWS * matching.ENTRY)
        bounds = [0, len(units)]
        matching.match_texts(
            *lists, memos, units, bounds, [min(limit, left)], [0] * registers, stack, answer, steps
        )
        _taken += min(steps[0], left)
        if answer[0] == matching.OUT_OF_STEPS and limit > left:
            break  # not its own limit: the compiled kernel begins again
        answers.append(answer[0])
    return answers


@cache
def _compiled() -> ModuleType:
    """Return the module of the kernel, compiled even where kernels are plain Python."""
    if hasattr(matching.match_texts, "py_func"):
        return matching
    spec = importlib.util.find_spec(matching.__name__)
    if spec is None or spec.loader is None:
        return matching
    module = importlib.util.module_from_spec(spec)
    before = numba.config.DISABLE_JIT
    numba.config.DISABLE_JIT = False
    try:
        spec.loader.exec_module(module)
    finally:
        numba.config.DISABLE_JIT = before
    return module
