"""CreateService: defaults, idempotency, what is stored; its refusals are in ``errors.toml``."""

from __future__ import annotations

from typing import Any

import pytest

from against_botocore import Checked
from placement.ecs import ClientError
from placement.ecs.control.services.statuses import ServiceStatus
from service_account import checked_session, service_record

WEB: dict[str, Any] = {"serviceName": "web", "taskDefinition": "web", "desiredCount": 2}


def test_the_defaults_are_those_that_are_read_back(client: Checked) -> None:
    """S2.1, S2.5."""
    service = client.create_service(**WEB)["service"]
    shown = {
        "status": "ACTIVE",
        "launchType": "EC2",
        "schedulingStrategy": "REPLICA",
        "deploymentController": {"type": "ECS"},
        "availabilityZoneRebalancing": "ENABLED",
        "healthCheckGracePeriodSeconds": 0,
        "placementConstraints": [],
        "placementStrategy": [],
        "loadBalancers": [],
        "propagateTags": "NONE",
        "enableECSManagedTags": False,
        "enableExecuteCommand": False,
        "resourceManagementType": "CUSTOMER",
        "events": [],
        "runningCount": 0,
        "pendingCount": 0,
        "desiredCount": 2,
    }
    assert {name: service[name] for name in shown} == shown
    assert "roleArn" not in service
    assert "capacityProviderStrategy" not in service
    assert service["taskDefinition"].endswith("task-definition/web:2")


def test_a_call_starts_and_stops_nothing_d2(client: Checked) -> None:
    client.create_service(**WEB)
    assert client.list_tasks()["taskArns"] == []
    assert service_record(client).number in client.client._account.woken


def test_the_answer_shows_the_deployment_d126(client: Checked) -> None:
    [deployment] = client.create_service(**WEB)["service"]["deployments"]
    assert (deployment["status"], deployment["rolloutState"]) == ("PRIMARY", "IN_PROGRESS")
    counts = ("desiredCount", "pendingCount", "runningCount", "failedTasks")
    assert [deployment[name] for name in counts] == [0, 0, 0, 0]


@pytest.mark.parametrize(
    ("further", "shown"),
    [
        ({}, "ENABLED"),
        (
            {"deploymentConfiguration": {"maximumPercent": 100, "minimumHealthyPercent": 0}},
            "DISABLED",
        ),
        ({"placementStrategy": [{"type": "random"}]}, "DISABLED"),
        (
            {"placementStrategy": [{"type": "spread", "field": "attribute:ecs.availability-zone"}]},
            "ENABLED",
        ),
        ({"launchType": "EXTERNAL"}, "DISABLED"),
        ({"availabilityZoneRebalancing": "DISABLED"}, "DISABLED"),
    ],
)
def test_rebalancing_is_on_where_it_can_be(client: Checked, further: Any, shown: str) -> None:
    """S2.1, S8.4."""
    service = client.create_service(**WEB, **further)["service"]
    assert service["availabilityZoneRebalancing"] == shown


def test_a_daemon_service_has_its_percents_and_no_count(client: Checked) -> None:
    """S2.1."""
    service = client.create_service(
        serviceName="web", taskDefinition="web", schedulingStrategy="DAEMON"
    )["service"]
    settings = service["deploymentConfiguration"]
    assert (settings["maximumPercent"], settings["minimumHealthyPercent"]) == (100, 0)
    assert (service["desiredCount"], service["availabilityZoneRebalancing"]) == (0, "DISABLED")


def test_the_same_call_again_changes_nothing_d7(client: Checked) -> None:
    first = client.create_service(**WEB, clientToken="t", tags=[{"key": "a", "value": "1"}])
    again = client.create_service(**WEB, clientToken="t", tags=[{"key": "a", "value": "2"}])
    assert again["service"] == first["service"]
    assert again["service"]["tags"] == [{"key": "a", "value": "1"}]
    other = client.create_service(**{**WEB, "serviceName": "other"}, clientToken="t")
    assert other["service"]["serviceArn"] != first["service"]["serviceArn"]


def test_a_token_lasts_as_long_as_its_service_d7(client: Checked) -> None:
    first = client.create_service(**WEB, clientToken="t")["service"]
    client.delete_service(service="web", force=True)
    service_record(client).status = ServiceStatus.INACTIVE
    again = client.create_service(**WEB, clientToken="t")["service"]
    assert again["status"] == "ACTIVE"
    assert again["deployments"][0]["id"] != first["deployments"][0]["id"]


def test_percents_that_block_are_an_option_d6() -> None:
    client = checked_session(allow_blocking_percents=True)
    settings = {"maximumPercent": 100, "minimumHealthyPercent": 100}
    service = client.create_service(**WEB, deploymentConfiguration=settings)["service"]
    assert service["deploymentConfiguration"]["maximumPercent"] == 100


def test_quotas_are_options_c38() -> None:
    client = checked_session(services_per_cluster=1, tasks_per_service=3)
    with pytest.raises(ClientError, match="at most 3 tasks"):
        client.create_service(**{**WEB, "desiredCount": 4})
    client.create_service(**WEB)
    with pytest.raises(ClientError, match="at most 1 services"):
        client.create_service(**{**WEB, "serviceName": "other"})
    service_record(client).status = ServiceStatus.INACTIVE
    client.create_service(**{**WEB, "serviceName": "other"})


CLASSIC = {"loadBalancerName": "classic", "containerName": "app", "containerPort": 80}


@pytest.mark.parametrize("controller", ["CODE_DEPLOY", "EXTERNAL"])
def test_services_of_other_controllers_are_stored_d8(client: Checked, controller: str) -> None:
    given = {
        **WEB,
        "deploymentController": {"type": controller},
        "serviceRegistries": [{"registryArn": "arn:r"}],
    }
    if controller == "EXTERNAL":
        del given["taskDefinition"]
    else:
        given["loadBalancers"] = [CLASSIC]
    service = client.create_service(**given)["service"]
    assert service["deploymentController"] == {"type": controller}
    assert (service["deployments"], service["taskSets"], service["desiredCount"]) == ([], [], 2)
    assert service["serviceRegistries"] == [{"registryArn": "arn:r"}]
    assert ("taskDefinition" in service) is (controller == "CODE_DEPLOY")
    assert client.list_service_deployments(service="web")["serviceDeployments"] == []


def test_a_fargate_service_shows_its_platform(client: Checked) -> None:
    """S2.5: LATEST at the service, a number at its deployments."""
    client.register_task_definition(
        family="cloud",
        networkMode="awsvpc",
        requiresCompatibilities=["FARGATE"],
        cpu="256",
        memory="512",
        containerDefinitions=[{"name": "app", "image": "app"}],
    )
    network = {"awsvpcConfiguration": {"subnets": ["subnet-a"], "assignPublicIp": "ENABLED"}}
    service = client.create_service(
        serviceName="web",
        taskDefinition="cloud",
        desiredCount=1,
        launchType="FARGATE",
        networkConfiguration=network,
    )["service"]
    assert (service["platformVersion"], service["platformFamily"]) == ("LATEST", "Linux")
    [deployment] = service["deployments"]
    assert (deployment["platformVersion"], deployment["platformFamily"]) == ("1.4.0", "Linux")
    assert deployment["networkConfiguration"]["awsvpcConfiguration"]["securityGroups"] == []
    assert service["roleArn"].endswith(
        ":role/aws-service-role/ecs.amazonaws.com/AWSServiceRoleForECS"
    )
    task = service_record(client).deployments[0].request.settings
    assert task.fargate is not None
    assert task.fargate.platform_version == "1.4.0"


def test_what_is_stored_is_shown_where_it_belongs(client: Checked) -> None:
    """S2.5: monitoring appears only in DescribeServiceRevisions."""
    monitoring = {
        "metricConfigurations": [{"metricNames": ["CPUUtilization"], "resolutionSeconds": 20}]
    }
    connect = {"enabled": True, "namespace": "shop"}
    service = client.create_service(
        **WEB, monitoring=monitoring, serviceConnectConfiguration=connect
    )["service"]
    assert service["deployments"][0]["serviceConnectConfiguration"] == connect
    arn = service["currentServiceRevisions"][0]["arn"]
    [revision] = client.describe_service_revisions(serviceRevisionArns=[arn])["serviceRevisions"]
    assert (revision["monitoring"], revision["serviceConnectConfiguration"]) == (
        monitoring,
        connect,
    )
    assert revision["containerImages"] == [{"containerName": "app", "image": "app:2"}]


def test_ids_follow_from_the_seed_d5() -> None:
    first, again = checked_session(), checked_session()
    assert (
        first.create_service(**WEB)["service"]["deployments"][0]["id"]
        == (again.create_service(**WEB)["service"]["deployments"][0]["id"])
    )
