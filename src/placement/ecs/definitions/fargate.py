"""What Fargate asks of a task definition: a size of its table, and much that it forbids (2.12).

In: a definition whose types are right.  Out: problems with their paths; none: Fargate can run it.
What every definition must keep to is checked elsewhere.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from placement.ecs.definitions.images import Registry, parse_image
from placement.ecs.definitions.problems import DefinitionProblem, Problems, items, objects
from placement.ecs.definitions.sizes import is_windows, task_size
from placement.errors import DocumentError, describe_value

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

FORBIDDEN = (
    "links",
    "dockerSecurityOptions",
    "disableNetworking",
    "dnsServers",
    "dnsSearchDomains",
    "extraHosts",
)
FORBIDDEN_LINUX = ("devices", "sharedMemorySize", "maxSwap", "swappiness")

Definition = Mapping[str, Any]


def fargate_problems(definition: Definition) -> Problems:
    """Yield what keeps a definition from Fargate."""
    mode = definition.get("networkMode")
    if mode != "awsvpc":
        given = "none is given" if mode is None else f"not {describe_value(mode)}"
        yield DefinitionProblem("networkMode", f"Fargate takes awsvpc only; {given}")
    yield from _sizes(definition)
    if definition.get("placementConstraints"):
        message = "placement constraints are not supported on Fargate"
        yield DefinitionProblem("placementConstraints", message)
    if definition.get("pidMode") not in (None, "task"):
        message = f"Fargate takes task only, not {describe_value(definition['pidMode'])}"
        yield DefinitionProblem("pidMode", message)
    for name in ("ipcMode", "inferenceAccelerators"):
        if definition.get(name):
            yield DefinitionProblem(name, "is not supported on Fargate")
    for volume, path in objects(definition, "volumes"):
        if volume.get("dockerVolumeConfiguration") is not None:
            here = f"{path}.dockerVolumeConfiguration"
            yield DefinitionProblem(here, "Docker volumes are not supported on Fargate")
        if (volume.get("host") or {}).get("sourcePath"):
            yield DefinitionProblem(f"{path}.host.sourcePath", "is not supported on Fargate")
    for container, path in objects(definition, "containerDefinitions"):
        yield from _container(container, path, definition)


def _sizes(definition: Definition) -> Problems:
    missing = [name for name in ("cpu", "memory") if definition.get(name) is None]
    for name in missing:
        yield DefinitionProblem(name, "is missing; Fargate needs the size of the task")
    cpu, memory = task_size(definition, "cpu"), task_size(definition, "memory")
    if cpu is not None or memory is not None:
        yield from size_problems(cpu, memory)
    if is_windows(definition) and cpu is not None and cpu < 1024:
        yield DefinitionProblem("cpu", f"Windows on Fargate needs 1024 CPU units, not {cpu}")


def size_problems(cpu: int | None, memory: int | None) -> Problems:
    """Yield why Fargate has no task of a size in CPU units and MiB; None is not given (App. C)."""
    if cpu is not None and cpu not in SIZES:
        known = ", ".join(map(str, SIZES))
        yield DefinitionProblem("cpu", f"Fargate takes {known} CPU units, not {cpu}")
    elif cpu is not None and memory is not None and memory not in SIZES[cpu]:
        message = f"with {cpu} CPU units Fargate takes {_listed(SIZES[cpu])} MiB, not {memory}"
        yield DefinitionProblem("memory", message)
    elif memory is not None and not any(memory in amounts for amounts in SIZES.values()):
        yield DefinitionProblem("memory", f"Fargate has no task of {memory} MiB")


def _listed(amounts: tuple[int, ...]) -> str:
    if len(amounts) <= 4:
        return ", ".join(map(str, amounts))
    return f"{amounts[0]} to {amounts[-1]} in steps of {amounts[1] - amounts[0]}"


def _container(container: Definition, path: str, definition: Definition) -> Problems:
    for name in FORBIDDEN:
        if container.get(name):
            yield DefinitionProblem(f"{path}.{name}", "is not supported on Fargate")
    if container.get("privileged"):
        yield DefinitionProblem(f"{path}.privileged", "is not supported on Fargate")
    linux = container.get("linuxParameters") or {}
    for name in FORBIDDEN_LINUX:
        if linux.get(name) not in (None, []):
            yield DefinitionProblem(f"{path}.linuxParameters.{name}", "is not supported on Fargate")
    added = items(linux.get("capabilities") or {}, "add", f"{path}.linuxParameters.capabilities")
    for capability, here in added:
        if capability != "SYS_PTRACE":
            message = f"Fargate adds SYS_PTRACE only, not {describe_value(capability)}"
            yield DefinitionProblem(here, message)
    for requirement, here in objects(container, "resourceRequirements", path):
        message = f"{describe_value(requirement.get('type'))} is not supported on Fargate"
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
        message = f"Fargate takes {', '.join(LOG_DRIVERS)}, not {describe_value(driver)}"
        yield DefinitionProblem(f"{path}.logDriver", message)
    if driver == "awslogs":
        options = container["logConfiguration"].get("options") or {}
        for name in AWSLOGS_OPTIONS:
            if not options.get(name):
                message = "is missing; awslogs on Fargate needs it"
                yield DefinitionProblem(f"{path}.options.{name}", message)
        if not definition.get("executionRoleArn"):
            message = "awslogs on Fargate needs executionRoleArn"
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
