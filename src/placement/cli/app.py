"""All commands as one program, and how errors end it.

In: arguments.  Out: an exit status, 0 or one of ``exit_status``.  Results go to standard output,
errors and warnings to standard error.

Why click: it is small, well kept and does nothing but parse arguments; it imports in 15 ms, and
its runner makes commands easy to test.  Rejected: argparse (no completion for shells, and every
option of every command would be wired by hand), typer (a layer above that takes longer to import
than all of click), cyclopts (younger, and it needs rich, which ``check`` never loads).
"""

from __future__ import annotations

import contextlib
import io
import os
import sys
from collections.abc import Sequence
from importlib import import_module
from types import ModuleType
from typing import Any

import click

from placement import DocumentError, PlacementError
from placement.cli.exit_status import INTERRUPTED, NO_READER, REFUSED
from placement.cli.output.render import print_error, print_line

__all__ = ["COMMANDS", "app", "run"]

COMMANDS = (
    "run-task",
    "start-task",
    "explain",
    "fit",
    "report",
    "list-container-instances",
    "register-task-definition",
    "deploy",
    "autoscale",
    "capacity",
    "lint",
    "check",
    "fmt",
    "convert",
    "warm",
)
"""The commands in the order of the help; each is in the module of ``commands`` named like it."""

DISTRIBUTION = "cql-placement"


class _Refused(click.ClickException):
    """An error of this library, which ends the program."""

    exit_code = REFUSED

    def __init__(self, error: PlacementError) -> None:
        super().__init__(str(error))
        self.error = error

    def show(self, file: Any = None) -> None:
        """Write the error to standard error."""
        del file
        print_error(self.error)


class _Program(click.Group):
    """The group of all commands; errors of ours end it with status 2."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command that ``ctx`` names."""
        try:
            return super().invoke(ctx)
        except PlacementError as error:
            raise _Refused(error) from error

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return a command by name; its module is imported now, and the other commands' are not."""
        del ctx
        if cmd_name not in COMMANDS:
            return None
        name = cmd_name.replace("-", "_")
        module = import_module(f"placement.cli.commands.{name}")
        command: click.Command = getattr(module, name)
        if command.help is None:
            command.help = _help_in_source(module, name)
        return command

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the commands in the order of ``COMMANDS``, for the help."""
        del ctx
        return list(COMMANDS)


def _help_in_source(module: ModuleType, function: str) -> str | None:
    """Return the docstring of a command, which is its help, from the source of its module.

    ``python -OO`` compiles functions without their docstrings.
    """
    import ast  # only then
    import inspect

    try:
        tree = ast.parse(inspect.getsource(module))
    except OSError:  # installed without sources
        return None
    for node in tree.body:
        if isinstance(node, ast.FunctionDef) and node.name == function:
            return ast.get_docstring(node)
    return None


def _show_version(context: click.Context, parameter: click.Parameter, value: bool) -> None:
    del parameter
    if not value:
        return
    from importlib import metadata  # slow to import, and nothing else needs it

    try:
        version = metadata.version(DISTRIBUTION)
    except metadata.PackageNotFoundError:
        version = "(not installed)"
    click.echo(f"{DISTRIBUTION} {version}")
    context.exit()


HELP = """Ask what Amazon ECS would place where, without an account.

Clusters are read from what the AWS CLI prints; expressions are in ECS's Cluster Query Language.
"""


@click.group(
    cls=_Program,
    help=HELP,
    commands=[click.Command(name) for name in COMMANDS],  # names to suggest
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_show_version,
    help="Show the version and exit.",
)
def app() -> None:
    """Run one of the commands."""


def run(arguments: Sequence[str], *, own_process: bool = False) -> int:
    """Run the program on the standard streams and return its exit status.

    Args:
        arguments: Those after the program's name.
        own_process: Whether the process ends with it, so that commands may change the settings of
            the process, such as whether numba compiles.
    """
    _take_any_text(sys.stdout)
    given = list(arguments)
    try:
        status = app.main(given, prog_name="placement", standalone_mode=False, obj=own_process)
        _flush()
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        print_line("interrupted")
        return INTERRUPTED
    except BrokenPipeError:
        _silence()
        return NO_READER
    except OSError as error:  # errors of reading are dealt with there, so this is the output
        _silence()
        print_error(DocumentError(f"cannot write the output: {error.strerror}", ""))
        return REFUSED
    return status if isinstance(status, int) else 0


def _take_any_text(stream: Any) -> None:
    """Let a stream replace what its encoding cannot hold, instead of failing half-way."""
    if isinstance(stream, io.TextIOWrapper):
        stream.reconfigure(errors="replace")


def _flush() -> None:
    """Flush standard output here, where an error of writing can still be reported."""
    if sys.stdout is not None:
        sys.stdout.flush()


def _silence() -> None:
    """Point standard output at nothing: the interpreter flushes it again at exit."""
    with contextlib.suppress(OSError, ValueError):
        nothing = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nothing, sys.stdout.fileno())
        os.close(nothing)
