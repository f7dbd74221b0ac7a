"""Warnings about task definitions that are valid and probably not meant.

In: a definition that ECS would take.  Out: remarks with their paths.  Nothing here is refused.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from placement.documents.accelerators import is_whole
from placement.documents.task_definitions import TaskDefinition, task_definition_from_ecs
from placement.ecs.definitions.check import judged_beside
from placement.ecs.definitions.images import Registry, parse_image
from placement.ecs.definitions.problems import DefinitionProblem, Problems, objects
from placement.ecs.definitions.sizes import is_windows
from placement.ecs.definitions.types import ADDED, SHAPE, typed
from placement.errors import CqlError, DocumentError
from placement.model import MAX_PORTS
from placement.model.instance import LINUX_PORTS
from placement.query.lint import lint

__all__ = ["lint_task_definition", "refused_today"]

LEAST_MEMORY = 6
"""MiB that a container needs with Docker 20.10 and later (B25)."""

FIRST_EPHEMERAL = 32_768
"""The first ephemeral port: from here on an instance may give a port to any process (2.3)."""

MAX_TASK_PORTS = MAX_PORTS - len(LINUX_PORTS)
"""Static host ports left for tasks on an instance that reserves the default ones (2.3, B20)."""


def lint_task_definition(document: Any) -> list[DefinitionProblem]:
    """Return remarks on a task definition, one to be registered or one that is described.

    They are about definitions that ``check_task_definition`` finds nothing wrong with; one whose
    types or sizes are wrong has none.  For one that ECS describes they also say what
    RegisterTaskDefinition would refuse today: a revision may be older than a rule (B45).
    """
    if not isinstance(document, Mapping):
        return []
    given = document.get("taskDefinition", document)
    if not isinstance(given, Mapping):
        return []
    definition, wrong = typed({key: given[key] for key in given if key not in ADDED}, SHAPE)
    try:
        read = task_definition_from_ecs(definition)
    except DocumentError:
        return []
    if not ADDED.isdisjoint(given):
        return [*_refused(definition, wrong), *_remarks(definition, read)]
    return [] if wrong else list(_remarks(definition, read))


def refused_today(document: Mapping[str, Any]) -> list[DefinitionProblem]:
    """Return why ECS would not register a definition again that it describes (B45)."""
    given = {key: document[key] for key in document if key not in ADDED}
    return list(_refused(*typed(given, SHAPE)))


def _refused(definition: Mapping[str, Any], wrong: Sequence[DefinitionProblem]) -> Problems:
    for problem in judged_beside(definition, wrong):
        message = f"is older than a rule of ECS, which would refuse it today: {problem.message}"
        yield DefinitionProblem(problem.path, message)


def _remarks(definition: Mapping[str, Any], read: TaskDefinition) -> Problems:
    windows = is_windows(definition)
    for name in ("cpu", "memory"):
        if windows and definition.get(name) is not None:
            yield DefinitionProblem(name, "Windows on EC2 ignores it: its containers' sizes count")
    if len(read.tcp_ports) + len(read.udp_ports) > MAX_TASK_PORTS:
        number = len(read.tcp_ports) + len(read.udp_ports)
        message = (
            f"{number} static host ports find no instance: each has {MAX_PORTS}, of which"
            f" {len(LINUX_PORTS)} are its own"
        )
        yield DefinitionProblem("containerDefinitions", message)
    for container, path in objects(definition, "containerDefinitions"):
        yield from _container(container, path)
        yield from _ports(container, path, definition.get("networkMode") or "bridge")
        yield from _devices(container, path)
    for constraint, path in objects(definition, "placementConstraints"):
        yield from _expression(constraint, f"{path}.expression")


def _container(container: Mapping[str, Any], path: str) -> Problems:
    for name in ("memory", "memoryReservation"):
        value = container.get(name)
        if value is not None and value < LEAST_MEMORY:
            message = f"Docker 20.10 and later keeps {LEAST_MEMORY} MiB for a container (B25)"
            yield DefinitionProblem(f"{path}.{name}", message)
    yield from _image(container.get("image"), f"{path}.image")
    names = Counter(variable.get("name") for variable, _ in objects(container, "environment"))
    for variable, times in names.items():
        if times > 1:
            yield DefinitionProblem(f"{path}.environment", f"{variable} is set {times} times")
    command = (container.get("healthCheck") or {}).get("command")
    if command and command[0] not in ("CMD", "CMD-SHELL"):  # B43
        message = "Docker expects CMD or CMD-SHELL in front, and takes the first word for it"
        yield DefinitionProblem(f"{path}.healthCheck.command", message)


def _devices(container: Mapping[str, Any], path: str) -> Problems:
    """Yield devices that the model counts otherwise than ECS, or not everywhere (B44)."""
    for requirement, here in objects(container, "resourceRequirements", path):
        kind = requirement.get("type")
        if kind == "GPU" and not is_whole(requirement):
            message = "a fraction of a GPU, or a shared one, is counted as a whole device"
            yield DefinitionProblem(here, message)
        elif kind == "NeuronDevice":
            message = "checked only on instances that report Neuron devices"
            yield DefinitionProblem(here, message)


def _image(image: Any, path: str) -> Problems:
    try:
        found = parse_image(image)
    except DocumentError:
        return
    if found.kind is Registry.UNRESOLVED:
        message = "looks like a template that nothing has replaced; its registry is not known"
        yield DefinitionProblem(path, message)


def _ports(container: Mapping[str, Any], path: str, mode: str) -> Problems:
    """Yield static host ports that instances may have given away, or keep for themselves (2.3)."""
    for mapping, here in objects(container, "portMappings", path):
        port = mapping.get("containerPort") if mode == "host" else mapping.get("hostPort")
        if not port or mode == "awsvpc":
            continue
        if port in LINUX_PORTS and mapping.get("protocol", "tcp") == "tcp":
            message = f"instances keep port {port} for themselves by default"
            yield DefinitionProblem(f"{here}.hostPort", message)
        elif port >= FIRST_EPHEMERAL:
            message = (
                f"port {port} may be given to somebody else: ports from {FIRST_EPHEMERAL} on are"
                " those that instances choose from"
            )
            yield DefinitionProblem(f"{here}.hostPort", message)


def _expression(constraint: Mapping[str, Any], path: str) -> Problems:
    expression = constraint.get("expression")
    if not isinstance(expression, str):
        return
    try:
        remarks = lint(expression)
    except CqlError:
        return
    for remark in remarks:
        yield DefinitionProblem(path, str(remark))
