"""Container instances of a named EC2 type, as ECS-optimised machines register them (2.2, 3.1).

In: an instance type and a zone, or what an external machine has, and how the agent is set up.
Out: the keyword arguments of ``register_container_instance``, or an ``Instance``.  Everything that
is assumed is in the result (B12).  Knows no account and no cluster.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from placement.documents.instances import instance_from_ecs
from placement.errors import DocumentError, UsageError, describe_value
from placement.machines.agent_config import AgentConfig, check_system
from placement.machines.agent_file import parse_config
from placement.machines.capabilities import capabilities
from placement.machines.ec2_identity import (
    OS_FAMILIES,
    Place,
    attributes_of,
    identity_of,
    region_of,
)
from placement.machines.ec2_types import InstanceType
from placement.machines.ec2_types import instance_type as type_named
from placement.model import Instance
from placement.model.checks import is_several

__all__ = ["external_machine", "machine", "registered_instance"]

AGENT_VERSION = "1.99.1"
DOCKER_VERSION = "DockerVersion: 25.0.13"
"""``versionInfo`` by default: a release of the ECS-optimised AMI of 2025."""


def machine(
    instance_type: str,
    availability_zone: str,
    *,
    region: str | None = None,
    vpc_id: str | None = None,
    subnet_id: str | None = None,
    instance_id: str | None = None,
    account_id: str | None = None,
    ami_id: str | None = None,
    trunk_id: str | None = None,
    trunking: bool = False,
    config: AgentConfig | str | None = None,
    operating_system: str = "linux",
    os_family: str | None = None,
    agent_version: str = AGENT_VERSION,
    gpu_driver_version: str | None = None,
    cni_plugin_version: str | None = None,
    volume_plugins: Iterable[str] = (),
) -> dict[str, Any]:
    """Return what a new ECS-optimised machine registers: arguments of the client's call.

    ``client.register_container_instance(cluster="prod", **machine("m5.large", "us-east-1a"))``

    Args:
        instance_type: EC2's name: ``m5.large``.
        availability_zone: ``us-east-1a``.
        region: By default that of the zone.
        vpc_id: The VPC; without it the attribute is left out, as for the next four.
        subnet_id: The subnet.
        instance_id: EC2's id, ``i-...``; without it there is no identity document, and
            ``ec2InstanceId`` is not known (B7).
        account_id: Twelve digits, for the identity document.
        ami_id: ``ami-...``.
        trunk_id: The id of the trunk interface, where one is attached: more tasks in awsvpc mode.
        trunking: Whether the account has ``awsvpcTrunking`` on: a type that can have a trunk gets
            one, with an id made up from ``instance_id``, where the agent's configuration allows it;
            others get none (B48).
        config: How the agent is set up: text of an ``ecs.config`` or what ``parse_config`` made of
            it; by default nothing is set.  ``ECS_CLUSTER``, if it is set, becomes ``cluster``.
        operating_system: ``linux`` or ``windows``.
        os_family: ``ecs.os-family``; by default LINUX or WINDOWS_SERVER_2022_FULL.
        agent_version: For ``versionInfo``.
        gpu_driver_version: The NVIDIA driver's, where there are GPUs.
        cni_plugin_version: Value of ``ecs.capability.cni-plugin-version``.
        volume_plugins: Docker volume plugins beside ``local``.

    CPU is 1,024 units for each vCPU; memory is ``InstanceType.registered_memory`` less
    ``ECS_RESERVED_MEMORY``.  GPUs are registered on Linux unless ``ECS_ENABLE_GPU_SUPPORT`` is
    false, with made-up ids ``GPU-...`` that depend on ``instance_id`` alone.

    Raises:
        DocumentError: there is no such type, the configuration is not readable, or more memory is
            reserved than there is.
        UsageError: an argument is not of its kind, or the arguments contradict each other.
    """
    texts = {"region": region, "vpc_id": vpc_id, "subnet_id": subnet_id, "ami_id": ami_id}
    texts |= {"instance_id": instance_id, "account_id": account_id, "trunk_id": trunk_id}
    texts |= {"os_family": os_family, "gpu_driver_version": gpu_driver_version}
    type = type_named(instance_type)
    _check_texts(texts | {"cni_plugin_version": cni_plugin_version}, agent_version)
    plugins = _texts(volume_plugins, "volume_plugins")
    agent = _config(config, operating_system)
    trunk_id = _trunk(type, agent, trunk_id, trunking, instance_id)
    place = Place(availability_zone, vpc_id, subnet_id, ami_id, trunk_id)
    gpus = _gpus(type, agent, instance_id)
    able = capabilities(
        agent,
        gpu_driver_version=gpu_driver_version if gpus else None,
        cni_plugin_version=cni_plugin_version,
        volume_plugins=plugins,
    )
    return _arguments(
        agent,
        _resources(type.cpu, type.registered_memory, agent, gpus),
        {**attributes_of(type, place, operating_system, os_family), **able},
        identity_of(type, place, region_of(availability_zone, region), instance_id, account_id),
        agent_version,
    )


def external_machine(
    vcpus: int,
    memory: int,
    *,
    instance_id: str | None = None,
    architecture: str = "x86_64",
    gpus: Iterable[str] = (),
    config: AgentConfig | str | None = None,
    operating_system: str = "linux",
    os_family: str | None = None,
    agent_version: str = AGENT_VERSION,
    gpu_driver_version: str | None = None,
) -> dict[str, Any]:
    """Return what a machine of ECS Anywhere registers, which has neither type nor zone (1.5, 3.1).

    Args:
        vcpus: 1,024 CPU units each.
        memory: MiB that its kernel reports.
        instance_id: The id of the managed instance: ``mi-...``.
        architecture: ``x86_64`` or ``arm64``.
        gpus: The ids of its GPUs.
        config: As for ``machine``, like the arguments below.
        operating_system: ``linux`` or ``windows``.
        os_family: ``ecs.os-family``.
        agent_version: For ``versionInfo``.
        gpu_driver_version: The NVIDIA driver's.

    Raises:
        DocumentError: the configuration is not readable, or more memory is reserved than there is.
        UsageError: an argument is not of its kind.
    """
    for name, number in (("vcpus", vcpus), ("memory", memory)):
        if isinstance(number, bool) or not isinstance(number, int) or not 0 <= number < 2**31:
            raise UsageError(f"{name} is a whole number from 0, not {describe_value(number)}")
    if not isinstance(architecture, str) or architecture not in ("x86_64", "arm64"):
        raise UsageError(f"architecture is x86_64 or arm64, not {describe_value(architecture)}")
    texts = {"instance_id": instance_id, "os_family": os_family}
    _check_texts(texts | {"gpu_driver_version": gpu_driver_version}, agent_version)
    agent = _config(config, operating_system)
    ids = _texts(gpus, "gpus")
    if agent.operating_system != "linux" or agent.enable_gpu_support is False:
        ids = []
    described = {
        "ecs.os-type": operating_system,
        "ecs.os-family": os_family or OS_FAMILIES[operating_system],
        "ecs.cpu-architecture": architecture,
    }
    able = capabilities(
        agent, gpu_driver_version=gpu_driver_version if ids else None, external=True
    )
    resources = _resources(vcpus * 1024, memory, agent, ids)
    identity = {"instanceId": instance_id}
    return _arguments(agent, resources, {**described, **able}, identity, agent_version)


def _check_texts(texts: Mapping[str, Any], agent_version: Any) -> None:
    """Refuse arguments that are neither text nor None, and an ``agent_version`` that is None."""
    for name, value in (*texts.items(), ("agent_version", agent_version)):
        wanted = value is not None or name == "agent_version"
        if wanted and (not isinstance(value, str) or not value):
            raise UsageError(f"{name} is text that is not empty, not {describe_value(value)}")


def _arguments(
    agent: AgentConfig,
    resources: list[dict[str, Any]],
    attributes: Mapping[str, str | None],
    identity: Mapping[str, str | None],
    agent_version: str,
) -> dict[str, Any]:
    """Return the arguments of the call; attributes of the configuration come last."""
    arguments: dict[str, Any] = {
        "totalResources": resources,
        "versionInfo": {"agentVersion": agent_version, "dockerVersion": DOCKER_VERSION},
        "attributes": [
            {"name": name} if value is None else {"name": name, "value": value}
            for name, value in {**attributes, **agent.instance_attributes}.items()
        ],
    }
    if identity["instanceId"] is not None:
        known = {name: value for name, value in identity.items() if value is not None}
        arguments["instanceIdentityDocument"] = json.dumps(known)
    if "ECS_CLUSTER" in agent.given:
        arguments["cluster"] = agent.cluster
    return arguments


def registered_instance(arguments: Mapping[str, Any], id: str) -> Instance:
    """Return the instance that arguments of ``register_container_instance`` describe.

    Args:
        arguments: What ``machine`` returns.
        id: The container instance's id or ARN.

    Raises:
        DocumentError: they have not the form that ECS gives them.
    """
    if not isinstance(arguments, Mapping):
        raise UsageError(f"expected what machine() returns, not {describe_value(arguments)}")
    identity = arguments.get("instanceIdentityDocument", "{}")
    try:
        parsed = json.loads(identity)
    except (TypeError, ValueError, RecursionError):
        parsed = None
    if not isinstance(parsed, dict):
        raise DocumentError("expected a JSON object as text", "instanceIdentityDocument")
    document = {
        "containerInstanceArn": id,
        "ec2InstanceId": parsed.get("instanceId"),
        "versionInfo": arguments.get("versionInfo"),
        "registeredResources": arguments.get("totalResources"),
        "attributes": arguments.get("attributes"),
    }
    return instance_from_ecs(document, "instance")


def _texts(values: Iterable[str], argument: str) -> list[str]:
    """Return the names that an argument lists.

    Raises:
        UsageError: it is no list of names.
    """
    if not is_several(values):
        raise UsageError(f"{argument} is a list of names, not {describe_value(values)}")
    names = list(values)
    for name in names:
        if not isinstance(name, str) or not name:
            raise UsageError(f"{argument} is a list of names, {describe_value(name)} is none")
    return names


def _config(config: AgentConfig | str | None, operating_system: str) -> AgentConfig:
    check_system(operating_system)
    if config is None or isinstance(config, str):
        return parse_config(config or "", operating_system=operating_system)
    if not isinstance(config, AgentConfig):
        raise UsageError(
            f"config is text or what parse_config returns, not {describe_value(config)}"
        )
    if config.operating_system != operating_system:
        message = f"the configuration is for {config.operating_system}, not {operating_system}"
        raise UsageError(message)
    return config


def _trunk(
    type: InstanceType,
    agent: AgentConfig,
    trunk_id: str | None,
    trunking: bool,
    instance_id: str | None,
) -> str | None:
    """Return the id of the trunk interface, None without one (2.4, B48).

    Raises:
        UsageError: an id is given where ECS would attach none.
    """
    if not isinstance(trunking, bool):
        raise UsageError(f"trunking is true or false, not {describe_value(trunking)}")
    reason = _no_trunk(type, agent)
    if trunk_id is not None and reason is not None:
        raise UsageError(f"trunk_id is given, but {reason}")
    if trunk_id is None and trunking and reason is None:
        return f"eni-{(instance_id or type.name).removeprefix('i-')}"
    return trunk_id


def _no_trunk(type: InstanceType, agent: AgentConfig) -> str | None:
    """Return why ECS attaches no trunk interface to a machine, None if it would."""
    reason = None
    if agent.operating_system != "linux":
        reason = "only Linux has trunk interfaces"
    elif not agent.enable_task_eni or not agent.enable_high_density_eni:
        reason = "ECS_ENABLE_TASK_ENI and ECS_ENABLE_HIGH_DENSITY_ENI are not both on"
    elif type.trunk_interfaces is None:
        reason = f"{type.name} does not support trunk interfaces"
    return reason


def _gpus(type: InstanceType, agent: AgentConfig, instance_id: str | None) -> list[str]:
    """Return an id for each GPU that is registered; Windows registers none (2.2)."""
    if agent.operating_system != "linux" or agent.enable_gpu_support is False:
        return []
    name = instance_id or type.name
    return [f"GPU-{name.removeprefix('i-')}-{place}" for place in range(type.gpus)]


def _resources(cpu: int, total: int, agent: AgentConfig, gpus: list[str]) -> list[dict[str, Any]]:
    """Return ``totalResources``.

    Raises:
        DocumentError: more memory is reserved than there is (2.2).
    """
    memory = total - agent.reserved_memory
    if memory < 0:
        message = f"{agent.reserved_memory} MiB are reserved, but the machine has only {total}"
        raise DocumentError(message, "ECS_RESERVED_MEMORY")
    found: list[dict[str, Any]] = [
        {"name": "CPU", "type": "INTEGER", "integerValue": cpu},
        {"name": "MEMORY", "type": "INTEGER", "integerValue": memory},
    ]
    sets = {"PORTS": agent.tcp_ports, "PORTS_UDP": agent.reserved_ports_udp}
    for name, ports in sets.items():
        texts = [str(port) for port in ports]
        found.append({"name": name, "type": "STRINGSET", "stringSetValue": texts})
    if gpus:
        found.append({"name": "GPU", "type": "STRINGSET", "stringSetValue": gpus})
    return found
