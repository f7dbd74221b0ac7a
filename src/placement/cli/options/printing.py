"""``--output``, ``--query`` and ``--no-truncate``: how a command prints its result.

In: the values of the options.  Out: ``Presentation``, and ``table`` or ``json`` for the command,
which makes rows for a table and a document for everything else.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

from placement.cli.presentation import presentation
from placement.cli.query import QueryError, compiled

__all__ = ["printing_options"]

Function = TypeVar("Function", bound=Callable[..., Any])

FORMATS = ("table", "json", "text")


def _output(ctx: click.Context, parameter: click.Parameter, value: str | None) -> str:
    """Return ``table`` or ``json``; text is a document that is printed in another way.

    So is a table of what ``--query`` selects: the command's own tables have other columns.
    """
    del ctx, parameter
    how = presentation()
    if value is None:
        return "table" if how.query is None else "json"
    how.as_text = value == "text"
    how.as_table = value == "table" and how.query is not None
    return "table" if value == "table" and not how.as_table else "json"


def _query(ctx: click.Context, parameter: click.Parameter, value: str | None) -> None:
    """Compile an expression, before anything is read."""
    if value is None:
        return
    try:
        presentation().query = compiled(value)
    except QueryError as error:
        raise click.BadParameter(str(error), ctx, parameter) from None


def _no_truncate(ctx: click.Context, parameter: click.Parameter, value: bool) -> None:
    del ctx, parameter
    presentation().truncate = not value


def printing_options(function: Function) -> Function:
    """Add ``--output``, which the command takes, and ``--query`` and ``--no-truncate``."""
    options = [
        click.option(
            "--output",
            type=click.Choice(FORMATS),
            callback=_output,
            help="How to print the result; text, and a table of what --query selects, as the AWS"
            " CLI's.  [default: table; json with --query]",
        ),
        click.option(
            "--query",
            metavar="EXPR",
            callback=_query,
            expose_value=False,
            is_eager=True,  # --output depends on it
            help="Print what this JMESPath expression selects of the JSON document.",
        ),
        click.option(
            "--no-truncate",
            is_flag=True,
            callback=_no_truncate,
            expose_value=False,
            help="Print tables whole, however narrow the terminal.",
        ),
    ]
    for option in reversed(options):
        function = option(function)
    return function
