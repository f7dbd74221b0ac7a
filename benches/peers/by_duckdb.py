"""DuckDB: prepared statements over ENUM columns, which it answers faster than VARCHAR ones."""

from __future__ import annotations

from itertools import count
from typing import Any

import duckdb
import numpy as np
import numpy.typing as npt
import pandas as pd

from harness.data import ABSENT, Cell, Table
from harness.workloads import Question
from peers.base import Evaluation

__all__ = ["ByDuckdb"]

_SQL = {
    "E1": lambda q: f"zone = '{q.zone_a}'",
    "E2": lambda q: f"regexp_full_match(type, '{q.pattern}') AND zone <> '{q.zone_d}'",
    "E3": lambda q: (
        f"(zone IN ('{q.zone_a}', '{q.zone_b}') OR rack = '{q.rack}') AND NOT (stack = '{q.stack}')"
        f" AND gpu IS NOT NULL AND tasks < {q.fewer_tasks}"
    ),
    "E4": lambda q: "type IN ({})".format(", ".join(f"'{text}'" for text in q.half)),
}


class ByDuckdb:
    """``EXECUTE`` and ``fetchnumpy``."""

    name = "duckdb"
    by_row = False

    def __init__(self, table: Table) -> None:
        self._texts = table.texts
        self._statements = count()
        self._database = duckdb.connect()
        self._database.execute("SET threads = 1")
        columns = {name: table.strings(name) for name in table.texts}
        frame = pd.DataFrame({"row": range(table.rows), **columns, "tasks": table.tasks})
        self._database.register("frame", frame)
        for name, texts in table.texts.items():
            values = ", ".join(f"'{text}'" for text in texts)
            self._database.execute(f"CREATE TYPE {name}_ AS ENUM ({values})")
        enums = ", ".join(f"{name}::{name}_ AS {name}" for name in table.texts)
        self._database.execute(
            f"CREATE TABLE instances AS SELECT row, {enums}, tasks::INTEGER AS tasks FROM frame"
        )
        self._database.unregister("frame")

    def prepare(self, question: Question) -> Evaluation:
        """Prepare a statement."""
        name = f"q{next(self._statements)}"
        condition = _SQL[question.name](question)
        self._database.execute(f"PREPARE {name} AS SELECT {condition} AS mask FROM instances")
        execute = self._database.execute
        return lambda: execute(f"EXECUTE {name}").fetchnumpy()["mask"]

    def put(self, cells: list[Cell]) -> None:
        """Update rows."""
        for cell in cells:
            value: Any = cell.value
            if cell.column != "tasks":
                value = None if value == ABSENT else self._texts[cell.column][value]
            self._database.execute(
                f"UPDATE instances SET {cell.column} = ? WHERE row = ?", [value, cell.row]
            )

    def mask(self, result: Any) -> npt.NDArray[np.bool_]:
        """Return the result, an array; where it is masked, unknown is false."""
        return np.ma.filled(result, False).astype(np.bool_)
