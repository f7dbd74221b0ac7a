"""Records out of documents: what decides something is checked, the rest is kept (C9, C10)."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest

from placement import DocumentError
from placement.ecs import Client, ClientError, Session
from session_dumps import new_session, with_services
from tasks_world import add_machine, define

Document = dict[str, Any]


@pytest.fixture
def described() -> Document:
    """A cluster with a running task and a stopped one, as one document."""
    client = Client("eu-west-1")
    client.create_cluster(clusterName="prod")
    add_machine(client)
    define(client, container_portMappings=[{"containerPort": 80}])
    answer = client.run_task(cluster="prod", taskDefinition="web", count=2)
    stopped = answer["tasks"][1]["taskArn"]
    client.stop_task(cluster="prod", task=stopped)
    return client.to_ecs("prod")


def damaged(document: Document, path: list[Any], value: Any) -> Document:
    """Return a copy in which one place has another value."""
    copied = copy.deepcopy(document)
    part: Any = copied
    for step in path[:-1]:
        part = part[step]
    part[path[-1]] = value
    return copied


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (["tasks", 1, "desiredStatus"], "GONE"),
        (["tasks", 1, "desiredStatus"], "STOPPING"),
        (["tasks", 1, "lastStatus"], 7),
        (["tasks", 1, "healthStatus"], "WELL"),
        (["tasks", 1, "stoppedReason"], 7),
        (["tasks", 1, "availabilityZone"], ["a"]),
        (["tasks", 1, "enableExecuteCommand"], "yes"),
        (["tasks", 1, "cpu"], -1),
        (["tasks", 1, "overrides"], 7),
        (["tasks", 1, "overrides", "containerOverrides", 0], 7),
        (["tasks", 1, "overrides", "containerOverrides", 0, "name"], 7),
        (["tasks", 1, "overrides", "containerOverrides", 0, "environment"], [7]),
        (["tasks", 1, "containers", 0, "managedAgents"], [7]),
        (["tasks", 1, "containers", 0, "networkBindings", 0, "containerPort"], "x"),
        (["tasks", 1, "containers", 0, "gpuIds"], [7]),
        (["taskDefinitions", 0, "status"], "GONE"),
        (["taskDefinitions", 0, "registeredBy"], 7),
        (["containerInstances", 0, "attachments"], [7]),
        (["containerInstances", 0, "capacityProviderName"], 7),
        (["clusters", 0, "status"], "GONE"),
    ],
)
def test_a_field_that_has_another_form_is_named(
    described: Document, path: list[Any], value: Any
) -> None:
    with pytest.raises(DocumentError) as caught:
        Client.from_ecs(damaged(described, path, value))
    where = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)
    assert caught.value.path.startswith(where.removeprefix("."))


def reloaded(document: Document) -> Document:
    return Client.from_ecs(document).to_ecs("prod")


def test_a_document_is_the_same_after_it_was_loaded(described: Document) -> None:
    """C10."""
    assert reloaded(described) == described


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (["tasks", 0, "inferenceAccelerators"], [{"deviceName": "a"}]),
        (["tasks", 0, "attributes"], [{"name": "a", "value": "b", "targetId": "c"}]),
        (["tasks", 0, "attributes"], [{"name": "a"}]),
        (["tasks", 0, "containers", 0, "runtimeId"], "4711"),
        (["tasks", 0, "containers", 0, "lastStatus"], "RESOURCES_PROVISIONED"),
        (["tasks", 0, "containers", 0, "networkInterfaces"], [{"ipv6Address": "::1"}]),
        (["tasks", 0, "attachments"], [{"id": "a", "details": [{"name": "x"}], "more": 1}]),
        (["tasks", 0, "ephemeralStorage"], {"sizeInGiB": 30}),
    ],
)
def test_what_decides_nothing_is_answered_as_it_was(
    described: Document, path: list[Any], value: Any
) -> None:
    document = damaged(described, path, value)
    assert reloaded(document) == document


@pytest.mark.parametrize("name", ["createdAt", "attributes", "connectivity", "startedAt", "cpu"])
def test_a_field_that_was_absent_stays_absent(described: Document, name: str) -> None:
    document = copy.deepcopy(described)
    del document["tasks"][0][name]
    assert name not in reloaded(document)["tasks"][0]


def test_a_container_of_an_unknown_state_is_stopped_with_its_task(described: Document) -> None:
    path = ["tasks", 0, "containers", 0, "lastStatus"]
    client = Client.from_ecs(damaged(described, path, "RESOURCES_PROVISIONED"))
    task = client.stop_task(cluster="prod", task=described["tasks"][0]["taskArn"])["task"]
    assert task["containers"][0]["lastStatus"] == "STOPPED"


def test_a_host_port_as_text_is_a_port(described: Document) -> None:
    """It was read as one, and stopping the task raised TypeError."""
    path = ["tasks", 0, "containers", 0, "networkBindings", 0, "hostPort"]
    client = Client.from_ecs(damaged(described, path, "32768"))
    arn = described["tasks"][0]["taskArn"]
    task = client.stop_task(cluster="prod", task=arn)["task"]
    assert task["containers"][0]["networkBindings"][0]["hostPort"] == 32768


def test_a_size_as_number_becomes_the_text_that_the_api_has(described: Document) -> None:
    assert reloaded(damaged(described, ["tasks", 0, "cpu"], 128))["tasks"][0]["cpu"] == "128"


@pytest.mark.parametrize("place", [3, 4])
@pytest.mark.parametrize("value", [5, "x", [1], ["a"]])
def test_a_remembered_call_that_is_no_object_is_refused_c50(
    described: Document, place: int, value: Any
) -> None:
    """Parameters and answer of a call with a client token."""
    call: list[Any] = ["prod", "token", "2026-03-01T12:00:00+00:00", {}, {}]
    call[place] = value
    state = {**described["placementState"], "tokens": [call]}
    with pytest.raises(DocumentError, match="expected an object") as caught:
        Client.from_ecs({**described, "placementState": state})
    assert caught.value.path == f"placementState.tokens[0][{place}]"


@pytest.mark.parametrize("name", ["compatibilities", "requiresCompatibilities"])
def test_launch_types_of_a_definition_are_texts(name: str) -> None:
    """C31: calls look into them, so that anything else is refused at loading."""
    session = with_services(new_session())
    document = json.loads(json.dumps(session.to_ecs()))
    document["taskDefinitions"][0][name] = True
    with pytest.raises(DocumentError, match=rf"taskDefinitions\[0\]\.{name}"):
        Session.from_ecs(document)


def test_tasks_on_an_instance_whose_agent_is_disconnected_stand_still_until_it_is_back() -> None:
    """C42, C50: as they do where the agent is disconnected in the session itself."""
    session = with_services(new_session())
    session.advance_until("steady")
    client = session.client("ecs")
    [task] = client.describe_tasks(tasks=client.list_tasks(serviceName="plain")["taskArns"][:1])[
        "tasks"
    ]
    client.stop_task(task=task["taskArn"])
    document = json.loads(json.dumps(session.to_ecs()))
    for one in document["containerInstances"]:
        one["agentConnected"] = one["containerInstanceArn"] != task["containerInstanceArn"]
    again = Session.from_ecs(document)
    again.advance(7_000)

    def status() -> str:
        found = again.client("ecs").describe_tasks(tasks=[task["taskArn"]])["tasks"][0]
        return str(found["lastStatus"])

    assert status() == "RUNNING"
    again.set_agent(task["containerInstanceArn"], connected=True)
    again.advance(120)
    assert status() == "STOPPED"


SIZES: list[Document] = [
    {"name": "CPU", "type": "INTEGER", "integerValue": 1024},
    {"name": "MEMORY", "type": "LONG", "longValue": 2048},
    {"name": "licences", "type": "STRINGSET", "stringSetValue": ["x", "y"]},
]
ARN = "arn:aws:ecs:us-east-1:123456789012:container-instance/prod/a"


def values(resources: list[Document]) -> dict[str, Any]:
    """Return the types and values of resources by name."""
    fields = {"INTEGER": "integerValue", "LONG": "longValue", "STRINGSET": "stringSetValue"}
    return {one["name"]: (one["type"], one[fields[one["type"]]]) for one in resources}


def test_resources_of_an_instance_keep_their_types_and_sets_c50() -> None:
    """Also where what is left of a set of texts is not all of it, and after a task came."""
    left = [*SIZES[:2], {**SIZES[2], "stringSetValue": ["y"]}]
    one = {"containerInstanceArn": ARN, "registeredResources": SIZES, "remainingResources": left}
    client = Client.from_ecs({"containerInstances": [one]})
    define(client, container_memory=48)
    assert client.run_task(cluster="prod", taskDefinition="web")["tasks"]
    [found] = client.describe_container_instances(cluster="prod", containerInstances=["a"])[
        "containerInstances"
    ]
    assert values(SIZES).items() <= values(found["registeredResources"]).items()
    remaining = values(found["remainingResources"])
    assert remaining["MEMORY"] == ("LONG", 2000)
    assert remaining["licences"] == ("STRINGSET", ["y"])


def test_an_agent_that_comes_back_has_the_resources_of_its_document_c50() -> None:
    """B12: a set of texts is a part of it, and the type of an amount is not; less is refused."""
    one = {"containerInstanceArn": ARN, "registeredResources": SIZES, "remainingResources": SIZES}
    client = Client.from_ecs({"containerInstances": [one]})
    again = {"cluster": "prod", "containerInstanceArn": ARN}
    plain = {"name": "MEMORY", "type": "INTEGER", "integerValue": 2048}
    sizes = [SIZES[0], plain, SIZES[2]]
    answer = client.register_container_instance(**again, totalResources=sizes)
    assert answer["containerInstance"]["agentConnected"]
    with pytest.raises(ClientError, match="type changes are not supported"):
        client.register_container_instance(**again, totalResources=sizes[:2])
