"""The parts of a cluster's tasks: their arrays, the room in them, and what is dropped from them.

In: how much room is needed.  Out: ``TaskParts.addresses`` (of ``ClusterArrays``), which kernels
take.  Tasks that have ended keep a position in the arrays until ``drop_ended``, groups and
specifications that no task has keep a number until ``forget_unused_names``: both cost little for
each task or name, because as many must have come before (C8).  What tasks do is not known here.
"""

from __future__ import annotations

from typing import Self

import numpy as np

from placement.errors import TaskError
from placement.kernels.fields import (
    ENDED,
    MAX_PORTS,
    MAX_TASK_IDS,
    MAX_TASKS,
    NEXT_ID,
    NO_ROW,
    NOT_COUNTED,
    RANDOM_STATE,
    TASKS,
    ClusterArrays,
)
from placement.state.change_log import ChangeLog
from placement.state.dictionary import EMPTY
from placement.state.groups import Groups
from placement.state.ports import PortTable
from placement.state.positions import empty_tasks, with_room, without_ended
from placement.state.resources import Resources
from placement.state.shared import Array, Shared, addresses_of, longer
from placement.state.specs import Specs
from placement.state.spread_counts import SpreadCounts

__all__ = ["TaskParts"]

MIN_ENDED = 4096
"""How many more tasks have ended than a share of the others before their positions are dropped:
than a third of them where arrays would have to grow, than twice as many at other times."""

MIN_UNUSED_NAMES = 4096
"""So many groups and specifications come before it is counted how many of all are used, and so many
are unused, more than an index may refer to, before they are forgotten."""


class TaskParts:
    """Arrays over tasks, and the parts whose arrays tasks change.

    Attributes:
        resources: What rows have and have left.
        ports: Which host ports are taken.
        specs: What tasks hold, by number.
        groups: Names of groups and counts of their tasks.
        spread_counts: Counts of groups by the value of an attribute.
        change_log: The rows that tasks have changed.
        task: Arrays over positions by field: id, row, group, spec, next, gpus, flags.
        newest: int32 by row, the position of the newest task, or NO_ROW.
        running: int32 by row, ``runningTasksCount``.
        grouped_tasks: int32 by row, how many counted tasks have a known group.
        names_version: Rises when groups and specifications get other numbers; who keeps numbers
            compares it.
        referred_names: How many groups and specifications an index refers to at most, written by
            the index.
    """

    def __init__(self) -> None:
        self._shared = Shared()
        self.resources = Resources(self._shared)
        self.ports = PortTable(self._shared)
        self.specs = Specs(self._shared, len(self.resources.names))
        self.groups = Groups(self._shared)
        self.spread_counts = SpreadCounts(self._shared)
        self.change_log = ChangeLog(self._shared)
        self.newest = np.zeros(0, np.int32)
        self.running = np.zeros(0, np.int32)
        self.grouped_tasks = np.zeros(0, np.int32)
        self.task = empty_tasks()
        self.names_version = 0
        self._names_to_count = MIN_UNUSED_NAMES
        """How many names there must be before it is counted which are used."""
        self.referred_names = 0
        self._arrays: ClusterArrays | None = None
        """Kept, because their addresses are."""
        self._addresses = np.zeros((0, 0), np.int64)

    # Arrays

    @property
    def meta(self) -> Array:
        """int64 ``[META]``, the counters that kernels change."""
        return self._shared.meta

    @property
    def addresses(self) -> Array:
        """The addresses of the arrays, as kernels take them; until the next call that makes room.

        int64 ``[array, ADDRESS_FIELDS]``, in the order of ``ClusterArrays``.
        """
        if self._arrays is None or self._shared.is_stale:
            arrays = ClusterArrays(
                free=self.resources.free,
                registered=self.resources.registered,
                reserved=self.resources.reserved,
                gpus=self.resources.gpus,
                ports=self.ports.taken,
                newest=self.newest,
                running=self.running,
                grouped_tasks=self.grouped_tasks,
                pair_tables=self.groups.pairs.tables,
                pair_entries=self.groups.pairs.entries,
                port_keys=self.ports.table.keys,
                port_holders=self.ports.table.values,
                **{f"task_{name}": array for name, array in self.task.items()},
                spec_demand=self.specs.demand,
                spec_ports=self.specs.ports,
                spec_port_start=self.specs.port_start,
                group_tasks=self.groups.tasks,
                spread_first=self.groups.spread_first,
                spread_next=self.spread_counts.next,
                spread_attribute=self.spread_counts.attribute,
                spread_counts=self.spread_counts.counts,
                attribute_values=self.spread_counts.values,
                taken_at=self.change_log.taken_at,
                taken_next=self.change_log.taken_next,
                taken_before=self.change_log.taken_before,
                freed_at=self.change_log.freed_at,
                freed_next=self.change_log.freed_next,
                freed_before=self.change_log.freed_before,
                changed_at=self.change_log.changed_at,
                blocked=self.change_log.blocked,
                left_rows=self.change_log.left_rows,
                left_before=self.change_log.left_before,
                group_left=self.groups.left,
                meta=self.meta,
            )
            addresses = addresses_of(arrays, self._arrays, self._addresses)
            # No call comes between these, so that an error or Ctrl-C leaves all of them or none.
            self._arrays, self._addresses = arrays, addresses
            self._shared.is_stale = False
        return self._addresses

    def reserve_rows(self, rows: int) -> None:
        """Make room for rows, all empty; what is too short after an error grows the next time."""
        if rows <= len(self.running):
            return
        self.resources.reserve(rows)
        self.ports.reserve_rows(rows)
        self.spread_counts.reserve(rows)
        self.change_log.reserve_rows(rows)
        self.groups.pairs.reserve_rows(rows)
        self.newest = longer(self.newest, rows, NO_ROW)
        self.grouped_tasks = longer(self.grouped_tasks, rows, 0)
        self.running = longer(self.running, rows, 0)  # the last: it says for how many there is room

    def reserve_tasks(self, count: int, ports: int = 0) -> None:
        """Make room for further tasks, each with at most so many ports.

        Their groups need room in ``groups.pairs``, which kernels ask for when there is none left.

        Raises:
            TaskError: the cluster cannot hold or number as many tasks; nothing has changed.
        """
        if self.positions + count > len(self.task["row"]):
            self._make_room(count)
        if not len(self.groups.pairs.entries):
            self.groups.pairs.grow(0)
        if ports:
            rows = len(self.running)
            self.ports.reserve(min(count * ports, max(MAX_PORTS, ports) * rows))

    def _make_room(self, count: int) -> None:
        """Make room for further tasks; where many have ended, these make room.

        So arrays stay as long as they are while as many tasks end as start.

        Raises:
            TaskError: the cluster cannot hold or number as many; nothing has changed.
        """
        living, ids = self.living, MAX_TASK_IDS - self.number
        if living + count > MAX_TASKS:
            raise TaskError(
                f"a cluster holds at most {MAX_TASKS} tasks: "
                f"it has {living}, and {count} more are asked for"
            )
        if count > ids:
            raise TaskError(
                f"a cluster numbers at most {MAX_TASK_IDS} tasks, stopped ones included: "
                f"{ids} are left, and {count} more are asked for"
            )
        ended = self.positions - living
        if 3 * ended > living + MIN_ENDED or self.positions + count > MAX_TASKS:
            self.drop_ended(count)
        else:
            positions = self.positions
            # Longer by a share of what there is, however far ahead a caller reserves each time.
            room = max(self._room(positions, count), min(3 * len(self.task["row"]) // 2, MAX_TASKS))
            self.task = with_room(self.task, positions, min(room, positions + ids))
            self._shared.is_stale = True

    def _room(self, positions: int, count: int) -> int:
        """Return how long arrays are made: never for more tasks than ids are left."""
        ids = MAX_TASK_IDS - self.number
        return min(max(2 * positions, positions + count, 64), MAX_TASKS, positions + ids)

    # What is dropped

    @property
    def has_many_ended(self) -> bool:
        """Whether so many tasks have ended that ``drop_ended`` costs little for each of them."""
        meta = self._shared.meta
        ended: int = meta.item(ENDED)
        positions: int = meta.item(TASKS)
        return 3 * ended > 2 * positions + MIN_ENDED

    def drop_ended(self, count: int = 0) -> None:
        """Forget tasks that have ended; keep room for ``count`` new ones.

        Arrays stay where they are if they are long enough and not far too long: new ones beside
        them would take the memory twice.
        """
        living = self.living
        room = self._room(living, count)
        if living + count <= len(self.task["row"]) <= 2 * room:
            from placement.kernels import stop

            stop.drop_ended.call(self.addresses)  # no signal is handled before it is done
        else:
            self._take_without_ended(room)
        if self.groups.pairs.is_sparse:
            self.groups.pairs.grow()
        self.ports.shrink()

    def _take_without_ended(self, room: int) -> None:
        """Take new arrays, without tasks that have ended, with room for so many."""
        living, meta = self.living, self._shared.meta
        task, newest = without_ended(self.task, self.newest, self.positions, room)
        # No call comes between these, so that an error or Ctrl-C leaves all of them or none.
        self._shared.is_stale = True
        self.task, self.newest = task, newest
        meta[TASKS] = living
        meta[ENDED] = 0

    @property
    def has_unused_names(self) -> bool:
        """Whether it is time for ``forget_unused_names``, in calls that add names (C8)."""
        names = len(self.groups.names.texts) + len(self.specs.listed)
        return names - self.referred_names > self._names_to_count

    def forget_unused_names(self) -> None:
        """Forget the groups and specifications that no task has, if these are many.

        Then the others get new numbers, ``names_version`` rises and counts by attribute are void:
        an index drops all that it has before it is used again.
        """
        there = np.flatnonzero(self.task["row"][: self.positions] != NO_ROW)
        groups = _used(self.task["group"][there], len(self.groups.names), EMPTY + 1)
        specs = _used(self.task["spec"][there], len(self.specs.listed), 1)
        used = len(groups) + len(specs)
        unused = len(self.groups.names) + len(self.specs.listed) - used
        if unused > self.referred_names + MIN_UNUSED_NAMES:
            self._keep_names(groups, specs)
        # Counting looks at all tasks and names: so many more come before the next time.
        self._names_to_count = 2 * used + self.positions // 16 + MIN_UNUSED_NAMES

    def _keep_names(self, kept_groups: Array, kept_specs: Array) -> None:
        """Forget all groups and specifications but these, given by their numbers, ascending."""
        new_groups = np.full(len(self.groups.names), NO_ROW, np.int64)
        new_groups[kept_groups] = np.arange(len(kept_groups))
        new_specs = np.full(len(self.specs.listed), NO_ROW, np.int64)
        new_specs[kept_specs] = np.arange(len(kept_specs))
        groups = self.groups.only(kept_groups, new_groups)
        specs = self.specs.only(kept_specs)
        task, positions = dict(self.task), self.positions
        for name, new in (("group", new_groups), ("spec", new_specs)):
            task[name] = moved = self.task[name].copy()
            moved[:positions] = new[moved[:positions]]  # NO_ROW for tasks that have ended
        # No call comes between these, so that an error or Ctrl-C leaves all of them or none.
        self._shared.is_stale = True
        self.groups, self.specs, self.task = groups, specs, task
        self.names_version += 1
        self.forget_index()

    def forget_index(self) -> None:
        """Drop what is derived for an index: counts by attribute, logs, the groups it counts."""
        self.spread_counts.clear()
        self.groups.spread_first[:] = NO_ROW
        self.groups.left[:] = NOT_COUNTED
        self.change_log.stop_recording()

    def clear_stops(self) -> None:
        """Empty the log of stops: every index has read it."""
        self.change_log.clear_stops()
        self.groups.left[self.groups.left >= 0] = NO_ROW

    # Counters

    @property
    def number(self) -> int:
        """The id of the next task: how many tasks there ever were."""
        id: int = self._shared.meta.item(NEXT_ID)
        return id

    @property
    def positions(self) -> int:
        """How many positions are in use, those of tasks that have ended included."""
        positions: int = self._shared.meta.item(TASKS)
        return positions

    @property
    def living(self) -> int:
        """How many tasks have not ended."""
        ended: int = self._shared.meta.item(ENDED)
        return self.positions - ended

    @property
    def random_state(self) -> int:
        """The state of the random generator, 64 bits."""
        return int(self._shared.meta[RANDOM_STATE]) & (2**64 - 1)

    @random_state.setter
    def random_state(self, state: int) -> None:
        self._shared.meta[RANDOM_STATE] = _signed(state)

    def seeded_meta(self, seed: int) -> Array:
        """Return a copy of ``meta`` in which the random generator starts at ``seed``."""
        meta = self.meta.copy()
        meta[RANDOM_STATE] = _signed(seed)
        return meta

    # Copies

    def copy(self) -> Self:
        """Return an independent copy without ended tasks, derived counters and change logs."""
        other = type(self).__new__(type(self))
        other._shared = shared = self._shared.copy()
        other.resources = self.resources.copy(shared)
        other.ports = self.ports.copy(shared)
        other.specs = self.specs.copy(shared)
        other.groups = self.groups.copy(shared)
        other.running = self.running.copy()
        other.grouped_tasks = self.grouped_tasks.copy()
        other._names_to_count = self._names_to_count
        other._take_tasks(self, slice(None))
        other._without_derived(len(self.running))
        return other

    def with_rows(self, kept: Array, new_rows: Array) -> Self:
        """Return an independent copy of some rows; the ids of tasks stay.

        Args:
            kept: int64, the rows, ascending; no task is on another one.
            new_rows: int64, the new number of each row, -1 for those that are not kept.
        """
        other = type(self).__new__(type(self))
        other._shared = shared = self._shared.copy()
        other.resources = self.resources.of_rows(kept, shared)
        other.ports = self.ports.of_rows(kept, new_rows, shared)
        other.specs = self.specs.copy(shared)
        other.groups = self.groups.of_rows(kept, shared)
        other.running = self.running[kept]
        other.grouped_tasks = self.grouped_tasks[kept]
        other._names_to_count = self._names_to_count
        other._take_tasks(self, kept)
        rows = other.task["row"]
        rows[:] = new_rows[rows]
        other._without_derived(len(kept))
        return other

    def _take_tasks(self, tasks: TaskParts, rows: Array | slice) -> None:
        """Take over the tasks of another cluster that have not ended, all on some of its rows."""
        living, positions, newest = tasks.living, tasks.positions, tasks.newest
        if living < positions:
            self.task, newest = without_ended(tasks.task, newest, positions, living)
        else:
            self.task = with_room(tasks.task, living, living)
        self.newest = newest[rows].copy()
        meta = self._shared.meta
        meta[TASKS], meta[ENDED] = living, 0

    def _without_derived(self, rows: int) -> None:
        """Set up the parts that a copy begins again."""
        self.spread_counts = SpreadCounts(self._shared)
        self.spread_counts.reserve(rows)
        self.change_log = ChangeLog(self._shared)
        self.change_log.reserve_rows(rows)
        self._addresses = np.zeros((0, 0), np.int64)
        self.names_version = 0
        self.referred_names = 0
        self._arrays = None
        if self.has_unused_names:
            self.forget_unused_names()


def _signed(number: int) -> int:
    """Return the low 64 bits of a number as a signed number."""
    low = number & (2**64 - 1)
    return low - 2**64 if low >= 2**63 else low


def _used(numbers: Array, count: int, first: int) -> Array:
    """Return which numbers below ``count`` are among some or below ``first``: int64, ascending."""
    is_used = np.zeros(count, np.bool_)
    is_used[:first] = True
    is_used[numbers] = True
    return np.flatnonzero(is_used)
