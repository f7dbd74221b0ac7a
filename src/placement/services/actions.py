"""What the cores ask for: starts and stops of tasks, each with its cause.

In: nothing.  Out: values that a driver carries out one by one; it answers each with the number of
tasks that were started or stopped, from 0 to ``count`` (C51).  Less than ``count`` means that no
more could be done.  Which instance a task goes to, and which task of a class stops, is not said
here.
"""

from __future__ import annotations

import enum

import attrs

from placement.errors import UsageError, describe_value
from placement.services.model import TaskClass

__all__ = [
    "DRAINING_ORDER",
    "SURPLUS_ORDER",
    "Action",
    "Cause",
    "StartTasks",
    "StopTasks",
    "checked_number",
]


class Cause(enum.Enum):
    """Why tasks start or stop; the value is the cause as a sentence."""

    SCALING = "the revision does not have as many tasks as it should have"
    DEPLOYMENT = "a deployment replaces the tasks of older revisions"
    UNHEALTHY = "a task failed its health checks"
    DRAINING = "a task is on an instance that is DRAINING"
    ZONE_REBALANCING = "tasks are spread evenly over Availability Zones"
    DAEMON = "every qualifying instance runs one task of the daemon"
    SERVICE_DELETED = "the service was deleted"

    @property
    def sentence(self) -> str:
        """The cause as a sentence without full stop."""
        return self.value


def _check_count(count: int) -> None:
    if count < 1:
        raise UsageError(f"an action is about at least 1 task, not {describe_value(count)}")


@attrs.frozen
class StartTasks:
    """Start tasks of one revision, one after the other.

    Attributes:
        revision: Number of the revision.
        count: How many, at least 1.
        cause: Why.
        zone: The Availability Zone they must go to; None: the engine chooses.

    Raises:
        UsageError: ``count`` is below 1.
    """

    revision: int
    count: int
    cause: Cause
    zone: str | None = None

    def __attrs_post_init__(self) -> None:
        _check_count(self.count)


@attrs.frozen
class StopTasks:
    """Stop tasks of one class of one revision.

    Of the protected tasks only unhealthy and draining ones may be among them, unless
    ``even_protected`` says so.

    Attributes:
        revision: Number of the revision.
        task_class: The class they are in.
        count: How many, at least 1.
        cause: Why.
        zone: The Availability Zone they are in; None: any.
        even_protected: Whether any protected task may be among them.

    Raises:
        UsageError: ``count`` is below 1.
    """

    revision: int
    task_class: TaskClass
    count: int
    cause: Cause
    zone: str | None = None
    even_protected: bool = False

    def __attrs_post_init__(self) -> None:
        _check_count(self.count)


Action = StartTasks | StopTasks
"""What a core yields."""

SURPLUS_ORDER = (TaskClass.PENDING, TaskClass.WARMING, TaskClass.HEALTHY)
"""Which class a surplus is taken from first (S4.5)."""

DRAINING_ORDER = (TaskClass.DRAINING_WARMING, TaskClass.DRAINING)
"""Which draining tasks stop first: those that nobody relies on yet."""


def checked_number(action: Action, number: int) -> int:
    """Return how many tasks a driver has started or stopped for an action, once checked.

    Raises:
        UsageError: it is not a number from 0 to what the action asks for.
    """
    if type(number) is not int or not 0 <= number <= action.count:
        raise UsageError(
            f"after each action a core is sent a number from 0 to {action.count}, "
            f"not {describe_value(number)}"
        )
    return number
