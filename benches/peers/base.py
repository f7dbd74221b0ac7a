"""What the bench asks of an engine."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from harness.data import Cell, Table
from harness.workloads import Question

__all__ = ["Evaluation", "Peer", "PeerClass"]

Evaluation = Callable[[], Any]
"""Computes the mask of all rows, in whatever form the engine gives masks."""


class Peer(Protocol):
    """An engine with the instances loaded in the form that suits it best."""

    name: str

    def prepare(self, question: Question) -> Evaluation:
        """Return a question made ready from its text: parsed, compiled, bound."""

    def put(self, cells: list[Cell]) -> None:
        """Change cells."""

    def mask(self, result: Any) -> npt.NDArray[np.bool_]:
        """Return an evaluation's result as an array, to be compared; never timed."""


class PeerClass(Protocol):
    """Loads the instances into an engine."""

    by_row: bool
    """Whether it evaluates one row at a time, so that the bench gives it the first rows only."""

    def __call__(self, table: Table) -> Peer:
        """Return the engine with the instances of ``table``."""
