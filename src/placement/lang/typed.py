"""The tree of what an expression means: every literal converted, every rule on absence explicit.

Out of ``check`` (same shape as what was written) and of ``simplify`` (no negation left).  A leaf is
one question about one column of a cluster; ``holds`` in ``lang.evaluate`` answers it for one
instance, ``query.bind`` for all of them.  Truth is two-valued (A11): a leaf says what it is where
the value is absent.
"""

from __future__ import annotations

import operator
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

import attrs

from placement.errors import RegexTimeout, Span
from placement.lang.ast import NOWHERE, Operator
from placement.lang.printer import canonical_pattern, canonical_value
from placement.lang.values import VersionKey, decimal, version_key

if TYPE_CHECKING:
    from placement.javaregex import JavaPattern, JavaRegexTimeout

__all__ = [
    "CEILING",
    "FLOOR",
    "AllOf",
    "AnyOf",
    "Comparison",
    "Constant",
    "GroupTest",
    "Leaf",
    "Negation",
    "NumberTest",
    "Pattern",
    "Predicate",
    "TextTest",
    "Tree",
    "Values",
    "VersionOrdered",
]

FLOOR = -(2**62)
CEILING = 2**62
"""The ends of an open interval; every known number lies between them."""

_COMPARE: dict[Operator, Any] = {
    Operator.EQ: operator.eq,
    Operator.NE: operator.ne,
    Operator.GT: operator.gt,
    Operator.GE: operator.ge,
    Operator.LT: operator.lt,
    Operator.LE: operator.le,
}


@attrs.frozen
class Values:
    """True for the texts in ``values``; with ``excluded`` for all others."""

    values: frozenset[str]
    excluded: bool = False

    def accepts(self, value: str) -> bool:
        """Return the truth for one text."""
        return (value in self.values) != self.excluded

    def negated(self) -> Values:
        """Return the predicate that is true where this one is false."""
        return Values(self.values, not self.excluded)

    def __str__(self) -> str:
        if self.excluded and not self.values:
            return "exists"
        listed = ", ".join(map(canonical_value, sorted(self.values)))
        if len(self.values) == 1:
            return f"{'!=' if self.excluded else '=='} {listed}"
        return f"{'!in' if self.excluded else 'in'} [{listed}]"


@attrs.frozen
class Pattern:
    """True for the texts that the regular expression matches whole; ``excluded`` turns it round."""

    regex: JavaPattern
    excluded: bool = False
    steps: int | None = None
    """The budget for one text; None for the one that comes with its length."""
    span: Span = attrs.field(default=NOWHERE, eq=False, repr=False)

    def accepts(self, value: str) -> bool:
        """Return the truth for one text.

        Raises:
            RegexTimeout: the pattern gave no answer within its budget (C5).
        """
        return next(self.accepts_each((value,)))

    def accepts_each(self, values: Iterable[str]) -> Iterator[bool]:
        """Yield the truth for each text; many together take less time than one by one.

        Raises:
            RegexTimeout: in the turn of a text for which the pattern gave no answer.
        """
        try:
            for answer in self.regex.answers(values, self.steps):
                yield answer != self.excluded
        except _java_timeout() as error:
            timeout = RegexTimeout(error.pattern, error.value, self.span, error.steps)
        else:
            return
        raise timeout

    def negated(self) -> Pattern:
        """Return the predicate that is true where this one is false."""
        return attrs.evolve(self, excluded=not self.excluded)

    def __str__(self) -> str:
        return f"{'!~' if self.excluded else '=~'} {canonical_pattern(self.regex.pattern)}"


def _java_timeout() -> type[JavaRegexTimeout]:
    """Return the class to catch; asked for only when something was raised.

    Patterns are rare, and their translator takes longer to import than all the rest.
    """
    from placement.javaregex import JavaRegexTimeout

    return JavaRegexTimeout


@attrs.frozen
class Comparison:
    """An ordering of attribute values: of numbers if both sides are decimal, else of text (A15)."""

    operator: Operator
    literal: str
    excluded: bool = False

    def accepts(self, value: str) -> bool:
        """Return the truth for one text; the empty one has no place in the order (1.6, B2)."""
        return self._holds(value) != self.excluded

    def _holds(self, value: str) -> bool:
        if not value:
            return False
        compare = _COMPARE[self.operator]
        left, candidates = decimal(value), decimal(self.literal)
        if left is None or candidates is None:
            return bool(compare(value, self.literal))
        return bool(compare(left, candidates))

    def negated(self) -> Comparison:
        """Return the predicate that is true where this one is false."""
        return attrs.evolve(self, excluded=not self.excluded)

    def __str__(self) -> str:
        text = f"{self.operator.value} {canonical_value(self.literal)}"
        return f"not {text}" if self.excluded else text


@attrs.frozen
class VersionOrdered:
    """A comparison of versions, component by component (A16); false for what is no version."""

    operator: Operator
    literal: str
    excluded: bool = False
    key: VersionKey | None = attrs.field(eq=False, repr=False, init=False)

    @key.default
    def _key(self) -> VersionKey | None:
        return version_key(self.literal)

    def accepts(self, value: str) -> bool:
        """Return the truth for one text."""
        key = version_key(value)
        truth = key is not None and bool(_COMPARE[self.operator](key, self.key))
        return truth != self.excluded

    def negated(self) -> VersionOrdered:
        """Return the predicate that is true where this one is false."""
        return VersionOrdered(self.operator, self.literal, not self.excluded)

    def __str__(self) -> str:
        text = f"{self.operator.value} {canonical_value(self.literal)}"
        return f"not {text}" if self.excluded else text


Predicate = Values | Pattern | Comparison | VersionOrdered


@attrs.frozen
class TextTest:
    """A question about a column of texts; ``absent`` is the answer where there is no text."""

    column: str
    predicate: Predicate
    absent: bool = False

    def negated(self) -> TextTest:
        """Return the test that is true exactly where this one is false."""
        return TextTest(self.column, self.predicate.negated(), not self.absent)

    def __str__(self) -> str:
        if self.absent and self.predicate == Values(frozenset()):
            return f"{self.column} !exists"
        return f"{self.column} {self.predicate}{' or absent' if self.absent else ''}"


@attrs.frozen
class NumberTest:
    """A question about a column of whole numbers: is it in one of these closed intervals?

    Times are microseconds since 1970.  ``unknown`` is the answer where there is no number.
    ``text`` is what a person wrote, for printing.
    """

    column: str
    intervals: tuple[tuple[int, int], ...]
    unknown: bool = False

    def negated(self) -> NumberTest:
        """Return the test that is true exactly where this one is false."""
        gaps = []
        start = FLOOR
        for low, high in self.intervals:
            if start < low:
                gaps.append((start, low - 1))
            start = high + 1
        if start <= CEILING:
            gaps.append((start, CEILING))
        return NumberTest(self.column, tuple(gaps), not self.unknown)

    def __str__(self) -> str:
        parts = [_interval(low, high) for low, high in self.intervals]
        if self.unknown:
            parts.append("unknown")
        return f"{self.column} {' or '.join(parts) or 'never'}"


def _interval(low: int, high: int) -> str:
    if low == high:
        return f"== {low}"
    if low <= FLOOR:
        return "known" if high >= CEILING else f"<= {high}"
    return f">= {low}" if high >= CEILING else f"{low}..{high}"


@attrs.frozen
class GroupTest:
    """A question about the tasks on an instance: has one a group that the predicate accepts?

    Negative operators are part of the predicate (A21); ``excluded`` turns the answer round.
    """

    column: str
    predicate: Values | Pattern
    excluded: bool = False

    def negated(self) -> GroupTest:
        """Return the test that is true exactly where this one is false."""
        return GroupTest(self.column, self.predicate, not self.excluded)

    def __str__(self) -> str:
        text = f"{self.column} {self.predicate}"
        return f"not({text})" if self.excluded else text


@attrs.frozen
class Constant:
    """Always true, or always false."""

    value: bool

    def negated(self) -> Constant:
        """Return the other constant."""
        return Constant(not self.value)

    def __str__(self) -> str:
        return "true" if self.value else "false"


Leaf = TextTest | NumberTest | GroupTest | Constant


@attrs.frozen
class Negation:
    """True where ``child`` is false."""

    child: Tree


@attrs.frozen
class AllOf:
    """True where all children are true."""

    children: tuple[Tree, ...]


@attrs.frozen
class AnyOf:
    """True where one of the children is true."""

    children: tuple[Tree, ...]


Tree = Leaf | Negation | AllOf | AnyOf
