"""Streams of many requests and of stops, decided with and without looking ahead.

In: whether memory is asked for ahead.  Out: rows and ids.  Run as a program, prints them as JSON,
so that a process without compiled kernels can be compared.
"""

from __future__ import annotations

import json
import random
import sys
from typing import Any

from placement import BinPack, Cluster, Instance, MemberOf, Random, Spread, Task
from placement.engine import decide

HOST, ZONE, CPU = Spread("instanceId"), Spread("attribute:z"), BinPack("cpu")
CHAINS: list[tuple[Any, ...]] = [(HOST,), (ZONE, HOST), (ZONE, CPU), (CPU,), (Random(),), ()]


REQUESTS = decide.FEW_REQUESTS + 6
"""More than are decided without looking ahead."""


def some_cluster(count: int = 90) -> Cluster:
    found = Cluster(seed=3)
    for number in range(count):
        attributes: dict[str, str | None] = {"z": "abc"[number % 3], "f": str(number % 2)}
        found.register(Instance(id=f"i{number}", cpu=900, memory=700, attributes=attributes))
    return found


def many_requests(found: Cluster) -> list[Any]:
    asked = []
    for number in range(REQUESTS):
        task = Task(cpu=10 + number % 9, memory=7 * (number % 5), tcp_ports=(80,) * (number == 5))
        rules = [MemberOf(f"attribute:f == {number % 2}")] if number % 4 == 0 else []
        group, chain = f"g{number % 40}", CHAINS[number % len(CHAINS)]
        asked.append(found.prepare(task, group=group, constraints=rules, strategy=chain))
    return asked


def some_events(length: int, requests: int, running: int) -> list[int]:
    """Return starts and stops; many of these stop what has started just now."""
    chance = random.Random(length)
    events: list[int] = []
    able = list(range(running))
    for number in range(running, running + length):
        if able and chance.random() < 0.45:
            near = min(len(able), chance.choice([3, 12, running + length]))
            events.append(~able.pop(len(able) - 1 - chance.randrange(near)))
        else:
            events.append(chance.randrange(requests))
            able.append(number)
    return events


def answers(length: int) -> list[list[int]]:
    """Place and replay so many events, and return rows and ids of both."""
    found = some_cluster()
    asked = many_requests(found)
    placed = found.place_many(asked, random.Random(1).choices(range(len(asked)), k=length))
    events = some_events(length, len(asked), length)
    replayed = found.replay(asked, events, running=placed.task_ids)
    return [each.tolist() for each in (*placed, *replayed)]


if __name__ == "__main__":
    sys.stdout.write(json.dumps(answers(int(sys.argv[1]))))
