"""The checks: order, shared masks, what each of them says of a row."""

from __future__ import annotations

import itertools
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

import placement
from placement import AtMost, DistinctInstance, Instance, MemberOf, Task, ZoneSkew
from placement.engine.checks import (
    DYNAMIC_CHECKS,
    STATIC_CHECKS,
    all_rows,
    mask_of,
    prepare_checks,
    prepare_static_checks,
)
from placement.engine.criteria import Criteria
from placement.engine.index.static_conditions import StaticConditions
from placement.model import MAX_COUNT

ZONE, EXTERNAL = "ecs.availability-zone", "ecs.capability.external"


class Odd:
    """A filter that keeps odd rows."""

    reason = "ODD"
    reads = "instance"

    def keep(self, mask: Any, rows: Any) -> None:
        mask[rows % 2 == 0] = False


def cluster() -> placement.Cluster:
    """Return rows that differ in everything that static checks read, and a tombstone."""
    found = placement.Cluster()
    every: list[dict[str, str | None]] = [
        {},
        {ZONE: "za", "stack": "prod"},
        {ZONE: "zb", "stack": "dev", "ecs.vpc-id": "v"},
        {EXTERNAL: None, "stack": None},
        {"ecs.os-type": "linux", "ecs.cpu-architecture": "x86_64", "ecs.vpc-id": "w"},
        {"ecs.os-family": "WINDOWS_SERVER_2022_CORE", "ecs.cpu-architecture": "arm64"},
        {"ecs.capability.task-eni": None, ZONE: "za"},
    ]
    for number, attributes in enumerate(every):
        found.register(Instance(id=f"i{number}", cpu=512, memory=512, attributes=attributes))
    found.register(
        Instance(id="draining", status="DRAINING", attributes={ZONE: "za"}, neuron_devices=0)
    )
    found.register(Instance(id="alone", agent_connected=False, attributes={ZONE: "za"}))
    found.register(Instance(id="gone"))
    found.deregister("gone")
    found.register(Instance(id="full", running_tasks=MAX_COUNT))
    return found


FIELDS: list[dict[str, Any]] = [
    {},
    {"attributes": {"stack": None}},
    {"attributes": {"stack": "prod"}},
    {"attributes": {"stack": "dev"}},
    {"attributes": {EXTERNAL: None}},
    {"attributes": {"stack": "prod", ZONE: "za"}},
    {"attributes": {ZONE: "za", "stack": "prod"}},
    {"launch_type": "EXTERNAL"},
    {"launch_type": "EXTERNAL", "attributes": {EXTERNAL: None}},
    {"network_interface": True},
    {"attributes": {"ecs.capability.task-eni": None}},
    {"architecture": "X86_64"},
    {"architecture": "ARM64"},
    {"operating_system": "LINUX"},
    {"operating_system": "WINDOWS_SERVER_2022_CORE"},
    {"vpc": "v"},
    {"vpc": "w"},
    {"zones": ("za",)},
    {"zones": ("zb",)},
    {"zones": ("za", "zb")},
    {"cpu": 100},
    {"cpu": 600},
    {"tcp_ports": (80,)},
]


def conditions(found: placement.Cluster, fields: dict[str, Any], text: str) -> StaticConditions:
    constraints = [MemberOf(text)] if text else []
    return StaticConditions(found.store, found.prepare(Task(**fields), constraints=constraints))


def test_requests_share_a_mask_only_if_they_rule_out_the_same_rows() -> None:
    """A field that a static check reads, and its key forgets, would give shared, wrong masks."""
    found = cluster()
    texts = ["", "attribute:stack == prod", "attribute:stack != prod", "task:group == g"]
    every = [conditions(found, fields, text) for fields in FIELDS for text in texts]
    shared = 0
    for one, other in itertools.combinations(every, 2):
        if one.key == other.key:
            shared += 1
            assert one.mask().tolist() == other.mask().tolist()
    assert shared > len(FIELDS)  # amounts, ports and conditions on tasks do not divide them


def test_the_order_of_required_attributes_does_not_divide_requests() -> None:
    found = cluster()
    one, other = (conditions(found, FIELDS[number], "") for number in (5, 6))
    assert one.key == other.key


@pytest.mark.parametrize("fields", FIELDS, ids=str)
def test_static_conditions_of_some_rows_are_those_of_the_mask(fields: dict[str, Any]) -> None:
    found = cluster()
    static = conditions(found, fields, "attribute:stack != prod")
    rows = np.array([0, 2, 3, 6, 8, 9])
    assert static.of_rows(rows, {}).tolist() == static.mask()[rows].tolist()


def every_check(found: placement.Cluster) -> list[Any]:
    """Return at least one check of each kind."""
    task = Task(
        cpu=600,
        memory=600,
        gpus=1,
        neuron_devices="ALL",
        tcp_ports=(80,),
        network_interface=True,
        resources={"disk": 2, "Zeta": 1},
        zones=("zb",),
        attributes={"stack": "prod"},
    )
    constraints = (
        MemberOf("attribute:stack == prod"),
        DistinctInstance(),
        AtMost(1),
        ZoneSkew(1),
        Odd(),
    )
    return [*prepare_checks(found.store, Criteria(task, "g", constraints))]


def test_c17_checks_come_in_the_order_of_their_reasons() -> None:
    reasons = list(dict.fromkeys([check.reason for check in every_check(cluster())]))
    assert reasons == [
        *("INACTIVE", "AGENT", "ATTRIBUTE", "LOCATION", "RESOURCE:CPU", "RESOURCE:MEMORY"),
        *("RESOURCE:PORTS", "RESOURCE:ENI", "RESOURCE:GPU", "RESOURCE:NEURON_DEVICE"),
        *("RESOURCE:Zeta", "RESOURCE:disk"),
        *("RESOURCE:TASKS", "MEMBER_OF", "DISTINCT_INSTANCE", "AT_MOST", "ZONE_SKEW", "ODD"),
    ]


def test_every_prepare_function_is_tried_here() -> None:
    found = cluster()
    task = Task(
        cpu=1,
        memory=1,
        gpus=1,
        neuron_devices="ALL",
        tcp_ports=(1,),
        network_interface=True,
        resources={"disk": 1},
        zones=("za",),
    )
    constraints = (
        MemberOf("attribute:x exists"),
        DistinctInstance(),
        AtMost(1),
        ZoneSkew(1),
        Odd(),
    )
    criteria = Criteria(task, "g", constraints)
    for prepare in (*STATIC_CHECKS, *DYNAMIC_CHECKS):
        assert list(prepare(found.store, criteria))


def test_a_check_says_the_same_of_some_rows_as_of_all() -> None:
    found = cluster()
    found.add_task("i1", "g", Task(tcp_ports=(80,)))
    rows = np.array([0, 1, 4, 8])
    for check in every_check(found):
        mask = mask_of(found.store, [check])
        some = np.ones(len(rows), np.bool_)
        check.keep(some, rows)
        assert some.tolist() == mask[rows].tolist(), check.reason


def test_a_check_that_a_row_fails_says_what_is_missing_under_its_reason() -> None:
    found = cluster()
    found.add_task("i1", "g", Task(tcp_ports=(80,)))
    found.add_task("i2", "g")
    found.add_task("i6", "g")  # two in zone za, one in zone zb, where an instance qualifies (C38)
    qualifying = {ZONE: "zb", "stack": "prod", "ecs.capability.task-eni": None}
    found.register(Instance(id="qualifying", attributes=qualifying))
    seen = set()
    for check in every_check(found):
        mask = np.ones(len(found.ids), np.bool_)
        check.keep(mask, all_rows(found.store))
        for row in np.flatnonzero(~mask & found.store.live[: len(mask)]).tolist():
            seen.add(check.reason)
            texts = check.missing(row)
            assert texts
            assert texts[0].startswith(f"{check.reason}: ")
            (numerator,), denominator = check.missing_shares(np.array([row]))
            assert numerator >= 0
            assert denominator > 0
        one, several = check.sentence
        assert one
        assert several
        assert check.remedy or check.parts()
    assert seen == {check.reason for check in every_check(found)} - {"RESOURCE:ENI"}


def test_a41_the_share_that_is_missing() -> None:
    found = cluster()
    found.add_task("i0", "g", Task(cpu=112, tcp_ports=(80, 443)))
    task = Task(cpu=600, tcp_ports=(80, 443, 5), attributes={"a": None, "b": None})
    shares = {}
    for check in prepare_checks(found.store, Criteria(task, "g", ())):
        (numerator,), denominator = check.missing_shares(np.array([0]))
        shares[check.reason] = Fraction(numerator, denominator)
    assert shares["RESOURCE:CPU"] == Fraction(200, 600)
    assert shares["RESOURCE:PORTS"] == 2
    assert shares["ATTRIBUTE"] == 1  # for each of the two attributes
    assert shares["AGENT"] == 0


def test_c20_the_best_state_of_a_row_knows_neither_tasks_nor_status_nor_agent() -> None:
    found = cluster()
    found.add_task("i1", "g", Task(cpu=500, memory=500, tcp_ports=(80,)))
    rows = np.array([found.row(id) for id in ("i1", "i2", "draining", "alone")])
    constraints = (MemberOf("agentConnected == true and runningTasksCount == 0"),)
    task = Task(cpu=500, memory=500, tcp_ports=(80,), zones=("za",))
    could = np.ones(4, np.bool_)
    for check in prepare_checks(
        found.store, Criteria(task, "g", (*constraints, DistinctInstance()))
    ):
        if not check.reason.startswith("RESOURCE:") or check.reason == "RESOURCE:PORTS":
            check.keep_possible(could, rows)
    assert could.tolist() == [True, False, True, True]  # another zone
    for check in prepare_checks(found.store, Criteria(task, "g", ())):
        check.keep_possible(could, rows)
    assert could.tolist() == [True, False, False, False]  # registered without cpu
    reserved = Criteria(Task(tcp_ports=(22,)), "g", ())
    for check in prepare_checks(found.store, reserved):
        check.keep_possible(could, rows)
    assert not could.any()


def test_static_checks_are_those_that_tasks_do_not_change() -> None:
    found = cluster()
    task = Task(zones=("za",), attributes={"stack": None}, cpu=500, tcp_ports=(80,))
    criteria = Criteria(task, "g", (DistinctInstance(),))
    before = [
        mask_of(found.store, [check]).tolist()
        for check in prepare_static_checks(found.store, criteria)
    ]
    for id in ("i1", "i3", "i6"):
        found.add_task(id, "g", Task(cpu=500, tcp_ports=(80,)))
    after = prepare_static_checks(found.store, criteria)
    assert [mask_of(found.store, [check]).tolist() for check in after] == before
