"""Fields of the API's documents, read one by one.

In: a value of a document parsed from JSON, and its path.  Out: the value in the form it must have,
or ``DocumentError`` that names the path.  Which fields there are is for the readers to know.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from placement.errors import DocumentError, describe_value
from placement.model.checks import checked_amount

__all__ = ["default", "kind", "listed", "mapping", "moment", "required", "sequence", "size"]

_SIZE = re.compile(
    r"([0-9]{1,18})|([0-9]{1,9}(?:\.[0-9]{1,9})?|\.[0-9]{1,9}) ?(?:vcpu|gb)", re.IGNORECASE
)
"""An amount as text: CPU units or MiB, or vCPUs or GB, perhaps with a fraction (2.2)."""


def required(document: Mapping[str, Any], name: str, path: str) -> Any:
    """Return a field that must be there, and not be null."""
    value = document.get(name)
    if value is None:
        raise DocumentError(f"{name} is missing", path)
    return value


def default(value: Any, otherwise: Any) -> Any:
    """Return a value, or something else where it is null or not there."""
    return otherwise if value is None else value


def mapping(value: Any, path: str) -> Mapping[str, Any]:
    """Return an object, an empty one where there is none."""
    if value is None:
        return {}
    if type(value) is not dict and not isinstance(value, Mapping):  # the first is the short way
        raise DocumentError(f"expected an object, not {kind(value)}", path)
    return value


def sequence(value: Any, path: str) -> list[Any] | tuple[Any, ...]:
    """Return a list, an empty one where there is none."""
    if value is None:
        return []
    if not isinstance(value, (list, tuple)):
        raise DocumentError(f"expected a list, not {kind(value)}", path)
    return value


def listed(document: Mapping[str, Any], name: str, path: str, missing: bool = False) -> list[Any]:
    """Return the list in a field; with ``missing`` it may be left out."""
    value = document.get(name)
    if value is None and missing:
        return []
    if value is None:
        raise DocumentError(f"{name} is missing", path.rstrip(".") or "document")
    if not isinstance(value, list):
        raise DocumentError(f"expected a list, not {kind(value)}", f"{path}{name}")
    return value


def size(value: Any, path: str) -> int:
    """Return CPU units or MiB: a whole number, or text such as ``1024``, ``.5 vCPU``, ``2 GB``."""
    if not isinstance(value, str):
        return checked_amount(value, path)
    found = _SIZE.fullmatch(value)
    if found is not None:
        amount = Decimal(found[1]) if found[1] else Decimal(found[2]) * 1024
        if amount == int(amount):
            return checked_amount(int(amount), path)
    raise DocumentError(
        f"expected a whole number, 1 vCPU or 1 GB, not {describe_value(value)}", path
    )


def moment(value: Any, path: str) -> datetime | None:
    """Return a time stamp: text with an offset (the AWS CLI), a number of seconds, a datetime."""
    if value is None or isinstance(value, datetime):
        return value.replace(tzinfo=UTC) if value and value.utcoffset() is None else value
    try:
        if isinstance(value, str):
            found = datetime.fromisoformat(value)
            return found if found.tzinfo else found.replace(tzinfo=UTC)
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            return datetime.fromtimestamp(value, UTC)
    except (ValueError, OverflowError, OSError):
        pass
    raise DocumentError(
        f"expected a time, such as 2018-06-18T22:28:28Z, not {describe_value(value)}", path
    )


def kind(value: Any) -> str:
    """Return in a word what a value is."""
    return "null" if value is None else type(value).__name__
