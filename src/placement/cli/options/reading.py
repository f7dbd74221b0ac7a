"""What commands read: an expression, bytes of a file or of standard input; options they share.

In: arguments as the shell gives them.  Out: text and bytes, or an error that names what was meant.
Knows nothing of clusters.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from placement import DocumentError
from placement.cli.errors import one_line
from placement.cli.options.printing import printing_options

__all__ = [
    "expression_argument",
    "expression_option",
    "output_option",
    "parse_json",
    "read_bytes",
    "read_json",
    "read_json_sequence",
    "state_option",
]

Function = TypeVar("Function", bound=Callable[..., Any])

STDIN = "standard input"


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
        return Path(name).read_bytes()
    except OSError as error:
        reason = (error.strerror or "unreadable").lower()
    except ValueError:
        reason = "no name that a file can have"
    raise DocumentError(f"{shown_name(name)}: cannot be read: {reason}", "")


def _standard_input() -> bytes:
    seen = click.get_current_context().find_root().meta
    if seen.setdefault(STDIN, 0):
        raise click.UsageError("standard input (-) can be given only once")
    seen[STDIN] = 1
    if sys.stdin is None:
        raise DocumentError(f"{STDIN}: cannot be read: it is closed", "")
    try:
        return sys.stdin.buffer.read()
    except OSError as error:
        raise DocumentError(f"{STDIN}: cannot be read: {error.strerror}", "") from None


def read_json(name: str, expected: str) -> Any:
    """Return the JSON value in a file (UTF-8, or UTF-16 as PowerShell writes it).

    ``expected`` says in a few words what should be in it.

    Raises:
        DocumentError: it cannot be read or is no JSON; the message begins with its name.
    """
    return parse_json(read_bytes(name), shown_name(name), expected)


def read_json_sequence(name: str, expected: str) -> Any:
    """Return the JSON value in a file; of several values, one after another, their list.

    Several calls of the AWS CLI that are redirected to one file leave that.

    Raises:
        DocumentError: it cannot be read or is no JSON; the message begins with its name.
    """
    data = read_bytes(name)
    try:
        return json.loads(data)
    except json.JSONDecodeError as error:
        if error.msg == "Extra data" and error.pos:
            found = _sequence(data.decode(json.detect_encoding(data)))
            if found is not None:
                return found
    except (ValueError, RecursionError):
        pass
    return parse_json(data, shown_name(name), expected)  # which says what is wrong


def _sequence(text: str) -> list[Any] | None:
    """Return the JSON objects in a text, one after another, None if there is anything else."""
    decoder, found, at = json.JSONDecoder(), [], 0
    while at < len(text):
        if text[at].isspace():
            at += 1
        elif text[at] == "{":
            try:
                one, at = decoder.raw_decode(text, at)
            except (ValueError, RecursionError):
                return None
            found.append(one)
        else:
            return None
    return found


def parse_json(data: bytes | str, name: str, expected: str) -> Any:
    """Return the JSON value in a text that came from ``name``, a file or an option.

    Raises:
        DocumentError: it is no JSON; the message begins with the name.
    """
    try:
        return json.loads(data)
    except UnicodeDecodeError as error:
        reason = f"no UTF-8 text (byte {error.start})"
    except json.JSONDecodeError as error:
        reason = f"no JSON, line {error.lineno} column {error.colno}"
        reason = reason if data.strip() else "empty"
    except RecursionError:
        reason = "nested too deeply"
    except ValueError:
        reason = "a number in it has too many digits"
    raise DocumentError(f"{name}: {reason}; expected {expected}", "")


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
        return read_bytes("-").decode().removesuffix("\n").removesuffix("\r")
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
    """Add ``--state``, the files with the cluster."""
    return click.option(
        "--state",
        "files",
        metavar="FILE",
        multiple=True,
        required=required,
        help="What 'aws ecs describe-container-instances' prints, - for standard input. Give it"
        " again for further pages, or for what describe-tasks, describe-task-definition and"
        " get-task-protection print.",
    )


def output_option(function: Function) -> Function:
    """Add ``--output`` and what goes with it."""
    return printing_options(function)
