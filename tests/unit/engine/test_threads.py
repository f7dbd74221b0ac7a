"""What ``docs/engine.md`` promises of threads, each promise with threads that are let run into it.

Threads start together and change places as often as Python lets them; answers are compared with
those of the same calls one after another.  Nothing is timed.
"""

from __future__ import annotations

import ast
import json
import os
import pickle
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any, TypeVar

import numpy as np
import pytest

import placement
from placement import BinPack, DistinctInstance, Instance, MemberOf, Random, Request, Spread, Task
from placement.caches import COMPILED, BoundedCache
from placement.kernels import _jit, tiers
from placement.query.accepted_codes import AcceptedCodes
from placement.query.bind import bind
from placement.state.dictionary import EMPTY, Dictionary
from placement.state.store import MAX_BINDINGS, Store

T = TypeVar("T")
THREADS = 6
PACKAGE = Path(placement.__file__).parent


@pytest.fixture(autouse=True)
def _eager_switching() -> Iterator[None]:
    """Let threads change places a thousand times as often as usual."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(5e-6)
    yield
    sys.setswitchinterval(before)


def at_once(calls: Sequence[Callable[[], T]]) -> list[T]:
    """Make calls in as many threads, all beginning together; return what they return."""
    barrier = threading.Barrier(len(calls))

    def run(call: Callable[[], T]) -> T:
        barrier.wait()
        return call()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))


# --- What threads share here: requests, queries -----------------------------------------------

TEXTS = [
    "attribute:stack == prod",
    "attribute:stack =~ 'p.*'",
    "attribute:type =~ '(?!c)[a-z]5\\..*' and runningTasksCount < 6",
    "not(task:group == service:b)",
    "task:group =~ 'service:.*' or attribute:rack >= 3",
    "attribute:rack in [1, 2, 5] and agentConnected == true",
]
QUERIES = [placement.compile(text) for text in TEXTS]
ZONE = Spread("attribute:zone")
REQUESTS = [
    Request(Task(cpu=64, memory=10), "service:a"),
    Request(Task(cpu=100), "service:b", [MemberOf(QUERIES[0])], [ZONE, BinPack("cpu")]),
    Request(Task(memory=50), "c", [MemberOf(QUERIES[3])], [Spread("instanceId")]),
    Request(Task(tcp_ports=(8080,)), None, [MemberOf(QUERIES[2])], Random()),
    Request(Task(gpus=1), "d", [DistinctInstance()], [BinPack("gpu"), Random()]),
    Request(Task(cpu=5), "service:a", (), [Spread("instanceId", count_draining=False)]),
]


def new_cluster(seed: int, rows: int = 40) -> placement.Cluster:
    found = placement.Cluster(seed=seed)
    for number in range(rows):
        attributes = {
            "zone": "abc"[number % 3],
            "stack": ("prod", "pre", "test")[(number + seed) % 3],
            "type": ("m5.large", "c5.large", "r5.large")[number % 7 % 3],
            "rack": str((number * 7 + seed) % 6),
        }
        found.register(
            Instance(id=f"i-{number}", cpu=2000, memory=900, gpus=2, attributes=attributes)
        )
    return found


def life(found: placement.Cluster, seed: int) -> list[Any]:
    """Let a cluster decide, change, try and explain; return every answer."""
    answers: list[Any] = []
    prepared = [
        found.prepare(r.task, group=r.group, constraints=r.constraints, strategy=r.strategy)
        for r in REQUESTS
    ]
    order = np.random.default_rng(seed).integers(0, len(REQUESTS), 120)
    for turn in range(3):
        rows, ids = found.place_many(prepared, order)
        answers += [rows.tolist(), ids.tolist()]
        answers += [query.select(found) for query in QUERIES]
        with found.trial():
            found.put_attributes(f"i-{turn}", {"stack": f"new-{seed}-{turn}"})
            answers.append(found.place(REQUESTS[1].task, 9, group="e").rows.tolist())
            answers += [query.mask(found).tolist() for query in QUERIES]
        answers.append(found.choose_to_stop("service:a", 4))
        found.stop(answers[-1])
        found.set_status(f"i-{turn + 5}", "DRAINING")
        answers.append(str(found.explain(REQUESTS[3].task, constraints=REQUESTS[3].constraints)))
    return answers


def test_clusters_of_different_threads_do_not_meet() -> None:
    """Each thread has its own; requests, constraints and queries are shared."""
    alone = [life(new_cluster(seed), seed) for seed in range(THREADS)]
    for _ in range(3):
        calls = [lambda seed=seed: life(new_cluster(seed), seed) for seed in range(THREADS)]
        assert at_once(calls) == alone


def test_one_query_is_asked_of_many_clusters_at_once() -> None:
    """A compiled query is nobody's: what it binds to stays with each cluster."""
    text = "attribute:own == mine or attribute:own =~ 'm[a-z]{3}-[0-4].*'"
    query = placement.compile(text)

    def ask(seed: int) -> list[list[str]]:
        found = new_cluster(seed, 30)
        answers = []
        for turn in range(30):
            value = "mine" if turn % 3 == seed % 3 else f"mine-{turn % 7}"
            found.put_attributes(f"i-{turn}", {"own": value})
            answers.append(query.select(found))
        return answers

    alone = [ask(seed) for seed in range(THREADS)]
    assert at_once([partial(ask, seed) for seed in range(THREADS)]) == alone


# --- compile ---------------------------------------------------------------------------------


def compiled(texts: Sequence[str]) -> list[str]:
    """Return what each text means, or what is wrong with it."""
    answers = []
    for text in texts:
        try:
            query = placement.compile(text)
        except placement.CqlError as error:
            answers.append(str(error))
        else:
            answers.append(f"{query}\n{query.program}")
    return answers


def test_texts_are_compiled_by_many_threads_at_once() -> None:
    """The same texts and others, right and wrong ones, with a cache that nobody has filled."""
    texts = [*TEXTS, "attribute:a ==", "runningTasksCount == many", "attribute:a =~ '(a'"]
    texts += [f"attribute:n{n} =~ 'a{{{n}}}(b|c)*' and not(attribute:m > {n})" for n in range(60)]
    COMPILED.clear()
    alone = compiled(texts)
    COMPILED.clear()
    found = at_once([partial(compiled, texts[turn:] + texts[:turn]) for turn in range(6)])
    for turn, answers in enumerate(found):
        assert answers == alone[turn:] + alone[:turn]


def compiled_texts(texts: list[str]) -> list[str]:
    return [str(placement.compile(text)) for text in texts]


def test_a_full_cache_is_shared_too() -> None:
    """More texts than are kept: whatever goes, everybody gets what was asked for."""
    texts = [f"attribute:a == v{number}" for number in range(4500)]
    parts = [texts[turn::4] for turn in range(4)]
    found = at_once([partial(compiled_texts, part) for part in parts])
    assert found == parts


# --- The first use in a process ------------------------------------------------------------

FIRST_USE = """
import json, sys, threading
import placement

def use(number):
    cluster = placement.Cluster(seed=number)
    for row in range(20):
        attributes = {"zone": "abc"[row % 3], "stack": "prod" if row % 2 else "test"}
        cluster.register(placement.Instance(id=f"i-{row}", cpu=500, attributes=attributes))
    query = placement.compile("attribute:stack =~ 'p.*' and not(task:group == g)")
    answers = [query.select(cluster)]
    if sys.argv[2] == "all":
        spread = [placement.Spread("attribute:zone"), placement.BinPack("cpu")]
        inside = [placement.MemberOf(query)]
        placed = cluster.place(placement.Task(cpu=50), 9, constraints=inside, strategy=spread)
        answers += [placed.rows.tolist(), cluster.place(placement.Task(), 5).rows.tolist()]
        answers += [cluster.choose_to_stop("family:task", 3), query.select(cluster)]
        answers += [str(cluster.explain(placement.Task(cpu=501)))]
        for problem in placement.lint("attribute:stak == prod", cluster):
            answers.append(str(problem))
    return answers

count, found = int(sys.argv[1]), {}
if count == 1:
    for number in range(4):
        found[number] = use(number)
else:
    sys.setswitchinterval(5e-6)
    barrier = threading.Barrier(count)
    def run(number):
        barrier.wait()
        found[number] = use(number)
    threads = [threading.Thread(target=run, args=(number,)) for number in range(count)]
    for thread in threads: thread.start()
    for thread in threads: thread.join()
print(json.dumps([found[number] for number in range(4)]))
"""


def first_use(threads: int, what: str, **environment: str) -> Any:
    source = str(PACKAGE.parent)
    environment = {**os.environ, "PYTHONPATH": source, **environment}
    command = [sys.executable, "-c", FIRST_USE, str(threads), what]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_the_first_calls_of_a_process_may_come_from_many_threads() -> None:
    """Parser, regular expressions, tables and kernels are all loaded when they are first needed."""
    assert first_use(4, "all") == first_use(1, "all")


def test_kernels_may_be_compiled_for_many_threads_at_once(tmp_path: Path) -> None:
    """A fresh install: nothing on disk, four threads that need the same kernels."""
    assert first_use(4, "masks", NUMBA_CACHE_DIR=str(tmp_path)) == first_use(1, "masks")


# --- One cluster, nobody changes it ----------------------------------------------------------


def readings(found: placement.Cluster) -> list[Any]:
    """Make every call that only reads; return the answers."""
    ids = [id for id in found.ids if id is not None]
    answers: list[Any] = [len(found), found.rows, [found.row(id) for id in ids], "i-3" in found]
    for query in QUERIES:
        answers += [query.mask(found).tolist(), query.select(found)]
        answers += [query.matches(found, ids[4]), str(query.explain(found, ids[5]))]
    answers += [found.task_counts().tolist(), found.task_counts("service:a").tolist()]
    for id in ids:
        answers += [
            found.describe(id),
            found.usage(id),
            [found.task(task) for task in found.tasks_on(id)],
        ]
    for text in TEXTS:
        answers += map(str, placement.lint(text, found))
    for name in ("remaining.cpu", "tasks:service:a", "attribute:zone", "status", "registered_at"):
        answers += [str(found.column(name)), str(found.column(name, [5, 2]))]
    for request in REQUESTS:
        asked: dict[str, Any] = {"group": request.group, "constraints": request.constraints}
        answers += [str(found.explain(request.task, **asked)), found.missing(request.task, **asked)]
    return answers


def lived_in(seed: int = 3) -> placement.Cluster:
    """Return a cluster in which something has happened; a hole is in it as well."""
    found = new_cluster(seed)
    life(found, seed)
    found.deregister("i-9", force=True)
    return found


def test_one_cluster_is_read_by_many_threads() -> None:
    """They may be the first to ask what they ask, of a cluster that has just changed."""
    for seed in range(6):
        found = lived_in(seed)
        alone = readings(found.copy())
        for answers in at_once([partial(readings, found)] * THREADS):
            assert answers == alone
        assert readings(found) == alone


def test_many_threads_are_the_first_to_ask_for_one_pattern() -> None:
    """A pattern is asked about a few hundred texts, for queries that share it."""
    for number in range(10):
        found = placement.Cluster()
        for row in range(400):
            found.register(Instance(id=f"i-{row}", attributes={"a": f"v{row}"}))
        pattern = f"attribute:a =~ 'v[0-9]*{number}'"
        queries = [placement.compile(f"{pattern} or attribute:b == {k}") for k in range(4)]
        expected = [f"i-{row}" for row in range(number, 400, 10)]
        asked = at_once([partial(query.select, found) for query in queries])
        assert asked == [expected] * 4
        assert [query.select(found) for query in queries] == [expected] * 4


class Meddling:
    """Accepts texts of even length; in the middle of an answer another thread gets its own."""

    def __init__(self) -> None:
        self.meddle: Callable[[], object] | None = None

    def accepts(self, text: str) -> bool:
        meddle, self.meddle = self.meddle, None
        if meddle is not None:
            meddle()
        return len(text) % 2 == 0


def test_who_is_interrupted_while_asking_mistakes_nothing() -> None:
    """The same without luck: the interruption comes where it does most harm."""
    dictionary = Dictionary()
    for length in range(1, 9):
        dictionary.add("x" * length)
    even = {dictionary.codes["x" * length] for length in (2, 4, 6, 8)} | {EMPTY}
    predicate: Any = Meddling()
    accepted = AcceptedCodes(predicate)
    predicate.meddle = lambda: accepted.update(dictionary)
    assert accepted.update(dictionary) == even
    assert accepted.update(dictionary) == even


def test_full_bindings_take_from_many_threads() -> None:
    bindings: BoundedCache[int] = BoundedCache(MAX_BINDINGS)

    def put(turn: int) -> None:
        for number in range(3000):
            bindings.put((turn, number), number)

    at_once([partial(put, turn) for turn in range(THREADS)])
    assert MAX_BINDINGS - MAX_BINDINGS // 16 <= len(bindings) <= MAX_BINDINGS


def test_a_version_is_not_seen_before_its_arrays(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who is stopped while taking up new arrays must not pass for one who has taken them up."""
    found = new_cluster(0)
    bound = bind(found.store, QUERIES[0].program)
    before = bound.version
    found.put_attributes("i-0", {"stack": "a new text"})
    assert found.store.matrix.version > before
    monkeypatch.setattr(Store, "running", property(lambda _: pytest.fail("stopped here")))
    with pytest.raises(pytest.fail.Exception):
        bound._refresh()
    assert bound.version == before


def test_many_threads_copy_one_cluster_and_go_their_own_ways() -> None:
    """What is to be tried or changed in parallel is tried on copies; others go on reading."""
    found = lived_in()
    ways: list[Callable[[], placement.Cluster]] = [
        found.copy,
        lambda: pickle.loads(pickle.dumps(found)),
    ]
    alone = [life(ways[seed % 2](), seed) for seed in range(4)]
    before = readings(found)
    copies = [lambda seed=seed: life(ways[seed % 2](), seed) for seed in range(4)]
    readers = [lambda: readings(found)] * 2
    *lives, one, two = at_once([*copies, *readers])
    assert lives == alone
    assert one == two == before == readings(found)


def test_requests_are_prepared_by_many_threads() -> None:
    """``prepare`` looks at the request only; the cluster hears of it when it is first decided."""
    found = lived_in()

    def prepare() -> list[placement.PreparedRequest]:
        return [
            found.prepare(r.task, group=r.group, constraints=r.constraints, strategy=r.strategy)
            for r in REQUESTS
        ]

    expected = found.copy().place_many(REQUESTS, [0, 1, 2, 3, 4, 5, 0]).rows.tolist()
    for prepared in at_once([prepare] * THREADS):
        with found.trial():
            assert found.place_many(prepared, [0, 1, 2, 3, 4, 5, 0]).rows.tolist() == expected


# --- The global interpreter lock ---------------------------------------------------------------


def test_every_kernel_releases_the_lock(monkeypatch: pytest.MonkeyPatch) -> None:
    given: list[dict[str, Any]] = []

    def compiled(_: Any, **options: Any) -> SimpleNamespace:
        given.append(options)
        return SimpleNamespace()

    monkeypatch.setattr(_jit, "njit", compiled)
    for decorate in (tiers.jit, tiers.jit_no_refcount):
        _jit.compiled_kernel(decorate(at_once))
    for mark in (tiers.inlined, tiers.called):
        _jit.compiled_part(mark(lambda: None))
    assert [options["nogil"] for options in given] == [True] * 4


def test_no_kernel_is_compiled_by_another_way() -> None:
    """Only ``_jit`` takes a decorator from numba."""
    for path in (PACKAGE / "kernels").glob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        taken = [
            name.name
            for node in ast.walk(tree)
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("numba")
            for name in node.names
        ]
        plain = [
            name.name
            for node in ast.walk(tree)
            if isinstance(node, ast.Import)
            for name in node.names
            if name.name.startswith("numba")
        ]
        decorators = {"njit", "jit", "vectorize", "guvectorize"} & set(taken)
        assert not plain, path.name
        assert decorators <= ({"njit"} if path.name == "_jit.py" else set()), path.name
