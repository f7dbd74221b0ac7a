"""What the caller passes to a session, as the account uses it: a clock, a function of behaviours.

In: functions of the caller.  Out: objects that can be pickled where the functions can.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any

from placement.ecs.calls.ecs.answers import task_answer
from placement.ecs.timing import Behaviour
from placement.errors import UsageError

if TYPE_CHECKING:
    from placement.ecs.control.task_records import TaskRecord

__all__ = ["CallerClock", "DescribedBehaviour"]


class CallerClock:
    """The caller's clock; calls from inside it see the time that it returned last (C55).

    Raises:
        UsageError: a call from inside needs the time, and the clock has not returned any yet.
    """

    def __init__(self, function: Callable[[], datetime]) -> None:
        self.function = function
        self._is_running = False
        self._last: datetime | None = None

    def __call__(self) -> datetime:
        """Return the time that the function gives, or gave last."""
        if self._is_running:
            if self._last is None:
                raise UsageError("the clock makes a call that needs the time, before it gave any")
            return self._last
        self._is_running = True
        try:
            self._last = self.function()
        finally:
            self._is_running = False
        return self._last


class DescribedBehaviour:
    """The caller's function of behaviours, given a task as DescribeTasks shows it (C27)."""

    def __init__(self, function: Callable[[dict[str, Any]], Behaviour | None]) -> None:
        self.function = function

    def __call__(self, task: TaskRecord) -> Any:
        """Return what the function says of a task."""
        return self.function(task_answer(task))
