"""Calls that describe and list managed daemons, their revisions and their deployments.

In: an account and the parameters of a call.  Out: documents; nothing changes.
"""

from __future__ import annotations

from placement.ecs.calls.ecs.answers import failure, paged_answer
from placement.ecs.calls.ecs.checking import check_one_of, check_size
from placement.ecs.calls.ecs.daemons.answers import (
    daemon_answer,
    daemon_brief,
    deployment_answer,
    deployment_brief,
    revision_answer,
)
from placement.ecs.calls.ecs.daemons.checks import NOT_FOUND, find_daemon, known_daemon
from placement.ecs.calls.ecs.lookups import active_cluster
from placement.ecs.calls.ecs.pages import page
from placement.ecs.control.account import Account
from placement.ecs.control.daemons.records import (
    DaemonDeploymentRecord,
    DaemonDeploymentStatus,
    DaemonRecord,
    DaemonRevision,
)
from placement.ecs.control.daemons.rollouts import kept_deployments
from placement.ecs.control.records import Document
from placement.ecs.errors import client_error
from placement.timestamps import microseconds

__all__ = [
    "describe_daemon",
    "describe_daemon_deployments",
    "describe_daemon_revisions",
    "list_daemon_deployments",
    "list_daemons",
]

MAX_DESCRIBED = 20
PAGE = 20
"""Daemon deployments in a page where the call does not say how many."""


def describe_daemon(account: Account, parameters: Document) -> Document:
    """Describe a daemon with its current revisions.

    Raises:
        DaemonNotFoundException: there is no such daemon.
    """
    daemon = known_daemon(account, parameters["daemonArn"])
    return {"daemon": daemon_answer(account, daemon)}


def list_daemons(account: Account, parameters: Document) -> Document:
    """List the daemons of a cluster, a page; with providers those that have one of them.

    Raises:
        ClusterNotFoundException: there is no such cluster.
        InvalidParameterException: the page is none.
    """
    cluster = active_cluster(account, parameters.get("clusterArn"))
    arns = parameters.get("capacityProviderArns")
    names = {arn.rpartition("/")[2] for arn in arns or ()}
    found = [
        daemon
        for daemon in account.daemons.of_cluster(cluster.name)
        if arns is None or names & daemon.providers_in_use
    ]
    some, token = page(found, parameters)
    return paged_answer("daemonSummariesList", list(map(daemon_brief, some)), token)


def describe_daemon_revisions(account: Account, parameters: Document) -> Document:
    """Describe revisions of daemons by their ARNs; unknown ones are failures.

    Raises:
        InvalidParameterException: there are none or more than 20.
    """
    arns = list(dict.fromkeys(parameters["daemonRevisionArns"]))
    check_size(arns, "daemonRevisionArns", MAX_DESCRIBED)
    found, missing = [], []
    for arn in arns:
        known = _revision_of(account, arn)
        if known is None:
            missing.append(failure(arn, "MISSING"))
        else:
            found.append(revision_answer(account, *known))
    return {"daemonRevisions": found, "failures": missing}


def _revision_of(account: Account, arn: str) -> tuple[DaemonRecord, DaemonRevision] | None:
    for daemon in account.daemons.by_number.values():
        for revision in daemon.revisions.values():
            if revision.arn == arn:
                return daemon, revision
    return None


def describe_daemon_deployments(account: Account, parameters: Document) -> Document:
    """Describe daemon deployments by their ARNs; unknown ones are failures.

    Raises:
        InvalidParameterException: there are none or more than 20.
    """
    arns = list(dict.fromkeys(parameters["daemonDeploymentArns"]))
    check_size(arns, "daemonDeploymentArns", MAX_DESCRIBED)
    found, missing = [], []
    for arn in arns:
        known = _deployment_of(account, arn)
        if known is None:
            missing.append(failure(arn, "MISSING"))
        else:
            found.append(deployment_answer(account, *known))
    return {"daemonDeployments": found, "failures": missing}


def _deployment_of(
    account: Account, arn: str
) -> tuple[DaemonRecord, DaemonDeploymentRecord] | None:
    for daemon in account.daemons.by_number.values():
        for deployment in kept_deployments(account, daemon):
            if deployment.arn == arn:
                return daemon, deployment
    return None


def list_daemon_deployments(account: Account, parameters: Document) -> Document:
    """List the deployments of a daemon, newest first, a page.

    ``createdAt`` keeps those that were created from ``after`` to ``before``, both included.

    Raises:
        ClientException: there is no such daemon; the API's model knows no other code here.
        InvalidParameterException: a status is unknown, or the page is none.
    """
    daemon = find_daemon(account, parameters["daemonArn"])
    if daemon is None:
        raise client_error("ClientException", NOT_FOUND)
    wanted = parameters.get("status") or tuple(DaemonDeploymentStatus)
    for status in wanted:
        check_one_of(status, "status", tuple(DaemonDeploymentStatus))
    period = parameters.get("createdAt", {})
    kept = kept_deployments(account, daemon)
    found = [one for one in kept if one.status in wanted and _is_in(one, period)]
    some, token = page(found, parameters, usual=PAGE)
    answers = [deployment_brief(account, daemon, one) for one in some]
    return paged_answer("daemonDeployments", answers, token)


def _is_in(deployment: DaemonDeploymentRecord, period: Document) -> bool:
    """Return whether a deployment was created in a period."""
    created = microseconds(deployment.created_at)
    after, before = period.get("after"), period.get("before")
    return (after is None or microseconds(after) <= created) and (
        before is None or created <= microseconds(before)
    )
