"""Run a bound program over all rows of a cluster.

In: the program as an array of numbers, the columns, tables for sets of codes.  Out: the caller's
mask.  Rows are taken in blocks that stay in the cache of a core; every instruction is a loop over
one block that the compiler turns into vector instructions.  Two kernels serve all programs, one of
them those of a single test of a column; none is ever compiled for a query.

An instruction is a row of seven numbers: operation, register to write, place of the column, and up
to four operands.  Registers are blocks of truth values; register 0 is the mask itself.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from placement.kernels._jit import kernel

__all__ = [
    "AND",
    "BLOCK",
    "CONSTANT",
    "EQUAL",
    "FIELDS",
    "LOOKUP",
    "MASK",
    "MOMENT",
    "NUMBER",
    "OR",
    "SET",
    "SPAN",
    "run",
    "run_one",
]

BLOCK = 32_768
"""Rows in a block."""

FIELDS = 7
"""Numbers in an instruction."""

CONSTANT = 0
"""(value): the same for all rows."""
MASK = 1
"""(which): a mask that was computed outside, by row."""
EQUAL = 2
"""(width, slot, code, flip): the code is this one; ``flip`` 1 turns it round."""
SPAN = 3
"""(width, slot, first, count - 1, flip): the code is one of a run of codes."""
SET = 4
"""(width, slot, word): one of at most 128 codes, from two 64-bit words; for 8-bit columns."""
LOOKUP = 5
"""(width, slot, start): a table of bytes, one for each code."""
NUMBER = 6
"""(low, high, flip): the count is in a closed interval."""
MOMENT = 7
"""(low, high, flip): the registration time is in a closed interval."""
AND = 8
"""(register): write &= register."""
OR = 9
"""(register): write |= register."""


Array = npt.NDArray[Any]


@kernel
def run(
    program: Array,
    tables: Array,
    masks: Array,
    codes8: Array,
    codes16: Array,
    codes32: Array,
    counts: Array,
    moments: Array,
    live: Array,
    registers: int,
    holes: int,
    out: Array,
) -> None:
    """Write the mask of a program to ``out``.

    Args:
        program: int64 ``[instruction, FIELDS]``.
        tables: bool, the tables of all LOOKUPs one behind the other.
        masks: bool ``[which, row]``, for MASK.
        codes8: uint8 ``[slot, row]``, the columns of 8-bit codes.
        codes16: uint16 ``[slot, row]``.
        codes32: uint32 ``[slot, row]``.
        counts: int32 over rows.
        moments: int64 over rows.
        live: bool over rows, False for a hole.
        registers: how many registers the program uses, the mask included.
        holes: not 0 if there are holes, which must come out as False.
        out: bool over rows, written whole.
    """
    spare = np.empty((registers, BLOCK), np.bool_)
    for start in range(0, out.shape[0], BLOCK):
        end = min(start + BLOCK, out.shape[0])
        mask = out[start:end]
        for n in range(program.shape[0]):
            step = program[n]
            to = mask if step[1] == 0 else spare[step[1], : end - start]
            if step[0] == EQUAL or step[0] == SPAN or step[0] == LOOKUP:
                if step[2] == 0:
                    run_one(step, codes8[step[3], start:end], tables, to)
                elif step[2] == 1:
                    run_one(step, codes16[step[3], start:end], tables, to)
                else:
                    run_one(step, codes32[step[3], start:end], tables, to)
            elif step[0] == SET:
                _in_set(codes8[step[3], start:end], np.uint64(step[4]), np.uint64(step[5]), to)
            elif step[0] == NUMBER:
                _between(counts[start:end], step[2], step[3], step[4], to)
            elif step[0] == MOMENT:
                _between(moments[start:end], step[2], step[3], step[4], to)
            elif step[0] == CONSTANT:
                to[:] = step[2] != 0
            elif step[0] == MASK:
                to[:] = masks[step[2], start:end]
            else:
                other = spare[step[2], : end - start]
                _combine(step[0] == AND, other, to)
        if holes:
            _combine(True, live[start:end], mask)


@kernel
def run_one(step: Array, codes: Array, tables: Array, out: Array) -> None:
    """Write the answers of one EQUAL, SPAN or LOOKUP instruction.

    Args:
        step: int64 ``[FIELDS]``, the instruction.
        codes: uint8, uint16 or uint32, the column, at least as long as ``out``.
        tables: bool, as for ``run``.
        out: bool, written whole.
    """
    if step[0] == EQUAL:
        _equal(codes, step[4], step[5], out)
    elif step[0] == SPAN:
        _in_span(codes, step[4], step[5], step[6], out)
    else:
        _lookup(codes, tables[step[4] :], out)


@kernel
def _equal(codes: Array, code: int, flip: int, out: Array) -> None:
    """Set ``out[i]`` to whether ``codes[i]`` is ``code``, turned round by ``flip``."""
    narrow = codes.dtype.type(code)
    if flip:
        for i in range(out.shape[0]):
            out[i] = codes[i] != narrow
    else:
        for i in range(out.shape[0]):
            out[i] = codes[i] == narrow


@kernel
def _in_span(codes: Array, first: int, more: int, flip: int, out: Array) -> None:
    """Set ``out[i]`` to whether ``first <= codes[i] <= first + more``, turned round by ``flip``."""
    low = codes.dtype.type(first)
    high = codes.dtype.type(first + more)
    if flip:
        for i in range(out.shape[0]):
            out[i] = (codes[i] < low) | (codes[i] > high)
    else:
        for i in range(out.shape[0]):
            out[i] = (codes[i] >= low) & (codes[i] <= high)


@kernel
def _in_set(codes: Array, low: int, high: int, out: Array) -> None:
    """Set ``out[i]`` to bit ``codes[i]`` of the 128 bits ``high:low``; codes stay below 128."""
    for i in range(out.shape[0]):
        code = codes[i]
        word = high if code & np.uint8(64) else low
        out[i] = ((word >> np.uint64(code & np.uint8(63))) & np.uint64(1)) != 0


@kernel
def _lookup(codes: Array, table: Array, out: Array) -> None:
    """Set ``out[i] = table[codes[i]]``."""
    for i in range(out.shape[0]):
        out[i] = table[codes[i]]


@kernel
def _between(numbers: Array, low: int, high: int, flip: int, out: Array) -> None:
    """Set ``out[i]`` to whether ``low <= numbers[i] <= high``, turned round by ``flip``."""
    least = numbers.dtype.type(low)
    most = numbers.dtype.type(high)
    if flip:
        for i in range(out.shape[0]):
            out[i] = (numbers[i] < least) | (numbers[i] > most)
    else:
        for i in range(out.shape[0]):
            out[i] = (numbers[i] >= least) & (numbers[i] <= most)


@kernel
def _combine(both: bool, other: Array, out: Array) -> None:
    """Set ``out &= other`` if ``both``, else ``out |= other``."""
    if both:
        for i in range(out.shape[0]):
            out[i] &= other[i]
    else:
        for i in range(out.shape[0]):
            out[i] |= other[i]
