"""Slots, and the state after deployments, rollbacks, failures and changes of the desired count."""

from __future__ import annotations

import pytest

from placement.errors import UsageError
from placement.services.model import ClassCounts, RevisionState, ServiceState
from placement.services.slots import (
    SourceNeed,
    allocate,
    primary_slots,
    with_desired,
    with_failure,
    with_primary,
)

FOUR = ClassCounts(healthy=4)


def deployed() -> ServiceState:
    """Revision 2 is deployed over four healthy tasks of revision 1."""
    return with_primary(ServiceState(4, RevisionState(1, FOUR)), 2)


def test_healthy_tasks_get_slots_before_any_source_is_filled_up_d28() -> None:
    state = ServiceState(6, RevisionState(3), (), 100, 200)
    assert allocate(state, 1, [SourceNeed(1, 3), SourceNeed(2, 3)]) == (6, [3, 2])
    assert allocate(state, 4, [SourceNeed(1, 3), SourceNeed(2, 3)]) == (6, [1, 1])
    assert allocate(state, 0, [SourceNeed(9, 1)]) == (6, [1])


def test_the_primary_revision_gets_what_the_upper_bound_leaves() -> None:
    state = ServiceState(4, RevisionState(2), (), 100, 150)
    assert allocate(state, 0, [SourceNeed(4, 4)]) == (2, [4])


def test_a_superseded_revision_keeps_its_slots_d101() -> None:
    state = deployed()
    assert [(one.revision, one.cap) for one in state.sources] == [(1, 4)]
    assert with_primary(state, 3).sources == state.sources  # revision 2 has no task: no source
    assert primary_slots(state) == 4


def test_a_revision_with_stopping_tasks_alone_stays_in_sight() -> None:
    state = ServiceState(2, RevisionState(1, stopping=1))
    assert [(one.revision, one.cap) for one in with_primary(state, 2).sources] == [(1, 0)]


def test_a_revision_that_comes_back_keeps_its_tasks() -> None:
    """S5.3: the failed one becomes a source, the newest first."""
    started = ServiceState(
        4, RevisionState(2, ClassCounts(pending=4), is_failed=True), deployed().sources
    )
    back = with_primary(started, 1)
    assert (back.primary.revision, back.primary.counts, back.primary.cap) == (1, FOUR, 0)
    assert [(one.revision, one.cap, one.is_failed) for one in back.sources] == [(2, 4, True)]
    with pytest.raises(UsageError, match="revision 1 is the primary one already"):
        with_primary(back, 1)


def test_extras_of_a_rebalancing_end_with_a_deployment() -> None:
    state = with_primary(ServiceState(4, RevisionState(1, FOUR, extras=1)), 2)
    assert state.sources[0].extras == 0


def test_a_rise_is_one_for_the_newest_source_too() -> None:
    assert with_desired(deployed(), 6).sources[0].cap == 6
    assert with_desired(deployed(), 2).sources[0].cap == 4
    gone = ServiceState(2, RevisionState(3), (RevisionState(2, stopping=1), RevisionState(1, FOUR)))
    assert [one.cap for one in with_desired(gone, 3).sources] == [0, 1]  # 2 is no source any more


def test_a_rise_after_a_failure_raises_no_cap_d119() -> None:
    failed = with_failure(deployed())
    assert failed.primary.is_failed
    assert failed.desired_at_failure == 4
    assert with_desired(failed, 6).sources[0].cap == 4
    assert with_primary(failed, 3).desired_at_failure is None


def test_a_failed_source_has_no_slots_that_it_cannot_fill() -> None:
    """S5.3: it starts nothing, so that the revision that comes back gets the room at once."""
    need = SourceNeed.of(ClassCounts(healthy=1, unhealthy=3), 4, is_failed=True)
    assert need == SourceNeed(1, 1)
    assert SourceNeed.of(ClassCounts(healthy=1), 4, is_failed=False) == SourceNeed(1, 4)
