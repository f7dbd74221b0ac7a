"""The errors of ``application-autoscaling`` (C47), and its model.

In: a code and a message.  Out: the exception of that code.  Classes have botocore's shape names
and are attributes of this module.
"""

from __future__ import annotations

from placement.aws.errors import ClientError
from placement.aws.service_errors import ServiceErrors

__all__ = ["EXCEPTIONS", "MODEL", "invalid", "not_found", "refused", "unsupported"]

_ERRORS = ServiceErrors("application-autoscaling", "ValidationException", __name__)

MODEL, EXCEPTIONS = _ERRORS.model, _ERRORS.exceptions
refused, invalid, unsupported = _ERRORS.refused, _ERRORS.invalid, _ERRORS.unsupported

globals().update(EXCEPTIONS.classes)


def not_found(message: str) -> ClientError:
    """Return the exception for a target, policy or action that is not there."""
    return refused("ObjectNotFoundException", message)
