"""numexpr over dictionary codes of 32 bits, the narrowest it computes with.

Expressions are compiled once (``NumExpr``) and called with the arrays.  It has no ``in``: half of
the types are bits of four words, which is a tenth of what comparisons joined by ``|`` take.
"""

from __future__ import annotations

import re
from typing import Any

import numexpr
import numpy as np
import numpy.typing as npt

from harness.data import Cell, Table
from harness.workloads import Question
from peers.base import Evaluation

__all__ = ["ByNumexpr"]

numexpr.set_num_threads(1)

_BITS = "((where(t < 64, where(t < 32, w0, w1), where(t < 96, w2, w3)) >> (t & 31)) & 1) == 1"
_E3 = "(((z == a) | (z == b) | (r == r7)) & (s != p) & (g != -1) & (n < 20))"


class ByNumexpr:
    """Prepared expressions."""

    name = "numexpr"
    by_row = False

    def __init__(self, table: Table) -> None:
        self._texts = table.texts
        self._columns = {name: codes.astype(np.int32) for name, codes in table.codes.items()}
        self._columns["tasks"] = table.tasks.astype(np.int32)

    def prepare(self, question: Question) -> Evaluation:
        """Compile the expression for this question."""
        prepared: Evaluation = getattr(self, f"_{question.name.lower()}")(question)
        return prepared

    def _code(self, column: str, text: str) -> np.int32:
        return np.int32(self._texts[column].index(text))

    def _e1(self, question: Question) -> Evaluation:
        return _compiled("z == a", z=self._columns["zone"], a=self._code("zone", question.zone_a))

    def _e2(self, question: Question) -> Evaluation:
        pattern = re.compile(question.pattern)
        found = [n for n, text in enumerate(self._texts["type"]) if pattern.fullmatch(text)]
        return _compiled(
            "(t >= low) & (t <= high) & (z != d)",
            t=self._columns["type"],
            z=self._columns["zone"],
            low=np.int32(found[0]),
            high=np.int32(found[-1]),
            d=self._code("zone", question.zone_d),
        )

    def _e3(self, question: Question) -> Evaluation:
        columns = self._columns
        return _compiled(
            _E3.replace("20", str(question.fewer_tasks)),
            z=columns["zone"],
            r=columns["rack"],
            s=columns["stack"],
            g=columns["gpu"],
            n=columns["tasks"],
            a=self._code("zone", question.zone_a),
            b=self._code("zone", question.zone_b),
            r7=self._code("rack", question.rack),
            p=self._code("stack", question.stack),
        )

    def _e4(self, question: Question) -> Evaluation:
        codes = [self._texts["type"].index(text) for text in question.half]
        words = np.zeros(4, np.uint32)
        for code in codes:
            words[code // 32] |= np.uint32(1 << code % 32)
        named = {f"w{n}": word for n, word in enumerate(words.view(np.int32))}
        return _compiled(_BITS, t=self._columns["type"], **named)

    def put(self, cells: list[Cell]) -> None:
        """Write into the arrays."""
        for cell in cells:
            self._columns[cell.column][cell.row] = cell.value

    def mask(self, result: Any) -> npt.NDArray[np.bool_]:
        """Return the result, which is an array."""
        return np.asarray(result)


def _compiled(text: str, **operands: Any) -> Evaluation:
    compiled = numexpr.NumExpr(text, signature=[(name, np.int32) for name in operands])
    values = tuple(operands.values())
    return lambda: compiled(*values)
