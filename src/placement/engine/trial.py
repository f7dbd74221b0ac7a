"""A trial: anything may be tried inside; afterwards nothing has happened (C21).

In: a cluster.  Out: the same cluster, put back to what it was when the trial was entered.  What is
called inside is not known here.
"""

from __future__ import annotations

from threading import get_ident
from types import TracebackType
from typing import TYPE_CHECKING

from placement.errors import UsageError
from placement.state.guard import changes
from placement.state.store import Store

if TYPE_CHECKING:
    from placement.engine.cluster import Cluster

__all__ = ["Trial", "TrialStack"]


class TrialStack:
    """The open trials of one cluster, the outermost first, each with what it puts back."""

    def __init__(self) -> None:
        self.open: list[tuple[Trial, Store, int]] = []
        """Trial, the store as it was, the oldest epoch that was valid."""

    def __len__(self) -> int:
        return len(self.open)

    def depth_of(self, trial: Trial) -> int | None:
        """Return how many trials are around this one, None if it is not open."""
        for depth, (opened, _, _) in enumerate(self.open):
            if opened is trial:
                return depth
        return None


class Trial:
    """A context manager, good for one ``with``; what it yields is the cluster.

    The thread that enters it is the only one that may use the cluster until it is closed.
    """

    __slots__ = ("_cluster", "_entered")

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self._entered = False

    def __enter__(self) -> Cluster:
        """Open the trial.

        Raises:
            UsageError: it was entered before, or another call is under way.
        """
        _open(self._cluster, self)
        return self._cluster

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Put the cluster back; an exception passes through.

        Raises:
            UsageError: it is not open (any more), or trials that were opened after it were still
                open; these are closed too.
        """
        left_open = _close(self._cluster, self)
        if left_open:
            raise UsageError(
                f"{left_open} trial{'s' if left_open > 1 else ''} opened inside this one "
                "had not been closed; all of them are closed now"
            )

    def __repr__(self) -> str:
        state = "open" if self._cluster._trials.depth_of(self) is not None else "not open"
        return f"<Trial of {self._cluster!r}, {state}>"

    @property
    def entered(self) -> bool:
        """Whether it has been entered."""
        return self._entered

    def mark_entered(self) -> None:
        """Note that it has been entered: a second time is refused."""
        self._entered = True


@changes
def _open(cluster: Cluster, trial: Trial) -> None:
    if trial.entered:
        raise UsageError("a trial can be entered once; make another with cluster.trial()")
    saved = cluster.store.copy()
    trial.mark_entered()
    cluster._trials.open.append((trial, saved, cluster._epochs.oldest))
    cluster.guard.trial_thread = get_ident()


@changes
def _close(cluster: Cluster, trial: Trial) -> int:
    """Close a trial and those opened after it; return how many these were."""
    depth = cluster._trials.depth_of(trial)
    if depth is None:
        raise UsageError("this trial is not open: it was closed before, or with one around it")
    _, saved, oldest = cluster._trials.open[depth]
    left_open = len(cluster._trials.open) - depth - 1
    cluster.store.restore(saved)
    cluster._epochs.oldest = oldest
    del cluster._trials.open[depth:]
    if not cluster._trials.open:
        cluster.guard.trial_thread = None
    return left_open
