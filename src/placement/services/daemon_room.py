"""Room that instances keep free for daemons (A45, S7.2).

In: amounts by resource, plain whole numbers in the units of the caller.  Out: what must stay free
on an instance.  Which instances and services there are is not known here; that other tasks leave
this room alone is up to the engine (``set_reservation``).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from placement.services.daemons import Fit

__all__ = ["daemon_need", "reservation"]

Amounts = Mapping[str, int]
"""How much of each resource; one that is absent is 0."""


def daemon_need(fit: Fit, size: Amounts, there: Amounts | None) -> dict[str, int]:
    """Return what an instance keeps free for one DAEMON service, resources of 0 left out.

    Args:
        fit: Whether the instance takes part in the service.
        size: What a daemon of the current revision takes; during an update it counts at once
            (S7.2).
        there: What the service's daemon with desiredStatus RUNNING on the instance takes, which it
            gives back when it is replaced: only what the new one needs more is kept free (D106).
            None: there is none.
    """
    if fit is not Fit.QUALIFIES:
        return {}
    held = there or {}
    need = {name: amount - held.get(name, 0) for name, amount in size.items()}
    return {name: amount for name, amount in need.items() if amount > 0}


def reservation(needs: Iterable[Amounts]) -> dict[str, int]:
    """Return what an instance keeps free for all DAEMON services together."""
    total: dict[str, int] = {}
    for need in needs:
        for name, amount in need.items():
            total[name] = total.get(name, 0) + amount
    return total
