"""``placement.ecs.Client``: the calls of boto3's ECS client, in memory.

In: boto3's method names and keyword arguments.  Out: its answers and exceptions.  The methods of
the API come from ``operations`` by way of ``aws.client``; here are those that boto3 does not have.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, Self

from placement.arns import DEFAULT_ACCOUNT, DEFAULT_REGION
from placement.aws.client import Answer
from placement.ecs.calls.ecs.registry import OPERATIONS
from placement.ecs.options import Options
from placement.ecs.service import EXCEPTIONS, MODEL
from placement.ecs.session import UNSAID, Session, Unsaid
from placement.ecs.session_client import SessionClient
from placement.ecs.timing import Behaviour, Timing
from placement.errors import UsageError

__all__ = ["Client"]


class Client(SessionClient):
    """An ECS control plane in memory.

    Args:
        region: The region in ARNs.
        account_id: The account in ARNs, 12 digits.
        region_name: Another name for ``region``, the one that boto3 has (C37).
        seed: Where ids and random placement start: the same calls give the same answers.
        start: As for ``Session``, like all further arguments: ``Client(...)`` is short for
            ``Session(...).client("ecs")``.
        clock: A function that returns the time, a ``datetime`` with a time zone.  It may make calls
            of this client that only read (C55).  Without it time stands still until ``advance``.
        timing: How long things take; None: no state takes time.
        behaviour: Says how tasks behave.
        options: Where the model departs from what ECS does by default.

    Methods are those of ``boto3.client("ecs")`` in snake case (``run_task``, ...), with its keyword
    arguments and answers; ``exceptions``, ``meta``, ``get_paginator`` and ``can_paginate`` are
    there too.  Threads may share a client: its calls run one after another (C53).
    """

    service_name = "ecs"
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
        start: datetime | None = None,
        clock: Callable[[], datetime] | None = None,
        timing: Timing | None = None,
        behaviour: Callable[[dict[str, Any]], Behaviour | None] | None = None,
        options: Options | None = None,
    ) -> None:
        if region_name is not None:
            if region not in (DEFAULT_REGION, region_name):
                raise UsageError("region and region_name are two names of one argument: give one")
            region = region_name
        session = Session(
            region,
            account_id,
            seed=seed,
            start=start,
            clock=clock,
            timing=timing,
            behaviour=behaviour,
            options=options,
        )
        self._connect(session)
        session._clients[self.service_name] = self

    # The whole state

    @classmethod
    def from_ecs(
        cls,
        document: Any,
        *,
        cluster: str | None = None,
        on_error: str = "raise",
        seed: int | None = None,
        start: datetime | None = None,
        clock: Callable[[], datetime] | None = None,
        timing: Timing | Unsaid | None = UNSAID,
        behaviour: Callable[[dict[str, Any]], Behaviour | None] | None = None,
        options: Options | None = None,
    ) -> Self:
        """Return the client of a session that holds what documents say: ``Session.from_ecs``.

        What the documents do not describe is absent: forgotten instances, missing revisions
        (numbering continues after the last one); without ``placementState`` also subnets without an
        instance, and client tokens.

        Raises:
            DocumentError: a part does not have the form that ECS gives it, or belongs to another
                account or region than the rest; ``path`` says where.
            UsageError: another argument has the wrong type or value.
        """
        session = Session.from_ecs(
            document,
            cluster=cluster,
            on_error=on_error,
            seed=seed,
            start=start,
            clock=clock,
            timing=timing,
            behaviour=behaviour,
            options=options,
        )
        client = session._clients[cls.service_name] = cls.of(session)
        return client

    def __repr__(self) -> str:
        account = self._account
        return f"<placement.ecs.Client: account {account.account_id} in {account.region}>"

    def to_ecs(self, cluster: str | None = None) -> dict[str, Any]:
        """Return a cluster (by default ``default``) as one document: ``Session.to_ecs`` of it.

        Raises:
            ClusterNotFoundException: there is no such cluster.
            UsageError: ``cluster`` is no text.
        """
        return self._session.to_ecs("default" if cluster is None else cluster)

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
