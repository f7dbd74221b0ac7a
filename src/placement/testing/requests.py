"""Strategies for what is asked of a scheduler: instances with room, tasks, constraints, chains.

Out: valid values of the library's own classes.  Sizes are such that two to ten tasks fill an
instance, and names are few, so that requests compete for the same ports, GPUs and attributes.
"""

from __future__ import annotations

from typing import TypeVar

from hypothesis import strategies as st

from placement.engine.request import (
    AtMost,
    BinPack,
    Constraint,
    DistinctInstance,
    MemberOf,
    Random,
    Spread,
    Strategy,
    Task,
)
from placement.engine.results import Request
from placement.lang.printer import canonical
from placement.model import Instance
from placement.model.attribute_names import TASK_ENI
from placement.query.query import compile
from placement.testing.expressions import expressions

__all__ = ["chains", "changes_of_attributes", "constraints", "requests", "roomy_instances", "tasks"]

T = TypeVar("T")

ZONE = "ecs.availability-zone"

_VALUES: dict[str, tuple[str | None, ...]] = {
    ZONE: ("z1", "z2", "z3"),
    "stack": ("prod", "test", None),
    "rack": ("9", "10"),
}
_EXPRESSIONS = (
    "attribute:stack == prod",
    "attribute:stack != prod",
    "attribute:rack >= 10 or attribute:rack !exists",
    f"attribute:{ZONE} in [z1, z2]",
    "attribute:stack =~ 'p.*'",
    "not(task:group == batch)",
    "task:group == service:web",
    "task:group != batch",
    "not(task:group =~ 'service:.*')",
    "runningTasksCount < 3",
    "runningTasksCount >= 1 or attribute:stack == prod",
)


def _mostly(usual: st.SearchStrategy[T], rare: st.SearchStrategy[T]) -> st.SearchStrategy[T]:
    """Draw from ``rare`` once in sixteen times: tasks with many conditions would never fit.

    The number that selects ``rare`` is neither the first nor the last: Hypothesis prefers those.
    """
    return st.integers(0, 15).flatmap(lambda n: rare if n == 5 else usual)


def changes_of_attributes() -> st.SearchStrategy[dict[str, str | None]]:
    """Return attributes to put on an instance; none that says how many interfaces it has (C12)."""
    values = {name: st.sampled_from(values) for name, values in _VALUES.items()}
    return st.fixed_dictionaries({}, optional=values)


def roomy_instances() -> st.SearchStrategy[Instance]:
    """Return instances that have room for some of ``tasks()``, all with the id ``i``.

    Some come with something taken already, with tasks of which no group is known, without an
    agent, DRAINING.

    >>> from hypothesis import given
    >>> @given(roomy_instances(), tasks())
    ... def test_a_placed_task_leaves_no_more_than_there_was(instance, task):
    ...     cluster = placement.Cluster()
    ...     cluster.register(instance)
    ...     cluster.place(task, 3)
    ...     assert 0 <= cluster.usage("i").remaining_cpu <= instance.cpu
    >>> test_a_placed_task_leaves_no_more_than_there_was()
    """
    return st.builds(
        Instance,
        id=st.just("i"),
        attributes=st.builds(_with_interface, changes_of_attributes(), st.booleans()),
        status=_mostly(st.just("ACTIVE"), st.sampled_from(["DRAINING", "REGISTERING"])),
        agent_connected=_mostly(st.just(True), st.booleans()),
        running_tasks=_mostly(st.just(0), st.integers(1, 3)),
        cpu=st.sampled_from([1024, 2000, 4096]),
        memory=st.sampled_from([2048, 1000, 4096]),
        gpus=st.sampled_from([2, 0, ("x", "y", "z")]),
        neuron_devices=st.sampled_from([None, None, 0, 4]),
        resources=st.sampled_from([{}, {"disk": 3}, {"disk": 1, "fpga": 2}]),
        network_interfaces=st.sampled_from([None, 1, 2]),
        remaining_cpu=_mostly(st.none(), st.sampled_from([0, 1000])),
        remaining_memory=_mostly(st.none(), st.sampled_from([100, 1000])),
        remaining_neuron_devices=_mostly(st.none(), st.just(0)),
        tcp_ports=_mostly(st.none(), st.sampled_from([(), (80,), tuple(range(200, 299))])),
        taken_udp_ports=_mostly(st.none(), st.sampled_from([(80,), (81, 82)])),
    )


def _with_interface(values: dict[str, str | None], interface: bool) -> dict[str, str | None]:
    return values | ({TASK_ENI: None} if interface else {})


def tasks() -> st.SearchStrategy[Task]:
    """Return tasks that take a good part of one of ``roomy_instances()``.

    >>> from hypothesis import given
    >>> @given(tasks())
    ... def test_a_task_fits_on_a_large_instance_without_wishes(task):
    ...     cluster = placement.Cluster()
    ...     cluster.register(placement.Instance(id="i", cpu=10**6, memory=10**6))
    ...     found = cluster.explain(task).failures.get(0, ())
    ...     assert not {"RESOURCE:CPU", "RESOURCE:MEMORY"} & set(found)
    >>> test_a_task_fits_on_a_large_instance_without_wishes()
    """
    ports = st.sampled_from([(), (80,), (81, 82), (22,)])
    members = st.lists(_members(), min_size=1, max_size=2).map(tuple)
    needs: dict[str, str | None] = {}
    amounts: dict[str, int] = {}
    return st.builds(
        Task,
        cpu=st.sampled_from([0, 100, 256, 600]),
        memory=st.sampled_from([0, 128, 300, 1000]),
        tcp_ports=st.just(()) | ports,
        udp_ports=_mostly(st.just(()), ports),
        gpus=_mostly(st.sampled_from([0, 0, 1, 0, 2, 0]), st.just("ALL")),
        neuron_devices=_mostly(st.just(0), st.just("ALL")),
        network_interface=_mostly(st.just(False), st.just(True)),
        resources=_mostly(st.just(amounts), st.sampled_from([{"disk": 1}, {"disk": 1, "fpga": 1}])),
        attributes=_mostly(st.just(needs), st.sampled_from([{"stack": None}, {"stack": "prod"}])),
        zones=_mostly(st.just(()), st.sampled_from([("z1",), ("z1", "z2")])),
        constraints=_mostly(st.just(()), members),
        family=st.sampled_from(["task", "other"]),
    )


def _members() -> st.SearchStrategy[MemberOf]:
    whole = expressions(max_leaves=3).map(
        lambda tree: MemberOf(compile(canonical(tree), max_length=None))
    )
    return _mostly(st.sampled_from(_EXPRESSIONS).map(MemberOf), whole)


def constraints() -> st.SearchStrategy[tuple[Constraint, ...]]:
    """Return the constraints of a call: mostly none, seldom more than one.

    >>> from hypothesis import given
    >>> @given(constraints())
    ... def test_a_call_takes_them(constraints):
    ...     placement.Cluster().prepare(placement.Task(), constraints=constraints)
    >>> test_a_call_takes_them()
    """
    limits = st.just(DistinctInstance()) | st.integers(1, 3).map(AtMost)
    one = _members() | limits
    some = st.lists(one, min_size=1, max_size=2).map(tuple)
    return st.just(()) | st.just(()) | some


def chains() -> st.SearchStrategy[tuple[Strategy, ...] | None]:
    """Return chains of strategies, at most three long, or None for the default (C18).

    >>> from hypothesis import given
    >>> @given(chains())
    ... def test_a_call_takes_it(chain):
    ...     placement.Cluster().prepare(placement.Task(), strategy=chain)
    >>> test_a_call_takes_it()
    """
    fields = st.sampled_from(["instanceId", f"attribute:{ZONE}", "attribute:stack"])
    one: st.SearchStrategy[Strategy] = st.one_of(
        fields.map(Spread),
        st.sampled_from(["cpu", "memory", "gpu", "disk"]).map(BinPack),
        st.just(Random()),
    )
    return st.none() | st.lists(one, max_size=3).map(tuple)


def requests() -> st.SearchStrategy[Request]:
    """Return requests: a task, its group, constraints and chain.

    >>> from hypothesis import given
    >>> @given(requests())
    ... def test_a_stream_takes_it(request):
    ...     assert placement.Cluster().place_many([request], [0, 0]).rows.tolist() == [-1, -1]
    >>> test_a_stream_takes_it()
    """
    groups = st.sampled_from([None, "service:web", "batch"])
    return st.builds(Request, tasks(), groups, constraints(), chains())
