"""What one service does beyond ECS (C38): stop orders, limits per instance and zone, refusals."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
import pytest

from placement.errors import UsageError
from session_cluster import SessionCluster


def web(desired: int = 6, zones: str = "aabb") -> SessionCluster:
    world = SessionCluster()
    for zone in zones:
        world.instance(zone)
    world.replicas(desired=desired, availabilityZoneRebalancing="DISABLED")
    return world


@pytest.mark.parametrize(("order", "kept"), [("oldest", slice(4, 6)), ("newest", slice(0, 2))])
def test_c38_stop_order_by_age(order: str, kept: slice) -> None:
    """Whatever ECS would choose (CR#1763)."""
    world = web(0)
    world.session.set_service_options("web", stop_order=order)
    ages = []
    for desired in range(1, 7):
        world.client.update_service(service="web", desiredCount=desired)
        world.settle()
        ages = [task.id for task in world.tasks("web")]
    world.client.update_service(service="web", desiredCount=2)
    world.settle()
    assert [task.id for task in world.tasks("web")] == ages[kept]


class SecondRow:
    """A ranker by which the second instance is the last to take a task."""

    name = "second row"
    reads = "instance"

    def key(self, out: np.ndarray[Any, Any], rows: np.ndarray[Any, Any]) -> None:
        out[rows == 1] = 1


class Broken(SecondRow):
    """A ranker that raises."""

    def key(self, out: np.ndarray[Any, Any], rows: np.ndarray[Any, Any]) -> None:
        raise ZeroDivisionError(len(out), len(rows))


def test_c38_stop_order_by_a_ranker() -> None:
    """Tasks on the instances that it ranks last stop first; copies know it too."""
    world = web(8)
    world.settle()
    second = list(world.cluster.instances)[1]
    assert world.hosts("web")[second] == 2
    world.session.set_service_options("web", stop_order=SecondRow())
    twin = world.copy()
    for one in (world, twin):
        one.client.update_service(service="web", desiredCount=6)
        one.settle()
        assert one.hosts("web")[second] == 0


def test_c27_a_ranker_that_raises_leaves_the_session_as_before_the_instant() -> None:
    world = web(8)
    world.settle()
    world.session.set_service_options("web", stop_order=Broken())
    world.client.update_service(service="web", desiredCount=6)
    before, history = world.hosts("web"), world.session.history
    for _ in range(2):
        with pytest.raises(ZeroDivisionError):
            world.session.advance(10)
        assert (world.hosts("web"), world.session.history) == (before, history)
    world.session.set_service_options("web")
    world.settle()
    assert len(world.tasks("web")) == 6


@pytest.mark.parametrize("order", ["oldest", "newest"])
def test_c38_stop_order_on_fargate(order: str) -> None:
    world = SessionCluster()
    world.client.create_service(
        serviceName="web",
        taskDefinition=world.define(
            "web",
            2,
            networkMode="awsvpc",
            requiresCompatibilities=["FARGATE"],
            cpu="256",
            memory="512",
        ),
        desiredCount=4,
        launchType="FARGATE",
        availabilityZoneRebalancing="DISABLED",
        networkConfiguration={"awsvpcConfiguration": {"subnets": ["subnet-a"]}},
    )
    world.settle()
    world.session.set_service_options("web", stop_order=order)
    ages = [task.id for task in world.tasks("web")]
    world.client.update_service(service="web", desiredCount=1)
    world.settle()
    assert [task.id for task in world.tasks("web")] == [ages[-1 if order == "oldest" else 0]]


def test_c38_at_most_so_many_tasks_on_an_instance() -> None:
    """The rest waits for further instances, and the event says why (CR#1999)."""
    world = web(6, "ab")
    world.session.set_service_options("web", at_most=2)
    world.session.advance(0)
    assert set(world.hosts("web").values()) == {2}
    assert any("AtMost placement constraint" in text for text in world.messages("web"))
    world.instance()
    world.settle()
    assert set(world.hosts("web").values()) == {2}


def test_c38_each_call_replaces_all_options() -> None:
    """Prepared requests are prepared again: the next starts follow the new options."""
    world = web(6, "ab")
    world.session.set_service_options("web", at_most=2)
    world.session.advance(0)
    assert len(world.tasks("web")) == 4
    world.session.set_service_options("web")
    world.session.advance(60)
    assert len(world.tasks("web")) == 6


def test_c38_zones_within_a_skew() -> None:
    """With room for one task in zone b the third of zone a would be one too many."""
    world = SessionCluster()
    world.instance("a")
    world.instance("b", 1)
    world.replicas(desired=6, availabilityZoneRebalancing="DISABLED")
    world.session.set_service_options("web", zone_skew=1)
    world.session.advance(0)
    assert world.zones("web") == {"a": 2, "b": 1}
    world.session.set_service_options("web", zone_skew=2)
    world.session.advance(300)
    assert world.zones("web") == {"a": 3, "b": 1}


def test_c38_spread_counts_only_the_new_revision() -> None:
    """A deployment is spread as if the old revision were not there (AG#685)."""
    found = []
    for only in (False, True):
        world = SessionCluster()
        world.instance("a", 3)
        world.replicas(desired=3, availabilityZoneRebalancing="DISABLED")
        world.settle()
        big = [world.instance("a"), world.instance("b")]
        world.session.set_service_options("web", current_revision_only=only)
        world.deploy("web")
        world.settle()
        found.append([world.hosts("web")[id] for id in big])
    assert found == [[0, 3], [2, 1]]


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"stop_order": "first"}, "stop_order"),
        ({"stop_order": object()}, "stop_order"),
        ({"stop_order": type("Half", (), {"key": 1})()}, "stop_order|key|name"),
        ({"at_most": 0}, "at_most"),
        ({"at_most": 1.5}, "at_most"),
        ({"at_most": 2**70}, "at_most"),
        ({"zone_skew": True}, "zone_skew"),
        ({"zone_skew": "1"}, "zone_skew"),
        ({"current_revision_only": 1}, "current_revision_only"),
        ({"fallback": "spot"}, "fallback and fallback_after are given together"),
        ({"fallback_after": 60}, "fallback and fallback_after are given together"),
    ],
)
def test_c38_a_wrong_option_is_refused_and_changes_nothing(
    options: dict[str, Any], text: str
) -> None:
    world = web(2)
    world.session.set_service_options("web", at_most=1)
    before = world.record("web").options
    with pytest.raises(UsageError, match=text):
        world.session.set_service_options("web", **options)
    assert world.record("web").options == before


def test_c38_which_service() -> None:
    """By name or ARN; what is not there raises the API's error, a DAEMON service is refused."""
    world = web(2)
    world.daemon()
    errors = world.client.exceptions
    with pytest.raises(errors.ServiceNotFoundException):
        world.session.set_service_options("none")
    with pytest.raises(errors.ClusterNotFoundException):
        world.session.set_service_options("web", "none")
    with pytest.raises(UsageError, match="service is a name"):
        world.session.set_service_options(7)  # type: ignore[arg-type]
    with pytest.raises(UsageError, match="DAEMON"):
        world.session.set_service_options("agent", at_most=1)
    world.session.set_service_options("agent")
    world.session.set_service_options(world.record("web").arn, at_most=3)
    assert world.record("web").options.at_most == 3
    assert Counter(world.hosts("web")) == Counter()
