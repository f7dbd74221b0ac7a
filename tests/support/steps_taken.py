"""How much the model does: steps, passes and entries, counted and not timed."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

import attrs
import pytest

import placement
from placement.ecs.control.account import Account
from placement.ecs.control.services.passes import service_pass
from placement.ecs.control.services.records import ServiceRecord
from placement.timeline.queue import EventQueue

_PACKAGE = Path(placement.__file__).parent
_ROOMS = tuple(f"{_PACKAGE / room}/" for room in ("ecs", "services", "timeline"))


def steps(call: Callable[[], Any]) -> int:
    """Return how many lines of ``ecs``, ``services`` and ``timeline`` a call runs.

    Each turn of a loop counts, also of one inside a line.  The engine's lines do not count.
    """
    count = 0

    def line(_: FrameType, event: str, __: Any) -> Any:
        nonlocal count
        count += event == "line"
        return line

    def enter(frame: FrameType, _: str, __: Any) -> Any:
        return line if frame.f_code.co_filename.startswith(_ROOMS) else None

    before = sys.gettrace()
    sys.settrace(enter)
    try:
        call()
    finally:
        sys.settrace(before)
    return count


@attrs.define
class Work:
    """What was done: the names of the services of each pass, and the entries of the queue."""

    passes: list[str] = attrs.field(factory=list)
    entries: list[tuple[Any, ...]] = attrs.field(factory=list)


@contextmanager
def watched(monkeypatch: pytest.MonkeyPatch) -> Iterator[Work]:
    """Note what is done inside the block."""
    work = Work()
    pop_due = EventQueue.pop_due

    def noted_pass(account: Account, service: ServiceRecord) -> None:
        work.passes.append(service.name)
        service_pass(account, service)

    def noted_entries(queue: EventQueue, now: int, phase: int) -> Iterator[Any]:
        for what in pop_due(queue, now, phase):
            work.entries.append(what)
            yield what

    with monkeypatch.context() as patched:
        patched.setattr("placement.ecs.control.advance.service_pass", noted_pass)
        patched.setattr(EventQueue, "pop_due", noted_entries)
        yield work
