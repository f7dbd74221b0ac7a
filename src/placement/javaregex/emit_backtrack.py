r"""Tree to the syntax of the ``regex`` package, for patterns that are no regular languages.

In: a `Node`, and the value that it will be asked about.  Out: the text of a pattern for this value.
Captures, look-around, atomic groups and the order of trying are what the package does itself; every
class, every test of a position and ``\X`` is written out as explicit code points, so that nothing
depends on its flags or on its version of Unicode.  Only code points that occur in the value are
written, which keeps the pattern small whatever properties it names.

A value with code points beyond U+FFFF is matched as the UTF-16 units that Java sees, since Java's
look-behinds and back references count and compare those.
"""

from __future__ import annotations

import re

from .charclass import ASCII, Ranges, complement, intersection, points, union
from .errors import JavaRegexError
from .properties import base_letters, grapheme_type, java_property, short_class
from .references import keeps_last_round, self_references
from .study import holds_line_break, lengths
from .tree import (
    Alternation,
    Assertion,
    Atomic,
    BackReference,
    Cluster,
    Group,
    LineBreak,
    Look,
    Node,
    One,
    Parsed,
    Repeat,
    Sequence,
    Text,
    descendants,
    fold_tree,
)

__all__ = ["MAX_EXPANSION", "emit", "utf16_units"]

MAX_EXPANSION = 10_000
"""Elements of a pattern when what has to happen so often is written out, as the package does."""

MAX_DEPTH = 200
"""Levels of the tree, optional rounds of a repetition included where they are written out."""

_BMP: Ranges = (0, 0x10000)
_HIGH: Ranges = (0xD800, 0xDC00)
_NOT_HIGH: Ranges = (0, 0xD800, 0xDC00, 0x10000)
_LOW_UNIT = "[\\U0000dc00-\\U0000dfff]"
_BETWEEN = f"(?:(?<![\\U0000d800-\\U0000dbff])|(?!{_LOW_UNIT}))"
_CR_ETC = "[\\r\\x85\\u2028\\u2029]"
_LINE_BREAK = "(?:\\r\\n|[\\n-\\r\\x85\\u2028\\u2029])"
_ASSERTIONS = {
    "begin": "\\A",
    "end": "\\Z",
    "final": f"(?:\\Z|(?=\\r\\n\\Z)|(?={_CR_ETC}\\Z)|(?<!\\r)(?=\\n\\Z))",
    "final-unix": "(?=\\n?\\Z)",
    "line-end": f"(?:\\Z|(?={_CR_ETC})|(?<!\\r)(?=\\n))",
    "line-end-unix": "(?:\\Z|(?=\\n))",
    "line-begin": "(?:(?!\\Z)(?:\\A|(?<=[\\n\\x85\\u2028\\u2029])|(?<=\\r)(?!\\n)))",
    "line-begin-unix": "(?:(?!\\Z)(?:\\A|(?<=\\n)))",
}
_EMPTY_GROUP = "(?P<e>)"
_EMPTY = "(?P=e)"
_GROUP = re.compile(r"\(\?P<g\d+>")
_LOOKS = {
    (False, False): "(?=",
    (False, True): "(?!",
    (True, False): "(?<=",
    (True, True): "(?<!",
}


def _point(point: int) -> str:
    return f"\\U{point:08x}"


def _plain_class(ranges: Ranges) -> str:
    if len(ranges) == 2 and ranges[1] == ranges[0] + 1:
        return _point(ranges[0])
    if not ranges:
        return "(?!)"
    pairs = zip(ranges[::2], ranges[1::2], strict=True)
    return "[" + "".join([f"{_point(start)}-{_point(end - 1)}" for start, end in pairs]) + "]"


class _Classes:
    """Writes sets as far as the code points of one value are concerned."""

    def __init__(self, value: str) -> None:
        self.units = any(char > "\uffff" for char in value)
        members = {ord(char) for char in value if char > "\x7f"}
        if self.units:
            members.update(map(ord, utf16_units(value)))
        self.alphabet = union((ASCII, points(members)))
        self.known: dict[tuple[Ranges, bool], str] = {}

    def text(self, ranges: Ranges, one_unit: bool = False) -> str:
        """Return a set as one operand; with ``one_unit`` only members that are one UTF-16 unit."""
        found = self.known.get((ranges, one_unit))
        if found is None:
            members = intersection(ranges, self.alphabet)
            if self.units:
                found = self._in_units(intersection(members, _BMP) if one_unit else members)
            else:
                found = _plain_class(members)
            self.known[ranges, one_unit] = found
        return found

    def _in_units(self, members: Ranges) -> str:
        """Write a set over UTF-16 units: a high surrogate before a low one is no member itself."""
        alone = _plain_class(intersection(members, _NOT_HIGH))
        high = _plain_class(intersection(members, _HIGH))
        pairs = [
            "".join(map(_point, map(ord, utf16_units(chr(point)))))
            for start, end in zip(members[::2], members[1::2], strict=True)
            for point in range(max(start, 0x10000), end)
        ]
        return "(?:" + "|".join([alone, f"{high}(?!{_LOW_UNIT})", *pairs]) + ")"

    def word(self, negative: bool) -> str:
        r"""Write ``\b`` or ``\B``: a mark is part of a word if it follows a letter or digit."""
        word = self.text(union((base_letters(), (0x5F, 0x60))))
        marks = java_property("Mn", False, False) or ()
        # Java looks for the base one UTF-16 unit at a time, and finds none behind the BMP.
        mark, near = self.text(marks), self.text(intersection(marks, _BMP))
        base = self.text(intersection(base_letters(), _BMP))
        before = f"{word}|{base}{near}*{near}"
        behind = f"{word}|{mark}(?<={base}{near}*{mark})"
        return _edge(before, behind, negative)

    def word_unicode(self, negative: bool) -> str:
        word = self.text(short_class("w"))
        return _edge(word, word, negative)

    def cluster(self) -> str:
        r"""Write ``\X`` after the table of types in JDK 17; it is never entered again."""
        sets = {number: grapheme_type(number) for number in range(1, 15)}
        control = self.text(union((sets[1], sets[2], sets[3])))
        other = self.text(union((complement(union(sets.values())), sets[14])))
        tail = self.text(union((sets[4], sets[5], sets[8])))
        joiner, flag, front = (self.text(sets[number]) for number in (5, 6, 7))
        lead, vowel, trail, lv, lvt = (self.text(sets[number]) for number in range(9, 14))
        picture = self.text(sets[14])
        hangul = f"{lead}*(?:(?:{lv}|{vowel}){vowel}*{trail}*|{lvt}{trail}*)|{lead}+|{trail}+"
        base = f"(?:{hangul}|{flag}{flag}?|{other})"
        pictures = f"{picture}(?:{tail}*{joiner}{picture})*{tail}*"
        core = f"{front}*{base}{tail}*|{front}+{tail}*|{tail}+"
        return f"(?>\\r\\n|{control}|{pictures}|{core})"


def _edge(before: str, behind: str, negative: bool) -> str:
    if negative:
        return f"(?:(?<={before})(?={behind})|(?<!{before})(?!{behind}))"
    return f"(?:(?<={before})(?!{behind})|(?<!{before})(?={behind}))"


class _Emitter:
    """Renders one tree with ``groups`` capturing groups."""

    def __init__(self, node: Node, groups: int, classes: _Classes) -> None:
        self.groups = groups
        self.classes = classes
        self.referring = any(isinstance(each, BackReference) for each in descendants(node))
        self.own, self.inner = self_references(node)
        self.one_unit = _in_fixed_look_behinds(node) if classes.units else frozenset()

    def node(self, node: Node, below: list[str]) -> str:
        """Return the text of a node as one operand."""
        if isinstance(node, One):
            return self.classes.text(node.ranges, id(node) in self.one_unit)
        if isinstance(node, Text):
            one_unit = id(node) in self.one_unit
            return f"(?:{''.join([self.classes.text(each, one_unit) for each in node.sets])})"
        if isinstance(node, Sequence):
            return "(?:" + "".join(below) + ")"
        if isinstance(node, Alternation):
            return "(?:" + "|".join(below) + ")"
        if isinstance(node, Group):
            return below[0] if node.capture is None else self.group(node.capture, below[0])
        if isinstance(node, Repeat):
            return self.repeat(node, below[0])
        if isinstance(node, Atomic):
            return f"(?>{below[0]})"
        if isinstance(node, Look):
            whole = self.classes.units and node.behind and not node.by_unit
            start = _BETWEEN if whole else ""
            return f"{_LOOKS[node.behind, node.negative]}{start}{below[0]})"
        return self.leaf(node)

    def leaf(self, node: LineBreak | Cluster | Assertion | BackReference) -> str:
        if isinstance(node, LineBreak):
            return _LINE_BREAK
        if isinstance(node, Cluster):
            return self.classes.cluster()
        if isinstance(node, BackReference):
            if node.number > self.groups:
                return "(?!)"
            letter = "h" if id(node) in self.inner else "g"
            return f"(?{'i' if node.ignore_case else ''}:(?P={letter}{node.number}))"
        if node.kind == "word":
            return self.classes.word(node.negative)
        if node.kind == "word-unicode":
            return self.classes.word_unicode(node.negative)
        return _ASSERTIONS[node.kind]

    def group(self, number: int, body: str) -> str:
        text = f"(?P<g{number}>{body})"
        if number in self.own:
            # A reference inside its own group sees what the group held before.  The package has no
            # such reference, so the group is copied when it is closed.
            text += f"(?<=(?P<h{number}>(?P=g{number})))"
        return f"(?:{text})"

    def repeat(self, node: Repeat, body: str) -> str:
        if node.style == "possessive":
            # Java enters neither the whole nor one repetition again.
            return f"(?>{self.rounds(node, f'(?>{body})')})"
        first = ""
        if self.referring and keeps_last_round(node):
            first, body = self.last_round(node, body)
        if node.kind in ("single", "steady") and holds_line_break(node.body):
            body = f"(?>{body})"
        return f"(?:{first}{self.rounds(node, body)})"

    def last_round(self, node: Repeat, body: str) -> tuple[str, str]:
        """Return a look that goes through all rounds, and the body without the groups it sets.

        The group that is repeated itself is put back by Java as by the package: it stays.
        """
        own = isinstance(node.body, Group) and node.body.capture
        name = f"(?P<g{own}>"
        inside = body.replace(name, "(?:")
        if "(?P<g" not in inside:
            return "", body
        silent = _GROUP.sub(lambda found: name if found[0] == name else "(?:", body)
        return f"(?=(?>{self.rounds(node, f'(?>{inside})')}))", silent

    def rounds(self, node: Repeat, body: str) -> str:
        """Return the body as often as it may be repeated."""
        lazy = "?" if node.style == "lazy" else ""
        if not self.referring or node.most == 0 or isinstance(node.body, (One, Text)):
            most = "" if node.most is None else node.most
            return f"(?:{body}){{{node.least},{most}}}{lazy}{_EMPTY if self.referring else ''}"
        # The package notes where a repetition has failed, and does not try there again, though a
        # back reference may find another text by then.  It keeps no notes where a reference stands
        # inside and behind, so an empty one is put there.  With bounds it keeps them all the same:
        # such a repetition is written out.
        if node.most is None:
            inside = f"(?:{body}{_EMPTY}){{{max(node.least, 1)},}}{lazy}{_EMPTY}"
            return inside if node.least else _optional(inside, lazy)
        text = ""
        for _ in range(node.most - node.least):
            text = _optional(body + text, lazy)
        return f"(?:{body * node.least}{text})"


def _optional(text: str, lazy: str) -> str:
    return f"(?:|{text})" if lazy else f"(?:{text}|)"


def _in_fixed_look_behinds(root: Node) -> frozenset[int]:
    """Return the ids of nodes in a look-behind for which Java goes back so many units, and no more.

    Where the length may vary, Java may find one code point in two units, as any pattern may.
    """
    inside: set[int] = set()
    for look in descendants(root):
        if isinstance(look, Look) and look.by_unit and len(set(lengths(look.body))) == 1:
            inside.update(map(id, descendants(look.body)))
    return frozenset(inside)


class _Size:
    """Measures a pattern of some length as the package will compile it."""

    def __init__(self, length: int, referring: bool) -> None:
        self.length = length
        self.referring = referring

    def node(self, node: Node, below: list[tuple[int, int]]) -> tuple[int, int]:
        """Return how many elements a node has, and how many levels.

        The package compiles a repetition's body once for each time that it has to happen, and once
        more, whatever is inside, so nested repetitions multiply.
        """
        size = _weight(node) + sum([size for size, _ in below])
        depth = 1 + max([depth for _, depth in below], default=0)
        if isinstance(node, Repeat):
            simple = isinstance(node.body, (One, Text))
            if simple:
                size *= max(node.least, 1)
            elif not self.referring:
                size *= node.least + 1
            elif node.most is None:
                size *= max(node.least, 1) + 1
            else:
                size *= max(node.most, 1)
                depth += node.most - node.least
            if self.referring and keeps_last_round(node):
                size *= 2
        if size > MAX_EXPANSION or depth > MAX_DEPTH:
            where = (
                (node.start, node.end) if isinstance(node, (Repeat, Group)) else (0, self.length)
            )
            raise JavaRegexError("the pattern, written out, is too large to be supported", *where)
        return size, depth


def _weight(node: Node) -> int:
    if isinstance(node, Cluster):
        return 100
    return 50 if isinstance(node, Assertion) and node.kind.startswith("word") else 1


def emit(parsed: Parsed, value: str = "") -> tuple[str, bool]:
    """Return the pattern for a value, and whether it is to be matched in UTF-16 units.

    Groups have the numbers that they have in Java.  For every value of ASCII, and for the empty
    one, the text is the same.

    Raises JavaRegexError if the pattern is larger than the limits above.
    """
    emitter = _Emitter(parsed.node, parsed.groups, _Classes(value))
    fold_tree(parsed.node, _Size(parsed.length, emitter.referring).node)
    text = fold_tree(parsed.node, emitter.node)
    return (_EMPTY_GROUP if emitter.referring else "") + text, emitter.classes.units


def utf16_units(text: str) -> str:
    """Return the text with every code point beyond U+FFFF as its two surrogates."""
    data = text.encode("utf-16-be", "surrogatepass")
    return "".join([chr(high << 8 | low) for high, low in zip(data[::2], data[1::2], strict=True)])
