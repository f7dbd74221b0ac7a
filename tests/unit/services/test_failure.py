"""What follows when a deployment fails."""

from __future__ import annotations

from placement.services.failure import (
    AfterFailure,
    Completed,
    Detector,
    FailureResult,
    after_failure,
    is_watched,
)

BREAKER = Detector.CIRCUIT_BREAKER


def test_the_latest_completed_deployment_comes_back() -> None:
    """S5.3: the latest, not the newest: revision 1 was COMPLETED again in a rollback."""
    completed = [Completed(1, 50), Completed(2, 40)]
    result = after_failure(BREAKER, 3, completed, rolls_back=True)
    assert result == FailureResult(AfterFailure.ROLLBACK, BREAKER, 1)


def test_without_a_completed_deployment_a_rollback_fails_d23() -> None:
    for completed in ([], [Completed(3, 1)]):
        result = after_failure(Detector.ALARM, 3, completed, rolls_back=True)
        assert result == FailureResult(AfterFailure.ROLLBACK_FAILED, Detector.ALARM)


def test_without_rollback_the_service_deployment_stops() -> None:
    result = after_failure(BREAKER, 3, [Completed(1, 1)], rolls_back=False)
    assert result == FailureResult(AfterFailure.STOPPED, BREAKER)


def test_a_rollback_is_not_watched_d38() -> None:
    assert is_watched(is_rollback=False, is_completed=False, has_failed=False)
    assert not is_watched(is_rollback=True, is_completed=False, has_failed=False)
    assert not is_watched(is_rollback=False, is_completed=True, has_failed=False)
    assert not is_watched(is_rollback=False, is_completed=False, has_failed=True)
