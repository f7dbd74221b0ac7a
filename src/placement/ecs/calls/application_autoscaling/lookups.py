"""Which target, policy or service a call is about, and pages of what there is.

In: checked parameters.  Out: records, or the service's errors in its words (S13.1.1).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from placement.aws.paginators import InvalidTokenError, page_of
from placement.ecs.calls.application_autoscaling.errors import invalid, not_found, refused
from placement.ecs.control.account import Account
from placement.ecs.control.scaling.records import PolicyRecord, ScalableTargetRecord
from placement.ecs.control.services.records import ServiceRecord
from placement.ecs.control.services.statuses import ServiceStatus
from placement.ecs.errors import ClientError
from placement.errors import describe_value

__all__ = [
    "DIMENSION",
    "NAMESPACE",
    "Parameters",
    "check_resource",
    "named",
    "page",
    "the_policy",
    "the_service",
    "the_target",
]

Parameters = dict[str, Any]
Item = TypeVar("Item")

NAMESPACE = "ecs"
DIMENSION = "ecs:service:DesiredCount"

_RESOURCE = re.compile(r"service/[^/]+/[^/]+")


def check_resource(parameters: Parameters, *, needs_resource: bool = True) -> None:
    """Check that a call is about the desired count of a service.

    Raises:
        ValidationException: it is about another service of AWS, resource or dimension.
    """
    resource = parameters.get("ResourceId")
    has_resource = resource is not None or needs_resource
    if (
        parameters["ServiceNamespace"] != NAMESPACE
        or parameters.get("ScalableDimension", DIMENSION) != DIMENSION
        or (has_resource and not _RESOURCE.fullmatch(resource or ""))
    ):
        raise invalid("Unsupported service namespace, resource type or scalable dimension")


def named(parameters: Parameters) -> str:
    """Return how the service names a resource in its messages."""
    return (
        f"service namespace: {parameters['ServiceNamespace']}, resource ID: "
        f"{parameters['ResourceId']}, scalable dimension: {parameters['ScalableDimension']}"
    )


def the_service(account: Account, resource_id: str) -> ServiceRecord:
    """Return the service of a resource id.

    Raises:
        ValidationException: there is no such service, it is not ACTIVE, or a DAEMON (D85).
    """
    _, cluster_name, name = resource_id.split("/")
    cluster = account.clusters.get(cluster_name)
    service = None if cluster is None else cluster.services.get(name)
    if service is None or service.status is not ServiceStatus.ACTIVE:
        raise invalid(f"ECS service doesn't exist: {resource_id}")
    if service.scheduling != "REPLICA":
        raise invalid(f"The service {resource_id} is a DAEMON: it has no desired count to scale")
    return service


def the_target(
    account: Account, parameters: Parameters, words: str = "No scalable target found for"
) -> ScalableTargetRecord:
    """Return the target that a call is about.

    Raises:
        ValidationException: it is about something else than a service.
        ObjectNotFoundException: the service is not registered.
    """
    check_resource(parameters)
    found = account.scaling.targets.get(parameters["ResourceId"])
    if found is None:
        raise not_found(f"{words} {named(parameters)}")
    return found


def the_policy(
    account: Account,
    parameters: Parameters,
    missing: Callable[[str], ClientError] = not_found,
) -> tuple[ScalableTargetRecord, PolicyRecord]:
    """Return the policy that a call is about, and its target.

    Args:
        account: The account.
        parameters: Those of the call.
        missing: The exception of a call whose model has no ObjectNotFoundException.

    Raises:
        ObjectNotFoundException: there is none; or what ``missing`` makes.
    """
    check_resource(parameters)
    target = account.scaling.targets.get(parameters["ResourceId"])
    policy = None if target is None else target.policies.get(parameters["PolicyName"])
    if target is None or policy is None:
        raise missing(
            f"No scaling policy found for {named(parameters)}, policy name: "
            f"{parameters['PolicyName']}"
        )
    return target, policy


def page(
    items: Sequence[Item], parameters: Parameters, size: int
) -> tuple[list[Item], dict[str, str]]:
    """Return a page, and the member with the token of the next one.

    An explicit MaxResults up to the size of a page cuts without a token; 0 or less gives an empty
    page (S13.1.1).

    Raises:
        InvalidNextTokenException: the token is none that a call answered with.
    """
    most = parameters.get("MaxResults")
    if most is not None and most <= 0:
        return [], {}
    try:
        found, token = page_of(items, size, parameters.get("NextToken"))
    except InvalidTokenError:
        given = describe_value(parameters.get("NextToken"))
        raise refused("InvalidNextTokenException", f"Invalid NextToken: {given}") from None
    if most is not None and most <= size:
        return found[:most], {}
    return found, {} if token is None else {"NextToken": token}
