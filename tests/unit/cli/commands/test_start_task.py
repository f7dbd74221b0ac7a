"""``placement start-task``: would a task start on the instances that are named?"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from command import Run
from described_machines import ARN, DEFINITION, machine

DOCUMENT = {
    "taskDefinitionArn": DEFINITION,
    "family": "web",
    "revision": 8,
    "containerDefinitions": [{"name": "web", "cpu": 100, "memory": 500}],
    "placementConstraints": [{"type": "memberOf", "expression": "attribute:stack == prod"}],
}


@pytest.fixture
def start(run: Run, write: Callable[..., str]) -> Callable[..., Any]:
    """Run the command on three machines and a definition."""
    documents = [machine("one"), machine("two", memory=100), machine("old", status="DRAINING")]
    state = write({"containerInstances": documents}, "machines.json")
    definition = write({"taskDefinition": DOCUMENT}, "web.json")

    def call(*arguments: str) -> Any:
        return run(
            "start-task", "--state", state, "--state", definition, *arguments
        )  # the definition is in the state; --task-definition names it

    return call


def test_a38_each_instance_has_its_line(start: Callable[..., Any]) -> None:
    """The definition's constraint is not looked at; exit status 3 as some do not start."""
    result = start("--task-definition", "web:8", "--container-instances", "one", "i-two", "x")
    assert result.exit_code == 3
    lines = [line.split() for line in result.stdout.splitlines()]
    assert lines[1] == ["one", "i-one", "a", "starts"]
    assert lines[2] == [
        "two", "i-two", "a", "RESOURCE:MEMORY:", "wanted", "500", "MiB,", "100", "MiB", "left",
    ]  # fmt: skip
    assert lines[3] == ["x", "-", "-", "no", "such", "container", "instance"]
    assert lines[-1] == ["1", "of", "3", "tasks", "of", "family:web", "would", "start"]


def test_json_is_what_the_call_answers(start: Callable[..., Any]) -> None:
    result = start(
        "--task-definition", DEFINITION, "--container-instances", ARN + "one", "old",
        "--started-by", "me", "--group", "g", "--output", "json",
    )  # fmt: skip
    assert result.exit_code == 3
    answer = json.loads(result.stdout)
    assert answer["tasks"] == [
        {
            "availabilityZone": "a",
            "containerInstanceArn": ARN + "one",
            "cpu": "100",
            "desiredStatus": "RUNNING",
            "group": "g",
            "lastStatus": "PENDING",
            "launchType": "EC2",
            "memory": "500",
            "startedBy": "me",
            "taskDefinitionArn": DEFINITION,
        }
    ]
    (failure,) = answer["failures"]
    assert (failure["arn"], failure["reason"]) == (ARN + "old", "INACTIVE")  # A38b
    assert failure["detail"] == "INACTIVE: its status is DRAINING"


def test_overrides_in_shorthand_json_and_files(
    start: Callable[..., Any], write: Callable[..., str]
) -> None:
    """The AWS CLI's three ways; numbers have the types of the model."""
    given = {"containerOverrides": [{"name": "web", "memory": 50}]}
    for text in (
        "containerOverrides=[{name=web,memory=50}]",
        json.dumps(given),
        f"file://{write(given, 'overrides.json')}",
    ):
        result = start(
            "--task-definition", "web:8", "--overrides", text, "--container-instances", "two"
        )
        assert (result.exit_code, result.stderr) == (0, "")
        assert "two" in result.stdout


def test_the_parameters_of_a_whole_call(
    start: Callable[..., Any], write: Callable[..., str]
) -> None:
    """--cli-input-json; options win."""
    given = {"taskDefinition": "web", "containerInstances": ["two"], "group": "g"}
    file = f"file://{write(given, 'call.json')}"
    assert "0 of 1 task of g would start" in start("--cli-input-json", file).stdout
    result = start("--cli-input-json", file, "--container-instances", '["one"]', "--group", "h")
    assert "1 of 1 task of h would start" in result.stdout


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--task-definition", "web:8"], "Missing option '--container-instances'"),
        (["--container-instances", "one"], "Missing option '--task-definition'"),
        (
            ["--task-definition", "db:1", "--container-instances", "one"],
            "'db:1' is not in the files of --state",
        ),
        (
            ["--task-definition", "web:8", "--container-instances", *map(str, range(11))],
            "up to 10 container instances, not 11",
        ),
        (["--task-definition", "web:8", "--container-instances", "a", "a"], "'a' is listed twice"),
        (
            ["--task-definition", "web:8", "--container-instances", "one", "--overrides", "x=1"],
            'Unknown parameter in overrides: "x"',
        ),
        (
            ["--task-definition", "web:8", "--container-instances", "one", "--overrides",
             "containerOverrides=[{name=db}]"],
            "container named db is not a container",
        ),
        (
            ["--task-definition", "web:8", "--container-instances", "one",
             "--network-configuration", "awsvpcConfiguration={subnets=[subnet-a]}"],
            "not valid for the given networkMode",
        ),
        (
            ["--task-definition", "web:8", "--container-instances", "one", "--cli-input-json", "5"],
            "expected an object",
        ),
        (
            ["--task-definition", "web:8", "--cli-input-json", '{"containerInstances": "one"}'],
            "Invalid type for parameter containerInstances",
        ),
        (
            ["--task-definition", "web:8", "--cli-input-json", '{"count": 1}'],
            'Unknown parameter in input: "count"',
        ),
    ],
)  # fmt: skip
def test_wrong_use_is_one_line(
    start: Callable[..., Any], arguments: list[str], message: str
) -> None:
    result = start(*arguments)
    assert result.exit_code == 2
    assert result.stdout == ""
    assert message in result.stderr
    assert "Traceback" not in result.stderr
