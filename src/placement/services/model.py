"""The state of a service as the cores see it: tasks counted by revision and class.

In: numbers that the driver keeps.  Out: frozen values.  A revision is a number: that of its
deployment, in order of creation, so that the larger of two is the newer.  Nothing here knows single
tasks, instances or time.
"""

from __future__ import annotations

import enum

import attrs

from placement.errors import UsageError, describe_value
from placement.services.limits import lower_bound, upper_bound

__all__ = ["NO_TASKS", "ClassCounts", "RevisionState", "ServiceState", "TaskClass"]


class TaskClass(enum.Enum):
    """The class of a task whose desiredStatus is RUNNING (S4.2).

    The value is the name of its number in ``ClassCounts``.

    - PENDING: lastStatus before RUNNING.
    - WARMING: RUNNING, neither healthy yet nor failed.
    - HEALTHY: passes its checks (4.3).
    - UNHEALTHY: a check failed outside the grace period (D27); also on a DRAINING instance, also
      protected (D102, D123).
    - DRAINING: RUNNING on a DRAINING instance and counted as healthy; without a load balancer that
      is every task there (S8).
    - DRAINING_WARMING: RUNNING on a DRAINING instance and not healthy yet.
    """

    PENDING = "pending"
    WARMING = "warming"
    HEALTHY = "healthy"
    UNHEALTHY = "unhealthy"
    DRAINING = "draining"
    DRAINING_WARMING = "draining_warming"


@attrs.frozen
class ClassCounts:
    """Numbers of tasks by class.

    Raises:
        UsageError: a number is below 0.
    """

    pending: int = 0
    warming: int = 0
    healthy: int = 0
    unhealthy: int = 0
    draining: int = 0
    draining_warming: int = 0

    def __attrs_post_init__(self) -> None:
        if self.least >= 0:
            return
        for task_class in TaskClass:
            if self.of(task_class) < 0:
                raise UsageError(
                    f"the number of {task_class.value} tasks is at least 0, "
                    f"not {describe_value(self.of(task_class))}"
                )

    def of(self, task_class: TaskClass) -> int:
        """Return the number of tasks in a class."""
        number: int = getattr(self, task_class.value)
        return number

    def plus(self, task_class: TaskClass, change: int) -> ClassCounts:
        """Return the counts with more (below 0: fewer) tasks in a class."""
        return attrs.evolve(self, **{task_class.value: self.of(task_class) + change})

    @property
    def least(self) -> int:
        """The smallest of the numbers."""
        return min(
            *(self.pending, self.warming, self.healthy),
            *(self.unhealthy, self.draining, self.draining_warming),
        )

    @property
    def active(self) -> int:
        """All tasks with desiredStatus RUNNING."""
        return self.staying + self.unhealthy + self.all_draining

    @property
    def staying(self) -> int:
        """The tasks that need no replacement: neither unhealthy nor draining."""
        return self.pending + self.warming + self.healthy

    @property
    def all_draining(self) -> int:
        """The tasks on DRAINING instances that are not unhealthy."""
        return self.draining + self.draining_warming


NO_TASKS = ClassCounts()
"""No task of any class."""


@attrs.frozen
class RevisionState:
    """A revision of a service with its tasks.

    Attributes:
        revision: Its number; a newer revision has a larger one.
        counts: Its tasks by class.
        protected: How many of them are protected from scale-in; only the numbers of pending,
            warming and healthy ones are read (D102).
        stopping: Its tasks with desiredStatus STOPPED that are not STOPPED yet.
        cap: The most slots that it may have as a source (S4.3); not read for the primary.
        extras: Tasks of the primary that a zone rebalancing started beyond the desired count; a
            rolling round leaves that many alone (S8).
        is_failed: Its deployment is FAILED: it starts no task (S5.3).
        may_start: False while starts wait, for the throttle or for the next placement attempt: no
            task of it starts and none is stopped to make room for one (D103).

    Raises:
        UsageError: a number is below 0, or more tasks are protected than there are.
    """

    revision: int
    counts: ClassCounts = NO_TASKS
    protected: ClassCounts = NO_TASKS
    stopping: int = 0
    cap: int = 0
    extras: int = 0
    is_failed: bool = False
    may_start: bool = True

    def __attrs_post_init__(self) -> None:
        for name, number in (
            ("stopping", self.stopping),
            ("cap", self.cap),
            ("extras", self.extras),
        ):
            if number < 0:
                raise UsageError(f"{name} is at least 0, not {describe_value(number)}")
        if self.protected is NO_TASKS:
            return
        for task_class in TaskClass:
            if self.protected.of(task_class) > self.counts.of(task_class):
                raise UsageError(
                    f"{self.protected.of(task_class)} {task_class.value} tasks are protected, "
                    f"of {self.counts.of(task_class)}"
                )

    @property
    def is_source(self) -> bool:
        """Whether a revision that is not the primary one still takes part (D101)."""
        return self.cap > 0 or self.counts.active > 0


@attrs.frozen
class ServiceState:
    """What a pass over a service reads.

    Attributes:
        desired: The desired count.
        primary: The revision of the PRIMARY deployment.
        sources: Every other revision that has tasks (also such as are stopping) or slots, the
            newest first.
        minimum_percent: minimumHealthyPercent, 0 to 100.
        maximum_percent: maximumPercent, at least 100.
        count_stopping: Option (A46): tasks that are stopping count against the upper bound.
        desired_at_failure: The desired count when the primary failed without rollback, else None.
            Until a new deployment nothing surplus is stopped (S5.3), unless the desired count is
            below this number: then somebody has scaled the service in.

    Raises:
        UsageError: a number is out of its bounds, or revisions are out of order.
    """

    desired: int
    primary: RevisionState
    sources: tuple[RevisionState, ...] = ()
    minimum_percent: int = 100
    maximum_percent: int = 200
    count_stopping: bool = False
    desired_at_failure: int | None = None

    def __attrs_post_init__(self) -> None:
        if self.desired < 0:
            raise UsageError(f"desired is at least 0, not {describe_value(self.desired)}")
        if not 0 <= self.minimum_percent <= 100 <= self.maximum_percent:
            raise UsageError(
                "minimum_percent is from 0 to 100 and maximum_percent at least 100, not "
                f"{describe_value(self.minimum_percent)} and {describe_value(self.maximum_percent)}"
            )
        if self.desired_at_failure is not None and not self.primary.is_failed:
            raise UsageError("desired_at_failure is given, but the primary revision is not failed")
        numbers = [source.revision for source in self.sources]
        if numbers != sorted({*numbers}, reverse=True) or self.primary.revision in numbers:
            raise UsageError(
                "sources are revisions other than the primary one, the newest first, "
                f"not {describe_value(numbers)} beside {describe_value(self.primary.revision)}"
            )

    @property
    def lower(self) -> int:
        """How many tasks a deployment keeps healthy."""
        return lower_bound(self.desired, self.minimum_percent)

    @property
    def upper(self) -> int:
        """How many tasks there may be."""
        return upper_bound(self.desired, self.maximum_percent)

    @property
    def keeps_surplus(self) -> bool:
        """Whether surplus tasks stay and caps do not fall: after a failure without rollback."""
        before = self.desired_at_failure
        return before is not None and self.desired > 0 and before <= self.desired

    @property
    def revisions(self) -> tuple[RevisionState, ...]:
        """The primary revision, then the sources from newest to oldest."""
        return (self.primary, *self.sources)
