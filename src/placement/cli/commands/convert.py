"""``placement convert``: a table of machines becomes the state of a cluster.

In: a table, one row for each instance.  Out: the document that ``--state`` of other commands takes.
What columns mean and what machines of a type have is known to ``placement.ecs.machine_table``.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from placement import Cluster, DocumentError
from placement.cli.options.reading import InputFile, read_bytes, shown_name
from placement.cli.options.table import FORMATS, format_of, read_table
from placement.cli.output import render

__all__ = ["convert"]

TYPE, ZONE = "ecs.instance-type", "ecs.availability-zone"


@click.command("convert", short_help="Make the state of a cluster from a table of machines.")
@click.option(
    "--from",
    "source",
    cls=InputFile,
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
    cls=InputFile,
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
@click.option("--force", is_flag=True, help="Let --output replace a file that is there already.")
def convert(
    source: str,
    format: str | None,
    id_column: str | None,
    type_column: str | None,
    zone_column: str | None,
    as_registered: bool,
    ecs_config: str | None,
    output: str,
    force: bool,
) -> None:
    """Make what 'aws ecs describe-container-instances' would print from a table of machines.

    \b
    placement convert --from machines.csv --type-column type --output state.json

    The columns id, cpu (units), memory (MiB), gpus, status, agent_connected, agent_version,
    registered_at and running_tasks mean that; every other column is the attribute of its name.
    Empty cells and null are absent. Errors name column and row, counted from 0 after the names:
    cpu[3].

    Where the instance type is known, cpu, memory and gpus that are absent are filled in: 1,024
    units for each vCPU, and the memory that a machine of the type registers, which is less than it
    has. It is known exactly for few types; for the others a formula is used that is at most 35 MiB
    off for those.
    """  # noqa: D301 (\b is click's mark for a paragraph that keeps its lines)
    from placement.ecs.machine_table import cluster_of_machines  # not for help and errors
    from placement.machines.agent_file import parse_config

    if not force and output != "-":
        _check_is_new(output)
    columns = read_table(source, format or format_of(source))
    for given, name in ((id_column, "id"), (type_column, TYPE), (zone_column, ZONE)):
        if given is not None:
            columns = _renamed(columns, given, name, shown_name(source))
    for name, option in _unused(columns).items():
        message = (
            f"column {name!r:.100} is taken for an attribute of that name; {option} {name:.100}"
        )
        render.warn(f"{message} says what it is")
    config = None if ecs_config is None else _config_text(ecs_config)
    try:
        cluster, unknown = cluster_of_machines(
            columns, config=config, as_registered=as_registered or config is not None
        )
    except DocumentError as error:
        message = f"{shown_name(source)}: {error.message}"
        raise DocumentError(message, error.path) from None
    for name, count in unknown.items():
        rows = "row" if count == 1 else "rows"
        render.warn(f"no EC2 instance type {name!r:.100} is known; {count} {rows} not filled in")
    if config is not None and ecs_config is not None:
        for problem in parse_config(config).warnings:
            render.warn(f"{shown_name(ecs_config)}: {problem}")
    _write(cluster, output)


def _check_is_new(output: str) -> None:
    """Refuse to replace a regular file; pipes and devices are written to."""
    try:
        is_there = Path(output).is_file()
    except (OSError, ValueError):  # writing says what is wrong with it
        return
    if is_there:
        message = f"{shown_name(output)}: there is such a file already; --force replaces it"
        raise DocumentError(message, "")


LIKELY = {
    "--type-column": (TYPE, ("type", "instance_type", "instance-type", "instancetype")),
    "--zone-column": (ZONE, ("zone", "az", "availability_zone", "availability-zone")),
}
"""For an option the attribute that it names, and columns that are probably meant by it."""


def _unused(columns: dict[str, Any]) -> dict[str, str]:
    """Return columns that an option is probably meant for, and the option."""
    return {
        name: option
        for option, (attribute, likely) in LIKELY.items()
        for name in columns
        if attribute not in columns and name.lower() in likely
    }


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
    render.print_success("written", f", {count} container instance{'' if count == 1 else 's'}")
