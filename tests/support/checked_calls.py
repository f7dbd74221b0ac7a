"""One call of a client, whatever it is given, and what must be true of its end."""

from __future__ import annotations

from typing import Any

from against_botocore import check_answer, check_error
from clean import within
from client_world import remembered
from placement.aws.client import ServiceClient
from placement.ecs import ClientError, ParamValidationError

__all__ = ["checked_call"]


def checked_call(
    client: ServiceClient, service: str, method: str, given: dict[Any, Any], before: Any
) -> bool:
    """Make a call and look at its end; return whether it was answered."""
    refusal: ClientError | ParamValidationError
    with within(30):
        try:
            answer = getattr(client, method)(**given)
        except (ClientError, ParamValidationError) as error:
            refusal = error
        else:
            check_answer(method, answer, service)
            return True
    if isinstance(refusal, ClientError):
        check_error(method, refusal, service)
        assert all(len(line) < 5000 for line in str(refusal).splitlines())
    else:
        assert refusal.report.strip()
        str(refusal).encode("utf-8")
    assert remembered(client) == before, "a refused call changes nothing"
    return False
