"""``placement.ecs.Client``: the calls of boto3's ECS client, in memory.

In: boto3's method names and keyword arguments.  Out: its answers and exceptions.  A call is checked
against the API's model (``shapes``), handed to its operation and answered with a copy of its own;
one that is refused has changed nothing.  What operations do is theirs.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from typing import Any

from placement.ecs.calls import Answer, Calls
from placement.ecs.calls.ecs.registry import OPERATIONS
from placement.ecs.control.account import Account
from placement.ecs.errors import ClientError, Exceptions
from placement.ecs.pages import Paginator, can_paginate
from placement.ecs.shapes import check_parameters
from placement.errors import UsageError, describe_value

__all__ = ["Client"]

_PLAIN = frozenset({str, int, bool, float, datetime, type(None)})
"""Types of values that nobody can change."""


class _Meta:
    """``client.meta``, as far as code of others asks for it."""

    def __init__(self, region: str) -> None:
        self.region_name = region
        self.service_model = None


class Client(Calls):
    """An ECS control plane in memory.

    Args:
        region: The region in ARNs.
        account_id: The account in ARNs, 12 digits.
        seed: Where ids and random placement start: the same calls give the same answers.
        clock: A function that returns the time, a ``datetime`` with a time zone; by default the
            system's.

    Methods are those of ``boto3.client("ecs")`` in snake case (``run_task``, …), with its keyword
    arguments and answers; ``exceptions``, ``meta``, ``get_paginator`` and ``can_paginate`` are
    there too.  Not safe to use from several threads at once.
    """

    def __init__(
        self,
        region: str = "us-east-1",
        account_id: str = "123456789012",
        *,
        seed: int = 0,
        clock: Callable[[], datetime] | None = None,
    ) -> None:
        if not isinstance(region, str) or not re.fullmatch(r"[a-z]{2}(-[a-z]+)+-\d", region):
            raise UsageError(f"region is a name such as us-east-1, not {describe_value(region)}")
        if not isinstance(account_id, str) or not re.fullmatch(r"\d{12}", account_id):
            raise UsageError(f"account_id is twelve digits, not {describe_value(account_id)}")
        if isinstance(seed, bool) or not isinstance(seed, int):
            raise UsageError(f"seed is a whole number, not {describe_value(seed)}")
        if clock is not None and not callable(clock):
            raise UsageError(f"clock is something to call, not {describe_value(clock)}")
        self._account = Account(region, account_id, seed=seed, clock=clock)
        self.exceptions = Exceptions()
        self.meta = _Meta(region)

    def _call(self, operation: str, parameters: dict[str, Any]) -> Answer:
        """Check a call, make it, and answer with a copy that is the caller's own."""
        try:
            check_parameters(operation, parameters)
            answer = OPERATIONS[operation](self._account, _copied(parameters))
        except ClientError as error:
            if error.operation_name:
                raise
            raise type(error)(error.response, operation) from None
        copied: Answer = _copied(answer)
        further = copied.get("ResponseMetadata", {})  # what the model has no place for (A37)
        copied["ResponseMetadata"] = {"HTTPStatusCode": 200, "RetryAttempts": 0, **further}
        return copied

    # The whole state

    @classmethod
    def from_ecs(
        cls,
        document: Any,
        *,
        cluster: str | None = None,
        seed: int = 0,
        clock: Callable[[], datetime] | None = None,
    ) -> Client:
        """Return a client that holds what documents say of one cluster.

        Args:
            document: What ``placement.Cluster.from_ecs`` takes: pages that the AWS CLI printed, or
                a document of ``to_ecs``.  Region and account are those of its ARNs.
            cluster: The cluster's name, by default the one that the documents tell.
            seed: Where new ids and random placement start.
            clock: As for ``Client``.

        What the document does not say is not there: instances that are gone, subnets without an
        instance, ``clientToken``, revisions that are missing (the next of a family counts on).

        Raises:
            CqlError: a constraint of a task definition is no valid expression.
            DocumentError: something has not the form that ECS gives it, or is of another account,
                region or cluster than the rest; ``path`` says where.
            UsageError: another argument is not of its kind.
        """
        from placement.ecs.control.load import load_cluster, read_description

        description = read_description(document, cluster)
        client = cls(description.region, description.account_id, seed=seed, clock=clock)
        load_cluster(client._account, description)
        return client

    def to_ecs(self, cluster: str | None = None) -> dict[str, Any]:
        """Return a cluster (by default ``default``) as one document, plain JSON.

        It has what the calls of this client describe: ``clusters``, ``containerInstances``,
        ``tasks`` (stopped ones too), ``taskDefinitions`` (all of the account, each with its
        ``tags``) and ``protectedTasks``; times are ISO texts.  ``Client.from_ecs`` and
        ``placement.Cluster.from_ecs`` read it.

        Raises:
            ClusterNotFoundException: there is no such cluster.
        """
        from placement.ecs.control.dump import dump_cluster

        return dump_cluster(self._call, cluster)

    # What ECS hears from agents and from the VPC

    def set_agent_connected(self, cluster: str, containerInstance: str, connected: bool) -> Answer:  # noqa: N803
        """Say whether the agent of a container instance is connected; return the instance.

        Raises:
            ParamValidationError: an argument is of the wrong type.
            ClusterNotFoundException: there is no such cluster.
            InvalidParameterException: there is no such container instance.
        """
        given = {
            "cluster": cluster,
            "containerInstance": containerInstance,
            "connected": connected,
        }
        return self._call("SetAgentConnected", given)

    def register_subnet(self, *, subnetId: str, vpcId: str, availabilityZone: str) -> Answer:  # noqa: N803
        """Say in which VPC and zone a subnet is, for tasks with interfaces of their own (B22).

        Subnets that instances carry (``ecs.subnet-id`` beside ``ecs.vpc-id`` and
        ``ecs.availability-zone``) are known already; what is said here wins.

        Raises:
            ParamValidationError: an argument is of the wrong type.
            InvalidParameterException: one is empty.
        """
        given = {"subnetId": subnetId, "vpcId": vpcId, "availabilityZone": availabilityZone}
        return self._call("RegisterSubnet", given)

    # Pages

    def get_paginator(self, operation_name: str) -> Paginator:
        """Return the paginator of a list call, by its method's name: ``list_tasks``."""
        return Paginator(self, operation_name)

    def can_paginate(self, operation_name: str) -> bool:
        """Return whether a method has a paginator."""
        return can_paginate(operation_name)


def _copied(value: Any) -> Any:
    """Return a copy of plain data, of Python's own types, as the wire would make them."""
    if type(value) in _PLAIN:
        return value
    if isinstance(value, dict):
        return {key: _copied(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_copied(item) for item in value]
    if isinstance(value, str):
        return str.__str__(value)
    return int(value) if isinstance(value, int) else value
