"""What no describe call prints of managed daemons, in ``placementState`` (C50).

In: an account; or the section as JSON.  Out: the section; or typed values of a daemon, each
checked.  ``daemons`` makes records of them and of what the calls print.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import attrs

from placement.documents.fields import mapping, sequence
from placement.ecs.control.account import Account
from placement.ecs.control.daemons.records import (
    DaemonDeploymentRecord,
    DaemonRecord,
    PlaceState,
)
from placement.ecs.control.daemons.rollouts import kept_deployments
from placement.ecs.control.dumps.fields import Fields
from placement.ecs.control.dumps.state_read import untagged_fields
from placement.ecs.control.dumps.tagged import tagged
from placement.ecs.control.records import Document
from placement.errors import DocumentError, describe_value
from placement.model.checks import checked_text

__all__ = ["DaemonFacts", "DeploymentFacts", "PlaceFacts", "daemons_document", "read_daemon"]

HERE = "placementState.daemons"


# Written


def daemons_document(account: Account, clusters: Collection[str]) -> Document:
    """Return the section: daemons by ARN in the order of their creation, and tags."""
    found: Document = {
        daemon.arn: _daemon(account, daemon)
        for daemon in account.daemons.by_number.values()
        if daemon.cluster in clusters
    }
    tags = {
        one.definition.arn: one.definition.tags
        for family in account.daemons.families.values()
        for one in family
        if one.definition.tags
    }
    return found | ({"definitionTags": tags} if tags else {})


def _daemon(account: Account, daemon: DaemonRecord) -> Document:
    arns = {number: one.arn for number, one in daemon.revisions.items()}
    token = daemon.client_token
    document: Document = {
        "token": None if token is None else [token[0], tagged(token[1])],
        "tags": daemon.tags,
        "current": None if daemon.current is None else arns[daemon.current],
        "completed": None if daemon.completed is None else arns[daemon.completed],
        "providers": {one.arn: list(one.providers) for one in daemon.revisions.values()},
        "places": {
            id: [arns[place.revision], place.state.value, place.task]
            for id, place in daemon.places.items()
        },
        "deployments": {one.arn: _deployment(one) for one in kept_deployments(account, daemon)},
    }
    return {name: value for name, value in document.items() if value}


def _deployment(one: DaemonDeploymentRecord) -> Document:
    document: Document = {
        "hasBatch": one.has_batch,
        "bakingSince": one.baking_since,
        "watches": one.watched is not None and not one.watched.is_ignored,
    }
    return {name: value for name, value in document.items() if value is not None}


# Read


@attrs.frozen
class PlaceFacts:
    """What a daemon has on an instance: ARN of its revision, what has become of it, its task."""

    revision: str
    state: PlaceState
    task: str | None


@attrs.frozen
class DeploymentFacts:
    """What is said of a deployment; None: nothing.

    Attributes:
        has_batch: Whether it has drained a batch.
        baking_since: When the bake time that is under way began (moment).
        watches: Whether its alarms can make it fail.
    """

    has_batch: bool = False
    baking_since: int | None = None
    watches: bool | None = None


@attrs.frozen
class DaemonFacts:
    """What is said of a daemon.

    Attributes:
        is_known: Whether anything is said; else the rest follows from what calls print.
        token: The token of the call that created it, and the call's parameters.
        tags: Its tags.
        current: The ARN of the revision that new instances get.
        completed: That of the revision that was deployed successfully last.
        providers: The names of the providers of each revision, by its ARN.
        places: What it has on instances, by their ids.
        deployments: By ARN.
    """

    is_known: bool
    token: tuple[str, Document] | None
    tags: list[Document]
    current: str | None
    completed: str | None
    providers: Mapping[str, tuple[str, ...]]
    places: Mapping[str, PlaceFacts]
    deployments: Mapping[str, DeploymentFacts]


def read_daemon(section: Mapping[str, Any], arn: str) -> DaemonFacts:
    """Return what the section says of a daemon.

    Raises:
        DocumentError: something has not the form that ``to_ecs`` gives it.
    """
    path = f"{HERE}.{arn}"
    fields = Fields(mapping(section.get(arn), path), path)
    providers = mapping(fields.object("providers", {}), f"{path}.providers")
    places = mapping(fields.object("places", {}), f"{path}.places")
    deployments = mapping(fields.object("deployments", {}), f"{path}.deployments")
    return DaemonFacts(
        arn in section,
        _token(fields, path),
        fields.objects("tags"),
        fields.text("current"),
        fields.text("completed"),
        {
            name: tuple(_texts(listed, f"{path}.providers.{name}"))
            for name, listed in providers.items()
        },
        {id: _place(value, f"{path}.places.{id}") for id, value in places.items()},
        {
            name: _deployment_facts(value, f"{path}.deployments.{name}")
            for name, value in deployments.items()
        },
    )


def _token(fields: Fields, path: str) -> tuple[str, Document] | None:
    parts = fields.items("token")
    if not parts:
        return None
    if len(parts) != 2:
        raise DocumentError(f"expected 2 parts, not {len(parts)}", f"{path}.token")
    return checked_text(parts[0], f"{path}.token"), untagged_fields(parts[1], f"{path}.token")


def _texts(value: Any, path: str) -> list[str]:
    return [checked_text(one, path) for one in sequence(value, path)]


def _place(value: Any, path: str) -> PlaceFacts:
    parts = sequence(value, path)
    if len(parts) != 3:
        raise DocumentError(f"expected 3 parts, not {len(parts)}", path)
    known = [one.value for one in PlaceState]
    if parts[1] not in known:
        message = f"expected one of {', '.join(known)}, not {describe_value(parts[1])}"
        raise DocumentError(message, path)
    task = None if parts[2] is None else checked_text(parts[2], path)
    return PlaceFacts(checked_text(parts[0], path), PlaceState(parts[1]), task)


def _deployment_facts(value: Any, path: str) -> DeploymentFacts:
    fields = Fields(mapping(value, path), path)
    return DeploymentFacts(
        bool(fields.flag("hasBatch")), fields.microseconds("bakingSince"), fields.flag("watches")
    )
