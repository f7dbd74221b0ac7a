"""Columns of a cluster as arrays that a caller can keep (C36).

In: a store, the name of a column, perhaps some rows.  Out: a copy that cannot be written to, with
one entry for each row.  Only reads: a name that no instance and no task ever had stays unknown
(C53).  Tombstones have entries too, which callers have to leave out.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import attrs
import numpy as np
import numpy.typing as npt

from placement.engine.lookup import group_code, resource_number
from placement.errors import DocumentError, UsageError, describe_value
from placement.kernels.fields import CPU, GPU, MEMORY
from placement.model.checks import BUILT_IN, checked_group, checked_text, is_neuron_resource
from placement.model.numbers import whole_number
from placement.state.dictionary import ABSENT

if TYPE_CHECKING:
    from placement.state.matrix import Column
    from placement.state.store import Store

__all__ = ["TextColumn", "check_column", "column", "column_numbers"]

Array = npt.NDArray[Any]
Rows = slice | npt.NDArray[np.int64]

AMOUNTS = {"cpu": CPU, "memory": MEMORY, "gpus": GPU}
"""The built-in resources by their names in columns."""

FEW = 1000
"""For fewer rows than one in so many, tasks are read row by row; otherwise a kernel counts all."""

NAMES = (
    "remaining.RESOURCE, registered.RESOURCE, running_tasks, tasks:GROUP, status, connected, "
    "registered_at, agent_version or attribute:NAME"
)


@attrs.frozen(hash=False)
class TextColumn:
    """A column of texts: each distinct text once, and for each row which it is.

    Attributes:
        codes: int32, for each row the index of its text in ``values``, -1 where it has none.
        values: The texts that occur, each once; "" is an attribute without value.
    """

    codes: npt.NDArray[np.int32] = attrs.field(eq=attrs.cmp_using(eq=np.array_equal))
    values: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.codes)


def column(store: Store, name: Any, rows: Any = None) -> Array | TextColumn:
    """Return a column of a cluster, or its entries for some rows, in their order.

    Args:
        store: The store of the cluster.
        name: ``remaining.cpu``, ``remaining.memory``, ``remaining.gpus`` or the name of a further
            resource after ``remaining.``; the same after ``registered.``; ``running_tasks``;
            ``tasks:`` and a group; ``status``, ``connected``, ``registered_at``,
            ``agent_version``; ``attribute:`` and a name.
        rows: Row numbers, in one dimension; None: all rows, tombstones included.

    Returns:
        Amounts and counts: int64, 0 for tombstones and for a resource or group never seen.
        ``connected``: bool.  ``registered_at``: datetime64[us], NaT where it is not known.
        ``status``, ``agent_version`` and attributes: a ``TextColumn``.

    Raises:
        UsageError: there is no such column or no such row.
    """
    chosen = _checked_rows(store, rows)
    check_column(name)
    read = _PLAIN.get(name)
    if read is not None:
        return read(store, chosen)
    family, rest = _split_name(name)
    return _FAMILIES[family].read(store, chosen, rest)


def check_column(name: Any) -> None:
    """Check the name of a column; what it names need never have been seen.

    Raises:
        UsageError: there is no such column.
    """
    if not isinstance(name, str) or name not in _PLAIN:
        family, rest = _split_name(name) if isinstance(name, str) else ("", "")
        if family not in _FAMILIES:
            raise UsageError(f"a column is {NAMES}, not {describe_value(name)}")
        _FAMILIES[family].check(rest)


def column_numbers(store: Store, name: str, rows: npt.NDArray[np.int64]) -> Array:
    """Return a number for each entry of a column, equal where and only where entries are.

    Numbers of two calls for one store compare too: so changed entries are found.

    Args:
        store: The store of the cluster.
        name: The name of a column, checked before.
        rows: Rows of the store, ascending.

    Returns:
        int64, as long as ``rows``: amounts and counts themselves, codes of texts, microseconds.
    """
    family, rest = _split_name(name)
    if family == "attribute:":
        texts = store.attributes.get(rest)
        if texts is None:
            return np.full(len(rows), ABSENT, np.int64)
    elif name in ("status", "agent_version"):
        texts = store.status if name == "status" else store.version
    else:
        entries: Any = column(store, name, rows)
        return np.asarray(entries).astype(np.int64)
    numbers = np.full(len(rows), ABSENT, np.int64)
    places, codes = store.matrix.cells_of(texts, rows)
    numbers[places] = codes
    return numbers


def _split_name(name: str) -> tuple[str, str]:
    """Return the part of a name that says which family its column is of, and what follows."""
    ends = [at for at in (name.find("."), name.find(":")) if at >= 0]
    end = min(ends, default=-1) + 1
    return name[:end], name[end:]


def _checked_rows(store: Store, rows: Any) -> Rows:
    """Return the rows as an index into columns.

    Raises:
        UsageError: they are not whole numbers in one dimension, or one is not a row.
    """
    count = len(store.ids)
    if rows is None:
        return slice(0, count)
    if isinstance(rows, np.ndarray):
        numbers = rows
        if numbers.ndim != 1 or (numbers.dtype.kind not in "iu" and len(numbers)):
            raise UsageError("rows are whole numbers in one dimension")
    elif isinstance(rows, (list, tuple, range)):
        numbers = np.array([_checked_row(row, count) for row in rows], np.int64)
    else:
        raise UsageError(f"rows are a list or an array of row numbers, not {describe_value(rows)}")
    if len(numbers) and not (numbers.min() >= 0 and numbers.max() < count):
        raise UsageError(f"rows holds numbers that are not below {count}")
    return numbers.astype(np.int64)


def _checked_row(value: Any, count: int) -> int:
    """Return a row number as ``int``.

    Raises:
        UsageError: it is not a whole number, or not a row.
    """
    row = whole_number(value)
    if row is None or not 0 <= row < count:
        raise UsageError(f"a row is a whole number below {count}, not {describe_value(value)}")
    return row


def _frozen(array: Array, kind: type = np.int64) -> Array:
    """Return a copy that cannot be written to."""
    copy: Array = np.array(array, kind)
    copy.flags.writeable = False
    return copy


# Amounts and counts


def _number_of(store: Store, name: str) -> int | None:
    """Return the column of a resource by its name in columns, None if it has none."""
    number = AMOUNTS.get(name)
    return resource_number(store, name) if number is None else number


def _check_resource(name: str) -> None:
    """Raise UsageError unless an instance could have a resource of this name."""
    if name in AMOUNTS:
        return
    try:
        is_built_in = checked_text(name, "resource").lower() in BUILT_IN
    except DocumentError as error:
        raise UsageError(f"a column of amounts ends in a resource: {error.message}") from None
    if is_built_in or is_neuron_resource(name):
        known = ", ".join(AMOUNTS)
        message = f"amounts are those of {known} or a further resource, not {describe_value(name)}"
        raise UsageError(message)


def _remaining(store: Store, rows: Rows, name: str) -> Array:
    """Return what remains, whether it is reserved for daemons or not."""
    number = _number_of(store, name)
    if number is None:
        return _zeros(store, rows)
    return _frozen(store.tasks.resources.remaining(rows, number))


def _registered(store: Store, rows: Rows, name: str) -> Array:
    number = _number_of(store, name)
    if number is None:
        return _zeros(store, rows)
    return _frozen(store.tasks.resources.registered[rows, number])


def _running_tasks(store: Store, rows: Rows) -> Array:
    return _frozen(store.running[rows])


def _group_tasks(store: Store, rows: Rows, group: str) -> Array:
    """Return how many counted tasks of a group are on each row (A20)."""
    code = group_code(store, group)
    if code is None:
        return _zeros(store, rows)
    if isinstance(rows, np.ndarray) and len(rows) * FEW < len(store.ids):
        return _frozen(
            np.array([store.tasks.groups_on(row).get(group, 0) for row in rows.tolist()])
        )
    return _frozen(store.tasks.counts(code)[rows])


def _check_group(group: str) -> None:
    """Raise UsageError unless a task could have this group."""
    try:
        checked_group(group, "group")
    except DocumentError as error:
        raise UsageError(f"a column of tasks ends in a group: {error.message}") from None


def _zeros(store: Store, rows: Rows) -> Array:
    return _frozen(np.zeros(len(store.ids), np.int8)[rows])


# Texts, truth values, times


def _connected(store: Store, rows: Rows) -> Array:
    connected = store.connected.dictionary.codes.get("true", -1)
    return _frozen(store.matrix.row(store.connected)[rows] == connected, np.bool_)


def _registered_at(store: Store, rows: Rows) -> Array:
    """Return times: the number for an unknown one is that of NaT."""
    times: Array = np.array(store.registered_at[rows]).view("datetime64[us]")
    times.flags.writeable = False
    return times


def _check_attribute(name: str) -> None:
    """Raise UsageError unless an instance could have an attribute of this name."""
    try:
        checked_text(name, "attribute")
    except DocumentError as error:
        message = f"a column of attributes ends in a name: {error.message}"
        raise UsageError(message) from None


def _attribute(store: Store, rows: Rows, name: str) -> TextColumn:
    found = store.attributes.get(name)
    if found is None:
        return TextColumn(_frozen(_zeros(store, rows) - 1, np.int32), ())
    return _texts(store, rows, found)


def _status(store: Store, rows: Rows) -> TextColumn:
    return _texts(store, rows, store.status)


def _agent_version(store: Store, rows: Rows) -> TextColumn:
    return _texts(store, rows, store.version)


def _texts(store: Store, rows: Rows, found: Column) -> TextColumn:
    """Return a column of texts with those texts only that occur on the rows."""
    codes = store.matrix.row(found)[rows].astype(np.int64)
    texts = found.dictionary.texts
    if len(codes) < len(texts):  # at the cost of the rows, however many texts there are
        used, positions = np.unique(codes, return_inverse=True)
    else:
        there = np.zeros(len(texts), np.bool_)
        there[codes] = True
        used, positions = np.flatnonzero(there), (np.cumsum(there) - 1)[codes]
    absent = bool(len(used)) and int(used[0]) == ABSENT
    values = tuple([texts[code] or "" for code in used.tolist() if code != ABSENT])
    return TextColumn(_frozen(positions - absent, np.int32), values)


_PLAIN: dict[str, Callable[[Store, Rows], Array | TextColumn]] = {
    "running_tasks": _running_tasks,
    "status": _status,
    "connected": _connected,
    "registered_at": _registered_at,
    "agent_version": _agent_version,
}
"""Columns with a name of their own."""


@attrs.frozen
class _Family:
    """Columns whose names begin alike; what follows is a resource, a group or an attribute."""

    check: Callable[[str], None]
    """Raises UsageError unless what follows could be one."""
    read: Callable[[Store, Rows, str], Array | TextColumn]


_FAMILIES = {
    "remaining.": _Family(_check_resource, _remaining),
    "registered.": _Family(_check_resource, _registered),
    "tasks:": _Family(_check_group, _group_tasks),
    "attribute:": _Family(_check_attribute, _attribute),
}
"""Columns by the first part of their names."""
