"""Run a bound program over all rows of a cluster.

In: the program as an array of numbers, the columns, tables for sets of codes.  Out: the caller's
mask.  Rows are taken in blocks that stay in the cache of a core; every instruction is a loop over
one block that the compiler turns into vector instructions.  Two kernels serve all programs, one of
them those of a single test of a column; none is ever compiled for a query.

Instructions are those of ``kernels.mask_program``; registers are blocks of truth values.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from placement.kernels.mask_program import (
    AND,
    BITSET,
    CONSTANT,
    EQUAL,
    LOOKUP,
    MASK,
    MAX_SMALL_SET,
    MOMENT,
    NUMBER,
    OR,
    RANGE,
    SMALL_SET,
    WRITE,
)
from placement.kernels.tiers import called, jit

__all__ = ["BLOCK", "run", "run_one"]

BLOCK = 32_768
"""Rows in a block."""

Array = npt.NDArray[Any]


@jit
def run(
    program: Array,
    tables: Array,
    few: Array,
    masks: Array,
    codes8: Array,
    codes16: Array,
    codes32: Array,
    counts: Array,
    moments: Array,
    live: Array,
    registers: int,
    tombstones: int,
    out: Array,
) -> None:
    """Write the mask of a program to ``out``.

    Args:
        program: int64 ``[instruction, FIELDS]``.
        tables: bool, the tables of all LOOKUPs, one after the other.
        few: int64, the codes of all SMALL_SETs, one after the other.
        masks: bool ``[which, row]``, for MASK.
        codes8: uint8 ``[slot, row]``, the columns of 8-bit codes.
        codes16: uint16 ``[slot, row]``.
        codes32: uint32 ``[slot, row]``.
        counts: int32 over rows.
        moments: int64 over rows.
        live: bool over rows, False for a tombstone.
        registers: how many registers the program uses, the mask included.
        tombstones: not 0 if there are tombstones, which must come out as False.
        out: bool over rows, written whole.
    """
    spare = np.empty((registers, BLOCK), np.bool_)
    for start in range(0, out.shape[0], BLOCK):
        end = min(start + BLOCK, out.shape[0])
        mask = out[start:end]
        for n in range(program.shape[0]):
            step = program[n]
            to = mask if step[1] == 0 else spare[step[1], : end - start]
            if step[0] <= LOOKUP:
                if step[3] == 0:
                    _test_codes(step, codes8[step[4], start:end], tables, few, to)
                elif step[3] == 1:
                    _test_codes(step, codes16[step[4], start:end], tables, few, to)
                else:
                    _test_codes(step, codes32[step[4], start:end], tables, few, to)
            elif step[0] == NUMBER:
                _between(counts[start:end], step, to)
            elif step[0] == MOMENT:
                _between(moments[start:end], step, to)
            elif step[0] == CONSTANT:
                _constant(step[2], step[3] != 0, to)
            elif step[0] == MASK:
                _join(step[2], masks[step[3], start:end], to)
            else:
                _join(step[2], spare[step[3], : end - start], to)
        if tombstones:
            _join(AND, live[start:end], mask)


@jit
def run_one(step: Array, codes: Array, tables: Array, few: Array, out: Array) -> None:
    """Write the answers of one instruction that asks a column of codes.

    Args:
        step: int64 ``[FIELDS]``, the instruction.
        codes: uint8, uint16 or uint32, the column, at least as long as ``out``.
        tables: bool, as for ``run``.
        few: int64, as for ``run``.
        out: bool, written whole.
    """
    _test_codes(step, codes, tables, few, out)


@called
def _test_codes(step: Array, codes: Array, tables: Array, few: Array, out: Array) -> None:
    """Write the answers of one instruction; the arguments are those of ``run_one``."""
    if step[0] == EQUAL:
        _equal(codes, step, out)
    elif step[0] == RANGE:
        _in_span(codes, step, out)
    elif step[0] == SMALL_SET:
        _in_few(codes, few[step[5] : step[5] + MAX_SMALL_SET], step[7] != 0, out)
    elif step[0] == BITSET:
        _in_set(codes, np.uint64(step[5]), np.uint64(step[6]), out)
    else:
        _lookup(codes, tables[step[5] :], out)


# One loop for each operation.  The tests of ``how`` inside are the same for all rows: the compiler
# makes one loop of vector instructions for each way of writing.


@called
def _equal(codes: Array, step: Array, out: Array) -> None:
    """Write whether each code is ``step[5]``, turned round by ``step[7]``."""
    code = codes.dtype.type(step[5])
    flip = step[7] != 0
    how = step[2]
    for i in range(out.shape[0]):
        answer = (codes[i] == code) ^ flip
        if how == WRITE:
            out[i] = answer
        elif how == AND:
            out[i] = out[i] & answer
        else:
            out[i] = out[i] | answer


@called
def _in_span(codes: Array, step: Array, out: Array) -> None:
    """Write whether each code is among the ``step[6] + 1`` from ``step[5]`` on."""
    first = codes.dtype.type(step[5])
    last = codes.dtype.type(step[5] + step[6])
    flip = step[7] != 0
    how = step[2]
    for i in range(out.shape[0]):
        answer = ((codes[i] >= first) & (codes[i] <= last)) ^ flip
        if how == WRITE:
            out[i] = answer
        elif how == AND:
            out[i] = out[i] & answer
        else:
            out[i] = out[i] | answer


@called
def _in_few(codes: Array, few: Array, flip: bool, out: Array) -> None:
    """Write whether each code is one of eight."""
    a, b = codes.dtype.type(few[0]), codes.dtype.type(few[1])
    c, d = codes.dtype.type(few[2]), codes.dtype.type(few[3])
    e, f = codes.dtype.type(few[4]), codes.dtype.type(few[5])
    g, h = codes.dtype.type(few[6]), codes.dtype.type(few[7])
    for i in range(out.shape[0]):
        code = codes[i]
        answer = (code == a) | (code == b) | (code == c) | (code == d)
        answer |= (code == e) | (code == f) | (code == g) | (code == h)
        out[i] = answer ^ flip


@called
def _in_set(codes: Array, low: int, high: int, out: Array) -> None:
    """Write bit ``codes[i]`` of the 128 bits ``high:low``; codes stay below 128."""
    for i in range(out.shape[0]):
        code = codes[i]
        word = high if code & np.uint8(64) else low
        out[i] = ((word >> np.uint64(code & np.uint8(63))) & np.uint64(1)) != 0


@called
def _lookup(codes: Array, table: Array, out: Array) -> None:
    """Write ``table[codes[i]]``."""
    for i in range(out.shape[0]):
        out[i] = table[codes[i]]


@called
def _between(numbers: Array, step: Array, out: Array) -> None:
    """Write whether each number is in ``step[3]..step[4]``, turned round by ``step[5]``."""
    least = numbers.dtype.type(step[3])
    most = numbers.dtype.type(step[4])
    flip = step[5] != 0
    how = step[2]
    for i in range(out.shape[0]):
        answer = ((numbers[i] >= least) & (numbers[i] <= most)) ^ flip
        if how == WRITE:
            out[i] = answer
        elif how == AND:
            out[i] = out[i] & answer
        else:
            out[i] = out[i] | answer


@called
def _constant(how: int, answer: bool, out: Array) -> None:
    """Write one answer for all rows."""
    if how == WRITE or (how == AND and not answer) or (how == OR and answer):
        for i in range(out.shape[0]):
            out[i] = answer


@called
def _join(how: int, other: Array, out: Array) -> None:
    """Write the answers of another register or mask."""
    for i in range(out.shape[0]):
        answer = other[i]
        if how == WRITE:
            out[i] = answer
        elif how == AND:
            out[i] = out[i] & answer
        else:
            out[i] = out[i] | answer
