"""Parameters are taken and refused as botocore's validator does (C23)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from against_botocore import botocore_report
from botocore import xform_name

from placement.ecs import ClientError, ParamValidationError
from placement.ecs.service import check_parameters


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
OTHER_WORDS = ("a set for a list",)
"""Where botocore prints the whole value."""


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
