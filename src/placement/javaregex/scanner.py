r"""From the text of a pattern to tokens of ``java_regex.lark``.

In: the text.  Out: tokens, each with its flags and its place, or ``JavaRegexError``.  The scanner
knows what depends on the place alone: ``\Q...\E``, escapes, white space and comments under
``(?x)``, which flags are set, how many groups there are, and that brackets balance.  It does not
know how pieces combine.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NoReturn

from placement.javaregex import tables
from placement.javaregex.codepoints import Ranges, complement, interval, points, union
from placement.javaregex.errors import JavaRegexError

__all__ = [
    "COMMENTS",
    "DOT_ALL",
    "INSENSITIVE",
    "LINE_ENDS",
    "MULTILINE",
    "UNICODE_CASE",
    "UNICODE_CLASS",
    "UNIX_LINES",
    "VERTICAL",
    "Scanner",
    "Token",
]

MAX_PATTERN = 10_000
"""Code points a pattern may have."""

MAX_NESTING = 50
"""Levels of groups, and of classes, that a pattern may have."""

MAX_COUNT = 2**31 - 1

INSENSITIVE, UNIX_LINES, MULTILINE, DOT_ALL = 1, 2, 4, 8
UNICODE_CASE, COMMENTS, UNICODE_CLASS = 16, 32, 64

_FLAGS = {
    "i": INSENSITIVE,
    "d": UNIX_LINES,
    "m": MULTILINE,
    "s": DOT_ALL,
    "u": UNICODE_CASE,
    "x": COMMENTS,
    "U": UNICODE_CLASS | UNICODE_CASE,
}
_BLANKS = frozenset(" \t\n\x0b\f\r")
_OCTAL = frozenset("01234567")
_DIGITS = frozenset("0123456789")
_HEX = frozenset("0123456789abcdefABCDEF")
_LETTERS = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")
_CONTROLS = {"t": 9, "n": 10, "r": 13, "f": 12, "a": 7, "e": 27}
_TESTS = frozenset("bBAzZG")

LINE_ENDS = points(map(ord, "\n\r\x85\u2028\u2029"))
VERTICAL = union([interval(0x0A, 0x0D), LINE_ENDS])
_HORIZONTAL = union(
    [points((0x09, 0x20, 0xA0, 0x1680, 0x180E, 0x202F, 0x205F, 0x3000)), (0x2000, 0x200B)]
)
_ASCII = {
    "d": interval(0x30, 0x39),
    "s": points(map(ord, " \t\n\x0b\f\r")),
    "w": points(map(ord, "0123456789_" + "".join(_LETTERS))),
    "h": _HORIZONTAL,
    "v": VERTICAL,
}
_LOOKS = frozenset("=!")


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


class Scanner:
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
        self._groups = 0
        self._names: dict[str, int] = {}
        self._open: list[tuple[int, int]] = []
        """Start and flags of each group that is open."""

    # --- Reading characters ---------------------------------------------------------------

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

    # --- Tokens ---------------------------------------------------------------------------

    def tokens(self) -> Iterator[Token]:
        """Yield the tokens of the whole pattern."""
        while char := self._peek():
            start = self._at
            self._at += 1
            if char in _SYNTAX:
                yield from _SYNTAX[char](self, start)
            else:
                yield self._token("LITERAL", ord(char[-1]), start)
        if self._open:
            self._fail("the group is not closed", self._open[-1][0])

    def _bar(self, start: int) -> Iterator[Token]:
        yield self._token("BAR", None, start)

    def _dot(self, start: int) -> Iterator[Token]:
        if self._flags & DOT_ALL:
            excluded: Ranges = ()
        else:
            excluded = interval(10, 10) if self._flags & UNIX_LINES else LINE_ENDS
        yield self._token("SET", complement(excluded), start)

    def _anchor(self, start: int) -> Iterator[Token]:
        yield self._token("TEST", self._text[start], start)

    def _star(self, start: int) -> Iterator[Token]:
        char = self._text[start]
        least = 1 if char == "+" else 0
        bounds = least, 1 if char == "?" else MAX_COUNT
        yield self._token("STAR", (*bounds, self._mode()), start)

    def _mode(self) -> str:
        """Read what makes a quantifier reluctant or possessive."""
        if self._peek() in ("?", "+"):
            return self._take()
        return ""

    def _braces(self, start: int) -> Iterator[Token]:
        if self._raw() not in _DIGITS:
            self._fail("{ begins no repetition", start)
        least = most = self._count(start)
        if self._peek() == ",":
            self._at += 1
            most = MAX_COUNT if self._peek() == "}" else self._count(start)
        if self._take() != "}":
            self._fail("the repetition is not closed", start)
        if most < least:
            text = "".join(self._text[start : self._at])
            self._fail(f"the repetition {text} runs backwards", start)
        yield self._token("BRACES", (least, most, self._mode()), start)

    def _count(self, start: int) -> int:
        digits = ""
        while self._peek() in _DIGITS:
            digits += self._take()
        if not digits:
            self._fail("the repetition lacks a number", start)
        if len(digits.lstrip("0")) > 10 or int(digits) > MAX_COUNT:
            self._fail("the number of the repetition is too large", start)
        return int(digits)

    def _opening(self, start: int) -> Iterator[Token]:
        if self._peek() != "?":
            self._groups += 1
            yield self._open_group("OPEN_GROUP", self._groups, start)
            return
        self._at += 1
        kind = self._raw()
        if kind in (":", "=", "!", ">"):
            self._at += 1
            if kind in _LOOKS:
                yield self._open_group("OPEN_LOOK", (False, kind == "!", False), start)
            else:
                yield self._open_group("OPEN_ATOMIC" if kind == ">" else "OPEN", None, start)
        elif kind == "<":
            self._at += 1
            yield self._named_or_behind(start)
        else:
            yield self._flag_group(start)

    def _open_group(self, kind: str, value: Any, start: int) -> Token:
        self._push(start, self._flags)
        return self._token(kind, value, start)

    def _push(self, start: int, outside: int) -> None:
        if len(self._open) == MAX_NESTING:
            message = f"more than {MAX_NESTING} levels of groups are not supported"
            self._fail(message, start)
        self._open.append((start, outside))

    def _named_or_behind(self, start: int) -> Token:
        if self._peek() in _LOOKS:
            # Java goes back by code points where a surrogate is still to come in the text.
            value = True, self._take() == "!", self._last_wide > start
            return self._open_group("OPEN_LOOK", value, start)
        name = self._name(start)
        if name in self._names:
            self._fail(f"the group name {name} is given twice", start, self._at)
        self._groups += 1
        self._names[name] = self._groups
        return self._open_group("OPEN_GROUP", self._groups, start)

    def _name(self, start: int) -> str:
        """Read the name of a group and the ``>`` after it."""
        name = ""
        while (char := self._peek()) in _LETTERS or (name and char in _DIGITS):
            name += char
            self._at += 1
        if not name:
            self._fail("the name of a group is letters and digits, a letter first", start)
        if self._take() != ">":
            self._fail(f"the group name {name} lacks its >", start)
        return name

    def _flag_group(self, start: int) -> Token:
        """Read ``(?flags)`` or ``(?flags:``; the first sets the flags of the group around it."""
        outside, on = self._flags, True
        while (char := self._peek()) not in (")", ":"):
            self._at += 1
            if char == "-" and on:
                on = False
            elif char == "c" and not on:
                continue
            elif char == "c":
                message = "the flag (?c), canonical equivalence, is not supported"
                self._fail(message, start)
            elif char in _FLAGS:
                flags = _FLAGS[char]
                self._flags = self._flags | flags if on else self._flags & ~flags
            else:
                self._fail(
                    "(? begins no group and no flags" if char else "the group is not closed", start
                )
        self._at += 1
        if char == ")":
            return self._token("FLAGS", None, start)
        self._push(start, outside)
        return self._token("OPEN", None, start)

    def _closing(self, start: int) -> Iterator[Token]:
        if not self._open:
            self._fail("this ) closes no group", start)
        _, self._flags = self._open.pop()
        yield self._token("CLOSE", None, start)

    # --- Escapes --------------------------------------------------------------------------

    def _escape(self, start: int) -> Iterator[Token]:
        char = self._raw()
        if char in _TESTS:
            self._at += 1
            yield self._test(char, start)
        elif char == "R":
            self._at += 1
            yield self._token("LINE_BREAK", None, start)
        elif char == "X":
            self._at += 1
            yield self._token("CLUSTER", None, start)
        elif char == "k":
            self._at += 1
            yield self._named_reference(start)
        elif char in _DIGITS and char != "0":
            self._at += 1
            yield self._numbered_reference(int(char), start)
        else:
            found = self._escaped(start)
            yield self._token("LITERAL" if isinstance(found, int) else "SET", found, start)

    def _test(self, char: str, start: int) -> Token:
        if (
            char == "b"
            and self._peek() == "{"
            and list(self._text[self._at + 1 : self._at + 2]) == ["g"]
        ):
            self._at += 2
            if self._take() != "}":
                self._fail("\\b{g is followed by }", start)
            self._fail("\\b{g} is not supported", start)
        return self._token("TEST", "\\" + char, start)

    def _named_reference(self, start: int) -> Token:
        if self._take() != "<":
            self._fail("\\k is followed by <name>", start)
        name = self._name(start)
        if name not in self._names:
            self._fail(f"there is no group named {name} before this reference", start)
        return self._token("REFERENCE", self._names[name], start)

    def _numbered_reference(self, number: int, start: int) -> Token:
        """Read as many digits as make the number of a group that has begun; one at least."""
        while (char := self._peek()) in _DIGITS and 10 * number + int(char) <= self._groups:
            number = 10 * number + int(char)
            self._at += 1
        return self._token("REFERENCE", number, start)

    def _escaped(self, start: int) -> int | Ranges:
        """Read an escape after its backslash that stands for a code point or a set of them."""
        char = self._raw()
        self._at += 1
        if char in _CONTROLS:
            return _CONTROLS[char]
        if char in _READ:
            point: int = _READ[char](self, start)
            return point
        if char.lower() in _ASCII:
            return self._short_class(char)
        if char in ("p", "P"):
            return self._property(char == "P", start)
        if not char:
            self._fail("the pattern ends with a backslash", start)
        if char in _LETTERS or char in _DIGITS:
            self._fail(f"the escape \\{char} has no meaning", start)
        return ord(char[-1])

    def _short_class(self, char: str) -> Ranges:
        name = char.lower()
        found = None
        if self._flags & UNICODE_CLASS:
            found = tables.named_set("shortU", name)
        ranges = _ASCII[name] if found is None else found
        return ranges if char == name else complement(ranges)

    def _property(self, negated: bool, start: int) -> Ranges:
        name = self._take()
        if name == "{":
            self._peek()
            name = ""
            while (char := self._raw()) != "}":
                if not char:
                    self._fail("the name of the property is not closed", start)
                name += char[-1]
                self._at += 1
            self._at += 1
        if not name:
            self._fail("the name of the property is missing", start)
        found = tables.property_set(
            name,
            insensitive=bool(self._flags & INSENSITIVE),
            unicode=bool(self._flags & UNICODE_CLASS),
        )
        if found is None:
            message = f'there is no property or class of characters named "{name[:40]}"'
            self._fail(message, start)
        return complement(found) if negated else found

    def _control(self, start: int) -> int:
        char = self._take()
        if not char:
            self._fail("\\c is followed by a character", start)
        return ord(char[-1]) ^ 64

    def _octal(self, start: int) -> int:
        """Read up to three octal digits, as long as the number stays below 256."""
        value, digits = 0, 0
        while digits < 3 and (char := self._peek()) in _OCTAL and 8 * value + int(char) < 256:
            value = 8 * value + int(char)
            digits += 1
            self._at += 1
        if not digits:
            self._fail("\\0 is followed by an octal number", start)
        return value

    def _hexadecimal(self, start: int) -> int:
        if self._peek() != "{":
            return self._hex_digits(2, start)
        self._at += 1
        digits = ""
        while self._peek() in _HEX:
            digits += self._take()
        if (
            not digits
            or self._take() != "}"
            or len(digits.lstrip("0")) > 6
            or int(digits, 16) > 0x10FFFF
        ):
            self._fail("\\x{ is followed by the number of a code point and }", start)
        return int(digits, 16)

    def _hex_digits(self, count: int, start: int) -> int:
        digits = [self._take() for _ in range(count)]
        if not _HEX.issuperset(digits):
            self._fail(
                f"\\{self._text[start + 1]} is followed by {count} hexadecimal digits", start
            )
        return int("".join(digits), 16)

    def _unit(self, start: int) -> int:
        r"""Read the digits of ``\uhhhh``; two that are a pair of surrogates are one code point."""
        high = self._hex_digits(4, start)
        if 0xD800 <= high < 0xDC00 and "".join(self._text[self._at : self._at + 2]) == "\\u":
            digits = self._text[self._at + 2 : self._at + 6]
            if len(digits) == 4 and _HEX.issuperset(digits):
                low = int("".join(digits), 16)
                if 0xDC00 <= low < 0xE000:
                    self._at += 6
                    return 0x10000 + (high - 0xD800 << 10) + low - 0xDC00
        return high

    def _character_name(self, start: int) -> int:
        name = ""
        if self._take() == "{":
            while (char := self._raw()) not in ("", "}"):
                name += char[-1]
                self._at += 1
            self._at += 1
        point = tables.named_point(name) if name else None
        if point is None:
            self._fail("\\N is followed by the name of a character in braces", start)
        return point

    # --- Classes --------------------------------------------------------------------------

    def _class(self, start: int) -> Iterator[Token]:
        """Yield the tokens from a ``[`` that has been read to the ``]`` that closes it."""
        opened = [start]
        yield self._class_open(start)
        first = True
        while True:
            char = self._peek()
            at = self._at
            if not char:
                self._fail("the class [ is not closed", opened[-1])
            if char == "[":
                self._at += 1
                opened.append(at)
                if len(opened) > MAX_NESTING:
                    self._fail(f"more than {MAX_NESTING} levels of classes are not supported", at)
                yield self._class_open(at)
                first = True
                continue
            if char == "]" and not first:
                self._at += 1
                yield self._token("CLASS_CLOSE", None, at)
                opened.pop()
                if not opened:
                    return
                continue
            if char != "&":
                yield self._member("MEMBER", at)
            elif self._second_ampersand():
                yield self._token("AND", None, at)
            else:
                yield self._member("AMPERSAND", at)
            first = False

    def _class_open(self, start: int) -> Token:
        negated = self._raw() == "^"
        if negated:
            self._at += 1
        return self._token("CLASS_OPEN", negated, start)

    def _second_ampersand(self) -> bool:
        """Read ``&&``; leave a single one.

        Where white space follows a single one, Java loses it, and takes what comes after as a
        character, brackets included.
        """
        at = self._at
        self._at += 1
        if self._peek() == "&":
            self._at += 1
            return True
        if self._at == at + 1:
            self._at = at
        return False

    def _member(self, kind: str, start: int) -> Token:
        """Read a character, a range or a set of a class."""
        if not self._peek():
            self._fail("the class [ is not closed", start)
        low = self._member_unit()
        if isinstance(low, int) and self._peek() == "-":
            self._at += 1
            if self._raw() in ("[", "]"):
                self._at -= 1
                return self._token(kind, low, start)
            if not self._peek():
                self._fail("the range of characters runs backwards", start)
            high = self._member_unit(ends_range=True)
            if not isinstance(high, int):
                self._fail("the range of characters ends in a set", start)
            if high < low:
                self._fail("the range of characters runs backwards", start)
            return self._token(kind, range(low, high + 1), start)
        return self._token(kind, low, start)

    def _member_unit(self, *, ends_range: bool = False) -> int | Ranges:
        start = self._at
        char = self._take()
        if char != "\\":
            return ord(char[-1])
        escape = self._raw()
        if escape in _TESTS or escape in ("R", "X", "k") or (escape in _DIGITS and escape != "0"):
            self._at += 1
            self._fail(f"the escape \\{escape} has no meaning in a class", start)
        found = self._escaped(start)
        # Java reads \v as the vertical tab where it begins or ends a range.
        if escape == "v" and (ends_range or self._peek() == "-"):
            return 0x0B
        return found


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


_SYNTAX: dict[str, Any] = {
    "(": Scanner._opening,
    ")": Scanner._closing,
    "|": Scanner._bar,
    ".": Scanner._dot,
    "^": Scanner._anchor,
    "$": Scanner._anchor,
    "*": Scanner._star,
    "+": Scanner._star,
    "?": Scanner._star,
    "{": Scanner._braces,
    "\\": Scanner._escape,
    "[": Scanner._class,
}
"""What begins a token other than a literal."""

_READ: dict[str, Any] = {
    "c": Scanner._control,
    "0": Scanner._octal,
    "x": Scanner._hexadecimal,
    "u": Scanner._unit,
    "N": Scanner._character_name,
}
"""Escapes that stand for one code point that is written out."""
