"""StartTask: the caller is the scheduler; what is checked, and what is not."""

from __future__ import annotations

from typing import Any

import pytest

from against_botocore import Checked
from tasks_world import ZONE, able, add_machine, define, refusal, remaining

Document = dict[str, Any]


@pytest.fixture
def client(checked_client: Checked) -> Checked:
    checked_client.create_cluster(clusterName="prod")
    return checked_client


def start(client: Checked, *machines: str, **parameters: Any) -> Document:
    answer: Document = client.start_task(
        **{
            "cluster": "prod",
            "taskDefinition": "web",
            "containerInstances": list(machines),
            **parameters,
        }
    )
    return answer


def reasons(answer: Document) -> list[tuple[str, str]]:
    return [(failure["arn"], failure["reason"]) for failure in answer["failures"]]


def test_2_10_one_task_on_each_instance_that_is_named(client: Checked) -> None:
    """By ARN or id, in the order given."""
    one, two = add_machine(client), add_machine(client)
    add_machine(client)
    define(client)
    answer = start(client, two, one.rpartition("/")[2], startedBy="me", group="g")
    assert [task["containerInstanceArn"] for task in answer["tasks"]] == [two, one]
    assert {(task["startedBy"], task["group"]) for task in answer["tasks"]} == {("me", "g")}
    assert {task["lastStatus"] for task in answer["tasks"]} == {"RUNNING"}
    assert (answer["failures"], remaining(client, one, "CPU")) == ([], 1024 - 128)
    described = client.describe_tasks(
        cluster="prod", tasks=[task["taskArn"] for task in answer["tasks"]]
    )
    assert described["tasks"] == answer["tasks"]


def test_each_failure_has_its_reason(client: Checked) -> None:
    """2.13, A38b, B18; what could start has started."""
    definition = define(client, container_portMappings=[{"containerPort": 80, "hostPort": 80}])
    gone, draining, away, small, busy, good = (
        add_machine(client, cpu=100 if number == 3 else 1024) for number in range(6)
    )
    start(client, busy)
    client.deregister_container_instance(cluster="prod", containerInstance=gone)
    client.update_container_instances_state(
        cluster="prod", containerInstances=[draining], status="DRAINING"
    )
    client.set_agent_connected("prod", away, False)
    answer = start(client, gone, draining, "f" * 32, away, small, busy, good)
    assert [task["containerInstanceArn"] for task in answer["tasks"]] == [good]
    unknown = f"arn:aws:ecs:us-east-1:123456789012:container-instance/prod/{'f' * 32}"
    assert reasons(answer) == [
        (gone, "INACTIVE"),
        (draining, "INACTIVE"),
        (unknown, "MISSING"),
        (away, "AGENT"),
        (small, "RESOURCE:CPU"),
        (busy, "RESOURCE:PORTS"),
    ]
    assert definition["family"] == "web"


def test_a38_constraints_of_the_definition_are_not_looked_at(client: Checked) -> None:
    machine = add_machine(client)
    never = {"type": "memberOf", "expression": "attribute:stack == prod"}
    define(client, placementConstraints=[never])
    assert client.run_task(cluster="prod", taskDefinition="web")["tasks"] == []
    assert start(client, machine)["failures"] == []


def test_attributes_and_subnets_are_checked(client: Checked) -> None:
    """ATTRIBUTE, LOCATION (A29)."""
    definition = define(client, networkMode="awsvpc")
    client.register_subnet(subnetId="s", vpcId="v", availabilityZone="us-east-1a")
    near = add_machine(client, attributes=able(definition) | {"ecs.vpc-id": "v"})
    far = add_machine(client, attributes=able(definition) | {"ecs.vpc-id": "v", ZONE: "us-east-1b"})
    bare = add_machine(client)
    network = {"awsvpcConfiguration": {"subnets": ["s"]}}
    answer = start(client, near, far, bare, networkConfiguration=network)
    assert [task["containerInstanceArn"] for task in answer["tasks"]] == [near]
    assert reasons(answer) == [(far, "LOCATION"), (bare, "ATTRIBUTE")]


def test_b21_external_instances_take_tasks_too(client: Checked) -> None:
    outside = add_machine(client, attributes={"ecs.capability.external": ""})
    inside = add_machine(client)
    define(client)
    answer = start(client, outside, inside)
    assert [task["launchType"] for task in answer["tasks"]] == ["EXTERNAL", "EC2"]


def test_overrides_are_applied(client: Checked) -> None:
    machine = add_machine(client)
    define(client)
    start(client, machine, overrides={"containerOverrides": [{"name": "app", "cpu": 1000}]})
    assert remaining(client, machine, "CPU") == 24
    assert reasons(start(client, machine)) == [(machine, "RESOURCE:CPU")]


@pytest.mark.parametrize(
    ("machines", "parameters", "text"),
    [
        ([], {}, "containerInstances cannot be empty"),
        ([f"{number:032x}" for number in range(11)], {}, "at most 10"),
        (["a", "a"], {}, "is listed twice"),
        (["a"], {"taskDefinition": "none"}, "TaskDefinition not found"),
        (["a"], {"group": "service:web"}, "Invalid namespace"),  # A22
        (["a"], {"overrides": {"containerOverrides": [{"name": "db"}]}}, "db"),  # B26
        (["a"], {"networkConfiguration": {}}, "networkMode"),
        (["a"], {"propagateTags": "SERVICE"}, "propagateTags"),
    ],
)
def test_wrong_parameters(
    client: Checked, machines: list[str], parameters: Document, text: str
) -> None:
    define(client)
    with refusal(client, "InvalidParameterException", text):
        start(client, *machines, **parameters)


def test_one_instance_by_two_names_is_refused(client: Checked) -> None:
    machine = add_machine(client)
    define(client)
    with refusal(client, "InvalidParameterException", "is listed twice"):
        start(client, machine, machine.rpartition("/")[2])


def test_no_cluster(client: Checked) -> None:
    define(client)
    with refusal(client, "ClusterNotFoundException"):
        start(client, "a", cluster="none")
