"""``placement explain``: why a task would not run, instance by instance; run-task's new options."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from command import Run
from described_machines import ARN, DEFINITION, machine


@pytest.fixture
def files(write: Callable[..., str]) -> list[str]:
    """Three machines, of which one drains, and a definition with interfaces of its own."""
    capable = [
        {"name": "ecs.availability-zone", "value": "b"},
        {"name": "ecs.capability.task-eni"},
        {"name": "ecs.subnet-id", "value": "subnet-b"},
        {"name": "ecs.vpc-id", "value": "vpc-1"},
    ]
    documents = [
        machine("one"),
        machine("two", memory=100, attributes=capable),
        machine("old", status="DRAINING"),
        machine("gone", status="INACTIVE"),
    ]
    definition = {
        "taskDefinitionArn": DEFINITION,
        "family": "web",
        "revision": 8,
        "containerDefinitions": [{"name": "web", "cpu": 100, "memory": 500}],
    }
    awsvpc = {**definition, "family": "net", "networkMode": "awsvpc", "revision": 1}
    awsvpc["taskDefinitionArn"] = DEFINITION.replace("web:8", "net:1")
    state = {"containerInstances": documents, "taskDefinitions": [definition, awsvpc]}
    return ["--state", write(state, "state.json")]


@pytest.fixture
def explain(run: Run, files: list[str]) -> Callable[..., Any]:
    def call(*arguments: str) -> Any:
        return run("explain", *files, *arguments)

    return call


EVERYWHERE = ["--placement-constraints", "type=memberOf,expression='attribute:stack == prod'"]


def test_each_instance_has_all_its_reasons(explain: Callable[..., Any]) -> None:
    """In C17's order, with amounts, and the expression that is false; INACTIVE is no candidate."""
    result = explain("--task-definition", "web:8", *EVERYWHERE)
    assert result.exit_code == 3
    lines = result.stdout.splitlines()
    assert lines[0].split() == ["CONTAINER", "INSTANCE", "MACHINE", "TYPE", "ZONE", "WHY", "NOT"]
    assert lines[1].split()[:1] == ["one"]
    assert "(attribute:stack == prod)" in lines[1]
    assert "RESOURCE:MEMORY: wanted 500 MiB, 100 MiB left; MEMBER_OF: false" in lines[2]
    assert "INACTIVE: its status is DRAINING; MEMBER_OF" in lines[3]
    assert "gone" not in result.stdout
    assert "    none of 3 instances has room: no registered instance could ever run it" in lines
    assert "ECS would say" not in result.stdout


def test_2_14_for_a_service_the_event_is_shown(explain: Callable[..., Any]) -> None:
    result = explain("--task-definition", "web:8", "--group", "service:shop", *EVERYWHERE)
    event = result.stdout.splitlines()[-1].strip()
    assert result.stdout.splitlines()[-2] == "ECS would say"
    assert event.startswith("(service shop) was unable to place a task because no container")
    assert 'instance one encountered error "MemberOf placement constraint unsatisfied."' in event


def test_room_is_said_too(explain: Callable[..., Any]) -> None:
    result = explain("--task-definition", "web:8", "--group", "service:shop")
    assert result.exit_code == 0
    assert result.stdout.splitlines()[1].split() == ["one", "i-one", "-", "a", "has", "room"]
    assert "    1 of 3 instances has room" in result.stdout.splitlines()
    assert "ECS would say" not in result.stdout


def test_only_the_instances_that_are_named(explain: Callable[..., Any]) -> None:
    result = explain("--task-definition", "web:8", "--container-instances", "i-two", ARN + "old")
    ids = [line.split()[0] for line in result.stdout.splitlines()[1:3]]
    assert ids == ["two", "old"]
    assert not any(line.startswith("one") for line in result.stdout.splitlines())


def test_json(explain: Callable[..., Any]) -> None:
    """Reasons as the API spells them; the whole explanation beside them."""
    result = explain(
        "--task-definition", "web:8", "--group", "service:shop", "--output", "json", *EVERYWHERE
    )
    answer = json.loads(result.stdout)
    assert (answer["candidates"], answer["fitting"], answer["neverFits"]) == (3, 0, True)
    member = "MemberOf placement constraint unsatisfied."
    reasons = {one["containerInstanceArn"]: one["reasons"] for one in answer["instances"]}
    assert reasons == {
        ARN + "one": [member],
        ARN + "two": ["RESOURCE:MEMORY", member],
        ARN + "old": ["INACTIVE", member],
    }
    assert {one["fits"] for one in answer["instances"]} == {False}
    assert answer["instances"][1]["missing"][0] == "RESOURCE:MEMORY: wanted 500 MiB, 100 MiB left"
    assert answer["event"].startswith("(service shop)")


def test_a29_b22_where_subnets_are_the_instances_say(explain: Callable[..., Any]) -> None:
    def why(subnet: str) -> list[str]:
        network = f"awsvpcConfiguration={{subnets=[{subnet}]}}"
        result = explain(
            "--task-definition", "net:1", "--network-configuration", network,
            "--overrides", "containerOverrides=[{name=web,memory=10}]",
        )  # fmt: skip
        return [line.rpartition("  ")[2].strip() for line in result.stdout.splitlines()[1:3]]

    missing = "ATTRIBUTE: attribute ecs.capability.task-eni is missing"
    assert why("subnet-b") == [f"{missing}; LOCATION: its zone is a, not b", "has room"]
    assert why("subnet-a") == [missing, "LOCATION: its zone is b, not a"]
    assert why("subnet-x") == [missing, "has room"]


def test_b21_launch_types(explain: Callable[..., Any]) -> None:
    result = explain("--task-definition", "web:8", "--launch-type", "EXTERNAL")
    assert "ATTRIBUTE" in result.stdout.splitlines()[1]
    result = explain("--task-definition", "web:8", "--launch-type", "FARGATE")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "FARGATE tasks need no container instance" in result.stderr


def test_run_task_takes_the_parameters_of_a_whole_call(
    run: Run, files: list[str], write: Callable[..., str]
) -> None:
    """--cli-input-json of RunTask, as 'aws ecs run-task' writes its skeleton; options win."""
    given = {
        "cluster": "prod",
        "taskDefinition": "web:8",
        "count": 2,
        "group": "batch",
        "overrides": {"containerOverrides": [{"name": "web", "memory": 60}]},
        "placementConstraints": [{"type": "distinctInstance"}],
        "placementStrategy": [{"type": "binpack", "field": "memory"}],
        "startedBy": "me",
    }
    file = f"file://{write(given, 'call.json')}"
    result = run("run-task", *files, "--cli-input-json", file, "--output", "json")
    assert result.exit_code == 0
    answer = json.loads(result.stdout)
    assert [task["containerInstanceArn"] for task in answer["tasks"]] == [ARN + "two", ARN + "one"]
    assert {(task["memory"], task["group"], task["startedBy"]) for task in answer["tasks"]} == {
        ("60", "batch", "me")
    }
    assert answer["tasks"][0]["overrides"] == given["overrides"]
    result = run("run-task", *files, "--cli-input-json", file, "--count", "3", "--output", "json")
    assert (result.exit_code, json.loads(result.stdout)["unplacedCount"]) == (3, 1)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        ('{"taskDefinition": "web:8", "count": 0}', "expected 1 to 1000000 tasks, not 0 @ count"),
        ('{"taskDefinition": "web:8", "launchType": "FARGATE"}', "FARGATE tasks need no"),
        ('{"taskDefinition": "web:8", "placementStrategy": [{"type": "spread"}]}', "needs field"),
        ('{"taskDefinition": "web:8", "groups": "g"}', 'Unknown parameter in input: "groups"'),
        ("{", "no JSON"),
        ("file://nowhere.json", "nowhere.json: cannot be read"),
    ],
)
def test_a_wrong_call_is_one_line(run: Run, files: list[str], call: str, message: str) -> None:
    result = run("run-task", *files, "--cli-input-json", call)
    assert (result.exit_code, result.stdout) == (2, "")
    assert message in result.stderr
    assert len(result.stderr.splitlines()) == 1
