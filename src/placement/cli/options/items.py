"""Options that take structures, as those of the AWS CLI do: several items after one flag.

In: ``--flag key=value,key=value key=value``, or JSON, or ``file://`` and the name of a file with
JSON.  Out: one object for each item.  Which keys there are, and what they mean, is not known here.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import click

from placement import DocumentError
from placement.cli.errors import ShorthandError
from placement.cli.options.parsing import parse_json
from placement.cli.options.reading import read_bytes, read_json, shown_name
from placement.cli.options.shorthand import parse
from placement.errors import Problem, describe_value

__all__ = ["ItemsCommand", "ItemsOption", "json_of"]

EXPECTED = "a list of objects, or key=value,key=value"

FILE = "file://"


class ItemsOption(click.Option):
    """An option of an ``ItemsCommand`` whose value is a list of objects, None if not given."""

    def __init__(self, names: Sequence[str], **attributes: Any) -> None:
        attributes = {"multiple": True, "metavar": "ITEM...", **attributes}
        super().__init__(names, **attributes)

    def process_value(self, ctx: click.Context, value: Any) -> Any:
        """Return the objects that the items describe."""
        items = super().process_value(ctx, value)
        return objects(self.opts[0], items) if items else None


class NamesOption(ItemsOption):
    """An option of an ``ItemsCommand`` whose value is a list of texts, None if not given."""

    def process_value(self, ctx: click.Context, value: Any) -> Any:
        """Return the texts; a single item that begins with ``[`` is JSON."""
        items = click.Option.process_value(self, ctx, value)
        if not items or len(items) > 1 or not items[0].strip().startswith("["):
            return list(items) if items else None
        names = parse_json(items[0], self.opts[0], "a list of texts")
        if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
            raise DocumentError(f"{self.opts[0]}: expected a list of texts", "")
        return names


class ItemsCommand(click.Command):
    """A command of which some options are ``ItemsOption``.

    An option of click takes one value and may be repeated; these take all arguments up to the next
    flag.  The arguments are rewritten to the first form before click parses them.
    """

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parse the arguments."""
        flags = {
            flag
            for option in self.params
            if isinstance(option, ItemsOption)
            for flag in option.opts
        }
        return super().parse_args(ctx, list(_flag_for_each(args, flags)))


def json_of(flag: str, text: str, expected: str) -> tuple[Any, str]:
    """Return the JSON value of an option, or of the file it names, and what messages call it.

    Raises:
        DocumentError: the file cannot be read, or there is no JSON.
    """
    if text.startswith(FILE):
        name = _path(text)
        return read_json(name, expected), shown_name(name)
    return parse_json(text, flag, f"{expected}, or file:// and the name of a file"), flag


def bytes_of(flag: str, text: str) -> tuple[bytes, str]:
    """Return the bytes of an option's value, or of the file it names, and what messages call it.

    Raises:
        DocumentError: the file cannot be read.
    """
    if text.strip().startswith(FILE):
        name = _path(text.strip())
        return read_bytes(name), shown_name(name)
    return text.encode(errors="replace"), flag


def _flag_for_each(arguments: Sequence[str], flags: set[str]) -> Iterator[str]:
    """Yield arguments in which each item has its flag before it."""
    rest = deque(arguments)
    seen = set()
    while rest:
        argument = rest.popleft()
        flag, equals, _ = argument.partition("=")
        if flag not in flags:
            yield argument
            continue
        if flag in seen:  # the AWS CLI would silently forget the items of the first
            raise click.UsageError(f"{flag} is given twice; all items come after one")
        seen.add(flag)
        if equals:
            yield argument
            continue
        if not rest or rest[0].startswith("-"):
            raise click.UsageError(f"{flag} needs an item, such as type=...")
        while rest and not rest[0].startswith("-"):
            yield from (flag, rest.popleft())


def objects(flag: str, items: Sequence[str]) -> list[Mapping[str, Any]]:
    """Return the objects of an option.

    As in the AWS CLI the first item decides whether all are JSON.

    Raises:
        DocumentError: a file cannot be read, or something is no JSON where it should be.
        ShorthandError: an item is no shorthand.
    """
    first = items[0].strip()
    if len(items) == 1 and first.startswith(FILE):
        return _listed(named_file(first, "a list of objects"), flag)
    if len(items) == 1 and first.startswith("["):
        return _listed(parse_json(first, flag, EXPECTED), flag)
    if first.startswith(("[", "{")):
        return _listed([parse_json(item, flag, EXPECTED) for item in items], flag)
    return [_shorthand(flag, item) for item in items]


def _listed(document: Any, flag: str) -> list[Mapping[str, Any]]:
    if not isinstance(document, list):
        raise DocumentError(
            f"{flag}: expected a list of objects, not {describe_value(document)}", ""
        )
    for number, value in enumerate(document):
        if not isinstance(value, Mapping):
            raise DocumentError(
                f"{flag}: expected an object, not {describe_value(value)}", f"[{number}]"
            )
    return document


def _shorthand(flag: str, item: str) -> Mapping[str, Any]:
    try:
        return parse(item, _content)
    except ShorthandError as error:
        problem = error.problem
        named = Problem(f"{flag}: {problem.message}", problem.span, problem.suggestion)
        raise ShorthandError(error.source, named) from None


def named_file(uri: str, expected: str) -> Any:
    """Return the JSON value in a file that was given with ``file://``.

    Raises:
        DocumentError: it cannot be read or is no JSON.
    """
    return read_json(_path(uri), expected)


def _path(uri: str) -> str:
    """Return the name of a file that was given with ``file://``, as the AWS CLI expands it."""
    return os.path.expandvars(os.path.expanduser(uri.removeprefix(FILE)))  # noqa: PTH111


def _content(uri: str) -> str:
    name = _path(uri)
    try:
        return read_bytes(name).decode()
    except UnicodeDecodeError as error:
        message = f"{shown_name(name)}: no UTF-8 text (byte {error.start})"
        raise DocumentError(message, "") from None
