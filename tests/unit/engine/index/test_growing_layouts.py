"""Runs of tasks after instances have joined until their layout was laid out again."""

from __future__ import annotations

from placement import Cluster
from placement.engine.request import Task
from placement.model import Instance

ROUNDS, JOIN, SLOTS = 60, 13, 10


def test_a_run_of_tasks_after_many_instances_have_joined() -> None:
    """Room to work in is as long as the layout: a run wrote past its end, and corrupted memory."""
    cluster = Cluster(seed=1)
    prepared = {}
    placed = 0
    for turn in range(ROUNDS):
        for number in range(turn * JOIN, (turn + 1) * JOIN):
            zone = f"us-east-1{'abc'[number % 3]}"
            attributes = {"ecs.availability-zone": zone}
            machine = Instance(id=f"i{number}", cpu=1000, memory=7000, attributes=attributes)
            cluster.register(machine)
        group = f"service:s{turn % 4}"
        if group not in prepared:
            prepared[group] = cluster.prepare(Task(cpu=100, memory=10, family="a"), group=group)
        result = cluster.place_many([prepared[group]], [0] * 500)
        placed += int((result.rows >= 0).sum())
        assert placed == (turn + 1) * JOIN * SLOTS
    assert {cluster.describe(id).running_tasks for id in cluster.ids if id} == {SLOTS}
