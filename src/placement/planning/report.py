"""A cluster at a glance: use, the largest tasks that still fit, fragmentation, groups.

In: a cluster, and task definitions that the caller knows.  Out: ``Report``.  Only reads.  What fits
is asked of the engine: which rows take tasks at all, and whether the most frequent definition does.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence

import attrs

from placement.engine.cluster import Cluster
from placement.engine.request import Task
from placement.errors import UsageError, describe_value
from placement.kernels.fields import COUNTED, NO_ROW
from placement.model.checks import is_several
from placement.planning.amounts import Use, total_of
from placement.planning.fragmentation import Fragmentation, fragmentation_of
from placement.planning.rows import Rows, rows_of, rows_taking

__all__ = ["GroupUse", "InstanceUse", "Pair", "Report", "pareto_front", "report"]


@attrs.frozen
class InstanceUse:
    """One instance in a report.

    Attributes:
        id: Its id.
        zone: Its availability zone, None where the attribute is missing.
        type: Its instance type, likewise.
        status: Of ``STATUSES``.
        connected: Whether its agent is connected.
        use: What it has and uses.
    """

    id: str
    zone: str | None
    type: str | None
    status: str
    connected: bool
    use: Use


@attrs.frozen
class Pair:
    """An amount of CPU and of memory that one task could still have.

    Attributes:
        cpu: CPU units.
        memory: MiB.
        instances: The ids of the instances that have just this free, in order of registration.
    """

    cpu: int
    memory: int
    instances: tuple[str, ...]


@attrs.frozen
class GroupUse:
    """A task group and where it runs.

    Attributes:
        name: The group.
        tasks: How many of its tasks count (their desired status is RUNNING, A20).
        instances: On how many instances.
        by_zone: How many in each zone; None: instances without the attribute.
    """

    name: str
    tasks: int
    instances: int
    by_zone: Mapping[str | None, int]


@attrs.frozen
class Report:
    """A cluster at a glance.  INACTIVE instances are left out everywhere.

    Attributes:
        total: The use of all instances.
        by_zone: The use by availability zone, in order of name; None, the last, is for instances
            without the attribute.
        by_type: The use by instance type, likewise.
        by_instance: The use of each instance, in order of registration.
        largest: By zone, in the same order, the pairs of CPU and memory of which none is exceeded
            by another (Pareto's front), by falling CPU.  A task of a launch type that instances of
            the zone take (B21) and that asks for nothing but CPU and memory has room in the zone
            exactly if one of the pairs has at least as much of both.  Empty where nothing fits.
        fragmentation: What is free but cannot take the most frequent definition; None where no
            task's definition is known.
        groups: The groups with counted tasks, the largest first.
        unknown_tasks: Running tasks of which no group is known (C10).
    """

    total: Use
    by_zone: Mapping[str | None, Use]
    by_type: Mapping[str | None, Use]
    by_instance: Sequence[InstanceUse]
    largest: Mapping[str | None, tuple[Pair, ...]]
    fragmentation: Fragmentation | None
    groups: tuple[GroupUse, ...]
    unknown_tasks: int


def report(cluster: Cluster, *, definitions: Iterable[Task] = ()) -> Report:
    """Return a cluster at a glance.

    Args:
        cluster: The cluster, which is only read.
        definitions: Task definitions; the one that most tasks are of is used to measure
            fragmentation, if it is among them.

    Raises:
        RegexTimeout: a pattern in a constraint of a definition gave no answer in time.
        UsageError: an argument is not of its kind.
    """
    if not isinstance(cluster, Cluster):
        raise UsageError(f"expected a Cluster, not {describe_value(cluster)}")
    known = _checked_definitions(definitions)
    rows, taking = rows_of(cluster), rows_taking(cluster)
    return Report(
        total=total_of(rows.uses),
        by_zone=_use_by(rows.zones, rows.uses),
        by_type=_use_by(rows.types, rows.uses),
        by_instance=[
            InstanceUse(*fields)
            for fields in zip(
                *(rows.ids, rows.zones, rows.types, rows.statuses, rows.connected, rows.uses),
                strict=True,
            )
        ],
        largest=_largest(rows, taking),
        fragmentation=fragmentation_of(cluster, rows, taking, known),
        groups=_groups(cluster, rows),
        unknown_tasks=sum(use.tasks for use in rows.uses)
        - int(cluster.store.tasks.grouped_tasks[rows.numbers].sum()),
    )


def pareto_front(points: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return the points that no other exceeds or equals in both numbers, the first one falling.

    Each point is there once, however often it was given.
    """
    front: list[tuple[int, int]] = []
    for first, second in sorted(set(points), reverse=True):
        if not front or second > front[-1][1]:
            front.append((first, second))
    return front


def _checked_definitions(definitions: Iterable[Task]) -> list[Task]:
    """Return the definitions as a list.

    Raises:
        UsageError: they are not several tasks.
    """
    if not is_several(definitions):
        raise UsageError(f"definitions are several tasks, not {describe_value(definitions)}")
    known = list(definitions)
    for one in known:
        if not isinstance(one, Task):
            raise UsageError(f"definitions are several tasks, {describe_value(one)} is none")
    return known


def _use_by(names: Sequence[str | None], uses: Sequence[Use]) -> dict[str | None, Use]:
    """Return the sum of the uses that have a name, for each name."""
    found: defaultdict[str | None, list[Use]] = defaultdict(list)
    for name, use in zip(names, uses, strict=True):
        found[name].append(use)
    return {name: total_of(found[name]) for name in sorted(found, key=_none_last)}


def _none_last(name: str | None) -> tuple[bool, str]:
    return name is None, name or ""


def _largest(rows: Rows, taking: set[int]) -> dict[str | None, tuple[Pair, ...]]:
    """Return for each zone the largest pairs that its instances have free."""
    free: defaultdict[str | None, defaultdict[tuple[int, int], list[str]]]
    free = defaultdict(lambda: defaultdict(list))
    for place, row in enumerate(rows.numbers.tolist()):
        if row in taking:
            use = rows.uses[place]
            amounts = max(0, use.cpu.free), max(0, use.memory.free)
            free[rows.zones[place]][amounts].append(rows.ids[place])
    return {
        zone: tuple(
            [Pair(*one, tuple(free[zone][one])) for one in pareto_front(free[zone]) if any(one)]
        )
        for zone in sorted(set(rows.zones), key=_none_last)
    }


def _groups(cluster: Cluster, rows: Rows) -> tuple[GroupUse, ...]:
    """Return the groups that have counted tasks on instances of the report."""
    tasks = cluster.store.tasks
    columns = {name: array[: tasks.positions] for name, array in tasks.task.items()}
    counted = (columns["row"] != NO_ROW) & (columns["flags"] & COUNTED > 0)
    zone_of = dict(zip(rows.numbers.tolist(), rows.zones, strict=True))
    on_rows = Counter(
        zip(columns["group"][counted].tolist(), columns["row"][counted].tolist(), strict=True)
    )
    by_zone: defaultdict[int, Counter[str | None]] = defaultdict(Counter)
    instances: Counter[int] = Counter()
    for (group, row), count in on_rows.items():
        if row in zone_of:
            by_zone[group][zone_of[row]] += count
            instances[group] += 1
    names = tasks.groups.names.texts
    found = [
        GroupUse(
            names[group] or "",
            zones.total(),
            instances[group],
            {zone: zones[zone] for zone in sorted(zones, key=_none_last)},
        )
        for group, zones in by_zone.items()
    ]
    return tuple(sorted(found, key=lambda one: (-one.tasks, one.name)))
