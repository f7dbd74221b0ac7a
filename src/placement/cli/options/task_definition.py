"""``--task-definition``: a file, or the name of a definition in the files of ``--state``.

In: the option's value.  Out: ``AcceptedDefinition``, or an error that names the file and the path
in it.  What a definition may hold is known to ``placement.ecs.definitions``.
"""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from typing import TYPE_CHECKING

from placement import DocumentError
from placement.cli.options.reading import read_json, shown_name
from placement.cli.options.state import AccountState, State
from placement.documents.definition_names import find_definition
from placement.errors import describe_value

if TYPE_CHECKING:
    from placement.ecs.definitions.accept import AcceptedDefinition

__all__ = [
    "definition_in_state",
    "definition_named",
    "is_file_name",
    "is_known_file",
    "not_in_state",
    "read_definition",
]

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


def definition_named(state: State, text: str) -> AcceptedDefinition:
    """Return the task definition of a name, or else the one in a file that has this name.

    ``is_file_name`` does not take the name for a file's.

    Raises:
        CqlError: the expression of a constraint in it is not valid.
        DocumentError: there is none, or it has not the form that ECS gives it.
    """
    is_file = is_known_file(state, text)
    return read_definition(text) if is_file else definition_in_state(state, text)


def is_known_file(state: State | AccountState, text: str) -> bool:
    """Return whether a name that no task definition of the state has is that of a file."""
    if find_definition(state.definitions(), text) is None:
        with contextlib.suppress(OSError, ValueError):  # no name that a file can have
            return Path(text).is_file()
    return False


def not_in_state(text: str) -> DocumentError:
    """Return the error for a name that neither a task definition of the state nor a file has."""
    message = f"task definition {describe_value(text)} is not in the files of --state; "
    return DocumentError(
        message + "--task-definition takes a file as well, such as web.json or ./web", ""
    )


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
    from placement.ecs.definitions.accept import accepted_definition

    document = find_definition(state.definitions(), name)
    if document is None:
        raise not_in_state(name)
    return accepted_definition(document, name.rpartition("/")[2])
