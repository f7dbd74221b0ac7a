"""What commands read: an expression, bytes of a file or of standard input; options they share.

In: arguments as the shell gives them.  Out: text and bytes, or an error that names what was meant.
Knows nothing of clusters.
"""

from __future__ import annotations

import errno
import os
import stat
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO, TypeVar

import click

from placement import CqlError, DocumentError
from placement.aws.errors import ClientError, ParamValidationError
from placement.cli.errors import in_one_line, one_line
from placement.cli.options.parsing import parse_file, parse_sequence

__all__ = [
    "InputFile",
    "cluster_option",
    "expression_argument",
    "expression_option",
    "naming",
    "on_unreadable",
    "read_bytes",
    "read_json",
    "read_json_sequence",
    "state_option",
]

Function = TypeVar("Function", bound=Callable[..., Any])

STDIN, STDIN_NAME = "standard input", "-"

SKIP = "skip unreadable"
"""Keys of what a command keeps of its arguments: what reads standard input; what is skipped."""


def read_bytes(name: str) -> bytes:
    """Return the bytes of a file; ``-`` is standard input, which can be read once.

    Raises:
        DocumentError: it cannot be read; the message begins with its name.
    """
    if name == "-":
        return _standard_input()
    if not name:
        message = "the name of a file is empty; expected a name, or - for standard input"
        raise DocumentError(message, "")
    try:
        with Path(name).open("rb") as file:
            return _whole(file)
    except OSError as error:
        reason = (error.strerror or "unreadable").lower()
    except ValueError:
        reason = "no name that a file can have"
    raise DocumentError(f"{shown_name(name)}: cannot be read: {reason}", "")


def _whole(file: BinaryIO) -> bytes:
    """Return all that a file holds.

    Raises:
        OSError: it cannot be read, or is a device, which may never end, as /dev/zero; a terminal
            and /dev/null do.
    """
    about = os.fstat(file.fileno())
    is_device = stat.S_ISCHR(about.st_mode) or stat.S_ISBLK(about.st_mode)
    if is_device and not file.isatty() and about.st_rdev != Path(os.devnull).stat().st_rdev:
        raise OSError(errno.EINVAL, "a device, not a file")
    return file.read()


class InputFile(click.Option):
    """An option that names files to read, of which ``-`` is standard input."""


def _standard_input(argument: str | None = None) -> bytes:
    """Return what standard input holds; ``argument`` names what is no ``InputFile`` and reads it.

    Raises:
        DocumentError: it cannot be read.
        UsageError: several arguments name it.
    """
    context = click.get_current_context()
    known: list[str] = context.find_root().meta.setdefault(STDIN, [])
    known += [argument] if argument else _options_naming_it(context) or [f"file://{STDIN_NAME}"]
    if len(known) > 1:
        message = "standard input (-) can be given only once, not for " + " and ".join(known)
        raise click.UsageError(message)
    if sys.stdin is None:
        raise DocumentError(f"{STDIN}: cannot be read: it is closed", "")
    try:
        return sys.stdin.buffer.read()
    except OSError as error:
        raise DocumentError(f"{STDIN}: cannot be read: {error.strerror}", "") from None


def _options_naming_it(context: click.Context) -> list[str]:
    """Return the options of the running command that name standard input, each time they do."""
    found = []
    for option in context.command.params:
        value = context.params.get(option.name or "")
        if isinstance(option, InputFile):
            names = value if isinstance(value, tuple) else (value,)
            found += [option.opts[0]] * names.count(STDIN_NAME)
    return found


def read_json(name: str, expected: str) -> Any:
    """Return the value in a file: JSON (UTF-8, or UTF-16 as PowerShell writes it), or YAML.

    ``expected`` says in a few words what should be in it.

    Raises:
        DocumentError: it cannot be read or is neither; the message begins with its name.
    """
    return parse_file(read_bytes(name), shown_name(name), expected)


def read_json_sequence(name: str, expected: str) -> Any:
    """Return the value in a file; of several JSON objects, one after another, their list.

    Several calls of the AWS CLI that are redirected to one file leave that.

    Raises:
        DocumentError: it cannot be read or is neither JSON nor YAML; the message begins with its
            name.
    """
    return parse_sequence(read_bytes(name), shown_name(name), expected)


@contextmanager
def naming(name: str | None) -> Iterator[None]:
    """Give errors about what a file holds the file's name; None: nothing is from a file.

    Raises:
        CqlError: as it is; it shows the expression.
        DocumentError: ECS would refuse what the file holds, or it has not the form that it should.
    """
    try:
        yield
    except (ClientError, ParamValidationError, DocumentError) as error:
        if name is None or isinstance(error, CqlError):
            raise
        text, path = in_one_line(error), ""
        if isinstance(error, DocumentError):
            text, path = one_line(error.message), error.path
        raise DocumentError(f"{shown_name(name)}: {text}", path) from None


def shown_name(name: str) -> str:
    """Return a file's name as messages show it."""
    return STDIN if name == "-" else one_line(name) or "''"


def _expression(context: click.Context, parameter: click.Parameter, given: Any) -> str | None:
    """Return the expression that was given as an argument or an option."""
    del parameter
    if isinstance(given, str) or given is None:
        return None if given is None else _checked(given)
    if len(given) != 1:
        message = "expected one expression; put it in quotes, such as 'attribute:stack == prod'"
        raise click.UsageError(message, context)
    if given[0] != "-":
        return _checked(given[0])
    try:
        return _standard_input("EXPR").decode().removesuffix("\n").removesuffix("\r")
    except UnicodeDecodeError as error:
        message = f"{STDIN}: no UTF-8 text (byte {error.start}); expected an expression"
        raise DocumentError(message, "") from None


def _checked(expression: str) -> str:
    """Return an expression of the command line; one that is not valid UTF-8 is refused."""
    try:
        expression.encode()
    except UnicodeEncodeError as error:
        message = f"the expression is no UTF-8 text (character {error.start + 1})"
        raise click.UsageError(message) from None
    return expression


def expression_argument(function: Function) -> Function:
    """Add the argument EXPR, a single expression; ``-`` reads it from standard input."""
    return click.argument(
        "expression", metavar="EXPR", nargs=-1, required=True, callback=_expression
    )(function)


def expression_option(function: Function) -> Function:
    """Add ``--filter``, an expression that may be left out."""
    return click.option(
        "--filter",
        "expression",
        metavar="EXPR",
        callback=_expression,
        help="Only instances of which this expression of the Cluster Query Language is true.",
    )(function)


def state_option(*, required: bool) -> Callable[[Function], Function]:
    """Add ``--state``, the files with the cluster, and ``--skip-unreadable``."""
    state = click.option(
        "--state",
        "files",
        cls=InputFile,
        metavar="FILE",
        multiple=True,
        required=required,
        help="What 'aws ecs describe-container-instances' prints, - for standard input. Give it"
        " again for further pages, or for what describe-tasks, describe-task-definition and"
        " get-task-protection print.",
    )
    skip = click.option(
        "--skip-unreadable",
        is_flag=True,
        expose_value=False,
        callback=_note_skip,
        help="Leave out records of --state that cannot be read, and name them.",
    )
    return lambda function: state(skip(function))


def cluster_option(function: Function) -> Function:
    """Add ``--cluster``: which of several clusters is meant."""
    return click.option(
        "--cluster",
        metavar="NAME",
        help="The cluster, by name or ARN, where the files of --state describe several.",
    )(function)


def _note_skip(context: click.Context, parameter: click.Parameter, given: bool) -> None:
    del parameter
    context.find_root().meta[SKIP] = given


def on_unreadable() -> str:
    """Return what becomes of records that cannot be read: ``raise`` or ``skip`` (C31)."""
    context = click.get_current_context(silent=True)
    skips = context is not None and context.find_root().meta.get(SKIP, False)
    return "skip" if skips else "raise"
