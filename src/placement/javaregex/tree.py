"""The tree of what a pattern means: flags resolved, classes as sets of code points.

Out of ``meaning.meaning_of``; the engines are built from it.  A node holds no text and no flag.
"""

from __future__ import annotations

import enum

import attrs

from placement.javaregex.codepoints import Ranges

__all__ = [
    "UNBOUNDED",
    "Atomic",
    "Choice",
    "Cluster",
    "Fold",
    "Group",
    "LineBreak",
    "Literal",
    "Look",
    "Mode",
    "Node",
    "Reference",
    "Repeat",
    "Sequence",
    "Set",
    "Test",
    "TestKind",
]

UNBOUNDED = 2**31 - 1
"""The greatest number of rounds where the pattern names none, as in Java."""


class Mode(enum.Enum):
    """In which order a repetition tries its numbers of rounds, or that it tries one only."""

    GREEDY = ""
    RELUCTANT = "?"
    POSSESSIVE = "+"


class Fold(enum.IntEnum):
    """How a back reference compares."""

    EXACT = 0
    ASCII = 1
    UNICODE = 2


class TestKind(enum.IntEnum):
    """Questions about a position; the values are those of the kernel."""

    BEGIN = 0
    END = 1
    LAST_LINE_END = 2
    LAST_UNIX_END = 3
    LINE_BEGIN = 4
    UNIX_BEGIN = 5
    LINE_END = 6
    UNIX_END = 7
    WORD_EDGE = 8
    NO_WORD_EDGE = 9
    UNICODE_EDGE = 10
    NO_UNICODE_EDGE = 11


@attrs.define(eq=False)
class Set:
    """One code point of a set."""

    ranges: Ranges


@attrs.define(eq=False)
class Literal(Set):
    """A set that was written as a character; ``in_text`` is the set beside other characters."""

    in_text: Ranges


@attrs.define(eq=False)
class LineBreak:
    r"""``\R``: the pair of carriage return and line feed, or one vertical space."""


@attrs.define(eq=False)
class Cluster:
    r"""``\X``: an extended grapheme cluster."""


@attrs.define(eq=False)
class Test:
    """A question about the position; it takes no character."""

    kind: TestKind


@attrs.define(eq=False)
class Reference:
    """The text that a group has taken; nothing matches where it has taken none."""

    group: int
    fold: Fold


@attrs.define(eq=False)
class Sequence:
    """One part after the other."""

    parts: list[Node]


@attrs.define(eq=False)
class Choice:
    """One of the branches, the first one first."""

    branches: list[Node]


@attrs.define(eq=False)
class Group:
    """A group in parentheses; ``number`` is 0 where it does not capture."""

    body: Node
    number: int


@attrs.define(eq=False)
class Atomic:
    """The first way in which the body matches, and no other."""

    body: Node


@attrs.define(eq=False)
class Look:
    """Whether the body matches from here, or with ``behind`` up to here.

    ``by_points`` says that a look-behind goes back by code points, not by UTF-16 units.
    """

    body: Node
    behind: bool
    negated: bool
    by_points: bool


@attrs.define(eq=False)
class Repeat:
    """The body from ``least`` to ``most`` times."""

    body: Node
    least: int
    most: int
    mode: Mode


Node = (
    Set
    | LineBreak
    | Cluster
    | Test
    | Reference
    | Sequence
    | Choice
    | Group
    | Atomic
    | Look
    | Repeat
)
