"""``placement check``: whether an expression is valid, and what is odd about it.

In: an expression, perhaps the state of a cluster.  Out: its canonical text and warnings; problems
go to standard error, with status 2.  Neither rich nor numba is loaded for it, and
numpy only for a cluster.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from placement import CqlError, Lint, Problem, compile, lint
from placement.cli.options.printing import printing_options
from placement.cli.options.reading import cluster_option, expression_argument, state_option
from placement.cli.output import render

if TYPE_CHECKING:
    from placement import Cluster

__all__ = ["check"]


@click.command("check", short_help="Whether an expression is valid, and what is odd about it.")
@expression_argument
@state_option(required=False)
@cluster_option
@printing_options
@click.pass_context
def check(
    ctx: click.Context, expression: str, files: tuple[str, ...], cluster: str | None, output: str
) -> None:
    """Check an expression of the Cluster Query Language; - reads it from standard input.

    With --state also against a cluster: names and values that nothing there has.
    """
    if cluster is not None and not files:
        raise click.UsageError("--cluster goes with --state")
    there = _read_cluster(files, cluster) if files else None
    try:
        canonical = str(compile(expression))
        found = lint(expression, there)
    except CqlError as error:
        if output != "json":
            raise
        problems = [_as_json(problem) for problem in error.problems]
        render.json_document({"valid": False, "problems": problems})
        ctx.exit(2)
    if output == "json":
        warnings = [{"code": warning.code, **_as_json(warning)} for warning in found]
        render.json_document({"valid": True, "canonical": canonical, "warnings": warnings})
        return
    render.print_success("valid", f", {_counted(found)}" if found else "")
    render.indented(canonical)
    render.warnings(expression, found)


def _read_cluster(files: tuple[str, ...], name: str | None) -> Cluster:
    from placement.cli.options.clusters import of_one_cluster  # with all that a cluster needs
    from placement.cli.options.state import read_state

    return of_one_cluster(read_state(files), name).cluster()


def _counted(found: list[Lint]) -> str:
    return f"{len(found)} warning{'' if len(found) == 1 else 's'}"


def _as_json(problem: Problem) -> dict[str, Any]:
    return {
        "message": problem.message,
        "span": [problem.span.start, problem.span.end],
        "suggestion": problem.suggestion,
    }
