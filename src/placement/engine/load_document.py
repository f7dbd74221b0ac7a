"""Documents of the ECS API become instances and tasks of a cluster (C10, C11, C31).

In: an empty cluster and a document.  Out: the cluster holds what the document says; what of it
cannot be read is noted as a problem.  How a record is read ``placement.documents`` knows.
"""

from __future__ import annotations

from bisect import insort
from collections.abc import Mapping
from typing import Any

import attrs

from placement.documents.dump import ClusterDump, split_document
from placement.documents.instance_fields import further_fields
from placement.documents.instances import instance_from_ecs, instance_to_ecs
from placement.documents.problems import Problems
from placement.documents.records import comes_twice, is_newer
from placement.documents.tasks import tasks_from_ecs
from placement.engine.views import describe_instance
from placement.errors import DocumentError, InstanceError, describe_value
from placement.model import Instance
from placement.state.adopt_tasks import adopt_tasks
from placement.state.cluster_base import ClusterBase, split_arn
from placement.state.store import Store

__all__ = ["load_document"]


def load_document(cluster: ClusterBase, document: Any, problems: Problems, release: str) -> None:
    """Add what a document says to a cluster that is empty.

    Args:
        cluster: The cluster.
        document: What ``Cluster.from_ecs`` takes.
        problems: Takes the records that cannot be read.
        release: When stopped tasks give back what they hold: the cluster's option (A25).

    Raises:
        DocumentError: the document is of another kind, or ``problems`` refuses a record.
    """
    dump = split_document(document)
    loader = _InstanceLoader(cluster.store, dump, problems)
    loader.load()
    cluster.store.matrix.sort_texts(cluster.rows)
    found = tasks_from_ecs(
        dump.elements("tasks"),
        dump.elements("taskDefinitions"),
        dump.elements("protectedTasks"),
        problems,
        loader.gone(),
    )
    rows = [(cluster._find(one.instance), one) for one in found]
    located = [(row, record) for row, record in rows if row is not None]
    if located:
        reports = dump.reports_stopping
        adopt_tasks(cluster.store, located, release=release, reports_stopping=reports)


@attrs.frozen
class _Parsed:
    """An instance's document, read."""

    path: str
    instance: Instance
    further: dict[str, Any] | None
    prefix: str
    id: str


class _InstanceLoader:
    """Adds instances to a store, one after another: their list may be an iterator (C11)."""

    def __init__(self, store: Store, dump: ClusterDump, problems: Problems) -> None:
        self.store = store
        self.dump = dump
        self.problems = problems
        self._without_row: list[int] = []
        """Places in the list, ascending, of documents that got no row."""
        self._replaced: dict[int, str] = {}
        """Paths of documents that count in place of the first one, by row."""
        self._left_out: set[str] = set()
        """Ids of the instances that cannot be read."""

    def gone(self) -> frozenset[str]:
        """Return the ids of the instances that were left out."""
        return frozenset(self._left_out - self.store.row_of.keys())

    def load(self) -> None:
        """Add the instances; of two documents of one the newer counts (C31)."""
        again: list[_Parsed] = []
        for number, document in enumerate(self.dump.elements("containerInstances")):
            path = f"{self.dump.path}[{number}]"
            try:
                parsed = _parsed(document, path)
                if parsed.id in self.store.row_of:
                    again.append(parsed)
                    self._without_row.append(number)
                else:
                    self._add(parsed)
            except DocumentError as error:
                insort(self._without_row, number)
                self._note_left_out(document)
                self.problems.add(error)
        scratch = Store()
        for parsed in again:
            self._choose(parsed, scratch)

    def _note_left_out(self, document: Any) -> None:
        arn = document.get("containerInstanceArn") if isinstance(document, Mapping) else None
        if isinstance(arn, str):
            self._left_out.add(split_arn(arn)[1])

    def _add(self, parsed: _Parsed) -> None:
        try:
            row = self.store.add(parsed.instance, parsed.prefix, parsed.id)
        except InstanceError as error:
            raise DocumentError(str(error), f"{parsed.path}.containerInstanceArn") from None
        if parsed.further is not None:
            self.store.further[row] = parsed.further

    def _choose(self, second: _Parsed, scratch: Store) -> None:
        """Let the newer of two documents of an instance count."""
        store, row = self.store, self.store.row_of[second.id]
        first = instance_to_ecs(describe_instance(store, row), further=store.further.get(row))
        place = scratch.add(second.instance, second.prefix, second.id)
        other = instance_to_ecs(describe_instance(scratch, place), further=second.further)
        if first == other:
            return
        path = self._replaced.get(row) or f"{self.dump.path}[{self._number(row)}]"
        if is_newer(other.get("version"), first.get("version")):
            store.refill(row, second.instance, second.prefix)
            if second.further is not None:
                store.further[row] = second.further
            path, left_out = second.path, path
            self._replaced[row] = path
        else:
            left_out = second.path
        self.problems.leave_out(left_out, comes_twice(second.instance.id, path))

    def _number(self, row: int) -> int:
        """Return the place in the list of the document that got a row."""
        number = row
        for without in self._without_row:
            number += without <= number
        return number


def _parsed(document: Any, path: str) -> _Parsed:
    """Read an instance's document.

    Raises:
        DocumentError: it has not the form that ECS gives it.
    """
    instance = instance_from_ecs(document, path)
    prefix, id = split_arn(instance.id)
    if not id:
        message = f"expected an id or an ARN, not {describe_value(instance.id)}"
        raise DocumentError(message, f"{path}.containerInstanceArn")
    return _Parsed(path, instance, further_fields(document, path), prefix, id)
