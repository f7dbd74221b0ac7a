"""What calls change of services: they are created, updated, deleted, their deployments stopped.

In: an account, records, settings that the calls have checked, the time.  Out: changed records, and
services that the next pass looks at (``Account.wake_service``).  Nothing is started, stopped or
moved here (D2): that is the pass's.  Must not know calls.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import attrs

from placement.ecs.control.account import Account
from placement.ecs.control.networks import Network, network_of
from placement.ecs.control.platforms import fargate_settings
from placement.ecs.control.records import ClusterRecord, DefinitionRecord, Document
from placement.ecs.control.scaling.removal import remove_target_of_service
from placement.ecs.control.services.configuration import DeploymentConfiguration
from placement.ecs.control.services.records import (
    DeploymentRecord,
    LoadBalancerBinding,
    RevisionRecord,
    ServiceDeploymentRecord,
    ServiceRecord,
)
from placement.ecs.control.services.statuses import (
    DeploymentStatus,
    RolloutState,
    ServiceDeploymentStatus,
    ServiceStatus,
)
from placement.ecs.control.services.zone_watch import unwatch_zones
from placement.ecs.control.task_records import NOTHING, TaskSettings
from placement.ecs.control.task_requests import TaskRequest
from placement.ecs.control.task_variants import task_variant
from placement.engine.request import Constraint, Strategy
from placement.services import traffic_deployment
from placement.services.hooks import HookAction
from placement.timestamps import microseconds

__all__ = [
    "DEPLOYMENT_DIGITS",
    "DEPLOYMENT_PREFIX",
    "SERVICE_DEPLOYMENT_LENGTH",
    "NewService",
    "RevisionSettings",
    "answer_hook",
    "create_service_record",
    "delete_service_record",
    "deployment_request",
    "request_rollback",
    "start_deployment",
    "update_service_record",
]

DEPLOYMENT_PREFIX = "ecs-svc/"
DEPLOYMENT_DIGITS = 19
"""The id of a deployment is this prefix and so many digits (S2.5)."""

SERVICE_DEPLOYMENT_LENGTH = 21
"""Characters at the end of a service deployment's ARN (S2.5)."""


@attrs.frozen(eq=False)
class RevisionSettings:
    """What a service revision is a copy of (S3.2.7); the fields are those of ``RevisionRecord``."""

    definition: DefinitionRecord
    launch_type: str | None = "EC2"
    strategy: Sequence[Document] = ()
    platform_version: str | None = None
    load_balancers: tuple[LoadBalancerBinding, ...] = ()
    document: Mapping[str, Any] = NOTHING
    is_managed: bool = False


@attrs.frozen(eq=False, kw_only=True)
class NewService:
    """A service to be created; the fields are those of ``ServiceRecord``.

    ``revision`` is None for a controller that the model does not run (D8): such a service has no
    deployments, and what it was given is in ``document``.
    """

    name: str
    scheduling: str
    controller: str
    desired_count: int
    configuration: DeploymentConfiguration
    constraints: tuple[Constraint, ...] = ()
    strategy: tuple[Strategy, ...] | None = None
    grace: int | None = None
    launch_type: str | None = "EC2"
    rebalancing: str = "DISABLED"
    document: Document = attrs.field(factory=dict)
    client_token: tuple[str | None, Document] | None = None
    tags: list[Document] = attrs.field(factory=list)
    revision: RevisionSettings | None = None


def create_service_record(
    account: Account, cluster: ClusterRecord, wanted: NewService, now: datetime
) -> ServiceRecord:
    """Return a new service, in its cluster, with its first deployment."""
    fields = {
        field.name: getattr(wanted, field.name)
        for field in attrs.fields(NewService)
        if field.name != "revision"
    }
    service = ServiceRecord(
        number=account.next_service_number(),
        arn=account.arn(f"service/{cluster.name}/{wanted.name}"),
        cluster=cluster,
        created_at=now,
        **fields,
    )
    account.add_service(service)
    if wanted.revision is not None:
        start_deployment(account, service, wanted.revision, now)
    account.wake_service(service)
    return service


def update_service_record(
    account: Account,
    service: ServiceRecord,
    changes: Mapping[str, Any],
    revision: RevisionSettings | None,
    now: datetime,
    *,
    forced: bool = False,
) -> None:
    """Set fields of a service, and start a deployment if there is a revision to bring in (S2.2).

    Args:
        account: The account.
        service: The service.
        changes: New values of fields of ``ServiceRecord``, by the field's name.
        revision: What the new revision is made of; None: no new deployment.
        now: The time.
        forced: Whether ``forceNewDeployment`` asked for the deployment.
    """
    placed_by = service.constraints, service.strategy
    for name, value in changes.items():
        setattr(service, name, value)
    if (service.constraints, service.strategy) != placed_by:
        service.prepared.clear()
        unwatch_zones(service)
    if "document" in changes:
        # Whether ECS Exec is enabled, and which tags are propagated, holds for tasks to come.
        for deployment in service.deployments:
            deployment.request = deployment_request(
                service, deployment.revision, deployment.id, deployment.request.network
            )
            deployment.requests.clear()
    if revision is not None:
        start_deployment(account, service, revision, now, forced=forced)
    account.wake_service(service)


def delete_service_record(account: Account, service: ServiceRecord, now: datetime) -> None:
    """Let a service drain: no task is wanted any more, and its deployment ends (S2.3)."""
    if service.status is not ServiceStatus.ACTIVE:
        return
    service.status = ServiceStatus.DRAINING
    service.desired_count = 0
    remove_target_of_service(account, service.number)
    _stop_running_deployments(service, now)
    account.wake_service(service)


def request_rollback(
    account: Account, service: ServiceRecord, run: ServiceDeploymentRecord, now: datetime
) -> None:
    """Ask for the rollback of a service deployment; the next pass begins it (S3.2.4, D22)."""
    if run.status in (ServiceDeploymentStatus.PENDING, ServiceDeploymentStatus.IN_PROGRESS):
        run.status = ServiceDeploymentStatus.ROLLBACK_REQUESTED
        run.updated_at = now
        if run.traffic is not None:
            run.traffic = traffic_deployment.request_rollback(run.traffic)
        account.wake_service(service)


def answer_hook(
    account: Account,
    service: ServiceRecord,
    run: ServiceDeploymentRecord,
    hook_id: str,
    action: HookAction,
    now: datetime,
) -> bool:
    """Answer a hook that awaits an action; False: none of this id does (S3.2.4)."""
    if run.traffic is None:
        return False
    for number, id in run.hook_ids.items():
        if id != hook_id:
            continue
        moment = microseconds(now)
        answered = traffic_deployment.answer_pause(run.traffic, number, action, moment)
        if answered is None:
            return False
        run.traffic = answered
        run.updated_at = now
        account.wake_service(service)
        return True
    return False


# Deployments


def start_deployment(
    account: Account,
    service: ServiceRecord,
    settings: RevisionSettings,
    now: datetime,
    *,
    forced: bool = False,
) -> DeploymentRecord:
    """Return a new PRIMARY deployment of a new revision, and ask for its service deployment.

    Equal content makes a new revision all the same (D25).  The deployment that was PRIMARY is
    ACTIVE from now on (D126); the slots that it keeps are set by the pass.  A service deployment
    that is running is superseded (D20).  Another task definition, and force, reset the start
    throttle (S5.4.1, D40).

    Raises:
        DocumentError: the network configuration does not go with the task definition; nothing has
            changed.
    """
    definition = settings.definition
    deployment = _new_deployment(account, service, settings, now)
    if forced or service.primary is None or service.primary.revision.definition is not definition:
        service.throttles.pop(definition.arn, None)
    sources = [one for one in service.deployments if one.status is not DeploymentStatus.INACTIVE]
    for source in sources:
        if source.status is DeploymentStatus.PRIMARY:
            source.status = DeploymentStatus.ACTIVE
            source.updated_at = now
    _stop_running_deployments(service, now)
    service.deployments = [deployment, *sorted(sources, key=lambda one: -one.number)]
    service.revisions.insert(0, deployment.revision)
    suffix = account.new_url_safe(SERVICE_DEPLOYMENT_LENGTH)
    run = ServiceDeploymentRecord(
        account.arn(f"service-deployment/{service.cluster.name}/{service.name}/{suffix}"),
        deployment,
        sources,
        now,
        service.configuration,
        updated_at=now,
    )
    service.service_deployments.insert(0, run)
    return deployment


def _new_deployment(
    account: Account, service: ServiceRecord, settings: RevisionSettings, now: datetime
) -> DeploymentRecord:
    """Return a deployment of a new revision; the service does not have it yet."""
    definition = settings.definition
    network = network_of(
        settings.document.get("networkConfiguration"),
        definition.document.get("networkMode"),
        account.subnets,
    )
    digits = account.new_digits(DEPLOYMENT_DIGITS)
    path = f"{service.cluster.name}/{service.name}"
    revision = RevisionRecord(
        account.arn(f"service-revision/{path}/{digits}"),
        now,
        definition,
        settings.launch_type,
        tuple(settings.strategy),
        settings.platform_version,
        settings.load_balancers,
        settings.document,
        is_managed=settings.is_managed,
    )
    id = DEPLOYMENT_PREFIX + digits
    return DeploymentRecord(
        account.next_deployment_number(),
        id,
        revision,
        deployment_request(service, revision, id, network),
        service.constraints,
        created_at=now,
        updated_at=now,
        rollout_state=RolloutState.IN_PROGRESS,
        rollout_reason=in_progress_reason(id),
        shows_rollout=not _hides_rollout(settings),
    )


def in_progress_reason(deployment_id: str) -> str:
    """Return ``rolloutStateReason`` of a deployment that is going on (S3.1.5)."""
    return f"ECS deployment {deployment_id} in progress."


def _hides_rollout(settings: RevisionSettings) -> bool:
    """Return whether a deployment hides its rollout state: with a Classic Load Balancer (D18)."""
    return any(one.load_balancer_name is not None for one in settings.load_balancers)


def _stop_running_deployments(service: ServiceRecord, now: datetime) -> None:
    """Ask running service deployments to stop; the next pass ends them (D20)."""
    for run in service.service_deployments:
        if not run.status.has_ended and run.status is not ServiceDeploymentStatus.STOP_REQUESTED:
            run.status = ServiceDeploymentStatus.STOP_REQUESTED
            run.updated_at = now
            if run.traffic is not None:
                run.traffic = traffic_deployment.request_stop(run.traffic)


def deployment_request(
    service: ServiceRecord,
    revision: RevisionRecord,
    deployment_id: str,
    network: Network,
    provider: str | None = None,
) -> TaskRequest:
    """Return what the tasks of a deployment are started with.

    Their group is the service's, and ``startedBy`` is the deployment's id (S2.3); ``network`` is
    what ``network_of`` makes of the revision.  ``provider``: the capacity provider of the tasks.
    """
    definition = revision.definition
    launch_type = "FARGATE" if revision.is_fargate else revision.launch_type or "EC2"
    if revision.is_managed:
        launch_type = "MANAGED_INSTANCES"
    execute = service.document.get("enableExecuteCommand", False)
    members = None if launch_type == "FARGATE" else provider
    variant = task_variant(definition, NOTHING, network, launch_type, execute, members)
    fargate = None
    if launch_type == "FARGATE":
        fargate = fargate_settings(variant.definition, revision.platform_version or "LATEST")
    settings = TaskSettings(
        definition.arn,
        service.group,
        launch_type,
        deployment_id,
        execute,
        variant.overrides,
        str(variant.task.cpu),
        str(variant.task.memory),
        fargate,
        provider,
    )
    propagated = service.document.get("propagateTags", "NONE")
    sources = {"TASK_DEFINITION": definition.tags, "SERVICE": service.tags}
    return TaskRequest(variant, settings, network, list(sources.get(propagated, ())))
