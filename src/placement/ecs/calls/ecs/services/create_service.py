"""CreateService (S2.1).

In: an account and the parameters of a call.  Out: the service; its tasks start when time moves.
"""

from __future__ import annotations

from typing import Any

import attrs

from placement.ecs.calls.ecs.checking import as_client_error, invalid
from placement.ecs.calls.ecs.lookups import active_cluster
from placement.ecs.calls.ecs.services.answers import service_answer
from placement.ecs.calls.ecs.services.checks import (
    check_alarms,
    check_desired_count,
    check_enumerations,
    check_name,
    check_token,
    service_definition,
    service_role,
    service_strategy,
)
from placement.ecs.calls.ecs.services.deployment_settings import deployment_settings
from placement.ecs.calls.ecs.services.rebalancing import checked_rebalancing
from placement.ecs.calls.ecs.services.wanted import (
    STORED,
    WantedService,
    check_network,
    check_wanted,
    stored_network,
)
from placement.ecs.control.account import Account
from placement.ecs.control.capacity.providers import strategy_launch_type
from placement.ecs.control.records import ClusterRecord, Document
from placement.ecs.control.services.changes import NewService, create_service_record
from placement.ecs.control.services.configuration import (
    DeploymentConfiguration,
    default_configuration,
)
from placement.ecs.control.services.records import ServiceRecord
from placement.ecs.control.services.statuses import ServiceStatus

__all__ = ["create_service"]

NOT_OF_THE_REQUEST = ("cluster", "tags")
"""What may differ in a call that is repeated (D7): the cluster has been looked up."""


@as_client_error
def create_service(account: Account, parameters: Document) -> Document:
    """Create a service.

    A call that is repeated with its ``clientToken`` returns the service that there is (D7).

    Raises:
        ClusterNotFoundException: there is no such cluster.
        ClientException: there is no such task definition, or it is INACTIVE.
        InvalidParameterException: a parameter has a wrong value, or the name is taken.
        PlatformUnknownException, UnsupportedFeatureException: as they say.
    """
    cluster = active_cluster(account, parameters.get("cluster"))
    token = parameters.get("clientToken")
    check_token(token)
    known = cluster.services.get(parameters["serviceName"])
    request = {name: value for name, value in parameters.items() if name not in NOT_OF_THE_REQUEST}
    if known is not None and _repeats(known, token, request):
        return {"service": service_answer(known, tags=True)}
    check_name(parameters["serviceName"])
    check_enumerations(parameters)
    wanted = _wanted(account, cluster, parameters)
    check_network(account, wanted)
    count = _desired_count(account, wanted, parameters)
    strategy = service_strategy(account, cluster, parameters, wanted.scheduling)
    _check_daemon(wanted)
    _check_balanced(wanted, parameters)
    wanted = attrs.evolve(wanted, provider_strategy=strategy)
    wanted = attrs.evolve(wanted, configuration=_configuration(account, wanted, parameters))
    check_wanted(account, wanted)
    rebalancing = checked_rebalancing(wanted)
    _check_name_is_free(account, cluster, known)
    new = NewService(
        name=parameters["serviceName"],
        scheduling=wanted.scheduling,
        controller=wanted.controller,
        desired_count=count,
        configuration=wanted.configuration,
        constraints=wanted.engine_constraints(),
        strategy=wanted.engine_strategy(),
        grace=wanted.grace,
        launch_type=None if strategy else wanted.launch_type,
        rebalancing=rebalancing,
        document=_document(account, wanted, parameters),
        client_token=(token, request),
        tags=parameters.get("tags", []),
        revision=wanted.revision(),
    )
    service = create_service_record(account, cluster, new, account.clock())
    return {"service": service_answer(service, tags=True)}


def _repeats(known: ServiceRecord, token: str | None, request: Document) -> bool:
    """Return whether a call is the one that created a service, made again (D7)."""
    if known.status is not ServiceStatus.ACTIVE or token is None:
        return False
    return known.client_token == (token, request)


def _wanted(account: Account, cluster: ClusterRecord, parameters: Document) -> WantedService:
    """Return the service that a call asks for, without its deployment configuration.

    Only its task definition is looked up.
    """
    scheduling = parameters.get("schedulingStrategy", "REPLICA")
    controller = parameters.get("deploymentController", {}).get("type", "ECS")
    definition = None
    if controller == "EXTERNAL":
        _check_external(parameters)
    elif "taskDefinition" in parameters:
        definition = service_definition(account, parameters["taskDefinition"])
    else:
        raise invalid("TaskDefinition can not be blank.")
    return WantedService(
        verb="created",
        scheduling=scheduling,
        controller=controller,
        launch_type=_launch_type(account, cluster, parameters),
        definition=definition,
        configuration=default_configuration(scheduling),
        constraint_items=parameters.get("placementConstraints", ()),
        strategy_items=parameters.get("placementStrategy", ()),
        load_balancer_items=parameters.get("loadBalancers", ()),
        network=stored_network(parameters.get("networkConfiguration")),
        platform_version=parameters.get("platformVersion"),
        rebalancing=parameters.get("availabilityZoneRebalancing"),
        grace=parameters.get("healthCheckGracePeriodSeconds"),
        execute=parameters.get("enableExecuteCommand", False),
        stored={name: parameters[name] for name in STORED if name in parameters},
    )


def _launch_type(account: Account, cluster: ClusterRecord, parameters: Document) -> str:
    """Return the launch type of a call; with a strategy, its own or the cluster's, what it means.

    Whether the strategy is valid is looked at later.
    """
    if "launchType" in parameters:
        return str(parameters["launchType"])
    strategy = parameters.get("capacityProviderStrategy") or cluster.default_strategy
    return strategy_launch_type(account.providers, strategy)


def _check_external(parameters: Document) -> None:
    """Refuse what the task sets of an EXTERNAL service have, and not the service (B46)."""
    if parameters.get("taskDefinition"):
        raise invalid("TaskDefinition must be blank.")
    if parameters.get("loadBalancers"):
        raise invalid("LoadBalancers must be empty or null.")


def _check_balanced(wanted: WantedService, parameters: Document) -> None:
    """Refuse a role without a use, and a CODE_DEPLOY service without a load balancer (B46)."""
    has_load_balancer = bool(wanted.load_balancer_items)
    if parameters.get("role"):
        if not has_load_balancer:
            raise invalid("IAM roles are only valid for services configured to use load balancers.")
        if wanted.network:
            raise invalid(
                "You cannot specify an IAM role for services that require a service linked role."
            )
    if wanted.controller == "CODE_DEPLOY" and not has_load_balancer:
        raise invalid(
            "When specifying the CODE_DEPLOY deployment controller type, the service requires an "
            "Application Load Balancer or Network Load Balancer."
        )


def _configuration(
    account: Account, wanted: WantedService, parameters: Document
) -> DeploymentConfiguration:
    """Return the deployment settings of a new service."""
    document = parameters.get("deploymentConfiguration")
    usual = wanted.configuration
    settings = deployment_settings(document, usual, wanted.scheduling, account.options)
    if settings.alarms is not None:
        check_alarms(account.alarms.by_name, settings.alarms.names)
    return settings


def _desired_count(account: Account, wanted: WantedService, parameters: Document) -> int:
    """Return the desired count, 0 of a daemon service."""
    count: int | None = parameters.get("desiredCount")
    if wanted.is_daemon:
        if count is not None:
            raise invalid(
                "The daemon scheduling strategy does not support a desired count for services. "
                "Remove the desired count value and try again"
            )
        return 0
    if count is None:
        raise invalid("DesiredCount is missing")
    check_desired_count(account, count, "DesiredCount can not be lesser than 0")
    return count


def _check_daemon(wanted: WantedService) -> None:
    """Refuse what a daemon service cannot have (4.1)."""
    if not wanted.is_daemon:
        return
    if wanted.launch_type == "FARGATE":
        raise invalid(
            "The daemon scheduling strategy does not support the FARGATE launch type. "
            "Change the launch type and try again"
        )
    if not wanted.is_run:
        raise invalid(
            f"The daemon scheduling strategy does not support the {wanted.controller} deployment "
            "controller. Change the deployment controller and try again"
        )


def _check_name_is_free(
    account: Account, cluster: ClusterRecord, known: ServiceRecord | None
) -> None:
    """Refuse a name that a service has which is not INACTIVE yet, and one service too many."""
    if known is not None and known.status is ServiceStatus.ACTIVE:
        raise invalid("Creation of service was not idempotent.")
    if known is not None and known.status is ServiceStatus.DRAINING:
        raise invalid("Unable to Start a service that is still Draining.")
    most = account.options.services_per_cluster
    if len(cluster.services) < most:  # INACTIVE ones are among them
        return
    there = sum(one.status is not ServiceStatus.INACTIVE for one in cluster.services.values())
    if there >= most:
        raise invalid(f"A cluster can have at most {most} services.")


def _document(account: Account, wanted: WantedService, parameters: Document) -> Document:
    """Return what of a service is stored as given."""
    document: dict[str, Any] = {
        "placementConstraints": list(wanted.constraint_items),
        "placementStrategy": list(wanted.strategy_items),
        "deploymentController": {"type": wanted.controller},
        "enableExecuteCommand": wanted.execute,
        "enableECSManagedTags": parameters.get("enableECSManagedTags", False),
        "propagateTags": parameters.get("propagateTags", "NONE"),
        "createdBy": account.root,
    }
    if wanted.load_balancer_items or wanted.network:
        document["roleArn"] = parameters.get("role") or service_role(account)
    if not wanted.is_run:
        document |= wanted.revision_document()
        document["loadBalancers"] = list(wanted.load_balancer_items)
        if wanted.definition is not None:
            document["taskDefinition"] = wanted.definition.arn
        if wanted.platform_version is not None:
            document["platformVersion"] = wanted.platform_version
    return document
