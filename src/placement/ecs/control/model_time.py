"""Model time: the moment, what is due later, what the caller asked for, and the history.

In: moments and entries.  Out: ``ModelTime``, the part of an account that time moves.  What the
entries mean is known to the modules that enter them; ``advance`` hands them out.
"""

from __future__ import annotations

import enum
from datetime import datetime
from typing import Any

import attrs

from placement.timeline.history import HistoryRecord
from placement.timeline.queue import EventQueue
from placement.timestamps import from_microseconds

__all__ = ["ModelTime", "Phase"]


class Phase(enum.IntEnum):
    """The parts of an instant, in their order (S1.2 b to f)."""

    TASKS = 0
    INSTANCES = 1
    TARGETS = 2
    METRICS = 3
    SERVICES = 4


@attrs.define(eq=False)
class ModelTime:
    """Where the model is in time.

    Attributes:
        now: The moment: microseconds since 1970.
        queue: What is due: entries (kind, keys...).
        told: Events that the caller told, for the next ``advance``: (kind, ARN, keys...) (C42).
        history: What the model did by itself (C29).
        moving: How many tasks have a transition due: while there is one, nothing is steady (C40).
    """

    now: int
    queue: EventQueue = attrs.field(factory=lambda: EventQueue(len(Phase)))
    told: list[tuple[Any, ...]] = attrs.field(factory=list)
    history: list[HistoryRecord] = attrs.field(factory=list)
    moving: int = 0
    _datetime: tuple[int, datetime] | None = None

    @property
    def datetime(self) -> datetime:
        """The moment as a datetime in UTC."""
        known = self._datetime
        if known is None or known[0] != self.now:
            known = self._datetime = self.now, from_microseconds(self.now)
        return known[1]

    def push(self, moment: int, phase: Phase, order: int, *what: Any) -> None:
        """Enter what is due at a moment; ``what`` is a kind and keys."""
        self.queue.push(moment, phase, order, what)

    def record(self, subject: str, what: str, reason: str = "") -> None:
        """Add to the history."""
        self.history.append(HistoryRecord(self.datetime, subject, what, reason))
