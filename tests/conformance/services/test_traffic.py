"""The rows of ``traffic.toml``, played by the cores: every moment, share, stage and end."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from placement.services.actions import StartTasks
from placement.services.breaker import Breaker
from placement.services.hooks import Hook, HookAnswer, HookKind, HookStatus
from placement.services.model import ClassCounts, RevisionState, ServiceState
from placement.services.rolling import rounds
from placement.services.traffic_stages import Stage
from placement.services.traffic_steps import Schedule, Strategy, canary, linear
from placement.timestamps import MINUTE, SECOND
from traffic_world import Event, Script, World, play

TABLES = tomllib.loads(Path(__file__).with_name("traffic.toml").read_text(encoding="utf-8"))
FIELDS = {
    *("row", "name", "decision", "strategy", "percent", "step_bake", "bake", "healthy"),
    *("deregistration", "stop", "network_load_balancer", "test_listener", "room", "breaker"),
    *("desired", "hook", "event", "expect"),
}
EXPECTED = {
    *("production", "test", "stages", "calls", "attempts", "status", "end", "rollback"),
    *("peak", "hooks"),
}


def percent(text: str) -> Fraction:
    return Fraction(text) / 100


def schedule_of(case: dict[str, Any]) -> Schedule:
    step_bake, bake = case.get("step_bake", 0) * MINUTE, case.get("bake", 0) * MINUTE
    if case["strategy"] == "BLUE_GREEN":
        return Schedule(Strategy.BLUE_GREEN, (Fraction(1),), 0, bake)
    make = {"LINEAR": linear, "CANARY": canary}[case["strategy"]]
    return make(Fraction(case["percent"]), step_bake, bake)


def script_of(case: dict[str, Any]) -> Script:
    hooks = case.get("hook", [])
    stages = [frozenset(Stage(name) for name in hook["stages"]) for hook in hooks]
    return Script(
        schedule=schedule_of(case),
        desired=case.get("desired", 4),
        hooks=tuple(
            Hook(HookKind(hook["kind"]), stages[number], f"hook {number}")
            for number, hook in enumerate(hooks)
        ),
        answers={
            f"hook {number}": tuple(
                HookAnswer(HookStatus(status), delay * SECOND)
                for status, delay in hook.get("answers", [])
            )
            for number, hook in enumerate(hooks)
        },
        has_test_listener=case.get("test_listener", False),
        is_network_load_balancer=case.get("network_load_balancer", False),
        healthy_after=case.get("healthy", 60),
        deregistration_delay=case.get("deregistration", 300),
        stop=case.get("stop", 2),
        room=case.get("room"),
        breaker=Breaker(value=case["breaker"]) if "breaker" in case else None,
        events=tuple(Event(event["at"], event["what"]) for event in case.get("event", [])),
    )


def changes(shares: Iterable[tuple[int, Fraction]]) -> list[tuple[int, Fraction]]:
    """Leave out shares that are as before; the first are as before the deployment, 0."""
    found: list[tuple[int, Fraction]] = []
    before = Fraction(0)
    for second, share in shares:
        if share != before:
            found.append((second, share))
        before = share
    return found


def seen(world: World) -> dict[str, Any]:
    """Return what was played under the names of the table."""
    played, deployment = world.played, world.deployment
    failure = deployment.failure
    return {
        "production": changes((second, share) for second, _, share in played.weights),
        "test": changes((second, share) for second, share, _ in played.weights),
        "calls": [second for second, _ in played.calls],
        "attempts": played.attempts,
        "status": deployment.status.value,
        "end": played.end,
        "rollback": None if failure is None else [failure.at // SECOND, failure.cause.name],
        "peak": played.peak,
        "hooks": [invocation.status.value for invocation in deployment.invocations],
    }


@pytest.mark.parametrize("case", TABLES["case"], ids=lambda case: f"{case['row']} {case['name']}")
def test_a_deployment_is_played_as_its_row_says(case: dict[str, Any]) -> None:
    assert set(case) <= FIELDS
    expected = dict(case["expect"])
    assert {"production", "status", "end"} <= set(expected) <= EXPECTED
    for name in {"production", "test"} & set(expected):
        expected[name] = [(second, percent(share)) for second, share in expected[name]]
    world = play(script_of(case))
    stages = expected.pop("stages", [])
    assert [pair for pair in map(tuple, stages) if pair not in world.played.stages] == []
    found = seen(world)
    assert {name: found[name] for name in expected} == expected


@pytest.mark.parametrize("row", TABLES["steps"], ids=lambda row: row["percent"])
def test_linear_steps(row: dict[str, Any]) -> None:
    """S6.3: cdiv(100, step) steps in exact decimals."""
    shares = linear(Fraction(row["percent"]), 0).shares
    assert len(shares) == row["count"]
    assert list(shares[-len(row["last"]) :]) == [percent(share) for share in row["last"]]


@pytest.mark.parametrize("row", TABLES["shift_time"], ids=lambda row: row["percent"])
def test_linear_shift_time(row: dict[str, Any]) -> None:
    """S6.3: a wait after each step but the last."""
    schedule = linear(Fraction(row["percent"]), 6 * MINUTE)
    moved = [second for second, _, share in play(Script(schedule)).played.weights if share > 0]
    assert max(moved) - min(moved) == row["minutes"] * 60


@pytest.mark.parametrize(
    "row", TABLES["peak"], ids=lambda row: str(row.get("percents", row["strategy"]))
)
def test_most_tasks_at_once(row: dict[str, Any]) -> None:
    """D46: minimumHealthyPercent and maximumPercent limit rolling deployments only."""
    if row["strategy"] == "ROLLING":
        peaks = [rolling_peak(10, *percents) for percents in row["percents"]]
    else:
        case = {"strategy": row["strategy"], "percent": "20", "step_bake": 1}
        peaks = [play(Script(schedule_of(case), desired=10)).played.peak]
    assert set(peaks) == {row["peak"]}


def rolling_peak(desired: int, minimum: int, maximum: int) -> int:
    """Return the most tasks at once of a rolling deployment; between passes all become healthy."""
    new, old = 0, desired
    peak = desired
    for _ in range(50):
        state = ServiceState(
            desired,
            RevisionState(2, ClassCounts(healthy=new)),
            (RevisionState(1, ClassCounts(healthy=old), cap=old),),
            minimum,
            maximum,
        )
        deciding = rounds(state)
        action = next(deciding, None)
        while action is not None:
            if isinstance(action, StartTasks):
                new += action.count
            else:
                assert action.revision == 1
                old -= action.count
            peak = max(peak, new + old)
            try:
                action = deciding.send(action.count)
            except StopIteration:
                action = None
        if old == 0:
            return peak
    raise AssertionError("the deployment comes to its end")
