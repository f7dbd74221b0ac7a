"""Laws of capacity: exact shares, victims, and loads that settle."""

from __future__ import annotations

from collections import Counter
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

import naive_capacity
from capacity_world import CapacityWorld
from managed_world import ManagedWorld
from placement.scaling import distribution, groups, managed_instances
from placement.scaling.managed_instances import InstanceOffer, PendingTask, TaskKind
from placement.scaling.managed_scaling import Estimate, Measure, ScalingSettings
from placement.scaling.packing import MachineSize, TaskGroup, TaskSize, machines_needed
from placement.timestamps import SECOND
from strategies_of_capacity import strategies

SETTINGS = st.builds(
    ScalingSettings,
    st.sampled_from([100, 100, 90, 75, 50, 10]),
    st.integers(1, 3),
    st.integers(3, 30),
    max_scale_in_step=st.none() | st.integers(1, 3),
    estimate=st.sampled_from(Estimate),
    measure=st.sampled_from(Measure),
)


@given(strategies(), st.integers(1, 60), st.integers(0, 60))
def test_no_provider_exceeds_its_exact_share_by_one(
    strategy: list[naive_capacity.Item], number: int, leaving: int
) -> None:
    """A55, B33: also while tasks leave; with two providers none differs by one."""
    counts: Counter[str] = Counter()
    for _ in range(number):
        counts[distribution.next_item(strategy, counts).provider] += 1
        check_shares(strategy, counts)
    for _ in range(min(leaving, number)):
        choice = distribution.leave(strategy, counts)
        assert choice is not None
        counts[choice.provider] -= 1
        check_shares(strategy, counts)


def check_shares(strategy: list[naive_capacity.Item], counts: Counter[str]) -> None:
    for provider, _, _ in strategy:
        exact = naive_capacity.share(strategy, provider, counts.total())
        assert counts[provider] < exact + 1
        if len(strategy) == 2:
            assert abs(counts[provider] - exact) < 1


@given(
    st.lists(
        st.builds(
            groups.GroupInstance,
            st.integers(),
            st.sampled_from("abc"),
            st.integers(0, 9000),
            st.integers(0, 2),
            st.booleans(),
            st.booleans(),
            st.integers(0, 2),
        ),
        unique_by=lambda one: one.key,
        max_size=15,
    ),
    st.integers(0, 20),
    st.sampled_from(groups.Policy),
    st.integers(0, 10_000),
)
def test_victims_are_never_protected_ones(
    instances: list[groups.GroupInstance], count: int, policy: groups.Policy, now: int
) -> None:
    """S11.5.3, D75: as many as asked for, if so many are free; none twice."""
    by_key = {one.key: one for one in instances}
    chosen = [victim.key for victim in groups.victims(instances, count, policy, now=now)]
    free = [one for one in instances if not one.protected]
    assert len(set(chosen)) == len(chosen) == min(count, len(free))
    assert not any(by_key[key].protected for key in chosen)
    empty = [victim.key for victim in groups.empty_victims(instances, count)]
    assert len(empty) == min(count, sum(not one.tasks for one in free))
    assert not any(by_key[key].protected or by_key[key].tasks for key in empty)


@given(
    st.dictionaries(st.sampled_from("abcd"), st.integers(0, 12), min_size=1),
    st.data(),
    st.integers(0, 40),
)
def test_rebalancing_evens_out_and_keeps_the_limit(
    zones: dict[str, int], data: st.DataObject, maximum: int
) -> None:
    """D78."""
    free = {zone: data.draw(st.integers(0, number)) for zone, number in zones.items()}
    result = groups.rebalance_zones(zones, free, maximum)
    assert len(result.launches) == len(result.terminations)
    ended = Counter(result.terminations)
    assert all(ended[zone] <= free[zone] for zone in zones)
    most = maximum + max(1, maximum // 10)
    assert sum(zones.values()) + len(result.launches) <= max(most, sum(zones.values()))
    after = Counter(zones)
    after.update(result.launches)
    after.subtract(ended)
    assert after.total() == sum(zones.values())
    spread = max(after.values()) - min(after[zone] for zone in zones)
    assert spread <= max(zones.values()) - min(zones.values())
    if result.launches:
        assert groups.rebalance_zones(after, {}, maximum) == groups.Rebalancing((), ())


HOURS = 3 * 3600


def settled(
    load: int, slots: int, scaling: ScalingSettings, maximum: int = 1000, protection: bool = True
) -> CapacityWorld:
    """Return a world after three hours of a load that never changes."""
    world = CapacityWorld(slots=slots, settings=scaling, maximum=maximum, protection=protection)
    world.add_tasks(load)
    world.step()
    world.run_until(HOURS)
    return world


@given(st.integers(0, 40), st.integers(1, 4), SETTINGS, st.booleans())
def test_a_constant_load_settles_and_stays(
    load: int, slots: int, scaling: ScalingSettings, protection: bool
) -> None:
    """No two-cycle: once all tasks are placed the capacity only falls, and then stands still.

    D74 and D98 see to that; a load that is placed within half an hour never stops.
    """
    world = settled(load, slots, scaling, protection=protection)
    ends = sum(world.stopped.values())
    assert world.running == load - ends
    numbers = [number for _, number in world.changes]
    highest = numbers.index(max(numbers)) if numbers else 0
    assert numbers[:highest] == sorted(numbers[:highest])
    assert numbers[highest:] == sorted(numbers[highest:], reverse=True)
    before = list(world.changes)
    world.run_until(2 * HOURS)
    assert world.changes == before


@given(
    st.tuples(st.integers(0, 30), st.integers(0, 30)),
    st.integers(1, 4),
    SETTINGS,
    st.sampled_from([3, 1000]),
)
def test_more_load_never_ends_with_less_capacity(
    loads: tuple[int, int], slots: int, scaling: ScalingSettings, maximum: int
) -> None:
    less, more = (settled(load, slots, scaling, maximum) for load in sorted(loads))
    assert less.desired <= more.desired


@given(
    st.lists(
        st.builds(
            TaskGroup,
            st.builds(
                TaskSize,
                st.integers(0, 8),
                st.integers(0, 8),
                st.integers(0, 1),
                st.integers(0, 1),
                st.frozensets(st.sampled_from([80, 443]), max_size=2),
            ),
            st.integers(1, 12),
        ),
        max_size=4,
    )
)
def test_a_joint_estimate_is_between_its_bounds(waiting: list[TaskGroup]) -> None:
    """A60: at least what any group needs and what the sum of sizes needs, at most all apart."""
    machine = MachineSize(8, 8, 1, 3)
    joint = machines_needed(waiting, machine)
    alone = [machines_needed([group], machine) for group in waiting]
    assert max(alone, default=0) <= joint <= sum(alone)
    for place in range(4):
        need = sum(group.size.amounts[place] * group.count for group in waiting)
        assert joint * machine.amounts[place] >= need
    for port in (80, 443):
        assert joint >= sum(group.count for group in waiting if port in group.size.exclusive)


@given(st.lists(st.integers(0, 4), min_size=1, max_size=6), st.data())
def test_consolidation_ends_and_loses_no_task(tasks: list[int], data: st.DataObject) -> None:
    """D84, with trials of the engine: at the end no instance's tasks fit on the others."""
    world = ManagedWorld(300 * SECOND, slots=4)
    for number in tasks:
        world.add_instance(number)
    protected = data.draw(st.sets(st.integers(0, len(tasks) - 1)))
    world.protect(protected)
    world.run_until(20_000 * SECOND)
    assert sum(world.tasks()) == sum(tasks)
    assert not {place for _, place in world.drained} & protected
    left = world.instances()
    assert all(one.tasks for one in left)
    keys = [one.key for one in left]
    for one in left:
        others = tuple(key for key in keys if key != one.key)
        assert one.keeps_tasks or not others or not world.fits(one.key, others)


@given(
    st.lists(st.tuples(st.integers(1, 8), st.integers(1, 8)), min_size=1, max_size=8),
    st.lists(st.tuples(st.integers(1, 9), st.integers(1, 9), st.integers(1, 9)), max_size=5),
    st.data(),
)
def test_failed_launches_end_and_leave_no_task_out(
    sizes: list[tuple[int, int]], types: list[tuple[int, int, int]], data: st.DataObject
) -> None:
    """C45: a failed type is out in that zone, the choice goes on with the rest, then elsewhere."""
    tasks = [PendingTask(key, TaskKind(TaskSize(*size))) for key, size in enumerate(sizes)]
    offers = [
        InstanceOffer(f"t{place}", MachineSize(cpu, memory), Fraction(price))
        for place, (cpu, memory, price) in enumerate(types)
    ]
    steps = managed_instances.choose(tasks, offers, {"a": 0, "b": 0})
    failed = set()
    try:
        action = next(steps)
        while True:
            pair = action.zone, action.instance_type
            assert pair not in failed
            answer = data.draw(st.integers(0, 1))
            failed |= set() if answer else {pair}
            action = steps.send(answer)
    except StopIteration as end:
        result = end.value
    assert result.failed == failed
    served = [key for one in result.launched for key in one.tasks]
    assert sorted([*served, *(one.key for one in result.waiting)]) == list(range(len(sizes)))
    by_name = {offer.name: offer.size for offer in offers}
    for one in result.launched:
        size = by_name[one.instance_type]
        assert sum(sizes[int(key)][0] for key in one.tasks) <= size.cpu
        assert sum(sizes[int(key)][1] for key in one.tasks) <= size.memory
