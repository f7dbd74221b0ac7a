"""Sizes of a task and of its containers, compared with each other (2.2, A24, B25, B39).

In: a definition whose types are right, registered or with the overrides of a call applied.  Out:
problems with their paths.  Whether each single size can be read is for
``documents.task_definitions``; what Fargate offers is in ``fargate``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from placement.documents.fields import size
from placement.documents.task_definitions import MIN_MEMORY
from placement.ecs.definitions.problems import DefinitionProblem, Problems, objects, plain_name
from placement.errors import DocumentError

__all__ = ["is_windows", "size_sums", "task_size", "task_size_problems"]

CPU = range(128, 196_608 + 1)
"""CPU units that a task may ask for itself (2.2, the API's newer range)."""

Definition = Mapping[str, Any]


def is_windows(definition: Definition) -> bool:
    """Return whether a definition is one of Windows (B27)."""
    system = (definition.get("runtimePlatform") or {}).get("operatingSystemFamily")
    return system is not None and system != "LINUX"


def task_size(definition: Definition, name: str) -> int | None:
    """Return ``cpu`` or ``memory`` of the task in CPU units or MiB; None if not given or wrong."""
    try:
        value = definition.get(name)
        return None if value is None else size(value, name)
    except DocumentError:
        return None


def task_size_problems(definition: Definition) -> Problems:
    """Yield sizes of the task itself that ECS does not take."""
    if is_windows(definition):  # it ignores them on EC2 (2.2); Fargate has a table of its own
        return
    cpu, memory = task_size(definition, "cpu"), task_size(definition, "memory")
    if cpu is not None and cpu not in CPU:
        yield DefinitionProblem("cpu", f"expected {CPU[0]} to {CPU[-1]} CPU units, not {cpu}")
    if memory == 0:
        yield DefinitionProblem("memory", "expected a positive amount of memory, not 0")


def size_sums(definition: Definition) -> Problems:
    """Yield sizes of containers that do not go with each other or with the task's.

    The texts in quotation marks are the service's own (B46).
    """
    containers = list(objects(definition, "containerDefinitions"))
    for container, path in containers:
        hard, soft = (_mebibytes(container, name) for name in ("memory", "memoryReservation"))
        if hard is not None and soft is not None and hard < soft:
            message = "'memory' must be greater than or equal to 'memoryReservation'"
            yield DefinitionProblem(f"{path}.memoryReservation", f"{message}: {hard}, not {soft}")
    if is_windows(definition):  # sizes of its task are ignored (2.2)
        return
    yield from _memory(definition, containers)
    cpu = task_size(definition, "cpu")
    total = sum(max(0, container.get("cpu") or 0) for container, _ in containers)
    if cpu is not None and total > cpu:
        message = (
            "The sum of all container 'cpu' values cannot be greater than the value of the task "
            f"'cpu'. They have {total} CPU units, the task {cpu}"
        )
        yield DefinitionProblem("cpu", message)


def _memory(definition: Definition, containers: list[tuple[Definition, str]]) -> Problems:
    task = task_size(definition, "memory")
    if task is None:
        return
    total, single = 0, False
    for container, path in containers:
        title = plain_name(container.get("name"))
        for name in ("memory", "memoryReservation"):
            own = _mebibytes(container, name)
            if own is not None and own > task:
                single = True
                message = (
                    f"The '{name}' setting for container '{title}' is greater than for the task: "
                    f"{own} MiB, the task has {task}"
                )
                yield DefinitionProblem(f"{path}.{name}", message)
        total += _mebibytes(container, "memoryReservation") or _mebibytes(container, "memory") or 0
    if total > task and not single:
        message = f"its containers reserve {total} MiB, more than {task} (A24)"
        yield DefinitionProblem("memory", message)


def _mebibytes(container: Definition, name: str) -> int | None:
    """Return a size of a container in MiB, None if it is not given, or wrong by itself."""
    value = container.get(name)
    return value if isinstance(value, int) and value >= MIN_MEMORY else None
