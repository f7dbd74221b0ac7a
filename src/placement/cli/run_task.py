"""``placement run-task``: where tasks would go, and why some find no room.

In: the state of a cluster, a task definition, constraints and strategies as the AWS CLI's call of
that name takes them.  Out: a line for each task placed, or what that call would answer as far as it
can be known without an account.  Nothing is started and no file is changed.
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import attrs
import click

from placement import Cluster, DocumentError, InstanceError, MemberOf, Placement, Task, lint
from placement.cli import render
from placement.cli.asked import Asked, asked, constraints_option, definition_options, rules, wanted
from placement.cli.columns import Column, Narrow
from placement.cli.inputs import output_option, state_option
from placement.cli.inventory import Entry, entries
from placement.cli.items import ItemsCommand, ItemsOption
from placement.ecs.reasons import api_reason

if TYPE_CHECKING:
    from placement import PlacementExplanation

__all__ = ["NO_ROOM", "explanation", "run_kernels_as_plain_python", "run_task", "task_document"]

MAX_TASKS = 1_000_000

COMPILED_FROM = 500_000
"""Tasks times instances for which compiled kernels are worth the wait.

Loading them takes 0.4 s, and 20 s in a new installation.  As plain Python they give the same
answers, and take some 50 us for a decision and up to 2 us more for each instance.
"""

NO_ROOM = 3
"""The exit status when some tasks found no room."""


@attrs.frozen
class _Answer:
    """What was asked, and what was decided."""

    call: Asked
    task: Task
    cluster: Cluster
    placement: Placement
    known: dict[str, Entry]
    """All instances by id."""


@click.command("run-task", cls=ItemsCommand, short_help="Where tasks would go, and why not.")
@state_option(required=True)
@definition_options(launch_type=True)
@click.option(
    "--count",
    type=click.IntRange(1, MAX_TASKS),
    metavar="N",
    help="How many tasks.  [default: 1]",
)
@constraints_option
@click.option(
    "--placement-strategy",
    "strategy_items",
    cls=ItemsOption,
    help="type=spread,field=... or type=binpack,field=... or type=random.  [default: random; for"
    " tasks of a service by zone, then by instance]",
)
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
    call = asked(
        "RunTask",
        files,
        definition_file,
        input_json,
        count=count,
        group=group,
        launchType=launch_type,
        networkConfiguration=network_configuration,
        overrides=overrides,
        placementConstraints=constraint_items,
        placementStrategy=strategy_items,
        startedBy=started_by,
    )
    wanted_count = _count(call)
    if ctx.obj and wanted_count * call.state.instances < COMPILED_FROM:
        run_kernels_as_plain_python()
    cluster = call.state.cluster()
    limits, chain = rules(call, cluster)
    task = wanted(call, cluster)
    if all(entry.status == "INACTIVE" for entry in entries(cluster)):  # B18
        raise InstanceError("no container instances were found in the cluster")
    request = cluster.prepare(task, group=call.group, constraints=limits, strategy=chain)
    for remark in request.remarks:
        click.echo(f"warning: {remark}", err=True)
    placed = cluster.place(
        task, wanted_count, group=call.group, constraints=limits, strategy=chain, seed=seed
    )
    known = {entry.id: entry for entry in entries(cluster)}
    answer = _Answer(call, task, cluster, placed, known)
    explained = placed.explain() if explain or placed.unplaced else None
    if output == "json":
        _print_json(answer, explained, whole=explain)
    else:
        _print_table(answer, explained, whole=explain)
        for constraint in (*task.constraints, *limits) if explain else ():
            if isinstance(constraint, MemberOf):
                text = constraint.query.text
                render.warnings(text, lint(text, cluster), stderr=True)
    if placed.unplaced:
        ctx.exit(NO_ROOM)


def _count(call: Asked) -> int:
    count: int = call.parameters.get("count", 1)
    if not 1 <= count <= MAX_TASKS:
        raise DocumentError(f"expected 1 to {MAX_TASKS} tasks, not {count}", "count")
    return count


def run_kernels_as_plain_python() -> None:
    """Keep numba from compiling in this process; it reads the variable when it is imported."""
    os.environ.setdefault("NUMBA_DISABLE_JIT", "1")
    # The random generator's arithmetic wraps round, of which numpy warns and machine code does not.
    warnings.filterwarnings("ignore", "overflow encountered", RuntimeWarning)


COLUMNS = (
    Column("task", right=True),
    Column("container instance", narrow=Narrow.CUT),  # the machine's id names it as well
    Column("machine"),
    Column("type"),
    Column("zone"),
)


def _print_table(answer: _Answer, explained: PlacementExplanation | None, *, whole: bool) -> None:
    placed, unplaced = answer.placement.instances, answer.placement.unplaced
    told = str(explained).splitlines() if whole else []
    rows = [
        _cells(number, answer.known[instance]) for number, instance in enumerate(placed, start=1)
    ]
    if rows:
        limit = render.room_for_rows(beside=len(told) + OTHER_LINES) if whole else None
        render.table(COLUMNS, rows, limit)
        render.blank_line()
    render.heading(f"{_tasks(len(placed), len(placed) + unplaced)} of {answer.call.group} placed")
    if explained is None:
        return
    if unplaced:
        reasons = ", ".join(f"{each.reason} {each.instances}" for each in explained.shortfalls)
        render.indented(f"no room for {unplaced}: {reasons}")
    if whole:
        render.blank_line()
        render.heading("Room for one more" if not unplaced else f"Why no room for {unplaced}")
        for line in told:
            render.indented(line)
    elif unplaced:
        render.indented("--explain says more")


OTHER_LINES = 7
"""Lines beside the tasks and the explanation."""


def _cells(number: int, entry: Entry) -> tuple[str, ...]:
    return (
        str(number),
        entry.id,
        *[text or "-" for text in (entry.machine, entry.type, entry.zone)],
    )


def _tasks(count: int, of: int) -> str:
    return f"{count} of {of} {'task' if of == 1 else 'tasks'}"


def _print_json(answer: _Answer, explained: PlacementExplanation | None, *, whole: bool) -> None:
    """Print what RunTask answers; beside it how many found no room (A37)."""
    ids = answer.cluster.ids
    failures = explained.failures if explained is not None and answer.placement.unplaced else {}
    document: dict[str, Any] = {
        "tasks": [_task(answer, answer.known[id]) for id in answer.placement.instances],
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
        document["explanation"] = explanation(answer.cluster, answer.known, explained)
    render.json_document(document)


def _task(answer: _Answer, entry: Entry) -> dict[str, Any]:
    return task_document(answer.call, answer.task, entry)


def task_document(call: Asked, task: Task, entry: Entry) -> dict[str, Any]:
    """Return a task on an instance as far as it is known before it has started."""
    document = {
        "availabilityZone": entry.zone,
        "containerInstanceArn": entry.arn,
        "cpu": str(task.cpu),
        "desiredStatus": "RUNNING",
        "group": call.group,
        "lastStatus": "PENDING",
        "launchType": task.launch_type,
        "memory": str(task.memory),
        "overrides": call.parameters.get("overrides"),
        "startedBy": call.parameters.get("startedBy"),
        "taskDefinitionArn": call.definition.arn,
    }
    return {name: value for name, value in document.items() if value}


def explanation(
    cluster: Cluster, known: Mapping[str, Entry], explained: PlacementExplanation
) -> dict[str, Any]:
    """Return an explanation as JSON; instances are named by ARN, reasons by C17's codes."""
    ids = cluster.ids
    return {
        "candidates": explained.candidates,
        "fitting": explained.fitting,
        "shortfalls": [
            {
                name: value
                for name in ("reason", "instances", "wanted", "best")
                if (value := getattr(shortfall, name)) is not None
            }
            for shortfall in explained.shortfalls
        ],
        "closest": explained.closest and known[explained.closest].arn,
        "missing": list(explained.missing),
        "neverFits": explained.never_fits,
        "remedies": [{"without": text, "instances": count} for text, count in explained.remedies],
        "unknownTasks": explained.unknown_tasks,
        "unknownInterfaces": explained.unknown_interfaces,
        "instances": [
            {"containerInstanceArn": known[ids[row] or ""].arn, "reasons": list(reasons)}
            for row, reasons in explained.failures.items()
        ],
    }
