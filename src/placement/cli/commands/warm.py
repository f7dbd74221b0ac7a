"""``placement warm`` beside the other commands; ``placement.cli.warm`` does it without click."""

from __future__ import annotations

import click

from placement.cli.warm import DESCRIPTION, run_warm

__all__ = ["warm"]


@click.command(
    "warm",
    add_help_option=False,
    context_settings={"ignore_unknown_options": True},
    short_help=DESCRIPTION,
)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
@click.pass_context
def warm(ctx: click.Context, arguments: tuple[str, ...]) -> None:
    """Compile every kernel once; its own parser reads the arguments."""
    ctx.exit(run_warm(arguments))
