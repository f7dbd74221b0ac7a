"""HTCondor's ClassAds: one ad for each instance, an expression evaluated in each.

``=?=`` and ``identicalMember`` compare case by case, as ``==`` and ``member`` do not.
"""

from __future__ import annotations

from typing import Any

import classad2
import numpy as np
import numpy.typing as npt

from harness.data import ABSENT, Cell, Table
from harness.workloads import Question
from peers.base import Evaluation

__all__ = ["ByClassad"]


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\") + '"'


_TEXTS = {
    "E1": lambda q: f'zone =?= "{q.zone_a}"',
    "E2": lambda q: f'regexp({_quoted(f"^{q.pattern}$")}, type) && zone =!= "{q.zone_d}"',
    "E3": lambda q: (
        f'(zone =?= "{q.zone_a}" || zone =?= "{q.zone_b}" || rack =?= "{q.rack}")'
        f' && !(stack =?= "{q.stack}") && gpu =!= undefined && tasks < {q.fewer_tasks}'
    ),
    "E4": lambda q: "identicalMember(type, {{{}}})".format(", ".join(map(_quoted, q.half))),
}


class ByClassad:
    """``ExprTree.eval(ad)`` for each ad."""

    name = "classad2"
    by_row = True

    def __init__(self, table: Table) -> None:
        self._texts = table.texts
        columns: dict[str, list[Any]] = {name: table.strings(name) for name in table.texts}
        columns["tasks"] = table.tasks.tolist()
        self._ads = [
            classad2.ClassAd({k: v for k, v in zip(columns, row, strict=True) if v is not None})
            for row in zip(*columns.values(), strict=True)
        ]

    def prepare(self, question: Question) -> Evaluation:
        """Parse the expression."""
        ads, evaluate = self._ads, classad2.ExprTree(_TEXTS[question.name](question)).eval
        return lambda: np.fromiter(map(evaluate, ads), np.bool_, len(ads))

    def put(self, cells: list[Cell]) -> None:
        """Assign in the ads."""
        for cell in cells:
            ad = self._ads[cell.row]
            if cell.column == "tasks":
                ad["tasks"] = cell.value
            elif cell.value == ABSENT:
                del ad[cell.column]
            else:
                ad[cell.column] = self._texts[cell.column][cell.value]

    def mask(self, result: Any) -> npt.NDArray[np.bool_]:
        """Return the result, which is an array."""
        return np.asarray(result)
