"""Run a bound program with numpy alone: same arguments and same mask as ``kernels.masks.run``.

In: the program as an array of numbers, the columns, tables for sets of codes.  Out: the caller's
mask.  Every instruction is one or two calls of numpy over all rows.  For the first masks of a
process, which take less time so than numba takes to load (``query.evaluation``).
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from placement.kernels import mask_program as instruction

__all__ = ["run"]

Array = npt.NDArray[Any]
Mask = npt.NDArray[np.bool_]


def run(
    program: Array,
    tables: Array,
    few: Array,
    masks: Array,
    codes8: Array,
    codes16: Array,
    codes32: Array,
    counts: Array,
    moments: Array,
    live: Array,
    registers: int,
    tombstones: int,
    out: Array,
) -> None:
    """Write the mask of a program to ``out``; the arguments are those of ``kernels.masks.run``."""
    rows = len(out)
    columns = codes8, codes16, codes32
    answer: Array | np.bool_
    written: list[Array] = [out, *(np.empty(rows, np.bool_) for _ in range(registers - 1))]
    for operation, register, how, *operands in program.tolist():
        if operation <= instruction.LOOKUP:
            width, slot, *rest = operands
            answer = _of_codes(operation, rest, columns[width][slot, :rows], tables, few)
        elif operation in (instruction.NUMBER, instruction.MOMENT):
            numbers = counts if operation == instruction.NUMBER else moments
            answer = _between(numbers[:rows], *operands[:3])
        elif operation == instruction.CONSTANT:
            answer = np.bool_(operands[0] != 0)
        elif operation == instruction.MASK:
            answer = masks[operands[0], :rows]
        else:
            answer = written[operands[0]]
        if how == instruction.WRITE:
            written[register][:] = answer
        elif how == instruction.AND:
            written[register] &= answer
        else:
            written[register] |= answer
    if tombstones:
        out &= live[:rows]


def _of_codes(operation: int, operands: list[int], codes: Array, tables: Array, few: Array) -> Mask:
    """Return the answers of an instruction that asks a column of codes.

    Args:
        operation: EQUAL, RANGE, SMALL_SET, BITSET or LOOKUP.
        operands: Its operands after width and slot.
        codes: uint8, uint16 or uint32, the column.
        tables: bool, the tables of all LOOKUPs, one after the other.
        few: int64, the codes of all SMALL_SETs, one after the other.
    """
    first, second, flip = operands
    unsigned = codes.dtype.type
    answer: Mask
    if operation == instruction.LOOKUP:
        answer = tables[first:][codes]
    elif operation == instruction.BITSET:
        words = np.array((first, second), "<i8").view(np.uint8)
        answer = np.unpackbits(words, bitorder="little").view(np.bool_)[codes]
    elif operation == instruction.EQUAL:
        answer = codes != unsigned(first) if flip else codes == unsigned(first)
    elif operation == instruction.RANGE:  # codes below ``first`` wrap round to large ones
        away = codes - unsigned(first)
        answer = away > unsigned(second) if flip else away <= unsigned(second)
    else:
        answer = np.full(len(codes), bool(flip), np.bool_)
        for chosen in set(few[first : first + instruction.MAX_SMALL_SET].tolist()):
            answer ^= codes == unsigned(chosen)  # at most one of them is equal
    return answer


def _between(numbers: Array, low: int, high: int, flip: int) -> Mask:
    """Return whether each number is in ``low..high``, turned round by ``flip``."""
    answer: Mask = (numbers >= low) & (numbers <= high)
    return ~answer if flip else answer
