"""The Availability Zones in which a capacity provider gets instances.

In: an account, a provider of instances.  Out: names of zones.  Reads only.
"""

from __future__ import annotations

from collections.abc import Collection

from placement.ecs.control.account import Account
from placement.ecs.control.capacity.managed.offers import zones_of
from placement.ecs.control.capacity.providers import ProviderRecord

__all__ = ["provider_zones"]


def provider_zones(account: Account, provider: ProviderRecord) -> Collection[str]:
    """Return the zones of a provider's group, or of its subnets on Managed Instances.

    A provider whose group is gone has none.
    """
    if provider.managed is not None:
        return zones_of(account, provider.managed.settings)
    group = account.groups.get(provider.group) if provider.group is not None else None
    return () if group is None else group.zones
