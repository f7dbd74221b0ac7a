"""``placement start-task``: would a task start on the instances that are named?

In: the state of a cluster, a task definition, container instances.  Out: a line for each instance,
or what the AWS CLI's call of that name would answer as far as it can be known without an account.
Nothing is started and no file is changed.
"""

from __future__ import annotations

from collections.abc import Sequence

import attrs
import click

from placement import Cluster, Task
from placement.cli.exit_status import NO_ROOM
from placement.cli.kernel_choice import choose_kernels
from placement.cli.options.items import ItemsCommand
from placement.cli.options.printing import printing_options
from placement.cli.options.task_call import TaskCall, resolve_task
from placement.cli.options.task_options import task_call_options
from placement.cli.output import render
from placement.cli.output.columns import UNKNOWN, Column, Narrow
from placement.cli.output.explanations import missing_in_one_line, task_document
from placement.cli.output.instance_rows import InstanceRow, instance_rows, rows_named

__all__ = ["start_task"]


@attrs.frozen
class _Started:
    """Whether a task starts on one instance; if not, why not and what the instance is missing."""

    name: str
    entry: InstanceRow | None
    task: Task
    reason: str = ""
    missing: tuple[str, ...] = ()


@click.command("start-task", cls=ItemsCommand, short_help="Would a task start on this instance?")
@task_call_options("StartTask")
@printing_options
@click.pass_context
def start_task(
    ctx: click.Context,
    call: TaskCall,
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
    named = _names(call)
    if ctx.obj:
        choose_kernels(len(named), call.state.instances, loaded=call.state.tasks)
    found = call.state.cluster()
    task = resolve_task(call, found)
    render.print_ignored(call.ignored)
    known = instance_rows(found)
    results = [_start(call, found, task, name, known) for name in named]
    if output == "json":
        _print_json(call, results)
    else:
        _print_table(call, results)
    if any(one.reason for one in results):
        ctx.exit(NO_ROOM)


def _names(call: TaskCall) -> Sequence[str]:
    names: Sequence[str] = call.parameters.get("containerInstances", ())
    if not names:
        raise click.UsageError("Missing option '--container-instances'.")
    from placement.ecs.call_tasks import check_start_instances  # not for help and errors

    check_start_instances(names)
    return names


def _start(
    call: TaskCall, cluster: Cluster, task: Task, name: str, known: list[InstanceRow]
) -> _Started:
    """Start a task on an instance if it fits, so that the next one is decided with it there."""
    from placement.ecs.call_tasks import start_on

    found = rows_named(name, known)
    if not found:
        return _Started(name, None, task, "MISSING", ("no such container instance",))
    result = start_on(cluster, found[0].id, task, call.group)
    return _Started(name, found[0], result.task, result.reason, result.missing)


COLUMNS = (
    Column("container instance", narrow=Narrow.CUT),
    Column("machine"),
    Column("zone", gives_way=1),
    Column("result", narrow=Narrow.WRAP),
)


def _print_table(call: TaskCall, results: list[_Started]) -> None:
    rows = []
    for one in results:
        entry = one.entry
        cells = (one.name, "", "") if entry is None else (entry.id, entry.machine, entry.zone)
        text = missing_in_one_line(one.missing) if one.reason else "starts"
        rows.append((*[cell or UNKNOWN for cell in cells], text))
    render.table(COLUMNS, rows)
    render.blank_line()
    started = sum(not one.reason for one in results)
    tasks = "task" if len(results) == 1 else "tasks"
    render.heading(f"{started} of {len(results)} {tasks} of {call.group} would start")


def _print_json(call: TaskCall, results: list[_Started]) -> None:
    """Print what StartTask answers."""
    render.json_document(
        {
            "tasks": [
                task_document(
                    one.task,
                    one.entry,
                    group=call.group,
                    definition=call.definition.name,
                    parameters=call.parameters,
                )
                for one in results
                if one.entry is not None and not one.reason
            ],
            "failures": [
                {
                    "arn": one.name if one.entry is None else one.entry.arn,
                    "reason": one.reason,
                    "detail": missing_in_one_line(one.missing),
                }
                for one in results
                if one.reason
            ],
        }
    )
