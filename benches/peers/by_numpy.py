"""numpy by hand: dictionary codes in the narrowest integer, the shortest form for each question.

Texts are sorted, so that the types of one family and neighbouring zones are runs of codes; absent
is the highest code.  Any other set is a table of 256 bytes, applied by ``bytearray.translate``: it
takes half the time of ``take``, which widens the codes to 64 bits first.
"""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import numpy.typing as npt

from harness.data import ABSENT, Cell, Table
from harness.workloads import Question
from peers.base import Evaluation

__all__ = ["ByNumpy"]


class ByNumpy:
    """Vector comparisons of 8-bit and 16-bit codes."""

    name = "numpy by hand"
    by_row = False

    def __init__(self, table: Table) -> None:
        self._texts = table.texts
        self._type_bytes = bytearray(table.codes["type"].astype(np.uint8).tobytes())
        self._columns: dict[str, npt.NDArray[Any]] = {
            name: _narrow(codes, len(table.texts[name])) for name, codes in table.codes.items()
        }
        self._columns["type"] = np.frombuffer(self._type_bytes, np.uint8)
        self._columns["tasks"] = table.tasks.astype(np.uint16)
        self._scratch = np.empty(table.rows, np.bool_)

    def prepare(self, question: Question) -> Evaluation:
        """Look up the codes."""
        prepared: Evaluation = getattr(self, f"_{question.name.lower()}")(question)
        return prepared

    def _code(self, column: str, text: str) -> Any:
        return self._columns[column].dtype.type(self._texts[column].index(text))

    def _e1(self, question: Question) -> Evaluation:
        zone, a = self._columns["zone"], self._code("zone", question.zone_a)
        return lambda: np.equal(zone, a)

    def _e2(self, question: Question) -> Evaluation:
        type_, zone, scratch = self._columns["type"], self._columns["zone"], self._scratch
        pattern = re.compile(question.pattern)
        found = [n for n, text in enumerate(self._texts["type"]) if pattern.fullmatch(text)]
        first, length = np.uint8(found[0]), np.uint8(len(found))
        assert found[-1] - found[0] + 1 == len(found)
        d = self._code("zone", question.zone_d)
        shifted = np.empty(len(scratch), np.uint8)

        def evaluate() -> npt.NDArray[np.bool_]:
            np.subtract(type_, first, shifted)  # below the run it wraps round to the top
            mask: npt.NDArray[np.bool_] = np.less(shifted, length)
            mask &= np.not_equal(zone, d, scratch)
            return mask

        return evaluate

    def _e3(self, question: Question) -> Evaluation:
        columns, scratch = self._columns, self._scratch
        zone, rack, stack = columns["zone"], columns["rack"], columns["stack"]
        gpu, tasks = columns["gpu"], columns["tasks"]
        assert self._texts["zone"][:2] == [question.zone_a, question.zone_b]
        b, r7 = self._code("zone", question.zone_b), self._code("rack", question.rack)
        prod, absent = self._code("stack", question.stack), gpu.dtype.type(ABSENT & 0xFF)
        fewer = np.uint16(question.fewer_tasks)

        def evaluate() -> npt.NDArray[np.bool_]:
            mask: npt.NDArray[np.bool_] = np.less_equal(zone, b)
            mask |= np.equal(rack, r7, scratch)
            mask &= np.not_equal(stack, prod, scratch)
            mask &= np.not_equal(gpu, absent, scratch)
            mask &= np.less(tasks, fewer, scratch)
            return mask

        return evaluate

    def _e4(self, question: Question) -> Evaluation:
        table = np.zeros(256, np.bool_)
        table[[self._texts["type"].index(text) for text in question.half]] = True
        codes, lookup = self._type_bytes, table.tobytes()
        return lambda: np.frombuffer(codes.translate(lookup), np.bool_)

    def put(self, cells: list[Cell]) -> None:
        """Write into the arrays."""
        for cell in cells:
            column = self._columns[cell.column]
            column[cell.row] = cell.value & np.iinfo(column.dtype).max

    def mask(self, result: Any) -> npt.NDArray[np.bool_]:
        """Return the result, which is an array."""
        return np.asarray(result)


def _narrow(codes: npt.NDArray[np.int64], texts: int) -> npt.NDArray[Any]:
    """Return codes in the narrowest integer that has room for one more, the absent code."""
    return codes.astype(
        next(kind for kind in (np.uint8, np.uint16, np.uint32) if texts < np.iinfo(kind).max)
    )
