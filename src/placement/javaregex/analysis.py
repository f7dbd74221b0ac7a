"""Which engine answers a pattern, and which patterns no engine here answers as Java does.

In: a tree.  Out: whether it is a regular language, which tests of positions it holds; or a
`JavaRegexError` where Java's own algorithm shows through in a way that is not reproduced.  Each
rule below stands for a difference that was seen against JDK 17; `grammar/java-regex.md` lists them.
"""

from __future__ import annotations

from .errors import JavaRegexError
from .references import check_references
from .study import holds_line_break
from .tree import (
    Assertion,
    Atomic,
    BackReference,
    Cluster,
    LineBreak,
    Look,
    Node,
    One,
    Repeat,
    Sequence,
    Text,
    descendants,
    fold_tree,
)

__all__ = ["Analysis", "matches_empty"]

_NEVER, _SOMETIMES, _ALWAYS = range(3)
_TRUE_ON_EMPTY = {"begin", "end", "final", "final-unix", "line-end", "line-end-unix"}


class Analysis:
    """What there is to know about one tree.

    ``regular`` tells whether it is a regular language; ``kinds`` are the kinds of assertions.
    Raises JavaRegexError for a pattern that cannot be answered as Java answers it.
    """

    __slots__ = ("kinds", "regular")

    def __init__(self, node: Node) -> None:
        self.kinds: set[str] = set()
        self.regular = True
        references: list[BackReference] = []
        for each in descendants(node):
            if isinstance(each, Assertion):
                self.kinds.add(each.kind)
            elif isinstance(each, Repeat):
                self._repeat(each)
            elif isinstance(each, (Atomic, Look, Cluster)):
                self.regular = False
            elif isinstance(each, BackReference):
                self.regular = False
                references.append(each)
        if not self.regular:
            _check_look_behind(node)
            _check_sealed_parts(node)
        if references:
            check_references(node, references)

    def _repeat(self, node: Repeat) -> None:
        if node.style == "possessive" or (
            node.kind in ("single", "steady") and holds_line_break(node.body)
        ):
            self.regular = False
        else:
            _check_rounds(node, _SOMETIMES)


def _check_rounds(node: Repeat, *refused: int) -> None:
    """Refuse two or more rounds of a group that can be empty in one of the ways given."""
    if node.kind == "loop" and node.least > 1 and _empty(node.body) in refused:
        message = (
            "this repetition is not supported: the repeated group can be empty, and where it is "
            "Java 17 stops counting"
        )
        raise JavaRegexError(message, node.start, node.end)


def _check_sealed_parts(node: Node) -> None:
    """Refuse rounds that can be empty where the first way that leads on is the only one."""
    for part in descendants(node):
        possessive = isinstance(part, Repeat) and part.style == "possessive"
        if possessive or isinstance(part, Atomic):
            for each in descendants(part):
                if isinstance(each, Repeat):
                    _check_rounds(each, _SOMETIMES, _ALWAYS)


def _empty(node: Node) -> int:
    """Tell whether a node matches the empty text never, at some places only, or always."""
    return fold_tree(node, _combine_empty)


def _combine_empty(node: Node, below: list[int]) -> int:
    if isinstance(node, (One, LineBreak, Cluster)):
        return _NEVER
    if isinstance(node, Text):
        return _NEVER if node.sets else _ALWAYS
    if isinstance(node, (Assertion, BackReference, Look)):
        return _SOMETIMES
    if isinstance(node, Sequence):
        return min(below, default=_ALWAYS)
    empty = _ALWAYS if isinstance(node, Repeat) and node.least == 0 else max(below)
    if isinstance(node, Atomic) or (isinstance(node, Repeat) and node.style == "possessive"):
        # What could be empty is not, where it finds something to match.
        return min(empty, _SOMETIMES)
    return empty


def matches_empty(node: Node) -> bool:
    """Tell whether a regular tree matches the empty value, on which every test has one answer."""
    return fold_tree(node, _combine_matches_empty)


def _combine_matches_empty(node: Node, below: list[bool]) -> bool:
    if isinstance(node, Assertion):
        return node.negative if node.kind.startswith("word") else node.kind in _TRUE_ON_EMPTY
    if isinstance(node, Text):
        return not node.sets
    if isinstance(node, Sequence):
        return all(below)
    return any(below) or (isinstance(node, Repeat) and node.least == 0)


def _check_look_behind(node: Node) -> None:
    """Refuse inside a look-behind what depends on the direction in which it is read."""
    for look in descendants(node):
        if not isinstance(look, Look) or not look.behind:
            continue
        for each in descendants(look.body):
            single = isinstance(each, Repeat) and (
                each.style == "possessive"
                or (each.kind in ("single", "steady") and holds_line_break(each.body))
            )
            if single or isinstance(each, (Atomic, Cluster)):
                message = (
                    "a possessive quantifier, an atomic group, \\X or a repeated \\R inside a "
                    "look-behind is not supported"
                )
                raise JavaRegexError(message, look.start, look.end)
