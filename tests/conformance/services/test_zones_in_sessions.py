"""The rows of ``zones.toml`` (D59, D60) once more, through sessions: instances, tasks and time."""

from __future__ import annotations

import tomllib
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from session_cluster import SessionCluster

CASES = tomllib.loads(Path(__file__).with_name("zones.toml").read_text())["rebalancing"]
NAMES = [f"{case['row']} {sum(case['tasks'].values())}" for case in CASES]


def unbalanced(case: dict[str, Any]) -> SessionCluster:
    """Return a steady service whose tasks are in zones as a row has them, with room in each."""
    world = SessionCluster()
    for zone, tasks in case["tasks"].items():
        if tasks:
            world.instance(zone, tasks)
    maximum = case["maximum_percent"]
    world.replicas(
        desired=sum(case["tasks"].values()),
        availabilityZoneRebalancing="DISABLED",
        deploymentConfiguration={
            "minimumHealthyPercent": 50,
            "maximumPercent": maximum,
        },
    )
    world.settle()
    for zone in case["tasks"]:
        world.instance(zone)
    for zone, number in case.get("protected", {}).items():
        there = [task.arn for task in world.tasks("web") if (task.zone or "").endswith(zone)]
        world.client.update_task_protection(
            cluster="default", tasks=there[:number], protectionEnabled=True
        )
    world.settle()
    world.done()
    return world


def moves(kind: str, batch: dict[str, dict[str, int]]) -> Counter[str]:
    return Counter({f"{kind} {zone}": number for zone, number in batch[kind].items()})


@pytest.mark.parametrize("case", CASES, ids=NAMES)
def test_d59_a_rebalancing_in_a_session(case: dict[str, Any]) -> None:
    """Batches until the zones are balanced: starts, and when these are healthy stops."""
    world = unbalanced(case)
    enable = {"service": "web", "availabilityZoneRebalancing": "ENABLED"}
    if not case.get("eligible", True):
        with pytest.raises(world.client.exceptions.InvalidParameterException):
            world.client.update_service(**enable)
        return
    world.client.update_service(**enable)
    world.session.advance(0)
    for number, batch in enumerate(case["batches"]):
        assert world.done("zone") == moves("start", batch) + (
            moves("stop", case["batches"][number - 1]) if number else Counter()
        )
        world.wait()
    last = case["batches"][-1:]
    assert world.done("zone") == (moves("stop", last[0]) if last else Counter())
    assert world.zones("web") == {zone: number for zone, number in case["end"].items() if number}
    world.settle()
    said = [text for text in world.messages("web") if "AZ balanced" in text]
    assert len(said) == (len(case["batches"]) + 1 if case["batches"] else 0)
    if said:
        first, end = case["tasks"], case["end"]
        assert said[0].startswith("is not AZ balanced with " + listed(first))
        assert said[-1] == f"is AZ balanced with {listed(end)}."


def listed(tasks: dict[str, int]) -> str:
    return ", ".join(f"{number} tasks in us-east-1{zone}" for zone, number in tasks.items())
