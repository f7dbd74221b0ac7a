"""Errors as boto3's users catch them (C23).

In: an operation's name, the API's code, a message.  Out: exceptions with ``.response`` and
``.operation_name``.  The classes of the API are made from their codes; knows no operation.
"""

from __future__ import annotations

from typing import Any

from placement.errors import PlacementError

__all__ = [
    "CODES",
    "ClientError",
    "Exceptions",
    "ParamValidationError",
    "botocore_errors",
    "refused",
]

CODES = (
    "AccessDeniedException",
    "AttributeLimitExceededException",
    "BlockedException",
    "ClientException",
    "ClusterContainsCapacityProviderException",
    "ClusterContainsContainerInstancesException",
    "ClusterContainsServicesException",
    "ClusterContainsTasksException",
    "ClusterNotFoundException",
    "ConflictException",
    "DaemonNotActiveException",
    "DaemonNotFoundException",
    "GatewayNotFoundException",
    "InvalidParameterException",
    "LimitExceededException",
    "MissingVersionException",
    "NamespaceNotFoundException",
    "NoUpdateAvailableException",
    "PlatformTaskDefinitionIncompatibilityException",
    "PlatformUnknownException",
    "ResourceInUseException",
    "ResourceNotFoundException",
    "ServerException",
    "ServiceDeploymentNotFoundException",
    "ServiceNotActiveException",
    "ServiceNotFoundException",
    "TargetNotConnectedException",
    "TargetNotFoundException",
    "TaskSetNotFoundException",
    "UnsupportedFeatureException",
    "UpdateInProgressException",
)
"""The codes that ECS has; each is a class of its own."""


class ClientError(PlacementError):
    """The service refuses a call; nothing has changed.

    Attributes:
        response: As botocore has it: ``response["Error"]["Code"]`` and ``["Message"]``.
        operation_name: The operation, as the API writes it: ``RunTask``.
    """

    def __init__(self, error_response: dict[str, Any], operation_name: str) -> None:
        error = error_response.get("Error", {})
        code, message = error.get("Code", "Unknown"), error.get("Message", "Unknown")
        text = f"An error occurred ({code}) when calling the {operation_name} operation: {message}"
        Exception.__init__(self, text)
        self.response = error_response
        self.operation_name = operation_name

    def __reduce__(self) -> tuple[Any, ...]:
        return _made, (self.response["Error"]["Code"], self.response, self.operation_name)


class ParamValidationError(PlacementError):
    """Parameters are unknown, missing or of the wrong type; nothing was asked of the service.

    Attributes:
        report: All that is wrong, a line each.
    """

    def __init__(self, *, report: str) -> None:
        Exception.__init__(self, f"Parameter validation failed:\n{report}")
        self.report = report
        self.kwargs = {"report": report}

    def __reduce__(self) -> tuple[Any, ...]:
        return _invalid, (self.report,)


_CLASSES: dict[str, type[ClientError]] = {code: type(code, (ClientError,), {}) for code in CODES}
for _class in _CLASSES.values():
    _class.__module__ = __name__
    globals()[_class.__name__] = _class


_Class = type[ClientError]


class Exceptions:
    """``client.exceptions``: a class for each code."""

    ClientError = ClientError
    ParamValidationError = ParamValidationError

    def __getattr__(self, name: str) -> _Class:
        try:
            return _CLASSES[name]
        except KeyError:
            raise AttributeError(f"ECS has no exception {name}") from None

    def __dir__(self) -> list[str]:
        return [*_CLASSES, "ClientError", "ParamValidationError"]

    def from_code(self, code: str) -> _Class:
        """Return the class of a code, ``ClientError`` for one that ECS does not have."""
        return _CLASSES.get(code, ClientError) if isinstance(code, str) else ClientError


def refused(code: str, message: str, operation: str = "") -> ClientError:
    """Return the exception for a code; ``Client`` fills in the operation where it is not given."""
    status = 500 if code == "ServerException" else 400
    response = {
        "Error": {"Code": code, "Message": message},
        "ResponseMetadata": {"HTTPStatusCode": status, "RetryAttempts": 0},
        "message": message,
    }
    return _CLASSES[code](response, operation)


def botocore_errors() -> None:
    """Make ``ClientError`` and ``ParamValidationError`` subclasses of the installed botocore's.

    Code that catches ``botocore.exceptions.ClientError`` then catches these.  Asking twice does
    nothing more.

    Raises:
        ModuleNotFoundError: botocore is not installed.
    """
    from botocore import exceptions as theirs  # type: ignore[import-untyped,unused-ignore]

    for ours, other in (
        (ClientError, theirs.ClientError),
        (ParamValidationError, theirs.ParamValidationError),
    ):
        if other not in ours.__mro__:
            ours.__bases__ = (PlacementError, other)


def _made(code: str, response: dict[str, Any], operation: str) -> ClientError:
    """Return an exception that was pickled."""
    return _CLASSES.get(code, ClientError)(response, operation)


def _invalid(report: str) -> ParamValidationError:
    """Return an exception that was pickled."""
    return ParamValidationError(report=report)
