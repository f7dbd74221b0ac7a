"""How long Java takes the matches of a part of a pattern to be, for look-behinds.

In: a node.  Out: bounds in UTF-16 units as JDK 17 reckons them, and whether it finds a greatest
length at all; where it does not, it refuses the look-behind.  The rules were found by asking a JDK,
oddities included: sums wrap around at 32 bits, and only some of them are looked at for that.
``is_fixed`` answers a second question that the JDK's answers hang on: whether it takes a group to
match in one way only.
"""

from __future__ import annotations

import attrs

from placement.javaregex.tree import (
    UNBOUNDED,
    Atomic,
    Choice,
    Cluster,
    Group,
    LineBreak,
    Look,
    Mode,
    Node,
    Reference,
    Repeat,
    Sequence,
    Set,
    Test,
)

__all__ = ["Lengths", "is_fixed", "is_loop", "lengths"]


@attrs.frozen
class Lengths:
    """What Java knows of the length of a match.

    Attributes:
        least: The least length.
        most: The greatest length; it may have wrapped around.
        bounded: False where Java finds no greatest length.
        since: The part of ``most`` that came after the last choice; overflow is looked for in it.
    """

    least: int = 0
    most: int = 0
    bounded: bool = True
    since: int = 0

    def plus(self, least: int, most: int) -> Lengths:
        """Return the lengths with a further part, whose bounds are given."""
        return Lengths(
            _wrapped(self.least + least),
            _wrapped(self.most + most),
            self.bounded,
            _wrapped(self.since + most),
        )

    def chosen(self, branches: list[Lengths]) -> Lengths:
        """Return the lengths with one of several branches as a further part."""
        return Lengths(
            _wrapped(self.least + min(branch.least for branch in branches)),
            _wrapped(self.most + max(branch.most for branch in branches)),
            self.bounded and all(branch.bounded for branch in branches),
        )


def _wrapped(number: int) -> int:
    """Return a sum or product as a signed number of 32 bits."""
    return (number + 2**31) % 2**32 - 2**31


def lengths(node: Node, known: Lengths | None = None) -> Lengths:
    """Return the lengths of what comes before a node and the node together."""
    known = known or Lengths()
    match node:
        case Set():
            return known.plus(1, 1)
        case LineBreak():
            return known.plus(1, 2)
        case Reference():
            return attrs.evolve(known, bounded=False)
        case Sequence(parts):
            for part in parts:
                known = lengths(part, known)
        case Group(body):
            return lengths(body, known)
        case Atomic(body):
            return _closed(body, known)
        case Choice(branches):
            return known.chosen([lengths(branch) for branch in branches])
        case Repeat():
            return _repeated(node, known)
    return known


def _closed(body: Node, known: Lengths) -> Lengths:
    """Return the lengths with a body as a further part; after it, its choices are one part."""
    after = lengths(body, known)
    return attrs.evolve(after, since=_wrapped(known.since + after.most - known.most))


def _repeated(node: Repeat, known: Lengths) -> Lengths:
    """Return the lengths with a repetition as a further part."""
    if (node.least, node.most) == (0, 1):
        if isinstance(node.body, Group) and node.mode is not Mode.POSSESSIVE:
            return known.chosen([Lengths(), lengths(node.body)])
        return attrs.evolve(_closed(node.body, known), least=known.least)
    if isinstance(node.body, Set) and node.most == UNBOUNDED and node.mode is Mode.GREEDY:
        return known.plus(node.least, UNBOUNDED)  # overflow is not looked for
    if is_loop(node):
        return attrs.evolve(known, bounded=False)
    body = lengths(node.body)
    longer = known.plus(_wrapped(body.least * node.least), _wrapped(body.most * node.most))
    return attrs.evolve(
        longer, bounded=known.bounded and body.bounded and longer.since >= known.since
    )


def is_loop(node: Repeat) -> bool:
    """Return whether a repetition is of a group that may match in several ways, one at a time."""
    return (
        isinstance(node.body, Group)
        and node.mode is not Mode.POSSESSIVE
        and (node.least, node.most) != (0, 1)
        and not is_fixed(node.body)
    )


def is_fixed(node: Node) -> bool:
    """Return whether Java takes a node to match in one way only."""
    match node:
        case Choice() | Cluster() | Reference():
            return False
        case Sequence(parts):
            return all(map(is_fixed, parts))
        case Group(body) | Atomic(body):
            return is_fixed(body)
        case Repeat(body, least, most):
            return least == most and is_fixed(body)
        case Set() | LineBreak() | Look() | Test():
            return True
