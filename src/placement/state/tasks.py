"""What is on the rows: tasks, what they hold, and how many of which group there are.

In: rows, groups and specifications as numbers and names.  Out: the arrays that kernels read and
change (``arrays``), and answers about single rows.  Tasks are numbered in the order of their
start, never twice (C15).  Nothing is checked here.  Kernels, and with them numba, are imported
when the first task comes.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import attrs
import numpy as np
import numpy.typing as npt

from placement.state.dictionary import Dictionary

if TYPE_CHECKING:
    from placement.kernels.commit import ClusterArrays

__all__ = [
    "CPU",
    "GPU",
    "INTERFACE",
    "MEMORY",
    "NO_ROW",
    "RESERVED",
    "UNKNOWN_OWNER",
    "Spec",
    "Tasks",
]

CPU, MEMORY, GPU, INTERFACE = range(4)
"""The columns of the resources that every row has; further ones follow by name."""

NAMES = ("cpu", "memory", "gpu", "\0interface")
"""The names of these columns; a further resource cannot have the last one."""

NO_ROW = -1
"""The row of a task that is no more."""

RESERVED = -2
"""Who holds a port that the instance itself has reserved."""

UNKNOWN_OWNER = -3
"""Who holds a port that was reported as taken, by a task that nobody here knows."""

UDP = 65_536
"""What is added to the number of a udp port."""

UNLIMITED = 2**60
"""What a row has of a resource whose capacity is not known."""

NO_OWNER = -1
"""Who holds a port that nobody holds any more."""

COUNTED, HOLDING = 1, 2
"""Flags of a task: its desired status is RUNNING; it holds resources."""

TASKS, LOGGED, FREED, PAIRS, PORTS, RANDOM_STATE = range(6)
"""Places in ``meta``."""

_TASK_FIELDS = {
    "row": np.int32,
    "group": np.int32,
    "spec": np.int32,
    "next": np.int32,
    "gpus": np.uint64,
    "flags": np.uint8,
}

Array = npt.NDArray[Any]


@attrs.frozen
class Spec:
    """What a task holds, and which definition it is of.

    Attributes:
        demand: Amounts by resource number, those above 0.
        ports: Static host ports, udp ones with UDP added.
        revision: Family and revision of the definition, None if not known.
    """

    demand: tuple[tuple[int, int], ...] = ()
    ports: tuple[int, ...] = ()
    revision: tuple[str, int] | None = None


class Tasks:
    """Tasks by number; rows by what they have left."""

    def __init__(self) -> None:
        self.names = Dictionary()
        """The names of groups; a code is never given up."""
        self.resource_names: list[str] = list(NAMES)
        self.specs: dict[Spec, int] = {}
        """The number of each specification."""
        self.spec_list: list[Spec] = []
        self._rows = 0
        """How many rows there is room for."""
        self.free = np.zeros((0, len(NAMES)), np.int64)
        self.registered = np.zeros((0, len(NAMES)), np.int64)
        self.gpus = np.zeros(0, np.uint64)
        self.ports = np.zeros(0, np.int32)
        self.newest = np.zeros(0, np.int32)
        self.running = np.zeros(0, np.int32)
        self.grouped_tasks = np.zeros(0, np.int32)
        self.last = np.zeros(0, np.int64)
        self.task = {name: np.zeros(0, kind) for name, kind in _TASK_FIELDS.items()}
        self.pair_keys = np.zeros(64, np.int64)
        self.pair_counts = np.zeros(64, np.int32)
        self.port_keys = np.zeros(64, np.int64)
        self.port_holders = np.zeros(64, np.int64)
        self.spec_demand = np.zeros((0, len(NAMES)), np.int64)
        self.spec_ports = np.zeros(0, np.int64)
        self.spec_port_start = np.zeros(1, np.int64)
        self.group_tasks = np.zeros(0, np.int64)
        self.spread_first = np.zeros(0, np.int32)
        self.spread_next = np.zeros(0, np.int32)
        self.spread_attribute = np.zeros(0, np.int32)
        self.spread_counts = np.zeros((0, 1), np.int64)
        self.attribute_values = np.zeros((0, 0), np.int32)
        self.log = np.zeros(0, np.int32)
        self.freed_log = np.zeros(0, np.int32)
        self.meta = np.zeros(6, np.int64)
        self._holding: ClusterArrays | None = None
        self.spec(Spec())

    # Room

    @property
    def arrays(self) -> ClusterArrays:
        """The arrays, as kernels take them; good until the next call that makes room."""
        if self._holding is None:
            from placement.kernels.commit import ClusterArrays

            self._holding = ClusterArrays(
                free=self.free,
                gpus=self.gpus,
                ports=self.ports,
                newest=self.newest,
                running=self.running,
                grouped_tasks=self.grouped_tasks,
                pair_keys=self.pair_keys,
                pair_counts=self.pair_counts,
                port_keys=self.port_keys,
                port_holders=self.port_holders,
                **{f"task_{name}": array for name, array in self.task.items()},
                spec_demand=self.spec_demand,
                spec_ports=self.spec_ports,
                spec_port_start=self.spec_port_start,
                group_tasks=self.group_tasks,
                spread_first=self.spread_first,
                spread_next=self.spread_next,
                spread_attribute=self.spread_attribute,
                spread_counts=self.spread_counts,
                attribute_values=self.attribute_values,
                log=self.log,
                last=self.last,
                freed_log=self.freed_log,
                meta=self.meta,
            )
        return self._holding

    def reserve_rows(self, rows: int) -> None:
        """Make room for rows, all empty."""
        if rows <= len(self.running):
            return
        for name in ("free", "registered", "gpus", "ports", "running", "grouped_tasks", "last"):
            setattr(self, name, _longer(getattr(self, name), rows, 0))
        self.newest = _longer(self.newest, rows, NO_ROW)
        values = np.zeros((len(self.attribute_values), rows), np.int32)
        values[:, : self.attribute_values.shape[1]] = self.attribute_values
        self.attribute_values = values
        self._holding = None

    def reserve_tasks(self, count: int, ports: int = 0, groups: int | None = None) -> None:
        """Make room for further tasks, each with at most so many ports, of at most so many groups.

        Stopping needs room in ``freed`` only, which ``reserve_freed`` makes.
        """
        tasks, logged, _, pairs, used = self.meta[:5].tolist()
        if tasks + count > len(self.task["row"]):
            room = max(2 * (tasks + count), 64)
            self.task = {name: _longer(old, room, 0) for name, old in self.task.items()}
            self._holding = None
        if logged + count > len(self.log):
            self.log = _longer(self.log, max(2 * (logged + count), 64), 0)
            self._holding = None
        new = count if groups is None else min(count, groups * len(self.running))
        if 2 * (pairs + new) > len(self.pair_keys):
            self._rehash("pair_keys", "pair_counts", 0, new, PAIRS)
        more = min(count * ports, 100 * len(self.running))
        if more and 2 * (used + more) > len(self.port_keys):
            self._rehash("port_keys", "port_holders", NO_OWNER, more, PORTS)

    def reserve_freed(self, count: int) -> None:
        """Make room for further entries of the log of rows that gave something back."""
        freed = int(self.meta[FREED])
        if freed + count > len(self.freed_log):
            self.freed_log = _longer(self.freed_log, max(freed + count, 2 * freed, 64), 0)
            self._holding = None

    def _rehash(self, keys: str, values: str, dead: int, more: int, used: int) -> None:
        """Move a table's living entries to one with room for ``more``."""
        from placement.kernels.hash_table import rehash

        old_keys, old_values = getattr(self, keys), getattr(self, values)
        living = int(np.count_nonzero((old_keys != 0) & (old_values != dead)))
        length = 64
        while length < 4 * (living + more):  # room for as many again
            length *= 2
        new_keys = np.zeros(length, old_keys.dtype)
        new_values = np.zeros(length, old_values.dtype)
        self.meta[used] = rehash(old_keys, old_values, dead, new_keys, new_values)
        setattr(self, keys, new_keys)
        setattr(self, values, new_values)
        self._holding = None

    # Names

    def group(self, name: str) -> int:
        """Return the code of a group, a new one if it is new."""
        code = self.names.add(name)
        if code >= len(self.spread_first):
            room = max(2 * code, 64)
            self.spread_first = _longer(self.spread_first, room, NO_ROW)
            self.group_tasks = _longer(self.group_tasks, room, 0)
            self._holding = None
        return code

    def known_resource(self, name: str) -> int | None:
        """Return the column of a resource, None if it has none."""
        return self.resource_names.index(name) if name in self.resource_names else None

    def resource(self, name: str) -> int:
        """Return the column of a resource, a new one (of which no row has any) if it is new."""
        if name in self.resource_names:
            return self.resource_names.index(name)
        self.resource_names.append(name)
        for array in ("free", "registered", "spec_demand"):
            setattr(self, array, np.pad(getattr(self, array), ((0, 0), (0, 1))))
        self._holding = None
        return len(self.resource_names) - 1

    def spec(self, spec: Spec) -> int:
        """Return the number of a specification, a new one if it is new."""
        number = self.specs.get(spec)
        if number is None:
            number = self.specs[spec] = len(self.spec_list)
            self.spec_list.append(spec)
            if number >= len(self.spec_demand):
                self.spec_demand = _longer(self.spec_demand, max(2 * number, 16), 0)
            for resource, amount in spec.demand:
                self.spec_demand[number, resource] = amount
            self.spec_ports = np.append(self.spec_ports, np.array(spec.ports, np.int64))
            self.spec_port_start = np.append(self.spec_port_start, len(self.spec_ports))
            self._holding = None
        return number

    # Tasks

    def add(self, row: int, group: int, spec: int = 0) -> int:
        """Put a task on a row, which then has less left, and return its number."""
        from placement.kernels.commit import commit_one

        self.reserve_tasks(1, len(self.spec_list[spec].ports))
        return int(commit_one(self.arrays, row, spec, group))

    def adopt(self, row: int, group: int, spec: int, gpus: int) -> int:
        """Put a task on a row of which was reported what is left: that includes this task (C10).

        What it holds (``gpus``: the bits of its GPUs) was held by somebody unknown until now; only
        network interfaces, which nobody reports, become fewer.
        """
        known = self.spec_list[spec]
        for resource, amount in known.demand:
            if resource != INTERFACE:
                self.free[row, resource] += amount
        for port in known.ports:
            self.port_holders[_slot_of(self.port_keys, (row << 17 | port) + 1)] = NO_OWNER
        self.ports[row] -= len(known.ports)
        free_gpus = self.gpus[row]
        self.gpus[row] = gpus  # a task takes the lowest that are free, and so just these
        number = self.add(row, group, spec)
        self.gpus[row] = free_gpus
        return number

    def stop(self, tasks: Array, release: bool) -> None:
        """Set the desired status of tasks to STOPPED; with ``release`` they are gone."""
        from placement.kernels.commit import stop

        self.reserve_freed(len(tasks))
        stop(self.arrays, tasks, release)

    def note_freed(self, rows: list[int]) -> None:
        """Let everyone who reads the logs look at some rows."""
        self.reserve_freed(len(rows))
        start = int(self.meta[FREED])
        self.freed_log[start : start + len(rows)] = rows
        self.meta[FREED] += len(rows)

    def undo_to(self, number: int) -> None:
        """Undo the tasks from this number on, none of which has been stopped."""
        from placement.kernels.commit import truncate

        if number < self.number:
            self.reserve_freed(self.number - number)
            truncate(self.arrays, number)

    @property
    def number(self) -> int:
        """How many tasks there ever were: the number of the next."""
        return int(self.meta[TASKS])

    @property
    def random_state(self) -> int:
        """The state of the random generator, 64 bits."""
        return int(self.meta[RANDOM_STATE]) & (2**64 - 1)

    @random_state.setter
    def random_state(self, state: int) -> None:
        self.meta[RANDOM_STATE] = _signed(state)

    def seeded_meta(self, seed: int) -> Array:
        """Return a copy of ``meta`` in which the random generator starts at ``seed``."""
        meta = self.meta.copy()
        meta[RANDOM_STATE] = _signed(seed)
        return meta

    def row_of(self, task: int) -> int:
        """Return the row of a task, ``NO_ROW`` if there is no such task (any more)."""
        return int(self.task["row"][task]) if 0 <= task < self.meta[TASKS] else NO_ROW

    def on(self, row: int) -> list[int]:
        """Return the tasks on a row, the newest first."""
        tasks = []
        task = int(self.newest[row]) if row < len(self.newest) else NO_ROW
        while task != NO_ROW:
            tasks.append(task)
            task = int(self.task["next"][task])
        return tasks

    def groups_on(self, row: int) -> dict[str, int]:
        """Return how many counted tasks of each group are on a row."""
        counts: dict[str, int] = {}
        for task in reversed(self.on(row)):
            if self.task["flags"][task] & COUNTED:
                name = self.names.texts[self.task["group"][task]] or ""
                counts[name] = counts.get(name, 0) + 1
        return counts

    def groups_present(self) -> list[str]:
        """Return the groups that have a counted task somewhere."""
        here = self.pair_keys[self.pair_counts > 0]
        codes = np.unique((here - 1) & 0xFFFFFFFF)
        return [self.names.texts[code] or "" for code in codes.tolist()]

    def clear_row(self, row: int) -> None:
        """Forget everything about a row: its tasks become orphans (B17)."""
        tasks = np.array(self.on(row), np.int64)
        if len(tasks):
            self.stop(tasks, release=True)
        for array in (
            self.free,
            self.registered,
            self.gpus,
            self.ports,
            self.running,
            self.grouped_tasks,
        ):
            array[row] = 0

    # What the engine asks

    def bit_width(self, resource: int) -> int:
        """Return how many bits the largest amount of a resource takes."""
        most = 0
        for amounts in (self.free[:, resource], self.registered[:, resource]):
            most = max(most, int(amounts.max(initial=0)))
        return most.bit_length()

    def counts(self, group: int) -> Array:
        """Return how many counted tasks of a group are on each row there is room for."""
        from placement.kernels.commit import count_group

        counts = np.zeros(len(self.running), np.int64)
        count_group(self.arrays, group, counts)
        return counts

    def port_holder(self, row: int, port: int) -> int:
        """Return the task that holds a port of a row, RESERVED, or FREE."""
        slot = _slot_of(self.port_keys, (row << 17 | port) + 1)
        return int(self.port_holders[slot]) if self.port_keys[slot] else NO_OWNER

    def reserved_ports(self, row: int) -> int:
        """Return how many ports a row has reserved for itself."""
        there = (self.port_keys - 1) >> 17 == row
        return int((there & (self.port_keys != 0) & (self.port_holders == RESERVED)).sum())

    def reserve_ports(self, row: int, ports: list[int], holder: int = RESERVED) -> None:
        """Note ports of a row, none of which is taken, as taken by no task: by ``holder``."""
        if 2 * (int(self.meta[PORTS]) + len(ports)) > len(self.port_keys):
            self._rehash("port_keys", "port_holders", NO_OWNER, len(ports), PORTS)
        for port in ports:
            key = (row << 17 | port) + 1
            slot = _slot_of(self.port_keys, key)
            self.meta[PORTS] += self.port_keys[slot] == 0
            self.port_keys[slot] = key
            self.port_holders[slot] = holder
        self.ports[row] += len(ports)

    def reserve_on(self, rows: Array, ports: Sequence[int]) -> None:
        """Note the same ports as reserved on many rows, none of which has any of them taken."""
        from placement.kernels.hash_table import rehash

        keys = (rows[:, None].astype(np.int64) << 17 | np.array(ports, np.int64)[None, :]) + 1
        living = (self.port_keys != 0) & (self.port_holders != NO_OWNER)
        all_keys = np.concatenate([self.port_keys[living], keys.ravel()])
        holders = np.full(keys.size, RESERVED, np.int64)
        all_holders = np.concatenate([self.port_holders[living], holders])
        length = 64
        while length < 4 * len(all_keys):
            length *= 2
        self.port_keys = np.zeros(length, np.int64)
        self.port_holders = np.zeros(length, np.int64)
        self.meta[PORTS] = rehash(
            all_keys, all_holders, NO_OWNER, self.port_keys, self.port_holders
        )
        self.ports[rows] += len(ports)
        self._holding = None

    def add_attribute(self, number: int, values: Array) -> None:
        """Let counts go by an attribute, given the number of its value on each row."""
        if number >= len(self.attribute_values):
            grown = np.zeros((max(2 * number, 4), len(self.running)), np.int32)
            grown[: len(self.attribute_values)] = self.attribute_values
            self.attribute_values = grown
        self.attribute_values[number, : len(values)] = values
        width = int(values.max(initial=0)) + 1
        if width > self.spread_counts.shape[1]:
            wider = np.zeros((len(self.spread_counts), width), np.int64)
            wider[:, : self.spread_counts.shape[1]] = self.spread_counts
            self.spread_counts = wider
        self._holding = None

    def add_spread(self, number: int, group: int, attribute: int) -> None:
        """Keep counts of a group's tasks by the value of an attribute, from now on."""
        if number >= len(self.spread_next):
            room = max(2 * number, 16)
            self.spread_next = _longer(self.spread_next, room, NO_ROW)
            self.spread_attribute = _longer(self.spread_attribute, room, 0)
            self.spread_counts = _longer(self.spread_counts, room, 0)
        self.spread_attribute[number] = attribute
        values = self.attribute_values[attribute]
        width = self.spread_counts.shape[1]
        self.spread_counts[number] = np.bincount(values, self.counts(group), width)
        self.spread_next[number] = self.spread_first[group]
        self.spread_first[group] = number
        self._holding = None

    def copy(self) -> Tasks:
        """Return tasks that are the same, for themselves; nobody's counts and logs come along."""
        other = Tasks.__new__(Tasks)
        for name, value in self.__dict__.items():
            other.__dict__[name] = value.copy() if isinstance(value, np.ndarray) else value
        other.names = Dictionary()
        other.names.texts, other.names.codes = list(self.names.texts), dict(self.names.codes)
        other.resource_names = list(self.resource_names)
        other.specs, other.spec_list = dict(self.specs), list(self.spec_list)
        other.task = {name: array.copy() for name, array in self.task.items()}
        other._holding = None
        other.forget_logs()
        other.forget_spreads()
        return other

    def with_rows(self, kept: Array, new_rows: Array) -> Tasks:
        """Return the same tasks on the rows that are kept, numbered anew; task numbers stay."""
        tasks = Tasks()
        tasks.names, tasks.resource_names = self.names, list(self.resource_names)
        tasks.specs, tasks.spec_list = self.specs, self.spec_list
        for name in ("spec_demand", "spec_ports", "spec_port_start", "group_tasks", "meta"):
            setattr(tasks, name, getattr(self, name).copy())
        tasks.spread_first = np.full_like(self.spread_first, NO_ROW)
        tasks.free = np.zeros((0, self.free.shape[1]), np.int64)
        tasks.registered = np.zeros((0, self.free.shape[1]), np.int64)
        tasks.reserve_rows(len(kept))
        for name in (
            "free",
            "registered",
            "gpus",
            "ports",
            "newest",
            "running",
            "grouped_tasks",
        ):
            getattr(tasks, name)[: len(kept)] = getattr(self, name)[kept]
        tasks.task = {name: array.copy() for name, array in self.task.items()}
        there = tasks.task["row"][: self.number] >= 0
        moved = new_rows[tasks.task["row"][: self.number][there]]
        tasks.task["row"][: self.number][there] = moved
        for keys, values, shift, dead in (
            ("pair_keys", "pair_counts", 32, 0),
            ("port_keys", "port_holders", 17, NO_OWNER),
        ):
            old, counts = getattr(self, keys), getattr(self, values)
            used = (old != 0) & (counts != dead)
            rows = new_rows[(old[used] - 1) >> shift]
            entry = (rows << shift) | ((old[used] - 1) & ((1 << shift) - 1))
            setattr(tasks, keys, np.where(rows >= 0, entry + 1, 0))
            setattr(tasks, values, counts[used])
            tasks.pack_table(keys, values, dead)
        tasks.forget_logs()
        return tasks

    def pack_table(self, keys: str, values: str, dead: int) -> None:
        """Make a table of entries that lie anywhere."""
        used = PAIRS if keys == "pair_keys" else PORTS
        self._rehash(keys, values, dead, 0, used)

    def forget_spreads(self) -> None:
        """Keep no counts by attribute any more."""
        self.spread_first[:] = NO_ROW
        self.attribute_values = np.zeros((0, len(self.running)), np.int32)
        self.spread_counts = np.zeros((0, 1), np.int64)
        self.spread_next = np.zeros(0, np.int32)
        self.spread_attribute = np.zeros(0, np.int32)
        self._holding = None

    @property
    def logged(self) -> int:
        """How long the longer of the logs is."""
        return int(max(self.meta[LOGGED], self.meta[FREED]))

    def forget_logs(self) -> None:
        """Begin both logs anew; nobody reads them any more."""
        self.meta[LOGGED] = self.meta[FREED] = 0
        self.last[:] = NO_ROW


def _slot_of(keys: Array, key: int) -> int:
    """Return the slot of a key, or the empty slot for it, as ``kernels.hash_table.slot_of``."""
    last = len(keys) - 1
    mixed = (key >> 32) * 2_654_435_761 + (key & 0xFFFFFFFF) * 40_503
    slot = (mixed ^ (mixed >> 15)) & last
    while keys[slot] not in (0, key):
        slot = slot + 1 & last
    return slot


def _signed(number: int) -> int:
    """Return the low 64 bits of a number as a signed number."""
    low = number & (2**64 - 1)
    return low - 2**64 if low >= 2**63 else low


def _longer(old: Array, length: int, fill: int) -> Array:
    """Return a copy of an array with this many entries, the new ones filled."""
    shape = (length, *old.shape[1:])
    # pages that nothing is written to cost nothing
    new = np.full(shape, fill, old.dtype) if fill else np.zeros(shape, old.dtype)
    new[: len(old)] = old
    return new
