"""Sort keys: the same comparison in a full scan, at scale-in and in the packed key of an index."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import placement
from placement import BinPack, DocumentError, Instance, Random, Spread, Task
from placement.engine.index.key_encoder import NARROW_BITS, encode_key
from placement.engine.plugins import Step
from placement.engine.ranking import (
    AttributeCountKey,
    GroupCountKey,
    PluginKey,
    ResourceKey,
    default_strategy,
    ranking_of,
)
from placement.engine.scale_in_state import ScaleInState
from placement.kernels import fields

ALL = GroupCountKey(count_draining=True, count_old_revisions=True)


class Ranker:
    """Prefers high rows."""

    name = "high"
    reads = "instance"

    def key(self, out: Any, rows: Any) -> None:
        out[:] = -rows


def cluster() -> placement.Cluster:
    found = placement.Cluster()
    for number, rack in enumerate(["a", "a", "b", None]):
        attributes = {} if rack is None else {"rack": rack}
        found.register(Instance(id=f"i{number}", cpu=100, memory=900, attributes=attributes))
    for number, cpu in ((0, 10), (0, 20), (2, 30), (3, 40)):
        found.add_task(f"i{number}", "g", Task(cpu=cpu))
    found.add_task("i1", "other", Task(cpu=50))
    found.set_status("i0", "DRAINING")
    return found


def test_strategies_become_sort_keys() -> None:
    ranker = Ranker()
    found = ranking_of([Spread("attribute:rack"), Spread("host"), BinPack("CPU"), ranker])
    assert found.keys == (
        *(AttributeCountKey("rack", ALL), ALL, ResourceKey("cpu"), PluginKey(ranker)),
    )
    assert list(map(str, found.keys)) == [
        *("spread(attribute:rack)", "spread(instanceId)", "binpack(cpu)", "high"),
    ]
    assert found.attributes == ("rack",)
    assert not found.random


def test_what_cannot_decide_any_more_is_left_out() -> None:
    found = ranking_of([BinPack("cpu"), BinPack("CPU"), Random(), Spread("host")])
    assert (found.keys, found.random) == ((ResourceKey("cpu"),), True)
    assert ranking_of([Spread("host"), Spread("instanceId")], random_ties=True).random


@pytest.mark.parametrize("strategy", ["spread", None, 3, object(), Task()])
def test_what_is_neither_a_strategy_nor_a_ranker_is_refused(strategy: Any) -> None:
    with pytest.raises(DocumentError, match="strategy"):
        ranking_of([strategy])


@pytest.mark.parametrize(
    ("strategies", "indexable"),
    [
        ([Spread("host"), BinPack("cpu"), Spread("attribute:a")], True),
        (default_strategy("service:a"), True),
        ([Spread("host", count_draining=False)], False),
        ([Spread("attribute:a", count_old_revisions=False)], False),
        ([BinPack("cpu"), Ranker()], False),
    ],
)
def test_counts_that_leave_tasks_out_and_rankers_are_not_indexable(
    strategies: Any, indexable: bool
) -> None:
    assert ranking_of(strategies).indexable == indexable


def no_code(name: str) -> int:
    raise KeyError(name)


def survivors(found: placement.Cluster, strategy: Any) -> list[int]:
    """Return the candidates that a full scan leaves after one strategy."""
    seen: list[Step] = []
    copy = found.copy()
    copy.reporter = seen.append
    return [copy.place(Task(), group="g", strategy=[strategy]).rows.tolist()[0], seen[-2].left]


@pytest.mark.parametrize(
    ("strategy", "row", "left"),
    [
        (Spread("host"), 1, 1),
        (Spread("attribute:rack"), 2, 1),  # b and no rack have one task each: no rack loses (A34)
        (BinPack("cpu"), 1, 1),
        (BinPack("memory"), 1, 3),
        (BinPack("never"), 1, 3),
        (Ranker(), 3, 1),
    ],
)
def test_the_smallest_number_is_best_in_a_scan(strategy: Any, row: int, left: int) -> None:
    """Row 0 is no candidate, its tasks count."""
    assert survivors(cluster(), strategy) == [row, left]


@pytest.mark.parametrize(
    ("strategy", "numbers"),
    [
        (Spread("host"), [2, 2, 1, 1]),
        (Spread("host", count_draining=False), [0, 0, 1, 1]),
        (Spread("host", count_old_revisions=False), [2, 2, 1, 1]),
        (Spread("attribute:rack"), [4, 4, 2, 3]),
        (Spread("attribute:rack", count_draining=False), [0, 0, 2, 3]),
        (Spread("attribute:never"), [9, 9, 9, 9]),
        (BinPack("cpu"), [80, 90, 100, 100]),
        (BinPack("never"), [0, 0, 0, 0]),
        (Ranker(), [0, 0, -2, -3]),
    ],
)
def test_a39_the_largest_number_stops_first(strategy: Any, numbers: list[int]) -> None:
    """What is left of a resource is taken without the task that may stop."""
    found = cluster()
    before = found.store.tasks.resources.names.copy()
    state = ScaleInState(found.store, "g", found.store.tasks.meta)
    (key,) = ranking_of([strategy]).keys
    assert key.by_task(state, state.tasks).tolist() == numbers
    assert found.store.tasks.resources.names == before


def test_scale_in_counts_what_was_chosen_as_stopped() -> None:
    found = cluster()
    state = ScaleInState(found.store, "g", found.store.tasks.meta)
    first, *others = state.tasks.tolist()
    state.remove(first)
    assert ALL.by_task(state, np.array(others)).tolist() == [1, 1, 1]
    assert ResourceKey("cpu").by_task(state, np.array(others)).tolist() == [100, 100, 100]
    assert found.usage("i0").remaining_cpu == 70


def test_a_packed_key_holds_the_first_sort_key_in_its_highest_bits() -> None:
    found = cluster()
    ranking = ranking_of([Spread("attribute:rack"), BinPack("cpu"), Spread("host"), BinPack("gpu")])
    packed = encode_key(found.store, ranking, {"rack": 7}.__getitem__, wide=False)
    assert packed is not None
    count_bits = NARROW_BITS - 7  # 100 cpu units take seven bits, GPUs that nobody has none
    assert packed.links == [
        (fields.BY_ATTRIBUTE, 7, 0, 0),
        (fields.BY_KEY, count_bits, 2**7 - 1, 0),
        (fields.BY_KEY, 0, 2**count_bits - 1, -1),
        (fields.BY_KEY, 0, 0, 2),
    ]
    assert (packed.count_shift, packed.count_mask) == (0, 2**count_bits - 1)


def test_a_packed_key_of_amounts_too_large_is_none() -> None:
    found = placement.Cluster()
    found.register(Instance(id="i", cpu=2**20, memory=2**20))
    ranking = ranking_of([BinPack("cpu"), BinPack("memory")])
    assert encode_key(found.store, ranking, no_code, wide=True) is None
    assert (
        found.place(Task(cpu=1, memory=1), strategy=[BinPack("cpu"), BinPack("memory")]).rows[0]
        == 0
    )


def test_rankers_are_asked_about_each_row_once_at_scale_in() -> None:
    asked: list[list[int]] = []

    class Asked(Ranker):
        def key(self, out: Any, rows: Any) -> None:
            asked.append(rows.tolist())
            super().key(out, rows)

    found = cluster()
    state = ScaleInState(found.store, "g", found.store.tasks.meta)
    numbers = PluginKey(Asked()).by_task(state, state.tasks)
    assert asked == [[0, 2, 3]]
    assert np.array_equal(numbers, [0, 0, -2, -3])
