"""C53, C54: an error or signal in the middle of a call leaves nothing locked and nothing stale."""

from __future__ import annotations

import copy
import gc
import pickle
import random
import signal
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from placement import Cluster, Instance, PlacementError, Spread, StaleExplanation, Task, compile
from placement.engine import placing_calls
from placement.engine.trial import Trial
from placement.state import shared, store, task_parts, tasks

TASK = Task(cpu=1, memory=1)


@pytest.fixture(autouse=True)
def nothing_called_by_the_collector() -> Iterator[None]:
    """A signal in a callback of the collector, such as Hypothesis has, would only be printed."""
    callbacks = gc.callbacks[:]
    gc.callbacks.clear()
    yield
    gc.callbacks[:] = callbacks


class Signal(BaseException):
    """What the handler of a signal raises, as Ctrl-C does."""


def cluster(count: int = 3) -> Cluster:
    found = Cluster()
    for number in range(count):
        found.register(
            Instance(id=f"i-{number}", cpu=1000, memory=1000, attributes={"a": str(number)})
        )
    found.place(TASK, 2, group="g", strategy=Spread("instanceId"))
    return found


ENTERED: list[Trial[Cluster]] = []
"""The trial that was entered last."""


def try_something(found: Cluster) -> None:
    trial = found.trial()
    ENTERED[:] = [trial]
    with trial:
        found.place(TASK)
        found.deregister("i-2", force=True)


CALLS: dict[str, Callable[[Cluster], Any]] = {
    "put_attributes": lambda c: c.put_attributes("i-0", {"a": str(random.randrange(9))}),
    "set_status": lambda c: c.set_status("i-1", "ACTIVE"),
    "place": lambda c: c.place(TASK, 2, group="g"),
    "undo": lambda c: c.place(TASK, 2).undo(),
    "stop": lambda c: c.stop(c.tasks_on("i-0")[:1]),
    "replay": lambda c: c.replay([TASK], [0, ~1, 0, ~0], running=c.tasks_on("i-0")[:1]),
    "compact": lambda c: c.compact(),
    "trial": try_something,
    "usage": lambda c: c.usage("i-0"),
    "explain": lambda c: c.explain(TASK),
    "mask": lambda c: compile("attribute:a == 1").mask(c),
}


@pytest.fixture
def _alarms() -> Iterator[None]:
    def handler(*_: Any) -> None:
        raise Signal

    before = signal.signal(signal.SIGALRM, handler)
    yield
    signal.setitimer(signal.ITIMER_REAL, 0)
    signal.signal(signal.SIGALRM, before)


@pytest.mark.usefixtures("_alarms")
@pytest.mark.parametrize("name", CALLS)
def test_a_signal_leaves_nothing_locked(name: str) -> None:
    """C53: wherever it arrives, the guard is free and the cluster works.

    A trial stays open only where Python itself had not begun to leave it, and can be closed.
    """
    call = CALLS[name]
    call(cluster())  # kernels are loaded before the first signal
    chance = random.Random(name)
    arrived = 0
    for _ in range(2000):
        found = cluster()
        try:
            signal.setitimer(signal.ITIMER_REAL, chance.uniform(2e-6, 4e-4))
            for _ in range(10_000):
                call(found)
        except Signal:
            arrived += 1
        except PlacementError:
            signal.setitimer(signal.ITIMER_REAL, 0)
        running = found.guard
        if running.trial_thread is not None:  # it arrived before ``__exit__`` ran anything
            ENTERED[0].__exit__(None, None, None)
        assert (running.readers, running.changer, running.trial_thread) == ({}, {}, None)
        found.copy()  # refused inside a trial
        found.place(TASK)
        if arrived == 60:
            break
    assert arrived == 60


def test_a_signal_after_a_change_makes_results_stale(monkeypatch: pytest.MonkeyPatch) -> None:
    """C54: the change is counted although the call that made it did not return."""
    found = cluster()
    placed = found.place(TASK, 2, strategy=Spread("instanceId"))
    original = store.Store.remove

    def interrupted(self: store.Store, row: int) -> None:
        original(self, row)
        raise KeyboardInterrupt

    monkeypatch.setattr(store.Store, "remove", interrupted)
    with pytest.raises(KeyboardInterrupt):
        found.deregister("i-0", force=True)
    monkeypatch.undo()
    with pytest.raises(StaleExplanation):
        placed.undo()
    with pytest.raises(StaleExplanation):
        placed.explain()


def test_an_interrupted_change_is_seen_by_the_index(monkeypatch: pytest.MonkeyPatch) -> None:
    """C54: what is derived from columns is derived again, so that no row is filled twice."""
    found = Cluster()
    found.register(Instance(id="i-0", cpu=100, memory=100))
    half = Task(cpu=50, memory=1)
    found.place(half, strategy=Spread("instanceId"))
    original = tasks.Tasks.add

    def interrupted(self: tasks.Tasks, row: int, group: int, spec: int = 0) -> int:
        original(self, row, group, spec)
        raise KeyboardInterrupt

    monkeypatch.setattr(tasks.Tasks, "add", interrupted)
    with pytest.raises(KeyboardInterrupt):
        found.place_on("i-0", half)
    monkeypatch.undo()
    assert found.usage("i-0").remaining_cpu == 0
    assert found.place(half, strategy=Spread("instanceId")).unplaced == 1


def test_a_change_between_the_check_and_the_undo_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """C53, C54: another thread's change comes between what a caller sees and the guarded call."""
    found = cluster()
    placed = found.place(TASK, 2, strategy=Spread("instanceId"))
    undo = placing_calls.PlacingCalls._undo_placement

    def late(self: Any, before: Any, change_count: int) -> None:
        found.deregister("i-0", force=True)
        undo(self, before, change_count)

    monkeypatch.setattr(Cluster, "_undo_placement", late)
    with pytest.raises(StaleExplanation):
        placed.undo()
    assert found.usage("i-1").running_tasks == 2


@pytest.mark.parametrize("broken", ["reserve_rows", "grown"])
def test_growth_that_fails_is_made_up_for(monkeypatch: pytest.MonkeyPatch, broken: str) -> None:
    """Memory runs out while arrays grow: no kernel may meet one that is too short."""
    found = cluster(16)  # the next row needs longer arrays
    room = len(found.store.live)
    while len(found.store.ids) < room:
        found.register(Instance(id=f"x-{len(found.store.ids)}", cpu=1))

    def fails(*_: Any) -> Any:
        raise MemoryError

    if broken == "grown":
        monkeypatch.setattr(store, "_grown", fails)
    else:
        steps = iter([shared.longer, fails])  # the second array that grows finds no memory
        monkeypatch.setattr(task_parts, "longer", lambda *how: next(steps)(*how))
    with pytest.raises(MemoryError):
        found.register(Instance(id="more", cpu=5000))
    monkeypatch.undo()
    assert "more" not in found
    found.register(Instance(id="more", cpu=5000, memory=5000))
    placed = found.place(Task(cpu=4000), strategy=Spread("instanceId"))
    assert placed.instances == ["more"]
    lengths = {
        len(array)
        for array in (
            *(found.store.live, found.store.registered_at, found.store.tasks.running),
            *(found.store.tasks.newest, found.store.tasks.grouped_tasks),
            found.store.tasks.resources.free,
        )
    }
    assert len(lengths) == 1


# --- Copies -------------------------------------------------------------------------------------


@pytest.mark.parametrize("way", [copy.deepcopy, lambda both: pickle.loads(pickle.dumps(both))])
def test_a_result_that_is_copied_belongs_to_the_copied_cluster(way: Callable[[Any], Any]) -> None:
    """C54: it is the newest there while nothing else has changed, and never again after that."""
    found = cluster()
    stale = found.place(TASK)
    fresh = found.place(TASK, 2, strategy=Spread("instanceId"))
    number = found.store.tasks.number
    again, late, early = way((found, fresh, stale))
    assert late.instances == fresh.instances
    for _ in range(3):
        with pytest.raises(StaleExplanation):
            early.undo()
        again.set_status("i-0", "ACTIVE")
    with pytest.raises(StaleExplanation):
        late.undo()
    again, late = way((found, fresh))
    late.undo()
    assert (again.store.tasks.number, found.store.tasks.number) == (number - 2, number)


def test_a_request_is_not_taken_for_one_of_another_index() -> None:
    """C54: the index of a trial that compacts gives out no generation that another one gave."""
    found = Cluster()
    found.register(Instance(id="i-0", cpu=1000, memory=1000))
    big, small = Task(cpu=900, memory=900), Task(cpu=100, memory=100)
    kept = found.prepare(big, strategy=Spread("instanceId"))
    other = found.prepare(small, strategy=Spread("instanceId"))
    found.place_many([other], [0], seed=0)
    found.register(Instance(id="i-1", cpu=1000, memory=1000))
    assert found.place_many([kept], [0]).rows.tolist() == [1]
    with found.trial():
        found.compact()
        found.place(small)
    assert found.place_many([other], [0]).rows.tolist() == [0]
    assert found.place_many([kept], [0]).rows.tolist() == [-1], "no instance has room for big"


def test_generations_are_given_once_in_a_process() -> None:
    """C54."""
    one, two = cluster(), cluster()
    assert one._placement_index().generation != two._placement_index().generation
