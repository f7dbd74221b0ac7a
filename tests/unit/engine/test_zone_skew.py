"""``ZoneSkew``: zones stay within a distance of each other (C38, A53)."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

import placement
from placement import BinPack, MemberOf, Random, Spread, Task, ZoneSkew
from placement.engine.request import Constraint

ZONE = "ecs.availability-zone"
SMALL = Task(cpu=1, memory=1)
PACKED = BinPack("cpu")
SCANS = [None, lambda _: None]


def instance(
    number: int, zone: str | None, *, cpu: int = 100, kind: str | None = None, **fields: Any
) -> placement.Instance:
    texts = {ZONE: zone, "kind": kind}
    attributes = {name: text for name, text in texts.items() if text is not None}
    id = f"i-{number}"
    return placement.Instance(id=id, cpu=cpu, memory=100, attributes=attributes, **fields)


def cluster(zones: str, **options: Any) -> placement.Cluster:
    """Return a cluster of one instance for each letter, which is its zone; "-" has none."""
    found = placement.Cluster(**options)
    for number, zone in enumerate(zones):
        found.register(instance(number, None if zone == "-" else zone))
    return found


def zones_of(found: placement.Cluster, rows: Any) -> str:
    ids = [found.ids[row] or "" for row in rows.tolist()]
    return "".join([found.attribute(id, ZONE) or "-" for id in ids])


@pytest.mark.parametrize("reporter", SCANS, ids=["index", "scan"])
@pytest.mark.parametrize(
    ("skew", "expected"),
    [(1, "aabbcc"), (2, "aaaabbbcc"), (9, "aaaaaaaaabbbbbbbbb")],
)
def test_c38_a_zone_is_left_when_it_is_too_far_ahead(
    skew: int, expected: str, reporter: Any
) -> None:
    """Packed by cpu, tasks would all go to the first instance."""
    found = cluster("abc", reporter=reporter)
    placed = found.place(
        SMALL, len(expected), group="g", constraints=[ZoneSkew(skew)], strategy=PACKED
    )
    assert "".join(sorted(zones_of(found, placed.rows))) == expected


@pytest.mark.parametrize("reporter", SCANS, ids=["index", "scan"])
def test_c38_the_fewest_are_counted_before_each_task(reporter: Any) -> None:
    found = cluster("ab", reporter=reporter)
    asked = found.prepare(SMALL, group="g", constraints=[ZoneSkew(1)], strategy=PACKED)
    placed = found.place_many([asked], [0] * 4)
    assert zones_of(found, placed.rows) == "abab"
    found.stop(placed.task_ids[[1, 3]])
    assert zones_of(found, found.place_many([asked], [0] * 3).rows) == "bba"
    found.stop(int(placed.task_ids[0]))
    later = found.replay([asked], [~0, 0, 0], running=[int(placed.task_ids[2])])
    assert zones_of(found, later.rows[1:]) == "aa"


@pytest.mark.parametrize("reporter", SCANS, ids=["index", "scan"])
def test_a53_a_full_zone_still_holds_the_others_back(reporter: Any) -> None:
    """Zones count whether they have room or not, or a connected agent."""
    found = placement.Cluster(reporter=reporter)
    for row in (instance(0, "a"), instance(1, "b", cpu=0), instance(2, "c", agent_connected=False)):
        found.register(row)
    assert found.place(SMALL, 5, constraints=[ZoneSkew(2)], strategy=PACKED).rows.tolist() == [0, 0]


@pytest.mark.parametrize("reporter", SCANS, ids=["index", "scan"])
@pytest.mark.parametrize(
    ("change", "most"),
    [
        (lambda c: c.set_status("i-1", "DRAINING"), 9),
        (lambda c: c.deregister("i-1"), 9),
        (lambda c: c.put_attributes("i-1", {ZONE: "a"}), 9),
        (lambda c: c.put_attributes("i-1", {"kind": "gpu"}), 9),
        (lambda c: c.delete_attributes("i-1", ["kind"]), 9),
        (lambda c: c.set_agent("i-1", connected=False), 1),
        (lambda c: c.put_attributes("i-1", {"other": "1"}), 1),
        (lambda c: c.register(instance(5, "z", cpu=0, kind="web")), 1),
    ],
)
def test_a53_zones_follow_the_instances(change: Any, most: int, reporter: Any) -> None:
    """Those of ACTIVE instances that pass attributes, location and memberOf."""
    found = placement.Cluster(reporter=reporter)
    found.register(instance(0, "a", kind="web"))
    found.register(instance(1, "b", cpu=0, kind="web"))
    web: list[Constraint] = [MemberOf("attribute:kind == web"), ZoneSkew(1)]
    asked = found.prepare(SMALL, group="g", constraints=web, strategy=PACKED)
    first = found.place_many([asked], [0] * 3)
    assert first.rows.tolist() == [0, -1, -1]
    change(found)
    assert 1 + int((found.place_many([asked], [0] * 8).rows == 0).sum()) == most


def test_c38_the_location_of_the_call_limits_the_zones() -> None:
    found = cluster("abc")
    task = Task(cpu=1, zones=("a",))
    assert found.place(task, 4, constraints=[ZoneSkew(1)], strategy=PACKED).rows.tolist() == [0] * 4


def test_c38_instances_without_a_zone_are_one_zone() -> None:
    """A34: as for spread."""
    found = cluster("a--")
    placed = found.place(SMALL, 6, group="g", constraints=[ZoneSkew(1)], strategy=PACKED)
    assert zones_of(found, placed.rows) == "a-a-a-"
    only = cluster("--")
    assert only.place(SMALL, 3, constraints=[ZoneSkew(1)], strategy=PACKED).unplaced == 0


def test_c38_tasks_in_zones_that_do_not_qualify_are_counted_there() -> None:
    """On a DRAINING instance of a zone that is still one of the request, tasks count."""
    found = cluster("aab")
    for _ in range(2):
        found.add_task("i-0", "g")
    found.set_status("i-0", "DRAINING")
    placed = found.place(SMALL, 4, group="g", constraints=[ZoneSkew(1)], strategy=PACKED)
    assert placed.rows.tolist() == [2, 2, 2, 1]


@pytest.mark.parametrize("chain", [[Spread(f"attribute:{ZONE}"), PACKED], [PACKED, Random()]])
@pytest.mark.parametrize("reporter", SCANS, ids=["index", "scan"])
def test_c38_it_goes_with_any_strategy(chain: Any, reporter: Any) -> None:
    found = cluster("aabbc", reporter=reporter)
    placed = found.place(SMALL, 30, group="g", constraints=[ZoneSkew(1)], strategy=chain, seed=4)
    assert Counter(zones_of(found, placed.rows)) == {"a": 10, "b": 10, "c": 10}


def test_c38_requests_have_an_index_unless_zones_depend_on_tasks() -> None:
    found = cluster("abc")
    both: list[tuple[Constraint, ...]] = [
        (ZoneSkew(1), MemberOf("attribute:x !exists")),
        (ZoneSkew(1), MemberOf("runningTasksCount < 2")),
    ]
    asked = [
        found.prepare(SMALL, group="g", constraints=constraints, strategy=PACKED)
        for constraints in both
    ]
    assert zones_of(found, found.place_many(asked, [0, 0, 0, 1, 1, 1]).rows) == "abcabc"
    assert [prepared.number >= 0 for prepared in asked] == [True, False]
    assert "zoneSkew(1)" in repr(asked[0])


def test_c38_the_explanation_names_both_zones() -> None:
    found = cluster("ab-")
    for id in ("i-0", "i-0", "i-1"):
        found.add_task(id, "g")
    explained = found.explain(SMALL, group="g", constraints=[ZoneSkew(1), ZoneSkew(3)])
    assert explained.failures == {0: ("ZONE_SKEW",), 1: ("ZONE_SKEW",)}
    assert explained.fitting == 1
    missing = found.missing(SMALL, group="g", constraints=[ZoneSkew(1)])
    assert missing == {
        "i-0": ("ZONE_SKEW: 2 tasks of g in zone a, 0 without a zone: zones may differ by 1",),
        "i-1": ("ZONE_SKEW: 1 task of g in zone b, 0 without a zone: zones may differ by 1",),
    }


def test_c38_waiting_can_help_and_so_can_leaving_it_out() -> None:
    found = placement.Cluster()
    found.register(instance(0, "a"))
    found.register(instance(1, "b", agent_connected=False))
    found.add_task("i-0", "g")
    explained = found.explain(SMALL, group="g", constraints=[ZoneSkew(1)])
    assert dict(explained.remedies)["ZoneSkew"] == 1
    assert not explained.never_fits
    assert str(explained.shortfalls[-1]) == "1 is in a zone that has its most tasks of the group"
    assert found.place_on("i-0", SMALL, group="g", constraints=[ZoneSkew(1)]).missing == (
        "ZONE_SKEW",
    )


def test_c38_many_new_zones_make_room_for_themselves() -> None:
    """The counts by zone grow with the zones that come, in an index that is in use."""
    found = cluster("ab")
    asked = found.prepare(SMALL, group="g", constraints=[ZoneSkew(1)], strategy=PACKED)
    found.place_many([asked], [0, 0])
    for number in range(40):
        found.register(instance(100 + number, f"zone-{number}"))
        placed = found.place_many([asked], [0, 0])
        assert zones_of(found, placed.rows[:1]) == f"zone-{number}"
        found.stop(int(placed.task_ids[1]))
    assert asked.number >= 0
