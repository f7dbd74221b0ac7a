"""Regions, partitions and ARNs.

In: names of regions and accounts.  Out: partitions and ARNs.  Pure text: imports nothing of ours,
so that documents and control plane use the same table.
"""

from __future__ import annotations

import re

import attrs

__all__ = [
    "DEFAULT_ACCOUNT",
    "DEFAULT_REGION",
    "PARTITIONS",
    "REGION",
    "Partition",
    "aws_arn",
    "ecs_arn",
    "is_region",
    "partition_of",
]

DEFAULT_REGION = "us-east-1"
"""The region in ARNs where nothing says another one."""

DEFAULT_ACCOUNT = "123456789012"
"""The account in ARNs where nothing says another one: the one of the API's own examples."""


@attrs.frozen
class Partition:
    """A group of regions with accounts and hosts of its own.

    Attributes:
        name: As ARNs have it: ``aws-cn``.
        prefix: What the names of its regions, and of no others, begin with; empty for ``aws``.
    """

    name: str
    prefix: str


PARTITIONS = (
    Partition("aws-cn", "cn-"),
    Partition("aws-us-gov", "us-gov-"),
    Partition("aws-iso", "us-iso-"),
    Partition("aws-iso-b", "us-isob-"),
    Partition("aws-iso-e", "eu-isoe-"),
    Partition("aws-iso-f", "us-isof-"),
    Partition("aws-eusc", "eusc-"),
    Partition("aws", ""),
)
"""Every partition; the last one takes the regions that no other one claims.

Source: the partitions that botocore lists; ``tests/unit/test_arns.py`` compares every region.
"""

REGION = r"(?:[a-z]{2}|eusc)(?:-[a-z]+)+-[0-9]"
"""A regular expression, without groups, for the name of a region: ``eusc-de-east-1``."""


def is_region(text: str) -> bool:
    """Return whether a text has the form of a region's name; new regions pass too."""
    return re.fullmatch(REGION, text) is not None


def partition_of(region: str) -> Partition:
    """Return the partition of a region; ``aws`` for a region that no other partition claims."""
    return next(one for one in PARTITIONS if region.startswith(one.prefix))


def aws_arn(service: str, region: str, account: str, resource: str) -> str:
    """Return the ARN of a resource of a service by its name in ARNs: ``elasticloadbalancing``.

    Args:
        service: The service.
        region: Such as ``us-east-1``.
        account: Twelve digits.
        resource: Such as ``cluster/prod``.
    """
    return f"arn:{partition_of(region).name}:{service}:{region}:{account}:{resource}"


def ecs_arn(region: str, account: str, resource: str) -> str:
    """Return the ARN of a resource of ECS.

    Args:
        region: Such as ``us-east-1``.
        account: Twelve digits.
        resource: Such as ``cluster/prod``.
    """
    return aws_arn("ecs", region, account, resource)
