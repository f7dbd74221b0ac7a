"""Rules about policies that work against one another on one metric (S13.1.4, S13.4, S13.5).

In: an account.  Out: warnings.  What policies ask for is computed by the cores that decide it, at
values beside the alarms' thresholds and at counts within the bounds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction

import attrs

from placement.ecs.control.account import Account
from placement.ecs.control.alarms import Alarm
from placement.ecs.control.metrics.plan import PlannedAlarm, planned_alarm
from placement.ecs.control.metrics.predefined import service_metric
from placement.ecs.control.metrics.state import MetricKey
from placement.ecs.control.scaling.records import (
    PolicyRecord,
    ScalableTargetRecord,
    TrackingPolicy,
)
from placement.ecs.lints.policy_rules import alarms_of, scaled
from placement.ecs.lints.scaling_codes import ScalingLint, ScalingLints, ScalingRule
from placement.scaling import target_tracking
from placement.scaling.alarms import Comparison
from placement.scaling.bounds import Bounds
from placement.scaling.exact import Exact
from placement.scaling.proposals import Direction
from placement.scaling.steps import StepPolicy, adjust

__all__ = ["CONFLICT_RULES"]

COUNTS = 24
"""Counts within the bounds at which policies are compared."""

MOST_TRIGGERS = 24
"""Alarms of one target on one metric that are compared; more are left out."""

CHANGES = 40
"""Changes under a constant load after which a course that repeats nothing is left alone."""

BESIDE = Fraction(1, 1000)
"""How far beside a threshold values are looked at."""

Metric = tuple[str, str, tuple[tuple[str, str], ...], str]

_BREACHES: dict[Comparison, Callable[[Exact, Exact], bool]] = {
    Comparison.ABOVE: lambda value, threshold: value > threshold,
    Comparison.AT_LEAST: lambda value, threshold: value >= threshold,
    Comparison.BELOW: lambda value, threshold: value < threshold,
    Comparison.AT_MOST: lambda value, threshold: value <= threshold,
}


@attrs.frozen(eq=False)
class _Trigger:
    """A policy and one alarm that triggers it."""

    policy: PolicyRecord
    alarm: PlannedAlarm
    direction: Direction | None

    @property
    def threshold(self) -> Exact:
        """The alarm's threshold."""
        return self.alarm.rule.threshold

    @property
    def is_tracking(self) -> bool:
        """Whether its policy is one of target tracking."""
        return isinstance(self.policy.settings, TrackingPolicy)

    def ask(self, value: Exact, count: int) -> int:
        """Return how many tasks it asks for at a value and a count; the count where nothing."""
        rule, settings = self.alarm.rule, self.policy.settings
        if not _BREACHES[rule.comparison](value, rule.threshold):
            return count
        if isinstance(settings, StepPolicy):
            found = adjust(settings, value - rule.threshold, count, rule.comparison)
            return count if found.direction is None else found.capacity
        if isinstance(settings, TrackingPolicy) and self.direction is not None:
            direction = self.direction
            wanted = target_tracking.decide(
                count, count, [value], settings.target, direction=direction
            ).capacity
            return max(count, wanted) if direction is Direction.OUT else min(count, wanted)
        return count


def _triggers(account: Account, target: ScalableTargetRecord) -> dict[Metric, list[_Trigger]]:
    """Return what triggers policies, by the metric that it looks at."""
    found: dict[Metric, list[_Trigger]] = {}
    for policy in target.policies.values():
        for alarm in alarms_of(account, policy):
            planned = planned_alarm(alarm)
            settings = alarm.settings
            if planned is None or not settings.metric or not settings.further.get("AlarmActions"):
                continue
            metric = (
                settings.namespace,
                settings.metric,
                settings.dimensions,
                settings.statistic,
            )
            one = _Trigger(policy, planned, _direction(policy, alarm))
            found.setdefault(metric, []).append(one)
    return found


def _direction(policy: PolicyRecord, alarm: Alarm) -> Direction | None:
    """Return what a target tracking policy asks for when one of its alarms fires."""
    if alarm.name not in policy.alarms:
        return None
    return Direction.OUT if policy.alarms[0] == alarm.name else Direction.IN


def conflicts(account: Account) -> ScalingLints:
    """Policies of a target that want opposite things, or undo each other's change."""
    for target, service in scaled(account):
        counts = _counts(target.bounds)
        for metric, triggers in _triggers(account, target).items():
            triggers = triggers[:MOST_TRIGGERS]
            found = list(_fights(target, triggers, counts))
            yield from found
            key = MetricKey(*metric[:3])
            own = service_metric(account, key)
            if not found and own is not None and own.service == service.number:
                yield from _flap(target, triggers, counts)


def _counts(bounds: Bounds) -> list[int]:
    """Return some counts within the bounds, both ends included; no task has no metric."""
    least, most = max(1, bounds.minimum), bounds.maximum
    step = max(1, (most - least) // COUNTS)
    return [*range(least, most, step), most] if most >= least else []


# Opposite at the same value


def _fights(
    target: ScalableTargetRecord, triggers: Sequence[_Trigger], counts: Sequence[int]
) -> ScalingLints:
    seen: set[tuple[str, str]] = set()
    for out in triggers:
        for other in triggers:
            names = (out.policy.name, other.policy.name)
            # Target tracking policies take tasks away only where all of them agree.
            both_track = out.is_tracking and other.is_tracking
            if out is other or both_track or names in seen:
                continue
            place = _opposite(out, other, counts)
            if place is None:
                continue
            seen.add(names)
            value, count = place
            yield ScalingLint(
                "policies-fight",
                target.resource_id,
                f"policy {names[0]}",
                f"at {_text(value)} and {count} tasks it asks for {out.ask(value, count)}, and "
                f"policy {names[1]} for {other.ask(value, count)}: both alarms fire there",
                "thresholds with a gap between them",
            )


def _opposite(out: _Trigger, other: _Trigger, counts: Sequence[int]) -> tuple[Exact, int] | None:
    """Return a value and a count at which one asks for more and the other for fewer tasks."""
    middle = Fraction(out.threshold + other.threshold) / 2
    for value in (middle, *_beside(out.threshold), *_beside(other.threshold)):
        for count in counts:
            if out.ask(value, count) > count > other.ask(value, count):
                return value, count
    return None


def _beside(threshold: Exact) -> Iterator[Exact]:
    """Yield a threshold, and values just below and above it."""
    yield threshold
    distance = BESIDE * (abs(Fraction(threshold)) or 1)
    yield threshold - distance
    yield threshold + distance


# To and fro at a constant load


def _flap(
    target: ScalableTargetRecord, triggers: Sequence[_Trigger], counts: Sequence[int]
) -> ScalingLints:
    """Look for a load under which the count never settles, at each threshold and count."""
    for trigger in triggers:
        for value in _beside(trigger.threshold):
            for count in counts:
                course = _course(value * count, count, triggers, target.bounds)
                if course is None:
                    continue
                steps, names = course
                yield ScalingLint(
                    "policies-flap",
                    target.resource_id,
                    f"policy {names[0]}",
                    f"under a constant load (at {count} tasks the metric is {_text(value)}) the "
                    f"count goes {', '.join(map(str, steps))} and so on, by "
                    f"{' and '.join(names)}",
                    "a larger gap between the thresholds, or smaller steps",
                )
                return


def _course(
    load: Exact, count: int, triggers: Sequence[_Trigger], bounds: Bounds
) -> tuple[list[int], list[str]] | None:
    """Return counts that repeat under a constant load, and the policies; None: it settles."""
    steps, names = [count], list[str]()
    for _ in range(CHANGES):
        if not count:
            return None
        value = Fraction(load) / count
        asked = [(trigger.ask(value, count), trigger) for trigger in triggers]
        wanted, trigger = max(asked, key=lambda one: one[0])
        if wanted <= count:
            wanted, trigger = _in(asked, count)
        wanted = bounds.clamp(wanted)
        if wanted == count:
            return None
        names.append(trigger.policy.name)
        if wanted in steps:
            start = steps.index(wanted)
            return [*steps[start:], wanted], list(dict.fromkeys(names[start:]))
        steps.append(wanted)
        count = wanted
    return None


def _in(asked: Sequence[tuple[int, _Trigger]], count: int) -> tuple[int, _Trigger]:
    """Return the largest number below the count that may be taken (S13.1.4), else the count.

    Target tracking policies have to agree; each has an alarm for either direction.
    """
    tracking = {
        one.policy.name: [number for number, other in asked if other.policy is one.policy]
        for _, one in asked
        if isinstance(one.policy.settings, TrackingPolicy) and one.policy.settings.scale_in
    }
    agree = all(min(numbers) < count for numbers in tracking.values())
    fewer = [pair for pair in asked if pair[0] < count and (agree or not pair[1].is_tracking)]
    return max(fewer, key=lambda one: one[0], default=(count, asked[0][1]))


def _text(value: Exact) -> str:
    return f"{float(value):.6g}"


CONFLICT_RULES: tuple[ScalingRule, ...] = (conflicts,)
