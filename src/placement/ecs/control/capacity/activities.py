"""Scaling activities of groups: each launch and each termination is one.

In: an account, a group, what is done and why.  Out: an ``Activity`` in the group.
"""

from __future__ import annotations

from placement.ecs.control.account import Account
from placement.ecs.control.capacity.groups import Activity, GroupRecord
from placement.ecs.control.ids import hyphenated

__all__ = ["new_activity"]


def new_activity(account: Account, group: GroupRecord, description: str, cause: str) -> Activity:
    """Return a new activity of a group, under way."""
    activity = Activity(hyphenated(account.new_id()), description, cause, account.time.datetime)
    group.add_activity(activity)
    return activity
