"""The instructions of a bound program, as numbers: what they are called, and their operands.

In: nothing.  Out: constants, for those who write programs (``query.bind``) and for those who run
them (``kernels.masks`` compiled, ``query.by_numpy`` not).  Imports no numba.

An instruction is a row of ``FIELDS`` numbers: operation, register to write, how to write it, and up
to five operands.  Registers are truth values over rows; register 0 is the mask itself.
"""

from __future__ import annotations

__all__ = [
    "AND",
    "BITSET",
    "CONSTANT",
    "EQUAL",
    "FIELDS",
    "JOIN",
    "JOINING",
    "LOOKUP",
    "MASK",
    "MAX_SMALL_SET",
    "MOMENT",
    "NUMBER",
    "OR",
    "RANGE",
    "SMALL_SET",
    "WRITE",
]

FIELDS = 8
"""Numbers in an instruction."""

WRITE, AND, OR = range(3)
"""How an answer is written to the register: as it is, joined by and, joined by or."""

EQUAL = 0
"""(width, slot, code, flip): the code is this one; ``flip`` 1 turns the answer round."""
RANGE = 1
"""(width, slot, first, count - 1, flip): the code is one of a run of codes."""
SMALL_SET = 2
"""(width, slot, start, 0, flip): the code is one of MAX_SMALL_SET codes in the table of codes."""
BITSET = 3
"""(width, slot, low word, high word): one of at most 128 codes; for 8-bit columns."""
LOOKUP = 4
"""(width, slot, start): a table of truth values, one for each code."""
NUMBER = 5
"""(low, high, flip): the count is in a closed interval."""
MOMENT = 6
"""(low, high, flip): the registration time is in a closed interval."""
CONSTANT = 7
"""(value): the same for all rows."""
MASK = 8
"""(which): a mask that was computed outside, by row."""
JOIN = 9
"""(register): another register."""

JOINING = (EQUAL, RANGE, NUMBER, MOMENT, CONSTANT, MASK)
"""Operations that can join their answer to the register; the others write it as it is."""

MAX_SMALL_SET = 8
"""Codes of a SMALL_SET; fewer are filled up by repeating one."""
