"""Make a typed tree smaller without changing what it selects.

In and out: ``typed.Tree``; the result has no ``Negation``, no constant inside a larger tree, no
AllOf inside an AllOf, and asks each column at most once in a conjunction as far as lists of values
and intervals go.  Knows no cluster.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar, cast

from placement.lang.typed import (
    CEILING,
    FLOOR,
    AllOf,
    AnyOf,
    Constant,
    GroupTest,
    Leaf,
    Negation,
    NumberTest,
    TextTest,
    Tree,
    Values,
)

__all__ = ["RULES", "simplify"]

Children = tuple[Tree, ...]
Rule = Callable[[Children, bool], Children]
"""A rule on the children of an AllOf (True) or an AnyOf (False); it keeps what they select."""


def simplify(tree: Tree, negate: bool = False) -> Tree:
    """Return a tree that selects what ``tree`` (or with ``negate``, its negation) selects.

    Negations are pushed into the leaves on the way down, each of which knows its opposite, absent
    values included.
    """
    match tree:
        case Negation(child):
            return simplify(child, not negate)
        case AllOf(children):
            return _join(tuple([simplify(child, negate) for child in children]), not negate)
        case AnyOf(children):
            return _join(tuple([simplify(child, negate) for child in children]), negate)
    return _fold(tree.negated() if negate else tree)


def _join(children: Children, conjunction: bool) -> Tree:
    for rule in RULES:
        children = rule(children, conjunction)
    if not children:
        return Constant(conjunction)
    if len(children) == 1:
        return children[0]
    return AllOf(children) if conjunction else AnyOf(children)


def _flatten(children: Children, conjunction: bool) -> Children:
    """``a and (b and c)`` -> ``a and b and c``."""
    same = AllOf if conjunction else AnyOf
    flat: list[Tree] = []
    for child in children:
        flat.extend(child.children if isinstance(child, same) else (child,))
    return tuple(flat)


def _once(children: Children, _: bool) -> Children:
    """``a and a`` -> ``a``."""
    return tuple(dict.fromkeys(children))


def _merge_values(children: Children, conjunction: bool) -> Children:
    """``x in [a, b] and x != a`` -> ``x == b``; ``x == a or x == b`` -> ``x in [a, b]``."""
    return _merge(children, _lists_values, _both_values if conjunction else _either_values)


def _merge_numbers(children: Children, conjunction: bool) -> Children:
    """``n > 3 and n < 7`` -> ``n in 4..6``."""
    return _merge(children, _asks_number, _both_numbers if conjunction else _either_numbers)


def _drop_constants(children: Children, conjunction: bool) -> Children:
    """``a and true`` -> ``a``; ``a and false`` -> ``false``."""
    if Constant(not conjunction) in children:
        return (Constant(not conjunction),)
    return tuple([child for child in children if child != Constant(conjunction)])


RULES: tuple[Rule, ...] = (_flatten, _once, _merge_values, _merge_numbers, _drop_constants)
"""The rules in their order; each is sound alone."""


def _fold(leaf: Leaf) -> Leaf:
    """Return a constant for a leaf that is the same everywhere, else the leaf."""
    match leaf:
        case TextTest(column="agentConnected"):
            answers = {leaf.predicate.accepts(text) for text in ("true", "false")}
            return Constant(answers.pop()) if len(answers) == 1 else leaf
        case TextTest(predicate=Values(values, excluded), absent=absent):
            return Constant(absent) if not values and excluded == absent else leaf
        case NumberTest(column, intervals, unknown):
            if column == "runningTasksCount":  # never unknown, never negative
                intervals = tuple([(max(low, 0), high) for low, high in intervals if high >= 0])
                unknown = bool(intervals)
            whole = ((0 if column == "runningTasksCount" else FLOOR, CEILING),)
            if not intervals and not unknown:
                return Constant(False)
            return Constant(True) if unknown and intervals == whole else leaf
        case GroupTest(predicate=Values(values, False), excluded=excluded) if not values:
            return Constant(excluded)
    return leaf


T = TypeVar("T", TextTest, NumberTest)


def _merge(
    children: Children, pick: Callable[[Tree], T | None], merged: Callable[[T, T], T]
) -> Children:
    """Merge the children that ``pick`` knows and that ask the same column."""
    found: dict[str, list[T]] = {}
    places: list[Tree | str] = []
    for child in children:
        test = pick(child)
        if test is None:
            places.append(child)
        elif test.column in found:
            found[test.column].append(test)
        else:
            found[test.column] = [test]
            places.append(test.column)
    return tuple(
        [
            _fold(_merge_all(found[place], merged)) if isinstance(place, str) else place
            for place in places
        ]
    )


def _merge_all(tests: list[T], merged: Callable[[T, T], T]) -> T:
    """Merge neighbours, then the results, and so on: long lists stay cheap."""
    while len(tests) > 1:
        pairs = [merged(*tests[i : i + 2]) for i in range(0, len(tests) - 1, 2)]
        tests = pairs + tests[len(pairs) * 2 :]
    return tests[0]


def _lists_values(tree: Tree) -> TextTest | None:
    """Return the tree if it is a test by a list of values, and so one that merges exactly."""
    return tree if isinstance(tree, TextTest) and isinstance(tree.predicate, Values) else None


def _asks_number(tree: Tree) -> NumberTest | None:
    return tree if isinstance(tree, NumberTest) else None


def _both_values(left: TextTest, candidates: TextTest) -> TextTest:
    a, b = cast(Values, left.predicate), cast(Values, candidates.predicate)
    return TextTest(left.column, _intersection(a, b), left.absent and candidates.absent)


def _either_values(left: TextTest, candidates: TextTest) -> TextTest:
    return _both_values(left.negated(), candidates.negated()).negated()


def _intersection(a: Values, b: Values) -> Values:
    """Return the texts that both lists, of texts or of all but some texts, accept."""
    if a.excluded and b.excluded:
        return Values(a.values | b.values, excluded=True)
    if a.excluded:
        return Values(b.values - a.values)
    return Values(a.values - b.values if b.excluded else a.values & b.values)


def _both_numbers(left: NumberTest, candidates: NumberTest) -> NumberTest:
    """Return the conjunction: both lists of intervals are in order, and are walked side by side."""
    shared: list[tuple[int, int]] = []
    i = j = 0
    while i < len(left.intervals) and j < len(candidates.intervals):
        (low, high), (other_low, other_high) = left.intervals[i], candidates.intervals[j]
        if max(low, other_low) <= min(high, other_high):
            shared.append((max(low, other_low), min(high, other_high)))
        if high < other_high:
            i += 1
        else:
            j += 1
    return NumberTest(left.column, tuple(shared), left.unknown and candidates.unknown)


def _either_numbers(left: NumberTest, candidates: NumberTest) -> NumberTest:
    return _both_numbers(left.negated(), candidates.negated()).negated()
