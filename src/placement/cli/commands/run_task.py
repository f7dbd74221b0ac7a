"""``placement run-task``: where tasks would go, and why some find no room.

In: the state of a cluster, a task definition, constraints and strategies as the AWS CLI's call of
that name takes them.  Out: a line for each task placed, or what that call would answer as far as it
can be known without an account.  Nothing is started and no file is changed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs
import click

from placement import Cluster, MemberOf, Placement, Task, lint
from placement.cli.exit_status import NO_ROOM
from placement.cli.kernel_choice import choose_kernels
from placement.cli.options.items import ItemsCommand
from placement.cli.options.reading import output_option, state_option
from placement.cli.options.task_call import (
    TaskCall,
    constraints_option,
    count_option,
    definition_options,
    group_remarks,
    resolve_task,
    rules,
    spread_remarks,
    strategy_option,
    task_call,
)
from placement.cli.output import render
from placement.cli.output.columns import UNKNOWN, Column, Narrow
from placement.cli.output.explanations import explanation_document, task_document
from placement.cli.output.instance_rows import InstanceRow, instance_rows
from placement.ecs.reasons import api_reason

if TYPE_CHECKING:
    from placement import PlacementExplanation

__all__ = ["run_task"]


@attrs.frozen
class _Answer:
    """The call, what its tasks ask for, and what was decided."""

    call: TaskCall
    task: Task
    cluster: Cluster
    placement: Placement
    known: dict[str, InstanceRow]
    """All instances by id."""


@click.command("run-task", cls=ItemsCommand, short_help="Where tasks would go, and why not.")
@state_option(required=True)
@definition_options(launch_type=True)
@count_option
@constraints_option
@strategy_option
@click.option("--seed", type=int, metavar="N", help="Where random numbers start.  [default: 0]")
@click.option("--explain", is_flag=True, help="Say also what one more such task would meet.")
@output_option
@click.pass_context
def run_task(
    ctx: click.Context,
    files: tuple[str, ...],
    definition_file: str | None,
    count: int | None,
    group: str | None,
    cluster: str | None,
    execute_command: bool | None,
    overrides: dict[str, Any] | None,
    network_configuration: dict[str, Any] | None,
    started_by: str | None,
    input_json: dict[str, Any] | None,
    launch_type: str | None,
    constraint_items: list[dict[str, Any]] | None,
    strategy_items: list[dict[str, Any]] | None,
    seed: int | None,
    explain: bool,
    output: str,
) -> None:
    """Say where tasks would go, as 'aws ecs run-task' would place them; nothing is started.

    \b
    placement run-task --state cluster.json --state tasks.json \\
        --task-definition task-definition.json --count 3 --explain \\
        --placement-constraints type=distinctInstance \\
            'type=memberOf,expression="attribute:stack in [prod, staging]"' \\
        --placement-strategy type=binpack,field=memory

    ITEM and STRUCTURE are the AWS CLI's shorthand or JSON; file:// and a name reads JSON from a
    file. Values that hold commas, quotes or brackets stand in quotes.

    The exit status is 0 if all tasks were placed, 3 if some found no room, 2 for an error.
    """  # noqa: D301 (\b is click's mark for a paragraph that keeps its lines)
    call = task_call(
        "RunTask",
        files,
        definition_file,
        input_json,
        count=count,
        cluster=cluster,
        enableExecuteCommand=execute_command,
        group=group,
        launchType=launch_type,
        networkConfiguration=network_configuration,
        overrides=overrides,
        placementConstraints=constraint_items,
        placementStrategy=strategy_items,
        startedBy=started_by,
    )
    render.print_ignored(call.ignored)
    tasks = call.count
    if ctx.obj:
        choose_kernels(tasks, call.state.instances)
    found = call.state.cluster()
    from placement.ecs.call_tasks import check_has_instances  # not for help and errors

    limits, chain = rules(call, found)
    task = resolve_task(call, found)
    check_has_instances(found)
    request = found.prepare(task, group=call.group, constraints=limits, strategy=chain)
    asked = (*task.constraints, *limits)
    remarks = (*spread_remarks(chain, found), *group_remarks(asked, chain, found))
    for remark in (*request.remarks, *remarks):
        render.warn(remark)
    placed = found.place(
        task, tasks, group=call.group, constraints=limits, strategy=chain, seed=seed
    )
    known = {entry.id: entry for entry in instance_rows(found)}
    answer = _Answer(call, task, found, placed, known)
    explained = placed.explain() if explain or placed.unplaced else None
    if output == "json":
        _print_json(answer, explained, whole=explain)
    else:
        _print_table(answer, explained, whole=explain)
        for constraint in asked if explain else ():
            if isinstance(constraint, MemberOf):
                text = constraint.query.text
                render.warnings(text, lint(text, found), stderr=True)
    if placed.unplaced:
        ctx.exit(NO_ROOM)


COLUMNS = (
    Column("task", right=True, gives_way=1),
    Column("container instance", narrow=Narrow.CUT),  # the machine's id names it as well
    Column("machine"),
    Column("type", gives_way=3),
    Column("zone", gives_way=2),
)


def _print_table(answer: _Answer, explained: PlacementExplanation | None, *, whole: bool) -> None:
    placed, unplaced = answer.placement.instances, answer.placement.unplaced
    lines = str(explained).splitlines() if whole else []
    rows = [
        _cells(number, answer.known[instance]) for number, instance in enumerate(placed, start=1)
    ]
    if rows:
        limit = render.room_for_rows(beside=len(lines) + OTHER_LINES) if whole else None
        render.table(COLUMNS, rows, limit)
        render.blank_line()
    render.heading(f"{_tasks(len(placed), len(placed) + unplaced)} of {answer.call.group} placed")
    if explained is None:
        return
    if unplaced:
        render.indented(f"no room for {unplaced}" + (":" if not whole else ""))
    if unplaced and not whole:
        render.paragraphs("\n".join(explained.summary()), 6)
        render.indented("--explain says more")
    if whole:
        render.blank_line()
        render.heading("Room for one more" if not unplaced else f"Why no room for {unplaced}")
        render.paragraphs("\n".join(lines))


OTHER_LINES = 7
"""Lines beside the tasks and the explanation."""


def _cells(number: int, entry: InstanceRow) -> tuple[str, ...]:
    return (
        str(number),
        entry.id,
        *[text or UNKNOWN for text in (entry.machine, entry.type, entry.zone)],
    )


def _tasks(count: int, of: int) -> str:
    return f"{count} of {of} {'task' if of == 1 else 'tasks'}"


def _print_json(answer: _Answer, explained: PlacementExplanation | None, *, whole: bool) -> None:
    """Print what RunTask answers; beside it how many found no room (A37)."""
    ids = answer.cluster.ids
    failures = explained.failures if explained is not None and answer.placement.unplaced else {}
    document: dict[str, Any] = {
        "tasks": [_task(answer, id) for id in answer.placement.instances],
        "failures": [
            {
                "arn": answer.known[ids[row] or ""].arn,
                "reason": api_reason(reasons[0]),
            }
            for row, reasons in failures.items()
        ],
        "unplacedCount": answer.placement.unplaced,
    }
    if whole and explained is not None:
        document["explanation"] = explanation_document(answer.cluster, answer.known, explained)
    render.json_document(document)


def _task(answer: _Answer, id: str) -> dict[str, Any]:
    call = answer.call
    return task_document(
        answer.task,
        answer.known[id],
        group=call.group,
        definition=call.definition.name,
        parameters=call.parameters,
    )
