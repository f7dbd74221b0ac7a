"""What is checked of a task definition beside its containers.

In: a definition whose types are right.  Out: problems with their paths.  Numbers of ports and GPUs
are read by ``documents.task_definitions``; sizes are compared in ``sizes``, Fargate's rules are in
``fargate``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from placement.ecs.definitions.problems import DefinitionProblem, Problems, objects, plain_name
from placement.ecs.definitions.sizes import is_windows
from placement.engine.request import MAX_CONSTRAINTS
from placement.errors import CqlError, describe_value
from placement.query.query import compile

__all__ = ["NAME", "task_problems"]

NAME = re.compile(r"[A-Za-z0-9_-]{1,255}")
"""Names of families, containers and volumes (quotas)."""

EPHEMERAL_STORAGE = range(21, 200 + 1)
"""GiB (Appendix C)."""

MAX_TAGS = 50

VOLUME_KINDS = (
    "host",
    "dockerVolumeConfiguration",
    "efsVolumeConfiguration",
    "fsxWindowsFileServerVolumeConfiguration",
    "s3filesVolumeConfiguration",
    "configuredAtLaunch",
)

MESH_PORTS = {
    "ProxyIngressPort": "Ingress port not found",
    "ProxyEgressPort": "Egress port not found",
    "AppPorts": "App ports not found",
    "EgressIgnoredIPs": "Egress ignored IPs not found",
}
"""Properties of an App Mesh proxy that must be given, and what ECS says without one."""

_DRIVER = re.compile(r"[A-Za-z0-9_.:/@-]{1,128}")
_ROLE = re.compile(r"arn:aws[a-z-]*:iam::[0-9]{12}:role/[\w+=,.@/-]+|[\w+=,.@-]{1,64}", re.ASCII)

Definition = Mapping[str, Any]


def task_problems(definition: Definition) -> Problems:
    """Yield what is wrong with a definition beside its containers."""
    family = definition.get("family")
    if family is not None and not NAME.fullmatch(family):
        text = f"Family contains invalid characters. {_name(family).capitalize()}"
        yield DefinitionProblem("family", _name(family) if len(family) > 255 else text)
    yield from _roles(definition)
    yield from _network(definition)
    yield from _constraints(definition)
    yield from _volumes(definition)
    yield from _namespaces(definition)
    yield from _proxy(definition)
    yield from _tags(definition)
    yield from _unique(definition, "inferenceAccelerators", "deviceName")
    storage = (definition.get("ephemeralStorage") or {}).get("sizeInGiB")
    if storage is not None and storage not in EPHEMERAL_STORAGE:
        low, high = EPHEMERAL_STORAGE[0], EPHEMERAL_STORAGE[-1]
        bound = f"at least {low}" if storage < low else f"at most {high}"
        message = f"EphemeralStorage size should be {bound}. It is {storage} GiB"
        yield DefinitionProblem("ephemeralStorage.sizeInGiB", message)
    if storage is not None and "FARGATE" not in (definition.get("requiresCompatibilities") or ()):
        message = "Tasks using the EC2 launch type do not support EphemeralStorage."
        yield DefinitionProblem("ephemeralStorage", message)


def _name(value: str) -> str:
    return (
        f"expected up to 255 letters, digits, hyphens and underscores, not {describe_value(value)}"
    )


def _unique(document: Mapping[str, Any], name: str, field: str, path: str = "") -> Problems:
    """Yield the objects of a list that have a name an earlier one has."""
    seen: dict[str, str] = {}
    for item, here in objects(document, name, path):
        value = item.get(field)
        if value and seen.setdefault(value, here) != here:
            message = f"{describe_value(value)} is taken by {seen[value]} already"
            yield DefinitionProblem(f"{here}.{field}", message)


def _roles(definition: Definition) -> Problems:
    for name in ("taskRoleArn", "executionRoleArn"):
        value = definition.get(name)
        if value is not None and not _ROLE.fullmatch(value):
            message = f"expected the ARN or the name of a role, not {describe_value(value)}"
            yield DefinitionProblem(name, message)


def _network(definition: Definition) -> Problems:
    mode = definition.get("networkMode")
    windows = is_windows(definition)
    if windows and mode in ("bridge", "host", "none"):
        message = f"Windows takes default or awsvpc, not {mode}"
        yield DefinitionProblem("networkMode", message)
    if not windows and mode == "default":
        message = "default is for Windows; expected bridge, host, awsvpc or none"
        yield DefinitionProblem("networkMode", message)
    if mode == "awsvpc" and "EXTERNAL" in (definition.get("requiresCompatibilities") or ()):
        message = "external instances take bridge, host or none, not awsvpc"
        yield DefinitionProblem("networkMode", message)


def _constraints(definition: Definition) -> Problems:
    """Yield wrong constraints (2.6); their types are for the reader."""
    given = definition.get("placementConstraints") or ()
    if len(given) > MAX_CONSTRAINTS:
        message = f"at most {MAX_CONSTRAINTS} constraints are allowed, not {len(given)}"
        yield DefinitionProblem("placementConstraints", message)
    for constraint, path in objects(definition, "placementConstraints"):
        expression = constraint.get("expression")
        if expression is None or constraint.get("type") != "memberOf":
            continue
        try:
            compile(expression)
        except CqlError as error:
            yield DefinitionProblem(f"{path}.expression", str(error))


def _volumes(definition: Definition) -> Problems:
    yield from _unique(definition, "volumes", "name")
    launched = ""
    for volume, path in objects(definition, "volumes"):
        name = volume.get("name")
        if name is None:
            yield DefinitionProblem(f"{path}.name", "is missing")
        elif not NAME.fullmatch(name):
            yield DefinitionProblem(f"{path}.name", _name(name))
        kinds = [kind for kind in VOLUME_KINDS if volume.get(kind) not in (None, False)]
        if len(kinds) > 1:
            message = f"a volume is of one kind; this one has {' and '.join(kinds)}"
            yield DefinitionProblem(path, message)
        if volume.get("configuredAtLaunch"):
            if launched:
                message = f"{launched} is configured at launch already; only one volume can be"
                yield DefinitionProblem(f"{path}.configuredAtLaunch", message)
            launched = launched or path
        yield from _docker_volume(volume, f"{path}.dockerVolumeConfiguration", definition)
        yield from _efs(volume, f"{path}.efsVolumeConfiguration", definition)


def _docker_volume(volume: Definition, path: str, definition: Definition) -> Problems:
    docker = volume.get("dockerVolumeConfiguration") or {}
    if docker.get("autoprovision") and docker.get("scope", "task") != "shared":
        message = "autoprovision goes with the scope shared only"
        yield DefinitionProblem(f"{path}.autoprovision", message)
    driver = docker.get("driver")
    if driver is not None and not _DRIVER.fullmatch(driver):
        found = describe_value(driver)
        message = f"expected the name of a driver, such as local or rexray/ebs, not {found}"
        yield DefinitionProblem(f"{path}.driver", message)
    elif is_windows(definition) and driver not in (None, "local"):
        message = f"Windows takes the driver local only, not {describe_value(driver)}"
        yield DefinitionProblem(f"{path}.driver", message)


def _efs(volume: Definition, path: str, definition: Definition) -> Problems:
    """Yield what does not go together in an EFS volume (the API on ``EFSAuthorizationConfig``)."""
    efs = volume.get("efsVolumeConfiguration")
    if efs is None:
        return
    if efs.get("fileSystemId") == "":
        yield DefinitionProblem(f"{path}.fileSystemId", "expected the id of a file system, not ''")
    access = efs.get("authorizationConfig") or {}
    by_point, by_role = access.get("accessPointId"), access.get("iam") == "ENABLED"
    if (by_point or by_role) and efs.get("transitEncryption") != "ENABLED":
        message = (
            "EFS IAM authorization requires TransitEncryption to be enabled."
            if by_role
            else "expected ENABLED, which authorizationConfig.accessPointId needs"
        )
        yield DefinitionProblem(f"{path}.transitEncryption", message)
    if by_point and efs.get("rootDirectory") not in (None, "/"):
        message = (
            'When using an EFS access point, the root directory must either be set to "/" or be '
            f"omitted. It is {describe_value(efs['rootDirectory'])}"
        )
        yield DefinitionProblem(f"{path}.rootDirectory", message)
    port = efs.get("transitEncryptionPort")
    if port is not None and efs.get("transitEncryption") != "ENABLED":
        message = "TransitEncryptionPort requires that TransitEncryption is enabled."
        yield DefinitionProblem(f"{path}.transitEncryptionPort", message)
    if port is not None and not 0 <= port <= 65_535:
        message = f"expected a port from 0 to 65535, not {port}"
        yield DefinitionProblem(f"{path}.transitEncryptionPort", message)
    if by_role and not definition.get("taskRoleArn"):
        message = "ENABLED uses the task's role, and taskRoleArn is missing"
        yield DefinitionProblem(f"{path}.authorizationConfig.iam", message)


def _namespaces(definition: Definition) -> Problems:
    if is_windows(definition):
        for name in ("pidMode", "ipcMode"):
            if definition.get(name) is not None:
                yield DefinitionProblem(name, "Windows does not support it")


def _proxy(definition: Definition) -> Problems:
    proxy = definition.get("proxyConfiguration")
    if proxy is None:
        return
    names = [container.get("name") for container, _ in objects(definition, "containerDefinitions")]
    name = proxy.get("containerName")
    if name is not None and name not in names:
        message = f"Proxy container [{plain_name(name)}] does not exist."
        yield DefinitionProblem("proxyConfiguration.containerName", message)
    if definition.get("networkMode") != "awsvpc":
        message = "APPMESH proxy configuration is only supported in networkMode=awsvpc"
        yield DefinitionProblem("proxyConfiguration", message)
    if proxy.get("type", "APPMESH") == "APPMESH":
        given = {one.get("name") for one, _ in objects(proxy, "properties", "proxyConfiguration")}
        for name, text in MESH_PORTS.items():
            if name not in given:
                message = f"{text}: there is no property {name}"
                yield DefinitionProblem("proxyConfiguration.properties", message)
                break


def _tags(definition: Definition) -> Problems:
    given = definition.get("tags") or ()
    if len(given) > MAX_TAGS:
        yield DefinitionProblem("tags", f"at most {MAX_TAGS} tags are allowed, not {len(given)}")
    yield from _unique(definition, "tags", "key")
    for tag, path in objects(definition, "tags"):
        key, value = tag.get("key"), tag.get("value", "")
        if key is None:
            yield DefinitionProblem(f"{path}.key", "is missing")
        elif not 1 <= len(key) <= 128 or key.lower().startswith("aws:"):
            found = describe_value(key)
            message = f"expected 1 to 128 characters that do not begin with aws:, not {found}"
            yield DefinitionProblem(f"{path}.key", message)
        if len(value) > 256:
            yield DefinitionProblem(f"{path}.value", "expected at most 256 characters")
