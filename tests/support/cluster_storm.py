"""Eight threads make pairs of public calls of one cluster (C53): a script for a process of its own.

In: names of calls as arguments; none means all.  Out: status 0, and one line; otherwise what was
torn, on stderr.  Every task here holds 64 CPU units, 64 MiB, a GPU or a port, so that an answer can
be checked by itself: whatever the order of the calls, what is left and what runs add up.
"""

from __future__ import annotations

import itertools
import pickle
import sys
import threading
import time
import traceback
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import placement
from placement import Cluster, Instance, MemberOf, Random, Spread, Task

THREADS = 8
ROUNDS = 3
CPU = 4096
UNITS = 64
INSTANCES = 5

PLAIN = Task(cpu=UNITS, memory=UNITS)
PORT = Task(cpu=UNITS, memory=UNITS, tcp_ports=(8080,))
GPU = Task(cpu=UNITS, memory=UNITS, gpus=1)
QUERY = placement.compile("attribute:stack == prod or task:group == g")
ON_TASKS = MemberOf("runningTasksCount < 1000 and task:group =~ '.*'")
_NUMBERS = itertools.count()

TORN = (
    AssertionError,
    ArithmeticError,
    AttributeError,
    LookupError,
    RuntimeError,
    TypeError,
    ValueError,
    placement.PlacementError,
)
"""What a torn answer or a torn cluster shows itself as."""


def new_instance(id: str) -> Instance:
    return Instance(
        id=id, cpu=CPU, memory=CPU, gpus=2, attributes={"stack": "prod", "zone": id[-1]}
    )


def new_cluster() -> Cluster:
    found = Cluster()
    for number in range(INSTANCES):
        found.register(new_instance(f"i{number}"))
    found.place(PLAIN, 12, group="g", strategy=Spread("instanceId"))
    found.place(PORT, 3, group="h", strategy=Spread("attribute:zone"))
    found.place(GPU, 3, group="h", strategy=Spread("instanceId"))
    return found


# --- Consistent by itself -----------------------------------------------------------------------


def adds_up(left: int, running: int) -> None:
    """Hold an answer to what is true after any number of whole calls."""
    assert left + UNITS * running == CPU, f"{left} left, {running} running"


def check_usage(cluster: Cluster, id: str) -> None:
    usage = cluster.usage(id)
    adds_up(usage.remaining_cpu, usage.running_tasks)
    adds_up(usage.remaining_memory, usage.running_tasks)


def check_describe(cluster: Cluster, id: str) -> None:
    told = cluster.describe(id)
    adds_up(told.remaining_cpu or 0, told.running_tasks)


def check_document(document: Any) -> None:
    """Every task of a document is on an instance of it, which counts it."""
    counts = {one["containerInstanceArn"]: 0 for one in document["containerInstances"]}
    for task in document["tasks"]:
        counts[task["containerInstanceArn"]] += 1
    for one in document["containerInstances"]:
        assert one["runningTasksCount"] == counts[one["containerInstanceArn"]]


def check_explanation(found: Any) -> None:
    assert found.fitting + len(found.failures) == found.candidates


def recount(cluster: Cluster) -> None:
    """Count every task again and compare with what rows, groups, ports and GPUs say."""
    groups: dict[str, list[int]] = {}
    for row, id in enumerate(cluster.ids):
        if id is None:
            continue
        usage = cluster.usage(id)
        tasks = [cluster.task(task) for task in cluster.tasks_on(id)]
        assert usage.running_tasks == len(tasks)
        assert usage.remaining_cpu == CPU - sum(task.cpu for task in tasks)
        assert usage.remaining_memory == CPU - sum(task.memory for task in tasks)
        held = [gpu for task in tasks for gpu in task.gpus]
        assert len(set(held)) == len(held), "a GPU is held twice"
        assert set(usage.free_gpus).isdisjoint(held)
        assert len(usage.free_gpus) + len(held) == 2
        ports = [port for task in tasks for port in task.tcp_ports]
        assert len(set(ports)) == len(ports), "a port is held twice"
        assert (8080 in usage.taken_tcp_ports) == (8080 in ports)
        for task in tasks:
            assert task.instance == id
            groups.setdefault(task.group, [0] * cluster.rows)[row] += 1
    for group, counts in groups.items():
        assert cluster.task_counts(group).tolist() == counts
    assert len(cluster) == sum(id is not None for id in cluster.ids)
    check_document(cluster.to_ecs())


# --- The calls ----------------------------------------------------------------------------------


def new_id() -> str:
    return f"n{next(_NUMBERS)}"


def place_and_undo(cluster: Cluster) -> None:
    placed = cluster.place(PLAIN, 2, group="u")
    assert len(placed.instances) == len(placed.rows) == 2
    placed.undo()


def tried(cluster: Cluster) -> None:
    with cluster.trial():
        cluster.place(PLAIN, 3)
        cluster.deregister("i1", force=True)
        assert "i1" not in cluster


def newest(cluster: Cluster, id: str) -> int:
    """Return the newest task of an instance, an unknown one if there is none."""
    return max(cluster.tasks_on(id), default=-1)


def check_masks(cluster: Cluster) -> None:
    assert QUERY.mask(cluster).dtype == bool


CALLS: dict[str, Callable[[Cluster], Any]] = {
    "register": lambda c: c.register(new_instance(new_id())),
    "deregister": lambda c: c.deregister("i0", force=True),
    "put_attributes": lambda c: c.put_attributes("i1", {"stack": new_id(), new_id(): "x"}),
    "delete_attributes": lambda c: c.delete_attributes("i1", ["stack"]),
    "set_status": lambda c: c.set_status("i2", "DRAINING"),
    "set_agent": lambda c: c.set_agent("i2", connected=True, version=new_id()),
    "set_reservation": lambda c: c.set_reservation("i2", cpu=1, resources={new_id(): 0}),
    "add_task": lambda c: c.add_task("i3", new_id(), PLAIN),
    "remove_task": lambda c: c.remove_task(newest(c, "i3")),
    "stop": lambda c: c.stop(newest(c, "i2")),
    "set_task": lambda c: c.set_task(newest(c, "i2"), protected=True),
    "place": lambda c: c.place(PLAIN, 3, group="g", strategy=Spread("attribute:zone")),
    "place port": lambda c: c.place(PORT, 2, constraints=[ON_TASKS]),
    "place_many": lambda c: c.place_many([PLAIN, GPU, PORT], [0, 1, 2, 0]),
    "replay": lambda c: c.replay([PLAIN, GPU], [0, ~1, 1, ~0], running=[newest(c, "i3")]),
    "place_on": lambda c: c.place_on("i4", PLAIN),
    "choose_to_stop, drawing": lambda c: c.choose_to_stop("g", 2, Random()),
    "compact": lambda c: c.compact(),
    "trial": tried,
    "Placement.undo": place_and_undo,
    "rows": lambda c: c.rows,
    "ids": lambda c: list(c.ids),
    "skipped": lambda c: c.skipped,
    "__len__": len,
    "__contains__": lambda c: "i0" in c,
    "__repr__": repr,
    "row": lambda c: c.row("i2"),
    "describe": lambda c: check_describe(c, "i3"),
    "attribute": lambda c: c.attribute("i1", "stack"),
    "usage": lambda c: check_usage(c, "i3"),
    "reservation": lambda c: c.reservation("i2"),
    "column": lambda c: c.column("remaining.cpu"),
    "tasks_on": lambda c: [c.tasks_on(f"i{number}") for number in range(1, 5)],
    "task": lambda c: c.task(newest(c, "i2")).group,
    "task_counts": lambda c: c.task_counts("g"),
    "task_by_arn": lambda c: c.task_by_arn("none"),
    "task_arn": lambda c: c.task_arn(0),
    "prepare": lambda c: c.prepare(GPU, group=new_id()),
    "explain": lambda c: check_explanation(c.explain(GPU, constraints=[ON_TASKS])),
    "missing": lambda c: c.missing(Task(cpu=CPU, resources={new_id(): 1})),
    "choose_to_stop": lambda c: c.choose_to_stop("g", 2, Spread("instanceId")),
    "to_ecs": lambda c: check_document(c.to_ecs()),
    "copy": lambda c: recount(c.copy()),
    "__reduce__": lambda c: recount(pickle.loads(pickle.dumps(c))),
    "Query.mask": check_masks,
    "Query.select": lambda c: QUERY.select(c),
    "Query.matches": lambda c: QUERY.matches(c, "i1"),
    "lint": lambda c: placement.lint("attribute:stack == prod", cluster=c),
}


class Storm:
    """Two calls, made by eight threads at once on a cluster of their own."""

    def __init__(self, names: tuple[str, str], pool: ThreadPoolExecutor) -> None:
        self.names = names
        self.pool = pool
        self.cluster = new_cluster()
        self.barrier = threading.Barrier(THREADS)
        self.answered = self.refused = 0

    def run(self) -> None:
        """Make the calls, then count again and see that the cluster works."""
        made = [self.pool.submit(self._thread, number) for number in range(THREADS)]
        outcomes = [outcome for one in made for outcome in one.result()]
        self.refused = sum(outcomes)
        self.answered = len(outcomes) - self.refused
        recount(self.cluster)
        before = self.cluster.store.tasks.number
        self.cluster.register(new_instance("afterwards"))
        assert len(self.cluster.place(PLAIN, 2).rows) == 2
        assert self.cluster.store.tasks.number == before + 2
        recount(self.cluster)

    def _thread(self, number: int) -> list[bool]:
        """Make one of the calls a few times; return for each whether it was refused."""
        call = CALLS[self.names[number % 2]]
        outcomes = []
        self.barrier.wait()
        for _ in range(ROUNDS):
            try:
                call(self.cluster)
                outcomes.append(False)
            except placement.UsageError:
                outcomes.append(True)
            except (placement.InstanceError, placement.TaskError, placement.StaleExplanation):
                outcomes.append(False)  # its instance or task went, or it was not the newest
        return outcomes


def main(names: list[str]) -> int:
    """Run every pair; return 1 if anything was torn."""
    sys.setswitchinterval(1e-6)
    torn = answered = refused = 0
    started = time.monotonic()
    pairs = list(itertools.combinations_with_replacement(names or CALLS, 2))
    with ThreadPoolExecutor(THREADS) as pool:
        for pair in pairs:
            storm = Storm(pair, pool)
            try:
                storm.run()
            except TORN:
                torn += 1
                sys.stderr.write(f"{' and '.join(pair)}\n{traceback.format_exc()}\n")
            answered += storm.answered
            refused += storm.refused
    took = time.monotonic() - started
    told = f"{len(pairs)} pairs, {answered} calls answered, {refused} refused, {took:.0f} s\n"
    sys.stdout.write(told)
    return 1 if torn or not answered or (len(pairs) > 100 and not refused) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
