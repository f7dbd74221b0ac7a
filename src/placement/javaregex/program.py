"""Programs for the kernel that matches, and what the writers of them share.

In: sets, tests, instructions one by one.  Out: ``Program``.  There are two writers: ``automaton``
for regular forms, ``backtracking`` for any tree.  ``kernels.instructions`` says what they mean.
"""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Sequence as Some
from functools import cache
from typing import Any

import attrs
import numpy as np
import numpy.typing as npt

from placement.javaregex import tables
from placement.javaregex.codepoints import ANYTHING, LIMIT, Ranges, contains, single, union
from placement.javaregex.tree import (
    Atomic,
    Choice,
    Cluster,
    Group,
    LineBreak,
    Literal,
    Look,
    Mode,
    Node,
    Reference,
    Repeat,
    Sequence,
    Set,
    Test,
    TestKind,
)
from placement.kernels import instructions as kernel
from placement.kernels.instructions import Tables
from placement.kernels.memory import bits

__all__ = ["NO_MEMO", "Program", "Writer"]

NO_MEMO = -1

_ASCII = 128

_MAX_BITS = 1 << 27
"""Bits in which a text's positions are remembered; a longer text is not for an automaton."""

_MODES = {
    Mode.GREEDY: kernel.GREEDY,
    Mode.RELUCTANT: kernel.RELUCTANT,
    Mode.POSSESSIVE: kernel.POSSESSIVE,
}


@attrs.frozen(eq=False)
class Program:
    """What the kernel runs, and the UTF-16 units of the longest text that it answers."""

    tables: Tables
    longest: int

    def answers(self, units: int) -> bool:
        """Return whether the program is for texts of so many UTF-16 units."""
        return units <= self.longest and bits(self.tables, units) <= _MAX_BITS

    @property
    def size(self) -> int:
        """Bytes of the arrays that belong to this program alone."""
        own = self.tables
        arrays = (own.code, own.low, own.bounds, own.offsets, own.keys, own.key_offsets)
        return sum(part.nbytes for part in arrays)


class Writer:
    """Collects instructions, sets and memos."""

    memory = kernel.FORGETS
    """What the program remembers at its memos."""

    def __init__(self) -> None:
        self.code: list[int] = []
        self.sets: dict[Ranges, int] = {}
        self.keys: list[tuple[int, ...]] = []
        """For each memo the registers that decide what comes."""
        self.registers = 0
        self.longest = 2**31 - 2
        self.uses_folds = self.uses_clusters = False

    # --- Pieces ---------------------------------------------------------------------------

    def emit(self, operation: int, *operands: int) -> int:
        """Write an instruction and return its place."""
        place = len(self.code)
        self.code += operation, *operands, *(0,) * (kernel.FIELDS - 1 - len(operands))
        return place

    def patch(self, place: int, operand: int) -> None:
        """Let an operand of an instruction be the place that comes next."""
        self.code[place + operand] = len(self.code)

    def following(self) -> int:
        """Return the place after the instruction that is written next."""
        return len(self.code) + kernel.FIELDS

    def register(self, count: int = 1) -> int:
        """Return the first of some registers that nothing else uses."""
        self.registers += count
        return self.registers - count

    def set_number(self, ranges: Ranges) -> int:
        """Return the number of a set."""
        return self.sets.setdefault(ranges, len(self.sets))

    def memo(self) -> int:
        """Return a memo of its own for the place that is written next."""
        self.keys.append(self.memo_keys())
        return len(self.keys) - 1

    def memo_keys(self) -> tuple[int, ...]:
        """Return the registers that decide what comes after the place that is written next."""
        return ()

    # --- Nodes ----------------------------------------------------------------------------

    def write(self, node: Node) -> None:
        """Write the instructions of a node."""
        _WRITE[type(node)](self, node)

    def sequence(self, node: Sequence) -> None:
        """Write the parts one after another."""
        for part in node.parts:
            self.write(part)

    def choice(self, node: Choice) -> None:
        """Write branches that are tried in their order."""
        jumps = []
        *others, last = node.branches
        for branch in others:
            split = self.emit(kernel.SPLIT, self.following(), 0, self.memo())
            self.write(branch)
            jumps.append(self.emit(kernel.JUMP, 0))
            self.patch(split, 2)
        self.write(last)
        for jump in jumps:
            self.patch(jump, 1)

    def set(self, node: Set) -> None:
        """Write a set, or the one character that it holds."""
        ranges = node.ranges
        if len(ranges) == 2 and ranges[1] - ranges[0] == 1 and _is_plain(ranges[0]):
            self.emit(kernel.CHARACTER, ranges[0])
        else:
            self.emit(kernel.SET, self.set_number(ranges))

    def run(self, node: Repeat, body: Set) -> None:
        """Write a repetition of one set."""
        number = self.set_number(body.ranges)
        self.emit(kernel.RUN, number, node.least, node.most, _MODES[node.mode], self.memo())

    def test(self, node: Test) -> None:
        """Write a question about the position."""
        if node.kind < TestKind.WORD_EDGE:
            self.emit(kernel.TEST, node.kind)
            return
        letters = tables.named_set("base", "letterOrDigit") or ANYTHING
        words = union([letters, single(ord("_"))])
        if node.kind >= TestKind.UNICODE_EDGE:
            words = tables.named_set("shortU", "w") or ANYTHING
        marks = tables.named_set("property", "Mn") or ANYTHING
        self.emit(kernel.TEST, node.kind, *map(self.set_number, (words, letters, marks)))

    def line_break(self, node: LineBreak) -> None:
        """Write a line break."""
        del node
        self.emit(kernel.LINE_BREAK)

    def cluster(self, node: Cluster) -> None:
        """Write a grapheme cluster."""
        del node
        self.uses_clusters = True
        self.emit(kernel.CLUSTER)

    def group(self, node: Group) -> None:
        """Write a group."""
        raise NotImplementedError

    def atomic(self, node: Atomic) -> None:
        """Write a part that matches in its first way only."""
        raise NotImplementedError

    def repeat(self, node: Repeat) -> None:
        """Write a repetition."""
        raise NotImplementedError

    def reference(self, node: Reference) -> None:
        """Write a back reference."""
        raise NotImplementedError

    def look(self, node: Look) -> None:
        """Write a look-around."""
        raise NotImplementedError

    # --- The whole ------------------------------------------------------------------------

    def finished(self) -> Program:
        """Return the program, its end written."""
        self.emit(kernel.MATCH)
        low = [int(contains(ranges, unit)) for ranges in self.sets for unit in range(_ASCII)]
        made = Tables(
            code=np.array(self.code, np.int64),
            low=np.array(low, np.uint8),
            bounds=_flat(self.sets),
            offsets=_offsets(list(self.sets)),
            folds=_fold_table() if self.uses_folds else np.zeros(0, np.int32),
            clusters=_cluster_table() if self.uses_clusters else np.zeros(0, np.uint8),
            keys=_flat(self.keys),
            key_offsets=_offsets(self.keys),
            memory=self.memory,
            registers=self.registers,
            stride=2 + max(map(len, self.keys), default=0),
        )
        return Program(made, self.longest)


def _flat(rows: Any) -> npt.NDArray[np.int64]:
    return np.array([number for row in rows for number in row], np.int64)


def _offsets(rows: Some[Some[int]]) -> npt.NDArray[np.int64]:
    return np.cumsum([0, *map(len, rows)], dtype=np.int64)


def _is_plain(point: int) -> bool:
    """Return whether a code point is one UTF-16 unit and no half of a pair."""
    return point < 0xD800 or 0xE000 <= point < 0x10000


@cache
def _fold_table() -> npt.NDArray[np.int32]:
    """Return the fold of every code point, for references under Unicode case."""
    table = np.arange(LIMIT, dtype=np.int32)
    for point, folded in tables.folds():
        table[point] = folded
    return table


@cache
def _cluster_table() -> npt.NDArray[np.uint8]:
    """Return the grapheme type of every code point, 0 for any other."""
    types = np.zeros(LIMIT, np.uint8)
    for number, ranges in enumerate(tables.grapheme_types(), 1):
        for start, end in zip(ranges[::2], ranges[1::2], strict=True):
            types[start:end] = number
    return types


_WRITE: dict[type, Callable[[Writer, Any], None]] = {
    Set: Writer.set,
    Literal: Writer.set,
    Test: Writer.test,
    LineBreak: Writer.line_break,
    Cluster: Writer.cluster,
    Sequence: Writer.sequence,
    Choice: Writer.choice,
    Group: lambda writer, node: writer.group(node),
    Atomic: lambda writer, node: writer.atomic(node),
    Repeat: lambda writer, node: writer.repeat(node),
    Reference: lambda writer, node: writer.reference(node),
    Look: lambda writer, node: writer.look(node),
}
