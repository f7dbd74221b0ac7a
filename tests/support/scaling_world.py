"""A service whose load is given, scaled by policies in a closed loop, second by second exact.

Load moves the metric (load by running tasks), the metric the alarms, the alarms the policies, these
the desired count, and after a while the running tasks.  Moments are seconds here.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction

import attrs

from placement.scaling import target_tracking
from placement.scaling.alarms import AlarmRule, AlarmState, runs_action
from placement.scaling.bounds import Bounds
from placement.scaling.cooldowns import Cooldowns
from placement.scaling.exact import Exact
from placement.scaling.metrics import utilization
from placement.scaling.policies import Ask, Decision, ScalableTarget, combine
from placement.scaling.proposals import Direction, Proposal
from placement.timestamps import SECOND

POLICY = "policy"


@attrs.define
class Alarm:
    """An alarm with its state."""

    rule: AlarmRule
    direction: Direction
    state: AlarmState = AlarmState.INSUFFICIENT_DATA
    acted: int | None = None

    def look(self, values: Sequence[Exact | None], now: int) -> bool:
        """Evaluate, and return whether the policy acts for this alarm."""
        before, self.state = self.state, self.rule.evaluate(values, self.state).state
        if self.state is not AlarmState.ALARM:
            return False
        acts = runs_action(before, self.state, now, self.acted, is_scaling=True)
        self.acted = now if acts else self.acted
        return acts


@attrs.define
class World:
    """A service with one target tracking policy.

    Attributes:
        load: The load at a second, in task-percent.
        tasks: Running at first.
        bounds: Least and most tasks.
        target: Of the metric.
        high_resolution: Points of 20 seconds.
        deploying: From which second to which a deployment is in progress.
        start_seconds: From a decision until its tasks run.
        cooldowns: Seconds after out and after in.
        changes: Second, count before and after.
        not_scaled: Reasons as recorded, without repetitions.
    """

    load: Callable[[int], Exact]
    tasks: int
    bounds: Bounds = attrs.field(factory=lambda: Bounds(0, 1000))
    target: Exact = 60
    high_resolution: bool = False
    deploying: tuple[int, int] = (0, 0)
    start_seconds: int = 60
    cooldowns: tuple[int, int] = (300, 300)
    forecast: int | None = None
    changes: list[tuple[int, int, int]] = attrs.Factory(list)
    not_scaled: list[str] = attrs.Factory(list)
    decisions: list[Decision] = attrs.Factory(list)
    running_cooldowns: Cooldowns = attrs.Factory(Cooldowns)

    def play(self, until: int) -> None:
        """Play from second 0."""
        desired = running = self.tasks
        starting: list[tuple[int, int]] = []
        values: list[Exact | None] = []
        alarms = [
            Alarm(
                target_tracking.high_alarm(self.target, high_resolution=self.high_resolution),
                Direction.OUT,
            ),
            Alarm(
                target_tracking.low_alarm(self.target, high_resolution=self.high_resolution),
                Direction.IN,
            ),
        ]
        period = alarms[0].rule.period // SECOND
        for now in range(period, until + 1, period):
            running += sum(count for due, count in starting if due <= now)
            starting = [one for one in starting if one[0] > now]
            values.append(utilization(self.load(now), running))
            asking = [alarm for alarm in alarms if alarm.look(values, now * SECOND)]
            proposal = self._proposal(asking, values, running, desired)
            decision = self._decide(proposal, desired, now)
            if decision.desired > desired:
                starting.append((now + self.start_seconds, decision.desired - desired))
            running = min(running, decision.desired)
            if decision.desired < desired:
                starting = self._kept(starting, decision.desired - running)
            desired = decision.desired

    def _kept(self, starting: list[tuple[int, int]], count: int) -> list[tuple[int, int]]:
        """Return starting tasks, cut to a count."""
        kept = []
        for due, tasks in starting:
            kept.append((due, min(tasks, count)))
            count -= kept[-1][1]
        return kept

    def _proposal(
        self, asking: list[Alarm], values: list[Exact | None], running: int, desired: int
    ) -> Proposal | None:
        if not asking:
            return None
        used = asking[0].rule.used(values)
        return target_tracking.decide(
            running, desired, used, self.target, direction=asking[0].direction
        )

    def _decide(self, proposal: Proposal | None, desired: int, now: int) -> Decision:
        out, inwards = (seconds * SECOND for seconds in self.cooldowns)
        ask = Ask(POLICY, proposal, True, out_cooldown=out, in_cooldown=inwards)
        target = ScalableTarget(
            desired,
            self.bounds,
            self.running_cooldowns,
            is_deploying=self.deploying[0] <= now < self.deploying[1],
            forecast=self.forecast,
        )
        decision = combine([ask], target, now * SECOND)
        self.decisions.append(decision)
        self.running_cooldowns = decision.cooldowns
        if decision.desired != desired:
            self.changes.append((now, desired, decision.desired))
        elif decision.not_scaled is not None:
            code = decision.not_scaled.value
            if self.not_scaled[-1:] != [code]:
                self.not_scaled.append(code)
        return decision


def steps_of(load: Sequence[Sequence[int]]) -> Callable[[int], Exact]:
    """Return a load that jumps: pairs of the second from which it is, and what it is."""

    def value(now: int) -> Exact:
        return Fraction([amount for second, amount in load if second <= now][-1])

    return value
