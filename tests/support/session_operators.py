"""Random operator histories on a session: what operators and the world do to services.

``Operators(seed)`` makes a session and does one thing after the other; ``check`` holds what must be
true of a session at any moment.
"""

from __future__ import annotations

import copy
import random
from collections import Counter
from datetime import UTC, datetime
from typing import Any

import placement.ecs as ecs
from placement.ecs.control.account import Account
from placement.ecs.control.health import class_of
from placement.ecs.control.services.passes import is_steady
from placement.ecs.control.services.records import ServiceRecord
from placement.ecs.control.services.statuses import ServiceStatus
from placement.ecs.control.statuses import LifecycleStatus
from placement.ecs.control.task_records import TaskRecord

START = datetime(2026, 3, 1, tzinfo=UTC)
WAITS = (0, 1, 2, 7, 12, 40, 52, 60, 300, 1000)
AGENT = [
    {"name": f"com.amazonaws.ecs.capability.docker-remote-api.{version}"}
    for version in ("1.17", "1.18", "1.24")
] + [{"name": "ecs.capability.container-health-check"}]

ORDER = list(LifecycleStatus)


def behaviour(document: dict[str, Any]) -> ecs.Behaviour | None:
    """Say how a task behaves, by its id: most go well, as far as the model sees."""
    number = int(document["taskArn"][-4:], 16)
    match number % 23:
        case 0:
            return ecs.Behaviour(start_failure="CannotPullContainerError: no such image")
        case 1:
            return ecs.Behaviour(runs_for=number % 500)
        case 2:
            return ecs.Behaviour(container_health="UNHEALTHY", target_health="unhealthy")
        case 3:
            return ecs.Behaviour(
                target_health=lambda since: "healthy" if since < 200 else "timeout"
            )
        case 4:
            return ecs.Behaviour(pull_seconds=number % 90, ignores_stop_signal=True)
        case 5:
            return ecs.Behaviour(
                container_health=lambda since: "UNHEALTHY" if 100 < since < 400 else "HEALTHY"
            )
    return None


class Operators:
    """A session, and the operators of its services.

    Args:
        seed: Everything follows from it.
    """

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        timing = None if seed % 5 == 0 else ecs.Timing()
        self.session = ecs.Session(
            start=START,
            timing=timing,
            seed=seed,
            behaviour=behaviour if self.chance.random() < 0.6 else None,
            options=ecs.Options(allow_blocking_percents=True),
        )
        self.client = self.session.client("ecs")
        self.client.create_cluster()
        self.groups = self._balance()
        for _ in range(self.chance.randint(1, 6)):
            self.register()
        for number in range(2):
            for _ in range(2):
                self.define(f"f{number}", check=number == 1)
        self.create()

    def on(self, session: ecs.Session) -> Operators:
        """Return operators of a copied session, who will do the same as these."""
        twin = copy.copy(self)
        twin.chance = copy.deepcopy(self.chance)
        twin.session, twin.client = session, session.client("ecs")
        return twin

    @property
    def account(self) -> Account:
        account = self.session._account
        assert isinstance(account, Account)
        return account

    def _balance(self) -> list[str]:
        elb = self.session.client("elbv2")
        groups = []
        balancer = elb.create_load_balancer(Name="lb", Subnets=["a", "b"])["LoadBalancers"][0]
        for number in range(2):
            group = elb.create_target_group(
                Name=f"g{number}",
                Protocol="HTTP",
                Port=80,
                VpcId="vpc-1",
                HealthCheckIntervalSeconds=5 + 5 * number,
                HealthCheckTimeoutSeconds=2,
            )["TargetGroups"][0]["TargetGroupArn"]
            elb.modify_target_group_attributes(
                TargetGroupArn=group,
                Attributes=[
                    {"Key": "deregistration_delay.timeout_seconds", "Value": str(20 * number)}
                ],
            )
            elb.create_listener(
                LoadBalancerArn=balancer["LoadBalancerArn"],
                Protocol="HTTP",
                Port=80 + number,
                DefaultActions=[{"Type": "forward", "TargetGroupArn": group}],
            )
            groups.append(group)
        return groups

    # Steps

    def step(self) -> str:
        """Do one thing; return its name.  What the service refuses is no failure."""
        name = self.chance.choice(STEPS)
        try:
            getattr(self, name)()
        except ecs.ClientError:
            name += " (refused)"
        return name

    def wait(self) -> None:
        self.session.advance(self.chance.choice(WAITS))

    def register(self) -> None:
        size = self.chance.choice((256, 512, 1024))
        self.client.register_container_instance(
            totalResources=[
                {"name": name, "type": "INTEGER", "integerValue": size}
                for name in ("CPU", "MEMORY")
            ],
            attributes=[
                {"name": "ecs.availability-zone", "value": f"us-east-1{self.chance.choice('abc')}"},
                *AGENT,
            ],
        )

    def define(self, family: str, *, check: bool) -> None:
        container: dict[str, Any] = {"name": "c", "image": "i", "cpu": 64, "memory": 64}
        container["portMappings"] = [{"containerPort": 80}]
        if check:
            container["healthCheck"] = {"command": ["CMD", "true"], "interval": 10, "retries": 2}
        self.client.register_task_definition(family=family, containerDefinitions=[container])

    def create(self) -> None:
        chance = self.chance
        balanced = chance.random() < 0.4
        further: dict[str, Any] = {}
        if balanced:
            further["loadBalancers"] = [
                {"targetGroupArn": group, "containerName": "c", "containerPort": 80}
                for group in chance.sample(self.groups, chance.randint(1, 2))
            ]
        if chance.random() < 0.3 or balanced:
            further["healthCheckGracePeriodSeconds"] = chance.choice((0, 30, 100))
        self.client.create_service(
            serviceName=f"s{chance.randint(0, 3)}",
            taskDefinition=f"f{chance.randint(0, 1)}",
            desiredCount=chance.randint(0, 6),
            availabilityZoneRebalancing="DISABLED",
            deploymentConfiguration=self._configuration(),
            **further,
        )

    def _configuration(self) -> dict[str, Any]:
        minimum, maximum = self.chance.choice(
            ((100, 200), (50, 100), (50, 150), (0, 100), (100, 100), (66, 133), (100, 125))
        )
        return {
            "minimumHealthyPercent": minimum,
            "maximumPercent": maximum,
            "deploymentCircuitBreaker": {
                "enable": self.chance.random() < 0.5,
                "rollback": self.chance.random() < 0.6,
            },
        }

    def _service(self) -> str:
        (cluster,) = self.account.clusters.values()
        known = [one.name for one in cluster.services.values() if one.status == "ACTIVE"]
        return self.chance.choice(known or ["s0"])

    def deploy(self) -> None:
        family, revision = self.chance.randint(0, 1), self.chance.randint(1, 2)
        self.client.update_service(service=self._service(), taskDefinition=f"f{family}:{revision}")

    def force(self) -> None:
        self.client.update_service(service=self._service(), forceNewDeployment=True)

    def scale(self) -> None:
        self.client.update_service(service=self._service(), desiredCount=self.chance.randint(0, 8))

    def configure(self) -> None:
        self.client.update_service(
            service=self._service(), deploymentConfiguration=self._configuration()
        )

    def stop_deployment(self) -> None:
        found = self.client.list_service_deployments(service=self._service())
        for one in found["serviceDeployments"][:1]:
            self.client.stop_service_deployment(serviceDeploymentArn=one["serviceDeploymentArn"])

    def delete(self) -> None:
        if self.chance.random() < 0.3:
            self.client.delete_service(service=self._service(), force=True)

    def run(self) -> None:
        self.client.run_task(taskDefinition=f"f{self.chance.randint(0, 1)}", count=2)

    def _task(self) -> TaskRecord | None:
        live = list(self.account.live.values())
        return self.chance.choice(live) if live else None

    def stop_task(self) -> None:
        task = self._task()
        if task is not None:
            self.client.stop_task(task=task.arn)

    def exit(self) -> None:
        task = self._task()
        if task is not None:
            self.session.exit_container(task.arn)

    def fail(self) -> None:
        task = self._task()
        if task is not None and task.started_at is None:
            self.session.fail_start(task.arn, "no room on the disk")

    def say_health(self) -> None:
        task = self._task()
        if task is not None:
            self.session.set_container_health(
                task.arn, self.chance.choice(("HEALTHY", "UNHEALTHY", None))
            )

    def say_target(self) -> None:
        targets = list(self.account.targets)
        if targets:
            group, key = self.chance.choice(targets)
            self.session.set_target_health(
                group, key, self.chance.choice(("healthy", "unhealthy", "timeout", None))
            )

    def protect(self) -> None:
        task = self._task()
        if task is not None:
            self.client.update_task_protection(
                cluster="default",
                tasks=[task.arn],
                protectionEnabled=self.chance.random() < 0.8,
                expiresInMinutes=self.chance.choice((1, 5, 60)),
            )

    def _instance(self) -> str | None:
        (cluster,) = self.account.clusters.values()
        found = [one.arn for one in cluster.instances.values() if one.is_registered]
        return self.chance.choice(found) if found else None

    def drain(self) -> None:
        instance = self._instance()
        if instance is not None:
            self.client.update_container_instances_state(
                containerInstances=[instance], status=self.chance.choice(("DRAINING", "ACTIVE"))
            )

    def lose(self) -> None:
        instance = self._instance()
        if instance is not None and self.chance.random() < 0.4:
            self.session.lose_instance(instance)

    def deregister(self) -> None:
        instance = self._instance()
        if instance is not None and self.chance.random() < 0.4:
            self.client.deregister_container_instance(containerInstance=instance, force=True)

    def connect(self) -> None:
        instance = self._instance()
        if instance is not None:
            self.session.set_agent(instance, self.chance.random() < 0.6)


STEPS = (
    *("wait",) * 12,
    *("register", "create", "deploy", "deploy", "force", "scale", "scale", "configure"),
    *("stop_deployment", "delete", "run", "stop_task", "exit", "fail", "say_health", "say_target"),
    *("protect", "drain", "lose", "deregister", "connect"),
)


# What must be true


def check(session: ecs.Session) -> None:
    """Hold what must be true of a session after time has moved."""
    account = session._account
    for cluster in account.clusters.values():
        for task in cluster.tasks.values():
            is_stopped = task.last_status is LifecycleStatus.STOPPED
            assert (task.life is None) is is_stopped, f"{task.arn} has not exactly one life"
            assert task.life is None or account.live[task.life.number] is task
        for instance in cluster.instances.values():
            there = {
                number: task
                for number, task in account.live.items()
                if task.instance == instance.id
                and task.life is not None
                and task.life.cluster is cluster
            }
            if not instance.is_registered:
                assert not there
                continue
            assert instance.tasks == there
            active = [task for task in there.values() if task.number is not None]
            usage = cluster.engine.usage(instance.id)
            assert usage.running_tasks == len(active)
            held = sum(int(task.settings.cpu or 0) for task in active)
            size = next(one["integerValue"] for one in instance.resources if one["name"] == "CPU")
            assert usage.remaining_cpu == size - held
            assert instance.waiting.keys() <= there.keys()
            assert instance.stopping.keys() <= there.keys()
    due = [task for task in account.live.values() if task.life and task.life.due is not None]
    assert account.time.moving == len(due)
    for service in account.services.values():
        check_service(account, service)


def check_service(account: Account, service: ServiceRecord) -> None:
    """Hold what must be true of a service: its pools are a recount of its tasks."""
    if service.status is ServiceStatus.INACTIVE:
        assert not service.deployments
        return
    counted: Counter[int] = Counter()
    for deployment in service.deployments:
        for kind, pool in deployment.pools.items():
            for number, task in pool.items():
                life = task.life
                assert life is not None
                assert life.deployment is deployment
                assert life.task_class is kind is class_of(account, task, life)
                counted[number] += 1
        for number, task in deployment.stopping.items():
            assert task.desired_status is LifecycleStatus.STOPPED
            counted[number] += 1
    own = {
        number
        for number, task in account.live.items()
        if task.life is not None and task.life.service is service
    }
    assert counted == dict.fromkeys(own, 1)
    if service.status is ServiceStatus.ACTIVE:
        assert (service.number in account.unsteady) is not is_steady(service)
    for target, number in account.targets.items():
        assert account.live[number].last_status is LifecycleStatus.RUNNING, target


def check_history(session: ecs.Session) -> None:
    """Hold what must be true of a history: time rises, and each task goes one way."""
    history = session.history
    assert [one.time for one in history] == sorted(one.time for one in history)
    last: dict[str, int] = {}
    for record in history:
        if record.what in LifecycleStatus.__members__:
            place = ORDER.index(LifecycleStatus(record.what))
            assert place > last.get(record.subject, -1), record
            last[record.subject] = place
    said = {(one.subject, one.reason) for one in history if one.what == "event"}
    for service in session._account.services.values():
        for event in service.events:
            assert (service.arn, event.message) in said
