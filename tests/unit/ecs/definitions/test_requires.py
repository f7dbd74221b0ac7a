"""``required_attributes``: section 3, row by row, and its worked examples.

The names are those of the table; ``P1`` and ``P2`` are its prefixes.
"""

from __future__ import annotations

from typing import Any

import pytest

from placement.ecs import required_attributes
from placement.ecs.definitions.requires import requirements

P1 = "com.amazonaws.ecs.capability."
P2 = "ecs.capability."
ECR = "123456789012.dkr.ecr.us-east-1.amazonaws.com/app:1"
ROLE = "arn:aws:iam::123456789012:role/r"
FIRST = {
    "ecr-auth",
    "task-iam-role",
    "task-iam-role-network-host",
    "privileged-container",
    "selinux",
    "apparmor",
}


def full(short: str) -> str:
    """The name of an attribute as the table shortens it."""
    if short.startswith("1."):
        return f"{P1}docker-remote-api.{short}"
    first = short in FIRST or (short.startswith("logging-driver.") and short.count(".") == 1)
    return (P1 if first else P2) + short


def names(document: dict[str, Any]) -> list[str]:
    found = required_attributes(document)
    assert all(list(each) == ["name"] for each in found)
    return [each["name"] for each in found]


def asked(*containers: dict[str, Any], **fields: Any) -> set[str]:
    """What containers ask for; each attribute stands once."""
    found = names({"family": "web", "containerDefinitions": list(containers) or [{}], **fields})
    assert len(found) == len(set(found))
    return set(found)


def of(*short: str) -> set[str]:
    return {full(each) for each in short}


def logs(driver: str, **options: str) -> dict[str, Any]:
    given = {name.replace("_", "-"): value for name, value in options.items()}
    return {"logConfiguration": {"logDriver": driver, **({"options": given} if given else {})}}


# The worked examples

AWSLOGS = logs("awslogs", awslogs_group="g", awslogs_create_group="true")


def test_example_bridge_ecr_awslogs_and_both_roles() -> None:
    container = {"image": ECR, **AWSLOGS}
    found = asked(container, networkMode="bridge", taskRoleArn=ROLE, executionRoleArn=ROLE)
    assert found == of(
        *("logging-driver.awslogs", "execution-role-awslogs", "ecr-auth", "1.19", "task-iam-role"),
        *("execution-role-ecr-pull", "1.29"),
    )


def test_example_the_same_without_roles() -> None:
    found = asked({"image": ECR, **AWSLOGS}, networkMode="bridge")
    assert found == of("logging-driver.awslogs", "ecr-auth", "1.19", "1.29")


def test_example_ulimits_that_are_empty_and_a_health_check() -> None:
    container = {"image": ECR, "ulimits": [], "healthCheck": {"command": ["CMD", "true"]}}
    found = asked(container, networkMode="bridge", executionRoleArn=ROLE)
    expected = ("1.24", "ecr-auth", "container-health-check", "execution-role-ecr-pull", "1.18")
    assert found == of(*expected)


def test_example_awsvpc_and_docker_hub() -> None:
    assert asked({"image": "nginx"}, networkMode="awsvpc") == of("1.18", "task-eni")


def test_example_docker_volume_local() -> None:
    container = {"image": "nginx", **logs("awslogs", awslogs_group="g")}
    volume = {"name": "v", "dockerVolumeConfiguration": {"driver": "local", "scope": "task"}}
    found = asked(container, volumes=[volume])
    assert found == of("logging-driver.awslogs", "1.19", "docker-plugin.local", "1.25")


def test_example_app_mesh() -> None:
    first = {"image": ECR, "dependsOn": [{"containerName": "envoy", "condition": "HEALTHY"}]}
    second = {
        "image": ECR,
        "user": "1337",
        "healthCheck": {"command": ["CMD", "true"], "startPeriod": 10},
    }
    found = asked(
        *(first, second),
        networkMode="awsvpc",
        pidMode="task",
        ipcMode="host",
        proxyConfiguration={"type": "APPMESH", "containerName": "envoy"},
    )
    assert found == of(
        *("ecr-auth", "pid-ipc-namespace-sharing", "1.17", "aws-appmesh", "container-ordering"),
        *("container-health-check", "1.18", "task-eni", "1.29"),
    )


def test_example_firelens() -> None:
    router = {
        "image": ECR,
        "user": "0",
        "memoryReservation": 50,
        "firelensConfiguration": {"type": "fluentbit", "options": {"config-file-type": "file"}},
        **AWSLOGS,
    }
    app = {
        "image": ECR,
        "dockerLabels": {"a": "b"},
        "healthCheck": {"command": ["CMD", "true"], "startPeriod": 0},
        **logs("awsfirelens", Name="cloudwatch"),
    }
    roles = {"taskRoleArn": ROLE, "executionRoleArn": ROLE}
    assert asked(router, app, networkMode="awsvpc", **roles) == of(
        *("execution-role-awslogs", "ecr-auth", "firelens.options.config.file", "1.17", "1.21"),
        *("logging-driver.awsfirelens", "task-iam-role", "container-health-check"),
        *("execution-role-ecr-pull", "1.18", "task-eni", "1.29", "logging-driver.awslogs"),
        *("1.19", "firelens.fluentbit"),
    )


# The rows

SECRET = "arn:aws:secretsmanager:us-east-1:123456789012:secret:s"
PARAMETER = "arn:aws:ssm:us-east-1:123456789012:parameter/p"


def secret(value: str) -> list[dict[str, str]]:
    return [{"name": "S", "valueFrom": value}]


def options(driver: str, value: str) -> dict[str, Any]:
    return {"logConfiguration": {"logDriver": driver, "secretOptions": secret(value)}}


CONTAINERS = [
    ({"image": "nginx"}, ()),
    ({"image": "public.ecr.aws/a/b"}, ()),  # A69
    ({"image": "${IMAGE}"}, ()),
    ({"image": ECR}, ("ecr-auth",)),
    (logs("syslog"), ("logging-driver.syslog", "1.18")),
    (logs("splunk", url="u"), ("logging-driver.splunk", "1.19")),
    ({"logConfiguration": {"logDriver": "gelf", "options": {}}}, ("logging-driver.gelf", "1.18")),
    (logs("awslogs", mode="non-blocking"), ("logging-driver.awslogs", "1.19", "1.28")),
    (logs("awslogs", max_buffer_size="1m"), ("logging-driver.awslogs", "1.19", "1.28")),
    (logs("splunk", mode="blocking"), ("logging-driver.splunk", "1.19")),
    (logs("awsfirelens"), ("logging-driver.awsfirelens", "1.18")),  # B30
    (
        logs("awsfirelens", log_driver_buffer_limit="9"),
        (
            "logging-driver.awsfirelens",
            "1.19",
            "logging-driver.awsfirelens.log-driver-buffer-limit",
        ),
    ),
    (
        options("splunk", SECRET),
        ("logging-driver.splunk", "1.18", "secrets.asm.bootstrap.log-driver"),
    ),
    (
        options("splunk", PARAMETER),
        ("logging-driver.splunk", "1.18", "secrets.ssm.bootstrap.log-driver"),
    ),
    (
        {"repositoryCredentials": {"credentialsParameter": SECRET}},
        ("private-registry-authentication.secretsmanager",),
    ),
    (
        {"healthCheck": {"command": ["CMD"], "startPeriod": 0}},
        ("container-health-check", "1.29"),
    ),
    ({"healthCheck": {"command": ["CMD"]}}, ("container-health-check", "1.24")),
    ({"dependsOn": []}, ()),
    ({"secrets": secret(SECRET)}, ("secrets.asm.environment-variables",)),
    ({"secrets": secret(PARAMETER)}, ("secrets.ssm.environment-variables",)),
    ({"secrets": secret("name")}, ("secrets.ssm.environment-variables",)),
    ({"environmentFiles": [{"type": "s3", "value": "x"}]}, ("env-files.s3",)),
    ({"environmentFiles": []}, ()),
    ({"firelensConfiguration": {"type": "fluentd"}}, ("firelens.fluentd",)),
    (
        {"firelensConfiguration": {"type": "fluentd", "options": {"config-file-type": "s3"}}},
        ("firelens.fluentd", "firelens.options.config.s3"),
    ),
    ({"firelensConfiguration": {"type": "fluentbit"}, "user": "5"}, ("firelens.fluentbit", "1.17")),
    ({"user": "root"}, ("1.17",)),
    ({"memoryReservation": 4}, ("1.21",)),
    ({"memory": 4}, ()),
    ({"dockerLabels": {}}, ("1.18",)),
    ({"linuxParameters": {"initProcessEnabled": True}}, ("1.25",)),
    ({"linuxParameters": {"sharedMemorySize": 1}}, ("1.22",)),
    ({"linuxParameters": {"tmpfs": [{"containerPath": "/t", "size": 1}]}}, ("1.22",)),
    # B30: switched off, or empty
    (
        {"linuxParameters": {"initProcessEnabled": False, "sharedMemorySize": 0, "tmpfs": []}},
        (),
    ),
    ({"systemControls": [{"namespace": "net.a", "value": "1"}]}, ("1.24",)),
    ({"systemControls": []}, ()),
    ({"privileged": True}, ("privileged-container",)),
    ({"privileged": False}, ()),
    ({"dockerSecurityOptions": ["label:type:x"]}, ("selinux",)),
    ({"dockerSecurityOptions": ["apparmor:x"]}, ("apparmor",)),
    ({"dockerSecurityOptions": ["no-new-privileges"]}, ()),
    ({"dockerSecurityOptions": ["credentialspec:file://x"]}, ("gmsa",)),
    ({"credentialSpecs": ["credentialspec:arn"]}, ("gmsa",)),
    ({"credentialSpecs": ["credentialspecdomainless:arn"]}, ("gmsa-domainless",)),
    ({"restartPolicy": {"enabled": True}}, ("container-restart-policy",)),
    ({"restartPolicy": {"enabled": False}}, ()),
    ({"portMappings": [{"containerPortRange": "1-2"}]}, ("network.container-port-range",)),
    ({"portMappings": [{"containerPort": 80, "hostPort": 80}]}, ()),
    ({"resourceRequirements": [{"type": "GPU", "value": "1"}]}, ()),
]


@pytest.mark.parametrize(("container", "expected"), CONTAINERS)
def test_a_container_asks_for(container: Any, expected: Any) -> None:
    assert asked(container) == of(*expected)


def volume(kind: str, **fields: Any) -> list[dict[str, Any]]:
    return [{"name": "v", kind: fields}]


DEFINITIONS = [
    ({"taskRoleArn": ROLE}, ("task-iam-role",)),
    # A42: instead of, not in addition to
    ({"taskRoleArn": ROLE, "networkMode": "host"}, ("task-iam-role-network-host",)),
    ({"executionRoleArn": ROLE}, ()),
    ({"networkMode": "host"}, ()),
    ({"networkMode": "bridge"}, ()),
    ({"pidMode": "host"}, ("pid-ipc-namespace-sharing",)),
    ({"ipcMode": "none"}, ("pid-ipc-namespace-sharing",)),
    ({"inferenceAccelerators": [{"deviceName": "d", "deviceType": "t"}]}, ("task-eia",)),
    ({"ephemeralStorage": {"sizeInGiB": 30}}, ("extensible-ephemeral-storage",)),
    ({"enableFaultInjection": True}, ("fault-injection",)),
    ({"enableFaultInjection": False}, ()),
    ({"cpu": "1024", "memory": "512"}, ()),
    ({"cpu": "10240"}, ()),
    ({"cpu": "10241"}, ("increased-task-cpu-limit",)),  # A44
    ({"cpu": "16 vCPU"}, ("increased-task-cpu-limit",)),
    ({"runtimePlatform": {"cpuArchitecture": "ARM64"}}, ()),
    ({"volumes": [{"name": "v", "host": {}}]}, ()),
    ({"volumes": volume("host", sourcePath="/x")}, ()),
    ({"volumes": volume("dockerVolumeConfiguration")}, ("docker-plugin.local", "1.25")),  # B30
    (
        {"volumes": volume("dockerVolumeConfiguration", driver="rexray/ebs:latest")},
        ("docker-plugin.rexray/ebs.latest", "1.25"),
    ),
    (
        {"volumes": volume("efsVolumeConfiguration", fileSystemId="fs-1")},
        ("efs", "efsAuth", "1.25"),
    ),
    ({"volumes": volume("fsxWindowsFileServerVolumeConfiguration")}, ("fsxWindowsFileServer",)),
    (
        {"volumes": [{"name": "v", "configuredAtLaunch": True}]},
        ("storage.ebs-task-volume-attach",),
    ),
]


@pytest.mark.parametrize(("fields", "expected"), DEFINITIONS)
def test_a_definition_asks_for(fields: Any, expected: Any) -> None:
    assert asked({"image": "nginx"}, **fields) == of(*expected)


def test_a_described_definition_asks_for_the_same() -> None:
    definition = {"family": "web", "containerDefinitions": [{"image": ECR}]}
    assert names({"taskDefinition": definition}) == names(definition) == [full("ecr-auth")]


def test_every_place_that_asks_is_told() -> None:
    containers = [{"image": ECR}, {"image": "nginx"}, {"image": ECR}]
    (found,) = requirements({"containerDefinitions": containers})
    assert found.name == full("ecr-auth")
    assert found.paths == ("containerDefinitions[0].image", "containerDefinitions[2].image")


def test_a68_hosts_of_isolated_partitions() -> None:
    image = "123456789012.dkr.ecr.us-iso-east-1.c2s.ic.gov/app"
    document = {"containerDefinitions": [{"image": image}]}
    assert required_attributes(document) == []
    assert required_attributes(document, ["c2s.ic.gov"]) == [{"name": full("ecr-auth")}]


@pytest.mark.parametrize("document", [None, 5, [], {}, {"containerDefinitions": 5}])
def test_what_is_no_definition_asks_for_nothing(document: Any) -> None:
    assert required_attributes(document) == []
