"""``placement fmt``: an expression as its canonical text.

In: an expression of any length.  Out: one line on standard output, and on standard error a warning
if it is longer than ECS takes (C1).
"""

from __future__ import annotations

import click

from placement.cli.options.reading import expression_argument
from placement.cli.output import render
from placement.query.query import MAX_LENGTH, compile

__all__ = ["fmt"]


@click.command("fmt", short_help="Print an expression in its canonical form.")
@expression_argument
def fmt(expression: str) -> None:
    """Print an expression in its canonical form; - reads it from standard input."""
    canonical = str(compile(expression, max_length=None))
    click.echo(canonical)
    if len(canonical) > MAX_LENGTH:
        render.warn(f"{len(canonical)} characters are more than the {MAX_LENGTH} that ECS takes")
