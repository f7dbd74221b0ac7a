"""What the rules read: a service's settings with defaults, its task definition, its cluster.

In: parameters of CreateService or a service as DescribeServices shows it, perhaps an account.  Out:
``ServiceFacts``.  Changes nothing; what the engine is asked about room is tried and undone.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any

import attrs

from placement.ecs.calls.ecs.services.wanted import STORED, WantedService
from placement.ecs.control.account import Account
from placement.ecs.control.records import ClusterRecord, DefinitionRecord
from placement.ecs.control.services.configuration import (
    DeploymentConfiguration,
    default_configuration,
)
from placement.ecs.control.services.configuration_documents import read_configuration
from placement.ecs.control.services.records import ServiceRecord
from placement.ecs.placement_rules import constraints, strategies
from placement.ecs.service import check_parameters, input_shape
from placement.engine.request import AtMost, Constraint, DistinctInstance
from placement.errors import UsageError, describe_value
from placement.services.limits import lower_bound, upper_bound

__all__ = ["ZONE", "ServiceFacts", "read_facts", "service_parameters"]

ZONE = "ecs.availability-zone"

MOST_TASKS = 100_000
"""Tasks of a service about which numbers are worked out; the quota is far below."""

ROOM = ("RESOURCE:", "DISTINCT_INSTANCE", "AT_MOST", "ZONE_SKEW")
"""Reasons of the engine that other tasks cause: an empty instance may not have them (C17)."""

Document = Mapping[str, Any]


@attrs.frozen
class Fitting:
    """Which instances would take a task of the service.

    Attributes:
        fits: Ids of those that have room now.
        full: Ids of those that qualify and have no room now, with the first reason why.
        never: Whether no instance would do if it were empty, ACTIVE and connected.
        reasons: Why the others do not qualify, in words, the most frequent first.
    """

    fits: tuple[str, ...]
    full: Mapping[str, str]
    never: bool
    reasons: tuple[str, ...]

    @property
    def qualifying(self) -> tuple[str, ...]:
        """Ids of the instances that the service's tasks may run on, whether full or not."""
        return (*self.fits, *self.full)


@attrs.frozen(eq=False, slots=False)
class ServiceFacts:
    """A service as the rules see it.

    Attributes:
        given: The parameters of CreateService.
        wanted: The same as settings, with defaults.
        desired: The desired count; None: it is not given, or the service is a DAEMON.
        definition: Its task definition; None: it is not known.
        account: The account; None: the definition is looked at alone.
        cluster: Its cluster there.
        service: The service of its name there; None: it is new.
    """

    given: Document
    wanted: WantedService
    desired: int | None
    definition: DefinitionRecord | None = None
    account: Account | None = None
    cluster: ClusterRecord | None = None
    service: ServiceRecord | None = None

    @property
    def configuration(self) -> DeploymentConfiguration:
        """The deployment settings."""
        return self.wanted.configuration

    @property
    def lower(self) -> int:
        """How many tasks a rolling deployment keeps healthy; 0 without a desired count."""
        return lower_bound(self.desired or 0, self.configuration.minimum_percent)

    @property
    def upper(self) -> int:
        """How many tasks a rolling deployment may have; 0 without a desired count."""
        return upper_bound(self.desired or 0, self.configuration.maximum_percent)

    @property
    def running(self) -> int:
        """How many active tasks the service has now."""
        if self.service is None:
            return 0
        return sum(one.active_count for one in self.service.deployments)

    @property
    def is_on_instances(self) -> bool:
        """Whether its tasks run on instances of a cluster that is known."""
        return self.cluster is not None and self.wanted.launch_type != "FARGATE"

    @cached_property
    def containers(self) -> tuple[Document, ...]:
        """The containers of the task definition; none where it is not known."""
        if self.definition is None:
            return ()
        return tuple(self.definition.document.get("containerDefinitions", ()))

    @cached_property
    def limit_per_instance(self) -> int | None:
        """How many of its tasks an instance may have; None: any number."""
        limits = self._constraints()
        found = [one.count for one in limits if isinstance(one, AtMost)]
        found += [1 for one in limits if isinstance(one, DistinctInstance)]
        if self.service is not None and self.service.options.at_most is not None:
            found.append(self.service.options.at_most)
        return min(found, default=None)

    def _constraints(self) -> tuple[Constraint, ...]:
        own = () if self.definition is None else self.definition.task.constraints
        return (*self.wanted.engine_constraints(), *own)

    @cached_property
    def fitting(self) -> Fitting | None:
        """Which instances would take a task; None: instance or definition are not known."""
        if self.cluster is None or self.definition is None or not self.is_on_instances:
            return None
        engine = self.cluster.engine
        explained = engine.explain(
            self.definition.task,
            group=self._group,
            constraints=self.wanted.engine_constraints(),
        )
        ids = engine.ids
        rows = {row: id for row, id in enumerate(ids) if id is not None}
        full = {
            rows[row]: reasons[0]
            for row, reasons in explained.failures.items()
            if all(reason.startswith(ROOM) for reason in reasons)
        }
        fits = [
            id
            for row, id in rows.items()
            if row not in explained.failures and engine.describe(id).status != "INACTIVE"
        ]
        reasons = [str(one) for one in explained.shortfalls]
        return Fitting(tuple(fits), full, explained.never_fits, tuple(reasons))

    @property
    def _group(self) -> str:
        return f"service:{self.given['serviceName']}"

    def room(self, most: int) -> int:
        """Return for how many more tasks there is room now, up to ``most``."""
        if self.cluster is None or self.definition is None or most <= 0:
            return 0
        engine = self.cluster.engine
        with engine.trial():
            placed = engine.place(
                self.definition.task,
                most,
                group=self._group,
                constraints=self.wanted.engine_constraints(),
                strategy=self.wanted.engine_strategy(),
            )
            return most - placed.unplaced

    def zone_of(self, instance: str) -> str | None:
        """Return the zone of an instance."""
        if self.cluster is None:
            return None
        return self.cluster.engine.attribute(instance, ZONE)


def service_parameters(definition: Any) -> dict[str, Any]:
    """Return the parameters of CreateService for a service: as given, or of a described one.

    Raises:
        ParamValidationError: one is unknown, missing or of the wrong type.
        UsageError: it is no mapping.
    """
    if not isinstance(definition, Mapping):
        raise UsageError(
            "definition is what create_service takes, or a service as describe_services shows it, "
            f"not {describe_value(definition)}"
        )
    given = {name: value for name, value in definition.items() if value is not None}
    if "serviceArn" in given:
        members = input_shape("CreateService").members
        given.setdefault("cluster", given.get("clusterArn"))
        given = {name: value for name, value in given.items() if name in members}
        if given.get("schedulingStrategy") == "DAEMON":
            given.pop("desiredCount", None)
    check_parameters("CreateService", given)
    return given


def read_facts(
    given: Mapping[str, Any], account: Account | None, cluster: ClusterRecord | None
) -> ServiceFacts:
    """Return what the rules read of a service.

    Raises:
        CqlError: the expression of a constraint is not valid.
        DocumentError: a constraint, a strategy or a word is none that the API has.
    """
    scheduling = given.get("schedulingStrategy", "REPLICA")
    service = None if cluster is None else cluster.services.get(given["serviceName"])
    name = given.get("taskDefinition")
    definition = None if account is None or name is None else account.find_definition(name)
    usual = default_configuration(scheduling)
    configuration = read_configuration(given.get("deploymentConfiguration") or {}, usual)
    constraints(given.get("placementConstraints"))
    strategies(given.get("placementStrategy"))
    wanted = WantedService(
        verb="created",
        scheduling=scheduling,
        controller=(given.get("deploymentController") or {}).get("type", "ECS"),
        launch_type=given.get("launchType", "EC2"),
        definition=definition,
        configuration=configuration,
        constraint_items=given.get("placementConstraints", ()),
        strategy_items=given.get("placementStrategy", ()),
        load_balancer_items=given.get("loadBalancers", ()),
        network=given.get("networkConfiguration"),
        platform_version=given.get("platformVersion"),
        rebalancing=given.get("availabilityZoneRebalancing"),
        grace=given.get("healthCheckGracePeriodSeconds"),
        stored={one: given[one] for one in STORED if given.get(one)},
    )
    desired = None if wanted.is_daemon else given.get("desiredCount")
    if desired is not None and not 0 <= desired <= MOST_TASKS:
        desired = None  # ECS refuses it
    if desired is None and service is not None and not wanted.is_daemon:
        desired = service.desired_count
    return ServiceFacts(given, wanted, desired, definition, account, cluster, service)
