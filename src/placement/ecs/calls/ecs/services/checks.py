"""Rules of S2.4 for the parameters of calls about services, in the texts of the service.

In: parameters whose types are right, an account.  Out: nothing or what was looked up, or the
exception of the API.  Nothing is changed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from placement.ecs.calls.ecs.checking import check_tags, invalid
from placement.ecs.calls.ecs.provider_strategies import chosen_strategy
from placement.ecs.control.account import Account
from placement.ecs.control.definition_use import is_gone
from placement.ecs.control.records import ClusterRecord, DefinitionRecord, Document
from placement.ecs.control.services.records import ServiceRecord
from placement.ecs.control.services.statuses import ServiceStatus
from placement.ecs.control.statuses import DefinitionStatus
from placement.ecs.definitions.problems import plain_name
from placement.ecs.errors import client_error
from placement.errors import describe_value
from placement.services.alarms import unknown_alarms

__all__ = [
    "check_active",
    "check_alarms",
    "check_controller",
    "check_desired_count",
    "check_enumerations",
    "check_name",
    "check_token",
    "known_service",
    "service_definition",
    "service_role",
    "service_strategy",
]

MAX_TOKEN = 36

LAUNCH_TYPES = ("EC2", "FARGATE", "EXTERNAL", "FMI", "MANAGED_INSTANCES")
GIVEN_LAUNCH_TYPES = ("EC2", "FARGATE", "EXTERNAL")
SCHEDULING = ("REPLICA", "DAEMON")

_ENUMERATIONS = (
    ("schedulingStrategy", "Scheduling strategy", SCHEDULING),
    ("launchType", "launch type", LAUNCH_TYPES),
    ("propagateTags", "propagateTags", ("TASK_DEFINITION", "SERVICE", "NONE")),
    ("availabilityZoneRebalancing", "availabilityZoneRebalancing", ("ENABLED", "DISABLED")),
)
"""Parameter, what the service calls it, its words."""

SERVICE_ROLE = "role/aws-service-role/ecs.amazonaws.com/AWSServiceRoleForECS"

CONTROLLERS = ("ECS", "CODE_DEPLOY", "EXTERNAL")

_NAME = re.compile(r"[A-Za-z0-9_-]{1,255}")
_TOKEN = re.compile(r"[!-~]*")


def known_service(account: Account, cluster: ClusterRecord, name: str) -> ServiceRecord:
    """Return the newest service of a name or ARN.

    Raises:
        ServiceNotFoundException: there is none.
    """
    found = account.find_service(cluster, name)
    if found is None:
        raise client_error("ServiceNotFoundException", "Service not found.")
    return found


def check_name(name: str) -> None:
    """Refuse a name that no service can have."""
    if not _NAME.fullmatch(name):
        raise invalid(
            r"ServiceName must match ^[a-zA-Z0-9\\-_]{1,255}$, but was " + plain_name(name[:255])
        )


def check_token(token: str | None) -> None:
    """Refuse a client token that is too long, or has other characters than ASCII's visible ones."""
    if token is None:
        return
    if len(token) > MAX_TOKEN:
        raise invalid(f"idempotency token longer than {MAX_TOKEN}.")
    if not _TOKEN.fullmatch(token):
        raise invalid("idempotency token has other characters than ASCII 33 to 126.")


def check_enumerations(parameters: Mapping[str, Any]) -> None:
    """Refuse words that are not of their enumerations, and tags."""
    for name, title, words in _ENUMERATIONS:
        if parameters.get(name, words[0]) not in words:
            raise invalid(f"{title} should be one of [{','.join(words)}]")
    launch_type = parameters.get("launchType", "EC2")
    if launch_type not in GIVEN_LAUNCH_TYPES:
        raise invalid(
            f"The launch type {launch_type} cannot be given: choose it by a capacity provider "
            "strategy."
        )
    controller = parameters.get("deploymentController", {}).get("type", "ECS")
    if controller not in CONTROLLERS:
        raise invalid(f"Deployment controller should be one of [{','.join(CONTROLLERS)}]")
    check_tags(parameters.get("tags", []))


def service_definition(account: Account, name: str) -> DefinitionRecord:
    """Return the revision of a family (its latest ACTIVE), a family with its revision, or an ARN.

    Raises:
        ClientException: there is none, or it is not ACTIVE.
    """
    record = account.find_definition(name)
    if record is None or is_gone(account, record):
        raise client_error("ClientException", "TaskDefinition not found.")
    if record.status is not DefinitionStatus.ACTIVE:
        raise client_error("ClientException", "TaskDefinition is inactive")
    return record


def service_role(account: Account) -> str:
    """Return the ARN of the role by which ECS changes load balancers and network interfaces."""
    return account.root.removesuffix("root") + SERVICE_ROLE


def check_desired_count(account: Account, count: int, negative: str) -> None:
    """Refuse a desired count below 0, with a text, or above the quota."""
    if count < 0:
        raise invalid(negative)
    most = account.options.tasks_per_service
    if count > most:
        raise invalid(f"A service can have at most {most} tasks, not {count}.")


def check_alarms(known: Mapping[str, Any], names: tuple[str, ...]) -> None:
    """Refuse alarms that are not there (D37, C35)."""
    missing = unknown_alarms(names, known)
    if missing:
        raise invalid(
            "The following alarms of the deployment configuration do not exist: "
            + ", ".join(describe_value(name) for name in missing[:10])
        )


# Deployment controllers


def check_controller(service: ServiceRecord, controller: str) -> None:
    """Refuse another deployment controller that a service cannot have (S2.2)."""
    if controller == service.controller:
        return
    if controller == "CODE_DEPLOY":
        raise invalid(
            f"The deployment controller cannot be updated from {service.controller} to CODE_DEPLOY."
        )
    if service.scheduling == "DAEMON":
        raise invalid("The daemon scheduling strategy needs the deployment controller ECS.")
    if any(not run.status.has_ended for run in service.service_deployments):
        raise invalid("The deployment controller cannot be updated during a deployment.")


# Capacity provider strategies


def service_strategy(
    account: Account, cluster: ClusterRecord, parameters: Mapping[str, Any], scheduling: str
) -> list[Document]:
    """Return the strategy that a new service has; empty: a launch type holds (S2.1).

    Raises:
        InvalidParameterException: the strategy is not valid (S2.4, S11.1), or a daemon would have
            one.
    """
    found = chosen_strategy(account, cluster, parameters)
    if found and scheduling == "DAEMON":
        raise invalid(
            "Specifying a capacity provider strategy is not supported when you create a service "
            "using the DAEMON scheduling strategy."
        )
    return found


def check_active(service: ServiceRecord) -> None:
    """Refuse a service that is not ACTIVE."""
    if service.status is not ServiceStatus.ACTIVE:
        raise client_error("ServiceNotActiveException", "Service was not ACTIVE.")
