"""Batches of updates of managed daemons."""

from __future__ import annotations

from fractions import Fraction

import pytest

from placement.errors import UsageError
from placement.scaling.managed_daemons import (
    Bake,
    Batch,
    DaemonInstance,
    Progress,
    drain_batch,
    next_batch,
)


def test_batch_after_batch_d55() -> None:
    old = [DaemonInstance(key, False) for key in range(8)]
    assert next_batch(old) == Batch((0, 1), Progress.DRAINS)
    draining = [DaemonInstance(0, False, True), *old[2:]]
    assert next_batch(draining) == Batch((), Progress.WAITING)
    new = [DaemonInstance(key, True) for key in (8, 9)]
    assert next_batch([*old[2:], *new]) == Batch((2, 3), Progress.DRAINS)
    assert next_batch(new) == next_batch([]) == Batch((), Progress.DONE)


def test_a_new_instance_that_drains_for_another_reason_holds_nothing_up() -> None:
    instances = [DaemonInstance(1, False), DaemonInstance(2, True, True)]
    assert next_batch(instances) == Batch((1,), Progress.DRAINS)


def test_the_next_batch_waits_for_the_daemons_of_the_one_before() -> None:
    starting = DaemonInstance(2, True, is_ready=False)
    assert next_batch([DaemonInstance(1, False), starting]).progress is Progress.STARTING
    leaving = DaemonInstance(2, True, draining=True, is_ready=False)
    assert next_batch([DaemonInstance(1, False), leaving]) == Batch((1,), Progress.DRAINS)


def test_the_bake_time_passes_after_each_batch_and_begins_once() -> None:
    older, new = DaemonInstance(1, False), DaemonInstance(2, True)
    first = next_batch([older, new], bake=Bake(60, now=100))
    assert first == Batch((1,), Progress.DRAINS), "no batch before it"
    baking = next_batch([older, new], bake=Bake(60, now=100, has_batch=True))
    assert baking == Batch((), Progress.BAKES, 100, 160)
    starting = DaemonInstance(3, True, is_ready=False)
    waiting = next_batch([older, new, starting], bake=Bake(60, 120, 100, has_batch=True))
    assert waiting == Batch((), Progress.STARTING, 100)
    after = next_batch([older, new], bake=Bake(60, 160, 100, has_batch=True))
    assert after == Batch((1,), Progress.DRAINS)
    last = next_batch([new], bake=Bake(60, now=200, has_batch=True))
    assert last == Batch((), Progress.BAKES, 200, 260)
    assert next_batch([new], bake=Bake(60, 260, 200, has_batch=True)).progress is Progress.DONE
    assert next_batch([], bake=Bake(60, now=0)).progress is Progress.DONE


def test_a_percentage_may_have_a_fraction() -> None:
    assert drain_batch(8, Fraction("37.5")) == 3
    assert drain_batch(8, Fraction("37.4")) == 2


@pytest.mark.parametrize(("instances", "percent"), [(0, 25), (4, 101), (4, -1)])
def test_a_batch_that_cannot_be_is_refused(instances: int, percent: int) -> None:
    with pytest.raises(UsageError, match="0 to 100 percent of at least 1 instance"):
        drain_batch(instances, percent)
