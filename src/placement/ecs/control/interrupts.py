"""Ctrl-C waits until an instant is over: an account is never left in the middle of one.

In: blocks of code.  Out: SIGINT is handled after the block by the handler set before; inside
functions of the caller it is handled at once, since an instant that they interrupt is undone.
Only the main thread has signals; in others nothing is done.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

__all__ = ["interruptible", "uninterrupted"]


class _Held:
    """A signal handler that remembers the first signal, and the handler whose place it takes."""

    def __init__(self, before: Any) -> None:
        self.before = before
        self.received: tuple[int, FrameType | None] | None = None

    def __call__(self, number: int, frame: FrameType | None) -> None:
        self.received = self.received or (number, frame)


def _is_main() -> bool:
    return threading.current_thread() is threading.main_thread()


@contextmanager
def uninterrupted() -> Iterator[None]:
    """Let SIGINT wait until the end of the block."""
    before = signal.getsignal(signal.SIGINT) if _is_main() else None
    if not callable(before) or isinstance(before, _Held):
        yield
        return
    held = _Held(before)
    signal.signal(signal.SIGINT, held)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
        if held.received is not None:
            before(*held.received)


@contextmanager
def interruptible() -> Iterator[None]:
    """Handle SIGINT at once inside the block, also within ``uninterrupted``."""
    held = signal.getsignal(signal.SIGINT) if _is_main() else None
    if not isinstance(held, _Held):
        yield
        return
    signal.signal(signal.SIGINT, held.before)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, held)
