"""The commands as one program, and what becomes of errors.

In: arguments.  Out: an exit status: 0 done, 2 refused, 3 done but some tasks found no room, 130
interrupted, 1 if nobody reads the output any more.  Results go to standard output, complaints to
standard error.

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
from typing import Any

import click

from placement import DocumentError, PlacementError
from placement.cli.check import check
from placement.cli.convert import convert
from placement.cli.explain import explain
from placement.cli.fmt import fmt
from placement.cli.list_container_instances import list_container_instances
from placement.cli.register_task_definition import register_task_definition
from placement.cli.render import complain
from placement.cli.run_task import run_task
from placement.cli.start_task import start_task

__all__ = ["COMMANDS", "app", "run"]

COMMANDS: tuple[click.Command, ...] = (
    run_task,
    start_task,
    explain,
    list_container_instances,
    register_task_definition,
    check,
    fmt,
    convert,
)

DISTRIBUTION = "cql-placement"


class _Refused(click.ClickException):
    """An error of ours on its way out of the program."""

    exit_code = 2

    def __init__(self, error: PlacementError) -> None:
        super().__init__(str(error))
        self.error = error

    def show(self, file: Any = None) -> None:
        """Write the error where complaints go."""
        del file
        complain(self.error)


class _Program(click.Group):
    """The group of all commands; errors of ours end it with status 2."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command that ``ctx`` names."""
        try:
            return super().invoke(ctx)
        except PlacementError as error:
            raise _Refused(error) from error

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the commands in the order of ``COMMANDS``, for the help."""
        del ctx
        return list(self.commands)


def _show_version(context: click.Context, parameter: click.Parameter, wanted: bool) -> None:
    del parameter
    if not wanted:
        return
    from importlib import metadata  # here: nothing else needs it, and it is slow to import

    try:
        version = metadata.version(DISTRIBUTION)
    except metadata.PackageNotFoundError:
        version = "(not installed)"
    click.echo(f"{DISTRIBUTION} {version}")
    context.exit()


@click.group(
    cls=_Program,
    commands=COMMANDS,
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
    """Ask what Amazon ECS would place where, without an account.

    Clusters are read from what the AWS CLI prints; expressions are in ECS's Cluster Query Language.
    """


def run(arguments: Sequence[str], *, own_process: bool = False) -> int:
    """Run the program and return its exit status; the standard streams are its own.

    ``own_process`` says that the process ends with it, so that commands may set the process up.
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
        return 130
    except BrokenPipeError:
        _silence()
        return 1
    except OSError as error:  # reading is dealt with where it is done, so this is the output
        _silence()
        complain(DocumentError(f"cannot write the output: {error.strerror}", ""))
        return 2
    return status if isinstance(status, int) else 0


def _take_any_text(stream: Any) -> None:
    """Let a stream replace what its encoding cannot hold, instead of failing half-way."""
    if isinstance(stream, io.TextIOWrapper):
        stream.reconfigure(errors="replace")


def _flush() -> None:
    """Write out what is still held back, so that a failure is ours to report."""
    if sys.stdout is not None:
        sys.stdout.flush()


def _silence() -> None:
    """Point standard output at nothing: the interpreter flushes it once more when it ends."""
    with contextlib.suppress(OSError, ValueError):
        nothing = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nothing, sys.stdout.fileno())
        os.close(nothing)
