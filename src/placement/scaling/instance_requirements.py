"""Which EC2 types a Managed Instances provider may launch (instanceRequirements; S12.1, D81).

In: the requirements as values, and what is known of each type.  Out: the types that satisfy them,
or the names of the requirements that a type does not satisfy.  Where the values come from (a call,
a table) is not known here.  Requirements that the package's table cannot answer are listed in
``UNANSWERABLE``; calls refuse them by name (C45, C51).
"""

from __future__ import annotations

import enum
import re
from collections.abc import Iterable
from fractions import Fraction
from functools import lru_cache

import attrs

from placement.errors import UsageError, describe_value

__all__ = [
    "UNANSWERABLE",
    "Inclusion",
    "InstanceRequirements",
    "Range",
    "TypeFacts",
    "satisfying",
    "unmet",
]

UNANSWERABLE = (
    "cpuManufacturers",
    "requireHibernateSupport",
    "localStorageTypes",
    "baselineEbsBandwidthMbps",
    "acceleratorManufacturers",
    "acceleratorNames",
    "networkBandwidthGbps",
)
"""Members of InstanceRequirementsRequest that need facts which the package does not have."""

GENERAL_PURPOSE = re.compile(r"m\d")
"""Families from which ECS chooses where nothing is required (D81)."""

COMMON = re.compile(r"[cmr]\d")
"""Families whose lowest price is the base of price limits (EC2)."""


class Inclusion(enum.Enum):
    """Whether types with a property may, must or must not be launched."""

    INCLUDED = "included"
    REQUIRED = "required"
    EXCLUDED = "excluded"

    def allows(self, has: bool) -> bool:
        """Return whether a type that has the property, or has it not, may be launched."""
        return self is Inclusion.INCLUDED or has == (self is Inclusion.REQUIRED)


_READABLE = 10**6
"""Numbers below it are written with all their digits."""


@attrs.frozen
class Range:
    """A number's bounds, both inclusive; None: open.

    Raises:
        UsageError: the smallest is above the largest.
    """

    least: Fraction | int | None = None
    most: Fraction | int | None = None

    def __attrs_post_init__(self) -> None:
        if self.least is not None and self.most is not None and self.least > self.most:
            raise UsageError(
                f"the minimum {_written(self.least)} is above the maximum {_written(self.most)}"
            )

    def allows(self, value: Fraction | int) -> bool:
        """Return whether a number is inside."""
        return (self.least is None or value >= self.least) and (
            self.most is None or value <= self.most
        )


def _written(bound: Fraction | int) -> str:
    """Return a bound for a message: 5, 0.5."""
    return f"{float(bound):g}" if -_READABLE < bound < _READABLE else describe_value(bound)


ANY = Range()


@attrs.frozen
class TypeFacts:
    """What is known of an EC2 type.

    Attributes:
        name: ``m5.large``.
        vcpus: vCPUs.
        memory: MiB, nominal.
        price: USD per hour On-Demand; None: not known, it is never launched.
        current_generation: Whether AWS lists it as of the current generation.
        bare_metal: Whether it has no hypervisor.
        burstable: Whether its CPU performance is burstable.
        storage_gb: GB of instance storage.
        interfaces: The most network interfaces; None: not known, and no limit is met.
        accelerator: ``gpu`` or ``inference``; None: it has none.
        accelerators: How many.
        accelerator_memory: MiB of all of them together.
    """

    name: str
    vcpus: int
    memory: int
    price: Fraction | None
    current_generation: bool = True
    bare_metal: bool = False
    burstable: bool = False
    storage_gb: int = 0
    interfaces: int | None = None
    accelerator: str | None = None
    accelerators: int = 0
    accelerator_memory: int = 0

    @property
    def family(self) -> str:
        """``m5``."""
        return self.name.partition(".")[0]


@attrs.frozen
class InstanceRequirements:
    """instanceRequirements; what is left out allows everything but burstable and bare metal types.

    Attributes:
        vcpus: vCpuCount.
        memory: memoryMiB.
        gib_per_vcpu: memoryGiBPerVCpu.
        generations: instanceGenerations: ``current``, ``previous``; empty: both.
        allowed_types: allowedInstanceTypes, ``*`` for any characters; empty: all.
        excluded_types: excludedInstanceTypes.
        burstable: burstablePerformance.
        bare_metal: bareMetal.
        local_storage: localStorage.
        storage_gb: totalLocalStorageGB.
        interfaces: networkInterfaceCount.
        accelerator_types: acceleratorTypes: ``gpu``, ``inference``; empty: all.
        accelerators: acceleratorCount.
        accelerator_memory: acceleratorTotalMemoryMiB.
        over_lowest_price: onDemandMaxPricePercentageOverLowestPrice, or for Spot
            spotMaxPricePercentageOverLowestPrice, where one factor on all prices changes nothing;
            None: no limit.
        share_of_lowest_price: The same as per cent of the lowest price itself: for Spot
            maxSpotPriceAsPercentageOfOptimalOnDemandPrice over its price factor; None: no limit.

    Raises:
        UsageError: types are both allowed and excluded.
    """

    vcpus: Range = ANY
    memory: Range = ANY
    gib_per_vcpu: Range = ANY
    generations: frozenset[str] = frozenset()
    allowed_types: tuple[str, ...] = ()
    excluded_types: tuple[str, ...] = ()
    burstable: Inclusion = Inclusion.EXCLUDED
    bare_metal: Inclusion = Inclusion.EXCLUDED
    local_storage: Inclusion = Inclusion.INCLUDED
    storage_gb: Range = ANY
    interfaces: Range = ANY
    accelerator_types: frozenset[str] = frozenset()
    accelerators: Range = ANY
    accelerator_memory: Range = ANY
    over_lowest_price: int | None = None
    share_of_lowest_price: Fraction | int | None = None

    def __attrs_post_init__(self) -> None:
        if self.allowed_types and self.excluded_types:
            raise UsageError("allowedInstanceTypes and excludedInstanceTypes exclude each other")


def satisfying(
    requirements: InstanceRequirements | None, types: Iterable[TypeFacts]
) -> tuple[TypeFacts, ...]:
    """Return the types that may be launched, in the order given; those without a price never are.

    Args:
        requirements: What is required; None: what ECS takes then: general purpose types of the
            current generation, not burstable, no bare metal, no accelerator (D81).
        types: All types.
    """
    priced = [facts for facts in types if facts.price is not None]
    if requirements is None:
        return tuple(facts for facts in priced if _is_general_purpose(facts))
    found = [facts for facts in priced if not unmet(requirements, facts)]
    limit = _price_limit(requirements, found)
    return tuple(facts for facts in found if limit is None or (facts.price or 0) <= limit)


def unmet(requirements: InstanceRequirements, facts: TypeFacts) -> tuple[str, ...]:
    """Return the API's names of the requirements that a type does not satisfy, prices left aside.

    Prices are relative to all types that satisfy the rest, which ``satisfying`` looks at.
    """
    generation = "current" if facts.current_generation else "previous"
    memory_gib = Fraction(facts.memory, 1024)
    interfaces = facts.interfaces
    answers = {
        "vCpuCount": requirements.vcpus.allows(facts.vcpus),
        "memoryMiB": requirements.memory.allows(facts.memory),
        "memoryGiBPerVCpu": requirements.gib_per_vcpu.allows(memory_gib / facts.vcpus),
        "instanceGenerations": _is_among(generation, requirements.generations),
        "allowedInstanceTypes": _matches(facts.name, requirements.allowed_types or ("*",)),
        "excludedInstanceTypes": not _matches(facts.name, requirements.excluded_types),
        "burstablePerformance": requirements.burstable.allows(facts.burstable),
        "bareMetal": requirements.bare_metal.allows(facts.bare_metal),
        "localStorage": requirements.local_storage.allows(facts.storage_gb > 0),
        "totalLocalStorageGB": requirements.storage_gb.allows(facts.storage_gb),
        "networkInterfaceCount": requirements.interfaces == ANY
        or (interfaces is not None and requirements.interfaces.allows(interfaces)),
        "acceleratorTypes": _is_among(facts.accelerator, requirements.accelerator_types),
        "acceleratorCount": requirements.accelerators.allows(facts.accelerators),
        "acceleratorTotalMemoryMiB": requirements.accelerator_memory.allows(
            facts.accelerator_memory
        ),
    }
    return tuple(name for name, is_met in answers.items() if not is_met)


def _is_general_purpose(facts: TypeFacts) -> bool:
    return (
        facts.current_generation
        and not facts.burstable
        and not facts.bare_metal
        and facts.accelerator is None
        and GENERAL_PURPOSE.match(facts.family) is not None
    )


def _price_limit(requirements: InstanceRequirements, types: Iterable[TypeFacts]) -> Fraction | None:
    """Return the highest price allowed, relative to the lowest of current C, M and R types.

    Without such a type there is none to compare with, and no limit.
    """
    prices = [
        facts.price
        for facts in types
        if facts.price is not None and facts.current_generation and COMMON.match(facts.family)
    ]
    percents = []
    if requirements.over_lowest_price is not None:
        percents.append(Fraction(100 + requirements.over_lowest_price))
    if requirements.share_of_lowest_price is not None:
        percents.append(Fraction(requirements.share_of_lowest_price))
    return min(prices) * min(percents) / 100 if prices and percents else None


def _is_among(value: str | None, allowed: frozenset[str]) -> bool:
    return not allowed or value in allowed


def _matches(name: str, patterns: tuple[str, ...]) -> bool:
    return any(_pattern(one).fullmatch(name) for one in patterns)


@lru_cache(maxsize=1024)
def _pattern(text: str) -> re.Pattern[str]:
    """Return a pattern in which only ``*`` means something."""
    return re.compile(".*".join(re.escape(part) for part in text.split("*")), re.DOTALL)
