"""Arguments that hold arrays or hold nothing are refused in the library's own words."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import numpy as np
import pytest

import placement
from placement import BinPack, Cluster, PlacementError, Spread, Task, planning
from placement.model.checks import as_tuple, is_one_of, is_several

ARRAYS = [
    np.array([]),
    np.array([0, 1]),
    np.ma.array([0, 1], mask=[False, True]),
    np.array(["ALL"]),
]

CHOICES: list[Callable[[Any], object]] = [
    lambda value: Task(neuron_devices=value),
    lambda value: Task(architecture=value),
    lambda value: Task(launch_type=value),
    Spread,
    BinPack,
    lambda value: Cluster(release=value),
    lambda value: Cluster(ties=value),
    lambda value: Cluster.from_ecs([], on_error=value),
]
"""Calls that take one of a few values."""

LISTS: list[Callable[[Cluster, Any], object]] = [
    lambda found, value: found.delete_attributes("i-0", value),
    lambda found, value: found.place(Task(), constraints=value),
    lambda found, value: found.place(Task(), strategy=value),
    lambda found, value: found.place_on("i-0", Task(), constraints=value),
    lambda found, value: found.choose_to_stop("g", 1, value),
    lambda found, value: found.choose_to_stop("g", 1, among=value),
    lambda found, value: found.explain(Task(), constraints=value),
    lambda found, value: found.place_many(value, [0]),
    lambda found, value: found.replay(value, [0]),
    lambda _, value: Cluster.from_ecs(value),
    lambda found, value: planning.report(found, definitions=value),
    lambda _, value: Task(tcp_ports=value),
]
"""Calls that take several values."""


def cluster() -> Cluster:
    found = Cluster()
    found.register(placement.Instance(id="i-0", cpu=10))
    return found


@pytest.mark.parametrize("value", [*ARRAYS, Decimal("sNaN")], ids=str)
@pytest.mark.parametrize("call", CHOICES)
def test_a_choice_is_compared_with_texts_only(call: Callable[[Any], object], value: Any) -> None:
    """Arrays answer ``==`` with an array, which is neither true nor false."""
    with pytest.raises(PlacementError, match=r"not (numpy\.)?(ndarray|MaskedArray|Decimal)"):
        call(value)
    assert not is_one_of(value, ("a", "b"))


@pytest.mark.parametrize("call", LISTS)
def test_an_array_without_dimensions_is_no_list(call: Callable[[Cluster, Any], object]) -> None:
    """It has ``__iter__``, and refuses."""
    found, value = cluster(), np.array(1)
    count = found.store.tasks.number
    with pytest.raises(PlacementError, match="not ndarray"):
        call(found, value)
    assert found.store.tasks.number == count
    assert not is_several(value)
    assert as_tuple(value) is value


def test_a_group_that_is_no_text_is_not_printed() -> None:
    """C14: what a group is not may be a list in itself, or fail to print."""
    endless: Any = []
    endless.append(endless)
    for _ in range(5000):
        endless = [endless]
    for call in (cluster().place, cluster().explain, cluster().prepare):
        with pytest.raises(PlacementError, match="group"):
            call(Task(), group=endless)
