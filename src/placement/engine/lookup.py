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

__all__ = ["attribute_values", "group_code", "group_counts", "is_draining", "resource_number"]

Array = npt.NDArray[Any]


def group_code(store: Store, name: str) -> int | None:
    """Return the code of a task group, None if it was never named."""
    return store.tasks.names.codes.get(name)


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


def attribute_values(store: Store, name: str) -> Array:
    """Return a number for each row's value of an attribute: int64, 0 where a row has none."""
    rows = len(store.ids)
    column = store.attributes.get(name)
    if column is None:
        return np.zeros(rows, np.int64)
    return store.matrix.row(column)[:rows].astype(np.int64)


def is_draining(store: Store) -> Array:
    """Return which rows are DRAINING: bool."""
    code = store.status.dictionary.codes.get("DRAINING", -1)
    draining: Array = store.matrix.row(store.status)[: len(store.ids)] == code
    return draining
