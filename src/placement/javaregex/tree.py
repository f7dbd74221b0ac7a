"""A Java pattern as a tree: what was written, with flags already turned into meaning.

Nodes are made by the parser and read by the analysis and the two emitters.  They are frozen and
hold no text of any engine.  ``start`` and ``end`` are offsets in the pattern, for messages.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TypeVar

import attrs

from .charclass import Ranges

__all__ = [
    "Alternation",
    "Assertion",
    "Atomic",
    "BackReference",
    "Cluster",
    "Group",
    "LineBreak",
    "Look",
    "Node",
    "One",
    "Parsed",
    "Repeat",
    "Sequence",
    "Text",
    "children",
    "descendants",
    "fold_tree",
]

T = TypeVar("T")


@attrs.frozen
class One:
    """One code point out of a set."""

    ranges: Ranges


@attrs.frozen
class Text:
    """A run of code points, each out of its set; the run may be empty."""

    sets: tuple[Ranges, ...]


@attrs.frozen
class Assertion:
    r"""A zero-width test of a position.

    ``kind`` is one of ``begin``, ``end``, ``final`` (``$`` and ``\Z``), ``final-unix``,
    ``line-end``, ``line-end-unix``, ``line-begin``, ``line-begin-unix``, ``word`` and
    ``word-unicode``; ``negative`` is set for ``\B``.
    """

    kind: str
    negative: bool = False


@attrs.frozen
class LineBreak:
    r"""``\R``."""

    start: int
    end: int


@attrs.frozen
class Cluster:
    r"""``\X``, an extended grapheme cluster."""

    start: int
    end: int


@attrs.frozen
class BackReference:
    r"""``\1`` or ``\k<name>``.  ``ignore_case`` is None, ``ascii`` or ``unicode``."""

    number: int
    ignore_case: str | None
    start: int
    end: int


@attrs.frozen
class Group:
    """A group in parentheses; ``capture`` is its number, None where it captures nothing."""

    body: Node
    capture: int | None
    start: int
    end: int


@attrs.frozen
class Atomic:
    """``(?>...)``."""

    body: Node
    start: int
    end: int


@attrs.frozen
class Look:
    """A look-ahead or look-behind; ``by_unit``: a look-behind that counts UTF-16 units."""

    body: Node
    behind: bool
    negative: bool
    start: int
    end: int
    by_unit: bool = False


@attrs.frozen
class Repeat:
    """``body`` repeated: ``most`` is None where there is no upper bound.

    ``style`` is ``greedy``, ``lazy`` or ``possessive``.  ``kind`` says how Java carries it out:
    ``simple`` (one code point at a time), ``single`` (a body that is no group, or possessive:
    never entered again once it has matched), ``option`` (a group that may be left out), ``steady``
    (a group that Java takes to match in one way only: never entered again) or ``loop`` (any other
    group).
    """

    body: Node
    least: int
    most: int | None
    style: str
    kind: str
    start: int
    end: int


@attrs.frozen
class Sequence:
    """One after the other; empty matches the empty text."""

    items: tuple[Node, ...]


@attrs.frozen
class Alternation:
    """The first alternative that leads to a match."""

    branches: tuple[Node, ...]


Node = (
    One
    | Text
    | Assertion
    | LineBreak
    | Cluster
    | BackReference
    | Group
    | Atomic
    | Look
    | Repeat
    | Sequence
    | Alternation
)


@attrs.frozen
class Parsed:
    """A whole pattern: its tree, how many groups capture, and how long its text is."""

    node: Node
    groups: int
    length: int


def children(node: Node) -> tuple[Node, ...]:
    """Return the nodes directly below a node."""
    if isinstance(node, (Group, Atomic, Look, Repeat)):
        return (node.body,)
    if isinstance(node, Sequence):
        return node.items
    return node.branches if isinstance(node, Alternation) else ()


def descendants(node: Node) -> Iterator[Node]:
    """Yield a node and all below it."""
    stack = [node]
    while stack:
        node = stack.pop()
        yield node
        stack.extend(children(node))


def fold_tree(root: Node, combine: Callable[[Node, list[T]], T]) -> T:
    """Return what ``combine`` makes of the root, given what it made of each child.

    A loop, since a tree may be deeper than Python's stack has room for.
    """
    stack: list[tuple[Node, bool]] = [(root, False)]
    made: list[T] = []
    while stack:
        node, ready = stack.pop()
        below = children(node)
        if below and not ready:
            stack.append((node, True))
            stack += [(child, False) for child in reversed(below)]
            continue
        first = len(made) - len(below)
        made[first:] = [combine(node, made[first:])]
    return made[0]
