"""ECS as a service of ``placement.aws``: its model, with two calls of our own, and its exceptions.

In: the data of ECS.  Out: ``MODEL`` and ``EXCEPTIONS``.  Knows no operation's function.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from placement.aws.errors import Exceptions
from placement.aws.service_model import OperationModel, Shape, StructureShape, load_service_model
from placement.aws.shapes import checked_parameters

__all__ = ["EXCEPTIONS", "MODEL", "check_parameters", "input_shape"]

_ECS = load_service_model("ecs")


def _our_operation(name: str, method: str, members: Mapping[str, str]) -> OperationModel:
    """Return an operation that ECS does not have; all its members are required."""
    shapes: Mapping[str, Shape] = {key: _ECS.shapes[shape] for key, shape in members.items()}
    shape = StructureShape(f"{name}Request", "structure", members=shapes, required=tuple(members))
    return OperationModel(name, method, shape)


MODEL = _ECS.with_operations(
    _our_operation(
        "RegisterSubnet",
        "register_subnet",
        {"subnetId": "String", "vpcId": "String", "availabilityZone": "String"},
    ),
    _our_operation(
        "SetAgentConnected",
        "set_agent_connected",
        {"cluster": "String", "containerInstance": "String", "connected": "Boolean"},
    ),
)

EXCEPTIONS = Exceptions(
    MODEL.service_id,
    MODEL.errors,
    unreadable_code="ClientException",
    module="placement.ecs.errors",
)
"""``client.exceptions``; the classes are attributes of ``placement.ecs.errors``."""


def input_shape(operation: str) -> StructureShape:
    """Return the shape of the parameters of an operation: ``RunTask``."""
    return MODEL.operations[operation].input_shape


def check_parameters(operation: str, parameters: Mapping[str, Any]) -> None:
    """Check the parameters of a call as the client does.

    Raises:
        ParamValidationError: one is unknown, missing or of the wrong type (C23).
        ClientException: a number that the service cannot read.
    """
    checked_parameters(input_shape(operation), parameters, EXCEPTIONS)
