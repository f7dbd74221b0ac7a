"""A steady service's tasks are moved between Availability Zones, batch by batch (4.9, S8.4).

In: a service that a pass looks at.  Out: tasks started and stopped as ``placement.services.zones``
says, and the events about it.  The batch under way is in ``ServiceRecord.rebalancing_state``;
rolling rounds leave its extra tasks alone.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from placement.ecs.control.account import Account
from placement.ecs.control.model_time import Phase
from placement.ecs.control.services.deployments import current_deployment
from placement.ecs.control.services.events import end_of_cause, say, say_once
from placement.ecs.control.services.records import DeploymentRecord, ServiceRecord
from placement.ecs.control.services.rolling_pass import Done, carry_out
from placement.ecs.control.services.zone_watch import zones_of
from placement.services.limits import upper_bound
from placement.services.model import TaskClass
from placement.services.zone_rules import is_balanced
from placement.services.zones import Batch, Step, ZoneCount, ZoneResult, ZoneState, rebalance

__all__ = ["begin_rebalancing", "continue_rebalancing"]

_CAUSE = "zones"
"""What ``say_once`` knows the event of a rebalancing in progress by."""


def continue_rebalancing(account: Account, service: ServiceRecord, done: Done) -> bool:
    """Let the batch under way go on before the rounds of a pass; return whether it is over.

    It is over when as many tasks have stopped as it had started.  One that something else has ended
    leaves its extra tasks to the rounds, as surplus (D60).
    """
    primary, batch = service.primary, service.rebalancing_state
    if batch is None:
        return False
    if primary is None or service.rebalancing != "ENABLED":
        service.rebalancing_state = None
        end_of_cause(service, _CAUSE)
        say(account, service, "stopped AZ Rebalancing.")
        return False
    result = _rebalance(account, service, primary, done, batch)
    if result.step is Step.ENDED:
        end_of_cause(service, _CAUSE)
        say(account, service, "stopped AZ Rebalancing.")
    return result.step is Step.STOPPED


def begin_rebalancing(account: Account, service: ServiceRecord, done: Done) -> None:
    """Begin a batch for a steady service, unless its tasks are balanced or nothing can move."""
    primary = service.primary
    if primary is None or service.rebalancing != "ENABLED":
        return
    if service.rebalancing_state is not None or service.rebalance_at > account.time.now:
        return
    counts = {zone.zone: zone.tasks for zone in _zone_counts(account, service, primary)}
    if is_balanced(counts):
        if _CAUSE in service.said:
            say(account, service, f"is AZ balanced with {_listed(counts)}.")
            end_of_cause(service, _CAUSE)
        end_of_cause(service, "zone protection")
        return
    result = _rebalance(account, service, primary, done, None)
    _say_result(account, service, primary, result)
    if result.retry_after is not None:
        service.rebalance_at = account.time.now + result.retry_after
        account.time.push(
            service.rebalance_at, Phase.SERVICES, service.number, "rebalance", service.number
        )


def _rebalance(
    account: Account,
    service: ServiceRecord,
    primary: DeploymentRecord,
    done: Done,
    batch: Batch | None,
) -> ZoneResult:
    """Let the core decide a step, carry it out, and keep the batch that it leaves."""
    steps = rebalance(_state(account, service, primary), batch)
    try:
        action = next(steps)
        while True:
            action = steps.send(carry_out(account, service, primary, action, done))
    except StopIteration as end:
        result: ZoneResult = end.value
    service.rebalancing_state = result.batch
    return result


def _state(account: Account, service: ServiceRecord, primary: DeploymentRecord) -> ZoneState:
    active = sum(one.active_count for one in service.deployments)
    return ZoneState(
        primary.number,
        service.desired_count,
        upper_bound(service.desired_count, service.configuration.maximum_percent),
        active,
        len(primary.pools[TaskClass.HEALTHY]),
        _zone_counts(account, service, primary),
        in_deployment=current_deployment(service) is not None or len(service.deployments) > 1,
    )


def _zone_counts(
    account: Account, service: ServiceRecord, primary: DeploymentRecord
) -> tuple[ZoneCount, ...]:
    """Count the active tasks of the PRIMARY deployment, and the protected ones, zone by zone."""
    tasks: Counter[str | None] = Counter()
    protected: Counter[str | None] = Counter()
    for pool in primary.pools.values():
        for task in pool.values():
            tasks[task.zone] += 1
            protected[task.zone] += task.protected_until is not None
    zones = sorted(zones_of(account, service))
    return tuple(ZoneCount(zone, tasks[zone], protected[zone]) for zone in zones)


# Events (S3.3, 4.9)


def _say_result(
    account: Account, service: ServiceRecord, primary: DeploymentRecord, result: ZoneResult
) -> None:
    if result.step is Step.PROTECTED:
        text = (
            f"was unable to AZ Rebalance because (taskSet {primary.id}) was unable to scale in due "
            f"to (reason {result.protected} tasks under protection)"
        )
        say_once(account, service, "zone protection", text)
        return
    if result.step in (Step.STARTED, Step.UNPLACED):
        text = f"is not AZ balanced with {_listed(result.counts)}. AZ Rebalancing in progress."
        say_once(account, service, _CAUSE, text)
    for zone in result.unplaced:
        text = (
            f"is unable to place a task in {zone} because no container instance met all of its "
            "requirements."
        )
        say_once(account, service, f"placement in {zone}", text)
    for zone in result.moved:
        end_of_cause(service, f"placement in {zone}")


def _listed(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{number} tasks in {zone}" for zone, number in sorted(counts.items()))
