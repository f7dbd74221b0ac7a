"""Decisions without an index: spread that counts the new revision only (A33, C38)."""

from __future__ import annotations

from typing import Any

import pytest

from placement import Cluster, Instance, Spread, Task

ZONE = "ecs.availability-zone"
GROUP = "service:web"
CHAINS = {
    "instances": [Spread("instanceId", count_old_revisions=False)],
    "zones": [
        Spread(f"attribute:{ZONE}", count_old_revisions=False),
        Spread("instanceId", count_old_revisions=False),
    ],
}


def revision(number: int) -> Task:
    return Task(cpu=1, memory=1, family="web", revision=number)


def deployed(found: Cluster, task: Task, count: int, deployment: int, strategy: Any) -> list[int]:
    """Place tasks of a deployment as a driver of services does, and return their rows."""
    placed = found.place(task, count, group=GROUP, strategy=strategy)
    for id in placed.task_ids.tolist():
        found.set_task(id, deployment=deployment)
    rows: list[int] = placed.rows.tolist()
    return rows


def half_rolled() -> Cluster:
    """Return four instances in two zones, the first of which has all tasks of revision 1."""
    found = Cluster()
    for number in range(4):
        attributes = {ZONE: "ab"[number // 2]}
        found.register(Instance(id=f"i-{number}", cpu=100, memory=100, attributes=attributes))
    for _ in range(6):
        id = found.place_on("i-0", revision(1), group=GROUP).task_id
        assert id is not None
        found.set_task(id, deployment=1)
    return found


@pytest.mark.parametrize(
    ("chain", "expected"), [("instances", [0, 1, 2, 3, 0]), ("zones", [0, 2, 1, 3, 0])]
)
def test_a33_a_rolling_deployment_can_spread_by_its_own_tasks_alone(
    chain: str, expected: list[int]
) -> None:
    """C38: those of the old revision weigh nothing, whatever instances they crowd."""
    found = half_rolled()
    assert deployed(found, revision(2), 5, 2, CHAINS[chain]) == expected
    assert found.choose_to_stop(GROUP, 6) == [0, 1, 2, 3, 4, 5]  # the older deployment first


def test_a33_ecs_spreads_by_the_tasks_of_all_revisions() -> None:
    found = half_rolled()
    rows = deployed(found, revision(2), 5, 2, [Spread("instanceId")])
    assert rows == [1, 2, 3, 1, 2]


def test_a33_what_is_compared_is_the_revision_and_not_the_deployment() -> None:
    """A new deployment of the same revision counts the tasks of the one before."""
    found = half_rolled()
    assert deployed(found, revision(1), 3, 2, CHAINS["instances"]) == [1, 2, 3]


def test_a33_one_by_one_and_as_a_stream_it_is_the_same() -> None:
    found, other = half_rolled(), half_rolled()
    asked = other.prepare(revision(2), group=GROUP, strategy=CHAINS["zones"])
    single = [deployed(found, revision(2), 1, 2, CHAINS["zones"])[0] for _ in range(5)]
    assert single == other.place_many([asked], [0] * 5).rows.tolist()
    assert other.replay([asked], [0, ~0, 0]).rows.tolist() == [2, -1, 2]
