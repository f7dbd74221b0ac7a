"""Extensions that a history gives a cluster: they answer, read, try to change it, or raise (C22).

In: a world.  Out: filters and rankers, which say of the twin what they say of the cluster;
``CHANGES`` and ``READS``, every public call that an extension may try from inside.
"""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

import placement
from cluster_pools import EXPRESSIONS, VARIANTS, new_task
from naive_engine import NaiveCluster, Request, group_of
from placement import Instance, Random, Spread, Task

if TYPE_CHECKING:
    from cluster_world import World


# --- Extensions (C22) ---------------------------------------------------------------------------


class Probe:
    """What an extension does beside answering: nothing, read, try to change, or raise.

    Attributes:
        spoilt: Whether an exception has left it, so that the call it was asked by must be refused.
    """

    def __init__(self, world: World, what: str) -> None:
        self.world = world
        self.what = what
        self.patience = world.below(3)
        self.spoilt: type[BaseException] | None = None

    def __call__(self) -> None:
        world = self.world
        if self.what == "answers":
            return
        if self.patience:
            self.patience -= 1
            return
        if self.what == "reads":
            read_inside(world)
        elif self.what == "tries":
            change_inside(world)
        elif self.what == "changes":
            self.spoilt = placement.UsageError
            raise change_inside(world)
        else:
            self.spoilt = world.choose([KeyboardInterrupt, MemoryError, ZeroDivisionError])
            raise self.spoilt


class OwnFilter:
    """A filter that answers by what it reads of the cluster; ``says`` reads the twin."""

    reason = "OWN"

    def __init__(self, world: World, probe: Probe, by: str, reads: Any) -> None:
        self.world, self.probe, self.by, self.reads = world, probe, by, reads

    def keep(self, mask: Any, rows: Any) -> None:
        self.probe()
        cluster = self.world.cluster
        for place, row in enumerate(rows.tolist()):
            id = cluster.ids[row]
            if self.by == "stack":
                kept = cluster.attribute(id, "stack") == "prod"
            elif self.by == "running":
                kept = cluster.usage(id).running_tasks < 2
            else:
                left: Any = cluster.column("remaining.cpu", [row])
                kept = int(left[0]) >= 900
            mask[place] = kept

    def says(self, twin: NaiveCluster, row: int) -> bool:
        if self.by == "stack":
            return twin.node(row).attributes.get("stack") == "prod"
        if self.by == "running":
            return twin.running(row) < 2
        return twin.left(row, "cpu") >= 900


class OwnRanker:
    """A ranker that answers by what it reads of the cluster; ``says`` reads the twin."""

    name = "own"

    def __init__(self, world: World, probe: Probe, by: str, reads: Any) -> None:
        self.world, self.probe, self.by, self.reads = world, probe, by, reads

    def key(self, out: Any, rows: Any) -> None:
        self.probe()
        out[:] = self.numbers(rows)

    def numbers(self, rows: Any) -> Any:
        cluster = self.world.cluster
        if self.by == "cpu":
            left: Any = cluster.column("remaining.cpu", rows)
            return left % 512
        if self.by == "running":
            running: Any = cluster.column("running_tasks", rows)
            return -running
        return [-len(cluster.tasks_on(cluster.ids[row])) for row in rows.tolist()]

    def says(self, twin: NaiveCluster, row: int, _request: Request | None) -> float:
        if self.by == "cpu":
            return float(twin.left(row, "cpu") % 512)
        if self.by == "running":
            return float(-twin.running(row))
        return float(-len(twin.holding(row)))


class OwnNormalizer(OwnRanker):
    """The same; then only the quarter that a number is in counts, between least and largest."""

    def normalize(self, out: Any, rows: Any) -> None:
        self.probe()
        assert rows.tolist() == sorted(set(rows.tolist()))
        assert out.tolist() == list(self.numbers(rows))
        width = max(out.max() - out.min(), 1)
        out[:] = np.floor(4 * (out - out.min()) / width)

    def normalized(self, numbers: list[float]) -> list[float]:
        width = max(max(numbers) - min(numbers), 1)
        return [4 * (number - min(numbers)) // width for number in numbers]


class OwnRequestRanker(OwnRanker):
    """The same, shifted by what the request asks for."""

    wants_request = True

    def key(self, out: Any, rows: Any, request: Any = None) -> None:
        self.probe()
        out[:] = self.numbers(rows)
        if request is not None:
            out[:] = (out + shift(request.task, request.group, request.constraints)) % 64

    def says(self, twin: NaiveCluster, row: int, request: Request | None) -> float:
        number = super().says(twin, row, request)
        if request is None:
            return number
        constraints = (*request.task.constraints, *request.constraints)
        return (number + shift(request.task, group_of(request), constraints)) % 64


def shift(task: Any, group: str, constraints: Sequence[Any]) -> int:
    return int(task.cpu) + 7 * int(task.memory) + 13 * len(group) + 29 * len(constraints)


def own_filter(world: World, probe: Probe) -> OwnFilter:
    """Return a filter with one of the ways to say what it reads."""
    by = world.choose(["stack", "running", "cpu"])
    reads = world.choose(["instance", "anything", (COLUMNS[by],), (COLUMNS[by], "status")])
    return OwnFilter(world, probe, by, reads)


def own_ranker(world: World, probe: Probe) -> OwnRanker:
    """Return a ranker of one of the kinds there are."""
    by = world.choose(["cpu", "running", "tasks"])
    kinds: list[Any] = ["instance", "anything"]
    if by in COLUMNS:  # no column counts tasks that are stopping
        kinds += [(COLUMNS[by],), ("connected", COLUMNS[by])]
    kind = world.choose([OwnRanker, OwnNormalizer, OwnRequestRanker])
    ranker: OwnRanker = kind(world, probe, by, world.choose(kinds))
    return ranker


COLUMNS = {"stack": "attribute:stack", "running": "running_tasks", "cpu": "remaining.cpu"}
"""The column that answers go by."""


class Broken(Mapping[str, Any]):
    """An argument that raises while the cluster reads it, after a few parts that are right."""

    def __init__(self, error: BaseException, parts: Mapping[Any, Any]) -> None:
        self.error = error
        self.parts = parts

    def __getitem__(self, name: str) -> Any:
        if name == "attributes":
            raise self.error
        return self.parts[name]

    def __len__(self) -> int:
        return len(self.parts) + 1

    def __iter__(self) -> Iterator[Any]:
        yield from self.parts
        raise self.error


def broken_list(error: BaseException, parts: Iterable[Any]) -> Iterator[Any]:
    yield from parts
    raise error


# --- What an extension may try ------------------------------------------------------------------

CHANGES: dict[str, Callable[[World], Any]] = {
    "register": lambda w: w.cluster.register(Instance(id="inside", cpu=1, memory=1)),
    "deregister": lambda w: w.cluster.deregister(w.id(), force=True),
    "put_attributes": lambda w: w.cluster.put_attributes(w.id(), {"stack": "inside"}),
    "delete_attributes": lambda w: w.cluster.delete_attributes(w.id(), ["stack"]),
    "set_status": lambda w: w.cluster.set_status(w.id(), "DRAINING"),
    "set_agent": lambda w: w.cluster.set_agent(w.id(), connected=False),
    "set_reservation": lambda w: w.cluster.set_reservation(w.id(), cpu=1),
    "add_task": lambda w: w.cluster.add_task(w.id(), "g"),
    "remove_task": lambda w: w.cluster.remove_task(w.task_id()),
    "stop": lambda w: w.cluster.stop(w.task_id()),
    "set_task": lambda w: w.cluster.set_task(w.task_id(), last_status="STOPPED"),
    "place": lambda w: w.cluster.place(new_task(0), 2),
    "place_many": lambda w: w.cluster.place_many([new_task(0)], [0, 0]),
    "replay": lambda w: w.cluster.replay([new_task(0)], [0, ~0, 0]),
    "place_on": lambda w: w.cluster.place_on(w.id(), Task()),
    "choose_to_stop": lambda w: w.cluster.choose_to_stop("g", 1, Random()),
    "compact": lambda w: w.cluster.compact(),
    "trial": lambda w: w.cluster.trial().__enter__(),
    "Trial.__exit__": lambda w: (w.trials[-1].trial if w.trials else w.cluster.trial()).__exit__(
        None, None, None
    ),
    "Placement.undo": lambda w: w.results[-1].result.undo() if w.results else w.cluster.compact(),
}

READS: dict[str, Callable[[World], Any]] = {
    "rows": lambda w: w.cluster.rows,
    "ids": lambda w: list(w.cluster.ids),
    "skipped": lambda w: w.cluster.skipped,
    "__len__": lambda w: len(w.cluster),
    "__contains__": lambda w: w.id() in w.cluster,
    "__repr__": lambda w: repr(w.cluster),
    "row": lambda w: w.cluster.row(w.id()),
    "describe": lambda w: w.cluster.describe(w.id()),
    "attribute": lambda w: w.cluster.attribute(w.id(), "stack"),
    "usage": lambda w: w.cluster.usage(w.id()),
    "reservation": lambda w: w.cluster.reservation(w.id()),
    "column": lambda w: w.cluster.column("remaining.other"),
    "tasks_on": lambda w: w.cluster.tasks_on(w.id()),
    "task": lambda w: w.cluster.task(w.task_id()),
    "task_counts": lambda w: w.cluster.task_counts("unseen"),
    "task_by_arn": lambda w: w.cluster.task_by_arn("none"),
    "task_arn": lambda w: w.cluster.task_arn(w.task_id()),
    "prepare": lambda w: w.cluster.prepare(new_task(w.below(VARIANTS)), group="unseen"),
    "explain": lambda w: w.cluster.explain(new_task(w.below(VARIANTS)), group="unseen"),
    "missing": lambda w: w.cluster.missing(new_task(w.below(VARIANTS))),
    "choose_to_stop": lambda w: w.cluster.choose_to_stop("g", 2, Spread("instanceId")),
    "to_ecs": lambda w: w.cluster.to_ecs(),
    "copy": lambda w: w.cluster.copy(),
    "__copy__": lambda w: copy.copy(w.cluster),
    "__deepcopy__": lambda w: copy.deepcopy(w.cluster),
    "__reduce__": lambda w: pickle.dumps(w.cluster),
    "Query.mask": lambda w: placement.compile(w.choose(EXPRESSIONS)).mask(w.cluster),
    "Query.select": lambda w: placement.compile(w.choose(EXPRESSIONS)).select(w.cluster),
    "Query.matches": lambda w: placement.compile(w.choose(EXPRESSIONS)).matches(w.cluster, w.id()),
}


def read_inside(world: World) -> None:
    """Make some reading call from inside an extension: it answers, or is refused in a trial."""
    before = world.facts()
    read = world.choose(list(READS.values()))
    refused = None
    try:
        read(world)
    except placement.PlacementError as error:
        refused = error
    assert world.trials or not isinstance(refused, placement.UsageError), refused
    assert world.facts() == before, "a reading call left a trace"


def change_inside(world: World) -> placement.UsageError:
    """Try to change the cluster from inside an extension; return how it was refused."""
    before = world.facts()
    name = world.choose(list(CHANGES))
    try:
        CHANGES[name](world)
    except placement.UsageError as error:
        assert world.facts() == before, f"{name}, refused inside, left a trace"
        return error
    raise AssertionError(f"{name} was not refused inside an extension")
