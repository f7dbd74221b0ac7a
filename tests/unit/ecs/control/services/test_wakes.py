"""Passes come by themselves when starts may go on: after the throttle, and after D125's second."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime

from placement.ecs import Behaviour, Session, Timing
from session_cluster import SessionCluster


def failing(behaviour: Behaviour) -> SessionCluster:
    session = Session(
        start=datetime(2026, 3, 1, tzinfo=UTC), timing=Timing(stop=0), behaviour=lambda _: behaviour
    )
    session.client("ecs").create_cluster()
    world = SessionCluster(session)
    world.instance()
    world.replicas(desired=1)
    return world


def test_d39_a_throttled_service_goes_on_by_itself() -> None:
    """Starts at 0, 12 and 24 s fail 12 s later; the next come 10 s and 20 s after a failure."""
    world = failing(Behaviour(start_failure="no image"))
    moments = []
    for second in range(80):
        world.session.advance(1 if second else 0)
        if world.done()["start 1"]:
            moments.append(second)
    assert moments == [0, 12, 24, 46, 78]


def test_d125_a_task_whose_life_is_an_instant_is_replaced_a_second_later() -> None:
    session = Session(
        start=datetime(2026, 3, 1, tzinfo=UTC), behaviour=lambda _: Behaviour(runs_for=0)
    )
    session.client("ecs").create_cluster()
    world = SessionCluster(session)
    world.instance()
    world.replicas(desired=1)
    world.session.advance(5)
    assert world.done() == Counter({"start 1": 6})


def test_c40_a_retry_that_nobody_waits_for_does_not_hold_up_rest() -> None:
    """A failed start leaves an entry behind; a task that runs makes it void."""
    failures = iter([Behaviour(start_failure="no image")] * 3)
    session = Session(
        start=datetime(2026, 3, 1, tzinfo=UTC),
        timing=Timing(stop=0),
        behaviour=lambda _: next(failures, None),
    )
    session.client("ecs").create_cluster()
    world = SessionCluster(session)
    world.instance()
    world.replicas(desired=1)
    world.settle()
    assert (session.now - datetime(2026, 3, 1, tzinfo=UTC)).total_seconds() == 36 + 10 + 52
