"""Each operation of the mask kernels, and the same with numpy, against its obvious twin.

Run it compiled, and again with ``NUMBA_DISABLE_JIT=1``; both must say what ``naive_run`` says.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import attrs
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from placement.kernels import mask_program as instruction
from placement.kernels import masks as kernel
from placement.query import by_numpy

WIDTHS = (np.uint8, np.uint16, np.uint32)
SMALL = 128
"""Codes in the first slot of each width are below this: those that SET and our tables take."""
TABLE = 300
MAX_COUNT = 2**31 - 1
Step = tuple[int, ...]


@attrs.frozen
class Case:
    """What ``run`` takes, with the program as tuples."""

    program: list[Step]
    tables: np.ndarray[Any, Any]
    few: np.ndarray[Any, Any]
    masks: np.ndarray[Any, Any]
    codes: tuple[np.ndarray[Any, Any], ...]
    counts: np.ndarray[Any, Any]
    moments: np.ndarray[Any, Any]
    live: np.ndarray[Any, Any]
    registers: int
    holes: int

    @property
    def rows(self) -> int:
        return len(self.live)

    def run(self) -> list[bool]:
        """The kernel's answer, which is numpy's too."""
        answer = self.run_by(kernel.run.compiled())
        assert self.run_by(by_numpy.run) == answer
        return answer

    def run_by(self, run: Callable[..., None]) -> list[bool]:
        """The answer of one of the two; what ``out`` held before must not show."""
        out = np.arange(self.rows) % 2 == 0
        run(
            table_of(self.program),
            self.tables,
            self.few,
            self.masks,
            *self.codes,
            self.counts,
            self.moments,
            self.live,
            self.registers,
            self.holes,
            out,
        )
        return list(out.tolist())


def table_of(program: list[Step]) -> np.ndarray[Any, Any]:
    table = np.zeros((len(program), instruction.FIELDS), np.int64)
    for row, step in zip(table, program, strict=True):
        row[: len(step)] = step
    return table


# --- The twin ------------------------------------------------------------------------------


def naive_run(case: Case) -> list[bool]:
    """One row after the other, one instruction after the other."""
    answers = []
    for row in range(case.rows):
        registers: dict[int, bool] = {}
        for step in case.program:
            operation, register, how, *operands = step
            answer = naive_answer(case, operation, operands, row, registers)
            if how == instruction.AND:
                answer = answer and registers[register]
            elif how == instruction.OR:
                answer = answer or registers[register]
            registers[register] = answer
        answers.append(registers[0] and (bool(case.live[row]) or not case.holes))
    return answers


def naive_answer(
    case: Case, operation: int, operands: list[int], row: int, registers: dict[int, bool]
) -> bool:
    if operation == instruction.CONSTANT:
        return operands[0] == 1
    if operation == instruction.MASK:
        return bool(case.masks[operands[0], row])
    if operation == instruction.JOIN:
        return registers[operands[0]]
    if operation in (instruction.NUMBER, instruction.MOMENT):
        numbers = case.counts if operation == instruction.NUMBER else case.moments
        low, high, flip = operands
        return (low <= int(numbers[row]) <= high) != bool(flip)
    width, slot, *operands = operands
    return naive_code(case, operation, int(case.codes[width][slot, row]), operands)


def naive_code(case: Case, operation: int, code: int, operands: list[int]) -> bool:
    if operation == instruction.LOOKUP:
        return bool(case.tables[operands[0] + code])
    if operation == instruction.BITSET:
        low, high = (word % 2**64 for word in operands)
        return bool((high << 64 | low) >> code & 1)
    first, more, flip = operands
    if operation == instruction.SMALL_SET:
        return (code in case.few[first : first + instruction.MAX_SMALL_SET].tolist()) != bool(flip)
    last = first + (more if operation == instruction.RANGE else 0)
    return (first <= code <= last) != bool(flip)


# --- Cases ---------------------------------------------------------------------------------


def data(rows: int, seed: int) -> dict[str, Any]:
    """Columns of every kind with a bit of everything, borders above all."""
    random = np.random.default_rng(seed)
    codes = []
    for width in WIDTHS:
        top = np.iinfo(width).max
        edges = np.array([0, 1, 2, 127, 128, 254, 255, top - 1, top], np.uint64)
        any_code = random.choice(edges, rows).astype(width)
        small = random.integers(0, SMALL, rows).astype(width)
        codes.append(np.ascontiguousarray(np.stack([small, any_code])))
    instants = np.array([-(2**63), -(2**62), -1, 0, 1, 10**15, 2**62, 2**63 - 1], np.int64)
    return {
        "tables": random.random(2 * TABLE) < 0.5,
        "few": np.concatenate([[1, 2, 0, 127, 5, 5, 5, 5], [255, 254, 128, 9, 0, 0, 0, 0]]),
        "masks": random.random((2, rows)) < 0.5,
        "codes": tuple(codes),
        "counts": random.choice(np.array([0, 1, 2, 5, MAX_COUNT], np.int32), rows),
        "moments": random.choice(instants, rows),
        "live": random.random(rows) < 0.8,
    }


FLIP = st.integers(0, 1)
WORD = st.integers(-(2**63), 2**63 - 1)


def on_codes(width: int) -> st.SearchStrategy[Step]:
    """(operation, place of the column, operands) for a column of codes."""
    top = int(np.iinfo(WIDTHS[width]).max)
    code = st.sampled_from([0, 1, 2, 5, 127, 128, 254, 255, top - 1, top])
    place = st.tuples(st.just(width), st.integers(0, 1))
    equal = st.builds(
        lambda at, code, flip: (instruction.EQUAL, *at, code, 0, flip), place, code, FLIP
    )
    span = st.builds(
        lambda at, one, two, flip: (instruction.RANGE, *at, min(one, two), abs(one - two), flip),
        *(place, code, code, FLIP),
    )
    few = st.builds(
        lambda at, start, flip: (instruction.SMALL_SET, *at, start, 0, flip),
        *(place, st.sampled_from([0, instruction.MAX_SMALL_SET]), FLIP),
    )
    start = st.sampled_from([0, 1, TABLE])
    return st.one_of(
        equal, span, few, start.map(lambda start: (instruction.LOOKUP, width, 0, start))
    )


def bounds(values: list[int]) -> st.SearchStrategy[Step]:
    """An interval, perhaps an empty one, and whether it is turned round."""
    return st.tuples(st.sampled_from(values), st.sampled_from(values), FLIP)


TESTS: dict[str, st.SearchStrategy[Step]] = {
    "constant": FLIP.map(lambda value: (instruction.CONSTANT, value)),
    "mask": FLIP.map(lambda which: (instruction.MASK, which)),
    "codes of 8 bits": on_codes(0),
    "codes of 16 bits": on_codes(1),
    "codes of 32 bits": on_codes(2),
    "set": st.builds(lambda low, high: (instruction.BITSET, 0, 0, low, high), WORD, WORD),
    "count": bounds([0, 1, 2, 3, MAX_COUNT]).map(lambda rest: (instruction.NUMBER, *rest)),
    "moment": bounds([-(2**62), -1, 0, 1, 10**15, 2**62]).map(
        lambda rest: (instruction.MOMENT, *rest)
    ),
}
WAYS = st.sampled_from([instruction.WRITE, instruction.AND, instruction.OR])


def step(register: int, how: int, test: Step) -> Step:
    """An instruction; a test that cannot join its answer is written as it is."""
    operation, *operands = test
    joins = operation in instruction.JOINING or operation == instruction.JOIN
    return (operation, register, how if joins else instruction.WRITE, *operands)


@st.composite
def programs(draw: st.DrawFn, registers: int) -> list[Step]:
    """Fill every register, then mix them with further tests."""
    tests = st.one_of(*TESTS.values())
    number = st.integers(0, registers - 1)
    program = [step(register, instruction.WRITE, draw(tests)) for register in range(registers)]
    if registers > 1:  # only spare registers are joined
        others = st.integers(1, registers - 1).map(lambda other: (instruction.JOIN, other))
        tests = st.one_of(tests, others)
    more = draw(st.lists(st.tuples(number, WAYS, tests), max_size=8))
    return program + [step(*further) for further in more]


@st.composite
def cases(draw: st.DrawFn) -> Case:
    registers = draw(st.integers(1, 4))
    return Case(
        program=draw(programs(registers)),
        registers=registers,
        holes=draw(FLIP),
        **data(draw(st.integers(0, 70)), draw(st.integers(0, 9))),
    )


@given(cases())
def test_programs_agree_with_the_twin(case: Case) -> None:
    assert case.run() == naive_run(case)


@pytest.mark.parametrize("kind", TESTS)
@given(st.data())
def test_each_operation_agrees_with_the_twin(kind: str, choice: st.DataObject) -> None:
    """Written as it is, and joined to what is there."""
    test, how = choice.draw(TESTS[kind]), choice.draw(WAYS)
    program = [step(0, instruction.WRITE, (instruction.MASK, 1)), step(0, how, test)]
    case = Case(program=program, registers=1, holes=0, **data(70, 1))
    assert case.run() == naive_run(case)


@pytest.mark.parametrize("width", range(3))
@given(st.data())
def test_run_one_agrees_with_the_twin(width: int, choice: st.DataObject) -> None:
    only = step(0, instruction.WRITE, choice.draw(on_codes(width)))
    case = Case(program=[only], registers=1, holes=0, **data(70, 2))
    out = np.ones(case.rows, np.bool_)
    codes = case.codes[width][only[4]]
    kernel.run_one.compiled()(table_of([only])[0], codes, case.tables, case.few, out)
    assert out.tolist() == naive_run(case)


EVERYTHING: list[Step] = [
    (instruction.EQUAL, 0, instruction.WRITE, 0, 1, 255, 0, 1),
    (instruction.RANGE, 0, instruction.AND, 1, 1, 127, 65_408, 0),
    (instruction.LOOKUP, 1, instruction.WRITE, 2, 0, TABLE),
    (instruction.BITSET, 2, instruction.WRITE, 0, 0, -3, 2**62 + 5),
    (instruction.JOIN, 1, instruction.OR, 2),
    (instruction.JOIN, 0, instruction.AND, 1),
    (instruction.SMALL_SET, 1, instruction.WRITE, 1, 1, 8, 0, 0),
    (instruction.NUMBER, 1, instruction.OR, 1, MAX_COUNT, 0),
    (instruction.MOMENT, 1, instruction.AND, -(2**62), 0, 1),
    (instruction.JOIN, 0, instruction.OR, 1),
    (instruction.MASK, 0, instruction.OR, 1),
    (instruction.CONSTANT, 0, instruction.AND, 1),
]
BORDERS = [1, 7, kernel.BLOCK - 1, kernel.BLOCK, kernel.BLOCK + 1]


@pytest.mark.parametrize("rows", BORDERS)
def test_blocks_meet_without_a_seam(rows: int) -> None:
    """Two blocks at most, so that the run without compilation stays short."""
    case = Case(program=EVERYTHING, registers=3, holes=1, **data(rows, 3))
    assert case.run() == naive_run(case)


@pytest.mark.parametrize("rows", [kernel.BLOCK, kernel.BLOCK + 1, 2 * kernel.BLOCK + 1])
def test_every_block_is_written(rows: int) -> None:
    case = Case(
        program=[(instruction.CONSTANT, 0, instruction.WRITE, 1)],
        registers=1,
        holes=1,
        **data(rows, 4),
    )
    assert case.run() == case.live.tolist()


def test_no_rows_are_no_answers() -> None:
    case = Case(program=EVERYTHING, registers=3, holes=1, **data(0, 5))
    assert case.run() == []


def test_inputs_stay_as_they_are() -> None:
    case = Case(program=EVERYTHING, registers=3, holes=1, **data(100, 6))
    before = data(100, 6)
    case.run()
    for name in ("tables", "few", "masks", "counts", "moments", "live"):
        assert np.array_equal(getattr(case, name), before[name]), name
    assert all(map(np.array_equal, case.codes, before["codes"]))
