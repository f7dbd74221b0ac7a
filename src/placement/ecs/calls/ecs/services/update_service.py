"""UpdateService (S2.2): which changes start a deployment, and which act as they are.

In: an account and the parameters of a call.  Out: the service; its tasks follow when time moves.
What is not given stays as it is, and an empty list removes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from placement.ecs.calls.ecs.checking import as_client_error, invalid
from placement.ecs.calls.ecs.lookups import active_cluster
from placement.ecs.calls.ecs.provider_strategies import check_strategy, stored_strategy
from placement.ecs.calls.ecs.services.answers import service_answer
from placement.ecs.calls.ecs.services.checks import (
    check_active,
    check_alarms,
    check_controller,
    check_desired_count,
    check_enumerations,
    known_service,
    service_definition,
    service_role,
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
from placement.ecs.control.records import DefinitionRecord, Document
from placement.ecs.control.services.bindings import load_balancer_documents
from placement.ecs.control.services.changes import RevisionSettings, update_service_record
from placement.ecs.control.services.records import ServiceRecord

__all__ = ["update_service"]

STRATEGY_NEEDS_FORCE = (
    "When switching from launch type to capacity provider strategy on an existing service, or "
    "making a change to a capacity provider strategy on a service that is already using one, you "
    "must force a new deployment."
)

DEFAULTS: Document = {
    "placementConstraints": [],
    "placementStrategy": [],
    "enableExecuteCommand": False,
}
"""What a service has that was loaded from a document which does not say it."""

REBALANCED_BY = frozenset(
    {
        "availabilityZoneRebalancing",
        "deploymentConfiguration",
        "deploymentController",
        "loadBalancers",
        "placementConstraints",
        "placementStrategy",
        "taskDefinition",
    }
)
"""The parameters that decide whether zones can be rebalanced (S8.4)."""

FLAGS = ("enableExecuteCommand", "enableECSManagedTags", "propagateTags")
"""What is stored as given and starts no deployment."""


@as_client_error
def update_service(account: Account, parameters: Document) -> Document:
    """Change a service; a changed revision, and force, start a deployment (S2.2).

    Raises:
        ClusterNotFoundException: there is no such cluster.
        ServiceNotFoundException: there is no such service.
        ServiceNotActiveException: it is not ACTIVE.
        ClientException: there is no such task definition, or it is INACTIVE.
        InvalidParameterException: a parameter has a wrong value.
        PlatformUnknownException, UnsupportedFeatureException: as they say.
    """
    cluster = active_cluster(account, parameters.get("cluster"))
    service = known_service(account, cluster, parameters["service"])
    check_active(service)
    check_enumerations(parameters)
    controller = parameters.get("deploymentController", {}).get("type", service.controller)
    check_controller(service, controller)
    strategy = _provider_strategy(account, service, parameters)
    wanted = _wanted(account, service, controller, parameters, strategy)
    forced = parameters.get("forceNewDeployment", False)
    revision = wanted.revision()
    if not _starts(service, revision, forced):
        revision = None
    if revision is not None or "networkConfiguration" in parameters:
        check_network(account, wanted)
    changes = _counts(account, service, parameters)
    document = _document(account, service, wanted, parameters)
    if document != service.document:
        changes["document"] = document
    check_wanted(account, wanted, _given(parameters))
    if not REBALANCED_BY.isdisjoint(parameters):
        changes["rebalancing"] = checked_rebalancing(wanted)
    changes |= {
        "controller": controller,
        "configuration": wanted.configuration,
        "constraints": wanted.engine_constraints(),
        "strategy": wanted.engine_strategy(),
        "grace": wanted.grace,
    }
    update_service_record(account, service, changes, revision, account.clock(), forced=forced)
    return {"service": service_answer(service, tags=True)}


def _wanted(
    account: Account,
    service: ServiceRecord,
    controller: str,
    parameters: Document,
    strategy: Sequence[Document],
) -> WantedService:
    """Return the service as the call would have it."""
    primary = service.primary
    current = None if primary is None else primary.revision
    stored: Mapping[str, Any] = service.document if current is None else current.document
    if "networkConfiguration" in parameters:
        network = stored_network(parameters["networkConfiguration"])
    else:
        network = stored.get("networkConfiguration")
    if current is None:
        load_balancers: list[Document] = service.document.get("loadBalancers", [])
        platform = service.document.get("platformVersion")
    else:
        load_balancers = load_balancer_documents(current.load_balancers)
        platform = current.platform_version
    if "loadBalancers" in parameters:
        load_balancers = parameters["loadBalancers"]
    configuration = deployment_settings(
        parameters.get("deploymentConfiguration"),
        service.configuration,
        service.scheduling,
        account.options,
    )
    if "deploymentConfiguration" in parameters and configuration.alarms is not None:
        check_alarms(account.alarms.by_name, configuration.alarms.names)
    launch_type = _launch_type(account, service, strategy)
    if launch_type != "FARGATE":
        platform = None
    # Of two sources the later wins: defaults, the service, the call.
    given: Document = {**DEFAULTS, **service.document, **parameters}
    return WantedService(
        verb="updated",
        scheduling=service.scheduling,
        controller=controller,
        launch_type=launch_type,
        definition=_definition(account, service, parameters),
        configuration=configuration,
        provider_strategy=strategy,
        constraint_items=given["placementConstraints"],
        strategy_items=given["placementStrategy"],
        load_balancer_items=load_balancers,
        network=network,
        platform_version=parameters.get("platformVersion", platform),
        rebalancing=parameters.get("availabilityZoneRebalancing", service.rebalancing),
        grace=parameters.get("healthCheckGracePeriodSeconds", service.grace),
        execute=given["enableExecuteCommand"],
        stored={
            name: parameters.get(name, stored.get(name))
            for name in STORED
            if name in parameters or name in stored
        },
    )


def _definition(
    account: Account, service: ServiceRecord, parameters: Document
) -> DefinitionRecord | None:
    """Return the definition of a call, else the service's own, which may be INACTIVE by now."""
    if "taskDefinition" in parameters:
        if service.controller == "CODE_DEPLOY":
            raise invalid(
                "Unable to update task definition on services with a CODE_DEPLOY deployment "
                "controller."
            )
        return service_definition(account, parameters["taskDefinition"])
    if service.primary is not None:
        return service.primary.revision.definition
    arn = service.document.get("taskDefinition")
    return None if arn is None else account.find_definition(arn)


def _counts(account: Account, service: ServiceRecord, parameters: Document) -> dict[str, Any]:
    """Return the desired count of a call, if it gives one."""
    count = parameters.get("desiredCount")
    if count is None:
        return {}
    if service.scheduling == "DAEMON":
        raise invalid(
            "The daemon scheduling strategy does not support a desired count for services. "
            "Remove the desired count value and try again"
        )
    check_desired_count(account, count, "Task count can not be lesser than 0")
    return {"desired_count": count}


def _provider_strategy(
    account: Account, service: ServiceRecord, parameters: Document
) -> Sequence[Document]:
    """Return the strategy that a service has after a call; a change of it needs force (S2.2.2).

    An empty one returns to the launch type that the service was created with.
    """
    current = () if service.primary is None else service.primary.revision.strategy
    given = parameters.get("capacityProviderStrategy")
    if given is None:
        return current
    strategy = stored_strategy(given)
    if strategy != list(current) and not parameters.get("forceNewDeployment", False):
        raise invalid(STRATEGY_NEEDS_FORCE)
    if given:
        if service.scheduling == "DAEMON":
            raise invalid(
                "Specifying a capacity provider strategy is not supported when you update a "
                "service using the DAEMON scheduling strategy."
            )
        check_strategy(account, service.cluster, given)
    if not strategy and service.launch_type is None:
        raise invalid(
            "The service was created without a launch type: its capacity provider strategy cannot "
            "be removed."
        )
    return strategy


def _given(parameters: Document) -> set[str]:
    """Return the parameters of a call; a strategy is also another platform (D9)."""
    more = {"taskDefinition"} if parameters.get("capacityProviderStrategy") is not None else set()
    return parameters.keys() | more


def _launch_type(account: Account, service: ServiceRecord, strategy: Sequence[Document]) -> str:
    """Return the launch type of a service, with a strategy what it means."""
    if strategy:
        return strategy_launch_type(account.providers, strategy)
    return service.launch_type or "EC2"


def _document(
    account: Account, service: ServiceRecord, wanted: WantedService, parameters: Document
) -> Document:
    """Return what of the service is stored as given."""
    document = {
        **service.document,
        "placementConstraints": list(wanted.constraint_items),
        "placementStrategy": list(wanted.strategy_items),
        "deploymentController": {"type": wanted.controller},
        **{name: parameters[name] for name in FLAGS if name in parameters},
    }
    if wanted.load_balancer_items or wanted.network:
        document.setdefault("roleArn", service_role(account))
    if not wanted.is_run:
        document |= wanted.revision_document()
        document["loadBalancers"] = list(wanted.load_balancer_items)
    return document


def _starts(service: ServiceRecord, revision: RevisionSettings | None, forced: bool) -> bool:
    """Return whether a call starts a deployment: by force, or since a revision differs (S2.2)."""
    if revision is None:
        return False
    primary = service.primary
    if forced or primary is None:
        return True
    current = primary.revision
    return (
        revision.definition is not current.definition
        or revision.platform_version != current.platform_version
        or revision.load_balancers != current.load_balancers
        or dict(revision.document) != dict(current.document)
    )
