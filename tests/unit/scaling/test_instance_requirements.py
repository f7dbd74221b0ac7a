"""Which types satisfy instanceRequirements."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import attrs
import pytest

from placement.errors import UsageError
from placement.machines.ec2_types import InstanceType, instance_types
from placement.scaling.instance_requirements import (
    UNANSWERABLE,
    Inclusion,
    InstanceRequirements,
    Range,
    TypeFacts,
    satisfying,
    unmet,
)

M5 = TypeFacts("m5.large", 2, 8192, Fraction("0.096"))


def facts_of(type: InstanceType) -> TypeFacts:
    interfaces = type.network_interfaces
    return TypeFacts(
        type.name,
        type.vcpus,
        type.memory,
        None if type.price is None else Fraction(type.price),
        type.current_generation,
        type.bare_metal,
        type.burstable,
        type.storage_gb,
        None if interfaces is None else interfaces + 1,
        type.accelerator,
        type.accelerators,
        type.accelerator_memory,
    )


def test_without_requirements_general_purpose_types_are_taken_d81() -> None:
    found = satisfying(None, map(facts_of, instance_types().values()))
    names = {facts.name for facts in found}
    assert {"m7i-flex.large", "m6g.4xlarge", "m6id.large"} <= names
    assert not {"t3.large", "c5.large", "m5.metal", "m4.large", "mac2.metal"} & names
    assert {facts.family[0] for facts in found} == {"m"}
    assert all(facts.family[1].isdecimal() for facts in found)


REQUIRED: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    ("vCpuCount", {"vcpus": Range(4)}, {"vcpus": 4}),
    ("memoryMiB", {"memory": Range(None, 4096)}, {"memory": 4096}),
    ("memoryGiBPerVCpu", {"gib_per_vcpu": Range(None, Fraction("3.5"))}, {"memory": 7168}),
    (
        "instanceGenerations",
        {"generations": frozenset({"previous"})},
        {"current_generation": False},
    ),
    ("allowedInstanceTypes", {"allowed_types": ("c*", "r5.large")}, {"name": "r5.large"}),
    ("excludedInstanceTypes", {"excluded_types": ("m*.large",)}, {"name": "m5.xlarge"}),
    ("burstablePerformance", {"burstable": Inclusion.REQUIRED}, {"burstable": True}),
    ("bareMetal", {"bare_metal": Inclusion.REQUIRED}, {"bare_metal": True}),
    ("localStorage", {"local_storage": Inclusion.REQUIRED}, {"storage_gb": 75}),
    ("totalLocalStorageGB", {"storage_gb": Range(50, 80)}, {"storage_gb": 75}),
    ("networkInterfaceCount", {"interfaces": Range(3)}, {"interfaces": 3}),
    ("acceleratorTypes", {"accelerator_types": frozenset({"gpu"})}, {"accelerator": "gpu"}),
    ("acceleratorCount", {"accelerators": Range(1)}, {"accelerators": 1}),
    ("acceleratorTotalMemoryMiB", {"accelerator_memory": Range(9)}, {"accelerator_memory": 9}),
]


@pytest.mark.parametrize(("name", "required", "facts"), REQUIRED)
def test_a_requirement_that_is_not_met_is_named(
    name: str, required: dict[str, Any], facts: dict[str, Any]
) -> None:
    """S12.1."""
    requirements = InstanceRequirements(**required)
    assert unmet(requirements, M5) == (name,)
    good = attrs.evolve(M5, **facts)
    assert unmet(requirements, good) == ()
    assert satisfying(requirements, [M5, good]) == (good,)


def test_burstable_and_bare_metal_types_have_to_be_asked_for() -> None:
    odd = [attrs.evolve(M5, burstable=True), attrs.evolve(M5, bare_metal=True)]
    assert satisfying(InstanceRequirements(), odd) == ()
    included = Inclusion.INCLUDED
    both = InstanceRequirements(burstable=included, bare_metal=included)
    assert satisfying(both, [*odd, M5]) == (*odd, M5)


def test_a_type_without_a_price_is_never_launched_c45() -> None:
    free = attrs.evolve(M5, price=None)
    assert satisfying(InstanceRequirements(), [free]) == ()
    assert satisfying(None, [free]) == ()


def test_only_the_star_means_something_in_a_pattern() -> None:
    requirements = InstanceRequirements(allowed_types=("m?.large", "m5.[l]arge", "m5xlarge"))
    assert unmet(requirements, M5) == ("allowedInstanceTypes",)


def test_prices_are_limited_relative_to_the_lowest() -> None:
    """Of current C, M and R types that satisfy the rest."""
    prices = {"m5.large": "1", "c5.large": "1.2", "x2.large": "0.5", "r5.large": "1.21"}
    types = [attrs.evolve(M5, name=name, price=Fraction(text)) for name, text in prices.items()]
    by_twenty = InstanceRequirements(over_lowest_price=20)
    names = [facts.name for facts in satisfying(by_twenty, types)]
    assert names == ["m5.large", "c5.large", "x2.large"]
    half = InstanceRequirements(share_of_lowest_price=50)
    assert [facts.name for facts in satisfying(half, types)] == ["x2.large"]
    assert satisfying(by_twenty, types[2:3]) == (types[2],)


def test_what_the_table_cannot_answer_is_named_c45() -> None:
    assert "cpuManufacturers" in UNANSWERABLE
    assert not set(UNANSWERABLE) & {name for name, _, _ in REQUIRED}


def test_requirements_that_cannot_be_are_refused() -> None:
    with pytest.raises(UsageError, match="exclude each other"):
        InstanceRequirements(allowed_types=("a",), excluded_types=("b",))
    with pytest.raises(UsageError, match="the minimum 3 is above the maximum 2"):
        Range(3, 2)
    with pytest.raises(UsageError, match=r"the minimum 0\.5 is above the maximum 0"):
        Range(Fraction(1, 2), Fraction(0))
