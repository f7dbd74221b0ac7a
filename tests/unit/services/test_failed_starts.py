"""Which ends of tasks count as failed starts."""

from __future__ import annotations

import pytest

from placement.services.failed_starts import FailedTasks, is_failed_start


@pytest.mark.parametrize(
    ("stop_code", "was_running", "counts"),
    [
        ("TaskFailedToStart", False, True),
        ("EssentialContainerExited", False, True),
        ("EssentialContainerExited", True, False),
        ("ServiceSchedulerInitiated", False, False),
        ("UserInitiated", False, False),
    ],
)
def test_stops_on_purpose_count_nowhere_d103(
    stop_code: str, was_running: bool, counts: bool
) -> None:
    assert is_failed_start(stop_code, was_running=was_running) == counts


def test_failed_tasks_are_0_once_a_task_has_run() -> None:
    """S3.1.4."""
    failed = FailedTasks().after_failed_start().after_failed_start()
    assert failed.count == 2
    assert failed.after_running().after_failed_start().count == 0
