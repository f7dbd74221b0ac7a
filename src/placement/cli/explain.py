"""``placement explain``: why a task would not run, instance by instance.

In: the state of a cluster, a task definition, constraints.  Out: what each instance lacks, what ECS
would say of it all in a service's events, and what would help.  Nothing is placed.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import click

from placement import Cluster
from placement.cli import render
from placement.cli.asked import Asked, asked, constraints_option, definition_options, rules, wanted
from placement.cli.columns import Column, Narrow
from placement.cli.inputs import output_option, state_option
from placement.cli.inventory import Entry, entries, entry_named
from placement.cli.items import ItemsCommand, NamesOption
from placement.cli.run_task import NO_ROOM, explanation, run_kernels_as_plain_python
from placement.ecs.reasons import api_reason

if TYPE_CHECKING:
    from placement import PlacementExplanation

__all__ = ["explain", "in_one_line"]


@click.command("explain", cls=ItemsCommand, short_help="Why would this task not run?")
@state_option(required=True)
@definition_options(launch_type=True)
@constraints_option
@click.option(
    "--container-instances",
    "names",
    cls=NamesOption,
    metavar="ID...",
    help="Only of these, by ids, ARNs or EC2 instance ids.  [default: all]",
)
@output_option
@click.pass_context
def explain(
    ctx: click.Context,
    files: tuple[str, ...],
    definition_file: str | None,
    group: str | None,
    overrides: dict[str, Any] | None,
    network_configuration: dict[str, Any] | None,
    started_by: str | None,
    input_json: dict[str, Any] | None,
    launch_type: str | None,
    constraint_items: list[dict[str, Any]] | None,
    names: list[str] | None,
    output: str,
) -> None:
    """Say of each instance why a task would not run on it: all reasons, with amounts and names.

    \b
    placement explain --state cluster.json --state tasks.json \\
        --task-definition task-definition.json --group service:web \\
        --placement-constraints type=distinctInstance

    For a service (--group service:NAME) the message that ECS would put among its events is shown as
    well. What a call of run-task takes, --cli-input-json takes here.

    The exit status is 0 if an instance has room, 3 if none has, 2 for an error.
    """  # noqa: D301 (\b is click's mark for a paragraph that keeps its lines)
    call = asked(
        "RunTask",
        files,
        definition_file,
        input_json,
        group=group,
        launchType=launch_type,
        networkConfiguration=network_configuration,
        overrides=overrides,
        placementConstraints=constraint_items,
        startedBy=started_by,
    )
    if ctx.obj:
        run_kernels_as_plain_python()
    cluster = call.state.cluster()
    limits, _ = rules(call, cluster)
    request = cluster.prepare(wanted(call, cluster), group=call.group, constraints=limits)
    explained = cluster.explain(request)
    known = [entry for entry in entries(cluster) if entry.status != "INACTIVE"]
    chosen = known if names is None else [entry_named(name, known) for name in names]
    missing = cluster.missing(request)
    if output == "json":
        _print_json(call, cluster, explained, chosen, missing)
    else:
        _print_table(call, explained, chosen, missing)
    if not explained.fitting:
        ctx.exit(NO_ROOM)


COLUMNS = (
    Column("container instance", narrow=Narrow.CUT),
    Column("machine"),
    Column("type"),
    Column("zone"),
    Column("why not", narrow=Narrow.WRAP),
)

FITS = "has room"


def _print_table(
    call: Asked,
    explained: PlacementExplanation,
    chosen: list[Entry],
    missing: dict[str, tuple[str, ...]],
) -> None:
    rows = [
        (
            entry.id,
            *[text or "-" for text in (entry.machine, entry.type, entry.zone)],
            in_one_line(missing.get(entry.id, (FITS,))),
        )
        for entry in chosen
    ]
    if rows:
        render.table(COLUMNS, rows)
        render.blank_line()
    render.heading(f"A task of {call.group}")
    for line in str(explained).splitlines():
        render.indented(line)
    event = _event(call, explained)
    if event is not None:
        render.blank_line()
        render.heading("ECS would say")
        render.indented(event)


def in_one_line(missing: Iterable[str]) -> str:
    """Return what an instance lacks; an expression, shown with carets elsewhere, in brackets."""
    told: list[str] = []
    for lack in missing:
        first = lack.split("\n")[0]
        if told and lack.startswith(" "):
            told[-1] += f" ({first.strip()})"
        else:
            told.append(first)
    return "; ".join(told)


def _event(call: Asked, explained: PlacementExplanation) -> str | None:
    """Return the event of a service whose task finds no room, None for other groups."""
    name = call.group.removeprefix("service:")
    if explained.fitting or name in (call.group, ""):
        return None
    from placement.ecs.messages import service_event  # here: help and errors need none of it

    return service_event(name, explained)


def _print_json(
    call: Asked,
    cluster: Cluster,
    explained: PlacementExplanation,
    chosen: list[Entry],
    missing: dict[str, tuple[str, ...]],
) -> None:
    known = {entry.id: entry for entry in entries(cluster)}
    document = explanation(cluster, known, explained)
    document["instances"] = [
        {
            "containerInstanceArn": entry.arn,
            "fits": entry.id not in missing,
            "reasons": [
                api_reason(reason) for reason in explained.failures.get(cluster.row(entry.id), ())
            ],
            "missing": list(missing.get(entry.id, ())),
        }
        for entry in chosen
    ]
    event = _event(call, explained)
    if event is not None:
        document["event"] = event
    render.json_document(document)
