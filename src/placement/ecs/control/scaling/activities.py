"""Scaling activities of an account: added, and followed until they end (S13.8).

In: what was decided.  Out: records of activities, whose status follows the service.
"""

from __future__ import annotations

from placement.ecs.control.account import Account
from placement.ecs.control.metrics.predefined import running_count
from placement.ecs.control.model_time import Phase
from placement.ecs.control.scaling.records import ActivityRecord
from placement.scaling.activities import PENDING, Activity, after
from placement.timestamps import SECOND

__all__ = ["FOLLOW", "add_activity", "follow_activities"]

FOLLOW = "activity"
"""The kind of the entry in the queue."""


def add_activity(account: Account, resource_id: str, service: int, activity: Activity) -> None:
    """Add an activity of a resource, and look at it again when it stops being Pending."""
    scaling = account.scaling
    record = ActivityRecord(account.new_uuid(), activity)
    scaling.activities.setdefault(resource_id, []).append(record)
    if not activity.is_open:
        return
    scaling.open[service] = resource_id
    account.time.push(activity.start + PENDING, Phase.SERVICES, service, FOLLOW, service)
    limit = _unfulfilled_after(account)
    if limit is not None and limit > PENDING:
        account.time.push(activity.start + limit, Phase.SERVICES, service, FOLLOW, service)


def follow_activities(account: Account, number: int) -> None:
    """Bring the activities of a service that have not ended to the state of now."""
    resource_id = account.scaling.open.get(number)
    if resource_id is None:
        return
    service = account.services.get(number)
    desired = 0 if service is None else service.desired_count
    running = 0 if service is None else running_count(service)
    now, limit = account.time.now, _unfulfilled_after(account)
    is_open = False
    for record in reversed(account.scaling.activities[resource_id]):
        if not record.activity.is_open:
            continue
        record.activity = after(
            record.activity, now, desired=desired, running=running, unfulfilled_after=limit
        )
        is_open = is_open or record.activity.is_open
    if not is_open:
        del account.scaling.open[number]


def _unfulfilled_after(account: Account) -> int | None:
    seconds = account.options.unfulfilled_after
    return None if seconds is None else round(seconds * SECOND)
