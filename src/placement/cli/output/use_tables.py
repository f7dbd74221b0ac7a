"""The report of a cluster as tables and lines.

In: a ``Report``, the container instances as rows.  Out: text on standard output.  Nothing is worked
out here but parts in percent.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from placement.cli.output import render
from placement.cli.output.columns import UNKNOWN, Column, Narrow
from placement.cli.output.use_columns import KEPT, Field, percent, print_fields, use_fields
from placement.planning import Fragmentation, Report, Use

__all__ = ["print_report"]

OTHER_LINES = 4
"""Lines of a screen that are left free beside the table of instances."""


def print_report(report: Report, machines: Mapping[str, str]) -> None:
    """Print a report; ``machines`` are the EC2 instance ids by container instance, "" unknown."""
    _print_summary(report)
    if not report.total.instances:
        return
    left_out = _print_use("By zone", [_names("zone", report.by_zone)], report.by_zone)
    left_out += _print_use("By instance type", [_names("type", report.by_type)], report.by_type)
    left_out += _print_largest(report)
    _print_fragmentation(report.fragmentation)
    left_out += _print_groups(report)
    left_out += _print_instances(report, machines)
    if left_out:
        titles = ", ".join(dict.fromkeys(left_out))
        render.blank_line()
        render.paragraph(
            f"no room on the screen for: {titles}; a pipe or --output json shows all", indent=0
        )


def _print_summary(report: Report) -> None:
    total = report.total
    render.heading(
        f"{_counted(total.instances, 'instance')}, {_counted(total.tasks, 'running task')}"
    )
    if total.taking < total.instances:
        render.paragraph(
            "instances that take no tasks, because they are not ACTIVE or their agents are"
            f" disconnected: {total.instances - total.taking}"
        )
    if report.unknown_tasks:
        render.paragraph(
            "running tasks of no known group, because --state has no document of them:"
            f" {report.unknown_tasks}"
        )


# Use


def _names(title: str, uses: Mapping[str | None, Use]) -> Field:
    return Field(Column(title), [_text(name) for name in uses])


def _print_use(title: str, names: Sequence[Field], uses: Mapping[str | None, Use]) -> list[str]:
    """Print a table of use by a name; return the titles of the columns without room."""
    render.blank_line()
    render.heading(title)
    return print_fields([*names, *use_fields(list(uses.values()), several=True)])


def _print_instances(report: Report, machines: Mapping[str, str]) -> list[str]:
    """Print the use of each instance, on a screen of as many as fit there."""
    limit = render.room_for_rows(OTHER_LINES)
    shown = report.by_instance if limit is None else report.by_instance[:limit]
    texts = [machines.get(one.id) or UNKNOWN for one in shown]
    states = [one.status if one.connected else f"{one.status} disconnected" for one in shown]
    is_named = UNKNOWN not in texts  # then the machine's id names the instance as well
    fields = [
        Field(Column("container instance"), [one.id for one in shown], 11 if is_named else KEPT),
        Field(Column("machine"), texts, KEPT if is_named else 11),
        Field(Column("zone"), [_text(one.zone) for one in shown], 9),
        Field(Column("state"), states, 10),
        *use_fields([one.use for one in shown], several=False),
    ]
    render.blank_line()
    render.heading("By instance")
    left_out = print_fields(fields)
    if len(shown) < len(report.by_instance):
        rest = len(report.by_instance) - len(shown)
        render.paragraph(f"… and {rest} more: a pipe or --output json shows all")
    return left_out


# What fits


def _print_largest(report: Report) -> list[str]:
    """Print the largest pairs by zone; return the titles of the columns without room."""
    rows: list[tuple[str, str, str, str]] = []
    for zone, pairs in report.largest.items():
        for pair in pairs:
            ids = pair.instances
            more = f" and {len(ids) - 1} more" if len(ids) > 1 else ""
            rows.append((_text(zone), str(pair.cpu), str(pair.memory), f"{ids[0]}{more}"))
        if not pairs:
            rows.append((_text(zone), UNKNOWN, UNKNOWN, "nothing fits"))
    zones, cpu, memory, where = (list(cells) for cells in zip(*rows, strict=True))
    render.blank_line()
    render.heading("The largest tasks that still fit")
    return print_fields(
        [
            Field(Column("zone"), zones),
            Field(Column("cpu", right=True), cpu),
            Field(Column("memory (MiB)", right=True, verbatim=True), memory),
            Field(Column("where", narrow=Narrow.WRAP), where, 1),
        ]
    )


def _print_fragmentation(found: Fragmentation | None) -> None:
    render.blank_line()
    render.heading("Fragmentation")
    if found is None:
        render.paragraph("not known: --state says of no running task which definition it is of")
        return
    task = found.task
    devices = ""
    if task.gpus:
        some = _counted(task.gpus, "GPU") if isinstance(task.gpus, int) else "every GPU"
        devices = f", {some}"
    if task.neuron_devices:
        devices += ", every Neuron device"
    render.paragraph(
        f"most tasks ({found.tasks}) are of {found.definition}, which asks for {task.cpu} CPU"
        f" units, {task.memory} MiB{devices}"
    )
    if not found.is_definition_known:
        render.paragraph(
            "--state has no document of it: what its tasks hold is asked for, without attributes"
            " and constraints"
        )
    render.paragraph(
        f"no room for one more: {found.instances_without_room} of the"
        f" {_counted(found.instances, 'instance')} that take tasks"
    )
    amounts = [
        (found.stranded_cpu, found.free_cpu, "free CPU units"),
        (found.stranded_memory, found.free_memory, "free MiB"),
        (found.stranded_gpus, found.free_gpus, "free GPUs"),
    ]
    stranded = ", ".join(
        f"{part} of {whole} {name} ({percent(part, whole)})"
        for part, whole, name in amounts
        if whole
    )
    if stranded:
        render.paragraph(f"free there, out of its reach: {stranded}")
    if found.reasons:
        reasons = ", ".join(f"{name} {count}" for name, count in found.reasons.items())
        render.paragraph(f"reasons, by number of instances (one may have several): {reasons}")


def _print_groups(report: Report) -> list[str]:
    """Print the groups, if there are any; return the titles of the columns without room."""
    if not report.groups:
        return []
    zones = [
        ", ".join(f"{_text(zone)} {count}" for zone, count in group.by_zone.items())
        for group in report.groups
    ]
    instances = [str(group.instances) for group in report.groups]
    render.blank_line()
    render.heading("Groups")
    return print_fields(
        [
            Field(Column("group", narrow=Narrow.WRAP), [group.name for group in report.groups]),
            Field(Column("tasks", right=True), [str(group.tasks) for group in report.groups]),
            Field(Column("instances", right=True), instances, 2),
            Field(Column("tasks by zone", narrow=Narrow.WRAP), zones, 1),
        ]
    )


def _text(value: str | None) -> str:
    """Return an attribute as a cell, so that one without value differs from one that is missing."""
    return UNKNOWN if value is None else value or '""'


def _counted(count: int, name: str) -> str:
    return f"{count} {name}{'' if count == 1 else 's'}"
