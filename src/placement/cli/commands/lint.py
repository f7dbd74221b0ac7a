"""``placement lint``: what is probably not meant about a service.

In: a service definition or a service of the state.  Out: warnings with stable codes.  Nothing is
started and no file is changed.
"""

from __future__ import annotations

import click

from placement.cli.kernel_choice import choose_kernels
from placement.cli.options.deployment import (
    deployment_options,
    lone_definition,
    planned_deployment,
)
from placement.cli.options.reading import output_option, state_option
from placement.cli.output import render

__all__ = ["lint"]


@click.command("lint", short_help="What is probably not meant about a service.")
@state_option(required=False)
@deployment_options
@output_option
@click.pass_context
def lint(
    ctx: click.Context,
    files: tuple[str, ...],
    service: str | None,
    service_file: str | None,
    cluster: str | None,
    definition_file: str | None,
    desired_count: int | None,
    output: str,
) -> None:
    """Warn about percents that cannot move, ports, zones, room and settings that are ignored.

    \b
    placement lint --state cluster.json --service-definition web-service.json

    Without --state the definition is looked at alone: room, instances and load balancers are not
    known then.

    Each warning has a stable code in brackets. The exit status is 0, also with warnings, and 2 for
    an error.
    """  # noqa: D301 (\b is click's mark for a paragraph that keeps its lines)
    # Not for help and errors:
    from placement.cli.output.rollouts import print_service_lints, print_skipped
    from placement.ecs.lints.service import lint_service
    from placement.ecs.rollouts.document import lint_document

    if not files and service_file is not None and service is None:
        definition = lone_definition(service_file, definition_file, desired_count)
        name, found = definition["serviceName"], lint_service(definition)
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
        print_skipped(planned.session.skipped)
        name = planned.service
        found = lint_service(planned.definition, session=planned.session, cluster=planned.cluster)
    if output == "json":
        render.json_document({"warnings": [lint_document(one) for one in found]})
        return
    number = f"{len(found)} warning{'' if len(found) == 1 else 's'}" if found else "no warnings"
    render.heading(f"{name}: {number}")
    print_service_lints(found, stderr=False)
