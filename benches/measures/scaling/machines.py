"""Managed Instances for waiting tasks of many kinds, over all types: the choice, and a session."""

from __future__ import annotations

from datetime import UTC, datetime
from statistics import median

from harness.report import Line
from harness.scaling_plan import ScalingPlan
from measures.scaling.stage import counts, cpu_ns
from measures.services.targets import Found, at_most
from placement.ecs import Session, Timing
from placement.ecs.control.capacity.managed.offers import offers_of
from placement.scaling.managed_instances import (
    ChoiceResult,
    InstanceOffer,
    PendingTask,
    TaskKind,
    choose,
)
from placement.scaling.packing import TaskSize

__all__ = ["REPEATED", "figures", "lines"]

REPEATED = True

_SECONDS = 1
_ZONES = ("us-east-1a", "us-east-1b", "us-east-1c")
_ALL = {
    "vCpuCount": {"min": 0},
    "memoryMiB": {"min": 0},
    "bareMetal": "included",
    "burstablePerformance": "included",
    "instanceGenerations": ["current", "previous"],
}
"""Requirements that every type meets."""


def figures(plan: ScalingPlan) -> dict[str, float]:
    """Return the time of the choice alone, and that of a session's instant in which it is made."""
    run = plan.run
    session = _session(plan, run.waiting_kinds)
    offers = _offers(session)
    pure = [_pure(plan, offers) for _ in range(run.choices)]
    whole = [_launching(plan) for _ in range(run.choices)]
    return {
        "choose": median(pure),
        "choose_session": median(whole),
        "offers": float(len(offers)),
    }


def _offers(session: Session) -> tuple[InstanceOffer, ...]:
    """Return the types that the provider of a session may launch, with their prices."""
    account = session._account
    managed = account.providers["m"].managed
    assert managed is not None
    return offers_of(account, managed.settings, managed.settings.purchase)


def _sizes(plan: ScalingPlan, kind: int) -> tuple[int, int]:
    """Return CPU units and MiB of a kind of task."""
    cpu, memory = plan.kinds.cpu, plan.kinds.memory
    return cpu[kind % len(cpu)], memory[kind % len(memory)]


def _pure(plan: ScalingPlan, offers: tuple[InstanceOffer, ...]) -> int:
    """Return the time of one choice; every launch comes about."""
    run = plan.run
    kinds = [TaskKind(TaskSize(*_sizes(plan, kind))) for kind in range(run.waiting_kinds)]
    tasks = [PendingTask(number, kinds[number % len(kinds)]) for number in range(run.waiting_tasks)]
    results: list[ChoiceResult] = []

    def run_choice() -> None:
        steps = choose(tasks, offers, dict.fromkeys(_ZONES, 0))
        answer: int | None = None
        while True:
            try:
                _ = next(steps) if answer is None else steps.send(answer)
            except StopIteration as end:
                results.append(end.value)
                return
            answer = 1

    ns = cpu_ns(run_choice)
    placed = sum(len(one.tasks) for one in results[0].launched)
    assert placed == run.waiting_tasks, "tasks are left over"
    return ns


def _session(plan: ScalingPlan, kinds: int) -> Session:
    """Return a session with a provider of Managed Instances and so many task definitions."""
    session = Session(start=datetime(2026, 3, 1, tzinfo=UTC), timing=Timing())
    ecs = session.client("ecs")
    ecs.create_cluster()
    subnets = []
    for zone in _ZONES:
        subnets.append(f"subnet-{zone[-1]}")
        ecs.register_subnet(subnetId=subnets[-1], vpcId="vpc-1", availabilityZone=zone)
    ecs.create_capacity_provider(
        name="m",
        cluster="default",
        managedInstancesProvider={
            "infrastructureRoleArn": "arn:aws:iam::123456789012:role/infrastructure",
            "instanceLaunchTemplate": {
                "ec2InstanceProfileArn": "arn:aws:iam::123456789012:instance-profile/instance",
                "networkConfiguration": {"subnets": subnets, "securityGroups": ["sg-1"]},
                "instanceRequirements": _ALL,
            },
        },
    )
    ecs.put_cluster_capacity_providers(
        cluster="default",
        capacityProviders=["m"],
        defaultCapacityProviderStrategy=[{"capacityProvider": "m", "weight": 1}],
    )
    for kind in range(kinds):
        cpu, memory = _sizes(plan, kind)
        ecs.register_task_definition(
            family=f"kind-{kind}",
            networkMode="host",
            requiresCompatibilities=["MANAGED_INSTANCES"],
            containerDefinitions=[{"name": "main", "image": "main", "cpu": cpu, "memory": memory}],
        )
    return session


def _launching(plan: ScalingPlan) -> int:
    """Return the time of the instant in which a session launches instances for all tasks."""
    run = plan.run
    session = _session(plan, run.waiting_kinds)
    ecs = session.client("ecs")
    left = run.waiting_tasks
    kind = 0
    while left:
        some = min(left, 5)
        ecs.run_task(taskDefinition=f"kind-{kind % run.waiting_kinds}", count=some)
        left, kind = left - some, kind + 1
    ns = cpu_ns(lambda: session.advance(0))
    session.advance(600)
    instances, running, pending = counts(session)
    assert instances, "no instance came"
    assert (running, pending) == (run.waiting_tasks, 0), "tasks are missing"
    return ns


def lines(plan: ScalingPlan, found: Found) -> list[Line]:
    """Return the times beside their target."""
    run = plan.run
    what = (
        f"Managed Instances: {run.waiting_tasks} waiting tasks of {run.waiting_kinds} kinds, "
        f"{found.numbers['offers']:,.0f} types"
    )
    return [
        at_most(f"{what}: choose", found, "choose", _SECONDS),
        at_most(f"{what}: in a session", found, "choose_session", _SECONDS),
    ]
