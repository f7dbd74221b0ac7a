"""What tasks that have ended leave: nothing (C8, C15)."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from placement import Cluster, Instance, Spread, Task, TaskError
from placement.kernels.fields import NEXT_ID
from placement.state import task_parts
from placement.state.positions import without_ended
from placement.state.store import Store
from store_dump import dump

HOST = Spread("instanceId")
WEB = Task(family="web", cpu=1, memory=1)
MANY = 5 * task_parts.MIN_ENDED


def instances(count: int = 8, **options: Any) -> Cluster:
    found = Cluster(**options)
    for number in range(count):
        found.register(Instance(id=f"i-{number}", cpu=10**6, memory=10**6, gpus=2))
    return found


def lengths(store: Store) -> dict[str, int]:
    """Return how much is held for tasks: lengths of arrays, tables and dictionaries."""
    tasks = store.tasks
    return {
        "positions": len(tasks.task["row"]),
        "pairs": len(tasks.groups.pairs.entries),
        "ports": len(tasks.ports.table.keys),
        "groups": len(tasks.groups.tasks),
        "names": len(tasks.groups.names),
        "specs": len(tasks.specs.demand),
        "facts": len(store.facts),
        "arns": len(store.arns) + len(store.task_of_arn),
    }


ENDINGS: dict[str, Callable[[Cluster, list[int]], Any]] = {
    "stop": lambda cluster, ids: cluster.stop(ids),
    "stop, an array": lambda cluster, ids: cluster.stop(np.array(ids)),
    "stop, one by one": lambda cluster, ids: [cluster.stop(id) for id in ids],
    "remove_task": lambda cluster, ids: [cluster.remove_task(id) for id in ids],
    "set_task": lambda cluster, ids: [cluster.set_task(id, last_status="STOPPED") for id in ids],
    "undo": lambda cluster, _: cluster.place(WEB, MANY, group="g").undo(),
}


@pytest.mark.parametrize("end", ENDINGS.values(), ids=ENDINGS)
def test_c8_room_for_ended_tasks_is_given_back(end: Callable[[Cluster, list[int]], Any]) -> None:
    """Those that live stay what they are, and find their ports and GPUs again."""
    cluster, twin = instances(), instances()
    for each in (cluster, twin):
        each.place(Task(cpu=8, gpus=1, tcp_ports=(80, 81)), 4, group="old", strategy=HOST)
        each.add_task("i-3", "noted", Task(cpu=4))
        each.set_task(2, protected=True)
    ended = [
        *cluster.place(WEB, MANY, group="g", strategy=HOST).task_ids.tolist(),
        *[cluster.add_task("i-1", "g", WEB) for _ in range(100)],
    ]
    end(cluster, ended)
    if len(cluster.tasks_on("i-1")) > 10:  # what was undone is no start
        cluster.stop(ended)
    first = cluster.store.tasks.number
    assert first == 5 + MANY + 100
    held, plain = lengths(cluster.store), lengths(twin.store)
    for name in ("positions", "pairs", "ports", "facts", "arns"):
        # what is dropped one by one may leave room for so many
        assert held[name] <= 4 * plain[name] + 2 * task_parts.MIN_ENDED < MANY, name
    with pytest.raises(TaskError):
        cluster.task(ended[0])
    assert [cluster.task(id) for id in range(5)] == [twin.task(id) for id in range(5)]
    assert cluster.to_ecs() == twin.to_ecs()
    for each in (cluster, twin):
        each.stop([0, 2])
        again = each.place(Task(tcp_ports=(80,), gpus=2), 9)
        assert again.unplaced == 3
        assert again.task_ids[0] == (first if each is cluster else 5)
    assert cluster.to_ecs()["containerInstances"] == twin.to_ecs()["containerInstances"]


EARLIER = 64
"""When names are counted depends a little on how many ended tasks still have positions."""


@pytest.mark.parametrize("names", ["one group", "a group and size for each"])
def test_c8_memory_is_flat_while_tasks_come_and_go(names: str) -> None:
    """After the first rounds nothing grows, whatever is counted."""
    cluster = instances()
    request = cluster.prepare(WEB, group="g", strategy=HOST)
    running = cluster.place_many([request], [0] * 1000).task_ids
    most: dict[str, int] = {}
    for round_ in range(40):
        for at in range(500):
            if names == "one group":
                cluster.stop(int(running[at]))
                running[at] = cluster.place_many([request], [0]).task_ids[0]
            else:
                job = round_ * 500 + at
                task = Task(family=f"f-{job}", cpu=1 + job)
                cluster.remove_task(cluster.add_task("i-0", f"job-{job}", task))
            held = lengths(cluster.store)
            if round_ < 20:
                most = {name: max(most.get(name, 0), length) for name, length in held.items()}
            grown = {name: length for name, length in held.items() if length > most[name] + EARLIER}
            assert not grown, (round_, grown, most)
    assert cluster.store.tasks.living == 1000


@pytest.mark.parametrize(
    "way",
    [Cluster.copy, lambda cluster: pickle.loads(pickle.dumps(cluster)), lambda cluster: cluster],
    ids=["copy", "pickle", "after a trial"],
)
def test_c8_copies_are_as_if_ended_tasks_had_never_been(way: Callable[[Cluster], Cluster]) -> None:
    """Only the id of the next task says that there were any (C15)."""
    cluster, twin = instances(), instances()
    kept = cluster.place(WEB, 100, group="g", strategy=HOST)
    cluster.stop(cluster.place(WEB, 1000, group="g", strategy=HOST).task_ids)
    assert cluster.store.tasks.positions > cluster.store.tasks.living == len(kept.rows)
    twin.place(WEB, 100, group="g", strategy=HOST)
    with cluster.trial():
        cluster.stop(kept.task_ids)
    copies = [way(cluster), way(twin)]
    for one in copies:
        one.store.tasks.meta[NEXT_ID] = 0
        one.store.tasks.groups.pairs.grow()  # without gaps
        one.store.changes = one.store.topology_version = one.store.matrix.version = 0
    if way(cluster) is not cluster:
        assert dump(copies[0]) == dump(copies[1])
    assert copies[0].store.tasks.positions == 100


def test_c15_arns_and_facts_of_ended_tasks_are_forgotten() -> None:
    cluster = instances()
    placed = cluster.place(WEB, 8, group="g", strategy=HOST)
    cluster.set_task(3, health="UNHEALTHY")
    again = Cluster.from_ecs(cluster.to_ecs())
    arns = [again.task_arn(id) or "" for id in range(8)]
    assert len(again.store.facts) == len(again.store.arns) == len(again.store.task_of_arn) == 8
    again.stop(0)
    again.stop([1, 2])
    again.remove_task(3)
    again.set_task(4, last_status="DELETED")
    again.deregister("i-5", force=True)
    assert sorted(again.store.facts) == sorted(again.store.arns) == [6, 7]
    assert sorted(again.store.task_of_arn.values()) == [6, 7]
    for arn in arns[:6]:
        for text in (arn, arn.rpartition("/")[2]):
            with pytest.raises(TaskError, match="no task"):
                again.task_by_arn(text)
    assert [again.task_by_arn(arn) for arn in arns[6:]] == [6, 7]
    assert placed.unplaced == 0


def test_c8_a25_stopping_tasks_keep_their_group_and_specification(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A task that counts no more still holds what its specification says."""
    monkeypatch.setattr(task_parts, "MIN_UNUSED_NAMES", 4)
    cluster = instances(1, release="last_status")
    cluster.store.tasks._names_to_count = 4
    for job in range(100):
        cluster.remove_task(cluster.add_task("i-0", f"job-{job}", Task(cpu=200 + job)))
    stopping = cluster.add_task("i-0", "last", Task(cpu=7, tcp_ports=(80,)))
    cluster.stop(stopping)
    for job in range(100):
        cluster.remove_task(cluster.add_task("i-0", f"more-{job}", Task(cpu=400 + job)))
    assert cluster.store.tasks.names_version > 3
    assert (cluster.task(stopping).group, cluster.task(stopping).cpu) == ("last", 7)
    assert cluster.usage("i-0").remaining_cpu == 10**6 - 7
    cluster.set_task(stopping, last_status="STOPPED")
    assert cluster.usage("i-0").remaining_cpu == 10**6


def test_c8_ports_of_deregistered_instances_are_dropped() -> None:
    cluster = instances()
    length = 0
    for number in range(3000):
        cluster.register(Instance(id=f"x-{number}", cpu=1, taken_tcp_ports=(22, 8000 + number)))
        cluster.deregister(f"x-{number}")
        if number == 300:
            length = len(cluster.store.tasks.ports.table.keys)
    assert len(cluster.store.tasks.ports.table.keys) <= length
    assert not cluster.place_on("i-0", Task(tcp_ports=(22,)))
    cluster.register(Instance(id="next", cpu=1))
    assert cluster.describe("next").taken_tcp_ports == cluster.describe("i-0").taken_tcp_ports


@pytest.mark.parametrize("drop", ["drop_ended", "forget_unused_names"])
def test_c53_dropping_that_fails_changes_nothing(
    drop: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Memory runs out, or Ctrl-C arrives, before the new arrays are there."""
    cluster = instances()
    cluster.stop(cluster.place(WEB, 500, group="g", strategy=HOST).task_ids[::2])
    for job in range(task_parts.MIN_UNUSED_NAMES + 1):
        cluster.remove_task(cluster.add_task("i-0", f"job-{job}"))
    before = dump(cluster)

    def fails(*_: Any) -> Any:
        raise KeyboardInterrupt

    # arrays that are far too long are replaced; in those that stay a kernel drops, to the end
    names = {"drop_ended": "without_ended", "forget_unused_names": "_used"}
    monkeypatch.setattr(task_parts, names[drop], fails)
    with pytest.raises(KeyboardInterrupt):
        getattr(cluster.store.tasks, drop)()
    monkeypatch.undo()
    assert dump(cluster) == before
    getattr(cluster.store.tasks, drop)()
    assert cluster.to_ecs()["tasks"]


@pytest.mark.parametrize("ended", ["every second", "all but one", "the last", "all", "none"])
def test_c8_ended_tasks_are_dropped_in_place_as_into_new_arrays(ended: str) -> None:
    """Where arrays stay, no second ones are made beside them; positions are the same."""
    cluster = instances()
    ids = cluster.place(Task(cpu=3, gpus=0, tcp_ports=(80,)), 4, group="p").task_ids.tolist()
    ids += cluster.place(Task(gpus=1), 6, group="g", strategy=HOST).task_ids.tolist()
    ids += cluster.place(WEB, 400, group="h", strategy=HOST).task_ids.tolist()
    stopped = {
        "every second": ids[1::2],
        "all but one": ids[:200] + ids[201:],
        "the last": ids[300:],
        "all": ids,
        "none": [],
    }
    cluster.stop(stopped[ended])
    tasks, same = cluster.store.tasks, cluster.copy().store.tasks
    task, newest = without_ended(tasks.task, tasks.newest, tasks.positions, 410)
    before = {name: array.ctypes.data for name, array in tasks.task.items()}
    tasks.drop_ended(len(stopped[ended]))
    assert {name: array.ctypes.data for name, array in tasks.task.items()} == before
    assert tasks.positions == tasks.living == same.living
    for name, array in tasks.task.items():
        assert array[: tasks.living].tolist() == task[name][: tasks.living].tolist(), name
    assert tasks.newest.tolist() == newest.tolist()
    assert cluster.copy().to_ecs() == cluster.to_ecs()
    again = cluster.place(WEB, 5, group="h").task_ids
    assert again.tolist() == list(range(len(ids), len(ids) + 5))


@pytest.mark.parametrize("way", ["stopped", "undone", "dropped", "moved"])
def test_gpus_are_noted_at_no_position_that_another_task_may_get(way: str) -> None:
    """A task without GPUs does not write that it has none."""
    cluster = instances()
    kept = cluster.place(Task(gpus=1), 2, group="kept", strategy=HOST)
    placed = cluster.place(Task(gpus=2), 3, group="g", strategy=HOST)
    if way == "undone":
        placed.undo()
    elif way == "moved":
        cluster.stop(kept.task_ids)
        cluster.store.tasks.drop_ended()
        cluster.stop(placed.task_ids[::2])
    else:
        cluster.stop(placed.task_ids)
    if way == "dropped":
        cluster.store.tasks.drop_ended()
    tasks = cluster.store.tasks
    held = (tasks.task["row"][: tasks.positions] != -1) & (
        tasks.task["gpus"][: tasks.positions] > 0
    )
    assert np.count_nonzero(tasks.task["gpus"]) == held.sum() == (1 if way == "moved" else 2)
    plain = [cluster.place(Task(), count, group="plain").task_ids for count in (1, 300)]
    assert {cluster.task(int(id)).gpus for ids in plain for id in ids} == {()}
    assert cluster.copy().to_ecs() == cluster.to_ecs()


STOPS: dict[str, tuple[Any, str]] = {
    "unknown": (99, "no task"),
    "negative": (-1, "no task"),
    "beyond 64 bits": (2**70, "no task"),
    "ended": (0, "no task"),
    "stopping": (1, "task 1 is stopping already"),
    "some unknown": ([2, 99], "no task"),
    "some ended": (np.array([2, 0]), "no task"),
    "some beyond 64 bits": ([2, 2**70], "no task"),
    "some unsigned": (np.array([2, 2**64 - 1], np.uint64), "no task"),
    "some stopping": ([2, 1], "task 1 is stopping already"),
    "twice": ([2, 3, 2], "listed twice"),
    "twice, an array": (np.array([3, 3]), "listed twice"),
    "no numbers": ([2.0], "no task"),
    "truth values": (np.array([True, True]), "no task"),
    "a table": (np.array([[2, 3]]), "no task"),
    "a text": ("23", "expected task ids"),
    "nothing": (None, "expected task ids"),
}


@pytest.mark.parametrize(("ids", "message"), STOPS.values(), ids=STOPS)
@pytest.mark.parametrize("dropped", [False, True])
def test_c15_stop_is_all_or_nothing(ids: Any, message: str, dropped: bool) -> None:
    cluster = instances(release="last_status")
    cluster.place(WEB, 5, group="g", strategy=HOST)
    cluster.remove_task(0)
    cluster.stop(1)
    if dropped:
        cluster.store.tasks.drop_ended()
    before = dump(cluster)
    with pytest.raises(TaskError, match=message):
        cluster.stop(ids)
    assert dump(cluster) == before
    cluster.stop((2, np.int64(3)))
    cluster.stop(np.array(4))
    cluster.stop([])
    assert cluster.task_counts("g").sum() == 0
