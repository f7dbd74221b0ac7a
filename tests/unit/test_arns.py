"""Partitions of ``placement.arns``, held to the tables in botocore."""

from __future__ import annotations

import json
from pathlib import Path

import botocore
import pytest

from placement.arns import PARTITIONS, ecs_arn, is_region, partition_of
from placement.ecs import Client

DATA = Path(botocore.__file__).parent / "data"


def _regions() -> list[tuple[str, str]]:
    """Return every region of botocore's two tables with its partition, global names left out."""
    found = set()
    for one in json.loads((DATA / "partitions.json").read_text())["partitions"]:
        found |= {(region, one["id"]) for region in one["regions"] if "global" not in region}
    for one in json.loads((DATA / "endpoints.json").read_text())["partitions"]:
        found |= {(region, one["partition"]) for region in one["regions"]}
    return sorted(found)


REGIONS = _regions()


def test_there_are_all_of_botocores_partitions_and_no_others() -> None:
    known = {one.name for one in PARTITIONS}
    assert known == {partition for _, partition in REGIONS}
    assert len(known) == len(PARTITIONS) == 8


@pytest.mark.parametrize(("region", "partition"), REGIONS)
def test_the_client_knows_every_region_of_botocore(region: str, partition: str) -> None:
    """Every region is taken, and ARNs in it have its partition (the issue's section 3)."""
    assert is_region(region)
    assert partition_of(region).name == partition
    start = f"arn:{partition}:ecs:{region}:111122223333:"
    assert ecs_arn(region, "111122223333", "cluster/prod") == f"{start}cluster/prod"
    client = Client(region, "111122223333")
    made = client.create_cluster(clusterName="prod")["cluster"]
    assert made["clusterArn"] == f"{start}cluster/prod"
    dump = client.to_ecs("prod")
    loaded = Client.from_ecs(dump)
    assert loaded.meta.region_name == region
    assert loaded.to_ecs("prod") == dump


@pytest.mark.parametrize(
    "text",
    ["", "us-east", "us-east-", "us-east-1a", "US-EAST-1", "u-east-1", "usa-east-1", "eusc-1"],
)
def test_other_texts_are_no_regions(text: str) -> None:
    assert not is_region(text)


def test_every_prefix_claims_its_own_regions_only() -> None:
    """``us-iso-`` is no prefix of ``us-isob-``: the order of the table does not matter."""
    prefixes = [one.prefix for one in PARTITIONS if one.prefix]
    assert not [
        (one, other)
        for one in prefixes
        for other in prefixes
        if one != other and other.startswith(one)
    ]
    assert PARTITIONS[-1].prefix == ""
