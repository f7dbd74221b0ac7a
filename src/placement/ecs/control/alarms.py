"""The alarms of CloudWatch, as records: what they watch, and their state.

In: alarms as calls put them, states as calls and evaluations set them.  Out: records by name, which
of them changed state, and their history.  Must not know calls, services or metrics: evaluations
are in ``control.metrics``.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Self

import attrs

from placement.scaling.alarms import AlarmState, AlarmWindow

__all__ = [
    "ACTION",
    "CONFIGURATION_UPDATE",
    "STATE_UPDATE",
    "Alarm",
    "AlarmChange",
    "AlarmHistoryItem",
    "AlarmSettings",
    "AlarmState",
    "Alarms",
]

CONFIGURATION_UPDATE, STATE_UPDATE, ACTION = "ConfigurationUpdate", "StateUpdate", "Action"
"""The kinds of items in the history of an alarm, as the API spells them."""


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
        further: What else came with it, as it came: the expression of an alarm over several
            metrics too (``Metrics``), whose ``metric`` is empty.
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
        window: Its newest points, where they are counted one by one.
        window_end: End of the period of the newest of them (moment); None: there is none.
        acted_at: When a scaling action ran last in the state ALARM (moment); None: none has.
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
    window: AlarmWindow = attrs.field(factory=AlarmWindow)
    window_end: int | None = None
    acted_at: int | None = None


@attrs.frozen
class AlarmHistoryItem:
    """What happened to an alarm: kind, a sentence, and details as JSON."""

    name: str
    time: datetime
    kind: str
    summary: str
    data: str


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
        history: What happened to them, also to those that are gone, oldest first.
        version: A number that grows whenever alarms come, go, or get other settings.
    """

    def __init__(self) -> None:
        self.by_name: dict[str, Alarm] = {}
        self.history: list[AlarmHistoryItem] = []
        self.version = 0
        self._changes: list[AlarmChange] = []

    def copy(self) -> Self:
        """Return independent alarms."""
        twin = type(self)()
        twin.by_name = {name: copy.copy(one) for name, one in self.by_name.items()}
        twin.history, twin.version = list(self.history), self.version
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
        self.version += 1
        self.by_name[alarm.name] = alarm
        self.note(
            alarm.name, alarm.updated_at, CONFIGURATION_UPDATE, f'Alarm "{alarm.name}" created'
        )
        self._changes.append(AlarmChange(alarm.name, None, alarm.state))

    def change(
        self, alarm: Alarm, settings: AlarmSettings, now: datetime, *, actions_enabled: bool
    ) -> None:
        """Give an alarm other settings; its state stays, and its points are counted again."""
        self.version += 1
        alarm.settings, alarm.updated_at, alarm.actions_enabled = settings, now, actions_enabled
        alarm.window, alarm.window_end = AlarmWindow(), None
        self.note(alarm.name, now, CONFIGURATION_UPDATE, f'Alarm "{alarm.name}" updated')

    def remove(self, name: str, now: datetime) -> None:
        """Remove an alarm."""
        self.version += 1
        alarm = self.by_name.pop(name)
        self.note(name, now, CONFIGURATION_UPDATE, f'Alarm "{name}" deleted')
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
        """Set the state of an alarm, until it is evaluated next (D128)."""
        if state is not alarm.state:
            self._changes.append(AlarmChange(alarm.name, alarm.state, state))
            self.note(
                alarm.name,
                now,
                STATE_UPDATE,
                f"Alarm updated from {alarm.state} to {state}",
                oldState={"stateValue": alarm.state, "stateReason": alarm.reason},
                newState={"stateValue": state, "stateReason": reason},
            )
            alarm.state, alarm.transitioned_at, alarm.acted_at = state, now, None
        alarm.reason, alarm.reason_data, alarm.state_updated_at = reason, reason_data, now

    def note(self, name: str, now: datetime, kind: str, summary: str, **data: Any) -> None:
        """Add to the history of an alarm."""
        text = json.dumps({"version": "1.0", **data})
        self.history.append(AlarmHistoryItem(name, now, kind, summary, text))
