"""Room that instances keep free for daemons."""

from __future__ import annotations

import pytest

from placement.services.daemon_room import daemon_need, reservation
from placement.services.daemons import Fit

SIZE = {"cpu": 256, "memory": 512, "eni": 1, "gpu": 0}


def test_a45_an_instance_without_a_daemon_keeps_its_size_free() -> None:
    """During an update the new size counts at once (S7.2)."""
    assert daemon_need(Fit.QUALIFIES, SIZE, None) == {"cpu": 256, "memory": 512, "eni": 1}


@pytest.mark.parametrize(
    ("there", "expected"),
    [
        ({"cpu": 128, "memory": 512, "eni": 1}, {"cpu": 128}),
        ({"cpu": 512, "memory": 256}, {"memory": 256, "eni": 1}),
        (SIZE, {}),
        ({}, {"cpu": 256, "memory": 512, "eni": 1}),
    ],
)
def test_d106_where_a_smaller_one_runs_the_difference_is_kept_free(
    there: dict[str, int], expected: dict[str, int]
) -> None:
    assert daemon_need(Fit.QUALIFIES, SIZE, there) == expected


@pytest.mark.parametrize("fit", [Fit.DISCONNECTED, Fit.DRAINING, Fit.UNFIT])
def test_a45_nothing_is_kept_where_no_daemon_will_start(fit: Fit) -> None:
    assert daemon_need(fit, SIZE, None) == {}


def test_a45_every_daemon_service_counts() -> None:
    assert reservation([]) == {}
    assert reservation([{"cpu": 1, "eni": 1}, {}, {"cpu": 2, "memory": 3}]) == {
        "cpu": 3,
        "eni": 1,
        "memory": 3,
    }
