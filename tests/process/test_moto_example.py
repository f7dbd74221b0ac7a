"""``examples/moto_backend.py``: moto's RunTask places as ECS does, seen through plain boto3."""

from __future__ import annotations

import json
import os
import runpy
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws
from moto.ec2.utils import generate_instance_identity_document
from moto.ecs.responses import EC2ContainerServiceResponse

FILE = Path(__file__).resolve().parents[2] / "examples" / "moto_backend.py"
EXAMPLE = runpy.run_path(str(FILE))
ZONE = "attribute:ecs.availability-zone"
OWN = {"region_name": "us-east-1", "aws_access_key_id": "a", "aws_secret_access_key": "b"}
WEB = {"name": "web", "image": "nginx", "cpu": 256, "memory": 512}


@pytest.fixture
def ecs() -> Iterator[Any]:
    """boto3's client on moto with placement; three instances in two zones and one family."""
    with mock_aws(), EXAMPLE["placing"]():
        ec2, client = boto3.resource("ec2", **OWN), boto3.client("ecs", **OWN)
        client.create_cluster(clusterName="default")
        client.create_cluster(clusterName="empty")
        for zone in "aab":
            [machine] = ec2.create_instances(
                ImageId="ami-12c6146b",  # one that moto knows
                InstanceType="m5.large",
                Placement={"AvailabilityZone": f"us-east-1{zone}"},
                MinCount=1,
                MaxCount=1,
            )
            identity = json.dumps(generate_instance_identity_document(machine))
            client.register_container_instance(instanceIdentityDocument=identity)
        client.register_task_definition(family="web", containerDefinitions=[WEB])
        yield client


def zones(ecs: Any, answer: dict[str, Any]) -> Counter[str]:
    arns = [task["containerInstanceArn"] for task in answer["tasks"]]
    found = ecs.describe_container_instances(containerInstances=arns)["containerInstances"]
    return Counter(
        attribute["value"]
        for instance in found
        for attribute in instance["attributes"]
        if f"attribute:{attribute['name']}" == ZONE
    )


def left(ecs: Any, arn: str, name: str) -> Any:
    [found] = ecs.describe_container_instances(containerInstances=[arn])["containerInstances"]
    [entry] = [entry for entry in found["remainingResources"] if entry["name"] == name]
    return entry.get("stringSetValue") or entry["integerValue"]


def test_it_prints_what_the_readme_says() -> None:
    done = subprocess.run(
        [sys.executable, str(FILE)],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
    )
    assert done.stdout.splitlines() == [
        "moto alone: 4 in us-east-1a",
        "with placement: 2 in us-east-1a, 2 in us-east-1c",
    ]
    assert done.stdout in (FILE.parent / "README.md").read_text(encoding="utf-8")


def test_spread_counts_tasks_of_earlier_calls(ecs: Any) -> None:
    spread = [{"type": "spread", "field": ZONE}]
    runs = [ecs.run_task(taskDefinition="web", placementStrategy=spread) for _ in range(4)]
    found = sum((zones(ecs, run) for run in runs), Counter[str]())
    assert found == {"us-east-1a": 2, "us-east-1b": 2}


def test_binpack_fills_the_instance_that_has_least_left(ecs: Any) -> None:
    member = [{"type": "memberOf", "expression": f"{ZONE} == us-east-1b"}]
    [first] = ecs.run_task(taskDefinition="web", placementConstraints=member)["tasks"]
    packed = [{"type": "binpack", "field": "memory"}]
    answer = ecs.run_task(taskDefinition="web", count=3, placementStrategy=packed)
    assert {task["containerInstanceArn"] for task in answer["tasks"]} == {
        first["containerInstanceArn"]
    }


def test_what_finds_no_room_comes_with_a_failure_for_each_instance(ecs: Any) -> None:
    distinct = [{"type": "distinctInstance"}]
    answer = ecs.run_task(taskDefinition="web", count=4, placementConstraints=distinct)
    assert len({task["containerInstanceArn"] for task in answer["tasks"]}) == 3
    assert [failure["reason"] for failure in answer["failures"]] == [
        "DistinctInstance placement constraint unsatisfied."
    ] * 3
    assert {failure["arn"] for failure in answer["failures"]} == set(
        ecs.list_container_instances()["containerInstanceArns"]
    )


def test_static_ports_and_the_constraint_of_a_definition(ecs: Any) -> None:
    port = {"containerPort": 80, "hostPort": 8080}
    ecs.register_task_definition(
        family="one",
        containerDefinitions=[{**WEB, "portMappings": [port]}],
        placementConstraints=[{"type": "memberOf", "expression": f"{ZONE} == us-east-1b"}],
    )
    answer = ecs.run_task(taskDefinition="one", count=2)
    [task] = answer["tasks"]
    assert Counter(failure["reason"] for failure in answer["failures"]) == {
        "RESOURCE:PORTS": 1,
        "MemberOf placement constraint unsatisfied.": 2,
    }
    assert "8080" in left(ecs, task["containerInstanceArn"], "PORTS")
    ecs.stop_task(task=task["taskArn"])
    assert "8080" not in left(ecs, task["containerInstanceArn"], "PORTS")
    assert left(ecs, task["containerInstanceArn"], "MEMORY") == 7482
    assert len(ecs.run_task(taskDefinition="one")["tasks"]) == 1


def test_the_size_of_a_task_counts_before_those_of_its_containers(ecs: Any) -> None:
    """A23; moto alone adds up the containers."""
    ecs.register_task_definition(family="big", containerDefinitions=[WEB], memory="4GB")
    answer = ecs.run_task(taskDefinition="big", count=4)
    assert len(answer["tasks"]) == 3
    assert {failure["reason"] for failure in answer["failures"]} == {"RESOURCE:MEMORY"}


def test_draining_instances_take_no_tasks(ecs: Any) -> None:
    first, *others = ecs.list_container_instances()["containerInstanceArns"]
    ecs.update_container_instances_state(containerInstances=others, status="DRAINING")
    answer = ecs.run_task(taskDefinition="web", count=2)
    assert [task["containerInstanceArn"] for task in answer["tasks"]] == [first] * 2


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"placementConstraints": [{"type": "memberOf", "expression": "zone == a"}]}, "zone"),
        ({"placementStrategy": [{"type": "spread", "field": "type"}]}, "attribute:NAME"),
        ({"cluster": "empty"}, "No Container Instances were found in your cluster"),
    ],
)
def test_a_wrong_call_is_refused(ecs: Any, wrong: dict[str, Any], words: str) -> None:
    with pytest.raises(ClientError, match=words) as caught:
        ecs.run_task(taskDefinition="web", **wrong)
    assert caught.value.response["Error"]["Code"] == "InvalidParameterException"
    assert ecs.list_tasks()["taskArns"] == []


def test_fargate_is_motos_own(ecs: Any) -> None:
    [task] = ecs.run_task(taskDefinition="web", launchType="FARGATE")["tasks"]
    assert "containerInstanceArn" not in task


def test_motos_own_way_is_back_afterwards() -> None:
    with EXAMPLE["placing"]():
        assert EC2ContainerServiceResponse.run_task is EXAMPLE["run_task"]
    assert EC2ContainerServiceResponse.run_task is EXAMPLE["original"]
