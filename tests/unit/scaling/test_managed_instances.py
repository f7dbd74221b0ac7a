"""What Managed Instances launch, beyond the rows of the tables."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any

import pytest

from placement.errors import UsageError
from placement.machines.ec2_types import instance_types
from placement.scaling.backlog import Backlog
from placement.scaling.managed_instances import (
    ChoiceResult,
    InstanceOffer,
    LaunchInstance,
    LaunchReason,
    PendingTask,
    StillWaiting,
    TaskKind,
    WaitReason,
    choose,
    replacement,
)
from placement.scaling.packing import Amounts, MachineSize, TaskSize

LARGE = InstanceOffer("c6i.large", MachineSize(2048, 4096), Fraction("0.085"))
XLARGE = InstanceOffer("c6i.xlarge", MachineSize(4096, 8192), Fraction("0.17"))
ARM = InstanceOffer("c6g.large", MachineSize(2048, 4096), Fraction("0.068"), "arm64")
WEB = TaskKind(TaskSize(1024, 2048))


def tasks(kind: TaskKind, count: int = 1) -> list[PendingTask]:
    return [PendingTask(key, kind) for key in range(count)]


def play(
    waiting: Sequence[PendingTask],
    offers: Sequence[InstanceOffer],
    zones: dict[str, int] | None = None,
    answer: Callable[[LaunchInstance], int] = lambda action: action.count,
    **options: Any,
) -> ChoiceResult:
    steps = choose(waiting, offers, zones or {"a": 0}, **options)
    try:
        action = next(steps)
        while True:
            action = steps.send(answer(action))
    except StopIteration as end:
        result: ChoiceResult = end.value
    return result


def types_of(result: ChoiceResult) -> list[str]:
    return [one.instance_type for one in result.launched]


def test_a_launch_says_what_for_and_why_c51() -> None:
    result = play(tasks(WEB, 2), [LARGE])
    (launch,) = result.launched
    reason = LaunchReason.LEAST_PRICE
    assert launch == LaunchInstance("a", "c6i.large", Fraction("0.085"), (0, 1), reason)
    assert launch.price_per_task == Fraction("0.0425")


def test_ties_go_to_less_memory_then_to_the_name_d81() -> None:
    roomy = InstanceOffer("a.roomy", MachineSize(2048, 8192), LARGE.price)
    later = InstanceOffer("c6j.large", MachineSize(2048, 4096), LARGE.price)
    assert types_of(play(tasks(WEB), [roomy, later, LARGE])) == ["c6i.large"]
    assert types_of(play(tasks(WEB), [roomy, later])) == ["c6j.large"]


def test_zones_with_fewest_instances_come_first_d81() -> None:
    result = play(tasks(WEB, 6), [LARGE], {"b": 1, "c": 0, "a": 1})
    assert [one.zone for one in result.launched] == ["c", "a", "b"]


def test_the_architecture_types_and_zones_of_a_task_hold() -> None:
    x86 = TaskKind(WEB.size, architecture="x86_64")
    assert types_of(play(tasks(x86), [ARM, LARGE])) == ["c6i.large"]
    assert types_of(play(tasks(WEB), [ARM, LARGE])) == ["c6g.large"]
    typed = TaskKind(WEB.size, types=frozenset({"c6i.xlarge"}))
    assert types_of(play(tasks(typed), [ARM, LARGE, XLARGE])) == ["c6i.xlarge"]
    zoned = TaskKind(WEB.size, zones=frozenset({"b"}))
    assert [one.zone for one in play(tasks(zoned), [LARGE], {"a": 0, "b": 5}).launched] == ["b"]


def test_a_type_is_launched_only_where_it_is_offered() -> None:
    offer = InstanceOffer("c6i.large", LARGE.size, LARGE.price, zones=frozenset({"b"}))
    assert [one.zone for one in play(tasks(WEB), [offer], {"a": 0, "b": 5}).launched] == ["b"]


def test_a_failed_type_is_out_in_its_zone_c45() -> None:
    """The choice goes on with the rest, then with the next zone."""
    asked: list[tuple[str, str]] = []

    def answer(action: LaunchInstance) -> int:
        asked.append((action.zone, action.instance_type))
        return int(action.zone == "b")

    result = play(tasks(WEB), [LARGE, XLARGE], {"a": 0, "b": 1}, answer)
    assert asked == [("a", "c6i.large"), ("a", "c6i.xlarge"), ("b", "c6i.large")]
    assert result.failed == {("a", "c6i.large"), ("a", "c6i.xlarge")}
    again = play(tasks(WEB), [LARGE], {"a": 0}, failed=result.failed)
    assert again.waiting == (StillWaiting(0, WaitReason.UNAVAILABLE),)


def test_why_tasks_wait_on() -> None:
    huge = PendingTask("huge", TaskKind(TaskSize(9999, 1)))
    result = play([huge, *tasks(WEB)], [LARGE], answer=lambda _: 0)
    assert result.waiting == (
        StillWaiting("huge", WaitReason.NO_TYPE),
        StillWaiting(0, WaitReason.UNAVAILABLE),
    )
    assert result.launched == ()
    assert play([], [LARGE]) == ChoiceResult((), (), frozenset())
    assert play(tasks(WEB), []).waiting == (StillWaiting(0, WaitReason.NO_TYPE),)


def test_reserved_types_go_by_preference_while_they_last() -> None:
    """D81: whatever they cost."""
    dear = InstanceOffer("c6i.xlarge", XLARGE.size, Fraction(9), available=2)
    cheap = InstanceOffer("c6i.large", LARGE.size, Fraction(1), available=1)
    result = play(tasks(WEB, 20), [dear, cheap], by_preference=True)
    assert types_of(result) == ["c6i.xlarge", "c6i.xlarge", "c6i.large"]
    assert {one.reason for one in result.launched} == {LaunchReason.PREFERRED}
    assert len(result.waiting) == 20 - 4 - 4 - 2


def test_preferred_types_of_one_size_are_all_used() -> None:
    first = InstanceOffer("z.large", LARGE.size, Fraction(9), available=1)
    result = play(tasks(WEB, 4), [first, LARGE], by_preference=True)
    assert types_of(result) == ["z.large", "c6i.large"]


def test_tasks_that_exclude_each_other_get_instances_of_their_own() -> None:
    """Static ports and distinctInstance."""
    kind = TaskKind(TaskSize(1, 1, exclusive=frozenset({80})))
    assert types_of(play(tasks(kind, 3), [LARGE])) == ["c6i.large"] * 3


def test_a_daemons_port_is_taken_on_every_new_instance() -> None:
    """S7.3."""
    kind = TaskKind(TaskSize(1, 1, exclusive=frozenset({80})))
    daemon = TaskSize(1, 1, exclusive=frozenset({80}))
    assert play(tasks(kind), [LARGE], daemons=[daemon]).waiting[0].reason is WaitReason.NO_TYPE
    assert play(tasks(WEB), [LARGE], daemons=[TaskSize(4096, 1)]).launched == ()


def test_gpus_and_interfaces_are_counted() -> None:
    gpu = InstanceOffer("g5.xlarge", MachineSize(4096, 16384, 1, 3), Fraction(1))
    kind = TaskKind(TaskSize(1, 1, gpus=1))
    assert types_of(play(tasks(kind, 2), [LARGE, gpu])) == ["g5.xlarge"] * 2
    own = TaskKind(TaskSize(1, 1, interfaces=1))
    assert [len(one.tasks) for one in play(tasks(own, 7), [gpu]).launched] == [3, 3, 1]


def test_a_replacement_takes_all_tasks_d84() -> None:
    found = replacement(tasks(WEB, 3), [LARGE, XLARGE], {"a": 1, "b": 0})
    assert found is not None
    assert (found.instance_type, found.zone) == ("c6i.xlarge", "b")
    assert found.reason is LaunchReason.REPLACES
    assert replacement(tasks(WEB, 5), [LARGE, XLARGE], {"a": 0}) is None
    assert replacement([], [LARGE], {"a": 0}) is None
    elsewhere = replacement(tasks(WEB), [LARGE], {"a": 0, "b": 1}, failed=[("a", "c6i.large")])
    assert elsewhere is not None
    assert elsewhere.zone == "b"


def test_all_types_of_the_table_and_20_kinds_of_tasks(monkeypatch: pytest.MonkeyPatch) -> None:
    """C45: 500 tasks, more than 1,200 types; the bounds leave few of them to be scanned."""
    scans = 0
    scan = Backlog._scan

    def counted(backlog: Backlog, room: Amounts, kinds: int) -> list[int]:
        nonlocal scans
        scans += 1
        return scan(backlog, room, kinds)

    monkeypatch.setattr(Backlog, "_scan", counted)
    offers = [
        InstanceOffer(
            one.name,
            MachineSize(one.cpu, one.registered_memory, one.gpus, one.network_interfaces),
            Fraction(one.price),
            one.architecture,
        )
        for one in instance_types().values()
        if one.price is not None
    ]
    assert len(offers) > 1200
    kinds = [
        TaskKind(TaskSize(256 * (1 + place % 5), 512 << place % 6), ("x86_64", "arm64")[place % 2])
        for place in range(20)
    ]
    waiting = [PendingTask(key, kinds[key * 7 % 20]) for key in range(500)]
    result = play(waiting, offers, {"us-east-1a": 0, "us-east-1b": 0})
    assert not result.waiting
    assert scans <= 40 * len(result.launched)
    assert sorted(int(str(key)) for one in result.launched for key in one.tasks) == list(range(500))
    sizes = {offer.name: offer for offer in offers}
    for one in result.launched:
        offer = sizes[one.instance_type]
        on_it = [waiting[int(str(key))].kind for key in one.tasks]
        assert {kind.architecture for kind in on_it} == {offer.architecture}
        assert sum(kind.size.memory for kind in on_it) <= offer.size.memory


@pytest.mark.parametrize("answer", [2, -1, None, True])
def test_an_answer_that_cannot_be_is_refused_c51(answer: Any) -> None:
    with pytest.raises(UsageError, match="answered with 0 or 1"):
        play(tasks(WEB), [LARGE], answer=lambda _: answer)


def test_offers_that_cannot_be_are_refused() -> None:
    with pytest.raises(UsageError, match="twice"):
        play(tasks(WEB), [LARGE, LARGE])
    with pytest.raises(UsageError, match="a price is a Fraction"):
        InstanceOffer("x", LARGE.size, Fraction(-1))
    with pytest.raises(UsageError, match="available"):
        InstanceOffer("x", LARGE.size, Fraction(1), available=-1)
