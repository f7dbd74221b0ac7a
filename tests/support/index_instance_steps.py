"""Steps of histories that hold indexes to a scan: instances come, go and change.

In: a history (``index_history.py``).  Out: nothing; they are among ``index_steps.STEPS``.
"""

from __future__ import annotations

from index_history import ALIKE, RUNS, History
from index_start import AZ
from index_steps import decide, place_alike, run, step
from placement import Instance

MOST_INSTANCES = 700
"""A history in which there are so many gets no more by the dozen."""


@step(4)
def register(h: History) -> None:
    """One instance or several; sometimes the first of a new zone or rack."""
    chance = h.chance
    if chance.random() < 0.1:
        h.zones = [*h.zones, f"z{len(h.zones)}"]
        h.racks += 1
    for _ in range(chance.choice([1, 1, 2, 5])):
        instance = h.new_instance()
        h.call("register", instance)
        h.instances.append(instance.id)


@step(1)
def join(h: History) -> None:
    """Many instances come at once, alike or not, so that layouts are laid out again."""
    chance = h.chance
    if len(h.instances) >= MOST_INSTANCES:
        return
    alike = h.new_instance() if chance.random() < 0.6 else None
    for number in range(chance.choice([8, 13, 30, 64])):
        instance = h.new_instance() if alike is None else copy_of(alike, f"{alike.id}-{number}")
        h.call("register", instance)
        h.instances.append(instance.id)
    if chance.random() < 0.6:
        run_where_room_is(h)


def run_where_room_is(h: History) -> None:
    """A run of a request that takes the newest instances first, as most others are full."""
    numbers = [n for n in range(len(h.requests)) if h.requests[n].strategy in ALIKE[:3]]
    if numbers:
        h.hot[0] = h.chance.choice(numbers)
        place_alike(h, RUNS[0] + h.chance.choice([10, 30, 50]), number=h.hot[0])
    else:
        run(h)


def copy_of(instance: Instance, id: str) -> Instance:
    return Instance(id=id, cpu=instance.cpu, memory=instance.memory, attributes=instance.attributes)


@step(4)
def deregister(h: History) -> None:
    """One instance, also one that a request would take next; seldom a good part of them."""
    chance = h.chance
    ids = h.places(1)
    if chance.random() < 0.05:
        ids = h.some(h.instances, len(h.instances) // 3)
    for id in ids if len(h.instances) > len(ids) + 10 else []:
        h.call("deregister", id, force=True)
        h.gone(id)


@step(2)
def grow_or_shrink(h: History) -> None:
    """So many instances come to one zone or rack, or go, that everything is laid out again."""
    chance = h.chance
    kind = chance.randrange(4)
    some = h.some(h.instances, len(h.instances))
    if kind == 0:
        some = some[: len(h.instances) - 12]
        for id in some:
            h.call("deregister", id, force=True)
            h.gone(id)
            if chance.random() < 0.02:
                decide(h, [chance.choice(h.hot)], [0])
    elif kind == 1 and len(h.instances) < MOST_INSTANCES:
        alike = h.new_instance()
        for number in range(chance.choice([40, 80, 150])):
            instance = copy_of(alike, f"{alike.id}-{number}")
            h.call("register", instance)
            h.instances.append(instance.id)
    else:
        new = {"z": chance.choice(h.zones)} if kind == 2 else {"r": f"r{chance.randrange(h.racks)}"}
        each = kind == 3 and chance.random() < 0.3  # a rack of its own for each
        for number, id in enumerate(some):
            h.call("put_attributes", id, {"r": f"of-{number}"} if each else new)
            if chance.random() < 0.02:
                decide(h, [chance.choice(h.hot)], [0])


@step(3)
def instance_comes_back(h: History) -> None:
    """An instance goes, and another one with its id comes, at once or after a decision."""
    chance = h.chance
    (id,) = h.places(1)
    h.call("deregister", id, force=True)
    h.gone(id)
    if chance.random() < 0.5:
        decide(h, [chance.choice(h.hot)], [0])
    h.call("register", copy_of(h.new_instance(), id))
    h.instances.append(id)


@step(4)
def move(h: History) -> None:
    """An instance changes its zone, and comes back after a while."""
    chance = h.chance
    if h.moved and chance.random() < 0.5:
        id, zone = h.moved.pop(chance.randrange(len(h.moved)))
        if id in h.instances:
            h.call("put_attributes", id, {"z": zone})
        return
    for id in h.places(3):
        zone = h.sides[0].attribute(id, "z") or "z0"
        h.moved.append((id, zone))
        to = chance.choice(h.zones)
        h.call("put_attributes", id, {"z": to})


@step(4)
def change_attributes(h: History) -> None:
    """Attributes that are spread over or asked for are set, or deleted."""
    chance = h.chance
    for id in h.places(6):
        name = chance.choice(["z", "r", "flag", "flag", "flag", AZ, "other"])
        values = {"z": chance.choice(h.zones), "r": f"r{chance.randrange(h.racks)}"}
        value = (values | {AZ: chance.choice("abcde")}).get(name)
        new = {name: value or chance.choice(["on", "off"])}
        if chance.random() < 0.15:
            h.call("delete_attributes", id, [name])
        else:
            h.call("put_attributes", id, new)


@step(4)
def change_status(h: History) -> None:
    chance = h.chance
    for id in h.places(8):
        if chance.random() < 0.3:
            connected = chance.random() < 0.7
            h.call("set_agent", id, connected=connected)
        else:
            status = chance.choice(["ACTIVE", "ACTIVE", "DRAINING", "INACTIVE"])
            h.call("set_status", id, status)


@step(3)
def reserve(h: History) -> None:
    """What is kept for daemons changes (A45): less, more, or more than is left (D53)."""
    for id in h.places(6):
        cpu, memory = h.chance.choice([0, 0, 64, 128, 512, 4096]), h.chance.choice([0, 0, 128, 600])
        h.call("set_reservation", id, cpu=cpu, memory=memory)
