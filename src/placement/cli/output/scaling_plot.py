"""A service under a recorded metric as a picture: the metric above, tasks below, over time.

In: a ``ScalingCourse`` and the name of a file, svg or png.  Out: the file (``plot``).
"""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING, Any

from placement.cli.output.plot import save_figure
from placement.ecs.outlooks.course import Mode, ScalingCourse, ScalingMinute
from placement.timestamps import DAY

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["draw_course"]

MOST_POINTS = 20_000
"""Minutes that are drawn one by one; of more, each point stands for the largest of several."""


def draw_course(course: ScalingCourse, name: str) -> None:
    """Draw the metric with the policies' thresholds, and the tasks with their bounds.

    Raises:
        DocumentError: the file cannot be written.
    """
    save_figure(lambda figure: _draw(figure, course), name, height=6.0)


def _draw(figure: Figure, course: ScalingCourse) -> None:
    import matplotlib.dates

    dates: Any = matplotlib.dates  # without types
    above, below = figure.subplots(2, 1, sharex=True)
    minutes = _thinned(course.minutes)
    times = [one.at / DAY for one in minutes]  # days since 1970, as matplotlib counts
    _draw_metric(above, course, minutes, times)
    _draw_tasks(below, minutes, times)
    locator = dates.AutoDateLocator(tz=UTC)
    below.xaxis.set_major_locator(locator)
    below.xaxis.set_major_formatter(dates.ConciseDateFormatter(locator, tz=UTC))
    below.set_xlabel("time (UTC)")
    for axes in (above, below):
        axes.margins(x=0)
        for side in ("top", "right"):
            axes.spines[side].set_visible(False)
        axes.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0), frameon=False)
    mode = "closed loop" if course.mode is Mode.CLOSED_LOOP else "replayed as recorded"
    above.set_title(f"{course.name} in {course.cluster}: {course.metric}, {mode}", loc="left")


def _thinned(minutes: tuple[ScalingMinute, ...]) -> list[ScalingMinute]:
    """Return the minutes to draw: of each of many equal runs the one with the largest metric."""
    run = -(-len(minutes) // MOST_POINTS)
    if run <= 1:
        return list(minutes)
    return [
        max(minutes[start : start + run], key=lambda one: one.metric or 0)
        for start in range(0, len(minutes), run)
    ]


def _draw_metric(
    axes: Axes, course: ScalingCourse, minutes: list[ScalingMinute], times: list[float]
) -> None:
    nothing = float("nan")  # a gap in the line
    if course.mode is Mode.CLOSED_LOOP:
        recorded = [nothing if one.recorded is None else float(one.recorded) for one in minutes]
        axes.plot(times, recorded, label="as recorded", color="#b0b0b0", linewidth=1.0)
    seen = [nothing if one.metric is None else float(one.metric) for one in minutes]
    label = "in the model" if course.mode is Mode.CLOSED_LOOP else "as recorded"
    axes.plot(times, seen, label=label, color="black", linewidth=1.2)
    for line in course.lines:
        style = "--" if line.is_above else ":"
        what = "target" if line.is_target else ("above" if line.is_above else "below")
        axes.axhline(
            float(line.threshold),
            label=f"{line.policy}: {what} {float(line.threshold):g}",
            color="#b2182b" if line.is_above else "#2166ac",
            linestyle=style,
            linewidth=1.0,
        )
    axes.set_ylabel(course.metric)
    axes.set_ylim(bottom=min(0.0, *(value for value in seen if value == value), 0.0))


def _draw_tasks(axes: Axes, minutes: list[ScalingMinute], times: list[float]) -> None:
    from matplotlib.ticker import MaxNLocator

    lines = (
        ([one.recorded_count for one in minutes], "recorded", "#b0b0b0", "-"),
        ([one.running for one in minutes], "running", "#4393c3", "-"),
        ([one.desired for one in minutes], "desired", "black", "-"),
        ([one.minimum for one in minutes], "minimum", "#b2182b", ":"),
        ([one.maximum for one in minutes], "maximum", "#b2182b", "--"),
    )
    top = 1
    most = max(max(one.desired, one.running, one.recorded_count or 0) for one in minutes)
    for values, label, colour, style in lines:
        numbers = [float("nan") if one is None else float(one) for one in values]
        if all(one != one for one in numbers):
            continue
        if label == "maximum" and min(numbers) > 3 * max(1, most):
            continue  # far away: it would press everything else flat
        axes.plot(
            times,
            numbers,
            label=label,
            color=colour,
            linestyle=style,
            linewidth=1.4 if label == "desired" else 1.1,
            drawstyle="steps-pre",
        )
        top = max(top, *(int(one) for one in numbers if one == one))
    axes.set_ylabel("tasks")
    axes.set_ylim(bottom=0, top=top * 1.1)
    axes.yaxis.set_major_locator(MaxNLocator(integer=True))
