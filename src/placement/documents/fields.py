"""Single fields of the API's documents, and the few groups of fields that several kinds share.

In: a value of a document parsed from JSON, and its path.  Out: the value in the form it must have,
or ``DocumentError`` that names the path.  Does not know which fields a kind of document has.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from placement.errors import DocumentError, describe_value
from placement.model.checks import MAX_PORT, checked_amount, checked_text

__all__ = [
    "MAX_DEPTH",
    "default",
    "kept_copy",
    "listed",
    "mapping",
    "moment",
    "named_objects",
    "optional_text",
    "port_binding",
    "required",
    "sequence",
    "size",
    "type_name",
]

_SIZE = re.compile(
    r"([0-9]{1,18})|([0-9]{1,9}(?:\.[0-9]{1,9})?|\.[0-9]{1,9}) ?(?:vcpu|gb)", re.IGNORECASE
)
"""An amount as text: CPU units or MiB, or vCPUs or GB, perhaps with a fraction (2.2)."""


MILLISECONDS = 10**11
"""So many seconds since 1970 are no time of ECS, but the year 5138; milliseconds are 1973."""


def required(document: Mapping[str, Any], name: str, path: str) -> Any:
    """Return a field that must be there, and not be null."""
    value = document.get(name)
    if value is None:
        raise DocumentError(f"{name} is missing", path)
    return value


def default(value: Any, otherwise: Any) -> Any:
    """Return ``value``, or ``otherwise`` where the field is null or missing."""
    return otherwise if value is None else value


def mapping(value: Any, path: str) -> Mapping[str, Any]:
    """Return an object; an empty one for null."""
    if value is None:
        return {}
    if type(value) is not dict and not isinstance(value, Mapping):  # the first test is fast
        raise DocumentError(f"expected an object, not {type_name(value)}", path)
    return value


def sequence(value: Any, path: str) -> list[Any] | tuple[Any, ...]:
    """Return a list; an empty one for null."""
    if value is None:
        return []
    if not isinstance(value, (list, tuple)):
        raise DocumentError(f"expected a list, not {type_name(value)}", path)
    return value


def listed(document: Mapping[str, Any], name: str, path: str) -> list[Any]:
    """Return the list in a field that must be there; ``path`` is empty or ends with a period."""
    value = document.get(name)
    if value is None:
        raise DocumentError(f"{name} is missing", path.rstrip(".") or "document")
    if not isinstance(value, list):
        raise DocumentError(f"expected a list, not {type_name(value)}", f"{path}{name}")
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
    """Return a time: from ISO text (the AWS CLI), a number of seconds, or a datetime.

    Without an offset it is taken for UTC.  None stays None.
    """
    if value is None or isinstance(value, datetime):
        return value.replace(tzinfo=UTC) if value and value.utcoffset() is None else value
    try:
        if isinstance(value, str):
            found = datetime.fromisoformat(value)
            return found if found.tzinfo else found.replace(tzinfo=UTC)
        is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
        if is_number and value < MILLISECONDS:
            return datetime.fromtimestamp(value, UTC)
    except (ValueError, OverflowError, OSError):
        pass
    if isinstance(value, (int, float)) and MILLISECONDS <= value < MILLISECONDS * 1000:
        message = f"expected seconds since 1970, not {describe_value(value)}, which seems to be"
        raise DocumentError(f"{message} milliseconds: divide it by 1000", path)
    raise DocumentError(
        f"expected a time, such as 2018-06-18T22:28:28Z, not {describe_value(value)}", path
    )


def type_name(value: Any) -> str:
    """Return the name of a value's type as messages give it: ``null`` for None."""
    return "null" if value is None else type(value).__name__


def optional_text(document: Mapping[str, Any], name: str, path: str) -> str:
    """Return the text in a field, the empty text where the field is null or missing."""
    value = document.get(name)
    return "" if value is None else checked_text(value, f"{path}.{name}", empty=True)


def named_objects(
    document: Mapping[str, Any], field: str, path: str
) -> Iterator[tuple[str, Mapping[str, Any], str]]:
    """Yield name, object and path of each object in a list; ``[n]`` names one without a name."""
    for number, one in enumerate(sequence(document.get(field), f"{path}.{field}")):
        here = f"{path}.{field}[{number}]"
        found = mapping(one, here)
        yield optional_text(found, "name", here) or f"[{number}]", found, here


def port_binding(value: Any, path: str) -> tuple[str, int]:
    """Return protocol and host port of an element of ``networkBindings``.

    The port is 0 for a binding of a range, which has no single host port.
    """
    binding = mapping(value, path)
    protocol = default(binding.get("protocol"), "tcp")
    if protocol not in ("tcp", "udp"):
        raise DocumentError(
            f"expected tcp or udp, not {describe_value(protocol)}", f"{path}.protocol"
        )
    port = size(default(binding.get("hostPort"), 0), f"{path}.hostPort")
    if port > MAX_PORT:
        raise DocumentError(f"expected a port up to {MAX_PORT}, not {port}", f"{path}.hostPort")
    return protocol, port


MAX_DEPTH = 64
"""Levels of a document; the API has some ten."""


def kept_copy(value: Any, path: str, depth: int = 0) -> Any:
    """Return a copy of a value that is only kept: plain JSON, times as text.

    Raises:
        DocumentError: it is none, or nested too deeply.
    """
    if depth > MAX_DEPTH:
        raise DocumentError("nested too deeply", path)
    if isinstance(value, (str, int, float)) or value is None:
        return value
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, (list, tuple)):
        return [kept_copy(one, path, depth + 1) for one in value]
    if isinstance(value, Mapping) and all(isinstance(key, str) for key in value):
        return {key: kept_copy(one, path, depth + 1) for key, one in value.items()}
    raise DocumentError(f"expected a value of JSON, not {type_name(value)}", path)
