"""When Managed Instances leave."""

from __future__ import annotations

from collections.abc import Hashable
from fractions import Fraction
from typing import Any

import pytest

from placement.errors import UsageError
from placement.scaling import managed_instances
from placement.scaling.optimisation import (
    DRAIN_AFTER,
    END_AFTER,
    DeregisterInstance,
    DrainInstance,
    LeaveReason,
    ManagedInstance,
    Optimisation,
    optimise,
    scale_in_delay,
)
from placement.timestamps import SECOND

NOW = 1000 * SECOND
DELAY = 300 * SECOND


def instance(key: str, tasks: int = 1, changed: int = 0, **changes: Any) -> ManagedInstance:
    return ManagedInstance(key, tasks, changed * SECOND, 0, **changes)


def never(_key: Hashable, _others: tuple[Hashable, ...]) -> bool:
    return False


def always(_key: Hashable, _others: tuple[Hashable, ...]) -> bool:
    return True


def test_an_idle_instance_leaves_c51() -> None:
    found = optimise([instance("a", 0, 700), instance("b", 0, 701)], NOW, DELAY, never)
    idle = DeregisterInstance("a", LeaveReason.IDLE)
    assert found == Optimisation((idle,), 1001 * SECOND)
    assert managed_instances.optimise is optimise


def test_a_drained_instance_leaves_whatever_the_delay() -> None:
    found = optimise([instance("a", 0, 999, draining=True)], NOW, None, never)
    assert found.actions == (DeregisterInstance("a", LeaveReason.DRAINED),)
    assert found.next_at is None


def test_the_one_with_fewest_tasks_is_tried_first_d84() -> None:
    asked = []

    def fits(key: Hashable, others: tuple[Hashable, ...]) -> bool:
        asked.append((key, others))
        return key == "c"

    found = optimise([instance("a", 3), instance("b", 1), instance("c", 2)], NOW, DELAY, fits)
    assert asked == [("b", ("a", "c")), ("c", ("a", "b"))]
    drained = DrainInstance("c", LeaveReason.FITS_ON_OTHERS, ("a", "b"))
    assert found.actions == (drained,)


def test_one_at_a_time_d84() -> None:
    """While tasks of a DRAINING instance look for a place, no other is drained."""
    moving = instance("a", 2, draining=True)
    assert optimise([moving, instance("b"), instance("c")], NOW, DELAY, always).actions == ()
    both = optimise([instance("b"), instance("c")], NOW, DELAY, always)
    assert [action.key for action in both.actions] == ["b"]


def test_protected_and_standalone_tasks_keep_their_instance() -> None:
    kept = instance("a", keeps_tasks=True)
    assert optimise([kept, instance("b", changed=900)], NOW, DELAY, always).actions == ()


def test_tasks_never_move_to_instances_that_leave() -> None:
    asked = []

    def fits(_key: Hashable, others: tuple[Hashable, ...]) -> bool:
        asked.append(others)
        return False

    instances = [instance("a"), instance("idle", 0), instance("b", 5, changed=900)]
    found = optimise(instances, NOW, DELAY, fits)
    assert asked == [("b",)]
    assert found.actions == (DeregisterInstance("idle", LeaveReason.IDLE),)


@pytest.mark.parametrize(
    ("new", "leaves"),
    [("0.9", True), ("0.91", False), (None, False)],
)
def test_a_new_instance_is_at_least_10_percent_cheaper_d84(new: str | None, leaves: bool) -> None:
    price = None if new is None else Fraction(new)
    found = optimise([instance("a", price=Fraction(1))], NOW, DELAY, never, lambda _: price)
    expected = (DrainInstance("a", LeaveReason.CHEAPER),) if leaves else ()
    assert found.actions == expected


def test_no_cheaper_one_is_looked_for_without_a_price() -> None:
    found = optimise([instance("a")], NOW, DELAY, never, lambda _: Fraction(0))
    assert found.actions == ()
    assert optimise([instance("a", price=Fraction(1))], NOW, DELAY, never).actions == ()


def test_instances_have_a_lifetime() -> None:
    """S12.1: drained after 14 days, ended 7 days later."""
    old = ManagedInstance("a", 1, 0, 0, keeps_tasks=True)
    assert optimise([old], DRAIN_AFTER - 1, None, never) == Optimisation((), DRAIN_AFTER)
    drained = optimise([old], DRAIN_AFTER, None, never)
    assert drained == Optimisation((DrainInstance("a", LeaveReason.LIFETIME),), END_AFTER)
    draining = ManagedInstance("a", 1, 0, 0, draining=True)
    assert optimise([draining], DRAIN_AFTER, None, never) == Optimisation((), END_AFTER)
    over = optimise([draining], END_AFTER, None, never)
    assert over == Optimisation((DeregisterInstance("a", LeaveReason.LIFETIME_OVER),), None)


def test_no_instances_nothing_to_look_at() -> None:
    assert optimise([], NOW, DELAY, never) == Optimisation((), None)


@pytest.mark.parametrize(("seconds", "delay"), [(None, 300), (0, 0), (3600, 3600), (-1, None)])
def test_scale_in_after_d83(seconds: int | None, delay: int | None) -> None:
    assert scale_in_delay(seconds) == (None if delay is None else delay * SECOND)


@pytest.mark.parametrize("seconds", [-2, 3601, 1.5, True])
def test_a_delay_that_cannot_be_is_refused(seconds: Any) -> None:
    with pytest.raises(UsageError, match="scaleInAfter is a number from -1 to 3600"):
        scale_in_delay(seconds)
    with pytest.raises(UsageError, match="tasks is at least 0"):
        instance("a", -1)
