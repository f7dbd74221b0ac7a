"""Errors as boto3's users catch them (C23, C47).

In: a service's errors, the code and the message of one.  Out: exceptions with ``.response`` and
``.operation_name``.  Classes are made from the service's error shapes; knows no operation.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar

import attrs

from placement.errors import PlacementError

__all__ = [
    "AbsentOperationError",
    "ClientError",
    "ErrorShape",
    "Exceptions",
    "ParamValidationError",
    "WaiterError",
    "botocore_errors",
    "client_error",
]


class ClientError(PlacementError):
    """The service refuses a call; nothing has changed.

    Attributes:
        response: As botocore has it: ``response["Error"]["Code"]`` and ``["Message"]``.
        operation_name: The operation, as the API writes it: ``RunTask``.
        http_status: The HTTP status code of the error.
    """

    http_status: ClassVar[int] = 400

    def __init__(self, error_response: dict[str, Any], operation_name: str) -> None:
        error = error_response.get("Error", {})
        code, message = error.get("Code", "Unknown"), error.get("Message", "Unknown")
        text = f"An error occurred ({code}) when calling the {operation_name} operation: {message}"
        Exception.__init__(self, text)
        self.response = error_response
        self.operation_name = operation_name

    def __reduce__(self) -> tuple[Any, ...]:
        # botocore's own ``__reduce__`` would take precedence after ``botocore_errors``.
        return type(self), (self.response, self.operation_name)


class ParamValidationError(PlacementError):
    """Parameters are unknown, missing or of the wrong type; the operation was not called.

    Attributes:
        report: Everything that is wrong, a line each.
    """

    def __init__(self, *, report: str) -> None:
        Exception.__init__(self, f"Parameter validation failed:\n{report}")
        self.report = report
        self.kwargs = {"report": report}

    def __reduce__(self) -> tuple[Any, ...]:
        return _parameter_error, (self.report,)


class WaiterError(PlacementError):
    """What a waiter waits for has not come (C40).

    Attributes:
        last_response: The last answer, or what the last refusal said.
    """

    def __init__(self, name: str, reason: str, last_response: dict[str, Any]) -> None:
        Exception.__init__(self, f"Waiter {name} failed: {reason}")
        self.name = name
        self.reason = reason
        self.last_response = last_response
        self.kwargs = {"name": name, "reason": reason}

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.name, self.reason, self.last_response)


class AbsentOperationError(PlacementError, AttributeError):
    """The service has an operation, but this library does not (C47)."""


@attrs.frozen
class ErrorShape:
    """An error of a service.

    Attributes:
        name: The name of the exception class.
        code: ``response["Error"]["Code"]``.
        status: The HTTP status code.
    """

    name: str
    code: str
    status: int


_Class = type[ClientError]


class Exceptions:
    """``client.exceptions``: a class for each error of one service, derived from ``ClientError``.

    Args:
        service_id: The service's name in messages: ``ECS``.
        errors: The service's errors.
        unreadable_code: The code of the error for a number that the service cannot read.
        module: The module that the classes belong to; it must hold them under their names
            (``classes``), so that they can be pickled.
    """

    ClientError = ClientError
    ParamValidationError = ParamValidationError

    def __init__(
        self, service_id: str, errors: Iterable[ErrorShape], *, unreadable_code: str, module: str
    ) -> None:
        shapes = list(errors)
        self.unreadable_code = unreadable_code
        self.classes: dict[str, _Class] = {
            shape.name: type(
                shape.name, (ClientError,), {"__module__": module, "http_status": shape.status}
            )
            for shape in shapes
        }
        self._service_id = service_id
        self._by_code = {shape.code: self.classes[shape.name] for shape in shapes}

    def __getattr__(self, name: str) -> _Class:
        classes: dict[str, _Class] = self.__dict__.get("classes", {})
        if name not in classes:
            service = self.__dict__.get("_service_id", "the service")
            raise AttributeError(f"{service} has no exception {name}")
        return classes[name]

    def __repr__(self) -> str:
        return f"<exceptions of {self._service_id}: {len(self.classes)} classes>"

    def __dir__(self) -> list[str]:
        return [*self.classes, "ClientError", "ParamValidationError", "from_code"]

    def from_code(self, code: str) -> _Class:
        """Return the class of a code, ``ClientError`` for one that the service does not have."""
        return self._by_code.get(code, ClientError) if isinstance(code, str) else ClientError


def client_error(
    exceptions: Exceptions, code: str, message: str, operation: str = ""
) -> ClientError:
    """Return the exception of a code; the client fills in an operation that is not given."""
    kind = exceptions.from_code(code)
    response = {
        "Error": {"Code": code, "Message": message},
        "ResponseMetadata": {"HTTPStatusCode": kind.http_status, "RetryAttempts": 0},
        "message": message,
    }
    return kind(response, operation)


def botocore_errors() -> None:
    """Make our ``ClientError``, ``ParamValidationError`` and ``WaiterError`` botocore's too.

    They become subclasses of those of the installed botocore: code that catches
    ``botocore.exceptions.ClientError`` then catches these.  A second call changes nothing.

    Raises:
        ModuleNotFoundError: botocore is not installed.
    """
    from botocore import exceptions as theirs  # type: ignore[import-untyped,unused-ignore]

    for ours, other in (
        (ClientError, theirs.ClientError),
        (ParamValidationError, theirs.ParamValidationError),
        (WaiterError, theirs.WaiterError),
    ):
        if other not in ours.__mro__:
            ours.__bases__ = (PlacementError, other)


def _parameter_error(report: str) -> ParamValidationError:
    """Return an exception that was pickled."""
    return ParamValidationError(report=report)
