"""Amazon ECS in memory: boto3's calls, documents and errors, placed by ``placement.Cluster``."""

from typing import TYPE_CHECKING, Any

from placement.ecs.errors import ClientError, ParamValidationError, botocore_errors

if TYPE_CHECKING:
    from placement.ecs.agent import AgentConfig, parse_config
    from placement.ecs.agent_lines import LineEffect, explain_config
    from placement.ecs.client import Client
    from placement.ecs.machines import (
        InstanceType,
        instance_type,
        instance_types,
        machine,
        registered_instance,
    )

__all__ = [
    "AgentConfig",
    "Client",
    "ClientError",
    "InstanceType",
    "LineEffect",
    "ParamValidationError",
    "botocore_errors",
    "explain_config",
    "instance_type",
    "instance_types",
    "machine",
    "parse_config",
    "registered_instance",
]

_LATER = {
    "AgentConfig": "placement.ecs.agent",
    "Client": "placement.ecs.client",
    "InstanceType": "placement.ecs.machines",
    "LineEffect": "placement.ecs.agent_lines",
    "explain_config": "placement.ecs.agent_lines",
    "instance_type": "placement.ecs.machines",
    "instance_types": "placement.ecs.machines",
    "machine": "placement.ecs.machines",
    "parse_config": "placement.ecs.agent",
    "registered_instance": "placement.ecs.machines",
}
"""Names that are imported when first asked for, and where they are."""


def __getattr__(name: str) -> Any:
    if name not in _LATER:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    import importlib

    value = globals()[name] = getattr(importlib.import_module(_LATER[name]), name)
    return value
