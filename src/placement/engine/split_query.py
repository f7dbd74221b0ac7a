"""Split a request's expressions into a static part and a dynamic part.

In: the typed trees of its ``memberOf`` constraints.  Out: a static tree (instance attributes,
status, agent), which becomes a mask once, and a dynamic tree (``task:group``,
``runningTasksCount``), which is evaluated again whenever tasks on a row have changed.
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
    """Two trees that must both be true; a part without conditions is ``Constant(True)``."""

    static: Tree
    dynamic: Tree


def split_query(trees: tuple[Tree, ...]) -> SplitExpression:
    """Return the conjunction of some trees, split, both parts simplified."""
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
