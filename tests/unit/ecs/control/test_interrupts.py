"""Ctrl-C while time moves: at the end of an instant, or the instant has not happened."""

from __future__ import annotations

import copy
import pickle
import signal
from collections.abc import Iterator
from typing import Any

import pytest

from placement.ecs import Behaviour, Session
from placement.ecs.control.interrupts import interruptible, uninterrupted
from placement.errors import UsageError
from session_rolling import SessionWorld


@pytest.fixture(autouse=True)
def python_handles_sigint() -> Iterator[None]:
    """A shell lets commands in its background ignore SIGINT, and Python leaves it so."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def test_a_signal_waits_until_the_end_of_the_block() -> None:
    done = []

    def block() -> None:
        with uninterrupted():
            signal.raise_signal(signal.SIGINT)
            done.append("went on")

    with pytest.raises(KeyboardInterrupt):
        block()
    assert done == ["went on"]


def test_a_signal_inside_a_function_of_the_caller_is_handled_at_once() -> None:
    done = []

    def block() -> None:
        with uninterrupted(), interruptible():
            signal.raise_signal(signal.SIGINT)
            done.append("went on")

    with pytest.raises(KeyboardInterrupt):
        block()
    assert not done


def test_a_handler_that_ignores_stays() -> None:
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with uninterrupted():
            signal.raise_signal(signal.SIGINT)
        assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGINT, before)


@pytest.mark.parametrize("error", [KeyboardInterrupt, ValueError])
def test_c27_an_instant_that_a_function_interrupts_has_not_happened(
    error: type[BaseException],
) -> None:
    """Time stays where it was, and the state is that before; the next try goes through."""
    world = SessionWorld({"desired": 4})
    session = world.session
    asked: list[dict[str, Any]] = []

    def behaviour(document: dict[str, Any]) -> Behaviour | None:
        asked.append(document)
        if len(asked) == 6:
            raise error
        return None

    twin = session.copy()
    session._account.behaviour = twin._account.behaviour = None
    session._account.behaviour = lambda task: behaviour({"taskArn": task.arn})
    for one in (session, twin):
        one.client("ecs").update_service(service="web", taskDefinition="web:1", desiredCount=7)
    session.advance(100)
    twin.advance(100)
    for one in (session, twin):
        one.client("ecs").update_service(service="web", desiredCount=12)
    before = session.now, len(session.history), session._account.time.moving
    with pytest.raises(error):
        session.advance(500)
    assert (session.now, len(session.history), session._account.time.moving) == before
    assert session.client("ecs").list_tasks() == twin.client("ecs").list_tasks()
    for one in (session, twin):
        one.advance(500)
    assert session.history == twin.history


@pytest.mark.parametrize("make", [Session.copy, copy.deepcopy, pickle.dumps])
def test_c55_no_copy_is_made_in_the_middle_of_an_instant(make: Any) -> None:
    """Some tasks of the pass are placed and in no record yet: such a copy would go on wrong."""
    session = SessionWorld({"desired": 4}).session

    def behaviour(task: Any) -> None:
        del task
        make(session)

    session._account.behaviour = behaviour
    session.client("ecs").update_service(service="web", desiredCount=7)
    before = session.now, len(session.history)
    with pytest.raises(UsageError, match="an instant is not over"):
        session.advance(100)
    assert (session.now, len(session.history)) == before
    session._account.behaviour = None
    twins: list[Session] = []

    def copies(one: Session) -> bool:
        twins.append(one.copy())
        return True

    assert session.advance_until(copies)
    session.advance(100)
    twins[0].advance_until(lambda one: one.now == session.now)
    assert twins[0].history == session.history
