"""The table of Managed Instances, played through sessions.

Its types are as printed; a machine registers what the kernel leaves of its memory (C51), so that
tasks here ask for 15/16 of the memory that a row says.
"""

from __future__ import annotations

import pickle
from datetime import timedelta
from typing import Any

import pytest

from managed_session import NOON, ManagedSession, attribute_of, register_task
from scaling_tables import rows

TYPES = [kind["name"] for kind in rows("instance_type")]
A_MOMENT = timedelta(microseconds=1)


def name_of(row: dict[str, Any]) -> str:
    return f"{row['row']}-{row.get('title', '')}"[:40]


def left_of(memory: int) -> int:
    return memory * 15 // 16


def add_daemons(world: ManagedSession, row: dict[str, Any]) -> None:
    """Create a DAEMON service for each daemon of a row."""
    for number, (_, cpu, memory) in enumerate(row.get("daemons", [])):
        container = {"name": "d", "image": "busybox", "cpu": cpu, "memory": left_of(memory)}
        world.ecs.register_task_definition(family=f"d{number}", containerDefinitions=[container])
        world.ecs.create_service(
            serviceName=f"d{number}",
            taskDefinition=f"d{number}",
            schedulingStrategy="DAEMON",
            launchType="EC2",
        )


@pytest.mark.parametrize("row", rows("choice"), ids=name_of)
def test_what_is_launched_for_waiting_tasks_d81(row: dict[str, Any]) -> None:
    """E181 to E186: types with their tasks; launches take 60 s; the rest times out (D81)."""
    world = ManagedSession({"allowedInstanceTypes": TYPES})
    add_daemons(world, row)
    for number, (count, cpu, memory) in enumerate(row["tasks"]):
        register_task(world.ecs, f"t{number}", cpu, left_of(memory))
        world.run_tasks(f"t{number}", count)
    twin, pickled = world.session.copy(), pickle.loads(pickle.dumps(world.session))
    world.run_until(59)
    assert world.instances() == []
    world.run_until(60)
    launched = [
        (attribute_of(one, "ecs.instance-type"), one["runningTasksCount"])
        for one in world.instances()
    ]
    daemons = len(row.get("daemons", []))
    wanted = [(name, number + daemons) for name, number, _ in row["launched"]]
    assert sorted(launched) == sorted(wanted)
    started = world.history("launch of ")
    assert [what.split("(")[1].split(",")[0] for _, what, _ in started] == [
        name for name, _, _ in row["launched"]
    ]
    assert len(world.tasks()) == sum(number for _, number in wanted) + row.get("waiting", 0)
    if "stops" in row:
        world.run_until(row["stops"] - 1)
        waiting = [task for task in world.tasks() if task["lastStatus"] == "PROVISIONING"]
        assert len(waiting) == row["waiting"]
        world.run_until(row["stops"])
        assert world.tasks() == []
        [stopped] = world.ecs.describe_tasks(tasks=[waiting[0]["taskArn"]])["tasks"]
        assert stopped["stopCode"] == "TaskFailedToStart"
    for other in (twin, pickled):
        other.advance(world.session.now - other.now)
        assert other.history == world.session.history


@pytest.mark.parametrize("row", rows("leaving"), ids=name_of)
def test_when_an_idle_instance_leaves_d83(row: dict[str, Any]) -> None:
    """E187 to E189, D83: DEREGISTERING that long after its last task stopped."""
    further = {}
    if "scale_in_after" in row:
        further["infrastructureOptimization"] = {"scaleInAfter": row["scale_in_after"]}
    world = ManagedSession({"allowedInstanceTypes": TYPES[:1]}, provider=further)
    register_task(world.ecs, "app", 1024, 1024)
    world.run_tasks("app", 1)
    events = row["events"]
    assert events[0] == [0, "place"]
    start = 60  # the launch
    for second, event in events[1:]:
        world.run_until(start + second)
        if event == "place":
            world.run_tasks("app", 1)
        else:
            [task] = world.tasks()
            world.ecs.stop_task(task=task["taskArn"])
    world.run_until(start + row.get("deregistering", 4000) + 4000)
    left = [second - start for second, _, _ in world.history("DEREGISTERING")]
    assert left == ([row["deregistering"]] if "deregistering" in row else [])
    assert len(world.instances()) == (0 if left else 1)
    assert [second - start for second, _, _ in world.history("i-")] == left


@pytest.mark.parametrize("row", rows("consolidation"), ids=name_of)
def test_which_underused_instance_is_drained_d84(row: dict[str, Any]) -> None:
    """E190, E191, D84: the one with fewest tasks whose tasks fit elsewhere, one at a time."""
    world = ManagedSession({"allowedInstanceTypes": ["m6i.large"]})
    slots, counts = row["slots"], row["tasks"]
    slot = {"cpu": 2048 // slots, "memory": left_of(8192) // slots}
    register_task(world.ecs, "slot", **slot)
    register_task(world.ecs, "block", 2048, left_of(8192))
    blocks = world.run_tasks("block", len(counts))
    world.run_until(60)
    instances = [one["containerInstanceArn"] for one in world.instances()]
    owner = {
        task["containerInstanceArn"]: task["taskArn"]
        for task in world.ecs.describe_tasks(tasks=blocks)["tasks"]
    }
    world.ecs.create_service(serviceName="web", taskDefinition="slot", desiredCount=0)
    fillers, wanted = [], 0
    for instance, count in zip(instances, counts, strict=True):
        world.ecs.stop_task(task=owner[instance])
        wanted += count
        world.ecs.update_service(service="web", desiredCount=wanted)
        world.session.advance(1)
        fillers += world.run_tasks("slot", slots - count)
        world.session.advance(1)
    for place in row.get("protected", []):
        [*tasks] = world.tasks(serviceName="web", containerInstance=instances[place])
        arns = [task["taskArn"] for task in tasks]
        world.ecs.update_task_protection(cluster="default", tasks=arns, protectionEnabled=True)
    world.run_until(row["changed"])
    for task in fillers:
        world.ecs.stop_task(task=task)
    world.run_until(4000)
    drains = [
        [round((one.time - NOON) / timedelta(seconds=1)), instances.index(one.subject)]
        for one in world.session.history
        if one.what == "DRAINING"
    ]
    assert drains == row["drains"]
    assert [one["runningTasksCount"] for one in world.instances()] == row["end"]
    assert len(world.tasks(serviceName="web")) == sum(counts)
