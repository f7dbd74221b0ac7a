"""The tables of passes once more, through sessions: instances, tasks, time and events (D2, D3)."""

from __future__ import annotations

import tomllib
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from session_rolling import SessionWorld

FOLDER = Path(__file__).parent
ROWS = [
    row
    for path in sorted(FOLDER.glob("*.toml"))
    for row in tomllib.loads(path.read_text(encoding="utf-8")).get("row", [])
    if "passes" in row and all(" r1 " in task for task in row.get("tasks", []))
]
"""Those that begin with one revision, as a new service does."""


def expected(actions: list[str]) -> Counter[str]:
    """Return actions summed up by revision, whatever the class."""
    found: Counter[str] = Counter()
    for action in actions:
        kind, count, revision = action.split()[:3]
        found[f"{kind} {revision}"] += int(count)
    return found


@pytest.mark.parametrize("row", ROWS, ids=[row["row"] for row in ROWS])
def test_a_session_makes_the_passes(row: dict[str, Any]) -> None:
    world = SessionWorld(row)
    for event in row.get("events", []):
        world.happen(event)
    said = ""
    for number, one in enumerate(row["passes"]):
        if number:
            world.wait(until_healthy=one.get("waits", True))
        for event in one.get("events", []):
            world.happen(event)
        assert world.actions() == expected(one["actions"]), f"pass {number + 1}"
        said += " ".join(world.events())  # the same text is not repeated (D26)
        if one.get("unplaced"):
            assert "was unable to place a task" in said
        for count in one.get("protected", {}).values():
            assert f"{count} tasks under protection" in said
    if row.get("ends", True):
        world.wait()
        assert not world.actions()


def test_most_rows_are_played() -> None:
    assert len(ROWS) > 40
