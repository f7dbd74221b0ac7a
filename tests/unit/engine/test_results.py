"""Results keep saying what was decided, whatever happens to the cluster later."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import placement
from placement import Cluster, DistinctInstance, DocumentError, Instance, MemberOf, Spread, Task

TASK = Task(cpu=100, memory=100)


def cluster(count: int = 4) -> Cluster:
    found = Cluster()
    for number in range(count):
        found.register(Instance(id=f"i-{number}", cpu=1000, memory=1000))
    return found


def test_instances_of_a_result_stay_what_was_decided() -> None:
    found = cluster()
    placed = found.place(TASK, 2, strategy=[Spread("instanceId")])
    assert placed.instances == ["i-0", "i-1"]
    found.deregister("i-0", force=True)
    assert placed.instances == ["i-0", "i-1"]
    found.register(Instance(id="i-9", cpu=1, memory=1))
    found.compact()
    assert placed.instances == ["i-0", "i-1"]


def test_instances_of_a_result_from_a_trial_stay() -> None:
    found = cluster(1)
    with found.trial():
        found.register(Instance(id="inside", cpu=9000, memory=9000))
        placed = found.place(Task(cpu=5000))
    found.register(Instance(id="outside", cpu=9000, memory=9000))
    assert placed.instances == ["inside"]


def test_place_on_says_whether_it_placed() -> None:
    found = cluster()
    done = found.place_on("i-0", TASK)
    assert (done.task_id, done.missing, bool(done)) == (0, (), True)
    refused = found.place_on("i-0", Task(cpu=950, memory=2000))
    assert (refused.task_id, bool(refused)) == (None, False)
    assert refused.missing == ("RESOURCE:CPU", "RESOURCE:MEMORY")


@pytest.mark.parametrize(
    ("argument", "value"),
    [
        ("constraints", iter([DistinctInstance()])),
        ("constraints", (one for one in [MemberOf("attribute:a exists")])),
        ("strategy", iter([Spread("instanceId")])),
    ],
)
def test_an_iterator_is_no_list(argument: str, value: Any) -> None:
    """Used a second time it would be empty, and the task placed unconstrained."""
    found = cluster()
    options = {argument: value}
    for call in (found.place, found.prepare):
        with pytest.raises(DocumentError, match=r"expected a list, not a .* read once only"):
            call(TASK, **options)
    assert found.store.tasks.number == 0
    request = placement.Request(TASK, **options)
    with pytest.raises(DocumentError, match="read once only"):
        found.place_many([request], [0])


def test_representations_say_what_a_person_wants_to_see() -> None:
    found = cluster()
    assert repr(found) == "<Cluster: 4 instances, 0 running tasks>"
    placed = found.place(TASK, 2, group="service:web")
    assert repr(placed) == "<Placement: 2 placed on i-0, i-1; 0 not placed>"
    assert repr(found) == "<Cluster: 4 instances, 2 running tasks>"
    many = found.place_many([TASK, Task(cpu=2000)], np.array([0, 1, 0]))
    assert repr(many) == "<Placements: 2 of 3 placed>"
    prepared = found.prepare(TASK, group="g", constraints=[DistinctInstance()])
    assert repr(prepared) == (
        "<PreparedRequest: cpu=100 memory=100 for g by random where distinctInstance>"
    )
    assert repr(found.ids) == "<ids of 4 rows>"
    assert repr(found.explain(Task(cpu=2000))) == (
        "<PlacementExplanation: 0 of 4 instances fit, closest is i-2>"
    )
    assert repr(TASK) == "Task(cpu=100, memory=100)"
    assert repr(placement.Request(TASK)) == "Request(task=Task(cpu=100, memory=100))"
    instance = Instance(id="i-9", cpu=5, attributes={"stack": "prod"})
    assert repr(instance) == "Instance(id='i-9', attributes={'stack': 'prod'}, cpu=5)"
    with found.trial():
        pass
    assert repr(found.trial()).startswith("<Trial of <Cluster: 4 instances")


def test_arrays_of_a_result_are_read_only() -> None:
    """What a result says later follows from them."""
    placed = cluster().place(TASK, 2)
    for array in (placed.rows, placed.task_ids):
        with pytest.raises(ValueError, match="read-only"):
            array[:] = 7


@pytest.mark.parametrize(
    "call",
    [
        lambda c: c.place_many([TASK], [[0], [0, 0]]),
        lambda c: c.choose_to_stop("g", 1, tie=np.array(["task_id", "newest"])),
        lambda c: c.set_task(0, health=np.array(["HEALTHY", "UNHEALTHY"])),
        lambda c: c.set_task(0, last_status=np.array(["RUNNING", "STOPPED"])),
        lambda c: c.attribute("i-0", ["a"]),
    ],
)
def test_values_of_another_kind_are_refused_in_our_words(call: Any) -> None:
    found = cluster()
    found.add_task("i-0", "g")
    before = found.to_ecs(), found.change_count
    with pytest.raises(placement.PlacementError):
        call(found)
    assert (found.to_ecs(), found.change_count) == before
