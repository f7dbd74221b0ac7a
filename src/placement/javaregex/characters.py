r"""Reading the characters of a pattern one by one.

In: the text.  Out: its characters and their places, as the scanner asks for them: pairs of
surrogates joined, ``\Q...\E`` taken off, white space and comments skipped under ``(?x)``.  What
characters mean is not known here, but for the flags that decide on white space.
"""

from __future__ import annotations

from typing import Any, NoReturn

from placement.javaregex.errors import JavaRegexError

__all__ = [
    "COMMENTS",
    "DIGITS",
    "DOT_ALL",
    "INSENSITIVE",
    "LETTERS",
    "MULTILINE",
    "UNICODE_CASE",
    "UNICODE_CLASS",
    "UNIX_LINES",
    "Characters",
    "Token",
]

MAX_PATTERN = 10_000
"""Code points a pattern may have."""

INSENSITIVE, UNIX_LINES, MULTILINE, DOT_ALL = 1, 2, 4, 8
UNICODE_CASE, COMMENTS, UNICODE_CLASS = 16, 32, 64

DIGITS = frozenset("0123456789")
LETTERS = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")

_BLANKS = frozenset(" \t\n\x0b\f\r")


class Token:
    """One piece of a pattern.

    Attributes:
        type: Name of the terminal in ``java_regex.lark``.
        value: What it holds; its kind depends on the type.
        flags: The flags in force at its end.
        start_pos: Its place in the pattern, in code points.
        end_pos: One more than the place of its last code point.
    """

    __slots__ = ("end_pos", "flags", "start_pos", "type", "value")

    line = column = end_line = end_column = 0
    """What Lark notes for the end of the text; a pattern is one line."""

    def __init__(self, kind: str, value: Any, flags: int, start_pos: int, end_pos: int) -> None:
        self.type = kind
        self.value = value
        self.flags = flags
        self.start_pos = start_pos
        self.end_pos = end_pos


class Characters:
    """Reads one pattern, once."""

    def __init__(self, pattern: str) -> None:
        if len(pattern) > MAX_PATTERN:
            message = f"a pattern of more than {MAX_PATTERN} characters is not supported"
            raise JavaRegexError(message, MAX_PATTERN, len(pattern))
        self._text: list[str] | str = pattern
        self._places: list[int] | None = None
        self._last_wide = -1
        if "\\Q" in pattern or not pattern.isascii():
            self._text, self._places = _unquoted(pattern)
            wide = [
                at
                for at, char in enumerate(self._text)
                if char[-1] > "\uffff" or "\ud800" <= char[-1] <= "\udfff"
            ]
            self._last_wide = max(wide, default=-1)
        self._size = len(self._text)
        self._at = 0
        self._flags = 0

    def _place(self, at: int) -> int:
        return at if self._places is None else self._places[at]

    def _fail(self, message: str, start: int, end: int | None = None) -> NoReturn:
        stop = self._at if end is None else end
        places = self._place(start), self._place(min(max(stop, start), self._size))
        raise JavaRegexError(message, *places)

    def _token(self, kind: str, value: Any, start: int) -> Token:
        return Token(kind, value, self._flags, self._place(start), self._place(self._at))

    def _raw(self) -> str:
        """Return the next character, ``""`` at the end; a quoted one is longer than one."""
        return self._text[self._at] if self._at < self._size else ""

    def _peek(self) -> str:
        """Return the next character, after white space and comments under ``(?x)``."""
        if self._flags & COMMENTS:
            self._skip()
        return self._text[self._at] if self._at < self._size else ""

    def _take(self) -> str:
        char = self._peek()
        self._at += 1
        return char

    def _skip(self) -> None:
        ends = frozenset("\n") if self._flags & UNIX_LINES else frozenset("\n\r\x85\u2028\u2029")
        while self._at < self._size:
            char = self._text[self._at]
            if char == "#":
                while self._at < self._size and self._text[self._at] not in ends:
                    self._at += 1
            elif char in _BLANKS:
                self._at += 1
            else:
                return


def _unquoted(pattern: str) -> tuple[list[str], list[int]]:
    r"""Return the characters outside of ``\Q...\E`` and the place of each, and of the end.

    A character that was quoted is marked by a letter before it, so that it is no syntax.  Pairs of
    surrogates become one code point.
    """
    text: list[str] = []
    places: list[int] = []
    at, quoted, size = 0, False, len(pattern)
    while at < size:
        char = pattern[at]
        width = 1
        following = pattern[at + 1 : at + 2]
        if char == "\\" and following == ("E" if quoted else "Q"):
            quoted = not quoted
            at += 2
            continue
        if "\ud800" <= char < "\udc00" and "\udc00" <= following < "\ue000":
            char = (char + following).encode("utf-16", "surrogatepass").decode("utf-16")
            width = 2
        text.append("Q" + char if quoted else char)
        places.append(at)
        at += width
        if char == "\\" and not quoted and following == "\\":  # an escaped backslash quotes nothing
            text.append(following)
            places.append(at)
            at += 1
    return text, [*places, size]
