"""Rules about scheduled actions of scalable targets (S13.6).

In: an account.  Out: warnings.  When an action runs, ``placement.scaling.schedules`` says.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import combinations, islice

from placement.ecs.control.account import Account
from placement.ecs.control.scaling.records import ScalableTargetRecord, ScheduledActionRecord
from placement.ecs.lints.policy_rules import scaled
from placement.ecs.lints.scaling_codes import ScalingLint, ScalingLints, ScalingRule

__all__ = ["SCHEDULE_RULES"]

RUNS = 64
"""Runs of a scheduled action that are compared with those of another."""

MOST_ACTIONS = 50
"""Actions of a target that are compared with one another."""

_CRON = re.compile(r"cron\((.*)\)", re.DOTALL)
_NUMBER = re.compile(r"(?<![#/\d])\d")
"""A number that is a day: neither which one in the month (``#2``) nor a step (``/2``)."""


def numeric_weekdays(account: Account) -> ScalingLints:
    """Numbers as days of the week, which AWS's own pages count in two ways (A65)."""
    for target, _ in scaled(account):
        for action in target.actions.values():
            found = _CRON.fullmatch(action.schedule.strip())
            fields = [] if found is None else found[1].split()
            place = 5 if len(fields) == 7 else 4  # leading seconds
            if len(fields) > place and _NUMBER.search(fields[place]):
                yield ScalingLint(
                    "numeric-weekday",
                    target.resource_id,
                    f"scheduled action {action.name}",
                    f"{fields[place]} as day of the week: 1 is Sunday here and 2 Monday, though a "
                    "page of AWS calls 2 Tuesday",
                    "names, such as MON",
                )


def schedules(account: Account) -> ScalingLints:
    """Scheduled actions that never run, change nothing, or contradict one another."""
    for target, _ in scaled(account):
        now = account.time.now
        for action in target.actions.values():
            path = f"scheduled action {action.name}"
            if action.runs.after(now) is None:
                message = f"{action.schedule} has no run after {account.time.datetime:%Y-%m-%d}"
                yield ScalingLint("schedule-never-runs", target.resource_id, path, message)
            crossed = _crossed(target, action)
            if crossed is not None:
                yield ScalingLint("action-without-effect", target.resource_id, path, *crossed)
        yield from _collisions(target, now)


def _crossed(target: ScalableTargetRecord, action: ScheduledActionRecord) -> tuple[str, str] | None:
    """Return why an action changes nothing, and what helps: its bound crosses all others."""
    minimum, maximum = action.change.minimum, action.change.maximum
    others = [one.change for one in target.actions.values() if one is not action]
    if minimum is not None and maximum is None:
        most = max([target.bounds.maximum, *(one.maximum or 0 for one in others)])
        if minimum > most:
            message = f"MinCapacity {minimum} is above the MaxCapacity {most} that holds then"
            return f"{message}: the action changes nothing", "MaxCapacity in the same action"
    if maximum is not None and minimum is None:
        given = [one.minimum for one in others if one.minimum is not None]
        least = min([target.bounds.minimum, *given])
        if maximum < least:
            message = f"MaxCapacity {maximum} is below the MinCapacity {least} that holds then"
            return f"{message}: the action changes nothing", "MinCapacity in the same action"
    return None


def _collisions(target: ScalableTargetRecord, now: int) -> ScalingLints:
    actions = list(target.actions.values())[:MOST_ACTIONS]
    minutes = {id(one): set(islice(_minutes(one, now), RUNS)) for one in actions}
    for one, other in combinations(actions, 2):
        differs = any(
            None not in (a, b) and a != b
            for a, b in (
                (one.change.minimum, other.change.minimum),
                (one.change.maximum, other.change.maximum),
            )
        )
        if differs and minutes[id(one)] & minutes[id(other)]:
            yield ScalingLint(
                "schedules-collide",
                target.resource_id,
                f"scheduled action {one.name}",
                f"it runs at the same minute as {other.name} and sets another bound: which one "
                "stays is up to their order",
                "one action for both",
            )


def _minutes(action: ScheduledActionRecord, now: int) -> Iterator[int]:
    run = action.runs.after(now)
    while run is not None:
        yield run.minute
        run = action.runs.after(run.moment)


SCHEDULE_RULES: tuple[ScalingRule, ...] = (numeric_weekdays, schedules)
