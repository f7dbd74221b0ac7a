"""What holds of every session, through random histories of operator actions (C24 to C29).

``PLACEMENT_LONG=5000`` plays so many histories; ``PLACEMENT_FIRST_SEED`` says where seeds begin.
"""

from __future__ import annotations

import os

import pytest

from session_futures import futures, histories_of_processes, play
from session_operators import Operators, check, check_history

LONG = int(os.environ.get("PLACEMENT_LONG", "0"))
FIRST_SEED = int(os.environ.get("PLACEMENT_FIRST_SEED", "0"))
HISTORIES = LONG or 60
STEPS = 60


def played(seed: int, steps: int = STEPS) -> Operators:
    """Play a history, holding after each step what must be true; return where it ended."""
    operators = Operators(seed)
    play(operators, steps, check, check_history)
    return operators


@pytest.mark.parametrize("first", range(FIRST_SEED, FIRST_SEED + HISTORIES, 10))
def test_counts_equal_a_recount_and_every_task_has_one_life(first: int) -> None:
    for seed in range(first, first + 10):
        played(seed)


@pytest.mark.parametrize("seed", range(12))
def test_a_copied_session_has_the_same_future(seed: int) -> None:
    """C24: copies, pickles and what a trial leaves go on as the session itself does."""
    operators = played(seed, 40)

    def create_cluster() -> None:
        operators.session.client("ecs").create_cluster(clusterName="tried")

    found = futures(operators, check, create_cluster, by_pickle=seed % 2 == 0)
    assert found[0] == found[1] == found[2]


def test_equal_inputs_give_equal_bytes_in_any_process() -> None:
    """C29: another process, another PYTHONHASHSEED."""
    texts = histories_of_processes(Operators, 11)
    assert texts[0] == texts[1]
    assert len(texts[0].splitlines()) > 100
