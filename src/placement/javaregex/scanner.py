r"""From the text of a pattern to tokens of ``java_regex.lark``.

In: the text.  Out: tokens, each with its flags and its place, or ``JavaRegexError``.  The scanner
knows what depends on the place alone: ``\Q...\E``, escapes, white space and comments under
``(?x)``, which flags are set, how many groups there are, and that brackets balance.  It does not
know how pieces combine.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from placement.javaregex.characters import (
    COMMENTS,
    DIGITS,
    DOT_ALL,
    INSENSITIVE,
    LETTERS,
    MULTILINE,
    UNICODE_CASE,
    UNICODE_CLASS,
    UNIX_LINES,
    Token,
)
from placement.javaregex.codepoints import Ranges, complement, interval
from placement.javaregex.escapes import LINE_ENDS, Escapes

__all__ = ["Scanner"]

MAX_NESTING = 50
"""Levels of groups, and of classes, that a pattern may have."""

MAX_COUNT = 2**31 - 1

_FLAGS = {
    "i": INSENSITIVE,
    "d": UNIX_LINES,
    "m": MULTILINE,
    "s": DOT_ALL,
    "u": UNICODE_CASE,
    "x": COMMENTS,
    "U": UNICODE_CLASS | UNICODE_CASE,
}
_TESTS = frozenset("bBAzZG")
_LOOKS = frozenset("=!")


class Scanner(Escapes):
    """Reads one pattern, once."""

    def __init__(self, pattern: str) -> None:
        super().__init__(pattern)
        self._groups = 0
        self._names: dict[str, int] = {}
        self._open: list[tuple[int, int]] = []
        """Start and flags of each group that is open."""

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
        if self._raw() not in DIGITS:
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
        while self._peek() in DIGITS:
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
        while (char := self._peek()) in LETTERS or (name and char in DIGITS):
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
        elif char in DIGITS and char != "0":
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
        while (char := self._peek()) in DIGITS and 10 * number + int(char) <= self._groups:
            number = 10 * number + int(char)
            self._at += 1
        return self._token("REFERENCE", number, start)

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
        if escape in _TESTS or escape in ("R", "X", "k") or (escape in DIGITS and escape != "0"):
            self._at += 1
            self._fail(f"the escape \\{escape} has no meaning in a class", start)
        found = self._escaped(start)
        # Java reads \v as the vertical tab where it begins or ends a range.
        if escape == "v" and (ends_range or self._peek() == "-"):
            return 0x0B
        return found


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
