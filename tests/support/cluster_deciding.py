"""Deciding calls of a cluster as steps of a history, with extensions, and what is kept of them.

In: a world.  Out: steps that place, choose and undo, by name in ``cluster_reading.STEPS``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

import placement
from cluster_extensions import Broken, Probe, broken_list, change_inside, own_filter, own_ranker
from cluster_pools import EXPRESSIONS, GROUPS, IDS, VARIANTS, new_document, new_task
from cluster_reading import failing, failures_of, step
from cluster_replaying import some_count, some_events, some_requests
from cluster_world import REFUSED, Kept, KeptRequest, World, said
from naive_engine import Refused, Request
from placement import MemberOf, Random

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
    given, requests, good = some_requests(w)
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
    how = {"use_reserved": True} if w.below(4) == 0 else {}

    def library() -> Any:
        done = w.call("place_on", id, task, group=group, constraints=constraints, **how)
        assert bool(done) == (done.task_id is not None)
        return list(done.missing) if done.task_id is None else done.task_id

    before = w.facts()
    try:
        found = library()
    except placement.PlacementError:
        found = REFUSED
    try:
        expected: Any = w.twin.place_on(id, request, **how)
    except Refused:
        expected = REFUSED
    assert found == expected
    if not isinstance(found, int):
        assert w.facts() == before, "nothing was placed, but something has changed"
    else:
        assert w.cluster.change_count > before[-1]


def pool(w: World, group: str) -> list[int] | None:
    """Return some tasks of a group in any order, now and then one that cannot be chosen from."""
    if w.below(2):
        return None
    found = [held.id for held in w.twin.live() if held.group == group and w.below(3)]
    if not w.below(8):
        found.append(w.below(40))
    return found if w.below(2) else found[::-1]


@step(6)
def choose_to_stop(w: World) -> None:
    """It reads, unless it draws from the cluster's own numbers (C53)."""
    group, count = w.choose([*GROUPS, "none"]), w.below(5)
    chain = w.request().strategy
    seed, tie = w.seed(), w.choose(["task_id", "oldest", "newest"])
    draws = seed is None and any(isinstance(one, Random) for one in chain or ())
    how = {"seed": seed, "tie": tie, "among": pool(w, group)}
    w.same(
        lambda: w.call("choose_to_stop", group, count, chain, **how),
        lambda: w.twin.choose_to_stop(group, count, chain, **how),
        changes=draws,
    )


# --- Steps: extensions --------------------------------------------------------------------------


@step(7)
def extensions(w: World) -> None:
    """C22, C53: extensions that read, try to change the cluster, or raise."""
    probe = Probe(w, w.choose(["reads", "tries", "changes", "raises"]))
    request = w.request()
    role = w.choose(["filter", "ranker", "reporter"])
    if role == "filter":
        own = own_filter(w, probe)
        own.reason = "PROBE"
        request = request._replace(constraints=(*request.constraints, own))
    elif role == "ranker":
        request = request._replace(strategy=(own_ranker(w, probe), *(request.strategy or ())))
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
    which = w.below(6)
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
    if which == 5:
        plain = placement.Request(task, group, constraints, strategy)
        running = [held.id for held in w.twin.live()]
        events = some_events(w, 1, count, running)
        return (
            lambda: [one.tolist() for one in w.call("replay", [plain], events, running=running)],
            lambda: list(w.twin.replay([request], events, running, seed=None)),
            True,
        )
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
        lambda: w.call("replay", broken_list(error, prepared), [0, ~0]),
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
        raise change_inside(w)
        yield

    calls: list[Callable[[], Any]] = [
        lambda: w.call("stop", meddling()),
        lambda: w.call("place_many", meddling(), [0]),
        lambda: w.call("replay", meddling(), [0]),
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
