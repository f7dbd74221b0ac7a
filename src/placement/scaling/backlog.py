"""Tasks that wait for new instances, and how many of them one instance takes (S12.2).

In: tasks in order of creation, and the room of an empty instance.  Out: the tasks that fit together
on it, scanned in order, and bounds of their number that cost less than the scan.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Hashable, Sequence
from itertools import accumulate

import attrs

from placement.scaling.instance_offers import PendingTask
from placement.scaling.packing import Amounts

__all__ = ["Backlog"]


class Backlog:
    """The tasks that nothing was launched for yet.

    Attributes:
        tasks: The tasks in order of creation.
        kinds: Their kinds; a set of kinds is an int, in which bit ``i`` stands for ``kinds[i]``.
        total: What all tasks took together at first: more room than that is of no use.
    """

    def __init__(
        self, tasks: Sequence[PendingTask], exclusive: frozenset[Hashable] = frozenset()
    ) -> None:
        """Read the tasks; ``exclusive`` is what each new instance's daemons have already."""
        self.tasks = list(tasks)
        self.kinds = list(dict.fromkeys(task.kind for task in tasks))
        index = {kind: number for number, kind in enumerate(self.kinds)}
        self._exclusive = exclusive
        self._sequence = [index[task.kind] for task in tasks]
        self._needs = [(*kind.size.amounts, kind.size.exclusive) for kind in self.kinds]
        self._count()
        cpu, memory, gpus, interfaces = (
            sum(need[i] * number for need, number in self._counted()) for i in range(4)
        )
        self.total: Amounts = cpu, memory, gpus, interfaces

    def remove(self, taken: Sequence[int]) -> None:
        """Forget the tasks at these positions."""
        gone = set(taken)
        self.tasks = [task for i, task in enumerate(self.tasks) if i not in gone]
        self._sequence = [kind for i, kind in enumerate(self._sequence) if i not in gone]
        self._count()

    def at_most(self, room: Amounts) -> int:
        """Return a number of tasks that a machine cannot exceed, whichever they are."""
        return min(bound.of(have) for bound, have in zip(self._bounds, room, strict=True))

    def at_most_together(self, room: Amounts, kinds: int) -> int:
        """Return a closer bound: by the sum of the shares of CPU and memory that tasks take.

        All that fits together takes at most twice the machine, counted as shares of both.
        """
        room_cpu, room_memory = max(room[0], 1), max(room[1], 1)
        left = 2 * room_cpu * room_memory
        number = 0
        for need, count in sorted(
            (cpu * room_memory + memory * room_cpu, self._numbers[kind])
            for kind, (cpu, memory, *_) in enumerate(self._needs)
            if kinds >> kind & 1
        ):
            fitting = min(count, left // need) if need else count
            number += fitting
            if fitting < count:
                break
            left -= fitting * need
        return number

    def scan(self, room: Amounts, kinds: int) -> list[int]:
        """Return the positions of the tasks of some kinds that fit together, scanned in order."""
        key = room, kinds
        known = self._scans.get(key)
        if known is None:
            known = self._scans[key] = self._scan(room, kinds)
        return known

    def _scan(self, room: Amounts, open_kinds: int) -> list[int]:
        """Scan the tasks; a kind of which one did not fit is not tried again, room only shrinks."""
        taken = set(self._exclusive)
        cpu, memory, gpus, interfaces = room
        needs = self._needs
        found = []
        for position, kind in enumerate(self._sequence):
            if not open_kinds >> kind & 1:
                continue
            want_cpu, want_memory, want_gpus, want_interfaces, exclusive = needs[kind]
            if (
                want_cpu > cpu
                or want_memory > memory
                or want_gpus > gpus
                or want_interfaces > interfaces
                or (exclusive and not taken.isdisjoint(exclusive))
            ):
                open_kinds &= ~(1 << kind)
                if not open_kinds:
                    break
                continue
            cpu -= want_cpu
            memory -= want_memory
            gpus -= want_gpus
            interfaces -= want_interfaces
            if exclusive:
                taken |= exclusive
            found.append(position)
        return found

    def _count(self) -> None:
        """Count the tasks of each kind, and derive the bounds; earlier scans no longer hold."""
        self._numbers = [0] * len(self.kinds)
        for kind in self._sequence:
            self._numbers[kind] += 1
        left = self._counted()
        self._bounds = [
            Bound.of_needs([(need[i], number) for need, number in left]) for i in range(4)
        ]
        self._scans: dict[tuple[Amounts, int], list[int]] = {}

    def _counted(self) -> list[tuple[Amounts, int]]:
        """Return the amounts of each kind of which tasks are left, and how many are."""
        pairs = zip(self.kinds, self._numbers, strict=True)
        return [(kind.size.amounts, number) for kind, number in pairs if number]


@attrs.frozen
class Bound:
    """How many tasks one resource alone allows, the most modest ones first.

    Attributes:
        needs: What each task of a kind takes, ascending.
        totals: What all tasks up to and with that kind take.
        numbers: How many tasks those are.
    """

    needs: list[int]
    totals: list[int]
    numbers: list[int]

    @classmethod
    def of_needs(cls, needs: list[tuple[int, int]]) -> Bound:
        """Return the bound of pairs of need and number of tasks."""
        needs = sorted(needs)
        return cls(
            [need for need, _ in needs],
            list(accumulate(need * number for need, number in needs)),
            list(accumulate(number for _, number in needs)),
        )

    def of(self, have: int) -> int:
        """Return how many tasks an amount allows."""
        whole = bisect_right(self.totals, have)
        number = self.numbers[whole - 1] if whole else 0
        if whole < len(self.needs):
            rest = have - (self.totals[whole - 1] if whole else 0)
            number += max(rest, 0) // self.needs[whole]
        return number
