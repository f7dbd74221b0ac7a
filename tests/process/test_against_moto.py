"""The same script for moto under boto3 and for the client: the same shapes, codes and ids.

``moto_script.py`` has the calls.  Answers are compared leaf by leaf, without what chance and time
decide.  Every difference stands in a table here with its reason; an entry that no longer differs
fails, too.  moto's faults are listed, not imitated.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from functools import cache
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError as TheirError
from moto import mock_aws
from moto.ec2.utils import generate_instance_identity_document

from against_botocore import Checked
from moto_script import Recorder, Step, leaves, plain, play
from placement.ecs import ClientError

OWN = {"region_name": "us-east-1", "aws_access_key_id": "a", "aws_secret_access_key": "b"}

ONLY_OURS: dict[str, str] = {
    r"cluster\.(statistics|capacityProviders|defaultCapacityProviderStrategy)": "as ECS has it",
    r"cluster\.settings": "moto gives the settings without include=[SETTINGS], ECS an empty list",
    r"(cluster|instance|task)\.tags": "ECS gives an empty list where none are there",
    r"instance\.(version|attachments)": "moto keeps no version; ECS always has both",
    r"definition\.(requiresAttributes|registeredAt|registeredBy|deregisteredAt)": "as ECS has it",
    r"instance\.attributes\[\]\.(name|value)": "moto loses them where an instance is not described",
    r"definition\.compatibilities\[\]": "moto does not know EXTERNAL",
    r"tags\[\]\.(key|value)": "moto leaves the tags out of RegisterTaskDefinition's answer",
    r"task\.(attributes|connectivity|connectivityAt|cpu|memory|createdAt|healthStatus)": "as ECS",
    r"task\.(enableExecuteCommand|pullStartedAt|pullStoppedAt|startedAt|version)": "as ECS has it",
    r"task\.stoppedReason": "ECS says that the user has stopped it",
    r"task\.(executionStoppedAt|stopCode|stoppedAt|stoppingAt|availabilityZone)": "as ECS has it",
    r"task\.containers\[\]\.networkBindings.*": "moto binds no ports",
    r"task\.overrides\.inferenceAcceleratorOverrides": "ECS gives an empty list",
    r"task\.overrides\.containerOverrides\[\]\.name": "ECS names every container",
}
"""What only the client answers."""

ONLY_MOTOS: dict[str, str] = {
    r"cluster\.settings\[\]\..*": "moto gives the settings without include=[SETTINGS]",
    r"attributes\[\]\.targetType": "moto echoes the parameters of PutAttributes",
    r"task\.containers\[\]\.exitCode": "moto's containers have exited while they run",
    r"task\.(stoppedReason|startedBy)": "moto gives an empty text for nothing",
    r"task\.overrides": "moto gives an empty structure, without the containers",
    r"instance\.attributes\[\]": "moto loses names and values where an instance is not described",
}
"""What only moto answers."""

OTHERWISE: dict[str, str] = {
    r"failure\.arn": "moto's ARN of an unknown instance lacks the cluster",
    r"attributes\[\]\.targetId": "moto echoes an id where ECS gives the ARN",
    r"definition\.compatibilities\[\]": "moto does not know EXTERNAL",
    r"task\.containers\[\]\.(containerArn|taskArn)": "moto gives ARNs of the task definition",
    r"task\.containers\[\]\.lastStatus": "moto's containers wait while their task runs",
    r"task\.containers\[\]\.healthStatus": "healthy without health check",
    r"task\.lastStatus": "moto goes on to the next status whenever a task is described",
    r"task\.launchType": "moto leaves it empty where none was asked for",
    r"instance\.status": "moto shows a deregistered instance as it was, ECS as INACTIVE",
    r"cluster\.(registeredContainerInstancesCount|runningTasksCount)": "moto counts below zero: "
    "StartTask is not counted, deregistration neither",
}
"""What both answer, differently."""

ON_ITS_OWN: dict[str, str] = {
    "list definitions": "moto lists in the order of registration, ECS by name",
    "list active definitions": "the same",
    "list families": "the same",
    "list tasks after the stop": "moto lists stopped tasks too where no status is asked for",
    "no room": "moto never gives a failure",
    "run while one drains": "the same",
    "run no definition": "RunTask and StartTask say InvalidParameterException",
    "describe no instances": "ECS says InvalidParameterException here as for tasks",
}
"""Steps that are compared by a test of their own, below."""

CRASHES = (
    "run in an empty cluster",
    "stop no task",
    "deregister no instance",
    "register in no cluster",
    "start on no instance",
    "run a revision that is none",
    "drain in default",
)
"""Steps that end moto in an exception of Python's own."""


@cache
def recorded() -> tuple[Recorder, Recorder]:
    """Return what moto and what the client answered."""
    with mock_aws():
        ec2 = boto3.resource("ec2", **OWN)
        identities = []
        for zone in "ab":
            [machine] = ec2.create_instances(
                ImageId="ami-12c6146b",
                InstanceType="m5.large",
                Placement={"AvailabilityZone": f"us-east-1{zone}"},
                MinCount=1,
                MaxCount=1,
            )
            identities.append(json.dumps(generate_instance_identity_document(machine)))
        attributes = [
            {
                "ecs.ami-id": "ami-12c6146b",
                "ecs.availability-zone": f"us-east-1{zone}",
                "ecs.instance-type": "m5.large",
                "ecs.os-type": "windows",
            }
            for zone in "ab"
        ]
        theirs = Recorder(boto3.client("ecs", **OWN), TheirError, careful=True)
        play(theirs, identities, attributes)
    ours = Recorder(Checked(), ClientError, careful=False)
    play(ours, identities, attributes)
    return theirs, ours


def both() -> tuple[dict[str, Step], dict[str, Step]]:
    """Return the answers of moto and of the client, by step."""
    theirs, ours = recorded()
    return theirs.steps, ours.steps


def compared() -> list[str]:
    return [step for step in both()[0] if step not in ON_ITS_OWN]


def differences(step: str) -> Iterator[tuple[str, str, Any, Any]]:
    """Yield the table, the path and both values of each difference of a step."""
    theirs, ours = (dict(leaves(plain(steps[step]))) for steps in both())
    for path in theirs.keys() | ours.keys():
        if path not in theirs:
            yield "ONLY_OURS", path, None, ours[path]
        elif path not in ours:
            yield "ONLY_MOTOS", path, theirs[path], None
        elif theirs[path] != ours[path]:
            yield "OTHERWISE", path, theirs[path], ours[path]


TABLES = {"ONLY_OURS": ONLY_OURS, "ONLY_MOTOS": ONLY_MOTOS, "OTHERWISE": OTHERWISE}
SHORT = {"containerInstance": "instance", "taskDefinition": "definition"}


def general(path: str) -> str:
    """Return a path without numbers, and with one name for one thing and for several."""
    path = re.sub(r"\[\d+\]", "[]", path)
    head, dot, rest = path.partition(".")
    name = head.removesuffix("[]")
    several = {"clusters": "cluster", "tasks": "task", "failures": "failure"}
    name = several.get(name, name.removesuffix("s") if name == "containerInstances" else name)
    return (
        f"{SHORT.get(name, name)}{dot}{rest}"
        if dot and name not in ("tags", "attributes")
        else path
    )


def explained(table: str, path: str) -> list[str]:
    return [form for form in TABLES[table] if re.fullmatch(form, general(path))]


def test_both_play_the_whole_script() -> None:
    theirs, ours = both()
    assert [step for step in ours if step not in theirs] == list(CRASHES)
    assert list(theirs) == [step for step in ours if step in theirs]
    assert len(theirs) > 80


def test_the_same_shapes_values_codes_and_classes() -> None:
    """Errors too: a step of moto's that is refused has the same code and class in the client."""
    unexplained = {
        f"{step}: {path}": (theirs, ours)
        for step in compared()
        for table, path, theirs, ours in differences(step)
        if not explained(table, path)
    }
    assert unexplained == {}


@pytest.mark.parametrize(
    ("table", "form"), [(name, form) for name, forms in TABLES.items() for form in forms]
)
def test_each_entry_of_the_tables_is_still_needed(table: str, form: str) -> None:
    assert any(
        form in explained(table, path)
        for step in compared()
        for name, path, _, _ in differences(step)
        if name == table
    )


@pytest.mark.parametrize("step", ON_ITS_OWN)
def test_each_step_on_its_own_still_differs(step: str) -> None:
    assert [path for table, path, _, _ in differences(step) if not explained(table, path)]


def test_errors_are_the_same() -> None:
    """More than a dozen refusals with the same code and class on both sides (C23)."""
    theirs, ours = both()
    refused = [step for step in compared() if "error" in theirs[step]]
    assert len(refused) >= 18
    for step in refused:
        assert ours[step] == theirs[step]
    assert {theirs[step]["error"] for step in refused} == {
        "ClientException",
        "ClusterNotFoundException",
        "InvalidParameterException",
        "TargetNotFoundException",
    }


# Where moto is wrong or does nothing, the specification's answer


def ours(step: str) -> Step:
    return both()[1][step]


def test_lists_are_by_name() -> None:
    for step in ("list definitions", "list active definitions", "list families"):
        theirs, mine = (next(iter(steps[step].values())) for steps in both())
        assert mine == sorted(theirs)


def test_stopped_tasks_are_listed_where_they_are_asked_for() -> None:
    assert ours("list tasks after the stop") == {"taskArns": []}
    assert len(ours("list stopped tasks")["taskArns"]) == 1


@pytest.mark.parametrize("step", ["run no definition", "describe no instances"])
def test_the_code_where_moto_has_another(step: str) -> None:
    assert ours(step)["error"] == "InvalidParameterException"


def zones(step: str) -> Counter[str]:
    """Return how many tasks of a step are in which zone."""
    registered = [ours(f"register the {name} instance") for name in ("first", "second")]
    zone = {
        answer["containerInstance"]["containerInstanceArn"]: attribute["value"]
        for answer in registered
        for attribute in answer["containerInstance"]["attributes"]
        if attribute["name"] == "ecs.availability-zone"
    }
    return Counter(zone[task["containerInstanceArn"]] for task in ours(step)["tasks"])


def theirs_on(step: str) -> list[str]:
    return [task["containerInstanceArn"] for task in both()[0][step]["tasks"]]


def test_spread_and_constraints_place_where_moto_fills_the_first_that_fits() -> None:
    """2.9 and 2.6; the port keeps moto from a second task on the first instance."""
    assert zones("spread over zones") == {"us-east-1a": 1, "us-east-1b": 1}
    assert zones("member of a zone") == {"us-east-1b": 1}
    # The definition's own constraint: the rack is on the first instance only.
    assert zones("constraint of the definition") == {"us-east-1a": 3}
    assert zones("start a task") == {"us-east-1b": 1}
    first = both()[0]["register the first instance"]["containerInstance"]["containerInstanceArn"]
    assert theirs_on("member of a zone") == [first], "moto has looked at no constraint"


def test_who_finds_no_room_gets_a_failure_for_each_instance() -> None:
    """A37: the first reason of each instance, once; moto answers with nothing."""
    assert both()[0]["no room"] == {"tasks": [], "failures": []}
    answer = ours("no room")
    assert [failure["reason"] for failure in answer["failures"]] == ["RESOURCE:PORTS"] * 2
    assert answer["tasks"] == []
    assert recorded()[1].metadata["no room"]["unplacedCount"] == 1
    answer = ours("run while one drains")
    reasons = [failure["reason"] for failure in answer["failures"]]
    assert (len(answer["tasks"]), reasons) == (1, ["RESOURCE:PORTS", "INACTIVE"])
    assert recorded()[1].metadata["run while one drains"]["unplacedCount"] == 1
    assert zones("run while one drains") == {"us-east-1a": 1}


def test_calls_that_moto_does_not_survive() -> None:
    """B17 to B23 and 2.13."""
    found = {step: ours(step) for step in CRASHES}
    assert {step: answer["error"] for step, answer in found.items() if "error" in answer} == {
        "run in an empty cluster": "InvalidParameterException",
        "stop no task": "InvalidParameterException",
        "deregister no instance": "InvalidParameterException",
        "register in no cluster": "ClusterNotFoundException",
        "run a revision that is none": "InvalidParameterException",
    }
    for step in ("start on no instance", "drain in default"):
        assert [failure["reason"] for failure in found[step]["failures"]] == ["MISSING"]
