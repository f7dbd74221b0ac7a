"""How many tasks fit on empty machines: plain arithmetic of sizes (A60, S12.2).

In: what tasks ask for and what an empty machine has, as whole numbers.  Out: counts.  Constraints
and what runs already are not known here: tasks that fit on a running instance are placed by the
engine before anybody asks how many machines are lacking.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from fractions import Fraction

import attrs

from placement.errors import UsageError, describe_value

__all__ = [
    "MachineSize",
    "TaskGroup",
    "TaskSize",
    "ceil_div",
    "extremes",
    "machines_needed",
    "per_machine",
]

UNLIMITED = 2**62
"""Room in a resource that nobody has counted."""

Amounts = tuple[int, int, int, int]
"""CPU units, MiB, GPUs and network interfaces."""


def ceil_div(numerator: int, denominator: int) -> int:
    """Return the quotient, rounded up."""
    return -(-numerator // denominator)


def _check_amounts(value: object) -> None:
    for name in ("cpu", "memory", "gpus", "interfaces"):
        amount = getattr(value, name)
        if amount is not None and amount < 0:
            raise UsageError(f"{name} is at least 0, not {describe_value(amount)}")


@attrs.frozen
class TaskSize:
    """What a task asks for.

    Attributes:
        cpu: CPU units.
        memory: MiB.
        gpus: Whole GPUs.
        interfaces: Network interfaces of its own: 1 in awsvpc mode.
        exclusive: What only one task of an instance can have: its static host ports, and with
            distinctInstance the name of its group.

    Raises:
        UsageError: an amount is below 0.
    """

    cpu: int
    memory: int
    gpus: int = 0
    interfaces: int = 0
    exclusive: frozenset[Hashable] = frozenset()

    def __attrs_post_init__(self) -> None:
        _check_amounts(self)

    @property
    def amounts(self) -> Amounts:
        """Its amounts in the order of ``Amounts``."""
        return self.cpu, self.memory, self.gpus, self.interfaces


@attrs.frozen
class MachineSize:
    """What an empty machine offers to tasks, less what daemons take of it.

    Attributes:
        cpu: CPU units.
        memory: MiB.
        gpus: Whole GPUs.
        interfaces: Tasks with a network interface of their own; None: not known, not checked (C12).

    Raises:
        UsageError: an amount is below 0.
    """

    cpu: int
    memory: int
    gpus: int = 0
    interfaces: int | None = None

    def __attrs_post_init__(self) -> None:
        _check_amounts(self)

    @property
    def amounts(self) -> Amounts:
        """Its amounts in the order of ``Amounts``."""
        interfaces = UNLIMITED if self.interfaces is None else self.interfaces
        return self.cpu, self.memory, self.gpus, interfaces

    def without(self, task: TaskSize) -> MachineSize | None:
        """Return what is left beside a task, None if it does not fit."""
        if not per_machine(task, self, 1):
            return None
        interfaces = None if self.interfaces is None else self.interfaces - task.interfaces
        return MachineSize(
            self.cpu - task.cpu, self.memory - task.memory, self.gpus - task.gpus, interfaces
        )


@attrs.frozen
class TaskGroup:
    """Waiting tasks that ask for the same.

    Attributes:
        size: What each asks for.
        count: How many there are, at least 1.

    Raises:
        UsageError: there is none.
    """

    size: TaskSize
    count: int

    def __attrs_post_init__(self) -> None:
        if self.count < 1:
            raise UsageError(f"a group has at least 1 task, not {describe_value(self.count)}")


def per_machine(task: TaskSize, machine: MachineSize, most: int) -> int:
    """Return how many such tasks, ``most`` at most, fit together on one empty machine."""
    return _fitting(task, machine.amounts, most)


def machines_needed(groups: Iterable[TaskGroup], machine: MachineSize) -> int:
    """Return how many empty machines of one size take all groups together.

    First fit, groups with the largest share of a machine first: never fewer than are needed, and
    exact where there is one group.  Machines with the same content are counted, not listed, so the
    cost depends on the number of groups alone.

    Raises:
        UsageError: a task does not fit on an empty machine.
    """
    whole = machine.amounts
    bins: list[_Bins] = []
    for group in sorted(groups, key=lambda one: _size_order(one.size, whole)):
        left = group.count
        filled: list[_Bins] = []
        for one in bins:
            after, left = one.filled(group.size, left)
            filled += after
        bins = filled
        if left:
            each = _fitting(group.size, whole, left)
            if not each:
                raise UsageError("a task does not fit on an empty machine")
            fresh = _Bins(ceil_div(left, each), whole, frozenset())
            after, _ = fresh.filled(group.size, left)
            bins += after
    return sum(one.number for one in bins)


@attrs.frozen
class _Bins:
    """Machines with the same content.

    Attributes:
        number: How many.
        free: What each has left.
        taken: What no further task of them can have.
    """

    number: int
    free: Amounts
    taken: frozenset[Hashable]

    def filled(self, task: TaskSize, left: int) -> tuple[Sequence[_Bins], int]:
        """Return these machines with up to ``left`` tasks put on them, and how many remain."""
        each = 0 if task.exclusive & self.taken else _fitting(task, self.free, left)
        if not left or not each:
            return [self], left
        full = min(left // each, self.number)
        parts = [self._with(task, each, full)]
        left -= full * each
        untouched = self.number - full
        if untouched and left:
            parts.append(self._with(task, left, 1))
            untouched, left = untouched - 1, 0
        if untouched:
            parts.append(attrs.evolve(self, number=untouched))
        return [part for part in parts if part.number], left

    def _with(self, task: TaskSize, each: int, number: int) -> _Bins:
        """Return ``number`` of these machines, with ``each`` tasks more on each."""
        cpu, memory, gpus, interfaces = (
            have - each * want for have, want in zip(self.free, task.amounts, strict=True)
        )
        return _Bins(number, (cpu, memory, gpus, interfaces), self.taken | task.exclusive)


def extremes(machines: Sequence[MachineSize]) -> tuple[MachineSize, MachineSize]:
    """Return the smallest and the largest amount of each resource among machines (A60).

    Interfaces are only known where they are known of all.
    """

    def combined(choose: Callable[[Iterable[int]], int]) -> MachineSize:
        interfaces = [one.interfaces for one in machines if one.interfaces is not None]
        return MachineSize(
            choose(one.cpu for one in machines),
            choose(one.memory for one in machines),
            choose(one.gpus for one in machines),
            choose(interfaces) if len(interfaces) == len(machines) else None,
        )

    return combined(min), combined(max)


def _fitting(task: TaskSize, free: Amounts, most: int) -> int:
    """Return how many such tasks, ``most`` at most, fit together into what is free."""
    number = min(most, 1) if task.exclusive else most
    for have, want in zip(free, task.amounts, strict=True):
        if want:
            number = min(number, max(have, 0) // want)
    return number


def _size_order(task: TaskSize, whole: Amounts) -> tuple[Fraction | int, ...]:
    """Order tasks by the largest share of a machine that they take, the larger first."""
    shares = [Fraction(want, have) for want, have in zip(task.amounts, whole, strict=True) if have]
    return (-max(shares, default=Fraction(0)), *(-want for want in task.amounts))
