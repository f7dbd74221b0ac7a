"""The state of a service and its actions, and what is refused."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from placement.errors import UsageError
from placement.services.actions import Cause, StartTasks, StopTasks
from placement.services.model import ClassCounts, RevisionState, ServiceState, TaskClass


def test_counts_add_up() -> None:
    counts = ClassCounts(1, 2, 3, 4, 5, 6)
    assert [counts.of(one) for one in TaskClass] == [1, 2, 3, 4, 5, 6]
    assert (counts.staying, counts.all_draining, counts.active) == (6, 11, 21)
    assert counts.plus(TaskClass.UNHEALTHY, -4) == ClassCounts(1, 2, 3, 0, 5, 6)


def test_a_source_has_tasks_or_slots_d101() -> None:
    assert RevisionState(1, cap=1).is_source
    assert RevisionState(1, ClassCounts(unhealthy=1)).is_source
    assert not RevisionState(1, stopping=1).is_source


def test_every_cause_is_a_sentence() -> None:
    assert all(" " in cause.sentence and cause.sentence[-1] != "." for cause in Cause)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: ClassCounts(healthy=-1), "healthy tasks is at least 0"),
        (lambda: ClassCounts().plus(TaskClass.PENDING, -1), "pending tasks is at least 0"),
        (lambda: RevisionState(1, stopping=-1), "stopping is at least 0"),
        (lambda: RevisionState(1, cap=-1), "cap is at least 0"),
        (lambda: RevisionState(1, extras=-2), "extras is at least 0"),
        (lambda: RevisionState(1, protected=ClassCounts(1)), "1 pending tasks are protected, of 0"),
        (lambda: ServiceState(-1, RevisionState(1)), "desired is at least 0"),
        (lambda: ServiceState(1, RevisionState(1), (), -1), "minimum_percent is from 0 to 100"),
        (lambda: ServiceState(1, RevisionState(1), (), 101), "minimum_percent is from 0 to 100"),
        (lambda: ServiceState(1, RevisionState(1), (), 0, 99), "maximum_percent at least 100"),
        (lambda: ServiceState(1, RevisionState(1), (RevisionState(1),)), "newest first"),
        (
            lambda: ServiceState(1, RevisionState(3), (RevisionState(1), RevisionState(2))),
            "newest first",
        ),
        (lambda: ServiceState(1, RevisionState(1), desired_at_failure=1), "is not failed"),
        (lambda: StartTasks(1, 0, Cause.SCALING), "at least 1 task"),
        (lambda: StopTasks(1, TaskClass.HEALTHY, -1, Cause.SCALING), "at least 1 task"),
    ],
)
def test_what_cannot_be_is_refused(make: Callable[[], object], words: str) -> None:
    with pytest.raises(UsageError, match=words):
        make()
