"""StopTask: the desired status is STOPPED at once, and so is the last one (A25).

In: an account and the parameters of a call.  Out: the task as it is then.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from placement.ecs.account import Account
from placement.ecs.checking import invalid
from placement.ecs.records import ClusterRecord, Document, TaskRecord

__all__ = ["stop_task"]

MAX_REASON = 1024

BY_USER = "Task stopped by user"
"""``stoppedReason`` where the call gives none."""


def stop_task(account: Account, given: dict[str, Any]) -> Document:
    """Stop a task; one that has stopped already stays as it is.

    Raises:
        ClusterNotFoundException: there is no such cluster.
        InvalidParameterException: there is no such task, or the reason is too long.
    """
    cluster = account.cluster(given.get("cluster"))
    reason = given.get("reason", BY_USER)
    if len(reason) > MAX_REASON:
        raise invalid(f"reason has at most {MAX_REASON} characters.")
    record = account.find_task(cluster, given["task"])
    if record is None:
        raise invalid("The referenced task was not found.")
    if record.document["desiredStatus"] != "STOPPED":
        now = account.clock()
        _give_back(cluster, record)
        _note(record, reason, now)
    return {"task": {**record.document, "tags": record.tags}}


def _give_back(cluster: ClusterRecord, record: TaskRecord) -> None:
    """Let the engine and the instance have back what the task holds, if they are still there."""
    instance = None if record.instance is None else cluster.instances.get(record.instance)
    if instance is None or instance.last is not None or record.number is None:
        return
    engine = cluster.engine
    engine.stop(record.number)
    if engine.release == "last_status":
        engine.set_task(record.number, last_status="STOPPED")
    record.number = None
    instance.version += 1
    for container in record.document.get("containers", ()):
        for binding in container.get("networkBindings", ()):
            instance.ports.release(_ports(binding))


def _ports(binding: Document) -> range:
    """Return the host ports of a binding; those that were static are in no set of chosen ones."""
    first, _, last = binding.get("hostPortRange", "").partition("-")
    if first:
        return range(int(first), int(last) + 1)
    port = binding.get("hostPort")
    return range(0) if port is None else range(port, port + 1)


def _note(record: TaskRecord, reason: str, now: datetime) -> None:
    document = record.document
    document |= {
        "desiredStatus": "STOPPED",
        "executionStoppedAt": now,
        "lastStatus": "STOPPED",
        "stopCode": "UserInitiated",
        "stoppedAt": now,
        "stoppedReason": reason,
        "stoppingAt": now,
        "version": document.get("version", 1) + 1,
    }
    for container in document.get("containers", ()):
        container["lastStatus"] = "STOPPED"
        for agent in container.get("managedAgents", ()):
            agent["lastStatus"] = "STOPPED"
    for attachment in document.get("attachments", ()):
        attachment["status"] = "DELETED"
