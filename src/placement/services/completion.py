"""When a rolling deployment is COMPLETED (S4.6).

In: numbers of tasks, the deployment's settings, and since when its conditions hold; moments and
lengths are whole microseconds.  Out: whether it is completed, or what it waits for and until when.
Tasks start and stop by the rounds of ``rolling`` all the while; nothing here asks for a start.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable, Iterator, Sequence

import attrs

from placement.errors import UsageError, describe_value
from placement.services.actions import Cause, StopTasks
from placement.services.limits import ceil_div
from placement.services.model import RevisionState, TaskClass
from placement.timestamps import DAY, SECOND

__all__ = [
    "FORCED_CLEANUP",
    "Completion",
    "CompletionTimes",
    "EarlySuccess",
    "EndRules",
    "Progress",
    "WaitsFor",
    "bake_length",
    "check_completion",
    "forced_cleanup",
]

FORCED_CLEANUP = 14 * DAY
"""How long after COMPLETED a deferred cleanup may take before it is forced (D33)."""

MAXIMUM_ALARM_BAKE = 300 * SECOND
UNKNOWN_ALARM_BAKE = 60 * SECOND
"""Lengths of the bake time that follows from alarms (D32)."""


class WaitsFor(enum.Enum):
    """What a deployment waits for; the value says it as a sentence."""

    HEALTHY_TASKS = "tasks of the new revision are not healthy yet"
    ACTIVE_SOURCES = "tasks of older revisions still run"
    BAKE = "the bake time is not over"
    STOPPING_SOURCES = "tasks of older revisions are not STOPPED yet"
    SETTLING = "the time to settle is not over"
    NEW_DEPLOYMENT = "the deployment has failed"


@attrs.frozen
class EarlySuccess:
    """earlySuccessCriteria.

    Attributes:
        healthy_percent: The share of the desired count that has to be healthy, 0 to 100.
        is_deferred: Whether the deployment is COMPLETED before the older revisions are gone
            (sourceServiceRevisionCleanup DEFERRED).

    Raises:
        UsageError: the percentage is out of its bounds.
    """

    healthy_percent: int
    is_deferred: bool = False

    def __attrs_post_init__(self) -> None:
        if not 0 <= self.healthy_percent <= 100:
            raise UsageError(
                f"healthy_percent is from 0 to 100, not {describe_value(self.healthy_percent)}"
            )

    def needed(self, desired: int) -> int:
        """Return how many tasks have to be healthy."""
        return max(1, ceil_div(desired * self.healthy_percent, 100))


@attrs.frozen
class Progress:
    """How far a deployment is.

    Attributes:
        desired: The desired count.
        healthy: Healthy tasks of the primary revision.
        source_active: Tasks of the sources with desiredStatus RUNNING.
        source_stopping: Tasks of the sources that are stopping and not STOPPED yet.
        has_failed: Whether a detector has fired.
    """

    desired: int
    healthy: int
    source_active: int = 0
    source_stopping: int = 0
    has_failed: bool = False


@attrs.frozen
class EndRules:
    """What decides about the end of a deployment beside its tasks.

    Attributes:
        early: The early success criteria, if they are enabled.
        bake: Length of the bake time; 0: none, as in every rollback (D104).
        settle: Option (D31): how long everything else holds before the deployment is COMPLETED.
    """

    early: EarlySuccess | None = None
    bake: int = 0
    settle: int = 0


@attrs.frozen
class CompletionTimes:
    """Since when conditions hold; None: they do not.

    Attributes:
        baking_since: When the bake time began.  It does not begin a second time.
        settling_since: Since when everything but the time to settle holds.
    """

    baking_since: int | None = None
    settling_since: int | None = None


@attrs.frozen
class Completion:
    """The answer.

    Attributes:
        waits_for: What is missing; None: the deployment is COMPLETED.
        until: The moment at which a length of time is over, where that is what is missing.
        times: What the next call takes.
    """

    waits_for: WaitsFor | None
    until: int | None
    times: CompletionTimes


def bake_length(minutes: int, alarm_windows: Sequence[int | None]) -> int:
    """Return the length of a rolling deployment's bake time in microseconds (D32).

    Args:
        minutes: bakeTimeInMinutes.
        alarm_windows: Of each alarm that is watched its period times its evaluation periods, in
            microseconds; None where that is not known.
    """
    if minutes or not alarm_windows:
        return minutes * 60 * SECOND
    windows = [UNKNOWN_ALARM_BAKE if one is None else one for one in alarm_windows]
    return min(MAXIMUM_ALARM_BAKE, max(windows))


def check_completion(
    progress: Progress, rules: EndRules, times: CompletionTimes, now: int
) -> Completion:
    """Return whether a deployment is COMPLETED at a moment, and otherwise what it waits for.

    With a desired count of 0 there is nothing to bake, and tasks left in older revisions have to be
    STOPPED as ever (D104).
    """
    if progress.has_failed:
        return Completion(WaitsFor.NEW_DEPLOYMENT, None, CompletionTimes())
    baking_since = times.baking_since
    if baking_since is None and _may_bake(progress, rules):
        baking_since = now
    bake_end = now if baking_since is None else baking_since + rules.bake
    missing = _missing(progress, rules, is_baking=now < bake_end)
    if missing is not None:
        until = bake_end if missing is WaitsFor.BAKE else None
        return Completion(missing, until, CompletionTimes(baking_since))
    since = now if times.settling_since is None else times.settling_since
    settled = since + rules.settle
    times = CompletionTimes(baking_since, since)
    if now < settled:
        return Completion(WaitsFor.SETTLING, settled, times)
    return Completion(None, None, times)


def _needed(progress: Progress, rules: EndRules) -> int:
    """Return how many tasks of the primary revision have to be healthy."""
    if rules.early is None or not progress.desired:
        return progress.desired
    return rules.early.needed(progress.desired)


def _may_bake(progress: Progress, rules: EndRules) -> bool:
    """Whether the bake time begins: with early success criteria older tasks may still run."""
    sources_allow = rules.early is not None or not progress.source_active
    return bool(progress.desired and sources_allow and progress.healthy >= _needed(progress, rules))


def _missing(progress: Progress, rules: EndRules, *, is_baking: bool) -> WaitsFor | None:
    """Return the first condition that does not hold; the time to settle is not one of them."""
    sources_matter = rules.early is None or not rules.early.is_deferred
    if progress.healthy < _needed(progress, rules):
        return WaitsFor.HEALTHY_TASKS
    if progress.source_active and rules.early is None:
        return WaitsFor.ACTIVE_SOURCES
    if is_baking and progress.desired:
        return WaitsFor.BAKE
    if progress.source_active and sources_matter:
        return WaitsFor.ACTIVE_SOURCES
    if progress.source_stopping and sources_matter:
        return WaitsFor.STOPPING_SOURCES
    return None


def forced_cleanup(sources: Iterable[RevisionState]) -> Iterator[StopTasks]:
    """Yield the stops of every task of older revisions once ``FORCED_CLEANUP`` is over (D33)."""
    for source in sorted(sources, key=lambda one: one.revision):
        for task_class in TaskClass:
            if count := source.counts.of(task_class):
                yield StopTasks(
                    source.revision, task_class, count, Cause.DEPLOYMENT, even_protected=True
                )
