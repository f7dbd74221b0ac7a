"""``placement capacity``: providers now, after more tasks, exit statuses, refusals (C52)."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from capacity_session import CapacitySession
from command import Run
from small_sessions import small_session

Write = Callable[..., str]


def dumped(row: dict[str, Any]) -> dict[str, Any]:
    """Return what the AWS CLI prints of a cluster whose provider ``p`` begins as a row says."""
    document = CapacitySession(row).session.to_ecs()
    del document["placementState"]
    return dict(json.loads(json.dumps(document, default=str)))


@pytest.fixture
def capacity(run: Run, write: Write) -> Any:
    """Run the command on a cluster that begins as a row says."""

    def capacity_it(row: dict[str, Any], *arguments: str) -> Any:
        return run("capacity", "--state", write(dumped(row), "state.json"), *arguments)

    return capacity_it


FULL = {"full": 3, "empty": 1, "slots": 2}


def test_providers_as_they_are(capacity: Any) -> None:
    result = capacity(FULL)
    assert (result.exit_code, result.stderr) == (0, "")
    lines = [line.split() for line in result.stdout.splitlines()]
    assert result.stdout.startswith("default at the next full minute\n")
    assert lines[2] == ["p", "4", "1", "0", "3", "75", "<", "100", "4"]
    assert result.stdout.endswith(
        "\n    p: the reservation is below the target for less than 15 minutes\n"
    )


def test_providers_as_json(capacity: Any) -> None:
    document = json.loads(capacity(FULL, "--output", "json").stdout)
    (provider,) = document["providers"]
    assert provider["group"] == "group"
    assert (provider["registered"], provider["needed"], provider["reservation"]) == (4, 3, 75)
    assert document["afterTasks"] is None


def test_more_tasks_and_when_it_settles(capacity: Any) -> None:
    """14 more tasks, two a machine: two on the empty one, twelve wait for six more machines."""
    arguments = ("--task-definition", "app:1", "--count", "14")
    document = json.loads(capacity(FULL, *arguments, "--output", "json").stdout)
    (provider,) = document["providers"]
    assert (provider["waiting"], provider["needed"]) == (12, 10)
    assert (provider["desired"], provider["newDesired"]) == (4, 10)
    after = document["afterTasks"]
    assert (after["tasks"], after["placed"], after["failed"]) == (14, 14, [])
    assert (after["placedAfter"], after["settledAfter"]) == (180, 180)
    assert [one["desired"] for one in after["timeline"]] == [10, 10]
    result = capacity(FULL, *arguments)
    assert result.exit_code == 0
    assert "\nAfter 14 more tasks\n" in result.stdout
    assert (
        "desired capacity 4 → 10: the reservation is above the target; 6 launched" in result.stdout
    )
    assert result.stdout.endswith("all placed after 0:03:00\n    at rest after 0:03:00\n")


def test_tasks_that_are_never_placed_end_with_status_3(capacity: Any) -> None:
    arguments = ("--task-definition", "app:1", "--count", "2")
    result = capacity({"full": 1, "maximum": 1}, *arguments)
    assert result.exit_code == 3
    assert "the group is at its maximum" in result.stdout
    assert "0 of 2 placed\n    2 ended: TaskFailedToStart: RESOURCE:CPU" in result.stdout


@pytest.mark.parametrize("name", ["app:1", "app"])
def test_one_task_that_fits_changes_no_group(capacity: Any, name: str) -> None:
    result = capacity({"full": 1, "partial": 1, "slots": 2}, "--task-definition", name)
    assert result.exit_code == 0
    assert result.stdout.endswith("all placed at once\n    no group changes\n")


def test_the_type_of_a_template_may_be_said(capacity: Any) -> None:
    """A group without an instance has no type unless somebody says it."""
    without = capacity({}, "--task-definition", "app:1")
    assert without.exit_code == 3
    assert "no instance type of the group is known" in without.stdout
    assert "[provider-cannot-grow]" in without.stdout
    types = ("--instance-type", "machines=m5.large")
    found = capacity({}, "--task-definition", "app:1", *types)
    assert found.exit_code == 0
    assert "0 → 2" in found.stdout
    assert "[provider-cannot-grow]" not in found.stdout


def test_a_definition_in_a_file(capacity: Any, write: Write) -> None:
    container = {"name": "new", "image": "busybox", "cpu": 2048, "memory": 4}
    file = write({"family": "new", "containerDefinitions": [container]}, "new.json")
    result = capacity({"empty": 1}, "--task-definition", file)
    assert result.exit_code == 0
    assert "all placed at once" in result.stdout


def test_a_state_without_providers(run: Run, write: Write) -> None:
    document = json.loads(json.dumps(small_session().to_ecs(), default=str))
    result = run("capacity", "--state", write(document, "plain.json"))
    assert result.exit_code == 0
    assert "the files of --state describe no capacity provider" in result.stdout


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--count", "3"), "--count and --capacity-provider need --task-definition"),
        (
            ("--task-definition", "gone:1"),
            "task definition 'gone:1' is not in the files of --state",
        ),
        (("--task-definition", "app:1", "--count", "0"), "0 is not in the range 1<=x<=10000"),
        (
            ("--task-definition", "app:1", "--capacity-provider", "q"),
            "cluster default has no capacity provider 'q'; it has p",
        ),
        (("--task-definition", "app:1", "--count", "501"), "provisioning capacity limit"),
        (("--instance-type", "m5.large"), "'m5.large' is not TEMPLATE=TYPE"),
        (("--instance-type", "machines=m99.huge"), "m99.huge"),
        (("--cluster", "gone"), "cluster 'gone' is not in the files of --state"),
    ],
)
def test_what_does_not_go_together_is_refused(
    capacity: Any, arguments: tuple[str, ...], words: str
) -> None:
    result = capacity({}, *arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert words in result.stderr
