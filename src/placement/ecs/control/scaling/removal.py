"""Scalable targets and policies that go, with what was made for them (S13.1.1).

In: a target, a policy, or a service that is deleted.  Out: they and their alarms are gone.
"""

from __future__ import annotations

from placement.ecs.control.account import Account
from placement.ecs.control.scaling.records import PolicyRecord, ScalableTargetRecord

__all__ = ["remove_policy", "remove_target", "remove_target_of_service"]


def remove_policy(account: Account, target: ScalableTargetRecord, policy: PolicyRecord) -> None:
    """Delete a policy, and the alarms that were made for it."""
    del target.policies[policy.name]
    account.scaling.version += 1
    for name in policy.alarms:
        if name in account.alarms.by_name:
            account.alarms.remove(name, account.clock())


def remove_target(account: Account, target: ScalableTargetRecord) -> None:
    """Deregister a target: its policies and scheduled actions are deleted, activities stay."""
    for policy in list(target.policies.values()):
        remove_policy(account, target, policy)
    del account.scaling.targets[target.resource_id]


def remove_target_of_service(account: Account, number: int) -> None:
    """Deregister the target of a service that is deleted."""
    for target in list(account.scaling.targets.values()):
        if target.service == number:
            remove_target(account, target)
