"""From a regular form to a pattern for RE2.

In: a regular form.  Out: a pattern of RE2 over Latin-1 that fully matches the same ASCII texts, and
the number of instructions it is written out to; None where that is too large.  Texts beyond ASCII,
and for a form that asks about lines texts with line ends, are not RE2's to answer.
"""

from __future__ import annotations

import attrs

from placement.javaregex.codepoints import Ranges, intersection, interval
from placement.javaregex.re2_pattern import Re2Text
from placement.javaregex.tree import (
    UNBOUNDED,
    Atomic,
    Choice,
    Cluster,
    LineBreak,
    Node,
    Repeat,
    Sequence,
    Set,
    Test,
    TestKind,
)

__all__ = ["MAX_INSTRUCTIONS", "re2_text"]

MAX_INSTRUCTIONS = 10_000
"""Instructions of RE2 that a pattern may be written out to."""

_MAX_REPEAT = 1_000
"""The greatest count that RE2 takes, nested ones multiplied."""

_ASCII = interval(0, 0x7F)
_LINE_BREAK = "[\\x0b\\x0c]"
"""What is left of ``\\R`` in a text without carriage return and line feed."""

_TESTS = {
    TestKind.BEGIN: "\\A",
    TestKind.END: "\\z",
    TestKind.LAST_LINE_END: "\\z",
    TestKind.LAST_UNIX_END: "\\z",
    TestKind.LINE_BEGIN: "\\A",
    TestKind.UNIX_BEGIN: "\\A",
    TestKind.LINE_END: "\\z",
    TestKind.UNIX_END: "\\z",
    TestKind.WORD_EDGE: "\\b",
    TestKind.UNICODE_EDGE: "\\b",
    TestKind.NO_WORD_EDGE: "\\B",
    TestKind.NO_UNICODE_EDGE: "\\B",
}
"""What a test means in a text of one line that is not empty."""


class _TooLargeError(Exception):
    """More instructions than there may be."""


def re2_text(form: Node) -> Re2Text | None:
    """Return the pattern for RE2, or None if it would be too large."""
    writer = _Writer()
    try:
        text = writer.written(form)
    except _TooLargeError:
        return None
    return Re2Text(text.text, text.size + 1, writer.one_line)


@attrs.frozen
class _Piece:
    """A piece of a pattern.

    ``size`` counts instructions, ``count`` is the product of nested counts, ``tight`` says that a
    repetition can follow it as it is.
    """

    text: str
    size: int
    count: int = 1
    tight: bool = False


class _Writer:
    """Writes pieces bottom up, and notes whether any of them asks about lines."""

    def __init__(self) -> None:
        self.one_line = False

    def written(self, node: Node) -> _Piece:
        piece = self._written(node)
        if piece.size > MAX_INSTRUCTIONS:
            raise _TooLargeError
        return piece

    def _written(self, node: Node) -> _Piece:
        match node:
            case Set(ranges):
                return _of_set(ranges)
            case Sequence(parts):
                pieces = [self.written(part) for part in parts]
                return _joined([_grouped(p) if "|" in p.text else p for p in pieces])
            case Choice(branches):
                pieces = [self.written(branch) for branch in branches]
                size = sum(piece.size + 1 for piece in pieces)
                text = "|".join([piece.text for piece in pieces])
                return _Piece(f"(?:{text})", size, max(p.count for p in pieces), tight=True)
            case Repeat(body, least, most):
                return _repeated(self.written(body), least, most)
            case Test(kind):
                self.one_line = True
                return _Piece(_TESTS[kind], 1)
            case Cluster():
                self.one_line = True
                return _Piece("[\\x00-\\x7f]", 1, tight=True)
            case Atomic() | LineBreak():
                self.one_line = True
                return _Piece(_LINE_BREAK, 2, tight=True)
        raise _TooLargeError


def _grouped(piece: _Piece) -> _Piece:
    return (
        piece if piece.tight else _Piece(f"(?:{piece.text})", piece.size, piece.count, tight=True)
    )


def _joined(pieces: list[_Piece]) -> _Piece:
    text = "".join([piece.text for piece in pieces])
    count = max((piece.count for piece in pieces), default=1)
    return _Piece(text, sum(piece.size for piece in pieces), count)


def _repeated(body: _Piece, least: int, most: int) -> _Piece:
    """Return a repetition, its counts cut into such that RE2 takes."""
    rounds = least + 1 if most == UNBOUNDED else most
    if body.size * rounds > MAX_INSTRUCTIONS:
        raise _TooLargeError
    piece = _grouped(body)
    size = (body.size + 1) * rounds
    if most == UNBOUNDED and least < 2:
        return _Piece(piece.text + "*+"[least], size, piece.count)
    if (least, most) == (0, 1):
        return _Piece(piece.text + "?", size, piece.count)
    largest = max(_MAX_REPEAT // piece.count, 1)
    text = _counted(piece.text, least, largest, "{%d}")
    if most == UNBOUNDED:
        text += piece.text + "*"
    else:
        text += _counted(piece.text, most - least, largest, "{0,%d}")
    return _Piece(text, size, piece.count * min(rounds, largest))


def _counted(text: str, count: int, largest: int, form: str) -> str:
    whole, left = divmod(count, largest)
    written = (text + form % largest) * whole
    return written + text + form % left if left else written


def _of_set(ranges: Ranges) -> _Piece:
    inside = intersection(ranges, _ASCII)
    pairs = list(zip(inside[::2], inside[1::2], strict=True))
    if not pairs:
        return _Piece("[^\\x00-\\xff]", 1, tight=True)
    if len(pairs) == 1 and pairs[0][1] - pairs[0][0] == 1:
        return _Piece(_escaped(pairs[0][0]), 1, tight=True)
    text = "".join([f"{_escaped(low)}-{_escaped(high - 1)}" for low, high in pairs])
    return _Piece(f"[{text}]", len(pairs), tight=True)


def _escaped(point: int) -> str:
    char = chr(point)
    return char if char.isalnum() else f"\\x{point:02x}"
