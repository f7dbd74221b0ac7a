from __future__ import annotations

from datetime import datetime

import pytest

from placement.errors import UsageError
from placement.scaling.time_zones import first_moment, local_time, time_zone
from placement.timestamps import microseconds


@pytest.mark.parametrize(
    ("name", "minutes"),
    [("UTC", 0), ("+05:30", 330), ("UTC-03:00", -180), ("Europe/Berlin", 60), ("-14:00", -840)],
)
def test_names_and_offsets(name: str, minutes: int) -> None:
    local = local_time(microseconds(datetime(2026, 1, 1, 12)), time_zone(name))
    assert (local - datetime(2026, 1, 1, 12)).total_seconds() == 60 * minutes


@pytest.mark.parametrize(
    "name",
    [
        "",
        "Nowhere",
        "America",
        "../../etc/passwd",
        "+05:31",
        "+15:00",
        "+5:30",
        "+05:60",
        "\0",
        "europe berlin",
        "Europe/Berlin/",
        "a" * 100_000,
        "ÄÖ",
    ],
)
def test_what_is_no_time_zone_is_refused(name: str) -> None:
    with pytest.raises(UsageError, match="a time zone is a name like"):
        time_zone(name)


def test_d92_a_time_that_is_skipped_has_no_moment() -> None:
    assert first_moment(datetime(2026, 3, 29, 2, 30), time_zone("Europe/Berlin")) is None


def test_d92_a_time_that_occurs_twice_has_its_first_moment() -> None:
    found = first_moment(datetime(2026, 10, 25, 2, 30), time_zone("Europe/Berlin"))
    assert found == microseconds(datetime(2026, 10, 25, 0, 30))
