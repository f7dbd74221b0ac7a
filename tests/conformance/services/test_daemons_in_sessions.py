"""The rows of ``daemons.toml`` (D54) once more, through sessions: instances, tasks and time."""

from __future__ import annotations

import tomllib
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from session_cluster import SessionCluster

CASES = tomllib.loads(Path(__file__).with_name("daemons.toml").read_text())["update"]


@pytest.mark.parametrize("case", CASES, ids=[case["row"] for case in CASES])
def test_d54_an_update_of_daemons_in_a_session(case: dict[str, Any]) -> None:
    """Passes, until one does nothing; then each instance has one daemon, of the new revision."""
    world = SessionCluster(allow_blocking_percents=True)
    instances = [world.instance() for _ in range(case["instances"])]
    world.daemon(minimum=case["minimum_percent"])
    world.settle()
    assert world.done() == Counter({"start 1": case["instances"]})
    assert world.describe("agent")["desiredCount"] == case["instances"]
    world.deploy("agent")
    order = []
    for one in case["passes"]:
        world.session.advance(0)
        order += [task.instance for task in world.tasks("agent") if task.started_at is None]
        assert world.done() == Counter({"stop 1": one["stop"], "start 2": one["start"]})
        world.wait()
    world.session.advance(0)
    assert not world.done()
    stuck = [text for text in world.messages("agent") if "was unable to stop or start" in text]
    assert bool(stuck) == case["stuck"]
    revision = 1 if case["stuck"] else 2
    found = {task.settings.definition_arn.rpartition(":")[2] for task in world.tasks("agent")}
    assert found == {str(revision)}
    assert world.hosts("agent") == Counter(instances)
    if not case["stuck"]:
        assert order == instances, "not in the order of registration"
        world.settle()
