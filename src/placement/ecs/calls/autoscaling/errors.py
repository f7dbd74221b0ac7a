"""The errors of ``autoscaling`` (C47), and its model.

In: a code and a message.  Out: the exception of that code.  Classes have botocore's shape names
(``AlreadyExistsFault`` has the code ``AlreadyExists``) and are attributes of this
module.
"""

from __future__ import annotations

from placement.aws import errors
from placement.aws.errors import ClientError, Exceptions
from placement.aws.service_model import load_service_model

__all__ = ["EXCEPTIONS", "MODEL", "invalid", "refused", "unsupported"]

MODEL = load_service_model("autoscaling")

EXCEPTIONS = Exceptions(
    MODEL.service_id, MODEL.errors, unreadable_code="ValidationError", module=__name__
)
"""``client.exceptions``."""

globals().update(EXCEPTIONS.classes)


def refused(code: str, message: str) -> ClientError:
    """Return the exception of a code; the client fills in the operation."""
    return errors.client_error(EXCEPTIONS, code, message)


def invalid(message: str) -> ClientError:
    """Return the exception for parameters that the service refuses by their values alone."""
    return refused("ValidationError", message)


def unsupported(what: str) -> ClientError:
    """Return the exception for what this library does not model (C48)."""
    return refused("UnsupportedFeatureException", f"{what} is not modelled by this library.")
