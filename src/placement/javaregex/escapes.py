r"""What stands behind a backslash, outside and inside of classes.

In: a `Reader` whose cursor is at a backslash.  Out: a code point, or the node or set that the
escape stands for.  Java reads hexadecimal digits and braces with the moves that skip white space
under ``(?x)``, and so does this module.
"""

from __future__ import annotations

from . import reader as flag
from .charclass import Ranges, complement, interval, points, single, union
from .properties import (
    fold,
    fold_class,
    has_case,
    java_block,
    java_character,
    java_property,
    java_script,
    short_class,
    unicode_property,
)
from .reader import Reader
from .tree import Assertion, BackReference, Cluster, LineBreak, Node, One

__all__ = ["DIGITS", "EscapeParser", "ascii_range"]

DIGITS = frozenset(b"0123456789")
_HEX = frozenset(b"0123456789abcdefABCDEF")
_OCTAL = frozenset(b"01234567")
_ALPHA = frozenset(b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")
_LIMIT = 0x10FFFF

HORIZONTAL = points(
    (0x09, 0x20, 0xA0, 0x1680, 0x180E, *range(0x2000, 0x200B), 0x202F, 0x205F, 0x3000)
)
VERTICAL = points((0x0A, 0x0B, 0x0C, 0x0D, 0x85, 0x2028, 0x2029))
_ASCII_CLASSES: dict[str, Ranges] = {
    "d": interval(0x30, 0x39),
    "s": points((0x09, 0x0A, 0x0B, 0x0C, 0x0D, 0x20)),
    "w": union((interval(0x30, 0x39), interval(0x41, 0x5A), single(0x5F), interval(0x61, 0x7A))),
}
_CONTROLS = {"a": 0x07, "e": 0x1B, "f": 0x0C, "n": 0x0A, "r": 0x0D, "t": 0x09}
_CLASSES = frozenset("dDsSwWhHvV")
_NODES = frozenset("123456789ABGRXZbkz")


class EscapeParser:
    """Reads escapes from one `Reader`; knows the groups that have been opened so far."""

    def __init__(self, reader: Reader) -> None:
        self.reader = reader
        self.groups = 0
        self.names: dict[str, int] = {}

    def escape(self, *, create: bool = True) -> int | Node:
        """Read an escape outside of a class; the cursor is at the backslash.

        With ``create`` unset the caller wants to know only whether it is a code point.
        """
        start = self.reader.at
        letter = chr(self.reader.skip())
        if letter in _CLASSES:
            return One(self.short(letter) if create else ())
        if letter in _NODES:
            return self._node(letter, start, create)
        return self._point(letter, start)

    def escape_in_class(self, *, in_range: bool) -> int | Ranges:
        """Read an escape inside a class; ``in_range`` says that a - stands next to it."""
        start = self.reader.at
        letter = chr(self.reader.skip())
        if letter == "v" and in_range:
            return 0x0B
        if letter in _CLASSES:
            return self.short(letter)
        if letter in _NODES:
            raise self.reader.error(f"\\{letter} has no meaning inside a class", start)
        return self._point(letter, start)

    def short(self, letter: str) -> Ranges:
        r"""Return the set of a one-letter class such as ``\d``."""
        lower = letter.lower()
        if lower == "h":
            ranges = HORIZONTAL
        elif lower == "v":
            ranges = VERTICAL
        elif self.reader.flags & flag.UNICODE_CLASS:
            ranges = short_class(lower)
        else:
            ranges = _ASCII_CLASSES[lower]
        return complement(ranges) if letter.isupper() else ranges

    def single(self, point: int) -> Ranges:
        """Return what one literal matches under the present flags."""
        flags = self.reader.flags
        if not flags & flag.IGNORE_CASE:
            return (point, point + 1)
        if flags & flag.UNICODE_CASE:
            return _single_unicode(point)
        return _single_ascii(point)

    def text(self, run: list[int]) -> tuple[Ranges, ...]:
        """Return what a run of literals matches: not the same as each alone, under (?iu)."""
        flags = self.reader.flags
        if not flags & flag.IGNORE_CASE:
            return tuple([(point, point + 1) for point in run])
        if flags & flag.UNICODE_CASE:
            return tuple([fold_class(fold(point)) for point in run])
        return tuple([_single_ascii(point) for point in run])

    def _node(self, letter: str, start: int, create: bool) -> Node:
        if letter in "123456789":
            return self._reference(int(letter), start) if create else One(())
        if letter == "k":
            return self._named_reference(start)
        if letter == "b":
            return self._boundary(start, create)
        first, last = self.reader.offset(start), self.reader.offset(self.reader.at)
        if letter == "R":
            return LineBreak(first, last)
        if letter == "X":
            return Cluster(first, last)
        if letter == "Z":
            unix = self.reader.flags & flag.UNIX_LINES
            return Assertion("final-unix" if unix else "final")
        if letter == "B":
            return Assertion(self._word(), negative=True)
        # \G is where the last match ended: the beginning, since a pattern is asked only once.
        return Assertion("end" if letter == "z" else "begin")

    def _word(self) -> str:
        return "word-unicode" if self.reader.flags & flag.UNICODE_CLASS else "word"

    def _boundary(self, start: int, create: bool) -> Node:
        reader = self.reader
        if create and reader.peek() == ord("{"):
            if reader.skip() == ord("g"):
                if reader.read() != ord("}"):
                    raise reader.error("\\b{g is not closed", start)
                message = (
                    "\\b{g}, a boundary of grapheme clusters, is not supported: "
                    "what it matches in Java 17 depends on earlier steps of the match"
                )
                raise reader.error(message, start)
            reader.at -= 2
        return Assertion(self._word())

    def _reference(self, number: int, start: int) -> Node:
        reader = self.reader
        while (point := reader.peek()) in DIGITS:
            longer = number * 10 + point - ord("0")
            if longer > self.groups:
                break
            number = longer
            reader.read()
        return self._to_group(number, start)

    def _to_group(self, number: int, start: int) -> Node:
        flags = self.reader.flags
        ignore: str | None = None
        if flags & flag.IGNORE_CASE:
            ignore = "unicode" if flags & flag.UNICODE_CASE else "ascii"
        first, last = self.reader.offset(start), self.reader.offset(self.reader.at)
        return BackReference(number, ignore, first, last)

    def _named_reference(self, start: int) -> Node:
        reader = self.reader
        if reader.read() != ord("<"):
            raise reader.error("\\k must be followed by <name>", start)
        name = self.group_name(reader.read(), start)
        if name not in self.names:
            raise reader.error(f"there is no group named {name} before this reference", start)
        return self._to_group(self.names[name], start)

    def group_name(self, point: int, start: int) -> str:
        """Read a group name up to and with its ``>``; ``point`` is its first letter."""
        reader = self.reader
        if point not in _ALPHA:
            raise reader.error("a group name must begin with a letter from a to z or A to Z", start)
        name = ""
        while point in _ALPHA or point in DIGITS:
            name += chr(point)
            point = reader.read()
        if point != ord(">"):
            raise reader.error(
                "a group name must end with >, and hold only letters and digits", start
            )
        return name

    def _point(self, letter: str, start: int) -> int:
        if letter in _CONTROLS:
            return _CONTROLS[letter]
        reader = self.reader
        if letter == "0":
            return self._octal(start)
        if letter == "x":
            return self._hexadecimal(start)
        if letter == "u":
            return self._utf16(start)
        if letter == "c":
            if reader.at >= reader.length:
                raise reader.error("\\c must be followed by a character", start)
            return reader.read() ^ 64
        if letter == "N":
            return self._named_character(start)
        if ord(letter) in _ALPHA:
            raise reader.error(f"the escape \\{letter} has no meaning", start)
        if reader.at > reader.length:
            raise reader.error("the pattern ends with a single backslash", start)
        return ord(letter)

    def _octal(self, start: int) -> int:
        reader = self.reader
        first = reader.read()
        if first not in _OCTAL:
            raise reader.error("\\0 must be followed by an octal digit", start)
        value = first - ord("0")
        second = reader.read()
        if second not in _OCTAL:
            reader.at -= 1
            return value
        value = value * 8 + second - ord("0")
        third = reader.read()
        if third in _OCTAL and first <= ord("3"):
            return value * 8 + third - ord("0")
        reader.at -= 1
        return value

    def _hexadecimal(self, start: int) -> int:
        reader = self.reader
        point = reader.read()
        if point in _HEX:
            second = reader.read()
            if second in _HEX:
                return int(chr(point) + chr(second), 16)
        elif point == ord("{") and reader.peek() in _HEX:
            return self._braced_hexadecimal(start)
        raise reader.error("\\x must be followed by two hexadecimal digits or {digits}", start)

    def _braced_hexadecimal(self, start: int) -> int:
        reader = self.reader
        value = 0
        while (point := reader.read()) in _HEX:
            value = value * 16 + int(chr(point), 16)
            if value > _LIMIT:
                raise reader.error("\\x{...} is beyond the last code point, 10FFFF", start)
        if point != ord("}"):
            raise reader.error("\\x{ is not closed", start)
        return value

    def _utf16(self, start: int) -> int:
        reader = self.reader
        high = self._four_digits(start)
        if 0xD800 <= high < 0xDC00:
            behind = reader.at
            if reader.read() == ord("\\") and reader.read() == ord("u"):
                low = self._four_digits(start)
                if 0xDC00 <= low < 0xE000:
                    return 0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00)
            reader.at = behind
        return high

    def _four_digits(self, start: int) -> int:
        digits = ""
        for _ in range(4):
            point = self.reader.read()
            if point not in _HEX:
                raise self.reader.error("\\u must be followed by four hexadecimal digits", start)
            digits += chr(point)
        return int(digits, 16)

    def _named_character(self, start: int) -> int:
        reader = self.reader
        if reader.read() != ord("{"):
            raise reader.error("\\N must be followed by {name}", start)
        first = reader.at
        while reader.read() != ord("}"):
            if reader.at >= reader.length:
                raise reader.error("\\N{ is not closed", start)
        name = "".join(map(chr, reader.chars[first : reader.at - 1]))
        point = java_character(name)
        if point is None:
            raise reader.error(f'there is no character named "{name}"', start)
        return point

    def family(self, start: int, negative: bool) -> Ranges:
        r"""Read the name behind ``\p`` or ``\P``; the cursor is at the letter."""
        reader = self.reader
        if reader.next() == ord("{"):
            reader.next()
            name = self._braced_name(start)
        else:
            name = chr(reader.chars[reader.at])
            reader.read()
        ranges = self._named_set(name)
        if ranges is None:
            raise reader.error(f'there is no property or class of characters named "{name}"', start)
        return complement(ranges) if negative else ranges

    def _braced_name(self, start: int) -> str:
        reader = self.reader
        first = reader.at
        # A brace of our own behind the end, as Java has it, so that reading stops there.
        reader.chars[reader.length] = ord("}")
        while reader.read() != ord("}"):
            pass
        reader.chars[reader.length] = 0
        last = reader.at
        if last > reader.length:
            raise reader.error("\\p{ is not closed", start, reader.length)
        if first + 1 >= last:
            raise reader.error("\\p{} names no property", start)
        return "".join(map(chr, reader.chars[first : last - 1]))

    def _named_set(self, name: str) -> Ranges | None:
        flags = self.reader.flags
        ignore_case = bool(flags & flag.IGNORE_CASE)
        key, equals, value = name.partition("=")
        if equals:
            key = key.lower()
            if key in ("sc", "script"):
                return java_script(value)
            if key in ("blk", "block"):
                return java_block(value)
            if key in ("gc", "general_category"):
                return java_property(value, ignore_case, False)
            return None
        if name.startswith("In"):
            return java_block(name[2:])
        if name.startswith("Is"):
            return unicode_property(name[2:], ignore_case)
        return java_property(name, ignore_case, bool(flags & flag.UNICODE_CLASS))


def _single_ascii(point: int) -> Ranges:
    if point in _ALPHA:
        return union((single(point & ~0x20), single(point | 0x20)))
    return (point, point + 1)


def _single_unicode(point: int) -> Ranges:
    # Java compares with the fold only where upper and lower case differ; see fold_class for runs.
    folded = fold(point)
    return fold_class(folded) if has_case(point) else single(point)


def ascii_range(first: int, last: int) -> Ranges:
    """Return what a range holds under (?i): its members, and those of ASCII in the other case."""
    letters = [
        single(letter)
        for letter in _ALPHA
        if first <= letter & ~0x20 <= last or first <= letter | 0x20 <= last
    ]
    return union((interval(first, last), *letters))
