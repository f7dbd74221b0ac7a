"""Things of the wrong kind in every place of every public call: a PlacementError, nothing else."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import placement
from clean import within
from junk import JUNK


def fresh() -> placement.Cluster:
    cluster = placement.Cluster()
    cluster.register(placement.Instance(id="ci-0", attributes={"a": "b"}))
    cluster.add_task("ci-0", "web")
    return cluster


QUERY = placement.compile("attribute:a == b and task:group != x")
Call = Callable[[placement.Cluster, Any], Any]

CALLS: dict[str, Call] = {
    "compile": lambda _, junk: placement.compile(junk),
    "compile max_length": lambda _, junk: placement.compile("attribute:a exists", max_length=junk),
    "compile lenient": lambda _, junk: placement.compile("attribute:a exists", lenient=junk),
    "compile steps": lambda _, junk: placement.compile("attribute:a exists", regex_steps=junk),
    "lint": lambda _, junk: placement.lint(junk),
    "lint cluster": lambda _, junk: placement.lint("attribute:a exists", junk),
    "lint max_length": lambda _, junk: placement.lint("attribute:a exists", max_length=junk),
    "mask": lambda _, junk: QUERY.mask(junk),
    "select": lambda _, junk: QUERY.select(junk),
    "matches": lambda cluster, junk: QUERY.matches(cluster, junk),
    "matches in": lambda _, junk: QUERY.matches(junk, "ci-0"),
    "explain": lambda cluster, junk: QUERY.explain(cluster, junk),
    "explain in": lambda _, junk: QUERY.explain(junk, "ci-0"),
    "Instance id": lambda _, junk: placement.Instance(id=junk),
    "Instance attributes": lambda _, junk: placement.Instance(id="i", attributes=junk),
    "Instance name": lambda _, junk: placement.Instance(id="i", attributes={hashable(junk): "a"}),
    "Instance value": lambda _, junk: placement.Instance(id="i", attributes={"a": junk}),
    "Instance ec2": lambda _, junk: placement.Instance(id="i", ec2_instance_id=junk),
    "Instance status": lambda _, junk: placement.Instance(id="i", status=junk),
    "Instance agent": lambda _, junk: placement.Instance(id="i", agent_connected=junk),
    "Instance version": lambda _, junk: placement.Instance(id="i", agent_version=junk),
    "Instance date": lambda _, junk: placement.Instance(id="i", registered_at=junk),
    "Instance tasks": lambda _, junk: placement.Instance(id="i", running_tasks=junk),
    "from_ecs": lambda _, junk: placement.Cluster.from_ecs(junk),
    "from_ecs of one": lambda _, junk: placement.Cluster.from_ecs([junk]),
    "from_ecs instances": lambda _, junk: placement.Cluster.from_ecs({"containerInstances": junk}),
    "from_ecs tasks": lambda _, junk: placement.Cluster.from_ecs(
        {"containerInstances": [], "tasks": junk}
    ),
    "row": lambda cluster, junk: cluster.row(junk),
    "register": lambda cluster, junk: cluster.register(junk),
    "deregister": lambda cluster, junk: cluster.deregister(junk),
    "put_attributes of": lambda cluster, junk: cluster.put_attributes(junk, {"a": "b"}),
    "put_attributes": lambda cluster, junk: cluster.put_attributes("ci-0", junk),
    "put_attributes name": lambda cluster, junk: cluster.put_attributes(
        "ci-0", {hashable(junk): "b"}
    ),
    "put_attributes value": lambda cluster, junk: cluster.put_attributes("ci-0", {"a": junk}),
    "delete_attributes of": lambda cluster, junk: cluster.delete_attributes(junk, ["a"]),
    "delete_attributes": lambda cluster, junk: cluster.delete_attributes("ci-0", junk),
    "delete_attributes name": lambda cluster, junk: cluster.delete_attributes("ci-0", [junk]),
    "set_status of": lambda cluster, junk: cluster.set_status(junk, "ACTIVE"),
    "set_status": lambda cluster, junk: cluster.set_status("ci-0", junk),
    "set_agent of": lambda cluster, junk: cluster.set_agent(junk, connected=True),
    "set_agent connected": lambda cluster, junk: cluster.set_agent("ci-0", connected=junk),
    "set_agent version": lambda cluster, junk: cluster.set_agent("ci-0", version=junk),
    "set_reservation of": lambda cluster, junk: cluster.set_reservation(junk, cpu=1),
    "set_reservation cpu": lambda cluster, junk: cluster.set_reservation("ci-0", cpu=junk),
    "set_reservation resources": lambda cluster, junk: cluster.set_reservation(
        "ci-0", resources=junk
    ),
    "set_reservation resource": lambda cluster, junk: cluster.set_reservation(
        "ci-0", resources={hashable(junk): 1, "disk": junk}
    ),
    "set_reservation interfaces": lambda cluster, junk: cluster.set_reservation(
        "ci-0", interfaces=junk
    ),
    "reservation": lambda cluster, junk: cluster.reservation(junk),
    "place_on use_reserved": lambda cluster, junk: cluster.place_on(
        "ci-0", placement.Task(), use_reserved=junk
    ),
    "AtMost": lambda _, junk: placement.AtMost(junk),
    "ZoneSkew": lambda _, junk: placement.ZoneSkew(junk),
    "add_task to": lambda cluster, junk: cluster.add_task(junk, "g"),
    "add_task": lambda cluster, junk: cluster.add_task("ci-0", junk),
    "remove_task": lambda cluster, junk: cluster.remove_task(junk),
    "replay": lambda cluster, junk: cluster.replay(junk, [0, ~0]),
    "replay events": lambda cluster, junk: cluster.replay([placement.Task()], junk),
    "replay running": lambda cluster, junk: cluster.replay([placement.Task()], [0], running=junk),
    "replay seed": lambda cluster, junk: cluster.replay([placement.Task()], [0], seed=junk),
}
ALWAYS_REFUSED = (
    *("lint cluster", "mask", "select", "matches in", "explain in", "matches", "explain", "row"),
    *("deregister", "put_attributes of", "delete_attributes of", "set_status of", "set_status"),
    *("set_agent of", "add_task to", "Instance status", "set_reservation of", "reservation"),
)
FINE = (("lint cluster", "None"),)


def hashable(junk: Any) -> Any:
    """Junk that can be a key of a dict."""
    return junk if type(junk).__hash__ is not None else repr(type(junk)).encode()


def refused(call: Call, cluster: placement.Cluster, junk: Any) -> bool:
    """Make a call; tell whether it was refused, after a look at the refusal."""
    with within(20):
        try:
            call(cluster, junk)
        except placement.PlacementError as error:
            return shown(error)
    return False


def shown(error: placement.PlacementError) -> bool:
    text = str(error)
    text.encode("utf-8")
    assert 0 < len(text.strip()) < 1000
    return True


@pytest.mark.parametrize("name", CALLS)
def test_wrong_kind_is_refused_or_harmless(name: str) -> None:
    """All kinds are tried; the failure lists those that ended in anything but a refusal."""
    wrong = {}
    for junk, value in JUNK.items():
        cluster = fresh()
        try:
            was_refused = refused(CALLS[name], cluster, value)
        except Exception as error:  # noqa: BLE001
            wrong[junk] = f"{type(error).__name__}: {error!s:.80}"
        else:
            if not was_refused and name in ALWAYS_REFUSED and (name, junk) not in FINE:
                wrong[junk] = "taken"
            assert QUERY.mask(cluster).shape == (cluster.rows,)
    assert wrong == {}


@given(st.data())
def test_any_mixture_of_wrong_calls_leaves_a_cluster_that_answers(choice: st.DataObject) -> None:
    cluster = fresh()
    pairs = st.tuples(st.sampled_from(sorted(CALLS)), st.sampled_from(sorted(JUNK)))
    for name, junk in choice.draw(st.lists(pairs, max_size=6)):
        try:
            refused(CALLS[name], cluster, JUNK[junk])
        except Exception:  # noqa: BLE001 - what it is, the test above says
            continue
    for row, id in enumerate(cluster.ids):
        assert QUERY.mask(cluster)[row] == (id is not None and QUERY.matches(cluster, id))


@pytest.mark.parametrize("junk", JUNK)
def test_nothing_is_in_a_cluster_but_its_ids(junk: str) -> None:
    assert JUNK[junk] not in fresh()


@pytest.mark.parametrize("junk", JUNK)
def test_a_query_equals_queries_only(junk: str) -> None:
    assert QUERY.__eq__(JUNK[junk]) is NotImplemented


OFFSETS = [timedelta(0), timedelta(hours=14), timedelta(hours=-14), timedelta(microseconds=1)]
MOMENTS = [datetime.min.replace(tzinfo=timezone(offset)) for offset in OFFSETS] + [
    datetime.max.replace(tzinfo=timezone(offset)) for offset in OFFSETS
]


@pytest.mark.parametrize("when", MOMENTS, ids=str)
def test_the_first_and_the_last_moments_are_told_apart_and_explained(when: datetime) -> None:
    """A18: an offset may put them outside the years that a datetime has."""
    cluster = placement.Cluster()
    cluster.register(placement.Instance(id="ci-0", registered_at=when))
    early = when.year == 1
    for text, truth in (
        ("registeredAt < 1970-01-01", early),
        ("registeredAt >= 2018-06-18", not early),
        ("registeredAt != 2018-06-18", True),
    ):
        query = placement.compile(text)
        assert query.select(cluster) == ["ci-0"] * truth
        assert query.explain(cluster, "ci-0").truth == truth
        assert str(query.explain(cluster, "ci-0"))
