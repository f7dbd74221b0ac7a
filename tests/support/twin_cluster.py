"""The naive twin of a cluster: a list of dictionaries that is given the same history.

Plain and slow on purpose.  It knows the rules of C7, C9, C10 and C15 and nothing of columns; a
call it refuses raises ``placement.PlacementError``, so that ``placement.testing.replay`` plays
histories on it as on a cluster.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

import naive
import placement

LAST_STATES = ("INACTIVE",)


class TwinCluster:
    """Rows of ``naive.Instance``; None is a hole."""

    def __init__(self) -> None:
        self.rows: list[naive.Instance | None] = []
        self.prefixes: list[str] = []
        self.tasks: dict[int, tuple[naive.Instance, str]] = {}
        self.next_task = 0

    def row(self, name: str) -> int:
        """Find an id, or an ARN whose every part is right."""
        head, slash, last = name.rpartition("/")
        for row, instance in enumerate(self.rows):
            if instance is not None and instance["id"] == last:
                if slash and self.prefixes[row] != head + slash:
                    break
                return row
        raise placement.PlacementError(f"no {name}")

    def get(self, name: str) -> naive.Instance:
        found = self.rows[self.row(name)]
        assert found is not None
        return found

    def register(self, given: placement.Instance | Mapping[str, Any]) -> int:
        """Append a row; an INACTIVE instance of the same id makes way (C9)."""
        arn, instance = read(given)
        head, slash, last = arn.rpartition("/")
        for row, other in enumerate(self.rows):
            if other is not None and other["id"] == last:
                if other["status"] != "INACTIVE":
                    raise placement.PlacementError(f"{last} is there")
                self.remove_row(row)
        self.rows.append(instance)
        self.prefixes.append(head + slash)
        return len(self.rows) - 1

    def remove_row(self, row: int) -> None:
        gone = self.rows[row]
        self.tasks = {task: place for task, place in self.tasks.items() if place[0] is not gone}
        self.rows[row] = None

    def deregister(self, name: str, *, force: bool = False) -> None:
        """B17: only by force while tasks run."""
        if self.get(name)["runningTasksCount"] and not force:
            raise placement.PlacementError("tasks run")
        self.remove_row(self.row(name))

    def put_attributes(self, name: str, attributes: Mapping[str, str | None]) -> None:
        self.get(name)["attributes"].update(attributes)

    def delete_attributes(self, name: str, names: Iterable[str]) -> None:
        attributes = self.get(name)["attributes"]
        for attribute in names:
            attributes.pop(attribute, None)

    def set_status(self, name: str, status: str) -> None:
        self.get(name)["status"] = status

    def set_agent(self, name: str, **changes: Any) -> None:
        instance = self.get(name)
        instance["agentConnected"] = changes.get("connected", instance["agentConnected"])
        instance["agentVersion"] = changes.get("version", instance["agentVersion"])

    def add_task(self, name: str, group: str) -> int:
        instance = self.get(name)
        instance["runningTasksCount"] += 1
        instance["groups"][group] = instance["groups"].get(group, 0) + 1
        self.tasks[self.next_task] = (instance, group)
        self.next_task += 1
        return self.next_task - 1

    def remove_task(self, task: int) -> None:
        if task not in self.tasks:
            raise placement.PlacementError(f"no task {task}")
        instance, group = self.tasks.pop(task)
        instance["runningTasksCount"] -= 1
        instance["groups"][group] -= 1

    def compact(self) -> list[int]:
        """Return old row -> new row, -1 for a hole (C7)."""
        kept = [row for row, instance in enumerate(self.rows) if instance is not None]
        moved = [kept.index(row) if row in kept else -1 for row in range(len(self.rows))]
        self.rows = [self.rows[row] for row in kept]
        self.prefixes = [self.prefixes[row] for row in kept]
        return moved

    def mask(self, text: str) -> list[bool]:
        """Ask every row; holes are False whatever the text says (C7)."""
        tree = naive.parse(text, max_length=None)
        return [row is not None and naive.holds(tree, row) for row in self.rows]


def read(given: placement.Instance | Mapping[str, Any]) -> tuple[str, naive.Instance]:
    """Return the ARN (or id) and the naive instance of what ``register`` takes (C9)."""
    if not isinstance(given, placement.Instance):
        return given["containerInstanceArn"], read_document(given)
    return given.id, naive.Instance(
        id=given.id.rpartition("/")[2],
        ec2InstanceId=given.ec2_instance_id,
        status=given.status,
        agentConnected=given.agent_connected,
        agentVersion=given.agent_version,
        registeredAt=given.registered_at,
        runningTasksCount=given.running_tasks,
        attributes=dict(given.attributes),
        groups={},
    )


def read_document(given: Mapping[str, Any]) -> naive.Instance:
    """Return the naive instance of a document, with what C9 assumes for missing fields."""
    return naive.Instance(
        id=given["containerInstanceArn"].rpartition("/")[2],
        ec2InstanceId=given.get("ec2InstanceId"),
        status=given.get("status", "ACTIVE"),
        agentConnected=given.get("agentConnected", True),
        agentVersion=given.get("versionInfo", {}).get("agentVersion"),
        registeredAt=moment(given.get("registeredAt")),
        runningTasksCount=given.get("runningTasksCount", 0),
        attributes={pair["name"]: pair.get("value") for pair in given.get("attributes", [])},
        groups={},
    )


def moment(value: str | float | None) -> datetime | None:
    if isinstance(value, str):
        return datetime.fromisoformat(value)
    return None if value is None else datetime.fromtimestamp(value, UTC)


def read_all(document: Mapping[str, Any]) -> TwinCluster:
    """Return the twin of ``from_ecs``: tasks beside the instances included (C10)."""
    twin = TwinCluster()
    for instance in document["containerInstances"]:
        twin.register(instance)
    for task in document.get("tasks", []):
        arn = task["containerInstanceArn"]
        if arn is None or task.get("desiredStatus") == "STOPPED":  # A20
            continue
        try:
            groups = twin.get(arn)["groups"]
        except placement.PlacementError:  # on an instance that the document does not hold
            continue
        group = task.get("group", "family:a")
        groups[group] = groups.get(group, 0) + 1
    for row in twin.rows:
        assert row is not None
        row["runningTasksCount"] = max(row["runningTasksCount"], sum(row["groups"].values()))
    return twin
