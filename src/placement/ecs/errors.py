"""The errors of ECS (C23).

In: a code and a message.  Out: the exception of that code.  The classes are made by
``placement.aws`` and are attributes of this module: ``ClusterNotFoundException``, ...
"""

from __future__ import annotations

from placement.aws import errors
from placement.aws.errors import ClientError, ParamValidationError, WaiterError, botocore_errors
from placement.ecs.service import EXCEPTIONS

__all__ = [
    "CODES",
    "ClientError",
    "ParamValidationError",
    "WaiterError",
    "botocore_errors",
    "client_error",
]

globals().update(EXCEPTIONS.classes)

CODES = tuple(EXCEPTIONS.classes)
"""The codes of ECS's errors; the class of each has the same name."""


def client_error(code: str, message: str, operation: str = "") -> ClientError:
    """Return the exception of a code; the client fills in an operation that is not given."""
    return errors.client_error(EXCEPTIONS, code, message, operation)
