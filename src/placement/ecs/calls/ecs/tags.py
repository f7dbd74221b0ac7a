"""Calls about tags: of clusters, instances, tasks, task definitions and services.

In: an account and parameters whose types are right.  Out: the answer.  Which records have tags is
``OWNERS``: a further kind is one line.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Protocol

from placement.ecs.calls.ecs.checking import MAX_TAGS, check_size, check_tags, invalid
from placement.ecs.control.account import Account
from placement.ecs.control.definition_use import is_gone
from placement.ecs.control.records import ClusterRecord, Document
from placement.ecs.control.services.statuses import ServiceStatus
from placement.ecs.control.statuses import ClusterStatus
from placement.ecs.errors import client_error
from placement.errors import describe_value

__all__ = ["OWNERS", "list_tags_for_resource", "tag_resource", "untag_resource"]


class Owner(Protocol):
    """A record that has tags."""

    arn: str
    tags: list[Document]


Find = Callable[[Account, str], Owner | None]


def _cluster(account: Account, arn: str) -> Owner | None:
    return account.find_cluster(arn)


def _definition(account: Account, arn: str) -> Owner | None:
    found = account.find_definition(arn)
    return None if found is None or found.arn != arn or is_gone(account, found) else found


def _provider(account: Account, arn: str) -> Owner | None:
    found = account.providers.get(arn.rpartition("/")[2])
    return None if found is None or found.arn != arn or found.is_gone else found


def _service(account: Account, arn: str) -> Owner | None:
    for cluster in _clusters(account, arn):
        service = account.find_service(cluster, arn)
        if service is not None and service.status is not ServiceStatus.INACTIVE:
            return service
    return None


def _instance(account: Account, arn: str) -> Owner | None:
    found = (account.find_instance(cluster, arn) for cluster in _clusters(account, arn))
    return next((one for one in found if one is not None and one.is_registered), None)


def _task(account: Account, arn: str) -> Owner | None:
    found = (account.find_task(cluster, arn) for cluster in _clusters(account, arn))
    return next((one for one in found if one is not None), None)


OWNERS: Mapping[str, Find] = {
    "capacity-provider": _provider,
    "cluster": _cluster,
    "container-instance": _instance,
    "service": _service,
    "task": _task,
    "task-definition": _definition,
}
"""How the owner of an ARN is found, by the kind of resource in the ARN."""


def _clusters(account: Account, arn: str) -> Iterator[ClusterRecord]:
    """Yield the cluster that an ARN names; all clusters for the old form, which names none."""
    parts = arn.split(":", 5)[-1].split("/")
    if len(parts) == 2:
        yield from account.clusters.values()
    elif parts[1] in account.clusters:
        yield account.clusters[parts[1]]


def _owner(account: Account, arn: str, missing: str = "ResourceNotFoundException") -> Owner:
    """Return the record of an ARN; ``missing`` is the error of the call where there is none.

    Raises:
        InvalidParameterException: it is no ARN of a resource that has tags, or the cluster is
            INACTIVE.
        ResourceNotFoundException: there is no such resource.
    """
    kind = arn.split(":", 5)[-1].partition("/")[0]
    if not arn.startswith(account.arn("")) or kind not in OWNERS or "/" not in arn:
        raise invalid(
            f"Invalid ARN: expected that of {', '.join(OWNERS)} in this account and region, not "
            f"{describe_value(arn)}."
        )
    found = OWNERS[kind](account, arn)
    if found is None:
        raise client_error(missing, "The specified resource wasn't found.")
    if isinstance(found, ClusterRecord) and found.status is not ClusterStatus.ACTIVE:
        message = "The specified cluster is inactive. Specify an active cluster and try again."
        raise invalid(message)
    return found


def tag_resource(account: Account, parameters: Document) -> Document:
    """Add tags to a resource; one with a key that is there replaces its value.

    Raises:
        InvalidParameterException: a tag is not valid, or there would be too many.
        ResourceNotFoundException: there is no such resource.
    """
    owner = _owner(account, parameters["resourceArn"])
    check_tags(parameters["tags"])
    merged = {tag.get("key"): tag for tag in [*owner.tags, *parameters["tags"]]}
    check_size(list(merged), "tags", MAX_TAGS, least=0)
    owner.tags = list(merged.values())
    return {}


def untag_resource(account: Account, parameters: Document) -> Document:
    """Remove the tags of some keys from a resource; a key that is not there is no error.

    Raises:
        InvalidParameterException: the ARN is none of a resource that has tags.
        ResourceNotFoundException: there is no such resource.
    """
    owner = _owner(account, parameters["resourceArn"])
    owner.tags = [tag for tag in owner.tags if tag.get("key") not in parameters["tagKeys"]]
    return {}


def list_tags_for_resource(account: Account, parameters: Document) -> Document:
    """List the tags of a resource.

    Raises:
        InvalidParameterException: the ARN is none of a resource that has tags and is there.
    """
    arn = parameters["resourceArn"]
    return {"tags": _owner(account, arn, "InvalidParameterException").tags}
