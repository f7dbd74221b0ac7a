"""Deployment settings: defaults, documents read and written, what a change replaces (D10)."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from placement.ecs.control.services.configuration import (
    CanarySettings,
    CircuitBreaker,
    DeploymentAlarms,
    DeploymentConfiguration,
    DeploymentStrategy,
    EarlySuccess,
    LifecycleHook,
    LinearSettings,
    RevisionCleanup,
    default_configuration,
)
from placement.ecs.control.services.configuration_documents import (
    read_configuration,
    write_configuration,
)
from placement.ecs.options import Options
from placement.errors import DocumentError
from placement.services.breaker import Breaker, ThresholdType
from placement.services.hooks import HookAction, HookKind
from placement.services.traffic_stages import Stage
from placement.timestamps import MINUTE

USUAL = default_configuration("REPLICA")


def test_the_defaults_are_those_that_are_read_back() -> None:
    """S2.1."""
    assert write_configuration(USUAL) == {
        "strategy": "ROLLING",
        "maximumPercent": 200,
        "minimumHealthyPercent": 100,
        "bakeTimeInMinutes": 0,
        "deploymentCircuitBreaker": {
            "enable": False,
            "rollback": False,
            "resetOnHealthyTask": True,
            "thresholdConfiguration": {"type": "BOUNDED_PERCENT", "value": 50},
        },
    }
    daemon = default_configuration("DAEMON")
    assert (daemon.maximum_percent, daemon.minimum_percent) == (100, 0)


def test_given_members_replace_the_breaker_one_by_one_d10() -> None:
    first = read_configuration(
        {
            "maximumPercent": 150,
            "deploymentCircuitBreaker": {
                "enable": True,
                "rollback": True,
                "resetOnHealthyTask": False,
                "thresholdConfiguration": {"type": "COUNT", "value": 7},
            },
            "alarms": {"alarmNames": ["a", "b"], "enable": True, "rollback": True},
        },
        USUAL,
    )
    second = read_configuration(
        {
            "deploymentCircuitBreaker": {"enable": True, "rollback": False},
            "alarms": {"alarmNames": ["c"], "enable": False, "rollback": False},
        },
        first,
    )
    assert second.maximum_percent == 150
    assert second.breaker == CircuitBreaker(
        enable=True,
        rollback=False,
        reset_on_healthy_task=False,
        threshold_type=ThresholdType.COUNT,
        threshold_value=7,
    )
    assert second.alarms == DeploymentAlarms(("c",))


def test_a_strategy_has_its_settings_and_no_others() -> None:
    """S6.3: defaults of LINEAR and CANARY; another strategy drops them."""
    linear = read_configuration({"strategy": "LINEAR"}, USUAL)
    assert linear.linear == LinearSettings(Fraction(10), 6 * MINUTE)
    canary = read_configuration(
        {"strategy": "CANARY", "canaryConfiguration": {"canaryPercent": 33.3}}, linear
    )
    assert canary.linear is None
    assert canary.canary == CanarySettings(Fraction(333, 10), 10 * MINUTE)
    assert read_configuration({"strategy": "ROLLING"}, canary).canary is None


def test_a_missing_bake_time_is_none_d45() -> None:
    assert read_configuration({"strategy": "BLUE_GREEN"}, USUAL).bake_time == 0
    assert read_configuration({"bakeTimeInMinutes": 5}, USUAL).bake_time == 5 * MINUTE


def test_an_unknown_member_of_a_dump_is_kept() -> None:
    document = {**write_configuration(USUAL), "new": {"a": 1}}
    assert write_configuration(read_configuration(document, USUAL)) == document


SETTINGS = st.builds(
    DeploymentConfiguration,
    strategy=st.sampled_from([DeploymentStrategy.ROLLING, DeploymentStrategy.BLUE_GREEN]),
    minimum_percent=st.integers(0, 100),
    maximum_percent=st.integers(100, 300),
    bake_time=st.integers(0, 1440).map(lambda minutes: minutes * MINUTE),
    breaker=st.builds(CircuitBreaker),
    alarms=st.none() | st.builds(DeploymentAlarms, st.tuples(st.just("a"))),
    early_success=st.none()
    | st.builds(
        EarlySuccess, st.booleans(), st.integers(0, 100), st.sampled_from(list(RevisionCleanup))
    ),
    hooks=st.lists(
        st.builds(
            LifecycleHook,
            st.sampled_from(list(HookKind)),
            st.none() | st.just("arn:f"),
            st.none() | st.just("arn:r"),
            st.lists(st.sampled_from(list(Stage)), max_size=2).map(tuple),
            st.none() | st.just({"a": [1, 2.5, None]}),
            st.none() | st.integers(1, 20160).map(lambda minutes: minutes * MINUTE),
            st.none() | st.sampled_from(list(HookAction)),
        ),
        max_size=2,
    ).map(tuple),
)


@given(SETTINGS)
def test_what_is_written_is_read_back(settings: DeploymentConfiguration) -> None:
    assert read_configuration(write_configuration(settings), USUAL) == settings


@pytest.mark.parametrize(
    ("document", "path"),
    [
        ([], "deploymentConfiguration"),
        ({"strategy": "RED"}, "deploymentConfiguration.strategy"),
        ({"maximumPercent": "200"}, "deploymentConfiguration.maximumPercent"),
        ({"maximumPercent": 2**40}, "deploymentConfiguration.maximumPercent"),
        (
            {"deploymentCircuitBreaker": {"enable": 1}},
            "deploymentConfiguration.deploymentCircuitBreaker.enable",
        ),
        (
            {"deploymentCircuitBreaker": {"thresholdConfiguration": {"type": "COUNT"}}},
            "deploymentConfiguration.deploymentCircuitBreaker.thresholdConfiguration.value",
        ),
        ({"alarms": {"alarmNames": [1]}}, "deploymentConfiguration.alarms.alarmNames[0]"),
        (
            {"lifecycleHooks": [{"lifecycleStages": ["NONE"]}]},
            "deploymentConfiguration.lifecycleHooks[0].lifecycleStages[0]",
        ),
        (
            {"linearConfiguration": {"stepPercent": float("nan")}},
            "deploymentConfiguration.linearConfiguration.stepPercent",
        ),
        (
            {"earlySuccessCriteria": {"sourceServiceRevisionCleanup": "LATER"}},
            "deploymentConfiguration.earlySuccessCriteria.sourceServiceRevisionCleanup",
        ),
    ],
)
def test_a_wrong_type_is_refused_with_its_path(document: Any, path: str) -> None:
    with pytest.raises(DocumentError) as refusal:
        read_configuration(document, USUAL)
    assert refusal.value.path == path


def test_a_breaker_for_the_core_has_the_options() -> None:
    breaker = CircuitBreaker(enable=True, rollback=True, threshold_value=10)
    options = Options(count_early_exits=True, strict_stages=True)
    assert breaker.for_core(options) == Breaker(
        enabled=True, value=10, count_early_exits=True, strict_stages=True
    )


def test_a_hook_for_the_core_has_the_defaults() -> None:
    """S6.4: 1440 minutes and ROLLBACK."""
    hook = LifecycleHook(HookKind.PAUSE, stages=(Stage.PRE_SCALE_UP,)).for_core()
    assert (hook.timeout, hook.timeout_action) == (1440 * MINUTE, HookAction.ROLLBACK)
