"""``placement capacity``: what capacity providers would do now, and after more tasks (C52).

In: the state of a cluster, perhaps a task definition and a number of tasks.  Out: reservation,
needed instances, decision and reason of each provider; how its group follows.  No file is changed.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from placement.cli.exit_status import NO_ROOM
from placement.cli.kernel_choice import choose_kernels
from placement.cli.options.given_definition import registered_definition
from placement.cli.options.printing import printing_options
from placement.cli.options.reading import InputFile, cluster_option, state_option
from placement.cli.options.sessions import chosen_cluster, load_session
from placement.cli.options.state import read_account
from placement.cli.options.task_definition import NAMES
from placement.cli.output import render
from placement.cli.output.progress import ProgressBar
from placement.timestamps import microseconds

if TYPE_CHECKING:
    from placement.ecs.lints.scaling_codes import ScalingLint
    from placement.ecs.outlooks.capacity import ProviderOutlook
    from placement.ecs.outlooks.capacity_course import CapacityCourse
    from placement.ecs.session import Session

__all__ = ["capacity"]

DAY_MINUTES = 24 * 60

PROVIDER = "capacity-provider/"
"""What the subjects of warnings about one provider begin with."""


def _types(
    ctx: click.Context, parameter: click.Parameter, given: tuple[str, ...]
) -> dict[str, str]:
    """Return instance types by launch template."""
    found = {}
    for one in given:
        name, equals, instance_type = one.partition("=")
        if not equals or not name or not instance_type:
            message = f"{one!r} is not TEMPLATE=TYPE, such as web-machines=m5.large"
            raise click.BadParameter(message, ctx, parameter)
        found[name] = instance_type
    return found


@click.command("capacity", short_help="What capacity providers would do now.")
@state_option(required=True)
@cluster_option
@click.option(
    "--task-definition",
    "definition_file",
    cls=InputFile,
    metavar="FILE|NAME",
    help="What --count tasks are run from: what 'aws ecs describe-task-definition' prints, or what"
    f" register-task-definition takes; {NAMES}",
)
@click.option(
    "--count",
    type=click.IntRange(1, 10_000),
    metavar="N",
    help="How many more tasks are run now.  [default: 1 with --task-definition]",
)
@click.option(
    "--capacity-provider",
    "provider",
    metavar="NAME",
    help="Where they are run.  [default: by the cluster's default strategy]",
)
@click.option(
    "--instance-type",
    "types",
    multiple=True,
    callback=_types,
    metavar="TEMPLATE=TYPE",
    help="The EC2 type of machines of a launch template, by its name or id.  [default: the type of"
    " the group's newest instance]",
)
@printing_options
@click.pass_context
def capacity(
    ctx: click.Context,
    files: tuple[str, ...],
    cluster: str | None,
    definition_file: str | None,
    count: int | None,
    provider: str | None,
    types: dict[str, str],
    output: str,
) -> None:
    """Say what capacity providers would do now, and how they follow more tasks.

    \b
    placement capacity --state dump.json
    placement capacity --state dump.json --task-definition web:8 --count 20

    For each provider: the instances that its group has (registered ones, with + those on their
    way), how many of these are empty, waiting tasks, the instances needed,
    CapacityProviderReservation beside its target, the desired capacity from the next full minute
    on, and why.

    The exit status is 0; 3 if some of the tasks of --count are never placed; 2 for an error.
    """  # noqa: D301 (\b is click's mark for a paragraph that keeps its lines)
    if definition_file is None and (count is not None or provider is not None):
        raise click.UsageError("--count and --capacity-provider need --task-definition")
    session, task_definition = _loaded(files, definition_file, count, compiles=bool(ctx.obj))
    name = chosen_cluster(session, cluster, None)
    for template, instance_type in types.items():
        session.describe_launch_template(template, instance_type=instance_type)
    from placement.ecs.outlooks.capacity import look_at_providers  # not for help and errors
    from placement.ecs.outlooks.capacity_course import run_waiting

    warnings = _provider_lints(session)
    now = microseconds(session.now)
    tasks: tuple[str, ...] = ()
    if task_definition is not None:
        tasks = run_waiting(session, task_definition, count or 1, cluster=name, provider=provider)
    providers = [one for one in look_at_providers(session) if name in one.clusters or not cluster]
    course = _follow(session, name, tasks) if tasks else None
    if output == "json":
        from placement.ecs.outlooks.document import capacity_document

        render.json_document(capacity_document(now, providers, course, warnings))
    else:
        _print(name, providers, course, warnings)
    if course is not None and course.placed < course.tasks:
        ctx.exit(NO_ROOM)


def _loaded(
    files: tuple[str, ...], definition_file: str | None, count: int | None, *, compiles: bool
) -> tuple[Session, str | None]:
    """Return the session of the files, and what it calls the task definition, if one is given."""
    state = read_account(files)
    document = state.document()
    if compiles:
        instances = len(document.get("containerInstances", ()))
        choose_kernels((count or 0) + len(document.get("tasks", ())), instances)
    if definition_file is None:
        return load_session(state, document), None
    given = registered_definition(state, definition_file, document)
    session = load_session(state, document)
    return session, given.name_in(session)


def _provider_lints(session: Session) -> list[ScalingLint]:
    """Return what is probably not meant about capacity providers."""
    from placement.ecs.lints.scaling import lint_scaling
    from placement.ecs.lints.scaling_codes import PROVIDER_CODES

    return [
        one
        for one in lint_scaling(session)
        if one.code in PROVIDER_CODES or one.subject.startswith(PROVIDER)
    ]


def _print(
    cluster: str,
    providers: Sequence[ProviderOutlook],
    course: CapacityCourse | None,
    warnings: Sequence[ScalingLint],
) -> None:
    """Write the outlook as tables and lines."""
    from placement.cli.output.capacity import (
        print_capacity,
        print_capacity_course,
        print_capacity_warnings,
    )

    title = f"{cluster} at the next full minute"
    if course is not None:
        title += f", with {course.tasks} more task{'' if course.tasks == 1 else 's'}"
    print_capacity(title, providers)
    if course is not None:
        several = sum(not one.kind.startswith("FARGATE") for one in providers) > 1
        print_capacity_course(course, several=several)
    print_capacity_warnings(warnings)


def _follow(session: Session, cluster: str, tasks: tuple[str, ...]) -> CapacityCourse:
    """Move time until the groups are at rest, with a bar where that takes long."""
    from placement.ecs.outlooks.capacity_course import follow_capacity

    with ProgressBar("following the groups") as bar:

        def show(minute: int) -> None:
            bar.show(minute / DAY_MINUTES, f"{minute} min")

        return follow_capacity(session, tasks, cluster=cluster, on_minute=show)
