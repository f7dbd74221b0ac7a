"""Batches of updates of managed daemons."""

from __future__ import annotations

import pytest

from placement.errors import UsageError
from placement.scaling.managed_daemons import (
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


@pytest.mark.parametrize(("instances", "percent"), [(0, 25), (4, 101), (4, -1)])
def test_a_batch_that_cannot_be_is_refused(instances: int, percent: int) -> None:
    with pytest.raises(UsageError, match="0 to 100 percent of at least 1 instance"):
        drain_batch(instances, percent)
