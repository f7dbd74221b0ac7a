"""polars: SQL expressions over text, and expressions by hand over Enum columns.

Both give a Boolean Series, which is one bit for each row.  Regular expressions are not defined on
Enum columns, so ``sql_expr`` gets texts; by hand, a family of types is a run of physical codes.
"""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from harness.data import ABSENT, Cell, Table
from harness.workloads import Question
from peers.base import Evaluation

__all__ = ["PolarsByHand", "PolarsSql"]


class _Polars:
    by_row = False

    def __init__(self, table: Table, kinds: dict[str, Any]) -> None:
        self._texts = table.texts
        self._kinds = kinds
        columns = [pl.Series(name, table.strings(name), dtype=kinds[name]) for name in kinds]
        self._frame = pl.DataFrame([*columns, pl.Series("tasks", table.tasks, dtype=pl.Int32)])

    def put(self, cells: list[Cell]) -> None:
        """Put cells into a copy of each column, which is how polars changes cells."""
        for cell in cells:
            column = self._frame[cell.column].clone()
            if cell.column == "tasks":
                value = pl.Series([cell.value], dtype=pl.Int32)
            else:
                text = None if cell.value == ABSENT else self._texts[cell.column][cell.value]
                value = pl.Series([text], dtype=self._kinds[cell.column])
            self._frame = self._frame.with_columns(column.scatter([cell.row], value))

    def mask(self, result: Any) -> npt.NDArray[np.bool_]:
        """Return a Boolean Series as an array; unknown is false."""
        return np.asarray(result.fill_null(False).to_numpy())


class PolarsSql(_Polars):
    """``select(sql_expr(text))`` over columns of String."""

    name = "polars sql_expr"

    def __init__(self, table: Table) -> None:
        super().__init__(table, dict.fromkeys(table.texts, pl.String))

    def prepare(self, question: Question) -> Evaluation:
        """Parse the SQL."""
        expression = pl.sql_expr(_SQL[question.name](question))
        return lambda: self._frame.select(expression).to_series()


_SQL = {
    "E1": lambda q: f"zone = '{q.zone_a}'",
    "E2": lambda q: f"regexp_like(type, '^{q.pattern}$') AND zone <> '{q.zone_d}'",
    "E3": lambda q: (
        f"(zone IN ('{q.zone_a}', '{q.zone_b}') OR rack = '{q.rack}') AND NOT (stack = '{q.stack}')"
        f" AND gpu IS NOT NULL AND tasks < {q.fewer_tasks}"
    ),
    "E4": lambda q: "type IN ({})".format(", ".join(f"'{text}'" for text in q.half)),
}


class PolarsByHand(_Polars):
    """Expressions over columns of Enum."""

    name = "polars Enum"

    def __init__(self, table: Table) -> None:
        super().__init__(table, {name: pl.Enum(texts) for name, texts in table.texts.items()})

    def prepare(self, question: Question) -> Evaluation:
        """Build the expression; E1 asks the Series itself, which needs no plan."""
        if question.name == "E1":
            return lambda: self._frame["zone"] == question.zone_a
        build = {"E2": self._e2, "E3": self._e3, "E4": self._e4}[question.name]
        expression = build(question)
        return lambda: self._frame.select(expression).to_series()

    def _e2(self, question: Question) -> pl.Expr:
        pattern = re.compile(question.pattern)
        found = [n for n, text in enumerate(self._texts["type"]) if pattern.fullmatch(text)]
        is_found = pl.col("type").to_physical().is_between(found[0], found[-1])
        return is_found & (pl.col("zone") != question.zone_d)

    def _e3(self, question: Question) -> pl.Expr:
        zone = pl.col("zone")
        near = (zone == question.zone_a) | (zone == question.zone_b)
        return (
            (near | (pl.col("rack") == question.rack))
            & (pl.col("stack") != question.stack)
            & pl.col("gpu").is_not_null()
            & (pl.col("tasks") < question.fewer_tasks)
        )

    def _e4(self, question: Question) -> pl.Expr:
        half = pl.Series(question.half, dtype=self._kinds["type"])
        return pl.col("type").is_in(half.implode())
