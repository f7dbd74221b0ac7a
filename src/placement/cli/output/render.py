"""How results, errors and warnings look: coloured on a terminal, plain text anywhere else.

In: texts and cells.  Out: lines on standard output or standard error.  Everything that comes from
outside passes ``sanitize`` here, so that no value can control a terminal.  Rich is imported where a
table is drawn on a terminal, and only then: it takes longer than ``placement check`` altogether.
"""

from __future__ import annotations

import os
import shutil
import sys
import textwrap
from collections.abc import Sequence
from typing import Any

import click

from placement import Lint
from placement.cli.errors import ShorthandError, in_one_line
from placement.cli.output.columns import Column
from placement.cli.presentation import presentation
from placement.documents.problems import SeveralProblems
from placement.errors import CqlError, PlacementError, Span, caret_line, sanitize

__all__ = [
    "blank_line",
    "heading",
    "indented",
    "json_document",
    "paragraph",
    "paragraphs",
    "print_error",
    "print_ignored",
    "print_line",
    "print_note",
    "print_success",
    "room_for_rows",
    "screen_width",
    "shortened",
    "table",
    "tree",
    "warn",
    "warnings",
]

Rows = Sequence[Sequence[str]]

LEAST_WIDTH = 20
"""Columns in which a paragraph is written on terminals of any width."""

LEAST_ROWS = 5
"""Rows of a cut table that are printed on terminals of any height."""

COLOURS = {"error": "red", "note": "cyan", "warning": "yellow", "success": "green"}


def _is_terminal(*, stderr: bool = False) -> bool:
    stream = sys.stderr if stderr else sys.stdout
    return stream is not None and stream.isatty()


def _is_coloured(*, stderr: bool = False) -> bool:
    """Return whether a stream is coloured: a terminal, unless ``NO_COLOR`` is set (no-color.org).

    ``FORCE_COLOR`` colours pipes and files too (force-color.org); ``NO_COLOR`` is stronger.
    """
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR"):
        return True
    return _is_terminal(stderr=stderr) and os.environ.get("TERM") != "dumb"


def _say(text: str, *, stderr: bool = False, **style: Any) -> None:
    """Write a line, in a style where there is one to see."""
    text = sanitize(text)
    coloured = _is_coloured(stderr=stderr)
    click.echo(click.style(text, **style) if coloured else text, err=stderr, color=coloured)


def json_document(document: Any) -> None:
    """Write a document as the AWS CLI writes it: JSON, text or a table, whole or ``--query``'s.

    Raises:
        DocumentError: the expression of ``--query`` cannot be applied to it.
    """
    from placement.cli.output.documents import document_lines  # not for tables

    lines = document_lines(document, presentation(), title=_operation(), width=screen_width())
    for line in list(lines):
        click.echo(line)


def _operation() -> str:
    """Return the name of the running command as the API writes those of its calls: ``RunTask``."""
    context = click.get_current_context(silent=True)
    name = "" if context is None else context.info_name or ""
    return "".join(part.capitalize() for part in name.split("-"))


def heading(text: str) -> None:
    """Write a line that stands out."""
    _say(text, bold=True)


def blank_line() -> None:
    """Write an empty line."""
    click.echo()


def indented(text: str) -> None:
    """Write a line of detail."""
    _say(f"    {text}")


def paragraph(text: str, indent: int = 4) -> None:
    """Write a text that may be long, indented; on a terminal its lines are as wide as that."""
    margin = " " * indent
    for line in _wrapped(sanitize(text), indent):
        _say(f"{margin}{line}")


def paragraphs(text: str, indent: int = 4) -> None:
    """Write lines as paragraphs; those of which the next marks a place with carets stay whole."""
    lines = text.split("\n")
    for line, following in zip(lines, [*lines[1:], ""], strict=True):
        stripped = line.lstrip(" ")
        if _is_marks(line) or _is_marks(following):
            _say(f"{' ' * indent}{line}")
        else:
            paragraph(stripped, indent + len(line) - len(stripped))


def _is_marks(line: str) -> bool:
    return bool(line) and not line.strip(" ^") and "^" in line


def _wrapped(text: str, indent: int, *, stderr: bool = False) -> list[str]:
    """Return the lines of a text on a terminal, which break between words only."""
    if not _is_terminal(stderr=stderr) or not presentation().truncate:
        return [text]
    width = max(indent + LEAST_WIDTH, shutil.get_terminal_size().columns) - indent
    lines = textwrap.wrap(
        text, width, subsequent_indent="  ", break_long_words=False, break_on_hyphens=False
    )
    return lines or [""]


def print_success(word: str, rest: str) -> None:
    """Write a line whose first word, in green, says that the command succeeded."""
    word = click.style(word, fg=COLOURS["success"], bold=True) if _is_coloured() else word
    click.echo(f"{word}{sanitize(rest)}", color=_is_coloured())


def tree(text: str) -> None:
    """Write an explanation's tree, each line coloured by its truth."""
    for line in text.splitlines():
        _say(f"    {line}", fg="green" if line.startswith("true") else "red")


def shortened(text: str, length: int) -> str:
    """Return ``text`` in at most ``length`` characters."""
    return text if len(text) <= length else text[: length - 1] + "…"


# Errors and warnings


def print_error(error: PlacementError) -> None:
    """Write an error: every problem of a text with its place, other errors in one line."""
    match error:
        case CqlError():
            for problem in error.problems:
                _note("error", str(problem), error.source, problem.span)
        case ShorthandError():
            _note("error", str(error.problem), error.source, error.problem.span)
        case _:
            from placement.ecs.definitions.problems import InvalidDefinition

            # Of several problems of a document there is a line for each.
            has_lines = isinstance(error, (InvalidDefinition, SeveralProblems))
            _note("error", str(error) if has_lines else in_one_line(error))


def print_line(text: str) -> None:
    """Write a plain line on standard error."""
    click.echo(sanitize(text), err=True)


def print_note(message: str) -> None:
    """Write on standard error what takes long just now."""
    _note("note", message)


def print_ignored(options: Sequence[str]) -> None:
    """Write on standard error which options of the AWS CLI had no effect; nothing if none."""
    if options:
        print_note(f"without a meaning here, and left out of account: {', '.join(options)}")


def warn(message: str, *, stderr: bool = True) -> None:
    """Write a warning, on standard error by default."""
    _note("warning", message, stderr=stderr)


def warnings(source: str, found: Sequence[Lint], *, stderr: bool = False) -> None:
    """Write the warnings about an expression, each with its place."""
    for warning in found:
        _note("warning", str(warning), source, warning.span, stderr=stderr)


def _note(
    kind: str, message: str, source: str = "", span: Span | None = None, *, stderr: bool = True
) -> None:
    coloured = _is_coloured(stderr=stderr)
    label = click.style(f"{kind}:", fg=COLOURS[kind], bold=True) if coloured else f"{kind}:"
    margin = len(kind) + 2  # what the label takes of the first line
    texts = [
        line
        for text in sanitize(message).split("\n")
        for line in _wrapped(text, margin, stderr=stderr)
    ]
    lines = [f"{label} {texts[0]}", *texts[1:]]
    if span is not None and source.strip():
        line, carets = caret_line(source, span).rsplit("\n", 1)
        lines += [line, click.style(carets, fg=COLOURS[kind]) if coloured else carets]
    click.echo("\n".join(lines), err=stderr, color=coloured)


# Tables


def screen_width() -> int | None:
    """Return how many columns the screen has; None: the output goes to a file or a pipe."""
    return shutil.get_terminal_size().columns if _is_terminal() else None


def room_for_rows(beside: int) -> int | None:
    """Return how many rows of a table fit on the screen with ``beside`` other lines; None: all.

    Only a terminal has a screen: what goes to a file or a pipe is never cut.
    """
    if not _is_terminal() or not presentation().truncate:
        return None
    return max(LEAST_ROWS, shutil.get_terminal_size().lines - beside)


def table(columns: Sequence[Column], rows: Rows, limit: int | None = None) -> None:
    """Write a table.

    Beyond ``limit`` rows the rest is only counted.
    """
    shown = rows if limit is None or len(rows) <= limit else rows[: limit - 1]
    shown = [[sanitize(cell) for cell in row] for row in shown]
    if _is_terminal() and presentation().truncate:
        from placement.cli.output.terminal import draw

        lost = draw(columns, shown, coloured=_is_coloured())
        if lost:
            paragraph(f"(too narrow: {lost}; --no-truncate shows all)", 0)
    else:
        _plain(columns, shown)
    if len(shown) < len(rows):
        indented(f"… and {len(rows) - len(shown)} more: leave out --explain to see them")


def _plain(columns: Sequence[Column], rows: Rows) -> None:
    """Write columns as wide as their widest cell, two blanks apart."""
    heads = [one.title if one.verbatim else one.title.upper() for one in columns]
    widths = [max(map(len, cells)) for cells in zip(heads, *rows, strict=True)]
    for number, cells in enumerate((heads, *rows)):
        padded = [
            cell.rjust(width) if column.right else cell.ljust(width)
            for column, cell, width in zip(columns, cells, widths, strict=True)
        ]
        line = "  ".join(padded).rstrip()
        if number or not _is_coloured():
            click.echo(line)
        else:
            click.echo(click.style(line, fg="cyan", bold=True), color=True)
