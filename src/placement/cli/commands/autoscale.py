"""``placement autoscale``: what scaling policies would have done on a recorded metric (C52).

In: the state of a cluster, a service, a recorded metric, policies.  Out: the changes of the desired
count with their reasons, sums, a picture.  Time is the model's; no file is changed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from placement.cli.kernel_choice import choose_kernels
from placement.cli.options.metric_file import read_metric
from placement.cli.options.policy_files import (
    put_alarm_files,
    put_policy_files,
    register_bounds,
)
from placement.cli.options.printing import printing_options
from placement.cli.options.reading import InputFile, cluster_option, state_option
from placement.cli.options.sessions import chosen_cluster, load_session, the_service
from placement.cli.options.state import read_account
from placement.cli.output import render
from placement.cli.output.progress import ProgressBar
from placement.timestamps import MINUTE, from_microseconds

if TYPE_CHECKING:
    from placement.ecs.outlooks.course import ScalingCourse, ScalingMinute
    from placement.ecs.outlooks.recorded import RecordedMetric
    from placement.ecs.session import Session

__all__ = ["autoscale"]


@click.command("autoscale", short_help="What scaling policies would have done on a metric.")
@state_option(required=True)
@click.option(
    "--service",
    required=True,
    metavar="NAME",
    help="A service that the files of --state describe (describe-services).",
)
@cluster_option
@click.option(
    "--metric",
    "metric_file",
    cls=InputFile,
    required=True,
    metavar="FILE",
    help="The recorded metric, CSV: time,value or time,value,count. With count, the tasks of that"
    " time, value x count is the load and the loop is closed; without it the metric is replayed as"
    " recorded.",
)
@click.option(
    "--policy",
    "policy_files",
    cls=InputFile,
    multiple=True,
    metavar="FILE",
    help="What 'aws application-autoscaling put-scaling-policy' takes, JSON or YAML; again for"
    " further ones.  [default: the policies in --state]",
)
@click.option(
    "--alarm",
    "alarm_files",
    cls=InputFile,
    multiple=True,
    metavar="FILE",
    help="What 'aws cloudwatch put-metric-alarm' takes, JSON or YAML: what triggers a step scaling"
    " policy. AlarmActions may name the policy.",
)
@click.option(
    "--metric-of",
    metavar="POLICY",
    help="The policy whose metric was recorded, where they look at several.",
)
@click.option(
    "--min-capacity",
    type=click.IntRange(min=0),
    metavar="N",
    help="The fewest tasks.  [default: as in --state]",
)
@click.option(
    "--max-capacity",
    type=click.IntRange(min=0),
    metavar="N",
    help="The most tasks.  [default: as in --state]",
)
@click.option(
    "--desired-count",
    type=click.IntRange(min=0),
    metavar="N",
    help="How many tasks at the beginning.  [default: the first count, else the service's own]",
)
@click.option("--every-minute", is_flag=True, help="Print all minutes, not the changes alone.")
@click.option("--plot", metavar="FILE", help="Draw metric and tasks over time: .svg or .png.")
@printing_options
@click.pass_context
def autoscale(
    ctx: click.Context,
    files: tuple[str, ...],
    service: str,
    cluster: str | None,
    metric_file: str,
    policy_files: tuple[str, ...],
    alarm_files: tuple[str, ...],
    metric_of: str | None,
    min_capacity: int | None,
    max_capacity: int | None,
    desired_count: int | None,
    every_minute: bool,
    plot: str | None,
    output: str,
) -> None:
    """Say what scaling policies would have done on a recorded metric; nothing is scaled.

    \b
    placement autoscale --state dump.json --service web --metric cpu.csv --policy cpu.yaml

    Each line is a minute at whose end the desired count or a bound changed, with the policy and the
    points that did it. A time in the file is the beginning of what its value is about, in UTC
    unless it says a zone.
    """  # noqa: D301 (\b is click's mark for a paragraph that keeps its lines)
    if plot is not None:
        from placement.cli.output.plot import check_plot

        check_plot(plot)
    recorded = read_metric(metric_file)
    state = read_account(files)
    document = state.document()
    if ctx.obj:
        instances = len(document.get("containerInstances", ()))
        choose_kernels(recorded.minutes // 60 + len(document.get("tasks", ())), instances)
    from placement.ecs.lints.scaling import lint_scaling  # not for help and errors
    from placement.ecs.outlooks.follow import SETTLING

    session = load_session(state, document, start=from_microseconds(recorded.start) - SETTLING)
    name = chosen_cluster(session, cluster, service)
    known = the_service(session, name, service, to_be="scaled")
    resource = f"service/{name}/{known['serviceName']}"
    register_bounds(session, resource, min_capacity, max_capacity)
    put_policy_files(session, resource, policy_files)
    put_alarm_files(session, resource, alarm_files)
    warnings = [one for one in lint_scaling(session) if one.subject == resource]
    course = _follow(session, name, known["serviceName"], recorded, metric_of, desired_count)
    if plot is not None:
        from placement.cli.output.scaling_plot import draw_course

        draw_course(course, plot)
    if output == "json":
        from placement.ecs.outlooks.document import course_document

        render.json_document(course_document(course, warnings, every_minute=every_minute))
    else:
        from placement.cli.output.scaling import print_course

        print_course(course, warnings, every_minute=every_minute)


def _follow(
    session: Session,
    cluster: str,
    service: str,
    recorded: RecordedMetric,
    policy: str | None,
    desired: int | None,
) -> ScalingCourse:
    """Move time over the recording, with a bar where that takes long."""
    from placement.ecs.outlooks.follow import follow_scaling

    with ProgressBar(f"scaling {service}") as bar:

        def show(one: ScalingMinute) -> None:
            passed = (one.at - recorded.start) // MINUTE
            if passed % 60 == 0:
                moment = from_microseconds(one.at)
                text = f"{moment:%Y-%m-%d %H:%M}, {one.desired} tasks"
                bar.show(passed / recorded.minutes, text)

        return follow_scaling(
            session,
            service,
            recorded,
            cluster=cluster,
            policy=policy,
            desired=desired,
            on_minute=show,
        )
