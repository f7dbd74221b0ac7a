"""Signals wait while a block of code runs: they are handled after it, by the handlers set before.

In: a block.  Out: nothing of it is left out because a signal's handler has raised (Ctrl-C).
Compiled code cannot be interrupted; what runs in its place must not be either, or arrays that are
changed together would be left half changed.  Only the main thread has signals; in others nothing is
done.
"""

from __future__ import annotations

import signal
import threading
from types import FrameType
from typing import Any

__all__ = ["SignalsWait"]

_NUMBERS = sorted(map(int, signal.valid_signals()))
"""Of all signals; those that cannot be handled have no handler."""


class SignalsWait:
    """Lets signals wait until the end of a ``with`` block."""

    __slots__ = ("_before", "_received")

    def __init__(self) -> None:
        self._before: dict[int, Any] = {}
        self._received: list[tuple[Any, int, FrameType | None]] = []

    def __enter__(self) -> None:
        if threading.current_thread() is not threading.main_thread():
            return
        try:
            for number in _NUMBERS:
                handler = signal.getsignal(number)
                if callable(handler):
                    self._before[number] = handler
                    signal.signal(number, self._receive)
        except BaseException:  # by the handler of a signal that does not wait yet
            self._restore()
            raise

    def __exit__(self, *_: object) -> None:
        if self._before:
            self._restore()
        if self._received:
            self._handle()

    def _receive(self, number: int, frame: FrameType | None) -> None:
        self._received.append((self._before[number], number, frame))

    def _handle(self) -> None:
        """Call the handlers of what was received, also if one of them raises."""
        try:
            while self._received:
                handler, number, frame = self._received.pop(0)
                handler(number, frame)
        finally:
            if self._received:
                self._handle()

    def _restore(self) -> None:
        """Put all handlers back, also if one that is back already raises."""
        try:
            for number, handler in list(self._before.items()):
                signal.signal(number, handler)
                del self._before[number]
        finally:
            if self._before:
                self._restore()
