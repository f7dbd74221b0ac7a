"""This project, through its public calls."""

from __future__ import annotations

from itertools import count
from typing import Any

import numpy as np
import numpy.typing as npt

import placement
from harness.data import ABSENT, ATTRIBUTES, Cell, Table, documents
from harness.workloads import Question
from peers.base import Evaluation

__all__ = ["Ours"]


class Ours:
    """``compile(text).mask(cluster)``."""

    name = "placement"
    by_row = False

    def __init__(self, table: Table) -> None:
        self.cluster = placement.Cluster.from_ecs(documents(table))
        self._texts = table.texts
        self._tasks: dict[int, int] = {}
        self._spaces = count(1)

    def prepare(self, question: Question) -> Evaluation:
        """Compile and bind another text, without what queries have cached with the cluster."""
        self.cluster.store.bindings.clear()
        text = question.text + " " * (next(self._spaces) % 1000)
        query, cluster = placement.compile(text), self.cluster
        return lambda: query.mask(cluster)

    def put(self, cells: list[Cell]) -> None:
        """Change cells by the calls that a user has for it."""
        for cell in cells:
            id = self.cluster.ids[cell.row] or ""
            if cell.column == "tasks":
                self._start_or_stop(cell.row, id)
            elif cell.value == ABSENT:
                self.cluster.delete_attributes(id, [ATTRIBUTES[cell.column]])
            else:
                text = self._texts[cell.column][cell.value]
                self.cluster.put_attributes(id, {ATTRIBUTES[cell.column]: text})

    def _start_or_stop(self, row: int, id: str) -> None:
        if row in self._tasks:
            self.cluster.remove_task(self._tasks.pop(row))
        else:
            self._tasks[row] = self.cluster.add_task(id, "service:bench")

    def mask(self, result: Any) -> npt.NDArray[np.bool_]:
        """Return the result, which is an array."""
        return np.asarray(result)
