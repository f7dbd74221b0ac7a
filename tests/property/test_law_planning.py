"""Laws of reports and fits: what they say is what the engine does.

Clusters are small and odd: instances without zone, draining, disconnected, external, with
reservations; tasks with ports, GPUs, interfaces and constraints.
"""

from __future__ import annotations

import attrs
from hypothesis import given
from hypothesis import strategies as st

from placement import AtMost, Cluster, DistinctInstance, Instance, MemberOf, Task
from placement.planning import Fit, NewMachine, fit, report
from placement.planning.machines import offers

ZONE = "ecs.availability-zone"
AMOUNTS = st.integers(0, 40)
Limits = list[DistinctInstance | AtMost | MemberOf]
WITHOUT_ZONE = MemberOf("attribute:ecs.availability-zone !exists")


@st.composite
def clusters(draw: st.DrawFn) -> Cluster:
    """Return a cluster of up to six instances with tasks and reservations."""
    found = Cluster()
    for number in range(draw(st.integers(0, 6))):
        cpu, memory = draw(AMOUNTS), draw(AMOUNTS)
        attributes: dict[str, str | None] = {"ecs.capability.task-eni": None}
        if (zone := draw(st.sampled_from(["a", "b", None]))) is not None:
            attributes[ZONE] = zone
        if draw(st.integers(0, 5)) == 0:
            attributes["ecs.capability.external"] = None
        instance = Instance(
            id=f"i{number}",
            cpu=cpu,
            memory=memory,
            gpus=draw(st.integers(0, 2)),
            network_interfaces=draw(st.integers(0, 3)),
            status=draw(st.sampled_from(["ACTIVE", "ACTIVE", "ACTIVE", "DRAINING", "INACTIVE"])),
            agent_connected=draw(st.integers(0, 5)) > 0,
            attributes=attributes,
            remaining_cpu=draw(AMOUNTS) if draw(st.booleans()) else None,
        )
        found.register(instance)
        if draw(st.booleans()):
            found.set_reservation(instance.id, cpu=draw(AMOUNTS) // 4, memory=draw(AMOUNTS) // 4)
    for number in range(draw(st.integers(0, 6))):
        task = Task(cpu=draw(AMOUNTS) // 4, memory=draw(AMOUNTS) // 4, family="web", revision=1)
        found.place(task, group=f"family:{number % 2}")
    return found


@st.composite
def tasks(draw: st.DrawFn) -> Task:
    """Return a task that asks for something."""
    return Task(
        cpu=draw(st.integers(1, 12)) * 100,
        memory=draw(AMOUNTS) * 100,
        gpus=draw(st.sampled_from([0, 0, 0, 1, 2])),
        tcp_ports=draw(st.sampled_from([(), (), (8080,), (22,)])),
        network_interface=draw(st.booleans()),
        family="job",
        revision=2,
    )


constraints: st.SearchStrategy[Limits] = st.sampled_from(
    [[], [], [DistinctInstance()], [AtMost(3)], [MemberOf("runningTasksCount < 2")]]
)


def fits(cluster: Cluster, cpu: int, memory: int, zone: str | None) -> bool:
    """Return whether the engine has room for a pair in a zone, for either launch type."""
    limits = [WITHOUT_ZONE] if zone is None else []
    return any(
        cluster.explain(
            Task(
                cpu=cpu,
                memory=memory,
                zones=() if zone is None else (zone,),
                launch_type=launch_type,
            ),
            constraints=limits,
        ).fitting
        for launch_type in ("EC2", "EXTERNAL")
    )


@given(clusters(), st.lists(st.tuples(AMOUNTS, AMOUNTS), max_size=8))
def test_a_pair_fits_in_a_zone_exactly_if_a_pair_of_the_front_is_as_large(
    cluster: Cluster, pairs: list[tuple[int, int]]
) -> None:
    """Every pair of the front fits, and nothing larger does, by one unit or by more."""
    for zone, front in report(cluster).largest.items():
        edges = [(pair.cpu, pair.memory) for pair in front]
        beyond = [(cpu + more, memory + 1 - more) for cpu, memory in edges for more in (0, 1)]
        for cpu, memory in (*edges, *beyond, *pairs):
            if cpu or memory:
                covered = any(cpu <= has and memory <= left for has, left in edges)
                assert fits(cluster, cpu, memory, zone) == covered


@given(clusters())
def test_a_report_adds_up(cluster: Cluster) -> None:
    """Zones and types are parts of the whole; tasks of groups and unknown ones are all tasks."""
    seen = report(cluster)
    for parts in (seen.by_zone.values(), seen.by_type.values()):
        assert sum(use.instances for use in parts) == seen.total.instances
        assert sum(use.cpu.used for use in parts) == seen.total.cpu.used
        assert sum(use.tasks for use in parts) == seen.total.tasks
    known = [one for one in cluster.ids if one and cluster.describe(one).status != "INACTIVE"]
    assert [one.id for one in seen.by_instance] == known
    for one in seen.by_instance:
        usage = cluster.usage(one.id)
        assert one.use.cpu.remaining == usage.remaining_cpu
        assert one.use.gpus.remaining == len(usage.free_gpus)
        assert one.use.tasks == usage.running_tasks
    assert sum(group.tasks for group in seen.groups) + seen.unknown_tasks == seen.total.tasks


def placed_one_by_one(cluster: Cluster, task: Task, limits: Limits, most: int) -> int:
    """Place tasks by single calls until one finds no room."""
    count = 0
    while count < most and not cluster.place(task, constraints=limits).unplaced:
        count += 1
    return count


def with_machines(cluster: Cluster, task: Task, new: NewMachine, seen: Fit, count: int) -> Cluster:
    """Return a copy of a cluster that so many machines of an answer have joined."""
    assert seen.machines is not None
    grown = cluster.copy()
    (offer,) = offers(
        cluster,
        task,
        attrs.evolve(new, instance_type=seen.machines.instance_type),
        seen.machines.zone,
    )
    for number in range(count):
        grown.register(attrs.evolve(offer.instance, id=f"more-{number}"))
    return grown


@given(clusters(), tasks(), constraints, st.integers(1, 60), st.sampled_from(["m5.large", None]))
def test_so_many_fit_as_one_by_one_and_the_machines_are_just_enough(
    cluster: Cluster, task: Task, limits: Limits, count: int, type: str | None
) -> None:
    """C45: with the machines named all tasks fit, with one fewer they do not."""
    new = NewMachine(type, zone="us-east-1a")
    seen = fit(cluster, task, count, constraints=limits, new_machine=new)
    assert seen.fitting == placed_one_by_one(cluster.copy(), task, limits, 10_000)
    assert (seen.machines is None) == (seen.fitting >= count or seen.no_machine is not None)
    if seen.machines is not None:
        needed = seen.machines.count
        enough = with_machines(cluster, task, new, seen, needed)
        assert placed_one_by_one(enough, task, limits, count) == count
        fewer = with_machines(cluster, task, new, seen, needed - 1)
        assert placed_one_by_one(fewer, task, limits, count) < count
    elif seen.no_machine is not None:
        assert seen.no_machine.explanation is not None
        assert seen.no_machine.explanation.fitting == 0
