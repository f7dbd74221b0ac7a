"""The tasks of a RunTask or StartTask call on a ``Cluster``, without an account.

In: a task definition's document and the parameters of a call.  Out: the ``Task`` that each of its
tasks is, the result of starting one on a named instance, or a ``DocumentError`` with the path of
the parameter.  ``ecs.Client`` has accounts and statuses besides; the rules here need neither.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import attrs

from placement.ecs.calls.ecs.request_rules import (
    check_call,
    check_compatible,
    check_execute_command,
    check_public_address,
    start_launch_type,
)
from placement.ecs.control.capacity.providers import FARGATE_PROVIDERS
from placement.ecs.control.networks import NO_NETWORK, network_of
from placement.ecs.definitions.overrides import apply_overrides
from placement.ecs.errors import ClientError
from placement.ecs.reasons import api_reason
from placement.engine.cluster import Cluster
from placement.engine.ranking import SERVICE
from placement.engine.request import Task
from placement.errors import DocumentError, InstanceError, describe_value

__all__ = [
    "MAX_START_INSTANCES",
    "StartResult",
    "check_has_instances",
    "check_start_instances",
    "service_of",
    "start_on",
    "subnets_of",
    "task_of_call",
]

MAX_START_INSTANCES = 10
"""Container instances that one StartTask call may name (2.10)."""

EXECUTE_COMMAND = "ecs.capability.execute-command"
EXTERNAL = "ecs.capability.external"


def task_of_call(
    task: Task,
    document: Mapping[str, Any],
    parameters: Mapping[str, Any],
    subnets: Mapping[str, tuple[str, str]],
    *,
    operation: str = "RunTask",
) -> Task:
    """Return a task with the overrides, network and launch type of a call applied.

    What the client refuses of a call is refused here as well, in the same words, except what a
    model of one cluster may go beyond: the 10 tasks of one call, and the groups of services.

    Args:
        task: What the definition asks for.
        document: The definition.
        parameters: Those of the call.
        subnets: VPC and zone of subnets by their ids, as ``subnets_of`` returns them.
        operation: RunTask or StartTask.

    Raises:
        DocumentError: a parameter is wrong or does not fit the definition, or the tasks are to
            be on Fargate.
    """
    for name, chosen in (
        ("launchType", {parameters.get("launchType")}),
        ("capacityProviderStrategy", _providers(parameters)),
    ):
        if chosen and chosen <= set(FARGATE_PROVIDERS):
            message = "FARGATE tasks need no container instance: there is nothing to place"
            raise DocumentError(message, name)
    try:
        return _task_of_call(task, document, parameters, subnets, operation)
    except ClientError as error:
        raise DocumentError(error.response["Error"]["Message"], "") from None


def _providers(parameters: Mapping[str, Any]) -> set[str]:
    """Return the capacity providers of a call."""
    strategy = parameters.get("capacityProviderStrategy") or ()
    return {item["capacityProvider"] for item in strategy}


def _task_of_call(
    task: Task,
    document: Mapping[str, Any],
    parameters: Mapping[str, Any],
    subnets: Mapping[str, tuple[str, str]],
    operation: str,
) -> Task:
    """Return the task; what the client's own checks refuse is a ``ClientError``."""
    check_call(parameters, document)
    launch_type = parameters.get("launchType", "EC2")
    if operation == "StartTask":
        launch_type = start_launch_type(document)
    check_compatible(document, launch_type)
    network = network_of(
        parameters.get("networkConfiguration"), document.get("networkMode"), subnets
    )
    check_public_address(network, launch_type)
    if parameters.get("overrides"):
        document, _ = apply_overrides(document, parameters["overrides"])
        task = Task.from_ecs(document)
    if network is not NO_NETWORK:
        task = attrs.evolve(task, vpc=network.vpc, zones=network.zones)
    if parameters.get("enableExecuteCommand"):
        check_execute_command(document)
        task = attrs.evolve(task, attributes={**task.attributes, EXECUTE_COMMAND: None})
    if launch_type == "EXTERNAL":
        task = attrs.evolve(task, launch_type="EXTERNAL")
    return task


def subnets_of(cluster: Cluster) -> dict[str, tuple[str, str]]:
    """Return VPC and zone of each subnet that an instance of a cluster is in (B22)."""
    found = {}
    for id in cluster.ids:
        if id is None:
            continue
        names = ("ecs.subnet-id", "ecs.vpc-id", "ecs.availability-zone")
        subnet, vpc, zone = (cluster.attribute(id, name) for name in names)
        if subnet and vpc and zone:
            found[subnet] = (vpc, zone)
    return found


def service_of(group: str) -> str | None:
    """Return the name of the service whose tasks are in a group, None for any other group."""
    name = group.removeprefix(SERVICE)
    return name if name and name != group else None


def check_has_instances(cluster: Cluster) -> None:
    """Check that a cluster has an instance that is not INACTIVE (B18).

    Raises:
        InstanceError: it has none.
    """
    known = (id for id in cluster.ids if id is not None)
    if all(cluster.describe(id).status == "INACTIVE" for id in known):
        raise InstanceError("no container instances were found in the cluster")


def check_start_instances(names: Sequence[str]) -> None:
    """Check the container instances that a StartTask call names.

    Raises:
        DocumentError: there are too many, or one is named more than once.
    """
    if len(names) > MAX_START_INSTANCES:
        message = f"expected up to {MAX_START_INSTANCES} container instances, not {len(names)}"
        raise DocumentError(message, "containerInstances")
    for number, name in enumerate(names):
        if name in names[:number]:
            message = f"container instance {describe_value(name)} is listed twice"
            raise DocumentError(message, f"containerInstances[{number}]")


@attrs.frozen
class StartResult:
    """Whether a task starts on an instance.

    Attributes:
        task: The task with the launch type that the instance has.
        reason: Why it does not start, as the API spells it (2.13); "" if it does.
        missing: What the instance is missing, in words; empty if the task starts.
    """

    task: Task
    reason: str = ""
    missing: tuple[str, ...] = ()


def start_on(cluster: Cluster, id: str, task: Task, group: str) -> StartResult:
    """Start a task on an instance, without looking at constraints of its definition (A38).

    A task that starts stays in the cluster, so that the next call takes it into account.
    """
    external = cluster.attribute(id, EXTERNAL) is not None
    task = attrs.evolve(task, launch_type="EXTERNAL" if external else "EC2", constraints=())
    placed = cluster.place_on(id, task, group=group)
    if placed:
        return StartResult(task)
    missing = cluster.missing(task, group=group).get(id)
    if missing is None:
        missing = (f"its status is {cluster.describe(id).status}",)
    return StartResult(task, api_reason(placed.missing[0]), missing)
