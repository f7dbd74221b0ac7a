"""``placement convert``: a table of machines becomes the state of a cluster.

In: a table, one row for each instance.  Out: the document that ``--state`` of other commands takes.
What machines of a type have is known by ``placement.machines.registration``.
"""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import attrs
import click

from placement import Cluster, DocumentError, Instance, InstanceError, UsageError
from placement.cli import render
from placement.cli.inputs import read_bytes, shown_name
from placement.cli.tables import FORMATS, format_of, read_table

__all__ = ["convert"]

TYPE, ZONE, SYSTEM = "ecs.instance-type", "ecs.availability-zone", "ecs.os-type"

RESOURCES = ("cpu", "memory", "gpus")
PORTS = ("tcp_ports", "udp_ports")


@click.command("convert", short_help="Make the state of a cluster from a table of machines.")
@click.option(
    "--from",
    "source",
    metavar="FILE",
    required=True,
    help="The table: .csv, .json or .parquet (which needs pyarrow); - is standard input.",
)
@click.option("--format", type=click.Choice(FORMATS), help="By default what the name ends in.")
@click.option("--id-column", metavar="NAME", help="The column that is the id, if not 'id'.")
@click.option("--type-column", metavar="NAME", help=f"The column that is {TYPE}.")
@click.option("--zone-column", metavar="NAME", help=f"The column that is {ZONE}.")
@click.option(
    "--as-registered",
    is_flag=True,
    help="Also add the attributes and capabilities that an ECS-optimised machine of the row's type"
    " registers; those of the table win.",
)
@click.option(
    "--ecs-config",
    metavar="FILE",
    help="The machines' ecs.config, which says more about --as-registered, and implies it.",
)
@click.option(
    "--output",
    metavar="FILE",
    default="-",
    show_default=True,
    help="Where the document goes; - is standard output.",
)
def convert(
    source: str,
    format: str | None,
    id_column: str | None,
    type_column: str | None,
    zone_column: str | None,
    as_registered: bool,
    ecs_config: str | None,
    output: str,
) -> None:
    """Make what 'aws ecs describe-container-instances' would print from a table of machines.

    \b
    placement convert --from machines.csv --type-column type --output state.json

    The columns id, cpu (units), memory (MiB), gpus, status, agent_connected, agent_version,
    registered_at and running_tasks mean that; every other column is the attribute of its name.
    Empty cells and null are absent. Errors name column and row, counted from 0 behind the names:
    cpu[3].

    Where the instance type is known, cpu, memory and gpus that are absent are filled in: 1,024
    units for each vCPU, and the memory that a machine of the type registers, which is less than it
    has. It is known exactly for few types; for the others a formula is used that is at most 35 MiB
    off for those.
    """  # noqa: D301 (\b is click's mark for a paragraph that keeps its lines)
    columns = read_table(source, format or format_of(source))
    for given, name in ((id_column, "id"), (type_column, TYPE), (zone_column, ZONE)):
        if given is not None:
            columns = _renamed(columns, given, name, shown_name(source))
    config = None if ecs_config is None else _config_text(ecs_config)
    try:
        cluster, unknown = _cluster(columns, config, as_registered or config is not None)
    except DocumentError as error:
        message = f"{shown_name(source)}: {error.message}"
        raise DocumentError(message, error.path) from None
    for name, count in unknown.items():
        rows = "row" if count == 1 else "rows"
        render.warn(f"no EC2 instance type {name!r:.100} is known; {count} {rows} not filled in")
    _write(cluster, output)


def _renamed(columns: dict[str, Any], given: str, name: str, file: str) -> dict[str, Any]:
    """Return the columns with one under another name."""
    if given not in columns:
        known = ", ".join(columns)
        raise DocumentError(f"{file}: there is no column {given!r:.100} among {known:.300}", "")
    if name in columns and name != given:
        raise DocumentError(f"{file}: both {given!r:.100} and {name} are there", "")
    return {name if column == given else column: cells for column, cells in columns.items()}


def _config_text(name: str) -> str:
    try:
        return read_bytes(name).decode()
    except UnicodeDecodeError as error:
        message = f"{shown_name(name)}: no UTF-8 text (byte {error.start}); expected an ecs.config"
        raise DocumentError(message, "") from None


def _cluster(
    columns: dict[str, list[Any]], config: str | None, as_registered: bool
) -> tuple[Cluster, Counter[str]]:
    """Return the cluster of a table, and the types that are not known with how often they stand."""
    from placement.documents.frames import table_of
    from placement.machines.ec2_types import instance_types

    table = table_of(columns)
    known = instance_types()
    unknown: Counter[str] = Counter()
    cluster = Cluster()
    machines: dict[tuple[str | None, ...], Instance] = {}
    for row, id in enumerate(table.ids):
        attributes = {
            name: cells[row] for name, cells in table.attributes.items() if cells[row] is not None
        }
        fields: dict[str, Any] = {
            "status": table.status[row],
            "agent_connected": table.agent_connected[row],
            "agent_version": table.agent_version[row],
            "registered_at": table.registered_at[row],
            "running_tasks": table.running_tasks[row],
        }
        given = {
            name: getattr(table, name)[row]
            for name in RESOURCES
            if name in columns and columns[name][row] is not None
        }
        type = attributes.get(TYPE)
        if as_registered:
            key = (type, attributes.get(ZONE), attributes.get(SYSTEM))
            if key not in machines:
                machines[key] = _machine(row, *key, config)
            like = machines[key]
            attributes = {**like.attributes, **attributes}
            fields |= {name: getattr(like, name) for name in (*RESOURCES, *PORTS)}
            fields["agent_version"] = fields["agent_version"] or like.agent_version
        elif type is not None and type in known:
            found = known[type]
            fields |= {"cpu": found.cpu, "memory": found.registered_memory, "gpus": found.gpus}
        elif type is not None and len(given) < len(RESOURCES):
            unknown[type] += 1
        try:
            cluster.register(Instance(id=id, attributes=attributes, **(fields | given)))
        except (InstanceError, DocumentError) as error:
            raise DocumentError(getattr(error, "message", str(error)), f"id[{row}]") from None
    return cluster, unknown


def _machine(
    row: int, type: str | None, zone: str | None, system: str | None, config: str | None
) -> Instance:
    """Return an instance as a machine of a type registers it."""
    from placement.machines.registration import machine, registered_instance

    for name, value in ((TYPE, type), (ZONE, zone)):
        if value is None:
            raise DocumentError("needed for --as-registered, but absent", f"{name}[{row}]")
    try:
        arguments = machine(
            type or "", zone or "", config=config, operating_system=system or "linux"
        )
    except UsageError as error:
        raise DocumentError(str(error), f"row {row}") from None
    except DocumentError as error:
        path = f"{TYPE}[{row}]" if error.path == "instance_type" else f"row {row}: {error.path}"
        raise DocumentError(error.message, path) from None
    return attrs.evolve(registered_instance(arguments, "machine"), ec2_instance_id=None)


def _write(cluster: Cluster, output: str) -> None:
    document = cluster.to_ecs()
    if output == "-":
        render.json_document(document)
        return
    try:
        Path(output).write_text(json.dumps(document, indent=4) + "\n", encoding="ascii")
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "no name that a file can have"
        message = f"{shown_name(output)}: cannot be written: {reason.lower()}"
        raise DocumentError(message, "") from None
    count = len(cluster)
    render.good("written", f", {count} container instance{'' if count == 1 else 's'}")
