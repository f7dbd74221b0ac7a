"""What ``placementState`` says of a service: read and written in one place (C50).

In: a service, or what the state says of it.  Out: the other.  Moments are whole microseconds, as in
the records.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import attrs

from placement.ecs.control.account import Account
from placement.ecs.control.dumps.fields import Fields
from placement.ecs.control.dumps.runs import Runs
from placement.ecs.control.dumps.state_read import StateReader
from placement.ecs.control.model_time import Phase
from placement.ecs.control.services.events import AGAIN_AFTER
from placement.ecs.control.services.options import checked_options
from placement.ecs.control.services.records import DeploymentRecord, ServiceOptions, ServiceRecord
from placement.ecs.control.services.statuses import RolloutState, ServiceStatus
from placement.errors import DocumentError, UsageError, describe_value
from placement.services.failed_starts import FailedTasks
from placement.services.retries import PlacementRetries
from placement.services.throttle import Throttle
from placement.timestamps import SECOND

__all__ = ["restore_ended", "restore_service", "service_state_document"]

_TEXTS = ("stop_order", "fallback")
_NUMBERS = ("at_most", "zone_skew", "fallback_after")


def service_state_document(service: ServiceRecord) -> dict[str, Any]:
    """Return what the state says of a service; fields that have their usual value are left out."""
    if service.status is ServiceStatus.INACTIVE:
        return {} if service.inactive_at is None else {"inactiveAt": service.inactive_at}
    if service.kept is not None:
        return {}
    options = {
        name: value
        for name, value in attrs.asdict(service.options, recurse=False).items()
        if value is not None and value is not False and not _is_callers(value)
    }
    token, primary = service.client_token, service.primary
    has_failed = primary is not None and primary.rollout_state is RolloutState.FAILED
    document = {
        "options": options,
        "throttles": {
            arn: [one.failures, one.last_failure]
            for arn, one in service.throttles.items()
            if one.failures
        },
        "said": {cause: list(known) for cause, known in service.said.items()},
        "startsAt": service.starts_at or None,
        "rebalanceAt": service.rebalance_at or None,
        "desiredSeen": service.desired_seen,
        "desiredAtFailure": service.desired_at_failure if has_failed else None,
        "steadySince": service.steady_since,
        "cleanupUntil": service.cleanup_until,
        "completed": None if service.completed is None else service.completed.id,
        "clientToken": None if token is None or token[0] is None else list(token),
        "deployments": {one.id: _deployment_document(one) for one in _deployments(service)},
    }
    # A deployment that is yet to begin forgets the count at a failure before it (D119).
    # A desired count of 0 is written: without it the present one would be taken for it (D119).
    return {name: value for name, value in document.items() if value not in (None, {})}


def _is_callers(value: Any) -> bool:
    """Return whether an option is an object of the caller, which is not written."""
    return not isinstance(value, (str, int))


def _deployments(service: ServiceRecord) -> list[DeploymentRecord]:
    known = list(service.deployments)
    if service.completed is not None and service.completed not in known:
        known.append(service.completed)
    return known


def _deployment_document(deployment: DeploymentRecord) -> dict[str, Any]:
    retries = deployment.retries
    document = {
        "slots": deployment.slots,
        "completedAt": deployment.completed_at,
        "hasRun": deployment.failed.has_run,
        "alternates": sorted(deployment.alternates),
        "couldHelp": deployment.could_help,
        "lacksSince": deployment.lacks_since,
        "retries": [retries.failed, retries.due] if retries.failed else None,
    }
    return {name: value for name, value in document.items() if value not in (None, False, [])}


def restore_ended(account: Account, service: ServiceRecord, state: StateReader) -> None:
    """Set what the state says of an INACTIVE service: since when it is.

    Raises:
        DocumentError: that has not the form that ``to_ecs`` gives it.
    """
    service.inactive_at = state.service(service.arn).microseconds("inactiveAt")
    purge = account.options.purge_inactive
    if purge is not None:
        now = account.time.now
        since = now if service.inactive_at is None else service.inactive_at
        moment = max(now, since + round(purge * SECOND))
        account.time.push(moment, Phase.SERVICES, service.number, "purge", service.number)


def restore_service(
    account: Account, service: ServiceRecord, state: StateReader, runs: Runs
) -> None:
    """Set what the state says of a loaded service, and enter what is due for it.

    Raises:
        DocumentError: something has not the form that ``to_ecs`` gives it.
    """
    fields = state.service(service.arn)
    options = Fields(fields.object("options") or {}, f"{fields.path}.options")
    service.options = _options(options)
    for arn, value in (fields.object("throttles") or {}).items():
        failures, last = _pair(value, f"{fields.path}.throttles")
        service.throttles[arn] = Throttle(failures, last)
    for cause, value in (fields.object("said") or {}).items():
        text, moment = _said(value, f"{fields.path}.said")
        service.said[cause] = text, moment
    service.starts_at = fields.microseconds("startsAt") or 0
    service.rebalance_at = fields.microseconds("rebalanceAt") or 0
    service.desired_seen = fields.count("desiredSeen", service.desired_count)
    if service.desired_at_failure is not None:
        service.desired_at_failure = fields.count("desiredAtFailure", service.desired_at_failure)
    service.steady_since = fields.microseconds("steadySince")
    service.cleanup_until = fields.microseconds("cleanupUntil")
    token = fields.items("clientToken")
    if token:
        name, parameters = _token(token, fields.path)
        service.client_token = name, parameters
    completed = fields.text("completed")
    if completed is not None:
        service.completed = runs.of_id(completed) or service.completed
    _restore_deployments(fields, runs)
    _enter(account, service)


def _options(fields: Fields) -> ServiceOptions:
    given: dict[str, Any] = {name: fields.text(name) for name in _TEXTS}
    given |= {name: fields.number(name) for name in _NUMBERS}
    if given["fallback_after"] is not None:
        given["fallback_after"] = timedelta(microseconds=given["fallback_after"])
    given["current_revision_only"] = fields.flag("current_revision_only") or False
    try:
        return checked_options(**given)
    except UsageError as error:
        raise DocumentError(str(error), fields.path) from None


def _restore_deployments(fields: Fields, runs: Runs) -> None:
    path = f"{fields.path}.deployments"
    for id, value in (fields.object("deployments") or {}).items():
        deployment = runs.of_id(id)
        if not isinstance(value, dict):
            raise DocumentError(f"expected an object, not {describe_value(value)}", path)
        inside = Fields(value, f"{path}.{id}")
        if deployment is None:
            continue
        deployment.slots = inside.count("slots", deployment.slots)
        deployment.completed_at = inside.microseconds("completedAt") or deployment.completed_at
        has_run = inside.flag("hasRun") or False
        deployment.failed = FailedTasks(deployment.failed.count, has_run=has_run)
        places = inside.items("alternates")
        if places:
            known = range(len(deployment.revision.load_balancers))
            deployment.alternates = frozenset(one for one in places if _is_number(one)) & {*known}
        deployment.could_help = inside.flag("couldHelp") or False
        deployment.lacks_since = inside.microseconds("lacksSince")
        retries = inside.items("retries")
        if retries:
            failed, due = _pair(retries, inside.path)
            deployment.retries = PlacementRetries(failed, due)


def _enter(account: Account, service: ServiceRecord) -> None:
    """Enter in the queue what is due for a service at a later moment."""
    number, now = service.number, account.time.now

    def push(moment: int | None, kind: str) -> None:
        if moment is not None:
            account.time.push(max(now, moment), Phase.SERVICES, number, kind, number)

    known = service.said.get("steady")
    push(None if known is None else known[1] + AGAIN_AFTER, "again")
    push(service.cleanup_until, "deployment")
    push(service.rebalance_at if service.rebalance_at > now else None, "rebalance")
    for deployment in service.deployments:
        push(deployment.retries.due, "retry")
        if deployment.retries.due is not None:
            account.waiting.setdefault(service.cluster.name, {})[number] = None


# Parts


def _pair(value: Any, path: str) -> tuple[int, int | None]:
    is_pair = isinstance(value, list) and len(value) == 2
    if not is_pair or not _is_number(value[0]) or not (value[1] is None or _is_number(value[1])):
        raise DocumentError(f"expected a number and a moment, not {describe_value(value)}", path)
    return value[0], value[1]


def _said(value: Any, path: str) -> tuple[str, int]:
    is_pair = isinstance(value, list) and len(value) == 2
    if not is_pair or not isinstance(value[0], str) or not _is_number(value[1]):
        raise DocumentError(f"expected a text and a moment, not {describe_value(value)}", path)
    return value[0], value[1]


def _token(value: Any, path: str) -> tuple[str, dict[str, Any]]:
    if len(value) != 2 or not isinstance(value[0], str) or not isinstance(value[1], dict):
        raise DocumentError("expected a token and parameters", f"{path}.clientToken")
    return value[0], value[1]


def _is_number(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 1 << 62
