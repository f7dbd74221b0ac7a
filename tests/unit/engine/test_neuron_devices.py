"""``Task(neuron_devices="ALL")``: all Neuron devices of an instance, where it reports any (B44)."""

from __future__ import annotations

import pickle
from typing import Any

import pytest

from placement import BinPack, Cluster, DocumentError, Instance, MemberOf, Spread, Task, UsageError

ALL = Task(cpu=1, neuron_devices="ALL")
PLAIN = Task(cpu=1)
FIRST = BinPack("cpu")
"""Instances are equally full at first: the one registered first wins (A35)."""


def cluster(*devices: Any, release: str = "desired_status") -> Cluster:
    """Return a cluster of instances ``i0``, ...: how many devices each reports, None: none."""
    found = Cluster(seed=1, release=release)
    for number, count in enumerate(devices):
        found.register(Instance(id=f"i{number}", cpu=1000, memory=1000, neuron_devices=count))
    return found


def left(found: Cluster) -> list[int | None]:
    """Return how many Neuron devices each instance has left."""
    return [found.usage(id).remaining_neuron_devices for id in found.ids if id is not None]


def chosen(found: Cluster, task: Task = ALL, **more: Any) -> Any:
    """Return where one task goes, None: nowhere."""
    ids = found.place(task, **{"strategy": FIRST, **more}).instances
    return ids[0] if ids else None


def test_b44_a_task_takes_all_neuron_devices_or_none() -> None:
    found = cluster(0, 16, 4)
    task = int(found.place(ALL, strategy=FIRST).task_ids[0])
    assert (found.task(task).instance, found.task(task).neuron_devices) == ("i1", "ALL")
    assert left(found) == [0, 0, 4]
    assert chosen(found) == "i2"
    assert chosen(found) is None, "i0 has none, those of the others are in use"
    found.stop([task])
    assert left(found) == [0, 16, 0]
    assert chosen(found) == "i1"


def test_b44_tasks_without_neuron_devices_have_room_beside_one() -> None:
    found = cluster(2)
    found.place_on("i0", ALL)
    assert chosen(found, PLAIN) == "i0"
    assert found.task(found.tasks_on("i0")[-1]).neuron_devices == 0


def test_b44_an_instance_that_reports_none_is_not_checked() -> None:
    """As unknown network interfaces (A28): it never fails, and ``explain`` says so."""
    found = cluster(None, None)
    assert len(found.place(ALL, 7).instances) == 7
    assert left(found) == [None, None]
    why = found.explain(ALL)
    assert (why.fitting, why.unknown_neuron_devices) == (2, 2)
    assert "2 instances report no Neuron devices: whether the task finds any" in str(why)
    assert found.explain(PLAIN).unknown_neuron_devices == 0
    found.register(Instance(id="late", cpu=1000, neuron_devices=0))
    why = found.explain(ALL)
    assert why.failures == {2: ("RESOURCE:NEURON_DEVICE",)}
    assert why.unknown_neuron_devices == 2


def test_b44_the_explanation_says_how_many_there_are_and_that_some_are_in_use() -> None:
    found = cluster(16, 0)
    held = found.place(ALL)
    why = found.explain(ALL)
    assert why.failures == {0: ("RESOURCE:NEURON_DEVICE",), 1: ("RESOURCE:NEURON_DEVICE",)}
    assert [str(one) for one in why.shortfalls] == ["2 have no Neuron devices, or some in use"]
    assert why.missing == ("RESOURCE:NEURON_DEVICE: wanted all of 16 Neuron devices, some in use",)
    single = cluster(1)
    single.place(ALL)
    assert single.explain(ALL).missing == (
        "RESOURCE:NEURON_DEVICE: the only Neuron device is in use",
    )
    assert not why.never_fits
    assert found.place_on("i0", ALL).missing == ("RESOURCE:NEURON_DEVICE",)
    found.deregister("i0", force=True)
    assert len(held.task_ids) == 1
    why = found.explain(ALL)
    assert why.missing == ("RESOURCE:NEURON_DEVICE: none registered",)
    assert why.never_fits


@pytest.mark.parametrize(("left_of_4", "fits"), [(None, 1), (4, 1), (3, 0), (0, 0), (-1, 0)])
def test_b44_fewer_devices_left_than_registered_are_in_use(
    left_of_4: int | None, fits: int
) -> None:
    found = Cluster()
    found.register(Instance(id="i", cpu=10, neuron_devices=4, remaining_neuron_devices=left_of_4))
    assert found.explain(ALL).fitting == fits
    assert left(found) == [4 if left_of_4 is None else left_of_4]


@pytest.mark.parametrize("strategy", [FIRST, BinPack("memory"), Spread("instanceId")])
def test_b44_with_an_index_and_without(strategy: Any) -> None:
    """Prepared requests have an index; one with a filter is decided by a full scan."""
    devices = (4, 0, 2, None)
    indexed, scanned = cluster(*devices), cluster(*devices)
    prepared = indexed.prepare(ALL, strategy=strategy)
    found = [indexed.place_many([prepared], [0]).rows.tolist()[0] for _ in range(6)]
    twin = [chosen(scanned, strategy=strategy, constraints=[Everyone()]) for _ in range(6)]
    assert [f"i{row}" for row in found] == twin
    assert sorted(found) == [0, 2, 3, 3, 3, 3]
    assert left(indexed) == left(scanned) == [0, 0, 0, None]


class Everyone:
    """A filter that rules nobody out, so that no index is used."""

    reason = "EVERYONE"
    reads = "instance"

    def keep(self, *_: Any) -> None:
        return


def test_b44_instances_that_report_devices_may_come_after_the_index() -> None:
    found = cluster(None)
    prepared = found.prepare(ALL, strategy=FIRST)
    assert found.place_many([prepared], [0] * 2).rows.tolist() == [0, 0]
    found.set_status("i0", "DRAINING")
    found.register(Instance(id="i1", cpu=1000, neuron_devices=1))
    found.register(Instance(id="i2", cpu=1000))
    assert found.place_many([prepared], [0] * 3).rows.tolist() == [1, 2, 2]


def test_b44_a_run_of_tasks_takes_an_instance_each() -> None:
    found = cluster(*[2] * 30)
    placed = found.place(ALL, 40, strategy=Spread("instanceId"))
    assert len(placed.instances) == len(set(placed.instances)) == 30


def test_b44_a_trial_gives_back_what_it_took() -> None:
    found = cluster(2)
    with found.trial():
        assert chosen(found) == "i0"
        assert left(found) == [0]
    assert left(found) == [2]
    with found.trial():
        found.register(Instance(id="i1", neuron_devices=3))
    assert left(found) == [2]


def test_b44_copies_and_pickles_and_compact_keep_the_devices() -> None:
    found = cluster(None, 4, 2)
    found.place_on("i2", ALL)
    found.deregister("i0", force=True)
    for twin in (found.copy(), pickle.loads(pickle.dumps(found))):
        assert left(twin) == [4, 0]
        assert chosen(twin) == "i1"
        assert chosen(twin) is None
    found.compact()
    assert left(found) == [4, 0]
    found.stop(found.tasks_on("i2"))
    assert left(found) == [4, 2]


def test_b44_deregistration_and_a_new_instance_of_the_same_id() -> None:
    found = cluster(4)
    found.place(ALL)
    found.deregister("i0", force=True)
    found.register(Instance(id="i0", cpu=10, neuron_devices=4))
    assert left(found) == [4]
    found.place(ALL)
    found.deregister("i0", force=True)
    found.register(Instance(id="i0", cpu=10))
    assert left(found) == [None]
    assert len(found.place(ALL, 2).instances) == 2


def test_b44_a_stopping_task_holds_the_devices_until_it_has_stopped() -> None:
    """A25."""
    found = cluster(4, release="last_status")
    task = int(found.place(ALL).task_ids[0])
    found.stop([task])
    assert (left(found), chosen(found)) == ([0], None)
    found.set_task(task, last_status="STOPPED")
    assert (left(found), chosen(found)) == ([4], "i0")


def test_b44_a_reservation_for_daemons_is_none_of_devices() -> None:
    """A45: what is reserved of another resource leaves the devices alone."""
    found = cluster(4, None)
    found.set_reservation("i0", cpu=999, resources={"disk": 0})
    found.set_reservation("i1", cpu=1000)
    assert chosen(found) == "i0"
    assert chosen(found) is None


def test_b44_constraints_and_scale_in_go_with_devices() -> None:
    found = cluster(4, 2)
    task = Task(cpu=1, neuron_devices="ALL", constraints=[MemberOf("runningTasksCount == 0")])
    assert len(found.place(task, 3, group="g").instances) == 2
    assert len(found.choose_to_stop("g", 1, strategy=BinPack("cpu"))) == 1


@pytest.mark.parametrize("value", ["all", "", 1, 16, True, None, 1.5, ("ALL",)])
def test_b44_nothing_else_is_a_number_of_devices_of_a_task(value: Any) -> None:
    with pytest.raises(DocumentError) as caught:
        Task(neuron_devices=value)
    assert caught.value.path == "neuron_devices"


@pytest.mark.parametrize("value", [-1, 1.5, "4", True, ("0", "1")])
def test_b44_an_instance_reports_a_number_of_devices(value: Any) -> None:
    with pytest.raises(DocumentError) as caught:
        Instance(id="i", neuron_devices=value)
    assert caught.value.path == "neuron_devices"


@pytest.mark.parametrize("name", ["NEURON_DEVICE", "NEURON_CORES", "NeuronDevice"])
def test_b44_names_of_neuron_devices_are_none_of_further_resources(name: str) -> None:
    with pytest.raises(DocumentError, match="is built in"):
        Task(resources={name: 1})
    with pytest.raises(DocumentError, match="is built in"):
        Instance(id="i", resources={name: 1})
    found = cluster(4)
    with pytest.raises(UsageError):
        found.column(f"remaining.{name}")
    assert found.usage("i0").remaining_resources == {}
