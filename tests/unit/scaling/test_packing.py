"""Tasks on empty machines."""

from __future__ import annotations

import pytest

from placement.errors import UsageError
from placement.scaling.packing import (
    MachineSize,
    TaskGroup,
    TaskSize,
    machines_needed,
    per_machine,
)

MACHINE = MachineSize(2048, 4096, 2, 3)


@pytest.mark.parametrize(
    ("task", "count"),
    [
        (TaskSize(512, 1), 4),
        (TaskSize(1, 1500), 2),
        (TaskSize(1, 1, gpus=1), 2),
        (TaskSize(1, 1, interfaces=1), 3),
        (TaskSize(1, 1, exclusive=frozenset({80})), 1),
        (TaskSize(0, 0), 9),
        (TaskSize(2049, 1), 0),
    ],
)
def test_how_many_tasks_fit_on_a_machine(task: TaskSize, count: int) -> None:
    assert per_machine(task, MACHINE, 9) == count


def test_interfaces_that_nobody_counted_are_not_checked() -> None:
    """C12."""
    assert per_machine(TaskSize(1, 1, interfaces=1), MachineSize(9, 9), 9) == 9


def test_what_a_daemon_leaves() -> None:
    daemon = TaskSize(48, 96, interfaces=1)
    assert MACHINE.without(daemon) == MachineSize(2000, 4000, 2, 2)
    assert MachineSize(9, 99).without(daemon) is None
    assert MachineSize(48, 96).without(daemon) == MachineSize(0, 0)


def test_groups_that_complete_each_other_share_machines_a60() -> None:
    """Three tasks with half the CPU each and three with half the memory."""
    groups = [TaskGroup(TaskSize(1023, 1), 3), TaskGroup(TaskSize(1, 2047), 3)]
    assert [machines_needed([group], MACHINE) for group in groups] == [2, 2]
    assert machines_needed(groups, MACHINE) == 2


def test_distinct_tasks_need_a_machine_each() -> None:
    distinct = TaskGroup(TaskSize(1, 1, exclusive=frozenset({"service:web"})), 5)
    assert machines_needed([distinct, TaskGroup(TaskSize(2000, 1), 2)], MACHINE) == 5


def test_tasks_with_one_port_never_share_a_machine() -> None:
    groups = [
        TaskGroup(TaskSize(1, 1, exclusive=frozenset({80, 443})), 2),
        TaskGroup(TaskSize(1, 2, exclusive=frozenset({443})), 2),
        TaskGroup(TaskSize(1, 3, exclusive=frozenset({53})), 3),
    ]
    assert machines_needed(groups, MACHINE) == 4


def test_many_equal_tasks_cost_no_more_than_few() -> None:
    assert machines_needed([TaskGroup(TaskSize(1, 1), 10**12)], MachineSize(10, 10)) == 10**11


def test_no_tasks_need_no_machine() -> None:
    assert machines_needed([], MACHINE) == 0


def test_a_task_that_fits_nowhere_is_refused() -> None:
    with pytest.raises(UsageError, match="does not fit"):
        machines_needed([TaskGroup(TaskSize(9999, 1), 1)], MACHINE)


def test_numbers_that_cannot_be_are_refused() -> None:
    with pytest.raises(UsageError, match="cpu is at least 0, not int -1"):
        TaskSize(-1, 1)
    with pytest.raises(UsageError, match="interfaces is at least 0, not int -1"):
        MachineSize(1, 1, 0, -1)
    with pytest.raises(UsageError, match="at least 1 task, not int 0"):
        TaskGroup(TaskSize(1, 1), 0)
