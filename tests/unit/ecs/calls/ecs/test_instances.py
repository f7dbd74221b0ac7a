"""Container instances: what is registered, what is shown, what changes them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from against_botocore import Checked
from memory import refused
from placement.ecs import ParamValidationError
from placement.ecs.control.statuses import LifecycleStatus
from placement.engine.request import Task

ARN = "arn:aws:ecs:us-east-1:123456789012"
PORTS = ["22", "2375", "2376", "51678", "51679"]


def number(name: str, value: Any, kind: str = "INTEGER") -> dict[str, Any]:
    field = {"INTEGER": "integerValue", "LONG": "longValue", "DOUBLE": "doubleValue"}[kind]
    return {"name": name, "type": kind, field: value}


def texts(name: str, values: list[str]) -> dict[str, Any]:
    return {"name": name, "type": "STRINGSET", "stringSetValue": values}


def values(resources: list[dict[str, Any]]) -> dict[str, Any]:
    """Return resources as names and values."""
    fields = {"INTEGER": "integerValue", "LONG": "longValue", "DOUBLE": "doubleValue"}
    return {one["name"]: one[fields.get(one["type"], "stringSetValue")] for one in resources}


@pytest.fixture
def client(checked_client: Checked) -> Checked:
    checked_client.create_cluster()
    return checked_client


def register(client: Checked, **parameters: Any) -> dict[str, Any]:
    instance: dict[str, Any] = client.register_container_instance(**parameters)["containerInstance"]
    return instance


def described(client: Checked, arn: str, **more: Any) -> dict[str, Any]:
    answer = client.describe_container_instances(containerInstances=[arn], **more)
    assert answer["failures"] == []
    [instance] = answer["containerInstances"]
    return dict(instance)


def engine(client: Checked) -> Any:
    return client.client._account.clusters["default"].engine


def hold(client: Checked, arn: str, task: Task | None = None) -> int:
    """Put a task on an instance, as the engine would."""
    added: int = engine(client).add_task(arn, "g", task)
    return added


# Registering


def test_what_is_registered_is_what_is_described(client: Checked) -> None:
    instance = register(
        client,
        instanceIdentityDocument=json.dumps({"instanceId": "i-0123", "region": "us-east-1"}),
        totalResources=[
            number("CPU", 2048),
            number("MEMORY", 3768),
            texts("PORTS", ["22"]),
            texts("PORTS_UDP", ["53"]),
            texts("GPU", ["GPU-a", "GPU-b"]),
            number("licences", 3),
            number("disk", 2**40, "LONG"),
            number("weight", 2.0, "DOUBLE"),
            texts("NEURON_CORES", ["0", "1"]),
        ],
        versionInfo={"agentVersion": "1.80.0", "dockerVersion": "20.10"},
        attributes=[{"name": "stack", "value": "prod"}, {"name": "ecs.capability.task-eni"}],
        tags=[{"key": "team", "value": "a"}],
    )
    id = instance["containerInstanceArn"].rpartition("/")[2]
    assert instance["containerInstanceArn"] == f"{ARN}:container-instance/default/{id}"
    assert instance["ec2InstanceId"] == "i-0123"
    assert instance["version"] == 1
    assert instance["versionInfo"] == {"agentVersion": "1.80.0", "dockerVersion": "20.10"}
    assert (instance["status"], instance["agentConnected"]) == ("ACTIVE", True)
    assert (instance["runningTasksCount"], instance["pendingTasksCount"]) == (0, 0)
    assert instance["attributes"] == [
        {"name": "stack", "value": "prod"},
        {"name": "ecs.capability.task-eni"},
    ]
    assert instance["attachments"] == []
    expected = {
        "CPU": 2048,
        "MEMORY": 3768,
        "PORTS": ["22"],
        "PORTS_UDP": ["53"],
        "GPU": ["GPU-a", "GPU-b"],
        "licences": 3,
        "disk": 2**40,
        "weight": 2.0,
        "NEURON_CORES": ["0", "1"],
    }
    assert values(instance["registeredResources"]) == expected
    assert instance["remainingResources"] == instance["registeredResources"]
    assert instance["tags"] == [{"key": "team", "value": "a"}]
    assert described(client, id) == {**instance, "tags": []}
    assert described(client, id, include=["TAGS"]) == instance


def test_nothing_is_added_that_was_not_given(client: Checked) -> None:
    """B7, B12, B13, C9: no resources are 0, ports are those that the agent reserves."""
    instance = register(client)
    assert instance["attributes"] == []
    assert "ec2InstanceId" not in instance
    assert values(instance["registeredResources"]) == {
        "CPU": 0,
        "MEMORY": 0,
        "PORTS": PORTS,
        "PORTS_UDP": [],
    }
    assert instance["registeredResources"][0] == {
        "name": "CPU",
        "type": "INTEGER",
        "doubleValue": 0.0,
        "longValue": 0,
        "integerValue": 0,
    }


def test_a_windows_machine_reserves_other_ports(client: Checked) -> None:
    """B13."""
    instance = register(client, attributes=[{"name": "ecs.os-type", "value": "windows"}])
    ports = values(instance["registeredResources"])["PORTS"]
    assert "3389" in ports
    assert "22" not in ports


def test_gpus_of_platform_devices_are_the_resource_gpu(client: Checked) -> None:
    devices = [{"id": "GPU-1", "type": "GPU"}, {"id": "n-1", "type": "NEURON_DEVICE"}]
    instance = register(client, platformDevices=devices)
    assert values(instance["remainingResources"])["GPU"] == ["GPU-1"]
    assert engine(client).usage(instance["containerInstanceArn"]).free_gpus == ("GPU-1",)
    with refused(client, "InvalidParameterException", "platformDevices"):
        register(client, platformDevices=devices, totalResources=[texts("GPU", ["GPU-2"])])


@pytest.mark.parametrize(
    "parameters",
    [
        {"totalResources": [number("CPU", 1), number("CPU", 1)]},
        {"totalResources": [number("CPU", -1)]},
        {"totalResources": [number("CPU", 1, "LONG")]},
        {"totalResources": [{"name": "CPU", "type": "INTEGER", "longValue": 1}]},
        {"totalResources": [{"name": "CPU", "type": "FLOAT", "integerValue": 1}]},
        {"totalResources": [{"type": "INTEGER", "integerValue": 1}]},
        {"totalResources": [{"name": "CPU", "integerValue": 1}]},
        {"totalResources": [number("cpu", 1)]},
        {"totalResources": [number("half", 0.5, "DOUBLE")]},
        {"totalResources": [number("much", 2**60, "LONG")]},
        {"totalResources": [number("GPU", 2)]},
        {"totalResources": [texts("GPU", ["a", "a"])]},
        {"totalResources": [texts("GPU", [str(place) for place in range(65)])]},
        {"totalResources": [texts("PORTS", ["0"])]},
        {"totalResources": [texts("PORTS", ["65536"])]},
        {"totalResources": [texts("PORTS", ["http"])]},
        {"totalResources": [texts("PORTS", ["22", "022"])]},
        {"totalResources": [texts("PORTS", [str(port) for port in range(1, 102)])]},
        {"platformDevices": [{"id": "a", "type": "TOASTER"}]},
        {"instanceIdentityDocument": "{"},
        {"instanceIdentityDocument": "[]"},
        {"instanceIdentityDocument": "{}"},
        {"instanceIdentityDocument": '{"instanceId": 1}'},
        {"instanceIdentityDocument": "[" * 60_000},
        {"instanceIdentityDocument": " " * 70_000},
        {"versionInfo": {"agentVersion": "1\x00"}},
        {"attributes": [{"name": "a"}, {"name": "a"}]},
        {"attributes": [{"name": "a b"}]},
        {"attributes": [{"name": "a", "value": ""}]},
        {"attributes": [{"name": "a", "targetType": "cluster"}]},
        {"attributes": [{"name": f"a{place}"} for place in range(11)]},
        {"tags": [{"key": "aws:x"}]},
    ],
    ids=lambda parameters: str(parameters)[:70],
)
def test_what_is_not_registered(client: Checked, parameters: dict[str, Any]) -> None:
    """1.5, 2.3, B16, B20; nothing has changed afterwards, not even the ids to come."""
    with refused(client, "InvalidParameterException"):
        register(client, **parameters)


def test_a_hundred_ports_and_ten_custom_attributes_are_the_most(client: Checked) -> None:
    """B16, B20: built-in attributes do not count."""
    tcp = [str(port) for port in range(1, 61)]
    udp = [str(port) for port in range(1, 41)]
    attributes = [{"name": f"a{place}"} for place in range(10)]
    attributes += [{"name": f"ecs.capability.c{place}"} for place in range(30)]
    attributes += [{"name": "com.amazonaws.ecs.capability.x"}]
    resources = [texts("PORTS", tcp), texts("PORTS_UDP", udp)]
    assert (
        len(register(client, totalResources=resources, attributes=attributes)["attributes"]) == 41
    )
    with refused(client, "InvalidParameterException", "Too many ports"):
        register(client, totalResources=[texts("PORTS", tcp), texts("PORTS_UDP", [*udp, "99"])])


def test_a_cluster_has_room_for_5000_instances(client: Checked) -> None:
    for _ in range(5000):
        last = client.client.register_container_instance()["containerInstance"]
    with refused(client, "ClientException", "5000"):
        register(client)
    client.deregister_container_instance(containerInstance=last["containerInstanceArn"])
    register(client)


def test_registering_needs_the_cluster(client: Checked) -> None:
    with refused(client, "ClusterNotFoundException"):
        register(client, cluster="nope")


# Registering again


def test_an_agent_comes_back(client: Checked) -> None:
    """The ARN stays, and so do custom attributes; capabilities are those it names now."""
    first = register(
        client,
        totalResources=[number("CPU", 1024)],
        versionInfo={"agentVersion": "1.0.0"},
        attributes=[
            {"name": "ecs.instance-type", "value": "m5.large"},
            {"name": "ecs.capability.old"},
            {"name": "stack", "value": "prod"},
        ],
        tags=[{"key": "a", "value": "1"}, {"key": "b", "value": "1"}],
    )
    arn = first["containerInstanceArn"]
    task = hold(client, arn, Task(cpu=100))
    client.set_agent_connected("default", arn, False)
    again = register(
        client,
        containerInstanceArn=arn,
        totalResources=[number("CPU", 1024)],
        versionInfo={"agentVersion": "1.1.0"},
        attributes=[
            {"name": "ecs.instance-type", "value": "m5.large"},
            {"name": "ecs.capability.new"},
        ],
        tags=[{"key": "b", "value": "2"}],
    )
    assert again["containerInstanceArn"] == arn
    assert again["registeredAt"] == first["registeredAt"]
    assert again["agentConnected"] is True
    assert again["versionInfo"] == {"agentVersion": "1.1.0"}
    assert again["version"] == 3
    names = {one["name"] for one in again["attributes"]}
    assert names == {"ecs.instance-type", "ecs.capability.new", "stack"}
    assert again["tags"] == [{"key": "a", "value": "1"}, {"key": "b", "value": "2"}]
    assert values(again["remainingResources"])["CPU"] == 924
    assert engine(client).tasks_on(arn) == [task]
    selected = client.list_container_instances(filter="agentVersion == 1.1.0")
    assert selected["containerInstanceArns"] == [arn]
    assert len(client.list_container_instances()["containerInstanceArns"]) == 1


def test_an_agent_that_says_nothing_new_changes_nothing(client: Checked) -> None:
    first = register(client, attributes=[{"name": "a", "value": "b"}], tags=[{"key": "k"}])
    assert register(client, containerInstanceArn=first["containerInstanceArn"]) == first


@pytest.mark.parametrize(
    "parameters",
    [
        {"attributes": [{"name": "ecs.instance-type", "value": "m5.xlarge"}]},
        {"totalResources": [number("CPU", 2048)]},
        {"instanceIdentityDocument": '{"instanceId": "i-2"}'},
    ],
    ids=str,
)
def test_another_machine_does_not_take_over_an_arn(
    client: Checked, parameters: dict[str, Any]
) -> None:
    arn = register(
        client,
        instanceIdentityDocument='{"instanceId": "i-1"}',
        totalResources=[number("CPU", 1024)],
        attributes=[{"name": "ecs.instance-type", "value": "m5.large"}],
    )["containerInstanceArn"]
    with refused(client, "ClientException", "type changes are not supported"):
        register(client, containerInstanceArn=arn, **parameters)


def test_registering_again_is_refused_whole(client: Checked) -> None:
    attributes = [{"name": f"a{place}"} for place in range(10)]
    arn = register(client, attributes=attributes)["containerInstanceArn"]
    for parameters in (
        {"attributes": [{"name": "b"}]},
        {"versionInfo": {"agentVersion": "\x00"}},
        {"tags": [{"key": "aws:a"}]},
        {"instanceIdentityDocument": "x"},
    ):
        with refused(client, "InvalidParameterException"):
            register(client, containerInstanceArn=arn, **parameters)
    client.deregister_container_instance(containerInstance=arn)
    for gone in (arn, f"{ARN}:container-instance/default/nope"):
        with refused(client, "InvalidParameterException", "not found"):
            register(client, containerInstanceArn=gone)


# Leaving


def test_deregistered_instances_are_described_and_not_listed(client: Checked) -> None:
    arn = register(client, attributes=[{"name": "a"}], tags=[{"key": "k"}])["containerInstanceArn"]
    gone = client.deregister_container_instance(containerInstance=arn)["containerInstance"]
    assert (gone["status"], gone["version"]) == ("INACTIVE", 2)
    assert client.list_container_instances()["containerInstanceArns"] == []
    assert described(client, arn, include=["TAGS"]) == gone
    [cluster] = client.describe_clusters()["clusters"]
    assert cluster["registeredContainerInstancesCount"] == 0
    for id in (arn, "nope"):
        with refused(client, "InvalidParameterException", "not found"):
            client.deregister_container_instance(containerInstance=id)


def test_tasks_keep_an_instance_unless_it_is_forced(client: Checked) -> None:
    """B17."""
    arn = register(client)["containerInstanceArn"]
    hold(client, arn)
    with refused(client, "InvalidParameterException", "Found running tasks on the instance"):
        client.deregister_container_instance(containerInstance=arn)
    with refused(client, "InvalidParameterException", "Found running tasks"):
        client.deregister_container_instance(containerInstance=arn, force=False)
    client.deregister_container_instance(containerInstance=arn, force=True)
    assert engine(client).task_counts().sum() == 0


# Describing


def test_what_is_taken_and_what_is_free(client: Checked) -> None:
    """2.2, B14: PORTS lists what is taken, GPU what is free."""
    arn = register(
        client,
        totalResources=[
            number("CPU", 1000),
            number("MEMORY", 900),
            texts("PORTS", ["51678", "22"]),
            texts("GPU", ["x", "y"]),
            number("licences", 3),
        ],
    )["containerInstanceArn"]
    task = Task(
        cpu=100,
        memory=200,
        gpus=1,
        tcp_ports=(8080, 80),
        udp_ports=(53,),
        resources={"licences": 1},
    )
    hold(client, arn, task)
    instance = described(client, arn)
    assert values(instance["remainingResources"]) == {
        "CPU": 900,
        "MEMORY": 700,
        "PORTS": ["51678", "22", "80", "8080"],
        "PORTS_UDP": ["53"],
        "GPU": ["y"],
        "licences": 2,
    }
    assert values(instance["registeredResources"])["PORTS"] == ["51678", "22"]
    assert instance["runningTasksCount"] == 1


def test_unknown_instances_are_failures(client: Checked) -> None:
    """2.13."""
    client.create_cluster(clusterName="other")
    arn = register(client)["containerInstanceArn"]
    there = register(client, cluster="other")["containerInstanceArn"]
    answer = client.describe_container_instances(containerInstances=["a", arn, arn, there, "a"])
    assert [one["containerInstanceArn"] for one in answer["containerInstances"]] == [arn]
    assert answer["failures"] == [
        {"arn": f"{ARN}:container-instance/default/a", "reason": "MISSING"},
        {"arn": there, "reason": "MISSING"},
    ]


def test_health_is_not_known(client: Checked) -> None:
    arn = register(client)["containerInstanceArn"]
    health = described(client, arn, include=["CONTAINER_INSTANCE_HEALTH"])["healthStatus"]
    assert health == {"overallStatus": "INSUFFICIENT_DATA", "details": []}
    assert "healthStatus" not in described(client, arn)


@pytest.mark.parametrize(
    "parameters",
    [
        {"containerInstances": []},
        {"containerInstances": ["a"] * 101},
        {"containerInstances": ["a"], "include": ["TAG"]},
    ],
    ids=lambda parameters: str(parameters)[:50],
)
def test_descriptions_that_are_refused(client: Checked, parameters: dict[str, Any]) -> None:
    with refused(client, "InvalidParameterException"):
        client.describe_container_instances(**parameters)


# Listing


def test_a_filter_selects(client: Checked) -> None:
    """1.1; the status is another filter."""
    arns = [
        register(client, attributes=[{"name": "stack", "value": stack}])["containerInstanceArn"]
        for stack in ("prod", "dev", "prod")
    ]
    register(client)

    def listed(**parameters: Any) -> list[int]:
        found = client.list_container_instances(**parameters)["containerInstanceArns"]
        return [arns.index(arn) for arn in found]

    prod = "attribute:stack == prod"
    assert listed(filter=prod) == [0, 2]
    client.update_container_instances_state(containerInstances=[arns[2]], status="DRAINING")
    assert listed(filter=prod) == [0, 2]
    assert listed(filter=prod, status="ACTIVE") == [0]
    assert listed(status="DRAINING") == [2]
    hold(client, arns[1])
    assert listed(filter="task:group == g") == listed(filter="runningTasksCount > 0") == [1]
    first = client.list_container_instances(filter=prod, maxResults=1)
    assert first["containerInstanceArns"] == [arns[0]]
    rest = listed(filter=prod, maxResults=1, nextToken=first["nextToken"])
    assert rest == [2]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "empty"),
        ("   ", "empty"),
        ("attribute:stack = prod", r"did you mean ==\?\n    attribute:stack = prod\n +\^"),
        ("stack == prod", r"\^"),
        ("attribute:a == " + "b" * 2000, "2,?000"),
    ],
    ids=["empty", "blank", "operator", "subject", "long"],
)
def test_a_filter_that_is_no_expression(client: Checked, text: str, words: str) -> None:
    """B10, A1: the message shows where."""
    with refused(client, "InvalidParameterException", words):
        client.list_container_instances(filter=text)


def test_a_filter_that_takes_too_long_is_refused(client: Checked) -> None:
    """C5: never taken as false."""
    register(client, attributes=[{"name": "a", "value": "a" * 128}])
    with refused(client, "InvalidParameterException", "no answer"):
        client.list_container_instances(filter=r"attribute:a =~ '(?=a)(a+)+(a+)+b\1'")


def test_a_status_that_nothing_is_listed_by(client: Checked) -> None:
    for status in ("INACTIVE", "active", ""):
        with refused(client, "InvalidParameterException", "status"):
            client.list_container_instances(status=status)


# Changing


def test_draining_and_back(client: Checked) -> None:
    """B19: unknown instances are failures, the others are changed."""
    arn = register(client)["containerInstanceArn"]
    gone = register(client)["containerInstanceArn"]
    client.deregister_container_instance(containerInstance=gone)
    change = {"containerInstances": [arn, gone, "nope", arn], "status": "DRAINING"}
    answer = client.update_container_instances_state(**change)
    [changed] = answer["containerInstances"]
    assert (changed["status"], changed["version"]) == ("DRAINING", 2)
    assert answer["failures"] == [
        {"arn": f"{ARN}:container-instance/default/nope", "reason": "MISSING"},
        {"arn": gone, "reason": "INACTIVE"},
    ]
    [again] = client.update_container_instances_state(**change)["containerInstances"]
    assert again["version"] == 2
    back = client.update_container_instances_state(containerInstances=[arn], status="ACTIVE")
    assert (back["containerInstances"][0]["status"], back["failures"]) == ("ACTIVE", [])


@pytest.mark.parametrize(
    "parameters",
    [
        {"containerInstances": ["a"], "status": "INACTIVE"},
        {"containerInstances": ["a"], "status": "REGISTERING"},
        {"containerInstances": ["a"], "status": "draining"},
        {"containerInstances": [], "status": "ACTIVE"},
        {"containerInstances": [str(place) for place in range(11)], "status": "ACTIVE"},
    ],
    ids=lambda parameters: str(parameters)[-40:],
)
def test_updates_that_are_refused(client: Checked, parameters: dict[str, Any]) -> None:
    """B19."""
    with refused(client, "InvalidParameterException"):
        client.update_container_instances_state(**parameters)


def test_the_agent_connects_and_disconnects(client: Checked) -> None:
    arn = register(client)["containerInstanceArn"]
    id = arn.rpartition("/")[2]
    off = client.set_agent_connected("default", id, False)["containerInstance"]
    assert (off["agentConnected"], off["version"]) == (False, 2)
    listed = client.list_container_instances(filter="agentConnected == false")
    assert listed["containerInstanceArns"] == [arn]
    same = client.set_agent_connected(cluster="default", containerInstance=arn, connected=False)
    assert same["containerInstance"] == off
    on = client.set_agent_connected("default", arn, True)["containerInstance"]
    assert (on["agentConnected"], on["version"]) == (True, 3)
    with refused(client, "InvalidParameterException", "not found"):
        client.set_agent_connected("default", "nope", True)
    with refused(client, "ClusterNotFoundException"):
        client.set_agent_connected("nope", arn, True)
    for wrong in (("default", arn, "true"), ("default", None, True), (1, arn, True)):
        with pytest.raises(ParamValidationError):
            client.set_agent_connected(*wrong)


def test_subnets_are_told_or_learned(client: Checked) -> None:
    """B22: what is told wins, whenever it is told."""
    names = ("ecs.subnet-id", "ecs.vpc-id", "ecs.availability-zone")

    def at(*texts: str) -> list[dict[str, str]]:
        return [{"name": name, "value": text} for name, text in zip(names, texts, strict=False)]

    register(client, attributes=at("subnet-1", "vpc-1", "us-east-1a"))
    register(client, attributes=at("subnet-2", "vpc-1"))
    client.register_subnet(subnetId="subnet-3", vpcId="vpc-1", availabilityZone="us-east-1c")
    register(client, attributes=at("subnet-3", "vpc-9", "us-east-1z"))
    assert client.client._account.subnets == {
        "subnet-1": ("vpc-1", "us-east-1a"),
        "subnet-3": ("vpc-1", "us-east-1c"),
    }
    client.register_subnet(subnetId="subnet-1", vpcId="vpc-2", availabilityZone="us-east-1b")
    assert client.client._account.subnets["subnet-1"] == ("vpc-2", "us-east-1b")
    with refused(client, "InvalidParameterException"):
        client.register_subnet(subnetId="", vpcId="vpc-1", availabilityZone="a")
    with pytest.raises(ParamValidationError):
        client.register_subnet(subnetId="a", vpcId=None, availabilityZone="a")


# With tasks of the client


def run(client: Checked, **parameters: Any) -> list[str]:
    container = {"name": "a", "image": "b", "cpu": 10, "memory": 10}
    client.register_task_definition(family="f", containerDefinitions=[container])
    answer = client.run_task(taskDefinition="f", **parameters)
    return [task["taskArn"] for task in answer["tasks"]]


def test_the_version_rises_with_tasks(client: Checked) -> None:
    """As the service's own does: with each event of the container instance, not with attributes."""
    arn = register(client, totalResources=[number("CPU", 99), number("MEMORY", 99)])[
        "containerInstanceArn"
    ]
    [task, _] = run(client, count=2)
    assert described(client, arn)["version"] == 3
    client.stop_task(task=task)
    client.stop_task(task=task)
    assert described(client, arn)["version"] == 4
    client.put_attributes(attributes=[{"name": "a", "targetId": arn}])
    assert described(client, arn)["version"] == 4
    client.start_task(taskDefinition="f", containerInstances=[arn])
    assert described(client, arn)["version"] == 5


def test_an_instance_that_is_deregistered_with_force_ends_its_tasks(client: Checked) -> None:
    """D107, B17: at that instant; they count for nothing any more."""
    arn = register(client, totalResources=[number("CPU", 99), number("MEMORY", 99)])[
        "containerInstanceArn"
    ]
    tasks = run(client, count=2)
    [cluster] = client.describe_clusters()["clusters"]
    assert cluster["runningTasksCount"] == 2
    with refused(client, "InvalidParameterException", "Found running tasks"):
        client.deregister_container_instance(containerInstance=arn)
    gone = client.deregister_container_instance(containerInstance=arn, force=True)
    assert gone["containerInstance"]["runningTasksCount"] == 0
    for task in client.describe_tasks(tasks=tasks)["tasks"]:
        assert (task["lastStatus"], task["stopCode"]) == ("STOPPED", "UserInitiated")
        assert task["stoppedReason"] == "Container instance deregistration forced by user"
    [cluster] = client.describe_clusters()["clusters"]
    assert cluster["runningTasksCount"] == 0
    assert client.stop_task(task=tasks[0])["task"]["lastStatus"] == "STOPPED"
    assert client.delete_cluster(cluster="default")["cluster"]["status"] == "INACTIVE"


def test_pending_tasks_are_counted(client: Checked) -> None:
    """A19: a task that is PENDING and shall run is in both counts; the cluster's part them."""
    arn = register(client, totalResources=[number("CPU", 99), number("MEMORY", 99)])[
        "containerInstanceArn"
    ]
    task, _ = run(client, count=2)
    record = client.client._account.clusters["default"].tasks[task.rpartition("/")[2]]
    record.last_status = LifecycleStatus.PENDING
    instance = described(client, arn)
    assert (instance["runningTasksCount"], instance["pendingTasksCount"]) == (2, 1)
    [cluster] = client.describe_clusters(include=["STATISTICS"])["clusters"]
    assert (cluster["runningTasksCount"], cluster["pendingTasksCount"]) == (1, 1)
    statistics = {one["name"]: one["value"] for one in cluster["statistics"]}
    assert statistics["pendingEC2TasksCount"] == "1"


def test_a_cluster_with_tasks_on_fargate_is_not_deleted(client: Checked) -> None:
    container = {"name": "a", "image": "b"}
    client.register_task_definition(
        family="far",
        containerDefinitions=[container],
        cpu="256",
        memory="512",
        networkMode="awsvpc",
        requiresCompatibilities=["FARGATE"],
    )
    network = {"awsvpcConfiguration": {"subnets": ["subnet-1"]}}
    started = client.run_task(
        taskDefinition="far", launchType="FARGATE", networkConfiguration=network
    )
    with refused(client, "ClusterContainsTasksException"):
        client.delete_cluster(cluster="default")
    [cluster] = client.describe_clusters(include=["STATISTICS"])["clusters"]
    statistics = {one["name"]: one["value"] for one in cluster["statistics"]}
    assert statistics["runningFargateTasksCount"] == "1"
    client.stop_task(task=started["tasks"][0]["taskArn"])
    client.delete_cluster(cluster="default")
