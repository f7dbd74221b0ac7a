"""Parameters are taken and refused as botocore's validator does (C23)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
from botocore import xform_name
from botocore.utils import parse_to_aware_datetime

from against_botocore import botocore_report
from placement.aws.shapes import checked_parameters
from placement.ecs import ClientError, ParamValidationError
from placement.ecs.service import EXCEPTIONS, check_parameters, input_shape


def report(operation: str, parameters: dict[str, Any]) -> list[str]:
    try:
        check_parameters(operation, parameters)
    except ParamValidationError as error:
        return sorted(error.report.splitlines())
    return []


CONTAINER = {"name": "a", "image": "b", "memory": 6}


def defined(**container: Any) -> dict[str, Any]:
    return {"family": "f", "containerDefinitions": [{**CONTAINER, **container}]}


def needs(**requirement: Any) -> dict[str, Any]:
    return defined(resourceRequirements=[{"type": "GPU", **requirement}])


CASES: dict[str, tuple[str, dict[str, Any]]] = {
    "nothing": ("ListClusters", {}),
    "nothing where something is required": ("RunTask", {}),
    "two are missing": ("StartTask", {"cluster": "c"}),
    "None is no text": ("RunTask", {"taskDefinition": None}),
    "unknown": ("RunTask", {"taskDefinition": "f", "numberOfTasks": 1}),
    "unknown within": ("RunTask", {"taskDefinition": "f", "tags": [{"Key": "a"}]}),
    "text for a number": ("RunTask", {"taskDefinition": "f", "count": "1"}),
    "number for a text": ("RunTask", {"taskDefinition": 1}),
    "a fraction for a number": ("RunTask", {"taskDefinition": "f", "count": 1.0}),
    "a text for a list": ("DescribeTasks", {"tasks": "abc"}),
    "a tuple for a list": ("DescribeTasks", {"tasks": ("abc",)}),
    "a set for a list": ("DescribeTasks", {"tasks": {"abc"}}),
    "a number in a list": ("DescribeTasks", {"tasks": ["abc", 1]}),
    "text for a flag": ("RunTask", {"taskDefinition": "f", "enableExecuteCommand": "true"}),
    "1 for a flag": ("DeregisterContainerInstance", {"containerInstance": "a", "force": 1}),
    "a value that no enumeration has": ("ListTasks", {"desiredStatus": "SLEEPING"}),
    "an empty key of a tag": ("CreateCluster", {"tags": [{"key": "", "value": ""}]}),
    "a weight below 0": (
        "RunTask",
        {
            "taskDefinition": "f",
            "capacityProviderStrategy": [{"capacityProvider": "a", "weight": -1}],
        },
    ),
    "a text that is no moment": (
        "ListServiceDeployments",
        {"service": "s", "createdAt": {"after": "soon"}},
    ),
    "None is no moment": ("ListServiceDeployments", {"service": "s", "createdAt": {"after": None}}),
    "a set in a document": (
        "UpdateService",
        {
            "service": "s",
            "deploymentConfiguration": {"lifecycleHooks": [{"hookDetails": {"a": {1}}}]},
        },
    ),
    "any JSON in a document": (
        "UpdateService",
        {
            "service": "s",
            "deploymentConfiguration": {
                "lifecycleHooks": [{"hookDetails": {"a": [1, 2.5, None, True, {"b": "c"}]}}]
            },
        },
    ),
    "no member of a union": ("RegisterTaskDefinition", needs(value="1", sharingStrategy={})),
    "an unknown member of a union": (
        "RegisterTaskDefinition",
        needs(value="1", sharingStrategy={"a": 1}),
    ),
    "a decimal": (
        "RegisterContainerInstance",
        {"totalResources": [{"name": "a", "type": "DOUBLE", "doubleValue": Decimal("0.5")}]},
    ),
    "deep": ("RegisterTaskDefinition", defined(logConfiguration={"options": {"a": 1}})),
    "a map's key": ("RegisterTaskDefinition", defined(dockerLabels={1: "a"})),
    "two problems": ("RunTask", {"count": "1", "tags": [{"key": 1}]}),
}
OTHER_WORDS = (
    "a set in a document",
    "a set for a list",
)
"""Where botocore prints the whole value, or only a key instead of the path."""


@pytest.mark.parametrize("name", CASES)
def test_refused_where_botocore_refuses_and_in_its_words(name: str) -> None:
    operation, parameters = CASES[name]
    theirs = sorted(botocore_report(xform_name(operation), parameters).splitlines())
    ours = report(operation, parameters)
    assert len(ours) == len(theirs)
    if name not in OTHER_WORDS:
        assert ours == theirs


@pytest.mark.parametrize(
    "value", [True, 2**31, -(2**31) - 1, 10**5000], ids=["True", "2**31", "-2**31 - 1", "10**5000"]
)
def test_numbers_that_the_service_cannot_read(value: int) -> None:
    """Botocore lets them pass, since Python counts them as whole numbers; the service does not."""
    parameters = {"taskDefinition": "f", "count": value}
    assert botocore_report("run_task", parameters) == ""
    with pytest.raises(ClientError, match="count is a whole number of 32 bits") as caught:
        check_parameters("RunTask", parameters)
    assert caught.value.response["Error"]["Code"] == "ClientException"


def test_what_contains_itself_is_refused() -> None:
    options: dict[str, Any] = {}
    options["options"] = options
    [line] = report("RegisterTaskDefinition", defined(logConfiguration={"options": options}))[:1]
    assert "Invalid type for parameter containerDefinitions[0].logConfiguration" in line


def update(details: Any) -> dict[str, Any]:
    """Return parameters of UpdateService with the details of a hook, which may be any JSON."""
    hooks = [{"hookDetails": details}]
    return {"service": "s", "deploymentConfiguration": {"lifecycleHooks": hooks}}


def looped_document() -> dict[str, Any]:
    document: dict[str, Any] = {}
    document["again"] = [document]
    return document


@pytest.mark.parametrize(
    ("details", "words"),
    [
        (looped_document(), "is nested too deeply"),
        ({"a": float("inf")}, "a is a number that a double can hold, not"),
        ({"a": 10**5000}, "a is a number that a double can hold, not"),
    ],
)
def test_documents_that_the_service_cannot_read(details: Any, words: str) -> None:
    with pytest.raises(ClientError, match=words):
        check_parameters("UpdateService", update(details))


def test_a_document_is_copied() -> None:
    details = {"a": [1, 2.5, None, True, {"b": "c"}]}
    shape = input_shape("UpdateService")
    found = checked_parameters(shape, update(details), EXCEPTIONS)
    copy = found["deploymentConfiguration"]["lifecycleHooks"][0]["hookDetails"]
    assert copy == details
    assert copy["a"] is not details["a"]


@pytest.mark.parametrize(
    "moment",
    [
        datetime(2026, 3, 1, 12, tzinfo=UTC),
        datetime(2026, 3, 1, 12),
        datetime(2026, 3, 1, 13, tzinfo=timezone(timedelta(hours=1))),
        1772366400,
        1772366400.0,
        "1772366400",
        "2026-03-01T12:00:00Z",
        "2026-03-01 12:00:00",
    ],
    ids=str,
)
def test_moments_are_taken_in_every_form_and_without_offset_in_utc(moment: Any) -> None:
    """As botocore takes them."""
    given = {"service": "s", "createdAt": {"after": moment}}
    found = checked_parameters(input_shape("ListServiceDeployments"), given, EXCEPTIONS)
    assert found["createdAt"]["after"] == datetime(2026, 3, 1, 12, tzinfo=UTC)
    assert found["createdAt"]["after"] == parse_to_aware_datetime(moment)
