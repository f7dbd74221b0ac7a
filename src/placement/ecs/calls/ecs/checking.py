"""Checks of values that several calls take.

In: values that have their shapes' types.  Out: nothing, or ``InvalidParameterException``.  Knows no
call and no record.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from functools import wraps
from typing import Any

from placement.aws.client import Operation
from placement.ecs.errors import ClientError, client_error
from placement.errors import CqlError, DocumentError, describe_value

__all__ = [
    "MAX_TAGS",
    "as_client_error",
    "check_managed_mode",
    "check_one_of",
    "check_size",
    "check_tags",
    "invalid",
]

MAX_TAGS = 50
MAX_TAG_KEY = 128
MAX_TAG_VALUE = 256


MANAGED_MODES = ("awsvpc", "host")
"""Network modes of tasks on Managed Instances (S12.1)."""


def invalid(message: str) -> ClientError:
    """Return the exception for a parameter with a value that the service refuses."""
    return client_error("InvalidParameterException", message)


def as_client_error(operation: Operation) -> Operation:
    """Make an operation raise InvalidParameterException for a value that is wrong.

    Readers of values raise ``DocumentError`` or ``CqlError`` and know no call; their message, with
    the path, is the service's.
    """

    @wraps(operation)
    def answer(account: Any, parameters: dict[str, Any]) -> dict[str, Any]:
        try:
            return operation(account, parameters)
        except (DocumentError, CqlError) as error:
            raise invalid(str(error)) from None

    return answer


def check_one_of(value: Any, name: str, allowed: Sequence[str]) -> None:
    """Refuse a value that is not in an enumeration."""
    if value not in allowed:
        raise invalid(
            f"{name} should be one of [{','.join(allowed)}], not {describe_value(value)}."
        )


def check_size(values: Sequence[Any], name: str, most: int, *, least: int = 1) -> None:
    """Refuse a list that is too short or too long."""
    if len(values) < least:
        raise invalid(f"{name} cannot be empty.")
    if len(values) > most:
        raise invalid(f"{name} can have at most {most} elements, not {len(values)}.")


def check_tags(tags: Sequence[dict[str, Any]]) -> None:
    """Refuse tags beyond the quotas or with characters that the API's model does not allow."""
    if len(tags) > MAX_TAGS:
        raise invalid(f"Too many tags. A resource can have at most {MAX_TAGS} tags.")
    seen = set()
    for tag in tags:
        key, value = tag.get("key"), tag.get("value", "")
        if not key or len(key) > MAX_TAG_KEY or len(value) > MAX_TAG_VALUE:
            raise invalid(
                f"Invalid tag {describe_value(key)}: a key has 1 to {MAX_TAG_KEY} characters, "
                f"a value up to {MAX_TAG_VALUE}."
            )
        if not all(map(_tag_character, key + value)):
            raise invalid(
                f"Invalid tag {describe_value(key)}: keys and values have letters, numbers, spaces "
                "and + - = . _ : / @."
            )
        if key.lower().startswith("aws:") or value.lower().startswith("aws:"):
            raise invalid(f"Invalid tag {describe_value(key)}: aws: is reserved.")
        if key in seen:
            raise invalid(f"Duplicate tag keys are not allowed: {describe_value(key)}.")
        seen.add(key)


def _tag_character(character: str) -> bool:
    return character in "_.:/=+-@" or unicodedata.category(character)[0] in "LZN"


def check_managed_mode(mode: str | None) -> None:
    """Refuse a network mode that tasks on Managed Instances cannot have.

    Raises:
        InvalidParameterException: it is neither awsvpc nor host; None is bridge.
    """
    if mode not in MANAGED_MODES:
        raise invalid(
            "Managed Instances support the network modes awsvpc and host, not "
            f"{describe_value(mode or 'bridge')}."
        )
