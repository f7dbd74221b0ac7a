"""Ask a compiled pattern whether it matches whole texts, in a bounded number of steps.

In: a program as an array of numbers, tables of its sets, texts as UTF-16 units one after another.
Out: an answer for each text, and how many steps it took.  One kernel runs all programs.  It goes
back where a way fails, over a stack of its own: nothing here recurses.  What an instruction
answers and how many steps it takes depend on the program and the text alone.

An instruction is a row of ``FIELDS`` numbers: operation and operands.  Registers are numbers, too;
the kernel sets them all to -1 before each text.  A row of the stack is one of

- a choice: where to go on, at which place;
- the old value of a register, which comes back when a way has failed;
- a run of one set that can give back characters, or one that can take more.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from placement.kernels._jit import kernel

__all__ = [
    "ATOMIC_BREAK",
    "BACK",
    "BEFORE",
    "BEFORE_NEXT",
    "CHARACTER",
    "CLUSTER",
    "CUT",
    "ENTER",
    "ENTRY",
    "FAIL",
    "FIELDS",
    "JUMP",
    "KEEP",
    "LEAVE",
    "LINE_BREAK",
    "LOOP",
    "MARK",
    "MATCH",
    "OUT_OF_STEPS",
    "REFERENCE",
    "RESET",
    "RUN",
    "SAME",
    "SAVE",
    "SAVE_GROUP",
    "SET",
    "SPLIT",
    "TEST",
    "match_texts",
]

FIELDS = 6
"""Numbers in an instruction."""

OUT_OF_STEPS = 2
"""The answer for a text on which the steps ended; 0 and 1 are the others."""

MATCH = 0
"""(): the text has to be at its end; the answer is yes."""
CHARACTER = 1
"""(unit): this UTF-16 unit, no high surrogate."""
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
RESET = 9
"""(register): a loop begins: write 0 to the register of its count and -1 to the next one."""
LOOP = 10
"""(register, least, most, place, kind): before each round of a loop: another one, or to ``place``."""
ENTER = 11
"""(register): count a round and note where it begins."""
MARK = 12
"""(register): note the height of the stack."""
CUT = 13
"""(register): forget the stack above the noted height, and so every other way since."""
KEEP = 14
"""(register): note the position; it does not come back."""
BACK = 15
"""(register): go to a noted position."""
SAME = 16
"""(register): the position has to be the noted one."""
BEFORE = 17
"""(register, least, most, by points): go back to the nearest beginning of a look-behind."""
BEFORE_NEXT = 18
"""(register, by points): go back to the next farther beginning."""
LEAVE = 19
"""(register, least, place, kind): after a round that took nothing beyond the least count, on to
``place``, or with kind 1 back; it comes before what the round has taken is noted."""
TEST = 20
"""(kind, words, bases, marks): a question about the position, see ``javaregex.tree.TestKind``."""
REFERENCE = 21
"""(register, fold): the text between two registers; fold 0 as it is, 1 ASCII, 2 Unicode case."""
LINE_BREAK = 22
"""(): a line break; the pair of two units may be split on the way back."""
ATOMIC_BREAK = 23
"""(): the same, but the pair stays whole."""
CLUSTER = 24
"""(): an extended grapheme cluster."""

GREEDY, RELUCTANT, POSSESSIVE = range(3)
"""Modes of a RUN, and kinds of a LOOP."""
STRICT = 4
"""Added to the kind of a LOOP that ends at an empty round only after its least count."""

_CHOICE, _OLD, _GIVE_BACK, _TAKE_MORE = range(4)
ENTRY = 4
"""Numbers in a row of the stack: kind and up to three operands."""

_MAX_ROWS = 1 << 20
"""Rows that the stack may grow to; a text that needs more ends like one that takes too long."""

_CR, _LF, _NEL, _LS, _PS = 13, 10, 0x85, 0x2028, 0x2029

Array = npt.NDArray[Any]


@kernel
def match_texts(
    program: Array,
    low: Array,
    bounds: Array,
    offsets: Array,
    folds: Array,
    clusters: Array,
    memos: int,
    units: Array,
    starts: Array,
    limits: Array,
    registers: Array,
    stack: Array,
    answers: Array,
    taken: Array,
) -> int:
    """Write the answer for each text, up to the first one that takes too many steps.

    Where kernels run as plain Python, lists serve for arrays, and are faster.

    Args:
        program: int32, instructions one after another.
        low: uint8 ``[128 * set + unit]``: 1 where the set holds the ASCII character.
        bounds: int32, the boundaries of all sets one after another.
        offsets: int64 ``[set + 1]``, where each set begins in ``bounds``.
        folds: int32, the case folding of each code point, for references under Unicode case.
        clusters: uint8, the grapheme type of each code point, for clusters.
        memos: how many memos the instructions name; a memo is a place at which a second visit at
            the same position fails, since the first one has.
        units: uint16, the texts one after another.
        starts: int64 ``[text + 1]``, where each text begins in ``units``.
        limits: int64, the steps each text may take.
        registers: int32, as many as the program names.
        stack: int32, room for a few rows; it grows.
        answers: int8, 1 where the text matches, 0 where not, ``OUT_OF_STEPS``.
        taken: int64, the steps each text took.

    Returns:
        How many answers were written.
    """
    for n in range(len(answers)):
        text = units[starts[n] : starts[n + 1]]
        for register in range(len(registers)):
            registers[register] = -1
        words = (memos * (len(text) + 1) + 63) // 64
        visited = np.zeros(words, np.uint64)
        answer, steps, stack = _match(
            program,
            (low, bounds, offsets),
            folds,
            clusters,
            text,
            limits[n],
            registers,
            visited,
            stack,
        )
        answers[n] = answer
        taken[n] = steps
        if answer == OUT_OF_STEPS:
            return n + 1
    return len(answers)


@kernel
def _match(
    program: Array,
    sets: tuple[Array, Array, Array],
    folds: Array,
    clusters: Array,
    text: Array,
    limit: int,
    registers: Array,
    visited: Array,
    stack: Array,
) -> tuple[int, int, Array]:
    """Return the answer for one text, the steps it took, and the stack, which may have grown."""
    pc, at, top, size = 0, 0, 0, len(text)
    steps = len(visited) // 16  # clearing them takes time, too
    while True:
        steps += 1
        if steps > limit:
            return OUT_OF_STEPS, steps, stack
        if top + 4 * ENTRY > len(stack):
            if len(stack) >= _MAX_ROWS * ENTRY:
                return OUT_OF_STEPS, steps, stack
            stack = np.concatenate((stack, stack))
        operation = program[pc]
        failed = False
        if operation == CHARACTER:
            failed = at >= size or text[at] != program[pc + 1]
            at += 1
            pc += FIELDS
        elif operation == SET:
            width = _width_in(sets, program[pc + 1], text, at)
            failed = width == 0
            at += width
            pc += FIELDS
        elif operation == SPLIT:
            failed = _seen(visited, program[pc + 3], at, size)
            top = _push(stack, top, _CHOICE, program[pc + 2], at, 0)
            pc = program[pc + 1]
        elif operation == RUN:
            failed = _seen(visited, program[pc + 5], at, size)
            if not failed:
                start = at
                at, top = _run(program, pc, sets, text, at, stack, top)
                failed = at < 0
                steps += max(at - start, 0)
                pc += FIELDS
        elif operation == MATCH:
            if at == size:
                return 1, steps, stack
            failed = True
        elif operation <= LEAVE:
            pc, at, top = _control(program, pc, text, at, registers, stack, top)
            failed = pc < 0
        else:
            start = at
            at, top = _consume(program, pc, sets, folds, clusters, text, at, registers, stack, top)
            failed = at < 0
            steps += max(at - start, 0)
            pc += FIELDS
        if failed:
            before = top
            pc, at, top = _go_back(program, sets, text, registers, stack, top)
            steps += (before - top) // ENTRY
            if pc < 0:
                return 0, steps, stack


@kernel
def _push(stack: Array, top: int, kind: int, first: int, second: int, third: int) -> int:
    """Write a row to the stack and return its new height."""
    stack[top] = kind
    stack[top + 1] = first
    stack[top + 2] = second
    stack[top + 3] = third
    return top + ENTRY


@kernel
def _write(registers: Array, register: int, value: int, stack: Array, top: int) -> int:
    """Write to a register so that the old value comes back; return the height of the stack."""
    top = _push(stack, top, _OLD, register, registers[register], 0)
    registers[register] = value
    return top


@kernel
def _go_back(
    program: Array,
    sets: tuple[Array, Array, Array],
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
            if at - 1 >= least and _is_low(text[at]) and _is_high(text[at - 1]):
                at -= 1
            if at > least:
                stack[top + 2] = at
                top += ENTRY
            return first, at, top
        else:
            width = _width_in(sets, program[first + 1], text, second)
            if width:
                left = stack[top + 3] - 1
                if left:
                    stack[top + 2] = second + width
                    stack[top + 3] = left
                    top += ENTRY
                return first + FIELDS, second + width, top
    return -1, 0, 0


@kernel
def _seen(visited: Array, memo: int, at: int, size: int) -> bool:
    """Return whether a memo has been at this position before, and note that it has now."""
    if memo < 0:
        return False
    bit = memo * (size + 1) + at
    mask = np.uint64(1) << np.uint64(bit & 63)
    if visited[bit >> 6] & mask:
        return True
    visited[bit >> 6] |= mask
    return False


@kernel
def _is_high(unit: int) -> bool:
    return 0xD800 <= unit < 0xDC00


@kernel
def _is_low(unit: int) -> bool:
    return 0xDC00 <= unit < 0xE000


@kernel
def _point(text: Array, at: int) -> int:
    """Return the code point that begins at a position inside of the text."""
    unit = int(text[at])
    if _is_high(unit) and at + 1 < len(text) and _is_low(text[at + 1]):
        return 0x10000 + ((unit - 0xD800) << 10) + int(text[at + 1]) - 0xDC00
    return unit


@kernel
def _holds(sets: tuple[Array, Array, Array], which: int, point: int) -> bool:
    """Return whether a set holds a code point."""
    low, bounds, offsets = sets
    if point < 128:
        return low[128 * which + point] != 0
    first, last = offsets[which], offsets[which + 1]
    start = first
    while first < last:
        middle = (first + last) >> 1
        if bounds[middle] <= point:
            first = middle + 1
        else:
            last = middle
    return ((first - start) & 1) != 0


@kernel
def _width_in(sets: tuple[Array, Array, Array], which: int, text: Array, at: int) -> int:
    """Return how many units the code point at a position has, 0 if the set does not hold it."""
    if at >= len(text):
        return 0
    point = _point(text, at)
    if not _holds(sets, which, point):
        return 0
    return 2 if point > 0xFFFF else 1


@kernel
def _run(
    program: Array,
    pc: int,
    sets: tuple[Array, Array, Array],
    text: Array,
    at: int,
    stack: Array,
    top: int,
) -> tuple[int, int]:
    """Take code points of one set; return the position, -1 on failure, and the stack's height."""
    which, least, most, mode = program[pc + 1], program[pc + 2], program[pc + 3], program[pc + 4]
    count = 0
    first = at  # the position after the least number of code points
    while count < most:
        if count == least:
            first = at
            if mode == RELUCTANT:
                break
        width = _width_in(sets, which, text, at)
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


@kernel
def _control(
    program: Array, pc: int, text: Array, at: int, registers: Array, stack: Array, top: int
) -> tuple[int, int, int]:
    """Run an instruction that takes no characters.

    Returns:
        Where to go on, -1 on failure; the position; the height of the stack.
    """
    operation, register = program[pc], program[pc + 1]
    if operation == JUMP:
        return register, at, top
    if operation == FAIL:
        return -1, at, top
    if operation == SAVE:
        top = _write(registers, register, at, stack, top)
    elif operation == SAVE_GROUP:
        top = _write(registers, register, registers[program[pc + 2]], stack, top)
        top = _write(registers, register + 1, at, stack, top)
    elif operation == RESET:
        top = _write(registers, register, 0, stack, top)
        top = _write(registers, register + 1, -1, stack, top)
    elif operation == LOOP:
        pc, top = _loop(program, pc, at, registers, stack, top)
        return pc, at, top
    elif operation == ENTER:
        top = _write(registers, register, registers[register] + 1, stack, top)
        top = _write(registers, register + 1, at, stack, top)
    elif operation == LEAVE:
        if at == registers[register + 1] and registers[register] > program[pc + 2]:
            return (program[pc + 3] if program[pc + 4] == GREEDY else -1), at, top
    elif operation == MARK:
        registers[register] = top
    elif operation == CUT:
        top = registers[register]
    elif operation == KEEP:
        registers[register] = at
    elif operation == BACK:
        at = registers[register]
    elif operation == SAME:
        if at != registers[register]:
            return -1, at, top
    else:
        at, top = _look_behind(program, pc, text, at, registers, stack, top)
        return (pc if operation == BEFORE_NEXT else pc + FIELDS) + FIELDS if at >= 0 else -1, at, top
    return pc + FIELDS, at, top


@kernel
def _loop(
    program: Array, pc: int, at: int, registers: Array, stack: Array, top: int
) -> tuple[int, int]:
    """Decide on another round; return where to go on, -1 on failure, and the stack's height."""
    register, least, most, done = program[pc + 1], program[pc + 2], program[pc + 3], program[pc + 4]
    kind = program[pc + 5]
    count = registers[register]
    empty = at == registers[register + 1]
    if empty:  # further rounds would be, too
        return (-1 if kind == STRICT + RELUCTANT and count > least else done), top
    kind %= STRICT
    if count < least:
        return pc + FIELDS, top
    if count >= most:
        return done, top
    if kind == RELUCTANT:
        return done, _push(stack, top, _CHOICE, pc + FIELDS, at, 0)
    return pc + FIELDS, _push(stack, top, _CHOICE, done, at, 0)


@kernel
def _look_behind(
    program: Array, pc: int, text: Array, at: int, registers: Array, stack: Array, top: int
) -> tuple[int, int]:
    """Go to the next beginning of a look-behind: BEFORE to the nearest, BEFORE_NEXT further back.

    A BEFORE_NEXT follows its BEFORE.  Java reckons in 32 bits: where the least position wraps
    around, the whole text before is searched.
    """
    register = program[pc + 1]
    if program[pc] == BEFORE:
        least, most, by_points = program[pc + 2], program[pc + 3], program[pc + 4]
        begin = registers[register]
        if by_points:
            at = _points_back(text, begin, least)
            last = max(_points_back(text, begin, most), 0)
        else:
            at = begin - least
            last = begin - most
            if last >= 1 << 31:
                last = 0
            last = max(last, 0)
        registers[register + 1] = min(last, begin + 1)
        pc += FIELDS
    else:
        by_points = program[pc + 2]
        at = _points_back(text, at, 1) if by_points else at - 1
        last = registers[register + 1]
    if at < registers[register + 1] or at < 0:
        return -1, top
    if at > registers[register + 1]:
        top = _push(stack, top, _CHOICE, pc, at, 0)
    return at, top


@kernel
def _points_back(text: Array, at: int, count: int) -> int:
    """Return the position some code points before another one, -1 if there are not so many."""
    while count > 0:
        if at == 0:
            return -1
        at -= 1
        if at > 0 and _is_low(text[at]) and _is_high(text[at - 1]):
            at -= 1
        count -= 1
    return at


@kernel
def _consume(
    program: Array,
    pc: int,
    sets: tuple[Array, Array, Array],
    folds: Array,
    clusters: Array,
    text: Array,
    at: int,
    registers: Array,
    stack: Array,
    top: int,
) -> tuple[int, int]:
    """Run an instruction that asks about the text.

    Returns:
        The position after it, -1 on failure, and the height of the stack.
    """
    operation = program[pc]
    if operation == TEST:
        return (at if _test(program, pc, sets, text, at) else -1), top
    if operation == REFERENCE:
        return _reference(program, pc, folds, text, at, registers), top
    if at >= len(text):
        return -1, top
    if operation == CLUSTER:
        return _cluster(clusters, text, at), top
    if text[at] == _CR and at + 1 < len(text) and text[at + 1] == _LF:
        if operation == LINE_BREAK:
            top = _push(stack, top, _CHOICE, pc + FIELDS, at + 1, 0)
        return at + 2, top
    unit = text[at]
    if _LF <= unit <= _CR or unit == _NEL or unit == _LS or unit == _PS:
        return at + 1, top
    return -1, top


@kernel
def _reference(
    program: Array, pc: int, folds: Array, text: Array, at: int, registers: Array
) -> int:
    """Return the position after the text that a group has taken, -1 if it is not here."""
    register, fold = program[pc + 1], program[pc + 2]
    start, end = registers[register], registers[register + 1]
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
        left, right = _point(text, start), _point(text, at)
        if left != right:
            if fold == 2:
                if folds[left] != folds[right]:
                    return -1
            elif (left | 32) != (right | 32) or not 97 <= (left | 32) <= 122:
                return -1
        start += 2 if left > 0xFFFF else 1
        at += 2 if right > 0xFFFF else 1
    return at


@kernel
def _test(
    program: Array, pc: int, sets: tuple[Array, Array, Array], text: Array, at: int
) -> bool:
    """Answer a question about a position; the numbers are those of ``TestKind``."""
    kind = program[pc + 1]
    size = len(text)
    if kind == 0:
        return at == 0
    if kind == 1:
        return at == size
    if kind >= 8:
        left = at > 0 and _is_word(program, pc, sets, text, at - 1)
        right = at < size and _is_word(program, pc, sets, text, at)
        return (left != right) == (kind % 2 == 0)
    unix = kind % 2 == 1
    if kind < 4:
        return _before_last_end(text, at, unix)
    if kind < 6:
        if at == 0:
            return size > 0
        if at == size or not _ends_line(text[at - 1], unix):
            return False
        return unix or not (text[at - 1] == _CR and text[at] == _LF)
    if at == size:
        return True
    if not _ends_line(text[at], unix):
        return False
    return unix or not (at > 0 and text[at - 1] == _CR and text[at] == _LF)


@kernel
def _ends_line(unit: int, unix: bool) -> bool:
    """Return whether a unit is a line terminator; ``unix`` knows one only."""
    if unit == _LF:
        return True
    return not unix and (unit == _CR or unit == _NEL or unit == _LS or unit == _PS)


@kernel
def _before_last_end(text: Array, at: int, unix: bool) -> bool:
    """Return whether nothing or one line terminator follows, and the position does not split it."""
    left = len(text) - at
    if left == 0:
        return True
    if left == 1:
        if not _ends_line(text[at], unix):
            return False
        return unix or not (text[at] == _LF and at > 0 and text[at - 1] == _CR)
    return left == 2 and not unix and text[at] == _CR and text[at + 1] == _LF


@kernel
def _is_word(
    program: Array, pc: int, sets: tuple[Array, Array, Array], text: Array, at: int
) -> bool:
    """Return whether the code point that holds a unit counts as part of a word.

    A mark without spacing does where a letter or digit carries it.
    """
    if at > 0 and _is_low(text[at]) and _is_high(text[at - 1]):
        at -= 1
    point = _point(text, at)
    if _holds(sets, program[pc + 2], point):
        return True
    if not _holds(sets, program[pc + 4], point):
        return False
    while at >= 0:
        point = _point(text, at)
        if _holds(sets, program[pc + 3], point):
            return True
        if not _holds(sets, program[pc + 4], point):
            return False
        at -= 1  # unit by unit, as Java goes: a letter beyond U+FFFF carries nothing
    return False


# Types of clusters, by the numbers of the JDK's table.
_T_CR, _T_LF, _T_CONTROL, _T_EXTEND, _T_ZWJ, _T_REGION, _T_PREPEND, _T_SPACING = range(1, 9)
_T_L, _T_V, _T_T, _T_LV, _T_LVT, _T_PICTURE = range(9, 15)


@kernel
def _cluster(clusters: Array, text: Array, at: int) -> int:
    """Return the end of the extended grapheme cluster (UAX 29) that begins at a position."""
    point = _point(text, at)
    left = clusters[point]
    at += 2 if point > 0xFFFF else 1
    regions = 1 if left == _T_REGION else 0
    picture = left == _T_PICTURE  # whether a picture and then only extensions have come
    while at < len(text):
        point = _point(text, at)
        right = clusters[point]
        joined = picture and left == _T_ZWJ and right == _T_PICTURE
        paired = left == _T_REGION and right == _T_REGION and regions % 2 == 1
        if not (joined or paired or _holds_together(left, right)):
            return at
        regions = regions + 1 if right == _T_REGION else 0
        picture = right == _T_PICTURE or (picture and (right == _T_EXTEND or right == _T_ZWJ))
        left = right
        at += 2 if point > 0xFFFF else 1
    return at


@kernel
def _holds_together(left: int, right: int) -> bool:
    """Return whether the rules GB3 to GB9b forbid a break between two types."""
    if left == _T_CR:
        return right == _T_LF
    if left == _T_LF or left == _T_CONTROL or _T_CR <= right <= _T_CONTROL:
        return False
    if right == _T_EXTEND or right == _T_ZWJ or right == _T_SPACING or left == _T_PREPEND:
        return True
    if left == _T_L:
        return right == _T_L or right == _T_V or right == _T_LV or right == _T_LVT
    if left == _T_LV or left == _T_V:
        return right == _T_V or right == _T_T
    return (left == _T_LVT or left == _T_T) and right == _T_T
