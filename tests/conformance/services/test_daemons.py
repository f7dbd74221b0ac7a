"""The rows of ``daemons.toml`` (D54), pass by pass."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest

from daemon_world import DaemonWorld, Host
from placement.services.limits import lower_bound

CASES = tomllib.loads(Path(__file__).with_name("daemons.toml").read_text())["update"]


@pytest.mark.parametrize("case", CASES, ids=[case["row"] for case in CASES])
def test_d54_an_update_of_daemons(case: dict[str, Any]) -> None:
    """Passes, until one does nothing."""
    world = DaemonWorld(case["minimum_percent"])
    for _ in range(case["instances"]):
        world.join(Host())
    world.settle()
    world.deploy()
    assert lower_bound(case["instances"], case["minimum_percent"]) == case["lower"]
    passes = world.settle()
    found = [
        {
            "stop": sum(number for what, number in done.items() if what[0] == "stop"),
            "start": sum(number for what, number in done.items() if what[0] == "start"),
        }
        for done in passes
    ]
    assert found == case["passes"]
    result = world.run_pass()[1]
    assert (result.did_anything, result.is_stuck) == (False, case["stuck"])
