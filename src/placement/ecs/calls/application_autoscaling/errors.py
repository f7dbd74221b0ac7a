"""The errors of ``application-autoscaling`` (C47), and its model.

In: a code and a message.  Out: the exception of that code.  Classes have botocore's shape names and
are attributes of this module.
"""

from __future__ import annotations

from placement.aws import errors
from placement.aws.errors import ClientError, Exceptions
from placement.aws.service_model import load_service_model

__all__ = ["EXCEPTIONS", "MODEL", "invalid", "not_found", "refused", "unsupported"]

MODEL = load_service_model("application-autoscaling")

EXCEPTIONS = Exceptions(
    MODEL.service_id, MODEL.errors, unreadable_code="ValidationException", module=__name__
)
"""``client.exceptions``."""

globals().update(EXCEPTIONS.classes)


def refused(code: str, message: str) -> ClientError:
    """Return the exception of a code; the client fills in the operation."""
    return errors.client_error(EXCEPTIONS, code, message)


def invalid(message: str) -> ClientError:
    """Return the exception for parameters with wrong values."""
    return refused("ValidationException", message)


def not_found(message: str) -> ClientError:
    """Return the exception for a target, policy or action that is not there."""
    return refused("ObjectNotFoundException", message)


def unsupported(what: str) -> ClientError:
    """Return the exception for what this library does not model (C48)."""
    return refused("UnsupportedFeatureException", f"{what} is not modelled by this library.")
