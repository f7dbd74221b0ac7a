"""A task definition with the overrides of a call applied (2.2).

In: a task definition's document, ``overrides`` as RunTask and StartTask take them.  Out: a document
of the same form with the sizes, GPUs and roles that its tasks have, for ``Task.from_ecs``.  The
document passed in is not changed.  Knows no account.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from placement.ecs.definitions.problems import plain_name
from placement.ecs.definitions.sizes import size_sums, task_size_problems
from placement.errors import DocumentError

__all__ = ["MAX_CHARACTERS", "apply_overrides", "overridden"]

Document = dict[str, Any]

MAX_CHARACTERS = 8192
"""Characters of the overrides as JSON (2.2)."""

_OF_TASK = (
    "cpu",
    "memory",
    "taskRoleArn",
    "executionRoleArn",
    "ephemeralStorage",
)
"""What an override of the task replaces."""

_OF_CONTAINER = ("command", "cpu", "memory", "memoryReservation", "environmentFiles")
"""What an override of a container replaces; environment variables are added by name."""


def apply_overrides(
    definition: Mapping[str, Any], overrides: Mapping[str, Any]
) -> tuple[Mapping[str, Any], Document]:
    """Return a task definition with overrides applied, and the overrides as tasks show them.

    Raises:
        DocumentError: as ``overridden``, or sizes that are overridden do not go together (B39).
    """
    applied = overridden(definition, overrides) if overrides else definition
    _check_sizes(definition, applied)
    return applied, _described(applied, overrides)


def overridden(definition: Mapping[str, Any], overrides: Mapping[str, Any]) -> Document:
    """Return a task definition with overrides applied.

    Args:
        definition: The task definition's document.
        overrides: ``overrides`` of the call; the types of its members are those of the API.

    Raises:
        DocumentError: the overrides are too long, or name a container that is not there (B26).
    """
    length = len(json.dumps(overrides, separators=(",", ":"), ensure_ascii=False))
    if length > MAX_CHARACTERS:
        message = f"overrides have at most {MAX_CHARACTERS} characters as JSON, not {length}"
        raise DocumentError(message, "overrides")
    found = dict(definition)
    for name in _OF_TASK:
        if name in overrides:
            found[name] = overrides[name]
    by_name = _by_container(definition, overrides.get("containerOverrides", ()))
    found["containerDefinitions"] = [
        _container(container, by_name.get(container.get("name", ""), {}))
        for container in definition["containerDefinitions"]
    ]
    return found


def _check_sizes(definition: Mapping[str, Any], applied: Mapping[str, Any]) -> None:
    """Refuse sizes that do not go together only since they are overridden (2.2, B39).

    What was wrong with the definition before is left alone: ECS has registered it (B45).

    Raises:
        DocumentError: the first such size.
    """
    if applied is definition:
        return
    known = {problem.path for problem in size_sums(definition)}
    for problem in (*task_size_problems(applied), *size_sums(applied)):
        if problem.path not in known:
            raise DocumentError(problem.message, "overrides")


def _by_container(
    definition: Mapping[str, Any], items: Sequence[Mapping[str, Any]]
) -> dict[str, Mapping[str, Any]]:
    """Return the overrides of containers by name."""
    known = {container.get("name") for container in definition["containerDefinitions"]}
    found: dict[str, Mapping[str, Any]] = {}
    for number, item in enumerate(items):
        path = f"overrides.containerOverrides[{number}].name"
        name = item.get("name")
        if name is None:
            raise DocumentError("name is missing", path.removesuffix(".name"))
        if name not in known:
            message = f"Override for container named {plain_name(name)} is not a container in the "
            raise DocumentError(message + "TaskDefinition.", path)
        if name in found:
            raise DocumentError(f"container {plain_name(name)} is overridden twice", path)
        found[name] = item
    return found


def _container(container: Mapping[str, Any], given: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a container with an override applied."""
    if not given:
        return container
    found = {**container, **{name: given[name] for name in _OF_CONTAINER if name in given}}
    if "resourceRequirements" in given:
        changed = {one.get("type") for one in given["resourceRequirements"]}
        kept = [
            one
            for one in container.get("resourceRequirements", ())
            if one.get("type") not in changed
        ]
        found["resourceRequirements"] = [*kept, *given["resourceRequirements"]]
    if "environment" in given:
        variables = {one.get("name"): one for one in container.get("environment", ())}
        variables |= {one.get("name"): one for one in given["environment"]}
        found["environment"] = list(variables.values())
    return found


def _described(definition: Mapping[str, Any], overrides: Mapping[str, Any]) -> Document:
    """Return overrides as DescribeTasks gives them: with an entry for every container."""
    given = {one.get("name"): one for one in overrides.get("containerOverrides", ())}
    containers = [
        given.get(container["name"], {"name": container["name"]})
        for container in definition["containerDefinitions"]
        if "name" in container
    ]
    accelerators = overrides.get("inferenceAcceleratorOverrides", [])
    return {
        **overrides,
        "containerOverrides": containers,
        "inferenceAcceleratorOverrides": accelerators,
    }
