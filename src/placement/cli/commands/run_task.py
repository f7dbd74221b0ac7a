"""``placement run-task``: where tasks would go, and why some find no room.

In: the state of a cluster, a task definition, constraints and strategies as the AWS CLI's call of
that name takes them.  Out: a line for each task placed, or what that call would answer as far as it
can be known without an account.  Nothing is started and no file is changed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs
import click

from placement import Cluster, MemberOf, Placement, lint
from placement.cli.exit_status import NO_ROOM
from placement.cli.kernel_choice import choose_kernels
from placement.cli.options.items import ItemsCommand
from placement.cli.options.printing import printing_options
from placement.cli.options.task_call import (
    TaskCall,
    TaskRules,
    group_remarks,
    resolved,
    spread_remarks,
)
from placement.cli.options.task_options import task_call_options
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
    asked: TaskRules
    cluster: Cluster
    placement: Placement
    known: dict[str, InstanceRow]
    """All instances by id."""


@click.command("run-task", cls=ItemsCommand, short_help="Where tasks would go, and why not.")
@task_call_options("RunTask")
@click.option("--seed", type=int, metavar="N", help="Where random numbers start.  [default: 0]")
@click.option("--explain", is_flag=True, help="Say also what one more such task would meet.")
@printing_options
@click.pass_context
def run_task(
    ctx: click.Context,
    call: TaskCall,
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
    if ctx.obj:
        choose_kernels(call.count, call.state.instances, loaded=call.state.tasks)
    answer = _placed(call, seed)
    placed = answer.placement
    explained = placed.explain() if explain or placed.unplaced else None
    if output == "json":
        _print_json(answer, explained, whole=explain)
    else:
        _print_table(answer, explained, whole=explain)
        if explain:
            _print_warnings(answer)
    if placed.unplaced:
        ctx.exit(NO_ROOM)


def _placed(call: TaskCall, seed: int | None) -> _Answer:
    """Place the tasks of a call on the cluster; remarks on its rules go to standard error."""
    from placement.ecs.call_tasks import check_has_instances  # not for help and errors

    found = call.state.cluster()
    asked = resolved(call, found)
    render.print_ignored(call.ignored)
    check_has_instances(found)
    rules: dict[str, Any] = {
        "group": call.group,
        "constraints": asked.constraints,
        "strategy": asked.strategies,
    }
    request = found.prepare(asked.task, **rules)
    for remark in (*request.remarks, *spread_remarks(asked, found), *group_remarks(asked, found)):
        render.warn(remark)
    placed = found.place(asked.task, call.count, seed=seed, **rules)
    return _Answer(call, asked, found, placed, {entry.id: entry for entry in instance_rows(found)})


def _print_warnings(answer: _Answer) -> None:
    """Write what is probably not meant about the expressions of constraints."""
    for constraint in answer.asked.all_constraints:
        if isinstance(constraint, MemberOf):
            text = constraint.query.text
            render.warnings(text, lint(text, answer.cluster), stderr=True)


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
        answer.asked.task,
        answer.known[id],
        group=call.group,
        definition=call.definition.name,
        parameters=call.parameters,
    )
