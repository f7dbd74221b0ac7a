"""Everything a cluster remembers, as one value that can be compared.

Used to show that a refused call changes nothing and that two ways lead to the same cluster.
"""

from __future__ import annotations

from typing import Any

import numpy as np

import placement

DERIVED = ("_addresses", "_arrays", "is_stale", "_sparse_on")
"""The same arrays once more, as kernels and masks take them, made when they are first asked for;
and which sparse columns a row has, which the columns say too."""


def dump(cluster: placement.Cluster) -> Any:
    """Return every array, dictionary and counter of a cluster; not what queries keep with it."""
    return plain({name: part for name, part in fields(cluster.store) if name != "bindings"})


def fields(thing: Any) -> list[tuple[str, Any]]:
    slots = [name for kind in type(thing).__mro__ for name in getattr(kind, "__slots__", ())]
    names = [*slots, *getattr(thing, "__dict__", ())]
    found = [(name, getattr(thing, name)) for name in names if name not in DERIVED]
    return [(name, _of_tasks(thing) if name == "task" else part) for name, part in found]


def _of_tasks(tasks: Any) -> Any:
    """Return the arrays of tasks and their length; at positions to come only GPUs say something."""
    arrays = {
        name: array if name == "gpus" else array[: tasks.positions]
        for name, array in tasks.task.items()
    }
    return arrays | {"room": len(tasks.task["row"])}


def plain(value: Any) -> Any:
    """Return a value as lists, dictionaries and scalars that compare."""
    match value:
        case None | str() | bytes() | int() | float():
            return value
        case dict():
            return [(plain(key), plain(part)) for key, part in value.items()]
        case np.ndarray():
            return (str(value.dtype), value.tolist())
    if hasattr(value, "__iter__"):
        return [plain(part) for part in value]
    return (type(value).__name__, [(name, plain(part)) for name, part in fields(value)])


def cells(cluster: placement.Cluster) -> list[dict[str, Any] | None]:
    """Return for each row what a person would say of it; how it is stored does not matter."""
    return [None if id is None else _cells(cluster, row, id) for row, id in enumerate(cluster.ids)]


def _cells(cluster: placement.Cluster, row: int, id: str) -> dict[str, Any]:
    store = cluster.store
    texts = {name: store.matrix.get(column, row) for name, column in store.matrix.columns.items()}
    return {
        "id": id,
        "texts": {name: text for name, text in texts.items() if text is not None},
        "running": int(store.running[row]),
        "registered_at": int(store.registered_at[row]),
        "groups": store.tasks.groups_on(row),
        "left": store.tasks.resources.remaining(row).tolist(),
    }
