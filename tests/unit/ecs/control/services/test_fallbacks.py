"""Spot first, On-Demand where Spot has no room (S14, CR#773), as an option of a service (C38)."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import Any

import pytest

from capacity_session import NOON, TIMING, group_with, provider_of
from placement.ecs import ClientError, Launch, LaunchRequest, Session
from placement.errors import UsageError

MANAGED = {"status": "ENABLED"}
SPOT_FIRST = [{"capacityProvider": "spot", "weight": 1}]
PROVIDERS = ["spot", "on-demand"]


class Market:
    """Whether Spot has capacity, for launches of groups and for Fargate."""

    def __init__(self) -> None:
        self.is_open = False

    def launches(self, request: LaunchRequest) -> Launch | None:
        if request.owner == "spot-group" and not self.is_open:
            return Launch(failure="there is no Spot capacity that matches your request")
        return None

    def capacity(self, provider: str, *_: Any) -> bool:
        return provider != "FARGATE_SPOT" or self.is_open


class SpotFirst:
    """A service whose strategy has Spot alone, in a cluster that has On-Demand as well."""

    def __init__(self, desired: int = 2, *, managed: bool = True, **further: Any) -> None:
        self.market = Market()
        self.session = Session(
            start=NOON,
            timing=TIMING,
            launches=self.market.launches,
            capacity=self.market.capacity,
        )
        self.ecs = self.session.client("ecs")
        self.ecs.create_cluster()
        container = {"name": "app", "image": "busybox", "cpu": 1024, "memory": 64}
        self.ecs.register_task_definition(family="app", containerDefinitions=[container])
        settings = {"managedScaling": MANAGED} if managed else {}
        provider_of(self.session, "spot", group_with(self.session, "spot-group"), **settings)
        other = group_with(self.session, "on-demand-group", DesiredCapacity=0 if managed else 1)
        provider_of(self.session, "on-demand", other, **settings)
        self.ecs.put_cluster_capacity_providers(
            cluster="default", capacityProviders=PROVIDERS, defaultCapacityProviderStrategy=[]
        )
        self.session.advance(180)
        self.ecs.create_service(
            serviceName="web",
            taskDefinition="app",
            desiredCount=desired,
            capacityProviderStrategy=SPOT_FIRST,
            **further,
        )

    def tasks(self) -> dict[str, tuple[str, str]]:
        """Return provider and state of the service's tasks, by id."""
        return tasks_of(self.session)

    def by_provider(self) -> Counter[tuple[str, str]]:
        return Counter(self.tasks().values())


def tasks_of(session: Session) -> dict[str, tuple[str, str]]:
    ecs = session.client("ecs")
    arns = ecs.list_tasks(serviceName="web")["taskArns"]
    found = ecs.describe_tasks(tasks=arns)["tasks"] if arns else []
    return {
        one["taskArn"].rpartition("/")[2]: (one["capacityProviderName"], one["lastStatus"])
        for one in found
    }


def test_by_default_a_task_waits_for_spot_alone_until_its_time_out() -> None:
    world = SpotFirst()
    world.session.advance(1799)
    first = world.tasks()
    assert set(first.values()) == {("spot", "PROVISIONING")}
    world.session.advance(1)
    assert set(world.tasks().values()) == {("spot", "PROVISIONING")}
    assert not world.tasks().keys() & first.keys()
    [service] = world.ecs.describe_services(services=["web"])["services"]
    assert service["runningCount"] == 0


def test_c38_a_waiting_task_falls_back_to_another_provider() -> None:
    """It stays the same task, and the other provider's group is asked for its instance."""
    world = SpotFirst()
    world.session.set_service_options("web", fallback="on-demand", fallback_after=300)
    world.session.advance(299)
    first = world.tasks()
    assert set(first.values()) == {("spot", "PROVISIONING")}
    world.session.advance(1)
    assert world.tasks() == dict.fromkeys(first, ("on-demand", "PROVISIONING"))
    world.session.advance(180)
    assert world.tasks() == dict.fromkeys(first, ("on-demand", "RUNNING"))
    [reason] = {one.reason for one in world.session.history if "spot to on-demand" in one.what}
    assert "another is named" in reason


def test_c38_a_task_that_falls_back_is_placed_at_once_where_there_is_room() -> None:
    world = SpotFirst()
    world.session.set_service_options("web", fallback="on-demand", fallback_after=300)
    world.session.client("autoscaling").set_desired_capacity(
        AutoScalingGroupName="on-demand-group", DesiredCapacity=1
    )
    world.session.advance(300 - 1)
    assert world.by_provider() == {("spot", "PROVISIONING"): 2}
    world.session.advance(1)
    assert world.by_provider() == {("on-demand", "RUNNING"): 2}


def test_c38_new_tasks_begin_with_spot_and_on_demand_leaves_first() -> None:
    world = SpotFirst()
    world.session.set_service_options("web", fallback="on-demand", fallback_after=60)
    assert world.session.advance_until("steady", limit=3600)
    assert world.by_provider() == {("on-demand", "RUNNING"): 2}
    world.market.is_open = True
    world.ecs.update_service(service="web", desiredCount=5)
    world.session.advance(0)
    assert world.by_provider()["spot", "PROVISIONING"] == 3
    world.session.set_service_options("web")
    assert world.session.advance_until("steady", limit=3600)
    assert world.by_provider() == {("on-demand", "RUNNING"): 2, ("spot", "RUNNING"): 3}
    world.ecs.update_service(service="web", desiredCount=3)
    assert world.session.advance_until("steady", limit=3600)
    assert world.by_provider() == {("spot", "RUNNING"): 3}


def test_c38_options_count_for_tasks_that_wait_already() -> None:
    """The time counts from the beginning of the wait; the time-out stays that of the task (A58)."""
    world = SpotFirst()
    world.session.advance(600)
    world.session.set_service_options("web", fallback="on-demand", fallback_after=900)
    world.session.advance(299)
    assert set(world.tasks().values()) == {("spot", "PROVISIONING")}
    world.session.set_service_options("web", fallback="on-demand", fallback_after=60)
    world.session.advance(0)
    first = world.tasks()
    assert set(first.values()) == {("on-demand", "PROVISIONING")}


def test_a58_a_fallback_does_not_prolong_the_time_out() -> None:
    world = SpotFirst()
    groups = world.session.client("autoscaling")
    groups.update_auto_scaling_group(AutoScalingGroupName="on-demand-group", MaxSize=0)
    world.session.set_service_options("web", fallback="on-demand", fallback_after=900)
    world.session.advance(1799)
    first = world.tasks()
    assert set(first.values()) == {("on-demand", "PROVISIONING")}
    world.session.advance(1)
    assert not world.tasks().keys() & first.keys()
    assert set(world.tasks().values()) == {("spot", "PROVISIONING")}


def test_c38_without_managed_scaling_the_time_counts_from_the_first_attempt() -> None:
    """Nothing waits in PROVISIONING there: the service tries again when the time is over."""
    for after, started in ((None, 0), (90, 2)):
        world = SpotFirst(managed=False)
        if after is not None:
            world.session.set_service_options("web", fallback="on-demand", fallback_after=after)
        world.session.advance(89)
        assert world.tasks() == {}
        world.session.advance(1)
        assert world.by_provider() == ({("on-demand", "RUNNING"): started} if started else {})


def fargate(after: float | None) -> tuple[Session, Market]:
    """Return a session with two tasks on FARGATE_SPOT, one of which was just interrupted."""
    market = Market()
    market.is_open = True
    session = Session(start=NOON, timing=TIMING, capacity=market.capacity)
    ecs = session.client("ecs")
    ecs.create_cluster(capacityProviders=["FARGATE", "FARGATE_SPOT"])
    ecs.register_task_definition(
        family="app",
        containerDefinitions=[{"name": "app", "image": "busybox"}],
        networkMode="awsvpc",
        requiresCompatibilities=["FARGATE"],
        cpu="256",
        memory="512",
    )
    ecs.create_service(
        serviceName="web",
        taskDefinition="app",
        desiredCount=2,
        capacityProviderStrategy=[{"capacityProvider": "FARGATE_SPOT", "weight": 1}],
        networkConfiguration={"awsvpcConfiguration": {"subnets": ["subnet-1"]}},
    )
    if after is not None:
        session.set_service_options("web", fallback="FARGATE", fallback_after=after)
    assert session.advance_until("steady")
    assert set(tasks_of(session).values()) == {("FARGATE_SPOT", "RUNNING")}
    session.advance(1)  # not the instant in which the tasks were created (D125)
    market.is_open = False
    session.interrupt(next(iter(tasks_of(session))))
    session.advance(0)
    return session, market


def test_an_interrupted_task_is_replaced_on_spot_only() -> None:
    session, _ = fargate(None)
    session.advance(3600)
    assert list(tasks_of(session).values()) == [("FARGATE_SPOT", "RUNNING")]


@pytest.mark.parametrize("after", [0, 45, 600.5])
def test_c38_an_interrupted_task_is_replaced_on_the_fallback(after: float) -> None:
    session, market = fargate(after)
    if after:
        session.advance(timedelta(seconds=after) - timedelta(microseconds=1))
        assert list(tasks_of(session).values()) == [("FARGATE_SPOT", "RUNNING")]
        session.advance(timedelta(microseconds=1))
    assert Counter(tasks_of(session).values()) == {
        ("FARGATE", "RUNNING"): 1,
        ("FARGATE_SPOT", "RUNNING"): 1,
    }
    # What lacks room later waits a time of its own.
    session.advance(1)
    session.interrupt(next(id for id, one in tasks_of(session).items() if "SPOT" in one[0]))
    session.advance(0)
    assert len(tasks_of(session)) == (1 if after else 2)
    market.is_open = True
    session.client("ecs").update_service(service="web", desiredCount=4)
    assert session.advance_until("steady")
    spot = 3 if after else 2
    assert Counter(one[0] for one in tasks_of(session).values()) == {
        "FARGATE_SPOT": spot,
        "FARGATE": 4 - spot,
    }


@pytest.mark.parametrize("second", [0, 100, 310, 400])
def test_c24_a_copy_has_the_same_future(second: int) -> None:
    world = SpotFirst(3)
    world.session.set_service_options("web", fallback="on-demand", fallback_after=300)
    world.session.advance(second)
    twin = world.session.copy()
    for one in (world.session, twin):
        one.advance(2400 - second)
    assert twin.history == world.session.history
    assert twin.to_ecs() == world.session.to_ecs()


def test_c50_the_options_travel_in_documents() -> None:
    world = SpotFirst()
    world.market.is_open = True
    world.session.set_service_options("web", fallback="on-demand", fallback_after=1.5)
    document = world.session.to_ecs()
    [found] = document["placementState"]["services"].values()
    assert found["options"] == {"fallback": "on-demand", "fallback_after": 1_500_000}


@pytest.mark.parametrize(
    ("fallback", "after", "error", "words"),
    [
        ("none", 60, ClientError, "not associated"),
        ("FARGATE", 60, ClientError, "not associated"),
        (7, 60, UsageError, "provider's name"),
        ("on-demand", None, UsageError, "together"),
        (None, 60, UsageError, "together"),
        ("on-demand", -1, UsageError, "fallback_after is a number of seconds"),
        ("on-demand", "60", UsageError, "fallback_after is a number of seconds"),
    ],
)
def test_c38_a_fallback_is_refused(fallback: Any, after: Any, error: Any, words: str) -> None:
    world = SpotFirst()
    before = world.session.to_ecs()
    with pytest.raises(error, match=words):
        world.session.set_service_options("web", fallback=fallback, fallback_after=after)
    assert world.session.to_ecs() == before


def test_c38_a_fallback_is_of_the_kind_of_the_strategy() -> None:
    world = SpotFirst()
    world.ecs.put_cluster_capacity_providers(
        cluster="default",
        capacityProviders=[*PROVIDERS, "FARGATE"],
        defaultCapacityProviderStrategy=[],
    )
    with pytest.raises(UsageError, match="no capacity provider strategy that 'FARGATE'"):
        world.session.set_service_options("web", fallback="FARGATE", fallback_after=0)
    world.ecs.create_service(
        serviceName="plain", taskDefinition="app", launchType="EC2", desiredCount=0
    )
    with pytest.raises(UsageError, match="no capacity provider strategy"):
        world.session.set_service_options("plain", fallback="on-demand", fallback_after=0)
