"""Zones, types and victims of Auto Scaling groups."""

from __future__ import annotations

import pytest

from placement.errors import UsageError
from placement.scaling.groups import (
    GroupInstance,
    LaunchChoice,
    LaunchRule,
    Policy,
    Victim,
    VictimRule,
    empty_victims,
    launch_zone,
    next_launch,
    rebalance_zones,
    victims,
    zone_order,
)


def test_a_launch_says_why_c51() -> None:
    counts = {"a": 1, "b": 0}
    assert launch_zone(counts) == LaunchChoice("b", None, LaunchRule.FEWEST_INSTANCES)
    assert launch_zone(counts, {"b"}) == LaunchChoice("a", None, LaunchRule.OTHERS_FAILED)
    assert launch_zone({}) is None


def test_types_are_tried_in_order_then_the_next_zone_d76() -> None:
    counts, types = {"a": 1, "b": 0}, ["m5.large", "m6i.large"]
    failed: set[tuple[str, str]] = set()
    found = []
    while (choice := next_launch(counts, types, failed)) is not None:
        assert choice.instance_type is not None
        found.append((choice.zone, choice.instance_type))
        failed.add(found[-1])
    assert found == [
        ("b", "m5.large"),
        ("b", "m6i.large"),
        ("a", "m5.large"),
        ("a", "m6i.large"),
    ]


def test_a_group_without_types_launches_nothing() -> None:
    assert next_launch({"a": 0}, []) is None


def test_zones_from_the_fewest_ties_by_name_d79() -> None:
    """The order in which Fargate's zones are asked, with tasks of a service and provider."""
    assert zone_order({"c": 1, "b": 0, "a": 1}) == ["b", "a", "c"]


def test_a_victim_says_why_c51() -> None:
    instances = [
        GroupInstance("i1", "a", 0),
        GroupInstance("i2", "a", 1, healthy=False),
    ]
    assert victims(instances, 2, Policy.NEWEST_INSTANCE) == (
        Victim("i2", VictimRule.UNHEALTHY),
        Victim("i1", VictimRule.NEWEST_INSTANCE),
    )
    assert empty_victims(instances, 1) == (Victim("i2", VictimRule.EMPTY),)


def test_an_unhealthy_protected_instance_stays() -> None:
    assert victims([GroupInstance("i", "a", 0, healthy=False, protected=True)], 1) == ()


def test_instances_launched_at_once_leave_in_their_order() -> None:
    instances = [GroupInstance(f"i{place}", "a", 0) for place in range(3)]
    for policy in Policy:
        assert [one.key for one in victims(instances, 3, policy)] == ["i0", "i1", "i2"]
    assert [one.key for one in empty_victims(instances, 2)] == ["i2", "i1"]


def test_no_victims_are_asked_for() -> None:
    instances = [GroupInstance("i", "a", 0)]
    assert victims(instances, 0) == victims(instances, -1) == ()
    assert empty_victims(instances, 0) == empty_victims(instances, -1) == ()


def test_a_group_above_its_limit_launches_nothing_to_even_out_d78() -> None:
    result = rebalance_zones({"a": 9, "b": 0}, {"a": 9, "b": 0}, 5)
    assert result.launches == ()


def test_a_number_of_tasks_below_0_is_refused() -> None:
    with pytest.raises(UsageError, match="tasks is at least 0, not int -1"):
        GroupInstance("i", "a", 0, tasks=-1)
