"""Sets of code points, and the few operations on them that a pattern needs.

In: code points and other sets.  Out: a `Ranges`, a flat tuple of boundaries ``(start, end, start,
end, ...)``: the set holds every code point from a start up to and without the end behind it.  The
boundaries rise strictly, so equal sets are equal tuples.  This module knows nothing of patterns or
of Unicode.
"""

from __future__ import annotations

from collections.abc import Iterable

__all__ = [
    "ANYTHING",
    "ASCII",
    "LIMIT",
    "NOTHING",
    "Ranges",
    "complement",
    "contains",
    "intersection",
    "interval",
    "points",
    "single",
    "union",
]

Ranges = tuple[int, ...]
"""A set of code points as rising boundaries; surrogates are code points like any other."""

LIMIT = 0x110000
NOTHING: Ranges = ()
ANYTHING: Ranges = (0, LIMIT)
ASCII: Ranges = (0, 0x80)


def single(point: int) -> Ranges:
    """Return the set of one code point."""
    return (point, point + 1)


def interval(first: int, last: int) -> Ranges:
    """Return the set from ``first`` to ``last``, both included."""
    return (first, last + 1)


def points(members: Iterable[int]) -> Ranges:
    """Return the set of the given code points, in any order and with repetitions."""
    return union([single(member) for member in members])


def union(sets: Iterable[Ranges]) -> Ranges:
    """Return what is in any of the sets."""
    pairs = sorted(pair for each in sets for pair in zip(each[::2], each[1::2], strict=True))
    result: list[int] = []
    for start, end in pairs:
        if result and start <= result[-1]:
            if end > result[-1]:
                result[-1] = end
        else:
            result += (start, end)
    return tuple(result)


def complement(ranges: Ranges) -> Ranges:
    """Return every code point that is not in the set."""
    head = ranges[1:] if ranges[:1] == (0,) else (0, *ranges)
    return head[:-1] if head[-1:] == (LIMIT,) else (*head, LIMIT)


def intersection(left: Ranges, right: Ranges) -> Ranges:
    """Return what is in both sets."""
    result: list[int] = []
    i = j = 0
    while i < len(left) and j < len(right):
        start = max(left[i], right[j])
        end = min(left[i + 1], right[j + 1])
        if start < end:
            result += (start, end)
        if left[i + 1] < right[j + 1]:
            i += 2
        else:
            j += 2
    return tuple(result)


def contains(ranges: Ranges, point: int) -> bool:
    """Tell whether the code point is in the set."""
    low, high = 0, len(ranges)
    while low < high:
        middle = (low + high) // 2
        if ranges[middle] <= point:
            low = middle + 1
        else:
            high = middle
    return low % 2 == 1
