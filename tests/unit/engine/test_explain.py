"""Explanations: what is said of each check, and that asking changes nothing."""

from __future__ import annotations

import pickle
from typing import Any

import pytest

import placement
from placement import AtMost, BinPack, DistinctInstance, Instance, MemberOf, Spread, Task


class Never:
    """A filter that rules everything out."""

    reads = "instance"

    def __init__(self, reason: str = "NEVER") -> None:
        self.reason = reason

    def keep(self, mask: Any, rows: Any) -> None:
        mask[rows >= 0] = False


def cluster(count: int, **fields: Any) -> placement.Cluster:
    found = placement.Cluster()
    for number in range(count):
        found.register(Instance(id=f"i{number}", **fields))
    return found


SENTENCES: list[tuple[dict[str, Any], dict[str, Any], list[Any], str, str]] = [
    ({"status": "DRAINING"}, {}, [], "is not ACTIVE: DRAINING", "are not ACTIVE: DRAINING"),
    (
        *({"agent_connected": False}, {}, []),
        *("has a disconnected agent", "have a disconnected agent"),
    ),
    (
        *({}, {"attributes": {"a": None, "b": "c"}}, []),
        "lacks a required attribute: a is missing (1); b is not 'c' (1)",
        "lack a required attribute: a is missing (2); b is not 'c' (2)",
    ),
    ({}, {"zones": ("z",)}, [], "is in another zone", "are in another zone"),
    (
        *({"cpu": 3}, {"cpu": 4}, []),
        "lacks cpu: wanted 4 CPU units, 3 CPU units left, on i0",
        "lack cpu: wanted 4 CPU units, at most 3 CPU units left, on i0",
    ),
    (
        *({"memory": 3}, {"memory": 4}, []),
        "lacks memory: wanted 4 MiB, 3 MiB left, on i0",
        "lack memory: wanted 4 MiB, at most 3 MiB left, on i0",
    ),
    (
        *({}, {"tcp_ports": (22,)}, []),
        *(
            "lacks a free port: tcp port 22 is reserved",
            "lack a free port: tcp port 22 is reserved",
        ),
    ),
    (
        {"network_interfaces": 0, "attributes": {"ecs.capability.task-eni": None}},
        {"network_interface": True},
        [],
        *("has no network interface left", "have no network interface left"),
    ),
    (
        *({"gpus": 1}, {"gpus": 2}, []),
        "lacks GPUs: wanted 2 GPUs, 1 GPU left, on i0",
        "lack GPUs: wanted 2 GPUs, at most 1 GPU left, on i0",
    ),
    (
        *({"resources": {"disk": 1}}, {"resources": {"disk": 2}}, []),
        "lacks disk: wanted 2 disk, 1 disk left, on i0",
        "lack disk: wanted 2 disk, at most 1 disk left, on i0",
    ),
    (
        *({}, {"resources": {"unheard-of": 2}}, []),
        "lacks unheard-of: wanted 2 unheard-of, 0 unheard-of left, on i0",
        "lack unheard-of: wanted 2 unheard-of, at most 0 unheard-of left, on i0",
    ),
    (
        *({}, {}, [MemberOf("attribute:x exists")]),
        "fails a memberOf constraint: attribute:x exists",
        "fail a memberOf constraint: attribute:x exists",
    ),
    ({}, {}, [Never()], "is ruled out by NEVER", "are ruled out by NEVER"),
]


@pytest.mark.parametrize(("instance", "task", "constraints", "one", "several"), SENTENCES)
def test_c20_each_check_has_a_sentence_of_one_and_of_several_instances(
    instance: dict[str, Any],
    task: dict[str, Any],
    constraints: list[Any],
    one: str,
    several: str,
) -> None:
    for count, sentence in ((1, one), (2, several)):
        found = cluster(count, **instance).explain(Task(**task), constraints=constraints)
        assert [str(shortfall) for shortfall in found.shortfalls] == [f"{count} {sentence}"]
        assert f"\n  {count} {sentence}\n" in str(found)
        assert all(len(reasons) == 1 for reasons in found.failures.values())


def test_c20_a_group_that_is_there_already_has_a_sentence_too() -> None:
    found = cluster(2)
    found.add_task("i0", "g")
    found.add_task("i1", "g")
    explained = found.explain(Task(), group="g", constraints=[DistinctInstance()])
    assert str(explained.shortfalls[0]) == "2 have a task of the group already"
    assert explained.missing == ("DISTINCT_INSTANCE: a task of g is there already",)
    assert explained.remedies == (("distinctInstance", 2),)


def test_c38_a_group_that_has_its_most_tasks_is_explained() -> None:
    found = cluster(2)
    for instance in ("i0", "i0", "i0", "i1"):
        found.add_task(instance, "g")
    explained = found.explain(Task(), group="g", constraints=[AtMost(2), AtMost(1)])
    assert str(explained.shortfalls[0]) == "2 have their most tasks of the group already"
    assert explained.failures == {0: ("AT_MOST",), 1: ("AT_MOST",)}
    assert explained.missing == ("AT_MOST: has 3 tasks of g, at most 1",)
    assert explained.remedies == (("AtMost", 2),)
    assert not explained.never_fits
    missing = found.missing(Task(), group="g", constraints=[AtMost(1)])
    assert missing["i1"] == ("AT_MOST: has 1 task of g, at most 1",)


def test_c20_what_is_missing_twice_is_said_once() -> None:
    """An interface requires an attribute, which the definition may list too."""
    task = Task(network_interface=True, attributes={"ecs.capability.task-eni": None})
    found = cluster(1).explain(task)
    assert found.missing == ("ATTRIBUTE: attribute ecs.capability.task-eni is missing",)
    twice = cluster(1).explain(Task(), constraints=[Never(), Never()])
    assert twice.missing == ("NEVER: the filter of this name rules it out",)
    assert twice.remedies == (("the filter NEVER", 1),)


def test_c20_a_filter_may_have_the_reason_of_a_check() -> None:
    found = cluster(1, cpu=10).explain(Task(cpu=5), constraints=[Never("RESOURCE:CPU")])
    assert found.failures == {0: ("RESOURCE:CPU",)}
    assert found.missing == ("RESOURCE:CPU: the filter of this name rules it out",)
    assert found.remedies == (("the filter RESOURCE:CPU", 1),)


def test_c20_remedies_name_single_expressions_and_whole_checks() -> None:
    found = cluster(3, cpu=10, attributes={"a": "1"})
    found.add_task("i0", "g", Task(cpu=10))
    explained = found.explain(
        Task(cpu=10),
        group="g",
        constraints=[MemberOf("attribute:a == 1"), MemberOf("attribute:a == 2")],
    )
    assert explained.remedies == (("attribute:a == 2", 2),)
    assert cluster(2, cpu=1).explain(Task(cpu=2)).remedies == (("the check of RESOURCE:CPU", 2),)


def test_c20_the_first_of_many_that_could_pass_decides_that_waiting_helps() -> None:
    """Rows are asked in growing batches; the answer does not depend on which one could pass."""
    for able in (None, 0, 1, 2, 6, 7, 99):
        found = placement.Cluster()
        for number in range(100):
            found.register(Instance(id=f"i{number}", cpu=20 if number == able else 10))
        if able is not None:
            found.add_task(f"i{able}", "g", Task(cpu=15))
        assert found.explain(Task(cpu=12)).never_fits == (able is None)


# --- C53: only reading --------------------------------------------------------------------------


def state(found: placement.Cluster) -> Any:
    """Return everything that a cluster remembers, names and counters first, to be compared."""
    store = found.store
    return {
        "groups": list(store.tasks.groups.names.texts),
        "resources": list(store.tasks.resources.names),
        "specs": len(store.tasks.specs.listed),
        "columns": {name: len(column.dictionary) for name, column in store.matrix.columns.items()},
        "attributes": list(store.attributes),
        "versions": (store.matrix.version, store.changes, store.topology_version),
        "change_count": found.change_count,
        "generation": found._index and found._index.generation,
        "logs": store.tasks.meta.tolist(),
        "everything": pickle.dumps(store.copy()),
    }


UNHEARD_OF = Task(
    cpu=5,
    tcp_ports=(1,),
    attributes={"nobody has it": None, "nor": "this"},
    resources={"nothing of it": 1},
    network_interface=True,
    zones=("nowhere",),
    vpc="none",
    operating_system="LINUX",
    architecture="ARM64",
    family="new family",
    constraints=[MemberOf("attribute:other == text or task:group == another")],
)


@pytest.mark.parametrize("task", [UNHEARD_OF, Task(), Task(cpu=50)], ids=["new", "fits", "large"])
@pytest.mark.parametrize("placed", [False, True])
def test_c53_explaining_only_reads(task: Task, placed: bool) -> None:
    found = cluster(3, cpu=10, attributes={"a": "1"})
    found.place(Task(cpu=1), 2, group="g", strategy=[Spread("attribute:a"), BinPack("cpu")])
    result = found.place(Task(cpu=1), 1, strategy=[Spread("instanceId")]) if placed else None
    asked: dict[str, Any] = {
        "group": "a new group",
        "constraints": [DistinctInstance(), MemberOf("not(task:group =~ x.*)"), Never()],
    }
    prepared = found.prepare(task, strategy=[BinPack("nothing of this")], **asked)
    before = state(found)
    found.explain(task, **asked)
    found.missing(task, **asked)
    found.explain(prepared)
    found.missing(prepared)
    if result is not None:
        result.explain()
    assert state(found) == before


def test_c53_what_only_reads_leaves_other_decisions_as_they_are() -> None:
    one, other = cluster(4, cpu=10), cluster(4, cpu=10)
    for found in (one, other):
        for number in range(6):
            if found is other:
                found.explain(UNHEARD_OF, group=f"never {number}")
            found.place(Task(cpu=3), 1, group=f"g{number}")
    rows = [found.store.tasks.task["row"][:6].tolist() for found in (one, other)]
    assert rows[0] == rows[1]
    assert state(one)["groups"] == state(other)["groups"]


@pytest.mark.parametrize(
    ("count", "texts"),
    [
        (
            1,
            (
                "the only instance has room",
                "the only instance has no room now",
                "the only instance has no room: no registered instance could ever run it",
            ),
        ),
        (
            2,
            (
                "2 of 2 instances have room",
                "1 of 2 instances has room",
                "none of 2 instances has room: no registered instance could ever run it",
            ),
        ),
    ],
)
def test_the_first_line_says_how_many_have_room(count: int, texts: tuple[str, ...]) -> None:
    found = cluster(count, cpu=4)
    lines = [found.explain(Task(cpu=4)).summary()[0]]
    found.place(Task(cpu=4))
    lines += [found.explain(Task(cpu=cpu)).summary()[0] for cpu in (4, 5)]
    assert tuple(lines) == texts
