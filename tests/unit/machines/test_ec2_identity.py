"""What a machine of EC2 says of itself: attributes, identity document, region (1.5, B7)."""

from __future__ import annotations

from typing import Any

import pytest

from placement import UsageError
from placement.ecs import instance_type
from placement.machines.ec2_identity import Place, attributes_of, identity_of, region_of

HERE = Place("eu-west-1a", "vpc-1", None, "ami-1", None)


def test_what_is_not_known_is_no_attribute() -> None:
    """1.5."""
    assert attributes_of(instance_type("m6g.large"), HERE, "linux", None) == {
        "ecs.availability-zone": "eu-west-1a",
        "ecs.instance-type": "m6g.large",
        "ecs.os-type": "linux",
        "ecs.os-family": "LINUX",
        "ecs.cpu-architecture": "arm64",
        "ecs.ami-id": "ami-1",
        "ecs.vpc-id": "vpc-1",
    }


def test_an_identity_document_has_the_fields_of_ec2() -> None:
    """B7."""
    found = identity_of(instance_type("m6g.large"), HERE, "eu-west-1", "i-1", None)
    assert found == {
        "accountId": None,
        "architecture": "arm64",
        "availabilityZone": "eu-west-1a",
        "imageId": "ami-1",
        "instanceId": "i-1",
        "instanceType": "m6g.large",
        "region": "eu-west-1",
        "version": "2017-09-30",
    }


@pytest.mark.parametrize(
    ("zone", "region"),
    [
        ("us-east-1a", "us-east-1"),
        ("us-gov-west-1b", "us-gov-west-1"),
        ("us-west-2-lax-1a", "us-west-2"),
        ("us-east-1-wl1-bos-wlz-1", "us-east-1"),
    ],
)
def test_the_region_of_a_zone(zone: str, region: str) -> None:
    assert region_of(zone, None) == region_of(zone, region) == region


@pytest.mark.parametrize(
    ("zone", "region"), [("nowhere", None), ("us-east-1", None), (5, None), ("us-east-1a", "x")]
)
def test_what_is_no_zone_is_refused(zone: Any, region: str | None) -> None:
    with pytest.raises(UsageError, match="availability_zone is a zone"):
        region_of(zone, region)
