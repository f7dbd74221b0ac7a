"""``--task-definition``: a file, or the name of a definition in the files of ``--state``.

In: the option's value.  Out: ``AcceptedDefinition``, or an error that names the file and the path
in it.  Which of the two a value is, is decided here for all commands.  What a definition may hold
is known to ``placement.ecs.definitions``.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from placement import DocumentError
from placement.cli.options.reading import read_json, shown_name
from placement.cli.options.state import State
from placement.documents.definition_names import Document, find_definition
from placement.errors import describe_value

if TYPE_CHECKING:
    from placement.ecs.definitions.accept import AcceptedDefinition

__all__ = [
    "NAMES",
    "definition_in_state",
    "definition_named",
    "find_named",
    "is_file_name",
    "read_definition",
]

NAMES = (
    "family, family:revision or an ARN for one in --state. A name with a folder or .json, .yaml at"
    " its end is a file."
)
"""Part of the option's help: what ``find_named`` takes."""

EXPECTED = "what 'aws ecs describe-task-definition' prints, or register-task-definition takes"


FILE_ENDINGS = (".json", ".yaml", ".yml")


def is_file_name(text: str) -> bool:
    """Return whether a text names a file: a path with a folder, or a name that ends as files do.

    Anything else, such as ``web`` and ``web:8``, names a task definition; ``-`` is standard input.
    """
    if text.startswith("arn:"):
        return False
    separators = [one for one in (os.sep, os.altsep) if one]
    has_folder = any(one in text for one in separators)
    return text == "-" or has_folder or text.lower().endswith(FILE_ENDINGS)


def find_named(definitions: Iterable[Document], text: str) -> Document | None:
    """Return the task definition of a state that ``--task-definition`` names; None: it is a file.

    A file's name (``is_file_name``) is one; of other texts, one that names no definition of the
    state and is the name of a file that is there.

    Raises:
        DocumentError: it is neither.
    """
    if is_file_name(text):
        return None
    found = find_definition(definitions, text)
    if found is None:
        is_file = False
        with contextlib.suppress(OSError, ValueError):  # no name that a file can have
            is_file = Path(text).is_file()
        if not is_file:
            raise _not_in_state(text)
    return found


def _not_in_state(name: str) -> DocumentError:
    message = f"task definition {describe_value(name)} is not in the files of --state; "
    message += "--task-definition takes a file as well, such as web.json or ./web"
    return DocumentError(message, "")


def definition_named(state: State, text: str) -> AcceptedDefinition:
    """Return the task definition that ``--task-definition`` names, in the state or in a file.

    Raises:
        CqlError: the expression of a constraint in it is not valid.
        DocumentError: there is none, or it has not the form that ECS gives it.
    """
    document = find_named(state.definitions(), text)
    return read_definition(text) if document is None else _accepted(state, document)


def read_definition(file: str) -> AcceptedDefinition:
    """Return the task definition in a file.

    Raises:
        CqlError: the expression of a constraint in it is not valid.
        DocumentError: the file cannot be read or has not the form that ECS gives it.
    """
    from placement.ecs.definitions.accept import accepted_definition  # not for help and errors

    return accepted_definition(read_json(file, EXPECTED), shown_name(file))


def definition_in_state(state: State, name: str) -> AcceptedDefinition:
    """Return the task definition of a name: an ARN, ``family:revision`` or a family.

    Raises:
        CqlError: the expression of a constraint in it is not valid.
        DocumentError: it is not in the state, or has not the form that ECS gives it.
    """
    document = find_definition(state.definitions(), name)
    if document is None:
        raise _not_in_state(name)
    return _accepted(state, document)


def _accepted(state: State, document: Document) -> AcceptedDefinition:
    """Return a task definition of the state; errors name its file and its record there."""
    from placement.ecs.definitions.accept import accepted_definition  # not for help and errors

    return accepted_definition(document, state.record_of("taskDefinitions", document))
