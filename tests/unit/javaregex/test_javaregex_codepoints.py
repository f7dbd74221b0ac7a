"""Sets of code points obey the laws of sets."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from placement.javaregex.codepoints import (
    ANYTHING,
    LIMIT,
    NOTHING,
    Ranges,
    complement,
    contains,
    intersection,
    interval,
    points,
    union,
)

POINTS = st.one_of(st.integers(0, 12), st.integers(LIMIT - 5, LIMIT - 1))
SETS = st.lists(st.tuples(POINTS, POINTS)).map(
    lambda pairs: union([interval(min(pair), max(pair)) for pair in pairs])
)
PROBES = (*range(14), *range(LIMIT - 6, LIMIT))


def members(ranges: Ranges) -> set[int]:
    return {point for point in PROBES if contains(ranges, point)}


@given(SETS, SETS)
def test_union_and_intersection_are_those_of_members(left: Ranges, right: Ranges) -> None:
    assert members(union([left, right])) == members(left) | members(right)
    assert members(intersection(left, right)) == members(left) & members(right)


@given(SETS)
def test_a_complement_holds_the_rest(ranges: Ranges) -> None:
    assert members(complement(ranges)) == set(PROBES) - members(ranges)
    assert complement(complement(ranges)) == ranges
    assert union([ranges, complement(ranges)]) == ANYTHING
    assert intersection(ranges, complement(ranges)) == NOTHING


@given(SETS, SETS)
def test_boundaries_rise_so_that_equal_sets_are_equal(left: Ranges, right: Ranges) -> None:
    for ranges in (union([left, right]), intersection(left, right), complement(left)):
        assert list(ranges) == sorted(set(ranges))
        assert len(ranges) % 2 == 0


@given(st.lists(POINTS))
def test_points_are_members(some: list[int]) -> None:
    assert members(points(some)) == set(some)
