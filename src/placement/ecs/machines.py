"""Container instances of a named EC2 type, as ECS-optimised machines register them (2.2, 3.1).

In: an instance type, a zone, and how the agent is set up.  Out: the keyword arguments of
``register_container_instance``, or an ``Instance``.  Everything that is added is in the answer for
all to see (B12).  Knows no account and no cluster.
"""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from functools import cache
from importlib import resources
from typing import Any

import attrs

from placement.documents.instances import instance_from_ecs
from placement.ecs.agent import OPERATING_SYSTEMS, AgentConfig, parse_config
from placement.ecs.capabilities import capabilities
from placement.errors import DocumentError, UsageError, shown
from placement.model import Instance
from placement.state.interfaces import interfaces_of

__all__ = ["InstanceType", "instance_type", "instance_types", "machine", "registered_instance"]

AGENT_VERSION = "1.99.1"
DOCKER_VERSION = "DockerVersion: 25.0.13"
"""What ``versionInfo`` says unless told otherwise: a release of the ECS-optimised AMI of 2025."""

OS_FAMILIES = {"linux": "LINUX", "windows": "WINDOWS_SERVER_2022_FULL"}
"""``ecs.os-family`` unless told otherwise."""

MEASURED = {"m4.large": 7985, "c4.large": 3768, "c4.4xlarge": 30158}
"""MiB that machines of these types registered: memory-management.md, cloudwatch-metrics.md."""

PAGE_SHARE, FIXED = 64, 47
"""What the kernel keeps: one part in 64 (64 bytes for each page of 4 KiB) and some MiB.

The constant is the one whose largest error over ``MEASURED`` is smallest: 35 MiB, which is 0.9 % of
a c4.large and 0.1 % of a c4.4xlarge.
"""

_ZONE = re.compile(
    r"([a-z]{2}(?:-[a-z]+)+-[0-9])(?:-[a-z]+-[0-9])?[a-z]|([a-z]{2}(?:-[a-z]+)+-[0-9])-wl.*"
)


@attrs.frozen
class InstanceType:
    """What EC2 says of an instance type.

    Attributes:
        name: ``m5.large``.
        vcpus: 1,024 CPU units each.
        memory: MiB, nominal.
        architecture: ``x86_64`` or ``arm64``.
        gpus: Whole ones.
    """

    name: str
    vcpus: int
    memory: int
    architecture: str
    gpus: int

    @property
    def cpu(self) -> int:
        """The CPU units that a machine of this type registers."""
        return self.vcpus * 1024

    @property
    def registered_memory(self) -> int:
        """The MiB that a machine of this type registers while ``ECS_RESERVED_MEMORY`` is 0.

        Observed for three types (``MEASURED``); otherwise a formula that fits those within 35 MiB:
        the nominal memory less 1/64 of it and 47 MiB.
        """
        return MEASURED.get(self.name, kernel_leaves(self.memory))

    @property
    def network_interfaces(self) -> int | None:
        """Tasks with an interface of their own that fit without a trunk, None if unknown (C12)."""
        return interfaces_of(self.name, False)

    @property
    def trunk_interfaces(self) -> int | None:
        """The same with a trunk, None if the type cannot have one (Appendix A)."""
        with_trunk = interfaces_of(self.name, True)
        return None if with_trunk == self.network_interfaces else with_trunk


def kernel_leaves(memory: int) -> int:
    """Return what a kernel leaves of so many MiB, by formula."""
    return max(0, memory - memory // PAGE_SHARE - FIXED)


@cache
def instance_types() -> Mapping[str, InstanceType]:
    """Return every instance type that is known, by name; data/README.md says where from."""
    source = resources.files("placement").joinpath("ecs", "data", "instance_types.csv")
    return {
        line["instance_type"]: InstanceType(
            line["instance_type"],
            int(line["vcpus"]),
            int(line["memory_mib"]),
            line["arch"],
            int(line["gpus"]),
        )
        for line in csv.DictReader(source.read_text(encoding="utf-8").splitlines())
    }


def instance_type(name: str) -> InstanceType:
    """Return an instance type.

    Raises:
        DocumentError: there is none of this name.
    """
    known = instance_types()
    if isinstance(name, str) and name in known:
        return known[name]
    close = get_close_matches(name, known, 1) if isinstance(name, str) and len(name) < 64 else []
    advice = f"; did you mean {close[0]}?" if close else ""
    raise DocumentError(f"no EC2 instance type {shown(name)} is known{advice}", "instance_type")


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
    type = _type_named(instance_type)
    texts = {
        "region": region,
        "vpc_id": vpc_id,
        "subnet_id": subnet_id,
        "instance_id": instance_id,
        "account_id": account_id,
        "ami_id": ami_id,
        "trunk_id": trunk_id,
        "os_family": os_family,
        "gpu_driver_version": gpu_driver_version,
        "cni_plugin_version": cni_plugin_version,
    }
    for name, value in texts.items():
        if value is not None and (not isinstance(value, str) or not value):
            raise UsageError(f"{name} is text that is not empty, not {shown(value)}")
    if not isinstance(agent_version, str) or not agent_version:
        raise UsageError(f"agent_version is text that is not empty, not {shown(agent_version)}")
    plugins = _texts(volume_plugins)
    agent = _config(config, operating_system)
    if trunk_id is not None:
        _check_trunk(type, agent)
    gpus = _gpus(type, agent, instance_id)
    described = {
        "ecs.availability-zone": availability_zone,
        "ecs.instance-type": type.name,
        "ecs.os-type": operating_system,
        "ecs.os-family": os_family or OS_FAMILIES[operating_system],
        "ecs.cpu-architecture": type.architecture,
        "ecs.ami-id": ami_id,
        "ecs.vpc-id": vpc_id,
        "ecs.subnet-id": subnet_id,
        "ecs.awsvpc-trunk-id": trunk_id,
    }
    identity = {
        "accountId": account_id,
        "architecture": type.architecture,
        "availabilityZone": availability_zone,
        "imageId": ami_id,
        "instanceId": instance_id,
        "instanceType": type.name,
        "region": _region(availability_zone, region),
        "version": "2017-09-30",
    }
    attributes: dict[str, str | None] = {k: v for k, v in described.items() if v is not None}
    attributes |= capabilities(
        agent,
        gpu_driver_version=gpu_driver_version if gpus else None,
        cni_plugin_version=cni_plugin_version,
        volume_plugins=plugins,
    )
    attributes |= agent.instance_attributes
    arguments: dict[str, Any] = {
        "totalResources": _resources(type, agent, gpus),
        "versionInfo": {"agentVersion": agent_version, "dockerVersion": DOCKER_VERSION},
        "attributes": [
            {"name": name} if value is None else {"name": name, "value": value}
            for name, value in attributes.items()
        ],
    }
    if instance_id is not None:
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
        raise UsageError(f"expected what machine() returns, not {shown(arguments)}")
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


_type_named = instance_type
"""The function, where a parameter has its name."""


def _texts(values: Iterable[str]) -> list[str]:
    """Return the names of volume plugins."""
    if isinstance(values, str) or not isinstance(values, Iterable):
        raise UsageError(f"volume_plugins is a list of names, not {shown(values)}")
    names = list(values)
    for name in names:
        if not isinstance(name, str) or not name:
            raise UsageError(f"volume_plugins is a list of names, {shown(name)} is none")
    return names


def _region(zone: str, region: str | None) -> str:
    """Return the region of a zone, which one that is given must agree with."""
    found = _ZONE.fullmatch(zone) if isinstance(zone, str) else None
    if region is not None and isinstance(zone, str) and zone.startswith(region):
        return region
    if found is None or region is not None:
        expected = "a zone such as us-east-1a" if region is None else f"a zone of {shown(region)}"
        raise UsageError(f"availability_zone is {expected}, not {shown(zone)}")
    return found[1] or found[2]


def _config(config: AgentConfig | str | None, operating_system: str) -> AgentConfig:
    if operating_system not in OPERATING_SYSTEMS:
        raise UsageError(f"operating_system is linux or windows, not {shown(operating_system)}")
    if config is None or isinstance(config, str):
        return parse_config(config or "", operating_system=operating_system)
    if not isinstance(config, AgentConfig):
        raise UsageError(f"config is text or what parse_config returns, not {shown(config)}")
    if config.operating_system != operating_system:
        message = f"the configuration is for {config.operating_system}, not {operating_system}"
        raise UsageError(message)
    return config


def _check_trunk(type: InstanceType, agent: AgentConfig) -> None:
    """Refuse a trunk interface where ECS would attach none (2.4)."""
    reason = None
    if agent.operating_system != "linux":
        reason = "only Linux has trunk interfaces"
    elif not agent.enable_task_eni or not agent.enable_high_density_eni:
        reason = "ECS_ENABLE_TASK_ENI and ECS_ENABLE_HIGH_DENSITY_ENI are not both on"
    elif type.trunk_interfaces is None:
        reason = f"{type.name} does not support trunk interfaces"
    if reason is not None:
        raise UsageError(f"trunk_id is given, but {reason}")


def _gpus(type: InstanceType, agent: AgentConfig, instance_id: str | None) -> list[str]:
    """Return the ids of the GPUs that are registered; Windows registers none (2.2)."""
    if agent.operating_system != "linux" or agent.enable_gpu_support is False:
        return []
    name = instance_id or type.name
    return [f"GPU-{name.removeprefix('i-')}-{place}" for place in range(type.gpus)]


def _resources(type: InstanceType, agent: AgentConfig, gpus: list[str]) -> list[dict[str, Any]]:
    """Return ``totalResources``.

    Raises:
        DocumentError: more memory is reserved than there is (2.2).
    """
    memory = type.registered_memory - agent.reserved_memory
    if memory < 0:
        message = (
            f"{agent.reserved_memory} MiB are reserved, but a machine of type {type.name} has"
            f" only {type.registered_memory}"
        )
        raise DocumentError(message, "ECS_RESERVED_MEMORY")
    found: list[dict[str, Any]] = [
        {"name": "CPU", "type": "INTEGER", "integerValue": type.cpu},
        {"name": "MEMORY", "type": "INTEGER", "integerValue": memory},
    ]
    sets = {"PORTS": agent.tcp_ports, "PORTS_UDP": agent.reserved_ports_udp}
    for name, ports in sets.items():
        texts = [str(port) for port in ports]
        found.append({"name": name, "type": "STRINGSET", "stringSetValue": texts})
    if gpus:
        found.append({"name": "GPU", "type": "STRINGSET", "stringSetValue": gpus})
    return found
