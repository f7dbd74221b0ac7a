"""The tables of distribution, groups, managed scaling and Managed Instances."""

from __future__ import annotations

from collections import Counter
from fractions import Fraction
from typing import Any

import naive_capacity
from capacity_world import CapacityWorld, percent, settings_of
from managed_world import ManagedWorld
from placement.scaling import distribution, groups, managed_instances, waiting
from placement.scaling.managed_daemons import drain_batch
from placement.scaling.managed_instances import InstanceOffer, PendingTask, TaskKind
from placement.scaling.optimisation import scale_in_delay
from placement.scaling.packing import MachineSize, TaskSize
from placement.timestamps import SECOND
from scaling_tables import each, rows


@each("distribution")
def test_the_distribution_over_providers_d72_d116_d117(row: dict[str, Any]) -> None:
    """A54, A55 and B33; D72, D116, D117: which tasks count is given by the caller."""
    strategy = [(name, weight, base) for name, weight, base in row["strategy"]]
    counts = Counter(row.get("start", {}))
    totals = {number: Counter(tasks) for number, tasks in row.get("totals", [])}
    order = ""
    for number in range(1, row.get("place", len(row.get("order", ""))) + 1):
        choice = distribution.next_item(strategy, counts)
        assert choice.provider == naive_capacity.next_provider(strategy, counts)
        counts[choice.provider] += 1
        order += choice.provider
        assert totals.pop(number, counts) == counts
    assert not totals
    assert order == row.get("order", order)
    for letter in row.get("leave", ""):
        left = distribution.leave(strategy, counts, row.get("among"))
        assert left is not None
        assert left.provider == letter
        among = row.get("among", counts)
        assert letter == naive_capacity.leaving_provider(strategy, counts, among)
        counts[letter] -= 1
    assert counts == Counter(row["end"])


@each("launch")
def test_zones_of_launches(row: dict[str, Any]) -> None:
    counts = dict(row["zones"])
    for zone in row["order"]:
        choice = groups.launch_zone(counts, row.get("failed", ()))
        assert choice is not None
        assert choice.zone == zone
        counts[zone] += 1
    if not row["order"]:
        assert groups.launch_zone(counts, row["failed"]) is None


def instance_of(text: str) -> groups.GroupInstance:
    key, zone, *words = text.split()
    number = {name: int(words[words.index(name) + 1]) for name in ("at", "config") if name in words}
    return groups.GroupInstance(
        key,
        zone,
        number.get("at", 0) * SECOND,
        number.get("config", 0),
        "unhealthy" not in words,
        "protected" in words,
        int("busy" in words),
    )


@each("victim")
def test_victims_of_a_scale_in_d75_d77(row: dict[str, Any]) -> None:
    """D75: with managed termination protection; D77: Default."""
    instances = [instance_of(text) for text in row["instances"]]
    if row["policy"] == "managed termination protection":
        chosen = groups.empty_victims(instances, row["count"])
    else:
        policy = groups.Policy(row["policy"])
        now = row.get("now", 0) * SECOND
        chosen = groups.victims(instances, row["count"], policy, now=now)
    assert [victim.key for victim in chosen] == row["victims"]
    if row["policy"] == "OldestInstance":
        plain = [(str(one.key), one.zone, one.healthy, one.protected) for one in instances]
        assert naive_capacity.victims(plain, row["count"]) == row["victims"]


@each("rebalancing")
def test_a_group_evens_out_its_zones_d78(row: dict[str, Any]) -> None:
    zones = row["zones"]
    protected = row.get("protected", {})
    unprotected = {zone: number - protected.get(zone, 0) for zone, number in zones.items()}
    result = groups.rebalance_zones(zones, unprotected, row["maximum"])
    assert list(result.launches) == row["launches"]
    assert list(result.terminations) == row["terminations"]


@each("loop")
def test_managed_scaling_second_by_second_d74_d97_d98(row: dict[str, Any]) -> None:
    """A59 to A61, B35, D74, D98; D97: the first step of demand at 0 comes at 60."""
    slots = row.get("slots", 1)
    world = CapacityWorld(
        slots=slots,
        settings=settings_of(row.get("settings", {})),
        maximum=row.get("maximum", 1000),
        protection=row.get("protection", True),
        task_cpu=row.get("task_cpu", 1024),
        type_cpu=row.get("type_cpu"),
    )
    world.add_machines(row.get("full", 0), slots)
    world.add_machines(row.get("partial", 0), 1)
    world.add_machines(row.get("empty", 0), 0)
    world.add_tasks(row.get("tasks", 0))
    world.step()
    placed = dict(row.get("placed", []))
    for event in row.get("event", []):
        world.run_until(event["at"] - 1)
        world.now = event["at"]
        world.add_tasks(event.get("tasks", 0))
        world.empty_machines(event.get("emptied", 0))
        world.step()
    for second in sorted({*placed, row.get("until", 3600)}):
        world.run_until(second)
        assert placed.get(second, world.running) == world.running
    assert world.changes == row["desired"]
    for second, text in row.get("percents", []):
        assert percent(world, second) == Fraction(text)
    assert sorted(map(list, world.stopped.items())) == row.get("stopped", [])


TYPES = {
    row["name"]: (row["vcpus"] * 1024, row["memory"], Fraction(row["price"]))
    for row in rows("instance_type")
}


@each("choice")
def test_what_managed_instances_launch_d81(row: dict[str, Any]) -> None:
    offers = [
        InstanceOffer(name, MachineSize(cpu, memory), price)
        for name, (cpu, memory, price) in TYPES.items()
    ]
    sizes = [(cpu, memory) for number, cpu, memory in row["tasks"] for _ in range(number)]
    tasks = [PendingTask(key, TaskKind(TaskSize(*size))) for key, size in enumerate(sizes)]
    daemons = [TaskSize(cpu, memory) for _, cpu, memory in row.get("daemons", [])]
    steps = managed_instances.choose(tasks, offers, {"a": 0}, daemons=daemons)
    launched = []
    try:
        action = next(steps)
        while True:
            launched.append(action)
            action = steps.send(1)
    except StopIteration as end:
        result = end.value
    found = [
        [one.instance_type, len(one.tasks), str(float(one.price_per_task))] for one in launched
    ]
    assert found == row["launched"]
    assert len(result.waiting) == row.get("waiting", 0)
    waits = [waiting.WaitingTask(one.key, "kind", 0) for one in result.waiting]
    if "stops" in row:
        stop = row["stops"] * SECOND
        assert waiting.time_outs(waits, stop - 1) == ()
        assert len(waiting.time_outs(waits, stop)) == len(waits)
        assert waiting.next_due(waits) == stop
    if not daemons:
        twin = naive_capacity.launches(sizes, TYPES, {"a": 0})
        assert [(one.zone, one.instance_type, list(one.tasks)) for one in launched] == twin


@each("leaving")
def test_an_idle_instance_leaves_d83(row: dict[str, Any]) -> None:
    world = ManagedWorld(scale_in_delay(row.get("scale_in_after")), slots=1)
    world.add_instance(0)
    for second, event in row["events"]:
        world.run_until(second * SECOND)
        world.place(0) if event == "place" else world.stop(0)
    world.run_until(10_000 * SECOND)
    expected = [[row["deregistering"], 0]] if "deregistering" in row else []
    assert world.deregistered == expected


@each("consolidation")
def test_an_underused_instance_is_drained_d84(row: dict[str, Any]) -> None:
    world = ManagedWorld(300 * SECOND, slots=row["slots"])
    world.run_until(row["changed"] * SECOND)
    for number in row["tasks"]:
        world.add_instance(number)
    world.protect(row.get("protected", []))
    world.run_until(10_000 * SECOND)
    assert world.drained == row["drains"]
    assert world.tasks() == row["end"]


@each("drain_batch")
def test_batches_of_managed_daemons_d55(row: dict[str, Any]) -> None:
    for instances, batch in row["batches"]:
        assert drain_batch(instances, row["percent"]) == batch
