"""Sets of code points.

In and out: ``Ranges``, an ascending tuple of boundaries.  A point belongs to the set if an odd
number of boundaries is not above it: ``(97, 123)`` holds ``a`` to ``z``.  Equal sets are equal
tuples.  Nothing of patterns is known here.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable

__all__ = [
    "ANYTHING",
    "LIMIT",
    "NOTHING",
    "Ranges",
    "complement",
    "contains",
    "difference",
    "intersection",
    "interval",
    "points",
    "single",
    "union",
]

Ranges = tuple[int, ...]

LIMIT = 0x110000
"""One more than the largest code point."""

NOTHING: Ranges = ()
ANYTHING: Ranges = (0, LIMIT)


def interval(low: int, high: int) -> Ranges:
    """Return the points from ``low`` to ``high``, both included."""
    return (low, high + 1)


def single(point: int) -> Ranges:
    """Return the set of one point."""
    return (point, point + 1)


def points(some: Iterable[int]) -> Ranges:
    """Return the set of these points."""
    return union([single(point) for point in some])


def contains(ranges: Ranges, point: int) -> bool:
    """Return whether the set holds the point."""
    return bisect_right(ranges, point) % 2 == 1


def complement(ranges: Ranges) -> Ranges:
    """Return all points that the set does not hold."""
    start = ranges[1:] if ranges[:1] == (0,) else (0, *ranges)
    return start[:-1] if start[-1:] == (LIMIT,) else (*start, LIMIT)


def union(sets: Iterable[Ranges]) -> Ranges:
    """Return the points that at least one of the sets holds."""
    some = [ranges for ranges in sets if ranges]
    if len(some) < 2:
        return some[0] if some else NOTHING
    pairs = sorted(pair for ranges in some for pair in zip(ranges[::2], ranges[1::2], strict=True))
    result: list[int] = []
    start, end = pairs[0]
    for low, high in pairs:
        if low > end:
            result += (start, end)
            start, end = low, high
        elif high > end:
            end = high
    return (*result, start, end)


def intersection(left: Ranges, right: Ranges) -> Ranges:
    """Return the points that both sets hold."""
    return complement(union([complement(left), complement(right)]))


def difference(left: Ranges, right: Ranges) -> Ranges:
    """Return the points of the first set that the second does not hold."""
    return intersection(left, complement(right))
