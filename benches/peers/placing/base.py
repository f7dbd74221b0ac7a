"""What the bench asks of something that places tasks."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from time import perf_counter
from typing import Protocol

import numpy as np
import numpy.typing as npt

from harness.plan import NodePlan
from harness.stream import Stream

__all__ = ["Decide", "Placer", "PlacerClass", "decide_within"]

_PIECES = 100

Decide = Callable[[int, int], npt.NDArray[np.int64]]
"""``decide(start, end)`` places the tasks ``start`` to ``end - 1`` of a stream, those before having
been placed, and returns the node of each, -1 where nothing fitted."""


def decide_within(seconds: float, decide: Decide, tasks: int) -> npt.NDArray[np.int64]:
    """Return the answers for the first tasks of a stream: all, or what was done in time."""
    ends = np.linspace(0, tasks, _PIECES + 1).astype(int).tolist()
    parts = []
    limit = perf_counter() + seconds
    for start, end in pairwise(ends):
        parts.append(decide(start, end))
        if perf_counter() > limit:
            break
    return np.concatenate(parts)


class Placer(Protocol):
    """Some nodes without tasks, ready to be filled by one stream after another."""

    def ready(self, stream: Stream) -> Decide:
        """Return the decisions of a stream on empty nodes, with all made ready that can be."""


class PlacerClass(Protocol):
    """A way to place tasks."""

    name: str
    determined: bool
    """Whether its answers must be those of this project."""

    def __call__(self, plan: NodePlan, nodes: int) -> Placer:
        """Return it with so many nodes."""
