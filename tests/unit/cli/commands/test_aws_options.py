"""The options of ``aws ecs run-task``: which cluster, which definition, what means nothing."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from command import Run

PREFIX = "arn:aws:ecs:us-east-1:123456789012:"
RESOURCES = [
    {"name": "CPU", "type": "INTEGER", "integerValue": 1024},
    {"name": "MEMORY", "type": "INTEGER", "integerValue": 1000},
]


def machine(cluster: str, id: str, **fields: Any) -> dict[str, Any]:
    return {
        "containerInstanceArn": f"{PREFIX}container-instance/{cluster}/{id}",
        "registeredResources": RESOURCES,
        "remainingResources": RESOURCES,
        **fields,
    }


def revision(number: int, memory: int, **fields: Any) -> dict[str, Any]:
    return {
        "taskDefinitionArn": f"{PREFIX}task-definition/web:{number}",
        "family": "web",
        "revision": number,
        "containerDefinitions": [{"name": "web", "image": "nginx", "memory": memory}],
        **fields,
    }


@pytest.fixture
def state(write: Callable[..., str]) -> str:
    """One cluster of one machine, and three revisions, of which the last is INACTIVE."""
    definitions = [revision(7, 700), revision(8, 800), revision(9, 900, status="INACTIVE")]
    return write(
        {"containerInstances": [machine("prod", "a")], "taskDefinitions": definitions}, "state.json"
    )


@pytest.fixture
def memory_of(run: Run, state: str) -> Callable[[str], str]:
    """Return the memory of the task that a value of --task-definition means."""

    def of(name: str) -> str:
        result = run(
            *("run-task", "--state", state, "--task-definition", name),
            *("--query", "tasks[0].memory", "--output", "text"),
        )
        assert result.exit_code == 0, result.stderr
        return result.stdout.strip()

    return of


# Definitions


def test_a_family_is_its_latest_active_revision(memory_of: Callable[[str], str]) -> None:
    """As in calls of the API."""
    assert memory_of("web") == "800"
    assert memory_of("web:7") == "700"
    assert memory_of(f"{PREFIX}task-definition/web:7") == "700"


def test_a_file_wins_where_its_name_is_that_of_a_file(
    memory_of: Callable[[str], str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("web", "web.json", "web:8", "other"):
        Path(name).write_text(json.dumps(revision(1, 100)))
    assert memory_of("web") == "800"
    assert memory_of("web:8") == "800"
    assert memory_of("./web") == "100"
    assert memory_of("./web:8") == "100"
    assert memory_of("web.json") == "100"
    assert memory_of("other") == "100"  # there is no such family


@pytest.mark.parametrize(
    ("name", "message"),
    [
        (
            "shop",
            "task definition 'shop' is not in the files of --state; --task-definition takes a",
        ),
        ("shop.json", "shop.json: cannot be read: no such file or directory"),
        ("web:6", "task definition 'web:6' is not in the files of --state"),
        ("a\0b", "task definition"),
        ("web:9", "error: TaskDefinition is inactive\n"),
    ],
)
def test_what_is_no_definition_is_refused_by_its_kind(
    run: Run, state: str, name: str, message: str
) -> None:
    result = run("run-task", "--state", state, "--task-definition", name)
    assert (result.exit_code, result.stdout) == (2, "")
    assert message in result.stderr


# Clusters


@pytest.fixture
def two(write: Callable[..., str]) -> str:
    """Two clusters, and an instance of which the ARN names none."""
    old = machine("x", "old", containerInstanceArn=f"{PREFIX}container-instance/old")
    task = {
        "taskArn": f"{PREFIX}task/test/t",
        "containerInstanceArn": f"{PREFIX}container-instance/test/b",
        "group": "family:web",
        "lastStatus": "RUNNING",
    }
    instances = [machine("prod", "a"), machine("test", "b"), old]
    return write(
        {"containerInstances": instances, "tasks": [task], "taskDefinitions": [revision(8, 800)]},
        "two.json",
    )


@pytest.mark.parametrize(
    ("name", "ids"),
    [("prod", ["a", "old"]), (f"{PREFIX}cluster/test", ["b", "old"])],
)
def test_the_cluster_that_is_named_is_the_one(run: Run, two: str, name: str, ids: Any) -> None:
    listed = run("list-container-instances", "--state", two, "--cluster", name)
    assert [line.split()[0] for line in listed.stdout.splitlines()[1:3]] == ids
    placed = run(
        *("run-task", "--state", two, "--cluster", name, "--task-definition", "web"),
        *("--count", "9", "--query", "tasks[].containerInstanceArn"),
    )
    assert sorted(arn.rpartition("/")[2] for arn in json.loads(placed.stdout)) == ids


@pytest.mark.parametrize("command", ["run-task", "explain"])
def test_several_clusters_need_a_name_and_a_wrong_one_is_refused(
    run: Run, two: str, command: str
) -> None:
    result = run(command, "--state", two, "--task-definition", "web")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "several clusters: give --cluster, one of prod, test" in result.stderr
    result = run(command, "--state", two, "--task-definition", "web", "--cluster", "dev")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "cluster 'dev' is not in the files of --state: they describe prod, test" in result.stderr


def test_list_container_instances_and_check_ask_which_of_several_clusters(
    run: Run, two: str
) -> None:
    """The AWS CLI means the cluster ``default``; no command here joins clusters or guesses."""
    for call in (["list-container-instances"], ["check", "attribute:a == b"]):
        result = run(*call, "--state", two)
        assert (result.exit_code, result.stdout) == (2, "")
        assert "several clusters: give --cluster, one of prod, test" in result.stderr
        assert run(*call, "--state", two, "--cluster", "prod").exit_code == 0
        result = run(*call, "--state", two, "--cluster", "dev")
        assert "cluster 'dev' is not in the files of --state" in result.stderr
    result = run("check", "attribute:a == b", "--cluster", "prod")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "--cluster goes with --state" in result.stderr


def test_errors_in_one_of_several_clusters_keep_their_place(
    run: Run, write: Callable[..., str]
) -> None:
    broken = machine("test", "b", status=5)
    file = write({"containerInstances": [machine("prod", "a"), broken]}, "two.json")
    result = run("list-container-instances", "--state", file, "--cluster", "test")
    assert "@ containerInstances[1].status" in result.stderr
    assert run("list-container-instances", "--state", file, "--cluster", "prod").exit_code == 0


# What means nothing here


def test_every_option_of_the_aws_cli_is_accepted_and_those_without_effect_are_one_line(
    run: Run, state: str
) -> None:
    """Source: the synopsis of ``aws ecs run-task`` and the global options of version 2."""
    ignored = [
        *("--capacity-provider-strategy", "capacityProvider=one,weight=1", "capacityProvider=two"),
        "--no-enable-ecs-managed-tags",
        *("--propagate-tags", "TASK_DEFINITION", "--reference-id", "r"),
        *("--tags", "key=a,value=b", "key=c,value=d", "--client-token", "t"),
        *("--volume-configurations", "name=v", "--generate-cli-skeleton", "--debug"),
        *("--endpoint-url", "http://localhost", "--no-verify-ssl", "--no-paginate"),
        *("--profile", "p", "--region", "eu-west-1", "--color", "off", "--no-sign-request"),
        *("--ca-bundle", "b", "--cli-read-timeout", "1", "--cli-connect-timeout", "1"),
        *("--cli-binary-format", "base64", "--no-cli-pager", "--no-cli-auto-prompt"),
    ]
    call = ["run-task", "--state", state, "--cluster", "prod", "--task-definition", "web"]
    plain = run(*call, "--output", "json")
    result = run(*call, *ignored, "--disable-execute-command", "--output", "json")
    assert (result.exit_code, result.stdout) == (0, plain.stdout)
    (line,) = result.stderr.splitlines()
    named = line.removeprefix("note: without a meaning here, and left out of account: ").split(", ")
    assert named == [one for one in ignored if one.startswith("--")]
    assert plain.stderr == ""


def test_list_container_instances_takes_the_global_options_too(run: Run, state: str) -> None:
    plain = run("list-container-instances", "--state", state)
    options = ("--region", "eu-west-1", "--profile", "p", "--no-cli-pager")
    result = run("list-container-instances", "--state", state, *options)
    assert (result.exit_code, result.stdout) == (0, plain.stdout)
    ignored = "--region, --profile, --no-cli-pager"
    assert result.stderr == f"note: without a meaning here, and left out of account: {ignored}\n"
    assert plain.stderr == ""


def test_execute_command_has_a_meaning(run: Run, state: str) -> None:
    """2.7: it requires an attribute of the instance."""
    call = ["run-task", "--state", state, "--task-definition", "web"]
    role = "taskRoleArn=arn:aws:iam::123456789012:role/web"
    result = run(*call, "--enable-execute-command", "--overrides", role)
    assert result.exit_code == 3
    assert "ecs.capability.execute-command is missing" in result.stdout


def test_the_parameters_of_a_call_may_be_yaml(
    run: Run, state: str, write: Callable[..., str]
) -> None:
    file = write("taskDefinition: web:7\ngroup: batch\n", "call.yaml")
    arguments = ("--query", "tasks[0].[memory, group]", "--output", "text")
    for given in (f"file://{file}", "{taskDefinition: web:7, group: batch}"):
        result = run("run-task", "--state", state, "--cli-input-yaml", given, *arguments)
        assert result.stdout == "700\tbatch\n", result.stderr
    result = run("run-task", "--state", state, "--cli-input-yaml", "{", *arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    both = ("--cli-input-yaml", "group: a", "--cli-input-json", "{}")
    assert "give one of --cli-input-json and" in run("run-task", "--state", state, *both).stderr
