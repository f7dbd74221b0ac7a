"""What happens at a metric instant: alarms are evaluated, and their scaling actions decide (S13.1).

In: entries of the queue that are due.  Out: desired counts, activities; what is due next.
"""

from __future__ import annotations

from placement.ecs.control.account import Account
from placement.ecs.control.alarms import ACTION
from placement.ecs.control.metrics.evaluation import evaluate_alarms, expect_look

__all__ = ["look_at_metrics", "run_actions"]


def look_at_metrics(account: Account, moment: int) -> None:
    """Evaluate alarms, once at an instant (D97); an entry that was overtaken does nothing."""
    if moment != account.metrics.next_at:
        return
    account.metrics.next_at = None
    evaluate_alarms(account)
    expect_look(account)


def run_actions(account: Account, name: str) -> None:
    """Run the actions of an alarm whose state a call set."""
    alarm = account.alarms.by_name.get(name)
    if alarm is not None:
        account.alarms.note(alarm.name, account.clock(), ACTION, "Actions run")
