"""The truth of a typed tree for one instance, in plain Python.

In: a ``typed.Tree`` and a record of one instance.  Out: a truth value.  Used where one instance is
asked about (``matches``, ``explain``); masks of whole clusters come from kernels instead.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from placement.lang.typed import (
    AllOf,
    AnyOf,
    Constant,
    GroupTest,
    Leaf,
    Negation,
    NumberTest,
    TextTest,
    Tree,
)

__all__ = ["Record", "holds", "leaf_holds"]


class Record(Protocol):
    """One instance as the language sees it."""

    def text(self, column: str) -> str | None:
        """Return the text in a column ("" for an attribute without value), or None if absent."""

    def number(self, column: str) -> int | None:
        """Return the number in a column, or None if unknown."""

    def groups(self) -> Mapping[str, int]:
        """Return how many tasks of each group count for ``task:group``."""


def holds(tree: Tree, record: Record) -> bool:
    """Return whether ``tree`` is true of ``record``; and/or stop at the first that decides (A11).

    Raises:
        RegexTimeout: a pattern that was needed gave no answer in time.
    """
    match tree:
        case Negation(child):
            return not holds(child, record)
        case AllOf(children):
            return all(holds(child, record) for child in children)
        case AnyOf(children):
            return any(holds(child, record) for child in children)
    return leaf_holds(tree, record)


def leaf_holds(leaf: Leaf, record: Record) -> bool:
    """Return whether one leaf is true of ``record``."""
    match leaf:
        case TextTest(column, predicate, absent):
            text = record.text(column)
            return absent if text is None else predicate.accepts(text)
        case NumberTest(column, intervals, unknown):
            number = record.number(column)
            if number is None:
                return unknown
            return any(low <= number <= high for low, high in intervals)
        case GroupTest(_, predicate, excluded):
            return any(map(predicate.accepts, record.groups())) != excluded
        case Constant(value):
            return value
