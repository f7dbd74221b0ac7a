"""Which calls of a cluster may run at the same time (C53).

In: the beginning and the end of every public call.  Out: ``UsageError`` for a call that would meet
another one that it must not meet.  Nothing waits here: a cluster has no lock.

- Calls that only read run side by side.
- A call that changes the cluster runs alone.  A call of another thread that meets it is refused,
  and it is refused itself if it meets a call that reads.
- A filter, ranker or reporter that is called from inside a call may read, and may not change.
- While a trial is open, only the thread that opened it may call anything (C21).

Why this is enough without a lock: every step that publishes a call (one store into a dict) and
every look at those of other threads is one operation of the interpreter, which the GIL keeps whole.
A call publishes itself before it looks, so that of two calls that meet at least one sees the other.
``finally`` blocks here make no calls, because a signal such as Ctrl-C can arrive at each call.
A call that it ends may have changed something, so that ``change_count`` rises then too (C54), and
what is derived from columns is derived again.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from threading import get_ident
from typing import Concatenate, ParamSpec, Protocol, TypeVar

from placement.errors import PlacementError, UsageError

__all__ = ["CallGuard", "Guarded", "changes", "reads"]

P = ParamSpec("P")
R = TypeVar("R")

Token = tuple[int]
"""One running call that changes, with its thread; compared by identity."""

_CHANGE = "change"
_OTHER_THREAD = "another thread is changing this cluster; give each thread a copy, or hold a lock"
_BUSY = (
    "this cluster is being read, by another thread or by the call that asks this filter, ranker "
    "or reporter; it cannot be changed at the same time"
)
_INSIDE = "a filter, ranker or reporter cannot change the cluster that asks it"
_TRIAL = "a trial of this cluster is open in another thread"


class CallGuard:
    """The calls of one cluster that are running now.

    Attributes:
        readers: The threads that have a call running that reads.
        changer: The running call that changes, under one fixed key; empty if there is none.
        trial_thread: The thread that has a trial open, None if no trial is open.
    """

    __slots__ = ("changer", "readers", "trial_thread")

    def __init__(self) -> None:
        self.readers: dict[int, None] = {}
        self.changer: dict[str, Token] = {}
        self.trial_thread: int | None = None

    def check_read(self) -> None:
        """Refuse a call that reads while another thread changes the cluster or tries something.

        Raises:
            UsageError: such a call or trial is under way.
        """
        changer = self.changer.get(_CHANGE)
        if changer is not None and changer[0] != get_ident():
            raise UsageError(_OTHER_THREAD)
        self.check_thread()

    def check_thread(self) -> None:
        """Refuse a call of another thread while a trial is open.

        Raises:
            UsageError: a trial of another thread is open.
        """
        if self.trial_thread is not None and self.trial_thread != get_ident():
            raise UsageError(_TRIAL)

    def check_change(self, first: Token, token: Token) -> None:
        """Refuse a call that would change the cluster and meets another call.

        Args:
            first: The call that is published as the one that changes.
            token: This call.

        Raises:
            UsageError: it is another one, or a call that reads is running, or a trial of another
                thread is open.
        """
        if first is not token:
            raise UsageError(_INSIDE if first[0] == token[0] else _OTHER_THREAD)
        if self.readers:
            raise UsageError(_BUSY)
        self.check_thread()


class Guarded(Protocol):
    """What the decorators need of the object whose calls they guard."""

    guard: CallGuard
    change_count: int

    def _void_derived(self) -> None: ...


G = TypeVar("G", bound=Guarded)


def reads(method: Callable[Concatenate[G, P], R]) -> Callable[Concatenate[G, P], R]:
    """Return a method, or a function of a cluster, that reads it.

    It is refused while another thread changes the cluster.
    """

    @wraps(method)
    def call(self: G, /, *args: P.args, **kwargs: P.kwargs) -> R:
        guard = self.guard
        readers = guard.readers
        thread = get_ident()
        if thread in readers:  # called from inside a call that reads, which keeps changes away
            return method(self, *args, **kwargs)
        readers[thread] = None
        try:
            if guard.changer or guard.trial_thread is not None:
                guard.check_read()
            return method(self, *args, **kwargs)
        finally:
            del readers[thread]

    return call


def changes(method: Callable[Concatenate[G, P], R]) -> Callable[Concatenate[G, P], R]:
    """Return a method that changes the cluster, refused while any other call runs.

    ``change_count`` rises when it returns, and when anything but a refusal of ours ends it.
    """

    @wraps(method)
    def call(self: G, /, *args: P.args, **kwargs: P.kwargs) -> R:
        guard = self.guard
        token = (get_ident(),)
        changer = guard.changer
        try:
            first = changer.setdefault(_CHANGE, token)
            if first is not token or guard.readers or guard.trial_thread is not None:
                guard.check_change(first, token)
            try:
                result = method(self, *args, **kwargs)
            except PlacementError:  # refused: nothing has changed
                raise
            except BaseException:  # a signal's: perhaps after the change, before it was counted
                self.change_count += 1
                self._void_derived()
                raise
            self.change_count += 1
            return result
        finally:
            if _CHANGE in changer and changer[_CHANGE] is token:
                del changer[_CHANGE]

    return call
