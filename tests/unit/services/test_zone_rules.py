"""Which services may be rebalanced, what is balanced, and targets."""

from __future__ import annotations

from typing import Any

import pytest

from placement.services.zone_rules import (
    Ineligible,
    RebalancingSettings,
    ineligible,
    is_balanced,
    zone_targets,
)

BY_ZONE = ("spread", "attribute:ecs.availability-zone")


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        ({}, None),
        ({"first_strategy": BY_ZONE}, None),
        ({"maximum_percent": 101}, None),
        ({"is_enabled": False}, Ineligible.DISABLED),
        ({"is_replica": False}, Ineligible.DAEMON),
        ({"is_external": True}, Ineligible.EXTERNAL),
        ({"maximum_percent": 100}, Ineligible.MAXIMUM_PERCENT),
        ({"has_classic_load_balancer": True}, Ineligible.CLASSIC_LOAD_BALANCER),
        ({"has_zone_constraint": True}, Ineligible.CONSTRAINT),
        ({"first_strategy": ("spread", "instanceId")}, Ineligible.STRATEGY),
        ({"first_strategy": ("binpack", "memory")}, Ineligible.STRATEGY),
        ({"is_enabled": False, "maximum_percent": 100}, Ineligible.DISABLED),
    ],
)
def test_s8_4_1_which_services_may_be_rebalanced(
    settings: dict[str, Any], reason: Ineligible | None
) -> None:
    """S8.4.1: the first reason is given, as a sentence."""
    found = ineligible(RebalancingSettings(**settings))
    assert found is reason
    assert found is None or found.sentence.strip(".") == found.sentence


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        ({}, True),
        ({"a": 7}, True),
        ({"a": 1, "b": 0, "c": 0}, True),
        ({"a": 2, "b": 0}, False),
        ({"a": 2, "b": 1, "c": 2}, True),
        ({"a": 3, "b": 1}, False),
    ],
)
def test_a52_balanced_is_no_zone_with_two_more_than_another(
    counts: dict[str, int], expected: bool
) -> None:
    """With fewer tasks than zones: none has more than 1."""
    assert is_balanced(counts) is expected


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        ({}, {}),
        ({"c": 4, "a": 0}, {"a": 2, "c": 2}),
        ({"a": 1, "b": 4, "c": 0}, {"a": 2, "b": 2, "c": 1}),
        ({"b": 2, "a": 2, "c": 0, "d": 1}, {"a": 2, "b": 1, "c": 1, "d": 1}),
    ],
)
def test_b32_what_remains_goes_to_the_fullest_zones_ties_by_name(
    counts: dict[str, int], expected: dict[str, int]
) -> None:
    found = zone_targets(counts)
    assert found == expected
    assert list(found) == sorted(found)
