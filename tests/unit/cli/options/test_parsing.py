"""Text that commands parse: JSON lines, YAML, keys that come twice."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
import yaml

from command import Run

LIST = "list-container-instances"
REGISTER = ("register-task-definition", "--dry-run", "--cli-input-json")
DEFINITION = {
    "family": "web",
    "containerDefinitions": [{"name": "web", "image": "nginx", "memory": 64}],
}
SERVICES = {"services": [{"serviceName": "web"}], "failures": []}


def answer(run: Run, *files: str) -> Any:
    arguments = [part for file in files for part in ("--state", file)]
    result = run(LIST, *arguments, "--output", "json")
    assert result.exit_code == 0, result.stderr
    return json.loads(result.stdout)


def test_json_lines_are_read_however_many(
    run: Run, document: dict[str, Any], write: Callable[..., Any]
) -> None:
    instances = document["containerInstances"]
    whole = answer(run, write(document))
    lines = "\n".join(json.dumps(one) for one in instances)
    assert answer(run, write(lines.encode(), "lines.jsonl")) == whole
    one = answer(run, write(json.dumps(instances[0]).encode(), "line.jsonl"))
    assert one["containerInstanceArns"] == [instances[0]["containerInstanceArn"]]


def test_pages_about_services_may_come_with_the_instances(
    run: Run, document: dict[str, Any], write: Callable[..., Any]
) -> None:
    first = write(document)
    assert answer(run, first, write(SERVICES, "services.json")) == answer(run, first)
    assert answer(run, write([document, SERVICES], "both.json")) == answer(run, first)


def test_yaml_is_read_as_json_is(
    run: Run, document: dict[str, Any], write: Callable[..., Any]
) -> None:
    """``--output yaml``; words and numbers that are texts there stay texts."""
    document["containerInstances"][0]["attributes"] = [
        {"name": "a", "value": text} for text in ["1.10"]
    ]
    text = yaml.safe_dump(document)
    assert answer(run, write(text.encode(), "state.yaml")) == answer(run, write(document))
    plain = b"containerInstances:\n- containerInstanceArn: i\n  attributes:\n"
    plain += b"  - {name: day, value: 2026-01-01}\n  - {name: on, value: yes}\n"
    name = write(plain, "plain.yaml")
    found = run(LIST, "--state", name, "--filter", "attribute:day == '2026-01-01'", "--output=json")
    assert json.loads(found.stdout)["containerInstanceArns"] == ["i"]
    found = run(LIST, "--state", name, "--filter", "attribute:on == yes", "--output=json")
    assert json.loads(found.stdout)["containerInstanceArns"] == ["i"]
    pages = b"containerInstances:\n- containerInstanceArn: i\n---\nservices: []\n"
    assert answer(run, write(pages, "pages.yaml"))["containerInstanceArns"] == ["i"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"id;cpu\na;5\n", "this seems to be a table (CSV)"),
        (b"id,cpu\na,5\n", "this seems to be a table (CSV)"),
        (b"a: &x [1]\nb: *x\n", "an alias of YAML, *x, is not read"),
        (b"a:\n  b: !Ref c\n", "could not determine a constructor for the tag '!Ref'"),
        (b"- " * 200 + b"x", "nested too deeply"),
        (b"hello", "no JSON, line 1 column 1"),
        (b'{"detail-type": "x", "detail": {}}', "an event of EventBridge"),
        (b'{"ContainerInstances": []}', "CloudFormation"),
    ],
)
def test_what_cannot_be_read_is_named(
    run: Run, write: Callable[..., Any], content: bytes, message: str
) -> None:
    name = write(content)
    result = run(LIST, "--state", name)
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith(f"error: {name}: ")
    assert message in result.stderr
    assert result.stderr.count("\n") == 1


def test_keys_that_come_twice_are_warned_of(run: Run, write: Callable[..., Any]) -> None:
    text = b'{"containerInstances": [{"containerInstanceArn": "i", "status": "DRAINING",'
    text += b' "status": "ACTIVE"}]}'
    name = write(text)
    result = run(LIST, "--state", name)
    assert result.exit_code == 0
    assert result.stderr.startswith(
        f"warning: {name}: comes twice in one object, the last counts: status\n"
    )


def test_the_whole_output_of_describe_task_definition_is_registered(
    run: Run, write: Callable[..., Any]
) -> None:
    """The wrapper, and what ECS has added, are taken off; the tags stay."""
    described = {
        "taskDefinition": {
            **DEFINITION,
            "taskDefinitionArn": "arn:aws:ecs:us-east-1:123456789012:task-definition/web:3",
            "revision": 3,
            "status": "ACTIVE",
            "requiresAttributes": [],
            "compatibilities": ["EC2"],
        },
        "tags": [{"key": "a", "value": "b"}],
    }
    plain = run(*REGISTER, json.dumps(DEFINITION), "--output", "json")
    wrapped = run(*REGISTER, f"file://{write(described)}", "--output", "json")
    assert (plain.exit_code, wrapped.exit_code) == (0, 0), wrapped.stderr
    assert wrapped.stdout == run(*REGISTER, json.dumps(described), "--output", "json").stdout
    found = json.loads(wrapped.stdout)["taskDefinition"]
    assert found["containerDefinitions"][0]["memory"] == 64


@pytest.mark.parametrize(
    ("document", "message"),
    [
        (DEFINITION["containerDefinitions"], "a list of containerDefinitions"),
        ({"Family": "web", "ContainerDefinitions": []}, "CloudFormation"),
        ({"family": "web", "container_definitions": []}, "snake_case"),
    ],
)
def test_another_form_of_a_definition_is_named(run: Run, document: Any, message: str) -> None:
    result = run(*REGISTER, json.dumps(document))
    assert result.exit_code == 2
    assert "this seems to be" in result.stderr
    assert message in result.stderr


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (
            b"CONTAINERINSTANCES\tTrue\tarn:aws:ecs:us-east-1:123456789012:container-instance/a/b\n",
            "the AWS CLI prints with --output text or table; print it with --output json or yaml",
        ),
        (
            b"----------------\n|  ListTasks   |\n+--------------+\n||  taskArns  ||\n",
            "the AWS CLI prints with --output text or table; print it with --output json or yaml",
        ),
        (
            b"Resources:\n  Web:\n    Type: AWS::ECS::TaskDefinition\n    Family: !Ref Name\n",
            "this seems to be CloudFormation",
        ),
    ],
    ids=["text", "table", "template"],
)
def test_what_another_tool_printed_is_named(
    run: Run, write: Callable[..., Any], content: bytes, message: str
) -> None:
    name = write(content)
    result = run(LIST, "--state", name)
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith(f"error: {name}: this seems to be ")
    assert message in result.stderr
