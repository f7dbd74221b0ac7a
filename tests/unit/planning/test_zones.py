"""Zones that are named for new machines."""

from __future__ import annotations

import pytest

from placement import Cluster, DocumentError, Instance
from placement.planning import check_zone
from placement.planning.zones import zones_of


def cluster(*zones: str) -> Cluster:
    there = Cluster()
    for number, zone in enumerate(zones):
        there.register(Instance(id=f"i{number}", attributes={"ecs.availability-zone": zone}))
    return there


@pytest.mark.parametrize(
    ("zones", "zone", "remarks"),
    [
        ((), "us-east-1a", 0),
        ((), "eu-west-1q", 0),  # which zones other regions have is not known
        (("eu-west-1b", "eu-west-1a"), "eu-west-1a", 0),
        (("eu-west-1b", "eu-west-1a"), "eu-west-1c", 1),
        (("us-east-1a",), "us-east-1-bos-1a", 1),  # a local zone
        (("rack 1", "rack 2"), "rack 2", 0),  # a simulation with zones of its own
        (("rack 1", "rack 2"), "rack 3", 1),
    ],
)
def test_a_zone_that_may_be_meant_is_taken(zones: tuple[str, ...], zone: str, remarks: int) -> None:
    assert len(check_zone(cluster(*zones), zone)) == remarks


@pytest.mark.parametrize(
    ("zones", "zone"),
    [
        ((), "us-east-1g"),
        (("us-east-1a",), "us-east-1z"),
        (("us-gov-west-1a",), "us-west-1a"),
        (("us-east-1a",), "rack 1"),
    ],
)
def test_c45_a_zone_that_cannot_be_meant_is_refused(zones: tuple[str, ...], zone: str) -> None:
    with pytest.raises(DocumentError, match=r" @ zone$"):
        check_zone(cluster(*zones), zone)


def test_zones_of_a_cluster_are_in_order_of_name() -> None:
    assert zones_of(cluster("b", "a", "b")) == ("a", "b")
    assert zones_of(Cluster()) == ()
