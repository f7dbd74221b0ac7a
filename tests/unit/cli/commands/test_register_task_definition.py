"""``register-task-definition --dry-run``, and ``run-task`` on what is not registered yet."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from command import Run
from placement.ecs import Client

REGISTER = "register-task-definition"
ECR = "123456789012.dkr.ecr.us-east-1.amazonaws.com/app:1"
P1 = "com.amazonaws.ecs.capability."


def definition(**container: Any) -> dict[str, Any]:
    return {
        "family": "web",
        "containerDefinitions": [{"name": "app", "image": ECR, "memory": 64, **container}],
    }


@pytest.fixture
def dry(run: Run, write: Callable[..., str]) -> Any:
    """Dry-run a document from a file."""

    def dry_it(document: Any, *arguments: str) -> Any:
        file = f"file://{write(document, 'web.json')}"
        return run(REGISTER, "--dry-run", "--cli-input-json", file, *arguments)

    return dry_it


def test_a_table_says_which_line_asks_for_which_attribute(dry: Any) -> None:
    ports = [{"containerPort": 80, "hostPort": 80}, {"containerPort": 81}]
    result = dry({**definition(portMappings=ports, user="1"), "cpu": "1 vCPU"})
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout.splitlines() == [
        "valid, for EXTERNAL, EC2",
        "web: 1024 CPU units, 64 MiB, tcp port 80, 1 dynamic port",
        f"{'REQUIRES':<51}  BECAUSE OF",
        f"{P1 + 'ecr-auth':<51}  containerDefinitions[0].image",
        f"{P1}docker-remote-api.1.17  containerDefinitions[0].user",
    ]


def test_a_definition_that_requires_nothing(dry: Any) -> None:
    result = dry(definition(image="nginx"))
    assert result.stdout.endswith("It requires no attribute.\n")


def test_json_is_what_ecs_would_answer_but_for_its_own_names(dry: Any) -> None:
    """That is arn, revision, status and dates: there is no account."""
    document = definition(healthCheck={"command": ["CMD", "true"]})
    result = dry(document, "--output", "json")
    assert (result.exit_code, result.stderr) == (0, "")
    expected = Client().register_task_definition(**document)["taskDefinition"]
    for name in ("taskDefinitionArn", "revision", "status", "registeredAt", "registeredBy"):
        del expected[name]
    assert json.loads(result.stdout) == {"taskDefinition": expected}


def test_every_problem_is_shown_with_its_path(dry: Any) -> None:
    result = dry({**definition(memory=3, image="a b"), "networkMode": "nat"})
    assert (result.exit_code, result.stdout) == (2, "")
    first, *lines = result.stderr.splitlines()
    assert first.startswith("error: ")
    assert first.endswith("web.json: 3 problems")
    assert [line.partition(": ")[0] for line in lines] == [
        "  containerDefinitions[0].memory",
        "  containerDefinitions[0].image",
        "  networkMode",
    ]


def test_a_wrong_expression_is_shown_with_carets(dry: Any) -> None:
    constraint = {"type": "memberOf", "expression": "attribute:a = b"}
    result = dry({**definition(), "placementConstraints": [constraint]})
    assert result.exit_code == 2
    lines = result.stderr.splitlines()
    place = next(number for number, line in enumerate(lines) if line.endswith("attribute:a = b"))
    assert lines[place + 1].index("^") == lines[place].index("= b")


def test_problems_as_json(dry: Any) -> None:
    result = dry(definition(memory=3), "--output", "json")
    assert (result.exit_code, result.stderr) == (2, "")
    (problem,) = json.loads(result.stdout)["problems"]
    assert problem["path"] == "containerDefinitions[0].memory"


def test_remarks_are_warnings_and_refuse_nothing(dry: Any) -> None:
    result = dry(definition(memory=5, image="${IMAGE}"))
    assert result.exit_code == 0
    told = [line.split(": ")[:2] for line in result.stderr.splitlines()]
    assert told == [
        ["warning", "containerDefinitions[0].memory"],
        ["warning", "containerDefinitions[0].image"],
    ]


def test_the_definition_may_stand_on_the_command_line(run: Run) -> None:
    result = run(REGISTER, "--dry-run", "--cli-input-json", json.dumps(definition()))
    assert result.exit_code == 0
    result = run(REGISTER, "--dry-run", "--cli-input-json", "{")
    assert result.exit_code == 2
    assert result.stderr.startswith("error: --cli-input-json: no JSON, line 1 column 2")
    result = run(REGISTER, "--dry-run", "--cli-input-json", "file://nowhere.json")
    assert result.stderr == "error: nowhere.json: cannot be read: no such file or directory\n"


@pytest.mark.parametrize("document", ["5", "[]", "null", '"a"'])
def test_what_is_no_object_is_no_definition(run: Run, document: str) -> None:
    result = run(REGISTER, "--dry-run", "--cli-input-json", document)
    assert result.exit_code == 2
    assert result.stderr.startswith("error: --cli-input-json: expected a task definition, not ")


def test_without_dry_run_it_is_refused(run: Run) -> None:
    result = run(REGISTER, "--cli-input-json", json.dumps(definition()))
    assert (result.exit_code, result.stdout) == (2, "")
    assert "there is no account to register it in" in result.stderr


def machine(id: str, *attributes: str) -> dict[str, Any]:
    resources = [
        {"name": "CPU", "type": "INTEGER", "integerValue": 1024},
        {"name": "MEMORY", "type": "INTEGER", "integerValue": 1024},
    ]
    return {
        "containerInstanceArn": f"arn:aws:ecs:us-east-1:123456789012:container-instance/c/{id}",
        "attributes": [{"name": name} for name in attributes],
        "registeredResources": resources,
        "remainingResources": resources,
    }


@pytest.fixture
def placed(run: Run, write: Callable[..., str]) -> Any:
    """Run a task on a machine that can pull from ECR and one that cannot; the answer."""
    machines = [machine("plain"), machine("able", f"{P1}ecr-auth")]
    state = write({"containerInstances": machines}, "state.json")

    def run_it(document: Any, status: int = 0) -> Any:
        name = write(document, "task.json")
        result = run(
            *("run-task", "--state", state, "--task-definition", name, "--count", "9"),
            *("--output", "json"),
        )
        assert result.exit_code == status, result.stderr
        return json.loads(result.stdout) if status != 2 else result.stderr

    return run_it


def test_run_task_derives_what_a_definition_requires(placed: Any) -> None:
    answer = placed(definition())
    arns = {task["containerInstanceArn"].rpartition("/")[2] for task in answer["tasks"]}
    assert arns == {"able"}
    assert answer["tasks"][0]["taskDefinitionArn"] == "web:0"


def test_run_task_checks_a_definition_whole(placed: Any) -> None:
    told = placed(definition(memory=3, image="a b"), status=2)
    assert [line.partition(": ")[0] for line in told.splitlines()[1:]] == [
        "  containerDefinitions[0].memory",
        "  containerDefinitions[0].image",
    ]


def test_run_task_takes_a_described_definition_at_its_word(placed: Any) -> None:
    """Its attributes are those it lists, whatever would be derived."""
    described = {**definition(), "revision": 3, "requiresAttributes": []}
    answer = placed({"taskDefinition": described})
    arns = {task["containerInstanceArn"].rpartition("/")[2] for task in answer["tasks"]}
    assert arns == {"plain", "able"}
    assert placed(described)["tasks"][0]["taskDefinitionArn"] == "web:3"


def test_run_task_takes_what_the_dry_run_prints(dry: Any, placed: Any) -> None:
    printed = json.loads(dry(definition(), "--output", "json").stdout)
    arns = {task["containerInstanceArn"].rpartition("/")[2] for task in placed(printed)["tasks"]}
    assert arns == {"able"}
