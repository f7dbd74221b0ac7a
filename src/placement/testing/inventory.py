"""Strategies for what a cluster is made of: attributes, instances, documents of the ECS API.

Out: values that ``placement.Cluster`` takes.  Knows no expressions.
"""

from __future__ import annotations

import string
from collections.abc import Mapping
from datetime import datetime
from typing import Any, TypeVar

from hypothesis import strategies as st

from placement.model import STATUSES, Instance
from placement.testing import pools

__all__ = [
    "agent_versions",
    "attribute_names",
    "attribute_values",
    "attributes",
    "documents",
    "groups",
    "instance_documents",
    "instances",
    "mostly",
]

Document = dict[str, Any]
T = TypeVar("T")

_NAME_CHARACTERS = string.ascii_letters + string.digits + "-_./\\"
_VALUE_CHARACTERS = _NAME_CHARACTERS + "@: "


@st.composite
def mostly(draw: st.DrawFn, usual: st.SearchStrategy[T], rare: st.SearchStrategy[T]) -> T:
    """Draw from ``usual`` about nine times in ten, else from ``rare``."""
    return draw(rare if draw(st.integers(0, 9)) == 9 else usual)


def attribute_names() -> st.SearchStrategy[str]:
    """Return names of attributes as ECS allows them (1.5), most of them from a small pool.

    >>> from hypothesis import given
    >>> @given(attribute_names())
    ... def test_every_name_can_stand_in_an_expression(name):
    ...     placement.compile(f"attribute:{name} exists")
    >>> test_every_name_can_stand_in_an_expression()
    """
    return mostly(st.sampled_from(pools.NAMES), st.text(_NAME_CHARACTERS, min_size=1, max_size=128))


def attribute_values() -> st.SearchStrategy[str | None]:
    """Return values of attributes as ECS allows them (1.5); None for an attribute without value.

    >>> from hypothesis import given
    >>> @given(attribute_values())
    ... def test_a_value_begins_and_ends_with_no_blank(value):
    ...     assert value is None or value == value.strip()
    >>> test_a_value_begins_and_ends_with_no_blank()
    """
    anything = st.text(_VALUE_CHARACTERS, min_size=1, max_size=128).map(str.strip)
    pooled = st.sampled_from([*pools.VALUES[:2] * 6, *pools.VALUES, None, None])
    return mostly(pooled, anything.map(lambda value: value or None))


def attributes() -> st.SearchStrategy[dict[str, str | None]]:
    """Return the attributes of an instance: at most 10 custom ones, as ECS allows.

    >>> from hypothesis import given
    >>> @given(attributes())
    ... def test_an_instance_takes_them(attributes):
    ...     assert placement.Instance(id="ci-0", attributes=attributes).attributes == attributes
    >>> test_an_instance_takes_them()
    """
    return st.dictionaries(attribute_names(), attribute_values(), max_size=10)


def agent_versions() -> st.SearchStrategy[str | None]:
    """Return versions of agents, texts that are no version, and None for unknown (A16)."""
    return st.sampled_from([*pools.VERSIONS, *pools.VERSIONS, "none", "1..2", None])


def groups() -> st.SearchStrategy[str]:
    """Return groups of tasks: 1 to 255 characters."""
    return mostly(
        st.sampled_from(pools.GROUPS), st.text(_VALUE_CHARACTERS, min_size=1, max_size=255)
    )


def instance_ids() -> st.SearchStrategy[str]:
    """Return ids of container instances from a small pool, half of them as ARNs."""
    last = st.sampled_from(pools.INSTANCE_IDS)
    return st.builds(str.__add__, st.sampled_from(["", pools.ARN_PREFIX]), last)


def instances(*, ids: st.SearchStrategy[str] | None = None) -> st.SearchStrategy[Instance]:
    """Return instances in every status, with and without agent, version, date and tasks.

    Args:
        ids: What to draw ids from; by default a pool of eight, bare and as ARNs, so that two
            instances may well have the same.

    >>> from hypothesis import given
    >>> @given(instances())
    ... def test_the_first_instance_gets_the_first_row(instance):
    ...     assert placement.Cluster().register(instance) == 0
    >>> test_the_first_instance_gets_the_first_row()
    """
    return st.builds(
        Instance,
        id=ids or instance_ids(),
        attributes=attributes(),
        ec2_instance_id=st.sampled_from([None, *pools.EC2_INSTANCE_IDS]),
        status=st.sampled_from(["ACTIVE"] * 5 + list(STATUSES)),
        agent_connected=st.booleans(),
        agent_version=agent_versions(),
        registered_at=st.sampled_from([None, *pools.MOMENTS]),
        running_tasks=st.integers(0, 4),
    )


def instance_documents(*, ids: st.SearchStrategy[str] | None = None) -> st.SearchStrategy[Document]:
    """Return instances as one element of ``containerInstances`` describes them.

    A field with the value that is assumed without it (C9) is left out now and then; fields that
    nothing reads are there now and then; times come as text or as number.
    """
    return st.builds(_described, instances(ids=ids), st.booleans(), st.sampled_from(_TIME_FORMS))


def _described(instance: Instance, terse: bool, form: Any) -> Document:
    document: Document = {
        "containerInstanceArn": instance.id,
        "ec2InstanceId": instance.ec2_instance_id,
        "status": instance.status,
        "agentConnected": instance.agent_connected,
        "runningTasksCount": instance.running_tasks,
        "attributes": [_pair(name, value) for name, value in instance.attributes.items()],
        "versionInfo": {"agentVersion": instance.agent_version, "dockerVersion": "20.10"},
        "registeredAt": instance.registered_at and form(instance.registered_at),
    }
    if terse:
        return {name: value for name, value in document.items() if value != _ASSUMED.get(name)}
    return document | {"version": 7, "pendingTasksCount": 1, "remainingResources": []}


_ASSUMED = {"status": "ACTIVE", "agentConnected": True, "runningTasksCount": 0, "attributes": []}
"""What C9 assumes; everything else is unknown without its field, which reads as None here."""


def _pair(name: str, value: str | None) -> Document:
    return {"name": name} if value is None else {"name": name, "value": value}


def _seconds(when: datetime) -> float:
    return when.timestamp()


_TIME_FORMS = (datetime.isoformat, _seconds)


def documents(
    *, min_instances: int = 0, max_instances: int = 6, tasks: bool = True
) -> st.SearchStrategy[Document]:
    """Return documents as ``aws ecs describe-container-instances`` prints them.

    Args:
        min_instances: The least number of instances.
        max_instances: The largest number of instances; at most eight.
        tasks: Whether tasks may be listed beside them, as ``describe-tasks`` prints them (C10).

    >>> from hypothesis import given
    >>> @given(documents(max_instances=4))
    ... def test_every_instance_of_a_document_is_in_the_cluster(document):
    ...     cluster = placement.Cluster.from_ecs(document)
    ...     assert len(cluster) == len(document["containerInstances"])
    >>> test_every_instance_of_a_document_is_in_the_cluster()
    """
    described = st.lists(
        instance_documents(),
        min_size=min_instances,
        max_size=max_instances,
        unique_by=lambda document: document["containerInstanceArn"].rpartition("/")[2],
    )
    if not tasks:
        return described.map(lambda found: {"containerInstances": found, "failures": []})
    return described.flatmap(_with_tasks)


def _with_tasks(described: list[Document]) -> st.SearchStrategy[Document]:
    arns = [document["containerInstanceArn"] for document in described]
    elsewhere = [pools.ARN_PREFIX + "elsewhere", None]
    tasks = st.lists(_task_documents(arns + elsewhere), max_size=8).map(_numbered)
    return st.fixed_dictionaries(
        {"containerInstances": st.just(described)}, optional={"tasks": tasks}
    )


def _numbered(tasks: list[Document]) -> list[Document]:
    """Return task documents with distinct ARNs: a document lists a task once."""
    arn = "arn:aws:ecs:us-east-1:111122223333:task/default/"
    return [task | {"taskArn": f"{arn}{number}"} for number, task in enumerate(tasks)]


def _task_documents(arns: list[str | None]) -> st.SearchStrategy[Document]:
    definition = "arn:aws:ecs:us-east-1:111122223333:task-definition/a:3"
    described: Mapping[str, st.SearchStrategy[Any]] = {
        "taskDefinitionArn": st.just(definition),
        "containerInstanceArn": st.sampled_from(arns),
    }
    optional: Mapping[str, st.SearchStrategy[Any]] = {
        "group": groups(),
        "desiredStatus": st.sampled_from(["RUNNING", "RUNNING", "STOPPED"]),
        "lastStatus": st.sampled_from(["PROVISIONING", "PENDING", "RUNNING", "STOPPED"]),
    }
    return st.fixed_dictionaries(dict(described), optional=dict(optional))
