"""A service as it would be after a call: what CreateService and UpdateService check in common.

In: values of a call, or of a service where the call gives none.  Out: ``WantedService``, and the
checks of S2.4 on it, which raise ``InvalidParameterException``.  Nothing is changed.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import attrs

from placement.ecs.calls.ecs.checking import check_managed_mode, invalid
from placement.ecs.calls.ecs.services.load_balancers import (
    check_containers,
    check_load_balancers,
    check_target_groups,
)
from placement.ecs.control.account import Account
from placement.ecs.control.networks import network_of
from placement.ecs.control.platforms import PLATFORMS
from placement.ecs.control.records import DefinitionRecord, Document
from placement.ecs.control.services.bindings import load_balancer_bindings
from placement.ecs.control.services.changes import RevisionSettings
from placement.ecs.control.services.configuration import DeploymentConfiguration
from placement.ecs.definitions.fargate import fargate_problems
from placement.ecs.errors import client_error
from placement.ecs.placement_rules import constraints, strategies
from placement.engine.request import (
    MAX_CONSTRAINTS,
    MAX_STRATEGIES,
    Constraint,
    Strategy,
)
from placement.errors import DocumentError, describe_value

__all__ = [
    "STORED",
    "WantedService",
    "check_network",
    "check_placement",
    "check_stored",
    "check_wanted",
    "stored_network",
]

STORED = (
    "serviceRegistries",
    "serviceConnectConfiguration",
    "volumeConfigurations",
    "vpcLatticeConfigurations",
    "gatewayConnectors",
    "monitoring",
)
"""Parameters of a revision that decide nothing here (S2.1)."""

RUN = "ECS"
"""The deployment controller that the model runs (D8)."""


@attrs.frozen(eq=False, kw_only=True)
class WantedService:
    """A service as it would be.

    Attributes:
        verb: ``created`` or ``updated``, for messages.
        scheduling: REPLICA or DAEMON.
        controller: ECS, CODE_DEPLOY or EXTERNAL.
        launch_type: EC2, FARGATE or EXTERNAL; with a capacity provider strategy EC2 or FARGATE.
        provider_strategy: ``capacityProviderStrategy``; empty: the launch type holds.
        definition: The revision of the task definition; None only for the controller EXTERNAL.
        configuration: Deployment settings.
        constraint_items: ``placementConstraints`` as the API has them.
        strategy_items: ``placementStrategy``, likewise.
        load_balancer_items: ``loadBalancers``, likewise.
        network: ``networkConfiguration`` as it is stored; None: none.
        platform_version: LATEST or a number; None: not given.
        rebalancing: ENABLED or DISABLED; None: whatever it can be (S2.1).
        grace: ``healthCheckGracePeriodSeconds``.
        execute: Whether ECS Exec is enabled.
        stored: What of ``STORED`` it has.
    """

    verb: str
    scheduling: str
    controller: str
    launch_type: str
    definition: DefinitionRecord | None
    configuration: DeploymentConfiguration
    provider_strategy: Sequence[Document] = ()
    constraint_items: Sequence[Document] = ()
    strategy_items: Sequence[Document] = ()
    load_balancer_items: Sequence[Document] = ()
    network: Document | None = None
    platform_version: str | None = None
    rebalancing: str | None = None
    grace: int | None = None
    execute: bool = False
    stored: Mapping[str, Any] = attrs.field(factory=dict)

    @property
    def is_daemon(self) -> bool:
        """Whether it has one task on every instance."""
        return self.scheduling == "DAEMON"

    @property
    def is_run(self) -> bool:
        """Whether the model runs it (D8)."""
        return self.controller == RUN

    def engine_constraints(self) -> tuple[Constraint, ...]:
        """Return the constraints for the engine.

        Raises:
            CqlError, DocumentError: one is not valid.
        """
        return tuple(constraints(self.constraint_items))

    def engine_strategy(self) -> tuple[Strategy, ...] | None:
        """Return the strategy for the engine; None: the default.

        Raises:
            DocumentError: an item is not valid.
        """
        found = strategies(self.strategy_items)
        return None if found is None else tuple(found)

    def revision(self) -> RevisionSettings | None:
        """Return what a revision of it is made of; None if the model does not run it."""
        if not self.is_run or self.definition is None:
            return None
        is_fargate = self.launch_type == "FARGATE"
        return RevisionSettings(
            self.definition,
            None if self.provider_strategy else self.launch_type,
            tuple(self.provider_strategy),
            (self.platform_version or "LATEST") if is_fargate else None,
            load_balancer_bindings(self.load_balancer_items),
            self.revision_document(),
            bool(self.provider_strategy) and self.launch_type == "MANAGED_INSTANCES",
        )

    def revision_document(self) -> Document:
        """Return the network and what is only stored, as a revision has them."""
        document = {name: value for name, value in self.stored.items() if value}
        if self.network is not None:
            document["networkConfiguration"] = self.network
        return document


def stored_network(configuration: Document | None) -> Document | None:
    """Return ``networkConfiguration`` as it is stored: defaults filled in."""
    if configuration is None:
        return None
    given = configuration.get("awsvpcConfiguration")
    if given is None:
        return {}
    usual = {"securityGroups": [], "assignPublicIp": "DISABLED"}
    return {"awsvpcConfiguration": {**usual, **given}}


# Checks, in the order that CAP shows as far as it is known: the definition is looked up before


ANYTHING = frozenset(
    {
        "taskDefinition",
        "platformVersion",
        "placementConstraints",
        "placementStrategy",
        "enableExecuteCommand",
        "loadBalancers",
        "deploymentConfiguration",
        "serviceRegistries",
        "volumeConfigurations",
    }
)
"""The parameters that ``check_wanted`` looks at."""


def check_wanted(
    account: Account, wanted: WantedService, given: Collection[str] = ANYTHING
) -> None:
    """Refuse a service that cannot be; its daemon and desired count have been looked at.

    Args:
        account: The account.
        wanted: The service.
        given: The parameters of the call.  What none of them touches is not looked at again: a
            target group that is gone by now hinders no change of the desired count.

    Raises:
        CqlError, DocumentError: a constraint or a strategy is not valid (``as_client_error``).
        InvalidParameterException, PlatformUnknownException: as they say.
    """
    is_another = "taskDefinition" in given
    if is_another or not _PLACED_BY.isdisjoint(given):
        _check_launch_type(wanted)
        check_placement(wanted)
    if is_another or not _NAMED_BY.isdisjoint(given):
        check_stored(wanted)
    if wanted.grace is not None and wanted.grace < 0:
        raise invalid("healthCheckGracePeriodSeconds must be from 0 to 2147483647")
    if is_another or "enableExecuteCommand" in given:
        _check_exec(wanted)
    if is_another or not _BALANCED_BY.isdisjoint(given):
        _check_load_balancers(account, wanted)


_PLACED_BY = frozenset({"platformVersion", "placementConstraints", "placementStrategy"})
_NAMED_BY = frozenset({"serviceRegistries", "volumeConfigurations"})
_BALANCED_BY = frozenset({"loadBalancers", "deploymentConfiguration"})


def check_stored(wanted: WantedService) -> None:
    """Refuse registries and volumes that no service of this task definition can have (B46)."""
    if len(wanted.stored.get("serviceRegistries") or ()) > 1:
        raise invalid("service registries can have at most 1 items.")
    volumes = wanted.stored.get("volumeConfigurations") or ()
    if not volumes or wanted.definition is None:
        return
    launched = [
        one.get("name")
        for one in wanted.definition.document.get("volumes") or ()
        if one.get("configuredAtLaunch")
    ]
    if not launched:
        raise invalid(
            "Volume configuration provided but no matching configuredAtLaunch volume found in task "
            "definition."
        )
    for volume in volumes:
        if volume["name"] not in launched:
            raise invalid(
                f"The volume name {describe_value(volume['name'])} in your request does not have a "
                "matching volume in your Task Definition that is configurable at launch."
            )


def _check_exec(wanted: WantedService) -> None:
    """Refuse ECS Exec where the task definition has no role for it."""
    definition = wanted.definition
    if wanted.execute and definition is not None and not definition.document.get("taskRoleArn"):
        raise invalid("enableExecuteCommand needs a taskRoleArn in the task definition.")


def _check_load_balancers(account: Account, wanted: WantedService) -> None:
    bindings = load_balancer_bindings(wanted.load_balancer_items)
    check_load_balancers(wanted.load_balancer_items, bindings, wanted.configuration)
    if wanted.definition is not None:
        document = wanted.definition.document
        check_containers(bindings, document, wanted.launch_type)
        mode = document.get("networkMode")
        check_target_groups(bindings, mode, wanted.launch_type, wanted.configuration, account.elb)


def check_network(account: Account, wanted: WantedService) -> None:
    """Refuse a network configuration that is missing, or not of the network mode (2.4)."""
    if wanted.definition is None:
        return
    mode = wanted.definition.document.get("networkMode")
    if wanted.launch_type == "MANAGED_INSTANCES":
        check_managed_mode(mode)
    try:
        network = network_of(wanted.network, mode, account.subnets)
    except DocumentError as error:
        # The text alone: it is the service's.
        raise invalid(error.message) from None
    if network.public and wanted.launch_type != "FARGATE":
        raise invalid("Assign public IP is not supported for this launch type.")


def _check_launch_type(wanted: WantedService) -> None:
    """Refuse a definition, placement or platform that is not of the launch type (2.12, D9)."""
    is_fargate = wanted.launch_type == "FARGATE"
    if wanted.platform_version is not None:
        if not is_fargate:
            raise invalid("The platform version must be null when specifying an EC2 launch type.")
        if wanted.platform_version not in PLATFORMS:
            message = "The specified platform does not exist."
            raise client_error("PlatformUnknownException", message)
    if is_fargate and wanted.constraint_items:
        raise invalid("Placement constraints are not supported with FARGATE launch type.")
    if is_fargate and wanted.strategy_items:
        raise invalid("Placement strategies are not supported with FARGATE launch type.")
    if wanted.definition is None:
        return
    document = wanted.definition.document
    known = document.get("compatibilities")
    if known is None and is_fargate:
        known = document.get("requiresCompatibilities", ())
    if known is not None and wanted.launch_type not in known:
        raise invalid(f"Task definition does not support launch_type {wanted.launch_type}.")
    if is_fargate:
        problems = [str(one) for one in fargate_problems(document)]
        if problems:
            raise invalid("; ".join(problems))


def check_placement(wanted: WantedService) -> None:
    """Refuse constraints and strategies that are not valid, or too many (2.6, 2.9)."""
    if wanted.is_daemon and wanted.strategy_items:
        raise invalid(
            "The daemon scheduling strategy does not support placement strategies. "
            "Remove the placement strategy and try again"
        )
    if len(wanted.strategy_items) > MAX_STRATEGIES:
        raise invalid(f"Maximum number of strategies is {MAX_STRATEGIES}.")
    wanted.engine_strategy()
    known = len(wanted.engine_constraints())
    if wanted.definition is not None:
        known += len(wanted.definition.task.constraints)
    if known > MAX_CONSTRAINTS:
        raise invalid(
            f"Maximum number of constraints is {MAX_CONSTRAINTS}, those of the task definition "
            f"included; there are {known}."
        )
