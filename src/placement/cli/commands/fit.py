"""``placement fit``: how many more tasks fit, why not more, and which machines the rest needs.

In: the state of a cluster, a task definition, constraints as run-task takes them, what is to be
assumed of new machines.  Out: numbers and reasons, as text or JSON.  Nothing is changed.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import click

from placement import Cluster, DocumentError
from placement.cli.exit_status import NO_ROOM
from placement.cli.kernel_choice import choose_kernels
from placement.cli.options.items import ItemsCommand, ItemsOption
from placement.cli.options.printing import printing_options
from placement.cli.options.task_call import TaskCall, resolved
from placement.cli.options.task_options import task_call_options
from placement.cli.output import render
from placement.cli.output.explanations import explanation_document
from placement.cli.output.instance_rows import instance_rows
from placement.errors import describe_value

if TYPE_CHECKING:
    from placement import PlacementExplanation
    from placement.planning import Fit, MachinesNeeded, NewMachine, NoMachine

__all__ = ["fit"]

TASKS_EACH = 50
"""Tasks that an instance is expected to take, to choose kernels by."""

OPTIONS = {
    "NO_OFFER": "--instance-type",
    "TYPE_NOT_OFFERED": "--availability-zone",
    "TOO_MANY_ZONES": "--availability-zone",
}
"""The options that help where no machines are named, by the name of the reason."""

ARGUMENTS = {"instance_type": "--instance-type", "zone": "--availability-zone"}
"""The options of arguments of ``NewMachine``."""


@click.command("fit", cls=ItemsCommand, short_help="How many more tasks fit; machines they need.")
@task_call_options("RunTask")
@click.option(
    "--instance-type",
    metavar="TYPE",
    help="The EC2 instance type of new machines.  [default: the one that costs least]",
)
@click.option(
    "--availability-zone",
    "zone",
    metavar="ZONE",
    help="The zone of new machines; one in which the cluster has no instance yet is warned of."
    "  [default: one of the task's, else of the cluster's]",
)
@click.option(
    "--attributes",
    "attribute_items",
    cls=ItemsOption,
    help="Custom attributes of new machines: name=...,value=...",
)
@click.option(
    "--trunking/--no-trunking",
    default=None,
    help="Whether new machines have trunk interfaces.  [default: if an instance of the cluster has"
    " one]",
)
@printing_options
@click.pass_context
def fit(
    ctx: click.Context,
    call: TaskCall,
    instance_type: str | None,
    zone: str | None,
    attribute_items: list[dict[str, Any]] | None,
    trunking: bool | None,
    output: str,
) -> None:
    """Say how many more tasks fit, why not more, and how many more machines --count of them need.

    \b
    placement fit --state cluster.json --state tasks.json \\
        --task-definition task-definition.json --count 500 --instance-type m5.xlarge \\
        --attributes name=stack,value=prod

    A new machine has what an ECS-optimised AMI registers, and the attributes given. Without
    --instance-type the type is the one whose machines cost least together, by On-Demand prices for
    Linux in us-east-1. Strategies are taken as run-task takes them; the answer is the same with
    any, since they rule no instance out.

    The exit status is 0 if all tasks fit now, 3 if not, 2 for an error.
    """  # noqa: D301 (\b is click's mark for a paragraph that keeps its lines)
    if ctx.obj:
        instances = call.state.instances
        choose_kernels(call.count + TASKS_EACH * instances, instances, loaded=call.state.tasks)
    from placement.planning import NewMachine  # not for help and errors

    with _named_by_options():
        new = NewMachine(
            instance_type=instance_type,
            zone=zone,
            attributes=_attributes(attribute_items or ()),
            trunking=trunking,
        )
    there = call.state.cluster()
    found = _fit(call, there, new)
    if output == "json":
        _print_json(there, found)
    else:
        _print_text(call, found, new)
    if found.fitting < found.wanted:
        ctx.exit(NO_ROOM)


def _fit(call: TaskCall, cluster: Cluster, new: NewMachine) -> Fit:
    """Return how many tasks of a call fit; remarks on the zone go to standard error."""
    from placement.planning import check_architecture, check_zone  # not for help and errors
    from placement.planning import fit as tried

    asked = resolved(call, cluster)
    with _named_by_options():
        remarks = () if new.zone is None else check_zone(cluster, new.zone)
    render.print_ignored(call.ignored)
    for remark in remarks:
        render.warn(remark)
    found = tried(
        cluster,
        asked.task,
        call.count,
        group=call.group,
        constraints=asked.constraints,
        strategy=asked.strategies,
        new_machine=new,
    )
    if new.instance_type is None and found.machines is not None:
        for remark in check_architecture(cluster, asked.task, found.machines.instance_type):
            render.warn(f"{remark}; --instance-type names another type")
    return found


@contextlib.contextmanager
def _named_by_options() -> Iterator[None]:
    """Let errors about an argument of the library name the option that it is from."""
    try:
        yield
    except DocumentError as error:
        raise DocumentError(error.message, ARGUMENTS.get(error.path, error.path)) from None


def _attributes(items: Sequence[Mapping[str, Any]]) -> dict[str, str | None]:
    """Return the attributes that ``--attributes`` lists; what they may be, the library checks.

    Raises:
        DocumentError: an item has no name or another key, or a name is listed twice.
    """
    found: dict[str, str | None] = {}
    for number, item in enumerate(items):
        place = f"attributes[{number}]"
        others = sorted(set(item) - {"name", "value"})
        if others or "name" not in item:
            given = describe_value(others[0] if others else dict(item))
            raise DocumentError(f"expected name=...,value=..., not {given}", place)
        name = item["name"]
        if not isinstance(name, str) or name in found:
            what = "twice the same name" if isinstance(name, str) else "a name that is no text"
            raise DocumentError(f"{what}: {describe_value(name)}", f"{place}.name")
        found[name] = item.get("value")
    return found


def _print_json(cluster: Cluster, found: Fit) -> None:
    from placement.cli.output.use_documents import fit_document

    known = {entry.id: entry for entry in instance_rows(cluster)}
    explained = explanation_document(cluster, known, found.explanation)
    render.json_document(fit_document(found, explained))


def _print_text(call: TaskCall, found: Fit, new: NewMachine) -> None:
    least = "at least " if found.is_counted_out else ""
    verb = "fits" if found.fitting == 1 else "fit"
    render.heading(f"{least}{found.fitting} {_tasks(found.fitting)} of {call.group} {verb} now")
    if found.is_counted_out:
        render.paragraph("counting ended there: more may fit")
    else:
        render.paragraph("why not one more:" if found.fitting else "why none:")
        _print_lines(found.explanation)
    rest = found.wanted - found.fitting
    if rest <= 0:
        return
    render.blank_line()
    render.heading(f"Machines for the other {rest} of {found.wanted} {_tasks(found.wanted)}")
    if found.machines is not None:
        _print_machines(found.machines)
    elif found.no_machine is not None:
        _print_no_machine(found.no_machine, new)


def _tasks(count: int) -> str:
    return "task" if count == 1 else "tasks"


def _print_lines(explained: PlacementExplanation) -> None:
    for line in str(explained).splitlines():
        text = line.lstrip(" ")
        render.paragraph(text, 4 + len(line) - len(text))


def _print_machines(needed: MachinesNeeded) -> None:
    machines = f"{needed.count} {needed.instance_type} in {needed.zone}"
    if needed.count > 1:
        each = needed.tasks_each
        render.paragraph(f"{machines}, each with room for {each} {_tasks(each)}")
    else:  # how many more it has room for was not tried
        render.paragraph(f"{machines}, which takes {'it' if needed.tasks_each == 1 else 'them'}")
    if needed.price is None:
        render.paragraph("what they cost is not known")
        return
    of_each = f" ({needed.price:f} each)" if needed.count > 1 else ""
    render.paragraph(f"{needed.total_price:f} USD per hour{of_each}")
    render.paragraph(f"price of {needed.region}: {needed.source}")


def _print_no_machine(found: NoMachine, new: NewMachine) -> None:
    explained = found.explanation
    if explained is None:
        render.paragraph(found.why.value)
        if found.why.name in OPTIONS:
            render.paragraph(f"{OPTIONS[found.why.name]} names one")
        return
    if new.instance_type is None:
        render.paragraph(f"{found.why.value}; of {explained.candidates} types in their zones")
        for shortfall in explained.shortfalls:
            render.paragraph(str(shortfall), 6)
        render.paragraph(f"closest is {explained.closest}:")
    else:
        render.paragraph(f"{found.why.value}: {explained.closest}")
    for text in explained.missing:
        for line in text.split("\n"):
            render.indented(f"  {line}")
    for change, count in explained.remedies:
        fits = "would do" if new.instance_type is not None else f"{count} would do"
        render.paragraph(f"without {change} {fits}")
