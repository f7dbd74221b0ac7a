"""A trial: anything may be tried inside; afterwards nothing has happened (C21).

In: a cluster.  Out: the same cluster, put back to what it was when the trial was entered.  What is
called inside is not known here.
"""

from __future__ import annotations

from threading import get_ident
from types import TracebackType
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar

from placement.errors import UsageError
from placement.state.guard import Guarded, changes
from placement.state.store import Store

if TYPE_CHECKING:
    from placement.engine.prepared import Epochs

__all__ = ["Trial", "TrialStack"]


class Triable(Guarded, Protocol):
    """What a trial puts back and takes account of: a cluster."""

    store: Store
    _epochs: Epochs
    _trials: TrialStack
    _index: Any


C = TypeVar("C", bound=Triable)


class TrialStack:
    """The open trials of one cluster, the outermost first, each with what it puts back."""

    def __init__(self) -> None:
        self.open: list[tuple[Trial[Any], Store, int]] = []
        """Trial, the store as it was, the oldest epoch that was valid."""

    def __len__(self) -> int:
        return len(self.open)

    def depth_of(self, trial: Trial[Any]) -> int | None:
        """Return how many trials are around this one, None if it is not open."""
        for depth, (opened, _, _) in enumerate(self.open):
            if opened is trial:
                return depth
        return None


class Trial(Generic[C]):
    """A context manager, good for one ``with``; what it yields is the cluster.

    The thread that enters it is the only one that may use the cluster until it is closed.  A signal
    that arrives before ``__exit__`` has run its first instruction leaves it open, as it does any
    context manager written in Python; calling ``__exit__`` closes it.
    """

    __slots__ = ("_cluster", "_entered")

    def __init__(self, cluster: C) -> None:
        self._cluster = cluster
        self._entered = False

    def __enter__(self) -> C:
        """Open the trial.

        Raises:
            UsageError: it was entered before, or another call is under way.
        """
        try:
            _open(self._cluster, self)
        except UsageError:
            raise
        except BaseException:  # Ctrl-C: ``with`` does not close what was not entered to the end
            self._close_if_open()
            raise
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
        try:
            left_open = _close(self._cluster, self)
        except UsageError:
            raise
        except BaseException:  # Ctrl-C: put the cluster back before it passes through
            self._close_if_open()
            raise
        if left_open:
            raise UsageError(
                f"{left_open} trial{'s' if left_open > 1 else ''} opened inside this one "
                "had not been closed; all of them are closed now"
            )

    def _close_if_open(self) -> None:
        if self._cluster._trials.depth_of(self) is not None:
            _close(self._cluster, self)

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
def _open(cluster: Triable, trial: Trial[Any]) -> None:
    if trial.entered:
        raise UsageError("a trial can be entered once; make another with cluster.trial()")
    saved = cluster.store.copy()
    trial.mark_entered()
    cluster._trials.open.append((trial, saved, cluster._epochs.oldest))
    cluster.guard.trial_thread = get_ident()


@changes
def _close(cluster: Triable, trial: Trial[Any]) -> int:
    """Close a trial and those opened after it; return how many these were."""
    depth = cluster._trials.depth_of(trial)
    if depth is None:
        raise UsageError("this trial is not open: it was closed before, or with one around it")
    _, saved, oldest = cluster._trials.open[depth]
    left_open = len(cluster._trials.open) - depth - 1
    cluster._index = None  # whatever it knows is void, also if what follows is interrupted
    cluster.store.restore(saved)
    cluster._epochs.oldest = oldest
    del cluster._trials.open[depth:]
    if not cluster._trials.open:
        cluster.guard.trial_thread = None
    return left_open
