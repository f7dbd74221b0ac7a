"""Shares of traffic in each stage, and which stage follows (S6.1, S6.5)."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import attrs
import pytest

from placement.errors import UsageError
from placement.services.traffic_deployment import DeploymentStatus, TrafficDeployment, Weights
from placement.services.traffic_order import (
    first_stage_of_rollback,
    has_next_step,
    load_balancer_wait,
    next_stage,
    stage_of,
    weights_of_stage,
)
from placement.services.traffic_stages import Stage
from placement.services.traffic_steps import canary
from placement.timestamps import MINUTE

ZERO, TENTH, ALL = Fraction(0), Fraction(1, 10), Fraction(1)
NEW = TrafficDeployment(green=2, blue=1, schedule=canary(Fraction(10), 0))


def at(stage: Stage, **changes: Any) -> TrafficDeployment:
    settings = {"status": DeploymentStatus.IN_PROGRESS, **changes}
    return attrs.evolve(NEW, stage=stage, **settings)


def back(stage: Stage, test: Fraction = ALL, production: Fraction = ALL) -> TrafficDeployment:
    weights = Weights(test, production)
    return at(stage, status=DeploymentStatus.ROLLBACK_IN_PROGRESS, weights=weights)


@pytest.mark.parametrize(
    ("stage", "before", "after"),
    [
        (Stage.RECONCILE_SERVICE, Weights(ALL, TENTH), Weights(ZERO, ZERO)),
        (Stage.PRE_SCALE_UP, Weights(ZERO, TENTH), Weights(ZERO, ZERO)),
        (Stage.POST_SCALE_UP, Weights(ZERO, ZERO), Weights(ZERO, ZERO)),
        (Stage.TEST_TRAFFIC_SHIFT, Weights(ZERO, ZERO), Weights(ALL, ZERO)),
        (Stage.PRE_PRODUCTION_TRAFFIC_SHIFT, Weights(ALL, TENTH), Weights(ALL, TENTH)),
        (Stage.POST_PRODUCTION_TRAFFIC_SHIFT, Weights(ALL, ALL), Weights(ALL, ALL)),
        (Stage.CLEAN_UP, Weights(ALL, ALL), Weights(ALL, ALL)),
    ],
)
def test_weights_of_stages(stage: Stage, before: Weights, after: Weights) -> None:
    assert weights_of_stage(at(stage, weights=before)) == after


def test_weights_of_steps() -> None:
    shifting = at(Stage.PRODUCTION_TRAFFIC_SHIFT, weights=Weights(ALL, ZERO))
    assert weights_of_stage(shifting) == Weights(ALL, TENTH)
    assert weights_of_stage(attrs.evolve(shifting, step=1)) == Weights(ALL, ALL)


def test_weights_of_a_rollback_d51() -> None:
    assert weights_of_stage(back(Stage.SCALE_UP)) == Weights(ALL, ALL)
    assert weights_of_stage(back(Stage.PRODUCTION_TRAFFIC_SHIFT)) == Weights(ALL, ZERO)
    assert weights_of_stage(back(Stage.TEST_TRAFFIC_SHIFT, ALL, ZERO)) == Weights(ZERO, ZERO)


def test_steps_repeat_two_stages() -> None:
    shifting = at(Stage.PRODUCTION_TRAFFIC_SHIFT)
    assert has_next_step(shifting)
    assert next_stage(shifting) is Stage.PRE_PRODUCTION_TRAFFIC_SHIFT
    last = attrs.evolve(shifting, step=1)
    assert not has_next_step(last)
    assert next_stage(last) is Stage.POST_PRODUCTION_TRAFFIC_SHIFT
    assert next_stage(at(Stage.CLEAN_UP)) is None


@pytest.mark.parametrize(
    ("stage", "weights", "first"),
    [
        (None, Weights(ZERO, ZERO), Stage.CLEAN_UP),
        (Stage.SCALE_UP, Weights(ZERO, ZERO), Stage.CLEAN_UP),
        (Stage.POST_TEST_TRAFFIC_SHIFT, Weights(ALL, ZERO), Stage.TEST_TRAFFIC_SHIFT),
        (Stage.BAKE_TIME, Weights(ALL, ALL), Stage.PRODUCTION_TRAFFIC_SHIFT),
        (Stage.CLEAN_UP, Weights(ALL, ALL), Stage.SCALE_UP),
    ],
)
def test_a_rollback_takes_back_what_was_done_d51(
    stage: Stage | None, weights: Weights, first: Stage
) -> None:
    assert first_stage_of_rollback(attrs.evolve(NEW, stage=stage, weights=weights)) is first


def test_stages_of_a_rollback_follow_one_another_d51() -> None:
    assert next_stage(back(Stage.SCALE_UP)) is Stage.PRODUCTION_TRAFFIC_SHIFT
    shifted = back(Stage.PRODUCTION_TRAFFIC_SHIFT, ALL, ZERO)
    assert not has_next_step(shifted)
    assert next_stage(shifted) is Stage.TEST_TRAFFIC_SHIFT
    assert next_stage(back(Stage.TEST_TRAFFIC_SHIFT, ZERO, ZERO)) is Stage.CLEAN_UP
    assert next_stage(back(Stage.CLEAN_UP, ZERO, ZERO)) is None


@pytest.mark.parametrize("has_test_listener", [True, False])
@pytest.mark.parametrize("is_network_load_balancer", [True, False])
@pytest.mark.parametrize("stage", Stage)
def test_where_a_network_load_balancer_takes_its_time_d109(
    stage: Stage, is_network_load_balancer: bool, has_test_listener: bool
) -> None:
    deployment = at(
        stage,
        is_network_load_balancer=is_network_load_balancer,
        has_test_listener=has_test_listener,
    )
    moves = {Stage.PRODUCTION_TRAFFIC_SHIFT} | (
        {Stage.TEST_TRAFFIC_SHIFT} if has_test_listener else set()
    )
    expected = 10 * MINUTE if is_network_load_balancer and stage in moves else 0
    assert load_balancer_wait(deployment) == expected


def test_a_deployment_that_has_not_begun_is_in_no_stage() -> None:
    with pytest.raises(UsageError, match="has a stage"):
        stage_of(NEW)
