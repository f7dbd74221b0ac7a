"""Deployment alarms: which of them are watched, and when one fails a deployment (S5.2).

In: the alarms that a service names, and which alarms are in ALARM.  Out: which ones fail the
deployment, and the sentence to show.  How alarms get their states is not known here.
"""

from __future__ import annotations

from collections.abc import Container

import attrs

__all__ = ["AlarmWatch", "alarm_reason", "unknown_alarms", "watch_alarms"]


@attrs.frozen
class AlarmWatch:
    """The alarms of one deployment.

    Attributes:
        names: Their names, as listed.
        is_ignored: Whether they are not watched in this deployment: they are not enabled, or one
            was in ALARM when it started (D36).
    """

    names: tuple[str, ...] = ()
    is_ignored: bool = False

    def triggered(self, in_alarm: Container[str]) -> tuple[str, ...]:
        """Return the names of the watched alarms that are in ALARM; any of them fails it."""
        if self.is_ignored:
            return ()
        return tuple(name for name in self.names if name in in_alarm)


def watch_alarms(
    names: tuple[str, ...], in_alarm: Container[str], *, enabled: bool = True
) -> AlarmWatch:
    """Return the alarms of a deployment that starts now.

    Args:
        names: alarmNames.
        in_alarm: The names of the alarms that are in ALARM.
        enabled: ``enable`` of the settings.
    """
    is_ignored = not enabled or any(name in in_alarm for name in names)
    return AlarmWatch(names, is_ignored)


def unknown_alarms(names: tuple[str, ...], known: Container[str]) -> tuple[str, ...]:
    """Return the names that no alarm has: a service may not list them (D37)."""
    return tuple(name for name in names if name not in known)


def alarm_reason(name: str) -> str:
    """Return rolloutStateReason after an alarm (D19)."""
    return f"ECS deployment alarm: {name} in ALARM."
