"""Scale-in follows what stops change; comparing all tasks for each victim gives the same (A39)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

import placement
from placement import BinPack, Instance, Random, Spread, Task
from placement.engine.ranking import ranking_of
from placement.engine.rules import checked_strategy
from placement.engine.scale_in import TIES
from placement.engine.scale_in_state import NOT_YET_RUNNING

RACKS = ("a", "b", None)

CPU = (0, 1, 2, 2**16, 2**33 + 1)
"""Amounts that differ in few of their bits, low ones and high ones."""

spreads = st.builds(
    Spread,
    st.sampled_from(["instanceId", "attribute:rack", "attribute:shelf", "attribute:unheard"]),
    count_draining=st.booleans(),
)
chains = st.lists(
    spreads | st.sampled_from([BinPack("cpu"), BinPack("memory"), Random()]), max_size=5
)


@st.composite
def clusters(draw: st.DrawFn) -> placement.Cluster:
    """Return a cluster with tasks of two groups, some of them ended, some with facts."""
    found = placement.Cluster()
    rows = draw(st.integers(1, 6))
    for row in range(rows):
        attributes = {
            name: value
            for name in ("rack", "shelf")
            if (value := draw(st.sampled_from(RACKS))) is not None
        }
        found.register(Instance(id=f"i{row}", cpu=2**38, memory=99, attributes=attributes))
    for _ in range(draw(st.integers(0, 20))):
        task = Task(cpu=draw(st.sampled_from(CPU)), memory=draw(st.integers(0, 3)))
        row = draw(st.integers(0, rows - 1))
        number = found.add_task(f"i{row}", draw(st.sampled_from("ggh")), task)
        if draw(st.integers(0, 5)) == 0:
            found.set_task(
                number,
                last_status=draw(st.sampled_from(["PENDING", "RUNNING"])),
                health=draw(st.sampled_from(["UNKNOWN", "UNHEALTHY"])),
                protected=draw(st.booleans()),
                deployment=draw(st.integers(-1, 1)),
            )
        elif draw(st.integers(0, 5)) == 0:
            found.stop(number)
    for row in range(rows):
        if draw(st.integers(0, 3)) == 0:
            found.set_status(f"i{row}", "DRAINING")
    return found


def one_at_a_time(
    cluster: placement.Cluster,
    group: str,
    strategies: Sequence[Any],
    tie: str,
    among: Sequence[int] | None = None,
) -> list[int]:
    """Stop all tasks of a group, each after comparing those that are left; no chance in it."""
    chosen: list[int] = []
    ranking = ranking_of(checked_strategy(list(strategies)))
    with cluster.trial():
        store = cluster.store
        while True:
            left = [
                number
                for number in range(store.tasks.number)
                if store.tasks.position_of(number) >= 0
                and cluster.task(number).group == group
                and not cluster.task(number).protected
                and (among is None or number in among)
            ]
            if not left:
                return chosen
            victim = max(left, key=lambda number: rank(cluster, group, ranking.keys, number, tie))
            chosen.append(victim)
            cluster.remove_task(victim)


def rank(
    cluster: placement.Cluster, group: str, keys: Sequence[Any], number: int, tie: str
) -> tuple[int, ...]:
    """Return what is compared of a task, in A39's order; the largest stops first."""
    task = cluster.task(number)
    numbers = [
        -task.deployment,
        task.last_status in NOT_YET_RUNNING,
        task.health == "UNHEALTHY",
        cluster.describe(task.instance).status == "DRAINING",
    ]
    for key in keys:
        numbers += numbers_of(cluster, group, str(key), key, task)
    return (*numbers, number if tie == "newest" else -number)


def numbers_of(cluster: placement.Cluster, group: str, name: str, key: Any, task: Any) -> list[int]:
    """Return what a strategy compares of a task: an amount, or a count and whether it has none."""
    if name.startswith("binpack"):
        usage = cluster.usage(task.instance)
        if name == "binpack(cpu)":
            return [usage.remaining_cpu + task.cpu]
        return [usage.remaining_memory + task.memory]
    on_row = key if key.attribute is None else key.on_row
    bucket = bucket_of(cluster, key, task.instance)
    counts = cluster.task_counts(group)
    total = 0
    for row, id in enumerate(cluster.ids):
        if id is None or not counts[row]:
            continue
        draining = cluster.describe(id).status == "DRAINING"
        if bucket_of(cluster, key, id) == bucket and (on_row.count_draining or not draining):
            total += int(counts[row])
    return [total, bucket is None]


def bucket_of(cluster: placement.Cluster, key: Any, id: str) -> str | None:
    """Return what an instance is counted by: its id, or its value of the attribute."""
    if key.attribute is None:
        return id
    return cluster.describe(id).attributes.get(key.attribute)


@given(clusters(), chains, st.sampled_from(TIES), st.integers(0, 2**64 - 1), st.integers(0, 20))
def test_scale_in_agrees_with_comparing_all_tasks_for_each_victim(
    cluster: placement.Cluster, strategies: list[Any], tie: str, seed: int, count: int
) -> None:
    """A39: also what is asked for in part is the beginning of the whole."""
    before = cluster.change_count
    found = cluster.choose_to_stop("g", 99, strategies, tie=tie, seed=seed)
    part = cluster.choose_to_stop("g", count, strategies, tie=tie, seed=seed)
    assert part == found[:count]
    assert cluster.change_count == before
    sure = [strategy for strategy in strategies if strategy != Random()]
    if len(sure) == len(strategies):
        assert found == one_at_a_time(cluster, "g", sure, tie)


def tasks_of(cluster: placement.Cluster, group: str) -> list[int]:
    """Return the ids of the tasks of a group that count."""
    there = range(cluster.store.tasks.number)
    positions = map(cluster.store.tasks.position_of, there)
    known = [number for number, position in zip(there, positions, strict=True) if position >= 0]
    return [number for number in known if cluster.task(number).group == group]


@given(clusters(), chains, st.sampled_from(TIES), st.integers(0, 200), st.data())
def test_d29_scale_in_among_some_tasks_counts_the_whole_group(
    cluster: placement.Cluster, strategies: list[Any], tie: str, empty: int, data: st.DataObject
) -> None:
    """A33, D29: in any order of ids, and however many instances have none of the tasks."""
    for row in range(empty):  # with many, only the rows of the tasks are looked at
        cluster.register(Instance(id=f"e{row}", cpu=1, memory=1))
    among = data.draw(st.permutations(tasks_of(cluster, "g")))
    among = among[: data.draw(st.integers(0, len(among)))]
    before = cluster.change_count
    how: dict[str, Any] = {"tie": tie, "seed": 7}
    found = cluster.choose_to_stop("g", 99, strategies, among=among, **how)
    assert cluster.choose_to_stop("g", 99, strategies, among=np.array(among, int), **how) == found
    for count in (1, 4):
        part = cluster.choose_to_stop("g", count, strategies, among=iter(among), **how)
        assert part == found[:count]
    assert cluster.change_count == before
    free = [number for number in among if not cluster.task(number).protected]
    assert sorted(found) == sorted(free)
    sure = [strategy for strategy in strategies if strategy != Random()]
    if len(sure) == len(strategies):
        assert found == one_at_a_time(cluster, "g", sure, tie, among)
