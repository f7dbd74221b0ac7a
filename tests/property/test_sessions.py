"""What holds of every session, through random histories of operator actions (C24 to C29).

``PLACEMENT_LONG=5000`` plays so many histories; ``PLACEMENT_FIRST_SEED`` says where seeds begin.
"""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from pathlib import Path

import pytest

from placement.ecs import Session
from placement.timeline.history import json_lines
from session_operators import Operators, check, check_history

LONG = int(os.environ.get("PLACEMENT_LONG", "0"))
FIRST_SEED = int(os.environ.get("PLACEMENT_FIRST_SEED", "0"))
HISTORIES = LONG or 60
STEPS = 60
SUPPORT = Path(__file__).parent.parent / "support"


def played(seed: int, steps: int = STEPS) -> Operators:
    """Play a history, holding after each step what must be true; return where it ended."""
    operators = Operators(seed)
    done = []
    for _ in range(steps):
        done.append(operators.step())
        if done[-1] == "wait":
            check(operators.session)
    operators.session.advance(0)
    check(operators.session)
    check_history(operators.session)
    return operators


@pytest.mark.parametrize("first", range(FIRST_SEED, FIRST_SEED + HISTORIES, 10))
def test_counts_equal_a_recount_and_every_task_has_one_life(first: int) -> None:
    for seed in range(first, first + 10):
        played(seed)


@pytest.mark.parametrize("seed", range(12))
def test_a_copied_session_has_the_same_future(seed: int) -> None:
    """C24: copies, pickles and what a trial leaves go on as the session itself does."""
    operators = played(seed, 40)
    session = operators.session
    before = len(session.history)
    twin = session.copy()
    read_back = twin.copy() if seed % 2 or session._account.asks_caller else pickled(twin)
    with session.trial():
        session.client("ecs").create_cluster(clusterName="tried")
        session.advance(5000)
    futures = []
    for one in (session, twin, read_back):
        others = operators.on(one)
        for _ in range(30):
            others.step()
        one.advance(1000)
        check(one)
        futures.append("\n".join(json_lines(one.history[before:])))
    assert futures[0] == futures[1] == futures[2]


def pickled(session: Session) -> Session:
    found = pickle.loads(pickle.dumps(session))
    assert isinstance(found, Session)
    return found


SCRIPT = """
import sys
sys.path.insert(0, sys.argv[1])
from session_operators import Operators
from placement.timeline.history import json_lines
operators = Operators(11)
for _ in range(150):
    operators.step()
operators.session.advance(100)
sys.stdout.write("\\n".join(json_lines(operators.session.history)))
"""


def test_equal_inputs_give_equal_bytes_in_any_process() -> None:
    """C29: another process, another PYTHONHASHSEED."""
    texts = [
        subprocess.run(
            [sys.executable, "-c", SCRIPT, str(SUPPORT)],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    ]
    assert texts[0] == texts[1]
    assert len(texts[0].splitlines()) > 100
