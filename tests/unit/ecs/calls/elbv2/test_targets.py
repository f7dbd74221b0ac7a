"""Targets: register, deregister, their health (S9.3 to S9.5)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from against_botocore import Checked
from placement.ecs import Session, Timing
from placement.ecs.control.account import Account
from placement.timestamps import SECOND
from refusals import refusal

Group = Callable[..., str]
Listener = Callable[..., str]
NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
ONE = {"Id": "10.0.0.1"}


def health(elb: Checked, group: str, *targets: dict[str, Any]) -> list[tuple[Any, ...]]:
    """Return port, state and reason of targets."""
    chosen = {"Targets": list(targets)} if targets else {}
    found = elb.describe_target_health(TargetGroupArn=group, **chosen)["TargetHealthDescriptions"]
    return [
        (
            one["Target"]["Id"],
            one["Target"]["Port"],
            one["TargetHealth"]["State"],
            one["TargetHealth"].get("Reason"),
        )
        for one in found
    ]


def test_without_times_a_target_is_healthy_at_once_c39(
    elb: Checked, group: Group, listener: Listener
) -> None:
    arn = group("blue")
    listener({arn: 1})
    elb.register_targets(TargetGroupArn=arn, Targets=[ONE, {**ONE, "Port": 81}])
    assert health(elb, arn) == [
        ("10.0.0.1", 80, "healthy", None),
        ("10.0.0.1", 81, "healthy", None),
    ]
    elb.get_waiter("target_in_service").wait(TargetGroupArn=arn)
    elb.deregister_targets(TargetGroupArn=arn, Targets=[ONE])
    assert health(elb, arn, ONE) == [("10.0.0.1", 80, "unused", "Target.NotRegistered")]
    elb.get_waiter("target_deregistered").wait(TargetGroupArn=arn, Targets=[ONE])
    assert len(health(elb, arn)) == 1


def test_a_target_over_time_d63_d64() -> None:
    session = Session(timing=Timing())
    elb = Checked(session.client("elbv2"), service="elbv2")
    made = elb.create_load_balancer(Name="web", Subnets=["a", "b"])
    usual: dict[str, Any] = {"Protocol": "HTTP", "Port": 80, "VpcId": "v", "TargetType": "ip"}
    arn = elb.create_target_group(Name="a", **usual)["TargetGroups"][0]["TargetGroupArn"]
    action = {"Type": "forward", "TargetGroupArn": arn}
    elb.create_listener(
        LoadBalancerArn=made["LoadBalancers"][0]["LoadBalancerArn"],
        Protocol="HTTP",
        Port=80,
        DefaultActions=[action],
    )
    elb.register_targets(TargetGroupArn=arn, Targets=[{**ONE, "AvailabilityZone": "us-east-1a"}])
    assert health(elb, arn)[0][2:] == ("initial", "Elb.RegistrationInProgress")
    session.advance(29)
    assert health(elb, arn)[0][2:] == ("initial", "Elb.RegistrationInProgress")
    session.advance(1)
    assert health(elb, arn)[0][2:] == ("healthy", None)
    assert session._account.elb.targets.next_due() is None, "a target at rest needs no event"
    elb.deregister_targets(TargetGroupArn=arn, Targets=[ONE])
    assert health(elb, arn)[0][2:] == ("draining", "Target.DeregistrationInProgress")
    session.advance(299)
    assert health(elb, arn)[0][2] == "draining"
    session.advance(1)
    assert health(elb, arn) == []


def test_waiters_move_the_time_d4() -> None:
    """S9.3: a new target is healthy after one check; the waiter asks every 15 s."""
    session = Session(timing=Timing(), start=NOON)
    elb: Any = session.client("elbv2")
    made = elb.create_load_balancer(Name="web", Subnets=["a", "b"])["LoadBalancers"][0]
    usual: dict[str, Any] = {"Protocol": "HTTP", "Port": 80, "VpcId": "v", "TargetType": "ip"}
    arn = elb.create_target_group(Name="a", **usual)["TargetGroups"][0]["TargetGroupArn"]
    elb.create_listener(
        LoadBalancerArn=made["LoadBalancerArn"],
        Protocol="HTTP",
        Port=80,
        DefaultActions=[{"Type": "forward", "TargetGroupArn": arn}],
    )
    elb.register_targets(TargetGroupArn=arn, Targets=[ONE])
    elb.get_waiter("target_in_service").wait(TargetGroupArn=arn)
    assert session.now == NOON + timedelta(seconds=30)
    elb.deregister_targets(TargetGroupArn=arn, Targets=[ONE])
    elb.get_waiter("target_deregistered").wait(TargetGroupArn=arn, Targets=[ONE])
    assert session.now == NOON + timedelta(seconds=330)


def test_a_group_without_a_load_balancer_is_not_checked(elb: Checked, group: Group) -> None:
    arn = group("blue")
    elb.register_targets(TargetGroupArn=arn, Targets=[ONE])
    assert health(elb, arn) == [("10.0.0.1", 80, "unused", "Target.NotInUse")]


def test_the_port_of_health_checks(elb: Checked, group: Group) -> None:
    arn = group("blue", HealthCheckPort="8080")
    elb.register_targets(TargetGroupArn=arn, Targets=[ONE])
    found = elb.describe_target_health(TargetGroupArn=arn)["TargetHealthDescriptions"]
    assert found[0]["HealthCheckPort"] == "8080"


@pytest.mark.parametrize(
    ("target_type", "id", "code"),
    [
        ("ip", "i-1", "ValidationError"),
        ("ip", "10.0.0.256", "ValidationError"),
        ("instance", "10.0.0.1", "InvalidTarget"),
    ],
)
def test_ids_are_those_of_the_groups_type_d61(
    elb: Checked, group: Group, target_type: str, id: str, code: str
) -> None:
    arn = group("blue", TargetType=target_type)
    good = {"Id": "10.0.0.1" if target_type == "ip" else "i-1"}
    parameters = {"TargetGroupArn": arn, "Targets": [good, {"Id": id}]}
    assert refusal(elb.register_targets, **parameters)[0] == code
    assert health(elb, arn) == []


def test_unknown_groups_and_empty_lists(elb: Checked, group: Group) -> None:
    arn = group("blue")
    for call in (elb.register_targets, elb.deregister_targets):
        assert refusal(call, TargetGroupArn=arn + "0", Targets=[ONE])[0] == "TargetGroupNotFound"
        assert refusal(call, TargetGroupArn="blue", Targets=[ONE])[0] == "ValidationError"
        assert refusal(call, TargetGroupArn=arn, Targets=[])[0] == "ValidationError"
    assert refusal(elb.describe_target_health, TargetGroupArn=arn + "0")[0] == "TargetGroupNotFound"
    elb.deregister_targets(TargetGroupArn=arn, Targets=[ONE])


def test_a_deleted_group_ends_its_targets(elb: Checked, account: Account, group: Group) -> None:
    arn = group("blue")
    elb.register_targets(TargetGroupArn=arn, Targets=[ONE])
    account.elb.targets.apply(10**18)
    elb.delete_target_group(TargetGroupArn=arn)
    changes = account.elb.targets.apply(10**18)
    assert [(one.key, str(one.state), str(one.reason)) for one in changes] == [
        (("10.0.0.1", 80), "unused", "Target.NotRegistered")
    ]


def test_50_000_targets_at_rest_cost_nothing() -> None:
    """An hour is 120 checks of each: none of them is made."""
    session = Session(timing=Timing())
    client: Any = session.client("elbv2")
    made = client.create_load_balancer(Name="web", Subnets=["a", "b"])["LoadBalancers"][0]
    usual: dict[str, Any] = {"Protocol": "HTTP", "Port": 80, "VpcId": "vpc-1"}
    arn = client.create_target_group(Name="a", **usual)["TargetGroups"][0]["TargetGroupArn"]
    client.create_listener(
        LoadBalancerArn=made["LoadBalancerArn"],
        Protocol="HTTP",
        Port=80,
        DefaultActions=[{"Type": "forward", "TargetGroupArn": arn}],
    )
    table, now = session._account.elb.targets, session._account.time.now
    for number in range(50_000):
        table.register(arn, ("i-1", number), now)
    assert len(table.apply(now + 30 * SECOND)) == 100_000
    assert table.next_due() is None
    assert table.apply(now + 3630 * SECOND) == []
