"""What ECS refuses of a call, the commands about a call refuse as well, in the client's words."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from command import Run
from placement import ecs

PREFIX = "arn:aws:ecs:us-east-1:123456789012:"
RESOURCES = [
    {"name": "CPU", "type": "INTEGER", "integerValue": 2048},
    {"name": "MEMORY", "type": "INTEGER", "integerValue": 7680},
]
INSTANCE = {
    "containerInstanceArn": f"{PREFIX}container-instance/prod/{'a' * 32}",
    "ec2InstanceId": "i-0123456789abcdef0",
    "status": "ACTIVE",
    "agentConnected": True,
    "registeredResources": RESOURCES,
    "remainingResources": RESOURCES,
    "attributes": [
        {"name": "ecs.availability-zone", "value": "us-east-1a"},
        {"name": "ecs.subnet-id", "value": "subnet-a"},
        {"name": "ecs.vpc-id", "value": "vpc-a"},
    ],
}
DEFINITION = {
    "taskDefinitionArn": f"{PREFIX}task-definition/web:1",
    "family": "web",
    "revision": 1,
    "status": "ACTIVE",
    "compatibilities": ["EC2"],
    "containerDefinitions": [
        {"name": "web", "image": "nginx", "cpu": 100, "memory": 200, "essential": True}
    ],
}

AWSVPC = {"networkMode": "awsvpc"}
EBS = {"name": "v", "managedEBSVolume": {"roleArn": "arn:aws:iam::123456789012:role/v"}}


def subnets(*ids: str, **more: Any) -> dict[str, Any]:
    return {"networkConfiguration": {"awsvpcConfiguration": {"subnets": list(ids), **more}}}


def overrides(**container: Any) -> dict[str, Any]:
    return {"overrides": {"containerOverrides": [container]}}


REFUSED: list[tuple[dict[str, Any], dict[str, Any]]] = [
    # the network (2.4)
    ({}, AWSVPC),
    ({"networkConfiguration": {}}, AWSVPC),
    (subnets("subnet-a"), {}),
    (subnets(), AWSVPC),
    (subnets(*["subnet-a"] * 17), AWSVPC),
    (subnets("subnet-a", securityGroups=["sg-a"] * 6), AWSVPC),
    (subnets("subnet-a", assignPublicIp="ENABLED"), AWSVPC),
    # launch types, platforms, the definition
    ({"platformVersion": "LATEST"}, {}),
    ({"launchType": "EXTERNAL"}, {}),
    ({"launchType": "MANAGED_INSTANCES"}, {}),
    ({"launchType": "ec2"}, {}),
    ({"launchType": "EC2", "capacityProviderStrategy": [{"capacityProvider": "one"}]}, {}),
    ({}, {"compatibilities": ["FARGATE"]}),
    ({}, {"status": "INACTIVE"}),
    # names and labels
    ({"group": ""}, {}),
    ({"group": "g" * 256}, {}),
    ({"startedBy": "a b"}, {}),
    ({"startedBy": "a" * 129}, {}),
    ({"clientToken": "a b"}, {}),
    ({"clientToken": "a" * 65}, {}),
    ({"tags": [{"key": "a", "value": "b"}, {"key": "a", "value": "c"}]}, {}),
    ({"tags": [{"key": "aws:a", "value": "b"}]}, {}),
    ({"tags": [{"key": f"{number}", "value": ""} for number in range(51)]}, {}),
    ({"propagateTags": "SERVICE"}, {}),
    # what overrides may say: 2.2, B26, B39
    (overrides(name="other", cpu=1), {}),
    (overrides(cpu=1), {}),
    (overrides(name="web", memory=100, memoryReservation=200), {}),
    ({"overrides": {"memory": "100"}}, {}),
    ({"overrides": {"cpu": "50"}}, {}),
    ({"enableExecuteCommand": True}, {}),
    # rules
    ({"placementStrategy": [{"type": "random", "field": "cpu"}]}, {}),
    ({"placementConstraints": [{"type": "memberOf"}]}, {}),
]


@pytest.mark.parametrize("command", ["run-task", "explain", "fit"])
@pytest.mark.parametrize(("parameters", "changes"), REFUSED)
def test_b46_what_the_client_refuses_the_command_refuses_in_the_same_words(
    run: Run,
    write: Callable[..., str],
    command: str,
    parameters: dict[str, Any],
    changes: dict[str, Any],
) -> None:
    """The client of a session loaded from the same documents is the oracle."""
    document = {"containerInstances": [INSTANCE], "taskDefinitions": [{**DEFINITION, **changes}]}
    client = ecs.Session.from_ecs(document).client("ecs")
    with pytest.raises(client.exceptions.InvalidParameterException) as refused:
        client.run_task(cluster="prod", taskDefinition="web:1", **parameters)
    message = refused.value.response["Error"]["Message"]
    result = run(
        *(command, "--state", write(document), "--task-definition", "web:1"),
        *("--cli-input-json", json.dumps(parameters)),
    )
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == f"error: {message}\n"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--platform-version", "1.4.0"], "The platform version must be null when specifying an"),
        (
            ["--capacity-provider-strategy", "capacityProvider=FARGATE_SPOT"],
            "FARGATE tasks need no container instance: there is nothing to place @ capacityProv",
        ),
        (
            ["--tags", "Key=a,value=b,Value=c"],
            'tags[0]: "Key", must be one of: key, value; Unknown parameter in tags[0]: "Value"',
        ),
        (["--tags", "key=aws:a,value=b"], "Invalid tag 'aws:a': aws: is reserved."),
        (["--propagate-tags", "SERVICE"], "propagateTags should be one of"),
        (["--client-token", "a b"], "clientToken is 1 to 64 printable"),
        (["--started-by", "a b"], "startedBy is up to 128 letters"),
        (
            [
                *("--launch-type", "EC2"),
                *("--capacity-provider-strategy", "capacityProvider=one,weight=1"),
            ],
            "Specifying both a launch type and capacity provider strategy is not supported.",
        ),
        (
            ["--capacity-provider-strategy", "capacityProvider=one,weight=many"],
            "Invalid type for parameter capacityProviderStrategy[0].weight, value: many",
        ),
    ],
)
def test_b46_options_without_effect_are_checked_all_the_same(
    run: Run, write: Callable[..., str], arguments: list[str], message: str
) -> None:
    state = write({"containerInstances": [INSTANCE], "taskDefinitions": [DEFINITION]})
    result = run("run-task", "--state", state, "--task-definition", "web", *arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert message in result.stderr
    assert "note:" not in result.stderr


def test_parameters_without_effect_are_named_wherever_they_were_given(
    run: Run, write: Callable[..., str]
) -> None:
    state = write({"containerInstances": [INSTANCE], "taskDefinitions": [DEFINITION]})
    given = {"tags": [{"key": "a", "value": "b"}], "volumeConfigurations": [EBS]}
    result = run(
        *("run-task", "--state", state, "--task-definition", "web"),
        *("--cli-input-json", json.dumps(given), "--tags", "key=c,value=d"),
    )
    assert result.exit_code == 0
    ending = "left out of account: --tags, volumeConfigurations\n"
    assert result.stderr == f"note: without a meaning here, and {ending}"


def test_2_10_start_task_refuses_what_it_has_no_parameter_for_and_needs_a_network(
    run: Run, write: Callable[..., str]
) -> None:
    definitions = [DEFINITION, {**DEFINITION, **AWSVPC, "revision": 2}]
    definitions[1]["taskDefinitionArn"] = f"{PREFIX}task-definition/web:2"
    state = write({"containerInstances": [INSTANCE], "taskDefinitions": definitions})
    call = ["start-task", "--state", state, "--container-instances", "a" * 32]
    result = run(*call, "--task-definition", "web:1", "--client-token", "t")
    assert result.exit_code == 2
    assert "No such option" in result.stderr
    result = run(*call, "--task-definition", "web:2")
    assert result.exit_code == 2
    assert "Network Configuration must be provided when networkMode 'awsvpc'" in result.stderr
    result = run(*call, "--task-definition", "web:1")
    assert result.exit_code == 0, result.stderr


def test_b21_start_task_takes_a_definition_for_external_instances_alone(
    run: Run, write: Callable[..., str]
) -> None:
    external = {**INSTANCE, "attributes": [{"name": "ecs.capability.external"}]}
    definition = {**DEFINITION, "compatibilities": ["EXTERNAL"]}
    state = write({"containerInstances": [external], "taskDefinitions": [definition]})
    call = ["--state", state, "--task-definition", "web"]
    result = run("start-task", *call, "--container-instances", "a" * 32)
    assert (result.exit_code, result.stderr) == (0, "")
    assert "does not support launch_type EC2" in run("run-task", *call).stderr
    assert run("run-task", *call, "--launch-type", "EXTERNAL").exit_code == 0
