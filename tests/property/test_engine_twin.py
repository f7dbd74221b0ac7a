"""The engine and its naive twin make the same decisions, one by one.

A scenario is a cluster, a few requests that compete for it, and a history of calls.  Every call is
made on both; what it answers (or that it is refused) must be equal.  Task ids and instances are
drawn from small pools, so that a history meets what it did before.

Instances have no type of Appendix A and requests no resource named like a built-in one: the
twin knows only capacities that are given (C12).
"""

from __future__ import annotations

import pickle
from typing import Any, NamedTuple, TypeVar

from hypothesis import given
from hypothesis import strategies as st

import naive
import placement
from naive_engine import NaiveCluster, Refused, Request, group_of

T = TypeVar("T")
REFUSED = "refused"


def mostly(usual: T, other: st.SearchStrategy[T]) -> st.SearchStrategy[T]:
    """Draw the usual value nearly always; a request has many such wishes, and must find room."""
    return st.integers(0, 15).flatmap(lambda n: other if n == 5 else st.just(usual))


def often(usual: T, other: st.SearchStrategy[T]) -> st.SearchStrategy[T]:
    """Draw the usual value about two times out of three."""
    return st.integers(0, 8).flatmap(lambda n: other if n in (2, 4, 6) else st.just(usual))


# --- What there is -----------------------------------------------------------------------------

ZONE = "ecs.availability-zone"
IDS = [f"i{number}" for number in range(7)]
GROUPS = ["g", "service:s", "family:task"]

COMMON_ATTRIBUTES = {
    ZONE: st.sampled_from(["a", "b", "c"]),
    "ecs.vpc-id": mostly("v1", st.just("v2")),
    "ecs.os-type": mostly("linux", st.just("windows")),
    "ecs.os-family": mostly("LINUX", st.just("WINDOWS_SERVER_2022_CORE")),
    "ecs.cpu-architecture": mostly("x86_64", st.just("arm64")),
    "ecs.capability.task-eni": st.none(),
    "stack": st.sampled_from(["prod", "test", "", None]),
}
OTHER_ATTRIBUTES = {
    "rack": st.sampled_from(["1", "2", None]),
    "disk-gb": st.sampled_from(["50", "100", "large"]),
}


@st.composite
def attributes(draw: st.DrawFn) -> dict[str, str | None]:
    """Draw attributes: the common ones nearly always, so that most tasks find their places."""
    drawn: dict[str, str | None] = {}
    for name, values in COMMON_ATTRIBUTES.items():
        if draw(st.integers(0, 15)) != 5:
            drawn[name] = draw(values)
    for name, values in OTHER_ATTRIBUTES.items():
        if draw(st.booleans()):
            drawn[name] = draw(values)
    if draw(mostly(False, st.just(True))):
        drawn["ecs.capability.external"] = None
    return drawn


STATUSES = mostly("ACTIVE", st.sampled_from(placement.STATUSES))
STATUS_CHANGES = st.sampled_from(["DRAINING", "ACTIVE", "DRAINING", "ACTIVE", *placement.STATUSES])
PORT_LISTS: st.SearchStrategy[Any] = st.sampled_from(
    [None, (), (80,), tuple(range(200, 299)), tuple(range(200, 302))]  # near the limit and beyond
)


def instances() -> st.SearchStrategy[dict[str, Any]]:
    """Draw the arguments of an instance, but for its id."""
    return st.fixed_dictionaries(
        {
            "attributes": attributes(),
            "ec2_instance_id": st.sampled_from([None, "e0", "e1"]),
            "status": STATUSES,
            "agent_connected": mostly(True, st.booleans()),
            "agent_version": st.sampled_from([None, "1.2.0", "1.14.5"]),
            "running_tasks": mostly(0, st.integers(0, 3)),
            "cpu": st.sampled_from([2048, 2000, 4096, 256]),
            "memory": st.sampled_from([4096, 4000, 2048, 300]),
            "gpus": st.sampled_from([0, 1, 3, ("x", "y", "z")]),
            "tcp_ports": PORT_LISTS,
            "udp_ports": mostly(None, PORT_LISTS),
            "network_interfaces": st.sampled_from([None, 0, 1, 2]),
            "resources": st.dictionaries(st.sampled_from(["disk", "fpga"]), st.integers(0, 4)),
        }
    )


# --- What is asked for ---------------------------------------------------------------------

EXPRESSIONS = [
    "attribute:stack == prod",
    "attribute:stack != prod",
    "attribute:ecs.availability-zone in [a, b]",
    "attribute:rack !exists",
    "attribute:disk-gb >= 100 or attribute:disk-gb !exists",
    "not(task:group == g)",
    "task:group == service:s",
    "task:group != g",
    "task:group =~ 'family:.*' or runningTasksCount < 2",
    "runningTasksCount < 3",
    "runningTasksCount >= 1",
    "not(attribute:stack == prod) and not(runningTasksCount > 4)",
    "agentConnected == true and ec2InstanceId in [e0, e1]",
    "agentVersion >= 1.3",
]

SPREAD_FIELDS = ["instanceId", "host", f"attribute:{ZONE}", "attribute:stack", "attribute:rack"]
BINPACK_FIELDS = ["cpu", "memory", "gpu", "disk", "MEMORY"]


def members() -> st.SearchStrategy[Any]:
    return st.sampled_from(EXPRESSIONS).map(placement.MemberOf)


def constraints() -> st.SearchStrategy[tuple[Any, ...]]:
    """Draw the constraints of a call: mostly none, seldom more than two."""
    one = members() | st.just(placement.DistinctInstance())
    return often((), st.lists(one, min_size=1, max_size=2).map(tuple))


def strategies() -> st.SearchStrategy[Any]:
    spreads = st.builds(
        placement.Spread,
        st.sampled_from(SPREAD_FIELDS),
        count_draining=st.booleans(),
        count_old_revisions=st.booleans(),
    )
    packs = st.sampled_from(BINPACK_FIELDS).map(placement.BinPack)
    return st.one_of(spreads, packs, spreads, packs, st.builds(placement.Random))


def chains() -> st.SearchStrategy[tuple[Any, ...] | None]:
    """Draw a chain of up to five, with fields that come twice, or None for the default."""
    return st.none() | st.lists(strategies(), max_size=5).map(tuple)


def ports() -> st.SearchStrategy[tuple[int, ...]]:
    one = st.sampled_from([80, 81, 82, 22, 200])
    return often((), st.lists(one, unique=True, min_size=1, max_size=2).map(tuple))


def tasks() -> st.SearchStrategy[Any]:
    """Draw tasks that take a good part of an instance; each further wish is rare."""
    return st.builds(
        placement.Task,
        cpu=st.sampled_from([0, 100, 256, 500, 1024]),
        memory=st.sampled_from([0, 128, 300, 512]),
        gpus=often(0, st.sampled_from([0, 0, 1, 2])),
        tcp_ports=mostly((), ports()) | ports(),
        udp_ports=mostly((), ports()),
        dynamic_ports=st.integers(0, 2),
        network_interface=often(False, st.booleans()),
        attributes=mostly({}, st.sampled_from([{"stack": "prod"}, {"stack": None}, {"rack": ""}])),
        operating_system=mostly(None, st.sampled_from(["LINUX", "WINDOWS_SERVER_2022_CORE"])),
        architecture=mostly(None, st.sampled_from(["X86_64", "ARM64"])),
        resources=mostly(
            {}, st.dictionaries(st.sampled_from(["disk", "fpga"]), st.integers(0, 2), min_size=1)
        ),
        family=often("task", st.just("other")),
        revision=st.integers(0, 1),
        constraints=mostly((), st.lists(members(), min_size=1, max_size=2).map(tuple)),
        zones=mostly((), st.sampled_from([("a",), ("a", "b")])),
        vpc=mostly(None, st.just("v1")),
        launch_type=mostly("EC2", st.just("EXTERNAL")),
    )


def requests() -> st.SearchStrategy[Request]:
    groups = st.none() | st.sampled_from(GROUPS)
    return st.builds(Request, tasks(), groups, constraints(), chains())


# --- What happens ------------------------------------------------------------------------------


class Step(NamedTuple):
    """A call by its name.  ``request`` and ``requests`` are numbers in the scenario's pool."""

    name: str
    arguments: dict[str, Any]


class Scenario(NamedTuple):
    """Where, for what, and what happens; ``options`` are those of the cluster."""

    options: dict[str, Any]
    instances: list[dict[str, Any]]
    requests: list[Request]
    steps: list[Step]


SEEDS = st.none() | st.integers(0, 5) | st.integers(0, 2**64 - 1)
SOME_TASK = st.integers(0, 7)
"""Which task: so many before the one that came last; beyond the first it is nobody's id."""


def facts(states: list[str]) -> st.SearchStrategy[dict[str, Any]]:
    """Draw what ``set_task`` can say of a task (C16)."""
    return st.fixed_dictionaries(
        {},
        optional={
            "last_status": st.sampled_from(states),
            "health": st.sampled_from(["HEALTHY", "UNHEALTHY", "UNKNOWN"]),
            "protected": st.booleans(),
            "deployment": st.integers(0, 2),
        },
    )


def step(name: str, **arguments: st.SearchStrategy[Any]) -> st.SearchStrategy[Step]:
    return st.builds(Step, st.just(name), st.fixed_dictionaries(arguments))


def placing() -> st.SearchStrategy[Step]:
    """Draw a call that places one request."""
    return step(
        "place",
        request=st.integers(0, 4),
        count=st.integers(0, 12),
        seed=SEEDS,
        all_or_nothing=mostly(False, st.booleans()),
    )


def decisions() -> st.SearchStrategy[Step]:
    """Draw the calls that decide."""
    return st.one_of(
        placing(),
        step(
            "place_many",
            order=st.lists(st.integers(0, 4), max_size=30),
            seed=SEEDS,
            prepared=mostly(True, st.booleans()),
        ),
        step(
            "choose_to_stop",
            request=st.integers(0, 4),
            known=st.lists(facts(["PENDING", "RUNNING", "ACTIVATING"]), max_size=4),
            count=st.integers(0, 8),
            strategy=chains(),
            seed=SEEDS,
            tie=st.sampled_from(["task_id", "oldest", "newest"]),
        ),
        step("explain", request=st.integers(0, 4)),
        step("place_on", id=st.sampled_from(IDS), request=st.integers(0, 4)),
    )


def changes() -> st.SearchStrategy[Step]:
    """Draw the calls that change something."""
    id = st.sampled_from(IDS)
    return st.one_of(
        step("register", id=id, instance=instances()),
        step("deregister", id=id, force=st.booleans()),
        step("put_attributes", id=id, attributes=attributes()),
        step("delete_attributes", id=id, names=st.sampled_from([[ZONE], ["stack"], ["rack"]])),
        step("set_status", id=id, status=STATUS_CHANGES),
        step("set_agent", id=id, connected=st.booleans()),
        step("add_task", id=id, group=st.sampled_from(GROUPS)),
        step("stop", tasks=st.lists(SOME_TASK, min_size=1, max_size=4)),
        step("stop", tasks=st.lists(SOME_TASK, min_size=1, max_size=1)),
        step("remove_task", task=SOME_TASK),
        step("set_task", task=SOME_TASK, facts=facts(["PENDING", "RUNNING", "STOPPED"])),
        step("set_task", task=SOME_TASK, facts=st.just({"last_status": "STOPPED"})),
        step("compact"),
        step("pickle"),
    )


def trials() -> st.SearchStrategy[Step]:
    """Draw calls that are tried and undone; no copies are made inside (C21)."""
    inside = (decisions() | changes()).filter(lambda one: one.name not in ("pickle", "compact"))
    return step("trial", steps=st.lists(inside, max_size=6))


def histories() -> st.SearchStrategy[list[Step]]:
    """Draw what happens: something is placed first, so that there is something to stop."""
    later = st.one_of(decisions(), decisions(), changes(), trials())
    parts = st.lists(placing(), min_size=1, max_size=3), st.lists(later, min_size=2, max_size=12)
    return st.tuples(*parts).map(lambda both: both[0] + both[1])


def scenarios() -> st.SearchStrategy[Scenario]:
    return st.builds(
        Scenario,
        st.fixed_dictionaries(
            {
                "seed": st.integers(0, 3),
                "release": often("desired_status", st.just("last_status")),
                "ties": mostly("registered", st.just("random")),
            }
        ),
        st.lists(instances(), min_size=2, max_size=6),
        st.lists(requests(), min_size=1, max_size=4),
        histories(),
    )


# --- Who plays it ------------------------------------------------------------------------------


class Twin:
    """Plays steps on the naive twin."""

    refusals: tuple[type[Exception], ...] = (Refused,)

    def __init__(self, scenario: Scenario) -> None:
        self.cluster = NaiveCluster(**scenario.options)
        self.requests = scenario.requests
        self.ids: list[int] = []

    def play(self, step: Step) -> Any:
        """Make the call; return what it answers, as plain values, or that it is refused."""
        try:
            return getattr(self, step.name)(**step.arguments)
        except self.refusals:
            return REFUSED

    def request(self, number: int) -> Request:
        return self.requests[number % len(self.requests)]

    def register(self, id: str, instance: dict[str, Any]) -> int:
        return self.cluster.register(id=id, **instance)

    def place(self, request: int, **how: Any) -> Any:
        task, group, constraints, strategy = self.request(request)
        how |= {"group": group, "constraints": constraints, "strategy": strategy}
        placed = self.cluster.place(task, **how)
        self.ids += map(int, placed.task_ids)
        return list(placed.rows), list(placed.task_ids), placed.unplaced

    def place_many(self, order: list[int], seed: int | None, prepared: bool) -> Any:  # noqa: ARG002
        order = [number % len(self.requests) for number in order]
        rows, ids = self.cluster.place_many(self.requests, order, seed=seed)
        self.ids += [id for id in ids if id >= 0]
        return rows, ids

    def choose_to_stop(
        self, request: int, known: list[dict[str, Any]], count: int, **how: Any
    ) -> list[int]:
        """Say what is ``known`` of the latest tasks, then ask."""
        for number, told in enumerate(known):
            self.play(Step("set_task", {"task": number, "facts": told}))
        group = group_of(self.request(request))
        return list(self.cluster.choose_to_stop(group, count, **how))

    def place_on(self, id: str, request: int) -> int | list[str]:
        placed = self.cluster.place_on(id, self.request(request))
        return self.noted(placed)

    def noted(self, placed: int | list[str]) -> int | list[str]:
        if isinstance(placed, int):
            self.ids.append(placed)
        return placed

    def explain(self, request: int) -> Any:
        """Return the failed checks of every candidate, the closest row and whether not ever."""
        task, group, constraints, _ = self.request(request)
        failures = self.cluster.failures(task, group, constraints)
        return (
            {row: failed for row, failed in failures.items() if failed},
            self.cluster.closest(task, group, constraints),
            self.cluster.never_fits(task, group, constraints),
        )

    def deregister(self, id: str, force: bool) -> None:
        self.cluster.deregister(id, force=force)

    def put_attributes(self, id: str, attributes: dict[str, str | None]) -> None:
        self.cluster.put_attributes(id, attributes)

    def delete_attributes(self, id: str, names: list[str]) -> None:
        self.cluster.delete_attributes(id, names)

    def set_status(self, id: str, status: str) -> None:
        self.cluster.set_status(id, status)

    def set_agent(self, id: str, connected: bool) -> None:
        self.cluster.set_agent(id, connected=connected)

    def add_task(self, id: str, group: str) -> int:
        self.ids.append(int(self.cluster.add_task(id, group)))
        return self.ids[-1]

    def task(self, number: int) -> int:
        return self.ids[-1 - number] if number < len(self.ids) else 10**6

    def stop(self, tasks: list[int]) -> None:
        self.cluster.stop([self.task(number) for number in tasks])

    def set_task(self, task: int, facts: dict[str, Any]) -> None:
        self.cluster.set_task(self.task(task), **facts)

    def remove_task(self, task: int) -> None:
        self.cluster.remove_task(self.task(task))

    def compact(self) -> list[int]:
        return list(self.cluster.compact())

    def pickle(self) -> None:
        self.cluster = self.cluster.copy()

    def trial(self, steps: list[Step]) -> list[Any]:
        saved = self.cluster.copy()
        answers = self.tried(steps)
        self.cluster.become(saved)
        return answers

    def tried(self, steps: list[Step]) -> list[Any]:
        """Play what will be undone; ids made here are nobody's afterwards (C21)."""
        ids = list(self.ids)
        answers = [self.play(step) for step in steps]
        self.ids = ids
        return answers


class Engine(Twin):
    """Plays the same steps on the library, through its public calls.

    Prepared requests are kept from step to step, so that what they keep has to follow the history.
    """

    refusals = (placement.PlacementError,)
    cluster: Any

    def __init__(self, scenario: Scenario) -> None:
        super().__init__(scenario)
        self.cluster = placement.Cluster(**scenario.options)
        self.prepared: list[Any] | None = None

    def register(self, id: str, instance: dict[str, Any]) -> int:
        return int(self.cluster.register(placement.Instance(id=id, **instance)))

    def prepare(self, request: Request) -> Any:
        task, group, constraints, strategy = request
        return self.cluster.prepare(task, group=group, constraints=constraints, strategy=strategy)

    def place(self, request: int, **how: Any) -> Any:
        rows, ids, unplaced = super().place(request, **how)
        return [int(row) for row in rows], [int(id) for id in ids], int(unplaced)

    def place_many(self, order: list[int], seed: int | None, prepared: bool) -> Any:
        order = [number % len(self.requests) for number in order]
        if self.prepared is None or not prepared:
            self.prepared = [self.prepare(request) for request in self.requests]
        rows, ids = self.cluster.place_many(self.prepared, order, seed=seed)
        self.ids += [id for id in ids.tolist() if id >= 0]
        return rows.tolist(), ids.tolist()

    def choose_to_stop(self, *what: Any, **how: Any) -> list[int]:
        return [int(id) for id in super().choose_to_stop(*what, **how)]

    def place_on(self, id: str, request: int) -> int | list[str]:
        task, group, constraints, _ = self.request(request)
        placed = self.cluster.place_on(id, task, group=group, constraints=constraints)
        return self.noted(list(placed.missing) if placed.task_id is None else placed.task_id)

    def explain(self, request: int) -> Any:
        task, group, constraints, _ = self.request(request)
        found = self.cluster.explain(task, group=group, constraints=constraints)
        return explained(found, self.cluster)

    def compact(self) -> list[int]:
        self.prepared = None  # C7: void
        return [int(row) for row in self.cluster.compact()]

    def pickle(self) -> None:
        self.prepared = None
        self.cluster = pickle.loads(pickle.dumps(self.cluster))

    def trial(self, steps: list[Step]) -> list[Any]:
        with self.cluster.trial():
            return self.tried(steps)


def explained(found: Any, cluster: Any) -> Any:
    """Read an explanation as the twin words it: the one place that knows its form."""
    failures = {int(row): [str(code) for code in codes] for row, codes in found.failures.items()}
    closest = None if found.closest is None else cluster.row(found.closest)
    return failures, closest, bool(found.never_fits)


def started(player: Twin, scenario: Scenario) -> Twin:
    for id, instance in zip(IDS, scenario.instances, strict=False):
        player.register(id, instance)
    return player


# --- Laws ------------------------------------------------------------------------------------

COUNTS = ["runningTasksCount > 0", "runningTasksCount > 2", *(f"task:group == {g}" for g in GROUPS)]


def masks(player: Twin) -> list[list[bool]]:
    """Return what the language sees of the tasks on the twin."""
    return [
        [
            node is not None and naive.holds(naive.parse(text), player.cluster.instance(row))
            for row, node in enumerate(player.cluster.nodes)
        ]
        for text in COUNTS
    ]


def engine_masks(player: Engine) -> list[list[bool]]:
    return [placement.compile(text).mask(player.cluster).tolist() for text in COUNTS]


def compare(scenario: Scenario) -> tuple[Engine, Twin]:
    """Play a scenario on both and compare answer by answer; return the two at its end."""
    engine, twin = Engine(scenario), Twin(scenario)
    started(engine, scenario)
    started(twin, scenario)
    for number, one in enumerate(scenario.steps):
        for asked in (one, Step("explain", {"request": number})):
            expected = twin.play(asked)
            assert engine.play(asked) == expected, f"step {number}: {asked}"
        twin.cluster.invariants()
    return engine, twin


@given(scenarios())
def test_the_engine_decides_as_its_twin(scenario: Scenario) -> None:
    """The whole engine at once; in the end both count the same tasks."""
    engine, twin = compare(scenario)
    assert engine_masks(engine) == masks(twin)


@given(scenarios())
def test_a_count_is_one_by_one(scenario: Scenario) -> None:
    """Many identical tasks are decided as one after the other, the same stream going on."""
    together, single = started(Engine(scenario), scenario), started(Engine(scenario), scenario)
    for number in range(len(scenario.requests)):
        rows, ids, _ = together.place(number, count=20)
        answers = [single.place(number, count=1) for _ in range(20)]
        assert rows == [row for rows, _, _ in answers for row in rows]
        assert ids == [id for _, ids, _ in answers for id in ids]


@given(scenarios(), st.lists(st.integers(0, 4), max_size=40))
def test_prepared_requests_decide_as_plain_ones(scenario: Scenario, order: list[int]) -> None:
    """Request by request, with what is prepared anew each time and what is kept."""
    kept, anew = started(Engine(scenario), scenario), started(Engine(scenario), scenario)
    for number in order:
        one = kept.place_many(order=[number], seed=None, prepared=True)
        assert one == anew.place_many(order=[number], seed=None, prepared=False)


@given(scenarios())
def test_the_same_history_gives_the_same_answers(scenario: Scenario) -> None:
    one, two = started(Engine(scenario), scenario), started(Engine(scenario), scenario)
    assert [one.play(step) for step in scenario.steps] == [
        two.play(step) for step in scenario.steps
    ]


@given(scenarios(), st.lists(decisions() | changes(), max_size=10))
def test_what_was_only_tried_has_not_happened(scenario: Scenario, tried: list[Step]) -> None:
    """C21: every later answer is that of a cluster that never tried."""
    inside = [step for step in tried if step.name not in ("pickle", "compact")]
    one, two = started(Engine(scenario), scenario), started(Engine(scenario), scenario)
    for step in scenario.steps:
        one.play(Step("trial", {"steps": inside}))
        assert one.play(step) == two.play(step)
