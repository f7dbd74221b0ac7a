"""Java pattern text to tree, accepting and refusing what ``java.util.regex`` of JDK 17 does.

In: the text of a pattern.  Out: a `Node`, or a `JavaRegexError` that says what is wrong and where.
The parser makes the moves that Java's makes, since its oddities follow from them: which characters
end a run of literals, where ``(?x)`` skips, what ``{`` means at the start.  Groups are kept on a
stack of our own, so that no depth of nesting can exhaust Python's.  This module must not know which
engine will answer.
"""

from __future__ import annotations

from . import reader as flag
from .brackets import BracketParser
from .charclass import ANYTHING, Ranges, complement, points, single
from .errors import JavaRegexError
from .escapes import DIGITS, EscapeParser
from .reader import Reader
from .study import behind, loop_kind
from .tree import (
    Alternation,
    Assertion,
    Atomic,
    Group,
    Look,
    Node,
    One,
    Parsed,
    Repeat,
    Sequence,
    Text,
)

__all__ = ["MAX_LENGTH", "MAX_NESTING", "parse"]

MAX_LENGTH = 10_000
"""Code points of a pattern; the query language allows 2,000 for the whole text."""

MAX_NESTING = 50
"""Levels of groups, and of classes inside classes."""

_MAX_COUNT = 0x7FFFFFFF
_DOT = complement(points((0x0A, 0x0D, 0x85, 0x2028, 0x2029)))
_UNIX_DOT = complement(single(0x0A))
_OPENERS = {":": "group", "=": "ahead", "!": "not ahead", ">": "atomic"}
_FLAGS = {
    "i": flag.IGNORE_CASE,
    "m": flag.MULTILINE,
    "s": flag.DOTALL,
    "d": flag.UNIX_LINES,
    "u": flag.UNICODE_CASE,
    "c": flag.CANON_EQ,
    "x": flag.COMMENTS,
    "U": flag.UNICODE_CLASS | flag.UNICODE_CASE,
}
_STOPS = frozenset(map(ord, "$.^([|)"))
_QUANTIFIERS = frozenset(map(ord, "*+?{"))
_DANGLING = frozenset(map(ord, "*+?"))
(_OPEN, _CLOSE, _BAR, _BRACKET, _BACKSLASH, _DOLLAR, _CARET, _POINT, _BRACE, _UNBRACE) = map(
    ord, "()|[\\$^.{}"
)


class _Frame:
    """A group that is being read: what it will be, and what has been read of it."""

    __slots__ = ("branches", "capture", "flags", "items", "kind", "start")

    def __init__(self, kind: str, start: int, flags: int, capture: int | None = None) -> None:
        self.kind = kind
        self.start = start
        self.flags = flags
        self.capture = capture
        self.items: list[Node] = []
        self.branches: list[Node] = []

    def close(self) -> Node:
        """Return what stands in the group."""
        last = self.items[0] if len(self.items) == 1 else Sequence(tuple(self.items))
        if not self.branches:
            return last
        return Alternation((*self.branches, last))


def parse(pattern: str) -> Parsed:
    """Parse a pattern.

    Raises JavaRegexError for whatever Java refuses, for patterns over MAX_LENGTH or MAX_NESTING,
    and for canonical equivalence, the only flag that has no counterpart here.
    """
    if len(pattern) > MAX_LENGTH:
        message = f"a pattern of more than {MAX_LENGTH} characters is not supported"
        raise JavaRegexError(message, MAX_LENGTH, len(pattern))
    parser = _Parser(pattern)
    try:
        return parser.run()
    except IndexError:
        # Java reads past its buffer in the same places, and fails with an index error of its own.
        message = "the pattern ends in the middle of a construct"
        raise JavaRegexError(message, max(len(pattern) - 1, 0), len(pattern)) from None


class _Parser:
    """One run over one pattern."""

    def __init__(self, pattern: str) -> None:
        self.reader = Reader(pattern)
        self.escapes = EscapeParser(self.reader)
        self.brackets = BracketParser(self.reader, self.escapes, MAX_NESTING)
        self.frame = _Frame("pattern", 0, 0)
        self.stack: list[_Frame] = []

    def run(self) -> Parsed:
        reader = self.reader
        while True:
            point = reader.peek()
            if point == _BAR:
                self.frame.branches.append(self._branch())
                reader.next()
            elif point == _CLOSE:
                self._close_group()
            elif point == 0 and reader.done():
                break
            elif point == _OPEN:
                self._open_group()
            else:
                start = reader.at
                self._add(self._quantified(self._element(point), start))
        if self.stack:
            raise reader.error("the group is not closed", self.frame.start)
        if reader.at != reader.length:
            raise reader.error("the pattern ends in the middle of a comment", reader.length)
        return Parsed(self.frame.close(), self.escapes.groups, reader.offset(reader.length))

    def _add(self, node: Node) -> None:
        self.frame.items.append(node)

    def _branch(self) -> Node:
        items = self.frame.items
        self.frame.items = []
        return items[0] if len(items) == 1 else Sequence(tuple(items))

    def _element(self, point: int) -> Node:
        """Read what one quantifier binds to, or a run of literals that none binds to."""
        reader = self.reader
        if point == _BRACKET:
            return One(self.brackets.parse())
        if point == _POINT:
            reader.next()
            return One(self._dot())
        if point in (_CARET, _DOLLAR):
            reader.next()
            return Assertion(self._line_anchor(point))
        if point in _DANGLING:
            message = f"there is nothing before {chr(point)} that it could repeat"
            raise reader.error(message, reader.at, reader.at + 1)
        if point == _BACKSLASH and chr(reader.chars[reader.at + 1]) in "pP":
            return One(self._property())
        return self._literals()

    def _property(self) -> Ranges:
        reader = self.reader
        start = reader.at
        negative = reader.next_escaped() == ord("P")
        return self.escapes.family(start, negative)

    def _dot(self) -> Ranges:
        flags = self.reader.flags
        if flags & flag.DOTALL:
            return ANYTHING
        return _UNIX_DOT if flags & flag.UNIX_LINES else _DOT

    def _line_anchor(self, point: int) -> str:
        flags = self.reader.flags
        unix = "-unix" if flags & flag.UNIX_LINES else ""
        if point == _DOLLAR:
            return ("line-end" if flags & flag.MULTILINE else "final") + unix
        return "line-begin" + unix if flags & flag.MULTILINE else "begin"

    def _literals(self) -> Node:
        """Read a run of literals; a quantifier behind it takes the last one out of it."""
        reader = self.reader
        run: list[int] = []
        before = reader.at
        point = reader.peek()
        while True:
            if point in _STOPS or (point == 0 and reader.done()):
                break
            if point in _QUANTIFIERS:
                if len(run) > 1:
                    reader.at = before
                    run.pop()
                break
            if point == _BACKSLASH:
                if chr(reader.chars[reader.at + 1]) in "pP":
                    if not run:
                        return One(self._property())
                    break
                before = reader.at
                found = self.escapes.escape(create=not run)
                if not isinstance(found, int):
                    if not run:
                        return found
                    reader.at = before
                    break
                run.append(found)
                point = reader.peek()
            else:
                before = reader.at
                run.append(point)
                point = reader.next()
        if len(run) == 1:
            return One(self.escapes.single(run[0]))
        return Text(self.escapes.text(run))

    def _open_group(self) -> None:
        reader = self.reader
        start = reader.at
        saved = reader.flags
        if len(self.stack) >= MAX_NESTING:
            message = f"groups are nested more than {MAX_NESTING} deep"
            raise reader.error(message, start, start + 1)
        if reader.next() != ord("?"):
            self._enter("group", start, saved, self._new_capture())
            return
        letter = chr(reader.skip())
        if letter in _OPENERS:
            self._enter(_OPENERS[letter], start, saved)
        elif letter == "<":
            self._open_angle(start, saved)
        elif letter in "$@":
            raise reader.error(f"(?{letter} opens no kind of group", start)
        else:
            reader.at -= 1
            self._inline_flags(start)
            point = reader.read()
            if point == ord(":"):
                self._enter("group", start, saved)
            elif point != _CLOSE:
                raise reader.error("unknown flag or kind of group behind (?", start)

    def _enter(self, kind: str, start: int, saved: int, capture: int | None = None) -> None:
        self.stack.append(self.frame)
        self.frame = _Frame(kind, start, saved, capture)

    def _new_capture(self) -> int:
        self.escapes.groups += 1
        return self.escapes.groups

    def _open_angle(self, start: int, saved: int) -> None:
        reader = self.reader
        point = reader.read()
        if point in (ord("="), ord("!")):
            self._enter("behind" if point == ord("=") else "not behind", start, saved)
            return
        name = self.escapes.group_name(point, start)
        if name in self.escapes.names:
            raise reader.error(f"the group name {name} is given twice", start)
        capture = self._new_capture()
        self.escapes.names[name] = capture
        self._enter("group", start, saved, capture)

    def _inline_flags(self, start: int) -> None:
        reader = self.reader
        on = True
        point = reader.peek()
        while (letter := chr(point)) in _FLAGS or (letter == "-" and on):
            if letter == "-":
                on = False
            elif letter == "c" and on:
                message = "the flag (?c), canonical equivalence, is not supported"
                raise reader.error(message, start, reader.at + 1)
            elif on:
                reader.flags |= _FLAGS[letter]
            else:
                reader.flags &= ~_FLAGS[letter]
            point = reader.next()

    def _close_group(self) -> None:
        reader = self.reader
        if not self.stack:
            raise reader.error("this ) closes no group", reader.at, reader.at + 1)
        reader.read()
        frame = self.frame
        self.frame = self.stack.pop()
        reader.flags = frame.flags
        end = reader.at
        node = self._grouped(frame, end)
        self._add(self._quantified(node, frame.start))

    def _grouped(self, frame: _Frame, end: int) -> Node:
        reader = self.reader
        first, last = reader.offset(frame.start), reader.offset(end)
        body = frame.close()
        if frame.kind == "group":
            return Group(body, frame.capture, first, last)
        if frame.kind == "atomic":
            return Atomic(body, first, last)
        negative = frame.kind.startswith("not")
        if not frame.kind.endswith("behind"):
            return Look(body, False, negative, first, last)
        look = Look(body, True, negative, first, last)
        rest = reader.chars[frame.start : reader.length]
        return behind(look, any(point > 0xFFFF or 0xD800 <= point < 0xE000 for point in rest))

    def _quantified(self, node: Node, start: int) -> Node:
        """Read a quantifier, if one follows, and bind it to the node."""
        reader = self.reader
        point = reader.peek()
        if point not in _QUANTIFIERS:
            return node
        least, most = 0, None
        if point == _BRACE:
            least, most = self._counts()
        elif point == ord("+"):
            least = 1
        elif point == ord("?"):
            most = 1
        style = "greedy"
        following = reader.next()
        if following == ord("?"):
            style = "lazy"
            reader.next()
        elif following == ord("+"):
            style = "possessive"
            reader.next()
        first, last = reader.offset(start), reader.offset(reader.at)
        kind = loop_kind(node, least, most, style)
        return Repeat(node, least, most, style, kind, first, last)

    def _counts(self) -> tuple[int, int | None]:
        """Read ``{n``, ``{n,`` or ``{n,m``; the cursor is left on the closing brace."""
        reader = self.reader
        start = reader.at
        point = reader.skip()
        if point not in DIGITS:
            raise reader.error("{ must be followed by a number of repetitions", start)
        least, point = self._count(point, start)
        most: int | None = least
        if point == ord(","):
            point = reader.read()
            if point == _UNBRACE:
                most = None
            else:
                most, point = self._count(point, start)
        if point != _UNBRACE:
            raise reader.error("the repetition {...} is not closed or holds no number", start)
        if most is not None and most < least:
            raise reader.error(f"the repetition {{{least},{most}}} runs backwards", start)
        reader.at -= 1
        return least, most

    def _count(self, point: int, start: int) -> tuple[int, int]:
        count = 0
        while point in DIGITS:
            count = count * 10 + point - ord("0")
            if count > _MAX_COUNT:
                raise self.reader.error("the number of repetitions is too large", start)
            point = self.reader.read()
        return count, point
