"""Columns of a cluster as arrays (C36)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import numpy as np
import pytest

import placement
from placement import Instance, Task
from placement.engine.columns import TextColumn, column

WHEN = datetime(2024, 5, 6, 7, 8, 9, 123456, tzinfo=UTC)


@pytest.fixture
def cluster() -> placement.Cluster:
    """Return four rows, row 1 a tombstone; row 2 has nothing but its size."""
    found = placement.Cluster()
    found.register(
        Instance(
            id="a",
            cpu=1024,
            memory=2048,
            gpus=2,
            resources={"disk": 10},
            attributes={"price": "0.5", "rack": None},
            agent_version="1.2.3",
            registered_at=WHEN,
        )
    )
    found.register(Instance(id="b", cpu=7, memory=7, attributes={"price": "9", "gone": "x"}))
    found.register(Instance(id="c", cpu=512, memory=512, status="DRAINING", agent_connected=False))
    found.register(Instance(id="d", cpu=2048, memory=512, attributes={"price": "0.25"}))
    task = Task(cpu=100, memory=28, gpus=1, resources={"disk": 4})
    found.add_task("a", "service:web", task)
    found.add_task("a", "service:web", Task(cpu=24))
    found.add_task("d", "other")
    found.deregister("b", force=True)
    return found


AMOUNTS = {
    "remaining.cpu": [900, 0, 512, 2048],
    "remaining.memory": [2020, 0, 512, 512],
    "remaining.gpus": [1, 0, 0, 0],
    "remaining.disk": [6, 0, 0, 0],
    "remaining.never": [0, 0, 0, 0],
    "registered.cpu": [1024, 0, 512, 2048],
    "registered.memory": [2048, 0, 512, 512],
    "registered.gpus": [2, 0, 0, 0],
    "registered.disk": [10, 0, 0, 0],
    "registered.never": [0, 0, 0, 0],
    "running_tasks": [2, 0, 0, 1],
    "tasks:service:web": [2, 0, 0, 0],
    "tasks:other": [0, 0, 0, 1],
    "tasks:never": [0, 0, 0, 0],
}

TEXTS: dict[str, list[str | None]] = {
    "status": ["ACTIVE", None, "DRAINING", "ACTIVE"],
    "agent_version": ["1.2.3", None, None, None],
    "attribute:price": ["0.5", None, None, "0.25"],
    "attribute:rack": ["", None, None, None],
    "attribute:gone": [None, None, None, None],
    "attribute:never": [None, None, None, None],
}

CHOICES: list[list[int]] = [[3, 0], [0, 0, 2], [1], []]


def texts(found: Any) -> list[str | None]:
    """Return a text column as a list, after looking at its form."""
    assert isinstance(found, TextColumn)
    assert found.codes.dtype == np.int32
    assert not found.codes.flags.writeable
    assert len(set(found.values)) == len(found.values)
    assert set(found.codes.tolist()) - {-1} == set(range(len(found.values)))
    assert len(found) == len(found.codes)
    return [None if code < 0 else found.values[code] for code in found.codes.tolist()]


@pytest.mark.parametrize("name", AMOUNTS)
def test_c36_amounts_and_counts_are_int64_and_0_for_tombstones(
    cluster: placement.Cluster, name: str
) -> None:
    found = column(cluster.store, name)
    assert isinstance(found, np.ndarray)
    assert (found.dtype, found.tolist()) == (np.int64, AMOUNTS[name])
    for rows in CHOICES:
        some = column(cluster.store, name, rows)
        assert isinstance(some, np.ndarray)
        assert (some.dtype, some.tolist()) == (np.int64, [AMOUNTS[name][row] for row in rows])


@pytest.mark.parametrize("name", TEXTS)
def test_c36_texts_are_codes_and_the_values_that_occur(
    cluster: placement.Cluster, name: str
) -> None:
    assert texts(column(cluster.store, name)) == TEXTS[name]
    for rows in CHOICES:
        found = column(cluster.store, name, np.array(rows, np.int32))
        assert texts(found) == [TEXTS[name][row] for row in rows]


def test_c36_connected_is_bool_and_registered_at_a_time(cluster: placement.Cluster) -> None:
    connected = column(cluster.store, "connected")
    assert isinstance(connected, np.ndarray)
    assert (connected.dtype, connected.tolist()) == (np.bool_, [True, False, False, True])
    times = column(cluster.store, "registered_at", [0, 1, 2])
    assert isinstance(times, np.ndarray)
    assert times.dtype == "datetime64[us]"
    assert times[0] == np.datetime64("2024-05-06T07:08:09.123456")
    assert np.isnat(times[1:]).all()


@pytest.mark.parametrize("name", [*AMOUNTS, "connected", "registered_at"])
@pytest.mark.parametrize("rows", [None, [0, 3]])
def test_c36_columns_are_copies_that_cannot_be_written_to(
    cluster: placement.Cluster, name: str, rows: Any
) -> None:
    found = column(cluster.store, name, rows)
    assert isinstance(found, np.ndarray)
    before = found.copy()
    with pytest.raises(ValueError, match="read-only"):
        found[0] = found[0]
    cluster.place(Task(cpu=1, memory=1), 3, group="other", strategy=[placement.BinPack("cpu")])
    cluster.set_agent("a", connected=False)
    assert np.array_equal(found, before, equal_nan=name == "registered_at")


def test_c36_text_columns_stay_as_they_were(cluster: placement.Cluster) -> None:
    found = column(cluster.store, "attribute:price")
    assert found == column(cluster.store, "attribute:price")
    cluster.put_attributes("a", {"price": "0.25"})
    assert texts(found) == TEXTS["attribute:price"]
    assert found != column(cluster.store, "attribute:price")


def test_c36_a_group_is_counted_for_few_of_many_rows_as_for_all() -> None:
    found = placement.Cluster()
    for number in range(1500):
        found.register(Instance(id=f"i{number}", cpu=100))
    found.place(Task(cpu=10), 3000, group="g", strategy=[placement.BinPack("cpu")])
    stopped = found.tasks_on("i3")[:4]
    found.stop(stopped)
    everywhere = column(found.store, "tasks:g")
    few = column(found.store, "tasks:g", [3])
    assert isinstance(everywhere, np.ndarray)
    assert isinstance(few, np.ndarray)
    assert few.tolist() == [6] == everywhere[[3]].tolist()


@pytest.mark.parametrize(
    "name",
    [
        *("", "cpu", "remaining", "remaining.", "remaining.CPU", "remaining.gpu", "remaining.eni"),
        *("remaining.\0interface", "registered.", "tasks:", f"tasks:{'x' * 256}", "tasks:a\nb"),
        *("attribute:", "attribute:a\x00", "attributes:x", "Status", "status ", "task:group"),
        *(None, 3, b"status", ["status"], "x" * 10_000),
    ],
)
def test_c36_any_other_name_is_refused(cluster: placement.Cluster, name: Any) -> None:
    with pytest.raises(placement.UsageError) as caught:
        column(cluster.store, name)
    assert len(str(caught.value)) < 300


@pytest.mark.parametrize(
    "rows",
    [
        *([4], [-1], [0.0], [True], ["0"], [[0]], 0, "0", {0}, [2**70], [None], iter([0])),
        *(np.array([0.0]), np.array([True]), np.array(0), np.array([2**63], np.uint64)),
    ],
)
def test_c36_rows_that_are_not_there_are_refused(cluster: placement.Cluster, rows: Any) -> None:
    with pytest.raises(placement.UsageError):
        column(cluster.store, "status", rows)


def test_c36_columns_of_an_empty_cluster_are_empty() -> None:
    store = placement.Cluster().store
    for name in [*AMOUNTS, "connected", "registered_at"]:
        assert len(column(store, name)) == 0
    for name in TEXTS:
        assert texts(column(store, name, [])) == []
