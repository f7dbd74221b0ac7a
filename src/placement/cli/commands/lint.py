"""``placement lint``: what is probably not meant about a service, or about what scales.

In: a service definition or a service of the state, or the state alone.  Out: warnings with stable
codes.  Nothing is started and no file is changed.
"""

from __future__ import annotations

import click

from placement.cli.kernel_choice import choose_kernels
from placement.cli.options.deployment import (
    deployment_options,
    lone_lints,
    planned_deployment,
)
from placement.cli.options.printing import printing_options
from placement.cli.options.reading import state_option
from placement.cli.options.sessions import load_session
from placement.cli.options.state import read_account
from placement.cli.output import render

__all__ = ["lint"]


@click.command("lint", short_help="What is probably not meant about a service, or about scaling.")
@state_option(required=False)
@deployment_options
@click.option(
    "--scaling",
    is_flag=True,
    help="Look at all that scales in --state instead: capacity providers, scalable targets, their"
    " policies, alarms and scheduled actions.",
)
@printing_options
@click.pass_context
def lint(
    ctx: click.Context,
    files: tuple[str, ...],
    service: str | None,
    service_file: str | None,
    cluster: str | None,
    definition_file: str | None,
    desired_count: int | None,
    scaling: bool,
    output: str,
) -> None:
    """Warn about percents that cannot move, ports, zones, room and settings that are ignored.

    \b
    placement lint --state cluster.json --service-definition web-service.json
    placement lint --state cluster.json --scaling

    Without --state the definition is looked at alone: room, instances and load balancers are not
    known then.

    Each warning has a stable code in brackets. The exit status is 0, also with warnings, and 2 for
    an error.
    """  # noqa: D301 (\b is click's mark for a paragraph that keeps its lines)
    # Not for help and errors:
    from placement.cli.output.rollouts import print_service_lints
    from placement.ecs.rollouts.document import lint_document

    if scaling:
        others = (service, service_file, definition_file, desired_count)
        if not files or any(one is not None for one in others):
            raise click.UsageError("--scaling goes with --state alone: it looks at all that scales")
        _lint_scaling(files, output, compiles=bool(ctx.obj))
        return
    if not files and service_file is not None and service is None:
        name, found = lone_lints(service_file, definition_file, desired_count)
    elif not files:
        raise click.UsageError("give --state, or --service-definition alone")
    else:
        planned = planned_deployment(
            files,
            service=service,
            service_file=service_file,
            cluster=cluster,
            definition_file=definition_file,
            desired_count=desired_count,
            before_loading=choose_kernels if ctx.obj else None,
        )
        name, found = planned.service, planned.lints()
    if output == "json":
        render.json_document({"warnings": [lint_document(one) for one in found]})
        return
    render.heading(f"{name}: {_counted(len(found))}")
    print_service_lints(found, stderr=False)


def _lint_scaling(files: tuple[str, ...], output: str, *, compiles: bool) -> None:
    """Write the warnings about all that scales in the state."""
    state = read_account(files)
    document = state.document()
    if compiles:
        services, instances = document.get("services", ()), document.get("containerInstances", ())
        choose_kernels(len(services) + len(document.get("tasks", ())), len(instances))
    session = load_session(state, document)
    from placement.cli.output.scaling import print_scaling_lints  # not for help and errors
    from placement.ecs.lints.scaling import lint_scaling
    from placement.ecs.outlooks.document import scaling_lint_document

    found = lint_scaling(session)
    if output == "json":
        render.json_document({"warnings": [scaling_lint_document(one) for one in found]})
        return
    render.heading(f"scaling: {_counted(len(found))}")
    print_scaling_lints(found, stderr=False)


def _counted(number: int) -> str:
    return f"{number} warning{'' if number == 1 else 's'}" if number else "no warnings"
