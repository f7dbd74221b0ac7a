"""The expressions of a request, parted into what tasks can change and what they cannot.

In: the typed trees of its memberOf constraints.  Out: one tree of fixed conditions, which becomes a
mask once, and one of changeable conditions (on ``task:group`` and ``runningTasksCount``), which is
asked of a row again and again.
"""

from __future__ import annotations

import attrs

from placement.lang.simplify import simplify
from placement.lang.typed import (
    AllOf,
    AnyOf,
    Constant,
    GroupTest,
    Negation,
    NumberTest,
    Tree,
)

__all__ = ["SplitExpression", "is_dynamic", "split_query"]


@attrs.frozen
class SplitExpression:
    """Both must be true; a part that asks nothing is ``Constant(True)``."""

    static: Tree
    dynamic: Tree


def split_query(trees: tuple[Tree, ...]) -> SplitExpression:
    """Return the conjunction of some trees in its two parts, both simplified."""
    tree = simplify(AllOf(trees)) if trees else Constant(True)
    conjuncts = tree.children if isinstance(tree, AllOf) else (tree,)
    static = tuple([child for child in conjuncts if not is_dynamic(child)])
    dynamic = tuple([child for child in conjuncts if is_dynamic(child)])
    return SplitExpression(simplify(AllOf(static)), simplify(AllOf(dynamic)))


def is_dynamic(tree: Tree) -> bool:
    """Return whether placing or stopping tasks can change what a tree says."""
    match tree:
        case GroupTest():
            return True
        case NumberTest(column):
            return column == "runningTasksCount"
        case Negation(child):
            return is_dynamic(child)
        case AllOf(children) | AnyOf(children):
            return any(map(is_dynamic, children))
    return False
