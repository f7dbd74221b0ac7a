"""How long things take, and what a model cannot know: values that the caller gives a session.

In: seconds and texts of the caller.  Out: ``Timing`` (C39), ``Behaviour`` (C27) and ``TaskTiming``,
the durations of one task in microseconds.  Knows no records and no calls.
"""

from __future__ import annotations

import numbers
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

import attrs

from placement.errors import UsageError, describe_value
from placement.suggest import closest_match
from placement.timestamps import SECOND

__all__ = [
    "CONTAINER_OUTCOMES",
    "INSTANT",
    "TARGET_OUTCOMES",
    "Behaviour",
    "Outcome",
    "TaskTiming",
    "Timing",
    "check_exit_code",
    "check_outcome",
    "duration",
]

LONGEST = 100 * 365 * 86_400
"""Seconds that a duration may have: a hundred years."""


def duration(value: Any, what: str) -> int:
    """Return seconds (a number or timedelta, not negative) as whole microseconds.

    Raises:
        UsageError: it is something else, negative, or longer than a hundred years.
    """
    seconds = value / timedelta(seconds=1) if isinstance(value, timedelta) else value
    if isinstance(seconds, bool) or not isinstance(seconds, numbers.Real):
        raise UsageError(f"{what} is a number of seconds, not {describe_value(value)}")
    number = seconds if isinstance(seconds, int) else float(seconds)
    if not 0 <= number <= LONGEST:  # NaN neither
        raise UsageError(
            f"{what} is a number of seconds from 0 to {LONGEST}, not {describe_value(value)}"
        )
    return round(number * SECOND)


def check_exit_code(value: Any) -> None:
    """Refuse what is no exit code: the API has whole numbers of 32 bits.

    Raises:
        UsageError: it is none.
    """
    if isinstance(value, bool) or not isinstance(value, int) or not -(2**31) <= value < 2**31:
        raise UsageError(f"exit_code is a whole number of 32 bits, not {describe_value(value)}")


@attrs.frozen
class TaskTiming:
    """How long the states of one task's life take, in microseconds (S10.1).

    Attributes:
        provisioning: Its network interface is attached.
        pull: Its images are pulled.
        start: Its containers are created and started.
        healthy_after: After RUNNING, until it counts as healthy where nothing checks it (4.3).
        stop: Its containers end after the stop signal.
        deprovisioning: Its network interface is removed.
    """

    provisioning: int = 0
    pull: int = 0
    start: int = 0
    healthy_after: int = 0
    stop: int = 0
    deprovisioning: int = 0


INSTANT = TaskTiming()
"""No state takes time: ``timing=None`` (C26)."""

_OF_TASKS = ("provisioning", "pull", "start", "healthy_after", "stop", "deprovisioning")


def _families(value: Mapping[str, Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    if not isinstance(value, Mapping):
        raise UsageError(f"families maps names to durations, not {describe_value(value)}")
    found = {}
    for family, fields in value.items():
        if not isinstance(family, str) or not isinstance(fields, Mapping):
            raise UsageError(
                "families maps the name of a family to durations, such as "
                f"{{'web': {{'pull': 60}}}}, not {describe_value(family)} to "
                f"{describe_value(fields)}"
            )
        for name, seconds in fields.items():
            if name not in _OF_TASKS:
                near = closest_match(str(name), _OF_TASKS)
                advice = f"; did you mean {near}?" if near else f"; expected {', '.join(_OF_TASKS)}"
                raise UsageError(f"families: {describe_value(name)} is no duration{advice}")
            duration(seconds, f"families[{family!r}][{name!r}]")
        found[family] = dict(fields)
    return found


@attrs.frozen
class Timing:
    """How long things take in a session, in seconds (C39).

    Attributes:
        provisioning: Attaching a network interface.
        pull: Pulling the images of a task.
        start: Creating and starting its containers.
        healthy_after: From RUNNING until a task counts as healthy that nothing checks (4.3).
        stop: From the stop signal until containers have ended.
        deprovisioning: Removing a network interface.
        described: How long stopped tasks are described.
        launch: Launching an instance of an Auto Scaling group; without effect until there are any.
        managed_launch: Launching a Managed Instance; likewise.
        families: Durations of the tasks of single families: ``{"web": {"pull": 60}}``.

    Raises:
        UsageError: a duration is no number of seconds, or negative.
    """

    provisioning: float = 10
    pull: float = 10
    start: float = 2
    healthy_after: float = 40
    stop: float = 2
    deprovisioning: float = 25
    described: float = 3600
    launch: float = 120
    managed_launch: float = 60
    families: Mapping[str, Mapping[str, float]] = attrs.field(
        factory=dict, converter=_families, hash=False
    )

    def __attrs_post_init__(self) -> None:
        for field in attrs.fields(Timing):
            if field.name != "families":
                duration(getattr(self, field.name), field.name)

    def of(self, family: str) -> TaskTiming:
        """Return the durations of the tasks of a family."""
        own = self.families.get(family, {})
        given = {name: own.get(name, getattr(self, name)) for name in _OF_TASKS}
        return TaskTiming(**{name: duration(value, name) for name, value in given.items()})


CONTAINER_OUTCOMES = ("HEALTHY", "UNHEALTHY")
"""What a check of a container may find."""

TARGET_OUTCOMES = ("healthy", "unhealthy", "timeout")
"""What a check of a target may find."""

Outcome = str | Callable[[float], str] | None
"""What health checks find: always the same, or by seconds since RUNNING; None: all goes well."""

Use = float | Callable[[float], float] | None
"""How much of a resource a task uses, in per cent: always, or by seconds since RUNNING."""


@attrs.frozen
class Behaviour:
    """What one task does that a model cannot know (C27); all fields are optional.

    Attributes:
        pull_seconds: How long its images are pulled, instead of ``Timing.pull``.
        start_failure: A reason: it fails at the instant at which it would have been RUNNING (D105).
        runs_for: Seconds from RUNNING until its essential container exits.
        exit_code: The code with which it exits.
        container_health: What checks of its containers find: ``HEALTHY`` or ``UNHEALTHY``, or a
            function of the seconds since RUNNING that returns one.
        target_health: What checks of its targets find: ``healthy``, ``unhealthy``, ``timeout``, or
            a function of the seconds since RUNNING that returns one.
        ignores_stop_signal: Whether it runs on until it is killed at ``stopTimeout``.
        cpu: CPU that it uses, in per cent of what it asked; a number, or a function of the seconds
            since RUNNING.
        memory: The same of memory.

    Raises:
        UsageError: a field has a wrong type or value.
    """

    pull_seconds: float | None = None
    start_failure: str | None = None
    runs_for: float | None = None
    exit_code: int = 0
    container_health: Outcome = None
    target_health: Outcome = None
    ignores_stop_signal: bool = False
    cpu: Use = None
    memory: Use = None

    def __attrs_post_init__(self) -> None:
        for name in ("pull_seconds", "runs_for"):
            if getattr(self, name) is not None:
                duration(getattr(self, name), name)
        if self.start_failure is not None and not isinstance(self.start_failure, str):
            raise UsageError(
                f"start_failure is a reason, a text, not {describe_value(self.start_failure)}"
            )
        check_exit_code(self.exit_code)
        if not isinstance(self.ignores_stop_signal, bool):
            raise UsageError(
                f"ignores_stop_signal is True or False, not "
                f"{describe_value(self.ignores_stop_signal)}"
            )
        check_outcome(self.container_health, "container_health", CONTAINER_OUTCOMES)
        check_outcome(self.target_health, "target_health", TARGET_OUTCOMES)
        for name in ("cpu", "memory"):
            used = getattr(self, name)
            if used is None or callable(used):
                continue
            if isinstance(used, bool) or not isinstance(used, (int, float)) or not used >= 0:
                raise UsageError(
                    f"{name} is per cent of what the task asked, or a function, not "
                    f"{describe_value(used)}"
                )


def check_outcome(value: Any, what: str, allowed: tuple[str, ...]) -> None:
    """Check what a health check finds.

    Raises:
        UsageError: it is neither None, one of the texts, nor a function.
    """
    if value is None or callable(value):
        return
    if value not in allowed:
        raise UsageError(
            f"{what} is {', '.join(allowed)} or a function, not {describe_value(value)}"
        )
