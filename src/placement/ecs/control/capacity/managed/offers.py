"""The instance types that a provider may launch, with size and price (S12.2, D81, C45).

In: a provider's settings, the caller's prices, the table of EC2 types.  Out: offers, as
``placement.scaling.managed_instances`` takes them.  Equal arguments give the same offers, which are
found once.
"""

from __future__ import annotations

from collections import Counter
from fractions import Fraction
from functools import lru_cache

import attrs

from placement.ecs.control.account import Account
from placement.ecs.control.capacity.machines import machine_size
from placement.ecs.control.capacity.managed.prices import PriceList
from placement.ecs.control.capacity.managed.records import ManagedSettings, Purchase
from placement.machines.ec2_types import InstanceType, instance_types
from placement.scaling.instance_requirements import InstanceRequirements, TypeFacts, satisfying
from placement.scaling.managed_instances import InstanceOffer

__all__ = ["offers_of", "zones_of"]


def zones_of(account: Account, settings: ManagedSettings) -> dict[str, str]:
    """Return the zones in which a provider launches, each with its first subnet there.

    A subnet that nobody registered is in ``REGIONa`` (C46).
    """
    found: dict[str, str] = {}
    for subnet in settings.subnets:
        known = account.subnets.get(subnet)
        zone = f"{account.region}a" if known is None else known[1]
        found.setdefault(zone, subnet)
    return found


def offers_of(
    account: Account, settings: ManagedSettings, purchase: Purchase
) -> tuple[InstanceOffer, ...]:
    """Return the types that may be launched now; reserved ones by preference."""
    zones = tuple(sorted(zones_of(account, settings)))
    found = _offers(settings.requirements, purchase, account.prices, zones)
    if purchase is not Purchase.RESERVED:
        return found
    used = Counter(
        one.instance_type
        for provider in account.providers.values()
        if provider.managed is not None
        for one in provider.managed.instances.values()
        if one.purchase is Purchase.RESERVED
    )
    by_name = {offer.name: offer for offer in found}
    return tuple(
        attrs.evolve(by_name[name], available=max(0, count - used[name]))
        for name, count in account.prices.reserved
        if name in by_name
    )


@lru_cache(maxsize=64)
def _offers(
    requirements: InstanceRequirements | None,
    purchase: Purchase,
    prices: PriceList,
    zones: tuple[str, ...],
) -> tuple[InstanceOffer, ...]:
    """Return the types that satisfy requirements, in some of the zones."""
    factor = prices.spot_factor if purchase is Purchase.SPOT else Fraction(1)
    replaced = dict(prices.replaced)
    known = instance_types()
    facts = [_facts(one, replaced) for one in known.values()]
    found = []
    for fact in satisfying(requirements, facts):
        kind = known[fact.name]
        offered = frozenset(zone for zone in zones if kind.is_offered_in(zone))
        if not offered or fact.price is None:
            continue
        found.append(
            InstanceOffer(
                fact.name,
                machine_size(fact.name, None),
                fact.price * factor,
                kind.architecture,
                None if len(offered) == len(zones) else offered,
            )
        )
    return tuple(found)


def _facts(kind: InstanceType, replaced: dict[str, Fraction | None]) -> TypeFacts:
    """Return what requirements ask of a type."""
    price = None if kind.price is None else Fraction(kind.price)
    interfaces = kind.network_interfaces
    return TypeFacts(
        kind.name,
        kind.vcpus,
        kind.memory,
        replaced.get(kind.name, price),
        kind.current_generation,
        kind.bare_metal,
        kind.burstable,
        kind.storage_gb,
        None if interfaces is None else interfaces + 1,  # the primary one is not a task's
        kind.accelerator,
        kind.accelerators,
        kind.accelerator_memory,
    )
