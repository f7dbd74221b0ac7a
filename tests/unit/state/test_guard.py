"""C53: which calls of a cluster may meet; what is refused changes nothing."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest

from placement import Cluster, Instance, Spread, Task, UsageError, compile
from placement.state.guard import CallGuard

TASK = Task(cpu=64, memory=64)


def cluster() -> Cluster:
    found = Cluster()
    for number in range(4):
        found.register(Instance(id=f"i-{number}", cpu=1024, memory=1024, attributes={"a": "1"}))
    found.place(TASK, 2, group="g")
    return found


CHANGES: dict[str, Callable[[Cluster], Any]] = {
    "register": lambda c: c.register(Instance(id="i-new", cpu=1)),
    "deregister": lambda c: c.deregister("i-3", force=True),
    "put_attributes": lambda c: c.put_attributes("i-0", {"a": "2"}),
    "delete_attributes": lambda c: c.delete_attributes("i-0", ["a"]),
    "set_status": lambda c: c.set_status("i-0", "DRAINING"),
    "set_agent": lambda c: c.set_agent("i-0", connected=False),
    "add_task": lambda c: c.add_task("i-0", "g"),
    "remove_task": lambda c: c.remove_task(0),
    "stop": lambda c: c.stop(0),
    "set_task": lambda c: c.set_task(0, protected=True),
    "place": lambda c: c.place(TASK),
    "place_many": lambda c: c.place_many([TASK], [0]),
    "replay": lambda c: c.replay([TASK], [0, ~0]),
    "place_on": lambda c: c.place_on("i-0", TASK),
    "compact": lambda c: c.compact(),
    "trial": lambda c: c.trial().__enter__(),
    "draw to stop": lambda c: c.choose_to_stop("g", 1, [__import__("placement").Random()]),
}

READS: dict[str, Callable[[Cluster], Any]] = {
    "rows": lambda c: c.rows,
    "ids": lambda c: list(c.ids),
    "len": len,
    "in": lambda c: "i-0" in c,
    "row": lambda c: c.row("i-0"),
    "describe": lambda c: c.describe("i-0"),
    "attribute": lambda c: c.attribute("i-0", "a"),
    "column": lambda c: c.column("remaining.cpu"),
    "usage": lambda c: c.usage("i-0"),
    "tasks_on": lambda c: c.tasks_on("i-0"),
    "task_counts": lambda c: c.task_counts("g"),
    "prepare": lambda c: c.prepare(TASK),
    "explain": lambda c: c.explain(TASK),
    "missing": lambda c: c.missing(Task(cpu=5000)),
    "choose_to_stop": lambda c: c.choose_to_stop("g", 1, [Spread("instanceId")]),
    "mask": lambda c: compile("attribute:a == 1").mask(c),
    "select": lambda c: compile("attribute:a == 1").select(c),
    "matches": lambda c: compile("attribute:a == 1").matches(c, "i-0"),
    "copy": lambda c: c.copy(),
    "to_ecs": lambda c: c.to_ecs(),
}


def facts(found: Cluster) -> tuple[Any, ...]:
    return (
        found.to_ecs(),
        found.rows,
        found.change_count,
        found.store.tasks.number,
        found.store.tasks.random_state,
    )


class Meddler:
    """A filter that calls the cluster while it is asked."""

    reason = "MEDDLER"
    reads = "anything"

    def __init__(self, call: Callable[[], Any]) -> None:
        self.call = call

    def keep(self, mask: Any, rows: Any) -> None:
        mask[: len(rows)] = True
        self.call()


@pytest.mark.parametrize("name", CHANGES)
@pytest.mark.parametrize("asked_by", ["place", "explain", "place_many", "reporter"])
def test_an_extension_cannot_change_the_cluster_that_asks_it(name: str, asked_by: str) -> None:
    """C53, C22: whichever public call it makes, it is refused before anything happens."""
    found = cluster()
    before = facts(found)
    change = CHANGES[name]
    meddler = Meddler(lambda: change(found))
    prepared = found.prepare(TASK, constraints=[meddler])
    calls: dict[str, Callable[[], Any]] = {
        "place": lambda: found.place(TASK, 3, constraints=[meddler]),
        "explain": lambda: found.explain(TASK, constraints=[meddler]),
        "place_many": lambda: found.place_many([prepared], [0, 0]),
        "reporter": lambda: found.place(TASK, 2),
    }
    if asked_by == "reporter":
        found.reporter = lambda _: change(found)
    with pytest.raises(UsageError):
        calls[asked_by]()
    found.reporter = None
    assert facts(found) == before
    assert len(found.place(TASK, 3).rows) == 3


@pytest.mark.parametrize("name", READS)
def test_an_extension_may_read_the_cluster_that_asks_it(name: str) -> None:
    """C53."""
    found = cluster()
    read = READS[name]
    assert len(found.place(TASK, constraints=[Meddler(lambda: read(found))]).rows) == 1
    found.explain(TASK, constraints=[Meddler(lambda: read(found))])


def in_other_thread(work: Callable[[], Any]) -> BaseException | None:
    """Run something in another thread and return what it raised."""
    raised: list[BaseException] = []

    def run() -> None:
        try:
            work()
        except UsageError as error:
            raised.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    return raised[0] if raised else None


@pytest.mark.parametrize("name", [*CHANGES, *READS])
def test_a_call_that_meets_a_change_in_another_thread_is_refused(name: str) -> None:
    """C53: here the change is held open by the filter that it asks."""
    found = cluster()
    call = (CHANGES | READS)[name]
    met: list[BaseException | None] = []
    meddler = Meddler(lambda: met.append(in_other_thread(lambda: call(found))))
    before = found.store.tasks.number
    found.place(TASK, constraints=[meddler])
    assert met
    assert all(isinstance(error, UsageError) for error in met)
    assert found.store.tasks.number == before + 1


@pytest.mark.parametrize("name", CHANGES)
def test_a_change_that_meets_a_reading_call_in_another_thread_is_refused(name: str) -> None:
    """C53."""
    found = cluster()
    before = facts(found)
    met: list[BaseException | None] = []
    call = CHANGES[name]
    meddler = Meddler(lambda: met.append(in_other_thread(lambda: call(found))))
    found.explain(TASK, constraints=[meddler])
    assert met
    assert all(isinstance(error, UsageError) for error in met)
    assert facts(found) == before


@pytest.mark.parametrize("name", READS)
def test_reading_calls_run_side_by_side(name: str) -> None:
    """C53."""
    found = cluster()
    read = READS[name]
    met: list[BaseException | None] = []
    meddler = Meddler(lambda: met.append(in_other_thread(lambda: read(found))))
    found.explain(TASK, constraints=[meddler])
    assert met
    assert met == [None] * len(met)


@pytest.mark.parametrize("name", [*CHANGES, *READS])
def test_an_open_trial_belongs_to_its_thread(name: str) -> None:
    """C21: calls of other threads, reading ones too, are refused until it is closed."""
    found = cluster()
    call = (CHANGES | READS)[name]
    with found.trial():
        assert isinstance(in_other_thread(lambda: call(found)), UsageError)
    assert in_other_thread(lambda: found.usage("i-0")) is None


@pytest.mark.parametrize("name", [name for name in CHANGES if name != "trial"])
def test_every_change_raises_the_counter(name: str) -> None:
    """C54."""
    found = cluster()
    before = found.change_count
    CHANGES[name](found)
    assert found.change_count > before


@pytest.mark.parametrize("name", READS)
def test_reading_leaves_the_counter(name: str) -> None:
    """C53, C54."""
    found = cluster()
    before = facts(found)
    READS[name](found)
    assert facts(found) == before


def test_a_refused_call_leaves_no_trace_in_the_guard() -> None:
    found = cluster()
    for _ in range(3):
        with pytest.raises(UsageError):
            found.place(TASK, constraints=[Meddler(lambda: found.stop(0))])
    guard: CallGuard = found.guard
    assert (guard.readers, guard.changer, guard.trial_thread) == ({}, {}, None)
