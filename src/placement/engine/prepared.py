"""A prepared request: checked, its defaults filled in.

In: a task, a group, rules.  Out: ``PreparedRequest``, good for one cluster, which it knows
by a token only.  Holds no rows; nothing is decided here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs

from placement.engine.criteria import Criteria
from placement.engine.request import Task
from placement.errors import UsageError, describe_value
from placement.model.checks import checked_group

if TYPE_CHECKING:
    from placement.engine.plugins import AnyRanker, Filter
    from placement.engine.ranking import Ranking
    from placement.engine.request import Constraint, Strategy
    from placement.engine.rules import Rules

__all__ = ["Epochs", "PreparedRequest", "checked_task", "group_of"]


@attrs.define
class Epochs:
    """Which prepared requests of a cluster are good: those of the epochs that did not end.

    Each ``compact`` ends all epochs and begins another (C7).  A trial that is left brings the
    epochs from before it back; those that began inside stay good, and no number is used again
    (C54).
    """

    newest: int = 0
    oldest: int = 0
    """The oldest epoch that has not ended."""

    def holds(self, epoch: int) -> bool:
        """Return whether requests of an epoch are good."""
        return epoch >= self.oldest

    def end_all(self) -> None:
        """End all epochs and begin another."""
        self.newest += 1
        self.oldest = self.newest


class PreparedRequest:
    """A request that a cluster has prepared, to be decided any number of times.

    Made by ``cluster.prepare``; good for that cluster until ``compact``, also for threads that take
    turns.

    Attributes:
        task: What is asked for.
        group: The task group.
        rules: Its constraints and strategies, which other requests may share.
        static_ports: How many static host ports the task asks for.
        has_order: Whether the engine can keep its instances in order; otherwise each decision is a
            full scan.
    """

    __slots__ = (
        "__weakref__",
        "epoch",
        "generation",
        "group",
        "has_order",
        "number",
        "owner",
        "rules",
        "static_ports",
        "task",
    )

    def __init__(self, owner: object, epoch: int, task: Task, group: str, rules: Rules) -> None:
        """Put together what has been checked: ``checked_task``, ``group_of``, ``Rules``."""
        self.owner = owner
        self.epoch = epoch
        self.task = task
        self.group = group
        self.rules = rules
        self.static_ports = len(task.tcp_ports) + len(task.udp_ports)
        self.has_order = rules.has_order
        self.generation = -1
        self.number = -1

    @property
    def constraints(self) -> tuple[Constraint | Filter, ...]:
        """The constraints of the task definition and of the call, together."""
        return self.rules.constraints

    @property
    def strategy(self) -> tuple[Strategy | AnyRanker, ...]:
        """The strategies, defaults filled in."""
        return self.rules.strategy

    @property
    def remarks(self) -> tuple[str, ...]:
        """What is probably not meant by the strategies (2.9)."""
        return self.rules.remarks

    @property
    def ranking(self) -> Ranking:
        """The strategies as sort keys."""
        return self.rules.ranking

    @property
    def criteria(self) -> Criteria:
        """What its instance must meet."""
        return Criteria(self.task, self.group, self.rules.constraints)

    def __repr__(self) -> str:
        strategies = ", ".join([getattr(item, "name", None) or str(item) for item in self.strategy])
        limits = ", ".join(
            [getattr(item, "reason", None) or str(item) for item in self.constraints]
        )
        sizes = f"cpu={self.task.cpu} memory={self.task.memory}"
        where = f" where {limits}" if limits else ""
        return f"<PreparedRequest: {sizes} for {self.group} by {strategies}{where}>"


def checked_task(task: Any) -> Task:
    """Return what is asked for, if it is a task.

    Raises:
        UsageError: it is something else.
    """
    if not isinstance(task, Task):
        raise UsageError(f"expected a Task, not {describe_value(task)}")
    return task


def group_of(task: Task, group: Any) -> str:
    """Return the group of a request: by default ``family:`` and the task's family (C14).

    Raises:
        DocumentError: the group is no text, or too long.
    """
    return f"family:{task.family}" if group is None else checked_group(group, "group")
