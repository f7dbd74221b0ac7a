"""Container instances as a table: one row each, the columns of C11.

In: a data frame of pandas, polars, Arrow or anything else that narwhals reads.  Out:
``InstanceTable``, checked column by column, or ``DocumentError`` that names column and row
(``cpu[3]``).  Knows no library of frames by name but narwhals, which is imported when the first
frame comes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from numbers import Integral
from typing import Any, BinaryIO, TypeVar

import attrs

from placement.documents.fields import moment, type_name
from placement.errors import DocumentError, UsageError, describe_value
from placement.model.checks import (
    MAX_GPUS,
    checked_amount,
    checked_count,
    checked_flag,
    checked_status,
    checked_text,
)

__all__ = ["KNOWN", "InstanceTable", "columns_of", "columns_of_parquet", "table_of"]

KNOWN = (
    "id",
    "cpu",
    "memory",
    "gpus",
    "status",
    "agent_connected",
    "agent_version",
    "registered_at",
    "running_tasks",
)
"""Columns with a meaning of their own; every other one is an attribute (C11)."""

T = TypeVar("T")


@attrs.frozen
class InstanceTable:
    """Instances, column by column; all lists are as long as ``ids``.

    Attributes:
        ids: Ids or ARNs.
        cpu: CPU units.
        memory: MiB.
        gpus: How many.
        status: Of ``STATUSES``.
        agent_connected: Whether the agent is connected.
        agent_version: None where it is not known.
        registered_at: With an offset; None where it is not known.
        running_tasks: Counts.
        attributes: By name; None is absent, "" an attribute without value.
    """

    ids: list[str]
    cpu: list[int]
    memory: list[int]
    gpus: list[int]
    status: list[str]
    agent_connected: list[bool]
    agent_version: list[str | None]
    registered_at: list[datetime | None]
    running_tasks: list[int]
    attributes: dict[str, list[str | None]]


def table_of(columns: Mapping[str, Sequence[Any]]) -> InstanceTable:
    """Return the table that columns of equal length make, None being null; see ``KNOWN``.

    Numbers and truth values in an attribute become text: ``5``, ``0.5``, ``true``; whole numbers
    are written without a point, also where a frame keeps them as floats beside nulls.

    Raises:
        DocumentError: there is no column ``id``, or a value is not of its kind.
    """
    for name in columns:
        checked_text(name, "columns")
    if "id" not in columns:
        raise DocumentError("the column id is missing", "columns")
    length = len(columns["id"])

    def read(name: str, check: Callable[[Any, str], T], null: Any) -> list[T]:
        found = columns.get(name)
        return [null] * length if found is None else _checked(name, found, check, null)

    return InstanceTable(
        ids=_checked("id", columns["id"], _required, None),
        cpu=read("cpu", _amount, 0),
        memory=read("memory", _amount, 0),
        gpus=read("gpus", _gpus, 0),
        status=read("status", checked_status, "ACTIVE"),
        agent_connected=read("agent_connected", _flag, True),
        agent_version=read("agent_version", checked_text, None),
        registered_at=read("registered_at", moment, None),
        running_tasks=read("running_tasks", _count, 0),
        attributes={
            name: _checked(name, values, _attribute, None)
            for name, values in columns.items()
            if name not in KNOWN
        },
    )


def _checked(
    name: str, values: Sequence[Any], check: Callable[[Any, str], T], null: Any
) -> list[T]:
    """Return a column with each value checked, once for all equal values of one type.

    Values that cannot be looked up (lists, mappings) are checked one by one, and refused there.
    """
    mixed = len(set(map(type, values)) - {type(None)}) > 1  # 1, 1.0 and True are equal
    keys: Sequence[Any] = list(zip(map(type, values), values, strict=True)) if mixed else values
    found: dict[Any, T] = {}
    try:
        distinct = dict.fromkeys(keys)
    except TypeError:
        return [_one(name, row, value, check, null) for row, value in enumerate(values)]
    for key in distinct:
        value = key[1] if mixed else key
        try:
            found[key] = null if value is None and check is not _required else check(value, name)
        except DocumentError:
            _one(name, keys.index(key), value, check, null)
            raise
    return [found[key] for key in keys]


def _one(name: str, row: int, value: Any, check: Callable[[Any, str], T], null: Any) -> Any:
    """Return a single value, checked, with its place in the error."""
    return null if value is None and check is not _required else check(value, f"{name}[{row}]")


# Values.  Frames have number types of their own, which are read as Python's.


def _required(value: Any, path: str) -> str:
    if value is None:
        raise DocumentError("an instance needs an id", path)
    return checked_text(value, path)


def _whole(value: Any) -> Any:
    """Return a whole number of any type as int; anything else as it is."""
    if isinstance(value, Integral) and not isinstance(value, bool):
        return int(value)
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, Decimal) and value.is_finite() and value == value.to_integral_value():
        return int(value)
    return value


def _amount(value: Any, path: str) -> int:
    return checked_amount(_whole(value), path)


def _count(value: Any, path: str) -> int:
    return checked_count(_whole(value), path)


def _gpus(value: Any, path: str) -> int:
    number = _whole(value)
    if isinstance(number, bool) or not isinstance(number, int) or not 0 <= number <= MAX_GPUS:
        raise DocumentError(
            f"expected a number from 0 to {MAX_GPUS}, not {describe_value(value)}", path
        )
    return number


def _flag(value: Any, path: str) -> bool:
    return checked_flag(bool(value) if _is_numpy_flag(value) else value, path)


def _is_numpy_flag(value: Any) -> bool:
    return type(value).__module__ == "numpy" and type(value).__name__ in ("bool", "bool_")


def _attribute(value: Any, path: str) -> str:
    """Return the value of an attribute as text."""
    if isinstance(value, str):
        return checked_text(value, path, empty=True)
    if isinstance(value, bool) or _is_numpy_flag(value):
        return "true" if value else "false"
    number = _whole(value)
    if isinstance(number, int):
        checked_amount(abs(number), path)
        return str(number)
    if isinstance(number, float) and abs(number) < float("inf"):
        return repr(float(number))
    if isinstance(number, Decimal) and number.is_finite() and abs(number.adjusted()) < 100:
        return format(number, "f")
    raise DocumentError(
        f"expected text, a number or true or false, not {describe_value(value)}", path
    )


# Frames


def columns_of(frame: Any) -> dict[str, list[Any]]:
    """Return the columns of a data frame as lists of Python's values, None being null.

    Args:
        frame: Of pandas, polars (lazy ones are collected), pyarrow, or anything else that narwhals
            reads: modin, cuDF, DuckDB's relations, Ibis; or an object with ``__arrow_c_stream__``
            or ``__dataframe__``, for which pyarrow is needed.

    Raises:
        DocumentError: two columns have one name, or a name is no text.
        UsageError: it is no such frame, or narwhals is not installed.
    """
    try:
        import narwhals as nw
    except ModuleNotFoundError:
        message = "data frames need narwhals: pip install 'cql-placement[frames]'"
        raise UsageError(message) from None
    read = _read(nw, frame)
    columns: dict[str, list[Any]] = {}
    for name in read.columns:
        if not isinstance(name, str):
            raise DocumentError(
                f"the name of a column is text, not {describe_value(name)}", "columns"
            )
        series = read.get_column(name)
        values = series.to_list()
        if series.null_count():
            nulls = series.is_null().to_list()
            values = [None if null else value for value, null in zip(values, nulls, strict=True)]
        columns[name] = values
    return columns


def _read(nw: Any, frame: Any) -> Any:
    """Return a frame as narwhals' eager one."""
    duplicate = nw.exceptions.DuplicateError
    try:
        found = nw.from_native(frame, allow_series=True, pass_through=True)
        if isinstance(found, nw.Series):
            raise UsageError("expected a data frame, not a single column")
        if not isinstance(found, (nw.DataFrame, nw.LazyFrame)):
            found = _exchanged(nw, frame)
        if isinstance(found, nw.LazyFrame):
            found = found.collect()
        names = list(found.columns)
    except duplicate:
        raise DocumentError("two columns have the same name", "columns") from None
    except ModuleNotFoundError as error:
        raise UsageError(f"to read a {type_name(frame)}, {error.name} must be installed") from None
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise DocumentError(f"two columns have the name {describe_value(twice)}", "columns")
    return found


def _exchanged(nw: Any, frame: Any) -> Any:
    """Return an object that offers Arrow's or the older interchange protocol as a frame."""
    message = f"expected a data frame (pandas, polars, pyarrow), not {describe_value(frame)}"
    if isinstance(frame, type):
        raise UsageError(message)
    try:
        if hasattr(frame, "__arrow_c_stream__"):
            return nw.from_arrow(frame, backend="pyarrow")
        if hasattr(frame, "__dataframe__"):
            from narwhals.stable import v1

            return nw.from_native(v1.from_native(frame, eager_or_interchange_only=True).to_arrow())
    except (TypeError, ValueError):  # pyarrow's own errors among them
        raise UsageError(message) from None
    raise UsageError(message)


def columns_of_parquet(source: BinaryIO) -> dict[str, list[Any]]:
    """Return the columns of a Parquet file, as ``columns_of`` does; pyarrow and narwhals read it.

    Raises:
        DocumentError: it is no such file, or columns have wrong names.
        UsageError: one of the two is not installed.
    """
    try:
        import narwhals as nw
        import pyarrow as pa  # type: ignore[import-untyped,unused-ignore]
    except ModuleNotFoundError as error:
        message = f"Parquet files need {error.name}: pip install 'cql-placement[frames]' pyarrow"
        raise UsageError(message) from None
    try:
        frame = nw.read_parquet(source, backend="pyarrow")
    except (pa.ArrowException, OSError):
        raise DocumentError("no Parquet file", "") from None
    return columns_of(frame)
