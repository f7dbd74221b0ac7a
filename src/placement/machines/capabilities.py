"""The capabilities that an agent registers as attributes (3.1).

In: an ``AgentConfig``, and what is known of the machine's image.  Out: names of attributes with
their values, None for one without value.  Source: section 3.1 (AGENT:agent_capability*.go).
"""

from __future__ import annotations

from collections.abc import Iterable

from placement.machines.agent_config import AgentConfig
from placement.model.attribute_names import EXTERNAL, TASK_ENI

__all__ = ["P1", "P2", "capabilities"]

P1 = "com.amazonaws.ecs.capability."
P2 = "ecs.capability."

EVERYWHERE = (
    "private-registry-authentication.secretsmanager",
    "secrets.ssm.environment-variables",
    "secrets.ssm.bootstrap.log-driver",
    "ecr-endpoint",
    "secrets.asm.environment-variables",
    "secrets.asm.bootstrap.log-driver",
    "container-ordering",
    "full-sync",
    "env-files.s3",
    "network.container-port-range",
    "container-restart-policy",
    "execution-role-ecr-pull",
    "execute-command",
)
"""What every agent registers after the prefix P2; the last two depend on software that every image
has."""

LINUX = (
    "aws-appmesh",
    "task-eia",
    "firelens.fluentd",
    "firelens.fluentbit",
    "firelens.non-root-user",
    "firelens.options.config.file",
    "firelens.options.config.s3",
    "logging-driver.awsfirelens.log-driver-buffer-limit",
    "efs",
    "pid-ipc-namespace-sharing",
    "service-connect-v1",
)
"""The same, on Linux only; the last two because the ECS-optimised AMI has the images they need."""

DOCKER_API = tuple(f"1.{minor}" for minor in (17, 18, 19, 20, 21, 22, 23, 24, 25, 28, 29, 30, 32))
"""Versions of Docker's API that the agent registers; it leaves out some to save attributes."""

LOGGING_DRIVERS = (
    "json-file",
    "syslog",
    "journald",
    "gelf",
    "fluentd",
    "awslogs",
    "splunk",
    "logentries",
    "sumologic",
    "none",
)
"""Log drivers that an agent knows; the Docker of today's images has the API each of them needs."""

NOT_EXTERNAL = tuple(
    f"{P2}{name}"
    for name in (
        "task-eni",
        "cni-plugin-version",
        "aws-appmesh",
        "task-eia",
        "service-connect-v1",
        "storage.ebs",
        "fault-injection",
    )
)
"""Prefixes of the names that machines of ECS Anywhere do not register."""


def capabilities(
    config: AgentConfig,
    *,
    gpu_driver_version: str | None = None,
    cni_plugin_version: str | None = None,
    volume_plugins: Iterable[str] = (),
    external: bool = False,
) -> dict[str, str | None]:
    """Return the attributes that say what an agent can do, in the order of 3.1.

    Args:
        config: How the agent is set up.
        gpu_driver_version: The NVIDIA driver's; None: no GPUs, or not known.
        cni_plugin_version: Value of ``ecs.capability.cni-plugin-version``, such as
            ``a83f4c9f-2024.09.0``; without it the attribute has no value.
        volume_plugins: Docker volume plugins beside ``local``: ``rexray/ebs:latest``.
        external: Whether it is a machine of ECS Anywhere, whose agent leaves some out.
    """
    linux = config.operating_system == "linux"
    found: dict[str, str | None] = dict.fromkeys(_fixed(linux))
    for plugin in ("local", *(volume_plugins if linux else ())):
        for name in dict.fromkeys((plugin, plugin.removesuffix(":latest"))):
            found[f"{P2}docker-plugin.{name.replace(':', '.')}"] = None
    for driver in config.available_logging_drivers:
        if driver in LOGGING_DRIVERS:
            found[f"{P1}logging-driver.{driver}"] = None
    found.update(dict.fromkeys(name for name, wanted in _switched(config, linux) if wanted))
    if config.enable_task_eni:
        found[f"{P2}cni-plugin-version"] = cni_plugin_version
    for item in config.volume_plugin_capabilities:
        found[f"{P2}{item}"] = None
    if gpu_driver_version is not None and config.enable_gpu_support is not False and linux:
        found[f"{P2}nvidia-driver-version.{gpu_driver_version}"] = None
        found[f"{P2}gpu-driver-version"] = gpu_driver_version
    if external:
        found = {name: value for name, value in found.items() if not name.startswith(NOT_EXTERNAL)}
        found[EXTERNAL] = None
    return found


def _fixed(linux: bool) -> list[str]:
    """Return the names that depend on nothing but the operating system."""
    names = [f"{P2}{name}" for name in (*EVERYWHERE, *(LINUX if linux else ()))]
    names += [f"{P1}docker-remote-api.{version}" for version in DOCKER_API]
    names.append(f"{P1}ecr-auth")
    if linux:
        names.append(f"{P1}logging-driver.awsfirelens")
    return names


def _switched(config: AgentConfig, linux: bool) -> list[tuple[str, bool]]:
    """Return the names that follow from switches, each with whether it is registered."""
    eni, limit = config.enable_task_eni, config.enable_task_cpu_mem_limit
    return [
        (f"{P1}privileged-container", not config.disable_privileged),
        (f"{P1}selinux", config.selinux_capable),
        (f"{P1}apparmor", config.apparmor_capable),
        (f"{P1}task-iam-role", config.enable_task_iam_role),
        (f"{P1}task-iam-role-network-host", config.enable_task_iam_role_network_host),
        (f"{P2}container-health-check", not config.disable_docker_health_check),
        (f"{P2}task-cpu-mem-limit", limit),
        (f"{P2}increased-task-cpu-limit", limit),
        (f"{P2}execution-role-awslogs", config.enable_awslogs_executionrole_override),
        (TASK_ENI, eni),
        (f"{P2}task-eni.ipv6", eni),
        (f"{P2}task-eni-trunking", eni and linux and config.enable_high_density_eni),
        (f"{P2}task-eni-block-instance-metadata", eni and config.awsvpc_block_imds),
        (f"{P2}fsxWindowsFileServer", not linux and config.fsx_windows_file_server_supported),
        (f"{P2}gmsa", config.gmsa_supported),
        (f"{P2}storage.ebs-task-volume-attach", config.ebsta_supported),
    ]
