"""From a program over named columns to numbers over one cluster's columns.

In: a ``Program`` and the ``Store`` of a cluster.  Out: a ``BoundProgram`` that computes masks.
Each test of texts becomes a set of codes: literals are looked up in the column's dictionary; a
regular expression or an ordering is asked once for every distinct text, and for later texts when
they have come (C5).  How a set is asked of a column (one code, a run of codes, bits, a table)
depends on its shape.  No mask is kept from one evaluation to the next.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import attrs
import numpy as np
import numpy.typing as npt

from placement.kernels import mask_program as instruction
from placement.kernels.fields import MAX_COUNT
from placement.lang.program import And, Load, Program
from placement.lang.typed import (
    Constant,
    GroupTest,
    Leaf,
    NumberTest,
    Pattern,
    TextTest,
    Values,
)
from placement.query import evaluation
from placement.query.accepted_codes import accepted_codes
from placement.state.dictionary import ABSENT
from placement.state.matrix import Column
from placement.state.store import Store

__all__ = ["BoundProgram", "bind"]

_WORD = 64
_NO_MASKS = np.zeros((0, 0), np.bool_)


@attrs.frozen
class _CodeSet:
    """Codes of a column: those in ``codes``, or with ``flip`` all others."""

    codes: frozenset[int]
    flip: bool


@attrs.frozen(eq=False)
class _SparseMask:
    """The mask of a test of a column that few rows have.

    Attributes:
        column: The column; it is sparse for as long as the binding holds.
        answers: bool by code, that of absence first.
    """

    column: Column
    answers: npt.NDArray[np.bool_]

    def write(self, mask: npt.NDArray[np.bool_]) -> None:
        """Write the answers of all rows."""
        mask.fill(self.answers[ABSENT])
        if self.column.cells is not None:
            rows, codes = self.column.cells.arrays()
            mask[rows] = self.answers[codes]


@attrs.frozen(eq=False)
class _GroupMask:
    """The mask of a test of ``task:group``."""

    store: Store
    test: GroupTest

    def write(self, mask: npt.NDArray[np.bool_]) -> None:
        """Write the answers of all rows.

        Raises:
            RegexTimeout: a pattern gave no answer for a task group in time.
        """
        mask.fill(False)
        self._mark(self.test.predicate, mask)
        if self.test.excluded:
            np.logical_not(mask, out=mask)

    def _mark(self, predicate: Values | Pattern, mask: npt.NDArray[np.bool_]) -> None:
        """Set the mask of the rows that have a task whose group is accepted."""
        from placement.kernels.pairs import mark_accepted, mark_groups, mark_others

        tasks = self.store.tasks
        names = tasks.groups.names
        if isinstance(predicate, Values):
            known = {names.codes.get(value, ABSENT) for value in predicate.values}
            codes = np.array(sorted(known - {ABSENT}), np.int64)
            mark = mark_others if predicate.excluded else mark_groups
            mark.call(tasks.addresses, codes, mask)
            return
        accepted = np.zeros(len(names), np.bool_)
        column = f"task:group {tasks.names_version}"  # codes change with it
        found = accepted_codes(self.store, column, names, predicate)
        accepted[np.fromiter(found, np.int64, len(found))] = True
        mark_accepted.call(tasks.addresses, accepted, mask)


class BoundProgram:
    """A program in the numbers of one store.

    It stays right while cells change; ``is_current`` says whether columns and dictionaries are
    still those that it was bound to.
    """

    def __init__(self, store: Store, program: Program) -> None:
        self._store = store
        self._steps: list[tuple[int, ...]] = []
        self._tables: list[npt.NDArray[np.bool_]] = []
        self._table_length = 0
        self._few: list[int] = []
        self._outside: list[_GroupMask | _SparseMask] = []
        """Masks that are written before the program runs."""
        self._used: list[tuple[str, tuple[int, int, int]]] = []
        self._registers = program.registers
        for step in program.instructions:
            match step:
                case Load(register, leaf):
                    self._load(register, leaf)
                case And(register, other):
                    self._join(register, instruction.AND, other)
                case _:
                    self._join(step.register, instruction.OR, step.other)
        self._program = np.zeros((len(self._steps), instruction.FIELDS), np.int64)
        for row, numbers in zip(self._program, self._steps, strict=True):
            row[: len(numbers)] = numbers
        self._lookups = np.concatenate([*self._tables, np.zeros(0, np.bool_)])
        self._few_codes = np.array(self._few, np.int64)
        self._single: tuple[npt.NDArray[Any], ...] | _GroupMask | _SparseMask | None = None
        """What the only instruction asks, where a shorter way than the whole kernel will do."""
        self._refresh()

    def is_current(self) -> bool:
        """Return whether the columns that the program asks are as they were when it was bound.

        If so, the version is brought up to date: what has changed does not matter here.
        """
        columns = self._store.matrix.columns
        if any(_state(columns.get(name)) != state for name, state in self._used):
            return False
        self._refresh()
        return True

    def _refresh(self) -> None:
        """Take up the arrays that hold the columns now; they stay until the version rises.

        The version comes last: a thread that sees it sees the arrays.
        """
        store = self._store
        version = store.matrix.version
        codes = store.matrix.codes
        self._columns = (*codes, store.running, store.registered_at, store.live)
        step = self._program[0]
        if len(self._steps) == 1 and step[0] <= instruction.LOOKUP:
            self._single = (
                step,
                codes[step[3]][step[4]],
                self._lookups,
                self._few_codes,
            )
        elif len(self._steps) == 1 and step[0] == instruction.MASK:
            self._single = self._outside[0]
        self.version = version

    def mask(self) -> npt.NDArray[np.bool_]:
        """Return the mask over all rows, False for holes.

        Raises:
            RegexTimeout: a pattern gave no answer for a task group in time.
        """
        store = self._store
        kernels = evaluation.kernels
        mask = np.empty(len(store.ids), np.bool_)
        if self._single is not None and not store.tombstones:
            if not isinstance(self._single, tuple):
                self._single.write(mask)
                return mask
            if kernels is not None:
                kernels.run_one(*self._single, mask)
                return mask
        outside = self._outside_masks() if self._outside else _NO_MASKS
        run = evaluation.evaluate if kernels is None else kernels.run
        run(
            self._program,
            self._lookups,
            self._few_codes,
            outside,
            *self._columns,
            self._registers,
            store.tombstones,
            mask,
        )
        return mask

    def _emit(self, operation: int, register: int, *operands: int) -> None:
        self._steps.append((operation, register, instruction.WRITE, *operands))

    def _join(self, register: int, how: int, other: int) -> None:
        """Join another register; if the last step wrote just that one, it writes here instead."""
        operation, written, written_how, *operands = self._steps[-1]
        joins = operation in instruction.JOINING and written_how == instruction.WRITE
        if joins and written == other:
            self._steps[-1] = (operation, register, how, *operands)
        else:
            self._steps.append((instruction.JOIN, register, how, other))

    def _load(self, register: int, leaf: Leaf) -> None:
        match leaf:
            case TextTest():
                self._load_text(register, leaf)
            case NumberTest(column="runningTasksCount"):
                self._load_counts(register, leaf)
            case NumberTest():
                self._load_moments(register, leaf)
            case GroupTest():
                self._load_outside(register, _GroupMask(self._store, leaf))
            case Constant(value):
                self._emit(instruction.CONSTANT, register, int(value))

    # Columns of texts

    def _load_text(self, register: int, test: TextTest) -> None:
        column = self._store.matrix.columns.get(test.column)
        self._used.append((test.column, _state(column)))
        if column is None:
            self._emit(instruction.CONSTANT, register, int(test.absent))
            return
        found = _code_set(self._store, column, test)
        codes, flip = found.codes, int(found.flip)
        if not codes:
            self._emit(instruction.CONSTANT, register, flip)
            return
        if column.cells is not None:
            answers = _table(codes, found.flip, len(column.dictionary))
            self._load_outside(register, _SparseMask(column, answers))
            return
        place = (column.width, column.slot)
        low, high = min(codes), max(codes)
        if low == high:
            self._emit(instruction.EQUAL, register, *place, low, 0, flip)
        elif high - low + 1 == len(codes):
            self._emit(instruction.RANGE, register, *place, low, high - low, flip)
        elif len(codes) <= instruction.MAX_SMALL_SET:
            self._emit(instruction.SMALL_SET, register, *place, len(self._few), 0, flip)
            self._few += sorted(codes) + [high] * (instruction.MAX_SMALL_SET - len(codes))
        elif column.width == 0 and len(column.dictionary) <= 2 * _WORD:
            self._emit(instruction.BITSET, register, *place, *_words(codes, found.flip))
        else:
            self._emit(instruction.LOOKUP, register, *place, self._table_length)
            self._add_table(codes, found.flip, len(column.dictionary))

    def _add_table(self, codes: frozenset[int], flip: bool, length: int) -> None:
        self._tables.append(_table(codes, flip, length))
        self._table_length += length

    # Columns of numbers

    def _load_counts(self, register: int, test: NumberTest) -> None:
        """Every count is known, so the test or its opposite will do, whichever is shorter."""
        opposite = test.negated()
        flip = len(opposite.intervals) < len(test.intervals)
        intervals = [
            (max(low, 0), min(high, MAX_COUNT))
            for low, high in (opposite if flip else test).intervals
            if low <= MAX_COUNT and high >= 0
        ]
        self._load_intervals(instruction.NUMBER, register, intervals, flip)

    def _load_moments(self, register: int, test: NumberTest) -> None:
        """An unknown time lies in no interval; where it counts as true, the opposite is turned."""
        chosen = test.negated() if test.unknown else test
        self._load_intervals(instruction.MOMENT, register, chosen.intervals, test.unknown)

    def _load_intervals(
        self,
        operation: int,
        register: int,
        intervals: Iterable[tuple[int, int]],
        flip: bool,
    ) -> None:
        """Load whether a number is in one of the intervals, or with ``flip`` in none."""
        how = instruction.WRITE
        for low, high in intervals:
            self._steps.append((operation, register, how, low, high, int(flip)))
            how = instruction.AND if flip else instruction.OR
        if how == instruction.WRITE:
            self._emit(instruction.CONSTANT, register, int(flip))

    # Task groups, and columns that few rows have

    def _load_outside(self, register: int, mask: _GroupMask | _SparseMask) -> None:
        self._emit(instruction.MASK, register, len(self._outside))
        self._outside.append(mask)

    def _outside_masks(self) -> npt.NDArray[np.bool_]:
        """Return the masks that no instruction computes: bool ``[which, row]``."""
        masks = np.empty((len(self._outside), len(self._store.ids)), np.bool_)
        for place, outside in enumerate(self._outside):
            outside.write(masks[place])
        return masks


def _state(column: Column | None) -> tuple[int, int, int]:
    """Return what a binding of a column depends on, besides its cells."""
    if column is None:
        return -1, -1, -1
    return column.width, column.slot, len(column.dictionary)


def _code_set(store: Store, column: Column, test: TextTest) -> _CodeSet:
    """Return the codes for which a test is true, absence included."""
    predicate = test.predicate
    if isinstance(predicate, Values):
        known = [column.dictionary.codes.get(value, ABSENT) for value in predicate.values]
        codes, flip = {code for code in known if code != ABSENT}, predicate.excluded
    else:
        accepted = accepted_codes(store, column.name, column.dictionary, predicate)
        codes, flip = set(accepted), False
    if test.absent != flip:
        codes.add(ABSENT)
    if not flip and 2 * len(codes) > len(column.dictionary):
        return _CodeSet(frozenset(range(len(column.dictionary))) - codes, True)
    return _CodeSet(frozenset(codes), flip)


def _table(codes: frozenset[int], flip: bool, length: int) -> npt.NDArray[np.bool_]:
    """Return a truth value for each code: whether it is one of these, or with ``flip`` is not."""
    table = np.full(length, flip, np.bool_)
    table[np.fromiter(codes, np.int64, len(codes))] = not flip
    return table


def _words(codes: frozenset[int], flip: bool) -> tuple[int, int]:
    """Return a set of codes below 128 as two 64-bit words, each as a signed number."""
    bits = sum(1 << code for code in codes)
    if flip:
        bits ^= (1 << 2 * _WORD) - 1
    low, high = bits & (2**_WORD - 1), bits >> _WORD
    return _signed(low), _signed(high)


def _signed(word: int) -> int:
    return word - 2**_WORD if word >= 2 ** (_WORD - 1) else word


def bind(store: Store, program: Program) -> BoundProgram:
    """Return ``program`` in the numbers of ``store``.

    Raises:
        RegexTimeout: a pattern gave no answer for one of the texts in time.
    """
    return BoundProgram(store, program)
