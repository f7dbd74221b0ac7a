"""What placements leave free for daemons: ``set_reservation`` (A45, D53)."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import placement
from placement import BinPack, Cluster, Instance, Spread, Task

SMALL = Task(cpu=100, memory=100)
PACKED = BinPack("cpu")
NOTHING = placement.Reservation(cpu=0, memory=0, resources={}, interfaces=0)
SCANS = [None, lambda _: None]


def remaining_cpu(found: Cluster) -> list[int]:
    numbers: list[int] = np.asarray(found.column("remaining.cpu")).tolist()
    return numbers


def cluster(count: int = 2, **options: Any) -> Cluster:
    found = Cluster(**options)
    for number in range(count):
        found.register(
            Instance(
                id=f"i-{number}",
                cpu=1000,
                memory=1000,
                network_interfaces=2,
                resources={"disk": 4},
                attributes={"ecs.capability.task-eni": None},
            )
        )
    return found


@pytest.mark.parametrize("reporter", SCANS, ids=["index", "scan"])
@pytest.mark.parametrize("count", [5, 300])
def test_a45_placements_leave_what_is_reserved(reporter: Any, count: int) -> None:
    """By the index, as a run, and by a full scan."""
    found = cluster(1, reporter=reporter)
    found.set_reservation("i-0", cpu=700)
    placed = found.place(SMALL, count, strategy=PACKED)
    assert len(placed.rows) == 3
    assert remaining_cpu(found) == [700]


@pytest.mark.parametrize(
    ("amounts", "task"),
    [
        ({"cpu": 901}, Task(cpu=100)),
        ({"memory": 901}, Task(memory=100)),
        ({"resources": {"disk": 3}}, Task(resources={"disk": 2})),
        ({"interfaces": 2}, Task(network_interface=True)),
    ],
)
def test_a45_each_amount_is_kept_and_only_that(amounts: dict[str, Any], task: Task) -> None:
    found = cluster(1)
    prepared = found.prepare(task, strategy=PACKED)
    found.set_reservation("i-0", **amounts)
    assert found.place_many([prepared], [0]).rows.tolist() == [-1]
    assert found.place(Task(), strategy=PACKED).rows.tolist() == [0]
    found.set_reservation("i-0")
    assert found.reservation("i-0") == NOTHING
    assert found.place_many([prepared], [0]).rows.tolist() == [0]


def test_a45_what_remains_is_told_as_it_is() -> None:
    found = cluster(1)
    found.place(SMALL)
    before = found.usage("i-0"), found.describe("i-0"), found.to_ecs()
    names = ["remaining.cpu", "remaining.memory", "remaining.disk", "registered.cpu"]
    columns = [np.asarray(found.column(name)).tolist() for name in names]
    found.set_reservation("i-0", cpu=950, memory=10, resources={"disk": 1}, interfaces=1)
    assert (found.usage("i-0"), found.describe("i-0"), found.to_ecs()) == before
    assert [np.asarray(found.column(name)).tolist() for name in names] == columns
    assert [np.asarray(found.column(name, [0])).tolist() for name in names] == columns


@pytest.mark.parametrize("reporter", SCANS, ids=["index", "scan"])
@pytest.mark.parametrize("count", [1, 300])
@pytest.mark.parametrize(
    "amounts", [{"memory": 901}, {"resources": {"unheard-of": 1}}, {"interfaces": 3}]
)
def test_d53_more_reserved_than_free_takes_no_task_at_all(
    amounts: dict[str, Any], count: int, reporter: Any
) -> None:
    """Not even one that asks for nothing of that resource, or for nothing."""
    found = cluster(1, reporter=reporter)
    found.add_task("i-0", "g", Task(memory=100))
    found.set_reservation("i-0", **amounts)
    for task in (Task(cpu=1), Task()):
        assert len(found.place(task, count, strategy=PACKED).rows) == 0
        assert len(found.place_on("i-0", task).missing) == 1


def test_d53_an_instance_that_is_short_of_its_reservation_opens_when_a_task_stops() -> None:
    found = cluster(1)
    asked = found.prepare(Task(memory=1), strategy=PACKED)
    task = found.place(Task(cpu=400)).task_ids
    found.set_reservation("i-0", cpu=700)
    assert found.place_many([asked], [0]).rows.tolist() == [-1]
    found.stop(task)
    assert found.place_many([asked], [0]).rows.tolist() == [0]


def test_c10_less_than_nothing_left_without_a_reservation_takes_tasks() -> None:
    """C12: an instance has fewer interfaces than are used once its type has changed."""
    found = Cluster()
    attributes = {"ecs.capability.task-eni": None, "ecs.instance-type": "m5.xlarge"}
    found.register(Instance(id="i-0", memory=10, attributes=attributes))
    found.place(Task(network_interface=True), 3)
    found.put_attributes("i-0", {"ecs.instance-type": "m5.large"})
    assert found.usage("i-0").remaining_network_interfaces == -1
    found.set_reservation("i-0", memory=10)
    assert found.place(Task(), strategy=PACKED).rows.tolist() == [0]
    assert len(found.place(Task(), 300, strategy=PACKED).rows) == 300
    found.set_reservation("i-0", interfaces=1)
    assert found.place(Task(), strategy=PACKED).rows.tolist() == []
    assert len(found.place(Task(), 300, strategy=PACKED).rows) == 0


def test_a45_a_task_that_is_noted_may_take_what_is_reserved() -> None:
    """It is there already: nothing is decided."""
    found = cluster(1)
    found.set_reservation("i-0", cpu=900)
    found.add_task("i-0", "g", Task(cpu=1000))
    with pytest.raises(placement.InstanceError, match="no room: RESOURCE:CPU"):
        found.add_task("i-0", "g", Task(cpu=1))


def test_a45_a_daemon_takes_what_is_reserved() -> None:
    found = cluster(1)
    daemon = Task(cpu=300, memory=100, family="daemon")
    found.place(Task(cpu=650))
    found.set_reservation("i-0", cpu=300, memory=100)
    assert found.place_on("i-0", daemon).missing == ("RESOURCE:CPU",)
    placed = found.place_on("i-0", daemon, use_reserved=True)
    assert placed
    assert remaining_cpu(found) == [50]
    assert found.place(Task(memory=1)).unplaced == 1  # D53: the reservation still stands
    found.set_reservation("i-0")
    assert found.place(Task(memory=1)).unplaced == 0
    assert found.place_on("i-0", daemon, use_reserved=True).missing == ("RESOURCE:CPU",)


@pytest.mark.parametrize("value", [1, "yes", None])
def test_a45_use_reserved_is_true_or_false(value: Any) -> None:
    with pytest.raises(placement.UsageError, match="use_reserved is true or false"):
        cluster().place_on("i-0", SMALL, use_reserved=value)


@pytest.mark.parametrize(
    ("amounts", "path"),
    [
        ({"cpu": -1}, "cpu"),
        ({"memory": 1.5}, "memory"),
        ({"interfaces": "1"}, "interfaces"),
        ({"resources": [1]}, "resources"),
        ({"resources": {"disk": -1}}, "resources.disk"),
        ({"resources": {"CPU": 1}}, "resources"),
        ({"cpu": 5, "resources": {"disk": True}}, "resources.disk"),
    ],
)
def test_a_wrong_amount_is_refused_and_changes_nothing(amounts: Any, path: str) -> None:
    found = cluster(1)
    found.set_reservation("i-0", cpu=1)
    before, count = found.reservation("i-0"), found.change_count
    with pytest.raises(placement.DocumentError) as told:
        found.set_reservation("i-0", **amounts)
    assert told.value.path == path
    assert (found.reservation("i-0"), found.change_count) == (before, count)


def test_an_unknown_instance_is_refused() -> None:
    for call in (Cluster.set_reservation, Cluster.reservation):
        with pytest.raises(placement.InstanceError):
            call(cluster(), "none")


# --- Where the reservation goes ------------------------------------------------------------------


def reserved(found: Cluster) -> list[placement.Reservation]:
    return [found.reservation(id) for id in found.ids if id is not None]


COPIES: list[Callable[[Cluster], Cluster]] = [
    lambda found: found.copy(),
    copy.deepcopy,
    lambda found: pickle.loads(pickle.dumps(found)),
]


@pytest.mark.parametrize("copied", COPIES)
def test_a45_copies_have_reservations_of_their_own(copied: Callable[[Cluster], Cluster]) -> None:
    found = cluster()
    found.set_reservation("i-1", cpu=1000, resources={"disk": 2}, interfaces=1)
    before = reserved(found)
    other = copied(found)
    assert reserved(other) == before
    other.set_reservation("i-0", memory=5)
    other.set_reservation("i-1")
    assert reserved(found) == before
    assert found.place(SMALL, 2, strategy=PACKED).rows.tolist() == [0, 0]
    assert other.place(SMALL, 2, strategy=Spread("instanceId")).rows.tolist() == [0, 1]


def test_a45_a_trial_puts_reservations_back() -> None:
    found = cluster(1)
    asked = found.prepare(SMALL, strategy=PACKED)
    found.set_reservation("i-0", cpu=950)
    with found.trial():
        found.set_reservation("i-0", memory=1)
        assert found.place_many([asked], [0]).rows.tolist() == [0]
    assert found.reservation("i-0").cpu == 950
    assert found.place_many([asked], [0]).rows.tolist() == [-1]


def test_a45_undone_tasks_give_back_what_they_took_and_no_more() -> None:
    found = cluster(1)
    found.set_reservation("i-0", cpu=800)
    placed = found.place(SMALL, 5, strategy=PACKED)
    assert len(placed.rows) == 2
    placed.undo()
    assert remaining_cpu(found) == [1000]
    assert len(found.place(SMALL, 5, strategy=PACKED).rows) == 2


def test_a45_a_later_instance_of_the_id_reserves_nothing() -> None:
    found = cluster()
    found.set_reservation("i-0", cpu=1000)
    found.set_reservation("i-1", cpu=1)
    found.deregister("i-0")
    found.register(Instance(id="i-0", cpu=1000, memory=1000))
    assert found.reservation("i-0") == NOTHING
    assert found.compact().tolist() == [-1, 0, 1]
    assert [one.cpu for one in reserved(found)] == [1, 0]
    found.deregister("i-1")
    found.compact()
    assert found.store.tasks.resources.reserving == [0] * 5
    assert len(found.store.tasks.resources.reserved) == 0


def test_a45_rows_and_resources_that_come_later_reserve_nothing() -> None:
    found = cluster(1)
    found.set_reservation("i-0", cpu=5)
    for number in range(1, 40):
        found.register(Instance(id=f"i-{number}", cpu=1, resources={f"r{number}": 1}))
    assert reserved(found)[1:] == [NOTHING] * 39
    assert found.reservation("i-0").cpu == 5


def test_c12_interfaces_follow_the_type_beside_what_is_reserved() -> None:
    found = Cluster()
    attributes = {"ecs.capability.task-eni": None, "ecs.instance-type": "m5.large"}
    found.register(Instance(id="i-0", attributes=attributes))
    awsvpc = Task(network_interface=True)
    found.set_reservation("i-0", interfaces=1)
    assert len(found.place(awsvpc, 9).rows) == 1
    found.put_attributes("i-0", {"ecs.instance-type": "m5.xlarge"})
    assert found.usage("i-0").remaining_network_interfaces == 2
    assert len(found.place(awsvpc, 9).rows) == 1
    found.put_attributes("i-0", {"ecs.instance-type": "of no table"})
    assert len(found.place(awsvpc, 9).rows) == 9  # unknown, and not checked (A28)


def test_a45_binpack_goes_by_what_placements_may_take() -> None:
    """An instance with a reservation is as full as if the daemon ran there."""
    found = cluster()
    asked = found.prepare(SMALL, strategy=PACKED)
    assert found.place_many([asked], [0]).rows.tolist() == [0]
    found.set_reservation("i-1", cpu=300)
    assert found.place_many([asked], [0]).rows.tolist() == [1]
    found.set_reservation("i-1", cpu=100)
    assert found.place_many([asked], [0]).rows.tolist() == [1]
    found.set_reservation("i-1")
    found.set_reservation("i-0", cpu=100)
    assert found.place_many([asked], [0]).rows.tolist() == [0]


def test_a45_who_stops_does_not_depend_on_reservations() -> None:
    found = cluster()
    tasks = found.place(SMALL, 2, group="g", strategy=Spread("instanceId")).task_ids.tolist()
    found.add_task("i-1", "other", Task(cpu=50))
    assert found.choose_to_stop("g", 1, PACKED) == tasks[:1]
    found.set_reservation("i-0", cpu=500)
    assert found.choose_to_stop("g", 1, PACKED) == tasks[:1]


# --- Why not -------------------------------------------------------------------------------------


RESERVED = "wanted 100 CPU units, 1000 CPU units left, 950 CPU units reserved for daemons"


def test_a45_the_explanation_names_the_reservation() -> None:
    found = cluster()
    found.set_reservation("i-0", cpu=950)
    found.set_reservation("i-1", cpu=1200)
    told = found.explain(SMALL)
    assert told.failures == {0: ("RESOURCE:CPU",), 1: ("RESOURCE:CPU",)}
    assert told.missing == (f"RESOURCE:CPU: {RESERVED}",)
    assert (
        str(told.shortfalls[0])
        == "2 lack cpu: wanted 100 CPU units, at most 50 CPU units left, on i-0"
    )
    assert told.remedies == (("the check of RESOURCE:CPU", 2), ("what is reserved for daemons", 2))
    assert told.never_fits
    assert "\nwithout what is reserved for daemons 2 instances fit" in str(told)


def test_d53_the_explanation_names_what_is_not_asked_for() -> None:
    found = cluster()
    found.set_reservation("i-0", cpu=950, memory=1001, resources={"Disk-2": 1})
    told = found.missing(Task(cpu=100))["i-0"]
    assert told == (
        f"RESOURCE:CPU: {RESERVED}",
        "RESOURCE:MEMORY: 1000 MiB left, 1001 MiB reserved for daemons",
        "RESOURCE:Disk-2: 0 disk-2 left, 1 disk-2 reserved for daemons",
    )
    found.deregister("i-1")
    told_all = found.explain(Task(cpu=100))
    assert dict(told_all.remedies) == {"what is reserved for daemons": 1}
    sentences = [str(one) for one in told_all.shortfalls]
    assert "1 has less memory left than is reserved for daemons" in sentences


def test_c20_waiting_helps_where_tasks_hold_what_is_needed_beside_the_reservation() -> None:
    found = cluster(1)
    found.place(Task(cpu=800))
    found.set_reservation("i-0", cpu=300)
    assert not found.explain(Task(cpu=700)).never_fits
    assert found.explain(Task(cpu=701)).never_fits
    assert not found.explain(Task(memory=1)).never_fits
    found.set_reservation("i-0", cpu=1001)
    assert found.explain(Task(memory=1)).never_fits
