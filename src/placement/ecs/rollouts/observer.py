"""Reads a service after each instant: its tasks by class, what the history says, its traffic.

In: an account and a service.  Out: ``RolloutPoint`` for each instant after which something was
different, ``RolloutEvent`` for each event.  Reads records and the history, and changes nothing.
"""

from __future__ import annotations

from collections import Counter
from fractions import Fraction

import attrs

from placement.ecs.control.account import Account
from placement.ecs.control.load_balancing.records import Rule
from placement.ecs.control.services.deployments import configuration_of
from placement.ecs.control.services.records import DeploymentRecord, ServiceRecord
from placement.ecs.control.services.statuses import ServiceDeploymentStatus
from placement.ecs.control.services.stops import BY_SCHEDULER
from placement.ecs.control.task_records import TaskRecord
from placement.ecs.rollouts.values import Revision, RevisionCounts, RolloutEvent, RolloutPoint
from placement.services.limits import lower_bound, upper_bound
from placement.services.model import TaskClass
from placement.timestamps import microseconds

__all__ = ["Observer"]

_STATUSES = frozenset(one.value for one in ServiceDeploymentStatus)
"""What the history says of a service deployment, beside stages, weights and hooks."""

_ENDS = "desiredStatus STOPPED"
"""What the history says of a task that is to stop."""


@attrs.define
class _Happened:
    """What the history says of an instant, by the number of the deployment."""

    started: Counter[int] = attrs.field(factory=Counter)
    stopped: Counter[int] = attrs.field(factory=Counter)
    failed: dict[int, Counter[str]] = attrs.field(factory=dict)
    changes: list[str] = attrs.field(factory=list)


class Observer:
    """Reads a service after each instant.

    Attributes:
        points: What was different so far.
        events: The events so far.
    """

    def __init__(self, account: Account, service: ServiceRecord) -> None:
        self._account = account
        self._service = service
        self._read = len(account.time.history)
        self._target = service.primary
        self._revisions: dict[int, Revision] = {}
        self._numbers: dict[str, int] = {}
        self.points: list[RolloutPoint] = []
        self.events: list[RolloutEvent] = []
        for deployment in sorted(service.deployments, key=lambda one: one.number):
            self._note(deployment)

    @property
    def revisions(self) -> tuple[Revision, ...]:
        """The deployments that took part, the newest first."""
        return tuple(self._revisions[number] for number in sorted(self._revisions, reverse=True))

    def look(self) -> RolloutPoint | None:
        """Read what is now; return it where it differs from before."""
        for deployment in self._service.deployments:
            if deployment.number not in self._revisions:
                self._note(deployment)
        happened = self._happened()
        point = self._point(happened)
        if self.points and not _differs(self.points[-1], point):
            return None
        self.points.append(point)
        return point

    def _note(self, deployment: DeploymentRecord) -> None:
        definition = deployment.revision.definition
        name = f"{definition.family}:{definition.revision}"
        same = sum(one.task_definition == definition.arn for one in self._revisions.values())
        self._revisions[deployment.number] = Revision(
            deployment.number,
            deployment.id,
            definition.arn,
            f"{name}#{same + 1}" if same else name,
            deployment is self._target,
        )
        self._numbers[deployment.id] = deployment.number

    # What happened

    def _happened(self) -> _Happened:
        """Read what was added to the history since the last time."""
        history, service = self._account.time.history, self._service
        found = _Happened()
        runs = f":service-deployment/{service.cluster.name}/{service.name}/"
        tasks = f":task/{service.cluster.name}/"
        for record in history[self._read :]:
            if record.subject == service.arn:
                if record.what == "event":
                    self.events.append(RolloutEvent(microseconds(record.time), record.reason))
            elif record.subject in self._numbers:
                name = self._revisions[self._numbers[record.subject]].name
                found.changes.append(_said(f"deployment of {name} {record.what}", record.reason))
            elif runs in record.subject:
                is_status = record.what in _STATUSES
                what = f"service deployment {record.what}" if is_status else record.what
                found.changes.append(_said(what, record.reason))
            elif tasks in record.subject and record.what in ("created", _ENDS):
                self._count(found, record.subject, record.what, record.reason)
        self._read = len(history)
        return found

    def _count(self, found: _Happened, arn: str, what: str, reason: str) -> None:
        """Count a task that was created or told to stop, if it is one of the service."""
        task = self._service.cluster.tasks.get(arn.rpartition("/")[2])
        number = None if task is None else self._number_of(task)
        if task is None or number is None:
            return
        if what == "created":
            found.started[number] += 1
        elif task.stop is not None and task.stop.code == BY_SCHEDULER:
            found.stopped[number] += 1
        else:
            found.failed.setdefault(number, Counter())[reason] += 1

    def _number_of(self, task: TaskRecord) -> int | None:
        if task.settings.group != self._service.group:
            return None
        return self._numbers.get(task.settings.started_by or "")

    # What is

    def _point(self, happened: _Happened) -> RolloutPoint:
        service = self._service
        shares = self._shares()
        counts = {}
        by_number = {one.number: one for one in service.deployments}
        for number in sorted(self._revisions, reverse=True):
            deployment = by_number.get(number)
            state = RevisionCounts() if deployment is None else _counts(deployment)
            counts[number] = attrs.evolve(
                state,
                started=happened.started[number],
                stopped=happened.stopped[number],
                failed=dict(happened.failed.get(number, {})),
                traffic=None if shares is None else shares.get(number, Fraction(0)),
            )
        desired, lower, upper = self._bounds()
        return RolloutPoint(
            self._account.time.now, desired, lower, upper, counts, tuple(happened.changes)
        )

    def _bounds(self) -> tuple[int, int, int]:
        """Return the desired count and the bounds of healthy and of active tasks (S4.1, D46)."""
        service = self._service
        primary = service.primary
        settings = configuration_of(service)
        desired = service.desired_count
        if service.scheduling == "DAEMON" and primary is not None:
            desired = primary.desired_shown or desired  # 0 until a pass has looked at it (D17)
        if settings.shifts_traffic:
            return desired, desired, 2 * desired
        return (
            desired,
            lower_bound(desired, settings.minimum_percent),
            upper_bound(desired, settings.maximum_percent),
        )

    def _shares(self) -> dict[int, Fraction] | None:
        """Return each deployment's share of the first production rule that the model knows."""
        rule = self._rule()
        if rule is None:
            return None
        account = self._account
        found: dict[int, Fraction] = {}
        for key, share in account.elb.traffic(rule).items():
            for arn in rule.groups():
                task = account.live.get(account.targets.get((arn, key), -1))
                life = None if task is None else task.life
                if life is not None and life.service is self._service and life.deployment:
                    number = life.deployment.number
                    found[number] = found.get(number, Fraction(0)) + share
                    break
        return found

    def _rule(self) -> Rule | None:
        """Return the rule of production traffic; else the first that forwards to a group."""
        elb, primary = self._account.elb, self._service.primary
        if primary is None:
            return None
        for binding in primary.revision.load_balancers:
            named = binding.production_rule
            rule = None if named is None else elb.find_rule(named)
            if rule is not None:
                return rule
            group = elb.targets.groups.get(binding.target_group_arn or "")
            first = None if group is None else next(iter(group.rules), None)
            if first is not None:
                return elb.rules[first]
        return None


def _counts(deployment: DeploymentRecord) -> RevisionCounts:
    pools = {one: len(deployment.pools[one]) for one in TaskClass}
    return RevisionCounts(
        pending=pools[TaskClass.PENDING],
        warming=pools[TaskClass.WARMING],
        healthy=pools[TaskClass.HEALTHY] + pools[TaskClass.DRAINING],
        unhealthy=pools[TaskClass.UNHEALTHY],
        draining=pools[TaskClass.DRAINING] + pools[TaskClass.DRAINING_WARMING],
        active=sum(pools.values()),
        stopping=len(deployment.stopping),
    )


def _differs(before: RolloutPoint, now: RolloutPoint) -> bool:
    """Return whether something happened, or is different."""
    if now.changes or any(one.has_happened for one in now.revisions.values()):
        return True
    if (before.desired, before.lower, before.upper) != (now.desired, now.lower, now.upper):
        return True
    if before.revisions.keys() != now.revisions.keys():
        return True
    return any(not one.is_like(before.revisions[key]) for key, one in now.revisions.items())


def _said(what: str, reason: str) -> str:
    return f"{what} ({reason.removesuffix('.')})" if reason else what
