"""Everything for which RegisterTaskDefinition would refuse a task definition, not only the first.

In: the parameters of RegisterTaskDefinition, parsed from JSON.  Out: problems with their paths, in
the definition's order.  One module a subject; this one knows which there are, and no rule itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from placement.documents.fields import type_name
from placement.documents.task_definitions import task_definition_from_ecs
from placement.ecs.definitions.containers import container_problems
from placement.ecs.definitions.fargate import fargate_problems
from placement.ecs.definitions.problems import DefinitionProblem, InvalidDefinition
from placement.ecs.definitions.sizes import size_sums, task_size_problems
from placement.ecs.definitions.task import task_problems
from placement.ecs.definitions.types import SHAPE, typed
from placement.errors import DocumentError

__all__ = ["check_task_definition", "checked_task_definition", "judged_beside"]


def check_task_definition(document: Any) -> list[DefinitionProblem]:
    """Return everything that keeps a task definition from being registered; empty: nothing does.

    Args:
        document: What ``aws ecs register-task-definition --cli-input-json`` takes.

    Each problem has the path of its place and a sentence.  Sizes (2.2, A23, A24, B25, B39), ports
    (2.3, A26, A27) and constraints (2.6) are checked, and all that the API's own text says of the
    fields; with FARGATE in ``requiresCompatibilities`` also what Fargate forbids (2.12,
    Appendix C).
    """
    if not isinstance(document, Mapping):
        return [DefinitionProblem("", f"expected a task definition, not {type_name(document)}")]
    definition, wrong = typed(dict(document), SHAPE)
    found = [*wrong, *judged_beside(definition, wrong)]
    return sorted(dict.fromkeys(found), key=lambda problem: _order(problem.path, definition))


def judged_beside(
    definition: Mapping[str, Any], wrong: Sequence[DefinitionProblem]
) -> list[DefinitionProblem]:
    """Return what is wrong with values, without what may only follow from a wrong type.

    Args:
        definition: A definition without the parts whose types are wrong.
        wrong: The problems of those parts.
    """
    places = [problem.path for problem in wrong]
    return [
        problem
        for problem in _judged(definition)
        if not any(_touches(problem.path, place) for place in places)
    ]


def checked_task_definition(document: Any, name: str = "") -> None:
    """Raise what keeps a task definition from being registered; ``name`` is its file's, if any.

    Raises:
        InvalidDefinition: a DocumentError with all problems.
    """
    problems = check_task_definition(document)
    if problems:
        raise InvalidDefinition(problems, name)


def _judged(definition: Mapping[str, Any]) -> Iterator[DefinitionProblem]:
    """Yield what is wrong with the values of a definition whose types are right."""
    read: list[DocumentError] = []
    try:
        task_definition_from_ecs(definition, read.append)
    except DocumentError as error:
        read.append(error)
    for problem in read:
        # The reader tells a missing field at the object it is missing from.
        name, missing, rest = problem.message.partition(" is missing")
        if missing and not rest and " " not in name:
            path = f"{problem.path}.{name}" if problem.path else name
            yield DefinitionProblem(path, "is missing")
        else:
            yield DefinitionProblem(problem.path, problem.message)
    yield from task_size_problems(definition)
    yield from size_sums(definition)
    yield from task_problems(definition)
    yield from container_problems(definition)
    if "FARGATE" in (definition.get("requiresCompatibilities") or ()):
        yield from fargate_problems(definition)


def _touches(path: str, wrong: str) -> bool:
    """Return whether a problem may only follow from another: one place is in the other."""
    return (
        path == wrong
        or path.startswith((f"{wrong}.", f"{wrong}["))
        or (path != "" and wrong.startswith((f"{path}.", f"{path}[")))
    )


def _order(path: str, definition: Mapping[str, Any]) -> tuple[Any, ...]:
    """Return where a place is in the definition: fields as they are written, items by number."""
    fields = list(definition)
    first = re.match(r"[^.\[]*", path)
    head = first[0] if first else ""
    rest = re.findall(r"\[(\d+)\]", path)
    place = fields.index(head) if head in fields else -1
    return place, [int(number) for number in rest[:3] if len(number) < 10]
