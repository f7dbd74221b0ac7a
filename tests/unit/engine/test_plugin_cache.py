"""C22: which rows filters and rankers are asked about again, and how much is kept of them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import numpy as np
import pytest

import placement
from placement import BinPack, Cluster, Instance, MemberOf, Spread, Task
from placement.engine.columns import column_numbers
from placement.engine.full_scan import FullScan
from placement.engine.plugin_cache import ENTRY_BYTES


class Asked:
    """A filter that keeps every row, and a ranker that finds them alike; both note the rows."""

    reason = name = "ASKED"

    def __init__(self, reads: Any) -> None:
        self.reads = reads
        self.filtered: list[list[int]] = []
        self.ranked: list[list[int]] = []

    def keep(self, mask: Any, rows: Any) -> None:
        mask[:] = True
        self.filtered.append(rows.tolist())

    def key(self, out: Any, rows: Any) -> None:
        out[:] = 0
        self.ranked.append(rows.tolist())

    def take(self) -> list[list[int]]:
        """Return the rows of each time that it was asked since the last call."""
        found, self.ranked = self.ranked, []
        assert self.filtered == found
        self.filtered = []
        return found


def cluster(count: int = 4, **how: Any) -> Cluster:
    found = Cluster(**how)
    for number in range(count):
        found.register(instance(f"i{number}"))
    return found


def instance(id: str, **what: Any) -> Instance:
    return Instance(id=id, cpu=100, memory=100, gpus=2, resources={"disk": 10}, **what)


def decide(found: Cluster, *plugins: Any) -> None:
    """Make a decision that leaves no trace in the cluster."""
    found.place(Task(), constraints=plugins, strategy=plugins, group="asks").undo()


Change = tuple[str, Any, dict[int, set[str]]]

CHANGES: list[Change] = [
    (
        "a task of cpu",
        lambda c: c.place_on("i1", Task(cpu=10), group="g"),
        {1: {"running_tasks", "remaining.cpu", "tasks:g"}},
    ),
    (
        "a task of memory, disk and a GPU",
        lambda c: c.place_on("i2", Task(memory=5, gpus=1, resources={"disk": 1}), group="h"),
        {
            2: {
                *("running_tasks", "remaining.memory", "remaining.gpus", "remaining.disk"),
                "tasks:h",
            }
        },
    ),
    ("a stop", lambda c: c.stop(0), {1: {"running_tasks", "remaining.cpu", "tasks:g"}}),
    (
        "placed by an order",
        lambda c: c.place(Task(cpu=1), 2, group="g", strategy=BinPack("memory")),
        {2: {"running_tasks", "remaining.cpu", "tasks:g"}},
    ),
    (
        "an order that spreads over racks",
        lambda c: c.place(Task(cpu=1), 1, group="h", strategy=Spread("attribute:rack")),
        {0: {"running_tasks", "remaining.cpu", "tasks:h"}},
    ),
    ("a rack", lambda c: c.put_attributes("i0", {"rack": "r"}), {0: {"attribute:rack"}}),
    ("the same rack", lambda c: c.put_attributes("i0", {"rack": "r"}), {}),
    ("an empty rack", lambda c: c.put_attributes("i3", {"rack": None}), {3: {"attribute:rack"}}),
    (
        "placed after the indexes were voided",
        lambda c: c.place(Task(cpu=1), 1, group="h", strategy=Spread("attribute:rack")),
        {3: {"running_tasks", "remaining.cpu", "tasks:h"}},
    ),
    ("no rack", lambda c: c.delete_attributes("i0", ["rack"]), {0: {"attribute:rack"}}),
    ("a status", lambda c: c.set_status("i3", "DRAINING"), {3: {"status"}}),
    ("an agent", lambda c: c.set_agent("i3", connected=False), {3: {"connected"}}),
    ("a version", lambda c: c.set_agent("i0", version="1.2.3"), {0: {"agent_version"}}),
    ("what scale-in knows", lambda c: c.set_task(1, health="UNHEALTHY"), {}),
]

COLUMNS = sorted(
    {name for _, _, changed in CHANGES for names in changed.values() for name in names}
    | {"remaining.never", "registered.cpu", "registered_at", "tasks:never", "attribute:never"}
)


@pytest.mark.parametrize("name", COLUMNS)
def test_c22_c36_one_that_reads_a_column_is_asked_where_it_has_changed(name: str) -> None:
    found = cluster()
    asked = Asked((name,))
    decide(found, asked)
    assert asked.take() == [[0, 1, 2, 3]]
    for what, change, changed in CHANGES:
        change(found)
        decide(found, asked)
        rows = sorted(row for row, names in changed.items() if name in names)
        assert asked.take() == ([rows] if rows else []), what


@pytest.mark.parametrize("name", COLUMNS)
def test_c22_of_instances_that_come_and_go_only_new_ones_are_asked_about(name: str) -> None:
    found = cluster()
    asked = Asked((name,))
    decide(found, asked)
    asked.take()
    found.register(instance("i4", attributes={"rack": "r"}))
    decide(found, asked)
    assert asked.take() == [[4]]
    found.deregister("i1")
    decide(found, asked)
    assert asked.take() == []
    when = datetime(2024, 1, 1, tzinfo=UTC)
    found.register(instance("i1", agent_version="1.2.3", registered_at=when))
    found.put_attributes("i2", {"other": "x"})
    decide(found, asked)
    assert asked.take() == [[5]]


def test_c22_one_that_reads_the_instance_is_asked_about_those_that_came_or_changed() -> None:
    found = cluster()
    asked = Asked("instance")
    decide(found, asked)
    asked.take()
    found.register(instance("i4"))
    decide(found, asked)
    assert asked.take() == [[0, 4]]  # row 0 has had the task that was taken back
    found.deregister("i2")
    decide(found, asked)
    assert asked.take() == [[0]]
    found.deregister("i4")
    found.register(instance("i4"))
    decide(found, asked)
    assert asked.take() == [[0, 5]]
    found.put_attributes("i3", {"other": "x"})
    task = found.add_task("i1", "g")
    decide(found, asked)
    assert asked.take() == [[0, 1, 3]]
    found.set_task(task, health="UNHEALTHY")
    decide(found, asked)
    assert asked.take() == [[0]]


def test_c22_explanations_and_single_instances_ask_filters_themselves() -> None:
    found = cluster()
    asked = Asked(("status",))
    decide(found, asked)
    assert asked.take() == [[0, 1, 2, 3]]
    found.explain(Task(), constraints=[asked])
    assert [0, 1, 2, 3] in asked.filtered
    asked.filtered = []
    found.missing(Task(), constraints=[asked])
    assert [0, 1, 2, 3] in asked.filtered
    asked.filtered = []
    found.place_on("i2", Task(), constraints=[asked])
    assert asked.filtered == [[2]]


def test_c22_several_columns_are_read_together_and_none_never_again() -> None:
    found = cluster()
    both, none = Asked(("status", "attribute:rack", "status")), Asked(())
    decide(found, both, none)
    found.set_status("i3", "DRAINING")
    found.put_attributes("i1", {"rack": "r"})
    found.register(instance("i4"))
    decide(found, both, none)
    assert both.take() == [[0, 1, 2, 3], [1, 3, 4]]
    assert none.take() == [[0, 1, 2, 3], [4]]


def test_c22_the_last_instances_may_be_gone_before_it_is_asked() -> None:
    found = cluster(2)
    asked = Asked(("status",))
    decide(found, asked)
    found.register(instance("new"))
    found.deregister("new")
    decide(found, asked)
    assert asked.take() == [[0, 1]]
    found.deregister("i0")
    found.deregister("i1")
    assert found.place(Task(), constraints=[asked], strategy=asked).unplaced == 1
    found.register(instance("i0"))
    found.register(instance("i1"))
    decide(found, asked)
    assert asked.take() == [[3, 4]]


def test_c22_a_change_that_is_taken_back_before_the_next_decision_is_none() -> None:
    found = cluster()
    asked = Asked(("tasks:g", "attribute:rack"))
    decide(found, asked)
    task = found.add_task("i0", "g")
    found.put_attributes("i1", {"rack": "r"})
    found.remove_task(task)
    found.delete_attributes("i1", ["rack"])
    decide(found, asked)
    assert asked.take() == [[0, 1, 2, 3]]


def test_c22_answers_outlive_indexes_that_are_voided() -> None:
    """By a new value of what is spread over, and by new groups that a pattern asks for."""
    found = cluster()
    asked = Asked("instance")
    decide(found, asked)
    found.place(Task(cpu=1), group="g", strategy=Spread("attribute:rack"))
    found.put_attributes("i3", {"rack": "r"})
    found.place(Task(cpu=1), group="g", strategy=Spread("attribute:rack"))
    decide(found, asked)
    assert asked.take() == [[0, 1, 2, 3], [0, 3]]
    pattern = [MemberOf("task:group matches g.*")]
    for number in range(3):
        found.place(Task(cpu=1), group=f"g{number}", constraints=pattern, strategy=[])
        decide(found, asked)
    assert [0 in rows for rows in asked.take()] == [True] * 3


def test_c22_an_error_in_an_answer_leaves_the_rows_to_be_asked_about() -> None:
    found = cluster()

    class Fails(Asked):
        fails = True

        def key(self, out: Any, rows: Any) -> None:
            if self.fails:
                raise KeyError("mine")
            super().key(out, rows)

    asked = Fails(("status",))
    for _ in range(2):
        with pytest.raises(KeyError):
            found.place(Task(), strategy=asked)
    asked.fails = False
    found.place(Task(), strategy=asked)
    assert asked.ranked == [[0, 1, 2, 3]]


def test_c22_trials_copies_and_compact_begin_again_with_the_right_answers() -> None:
    class Best(Asked):
        def key(self, out: Any, rows: Any) -> None:
            super().key(out, rows)
            racks: Any = found.column("attribute:rack", rows)
            values = np.array([*racks.values, ""])
            out[:] = values[racks.codes] != "best"

    found = cluster()
    best = Best(("attribute:rack",))
    found.put_attributes("i2", {"rack": "best"})
    assert found.place(Task(), strategy=best).rows.tolist() == [2]
    with found.trial():
        found.delete_attributes("i2", ["rack"])
        found.put_attributes("i1", {"rack": "other"})
        found.put_attributes("i3", {"rack": "best"})
        found.register(instance("i4", attributes={"rack": "x"}))
        assert found.place(Task(), strategy=best).rows.tolist() == [3]
        assert best.ranked[1:] == [[1, 2, 3, 4]]
    found.put_attributes("i1", {"rack": "new"})
    found.register(instance("i4", attributes={"rack": "best"}))
    found.delete_attributes("i2", ["rack"])
    assert found.place(Task(), strategy=best).rows.tolist() == [4]
    assert best.ranked[2:] == [[0, 1, 2, 3, 4]]
    found.deregister("i0")
    found.compact()
    assert found.place(Task(), strategy=best).rows.tolist() == [3]
    assert best.ranked[3:] == [[0, 1, 2, 3]]
    found.put_attributes("i1", {"rack": "best"})
    found = found.copy()
    assert found.place(Task(), strategy=best).rows.tolist() == [0]
    assert best.ranked[4:] == [[0, 1, 2, 3]]


# What is kept


def test_c22_the_answers_of_any_number_of_plugins_are_kept() -> None:
    found = cluster()
    plugins = [Asked("instance") for _ in range(200)]
    for _ in range(3):
        for one in plugins:
            found.place(Task(), strategy=one).undo()
    assert {len(one.ranked) for one in plugins} == {3}
    assert {tuple(one.ranked[0]) for one in plugins} == {(0, 1, 2, 3)}
    assert max(len(rows) for one in plugins for rows in one.ranked[1:]) == 1


def test_c22_answers_beyond_index_bytes_are_dropped_those_used_longest_ago_first() -> None:
    each = ENTRY_BYTES + 8 * 4
    found = cluster(index_bytes=3 * each)
    plugins = [Asked(()) for _ in range(4)]

    def asked_of(*numbers: int) -> list[int]:
        before = [len(one.ranked) for one in plugins]
        for number in numbers:
            found.place(Task(), strategy=plugins[number]).undo()
        return [len(one.ranked) - old for one, old in zip(plugins, before, strict=True)]

    assert asked_of(0, 1, 2, 0, 1, 2) == [1, 1, 1, 0]
    assert asked_of(0, 3) == [0, 0, 0, 1]  # number 1 goes
    assert asked_of(0, 2, 3) == [0, 0, 0, 0]
    assert asked_of(1) == [0, 1, 0, 0]  # number 0 goes
    assert asked_of(2, 3, 1) == [0, 0, 0, 0]
    assert asked_of(0) == [1, 0, 0, 0]


def test_c22_one_plugins_answers_are_kept_in_any_case() -> None:
    found = cluster(index_bytes=0)
    one, other = Asked(()), Asked(())
    for _ in range(3):
        found.place(Task(), strategy=one)
    assert one.ranked == [[0, 1, 2, 3]]
    for _ in range(2):
        found.place(Task(), strategy=[one, other])
    assert len(one.ranked) == 2
    assert len(other.ranked) == 2


def test_c22_bytes_kept_are_those_of_answers_and_of_columns_and_can_be_dropped() -> None:
    found = cluster(1000)
    scan = FullScan(found.store)
    assert scan.bytes_kept == 0
    rankers = [Asked("instance"), Asked(("status", "running_tasks"))]
    for ranker in rankers:
        scan.choose(found.prepare(Task(), strategy=ranker))
    assert scan.bytes_kept == 2 * ENTRY_BYTES + 8000 + 3 * 8000
    scan.choose(found.prepare(Task(), constraints=[Asked("anything")], strategy=[]))
    assert scan.bytes_kept == 3 * ENTRY_BYTES + 4 * 8000 + 1000
    scan.drop_answers(scan.bytes_kept)
    assert scan.bytes_kept == 3 * ENTRY_BYTES + 4 * 8000 + 1000
    scan.drop_answers(scan.bytes_kept - 1)
    assert scan.bytes_kept == 2 * ENTRY_BYTES + 3 * 8000 + 1000
    found.register(instance("more"))
    scan.choose(found.prepare(Task(), strategy=rankers[1]))
    assert scan.bytes_kept == 2 * ENTRY_BYTES + 3 * 8008 + 1000
    scan.drop_answers(0)
    assert scan.bytes_kept == ENTRY_BYTES + 3 * 8008


def test_c22_little_is_kept_of_plugins_that_come_once() -> None:
    found = cluster(index_bytes=2**16)
    for _ in range(200):
        found.place(Task(), constraints=[Asked("instance")], strategy=[Asked("instance")])
    index = found._placement_index()
    assert 2**15 < index.full_scan.bytes_kept <= 2**16
    assert index._enrolment.requests == []


# Columns as numbers that compare


def test_c36_numbers_of_a_column_are_equal_where_its_entries_are() -> None:
    found = cluster()
    when = datetime(2024, 1, 1, tzinfo=UTC)
    for number in range(2):
        attributes = {"rack": "r", "few": None}
        found.register(instance(f"n{number}", registered_at=when, attributes=attributes))
    found.add_task("i2", "g")
    rows = np.arange(6)
    for name in [*COLUMNS, "attribute:few"]:
        entries: Any = found.column(name)
        if isinstance(entries, placement.TextColumn):
            entries = entries.codes
        numbers = column_numbers(found.store, name, rows)
        assert numbers.dtype == np.int64
        for row in range(6):
            same = [
                bool(entries[row] == other) or str(entries[row]) == "NaT" == str(other)
                for other in entries
            ]
            assert (numbers == numbers[row]).tolist() == same, name
        assert column_numbers(found.store, name, rows[2:4]).tolist() == numbers[2:4].tolist()
