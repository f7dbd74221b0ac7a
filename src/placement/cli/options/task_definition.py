"""``--task-definition``: a file, or the name of a definition in the files of ``--state``.

In: the option's value.  Out: ``AcceptedDefinition``, or an error that names the file and the path
in it.  What a definition may hold is known to ``placement.ecs.definitions``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from placement import DocumentError
from placement.cli.options.reading import read_json, shown_name
from placement.cli.options.state import State
from placement.documents.definition_names import find_definition
from placement.errors import describe_value

if TYPE_CHECKING:
    from placement.ecs.definitions.accept import AcceptedDefinition

__all__ = ["definition_in_state", "read_definition"]

EXPECTED = "what 'aws ecs describe-task-definition' prints, or register-task-definition takes"


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
        message = f"task definition {describe_value(name)} is not in the files of --state; "
        raise DocumentError(message + "--task-definition takes a file as well", "")
    return accepted_definition(document, name.rpartition("/")[2])
