"""``placement report``: a cluster at a glance, as tables and as JSON."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from command import Run
from described_machines import ARN, DEFINITION, machine

TASK = {
    "taskArn": "arn:aws:ecs:us-east-1:123456789012:task/prod/t",
    "taskDefinitionArn": DEFINITION,
    "containerInstanceArn": ARN + "one",
    "group": "service:shop",
    "cpu": "24",
    "memory": "600",
    "lastStatus": "RUNNING",
    "desiredStatus": "RUNNING",
}

NO_TASKS = "instances that take no tasks, because they are not ACTIVE or their agents are"
NO_DOCUMENT = "--state has no document of it: what its tasks hold is asked for, without"
STRANDED = "1000 of 2024 free CPU units (49%), 400 of 1400 free MiB (29%)"


@pytest.fixture
def state(write: Callable[..., str]) -> str:
    """Three instances; a task on the first, whose remaining amounts include it."""
    left = [
        {"name": "CPU", "type": "INTEGER", "integerValue": 1000},
        {"name": "MEMORY", "type": "INTEGER", "integerValue": 400},
    ]
    nowhere = machine("two")
    nowhere["attributes"] = [{"name": "ecs.instance-type", "value": "m5.large"}]
    documents = [
        machine("one", remainingResources=left, runningTasksCount=2),
        nowhere,
        machine("old", status="DRAINING"),
        machine("gone", status="INACTIVE"),
    ]
    return write({"containerInstances": documents, "tasks": [TASK]})


def test_tables_say_what_is_used_what_fits_and_what_is_stranded(run: Run, state: str) -> None:
    result = run("report", "--state", state)
    assert result.exit_code == 0
    assert result.stdout.splitlines() == [
        "3 instances, 2 running tasks",
        f"    {NO_TASKS} disconnected: 1",
        "    running tasks of no known group, because --state has no document of them: 1",
        "",
        "By zone",
        "ZONE  INSTANCES  TAKING  TASKS           CPU   memory (MiB)",
        "a             2       1      2  24/2048   1%  600/2000  30%",
        "-             1       1      0   0/1024   0%    0/1000   0%",
        "",
        "By instance type",
        "TYPE      INSTANCES  TAKING  TASKS           CPU   memory (MiB)",
        "m5.large          1       1      0   0/1024   0%    0/1000   0%",
        "-                 2       1      2  24/2048   1%  600/2000  30%",
        "",
        "The largest tasks that still fit",
        "ZONE   CPU  memory (MiB)  WHERE",
        "a     1000           400  one",
        "-     1024          1000  two",
        "",
        "Fragmentation",
        "    most tasks (1) are of web:8, which asks for 24 CPU units, 600 MiB",
        f"    {NO_DOCUMENT} attributes and constraints",
        "    no room for one more: 1 of the 2 instances that take tasks",
        f"    free there, out of its reach: {STRANDED}",
        "    reasons, by number of instances (one may have several): RESOURCE:MEMORY 1",
        "",
        "Groups",
        "GROUP         TASKS  INSTANCES  TASKS BY ZONE",
        "service:shop      1          1  a 1",
        "",
        "By instance",
        "CONTAINER INSTANCE  MACHINE  ZONE  STATE     TASKS           CPU   memory (MiB)",
        "one                 i-one    a     ACTIVE        2  24/1024   2%  600/1000  60%",
        "two                 i-two    -     ACTIVE        0   0/1024   0%    0/1000   0%",
        "old                 i-old    a     DRAINING      0   0/1024   0%    0/1000   0%",
    ]


def test_json_has_the_same(run: Run, state: str) -> None:
    document = json.loads(run("report", "--state", state, "--output", "json").stdout)
    assert document["total"]["cpu"] == {
        "registered": 3072,
        "used": 24,
        "remaining": 3048,
        "reserved": 0,
    }
    assert [one["availabilityZone"] for one in document["zones"]] == ["a", None]
    assert [one["instanceCount"] for one in document["instanceTypes"]] == [1, 2]
    assert [one["containerInstanceArn"] for one in document["instances"]] == [
        ARN + id for id in ("one", "two", "old")
    ]
    assert document["largestTasks"][0] == {
        "availabilityZone": "a",
        "cpu": 1000,
        "memory": 400,
        "containerInstanceArns": [ARN + "one"],
    }
    assert document["fragmentation"]["stranded"] == {"cpu": 1000, "memory": 400, "gpus": 0}
    assert document["groups"] == [
        {
            "group": "service:shop",
            "tasks": 1,
            "instances": 1,
            "zones": [{"availabilityZone": "a", "tasks": 1}],
        }
    ]
    assert document["unknownTasks"] == 1


def test_the_definition_of_the_state_is_used(
    run: Run, state: str, write: Callable[..., str]
) -> None:
    """Its constraints count then, which tasks do not hold."""
    definition = {
        "taskDefinitionArn": DEFINITION,
        "family": "web",
        "revision": 8,
        "placementConstraints": [{"type": "memberOf", "expression": "attribute:stack == prod"}],
        "containerDefinitions": [{"name": "web", "cpu": 24, "memory": 600}],
    }
    more = write({"taskDefinition": definition}, "definition.json")
    asked = ["report", "--state", state, "--state", more, "--output", "json"]
    found = json.loads(run(*asked).stdout)["fragmentation"]
    assert found["definitionKnown"]
    assert found["reasons"] == {"MEMBER_OF": 2, "RESOURCE:MEMORY": 1}


@pytest.mark.parametrize(
    "documents", [[], [machine("gone", status="INACTIVE")]], ids=["none", "inactive"]
)
def test_a_cluster_without_instances(
    run: Run, write: Callable[..., str], documents: list[dict[str, Any]]
) -> None:
    file = write({"containerInstances": documents})
    result = run("report", "--state", file)
    assert result.exit_code == 0
    assert result.stdout == "0 instances, 0 running tasks\n"
    document = json.loads(run("report", "--state", file, "--output", "json").stdout)
    assert (document["instances"], document["fragmentation"]) == ([], None)


def test_nothing_fits_where_all_drain(run: Run, write: Callable[..., str]) -> None:
    lines = run(
        "report", "--state", write({"containerInstances": [machine("x", status="DRAINING")]})
    ).stdout.splitlines()
    assert "a       -             -  nothing fits" in lines
    assert "    not known: --state says of no running task which definition it is of" in lines


def test_an_attribute_without_value_is_not_a_missing_one(
    run: Run, write: Callable[..., str]
) -> None:
    empty = machine("x")
    empty["attributes"] = [{"name": "ecs.availability-zone", "value": ""}]
    result = run("report", "--state", write({"containerInstances": [empty]}))
    assert '""            1' in result.stdout


@pytest.mark.parametrize("width", [40, 60, 80, 100, 200])
def test_tables_keep_to_the_width_of_the_screen(
    run: Run, example: str, example_tasks: str, width: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What gives way is said, and names of zones and machines are never cut."""
    monkeypatch.setattr("placement.cli.output.render._is_terminal", lambda **_: True)
    monkeypatch.setenv("COLUMNS", str(width))
    monkeypatch.setenv("LINES", "24")
    monkeypatch.setenv("NO_COLOR", "1")
    result = run("report", "--state", example, "--state", example_tasks)
    lines = result.stdout.splitlines()
    assert result.exit_code == 0
    assert max(map(len, lines)) <= width
    assert any(line.startswith("us-east-1a ") for line in lines)
    assert any("i-0b31e1f8f9bf31c1a " in line for line in lines)
    assert ("no room on the screen for" in result.stdout) == (width < 200)
    assert "    … and 180 more: a pipe or --output" in result.stdout


def test_files_that_cannot_be_read_are_refused(run: Run, tmp_path: Any) -> None:
    result = run("report", "--state", str(tmp_path / "none.json"))
    assert result.exit_code == 2
    assert "cannot be read" in result.stderr
