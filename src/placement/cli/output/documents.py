"""Documents as a command prints them: what ``--query`` selects, as JSON, text or a table.

In: a document of dictionaries, lists and scalars, and a ``Presentation``.  Out: lines.  The form of
text is the one that the AWS CLI documents for ``--output text``: fields between tabs, in the
alphabetical order of their keys, nested values on lines of their own that begin with their key in
capitals.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from placement.cli.errors import one_line
from placement.cli.presentation import Presentation
from placement.cli.query import QueryError, selected
from placement.errors import DocumentError, sanitize

__all__ = ["document_lines"]


def document_lines(
    document: Any, how: Presentation, *, title: str = "", width: int | None = None
) -> Iterator[str]:
    """Yield the lines of a document.

    Args:
        document: The whole document.
        how: What is selected, and how it is printed.
        title: The title of a table.
        width: The width of the terminal, which a table is to fit into; None: any.

    Raises:
        DocumentError: the expression of ``--query`` cannot be applied to it.
    """
    if how.query is not None:
        document = _selected(document, how.query)
    if how.as_table:
        from placement.cli.output.document_table import table_lines  # it imports a part of rich

        yield from table_lines(document, title, width if how.truncate else None)
        return
    if not how.as_text:
        yield json.dumps(document, indent=4)  # in ASCII, which any encoding can take
        return
    yield from _text_lines(document, "")


def _selected(document: Any, query: Any) -> Any:
    """Return what a JMESPath expression selects."""
    try:
        return selected(query, json.loads(json.dumps(document)))  # as JSON has it: no tuples
    except QueryError as error:
        raise DocumentError(f"--query: {error}", "") from None


def _text_lines(value: Any, name: str) -> Iterator[str]:
    """Yield the lines of a value; ``name`` is the key it has, in capitals, "" without one."""
    if isinstance(value, Mapping):
        yield from _object_lines(value, name, sorted(filter(_is_scalar_of(value), value)))
    elif isinstance(value, list):
        yield from _list_lines(value, name)
    else:
        yield _fields(name, [value])


def _object_lines(value: Mapping[str, Any], name: str, fields: list[str]) -> Iterator[str]:
    """Yield a line with some fields of an object, and the lines of what is nested in it."""
    if fields:
        yield _fields(name, [value.get(field) for field in fields])
    for key in sorted(value):
        if not _is_scalar(value[key]):
            yield from _text_lines(value[key], key.upper())


def _list_lines(value: list[Any], name: str) -> Iterator[str]:
    objects = [one for one in value if isinstance(one, Mapping)]
    # All objects of a list have the same fields in their lines, so that columns can be cut out.
    fields = sorted({key for one in objects for key in one if _is_scalar(one[key])})
    scalars = [one for one in value if _is_scalar(one)]
    if scalars and name:
        for one in scalars:
            yield _fields(name, [one])
    elif scalars:
        yield _fields("", scalars)
    for one in value:
        if isinstance(one, Mapping):
            yield from _object_lines(one, name, fields)
        elif isinstance(one, list):
            yield from _list_lines(one, name)


def _is_scalar_of(value: Mapping[str, Any]) -> Any:
    return lambda key: _is_scalar(value[key])


def _is_scalar(value: Any) -> bool:
    return not isinstance(value, (Mapping, list))


def _fields(name: str, values: list[Any]) -> str:
    """Return a line of fields; what is no printable text in one is escaped."""
    cells = [sanitize(one_line(str(value))).replace("\t", " ") for value in values]
    return "\t".join([name, *cells] if name else cells)
