"""The desired count of a scalable target: set by a decision, or by its bounds (S13.1.1).

In: a target and what it is to be.  Out: the count of its service, with an activity that says why.
"""

from __future__ import annotations

from collections.abc import Hashable

import attrs

from placement.ecs.control.account import Account
from placement.ecs.control.scaling.activities import add_activity
from placement.ecs.control.scaling.records import ScalableTargetRecord
from placement.ecs.control.services.changes import update_service_record
from placement.ecs.control.services.records import ServiceRecord
from placement.ecs.control.services.statuses import ServiceStatus
from placement.scaling.activities import (
    Activity,
    ActivityStatus,
    bounds_cause,
    bounds_set,
    scaled,
    schedule_cause,
)
from placement.scaling.bounds import BoundsChange, change_bounds

__all__ = ["apply_bounds", "scaled_service", "set_desired"]


def scaled_service(account: Account, target: ScalableTargetRecord) -> ServiceRecord | None:
    """Return the service of a target; None: it is no longer ACTIVE."""
    service = account.services.get(target.service)
    is_active = service is not None and service.status is ServiceStatus.ACTIVE
    return service if is_active else None


def set_desired(
    account: Account,
    target: ScalableTargetRecord,
    service: ServiceRecord,
    desired: int,
    cause: str,
    policy: Hashable = None,
) -> bool:
    """Set the desired count, with an activity; return whether it was set.

    A count above the account's quota fails, as UpdateService would.
    """
    now = account.time.now
    activity = scaled(desired, cause, now, policy)
    quota = account.options.tasks_per_service
    if desired > quota:
        _add_failure(account, target, service, activity, quota)
        return False
    before = service.desired_count
    update_service_record(account, service, {"desired_count": desired}, None, account.clock())
    account.time.record(service.arn, f"desired count {before} to {desired}", cause)
    add_activity(account, target.resource_id, service.number, activity)
    return True


def _add_failure(
    account: Account,
    target: ScalableTargetRecord,
    service: ServiceRecord,
    activity: Activity,
    quota: int,
) -> None:
    """Add an activity that failed, unless the last one was the same."""
    message = (
        f"Failed to set desired count to {activity.desired}. Reason: a service has at most "
        f"{quota} tasks."
    )
    records = account.scaling.activities.get(target.resource_id)
    if records and records[-1].activity.message == message:
        return
    failed = attrs.evolve(
        activity, status=ActivityStatus.FAILED, message=message, end=account.time.now
    )
    add_activity(account, target.resource_id, service.number, failed)


def apply_bounds(
    account: Account,
    target: ScalableTargetRecord,
    change: BoundsChange,
    scheduled_action: str | None = None,
) -> None:
    """Set bounds of a target, and put the desired count into them at once.

    Args:
        account: The account.
        target: The target.
        change: What is set.
        scheduled_action: The name of the action that sets them, which gets an activity of its own;
            None: a call did.
    """
    service = scaled_service(account, target)
    if service is None:
        return
    effect = change_bounds(target.bounds, change, service.desired_count)
    if scheduled_action is not None:
        cause = schedule_cause(scheduled_action)
        activity = bounds_set(change, cause, account.time.now, effect.reason)
        add_activity(account, target.resource_id, service.number, activity)
    target.bounds = bounds = effect.bounds
    if effect.desired != service.desired_count:
        cause = bounds_cause(effect.reason, bounds.minimum, bounds.maximum)
        set_desired(account, target, service, effect.desired, cause)
