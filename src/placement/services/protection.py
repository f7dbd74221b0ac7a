"""Task scale-in protection: when it is refused, and when it ends (S8).

In: numbers of tasks, moments in whole microseconds.  Out: the answers.  That protected tasks stay
is held by ``rolling``, which gets them as counts.
"""

from __future__ import annotations

from placement.errors import UsageError, describe_value
from placement.timestamps import SECOND

__all__ = ["DEFAULT_MINUTES", "is_blocked", "protected_until"]

DEFAULT_MINUTES = 120
MOST_MINUTES = 2_880
"""expiresInMinutes: the default, and the longest."""


def is_blocked(protected: int, desired: int) -> bool:
    """Whether enabling protection of one more task fails with DEPLOYMENT_BLOCKED (D57, D107).

    Args:
        protected: The service's tasks that are protected at that moment; the task itself is among
            them only if it renews its protection.
        desired: The desired count at that moment.
    """
    return protected > desired


def protected_until(now: int, minutes: int = DEFAULT_MINUTES) -> int:
    """Return the moment at which protection that a call enables now ends.

    At that instant the task is free; each call begins the period again.

    Raises:
        UsageError: the period is not 1 to 2,880 minutes.
    """
    if not 1 <= minutes <= MOST_MINUTES:
        raise UsageError(
            f"expiresInMinutes is from 1 to {MOST_MINUTES}, not {describe_value(minutes)}"
        )
    return now + minutes * 60 * SECOND
