"""Static conditions: what of a task they depend on, and their answers for single rows."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import attrs
import numpy as np
import pytest

import placement
from placement import Instance, MemberOf, Task
from placement.engine.checks import mask_of, prepare_static_checks
from placement.engine.index.static_conditions import _NOT_READ, StaticConditions, described

FULL: dict[str, Any] = {
    "network_interface": True,
    "attributes": {"disk": "ssd", "gpu": None},
    "operating_system": "LINUX",
    "architecture": "ARM64",
    "zones": ("a", "b"),
    "vpc": "vpc-1",
    "launch_type": "EXTERNAL",
}
"""A value for each field that static checks may read, not its default."""


def cluster() -> placement.Cluster:
    found = placement.Cluster()
    for row in range(6):
        attributes = {"ecs.availability-zone": "ab"[row % 2], "disk": ("ssd", "hdd", None)[row % 3]}
        found.register(Instance(id=f"i-{row}", cpu=64, memory=64, attributes=attributes))
    found.set_status("i-3", "DRAINING")
    return found


def test_every_field_of_a_task_is_described_or_not_read() -> None:
    """A field that is new is taken for one that static checks read."""
    assert set(FULL) | _NOT_READ == {field.name for field in attrs.fields(Task)}
    assert not set(FULL) & _NOT_READ
    default = described(Task())
    for name, value in FULL.items():
        assert described(Task(**{name: value})) != default, name
    assert described(Task(cpu=1, memory=2, family="f", tcp_ports=(80,))) == default


@pytest.mark.parametrize("fields", [{}, FULL])
def test_static_checks_read_only_what_is_described(fields: dict[str, Any]) -> None:
    """The task they get here has no other field, and the criteria have nothing but the task."""
    task = Task(**fields)
    known = {name: getattr(task, name) for name in FULL}
    found = cluster()
    criteria: Any = SimpleNamespace(task=SimpleNamespace(**known))
    checks = prepare_static_checks(found.store, criteria)
    whole = prepare_static_checks(found.store, found.prepare(task).criteria)
    assert [check.key for check in checks] == [check.key for check in whole]
    assert np.array_equal(mask_of(found.store, checks), mask_of(found.store, whole))


def test_rows_are_asked_about_once_for_checks_in_common() -> None:
    found = cluster()
    tasks = [Task(), Task(zones=("a",)), Task(attributes={"disk": "ssd"}), Task(zones=("b",))]
    constraint = MemberOf("attribute:disk exists")
    prepared = [found.prepare(task, constraints=[constraint]) for task in tasks]
    prepared += [found.prepare(task) for task in tasks]
    rows = np.array([0, 2, 3, 5])
    kept: dict[Any, Any] = {}
    for request in prepared:
        conditions = StaticConditions(found.store, request)
        assert np.array_equal(conditions.of_rows(rows, kept), conditions.mask()[rows])
    assert len(kept) == len(
        {
            check.key
            for one in prepared
            for check in prepare_static_checks(found.store, one.criteria)
        }
    )
