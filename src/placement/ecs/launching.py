"""What the caller is asked about a launch, and what it says: ``LaunchRequest``, ``Launch`` (C45).

In: keyword arguments.  Out: frozen values.  Knows no records and no calls.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import attrs

from placement.ecs.timing import duration
from placement.errors import UsageError, describe_value

__all__ = ["Launch", "LaunchRequest"]


@attrs.frozen
class LaunchRequest:
    """A launch that is about to begin.

    Attributes:
        owner: The name of the Auto Scaling group, or of the capacity provider.
        instance_type: The EC2 type.
        zone: The Availability Zone.
        purchase: ``on-demand``, ``spot`` or ``reserved``.
        now: When it begins, in UTC.
    """

    owner: str
    instance_type: str
    zone: str
    purchase: str
    now: datetime


@attrs.frozen
class Launch:
    """How a launch goes.

    Attributes:
        delay: Seconds until the instance registers; None: as ``Timing`` has it.
        failure: Why it fails; None: it does not.  The type is then not tried in the zone again
            until the next full minute.

    Raises:
        UsageError: ``delay`` is no number of seconds, or ``failure`` no text.
    """

    delay: float | timedelta | None = None
    failure: str | None = None

    def __attrs_post_init__(self) -> None:
        if self.delay is not None:
            duration(self.delay, "delay")
        if self.failure is not None and not isinstance(self.failure, str):
            raise UsageError(f"failure is a reason, a text, not {describe_value(self.failure)}")
