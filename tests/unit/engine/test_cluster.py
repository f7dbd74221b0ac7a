"""The engine's public calls as a user makes them; the twin holds the decisions themselves."""

from __future__ import annotations

import contextlib
import pickle
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import placement
from placement import BinPack, DistinctInstance, Instance, MemberOf, Random, Spread, Task

ZONE = Spread("attribute:ecs.availability-zone")


def cluster(count: int = 6, **options: Any) -> placement.Cluster:
    """``count`` instances over three zones; every other one is prod."""
    found = placement.Cluster(**options)
    for number in range(count):
        stack = "prod" if number % 2 else "test"
        zone = "abc"[number % 3]
        found.register(
            Instance(
                id=f"i-{number}",
                cpu=1024,
                memory=2048,
                attributes={"ecs.availability-zone": zone, "stack": stack},
            )
        )
    return found


TASK = Task(cpu=256, memory=256)

REFUSALS: list[Callable[[Any], object]] = [
    lambda c: c.place("task"),
    lambda c: c.place(TASK, -1),
    lambda c: c.place(TASK, True),
    lambda c: c.place(TASK, seed="a"),
    lambda c: c.place(TASK, group=""),
    lambda c: c.place(TASK, group="g" * 256),
    lambda c: c.place(TASK, strategy="binpack"),
    lambda c: c.place(TASK, strategy=[Random()] * 6),
    lambda c: c.place(TASK, constraints=[MemberOf("attribute:a exists")] * 11),
    lambda c: c.place(TASK, constraints="distinctInstance"),
    lambda c: c.place_many(TASK, [0]),
    lambda c: c.place_many([TASK], [1]),
    lambda c: c.place_many([TASK], [-1]),
    lambda c: c.place_many([TASK], [0.5]),
    lambda c: c.place_many([cluster().prepare(TASK)], [0]),
    lambda c: c.stop(99),
    lambda c: c.stop([0, 99]),
    lambda c: c.stop([0, 0]),
    lambda c: c.stop("0"),
    lambda c: c.set_task(99, health="HEALTHY"),
    lambda c: c.set_task(0, health="FINE"),
    lambda c: c.set_task(0, last_status="NO_ROW"),
    lambda c: c.choose_to_stop("", 1),
    lambda c: c.choose_to_stop("service:a", -1),
    lambda c: c.choose_to_stop("service:a", 1, tie="youngest"),
    lambda c: c.explain("task"),
    lambda c: c.add_task("i-0", "g", Task(cpu=5000)),
    lambda c: c.add_task("nowhere", "g"),
    lambda c: c.place_on("nowhere", TASK),
    lambda c: c.place_on("i-0", "task"),
    lambda c: c.place_on("i-0", TASK, group=""),
    lambda c: c.place_on("i-0", TASK, constraints=[MemberOf("attribute:a exists")] * 11),
    lambda c: c.attribute("nowhere", "stack"),
    lambda c: c.missing("task"),
]


@pytest.mark.parametrize("call", REFUSALS)
def test_a_refused_call_changes_nothing(call: Callable[[placement.Cluster], object]) -> None:
    """C15, C18: one of our errors, and every later decision as if it had not been."""
    tried, untried = cluster(), cluster()
    for each in (tried, untried):
        each.place(TASK, 2, group="service:a")
    with pytest.raises(placement.PlacementError):
        call(tried)
    assert tried.store.tasks.random_state == untried.store.tasks.random_state
    assert np.array_equal(tried.store.tasks.resources.free, untried.store.tasks.resources.free)
    assert tried.place(TASK, 4).instances == untried.place(TASK, 4).instances


@pytest.mark.parametrize(
    "make",
    [
        lambda: Task(cpu=-1),
        lambda: Task(memory=1.5),
        lambda: Task(gpus=True),
        lambda: Task(tcp_ports=(0,)),
        lambda: Task(tcp_ports=(80, 80)),  # A27
        lambda: Task(udp_ports=80),
        lambda: Task(attributes={"a": 1}),
        lambda: Task(architecture="sparc"),
        lambda: Task(launch_type="FARGATE"),
        lambda: Task(constraints=(DistinctInstance(),)),  # 2.6
        lambda: Task(zones="a"),
        lambda: Spread("instanceType"),
        lambda: BinPack(""),
        lambda: Instance(id="i", gpus=65),
        lambda: Instance(id="i", gpus=("a",), free_gpus=("b",)),
    ],
)
def test_bad_values_are_refused_at_construction(make: Callable[[], object]) -> None:
    with pytest.raises(placement.DocumentError) as caught:
        make()
    assert caught.value.path


def test_the_service_default_spreads_over_zones_and_instances() -> None:
    """C18, A36."""
    assert cluster().place(TASK, 6, group="service:a").instances == [f"i-{n}" for n in range(6)]


def test_a_task_goes_where_the_caller_says_whatever_its_own_constraints() -> None:
    """2.10, A38."""
    found = cluster()
    prod = Task(cpu=600, family="web", constraints=(MemberOf("attribute:stack == prod"),))
    placed = found.place_on("i-0", prod)
    assert placed.task_id is not None
    task = found.task(placed.task_id)
    assert (task.instance, task.group) == ("i-0", "family:web")
    assert found.task_counts("family:web").tolist() == [1, 0, 0, 0, 0, 0]


def test_the_reasons_against_an_instance_are_those_of_explain() -> None:
    """C17: all of them in order, and nothing has changed."""
    found = cluster()
    found.set_status("i-0", "DRAINING")
    found.place(Task(cpu=600), 6, group="g", constraints=[DistinctInstance()])
    before = found.change_count
    refused = found.place_on("i-0", Task(cpu=600), group="g", constraints=[DistinctInstance()])
    assert refused.missing == ("INACTIVE",)
    refused = found.place_on("i-1", Task(cpu=600), group="g", constraints=[DistinctInstance()])
    assert refused.missing == ("RESOURCE:CPU", "DISTINCT_INSTANCE")
    assert found.change_count == before
    assert found.place_on("i-1", Task(cpu=424), group="h").task_id == 5  # C15: the next id


def test_what_every_instance_lacks_in_words() -> None:
    """2.14: as explain says it of the closest one."""
    found = cluster(2)
    found.place_on("i-0", Task(cpu=1000))
    lacks = found.missing(Task(cpu=100), constraints=[MemberOf("attribute:stack == test")])
    assert list(lacks) == ["i-0", "i-1"]
    assert lacks["i-0"] == ("RESOURCE:CPU: wanted 100 CPU units, 24 CPU units left",)
    assert lacks["i-1"][0].startswith("MEMBER_OF: false")
    explained = found.explain(Task(cpu=2000))
    assert explained.closest is not None
    assert found.missing(Task(cpu=2000))[explained.closest] == explained.missing


def test_an_attribute_of_an_instance() -> None:
    found = cluster(2)
    found.put_attributes("i-0", {"gpu": None})
    values = [found.attribute(id, name) for id in ("i-0", "i-1") for name in ("gpu", "stack", "x")]
    assert values == ["", "test", None, None, "prod", None]


def test_all_or_nothing() -> None:
    """Nothing is placed, and ids go on as if nothing had been tried."""
    found = cluster(2)
    refused = found.place(TASK, 9, group="service:a", all_or_nothing=True)
    assert (len(refused.rows), refused.unplaced) == (0, 9)
    assert found.place(TASK, 9, group="service:a").task_ids.tolist() == list(range(8))


def test_a_request_prepared_before_compact_is_void() -> None:
    """C7."""
    found = cluster()
    prepared = found.prepare(TASK)
    found.deregister("i-0")
    found.compact()
    with pytest.raises(placement.UsageError, match="compact"):
        found.place_many([prepared], [0])


def test_a_trial_leaves_no_trace_even_if_it_raises() -> None:
    """C21."""
    tried, untried = cluster(), cluster()
    prepared = tried.prepare(TASK, group="service:a")
    with contextlib.suppress(ZeroDivisionError), tried.trial():
        tried.place(TASK, 5)
        tried.put_attributes("i-0", {"stack": "other"})
        tried.deregister("i-5", force=True)
        with tried.trial():
            tried.register(Instance(id="i-9"))
        with pytest.raises(placement.UsageError):
            pickle.dumps(tried)
        raise ZeroDivisionError
    assert list(tried.ids) == list(untried.ids)
    assert tried.place(TASK, 5).instances == untried.place(TASK, 5).instances
    assert tried.place_many([prepared], [0, 0]).task_ids.tolist() == [5, 6]


def test_copies_go_their_own_ways() -> None:
    original = cluster()
    original.place(TASK, 3, group="service:a")
    for copy in (original.copy(), pickle.loads(pickle.dumps(original))):
        expected = cluster()
        expected.place(TASK, 6, group="service:a")
        placed = copy.place(TASK, 3, group="service:a")
        assert np.array_equal(copy.store.tasks.resources.free, expected.store.tasks.resources.free)
        assert placed.task_ids.tolist() == [3, 4, 5]
    assert original.place(TASK, 1, group="service:a").task_ids.tolist() == [3]


def test_explain_tells_quantities_the_closest_and_what_would_help() -> None:
    """C20, A41."""
    found = cluster()
    task = Task(cpu=1000, memory=128, tcp_ports=(80,))
    found.place(task, 3, constraints=[MemberOf("attribute:stack == prod")], strategy=[ZONE])
    why = found.explain(task, constraints=[MemberOf("attribute:stack == prod")])
    assert (why.candidates, why.fitting, why.never_fits) == (6, 0, False)
    assert [(s.reason, s.instances, s.wanted, s.best) for s in why.shortfalls] == [
        ("RESOURCE:CPU", 3, 1000, 24),
        ("RESOURCE:PORTS", 3, None, None),
        ("MEMBER_OF", 3, None, None),
    ]
    assert why.closest == "i-0"
    assert ("attribute:stack == prod", 3) in why.remedies
    text = str(why)
    assert "none of 6 instances has room now" in text
    assert "attribute:stack == prod\n  ^^^" in text.replace("    ", "")
    assert "without attribute:stack == prod 3 instances fit" in text


def test_not_ever() -> None:
    """C20: no instance could, however empty."""
    assert cluster().explain(Task(cpu=1025)).never_fits
    assert cluster().explain(TASK, constraints=[MemberOf("attribute:stack == none")]).never_fits
    waits = cluster().explain(TASK, constraints=[MemberOf("runningTasksCount > 3")])
    assert not waits.fitting
    assert not waits.never_fits


def test_an_explanation_is_stale_once_the_cluster_has_changed() -> None:
    """C20."""
    found = cluster()
    placed = found.place(TASK)
    assert placed.explain().fitting == 6
    found.place(TASK)
    with pytest.raises(placement.StaleExplanation):
        placed.explain()


def test_random_is_uniform() -> None:
    """C19: 6,000 draws over six instances; four standard deviations are 115."""
    found = cluster()
    free = Task()
    counts = np.bincount(found.place(free, 6000, strategy=Random()).rows, minlength=6)
    assert abs(counts - 1000).max() < 115
    same = cluster().place(free, 6000, strategy=Random())
    assert np.bincount(same.rows, minlength=6).tolist() == counts.tolist()


def test_resources_come_with_documents() -> None:
    """C9, C10, B14: what is left is what ECS reported."""
    document = {
        "containerInstanceArn": "arn:aws:ecs:us-east-1:1:container-instance/c/i",
        "registeredResources": [
            {"name": "CPU", "type": "INTEGER", "integerValue": 1024},
            {"name": "MEMORY", "type": "INTEGER", "integerValue": 900},
            {"name": "GPU", "type": "STRINGSET", "stringSetValue": ["a", "b"]},
        ],
        "remainingResources": [
            {"name": "CPU", "type": "INTEGER", "integerValue": 512},
            {"name": "PORTS", "type": "STRINGSET", "stringSetValue": ["22", "80"]},
            {"name": "GPU", "type": "STRINGSET", "stringSetValue": ["b"]},
        ],
    }
    found = placement.Cluster.from_ecs([document])
    assert found.explain(Task(cpu=512, memory=900, gpus=1, tcp_ports=(8080,))).fitting == 1
    assert not found.explain(Task(cpu=513)).fitting
    assert not found.explain(Task(gpus=2)).fitting
    assert not found.explain(Task(tcp_ports=(80,))).fitting
