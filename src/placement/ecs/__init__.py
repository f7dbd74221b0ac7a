"""Amazon ECS in memory: boto3's calls, documents and errors, placed by ``placement.Cluster``."""

from typing import TYPE_CHECKING, Any

from placement.ecs.errors import ClientError, ParamValidationError, WaiterError, botocore_errors

if TYPE_CHECKING:
    from placement.ecs.client import Client
    from placement.ecs.definitions.check import check_task_definition, checked_task_definition
    from placement.ecs.definitions.images import ImageReference, parse_image
    from placement.ecs.definitions.lints import lint_task_definition
    from placement.ecs.definitions.problems import DefinitionProblem, InvalidDefinition
    from placement.ecs.definitions.requires import required_attributes
    from placement.ecs.launching import Launch, LaunchRequest
    from placement.ecs.lints.codes import ServiceLint
    from placement.ecs.lints.scaling import lint_scaling
    from placement.ecs.lints.scaling_codes import ScalingLint
    from placement.ecs.lints.service import lint_service
    from placement.ecs.messages import placement_report, service_event
    from placement.ecs.options import Options
    from placement.ecs.session import Session
    from placement.ecs.timing import Behaviour, Timing
    from placement.machines.agent_config import AgentConfig
    from placement.machines.agent_effects import LineEffect, explain_config
    from placement.machines.agent_file import parse_config
    from placement.machines.ec2_types import InstanceType, instance_type, instance_types
    from placement.machines.registration import external_machine, machine, registered_instance

__all__ = [
    "AgentConfig",
    "Behaviour",
    "Client",
    "ClientError",
    "DefinitionProblem",
    "ImageReference",
    "InstanceType",
    "InvalidDefinition",
    "Launch",
    "LaunchRequest",
    "LineEffect",
    "Options",
    "ParamValidationError",
    "ScalingLint",
    "ServiceLint",
    "Session",
    "Timing",
    "WaiterError",
    "botocore_errors",
    "check_task_definition",
    "checked_task_definition",
    "explain_config",
    "external_machine",
    "instance_type",
    "instance_types",
    "lint_scaling",
    "lint_service",
    "lint_task_definition",
    "machine",
    "parse_config",
    "parse_image",
    "placement_report",
    "registered_instance",
    "required_attributes",
    "service_event",
]

_LATER = {
    "Behaviour": "placement.ecs.timing",
    "Launch": "placement.ecs.launching",
    "LaunchRequest": "placement.ecs.launching",
    "Options": "placement.ecs.options",
    "ScalingLint": "placement.ecs.lints.scaling_codes",
    "ServiceLint": "placement.ecs.lints.codes",
    "Session": "placement.ecs.session",
    "Timing": "placement.ecs.timing",
    "AgentConfig": "placement.machines.agent_config",
    "Client": "placement.ecs.client",
    "DefinitionProblem": "placement.ecs.definitions.problems",
    "ImageReference": "placement.ecs.definitions.images",
    "InvalidDefinition": "placement.ecs.definitions.problems",
    "check_task_definition": "placement.ecs.definitions.check",
    "checked_task_definition": "placement.ecs.definitions.check",
    "lint_scaling": "placement.ecs.lints.scaling",
    "lint_service": "placement.ecs.lints.service",
    "lint_task_definition": "placement.ecs.definitions.lints",
    "parse_image": "placement.ecs.definitions.images",
    "required_attributes": "placement.ecs.definitions.requires",
    "InstanceType": "placement.machines.ec2_types",
    "LineEffect": "placement.machines.agent_effects",
    "explain_config": "placement.machines.agent_effects",
    "external_machine": "placement.machines.registration",
    "instance_type": "placement.machines.ec2_types",
    "instance_types": "placement.machines.ec2_types",
    "machine": "placement.machines.registration",
    "parse_config": "placement.machines.agent_file",
    "registered_instance": "placement.machines.registration",
    "placement_report": "placement.ecs.messages",
    "service_event": "placement.ecs.messages",
}
"""Names that are imported when first asked for, and where they are."""


def __getattr__(name: str) -> Any:
    if name not in _LATER:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    import importlib

    value = globals()[name] = getattr(importlib.import_module(_LATER[name]), name)
    return value
