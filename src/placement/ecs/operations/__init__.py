"""What each call does: functions of the account and the call's parameters.

In: an ``Account`` and parameters whose types are right.  Out: the answer.  An operation checks
everything before it changes anything, and raises ``refused(code, message)``; it knows no client.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from placement.ecs.account import Account
from placement.ecs.operations import attributes, clusters, definitions, instances, tasks

__all__ = ["OPERATIONS", "Operation"]

Operation = Callable[[Account, dict[str, Any]], dict[str, Any]]

OPERATIONS: dict[str, Operation] = {
    **clusters.OPERATIONS,
    **instances.OPERATIONS,
    **attributes.OPERATIONS,
    **definitions.OPERATIONS,
    **tasks.OPERATIONS,
}
"""By the API's name: ``RunTask``."""
