"""What a task definition requires of an instance by attributes (section 3).

In: a task definition, as it is registered or described.  Out: the attributes, and which places of
the definition ask for each.  Numbers (cpu, ports, GPUs) are no attributes; whether the definition
is valid is for ``check`` to say: what is not there or of another type asks for nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import attrs

from placement.ecs.definitions.images import parse_image
from placement.ecs.definitions.problems import items, objects
from placement.ecs.definitions.sizes import task_size
from placement.errors import DocumentError

__all__ = ["Requirement", "required_attributes", "requirements"]

P1 = "com.amazonaws.ecs.capability."
P2 = "ecs.capability."

MAX_PLAIN_CPU = 10_240
"""CPU units of a task beyond which an instance must say that it takes it (A44)."""

LOG_MODE_OPTIONS = ("mode", "max-buffer-size")

Asked = Iterator[tuple[str, str]]
"""Attributes, each with the path that asks for it."""


@attrs.frozen
class Requirement:
    """An attribute that the instance must have.

    Attributes:
        name: The attribute; any value will do.
        paths: The places of the definition that ask for it, in their order.
    """

    name: str
    paths: tuple[str, ...]


def required_attributes(document: Any, extra_suffixes: Iterable[str] = ()) -> list[dict[str, str]]:
    """Return ``requiresAttributes`` of a task definition, as RegisterTaskDefinition answers it.

    Args:
        document: What register-task-definition takes, or what describe-task-definition prints.
        extra_suffixes: Further suffixes of private ECR registries' hosts (A68).

    Each attribute is listed once, in the order in which the definition asks for them.  The
    definition is not validated: ``check_task_definition`` does that.
    """
    return [{"name": each.name} for each in requirements(document, extra_suffixes)]


def requirements(document: Any, extra_suffixes: Iterable[str] = ()) -> list[Requirement]:
    """Return the attributes that a task definition requires, with the places that ask for them."""
    definition = document if isinstance(document, Mapping) else {}
    inner = definition.get("taskDefinition")
    definition = inner if isinstance(inner, Mapping) else definition
    suffixes = tuple(extra_suffixes)
    found: dict[str, dict[str, None]] = {}
    for name, path in _asked(definition, suffixes):
        found.setdefault(name, {})[path] = None
    return [Requirement(name, tuple(paths)) for name, paths in found.items()]


def _asked(definition: Mapping[str, Any], suffixes: tuple[str, ...]) -> Asked:
    for container, path in objects(definition, "containerDefinitions"):
        for name, where in _container(container, definition, suffixes):
            yield name, f"{path}.{where}"
    for volume, path in objects(definition, "volumes"):
        for name, where in _volume(volume):
            yield name, f"{path}.{where}"
    yield from _task(definition)


def _api(version: int) -> str:
    return f"{P1}docker-remote-api.1.{version}"


def _task(definition: Mapping[str, Any]) -> Asked:
    """Yield what the definition asks for as a whole."""
    mode = definition.get("networkMode")
    if definition.get("taskRoleArn"):
        host = "-network-host" if mode == "host" else ""  # A42: instead of the other
        yield f"{P1}task-iam-role{host}", "taskRoleArn"
    if mode == "awsvpc":
        yield f"{P2}task-eni", "networkMode"
        yield _api(18), "networkMode"
    for name in ("pidMode", "ipcMode"):
        if definition.get(name):
            yield f"{P2}pid-ipc-namespace-sharing", name
    if definition.get("proxyConfiguration"):
        yield f"{P2}aws-appmesh", "proxyConfiguration"
    if definition.get("inferenceAccelerators"):
        yield f"{P2}task-eia", "inferenceAccelerators"
    if definition.get("ephemeralStorage"):
        yield f"{P2}extensible-ephemeral-storage", "ephemeralStorage"
    if definition.get("enableFaultInjection") is True:
        yield f"{P2}fault-injection", "enableFaultInjection"
    if (task_size(definition, "cpu") or 0) > MAX_PLAIN_CPU:
        yield f"{P2}increased-task-cpu-limit", "cpu"


def _container(
    container: Mapping[str, Any], definition: Mapping[str, Any], suffixes: tuple[str, ...]
) -> Asked:
    role = bool(definition.get("executionRoleArn"))
    yield from _image(container, role, suffixes)
    yield from _logs(_object(container, "logConfiguration"), role)
    yield from _router(_object(container, "firelensConfiguration"))
    check = container.get("healthCheck")
    if isinstance(check, Mapping):
        yield f"{P2}container-health-check", "healthCheck"
        started = check.get("startPeriod") is not None  # even 0
        yield _api(29 if started else 24), f"healthCheck{'.startPeriod' if started else ''}"
    yield from _secrets(container, "secrets", "environment-variables")
    yield from _linux(_object(container, "linuxParameters"))
    yield from _options(container)
    for mapping, path in objects(container, "portMappings"):
        if mapping.get("containerPortRange"):
            yield f"{P2}network.container-port-range", f"{path}.containerPortRange"
    yield from _plain(container)


def _plain(container: Mapping[str, Any]) -> Asked:
    """Yield what follows from a field alone: that it is there, is not empty, or is true."""
    for field, name in (("dependsOn", "container-ordering"), ("environmentFiles", "env-files.s3")):
        if container.get(field):
            yield P2 + name, field
    if container.get("user"):
        yield _api(17), "user"
    if container.get("memoryReservation") is not None:
        yield _api(21), "memoryReservation"
    for field in ("ulimits", "dockerLabels"):
        if container.get(field) is not None:
            yield _api(18), field
    if container.get("systemControls"):
        yield _api(24), "systemControls"
    if container.get("privileged") is True:
        yield f"{P1}privileged-container", "privileged"
    if container.get("repositoryCredentials"):
        yield f"{P2}private-registry-authentication.secretsmanager", "repositoryCredentials"
    if _object(container, "restartPolicy").get("enabled") is True:
        yield f"{P2}container-restart-policy", "restartPolicy.enabled"


def _object(document: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = document.get(name)
    return value if isinstance(value, Mapping) else {}


def _image(container: Mapping[str, Any], role: bool, suffixes: tuple[str, ...]) -> Asked:
    """Yield what an image of a private ECR registry asks for (section 8)."""
    image = container.get("image")
    if not isinstance(image, str):
        return
    try:
        found = parse_image(image, suffixes)
    except DocumentError:
        return
    for name in found.required_attributes(execution_role=role):
        yield name, "image"


def _logs(logs: Mapping[str, Any], role: bool) -> Asked:
    """Yield what a log driver asks for; awsfirelens has options like every other (B30)."""
    driver = logs.get("logDriver")
    if not isinstance(driver, str):
        return
    here = "logConfiguration"
    options = _object(logs, "options")
    yield f"{P1}logging-driver.{driver}", f"{here}.logDriver"
    if options:
        yield _api(19), f"{here}.options"
    else:
        yield _api(18), here
    if driver == "awslogs":
        for option in LOG_MODE_OPTIONS:
            if option in options:
                yield _api(28), f"{here}.options.{option}"
        if "awslogs-create-group" in options:
            yield _api(29), f"{here}.options.awslogs-create-group"
        if role:
            yield f"{P2}execution-role-awslogs", f"{here}.logDriver"
    if driver == "awsfirelens" and "log-driver-buffer-limit" in options:
        name = f"{P2}logging-driver.awsfirelens.log-driver-buffer-limit"
        yield name, f"{here}.options.log-driver-buffer-limit"
    for name, path in _secrets(logs, "secretOptions", "bootstrap.log-driver"):
        yield name, f"{here}.{path}"


def _secrets(document: Mapping[str, Any], name: str, use: str) -> Asked:
    """Yield where secrets come from: Secrets Manager by its ARN, everything else from SSM."""
    for secret, path in objects(document, name):
        value = secret.get("valueFrom")
        if isinstance(value, str):
            store = "asm" if value.split(":")[2:3] == ["secretsmanager"] else "ssm"
            yield f"{P2}secrets.{store}.{use}", f"{path}.valueFrom"


def _router(router: Mapping[str, Any]) -> Asked:
    """Yield what a log router asks for; that it runs as another user than root is not (A43)."""
    here = "firelensConfiguration"
    if router.get("type") in ("fluentd", "fluentbit"):
        yield f"{P2}firelens.{router['type']}", f"{here}.type"
    kind = _object(router, "options").get("config-file-type")
    if kind in ("file", "s3"):
        yield f"{P2}firelens.options.config.{kind}", f"{here}.options.config-file-type"


def _linux(parameters: Mapping[str, Any]) -> Asked:
    """Yield what is set, not what is switched off or empty (B30)."""
    if parameters.get("initProcessEnabled") is True:
        yield _api(25), "linuxParameters.initProcessEnabled"
    for name in ("sharedMemorySize", "tmpfs"):
        if parameters.get(name):
            yield _api(22), f"linuxParameters.{name}"


def _options(container: Mapping[str, Any]) -> Asked:
    """Yield what security options and credential specifications ask for (B30)."""
    for field in ("dockerSecurityOptions", "credentialSpecs"):
        for option, path in items(container, field):
            if not isinstance(option, str):
                continue
            kind = option.partition(":")[0]
            match kind:
                case "label":
                    yield f"{P1}selinux", path
                case "apparmor":
                    yield f"{P1}apparmor", path
                case "credentialspec":
                    yield f"{P2}gmsa", path
                case "credentialspecdomainless":
                    yield f"{P2}gmsa-domainless", path


def _volume(volume: Mapping[str, Any]) -> Asked:
    docker = volume.get("dockerVolumeConfiguration")
    if isinstance(docker, Mapping):
        driver = docker.get("driver") or "local"  # B30
        yield (
            f"{P2}docker-plugin.{str(driver).replace(':', '.')}",
            f"dockerVolumeConfiguration{'.driver' if docker.get('driver') else ''}",
        )
        yield _api(25), "dockerVolumeConfiguration"
    if volume.get("efsVolumeConfiguration") is not None:
        here = "efsVolumeConfiguration"
        yield f"{P2}efs", here
        yield f"{P2}efsAuth", here
        yield _api(25), here
    if volume.get("fsxWindowsFileServerVolumeConfiguration") is not None:
        yield f"{P2}fsxWindowsFileServer", "fsxWindowsFileServerVolumeConfiguration"
    if volume.get("configuredAtLaunch") is True:
        yield f"{P2}storage.ebs-task-volume-attach", "configuredAtLaunch"
