"""Random histories of accounts that scale: groups, providers, services, loads, policies, schedules.

``ScalingOperators(seed)`` makes a session in which the loop is closed: load moves a metric, a
policy the desired count, tasks that fit nowhere wait, a provider asks for instances, they come, and
go.
``check`` holds what must be true of such a session at any moment, ``watch`` what an instant may do.
"""

from __future__ import annotations

import copy
import random
from collections import Counter
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import attrs

import placement.ecs as ecs
import session_operators
from placement.ecs.control.account import Account
from placement.ecs.control.capacity.census import census_of
from placement.ecs.control.capacity.groups import GroupRecord
from placement.ecs.control.records import ClusterRecord
from placement.ecs.control.statuses import LifecycleStatus
from placement.ecs.control.task_records import TaskRecord
from placement.errors import UsageError
from placement.services.model import TaskClass

START = datetime(2026, 3, 2, 11, 57, 20, tzinfo=UTC)
WAITS = (0, 1, 20, 59, 60, 61, 130, 300, 900, 2000)
ZONES = ("us-east-1a", "us-east-1b", "us-east-1c")
PROVIDERS = ("p0", "p1")
FARGATE = ("FARGATE", "FARGATE_SPOT")
SIZES = {"small": 256, "half": 1024, "whole": 2048, "odd": 700}
METRICS = ("ECSServiceAverageCPUUtilization", "ECSServiceAverageMemoryUtilization")
CRONS = ("cron(0/7 * * * ? *)", "rate(11 minutes)", "cron(5 12 ? * MON *)")


def launches(request: ecs.LaunchRequest) -> ecs.Launch | None:
    """Say how a launch goes, by where and when it is: some fail, some are slow."""
    minute = request.now.minute
    if (minute + len(request.owner)) % 7 == 0 and request.zone == ZONES[0]:
        return ecs.Launch(failure="there is no capacity of that type in that zone")
    return ecs.Launch(delay=30 + minute % 5 * 60) if minute % 3 == 0 else None


def capacity(provider: str, zone: str, cpu: int, memory: int, running: int) -> bool:
    """Say whether Fargate has room: Spot has little."""
    return provider != "FARGATE_SPOT" or running < 2 + (cpu + memory + len(zone)) % 3


class ScalingOperators:
    """A session, and the operators of what it scales.

    Args:
        seed: Everything follows from it.
    """

    def __init__(self, seed: int) -> None:
        self.chance = chance = random.Random(seed)
        self.session = ecs.Session(
            start=START,
            seed=seed,
            timing=None if seed % 6 == 0 else ecs.Timing(),
            launches=launches if chance.random() < 0.6 else None,
            capacity=capacity if chance.random() < 0.6 else None,
            options=self._options(),
        )
        self.client = self.session.client("ecs")
        self.groups = self.session.client("autoscaling")
        self.scaling = self.session.client("application-autoscaling")
        self.cloudwatch = self.session.client("cloudwatch")
        self.client.create_cluster()
        for family, cpu in SIZES.items():
            container = {"name": "app", "image": "i", "cpu": cpu, "memory": 64}
            self.client.register_task_definition(family=family, containerDefinitions=[container])
        self.client.register_task_definition(
            family="cloud",
            requiresCompatibilities=["FARGATE"],
            networkMode="awsvpc",
            cpu="256",
            memory="512",
            containerDefinitions=[{"name": "app", "image": "i"}],
        )
        for zone in ZONES:
            self.client.register_subnet(
                subnetId=f"subnet-{zone[-1]}", vpcId="vpc-1", availabilityZone=zone
            )
        for number, name in enumerate(PROVIDERS):
            self._provide(name, f"g{number}", ("m5.large", "m5.xlarge")[number])
        self.client.put_cluster_capacity_providers(
            cluster="default",
            capacityProviders=[*PROVIDERS, *FARGATE],
            defaultCapacityProviderStrategy=[{"capacityProvider": "p0", "weight": 1}],
        )
        for _ in range(chance.randint(1, 3)):
            self.step_of("create")

    def on(self, session: ecs.Session) -> ScalingOperators:
        """Return operators of a copied session, who will do the same as these."""
        twin = copy.copy(self)
        twin.chance = copy.deepcopy(self.chance)
        twin.session, twin.client = session, session.client("ecs")
        twin.groups = session.client("autoscaling")
        twin.scaling = session.client("application-autoscaling")
        twin.cloudwatch = session.client("cloudwatch")
        return twin

    @property
    def account(self) -> Account:
        account = self.session._account
        assert isinstance(account, Account)
        return account

    def _options(self) -> ecs.Options:
        chance = self.chance
        return ecs.Options(
            provisioning_limit=chance.choice((3, 500, 500)),
            reservation=chance.choice(("instances", "instances", "room")),
            estimate=chance.choice(("max", "joint")),
            scale_in_fits=chance.random() < 0.3,
            max_scale_in_step=chance.choice((None, None, 1)),
            max_task_scale_in_step=chance.choice((None, None, 2)),
            group_rebalancing=chance.random() < 0.3,
            idle_spares=chance.random() < 0.2,
            unfulfilled_after=chance.choice((None, 300)),
            metric_samples=chance.choice((1, 1, 3)),
            metric_delay=chance.choice((0, 0, 61)),
        )

    def _provide(self, name: str, group: str, instance_type: str) -> None:
        chance = self.chance
        self.session.describe_launch_template(f"{group}-machines", instance_type=instance_type)
        protects = chance.random() < 0.5
        self.groups.create_auto_scaling_group(
            AutoScalingGroupName=group,
            MinSize=chance.choice((0, 0, 1)),
            MaxSize=chance.choice((2, 8, 30)),
            LaunchTemplate={"LaunchTemplateName": f"{group}-machines"},
            AvailabilityZones=list(ZONES[: chance.randint(1, 3)]),
            NewInstancesProtectedFromScaleIn=protects,
            TerminationPolicies=[chance.choice(("Default", "OldestInstance", "NewestInstance"))],
        )
        [found] = self.groups.describe_auto_scaling_groups(AutoScalingGroupNames=[group])[
            "AutoScalingGroups"
        ]
        self.client.create_capacity_provider(
            name=name,
            autoScalingGroupProvider={
                "autoScalingGroupArn": found["AutoScalingGroupARN"],
                "managedScaling": self._managed_scaling(),
                "managedTerminationProtection": "ENABLED" if protects else "DISABLED",
                "managedDraining": chance.choice(("ENABLED", "DISABLED")),
            },
        )

    def _managed_scaling(self) -> dict[str, Any]:
        return {
            "status": "ENABLED",
            "targetCapacity": self.chance.choice((100, 100, 80, 50)),
            "minimumScalingStepSize": self.chance.choice((1, 1, 3)),
            "maximumScalingStepSize": self.chance.choice((3, 10_000)),
            "instanceWarmupPeriod": self.chance.choice((0, 60, 300)),
        }

    # Steps

    def step(self) -> str:
        """Do one thing; return its name.  What the service refuses is no failure."""
        return self.step_of(self.chance.choice(STEPS))

    def step_of(self, name: str) -> str:
        """Do a certain thing."""
        try:
            getattr(self, name)()
        except ecs.ClientError:
            name += " (refused)"
        return name

    def wait(self) -> None:
        watch(self.session, self.chance.choice(WAITS))

    def create(self) -> None:
        chance = self.chance
        name = f"s{chance.randint(0, 3)}"
        further: dict[str, Any] = {"taskDefinition": chance.choice(list(SIZES))}
        if chance.random() < 0.3:
            names: tuple[str, ...] = FARGATE
            subnets = [f"subnet-{zone[-1]}" for zone in chance.sample(ZONES, 2)]
            further |= {
                "taskDefinition": "cloud",
                "networkConfiguration": {"awsvpcConfiguration": {"subnets": subnets}},
            }
        else:
            names = PROVIDERS
        self.client.create_service(
            serviceName=name,
            desiredCount=chance.randint(0, 6),
            capacityProviderStrategy=self._strategy(names),
            deploymentConfiguration={
                "minimumHealthyPercent": chance.choice((0, 50, 100)),
                "maximumPercent": chance.choice((150, 200)),
            },
            **further,
        )
        self.scaling.register_scalable_target(
            **self._target(name),
            MinCapacity=chance.randint(0, 2),
            MaxCapacity=chance.randint(3, 20),
        )

    def _strategy(self, names: tuple[str, ...]) -> list[dict[str, Any]]:
        chance = self.chance
        first, second = chance.sample(names, 2)
        items: list[dict[str, Any]] = [
            {
                "capacityProvider": first,
                "weight": chance.randint(1, 3),
                "base": chance.choice((0, 2)),
            }
        ]
        if chance.random() < 0.5:
            items.append({"capacityProvider": second, "weight": chance.randint(0, 3)})
        return items

    def _target(self, name: str) -> dict[str, Any]:
        return {
            "ServiceNamespace": "ecs",
            "ResourceId": f"service/default/{name}",
            "ScalableDimension": "ecs:service:DesiredCount",
        }

    def _service(self) -> str:
        (cluster,) = self.account.clusters.values()
        known = [one.name for one in cluster.services.values() if one.status == "ACTIVE"]
        return self.chance.choice(known or ["s0"])

    def bounds(self) -> None:
        low = self.chance.randint(0, 3)
        self.scaling.register_scalable_target(
            **self._target(self._service()),
            MinCapacity=low,
            MaxCapacity=low + self.chance.randint(0, 15),
        )

    def track(self) -> None:
        metric = self.chance.choice(METRICS)
        self.scaling.put_scaling_policy(
            **self._target(self._service()),
            PolicyName=f"track-{metric}",
            PolicyType="TargetTrackingScaling",
            TargetTrackingScalingPolicyConfiguration={
                "TargetValue": self.chance.choice((20, 50.5, 90)),
                "PredefinedMetricSpecification": {"PredefinedMetricType": metric},
                "ScaleOutCooldown": self.chance.choice((0, 60, 300)),
                "ScaleInCooldown": self.chance.choice((0, 300)),
            },
        )

    def step_policy(self) -> None:
        name = self._service()
        arn = self.scaling.put_scaling_policy(
            **self._target(name),
            PolicyName="steps",
            PolicyType="StepScaling",
            StepScalingPolicyConfiguration={
                "AdjustmentType": self.chance.choice(
                    ("ChangeInCapacity", "PercentChangeInCapacity")
                ),
                "Cooldown": self.chance.choice((0, 120)),
                "StepAdjustments": [
                    {"MetricIntervalUpperBound": 0, "ScalingAdjustment": -1},
                    {
                        "MetricIntervalLowerBound": 0,
                        "ScalingAdjustment": self.chance.choice((1, 40)),
                    },
                ],
            },
        )["PolicyARN"]
        self.cloudwatch.put_metric_alarm(
            AlarmName=f"depth-{name}",
            Namespace="Jobs",
            MetricName="Depth",
            Statistic="Average",
            Period=60,
            EvaluationPeriods=2,
            Threshold=5,
            ComparisonOperator="GreaterThanThreshold",
            AlarmActions=[arn],
        )

    def put(self) -> None:
        self.cloudwatch.put_metric_data(
            Namespace="Jobs",
            MetricData=[{"MetricName": "Depth", "Value": self.chance.choice((0, 4, 9))}],
        )

    def schedule(self) -> None:
        low = self.chance.randint(0, 4)
        self.scaling.put_scheduled_action(
            **self._target(self._service()),
            ScheduledActionName=f"a{self.chance.randint(0, 1)}",
            Schedule=self.chance.choice(CRONS),
            ScalableTargetAction={"MinCapacity": low, "MaxCapacity": low + 5},
        )

    def suspend(self) -> None:
        names = ("DynamicScalingInSuspended", "DynamicScalingOutSuspended")
        self.scaling.register_scalable_target(
            **self._target(self._service()),
            SuspendedState={one: self.chance.random() < 0.3 for one in names},
        )

    def load(self) -> None:
        amount = self.chance.choice((0, 40, 150, 700, 1500))
        kind = self.chance.choice(("cpu", "memory"))
        given: dict[str, Any] = {kind: amount}
        if self.chance.random() < 0.2:
            given = {"cpu": lambda second: amount * (1 + int(second) // 600 % 2)}
        self.session.set_load(self._service(), **given)

    def deploy(self) -> None:
        self.client.update_service(service=self._service(), forceNewDeployment=True)

    def change_strategy(self) -> None:
        self.client.update_service(
            service=self._service(),
            capacityProviderStrategy=self._strategy(PROVIDERS),
            forceNewDeployment=True,
        )

    def scale(self) -> None:
        self.client.update_service(service=self._service(), desiredCount=self.chance.randint(0, 8))

    def delete(self) -> None:
        if self.chance.random() < 0.4:
            self.client.delete_service(service=self._service(), force=True)

    def fall_back(self) -> None:
        name = self.chance.choice((None, *PROVIDERS, *FARGATE))
        after = None if name is None else self.chance.choice((0, 45, 400))
        with suppress(UsageError):  # of the other kind
            self.session.set_service_options(self._service(), fallback=name, fallback_after=after)

    def run(self) -> None:
        self.client.run_task(taskDefinition=self.chance.choice(list(SIZES)), count=2)

    def stop_task(self) -> None:
        live = list(self.account.live.values())
        if live:
            self.client.stop_task(task=self.chance.choice(live).arn)

    def protect(self) -> None:
        tasks = [one.arn for one in self.account.live.values() if one.life and one.life.service]
        if tasks:
            self.client.update_task_protection(
                cluster="default",
                tasks=[self.chance.choice(tasks)],
                protectionEnabled=True,
                expiresInMinutes=self.chance.choice((1, 30)),
            )

    def _instance(self) -> str | None:
        (cluster,) = self.account.clusters.values()
        found = [one.arn for one in cluster.instances.values() if one.is_registered]
        return self.chance.choice(found) if found else None

    def lose(self) -> None:
        instance = self._instance()
        if instance is not None:
            self.session.lose_instance(instance)

    def interrupt(self) -> None:
        tasks = [
            one.arn
            for one in self.account.live.values()
            if one.settings.capacity_provider == "FARGATE_SPOT"
        ]
        if tasks:
            self.session.interrupt(self.chance.choice(tasks))

    def drain(self) -> None:
        instance = self._instance()
        if instance is not None:
            self.client.update_container_instances_state(
                containerInstances=[instance], status=self.chance.choice(("DRAINING", "ACTIVE"))
            )

    def _group_instance(self) -> str | None:
        found = [id for group in self.account.groups.values() for id in group.instances]
        return self.chance.choice(found) if found else None

    def terminate(self) -> None:
        id = self._group_instance()
        if id is not None:
            self.groups.terminate_instance_in_auto_scaling_group(
                InstanceId=id, ShouldDecrementDesiredCapacity=self.chance.random() < 0.5
            )

    def pin(self) -> None:
        id = self._group_instance()
        if id is not None:
            group = next(name for name, one in self.account.groups.items() if id in one.instances)
            self.groups.set_instance_protection(
                AutoScalingGroupName=group,
                InstanceIds=[id],
                ProtectedFromScaleIn=self.chance.random() < 0.5,
            )

    def resize(self) -> None:
        group = f"g{self.chance.randint(0, 1)}"
        low = self.chance.choice((0, 0, 1))
        self.groups.update_auto_scaling_group(
            AutoScalingGroupName=group,
            MinSize=low,
            MaxSize=low + self.chance.choice((1, 5, 20)),
            AvailabilityZones=list(ZONES[: self.chance.randint(1, 3)]),
        )

    def set_capacity(self) -> None:
        self.groups.set_desired_capacity(
            AutoScalingGroupName=f"g{self.chance.randint(0, 1)}",
            DesiredCapacity=self.chance.randint(0, 5),
        )

    def change_provider(self) -> None:
        self.client.update_capacity_provider(
            name=self.chance.choice(PROVIDERS),
            autoScalingGroupProvider={
                "managedScaling": self._managed_scaling()
                if self.chance.random() < 0.8
                else {"status": "DISABLED"},
                "managedDraining": self.chance.choice(("ENABLED", "DISABLED")),
            },
        )


STEPS = (
    *("wait",) * 14,
    *("create", "bounds", "track", "track", "step_policy", "put", "put", "schedule", "suspend"),
    *("load", "load", "load", "deploy", "change_strategy", "scale", "delete", "fall_back", "run"),
    *("stop_task", "protect", "lose", "interrupt", "drain", "terminate", "pin", "resize"),
    *("set_capacity", "change_provider"),
)


# What must be true


def check(session: ecs.Session) -> None:
    """Hold what must be true of a session that scales, after time has moved."""
    session_operators.check(session)
    account = session._account
    for cluster in account.clusters.values():
        _check_waiting(account, cluster)
    for group in account.groups.values():
        _check_group(account, group)
        _check_census(account, group)
    for service in account.services.values():
        for deployment in service.deployments:
            pools = deployment.pools.items()
            running = sum(len(pool) for kind, pool in pools if kind is not TaskClass.PENDING)
            assert deployment.running == running
    for target in account.scaling.targets.values():
        assert target.service in account.services
    of_groups = [
        (instance.group_instance, cluster.name, id)
        for cluster in account.clusters.values()
        for id, instance in cluster.instances.items()
        if instance.is_registered and instance.group_instance is not None
    ]
    known = {
        ((group.name, one.id), one.cluster, one.container_instance)
        for group in account.groups.values()
        for one in group.instances.values()
    }
    assert known.issuperset(of_groups), "a host is there whose group has forgotten it"
    assert len(of_groups) == len({pair for pair, *_ in of_groups})


def _check_census(account: Account, group: GroupRecord) -> None:
    """What is kept of a group is what a look at all its instances finds."""
    kept = census_of(account, group)
    twin = attrs.evolve(group, census=None, changed=set())
    found = census_of(account, twin)
    assert (kept.counts, kept.standing) == (found.counts, found.standing)


def _check_waiting(account: Account, cluster: ClusterRecord) -> None:
    """Waiting tasks are exactly those without an instance whose provider has some."""
    waiting = {
        number
        for number, task in account.live.items()
        if task.life is not None
        and task.life.cluster is cluster
        and task.life.is_waiting
        and task.desired_status is not LifecycleStatus.STOPPED
    }
    assert set(cluster.provisioning) == waiting
    for number in waiting:
        task = account.live[number]
        assert task.last_status is LifecycleStatus.PROVISIONING
        assert (task.instance, task.number) == (None, None)
        wish = cluster.provisioning[number].kind
        assert getattr(wish, "provider", None) == task.settings.capacity_provider
    for task in account.live.values():
        _check_provider(cluster, task)


def _check_provider(cluster: ClusterRecord, task: TaskRecord) -> None:
    """A placed task is on an instance of its provider, which may have left the cluster since."""
    provider = task.settings.capacity_provider
    instance = cluster.instances.get(task.instance or "")
    if provider is None or instance is None or instance.capacity_provider is None:
        return
    assert instance.capacity_provider == provider


def _check_group(account: Account, group: GroupRecord) -> None:
    assert 0 <= group.minimum <= group.maximum
    if not group.is_leaving:
        assert group.minimum <= group.desired <= group.maximum, group.name
    assert group.balancing.keys() <= group.instances.keys()
    assert account.options.group_rebalancing or not group.balancing


def watch(session: ecs.Session, seconds: float) -> None:
    """Go on, and hold of each instant that no policy and no schedule leaves a count out of bounds.

    The bounds are those at the end of the instant: what an action of that instant set.
    """
    seen = len(session.history)

    def look(_: ecs.Session) -> bool:
        nonlocal seen
        account = session._account
        last: dict[str, int] = {}
        growing = set()
        for record in account.time.history[seen:]:
            if record.what.startswith("desired count "):
                last[record.subject] = int(record.what.rpartition(" ")[2])
            elif record.what.startswith("launch of "):
                growing.add(record.subject)
        seen = len(account.time.history)
        for group in account.groups.values():
            if group.arn in growing:
                _check_growth(group)
        for target in account.scaling.targets.values():
            service = account.services.get(target.service)
            if service is not None and service.arn in last:
                assert last[service.arn] == target.bounds.clamp(last[service.arn])
        for cluster in account.clusters.values():
            assert len(cluster.provisioning) <= account.options.provisioning_limit
        return False

    begun = session.now
    session.advance_until(look, limit=seconds)
    session.advance(seconds - (session.now - begun).total_seconds())


def _check_growth(group: GroupRecord) -> None:
    """A group launches up to its desired capacity; to even out zones it may exceed its maximum."""
    there = [one for one in group.instances.values() if not one.is_leaving]
    limit = group.maximum + max(1, group.maximum // 10) if group.balancing else group.maximum
    assert len(there) <= max(limit, group.desired + len(group.balancing))


def check_history(session: ecs.Session) -> None:
    """Hold what must be true of a history: each task and each instance has one life."""
    session_operators.check_history(session)
    launched: Counter[str] = Counter()
    gone: Counter[str] = Counter()
    for record in session.history:
        words = record.what.split()
        if record.what.startswith("launch of "):
            launched[words[2]] += 1
        elif len(words) == 2 and words[1] in ("Terminated", "lost"):
            gone[words[0]] += 1
    assert set(launched.values()) <= {1}
    assert set(gone.values()) <= {1}
    assert gone.keys() <= launched.keys()
    there = {id for group in session._account.groups.values() for id in group.instances}
    assert there == launched.keys() - gone.keys()
