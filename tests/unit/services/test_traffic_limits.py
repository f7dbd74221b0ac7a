"""How long a stage and a deployment may take, and when they are looked at again (D50)."""

from __future__ import annotations

from typing import Any

import attrs
import pytest

from placement.services.hooks import Hook, HookAction, HookKind, invoked, resumed
from placement.services.traffic_deployment import DeploymentStatus, Phase, TrafficDeployment
from placement.services.traffic_limits import deployment_limit, stage_limit, wake_at
from placement.services.traffic_stages import Stage
from placement.services.traffic_steps import BLUE_GREEN
from placement.timestamps import DAY, MINUTE

NEW = TrafficDeployment(green=2, blue=1, schedule=BLUE_GREEN)
PAUSE = Hook(HookKind.PAUSE, frozenset({Stage.PRE_SCALE_UP}), timeout=7 * DAY)
FUNCTION = Hook(HookKind.AWS_LAMBDA, frozenset({Stage.PRE_SCALE_UP}), "f", timeout=MINUTE)


def running(phase: Phase, **changes: Any) -> TrafficDeployment:
    settings = {
        "status": DeploymentStatus.IN_PROGRESS,
        "stage": Stage.PRE_SCALE_UP,
        "started_at": 10,
        "stage_entered_at": 100,
        **changes,
    }
    return attrs.evolve(NEW, phase=phase, **settings)


@pytest.mark.parametrize("phase", [Phase.SETTLING, Phase.HOOKS, Phase.TASKS])
def test_a_stage_may_take_a_day_d50(phase: Phase) -> None:
    assert stage_limit(running(phase)) == 100 + DAY


def test_bake_times_are_as_long_as_they_are_set_d50() -> None:
    baking = running(Phase.BAKING, phase_ends_at=5 * DAY)
    assert stage_limit(baking) is None
    assert wake_at(baking) == 5 * DAY


def test_pauses_do_not_count_d50() -> None:
    pauses = invoked([PAUSE, PAUSE, FUNCTION], Stage.PRE_SCALE_UP, 200, 1)
    paused = running(Phase.HOOKS, invocations=pauses)
    assert stage_limit(paused) is None
    assert wake_at(paused) == 200
    first, second = (resumed(pause, HookAction.CONTINUE, 500) for pause in pauses[:2])
    assert first is not None
    assert second is not None
    half = attrs.evolve(paused, invocations=(first, *pauses[1:]))
    assert stage_limit(half) is None
    both = attrs.evolve(paused, invocations=(first, second, pauses[2]))
    assert stage_limit(both) == 100 + DAY + 300


def test_a_rollback_is_limited_where_it_waits_for_tasks_d50() -> None:
    back = {"status": DeploymentStatus.ROLLBACK_IN_PROGRESS, "stage": Stage.CLEAN_UP}
    assert stage_limit(running(Phase.TASKS, **back)) == 100 + DAY
    assert stage_limit(running(Phase.HOOKS, **back)) is None
    assert deployment_limit(running(Phase.TASKS, **back)) is None


def test_a_deployment_may_take_30_days_d50() -> None:
    assert deployment_limit(NEW) is None
    assert deployment_limit(running(Phase.TASKS)) == 10 + 30 * DAY
    baking = running(Phase.BAKING, phase_ends_at=31 * DAY)
    assert wake_at(baking) == 10 + 30 * DAY
