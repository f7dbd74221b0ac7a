"""Account settings: what they are for a principal, and which of them the model acts on (B48).

In: an account, names of settings, ARNs of principals.  Out: values.  The settings of the root user
are those of the account: a principal without a setting of its own has them.
"""

from __future__ import annotations

from collections.abc import Mapping

from placement.ecs.control.account import Account

__all__ = ["DEFAULTS", "account_setting", "has_trunking"]

TRUNKING = "awsvpcTrunking"

DEFAULTS: Mapping[str, str] = {
    "serviceLongArnFormat": "enabled",
    "taskLongArnFormat": "enabled",
    "containerInstanceLongArnFormat": "enabled",
    TRUNKING: "disabled",
    "containerInsights": "disabled",
    "fargateFIPSMode": "disabled",
    "tagResourceAuthorization": "off",
    "fargateTaskRetirementWaitPeriod": "7",
    "guardDutyActivate": "off",
    "defaultLogDriverMode": "non-blocking",
    "fargateEventWindows": "disabled",
}
"""What holds where nobody has set anything.

Of these, the model acts on ``awsvpcTrunking`` alone; the others are stored.
"""


def account_setting(account: Account, name: str, principal: str | None = None) -> str:
    """Return the value that a setting has for a principal; None: the root user."""
    settings = account.settings
    own = settings.get((principal or account.root, name))
    return own or settings.get((account.root, name)) or DEFAULTS[name]


def has_trunking(account: Account, principal: str | None = None) -> bool:
    """Return whether instances that a principal launches get a trunk interface (B48)."""
    return account_setting(account, TRUNKING, principal) == "enabled"
