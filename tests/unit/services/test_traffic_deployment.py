"""Requests of callers, the parts that revisions play, and how many tasks each is to have (S6)."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import attrs
import pytest

from placement.services.actions import Cause
from placement.services.hooks import Hook, HookAction, HookKind, HookStatus, invoked
from placement.services.traffic_deployment import (
    DeploymentStatus,
    Roles,
    Target,
    TrafficDeployment,
    Weights,
    answer_pause,
    choose_blue,
    request_rollback,
    request_stop,
    roles_after,
    targets,
)
from placement.services.traffic_stages import Stage
from placement.services.traffic_steps import BLUE_GREEN

NEW = TrafficDeployment(green=2, blue=1, schedule=BLUE_GREEN)
RUNNING = attrs.evolve(NEW, status=DeploymentStatus.IN_PROGRESS)
HALF, ALL = Fraction(1, 2), Fraction(1)


def at(stage: Stage, **changes: object) -> TrafficDeployment:
    given: dict[str, Any] = changes
    return attrs.evolve(RUNNING, stage=stage, **given)


# --- Requests ------------------------------------------------------------------------------


@pytest.mark.parametrize("status", DeploymentStatus)
def test_a_user_may_stop_what_has_not_ended_d22(status: DeploymentStatus) -> None:
    """D22: a no-op where it is on its way to an end already."""
    asked = request_rollback(attrs.evolve(NEW, status=status))
    if status in (DeploymentStatus.PENDING, DeploymentStatus.IN_PROGRESS):
        assert asked is not None
        assert asked.status is DeploymentStatus.ROLLBACK_REQUESTED
    elif status.value.endswith(("REQUESTED", "ROLLBACK_IN_PROGRESS")):
        assert asked == attrs.evolve(NEW, status=status)
    else:
        assert asked is None


@pytest.mark.parametrize("status", DeploymentStatus)
def test_a_newer_deployment_stops_what_has_not_ended_d20(status: DeploymentStatus) -> None:
    given = attrs.evolve(NEW, status=status)
    expected = status if given.has_ended else DeploymentStatus.STOP_REQUESTED
    assert request_stop(given).status is expected


def test_a_pause_is_answered_once() -> None:
    hooks = [
        Hook(HookKind.AWS_LAMBDA, frozenset({Stage.PRE_SCALE_UP})),
        Hook(HookKind.PAUSE, frozenset({Stage.PRE_SCALE_UP})),
    ]
    paused = attrs.evolve(RUNNING, invocations=invoked(hooks, Stage.PRE_SCALE_UP, 5, 1))
    for number in (-1, 0, 1, 3):
        assert answer_pause(paused, number, HookAction.CONTINUE, 9) is None
    answered = answer_pause(paused, 2, HookAction.CONTINUE, 9)
    assert answered is not None
    assert answered.invocations[0] == paused.invocations[0]
    assert answered.invocations[1].status is HookStatus.SUCCEEDED
    assert answer_pause(answered, 2, HookAction.ROLLBACK, 9) is None


# --- Roles ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("shares", "blue"),
    [
        ([(1, ALL - HALF / 2), (2, HALF / 2)], 1),
        ([(1, HALF / 2), (2, ALL - HALF / 2)], 2),
        ([(2, HALF), (1, HALF)], 1),
        ([(1, ALL - ALL), (2, ALL - ALL)], None),
        ([], None),
    ],
)
def test_blue_has_the_larger_share_d110(
    shares: list[tuple[int, Fraction]], blue: int | None
) -> None:
    """D110: equal: the older; one that has no production traffic is never blue."""
    assert choose_blue(shares) == blue


@pytest.mark.parametrize(
    ("production", "expected"),
    [
        (Fraction(0), Roles(1, (2,), Weights(ALL, Fraction(0)))),
        (HALF / 2, Roles(1, (2,), Weights(ALL, HALF / 2))),
        (HALF, Roles(1, (2,), Weights(ALL, HALF))),
        (HALF + HALF / 2, Roles(2, (1,), Weights(Fraction(0), HALF / 2))),
        (ALL, Roles(2, (1,), Weights(Fraction(0), Fraction(0)))),
    ],
)
def test_a_deployment_in_the_middle_of_another_d52(production: Fraction, expected: Roles) -> None:
    """D52, D110: the new revision gets the group of the one that is removed, with its weights."""
    assert roles_after(attrs.evolve(RUNNING, weights=Weights(ALL, production))) == expected


def test_a_deployment_after_a_first_one_that_failed_d110() -> None:
    """D110: blue is a revision that serves, also if it was never COMPLETED."""
    first = attrs.evolve(NEW, blue=None, status=DeploymentStatus.ROLLBACK_FAILED)
    assert roles_after(first) == Roles(None, (2,), Weights())
    serving = attrs.evolve(first, weights=Weights(ALL, HALF))
    assert roles_after(serving) == Roles(2, (), Weights(Fraction(0), HALF))


def test_revisions_that_were_not_yet_removed_are_passed_on_d52() -> None:
    third = TrafficDeployment(
        green=3, blue=1, others=(2,), schedule=BLUE_GREEN, weights=Weights(ALL, HALF / 2)
    )
    assert roles_after(third) == Roles(1, (2, 3), Weights(ALL, HALF / 2))


# --- Targets -------------------------------------------------------------------------------


def counts(deployment: TrafficDeployment, desired: int = 4) -> dict[int, int | None]:
    return {target.revision: target.count for target in targets(deployment, desired)}


@pytest.mark.parametrize("stage", Stage)
def test_both_revisions_follow_the_desired_count_d47(stage: Stage) -> None:
    """D47, D110: until CLEAN_UP starts; green from SCALE_UP on."""
    before = stage in (Stage.RECONCILE_SERVICE, Stage.PRE_SCALE_UP)
    expected = {2: 0 if before else 7, 1: 0 if stage is Stage.CLEAN_UP else 7}
    assert counts(at(stage), 7) == expected
    assert counts(attrs.evolve(NEW, stage=None), 7) == {2: 0, 1: 7}


@pytest.mark.parametrize(
    "stage", [Stage.SCALE_UP, Stage.PRODUCTION_TRAFFIC_SHIFT, Stage.TEST_TRAFFIC_SHIFT]
)
def test_a_rollback_holds_blue_and_leaves_green_alone_d51(stage: Stage) -> None:
    """D51: green is removed only when it has no traffic any more; it starts nothing before."""
    back = at(stage, status=DeploymentStatus.ROLLBACK_IN_PROGRESS)
    assert targets(back, 4) == (Target(1, 4), Target(2, None))
    assert counts(attrs.evolve(back, stage=Stage.CLEAN_UP)) == {1: 4, 2: 0}


def test_further_revisions_are_removed_d52() -> None:
    crowd = at(Stage.RECONCILE_SERVICE, green=9, blue=2, others=(1, 5))
    assert targets(crowd, 4) == (
        Target(9, 0),
        Target(2, 4, cause=Cause.SCALING),
        Target(5, 0),
        Target(1, 0),
    )


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"status": DeploymentStatus.SUCCESSFUL}, {2: 4, 1: 0}),
        ({"status": DeploymentStatus.SUCCESSFUL, "blue": None}, {2: 4}),
        ({"status": DeploymentStatus.ROLLBACK_SUCCESSFUL}, {1: 4, 2: 0}),
        ({"status": DeploymentStatus.ROLLBACK_FAILED, "blue": None}, {2: None}),
        ({"status": DeploymentStatus.ROLLBACK_FAILED}, {1: 4, 2: None}),
        (
            {"status": DeploymentStatus.ROLLBACK_FAILED, "weights": Weights(ALL, ALL)},
            {1: None, 2: None},
        ),
        ({"status": DeploymentStatus.STOPPED, "desired_at_failure": 3}, {1: 3, 2: None}),
        ({"status": DeploymentStatus.STOPPED, "desired_at_failure": 6}, {1: 4, 2: None}),
    ],
)
def test_what_is_kept_after_the_end(
    changes: dict[str, object], expected: dict[int, int | None]
) -> None:
    """D23, D104: after a failure nothing starts but what keeps the old revision as it was."""
    assert counts(at(Stage.CLEAN_UP, **changes)) == expected
