"""Signals wait while a block runs, all of them and none for longer than that."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from placement.kernels.signals import SignalsWait

HANDLED = [signal.SIGINT, signal.SIGTERM, signal.SIGALRM, signal.SIGUSR1]


class Signal(BaseException):
    """What a handler raises."""


@pytest.fixture
def handle() -> Iterator[Callable[[Any], list[int]]]:
    """Handle signals by noting their numbers; with an error they raise it, too."""
    before = {number: signal.getsignal(number) for number in HANDLED}

    def handled(error: type[BaseException] | None) -> list[int]:
        received: list[int] = []

        def handler(number: int, _: Any) -> None:
            received.append(number)
            if error is not None:
                raise error

        for number in HANDLED:
            signal.signal(number, handler)
        return received

    yield handled
    for number, handler in before.items():
        signal.signal(number, handler)


def handlers() -> list[Any]:
    return [signal.getsignal(number) for number in sorted(signal.valid_signals())]


def test_signals_are_handled_after_the_block_in_their_order(handle: Any) -> None:
    received, before = handle(None), handlers()
    with SignalsWait():
        for number in (signal.SIGUSR1, signal.SIGINT, signal.SIGUSR1):
            signal.raise_signal(number)
        assert received == []
    assert received == [signal.SIGUSR1, signal.SIGINT, signal.SIGUSR1]
    assert handlers() == before


def test_what_a_handler_raises_is_raised_after_the_block(handle: Any) -> None:
    """All of the block is done, and further signals are handled too."""
    received, before = handle(Signal), handlers()
    done: list[int] = []

    def block() -> None:
        with SignalsWait():
            for number in (signal.SIGINT, signal.SIGTERM):
                signal.raise_signal(number)
                done.append(number)

    with pytest.raises(Signal):
        block()
    assert done == [signal.SIGINT, signal.SIGTERM]
    assert received == [signal.SIGINT, signal.SIGTERM]
    assert handlers() == before


def test_an_error_of_the_block_puts_handlers_back(handle: Any) -> None:
    handle(None)
    before = handlers()
    with pytest.raises(ZeroDivisionError), SignalsWait():
        raise ZeroDivisionError
    assert handlers() == before


def test_signals_that_python_does_not_handle_are_left_alone(
    handle: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    handle(None)
    signal.signal(signal.SIGUSR1, signal.SIG_IGN)
    changed: list[int] = []
    original = signal.signal

    def noted(number: int, handler: Any) -> Any:
        changed.append(number)
        return original(number, handler)

    monkeypatch.setattr(signal, "signal", noted)
    with SignalsWait():
        signal.raise_signal(signal.SIGUSR1)
    assert {signal.SIGINT, signal.SIGTERM, signal.SIGALRM} <= set(changed)
    assert not {signal.SIGUSR1, signal.SIGUSR2, signal.SIGSEGV} & set(changed)


@pytest.mark.parametrize("moment", range(2 * len(HANDLED) + 2))
def test_a_signal_between_two_handlers_leaves_none_changed(
    handle: Any, monkeypatch: pytest.MonkeyPatch, moment: int
) -> None:
    """Wherever it arrives while handlers are taken or put back, as the first thing after one."""
    received, before = handle(Signal), handlers()
    original, calls = signal.signal, 0

    def arriving(number: int, handler: Any) -> Any:
        nonlocal calls
        found = original(number, handler)
        calls += 1
        if calls == moment:
            signal.raise_signal(signal.SIGALRM)
        return found

    monkeypatch.setattr(signal, "signal", arriving)
    try:
        with SignalsWait():
            pass
    except Signal:
        assert received == [signal.SIGALRM]
    monkeypatch.undo()
    assert handlers() == before
    assert len(received) == (1 <= moment <= calls)


def test_other_threads_have_no_signals(handle: Any) -> None:
    handle(None)
    before, inside = handlers(), []

    def run() -> None:
        with SignalsWait():
            inside.append(handlers())

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    assert inside == [before]
