"""C53: no use of one cluster by many threads crashes the interpreter or tears an answer.

The threads run in a process of their own, which must end, and with status 0: a crash of the
interpreter is a failure and not the end of the tests.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import cluster_storm
import placement
from cluster_storm import CALLS, adds_up, main

STORM = Path(cluster_storm.__file__)
PATIENCE = 900
"""Seconds in wall time after which the process hangs: it takes about 20 on two idle processors."""


def test_every_pair_of_calls_by_eight_threads() -> None:
    """C53: each call is answered or refused; then every task is counted again."""
    done = subprocess.run(
        [sys.executable, str(STORM)],
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert done.returncode == 0, f"{done.returncode}\n{done.stdout}\n{done.stderr[-4000:]}"
    pairs = len(CALLS) * (len(CALLS) + 1) // 2
    assert done.stdout.startswith(f"{pairs} pairs, ")


def test_every_public_call_is_among_the_pairs() -> None:
    """A new call of the class needs a line in the script."""
    names = {name for name in dir(placement.Cluster) if not name.startswith("_")}
    assert names - {"from_ecs", "from_frame"} - {name.split(",")[0] for name in CALLS} == set()


def test_a_torn_answer_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """The script can fail: here every answer says that all is taken and nothing runs."""
    interval = sys.getswitchinterval()
    monkeypatch.setitem(CALLS, "usage", lambda _: adds_up(0, 0))
    try:
        assert main(["usage"]) == 1
    finally:
        sys.setswitchinterval(interval)
