"""The errors of ``cloudwatch`` (C47), and its model.

In: a code and a message.  Out: the exception of that code.  Classes have botocore's shape names
(``InvalidFormatFault`` has the code ``InvalidFormat``) and are attributes of this module.
"""

from __future__ import annotations

from placement.aws.service_errors import ServiceErrors

__all__ = ["EXCEPTIONS", "MODEL", "invalid", "refused", "unsupported"]

_ERRORS = ServiceErrors("cloudwatch", "ValidationError", __name__)

MODEL, EXCEPTIONS = _ERRORS.model, _ERRORS.exceptions
refused, invalid, unsupported = _ERRORS.refused, _ERRORS.invalid, _ERRORS.unsupported

globals().update(EXCEPTIONS.classes)
