"""Described tasks and definitions with anything in their fields: a cluster, or a DocumentError."""

from __future__ import annotations

import copy
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from junk_documents import JSON, JUNK, answers, places, read

WEB = "arn:aws:ecs:us-east-1:111122223333:task-definition/web:3"


def state() -> dict[str, Any]:
    """Every field that is read of tasks, definitions and protections, once."""
    task = {
        "taskArn": "t",
        "containerInstanceArn": "i",
        "taskDefinitionArn": WEB,
        "group": "g",
        "desiredStatus": "STOPPED",
        "lastStatus": "RUNNING",
        "healthStatus": "HEALTHY",
        "createdAt": "2026-01-01T00:00:00Z",
        "startedBy": "ecs-svc/1",
        "memory": "512",
        "overrides": {
            "cpu": "1 vCPU",
            "containerOverrides": [
                {"name": "a", "memory": 8, "resourceRequirements": [{"type": "GPU", "value": "1"}]}
            ],
        },
        "containers": [
            {
                "name": "a",
                "cpu": "1",
                "memoryReservation": "7",
                "gpuIds": ["x"],
                "networkBindings": [{"containerPort": 80, "hostPort": 80, "protocol": "tcp"}],
                "networkInterfaces": [{"attachmentId": "e"}],
            }
        ],
        "attachments": [{"type": "ElasticNetworkInterface", "status": "ATTACHED"}],
    }
    definition = {
        "taskDefinitionArn": WEB,
        "family": "web",
        "revision": 3,
        "networkMode": "bridge",
        "containerDefinitions": [
            {
                "name": "a",
                "cpu": 1,
                "memory": 9,
                "portMappings": [{"containerPort": 80, "hostPort": 80}],
                "resourceRequirements": [{"type": "GPU", "value": "1"}],
            }
        ],
    }
    other = {"taskArn": "u", "containerInstanceArn": "i", "taskDefinitionArn": "web:1"}
    gpus = [{"name": "GPU", "type": "STRINGSET", "stringSetValue": ["x", "y"]}]
    return {
        "containerInstances": [
            {
                "containerInstanceArn": "i",
                "registeredResources": gpus,
                "remainingResources": [gpus[0] | {"stringSetValue": []}],
            }
        ],
        "tasks": [task, other | {"containers": task["containers"]}],
        "taskDefinitions": [definition],
        "protectedTasks": [{"taskArn": "t", "protectionEnabled": True}],
    }


def test_the_undamaged_document_is_read() -> None:
    for release in ("desired_status", "last_status"):
        cluster = read(state(), release=release)
        assert cluster is not None
        assert answers(cluster)


@given(
    st.integers(0, 200),
    st.sampled_from(JUNK) | JSON,
    st.sampled_from(["desired_status", "last_status"]),
)
def test_one_field_replaced_by_junk(place: int, junk: Any, release: str) -> None:
    damaged = copy.deepcopy(state())
    found = list(places(damaged))
    container, key = found[place % len(found)]
    container[key] = junk
    cluster = read(damaged, release=release)
    assert cluster is None or stops(cluster)


@given(st.integers(0, 200))
def test_one_field_left_out(place: int) -> None:
    damaged = copy.deepcopy(state())
    found = list(places(damaged))
    container, key = found[place % len(found)]
    del container[key]
    cluster = read(damaged, release="last_status")
    assert cluster is None or stops(cluster)


def stops(cluster: Any) -> bool:
    """Stop everything; nothing may be freer than it was registered."""
    for id in cluster.ids:
        for number in cluster.tasks_on(id):
            assert str(cluster.task(number))
            cluster.set_task(number, last_status="STOPPED")
    tasks, rows = cluster.store.tasks, cluster.rows
    assert (tasks.resources.free[:rows, :3] <= tasks.resources.registered[:rows, :3]).all()
    return answers(cluster)
