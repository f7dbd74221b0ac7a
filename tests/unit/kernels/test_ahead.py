"""Memory that is asked for ahead: nothing changes, and answers are those without it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ahead_streams import answers, many_requests, some_cluster, some_events
from placement.engine import decide
from placement.kernels.ahead import look_ahead
from placement.kernels.fields import NEXT_ID, TASKS
from placement.kernels.tiers import jit_no_refcount

SUPPORT = Path(__file__).resolve().parents[2] / "support"
LENGTH = 3000

Flags = list[tuple[bool, bool]]
"""For each call of the kernel, whether memory was asked for, and whether it had stops."""


def watch(patched: pytest.MonkeyPatch, *, wanted: bool) -> Flags:
    """Note what each call of the kernel is given; without ``wanted`` let none look ahead."""
    flags: Flags = []
    original = decide._Run._decide

    def watched(self: Any, events: Any, start: int, end: int, *, alike: bool) -> int:
        if not wanted:
            if self.ahead:  # of a stream: stops are not left out
                self.index.every_case = True
            self.ahead = False
        flags.append((self.ahead, len(self.stops) > 0))
        return original(self, events, start, end, alike=alike)

    patched.setattr(decide._Run, "_decide", watched)
    return flags


def test_answers_are_those_without_looking_ahead(monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patched:
        flags = watch(patched, wanted=True)
        found = answers(LENGTH)
    assert set(flags) == {(True, False), (True, True)}
    with monkeypatch.context() as patched:
        patched.setattr(decide, "FEW_REQUESTS", 10**9)  # as ``place_many`` of fewer requests
        flags = watch(patched, wanted=False)
        assert answers(LENGTH) == found
    assert set(flags) == {(False, False), (False, True)}
    rows, ids = found[2:]
    assert min(rows) == min(ids) == -1
    assert len(set(rows)) > 50


def test_few_requests_need_no_looking_ahead(monkeypatch: pytest.MonkeyPatch) -> None:
    """``FEW_REQUESTS`` says from how many requests on memory is asked for; answers stay."""
    flags = watch(monkeypatch, wanted=True)
    rows = []
    for few in (8, 9):
        monkeypatch.setattr(decide, "FEW_REQUESTS", few)
        found = some_cluster()
        rows.append(found.place_many(many_requests(found)[:9], [*range(9)] * 30).rows.tolist())
        assert {ahead for ahead, _ in flags} == {few == 8}
        flags.clear()
    assert rows[0] == rows[1]


def test_plain_kernels_answer_the_same() -> None:
    """As plain Python ``fetch`` does nothing, and all that finds out what to fetch is run."""
    environment = os.environ | {"NUMBA_DISABLE_JIT": "1"}
    command = [sys.executable, str(SUPPORT / "ahead_streams.py"), "300"]
    run = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    assert json.loads(run.stdout) == answers(300)


def test_looking_ahead_changes_nothing() -> None:
    """No array of the cluster, of requests or of indexes; wherever in a stream it looks from."""
    found = some_cluster()
    asked = many_requests(found)
    placed = found.place_many(asked, [*range(len(asked))] * 8)
    index, tasks = found._placement_index(), found.store.tasks
    numbers = index.numbers(asked)
    given = np.array(some_events(400, len(asked), len(placed.task_ids)), np.int64)
    events = np.where(given >= 0, numbers[np.maximum(given, 0)], -1)
    stops = np.full(len(given), -1, np.int64)
    own = ~given - len(placed.task_ids)
    ended = (given < 0) & (own < 0)
    ids = placed.task_ids[~given[ended]]
    stops[ended] = np.where(ids >= 0, tasks.positions_of(ids), -1)
    later = (given < 0) & (own >= 0)
    stops[later] = -2 - own[later]
    started = np.full(len(given), -1, np.int64)
    started[::2] = tasks.meta[NEXT_ID] - 1  # as if every other event had placed the newest task
    assert tasks.meta[TASKS] > 400

    def look(lists: Any, requests: Any, indexes: Any, events: Any, stops: Any, tasks: Any) -> None:
        for now in range(len(events)):
            look_ahead(lists, requests, indexes, events, stops, tasks, now, len(events))

    addresses, lists = tasks.addresses, index.lists
    changed: Any = tasks._arrays
    arrays = [*changed, *index._enrolment._kept, *index._table._kept]
    arrays += [events, stops, started, addresses, *lists]
    before = [each.copy() for each in arrays]
    jit_no_refcount(look).compiled()(addresses, *lists, events, stops, started)
    assert all(np.array_equal(one, other) for one, other in zip(arrays, before, strict=True))
    assert found.replay(asked, given, running=placed.task_ids).rows.tolist() == (
        replayed_elsewhere(given)
    )


def replayed_elsewhere(events: Any) -> list[int]:
    """Replay the same on a cluster on which nobody has looked ahead from outside."""
    found = some_cluster()
    asked = many_requests(found)
    placed = found.place_many(asked, [*range(len(asked))] * 8)
    rows: list[int] = found.replay(asked, events, running=placed.task_ids).rows.tolist()
    return rows
