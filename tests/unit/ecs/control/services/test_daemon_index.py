"""Numbers that a DAEMON service keeps of instances, and its queue of those to update (D54)."""

from __future__ import annotations

from placement import Task
from placement.ecs.control.services.daemon_index import DaemonIndex, DaemonLook
from placement.engine.eligibility import Demands
from placement.services.daemons import Daemon, DaemonInstance, Fit
from placement.services.model import TaskClass


def new_index() -> DaemonIndex:
    return DaemonIndex(2, Demands(Task(cpu=1, memory=1)))


def seen(fit: Fit, *daemons: Daemon) -> DaemonLook:
    return DaemonLook.at(DaemonInstance("i", fit, daemons), 2)


def numbers(index: DaemonIndex) -> tuple[int, int, int]:
    return index.qualifying, index.with_healthy, index.healthy


OLD = Daemon(1, TaskClass.HEALTHY)
NEW = Daemon(2, TaskClass.HEALTHY)
PENDING = Daemon(2, TaskClass.PENDING)


def test_a_look_replaces_the_one_before() -> None:
    index = new_index()
    index.note("i", seen(Fit.QUALIFIES))
    assert numbers(index) == (1, 0, 0)
    index.note("i", seen(Fit.QUALIFIES, OLD))
    assert numbers(index) == (1, 1, 0)
    index.note("j", seen(Fit.QUALIFIES, NEW))
    assert numbers(index) == (2, 2, 1)
    index.note("i", seen(Fit.QUALIFIES, PENDING))
    assert numbers(index) == (2, 1, 1)
    index.note("j", seen(Fit.DRAINING, NEW))
    assert numbers(index) == (1, 0, 0)


def test_an_instance_that_left_counts_for_nothing() -> None:
    index = new_index()
    index.note("i", seen(Fit.QUALIFIES, NEW))
    index.unplaced["i"] = index.left["i"] = None
    index.drop("i")
    index.drop("i")
    assert (numbers(index), index.unplaced, index.left) == ((0, 0, 0), {}, {})


def test_d54_the_queue_is_in_the_order_of_registration() -> None:
    """Only what the caller goes past leaves it, so that a bound may end the reading."""
    index = new_index()
    for row in (3, 1, 2, 1):
        index.queue(row, f"i{row}")
    reading = index.in_queue()
    assert [next(reading), next(reading)] == ["i1", "i2"]
    reading.close()
    assert list(index.in_queue()) == ["i2", "i3"]
    assert not index.queued


def test_a_copy_changes_by_itself() -> None:
    index = new_index()
    index.note("i", seen(Fit.QUALIFIES, OLD))
    index.queue(1, "i")
    twin = index.copy()
    twin.note("i", seen(Fit.QUALIFIES))
    twin.drop("i")
    assert list(twin.in_queue()) == ["i"]
    twin.needs["i"] = {"cpu": 1}
    assert numbers(index) == (1, 1, 0)
    assert (index.queued, index.needs) == ({"i"}, {})
