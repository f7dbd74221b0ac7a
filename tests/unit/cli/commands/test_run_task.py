"""``placement run-task``: the AWS CLI's options on files, where tasks go, and why some do not."""

from __future__ import annotations

import json
import shlex
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import placement
from command import Process, Run

ROOT = Path(__file__).resolve().parents[4]
RUN = "run-task"
ARN = "arn:aws:ecs:us-east-1:123456789012:container-instance/prod/"
DEFINITION_ARN = "arn:aws:ecs:us-east-1:123456789012:task-definition/web:8"
QUOTES = "a value that holds it must stand in quotes"


def machine(id: str, zone: str = "a", memory: int = 1000, **fields: Any) -> dict[str, Any]:
    """Return the document of an instance with 1,024 CPU units."""
    resources = [
        {"name": "CPU", "type": "INTEGER", "integerValue": 1024},
        {"name": "MEMORY", "type": "INTEGER", "integerValue": memory},
        {"name": "DISK", "type": "INTEGER", "integerValue": 7},
    ]
    return {
        "containerInstanceArn": ARN + id,
        "ec2InstanceId": f"i-{id}",
        "attributes": [
            {"name": "ecs.availability-zone", "value": zone},
            {"name": "ecs.instance-type", "value": "m5.large"},
        ],
        "registeredResources": resources,
        "remainingResources": resources,
        **fields,
    }


@pytest.fixture
def machines(write: Callable[..., str]) -> str:
    """Three machines in two zones, and one that drains."""
    documents = [
        machine("a1", memory=400),
        machine("a2", memory=800),
        machine("b1", "b", memory=600),
        machine("b2", "b", status="DRAINING"),
    ]
    return write({"containerInstances": documents}, "machines.json")


@pytest.fixture
def web(write: Callable[..., str]) -> str:
    """A task definition of 200 MiB."""
    document = {
        "taskDefinitionArn": DEFINITION_ARN,
        "family": "web",
        "revision": 8,
        "containerDefinitions": [{"name": "web", "cpu": 100, "memory": 200}],
    }
    return write({"taskDefinition": document}, "web.json")


@pytest.fixture
def place(run: Run, machines: str, web: str) -> Any:
    """Run the command on the three machines, with JSON; return the answer."""

    def place_it(*arguments: str, status: int = 0) -> dict[str, Any]:
        command = (RUN, "--state", machines, "--task-definition", web, "--output", "json")
        result = run(*command, *arguments)
        assert (result.exit_code, result.stderr) == (status, "")
        return dict(json.loads(result.stdout))

    return place_it


def ids(answer: dict[str, Any]) -> list[str]:
    return [task["containerInstanceArn"].removeprefix(ARN) for task in answer["tasks"]]


# What comes out


def test_the_answer_has_the_shape_of_the_aws_cli_s(place: Any) -> None:
    answer = place("--placement-strategy", "type=binpack,field=memory")
    assert answer == {
        "tasks": [
            {
                "availabilityZone": "a",
                "containerInstanceArn": f"{ARN}a1",
                "cpu": "100",
                "desiredStatus": "RUNNING",
                "group": "family:web",
                "lastStatus": "PENDING",
                "launchType": "EC2",
                "memory": "200",
                "taskDefinitionArn": DEFINITION_ARN,
            }
        ],
        "failures": [],
        "unplacedCount": 0,
    }


def test_a37_failures_name_every_candidate_once_with_its_first_reason(place: Any) -> None:
    """The spellings are those of 2.13; INACTIVE stands for DRAINING (B18)."""
    answer = place(
        *("--count", "9", "--placement-constraints", "type=distinctInstance"),
        "type=memberOf,expression=attribute:ecs.availability-zone == a",
        status=3,
    )
    assert sorted(ids(answer)) == ["a1", "a2"]
    assert answer["unplacedCount"] == 7
    assert answer["failures"] == [
        {"arn": f"{ARN}a1", "reason": "DistinctInstance placement constraint unsatisfied."},
        {"arn": f"{ARN}a2", "reason": "DistinctInstance placement constraint unsatisfied."},
        {"arn": f"{ARN}b1", "reason": "MemberOf placement constraint unsatisfied."},
        {"arn": f"{ARN}b2", "reason": "INACTIVE"},
    ]


def test_b28_failures_describe_the_state_after_the_last_task(place: Any) -> None:
    answer = place("--count", "10", status=3)
    assert Counter(ids(answer)) == {"a1": 2, "a2": 4, "b1": 3}
    assert [failure["reason"] for failure in answer["failures"]] == [
        *["RESOURCE:MEMORY"] * 3,
        "INACTIVE",
    ]


def test_a_definition_without_arn_goes_by_family_and_revision(
    place: Any, write: Callable[..., str]
) -> None:
    container = {"name": "app", "image": "nginx", "memory": 4}
    bare = write({"family": "web", "containerDefinitions": [container]}, "bare.json")
    assert place("--task-definition", bare)["tasks"][0]["taskDefinitionArn"] == "web:0"


def test_the_table_has_a_row_for_each_task(run: Run, machines: str, web: str) -> None:
    result = run(
        *(RUN, "--state", machines, "--task-definition", web, "--count", "3"),
        *("--placement-strategy", "type=spread,field=attribute:ecs.availability-zone"),
    )
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout.splitlines() == [
        "TASK  CONTAINER INSTANCE  MACHINE  TYPE      ZONE",
        "   1  a1                  i-a1     m5.large  a",
        "   2  b1                  i-b1     m5.large  b",
        "   3  a1                  i-a1     m5.large  a",
        "",
        "3 of 3 tasks of family:web placed",
    ]


def test_what_finds_no_room_is_a_line_for_each_reason_with_its_cause_and_counts(
    run: Run, machines: str, web: str
) -> None:
    result = run(RUN, "--state", machines, "--task-definition", web, "--count", "11")
    assert (result.exit_code, result.stderr) == (3, "")
    assert result.stdout.splitlines()[-7:] == [
        "",
        "9 of 11 tasks of family:web placed",
        "    no room for 2:",
        "      none of 4 instances has room now",
        "        3 lack memory: wanted 200 MiB, at most 0 MiB left, on a1",
        "        1 is not ACTIVE: DRAINING",
        "    --explain says more",
    ]


def test_explain_tells_all_of_it(run: Run, machines: str, write: Callable[..., str]) -> None:
    container = {"name": "app", "image": "nginx", "memory": 900}
    large = write({"family": "large", "containerDefinitions": [container]}, "large.json")
    result = run(RUN, "--state", machines, "--task-definition", large, "--explain")
    with open(machines) as file:  # noqa: PTH123
        cluster = placement.Cluster.from_ecs(json.load(file))
    told = cluster.explain(placement.Task(memory=900, family="large"))
    assert result.exit_code == 3
    assert result.stdout.splitlines() == [
        "0 of 1 task of family:large placed",
        "    no room for 1",
        "",
        "Why no room for 1",
        *[f"    {line}" for line in str(told).splitlines()],
    ]
    assert any("wanted 900" in line and "800 MiB left" in line for line in str(told).splitlines())


def test_explain_tells_what_one_more_task_would_meet(run: Run, machines: str, web: str) -> None:
    result = run(RUN, "--state", machines, "--task-definition", web, "--count", "4", "--explain")
    with open(machines) as file:  # noqa: PTH123
        cluster = placement.Cluster.from_ecs(json.load(file))
    told = cluster.place(placement.Task(cpu=100, memory=200, family="web"), 4).explain()
    assert result.exit_code == 0
    assert result.stdout.splitlines()[-len(str(told).splitlines()) - 1 :] == [
        "Room for one more",
        *[f"    {line}" for line in str(told).splitlines()],
    ]
    assert told.fitting > 0


def test_explain_in_json_has_every_reason_of_every_instance(place: Any) -> None:
    answer = place(
        *("--count", "9", "--explain", "--placement-constraints", "type=distinctInstance"),
        "type=memberOf,expression=attribute:ecs.availability-zone == a",
        status=3,
    )
    explanation = answer["explanation"]
    assert (explanation["candidates"], explanation["fitting"]) == (4, 0)
    assert explanation["instances"][-1] == {
        "containerInstanceArn": f"{ARN}b2",
        "reasons": ["INACTIVE", "MEMBER_OF"],
    }
    cause = {"cause": "attribute:ecs.availability-zone == a", "instances": 2}
    assert {"reason": "MEMBER_OF", "instances": 2, "causes": [cause]} in explanation["shortfalls"]
    assert {"reason": "DISTINCT_INSTANCE", "instances": 2} in explanation["shortfalls"]
    assert explanation["closest"] == f"{ARN}a1"
    assert explanation["neverFits"] is False
    assert {"without": "distinctInstance", "instances": 2} in explanation["remedies"]


def test_c20_a_shortfall_in_json_names_the_nearest_instance_and_what_it_lacks(
    place: Any,
) -> None:
    """Of those that lack it: what other instances have left is of no use here."""
    answer = place(
        *("--explain", "--overrides", "containerOverrides=[{name=web,memory=700}]"),
        *("--placement-constraints", "type=memberOf,expression=attribute:none exists"),
        status=3,
    )
    assert {
        "reason": "RESOURCE:MEMORY",
        "instances": 2,
        "wanted": 700,
        "best": 600,
        "unit": "MiB",
        "nearest": {"containerInstanceArn": f"{ARN}b1", "lacks": 100},
        "causes": [
            {"cause": "wanted 700 MiB, at most 600 MiB left, on b1", "instances": 2},
        ],
    } in answer["explanation"]["shortfalls"]


def test_explain_warns_of_expressions_that_are_probably_not_meant(
    run: Run, machines: str, web: str
) -> None:
    result = run(
        *(RUN, "--state", machines, "--task-definition", web, "--explain"),
        *("--placement-constraints", "type=memberOf,expression=task:group != database"),
    )
    assert result.exit_code == 3
    assert result.stderr.startswith("warning: ")
    assert "    task:group != database" in result.stderr.splitlines()


@pytest.mark.parametrize(
    ("option", "rule", "named"),
    [
        ("--placement-constraints", "type=distinctInstance", "distinctInstance"),
        ("--placement-constraints", "type=memberOf,expression=not(task:group == x)", "task:group"),
        ("--placement-strategy", "type=spread,field=instanceId", "spread"),
        ("--placement-constraints", "type=memberOf,expression=runningTasksCount < 9", None),
        ("--placement-strategy", "type=binpack,field=memory", None),
    ],
)
def test_c10_rules_that_ask_for_groups_warn_of_tasks_without_one(
    run: Run,
    document: dict[str, Any],
    write: Callable[..., str],
    web: str,
    option: str,
    rule: str,
    named: str | None,
) -> None:
    """Where describe-tasks was forgotten, such an answer would be wrong without a word."""
    instances = [{**one, "runningTasksCount": 0} for one in document["containerInstances"]]
    for count, whose in ((2, "2 running tasks have"), (1, "1 running task has"), (0, "")):
        instances[0]["runningTasksCount"] = count
        state = write({"containerInstances": instances})
        result = run(RUN, "--state", state, "--task-definition", web, option, rule)
        expected = (
            f"warning: {whose} no known group, because --state has no document of them"
            f" (describe-tasks): not seen by {named}\n"
        )
        assert result.stderr == (expected if count and named else "")


def test_a34_spread_over_an_attribute_that_no_instance_has_is_warned_of(
    run: Run, machines: str, web: str
) -> None:
    call = (RUN, "--state", machines, "--task-definition", web, "--placement-strategy")
    result = run(*call, "type=spread,field=attribute:rack")
    assert result.exit_code == 0
    assert result.stderr == (
        "warning: no instance has the attribute rack: spreading over it does nothing\n"
    )
    known = run(*call, "type=spread,field=attribute:ecs.availability-zone")
    assert (known.exit_code, known.stderr) == (0, "")


def test_the_summary_names_attributes_ports_amounts_and_says_that_counts_overlap(
    run: Run, write: Callable[..., str]
) -> None:
    """C20, A41: no number of a task that only this library knows, and units with amounts."""
    port = {"containerPort": 80, "hostPort": 8080}
    container = {"name": "app", "image": "nginx", "memory": 700, "portMappings": [port]}
    definition = {
        "family": "app",
        "containerDefinitions": [container],
        "runtimePlatform": {"cpuArchitecture": "ARM64"},
    }
    arm = [{"name": "ecs.cpu-architecture", "value": "arm64"}]
    machines = [machine("a1"), machine("a2", memory=600), machine("a3", attributes=arm)]
    state = write({"containerInstances": machines}, "machines.json")
    file = write(definition, "app.json")
    result = run(RUN, "--state", state, "--task-definition", file, "--count", "2")
    lines = [line.strip() for line in result.stdout.splitlines()]
    assert "none of 3 instances has room now" in lines
    assert "2 lack a required attribute: ecs.cpu-architecture is not 'arm64'" in lines
    assert "2 lack memory: wanted 700 MiB, at most 600 MiB left, on a2" in lines
    assert "1 lacks a free port: tcp port 8080 is held by a task" in lines
    assert "(an instance is counted under each of its reasons)" in lines
    explained = run(
        RUN, "--state", state, "--task-definition", file, "--count", "2", "--explain"
    ).stdout
    assert "tcp port 8080 is held by a task of family:app" in explained
    assert "held by task " not in explained


# What goes in


def test_several_items_stand_behind_one_flag_up_to_the_next(place: Any) -> None:
    answer = place(
        "--placement-constraints",
        "type=distinctInstance",
        "type=memberOf,expression='attribute:ecs.availability-zone in [a, b]'",
        *("--count", "3", "--placement-strategy"),
        "type=spread,field=attribute:ecs.availability-zone",
        "type=binpack,field=MEMORY",
    )
    assert ids(answer) == ["a1", "b1", "a2"]


def test_one_item_may_be_joined_to_its_flag(place: Any) -> None:
    answer = place("--placement-strategy=type=binpack,field=memory", "--count", "2")
    assert ids(answer) == ["a1", "a1"]


@pytest.mark.parametrize(
    "items",
    [
        ["type=memberOf,expression=attribute:ecs.availability-zone == b", "type=distinctInstance"],
        [
            '{"type": "memberOf", "expression": "attribute:ecs.availability-zone == b"}',
            ' {"type": "distinctInstance"}',
        ],
        [
            (
                '[{"type": "memberOf", "expression": "attribute:ecs.availability-zone == b"},'
                ' {"type": "distinctInstance"}]'
            )
        ],
        ["file://FOLDER/items.json"],
        ["type=distinctInstance", "type=memberOf,expression@=file://FOLDER/expression"],
    ],
)
def test_every_form_that_the_aws_cli_takes_is_the_same(
    place: Any, write: Callable[..., str], tmp_path: Path, items: list[str]
) -> None:
    text = "attribute:ecs.availability-zone == b"
    content = [{"type": "memberOf", "expression": text}, {"type": "distinctInstance"}]
    write(content, "items.json")
    write(text, "expression")
    given = [item.replace("FOLDER", str(tmp_path)) for item in items]
    answer = place("--placement-constraints", *given, "--count", "2", status=3)
    assert ids(answer) == ["b1"]
    assert answer["unplacedCount"] == 1


def test_a_file_s_name_is_expanded_as_the_aws_cli_does(
    place: Any, write: Callable[..., str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write([{"type": "binpack", "field": "memory"}], "items.json")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("WHICH", "items")
    answer = place("--placement-strategy", "file://~/$WHICH.json", "--count", "2")
    assert ids(answer) == ["a1", "a1"]


def test_no_items_are_those_by_default(place: Any) -> None:
    assert place("--placement-strategy", "[]", "--count", "9") == place("--count", "9")


def test_the_group_is_that_of_the_family_or_as_given(place: Any) -> None:
    assert place()["tasks"][0]["group"] == "family:web"
    assert place("--group", "batch")["tasks"][0]["group"] == "batch"


def test_c18_tasks_of_a_service_are_spread_by_default(place: Any) -> None:
    answer = place("--group", "service:web", "--count", "4")
    assert ids(answer) == ["a1", "b1", "a2", "b1"]


def test_c18_a_seed_repeats_what_chance_decides(place: Any) -> None:
    chosen = {tuple(ids(place("--seed", str(seed), "--count", "4"))) for seed in range(8)}
    assert len(chosen) > 1
    assert place("--seed", "3", "--count", "4") == place("--seed", "3", "--count", "4")
    assert place("--seed", "0", "--count", "4") == place("--count", "4")


def test_binpack_takes_resources_that_instances_have(place: Any) -> None:
    assert place("--placement-strategy", "type=binpack,field=DISK")["unplacedCount"] == 0


def test_the_definition_comes_from_standard_input(run: Run, machines: str, web: str) -> None:
    document = Path(web).read_text()
    result = run(RUN, "--state", machines, "--task-definition", "-", stdin=document)
    assert (result.exit_code, "1 of 1 task of family:web placed" in result.stdout) == (0, True)
    twice = run(RUN, "--state", "-", "--task-definition", "-", stdin=document)
    assert twice.exit_code == 2
    assert "standard input (-) can be given only once" in twice.stderr


def test_what_tasks_hold_is_in_the_state_already(
    run: Run, example: str, example_tasks: str
) -> None:
    """C10: and their groups come from the tasks."""
    definition = str(ROOT / "examples" / "task-definition.json")
    command = (RUN, "--state", example, "--state", example_tasks, "--task-definition", definition)
    expression = "type=memberOf,expression=task:group == database"
    result = run(*command, "--placement-constraints", expression, "--output", "json")
    tasks = json.loads(Path(example_tasks).read_text())["tasks"]
    hosts = {
        task["containerInstanceArn"]
        for task in tasks
        if task["group"] == "database" and task["desiredStatus"] == "RUNNING"
    }
    answer = json.loads(result.stdout)
    assert {task["containerInstanceArn"] for task in answer["tasks"]} <= hosts
    unsatisfied = {
        failure["arn"] for failure in answer["failures"] if "MemberOf" in failure["reason"]
    }
    assert not unsatisfied & hosts


# The example of the README


def test_the_first_command_of_the_readme_places_its_tasks(
    process: Process, plain_environment: dict[str, str]
) -> None:
    """It is run word for word but for the installation, and held against the documents."""
    lines = (ROOT / "README.md").read_text().splitlines()
    (command,) = [line for line in lines if line.startswith('python -m pip install ".[cli]" && ')]
    program, *arguments = shlex.split(command.partition(" && ")[2])
    assert program == "placement"
    done = process(*arguments, cwd=ROOT, env=plain_environment)
    assert (done.returncode, done.stderr) == (0, "")
    answer = json.loads(
        process(*arguments, "--output", "json", cwd=ROOT, env=plain_environment).stdout
    )
    documents = json.loads((ROOT / "examples" / "cluster.json").read_text())["containerInstances"]
    instances = {each["containerInstanceArn"]: each for each in documents}
    chosen = [task["containerInstanceArn"] for task in answer["tasks"]]
    assert len(set(chosen)) == 4
    found = [
        {each["name"]: each.get("value") for each in instances[arn]["attributes"]} for arn in chosen
    ]
    assert len({each["ecs.availability-zone"] for each in found}) == 4
    assert all(each["ecs.instance-type"].startswith("m5.") for each in found)
    assert {each["stack"] for each in found} == {"prod"}
    assert {each["ecs.cpu-architecture"] for each in found} == {"x86_64"}
    for arn in chosen:
        assert arn.rpartition("/")[2] in done.stdout
        remaining = {each["name"]: each for each in instances[arn]["remainingResources"]}
        assert "443" not in remaining["PORTS"]["stringSetValue"]
        assert remaining["MEMORY"]["integerValue"] >= 1024 + 128
    assert "Room for one more" in done.stdout


# What is refused


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ["--placement-constraints", "type=memberOf,expression=attribute:a in [b]"],
            (
                f"--placement-constraints: expected a comma or the end, not ]; {QUOTES}\n"
                "    type=memberOf,expression=attribute:a in [b]\n"
                "                                              ^"
            ),
        ),
        (
            ["--placement-constraints", "type=memberOf,expression=attribute:stack", "==", "prod"],
            f"--placement-constraints: expected key=value, not =; {QUOTES}\n    ==\n    ^",
        ),
        (
            ["--placement-strategy", "random"],
            "--placement-strategy: expected = after random\n    random\n    ^^^^^^",
        ),
        (
            ["--placement-constraints", "type=memberOf,expression=attribute:a in [b, c]"],
            (
                "expected text, not list; text with a comma stands in quotes"
                " @ placementConstraints[0].expression"
            ),
        ),
        (
            ["--placement-constraints", "type=memberOf"],
            "memberOf needs expression @ placementConstraints[0].expression",
        ),
        (
            ["--placement-constraints", "type=memberOf,expression="],
            "memberOf needs expression @ placementConstraints[0].expression",
        ),
        (
            ["--placement-constraints", "type=random", "type=distinctInstance"],
            "expected memberOf or distinctInstance, not 'random' @ placementConstraints[0].type",
        ),
        (
            ["--placement-constraints", "type=distinctInstance", "expression=attribute:a == b"],
            "type is missing @ placementConstraints[1]",
        ),
        (
            ["--placement-constraints", "type=distinctInstance,expression=x"],
            (
                "distinctInstance expression should not be specified."
                " @ placementConstraints[0].expression"
            ),
        ),
        (
            ["--placement-constraints", "type=memberOf,expr=x"],
            "expected type or expression, not 'expr' @ placementConstraints[0]",
        ),
        (
            ["--placement-constraints", "type=memberOf,expression=attribute:a = b"],
            (
                "expected an operator after attribute:a, not =; did you mean ==?\n"
                "    attribute:a = b\n"
                "                ^"
            ),
        ),
        (
            ["--placement-constraints", '{"type": 5}'],
            "expected text, not int 5 @ placementConstraints[0].type",
        ),
        (
            ["--placement-constraints", '{"type": "distinctInstance"}', "type=distinctInstance"],
            (
                "--placement-constraints: no JSON, line 1 column 1;"
                " expected a list of objects, or key=value,key=value"
            ),
        ),
        (
            ["--placement-constraints", "[5]"],
            "--placement-constraints: expected an object, not int 5 @ [0]",
        ),
        (
            ["--placement-constraints", "[" * 100_000],
            (
                "--placement-constraints: nested too deeply;"
                " expected a list of objects, or key=value,key=value"
            ),
        ),
        (
            ["--placement-constraints", *["type=distinctInstance"] * 11],
            "at most 10 constraints are allowed, not 11 @ constraints",
        ),
        (
            ["--placement-strategy", "type=spread"],
            "spread needs field @ placementStrategy[0].field",
        ),
        (
            ["--placement-strategy", "type=random", "type=binpack"],
            "binpack needs field @ placementStrategy[1].field",
        ),
        (
            ["--placement-strategy", "type=binpack,field=memry"],
            "expected cpu, memory, gpu or a resource, not 'memry' @ placementStrategy[0].field",
        ),
        (
            ["--placement-strategy", "type=spread,field=instanceType"],
            (
                "expected instanceId, host or attribute:NAME, not 'instanceType'"
                " @ placementStrategy[0].field"
            ),
        ),
        (
            ["--placement-strategy", "type=Spread,field=host"],
            "expected spread, binpack or random, not 'Spread' @ placementStrategy[0].type",
        ),
        (
            ["--placement-strategy", *["type=random"] * 6],
            "at most 5 strategies are allowed, not 6 @ strategy",
        ),
        (["--group", ""], "expected text that is not empty @ group"),
        (["--group", "g" * 256], "a group has at most 255 characters, not 256 @ group"),
    ],
)
def test_a_bad_value_is_an_error_with_its_place(
    run: Run, machines: str, web: str, arguments: Any, message: str
) -> None:
    result = run(RUN, "--state", machines, "--task-definition", web, *arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == f"error: {message}\n"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--count", "0"], "0 is not in the range"),
        (["--count", "x"], "'x' is not a valid integer"),
        (["--seed", "x"], "'x' is not a valid integer"),
        (["--placement-constraints"], "--placement-constraints needs an item"),
        (["--placement-constraints", "--count", "2"], "--placement-constraints needs an item"),
        (
            ["--placement-strategy", "type=random", "--placement-strategy=type=random"],
            "--placement-strategy is given twice",
        ),
        (["type=random"], "unexpected extra argument"),
    ],
)
def test_wrong_use_is_an_error_of_the_command_line(
    run: Run, machines: str, web: str, arguments: list[str], message: str
) -> None:
    result = run(RUN, "--state", machines, "--task-definition", web, *arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert message in result.stderr


def test_state_and_definition_are_asked_for(run: Run, machines: str, web: str) -> None:
    assert "--task-definition" in run(RUN, "--state", machines).stderr
    assert "--state" in run(RUN, "--task-definition", web).stderr


def test_a_bad_definition_is_one_line_with_its_name_and_the_path(
    run: Run, machines: str, write: Callable[..., str]
) -> None:
    mapping = {"containerPort": 80, "hostPort": 81}
    document = {
        "family": "a",
        "networkMode": "awsvpc",
        "containerDefinitions": [{"memory": 4}, {"memory": 4, "portMappings": [mapping]}],
    }
    name = write({"taskDefinition": document}, "bad.json")
    result = run(RUN, "--state", machines, "--task-definition", name)
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == (
        f"error: {name}: When networkMode=awsvpc, the host ports and container ports in port "
        "mappings must match. The containerPort is 80, the hostPort 81 @ "
        "containerDefinitions[1].portMappings[0].hostPort\n"
    )


def test_other_documents_are_no_definitions(run: Run, machines: str) -> None:
    result = run(RUN, "--state", machines, "--task-definition", machines)
    assert result.stderr == f"error: {machines}: containerDefinitions is missing\n"
    result = run(RUN, "--state", machines, "--task-definition", "nowhere.json")
    assert result.stderr == "error: nowhere.json: cannot be read: no such file or directory\n"


@pytest.mark.parametrize("documents", [[], [machine("a1", status="INACTIVE")]])
def test_b18_a_cluster_without_candidates_is_empty(
    run: Run, write: Callable[..., str], web: str, documents: list[Any]
) -> None:
    state = write({"containerInstances": documents})
    result = run(RUN, "--state", state, "--task-definition", web)
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == "error: no container instances were found in the cluster\n"


def test_an_item_that_is_no_utf_8_is_refused(process: Process, machines: str, web: str) -> None:
    arguments = (RUN, "--state", machines, "--task-definition", web, "--placement-strategy")
    done = process(*arguments, b"type=random\xff")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("error: expected spread, binpack or random, not 'random")


# The process


def test_help_loads_nothing_that_is_slow() -> None:
    code = (
        "import sys\n"
        "from placement.cli.app import run\n"
        "assert run(['run-task', '--help']) == 0\n"
        "slow = ('numba', 'rich', 'placement.kernels._jit', 'placement.engine.decide',"
        " 'placement.engine.index.placement_index', 'placement.engine.explain')\n"
        "assert not set(slow) & set(sys.modules), set(slow) & set(sys.modules)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("arguments", [["--count", "9"], ["--group", "service:web"]])
def test_a_process_answers_as_the_library_does_compiled_or_not(
    process: Process,
    run: Run,
    machines: str,
    web: str,
    plain_environment: dict[str, str],
    arguments: list[str],
) -> None:
    """Small work is not compiled there; the random numbers are the same."""
    command = (RUN, "--state", machines, "--task-definition", web, *arguments)
    done = process(*command, env=plain_environment)
    assert done.stderr == ""
    assert (done.returncode, done.stdout) == (0, run(*command).stdout)


def test_a_million_tasks_are_the_most(run: Run, machines: str, web: str) -> None:
    result = run(RUN, "--state", machines, "--task-definition", web, "--count", "1000001")
    assert result.exit_code == 2
    assert "1000001 is not in the range 1<=x<=1000000" in result.stderr


def test_2_9_a_strategy_that_is_never_asked_is_remarked_on(
    run: Run, machines: str, web: str
) -> None:
    chain = ["type=random", "type=spread,field=instanceId"]
    files = ["--state", machines, "--task-definition", web]
    result = run(RUN, *files, "--count", "1", "--placement-strategy", *chain)
    assert result.exit_code == 0
    assert "spread(instanceId) is never asked: random decides before it" in result.stderr
