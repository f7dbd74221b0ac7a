"""Task definitions: every problem at once, each with its path.

A definition without problems is in ``good``; each case damages one place of it.
"""

from __future__ import annotations

import copy
from itertools import pairwise
from typing import Any

import pytest

from definitions import MAPPED, ROLE, C, definition, fargate, mapped
from placement import Task
from placement.ecs import (
    Client,
    InvalidDefinition,
    check_task_definition,
    checked_task_definition,
    lint_task_definition,
)
from placement.ecs.definitions.fargate import SIZES


def found(document: Any) -> dict[str, str]:
    """Paths and messages; no path has two."""
    problems = check_task_definition(document)
    told = {problem.path: problem.message for problem in problems}
    assert len(told) == len(problems)
    return told


def paths(document: Any) -> list[str]:
    return [problem.path for problem in check_task_definition(document)]


WINDOWS = {"runtimePlatform": {"operatingSystemFamily": "WINDOWS_SERVER_2022_CORE"}}


def constrained(*constraints: dict[str, Any]) -> dict[str, Any]:
    return definition(placementConstraints=list(constraints))


def logged(driver: str, **more: Any) -> dict[str, Any]:
    return {"logConfiguration": {"logDriver": driver, **more}}


SHARED = {"nvidiaMps": {"memory": 1024}}

AWSLOGS = {"awslogs-group": "g", "awslogs-region": "eu-west-1"}

SPLUNK = {"splunk-token": "t", "splunk-url": "u"}

MESH = [
    {"name": name, "value": "1"}
    for name in ("ProxyIngressPort", "ProxyEgressPort", "AppPorts", "EgressIgnoredIPs")
]

# Good ones

GOOD = [
    definition(),
    definition(cpu="1 vCPU", memory="2 GB"),
    definition(cpu=".5 vcpu", memory="0.5GB"),
    definition(cpu="128"),
    definition(cpu="196608"),
    definition({"memory": 64}, {"memory": 64}, memory="128"),  # A24: equality
    definition({"memoryReservation": 4}, {"memory": 65, "memoryReservation": 64}),
    definition({"memory": 4}),
    definition({"memory": 64, "memoryReservation": 64}),  # B39: equality
    definition({"cpu": 100}, {"cpu": 156}, cpu="256"),  # B39: equality
    definition({"memory": 64}, {"memory": 32}, memory="96"),
    definition({"cpu": 500, "memory": 500}, cpu="256", memory="64", **WINDOWS),  # B39
    definition(logged("splunk", options=SPLUNK)),  # B41
    definition(
        logged(
            "splunk",
            options={"splunk-url": "u"},
            secretOptions=[{"name": "splunk-token", "valueFrom": "p"}],
        ),
        executionRoleArn=ROLE,
    ),
    definition(logged("awslogs", options={**AWSLOGS, "awslogs-create-group": "true"})),
    definition({"healthCheck": {"command": ["true"]}}),  # B43
    definition(
        {"mountPoints": [{"sourceVolume": "v", "containerPath": "/v"}]},
        volumes=[{"name": "v", "configuredAtLaunch": True}],
    ),
    definition(
        networkMode="awsvpc", proxyConfiguration={"containerName": "c0", "properties": MESH}
    ),
    *(
        definition({"resourceRequirements": [requirement]})  # B44
        for requirement in (
            {"type": "GPU", "value": "ALL"},
            {"type": "GPU", "value": "0.5"},
            {"type": "GPU", "value": ".25"},
            {"type": "GPU", "sharingStrategy": SHARED},
            {"type": "NeuronDevice", "value": "ALL"},
        )
    ),
    definition({"portMappings": [{"containerPort": 80}, {"containerPort": 80}]}),
    definition({"portMappings": [{"containerPort": 53, "hostPort": 53, "protocol": "udp"}]}),
    definition(
        {
            "portMappings": [
                {"containerPort": 53, "hostPort": 53, "protocol": "udp"},
                {"containerPort": 53, "hostPort": 53},
            ]
        }
    ),
    definition({"portMappings": [{"containerPort": 80}]}, networkMode="host"),
    definition({"portMappings": [{"containerPort": 80, "hostPort": 80}]}, networkMode="awsvpc"),
    definition({"portMappings": [{"containerPortRange": "80-90"}]}),
    definition({"resourceRequirements": [{"type": "GPU", "value": "2"}]}),
    definition(networkMode="none", pidMode="host", ipcMode="task"),
    definition(taskRoleArn="name-of-a-role", executionRoleArn=ROLE),
    definition(taskRoleArn="arn:aws-us-gov:iam::123456789012:role/path/r"),
    definition({"image": "${IMAGE}"}),
    definition(
        {"mountPoints": [{"sourceVolume": "v", "containerPath": "/v"}]},
        {"volumesFrom": [{"sourceContainer": "c0"}], "links": ["c0:db"]},
        volumes=[{"name": "v", "host": {}}],
    ),
    definition(
        {"dependsOn": [{"containerName": "c1", "condition": "SUCCESS"}]},
        {"essential": False, "dependsOn": [{"containerName": "c2", "condition": "HEALTHY"}]},
        {"healthCheck": {"command": ["CMD-SHELL", "true"], "interval": 5, "startPeriod": 0}},
    ),
    definition(placementConstraints=[{"type": "memberOf", "expression": "attribute:a exists"}]),
    definition(
        {
            "environment": [{"name": "A", "value": "1"}],
            "secrets": [{"name": "B", "valueFrom": "parameter"}],
            "logConfiguration": {"logDriver": "awslogs", "options": AWSLOGS},
            "ulimits": [{"name": "nofile", "softLimit": 1, "hardLimit": 2}],
            "linuxParameters": {"swappiness": 100, "maxSwap": 0},
            "systemControls": [{"namespace": "net.core.somaxconn", "value": "1"}],
            "restartPolicy": {"enabled": True, "restartAttemptPeriod": 60},
        },
        executionRoleArn=ROLE,
        tags=[{"key": "a", "value": "b"}],
    ),
    definition(
        {"firelensConfiguration": {"type": "fluentbit"}},
        {"logConfiguration": {"logDriver": "awsfirelens"}},
    ),
    definition(runtimePlatform={"operatingSystemFamily": "WINDOWS_SERVER_2022_CORE"}, cpu="1"),
    fargate(),
    fargate({"portMappings": [{"containerPort": 80}]}, requiresCompatibilities=["EC2", "FARGATE"]),
    fargate(ephemeralStorage={"sizeInGiB": 21}),
]


@pytest.mark.parametrize("document", GOOD)
def test_a_valid_definition_has_no_problem(document: Any) -> None:
    """Nor is it changed by being checked, and the client takes it."""
    before = copy.deepcopy(document)
    assert found(document) == {}
    assert document == before
    answer = Client().register_task_definition(**document)["taskDefinition"]
    assert Task.from_ecs(answer).family == "web"


# One place each: a definition and the paths of its problems


ONE = {"type": "memberOf", "expression": "attribute:a exists"}
GPU = {"type": "GPU", "value": "1"}
VOLUME = {"name": "v"}

BAD = [
    # Names
    (definition() | {"family": "a b"}, ["family"]),
    (definition() | {"family": "a" * 256}, ["family"]),
    (definition({"name": "a/b"}), [f"{C}[0].name"]),
    (definition({"name": "a"}, {"name": "a"}), [f"{C}[1].name"]),
    (definition() | {C: []}, [C]),
    (definition(*[{}] * 11), [C]),
    (definition({"essential": False}), [C]),
    (definition({"image": "a b"}), [f"{C}[0].image"]),
    (definition() | {C: [{"memory": 4}]}, [f"{C}[0].name", f"{C}[0].image"]),
    # Sizes: 2.2, A24, B25
    (definition(cpu="127"), ["cpu"]),
    (definition(cpu="196609"), ["cpu"]),
    (definition(cpu="1 GB"), ["cpu"]),
    (definition(cpu="much"), ["cpu"]),
    (definition(memory="1.5"), ["memory"]),
    (definition({"memory": 64}, {"memory": 65}, memory="128"), ["memory"]),
    (definition({"memory": 3}), [f"{C}[0].memory"]),
    (
        definition({"memoryReservation": 3, "memory": 2}),
        [f"{C}[0].memory", f"{C}[0].memoryReservation"],
    ),
    (definition({"memory": 63, "memoryReservation": 64}), [f"{C}[0].memoryReservation"]),
    # B39: one container above the task, the sum of them above it
    (definition({"memory": 65, "memoryReservation": 4}, memory="64"), [f"{C}[0].memory"]),
    (
        definition({"memory": 66, "memoryReservation": 65}, memory="64"),
        [f"{C}[0].memory", f"{C}[0].memoryReservation"],
    ),
    (definition({"cpu": 100}, {"cpu": 157}, cpu="256"), ["cpu"]),
    (definition({"cpu": -1}), [f"{C}[0].cpu"]),
    ({"family": "a", C: [{"name": "a", "image": "b"}]}, [f"{C}[0]"]),
    # GPUs
    (
        definition({"resourceRequirements": [{"type": "GPU", "value": "x"}]}),
        [f"{C}[0].resourceRequirements[0].value"],
    ),
    (
        definition({"resourceRequirements": [{"type": "TPU", "value": "1"}]}),
        [f"{C}[0].resourceRequirements[0].type"],
    ),
    (
        definition({"resourceRequirements": [{"type": "GPU"}]}),
        [f"{C}[0].resourceRequirements[0].value"],
    ),
    *(
        (
            definition({"resourceRequirements": [requirement]}),
            [f"{C}[0].resourceRequirements[0]{at}"],
        )
        for requirement, at in (
            ({"type": "GPU", "value": "all"}, ".value"),
            ({"type": "GPU", "value": "1."}, ".value"),
            ({"type": "NeuronDevice", "value": "1"}, ".value"),
            ({"type": "NeuronDevice"}, ".value"),
            ({"type": "GPU", "value": "1", "sharingStrategy": SHARED}, ".sharingStrategy"),
            ({"type": "NeuronDevice", "sharingStrategy": SHARED}, ".value"),
        )
    ),
    (definition({"resourceRequirements": [GPU, GPU]}), [f"{C}[0].resourceRequirements[1].type"]),
    (
        definition({"resourceRequirements": [{"type": "InferenceAccelerator", "value": "d"}]}),
        [f"{C}[0].resourceRequirements[0].value"],
    ),
    (
        definition(
            {"resourceRequirements": [GPU]},
            runtimePlatform={"operatingSystemFamily": "WINDOWS_SERVER_2019_FULL"},
        ),
        [f"{C}[0].resourceRequirements[0]"],
    ),
    (
        definition(
            {"resourceRequirements": [GPU]},
            {"resourceRequirements": [{"type": "GPU", "sharingStrategy": SHARED}]},
        ),
        [f"{C}[1].resourceRequirements[0].sharingStrategy"],
    ),
    (
        definition(
            {"resourceRequirements": [{"type": "GPU", "sharingStrategy": SHARED}]},
            requiresCompatibilities=["EXTERNAL"],
        ),
        [f"{C}[0].resourceRequirements[0].sharingStrategy"],
    ),
    (
        definition(*[{"resourceRequirements": [{"type": "NeuronDevice", "value": "ALL"}]}] * 2),
        [f"{C}[1].resourceRequirements[0].type"],
    ),
    # Ports: 2.3, A26, A27
    (mapped({"containerPort": 80, "hostPort": 81}, networkMode="host"), [f"{MAPPED}[0].hostPort"]),
    (mapped({"containerPort": 80, "hostPort": 0}, networkMode="awsvpc"), [f"{MAPPED}[0].hostPort"]),
    (mapped({"containerPort": 80}, networkMode="none"), [f"{MAPPED}[0]"]),
    (mapped({"hostPort": 80}), [f"{MAPPED}[0].containerPort"]),
    (
        mapped({"containerPort": 0, "hostPort": 65536}),
        [f"{MAPPED}[0].containerPort", f"{MAPPED}[0].hostPort"],
    ),
    (mapped({"containerPort": 80, "protocol": "sctp"}), [f"{MAPPED}[0].protocol"]),
    (
        mapped({"containerPort": 1, "hostPort": 80}, {"containerPort": 2, "hostPort": 80}),
        [f"{MAPPED}[1].hostPort"],
    ),
    (
        mapped({"containerPort": 1}, {"containerPort": 1}, networkMode="host"),
        [f"{MAPPED}[1].hostPort"],
    ),
    (mapped({"containerPortRange": "9-8"}), [f"{MAPPED}[0].containerPortRange"]),
    (mapped({"containerPortRange": "8-9", "hostPort": 8}), [f"{MAPPED}[0].hostPort"]),
    (
        mapped({"containerPortRange": "8-9"}, networkMode="host"),
        [f"{MAPPED}[0].containerPortRange"],
    ),
    (
        mapped({"containerPortRange": "1-9"}, {"containerPortRange": "9-10"}),
        [f"{MAPPED}[1].containerPortRange"],
    ),
    (mapped(*[{"containerPortRange": f"{2 * n + 1}-{2 * n + 2}"} for n in range(101)]), [MAPPED]),
    (mapped({"containerPort": 80, "name": "Web"}), [f"{MAPPED}[0].name"]),
    (
        mapped({"containerPort": 80, "name": "a"}, {"containerPort": 81, "name": "a"}),
        [f"{MAPPED}[1].name"],
    ),
    # Modes
    (definition(networkMode="nat"), ["networkMode"]),
    (definition(networkMode="default"), ["networkMode"]),
    (
        definition(
            networkMode="host",
            runtimePlatform={"operatingSystemFamily": "WINDOWS_SERVER_2019_FULL"},
        ),
        ["networkMode"],
    ),
    (definition(networkMode="awsvpc", requiresCompatibilities=["EXTERNAL"]), ["networkMode"]),
    (definition(requiresCompatibilities=["LAMBDA"]), ["requiresCompatibilities[0]"]),
    (
        definition(runtimePlatform={"operatingSystemFamily": "BSD"}),
        ["runtimePlatform.operatingSystemFamily"],
    ),
    (definition(pidMode="x", ipcMode="y"), ["pidMode", "ipcMode"]),
    (
        definition(
            pidMode="task", runtimePlatform={"operatingSystemFamily": "WINDOWS_SERVER_2019_FULL"}
        ),
        ["pidMode"],
    ),
    # Roles
    (definition(taskRoleArn="arn:aws:iam::12:role/r"), ["taskRoleArn"]),
    (definition(executionRoleArn=""), ["executionRoleArn"]),
    # What 2.6 says of constraints
    (constrained({"type": "distinctInstance"}), ["placementConstraints[0].type"]),
    (constrained({"type": "memberOf"}), ["placementConstraints[0].expression"]),
    (constrained({"expression": "a"}), ["placementConstraints[0].type"]),
    (constrained({"type": "memberOf", "expression": ""}), ["placementConstraints[0].expression"]),
    (
        constrained(ONE, {"type": "memberOf", "expression": "x" * 2001}),
        ["placementConstraints[1].expression"],
    ),
    (constrained(*[ONE] * 11), ["placementConstraints"]),
    # Volumes
    (definition(volumes=[{}]), ["volumes[0].name"]),
    (definition(volumes=[{"name": "a b"}]), ["volumes[0].name"]),
    (definition(volumes=[VOLUME, VOLUME]), ["volumes[1].name"]),
    (
        definition(volumes=[{**VOLUME, "host": {}, "configuredAtLaunch": True}]),
        ["volumes[0]", "volumes[0].name"],
    ),
    (
        definition(
            {"mountPoints": [{"sourceVolume": n, "containerPath": n} for n in "ab"]},
            volumes=[{"name": n, "configuredAtLaunch": True} for n in "ab"],
        ),
        ["volumes[1].configuredAtLaunch"],
    ),
    # B42
    (definition(volumes=[{**VOLUME, "configuredAtLaunch": True}]), ["volumes[0].name"]),
    (
        definition(
            volumes=[
                {
                    **VOLUME,
                    "efsVolumeConfiguration": {
                        "fileSystemId": "fs-1",
                        "transitEncryptionPort": 2049,
                    },
                }
            ]
        ),
        ["volumes[0].efsVolumeConfiguration.transitEncryptionPort"],
    ),
    (definition(ephemeralStorage={"sizeInGiB": 30}), ["ephemeralStorage"]),
    *(
        (definition({name: value}, {}, networkMode="awsvpc"), [f"{C}[0].{name}"])
        for name, value in (
            ("disableNetworking", True),
            ("dnsServers", ["10.0.0.2"]),
            ("extraHosts", [{"hostname": "a", "ipAddress": "10.0.0.1"}]),
            ("links", ["c1"]),
        )
    ),
    *(
        (
            definition(
                networkMode="awsvpc",
                proxyConfiguration={"containerName": "c0", "properties": MESH[:number]},
            ),
            ["proxyConfiguration.properties"],
        )
        for number in range(4)
    ),
    (
        mapped({"containerPort": 80}, {"containerPortRange": "79-81"}, networkMode="awsvpc"),
        [f"{MAPPED}[1].containerPortRange"],
    ),
    (
        definition(
            {"portMappings": [{"containerPort": 80}]},
            {"portMappings": [{"containerPort": 80, "protocol": "udp"}, {"containerPort": 80}]},
            networkMode="awsvpc",
        ),
        [f"{C}[1].portMappings[1].containerPort"],
    ),
    # B40
    (
        definition({"firelensConfiguration": {"type": "fluentbit"}}),
        [f"{C}[0].firelensConfiguration"],
    ),
    (
        definition({"repositoryCredentials": {"credentialsParameter": "arn:aws:x"}}),
        [f"{C}[0].repositoryCredentials"],
    ),
    (
        definition(
            logged(
                "json-file",
                secretOptions=[{"name": "a", "valueFrom": "p"}],
            )
        ),
        [f"{C}[0].logConfiguration.secretOptions"],
    ),
    # B41
    (definition(logged("awslogs")), [f"{C}[0].logConfiguration.options"]),
    (
        definition(logged("awslogs", options={"awslogs-group": "g"})),
        [f"{C}[0].logConfiguration.options"],
    ),
    (
        definition(logged("splunk", options={"splunk-url": "u"})),
        [f"{C}[0].logConfiguration.options"],
    ),
    (
        definition(logged("awslogs", options={**AWSLOGS, "awslogs-create-group": "false"})),
        [f"{C}[0].logConfiguration.options.awslogs-create-group"],
    ),
    (
        definition(volumes=[{**VOLUME, "dockerVolumeConfiguration": {"autoprovision": True}}]),
        ["volumes[0].dockerVolumeConfiguration.autoprovision"],
    ),
    (
        definition(volumes=[{**VOLUME, "dockerVolumeConfiguration": {"driver": "a b"}}]),
        ["volumes[0].dockerVolumeConfiguration.driver"],
    ),
    (
        definition(volumes=[{**VOLUME, "efsVolumeConfiguration": {}}]),
        ["volumes[0].efsVolumeConfiguration.fileSystemId"],
    ),
    (
        definition(
            volumes=[
                {
                    **VOLUME,
                    "efsVolumeConfiguration": {
                        "fileSystemId": "fs-1",
                        "rootDirectory": "/x",
                        "authorizationConfig": {"accessPointId": "p"},
                    },
                }
            ]
        ),
        [
            "volumes[0].efsVolumeConfiguration.transitEncryption",
            "volumes[0].efsVolumeConfiguration.rootDirectory",
        ],
    ),
    (
        definition(
            {"mountPoints": [{"sourceVolume": "w", "containerPath": "/w"}]}, volumes=[VOLUME]
        ),
        [f"{C}[0].mountPoints[0].sourceVolume"],
    ),
    (
        definition({"mountPoints": [{"sourceVolume": "v"}]}, volumes=[VOLUME]),
        [f"{C}[0].mountPoints[0].containerPath"],
    ),
    (
        definition({"volumesFrom": [{"sourceContainer": "c0"}]}),
        [f"{C}[0].volumesFrom[0].sourceContainer"],
    ),
    # What refers to containers
    (definition({"links": ["nobody"]}), [f"{C}[0].links[0]"]),
    (definition({"links": ["c1"]}, {}, networkMode="host"), [f"{C}[0].links"]),
    (
        definition({"dependsOn": [{"containerName": "x", "condition": "START"}]}),
        [f"{C}[0].dependsOn[0].containerName"],
    ),
    (
        definition({"dependsOn": [{"containerName": "c0", "condition": "START"}]}),
        [f"{C}[0].dependsOn[0].containerName"],
    ),
    (
        definition({"dependsOn": [{"containerName": "c1", "condition": "NEVER"}]}, {}),
        [f"{C}[0].dependsOn[0].condition"],
    ),
    (
        definition({"dependsOn": [{"containerName": "c1", "condition": "COMPLETE"}]}, {}),
        [f"{C}[0].dependsOn[0].condition"],
    ),
    (
        definition({"dependsOn": [{"containerName": "c1", "condition": "HEALTHY"}]}, {}),
        [f"{C}[0].dependsOn[0].condition"],
    ),
    (
        definition(
            networkMode="awsvpc", proxyConfiguration={"containerName": "envoy", "properties": MESH}
        ),
        ["proxyConfiguration.containerName"],
    ),
    (
        definition(proxyConfiguration={"containerName": "c0", "properties": MESH}),
        ["proxyConfiguration"],
    ),
    # Settings of a container
    (definition({"healthCheck": {"command": []}}), [f"{C}[0].healthCheck.command"]),
    (definition({"healthCheck": {"command": ["CMD-SHELL"]}}), [f"{C}[0].healthCheck.command"]),
    (
        definition(
            {
                "healthCheck": {
                    "command": ["CMD", "x"],
                    "interval": 4,
                    "timeout": 61,
                    "retries": 0,
                    "startPeriod": 301,
                }
            }
        ),
        [
            f"{C}[0].healthCheck.{name}"
            for name in ("interval", "timeout", "retries", "startPeriod")
        ],
    ),
    (definition({"environment": [{"value": "1"}]}), [f"{C}[0].environment[0].name"]),
    (
        definition({"environmentFiles": [{"type": "s3", "value": "arn:aws:s3:::b/x.txt"}]}),
        [f"{C}[0].environmentFiles[0].value"],
    ),
    (definition({"secrets": [{"name": "a", "valueFrom": "p"}]}), [f"{C}[0].secrets"]),
    (
        definition(
            {"secrets": [{"name": "a", "valueFrom": "arn:aws:s3:::x"}]}, executionRoleArn=ROLE
        ),
        [f"{C}[0].secrets[0].valueFrom"],
    ),
    (
        definition(
            {"environment": [{"name": "a"}], "secrets": [{"name": "a", "valueFrom": "p"}]},
            executionRoleArn=ROLE,
        ),
        [f"{C}[0].secrets[0].name"],
    ),
    (definition(logged("paper")), [f"{C}[0].logConfiguration.logDriver"]),
    (definition(logged("awsfirelens")), [f"{C}[0].logConfiguration.logDriver"]),
    (
        definition(logged("splunk", options={**SPLUNK, "mode": "slow"})),
        [f"{C}[0].logConfiguration.options.mode"],
    ),
    (
        definition(
            {"firelensConfiguration": {"type": "fluentd"}},
            {"firelensConfiguration": {"type": "fluentd"}, **logged("awsfirelens")},
        ),
        [f"{C}[1].firelensConfiguration"],
    ),
    (
        definition({"ulimits": [{"name": "files", "softLimit": 1, "hardLimit": 1}]}),
        [f"{C}[0].ulimits[0].name"],
    ),
    (
        definition({"ulimits": [{"name": "nofile", "softLimit": 2, "hardLimit": 1}]}),
        [f"{C}[0].ulimits[0].softLimit"],
    ),
    (definition({"linuxParameters": {"swappiness": 101}}), [f"{C}[0].linuxParameters.swappiness"]),
    (
        definition({"systemControls": [{"namespace": "vm.x", "value": "1"}]}),
        [f"{C}[0].systemControls[0].namespace"],
    ),
    (
        definition({"restartPolicy": {"enabled": True, "restartAttemptPeriod": 59}}),
        [f"{C}[0].restartPolicy.restartAttemptPeriod"],
    ),
    (definition({"hostname": "a"}, networkMode="awsvpc"), [f"{C}[0].hostname"]),
    (fargate(ephemeralStorage={"sizeInGiB": 20}), ["ephemeralStorage.sizeInGiB"]),
    (fargate(ephemeralStorage={"sizeInGiB": 201}), ["ephemeralStorage.sizeInGiB"]),
    (definition(tags=[{"key": "a"}, {"key": "a"}]), ["tags[1].key"]),
    (definition(tags=[{"key": "aws:a"}]), ["tags[0].key"]),
    (definition(tags=[{"key": str(n)} for n in range(51)]), ["tags"]),
    # Types, and fields that are not there
    (definition(cpu=256), ["cpu"]),
    (definition({"memory": "64"}), [f"{C}[0].memory"]),
    (definition({"memory": True}), [f"{C}[0].memory"]),
    (definition({"cpu": 2**31}), [f"{C}[0].cpu"]),
    (definition({"essential": "yes"}), [f"{C}[0].essential"]),
    (definition({"enviroment": []}), [f"{C}[0].enviroment"]),
    (definition({"environment": {"A": "1"}}), [f"{C}[0].environment"]),
    (definition({"command": "ls -l"}), [f"{C}[0].command"]),
    (definition({"command": ["ls", 5]}), [f"{C}[0].command[1]"]),
    (definition({"dockerLabels": {"a": 5}}), [f"{C}[0].dockerLabels.a"]),
    (definition(volumes=None), ["volumes"]),
    (definition(revision=5), ["revision"]),
    ({"family": "a", C: 5}, [C]),
    ({"family": "a", C: [5]}, [f"{C}[0]"]),
    ({}, ["family", C]),
    (5, [""]),
    ([], [""]),
    # Fargate: 2.12, Appendix C
    (fargate(networkMode="bridge"), ["networkMode"]),
    ({**definition(), "requiresCompatibilities": ["FARGATE"]}, ["networkMode", "cpu", "memory"]),
    (fargate(cpu="300"), ["cpu"]),
    (fargate(memory="4096"), ["memory"]),
    (fargate({"cpu": 257}), ["cpu"]),
    (fargate(placementConstraints=[ONE]), ["placementConstraints"]),
    (fargate({"resourceRequirements": [GPU]}), [f"{C}[0].resourceRequirements[0]"]),
    (fargate({"privileged": True}), [f"{C}[0].privileged"]),
    (fargate(logged("syslog")), [f"{C}[0].logConfiguration.logDriver"]),
    (fargate(pidMode="host", ipcMode="host"), ["pidMode", "ipcMode"]),
    (
        fargate(volumes=[{**VOLUME, "dockerVolumeConfiguration": {}}]),
        ["volumes[0].dockerVolumeConfiguration"],
    ),
    (fargate(volumes=[{**VOLUME, "host": {"sourcePath": "/x"}}]), ["volumes[0].host.sourcePath"]),
    (fargate({"portMappings": [{"containerPort": 80, "hostPort": 81}]}), [f"{MAPPED}[0].hostPort"]),
    (fargate({"image": "123456789012.dkr.ecr.us-east-1.amazonaws.com/x"}), [f"{C}[0].image"]),
    (fargate({"stopTimeout": 121}), [f"{C}[0].stopTimeout"]),
    (
        fargate({"linuxParameters": {"capabilities": {"add": ["SYS_ADMIN"]}}}),
        [f"{C}[0].linuxParameters.capabilities.add[0]"],
    ),
]


@pytest.mark.parametrize(("document", "expected"), BAD)
def test_a_damaged_place_is_named_and_no_other(document: Any, expected: Any) -> None:
    assert sorted(found(document)) == sorted(expected)


def test_every_problem_is_told_at_once_in_the_order_of_the_definition() -> None:
    document = definition(
        {"memory": 3, "portMappings": [{"containerPort": 80, "hostPort": 80}]},
        {"image": None, "portMappings": [{"containerPort": 8, "hostPort": 80}]},
        cpu="1 GB",
        networkMode="bridge",
        placementConstraints=[{"type": "distinctInstance"}],
    )
    assert paths(document) == [
        f"{C}[0].memory",
        f"{C}[1].image",
        f"{C}[1].portMappings[0].hostPort",
        "cpu",
        "placementConstraints[0].type",
    ]


def test_2_6_distinct_instance_is_refused_in_the_service_s_words() -> None:
    told = found(constrained({"type": "distinctInstance"}))
    assert told["placementConstraints[0].type"] == (
        "constraint.type 'distinctInstance' is not supported."
    )


def test_an_expression_that_is_wrong_is_shown_with_carets() -> None:
    told = found(constrained({"type": "memberOf", "expression": "attribute:a == b c"}))
    lines = told["placementConstraints[0].expression"].splitlines()
    assert lines[-2].strip() == "attribute:a == b c"
    assert lines[-1].index("^") == lines[-2].index(" c") + 1


def test_a27_names_the_port_that_is_first() -> None:
    told = found(mapped({"containerPort": 1, "hostPort": 80}, {"containerPort": 2, "hostPort": 80}))
    assert told == {
        f"{MAPPED}[1].hostPort": f"tcp port 80 is taken by {MAPPED}[0] already (A27)",
    }


def test_containers_that_wait_for_each_other() -> None:
    def after(name: str) -> dict[str, Any]:
        return {"dependsOn": [{"containerName": name, "condition": "START"}]}

    told = found(definition(after("c1"), after("c2"), after("c0"), after("c0")))
    ((path, message),) = told.items()
    assert path.endswith(".dependsOn")
    assert message.startswith("containers wait for each other: ")
    circle = message.partition(": ")[2].split(" -> ")
    assert circle[0] == circle[-1]
    assert sorted(circle[:-1]) == ["c0", "c1", "c2"]
    for first, then in pairwise(circle):
        assert (first, then) in {("c0", "c1"), ("c1", "c2"), ("c2", "c0")}


def test_a_field_that_is_misspelt_gets_advice() -> None:
    told = found(definition({"enviroment": []}))
    assert told[f"{C}[0].enviroment"] == "there is no such field; did you mean environment?"


def test_the_error_holds_all_problems() -> None:
    with pytest.raises(InvalidDefinition) as caught:
        checked_task_definition({"family": "a b", C: [{"memory": 3}]}, "web.json")
    assert [problem.path for problem in caught.value.problems] == [
        *("family", f"{C}[0].memory", f"{C}[0].name", f"{C}[0].image")
    ]
    assert str(caught.value).startswith("web.json: 4 problems\n  family: ")
    checked_task_definition(definition())


@pytest.mark.parametrize(("cpu", "amounts"), SIZES.items())
def test_appendix_c_whole(cpu: Any, amounts: Any) -> None:
    """Every size of the table is taken, and those beside it are not."""
    container = {"memory": 4}
    for amount in amounts:
        assert found(fargate(container, cpu=str(cpu), memory=str(amount))) == {}
    for wrong in (amounts[0] - 256, amounts[0] + 1, amounts[-1] + 1024):
        assert list(found(fargate(container, cpu=str(cpu), memory=str(wrong)))) == ["memory"]


def test_appendix_c_has_seven_rows() -> None:
    rows = {cpu: (len(amounts), amounts[0], amounts[-1]) for cpu, amounts in SIZES.items()}
    assert rows == {
        256: (3, 512, 2048),
        512: (4, 1024, 4096),
        1024: (7, 2048, 8192),
        2048: (13, 4096, 16384),
        4096: (23, 8192, 30720),
        8192: (12, 16384, 61440),
        16384: (12, 32768, 122880),
    }


# Remarks

REMARKS = [
    (definition({"memory": 5}), [f"{C}[0].memory"]),  # B25
    (mapped({"containerPort": 80, "hostPort": 32768}), [f"{MAPPED}[0].hostPort"]),
    (mapped({"containerPort": 80, "hostPort": 32767}), []),
    (mapped({"containerPort": 40000}, networkMode="awsvpc"), []),
    (mapped({"containerPort": 40000}, networkMode="host"), [f"{MAPPED}[0].hostPort"]),
    (mapped({"containerPort": 80, "hostPort": 22}), [f"{MAPPED}[0].hostPort"]),
    (mapped({"containerPort": 80, "hostPort": 22, "protocol": "udp"}), []),
    (mapped(*[{"containerPort": 1, "hostPort": 1000 + n} for n in range(96)]), [C]),
    (mapped(*[{"containerPort": 1, "hostPort": 1000 + n} for n in range(95)]), []),
    (definition({"image": "${IMAGE}"}), [f"{C}[0].image"]),
    (definition({"environment": [{"name": "a"}, {"name": "a"}]}), [f"{C}[0].environment"]),
    (definition({"healthCheck": {"command": ["true"]}}), [f"{C}[0].healthCheck.command"]),  # B43
    (definition({"healthCheck": {"command": ["CMD", "true"]}}), []),
    *(
        (definition({"resourceRequirements": [requirement]}), expected)  # B44
        for requirement, expected in (
            (GPU, []),
            ({"type": "GPU", "value": "ALL"}, []),
            ({"type": "GPU", "value": "0.5"}, [f"{C}[0].resourceRequirements[0]"]),
            ({"type": "GPU", "sharingStrategy": SHARED}, [f"{C}[0].resourceRequirements[0]"]),
            ({"type": "NeuronDevice", "value": "ALL"}, [f"{C}[0].resourceRequirements[0]"]),
        )
    ),
    (
        definition(
            cpu="128", runtimePlatform={"operatingSystemFamily": "WINDOWS_SERVER_2019_FULL"}
        ),
        ["cpu"],
    ),
    (
        constrained({"type": "memberOf", "expression": "attribute:a != b"}),
        ["placementConstraints[0].expression"],
    ),
    (definition(), []),
    (definition({"memory": 3}), []),  # not valid: for ``check_task_definition`` to say
    (5, []),
]


@pytest.mark.parametrize(("document", "expected"), REMARKS)
def test_remarks(document: Any, expected: Any) -> None:
    assert [remark.path for remark in lint_task_definition(document)] == expected


def test_b44_the_remark_on_neuron_devices_says_where_they_are_checked() -> None:
    document = definition({"resourceRequirements": [{"type": "NeuronDevice", "value": "ALL"}]})
    [remark] = lint_task_definition(document)
    assert remark.message == "checked only on instances that report Neuron devices"


# B45: what ECS has printed is loaded, and a lint says what it would refuse today

OLD = [
    (definition({"memory": 65, "memoryReservation": 8}, memory="64"), [f"{C}[0].memory"]),
    (definition({"cpu": 257}, cpu="256"), ["cpu"]),
    (definition({"memory": 64}, {"memory": 65}, memory="128"), ["memory"]),
    (definition({"memory": 8, "memoryReservation": 9}), [f"{C}[0].memoryReservation"]),
    (
        definition({"firelensConfiguration": {"type": "fluentbit"}}),
        [f"{C}[0].firelensConfiguration"],
    ),
    (definition(logged("splunk")), [f"{C}[0].logConfiguration.options"]),
    (definition(ephemeralStorage={"sizeInGiB": 30}), ["ephemeralStorage"]),
    (definition(volumes=[{"name": "v", "configuredAtLaunch": True}]), ["volumes[0].name"]),
]


@pytest.mark.parametrize(("document", "expected"), OLD)
def test_b45_an_old_revision_is_loaded_with_a_lint(document: Any, expected: Any) -> None:
    arn = "arn:aws:ecs:us-east-1:123456789012:task-definition/web:3"
    described = {**document, "taskDefinitionArn": arn, "revision": 3, "status": "ACTIVE"}
    assert paths(document) == expected
    client = Client.from_ecs({"taskDefinition": described})
    assert client.describe_task_definition(taskDefinition="web")["taskDefinition"]["revision"] == 3
    assert Task.from_ecs(described).family == "web"
    remarks = lint_task_definition({"taskDefinition": described})
    assert [remark.path for remark in remarks] == expected
    assert all("would refuse it today" in remark.message for remark in remarks)


@pytest.mark.parametrize("document", GOOD)
def test_b45_what_is_registered_today_has_no_such_lint(document: Any) -> None:
    answer = Client().register_task_definition(**document)["taskDefinition"]
    assert not [one for one in lint_task_definition(answer) if "today" in one.message]
