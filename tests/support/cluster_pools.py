"""What histories of a cluster are about: instances, tasks, chains, constraints, each by a number.

In: numbers.  Out: the same value for the same number, made once, so that long runs stay cheap.
"""

from __future__ import annotations

import functools
import random
from collections.abc import Mapping
from typing import Any

import placement
from placement import (
    AtMost,
    BinPack,
    DistinctInstance,
    Instance,
    MemberOf,
    Random,
    Spread,
    Task,
    ZoneSkew,
)

ZONE = "ecs.availability-zone"
IDS = [f"i{number}" for number in range(6)]
GROUPS = ["g", "service:s", "family:task"]
VARIANTS = 300
"""How many different tasks, instances and chains there are to draw from."""

EXPRESSIONS = [
    "attribute:stack == prod",
    "attribute:stack != prod",
    "attribute:ecs.availability-zone in [a, b]",
    "attribute:rack !exists",
    "not(task:group == g)",
    "task:group == service:s",
    "task:group != g",
    "task:group =~ 'family:.*' or runningTasksCount < 2",
    "runningTasksCount < 3",
    "not(attribute:stack == prod) and not(runningTasksCount > 4)",
    "agentConnected == true and ec2InstanceId in [e0, e1]",
    "agentVersion >= 1.3",
]


# --- What there is, drawn from a seed once and used again ---------------------------------------


def seldom(chance: random.Random, value: Any, usual: Any) -> Any:
    """Return ``value`` about once in eight times."""
    return value if chance.randrange(8) == 0 else usual


def some_attributes(chance: random.Random) -> dict[str, str | None]:
    drawn: dict[str, str | None] = {}
    for name, values in (
        (ZONE, ["a", "b", "c"]),
        ("stack", ["prod", "test", "", None]),
        ("rack", ["1", "2", None]),
        ("ecs.capability.task-eni", [None]),
        ("ecs.os-type", ["linux", "linux", "linux", "windows"]),
    ):
        if chance.randrange(5):
            drawn[name] = chance.choice(values)
    if chance.randrange(20) == 0:
        drawn["ecs.capability.external"] = None
    return drawn


@functools.cache
def instance_arguments(number: int) -> dict[str, Any]:
    """Return the arguments of an instance, but for its id."""
    chance = random.Random(number)
    ports: list[Any] = [None, None, (), (80,), tuple(range(200, 299))]
    return {
        "attributes": some_attributes(chance),
        "ec2_instance_id": chance.choice([None, "e0", "e1"]),
        "status": seldom(chance, chance.choice(["DRAINING", "INACTIVE", "REGISTERING"]), "ACTIVE"),
        "agent_connected": seldom(chance, False, True),
        "agent_version": chance.choice([None, "1.2.0", "1.14.5"]),
        "running_tasks": seldom(chance, 2, 0),
        "cpu": chance.choice([2048, 2000, 4096, 4096]),
        "memory": chance.choice([4096, 4000, 2048, 8192]),
        "gpus": chance.choice([0, 1, 3, ("x", "y", "z")]),
        "tcp_ports": chance.choice(ports),
        "udp_ports": seldom(chance, (80,), None),
        "network_interfaces": chance.choice([None, None, 1, 2]),
        "resources": seldom(chance, {"disk": 4, "fpga": 1}, {}),
        "neuron_devices": chance.choice([None, None, 0, 4]),
    }


@functools.cache
def new_instance(id: str, number: int) -> Instance:
    return Instance(id=id, **instance_arguments(number))


@functools.cache
def new_document(id: str, number: int) -> Mapping[str, Any]:
    """Return the same instance as ECS describes it."""
    alone = placement.Cluster()
    alone.register(new_instance(id, number))
    document: Mapping[str, Any] = alone.to_ecs()["containerInstances"][0]
    return document


@functools.cache
def new_task(number: int) -> Task:
    """Return a task that takes a good part of an instance; each further wish is rare."""
    chance = random.Random(number)
    return Task(
        cpu=chance.choice([0, 100, 256, 500, 1024]),
        memory=chance.choice([0, 128, 300, 512]),
        gpus=seldom(chance, chance.choice([1, 2, "ALL"]), 0),
        tcp_ports=seldom(chance, chance.choice([(80,), (81, 82), (22,), (200,)]), ()),
        udp_ports=seldom(chance, (80,), ()),
        network_interface=seldom(chance, True, False),
        attributes=seldom(chance, chance.choice([{"stack": "prod"}, {"rack": ""}]), {}),
        operating_system=seldom(chance, "LINUX", None),
        resources=seldom(chance, chance.choice([{"disk": 1}, {"fpga": 1}, {"other": 1}]), {}),
        family=chance.choice(["task", "task", "other"]),
        revision=chance.randrange(2),
        neuron_devices=seldom(chance, "ALL", 0),
        constraints=seldom(chance, (MemberOf(chance.choice(EXPRESSIONS)),), ()),
        zones=seldom(chance, ("a", "b"), ()),
    )


@functools.cache
def new_chain(number: int) -> tuple[Any, ...] | None:
    """Return a chain of strategies, None for the default of the group."""
    chance = random.Random(number)
    fields = ["instanceId", "host", f"attribute:{ZONE}", "attribute:stack", "attribute:rack"]
    chain: list[Any] = []
    for _ in range(chance.randrange(4)):
        kind = chance.randrange(5)
        if kind < 2:
            plain = chance.randrange(4) > 0
            chain.append(
                Spread(
                    chance.choice(fields),
                    count_draining=plain or chance.random() < 0.5,
                    count_old_revisions=plain or chance.random() < 0.5,
                )
            )
        elif kind < 4:
            chain.append(BinPack(chance.choice(["cpu", "memory", "gpu", "disk", "MEMORY"])))
        else:
            chain.append(Random())
    found: tuple[Any, ...] | None = seldom(chance, None, tuple(chain))
    return found


def new_reservation(chance: random.Random) -> dict[str, Any]:
    """Return the amounts of a reservation, one in twenty times a wrong one."""
    amounts: dict[str, Any] = {}
    if chance.randrange(3):
        amounts["cpu"] = chance.choice([0, 100, 1000, 3000, -1])
    if chance.randrange(3) == 0:
        amounts["memory"] = chance.choice([0, 128, 1000, 5000])
    if chance.randrange(4) == 0:
        amounts["resources"] = chance.choice([{}, {"disk": 2}, {"fpga": 1, "new": 0}, {"new": 1}])
    if chance.randrange(4) == 0:
        amounts["interfaces"] = chance.randrange(3)
    return amounts


@functools.cache
def new_constraints(number: int) -> tuple[Any, ...]:
    chance = random.Random(number)
    if chance.randrange(5):
        return ()
    kind = chance.randrange(6)
    if kind < 3:
        limits = (
            DistinctInstance(),
            AtMost(chance.randrange(1, 4)),
            ZoneSkew(chance.randrange(1, 3)),
        )
        return (limits[kind],)
    return tuple(MemberOf(chance.choice(EXPRESSIONS)) for _ in range(chance.randrange(1, 3)))
