"""The rows and columns of a cluster, without checks of values.

In: instances and changes that ``Cluster`` has checked.  Out: arrays over rows and dictionaries,
which queries and the engine read, so that no objects for instances are needed.  Only what does not
fit into a column is refused here.
"""

from __future__ import annotations

import copy
from collections.abc import Collection, Iterable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from placement.caches import BoundedCache
from placement.errors import InstanceError
from placement.kernels.fields import CPU, INTERFACE, MAX_ROWS, MEMORY, RESERVED, UNKNOWN_OWNER
from placement.machines.eni_limits import interfaces_of
from placement.model import Instance
from placement.state.matrix import Column, Matrix
from placement.state.resources import UNLIMITED
from placement.state.task_status import TaskStatus
from placement.state.tasks import Tasks
from placement.timestamps import microseconds

__all__ = ["UNKNOWN_TIME", "Store"]

ATTRIBUTE = "attribute:"
"""What the name of an attribute's column begins with."""

INTERFACE_ATTRIBUTES = frozenset({"ecs.instance-type", "ecs.awsvpc-trunk-id"})
"""The attributes that say how many network interfaces there are (C12)."""

UNKNOWN_TIME = -(2**63)
"""What the column of registration times holds where the time is not known."""


MAX_CHANGED_ROWS = 2**16
"""How many single changes are noted before everything counts as changed."""

MAX_BINDINGS = 1024
"""Bound programs and sets of accepted codes that are kept with a cluster."""

_NO_FACT = TaskStatus()


class Store:
    """Columns over the rows of a cluster.

    Attributes:
        ids: The id of each row, None for a tombstone.
        row_ids: The id of each row, also of tombstones; only grows, so that a result can keep it.
        row_of: The row of each id.
        matrix: The columns of texts: ``attribute:NAME`` and the built-in subjects of text, status
            and the ARNs' first parts.
        registered_at: int64 over rows, microseconds since 1970, ``UNKNOWN_TIME`` if unknown.
        live: bool over rows, True for a registered instance, False for a tombstone.
        tasks: What is on the rows, and what they have left.
        tombstones: How many rows are tombstones.
        changes: Rises whenever something other than tasks changes.
        topology_version: Rises whenever everything may be different.
        changed_rows: The rows that have come, gone or changed since, and which attributes; the
            index that follows them empties the list.
        bindings: Bound programs of queries; the oldest is dropped first.
    """

    def __init__(self) -> None:
        self.ids: list[str | None] = []
        self.row_ids: list[str] = []
        self.row_of: dict[str, int] = {}
        self.matrix = Matrix()
        self.registered_at = np.zeros(0, np.int64)
        self.live = np.zeros(0, np.bool_)
        self.tasks = Tasks()
        self.tombstones = 0
        self.changes = 0
        self.topology_version = 0
        self.changed_rows: list[tuple[int, tuple[str, ...]]] = []
        self.facts: dict[int, TaskStatus] = {}
        """Facts about tasks by id, where they are not those of a task just placed."""
        self.arns: dict[int, str] = {}
        """The ARNs of the tasks that came in documents, by id, until they end."""
        self.task_of_arn: dict[str, int] = {}
        """The ids of the same tasks by the last parts of their ARNs."""
        self.gpu_ids: dict[int, tuple[str, ...]] = {}
        """The ids of the GPUs of the rows that have any."""
        self.explicit_interfaces: dict[int, int] = {}
        """Network interfaces for tasks, where a number was given (C12)."""
        self.further: dict[int, dict[str, Any]] = {}
        """What the documents of rows said that is only kept, where they said such (C50)."""
        self.unlisted_pending: dict[int, int] = {}
        """How many PENDING tasks rows reported beside those that the documents held."""
        self.task_fields: dict[int, dict[str, Any]] = {}
        """The same of tasks, by id, until they end."""
        self.protections: dict[int, dict[str, Any]] = {}
        """The same of their protections from scale-in."""
        self.definitions: dict[str, dict[str, Any]] = {}
        """The documents of the task definitions that tasks of documents name, by ARN."""
        self.bindings: BoundedCache[Any] = BoundedCache(MAX_BINDINGS)
        column = self.matrix.column
        self.connected = column("agentConnected")
        self.version = column("agentVersion")
        self.ec2_instance_id = column("ec2InstanceId")
        self.status = column("status")
        self.arn_prefix = column("arnPrefix")
        self.attributes: dict[str, Column] = {}

    @property
    def running(self) -> npt.NDArray[np.int32]:
        """int32 over rows: ``runningTasksCount``."""
        return self.tasks.running

    def attribute(self, name: str) -> Column:
        """Return the column of an attribute, a new one if no instance ever had it."""
        column = self.attributes.get(name)
        if column is None:
            column = self.attributes[name] = self.matrix.column(f"{ATTRIBUTE}{name}")
        return column

    def put_known(self, row: int, attributes: object) -> bool:
        """Set attributes whose names and values are all known here already, else do nothing.

        What is known has been checked when it came, so that this is the short way for most changes.
        """
        if type(attributes) is not dict:
            return False
        cells, put_code = [], self.matrix.put_code
        for name, value in attributes.items():
            if type(name) is not str or (value is not None and type(value) is not str):
                return False
            column = self.attributes.get(name)
            code = None if column is None else column.dictionary.codes.get(value or "")
            if column is None or code is None:
                return False
            cells.append((column, code))
        for column, code in cells:
            put_code(column, row, code)
        return True

    def put_attributes(self, row: int, attributes: Mapping[str, str | None]) -> None:
        """Set attributes, checked before; None is the empty text.

        Raises:
            InstanceError: a column has too many different texts; no attribute has changed.
        """
        cells = []
        for name, value in attributes.items():
            column = self.attribute(name)
            code = column.dictionary.codes.get(value or "")
            cells.append(
                (column, self.matrix.new_code(column, value or "") if code is None else code)
            )
        for column, code in cells:
            self.matrix.put_code(column, row, code)

    def attributes_of(self, row: int) -> dict[str, str]:
        """Return the attributes of a row in the order in which the cluster first saw the names."""
        get = self.matrix.get
        return {
            column.name.removeprefix(ATTRIBUTE): get(column, row) or ""
            for column in self.matrix.present(row)
            if column.name.startswith(ATTRIBUTE)
        }

    def copy(self) -> Store:
        """Return an independent copy, without bindings."""
        store = copy.copy(self)
        store.ids, store.row_of = list(self.ids), dict(self.row_of)
        store.row_ids = list(self.row_ids)
        store.matrix = self.matrix.copy()
        for name in ("connected", "version", "ec2_instance_id", "status", "arn_prefix"):
            column = getattr(self, name)
            setattr(store, name, store.matrix.columns[column.name])
        store.attributes = {
            name: store.matrix.columns[column.name] for name, column in self.attributes.items()
        }
        store.registered_at, store.live = self.registered_at.copy(), self.live.copy()
        store.tasks = self.tasks.copy()
        store.facts = dict(self.facts)
        store.arns, store.task_of_arn = dict(self.arns), dict(self.task_of_arn)
        store.gpu_ids = dict(self.gpu_ids)
        store.explicit_interfaces = dict(self.explicit_interfaces)
        store.further = dict(self.further)
        store.unlisted_pending = dict(self.unlisted_pending)
        store.task_fields, store.protections = dict(self.task_fields), dict(self.protections)
        store.definitions = dict(self.definitions)
        store.bindings = BoundedCache(MAX_BINDINGS)
        store.changed_rows = list(self.changed_rows)
        return store

    def restore(self, other: Store) -> None:
        """Take over the content of another store; data derived from this one is void."""
        changes, shape, version = self.changes, self.topology_version, self.matrix.version
        bindings = self.bindings
        self.__dict__.update(other.__dict__)
        bindings.clear()
        self.bindings = bindings
        self.changes = changes + 1
        self._advance_topology(shape)
        self.matrix.version = version + 1

    def fact(self, id: int) -> TaskStatus:
        """Return the facts about a task by its id."""
        return self.facts.get(id, _NO_FACT)

    @property
    def knows_tasks(self) -> bool:
        """Whether anything but its numbers is known of any task: facts, fields, an ARN."""
        return bool(self.facts or self.task_fields or self.protections or self.arns)

    def forget_tasks(self, ids: Collection[int]) -> None:
        """Forget what is known of tasks that have ended, by their ids.

        Where many have ended, room is given back: tasks then get new positions.
        """
        for kept in (self.facts, self.task_fields, self.protections):
            if kept:
                forget = kept.pop
                for id in ids:
                    forget(id, None)
        if self.arns:
            for id in ids:
                self._forget_arn(id)
        if self.tasks.has_many_ended:
            self.tasks.drop_ended()
            # dictionaries keep room for what was taken out until they are copied
            self.facts, self.arns = dict(self.facts), dict(self.arns)
            self.task_of_arn = dict(self.task_of_arn)
            self.task_fields, self.protections = dict(self.task_fields), dict(self.protections)

    def _forget_arn(self, id: int) -> None:
        arn = self.arns.pop(id, None)
        if arn is not None:
            last = arn.rpartition("/")[2]
            if self.task_of_arn.get(last) == id:
                del self.task_of_arn[last]

    def record_change(self, row: int, names: Iterable[str] = ()) -> None:
        """Note that something about a row has changed, perhaps these attributes."""
        self.changes += 1
        if len(self.changed_rows) < MAX_CHANGED_ROWS:
            self.changed_rows.append((row, tuple(names)))
        else:
            self._advance_topology(self.topology_version)
        if not INTERFACE_ATTRIBUTES.isdisjoint(names):
            self.set_interfaces(row)

    def note_all(self) -> None:
        """Note that everything may be different."""
        self.changes += 1
        self._advance_topology(self.topology_version)

    def _advance_topology(self, shape: int) -> None:
        """Advance ``topology_version`` and clear the change list: derived data must be rebuilt."""
        self.topology_version = shape + 1
        self.changed_rows = []

    def add(self, instance: Instance, arn_prefix: str, id: str) -> int:
        """Append a row for an instance and return it; one that has the same id is removed.

        Raises:
            InstanceError: there is no room for a further row, or for a further text of a column;
                nothing has changed.
        """
        row = len(self.ids)
        self.reserve(row + 1)
        try:
            self._fill(row, instance, arn_prefix)
        except BaseException:
            self.tasks.ports.release(row, self.tasks.ports.taken_on(row))
            self._empty(row)
            raise
        old = self.row_of.get(id)
        if old is not None:
            self.remove(old)
        self.ids.append(id)
        self.row_ids.append(id)
        self.row_of[id] = row
        self.record_change(row)
        return row

    def refill(self, row: int, instance: Instance, arn_prefix: str) -> None:
        """Replace all that is known of a row's instance, on which no task is known.

        Raises:
            InstanceError: there is no room for a further text of a column; nothing is known then.
        """
        self._empty(row)
        self._fill(row, instance, arn_prefix)
        self.record_change(row)

    def _fill(self, row: int, instance: Instance, arn_prefix: str) -> None:
        """Write what is known of an instance to an empty row."""
        put, put_code, known = self.matrix.put, self.matrix.put_code, self.attributes.get
        for name, value in instance.attributes.items():
            column = known(name)
            code = None if column is None else column.dictionary.codes.get(value or "")
            if column is None or code is None:
                put(self.attribute(name), row, value or "")
            else:  # most values were seen before
                put_code(column, row, code)
        put(self.connected, row, "true" if instance.agent_connected else "false")
        put(self.version, row, instance.agent_version)
        put(self.ec2_instance_id, row, instance.ec2_instance_id)
        put(self.status, row, instance.status)
        put(self.arn_prefix, row, arn_prefix)
        when = instance.registered_at
        self.tasks.running[row] = instance.running_tasks
        self._hold(row, instance)
        self.registered_at[row] = UNKNOWN_TIME if when is None else microseconds(when)
        self.live[row] = True

    def _empty(self, row: int) -> None:
        """Make every column of a row absent and every count 0."""
        ended = self.tasks.clear_row(row)
        self.gpu_ids.pop(row, None)
        self.explicit_interfaces.pop(row, None)
        self.further.pop(row, None)
        self.unlisted_pending.pop(row, None)
        self.matrix.clear(row)
        self.registered_at[row] = UNKNOWN_TIME
        self.live[row] = False
        self.forget_tasks(ended)

    def _hold(self, row: int, instance: Instance) -> None:
        """Note what a new row has and what is taken of it (C9, B13)."""
        tasks = self.tasks
        amounts = {CPU: (instance.cpu, instance.remaining_cpu)}
        amounts[MEMORY] = (instance.memory, instance.remaining_memory)
        for name, amount in instance.resources.items():
            amounts[tasks.resource(name)] = (amount, instance.remaining_resources.get(name))
        for resource, (registered, remaining) in amounts.items():
            free = registered if remaining is None else remaining
            tasks.resources.set(row, resource, registered, free)
        gpus = instance.gpu_ids
        if gpus:
            self.gpu_ids[row] = gpus
            ids = gpus if instance.free_gpus is None else instance.free_gpus
            bits = sum(1 << place for place, id in enumerate(gpus) if id in ids)
            tasks.resources.set_gpus(row, len(gpus), bits)
        taken, reserved = instance.taken_ports(), set(instance.reserved_ports())
        for owner in (RESERVED, UNKNOWN_OWNER):
            ports = [port for port in taken if (port in reserved) == (owner == RESERVED)]
            if ports:
                tasks.ports.take(row, ports, owner)
        if instance.network_interfaces is not None:
            self.explicit_interfaces[row] = instance.network_interfaces
        self.set_interfaces(row)

    def set_interfaces(self, row: int) -> None:
        """Work out how many network interfaces a row has for tasks (C12)."""
        resources = self.tasks.resources
        capacity = self.explicit_interfaces.get(row)
        if capacity is None:
            capacity = interfaces_of(
                self.matrix.get(self.attribute("ecs.instance-type"), row),
                self.matrix.get(self.attribute("ecs.awsvpc-trunk-id"), row) is not None,
            )
        used = int(resources.registered[row, INTERFACE] - resources.remaining(row, INTERFACE))
        registered = UNLIMITED if capacity is None else capacity
        resources.set(row, INTERFACE, registered, registered - used)

    def remove(self, row: int) -> None:
        """Make a row a tombstone: every column absent, every count 0."""
        id = self.ids[row]
        if id is not None:
            del self.row_of[id]
        self._empty(row)
        self.ids[row] = None
        self.tombstones += 1
        self.record_change(row)

    def without_tombstones(self) -> tuple[Store, npt.NDArray[np.int64]]:
        """Return a store without tombstones, and the new number of each row, -1 for a tombstone."""
        count = len(self.ids)
        kept = np.flatnonzero(self.live[:count])
        new_rows = np.full(count, -1, np.int64)
        new_rows[kept] = np.arange(len(kept))
        store = Store()
        store.reserve(len(kept))
        store.ids = [self.ids[row] for row in kept.tolist()]
        store.row_ids = [self.row_ids[row] for row in kept.tolist()]
        store.row_of = {id: row for row, id in enumerate(store.row_ids)}
        store.matrix.copy_rows(self.matrix, kept)
        for name in self.attributes:
            if f"{ATTRIBUTE}{name}" in store.matrix.columns:
                store.attribute(name)
        store.registered_at[: len(kept)] = self.registered_at[kept]
        store.live[: len(kept)] = True
        store.tasks = self.tasks.with_rows(kept, new_rows)
        store.tasks.reserve_rows(store.matrix.capacity)
        store.facts = self.facts
        store.arns, store.task_of_arn = self.arns, self.task_of_arn
        store.gpu_ids = {int(new_rows[row]): ids for row, ids in self.gpu_ids.items()}
        store.explicit_interfaces = {
            int(new_rows[row]): count for row, count in self.explicit_interfaces.items()
        }
        store.further = {int(new_rows[row]): fields for row, fields in self.further.items()}
        store.unlisted_pending = {
            int(new_rows[row]): count for row, count in self.unlisted_pending.items()
        }
        store.task_fields, store.protections = self.task_fields, self.protections
        store.definitions = self.definitions
        store.changes = self.changes + 1
        store.topology_version = self.topology_version + 1
        return store, new_rows

    def reserve(self, rows: int) -> None:
        """Make room for so many rows.

        Raises:
            InstanceError: there would be too many; nothing has changed.
        """
        if rows > MAX_ROWS:
            raise InstanceError(f"a cluster holds at most {MAX_ROWS} rows, tombstones included")
        self.matrix.reserve(rows)
        capacity = self.matrix.capacity
        if len(self.live) < capacity:
            self.tasks.reserve_rows(capacity)
            self.registered_at = _grown(self.registered_at, capacity)
            self.live = _grown(self.live, capacity)  # the last: it says that all have grown


def _grown(old: npt.NDArray[Any], capacity: int) -> npt.NDArray[Any]:
    new = np.zeros(capacity, old.dtype)
    new[: len(old)] = old
    return new
