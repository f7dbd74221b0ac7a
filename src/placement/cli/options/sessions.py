"""Sessions that the files of ``--state`` describe, and which cluster and service are meant.

In: the documents, names as options give them.  Out: a ``Session``, names and documents of the API,
or an error that says what there is.  Rules of documents are those of ``placement.ecs``.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

import click

from placement import DocumentError
from placement.cli.options.reading import on_unreadable
from placement.cli.options.state import AccountState
from placement.errors import describe_value

if TYPE_CHECKING:
    from placement.ecs.behaviour_rules import BehaviourRules
    from placement.ecs.session import Session

__all__ = ["chosen_cluster", "described_service", "load_session", "the_service"]


def load_session(
    state: AccountState,
    document: Mapping[str, Any],
    *,
    behaviour: BehaviourRules | None = None,
    start: datetime | None = None,
) -> Session:
    """Return the session that the documents describe, with ``Timing()``.

    Args:
        state: The files.
        document: What they describe, perhaps with more.
        behaviour: How tasks behave.
        start: When model time begins; None: when the documents were printed.

    Raises:
        DocumentError: a document has not the form that ECS gives it.
    """
    from placement.ecs.session import Session
    from placement.ecs.timing import Timing

    try:
        session = Session.from_ecs(
            document,
            timing=Timing(),
            behaviour=behaviour,
            start=start,
            on_error=on_unreadable(),
        )
    except DocumentError as error:
        raise state.located(error) from None
    state.name_left_out(session.skipped)
    return session


def chosen_cluster(session: Session, named: Any, service: str | None) -> str:
    """Return the name of the cluster that is meant: the one named, or the only one.

    Of several clusters the one is meant that has the service.
    """
    arns = session.client("ecs").list_clusters()["clusterArns"]
    names: list[str] = [arn.rpartition("/")[2] for arn in arns]
    if isinstance(named, str):
        short = named.rpartition("/")[2]
        if short in names:
            return short
        known = f"they describe {', '.join(names) or 'none'}"
        message = f"cluster {describe_value(named)} is not in the files of --state: {known}"
        raise DocumentError(message, "")
    if not names:
        raise DocumentError("the files of --state describe no cluster", "")
    if len(names) > 1 and service is not None:
        names = [name for name in names if described_service(session, name, service)] or names
    if len(names) > 1:
        raise click.UsageError(
            f"the files of --state describe several clusters: give --cluster, one of "
            f"{', '.join(names)}"
        )
    return names[0]


def described_service(
    session: Session, cluster: str, name: str, *, to_be: str = "deployed"
) -> dict[str, Any] | None:
    """Return an ACTIVE service as DescribeServices shows it, None if there is none."""
    answer = session.client("ecs").describe_services(cluster=cluster, services=[name])
    for service in answer["services"]:
        if service["status"] == "ACTIVE":
            _check_is_run(session, service, to_be)
            return dict(service)
    return None


def the_service(
    session: Session, cluster: str, name: str, *, to_be: str = "deployed"
) -> dict[str, Any]:
    """Return an ACTIVE service as DescribeServices shows it.

    Args:
        session: The session.
        cluster: The service's cluster.
        name: Its name.
        to_be: What is to happen to it, for messages.

    Raises:
        DocumentError: there is none; the message says which there are.
    """
    known = described_service(session, cluster, name, to_be=to_be)
    if known is not None:
        return known
    _check_is_active(session, cluster, name, to_be)
    there = ", ".join(
        one.rpartition("/")[2]
        for one in session.client("ecs").list_services(cluster=cluster)["serviceArns"]
    )
    hint = f"they describe {there}" if there else "they describe none (describe-services)"
    raise DocumentError(
        f"service {describe_value(name)} is not in the files of --state: {hint}", ""
    )


def _check_is_active(session: Session, cluster: str, name: str, to_be: str) -> None:
    """Refuse a service that is described, but is DRAINING or INACTIVE."""
    answer = session.client("ecs").describe_services(cluster=cluster, services=[name])
    for service in answer["services"]:
        raise DocumentError(
            f"service {describe_value(name)} of --state cannot be {to_be}: it is "
            f"{service['status']}",
            "",
        )


def _check_is_run(session: Session, service: Mapping[str, Any], to_be: str) -> None:
    """Refuse a service that was not loaded whole: what it does could not be told (C50)."""
    if service.get("deploymentController", {}).get("type", "ECS") != "ECS":
        return  # D8: what is told of it says so
    for one in session.history:
        if one.subject == service["serviceArn"] and one.what == "is kept":
            raise DocumentError(
                f"service {service['serviceName']} of --state cannot be {to_be}: {one.reason}", ""
            )
