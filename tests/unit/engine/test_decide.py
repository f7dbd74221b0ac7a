"""Decisions by indexes: what made them differ from a scan once, as small cases."""

import random
from typing import Any

import pytest

import placement
from placement.kernels.fields import CPU

ZONE = "ecs.availability-zone"


def cluster_of(count: int, **options: Any) -> placement.Cluster:
    cluster = placement.Cluster(**options)
    for number in range(count):
        cluster.register(placement.Instance(id=f"i{number}", cpu=4096, memory=4096))
    return cluster


def test_a33_without_old_revisions_tasks_of_another_family_still_count() -> None:
    cluster = cluster_of(2)
    cluster.add_task("i0", "service:s", placement.Task(family="sidecar", revision=7))
    spread = placement.Spread("instanceId", count_old_revisions=False)
    task = placement.Task(family="web", revision=2)
    assert cluster.place(task, group="service:s", strategy=spread).instances == ["i1"]


def test_a33_without_old_revisions_other_revisions_of_the_family_do_not_count() -> None:
    cluster = cluster_of(2)
    cluster.add_task("i0", "service:s", placement.Task(family="web", revision=1))
    spread = placement.Spread("instanceId", count_old_revisions=False)
    task = placement.Task(family="web", revision=2)
    assert cluster.place(task, group="service:s", strategy=spread).instances == ["i0"]


def test_a_pattern_on_groups_knows_the_groups_of_requests_behind_it_in_the_same_call() -> None:
    cluster = cluster_of(2)
    near = placement.MemberOf("task:group =~ 'service:.*'")
    scanned = placement.Spread("instanceId", count_draining=False)
    requests = [
        cluster.prepare(placement.Task(), group="g", constraints=[near], strategy=()),
        cluster.prepare(placement.Task(), group="service:new", strategy=scanned),
    ]
    assert cluster.place_many(requests, [0, 1, 0]).rows.tolist() == [-1, 0, 0]


def test_a_pattern_enrolled_early_hears_of_groups_named_before_a_later_pattern() -> None:
    cluster = cluster_of(2)
    first = cluster.prepare(
        placement.Task(),
        group="g",
        constraints=[placement.MemberOf("task:group =~ 'service:.*'")],
        strategy=(),
    )
    second = cluster.prepare(
        placement.Task(),
        group="service:new",
        constraints=[placement.MemberOf("not(task:group =~ 'x.*')")],
        strategy=(),
    )
    assert cluster.place_many([first, second], [0, 1, 0]).rows.tolist() == [-1, 0, 0]


def test_an_instance_that_comes_back_without_room_is_no_candidate() -> None:
    cluster = cluster_of(2)
    cluster.set_status("i1", "DRAINING")
    cluster.add_task("i1", "g", placement.Task(cpu=4096))
    task = placement.Task(cpu=4096)
    for strategy in (placement.Random(), placement.Spread("instanceId")):
        assert len(cluster.place(task, 2, strategy=strategy, all_or_nothing=True).rows) == 0
        assert cluster.place(task, strategy=strategy).rows.tolist() == [0]
        cluster.set_status("i1", "ACTIVE")
        assert cluster.place(task, strategy=strategy).unplaced == 1
        cluster.set_status("i1", "DRAINING")
        cluster.stop(cluster.store.tasks.number - 1)


def test_a_scan_by_a_resource_that_no_instance_ever_had() -> None:
    cluster = cluster_of(2)
    scanned: list[placement.Spread | placement.BinPack] = [
        placement.Spread("instanceId", count_draining=False),
        placement.BinPack("disk"),
    ]
    assert cluster.place(placement.Task(), 2, strategy=scanned).rows.tolist() == [0, 1]


def test_indexes_that_have_no_room_together_are_built_again_and_decide_the_same() -> None:
    chance = random.Random(3)
    order = [chance.randrange(9) for _ in range(200)]
    answers = []
    for index_bytes in (0, 3000, 2**30):
        cluster = placement.Cluster(index_bytes=index_bytes)
        for number in range(150):
            cluster.register(placement.Instance(id=f"i{number}", cpu=4096, memory=4096))
        requests = [
            cluster.prepare(
                placement.Task(cpu=100),
                group=f"g{number}",
                strategy=[placement.Spread("instanceId"), placement.BinPack("cpu")],
            )
            for number in range(9)
        ]
        answers.append(cluster.place_many(requests, order).rows.tolist())
    assert answers[0] == answers[1] == answers[2]


def test_index_bytes_is_a_number_of_bytes() -> None:
    with pytest.raises(placement.UsageError, match="index_bytes is a number of bytes, not int -1"):
        placement.Cluster(index_bytes=-1)


def test_a_decision_is_taken_back_with_its_ids_and_random_numbers() -> None:
    tried, never = cluster_of(5), cluster_of(5)
    task = placement.Task(cpu=10, tcp_ports=(80,))
    placed = tried.place(task, 3)
    placed.undo()
    assert tried.usage("i0") == never.usage("i0")
    later, same = tried.place(task, 4), never.place(task, 4)
    assert (later.rows.tolist(), later.task_ids.tolist()) == (same.rows.tolist(), [0, 1, 2, 3])
    with pytest.raises(placement.StaleExplanation):
        placed.undo()


def instance(id: str, attributes: dict[str, str | None]) -> placement.Instance:
    return placement.Instance(id=id, cpu=100, memory=1, attributes=attributes)


def test_an_instance_with_tasks_that_moves_to_where_no_room_was_left_is_found() -> None:
    """Its key is larger than what is at a position that no row ever had."""
    zone: list[dict[str, str | None]] = [{"z": "b"}, {"z": "a"}]
    found = placement.Cluster()
    for number in range(50):
        found.register(instance(f"i{number}", zone[0]))
    strategy = [placement.Spread("attribute:z"), placement.Spread("instanceId")]
    asked = found.prepare(placement.Task(cpu=60), group="g", strategy=strategy)
    found.place_many([asked], [0])
    for number in range(50, 61):
        found.register(instance(f"i{number}", zone[number == 60]))
    found.add_task("i60", "g")
    large = found.place_many([asked], [0] * 61).task_ids[1]
    assert found.place_many([asked], [0]).rows.tolist() == [-1]
    found.stop(large)
    found.put_attributes("i60", zone[0])
    assert found.place_many([asked], [0]).rows.tolist() == [60]


def test_c10_an_instance_with_less_than_nothing_left_has_room_for_a_task_of_nothing() -> None:
    """A task that holds nothing stops there, and the next one is placed."""
    found = cluster_of(1)
    found.store.tasks.resources.free[0, CPU] = -5
    one = [placement.DistinctInstance()]
    asked = found.prepare(placement.Task(), group="g", constraints=one, strategy=())
    rows, ids = found.place_many([asked], [0, 0])
    assert rows.tolist() == [0, -1]
    found.stop(int(ids[0]))
    assert found.place_many([asked], [0]).rows.tolist() == [0]


@pytest.mark.parametrize("ranked", [False, True])
def test_c10_binpack_takes_less_than_nothing_as_nothing(ranked: bool) -> None:
    """Instances with nothing and with less than nothing left are equal: by index and by scan."""
    found = cluster_of(3, reporter=(lambda _: None) if ranked else None)
    found.store.tasks.resources.free[:3, CPU] = [100, 0, -5]
    strategy = [placement.BinPack("cpu")]
    assert found.place(placement.Task(memory=1), strategy=strategy).rows.tolist() == [1]
