"""The tables of numbers: early success, circuit breaker, throttle, retries, protection."""

from __future__ import annotations

import tomllib
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from placement.services.breaker import Breaker, BreakerCount, Outcome, ThresholdType
from placement.services.completion import EarlySuccess
from placement.services.protection import is_blocked, protected_until
from placement.services.retries import PlacementRetries
from placement.services.throttle import Throttle, throttle_delay
from placement.timestamps import SECOND

FOLDER = Path(__file__).parent
TABLES = [tomllib.loads(path.read_text("utf-8")) for path in sorted(FOLDER.glob("*.toml"))]
KINDS = (
    *("early_success", "threshold", "outcomes", "throttle", "placement_attempts"),
    *("protection", "protection_period"),
)
OUTCOMES = {"f": Outcome.FAILED_START, "h": Outcome.HEALTHY}


def rows(kind: str) -> list[dict[str, Any]]:
    return [row for table in TABLES for row in table.get(kind, [])]


def each(kind: str) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("row", rows(kind), ids=lambda row: row["row"])


@each("early_success")
def test_early_success_needs_so_many_healthy_tasks(row: dict[str, Any]) -> None:
    assert EarlySuccess(row["healthy_percent"]).needed(row["desired"]) == row["needed"]


@each("threshold")
def test_the_threshold_of_the_circuit_breaker_d34_a48(row: dict[str, Any]) -> None:
    breaker = Breaker(threshold_type=ThresholdType(row["type"]), value=row["value"])
    assert breaker.threshold(row["desired"]) == row["threshold"]


@each("outcomes")
def test_which_outcome_fires_the_circuit_breaker_d35(row: dict[str, Any]) -> None:
    breaker = Breaker(reset_on_healthy=row["resets"])
    count, desired, fired = BreakerCount(), row["desired"], []
    for position, outcome in enumerate(row["outcomes"], 1):
        if isinstance(outcome, int):
            desired = outcome
        else:
            count = breaker.after(count, OUTCOMES[outcome])
        if breaker.has_fired(count, desired):
            fired.append(position)
            break
    assert fired == ([row["fires_at"]] if row["fires_at"] else [])
    assert count.failures == row["count"]


@each("throttle")
def test_starts_wait_after_failures_in_a_row_d39(row: dict[str, Any]) -> None:
    for failures, seconds in zip(row["failures"], row["seconds"], strict=True):
        assert throttle_delay(failures) == seconds * SECOND
        throttle = Throttle()
        for moment in range(failures):
            throttle = throttle.after_failed_start(moment)
        next_start = failures - 1 + seconds * SECOND
        assert throttle.may_start(next_start)
        assert throttle.may_start(next_start - 1) == (seconds == 0)


@each("placement_attempts")
def test_placement_is_tried_again_at_these_moments_d41(row: dict[str, Any]) -> None:
    """D103: the first and the timed attempts count, and reach the breaker's threshold."""
    retries, breaker, count = PlacementRetries(), Breaker(), BreakerCount()
    moment = 0
    moments: list[int] = []
    fired: list[int] = []
    while len(moments) < len(row["seconds"]):
        assert retries.is_counted(moment)
        moments.append(moment // SECOND)
        retries = retries.after_failure(moment)
        count = breaker.after(count, Outcome.NOT_PLACED)
        if breaker.has_fired(count, row.get("desired", 0)):
            fired.append(moment // SECOND)
        assert retries.due is not None
        moment = retries.due
    assert moments == row["seconds"]
    assert fired == ([row["fires_at"]] if "fires_at" in row else [])


@each("protection")
def test_protection_is_refused_beyond_the_desired_count_d57_d107(row: dict[str, Any]) -> None:
    assert is_blocked(row["protected"], row["desired"]) == row["blocked"]
    assert not is_blocked(row["desired"], row["desired"])


@each("protection_period")
def test_each_call_begins_the_period_of_protection_again(row: dict[str, Any]) -> None:
    seconds, minutes = row["calls"][-1]
    assert protected_until(seconds * SECOND, minutes) == row["free_at"] * SECOND


def test_the_tables_hold_every_row_of_numbers() -> None:
    wanted = {*range(38, 65), 92, 95}
    found = Counter(row["row"] for kind in KINDS for row in rows(kind))
    assert set(found) == {f"E{number}" for number in wanted}
