"""Functions of the caller, called while time moves: each answer is kept until the call is over.

In: functions and arguments.  Out: their answers.  A session's ``advance`` that such a function
interrupts goes back to the state before the instant: it restores a copy from the beginning of the
call and plays the instants before once more, with the answers of then (``advance``).  The model
itself is deterministic, so it asks the same questions in the same order.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from typing import Any

from placement.ecs.control.interrupts import interruptible

__all__ = ["CallerFunctions"]


class CallerFunctions:
    """The answers of one ``advance``.

    Attributes:
        is_asking: Whether a function of the caller is running: it may only read (C55).
    """

    def __init__(self) -> None:
        self.answers: list[Any] = []
        self.is_asking = False
        self._is_open = False
        self._replayed = 0

    def begin(self) -> None:
        """A call that moves time begins: nothing has been asked."""
        self.answers.clear()
        self._replayed = 0

    def replay(self, answers: list[Any]) -> None:
        """Give these answers first, in their order, instead of calling."""
        self.answers = list(answers)
        self._replayed = 0

    @contextmanager
    def together(self) -> Iterator[None]:
        """Ask many functions in this block; SIGINT is handled at once in all of it.

        To switch that for each question takes longer than a small function.  The block must be part
        of an instant that is undone when it is interrupted: where functions may be asked.
        """
        was_open, self._is_open = self._is_open, True
        try:
            with nullcontext() if was_open else interruptible():
                yield
        finally:
            self._is_open = was_open

    def ask(self, function: Callable[..., Any], *arguments: Any) -> Any:
        """Return what a function answers, or answered in the play before."""
        if self._replayed < len(self.answers):
            self._replayed += 1
            return self.answers[self._replayed - 1]
        was_asking, self.is_asking = self.is_asking, True
        try:
            if self._is_open:
                answer = function(*arguments)
            else:
                with interruptible():
                    answer = function(*arguments)
        finally:
            self.is_asking = was_asking
        self.answers.append(answer)
        self._replayed += 1
        return answer
