"""Errors as boto3's users catch them (C23)."""

from __future__ import annotations

import pickle
import subprocess
import sys

import boto3
import botocore.exceptions
import pytest

import placement
from placement.ecs import Client, ClientError, ParamValidationError
from placement.ecs.errors import CODES, client_error


def test_the_codes_are_those_of_the_model() -> None:
    ecs = boto3.client("ecs", region_name="us-east-1")
    shapes = ecs.meta.service_model.error_shapes
    assert sorted(shape.name for shape in shapes) == sorted(CODES)


@pytest.mark.parametrize("code", CODES)
def test_each_code_is_a_class_of_client_exceptions(code: str) -> None:
    client = Client()
    kind = getattr(client.exceptions, code)
    assert kind.__name__ == code
    assert issubclass(kind, ClientError)
    assert issubclass(kind, placement.PlacementError)
    assert client.exceptions.from_code(code) is kind
    assert code in dir(client.exceptions)


def test_what_is_no_code() -> None:
    exceptions = Client().exceptions
    assert exceptions.ClientError is ClientError
    assert exceptions.from_code("NopeException") is ClientError
    with pytest.raises(AttributeError, match="NopeException"):
        _ = exceptions.NopeException


def test_an_error_is_caught_by_its_name_and_says_what_boto3_says() -> None:
    client = Client()
    with pytest.raises(client.exceptions.ClusterNotFoundException) as caught:
        client.list_tasks(cluster="nope")
    error = caught.value
    assert error.operation_name == "ListTasks"
    assert error.response["Error"] == {
        "Code": "ClusterNotFoundException",
        "Message": "Cluster not found.",
    }
    assert error.response["ResponseMetadata"]["HTTPStatusCode"] == 400
    theirs = botocore.exceptions.ClientError(error.response, "ListTasks")
    assert str(error) == str(theirs)


def test_wrong_parameters_say_what_botocore_says() -> None:
    with pytest.raises(ParamValidationError) as caught:
        Client().list_tasks(cluster=1)
    error = caught.value
    theirs = botocore.exceptions.ParamValidationError(report=error.report)
    assert str(error) == str(theirs)
    assert error.kwargs == theirs.kwargs


@pytest.mark.parametrize("code", CODES)
def test_errors_are_pickled(code: str) -> None:
    error = client_error(code, "no", "RunTask")
    again = pickle.loads(pickle.dumps(error))
    assert type(again) is type(error)
    assert (str(again), again.response, again.operation_name) == (
        str(error),
        error.response,
        "RunTask",
    )


def test_parameter_errors_are_pickled() -> None:
    again = pickle.loads(pickle.dumps(ParamValidationError(report="x")))
    assert (str(again), again.report) == (str(ParamValidationError(report="x")), "x")


BOTOCORE = """
import pickle, sys
from placement.ecs import Client, botocore_errors
assert "botocore" not in sys.modules
client = Client()
botocore_errors()
botocore_errors()
from botocore.exceptions import BotoCoreError, ClientError, ParamValidationError
for call, kind, ours in [
    (lambda: client.list_tasks(), ClientError, client.exceptions.ClusterNotFoundException),
    (lambda: client.list_tasks(x=1), ParamValidationError, BotoCoreError),
]:
    try:
        call()
    except kind as error:
        assert isinstance(error, ours), error
        again = pickle.loads(pickle.dumps(error))
        assert type(again) is type(error) and str(again) == str(error)
        print(type(error).__name__, str(error).splitlines()[0])
"""


def test_errors_can_be_botocores() -> None:
    """C23: in a process of its own, since it cannot be taken back."""
    done = subprocess.run(
        [sys.executable, "-c", BOTOCORE], capture_output=True, text=True, timeout=120, check=False
    )
    assert done.stderr == ""
    not_found, invalid = done.stdout.splitlines()
    assert not_found == (
        "ClusterNotFoundException An error occurred (ClusterNotFoundException) when calling the "
        "ListTasks operation: Cluster not found."
    )
    assert invalid == "ParamValidationError Parameter validation failed:"
