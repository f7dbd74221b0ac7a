"""Back references: whether they see in Java what they see in the engine that backtracks.

In: a tree, and its references.  Out: nothing, or a `JavaRegexError`.  Java does not take back what
a group has captured inside a part that it never enters again: a look-around, an atomic group, a
possessive repetition, or one that it takes to match in one way only.  So a group inside such a part
may be referred to only where every way to the reference sets the group anew.
"""

from __future__ import annotations

from .errors import JavaRegexError
from .study import lengths
from .tree import (
    Alternation,
    Atomic,
    BackReference,
    Group,
    Look,
    Node,
    Repeat,
    Sequence,
    children,
    descendants,
    fold_tree,
)

__all__ = ["check_references", "keeps_last_round", "self_references"]

_Path = tuple[tuple[Node, int], ...]
"""The nodes above a node, outermost first, each with the place of the next one in it."""


def self_references(root: Node) -> tuple[set[int], set[int]]:
    """Return the groups that refer to themselves, and the ids of the references that do so."""
    numbers: set[int] = set()
    inside: set[int] = set()
    stack: list[tuple[Node, frozenset[int]]] = [(root, frozenset())]
    while stack:
        node, open_groups = stack.pop()
        if isinstance(node, Group) and node.capture is not None:
            open_groups |= {node.capture}
        elif isinstance(node, BackReference) and node.number in open_groups:
            numbers.add(node.number)
            inside.add(id(node))
        stack += [(child, open_groups) for child in children(node)]
    return numbers, inside


def check_references(root: Node, references: list[BackReference]) -> None:
    """Raise JavaRegexError if a reference may see something else than in Java."""
    groups: dict[int, tuple[Node, _Path]] = {}
    ways: dict[int, _Path] = {}
    stack: list[tuple[Node, _Path]] = [(root, ())]
    while stack:
        node, path = stack.pop()
        if isinstance(node, Group) and node.capture is not None:
            groups[node.capture] = (node, path)
        elif isinstance(node, BackReference):
            ways[id(node)] = path
        stack += [(child, (*path, (node, i))) for i, child in enumerate(children(node))]
    for reference in references:
        if reference.ignore_case == "unicode":
            message = "a back reference under (?iu) is not supported"
            raise JavaRegexError(message, reference.start, reference.end)
        if reference.number in groups:
            _check(reference, ways[id(reference)], *groups[reference.number])


def _check(reference: BackReference, way: _Path, group: Node, path: _Path) -> None:
    for node, _ in path:
        if isinstance(node, Repeat) and node.kind == "loop" and _may_be_empty(node.body):
            message = (
                "a back reference to a group in a repetition that may be empty is not supported"
            )
            raise JavaRegexError(message, reference.start, reference.end)
    if not any(_sealed(node, group) for node, _ in path):
        return
    common = 0
    while common < min(len(way), len(path)) and _same(way[common], path[common]):
        common += 1
    below = path[common + 1 :] if common < len(path) else ()
    fresh = (
        common < min(len(way), len(path))
        and way[common][0] is path[common][0]
        and isinstance(path[common][0], Sequence)
        and path[common][1] < way[common][1]
        and _sets(children(path[common][0])[path[common][1]], reference.number)
    )
    if not fresh or not _certain([node for node, _ in below], group):
        message = (
            "a back reference to a group inside a look-around, an atomic group or a repetition "
            "is supported only right behind it in the same sequence"
        )
        raise JavaRegexError(message, reference.start, reference.end)


def _same(left: tuple[Node, int], right: tuple[Node, int]) -> bool:
    return left[0] is right[0] and left[1] == right[1]


def _sealed(node: Node, group: Node) -> bool:
    """Tell whether Java may keep a capture of the group when it goes back over the node."""
    if isinstance(node, (Look, Atomic)):
        return True
    if not isinstance(node, Repeat) or node.kind not in ("single", "steady"):
        return False
    return node.kind == "single" or node.body is not group or _may_be_empty(group)


def _certain(below: list[Node], group: Node) -> bool:
    """Tell whether the way from the common sequence down to the group leaves no stale capture.

    A round that is tried and given up may leave one behind, if the capture is sealed in it.
    """
    sealed = [node for node in below if _sealed(node, group)]
    if not sealed:
        return True
    if any(isinstance(node, Look) and (node.negative or node.behind) for node in sealed):
        return False
    varying = [node for node in below if isinstance(node, Repeat) and node.least != node.most]
    if not varying:
        return True
    last = sealed[-1]
    return varying == [last] and (
        keeps_last_round(last) or (isinstance(last, Repeat) and last.style == "possessive")
    )


def keeps_last_round(node: Node) -> bool:
    """Tell whether groups inside a repetition keep what they held in the last round that matched.

    When Java gives back rounds of a steady repetition, it does not put back the groups inside.
    Where no reference inside can see the difference, that can be imitated.
    """
    return (
        isinstance(node, Repeat)
        and node.kind == "steady"
        and node.style == "greedy"
        and node.least != node.most
        and lengths(node.body)[0] > 0
        and not any(isinstance(each, BackReference) for each in descendants(node.body))
    )


def _may_be_empty(node: Node) -> bool:
    return lengths(node)[0] == 0


def _sets(node: Node, number: int) -> bool:
    """Tell whether the group is set whenever the node has matched."""

    def combine(node: Node, below: list[bool]) -> bool:
        if isinstance(node, Group):
            return node.capture == number or below[0]
        if isinstance(node, Alternation):
            return all(below)
        if isinstance(node, Look) and node.negative:
            return False
        if isinstance(node, Repeat) and node.least == 0:
            return False
        return any(below)

    return fold_tree(node, combine)
