"""Every public call of a cluster as a step of a random history, played on the naive twin too.

In: a source of chance.  Out: histories; an ``AssertionError`` where cluster and twin differ.
A step draws its arguments, makes its call on both and compares what they answer.  The same steps
are run by Hypothesis and by a plain seeded driver (``test_cluster_machine.py``).

After each step: both sides hold the same instances and tasks, and stand at the same random number;
a refused call has changed nothing; ``change_count`` has risen if and only if the call changed
something (C54); results and prepared requests from before mean what they meant (C7, C20, C54).
"""

from __future__ import annotations

import copy
import functools
import pickle
import random
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

import naive
import placement
from naive_engine import NaiveCluster, Refused, Request
from placement import BinPack, DistinctInstance, Instance, MemberOf, Random, Spread, Task
from placement.kernels.fields import COUNTED

REFUSED = "refused"
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
        gpus=seldom(chance, chance.choice([1, 2]), 0),
        tcp_ports=seldom(chance, chance.choice([(80,), (81, 82), (22,), (200,)]), ()),
        udp_ports=seldom(chance, (80,), ()),
        network_interface=seldom(chance, True, False),
        attributes=seldom(chance, chance.choice([{"stack": "prod"}, {"rack": ""}]), {}),
        operating_system=seldom(chance, "LINUX", None),
        resources=seldom(chance, chance.choice([{"disk": 1}, {"fpga": 1}, {"other": 1}]), {}),
        family=chance.choice(["task", "task", "other"]),
        revision=chance.randrange(2),
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
    return seldom(chance, None, tuple(chain))


@functools.cache
def new_constraints(number: int) -> tuple[Any, ...]:
    chance = random.Random(number)
    if chance.randrange(5):
        return ()
    if chance.randrange(3) == 0:
        return (DistinctInstance(),)
    return tuple(MemberOf(chance.choice(EXPRESSIONS)) for _ in range(chance.randrange(1, 3)))


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
            world.read_inside()
        elif self.what == "tries":
            world.change_inside()
        elif self.what == "changes":
            self.spoilt = placement.UsageError
            raise world.change_inside()
        else:
            self.spoilt = world.choose([KeyboardInterrupt, MemoryError, ZeroDivisionError])
            raise self.spoilt


class OwnFilter:
    """A filter that answers by what it reads of the cluster; ``says`` reads the twin."""

    reason = "OWN"

    def __init__(self, world: World, probe: Probe, by: str, reads: str) -> None:
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
                kept = int(cluster.column("remaining.cpu", [row])[0]) >= 900
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

    def __init__(self, world: World, probe: Probe, by: str, reads: str) -> None:
        self.world, self.probe, self.by, self.reads = world, probe, by, reads

    def key(self, out: Any, rows: Any) -> None:
        self.probe()
        cluster = self.world.cluster
        if self.by == "cpu":
            out[:] = cluster.column("remaining.cpu", rows) % 512
        else:
            out[:] = [-len(cluster.tasks_on(cluster.ids[row])) for row in rows.tolist()]

    def says(self, twin: NaiveCluster, row: int) -> float:
        if self.by == "cpu":
            return float(twin.left(row, "cpu") % 512)
        return float(-len(twin.holding(row)))


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


# --- The world: both sides, and what was kept of them -------------------------------------------


@dataclass
class Kept:
    """A result of ``place`` and what it said when it was new."""

    result: placement.Placement
    facts: Any
    change_count: int
    request: Request
    before: NaiveCluster


@dataclass
class KeptRequest:
    """A prepared request; ``good`` as C7 and C54 say."""

    prepared: Any
    request: Request
    good: bool = True


@dataclass
class OpenTrial:
    trial: Any
    before: NaiveCluster
    good: list[bool]


@dataclass
class World:
    """A cluster, its twin, and everything that a caller could have kept.

    Attributes:
        chance: Where every choice comes from.
        called: The public calls that were made.
        told: The steps so far, for a failure's message.
    """

    chance: random.Random
    called: set[str] = field(default_factory=set)
    told: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        options: dict[str, Any] = {
            "seed": self.below(4),
            "release": self.choose(["desired_status", "desired_status", "last_status"]),
            "ties": self.choose(["registered", "registered", "registered", "random"]),
        }
        self.cluster = placement.Cluster(**options)
        self.twin = NaiveCluster(**options)
        self.options = options
        self.results: list[Kept] = []
        self.requests: list[KeptRequest] = []
        self.trials: list[OpenTrial] = []
        self.closed: list[Any] = []
        self.others: list[tuple[placement.Cluster, NaiveCluster]] = []
        self.asked = [self.new_request() for _ in range(4)]
        for id in IDS[: 2 + self.below(5)]:
            self.register_instance(id)

    # Choices

    def below(self, limit: int) -> int:
        return self.chance.randrange(limit)

    def choose(self, values: Sequence[Any]) -> Any:
        return values[self.chance.randrange(len(values))]

    def id(self) -> str:
        """Return an id, mostly of an instance that is there."""
        known = [node.id for node in self.twin.registered()]
        return str(self.choose(known) if known and self.below(8) else self.choose([*IDS, "none"]))

    def task_id(self) -> int:
        """Return a task's id, mostly of one that is there."""
        known = list(self.twin.tasks)
        if known and self.below(8):
            return int(self.choose(known))
        return int(self.choose([-1, 0, self.twin.next_task, self.twin.next_task - 1]))

    def seed(self) -> int | None:
        return self.choose([None, None, None, 0, 1, 2**64 - 1])

    def new_request(self) -> Request:
        constraints = new_constraints(self.below(VARIANTS))
        chain = new_chain(self.below(VARIANTS))
        honest = Probe(self, "answers")
        reads = self.choose(["instance", "anything"])
        if self.below(10) == 0:
            by = self.choose(["stack", "running", "cpu"])
            constraints = (*constraints, OwnFilter(self, honest, by, reads))
        if self.below(10) == 0:
            chain = (OwnRanker(self, honest, self.choose(["cpu", "tasks"]), reads), *(chain or ()))
        group = self.choose([None, *GROUPS])
        return Request(new_task(self.below(VARIANTS)), group, constraints, chain)

    def request(self) -> Request:
        """Return a request of this history's few, or one of its own."""
        return self.new_request() if self.below(10) == 0 else self.choose(self.asked)

    # Calls

    def call(self, name: str, *values: Any, **named: Any) -> Any:
        """Make a public call of the cluster."""
        self.called.add(name)
        return getattr(self.cluster, name)(*values, **named)

    def facts(self) -> tuple[Any, ...]:
        """Return what changes with every change, cheaply."""
        store = self.cluster.store
        return (
            store.tasks.number,
            store.tasks.random_state,
            len(store.ids),
            len(store.row_of),
            self.cluster.change_count,
        )

    def same(
        self, library: Callable[[], Any], twin: Callable[[], Any], *, changes: bool = True
    ) -> Any:
        """Make a call on both sides and compare; return what the library answered, or REFUSED."""
        before = self.facts()
        try:
            found = library()
        except placement.PlacementError:
            found = REFUSED
        try:
            expected = twin()
        except Refused:
            expected = REFUSED
        assert found == expected, f"{found!r} is not {expected!r}"
        if not changes or found == REFUSED:
            assert self.facts() == before, "a call that only read, or was refused, left a trace"
        else:
            assert self.cluster.change_count > before[-1], "a change was not counted (C54)"
        return found

    def refuses(self, library: Callable[[], Any], error: type[BaseException]) -> None:
        """Make a call that must end in an error of this class and change nothing."""
        before = self.facts()
        try:
            library()
        except error:
            assert self.facts() == before, "a refused call left a trace"
        else:
            raise AssertionError(f"no {error.__name__}")

    # Extensions from inside

    def read_inside(self) -> None:
        """Make some reading call from inside an extension: it answers, or is refused in a trial."""
        before = self.facts()
        read = self.choose(list(READS.values()))
        refused = None
        try:
            read(self)
        except placement.PlacementError as error:
            refused = error
        assert self.trials or not isinstance(refused, placement.UsageError), refused
        assert self.facts() == before, "a reading call left a trace"

    def change_inside(self) -> placement.UsageError:
        """Try to change the cluster from inside an extension; return how it was refused."""
        before = self.facts()
        name = self.choose(list(CHANGES))
        try:
            CHANGES[name](self)
        except placement.UsageError as error:
            assert self.facts() == before, f"{name}, refused inside, left a trace"
            return error
        raise AssertionError(f"{name} was not refused inside an extension")

    # Instances

    def register_instance(self, id: str) -> None:
        number = self.below(VARIANTS)
        given = self.choose([new_instance, new_instance, new_document])(id, number)
        self.same(
            lambda: self.call("register", given),
            lambda: self.twin.register(id=id, **instance_arguments(number)),
        )

    def note(self, text: str) -> None:
        self.told.append(text)

    # What both sides hold

    def agree(self) -> None:
        """Compare rows, tasks, amounts left, counts and the generator (cheap: after each step)."""
        store, twin = self.cluster.store, self.twin
        assert list(self.cluster.ids) == [node and node.id for node in twin.nodes]
        tasks = store.tasks
        assert (tasks.number, tasks.random_state) == (twin.next_task, twin.random.state)
        rows = tasks.task["row"][: tasks.number].tolist()
        flags = tasks.task["flags"][: tasks.number].tolist()
        there = {
            task: (row, bool(flags[task] & COUNTED)) for task, row in enumerate(rows) if row >= 0
        }
        assert there == {
            held.id: (held.row, held.desired == "RUNNING") for held in twin.tasks.values()
        }
        left = [[0, 0, 0, 0] for _ in twin.nodes]
        for node in twin.registered():
            left[node.row] = [node.cpu, node.memory, len(node.gpus), node.unnamed]
        for held in twin.tasks.values():
            on = left[held.row]
            if held.task is not None:
                on[0] -= held.task.cpu
                on[1] -= held.task.memory
                on[2] -= held.task.gpus
            on[3] += held.desired == "RUNNING"
        count = len(store.ids)
        found = tasks.resources.free[:count, :3].tolist()
        running = tasks.running[:count].tolist()
        assert [[*free, runs] for free, runs in zip(found, running, strict=True)] == left
        trial_thread = self.cluster.guard.trial_thread
        assert (trial_thread is not None) == bool(self.trials)
        assert not self.cluster.guard.readers
        assert not self.cluster.guard.changer

    def agree_fully(self) -> None:
        """Compare everything that can be read."""
        self.agree()
        for check in (reads_instances, reads_tasks, reads_columns, reads_queries):
            check(self)
        for kept in self.results:
            assert said(kept.result) == kept.facts


def said(result: placement.Placement) -> Any:
    return (
        result.instances,
        result.rows.tolist(),
        result.task_ids.tolist(),
        result.unplaced,
        repr(result),
    )


# --- Steps: instances ---------------------------------------------------------------------------

STEPS: dict[str, tuple[int, Callable[[World], None]]] = {}


def step(weight: int = 2) -> Callable[[Callable[[World], None]], Callable[[World], None]]:
    """Take a function among the steps; those of more weight come more often."""

    def taken(function: Callable[[World], None]) -> Callable[[World], None]:
        STEPS[function.__name__] = weight, function
        return function

    return taken


@step(4)
def register(w: World) -> None:
    w.register_instance(w.choose(IDS))


@step(1)
def deregister(w: World) -> None:
    id, force = w.id(), w.below(2) == 0
    w.same(
        lambda: w.call("deregister", id, force=force),
        lambda: w.twin.deregister(id, force=force),
    )


@step()
def put_attributes(w: World) -> None:
    id, attributes = w.id(), some_attributes(w.chance)
    w.same(
        lambda: w.call("put_attributes", id, attributes),
        lambda: w.twin.put_attributes(id, attributes),
    )


@step()
def delete_attributes(w: World) -> None:
    id, names = w.id(), w.choose([[ZONE], ["stack", "none"], ("rack",), []])
    w.same(
        lambda: w.call("delete_attributes", id, names),
        lambda: w.twin.delete_attributes(id, names),
    )


@step()
def set_status(w: World) -> None:
    id, status = w.id(), w.choose(["DRAINING", "ACTIVE", "ACTIVE", *placement.STATUSES, "wrong"])

    def twin() -> None:
        if status == "wrong":
            raise Refused
        w.twin.set_status(id, status)

    w.same(lambda: w.call("set_status", id, status), twin)


@step()
def set_agent(w: World) -> None:
    id = w.id()
    how: dict[str, Any] = {}
    if w.below(3):
        how["connected"] = w.below(4) > 0
    if w.below(2):
        how["version"] = w.choose([None, "1.2.0", "1.14.5"])
    w.same(lambda: w.call("set_agent", id, **how), lambda: w.twin.set_agent(id, **how))


# --- Steps: tasks -------------------------------------------------------------------------------


@step(3)
def add_task(w: World) -> None:
    id, group = w.id(), w.choose([*GROUPS, "new"])
    task = new_task(w.below(VARIANTS)) if w.below(2) else None
    w.same(lambda: w.call("add_task", id, group, task), lambda: w.twin.add_task(id, group, task))


@step()
def remove_task(w: World) -> None:
    task = w.task_id()
    w.same(lambda: w.call("remove_task", task), lambda: w.twin.remove_task(task))


@step(4)
def stop(w: World) -> None:
    tasks: Any = [w.task_id() for _ in range(w.below(4))]
    if w.below(3) == 0:
        tasks = w.task_id()
    given = np.array(tasks, np.int64) if w.below(3) == 0 else tasks
    w.same(lambda: w.call("stop", given), lambda: w.twin.stop(tasks))


@step(4)
def set_task(w: World) -> None:
    task = w.task_id()
    states = ["PENDING", "RUNNING", "ACTIVATING", "STOPPED", "wrong"]
    choices = {
        "last_status": states,
        "health": ["HEALTHY", "UNHEALTHY", "UNKNOWN"],
        "protected": [True, False],
        "deployment": [0, 1, 2],
    }
    facts = {name: w.choose(values) for name, values in choices.items() if w.below(2)}

    def twin() -> None:
        w.twin.held(task)
        if facts.get("last_status") == "wrong":
            raise Refused
        w.twin.set_task(task, **facts)

    w.same(lambda: w.call("set_task", task, **facts), twin)


# --- Steps: decisions ---------------------------------------------------------------------------


def arguments(request: Request) -> dict[str, Any]:
    _, group, constraints, strategy = request
    return {"group": group, "constraints": constraints, "strategy": strategy}


def place_as(w: World, request: Request, count: int, **how: Any) -> Any:
    """Place on the library; keep the result; return it as the twin words it."""
    before = w.twin.copy()
    result = w.call("place", request.task, count, **arguments(request), **how)
    w.results.append(Kept(result, said(result), w.cluster.change_count, request, before))
    return result.rows.tolist(), result.task_ids.tolist(), result.unplaced


def twin_places(w: World, request: Request, count: int, **how: Any) -> Any:
    placed = w.twin.place(request.task, count, **arguments(request), **how)
    return placed.rows, placed.task_ids, placed.unplaced


def some_count(w: World) -> int:
    return 0 if len(w.twin.tasks) > 14 else int(w.choose([0, 1, 1, 2, 3, 6]))


@step(16)
def place(w: World) -> None:
    request, count = w.request(), some_count(w)
    how = {"seed": w.seed(), "all_or_nothing": w.below(4) == 0}
    w.same(
        lambda: place_as(w, request, count, **how),
        lambda: twin_places(w, request, count, **how),
    )


@step(1)
def place_wrongly(w: World) -> None:
    """Refused: what is asked for is wrong (C13, C18)."""
    task = new_task(w.below(VARIANTS))
    member = MemberOf(EXPRESSIONS[0])
    wrong: dict[str, Any] = w.choose(
        [
            {"count": -1},
            {"strategy": [Random()] * 6},
            {"constraints": [member] * 11},
            {"constraints": iter([member])},
            {"group": ""},
            {"seed": 0.5},
            {"strategy": "random"},
        ]
    )
    w.refuses(lambda: w.call("place", task, **wrong), placement.PlacementError)
    w.refuses(lambda: w.call("place", "task"), placement.UsageError)


@step(3)
def prepare(w: World) -> None:
    request = w.request()

    def library() -> None:
        prepared = w.call("prepare", request.task, **arguments(request))
        w.requests.append(KeptRequest(prepared, request))

    w.same(library, lambda: None, changes=False)


@step(10)
def place_many(w: World) -> None:
    """Kept requests and plain ones together; a void one refuses the call (C7, C54)."""
    given: list[Any] = []
    requests: list[Request] = []
    good = True
    for _ in range(w.below(4)):
        if w.requests and w.below(3):
            kept = w.choose(w.requests)
            good &= kept.good
            given.append(kept.prepared)
            requests.append(kept.request)
        else:
            request = w.request()
            task, group, constraints, strategy = request
            given.append(placement.Request(task, group, constraints, strategy))
            requests.append(request)
    length = some_count(w) if requests else 0
    order = [w.below(len(requests)) for _ in range(length)]
    if w.below(20) == 0:
        order.append(len(requests))
    seed = w.seed()

    def library() -> Any:
        placed = w.call(
            "place_many", given, w.choose([np.array(order, np.int64), order]), seed=seed
        )
        return placed.rows.tolist(), placed.task_ids.tolist()

    def twin() -> Any:
        if not good:
            raise Refused
        placed = w.twin.place_many(requests, order, seed=seed)
        return placed.rows, placed.task_ids

    w.same(library, twin)


@step(4)
def place_on(w: World) -> None:
    id, request = w.id(), w.request()
    task, group, constraints, _ = request

    def library() -> Any:
        done = w.call("place_on", id, task, group=group, constraints=constraints)
        assert bool(done) == (done.task_id is not None)
        return list(done.missing) if done.task_id is None else done.task_id

    before = w.facts()
    try:
        found = library()
    except placement.PlacementError:
        found = REFUSED
    try:
        expected: Any = w.twin.place_on(id, request)
    except Refused:
        expected = REFUSED
    assert found == expected
    if not isinstance(found, int):
        assert w.facts() == before, "nothing was placed, but something has changed"
    else:
        assert w.cluster.change_count > before[-1]


@step(4)
def choose_to_stop(w: World) -> None:
    """It reads, unless it draws from the cluster's own numbers (C53)."""
    group, count = w.choose([*GROUPS, "none"]), w.below(5)
    chain = w.request().strategy
    seed, tie = w.seed(), w.choose(["task_id", "oldest", "newest"])
    draws = seed is None and any(isinstance(one, Random) for one in chain or ())
    w.same(
        lambda: w.call("choose_to_stop", group, count, chain, seed=seed, tie=tie),
        lambda: w.twin.choose_to_stop(group, count, chain, seed=seed, tie=tie),
        changes=draws,
    )


# --- Steps: extensions --------------------------------------------------------------------------


@step(7)
def extensions(w: World) -> None:
    """C22, C53: extensions that read, try to change the cluster, or raise."""
    probe = Probe(w, w.choose(["reads", "tries", "changes", "raises"]))
    reads = w.choose(["instance", "anything"])
    request = w.request()
    role = w.choose(["filter", "ranker", "reporter"])
    if role == "filter":
        own = OwnFilter(w, probe, w.choose(["stack", "running", "cpu"]), reads)
        own.reason = "PROBE"
        request = request._replace(constraints=(*request.constraints, own))
    elif role == "ranker":
        ranker = OwnRanker(w, probe, w.choose(["cpu", "tasks"]), reads)
        request = request._replace(strategy=(ranker, *(request.strategy or ())))
    else:
        w.cluster.reporter = lambda _: probe()
    library, twin, changes = deciding(w, request, role)
    before = w.facts()
    raised: type[BaseException] | None = None
    try:
        found: Any = library()
    except (placement.PlacementError, KeyboardInterrupt, MemoryError, ZeroDivisionError) as error:
        found, raised = REFUSED, type(error)
    finally:
        w.cluster.reporter = None
        probe.what = "answers"  # what was kept with it may be asked again
    if probe.spoilt is not None:
        assert raised is probe.spoilt, "an exception of an extension did not pass"
        assert w.facts()[:-1] == before[:-1], "a refused call left a trace"
        assert w.cluster.change_count >= before[-1]
        return
    assert raised is None or issubclass(raised, placement.PlacementError)
    try:
        expected = twin()
    except Refused:
        expected = REFUSED
    assert found == expected
    if not changes or found == REFUSED:
        assert w.facts() == before


def deciding(
    w: World, request: Request, role: str
) -> tuple[Callable[[], Any], Callable[[], Any], bool]:
    """Return a call that asks the extensions of a request, its twin, and whether it changes."""
    task, group, constraints, strategy = request
    count, seed = some_count(w), w.seed()
    which = w.below(5)
    if which == 0 and role == "filter":
        return (
            lambda: failures_of(w.call("explain", task, group=group, constraints=constraints)),
            lambda: failing(w, request),
            False,
        )
    if which == 1 and role == "filter":
        return (
            lambda: set(w.call("missing", task, group=group, constraints=constraints)),
            lambda: {w.twin.node(row).id for row in failing(w, request)},
            False,
        )
    if which == 2 and role == "ranker":
        name, many = w.choose(GROUPS), w.below(4)
        draws = seed is None and any(isinstance(one, Random) for one in strategy or ())
        return (
            lambda: w.call("choose_to_stop", name, many, strategy, seed=seed),
            lambda: w.twin.choose_to_stop(name, many, strategy, seed=seed),
            draws,
        )
    if which == 3:
        order = [0] * count

        def library() -> Any:
            kept = w.call("prepare", task, group=group, constraints=constraints, strategy=strategy)
            placed = w.call("place_many", [kept], order, seed=seed)
            return placed.rows.tolist(), placed.task_ids.tolist()

        def twin() -> Any:
            placed = w.twin.place_many([request], order, seed=seed)
            return placed.rows, placed.task_ids

        return library, twin, True
    if which == 4 and role == "filter":

        def on() -> Any:
            done = w.call("place_on", id, task, group=group, constraints=constraints)
            return list(done.missing) if done.task_id is None else done.task_id

        id = w.id()
        return on, lambda: w.twin.place_on(id, request), True
    return (
        lambda: place_as(w, request, count, seed=seed),
        lambda: twin_places(w, request, count, seed=seed),
        True,
    )


@step()
def broken_arguments(w: World) -> None:
    """A mapping or an iterator of the caller's raises in the middle, or tries a change (C53)."""
    error = w.choose([KeyboardInterrupt(), MemoryError(), ZeroDivisionError()])
    id = w.id()
    known = id in [node.id for node in w.twin.registered()]
    tasks = [task for task, held in w.twin.tasks.items() if held.desired == "RUNNING"]
    document = dict(new_document(w.choose(IDS), w.below(VARIANTS)))
    prepared = [kept.prepared for kept in w.requests if kept.good]
    calls: list[Callable[[], Any]] = [
        lambda: w.call("register", Broken(error, document)),
        lambda: w.call("stop", broken_list(error, tasks)),
        lambda: w.call("place_many", broken_list(error, prepared), [0]),
    ]
    if known:
        calls += [
            lambda: w.call("put_attributes", id, Broken(error, {"stack": "new"})),
            lambda: w.call("delete_attributes", id, broken_list(error, ["stack"])),
        ]
    before = w.facts()
    try:
        w.choose(calls)()
    except (placement.PlacementError, type(error)):
        assert w.facts()[:-1] == before[:-1], "a refused call left a trace"
    else:
        raise AssertionError("the argument's exception did not pass")


@step(1)
def meddling_arguments(w: World) -> None:
    """An iterator given as argument tries to change the cluster that reads it (C53)."""

    def meddling() -> Iterator[Any]:
        raise w.change_inside()
        yield

    calls: list[Callable[[], Any]] = [
        lambda: w.call("stop", meddling()),
        lambda: w.call("place_many", meddling(), [0]),
    ]
    w.refuses(w.choose(calls), placement.UsageError)


# --- Steps: results -----------------------------------------------------------------------------


@step(3)
def undo(w: World) -> None:
    """A result can be undone while nothing else has changed, and says the same ever after."""
    if not w.results:
        return
    kept = w.results[-1] if w.below(3) else w.choose(w.results)
    w.called.add("Placement.undo")
    if kept.change_count != w.cluster.change_count:
        w.refuses(kept.result.undo, placement.StaleExplanation)
    else:
        before = w.cluster.change_count
        kept.result.undo()
        w.twin.become(kept.before)
        assert w.cluster.change_count > before
    assert said(kept.result) == kept.facts


@step()
def explain_result(w: World) -> None:
    """C20: stale once the cluster has changed."""
    if not w.results:
        return
    kept = w.results[-1] if w.below(3) else w.choose(w.results)
    w.called.add("Placement.explain")
    if kept.change_count != w.cluster.change_count:
        w.refuses(kept.result.explain, placement.StaleExplanation)
        return
    w.same(
        lambda: failures_of(kept.result.explain()),
        lambda: failing(w, kept.request),
        changes=False,
    )


# --- Steps: trials, copies, compaction ----------------------------------------------------------


@step(3)
def open_trial(w: World) -> None:
    if len(w.trials) > 2:
        return
    trial = w.call("trial")
    before = w.cluster.change_count
    w.trials.append(OpenTrial(trial, w.twin.copy(), [kept.good for kept in w.requests]))
    assert trial.__enter__() is w.cluster
    assert w.cluster.change_count > before
    w.refuses(trial.__enter__, placement.UsageError)


@step(3)
def close_trial(w: World) -> None:
    """C21: mostly the newest; an outer one closes those inside too, and says so."""
    if not w.trials:
        return
    close_at(w, len(w.trials) - 1 if w.below(3) else w.below(len(w.trials)))


def close_at(w: World, depth: int) -> None:
    opened = w.trials[depth]
    outer = depth < len(w.trials) - 1
    before = w.cluster.change_count
    error = w.choose([None, ZeroDivisionError(), KeyboardInterrupt()])
    try:
        passed = opened.trial.__exit__(type(error) if error else None, error, None)
        assert not passed, "a trial kept an exception to itself"
        assert not outer, "trials inside were open, and nobody said so"
    except placement.UsageError:
        assert outer
    w.closed += [one.trial for one in w.trials[depth:]]
    del w.trials[depth:]
    w.twin.become(opened.before)
    assert w.cluster.change_count > before
    for number, kept in enumerate(w.requests):  # C54
        kept.good = opened.good[number] if number < len(opened.good) else True


@step(1)
def close_trial_again(w: World) -> None:
    if not w.closed:
        return
    trial = w.choose(w.closed)
    w.refuses(lambda: trial.__exit__(None, None, None), placement.UsageError)
    w.refuses(trial.__enter__, placement.UsageError)
    repr(trial)


@step(2)
def compact(w: World) -> None:
    """C7: prepared requests are void afterwards."""
    w.same(lambda: w.call("compact").tolist(), w.twin.compact)
    for kept in w.requests:
        kept.good = False


@step(2)
def copies(w: World) -> None:
    """A copy by any way is equal and independent; the history goes on with either (C21, C54)."""
    ways: dict[str, Callable[[Any], Any]] = {
        "copy": lambda _: w.call("copy"),
        "__copy__": copy.copy,
        "__deepcopy__": copy.deepcopy,
        "__reduce__": lambda cluster: pickle.loads(pickle.dumps(cluster)),
    }
    name = w.choose(list(ways))
    w.called.add(name)
    if w.trials:
        w.refuses(lambda: ways[name](w.cluster), placement.UsageError)
        return
    before = w.facts()
    other = ways[name](w.cluster)
    assert w.facts() == before
    assert other is not w.cluster
    if w.below(2):
        other, w.cluster = w.cluster, other
        w.results = []
        w.requests = [KeptRequest(kept.prepared, kept.request, False) for kept in w.requests]
        w.requests = w.requests[-2:]
    w.others = [*w.others[-1:], (other, w.twin.copy())]


@step(1)
def copies_with_results(w: World) -> None:
    """A result that is copied together with its cluster is a result of the copy (C54)."""
    if w.trials or not w.results:
        return
    kept = w.results[-1]
    cluster, result = copy.deepcopy((w.cluster, kept.result))
    assert said(result) == kept.facts
    fresh = kept.change_count == w.cluster.change_count
    if not fresh:
        while cluster.change_count < kept.change_count:
            cluster.set_agent(cluster.register(Instance(id="further")))
    try:
        result.undo()
        undone = True
    except placement.StaleExplanation:
        undone = False
    assert undone == fresh
    if fresh:
        assert cluster.store.tasks.number == kept.before.next_task
    w.agree()


@step(1)
def documents(w: World) -> None:
    """``from_ecs`` of ``to_ecs``: rows close up, task ids begin anew in the same order (C10)."""
    w.called |= {"to_ecs", "from_ecs"}
    before = w.facts()
    document = w.cluster.to_ecs()
    assert w.facts() == before
    again = placement.Cluster.from_ecs(
        document, release=w.options["release"], ties=w.options["ties"]
    )
    nodes = w.twin.registered()
    assert list(again.ids) == [node.id for node in nodes]
    for node in nodes:
        assert again.usage(node.id) == w.cluster.usage(node.id)
    held = sorted(w.twin.tasks.values(), key=lambda one: one.id)
    arns = [one["taskArn"] for one in document["tasks"]]
    assert [again.task_arn(again.task_by_arn(arn)) for arn in arns] == arns
    assert [again.task(number).group for number in range(len(held))] == [one.group for one in held]


# --- Steps: reading -----------------------------------------------------------------------------


def failures_of(found: placement.PlacementExplanation) -> dict[int, list[str]]:
    return {row: list(codes) for row, codes in found.failures.items()}


def failing(w: World, request: Request) -> dict[int, list[str]]:
    """Return the twin's reasons for each candidate without room."""
    failures = w.twin.failures(request.task, request.group, request.constraints)
    return {row: codes for row, codes in failures.items() if codes}


@step(3)
def explain(w: World) -> None:
    request = w.request()
    task, group, constraints, _ = request
    own = any(hasattr(one, "says") for one in constraints)

    def library() -> Any:
        found = w.call("explain", task, group=group, constraints=constraints)
        closest = None if found.closest is None else w.cluster.row(found.closest)
        assert str(found)
        return failures_of(found), found.fitting, own or (closest, found.never_fits)

    def twin() -> Any:
        found = failing(w, request)
        fitting = len(w.twin.candidates()) - len(found)
        if own:  # what a filter would say of an empty cluster, it is not asked
            return found, fitting, True
        closest = w.twin.closest(task, group, constraints)
        return found, fitting, (closest, w.twin.never_fits(task, group, constraints))

    w.same(library, twin, changes=False)


@step(2)
def missing(w: World) -> None:
    request = w.request()
    task, group, constraints, _ = request
    w.same(
        lambda: set(w.call("missing", task, group=group, constraints=constraints)),
        lambda: {w.twin.node(row).id for row in failing(w, request)},
        changes=False,
    )


@step(1)
def explain_prepared(w: World) -> None:
    if not w.requests:
        return
    kept = w.choose(w.requests)
    if kept.good:
        w.same(
            lambda: failures_of(w.call("explain", kept.prepared)),
            lambda: failing(w, kept.request),
            changes=False,
        )
    else:
        w.refuses(lambda: w.call("explain", kept.prepared), placement.UsageError)


@step(2)
def reads_instances(w: World) -> None:
    before = w.facts()
    cluster, twin = w.cluster, w.twin
    w.called |= {"rows", "ids", "__len__", "__contains__", "__repr__"}
    assert cluster.rows == len(twin.nodes) == len(cluster.ids)
    assert len(cluster) == len(twin.registered())
    assert ("none" in cluster, "nobody" in cluster.ids) == (False, False)
    assert repr(cluster).startswith("<Cluster: ")
    for node in twin.registered():
        row = node.row
        assert node.id in cluster
        assert w.call("row", node.id) == row
        for name in (ZONE, "stack", "none"):
            value = node.attributes.get(name, "absent")
            expected = None if value == "absent" else value or ""
            assert w.call("attribute", node.id, name) == expected
        tcp, udp = twin.taken_ports(row)
        usage = w.call("usage", node.id)
        assert (usage.running_tasks, usage.free_gpus) == (
            twin.running(row),
            tuple(twin.free_gpus(row)),
        )
        assert (usage.taken_tcp_ports, usage.taken_udp_ports) == (
            tuple(sorted(tcp)),
            tuple(sorted(udp)),
        )
        assert usage.remaining_network_interfaces == twin.interfaces_left(row)
        assert {name: twin.left(row, name) for name in usage.remaining_resources} == dict(
            usage.remaining_resources
        )
        told = w.call("describe", node.id)
        assert (told.status, told.agent_connected, told.agent_version) == (
            node.status,
            node.connected,
            node.version,
        )
        assert {name: text or None for name, text in node.attributes.items()} == dict(
            told.attributes
        )
        assert (told.cpu, told.memory, told.remaining_cpu, told.remaining_memory) == (
            node.cpu,
            node.memory,
            twin.left(row, "cpu"),
            twin.left(row, "memory"),
        )
    w.refuses(lambda: w.call("describe", "none"), placement.InstanceError)
    assert w.facts() == before


@step(2)
def reads_tasks(w: World) -> None:
    before = w.facts()
    twin = w.twin
    for node in twin.registered():
        held = sorted(held.id for held in twin.holding(node.row))
        assert w.call("tasks_on", node.id) == held
    for held in list(twin.tasks.values())[-4:]:
        task = w.call("task", held.id)
        assert (task.instance, task.group, task.gpus) == (
            twin.node(held.row).id,
            held.group,
            held.gpus,
        )
        assert (task.last_status, task.health, task.protected, task.deployment) == (
            held.last_status,
            held.health,
            held.protected,
            held.deployment,
        )
        assert task.stopping == (held.desired == "STOPPED")
        assert w.call("task_arn", held.id) is None
    for group in (*GROUPS, "none"):
        counts = [(node and twin.groups(node.row).get(group, 0)) or 0 for node in twin.nodes]
        assert w.call("task_counts", group).tolist() == counts
    running = [(node and twin.running(node.row)) or 0 for node in twin.nodes]
    assert w.call("task_counts").tolist() == running
    w.refuses(lambda: w.call("task", twin.next_task), placement.TaskError)
    w.refuses(lambda: w.call("task_arn", -1), placement.TaskError)
    w.refuses(lambda: w.call("task_by_arn", "none"), placement.TaskError)
    assert w.facts() == before


@step(2)
def reads_columns(w: World) -> None:
    """C36: what a column says does not depend on what was asked, refused or undone before."""
    before = w.facts()
    twin = w.twin
    columns: dict[str, Callable[[Any], Any]] = {
        "remaining.cpu": lambda node: twin.left(node.row, "cpu"),
        "remaining.disk": lambda node: twin.left(node.row, "disk"),
        "remaining.other": lambda _: 0,
        "registered.memory": lambda node: node.memory,
        "running_tasks": lambda node: twin.running(node.row),
        "tasks:g": lambda node: twin.groups(node.row).get("g", 0),
        "connected": lambda node: node.connected,
    }
    for name, read in columns.items():
        expected = [0 if node is None else read(node) for node in twin.nodes]
        assert w.call("column", name).tolist() == expected, name
    texts = w.call("column", "attribute:stack")
    stacks = [None if code < 0 else texts.values[code] for code in texts.codes.tolist()]
    assert stacks == [
        None if node is None or "stack" not in node.attributes else node.attributes["stack"] or ""
        for node in twin.nodes
    ]
    w.refuses(lambda: w.call("column", "none"), placement.UsageError)
    assert w.facts() == before


@step(2)
def reads_queries(w: World) -> None:
    """``mask``, ``select`` and ``matches`` say what the twin of the language says (A13, C7)."""
    before = w.facts()
    w.called |= {"Query.mask", "Query.select", "Query.matches", "Query.explain", "lint"}
    for text in [w.choose(EXPRESSIONS) for _ in range(3)]:
        query = placement.compile(text)
        tree = naive.parse(text, max_length=None)
        truths = [
            node is not None and naive.holds(tree, w.twin.instance(node.row))
            for node in w.twin.nodes
        ]
        assert query.mask(w.cluster).tolist() == truths
        chosen = [node.id for node in w.twin.registered() if truths[node.row]]
        assert query.select(w.cluster) == chosen
        for node in w.twin.registered()[:1]:
            assert query.matches(w.cluster, node.id) == truths[node.row]
            assert query.explain(w.cluster, node.id).truth == truths[node.row]
    name = w.choose(["stack", "rack", "none"])
    codes = {one.code for one in placement.lint(f"attribute:{name} exists", cluster=w.cluster)}
    known = any(name in node.attributes for node in w.twin.registered())
    assert ("unknown-attribute" in codes) != known
    assert w.facts() == before


# --- What an extension may try ------------------------------------------------------------------

CHANGES: dict[str, Callable[[World], Any]] = {
    "register": lambda w: w.cluster.register(Instance(id="inside", cpu=1, memory=1)),
    "deregister": lambda w: w.cluster.deregister(w.id(), force=True),
    "put_attributes": lambda w: w.cluster.put_attributes(w.id(), {"stack": "inside"}),
    "delete_attributes": lambda w: w.cluster.delete_attributes(w.id(), ["stack"]),
    "set_status": lambda w: w.cluster.set_status(w.id(), "DRAINING"),
    "set_agent": lambda w: w.cluster.set_agent(w.id(), connected=False),
    "add_task": lambda w: w.cluster.add_task(w.id(), "g"),
    "remove_task": lambda w: w.cluster.remove_task(w.task_id()),
    "stop": lambda w: w.cluster.stop(w.task_id()),
    "set_task": lambda w: w.cluster.set_task(w.task_id(), last_status="STOPPED"),
    "place": lambda w: w.cluster.place(new_task(0), 2),
    "place_many": lambda w: w.cluster.place_many([new_task(0)], [0, 0]),
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
    "__len__": lambda w: len(w.cluster),
    "__contains__": lambda w: w.id() in w.cluster,
    "__repr__": lambda w: repr(w.cluster),
    "row": lambda w: w.cluster.row(w.id()),
    "describe": lambda w: w.cluster.describe(w.id()),
    "attribute": lambda w: w.cluster.attribute(w.id(), "stack"),
    "usage": lambda w: w.cluster.usage(w.id()),
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


# --- A history ----------------------------------------------------------------------------------

_DRAWN = [name for name, (weight, _) in STEPS.items() for _ in range(weight)]


def play(world: World, name: str) -> None:
    """Make one step and compare."""
    world.note(name)
    STEPS[name][1](world)
    world.agree()


def end(world: World) -> None:
    """Close what is open and compare everything, other clusters too."""
    world.agree_fully()
    if world.trials:
        close_at(world, 0)
        world.agree_fully()
    for cluster, twin in world.others:
        world.cluster, world.twin = cluster, twin
        world.results = []
        world.agree_fully()


def history(seed: int, steps: int = 30) -> World:
    """Play a history of so many steps; an error names the seed and the steps."""
    world = World(random.Random(seed))
    try:
        for _ in range(steps):
            play(world, world.choose(_DRAWN))
        end(world)
    except BaseException as error:
        error.add_note(f"history({seed}, {steps}): {', '.join(world.told)}")
        raise
    return world


def histories(first: int, count: int, steps: int) -> int:
    """Play histories one after another and return how many steps were made: for one process."""
    for seed in range(first, first + count):
        history(seed, steps)
    return count * steps
