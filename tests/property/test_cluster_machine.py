"""Every public call of a cluster, in any order, beside the naive twin (C7, C20-C22, C53, C54).

The steps are in ``cluster_steps.py``.  Hypothesis chooses them here, and shortens what fails; a
plain driver plays many more histories from seeds.  ``PLACEMENT_LONG=100000`` plays so many
histories of 30 to 60 steps, in as many processes as there are processors;
``PLACEMENT_FIRST_SEED`` says where their seeds begin.
"""

from __future__ import annotations

import contextlib
import os
import random
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

import placement
from cluster_extensions import CHANGES, READS
from cluster_reading import STEPS
from cluster_steps import end, histories, history, play
from cluster_world import World

LONG = int(os.environ.get("PLACEMENT_LONG", "0"))
FIRST_SEED = int(os.environ.get("PLACEMENT_FIRST_SEED", "0"))
SHORT = 300
"""Histories that every run plays from seeds."""

BATCH = 100
LENGTHS = (30, 40, 60)

CHANCE = st.randoms(use_true_random=False)


class ClusterMachine(RuleBasedStateMachine):
    """Rules are the steps; each draws its arguments from what Hypothesis gives it."""

    world: World

    @initialize(chance=CHANCE)
    def begin(self, chance: random.Random) -> None:
        self.world = World(chance)

    def teardown(self) -> None:
        if hasattr(self, "world"):
            self.world.chance = random.Random(0)  # nothing can be drawn any more
            end(self.world)


def as_rule(name: str) -> Callable[..., None]:
    def make(self: ClusterMachine, chance: random.Random) -> None:
        self.world.chance = chance
        play(self.world, name)

    make.__name__ = name
    return rule(chance=CHANCE)(make)


for _name in STEPS:
    setattr(ClusterMachine, f"step_{_name}", as_rule(_name))

TestClusterMachine = ClusterMachine.TestCase
TestClusterMachine.settings = settings(
    stateful_step_count=30, suppress_health_check=list(HealthCheck)
)


def test_histories_from_seeds() -> None:
    """The same steps by the plain driver, as many histories as ``PLACEMENT_LONG`` asks for.

    A failure names the seed: ``cluster_steps.history(seed, steps)`` plays it again.
    """
    firsts = range(FIRST_SEED, FIRST_SEED + (LONG or SHORT), BATCH)
    sizes = [min(BATCH, firsts.stop - first) for first in firsts]
    steps = [LENGTHS[number % len(LENGTHS)] for number in range(len(firsts))]
    if LONG:
        with ProcessPoolExecutor(os.cpu_count()) as pool:
            made = list(pool.map(histories, firsts, sizes, steps))
    else:
        made = list(map(histories, firsts, sizes, steps))
    assert made == [size * length for size, length in zip(sizes, steps, strict=True)]


# --- Nothing is forgotten ------------------------------------------------------------------------

CLASS_METHODS = {"from_frame"}
"""Makes a cluster out of a table, which the tests of frames hold to."""

HANDLES = {
    "Placement.undo",
    "Placement.explain",
    "Query.mask",
    "Query.select",
    "Query.matches",
    "Query.explain",
    "lint",
}
SPECIAL = {
    "__contains__",
    "__copy__",
    "__deepcopy__",
    "__len__",
    "__reduce__",
    "__repr__",
}


def public_names() -> set[str]:
    names = {name for name in dir(placement.Cluster) if not name.startswith("_")}
    own = {name for kind in placement.Cluster.__mro__[:-1] for name in vars(kind)}
    return names - CLASS_METHODS | (own & SPECIAL) | HANDLES


def test_every_public_call_is_made() -> None:
    """A new call of the class needs a step: it is looked for among the calls really made."""
    called: set[str] = set()
    for seed in range(60):
        called |= history(seed).called
    assert public_names() - called == set()


def test_an_extension_tries_every_public_call() -> None:
    """C53: each is among those that an extension makes from inside, either to read or to change."""
    tried = {*CHANGES, *READS} | {"from_ecs", "lint", "Query.explain", "Placement.explain"}
    assert public_names() - tried == set()


def test_special_methods_are_all_known() -> None:
    """A special method that the class gains is a public call too."""
    plain: set[str] = {*dir(object), "__annotations__", "__dict__", "__weakref__", "__module__"}
    own: set[str] = {
        name
        for kind in placement.Cluster.__mro__[:-1]
        for name in vars(kind)
        if name.startswith("__") and name.endswith("__")
    }
    assert own - plain - SPECIAL == set()
    assert own & SPECIAL == SPECIAL


# --- The machine can fail ------------------------------------------------------------------------


def forgets_a_change(monkeypatch: pytest.MonkeyPatch) -> None:
    original = placement.Cluster.set_status

    def quiet(self: placement.Cluster, id: str, status: str) -> None:
        before = self.change_count
        original(self, id, status)
        self.change_count = before

    monkeypatch.setattr(placement.Cluster, "set_status", quiet)


def leaves_a_task_of_a_trial(monkeypatch: pytest.MonkeyPatch) -> None:
    from placement.state.store import Store

    original = Store.restore

    def careless(self: Store, other: Store) -> None:
        number = self.tasks.number
        original(self, other)
        self.tasks.meta[0] = number

    monkeypatch.setattr(Store, "restore", careless)


def keeps_requests_over_compact(monkeypatch: pytest.MonkeyPatch) -> None:
    from placement.engine.prepared import Epochs

    def careless(_: Epochs) -> None:
        """End none."""

    monkeypatch.setattr(Epochs, "end_all", careless)


def keeps_what_a_raising_call_decided(monkeypatch: pytest.MonkeyPatch) -> None:
    from placement.engine.decide import decide_sequence
    from placement.engine.placing_calls import PlacingCalls

    def careless(self: Any, requests: Any, order: Any) -> Any:
        return decide_sequence(self._placement_index(), requests, order, self.reporter)

    monkeypatch.setattr(PlacingCalls, "_decide", careless)


def keeps_what_a_raising_stream_did(monkeypatch: pytest.MonkeyPatch) -> None:
    from placement.engine import placing_calls

    monkeypatch.setattr(placing_calls, "restored_if_raised", lambda *_: contextlib.nullcontext())


def takes_a_stop_of_what_is_over(monkeypatch: pytest.MonkeyPatch) -> None:
    from placement.state.tasks import Tasks

    monkeypatch.setattr(Tasks, "are_counted", lambda _, ids: ids >= 0)


def lets_extensions_change(monkeypatch: pytest.MonkeyPatch) -> None:
    from placement.engine.instance_calls import InstanceCalls

    original: Any = InstanceCalls.put_attributes
    monkeypatch.setattr(placement.Cluster, "put_attributes", original.__wrapped__)


@pytest.mark.parametrize(
    "broken",
    [
        forgets_a_change,
        leaves_a_task_of_a_trial,
        keeps_requests_over_compact,
        keeps_what_a_raising_call_decided,
        keeps_what_a_raising_stream_did,
        takes_a_stop_of_what_is_over,
        lets_extensions_change,
    ],
)
def test_a_broken_cluster_is_found(
    broken: Callable[[pytest.MonkeyPatch], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each kind of fault that the state once had, put back on purpose."""
    broken(monkeypatch)
    with pytest.raises((AssertionError, placement.PlacementError, IndexError, KeyError)):
        histories(0, 2000, 30)
