"""Minutes of managed scaling that the tables do not have."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import attrs
import pytest

from placement.errors import UsageError
from placement.scaling.managed_scaling import (
    Estimate,
    Measure,
    Memory,
    ProviderState,
    Reason,
    ScalingSettings,
    Usage,
    decide,
    machines_wanted,
    reservation,
)
from placement.scaling.packing import MachineSize, TaskGroup, TaskSize
from placement.timestamps import SECOND

NOW = 1_000_000 * SECOND
SMALL, LARGE = MachineSize(1024, 4096), MachineSize(4096, 2048)
READY = Memory(points_below=14)


def state(registered: int = 4, empty: int = 0, **changes: Any) -> ProviderState:
    values = {"minimum": 0, "maximum": 100, "desired": registered, **changes}
    settings = values.pop("settings", ScalingSettings())
    return ProviderState(settings, registered=registered, empty=empty, **values)


def waiting(*groups: tuple[int, int, int]) -> dict[str, Any]:
    found = tuple(TaskGroup(TaskSize(cpu, memory), count) for count, cpu, memory in groups)
    return {"waiting": found, "types": (SMALL, LARGE)}


def test_the_reservation_of_a_provider_a59() -> None:
    assert reservation(Fraction(0), 0, 80) == 100
    assert reservation(Fraction(3), 0, 80) == 200
    assert reservation(Fraction(2), 3, 80) == Fraction(200, 3)
    assert reservation(None, 3, 80) == 80


def test_the_need_is_the_maximum_over_groups_a60() -> None:
    """Compatible is what fits the smallest type, need is counted on the largest of both."""
    both = waiting((9, 1024, 1), (3, 1, 2048), (50, 1025, 1))
    assert machines_wanted(state(**both)) == 4 + 3
    settings = ScalingSettings(estimate=Estimate.JOINT)
    assert machines_wanted(state(settings=settings, **both)) == 4 + 4
    alike = waiting((8, 1024, 1), (8, 1024, 2))
    assert machines_wanted(state(**alike)) == 4 + 2
    assert machines_wanted(state(settings=settings, **alike)) == 4 + 4


def test_step_sizes_bound_the_need_only() -> None:
    settings = ScalingSettings(target=50, minimum_step=3, maximum_step=5)
    few = decide(state(settings=settings, **waiting((1, 1, 1))), NOW)
    assert few.wanted == 7
    assert few.desired == 14
    many = decide(state(settings=settings, **waiting((99, 1024, 1))), NOW)
    assert many.wanted == 9
    assert many.desired == 18


def test_incompatible_tasks_keep_the_target_and_restart_the_points_b35() -> None:
    found = decide(state(4, 4, memory=READY, **waiting((1, 1025, 1))), NOW)
    assert (found.desired, found.reason) == (4, Reason.INCOMPATIBLE)
    assert found.reservation == 100
    assert found.memory.points_below == 0


def test_interfaces_of_types_are_compared_only_where_known() -> None:
    task = TaskGroup(TaskSize(1, 1, interfaces=1), 6)
    known = (MachineSize(9, 9, 0, 2), MachineSize(9, 9, 0, 3))
    assert machines_wanted(state(waiting=(task,), types=known)) == 4 + 2
    unknown = (MachineSize(9, 9, 0, 2), MachineSize(9, 9))
    assert machines_wanted(state(waiting=(task,), types=unknown)) == 4 + 1


@pytest.mark.parametrize(
    ("changes", "reason", "desired"),
    [
        ({}, Reason.OUT, 8),
        ({"newest_launch": NOW - 299 * SECOND}, Reason.WARM_UP, 4),
        ({"newest_launch": NOW - 300 * SECOND}, Reason.OUT, 8),
        ({"maximum": 6}, Reason.OUT, 6),
        ({"maximum": 4}, Reason.AT_MAXIMUM, 4),
        ({"maximum": 4, "desired": 5}, Reason.AT_MAXIMUM, 5),
        ({"desired": 8}, Reason.ALREADY_DESIRED, 8),
        ({"desired": 9}, Reason.ALREADY_DESIRED, 9),
        ({"minimum": 10, "desired": 10}, Reason.ALREADY_DESIRED, 10),
    ],
)
def test_scaling_out_says_why_a61_c51(
    changes: dict[str, Any], reason: Reason, desired: int
) -> None:
    """One point is enough; desired is never lowered."""
    found = decide(state(**{**waiting((16, 1024, 1)), **changes}), NOW)
    assert (found.reason, found.desired) == (reason, desired)
    assert found.memory.last_out == (NOW if reason is Reason.OUT else None)


@pytest.mark.parametrize(
    ("changes", "reason", "desired"),
    [
        ({}, Reason.IN, 5),
        ({"memory": Memory(13)}, Reason.TOO_FEW_POINTS, 10),
        ({"memory": Memory(14, NOW - 899 * SECOND)}, Reason.AFTER_OUT, 10),
        ({"memory": Memory(14, NOW - 900 * SECOND)}, Reason.IN, 5),
        ({"minimum": 8}, Reason.IN, 8),
        ({"minimum": 10}, Reason.AT_MINIMUM, 10),
        ({"empty": 1, "settings": ScalingSettings(95)}, Reason.NEEDED_FOR_TARGET, 10),
        ({"removable": 2}, Reason.IN, 8),
        ({"removable": 0}, Reason.PROTECTED, 10),
        ({"desired": 5}, Reason.ALREADY_DESIRED, 5),
        ({"settings": ScalingSettings(max_scale_in_step=3)}, Reason.IN, 7),
    ],
)
def test_scaling_in_says_why_d74_c51(changes: dict[str, Any], reason: Reason, desired: int) -> None:
    values = {"registered": 10, "empty": 9, "memory": READY, **changes}
    found = decide(state(**values), NOW)
    assert (found.reason, found.desired) == (reason, desired)


def test_points_below_the_target_are_counted_in_a_row() -> None:
    memory = Memory()
    for number in range(1, 4):
        memory = decide(state(4, 2, memory=memory), NOW).memory
        assert memory.points_below == number
    assert decide(state(4, 0, memory=memory), NOW).memory.points_below == 0
    assert decide(state(4, 0, memory=memory), NOW).reason is Reason.ON_TARGET


def test_an_idle_provider_starts_nothing_d98() -> None:
    half = ScalingSettings(target=50)
    assert decide(state(0, 0, settings=half), NOW).reason is Reason.IDLE
    spares = attrs.evolve(half, idle_spares=True)
    found = decide(state(0, 0, settings=spares), NOW)
    assert (found.reason, found.desired) == (Reason.OUT_FIRST, 2)


def test_a_scale_in_asks_whether_the_rest_still_fits() -> None:
    asked = []

    def may_remove(number: int) -> bool:
        asked.append(number)
        return number <= 3

    found = decide(state(20, 18, memory=READY), NOW, may_remove=may_remove)
    assert (found.reason, found.desired) == (Reason.IN, 17)
    assert len(asked) <= 4
    none = decide(state(20, 18, memory=READY), NOW, may_remove=lambda number: number < 1)
    assert (none.reason, none.desired) == (Reason.TASKS_WOULD_NOT_FIT, 20)


def test_by_room_the_scarcest_resource_counts() -> None:
    settings = ScalingSettings(measure=Measure.ROOM)
    usage = (Usage(1, 8), Usage(3, 4), Usage(0, 0))
    found = decide(state(4, 0, settings=settings, usage=usage), NOW)
    assert found.wanted == 3
    assert found.reservation == 75
    full = (Usage(9, 8),)
    assert decide(state(4, 0, settings=settings, usage=full), NOW).reservation == 100
    assert decide(state(4, 0, settings=settings), NOW).reservation == 0


def test_by_room_tasks_that_wait_count_as_ever() -> None:
    settings = ScalingSettings(measure=Measure.ROOM)
    usage = (Usage(1, 8),)
    found = decide(state(settings=settings, usage=usage, **waiting((1, 1, 1))), NOW)
    assert found.wanted == found.desired == 5


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: ScalingSettings(target=0), "target is from 1 to 100, not int 0"),
        (lambda: ScalingSettings(minimum_step=5, maximum_step=4), "maximum_step is from 5"),
        (lambda: ScalingSettings(warm_up=-1), "warm_up"),
        (lambda: ScalingSettings(max_scale_in_step=0), "max_scale_in_step is at least 1"),
        (lambda: state(2, 3), "empty is from 0 to 2, not int 3"),
        (lambda: state(2, removable=3), "removable is from 0 to 2, not int 3"),
        (lambda: state(minimum=5, maximum=4), "maximum is at least 5"),
        (lambda: state(waiting=waiting((1, 1, 1))["waiting"]), "no instance type"),
        (lambda: Usage(-1, 1), "used is at least 0"),
    ],
)
def test_numbers_that_cannot_be_are_refused(build: Any, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        build()
