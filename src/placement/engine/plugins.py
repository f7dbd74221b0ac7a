"""User-defined filters, rankers and reporters (C22).

In: objects that a caller gives beside the built-in constraints and strategies.  Out: the same
objects, once they are known to implement their protocol.  A filter rules instances out; a ranker
gives each a number, the smaller the better; a reporter is called with each step of each decision.

Filters and rankers are asked about many rows at once and answer into arrays.  ``full_scan``
remembers the answers: one that reads only the ``instance`` (attributes, status, agent, what is
left, its tasks) is asked about all registered rows once and then about those that have changed
(what ``set_task`` notes is no part of it).  One that reads ``anything`` (a clock, prices, other
instances) is asked about every row at every decision, which is always correct, and slow.
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
    """Rules instances out; given among the constraints of a call.

    Attributes:
        reason: The code by which ``explain`` names it, after those of C17.
        reads: What its answers depend on.
    """

    reason: str
    reads: str

    def keep(self, mask: npt.NDArray[np.bool_], rows: Rows) -> None:
        """Clear ``mask[i]`` where the i-th of ``rows`` is ruled out.

        Args:
            mask: bool, as long as ``rows``, all True; to be changed in place.
            rows: int64, rows of the cluster, ascending, each of a registered instance.
        """


class Ranker(Protocol):
    """Gives each instance a number; given among the strategies of a call.

    Attributes:
        name: What reports call it.
        reads: What its answers depend on.
    """

    name: str
    reads: str

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
"""Called with each step.  With a reporter every decision is a full scan, which is slower."""


def checked_filter(value: Any, path: str) -> Any:
    """Return ``value`` if it implements ``Filter``.

    Raises:
        DocumentError: an attribute is missing, or ``reads`` is not an allowed value.
    """
    _checked(value, "keep", "reason", path)
    return value


def checked_ranker(value: Any, path: str) -> Any:
    """Return ``value`` if it implements ``Ranker``.

    Raises:
        DocumentError: an attribute is missing, or ``reads`` is not an allowed value.
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


def ask_filter(plugin: Filter, rows: Rows) -> npt.NDArray[np.bool_]:
    """Return which of some rows a filter keeps.

    Raises:
        UsageError: the filter has changed the length of its mask.
    """
    mask = np.ones(len(rows), np.bool_)
    count = len(rows)
    plugin.keep(mask, rows)
    if mask.shape != (count,):
        raise UsageError(f"the filter {plugin.reason} has changed the length of its mask")
    return mask


def ask_ranker(plugin: Ranker, rows: Rows) -> npt.NDArray[np.float64]:
    """Return the number that a ranker gives each of some rows.

    Raises:
        UsageError: one of the numbers is NaN, or the ranker has changed the length of its array.
    """
    out = np.zeros(len(rows), np.float64)
    count = len(rows)
    plugin.key(out, rows)
    if out.shape != (count,):
        raise UsageError(f"the ranker {plugin.name} has changed the length of its array")
    if np.isnan(out).any():
        row = int(rows[np.flatnonzero(np.isnan(out))[0]])
        raise UsageError(f"the ranker {plugin.name} gave no number for row {row}")
    return out
