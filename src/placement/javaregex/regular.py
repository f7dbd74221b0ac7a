"""The part of a pattern that an automaton can answer.

In: a tree.  Out: an equal one without groups, for full matches only, or None where the pattern is
no regular language or Java answers it as none.  The result holds sets, tests, line breaks,
clusters, sequences, choices and greedy repetitions; ``Atomic(LineBreak())`` is a line break whose
pair stays whole.  Nothing of engines is known here.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable

from placement.javaregex.lengths import is_fixed, is_loop
from placement.javaregex.tree import (
    UNBOUNDED,
    Atomic,
    Choice,
    Cluster,
    Group,
    LineBreak,
    Mode,
    Node,
    Repeat,
    Sequence,
    Set,
    Test,
)

__all__ = ["Emptiness", "emptiness", "least_length", "regular_form"]


class Emptiness(enum.IntEnum):
    """Whether a node matches the empty text: nowhere, at some positions only, or anywhere."""

    NOWHERE = 0
    SOMEWHERE = 1
    ANYWHERE = 2


def emptiness(node: Node) -> Emptiness:
    """Return where a node of a regular form matches the empty text."""
    match node:
        case Test():
            return Emptiness.SOMEWHERE
        case Sequence(parts):
            return min(map(emptiness, parts), default=Emptiness.ANYWHERE)
        case Choice(branches):
            return max(map(emptiness, branches))
        case Repeat(body, least):
            return emptiness(body) if least else Emptiness.ANYWHERE
    return Emptiness.NOWHERE


def regular_form(node: Node) -> Node | None:
    """Return a tree for automata that matches the same texts, or None if there is none."""
    match node:
        case Set() | Test() | LineBreak() | Cluster():
            return node
        case Group(body):
            return regular_form(body)
        case Sequence(parts):
            several = _all(parts)
            return None if several is None else Sequence(several)
        case Choice(branches):
            several = _all(branches)
            return None if several is None else Choice(several)
        case Repeat():
            return _regular_repeat(node)
    return None


def _all(nodes: Iterable[Node]) -> list[Node] | None:
    """Return the regular forms of all nodes, or None if one has none."""
    forms = []
    for node in nodes:
        form = regular_form(node)
        if form is None:
            return None
        forms.append(form)
    return forms


def _regular_repeat(node: Repeat) -> Node | None:
    body = regular_form(node.body)
    if body is None or node.mode is Mode.POSSESSIVE:
        return None
    optional = (node.least, node.most) == (0, 1)
    if isinstance(body, LineBreak):
        if not (optional and isinstance(node.body, Group)):
            body = Atomic(body)  # a repeated line break is never split
    elif not optional and is_fixed(node.body) and _holds_break(body):
        return None  # each round is matched in its first way
    least, most = node.least, node.most
    where = emptiness(body)
    if where is Emptiness.ANYWHERE:
        least = 0
    elif where is Emptiness.SOMEWHERE and least > 1 and is_loop(node):
        return None  # Java ends such a loop at an empty round, before its least count
    return _repeat(body, least, most)


def _holds_break(node: Node) -> bool:
    match node:
        case LineBreak():
            return True
        case Sequence(parts):
            return any(map(_holds_break, parts))
        case Choice(branches):
            return any(map(_holds_break, branches))
        case Repeat(body):
            return _holds_break(body)
    return False


def _repeat(body: Node, least: int, most: int) -> Node:
    """Return a repetition; one of a repetition becomes a single one where that is the same."""
    if (least, most) == (1, 1):
        return body
    if most == 0 or (isinstance(body, Sequence) and not body.parts):
        return Sequence([])
    if isinstance(body, Repeat):
        # The numbers of rounds are those from least * body.least on, and without a gap if what
        # one round more may have begins where the rounds before may end.
        inner_least, inner_most = body.least, body.most
        if least == most or inner_least * (least + 1) <= inner_most * least + 1:
            product = UNBOUNDED if UNBOUNDED in (most, inner_most) else most * inner_most
            return Repeat(body.body, least * inner_least, min(product, UNBOUNDED), Mode.GREEDY)
    return Repeat(body, least, most, Mode.GREEDY)


def least_length(node: Node) -> int:
    """Return how many code points every match of a node takes at least."""
    match node:
        case Set() | LineBreak() | Cluster():
            return 1
        case Group(body) | Atomic(body):
            return least_length(body)
        case Sequence(parts):
            return sum(map(least_length, parts))
        case Choice(branches):
            return min(map(least_length, branches))
        case Repeat(body, least):
            return least * least_length(body)
    return 0
