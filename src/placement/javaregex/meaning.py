"""From tokens to the tree of what a pattern means.

In: the text of a pattern.  Out: ``tree.Node``, or ``JavaRegexError``.  The syntax is
``java_regex.lark`` over the tokens of ``scanner``; this module gives each rule its meaning, bottom
up: flags become sets and kinds of tests, classes become sets of code points.  It knows no engine.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, cast

import attrs

from placement.grammars import Grammar
from placement.javaregex import characters, tables
from placement.javaregex.characters import Token
from placement.javaregex.codepoints import (
    NOTHING,
    Ranges,
    complement,
    intersection,
    interval,
    points,
    single,
    union,
)
from placement.javaregex.errors import JavaRegexError
from placement.javaregex.lengths import lengths
from placement.javaregex.tree import (
    Atomic,
    Choice,
    Cluster,
    Fold,
    Group,
    LineBreak,
    Literal,
    Look,
    Mode,
    Node,
    Reference,
    Repeat,
    Sequence,
    Set,
    Test,
    TestKind,
)

if TYPE_CHECKING:
    from lark import Lark

__all__ = ["GRAMMAR", "meaning_of"]

_ANY_CASE = characters.INSENSITIVE | characters.UNICODE_CASE
_SHARP_S, _CAPITAL_SHARP_S = 0xDF, 0x1E9E
"""The two do not match each other in Java, but where other characters are beside the small one."""

_MODES = {mode.value: mode for mode in Mode}


def meaning_of(pattern: str) -> Node:
    """Return the tree of a pattern.

    Raises:
        JavaRegexError: Java refuses the pattern, or it holds what is not supported here.
    """
    from lark.exceptions import UnexpectedToken

    try:
        return cast("Node", _parser().parse(pattern))
    except UnexpectedToken as error:
        token: Token = error.token
    raise _unexpected(pattern, token)


def _unexpected(pattern: str, token: Token) -> JavaRegexError:
    """Return the error for a token that the grammar has no place for.

    Brackets are balanced already: what is left is a quantifier, or an empty part of a class.
    """
    if token.type == "STAR":
        char = pattern[token.start_pos]
        message = f"there is nothing before {char} that it could repeat"
        return JavaRegexError(message, token.start_pos, token.start_pos + 1)
    return JavaRegexError("&& stands where a class needs a member", token.start_pos, token.end_pos)


def _options() -> dict[str, Any]:
    from placement.javaregex.lark_lexer import LarkLexer

    return {
        "start": "pattern",
        "parser": "lalr",
        "lexer": LarkLexer,
        "maybe_placeholders": False,
        "transformer": _Builder(),
    }


GRAMMAR = Grammar(__file__, "java_regex", _options)


@cache
def _parser() -> Lark:
    """Return the parser, which is made once in a process."""
    return GRAMMAR.parser()


class _Builder:
    """Builds nodes bottom up, one method for a rule of the grammar; Lark calls them by name."""

    def literal(self, children: list[Token]) -> Literal:
        (token,) = children
        ranges = _with_case(token.value, token.value, token.flags)
        if token.value == _SHARP_S and token.flags & _ANY_CASE == _ANY_CASE:
            return Literal(ranges, points((_SHARP_S, _CAPITAL_SHARP_S)))
        return Literal(ranges, ranges)

    def predefined(self, children: list[Token]) -> Set:
        return Set(children[0].value)

    def test(self, children: list[Token]) -> Test:
        return Test(_test_kind(children[0]))

    def line_break(self, children: list[Token]) -> LineBreak:
        del children
        return LineBreak()

    def cluster(self, children: list[Token]) -> Cluster:
        del children
        return Cluster()

    def reference(self, children: list[Token]) -> Reference:
        (token,) = children
        fold = Fold.EXACT
        if token.flags & characters.INSENSITIVE:
            fold = Fold.UNICODE if token.flags & characters.UNICODE_CASE else Fold.ASCII
        return Reference(token.value, fold)

    def choice(self, children: list[Any]) -> Choice:
        return Choice(children[::2])

    def sequence(self, children: list[Any]) -> Node:
        parts = [child for child in _in_texts(children) if not isinstance(child, Token)]
        return parts[0] if len(parts) == 1 else Sequence(parts)

    def repeated(self, children: list[Any]) -> Repeat:
        body, token = children
        least, most, mode = token.value
        return Repeat(body, least, most, _MODES[mode])

    def nothing(self, children: list[Token]) -> Repeat:
        return self.repeated([Sequence([]), *children])

    def group(self, children: list[Any]) -> Group:
        return Group(children[1], children[0].value or 0)

    def atomic(self, children: list[Any]) -> Atomic:
        return Atomic(children[1])

    def look(self, children: list[Any]) -> Look:
        opening, body, closing = children
        node = Look(body, *opening.value)
        if node.behind:
            _check_behind(node, opening.start_pos, closing.end_pos)
        return node

    def bracketed(self, children: list[Ranges]) -> Set:
        return Set(children[0])

    def union(self, children: list[Token | Ranges]) -> _Union:
        return _union_of(children)

    def operand(self, children: list[Ranges]) -> Ranges | None:
        return union(children) if children else None

    def rest(self, children: list[Any]) -> Ranges:
        first, following, *narrowing = children
        return _narrowed(_union_of([first]).joined(following), narrowing)

    def bracket(self, children: list[Any]) -> Ranges:
        opening, first, *narrowing, _ = children
        ranges = _narrowed(first, narrowing)
        return complement(ranges) if opening.value else ranges


@attrs.frozen
class _Union:
    """Members of one level of a class, joined.

    Attributes:
        ranges: All members.
        characters: The single characters that are below U+0100 in either case, which Java keeps as
            one member.
        items: How many other members there are.
        last: The last member; None where that is a single character.
    """

    ranges: Ranges
    characters: Ranges
    items: int
    last: Ranges | None

    def joined(self, other: _Union) -> _Union:
        """Return the members of both, in this order."""
        return _Union(
            union([self.ranges, other.ranges]),
            union([self.characters, other.characters]),
            self.items + other.items,
            other.last if other.ranges else self.last,
        )

    @property
    def size(self) -> int:
        """How many members there are, as Java counts them."""
        return self.items + bool(self.characters)


def _union_of(members: list[Token | Ranges]) -> _Union:
    sets: list[Ranges] = []
    characters: list[Ranges] = []
    last: Ranges | None = None
    for member in members:
        last = _member(member)
        if isinstance(member, Token) and isinstance(member.value, int) and last[-1] <= 0x100:
            characters.append(last)
            last = None
        else:
            sets.append(last)
    low = union(characters)
    return _Union(union([*sets, low]), low, len(sets), last)


def _member(member: Token | Ranges) -> Ranges:
    """Return the set of one member: a nested class, a character, a range or a set."""
    if not isinstance(member, Token):
        return member
    value = member.value
    if isinstance(value, int):
        return _with_case(value, value, member.flags)
    if isinstance(value, range):
        return _with_case(value.start, value.stop - 1, member.flags)
    ranges: Ranges = value
    return ranges


def _narrowed(level: _Union, narrowing: list[Any]) -> Ranges:
    """Return the members of a level after all of its intersections.

    ``narrowing`` holds, for each ``&&``, its token and its operand, then what follows it on the
    same level: nothing, an ampersand and a union, or a level of its own that ends the class.
    """
    queue = list(reversed(narrowing))
    while queue:
        token, right = queue.pop(), queue.pop()
        following = queue[-1] if queue and not _is_and(queue[-1]) else None
        if isinstance(following, tuple):
            right = union([right or NOTHING, queue.pop()])
        if right is not None:
            ranges = intersection(level.ranges, right) if level.size else right
        else:
            ranges = _left_alone(level, token)
        level = _Union(ranges, level.characters, 1, ranges)
        if isinstance(following, Token):
            # The single characters of a level come back with the next one.
            more = _union_of([queue.pop()]).joined(queue.pop())
            level = level.joined(more)
            level = attrs.evolve(level, ranges=union([level.ranges, level.characters]))
    return level.ranges


def _left_alone(level: _Union, token: Token) -> Ranges:
    """Return what ``&&`` leaves that has nothing on its right: the last member of its left."""
    if not level.size:
        message = "&& has no operand"
    elif level.size == 1:
        return level.ranges
    elif level.last is not None:
        return level.last
    else:
        message = "&& with nothing on its right, after a single character, is not supported"
    raise JavaRegexError(message, token.start_pos, token.end_pos)


def _in_texts(children: list[Any]) -> list[Any]:
    """Return the parts of a sequence, with characters that have other ones beside them as such."""
    if not any(isinstance(child, Literal) and child.in_text != child.ranges for child in children):
        return children
    beside = [None, *children, None]
    return [
        Set(child.in_text)
        if isinstance(child, Literal)
        and (isinstance(before, Literal) or isinstance(after, Literal))
        else child
        for before, child, after in zip(beside, children, beside[2:], strict=False)
    ]


def _check_behind(node: Look, start: int, end: int) -> None:
    """Refuse a look-behind whose greatest length Java does not see, or reckons oddly."""
    known = lengths(node.body)
    if not known.bounded:
        raise JavaRegexError("the look-behind has no greatest length that Java sees", start, end)
    if known.least < 0 or (node.by_points and known.most < 0):
        raise JavaRegexError("this look-behind is not supported", start, end)


def _is_and(child: Any) -> bool:
    return isinstance(child, Token) and child.type == "AND"


def _with_case(low: int, high: int, flags: int) -> Ranges:
    """Return the points from ``low`` to ``high``, and under ``(?i)`` those that count as equal."""
    if not flags & characters.INSENSITIVE:
        return interval(low, high)
    if flags & characters.UNICODE_CASE:
        if low == high:
            return union(map(single, tables.case_partners(low)))
        return union([interval(low, high), tables.extra_partners(low, high)])
    sets = [interval(low, high)]
    for letter, other in ((0x41, 0x61), (0x61, 0x41)):
        first, last = max(low, letter), min(high, letter + 25)
        if first <= last:
            sets.append(interval(first - letter + other, last - letter + other))
    return union(sets)


_PLAIN_TESTS = {"\\A": TestKind.BEGIN, "\\G": TestKind.BEGIN, "\\z": TestKind.END}


def _test_kind(token: Token) -> TestKind:
    name, flags = token.value, token.flags
    unix = bool(flags & characters.UNIX_LINES)
    if name in _PLAIN_TESTS:
        return _PLAIN_TESTS[name]
    if name in ("\\b", "\\B"):
        unicode = bool(flags & characters.UNICODE_CLASS)
        if name == "\\b":
            return TestKind.UNICODE_EDGE if unicode else TestKind.WORD_EDGE
        return TestKind.NO_UNICODE_EDGE if unicode else TestKind.NO_WORD_EDGE
    if name == "^":
        if not flags & characters.MULTILINE:
            return TestKind.BEGIN
        return TestKind.UNIX_BEGIN if unix else TestKind.LINE_BEGIN
    if name == "$" and flags & characters.MULTILINE:
        return TestKind.UNIX_END if unix else TestKind.LINE_END
    return TestKind.LAST_UNIX_END if unix else TestKind.LAST_LINE_END
