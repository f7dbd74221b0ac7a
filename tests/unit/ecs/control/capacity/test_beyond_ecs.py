"""Managed scaling beyond ECS, each option off by default (C38, S14): as ECS does it, and better.

``max_scale_in_step`` and ``idle_spares`` are rows of ``tests/conformance/scaling``, which sessions
play as well.
"""

from __future__ import annotations

from typing import Any

import pytest

from capacity_session import NOON, TIMING, CapacitySession, group_with, provider_of
from placement.ecs import Options, Session

WEIGHT = [{"capacityProvider": "p", "weight": 1}]
SHARES = {"quarter": 512, "big": 1200, "half": 1024}
"""Families of tasks, with the CPU units that they take of the 2048 of an instance."""


class Group:
    """A provider with managed scaling whose group ends instances with tasks as well."""

    def __init__(
        self, number: int, zones: tuple[str, ...] = ("us-east-1a",), **options: Any
    ) -> None:
        self.session = Session(start=NOON, timing=TIMING, options=Options(**options))
        self.ecs = self.session.client("ecs")
        self.ecs.create_cluster()
        for family, cpu in SHARES.items():
            container = {"name": "app", "image": "busybox", "cpu": cpu, "memory": 64}
            self.ecs.register_task_definition(family=family, containerDefinitions=[container])
        arn = group_with(
            self.session,
            DesiredCapacity=number,
            AvailabilityZones=list(zones),
            NewInstancesProtectedFromScaleIn=False,
        )
        provider_of(self.session, "p", arn)
        self.ecs.put_cluster_capacity_providers(
            cluster="default", capacityProviders=["p"], defaultCapacityProviderStrategy=WEIGHT
        )
        self.session.advance(180)

    def serve(self, family: str, number: int, **further: Any) -> None:
        """Keep tasks of a family, spread over the instances, and begin managed scaling."""
        self.ecs.create_service(
            serviceName=family, taskDefinition=family, desiredCount=number, **further
        )
        assert self.session.advance_until("steady", limit=60)
        self.ecs.update_capacity_provider(
            name="p", autoScalingGroupProvider={"managedScaling": {"status": "ENABLED"}}
        )

    def run(self, hours: float) -> list[int]:
        """Go on; return the desired capacities that were set."""
        before = len(self.session.history)
        self.session.advance(hours * 3600)
        return [
            int(one.what.rpartition(" ")[2])
            for one in self.session.history[before:]
            if one.what.startswith("desired capacity ")
        ]

    @property
    def instances(self) -> int:
        return len(self.ecs.list_container_instances()["containerInstanceArns"])

    def stopped(self, family: str) -> int:
        """Return how many tasks of a service were stopped in the last hour."""
        return len(self.ecs.list_tasks(serviceName=family, desiredStatus="STOPPED")["taskArns"])


def test_c38_reservation_by_room_shows_fragmentation() -> None:
    """Three instances, each a quarter full: 100 per cent to ECS, a quarter of the room."""
    plain = Group(3)
    plain.serve("quarter", 3)
    assert plain.run(3) == []
    assert plain.instances == 3

    by_room = Group(3, reservation="room")
    by_room.serve("quarter", 3)
    assert by_room.run(3) == [2, 1]
    assert by_room.instances == 1
    [service] = by_room.ecs.describe_services(services=["quarter"])["services"]
    assert service["runningCount"] == 3


def test_c38_a_scale_in_that_fits_leaves_tasks_where_they_are() -> None:
    """Three tasks of 59 per cent take less room than two instances have, and fit on three only."""
    by_room = Group(3, reservation="room")
    by_room.serve("big", 3)
    assert by_room.run(3)[:2] == [2, 3]  # and so on: its task waits, and asks for the third again

    fitting = Group(3, reservation="room", scale_in_fits=True)
    fitting.serve("big", 3)
    assert fitting.run(3) == []
    assert (fitting.instances, fitting.stopped("big")) == (3, 0)

    small = Group(3, reservation="room", scale_in_fits=True)
    small.serve("quarter", 3)
    assert small.run(3) == [2, 1]


def test_c38_a_scale_in_that_fits_asks_for_constraints_too() -> None:
    """The task must be in zone a, whose only instance the group would end for the empty one."""
    zones = ("us-east-1a", "us-east-1b")
    only_a = [{"type": "memberOf", "expression": "attribute:ecs.availability-zone == us-east-1a"}]
    plain = Group(2, zones)
    plain.serve("half", 1, placementConstraints=only_a)
    assert plain.run(1)[:1] == [1]

    fitting = Group(2, zones, scale_in_fits=True)
    fitting.serve("half", 1, placementConstraints=only_a)
    before = fitting.session.to_ecs()["tasks"]
    assert fitting.run(1) == []
    assert fitting.session.to_ecs()["tasks"] == before

    free = Group(2, zones, scale_in_fits=True)
    free.serve("half", 1)
    assert free.run(1) == [1]


def test_c38_a_scale_in_that_fits_counts_standalone_tasks() -> None:
    """Nothing starts them again, so their instance goes only if there is room elsewhere."""
    for family, changes in (("big", []), ("quarter", [1])):
        group = Group(2, reservation="room", scale_in_fits=True)
        arns = group.ecs.list_container_instances()["containerInstanceArns"]
        group.ecs.start_task(taskDefinition=family, containerInstances=arns)
        group.serve("quarter", 0)
        assert group.run(1) == changes


@pytest.mark.parametrize(
    ("estimate", "changes"), [("max", [[60, 3], [360, 4]]), ("joint", [[60, 4]])]
)
def test_c38_estimate_joint_asks_for_all_groups_at_once_a60(
    estimate: str, changes: list[list[int]]
) -> None:
    """One full instance; two kinds of waiting tasks need two instances and one."""
    world = CapacitySession({"full": 1, "slots": 1, "settings": {"estimate": estimate}})
    container = {"name": "app", "image": "busybox", "cpu": 1500, "memory": 4}
    world.ecs.register_task_definition(family="other", containerDefinitions=[container])
    world.add_tasks(2)
    world.ecs.run_task(taskDefinition="other")
    world.run_until(1200)
    assert world.changes == changes
    assert world.running == 4


@pytest.mark.parametrize(
    ("balances", "protected", "zones"),
    [(False, False, "aaaa"), (True, False, "aabb"), (True, True, "aaaa")],
)
def test_c38_group_rebalancing_ends_no_protected_instance_d78(
    balances: bool, protected: bool, zones: str
) -> None:
    """A group of one zone is given a second one."""
    session = Session(start=NOON, timing=TIMING, options=Options(group_rebalancing=balances))
    group_with(
        session,
        DesiredCapacity=4,
        AvailabilityZones=["us-east-1a"],
        NewInstancesProtectedFromScaleIn=protected,
    )
    session.advance(180)
    groups = session.client("autoscaling")
    groups.update_auto_scaling_group(
        AutoScalingGroupName="group", AvailabilityZones=["us-east-1a", "us-east-1b"]
    )
    session.advance(1800)
    [found] = groups.describe_auto_scaling_groups()["AutoScalingGroups"]
    assert "".join(sorted(one["AvailabilityZone"][-1] for one in found["Instances"])) == zones
