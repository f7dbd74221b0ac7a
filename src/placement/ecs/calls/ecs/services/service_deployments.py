"""Calls about service deployments: describe, list, stop, continue (S3.2).

In: an account and the parameters of a call.  Out: documents; StopServiceDeployment and
ContinueServiceDeployment only note what is asked: what follows happens when time moves (D2).
"""

from __future__ import annotations

from placement.aws.client import FreshAnswer
from placement.ecs.calls.ecs.answers import failure
from placement.ecs.calls.ecs.checking import check_size, invalid
from placement.ecs.calls.ecs.lookups import active_cluster
from placement.ecs.calls.ecs.pages import page
from placement.ecs.calls.ecs.services.answers import (
    service_deployment_answer,
    service_deployment_brief,
)
from placement.ecs.calls.ecs.services.checks import known_service
from placement.ecs.calls.ecs.services.resources import described_service_of, service_of
from placement.ecs.control.account import Account
from placement.ecs.control.records import Document
from placement.ecs.control.services.changes import answer_hook, request_rollback
from placement.ecs.control.services.deployments import kept_runs
from placement.ecs.control.services.records import ServiceDeploymentRecord, ServiceRecord
from placement.ecs.control.services.statuses import ServiceDeploymentStatus, ServiceStatus
from placement.ecs.errors import client_error
from placement.services.hooks import HookAction
from placement.timestamps import microseconds

__all__ = [
    "continue_service_deployment",
    "describe_service_deployments",
    "list_service_deployments",
    "stop_service_deployment",
]

KIND = "service-deployment"
MAX_DESCRIBED = 20
PAGE = 20
"""Service deployments in a page where the call does not say how many."""


def describe_service_deployments(account: Account, parameters: Document) -> Document:
    """Describe service deployments by their ARNs; unknown ones are failures.

    Raises:
        InvalidParameterException: there are none or more than 20.
        ServiceNotFoundException: the service of one is INACTIVE.
    """
    arns = list(dict.fromkeys(parameters["serviceDeploymentArns"]))
    check_size(arns, "serviceDeploymentArns", MAX_DESCRIBED)
    found, missing = [], []
    for arn in arns:
        service = described_service_of(account, KIND, arn)
        run = None if service is None else _run_of(account, service, arn)
        if service is None or run is None:
            missing.append(failure(arn, "MISSING"))
        else:
            found.append(service_deployment_answer(service, run, account.options))
    return FreshAnswer(serviceDeployments=found, failures=missing)


def list_service_deployments(account: Account, parameters: Document) -> Document:
    """List the service deployments of a service, newest first, a page.

    ``createdAt`` keeps those that were created from ``after`` to ``before``, both included.

    Raises:
        ClusterNotFoundException: there is no such cluster.
        InvalidParameterException: a status is unknown, or the page is none.
        ServiceNotFoundException: there is no such service, or it is INACTIVE.
    """
    cluster = active_cluster(account, parameters.get("cluster"))
    service = known_service(account, cluster, parameters["service"])
    if service.status is ServiceStatus.INACTIVE:  # its history has gone with it (S3.2.3)
        raise client_error("ServiceNotFoundException", "Service not found.")
    wanted = parameters.get("status") or tuple(ServiceDeploymentStatus)
    for status in wanted:
        if status not in tuple(ServiceDeploymentStatus):
            known = ",".join(ServiceDeploymentStatus)
            raise invalid(f"status should be one of [{known}]")
    period = parameters.get("createdAt", {})
    runs = [
        run for run in kept_runs(account, service) if run.status in wanted and _is_in(run, period)
    ]
    some, token = page(runs, parameters, usual=PAGE)
    answer = FreshAnswer(
        serviceDeployments=[service_deployment_brief(service, run) for run in some]
    )
    if token is not None:
        answer["nextToken"] = token
    return answer


def _is_in(run: ServiceDeploymentRecord, period: Document) -> bool:
    """Return whether a service deployment was created in a period."""
    if run.created_at is None:
        return not period
    created = microseconds(run.created_at)
    after, before = period.get("after"), period.get("before")
    return (after is None or microseconds(after) <= created) and (
        before is None or created <= microseconds(before)
    )


def stop_service_deployment(account: Account, parameters: Document) -> Document:
    """Ask for the rollback of a service deployment; again, it does nothing (D22).

    Raises:
        ConflictException: it has ended.
        InvalidParameterException: the stop type is not ROLLBACK (D21).
        ServiceDeploymentNotFoundException: there is no such service deployment.
    """
    stop_type = parameters.get("stopType", "ROLLBACK")
    if stop_type != "ROLLBACK":
        raise invalid("stopType should be one of [ROLLBACK]")
    service, run = _known_run(account, parameters["serviceDeploymentArn"])
    if run.status.has_ended:
        raise client_error(
            "ConflictException",
            f"The service deployment is {run.status} and can no longer be stopped.",
        )
    request_rollback(account, service, run, account.clock())
    return {"serviceDeploymentArn": run.arn}


def continue_service_deployment(account: Account, parameters: Document) -> Document:
    """Answer a hook that awaits an action: continue, or roll back (S3.2.4).

    Raises:
        ConflictException: the hook does not await an action.
        InvalidParameterException: the action is unknown.
        ServiceDeploymentNotFoundException: there is no such service deployment.
    """
    action = parameters.get("action", "CONTINUE")
    words = {one.value: one for one in HookAction}
    if action not in words:
        raise invalid("action should be one of [CONTINUE,ROLLBACK]")
    service, run = _known_run(account, parameters["serviceDeploymentArn"])
    is_answered = answer_hook(
        account, service, run, parameters["hookId"], words[action], account.clock()
    )
    if not is_answered:
        message = "The lifecycle hook of the service deployment does not await an action."
        raise client_error("ConflictException", message)
    return {"serviceDeploymentArn": run.arn}


def _known_run(account: Account, arn: str) -> tuple[ServiceRecord, ServiceDeploymentRecord]:
    service = service_of(account, KIND, arn)
    run = None if service is None else _run_of(account, service, arn)
    if service is None or run is None:
        message = "Service deployment not found."
        raise client_error("ServiceDeploymentNotFoundException", message)
    return service, run


def _run_of(account: Account, service: ServiceRecord, arn: str) -> ServiceDeploymentRecord | None:
    return next((run for run in kept_runs(account, service) if run.arn == arn), None)
