"""Random histories on sessions: played, continued on copies, written by other processes.

In: an object that makes one step after another on its session (``Operators``,
``ScalingOperators``).  Out: where a history ended; the histories of a session and of its copies as
text.  What must be true of a session is told by the caller.
"""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Protocol, Self

from placement.ecs import Session
from placement.timeline.history import json_lines

SUPPORT = Path(__file__).parent
SCRIPT = """
import sys
sys.path.insert(0, sys.argv[1])
import importlib
from placement.timeline.history import json_lines
operators = getattr(importlib.import_module(sys.argv[2]), sys.argv[3])(int(sys.argv[4]))
for _ in range(150):
    operators.step()
operators.session.advance(100)
sys.stdout.write("\\n".join(json_lines(operators.session.history)))
"""

Check = Callable[[Session], None]


class Stepping(Protocol):
    """What makes random steps on a session."""

    session: Session

    def step(self) -> str:
        """Make a step; return its name."""
        ...

    def on(self, session: Session) -> Self:
        """Return the same, in the same state of chance, on another session."""
        ...


def play(operators: Stepping, steps: int, check: Check, check_history: Check) -> None:
    """Play a history; hold what must be true of the session whenever time has gone by."""
    for _ in range(steps):
        if operators.step() == "wait":
            check(operators.session)
    operators.session.advance(0)
    check(operators.session)
    check_history(operators.session)


def pickled(session: Session) -> Session:
    """Return what a pickle of a session is read as."""
    found = pickle.loads(pickle.dumps(session))
    assert isinstance(found, Session)
    return found


def futures(
    operators: Stepping, check: Check, trial: Callable[[], None], *, by_pickle: bool = True
) -> list[str]:
    """Return what happens next in a session, in a copy of it and in a copy of that copy.

    Args:
        operators: What makes the same 30 steps on each.
        check: Holds for each at the end.
        trial: Changes the session itself, within a trial, after it was copied.
        by_pickle: Whether the last copy is made by a pickle; one that asks functions of the caller
            has none.
    """
    session = operators.session
    before = len(session.history)
    twin = session.copy()
    is_pickled = by_pickle and not session._account.asks_caller
    last = pickled(twin) if is_pickled else twin.copy()
    with session.trial():
        trial()
        session.advance(5000)
    found = []
    for one in (session, twin, last):
        others = operators.on(one)
        for _ in range(30):
            others.step()
        one.advance(1000)
        check(one)
        found.append("\n".join(json_lines(one.history[before:])))
    return found


def histories_of_processes(kind: type[Stepping], seed: int) -> list[bytes]:
    """Return the history of 150 steps as two processes write it, each with its own hash seed."""
    arguments = [str(SUPPORT), kind.__module__, kind.__qualname__, str(seed)]
    return [
        subprocess.run(
            [sys.executable, "-c", SCRIPT, *arguments],
            env={**os.environ, "PYTHONHASHSEED": hash_seed},
            capture_output=True,
            check=True,
        ).stdout
        for hash_seed in ("1", "2")
    ]
