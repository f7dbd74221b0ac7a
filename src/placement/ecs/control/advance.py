"""Model time moves: instants in order, each with its phases, until nothing is due (S1.2).

In: an account and the moment to reach.  Out: everything that fell due has happened.  What an entry
of the queue means is looked up in one table; decisions are made elsewhere.

An instant that a function of the caller interrupts has not happened (C27): the account is put back
to a copy from the beginning of the call, and the instants before are played again.
"""

from __future__ import annotations

from collections.abc import Callable
from heapq import heapify, heappop, heappush
from typing import Any

from placement.ecs.control import health, instance_events, lifecycle, told_events
from placement.ecs.control.account import Account
from placement.ecs.control.capacity.changes import finish_changes
from placement.ecs.control.capacity.launches import launched
from placement.ecs.control.capacity.managed.choice import choose_instances, try_again
from placement.ecs.control.capacity.managed.ending import leave as leave_managed
from placement.ecs.control.capacity.managed.launching import launch_is_over
from placement.ecs.control.capacity.managed.optimisation import look_at_instances, look_is_due
from placement.ecs.control.capacity.minutes import full_minute
from placement.ecs.control.capacity.placing import fall_back, place_waiting_tasks, wait_is_over
from placement.ecs.control.capacity.terminations import drained, leave, terminate_by_id
from placement.ecs.control.capacity.waiting import FALL_BACK
from placement.ecs.control.collector import no_collection
from placement.ecs.control.copying import copy_account, restore_account
from placement.ecs.control.daemons.passes import run_daemon_passes, wake_daemon
from placement.ecs.control.daemons.rollouts import finish_definitions
from placement.ecs.control.interrupts import uninterrupted
from placement.ecs.control.metrics.evaluation import ACTIONS, LOOK, enter_look
from placement.ecs.control.model_time import Phase
from placement.ecs.control.protection import end_protection_of
from placement.ecs.control.scaling.activities import FOLLOW, follow_activities
from placement.ecs.control.scaling.instants import look_at_metrics, run_actions
from placement.ecs.control.scaling.schedules import SCHEDULED, run_scheduled_action
from placement.ecs.control.services.fallbacks import RETRY_ELSEWHERE, retry_elsewhere
from placement.ecs.control.services.passes import service_pass
from placement.ecs.control.services.records import ServiceRecord
from placement.ecs.control.services.targets import task_of_change
from placement.ecs.control.services.zone_watch import find_zones_again

__all__ = ["is_at_rest", "next_moment", "run_until"]

FORGETFUL = frozenset({"forget", "again", "purge"})
"""Entries that change nothing that anybody waits for (C40)."""

TRANSITIONS = frozenset(
    {
        *("task", "warm", "pulled", "drain", "zones"),
        *("providers", "launched", "leave", "terminate", "reclaim"),
        *("managed-launched", "managed-leave", "daemon-definitions"),
    }
)
"""Entries that a steady account has none of (C40).

Those of deployments, hooks and retries need not be asked for: a service that has one of them under
way is not steady, and others are left from what has ended.
"""


def run_until(account: Account, moment: int, stop_when: Callable[[], bool] | None = None) -> bool:
    """Run what is due up to and including a moment, which is then the time.

    Args:
        account: Whose time moves.
        moment: The moment to reach.
        stop_when: Asked before the first instant and after each; true: the time stays there.

    Returns:
        Whether ``stop_when`` came true.
    """
    guard = _Guard(account)
    if stop_when is not None and stop_when():
        return True
    while True:
        due = next_moment(account)
        if due is None or due > moment:
            break
        with uninterrupted(), no_collection(), guard:
            run_instant(account, due)
        if stop_when is not None and stop_when():
            return True
        if stop_when is not None and not _may_change(account):
            break
    account.time.now = max(account.time.now, moment)
    return False


def next_moment(account: Account) -> int | None:
    """Return when something is due next, None if nothing is."""
    if account.metrics.is_look_open:
        enter_look(account)
    now = account.time.now
    if account.alarms.has_changes or _is_due_now(account):
        return now
    moments = [account.time.queue.next_moment(), account.elb.targets.next_due()]
    due = min((one for one in moments if one is not None), default=None)
    return None if due is None else max(now, due)


def _is_due_now(account: Account) -> bool:
    """Return whether calls or events have left something to do at this instant."""
    return bool(account.time.told) or _is_woken(account)


def _is_woken(account: Account) -> bool:
    """Return whether passes are to look at something, or waiting tasks are tried next."""
    passes = account.woken or account.daemons.woken
    return bool(passes or account.placeable or account.choosing)


def _may_change(account: Account) -> bool:
    """Return whether anything is due but forgetting and repeated events (C40)."""
    if _is_due_now(account) or account.elb.targets.next_due() is not None:
        return True
    return account.time.queue.has_others(FORGETFUL)


def is_at_rest(account: Account) -> bool:
    """Return whether everything is steady (C40): services, and no transition or retry is due."""
    if _is_due_now(account):
        return False
    if account.unsteady or account.time.moving or account.daemons.is_rolling_out:
        return False
    if account.elb.targets.next_due() is not None and account.elb.targets.is_draining():
        return False
    queue = account.time.queue
    return not queue.has_any(TRANSITIONS) or not any(
        what[0] in TRANSITIONS and _holds(account, what) for _, _, what in queue.entries()
    )


def _holds(account: Account, what: tuple[Any, ...]) -> bool:
    """Return whether an entry still means something."""
    kind = what[0]
    if kind == "task":
        task = account.live.get(what[1])
        return task is not None and task.life is not None and task.life.token == what[2]
    if kind == "launched":
        group = account.groups.get(what[1])
        return group is not None and what[2] in group.instances
    if kind == "managed-launched":
        provider = account.providers.get(what[1])
        managed = None if provider is None else provider.managed
        return managed is not None and what[2] in managed.instances
    if kind in ("warm", "pulled"):
        return what[1] in account.live
    return True


# One instant


def run_instant(account: Account, moment: int) -> None:
    """Run everything that is due at a moment: its phases again and again until nothing is."""
    time = account.time
    time.now = max(time.now, moment)
    told, time.told = time.told, []
    for what in told:
        told_events.happen(account, what)
    now, queue = time.now, time.queue
    if account.daemons.woken:  # what calls have asked for comes before what is due
        run_daemon_passes(account)
    while True:
        for phase in (Phase.TASKS, Phase.INSTANCES):
            for what in queue.pop_due(now, phase):
                _HANDLERS[what[0]](account, *what[1:])
        if account.daemons.woken:  # before any other task (S7.3)
            run_daemon_passes(account)
        if account.placeable:  # D97
            place_waiting_tasks(account)
        if account.choosing:  # C45
            choose_instances(account)
        for change in account.elb.targets.apply(now):
            task = task_of_change(account, change)
            if task is not None:
                health.follow_health(account, task)
        for phase in (Phase.METRICS, Phase.SERVICES):
            for what in queue.pop_due(now, phase):
                _HANDLERS[what[0]](account, *what[1:])
        for alarm in account.alarms.take_changes():
            for number in account.alarm_watchers.get(alarm.name, ()):
                _wake(account, number)
            account.daemons.alarm_changed(alarm.name)
        _run_passes(account)
        due = account.elb.targets.next_due()
        if queue.is_due(now) or _is_woken(account):
            continue
        if due is not None and due <= now:
            continue
        if not account.looking:
            return
        look_at_instances(account)  # by what they have when all else has been done


def _run_passes(account: Account) -> None:
    """Run the passes of the services that were woken: daemons first, then by creation (D3).

    A service that is woken meanwhile and comes later in this order is looked at in the same sweep,
    an earlier one in the next.  What a pass does to its own service wakes it no second time: the
    pass has repeated its rounds until one did nothing.
    """
    woken = account.woken
    sweep = [_order(account.services[one]) for one in woken if one in account.services]
    listed = {number for _, number in sweep}
    later: set[int] = set()
    woken.clear()
    heapify(sweep)
    while sweep:
        place = heappop(sweep)
        number = place[1]
        listed.discard(number)
        service = account.services.get(number)
        if service is not None:
            service_pass(account, service)
            if number in account.scaling.open:
                follow_activities(account, number)
        woken.discard(number)
        for other in woken:
            service = account.services.get(other)
            if service is None or other in listed:
                continue
            if _order(service) > place:
                heappush(sweep, _order(service))
                listed.add(other)
            else:
                later.add(other)
        woken.clear()
    woken |= later


def _order(service: ServiceRecord) -> tuple[bool, int]:
    return service.scheduling != "DAEMON", service.number


# What entries mean


def _move_task(account: Account, number: int, token: int) -> None:
    task = account.live.get(number)
    life = None if task is None else task.life
    if task is not None and life is not None and life.token == token and life.due is not None:
        lifecycle.move(account, task)


def _wake(account: Account, number: int) -> None:
    service = account.services.get(number)
    if service is not None:
        account.wake_service(service)


def _purge(account: Account, number: int) -> None:
    """Forget a service that has been INACTIVE for long (D12)."""
    service: ServiceRecord | None = account.services.pop(number, None)
    if service is not None and service.cluster.services.get(service.name) is service:
        del service.cluster.services[service.name]


_HANDLERS: dict[str, Callable[..., None]] = {
    "task": _move_task,
    "pulled": lifecycle.pulled,
    "forget": lifecycle.forget,
    "warm": health.warm_up,
    "grace": health.end_grace,
    "check": health.check_containers,
    "unprotect": end_protection_of,
    "drain": instance_events.begin_draining,
    "zones": find_zones_again,
    "retry": _wake,
    "deployment": _wake,
    "hook": _wake,
    "again": _wake,
    "rebalance": _wake,
    "purge": _purge,
    "providers": finish_changes,
    "waited": wait_is_over,
    FALL_BACK: fall_back,
    RETRY_ELSEWHERE: retry_elsewhere,
    "launched": launched,
    "leave": leave,
    "drained": drained,
    "terminate": terminate_by_id,
    "groups": full_minute,
    "reclaim": told_events.reclaim,
    "daemon": wake_daemon,
    "daemon-definitions": finish_definitions,
    "managed": look_is_due,
    "managed-launched": launch_is_over,
    "managed-leave": leave_managed,
    "managed-retry": try_again,
    LOOK: look_at_metrics,
    ACTIONS: run_actions,
    SCHEDULED: run_scheduled_action,
    FOLLOW: follow_activities,
}


class _Guard:
    """Puts an account back where an instant did not come to its end (C27).

    The copy is made before the first instant of a call, if functions of the caller may be asked.
    """

    def __init__(self, account: Account) -> None:
        self._account = account
        self._copy: Account | None = None
        self._moments: list[int] = []
        account.functions.begin()
        self._answers = 0

    def __enter__(self) -> None:
        account = self._account
        if self._copy is None and account.asks_caller:
            self._copy = copy_account(account)
        self._next = next_moment(account)

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        account = self._account
        if kind is None:
            if self._next is not None:
                self._moments.append(self._next)
            self._answers = len(account.functions.answers)
        elif self._copy is not None:
            answers = account.functions.answers[: self._answers]
            restore_account(account, self._copy)
            account.functions.replay(answers)
            for moment in self._moments:
                run_instant(account, moment)
