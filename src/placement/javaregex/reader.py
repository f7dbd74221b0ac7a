r"""The pattern as Java's compiler reads it: code points under a cursor.

In: the pattern text.  Out: one code point after the other, with white space and comments skipped
under ``(?x)``, and ``\Q...\E`` already turned into escapes.  Which moves skip and which do not is
Java's behaviour down to its oddities, so the parser asks for the same moves in the same order.
This module knows no construct but these two.
"""

from __future__ import annotations

from .errors import JavaRegexError

__all__ = [
    "CANON_EQ",
    "COMMENTS",
    "DOTALL",
    "IGNORE_CASE",
    "MULTILINE",
    "UNICODE_CASE",
    "UNICODE_CLASS",
    "UNIX_LINES",
    "Reader",
    "join_surrogates",
]

IGNORE_CASE = 1
MULTILINE = 2
DOTALL = 4
UNIX_LINES = 8
UNICODE_CASE = 16
COMMENTS = 32
UNICODE_CLASS = 64
CANON_EQ = 128

_HASH, _BACKSLASH, _Q, _E = ord("#"), ord("\\"), ord("Q"), ord("E")
_SPACE = frozenset(b" \t\n\x0b\f\r")
_LINE_ENDS = frozenset((0x0A, 0x0D, 0x85, 0x2028, 0x2029))
_NEWLINE = frozenset((0x0A,))


def join_surrogates(text: str) -> str:
    """Return the text as Java holds it: a high surrogate before a low one is one code point."""
    if text.isascii():
        return text
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "surrogatepass")


class Reader:
    """The cursor over one pattern; two zeros stand behind its end, as in Java."""

    __slots__ = ("_origin", "at", "chars", "flags", "length")

    def __init__(self, pattern: str) -> None:
        joined = join_surrogates(pattern)
        self.chars = [*map(ord, joined), 0, 0]
        self.length = len(joined)
        self.at = 0
        self.flags = 0
        self._origin: list[int] | None = None
        if joined != pattern:
            self._origin = _origins(joined, pattern)
        if "\\Q" in joined:
            self._remove_quotes()

    def offset(self, position: int) -> int:
        """Return where in the pattern as given a position of the cursor is."""
        position = max(position, 0)
        if self._origin is None:
            return min(position, self.length)
        return self._origin[min(position, len(self._origin) - 1)]

    def error(self, message: str, start: int, end: int | None = None) -> JavaRegexError:
        """Return the error for the piece from ``start`` up to ``end``, by default the cursor."""
        first = self.offset(start)
        last = self.offset(self.at if end is None else end)
        return JavaRegexError(message, first, max(first, last))

    def peek(self) -> int:
        """Return the next code point; the cursor moves only over what (?x) skips."""
        point = self.chars[self.at]
        return self._peek_past_space(point) if self.flags & COMMENTS else point

    def read(self) -> int:
        """Return the next code point and move behind it."""
        point = self.chars[self.at]
        self.at += 1
        return self._read_past_space(point) if self.flags & COMMENTS else point

    def next(self) -> int:
        """Move on by one and peek."""
        self.at += 1
        return self.peek()

    def next_escaped(self) -> int:
        """Move on by one and return what is there, white space or not."""
        self.at += 1
        return self.chars[self.at]

    def skip(self) -> int:
        """Return the code point after the next one, and move behind it."""
        point = self.chars[self.at + 1]
        self.at += 2
        return point

    def done(self) -> bool:
        """Tell whether a zero under the cursor is the end and not a NUL in the pattern."""
        return self.at >= self.length

    def _line_ends(self) -> frozenset[int]:
        return _NEWLINE if self.flags & UNIX_LINES else _LINE_ENDS

    def _peek_past_space(self, point: int) -> int:
        while point in _SPACE or point == _HASH:
            while point in _SPACE:
                self.at += 1
                point = self.chars[self.at]
            if point == _HASH:
                point = self._peek_past_line()
        return point

    def _peek_past_line(self) -> int:
        ends = self._line_ends()
        self.at += 1
        while (point := self.chars[self.at]) != 0 and point not in ends:
            self.at += 1
        if point == 0 and self.at > self.length:
            self.at = self.length
            point = self.chars[self.at]
        return point

    def _read_past_space(self, point: int) -> int:
        while point in _SPACE or point == _HASH:
            while point in _SPACE:
                point = self.chars[self.at]
                self.at += 1
            if point == _HASH:
                point = self._read_past_line()
        return point

    def _read_past_line(self) -> int:
        ends = self._line_ends()
        while True:
            point = self.chars[self.at]
            self.at += 1
            if point == 0 or point in ends:
                break
        if point == 0 and self.at > self.length:
            self.at = self.length + 1
            point = self.chars[self.length]
        return point

    def _remove_quotes(self) -> None:
        """Turn what is quoted into escapes, as Java does before it parses."""
        chars, length = self.chars, self.length
        first = 0
        while first < length - 1 and not (chars[first] == _BACKSLASH and chars[first + 1] == _Q):
            first += 2 if chars[first] == _BACKSLASH else 1
        if first >= length - 1:
            return
        quotes = _Quotes(chars, length, first)
        quotes.run()
        origin = self._origin or [*range(length + 1)]
        self._origin = [origin[place] for place in quotes.places] + [origin[length]]
        self.chars = [*quotes.points, 0, 0]
        self.length = len(quotes.points)


class _Quotes:
    """One pass over a pattern that holds quotes: the new code points, and where each came from."""

    def __init__(self, chars: list[int], length: int, first: int) -> None:
        self.chars = chars
        self.length = length
        self.points = chars[:first]
        self.places = list(range(first))
        self.at = first + 2
        self.quoted = True

    def put(self, *points: int) -> None:
        self.points += points
        self.places += [self.at - 1] * len(points)

    def run(self) -> None:
        fresh = True
        while self.at < self.length:
            point = self.chars[self.at]
            self.at += 1
            fresh = self.step(point, fresh)

    def step(self, point: int, fresh: bool) -> bool:
        """Take one code point; return whether a quote has just been opened."""
        letter = chr(point)
        if point >= 128 or letter.isalpha():
            self.put(point)
        elif letter.isdigit():
            # The first digit of a quote must not become part of an escape before it.
            self.put(*map(ord, "\\x3"), point) if fresh else self.put(point)
        elif point != _BACKSLASH:
            self.put(_BACKSLASH, point) if self.quoted else self.put(point)
        elif self.quoted:
            if self.chars[self.at] == _E:
                self.at += 1
                self.quoted = False
            else:
                self.put(_BACKSLASH, _BACKSLASH)
        elif self.chars[self.at] == _Q:
            self.at += 1
            self.quoted = True
            return True
        else:
            self.put(point)
            if self.at != self.length:
                self.at += 1
                self.put(self.chars[self.at - 1])
        return False


def _origins(joined: str, pattern: str) -> list[int]:
    """Return for each code point of the joined text where it begins in the text as given."""
    origins: list[int] = []
    place = 0
    for char in joined:
        origins.append(place)
        place += 2 if char > "\uffff" and pattern[place] <= "\udfff" else 1
    origins.append(len(pattern))
    return origins
