"""The instructions of the kernel that matches texts, for it and for those who write programs.

A program is a row of numbers, ``FIELDS`` for each instruction: operation and operands.  A place is
where an instruction begins.  Registers are numbers, too; all are -1 before each text.  The first
two are the kernel's own, see ``MARK``.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy.typing as npt

__all__ = [
    "ATOMIC_BREAK",
    "BACK",
    "BEFORE",
    "BEFORE_NEXT",
    "CHARACTER",
    "CLUSTER",
    "COPY",
    "CUT",
    "ENTER",
    "ENTRY",
    "EPOCH",
    "FAIL",
    "FIELDS",
    "FORGETS",
    "GREEDY",
    "JUMP",
    "KEEP",
    "LEAVE",
    "LINE_BREAK",
    "LOOP",
    "MARK",
    "MATCH",
    "OUT_OF_STEPS",
    "PATIENT",
    "POSITIONS",
    "POSSESSIVE",
    "REFERENCE",
    "RELUCTANT",
    "RESET",
    "RUN",
    "SAME",
    "SAVE",
    "SAVE_GROUP",
    "SET",
    "SPLIT",
    "STATES",
    "STRICT",
    "TEST",
    "Number",
    "Tables",
    "Work",
]

Array = npt.NDArray[Any]

Number = Any
"""A number or truth value, of whichever type numba finds for it."""

OUT_OF_STEPS = 2
"""The answer for a text on which the steps ended; 0 and 1 are the others."""

FIELDS = 7
"""Numbers in an instruction."""

EPOCH = 0
"""The register that tells one run of a body under a ``MARK`` from others; the next one counts."""

MATCH = 0
"""(): the text has to be at its end; the answer is yes."""
CHARACTER = 1
"""(unit): this UTF-16 unit, no surrogate."""
SET = 2
"""(set): a code point of the set."""
RUN = 3
"""(set, least, most, mode, memo): code points of the set, as many as the mode says."""
SPLIT = 4
"""(first, second, memo): go on at the first place, and where that fails at the second."""
JUMP = 5
"""(place)"""
FAIL = 6
"""()"""
SAVE = 7
"""(register): write the position; the old value comes back on the way back."""
SAVE_GROUP = 8
"""(register, start): write the value of ``start`` and the position to the two registers."""
COPY = 9
"""(register, from): write the value of another register."""
RESET = 10
"""(register): a loop begins: write 0 to the register of its count and -1 to the next one."""
LOOP = 11
"""(register, least, most, place, kind, memo): before each round: another one, or to ``place``."""
ENTER = 12
"""(register, most): count a round, up to a greatest number, and note where it begins."""
LEAVE = 13
"""(register, least, place, kind): after a round that took nothing, beyond the least count: on to
``place``, or for a reluctant loop back; it comes before what the round has taken is noted."""
MARK = 14
"""(register): begin a body that matches in its first way only: note the height of the stack, and in
the next register the epoch; begin another epoch."""
CUT = 15
"""(register): forget the stack above the noted height, and so every other way since; the noted
epoch goes on."""
KEEP = 16
"""(register): note the position; it does not come back."""
BACK = 17
"""(register): go to a noted position."""
SAME = 18
"""(register): the position has to be the noted one."""
BEFORE = 19
"""(register, least, most, by points): go back from the noted position to the nearest beginning of a
look-behind; a ``BEFORE_NEXT`` follows."""
BEFORE_NEXT = 20
"""(register, by points): go back to the next farther beginning."""
TEST = 21
"""(kind, words, bases, marks): a question about the position, see ``javaregex.tree.TestKind``; the
others are sets, for the tests of words."""
REFERENCE = 22
"""(register, fold): the text between two registers; fold 0 as it is, 1 ASCII, 2 Unicode case."""
LINE_BREAK = 23
"""(): a line break; the pair of two units may be split on the way back."""
ATOMIC_BREAK = 24
"""(): the same, but the pair stays whole."""
CLUSTER = 25
"""(): an extended grapheme cluster."""

GREEDY, RELUCTANT, POSSESSIVE = range(3)
"""Modes of a RUN, the first two also kinds of a LOOP and a LEAVE."""

STRICT = 4
"""Added to the kind of a LOOP whose rounds are cut: beyond its least count, a reluctant one goes
back after a round that took nothing."""

PATIENT = 8
"""Added to the kind of a LOOP that goes on after rounds that took nothing, up to its least count;
any other ends at the first one."""

FORGETS, POSITIONS, STATES = range(3)
"""What a program remembers at its memos: nothing; the positions it has been at; the positions
together with the registers that decide what comes.  A second visit fails: the first one has."""


ENTRY = 4
"""Numbers in a row of the stack: what it is, and up to three operands."""


class Work(NamedTuple):
    """Room that the kernel works in.

    Attributes:
        registers: int64, at least as many as the code names.
        stack: int64, rows of ``ENTRY`` numbers; a text that needs more ends as out of steps.
        visited: uint64, a bit for each memo at each position, for ``POSITIONS``.
        rows: int64, the states seen, for ``STATES``; see ``memory``.
        slots: int64, zeros, a power of two of them: the index of ``rows``.
    """

    registers: Array
    stack: Array
    visited: Array
    rows: Array
    slots: Array


class Tables(NamedTuple):
    """A program and all it needs.  Where kernels run as plain Python, lists serve for arrays.

    Attributes:
        code: int64, the instructions.
        low: uint8 ``[128 * set + unit]``: 1 where the set holds the ASCII character.
        bounds: int64, the boundaries of all sets one after another.
        offsets: int64 ``[set + 1]``, where each set begins in ``bounds``.
        folds: int64, the case folding of each code point, for references under Unicode case.
        clusters: uint8, the grapheme type of each code point, for clusters.
        keys: int64, for each memo the registers that decide what comes, one after another.
        key_offsets: int64 ``[memo + 1]``, where those of each memo begin.
        memory: ``FORGETS``, ``POSITIONS`` or ``STATES``.
        registers: how many registers the code names.
        stride: two more than the most registers that decide what comes after a memo.
    """

    code: Array
    low: Array
    bounds: Array
    offsets: Array
    folds: Array
    clusters: Array
    keys: Array
    key_offsets: Array
    memory: int
    registers: int
    stride: int
