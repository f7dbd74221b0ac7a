"""The report of a cluster as tables and lines.

In: a ``Report``, the container instances as rows.  Out: text on standard output.  Nothing is worked
out here but parts in percent.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from placement.cli.output import render
from placement.cli.output.columns import UNKNOWN, Column, Narrow
from placement.planning import Amount, Fragmentation, Report, Use

__all__ = ["print_report"]

OTHER_LINES = 4
"""Lines of a screen that are left free beside the table of instances."""

Named = Sequence[tuple[tuple[str, ...], Use]]
"""Lines of a table of use: the cells of the first columns, and what the others say."""


def print_report(report: Report, machines: Mapping[str, str]) -> None:
    """Print a report; ``machines`` are the EC2 instance ids by container instance, "" unknown."""
    _print_summary(report)
    if not report.total.instances:
        return
    _print_use("By zone", (Column("zone"),), _named(report.by_zone), several=True)
    _print_use("By instance type", (Column("type"),), _named(report.by_type), several=True)
    _print_largest(report)
    _print_fragmentation(report.fragmentation)
    _print_groups(report)
    _print_instances(report, machines)


def _print_summary(report: Report) -> None:
    total = report.total
    render.heading(
        f"{_counted(total.instances, 'instance')}, {_counted(total.tasks, 'running task')}"
    )
    if total.taking < total.instances:
        render.paragraph(
            f"{total.instances - total.taking} of the instances take no tasks: they are not ACTIVE,"
            " or their agents are disconnected"
        )
    if report.unknown_tasks:
        render.paragraph(
            f"{_counted(report.unknown_tasks, 'running task')} are of no known group: --state has"
            " no document of them"
        )


def _named(uses: Mapping[str | None, Use]) -> Named:
    return [((name or UNKNOWN,), use) for name, use in uses.items()]


# Use


def _print_use(title: str, first: Sequence[Column], lines: Named, *, several: bool) -> None:
    """Print a table of use.  Columns that would say nothing of any line are left out.

    Args:
        title: What stands above it.
        first: The columns that name a line.
        lines: Its lines.
        several: Whether a line is about several instances.
    """
    uses = [use for _, use in lines]
    amounts = {
        "cpu": [use.cpu for use in uses],
        "memory (MiB)": [use.memory for use in uses],
        "GPUs": [use.gpus for use in uses],
        "interfaces": [use.interfaces for use in uses],
    }
    shown = {
        name: column
        for name, column in amounts.items()
        if name in ("cpu", "memory (MiB)")
        or any(one.registered if name == "GPUs" else one.used for one in column)
    }
    columns = [*first]
    cells = [list(names) for names, _ in lines]

    def add(column: Column, texts: Iterable[str]) -> None:
        columns.append(column)
        for line, text in zip(cells, texts, strict=True):
            line.append(text)

    if several:
        add(Column("instances", right=True), [str(use.instances) for use in uses])
        if any(use.taking < use.instances for use in uses):
            add(Column("taking", right=True), [str(use.taking) for use in uses])
    add(Column("tasks", right=True), [str(use.tasks) for use in uses])
    for name, column in shown.items():
        add(Column(name, right=True, verbatim=name != "cpu"), _parts(column))
    if any(use.ports for use in uses):
        add(Column("ports", right=True), [str(use.ports) for use in uses])
    if any(use.exhausted for use in uses):
        texts = [_exhausted(use, several=several) for use in uses]
        add(Column("none left", narrow=Narrow.WRAP), texts)
    render.blank_line()
    render.heading(title)
    render.table(columns, cells)


def _parts(amounts: Sequence[Amount]) -> list[str]:
    """Return how much is used of what there is; numbers and percents in columns of their own."""
    used = [f"{one.used}/{one.registered}" for one in amounts]
    return [
        f"{text} {_percent(one.used, one.registered):>4}"
        for text, one in zip(used, amounts, strict=True)
    ]


def _percent(part: int, whole: int) -> str:
    """Return a part in percent, rounded; a part of nothing is unknown."""
    return UNKNOWN if not whole else f"{(200 * part + whole) // (2 * whole)}%"


def _exhausted(use: Use, *, several: bool) -> str:
    """Return the resources of which nothing is left, with the instances where that is so."""
    names = {"gpus": "GPUs"}
    return ", ".join(
        f"{names.get(name, name)} on {count}" if several else names.get(name, name)
        for name, count in use.exhausted.items()
    )


def _print_instances(report: Report, machines: Mapping[str, str]) -> None:
    limit = render.room_for_rows(OTHER_LINES)
    shown = report.by_instance if limit is None else report.by_instance[:limit]
    columns = (
        Column("container instance", narrow=Narrow.CUT),  # the machine's id names it as well
        Column("machine"),
        Column("zone"),
        Column("state"),
    )
    lines = []
    for one in shown:
        state = one.status if one.connected else f"{one.status} disconnected"
        machine = machines.get(one.id) or UNKNOWN
        lines.append(((one.id, machine, one.zone or UNKNOWN, state), one.use))
    _print_use("By instance", columns, lines, several=False)
    if len(shown) < len(report.by_instance):
        rest = len(report.by_instance) - len(shown)
        render.indented(f"… and {rest} more: a pipe or --output json shows all")


# What fits


def _print_largest(report: Report) -> None:
    rows = []
    for zone, pairs in report.largest.items():
        for pair in pairs:
            ids = pair.instances
            more = f" and {len(ids) - 1} more" if len(ids) > 1 else ""
            rows.append((zone or UNKNOWN, str(pair.cpu), str(pair.memory), f"{ids[0]}{more}"))
        if not pairs:
            rows.append((zone or UNKNOWN, UNKNOWN, UNKNOWN, "nothing fits"))
    columns = (
        Column("zone"),
        Column("cpu", right=True),
        Column("memory (MiB)", right=True, verbatim=True),
        Column("where", narrow=Narrow.WRAP),
    )
    render.blank_line()
    render.heading("The largest tasks that still fit")
    render.table(columns, rows)


def _print_fragmentation(found: Fragmentation | None) -> None:
    render.blank_line()
    render.heading("Fragmentation")
    if found is None:
        render.paragraph("not known: --state says of no running task which definition it is of")
        return
    task = found.task
    gpus = f", {_counted(task.gpus, 'GPU')}" if task.gpus else ""
    render.paragraph(
        f"most tasks ({found.tasks}) are of {found.definition}, which asks for {task.cpu} CPU"
        f" units, {task.memory} MiB{gpus}"
    )
    if not found.is_definition_known:
        render.paragraph(
            "--state has no document of it: what its tasks hold is asked for, without attributes"
            " and constraints"
        )
    render.paragraph(
        f"{found.instances_without_room} of {_counted(found.instances, 'instance')} that take tasks"
        " have no room for one more"
    )
    amounts = [
        (found.stranded_cpu, found.free_cpu, "free CPU units"),
        (found.stranded_memory, found.free_memory, "free MiB"),
        (found.stranded_gpus, found.free_gpus, "free GPUs"),
    ]
    stranded = ", ".join(
        f"{part} of {whole} {name} ({_percent(part, whole)})"
        for part, whole, name in amounts
        if whole
    )
    if stranded:
        render.paragraph(f"there, out of its reach: {stranded}")
    if found.reasons:
        reasons = ", ".join(f"{name} {count}" for name, count in found.reasons.items())
        render.paragraph(f"reasons, by number of instances (one may have several): {reasons}")


def _print_groups(report: Report) -> None:
    if not report.groups:
        return
    rows = [
        (
            group.name,
            str(group.tasks),
            str(group.instances),
            ", ".join(f"{zone or UNKNOWN} {count}" for zone, count in group.by_zone.items()),
        )
        for group in report.groups
    ]
    columns = (
        Column("group", narrow=Narrow.WRAP),
        Column("tasks", right=True),
        Column("instances", right=True),
        Column("tasks by zone", narrow=Narrow.WRAP),
    )
    render.blank_line()
    render.heading("Groups")
    render.table(columns, rows)


def _counted(count: int, name: str) -> str:
    return f"{count} {name}{'' if count == 1 else 's'}"
