"""Numbers of names that a cluster may not know, by look-up alone.

In: a store and the name of a group, a resource or an attribute.  Out: its number or its column of
numbers, or None or zeros for a name never seen.  Nothing is added to the store (C53): what only
reads a cluster (checks, explanations, full scans, columns) asks here instead of calling
``tasks.group``, ``tasks.resource`` or ``store.attribute``, which give an unknown name a number.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from placement.state.store import Store

__all__ = [
    "attribute_values",
    "attribute_values_on",
    "counted_tasks",
    "group_code",
    "group_counts",
    "group_counts_on",
    "group_tasks",
    "is_draining",
    "is_draining_on",
    "resource_number",
]

Array = npt.NDArray[Any]

FEW_ROWS = 4
"""Rows that are looked up one by one, for which no kernel has to be loaded."""


def group_code(store: Store, name: str) -> int | None:
    """Return the code of a task group, None if it was never named."""
    return store.tasks.groups.names.codes.get(name)


def resource_number(store: Store, name: str) -> int | None:
    """Return the number of a resource, None if no instance and no task ever had it."""
    return store.tasks.known_resource(name)


def group_counts(store: Store, group: str) -> Array:
    """Return how many counted tasks of a group are on each row: int64, all 0 if it is unknown."""
    rows = len(store.ids)
    code = group_code(store, group)
    if code is None:
        return np.zeros(rows, np.int64)
    counts: Array = store.tasks.counts(code)[:rows]
    return counts


def group_counts_on(store: Store, group: str, rows: slice | Array) -> Array:
    """Return how many counted tasks of a group are on each of some rows: int64.

    A few rows are looked up one by one, so that the number of the others does not matter.
    """
    if isinstance(rows, slice):
        counts: Array = group_counts(store, group)[rows]
        return counts
    code = group_code(store, group)
    if code is None:
        return np.zeros(len(rows), np.int64)
    if len(rows) > FEW_ROWS:
        return store.tasks.counts_on(code, rows)
    pairs = store.tasks.groups.pairs
    return np.array([pairs.get(row, code) for row in rows.tolist()], np.int64)


def group_tasks(store: Store, group: str) -> int:
    """Return how many counted tasks of a group there are on all rows."""
    code = group_code(store, group)
    return 0 if code is None else store.tasks.groups.tasks.item(code)


def counted_tasks(store: Store, group: str) -> Array:
    """Return the positions of the counted tasks of a group: int64, ascending.

    None if the group is unknown.
    """
    code = group_code(store, group)
    return np.zeros(0, np.int64) if code is None else store.tasks.counted_of(code)


def attribute_values(store: Store, name: str) -> Array:
    """Return a number for each row's value of an attribute: int64, 0 where a row has none."""
    rows = len(store.ids)
    column = store.attributes.get(name)
    if column is None:
        return np.zeros(rows, np.int64)
    return store.matrix.row(column)[:rows].astype(np.int64)


def attribute_values_on(store: Store, name: str, rows: Array) -> Array:
    """Return a number for the value of an attribute of each of some rows, ascending: int64."""
    column = store.attributes.get(name)
    if column is None:
        return np.zeros(len(rows), np.int64)
    return store.matrix.codes_on(column, rows).astype(np.int64)


def is_draining(store: Store) -> Array:
    """Return which rows are DRAINING: bool."""
    return is_draining_on(store, slice(len(store.ids)))


def is_draining_on(store: Store, rows: slice | Array) -> Array:
    """Return which of some rows are DRAINING: bool."""
    code = store.status.dictionary.codes.get("DRAINING", -1)
    draining: Array = store.matrix.row(store.status)[rows] == code
    return draining
