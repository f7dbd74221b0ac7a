"""The calls about task definitions: what ECS fills in, families and revisions, lists, refusals."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from definitions import C, definition, fargate, mapped
from placement.ecs import Client, ClientError
from tasks_world import add_machine

NOW = datetime(2026, 1, 2, tzinfo=UTC)


@pytest.fixture
def client() -> Client:
    return Client(clock=lambda: NOW)


def test_a_definition_is_registered_with_what_ecs_fills_in(client: Client) -> None:
    container = {
        "portMappings": [{"containerPort": 80}, {"containerPort": 53, "hostPort": 53}],
        "healthCheck": {"command": ["CMD", "true"], "retries": 2},
    }
    given = definition(container, cpu="1 vCPU", memory="0.5 GB", volumes=[{"name": "v"}])
    answer = client.register_task_definition(**given, tags=[{"key": "a", "value": "b"}])
    assert answer["tags"] == [{"key": "a", "value": "b"}]
    assert answer["taskDefinition"] == {
        "family": "web",
        "revision": 1,
        "taskDefinitionArn": "arn:aws:ecs:us-east-1:123456789012:task-definition/web:1",
        "status": "ACTIVE",
        "networkMode": "bridge",
        "cpu": "1024",
        "memory": "512",
        "volumes": [{"name": "v", "host": {}}],
        "placementConstraints": [],
        "requiresAttributes": [
            {"name": "ecs.capability.container-health-check"},
            {"name": "com.amazonaws.ecs.capability.docker-remote-api.1.24"},
        ],
        "compatibilities": ["EXTERNAL", "EC2"],
        "registeredAt": NOW,
        "registeredBy": "arn:aws:iam::123456789012:root",
        C: [
            {
                "name": "c0",
                "image": "nginx",
                "memory": 64,
                "cpu": 0,
                "essential": True,
                "environment": [],
                "mountPoints": [],
                "volumesFrom": [],
                "portMappings": [
                    {"containerPort": 80, "hostPort": 0, "protocol": "tcp"},
                    {"containerPort": 53, "hostPort": 53, "protocol": "tcp"},
                ],
                "healthCheck": {
                    "command": ["CMD", "true"],
                    "interval": 30,
                    "timeout": 5,
                    "retries": 2,
                },
            }
        ],
    }


@pytest.mark.parametrize("mode", ["host", "awsvpc"])
def test_a26_host_ports_are_those_of_the_container(client: Client, mode: str) -> None:
    given = mapped({"containerPort": 80}, networkMode=mode)
    answer = client.register_task_definition(**given)["taskDefinition"]
    (mapping,) = answer[C][0]["portMappings"]
    assert mapping == {"containerPort": 80, "hostPort": 80, "protocol": "tcp"}


def test_compatibilities_say_where_a_definition_could_run(client: Client) -> None:
    def of(document: dict[str, Any]) -> list[str]:
        answer = client.register_task_definition(**document)["taskDefinition"]
        return list(answer["compatibilities"])

    assert of(definition()) == ["EXTERNAL", "EC2"]
    assert of(definition(networkMode="awsvpc")) == ["EC2"]
    assert of(definition(networkMode="awsvpc", cpu="256", memory="512")) == ["EC2", "FARGATE"]
    assert of(fargate()) == ["EC2", "FARGATE"]


def test_what_is_not_valid_is_refused_with_all_problems_and_changes_nothing(client: Client) -> None:
    client.register_task_definition(**definition())
    with pytest.raises(client.exceptions.ClientException) as caught:
        client.register_task_definition(
            **definition({"memory": 3}, {"image": "a b"}, networkMode="nat")
        )
    message = caught.value.response["Error"]["Message"]
    assert [line.partition(": ")[0] for line in message.splitlines()] == [
        *(f"{C}[0].memory", f"{C}[1].image", "networkMode")
    ]
    arns = client.list_task_definitions()["taskDefinitionArns"]
    assert [arn.rpartition("/")[2] for arn in arns] == ["web:1"]
    answer = client.register_task_definition(**definition())
    assert answer["taskDefinition"]["revision"] == 2


def test_a_parameter_of_another_type_never_reaches_the_service(client: Client) -> None:
    with pytest.raises(client.exceptions.ParamValidationError):
        client.register_task_definition(family="web", containerDefinitions=[{"memory": "64"}])


@pytest.fixture
def filled(client: Client) -> Client:
    """Three families: web with two revisions, db with one, worker whose only one is INACTIVE."""
    for family in ("web", "web", "db", "worker"):
        client.register_task_definition(**{**definition(), "family": family})
    client.deregister_task_definition(taskDefinition="worker:1")
    return client


def short(answer: dict[str, Any]) -> list[str]:
    return [arn.rpartition("/")[2] for arn in answer["taskDefinitionArns"]]


def test_definitions_are_listed_by_family_and_revision(filled: Client) -> None:
    assert short(filled.list_task_definitions()) == ["db:1", "web:1", "web:2"]
    assert short(filled.list_task_definitions(sort="DESC")) == ["web:2", "web:1", "db:1"]
    assert short(filled.list_task_definitions(familyPrefix="web")) == ["web:1", "web:2"]
    assert short(filled.list_task_definitions(familyPrefix="we")) == []
    assert short(filled.list_task_definitions(status="INACTIVE")) == ["worker:1"]


def test_definitions_are_listed_in_pages(filled: Client) -> None:
    first = filled.list_task_definitions(maxResults=2)
    assert short(first) == ["db:1", "web:1"]
    second = filled.list_task_definitions(maxResults=2, nextToken=first["nextToken"])
    assert short(second) == ["web:2"]
    assert "nextToken" not in second


def test_families_are_listed(filled: Client) -> None:
    def listed(**given: Any) -> list[str]:
        return list(filled.list_task_definition_families(**given)["families"])

    assert listed() == ["db", "web", "worker"]
    assert listed(status="ACTIVE") == ["db", "web"]
    assert listed(status="INACTIVE") == ["worker"]
    assert listed(familyPrefix="w", status="ALL") == ["web", "worker"]


def test_a_family_is_its_latest_active_revision(filled: Client) -> None:
    def revision(name: str) -> int:
        return int(
            filled.describe_task_definition(taskDefinition=name)["taskDefinition"]["revision"]
        )

    assert (revision("web"), revision("web:1")) == (2, 1)
    filled.deregister_task_definition(taskDefinition="web:2")
    assert (revision("web"), revision("web:2")) == (1, 2)


def test_a_deregistered_definition_stays_and_says_since_when(filled: Client) -> None:
    found = filled.describe_task_definition(taskDefinition="worker:1")["taskDefinition"]
    assert (found["status"], found["deregisteredAt"]) == ("INACTIVE", NOW)
    answer = filled.register_task_definition(**{**definition(), "family": "worker"})
    assert answer["taskDefinition"]["revision"] == 2


def test_tags_are_shown_when_they_are_asked_for(client: Client) -> None:
    client.register_task_definition(**definition(), tags=[{"key": "a", "value": "b"}])
    assert "tags" not in client.describe_task_definition(taskDefinition="web")
    answer = client.describe_task_definition(taskDefinition="web", include=["TAGS"])
    assert answer["tags"] == [{"key": "a", "value": "b"}]


@pytest.mark.parametrize(
    ("method", "given", "code"),
    [
        ("describe_task_definition", {"taskDefinition": "nobody"}, "ClientException"),
        ("describe_task_definition", {"taskDefinition": "web:3"}, "ClientException"),
        ("describe_task_definition", {"taskDefinition": "worker"}, "ClientException"),
        (
            "describe_task_definition",
            {"taskDefinition": "web", "include": ["ALL"]},
            "InvalidParameterException",
        ),
        ("deregister_task_definition", {"taskDefinition": "web"}, "ClientException"),
        ("deregister_task_definition", {"taskDefinition": "web:9"}, "ClientException"),
        ("deregister_task_definition", {"taskDefinition": "web:x"}, "InvalidParameterException"),
        ("list_task_definitions", {"status": "NO_ROW"}, "InvalidParameterException"),
        ("list_task_definitions", {"sort": "UP"}, "InvalidParameterException"),
        ("list_task_definitions", {"maxResults": 0}, "InvalidParameterException"),
        ("list_task_definitions", {"nextToken": "x"}, "InvalidParameterException"),
        ("list_task_definition_families", {"status": "x"}, "InvalidParameterException"),
    ],
)
def test_c23_bad_calls_are_refused_by_code(
    filled: Client, method: str, given: dict[str, Any], code: str
) -> None:
    with pytest.raises(getattr(filled.exceptions, code)) as caught:
        getattr(filled, method)(**given)
    assert caught.value.response["Error"]["Code"] == code


# B47: revisions that are deleted

STILL_ACTIVE = (
    "The specified task definition is still in ACTIVE status. Please deregister the target and try "
    "again."
)


def deleted(client: Client, *names: str) -> tuple[list[str], list[tuple[str, str]]]:
    """Delete revisions; return the statuses of those taken, and the failures."""
    answer = client.delete_task_definitions(taskDefinitions=list(names))
    taken = [one["status"] for one in answer["taskDefinitions"]]
    return taken, [(one["arn"], one["reason"]) for one in answer["failures"]]


def test_b47_only_an_inactive_revision_is_deleted(client: Client) -> None:
    arn = "arn:aws:ecs:us-east-1:123456789012:task-definition/"
    for _ in range(2):
        client.register_task_definition(**definition())
    client.deregister_task_definition(taskDefinition="web:1")
    statuses, failures = deleted(client, "web:1", "web:2", "web:9", f"{arn}job:1", "web:1")
    assert statuses == ["DELETE_IN_PROGRESS"]
    assert failures == [
        (f"{arn}web:2", STILL_ACTIVE),
        (f"{arn}web:9", "MISSING"),
        (f"{arn}job:1", "MISSING"),
    ]


def test_b47_a_revision_is_gone_where_nothing_refers_to_it(client: Client) -> None:
    client.register_task_definition(**definition())
    client.deregister_task_definition(taskDefinition="web:1")
    deleted(client, "web:1")
    assert client.list_task_definitions(status="DELETE_IN_PROGRESS")["taskDefinitionArns"] == []
    assert client.list_task_definition_families()["families"] == []
    assert deleted(client, "web:1")[1][0][1] == "MISSING"
    with pytest.raises(ClientError, match="Unable to describe task definition"):
        client.describe_task_definition(taskDefinition="web:1")
    again = client.register_task_definition(**definition())["taskDefinition"]
    assert again["revision"] == 2, "a number is not used twice"


def test_b47_a_task_keeps_a_revision_until_it_has_stopped(client: Client) -> None:
    client.create_cluster(clusterName="prod")
    add_machine(client)
    client.register_task_definition(**definition())
    (task,) = client.run_task(cluster="prod", taskDefinition="web")["tasks"]
    client.deregister_task_definition(taskDefinition="web:1")
    deleted(client, "web:1")
    (arn,) = client.list_task_definitions(status="DELETE_IN_PROGRESS")["taskDefinitionArns"]
    shown = client.describe_task_definition(taskDefinition=arn)["taskDefinition"]
    assert shown["status"] == "DELETE_IN_PROGRESS"
    with pytest.raises(ClientError, match="TaskDefinition is inactive"):
        client.run_task(cluster="prod", taskDefinition="web:1")
    client.stop_task(cluster="prod", task=task["taskArn"])
    assert client.list_task_definitions(status="DELETE_IN_PROGRESS")["taskDefinitionArns"] == []
    with pytest.raises(ClientError, match="TaskDefinition not found"):
        client.run_task(cluster="prod", taskDefinition="web:1")


def test_b47_a_service_keeps_a_revision_until_it_is_inactive() -> None:
    client = Client()
    client.create_cluster(clusterName="prod")
    add_machine(client)
    client.register_task_definition(**definition())
    client.create_service(cluster="prod", serviceName="s", taskDefinition="web", desiredCount=0)
    client.deregister_task_definition(taskDefinition="web:1")
    deleted(client, "web:1")
    assert client.list_task_definitions(status="DELETE_IN_PROGRESS")["taskDefinitionArns"]
    client.delete_service(cluster="prod", service="s")
    assert client.list_task_definitions(status="DELETE_IN_PROGRESS")["taskDefinitionArns"]
    client.session.advance(300)
    assert client.list_task_definitions(status="DELETE_IN_PROGRESS")["taskDefinitionArns"] == []


@pytest.mark.parametrize("names", [[], [f"web:{n}" for n in range(11)], ["web"], ["web:x"]])
def test_b47_one_to_ten_revisions(client: Client, names: list[str]) -> None:
    with pytest.raises(ClientError) as caught:
        client.delete_task_definitions(taskDefinitions=names)
    assert caught.value.response["Error"]["Code"] == "InvalidParameterException"
