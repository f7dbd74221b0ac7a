"""``placement explain``: why a task would not run, instance by instance.

In: the state of a cluster, a task definition, constraints.  Out: what each instance is missing, the
message that ECS would write to a service's events, and what would help.  Nothing is placed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from placement import Cluster
from placement.cli.exit_status import NO_ROOM
from placement.cli.kernel_choice import choose_kernels
from placement.cli.options.items import ItemsCommand, NamesOption
from placement.cli.options.printing import printing_options
from placement.cli.options.task_call import TaskCall, resolved
from placement.cli.options.task_options import task_call_options
from placement.cli.output import render
from placement.cli.output.columns import UNKNOWN, Column, Narrow
from placement.cli.output.explanations import explanation_document, missing_in_one_line
from placement.cli.output.instance_rows import InstanceRow, instance_row_named, instance_rows
from placement.ecs.reasons import api_reason

if TYPE_CHECKING:
    from placement import PlacementExplanation

__all__ = ["explain"]


@click.command("explain", cls=ItemsCommand, short_help="Why would this task not run?")
@task_call_options("RunTask", without=("count", "placementStrategy"))
@click.option(
    "--container-instances",
    "names",
    cls=NamesOption,
    metavar="ID...",
    help="Only of these, by ids, ARNs or EC2 instance ids.  [default: all]",
)
@printing_options
@click.pass_context
def explain(
    ctx: click.Context,
    call: TaskCall,
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
    if ctx.obj:
        choose_kernels(1, call.state.instances, loaded=call.state.tasks)
    found = call.state.cluster()
    asked = resolved(call, found)
    render.print_ignored(call.ignored)
    request = found.prepare(asked.task, group=call.group, constraints=asked.constraints)
    explained = found.explain(request)
    known = [entry for entry in instance_rows(found) if entry.status != "INACTIVE"]
    chosen = known if names is None else [instance_row_named(name, known) for name in names]
    missing = found.missing(request)
    if output == "json":
        _print_json(call, found, explained, chosen, missing)
    else:
        _print_table(call, explained, chosen, missing)
    if not explained.fitting:
        ctx.exit(NO_ROOM)


COLUMNS = (
    Column("container instance", narrow=Narrow.CUT),
    Column("machine"),
    Column("type", gives_way=2),
    Column("zone", gives_way=1),
    Column("why not", narrow=Narrow.WRAP),
)

FITS = "has room"


def _print_table(
    call: TaskCall,
    explained: PlacementExplanation,
    chosen: list[InstanceRow],
    missing: dict[str, tuple[str, ...]],
) -> None:
    rows = [
        (
            entry.id,
            *[text or UNKNOWN for text in (entry.machine, entry.type, entry.zone)],
            missing_in_one_line(missing.get(entry.id, (FITS,))),
        )
        for entry in chosen
    ]
    if rows:
        render.table(COLUMNS, rows)
        render.blank_line()
    render.heading(f"A task of {call.group}")
    render.paragraphs(str(explained))
    event = _event(call, explained)
    if event is not None:
        render.blank_line()
        render.heading("ECS would say")
        render.paragraph(event)


def _event(call: TaskCall, explained: PlacementExplanation) -> str | None:
    """Return the event of a service whose task finds no room, None for other groups."""
    from placement.ecs.call_tasks import service_of  # not for help and errors
    from placement.ecs.messages import service_event

    service = service_of(call.group)
    return None if explained.fitting or service is None else service_event(service, explained)


def _print_json(
    call: TaskCall,
    cluster: Cluster,
    explained: PlacementExplanation,
    chosen: list[InstanceRow],
    missing: dict[str, tuple[str, ...]],
) -> None:
    known = {entry.id: entry for entry in instance_rows(cluster)}
    document = explanation_document(cluster, known, explained)
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
