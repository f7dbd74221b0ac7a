"""What Fargate asks of a task definition: a size of its table, and much that it forbids (2.12).

In: a definition whose types are right.  Out: problems with their paths; none: Fargate can run it.
What every definition must keep to is checked elsewhere.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from placement.ecs.definitions.images import Registry, parse_image
from placement.ecs.definitions.problems import (
    DefinitionProblem,
    Problems,
    items,
    objects,
    plain_name,
)
from placement.ecs.definitions.sizes import is_windows, task_size
from placement.errors import DocumentError

__all__ = ["SIZES", "fargate_problems", "size_problems"]

SIZES: Mapping[int, tuple[int, ...]] = {
    256: (512, 1024, 2048),
    512: (1024, 2048, 3072, 4096),
    1024: tuple(range(2048, 8192 + 1, 1024)),
    2048: tuple(range(4096, 16_384 + 1, 1024)),
    4096: tuple(range(8192, 30_720 + 1, 1024)),
    8192: tuple(range(16_384, 61_440 + 1, 4096)),
    16_384: tuple(range(32_768, 122_880 + 1, 8192)),
}
"""CPU units and the MiB that go with them (Appendix C)."""

LOG_DRIVERS = ("awslogs", "splunk", "awsfirelens")

AWSLOGS_OPTIONS = ("awslogs-group", "awslogs-region", "awslogs-stream-prefix")

MAX_TIMEOUT = 120
"""Seconds that a container may take to start and to stop."""

FORBIDDEN = ("dockerSecurityOptions", "dnsSearchDomains")
"""Fields of a container; what awsvpc forbids anyway (B42) is not among them."""

FORBIDDEN_LINUX = ("devices", "sharedMemorySize", "maxSwap", "swappiness")

Definition = Mapping[str, Any]


def fargate_problems(definition: Definition) -> Problems:
    """Yield what keeps a definition from Fargate."""
    mode = definition.get("networkMode")
    if mode != "awsvpc":
        given = "None is given" if mode is None else f"It is {plain_name(mode)}"
        message = f"Fargate only supports network mode 'awsvpc'. {given}"
        yield DefinitionProblem("networkMode", message)
    yield from _sizes(definition)
    if definition.get("placementConstraints"):
        yield _unsupported("placementConstraints", "constraints")
    if definition.get("pidMode") not in (None, "task"):
        mode = plain_name(definition["pidMode"])
        message = (
            f"Tasks using the Fargate launch type do not support pidMode '{mode}'. The supported "
            "value for pidMode is 'task'."
        )
        yield DefinitionProblem("pidMode", message)
    if definition.get("ipcMode"):
        yield _unsupported("ipcMode")
    if definition.get("inferenceAccelerators"):
        message = "Unsupported field 'inferenceAccelerators'."
        yield DefinitionProblem("inferenceAccelerators", message)
    for volume, path in objects(definition, "volumes"):
        if volume.get("dockerVolumeConfiguration") is not None:
            yield _unsupported(f"{path}.dockerVolumeConfiguration")
        if (volume.get("host") or {}).get("sourcePath"):
            yield _unsupported(f"{path}.host.sourcePath")
    for container, path in objects(definition, "containerDefinitions"):
        yield from _container(container, path, definition)


def _unsupported(path: str, name: str = "") -> DefinitionProblem:
    """Return the problem of a field that Fargate does not have, in the service's words (B46)."""
    field = name or path.rpartition(".")[2]
    return DefinitionProblem(path, f"Fargate compatible task definitions do not support {field}")


def _sizes(definition: Definition) -> Problems:
    missing = [name for name in ("cpu", "memory") if definition.get(name) is None]
    for name in missing:
        message = f"Fargate requires that '{name}' be defined at the task level"
        yield DefinitionProblem(name, message)
    cpu, memory = task_size(definition, "cpu"), task_size(definition, "memory")
    if cpu is not None or memory is not None:
        yield from size_problems(cpu, memory)
    if is_windows(definition) and cpu is not None and cpu < 1024:
        message = f"{_no_size(cpu, memory)} Windows needs 1024 CPU units"
        yield DefinitionProblem("cpu", message)


def size_problems(cpu: int | None, memory: int | None) -> Problems:
    """Yield why Fargate has no task of a size in CPU units and MiB; None is not given (App. C)."""
    if cpu is not None and cpu not in SIZES:
        known = ", ".join(map(str, SIZES))
        yield DefinitionProblem("cpu", f"{_no_size(cpu, memory)} It takes {known} CPU units")
    elif cpu is not None and memory is not None and memory not in SIZES[cpu]:
        message = f"{_no_size(cpu, memory)} With {cpu} CPU units it takes {_listed(SIZES[cpu])} MiB"
        yield DefinitionProblem("memory", message)
    elif memory is not None and not any(memory in amounts for amounts in SIZES.values()):
        yield DefinitionProblem("memory", f"Fargate has no task of {memory} MiB")


def _no_size(cpu: int, memory: int | None) -> str:
    """Return the service's sentence for a size that Fargate does not have (B46)."""
    size = f"{cpu} CPU" if memory is None else f"{cpu} CPU, {memory} memory"
    return f"No Fargate configuration exists for given values: {size}."


def _listed(amounts: tuple[int, ...]) -> str:
    if len(amounts) <= 4:
        return ", ".join(map(str, amounts))
    return f"{amounts[0]} to {amounts[-1]} in steps of {amounts[1] - amounts[0]}"


def _container(container: Definition, path: str, definition: Definition) -> Problems:
    for name in FORBIDDEN:
        if container.get(name):
            yield _unsupported(f"{path}.{name}")
    if container.get("privileged"):
        message = (
            "Fargate requires that the 'privileged' setting be 'false' at the container level."
        )
        yield DefinitionProblem(f"{path}.privileged", message)
    linux = container.get("linuxParameters") or {}
    for name in FORBIDDEN_LINUX:
        if linux.get(name) not in (None, []):
            yield _unsupported(f"{path}.linuxParameters.{name}")
    added = items(linux.get("capabilities") or {}, "add", f"{path}.linuxParameters.capabilities")
    for capability, here in added:
        if capability != "SYS_PTRACE":
            message = f"{plain_name(capability)} is not allowed on Fargate."
            yield DefinitionProblem(here, message)
    for requirement, here in objects(container, "resourceRequirements", path):
        message = (
            "Tasks using the Fargate launch type do not support "
            f"{plain_name(requirement.get('type'))} resource requirements."
        )
        yield DefinitionProblem(here, message)
    for name in ("startTimeout", "stopTimeout"):
        if (container.get(name) or 0) > MAX_TIMEOUT:
            message = f"expected at most {MAX_TIMEOUT} seconds on Fargate, not {container[name]}"
            yield DefinitionProblem(f"{path}.{name}", message)
    yield from _logs(container, f"{path}.logConfiguration", definition)
    yield from _execution_role(container, path, definition)


def _logs(container: Definition, path: str, definition: Definition) -> Problems:
    driver = (container.get("logConfiguration") or {}).get("logDriver")
    if driver is not None and driver not in LOG_DRIVERS:
        known = ",".join(LOG_DRIVERS)
        message = f"{plain_name(driver)} is not a valid log driver. Must be one of [{known}]"
        yield DefinitionProblem(f"{path}.logDriver", message)
    if driver == "awslogs":
        options = container["logConfiguration"].get("options") or {}
        for name in AWSLOGS_OPTIONS:
            if not options.get(name):
                message = (
                    f"Fargate requires log configuration options to include {name} to support log "
                    "driver awslogs."
                )
                yield DefinitionProblem(f"{path}.options.{name}", message)
        if not definition.get("executionRoleArn"):
            message = (
                "Fargate requires task definition to have execution role ARN to support log driver "
                "awslogs."
            )
            yield DefinitionProblem(f"{path}.logDriver", message)
    options = (container.get("firelensConfiguration") or {}).get("options") or {}
    if options.get("config-file-type") == "s3":
        here = f"{path.removesuffix('.logConfiguration')}.firelensConfiguration.options"
        message = "Fargate takes the type file only, not s3"
        yield DefinitionProblem(f"{here}.config-file-type", message)


def _execution_role(container: Definition, path: str, definition: Definition) -> Problems:
    """Yield an image that only the execution role could pull."""
    if definition.get("executionRoleArn") or container.get("image") is None:
        return
    try:
        kind = parse_image(container["image"]).kind
    except DocumentError:
        return
    if kind is Registry.ECR:
        message = "an image of a private ECR registry needs executionRoleArn on Fargate"
        yield DefinitionProblem(f"{path}.image", message)
