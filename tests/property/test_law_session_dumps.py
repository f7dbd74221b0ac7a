"""A session written by ``to_ecs`` and read by ``from_ecs`` is the same session (C30, C50).

At rest (C40) it has the same future: the same operator gets the same history, to the record.  In
the middle of a deployment the states under way begin at loading; it comes to rest all the same.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import session_dumps
from session_dumps import OPERATIONS, new_session, operate, through_json, with_services

histories = st.lists(st.tuples(st.sampled_from(OPERATIONS), st.integers(0, 6)), max_size=6)
slow = settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@slow
@given(histories, histories, st.integers(0, 2))
def test_a_round_trip_at_rest_changes_no_later_decision(
    before: list[tuple[str, int]], after: list[tuple[str, int]], percents: int
) -> None:
    """C50: documents, then what an operator does: the history and the documents are equal."""
    one = with_services(new_session(), percents)
    for step in before:
        operate(one, *step)
    if not one.advance_until("steady", limit=86_400):
        return
    two = through_json(one)
    assert two._account.notes == []
    assert two.to_ecs() == one.to_ecs()
    begun = len(one.history)
    for step in [*after, ("wait", 1), ("long", 7)]:
        operate(one, *step)
        operate(two, *step)
    assert two.history == one.history[begun:]
    assert two.to_ecs() == one.to_ecs()


@slow
@given(histories, st.integers(0, 200), st.integers(0, 2))
def test_a_dump_in_the_middle_loads_and_comes_to_rest_as_far_as_the_session_does(
    before: list[tuple[str, int]], seconds: int, percents: int
) -> None:
    """C50: states that were under way begin at loading."""
    one = with_services(new_session(), percents)
    one.advance_until("steady")
    for step in before:
        operate(one, *step)
    operate(one, "deploy", 1)
    operate(one, "web", 1)
    one.advance(seconds)
    two = through_json(one)
    two.to_ecs()
    rests = one.advance_until("steady", limit=14_400)
    assert two.advance_until("steady", limit=28_800) or not rests


SCRIPT = """
import hashlib, json
from session_dumps import new_session, operate, through_json, with_services
from placement.timeline.history import json_lines
one = with_services(new_session())
one.advance_until("steady")
two = through_json(one)
for step in (("deploy", 1), ("web", 1), ("wait", 5), ("exit", 0), ("drain", 1), ("long", 2)):
    operate(two, *step)
text = "\\n".join([*json_lines(two.history), json.dumps(two.to_ecs())])
print(hashlib.sha256(text.encode()).hexdigest())
"""


@pytest.mark.parametrize("seeds", [("0", "12345")])
def test_another_process_with_another_hash_seed_writes_the_same_bytes(
    seeds: tuple[str, str],
) -> None:
    """C29, C50: order depends on no hash seed."""
    support = str(Path(session_dumps.__file__).parent)
    answers = set()
    for seed in seeds:
        path = os.pathsep.join([support, *sys.path])
        environment = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": path}
        done = subprocess.run(
            [sys.executable, "-c", SCRIPT],
            env=environment,
            capture_output=True,
            text=True,
            check=True,
        )
        answers.add(done.stdout)
    assert len(answers) == 1
