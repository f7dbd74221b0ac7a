"""``Task(gpus="ALL")``: every GPU of an instance that has some, none of them in use (B44)."""

from __future__ import annotations

from typing import Any

import pytest

from placement import BinPack, Cluster, DocumentError, Instance, Spread, Task

ALL = Task(cpu=1, gpus="ALL")
ONE = Task(cpu=1, gpus=1)


def cluster(*gpus: Any) -> Cluster:
    """Return a cluster of instances with so many GPUs, or GPUs of these ids."""
    found = Cluster(seed=1)
    for number, each in enumerate(gpus):
        found.register(Instance(id=f"i{number}", cpu=1000, memory=1000, gpus=each))
    return found


def usage(found: Cluster) -> list[tuple[str, ...]]:
    """Return the free GPUs of each instance."""
    return [found.usage(id).free_gpus for id in found.ids if id is not None]


FIRST = BinPack("cpu")
"""Instances are equally full of CPU units at first: the one registered first wins (A35)."""


def chosen(found: Cluster, task: Task, **more: Any) -> Any:
    """Return where one task goes, None: nowhere."""
    ids = found.place(task, **{"strategy": FIRST, **more}).instances
    return ids[0] if ids else None


def test_b44_every_gpu_or_none() -> None:
    found = cluster(0, ("a", "b", "c"), 1)
    task = found.place(ALL, strategy=FIRST).task_ids[0]
    assert found.task(int(task)).gpus == ("a", "b", "c")
    assert usage(found) == [(), (), ("0",)]
    assert chosen(found, ONE) == "i2"
    assert chosen(found, ALL) is None, "i2 has one in use, i0 has none"
    found.stop([int(task)])
    assert usage(found) == [(), ("a", "b", "c"), ()]
    left: Any = found.column("remaining.gpus")
    assert left.tolist() == [0, 3, 0]
    assert chosen(found, ALL) == "i1"


def test_b44_one_gpu_in_use_is_one_too_many() -> None:
    found = cluster(2)
    one = int(found.place(ONE).task_ids[0])
    explained = found.explain(ALL)
    assert explained.failures == {0: ("RESOURCE:GPU",)}
    assert explained.missing == ("RESOURCE:GPU: wanted all of 2 GPUs, 1 left",)
    (shortfall,) = explained.shortfalls
    assert str(shortfall) == "1 lacks GPUs: wanted all, 1 of 2 GPUs in use, on i0"
    assert (shortfall.wanted, shortfall.best, shortfall.lacks) == (2, 1, 1)
    assert not explained.never_fits
    found.stop([one])
    assert found.explain(ALL).fitting == 1


def test_b44_the_closest_instance_has_the_smallest_part_in_use() -> None:
    """A41: one of four is less than one of two; an instance without GPUs lacks all."""
    found = cluster(0, 2, 4)
    for id in ("i1", "i2"):
        found.place_on(id, ONE)
    assert found.explain(ALL).closest == "i2"


def test_b44_the_summary_says_how_many_gpus_the_nearest_instance_has_and_how_many_are_in_use() -> (
    None
):
    found = cluster(0, 2, 4)
    for id in ("i1", "i1", "i2"):
        found.place_on(id, ONE)
    (shortfall,) = found.explain(ALL).shortfalls
    causes = "wanted all, at least 1 of 4 GPUs in use, on i2 (2); wanted all, has none (1)"
    assert str(shortfall) == f"3 lack GPUs: {causes}"
    assert (shortfall.nearest, shortfall.unit, shortfall.lacks) == ("i2", ("GPU", "GPUs"), 1)
    assert found.missing(ALL)["i0"] == ("RESOURCE:GPU: wanted all GPUs, has none",)


def test_b44_without_any_gpus_nothing_is_nearer_than_none() -> None:
    (shortfall,) = cluster(0, 0).explain(ALL).shortfalls
    assert str(shortfall) == "2 lack GPUs: wanted all, has none"
    assert (shortfall.nearest, shortfall.wanted, shortfall.best) == ("i0", 1, 0)


def test_b44_an_instance_without_gpus_never_fits() -> None:
    assert cluster(0, 0).explain(ALL).never_fits
    assert not cluster(0, 1).explain(ALL).never_fits


@pytest.mark.parametrize("strategy", [BinPack("gpu"), BinPack("cpu"), Spread("instanceId")])
def test_b44_with_an_index_and_without(strategy: Any) -> None:
    """Prepared requests have an index; one with a filter is decided by a full scan."""
    indexed, scanned = cluster(4, 2, 0, 2), cluster(4, 2, 0, 2)
    prepared = indexed.prepare(ALL, strategy=strategy)
    found = [indexed.place_many([prepared], [0]).rows.tolist()[0] for _ in range(4)]
    twin = [chosen(scanned, ALL, strategy=strategy, constraints=[Everyone()]) for _ in range(4)]
    assert [None if row < 0 else f"i{row}" for row in found] == twin
    assert sorted(found) == [-1, 0, 1, 3]
    assert usage(indexed) == usage(scanned) == [(), (), (), ()]


class Everyone:
    """A filter that rules nobody out, so that no index is used."""

    reason = "EVERYONE"
    reads = "instance"

    def keep(self, *_: Any) -> None:
        return


def test_b44_a_trial_gives_back_what_it_took() -> None:
    found = cluster(2)
    with found.trial():
        assert chosen(found, ALL) == "i0"
        assert usage(found) == [()]
    assert usage(found) == [("0", "1")]
    found.place_on("i0", ALL)
    assert usage(found) == [()]


def test_b44_scale_in_counts_what_each_task_gives_back() -> None:
    """B29: what instances will have left decides: 4 after the second task, 2 after the first."""
    found = cluster(2, 4)
    found.place(ALL, 2, group="g", strategy=BinPack("gpu"))
    both = found.choose_to_stop("g", 2, strategy=BinPack("gpu"))
    assert [found.task(task).instance for task in both] == ["i1", "i0"]


@pytest.mark.parametrize("gpus", ["all", "", "1", 1.5, None, [1], ("ALL",)])
def test_b44_nothing_else_is_a_number_of_gpus(gpus: Any) -> None:
    with pytest.raises(DocumentError) as caught:
        Task(gpus=gpus)
    assert caught.value.path == "gpus"
