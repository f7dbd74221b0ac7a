"""Zone rebalancing: targets against all that there are, and what holds on the way (B32, D59)."""

from __future__ import annotations

from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from placement.services.zone_rules import is_balanced, zone_targets
from placement.services.zones import Step
from zone_world import ZoneWorld

counts = st.dictionaries(st.sampled_from("abcde"), st.integers(0, 12), min_size=1)


def moves(tasks: dict[str, int], targets: dict[str, int]) -> int:
    return sum(max(0, tasks[zone] - targets[zone]) for zone in tasks)


def naive_targets(tasks: dict[str, int]) -> dict[str, int]:
    """Return, of all even distributions with fewest moves, the first by name of its extra zones."""
    zones = sorted(tasks)
    least, extra = divmod(sum(tasks.values()), len(tasks))
    even = [
        {zone: least + (zone in fuller) for zone in zones} for fuller in combinations(zones, extra)
    ]

    def rank(targets: dict[str, int]) -> tuple[int, list[tuple[int, str]]]:
        fuller = [(-tasks[zone], zone) for zone in zones if targets[zone] > least]
        return moves(tasks, targets), sorted(fuller)

    return min(even, key=rank)


@given(counts)
def test_b32_targets_need_fewest_moves(tasks: dict[str, int]) -> None:
    """With ties among zones by name; where nothing is to be moved, the zones are balanced (A52)."""
    targets = zone_targets(tasks)
    assert targets == naive_targets(tasks)
    assert is_balanced(targets)
    assert (moves(tasks, targets) == 0) == is_balanced(tasks)


@given(counts, st.integers(100, 300), st.data())
def test_d59_a_rebalancing_ends_within_its_bounds(
    tasks: dict[str, int], percent: int, data: st.DataObject
) -> None:
    """It ends balanced in at most as many batches as moves, unless no room or protection holds it.

    That active tasks stay within upper and no protected task stops is checked at each action.
    """
    protected = {
        zone: data.draw(st.integers(0, number))
        for zone, number in tasks.items()
        if data.draw(st.booleans())
    }
    room = None
    if data.draw(st.booleans()):
        room = {zone: data.draw(st.integers(0, 4)) for zone in tasks}
    world = ZoneWorld(tasks, percent, protected, room)
    needed = moves(tasks, zone_targets(tasks))
    batches = world.settle()
    assert len(batches) <= needed
    assert sum(world.tasks.values()) == world.desired
    for started, stopped in batches:
        assert sum(started.values()) == sum(stopped.values()) > 0
        assert not set(started) & set(stopped)
    result = world.run_pass()
    if is_balanced(world.tasks):
        assert result.step is Step.BALANCED
    else:
        targets = zone_targets(world.tasks)
        movable = {
            zone
            for zone, number in world.tasks.items()
            if number > max(targets[zone], protected.get(zone, 0))
        }
        lacking = [zone for zone in targets if targets[zone] > world.tasks[zone]]
        reasons = {
            Step.PROTECTED: not movable,
            Step.NO_ROOM: world.upper <= world.desired,
            Step.UNPLACED: world.room is not None and not any(world.room[one] for one in lacking),
        }
        assert reasons[result.step], result


@given(counts, st.integers(101, 300))
def test_d59_each_task_goes_where_most_are_missing(tasks: dict[str, int], percent: int) -> None:
    """The twin takes one task after the other (D59, D108)."""
    world = ZoneWorld(tasks, percent)
    targets = zone_targets(tasks)
    size = min(moves(tasks, targets), world.upper - world.desired)
    after, started, stopped = dict(tasks), dict[str, int](), dict[str, int]()
    for _ in range(size):
        into = min(after, key=lambda zone: (after[zone] - targets[zone], zone))
        after[into] += 1
        started[into] = started.get(into, 0) + 1
    for _ in range(size):
        out_of = min(after, key=lambda zone: (targets[zone] - after[zone], zone))
        after[out_of] -= 1
        stopped[out_of] = stopped.get(out_of, 0) + 1
    assert world.settle()[:1] == ([(started, stopped)] if size else [])
