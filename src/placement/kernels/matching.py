"""Ask a program whether it matches whole texts, in a bounded number of steps.

In: a program and its tables, texts as UTF-16 units one after another.  Out: an answer for each
text, and how many steps it took.  One kernel runs all programs.  It goes back where a way fails,
over a stack of its own: nothing here recurses.  The answers and the steps depend on the program and
the text alone.
"""

from __future__ import annotations

from placement.kernels.control import CHOICE, GIVE_BACK, OLD, TAKE_MORE, control, push
from placement.kernels.instructions import (
    ATOMIC_BREAK,
    CHARACTER,
    CLUSTER,
    ENTRY,
    FIELDS,
    GREEDY,
    LOOP,
    MATCH,
    OUT_OF_STEPS,
    POSITIONS,
    REFERENCE,
    RELUCTANT,
    RUN,
    SET,
    SPLIT,
    STATES,
    TEST,
    Array,
    Number,
    Tables,
    Work,
)
from placement.kernels.memory import PATIENCE, clear, forget, seen_position, seen_state
from placement.kernels.texts import (
    Sets,
    break_width,
    cluster_end,
    is_high,
    is_low,
    point_at,
    test,
    width_in,
)
from placement.kernels.tiers import called, inlined, jit_no_refcount

__all__ = ["match_texts"]
_ROOM = 4
"""Rows that one instruction may push."""


@jit_no_refcount
def match_texts(
    tables: Tables,
    units: Array,
    starts: Array,
    limits: Array,
    work: Work,
    answers: Array,
    taken: Array,
) -> int:
    """Write the answer for each text, up to the first one that takes too many steps.

    Args:
        tables: the program.
        units: uint16, the texts one after another.
        starts: int64 ``[text + 1]``, where each text begins in ``units``.
        limits: int64, the steps each text may take.
        work: room to work in, as ``work_for`` makes it; it may serve again.
        answers: int8, 1 where the text matches, 0 where not, ``OUT_OF_STEPS``.
        taken: int64, the steps each text took.

    Returns:
        How many answers were written.
    """
    for n in range(len(answers)):
        text = units[starts[n] : starts[n + 1]]
        answer, steps = _match(tables, text, limits[n], work)
        forget(work.rows, work.slots)
        answers[n] = answer
        taken[n] = steps
        if answer == OUT_OF_STEPS:
            return n + 1
    return len(answers)


@inlined
def _match(tables: Tables, text: Array, limit: int, work: Work) -> tuple[int, int]:
    """Return the answer for one text and the steps it took."""
    code, sets = tables.code, (tables.low, tables.bounds, tables.offsets)
    registers, stack = work.registers, work.stack
    for register in range(tables.registers):
        registers[register] = -1
    pc, at, top, size = 0, 0, 0, len(text)
    steps = clear(tables, work.visited, size)
    room = len(stack) - _ROOM * ENTRY
    while True:
        steps += 1
        if steps > limit or top > room:
            return OUT_OF_STEPS, steps
        operation = code[pc]
        failed = False
        memo = -1
        if operation == SPLIT:
            memo = code[pc + 3]
        elif operation == RUN:
            memo = code[pc + 5]
        elif operation == LOOP:
            memo = code[pc + 6]
        if memo >= 0 and tables.memory == POSITIONS:
            failed = seen_position(work.visited, memo, at, size)
        elif memo >= 0 and tables.memory == STATES and steps > PATIENCE:
            steps += 2 + (
                tables.stride >> 2
            )  # it takes longer than a step, and the longer the more
            failed = seen_state(tables, work.rows, work.slots, registers, memo, at)
        if failed:
            pass
        elif operation == CHARACTER:
            failed = at >= size or text[at] != code[pc + 1]
            at += 1
            pc += FIELDS
        elif operation == SET:
            width = width_in(sets, code[pc + 1], text, at)
            failed = width == 0
            at += width
            pc += FIELDS
        elif operation == SPLIT:
            top = push(stack, top, CHOICE, code[pc + 2], at, 0)
            pc = code[pc + 1]
        elif operation == MATCH:
            if at == size:
                return 1, steps
            failed = True
        elif operation != RUN and operation < TEST:
            pc, at, top = control(code, pc, text, at, registers, stack, top)
            failed = pc < 0
        else:
            start = at
            at, top = _take(tables, pc, sets, text, at, registers, stack, top)
            failed = at < 0
            steps += max(at - start, 0)
            pc += FIELDS
        if failed:
            before = top
            pc, at, top = _go_back(code, sets, text, registers, stack, top)
            steps += (before - top) // ENTRY
            if pc < 0:
                return 0, steps


@inlined
def _go_back(
    code: Array,
    sets: Sets,
    text: Array,
    registers: Array,
    stack: Array,
    top: int,
) -> tuple[int, int, int]:
    """Return where the latest choice goes on, its position and the height of the stack.

    The place is -1 where no choice is left.
    """
    while top > 0:
        top -= ENTRY
        kind, first, second = stack[top], stack[top + 1], stack[top + 2]
        if kind == CHOICE:
            return first, second, top
        if kind == OLD:
            registers[first] = second
        elif kind == GIVE_BACK:
            at = second - 1
            least = stack[top + 3]
            if at - 1 >= least and is_low(text[at]) and is_high(text[at - 1]):
                at -= 1
            if at > least:
                stack[top + 2] = at
                top += ENTRY
            return first, at, top
        else:
            width = width_in(sets, code[first + 1], text, second)
            if width:
                left = stack[top + 3] - 1
                if left:
                    stack[top + 2] = second + width
                    stack[top + 3] = left
                    top += ENTRY
                return first + FIELDS, second + width, top
    return -1, 0, 0


@inlined
def _take(
    tables: Tables,
    pc: int,
    sets: Sets,
    text: Array,
    at: int,
    registers: Array,
    stack: Array,
    top: int,
) -> tuple[Number, Number]:
    """Run an instruction that asks about the text.

    Returns:
        The position after it, -1 on failure, and the height of the stack.
    """
    code = tables.code
    operation = code[pc]
    if operation == RUN:
        at, top = _run(code, pc, sets, text, at, stack, top)
        return at, top
    if operation == TEST:
        words = code[pc + 2], code[pc + 3], code[pc + 4]
        return (at if test(code[pc + 1], words, sets, text, at) else -1), top
    if operation == REFERENCE:
        return _reference(tables, pc, text, at, registers), top
    if operation == CLUSTER:
        return cluster_end(tables.clusters, text, at), top
    width = break_width(text, at)
    if width == 2 and operation != ATOMIC_BREAK:
        top = push(stack, top, CHOICE, pc + FIELDS, at + 1, 0)
    return (at + width if width else -1), top


@inlined
def _run(
    code: Array,
    pc: int,
    sets: Sets,
    text: Array,
    at: int,
    stack: Array,
    top: int,
) -> tuple[int, int]:
    """Take code points of one set; return the position, -1 on failure, and the stack's height."""
    which, least, most, mode = code[pc + 1], code[pc + 2], code[pc + 3], code[pc + 4]
    count = 0
    first = at  # the position after the least number of code points
    while count < most:
        if count == least:
            first = at
            if mode == RELUCTANT:
                break
        width = width_in(sets, which, text, at)
        if width == 0:
            break
        at += width
        count += 1
    if count < least:
        return -1, top
    if count == least:
        first = at
    if mode == GREEDY and at > first:
        top = push(stack, top, GIVE_BACK, pc + FIELDS, at, first)
    elif mode == RELUCTANT and most > least:
        top = push(stack, top, TAKE_MORE, pc, at, most - least)
    return at, top


@called
def _reference(tables: Tables, pc: int, text: Array, at: int, registers: Array) -> int:
    """Return the position after the text that a group has taken, -1 if it is not here."""
    register, fold, folds = tables.code[pc + 1], tables.code[pc + 2], tables.folds
    start, end = int(registers[register]), int(registers[register + 1])
    if start < 0 or at + end - start > len(text):
        return -1
    if fold == 0:
        for n in range(end - start):
            if text[start + n] != text[at + n]:
                return -1
        return at + end - start
    # Java compares as many code points as the group has units, and so reads past its end; it then
    # goes on after as many units.
    after = at + end - start
    for _ in range(end - start):
        if start >= len(text) or at >= len(text):
            return -1
        left, right = point_at(text, start), point_at(text, at)
        if left != right:
            if fold == 2:
                if folds[left] != folds[right]:
                    return -1
            elif (left | 32) != (right | 32) or not 97 <= (left | 32) <= 122:
                return -1
        start += 2 if left > 0xFFFF else 1
        at += 2 if right > 0xFFFF else 1
    return after
