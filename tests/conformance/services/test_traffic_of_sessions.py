"""The rows of ``traffic.toml`` once more, played by whole sessions with load balancers.

Shares are those of ``session.traffic``: the exact fractions that targets get.  ``attempts`` are
seen by the circuit breaker's count, which has a test of its own below.
"""

from __future__ import annotations

import tomllib
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from shifting_world import ShiftingWorld

TABLES = tomllib.loads(Path(__file__).with_name("traffic.toml").read_text(encoding="utf-8"))
FIELDS = {
    *("row", "name", "decision", "strategy", "percent", "step_bake", "bake", "deregistration"),
    *("network_load_balancer", "test_listener", "room", "breaker", "hook", "event", "expect"),
}
REASONS = {
    "HOOK": "lifecycle hook(s) failed.",
    "ALARM": "an alarm was in ALARM state.",
    "USER_REQUEST": "of a user request.",
    "STAGE_TIME_OUT": "SCALE_UP lifecycle stage timed out after 24 hours.",
    "CIRCUIT_BREAKER": "the circuit breaker threshold was exceeded.",
}
"""What ``statusReason`` says of a cause (S3.2.6)."""


def settings_of(case: dict[str, Any], world: ShiftingWorld) -> dict[str, Any]:
    """Return ``deploymentConfiguration`` of a row."""
    settings: dict[str, Any] = {
        "strategy": case["strategy"],
        "bakeTimeInMinutes": case.get("bake", 0),
    }
    if case["strategy"] == "LINEAR":
        settings["linearConfiguration"] = {
            "stepPercent": float(case["percent"]),
            "stepBakeTimeInMinutes": case["step_bake"],
        }
    elif case["strategy"] == "CANARY":
        settings["canaryConfiguration"] = {
            "canaryPercent": float(case["percent"]),
            "canaryBakeTimeInMinutes": case["step_bake"],
        }
    if "breaker" in case:
        settings["deploymentCircuitBreaker"] = {
            "enable": True,
            "rollback": True,
            "thresholdConfiguration": {"type": "BOUNDED_PERCENT", "value": case["breaker"]},
        }
    if any(event["what"] == "alarm" for event in case.get("event", [])):
        world.alarm("errors")
        settings["alarms"] = {"alarmNames": ["errors"], "enable": True, "rollback": True}
    if "hook" in case:
        settings["lifecycleHooks"] = [
            hook_of(hook, number, world) for number, hook in enumerate(case["hook"])
        ]
    return settings


def hook_of(hook: dict[str, Any], number: int, world: ShiftingWorld) -> dict[str, Any]:
    found: dict[str, Any] = {"targetType": hook["kind"], "lifecycleStages": hook["stages"]}
    if hook["kind"] == "AWS_LAMBDA":
        answers = [
            {"hookStatus": status, "callBackDelay": delay}
            for status, delay in hook.get("answers", [])
        ]
        found["hookTargetArn"] = world.function(f"hook-{number}", answers)
        found["roleArn"] = "arn:aws:iam::123456789012:role/hooks"
    return found


def world_of(case: dict[str, Any]) -> ShiftingWorld:
    is_full = "room" in case
    return ShiftingWorld(
        network=case.get("network_load_balancer", False),
        with_test=case.get("test_listener", "test" in case["expect"]),
        delay=case.get("deregistration", 300),
        instances=1 if is_full else 4,
        cpu=128 * case["room"] if is_full else 8192,
    )


def happen(world: ShiftingWorld, event: dict[str, Any]) -> None:
    """Let an event of a row happen now."""
    if event["what"] == "alarm":
        world.alarm("errors", "ALARM")
    else:
        assert event["what"] == "stop"
        arn = world.run["serviceDeploymentArn"]
        world.ecs.stop_service_deployment(serviceDeploymentArn=arn)


def percents(rows: list[Any]) -> list[tuple[int, Fraction]]:
    return [(second, Fraction(share) / 100) for second, share in rows]


@pytest.mark.parametrize("case", TABLES["case"], ids=lambda case: f"{case['row']} {case['name']}")
def test_a_session_plays_a_row(case: dict[str, Any]) -> None:
    """E65 to E69, E72 to E77."""
    assert set(case) <= FIELDS
    world = world_of(case)
    world.deploy(**settings_of(case, world))
    for event in case.get("event", []):
        world.watch(event["at"])
        happen(world, event)
    world.watch(world.has_ended)
    expected, run = case["expect"], world.run
    assert (run["status"], world.second) == (expected["status"], expected["end"])
    assert world.seen.production == percents(expected["production"])
    if "test" in expected:
        assert world.seen.test == percents(expected["test"])
    assert set(map(tuple, expected.get("stages", []))) <= set(world.stages())
    if "calls" in expected:
        assert [second for second, _ in world.calls] == expected["calls"]
    if "hooks" in expected:
        assert [one["status"] for one in run["lifecycleHookDetails"]] == expected["hooks"]
    if "peak" in expected:
        assert world.seen.peak == expected["peak"]
    if "rollback" in expected:
        second, cause = expected["rollback"]
        since = run["rollback"]["startedAt"] - world.since
        assert since.total_seconds() == second
        assert REASONS[cause] in run["statusReason"]
    ends_blue = expected["status"].startswith("ROLLBACK")
    assert world.service["taskDefinition"].endswith("web:1" if ends_blue else "web:2")
    assert world.session.advance_until("steady")
    assert len(world.service["deployments"]) == 1


def test_attempts_to_place_count_for_the_circuit_breaker() -> None:
    """E77: attempts at 0, 60 (the healthy tasks have set the count to 0), 180 and 420."""
    (case,) = (one for one in TABLES["case"] if one["row"] == "E77")
    world = world_of(case)
    world.deploy(**settings_of(case, world))
    counts = []
    for second in case["expect"]["attempts"]:
        world.watch(second)
        counts.append(world.run["deploymentCircuitBreaker"]["failureCount"])
    assert counts == [1, 1, 2, 3]


@pytest.mark.parametrize("row", TABLES["steps"], ids=lambda row: row["percent"])
def test_steps_are_exact_shares_of_traffic(row: dict[str, Any]) -> None:
    """E70, D48: the shares of targets are exact, whatever the step."""
    world = ShiftingWorld()
    case = {"strategy": "LINEAR", "step_bake": 1, **row}
    world.deploy(**settings_of(case, world))
    world.watch(world.has_ended)
    shares = [share for _, share in world.seen.production]
    assert len(shares) == row["count"]
    assert shares[-len(row["last"]) :] == [Fraction(share) / 100 for share in row["last"]]
    first = min(Fraction(row["percent"]), Fraction(100)) / 100
    assert shares[0] == first


@pytest.mark.parametrize("row", TABLES["shift_time"], ids=lambda row: row["percent"])
def test_time_from_the_first_step_to_the_last(row: dict[str, Any]) -> None:
    """E71."""
    world = ShiftingWorld()
    case = {"strategy": "LINEAR", "step_bake": 6, **row}
    world.deploy(**settings_of(case, world))
    world.watch(world.has_ended)
    seconds = [second for second, _ in world.seen.production]
    assert seconds[-1] - seconds[0] == 60 * row["minutes"]


@pytest.mark.parametrize(
    ("strategy", "percents", "peak"),
    [
        (row["strategy"], one, row["peak"])
        for row in TABLES["peak"]
        for one in row.get("percents", [[90, 120]])
    ],
    ids=str,
)
def test_most_tasks_at_once(strategy: str, percents: list[int], peak: int) -> None:
    """E78, E79: m and M limit rolling deployments only (D46)."""
    world = ShiftingWorld(desired=10)
    minimum, maximum = percents
    world.deploy(
        strategy=strategy,
        minimumHealthyPercent=minimum,
        maximumPercent=maximum,
        bakeTimeInMinutes=0,
    )
    world.watch(world.has_ended)
    assert world.seen.peak == peak
