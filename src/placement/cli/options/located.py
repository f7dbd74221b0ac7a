"""Lists of objects in YAML or JSON, with the line of each place in them.

In: the bytes of a file.  Out: its value, and for a path such as ``[2].first`` the line on which it
is.  Which keys there are is not known here.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import attrs
import yaml

from placement import DocumentError

__all__ = ["LocatedDocument", "parse_located"]

MAX_DEPTH = 32
"""Levels of a document; a list of rules has three."""

MAX_PARTS = 200_000
"""Values in a document, each time that an alias names one: a few lines could name 10^20."""


@attrs.frozen
class LocatedDocument:
    """A value and where its parts are.

    Attributes:
        value: Dicts, lists, texts, numbers, booleans and None.
        name: What messages call the file.
        lines: The line of each path, counted from 1; empty where it is not known.
    """

    value: Any
    name: str
    lines: dict[str, int]

    def located(self, error: DocumentError) -> DocumentError:
        """Return an error about the value with the file's name and the line."""
        path = error.path
        while path and path not in self.lines:
            path = path[: max(path.rfind("."), path.rfind("["), 0)]
        line = self.lines.get(path)
        where = self.name if line is None else f"{self.name}, line {line}"
        return DocumentError(f"{where}: {error.message}", error.path)


def parse_located(data: bytes, name: str, expected: str) -> LocatedDocument:
    """Return the YAML or JSON value in a file.

    Args:
        data: Its bytes: UTF-8, or UTF-16 with a byte order mark.
        name: What messages call it.
        expected: What should be in it, in a few words.

    Raises:
        DocumentError: it is neither; the message begins with the name.
    """
    try:
        text = data.decode(json.detect_encoding(data))
    except UnicodeDecodeError as error:
        raise _refused(name, f"no UTF-8 text (byte {error.start})", expected) from None
    if not text.strip():
        raise _refused(name, "empty", expected)
    try:
        value = json.loads(text)
        is_json = True
    except (ValueError, RecursionError):
        is_json = False
    try:
        # Tabs of JSON can only stand between tokens; YAML would refuse them.
        root = yaml.compose(text.replace("\t", " ") if is_json else text, yaml.SafeLoader)
        lines = _all_lines(root)
        if not is_json:
            value = yaml.safe_load(text)
    except yaml.YAMLError as error:
        if not is_json:
            raise _refused(name, _reason(error), expected) from None
        lines = {}
    except RecursionError:
        raise _refused(name, "nested too deeply", expected) from None
    except _WrongPart as error:
        raise _refused(name, f"line {error.line}: {error.reason}", expected) from None
    except ValueError as error:  # a date that there is not, such as 2026-02-30
        raise _refused(name, str(error), expected) from None
    return LocatedDocument(value, name, lines)


class _WrongPart(Exception):
    """A part of the document is refused."""

    def __init__(self, line: int, reason: str) -> None:
        super().__init__(reason)
        self.line = line
        self.reason = reason


def _all_lines(root: yaml.Node | None) -> dict[str, int]:
    """Return the line of each path in a document."""
    lines = {}
    for path, line in _lines(root, "", 0):
        lines[path] = line
        if len(lines) > MAX_PARTS:
            raise _WrongPart(line, f"more than {MAX_PARTS} values")
    return lines


def _lines(node: yaml.Node | None, path: str, depth: int) -> Iterator[tuple[str, int]]:
    """Yield each path in a document with its line."""
    if node is None:
        return
    line = node.start_mark.line + 1
    if depth > MAX_DEPTH:
        raise _WrongPart(line, "nested too deeply")
    yield path, line
    if isinstance(node, yaml.SequenceNode):
        for number, item in enumerate(node.value):
            yield from _lines(item, f"{path}[{number}]", depth + 1)
    elif isinstance(node, yaml.MappingNode):
        seen = set()
        for key, item in node.value:
            if not isinstance(key, yaml.ScalarNode):
                raise _WrongPart(key.start_mark.line + 1, "expected a name as key")
            if key.value in seen:
                raise _WrongPart(key.start_mark.line + 1, f"{key.value} is given twice")
            seen.add(key.value)
            yield from _lines(item, f"{path}.{key.value}" if path else key.value, depth + 1)


def _reason(error: yaml.YAMLError) -> str:
    """Return what is wrong with a text that is no YAML, with its line."""
    if isinstance(error, yaml.MarkedYAMLError):
        mark = error.problem_mark or error.context_mark
        problem = ", ".join(filter(None, (error.context, error.problem))) or "not readable"
        if mark is not None:
            return f"no YAML or JSON, line {mark.line + 1} column {mark.column + 1}: {problem}"
        return f"no YAML or JSON: {problem}"
    return f"no YAML or JSON: {' '.join(str(error).split())}"


def _refused(name: str, reason: str, expected: str) -> DocumentError:
    return DocumentError(f"{name}: {reason}; expected {expected}", "")
