"""Calls about container instances: their rows and ids, coming and going, changes, reading back.

In: instances (as ``Instance`` or as documents of the ECS API), ids and ARNs.  Out: rows, ids,
values.  A row never moves and is never used again (C7); a change costs what it changes (C8); a
refused call changes nothing.  Tasks are placed and stopped elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Final

import numpy.typing as npt

from placement.engine.arguments import checked_argument
from placement.errors import DocumentError, InstanceError, describe_value
from placement.kernels.fields import CPU, INTERFACE, MEMORY
from placement.model import (
    Instance,
    checked_attributes,
    checked_flag,
    checked_status,
    checked_text,
)
from placement.model.checks import checked_amount, checked_amounts, is_several
from placement.model.numbers import as_flag
from placement.state.cluster_base import ClusterBase, split_arn
from placement.state.guard import changes, reads

if TYPE_CHECKING:
    from placement.engine.columns import TextColumn
    from placement.engine.views import Reservation, Usage

__all__ = ["InstanceCalls"]


class _Unchanged:
    """The default of an argument that leaves something as it is, where None means unknown."""


_UNCHANGED: Final = _Unchanged()


class InstanceCalls(ClusterBase):
    """Container instances: how they come, go and change, and what they are now."""

    # Instances

    @changes
    def register(self, instance: Instance | Mapping[str, Any]) -> int:
        """Add an instance, after all others, and return its row.

        Args:
            instance: An ``Instance``, or a document as describe-container-instances prints it.

        Raises:
            DocumentError: the document has not the form that ECS gives it.
            InstanceError: the id is registered already, and not INACTIVE (C9).
        """
        if not isinstance(instance, Instance):
            from placement.documents.instances import instance_from_ecs

            instance = instance_from_ecs(instance, "instance")
        return self._add(instance)

    def _add(self, instance: Instance) -> int:
        prefix, id = split_arn(instance.id)
        if not id:
            raise DocumentError(
                f"expected an id or an ARN, not {describe_value(instance.id)}", "id"
            )
        old = self.store.row_of.get(id)
        if old is not None and self.store.matrix.get(self.store.status, old) != "INACTIVE":
            raise InstanceError(f"container instance {id} is registered already")
        return self.store.add(instance, prefix, id)

    @changes
    def deregister(self, id: str, *, force: bool = False) -> None:
        """Take an instance out of the cluster; its row becomes a tombstone (C7).

        With ``force`` tasks that still run on it are forgotten: they count for nothing (B17).

        Raises:
            InstanceError: there is no such instance, or tasks run on it and ``force`` is not given.
            UsageError: ``force`` is not true or false.
        """
        row = self._row(id)
        force = checked_argument(as_flag(force), force, "force is true or false")
        running = int(self.store.running[row])
        if running and not force:
            raise InstanceError(f"{running} tasks still run on container instance {id}")
        self.store.remove(row)

    # Changes to an instance

    @changes
    def put_attributes(self, id: str, attributes: Mapping[str, str | None]) -> None:
        """Set attributes of an instance; None or "" is an attribute without value.

        Raises:
            InstanceError: there is no such instance.
            DocumentError: a name or a value is no text, or has control characters (C6).
        """
        row = self._row(id)
        store = self.store
        if not store.put_known(row, attributes):
            attributes = checked_attributes(attributes, "attributes")
            store.put_attributes(row, attributes)
        store.record_change(row, attributes)

    @changes
    def delete_attributes(self, id: str, names: Iterable[str]) -> None:
        """Delete attributes of an instance; those it does not have are no error.

        Raises:
            InstanceError: there is no such instance.
            DocumentError: a name is no text.
        """
        row = self._row(id)
        if not is_several(names):
            raise DocumentError(f"expected a list of names, not {describe_value(names)}", "names")
        checked = [checked_text(name, "names") for name in names]
        for name in checked:
            column = self.store.attributes.get(name)
            if column is not None:
                self.store.matrix.put(column, row, None)
        self.store.record_change(row, checked)

    @changes
    def set_status(self, id: str, status: str) -> None:
        """Set an instance's status, one of ``placement.STATUSES``.

        Raises:
            InstanceError: there is no such instance.
            DocumentError: there is no such status.
        """
        row = self._row(id)
        self.store.matrix.put(self.store.status, row, checked_status(status, "status"))
        self.store.record_change(row)

    @changes
    def set_agent(
        self,
        id: str,
        *,
        connected: bool | _Unchanged = _UNCHANGED,
        version: str | _Unchanged | None = _UNCHANGED,
    ) -> None:
        """Set what an agent reports: whether it is connected, its version (None: unknown).

        Raises:
            InstanceError: there is no such instance.
            DocumentError: ``connected`` is no truth value, or ``version`` no text.
        """
        row = self._row(id)
        store = self.store
        if not isinstance(connected, _Unchanged):
            connected = checked_flag(connected, "connected")
        if not isinstance(version, _Unchanged):
            if version is not None:
                checked_text(version, "version")
            store.matrix.put(store.version, row, version)
        if not isinstance(connected, _Unchanged):
            store.matrix.put(store.connected, row, "true" if connected else "false")
        store.record_change(row)

    @changes
    def set_reservation(
        self,
        id: str,
        *,
        cpu: int = 0,
        memory: int = 0,
        resources: Mapping[str, int] | None = None,
        interfaces: int = 0,
    ) -> None:
        """Set what placements must leave free on an instance, for daemons that are to run there.

        It replaces what was reserved before; 0 reserves nothing.  What remains stays the same in
        documents and views; a decision sees what remains less what is reserved (A45).  An instance
        that has less left than is reserved takes no task at all (D53), but by
        ``place_on(..., use_reserved=True)``.  Whoever places the daemon lowers the reservation.

        Args:
            id: The instance, by its id or ARN.
            cpu: CPU units.
            memory: MiB.
            resources: Further resources by name.
            interfaces: Network interfaces.

        Raises:
            InstanceError: there is no such instance.
            DocumentError: an amount is no whole number from 0, or a name no further resource.
        """
        row = self._row(id)
        tasks = self.store.tasks
        amounts = {
            CPU: checked_amount(cpu, "cpu"),
            MEMORY: checked_amount(memory, "memory"),
            INTERFACE: checked_amount(interfaces, "interfaces"),
        }
        further = checked_amounts({} if resources is None else resources, "resources")
        for name, amount in further.items():
            if amount:
                amounts[tasks.resource(name)] = checked_amount(amount, f"resources.{name}")
        if tasks.resources.set_reserved(row, amounts):
            self.store.record_change(row)

    # Reading back

    @reads
    def reservation(self, id: str) -> Reservation:
        """Return what placements must leave free on an instance, as ``set_reservation`` set it.

        Raises:
            InstanceError: there is no such instance.
        """
        from placement.engine.views import reservation_of

        return reservation_of(self.store, self._row(id))

    @reads
    def describe(self, id: str) -> Instance:
        """Return an instance as it is now; it could be registered so elsewhere.

        What runs on it is in ``running_tasks`` and in what remains and is taken.  ``gpus`` are ids
        and ``id`` is an ARN if it was registered with one; ports are given in full, defaults too.

        Raises:
            InstanceError: there is no such instance.
        """
        from placement.engine.views import describe_instance

        return describe_instance(self.store, self._row(id))

    @reads
    def attribute(self, id: str, name: str) -> str | None:
        """Return the value of an attribute of an instance: "" without value, None if not there.

        Raises:
            InstanceError: there is no such instance.
            DocumentError: the name is no text.
        """
        row = self._row(id)
        column = self.store.attributes.get(checked_text(name, "name"))
        return None if column is None else self.store.matrix.get(column, row)

    @reads
    def usage(self, id: str) -> Usage:
        """Return what an instance has left, and how many tasks run on it.

        Raises:
            InstanceError: there is no such instance.
        """
        from placement.engine.views import usage_of

        return usage_of(self.store, self._row(id))

    @reads
    def column(self, name: str, rows: Any = None) -> npt.NDArray[Any] | TextColumn:
        """Return a read-only copy of one column over the rows (C36).

        Args:
            name: ``remaining.cpu``, ``remaining.memory``, ``remaining.gpus`` or
                ``remaining.RESOURCE``; the same with ``registered.``; ``running_tasks``,
                ``tasks:GROUP``: int64.  ``connected``: bool.  ``registered_at``: datetime64[us].
                ``status``, ``agent_version``, ``attribute:NAME``: a ``TextColumn``.
            rows: Only these rows, in their order; by default all, tombstones included.

        Raises:
            UsageError: there is no such column, or ``rows`` are not rows of this cluster.
        """
        from placement.engine.columns import column

        return column(self.store, name, rows)
