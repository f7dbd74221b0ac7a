"""What a machine of EC2 says of itself: attributes and the identity document (1.5, B7).

In: its type, its place, its operating system.  Out: names and values.  Knows no agent, whose
configuration adds to the attributes, and no resources.
"""

from __future__ import annotations

import re

import attrs

from placement.arns import REGION
from placement.errors import UsageError, describe_value
from placement.machines.ec2_types import InstanceType

__all__ = ["OS_FAMILIES", "Place", "attributes_of", "identity_of", "region_of"]

OS_FAMILIES = {"linux": "LINUX", "windows": "WINDOWS_SERVER_2022_FULL"}
"""``ecs.os-family`` by default."""

_ZONE = re.compile(rf"({REGION})(?:-[a-z]+-[0-9])?[a-z]|({REGION})-wl.*")


@attrs.frozen
class Place:
    """Where a machine of EC2 is and what it was launched from; None: not known.

    Attributes:
        zone: Its availability zone.
        vpc: Its VPC.
        subnet: Its subnet.
        ami: Its image.
        trunk: Its trunk interface; None: it has none.
    """

    zone: str
    vpc: str | None
    subnet: str | None
    ami: str | None
    trunk: str | None


def attributes_of(
    type: InstanceType, place: Place, operating_system: str, os_family: str | None
) -> dict[str, str | None]:
    """Return the attributes that say what a machine is and where (1.5), those that are known."""
    described = {
        "ecs.availability-zone": place.zone,
        "ecs.instance-type": type.name,
        "ecs.os-type": operating_system,
        "ecs.os-family": os_family or OS_FAMILIES[operating_system],
        "ecs.cpu-architecture": type.architecture,
        "ecs.ami-id": place.ami,
        "ecs.vpc-id": place.vpc,
        "ecs.subnet-id": place.subnet,
        "ecs.awsvpc-trunk-id": place.trunk,
    }
    return {name: value for name, value in described.items() if value is not None}


def identity_of(
    type: InstanceType,
    place: Place,
    region: str,
    instance_id: str | None,
    account_id: str | None,
) -> dict[str, str | None]:
    """Return the fields of EC2's identity document (B7)."""
    return {
        "accountId": account_id,
        "architecture": type.architecture,
        "availabilityZone": place.zone,
        "imageId": place.ami,
        "instanceId": instance_id,
        "instanceType": type.name,
        "region": region,
        "version": "2017-09-30",
    }


def region_of(zone: str, region: str | None) -> str:
    """Return the region of a zone.

    Raises:
        UsageError: it is no zone, or no zone of the region that is given.
    """
    found = _ZONE.fullmatch(zone) if isinstance(zone, str) else None
    if region is not None and isinstance(zone, str) and zone.startswith(region):
        return region
    if found is None or region is not None:
        expected = (
            "a zone such as us-east-1a" if region is None else f"a zone of {describe_value(region)}"
        )
        raise UsageError(f"availability_zone is {expected}, not {describe_value(zone)}")
    return found[1] or found[2]
