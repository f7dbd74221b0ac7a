"""A service whose load is given, scaled by target tracking in a closed loop.

Load moves the metric of each policy (load by running tasks), the metric its alarms, the alarms the
desired count, and this after a while the running tasks.  Moments are seconds here.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction

import attrs

from placement.scaling import target_tracking
from placement.scaling.alarms import AlarmRule, AlarmState, AlarmWindow, runs_action
from placement.scaling.bounds import Bounds
from placement.scaling.cooldowns import Cooldowns
from placement.scaling.exact import Exact
from placement.scaling.metrics import utilization
from placement.scaling.policies import Ask, Decision, ScalableTarget, combine
from placement.scaling.proposals import Direction, Proposal
from placement.timestamps import SECOND

Load = Callable[[int], Exact]


@attrs.define
class Alarm:
    """An alarm with its state."""

    rule: AlarmRule
    direction: Direction
    state: AlarmState = AlarmState.INSUFFICIENT_DATA
    window: AlarmWindow = attrs.Factory(AlarmWindow)
    acted: int | None = None

    def look(self, value: Exact | None, now: int) -> bool:
        """Take a new point, and return whether the policy acts for this alarm."""
        self.window = self.rule.moved_on(self.window, value)
        before, self.state = self.state, self.rule.look(self.window, self.state).state
        if self.state is not AlarmState.ALARM:
            return False
        acts = runs_action(before, self.state, now * SECOND, self.acted, is_scaling=True)
        self.acted = now * SECOND if acts else self.acted
        return acts


@attrs.define
class Policy:
    """A target tracking policy with its alarms and the points of its metric."""

    load: Load
    target: Exact
    alarms: list[Alarm]
    values: list[Exact | None] = attrs.Factory(list)

    @classmethod
    def of(cls, load: Load, target: Exact, *, high_resolution: bool) -> Policy:
        """Return a policy whose alarms know nothing yet."""
        high = target_tracking.high_alarm(target, high_resolution=high_resolution)
        low = target_tracking.low_alarm(target, high_resolution=high_resolution)
        return cls(load, target, [Alarm(high, Direction.OUT), Alarm(low, Direction.IN)])

    def look(self, running: int, now: int) -> bool:
        """Take the point of this moment, and return whether the policy acts."""
        self.values.append(utilization(self.load(now), running))
        acting = [alarm.look(self.values[-1], now) for alarm in self.alarms]
        return any(acting)

    def proposal(self, running: int, desired: int) -> Proposal | None:
        """Return what the policy asks for."""
        for alarm in self.alarms:
            if alarm.state is AlarmState.ALARM:
                used = alarm.rule.used(self.values)
                return target_tracking.decide(
                    running, desired, used, self.target, direction=alarm.direction
                )
        return None


@attrs.define
class World:
    """A service with target tracking policies.

    Attributes:
        load: The load at a second, in task-percent.
        tasks: Running at first.
        bounds: Least and most tasks.
        target: Of the metric.
        others: Loads and targets of further policies, each on a metric of its own.
        high_resolution: Points of 20 seconds.
        deploying: From which second to which a deployment is in progress.
        start_seconds: From a decision until its tasks run.
        cooldowns: Seconds after out and after in.
        changes: Second, count before and after.
        not_scaled: Reasons as recorded, without repetitions.
    """

    load: Load
    tasks: int
    bounds: Bounds = attrs.field(factory=lambda: Bounds(0, 1000))
    target: Exact = 60
    others: Sequence[tuple[Load, Exact]] = ()
    high_resolution: bool = False
    deploying: tuple[int, int] = (0, 0)
    start_seconds: int = 60
    cooldowns: tuple[int, int] = (300, 300)
    changes: list[tuple[int, int, int]] = attrs.Factory(list)
    not_scaled: list[str] = attrs.Factory(list)
    running_cooldowns: Cooldowns = attrs.Factory(Cooldowns)

    def play(self, until: int) -> None:
        """Play from second 0."""
        desired = running = self.tasks
        starting: list[tuple[int, int]] = []
        policies = [
            Policy.of(load, target, high_resolution=self.high_resolution)
            for load, target in [(self.load, self.target), *self.others]
        ]
        period = policies[0].alarms[0].rule.period // SECOND
        for now in range(period, until + 1, period):
            running += sum(count for due, count in starting if due <= now)
            starting = [one for one in starting if one[0] > now]
            acting = [policy.look(running, now) for policy in policies]
            if not any(acting):
                continue
            new = self._decide([one.proposal(running, desired) for one in policies], desired, now)
            if new > desired:
                starting.append((now + self.start_seconds, new - desired))
            elif new < desired:
                running = min(running, new)
                starting = self._kept(starting, new - running)
            desired = new

    def _kept(self, starting: list[tuple[int, int]], count: int) -> list[tuple[int, int]]:
        """Return starting tasks, cut to a count."""
        kept = []
        for due, tasks in starting:
            kept.append((due, min(tasks, count)))
            count -= kept[-1][1]
        return kept

    def _decide(self, proposals: Sequence[Proposal | None], desired: int, now: int) -> int:
        """Return the desired count from now on."""
        out, inwards = (seconds * SECOND for seconds in self.cooldowns)
        asks = [
            Ask(place, proposal, True, out_cooldown=out, in_cooldown=inwards)
            for place, proposal in enumerate(proposals)
        ]
        target = ScalableTarget(
            desired,
            self.bounds,
            self.running_cooldowns,
            is_deploying=self.deploying[0] <= now < self.deploying[1],
        )
        decision = combine(asks, target, now * SECOND)
        self.running_cooldowns = decision.cooldowns
        self._note(decision, desired, now)
        return decision.desired

    def _note(self, decision: Decision, desired: int, now: int) -> None:
        if decision.desired != desired:
            self.changes.append((now, desired, decision.desired))
        elif decision.not_scaled is not None:
            code = decision.not_scaled.value
            if self.not_scaled[-1:] != [code]:
                self.not_scaled.append(code)


def steps_of(load: Sequence[Sequence[Exact]]) -> Load:
    """Return a load that jumps: pairs of the second from which it is, and what it is."""

    def value(now: int) -> Exact:
        return Fraction([amount for second, amount in load if second <= now][-1])

    return value
