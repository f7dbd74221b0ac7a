"""Choosing among some tasks of a group: what may be listed, what strategies count (A33, D29)."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import placement
from placement import BinPack, Instance, Spread, Task, TaskError

BY_INSTANCE = [Spread("instanceId")]


def cluster() -> placement.Cluster:
    """Return i0 with tasks 0, 1, 2 of g, i1 with 3 and 4 of g, i2 with 5 of h and 6 of g."""
    found = placement.Cluster(release="last_status")
    for row in range(3):
        found.register(Instance(id=f"i{row}", cpu=9, memory=9))
    for row, group in [(0, "g"), (0, "g"), (0, "g"), (1, "g"), (1, "g"), (2, "h"), (2, "g")]:
        found.add_task(f"i{row}", group, Task(cpu=1))
    return found


def test_d29_only_tasks_of_the_pool_are_chosen_and_all_of_the_group_count() -> None:
    """i0 has most tasks of the group, though i1 has most of the pool (A33)."""
    found = cluster()
    assert found.choose_to_stop("g", 1, BY_INSTANCE, among=[3, 4, 2]) == [2]
    assert found.choose_to_stop("g", 9, BY_INSTANCE, among=[6, 4, 3, 0]) == [0, 3, 4, 6]


@pytest.mark.parametrize(
    "among", [(4, 3), {3, 4}, range(3, 5), np.array([4, 3], np.int32), np.array([3, 4], np.uint8)]
)
def test_d29_a_pool_is_any_iterable_of_ids(among: Any) -> None:
    assert cluster().choose_to_stop("g", 2, among=among) == [3, 4]


def test_d29_an_empty_pool_and_a_protected_task_give_nothing() -> None:
    found = cluster()
    assert found.choose_to_stop("g", 2, among=[]) == []
    assert found.choose_to_stop("never named", 2, among=[]) == []
    found.set_task(3, protected=True)
    assert found.choose_to_stop("g", 2, among=[3]) == []
    assert found.choose_to_stop("g", 2, among=[3, 4]) == [4]


@pytest.mark.parametrize(
    "among", [[1, 1], [0, 5], [99], [-1], [2**70], ["0"], [True], [0.0], 3, "0"]
)
def test_d29_ids_that_cannot_be_chosen_from_are_refused_and_nothing_has_changed(among: Any) -> None:
    found = cluster()
    before = found.to_ecs(), found.change_count
    for strategy in (BY_INSTANCE, [placement.Random()]):
        with pytest.raises(TaskError):
            found.choose_to_stop("g", 1, strategy, among=among)
    assert (found.to_ecs(), found.change_count) == before


@pytest.mark.parametrize(
    ("group", "among", "message"),
    [
        ("g", [7], "among: no task 7 in this cluster"),
        ("g", [0, 5], "among: task 5 is of group 'h', not of 'g'"),
        ("never named", [0], "among: task 0 is of group 'g', not of 'never named'"),
        ("g", [4, 0, 4], "among: task 4 is listed twice"),
        ("g", [0, 1], "among: task 1 is stopping already"),
    ],
)
def test_d29_the_message_says_which_task_and_why(
    group: str, among: list[int], message: str
) -> None:
    found = cluster()
    found.stop(1)
    with pytest.raises(TaskError) as caught:
        found.choose_to_stop(group, 1, among=among)
    assert str(caught.value) == message


def test_d29_a_cluster_without_tasks_refuses_every_id() -> None:
    with pytest.raises(TaskError, match="no task 0"):
        placement.Cluster().choose_to_stop("g", 1, among=[0])


def test_e86_binpack_stops_where_most_is_left() -> None:
    """One task of 500 each, 1000 left on i1, 3000 on i2: that on i2 stops (3500 against 1500)."""
    found = placement.Cluster()
    for id, memory in (("i1", 1500), ("i2", 3500)):
        found.register(Instance(id=id, cpu=9, memory=memory))
        found.add_task(id, "service:web", Task(memory=500))
    assert found.choose_to_stop("service:web", 1, BinPack("memory"), among=[0, 1]) == [1]


def test_a39_tasks_that_have_the_same_said_of_them_share_what_is_known() -> None:
    """Scale-in looks at each fact once."""
    found = cluster()
    for number in range(5):
        found.set_task(number, last_status="RUNNING", health="HEALTHY")
    assert len({id(found.store.facts[number]) for number in range(5)}) == 1
