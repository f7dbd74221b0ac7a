"""The groups' targets together: what is due when, what is reported, what a copy shares."""

from __future__ import annotations

import pytest

from load_balancing_world import KEY, World
from placement.ecs.control.load_balancing.target_table import TargetChange, TargetTable
from placement.ecs.control.load_balancing.targets import CheckResult, TargetReason, TargetState
from placement.timestamps import SECOND

HEALTHY, UNHEALTHY = CheckResult.HEALTHY, CheckResult.UNHEALTHY


def seen(changes: list[TargetChange]) -> list[tuple[int, str | None, str]]:
    return [
        (one.moment // SECOND, None if one.before is None else str(one.before), str(one.state))
        for one in changes
    ]


def test_changes_of_calls_are_due_at_once_and_reported_once() -> None:
    world = World()
    group = world.group()
    assert world.table.next_due() is None
    world.table.register(group, KEY, 7 * SECOND)
    assert world.table.next_due() == 7 * SECOND
    assert seen(world.table.apply(7 * SECOND)) == [(7, None, "initial")]
    assert world.table.apply(7 * SECOND) == []
    assert world.table.next_due() == 37 * SECOND


def test_targets_that_change_together_do_so_in_the_order_of_registration_d127() -> None:
    world = World()
    first, second = world.group(), world.group()
    keys = [("10.0.0.9", 80), ("10.0.0.1", 80), ("10.0.0.5", 80)]
    for key in keys:
        for group in (second, first):
            world.table.register(group, key, 0)
    world.table.apply(0)
    changes = world.table.apply(30 * SECOND)
    assert [(one.group, one.key) for one in changes] == [
        (group, key) for key in keys for group in (second, first)
    ]


def test_one_that_is_registered_stays_and_a_draining_one_begins_again() -> None:
    world = World()
    group = world.group()
    target = world.table.register(group, KEY, 0)
    world.table.apply(30 * SECOND)
    assert world.table.register(group, KEY, 40 * SECOND, finding=UNHEALTHY) is target
    assert world.table.deregister(group, KEY, 50 * SECOND) == 350 * SECOND
    assert world.table.deregister(group, KEY, 60 * SECOND) == 350 * SECOND
    world.table.apply(60 * SECOND)
    world.table.register(group, KEY, 100 * SECOND)
    assert seen(world.table.apply(400 * SECOND)) == [
        (100, "draining", "initial"),
        (130, "initial", "healthy"),
    ]


def test_who_is_not_there_is_unused_now() -> None:
    world = World()
    group = world.group(delay=0)
    assert world.table.deregister(group, KEY, 5) == 5
    assert world.table.deregister("no group", KEY, 5) == 5
    assert world.table.state_of(group, KEY) is TargetState.UNUSED
    assert world.table.find("no group", KEY) is None
    world.table.register(group, KEY, 6)
    assert world.table.deregister(group, KEY, 7) == 7, "a delay of 0 takes no time"
    assert world.table.find(group, KEY) is None


def test_a_group_that_comes_into_use_begins_its_checks_d63() -> None:
    world = World()
    group = world.group(is_used=False)
    world.table.register(group, KEY, 0)
    world.table.apply(100 * SECOND)
    world.rule({group: 0}, 100 * SECOND)
    assert seen(world.table.apply(150 * SECOND)) == [
        (100, "unused", "initial"),
        (130, "initial", "healthy"),
    ]
    assert world.table.deregister(group, KEY, 150 * SECOND) == 450 * SECOND
    world.rule({}, 160 * SECOND)
    assert seen(world.table.apply(450 * SECOND)) == [
        (150, "healthy", "draining"),
        (450, "draining", "unused"),
    ]


def test_a_group_that_goes_out_of_use_is_not_checked() -> None:
    world = World()
    group = world.group()
    world.table.register(group, KEY, 0, finding=UNHEALTHY)
    world.rule({}, 59 * SECOND)
    changes = world.table.apply(1000 * SECOND)
    assert seen(changes) == [(0, None, "initial"), (59, "initial", "unused")]
    assert changes[-1].reason is TargetReason.NOT_IN_USE
    assert world.table.deregister(group, KEY, 60 * SECOND) == 60 * SECOND


def test_a_function_that_raises_leaves_what_came_before_c27() -> None:
    world = World()
    group = world.group()

    def raising(_: int) -> CheckResult:
        raise LookupError

    world.table.register(group, KEY, 0)
    world.table.register(group, ("10.0.0.2", 80), 0, finding=raising)
    world.table.apply(0)
    for _ in range(2):
        with pytest.raises(LookupError):
            world.table.apply(30 * SECOND)
    world.table.set_finding(group, ("10.0.0.2", 80), HEALTHY, 30 * SECOND)
    assert seen(world.table.apply(30 * SECOND)) == [(30, "initial", "healthy")] * 2


def test_functions_where_nothing_takes_time_are_asked_every_interval_c39() -> None:
    world = World(takes_time=False)
    group = world.group()

    def finding(moment: int) -> CheckResult:
        return UNHEALTHY if 40 * SECOND < moment < 100 * SECOND else HEALTHY

    world.table.register(group, KEY, 0, finding=finding)
    assert seen(world.table.apply(200 * SECOND)) == [
        (0, None, "healthy"),
        (60, "healthy", "unhealthy"),
        (120, "unhealthy", "healthy"),
    ]
    world.table.set_finding(group, KEY, UNHEALTHY, 200 * SECOND)
    assert seen(world.table.apply(200 * SECOND)) == [(200, "healthy", "unhealthy")]
    assert world.table.next_due() is None
    assert world.table.deregister(group, KEY, 210 * SECOND) == 210 * SECOND


def test_a_copy_shares_functions_and_nothing_else_c24() -> None:
    world = World()
    group = world.group()

    class Finding:
        def __call__(self, _: int) -> CheckResult:
            return HEALTHY

    finding = Finding()
    world.table.register(group, KEY, 0, finding=finding)
    twin: TargetTable = world.elb.copy().targets
    target = twin.find(group, KEY)
    assert target is not None
    assert target.finding is finding
    assert target is not world.table.find(group, KEY)
    twin.deregister(group, KEY, 10 * SECOND)
    assert world.table.state_of(group, KEY) is TargetState.INITIAL
    assert seen(world.table.apply(30 * SECOND))[-1] == (30, "initial", "healthy")
    assert seen(twin.apply(310 * SECOND))[-1] == (310, "draining", "unused")


def test_the_queue_does_not_grow_with_what_is_said_again_and_again() -> None:
    world = World()
    group = world.group()
    world.table.register(group, KEY, 0)
    for number in range(10_000):
        finding = UNHEALTHY if number % 2 else HEALTHY
        world.table.set_finding(group, KEY, finding, number + 1)
    assert len(world.table._due) < 200
    assert seen(world.table.apply(60 * SECOND))[-1] == (60, "initial", "unhealthy")
