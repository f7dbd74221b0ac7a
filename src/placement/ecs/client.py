"""``placement.ecs.Client``: the calls of boto3's ECS client, in memory.

In: boto3's method names and keyword arguments.  Out: its answers and exceptions.  The methods of
the API come from ``operations`` by way of ``aws.client``; here are those that boto3 does not have.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from placement.arns import DEFAULT_ACCOUNT, DEFAULT_REGION, is_region
from placement.aws.client import Answer, ServiceClient
from placement.ecs.calls.ecs.registry import OPERATIONS
from placement.ecs.control.account import Account
from placement.ecs.service import EXCEPTIONS, MODEL
from placement.errors import UsageError, describe_value

__all__ = ["Client"]


class _CallerClock:
    """The caller's clock; calls from inside it see the time that it returned last (C55).

    Raises:
        UsageError: a call from inside needs the time, and the clock has not returned any yet.
    """

    def __init__(self, function: Callable[[], datetime]) -> None:
        self.function = function
        self._is_running = False
        self._last: datetime | None = None

    def __call__(self) -> datetime:
        if self._is_running:
            if self._last is None:
                raise UsageError("the clock makes a call that needs the time, before it gave any")
            return self._last
        self._is_running = True
        try:
            self._last = self.function()
        finally:
            self._is_running = False
        return self._last


class Client(ServiceClient):
    """An ECS control plane in memory.

    Args:
        region: The region in ARNs.
        account_id: The account in ARNs, 12 digits.
        region_name: Another name for ``region``, the one that boto3 has (C37).
        seed: Where ids and random placement start: the same calls give the same answers.
        clock: A function that returns the time, a ``datetime`` with a time zone; by default the
            system's.  It may make calls of this client that only read (C55).

    Methods are those of ``boto3.client("ecs")`` in snake case (``run_task``, ...), with its keyword
    arguments and answers; ``exceptions``, ``meta``, ``get_paginator`` and ``can_paginate`` are
    there too.  Threads may share a client: its calls run one after another (C53).
    """

    exceptions = EXCEPTIONS
    _model = MODEL
    _operations = OPERATIONS

    def __init__(
        self,
        region: str = DEFAULT_REGION,
        account_id: str = DEFAULT_ACCOUNT,
        *,
        region_name: str | None = None,
        seed: int = 0,
        clock: Callable[[], datetime] | None = None,
    ) -> None:
        if region_name is not None:
            if region not in (DEFAULT_REGION, region_name):
                raise UsageError("region and region_name are two names of one argument: give one")
            region = region_name
        if not isinstance(region, str) or not is_region(region):
            raise UsageError(f"region is a name such as us-east-1, not {describe_value(region)}")
        if not isinstance(account_id, str) or not re.fullmatch(r"\d{12}", account_id):
            raise UsageError(f"account_id is twelve digits, not {describe_value(account_id)}")
        if isinstance(seed, bool) or not isinstance(seed, int):
            raise UsageError(f"seed is a whole number, not {describe_value(seed)}")
        if clock is not None and not callable(clock):
            raise UsageError(f"clock is something to call, not {describe_value(clock)}")
        self._clock = clock
        caller_clock = None if clock is None else _CallerClock(clock)
        super().__init__(Account(region, account_id, seed=seed, clock=caller_clock), region)

    def _callers_objects(self) -> Iterable[Any]:
        return () if self._clock is None else (self._clock,)

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
            cluster: The cluster's name, by default the one that the documents name.
            seed: Where new ids and random placement start.
            clock: As for ``Client``.

        What the document does not describe is absent: forgotten instances, subnets without an
        instance, client tokens, missing revisions (numbering continues after the last one).

        Raises:
            CqlError: a constraint of a task definition is no valid expression.
            DocumentError: a part does not have the form that ECS gives it, or belongs to another
                account, region or cluster than the rest; ``path`` says where.
            UsageError: another argument has the wrong type or value.
        """
        from placement.ecs.control.load import load_cluster, read_description

        description = read_description(document, cluster)
        client = cls(description.region, description.account_id, seed=seed, clock=clock)
        load_cluster(client._account, description)
        return client

    def __repr__(self) -> str:
        account = self._account
        return f"<placement.ecs.Client: account {account.account_id} in {account.region}>"

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

        with self._lock.call("to_ecs", only_reads=True):
            return dump_cluster(self._call, cluster)

    # What ECS learns from agents and from the VPC

    def set_agent_connected(self, cluster: str, containerInstance: str, connected: bool) -> Answer:  # noqa: N803
        """Say whether the agent of a container instance is connected; return the instance.

        Raises:
            ParamValidationError: an argument is of the wrong type.
            ClusterNotFoundException: there is no such cluster.
            InvalidParameterException: there is no such container instance.
        """
        parameters = {
            "cluster": cluster,
            "containerInstance": containerInstance,
            "connected": connected,
        }
        return self._call("SetAgentConnected", parameters)

    def register_subnet(self, *, subnetId: str, vpcId: str, availabilityZone: str) -> Answer:  # noqa: N803
        """Declare the VPC and zone of a subnet, for tasks with network interfaces (B22).

        Subnets in the attributes of instances (``ecs.subnet-id`` with ``ecs.vpc-id`` and
        ``ecs.availability-zone``) are known without it; a declaration here takes precedence.

        Raises:
            ParamValidationError: an argument is of the wrong type.
            InvalidParameterException: one is empty.
        """
        parameters = {"subnetId": subnetId, "vpcId": vpcId, "availabilityZone": availabilityZone}
        return self._call("RegisterSubnet", parameters)
