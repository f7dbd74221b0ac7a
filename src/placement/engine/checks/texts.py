"""Checks of what an instance is: status, agent, attributes, location.

In: a request and the columns of texts. Out: static checks, each about the text in one column. Knows
neither amounts nor tasks. Some are created for every request that is prepared, so their classes use
``define``, which constructs objects faster than ``frozen``; nothing changes them.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from typing import TYPE_CHECKING

import attrs
import numpy as np
import numpy.typing as npt

from placement.engine.checks.base import Cause, Mask, Numerators, Rows, StaticCheck
from placement.model.attribute_names import EXTERNAL, TASK_ENI, ZONE
from placement.state.dictionary import ABSENT

if TYPE_CHECKING:
    from placement.engine.criteria import Criteria
    from placement.engine.request import Task
    from placement.state.store import Store

__all__ = [
    "prepare_agent",
    "prepare_attributes",
    "prepare_location",
    "prepare_status",
    "required_attributes",
]


@attrs.define(eq=False)
class _TextCheck(StaticCheck):
    """A row has one of some texts in a column.

    Attributes:
        store: The store of the cluster.
        column: The name of the column.
        texts: The texts that will do.
    """

    store: Store
    column: str
    texts: tuple[str, ...]

    @property
    def key(self) -> Hashable:
        """The column and the texts."""
        return self.column, self.texts

    def keep(self, mask: Mask, rows: Rows, /) -> None:
        """Clear the rows that have none of the texts."""
        column = self.store.matrix.columns.get(self.column)
        if column is None:
            mask[:] = False
            return
        codes = self.store.matrix.row(column)[rows]
        found = np.zeros(len(mask), np.bool_)
        for text in self.texts:
            code = column.dictionary.codes.get(text)
            if code is not None:
                found |= codes == code
        mask &= found

    def causes(self, rows: npt.NDArray[np.int64], /) -> Sequence[Cause]:
        """Return each text that the rows have instead, none where they have no text."""
        column = self.store.matrix.columns.get(self.column)
        if column is None:
            return ()
        codes = self.store.matrix.row(column)[rows]
        texts = column.dictionary.texts
        return [(texts[code] or "unknown", codes == code) for code in np.unique(codes).tolist()]

    def _text(self, row: int) -> str | None:
        """Return the text of a row, None if it has none."""
        column = self.store.matrix.columns.get(self.column)
        return None if column is None else self.store.matrix.get(column, row)


class StatusCheck(_TextCheck):
    """The instance is ACTIVE (2.1, B18)."""

    __slots__ = ()
    reason = "INACTIVE"
    sentence = ("is not ACTIVE", "are not ACTIVE")

    def missing(self, row: int, /) -> tuple[str, ...]:
        """Return the status that the row has."""
        return (f"{self.reason}: its status is {self._text(row)}",)


class AgentCheck(_TextCheck):
    """The agent is connected (2.1)."""

    __slots__ = ()
    reason = "AGENT"
    sentence = (
        "has a disconnected agent",
        "have a disconnected agent",
    )

    def missing(self, _row: int, /) -> tuple[str, ...]:
        """Say that the agent is not connected."""
        return (f"{self.reason}: its agent is not connected",)

    def causes(self, _rows: npt.NDArray[np.int64], /) -> Sequence[Cause]:
        """Return nothing: ``sentence`` has said it."""
        return ()


class LocationCheck(_TextCheck):
    """The instance is in one of the availability zones of the call (B22)."""

    __slots__ = ()
    reason = "LOCATION"
    sentence = ("is in another zone", "are in another zone")

    def keep_possible(self, mask: Mask, rows: npt.NDArray[np.int64], /) -> None:
        """Clear the rows in other zones: an instance does not move."""
        self.keep(mask, rows)

    def missing(self, row: int, /) -> tuple[str, ...]:
        """Return the zone that the row is in, and those that would do."""
        zones = " or ".join(self.texts)
        return (f"{self.reason}: its zone is {self._text(row)}, not {zones}",)


@attrs.define(eq=False)
class AttributeCheck(StaticCheck):
    """The instance has an attribute, with one value or with any, or does not have it.

    Attributes:
        store: The store of the cluster.
        name: The name of the attribute.
        value: The value it must have; None: any.
        present: False if the instance must not have the attribute, whatever ``value`` is.
    """

    store: Store
    name: str
    value: str | None = None
    present: bool = True

    reason = "ATTRIBUTE"
    sentence = (
        "lacks a required attribute",
        "lack a required attribute",
    )

    @property
    def key(self) -> Hashable:
        """The attribute and how it must be."""
        return self.reason, self.name, self.value, self.present

    def keep(self, mask: Mask, rows: Rows, /) -> None:
        """Clear the rows whose attribute is not as required."""
        column = self.store.attributes.get(self.name)
        if column is None:
            if self.present:
                mask[:] = False
            return
        codes = self.store.matrix.row(column)[rows]
        if not self.present:
            mask &= codes == ABSENT
        elif self.value is None:
            mask &= codes != ABSENT
        else:
            mask &= codes == column.dictionary.codes.get(self.value, -1)

    def keep_possible(self, mask: Mask, rows: npt.NDArray[np.int64], /) -> None:
        """Clear the rows whose attribute is not as required: tasks do not change attributes."""
        self.keep(mask, rows)

    def missing(self, row: int, /) -> tuple[str, ...]:
        """Return how the attribute is, and how it should be."""
        if not self.present:  # required of no attribute but this one (B21)
            return (f"{self.reason}: it is external, but the launch type is EC2",)
        if self.value is None:
            return (f"{self.reason}: attribute {self.name} is missing",)
        column = self.store.attributes.get(self.name)
        has = None if column is None else self.store.matrix.get(column, row)
        state = "missing" if has is None else f"{has!r}"
        return (f"{self.reason}: attribute {self.name} is {state}, not {self.value!r}",)

    def causes(self, rows: npt.NDArray[np.int64], /) -> Sequence[Cause]:
        """Return how the attribute would have to be, for the rows where it is not so."""
        passed = np.ones(len(rows), np.bool_)
        self.keep(passed, rows)
        if not self.present:
            text = "is external, which the launch type EC2 rules out"
        elif self.value is None:
            text = f"{self.name} is missing"
        else:
            text = f"{self.name} is not {self.value!r}"
        return ((text, ~passed),)

    def missing_shares(self, rows: npt.NDArray[np.int64], /) -> tuple[Numerators, int]:
        """One attribute is missing."""
        return np.ones(len(rows), object), 1


def prepare_status(store: Store, _: Criteria) -> Iterator[StaticCheck]:
    """Yield the check of the status."""
    yield StatusCheck(store, "status", ("ACTIVE",))


def prepare_agent(store: Store, _: Criteria) -> Iterator[StaticCheck]:
    """Yield the check of the agent."""
    yield AgentCheck(store, "agentConnected", ("true",))


def prepare_attributes(store: Store, criteria: Criteria) -> Iterator[StaticCheck]:
    """Yield the checks of launch type (B21) and required attributes (2.7)."""
    task = criteria.task
    if task.launch_type != "EXTERNAL":
        yield AttributeCheck(store, EXTERNAL, present=False)
    for name, value in required_attributes(task):
        yield AttributeCheck(store, name, value)


def required_attributes(task: Task) -> list[tuple[str, str | None]]:
    """Return the attributes that a task requires, each once, with the value or None for any.

    Those that follow from other fields are among them: the network interface (2.4), the platform
    (A30), the VPC (A29) and the launch type EXTERNAL (B21).
    """
    required = list(task.attributes.items())
    if task.network_interface:
        required.append((TASK_ENI, None))
    if task.architecture is not None:
        required.append(("ecs.cpu-architecture", task.architecture.lower()))
    if task.operating_system == "LINUX":
        required.append(("ecs.os-type", "linux"))
    elif task.operating_system is not None:
        required.append(("ecs.os-family", task.operating_system))
    if task.vpc is not None:
        required.append(("ecs.vpc-id", task.vpc))
    if task.launch_type == "EXTERNAL":
        required.append((EXTERNAL, None))
    return list(dict.fromkeys(required)) if len(required) > 1 else required


def prepare_location(store: Store, criteria: Criteria) -> Iterator[StaticCheck]:
    """Yield the check of the availability zone, if the call names zones (B22)."""
    if criteria.task.zones:
        yield LocationCheck(store, f"attribute:{ZONE}", criteria.task.zones)
