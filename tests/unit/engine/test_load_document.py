"""Records of a dump that cannot be read, and records that come twice (C31)."""

from __future__ import annotations

import pickle
from collections.abc import Iterator
from typing import Any

import pytest

import placement
from placement import Cluster, DocumentError, UsageError
from placement.errors import describe_value

ECS = "arn:aws:ecs:us-east-1:123456789012"
Json = dict[str, Any]


def instance(name: str, **fields: Any) -> Json:
    return {"containerInstanceArn": f"{ECS}:container-instance/prod/{name}", **fields}


def task(name: str, on: str = "a", **fields: Any) -> Json:
    return {
        "taskArn": f"{ECS}:task/prod/{name}",
        "containerInstanceArn": f"{ECS}:container-instance/prod/{on}",
        "taskDefinitionArn": f"{ECS}:task-definition/web:1",
        "lastStatus": "RUNNING",
        **fields,
    }


def paths(cluster: Cluster) -> list[str]:
    return [one.path for one in cluster.skipped]


def test_every_record_that_cannot_be_read_is_named_or_left_out() -> None:
    """C31: an instance, a task, a definition and a protection are wrong."""
    document = {
        "containerInstances": [instance("a"), instance("b", status=5), {"status": "ACTIVE"}],
        "tasks": [task("1"), task("2", lastStatus="GONE"), 7, {"lastStatus": "RUNNING"}],
        "taskDefinitions": [3],
        "protectedTasks": [{"protectionEnabled": True}],
    }
    with pytest.raises(DocumentError) as caught:
        Cluster.from_ecs(document)
    assert caught.value.path == "containerInstances[1].status"
    wrong = (
        "containerInstances[1].status",
        "containerInstances[2]",
        "tasks[2]",
        "taskDefinitions[0]",
        "protectedTasks[0]",
        "tasks[1].lastStatus",
        "tasks[3]",
    )
    assert all(f"\n  {path}: " in str(caught.value) for path in wrong)
    assert str(pickle.loads(pickle.dumps(caught.value))) == str(caught.value)
    cluster = Cluster.from_ecs(document, on_error="skip")
    assert paths(cluster) == list(wrong)
    assert (cluster.ids[:], len(cluster.tasks_on("a"))) == (["a"], 1)
    assert cluster.copy().skipped == cluster.skipped
    assert pickle.loads(pickle.dumps(cluster)).skipped == cluster.skipped
    with pytest.raises(UsageError, match="on_error is raise or skip"):
        Cluster.from_ecs(document, on_error="ignore")


def test_an_error_names_at_most_twenty_records() -> None:
    """C31."""
    document = [instance(f"i{number}", status=5) for number in range(30)]
    with pytest.raises(DocumentError) as caught:
        Cluster.from_ecs(document)
    assert str(caught.value).count("].status") == 20
    assert len(Cluster.from_ecs(document, on_error="skip").skipped) == 30


def test_a_task_goes_with_its_instance_or_definition_c31() -> None:
    bad = {"taskDefinitionArn": f"{ECS}:task-definition/web:2", "containerDefinitions": 5}
    document = {
        "containerInstances": [instance("a"), instance("b", status=5)],
        "tasks": [
            task("1"),
            task("2", on="b"),
            task("3", taskDefinitionArn=bad["taskDefinitionArn"]),
        ],
        "taskDefinitions": [bad],
    }
    cluster = Cluster.from_ecs(document, on_error="skip")
    assert dict(cluster.skipped) == {
        "containerInstances[1].status": cluster.skipped[0].reason,
        "tasks[1]": "its containerInstanceArn names a record left out",
        "taskDefinitions[0].containerDefinitions": cluster.skipped[2].reason,
        "tasks[2]": "its taskDefinitionArn names a record left out",
    }
    assert len(cluster.tasks_on("a")) == 1


@pytest.mark.parametrize("is_stream", [False, True])
def test_an_instance_on_two_pages_counts_once_c31(is_stream: bool) -> None:
    """The higher version; without versions the later; where it came first; a stream, too."""
    documents = [
        instance("a", version=5, agentConnected=False),
        instance("bad", status=5),
        instance("b", status="ACTIVE"),
        instance("c", status="ACTIVE"),
        instance("a", version=4, agentConnected=True),
        instance("b", status="DRAINING", attributes=[{"name": "x", "value": "y"}]),
        instance("c", status="ACTIVE"),
    ]

    def stream() -> Iterator[Json]:
        yield from documents

    given: Any = stream() if is_stream else documents
    cluster = Cluster.from_ecs(given, on_error="skip")
    assert list(cluster.ids) == ["a", "b", "c"]
    assert not cluster.describe("a").agent_connected
    assert cluster.describe("b").status == "DRAINING"
    assert cluster.describe("b").attributes == {"x": "y"}
    assert paths(cluster) == ["[1].status", "[4]", "[2]"]
    assert "[0] counts" in cluster.skipped[1].reason
    assert "[5] counts" in cluster.skipped[2].reason
    again = Cluster.from_ecs([*documents[4:5], documents[0], documents[4]])
    assert not again.describe("a").agent_connected
    assert paths(again) == ["[0]", "[2]"]
    assert "[1] counts" in again.skipped[1].reason


def test_a_task_in_two_lists_counts_once_c31() -> None:
    """RUNNING and STOPPED: the higher version, without versions the later last status."""
    stopped = {"lastStatus": "STOPPED", "desiredStatus": "STOPPED"}
    cluster = Cluster.from_ecs(
        {
            "containerInstances": [instance("a", runningTasksCount=1)],
            "tasks": [
                task("1", **stopped),
                task("1"),
                task("2", version=3),
                task("2", version=2, **stopped),
                task("3"),
                task("3"),
            ],
        }
    )
    assert paths(cluster) == ["tasks[1]", "tasks[3]"]
    (found,) = [cluster.task(one).last_status for one in cluster.tasks_on("a")[:1]]
    assert (len(cluster.tasks_on("a")), found) == (2, "RUNNING")
    assert isinstance(cluster.skipped[0], tuple)
    assert placement.Cluster().skipped == []


@pytest.mark.parametrize("port", [22, "http", "00000221", "²"])
def test_a_port_that_is_none_is_named(port: Any) -> None:
    """The port itself is in the message; no digit of it is cut off."""
    resource = {"name": "PORTS", "type": "STRINGSET", "stringSetValue": ["80", port]}
    with pytest.raises(
        DocumentError, match="expected ports as texts, such as '22', not "
    ) as caught:
        Cluster.from_ecs([instance("a", registeredResources=[resource])])
    assert describe_value(port) in str(caught.value)
    assert caught.value.path.endswith("[0].registeredResources")
