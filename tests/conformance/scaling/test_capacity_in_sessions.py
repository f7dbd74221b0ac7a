"""The tables of distribution, groups and managed scaling, played through sessions."""

from __future__ import annotations

import pickle
from collections import Counter
from fractions import Fraction
from typing import Any

import pytest

from capacity_session import NOON, TIMING, CapacitySession, group_with, provider_of
from placement.ecs import Launch, LaunchRequest, Session
from scaling_tables import rows

LOOPS = [row for row in rows("loop") if row.get("protection", True) or not row["desired"]]
"""The others end instances under tasks that stand for those of a service, which replaces them."""


def name_of(row: dict[str, Any]) -> str:
    return f"{row['row']}-{row.get('title', '')}"[:40]


@pytest.mark.parametrize("row", LOOPS, ids=name_of)
def test_managed_scaling_in_a_session_d73_d75_d97_d98_d99(row: dict[str, Any]) -> None:
    """D73 order, D75 victims, D97 instants, D98 steps, D99 time-out; copies and pickles agree."""
    world = CapacitySession(row)
    world.add_tasks(row.get("tasks", 0))
    twin, pickled = world.session.copy(), pickle.loads(pickle.dumps(world.session))
    events = {event["at"]: event for event in row.get("event", [])}
    placed, percents = dict(row.get("placed", [])), dict(row.get("percents", []))
    before = world.running
    last = row.get("until", 3600)
    for second in sorted({*events, *placed, *percents, last}):
        if second in events:
            world.run_before(second)
            world.add_tasks(events[second].get("tasks", 0))
            world.empty_machines(events[second].get("emptied", 0))
        world.run_until(second)
        if second in percents:
            assert world.session._account.providers["p"].reservation == Fraction(percents[second])
        if second in placed:
            assert world.running == placed[second] + (0 if "full" not in row else before)
    assert world.changes == row["desired"]
    assert sorted(map(list, world.stopped.items())) == row.get("stopped", [])
    if not events:
        for other in (twin, pickled):
            other.advance(last)
            assert other.history == world.session.history


def session_with(
    strategy: list[list[Any]], launches: Any = None
) -> tuple[Session, list[dict[str, Any]]]:
    """Return a session with two instances for each provider of a strategy, and the strategy."""
    session = Session(start=NOON, timing=TIMING, launches=launches)
    ecs = session.client("ecs")
    ecs.create_cluster()
    names = [item[0] for item in strategy]
    for name in names:
        arn = group_with(session, name, DesiredCapacity=2)
        provider_of(session, name, arn, managedScaling={"status": "DISABLED"})
    ecs.put_cluster_capacity_providers(
        cluster="default", capacityProviders=names, defaultCapacityProviderStrategy=[]
    )
    container = {"name": "app", "image": "busybox", "cpu": 16, "memory": 4}
    ecs.register_task_definition(family="app", containerDefinitions=[container])
    session.advance(300)
    items = [
        {"capacityProvider": name, "weight": weight, "base": base}
        for name, weight, base in strategy
    ]
    return session, items


def counts_of(session: Session) -> Counter[str]:
    """Return how many tasks of the service each provider has."""
    ecs = session.client("ecs")
    arns = ecs.list_tasks(serviceName="web")["taskArns"]
    tasks = ecs.describe_tasks(tasks=arns)["tasks"] if arns else []
    instances = ecs.describe_container_instances(
        containerInstances=ecs.list_container_instances()["containerInstanceArns"]
    )["containerInstances"]
    owner = {one["containerInstanceArn"]: one["capacityProviderName"] for one in instances}
    for task in tasks:
        assert owner[task["containerInstanceArn"]] == task["capacityProviderName"]
    return Counter(task["capacityProviderName"] for task in tasks)


DISTRIBUTIONS = [row for row in rows("distribution") if not row.keys() & {"start", "among"}]
"""The others begin with tasks that a strategy of another kind has placed (E153, D117)."""


@pytest.mark.parametrize("row", DISTRIBUTIONS, ids=name_of)
def test_the_distribution_of_a_service_d72_d116_d117(row: dict[str, Any]) -> None:
    """D72, D116, D117: task by task out, then task by task in."""
    session, strategy = session_with(row["strategy"])
    ecs = session.client("ecs")
    totals = {number: Counter(tasks) for number, tasks in row.get("totals", [])}
    ecs.create_service(
        serviceName="web",
        taskDefinition="app",
        desiredCount=0,
        capacityProviderStrategy=strategy,
    )
    order, counts = "", Counter[str]()
    number = row.get("place", len(row.get("order", "")))
    for wanted in range(1, number + 1):
        ecs.update_service(service="web", desiredCount=wanted)
        session.advance(1)
        after = counts_of(session)
        [letter] = (after - counts).elements()
        order, counts = order + letter, after
        assert totals.pop(wanted, counts) == counts
    assert order == row.get("order", order)
    for letter in row.get("leave", ""):
        number -= 1
        ecs.update_service(service="web", desiredCount=number)
        session.advance(1)
        after = counts_of(session)
        assert list((counts - after).elements()) == [letter]
        counts = after
    assert counts == Counter(row["end"])


@pytest.mark.parametrize("row", DISTRIBUTIONS, ids=name_of)
def test_the_distribution_of_one_call_a56(row: dict[str, Any]) -> None:
    """A56: inside a RunTask call, in the order of its tasks."""
    session, strategy = session_with(row["strategy"])
    count = min(row.get("place", len(row.get("order", ""))), 10)
    found = session.client("ecs").run_task(
        taskDefinition="app", count=count, capacityProviderStrategy=strategy
    )
    order = "".join(task["capacityProviderName"] for task in found["tasks"])
    assert len(order) == count
    assert order == row.get("order", order)[:count]


def test_a_new_deployment_is_distributed_from_its_first_task_e247_d117() -> None:
    session, strategy = session_with([["A", 1, 0], ["B", 1, 0]])
    ecs = session.client("ecs")
    only = [{"capacityProvider": "A", "weight": 1}]
    service = {"serviceName": "web", "taskDefinition": "app", "desiredCount": 10}
    ecs.create_service(**service, capacityProviderStrategy=only)
    assert session.advance_until("steady")
    assert counts_of(session) == {"A": 10}
    ecs.update_service(service="web", capacityProviderStrategy=strategy, forceNewDeployment=True)
    assert session.advance_until("steady")
    assert counts_of(session) == {"A": 5, "B": 5}


def test_a_base_holds_for_each_deployment_e248() -> None:
    session, strategy = session_with([["A", 0, 2], ["B", 1, 0]])
    ecs = session.client("ecs")
    service = {"serviceName": "web", "taskDefinition": "app", "desiredCount": 10}
    ecs.create_service(**service, capacityProviderStrategy=strategy)
    assert session.advance_until("steady")
    assert counts_of(session) == {"A": 2, "B": 8}
    ecs.update_service(service="web", forceNewDeployment=True)
    assert session.advance_until("steady")
    assert counts_of(session) == {"A": 2, "B": 8}


@pytest.mark.parametrize("row", rows("launch"), ids=name_of)
def test_zones_of_launches_in_a_session(row: dict[str, Any]) -> None:
    failed = {f"us-east-1{zone}" for zone in row.get("failed", ())}

    def launches(request: LaunchRequest) -> Launch | None:
        is_later = request.now > NOON.replace(minute=5)
        return Launch(failure="no capacity") if is_later and request.zone in failed else None

    session = Session(start=NOON, timing=TIMING, launches=launches)
    session.client("ecs").create_cluster()
    groups = session.client("autoscaling")
    zones = {f"us-east-1{zone}": number for zone, number in row["zones"].items()}
    group_with(session, AvailabilityZones=list(zones))
    account_zones = session._account.groups["group"].zones
    for zone, number in zones.items():  # one zone at a time
        session._account.groups["group"].zones = {zone: None}
        there = session._account.groups["group"].desired
        groups.set_desired_capacity(AutoScalingGroupName="group", DesiredCapacity=there + number)
        session.advance(60)
    session._account.groups["group"].zones = account_zones
    session.advance(NOON.replace(minute=6) - session.now)
    before = [one["InstanceId"] for one in instances_of(groups)]
    wanted = len(before) + max(len(row["order"]), 1)
    groups.set_desired_capacity(AutoScalingGroupName="group", DesiredCapacity=wanted)
    session.advance(60)
    new = [one for one in instances_of(groups) if one["InstanceId"] not in before]
    assert [one["AvailabilityZone"][-1] for one in new] == row["order"]
    if not row["order"]:
        newest = groups.describe_scaling_activities()["Activities"][0]
        assert (newest["StatusCode"], newest["StatusMessage"]) == ("Failed", "no capacity")


def instances_of(groups: Any) -> list[dict[str, Any]]:
    """Return the instances of the only group."""
    [group] = groups.describe_auto_scaling_groups()["AutoScalingGroups"]
    found: list[dict[str, Any]] = group["Instances"]
    return found


VICTIMS = [
    row
    for row in rows("victim")
    if row["policy"] != "managed termination protection"
    and not any("unhealthy" in text or "config" in text for text in row["instances"])
]
"""The others have states of EC2 that a session does not have, or tasks (E161 and others)."""


@pytest.mark.parametrize("row", VICTIMS, ids=name_of)
def test_victims_of_a_group_in_a_session(row: dict[str, Any]) -> None:
    """S11.5.3: the instances come one after the other, a minute apart."""
    session = Session(start=NOON, timing=TIMING)
    session.client("ecs").create_cluster()
    groups = session.client("autoscaling")
    group_with(
        session,
        NewInstancesProtectedFromScaleIn=False,
        TerminationPolicies=[row["policy"]],
        AvailabilityZones=["us-east-1a"],
    )
    names: dict[str, str] = {}
    zones = set()
    for number, text in enumerate(row["instances"], start=1):
        key, letter, *words = text.split()
        zone = f"us-east-1{letter}"
        zones.add(zone)
        groups.update_auto_scaling_group(
            AutoScalingGroupName="group", AvailabilityZones=[zone], DesiredCapacity=number
        )
        session.advance(60)
        [new] = [
            one["InstanceId"] for one in instances_of(groups) if one["InstanceId"] not in names
        ]
        names[new] = key
        groups.set_instance_protection(
            AutoScalingGroupName="group",
            InstanceIds=[new],
            ProtectedFromScaleIn="protected" in words,
        )
    groups.update_auto_scaling_group(
        AutoScalingGroupName="group",
        AvailabilityZones=sorted(zones),
        DesiredCapacity=len(names) - row["count"],
    )
    session.advance(60)
    ended = [
        names[record.what.rpartition(" ")[2]]
        for record in session.history
        if record.what.startswith("termination of ")
    ]
    assert ended == row["victims"]


def test_the_default_policy_ends_the_oldest_configuration_first_d77() -> None:
    """D77: then that closest to its next billing hour, then the oldest launch."""
    session = Session(start=NOON, timing=TIMING)
    session.client("ecs").create_cluster()
    groups = session.client("autoscaling")
    group_with(session, NewInstancesProtectedFromScaleIn=False, AvailabilityZones=["us-east-1a"])
    launched: list[str] = []

    def launch(number: int, minutes: int) -> None:
        groups.set_desired_capacity(
            AutoScalingGroupName="group", DesiredCapacity=len(launched) + number
        )
        session.advance(minutes * 60)
        launched.extend(
            one["InstanceId"] for one in instances_of(groups) if one["InstanceId"] not in launched
        )

    launch(1, 30)  # old template
    session.describe_launch_template("newer", instance_type="m5.large")
    groups.update_auto_scaling_group(
        AutoScalingGroupName="group", LaunchTemplate={"LaunchTemplateName": "newer"}
    )
    launch(1, 20)
    launch(2, 20)
    groups.set_desired_capacity(AutoScalingGroupName="group", DesiredCapacity=0)
    session.advance(60)  # 12:01 + 30, 50 and 70 minutes: the second is nearest to its hour
    ended = [
        record.what.rpartition(" ")[2]
        for record in session.history
        if record.what.startswith("termination of ")
    ]
    assert ended == launched
