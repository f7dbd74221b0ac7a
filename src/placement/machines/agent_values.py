"""Values in an ``ecs.config``: truth values, numbers, Go durations, JSON (section 7).

In: the text of a value.  Out: the value, or ``ValueError`` that says what was expected.  Knows no
key.
"""

from __future__ import annotations

import json
import math
import re
from collections import Counter
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from placement.errors import DocumentError, describe_value
from placement.machines.registration_checks import check_attribute
from placement.model import checked_attributes
from placement.model.checks import MAX_PORT

__all__ = [
    "about_names",
    "about_repeats",
    "read_attributes",
    "read_flag",
    "read_mapping",
    "read_name",
    "read_port_range",
    "read_ports",
    "read_seconds",
    "read_texts",
    "read_whole",
]

_TRUE = ("1", "t", "T", "TRUE", "true", "True")
_FALSE = ("0", "f", "F", "FALSE", "false", "False")
_UNITS = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 1e-3, "us": 1e-6, "µs": 1e-6, "ns": 1e-9}
_DURATION = re.compile(r"([0-9]{1,18}(?:\.[0-9]{0,18})?|\.[0-9]{1,18})(ns|us|µs|ms|s|m|h)")
_DECODER = json.JSONDecoder()
_RANGE = re.compile(r"([0-9]{1,5})-([0-9]{1,5})")


def read_flag(text: str) -> bool:
    """Return a truth value, in the forms that Go's ``strconv.ParseBool`` takes."""
    if text in _TRUE or text in _FALSE:
        return text in _TRUE
    raise ValueError("expected true or false")


def read_whole(text: str) -> int:
    """Return a whole number."""
    if re.fullmatch("[0-9]{1,9}", text):
        return int(text)
    raise ValueError("expected a whole number of MiB")


def read_name(text: str) -> str:
    """Return a text as it is."""
    return text


def read_seconds(text: str) -> float:
    """Return a Go duration (``30s``, ``1m30s``, ``1.5h``) in seconds."""
    parts = list(_DURATION.finditer(text))
    if text != "0" and (not parts or "".join(found[0] for found in parts) != text):
        raise ValueError("expected a duration such as 30s or 10m")
    return math.fsum(float(found[1]) * _UNITS[found[2]] for found in parts)


def _json(text: str, expected: str) -> Any:
    """Return the value of a JSON text."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        raise ValueError(f"expected {expected}") from None


def _first_json(text: str, expected: str) -> Any:
    """Return the JSON value that a text begins with.

    The agent decodes one value of a list's text and does not look at what follows.
    """
    try:
        return _DECODER.raw_decode(text)[0]
    except (ValueError, RecursionError):
        raise ValueError(f"expected {expected}") from None


def read_ports(text: str) -> tuple[int, ...]:
    """Return the ports of a JSON list, without duplicates."""
    expected = "a JSON list of ports such as [22, 80]"
    value = _first_json(text, expected)
    if not isinstance(value, list) or not all(
        type(port) is int and 1 <= port <= MAX_PORT for port in value
    ):
        raise ValueError(f"expected {expected}")
    return tuple(dict.fromkeys(value))


def read_texts(text: str) -> tuple[str, ...]:
    """Return the texts of a JSON list, without duplicates."""
    expected = 'a JSON list of texts such as ["awslogs"]'
    value = _first_json(text, expected)
    if not isinstance(value, list) or not all(isinstance(item, str) and item for item in value):
        raise ValueError(f"expected {expected}")
    return tuple(dict.fromkeys(value))


def read_mapping(text: str) -> Mapping[str, str]:
    """Return a JSON object of texts."""
    expected = 'a JSON object of texts such as {"stack": "prod"}'
    value = _json(text, expected)
    if not isinstance(value, dict) or not all(isinstance(item, str) for item in value.values()):
        raise ValueError(f"expected {expected}")
    return MappingProxyType(value)


def read_attributes(text: str) -> Mapping[str, str]:
    """Return a JSON object of attributes, without control characters (C6)."""
    value = read_mapping(text)
    try:
        checked_attributes(value, "")
    except DocumentError as error:
        raise ValueError(error.message) from None
    return value


def about_names(attributes: Mapping[str, str]) -> str | None:
    """Return which attribute ECS refuses to register and why (1.5), None if it takes them all."""
    for name, value in attributes.items():
        try:
            check_attribute({"name": name, "value": value}, "")
        except DocumentError as error:
            return f"ECS refuses to register this: {error.message}"
    return None


def about_repeats(text: str) -> str | None:
    """Return which names an object of JSON has more than once, None if there are none.

    The agent takes the last value of a name and says nothing.
    """
    twice: list[str] = []

    def note(pairs: list[tuple[str, Any]]) -> None:
        counts = Counter(name for name, _ in pairs)
        twice.extend(name for name, count in counts.items() if count > 1)

    json.loads(text, object_pairs_hook=note)
    if not twice:
        return None
    return f"comes twice in one object, the last counts: {', '.join(map(describe_value, twice))}"


def read_port_range(text: str) -> tuple[int, int]:
    """Return first and last port."""
    found = _RANGE.fullmatch(text)
    if found is None or not 1 <= int(found[1]) <= int(found[2]) <= MAX_PORT:
        raise ValueError("expected first and last port, such as 32768-60999")
    return int(found[1]), int(found[2])
