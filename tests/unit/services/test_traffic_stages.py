"""The table of stages, and which order they have forward and back (S6.1, S6.5)."""

from __future__ import annotations

from placement.services.traffic_stages import FORWARD, ROLLBACK, Stage, StageRule


def test_stages_are_in_the_order_in_which_they_run_d44() -> None:
    """D44: PRE_PRODUCTION_TRAFFIC_SHIFT is a stage like the others."""
    assert [stage.value for stage in FORWARD] == [
        "RECONCILE_SERVICE",
        "PRE_SCALE_UP",
        "SCALE_UP",
        "POST_SCALE_UP",
        "TEST_TRAFFIC_SHIFT",
        "POST_TEST_TRAFFIC_SHIFT",
        "PRE_PRODUCTION_TRAFFIC_SHIFT",
        "PRODUCTION_TRAFFIC_SHIFT",
        "POST_PRODUCTION_TRAFFIC_SHIFT",
        "BAKE_TIME",
        "CLEAN_UP",
    ]


def test_a_rollback_moves_production_traffic_before_test_traffic_d51() -> None:
    assert [FORWARD.index(stage) + 1 for stage in ROLLBACK] == [3, 8, 5, 11]


def test_a_stage_that_allows_pauses_allows_functions() -> None:
    rules = [StageRule.of(stage) for stage in Stage]
    assert all(rule.allows_functions for rule in rules if rule.allows_pauses)
    assert sum(rule.allows_functions for rule in rules) == 8
    assert sum(rule.allows_pauses for rule in rules) == 6
