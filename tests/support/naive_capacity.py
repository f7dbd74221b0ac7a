"""The naive twin of capacity: S11.2, S11.4, S11.5 and S12.2 as the specification words them.

It must know nothing of ``placement``, so that agreement with it means something.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from math import ceil

Item = tuple[str, int, int]


def next_provider(strategy: Sequence[Item], counts: Mapping[str, int]) -> str:
    """Return the provider of the next task: S11.2's first sentence."""
    for provider, _, base in strategy:
        if counts.get(provider, 0) < base:
            return provider
    without_base = [counts.get(provider, 0) - base for provider, _, base in strategy]
    total, weights = sum(without_base), sum(weight for _, weight, _ in strategy)
    deficits = [
        (total + 1) * Fraction(weight, weights) - number
        for (_, weight, _), number in zip(strategy, without_base, strict=True)
    ]
    allowed = [place for place, (_, weight, _) in enumerate(strategy) if weight]
    best = max(deficits[place] for place in allowed)
    return next(strategy[place][0] for place in allowed if deficits[place] == best)


def share(strategy: Sequence[Item], provider: str, tasks: int) -> Fraction:
    """Return a provider's exact share of so many tasks."""
    weights = sum(weight for _, weight, _ in strategy)
    bases = {name: min(base, tasks) for name, _, base in strategy}
    rest = tasks - sum(bases.values())
    weight = next(weight for name, weight, _ in strategy if name == provider)
    return bases[provider] + rest * Fraction(weight, weights)


def leaving_provider(
    strategy: Sequence[Item], counts: Mapping[str, int], among: Iterable[str]
) -> str | None:
    """Return the provider that loses a task: S11.2's second sentence."""
    total = sum(counts.values())
    best, largest = None, Fraction(0)
    for provider, _, _ in strategy:
        if provider in among and counts.get(provider, 0):
            surplus = counts[provider] - share(strategy, provider, total - 1)
            if best is None or surplus >= largest:
                best, largest = provider, surplus
    return best


def wanted(
    registered: int,
    empty: int,
    groups: Sequence[tuple[int, int, int]],
    types: Sequence[tuple[int, int]],
    steps: tuple[int, int],
) -> int | None:
    """Return M of A59, None if no group is compatible; groups are number, CPU and memory."""
    if not groups:
        return registered - empty
    smallest = min(cpu for cpu, _ in types), min(memory for _, memory in types)
    largest = max(cpu for cpu, _ in types), max(memory for _, memory in types)
    needs = []
    for number, cpu, memory in groups:
        if cpu > smallest[0] or memory > smallest[1]:
            continue
        machines, free = 0, (0, 0)
        for _ in range(number):  # one after the other, on a new machine when the last is full
            if cpu > free[0] or memory > free[1]:
                machines, free = machines + 1, largest
            free = free[0] - cpu, free[1] - memory
        needs.append(machines)
    if not needs:
        return None
    return registered + min(max(max(needs), steps[0]), steps[1])


def desired(
    wanted: int | None,
    registered: int,
    group: tuple[int, int, int],
    target: int,
    *,
    warming: bool,
    points_below: int,
    since_out: int | None,
) -> int:
    """Return the desired capacity that a minute sets: S11.4.2 and S11.4.3 with D74 and D98.

    ``group`` is minimum, maximum and desired; ``points_below`` counts this minute's, ``since_out``
    is in seconds.
    """
    minimum, maximum, now = group
    if wanted is None or (not wanted and not registered):
        return now
    percent = Fraction(100 * wanted, registered) if registered else Fraction(200)
    if percent > target:
        if warming or not wanted:
            return now
        new = ceil(Fraction(wanted * 100, target)) if registered else 2
        return max(now, min(max(new, minimum), maximum))
    if percent == target or points_below < 15 or (since_out is not None and since_out < 900):
        return now
    new = ceil(Fraction(wanted * 100, target))
    if new >= registered:
        return now
    new = max(new, registered - max(1, registered // 2), minimum)
    return min(now, new) if new < registered else now


def victims(instances: Sequence[tuple[str, str, bool, bool]], count: int) -> list[str]:
    """Return whom OldestInstance ends: key, zone, healthy, protected, in the order of launch."""
    left = list(instances)
    chosen: list[str] = []
    for _ in range(count):
        free = [one for one in left if not one[3]]
        ill = [one for one in free if not one[2]]
        candidates = ill or free
        if not candidates:
            break
        sizes = {zone: sum(one[1] == zone for one in left) for zone in {one[1] for one in left}}
        most = max(sizes[one[1]] for one in candidates)
        zone = min(one[1] for one in candidates if sizes[one[1]] == most)
        victim = next(one for one in candidates if one[1] == zone)
        left.remove(victim)
        chosen.append(victim[0])
    return chosen


def launches(
    tasks: Sequence[tuple[int, int]],
    types: Mapping[str, tuple[int, int, Fraction]],
    zones: Mapping[str, int],
) -> list[tuple[str, str, list[int]]]:
    """Return what D81 launches: zone, type and places of the tasks; tasks are CPU and MiB."""
    left, counts = list(range(len(tasks))), dict(zones)
    chosen: list[tuple[str, str, list[int]]] = []
    while True:
        options = []
        for name, (cpu, memory, price) in types.items():
            free, taken = (cpu, memory), []
            for place in left:
                if tasks[place][0] <= free[0] and tasks[place][1] <= free[1]:
                    free = free[0] - tasks[place][0], free[1] - tasks[place][1]
                    taken.append(place)
            if taken:
                options.append((price / len(taken), -len(taken), memory, name, taken))
        if not options:
            return chosen
        *_, name, taken = min(options)
        zone = min(counts, key=lambda one: (counts[one], one))
        counts[zone] += 1
        chosen.append((zone, name, taken))
        left = [place for place in left if place not in taken]
