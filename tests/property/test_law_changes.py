"""Laws of change: histories on a cluster and on its naive twin, refusals, compaction, widening."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import placement
from placement.testing import (
    Change,
    build_cluster,
    clusters,
    documents,
    expression_texts,
    histories,
    replay,
)
from store_dump import cells, dump
from twin_cluster import TwinCluster, read_all


def plain(outcome: Any) -> Any:
    """An outcome without the words of its refusal."""
    if isinstance(outcome, placement.PlacementError):
        return "refused"
    return outcome.tolist() if isinstance(outcome, np.ndarray) else outcome


@given(histories(max_changes=25))
def test_every_change_has_the_outcome_that_the_twin_expects(history: list[Change]) -> None:
    """C7, C9, C15: rows, task numbers, what compact returns, what is refused."""
    cluster, twin = placement.Cluster(), TwinCluster()
    outcomes = replay(history, cluster)
    assert list(map(plain, outcomes)) == list(map(plain, replay(history, twin)))
    assert [row and row["id"] for row in twin.rows] == list(cluster.ids)


@given(histories(max_changes=25))
def test_rows_and_ids_translate(history: list[Change]) -> None:
    """C7."""
    cluster = build_cluster(history)
    for row, id in enumerate(cluster.ids):
        assert id is None or (cluster.row(id) == row and id in cluster)
    assert len(cluster) == cluster.rows - list(cluster.ids).count(None)


@given(histories(), expression_texts(), histories(max_instances=2))
def test_a_query_compiled_before_changes_is_right_after_them(
    before: list[Change], text: str, after: list[Change]
) -> None:
    """Whatever it was bound to, and whether it was asked after each change or only now and then."""
    cluster, twin = placement.Cluster(), TwinCluster()
    query = placement.compile(text)
    replay(before, cluster)
    replay(before, twin)
    query.mask(cluster)
    tasks: list[int | None] = []
    twin_tasks: list[int | None] = []
    for number, change in enumerate(after):
        replay([change], cluster, tasks)
        replay([change], twin, twin_tasks)
        if number % 2:
            assert query.mask(cluster).tolist() == twin.mask(text)
    assert query.mask(cluster).tolist() == twin.mask(text)


@given(histories(), expression_texts())
def test_compact_keeps_what_is_selected(history: list[Change], text: str) -> None:
    """C7: ids in the same order, no hole left, and the array says where each row went."""
    cluster = build_cluster(history)
    query = placement.compile(text)
    ids, before, mask = list(cluster.ids), query.select(cluster), query.mask(cluster)
    moved = cluster.compact()
    assert query.select(cluster) == before
    assert None not in list(cluster.ids)
    assert [id and cluster.row(id) for id in ids] == [
        None if row < 0 else row for row in moved.tolist()
    ]
    assert query.mask(cluster)[moved[mask]].all()


@given(histories(min_instances=1))
def test_compact_keeps_every_cell_and_every_task(history: list[Change]) -> None:
    cluster = build_cluster(history)
    before = [row for row in cells(cluster) if row is not None]
    cluster.compact()
    assert cells(cluster) == before


@given(histories(min_instances=1))
def test_ids_follow_the_cluster_through_compact(history: list[Change]) -> None:
    """``ids`` is a view that follows the cluster."""
    cluster = build_cluster(history)
    view = cluster.ids
    cluster.compact()
    assert list(view) == list(cluster.ids)


@given(clusters(min_instances=1), histories(max_instances=0, max_changes=20))
def test_a_refused_change_changes_nothing(
    cluster: placement.Cluster, history: list[Change]
) -> None:
    tasks: list[int | None] = []
    for change in history:
        before = dump(cluster)
        (outcome,) = replay([change], cluster, tasks)
        if isinstance(outcome, placement.PlacementError):
            assert dump(cluster) == before


JUNK: tuple[Any, ...] = (
    None,
    0,
    -1,
    1.5,
    float("nan"),
    True,
    b"",
    b"ci-0",
    [],
    {},
    (),
    object(),
    "\0",
    {"a": 1},
)
WRONG: dict[str, Callable[[placement.Cluster, Any], Any]] = {
    "register": lambda c, junk: c.register(junk),
    "register a document": lambda c, junk: c.register(
        {"containerInstanceArn": "new", "attributes": [{"name": "a"}, {"name": junk}]}
    ),
    "deregister": lambda c, junk: c.deregister(junk),
    "put_attributes of": lambda c, junk: c.put_attributes(junk, {"a": "1"}),
    "put_attributes name": lambda c, junk: c.put_attributes(
        "ci-0", Pairs([("good", "1"), (junk, "1")])
    ),
    "put_attributes value": lambda c, junk: c.put_attributes(
        "ci-0", {"good": "1", "bad": wrong_value(junk)}
    ),
    "delete_attributes of": lambda c, junk: c.delete_attributes(junk, ["a"]),
    "delete_attributes name": lambda c, junk: c.delete_attributes("ci-0", ["stack", junk]),
    "set_status of": lambda c, junk: c.set_status(junk, "ACTIVE"),
    "set_status": lambda c, junk: c.set_status("ci-0", junk),
    "set_agent of": lambda c, junk: c.set_agent(junk, connected=True),
    "set_agent connected": lambda c, junk: c.set_agent(
        "ci-0", version="9", connected=wrong_flag(junk)
    ),
    "set_agent version": lambda c, junk: c.set_agent(
        "ci-0", connected=False, version=wrong_value(junk)
    ),
    "set_reservation of": lambda c, junk: c.set_reservation(junk, cpu=1),
    "set_reservation": lambda c, _: c.set_reservation("ci-0", cpu=5, resources={"a": 1, "b": -1}),
    "add_task to": lambda c, junk: c.add_task(junk, "g"),
    "add_task": lambda c, junk: c.add_task("ci-0", junk),
    "add_task of a long group": lambda c, _: c.add_task("ci-0", "g" * 256),
    "remove_task": lambda c, junk: c.remove_task(77 if junk == 0 else junk),
}


def wrong_flag(junk: Any) -> Any:
    """Junk where True would be right."""
    return None if junk is True else junk


def wrong_value(junk: Any) -> Any:
    """Junk where None would be right."""
    return 7 if junk is None else junk


class Pairs(dict[Any, Any]):
    """A mapping whose keys need not be hashable."""

    def __init__(self, pairs: list[tuple[Any, Any]]) -> None:
        super().__init__()
        self.pairs = pairs

    def items(self) -> Any:
        return list(self.pairs)


@pytest.mark.parametrize("junk", JUNK, ids=lambda junk: f"{junk!r:.12}")
@pytest.mark.parametrize("call", WRONG)
def test_a_call_with_the_wrong_kind_of_thing_changes_nothing(call: str, junk: Any) -> None:
    cluster = placement.Cluster()
    cluster.register(placement.Instance(id="ci-0", attributes={"stack": "prod"}))
    cluster.add_task("ci-0", "web")
    before = dump(cluster)
    with pytest.raises(placement.PlacementError):
        WRONG[call](cluster, junk)
    assert dump(cluster) == before


# --- Documents -----------------------------------------------------------------------------


@given(documents(tasks=False))
def test_a_document_is_its_instances_registered_one_by_one(document: dict[str, Any]) -> None:
    """C9, C11."""
    one_by_one = placement.Cluster()
    for instance in document["containerInstances"]:
        one_by_one.register(instance)
    assert cells(placement.Cluster.from_ecs(document)) == cells(one_by_one)


@given(documents(tasks=False))
def test_stream_list_and_document_are_the_same(document: dict[str, Any]) -> None:
    """C11."""
    instances = document["containerInstances"]
    whole = cells(placement.Cluster.from_ecs(document))
    assert cells(placement.Cluster.from_ecs(instances)) == whole
    assert cells(placement.Cluster.from_ecs(iter(instances))) == whole
    assert cells(placement.Cluster.from_ecs(tuple(instances))) == whole
    assert cells(placement.Cluster.from_ecs([document])) == whole


@given(documents())
def test_reading_leaves_the_document_alone(document: dict[str, Any]) -> None:
    before = copy.deepcopy(document)
    placement.Cluster.from_ecs(document)
    assert document == before


@given(documents(), expression_texts())
def test_a_document_with_tasks_is_what_the_twin_reads(document: dict[str, Any], text: str) -> None:
    """A19, A20, C10."""
    mask = placement.compile(text).mask(placement.Cluster.from_ecs(document))
    assert mask.tolist() == read_all(document).mask(text)


@given(documents(min_instances=2), st.integers(0, 6))
def test_pages_are_one_document(document: dict[str, Any], cut: int) -> None:
    instances, tasks = document["containerInstances"], document.get("tasks", [])
    pages = [
        {"containerInstances": instances[:cut], "tasks": tasks},
        {"containerInstances": instances[cut:]},
    ]
    assert cells(placement.Cluster.from_ecs(pages)) == cells(placement.Cluster.from_ecs(document))


# --- Dictionaries that outgrow their column ------------------------------------------------

LIMITS = [256, 65_536]
QUERIES = (
    "attribute:n == v7",
    "attribute:n != v7",
    "attribute:n in [v3, v9, v250, v251, v252, v253, v254, v65530]",
    "attribute:n !in [v3, v9, v255, v65535]",
    "attribute:n =~ v.*5",
    "attribute:n !~ v.*5",
    "attribute:n > v25",
    "not(attribute:n <= v25)",
    "attribute:n exists",
    "attribute:n !exists",
    "attribute:n == ''",
    "attribute:other == x and attribute:n =~ v6553\\d",
)


@pytest.mark.parametrize("limit", LIMITS)
def test_answers_stay_when_codes_get_wider(limit: int) -> None:
    """C8: the column moves from 8 to 16 to 32 bits; nothing that is asked may notice.

    One row takes value after value, so the dictionary grows while the cluster stays small; around
    the limit every query is asked after every value.
    """
    cluster, twin = placement.Cluster(), TwinCluster()
    for target in (cluster, twin):
        for number in range(12):
            name = {} if number == 3 else {"n": f"v{number}", "other": "x"}
            target.register(placement.Instance(id=f"ci-{number}", attributes=name))
        target.put_attributes("ci-4", {"n": None})
    queries = [placement.compile(text) for text in QUERIES]
    for number in range(12, limit + 4):
        row = f"ci-{5 + number % 7}"
        cluster.put_attributes(row, {"n": f"v{number}"})
        twin.put_attributes(row, {"n": f"v{number}"})
        if number < limit - 6:
            continue
        for text, query in zip(QUERIES, queries, strict=True):
            assert query.mask(cluster).tolist() == twin.mask(text), (number, text)
    assert cluster.store.attribute("n").width == LIMITS.index(limit) + 1


def test_columns_that_moved_leave_no_trace_for_new_ones() -> None:
    """The place of a column that went to wider codes is used again, empty."""
    cluster = placement.Cluster()
    cluster.register(placement.Instance(id="ci-0"))
    for number in range(300):
        cluster.put_attributes("ci-0", {"n": f"v{number}"})
    for number in range(40):
        absent = placement.compile(f"attribute:new{number} !exists")
        cluster.put_attributes("ci-0", {"other": f"{number}"})
        assert absent.select(cluster) == ["ci-0"]
        cluster.put_attributes("ci-0", {f"new{number}": "x"})
        assert absent.select(cluster) == []
    assert placement.compile("attribute:n == v299").select(cluster) == ["ci-0"]


@pytest.mark.parametrize("limit", LIMITS)
def test_compact_makes_codes_narrow_again(limit: int) -> None:
    cluster = placement.Cluster()
    cluster.register(placement.Instance(id="ci-0"))
    cluster.register(placement.Instance(id="ci-1", attributes={"n": "kept"}))
    for number in range(limit):
        cluster.put_attributes("ci-0", {"n": f"v{number}"})
    query = placement.compile(f"attribute:n in [kept, v{limit - 1}]")
    assert query.select(cluster) == ["ci-0", "ci-1"]
    cluster.compact()
    assert query.select(cluster) == ["ci-0", "ci-1"]
    assert cluster.store.attribute("n").width == 0


def test_compact_keeps_wide_codes_that_are_needed() -> None:
    cluster = placement.Cluster()
    for number in range(300):
        cluster.register(placement.Instance(id=f"ci-{number}", attributes={"n": f"v{number}"}))
    cluster.deregister("ci-5")
    cluster.compact()
    query = placement.compile("attribute:n =~ 'v(5|29\\d)'")
    assert query.select(cluster) == [f"ci-{number}" for number in range(290, 300)]
    assert cluster.store.attribute("n").width == 1
