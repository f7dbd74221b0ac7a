"""Operators of a cluster with daemons and replicas, and what must hold after each of their steps.

A step is (kind, a, b) with two numbers that choose among what there is; one whose subject is not
there does nothing.  ``recount`` compares what passes keep as things change with a count of all.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

from placement.ecs.control.records import InstanceRecord
from placement.ecs.control.services.records import ServiceRecord
from placement.ecs.control.task_records import TaskRecord
from placement.engine.eligibility import eligible_zones
from placement.services.model import TaskClass
from placement.services.zone_rules import is_balanced
from session_cluster import SIZE, SessionCluster

Step = tuple[str, int, int]

HEALTHY = (TaskClass.HEALTHY, TaskClass.DRAINING)
REPLICAS = ("web", "api")
EDGE = [{"type": "memberOf", "expression": "attribute:role == edge"}]


def new_world() -> SessionCluster:
    """Return three zones of instances with an agent on those at the edge, and two services."""
    world = SessionCluster()
    for number in range(4):
        world.instance("abca"[number], 6, {"role": "edge"})
    world.daemon(minimum=50, placementConstraints=EDGE)
    world.replicas("web", 4)
    world.replicas("api", 3, deploymentConfiguration={"maximumPercent": 150})
    world.session.advance(0)
    return world


# Steps


def instances(world: SessionCluster) -> list[InstanceRecord]:
    return [one for one in world.cluster.instances.values() if one.is_registered]


def chosen(world: SessionCluster, number: int) -> InstanceRecord | None:
    known = instances(world)
    return known[number % len(known)] if known else None


def a_task(world: SessionCluster, number: int) -> TaskRecord | None:
    tasks = [task for name in (*REPLICAS, "agent") for task in world.tasks(name)]
    return tasks[number % len(tasks)] if tasks else None


def do(world: SessionCluster, step: Step) -> None:
    """Let an operator do something; nothing happens before time moves."""
    kind, a, b = step
    if kind in ON_INSTANCE:
        instance = chosen(world, a)
        if instance is not None:
            ON_INSTANCE[kind](world, instance, b)
    elif kind in ON_TASK:
        task = a_task(world, a)
        if task is not None:
            ON_TASK[kind](world, task, b)
    else:
        ON_CLUSTER[kind](world, a, b)


def _attribute(world: SessionCluster, instance: InstanceRecord, b: int) -> None:
    world.client.put_attributes(
        attributes=[
            {
                "name": "role",
                "value": ("edge", "core")[b % 2],
                "targetId": instance.id,
                "targetType": "container-instance",
            }
        ]
    )


def _protect(world: SessionCluster, task: TaskRecord, b: int) -> None:
    world.client.update_task_protection(
        cluster="default",
        tasks=[task.arn],
        protectionEnabled=b % 4 > 0,
        **({"expiresInMinutes": 1 + b % 3} if b % 4 else {}),
    )


def _health(world: SessionCluster, task: TaskRecord, b: int) -> None:
    if task.started_at is not None:
        world.session.set_container_health(task.arn, ("HEALTHY", "UNHEALTHY")[b % 2])


def _kill(world: SessionCluster, task: TaskRecord, b: int) -> None:
    if b % 2 and task.started_at is not None:
        world.session.exit_container(task.arn)
    elif task.started_at is None:
        world.session.fail_start(task.arn, "no image")
    else:
        world.client.stop_task(task=task.arn)


ON_INSTANCE: dict[str, Callable[[SessionCluster, InstanceRecord, int], Any]] = {
    "drain": lambda world, instance, _: world.drain(instance.id),
    "undrain": lambda world, instance, _: world.drain(instance.id, status="ACTIVE"),
    "deregister": lambda world, instance, _: world.client.deregister_container_instance(
        containerInstance=instance.id, force=True
    ),
    "lose": lambda world, instance, _: world.session.lose_instance(instance.id),
    "agent": lambda world, instance, b: world.session.set_agent(instance.id, b % 2 == 0),
    "attribute": _attribute,
}
ON_TASK: dict[str, Callable[[SessionCluster, TaskRecord, int], Any]] = {
    "protect": _protect,
    "health": _health,
    "kill": _kill,
}
ON_CLUSTER: dict[str, Callable[[SessionCluster, int, int], Any]] = {
    "register": lambda world, a, b: world.instance(
        "abc"[a % 3], 2 + b % 6, {"role": ("edge", "core")[b % 2]}
    ),
    "deploy daemon": lambda world, a, _: world.deploy("agent", 1 + a % 2),
    "deploy": lambda world, a, _: world.deploy(REPLICAS[a % 2]),
    "scale": lambda world, a, b: world.client.update_service(
        service=REPLICAS[a % 2], desiredCount=b % 7
    ),
    "advance": lambda world, a, _: world.session.advance((0, 1, 12, 52, 300)[a % 5]),
}
KINDS = (*ON_INSTANCE, *ON_TASK, *ON_CLUSTER)


# What holds


def recount(world: SessionCluster) -> None:
    """Count all again and compare."""
    for name in (*REPLICAS, "agent"):
        _recount_pools(world, world.record(name))
    _recount_daemons(world, world.record("agent"))
    for watch in world.cluster.zone_watch.values():
        engine = world.cluster.engine
        zones = frozenset().union(*[eligible_zones(engine, one) for one in watch.demands])
        assert world.cluster.zones_are_old or watch.zones == zones


def _recount_pools(world: SessionCluster, service: ServiceRecord) -> None:
    """Every active task is in one pool, that of its class."""
    active = {
        task.id
        for task in world.cluster.tasks.values()
        if task.life is not None
        and task.life.service is service
        and task.desired_status == "RUNNING"
    }
    pooled = [
        task
        for deployment in service.deployments
        for kind, pool in deployment.pools.items()
        for task in pool.values()
        if task.life is not None and task.life.task_class is kind
    ]
    assert len(pooled) == len(active)
    assert {task.id for task in pooled} == active


def _recount_daemons(world: SessionCluster, service: ServiceRecord) -> None:
    index, primary = service.daemons, service.primary
    assert index is not None
    assert primary is not None
    assert not service.attention
    engine = world.cluster.engine
    number = index.revision
    qualifying = with_healthy = healthy = 0
    for instance in instances(world):
        described = engine.describe(instance.id)
        on_it = [task for task in world.tasks("agent") if task.instance == instance.id]
        assert len(on_it) <= 1, "two daemons on an instance"
        lives = [task.life for task in on_it if task.life is not None]
        fits = described.attributes.get("role") == "edge"
        assert fits or not on_it, "a daemon where none belongs"
        need = 0
        if described.status == "ACTIVE" and described.agent_connected and fits:
            qualifying += 1
            with_healthy += any(life.task_class in HEALTHY for life in lives)
            healthy += any(
                life.task_class in HEALTHY and life.deployment and life.deployment.number == number
                for life in lives
            )
            there = sum(int(task.settings.cpu or 0) for task in on_it)
            need = max(0, primary.request.variant.task.cpu - there)
        assert engine.reservation(instance.id).cpu == need
    assert (index.qualifying, index.with_healthy, index.healthy) == (
        qualifying,
        with_healthy,
        healthy,
    )
    assert world.describe("agent")["desiredCount"] == qualifying


def check_starts(world: SessionCluster, before: set[str]) -> None:
    """Replicas that started in this instant have left the room that daemons still need (A45)."""
    engine = world.cluster.engine
    for name in REPLICAS:
        for task in world.tasks(name):
            if task.id not in before and task.instance is not None:
                left = engine.usage(task.instance).remaining_cpu
                assert left >= engine.reservation(task.instance).cpu


def check_protected(world: SessionCluster) -> None:
    """No pass has stopped a protected task, unless it was unhealthy or draining (D56, A51)."""
    for task in world.cluster.tasks.values():
        stop = task.stop
        if stop is None or stop.code != "ServiceSchedulerInitiated":
            continue
        if task.protected_until is None or not (stop.reason or "").startswith("Scaling activity"):
            continue
        instance = world.cluster.instances[task.instance or ""]
        assert instance.is_draining, f"{task.id} was protected"


def check_rest(world: SessionCluster) -> None:
    """At rest each qualifying instance has a daemon or no room for it; zones are balanced."""
    index = world.record("agent").daemons
    assert index is not None
    hosts = world.hosts("agent")
    waits = set(index.unplaced)
    for id, look in index.looks.items():
        assert not look.qualifies or hosts[id] == 1 or id in waits
    for id in waits:
        assert world.cluster.engine.usage(id).remaining_cpu < 2 * SIZE
    now = world.session._account.time.now
    for name in REPLICAS:
        service = world.record(name)
        tasks = world.tasks(name)
        if service.steady_since is None or service.rebalance_at > now:
            continue
        if any(task.protected_until is not None for task in tasks):
            continue
        (watch,) = [
            watch for watch in world.cluster.zone_watch.values() if service.number in watch.services
        ]
        counts = Counter(dict.fromkeys(watch.zones, 0))
        counts.update(task.zone for task in tasks if task.zone in watch.zones)
        upper = service.desired_count * service.configuration.maximum_percent // 100
        assert is_balanced(counts) or upper == service.desired_count, (name, counts)
