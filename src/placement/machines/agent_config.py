"""The agent's configuration: what each key of ``/etc/ecs/ecs.config`` is (section 7).

In: nothing.  Out: ``AgentConfig``, with a value for every key, and ``KEYS``, which says of each how
its text is read and what its defaults are.  How a file is read, ``agent_file`` knows; which
attributes and resources follow, ``capabilities`` and ``registration``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

import attrs

from placement.errors import UsageError, describe_value
from placement.machines.agent_values import (
    read_attributes,
    read_flag,
    read_mapping,
    read_name,
    read_port_range,
    read_ports,
    read_seconds,
    read_texts,
    read_whole,
)
from placement.model.instance import LINUX_PORTS, WINDOWS_PORTS

__all__ = [
    "KEYS",
    "AgentConfig",
    "Key",
    "check_system",
]

PROMETHEUS_PORT = 51680
"""The port that is reserved too while the agent publishes metrics (2.3)."""

OPERATING_SYSTEMS = ("linux", "windows")

UNSET: Any = object()
"""Marks a default that ecs-init does not set."""


@attrs.frozen
class Key:
    """A key of the file.

    Attributes:
        name: As the file has it.
        read: Converts the text of a value; its ``ValueError`` says what was expected.
        effect: What it does to placement, in a few words.
        linux: The agent's default on Linux.
        windows: The same on Windows.
        init: What ecs-init sets on Linux where the file says nothing; ``UNSET`` if nothing.
    """

    name: str
    read: Callable[[str], Any]
    effect: str
    linux: Any
    windows: Any
    init: Any

    def default(self, operating_system: str, ecs_init: bool) -> Any:
        """Return the value of the key where the file does not have it."""
        if ecs_init and operating_system == "linux" and self.init is not UNSET:
            return self.init
        return self.agent_default(operating_system)

    def agent_default(self, operating_system: str) -> Any:
        """Return the value of the key where the file has it without a value that can be read.

        The line replaces what ecs-init has set, so that the default is the agent's.
        """
        return self.windows if operating_system == "windows" else self.linux


def _key(
    name: str,
    read: Callable[[str], Any],
    effect: str,
    linux: Any,
    *,
    windows: Any = UNSET,
    init: Any = UNSET,
) -> Any:
    """Return a field of ``AgentConfig``; ``init=`` is what ecs-init sets."""
    other = linux if windows is UNSET else windows
    key = Key(f"ECS_{name}", read, effect, linux, other, init)
    return attrs.field(metadata={"key": key})


_NO_ATTRIBUTES: Mapping[str, str] = MappingProxyType({})


@attrs.frozen(kw_only=True)
class AgentConfig:
    """The configuration of an agent: every key of section 7 that affects placement.

    Made by ``agent_file.parse_config``; ``attrs.evolve`` makes variants.

    Attributes:
        operating_system: ``linux`` or ``windows``.
        given: The keys that the file has, in its order, without those that were refused.
        warnings: What the agent would report in its log, a line each.
        reserved_ports: tcp host ports; ``ECS_RESERVED_PORTS`` replaces the agent's (A67).
        reserved_memory: MiB that are not registered.
        enable_gpu_support: None: on where the machine has GPUs, as ecs-init of the GPU AMI does.
        dynamic_host_port_range: First and last; None: the kernel's.
        container_stop_timeout: Seconds.

    The other attributes are named after their keys, in small letters and without ``ECS_``.
    """

    operating_system: str
    given: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()

    cluster: str = _key("CLUSTER", read_name, "the cluster that is joined", "default")
    instance_attributes: Mapping[str, str] = _key(
        "INSTANCE_ATTRIBUTES",
        read_attributes,
        "attributes, set when the instance registers for the first time",
        _NO_ATTRIBUTES,
    )
    reserved_ports: tuple[int, ...] = _key(
        "RESERVED_PORTS",
        read_ports,
        "tcp host ports that no task gets, instead of the agent's list",
        LINUX_PORTS,
        windows=WINDOWS_PORTS,
    )
    reserved_ports_udp: tuple[int, ...] = _key(
        "RESERVED_PORTS_UDP", read_ports, "udp host ports that no task gets", ()
    )
    reserved_memory: int = _key(
        "RESERVED_MEMORY", read_whole, "MiB taken off the memory that is registered", 0
    )
    available_logging_drivers: tuple[str, ...] = _key(
        "AVAILABLE_LOGGING_DRIVERS",
        read_texts,
        "log drivers that tasks may use",
        ("json-file", "none"),
        windows=("json-file", "none", "awslogs"),
        init=("json-file", "syslog", "awslogs", "fluentd", "none"),
    )
    disable_privileged: bool = _key(
        "DISABLE_PRIVILEGED", read_flag, "true: no privileged containers", False
    )
    selinux_capable: bool = _key("SELINUX_CAPABLE", read_flag, "SELinux labels", False)
    apparmor_capable: bool = _key("APPARMOR_CAPABLE", read_flag, "AppArmor profiles", False)
    enable_task_iam_role: bool = _key(
        "ENABLE_TASK_IAM_ROLE", read_flag, "tasks with a role", False, init=True
    )
    enable_task_iam_role_network_host: bool = _key(
        "ENABLE_TASK_IAM_ROLE_NETWORK_HOST",
        read_flag,
        "tasks with a role in host network mode",
        False,
        init=True,
    )
    enable_task_eni: bool = _key(
        "ENABLE_TASK_ENI",
        read_flag,
        "tasks with a network interface of their own",
        False,
        init=True,
    )
    enable_high_density_eni: bool = _key(
        "ENABLE_HIGH_DENSITY_ENI", read_flag, "more such tasks through a trunk interface", True
    )
    awsvpc_block_imds: bool = _key(
        "AWSVPC_BLOCK_IMDS", read_flag, "no instance metadata for tasks in awsvpc mode", False
    )
    enable_task_cpu_mem_limit: bool = _key(
        "ENABLE_TASK_CPU_MEM_LIMIT", read_flag, "limits for whole tasks", True, windows=False
    )
    enable_gpu_support: bool | None = _key(
        "ENABLE_GPU_SUPPORT", read_flag, "registers GPUs and their driver", False, init=None
    )
    enable_awslogs_executionrole_override: bool = _key(
        "ENABLE_AWSLOGS_EXECUTIONROLE_OVERRIDE",
        read_flag,
        "the execution role for awslogs",
        False,
        init=True,
    )
    volume_plugin_capabilities: tuple[str, ...] = _key(
        "VOLUME_PLUGIN_CAPABILITIES",
        read_texts,
        "capabilities of volume plugins",
        (),
        init=("efsAuth",),
    )
    disable_docker_health_check: bool = _key(
        "DISABLE_DOCKER_HEALTH_CHECK", read_flag, "true: no container health checks", False
    )
    fsx_windows_file_server_supported: bool = _key(
        "FSX_WINDOWS_FILE_SERVER_SUPPORTED",
        read_flag,
        "volumes of FSx for Windows File Server (Windows only)",
        False,
        windows=True,
    )
    gmsa_supported: bool = _key(
        "GMSA_SUPPORTED", read_flag, "group managed service accounts", False
    )
    ebsta_supported: bool = _key("EBSTA_SUPPORTED", read_flag, "EBS volumes of tasks", True)
    enable_spot_instance_draining: bool = _key(
        "ENABLE_SPOT_INSTANCE_DRAINING",
        read_flag,
        "a Spot interruption notice sets the instance to DRAINING (4.6)",
        False,
    )
    dynamic_host_port_range: tuple[int, int] | None = _key(
        "DYNAMIC_HOST_PORT_RANGE",
        read_port_range,
        "where dynamic host ports come from",
        None,
        windows=(49_152, 65_535),
    )
    warm_pools_check: bool = _key(
        "WARM_POOLS_CHECK", read_flag, "true: not registered while in a warm pool", False
    )
    container_instance_tags: Mapping[str, str] = _key(
        "CONTAINER_INSTANCE_TAGS",
        read_mapping,
        "tags, which expressions do not see",
        _NO_ATTRIBUTES,
    )
    container_instance_propagate_tags_from: str = _key(
        "CONTAINER_INSTANCE_PROPAGATE_TAGS_FROM",
        read_name,
        "tags, which expressions do not see",
        "none",
    )
    enable_prometheus_metrics: bool = _key(
        "ENABLE_PROMETHEUS_METRICS",
        read_flag,
        f"true: port {PROMETHEUS_PORT} is reserved too",
        False,
    )
    container_stop_timeout: float = _key(
        "CONTAINER_STOP_TIMEOUT",
        read_seconds,
        "how long a stopping task really holds the host",
        30.0,
    )

    @property
    def tcp_ports(self) -> tuple[int, ...]:
        """The tcp host ports that are registered as taken (2.3, A67)."""
        extra = (PROMETHEUS_PORT,) if self.enable_prometheus_metrics else ()
        return tuple(dict.fromkeys((*self.reserved_ports, *extra)))


KEYS: Mapping[str, Key] = MappingProxyType(
    {
        field.metadata["key"].name: field.metadata["key"]
        for field in attrs.fields(AgentConfig)
        if "key" in field.metadata
    }
)
"""Every key of section 7, by name."""


def check_system(operating_system: object) -> None:
    """Refuse an operating system that the agent does not run on.

    Raises:
        UsageError: it is not one of ``OPERATING_SYSTEMS``.
    """
    if not isinstance(operating_system, str) or operating_system not in OPERATING_SYSTEMS:
        raise UsageError(
            f"operating_system is linux or windows, not {describe_value(operating_system)}"
        )
