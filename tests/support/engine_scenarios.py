"""Hypothesis strategies of engine scenarios: a cluster, requests that compete for it, a history.

Task ids and instances are drawn from small pools, so that a history meets what it did before.
Instances have no type of Appendix A and requests no resource named like a built-in one: the
naive twin knows only capacities that are given (C12).
"""

from __future__ import annotations

from typing import Any, NamedTuple, TypeVar

from hypothesis import strategies as st

import placement
from naive_engine import Request

T = TypeVar("T")


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
            "neuron_devices": st.sampled_from([None, None, 0, 4]),
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


def limits() -> st.SearchStrategy[Any]:
    """Draw what limits the tasks of a group (C38)."""
    return st.one_of(
        st.just(placement.DistinctInstance()),
        st.builds(placement.AtMost, st.integers(1, 4)),
        st.builds(placement.ZoneSkew, st.integers(1, 3)),
    )


def constraints() -> st.SearchStrategy[tuple[Any, ...]]:
    """Draw the constraints of a call: mostly none, seldom more than two."""
    one = members() | limits()
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
        gpus=often(0, st.sampled_from([0, 0, 1, 2, "ALL"])),
        neuron_devices=often(0, st.just("ALL")),
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
        step(
            "place_on",
            id=st.sampled_from(IDS),
            request=st.integers(0, 4),
            use_reserved=mostly(False, st.just(True)),
        ),
    )


def reservations() -> st.SearchStrategy[dict[str, Any]]:
    """Draw what is reserved on an instance (A45): a good part of it, or more than it has left."""
    return st.fixed_dictionaries(
        {},
        optional={
            "cpu": st.sampled_from([0, 100, 1000, 5000]),
            "memory": st.sampled_from([0, 128, 1000, 5000]),
            "resources": st.dictionaries(st.sampled_from(["disk", "new"]), st.integers(0, 3)),
            "interfaces": st.integers(0, 2),
        },
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
        step("set_reservation", id=id, amounts=reservations()),
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
