"""A service under a recorded metric as a table and lines: what scaled when and why, and sums.

In: a ``ScalingCourse`` and warnings.  Out: text on standard output.  What happened was seen by
``placement.ecs.outlooks``; here it is only written.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction

from placement.cli.output import render
from placement.cli.output.columns import UNKNOWN, Column, Narrow
from placement.ecs.lints.scaling_codes import ScalingLint
from placement.ecs.outlooks.course import Mode, ScalingCourse, ScalingMinute
from placement.timestamps import DAY, MINUTE, from_microseconds

__all__ = ["clock_of", "print_course", "print_scaling_lints"]

MODES = {Mode.CLOSED_LOOP: "closed loop", Mode.REPLAYED: "replayed as recorded"}


def print_course(
    course: ScalingCourse, warnings: Sequence[ScalingLint], *, every_minute: bool
) -> None:
    """Write what the policies did: the changes or every minute, sums, notes, warnings."""
    clock = clock_of(course.started_at, course.ended_at)
    render.heading(f"{course.name} in {course.cluster}: {course.metric}, {MODES[course.mode]}")
    is_closed = course.mode is Mode.CLOSED_LOOP
    columns = [
        Column("time", right=True),
        *([Column("recorded", right=True)] if is_closed else []),
        Column("metric", right=True),
        Column("running", right=True),
        Column("desired", right=True),
        Column("what happened", narrow=Narrow.WRAP),
    ]
    shown = course.minutes if every_minute else course.news
    rows = [_row(one, clock, is_closed=is_closed) for one in shown]
    if rows:
        render.table(columns, rows)
    else:
        render.indented(f"the desired count stays {course.first_desired} all the time")
    render.blank_line()
    _print_sums(course)
    if warnings:
        render.blank_line()
        render.heading("What explains it, or would come next")
        for warning in warnings:
            render.paragraph(str(warning))


def _row(one: ScalingMinute, clock: Callable[[int], str], *, is_closed: bool) -> tuple[str, ...]:
    count = UNKNOWN if one.recorded_count is None else str(one.recorded_count)
    return (
        clock(one.at),
        *([f"{_number(one.recorded)} x {count}"] if is_closed else []),
        _number(one.metric),
        str(one.running),
        str(one.desired),
        one.reason,
    )


def clock_of(start: int, end: int) -> Callable[[int], str]:
    """Return what writes moments between two others: with the date where days differ."""
    if end - start > 300 * DAY:
        form = "%Y-%m-%d %H:%M"
    elif start // DAY != (end - 1) // DAY:
        form = "%m-%d %H:%M"
    else:
        form = "%H:%M"
    return lambda moment: from_microseconds(moment).strftime(form)


def _number(value: int | Fraction | None) -> str:
    if value is None:
        return UNKNOWN
    number = float(value)
    return f"{number:.1f}" if abs(number) < 100_000 else f"{number:.3g}"


def _print_sums(course: ScalingCourse) -> None:
    sums = course.sums
    length = len(course.minutes)
    begin, end = from_microseconds(course.started_at), from_microseconds(course.ended_at)
    until = end.strftime("%H:%M" if begin.date() == end.date() else "%Y-%m-%d %H:%M")
    values = _minutes(length)
    if course.period > MINUTE:
        values += f", each recorded value for {course.period // MINUTE} of them"
    render.heading(values)
    render.paragraph(f"{begin:%Y-%m-%d %H:%M} to {until} UTC")
    render.paragraph(course.mode.value)
    least, most = sums["leastDesired"], sums["mostDesired"]
    span = f"{least}" if least == most else f"from {least} to {most}"
    raised, lowered = _times("raised", sums["scaledOut"]), _times("lowered", sums["scaledIn"])
    lines = [f"desired count {span}; {raised}, {lowered}"]
    recorded = sums.get("recordedTaskMinutes")
    also = "" if recorded is None else f"; {recorded / 60:.1f} as recorded"
    lines.append(f"{sums['taskMinutes'] / 60:.1f} task-hours{also}")
    for line in course.lines:
        here, there = course.beyond(line)
        side = "above" if line.is_above else "below"
        also = f"; {there} as recorded" if course.mode is Mode.CLOSED_LOOP else ""
        lines.append(
            f"{course.metric} {side} {float(line.threshold):g} ({line.policy}) in {here} of "
            f"{_minutes(length)}{also}"
        )
    if sums["minutesAtMaximum"]:
        lines.append(f"at the maximum in {_minutes(sums['minutesAtMaximum'])}")
    if sums["minutesShortOfTasks"]:
        short = _minutes(sums["minutesShortOfTasks"])
        lines.append(f"fewer tasks ran than were desired in {short}")
    if course.unplaced:
        lines.append(f"at the end tasks find no room: {course.unplaced}")
    lines += [
        f"policy {name} looks at something else, of which there are no values here"
        for name in course.others
    ]
    for text in lines:
        render.paragraph(text)


def _minutes(number: int) -> str:
    return f"{number} {'minute' if number == 1 else 'minutes'}"


def _times(what: str, number: int) -> str:
    if not number:
        return f"never {what}"
    return f"{what} { ({1: 'once', 2: 'twice'}.get(number, f'{number} times')) }"


def print_scaling_lints(warnings: Sequence[ScalingLint], *, stderr: bool) -> None:
    """Write warnings about scaling, each on a line."""
    for warning in warnings:
        render.warn(str(warning), stderr=stderr)
