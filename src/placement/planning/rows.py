"""What a report reads of each row of a cluster, as plain lists.

In: a cluster.  Out: ``Rows``: one entry for each row that has an instance which is not INACTIVE.
Only reads (C53).
"""

from __future__ import annotations

from collections.abc import Sequence

import attrs
import numpy as np
import numpy.typing as npt

from placement.engine.cluster import Cluster
from placement.engine.columns import TextColumn
from placement.engine.request import Task
from placement.kernels.fields import CPU, GPU, INTERFACE, MEMORY, PORT_SHIFT, RESERVED
from placement.model.attribute_names import ZONE
from placement.planning.amounts import Amount, Use
from placement.state.resources import UNLIMITED
from placement.state.store import Store

__all__ = ["Rows", "rows_of", "rows_taking"]

TYPE = "ecs.instance-type"

_RESOURCES = {"cpu": CPU, "memory": MEMORY, "gpus": GPU, "interfaces": INTERFACE}

_LEAST_TASKS = (Task(), Task(launch_type="EXTERNAL"))
"""Tasks that ask for nothing, of both launch types (B21)."""


@attrs.frozen
class Rows:
    """The instances of a cluster, those that are INACTIVE left out; the lists are equally long.

    Attributes:
        numbers: int64, their rows, ascending.
        ids: Their ids.
        zones: Their availability zones, None where the attribute is missing.
        types: Their instance types, likewise.
        statuses: Of ``STATUSES``.
        connected: Whether the agent is connected.
        uses: What each has, and what is used of it.
    """

    numbers: npt.NDArray[np.int64]
    ids: Sequence[str]
    zones: Sequence[str | None]
    types: Sequence[str | None]
    statuses: Sequence[str]
    connected: Sequence[bool]
    uses: Sequence[Use]


def rows_of(cluster: Cluster) -> Rows:
    """Return what a report reads of each instance."""
    store = cluster.store
    statuses = _texts(cluster, "status")
    numbers = np.array(
        [row for row, id in enumerate(store.ids) if id is not None and statuses[row] != "INACTIVE"],
        np.int64,
    )
    chosen = numbers.tolist()
    connected = np.asarray(cluster.column("connected")).tolist()
    is_taking = [statuses[row] == "ACTIVE" and connected[row] for row in chosen]
    zones, types = (_texts(cluster, f"attribute:{name}") for name in (ZONE, TYPE))
    return Rows(
        numbers,
        [store.ids[row] or "" for row in chosen],
        [zones[row] for row in chosen],
        [types[row] for row in chosen],
        [statuses[row] or "" for row in chosen],
        [connected[row] for row in chosen],
        _uses(store, numbers, is_taking),
    )


def rows_taking(cluster: Cluster) -> set[int]:
    """Return the rows that take tasks at all: the engine is asked about a task of no size."""
    rows = {row for row, id in enumerate(cluster.ids) if id is not None}
    status = _texts(cluster, "status")
    candidates = {row for row in rows if status[row] != "INACTIVE"}
    return {
        row for task in _LEAST_TASKS for row in candidates - set(cluster.explain(task).failures)
    }


def _texts(cluster: Cluster, name: str) -> list[str | None]:
    """Return the text of each row in a column, None where it has none."""
    column = cluster.column(name)
    if not isinstance(column, TextColumn):
        return [None] * len(column)
    values: tuple[str | None, ...] = (*column.values, None)  # code -1 is the last
    return [values[code] for code in column.codes.tolist()]


def _uses(store: Store, numbers: npt.NDArray[np.int64], is_taking: Sequence[bool]) -> list[Use]:
    """Return what each of some rows has and uses."""
    resources = store.tasks.resources
    columns = {}
    for name, number in _RESOURCES.items():
        registered = resources.registered[numbers, number].tolist()
        remaining = resources.remaining(numbers, number).tolist()
        reserved = resources.reserved_on(numbers, number).tolist()
        columns[name] = [
            Amount(*amounts) for amounts in zip(registered, remaining, reserved, strict=True)
        ]
    running = store.running[numbers].tolist()
    ports = _ports(store)[numbers].tolist()
    return [
        _use(
            {name: column[place] for name, column in columns.items()},
            running[place],
            ports[place],
            taking,
        )
        for place, taking in enumerate(is_taking)
    ]


def _use(amounts: dict[str, Amount], tasks: int, ports: int, taking: bool) -> Use:
    """Return the use of one instance."""
    unknown = amounts["interfaces"].registered >= UNLIMITED
    if unknown:
        amounts = {**amounts, "interfaces": Amount(0, 0)}
    exhausted = {
        name: 1
        for name, amount in amounts.items()
        if taking and amount.free <= 0 < amount.registered
    }
    return Use(
        instances=1,
        taking=int(taking),
        tasks=tasks,
        unknown_interfaces=int(unknown),
        ports=ports,
        exhausted=exhausted,
        **amounts,
    )


def _ports(store: Store) -> npt.NDArray[np.int64]:
    """Return for each row how many host ports are taken that its agent does not reserve."""
    table = store.tasks.ports.table
    taken = table.living & (table.values != RESERVED)
    rows = (table.keys[taken] - 1) >> PORT_SHIFT
    return np.bincount(rows, minlength=len(store.ids)).astype(np.int64)
