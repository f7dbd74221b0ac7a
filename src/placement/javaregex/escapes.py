r"""Escapes that stand for a code point or a set of them.

In: what comes after a backslash.  Out: a code point or a set.  What an escape means both inside and
outside of a class is here; tests of positions, references and the like are the scanner's.
"""

from __future__ import annotations

from typing import Any

from placement.javaregex import tables
from placement.javaregex.characters import DIGITS, INSENSITIVE, LETTERS, UNICODE_CLASS, Characters
from placement.javaregex.codepoints import Ranges, complement, interval, points, union

__all__ = ["LINE_ENDS", "Escapes"]

LINE_ENDS = points(map(ord, "\n\r\x85\u2028\u2029"))
VERTICAL = union([interval(0x0A, 0x0D), LINE_ENDS])
_HORIZONTAL = union(
    [points((0x09, 0x20, 0xA0, 0x1680, 0x180E, 0x202F, 0x205F, 0x3000)), (0x2000, 0x200B)]
)
_ASCII = {
    "d": interval(0x30, 0x39),
    "s": points(map(ord, " \t\n\x0b\f\r")),
    "w": points(map(ord, "0123456789_" + "".join(LETTERS))),
    "h": _HORIZONTAL,
    "v": VERTICAL,
}
_OCTAL = frozenset("01234567")
_HEX = frozenset("0123456789abcdefABCDEF")
_CONTROLS = {"t": 9, "n": 10, "r": 13, "f": 12, "a": 7, "e": 27}


class Escapes(Characters):
    """Reads escapes."""

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
        if char in LETTERS or char in DIGITS:
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


_READ: dict[str, Any] = {
    "c": Escapes._control,
    "0": Escapes._octal,
    "x": Escapes._hexadecimal,
    "u": Escapes._unit,
    "N": Escapes._character_name,
}
"""Escapes that stand for one code point that is written out."""
