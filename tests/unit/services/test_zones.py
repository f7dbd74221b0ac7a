"""Zone rebalancing, decision by decision."""

from __future__ import annotations

from typing import Any

import attrs
import pytest

from placement import UsageError
from placement.services.zones import (
    RETRY_AFTER,
    Batch,
    Ending,
    Step,
    ZoneCount,
    ZoneState,
    rebalance,
)
from placement.timestamps import SECOND
from zone_world import ZoneWorld


def begun(world: ZoneWorld) -> Batch:
    """Return the batch that a service begins with."""
    result = world.run_pass()
    assert result.step is Step.STARTED
    assert result.batch is not None
    assert result.batch.started == result.moved
    return result.batch


def test_d59_a_batch_waits_for_its_tasks_to_be_healthy() -> None:
    world = ZoneWorld({"b": 1, "a": 3})
    batch = begun(world)
    assert (batch.targets, batch.extras) == ({"a": 2, "b": 2}, 1)
    waiting = world.run_pass()
    assert (waiting.step, waiting.batch) == (Step.WAITING, batch)
    world.pending = 0
    stopped = world.run_pass()
    assert (stopped.step, stopped.moved, stopped.batch) == (Step.STOPPED, {"a": 1}, None)
    end = world.run_pass()
    assert end.step is Step.BALANCED
    assert list(end.counts.items()) == [("a", 2), ("b", 2)]


def test_d59_the_event_names_counts_by_zone_in_order_of_names() -> None:
    result = ZoneWorld({"z2": 1, "z1": 3, "z3": 1}).run_pass()
    assert list(result.counts.items()) == [("z1", 3), ("z2", 1), ("z3", 1)]


def test_d59_the_upper_bound_limits_a_batch() -> None:
    assert begun(ZoneWorld({"a": 8, "b": 0}, 125)).started == {"b": 2}
    result = ZoneWorld({"a": 2, "b": 0}, 149).run_pass()
    assert (result.step, result.batch) == (Step.NO_ROOM, None)


def test_d59_protection_limits_a_batch() -> None:
    """Zone by zone: those that can be stopped where there are too many."""
    assert begun(ZoneWorld({"a": 6, "b": 0}, 200, {"a": 5})).started == {"b": 1}
    result = ZoneWorld({"a": 3, "b": 1}, 200, {"a": 3}).run_pass()
    assert (result.step, result.batch, result.protected) == (Step.PROTECTED, None, 3)


def test_d59_of_equal_zones_the_first_by_name_gets_the_task() -> None:
    """And, where tasks stop, loses it (D108)."""
    world = ZoneWorld({"d": 0, "c": 0, "b": 3, "a": 3}, 117)
    assert begun(world).started == {"c": 1}
    world.pending = 0
    assert world.run_pass().moved == {"a": 1}


def test_d59_protection_that_comes_meanwhile_leaves_tasks_surplus() -> None:
    """D60: what the batch started and could not make good is surplus."""
    world = ZoneWorld({"a": 6, "b": 0})
    assert begun(world).started == {"b": 3}
    world.pending = 0
    world.protected = {"a": 5}
    result = world.run_pass()
    assert (result.step, result.moved) == (Step.STOPPED, {"a": 1})
    assert (result.ending, result.protected, result.batch) == (Ending.PROTECTED, 5, None)


def test_d60_where_no_task_can_be_placed_the_next_try_comes_300_seconds_later() -> None:
    result = ZoneWorld({"a": 4, "b": 0}, room={}).run_pass()
    assert (result.step, result.batch, result.unplaced) == (Step.UNPLACED, None, ("b",))
    assert result.retry_after == RETRY_AFTER == 300 * SECOND


def test_d60_a_batch_goes_on_with_the_tasks_that_could_be_placed() -> None:
    """A zone that is full is said, and its share goes to other zones that lack tasks."""
    world = ZoneWorld({"a": 9, "b": 0, "c": 0}, 145, room={"b": 1, "c": 9})
    result = world.run_pass()
    assert (result.step, result.moved, result.unplaced) == (Step.STARTED, {"b": 1, "c": 3}, ("b",))
    assert result.retry_after is None


@pytest.mark.parametrize(
    ("change", "ending"),
    [
        ({"in_deployment": True}, Ending.DEPLOYMENT),
        ({"revision": 2}, Ending.DEPLOYMENT),
        ({"desired": 5}, Ending.DESIRED_COUNT),
        ({"active": 4, "healthy": 4}, Ending.TASK_LOST),
    ],
)
def test_d60_what_ends_a_batch(change: dict[str, Any], ending: Ending) -> None:
    world = ZoneWorld({"a": 3, "b": 1})
    batch = begun(world)
    world.pending = 0
    steps = rebalance(attrs.evolve(world.state, **change), batch)
    with pytest.raises(StopIteration) as caught:
        next(steps)
    result = caught.value.value
    assert (result.step, result.ending, result.batch) == (Step.ENDED, ending, None)


def test_d108_a_batch_keeps_its_targets_when_a_zone_appears() -> None:
    world = ZoneWorld({"a": 4, "b": 0})
    begun(world)
    world.pending = 0
    world.tasks["c"] = 0
    assert world.run_pass().moved == {"a": 2}
    assert world.tasks == {"a": 2, "b": 2, "c": 0}
    assert begun(world).targets == {"a": 2, "b": 1, "c": 1}


@pytest.mark.parametrize(
    "make",
    [
        lambda: ZoneCount("a", 1, 2),
        lambda: ZoneCount("a", -1),
        lambda: ZoneState(1, 1, 1, 1, 1, (ZoneCount("a", 1), ZoneCount("a", 0))),
        lambda: ZoneState(1, -1, 1, 1, 1, ()),
        lambda: ZoneState(1, 1, 1, 1, -1, ()),
    ],
)
def test_c51_numbers_out_of_bounds_are_refused(make: Any) -> None:
    with pytest.raises(UsageError):
        make()


@pytest.mark.parametrize("sent", [2, -1, True, None])
def test_c51_what_is_sent_is_a_number_of_tasks(sent: Any) -> None:
    steps = rebalance(ZoneWorld({"a": 3, "b": 1}).state)
    assert next(steps).count == 1
    with pytest.raises(UsageError, match="from 0 to 1"):
        steps.send(sent)
