"""``placement start-task``: would a task start on the instances that are named?

In: the state of a cluster, a task definition, container instances.  Out: a line for each instance,
or what the AWS CLI's call of that name would answer as far as it can be known without an account.
Nothing is started and no file is changed.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import attrs
import click

from placement import Cluster, DocumentError, Task
from placement.cli import render
from placement.cli.asked import Asked, asked, definition_options, wanted
from placement.cli.columns import Column, Narrow
from placement.cli.explain import in_one_line
from placement.cli.inputs import output_option, state_option
from placement.cli.inventory import Entry, entries
from placement.cli.items import ItemsCommand, NamesOption
from placement.cli.run_task import NO_ROOM, run_kernels_as_plain_python, task_document
from placement.ecs.reasons import api_reason
from placement.errors import describe_value

__all__ = ["start_task"]

MAX_INSTANCES = 10

EXTERNAL = "ecs.capability.external"


@attrs.frozen
class _Started:
    """What became of one instance that was named: a task, or a reason and what is lacking."""

    name: str
    entry: Entry | None
    task: Task
    reason: str = ""
    missing: tuple[str, ...] = ()


@click.command("start-task", cls=ItemsCommand, short_help="Would a task start on this instance?")
@state_option(required=True)
@click.option(
    "--container-instances",
    "names",
    cls=NamesOption,
    metavar="ID...",
    help="Up to ten ids, ARNs or EC2 instance ids; one task starts on each.",
)
@definition_options(launch_type=False)
@output_option
@click.pass_context
def start_task(
    ctx: click.Context,
    files: tuple[str, ...],
    names: list[str] | None,
    definition_file: str | None,
    group: str | None,
    overrides: dict[str, Any] | None,
    network_configuration: dict[str, Any] | None,
    started_by: str | None,
    input_json: dict[str, Any] | None,
    output: str,
) -> None:
    """Say whether a task starts on each of some instances, as 'aws ecs start-task' would tell.

    \b
    placement start-task --state cluster.json --task-definition task-definition.json \\
        --container-instances i-0123456789abcdef0

    Resources, ports and attributes are checked; constraints of the task definition are not.
    Nothing is started.

    The exit status is 0 if all tasks start, 3 if some do not, 2 for an error.
    """  # noqa: D301 (\b is click's mark for a paragraph that keeps its lines)
    call = asked(
        "StartTask",
        files,
        definition_file,
        input_json,
        containerInstances=names,
        group=group,
        networkConfiguration=network_configuration,
        overrides=overrides,
        startedBy=started_by,
    )
    named = _names(call)
    if ctx.obj:
        run_kernels_as_plain_python()
    cluster = call.state.cluster()
    task = wanted(call, cluster)
    known = entries(cluster)
    results = [_start(call, cluster, task, name, known) for name in named]
    if output == "json":
        _print_json(call, results)
    else:
        _print_table(call, results)
    if any(one.reason for one in results):
        ctx.exit(NO_ROOM)


def _names(call: Asked) -> Sequence[str]:
    names: Sequence[str] = call.parameters.get("containerInstances", ())
    if not names:
        raise click.UsageError("Missing option '--container-instances'.")
    if len(names) > MAX_INSTANCES:
        message = f"expected up to {MAX_INSTANCES} container instances, not {len(names)}"
        raise DocumentError(message, "containerInstances")
    for number, name in enumerate(names):
        if name in names[:number]:
            message = f"container instance {describe_value(name)} stands twice"
            raise DocumentError(message, f"containerInstances[{number}]")
    return names


def _start(call: Asked, cluster: Cluster, task: Task, name: str, known: list[Entry]) -> _Started:
    """Start a task on an instance if it can, so that the next one sees it."""
    found = [entry for entry in known if name in (entry.id, entry.arn, entry.machine)]
    if not found:
        return _Started(name, None, task, "MISSING", ("no such container instance",))
    entry = found[0]
    external = cluster.attribute(entry.id, EXTERNAL) is not None
    task = attrs.evolve(task, launch_type="EXTERNAL" if external else "EC2", constraints=())
    placed = cluster.place_on(entry.id, task, group=call.group)
    if placed:
        return _Started(name, entry, task)
    told = cluster.missing(task, group=call.group).get(entry.id, (f"its status is {entry.status}",))
    return _Started(name, entry, task, api_reason(placed.missing[0]), told)


COLUMNS = (
    Column("container instance", narrow=Narrow.CUT),
    Column("machine"),
    Column("zone"),
    Column("result", narrow=Narrow.WRAP),
)


def _print_table(call: Asked, results: list[_Started]) -> None:
    rows = []
    for one in results:
        entry = one.entry
        cells = (one.name, "", "") if entry is None else (entry.id, entry.machine, entry.zone)
        text = in_one_line(one.missing) if one.reason else "starts"
        rows.append((*[cell or "-" for cell in cells], text))
    render.table(COLUMNS, rows)
    render.blank_line()
    started = sum(not one.reason for one in results)
    tasks = "task" if len(results) == 1 else "tasks"
    render.heading(f"{started} of {len(results)} {tasks} of {call.group} would start")


def _print_json(call: Asked, results: list[_Started]) -> None:
    """Print what StartTask answers."""
    render.json_document(
        {
            "tasks": [
                task_document(call, one.task, one.entry)
                for one in results
                if one.entry is not None and not one.reason
            ],
            "failures": [
                {
                    "arn": one.name if one.entry is None else one.entry.arn,
                    "reason": one.reason,
                    "detail": in_one_line(one.missing),
                }
                for one in results
                if one.reason
            ],
        }
    )
