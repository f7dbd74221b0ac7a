"""What a valid task definition of a managed daemon is, and how it looks registered (S7.3).

In: what RegisterDaemonTaskDefinition takes, its types right.  Out: problems with their paths; the
definition as one of tasks, and as DescribeDaemonTaskDefinition gives it.  Containers and sizes are
as in any task definition; a daemon has no ports, no network mode and no constraints.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from placement.ecs.definitions.check import check_task_definition
from placement.ecs.definitions.problems import DefinitionProblem
from placement.ecs.definitions.register import registered
from placement.errors import describe_value

__all__ = ["check_daemon_definition", "registered_daemon"]

Document = dict[str, Any]

SHARED_WITH_TASKS = ("family", "taskRoleArn", "executionRoleArn", "cpu", "memory", "tags")
NAMESPACES = ("pidMode", "ipcMode")
NAMESPACE_MODES = ("none", "shared")
LOG_VOLUME = "logDriverVolumeConfiguration"
LOG_VOLUME_DRIVERS = ("json-file",)
NOT_OF_DAEMONS = ("portMappings", "volumesFrom")
"""What containers of other definitions are shown with."""


def check_daemon_definition(given: Mapping[str, Any]) -> list[DefinitionProblem]:
    """Return everything that keeps a definition from being registered; empty: nothing does."""
    found = check_task_definition(_as_task_definition(given))
    for name in NAMESPACES:
        mode = given.get(name)
        if mode is not None and mode not in NAMESPACE_MODES:
            message = f"expected none or shared, not {describe_value(mode)}"
            found.append(DefinitionProblem(name, message))
    for number, volume in enumerate(given.get("volumes", ())):
        logs, path = volume.get(LOG_VOLUME), f"volumes[{number}]"
        if logs is None:
            continue
        if logs.get("driver") not in LOG_VOLUME_DRIVERS:
            message = f"expected json-file, not {describe_value(logs.get('driver'))}"
            found.append(DefinitionProblem(f"{path}.{LOG_VOLUME}.driver", message))
        if volume.get("host") is not None:
            message = f"a volume is of one kind; this one has host and {LOG_VOLUME}"
            found.append(DefinitionProblem(path, message))
    return found


def _as_task_definition(given: Mapping[str, Any]) -> Document:
    """Return a daemon's definition as one of tasks: what decides where it fits is the same."""
    found = {name: given[name] for name in SHARED_WITH_TASKS if name in given}
    found["containerDefinitions"] = given["containerDefinitions"]
    if "volumes" in given:
        found["volumes"] = [
            {name: value for name, value in volume.items() if name != LOG_VOLUME}
            for volume in given["volumes"]
        ]
    return found


def registered_daemon(given: Mapping[str, Any], revision: int) -> tuple[Document, Document]:
    """Return a valid definition as one of tasks, and as it is described, without ARN and dates."""
    document = {**registered(_as_task_definition(given)), "revision": revision}
    names = ("family", "revision", "taskRoleArn", "executionRoleArn", "cpu", "memory")
    shown = {name: document[name] for name in names if name in document}
    shown["containerDefinitions"] = [
        {name: value for name, value in container.items() if name not in NOT_OF_DAEMONS}
        for container in document["containerDefinitions"]
    ]
    shown["volumes"] = [
        dict(own) if LOG_VOLUME in own else volume
        for own, volume in zip(given.get("volumes", ()), document["volumes"], strict=True)
    ]
    return document, shown | {name: given[name] for name in NAMESPACES if name in given}
