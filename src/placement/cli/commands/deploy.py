"""``placement deploy``: what a deployment would do to a cluster, second by second.

In: the state of a cluster, a service and what changes, how tasks behave.  Out: the timeline of
starts and stops, the events, where it gets stuck and why.  Time is the model's; no file is changed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from placement.cli.exit_status import NOT_STEADY
from placement.cli.kernel_choice import choose_kernels
from placement.cli.options.behaviour import read_behaviour
from placement.cli.options.deployment import deployment_options, planned_deployment
from placement.cli.options.printing import printing_options
from placement.cli.options.reading import InputFile, state_option
from placement.cli.output import render
from placement.cli.output.progress import ProgressBar

if TYPE_CHECKING:
    from placement.cli.options.deployment import Deployment
    from placement.ecs.lints.codes import ServiceLint
    from placement.ecs.rollouts.values import Rollout, RolloutPoint

__all__ = ["deploy"]

TWO_DAYS = 172_800
"""Seconds after which a deployment counts as stuck (C40)."""

LONGEST = 365 * 86_400
"""Seconds that ``--until`` takes: a year."""


def _until(ctx: click.Context, parameter: click.Parameter, value: str) -> float | None:
    """Return the seconds that were given, None for ``steady``."""
    if value == "steady":
        return None
    try:
        seconds = float(value)
    except ValueError:
        seconds = -1.0
    if not 0 <= seconds <= LONGEST:  # NaN neither
        message = f"{value!r} is neither steady nor a number of seconds from 0 to {LONGEST}"
        raise click.BadParameter(message, ctx, parameter)
    return seconds


@click.command("deploy", short_help="What a deployment would do, and where it gets stuck.")
@state_option(required=True)
@deployment_options
@click.option(
    "--behaviour",
    "behaviour_file",
    cls=InputFile,
    metavar="FILE",
    help="How tasks behave, YAML or JSON: a list of {service, family, revision, first} and what"
    " the first rule that matches says of a task.  [default: all goes well]",
)
@click.option(
    "--until",
    callback=_until,
    default="steady",
    show_default=True,
    metavar="steady|SECONDS",
    help="How long to go on; steady: at most two days of the model's time.",
)
@click.option("--plot", metavar="FILE", help="Draw tasks by revision over time: .svg or .png.")
@printing_options
@click.pass_context
def deploy(
    ctx: click.Context,
    files: tuple[str, ...],
    service: str | None,
    service_file: str | None,
    cluster: str | None,
    definition_file: str | None,
    desired_count: int | None,
    behaviour_file: str | None,
    until: float | None,
    plot: str | None,
    output: str,
) -> None:
    """Say what deploying a service would do, as ECS would do it; nothing is deployed.

    \b
    placement deploy --state cluster.json --state tasks.json --state services.json \\
        --service web --task-definition web-8.json

    Each line of the timeline is an instant: healthy tasks against the least that
    minimumHealthyPercent keeps, active tasks against the most that maximumPercent allows, and for
    each revision its healthy tasks, with + those that are not healthy yet.

    The exit status is 0 if the service becomes steady with what is deployed, 3 if not (stuck,
    failed, rolled back, or not yet), 2 for an error.
    """  # noqa: D301 (\b is click's mark for a paragraph that keeps its lines)
    if plot is not None:
        from placement.cli.output.plot import check_plot

        check_plot(plot)
    behaviour = None if behaviour_file is None else read_behaviour(behaviour_file)
    planned = planned_deployment(
        files,
        service=service,
        service_file=service_file,
        cluster=cluster,
        definition_file=definition_file,
        desired_count=desired_count,
        behaviour=behaviour,
        before_loading=choose_kernels if ctx.obj else None,
    )
    warnings = planned.lints()
    planned.begin()
    rollout = _follow(planned, until)
    if plot is not None:
        from placement.cli.output.plot import draw_rollout

        draw_rollout(rollout, plot)
    _print(rollout, warnings, output)
    if not rollout.is_steady:
        ctx.exit(NOT_STEADY)


def _print(rollout: Rollout, warnings: list[ServiceLint], output: str) -> None:
    """Write the timeline and the warnings, which stand apart where all went well."""
    if output == "json":
        from placement.ecs.rollouts.document import rollout_document

        render.json_document(rollout_document(rollout, warnings))
        return
    from placement.cli.output.rollouts import print_rollout, print_service_lints

    if rollout.is_steady:
        print_service_lints(warnings, stderr=True)
    print_rollout(rollout, warnings)


def _follow(planned: Deployment, seconds: float | None) -> Rollout:
    """Move time, with a bar where that takes long."""
    from placement.ecs.rollouts.follow import follow_rollout

    began = planned.session.now.timestamp()
    limit = TWO_DAYS if seconds is None else max(seconds, 1.0)
    with ProgressBar(f"deploying {planned.service}") as bar:

        def show(point: RolloutPoint) -> None:
            passed = planned.session.now.timestamp() - began
            newest = next(iter(point.revisions.values()), None)  # D8: there may be none
            healthy = 0 if newest is None else newest.healthy
            share = max(passed / limit, healthy / max(1, point.desired))
            text = f"{passed / 60:.0f} min, {healthy} of {point.desired} healthy"
            bar.show(share, text)

        return follow_rollout(
            planned.session,
            planned.service,
            cluster=planned.cluster,
            seconds=seconds,
            on_instant=show,
        )
