"""The tables of load balancers, played by target groups: ``load_balancers.toml`` says how."""

from __future__ import annotations

import tomllib
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from load_balancing_world import World
from placement import ecs
from placement.ecs.control.load_balancing.targets import CheckResult, TargetKey
from placement.ecs.control.ports import DynamicPorts
from placement.timestamps import SECOND

TABLE = tomllib.loads(Path(__file__).with_name("load_balancers.toml").read_text("utf-8"))
START = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
STATES = {
    "healthy": CheckResult.HEALTHY,
    "unhealthy": CheckResult.UNHEALTHY,
    "draining": CheckResult.HEALTHY,
}


def each(kind: str) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("row", TABLE[kind], ids=lambda row: row["row"])


def test_every_row_of_s9_is_there() -> None:
    rows = sorted(row["row"] for kind in ("target", "host_ports", "traffic") for row in TABLE[kind])
    assert rows == [f"E{number}" for number in range(120, 132)]


@each("target")
@pytest.mark.parametrize("is_told", [True, False], ids=["told by events", "as a function"])
def test_the_states_of_a_target_d63_d64_d109(row: dict[str, Any], is_told: bool) -> None:
    """What checks find is told when it changes, or is a function that each check asks."""
    thresholds = row.get("thresholds", [5, 2])
    world = World()
    groups = [
        world.group(
            interval=row.get("interval", 30),
            timeout=row.get("timeout", 6),
            healthy=thresholds[0],
            unhealthy=thresholds[1],
            delay=delay,
        )
        for delay in row.get("delays", [300])
    ]
    checks = [(second * SECOND, CheckResult(found)) for second, found in row["checks"]]
    registered = row.get("registered", 12)
    finding = checks[0][1] if is_told else lambda moment: found_at(checks, moment)
    calls: list[tuple[int, str, Any]] = [(registered, "register", finding)]
    if is_told:
        calls += [(at // SECOND, "find", found) for at, found in checks[1:]]
    if "deregistered" in row:
        calls.append((row["deregistered"], "deregister", None))
    changes = world.play(groups, calls, until=row.get("until", 600))
    seen = [
        [moment, state]
        for moment, group, state in changes
        if group == groups[0] or state == "unused"
    ]
    assert seen == row["states"]


def found_at(checks: list[tuple[int, CheckResult]], moment: int) -> CheckResult:
    return [found for since, found in checks if since <= moment][-1]


@pytest.mark.parametrize(
    "row", [row for row in TABLE["target"] if "task" in row], ids=lambda row: row["row"]
)
def test_what_becomes_of_the_task_of_a_target_d109(row: dict[str, Any]) -> None:
    """S9.5, S9.7."""
    expected = row["task"]
    found = row["checks"][0][1]
    session = ecs.Session(
        start=START,
        timing=ecs.Timing(),
        behaviour=lambda _: ecs.Behaviour(target_health=found),
    )
    service_with_targets(session, row.get("delays", [300]), grace=expected.get("grace", 0))
    session.advance(expected.get("scale_in", 0))
    client = session.client("ecs")
    (first,) = client.list_tasks()["taskArns"]
    if "scale_in" in expected:
        client.update_service(service="web", desiredCount=0)

    def task() -> dict[str, Any]:
        found: dict[str, Any] = client.describe_tasks(tasks=[first])["tasks"][0]
        return found

    def replacements() -> list[str]:
        lists = [client.list_tasks(desiredStatus=status) for status in ("RUNNING", "STOPPED")]
        return [arn for found in lists for arn in found["taskArns"] if arn != first]

    session.advance_until(lambda _: task()["lastStatus"] == "STOPPED", limit=2000)
    stopped = task()
    assert stopped["startedAt"] == START + timedelta(seconds=12)
    if "stopped" in expected:
        assert stopped["stoppedAt"] == START + timedelta(seconds=expected["stopped"])
    if "replaced" in expected:
        assert stopped["stoppedReason"].startswith(expected["reason"])
        described = client.describe_tasks(tasks=replacements())["tasks"]
        created = min(one["createdAt"] for one in described)
        assert created == START + timedelta(seconds=expected["replaced"])


def service_with_targets(session: ecs.Session, delays: list[int], *, grace: int) -> None:
    """Create a service of one task, which is a target of a group for each delay."""
    client, elb = session.client("ecs"), session.client("elbv2")
    client.create_cluster()
    client.register_container_instance(
        instanceIdentityDocument='{"instanceId": "i-1"}',
        totalResources=[
            {"name": name, "type": "INTEGER", "integerValue": 2048} for name in ("CPU", "MEMORY")
        ],
        attributes=[
            {"name": "ecs.availability-zone", "value": "us-east-1a"},
            {"name": "com.amazonaws.ecs.capability.docker-remote-api.1.18"},
        ],
    )
    container = {"name": "web", "image": "nginx", "cpu": 128, "memory": 128}
    ports = {"portMappings": [{"containerPort": 80, "hostPort": 0}]}
    client.register_task_definition(family="web", containerDefinitions=[{**container, **ports}])
    balancer = elb.create_load_balancer(Name="web", Subnets=["subnet-a", "subnet-b"])
    arn = balancer["LoadBalancers"][0]["LoadBalancerArn"]
    groups = []
    for number, delay in enumerate(delays):
        made = elb.create_target_group(
            Name=f"web-{number}", Protocol="HTTP", Port=80, VpcId="vpc-1", TargetType="instance"
        )
        group = made["TargetGroups"][0]["TargetGroupArn"]
        value = {"Key": "deregistration_delay.timeout_seconds", "Value": str(delay)}
        elb.modify_target_group_attributes(TargetGroupArn=group, Attributes=[value])
        action = {"Type": "forward", "TargetGroupArn": group}
        elb.create_listener(
            LoadBalancerArn=arn, Protocol="HTTP", Port=80 + number, DefaultActions=[action]
        )
        groups.append(group)
    client.create_service(
        serviceName="web",
        taskDefinition="web",
        desiredCount=1,
        healthCheckGracePeriodSeconds=grace,
        loadBalancers=[
            {"targetGroupArn": group, "containerName": "web", "containerPort": 80}
            for group in groups
        ],
    )


@each("host_ports")
def test_dynamic_host_ports_d62(row: dict[str, Any]) -> None:
    ports = DynamicPorts()
    first = [ports.take(1, lambda _: True) for _ in range(row["start"])]
    assert first == row["ports"]
    ports.release([row["ports"][row["stop"] - 1]])
    assert ports.take(1, lambda _: True) == row["after"]


@each("traffic")
def test_shares_of_traffic_are_exact_d65(row: dict[str, Any]) -> None:
    world = World()
    groups = [world.group() for _ in row["groups"]]
    rule = world.rule({arn: one["weight"] for arn, one in zip(groups, row["groups"], strict=True)})
    keys: list[TargetKey] = []
    for arn, one in zip(groups, row["groups"], strict=True):
        for state in one["targets"]:
            key = (f"10.0.0.{len(keys)}", 80)
            world.table.register(arn, key, 0, finding=STATES[state])
            keys.append(key)
    world.table.apply(600 * SECOND)
    draining = [state == "draining" for one in row["groups"] for state in one["targets"]]
    for key, drains in zip(keys, draining, strict=True):
        if drains:
            world.table.deregister(groups[0], key, 600 * SECOND)
    shares = world.elb.traffic(rule)
    assert [shares.get(key, Fraction(0)) for key in keys] == list(map(Fraction, row["shares"]))
    assert all(type(share) is Fraction for share in shares.values())
