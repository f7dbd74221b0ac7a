"""The rows of ``zones.toml`` (D59, D60), batch by batch."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest

from placement.services.zone_rules import RebalancingSettings, ineligible, zone_targets
from zone_world import ZoneWorld

CASES = tomllib.loads(Path(__file__).with_name("zones.toml").read_text())["rebalancing"]


@pytest.mark.parametrize("case", CASES, ids=[case["row"] for case in CASES])
def test_d59_a_rebalancing(case: dict[str, Any]) -> None:
    """Batches, until there is nothing to move."""
    settings = RebalancingSettings(maximum_percent=case["maximum_percent"])
    is_eligible = ineligible(settings) is None
    assert is_eligible == case.get("eligible", True)
    if "targets" in case:
        assert zone_targets(case["tasks"]) == case["targets"]
    world = ZoneWorld(case["tasks"], case["maximum_percent"], case.get("protected", {}))
    batches = world.settle() if is_eligible else []
    assert batches == [(batch["start"], batch["stop"]) for batch in case["batches"]]
    assert world.tasks == case["end"]
