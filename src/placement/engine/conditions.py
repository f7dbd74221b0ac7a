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

__all__ = ["Parted", "is_changeable", "part"]


@attrs.frozen
class Parted:
    """Both must be true; a part that asks nothing is ``Constant(True)``."""

    fixed: Tree
    changeable: Tree


def part(trees: tuple[Tree, ...]) -> Parted:
    """Return the conjunction of some trees in its two parts, both simplified."""
    tree = simplify(AllOf(trees)) if trees else Constant(True)
    conjuncts = tree.children if isinstance(tree, AllOf) else (tree,)
    fixed = tuple([child for child in conjuncts if not is_changeable(child)])
    changeable = tuple([child for child in conjuncts if is_changeable(child)])
    return Parted(simplify(AllOf(fixed)), simplify(AllOf(changeable)))


def is_changeable(tree: Tree) -> bool:
    """Return whether placing or stopping tasks can change what a tree says."""
    match tree:
        case GroupTest():
            return True
        case NumberTest(column):
            return column == "runningTasksCount"
        case Negation(child):
            return is_changeable(child)
        case AllOf(children) | AnyOf(children):
            return any(map(is_changeable, children))
    return False
