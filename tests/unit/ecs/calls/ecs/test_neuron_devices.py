"""Tasks that want Neuron devices, in an account (B44)."""

from __future__ import annotations

import copy
import json
import pickle
from typing import Any

import pytest

from against_botocore import Checked
from placement.ecs import Client, Session, Timing
from tasks_world import add_machine, define, remaining, resources

Document = dict[str, Any]
NEURON = {"type": "NeuronDevice", "value": "ALL"}
RESOURCES = ("registeredResources", "remainingResources")
CORES = {"name": "NEURON_CORES", "type": "STRINGSET", "stringSetValue": ["0", "1"]}


@pytest.fixture
def client(checked_client: Checked) -> Checked:
    checked_client.create_cluster(clusterName="prod")
    return checked_client


def neuron_machine(client: Any, **more: Any) -> str:
    answer = client.register_container_instance(
        cluster="prod", **{"totalResources": [*resources(1024, 2048), CORES], **more}
    )
    return str(answer["containerInstance"]["containerInstanceArn"])


def trains(client: Any, family: str = "train") -> None:
    define(client, family, container_resourceRequirements=[NEURON])


def run(client: Any, family: str = "train", **more: Any) -> Document:
    answer: Document = client.run_task(cluster="prod", taskDefinition=family, **more)
    return answer


def left(client: Any, machine: str) -> Any:
    return remaining(client, machine, "NEURON_CORES") or []


def test_b44_run_task_takes_the_devices_and_names_what_is_missing(client: Checked) -> None:
    machine = neuron_machine(client)
    trains(client)
    define(client, "web")
    (task,) = run(client)["tasks"]
    assert left(client, machine) == []
    assert [one["reason"] for one in run(client)["failures"]] == ["RESOURCE:NEURON_DEVICE"]
    assert run(client, "web")["tasks"]
    client.stop_task(cluster="prod", task=task["taskArn"])
    assert left(client, machine) == ["0", "1"]
    assert run(client)["tasks"]


def test_b44_an_instance_that_reports_no_devices_is_not_checked(client: Checked) -> None:
    add_machine(client)
    trains(client)
    assert len(run(client, count=3)["tasks"]) == 3


def test_b44_platform_devices_are_devices(client: Checked) -> None:
    devices = [{"id": "n-1", "type": "NEURON_DEVICE"}, {"id": "n-2", "type": "NEURON_DEVICE"}]
    machine = neuron_machine(client, totalResources=resources(1024, 2048), platformDevices=devices)
    assert remaining(client, machine, "NEURON_DEVICE") == ["n-1", "n-2"]
    trains(client)
    assert run(client)["tasks"]
    assert remaining(client, machine, "NEURON_DEVICE") == 0
    both = neuron_machine(client, platformDevices=devices)
    (shown,) = client.describe_container_instances(cluster="prod", containerInstances=[both])[
        "containerInstances"
    ]
    names = [one["name"] for one in shown["registeredResources"]]
    assert [name for name in names if "NEURON" in name] == ["NEURON_CORES"]


def test_b44_an_override_asks_for_the_devices(client: Checked) -> None:
    machine = neuron_machine(client)
    define(client)
    override = {"containerOverrides": [{"name": "app", "resourceRequirements": [NEURON]}]}
    assert run(client, "web", overrides=override)["tasks"]
    assert left(client, machine) == []
    assert run(client, "web", overrides=override)["failures"]
    assert run(client, "web")["tasks"]


def test_b44_an_override_of_gpus_leaves_the_devices_asked_for(client: Checked) -> None:
    machine = neuron_machine(client)
    trains(client)
    gpu = {"type": "GPU", "value": "1"}
    given = {"containerOverrides": [{"name": "app", "resourceRequirements": [gpu]}]}
    reasons = [one["reason"] for one in run(client, overrides=given)["failures"]]
    assert reasons == ["RESOURCE:GPU"]
    assert left(client, machine) == ["0", "1"]


def test_b44_start_task_is_checked_too(client: Checked) -> None:
    machine = neuron_machine(client)
    trains(client)
    start = {"cluster": "prod", "taskDefinition": "train", "containerInstances": [machine]}
    assert client.start_task(**start)["tasks"]
    assert client.start_task(**start)["failures"][0]["reason"] == "RESOURCE:NEURON_DEVICE"


def test_b44_deregistering_and_draining_an_instance_with_devices(client: Checked) -> None:
    machine, other = neuron_machine(client), neuron_machine(client)
    trains(client)
    run(client, count=2)
    client.update_container_instances_state(
        cluster="prod", containerInstances=[other], status="DRAINING"
    )
    assert left(client, other) == []
    answer = client.deregister_container_instance(
        cluster="prod", containerInstance=machine, force=True
    )
    assert answer["containerInstance"]["status"] == "INACTIVE"
    assert run(client)["tasks"] == []
    neuron_machine(client)
    assert run(client)["tasks"]


def by_name(document: Document) -> Document:
    """Return the Neuron devices that each instance has left in a dump."""
    return {
        instance["containerInstanceArn"]: [
            one["stringSetValue"]
            for one in instance["remainingResources"]
            if one["name"] == "NEURON_CORES"
        ]
        for instance in document["containerInstances"]
    }


def test_b44_a_dump_of_an_account_is_loaded_as_it_was(client: Checked) -> None:
    machine, other = neuron_machine(client), neuron_machine(client)
    plain = add_machine(client)
    trains(client)
    client.start_task(cluster="prod", taskDefinition="train", containerInstances=[machine, plain])
    document = json.loads(json.dumps(client.client.to_ecs("prod"), default=str))
    assert by_name(document) == {machine: [[]], other: [["0", "1"]], plain: []}
    loaded = Client.from_ecs(copy.deepcopy(document))
    again = json.loads(json.dumps(loaded.to_ecs("prod"), default=str))
    for name in ("containerInstances", "tasks", "taskDefinitions"):
        assert again[name] == document[name]
    (held,) = [one for one in document["tasks"] if one["containerInstanceArn"] == machine]
    loaded.stop_task(cluster="prod", task=held["taskArn"])
    assert left(loaded, machine) == ["0", "1"]


@pytest.mark.parametrize("reported", [[], ["1"], ["1", "0"]])
def test_c50_sets_and_types_of_resources_come_out_of_a_session_again(reported: list[str]) -> None:
    """Neuron devices, a set that no task can hold, an amount of another type."""

    def listed(*, left: bool) -> list[Document]:
        zeros = {"doubleValue": 0.0, "longValue": 0, "integerValue": 0}
        cores, keys = (reported, ["x"]) if left else (["0", "1"], ["x", "y"])
        return [
            {**zeros, "name": "CPU", "type": "LONG", "longValue": 1000 - 100 * left},
            {**zeros, "name": "NEURON_CORES", "type": "STRINGSET", "stringSetValue": cores},
            {**zeros, "name": "licences", "type": "STRINGSET", "stringSetValue": keys},
            {**zeros, "name": "disk", "type": "DOUBLE", "doubleValue": 4.0 - left},
        ]

    arn = "arn:aws:ecs:us-east-1:123456789012:container-instance/prod/i1"
    fields = {name: listed(left=name.startswith("rem")) for name in RESOURCES}
    instance = {"containerInstanceArn": arn, **fields}
    session = Session.from_ecs({"containerInstances": [instance]}, cluster="prod")
    for one in (session, session.copy(), pickle.loads(pickle.dumps(session))):
        client = one.client("ecs")
        (shown,) = client.describe_container_instances(cluster="prod", containerInstances=[arn])[
            "containerInstances"
        ]
        for field, given in fields.items():
            named = {resource["name"]: resource for resource in shown[field]}
            assert [named[resource["name"]] for resource in given] == given
        again = Session.from_ecs(one.to_ecs(), cluster="prod")
        assert again.to_ecs()["containerInstances"] == one.to_ecs()["containerInstances"]


def test_b44_a_rolling_deployment_needs_a_free_instance_or_stops_first() -> None:
    """Two revisions cannot share an instance that reports devices."""
    session = Session(timing=Timing())
    client = session.client("ecs")
    client.create_cluster(clusterName="prod")
    machines = [neuron_machine(client), neuron_machine(client)]
    trains(client)
    client.create_service(
        cluster="prod",
        serviceName="s",
        taskDefinition="train",
        desiredCount=2,
        deploymentConfiguration={"minimumHealthyPercent": 100, "maximumPercent": 200},
    )
    assert session.advance_until("steady")
    trains(client)
    client.update_service(cluster="prod", service="s", taskDefinition="train:2")
    session.advance(600)
    (service,) = client.describe_services(cluster="prod", services=["s"])["services"]
    assert any("RESOURCE:NEURON_DEVICE" in one["message"] for one in service["events"])
    assert len(service["deployments"]) == 2
    machines.append(neuron_machine(client))
    assert session.advance_until("steady")
    (service,) = client.describe_services(cluster="prod", services=["s"])["services"]
    assert [one["taskDefinition"].rpartition(":")[2] for one in service["deployments"]] == ["2"]
    assert sorted(left(client, machine) for machine in machines) == [[], [], ["0", "1"]]
    twin = session.copy()
    twin.client("ecs").update_service(cluster="prod", service="s", desiredCount=0)
    assert twin.advance_until("steady")
    assert [left(twin.client("ecs"), machine) for machine in machines] == [["0", "1"]] * 3
    assert sorted(left(client, machine) for machine in machines) == [[], [], ["0", "1"]]
