"""Sessions with providers, groups and scaling, written and read: the same future (C30, C50).

At rest the same operators get the same history, to the record; in the middle states that were under
way begin at loading.  Seeds: ``PLACEMENT_LONG=1000`` plays so many histories.
"""

from __future__ import annotations

import json
import os
import random
from typing import Any

import pytest

import placement.ecs as ecs
from capacity_checks import check_capacity
from capacity_operators import OPERATIONS, WAITS, new_world, operate
from session_dumps import through_json
from session_operators import check

LONG = int(os.environ.get("PLACEMENT_LONG", "0"))
HISTORIES = LONG or 24


def drawn(chance: random.Random, steps: int) -> list[tuple[str, int]]:
    """Return what operators do; ``wait`` and seconds let time pass."""
    found = []
    for _ in range(steps):
        if chance.random() < 0.3:
            found.append(("wait", chance.choice(WAITS)))
        else:
            found.append((chance.choice(OPERATIONS), chance.randrange(60)))
    return found


def play(session: ecs.Session, steps: list[tuple[str, int]]) -> None:
    for name, number in steps:
        if name == "wait":
            session.advance(number)
        else:
            operate(session, name, number)


def plain(document: dict[str, Any]) -> str:
    return json.dumps(document, sort_keys=True)


@pytest.mark.parametrize("seed", range(HISTORIES))
def test_a_round_trip_at_rest_changes_no_later_decision(seed: int) -> None:
    """C50: waiting tasks, warm-ups, points below the target, cooldowns, activities go on."""
    chance = random.Random(seed)
    one = new_world(seed=seed)
    play(one, drawn(chance, 25))
    if not one.advance_until("steady", limit=14_400):
        return
    two = through_json(one)
    assert two._account.notes == []
    assert plain(two.to_ecs()) == plain(one.to_ecs())
    begun = len(one.history)
    for session in (one, two):
        play(session, drawn(random.Random(~seed), 25))
        session.advance(4_000)
    assert two.history == one.history[begun:]
    assert plain(two.to_ecs()) == plain(one.to_ecs())


@pytest.mark.parametrize("seed", range(HISTORIES))
def test_a_dump_in_the_middle_loads_and_goes_on(seed: int) -> None:
    """C50: launches, terminations and waits that were under way begin at loading."""
    chance = random.Random(seed)
    one = new_world(seed=seed)
    play(one, drawn(chance, 20))
    two = through_json(one)
    names = list(one._account.groups)
    assert list(two._account.groups) == names
    two.advance(0)
    check(two)
    check_capacity(two)
    play(two, drawn(chance, 20))
    two.advance(4_000)
    check(two)
    check_capacity(two)
