"""Every count of fixed width has a bound, checked where it would pass it; nothing changes then."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from placement import (
    BinPack,
    Cluster,
    DocumentError,
    Instance,
    InstanceError,
    Request,
    Spread,
    Task,
    TaskError,
    UsageError,
)
from placement.engine.index import key_encoder
from placement.kernels.fields import MAX_COUNT, NEXT_ID, UDP
from placement.state import groups, matrix, specs, store, task_parts
from placement.state.task_status import MAX_DEPLOYMENT

WEB = Task(family="web", cpu=1, memory=1)


class Everything:
    """A filter that keeps every row: requests with it take the full scan."""

    reason = "EVERYTHING"
    reads = "instance"

    def keep(self, mask: Any, rows: Any) -> None:
        """Keep all."""


def full(running: int = MAX_COUNT, **options: Any) -> Cluster:
    """Return an instance that counts so many tasks, which the document of none of them gives."""
    cluster = Cluster(**options)
    cluster.register(Instance(id="i-0", cpu=1024, memory=1024, running_tasks=running))
    return cluster


def seen(cluster: Cluster) -> Any:
    """Return everything that a refused call must leave as it was."""
    held = cluster.store.tasks
    return cluster.to_ecs(), held.number, held.random_state, held.running[: cluster.rows].tolist()


REQUESTS: dict[str, dict[str, Any]] = {
    "spread": {"strategy": Spread("instanceId")},
    "binpack": {"strategy": BinPack("cpu")},
    "by attribute": {"strategy": Spread("attribute:ecs.availability-zone")},
    "full scan": {"constraints": [Everything()]},
}


@pytest.mark.parametrize("ties", ["registered", "random"])
@pytest.mark.parametrize("request_", REQUESTS.values(), ids=REQUESTS)
def test_a_row_whose_count_has_reached_the_bound_takes_no_further_task(
    request_: Any, ties: str
) -> None:
    cluster = full(MAX_COUNT - 2, ties=ties)
    placed = cluster.place(WEB, 3, **request_)
    assert (len(placed.rows), placed.unplaced) == (2, 1)
    before = seen(cluster)
    again = cluster.place_many([Request(WEB, **request_), WEB], [0, 1, 0])
    assert again.rows.tolist() == [-1, -1, -1]
    assert seen(cluster) == before
    assert cluster.store.running[0] == MAX_COUNT
    cluster.register(Instance(id="i-1", cpu=1024, memory=1024))
    assert cluster.place(WEB, 1, **request_).rows.tolist() == [1]
    cluster.stop(int(placed.task_ids[0]))
    assert cluster.place(WEB, 1, strategy=BinPack("cpu")).rows.tolist() in ([0], [1])
    assert cluster.store.running.max() <= MAX_COUNT


def test_a_row_that_gives_a_task_back_is_a_candidate_again() -> None:
    cluster = full(MAX_COUNT - 1)
    first = cluster.place(WEB)
    assert cluster.place(WEB).unplaced == 1
    cluster.stop(first.task_ids.tolist())
    assert cluster.place(WEB).unplaced == 0


def test_place_on_and_explain_name_the_bound() -> None:
    cluster = full()
    before = seen(cluster)
    assert "RESOURCE:TASKS" in str(cluster.place_on("i-0", WEB))
    explained = cluster.explain(WEB)
    assert (explained.fitting, explained.missing) == (
        0,
        (f"RESOURCE:TASKS: at most {MAX_COUNT} running tasks can be counted",),
    )
    assert not explained.never_fits
    assert cluster.place(WEB).explain().shortfalls[0].reason == "RESOURCE:TASKS"
    assert seen(cluster) == before


@pytest.mark.parametrize("task", [None, WEB, Task()])
def test_a_task_noted_on_a_row_that_cannot_count_it_is_refused(task: Any) -> None:
    cluster = full()
    before = seen(cluster)
    with pytest.raises(InstanceError):
        cluster.add_task("i-0", "g", task)
    assert seen(cluster) == before


def described(running: int, tasks: int) -> dict[str, Any]:
    """Return a document of an instance and its tasks."""
    arn = "arn:aws:ecs:us-east-1:123456789012:container-instance/c/i0"
    one = {"containerInstanceArn": arn, "status": "ACTIVE", "runningTasksCount": running}
    task = {
        "containerInstanceArn": arn,
        "lastStatus": "RUNNING",
        "desiredStatus": "RUNNING",
        "group": "g",
    }
    listed = [
        {**task, "taskArn": f"arn:aws:ecs:us-east-1:123456789012:task/c/{number}"}
        for number in range(tasks)
    ]
    return {"containerInstances": [one], "tasks": listed}


@pytest.mark.parametrize(
    ("running", "expected"), [(MAX_COUNT, MAX_COUNT), (MAX_COUNT - 1, MAX_COUNT - 1), (1, 3)]
)
def test_tasks_of_documents_are_among_those_reported(running: Any, expected: Any) -> None:
    """C10: the larger of both counts, at the bound too."""
    cluster = Cluster.from_ecs(described(running, 3))
    assert cluster.task_counts().tolist() == [expected]
    assert cluster.task_counts("g").tolist() == [3]


CALLS: dict[str, Callable[[Cluster], Any]] = {
    "place": lambda cluster: cluster.place(WEB, 2),
    "place by a full scan": lambda cluster: cluster.place(WEB, 2, constraints=[Everything()]),
    "place_many": lambda cluster: cluster.place_many([WEB], [0, 0]),
}


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
@pytest.mark.parametrize(("bound", "verb"), [("MAX_TASKS", "holds"), ("MAX_TASK_IDS", "numbers")])
def test_c15_no_more_tasks_are_held_and_numbered_than_numbers_there_are(
    call: Any, bound: str, verb: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(task_parts, bound, 3)
    cluster = full(0)
    cluster.place(WEB, 2)
    before = seen(cluster)
    with pytest.raises(TaskError, match=f"{verb} at most 3 tasks"):
        call(cluster)
    assert seen(cluster) == before
    cluster.place(WEB, 1)
    before = seen(cluster)
    for one in (
        lambda: cluster.place_on("i-0", WEB),
        lambda: cluster.add_task("i-0", "g"),
        lambda: cluster.add_task("i-0", "g", WEB),
    ):
        with pytest.raises(TaskError, match=f"{verb} at most 3 tasks"):
            one()
        assert seen(cluster) == before
    cluster.stop(1)
    if verb == "holds":  # one that has ended makes room, and its id is not given again
        assert cluster.place(WEB).task_ids.tolist() == [3]
    else:
        with pytest.raises(TaskError, match="0 are left"):
            cluster.place(WEB)


def test_c15_ids_go_beyond_32_bits() -> None:
    """An id that 32 bits cannot hold is found, stopped, and read back from a copy."""
    cluster = full(0)
    cluster.store.tasks.meta[NEXT_ID] = 2**62 - 4
    first = int(cluster.place(Task(cpu=1, tcp_ports=(80,))).task_ids[0])
    second = cluster.add_task("i-0", "g")
    assert (first, second) == (2**62 - 4, 2**62 - 3)
    assert "is held by a task of " in str(cluster.explain(Task(tcp_ports=(80,))).missing)
    again = cluster.copy()
    again.set_task(second, protected=True)
    assert again.task(second).protected
    again.stop([first, second])
    assert again.place(Task(tcp_ports=(80,))).task_ids.tolist() == [2**62 - 2]
    with pytest.raises(TaskError, match="1 are left, and 2 more"):
        again.place(WEB, 2)


def test_documents_with_more_tasks_than_there_are_numbers_are_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(task_parts, "MAX_TASKS", 2)
    assert Cluster.from_ecs(described(0, 2)).task_counts().tolist() == [2]
    with pytest.raises(TaskError, match="holds at most 2 tasks"):
        Cluster.from_ecs(described(0, 3))


def test_names_of_groups_and_kinds_of_tasks_have_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    cluster = full(0)
    cluster.place(WEB)
    monkeypatch.setattr(groups, "MAX_NAMES", len(cluster.store.tasks.groups.names))
    before = seen(cluster)
    with pytest.raises(TaskError, match="groups"):
        cluster.place(WEB, group="another")
    assert seen(cluster) == before
    monkeypatch.setattr(specs, "MAX_NAMES", len(cluster.store.tasks.specs.listed))
    with pytest.raises(TaskError, match="kinds"):
        cluster.place(Task(family="web", cpu=2))
    assert seen(cluster) == before
    assert cluster.place(WEB).unplaced == 0


def test_rows_have_a_bound_and_an_inactive_instance_stays_when_its_successor_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(store, "MAX_ROWS", 2)
    cluster = full(0)
    cluster.register(Instance(id="i-1"))
    cluster.set_status("i-0", "INACTIVE")
    before = seen(cluster)
    for id in ("i-0", "i-2"):
        with pytest.raises(InstanceError, match="at most 2 rows"):
            cluster.register(Instance(id=id))
        assert seen(cluster) == before


@pytest.mark.parametrize("known", [0, 3])
def test_different_values_of_an_attribute_have_a_bound(
    known: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A refused instance leaves nothing on the row that the next one gets."""
    cluster = Cluster()
    values = ["x", "y", "z"][:known]
    for value in values:
        cluster.register(Instance(id=value, attributes={"a": value}))
    monkeypatch.setattr(matrix, "_LIMITS", (2**8, 2**16, 2 + known))
    before = seen(cluster)
    bad = Instance(id="bad", cpu=7, gpus=2, tcp_ports=(80, 81), attributes={"b": "", "a": "new"})
    with pytest.raises(InstanceError, match="attribute:a cannot have more than"):
        cluster.register(bad)
    assert seen(cluster) == before
    monkeypatch.undo()
    cluster.register(Instance(id="next", tcp_ports=()))
    told = cluster.describe("next")
    assert (told.attributes, told.cpu, told.gpus, told.taken_tcp_ports) == ({}, 0, (), ())
    assert cluster.place(Task(tcp_ports=(80,)), constraints=[]).unplaced == 0


def test_put_attributes_sets_all_or_none(monkeypatch: pytest.MonkeyPatch) -> None:
    cluster = full(0)
    cluster.put_attributes("i-0", {"a": "x"})
    monkeypatch.setattr(matrix, "_LIMITS", (2**8, 2**16, 3))
    before = seen(cluster)
    with pytest.raises(InstanceError, match="attribute:a"):
        cluster.put_attributes("i-0", {"b": "1", "a": "y"})
    assert seen(cluster) == before


def test_numbers_of_deployments_have_a_bound() -> None:
    """C16: scale-in compares them as int64."""
    cluster = full(0)
    (task,) = cluster.place(WEB).task_ids.tolist()
    before = seen(cluster)
    for number in (MAX_DEPLOYMENT + 1, -MAX_DEPLOYMENT - 1, 2**63, 10**30):
        with pytest.raises(UsageError, match="deployment"):
            cluster.set_task(task, deployment=number)
        assert seen(cluster) == before
    for number in (MAX_DEPLOYMENT, -MAX_DEPLOYMENT):
        cluster.set_task(task, deployment=number)
        assert cluster.choose_to_stop("family:web", 1) == [task]
        again = Cluster.from_ecs(cluster.to_ecs())
        assert again.task(0).deployment == number


def test_a_deployment_in_a_document_with_too_many_digits_is_a_name() -> None:
    document = described(1, 1)
    document["tasks"][0]["startedBy"] = "ecs-svc/deployment/" + "9" * 40
    cluster = Cluster.from_ecs(document)
    assert cluster.choose_to_stop("g", 1) == [0]


@pytest.mark.parametrize("seed", [2**64 - 1, 2**64, -1, 10**40])
def test_any_seed_starts_the_generator(seed: int) -> None:
    """C19: the low 64 bits count."""
    cluster = full(0, seed=seed, ties="random")
    assert cluster.store.tasks.random_state == seed % 2**64
    assert cluster.place(WEB, 2, seed=seed).unplaced == 0


def test_amounts_at_their_bound_are_added_without_overflow() -> None:
    most = 2**56
    cluster = Cluster()
    for row in range(200):  # the sum over rows passes 2**63
        cluster.register(Instance(id=f"i-{row}", cpu=most, memory=most, resources={"disk": most}))
    task = Task(cpu=most, memory=most, resources={"disk": most})
    strategy = [BinPack("cpu"), BinPack("memory")]
    assert cluster.place(task, 201, strategy=strategy).unplaced == 1
    assert cluster.explain(task).fitting == 0
    cluster.stop(list(range(200)))
    assert cluster.usage("i-7").remaining_cpu == most
    with pytest.raises(DocumentError):
        Task(cpu=most + 1)


def test_a_count_that_outgrows_its_bits_in_a_key_is_not_lost(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A33: keys with amounts of 57 bits have 4 bits for the group's count on a row."""
    monkeypatch.setattr(key_encoder, "WIDE_COUNT_BITS", 2)
    cluster = Cluster()
    for row in range(2):
        cluster.register(Instance(id=f"i-{row}", cpu=2**56, memory=1024))
    request = Request(WEB, strategy=[Spread("instanceId"), BinPack("cpu")])
    rows = [cluster.place_many([request], [0] * 10).rows.tolist() for _ in range(6)]
    rows.append(cluster.place_many([request], [0] * 60).rows.tolist())
    assert [row for each in rows for row in each] == [0, 1] * 60


def test_a_task_with_more_ports_than_a_table_has_slots_is_adopted() -> None:
    """C10: the table of ports has room for all of them, whatever an instance may have (B20)."""
    ports = [str(port) for port in range(1, 20_001)]
    document = described(1, 1)
    stringset = {"name": "PORTS", "type": "STRINGSET", "stringSetValue": ports}
    document["containerInstances"][0] |= {
        "registeredResources": [{**stringset, "stringSetValue": []}],
        "remainingResources": [stringset],
    }
    bindings = [{"hostPort": int(port), "containerPort": 1, "protocol": "tcp"} for port in ports]
    document["tasks"][0]["containers"] = [{"name": "c", "networkBindings": bindings}]
    cluster = Cluster.from_ecs(document)
    table = cluster.store.tasks.ports
    assert table.taken.tolist()[0] == len(ports)
    assert 2 * np.count_nonzero(table.table.keys) <= len(table.table.keys)
    cluster.stop(0)
    assert table.is_free(0, 20_000)
    assert table.is_free(0, 20_000 + UDP)
