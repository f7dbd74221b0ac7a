"""A cluster as one document.

In: a function that makes a describe or list call, and a cluster's name.  Out: what those calls
answer, joined, as plain JSON, which ``load`` and ``placement.Cluster.from_ecs`` read.  Knows the
names of calls, not how they are answered.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

from placement.ecs.control.records import Document

__all__ = ["dump_cluster"]

Call = Callable[[str, Document], Document]
"""Makes a call: the operation as the API names it, and its parameters.  Returns the answer."""

PAGE = 100
"""Instances or tasks that one call describes."""

ALL_OF_A_CLUSTER = ["ATTACHMENTS", "CONFIGURATIONS", "SETTINGS", "TAGS"]


def dump_cluster(call: Call, cluster: str | None) -> Document:
    """Return what describe calls say of a cluster (None: ``default``), times as ISO texts."""
    chosen = {} if cluster is None else {"cluster": cluster}
    name = {} if cluster is None else {"clusters": [cluster]}
    arns = list(_listed(call, "ListContainerInstances", "containerInstanceArns", chosen))
    tasks = [
        arn
        for status in ("RUNNING", "STOPPED")
        for arn in _listed(call, "ListTasks", "taskArns", {"desiredStatus": status, **chosen})
    ]
    clusters = call("DescribeClusters", {"include": ALL_OF_A_CLUSTER, **name})["clusters"]
    tagged = {"include": ["TAGS"], **chosen}
    protections = call("GetTaskProtection", {"cluster": cluster or "default"})["protectedTasks"]
    document = {
        "clusters": clusters,
        "containerInstances": [
            one
            for page in _pages(arns)
            for one in call("DescribeContainerInstances", {"containerInstances": page, **tagged})[
                "containerInstances"
            ]
        ],
        "tasks": [
            one
            for page in _pages(tasks)
            for one in call("DescribeTasks", {"tasks": page, **tagged})["tasks"]
        ],
        "taskDefinitions": list(_definitions(call)),
        "protectedTasks": [one for one in protections if one["protectionEnabled"]],
    }
    plain: Document = _as_json(document)
    return plain


def _listed(call: Call, operation: str, field: str, parameters: Document) -> Iterator[str]:
    """Yield what a list call lists, page by page."""
    token: Document = {}
    while True:
        page = call(operation, {**parameters, **token})
        yield from page[field]
        if not page.get("nextToken"):
            return
        token = {"nextToken": page["nextToken"]}


def _pages(arns: list[str]) -> Iterator[list[str]]:
    return (arns[at : at + PAGE] for at in range(0, len(arns), PAGE))


def _definitions(call: Call) -> Iterator[Document]:
    """Yield all task definitions of the account, each with its tags."""
    for status in ("ACTIVE", "INACTIVE"):
        listed = _listed(call, "ListTaskDefinitions", "taskDefinitionArns", {"status": status})
        for arn in listed:
            asked = {"taskDefinition": arn, "include": ["TAGS"]}
            answer = call("DescribeTaskDefinition", asked)
            tags = answer.get("tags")
            yield answer["taskDefinition"] | ({"tags": tags} if tags else {})


def _as_json(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _as_json(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_as_json(item) for item in value]
    return value.isoformat() if isinstance(value, datetime) else value
