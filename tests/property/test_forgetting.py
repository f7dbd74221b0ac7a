"""What is forgotten of ended tasks, unused groups and specifications is not missed (C8, C15).

Everything here happens with bounds so low that each call which may drop something drops it; the
naive twin never forgets, and both must agree all the same.
"""

from __future__ import annotations

import pickle
import random
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given

import placement
from cluster_steps import histories
from engine_players import compare, engine_masks, masks
from engine_scenarios import Scenario, scenarios
from placement import Instance, MemberOf, Spread, Task, compile
from placement.state import hash_table, task_parts

ALWAYS = -(10**9)
"""A bound that is exceeded at each look."""


@pytest.fixture(params=[ALWAYS, 0], ids=["at each look", "when most are unused"])
def bound(request: pytest.FixtureRequest) -> int:
    found: int = request.param
    return found


@pytest.fixture
def _forgetful(bound: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let room be given back as early as possible."""
    monkeypatch.setattr(task_parts, "MIN_ENDED", bound)
    monkeypatch.setattr(task_parts, "MIN_UNUSED_NAMES", bound)
    monkeypatch.setattr(hash_table, "SPARE", 0)


@pytest.fixture(scope="module")
def _forgets_at_once() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(task_parts, "MIN_ENDED", ALWAYS)
        patch.setattr(task_parts, "MIN_UNUSED_NAMES", ALWAYS)
        patch.setattr(hash_table, "SPARE", 0)
        yield


@pytest.mark.usefixtures("_forgets_at_once")
@given(scenarios())
def test_c8_an_engine_that_forgets_at_once_decides_as_its_twin(scenario: Scenario) -> None:
    engine, twin = compare(scenario)
    assert engine_masks(engine) == masks(twin)


@pytest.mark.usefixtures("_forgetful")
def test_c8_histories_of_all_calls_agree_with_the_twin() -> None:
    """The steps of ``test_cluster_machine``, which compare ids, positions and results too."""
    assert histories(70_000, 60, 40) == 60 * 40


@pytest.mark.usefixtures("_forgetful")
@pytest.mark.parametrize("seed", range(6))
def test_c15_ids_are_never_given_twice(seed: int) -> None:
    """Through starts, stops, trials, refused calls, copies, pickles and compaction."""
    chance = random.Random(seed)
    cluster = placement.Cluster(release=chance.choice(["desired_status", "last_status"]))
    for number in range(4):
        cluster.register(Instance(id=f"i-{number}", cpu=10**6, memory=10**6))
    newest = -1
    for step in range(300):
        before = cluster.store.tasks.number
        match chance.randrange(8):
            case 0 | 1:
                group = f"g-{step if chance.random() < 0.5 else chance.randrange(3)}"
                count = chance.randrange(1, 6)
                placed = cluster.place(Task(cpu=1 + step), count, group=group)
                if chance.random() < 0.2:
                    placed.undo()
                    assert cluster.store.tasks.number == before
                    continue
                started = placed.task_ids.tolist()
            case 2:
                started = [cluster.add_task(f"i-{step % 4}", f"own-{step}", Task(cpu=1 + step))]
            case 3:
                with cluster.trial():
                    cluster.place(Task(cpu=7), 5, group=f"tried-{step}")
                    cluster.stop(running(cluster))
                assert cluster.store.tasks.number == before
                continue
            case 4:
                with pytest.raises(placement.TaskError):
                    cluster.stop([*running(cluster), before])
                continue
            case 5:
                cluster = chance.choice([copied, pickled])(cluster)
                continue
            case 6:
                cluster.compact()
                continue
            case _:
                ended = chance.sample(running(cluster), len(running(cluster)) // 2)
                cluster.stop(ended)
                for id in ended:
                    if cluster.release == "last_status":
                        cluster.set_task(id, last_status="STOPPED")
                    with pytest.raises(placement.TaskError, match=f"no task int {id} "):
                        cluster.task(id)
                continue
        assert started == list(range(newest + 1, newest + 1 + len(started)))
        newest = started[-1]
    assert newest > 100


def running(cluster: placement.Cluster) -> list[int]:
    return [id for name in cluster.ids if name is not None for id in cluster.tasks_on(name)]


def copied(cluster: placement.Cluster) -> placement.Cluster:
    return cluster.copy()


def pickled(cluster: placement.Cluster) -> placement.Cluster:
    found: placement.Cluster = pickle.loads(pickle.dumps(cluster))
    return found


@pytest.mark.usefixtures("_forgetful")
@pytest.mark.parametrize("seed", range(6))
def test_c8_forgotten_names_are_not_noticed(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Prepared requests, patterns on groups and counts agree with a cluster that keeps all."""
    clusters = [placement.Cluster(), placement.Cluster()]
    asked: list[list[Any]] = []
    for cluster in clusters:
        for number in range(8):
            attributes = {"z": f"z{number % 3}"}
            cluster.register(
                Instance(id=f"i-{number}", cpu=4096, memory=10**6, attributes=attributes)
            )
        asked.append(
            [
                cluster.prepare(
                    Task(cpu=8 + number, tcp_ports=(80,) if number == 2 else ()),
                    group=f"app-{number}",
                    constraints=[MemberOf(text)] if text else [],
                    strategy=[Spread("attribute:z"), Spread("instanceId")],
                )
                for number, text in enumerate(
                    ["", "not(task:group =~ 'job-.*[02468]')", "", "task:group == app-0"]
                )
            ]
        )
    forgetful = (task_parts.MIN_UNUSED_NAMES, task_parts.MIN_ENDED)
    versions = []
    for at, cluster in enumerate(clusters):
        chance = random.Random(seed)
        bounds = forgetful if at == 0 else (10**9, 10**9)
        for name, value in zip(("MIN_UNUSED_NAMES", "MIN_ENDED"), bounds, strict=True):
            monkeypatch.setattr(task_parts, name, value)
        cluster.store.tasks._names_to_count = bounds[0]
        versions.append([played(cluster, asked[at], chance, step) for step in range(120)])
    assert versions[0] == versions[1]
    kept, dropped = clusters[1].store.tasks, clusters[0].store.tasks
    assert kept.names_version == 0 < dropped.names_version
    assert len(dropped.groups.names) < len(kept.groups.names)
    assert len(dropped.specs.listed) < len(kept.specs.listed)
    assert dropped.positions < kept.positions


def played(cluster: placement.Cluster, asked: list[Any], chance: random.Random, step: int) -> Any:
    """Make one call, and return its answer and what can be seen of groups."""
    match chance.randrange(5):
        case 0:
            task = Task(cpu=1 + step % 50)
            said: Any = cluster.add_task(f"i-{chance.randrange(8)}", f"job-{step}", task)
        case 1:
            task = Task(memory=1 + step, tcp_ports=(1000 + step,))
            said = cluster.place_on(f"i-{chance.randrange(8)}", task, group=f"job-{step}").task_id
        case 2:
            there = running(cluster)
            said = chance.sample(there, len(there) // 2)
            cluster.stop(said)
        case _:
            order = [chance.randrange(len(asked)) for _ in range(5)]
            said = [part.tolist() for part in cluster.place_many(asked, order)]
    queries = ["task:group =~ 'job-.*'", "task:group == app-0", f"task:group == job-{step}"]
    masks = [compile(text).mask(cluster).tolist() for text in queries]
    counts = [cluster.task_counts(group).tolist() for group in ("app-0", f"job-{step}", "job-3")]
    tasks = [cluster.task(id) for id in running(cluster)]
    return said, masks, counts, tasks, cluster.choose_to_stop("app-0", 3)
