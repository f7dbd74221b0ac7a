"""Memory is flat while tasks come and go (C8): all that Python and numpy hold, in a new process.

The logs of changed rows are left out: indexes that read them say when they are emptied.
"""

from __future__ import annotations

import subprocess
import sys

import pytest

SCRIPT = """
import gc, sys, tracemalloc
import numpy as np
from placement import Cluster, Instance, Spread, Task, warm

warm()  # kernels that are loaded on the way would count
tracemalloc.start()
cluster = Cluster()
for number in range(500):
    cluster.register(Instance(id=f"i-{number}", cpu=10**6, memory=10**6))
small = Task(cpu=1, memory=1)
requests = [
    cluster.prepare(small, group=f"g-{number}", strategy=Spread("instanceId"))
    for number in range(50)
]
running = cluster.place_many(requests, np.arange(5_000) % 50).task_ids
chance = np.random.default_rng(0)


def churn(round_):
    for _ in range(10):
        at = chance.choice(len(running), 1000, replace=False)
        cluster.stop(running[at])
        running[at] = cluster.place_many(requests, chance.integers(0, 50, 1000)).task_ids


def one_offs(round_):
    for number in range(500 * round_, 500 * round_ + 500):
        task = Task(family=f"f-{number}", cpu=1 + number, tcp_ports=(3000 + number,))
        cluster.remove_task(cluster.add_task(f"i-{number % 500}", f"job-{number}", task))


def held():
    gc.collect()
    log = vars(cluster.store.tasks.change_log).values()
    logged = sum(part.nbytes for part in log if isinstance(part, np.ndarray))
    return tracemalloc.get_traced_memory()[0] - logged


first, rounds = int(sys.argv[2]), int(sys.argv[3])
work = {"churn": churn, "one_offs": one_offs}[sys.argv[1]]
sizes = []
for round_ in range(rounds):
    work(round_)
    sizes.append(held())
print(max(sizes[:first]), max(sizes[first:]), cluster.store.tasks.number)
"""


@pytest.mark.parametrize(("work", "first", "rounds"), [("churn", 10, 50), ("one_offs", 40, 90)])
def test_c8_memory_does_not_grow_with_what_has_ended(work: str, first: int, rounds: int) -> None:
    """After the first rounds at most 5 % more is held, however many tasks have ended."""
    arguments = [sys.executable, "-c", SCRIPT, work, str(first), str(rounds)]
    said = subprocess.run(arguments, check=True, timeout=600, capture_output=True, text=True)
    before, after, number = map(int, said.stdout.split())
    assert number >= 20_000
    assert after <= 1.05 * before, said.stdout
