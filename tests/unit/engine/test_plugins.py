"""User-defined filters, rankers and reporters (C22)."""

from __future__ import annotations

import random
from typing import Any

import numpy as np
import pytest

import placement
from placement import BinPack, Instance, MemberOf, Spread, Task
from placement.engine.full_scan import FullScan
from placement.engine.request import StrategyOrRanker
from placement.kernels.fields import BUILT


def cluster(count: int, **how: Any) -> placement.Cluster:
    found = placement.Cluster(**how)
    for number in range(count):
        attributes = {"rack": f"r{number % 3}"}
        found.register(Instance(id=f"i{number}", cpu=1000, memory=1000, attributes=attributes))
    return found


class HasRoom:
    """Keeps rows with an even number of racks and some cpu left; remembers what it was asked."""

    reason = "EVEN"

    def __init__(self, found: placement.Cluster, reads: Any = "instance") -> None:
        self.reads = reads
        self.found = found
        self.asked: list[list[int]] = []

    def keep(self, mask: Any, rows: Any) -> None:
        self.asked.append(rows.tolist())
        for i, row in enumerate(rows.tolist()):
            if self.found.store.tasks.resources.free[row, 0] < 800:
                mask[i] = False


class LeastCpu:
    """Binpack by cpu, said by a ranker of one's own."""

    name = "least-cpu"

    def __init__(self, found: placement.Cluster, reads: Any = "instance") -> None:
        self.reads = reads
        self.found = found
        self.asked: list[list[int]] = []

    def key(self, out: Any, rows: Any) -> None:
        self.asked.append(rows.tolist())
        out[:] = self.found.store.tasks.resources.free[rows, 0]


def test_c22_a_filter_that_reads_the_instance_is_asked_once_and_then_about_changed_rows() -> None:
    found = cluster(4)
    custom = HasRoom(found)
    task = Task(cpu=100)
    placed = found.place(task, 3, constraints=[custom], strategy=[])
    assert placed.rows.tolist() == [0, 0, 0]
    assert found.place(task, 1, constraints=[custom], strategy=[]).rows.tolist() == [1]
    assert custom.asked == [[0, 1, 2, 3], [0], [0], [0]]
    found.put_attributes("i2", {"x": "y"})
    found.stop(placed.task_ids[:1])
    found.place(task, 1, constraints=[custom], strategy=[])
    assert custom.asked[-1] == [0, 1, 2]


def test_c22_a_filter_that_reads_anything_is_asked_about_every_row_at_every_decision() -> None:
    found = cluster(3)
    custom = HasRoom(found, "anything")
    found.place(Task(cpu=100), 3, constraints=[custom], strategy=[])
    assert custom.asked == [[0, 1, 2]] * 3


def test_c22_holes_are_not_asked_about() -> None:
    found = cluster(3)
    found.deregister("i1")
    custom, ranker = HasRoom(found), LeastCpu(found)
    found.place(Task(cpu=1), constraints=[custom], strategy=[ranker])
    assert custom.asked == ranker.asked == [[0, 2]]
    assert found.explain(Task(cpu=1), constraints=[custom]).fitting == 2


@pytest.mark.parametrize("reads", ["instance", "anything"])
@pytest.mark.parametrize("seed", range(4))
def test_c22_a_ranker_of_ones_own_decides_as_the_strategy_that_it_repeats(
    reads: str, seed: int
) -> None:
    chance = random.Random(seed)
    one, other = cluster(9), cluster(9)
    ranker = LeastCpu(other, reads)
    built_in: list[StrategyOrRanker] = [Spread("attribute:rack"), BinPack("cpu")]
    own: list[StrategyOrRanker] = [Spread("attribute:rack"), ranker]
    for _ in range(40):
        task = Task(cpu=chance.choice([50, 200, 300]), memory=chance.choice([10, 100]))
        count = chance.randrange(4)
        first = one.place(task, count, group="g", strategy=built_in)
        second = other.place(task, count, group="g", strategy=own)
        assert first.rows.tolist() == second.rows.tolist()
        running = [n for n in range(one.store.tasks.number) if one.store.tasks.position_of(n) >= 0]
        gone = chance.sample(running, min(len(running), chance.randrange(3)))
        one.stop(gone)
        other.stop(gone)
        if chance.random() < 0.2:
            id = f"i{chance.randrange(9)}"
            for each in (one, other):
                each.set_status(id, chance.choice(["ACTIVE"]))


def test_c22_scaling_in_stops_where_the_ranker_gives_the_largest_number() -> None:
    found = cluster(3)
    for number, cpu in enumerate([300, 100, 200]):
        found.add_task(f"i{number}", "g", Task(cpu=cpu))
    assert found.choose_to_stop("g", 2, [LeastCpu(found)]) == [1, 2]


def test_c22_explain_names_a_filter_after_the_built_in_checks() -> None:
    found = cluster(2)
    custom = HasRoom(found)
    found.place(Task(cpu=300), 2, strategy=[Spread("instanceId")])
    explained = found.explain(Task(cpu=100), constraints=[custom])
    assert explained.failures == {0: ("EVEN",), 1: ("EVEN",)}
    assert "EVEN" in str(explained)
    assert ("the filter EVEN", 2) in explained.remedies


def test_c22_steps_are_reported() -> None:
    steps: list[placement.Step] = []
    found = cluster(3, reporter=steps.append)
    zone = MemberOf("attribute:rack in [r0, r1]")
    placed = found.place(Task(cpu=600), 3, constraints=[zone], strategy=[Spread("attribute:rack")])
    assert placed.rows.tolist() == [0, 1]
    told = [(step.kind, step.name, step.left) for step in steps]
    assert ("check", "MEMBER_OF", 2) in told
    assert ("strategy", "spread(attribute:rack)", 1) in told
    assert [step.name for step in steps if step.kind == "placed"] == ["i0", "i1"]
    assert [step.task_id for step in steps if step.kind == "placed"] == [0, 1]
    assert (steps[-1].kind, steps[-1].name) == ("strategy", "spread(attribute:rack)")
    assert [step.name for step in steps if step.kind == "refused"] == ["MEMBER_OF"]


def test_c22_with_a_reporter_decisions_are_the_same() -> None:
    plain, told = cluster(6), cluster(6, reporter=[].append)
    for each in (plain, told):
        each.place(Task(cpu=300), 5, strategy=[Spread("attribute:rack"), BinPack("cpu")])
        each.place(Task(cpu=300), 5)
    rows = [each.store.tasks.task["row"][:10].tolist() for each in (plain, told)]
    assert rows[0] == rows[1]


def test_c22_one_that_changes_the_cluster_is_refused_and_its_decision_undone() -> None:
    found = cluster(2)

    class Meddles(HasRoom):
        def keep(self, mask: Any, rows: Any) -> None:
            super().keep(mask, rows)
            self.found.set_status("i0", "DRAINING")

    with pytest.raises(placement.UsageError, match="cannot change the cluster"):
        found.place(Task(), constraints=[Meddles(found)])
    assert found.store.tasks.number == 0


def test_c22_what_a_filter_raises_passes_and_nothing_is_placed() -> None:
    found = cluster(2)

    class Fails(HasRoom):
        def keep(self, mask: Any, rows: Any) -> None:
            if self.asked:
                raise KeyError("mine")
            super().keep(mask, rows)

    with pytest.raises(KeyError, match="mine"):
        found.place(Task(cpu=1), 2, constraints=[Fails(found)])
    assert found.store.tasks.running.sum() == 0


def test_c22_a_ranker_that_gives_no_number_is_refused() -> None:
    found = cluster(2)

    class Odd(LeastCpu):
        def key(self, out: Any, rows: Any) -> None:
            out[rows >= 0] = np.nan

    with pytest.raises(placement.UsageError, match="least-cpu gave no number for row 0"):
        found.place(Task(), strategy=Odd(found))


@pytest.mark.parametrize(
    ("attribute", "value"), [("reads", "everything"), ("reason", ""), ("keep", None)]
)
def test_c22_a_filter_that_lacks_something_is_refused(attribute: str, value: Any) -> None:
    found = cluster(1)
    custom = HasRoom(found)
    setattr(custom, attribute, value)
    with pytest.raises(placement.DocumentError, match=f"{attribute}.* @ constraints"):
        found.place(Task(), constraints=[custom])


def test_filters_do_not_count_towards_the_ten_constraints_of_ecs() -> None:
    found = cluster(1)
    ten = [MemberOf("attribute:rack == r0")] * 10
    assert found.place(Task(), constraints=[*ten, HasRoom(found)]).unplaced == 0


def test_c8_changed_attributes_status_and_agents_are_looked_at_without_new_indexes() -> None:
    """Indexes that followed single changes decide as a scan does, and are not made again."""
    chance = random.Random(5)
    found = cluster(200)
    ranks: list[StrategyOrRanker] = [Spread("instanceId"), BinPack("cpu"), Spread("attribute:rack")]
    asked = [
        found.prepare(
            Task(cpu=100),
            group=f"g{n % 3}",
            constraints=[MemberOf(["attribute:stack != a", "agentConnected == true"][n % 2])],
            strategy=ranks[n % 3],
        )
        for n in range(6)
    ]
    found.place_many(asked, range(6))
    index = found._placement_index()
    generation, built = index.generation, index._table.lines[:, BUILT].sum()
    assert built == 6
    for _ in range(60):
        id = f"i{chance.randrange(200)}"
        match chance.randrange(4):
            case 0:
                found.put_attributes(id, {"stack": chance.choice("ab")})
            case 1:
                found.set_status(id, chance.choice(["ACTIVE", "DRAINING"]))
            case 2:
                found.set_agent(id, connected=chance.random() < 0.6)
            case _:
                found.delete_attributes(id, ["stack"])
        number = chance.randrange(6)
        one = asked[number]
        expected = FullScan(found.store).choose(one)
        assert found.place_many(asked, [number]).rows.tolist() == [expected]
    assert found._placement_index() is index
    assert (index.generation, index._table.lines[:, BUILT].sum()) == (generation, built)


def test_2_9_remarks_on_chains_that_are_probably_not_meant() -> None:
    found = cluster(1)
    chain: list[StrategyOrRanker] = [
        BinPack("cpu"),
        Spread("instanceId"),
        placement.Random(),
        BinPack("memory"),
    ]
    assert found.prepare(Task(), strategy=chain).remarks == (
        "spread(instanceId) after binpack only decides among exactly equal amounts",
        "binpack(memory) is never asked: random decides before it",
    )
    twice: list[StrategyOrRanker] = [Spread("host"), BinPack("cpu"), BinPack("CPU")]
    assert found.prepare(Task(), strategy=twice).remarks == ("binpack(cpu) is listed twice",)
    assert found.prepare(Task(), group="service:s").remarks == ()
