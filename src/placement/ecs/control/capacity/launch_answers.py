"""How a launch goes, as the caller's function says (C45).

In: an account, who launches what where.  Out: ``Launch``.
"""

from __future__ import annotations

from placement.ecs.control.account import Account
from placement.ecs.launching import Launch, LaunchRequest
from placement.errors import UsageError, describe_value

__all__ = ["ask_launch"]


def ask_launch(
    account: Account, owner: str, instance_type: str, zone: str, purchase: str
) -> Launch:
    """Return how a launch goes that is about to begin.

    Args:
        account: The account.
        owner: The name of the group or provider.
        instance_type: The EC2 type.
        zone: The zone.
        purchase: ``on-demand``, ``spot`` or ``reserved``.

    Raises:
        UsageError: the caller's function returned something else.
    """
    if account.launches is None:
        return Launch()
    request = LaunchRequest(owner, instance_type, zone, purchase, account.time.datetime)
    found = account.ask(account.launches, request)
    if found is not None and not isinstance(found, Launch):
        raise UsageError(
            f"launches returned {describe_value(found)}, not a placement.ecs.Launch or None"
        )
    return Launch() if found is None else found
