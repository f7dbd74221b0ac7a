"""common-expression-language: one context for each instance, a compiled program run in each.

Contexts are made beforehand, as making one costs more than running in it.  An absent attribute is
a variable that is null.
"""

from __future__ import annotations

import json
from typing import Any

import cel
import numpy as np
import numpy.typing as npt

from harness.data import ABSENT, Cell, Table
from harness.workloads import Question
from peers.base import Evaluation

__all__ = ["ByCel"]

_TEXTS = {
    "E1": lambda q: f'zone == "{q.zone_a}"',
    "E2": lambda q: f'type.matches({json.dumps(f"^{q.pattern}$")}) && zone != "{q.zone_d}"',
    "E3": lambda q: (
        f'(zone in ["{q.zone_a}", "{q.zone_b}"] || rack == "{q.rack}") && !(stack == "{q.stack}")'
        f" && gpu != null && tasks < {q.fewer_tasks}"
    ),
    "E4": lambda q: f"type in {json.dumps(q.half)}",
}


class ByCel:
    """``Program.execute(context)`` for each context."""

    name = "CEL"
    by_row = True

    def __init__(self, table: Table) -> None:
        self._texts = table.texts
        columns: dict[str, list[Any]] = {name: table.strings(name) for name in table.texts}
        columns["tasks"] = table.tasks.tolist()
        self._contexts = [
            cel.Context(variables=dict(zip(columns, row, strict=True)))
            for row in zip(*columns.values(), strict=True)
        ]

    def prepare(self, question: Question) -> Evaluation:
        """Compile the program."""
        contexts, execute = self._contexts, cel.compile(_TEXTS[question.name](question)).execute
        return lambda: np.fromiter(map(execute, contexts), np.bool_, len(contexts))

    def put(self, cells: list[Cell]) -> None:
        """Put variables into the contexts."""
        for cell in cells:
            value: Any = cell.value
            if cell.column != "tasks":
                value = None if value == ABSENT else self._texts[cell.column][value]
            self._contexts[cell.row].add_variable(cell.column, value)

    def mask(self, result: Any) -> npt.NDArray[np.bool_]:
        """Return the result, which is an array."""
        return np.asarray(result)
