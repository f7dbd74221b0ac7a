"""A cluster: container instances as rows, what is known of them as columns.

In: instances (as ``Instance`` or as documents of the ECS API) and changes.  Out: rows and ids; the
columns themselves are in ``store``, for queries and the engine.  A row never moves and is never
used again (C7); a change costs what it changes (C8); a refused call changes nothing.  This module
knows nothing of the query language.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final, Self, overload

import numpy as np
import numpy.typing as npt

from placement.documents.instances import instance_from_ecs
from placement.documents.pages import split_document
from placement.documents.tasks import tasks_from_ecs
from placement.errors import DocumentError, InstanceError, TaskError, describe_value
from placement.kernels.fields import NO_ROW
from placement.model import (
    MAX_COUNT,
    Instance,
    checked_attributes,
    checked_flag,
    checked_group,
    checked_status,
    checked_text,
)
from placement.state.adopt_tasks import adopt_tasks
from placement.state.store import Store

__all__ = ["Inventory"]


class _Unchanged:
    """The default of an argument that leaves something as it is, where None means unknown."""


_UNCHANGED: Final = _Unchanged()


class Inventory:
    """Container instances, held as columns.

    ``rows`` counts rows, holes included; ``ids[row]`` and ``row(id)`` translate.  An id that a call
    takes is the container instance's ARN or its last part; ids given back are the last part.
    ``len()`` is the number of registered instances, ``in`` asks for an id.

    Safe to read from several threads while none changes it.
    """

    release: str = "desired_status"
    """When a stopped task gives back what it holds (A25)."""

    def __init__(self) -> None:
        self.store = Store()

    @classmethod
    def from_ecs(cls, document: Any, **options: Any) -> Self:
        """Return the cluster that documents of the ECS API describe.

        Args:
            document: What ``aws ecs describe-container-instances`` prints: a mapping with
                ``containerInstances``, and beside it perhaps ``tasks`` (``describe-tasks``),
                ``taskDefinitions`` (what ``describe-task-definition`` prints under
                ``taskDefinition``, several of them) and ``protectedTasks``
                (``get-task-protection``); or a list of such pages; or a list, iterator or other
                iterable of instance documents, which is read once and not kept (C11).
            options: What the class takes: ``seed``, ``release``, ``ties``.

        What an instance reports (``remainingResources``, ``runningTasksCount``) includes the tasks
        given, so that nothing is subtracted again; where more tasks are given than reported, they
        count (C10).  A task holds what its document and its definition say (the task's document
        wins), so far as the instance reports it as taken, and gives that back when it stops.  Tasks
        whose desired status is STOPPED are gone, or with ``release="last_status"`` hold what they
        hold until their last status is STOPPED (A25); tasks on instances that the document does not
        hold count for nothing (A20, B17).  Task ids ascend with ``createdAt``.

        Raises:
            DocumentError: something has not the form that ECS gives it; ``path`` says where.
            UsageError: an option is not of its kind.
        """
        parts = split_document(document)
        cluster = cls(**options)
        for number, instance in enumerate(parts.instances):
            here = f"{parts.path}[{number}]"
            parsed = instance_from_ecs(instance, here)
            try:
                cluster._add(parsed)
            except InstanceError as error:
                raise DocumentError(str(error), f"{here}.containerInstanceArn") from None
        cluster.store.matrix.sort_texts(cluster.rows)
        found = tasks_from_ecs(parts.tasks, parts.definitions, parts.protections)
        rows = [(cluster._find(record.instance), record) for record in found]
        located = [(row, record) for row, record in rows if row is not None]
        if located:
            adopt_tasks(cluster.store, located, release=cluster.release)
        return cluster

    @classmethod
    def from_frame(cls, frame: Any, **options: Any) -> Self:
        """Return the cluster of a table, a row for each instance (C11).

        Args:
            frame: A data frame of pandas, polars or pyarrow, or another that narwhals reads (extra
                ``[frames]``).  The columns ``id`` (an id or ARN, the only one there must be),
                ``cpu`` (units), ``memory`` (MiB), ``gpus`` (how many), ``status``,
                ``agent_connected``, ``agent_version``, ``registered_at`` (a time, text as ECS
                writes it, or seconds; UTC without an offset) and ``running_tasks`` (a count) mean
                that; every other column is the attribute of its name.  Null is absent (C9 says what
                is assumed then); numbers and truth values become an attribute's text: ``5``,
                ``0.5``, ``true``.
            options: What the class takes: ``seed``, ``release``, ``ties``.

        Nothing is taken: what remains is what is registered.

        Raises:
            DocumentError: a value is not of its kind; ``path`` is column and row: ``cpu[3]``.
            UsageError: it is no frame, narwhals is not installed, or an option is not of its kind.
        """
        from placement.documents.frames import columns_of, table_of  # here: few need it
        from placement.state.load_table import load_table

        cluster = cls(**options)
        load_table(cluster.store, table_of(columns_of(frame)))
        return cluster

    # Rows and ids

    @property
    def rows(self) -> int:
        """How many rows there are, holes included: the length of every mask."""
        return len(self.store.ids)

    @property
    def ids(self) -> Sequence[str | None]:
        """The id of each row, None for a hole: a view that follows the cluster."""
        return _Ids(self)

    def __len__(self) -> int:
        return len(self.store.row_of)

    def __contains__(self, id: object) -> bool:
        return isinstance(id, str) and self._find(id) is not None

    def row(self, id: str) -> int:
        """Return the row of a registered instance.

        Raises:
            InstanceError: there is none with this id.
        """
        row = self.store.row_of.get(id) if isinstance(id, str) else None
        return self._row_by_arn(id) if row is None else row

    def _row_by_arn(self, id: Any) -> int:
        row = self._find(id) if isinstance(id, str) else None
        if row is None:
            raise InstanceError(f"no container instance {describe_value(id)} in this cluster")
        return row

    def _find(self, id: str) -> int | None:
        """Return the row of an id or ARN, None if it is not registered here."""
        row = self.store.row_of.get(id)
        if row is not None or "/" not in id:
            return row
        prefix, last = _split_arn(id)
        row = self.store.row_of.get(last)
        if row is None or self.store.matrix.get(self.store.arn_prefix, row) != prefix:
            return None
        return row

    # Instances

    def register(self, instance: Instance | Mapping[str, Any]) -> int:
        """Add an instance, behind all others, and return its row.

        Args:
            instance: An ``Instance``, or a document as describe-container-instances prints it.

        Raises:
            DocumentError: the document has not the form that ECS gives it.
            InstanceError: the id is registered already, and not INACTIVE (C9).
        """
        if not isinstance(instance, Instance):
            instance = instance_from_ecs(instance, "instance")
        return self._add(instance)

    def _add(self, instance: Instance) -> int:
        prefix, id = _split_arn(instance.id)
        if not id:
            raise DocumentError(
                f"expected an id or an ARN, not {describe_value(instance.id)}", "id"
            )
        old = self.store.row_of.get(id)
        if old is not None and self.store.matrix.get(self.store.status, old) != "INACTIVE":
            raise InstanceError(f"container instance {id} is registered already")
        return self.store.add(instance, prefix, id)

    def deregister(self, id: str, *, force: bool = False) -> None:
        """Take an instance out of the cluster; its row becomes a hole (C7).

        With ``force`` tasks that still run on it are forgotten: they count for nothing (B17).

        Raises:
            InstanceError: there is no such instance, or tasks run on it and ``force`` is not given.
        """
        row = self.row(id)
        running = int(self.store.running[row])
        if running and not force:
            raise InstanceError(f"{running} tasks still run on container instance {id}")
        self.store.remove(row)

    def compact(self) -> npt.NDArray[np.int64]:
        """Remove the holes and the texts that no instance has any more.

        Returns the array old row -> new row, -1 for a hole.  Rows and masks from before are void;
        ids and task ids stay.
        """
        self.store, new_rows = self.store.without_tombstones()
        return new_rows

    # Changes to an instance

    def put_attributes(self, id: str, attributes: Mapping[str, str | None]) -> None:
        """Set attributes of an instance; None or "" is an attribute without value.

        Raises:
            InstanceError: there is no such instance.
            DocumentError: a name or a value is no text, or has control characters (C6).
        """
        row = self.row(id)
        store = self.store
        if not store.put_known(row, attributes):
            checked_attributes(attributes, "attributes")
            store.put_attributes(row, attributes)
        store.record_change(row, attributes)

    def delete_attributes(self, id: str, names: Iterable[str]) -> None:
        """Delete attributes of an instance; those it does not have are no error.

        Raises:
            InstanceError: there is no such instance.
            DocumentError: a name is no text.
        """
        row = self.row(id)
        if isinstance(names, (str, bytes)) or not isinstance(names, Iterable):
            raise DocumentError(f"expected a list of names, not {describe_value(names)}", "names")
        checked = [checked_text(name, "names") for name in names]
        for name in checked:
            column = self.store.attributes.get(name)
            if column is not None:
                self.store.matrix.put(column, row, None)
        self.store.record_change(row, checked)

    def set_status(self, id: str, status: str) -> None:
        """Set an instance's status, one of ``placement.STATUSES``.

        Raises:
            InstanceError: there is no such instance.
            DocumentError: there is no such status.
        """
        row = self.row(id)
        self.store.matrix.put(self.store.status, row, checked_status(status, "status"))
        self.store.record_change(row)

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
        row = self.row(id)
        store = self.store
        if not isinstance(connected, _Unchanged):
            checked_flag(connected, "connected")
        if not isinstance(version, _Unchanged):
            if version is not None:
                checked_text(version, "version")
            store.matrix.put(store.version, row, version)
        if not isinstance(connected, _Unchanged):
            store.matrix.put(store.connected, row, "true" if connected else "false")
        store.record_change(row)

    # Tasks

    def add_task(self, id: str, group: str) -> int:
        """Note a task of ``group`` on an instance, and return its number (ascending, C15).

        Raises:
            InstanceError: there is no such instance, or it can count no further task.
            DocumentError: the group is no text of 1 to 255 characters.
        """
        row = self.row(id)
        checked_group(group, "group")
        if self.store.running[row] == MAX_COUNT:
            raise InstanceError(f"container instance {id} cannot count more than {MAX_COUNT} tasks")
        tasks = self.store.tasks
        return tasks.add(row, tasks.groups.code(group))

    def remove_task(self, task_id: int) -> None:
        """Forget a task.

        Raises:
            TaskError: there is no such task.
        """
        self._known_task(task_id)
        self.store.tasks.stop(np.array([task_id], np.int64), release=True)

    def task_by_arn(self, arn: str) -> int:
        """Return the id of a task that came in a document.

        Args:
            arn: Its ARN, or the ARN's last part.

        Raises:
            TaskError: there is no such task (any more).
        """
        number = None
        if isinstance(arn, str):
            number = self.store.task_of_arn.get(arn.rpartition("/")[2])
        if number is None or self.store.tasks.row_of(number) == NO_ROW:
            raise TaskError(f"no task {describe_value(arn)} in this cluster")
        if "/" in arn and self.store.arns[number] != arn:
            raise TaskError(f"no task {describe_value(arn)} in this cluster")
        return number

    def task_arn(self, task_id: int) -> str | None:
        """Return the ARN of a task, None for a task that came in no document.

        Raises:
            TaskError: there is no such task (any more).
        """
        self._known_task(task_id)
        return self.store.arns.get(int(task_id))

    def _known_task(self, task_id: Any) -> None:
        is_number = isinstance(task_id, (int, np.integer)) and not isinstance(task_id, bool)
        if not is_number or self.store.tasks.row_of(int(task_id)) == NO_ROW:
            raise TaskError(f"no task {describe_value(task_id)} in this cluster")


def _split_arn(id: str) -> tuple[str, str]:
    """Return what stands before an id's last part (empty for a bare id), and the last part."""
    head, slash, last = id.rpartition("/")
    return head + slash, last


class _Ids(Sequence["str | None"]):
    """The ids by row; reads through to the cluster."""

    def __init__(self, cluster: Inventory) -> None:
        self._cluster = cluster

    @property
    def _ids(self) -> list[str | None]:
        return self._cluster.store.ids

    @overload
    def __getitem__(self, row: int) -> str | None: ...
    @overload
    def __getitem__(self, row: slice) -> Sequence[str | None]: ...
    def __getitem__(self, row: int | slice) -> str | Sequence[str | None] | None:
        return self._ids[row]

    def __len__(self) -> int:
        return len(self._ids)

    def __iter__(self) -> Iterator[str | None]:
        return iter(self._ids)

    def __repr__(self) -> str:
        return f"<ids of {len(self)} rows>"
