"""Filters, rankers and reporters of others (C22).

In: objects that a user gives beside the built-in constraints and strategies.  Out: the same, found
to be what they claim.  A filter keeps or rules out instances; a ranker says how good they
are; a reporter hears of each step of each decision.

Filters and rankers are asked about rows, many at once, and answer into arrays.  What they say is
kept: one that reads only the ``instance`` (attributes, status, agent, what is left, its tasks) is
asked about all registered rows once and then about those that have changed.  One that reads
``anything`` (a clock, prices, other instances) is asked about every row at every decision, which is
right and slow.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal, Protocol

import attrs
import numpy as np
import numpy.typing as npt

from placement.errors import DocumentError, UsageError, describe_value

__all__ = ["Filter", "Ranker", "Reporter", "Step", "checked_filter", "checked_ranker"]

Reads = Literal["instance", "anything"]

Rows = npt.NDArray[np.int64]


class Filter(Protocol):
    """Rules instances out; stands among the constraints of a call.

    Attributes:
        reason: The code by which ``explain`` names it, behind those of C17.
        reads: What its answers depend on.
    """

    reason: str
    reads: Reads

    def keep(self, mask: npt.NDArray[np.bool_], rows: Rows) -> None:
        """Clear ``mask[i]`` where the i-th of ``rows`` will not do.

        Args:
            mask: bool, as long as ``rows``, all True; to be changed in place.
            rows: int64, rows of the cluster, ascending, each of a registered instance.
        """


class Ranker(Protocol):
    """Says how good instances are; stands in the chain of strategies.

    Attributes:
        name: The name by which reports call it.
        reads: What its answers depend on.
    """

    name: str
    reads: Reads

    def key(self, out: npt.NDArray[np.float64], rows: Rows) -> None:
        """Write into ``out[i]`` how bad the i-th of ``rows`` is: the smallest numbers stay.

        When a group scales in, tasks on instances with the largest number stop first.

        Args:
            out: float64, as long as ``rows``; to be changed in place.
            rows: int64, rows of the cluster, ascending, each of a registered instance.
        """


@attrs.frozen
class Step:
    """One step of a decision.

    Attributes:
        kind: ``check`` (an instance must pass it), ``strategy`` (the best stay), ``placed`` (the
            task has its instance) or ``refused`` (there is none).
        name: The reason code of a check, the name of a strategy, the id of the instance, or the
            first reason that left no instance.
        left: How many instances are left after it.
        task_id: The task that was placed, else -1.
    """

    kind: Literal["check", "strategy", "placed", "refused"]
    name: str
    left: int
    task_id: int = -1


Reporter = Callable[[Step], None]
"""Hears of each step.  With one every decision looks at all instances anew: right, and slower."""


def checked_filter(value: Any, path: str) -> Any:
    """Return a filter that is one.

    Raises:
        DocumentError: it lacks something, or declares what there is not.
    """
    _checked(value, "keep", "reason", path)
    return value


def checked_ranker(value: Any, path: str) -> Any:
    """Return a ranker that is one.

    Raises:
        DocumentError: it lacks something, or declares what there is not.
    """
    _checked(value, "key", "name", path)
    return value


def _checked(value: Any, method: str, label: str, path: str) -> None:
    name = type(value).__name__
    text = getattr(value, label, None)
    if not isinstance(text, str) or not text:
        raise DocumentError(f"{name}.{label} is a text, not {describe_value(text)}", path)
    reads = getattr(value, "reads", None)
    if reads not in ("instance", "anything"):
        message = f"{name}.reads is 'instance' or 'anything', not {describe_value(reads)}"
        raise DocumentError(message, path)
    if not callable(getattr(value, method, None)):
        raise DocumentError(f"{name} has no method {method}", path)


def ask_filter(custom: Filter, rows: Rows) -> npt.NDArray[np.bool_]:
    """Ask a filter about some rows."""
    mask = np.ones(len(rows), np.bool_)
    custom.keep(mask, rows)
    return mask


def ask_ranker(custom: Ranker, rows: Rows) -> npt.NDArray[np.float64]:
    """Ask a ranker about some rows.

    Raises:
        UsageError: it answered with something that is no number.
    """
    out = np.zeros(len(rows), np.float64)
    custom.key(out, rows)
    if np.isnan(out).any():
        row = int(rows[np.flatnonzero(np.isnan(out))[0]])
        raise UsageError(f"the ranker {custom.name} gave no number for row {row}")
    return out
