"""The tables of passes, played by the library and its naive twin at once (``README.md``)."""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from pathlib import Path
from typing import Any

import attrs
import pytest

from naive_rolling import NaiveService, NaiveTask
from rolling_histories import is_steady
from rolling_world import RollingWorld
from rolling_world import Summary as Actions

FOLDER = Path(__file__).parent
ROWS = [
    row
    for path in sorted(FOLDER.glob("*.toml"))
    for row in tomllib.loads(path.read_text(encoding="utf-8")).get("row", [])
    if "passes" in row
]
ROW_FIELDS = {"row", "title", "desired", "percents", "bounds", "tasks", "holds", "events"}
ROW_FIELDS |= {"passes", "ends"}
PASS_FIELDS = {"waits", "events", "actions", "stuck", "unplaced", "protected"}

TASKS = re.compile(r"(\d+) r(\d+) (\w+)(?: become (\w+)| end)?")


def number_of(revision: str) -> int:
    return int(revision.removeprefix("r"))


def new_tasks(text: str) -> list[NaiveTask]:
    count, revision, status = text.split()
    return [NaiveTask(number_of(revision), status) for _ in range(int(count))]


def world_of(row: dict[str, Any]) -> RollingWorld:
    minimum, maximum = row.get("percents", (100, 200))
    given = row.get("tasks", [f"{row['desired']} r1 healthy"])
    tasks = [task for text in given for task in new_tasks(text)]
    naive = NaiveService(row["desired"], minimum, maximum, tasks=tasks)
    return RollingWorld(naive, holds=row.get("holds"))


def change(world: RollingWorld, task: NaiveTask, new: str | None) -> None:
    """Change a task: to another class or protection, or let it end."""
    if new is None:
        world.naive.tasks = [one for one in world.naive.tasks if one is not task]
    elif new == "draining":
        task.draining = True
    elif new.endswith("protected"):
        task.protected = new == "protected"
    else:
        task.status = new


def happen(world: RollingWorld, event: str) -> None:
    """Let an event happen that a table names."""
    if match := TASKS.fullmatch(event):
        count, revision, task_class, new = match.groups()
        there = world.naive.of(int(revision), task_class)
        there.sort(key=lambda task: task.protected, reverse=new == "unprotected")
        assert len(there) >= int(count), f"{event}: there are {len(there)}"
        for task in there[: int(count)]:
            change(world, task, new)
        return
    words = event.split()
    if words[0] == "deploy":
        world.deploy(number_of(words[1]))
    elif words[:3] == ["roll", "back", "to"]:
        world.naive.failed.add(world.naive.primary)
        world.deploy(number_of(words[3]))
    elif words[0] == "desired":
        world.scale(int(words[1]))
    else:
        assert words[0] == "holds", event
        world.holds = int(words[1])


def actions_of(texts: list[str]) -> Actions:
    """Return what a table expects as a pass is summed up."""
    found: Counter[tuple[str, int, str]] = Counter()
    for text in texts:
        kind, count, revision, *task_class = text.split()
        found[kind, number_of(revision), task_class[0] if task_class else ""] += int(count)
    return dict(found)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["row"])
def test_every_row_of_the_tables_pass_by_pass(row: dict[str, Any]) -> None:
    """D28, D30, D101 to D103: slots and rounds; D6: 100/100 moves no deployment."""
    assert row.keys() <= ROW_FIELDS
    world = world_of(row)
    assert row.get("bounds", [world.naive.lower, world.naive.upper]) == [
        world.state.lower,
        world.state.upper,
    ]
    for event in row.get("events", []):
        happen(world, event)
    for position, one in enumerate(row["passes"]):
        assert one.keys() <= PASS_FIELDS
        if position and one.get("waits", True):
            world.settle()
        for event in one.get("events", []):
            happen(world, event)
        assert world.run_pass() == actions_of(one["actions"]), (row["row"], position)
        result = world.last
        assert result is not None
        assert result.is_stuck == one.get("stuck", False)
        assert result.unplaced == tuple(number_of(r) for r in one.get("unplaced", []))
        kept = {number_of(r): count for r, count in one.get("protected", {}).items()}
        assert result.protected_surplus == kept
    if row.get("ends", True):
        world.settle()
        assert world.run_pass() == {}
        assert world.last is not None
        assert is_steady(world) != world.last.is_stuck


def test_the_tables_hold_every_row_of_their_sections() -> None:
    wanted = {*range(1, 38), *range(85, 92), 93, 94, *range(96, 109)}
    assert Counter(row["row"] for row in ROWS) == Counter(f"E{number}" for number in wanted)


def test_a_wrong_table_fails() -> None:
    """A player that compared nothing would agree with everything."""
    row = {"row": "", "desired": 4, "events": ["deploy r2"], "passes": [{"actions": []}]}
    with pytest.raises(AssertionError):
        test_every_row_of_the_tables_pass_by_pass(row)


def test_a_pass_that_differs_from_its_twin_fails() -> None:
    world = world_of({"desired": 4})
    world.deploy(2)
    world.state = attrs.evolve(world.state, maximum_percent=150)
    with pytest.raises(AssertionError):
        world.run_pass()
