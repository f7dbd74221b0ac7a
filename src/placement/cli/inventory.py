"""Container instances as a person knows them: id, machine, type, zone, state.

In: a ``Cluster``.  Out: its rows as ``Entry`` values, in the order of registration.
"""

from __future__ import annotations

import attrs

from placement import Cluster, InstanceError

__all__ = ["Entry", "entries", "entry_named"]


@attrs.frozen
class Entry:
    """What is shown of one container instance; "" where nothing is known."""

    id: str
    arn: str
    machine: str
    type: str
    zone: str
    status: str
    agent: str
    connected: bool
    tasks: int


def entries(cluster: Cluster) -> list[Entry]:
    """Return the container instances of a cluster."""
    return [_entry(cluster, row, id) for row, id in enumerate(cluster.ids) if id is not None]


def _entry(cluster: Cluster, row: int, id: str) -> Entry:
    store = cluster.store
    columns, get = store.matrix.columns, store.matrix.get

    def text(name: str) -> str:
        column = columns.get(name)
        return "" if column is None else get(column, row) or ""

    return Entry(
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


def entry_named(name: str, known: list[Entry]) -> Entry:
    """Return the entry with an id, an ARN or an EC2 instance id.

    Raises:
        InstanceError: there is none, or more than one.
    """
    found = [entry for entry in known if name in (entry.id, entry.arn, entry.machine)]
    if len(found) != 1:
        count = "no container instance" if not found else f"{len(found)} container instances"
        raise InstanceError(f"{count} {name!r:.200} in this cluster")
    return found[0]
