"""What calls change of services, as records: deployments, revisions, who is superseded."""

from __future__ import annotations

import re
from typing import Any

import attrs
import pytest

from awaiting_hooks import HOOK_ID, pause_deployment
from placement.ecs import Client
from placement.ecs.control.account import Account
from placement.ecs.control.services.changes import (
    NewService,
    RevisionSettings,
    answer_hook,
    create_service_record,
    delete_service_record,
    request_rollback,
    start_deployment,
    update_service_record,
)
from placement.ecs.control.services.configuration import default_configuration
from placement.ecs.control.services.records import ServiceRecord
from placement.ecs.control.services.statuses import (
    DeploymentStatus,
    RolloutState,
    ServiceDeploymentStatus,
    ServiceStatus,
)
from placement.ecs.session import Session
from placement.services.hooks import HookAction, HookStatus
from placement.services.throttle import Throttle
from placement.services.traffic_deployment import DeploymentStatus as TrafficStatus


@pytest.fixture
def client() -> Client:
    client: Client = Session(seed=3).client("ecs")
    client.create_cluster()
    for image in ("app:1", "app:2"):
        container = {"name": "app", "image": image, "memory": 64}
        client.register_task_definition(family="web", containerDefinitions=[container])
    return client


@pytest.fixture
def account(client: Client) -> Account:
    return client._account


def settings(account: Account, revision: int = 1, **fields: Any) -> RevisionSettings:
    definition = account.find_definition(f"web:{revision}")
    assert definition is not None
    return RevisionSettings(definition, **fields)


def created(account: Account, **fields: Any) -> ServiceRecord:
    wanted = NewService(
        **{
            "name": "web",
            "scheduling": "REPLICA",
            "controller": "ECS",
            "desired_count": 2,
            "configuration": default_configuration("REPLICA"),
            "revision": settings(account),
            **fields,
        }
    )
    cluster = account.clusters["default"]
    return create_service_record(account, cluster, wanted, account.clock())


def test_a_new_service_has_a_deployment_that_is_primary_d126(account: Account) -> None:
    service = created(account)
    [deployment] = service.deployments
    assert deployment.status is DeploymentStatus.PRIMARY
    assert deployment.rollout_state is RolloutState.IN_PROGRESS
    assert deployment.rollout_reason == f"ECS deployment {deployment.id} in progress."
    assert (deployment.desired_shown, deployment.running_shown) == (0, 0)
    [run] = service.service_deployments
    assert (run.status, run.target) == (ServiceDeploymentStatus.PENDING, deployment)
    assert account.woken == {service.number}
    assert account.services[service.number] is account.clusters["default"].services["web"]


def test_names_have_the_forms_of_the_service(account: Account) -> None:
    """S2.5."""
    service = created(account)
    deployment, run = service.deployments[0], service.service_deployments[0]
    digits = deployment.id.removeprefix("ecs-svc/")
    assert re.fullmatch(r"\d{19}", digits)
    root = "arn:aws:ecs:us-east-1:123456789012:"
    assert service.arn == f"{root}service/default/web"
    assert deployment.revision.arn == f"{root}service-revision/default/web/{digits}"
    assert re.fullmatch(rf"{root}service-deployment/default/web/[A-Za-z0-9_-]{{21}}", run.arn)


def test_the_tasks_of_a_deployment_know_it(account: Account) -> None:
    """S2.3: startedBy is the deployment's id, group the service's."""
    deployment = created(account).deployments[0]
    request = deployment.request.settings
    assert (request.group, request.started_by) == ("service:web", deployment.id)


@pytest.mark.parametrize(
    ("propagated", "tags"),
    [
        ("NONE", []),
        ("SERVICE", [{"key": "of", "value": "service"}]),
        ("TASK_DEFINITION", [{"key": "of", "value": "definition"}]),
    ],
)
def test_tags_are_propagated_to_tasks(account: Account, propagated: str, tags: Any) -> None:
    definition = settings(account).definition
    definition.tags = [{"key": "of", "value": "definition"}]
    service = created(
        account, tags=[{"key": "of", "value": "service"}], document={"propagateTags": propagated}
    )
    assert service.deployments[0].request.tags == tags


def test_a_newer_deployment_supersedes_d20(account: Account) -> None:
    service = created(account)
    first = service.deployments[0]
    second = start_deployment(account, service, settings(account, 2), account.clock())
    assert service.deployments == [second, first]
    assert (first.status, second.status) == (DeploymentStatus.ACTIVE, DeploymentStatus.PRIMARY)
    assert first.rollout_state is RolloutState.IN_PROGRESS
    assert second.number > first.number
    newest, older = service.service_deployments
    assert newest.status is ServiceDeploymentStatus.PENDING
    assert older.status is ServiceDeploymentStatus.STOP_REQUESTED
    assert newest.sources == [first]


def test_equal_content_makes_a_new_revision_d25(account: Account) -> None:
    service = created(account)
    start_deployment(account, service, settings(account), account.clock())
    assert len({revision.arn for revision in service.revisions}) == 2


def test_a_service_deployment_keeps_its_configuration_d11(account: Account) -> None:
    service = created(account)
    changed = attrs.evolve(service.configuration, maximum_percent=150)
    update_service_record(account, service, {"configuration": changed}, None, account.clock())
    assert service.service_deployments[0].configuration.maximum_percent == 200
    assert service.configuration.maximum_percent == 150


@pytest.mark.parametrize(
    ("revision", "forced", "is_kept"), [(1, False, True), (1, True, False), (2, False, False)]
)
def test_force_and_another_definition_reset_the_throttle_d40(
    account: Account, revision: int, forced: bool, is_kept: bool
) -> None:
    service = created(account)
    wanted = settings(account, revision)
    service.throttles[wanted.definition.arn] = Throttle()
    start_deployment(account, service, wanted, account.clock(), forced=forced)
    assert (wanted.definition.arn in service.throttles) is is_kept


def test_a_classic_load_balancer_hides_the_rollout_state_d18(account: Account) -> None:
    from placement.ecs.control.services.records import LoadBalancerBinding

    classic = (LoadBalancerBinding("app", 80, load_balancer_name="old"),)
    service = created(account, revision=settings(account, load_balancers=classic))
    assert service.deployments[0].shows_rollout is False
    assert created(account, name="other").deployments[0].shows_rollout is True


def test_a_service_that_is_not_run_has_no_deployments_d8(account: Account) -> None:
    service = created(account, controller="EXTERNAL", revision=None)
    assert (service.deployments, service.service_deployments, service.primary) == ([], [], None)


def test_deleting_drains_and_ends_deployments(account: Account) -> None:
    """S2.3."""
    service = created(account)
    account.woken.clear()
    delete_service_record(account, service, account.clock())
    assert (service.status, service.desired_count) == (ServiceStatus.DRAINING, 0)
    assert service.service_deployments[0].status is ServiceDeploymentStatus.STOP_REQUESTED
    assert account.woken == {service.number}
    account.woken.clear()
    delete_service_record(account, service, account.clock())
    assert account.woken == set()


def test_a_rollback_is_asked_for_once_d22(account: Account) -> None:
    service = created(account)
    run = service.service_deployments[0]
    for status in ServiceDeploymentStatus:
        run.status = status
        request_rollback(account, service, run, account.clock())
        asked = status in (ServiceDeploymentStatus.PENDING, ServiceDeploymentStatus.IN_PROGRESS)
        assert run.status is (ServiceDeploymentStatus.ROLLBACK_REQUESTED if asked else status)


def test_the_traffic_shift_is_told_too(client: Client, account: Account) -> None:
    service = created(account)
    run = pause_deployment(client, "default", "web")
    now = account.clock()
    assert not answer_hook(account, service, run, "ecs-pause-b", HookAction.CONTINUE, now)
    assert answer_hook(account, service, run, HOOK_ID, HookAction.ROLLBACK, now)
    assert not answer_hook(account, service, run, HOOK_ID, HookAction.CONTINUE, now)
    assert run.traffic is not None
    assert run.traffic.invocations[0].status is HookStatus.FAILED
    request_rollback(account, service, run, now)
    found = [run.traffic.status]
    start_deployment(account, service, settings(account), now)
    assert [*found, run.traffic.status] == [
        TrafficStatus.ROLLBACK_REQUESTED,
        TrafficStatus.STOP_REQUESTED,
    ]


def test_a_name_that_is_free_again_forgets_the_old_service(account: Account) -> None:
    old = created(account)
    old.status = ServiceStatus.INACTIVE
    new = created(account)
    assert list(account.services.values()) == [new]
    assert account.clusters["default"].services == {"web": new}
    assert account.woken == {new.number}
