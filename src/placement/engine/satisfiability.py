"""Whether an expression could be true if tasks changed, and which conditions make it false.

In: an expression, with rows of a store or with its explanation for a row.  Out: masks, conditions,
texts.  For explanations only: decisions evaluate masks over columns.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from placement.engine.checks.base import Mask
from placement.engine.split_query import is_dynamic
from placement.errors import caret_line
from placement.lang.evaluate import leaf_holds
from placement.lang.typed import AllOf, AnyOf, GroupTest, Leaf, Negation, NumberTest, TextTest, Tree
from placement.query.explain import Explanation, explain
from placement.state.row_record import RowRecord

if TYPE_CHECKING:
    from placement.query.query import Query
    from placement.state.store import Store

__all__ = ["Connected", "FailureTexts", "failing_conditions", "keep_satisfiable"]

Array = npt.NDArray[Any]


class Connected(RowRecord):
    """A row as if its agent were connected."""

    def text(self, column: str) -> str | None:
        """Return the text in a column, None if absent."""
        return "true" if column == "agentConnected" else super().text(column)


def failing_conditions(part: Explanation, *, wanted: bool) -> list[Explanation]:
    """Return the conditions that keep a tree from having the truth value that is wanted.

    Args:
        part: The explanation of the tree for one row.
        wanted: The truth value; under ``not`` the operand is wanted to have the opposite one.
    """
    if part.truth == wanted:
        return []
    if not part.children:
        return [part]
    turned = wanted != (part.operator == "not")
    return [leaf for child in part.children for leaf in failing_conditions(child, wanted=turned)]


class FailureTexts:
    """What makes one expression false of a row, in words.

    It depends on nothing but what the row has where the conditions look, and is kept by that: rows
    of a cluster have few different values of most attributes.
    """

    def __init__(self, store: Store, query: Query, reason: str) -> None:
        self._store = store
        self._query = query
        self._reason = reason
        leaves = list(leaves_of(query.typed))
        self._texts = _columns(leaves, TextTest)
        self._numbers = _columns(leaves, NumberTest)
        self._groups = any(isinstance(leaf, GroupTest) for leaf in leaves)
        self._known: dict[Hashable, tuple[str, ...]] = {}

    def of_row(self, row: int) -> tuple[str, ...]:
        """Return each condition that makes the expression false, with its place in the text.

        Raises:
            RegexTimeout: a pattern gave no answer in time.
        """
        record = RowRecord(self._store, row)
        values = (
            *map(record.text, self._texts),
            *map(record.number, self._numbers),
            frozenset(record.groups().items()) if self._groups else None,
        )
        if values not in self._known:
            self._known[values] = self._of_record(record)
        return self._known[values]

    def _of_record(self, record: RowRecord) -> tuple[str, ...]:
        query, texts = self._query, []
        for part in failing_conditions(explain(query.tree, query.typed, record), wanted=True):
            truth = "true" if part.truth else "false"
            texts.append(f"{self._reason}: {truth}, {part.described_value()}")
            texts.append(caret_line(query.text, part.span))
        return tuple(texts)


def leaves_of(tree: Tree) -> Iterator[Leaf]:
    """Yield the leaves of a tree."""
    match tree:
        case Negation(child):
            yield from leaves_of(child)
        case AllOf(children) | AnyOf(children):
            for child in children:
                yield from leaves_of(child)
        case _:
            yield tree


def _columns(leaves: list[Leaf], kind: type[TextTest | NumberTest]) -> list[str]:
    """Return the columns that leaves of a kind ask about, each once."""
    return list(dict.fromkeys([leaf.column for leaf in leaves if isinstance(leaf, kind)]))


def keep_satisfiable(tree: Tree, store: Store, mask: Mask, rows: Array) -> None:
    """Clear the mask where a tree would stay false whatever tasks there are (C20).

    Agents count as connected.

    Args:
        tree: The tree of an expression.
        store: The store of the cluster.
        mask: bool, one entry for each of ``rows``, changed in place.
        rows: int64, rows of the store.

    Raises:
        RegexTimeout: a pattern gave no answer in time.
    """
    left = np.flatnonzero(mask)
    if len(left):
        mask[left] = _possible(tree, store, rows[left])[0]


def _possible(tree: Tree, store: Store, rows: Array) -> tuple[Mask, Mask]:
    """Return of which rows, at least one, a tree could be true, and of which it could be false."""
    match tree:
        case Negation(child):
            true, false = _possible(child, store, rows)
            return false, true
        case AllOf(children) | AnyOf(children):
            trues, falses = zip(*[_possible(child, store, rows) for child in children], strict=True)
            if isinstance(tree, AnyOf):
                return np.logical_or.reduce(trues), np.logical_and.reduce(falses)
            return np.logical_and.reduce(trues), np.logical_or.reduce(falses)
    if is_dynamic(tree):
        return np.ones(len(rows), np.bool_), np.ones(len(rows), np.bool_)
    _, firsts, places = np.unique(
        _numbers_of(tree, store, rows), return_index=True, return_inverse=True
    )
    records = [Connected(store, row) for row in rows[firsts].tolist()]
    holds: Mask = np.array([leaf_holds(tree, record) for record in records], np.bool_)[places]
    return holds, ~holds


def _numbers_of(leaf: Leaf, store: Store, rows: Array) -> Array:
    """Return a number for each row: where they are equal, a leaf about no tasks has one answer."""
    match leaf:
        case NumberTest():
            numbers: Array = store.registered_at[rows]
            return numbers
        case TextTest(column) if column != "agentConnected":
            found = store.matrix.columns.get(column)
            if found is not None:
                codes: Array = store.matrix.row(found)[rows]
                return codes
    return np.zeros(len(rows), np.int64)
