"""Pictures: any figure as a file, and a deployment's course, tasks by revision against the bounds.

In: a ``Rollout`` and the name of a file, svg or png.  Out: the file.  Needs matplotlib, the extra
``[plot]``; without it, an error says how to get it.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from placement import DocumentError, UsageError
from placement.cli.errors import one_line
from placement.extras import how_to_install
from placement.timestamps import MINUTE, SECOND

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from placement.ecs.rollouts.values import Rollout

__all__ = ["FORMATS", "check_plot", "draw_rollout", "save_figure"]

FORMATS = (".svg", ".png")

COLOURS = ("#7fb3d8", "#fdbf6f", "#b2df8a", "#cab2d6", "#d0d0d0")
"""Of the revisions, the newest first; further ones are grey.  Colour-blind eyes see them differ."""

LEAST_TAIL = 5 * SECOND
"""How long the last state is drawn at least."""


def check_plot(name: str) -> None:
    """Refuse a picture that cannot be drawn.

    Raises:
        UsageError: the name has another ending, or matplotlib is missing.
    """
    if Path(name).suffix.lower() not in FORMATS:
        known = " or ".join(FORMATS)
        raise UsageError(f"--plot: the name of the file ends with {known}, not {one_line(name)}")
    if find_spec("matplotlib") is None:
        raise UsageError(f"--plot needs matplotlib: {how_to_install('plot')}")


def save_figure(draw: Callable[[Figure], None], name: str, *, height: float = 4.5) -> None:
    """Let ``draw`` fill a figure, and write it; equal figures have equal bytes.

    Args:
        draw: Fills the figure.
        name: The name of the file.
        height: The height of the picture in inches; it is 8 wide.

    Raises:
        DocumentError: the file cannot be written.
    """
    import matplotlib as mpl
    from matplotlib.figure import Figure

    with mpl.rc_context({"svg.hashsalt": "placement", "svg.fonttype": "none", "font.size": 9.0}):
        figure = Figure(figsize=(8.0, height), layout="constrained")
        draw(figure)
        is_svg = Path(name).suffix.lower() == ".svg"
        metadata = {"Date": None} if is_svg else {"Software": None}
        try:
            figure.savefig(name, dpi=150, metadata=metadata)
        except OSError as error:
            reason = (error.strerror or "unwritable").lower()
            raise DocumentError(f"{one_line(name)}: cannot be written: {reason}", "") from None


def draw_rollout(rollout: Rollout, name: str) -> None:
    """Draw tasks by revision, healthy tasks and the bounds, and write the picture.

    Raises:
        DocumentError: the file cannot be written.
    """
    save_figure(lambda figure: _draw(figure.add_subplot(), rollout), name)


def _draw(axes: Axes, rollout: Rollout) -> None:
    """Draw the states between instants as steps."""
    points = [
        point
        for number, point in enumerate(rollout.points)
        # Of the points of one instant the last is the state that lasts.
        if number + 1 == len(rollout.points) or rollout.points[number + 1].at > point.at
    ]
    first = rollout.points[0]
    if points[0] is not first:
        points.insert(0, first)
    end = max(_end(rollout), points[-1].at + LEAST_TAIL)
    unit, name = (
        (MINUTE, "minutes") if end - rollout.started_at > 10 * MINUTE else (SECOND, "seconds")
    )
    times = [(one.at - rollout.started_at) / unit for one in points]
    times.append((end - rollout.started_at) / unit)

    def steps(values: list[int]) -> list[int]:
        return [*values, values[-1]]

    stacks = []
    for one in reversed(rollout.revisions):  # the oldest at the bottom
        counts = [point.revisions.get(one.number) for point in points]
        stacks.append(steps([0 if found is None else found.active for found in counts]))
    colours = [
        COLOURS[min(place, len(COLOURS) - 1)] for place in reversed(range(len(rollout.revisions)))
    ]
    names = [one.name for one in reversed(rollout.revisions)]
    if stacks:  # D8: a service that the model does not run has no revisions
        axes.stackplot(
            times,
            stacks,
            labels=names,
            colors=colours,
            step="post",
            edgecolor="white",
            linewidth=0.4,
        )
    lines = (
        ([point.healthy for point in points], "healthy", "black", "-"),
        ([point.lower for point in points], "lower bound", "#b2182b", ":"),
        ([point.upper for point in points], "upper bound", "#b2182b", "--"),
    )
    for values, label, colour, style in lines:
        axes.plot(
            times,
            steps(values),
            label=label,
            color=colour,
            linestyle=style,
            linewidth=1.4,
            drawstyle="steps-post",
        )
    _label(axes, rollout, name)


def _end(rollout: Rollout) -> int:
    """Return until when is drawn: of a deployment that stands still a tenth more than it moved."""
    if rollout.settled_at is not None or not rollout.causes:
        last = rollout.points[-1].at
    else:
        last = rollout.last_change_at + MINUTE
    return last + (last - rollout.started_at) // 10


def _label(axes: Axes, rollout: Rollout, unit: str) -> None:
    from matplotlib.ticker import MaxNLocator

    axes.set_title(f"{rollout.name} in {rollout.cluster}: {rollout.outcome.value}", loc="left")
    axes.set_xlabel(f"{unit} since the deployment was asked for")
    axes.set_ylabel("tasks")
    axes.margins(x=0)
    axes.set_ylim(
        bottom=0, top=max(1, *(max(one.upper, one.active) for one in rollout.points)) * 1.1
    )
    axes.yaxis.set_major_locator(MaxNLocator(integer=True))
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    axes.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0), frameon=False)
