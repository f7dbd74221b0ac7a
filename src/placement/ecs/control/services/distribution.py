"""Which capacity providers tasks of a deployment come to and leave (S11.2, D116, D117).

In: a deployment with a capacity provider strategy, a number.  Out: providers with numbers of tasks.
Decided by ``placement.scaling.distribution``; reads only.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterator
from itertools import groupby

from placement.ecs.control.capacity.providers import strategy_items
from placement.ecs.control.services.records import DeploymentRecord
from placement.scaling.distribution import distribute, leave
from placement.services.model import TaskClass

__all__ = ["leaving_providers", "next_providers", "provider_counts"]

DRAINING = (TaskClass.DRAINING, TaskClass.DRAINING_WARMING)
"""Tasks that do not count for the distribution (D72)."""


def provider_counts(deployment: DeploymentRecord) -> Counter[Hashable]:
    """Return how many tasks of a deployment each provider has, draining ones left out (D72, D117).

    A task that is not RUNNING yet counts wherever its instance is; a later pass stops it there.
    """
    return Counter(
        task.settings.capacity_provider
        for task_class, pool in deployment.pools.items()
        if task_class not in DRAINING
        for task in pool.values()
    )


def next_providers(deployment: DeploymentRecord, count: int) -> Iterator[tuple[str, int]]:
    """Yield the providers of the next ``count`` tasks in order, each with how many (S11.2)."""
    items = strategy_items(deployment.revision.strategy)
    if len(items) == 1:
        yield str(items[0].provider), count
        return
    choices = distribute(items, provider_counts(deployment), count)
    for provider, run in groupby(choices, key=lambda one: one.provider):
        yield str(provider), sum(1 for _ in run)


def leaving_providers(
    deployment: DeploymentRecord, pool: Counter[Hashable], count: int
) -> Counter[Hashable]:
    """Return how many tasks of a class each provider loses (S11.2, D116).

    Args:
        deployment: The deployment.
        pool: How many tasks of the class each provider has.
        count: How many tasks stop, at most as many as there are.
    """
    items = strategy_items(deployment.revision.strategy)
    counts = provider_counts(deployment)
    among = Counter(pool)
    for provider, number in among.items():  # draining tasks are in no count (D72)
        counts[provider] = max(counts[provider], number)
    chosen: Counter[Hashable] = Counter()
    for _ in range(count):
        choice = leave(items, counts, [provider for provider, number in among.items() if number])
        if choice is None:
            break
        chosen[choice.provider] += 1
        counts[choice.provider] -= 1
        among[choice.provider] -= 1
    return chosen
