"""Scheduled actions: put, describe, delete (S13.6).

In: the account and checked parameters.  Out: answers.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from placement.arns import aws_arn
from placement.ecs.calls.application_autoscaling.errors import invalid, not_found
from placement.ecs.calls.application_autoscaling.lookups import (
    DIMENSION,
    NAMESPACE,
    Parameters,
    check_resource,
    named,
    page,
    the_target,
)
from placement.ecs.control.account import Account
from placement.ecs.control.scaling.records import ScalableTargetRecord, ScheduledActionRecord
from placement.ecs.control.scaling.schedules import expect_run, resume_runs
from placement.errors import PolicyError, ScheduleError, UsageError
from placement.scaling.bounds import CROSSED, BoundsChange
from placement.scaling.schedules import At, Runs, parse
from placement.timestamps import microseconds

__all__ = [
    "delete_scheduled_action",
    "describe_scheduled_actions",
    "load_action",
    "put_scheduled_action",
]

PAGE = 50


def put_scheduled_action(account: Account, parameters: Parameters) -> Parameters:
    """Put a scheduled action.

    Of a name that is known, given members replace; StartTime and EndTime that are not given are
    deleted.

    Raises:
        ValidationException: it is not complete, or a member has a wrong value.
        ObjectNotFoundException: the service is not registered.
    """
    target = the_target(account, parameters, "No scalable target registered for")
    name = parameters["ScheduledActionName"]
    known = target.actions.get(name)
    text = parameters.get("Schedule", None if known is None else known.schedule)
    if text is None:
        raise invalid("Schedule must be set")
    change = _change(parameters, known)
    zone = parameters.get("Timezone", None if known is None else known.timezone)
    start, end = parameters.get("StartTime"), parameters.get("EndTime")
    runs = _runs(account, account.time.now, text, zone, start, end)
    if isinstance(runs.schedule, At) and runs.after(account.time.now) is None:
        raise invalid(f"Schedule must lie in the future: {text}")
    action = ScheduledActionRecord(
        name,
        _arn(account, target, name) if known is None else known.arn,
        text,
        zone,
        start,
        end,
        change,
        runs,
        account.clock() if known is None else known.created_at,
        account.scaling.next_token(),
    )
    target.actions[name] = action
    expect_run(account, target, action)
    return {}


def load_action(
    account: Account,
    parameters: Parameters,
    document: Mapping[str, Any],
    put_at: Mapping[str, int],
) -> None:
    """Add a scheduled action as a document describes it; one that is over stays so.

    ``put_at``: when actions were put last, by ARN; else it was when they were created.

    Raises:
        ObjectNotFoundException, ValidationException: as the call would.
    """
    target = the_target(account, parameters, "No scalable target registered for")
    name, text = parameters["ScheduledActionName"], parameters.get("Schedule", "")
    zone, start, end = (parameters.get(one) for one in ("Timezone", "StartTime", "EndTime"))
    created_at = document.get("CreationTime") or account.clock()
    arn = str(document.get("ScheduledActionARN") or _arn(account, target, name))
    action = ScheduledActionRecord(
        name,
        arn,
        text,
        zone,
        start,
        end,
        _change(parameters, None),
        _runs(account, put_at.get(arn, microseconds(created_at)), text, zone, start, end),
        created_at,
        account.scaling.next_token(),
    )
    target.actions[name] = action
    resume_runs(account, target, action)


def _arn(account: Account, target: ScalableTargetRecord, name: str) -> str:
    return aws_arn(
        "autoscaling",
        account.region,
        account.account_id,
        f"scheduledAction:{account.new_uuid()}:resource/ecs/{target.resource_id}:"
        f"scheduledActionName/{name}",
    )


def _change(parameters: Parameters, known: ScheduledActionRecord | None) -> BoundsChange:
    """Return the bounds that an action sets."""
    given = parameters.get("ScalableTargetAction")
    if given is None:
        if known is None:
            raise invalid("ScalableTargetAction must be set")
        return known.change
    minimum, maximum = given.get("MinCapacity"), given.get("MaxCapacity")
    for name, value in (("Minimum", minimum), ("Maximum", maximum)):
        if value is not None and value < 0:
            raise invalid(f"{name} capacity cannot be less than 0")
    if minimum is not None and maximum is not None and maximum < minimum:
        raise invalid(CROSSED)
    try:
        return BoundsChange(minimum, maximum)
    except PolicyError as error:
        raise invalid(error.reason) from None


def _runs(
    account: Account,
    created: int,
    text: str,
    zone: str | None,
    start: datetime | None,
    end: datetime | None,
) -> Runs:
    """Return when an action runs that was put at a moment."""
    try:
        schedule = parse(text, zone or "UTC", lenient=account.options.lenient_cron)
        return Runs(
            schedule,
            created,
            None if start is None else microseconds(start),
            None if end is None else microseconds(end),
        )
    except (ScheduleError, UsageError) as error:
        raise invalid(error.reason if isinstance(error, ScheduleError) else str(error)) from None


def describe_scheduled_actions(account: Account, parameters: Parameters) -> Parameters:
    """Describe scheduled actions, by resource id and name."""
    check_resource(parameters, needs_resource=False)
    resource, names = parameters.get("ResourceId"), parameters.get("ScheduledActionNames")
    found = [
        (target.resource_id, action)
        for _, target in sorted(account.scaling.targets.items())
        if resource is None or target.resource_id == resource
        for name, action in sorted(target.actions.items())
        if not names or name in names
    ]
    shown, token = page(found, parameters, PAGE)
    return {"ScheduledActions": [_answer(*one) for one in shown], **token}


def _answer(resource_id: str, action: ScheduledActionRecord) -> dict[str, Any]:
    change = {"MinCapacity": action.change.minimum, "MaxCapacity": action.change.maximum}
    further = {
        "Timezone": action.timezone,
        "StartTime": action.start,
        "EndTime": action.end,
    }
    return {
        "ScheduledActionName": action.name,
        "ScheduledActionARN": action.arn,
        "ServiceNamespace": NAMESPACE,
        "Schedule": action.schedule,
        "ResourceId": resource_id,
        "ScalableDimension": DIMENSION,
        **{name: value for name, value in further.items() if value is not None},
        "ScalableTargetAction": {
            name: value for name, value in change.items() if value is not None
        },
        "CreationTime": action.created_at,
    }


def delete_scheduled_action(account: Account, parameters: Parameters) -> Parameters:
    """Delete a scheduled action.

    Raises:
        ObjectNotFoundException: there is none.
    """
    check_resource(parameters)
    target = account.scaling.targets.get(parameters["ResourceId"])
    name = parameters["ScheduledActionName"]
    if target is None or name not in target.actions:
        raise not_found(
            f"No scheduled action found for {named(parameters)}, scheduled action name: {name}"
        )
    del target.actions[name]
    return {}
