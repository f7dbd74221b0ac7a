"""``--task-definition`` beside ``--state``: a revision of the state, or one in a file.

In: the option, the documents of the state.  Out: what a session calls it.  Rules of the calls are
those of ``placement.ecs``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import attrs

from placement import DocumentError
from placement.cli.options.reading import naming, read_json, shown_name
from placement.cli.options.state import AccountState
from placement.cli.options.task_definition import find_named
from placement.documents.definition_names import find_definition
from placement.documents.forms import refuse_other_forms

if TYPE_CHECKING:
    from placement.ecs.session import Session

__all__ = ["GivenDefinition", "registered_definition"]

EXPECTED_DEFINITION = (
    "what 'aws ecs describe-task-definition' prints, or register-task-definition takes"
)


@attrs.frozen
class GivenDefinition:
    """A task definition that ``--task-definition`` names.

    Attributes:
        name: Its name or ARN in the session; None: it is to be registered.
        to_register: What RegisterTaskDefinition takes; None: it will be there.
        file: The file that says so; None: none does.
    """

    name: str | None = None
    to_register: Mapping[str, Any] | None = None
    file: str | None = None

    def name_in(self, session: Session) -> str:
        """Return its name or ARN in a session; it is registered where that is to be done.

        Raises:
            DocumentError: ECS would refuse the task definition; the message names the file.
        """
        if self.name is not None:
            return self.name
        with naming(self.file):
            answer = session.client("ecs").register_task_definition(**(self.to_register or {}))
        return str(answer["taskDefinition"]["taskDefinitionArn"])


def registered_definition(
    state: AccountState, given: str, document: dict[str, Any]
) -> GivenDefinition:
    """Return the task definition that an option names: in the state, or in a file.

    Which of the two a name is of says ``is_file_name``, as for ``run-task``.

    A described revision is added to the documents of the state.

    Raises:
        CqlError: the expression of a constraint in it is not valid.
        DocumentError: it is not in the state, or the file cannot be read, holds something else or
            what ECS would refuse; the message names the file.
    """
    if find_named(state.definitions(), given) is not None:
        return GivenDefinition(given)
    from placement.ecs.definitions.accept import accepted_definition, definition_to_register
    from placement.ecs.definitions.check import checked_task_definition

    content = read_json(given, EXPECTED_DEFINITION)
    refuse_other_forms(content, shown_name(given))
    inner = content.get("taskDefinition", content) if isinstance(content, dict) else None
    if not isinstance(inner, dict) or "containerDefinitions" not in inner:
        raise DocumentError(f"{shown_name(given)}: expected {EXPECTED_DEFINITION}", "")
    arn = inner.get("taskDefinitionArn")
    if isinstance(arn, str):
        accepted_definition(content, shown_name(given))
        if find_definition(state.definitions(), arn) is None:
            document["taskDefinitions"] = [*document.get("taskDefinitions", []), inner]
        return GivenDefinition(arn)
    to_register = definition_to_register(content, shown_name(given))
    checked_task_definition(to_register, shown_name(given))
    return GivenDefinition(to_register=to_register, file=given)
