"""The constraints of a service's model that botocore leaves to the service to check.

In: a shape and checked parameters.  Out: a message that names each value which is not in its
enumeration, too long or too large.  Least values are checked by ``checked_parameters`` already.
Knows no service.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import wraps
from typing import Any

from placement.aws.client import Operation
from placement.aws.errors import Exceptions, client_error
from placement.aws.service_model import ServiceModel, Shape, StructureShape
from placement.aws.shapes import ShapeWalker
from placement.errors import describe_value

__all__ = ["constraint_message", "keeping_to_the_model"]

MOST_SHOWN = 10
"""How many problems a message lists."""


def keeping_to_the_model(
    operations: Mapping[str, Operation],
    model: ServiceModel,
    exceptions: Exceptions,
    code: str = "ValidationError",
) -> dict[str, Operation]:
    """Let operations refuse parameters that break a constraint of the model.

    Args:
        operations: By the API's name.
        model: The model of the service.
        exceptions: The exceptions of the service.
        code: The code with which they are refused.
    """

    def checked(name: str, operation: Operation) -> Operation:
        @wraps(operation)
        def answer(account: Any, parameters: dict[str, Any]) -> dict[str, Any]:
            message = constraint_message(model.operations[name].input_shape, parameters)
            if message is not None:
                raise client_error(exceptions, code, message)
            return operation(account, parameters)

        return answer

    return {name: checked(name, operation) for name, operation in operations.items()}


def constraint_message(shape: StructureShape, parameters: dict[str, Any]) -> str | None:
    """Return what is wrong with parameters whose types are right; None if nothing is."""
    check = _ConstraintCheck()
    check.walk(shape, parameters)
    found = check.problems
    if not found:
        return None
    count = "1 validation error" if len(found) == 1 else f"{len(found)} validation errors"
    more = len(found) - MOST_SHOWN
    shown = found[:MOST_SHOWN] + ([f"and {more} more"] if more > 0 else [])
    return f"{count} detected: {'; '.join(shown)}"


class _ConstraintCheck(ShapeWalker):
    def __init__(self) -> None:
        self.problems: list[str] = []

    def accept(self, shape: Shape, value: Any, path: str, /) -> Any:
        if shape.enum and value not in shape.enum:
            self._add(value, path, f"satisfy enum value set: [{', '.join(shape.enum)}]")
        most = shape.maximum
        if most is not None and shape.type_name in ("string", "list"):
            if len(value) > most:
                self._add(value, path, f"have length less than or equal to {most}")
        elif most is not None and value > most:
            self._add(value, path, f"have value less than or equal to {most}")
        return value

    def _add(self, value: Any, path: str, constraint: str) -> None:
        found = str(value) if isinstance(value, (int, float)) else describe_value(value)
        self.problems.append(
            f"Value {found} at '{path}' failed to satisfy constraint: Member must {constraint}"
        )
