"""Instructions of the matching kernel that take no characters, and the stack it goes back over.

In: an instruction, registers, the stack.  Out: where to go on, the position, the stack's height.
"""

from __future__ import annotations

from placement.kernels.instructions import (
    BACK,
    BEFORE,
    BEFORE_NEXT,
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
    PATIENT,
    RELUCTANT,
    SAME,
    SAVE,
    SAVE_GROUP,
    STRICT,
    Array,
    Number,
)
from placement.kernels.texts import points_back
from placement.kernels.tiers import called, inlined

__all__ = ["CHOICE", "GIVE_BACK", "OLD", "TAKE_MORE", "control", "push", "write"]

CHOICE = 0
"""(place, position): where to go on when a way has failed."""
OLD = 1
"""(register, value): what a register gets back."""
GIVE_BACK = 2
"""(place, position, least): a run that can end one character earlier, not before ``least``."""
TAKE_MORE = 3
"""(place of the RUN, position, how many): a run that can take another character."""


@inlined
def push(stack: Array, top: int, kind: int, first: int, second: int, third: int) -> int:
    """Write a row to the stack and return its new height."""
    stack[top] = kind
    stack[top + 1] = first
    stack[top + 2] = second
    stack[top + 3] = third
    return top + ENTRY


@called
def write(registers: Array, register: int, value: int, stack: Array, top: int) -> int:
    """Write to a register so that the old value comes back; return the height of the stack."""
    top = push(stack, top, OLD, register, registers[register], 0)
    registers[register] = value
    return top


@called
def control(
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
        return write(registers, register, at, stack, top)
    if operation == COPY:
        return write(registers, register, registers[code[pc + 2]], stack, top)
    if operation == MARK:
        registers[register + 1] = registers[EPOCH]
        registers[EPOCH + 1] += 1
        top = write(registers, EPOCH, registers[EPOCH + 1], stack, top)
        registers[register] = top
        return top
    if operation == CUT:
        top = int(registers[register])
        return write(registers, EPOCH, registers[register + 1], stack, top)
    first, second = 0, -1  # RESET
    if operation == SAVE_GROUP:
        first, second = registers[code[pc + 2]], at
    elif operation == ENTER:
        first, second = min(registers[register] + 1, code[pc + 2]), at
    top = write(registers, register, first, stack, top)
    return write(registers, register + 1, second, stack, top)


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
        return done, push(stack, top, CHOICE, pc + FIELDS, at, 0)
    return pc + FIELDS, push(stack, top, CHOICE, done, at, 0)


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
        top = push(stack, top, CHOICE, pc, at, 0)
    return at, top
