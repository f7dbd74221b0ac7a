"""``placement report``: a cluster at a glance.

In: the state of a cluster.  Out: use by zone, instance type and instance, the largest tasks that
still fit, fragmentation, groups and where they run; as tables or JSON.  Nothing is changed.
"""

from __future__ import annotations

import click

from placement import Cluster, Task
from placement.cli.kernel_choice import choose_kernels
from placement.cli.options.clusters import of_one_cluster
from placement.cli.options.printing import printing_options
from placement.cli.options.reading import cluster_option, state_option
from placement.cli.options.state import State, read_state
from placement.cli.output import render
from placement.cli.output.instance_rows import instance_rows
from placement.documents.definition_names import find_definition

__all__ = ["report"]


@click.command("report", short_help="A cluster at a glance: use, room, fragmentation, groups.")
@state_option(required=True)
@cluster_option
@printing_options
@click.pass_context
def report(ctx: click.Context, files: tuple[str, ...], cluster: str | None, output: str) -> None:
    """Show a cluster at a glance.

    \b
    placement report --state cluster.json --state tasks.json

    Shown are the use of CPU, memory, GPUs, network interfaces and host ports by zone, by instance
    type and by instance; the pairs of CPU and memory that still fit somewhere and that no other
    pair exceeds, by zone; what is free but cannot take the most frequent task definition; groups
    and where they run. INACTIVE instances are left out.
    """  # noqa: D301 (\b is click's mark for a paragraph that keeps its lines)
    state = of_one_cluster(read_state(files), cluster)
    if ctx.obj:
        choose_kernels(1, state.instances, loaded=state.tasks)
    from placement.planning import report as reported  # not for help and errors

    there = state.cluster()
    found = reported(there, definitions=_frequent_definition(state, there))
    known = instance_rows(there)
    if output == "json":
        from placement.cli.output.use_documents import report_document

        render.json_document(report_document(found, {entry.id: entry.arn for entry in known}))
        return
    from placement.cli.output.use_tables import print_report

    print_report(found, {entry.id: entry.machine for entry in known})


def _frequent_definition(state: State, cluster: Cluster) -> list[Task]:
    """Return the most frequent task definition, if it is in the files of ``--state``.

    Raises:
        CqlError: the expression of a constraint in it is not valid.
        DocumentError: it has not the form that ECS gives it.
    """
    from placement.planning import most_frequent_definition

    name = most_frequent_definition(cluster)
    document = None if name is None else find_definition(state.definitions(), name)
    return [] if document is None else [Task.from_ecs(document)]
