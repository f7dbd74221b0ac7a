"""Constraints of the model that botocore leaves to the service."""

from __future__ import annotations

from typing import Any

import pytest

from placement.aws.constraints import constraint_message, keeping_to_the_model
from placement.aws.errors import ClientError, Exceptions
from placement.aws.service_model import load_service_model

MODEL = load_service_model("elbv2")
SHAPE = MODEL.operations["CreateTargetGroup"].input_shape


def test_values_inside_every_constraint() -> None:
    assert constraint_message(SHAPE, {"Name": "a", "Protocol": "HTTP", "Port": 65_535}) is None


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [
        ({"Port": 65_536}, "Value 65536 at 'Port' failed to satisfy constraint: Member must have "),
        ({"Port": 65_536}, "Member must have value less than or equal to 65535"),
        ({"HealthCheckPath": "a" * 1025}, "Member must have length less than or equal to 1024"),
        ({"Protocol": "SMTP"}, "Value 'SMTP' at 'Protocol' failed to satisfy constraint"),
        ({"Protocol": "SMTP"}, "Member must satisfy enum value set: [HTTP, HTTPS, "),
        ({"Tags": [{"Key": "a" * 129}]}, "at 'Tags[0].Key' failed to satisfy constraint"),
    ],
)
def test_a_value_outside(parameters: dict[str, Any], expected: str) -> None:
    message = constraint_message(SHAPE, parameters)
    assert message is not None
    assert message.startswith("1 validation error detected: ")
    assert expected in message


def test_all_are_counted_and_ten_are_listed() -> None:
    tags = [{"Key": "a" * 129}] * 30
    message = constraint_message(SHAPE, {"Tags": tags, "Port": 70_000})
    assert message is not None
    assert message.startswith("31 validation errors detected: ")
    assert message.count("failed to satisfy") == 10
    assert message.endswith("; and 21 more")


def test_an_operation_is_not_reached() -> None:
    reached = []

    def create(_account: Any, parameters: dict[str, Any]) -> dict[str, Any]:
        """Create."""
        reached.append(parameters)
        return {}

    exceptions = Exceptions("X", (), unreadable_code="ValidationError", module=__name__)
    checked = keeping_to_the_model({"CreateTargetGroup": create}, MODEL, exceptions)
    operation = checked["CreateTargetGroup"]
    assert operation.__doc__ == "Create."
    with pytest.raises(ClientError, match="ValidationError"):
        operation(None, {"Port": 0x10000})
    assert operation(None, {"Port": 80}) == {}
    assert reached == [{"Port": 80}]
