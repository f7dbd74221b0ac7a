"""The target groups of an account and their targets as time goes by (S9.3, S9.5).

In: groups, registrations and deregistrations, moments (whole microseconds).  Out: when a target
changes next, and the changes that have come.  A change that a call makes is in the records at once
and is reported, as every other, by the next ``apply``.  Must not know load balancers' rules, calls,
services or tasks.
"""

from __future__ import annotations

import copy
from heapq import heapify, heappop, heappush
from typing import Self

import attrs

from placement.ecs.control.load_balancing.records import HealthCheckSettings, TargetGroup
from placement.ecs.control.load_balancing.targets import (
    CheckResult,
    Finding,
    Target,
    TargetKey,
    TargetReason,
    TargetState,
    begin_checks,
    change_check,
    decide_at_once,
    next_moment,
    reason_of,
    set_finding,
    step,
)

__all__ = ["TargetChange", "TargetTable"]

_SPARE = 64
"""Entries that the queue may have beyond two for each target before it is swept."""


@attrs.frozen
class TargetChange:
    """A target has another state.

    Attributes:
        moment: When.
        group: The ARN of its group.
        key: Its id and port.
        before: Its state before; None: it was not registered.
        state: Its state now.
        reason: Why; None for a healthy one.
    """

    moment: int
    group: str
    key: TargetKey
    before: TargetState | None
    state: TargetState
    reason: TargetReason | None


class TargetTable:
    """Target groups by ARN, and what changes when in them.

    Attributes:
        groups: The groups.
        takes_time: Whether checks and draining take time.  Otherwise a target has the state that a
            check would find as soon as it is registered, and drains no moment (C39).
    """

    def __init__(self, *, takes_time: bool = False) -> None:
        self.takes_time = takes_time
        self.groups: dict[str, TargetGroup] = {}
        self._targets: dict[int, Target] = {}
        self._next_number = 0
        self._due: list[tuple[int, int]] = []
        self._changes: list[TargetChange] = []

    def copy(self) -> Self:
        """Return an independent table with the same future; functions of the caller are shared."""
        twin = type(self)(takes_time=self.takes_time)
        twin._targets = {number: copy.copy(one) for number, one in self._targets.items()}
        for arn, group in self.groups.items():
            twin.groups[arn] = copied = copy.copy(group)
            copied.rules = dict(group.rules)
            copied.attributes, copied.tags = dict(group.attributes), dict(group.tags)
            copied.targets = {key: twin._targets[one.number] for key, one in group.targets.items()}
        twin._next_number = self._next_number
        twin._due, twin._changes = list(self._due), list(self._changes)
        return twin

    # Reading

    def find(self, group: str, key: TargetKey) -> Target | None:
        """Return a registered target; None where it or its group is not there."""
        found = self.groups.get(group)
        return None if found is None else found.targets.get(key)

    def state_of(self, group: str, key: TargetKey) -> TargetState:
        """Return the state of a target; ``unused`` where it or its group is not there."""
        target = self.find(group, key)
        return TargetState.UNUSED if target is None else target.state

    def reason_of(self, target: Target, now: int) -> TargetReason | None:
        """Return why a target has its state; None for a healthy one."""
        return reason_of(target, self.groups[target.group].check, now)

    def is_draining(self) -> bool:
        """Return whether a target drains."""
        return any(
            target.drains_until is not None
            for group in self.groups.values()
            for target in group.targets.values()
        )

    # Targets

    def register(
        self,
        group: str,
        key: TargetKey,
        now: int,
        *,
        finding: Finding = CheckResult.HEALTHY,
        zone: str | None = None,
    ) -> Target:
        """Register a target; one that is registered stays as it is, a draining one begins again.

        Args:
            group: The ARN of a group that is there.
            key: Its id and port.
            now: When.
            finding: What its checks will find.
            zone: Its Availability Zone, where one was given.
        """
        record = self.groups[group]
        known = record.targets.get(key)
        if known is not None and known.state is not TargetState.DRAINING:
            return known
        number = self._next_number if known is None else known.number
        target = Target(group, key, number, zone, finding, now)
        if record.load_balancer is not None:
            self._begin(target, now)
        if known is None:
            self._next_number += 1
        self._put(target, None if known is None else known.state, now)
        return target

    def restore(self, target: Target) -> Target:
        """Enter a target in the state that a document gives it; nothing is reported (C50)."""
        target.number = self._next_number
        self._next_number += 1
        self._put(target, target.state, target.phase)
        return target

    def deregister(self, group: str, key: TargetKey, now: int) -> int:
        """Deregister a target and return the moment at which it becomes unused (S9.5).

        That is ``now`` for one that is not there, that is in no use, or where nothing takes time;
        the end of its delay for one that drains already.
        """
        target = self.find(group, key)
        if target is None:
            return now
        if target.drains_until is not None:
            return target.drains_until
        delay = self.groups[group].delay if self.takes_time else 0
        if target.state is TargetState.UNUSED or not delay:
            self._remove(target, now)
            return now
        before = target.state
        target.state, target.counts_at = TargetState.DRAINING, None
        target.drains_until = now + delay
        self._put(target, before, now)
        return now + delay

    def set_finding(self, group: str, key: TargetKey, finding: Finding, now: int) -> None:
        """Let the checks of a registered target find something else from ``now`` on (C42)."""
        target = self.groups[group].targets[key]
        before = target.state
        is_checked = before not in (TargetState.UNUSED, TargetState.DRAINING)
        if is_checked and not self.takes_time:
            target = copy.copy(target)
            target.finding = finding
            decide_at_once(target, now)
        else:
            set_finding(target, self.groups[group].check, finding, now)
        self._put(target, before, now)

    # Groups

    def remove_group(self, arn: str, now: int) -> None:
        """Forget a group and its targets, which become unused."""
        for target in list(self.groups[arn].targets.values()):
            self._remove(target, now)
        del self.groups[arn]

    def set_load_balancer(self, arn: str, load_balancer: str | None, now: int) -> None:
        """Note the load balancer that uses a group; None: none does, and nothing is checked."""
        group = self.groups[arn]
        was_used, group.load_balancer = group.load_balancer is not None, load_balancer
        if was_used is (load_balancer is not None):
            return
        for target in list(group.targets.values()):
            before = target.state
            if before is TargetState.DRAINING:
                continue
            if load_balancer is None:
                target.state, target.counts_at = TargetState.UNUSED, None
            else:
                self._begin(target, now)
            self._put(target, before, now)

    def change_settings(self, arn: str, settings: HealthCheckSettings, now: int) -> None:
        """Check the targets of a group by other settings from ``now`` on."""
        group = self.groups[arn]
        before = group.check
        group.settings = settings
        group.check = settings.check()
        for target in group.targets.values():
            change_check(target, before, now)
            self._schedule(target)

    # Time

    def next_due(self) -> int | None:
        """Return when ``apply`` has something to do next; None: not until something happens."""
        moments = [change.moment for change in self._changes[:1]]
        while self._due and not self._holds(*self._due[0]):
            heappop(self._due)
        moments.extend(moment for moment, _ in self._due[:1])
        return min(moments, default=None)

    def apply(self, now: int) -> list[TargetChange]:
        """Let everything happen that is due by a moment, in order; return the changes.

        Those of calls since the last time come first.  Where a function of the caller raises, what
        came before it has happened and is returned by the next call.
        """
        while self._due and self._due[0][0] <= now:
            moment, number = self._due[0]
            if self._holds(moment, number):
                self._step(self._targets[number], moment)
            else:
                heappop(self._due)
        changes, self._changes = self._changes, []
        return changes

    def _step(self, target: Target, moment: int) -> None:
        """Let what is due at a moment happen to a target."""
        before = target.state
        if before is TargetState.DRAINING:
            self._remove(target, moment)
            return
        if self.takes_time:
            step(target, self.groups[target.group].check, moment)
        else:
            decide_at_once(target, moment)
        self._put(target, before, moment)

    def _begin(self, target: Target, now: int) -> None:
        """Let a target of a group that is in use take part."""
        if self.takes_time:
            begin_checks(target, now)
        else:
            decide_at_once(target, now)

    # Records, reports and the queue together

    def _put(self, target: Target, before: TargetState | None, now: int) -> None:
        """Enter a target as it is now; report its state if it was another before."""
        self._targets[target.number] = target
        self.groups[target.group].targets[target.key] = target
        if target.state is not before:
            self._report(target, before, target.state, self.reason_of(target, now), now)
        self._schedule(target)

    def _remove(self, target: Target, now: int) -> None:
        """Forget a target, which is no longer registered."""
        del self.groups[target.group].targets[target.key], self._targets[target.number]
        reason = TargetReason.NOT_REGISTERED
        self._report(target, target.state, TargetState.UNUSED, reason, now)

    def _report(
        self,
        target: Target,
        before: TargetState | None,
        state: TargetState,
        reason: TargetReason | None,
        now: int,
    ) -> None:
        change = TargetChange(now, target.group, target.key, before, state, reason)
        self._changes.append(change)

    def _schedule(self, target: Target) -> None:
        """Enter into the queue when a target is to be looked at again."""
        due = self._next_moment(target)
        if due == target.due:
            return
        target.due = due
        if due is None:
            return
        heappush(self._due, (due, target.number))
        if len(self._due) > 2 * len(self._targets) + _SPARE:
            self._due = [entry for entry in self._due if self._holds(*entry)]
            heapify(self._due)

    def _next_moment(self, target: Target) -> int | None:
        check = self.groups[target.group].check
        if self.takes_time or target.state is TargetState.DRAINING:
            return next_moment(target, check)
        if target.state is TargetState.UNUSED or isinstance(target.finding, CheckResult):
            return None
        return target.phase + check.interval

    def _holds(self, moment: int, number: int) -> bool:
        """Return whether an entry of the queue is still that of its target."""
        target = self._targets.get(number)
        return target is not None and target.due == moment
