"""User-defined filters, rankers and reporters (C22).

In: objects that a caller gives beside the built-in constraints and strategies.  Out: the same
objects, once they are known to implement their protocol.  A filter rules instances out; a ranker
gives each a number, the smaller the better; a reporter is called with each step of each decision.

Filters and rankers are asked about many rows at once and answer into arrays.  Each declares in
``reads`` what its answers depend on, and ``plugin_cache`` keeps them for as long as that is the
same: one that reads the ``instance`` (attributes, status, agent, what is left, its tasks) is asked
about all registered rows once and then about those that have changed (what ``set_task`` notes is
no part of it); one that reads a tuple of columns (C36), about those of which one of these columns
has changed.  One that reads ``anything`` (a clock, prices, other instances) is asked about every
row at every decision, which is always correct, and slow.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Literal, Protocol

import attrs
import numpy as np
import numpy.typing as npt

from placement.errors import DocumentError, UsageError, describe_value
from placement.model.numbers import as_flag

if TYPE_CHECKING:
    from placement.engine.prepared import PreparedRequest

__all__ = [
    "AnyRanker",
    "Filter",
    "NormalizingRanker",
    "Ranker",
    "Reporter",
    "RequestRanker",
    "Step",
    "checked_filter",
    "checked_ranker",
]

Reads = str | tuple[str, ...]
"""``"instance"``, ``"anything"``, or the names of columns (C36)."""

Rows = npt.NDArray[np.int64]

Scores = npt.NDArray[np.float64]


class Filter(Protocol):
    """Rules instances out; given among the constraints of a call.

    Attributes:
        reason: The code by which ``explain`` names it, after those of C17.
    """

    reason: str

    @property
    def reads(self) -> Reads:
        """What its answers depend on: ``"instance"``, ``"anything"``, or a tuple of columns."""

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
    """

    name: str

    @property
    def reads(self) -> Reads:
        """What its answers depend on: ``"instance"``, ``"anything"``, or a tuple of columns."""

    def key(self, out: Scores, rows: Rows) -> None:
        """Write into ``out[i]`` how bad the i-th of ``rows`` is: the smallest numbers stay.

        When a group scales in, tasks on instances with the largest number stop first.

        Args:
            out: float64, as long as ``rows``, all 0; to be changed in place.
            rows: int64, rows of the cluster, ascending, each of a registered instance.
        """


class RequestRanker(Protocol):
    """A ranker whose numbers depend on what is placed; they are kept for each prepared request.

    Attributes:
        name: What reports call it.
    """

    name: str

    @property
    def reads(self) -> Reads:
        """What its answers depend on: ``"instance"``, ``"anything"``, or a tuple of columns."""

    @property
    def wants_request(self) -> bool:
        """Whether ``key`` is given the prepared request: true."""

    def key(self, out: Scores, rows: Rows, request: PreparedRequest | None) -> None:
        """Write numbers as ``Ranker.key`` does.

        Args:
            out: float64, as long as ``rows``, all 0; to be changed in place.
            rows: int64, rows of the cluster, ascending, each of a registered instance.
            request: What is placed: its ``task``, ``group`` and ``constraints``.  None in
                ``choose_to_stop``.
        """


class NormalizingRanker(Ranker, Protocol):
    """A ranker that scales its numbers among the candidates of a decision.

    A ``RequestRanker`` may have the method too.
    """

    def normalize(self, out: Scores, rows: Rows) -> None:
        """Change the numbers of the candidates that are left when it is the ranker's turn.

        Called at every decision in which more than one is left; the numbers of ``key`` are kept
        as those of any ranker.

        Args:
            out: float64, the numbers that ``key`` gave; to be changed in place.
            rows: int64, the rows of these candidates, ascending.  In ``choose_to_stop`` those of
                the tasks that are left, each once.
        """


AnyRanker = Ranker | RequestRanker


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
        DocumentError: an attribute is missing or of the wrong kind, or ``reads`` is not an allowed
            value.
    """
    _check(value, "keep", "reason", path)
    return value


def checked_ranker(value: Any, path: str) -> Any:
    """Return ``value`` if it implements ``Ranker`` or ``RequestRanker``.

    Raises:
        DocumentError: an attribute is missing or of the wrong kind, or ``reads`` is not an allowed
            value.
    """
    _check(value, "key", "name", path)
    name = type(value).__name__
    wants = getattr(value, "wants_request", False)
    if as_flag(wants) is None:
        message = f"{name}.wants_request is true or false, not {describe_value(wants)}"
        raise DocumentError(message, path)
    method = getattr(value, "normalize", None)
    if method is not None and not callable(method):
        message = f"{name}.normalize is a method, not {describe_value(method)}"
        raise DocumentError(message, path)
    return value


def _check(value: Any, method: str, label: str, path: str) -> None:
    """Check what filters and rankers have in common.

    Raises:
        DocumentError: it is missing or of the wrong kind.
    """
    name = type(value).__name__
    text = getattr(value, label, None)
    if not isinstance(text, str) or not text:
        raise DocumentError(f"{name}.{label} is a text, not {describe_value(text)}", path)
    _check_reads(name, getattr(value, "reads", None), path)
    if not callable(getattr(value, method, None)):
        raise DocumentError(f"{name} has no method {method}", path)


def _check_reads(name: str, reads: Any, path: str) -> None:
    """Check what a filter or ranker declares that it reads.

    Raises:
        DocumentError: it is not an allowed value, or a column that it names cannot be.
    """
    if isinstance(reads, tuple):
        # Imported here: most programs have no plugin that names columns.
        from placement.engine.columns import check_column

        for column in reads:
            try:
                check_column(column)
            except UsageError as error:
                raise DocumentError(f"{name}.reads: {error}", path) from None
    elif not isinstance(reads, str) or reads not in ("instance", "anything"):
        message = (
            f"{name}.reads is 'instance', 'anything' or a tuple of columns, "
            f"not {describe_value(reads)}"
        )
        raise DocumentError(message, path)


def wants_request(ranker: AnyRanker) -> bool:
    """Return whether a ranker is given the prepared request."""
    return bool(getattr(ranker, "wants_request", False))


def ask_filter(plugin: Filter, rows: Rows) -> npt.NDArray[np.bool_]:
    """Return which of some rows a filter keeps.

    Raises:
        UsageError: the filter has changed the length of its mask.
    """
    mask = np.ones(len(rows), np.bool_)
    count = len(rows)
    plugin.keep(mask, rows.copy())  # what a plugin does to its rows stays its own
    if mask.shape != (count,):
        raise UsageError(f"the filter {plugin.reason} has changed the length of its mask")
    return mask


def ask_ranker(plugin: Any, rows: Rows, request: PreparedRequest | None = None) -> Scores:
    """Return the number that a ranker gives each of some rows, before ``normalize``.

    Args:
        plugin: A ``Ranker`` or ``RequestRanker``, checked before.
        rows: The rows.
        request: The prepared request, for a ranker that wants it; None in ``choose_to_stop``.

    Raises:
        UsageError: one of the numbers is NaN, or the ranker has changed the length of its array.
    """
    out = np.zeros(len(rows), np.float64)
    count = len(rows)
    if wants_request(plugin):
        plugin.key(out, rows.copy(), request)
    else:
        plugin.key(out, rows.copy())
    _check_scores(plugin.name, out, count, rows)
    return out


def normalize(plugin: Any, scores: Scores, rows: Rows) -> Scores:
    """Return the numbers of some rows as a ranker normalizes them, if it does.

    Args:
        plugin: A ``Ranker`` or ``RequestRanker``, checked before.
        scores: What it said of these rows; may be changed.
        rows: The rows that are left, ascending.

    Raises:
        UsageError: one of the numbers is NaN, or the ranker has changed the length of its array.
    """
    method = getattr(plugin, "normalize", None)
    if method is None:
        return scores
    count = len(rows)
    method(scores, rows.copy())
    _check_scores(plugin.name, scores, count, rows)
    return scores


def _check_scores(name: str, out: Scores, count: int, rows: Rows) -> None:
    """Check that a ranker has left a number for each row in its array.

    Raises:
        UsageError: one of the numbers is NaN, or the length has changed.
    """
    if out.shape != (count,):
        raise UsageError(f"the ranker {name} has changed the length of its array")
    if np.isnan(out).any():
        row = int(rows[np.flatnonzero(np.isnan(out))[0]])
        raise UsageError(f"the ranker {name} gave no number for row {row}")
