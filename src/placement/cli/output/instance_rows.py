"""Container instances as commands show them: id, machine, type, zone, state.

In: a ``Cluster``.  Out: its instances as ``InstanceRow`` values, in the order of registration.
"""

from __future__ import annotations

import attrs

from placement import Cluster, InstanceError

__all__ = ["InstanceRow", "instance_row_named", "instance_rows", "rows_named"]


@attrs.frozen
class InstanceRow:
    """What is shown of one container instance; "" where a text is not known.

    Attributes:
        id: Its id.
        arn: Its ARN; its id alone if it was registered without one.
        machine: The id of its EC2 instance.
        type: Its EC2 instance type.
        zone: Its availability zone.
        status: Of ``STATUSES``.
        agent: The version of its agent.
        connected: Whether the agent is connected.
        tasks: The number of its running tasks.
    """

    id: str
    arn: str
    machine: str
    type: str
    zone: str
    status: str
    agent: str
    connected: bool
    tasks: int


def instance_rows(cluster: Cluster) -> list[InstanceRow]:
    """Return the container instances of a cluster."""
    return [_row(cluster, row, id) for row, id in enumerate(cluster.ids) if id is not None]


def _row(cluster: Cluster, row: int, id: str) -> InstanceRow:
    store = cluster.store
    columns, get = store.matrix.columns, store.matrix.get

    def text(name: str) -> str:
        column = columns.get(name)
        return "" if column is None else get(column, row) or ""

    return InstanceRow(
        id=id,
        arn=text("arnPrefix") + id,
        machine=text("ec2InstanceId"),
        type=text("attribute:ecs.instance-type"),
        zone=text("attribute:ecs.availability-zone"),
        status=text("status"),
        agent=text("agentVersion"),
        connected=text("agentConnected") == "true",
        tasks=int(store.running[row]),
    )


def rows_named(name: str, known: list[InstanceRow]) -> list[InstanceRow]:
    """Return the instances with an id, an ARN or an EC2 instance id."""
    return [row for row in known if name in (row.id, row.arn, row.machine)]


def instance_row_named(name: str, known: list[InstanceRow]) -> InstanceRow:
    """Return the one instance with an id, an ARN or an EC2 instance id.

    Raises:
        InstanceError: there is none, or more than one.
    """
    found = rows_named(name, known)
    if len(found) != 1:
        count = "no container instance" if not found else f"{len(found)} container instances"
        raise InstanceError(f"{count} {name!r:.200} in this cluster")
    return found[0]
