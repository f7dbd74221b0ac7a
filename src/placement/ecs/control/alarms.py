"""The alarms of CloudWatch, as records: what they watch, and their state.

In: alarms as calls put them, states as calls set them.  Out: records by name, and which of them
changed state.  Nothing evaluates an alarm here: its state is what was set last.  Must not know
calls, services or metrics.
"""

from __future__ import annotations

import copy
import enum
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Self

import attrs

__all__ = ["Alarm", "AlarmChange", "AlarmSettings", "AlarmState", "Alarms"]


class AlarmState(enum.StrEnum):
    """The states of an alarm, as the API spells them."""

    OK = "OK"
    ALARM = "ALARM"
    INSUFFICIENT_DATA = "INSUFFICIENT_DATA"


@attrs.frozen
class AlarmSettings:
    """What an alarm watches, and when it is in the state ALARM.

    Attributes:
        namespace: Of the metric.
        metric: The metric's name.
        dimensions: Names and values, sorted.
        statistic: Such as ``Average``.
        period: Seconds of one point.
        evaluation_periods: How many points are looked at.
        datapoints: How many of them have to be beyond the threshold.
        threshold: The threshold.
        comparison: Such as ``GreaterThanThreshold``.
        missing: How missing points are taken: ``missing``, ``breaching``, ``notBreaching``,
            ``ignore``.
        further: What else came with it, as it came.
    """

    namespace: str
    metric: str
    dimensions: tuple[tuple[str, str], ...]
    statistic: str
    period: int
    evaluation_periods: int
    datapoints: int
    threshold: float
    comparison: str
    missing: str
    further: Mapping[str, Any]


@attrs.define(eq=False)
class Alarm:
    """A metric alarm.

    Attributes:
        name: Its name.
        arn: Its ARN.
        settings: What it watches.
        updated_at: When ``settings`` were given.
        actions_enabled: Whether its actions are to be carried out.
        state: Its state.
        reason: Why, in words.
        reason_data: Why, as JSON; None: nothing was given.
        state_updated_at: When its state was set last.
        transitioned_at: When it came to its state from another.
        tags: By key.
    """

    name: str
    arn: str
    settings: AlarmSettings
    updated_at: datetime
    actions_enabled: bool
    state: AlarmState
    reason: str
    reason_data: str | None
    state_updated_at: datetime
    transitioned_at: datetime
    tags: Mapping[str, str]


@attrs.frozen
class AlarmChange:
    """An alarm has another state, or is new (``before`` None), or is gone (``state`` None)."""

    name: str
    before: AlarmState | None
    state: AlarmState | None


class Alarms:
    """The alarms of an account.

    Attributes:
        by_name: The alarms.
    """

    def __init__(self) -> None:
        self.by_name: dict[str, Alarm] = {}
        self._changes: list[AlarmChange] = []

    def copy(self) -> Self:
        """Return independent alarms."""
        twin = type(self)()
        twin.by_name = {name: copy.copy(one) for name, one in self.by_name.items()}
        twin._changes = list(self._changes)
        return twin

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        twin = memo[id(self)] = self.copy()
        return twin

    @property
    def has_changes(self) -> bool:
        """Whether something changed since ``take_changes``."""
        return bool(self._changes)

    def take_changes(self) -> list[AlarmChange]:
        """Return what changed since the last time, in order."""
        changes, self._changes = self._changes, []
        return changes

    def add(self, alarm: Alarm) -> None:
        """Add an alarm."""
        self.by_name[alarm.name] = alarm
        self._changes.append(AlarmChange(alarm.name, None, alarm.state))

    def remove(self, name: str) -> None:
        """Remove an alarm."""
        alarm = self.by_name.pop(name)
        self._changes.append(AlarmChange(name, alarm.state, None))

    def set_state(
        self,
        alarm: Alarm,
        state: AlarmState,
        now: datetime,
        *,
        reason: str,
        reason_data: str | None = None,
    ) -> None:
        """Set the state of an alarm (D128)."""
        if state is not alarm.state:
            self._changes.append(AlarmChange(alarm.name, alarm.state, state))
            alarm.state, alarm.transitioned_at = state, now
        alarm.reason, alarm.reason_data, alarm.state_updated_at = reason, reason_data, now
