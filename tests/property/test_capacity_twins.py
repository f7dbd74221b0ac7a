"""The cores of capacity decide as their naive twins."""

from __future__ import annotations

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

import naive_capacity
from placement.scaling import distribution, groups, managed_instances, managed_scaling
from placement.scaling.managed_instances import InstanceOffer, PendingTask, TaskKind
from placement.scaling.managed_scaling import Memory, ProviderState, ScalingSettings
from placement.scaling.packing import MachineSize, TaskGroup, TaskSize
from placement.timestamps import SECOND
from strategies_of_capacity import counts_of, strategies


@given(st.data(), strategies())
def test_the_next_provider_and_the_one_that_loses_a_task(
    data: st.DataObject, strategy: list[naive_capacity.Item]
) -> None:
    """A55, B33, D116."""
    counts = data.draw(counts_of(strategy))
    choice = distribution.next_item(strategy, counts)
    assert choice.provider == naive_capacity.next_provider(strategy, counts)
    among = data.draw(st.sets(st.sampled_from(sorted(counts))))
    left = distribution.leave(strategy, counts, among)
    expected = naive_capacity.leaving_provider(strategy, counts, among)
    assert (left is None) == (expected is None)
    if left is not None:
        found = left.provider
        assert found == expected
        after = sum(counts.values()) - 1
        exact = naive_capacity.share(strategy, found, after)
        assert left.distance == counts[found] - exact


SIZES = st.tuples(st.integers(1, 12), st.integers(1, 12))
GROUPS = st.lists(st.tuples(st.integers(1, 9), SIZES), max_size=4)


@given(
    GROUPS,
    st.lists(SIZES, min_size=1, max_size=3),
    *(st.integers(0, 12), st.integers(0, 12), st.integers(0, 14), st.integers(0, 14)),
    *(st.integers(1, 100), st.integers(1, 4), st.integers(0, 6)),
    *(st.integers(0, 20), st.none() | st.integers(0, 1000), st.none() | st.integers(0, 400)),
)
def test_a_minute_of_managed_scaling(
    waiting: list[tuple[int, tuple[int, int]]],
    types: list[tuple[int, int]],
    registered: int,
    empty: int,
    desired: int,
    maximum: int,
    target: int,
    minimum_step: int,
    more: int,
    points: int,
    since_out: int | None,
    age: int | None,
) -> None:
    """A59, A60, B35, D74, D98."""
    empty = min(empty, registered)
    steps = minimum_step, minimum_step + more
    now = 1_000_000 * SECOND
    state = ProviderState(
        ScalingSettings(target, *steps),
        *(0, maximum, desired, registered, empty),
        None if age is None else now - age * SECOND,
        waiting=tuple(TaskGroup(TaskSize(*size), number) for number, size in waiting),
        types=tuple(MachineSize(*size) for size in types),
        memory=Memory(points, None if since_out is None else now - since_out * SECOND),
    )
    plain = [(number, *size) for number, size in waiting]
    wanted = naive_capacity.wanted(registered, empty, plain, types, steps)
    assert managed_scaling.machines_wanted(state) == wanted
    decision = managed_scaling.decide(state, now)
    assert decision.desired == naive_capacity.desired(
        wanted,
        registered,
        (0, maximum, desired),
        target,
        warming=age is not None and age < 300,
        points_below=points + 1,
        since_out=since_out,
    )


@given(
    st.lists(st.tuples(st.sampled_from("abc"), st.booleans(), st.booleans()), max_size=12),
    st.integers(0, 14),
)
def test_victims_of_a_group(plain: list[tuple[str, bool, bool]], count: int) -> None:
    """S11.5.3; the oldest first."""
    instances = [
        groups.GroupInstance(str(place), zone, place, 0, healthy, protected)
        for place, (zone, healthy, protected) in enumerate(plain)
    ]
    chosen = groups.victims(instances, count, groups.Policy.OLDEST_INSTANCE)
    found = [victim.key for victim in chosen]
    rows = [(str(place), *one) for place, one in enumerate(plain)]
    assert found == naive_capacity.victims(rows, count)


PRICES = st.integers(1, 20).map(lambda cents: Fraction(cents, 100))
TYPES = st.dictionaries(
    st.sampled_from("uvwxyz"), st.tuples(st.integers(1, 12), st.integers(1, 12), PRICES)
)
ZONES = st.dictionaries(st.sampled_from("abc"), st.integers(0, 3), min_size=1)


@given(st.lists(SIZES, max_size=14), TYPES, ZONES)
def test_what_managed_instances_launch(
    sizes: list[tuple[int, int]],
    types: dict[str, tuple[int, int, Fraction]],
    zones: dict[str, int],
) -> None:
    """D81."""
    tasks = [PendingTask(key, TaskKind(TaskSize(*size))) for key, size in enumerate(sizes)]
    offers = [
        InstanceOffer(name, MachineSize(cpu, memory), price)
        for name, (cpu, memory, price) in types.items()
    ]
    steps = managed_instances.choose(tasks, offers, zones)
    try:
        next(steps)
        while True:
            steps.send(1)
    except StopIteration as end:
        result = end.value
    found = [(one.zone, one.instance_type, list(one.tasks)) for one in result.launched]
    assert found == naive_capacity.launches(sizes, types, zones)
    launched = {key for one in result.launched for key in one.tasks}
    waiting = [one.key for one in result.waiting]
    assert waiting == [key for key in range(len(sizes)) if key not in launched]
