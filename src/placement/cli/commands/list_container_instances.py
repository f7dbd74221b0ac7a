"""``placement list-container-instances``: which instances an expression selects, and why.

In: the state of a cluster, an expression.  Out: the instances of which it is true, as the AWS CLI's
call of that name gives them or as a table; with ``--explain`` also why the others are out.

Each instance is evaluated by itself (``Query.matches``), without kernels: that takes far less time
than reading the JSON, and loading kernels takes longer (0.5 s, seconds in a new installation).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

import attrs
import click

from placement import STATUSES, Cluster, Explanation, Query, compile, lint
from placement.cli.options.aws_options import global_options, ignored_options
from placement.cli.options.clusters import of_one_cluster
from placement.cli.options.printing import printing_options
from placement.cli.options.reading import cluster_option, expression_option, state_option
from placement.cli.options.state import read_state
from placement.cli.output import render
from placement.cli.output.columns import UNKNOWN, Column, Narrow
from placement.cli.output.instance_rows import InstanceRow, instance_row_named, instance_rows
from placement.query.reasons import Cause, Reason, reasons

__all__ = ["list_container_instances"]


@attrs.frozen
class _Answer:
    """The instances that were asked about, and of which of them the expression is true."""

    asked: list[InstanceRow]
    matching: list[InstanceRow]
    status: str | None
    """The status that all of them have, None for any."""


@click.command("list-container-instances", short_help="Which instances an expression selects.")
@state_option(required=True)
@cluster_option
@expression_option
@click.option(
    "--status",
    type=click.Choice([status for status in STATUSES if status != "INACTIVE"]),
    help="Only instances of this status.  [default: every status but INACTIVE]",
)
@click.option("--explain", is_flag=True, help="Say also why the other instances are out.")
@click.option(
    "--instance",
    "names",
    metavar="ID",
    multiple=True,
    help="Explain this instance, named by id, ARN or EC2 id, condition by condition.",
)
@printing_options
@global_options
def list_container_instances(
    files: tuple[str, ...],
    cluster: str | None,
    expression: str | None,
    status: str | None,
    explain: bool,
    names: tuple[str, ...],
    output: str,
) -> None:
    """List the container instances of a cluster, or those that an expression selects.

    \b
    placement list-container-instances --state cluster.json --explain \\
        --filter 'attribute:ecs.instance-type =~ m5.* and attribute:stack == prod'
    """  # noqa: D301 (\b is click's mark for a paragraph that keeps its lines)
    render.print_ignored(ignored_options())
    if expression is None:
        if explain or names:
            raise click.UsageError("--explain and --instance need --filter, which they explain")
        _list(
            _select(instance_rows(_cluster(files, cluster)), status, lambda _: True),
            output,
            selected=False,
        )
        return
    query = compile(expression)
    found = _cluster(files, cluster)
    known = instance_rows(found)
    answer = _select(known, status, lambda entry: query.matches(found, entry.id))
    if not explain and not names:
        _list(answer, output, selected=True)
        return
    wanted = [instance_row_named(name, known) for name in names] or answer.asked
    explained = [(entry, query.explain(found, entry.id)) for entry in wanted]
    if output == "json":
        _print_json(answer, explained)
    elif names:
        _print_trees(explained)
    else:
        _print_reasons(query, answer, explained)
        render.warnings(expression, lint(expression, found), stderr=True)


def _cluster(files: tuple[str, ...], name: str | None) -> Cluster:
    """Return the instances of one cluster: of the one that is named, or of the only one."""
    return of_one_cluster(read_state(files), name).cluster()


def _select(
    known: list[InstanceRow], status: str | None, keep: Callable[[InstanceRow], bool] | None
) -> _Answer:
    """Return those of the right status, and of them those that ``keep`` accepts."""
    asked = [entry for entry in known if _is_listed(entry, status)]
    matching = asked if keep is None else [entry for entry in asked if keep(entry)]
    return _Answer(asked, matching, status)


def _is_listed(entry: InstanceRow, status: str | None) -> bool:
    return entry.status == status if status else entry.status != "INACTIVE"


def _list(answer: _Answer, output: str, *, selected: bool) -> None:
    """Print the instances that match; ``selected`` says whether there was something to match."""
    if output == "json":
        _print_json(answer, None)
        return
    _print_matching(answer, None)
    render.heading(_summary(answer, selected=selected))
    if selected and answer.asked and not answer.matching:
        render.indented("--explain says why")


def _print_matching(answer: _Answer, limit: int | None) -> None:
    if answer.matching:
        render.table(COLUMNS, [_cells(entry) for entry in answer.matching], limit)
        render.blank_line()


COLUMNS = (
    Column("container instance", narrow=Narrow.CUT),  # the machine's id names it as well
    Column("machine"),
    Column("type", gives_way=3),
    Column("zone", gives_way=2),
    Column("status", gives_way=1),
    Column("agent", narrow=Narrow.WRAP, gives_way=5),
    Column("tasks", right=True, gives_way=4),
)
REASON_COLUMNS = (
    Column("instances", right=True),
    Column("false condition", narrow=Narrow.WRAP),
    Column("what they have", narrow=Narrow.WRAP),
)


def _cells(entry: InstanceRow) -> tuple[str, ...]:
    agent = entry.agent or UNKNOWN
    return (
        entry.id,
        entry.machine or UNKNOWN,
        entry.type or UNKNOWN,
        entry.zone or UNKNOWN,
        entry.status,
        agent if entry.connected else f"{agent} disconnected",
        str(entry.tasks),
    )


def _summary(answer: _Answer, *, selected: bool) -> str:
    count, of = len(answer.matching), len(answer.asked)
    status = f"{answer.status} " if answer.status else ""
    text = f"{of} {status}{'instance' if of == 1 else 'instances'}"
    return f"{count} of {text} {'matches' if count == 1 else 'match'}" if selected else text


PlacementExplanation = list[tuple[InstanceRow, Explanation]]


def _print_reasons(query: Query, answer: _Answer, explained: PlacementExplanation) -> None:
    """Print which instances match, and in a few lines why the others do not."""
    out = reasons(explanation for _, explanation in explained if not explanation.truth)
    lines = [line for reason in out[:MAX_REASONS] for line in _reason_lines(reason)]
    _print_matching(answer, render.room_for_rows(beside=len(lines) + OTHER_LINES))
    render.heading(_summary(answer, selected=True))
    render.indented(str(query))
    if not out:
        return
    count = len(answer.asked) - len(answer.matching)
    render.blank_line()
    render.heading(f"Why {count} {'does' if count == 1 else 'do'} not")
    render.table(REASON_COLUMNS, lines)
    if len(out) > MAX_REASONS:
        rest = sum(reason.instances for reason in out[MAX_REASONS:])
        render.indented(f"and {rest} for {len(out) - MAX_REASONS} other reasons: see --output json")


MAX_REASONS = 12
MAX_VALUES = 4
OTHER_LINES = 10
"""Lines of an explanation beside the instances that match and the reasons."""


def _reason_lines(reason: Reason) -> list[tuple[str, ...]]:
    """Return a reason's lines: its number of instances, then a line for each condition."""
    counts = [str(reason.instances), *["and"] * (len(reason.causes) - 1)]
    return [
        (count, _condition(cause), _values(cause))
        for count, cause in zip(counts, reason.causes, strict=True)
    ]


def _condition(cause: Cause) -> str:
    text = render.shortened(cause.expression, 70)
    return f"{text} (true, under not)" if cause.truth else text


def _values(cause: Cause) -> str:
    """Return what instances have where a condition looks, the most frequent first."""
    if len(cause.values) == 1:
        return render.shortened(cause.values[0][0], 50)
    text = ", ".join(f"{count} {_bare(value)}" for value, count in cause.values[:MAX_VALUES])
    others = len(cause.values) - MAX_VALUES
    if others <= 0:
        return text
    return f"{text} and {others} other value{'' if others == 1 else 's'}"


def _bare(described: str) -> str:
    """Return a described value without its "is", unless it would then read as something else."""
    value = described.removeprefix("is ")
    return render.shortened(described if value in ("absent", "unknown") else value, 30)


def _print_trees(explained: PlacementExplanation) -> None:
    for entry, explanation in explained:
        facts = [entry.id, entry.machine, entry.type, entry.zone, entry.status]
        render.heading(" ".join(filter(None, facts)))
        render.indented(f"{'matches' if explanation.truth else 'does not match'}:")
        render.tree(str(explanation))


def _print_json(answer: _Answer, explained: PlacementExplanation | None) -> None:
    """Print what the AWS CLI prints, and with it the explanations if there are any."""
    document: dict[str, Any] = {"containerInstanceArns": [entry.arn for entry in answer.matching]}
    if explained is not None:
        document["explanations"] = [
            {
                "containerInstanceArn": entry.arn,
                "matches": explanation.truth,
                "explanation": _as_json(explanation),
            }
            for entry, explanation in explained
        ]
    render.json_document(document)


def _as_json(explanation: Explanation) -> dict[str, Any]:
    """Return an explanation as JSON: operands for and/or/not, subject and value for a condition."""
    result: dict[str, Any] = {"expression": explanation.expression, "truth": explanation.truth}
    if explanation.operator is not None:
        result["operator"] = explanation.operator
        result["operands"] = [_as_json(child) for child in explanation.children]
        return result
    value = explanation.value
    if isinstance(value, datetime):
        value = value.isoformat()
    result["subject"] = explanation.subject
    result["value"] = dict(value) if isinstance(value, Mapping) else value
    return result
