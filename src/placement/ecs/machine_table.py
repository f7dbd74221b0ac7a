"""A cluster from a table of machines, with what is known of their EC2 instance types.

In: columns of equal length, one row for each machine (C11).  Out: a ``Cluster``, and the instance
types that are not known.  Knows no files; an error names column and row, such as ``cpu[3]``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

import attrs

from placement.documents.frames import InstanceTable, table_of
from placement.engine.cluster import Cluster
from placement.errors import DocumentError, InstanceError, UsageError
from placement.machines.ec2_types import instance_types
from placement.machines.registration import machine, registered_instance
from placement.model import Instance

__all__ = ["OS_COLUMN", "TYPE_COLUMN", "ZONE_COLUMN", "cluster_of_machines"]

TYPE_COLUMN = "ecs.instance-type"
ZONE_COLUMN = "ecs.availability-zone"
OS_COLUMN = "ecs.os-type"

_RESOURCES = ("cpu", "memory", "gpus")
_PORTS = ("tcp_ports", "udp_ports")
_DESCRIPTION = ("status", "agent_connected", "agent_version", "registered_at", "running_tasks")


def cluster_of_machines(
    columns: Mapping[str, list[Any]], *, config: str | None = None, as_registered: bool = False
) -> tuple[Cluster, Counter[str]]:
    """Return the cluster of a table, and how many rows have each type that is not known.

    Args:
        columns: Cells by column; None: absent.  Resources that are absent are filled in from the
            EC2 instance type.
        config: The text of the machines' ``ecs.config``, which ``as_registered`` reads.
        as_registered: Also add attributes, capabilities and reserved ports that an ECS-optimised
            machine of the row's type registers; attributes of the table win.

    Raises:
        DocumentError: a cell has a wrong value, or ``as_registered`` needs one that is absent.
    """
    table = table_of(columns)
    known = instance_types()
    unknown: Counter[str] = Counter()
    machines: dict[tuple[str | None, ...], Instance] = {}
    cluster = Cluster()
    for row, id in enumerate(table.ids):
        attributes = _attributes(table, row)
        fields: dict[str, Any] = {name: getattr(table, name)[row] for name in _DESCRIPTION}
        given = {
            name: getattr(table, name)[row]
            for name in _RESOURCES
            if name in columns and columns[name][row] is not None
        }
        type = attributes.get(TYPE_COLUMN)
        if as_registered:
            key = (type, attributes.get(ZONE_COLUMN), attributes.get(OS_COLUMN))
            if key not in machines:
                machines[key] = _registered(row, *key, config)
            like = machines[key]
            attributes = {**like.attributes, **attributes}
            fields |= {name: getattr(like, name) for name in (*_RESOURCES, *_PORTS)}
            fields["agent_version"] = fields["agent_version"] or like.agent_version
        elif type is not None and type in known:
            found = known[type]
            fields |= {"cpu": found.cpu, "memory": found.registered_memory, "gpus": found.gpus}
        elif type is not None and len(given) < len(_RESOURCES):
            unknown[type] += 1
        try:
            cluster.register(Instance(id=id, attributes=attributes, **(fields | given)))
        except (InstanceError, DocumentError) as error:
            raise DocumentError(getattr(error, "message", str(error)), f"id[{row}]") from None
    return cluster, unknown


def _attributes(table: InstanceTable, row: int) -> dict[str, str | None]:
    """Return the attributes of a row; an empty cell is an absent attribute."""
    return {name: cells[row] for name, cells in table.attributes.items() if cells[row] is not None}


def _registered(
    row: int, type: str | None, zone: str | None, system: str | None, config: str | None
) -> Instance:
    """Return the instance that a machine of a type registers as.

    Raises:
        DocumentError: type or zone are absent or not known, or the configuration is not valid.
    """
    for name, value in ((TYPE_COLUMN, type), (ZONE_COLUMN, zone)):
        if value is None:
            raise DocumentError("needed for --as-registered, but absent", f"{name}[{row}]")
    try:
        arguments = machine(
            type or "", zone or "", config=config, operating_system=system or "linux"
        )
    except UsageError as error:
        raise DocumentError(str(error), f"row {row}") from None
    except DocumentError as error:
        path = (
            f"{TYPE_COLUMN}[{row}]" if error.path == "instance_type" else f"row {row}: {error.path}"
        )
        raise DocumentError(error.message, path) from None
    return attrs.evolve(registered_instance(arguments, "machine"), ec2_instance_id=None)
