"""StopTask, DescribeTasks, ListTasks, and the protection of tasks."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import attrs
import pytest
from against_botocore import Checked
from tasks_world import able, add_machine, define, refusal, remaining

Document = dict[str, Any]


@pytest.fixture
def client(checked_client: Checked) -> Checked:
    checked_client.create_cluster(clusterName="prod")
    return checked_client


def run(client: Checked, **parameters: Any) -> list[str]:
    """Run tasks and return their ARNs."""
    answer = client.run_task(**{"cluster": "prod", "taskDefinition": "web", **parameters})
    assert answer["failures"] == []
    return [task["taskArn"] for task in answer["tasks"]]


def described(client: Checked, arn: str, **parameters: Any) -> Document:
    (task,) = client.describe_tasks(cluster="prod", tasks=[arn], **parameters)["tasks"]
    found: Document = task
    return found


def listed(client: Checked, **parameters: Any) -> list[str]:
    arns: list[str] = client.list_tasks(cluster="prod", **parameters)["taskArns"]
    return arns


# Stopping


def test_a25_a_stopped_task_gives_everything_back(client: Checked) -> None:
    machine = add_machine(client, gpus=1)
    ports = [{"containerPort": 80, "hostPort": 80}, {"containerPort": 81}]
    gpu = [{"type": "GPU", "value": "1"}]
    define(client, container_portMappings=ports, container_resourceRequirements=gpu)
    before = [remaining(client, machine, name) for name in ("CPU", "MEMORY", "PORTS", "GPU")]
    for _ in range(2):
        (arn,) = run(client)
        client.stop_task(cluster="prod", task=arn)
        after = [remaining(client, machine, name) for name in ("CPU", "MEMORY", "PORTS", "GPU")]
        assert after == before


def test_a_stopped_task_as_it_is_shown(client: Checked) -> None:
    add_machine(client)
    define(client)
    (arn,) = run(client)
    started = described(client, arn)
    stopped = client.stop_task(cluster="prod", task=arn.rpartition("/")[2], reason="enough")["task"]
    assert (stopped["desiredStatus"], stopped["lastStatus"]) == ("STOPPED", "STOPPED")
    assert (stopped["stopCode"], stopped["stoppedReason"]) == ("UserInitiated", "enough")
    assert stopped["stoppedAt"] == stopped["stoppingAt"] > started["startedAt"]
    assert stopped["version"] == started["version"] + 1
    assert [one["lastStatus"] for one in stopped["containers"]] == ["STOPPED"]
    assert described(client, arn) == stopped
    again = client.stop_task(cluster="prod", task=arn, reason="other")["task"]
    assert again == stopped


def test_counts_follow_tasks(client: Checked) -> None:
    """B17's counts, A19: running at once, pending never."""
    machine = add_machine(client)
    define(client)
    first, _ = run(client, count=2)
    client.stop_task(cluster="prod", task=first)
    (cluster,) = client.describe_clusters(clusters=["prod"])["clusters"]
    assert (cluster["runningTasksCount"], cluster["pendingTasksCount"]) == (1, 0)
    answer = client.describe_container_instances(cluster="prod", containerInstances=[machine])
    (instance,) = answer["containerInstances"]
    assert (instance["runningTasksCount"], instance["pendingTasksCount"]) == (1, 0)


def test_a_network_interface_is_deleted_with_its_task(client: Checked) -> None:
    definition = define(client, networkMode="awsvpc")
    add_machine(client, **able(definition))
    network = {"awsvpcConfiguration": {"subnets": ["s"]}}
    (arn,) = run(client, networkConfiguration=network)
    (attachment,) = client.stop_task(cluster="prod", task=arn)["task"]["attachments"]
    assert attachment["status"] == "DELETED"


def test_b17_a_task_whose_instance_is_gone_can_be_stopped(client: Checked) -> None:
    machine = add_machine(client)
    define(client)
    (arn,) = run(client)
    client.deregister_container_instance(cluster="prod", containerInstance=machine, force=True)
    assert client.stop_task(cluster="prod", task=arn)["task"]["lastStatus"] == "STOPPED"


def test_a_fargate_task_can_be_stopped(client: Checked) -> None:
    define(
        client,
        networkMode="awsvpc",
        requiresCompatibilities=["FARGATE"],
        cpu="256",
        memory="512",
    )
    network = {"awsvpcConfiguration": {"subnets": ["s"]}}
    (arn,) = run(client, launchType="FARGATE", networkConfiguration=network)
    assert listed(client, launchType="FARGATE") == [arn]
    client.stop_task(cluster="prod", task=arn)
    assert listed(client) == []


def test_chosen_ports_come_back(client: Checked) -> None:
    """2.3: an instance does not run out of them, however many tasks come and go."""
    add_machine(client)
    define(client, container_portMappings=[{"containerPort": 80}])
    record = client.client._account.clusters["prod"].instances
    for _ in range(3):
        (arn,) = run(client)
        client.stop_task(cluster="prod", task=arn)
    (instance,) = record.values()
    assert instance.ports.taken == set()


def test_wrong_parameters_of_stop_task(client: Checked) -> None:
    add_machine(client)
    define(client)
    (arn,) = run(client)
    with refusal(client, "InvalidParameterException", "The referenced task was not found."):
        client.stop_task(cluster="prod", task="f" * 32)
    with refusal(client, "InvalidParameterException", "1024"):
        client.stop_task(cluster="prod", task=arn, reason="r" * 1025)
    with refusal(client, "ClusterNotFoundException"):
        client.stop_task(task=arn)


# Describing


def test_describe_tasks_tells_what_is_missing(client: Checked) -> None:
    add_machine(client)
    define(client)
    (arn,) = run(client, tags=[{"key": "a", "value": "b"}])
    other = arn.replace("/prod/", "/dev/")
    answer = client.describe_tasks(cluster="prod", tasks=[arn, "nope", other, arn])
    assert [task["taskArn"] for task in answer["tasks"]] == [arn]
    base = "arn:aws:ecs:us-east-1:123456789012:task"
    assert answer["failures"] == [
        {"arn": f"{base}/prod/nope", "reason": "MISSING"},
        {"arn": other, "reason": "MISSING"},
    ]
    assert answer["tasks"][0]["tags"] == []
    assert described(client, arn, include=["TAGS"])["tags"] == [{"key": "a", "value": "b"}]


@pytest.mark.parametrize(
    "parameters", [{"tasks": []}, {"tasks": ["a"] * 101}, {"tasks": ["a"], "include": ["ALL"]}]
)
def test_wrong_parameters_of_describe_tasks(client: Checked, parameters: Document) -> None:
    with refusal(client, "InvalidParameterException"):
        client.describe_tasks(cluster="prod", **parameters)


# Listing


def test_list_tasks_filters(client: Checked) -> None:
    one, two = add_machine(client), add_machine(client)
    define(client)
    define(client, "db")
    (web,) = client.start_task(
        cluster="prod", taskDefinition="web", containerInstances=[one], startedBy="me"
    )["tasks"]
    (db,) = client.start_task(cluster="prod", taskDefinition="db", containerInstances=[two])[
        "tasks"
    ]
    web, db = web["taskArn"], db["taskArn"]
    assert listed(client) == [web, db]
    assert listed(client, family="db") == [db]
    assert listed(client, containerInstance=one) == [web]
    assert listed(client, containerInstance=two.rpartition("/")[2], family="web") == []
    assert listed(client, startedBy="me") == [web]
    assert listed(client, launchType="EC2") == [web, db]
    assert listed(client, launchType="FARGATE") == []
    client.stop_task(cluster="prod", task=web)
    assert listed(client) == listed(client, desiredStatus="RUNNING") == [db]
    assert listed(client, desiredStatus="STOPPED") == [web]
    assert listed(client, desiredStatus="PENDING") == []
    assert listed(client, startedBy="me", desiredStatus="STOPPED") == [web]


def test_list_tasks_comes_in_pages(client: Checked) -> None:
    add_machine(client, cpu=10000, memory=100000)
    define(client)
    arns = [arn for _ in range(3) for arn in run(client, count=10)]
    pages = client.get_paginator("list_tasks").paginate(
        cluster="prod", PaginationConfig={"PageSize": 7}
    )
    found = [page["taskArns"] for page in pages]
    assert [len(page) for page in found] == [7, 7, 7, 7, 2]
    assert [arn for page in found for arn in page] == arns


@pytest.mark.parametrize(
    ("parameters", "code"),
    [
        ({"desiredStatus": "NO_ROW"}, "InvalidParameterException"),
        ({"launchType": "MOON"}, "InvalidParameterException"),
        ({"startedBy": "me", "family": "web"}, "InvalidParameterException"),
        ({"containerInstance": "nope"}, "InvalidParameterException"),
        ({"maxResults": 101}, "InvalidParameterException"),
        ({"nextToken": "x"}, "InvalidParameterException"),
        ({"serviceName": "web"}, "ServiceNotFoundException"),
        ({"cluster": "none"}, "ClusterNotFoundException"),
    ],
)
def test_wrong_parameters_of_list_tasks(client: Checked, parameters: Document, code: str) -> None:
    with refusal(client, code):
        client.list_tasks(**{"cluster": "prod", **parameters})


# Protection


@pytest.fixture
def service_task(client: Checked) -> str:
    """A task of a service, as a loaded state holds it: no call of this client starts one."""
    add_machine(client)
    define(client)
    (arn,) = run(client)
    record = client.client._account.clusters["prod"].tasks[arn.rpartition("/")[2]]
    record.settings = attrs.evolve(record.settings, group="service:web")
    return arn


def test_4_7_protection_ends_when_its_time_is_over(
    client: Checked, clock: Any, service_task: str
) -> None:
    def protected() -> Any:
        answer = client.get_task_protection(cluster="prod", tasks=[service_task])
        (found,) = answer["protectedTasks"]
        return found["protectionEnabled"]

    assert protected() is False
    answer = client.update_task_protection(
        cluster="prod", tasks=[service_task], protectionEnabled=True
    )
    (found,) = answer["protectedTasks"]
    assert found["expirationDate"] == clock.now + timedelta(minutes=120)
    assert protected() is True
    record = client.client._account.clusters["prod"]
    number = record.tasks[service_task.rpartition("/")[2]].number
    assert record.engine.task(number).protected
    clock.now += timedelta(minutes=120)
    assert protected() is False
    assert not record.engine.task(number).protected
    client.update_task_protection(
        cluster="prod", tasks=[service_task], protectionEnabled=True, expiresInMinutes=1
    )
    client.update_task_protection(cluster="prod", tasks=[service_task], protectionEnabled=False)
    assert protected() is False


def test_2_13_only_tasks_of_services_are_protected(client: Checked, service_task: str) -> None:
    (other,) = run(client)
    answer = client.update_task_protection(
        cluster="prod", tasks=[service_task, other, "nope"], protectionEnabled=True
    )
    assert [one["taskArn"] for one in answer["protectedTasks"]] == [service_task]
    missing = "arn:aws:ecs:us-east-1:123456789012:task/prod/nope"
    assert answer["failures"] == [
        {"arn": other, "reason": "TASK_NOT_VALID"},
        {"arn": missing, "reason": "MISSING"},
    ]
    answer = client.get_task_protection(cluster="prod")
    assert [one["taskArn"] for one in answer["protectedTasks"]] == [service_task]
    client.stop_task(cluster="prod", task=service_task)
    answer = client.get_task_protection(cluster="prod", tasks=[service_task])
    assert [one["reason"] for one in answer["failures"]] == ["TASK_NOT_VALID"]


@pytest.mark.parametrize(
    "parameters",
    [
        {"tasks": []},
        {"tasks": ["a"] * 11},
        {"tasks": ["a"], "expiresInMinutes": 0},
        {"tasks": ["a"], "expiresInMinutes": 2881},
    ],
)
def test_wrong_parameters_of_protection(client: Checked, parameters: Document) -> None:
    with refusal(client, "InvalidParameterException"):
        client.update_task_protection(cluster="prod", protectionEnabled=True, **parameters)


def test_tasks_of_a_service_are_listed_by_its_name(client: Checked, service_task: str) -> None:
    assert listed(client, serviceName="web") == [service_task]
