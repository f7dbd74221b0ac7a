"""UpdateTaskProtection where more tasks are protected than the service should have (S8.2)."""

from __future__ import annotations

import json
from typing import Any

import pytest

from against_botocore import Checked
from placement.ecs.session import Session


@pytest.fixture
def client() -> Checked:
    """Return a client with an instance and the service ``web`` of five tasks."""
    client = Checked(Session(seed=1).client("ecs"))
    client.create_cluster()
    client.register_container_instance(
        instanceIdentityDocument=json.dumps({"instanceId": "i-1"}),
        totalResources=[
            {"name": "CPU", "type": "INTEGER", "integerValue": 4096},
            {"name": "MEMORY", "type": "INTEGER", "integerValue": 8192},
        ],
    )
    client.register_task_definition(
        family="web", containerDefinitions=[{"name": "app", "image": "app", "memory": 64}]
    )
    client.create_service(serviceName="web", taskDefinition="web", desiredCount=5)
    client.client.session.advance(0)
    return client


def protect(client: Checked, tasks: list[str], enabled: bool = True) -> tuple[int, list[Any]]:
    answer = client.update_task_protection(
        cluster="default", tasks=tasks, protectionEnabled=enabled
    )
    return len(answer["protectedTasks"]), [one["reason"] for one in answer["failures"]]


def test_a_protected_task_cannot_renew_beyond_the_count_d57_d107(client: Checked) -> None:
    """Three of five are protected, the count falls to two, one renews."""
    tasks = client.list_tasks()["taskArns"]
    assert protect(client, tasks[:3]) == (3, [])
    client.update_service(service="web", desiredCount=2)
    assert protect(client, tasks[:1]) == (0, ["DEPLOYMENT_BLOCKED"])
    assert protect(client, tasks[:1], enabled=False) == (1, [])
    assert protect(client, tasks[:1]) == (1, [])


def test_the_task_itself_does_not_count_yet_d57(client: Checked) -> None:
    tasks = client.list_tasks()["taskArns"]
    client.update_service(service="web", desiredCount=2)
    assert protect(client, tasks) == (3, ["DEPLOYMENT_BLOCKED"] * 2)


def test_tasks_of_daemon_services_are_not_valid(client: Checked) -> None:
    """S8.2."""
    tasks = client.list_tasks()["taskArns"]
    client.client._account.clusters["default"].services["web"].scheduling = "DAEMON"
    assert protect(client, tasks) == (0, ["TASK_NOT_VALID"] * 5)
    assert client.get_task_protection(cluster="default")["protectedTasks"] == []
