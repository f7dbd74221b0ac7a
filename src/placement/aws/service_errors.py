"""The errors of one service, made from its model (C47).

In: the name of a service, a code and a message.  Out: exceptions whose classes have botocore's
shape names.  Knows no service: the code of a wrong parameter is given.
"""

from __future__ import annotations

from placement.aws.errors import ClientError, Exceptions, client_error
from placement.aws.service_model import load_service_model

__all__ = ["ServiceErrors"]


class ServiceErrors:
    """What the calls of a service raise.

    Args:
        service: Its name in boto3: ``elbv2``.
        invalid_code: The code of parameters with wrong values.
        module: The name of the module that has the classes as attributes: pickle looks there.

    Attributes:
        model: The service's model.
        exceptions: ``client.exceptions``.
    """

    def __init__(self, service: str, invalid_code: str, module: str) -> None:
        self.model = load_service_model(service)
        self.exceptions = Exceptions(
            self.model.service_id, self.model.errors, unreadable_code=invalid_code, module=module
        )
        self._invalid_code = invalid_code

    def refused(self, code: str, message: str) -> ClientError:
        """Return the exception of a code; the client fills in the operation."""
        return client_error(self.exceptions, code, message)

    def invalid(self, message: str) -> ClientError:
        """Return the exception for parameters that the service refuses by their values alone."""
        return self.refused(self._invalid_code, message)

    def unsupported(self, what: str) -> ClientError:
        """Return the exception for what this library does not model (C48)."""
        message = f"{what} is not modelled by this library."
        return self.refused("UnsupportedFeatureException", message)
