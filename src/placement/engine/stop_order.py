"""The order in which equally urgent tasks of a group stop, without comparing all for each (A39).

In: tasks, and sort keys that know how a stop changes their numbers.  Out: the tasks one after
another, each with the largest numbers once those before it have stopped.

A stop changes the numbers of the other tasks on its row all by the same, and those of tasks whose
row has the same value of an attribute that is spread over.  So the tasks on one row never change
places with each other, nor do rows of one bucket (equal values of all those attributes) that have
lost no task.  Each bucket is sorted once; rows that have lost a task are kept in a heap beside it,
with their next task; a heap of buckets has the best of each.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from heapq import heapify, heappop, heappush, heapreplace
from typing import TYPE_CHECKING, Any

import attrs
import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from placement.engine.ranking import SortKey
    from placement.engine.scale_in_state import ScaleInState

__all__ = ["stop_order"]

Array = npt.NDArray[Any]

Head = tuple[tuple[int, ...], int, int]
"""The next task of a row: its numbers, what breaks ties, its position; the smallest stops first."""


def stop_order(
    state: ScaleInState, tasks: Array, keys: Sequence[SortKey], *, newest_first: bool
) -> Iterator[int]:
    """Yield the tasks in the order in which they should stop, counting each as stopped.

    Args:
        state: What rows have left; changed.
        tasks: int64, at least one, ascending.
        keys: What decides, the most important first; all ``predictable``.
        newest_first: Whether the largest number decides among equals, else the smallest.
    """
    order = _Order(state, tasks, keys, newest_first)
    heap = order.first_ranks()
    buckets: dict[int, _Bucket] = {}
    while heap:
        *stored, number = heap[0]
        if number not in buckets:
            buckets[number] = order.bucket(number)
        bucket = buckets[number]
        rank = order.rank(bucket)
        if rank != tuple(stored):
            # It has become worse since, as buckets do when others lose tasks: none becomes better,
            # and so the first whose entry is still right is the best.
            heapreplace(heap, (*rank, number))
            continue
        yield order.stop_next(bucket)
        if bucket.left:
            heapreplace(heap, (*order.rank(bucket), number))
        else:
            heappop(heap)


@attrs.define
class _Bucket:
    """Tasks whose rows have the same value of each attribute that is spread over.

    Attributes:
        head: The next task, as long as there is one.
        at: Where to look for the next task whose row has lost none yet.
        end: Where the positions of the bucket end.
        left: How many tasks are left.
        values: The value of the attribute of each sort key that has one, by the key's place.
        moved: A heap: the next tasks of the rows that have lost one.
    """

    head: Head
    at: int
    end: int
    left: int
    values: dict[int, int]
    moved: list[Head] = attrs.field(factory=list)


class _Order:
    """The tasks sorted by bucket, then by their numbers; and what has changed since.

    Numbers are negative, so that the smallest stops first.
    """

    def __init__(
        self, state: ScaleInState, tasks: Array, keys: Sequence[SortKey], newest_first: bool
    ) -> None:
        self._state = state
        self._keys = keys
        self._sign = -1 if newest_first else 1
        tasks = tasks[:: self._sign]
        places = state.places_of(tasks)
        numbers = [-key.by_task(state, tasks) for key in keys]
        values = {
            number: state.values_of(key.attribute)[places]
            for number, key in enumerate(keys)
            if key.attribute is not None
        }
        own = [column for number, column in enumerate(numbers) if number not in values]
        order = _stable_order(len(tasks), [*reversed(own), *values.values()])
        self._tasks, self._places = tasks[order], places[order]
        self._numbers = [column[order] for column in numbers]
        self._values = {number: column[order] for number, column in values.items()}
        edges = np.zeros(len(tasks) - 1, np.bool_)
        for column in self._values.values():
            edges |= column[1:] != column[:-1]
        self._starts = np.concatenate([[0], np.flatnonzero(edges) + 1, [len(tasks)]])
        self._by_place = _stable_order(len(tasks), [self._places])
        # As searchsorted takes a whole number: with int32 it would convert all of them each time.
        self._sorted_places = self._places[self._by_place].astype(np.int64)
        self._rest: dict[int, Iterator[int]] = {}
        """For the place of each row that has lost a task the positions of those after the next."""
        self._place_changes: dict[int, list[int]] = {}
        """For each such place the change of each number."""
        self._value_changes: dict[tuple[int, int], int] = {}
        """The change of a number by (sort key, value of its attribute)."""

    def first_ranks(self) -> list[tuple[int, ...]]:
        """Return a heap with the rank of each bucket, and its number."""
        firsts = self._starts[:-1]
        columns = [*[column[firsts] for column in self._numbers], self._sign * self._tasks[firsts]]
        heap = list(zip(*[column.tolist() for column in columns], range(len(firsts)), strict=True))
        heapify(heap)
        return heap

    def bucket(self, number: int) -> _Bucket:
        """Return a bucket that has lost no task."""
        start, end = self._starts[number : number + 2].tolist()
        values = {number: int(column[start]) for number, column in self._values.items()}
        head = self._task_head(start, [0] * len(self._keys))
        return _Bucket(head, start, end, end - start, values)

    def rank(self, bucket: _Bucket) -> tuple[int, ...]:
        """Return the numbers of the bucket's next task, and what breaks ties."""
        numbers, tie, _ = bucket.head
        current = [*numbers, tie]
        for value in bucket.values.items():
            current[value[0]] += self._value_changes.get(value, 0)
        return tuple(current)

    def stop_next(self, bucket: _Bucket) -> int:
        """Count the bucket's next task as stopped, and return it."""
        at = bucket.head[2]
        place: int = self._places.item(at)
        task: int = self._tasks.item(at)
        if place in self._rest:
            heappop(bucket.moved)
        else:
            start = int(self._sorted_places.searchsorted(place))
            end = int(self._sorted_places.searchsorted(place, "right"))
            self._rest[place] = iter(self._by_place[start + 1 : end].tolist())
            self._place_changes[place] = [0] * len(self._keys)
        self._state.remove(task)
        for number, key in enumerate(self._keys):
            change = -key.change_by_stop(self._state, task)
            if key.attribute is None:
                self._place_changes[place][number] += change
            else:
                value = number, bucket.values[number]
                self._value_changes[value] = self._value_changes.get(value, 0) + change
        following = next(self._rest[place], None)
        if following is not None:
            heappush(bucket.moved, self._task_head(following, self._place_changes[place]))
        bucket.left -= 1
        if bucket.left:
            bucket.head = self._head(bucket)
        return task

    def _head(self, bucket: _Bucket) -> Head:
        """Find the next task of a bucket that has one."""
        while bucket.at < bucket.end and self._places.item(bucket.at) in self._rest:
            bucket.at += 1
        if bucket.at == bucket.end:
            return bucket.moved[0]
        first = self._task_head(bucket.at, [0] * len(self._keys))
        return min(first, bucket.moved[0]) if bucket.moved else first

    def _task_head(self, at: int, changes: list[int]) -> Head:
        columns = zip(self._numbers, changes, strict=True)
        numbers = [column.item(at) + change for column, change in columns]
        return tuple(numbers), self._sign * self._tasks.item(at), at


def _stable_order(length: int, columns: Sequence[Array]) -> Array:
    """Return the order of some columns of integers, the least important first; stable.

    By 16 bits at a time, which numpy sorts in linear time: numbers of rows, counts and amounts that
    differ have few of them.
    """
    order = np.arange(length)
    for column in columns:
        rest = (column - column.min()).astype(np.int64).view(np.uint64)
        while rest.any():
            digits = rest.astype(np.uint16)  # the lowest 16 bits
            order = order[np.argsort(digits[order], kind="stable")]
            rest >>= np.uint64(16)
    return order
