"""DescribeServices, ListServices and ListServicesByNamespace (S2.3)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from against_botocore import Checked
from placement.aws.client import FreshAnswer
from placement.ecs.calls.ecs.services.describe_services import describe_services
from placement.ecs.control.services.records import Event
from placement.ecs.control.services.statuses import DeploymentStatus
from service_account import service_record

ROOT = "arn:aws:ecs:us-east-1:123456789012:service/"
WEB: dict[str, Any] = {"serviceName": "web", "taskDefinition": "web", "desiredCount": 2}


def test_names_and_both_forms_of_arns_are_one_service_d13(client: Checked) -> None:
    client.create_service(**WEB)
    names = ["web", "web", f"{ROOT}default/web", f"{ROOT}web"]
    answer = client.describe_services(services=names)
    assert len(answer["services"]) == 1
    assert answer["failures"] == []


def test_unknown_services_are_missing_d13(client: Checked) -> None:
    client.create_service(**WEB)
    names = ["none", f"{ROOT}other/web", "web"]
    answer = client.describe_services(services=names)
    assert [one["serviceName"] for one in answer["services"]] == ["web"]
    assert answer["failures"] == [
        {"arn": f"{ROOT}default/none", "reason": "MISSING"},
        {"arn": f"{ROOT}other/web", "reason": "MISSING"},
    ]


def test_tags_are_included_when_asked_for(client: Checked) -> None:
    tags = [{"key": "a", "value": "b"}]
    client.create_service(**WEB, tags=tags)
    assert "tags" not in client.describe_services(services=["web"])["services"][0]
    described = client.describe_services(services=["web"], include=["TAGS"])
    assert described["services"][0]["tags"] == tags


def test_counts_are_those_of_the_last_pass_d17(client: Checked) -> None:
    """S3.1: the service's counts are the sums; INACTIVE deployments are not listed."""
    client.create_service(**WEB)
    client.update_service(service="web", forceNewDeployment=True)
    new, old = service_record(client).deployments
    new.desired_shown, new.pending_shown, new.running_shown = 2, 1, 1
    old.desired_shown, old.pending_shown, old.running_shown = 1, 0, 1
    [service] = client.describe_services(services=["web"])["services"]
    assert (service["runningCount"], service["pendingCount"]) == (2, 1)
    assert [one["desiredCount"] for one in service["deployments"]] == [2, 1]
    assert service["currentServiceRevisions"][1] == {
        "arn": old.revision.arn,
        "requestedTaskCount": 1,
        "runningTaskCount": 1,
        "pendingTaskCount": 0,
    }
    old.status = DeploymentStatus.INACTIVE
    [service] = client.describe_services(services=["web"])["services"]
    assert len(service["deployments"]) == 1


def test_a_daemon_service_shows_how_many_instances_qualify(client: Checked) -> None:
    """S7.1."""
    client.create_service(serviceName="web", taskDefinition="web", schedulingStrategy="DAEMON")
    service_record(client).desired_count = 3
    assert client.describe_services(services=["web"])["services"][0]["desiredCount"] == 3


def test_events_are_shown_newest_first_and_100_at_most(client: Checked) -> None:
    client.create_service(**WEB)
    when = datetime(2026, 3, 1, tzinfo=UTC)
    for number in range(150):
        service_record(client).events.append(Event(f"id-{number}", when, f"(service web) {number}"))
    events = client.describe_services(services=["web"])["services"][0]["events"]
    assert (len(events), events[0]["id"], events[-1]["id"]) == (100, "id-149", "id-50")


def mutable_parts(value: Any) -> Iterator[int]:
    """Yield the identity of every list and dict in a value."""
    if isinstance(value, dict):
        yield id(value)
        for part in value.values():
            yield from mutable_parts(part)
    elif isinstance(value, list):
        yield id(value)
        for part in value:
            yield from mutable_parts(part)


def test_answers_that_are_not_copied_share_nothing(client: Checked) -> None:
    """``FreshAnswer``: two answers have no list or dict in common, so neither has the account's."""
    hook = {
        "targetType": "PAUSE",
        "lifecycleStages": ["POST_SCALE_UP"],
        "hookDetails": {"a": [{"b": 1}]},
    }
    client.create_service(
        **WEB,
        tags=[{"key": "a", "value": "b"}],
        placementConstraints=[{"type": "distinctInstance"}],
        serviceRegistries=[{"registryArn": "arn:r"}],
        serviceConnectConfiguration={"enabled": True, "services": [{"portName": "http"}]},
        deploymentConfiguration={"strategy": "BLUE_GREEN", "lifecycleHooks": [hook]},
    )
    account = client.client._account
    parameters = {"services": ["web", "none"], "include": ["TAGS"]}
    first, second = (describe_services(account, parameters) for _ in range(2))
    assert isinstance(first, FreshAnswer)
    assert first == second
    assert set(mutable_parts(first)).isdisjoint(mutable_parts(second))


def test_services_are_listed_in_the_order_of_creation_d14(client: Checked) -> None:
    for number in range(12):
        client.create_service(**{**WEB, "serviceName": f"s{11 - number}"})
    first = client.list_services()
    assert len(first["serviceArns"]) == 10
    rest = client.list_services(nextToken=first["nextToken"])
    assert "nextToken" not in rest
    arns = [*first["serviceArns"], *rest["serviceArns"]]
    assert arns == [f"{ROOT}default/s{11 - number}" for number in range(12)]
    pages = client.get_paginator("list_services").paginate()
    assert [arn for page in pages for arn in page["serviceArns"]] == arns
    assert len(client.list_services(maxResults=100)["serviceArns"]) == 12


def test_lists_are_filtered(client: Checked) -> None:
    client.create_service(**WEB)
    client.create_service(**{**WEB, "serviceName": "out", "launchType": "EXTERNAL"})
    client.create_service(serviceName="agent", taskDefinition="web", schedulingStrategy="DAEMON")

    def names(**filters: str) -> list[str]:
        arns = client.list_services(**filters)["serviceArns"]
        return [arn.rpartition("/")[2] for arn in arns]

    assert names() == ["web", "out", "agent"]
    assert names(launchType="EXTERNAL") == ["out"]
    assert names(schedulingStrategy="DAEMON") == ["agent"]
    assert names(launchType="EC2", schedulingStrategy="REPLICA") == ["web"]
    assert names(resourceManagementType="ECS") == []


def test_services_of_a_namespace(client: Checked) -> None:
    connect = {"enabled": True, "namespace": "shop"}
    client.create_service(**WEB, serviceConnectConfiguration=connect)
    client.create_service(**{**WEB, "serviceName": "plain"})
    client.create_cluster(clusterName="other", serviceConnectDefaults={"namespace": "shop"})
    client.create_service(**WEB, cluster="other", serviceConnectConfiguration={"enabled": True})
    found = client.list_services_by_namespace(namespace="shop")["serviceArns"]
    assert found == [f"{ROOT}default/web", f"{ROOT}other/web"]
    assert client.list_services_by_namespace(namespace="none")["serviceArns"] == []


@pytest.mark.parametrize("name", ["web", f"{ROOT}default/web"])
def test_tasks_of_a_service_can_be_listed_before_there_are_any(client: Checked, name: str) -> None:
    client.create_service(**WEB)
    assert client.list_tasks(serviceName=name)["taskArns"] == []
