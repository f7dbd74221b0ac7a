"""Scheduled actions: when they run next, and what they do (S13.6).

In: scheduled actions of targets.  Out: entries in the queue; bounds and counts when they are due.
"""

from __future__ import annotations

from placement.ecs.control.account import Account
from placement.ecs.control.model_time import Phase
from placement.ecs.control.scaling.counts import apply_bounds
from placement.ecs.control.scaling.records import ScalableTargetRecord, ScheduledActionRecord
from placement.scaling.schedules.expressions import Run
from placement.timestamps import MINUTE

__all__ = ["SCHEDULED", "expect_run", "resume_runs", "run_scheduled_action"]

SCHEDULED = "scheduled"
"""The kind of the entry in the queue."""

SCHEDULED_ORDER = 0
"""Before alarms are evaluated (S13.1.4)."""


def expect_run(
    account: Account, target: ScalableTargetRecord, action: ScheduledActionRecord
) -> None:
    """Enter the next run of an action, at the first full minute from its moment on (D121)."""
    _enter(account, target, action, action.runs.after(account.time.now))


def resume_runs(
    account: Account, target: ScalableTargetRecord, action: ScheduledActionRecord
) -> None:
    """Enter the next run of a loaded action: one may be due at a full minute that is to come."""
    now = account.time.now
    run = action.runs.after(now - MINUTE)
    while run is not None and run.minute <= now:
        run = action.runs.after(run.moment)
    _enter(account, target, action, run)


def _enter(
    account: Account,
    target: ScalableTargetRecord,
    action: ScheduledActionRecord,
    run: Run | None,
) -> None:
    if run is not None:
        account.time.push(
            run.minute,
            Phase.METRICS,
            SCHEDULED_ORDER,
            SCHEDULED,
            target.resource_id,
            action.name,
            action.token,
        )


def run_scheduled_action(account: Account, resource_id: str, name: str, token: int) -> None:
    """Run an action that is due, unless it was put again, deleted or is suspended (D87)."""
    target = account.scaling.targets.get(resource_id)
    action = None if target is None else target.actions.get(name)
    if target is None or action is None or action.token != token:
        return
    expect_run(account, target, action)
    if target.suspended.scheduled:
        account.time.record(resource_id, f"scheduled action {name} lost", "suspended")
        return
    apply_bounds(account, target, action.change, name)
