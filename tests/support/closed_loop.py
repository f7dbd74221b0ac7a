"""A service in a closed loop: load, metric, policy, desired count, waiting tasks, provider, groups.

``Loop`` says what is configured, ``ClosedLoop`` plays it in a session, hour by hour.
"""

from __future__ import annotations

from datetime import UTC, datetime
from math import ceil
from typing import Any

import attrs
from hypothesis import strategies as st

from placement.ecs import Options, Session, Timing

__all__ = ["LOOPS", "ClosedLoop", "Loop"]

START = datetime(2026, 3, 2, 11, 59, tzinfo=UTC)
TARGET = {
    "ServiceNamespace": "ecs",
    "ResourceId": "service/default/web",
    "ScalableDimension": "ecs:service:DesiredCount",
}
TYPE_CPU = 2048


@attrs.frozen
class Loop:
    """What is configured.

    Attributes:
        cpu: CPU units of a task; an instance has 2048.
        target: Per cent of its CPU that a task is to use.
        minimum: Least tasks.
        maximum: Most tasks.
        weights: Of the two providers.
        base: Of the first provider.
        capacities: targetCapacity of each.
        largest: MaxSize of each group.
        steps: minimumScalingStepSize and maximumScalingStepSize.
        warm_up: instanceWarmupPeriod.
        protects: Managed termination protection.
        drains: Managed draining.
        strategy: Placement strategy of the service.
        options: Of the session.
    """

    cpu: int
    target: int
    minimum: int
    maximum: int
    weights: tuple[int, int]
    base: int
    capacities: tuple[int, int]
    largest: int
    steps: tuple[int, int]
    warm_up: int
    protects: bool
    drains: bool
    strategy: str
    options: tuple[tuple[str, Any], ...]


LOOPS = st.builds(
    Loop,
    cpu=st.sampled_from([256, 700, 1024, 2048]),
    target=st.sampled_from([20, 50, 90]),
    minimum=st.sampled_from([0, 1, 3]),
    maximum=st.sampled_from([4, 60]),
    weights=st.sampled_from([(1, 0), (1, 1), (1, 3), (0, 1)]),
    base=st.sampled_from([0, 2]),
    capacities=st.tuples(*[st.sampled_from([100, 100, 90, 50])] * 2),
    largest=st.sampled_from([3, 100]),
    steps=st.sampled_from([(1, 10_000), (2, 3)]),
    warm_up=st.sampled_from([0, 300]),
    protects=st.booleans(),
    drains=st.booleans(),
    strategy=st.sampled_from(["spread", "binpack", "random"]),
    options=st.sampled_from(
        [
            (),
            (("estimate", "joint"),),
            (("max_scale_in_step", 1), ("max_task_scale_in_step", 2)),
            (("reservation", "room"), ("scale_in_fits", True)),
            (("scale_in_fits", True), ("group_rebalancing", True)),
        ]
    ),
)

STRATEGIES: dict[str, list[dict[str, str]]] = {
    "spread": [{"type": "spread", "field": "attribute:ecs.availability-zone"}],
    "binpack": [{"type": "binpack", "field": "cpu"}],
    "random": [{"type": "random"}],
}


class ClosedLoop:
    """A session with one service, two providers, and a load that a test says."""

    def __init__(self, loop: Loop) -> None:
        self.loop = loop
        self.session = Session(start=START, timing=Timing(), options=Options(**dict(loop.options)))
        self.ecs = self.session.client("ecs")
        self.ecs.create_cluster()
        container = {"name": "app", "image": "i", "cpu": loop.cpu, "memory": 64}
        self.ecs.register_task_definition(family="app", containerDefinitions=[container])
        self.session.describe_launch_template("machines", instance_type="m5.large")
        for number in range(2):
            self._provide(number)
        self.ecs.put_cluster_capacity_providers(
            cluster="default",
            capacityProviders=["p0", "p1"],
            defaultCapacityProviderStrategy=[],
        )
        first, second = loop.weights
        self.ecs.create_service(
            serviceName="web",
            taskDefinition="app",
            desiredCount=1,
            capacityProviderStrategy=[
                {"capacityProvider": "p0", "weight": first, "base": loop.base},
                {"capacityProvider": "p1", "weight": second},
            ],
            placementStrategy=STRATEGIES[loop.strategy],
            availabilityZoneRebalancing="DISABLED",
        )
        assert self.session.advance_until("steady")  # no deployment hinders a scale-in (S13.1.3)
        self._scale()

    def _provide(self, number: int) -> None:
        loop = self.loop
        groups = self.session.client("autoscaling")
        groups.create_auto_scaling_group(
            AutoScalingGroupName=f"g{number}",
            MinSize=0,
            MaxSize=loop.largest,
            LaunchTemplate={"LaunchTemplateName": "machines"},
            AvailabilityZones=["us-east-1a", "us-east-1b"],
            NewInstancesProtectedFromScaleIn=loop.protects,
        )
        [found] = groups.describe_auto_scaling_groups(AutoScalingGroupNames=[f"g{number}"])[
            "AutoScalingGroups"
        ]
        self.ecs.create_capacity_provider(
            name=f"p{number}",
            autoScalingGroupProvider={
                "autoScalingGroupArn": found["AutoScalingGroupARN"],
                "managedScaling": {
                    "status": "ENABLED",
                    "targetCapacity": loop.capacities[number],
                    "minimumScalingStepSize": loop.steps[0],
                    "maximumScalingStepSize": loop.steps[1],
                    "instanceWarmupPeriod": loop.warm_up,
                },
                "managedTerminationProtection": "ENABLED" if loop.protects else "DISABLED",
                "managedDraining": "ENABLED" if loop.drains else "DISABLED",
            },
        )

    def _scale(self) -> None:
        scaling = self.session.client("application-autoscaling")
        scaling.register_scalable_target(
            **TARGET, MinCapacity=self.loop.minimum, MaxCapacity=self.loop.maximum
        )
        scaling.put_scaling_policy(
            **TARGET,
            PolicyName="cpu",
            PolicyType="TargetTrackingScaling",
            TargetTrackingScalingPolicyConfiguration={
                "TargetValue": self.loop.target,
                "PredefinedMetricSpecification": {
                    "PredefinedMetricType": "ECSServiceAverageCPUUtilization"
                },
            },
        )

    def play(self, load: int, hours: float) -> list[str]:
        """Go on under a constant load in task-per-cent; return what was set meanwhile."""
        self.session.set_load("web", cpu=load)
        before = len(self.session.history)
        self.session.advance(hours * 3600)
        return [
            f"{one.time:%H:%M} {one.subject.rpartition('/')[2]} {one.what}"
            for one in self.session.history[before:]
            if one.what.startswith("desired ")
        ]

    def sizes(self) -> tuple[int, tuple[int, int]]:
        """Return the desired count, and the desired capacities of the two groups."""
        [service] = self.ecs.describe_services(services=["web"])["services"]
        found = self.session.client("autoscaling").describe_auto_scaling_groups()
        first, second = (one["DesiredCapacity"] for one in found["AutoScalingGroups"])
        return service["desiredCount"], (first, second)

    def hold_settled(self, load: int) -> None:
        """Hold that the count is enough and at most a tenth too large, if all tasks have room."""
        loop, (desired, instances) = self.loop, self.sizes()
        assert loop.minimum <= desired <= loop.maximum
        [service] = self.ecs.describe_services(services=["web"])["services"]
        if max(instances) == loop.largest and service["runningCount"] < desired:
            return
        assert service["runningCount"] == desired
        if "scale_in_fits" not in dict(loop.options):
            self._hold_capacity(instances)
        if desired == 0:
            return  # without a task there is no point, and nothing that asks for the first one
        needed = min(max(ceil(load / loop.target), loop.minimum), loop.maximum)
        assert desired >= needed
        if desired > needed:
            assert 10 * load >= 9 * loop.target * desired

    def _hold_capacity(self, instances: tuple[int, int]) -> None:
        """Hold that each group has what its target needs for the instances in use, no more."""
        loop = self.loop
        arns = self.ecs.list_container_instances()["containerInstanceArns"]
        found = (
            self.ecs.describe_container_instances(containerInstances=arns)["containerInstances"]
            if arns
            else []
        )
        for number, there in enumerate(instances):
            own = [one for one in found if one.get("capacityProviderName") == f"p{number}"]
            used = sum(one["runningTasksCount"] > 0 for one in own)
            assert len(own) == there
            assert there == min(ceil(100 * used / loop.capacities[number]), loop.largest)
