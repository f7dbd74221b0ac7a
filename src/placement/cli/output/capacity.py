"""Capacity providers as tables and lines: what becomes of each now, and after more tasks.

In: outlooks and warnings.  Out: text on standard output.  What is decided was found by
``placement.ecs.outlooks``; here it is only written.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from placement.cli.output import render
from placement.cli.output.columns import UNKNOWN, Column, Narrow
from placement.cli.output.rollouts import elapsed
from placement.ecs.lints.scaling_codes import ScalingLint
from placement.ecs.outlooks.capacity import ProviderOutlook
from placement.ecs.outlooks.capacity_course import CapacityCourse

__all__ = ["print_capacity", "print_capacity_course", "print_capacity_warnings"]


def print_capacity(title: str, providers: Sequence[ProviderOutlook]) -> None:
    """Write what becomes of each provider at the next full minute."""
    render.heading(title)
    if not providers:
        render.indented("the files of --state describe no capacity provider")
        return
    columns = [
        Column("provider", narrow=Narrow.WRAP),
        Column("have", right=True),
        Column("empty", right=True),
        Column("waiting", right=True),
        Column("needed", right=True),
        Column("reservation", right=True),
        Column("desired", right=True),
    ]
    render.table(columns, [_row(one) for one in providers])
    for one in providers:
        render.paragraph(f"{one.provider}: {one.reason}")


def _row(one: ProviderOutlook) -> tuple[str, ...]:
    has_group, has_machines = one.group is not None, not one.kind.startswith("FARGATE")
    change = f"{one.desired} → {one.new_desired}"
    return (
        one.provider,
        _instances(one.registered, one.launching) if has_machines else UNKNOWN,
        str(one.empty) if has_machines else UNKNOWN,
        str(one.waiting),
        _number(one.wanted),
        _compared(one.reservation, one.target),
        (change if one.new_desired != one.desired else str(one.desired)) if has_group else UNKNOWN,
    )


def _instances(registered: int, launching: int) -> str:
    """Return the instances of a group; those on their way after a plus sign."""
    return f"{registered}+{launching}" if launching else str(registered)


def _compared(reservation: Fraction | None, target: int | None) -> str:
    """Return a reservation beside its target, such as ``233.3 > 100``."""
    if reservation is None or target is None:
        return UNKNOWN
    sign = "=" if reservation == target else ">" if reservation > target else "<"
    return f"{_number(reservation)} {sign} {target}"


def _number(value: Fraction | None) -> str:
    if value is None:
        return UNKNOWN
    return str(value) if value.denominator == 1 else f"{float(value):.1f}"


def print_capacity_course(course: CapacityCourse, *, several: bool) -> None:
    """Write how the groups follow tasks that were run, and when they are at rest.

    Args:
        course: What was seen.
        several: Whether more than one provider has a group: the table then names it.
    """
    render.blank_line()
    render.heading(f"After {course.tasks} more task{'' if course.tasks == 1 else 's'}")
    columns = [
        Column("time", right=True),
        *([Column("provider", narrow=Narrow.WRAP)] if several else []),
        Column("have", right=True),
        Column("waiting", right=True),
        Column("desired", right=True),
        Column("reservation", right=True),
        Column("what happened", narrow=Narrow.WRAP),
    ]
    rows = [
        (
            elapsed(one.at - course.started_at),
            *([one.provider] if several else []),
            _instances(one.registered, one.launching),
            str(one.waiting),
            str(one.desired),
            _number(one.reservation),
            "; ".join(one.changes),
        )
        for one in course.changes
    ]
    if rows:
        render.table(columns, rows)
        render.blank_line()
    _print_end(course)


def _print_end(course: CapacityCourse) -> None:
    if course.placed_at is not None:
        length = elapsed(course.placed_at - course.started_at)
        when = "at once" if course.placed_at == course.started_at else f"after {length}"
        render.print_success("all placed", f" {when}")
    else:
        render.heading(f"{course.placed} of {course.tasks} placed")
        for reason, number in course.failed.items():
            render.paragraph(f"{number} ended: {reason}")
    if course.settled_at is None:
        render.paragraph("not at rest after a day")
    elif course.settled_at > course.started_at:
        render.paragraph(f"at rest after {elapsed(course.settled_at - course.started_at)}")
    else:
        render.paragraph("no group changes")


def print_capacity_warnings(warnings: Sequence[ScalingLint]) -> None:
    """Write warnings under a heading; nothing where there is none."""
    if not warnings:
        return
    render.blank_line()
    render.heading("What explains it, or would come next")
    for warning in warnings:
        render.paragraph(str(warning))
