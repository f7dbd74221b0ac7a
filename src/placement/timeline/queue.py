"""What happens later: entries by the moment they are due, one heap for each phase of an instant.

In: entries (moment, order inside the moment, what).  Out: the next moment at which something is
due, and the entries due then, phase by phase.  An entry is plain data, so that copying a queue is
copying lists.  An entry stays until it is due; its taker checks whether it still holds.
How many entries there are of a kind is known without looking at them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from heapq import heappop, heappush
from typing import Any, Self

__all__ = ["EventQueue"]

What = tuple[Any, ...]
"""A kind (a text) and keys, immutable; the owner of the queue gives them their meaning."""

Entry = tuple[int, int, int, What]
"""Moment, order inside the moment, serial number (equal orders: first come, first served), what."""


class EventQueue:
    """A discrete-event queue with phases.

    Args:
        phases: How many phases an instant has; each is a number from 0.

    Inside one phase entries come by (moment, order, time of entering).
    """

    __slots__ = ("_heaps", "_kinds", "_serial")

    def __init__(self, phases: int) -> None:
        self._heaps: list[list[Entry]] = [[] for _ in range(phases)]
        self._kinds: dict[str, int] = {}
        self._serial = 0

    def __len__(self) -> int:
        return sum(map(len, self._heaps))

    def push(self, moment: int, phase: int, order: int, what: What) -> None:
        """Add an entry."""
        self._serial += 1
        kind = what[0]
        self._kinds[kind] = self._kinds.get(kind, 0) + 1
        heappush(self._heaps[phase], (moment, order, self._serial, what))

    def next_moment(self) -> int | None:
        """Return when the next entry is due, None if there is none."""
        return min((heap[0][0] for heap in self._heaps if heap), default=None)

    def is_due(self, now: int) -> bool:
        """Return whether an entry is due by a moment."""
        return any(heap and heap[0][0] <= now for heap in self._heaps)

    def pop_due(self, now: int, phase: int) -> Iterator[What]:
        """Take out and yield what is due by a moment in a phase, entries added meanwhile too."""
        heap, kinds = self._heaps[phase], self._kinds
        while heap and heap[0][0] <= now:
            what = heappop(heap)[3]
            kinds[what[0]] -= 1
            yield what

    def has_any(self, kinds: Collection[str]) -> bool:
        """Return whether there is an entry of one of these kinds."""
        return any(self._kinds.get(kind) for kind in kinds)

    def has_others(self, kinds: Collection[str]) -> bool:
        """Return whether there is an entry of another kind than these."""
        return any(number and kind not in kinds for kind, number in self._kinds.items())

    def entries(self) -> Iterator[tuple[int, int, What]]:
        """Yield (moment, phase, what) of all entries, in no order."""
        for phase, heap in enumerate(self._heaps):
            for moment, _, _, what in heap:
                yield moment, phase, what

    def copy(self) -> Self:
        """Return an independent queue with the same entries."""
        twin = type(self)(0)
        twin._heaps = [heap.copy() for heap in self._heaps]
        twin._kinds = self._kinds.copy()
        twin._serial = self._serial
        return twin
