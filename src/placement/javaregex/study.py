"""What Java's compiler finds out about a part of a pattern before it chooses how to match it.

In: nodes.  Out: whether Java takes a group to match in one way only, and whether a look-behind has
the maximum length that Java asks for.  Both follow the JDK's own reckoning, 32-bit arithmetic
included, since they decide what is refused and how a repetition behaves.
"""

from __future__ import annotations

import attrs

from .charclass import NOTHING
from .errors import JavaRegexError
from .tree import (
    Alternation,
    Assertion,
    Atomic,
    BackReference,
    Cluster,
    Group,
    LineBreak,
    Look,
    Node,
    One,
    Repeat,
    Sequence,
    Text,
    children,
    descendants,
    fold_tree,
)

__all__ = ["behind", "holds_line_break", "lengths", "loop_kind", "steady"]

_MAX = 0x7FFFFFFF
_OVERFLOW = 0xFFFFFFF
_LONGEST = 1 << 30
"""No value is as long as this."""

_LEAF_LENGTHS: dict[type[Node], tuple[int, int | None]] = {
    One: (1, 1),
    Assertion: (0, 0),
    LineBreak: (1, 2),
    Cluster: (1, None),
    BackReference: (0, None),
}


def loop_kind(body: Node, least: int, most: int | None, style: str) -> str:
    """Return the ``kind`` of a `Repeat`."""
    option = least == 0 and most == 1
    if isinstance(body, (One, Text)):
        return "simple"
    if not isinstance(body, Group) or style == "possessive":
        return "single"
    if option:
        return "option"
    return "steady" if steady(body) else "loop"


def steady(node: Node) -> bool:
    r"""Tell whether Java takes the node to match in at most one way (it forgets ``\R``)."""
    stack = [node]
    while stack:
        node = stack.pop()
        if isinstance(node, (Alternation, Cluster)):
            return False
        if isinstance(node, Repeat):
            simple = node.kind == "simple" and node.style == "greedy" and node.most is None
            if node.least != node.most or simple or node.kind in ("option", "loop"):
                return False
        if not isinstance(node, Look):
            stack.extend(children(node))
    return True


def holds_line_break(node: Node) -> bool:
    r"""Tell whether ``\R`` occurs in the node."""
    return any(isinstance(each, LineBreak) for each in descendants(node))


def behind(look: Look, surrogates: bool) -> Look:
    """Return a look-behind as Java carries it out.

    Java tries only the stretches of text between the least and the greatest length that it has
    reckoned.  Where 32-bit overflow leaves none, the look-behind never finds anything.
    ``surrogates`` says that code points beyond U+FFFF or surrogates stand in the pattern from the
    look-behind on: then Java counts code points, otherwise UTF-16 units.

    Raises JavaRegexError for a look-behind that Java refuses, and for one in which it tries some of
    the lengths only.
    """
    study = _Study().run(look.body)
    if not study.bounded:
        message = "the look-behind has no maximum length that Java could see"
        raise JavaRegexError(message, look.start, look.end)
    by_unit = not surrogates
    # Unless the difference to the position overflows too, which makes the beginning of the value
    # the bound: from this position on.
    unlimited_from = study.most + _MAX + 1
    overflown = by_unit and _LONGEST < unlimited_from <= _MAX
    if overflown or 0 <= study.most < study.least:
        nothing = Sequence((look.body, One(NOTHING)))
        return attrs.evolve(look, body=nothing, by_unit=by_unit)
    least, most = lengths(look.body)
    window: float = study.most
    if study.most >= _LONGEST or (by_unit and unlimited_from <= least):
        window = float("inf")
    if study.least > least or window < (float("inf") if most is None else most):
        message = "this look-behind is not supported: Java 17 reckons its length wrongly"
        raise JavaRegexError(message, look.start, look.end)
    return attrs.evolve(look, by_unit=by_unit)


def lengths(node: Node) -> tuple[int, int | None]:
    """Return the true least and greatest length in code points; None where there is no greatest."""
    return fold_tree(node, _lengths)


def _lengths(node: Node, below: list[tuple[int, int | None]]) -> tuple[int, int | None]:
    if isinstance(node, Look):
        return 0, 0
    if isinstance(node, (Group, Atomic)):
        return below[0]
    if isinstance(node, Repeat):
        least, most = below[0]
        if most:
            most = None if node.most is None else most * node.most
        return least * node.least, most
    if isinstance(node, Sequence):
        return _total(below)
    if isinstance(node, Alternation):
        tops = [most for _, most in below if most is not None]
        return min(least for least, _ in below), max(tops) if len(tops) == len(below) else None
    if isinstance(node, Text):
        return len(node.sets), len(node.sets)
    return _LEAF_LENGTHS[type(node)]


def _total(sizes: list[tuple[int, int | None]]) -> tuple[int, int | None]:
    tops = [most for _, most in sizes if most is not None]
    return sum(least for least, _ in sizes), sum(tops) if len(tops) == len(sizes) else None


def _int32(number: int) -> int:
    return (number + 0x80000000 & 0xFFFFFFFF) - 0x80000000


class _Study:
    """Java's running account of least and greatest length.

    Behind an alternation Java begins to count anew, and adds up at the end: what overflows on the
    way depends on that.
    """

    def __init__(self, least: int = 0, most: int = 0) -> None:
        self.least = least
        self.most = most
        self.bounded = True
        self._carried = (0, 0)

    def run(self, node: Node) -> _Study:
        """Study a node on its own, and return the account."""
        self.visit(node)
        self.add(*self._carried)
        return self

    def add(self, least: int, most: int) -> None:
        self.least = _int32(self.least + least)
        self.most = _int32(self.most + most)

    def visit(self, node: Node) -> None:
        if isinstance(node, (One, Text)):
            size = 1 if isinstance(node, One) else len(node.sets)
            self.add(size, size)
        elif isinstance(node, LineBreak):
            self.add(1, 2)
        elif isinstance(node, Cluster):
            self.add(1, 0)
        elif isinstance(node, BackReference):
            self.bounded = False
        elif isinstance(node, Group):
            self.visit(node.body)
        elif isinstance(node, Atomic):
            self._whole(node.body, optional=False)
        elif isinstance(node, Sequence):
            for item in node.items:
                self.visit(item)
        elif isinstance(node, Alternation):
            self._branches(node.branches)
        elif isinstance(node, Repeat):
            self._repeat(node)

    def _branches(self, branches: tuple[Node, ...]) -> None:
        studies = [_Study().run(branch) for branch in branches]
        self.add(min(study.least for study in studies), max(study.most for study in studies))
        self.bounded = self.bounded and all(study.bounded for study in studies)
        least, most = self._carried
        self._carried = (least + self.least, most + self.most)
        self.least = self.most = 0

    def _repeat(self, node: Repeat) -> None:
        if node.kind == "loop":
            self.bounded = False
        elif node.kind == "option":
            self._branches((node.body, Sequence(())))
        elif node.least == 0 and node.most == 1:
            self._whole(node.body, optional=True)
        elif isinstance(node.body, One) and node.style == "greedy" and node.most is None:
            self.add(node.least, _MAX if self.bounded else 0)
        else:
            self._counted(node)

    def _whole(self, body: Node, *, optional: bool) -> None:
        study = _Study(self.least, self.most).run(body)
        self.least = self.least if optional else study.least
        self.most = study.most
        self.bounded = self.bounded and study.bounded

    def _counted(self, node: Repeat) -> None:
        study = _Study().run(node.body)
        least = _int32(study.least * node.least + self.least)
        self.least = _OVERFLOW if least < self.least else least
        if not (self.bounded and study.bounded):
            self.bounded = False
            return
        most = _int32(study.most * (_MAX if node.most is None else node.most) + self.most)
        self.bounded = most >= self.most
        self.most = most
