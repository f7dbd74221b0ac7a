"""Many instances at once, column by column.

In: an ``InstanceTable``, checked.  Out: the same rows in a store as if each had been added with
``Store.add``, at a small part of the cost.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from placement.documents.frames import InstanceTable
from placement.errors import DocumentError
from placement.kernels.fields import CPU, GPU, INTERFACE, MEMORY
from placement.machines.eni_limits import interfaces_of
from placement.model.instance import LINUX_PORTS, WINDOWS_PORTS
from placement.state.resources import UNLIMITED
from placement.state.store import UNKNOWN_TIME, Store
from placement.timestamps import microseconds

__all__ = ["load_table"]


def load_table(store: Store, table: InstanceTable) -> None:
    """Fill a store that holds nothing yet with the instances of a table.

    An id may repeat after an INACTIVE instance; the earlier row becomes a tombstone (C9).

    Raises:
        DocumentError: an id is listed twice, or has no last part; nothing has changed.
    """
    count = len(table.ids)
    prefixes, ids, row_of, tombstones = _named(table)
    store.reserve(count)
    put, column = store.matrix.put_all, store.attribute
    for name, texts in table.attributes.items():
        put(column(name), 0, texts)
    put(store.connected, 0, ["true" if one else "false" for one in table.agent_connected])
    put(store.version, 0, table.agent_version)
    put(store.status, 0, table.status)
    put(store.arn_prefix, 0, prefixes)
    store.registered_at[:count] = [
        UNKNOWN_TIME if when is None else microseconds(when) for when in table.registered_at
    ]
    store.live[:count] = True
    store.ids, store.row_ids = list(ids), ids
    store.row_of = row_of
    _hold(store, table)
    for row in tombstones:
        again = row_of[ids[row]]
        store.remove(row)
        row_of[ids[row]] = again
    store.matrix.sort_texts(count)
    store.note_all()


def _named(table: InstanceTable) -> tuple[list[str], list[str], dict[str, int], list[int]]:
    """Return the ARN prefixes, the ids, the row of each id, and the rows that are superseded."""
    prefixes, ids = [], []
    row_of: dict[str, int] = {}
    tombstones = []
    for row, arn in enumerate(table.ids):
        head, slash, id = arn.rpartition("/")
        if not id:
            raise DocumentError(f"expected an id or an ARN, not {arn!r:.200}", f"id[{row}]")
        old = row_of.get(id)
        if old is not None:
            if table.status[old] != "INACTIVE":
                message = f"container instance {id} is listed twice, first in row {old}"
                raise DocumentError(message, f"id[{row}]")
            tombstones.append(old)
        row_of[id] = row
        prefixes.append(head + slash)
        ids.append(id)
    return prefixes, ids, row_of, tombstones


def _hold(store: Store, table: InstanceTable) -> None:
    """Note what the rows have, all of it free but the agent's ports (C9, B13)."""
    tasks, count = store.tasks, len(table.ids)
    resources = tasks.resources
    for resource, amounts in ((CPU, table.cpu), (MEMORY, table.memory), (GPU, table.gpus)):
        resources.set_first(resource, np.array(amounts, np.int64))
    tasks.running[:count] = table.running_tasks
    numbers = {number: tuple(map(str, range(number))) for number in set(table.gpus)}
    for row, number in enumerate(table.gpus):
        if number:
            store.gpu_ids[row] = numbers[number]
            resources.gpus[row] = (1 << number) - 1
    nothing: list[str | None] = [None] * count
    attributes = table.attributes
    pairs = list(
        zip(
            attributes.get("ecs.instance-type", nothing),
            [trunk is not None for trunk in attributes.get("ecs.awsvpc-trunk-id", nothing)],
            strict=True,
        )
    )
    known = {pair: interfaces_of(*pair) for pair in set(pairs)}
    capacities = {pair: UNLIMITED if fit is None else fit for pair, fit in known.items()}
    interfaces = np.array([capacities[pair] for pair in pairs], np.int64)
    resources.set_first(INTERFACE, interfaces)
    _reserve(store, [system == "windows" for system in attributes.get("ecs.os-type", nothing)])


def _reserve(store: Store, windows: Sequence[bool]) -> None:
    """Note the ports that agents reserve by default."""
    is_windows = np.array(windows, np.bool_)
    for rows, ports in (
        (np.flatnonzero(~is_windows), LINUX_PORTS),
        (np.flatnonzero(is_windows), WINDOWS_PORTS),
    ):
        if len(rows):
            store.tasks.ports.reserve_on(rows, ports)
