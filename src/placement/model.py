"""The data classes a cluster is fed with.

Values are right by construction: a bad one is refused with the field's name and the value.  This
module knows nothing of columns, documents or queries.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any

import attrs

from placement.errors import DocumentError

__all__ = ["STATUSES", "Instance", "checked_attributes", "checked_group", "checked_text"]

STATUSES = (
    "ACTIVE",
    "DRAINING",
    "REGISTERING",
    "REGISTRATION_FAILED",
    "DEREGISTERING",
    "INACTIVE",
)
"""The states of a container instance (Appendix D)."""

MAX_COUNT = 2**31 - 1
"""The largest count a column of counts holds."""

MAX_GROUP = 255
"""Code points that a task's group may have (quotas)."""


def checked_text(value: Any, path: str, *, empty: bool = False) -> str:
    """Return ``value`` if it is text without control characters (C6), else raise DocumentError."""
    if not isinstance(value, str):
        raise DocumentError(f"expected text, not {_named(value)}", path)
    if not value and not empty:
        raise DocumentError("expected text that is not empty", path)
    if not value.isprintable() and any(ord(c) < 32 or 127 <= ord(c) < 160 for c in value):
        raise DocumentError(f"control characters are not allowed: {value!r:.60}", path)
    return value


def checked_count(value: Any, path: str) -> int:
    """Return ``value`` if it is a count that a column can hold, else raise DocumentError."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise DocumentError(f"expected a whole number, not {_named(value)}", path)
    if not 0 <= value <= MAX_COUNT:
        raise DocumentError(f"expected a number from 0 to {MAX_COUNT}, not {value!r:.60}", path)
    return value


def checked_status(value: Any, path: str) -> str:
    """Return ``value`` if it is a state of a container instance, else raise DocumentError."""
    if not isinstance(value, str) or value not in STATUSES:
        expected = ", ".join(STATUSES)
        raise DocumentError(f"expected one of {expected}, not {_named(value)}", path)
    return value


def checked_flag(value: Any, path: str) -> bool:
    """Return ``value`` if it is true or false, else raise DocumentError."""
    if not isinstance(value, bool):
        raise DocumentError(f"expected true or false, not {_named(value)}", path)
    return value


def checked_moment(value: Any, path: str) -> datetime | None:
    """Return ``value`` if it is a datetime with an offset, or None; else raise DocumentError."""
    if value is not None and (not isinstance(value, datetime) or value.utcoffset() is None):
        raise DocumentError(f"expected a datetime with an offset, not {_named(value)}", path)
    return value


def checked_group(value: Any, path: str) -> str:
    """Return ``value`` if it is a task group's name, else raise DocumentError."""
    group = checked_text(value, path)
    if len(group) > MAX_GROUP:
        raise DocumentError(f"a group has at most {MAX_GROUP} characters, not {len(group)}", path)
    return group


def checked_attributes(value: Any, path: str) -> Mapping[str, str | None]:
    """Return ``value`` if it maps attribute names to texts or None, else raise DocumentError."""
    if not isinstance(value, Mapping):
        raise DocumentError(f"expected names and values, not {_named(value)}", path)
    for name, text in value.items():
        checked_text(name, f"{path} name")
        if text is not None:
            checked_text(text, f"{path}.{name}", empty=True)
    return value


def _named(value: Any) -> str:
    """Return a short description of a value that is of the wrong kind."""
    text = f"{type(value).__name__} {value!r}"
    return text if len(text) <= 60 else text[:60] + "…"


def _validator(check: Any) -> Any:
    def validate(_: Any, attribute: attrs.Attribute[Any], value: Any) -> None:
        check(value, attribute.name)

    return validate


def _optional(check: Any) -> Any:
    return attrs.validators.optional(_validator(check))


def _frozen_mapping(value: Any) -> Any:
    return MappingProxyType(dict(value)) if isinstance(value, Mapping) else value


@attrs.frozen(kw_only=True)
class Instance:
    """A container instance, as it is registered (C9 says what is assumed where nothing is given).

    Attributes:
        id: The container instance's ARN, or the ARN's last part.
        attributes: Names to values; None (or "") for an attribute without value.
        ec2_instance_id: ``i-...``, or the managed-instance id of an external instance.
        status: One of ``STATUSES``.
        agent_connected: Whether the agent is connected.
        agent_version: The agent's version, or None if unknown.
        registered_at: When it registered (with an offset), or None if unknown.
        running_tasks: Tasks on it whose desired status is RUNNING (A19).

    Raises:
        DocumentError: a value is not of its kind; ``path`` is the field's name.
    """

    id: str = attrs.field(validator=_validator(checked_text))
    attributes: Mapping[str, str | None] = attrs.field(
        factory=dict, converter=_frozen_mapping, validator=_validator(checked_attributes)
    )
    ec2_instance_id: str | None = attrs.field(default=None, validator=_optional(checked_text))
    status: str = attrs.field(default="ACTIVE", validator=_validator(checked_status))
    agent_connected: bool = attrs.field(default=True, validator=_validator(checked_flag))
    agent_version: str | None = attrs.field(default=None, validator=_optional(checked_text))
    registered_at: datetime | None = attrs.field(default=None, validator=_validator(checked_moment))
    running_tasks: int = attrs.field(default=0, validator=_validator(checked_count))
