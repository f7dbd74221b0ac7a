"""Launches of Managed Instances in sessions: types, prices, zones, failures (S12.2, C45, C46)."""

from __future__ import annotations

import pickle
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from managed_session import TIMING, ManagedSession, attribute_of, managed_provider, register_task
from placement.ecs import Launch, LaunchRequest, Session, Timing
from placement.errors import UsageError

LARGE = {"allowedInstanceTypes": ["c6i.large"]}
TWO = {"allowedInstanceTypes": ["c6i.large", "m6i.large"]}


def world_of(requirements: Any = None, count: int = 1, **arguments: Any) -> ManagedSession:
    """Return a session in which tasks of 1024 CPU units and 1024 MiB wait."""
    world = ManagedSession(requirements, **arguments)
    register_task(world.ecs, "app", 1024, 1024)
    world.run_tasks("app", count)
    return world


def never(_: LaunchRequest) -> Launch:
    return Launch(failure="none left")


def zones_of(world: ManagedSession) -> list[str]:
    return [attribute_of(one, "ecs.availability-zone")[-1] for one in world.instances()]


# What registers


def test_a_managed_instance_registers_as_its_type_d81() -> None:
    """D81, C34: what it registers, who owns it, in which subnet it is."""
    provider = {"propagateTags": "CAPACITY_PROVIDER"}
    world = ManagedSession(LARGE, provider=provider)
    tags = [{"key": "team", "value": "web"}]
    world.session._account.providers["m"].tags = tags
    register_task(world.ecs, "app", 1024, 1024)
    world.run_tasks("app", 1)
    world.run_until(60)
    [found] = world.instances()
    memory = {one["name"]: one.get("integerValue") for one in found["registeredResources"]}
    assert (memory["CPU"], memory["MEMORY"]) == (2048, 4096 - 4096 // 64 - 47)
    assert found["capacityProviderName"] == "m"
    assert found["ec2InstanceId"].startswith("i-")
    assert attribute_of(found, "ecs.subnet-id") == "subnet-a"
    assert attribute_of(found, "ecs.vpc-id") == "vpc-1"
    assert not [one for one in found["attributes"] if "capacity-provider" in one["name"]]
    assert found["tags"] == tags
    [task] = world.tasks()
    assert task["launchType"] == "MANAGED_INSTANCES"
    assert task["capacityProviderName"] == "m"


def test_without_tags_of_its_own_an_instance_has_none_d81() -> None:
    """D81, S12.1: propagateTags is NONE by default."""
    world = ManagedSession(LARGE)
    world.session._account.providers["m"].tags = [{"key": "team", "value": "web"}]
    register_task(world.ecs, "app", 1024, 1024)
    world.run_tasks("app", 1)
    world.run_until(60)
    assert world.instances()[0]["tags"] == []


def test_without_requirements_a_cheap_general_purpose_type_comes_d81() -> None:
    world = world_of()
    world.run_until(60)
    [kind] = world.types()
    assert kind.startswith("m")


def test_the_architecture_and_constraints_of_tasks_choose_types_d81() -> None:
    """D81: the task's architecture and attributes; memberOf is asked of the machine to come."""
    world = ManagedSession({}, zones=2)
    platform = {"cpuArchitecture": "X86_64", "operatingSystemFamily": "LINUX"}
    register_task(world.ecs, "intel", 1024, 1024, runtimePlatform=platform)
    register_task(world.ecs, "app", 1024, 1024)
    world.run_tasks("intel", 1)
    world.run_until(60)
    assert attribute_of(world.instances()[0], "ecs.cpu-architecture") == "x86_64"
    text = "attribute:ecs.instance-type =~ r5b.* and attribute:ecs.availability-zone == us-east-1b"
    member = [{"type": "memberOf", "expression": text}]
    world.run_tasks("app", 1, placementConstraints=member)
    world.run_until(120)
    newest = world.instances()[-1]
    assert attribute_of(newest, "ecs.instance-type").startswith("r5b.")
    assert attribute_of(newest, "ecs.availability-zone") == "us-east-1b"


def test_a_task_that_no_machine_takes_waits_and_says_why_d81() -> None:
    world = ManagedSession(LARGE)
    register_task(world.ecs, "app", 1024, 1024)
    text = "attribute:ecs.instance-type == m5.large or attribute:rack exists"
    world.run_tasks("app", 1, placementConstraints=[{"type": "memberOf", "expression": text}])
    world.run_until(1799)
    reason = "no instance type that the provider may launch takes the task"
    assert world.history("no instance is launched", "launch") == [
        (0, "no instance is launched", reason)
    ]
    world.run_until(1800)
    assert world.tasks() == []


def test_a_port_that_machines_reserve_is_never_waited_for_with_launches_d81() -> None:
    """D81: what an empty machine cannot take is not launched for, minute after minute."""
    world = ManagedSession(LARGE)
    container = {
        "name": "app",
        "image": "busybox",
        "memory": 128,
        "portMappings": [{"containerPort": 22}],
    }
    world.ecs.register_task_definition(
        family="ssh",
        networkMode="host",
        requiresCompatibilities=["MANAGED_INSTANCES"],
        containerDefinitions=[container],
    )
    world.run_tasks("ssh", 1)
    world.run_until(1800)
    assert world.history("launch") == []


def test_static_ports_need_an_instance_each_d81() -> None:
    world = ManagedSession(LARGE)
    container = {
        "name": "app",
        "image": "busybox",
        "memory": 128,
        "portMappings": [{"containerPort": 8080}],
    }
    world.ecs.register_task_definition(
        family="web",
        networkMode="host",
        requiresCompatibilities=["MANAGED_INSTANCES"],
        containerDefinitions=[container],
    )
    world.run_tasks("web", 3)
    world.run_until(60)
    assert [one["runningTasksCount"] for one in world.instances()] == [1, 1, 1]


def test_awsvpc_tasks_are_limited_by_network_interfaces_d81() -> None:
    """D81: k counts what fits, network interfaces included; two fit on an m5.large."""
    world = ManagedSession({"allowedInstanceTypes": ["m5.large"]})
    register_task(world.ecs, "app", 16, 64, mode="awsvpc")
    network = {"awsvpcConfiguration": {"subnets": ["subnet-a"]}}
    world.run_tasks("app", 3, networkConfiguration=network)
    world.run_until(60)
    assert sorted(one["runningTasksCount"] for one in world.instances()) == [1, 2]


# Zones


def test_zones_with_fewest_instances_ties_by_name_d81() -> None:
    world = world_of(LARGE, 7, zones=3)
    world.run_until(60)
    assert zones_of(world) == ["a", "b", "c", "a"]


def test_a_subnet_that_nobody_registered_is_in_the_first_zone_c46() -> None:
    session = Session(timing=TIMING)
    ecs = session.client("ecs")
    ecs.create_cluster()
    given = managed_provider(LARGE, subnets=["subnet-x", "subnet-y"])
    ecs.create_capacity_provider(name="m", cluster="default", managedInstancesProvider=given)
    register_task(ecs, "app", 2048, 1024)
    strategy = [{"capacityProvider": "m", "weight": 1}]
    ecs.run_task(taskDefinition="app", count=2, capacityProviderStrategy=strategy)
    session.advance(60)
    arns = ecs.list_container_instances()["containerInstanceArns"]
    found = ecs.describe_container_instances(containerInstances=arns)["containerInstances"]
    assert [attribute_of(one, "ecs.availability-zone") for one in found] == ["us-east-1a"] * 2
    assert {attribute_of(one, "ecs.subnet-id") for one in found} == {"subnet-x"}


def test_tasks_are_placed_by_zone_then_memory_d82() -> None:
    """D82: on what runs, spread by zone, then binpack memory."""
    world = ManagedSession({"allowedInstanceTypes": ["m6i.xlarge"]}, zones=2)
    register_task(world.ecs, "big", 3072, 1024)
    register_task(world.ecs, "small", 256, 512)
    world.run_tasks("big", 3)  # two in a, one in b
    world.run_until(60)
    placed = zones_of(world)
    assert placed == ["a", "b", "a"]
    world.run_tasks("small", 4)
    assert [task["lastStatus"] for task in world.tasks()].count("PROVISIONING") == 0
    world.run_until(61)
    counts = [one["runningTasksCount"] for one in world.instances()]
    assert counts == [3, 3, 1]  # in zone a the second one has the most memory left


def test_the_own_strategy_of_a_call_comes_first_d82() -> None:
    world = ManagedSession({"allowedInstanceTypes": ["m6i.xlarge"]})
    register_task(world.ecs, "big", 3072, 1024)
    register_task(world.ecs, "small", 256, 512)
    world.run_tasks("big", 2)
    world.run_until(60)
    spread = [{"type": "spread", "field": "instanceId"}]
    world.run_tasks("small", 2, placementStrategy=spread)
    assert [one["pendingTasksCount"] for one in world.instances()] == [1, 1]
    world.run_tasks("small", 2)
    assert sorted(one["pendingTasksCount"] for one in world.instances()) == [1, 3]


# Time


def test_a_launch_takes_managed_launch_seconds_c39() -> None:
    """C39: 60 seconds by default, any other by ``Timing``; without timing none."""
    for timing, seconds in ((Timing(), 60), (Timing(managed_launch=7), 7), (None, 0)):
        world = world_of(LARGE, timing=timing)
        if seconds:
            world.run_until(seconds - 1)
            assert world.instances() == []
        world.run_until(seconds)
        assert len(world.instances()) == 1


def test_nothing_is_launched_inside_a_call_d2() -> None:
    world = world_of(LARGE, timing=None)
    assert world.history("launch") == []
    world.session.advance(0)
    assert len(world.history("launch")) == 1


def test_tasks_given_to_a_launching_instance_are_left_out_c45() -> None:
    """C45: W leaves out tasks given to an instance that is still launching."""
    world = world_of(LARGE, 2)
    world.run_until(30)
    world.run_tasks("app", 1)
    world.run_until(31)
    assert [second for second, _, _ in world.history("launch")] == [0, 30]
    world.run_until(120)
    assert sorted(one["runningTasksCount"] for one in world.instances()) == [1, 2]


# Failures and prices


def test_a_failed_type_is_out_in_its_zone_until_the_next_full_minute_c45() -> None:
    asked: list[tuple[int, str, str, str, str]] = []

    def launches(request: LaunchRequest) -> Launch | None:
        second = request.now.minute * 60 + request.now.second
        asked.append(
            (second, request.owner, request.instance_type, request.zone[-1], request.purchase)
        )
        fails = second < 60 and request.zone.endswith("a")
        return Launch(failure="no capacity") if fails else Launch(delay=5)

    world = ManagedSession(TWO, zones=2, launches=launches)
    register_task(world.ecs, "app", 2048, 1024)
    world.run_until(10)
    world.run_tasks("app", 1)
    world.run_until(16)
    world.run_tasks("app", 1)
    world.run_until(22)
    assert asked == [
        (10, "m", "c6i.large", "a", "on-demand"),
        (10, "m", "m6i.large", "a", "on-demand"),
        (10, "m", "c6i.large", "b", "on-demand"),
        (16, "m", "c6i.large", "b", "on-demand"),
    ]
    assert zones_of(world) == ["b", "b"]
    assert world.history("launch failed")[0] == (
        10,
        "launch failed in us-east-1a of type c6i.large",
        "no capacity",
    )
    world.run_until(60)
    world.run_tasks("app", 1)
    world.run_until(61)
    assert asked[-1] == (60, "m", "c6i.large", "a", "on-demand")


def test_launches_that_fail_everywhere_are_tried_again_each_minute_c45() -> None:
    """C45: the task waits meanwhile, and says why once."""
    world = world_of(LARGE, launches=never)
    world.run_until(150)
    assert [second for second, _, _ in world.history("launch failed")] == [0, 60, 120]
    reason = "launches of all types that take the task have failed, or none of them is left"
    assert world.history("no instance") == [(0, "no instance is launched", reason)]
    world.run_until(1800)
    assert world.tasks() == []
    number = len(world.history("launch failed"))
    world.run_until(3600)
    assert len(world.history("launch failed")) == number


def test_prices_replace_entries_of_the_table_and_none_takes_a_type_out_c45() -> None:
    world = world_of(TWO, prices={"m6i.large": 0.01})
    world.run_until(60)
    assert world.types() == ["m6i.large"]
    [(_, _, reason)] = world.history("launch of ")
    assert "0.01 USD per hour, by the On-Demand prices of us-east-1" in reason
    world = world_of(TWO, prices={"c6i.large": None})
    world.run_until(60)
    assert world.types() == ["m6i.large"]


def test_prices_of_us_east_1_hold_everywhere_and_every_zone_offers_every_type_c45() -> None:
    session = Session("eu-central-1", timing=TIMING)
    ecs = session.client("ecs")
    ecs.create_cluster()
    ecs.create_capacity_provider(
        name="m", cluster="default", managedInstancesProvider=managed_provider(LARGE)
    )
    register_task(ecs, "app", 1024, 1024)
    strategy = [{"capacityProvider": "m", "weight": 1}]
    ecs.run_task(taskDefinition="app", capacityProviderStrategy=strategy)
    session.advance(60)
    [record] = [one for one in session.history if one.what.startswith("launch of ")]
    assert "(c6i.large, eu-central-1a)" in record.what
    assert record.reason.endswith("by the On-Demand prices of us-east-1")


def test_spot_instances_cost_a_factor_of_on_demand_c45() -> None:
    purchases: list[str] = []

    def launches(request: LaunchRequest) -> None:
        purchases.append(request.purchase)

    spot = {"template": {"capacityOptionType": "SPOT"}}
    for factor, price in ((None, "0.034"), (Decimal("0.5"), "0.0425")):
        further: dict[str, Any] = {} if factor is None else {"spot_factor": factor}
        world = world_of(LARGE, provider=spot, launches=launches, **further)
        world.run_until(60)
        assert purchases.pop() == "spot"
        [(_, _, reason)] = world.history("launch of ")
        assert f"a Spot Instance for {price} USD" in reason


def test_reserved_types_go_by_preference_while_they_last_c45() -> None:
    """C45: by preference, whatever they cost; then the task waits for one to come back."""
    purchases: list[str] = []

    def launches(request: LaunchRequest) -> None:
        purchases.append(request.purchase)

    reserved = {"template": {"capacityOptionType": "RESERVED"}}
    world = ManagedSession(
        TWO, provider=reserved, launches=launches, reserved={"m6i.large": 1, "c6i.large": 1}
    )
    register_task(world.ecs, "app", 2048, 1024)
    first, *_ = world.run_tasks("app", 3)
    world.run_until(60)
    assert world.types() == ["m6i.large", "c6i.large"]
    assert purchases == ["reserved", "reserved"]
    world.ecs.stop_task(task=first)
    world.run_until(61)  # the task that waited has its instance
    statuses = sorted(task["lastStatus"] for task in world.tasks())
    assert statuses == ["RUNNING", "RUNNING"]


def test_a_reserved_instance_that_ends_can_be_launched_again_c45() -> None:
    reserved = {
        "template": {"capacityOptionType": "RESERVED"},
        "infrastructureOptimization": {"scaleInAfter": 0},
    }
    world = ManagedSession(TWO, provider=reserved, reserved={"c6i.large": 1})
    register_task(world.ecs, "app", 2048, 1024)
    register_task(world.ecs, "other", 2048, 1024, mode="host")
    member = [{"type": "memberOf", "expression": "not(task:group == family:app)"}]
    first, *_ = world.run_tasks("app", 1)
    world.run_until(60)
    world.run_tasks("other", 1, placementConstraints=member)
    world.run_until(70)
    assert [task["lastStatus"] for task in world.tasks()] == ["RUNNING", "PROVISIONING"]
    world.session.lose_instance(world.instances()[0]["ec2InstanceId"])
    world.run_until(71)
    assert [second for second, _, _ in world.history("launch of ")] == [0, 70]
    assert world.ecs.describe_tasks(tasks=[first])["tasks"][0]["stopCode"] == "TerminationNotice"


def test_on_demand_instances_follow_reserved_ones_where_asked_c45() -> None:
    template = {
        "capacityOptionType": "RESERVED",
        "capacityReservations": {"reservationPreference": "RESERVATIONS_FIRST"},
    }
    purchases: list[str] = []

    def launches(request: LaunchRequest) -> None:
        purchases.append(request.purchase)

    world = ManagedSession(
        TWO, provider={"template": template}, launches=launches, reserved={"m6i.large": 1}
    )
    register_task(world.ecs, "app", 2048, 1024)
    world.run_tasks("app", 2)
    world.run_until(60)
    assert world.types() == ["m6i.large", "c6i.large"]
    assert purchases == ["reserved", "on-demand"]


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ({"prices": {"m5.huge": 1}}, "prices: no EC2 instance type 'm5.huge' is known"),
        ({"prices": {"m5.large": -1}}, "prices['m5.large'] is a number from 0, not int -1"),
        ({"prices": {"m5.large": True}}, "prices['m5.large'] is a number from 0, not True"),
        ({"prices": {"m5.large": float("nan")}}, "prices['m5.large'] is a number from 0"),
        ({"prices": {"m5.large": Decimal("sNaN")}}, "prices['m5.large'] is a number from 0"),
        ({"prices": {"m5.large": 10**400}}, "prices['m5.large'] is larger than any float"),
        ({"spot_factor": Fraction(10**400)}, "spot_factor is larger than any float"),
        ({"prices": [1]}, "prices is a mapping from EC2 instance types, not list"),
        ({"spot_factor": 0}, "spot_factor is a number above 0, not int 0"),
        ({"spot_factor": "1"}, "spot_factor is a number above 0, not '1'"),
        ({"reserved": {"m5.large": 1.5}}, "reserved['m5.large'] is a whole number from 0"),
        ({"reserved": {1: 1}}, "reserved: no EC2 instance type int 1 is known"),
    ],
)
def test_arguments_of_another_kind_are_refused_c37(arguments: Any, text: str) -> None:
    with pytest.raises(UsageError) as caught:
        Session(**arguments)
    assert text in str(caught.value)


def test_prices_are_read_as_they_are_written_c37() -> None:
    """C37: a float is the number that it shows; fractions and decimals are exact."""
    session = Session(prices={"m5.large": 0.1, "c5.large": Fraction(1, 3)}, spot_factor=0.35)
    prices = session._account.prices
    assert dict(prices.replaced) == {"m5.large": Fraction(1, 10), "c5.large": Fraction(1, 3)}
    assert prices.spot_factor == Fraction(7, 20)


def test_a_function_that_raises_leaves_the_instant_undone_c27() -> None:
    """C27: time stays, nothing is launched; the next advance begins again."""
    fails = [True]

    def launches(request: LaunchRequest) -> None:
        if fails[0]:
            raise RuntimeError(request.owner)

    world = world_of(LARGE, 3, launches=launches)
    with pytest.raises(RuntimeError):
        world.session.advance(60)
    assert world.history("launch") == []
    fails[0] = False
    world.run_until(60)
    assert len(world.instances()) == 2


def test_copies_trials_and_pickles_go_the_same_way_c24() -> None:
    """C24, C29: in the middle of launches, with failures waiting for the next minute."""
    world = world_of(LARGE, 5, zones=2)
    world.run_until(20)
    twin, pickled = world.session.copy(), pickle.loads(pickle.dumps(world.session))
    with world.session.trial():
        world.session.advance(1000)
        assert len(world.instances()) == 3
    assert world.instances() == []
    for other in (world.session, twin, pickled):
        for arn in other.client("ecs").list_tasks()["taskArns"][:2]:
            other.client("ecs").stop_task(task=arn)
        other.advance(2000)
    assert twin.history == world.session.history == pickled.history
    assert len(world.session.history) > 20


def test_c45_a_zone_of_another_region_is_a_launch_that_fails() -> None:
    """A subnet can be said to be anywhere; nothing registers there."""
    world = ManagedSession({"allowedInstanceTypes": ["c6i.large"]})
    world.ecs.register_subnet(subnetId="subnet-a", vpcId="vpc-1", availabilityZone="moon-1a")
    register_task(world.ecs, "job", 1024, 1024)
    world.run_tasks("job", 1)
    world.run_until(1)
    [(_, what, reason)] = world.history("launch failed")
    assert what == "launch failed in moon-1a of type c6i.large"
    assert "expected a zone of us-east-1, not 'moon-1a'" in reason
