"""Calls about managed daemons: answers, lists, refusals that change nothing (C49, S2.4)."""

from __future__ import annotations

from typing import Any

import pytest

from client_world import remembered
from daemon_session import NOON, DaemonSession
from refusals import refusal

ONLY_MANAGED = (
    "ECS Managed Daemons is only supported for Amazon ECS Managed Instances Capacity Providers."
)


@pytest.fixture
def world() -> DaemonSession:
    return DaemonSession()


# Task definitions


def test_a_definition_is_described_as_given_with_defaults(world: DaemonSession) -> None:
    arn = world.ecs.register_daemon_task_definition(
        family="logs",
        containerDefinitions=[
            {
                "name": "logs",
                "image": "logs:2",
                "mountPoints": [{"sourceVolume": "lines", "containerPath": "/logs"}],
            }
        ],
        cpu="256",
        memory="512",
        volumes=[
            {"name": "lines", "logDriverVolumeConfiguration": {"driver": "json-file"}},
            {"name": "host", "host": {"sourcePath": "/var"}},
        ],
        pidMode="shared",
        ipcMode="none",
        tags=[{"key": "a", "value": "b"}],
    )["daemonTaskDefinitionArn"]
    assert arn == "arn:aws:ecs:us-east-1:123456789012:daemon-task-definition/logs:1"
    answer = world.ecs.describe_daemon_task_definition(daemonTaskDefinition="logs")
    assert answer["daemonTaskDefinition"] == {
        "daemonTaskDefinitionArn": arn,
        "family": "logs",
        "revision": 1,
        "containerDefinitions": [
            {
                "name": "logs",
                "image": "logs:2",
                "cpu": 0,
                "essential": True,
                "environment": [],
                "mountPoints": [{"sourceVolume": "lines", "containerPath": "/logs"}],
            }
        ],
        "cpu": "256",
        "memory": "512",
        "volumes": [
            {"name": "lines", "logDriverVolumeConfiguration": {"driver": "json-file"}},
            {"name": "host", "host": {"sourcePath": "/var"}},
        ],
        "pidMode": "shared",
        "ipcMode": "none",
        "status": "ACTIVE",
        "registeredAt": NOON,
        "registeredBy": "arn:aws:iam::123456789012:root",
    }


def test_definitions_are_listed_by_family_status_and_revision(world: DaemonSession) -> None:
    world.register()
    world.register("logs")
    world.ecs.delete_daemon_task_definition(daemonTaskDefinition="agent:1")

    def listed(**parameters: Any) -> list[str]:
        answer = world.ecs.list_daemon_task_definitions(**parameters)
        return [one["arn"].rpartition("/")[2] for one in answer["daemonTaskDefinitions"]]

    assert listed() == ["agent:2", "logs:1"]
    assert listed(status="ALL") == ["agent:1", "agent:2", "logs:1"]
    assert listed(status="ALL", sort="DESC") == ["logs:1", "agent:2", "agent:1"]
    assert listed(status="DELETE_IN_PROGRESS") == ["agent:1"]
    assert listed(status="ALL", revision="LAST_REGISTERED") == ["agent:2", "logs:1"]
    assert listed(familyPrefix="l") == listed(family="logs") == ["logs:1"]
    assert listed(family="lo") == []
    first = world.ecs.list_daemon_task_definitions(status="ALL", maxResults=2)
    rest = listed(status="ALL", maxResults=2, nextToken=first["nextToken"])
    assert len(first["daemonTaskDefinitions"]) == 2
    assert rest == ["logs:1"]


CONTAINER = {"name": "a", "image": "a", "memory": 64}

WRONG_DEFINITIONS: list[tuple[dict[str, Any], str]] = [
    ({"family": "a b"}, "family: Family contains invalid characters. Expected up to 255"),
    ({"containerDefinitions": [{"image": "a", "memory": 64}]}, "containerDefinitions[0].name"),
    ({"containerDefinitions": [{"name": "a", "image": "a"}]}, "memory"),
    ({"cpu": "9"}, "cpu: expected 128 to"),
    ({"pidMode": "task"}, "pidMode: expected none or shared, not 'task'"),
    ({"ipcMode": "host"}, "ipcMode: expected none or shared, not 'host'"),
    (
        {"volumes": [{"name": "v", "logDriverVolumeConfiguration": {"driver": "syslog"}}]},
        "volumes[0].logDriverVolumeConfiguration.driver: expected json-file, not 'syslog'",
    ),
    (
        {
            "volumes": [
                {"name": "v", "host": {}, "logDriverVolumeConfiguration": {"driver": "json-file"}}
            ]
        },
        "volumes[0]: a volume is of one kind",
    ),
]


@pytest.mark.parametrize(("change", "message"), WRONG_DEFINITIONS)
def test_a_wrong_definition_is_refused(
    world: DaemonSession, change: dict[str, Any], message: str
) -> None:
    before = remembered(world.ecs.client)
    given = {"family": "agent", "containerDefinitions": [CONTAINER], **change}
    code, text = refusal(world.ecs.register_daemon_task_definition, **given)
    assert code == "ClientException"
    assert message in text
    assert remembered(world.ecs.client) == before


# Daemons


def test_a_daemon_is_described_with_its_revision_and_deployment(world: DaemonSession) -> None:
    definition = world.register("tagged", image="agent@sha256:" + "0" * 64)
    arn = world.create(
        definition=definition,
        critical=False,
        propagateTags="DAEMON",
        tags=[{"key": "a", "value": "b"}],
        deploymentConfiguration={"drainPercent": 12.5, "bakeTimeInMinutes": 3},
    )
    assert arn == "arn:aws:ecs:us-east-1:123456789012:daemon/default/agent"
    daemon = world.ecs.describe_daemon(daemonArn=arn)["daemon"]
    assert daemon["status"] == "ACTIVE"
    assert daemon["clusterArn"].endswith("cluster/default")
    [current] = daemon["currentRevisions"]
    answer = world.ecs.describe_daemon_revisions(daemonRevisionArns=[current["arn"], "x"])
    assert answer["failures"] == [{"arn": "x", "reason": "MISSING"}]
    [revision] = answer["daemonRevisions"]
    assert revision["daemonTaskDefinitionArn"] == definition
    assert (revision["critical"], revision["propagateTags"]) == (False, "DAEMON")
    [image] = revision["containerImages"]
    assert image["containerName"] == "agent"
    assert image["imageDigest"] == "sha256:" + "0" * 64
    deployment = world.deployment(arn)
    assert deployment["status"] == "PENDING"
    settings = {"drainPercent": 12.5, "bakeTimeInMinutes": 3}
    assert deployment["deploymentConfiguration"] == settings
    world.session.advance(0)
    assert world.deployment(arn)["status"] == "SUCCESSFUL"
    id = world.instance()
    world.session.advance(0)
    [task] = world.daemons(id)
    assert task.tags == [{"key": "a", "value": "b"}]
    [described] = world.ecs.describe_tasks(tasks=[task.arn])["tasks"]
    assert described["launchType"] == "MANAGED_INSTANCES"
    assert described["capacityProviderName"] == "managed"


def test_the_same_call_again_gets_the_same_answer(world: DaemonSession) -> None:
    call = {
        "daemonName": "agent",
        "daemonTaskDefinitionArn": "agent:1",
        "capacityProviderArns": ["managed"],
        "clientToken": "token",
    }
    first = world.ecs.create_daemon(**call)
    again = world.ecs.create_daemon(**call)
    assert {**first, "ResponseMetadata": 0} == {**again, "ResponseMetadata": 0}
    assert len(world.session._account.daemons.by_number) == 1
    code, text = refusal(world.ecs.create_daemon, **call, critical=False)
    assert (code, text) == (
        "InvalidParameterException",
        "Creation of daemon was not idempotent.",
    )


def test_an_update_keeps_what_it_does_not_give(world: DaemonSession) -> None:
    daemon = world.create(
        critical=False, deploymentConfiguration={"drainPercent": 50.0, "bakeTimeInMinutes": 1}
    )
    world.update(daemon)
    deployment = world.deployment(daemon)
    assert deployment["deploymentConfiguration"]["drainPercent"] == 50.0
    arn = deployment["targetDaemonRevision"]["arn"]
    [revision] = world.ecs.describe_daemon_revisions(daemonRevisionArns=[arn])["daemonRevisions"]
    assert revision["critical"] is False


def test_daemons_and_deployments_are_listed(world: DaemonSession) -> None:
    world.provider("other")
    first, second = world.create(), world.create("second", capacityProviderArns=["other"])

    def listed(**parameters: Any) -> list[str]:
        answer = world.ecs.list_daemons(**parameters)
        return [one["daemonArn"] for one in answer["daemonSummariesList"]]

    assert listed() == [first, second] == listed(clusterArn="default")
    assert listed(capacityProviderArns=["other"]) == [second]
    assert listed(maxResults=1) == [first]
    world.session.advance(10)
    newest = world.update(first)

    def deployments(**parameters: Any) -> list[str]:
        answer = world.ecs.list_daemon_deployments(daemonArn=first, **parameters)
        return [one["daemonDeploymentArn"] for one in answer["daemonDeployments"]]

    assert deployments()[0] == newest
    assert len(deployments()) == 2
    assert deployments(status=["PENDING"]) == [newest]
    assert deployments(createdAt={"before": NOON}) == deployments(status=["SUCCESSFUL"])


CREATE = {
    "daemonName": "new",
    "daemonTaskDefinitionArn": "agent",
    "capacityProviderArns": ["managed"],
}
INVALID = "InvalidParameterException"

REFUSED: list[tuple[str, dict[str, Any], str, str]] = [
    ("create_daemon", {**CREATE, "clusterArn": "x"}, "ClusterNotFoundException", "Cluster not"),
    ("create_daemon", {**CREATE, "daemonName": "a b"}, INVALID, "Daemon name is 1 to 255"),
    ("create_daemon", {**CREATE, "daemonName": "agent"}, INVALID, "was not idempotent."),
    ("create_daemon", {**CREATE, "daemonName": "leaving"}, INVALID, "still being deleted."),
    ("create_daemon", {**CREATE, "clientToken": "x" * 37}, INVALID, "longer than 36."),
    (
        "create_daemon",
        {**CREATE, "daemonTaskDefinitionArn": "x"},
        "ClientException",
        "DaemonTaskDefinition not found.",
    ),
    (
        "create_daemon",
        {**CREATE, "daemonTaskDefinitionArn": "gone:1"},
        "ClientException",
        "DaemonTaskDefinition is inactive",
    ),
    ("create_daemon", {**CREATE, "capacityProviderArns": []}, INVALID, "cannot be empty"),
    ("create_daemon", {**CREATE, "capacityProviderArns": ["x"]}, INVALID, "was not found"),
    ("create_daemon", {**CREATE, "capacityProviderArns": ["FARGATE"]}, INVALID, ONLY_MANAGED),
    ("create_daemon", {**CREATE, "capacityProviderArns": ["managed"] * 2}, INVALID, "twice"),
    ("create_daemon", {**CREATE, "propagateTags": "x"}, INVALID, "[DAEMON,NONE]"),
    ("create_daemon", {**CREATE, "enableExecuteCommand": True}, INVALID, "taskRoleArn"),
    (
        "create_daemon",
        {**CREATE, "deploymentConfiguration": {"drainPercent": 100.5}},
        INVALID,
        "drainPercent must be from 0.0 to 100.0, not 100.5.",
    ),
    (
        "create_daemon",
        {**CREATE, "deploymentConfiguration": {"bakeTimeInMinutes": 1441}},
        INVALID,
        "bakeTimeInMinutes must be from 0 to 1440, not 1441.",
    ),
    (
        "create_daemon",
        {**CREATE, "deploymentConfiguration": {"alarms": {"alarmNames": ["x"]}}},
        INVALID,
        "x",
    ),
    ("describe_daemon", {"daemonArn": "x"}, "DaemonNotFoundException", "Daemon not found."),
    ("delete_daemon", {"daemonArn": "x"}, "DaemonNotFoundException", "Daemon not found."),
    ("delete_daemon", {"daemonArn": "leaving"}, "DaemonNotActiveException", "not ACTIVE."),
    ("describe_daemon_deployments", {"daemonDeploymentArns": []}, INVALID, "cannot be empty"),
    ("describe_daemon_revisions", {"daemonRevisionArns": ["x"] * 0}, INVALID, "cannot be empty"),
    ("list_daemon_deployments", {"daemonArn": "x"}, "ClientException", "Daemon not found."),
    ("list_daemon_deployments", {"daemonArn": "agent", "status": ["x"]}, INVALID, "status should"),
    ("list_daemon_task_definitions", {"status": "x"}, INVALID, "status should be one of"),
    (
        "delete_daemon_task_definition",
        {"daemonTaskDefinition": "agent"},
        "ClientException",
        "Revision is missing.",
    ),
    (
        "delete_daemon_task_definition",
        {"daemonTaskDefinition": "gone:1"},
        "ClientException",
        "DaemonTaskDefinition is inactive",
    ),
    (
        "describe_daemon_task_definition",
        {"daemonTaskDefinition": "agent:7"},
        "ClientException",
        "DaemonTaskDefinition not found.",
    ),
    ("delete_cluster", {"cluster": "default"}, "ClusterContainsServicesException", "Daemons"),
    (
        "put_cluster_capacity_providers",
        {
            "cluster": "default",
            "capacityProviders": [],
            "defaultCapacityProviderStrategy": [],
        },
        "ResourceInUseException",
        "in use",
    ),
]


@pytest.mark.parametrize(("method", "given", "code", "message"), REFUSED)
def test_refusals_name_what_is_wrong_and_change_nothing(
    world: DaemonSession, method: str, given: dict[str, Any], code: str, message: str
) -> None:
    world.create()
    world.register("gone")
    world.ecs.delete_daemon_task_definition(daemonTaskDefinition="gone:1")
    leaving = world.create("leaving")
    world.ecs.delete_daemon(daemonArn=leaving)
    before = remembered(world.ecs.client)
    found, text = refusal(getattr(world.ecs, method), **given)
    assert found == code
    assert message in text
    assert remembered(world.ecs.client) == before
