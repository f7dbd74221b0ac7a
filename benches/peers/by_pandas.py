"""pandas ``eval`` over Categorical columns, with the engine that is faster on them (python)."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from harness.data import ABSENT, Cell, Table
from harness.workloads import Question
from peers.base import Evaluation

__all__ = ["ByPandas"]

_TEXTS = {
    "E1": lambda q: f"zone == '{q.zone_a}'",
    "E2": lambda q: f"type.str.fullmatch({q.pattern!r}) and zone != '{q.zone_d}'",
    "E3": lambda q: (
        f"(zone in ['{q.zone_a}', '{q.zone_b}'] or rack == '{q.rack}') and not stack == '{q.stack}'"
        f" and gpu.notna() and tasks < {q.fewer_tasks}"
    ),
    "E4": lambda q: f"type in {q.half!r}",
}


class ByPandas:
    """``frame.eval(text)``; it parses at every call and has nothing to prepare."""

    name = "pandas eval"
    by_row = False

    def __init__(self, table: Table) -> None:
        self._texts = table.texts
        columns: dict[str, Any] = {
            name: pd.Categorical.from_codes(codes, table.texts[name])
            for name, codes in table.codes.items()
        }
        self._frame = pd.DataFrame(columns | {"tasks": table.tasks.astype(np.int32)})

    def prepare(self, question: Question) -> Evaluation:
        """Write the text."""
        frame, text = self._frame, _TEXTS[question.name](question)
        return lambda: frame.eval(text, engine="python")

    def put(self, cells: list[Cell]) -> None:
        """Put cells into the frame."""
        for cell in cells:
            value: Any = cell.value
            if cell.column != "tasks":
                value = None if value == ABSENT else self._texts[cell.column][value]
            self._frame.loc[cell.row, cell.column] = value

    def mask(self, result: Any) -> npt.NDArray[np.bool_]:
        """Return a Series of truths as an array."""
        return np.asarray(result, np.bool_)
