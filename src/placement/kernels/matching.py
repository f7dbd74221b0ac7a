"""Ask a program whether it matches whole texts, in a bounded number of steps.

In: a program and its tables, texts as UTF-16 units one after another.  Out: an answer for each
text, and how many steps it took.  One kernel runs all programs.  It goes back where a way fails,
over a stack of its own: nothing here recurses.  The answers and the steps depend on the program and
the text alone.
"""

from __future__ import annotations

from placement.kernels import memory
from placement.kernels._jit import called, inlined, jit_no_refcount
from placement.kernels.instructions import (
    ATOMIC_BREAK,
    BACK,
    BEFORE,
    BEFORE_NEXT,
    CHARACTER,
    CLUSTER,
    COPY,
    CUT,
    ENTER,
    ENTRY,
    EPOCH,
    FAIL,
    FIELDS,
    GREEDY,
    JUMP,
    KEEP,
    LEAVE,
    LOOP,
    MARK,
    MATCH,
    OUT_OF_STEPS,
    PATIENT,
    POSITIONS,
    REFERENCE,
    RELUCTANT,
    RUN,
    SAME,
    SAVE,
    SAVE_GROUP,
    SET,
    SPLIT,
    STATES,
    STRICT,
    TEST,
    Array,
    Number,
    Tables,
    Work,
)
from placement.kernels.texts import (
    Sets,
    break_width,
    cluster_end,
    is_high,
    is_low,
    point_at,
    points_back,
    test,
    width_in,
)

__all__ = ["match_texts"]
_CHOICE = 0
"""(place, position): where to go on when a way has failed."""
_OLD = 1
"""(register, value): what a register gets back."""
_GIVE_BACK = 2
"""(place, position, least): a run that can end one character earlier, not before ``least``."""
_TAKE_MORE = 3
"""(place of the RUN, position, how many): a run that can take another character."""

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
        memory.forget(work.rows, work.slots)
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
    steps = memory.clear(tables, work.visited, size)
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
            failed = memory.seen_position(work.visited, memo, at, size)
        elif memo >= 0 and tables.memory == STATES and steps > memory.PATIENCE:
            steps += 2 + (
                tables.stride >> 2
            )  # it takes longer than a step, and the longer the more
            failed = memory.seen_state(tables, work.rows, work.slots, registers, memo, at)
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
            top = _push(stack, top, _CHOICE, code[pc + 2], at, 0)
            pc = code[pc + 1]
        elif operation == MATCH:
            if at == size:
                return 1, steps
            failed = True
        elif operation != RUN and operation < TEST:
            pc, at, top = _control(code, pc, text, at, registers, stack, top)
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
def _push(stack: Array, top: int, kind: int, first: int, second: int, third: int) -> int:
    """Write a row to the stack and return its new height."""
    stack[top] = kind
    stack[top + 1] = first
    stack[top + 2] = second
    stack[top + 3] = third
    return top + ENTRY


@called
def _write(registers: Array, register: int, value: int, stack: Array, top: int) -> int:
    """Write to a register so that the old value comes back; return the height of the stack."""
    top = _push(stack, top, _OLD, register, registers[register], 0)
    registers[register] = value
    return top


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
        if kind == _CHOICE:
            return first, second, top
        if kind == _OLD:
            registers[first] = second
        elif kind == _GIVE_BACK:
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
        top = _push(stack, top, _CHOICE, pc + FIELDS, at + 1, 0)
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
        top = _push(stack, top, _GIVE_BACK, pc + FIELDS, at, first)
    elif mode == RELUCTANT and most > least:
        top = _push(stack, top, _TAKE_MORE, pc, at, most - least)
    return at, top


@called
def _control(
    code: Array, pc: int, text: Array, at: int, registers: Array, stack: Array, top: int
) -> tuple[int, int, int]:
    """Run an instruction that takes no characters.

    Returns:
        Where to go on, -1 on failure; the position; the height of the stack.
    """
    operation, register = code[pc], code[pc + 1]
    if operation == JUMP:
        return register, at, top
    if operation == FAIL:
        return -1, at, top
    if operation == LOOP:
        pc, top = _loop(code, pc, at, registers, stack, top)
        return pc, at, top
    if operation in (BEFORE, BEFORE_NEXT):
        after = pc + FIELDS if operation == BEFORE_NEXT else pc + 2 * FIELDS
        at, top = _look_behind(code, pc, text, at, registers, stack, top)
        return (after if at >= 0 else -1), at, top
    if operation == SAME:
        return (pc + FIELDS if at == registers[register] else -1), at, top
    if operation == LEAVE:
        if at == registers[register + 1] and registers[register] > code[pc + 2]:
            return (code[pc + 3] if code[pc + 4] == GREEDY else -1), at, top
    elif operation == KEEP:
        registers[register] = at
    elif operation == BACK:
        at = int(registers[register])
    else:
        top = _note(code, pc, at, registers, stack, top)
    return pc + FIELDS, at, top


@called
def _note(code: Array, pc: int, at: int, registers: Array, stack: Array, top: int) -> Number:
    """Run an instruction that writes registers; return the height of the stack."""
    operation, register = code[pc], code[pc + 1]
    if operation == SAVE:
        return _write(registers, register, at, stack, top)
    if operation == COPY:
        return _write(registers, register, registers[code[pc + 2]], stack, top)
    if operation == MARK:
        registers[register + 1] = registers[EPOCH]
        registers[EPOCH + 1] += 1
        top = _write(registers, EPOCH, registers[EPOCH + 1], stack, top)
        registers[register] = top
        return top
    if operation == CUT:
        top = int(registers[register])
        return _write(registers, EPOCH, registers[register + 1], stack, top)
    first, second = 0, -1  # RESET
    if operation == SAVE_GROUP:
        first, second = registers[code[pc + 2]], at
    elif operation == ENTER:
        first, second = min(registers[register] + 1, code[pc + 2]), at
    top = _write(registers, register, first, stack, top)
    return _write(registers, register + 1, second, stack, top)


@called
def _loop(
    code: Array, pc: int, at: int, registers: Array, stack: Array, top: int
) -> tuple[int, int]:
    """Decide on another round; return where to go on, -1 on failure, and the stack's height."""
    register, least, most, done = code[pc + 1], code[pc + 2], code[pc + 3], code[pc + 4]
    kind = code[pc + 5]
    count = registers[register]
    empty = at == registers[register + 1]
    if empty and (kind < PATIENT or count > least):
        return (-1 if kind & STRICT and kind & RELUCTANT and count > least else done), top
    kind &= RELUCTANT
    if count < least:
        return pc + FIELDS, top
    if count >= most:
        return done, top
    if kind == RELUCTANT:
        return done, _push(stack, top, _CHOICE, pc + FIELDS, at, 0)
    return pc + FIELDS, _push(stack, top, _CHOICE, done, at, 0)


@called
def _look_behind(
    code: Array, pc: int, text: Array, at: int, registers: Array, stack: Array, top: int
) -> tuple[int, int]:
    """Go to the next beginning of a look-behind: BEFORE to the nearest, BEFORE_NEXT further back.

    A BEFORE_NEXT follows its BEFORE.  Java reckons in 32 bits: where the least position wraps
    around, the whole text before is searched.
    """
    register = code[pc + 1]
    if code[pc] == BEFORE:
        least, most, by_points = code[pc + 2], code[pc + 3], code[pc + 4]
        begin = int(registers[register])
        if by_points:
            at = points_back(text, begin, least)
            last = max(points_back(text, begin, most), 0)
        else:
            at = begin - least
            last = begin - most
            if last >= 1 << 31:
                last = 0
            last = max(last, 0)
        registers[register + 1] = min(last, begin + 1)
        pc += FIELDS
    else:
        by_points = code[pc + 2]
        at = points_back(text, at, 1) if by_points else at - 1
        last = registers[register + 1]
    if at < registers[register + 1] or at < 0:
        return -1, top
    if at > registers[register + 1]:
        top = _push(stack, top, _CHOICE, pc, at, 0)
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
    # Java compares as many code points as the group has units, and may read past its end.
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
    return at
