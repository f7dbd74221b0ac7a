"""Rules of RunTask and StartTask that need no account: what a call and its definition allow.

In: the parameters of a call, whose types are right, and the document of its task definition.  Out:
nothing, or the exception of the API.  The client asks them one by one, between what it looks up;
``check_call`` asks all of them, for the command line, which has no account.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from placement.ecs.calls.ecs.checking import check_one_of, check_tags, invalid
from placement.ecs.control.networks import Network
from placement.engine.request import MAX_CONSTRAINTS, MAX_STRATEGIES

__all__ = [
    "check_call",
    "check_compatible",
    "check_execute_command",
    "check_is_active",
    "check_labels",
    "check_launch_type",
    "check_one_choice",
    "check_platform",
    "check_public_address",
    "check_rules",
    "check_token",
    "start_launch_type",
]

LAUNCH_TYPES = ("EC2", "FARGATE", "EXTERNAL", "MANAGED_INSTANCES")

ONLY_BY_STRATEGY = (
    "The launch type MANAGED_INSTANCES cannot be given: choose it by a capacity provider strategy."
)

BOTH = (
    "Specifying both a launch type and capacity provider strategy is not supported. Remove one and "
    "try again."
)

_TOKEN = re.compile(r"[!-~]{1,64}")
_STARTED_BY = re.compile(r"[A-Za-z0-9_/-]{1,128}")


def check_call(parameters: Mapping[str, Any], document: Mapping[str, Any]) -> None:
    """Refuse what the client refuses of a call on container instances, without an account.

    Not what has errors of its own elsewhere: the count, the group, the network, overrides.

    Raises:
        InvalidParameterException: a parameter has a wrong value, or the definition is INACTIVE.
    """
    if "clientToken" in parameters:
        check_token(parameters["clientToken"])
    check_one_choice(parameters)
    launch_type = check_launch_type(parameters)
    check_platform(parameters, launch_type)
    check_is_active(document.get("status") or "ACTIVE")
    check_labels(parameters)


def check_token(token: str) -> None:
    """Refuse a ``clientToken`` that is too long, empty or no printable ASCII."""
    if not _TOKEN.fullmatch(token):
        raise invalid("clientToken is 1 to 64 printable ASCII characters without spaces.")


def check_one_choice(parameters: Mapping[str, Any]) -> None:
    """Refuse a launch type and a capacity provider strategy in one call."""
    if parameters.get("capacityProviderStrategy") and "launchType" in parameters:
        raise invalid(BOTH)


def check_launch_type(parameters: Mapping[str, Any]) -> str:
    """Return the launch type of a call, EC2 by default, unless it is none that a call can give."""
    launch_type: str = parameters.get("launchType", "EC2")
    check_one_of(launch_type, "launchType", LAUNCH_TYPES)
    if launch_type == "MANAGED_INSTANCES":
        raise invalid(ONLY_BY_STRATEGY)
    return launch_type


def start_launch_type(document: Mapping[str, Any]) -> str:
    """Return a launch type that a definition is made for; StartTask has no such parameter (B21)."""
    known = document.get("compatibilities")
    return "EXTERNAL" if known is not None and "EC2" not in known and "EXTERNAL" in known else "EC2"


def check_platform(parameters: Mapping[str, Any], launch_type: str) -> None:
    """Refuse a platform version for tasks that are not on Fargate."""
    if launch_type != "FARGATE" and "platformVersion" in parameters:
        message = "The platform version must be null when specifying an EC2 launch type."
        raise invalid(message)


def check_is_active(status: str) -> None:
    """Refuse a task definition that has another status than ACTIVE."""
    if status != "ACTIVE":
        raise invalid("TaskDefinition is inactive")


def check_compatible(document: Mapping[str, Any], launch_type: str) -> None:
    """Refuse a launch type that the definition is not made for."""
    known = document.get("compatibilities")
    if known is None and launch_type == "FARGATE":
        known = document.get("requiresCompatibilities", ())
    if known is not None and launch_type not in known:
        raise invalid(f"Task definition does not support launch_type {launch_type}.")


def check_public_address(network: Network, launch_type: str) -> None:
    """Refuse a public address for tasks that are not on Fargate."""
    if network.public and launch_type != "FARGATE":
        raise invalid("Assign public IP is not supported for this launch type.")


def check_execute_command(applied: Mapping[str, Any]) -> None:
    """Refuse ECS Exec for a definition that, overrides applied, has no task role."""
    if not applied.get("taskRoleArn"):
        raise invalid("enableExecuteCommand needs a taskRoleArn, of the definition or overridden.")


def check_labels(parameters: Mapping[str, Any]) -> None:
    """Refuse a ``startedBy``, tags or a ``propagateTags`` that the API does not take."""
    started_by = parameters.get("startedBy")
    if started_by is not None and not _STARTED_BY.fullmatch(started_by):
        message = "startedBy is up to 128 letters, numbers, hyphens, slashes and underscores."
        raise invalid(message)
    check_tags(parameters.get("tags", ()))
    propagated = parameters.get("propagateTags", "NONE")
    check_one_of(propagated, "propagateTags", ("TASK_DEFINITION", "NONE"))


def check_rules(constraints: int, strategy: Sequence[Any] | None) -> None:
    """Refuse too many constraints, those of the definition included, or strategies (2.6, 2.9)."""
    if constraints > MAX_CONSTRAINTS:
        message = f"placementConstraints: a task has at most {MAX_CONSTRAINTS}, those of the task "
        raise invalid(f"{message}definition included, not {constraints}.")
    if strategy is not None and len(strategy) > MAX_STRATEGIES:
        message = f"placementStrategy can have at most {MAX_STRATEGIES} items, not {len(strategy)}."
        raise invalid(message)
