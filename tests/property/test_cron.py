"""Cron expressions agree with a look at every minute of ten years, changes of clocks included.

``PLACEMENT_LONG=500`` draws so many expressions more, and looks at those that run every minute.
"""

from __future__ import annotations

import os
import random

import pytest

from cron_scan import FIRST, LAST, scan, transitions
from placement.scaling import schedules
from placement.timestamps import MINUTE

LONG = int(os.environ.get("PLACEMENT_LONG", "0"))
ZONES = (
    *("Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Africa/Casablanca"),
    "Asia/Kathmandu",
)
EXPRESSIONS = (
    "30 2 * * ? *",
    "0/15 9 1 * ? *",
    "45 0-3 ? * 1 *",
    "0 9 ? * 3#2 *",
    "15 2 ? * FRI#5 *",
    "0 9 ? * 6L *",
    "0 9 15W * ? *",
    "0 1 31W * ? *",
    "59 23 LW * ? *",
    "10 0-4 L * ? *",
    "0 20-2 ? * SAT *",
    "0/10 1-3 ? MAR,APR,OCT-NOV SUN *",
    "5 */6 29 FEB ? *",
    "0 0 30 2 ? *",
    "20-40/7 3 ? NOV-FEB L 2021-2027/3",
)
BUSY = ("* * * * ? *", "0/5 * ? * 6-2 *")
FIRST_MINUTE = int(FIRST.timestamp()) // 60
LAST_MINUTE = int(LAST.timestamp()) // 60


def runs_of(text: str, zone: str) -> list[int]:
    """Return the minutes at which an expression runs, asked for one after the other."""
    schedule = schedules.parse(f"cron({text})", zone)
    found: list[int] = []
    moment = FIRST_MINUTE * MINUTE - 1
    while True:
        run = schedule.after(moment)
        if run is None or run.moment >= LAST_MINUTE * MINUTE:
            return found
        assert run.moment > moment
        assert run.moment % MINUTE == 0
        moment = run.moment
        found.append(moment // MINUTE)


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("text", [*EXPRESSIONS, *(BUSY if LONG else ())])
def test_d92_every_minute_of_ten_years_agrees_with_a_scan(text: str, zone: str) -> None:
    assert runs_of(text, zone) == scan(text, zone).tolist()


@pytest.mark.parametrize("zone", ZONES)
def test_d92_around_changes_of_clocks_every_minute_has_its_next_run(zone: str) -> None:
    """For moments that are no runs: from two hours before a change to four hours after it."""
    text = "* * * * ? *"
    wanted = scan(text, zone)
    schedule = schedules.parse(f"cron({text})", zone)
    for change in transitions(zone)[:6]:
        for minute in range(change - 120, change + 240):
            following = wanted[wanted.searchsorted(minute, "right")]
            for moment in (minute * MINUTE, (minute + 1) * MINUTE - 1):
                run = schedule.after(moment)
                assert run is not None
                assert run.moment == following * MINUTE


def drawn(chance: random.Random) -> str:
    """Return an expression of values, lists, ranges and steps."""

    def field(first: int, last: int) -> str:
        items = []
        for _ in range(chance.randint(1, 3)):
            one = str(chance.randint(first, last))
            if chance.random() < 0.4:
                one += f"-{chance.randint(first, last)}"
            if chance.random() < 0.3:
                one += f"/{chance.randint(1, last)}"
            items.append(one)
        return "*" if chance.random() < 0.2 else ",".join(items)

    minute, hour = field(0, 59), field(0, 23)
    days = [field(1, 31), "?"]
    if chance.random() < 0.5:
        days = ["?", field(1, 7)]
    return f"{minute} {hour} {days[0]} {field(1, 12)} {days[1]} *"


@pytest.mark.parametrize("seed", range(LONG or 8))
def test_drawn_expressions_agree_with_a_scan(seed: int) -> None:
    """From random moments, because some run every minute."""
    chance = random.Random(seed)
    text, zone = drawn(chance), chance.choice(ZONES)
    wanted = scan(text, zone)
    schedule = schedules.parse(f"cron({text})", zone)
    for _ in range(300):
        minute = chance.randrange(FIRST_MINUTE, LAST_MINUTE - 1)
        run = schedule.after(minute * MINUTE)
        place = int(wanted.searchsorted(minute, "right"))
        if place == len(wanted):
            assert run is None or run.moment >= LAST_MINUTE * MINUTE
        else:
            assert run is not None
            assert run.moment == wanted[place] * MINUTE
