"""A deployment's course as tables and lines: what happened when, within which bounds, and why not.

In: a ``Rollout`` and the warnings about its service.  Out: text on standard output.  What happened
was read by ``placement.ecs.rollouts``; here it is only written.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from fractions import Fraction

from placement.cli.output import render
from placement.cli.output.columns import Column, Narrow
from placement.ecs.lints.codes import ServiceLint
from placement.ecs.rollouts.values import Outcome, Revision, RevisionCounts, Rollout, RolloutPoint
from placement.timestamps import SECOND

__all__ = ["elapsed", "print_rollout", "print_service_lints"]

AGAIN_AFTER = 6 * 3600 * SECOND
"""A text that comes again after so long is the same event, said again (D26)."""

REVISIONS = 3
"""Revisions that have a column of their own, the newest ones; the rest is in one more."""


def print_rollout(rollout: Rollout, warnings: Sequence[ServiceLint]) -> None:
    """Write how a deployment went: the timeline, the events, how it ended, why it is stuck."""
    render.heading(f"{rollout.name} in {rollout.cluster}: {_what(rollout)}")
    shown = rollout.revisions[:REVISIONS]
    has_traffic = any(
        counts.traffic is not None
        for point in rollout.points
        for counts in point.revisions.values()
    )
    columns = [
        Column("time", right=True),
        Column("healthy", right=True, gives_way=2),
        Column("tasks", right=True, gives_way=4),
        *[
            Column(one.name, right=True, verbatim=True, gives_way=0 if one.is_new else 1)
            for one in shown
        ],
        *(
            [Column("others", right=True, gives_way=5)]
            if len(rollout.revisions) > len(shown)
            else []
        ),
        *([Column("traffic", narrow=Narrow.WRAP, gives_way=3)] if has_traffic else []),
        Column("what happened", narrow=Narrow.WRAP),
    ]
    rows = [
        (
            elapsed(point.at - rollout.started_at),
            _compared(point.healthy, point.lower, "≥", "<", point.healthy >= point.lower),
            _compared(point.active, point.upper, "≤", ">", point.active <= point.upper),
            *_revisions(rollout, point, shown),
            *([_traffic(rollout, point)] if has_traffic else []),
            "; ".join(_happened(rollout, before, point)),
        )
        for before, point in zip((None, *rollout.points), rollout.points, strict=False)
    ]
    render.table(columns, rows)
    render.blank_line()
    if rollout.events:
        render.heading("Events")
        render.table(
            [Column("time", right=True), Column("message", narrow=Narrow.WRAP)],
            list(_said(rollout)),
        )
        render.blank_line()
    _print_ending(rollout, warnings)


def _what(rollout: Rollout) -> str:
    new = [one.name for one in rollout.revisions if one.is_new]
    old = [one.name for one in rollout.revisions if not one.is_new]
    sources = f"{', '.join(reversed(old))} → " if old else ""
    first = rollout.points[0] if rollout.points else None
    count = "" if first is None else f", {_tasks(first.desired)}"
    return f"{sources}{', '.join(new) or 'nothing'}{count}"


def _tasks(count: int) -> str:
    return f"{count} task{'' if count == 1 else 's'}"


def elapsed(length: int) -> str:
    """Return a length of time (microseconds) as ``0:01:44``, with decimals where it has any."""
    seconds, rest = divmod(length, SECOND)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    decimals = f".{rest:06d}".rstrip("0") if rest else ""
    return f"{hours}:{minutes:02d}:{seconds:02d}{decimals}"


def _compared(number: int, bound: int, holds: str, fails: str, is_inside: bool) -> str:
    return f"{number} {holds if is_inside else fails} {bound}"


def _revisions(rollout: Rollout, point: RolloutPoint, shown: Sequence[Revision]) -> Iterator[str]:
    """Yield the tasks of each revision: healthy ones, and with + those that are not healthy."""
    named = {one.number for one in shown}
    for one in shown:
        yield _counted([point.revisions.get(one.number, RevisionCounts())])
    if len(rollout.revisions) > len(shown):
        yield _counted([one for number, one in point.revisions.items() if number not in named])


def _counted(counts: Sequence[RevisionCounts]) -> str:
    healthy = sum(one.healthy for one in counts)
    others = sum(one.active for one in counts) - healthy
    return f"{healthy}+{others}" if others else str(healthy)


def _traffic(rollout: Rollout, point: RolloutPoint) -> str:
    shares = [
        f"{one.name} {_percent(counts.traffic)}"
        for one in rollout.revisions
        if (counts := point.revisions.get(one.number)) is not None and counts.traffic
    ]
    return ", ".join(shares) or "none"


def _percent(share: Fraction) -> str:
    percent = 100 * share
    return f"{percent.numerator} %" if percent.denominator == 1 else f"{float(percent):.1f} %"


def _happened(rollout: Rollout, before: RolloutPoint | None, point: RolloutPoint) -> Iterator[str]:
    """Yield what happened in an instant: tasks that failed, ran, were started, were stopped."""
    for one in rollout.revisions:
        counts = point.revisions.get(one.number, RevisionCounts())
        for reason, number in counts.failed.items():
            yield f"{number} {one.name} failed: {reason}"
        if before is not None:
            yield from _became(one, before.revisions.get(one.number, RevisionCounts()), counts)
        if counts.started:
            yield f"start {counts.started} {one.name}"
        if counts.stopped:
            yield f"stop {counts.stopped} {one.name}"
    yield from point.changes


def _became(one: Revision, before: RevisionCounts, now: RevisionCounts) -> Iterator[str]:
    """Yield how many more tasks of a revision run, are healthy, unhealthy, STOPPED than before."""
    for word, more in (
        ("running", (now.active - now.pending) - (before.active - before.pending)),
        ("healthy", now.healthy - before.healthy),
        ("unhealthy", now.unhealthy - before.unhealthy),
        ("STOPPED", before.stopping + now.stopped - now.stopping),
    ):
        if more > 0:
            yield f"{more} {one.name} {word}"


def _said(rollout: Rollout) -> Iterator[tuple[str, str]]:
    """Yield the events; one that is only said again (D26) is counted and not repeated."""
    lines: list[tuple[str, str]] = []
    said: dict[str, tuple[int, int]] = {}  # message: when it was said last, number of its line
    again: Counter[int] = Counter()
    for one in rollout.events:
        last, line = said.get(one.message, (one.at, -1))
        if line >= 0 and one.at - last >= AGAIN_AFTER:
            again[line] += 1
        else:
            line = len(lines)
            lines.append((elapsed(one.at - rollout.started_at), one.message))
        said[one.message] = one.at, line
    for number, (time, message) in enumerate(lines):
        times = again[number]
        more = f" (said {times} more time{'' if times == 1 else 's'})" if times else ""
        yield time, f"{message}{more}"


# The end


def _print_ending(rollout: Rollout, warnings: Sequence[ServiceLint]) -> None:
    """Write how it ended; where it is not steady, the causes, and the warnings that explain."""
    length = elapsed((rollout.settled_at or rollout.ended_at) - rollout.started_at)
    sentence = rollout.outcome.value
    if rollout.outcome is Outcome.STEADY:
        render.print_success("steady", f" after {length}")
    elif rollout.outcome is Outcome.STUCK:
        since = elapsed(rollout.last_change_at - rollout.started_at)
        render.heading(f"not steady after {length}: nothing changes since {since}")
    elif rollout.outcome is Outcome.ROLLED_BACK:
        render.heading(f"not steady: {sentence} after {length}")
    else:
        render.heading(f"not steady after {length}: {sentence}")
    for cause in rollout.causes:
        render.paragraph(f"since {elapsed(cause.since - rollout.started_at)}: {cause.message}")
    for line in rollout.explanation:
        text = line.lstrip(" ")
        render.paragraph(text, 8 + len(line) - len(text))
    if rollout.unsteady:
        render.paragraph(f"also not steady: {', '.join(rollout.unsteady)}")
    if warnings and rollout.outcome is not Outcome.STEADY:
        render.blank_line()
        render.heading("What explains it, or would come next")
        for warning in warnings:
            render.paragraph(str(warning))


def print_service_lints(warnings: Sequence[ServiceLint], *, stderr: bool) -> None:
    """Write warnings about a service, each on a line."""
    for warning in warnings:
        render.warn(str(warning), stderr=stderr)
