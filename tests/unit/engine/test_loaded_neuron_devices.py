"""Neuron devices of instances and tasks that come and go in documents (B44, C10, C50)."""

from __future__ import annotations

import json
import pickle
from typing import Any

import pytest

from placement import Cluster, Instance, Task

Json = dict[str, Any]
ARN = "arn:aws:ecs:us-east-1:111122223333"
I1 = f"{ARN}:container-instance/prod/i1"
ZEROS = {"doubleValue": 0.0, "longValue": 0, "integerValue": 0}
ALL = Task(cpu=1, neuron_devices="ALL")
NEEDS = [{"type": "NeuronDevice", "value": "ALL"}]
DEFINITION = {
    "taskDefinitionArn": f"{ARN}:task-definition/train:1",
    "family": "train",
    "revision": 1,
    "containerDefinitions": [{"name": "app", "memory": 64, "resourceRequirements": NEEDS}],
}
IDS = ["0", "1", "2", "3"]


def texts(values: list[str], name: str = "NEURON_CORES") -> Json:
    return {**ZEROS, "name": name, "type": "STRINGSET", "stringSetValue": values}


def amount(value: int, name: str = "NEURON_DEVICE", kind: str = "INTEGER") -> Json:
    field = {"INTEGER": "integerValue", "LONG": "longValue", "DOUBLE": "doubleValue"}[kind]
    return {**ZEROS, "name": name, "type": kind, field: value}


def instance(registered: list[Json], left: list[Json]) -> Json:
    both = [
        {**ZEROS, "name": name, "type": "INTEGER", "integerValue": 900}
        for name in ("CPU", "MEMORY")
    ]
    return {
        "containerInstanceArn": I1,
        "status": "ACTIVE",
        "agentConnected": True,
        "registeredResources": [*both, *registered],
        "remainingResources": [*both, *left],
    }


def task(number: int = 1, **fields: Any) -> Json:
    return {
        "taskArn": f"{ARN}:task/prod/t{number}",
        "containerInstanceArn": I1,
        "taskDefinitionArn": DEFINITION["taskDefinitionArn"],
        "desiredStatus": "RUNNING",
        "lastStatus": "RUNNING",
        **fields,
    }


def dump(registered: list[Json], left: list[Json], *tasks: Json, **more: Any) -> Json:
    return {
        "containerInstances": [instance(registered, left)],
        "tasks": list(tasks),
        "taskDefinitions": [DEFINITION],
        **more,
    }


def written(cluster: Cluster) -> Json:
    found: Json = json.loads(json.dumps(cluster.to_ecs()))
    return found


def remaining(cluster: Cluster) -> list[Json]:
    """Return what is written as left of Neuron devices, after a law: it is read as the same."""
    document = written(cluster)
    again = Cluster.from_ecs(document, release=cluster.release)
    assert again.to_ecs() == cluster.to_ecs()
    assert again.usage("i1") == cluster.usage("i1")
    assert again.describe("i1") == cluster.describe("i1")
    [found] = document["containerInstances"]
    return [one for one in found["remainingResources"] if one["name"].startswith("NEURON")]


@pytest.mark.parametrize(
    ("registered", "empty"),
    [
        ([texts(IDS)], [texts([])]),
        ([texts(IDS, "NEURON_DEVICE")], [texts([], "NEURON_DEVICE")]),
        ([amount(4)], [amount(0)]),
        ([amount(4, kind="LONG")], [amount(0, kind="LONG")]),
        ([amount(4, kind="DOUBLE")], [amount(0, kind="DOUBLE")]),
        ([amount(1), texts(IDS)], [amount(0), texts([])]),
    ],
    ids=["cores", "devices", "integer", "long", "double", "both"],
)
def test_b44_devices_are_listed_as_left_unless_a_task_has_them(
    registered: list[Json], empty: list[Json]
) -> None:
    cluster = Cluster.from_ecs(dump(registered, registered))
    assert remaining(cluster) == registered
    number = int(cluster.place(ALL).task_ids[0])
    assert remaining(cluster) == empty
    assert cluster.place(ALL).unplaced == 1
    twin = pickle.loads(pickle.dumps(cluster))
    cluster.stop([number])
    assert remaining(cluster) == registered
    assert remaining(twin) == empty
    [found] = written(twin)["containerInstances"]
    listed = [one for one in found["registeredResources"] if one["name"].startswith("NEURON")]
    assert listed == registered


@pytest.mark.parametrize("left", [[], ["3"], ["1", "2"]])
def test_b44_devices_in_use_by_nobody_known_stay_in_use(left: list[str]) -> None:
    """C50: what came in comes out."""
    cluster = Cluster.from_ecs(dump([texts(IDS)], [texts(left)]))
    assert cluster.explain(ALL).failures == {0: ("RESOURCE:NEURON_DEVICE",)}
    assert cluster.usage("i1").remaining_neuron_devices == len(left)
    assert remaining(cluster) == [texts(left)]


@pytest.mark.parametrize("left", [[], ["3"], IDS])
def test_b44_a_task_of_a_dump_holds_the_devices_until_it_stops(left: list[str]) -> None:
    """C10; also where its instance reports that all are left, since a task has all or none."""
    cluster = Cluster.from_ecs(dump([texts(IDS)], [texts(left)], task()))
    [number] = cluster.tasks_on("i1")
    assert cluster.task(number).neuron_devices == "ALL"
    assert cluster.explain(ALL).failures == {0: ("RESOURCE:NEURON_DEVICE",)}
    assert remaining(cluster) == [texts([] if left == IDS else left)]
    assert written(cluster)["taskDefinitions"] == [DEFINITION]
    cluster.stop([number])
    assert remaining(cluster) == [texts(IDS)]
    cluster.place(ALL)
    assert remaining(cluster) == [texts([])]


def test_b44_of_two_tasks_that_cannot_both_have_them_both_must_stop() -> None:
    cluster = Cluster.from_ecs(dump([texts(IDS)], [texts([])], task(1), task(2)))
    first, second = cluster.tasks_on("i1")
    cluster.stop([first])
    assert cluster.place(ALL).unplaced == 1
    assert remaining(cluster) == [texts([])]
    cluster.stop([second])
    assert cluster.place(ALL).unplaced == 0


@pytest.mark.parametrize("left", [[], IDS])
def test_b44_an_override_asks_for_the_devices_or_leaves_them(left: list[str]) -> None:
    plain = {**DEFINITION, "containerDefinitions": [{"name": "app", "memory": 64}]}
    override = {"containerOverrides": [{"name": "app", "resourceRequirements": NEEDS}]}
    document = dump([texts(IDS)], [texts(left)], task(overrides=override))
    cluster = Cluster.from_ecs({**document, "taskDefinitions": [plain]})
    assert cluster.task(cluster.tasks_on("i1")[0]).neuron_devices == "ALL"
    assert remaining(cluster) == [texts([])]
    other = {"containerOverrides": [{"name": "app", "cpu": 1, "resourceRequirements": []}]}
    cluster = Cluster.from_ecs(dump([texts(IDS)], [texts(left)], task(overrides=other)))
    assert cluster.task(cluster.tasks_on("i1")[0]).neuron_devices == "ALL"


@pytest.mark.parametrize("left", [[], IDS])
def test_b44_a_stopping_task_of_a_dump_holds_them_until_it_has_stopped(left: list[str]) -> None:
    """A25, C10: whether the report has given them back already or not."""
    stopping = task(desiredStatus="STOPPED")
    cluster = Cluster.from_ecs(dump([texts(IDS)], [texts(left)], stopping), release="last_status")
    [number] = cluster.tasks_on("i1")
    assert cluster.explain(ALL).fitting == 0
    assert remaining(cluster) == [texts([])]
    cluster.set_task(number, last_status="STOPPED")
    assert cluster.explain(ALL).fitting == 1
    assert remaining(cluster) == [texts(IDS)]
    gone = Cluster.from_ecs(dump([texts(IDS)], [texts(left)], stopping))
    assert gone.explain(ALL).fitting == (left == IDS)


def test_b44_a_stopping_task_waits_beside_the_one_that_runs() -> None:
    tasks = task(1), task(2, desiredStatus="STOPPED")
    cluster = Cluster.from_ecs(dump([texts(IDS)], [texts([])], *tasks), release="last_status")
    running, stopping = sorted(
        cluster.tasks_on("i1"), key=lambda number: cluster.task(number).stopping
    )
    cluster.stop([running])
    cluster.set_task(running, last_status="STOPPED")
    assert cluster.explain(ALL).fitting == 0
    cluster.set_task(stopping, last_status="STOPPED")
    assert cluster.explain(ALL).fitting == 1


def test_b44_where_no_devices_are_reported_a_task_of_a_dump_has_them_all_the_same() -> None:
    cluster = Cluster.from_ecs(dump([], [], task(1), task(2)))
    assert {cluster.task(one).neuron_devices for one in cluster.tasks_on("i1")} == {"ALL"}
    assert remaining(cluster) == []
    cluster.stop(cluster.tasks_on("i1"))
    assert cluster.usage("i1").remaining_neuron_devices is None
    assert cluster.explain(ALL).unknown_neuron_devices == 1
    assert remaining(cluster) == []


def test_b44_devices_of_instances_that_came_in_no_document_are_written_as_a_number() -> None:
    cluster = Cluster()
    cluster.register(Instance(id=I1, cpu=10, memory=10, neuron_devices=4))
    assert remaining(cluster) == [amount(4)]
    cluster.place(ALL)
    assert remaining(cluster) == [amount(0)]
    [found] = written(cluster)["tasks"]
    assert found["overrides"]["containerOverrides"][0]["resourceRequirements"] == NEEDS


def test_b44_no_devices_at_all_are_none() -> None:
    cluster = Cluster.from_ecs(dump([texts([])], [texts([])]))
    why = cluster.explain(ALL)
    assert (why.never_fits, why.unknown_neuron_devices) == (True, 0)
    assert remaining(cluster) == [texts([])]


def test_b44_a_name_that_only_resembles_them_is_another_resource() -> None:
    """A number so named is a further resource, a set only kept (C50)."""
    listed = [amount(3, "NEURON_MEMORY"), texts(["a"], "NEURON_LINKS")]
    cluster = Cluster.from_ecs(dump(listed, listed))
    assert cluster.usage("i1").remaining_neuron_devices is None
    assert dict(cluster.usage("i1").remaining_resources) == {"NEURON_MEMORY": 3}
    assert remaining(cluster) == listed
