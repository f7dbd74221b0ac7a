"""Forms of documents that are read because their meaning is plain, and those that are refused."""

from __future__ import annotations

from typing import Any

import pytest

from placement import Cluster, DocumentError, Task
from placement.documents.fields import moment
from placement.documents.tables import columns_of_csv

ECS = "arn:aws:ecs:us-east-1:123456789012"
INSTANCE = {"containerInstanceArn": f"{ECS}:container-instance/prod/a", "runningTasksCount": 1}
TASK = {
    "taskArn": f"{ECS}:task/prod/t",
    "containerInstanceArn": INSTANCE["containerInstanceArn"],
    "taskDefinitionArn": f"{ECS}:task-definition/web:1",
}
CONTAINERS = [{"name": "web", "image": "nginx", "memory": 64}]


def test_bare_records_of_several_kinds_are_read() -> None:
    """What ``--query`` and ``jq`` leave: one instance, and a list of instances and tasks."""
    assert list(Cluster.from_ecs(INSTANCE).ids) == ["a"]
    cluster = Cluster.from_ecs([TASK, INSTANCE])
    assert len(cluster.tasks_on("a")) == 1
    name = TASK["taskDefinitionArn"]
    definition = {"taskDefinitionArn": name, "family": "web", "containerDefinitions": CONTAINERS}
    protection = {"taskArn": TASK["taskArn"], "protectionEnabled": True}
    cluster = Cluster.from_ecs([protection, definition, TASK, INSTANCE])
    assert cluster.task(cluster.tasks_on("a")[0]).protected
    assert cluster.to_ecs()["taskDefinitions"] == [definition]
    with pytest.raises(DocumentError) as caught:
        Cluster.from_ecs([INSTANCE, {**TASK, "lastStatus": "GONE"}])
    assert caught.value.path == "tasks[0].lastStatus"


@pytest.mark.parametrize(
    ("document", "form"),
    [
        ({"detail-type": "ECS Task State Change", "detail": TASK}, "an event of EventBridge"),
        ([{"detail-type": "ECS Task State Change", "detail": TASK}], "an event of EventBridge"),
        ({"container_instances": []}, "snake_case"),
        ([{"container_instance_arn": "a"}], "snake_case"),
        ({"ContainerInstances": []}, "CloudFormation"),
        ({"AWSTemplateFormatVersion": "2010-09-09", "Resources": {}}, "CloudFormation"),
        ({"Resources": {"Web": {"Type": "AWS::ECS::Service"}}}, "CloudFormation"),
        ({"Type": "AWS::ECS::Cluster", "Properties": {}}, "CloudFormation"),
    ],
)
def test_another_form_of_a_dump_is_named(document: Any, form: str) -> None:
    """Names are never folded: keys of the user would be spoilt."""
    with pytest.raises(DocumentError, match=f"this seems to be .*{form}"):
        Cluster.from_ecs(document)


@pytest.mark.parametrize(
    ("document", "form"),
    [
        (CONTAINERS, "a list of containerDefinitions"),
        ({"Family": "web", "ContainerDefinitions": CONTAINERS}, "CloudFormation"),
        ({"Type": "AWS::ECS::TaskDefinition", "Properties": {"Family": "web"}}, "CloudFormation"),
        ({"family": "web", "container_definitions": CONTAINERS}, "snake_case"),
    ],
)
def test_another_form_of_a_task_definition_is_named(document: Any, form: str) -> None:
    with pytest.raises(DocumentError, match=f"this seems to be .*{form}"):
        Task.from_ecs(document)


def test_keys_of_the_user_are_no_other_form() -> None:
    labels = {"TaskDefinition": "x", "task_definition": "y"}
    container = {**CONTAINERS[0], "dockerLabels": labels}
    definition = {"family": "web", "containerDefinitions": [container]}
    assert Task.from_ecs(definition).memory == 64


def test_milliseconds_are_named_as_such() -> None:
    with pytest.raises(DocumentError, match="seems to be milliseconds: divide it by 1000"):
        moment(1_700_000_000_000, "createdAt")
    found = moment(1_700_000_000, "createdAt")
    assert found is not None
    assert found.year == 2023


@pytest.mark.parametrize("mark", [";", "\t", ","])
def test_a_table_with_other_separators_is_read(mark: str) -> None:
    """C11: spreadsheets write semicolons where the comma is decimal."""
    text = f"id{mark}cpu{mark}stack\r\na{mark}1024{mark}prod\r\n"
    assert columns_of_csv(text.encode()) == {"id": ["a"], "cpu": [1024], "stack": ["prod"]}
