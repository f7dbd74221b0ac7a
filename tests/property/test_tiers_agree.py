"""Kernels of both tiers, plain Python and compiled, change the same arrays alike.

Histories are those of ``index_play.py``: all kinds of calls, chance among them, on a cluster and
beside it on one that scans all rows for each decision.  Each is played with compiled kernels, and
again with a tier that changes: between any two calls of kernels, or once, as in a process.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import pytest

from index_history import History
from index_play import history
from kernel_tiers import all_kernels, each_call, plain_until
from placement.kernels import commit
from placement.kernels.fields import MEMORY, NEXT_ID, RANDOM_STATE

STEPS = 15
SEEDS = range(12)


def always() -> bool:
    return True


def never() -> bool:
    return False


def played(seed: int, how: Any, is_compiled: Callable[[], bool]) -> History:
    with how(is_compiled):
        return history(seed, STEPS)


def arrays_of(found: History) -> list[tuple[str, tuple[int, ...], list[Any]]]:
    """Return all arrays of both clusters that kernels read and change.

    At positions of tasks to come only GPUs mean something.
    """
    arrays = []
    for side in found.sides:
        tasks: Any = side.store.tasks
        for name, array in tasks._arrays._asdict().items():
            is_by_task = name.startswith("task_") and name != "task_gpus"
            known = array[: tasks.positions] if is_by_task else array
            arrays.append((name, array.shape, known.tolist()))
    return arrays


def answers_of(found: History) -> Any:
    """Return what is known of both clusters, whatever the room that their arrays have."""
    metas = [side.store.tasks.meta for side in found.sides]
    numbers = [[int(meta[at]) for at in (NEXT_ID, RANDOM_STATE)] for meta in metas]
    usage = [[side.usage(id) for id in found.instances] for side in found.sides]
    return found.told, found.tasks, found.stopping, numbers, usage


@pytest.mark.parametrize("seed", SEEDS)
def test_each_call_may_be_of_another_tier(seed: int) -> None:
    """C54: every array has the same content, the random generator's state included."""
    expected = arrays_of(played(seed, each_call, always))
    chance = random.Random(seed)
    share = chance.choice([0.0, 0.1, 0.5, 0.9])
    assert arrays_of(played(seed, each_call, lambda: chance.random() < share)) == expected


@pytest.mark.parametrize("seed", SEEDS)
def test_a_process_changes_over_at_any_moment(seed: int) -> None:
    """As ``tiers`` does it: plain Python makes fewer decisions in a call, answers are the same."""
    expected = answers_of(played(seed, plain_until, always))
    asked = 0

    def count() -> bool:
        nonlocal asked
        asked += 1
        return False

    played(seed, plain_until, count)
    left = random.Random(seed).randrange(asked)

    def is_over() -> bool:
        nonlocal left
        left -= 1
        return left < 0

    assert answers_of(played(seed, plain_until, is_over)) == expected
    assert left < 0, "it has changed over"


def test_a_kernel_that_differs_as_plain_python_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """The property can fail."""
    original: Any = commit._take

    def careless(cluster: Any, task: int, row: int, spec: int) -> None:
        original(cluster, task, row, spec)
        cluster.free[row, MEMORY] -= 1

    all_kernels()
    expected = arrays_of(played(3, each_call, always))
    monkeypatch.setattr(commit, "_take", careless)
    with pytest.raises(AssertionError):
        assert arrays_of(played(3, each_call, never)) == expected
