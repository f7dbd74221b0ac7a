"""Text of files and options, parsed: JSON, several values of JSON one after another, YAML.

In: text or bytes, and what messages call them.  Out: the value, or an error that says what was
expected.  Keys of JSON that come twice in an object are warned of.  Which fields a document has is
not known here.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

from placement import DocumentError
from placement.documents.forms import CLOUDFORMATION
from placement.errors import sanitize

if TYPE_CHECKING:
    import yaml

__all__ = ["parse_file", "parse_json", "parse_sequence"]

MAX_DEPTH = 64
"""Levels of a document in YAML; the API has some ten."""

SHOWN_KEYS = 5
"""Keys that one warning names."""


def parse_json(data: bytes | str, name: str, expected: str) -> Any:
    """Return the JSON value in a text that came from ``name``, a file or an option.

    Raises:
        DocumentError: it is no JSON; the message begins with the name.
    """
    try:
        with _warning_of_keys(name) as pairs:
            return json.loads(data, object_pairs_hook=pairs)
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


def parse_file(data: bytes, name: str, expected: str) -> Any:
    """Return the value in a file of JSON, or of YAML where that is no JSON.

    Raises:
        DocumentError: it is neither; the message begins with the name.
    """
    try:
        return parse_json(data, name, expected)
    except DocumentError:
        text = _text(data)
        if text is None or not text.strip() or text.lstrip()[0] in '{["':
            raise
        documents = _yaml(text, name, expected)
        if len(documents) == 1:
            return documents[0]
        if documents:
            return documents
        raise


def parse_sequence(data: bytes, name: str, expected: str) -> Any:
    """Return the value in a file as ``parse_file``; of several JSON objects, their list.

    Several calls of the AWS CLI that are redirected to one file leave that, and JSON lines are it.

    Raises:
        DocumentError: it is neither JSON nor YAML; the message begins with the name.
    """
    text = _text(data)
    if text is not None and text.lstrip().startswith("{"):
        with _warning_of_keys(name) as pairs:
            found = _objects(text, json.JSONDecoder(object_pairs_hook=pairs))
        if found:
            return found[0] if len(found) == 1 else found
    return parse_file(data, name, expected)  # which says what is wrong


def _text(data: bytes) -> str | None:
    try:
        return data.decode(json.detect_encoding(data))
    except UnicodeDecodeError:
        return None


def _objects(text: str, decoder: json.JSONDecoder) -> list[Any] | None:
    """Return the JSON objects in a text, one after another, None if there is anything else."""
    found, at = [], 0
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


class _Pairs:
    """Makes a dict of the names and values of an object, and notes names that come twice."""

    def __init__(self) -> None:
        self.twice: dict[str, None] = {}

    def __call__(self, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        made = dict(pairs)
        if len(made) < len(pairs):
            seen: set[str] = set()
            for key, _ in pairs:
                if key in seen:
                    self.twice[key] = None
                seen.add(key)
        return made


@contextmanager
def _warning_of_keys(name: str) -> Iterator[_Pairs]:
    """Warn of the names that came twice in an object, where the text could be read."""
    pairs = _Pairs()
    yield pairs
    if pairs.twice:
        keys = ", ".join(list(pairs.twice)[:SHOWN_KEYS])
        more = len(pairs.twice) - SHOWN_KEYS
        named = f"{keys} and {more} more" if more > 0 else keys
        text = f"warning: {name}: comes twice in one object, the last counts: {named}"
        click.echo(sanitize(text), err=True)


# YAML


def _yaml(text: str, name: str, expected: str) -> list[Any]:
    """Return the objects and lists that a text of YAML holds; none if it is something else.

    Raises:
        DocumentError: it seems to be something else, which the message names.
    """
    import yaml  # few need it

    loader = _loader()
    try:
        _check_events(yaml.parse(text, Loader=loader), name)
        documents = [_with_text_keys(one) for one in yaml.load_all(text, Loader=loader)]
    except yaml.constructor.ConstructorError as error:
        message = f"{name}: {' '.join(str(error.problem).split())}; expected {expected}, plain"
        if "AWS::" in text:  # its short forms, such as !Ref, are tags
            message = f"{name}: this seems to be {CLOUDFORMATION}"
        raise DocumentError(message, "") from None
    except DocumentError:
        raise
    except (yaml.YAMLError, ValueError):  # no YAML, or a number with too many digits
        documents = []
    if all(isinstance(one, (dict, list)) for one in documents):
        return documents
    if _is_printed_otherwise(text):
        message = f"{name}: this seems to be what the AWS CLI prints with --output text or table"
        raise DocumentError(f"{message}; print it with --output json or yaml", "")
    first = text.lstrip().partition("\n")[0]
    if len(documents) == 1 and any(mark in first for mark in ",;\t"):
        message = f"{name}: this seems to be a table (CSV), of which 'placement convert' makes"
        raise DocumentError(f"{message} documents; expected {expected}", "")
    return []


def _is_printed_otherwise(text: str) -> bool:
    """Return whether the AWS CLI printed a text, with ``--output text`` or ``table``."""
    first = text.lstrip().partition("\n")[0].strip()
    word, tab, _ = first.partition("\t")
    is_text = bool(tab) and word.isalpha() and word.isupper() and "arn:" in text
    is_table = len(first) > 2 and set(first) == {"-"} and "\n|" in text
    return is_text or is_table


def _loader() -> type[yaml.SafeLoader]:
    """Return a loader that takes words and numbers as YAML 1.2 does: ``yes`` and times are text."""
    import re

    import yaml

    base: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    loader: Any = type("Loader", (base,), {"yaml_implicit_resolvers": {}})
    for tag, pattern, first in (
        ("null", r"~|null|Null|NULL|", ["~", "n", "N", ""]),
        ("bool", r"true|True|TRUE|false|False|FALSE", list("tTfF")),
        ("int", r"[-+]?[0-9]{1,4000}", list("-+0123456789")),
        ("float", r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?", list("-+.0123456789")),
    ):
        loader.add_implicit_resolver(
            f"tag:yaml.org,2002:{tag}", re.compile(f"^(?:{pattern})$"), first
        )
    loader.add_constructor("tag:yaml.org,2002:int", lambda _, node: int(node.value))
    found: type[yaml.SafeLoader] = loader
    return found


def _check_events(events: Iterable[Any], name: str) -> None:
    """Refuse what can grow without bound: aliases, and levels beyond those of any document.

    Raises:
        DocumentError: there is such a thing.
    """
    import yaml

    depth = 0
    for event in events:
        if isinstance(event, yaml.AliasEvent):
            raise DocumentError(f"{name}: an alias of YAML, *{event.anchor}, is not read", "")
        depth += isinstance(event, yaml.CollectionStartEvent)
        depth -= isinstance(event, yaml.CollectionEndEvent)
        if depth > MAX_DEPTH:
            raise DocumentError(f"{name}: nested too deeply", "")


def _with_text_keys(value: Any) -> Any:
    """Return a value whose keys are texts, as in JSON."""
    if isinstance(value, list):
        return [_with_text_keys(one) for one in value]
    if isinstance(value, dict):
        return {str(key): _with_text_keys(one) for key, one in value.items()}
    return value
