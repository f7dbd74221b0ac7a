"""A container instance as it is registered."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import attrs

from placement.model.checks import (
    checked_attributes,
    checked_count,
    checked_flag,
    checked_moment,
    checked_status,
    checked_text,
    frozen_mapping,
    optional,
    validator,
)

__all__ = ["Instance"]


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

    id: str = attrs.field(validator=validator(checked_text))
    attributes: Mapping[str, str | None] = attrs.field(
        factory=dict, converter=frozen_mapping, validator=validator(checked_attributes)
    )
    ec2_instance_id: str | None = attrs.field(default=None, validator=optional(checked_text))
    status: str = attrs.field(default="ACTIVE", validator=validator(checked_status))
    agent_connected: bool = attrs.field(default=True, validator=validator(checked_flag))
    agent_version: str | None = attrs.field(default=None, validator=optional(checked_text))
    registered_at: datetime | None = attrs.field(default=None, validator=validator(checked_moment))
    running_tasks: int = attrs.field(default=0, validator=validator(checked_count))
