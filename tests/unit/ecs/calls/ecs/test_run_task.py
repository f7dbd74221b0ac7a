"""RunTask: what is asked, where tasks go, what is refused; documents as ECS shows them."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from against_botocore import Checked
from placement import Placement, RegexTimeout, Span
from placement.ecs import Client, ClientError
from tasks_world import ZONE, able, add_machine, define, refusal, remaining

Document = dict[str, Any]

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)

SUBNETS = {"subnets": ["subnet-a"], "securityGroups": ["sg-1"]}
NETWORK = {"awsvpcConfiguration": SUBNETS}
ENI = {"ecs.vpc-id": "vpc-1"}


@pytest.fixture
def client(checked_client: Checked) -> Checked:
    checked_client.create_cluster(clusterName="prod")
    return checked_client


def run(client: Checked, **parameters: Any) -> Document:
    answer: Document = client.run_task(**{"cluster": "prod", "taskDefinition": "web", **parameters})
    return answer


def instances(answer: Document) -> list[str]:
    return [task["containerInstanceArn"] for task in answer["tasks"]]


def reasons(answer: Document) -> list[tuple[str, str]]:
    return [(failure["arn"], failure["reason"]) for failure in answer["failures"]]


# What a task is


def test_a_task_is_shown_as_ecs_shows_it(client: Checked) -> None:
    """A plain one, RUNNING at once, all of its parts named by its ARN."""
    machine = add_machine(client)
    definition = define(client, container_portMappings=[{"containerPort": 80, "hostPort": 8080}])
    (task,) = run(client, startedBy="job/1", tags=[{"key": "team", "value": "a"}])["tasks"]
    assert task["taskArn"].startswith("arn:aws:ecs:us-east-1:123456789012:task/prod/")
    assert task["clusterArn"] == "arn:aws:ecs:us-east-1:123456789012:cluster/prod"
    assert task["taskDefinitionArn"] == definition["taskDefinitionArn"]
    assert task["containerInstanceArn"] == machine
    facts = ("lastStatus", "desiredStatus", "group", "launchType", "startedBy", "cpu", "memory")
    assert [task[name] for name in facts] == [
        "RUNNING", "RUNNING", "family:web", "EC2", "job/1", "128", "256",
    ]  # fmt: skip
    assert (task["availabilityZone"], task["version"]) == ("us-east-1a", 1)
    assert task["createdAt"] == task["startedAt"] == task["connectivityAt"]
    assert task["attributes"] == [{"name": "ecs.cpu-architecture", "value": "x86_64"}]
    assert task["overrides"] == {
        "containerOverrides": [{"name": "app"}],
        "inferenceAcceleratorOverrides": [],
    }
    assert task["tags"] == [{"key": "team", "value": "a"}]
    (container,) = task["containers"]
    name = task["taskArn"].rpartition("/")[2]
    assert f":container/prod/{name}/" in container["containerArn"]
    assert (container["name"], container["image"]) == ("app", "nginx")
    assert (container["cpu"], container["memory"]) == ("128", "256")
    assert container["networkBindings"] == [
        {"bindIP": "0.0.0.0", "containerPort": 80, "hostPort": 8080, "protocol": "tcp"}
    ]
    assert remaining(client, machine, "CPU") == 1024 - 128
    assert "8080" in remaining(client, machine, "PORTS")


def test_runs_repeat_from_the_seed() -> None:
    def answers() -> list[Document]:
        client = Checked(clock=lambda: NOON, seed=7)
        client.create_cluster(clusterName="prod")
        for number in range(5):
            add_machine(client, attributes={ZONE: "abc"[number % 3]})
        define(client)
        return [run(client, count=3) for _ in range(3)]

    assert answers() == answers()


def test_2_3_ports_left_open_are_chosen_and_never_twice(client: Checked) -> None:
    machine = add_machine(
        client,
        memory=20000,
        cpu=20000,
        attributes={"ecs.capability.network.container-port-range": ""},
    )
    define(
        client,
        container_portMappings=[
            {"containerPort": 80},
            {"containerPort": 53, "protocol": "udp"},
            {"containerPortRange": "9000-9002"},
        ],
    )
    define(client, "static", container_portMappings=[{"containerPort": 1, "hostPort": 32770}])
    run(client, taskDefinition="static")
    seen: list[int] = []
    for task in run(client, count=3)["tasks"]:
        one, udp, several = task["containers"][0]["networkBindings"]
        first, last = map(int, several["hostPortRange"].split("-"))
        assert last - first == 2
        assert several["containerPortRange"] == "9000-9002"
        seen += [one["hostPort"], udp["hostPort"], *range(first, last + 1)]
    assert len(set(seen)) == len(seen) == 15
    assert all(32768 <= port <= 60999 for port in seen)
    tcp = [port for port in seen if port != seen[1]]
    assert 32770 not in tcp
    assert "32768" not in remaining(client, machine, "PORTS")


def test_gpus_go_to_the_containers_that_ask(client: Checked) -> None:
    """2.2: by their ids, and never twice."""
    machine = add_machine(client, gpus=3)
    gpu = {"resourceRequirements": [{"type": "GPU", "value": "1"}]}
    containers = [
        {"name": "a", "image": "i", "memory": 10, **gpu},
        {"name": "b", "image": "i", "memory": 10},
        {"name": "c", "image": "i", "memory": 10, **gpu},
    ]
    define(client, containerDefinitions=containers)
    (task,) = run(client)["tasks"]
    assert [one.get("gpuIds") for one in task["containers"]] == [["GPU-0"], None, ["GPU-1"]]
    assert remaining(client, machine, "GPU") == ["GPU-2"]
    assert reasons(run(client)) == [(machine, "RESOURCE:GPU")]


# Where tasks go


def test_strategies_and_constraints_decide(client: Checked) -> None:
    zones = {
        add_machine(client, attributes={ZONE: zone, "stack": "prod"}): zone for zone in "aabbcc"
    }
    zones |= {add_machine(client, attributes={ZONE: "d", "stack": "dev"}): "d"}
    define(client)
    answer = run(
        client,
        count=6,
        placementConstraints=[
            {"type": "memberOf", "expression": "attribute:stack == prod"},
            {"type": "distinctInstance"},
        ],
        placementStrategy=[{"type": "spread", "field": f"attribute:{ZONE}"}],
    )
    assert sorted(zones[arn] for arn in instances(answer)) == list("aabbcc")
    assert [zones[arn] for arn in instances(answer)][:3] == ["a", "b", "c"]


def test_a37_b28_failures_name_each_candidate_once(client: Checked) -> None:
    """First reasons after the last task placed, as the API spells them, and how many are left."""
    full = add_machine(client, cpu=128)
    far = add_machine(client, stack="dev")
    draining = add_machine(client)
    client.update_container_instances_state(
        cluster="prod", containerInstances=[draining], status="DRAINING"
    )
    away = add_machine(client)
    client.set_agent_connected("prod", away, False)
    used = add_machine(client, stack="prod")
    define(client)
    answer = run(
        client,
        count=5,
        placementConstraints=[
            {"type": "memberOf", "expression": "not(attribute:stack == dev)"},
            {"type": "distinctInstance"},
        ],
    )
    assert sorted(instances(answer)) == sorted([full, used])
    assert reasons(answer) == [
        (full, "RESOURCE:CPU"),
        (far, "MemberOf placement constraint unsatisfied."),
        (draining, "INACTIVE"),
        (away, "AGENT"),
        (used, "DistinctInstance placement constraint unsatisfied."),
    ]
    assert answer["ResponseMetadata"]["unplacedCount"] == 3
    assert "unplacedCount" not in run(client)["ResponseMetadata"]


def test_b23_b18_an_empty_cluster_is_refused_after_wrong_parameters(client: Checked) -> None:
    define(client)
    message = "No Container Instances were found in your cluster."
    with refusal(client, "InvalidParameterException", message):
        run(client)
    with refusal(client, "InvalidParameterException", "count"):
        run(client, count=11)
    with refusal(client, "ClusterNotFoundException"):
        run(client, cluster="none", count=11)
    client.deregister_container_instance(cluster="prod", containerInstance=add_machine(client))
    with refusal(client, "InvalidParameterException", message):
        run(client)


def test_b21_external_instances(client: Checked) -> None:
    inside, outside = (
        add_machine(client),
        add_machine(client, attributes={"ecs.capability.external": ""}),
    )
    define(client)
    assert instances(run(client)) == [inside]
    answer = run(client, launchType="EXTERNAL")
    assert instances(answer) == [outside]
    assert answer["tasks"][0]["launchType"] == "EXTERNAL"
    client.deregister_container_instance(cluster="prod", containerInstance=inside, force=True)
    assert reasons(run(client)) == [(outside, "ATTRIBUTE")]


def test_a20_groups(client: Checked) -> None:
    """DistinctInstance and task:group go by the group that is given, or the family."""
    one, two = add_machine(client), add_machine(client)
    define(client)
    define(client, "other")
    distinct = [{"type": "distinctInstance"}]
    first = run(client, group="batch", placementConstraints=distinct)
    second = run(client, group="batch", taskDefinition="other", placementConstraints=distinct)
    assert sorted(instances(first) + instances(second)) == sorted([one, two])
    assert run(client, group="batch", placementConstraints=distinct)["tasks"] == []
    away = [{"type": "memberOf", "expression": "not(task:group == family:web)"}]
    only = instances(run(client))[0]
    assert only not in instances(run(client, count=2, group="x", placementConstraints=away))


# Overrides


def test_overrides_are_applied_before_anything_is_computed(client: Checked) -> None:
    """2.2: sizes of the task and of containers, GPUs; what is shown is what was asked."""
    machine = add_machine(client, gpus=1)
    define(client)
    given = {
        "cpu": "0.5 vCPU",
        "containerOverrides": [
            {
                "name": "app",
                "memory": 300,
                "command": ["run"],
                "environment": [{"name": "A", "value": "1"}],
                "resourceRequirements": [{"type": "GPU", "value": "1"}],
            }
        ],
    }
    (task,) = run(client, overrides=given)["tasks"]
    assert (task["cpu"], task["memory"]) == ("512", "300")
    assert task["overrides"] == {**given, "inferenceAcceleratorOverrides": []}
    assert task["containers"][0]["memory"] == "300"
    assert task["containers"][0]["gpuIds"] == ["GPU-0"]
    assert remaining(client, machine, "CPU") == 512
    assert remaining(client, machine, "MEMORY") == 2048 - 300
    (plain,) = run(client)["tasks"]
    assert (plain["cpu"], plain["memory"]) == ("128", "256")


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        ({"containerOverrides": [{"name": "db"}]}, "container named db is not a container"),  # B26
        ({"containerOverrides": [{"cpu": 1}]}, "name is missing"),
        ({"containerOverrides": [{"name": "app"}, {"name": "app"}]}, "twice"),
        ({"containerOverrides": [{"name": "app", "cpu": -1}]}, "containerDefinitions[0].cpu"),
        ({"containerOverrides": [{"name": "app", "memory": 1}]}, "containerDefinitions[0].memory"),
        ({"memory": "100"}, "greater than for the task"),  # B39
        ({"cpu": "much"}, "cpu"),
        ({"taskRoleArn": "r" * 8192}, "8192"),
    ],
)
def test_wrong_overrides_are_refused(client: Checked, overrides: Document, message: str) -> None:
    machine = add_machine(client)
    define(client)
    with refusal(client, "InvalidParameterException", message):
        run(client, overrides=overrides)
    assert remaining(client, machine, "CPU") == 1024


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        (
            {"containerOverrides": [{"name": "app", "memory": 513}]},
            "The 'memory' setting for container 'app' is greater than for the task",
        ),
        (
            {"memory": "256", "containerOverrides": [{"name": "app", "memory": 300}]},
            "The 'memory' setting for container 'app' is greater than for the task",
        ),
        ({"memory": "64"}, "The 'memory' setting for container 'app' is greater than for the task"),
        (
            {"containerOverrides": [{"name": "app", "cpu": 257}]},
            "The sum of all container 'cpu' values cannot be greater than the value of the task",
        ),
        (
            {"containerOverrides": [{"name": "app", "memoryReservation": 300}]},
            "'memory' must be greater than or equal to 'memoryReservation'",
        ),
    ],
)
def test_b39_sizes_are_compared_after_overrides(
    client: Checked, overrides: Document, message: str
) -> None:
    """2.2, B39: RunTask refuses them as registering does, with its own class."""
    machine = add_machine(client)
    define(client, cpu="256", memory="512")
    with refusal(client, "InvalidParameterException", message):
        run(client, overrides=overrides)
    with refusal(client, "InvalidParameterException", message):
        client.start_task(
            cluster="prod", taskDefinition="web", containerInstances=[machine], overrides=overrides
        )
    assert remaining(client, machine, "CPU") == 1024
    fitting = {"cpu": "257", "containerOverrides": [{"name": "app", "cpu": 257, "memory": 512}]}
    assert run(client, overrides=fitting)["tasks"]


def test_b45_an_override_does_not_judge_what_ecs_has_registered() -> None:
    """A revision older than B39 runs with overrides that do not concern what is wrong with it."""
    container = {"name": "app", "image": "nginx", "cpu": 10, "memory": 256}
    arn = "arn:aws:ecs:us-east-1:123456789012:task-definition/web:1"
    old = {
        "taskDefinitionArn": arn,
        "family": "web",
        "revision": 1,
        "status": "ACTIVE",
        "memory": "128",
        "containerDefinitions": [container],
    }
    client = Client.from_ecs({"taskDefinition": old})
    client.create_cluster(clusterName="prod")
    add_machine(client)
    override = {"containerOverrides": [{"name": "app", "cpu": 20}]}
    assert client.run_task(cluster="prod", taskDefinition="web", overrides=override)["tasks"]


@pytest.mark.parametrize(
    ("requirement", "expected"),
    [({"value": "ALL"}, ["GPU-0", "GPU-1"]), ({"value": "0.5"}, ["GPU-0"])],
)
def test_b44_forms_of_gpus_in_overrides(
    client: Checked, requirement: Document, expected: list[str]
) -> None:
    machine = add_machine(client, gpus=2)
    define(client)
    given = {
        "containerOverrides": [
            {"name": "app", "resourceRequirements": [{"type": "GPU", **requirement}]}
        ]
    }
    (task,) = run(client, overrides=given)["tasks"]
    assert task["containers"][0]["gpuIds"] == expected
    left = remaining(client, machine, "GPU")
    assert (left or []) == [gpu for gpu in ("GPU-0", "GPU-1") if gpu not in expected]


def test_b44_all_gpus_of_an_instance(client: Checked) -> None:
    """ALL takes every GPU of an instance that has some, none of them in use."""
    add_machine(client)  # without GPUs
    machine = add_machine(client, gpus=2)
    one = {"type": "GPU", "value": "1"}
    define(client, container_resourceRequirements=[{"type": "GPU", "value": "ALL"}])
    define(client, "one", container_resourceRequirements=[one])
    (small,) = run(client, taskDefinition="one")["tasks"]
    assert "RESOURCE:GPU" in {reason for _, reason in reasons(run(client))}
    client.stop_task(cluster="prod", task=small["taskArn"])
    (task,) = run(client)["tasks"]
    assert task["containerInstanceArn"] == machine
    assert task["containers"][0]["gpuIds"] == ["GPU-0", "GPU-1"]
    assert not remaining(client, machine, "GPU")
    assert run(client, taskDefinition="one")["tasks"] == []
    client.stop_task(cluster="prod", task=task["taskArn"])
    assert len(run(client, taskDefinition="one", count=2)["tasks"]) == 2


@pytest.mark.parametrize("named", [True, False])
def test_b44_a_dump_knows_who_holds_all_gpus(client: Checked, named: bool) -> None:
    """Also where containers do not say which GPUs they have."""
    machine = add_machine(client, gpus=2)
    define(client, container_resourceRequirements=[{"type": "GPU", "value": "ALL"}])
    (task,) = run(client)["tasks"]
    document = json.loads(json.dumps(client.client.to_ecs("prod"), default=str))
    if not named:
        for container in document["tasks"][0]["containers"]:
            del container["gpuIds"]
    loaded = Client.from_ecs(document)
    assert not remaining(loaded, machine, "GPU")
    again = loaded.run_task(cluster="prod", taskDefinition="web")
    assert [one["reason"] for one in again["failures"]] == ["RESOURCE:GPU"]
    loaded.stop_task(cluster="prod", task=task["taskArn"])
    assert loaded.run_task(cluster="prod", taskDefinition="web")["tasks"]


def test_b44_a_container_beside_one_with_all_gpus_gets_what_it_asks_for(client: Checked) -> None:
    machine = add_machine(client, gpus=3)
    containers = [
        {"name": name, "image": "nginx", "memory": 64, "resourceRequirements": [gpus]}
        for name, gpus in (
            ("all", {"type": "GPU", "value": "ALL"}),
            ("one", {"type": "GPU", "value": "1"}),
        )
    ]
    client.register_task_definition(family="web", containerDefinitions=containers)
    (task,) = run(client)["tasks"]
    assert task["containerInstanceArn"] == machine
    assert [one["gpuIds"] for one in task["containers"]] == [["GPU-1", "GPU-2"], ["GPU-0"]]


def test_the_longest_overrides_are_taken(client: Checked) -> None:
    """2.2: 8,192 characters of JSON."""
    add_machine(client)
    define(client)
    rest = 8192 - len(json.dumps({"taskRoleArn": ""}, separators=(",", ":")))
    assert run(client, overrides={"taskRoleArn": "r" * rest})["tasks"]


# Networks


def test_2_4_a_task_with_an_interface_of_its_own(client: Checked) -> None:
    client.register_subnet(subnetId="subnet-a", vpcId="vpc-1", availabilityZone="us-east-1a")
    definition = define(
        client, networkMode="awsvpc", container_portMappings=[{"containerPort": 80}]
    )
    add_machine(client, attributes=able(definition) | ENI | {ZONE: "us-east-1b"})
    near = add_machine(client, attributes=able(definition) | ENI)
    (task,) = run(client, networkConfiguration=NETWORK)["tasks"]
    assert task["containerInstanceArn"] == near
    (attachment,) = task["attachments"]
    details = {one["name"]: one["value"] for one in attachment["details"]}
    assert (attachment["type"], attachment["status"]) == ("ElasticNetworkInterface", "ATTACHED")
    assert details["subnetId"] == "subnet-a"
    (container,) = task["containers"]
    assert container["networkBindings"] == []
    assert container["networkInterfaces"] == [
        {"attachmentId": attachment["id"], "privateIpv4Address": details["privateIPv4Address"]}
    ]


def test_a29_b22_vpc_and_zone_of_subnets(client: Checked) -> None:
    """VPC: ATTRIBUTE; zone: LOCATION; one that fits is enough; unknown ones check nothing."""
    definition = define(client, networkMode="awsvpc")
    machine = add_machine(client, attributes=able(definition) | ENI)
    places = {"sub-near": ("vpc-1", "us-east-1a"), "sub-far": ("vpc-1", "us-east-1b")}
    places |= {"sub-other": ("vpc-2", "us-east-1a")}
    for subnet, (vpc, zone) in places.items():
        client.register_subnet(subnetId=subnet, vpcId=vpc, availabilityZone=zone)

    def in_subnets(*subnets: str) -> Document:
        network = {"awsvpcConfiguration": {"subnets": list(subnets)}}
        return run(client, networkConfiguration=network)

    assert reasons(in_subnets("sub-far")) == [(machine, "LOCATION")]
    assert reasons(in_subnets("sub-other")) == [(machine, "ATTRIBUTE")]
    for subnets in (["sub-near"], ["sub-far", "sub-near"], ["unknown"], ["sub-far", "unknown"]):
        (task,) = in_subnets(*subnets)["tasks"]
        details = {one["name"]: one["value"] for one in task["attachments"][0]["details"]}
        assert details["subnetId"] == subnets[-1]
    with refusal(client, "InvalidParameterException", "different VPCs"):
        in_subnets("sub-near", "sub-other")


@pytest.mark.parametrize(
    ("mode", "network", "message"),
    [
        ("awsvpc", None, "must be provided when networkMode 'awsvpc'"),
        ("awsvpc", {}, "must be provided when networkMode 'awsvpc'"),
        ("awsvpc", {"awsvpcConfiguration": {"subnets": []}}, "subnets can not be empty"),
        ("awsvpc", {"awsvpcConfiguration": {"subnets": ["s"] * 17}}, "at most 16"),
        (
            "awsvpc",
            {"awsvpcConfiguration": {"subnets": ["s"], "securityGroups": ["g"] * 6}},
            "at most 5",
        ),
        (
            "awsvpc",
            {"awsvpcConfiguration": {"subnets": ["s"], "assignPublicIp": "ENABLED"}},
            "public IP",
        ),
        ("bridge", NETWORK, "not valid for the given networkMode"),
        ("host", NETWORK, "not valid for the given networkMode"),
    ],
)
def test_2_4_a_network_must_fit_the_mode(
    client: Checked, mode: str, network: Document | None, message: str
) -> None:
    add_machine(client, attributes=ENI)
    define(client, networkMode=mode)
    given = {} if network is None else {"networkConfiguration": network}
    with refusal(client, "InvalidParameterException", message):
        run(client, **given)


# Fargate


def fargate(client: Checked, **fields: Any) -> None:
    define(
        client,
        **{
            "networkMode": "awsvpc",
            "requiresCompatibilities": ["FARGATE"],
            "cpu": "256",
            "memory": "512",
            **fields,
        },
    )


def test_2_12_fargate_needs_no_instances_and_spreads_over_zones(client: Checked) -> None:
    for zone in "abc":
        client.register_subnet(subnetId=f"s-{zone}", vpcId="v", availabilityZone=zone)
    network = {"awsvpcConfiguration": {"subnets": ["s-a", "s-b", "s-c"]}}
    fargate(client)
    asked = {"launchType": "FARGATE", "networkConfiguration": network}
    tasks = [*run(client, count=2, **asked)["tasks"], *run(client, count=4, **asked)["tasks"]]
    assert sorted(task["availabilityZone"] for task in tasks) == list("aabbcc")
    for task in tasks:
        assert "containerInstanceArn" not in task
        assert (task["launchType"], task["platformFamily"]) == ("FARGATE", "Linux")
        details = {one["name"]: one["value"] for one in task["attachments"][0]["details"]}
        assert details["subnetId"] == f"s-{task['availabilityZone']}"
    assert tasks[0]["platformVersion"] == "1.4.0"


@pytest.mark.parametrize(
    ("parameters", "code", "message"),
    [
        ({"placementConstraints": [{"type": "distinctInstance"}]}, None, "placementConstraints"),
        ({"placementStrategy": [{"type": "random"}]}, None, "placementStrategy"),
        ({"platformVersion": "9.9"}, "PlatformUnknownException", "does not exist"),
        (
            {"overrides": {"cpu": "300"}},
            None,
            "for given values: 300 CPU",
        ),
    ],
)
def test_2_12_what_fargate_refuses(
    client: Checked, parameters: Document, code: str | None, message: str
) -> None:
    fargate(client)
    asked = {"launchType": "FARGATE", "networkConfiguration": NETWORK, **parameters}
    with refusal(client, code or "InvalidParameterException", message):
        run(client, **asked)


def test_2_12_a_definition_that_fargate_cannot_run(client: Checked) -> None:
    define(client)
    with refusal(client, "InvalidParameterException", "does not support launch_type FARGATE"):
        run(client, launchType="FARGATE")


# Refusals


@pytest.mark.parametrize(
    ("parameters", "code", "message"),
    [
        ({"taskDefinition": "none"}, "InvalidParameterException", "TaskDefinition not found"),
        ({"taskDefinition": "web:9"}, "InvalidParameterException", "TaskDefinition not found"),
        ({"count": 0}, "InvalidParameterException", "1 to 10"),
        ({"count": 11}, "InvalidParameterException", "1 to 10"),
        ({"group": "service:web"}, "InvalidParameterException", "Invalid namespace"),  # A22
        ({"group": ""}, "InvalidParameterException", "group"),
        ({"group": "g" * 256}, "InvalidParameterException", "255"),
        ({"startedBy": "s" * 129}, "InvalidParameterException", "128"),
        ({"startedBy": "a b"}, "InvalidParameterException", "startedBy"),
        ({"launchType": "MOON"}, "InvalidParameterException", "launchType"),
        ({"launchType": "MANAGED_INSTANCES"}, "InvalidParameterException", "MANAGED"),
        ({"platformVersion": "LATEST"}, "InvalidParameterException", "must be null"),
        ({"propagateTags": "SERVICE"}, "InvalidParameterException", "propagateTags"),
        ({"enableExecuteCommand": True}, "InvalidParameterException", "taskRoleArn"),
        ({"clientToken": ""}, "InvalidParameterException", "clientToken"),
        ({"clientToken": "t" * 65}, "InvalidParameterException", "clientToken"),
        (
            {"capacityProviderStrategy": [{"capacityProvider": "p"}]},
            "InvalidParameterException",
            "capacity provider name is invalid",
        ),
        (
            {"capacityProviderStrategy": [{"capacityProvider": "p"}], "launchType": "EC2"},
            "InvalidParameterException",
            "both a launch type and capacity provider strategy",
        ),
        (
            {"tags": [{"key": "k", "value": "1"}, {"key": "k", "value": "2"}]},
            "InvalidParameterException",
            "Duplicate",
        ),
        (
            {"placementConstraints": [{"type": "distinctInstance", "expression": "a"}]},
            "InvalidParameterException",
            "distinctInstance expression should not be specified",  # 2.6
        ),
        (
            {"placementConstraints": [{"type": "memberOf"}]},
            "InvalidParameterException",
            "memberOf needs expression",
        ),
        (
            {"placementConstraints": [{"type": "memberOf", "expression": "attribute:a ="}]},
            "InvalidParameterException",
            "attribute:a =",
        ),
        (
            {"placementConstraints": [{"type": "distinctInstance"}] * 11},
            "InvalidParameterException",
            "at most 10",
        ),
        ({"placementStrategy": [{"type": "spread"}]}, "InvalidParameterException", "field"),  # B24
        ({"placementStrategy": [{"type": "binpack"}]}, "InvalidParameterException", "field"),
        (
            {"placementStrategy": [{"type": "binpack", "field": "gpu"}]},
            "InvalidParameterException",
            "binpack field 'gpu' is invalid.",  # S2.4
        ),
        (
            {"placementStrategy": [{"type": "spread", "field": "InstanceId"}]},
            "InvalidParameterException",
            "instanceId",
        ),
        ({"placementStrategy": [{"type": "random"}] * 6}, "InvalidParameterException", "at most 5"),
    ],
)
def test_a_refused_call_changes_nothing(
    client: Checked, parameters: Document, code: str, message: str
) -> None:
    """B23 and the limits; the next answer is as if the call had not been made."""
    machine = add_machine(client)
    define(client)
    with refusal(client, code, message):
        run(client, **parameters)
    assert remaining(client, machine, "CPU") == 1024
    assert client.list_tasks(cluster="prod")["taskArns"] == []


def test_2_6_ten_constraints_over_both_levels(client: Checked) -> None:
    add_machine(client)
    expression = {"type": "memberOf", "expression": f"attribute:{ZONE} exists"}
    define(client, placementConstraints=[expression] * 6)
    assert run(client, placementConstraints=[expression] * 4)["tasks"]
    with refusal(client, "InvalidParameterException", "at most 10"):
        run(client, placementConstraints=[expression] * 5)


def test_b24_binpack_takes_its_field_in_any_case_and_random_takes_none(client: Checked) -> None:
    add_machine(client, memory=4096)
    small = add_machine(client)
    define(client)
    packed = run(client, placementStrategy=[{"type": "binpack", "field": "MEMORY"}])
    assert instances(packed) == [small]
    for field in ("x", "", "cpu"):
        with refusal(client, "InvalidParameterException", "random field should not be specified."):
            run(client, placementStrategy=[{"type": "random", "field": field}])
    assert run(client, placementStrategy=[{"type": "random"}])["tasks"]


def test_an_inactive_definition_is_refused(client: Checked) -> None:
    add_machine(client)
    define(client)
    client.deregister_task_definition(taskDefinition="web:1")
    with refusal(client, "InvalidParameterException", "inactive"):  # as outputs of RunTask show
        run(client, taskDefinition="web:1")


def test_c5_a_pattern_that_takes_too_long_changes_nothing(client: Checked) -> None:
    """Only names that the engine has learned stay."""
    machine = add_machine(client, slow="a" * 64)
    define(client)
    expression = r"attribute:slow =~ '(?=a)(a+)+(a+)+b\1'"
    limits = [{"type": "memberOf", "expression": expression}]
    with pytest.raises(ClientError, match="gave no answer") as caught:
        run(client, placementConstraints=limits)
    assert caught.value.response["Error"]["Code"] == "InvalidParameterException"
    assert remaining(client, machine, "CPU") == 1024
    assert len(run(client)["tasks"]) == 1


# Further parameters


def test_execute_command_needs_a_capability(client: Checked) -> None:
    definition = define(client, taskRoleArn="arn:aws:iam::123456789012:role/r")
    plain = add_machine(client, attributes=able(definition))
    assert reasons(run(client, enableExecuteCommand=True)) == [(plain, "ATTRIBUTE")]
    ready = add_machine(
        client, attributes=able(definition) | {"ecs.capability.execute-command": ""}
    )
    (task,) = run(client, enableExecuteCommand=True)["tasks"]
    assert (task["containerInstanceArn"], task["enableExecuteCommand"]) == (ready, True)
    assert task["containers"][0]["managedAgents"][0]["name"] == "ExecuteCommandAgent"


def test_tags_of_the_definition_are_propagated_when_asked(client: Checked) -> None:
    add_machine(client)
    tags = [{"key": "a", "value": "1"}, {"key": "b", "value": "2"}]
    define(client, tags=tags)
    own = [{"key": "b", "value": "3"}]
    assert run(client)["tasks"][0]["tags"] == []
    (task,) = run(client, propagateTags="TASK_DEFINITION", tags=own)["tasks"]
    assert task["tags"] == [{"key": "a", "value": "1"}, {"key": "b", "value": "3"}]


def test_a_client_token_stands_for_one_call(client: Checked, clock: Any) -> None:
    """The same call again starts nothing, another one is a conflict, a day later all is new."""
    add_machine(client)
    define(client)
    first = run(client, clientToken="t")
    client.stop_task(cluster="prod", task=first["tasks"][0]["taskArn"])
    assert run(client, clientToken="t") == first
    with refusal(client, "ConflictException"):
        run(client, clientToken="t", count=2)
    assert client.list_tasks(cluster="prod")["taskArns"] == []
    clock.now += timedelta(hours=24)
    assert run(client, clientToken="t", count=2)["tasks"][0] != first["tasks"][0]


def test_a_call_that_placed_nothing_may_be_tried_again_with_its_token(client: Checked) -> None:
    machine = add_machine(client)
    define(client)
    client.set_agent_connected("prod", machine, False)
    assert run(client, clientToken="t")["tasks"] == []
    client.set_agent_connected("prod", machine, True)
    assert len(run(client, clientToken="t")["tasks"]) == 1


def test_an_answer_is_the_callers_own(client: Checked) -> None:
    add_machine(client)
    define(client)
    answer = run(client)
    arn = answer["tasks"][0]["taskArn"]
    answer["tasks"][0]["containers"].clear()
    (task,) = client.describe_tasks(cluster="prod", tasks=[arn])["tasks"]
    assert len(task["containers"]) == 1


def test_c5_a_call_without_an_answer_leaves_ids_and_chance_as_they_were(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A pattern that gives no answer when the failures are asked for: nothing has happened."""
    tried, never = Client(seed=3), Client(seed=3)
    for each in (tried, never):
        each.create_cluster(clusterName="prod")
        for _ in range(3):
            add_machine(each)
        define(each)

    def no_answer(placed: Placement) -> Any:
        raise RegexTimeout("(a+)+", "a" * placed.unplaced, Span(0, 5), 100)

    too_much = {"containerOverrides": [{"name": "app", "memory": 900}]}
    with monkeypatch.context() as patch:
        patch.setattr(Placement, "explain", no_answer)
        with pytest.raises(ClientError, match="InvalidParameterException"):
            tried.run_task(cluster="prod", taskDefinition="web", count=10, overrides=too_much)
    assert tried.describe_clusters(clusters=["prod"]) == never.describe_clusters(clusters=["prod"])
    for each in (tried, never):
        each.run_task(cluster="prod", taskDefinition="web", count=5)
    shown = [
        [
            task["containerInstanceArn"]
            for task in each.describe_tasks(
                cluster="prod", tasks=each.list_tasks(cluster="prod")["taskArns"]
            )["tasks"]
        ]
        for each in (tried, never)
    ]
    assert shown[0] == shown[1]
    assert len(shown[0]) == 5
