"""What happens at a metric instant: alarms are evaluated, and their scaling actions decide (S13.1).

In: entries of the queue that are due.  Out: desired counts, activities; what is due next.
"""

from __future__ import annotations

from collections.abc import Iterable

from placement.ecs.control.account import Account
from placement.ecs.control.alarms import ACTION, Alarm
from placement.ecs.control.metrics.evaluation import enter_look, evaluate_alarms
from placement.ecs.control.metrics.plan import current_plan
from placement.ecs.control.metrics.predefined import running_count
from placement.ecs.control.scaling.counts import scaled_service
from placement.ecs.control.scaling.decisions import actions_of, decide_target, has_demand
from placement.ecs.control.scaling.forecasts import needed_now
from placement.ecs.control.scaling.records import ScalableTargetRecord

__all__ = ["look_at_metrics", "run_actions"]

POLICY = ":scalingPolicy:"


def look_at_metrics(account: Account, moment: int) -> None:
    """Evaluate alarms and decide, once at an instant (D97); an overtaken entry does nothing."""
    if moment != account.metrics.next_at:
        return
    account.metrics.next_at = None
    _run(account, evaluate_alarms(account), moment)
    enter_look(account)


def run_actions(account: Account, name: str) -> None:
    """Run the actions of an alarm whose state a call set."""
    alarm = account.alarms.by_name.get(name)
    if alarm is not None:
        _run(account, [alarm], None)


def _run(account: Account, alarms: Iterable[Alarm], moment: int | None) -> None:
    """Run the scaling actions of alarms, and look at what needs no alarm; all of a target at once.

    Args:
        account: The account.
        alarms: The alarms whose actions run.
        moment: The metric instant; None: it is none.
    """
    now = account.clock()
    targets: dict[str, set[str]] = {}
    for alarm in alarms:
        for arn in actions_of(alarm):
            if alarm.state_updated_at == now:
                account.alarms.note(alarm.name, now, ACTION, f"Successfully executed action {arn}")
            found = account.scaling.policy_of(arn) if POLICY in arn else None
            if found is not None:
                targets.setdefault(found[0].resource_id, set()).add(alarm.name)
    for resource_id in current_plan(account).by_themselves if moment is not None else ():
        target = account.scaling.targets[resource_id]
        if resource_id not in targets and _acts_by_itself(account, target):
            targets[resource_id] = set()
    for resource_id, acting in targets.items():
        if resource_id in account.scaling.targets:
            decide_target(account, account.scaling.targets[resource_id], acting)


def _acts_by_itself(account: Account, target: ScalableTargetRecord) -> bool:
    """Return whether a forecast, or demand without any task, asks for tasks without an alarm."""
    service = scaled_service(account, target)
    if service is None:
        return False
    needed = needed_now(account, target)
    if needed is not None and needed[0] > service.desired_count:
        return True
    return service.desired_count == 0 and any(
        has_demand(account, policy, running_count(service)) for policy in target.policies.values()
    )
