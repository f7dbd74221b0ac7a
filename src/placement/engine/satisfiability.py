"""Which truth values an expression could take if tasks changed, and which conditions make it false.

In: an expression, with the record of a row or with its explanation for that row.  Out: truth
values, conditions.  For explanations only: decisions evaluate masks over columns.
"""

from __future__ import annotations

from typing import Any

from placement.lang.evaluate import leaf_holds
from placement.lang.typed import AllOf, AnyOf, GroupTest, Negation, NumberTest, Tree
from placement.query.explain import Explanation
from placement.state.store import RowRecord

__all__ = ["Connected", "failing_conditions", "possible_truths"]


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


def possible_truths(tree: Tree, record: Any) -> set[bool]:
    """Return the truth values a tree could have if each test on tasks could have either (C20)."""
    match tree:
        case Negation(child):
            return {not truth for truth in possible_truths(child, record)}
        case AllOf(children) | AnyOf(children):
            decisive = isinstance(tree, AnyOf)  # one operand settles it: true for or, false for and
            found = [possible_truths(child, record) for child in children]
            could = {decisive} if any(decisive in truth for truth in found) else set()
            if all((not decisive) in truth for truth in found):
                could.add(not decisive)
            return could
        case GroupTest() | NumberTest(column="runningTasksCount"):
            return {True, False}
    return {leaf_holds(tree, record)}
