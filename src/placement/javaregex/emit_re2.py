r"""Tree to RE2 syntax, for patterns that are regular languages.

In: a `Node`.  Out: the bytes of an RE2 pattern.  Nothing of RE2's own is used but literals,
explicit classes, grouping, alternation and repetition, and for positions ``\A``, ``\z``, ``^``,
``$`` and ``\b``.  There are two renderings.  The *plain* one is for values of ASCII without line
ends, where RE2's tests of a position agree with Java's.  The *marked* one is for any value of a
pattern that tests positions: `marks.py` puts one ASCII character on either side of each code
point, chosen so that RE2's tests tell what Java's would have told.  Whether a value matches is all
that is asked, so greedy and lazy are the same, and no group captures.
"""

from __future__ import annotations

import functools

from .charclass import Ranges
from .errors import JavaRegexError
from .tree import (
    Alternation,
    Assertion,
    Group,
    LineBreak,
    Node,
    One,
    Repeat,
    Sequence,
    Text,
    fold_tree,
)

__all__ = ["MAX_REPETITIONS", "MAX_SIZE", "emit"]

MAX_SIZE = 400_000
"""Bytes of an RE2 pattern, counted repetitions above RE2's bound written out."""

MAX_REPETITIONS = 1000
"""What RE2 takes for one counted repetition, and for the product of nested ones."""

_MARK = "[\\n\\-w]"
_LITERALS = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-/ :,=")
_LINE_BREAK = ((0x0D, 0x0E), (0x0A, 0x0B))
_LINE_BREAKS: Ranges = (0x0A, 0x0E, 0x85, 0x86, 0x2028, 0x202A)
_PLAIN = {
    "begin": "\\A",
    "end": "\\z",
    "final": "\\z",
    "final-unix": "\\z",
    "line-end": "\\z",
    "line-end-unix": "\\z",
    "line-begin": "\\A",
    "line-begin-unix": "\\A",
    "word": "\\b",
    "word-unicode": "\\b",
}

_Part = tuple[str, int]


@functools.lru_cache(maxsize=512)
def _class(ranges: Ranges) -> str:
    if len(ranges) == 2 and ranges[1] == ranges[0] + 1:
        letter = chr(ranges[0])
        return letter if letter in _LITERALS else f"\\x{{{ranges[0]:x}}}"
    if not ranges:
        return "[^\\x{0}-\\x{10ffff}]"
    pairs = zip(ranges[::2], ranges[1::2], strict=True)
    return "[" + "".join(f"\\x{{{start:x}}}-\\x{{{end - 1:x}}}" for start, end in pairs) + "]"


class _Emitter:
    """Renders one tree; ``tests`` maps kinds of assertions to RE2's tests."""

    def __init__(self, marked: bool, tests: dict[str, str]) -> None:
        self.marked = marked
        self.tests = tests

    def one(self, ranges: Ranges) -> str:
        text = _class(ranges)
        return f"(?:{_MARK}{text}{_MARK})" if self.marked else text

    def node(self, node: Node, below: list[_Part]) -> _Part:
        """Return the text, as one operand, and how deep its counted repetitions multiply."""
        if isinstance(node, One):
            return self.one(node.ranges), 1
        if isinstance(node, Group):
            return below[0]
        if isinstance(node, Repeat):
            return self.repeat(node, *below[0])
        if isinstance(node, (Sequence, Alternation)):
            inner = ("|" if isinstance(node, Alternation) else "").join([text for text, _ in below])
            if len(inner) > MAX_SIZE:
                raise _too_large(0, 0)
            return f"(?:{inner})", max([depth for _, depth in below], default=1)
        if isinstance(node, Text):
            return self.text(node.sets), 1
        if isinstance(node, LineBreak):
            return f"(?:{self.text(_LINE_BREAK)}|{self.one(_LINE_BREAKS)})", 1
        if isinstance(node, Assertion):
            return "\\B" if node.negative else self.tests[node.kind], 1
        raise TypeError(node)

    def text(self, sets: tuple[Ranges, ...]) -> str:
        return "(?:" + "".join([self.one(ranges) for ranges in sets]) + ")"

    def repeat(self, node: Repeat, text: str, depth: int) -> _Part:
        body = node.body
        while isinstance(body, Group):
            body = body.body
        if isinstance(body, (Repeat, Assertion)):
            text = f"(?:{text})"
        least, most = node.least, node.most
        if most is None and least <= 1:
            return text + "*+"[least], depth
        if (least, most) == (0, 1):
            return text + "?", depth
        if least == most == 1:
            return text, depth
        return self.counted(text, depth, node)

    def counted(self, text: str, depth: int, node: Repeat) -> _Part:
        """Write a counted repetition in pieces that RE2 takes."""
        piece = max(MAX_REPETITIONS // depth, 1)
        extra = 0 if node.most is None else node.most - node.least
        count = node.least // piece + extra // piece + 2
        if count * len(text) > MAX_SIZE:
            raise _too_large(node.start, node.end)
        whole, rest = divmod(node.least, piece)
        parts = [_times(text, piece)] * whole + [_times(text, rest)]
        if node.most is None:
            parts.append(text + "*")
        else:
            whole, rest = divmod(extra, piece)
            parts += [_up_to(text, piece)] * whole + [_up_to(text, rest)]
        inner = "".join(parts)
        if len(inner) > MAX_SIZE:
            raise _too_large(node.start, node.end)
        return f"(?:{inner})", depth * min(piece, max(node.least, extra, 1))


def _times(text: str, count: int) -> str:
    return "" if count == 0 else text if count == 1 else f"{text}{{{count}}}"


def _up_to(text: str, count: int) -> str:
    return "" if count == 0 else f"{text}{{0,{count}}}"


def _too_large(start: int, end: int) -> JavaRegexError:
    return JavaRegexError(
        "the repetitions of this pattern are too large to be supported", start, end
    )


def emit(node: Node, *, tests: dict[str, str] | None = None) -> bytes:
    """Return the plain rendering, or the marked one with ``tests`` for its kinds of assertions.

    Raises JavaRegexError if the text would grow beyond MAX_SIZE.
    """
    emitter = _Emitter(tests is not None, _PLAIN if tests is None else tests)
    text, _ = fold_tree(node, emitter.node)
    return text.encode("ascii")
