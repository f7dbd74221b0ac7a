"""What holds of sessions with providers, groups and scaling, through random histories (S11, S13).

``PLACEMENT_LONG=1000`` plays so many histories; ``PLACEMENT_FIRST_SEED`` says where seeds begin.
"""

from __future__ import annotations

import os
import random
import zlib
from typing import Any

import pytest

import placement.ecs as ecs
from capacity_checks import check_capacity
from capacity_operators import OPERATIONS, WAITS, new_world, operate
from placement.timeline.history import json_lines
from session_operators import check, check_history

LONG = int(os.environ.get("PLACEMENT_LONG", "0"))
FIRST_SEED = int(os.environ.get("PLACEMENT_FIRST_SEED", "0"))
SEEDS = range(FIRST_SEED, FIRST_SEED + (LONG or 16))
STEPS = 80


def launches(request: ecs.LaunchRequest) -> ecs.Launch | None:
    """Some launches fail, some are slow, as zone, type and minute say (C45)."""
    text = f"{request.instance_type} {request.zone} {request.now.minute}"
    number = zlib.crc32(text.encode())
    match number % 4:
        case 0:
            return ecs.Launch(failure="We currently do not have sufficient capacity")
        case 1:
            return ecs.Launch(delay=number % 400)
    return None


def capacity(provider: str, _zone: str, _cpu: int, _memory: int, running: int) -> bool:
    """Fargate has room for a few tasks in a zone (C45)."""
    return running < (4 if provider == "FARGATE_SPOT" else 9)


def world(seed: int) -> ecs.Session:
    """Return a session whose functions, options and timing follow from a seed."""
    given: dict[str, Any] = {"timing": None} if seed % 11 == 10 else {}
    return new_world(
        seed=seed,
        launches=launches if seed % 2 else None,
        capacity=capacity if seed % 3 == 0 else None,
        options=ecs.Options(
            provisioning_limit=(500, 3, 12)[seed % 3],
            group_rebalancing=seed % 4 == 0,
            reservation="room" if seed % 5 == 0 else "instances",
            estimate="joint" if seed % 7 == 0 else "max",
        ),
        **given,
    )


def step(session: ecs.Session, chance: random.Random) -> bool:
    """Do one thing; return whether time has moved."""
    if chance.random() < 0.35:
        session.advance(chance.choice(WAITS))
        return True
    operate(session, chance.choice(OPERATIONS), chance.randrange(60))
    return False


@pytest.mark.parametrize("seed", SEEDS)
def test_counts_bounds_shares_and_waits_hold_after_each_advance(seed: int) -> None:
    """D71 to D79, A57, S11.2: no share exceeded, the quota kept, what waits fits nowhere."""
    session, chance = world(seed), random.Random(seed)
    for _ in range(STEPS):
        if step(session, chance):
            check(session)
            check_capacity(session)
    check_history(session)


@pytest.mark.parametrize("seed", SEEDS[::2])
def test_copies_have_the_same_future_and_trials_leave_none(seed: int) -> None:
    """C24: with groups, waiting tasks, cooldowns and points."""
    session, chance = world(seed), random.Random(seed)
    for _ in range(30):
        step(session, chance)
    before = len(session.history)
    twin = session.copy()
    with session.trial():
        for _ in range(10):
            step(session, random.Random(~seed))
        session.advance(5_000)
    futures = []
    for one in (session, twin):
        further = random.Random(seed + 1)
        for _ in range(30):
            step(one, further)
        one.advance(2_000)
        check_capacity(one)
        futures.append("\n".join(json_lines(one.history[before:])))
    assert futures[0] == futures[1]
