"""What ECS would refuse in a file is refused with its name, by every command that reads it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from command import Run
from described_machines import DEFINITION, machine

SERVICE = {"serviceName": "web", "taskDefinition": "web", "desiredCount": 1}
SMALL = {"family": "web", "containerDefinitions": [{"name": "w", "image": "nginx", "memory": 3}]}
SMALL_IS = "containerDefinitions[0].memory: expected a whole number from 4, not int 3"


def described(memory: Any) -> dict[str, Any]:
    return {
        "taskDefinitionArn": DEFINITION,
        "family": "web",
        "revision": 8,
        "containerDefinitions": [{"name": "w", "image": "nginx", "memory": memory}],
    }


@pytest.fixture
def state(write: Callable[..., str]) -> str:
    return write({"containerInstances": [machine("one")], "taskDefinitions": [described(10)]})


def calls(state: str, service: str) -> dict[str, list[str]]:
    """Return the commands that take a task definition, but for that option."""
    files = ["--state", state]
    return {
        "run-task": files,
        "explain": files,
        "fit": files,
        "start-task": [*files, "--container-instances", "one"],
        "capacity": files,
        "lint": [*files, "--service-definition", service],
        "deploy": [*files, "--service-definition", service],
    }


COMMANDS = tuple(calls("", ""))


@pytest.mark.parametrize("command", COMMANDS)
def test_a_definition_that_is_refused_has_its_file(
    run: Run, write: Callable[..., str], state: str, command: str
) -> None:
    arguments = calls(state, write(SERVICE, "service.json"))[command]
    file = write(SMALL, "small.json")
    result = run(command, *arguments, "--task-definition", file)
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == f"error: {file}: {SMALL_IS}\n"
    file = write({"taskDefinition": described("x")}, "described.json")
    result = run(command, *arguments, "--task-definition", file)
    assert (result.exit_code, result.stdout) == (2, "")
    where = "containerDefinitions[0].memory"
    assert result.stderr == f"error: {file}: expected a whole number from 4, not 'x' @ {where}\n"


@pytest.mark.parametrize("command", COMMANDS)
def test_a_definition_of_the_state_that_is_refused_has_its_file_and_its_record(
    run: Run, write: Callable[..., str], command: str
) -> None:
    state = write({"containerInstances": [machine("one")]})
    others = [{**described(10), "taskDefinitionArn": f"{DEFINITION[:-1]}7", "revision": 7}]
    file = write({"taskDefinitions": [*others, described("x")]}, "definitions.json")
    arguments = calls(state, write(SERVICE, "service.json"))[command]
    result = run(command, *arguments, "--state", file, "--task-definition", "web:8")
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith(f"error: {file}")
    assert "taskDefinitions[1]" in result.stderr
    assert "containerDefinitions[0].memory" in result.stderr


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"compatibilities": 5}, "expected a list, not int @ compatibilities"),
        ({"compatibilities": ["EC2", None]}, "expected text, not None @ compatibilities[1]"),
        ({"requiresCompatibilities": "EC2"}, "expected a list, not str @ requiresCompatibilities"),
        ({"status": 5}, "expected text, not int 5 @ status"),
    ],
)
def test_what_calls_look_into_has_its_form(
    run: Run, write: Callable[..., str], state: str, change: dict[str, Any], message: str
) -> None:
    file = write({**described(10), **change}, "described.json")
    for command, arguments in calls(state, "").items():
        if command in ("run-task", "explain", "fit", "start-task"):
            result = run(command, *arguments, "--task-definition", file)
            assert (result.exit_code, result.stdout) == (2, "")
            assert result.stderr == f"error: {file}: {message}\n"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            {"placementStrategy": [{"type": "random", "field": "cpu"}]},
            "random field should not be specified. @ placementStrategy[0].field",
        ),
        ({"desiredCount": "1"}, "Parameter validation failed: Invalid type for parameter desired"),
        ({"serviceName": None}, "Parameter validation failed: "),
    ],
)
def test_a_service_that_is_refused_has_its_file(
    run: Run, write: Callable[..., str], state: str, change: dict[str, Any], message: str
) -> None:
    file = write({**SERVICE, **change}, "service.json")
    for call in (["deploy", "--state", state], ["lint", "--state", state], ["lint"]):
        result = run(*call, "--service-definition", file)
        assert (result.exit_code, result.stdout) == (2, "")
        assert result.stderr.startswith(f"error: {file}: {message}")
        assert len(result.stderr.splitlines()) == 1


def test_a_service_that_the_call_refuses_has_its_file(
    run: Run, write: Callable[..., str], state: str
) -> None:
    file = write({**SERVICE, "launchType": "EXTERNAL", "schedulingStrategy": "DAEMON"}, "s.json")
    result = run("deploy", "--state", state, "--service-definition", file, "--desired-count", "3")
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith(f"error: {file}: ")
    assert "CreateService operation" in result.stderr


@pytest.mark.parametrize(
    ("places", "words"),
    [
        (["one", "gone"], "1 running task is on a container instance that --state does"),
        (["gone", "lost"], "2 running tasks are on container instances that --state does"),
        (["one", None], ""),
    ],
)
def test_running_tasks_on_instances_that_no_page_describes_are_warned_of(
    run: Run, write: Callable[..., str], places: list[Any], words: str
) -> None:
    """A page may have been forgotten; tasks that have stopped, or have no instance, are no sign."""
    tasks: list[Any] = [
        {
            "taskArn": f"task-{number}",
            "containerInstanceArn": None
            if place is None
            else machine(place)["containerInstanceArn"],
            "group": "web",
        }
        for number, place in enumerate(places)
    ]
    stopped = {**tasks[0], "taskArn": "stopped", "desiredStatus": "STOPPED"}
    stopped["containerInstanceArn"] = machine("old")["containerInstanceArn"]
    document = {"containerInstances": [None, machine("one")], "tasks": [5, *tasks, stopped]}
    result = run("list-container-instances", "--state", write(document), "--skip-unreadable")
    assert result.exit_code == 0
    assert ("running task" in result.stderr) == bool(words)
    assert words in result.stderr
