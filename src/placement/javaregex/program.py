"""From a tree to a program for the kernel that matches.

In: a tree.  Out: ``Program``: instructions and tables as arrays.  There are two ways to write one:
``backtracking`` keeps every rule of Java's matcher, captures and the order of attempts included;
``automaton``, for a regular form, writes repetitions out and gives every place where ways part a
memo, so that no place meets a position twice.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import attrs
import numpy as np
import numpy.typing as npt

from placement.javaregex import tables
from placement.javaregex.codepoints import ANYTHING, LIMIT, Ranges, contains, single, union
from placement.javaregex.lengths import is_loop, lengths
from placement.javaregex.tree import (
    UNBOUNDED,
    Atomic,
    Choice,
    Cluster,
    Fold,
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
from placement.kernels import matching as kernel

__all__ = ["Program", "automaton", "backtracking", "tables_of"]

MAX_INSTRUCTIONS = 10_000
"""Instructions that repetitions may be written out to."""

_ENDLESS = 1_000
"""A greatest count from which on an automaton has none; see ``Program.longest``."""

_ASCII = 128
_MODES = {Mode.GREEDY: 0, Mode.RELUCTANT: 1, Mode.POSSESSIVE: 2}


@attrs.frozen(eq=False)
class Program:
    """What the kernel runs.

    Attributes:
        code: int32, instructions one after another.
        low: uint8 ``[128 * set + unit]``, whether a set holds an ASCII character.
        bounds: int32, the boundaries of all sets.
        offsets: int64 ``[set + 1]``, where each set begins in ``bounds``.
        registers: How many registers the code names.
        memos: How many memos it names.
        longest: UTF-16 units of the longest text that it answers.
        folds: Whether it needs the table of foldings.
        clusters: Whether it needs the table of clusters.
    """

    code: npt.NDArray[np.int32]
    low: npt.NDArray[np.uint8]
    bounds: npt.NDArray[np.int32]
    offsets: npt.NDArray[np.int64]
    registers: int
    memos: int
    longest: int
    folds: bool
    clusters: bool

    @property
    def size(self) -> int:
        """Bytes that the arrays hold."""
        return sum(part.nbytes for part in (self.code, self.low, self.bounds, self.offsets))


class _TooLargeError(Exception):
    """More instructions than there may be."""


def backtracking(tree: Node) -> Program:
    """Return the program that goes Java's ways, in its order."""
    writer = _Backtracking(tree)
    writer.write(tree)
    return writer.finished()


def automaton(form: Node) -> Program | None:
    """Return the program of a regular form, or None if it would be too large."""
    writer = _Automaton()
    try:
        writer.write(form)
    except _TooLargeError:
        return None
    return writer.finished()


class _Writer:
    """Collects instructions and sets."""

    def __init__(self) -> None:
        self.code: list[int] = []
        self.sets: dict[Ranges, int] = {}
        self.registers = 0
        self.memos = 0
        self.longest = 2**31 - 2
        self.folds = self.clusters = False

    def emit(self, operation: int, *operands: int) -> int:
        """Write an instruction and return its place."""
        place = len(self.code)
        self.code += operation, *operands, *(0,) * (kernel.FIELDS - 1 - len(operands))
        return place

    def patch(self, place: int, operand: int) -> None:
        """Let an operand of an instruction be the place that comes next."""
        self.code[place + operand] = len(self.code)

    def register(self, count: int = 1) -> int:
        """Return the first of some registers that nothing else uses."""
        self.registers += count
        return self.registers - count

    def set_number(self, ranges: Ranges) -> int:
        return self.sets.setdefault(ranges, len(self.sets))

    def memo(self) -> int:
        """Return a memo, or -1 where ways are taken in order and may come back."""
        return -1

    def write(self, node: Node) -> None:
        """Write the instructions of a node."""
        _WRITE[type(node)](self, node)

    def sequence(self, node: Sequence) -> None:
        for part in node.parts:
            self.write(part)

    def choice(self, node: Choice) -> None:
        jumps = []
        *others, last = node.branches
        for branch in others:
            split = self.emit(kernel.SPLIT, len(self.code) + kernel.FIELDS, 0, self.memo())
            self.write(branch)
            jumps.append(self.emit(kernel.JUMP, 0))
            self.patch(split, 2)
        self.write(last)
        for jump in jumps:
            self.patch(jump, 1)

    def set(self, node: Set) -> None:
        ranges = node.ranges
        if len(ranges) == 2 and ranges[1] - ranges[0] == 1 and _is_plain(ranges[0]):
            self.emit(kernel.CHARACTER, ranges[0])
        else:
            self.emit(kernel.SET, self.set_number(ranges))

    def run(self, node: Repeat, ranges: Ranges) -> None:
        """Write a repetition of one set."""
        number = self.set_number(ranges)
        self.emit(kernel.RUN, number, node.least, node.most, _MODES[node.mode], self.memo())

    def test(self, node: Test) -> None:
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
        del node
        self.emit(kernel.LINE_BREAK)

    def cluster(self, node: Cluster) -> None:
        del node
        self.clusters = True
        self.emit(kernel.CLUSTER)

    def group(self, node: Group) -> None:
        self.write(node.body)

    def finished(self) -> Program:
        """Return the program with its end."""
        self.emit(kernel.MATCH)
        low = [int(contains(ranges, unit)) for ranges in self.sets for unit in range(_ASCII)]
        bounds = [bound for ranges in self.sets for bound in ranges]
        return Program(
            np.array(self.code, np.int32),
            np.array(low, np.uint8),
            np.array(bounds, np.int32),
            np.cumsum([0, *map(len, self.sets)], dtype=np.int64),
            self.registers,
            self.memos,
            self.longest,
            self.folds,
            self.clusters,
        )


def _is_plain(point: int) -> bool:
    """Return whether a code point is one UTF-16 unit and no half of a pair."""
    return point < 0xD800 or 0xE000 <= point < 0x10000


class _Automaton(_Writer):
    """Writes a regular form: no captures, every parting of ways with a memo."""

    def emit(self, operation: int, *operands: int) -> int:
        if len(self.code) > MAX_INSTRUCTIONS * kernel.FIELDS:
            raise _TooLargeError
        return super().emit(operation, *operands)

    def memo(self) -> int:
        self.memos += 1
        return self.memos - 1

    def atomic(self, node: Atomic) -> None:
        del node
        self.emit(kernel.ATOMIC_BREAK)

    def repeat(self, node: Repeat) -> None:
        if isinstance(node.body, Set):
            self.run(node, node.body.ranges)
            return
        most = node.most
        if most >= _ENDLESS and most < UNBOUNDED and most > node.least:
            # Every round takes a unit at least, or could be left out.
            self.longest = min(self.longest, most)
            most = UNBOUNDED
        for _ in range(node.least):
            self.write(node.body)
        splits = []
        if most == UNBOUNDED:
            split = self._parting()
            self.write(node.body)
            self.emit(kernel.JUMP, split)
            splits.append(split)
        else:
            for _ in range(most - node.least):
                splits.append(self._parting())
                self.write(node.body)
        for split in splits:
            self.patch(split, 2)

    def _parting(self) -> int:
        return self.emit(kernel.SPLIT, len(self.code) + kernel.FIELDS, 0, self.memo())


class _Backtracking(_Writer):
    """Writes any tree, after Java's rules on captures, rounds and what is never taken back."""

    def __init__(self, tree: Node) -> None:
        super().__init__()
        self.groups = _last_group(tree)
        self.register(2 * self.groups + 2)

    def group(self, node: Group) -> None:
        if node.number:
            self._captured(node.number, node.body)
        else:
            self.write(node.body)

    def _captured(self, number: int, body: Node) -> None:
        """Write a body and note what it took; a reference within still sees what was before."""
        start = self.register()
        self.emit(kernel.SAVE, start)
        self.write(body)
        self.emit(kernel.SAVE_GROUP, 2 * number, start)

    def _body(self, body: Node, *, cut: bool) -> None:
        """Write a body; with ``cut`` the first way in which it matches is the only one.

        What was captured on the way stays when the body fails later, as in Java.
        """
        if not cut or isinstance(body, Set | Test | Reference | Cluster):
            self.write(body)
            return
        mark = self.register()
        self.emit(kernel.MARK, mark)
        self.write(body)
        self.emit(kernel.CUT, mark)

    def atomic(self, node: Atomic) -> None:
        self._body(node.body, cut=True)

    def reference(self, node: Reference) -> None:
        if node.group > self.groups:
            self.emit(kernel.FAIL)
            return
        self.folds = self.folds or node.fold is Fold.UNICODE
        self.emit(kernel.REFERENCE, 2 * node.group, node.fold)

    def repeat(self, node: Repeat) -> None:
        if node.most == 0:
            return
        if isinstance(node.body, Set):
            self.run(node, node.body.ranges)
        elif node.mode is Mode.POSSESSIVE:
            mark = self.register()
            self.emit(kernel.MARK, mark)
            self._rounds(node, strict=True)
            self.emit(kernel.CUT, mark)
        elif (node.least, node.most) == (0, 1):
            self._optional(node)
        else:
            self._rounds(node, strict=not is_loop(node))

    def _optional(self, node: Repeat) -> None:
        first = len(self.code) + kernel.FIELDS
        if node.mode is Mode.GREEDY:
            split = self.emit(kernel.SPLIT, first, 0, -1)
        else:
            split = self.emit(kernel.SPLIT, 0, first, -1)
        if isinstance(node.body, Group):
            self.write(node.body)
        else:
            self._body(node.body, cut=True)
        self.patch(split, 2 if node.mode is Mode.GREEDY else 1)

    def _rounds(self, node: Repeat, *, strict: bool) -> None:
        """Write a loop that counts; with ``strict`` each round is matched in its first way only."""
        register = self.register(2)
        kind = 1 if node.mode is Mode.RELUCTANT else 0
        self.emit(kernel.RESET, register)
        bounds = node.least, node.most
        loop = self.emit(kernel.LOOP, register, *bounds, 0, kind + kernel.STRICT * strict)
        self.emit(kernel.ENTER, register)
        leave = -1
        if strict and isinstance(node.body, Group) and node.body.number:
            start = self.register()
            self.emit(kernel.SAVE, start)
            self._body(node.body.body, cut=True)
            if node.mode is not Mode.POSSESSIVE:
                leave = self.emit(kernel.LEAVE, register, node.least, 0, kind)
            self.emit(kernel.SAVE_GROUP, 2 * node.body.number, start)
        else:
            self._body(node.body, cut=strict)
        self.emit(kernel.JUMP, loop)
        self.patch(loop, 4)
        if leave >= 0:
            self.patch(leave, 3)

    def look(self, node: Look) -> None:
        mark, place = self.register(), self.register(2)
        self.emit(kernel.MARK, mark)
        self.emit(kernel.KEEP, place)
        split = -1
        if node.negated:
            split = self.emit(kernel.SPLIT, len(self.code) + kernel.FIELDS, 0, -1)
        if node.behind:
            known = lengths(node.body)
            self.emit(kernel.BEFORE, place, known.least, known.most, node.by_points)
            self.emit(kernel.BEFORE_NEXT, place, node.by_points)
        self.write(node.body)
        if node.behind:
            self.emit(kernel.SAME, place)
        self.emit(kernel.CUT, mark)
        if node.negated:
            self.emit(kernel.FAIL)
            self.patch(split, 2)
        else:
            self.emit(kernel.BACK, place)


def _last_group(node: Node) -> int:
    """Return the greatest number of a capturing group."""
    match node:
        case Group(body, number):
            return max(number, _last_group(body))
        case Sequence(nodes) | Choice(nodes):
            return max(map(_last_group, nodes), default=0)
        case Atomic(body) | Look(body) | Repeat(body):
            return _last_group(body)
    return 0


_WRITE: dict[type, Callable[[Any, Any], None]] = {
    Set: _Writer.set,
    Literal: _Writer.set,
    Test: _Writer.test,
    LineBreak: _Writer.line_break,
    Cluster: _Writer.cluster,
    Sequence: _Writer.sequence,
    Choice: _Writer.choice,
    Group: lambda writer, node: writer.group(node),
    Atomic: lambda writer, node: writer.atomic(node),
    Repeat: lambda writer, node: writer.repeat(node),
    Reference: lambda writer, node: writer.reference(node),
    Look: lambda writer, node: writer.look(node),
}


def tables_of(program: Program) -> tuple[npt.NDArray[Any], ...]:
    """Return the tables for the kernel, in its order."""
    folds = _fold_table() if program.folds else _NO_FOLDS
    clusters = _cluster_table() if program.clusters else _NO_CLUSTERS
    return program.code, program.low, program.bounds, program.offsets, folds, clusters


_NO_FOLDS = np.zeros(0, np.int32)
_NO_CLUSTERS = np.zeros(0, np.uint8)


@cache
def _fold_table() -> npt.NDArray[np.int32]:
    """Return the fold of every code point, for references under Unicode case."""
    return np.array(tables.folds(), np.int32)


@cache
def _cluster_table() -> npt.NDArray[np.uint8]:
    """Return the grapheme type of every code point, 0 for any other."""
    types = np.zeros(LIMIT, np.uint8)
    for number, ranges in enumerate(tables.grapheme_types(), 1):
        for start, end in zip(ranges[::2], ranges[1::2], strict=True):
            types[start:end] = number
    return types
