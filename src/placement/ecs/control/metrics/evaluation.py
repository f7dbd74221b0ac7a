"""Points are taken and alarms evaluated, at a full minute or at 10, 20 and 30 seconds (S13.3).

In: an account at such an instant.  Out: points noted, states set, and the alarms of which actions
run now.  What an action does is not known here.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import nullcontext

from placement.arns import aws_arn
from placement.ecs.control.account import Account
from placement.ecs.control.alarms import Alarm, AlarmSettings
from placement.ecs.control.metrics.plan import (
    HIGH_RESOLUTION,
    PlannedAlarm,
    current_plan,
)
from placement.ecs.control.metrics.predefined import current_value
from placement.ecs.control.metrics.queries import query_values
from placement.ecs.control.metrics.state import Watched
from placement.ecs.control.model_time import Phase
from placement.scaling.alarms import AlarmState, AlarmWindow, Comparison, Evaluation, runs_action
from placement.scaling.exact import Exact
from placement.scaling.metrics import mean, sliding_periods, wall_clock_periods
from placement.timestamps import SECOND

__all__ = [
    "ACTIONS",
    "ACTIONS_ORDER",
    "LOOK",
    "enter_look",
    "evaluate_alarms",
    "expect_look",
    "new_alarm",
    "newest_values",
]

LOOK = "metrics"
"""The kind of the entry in the queue."""

LOOK_ORDER = 1
"""Scheduled actions come before (S13.1.4)."""


ACTIONS = "actions"
"""The kind of the entry of an alarm whose state a call set."""

ACTIONS_ORDER = 2


def new_alarm(
    account: Account,
    name: str,
    settings: AlarmSettings,
    *,
    actions_enabled: bool,
    tags: Mapping[str, str],
) -> Alarm:
    """Return a new alarm, which the account does not have yet: INSUFFICIENT_DATA."""
    now = account.clock()
    return Alarm(
        name=name,
        arn=aws_arn("cloudwatch", account.region, account.account_id, f"alarm:{name}"),
        settings=settings,
        updated_at=now,
        actions_enabled=actions_enabled,
        state=AlarmState.INSUFFICIENT_DATA,
        reason="Unchecked: Initial alarm creation",
        reason_data=None,
        state_updated_at=now,
        transitioned_at=now,
        tags=tags,
    )


def expect_look(account: Account) -> None:
    """Let metrics be looked at when something is to be seen next, after what a call has changed.

    When that is depends on all alarms.  It is found out when time is about to move, not in each of
    a thousand calls that put a policy.
    """
    account.metrics.is_look_open = True


def enter_look(account: Account) -> None:
    """Enter in the queue when something is to be seen next; that is not now (D97)."""
    account.metrics.is_look_open = False
    interval = current_plan(account).interval
    metrics = account.metrics
    if interval is None:
        metrics.next_at = None
        return
    moment = (account.time.now // interval + 1) * interval
    if metrics.next_at is None or metrics.next_at <= account.time.now or moment < metrics.next_at:
        metrics.next_at = moment
        account.time.push(moment, Phase.METRICS, LOOK_ORDER, LOOK, moment)


def evaluate_alarms(account: Account) -> list[Alarm]:
    """Take points and evaluate alarms; return those of which actions run now."""
    plan = current_plan(account)
    now = account.time.now
    known_until = now - round(account.options.metric_delay * SECOND)
    acting: list[Alarm] = []
    with account.functions.together() if account.asks_caller else nullcontext():
        for watched, _ in plan.watched:
            _take(account, watched, now)
    for watched, alarms in plan.watched:
        length = watched.history.interval
        end = known_until // length * length
        value = watched.history.at(end)
        for one in alarms:
            alarm = one.alarm
            if alarm.window_end == end:
                continue
            if _is_settled(one, value, end):
                acts = alarm.state is AlarmState.ALARM and _runs_actions(alarm, alarm.state, now)
            else:
                acts = _acts(account, one, _by_window(watched, one, end))
            if acts:
                acting.append(alarm)
    for one in plan.others:
        if now % one.interval:
            continue
        end = known_until // one.interval * one.interval
        if _acts(account, one, one.rule.evaluate(_values(account, one, end), one.alarm.state)):
            acting.append(one.alarm)
    return acting


def _take(account: Account, watched: Watched, now: int) -> None:
    """Note a point, or take a sample of one (D100)."""
    history = watched.history
    is_end = not now % history.interval
    if history.interval == HIGH_RESOLUTION or account.options.metric_samples == 1:
        if is_end:
            history.note(now, current_value(account, watched))
        return
    if now % HIGH_RESOLUTION == 0:
        watched.samples.append(current_value(account, watched))
    if is_end:
        history.note(now, mean(watched.samples))
        watched.samples.clear()


def _is_settled(one: PlannedAlarm, value: Exact | None, end: int) -> bool:
    """Note the next point of an alarm, if its state stays; False: nothing was noted."""
    alarm, rule = one.alarm, one.rule
    if alarm.window_end != end - rule.period:
        return False
    window = rule.next_if_settled(alarm.window, value, alarm.state)
    if window is None:
        return False
    alarm.window, alarm.window_end = window, end
    return True


def _by_window(watched: Watched, one: PlannedAlarm, end: int) -> Evaluation:
    """Return the evaluation of an alarm that takes the points of one metric one by one."""
    alarm, rule, history = one.alarm, one.rule, watched.history
    if alarm.window_end is not None and alarm.window_end + rule.period == end:
        alarm.window = rule.moved_on(alarm.window, history.at(end))
    else:
        window = AlarmWindow()
        for value in history.newest(end, rule.points_needed):
            window = rule.moved_on(window, value)
        alarm.window = window
    alarm.window_end = end
    return rule.look(alarm.window, alarm.state)


def _values(account: Account, one: PlannedAlarm, end: int) -> list[Exact | None]:
    """Return the newest points that an alarm looks at, the newest last."""
    rule = one.rule
    if one.zone is None:
        bounds = sliding_periods(end, rule.period, rule.points_needed)
    else:
        bounds = wall_clock_periods(end, rule.period, rule.points_needed, one.zone)
    return query_values(account, one.query, bounds)


def newest_values(account: Account, alarm: Alarm) -> tuple[Exact, ...]:
    """Return the known points that an alarm uses now, the newest last."""
    found = current_plan(account).by_name.get(alarm.name)
    if found is None:
        return ()
    one, watched = found
    rule = one.rule
    if watched is not None and alarm.window_end is not None:
        return rule.used(watched.history.newest(alarm.window_end, rule.points_needed))
    end = account.time.now - round(account.options.metric_delay * SECOND)
    return rule.used(_values(account, one, end // one.interval * one.interval))


def _acts(account: Account, one: PlannedAlarm, evaluation: Evaluation) -> bool:
    """Set the state that an evaluation gave; return whether actions run (A66)."""
    alarm = one.alarm
    before, after, now = alarm.state, evaluation.state, account.time.now
    if before is not after:
        account.alarms.set_state(alarm, after, account.clock(), reason=_reason(one, evaluation))
    return _runs_actions(alarm, before, now)


def _runs_actions(alarm: Alarm, before: AlarmState, now: int) -> bool:
    """Return whether actions of an alarm run after an evaluation; note when they did (A66)."""
    acts = runs_action(before, alarm.state, now, alarm.acted_at, is_scaling=True)
    if acts and alarm.state is AlarmState.ALARM:
        alarm.acted_at = now
    return acts and alarm.actions_enabled


_WORDS = {
    Comparison.ABOVE: "greater than",
    Comparison.AT_LEAST: "greater than or equal to",
    Comparison.BELOW: "less than",
    Comparison.AT_MOST: "less than or equal to",
}


def _reason(one: PlannedAlarm, evaluation: Evaluation) -> str:
    """Return StateReason of an evaluation."""
    rule = one.rule
    if evaluation.state is AlarmState.INSUFFICIENT_DATA:
        return f"Insufficient Data: {evaluation.reason.value}"
    return (
        f"Threshold Crossed: {evaluation.breaching} of the {evaluation.known} known points were "
        f"{_WORDS[rule.comparison]} the threshold ({one.alarm.settings.threshold}); "
        f"{rule.m} of {rule.n} are needed; {evaluation.reason.value}."
    )
