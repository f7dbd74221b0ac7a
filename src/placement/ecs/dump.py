"""A client's cluster as one document.

In: a client and a cluster's name.  Out: what the client's own describe calls say, as plain JSON,
which ``load`` and ``placement.Cluster.from_ecs`` read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Any

from placement.ecs.records import Document

if TYPE_CHECKING:
    from placement.ecs.client import Client

__all__ = ["dumped"]

PAGE = 100
"""Instances or tasks that one call describes."""

ALL_OF_A_CLUSTER = ["ATTACHMENTS", "CONFIGURATIONS", "SETTINGS", "TAGS"]


def dumped(client: Client, cluster: str | None) -> Document:
    """Return what the client's describe calls say of a cluster, times as ISO texts."""
    chosen = {} if cluster is None else {"cluster": cluster}
    name = {} if cluster is None else {"clusters": [cluster]}
    arns = list(_listed(client.list_container_instances, "containerInstanceArns", **chosen))
    tasks = [
        arn
        for status in ("RUNNING", "STOPPED")
        for arn in _listed(client.list_tasks, "taskArns", desiredStatus=status, **chosen)
    ]
    clusters = client.describe_clusters(include=ALL_OF_A_CLUSTER, **name)["clusters"]
    document = {
        "clusters": clusters,
        "containerInstances": [
            one
            for page in _pages(arns)
            for one in client.describe_container_instances(
                containerInstances=page, include=["TAGS"], **chosen
            )["containerInstances"]
        ],
        "tasks": [
            one
            for page in _pages(tasks)
            for one in client.describe_tasks(tasks=page, include=["TAGS"], **chosen)["tasks"]
        ],
        "taskDefinitions": list(_definitions(client)),
        "protectedTasks": [
            one
            for one in client.get_task_protection(cluster=cluster or "default")["protectedTasks"]
            if one["protectionEnabled"]
        ],
    }
    plain: Document = _as_json(document)
    return plain


def _listed(call: Callable[..., Document], name: str, **given: Any) -> Iterator[str]:
    token: Document = {}
    while True:
        page = call(**given, **token)
        yield from page[name]
        if not page.get("nextToken"):
            return
        token = {"nextToken": page["nextToken"]}


def _pages(arns: list[str]) -> Iterator[list[str]]:
    return (arns[at : at + PAGE] for at in range(0, len(arns), PAGE))


def _definitions(client: Client) -> Iterator[Document]:
    for status in ("ACTIVE", "INACTIVE"):
        for arn in _listed(client.list_task_definitions, "taskDefinitionArns", status=status):
            answer = client.describe_task_definition(taskDefinition=arn, include=["TAGS"])
            tags = answer.get("tags")
            yield answer["taskDefinition"] | ({"tags": tags} if tags else {})


def _as_json(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _as_json(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_as_json(item) for item in value]
    return value.isoformat() if isinstance(value, datetime) else value
