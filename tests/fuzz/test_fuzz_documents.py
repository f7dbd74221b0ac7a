"""Documents that ECS never sent: a cluster, or a DocumentError that says where."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import placement
from junk_documents import JSON, JUNK, answers, places, read
from placement.testing import documents

FIELDS = (
    *("containerInstances", "tasks", "containerInstanceArn", "attributes", "name", "value"),
    *("versionInfo", "agentVersion", "registeredAt", "runningTasksCount", "status", "group"),
    *("ec2InstanceId", "agentConnected", "taskArn", "taskDefinitionArn", "desiredStatus"),
)
DOCUMENT_LIKE = st.recursive(
    st.sampled_from(JUNK) | st.sampled_from(["ACTIVE", "2018-06-18T22:28:28Z", "ci-0"]),
    lambda parts: (
        st.lists(parts, max_size=4) | st.dictionaries(st.sampled_from(FIELDS), parts, max_size=8)
    ),
    max_leaves=25,
)


@given(JSON)
def test_any_json(document: Any) -> None:
    cluster = read(document)
    assert cluster is None or answers(cluster)


@given(DOCUMENT_LIKE | DOCUMENT_LIKE.map(lambda found: {"containerInstances": found}))
def test_known_fields_in_any_order_with_anything_in_them(document: Any) -> None:
    cluster = read(document)
    assert cluster is None or answers(cluster)


@given(
    st.dictionaries(st.sampled_from(FIELDS), DOCUMENT_LIKE, max_size=10),
    st.dictionaries(st.sampled_from(FIELDS), DOCUMENT_LIKE, max_size=10),
)
def test_an_instance_and_a_task_with_anything_in_their_fields(
    instance: dict[str, Any], task: dict[str, Any]
) -> None:
    named = instance | {"containerInstanceArn": "ci-0"}
    placed = task | {"containerInstanceArn": "ci-0", "taskArn": "t"}
    cluster = read({"containerInstances": [named], "tasks": [placed]})
    assert cluster is None or answers(cluster)


@given(documents(min_instances=1), st.integers(0, 200), st.sampled_from(JUNK) | JSON)
def test_one_field_replaced_by_junk(document: dict[str, Any], place: int, junk: Any) -> None:
    damaged = copy.deepcopy(document)
    found = list(places(damaged))
    container, key = found[place % len(found)]
    container[key] = junk
    cluster = read(damaged)
    assert cluster is None or answers(cluster)


@given(documents(min_instances=1), st.integers(0, 200))
def test_one_field_left_out(document: dict[str, Any], place: int) -> None:
    damaged = copy.deepcopy(document)
    found = list(places(damaged))
    container, key = found[place % len(found)]
    del container[key]
    cluster = read(damaged)
    assert cluster is None or answers(cluster)


@given(documents(min_instances=1), st.integers(0, 200))
def test_one_field_with_another_name(document: dict[str, Any], place: int) -> None:
    damaged = copy.deepcopy(document)
    found = [(container, key) for container, key in places(damaged) if isinstance(key, str)]
    container, key = found[place % len(found)]
    container[key.upper() + "\ud800"] = container.pop(key)
    cluster = read(damaged)
    assert cluster is None or answers(cluster)


@given(documents())
def test_documents_survive_json(document: dict[str, Any]) -> None:
    again = placement.Cluster.from_ecs(json.loads(json.dumps(document)))
    assert list(again.ids) == list(placement.Cluster.from_ecs(document).ids)


@given(documents(min_instances=1), st.sampled_from(JUNK))
def test_an_iterator_that_ends_in_junk(document: dict[str, Any], junk: Any) -> None:
    cluster = read(iter([*document["containerInstances"], junk]))
    assert cluster is None


@given(documents(min_instances=1))
def test_an_instance_that_comes_twice_counts_once(document: dict[str, Any]) -> None:
    """C31: the same document once more changes nothing, and nothing is named."""
    first = document["containerInstances"][0]
    twice = [*document["containerInstances"], first]
    cluster = read({**document, "containerInstances": twice})
    once = read(document)
    assert cluster is not None
    assert once is not None
    assert cluster.to_ecs() == once.to_ecs()
    assert cluster.skipped == []


@pytest.mark.parametrize("depth", [50, 100_000])
def test_a_deep_document(depth: int) -> None:
    document: Any = "x"
    for _ in range(depth):
        document = {"containerInstances": [document]}
    assert read(document) is None
    assert read([{"containerInstanceArn": document}]) is None
    assert read([{"containerInstanceArn": "ci-0", "attributes": document}]) is None
    assert read([{"containerInstanceArn": "ci-0", "registeredAt": document}]) is None


TIMES = (
    *("0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "0001-01-01", "24:00", "now"),
    *(0, -1, -1e12, 1e12, 1e300, float("nan"), float("inf"), 2**70, 253402300799.9999999),
    *("2018-06-18T22:28:28.123456789+00:00", "20180618T222828Z", "2018-W25-1", "٢٠١٨-06-18"),
)


@pytest.mark.parametrize("time", TIMES, ids=str)
def test_times(time: Any) -> None:
    cluster = read([{"containerInstanceArn": "ci-0", "registeredAt": time}])
    assert cluster is None or answers(cluster)
