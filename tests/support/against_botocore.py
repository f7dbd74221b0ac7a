"""A client as botocore sees it: parameters and answers held to its model of the service.

``Checked`` wraps a client, one of ECS by default, and has its methods.  The parameters of each call
go through botocore's own validator, with which the client has to agree; each answer has to be what
the operation's output shape says, each error one that the model gives to the operation.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from functools import cache
from typing import Any

import botocore.session
from botocore import xform_name
from botocore.model import OperationModel, ServiceModel, Shape
from botocore.validate import ParamValidator

from placement.aws.client import ServiceClient
from placement.ecs import Client, ClientError, ParamValidationError

INTEGERS = {"integer": 2**31, "long": 2**63}
EVERYWHERE = {
    "application-autoscaling": {"ValidationException", "UnsupportedFeatureException"},
    "ecs": {"ClientException", "InvalidParameterException", "ServerException"},
    "autoscaling": {"ValidationError", "UnsupportedFeatureException"},
    "elbv2": {"ValidationError", "UnsupportedFeatureException"},
    "cloudwatch": {
        "ValidationError",
        "InvalidParameterCombination",
        "UnsupportedFeatureException",
    },
}
"""The codes of any operation; others belong to those that the model gives them to."""

OBSERVED = {("ContinueServiceDeployment", "ConflictException")}
"""Errors that the service has and the model does not give to the operation (S3.2)."""

WITHOUT_TEXT = {("DeleteService", "ServiceNotFoundException")}
"""Errors that come without a text (S2.4)."""


@cache
def model(service: str = "ecs") -> ServiceModel:
    """Return botocore's model of a service."""
    return botocore.session.get_session().get_service_model(service)


@cache
def operation_of(method: str, service: str = "ecs") -> OperationModel:
    """Return the operation of a method: RunTask of run_task."""
    names = {xform_name(name): name for name in model(service).operation_names}
    return model(service).operation_model(names[method])


def botocore_report(method: str, parameters: Mapping[str, Any], service: str = "ecs") -> str:
    """Return what botocore finds wrong with the parameters of a call; empty if nothing is."""
    errors = ParamValidator().validate(parameters, operation_of(method, service).input_shape)
    return str(errors.generate_report())


def misfits(value: Any, shape: Shape, path: str = "") -> Iterator[str]:
    """Yield all that is wrong with an answer, or with a part of one."""
    kind = shape.type_name
    if getattr(shape, "is_document_type", False):  # any JSON
        return
    if kind == "structure":
        if type(value) is not dict:
            yield f"{path} is no dict: {value!r}"
            return
        yield from (f"{path} lacks {name}" for name in shape.required_members if name not in value)
        for name, member in value.items():
            if name in shape.members:
                yield from misfits(member, shape.members[name], f"{path}.{name}")
            else:
                yield f"{path} has {name!r}, which {shape.name} has not"
    elif kind == "list":
        if type(value) is not list:
            yield f"{path} is no list: {value!r}"
            return
        for number, member in enumerate(value):
            yield from misfits(member, shape.member, f"{path}[{number}]")
    elif kind == "map":
        if type(value) is not dict:
            yield f"{path} is no dict: {value!r}"
            return
        for key, member in value.items():
            yield from misfits(key, shape.key, f"{path} (key)")
            yield from misfits(member, shape.value, f"{path}.{key}")
    elif not _scalar(value, shape):
        yield f"{path} is no {kind} of {shape.name}: {value!r}"


def _scalar(value: Any, shape: Shape) -> bool:
    kind = shape.type_name
    if kind == "string":
        return type(value) is str and (not shape.enum or value in shape.enum)
    if kind in INTEGERS:
        return type(value) is int and -INTEGERS[kind] <= value < INTEGERS[kind]
    if kind in ("double", "float"):
        return type(value) is float
    if kind == "timestamp":
        return isinstance(value, datetime) and value.utcoffset() is not None
    return kind == "boolean" and type(value) is bool


def check_answer(method: str, answer: dict[str, Any], service: str = "ecs") -> None:
    """Assert that an answer is what the model says: no unknown member, no wrong type, no None."""
    body = {name: value for name, value in answer.items() if name != "ResponseMetadata"}
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 200
    shape = operation_of(method, service).output_shape
    assert body == {} if shape is None else list(misfits(body, shape, method)) == []


def check_error(method: str, error: ClientError, service: str = "ecs") -> None:
    """Assert that an error is one of the operation's, and has the form of botocore's (C23, C47)."""
    operation = operation_of(method, service)
    found = error.response["Error"]
    names = {shape.error_code: shape.name for shape in model(service).error_shapes}
    codes = {shape.error_code for shape in operation.error_shapes} | EVERYWHERE[service]
    which = operation.name, found["Code"]
    assert found["Code"] in codes or which in OBSERVED, f"{method} has no error {found['Code']}"
    without_shape = found["Code"] if service == "ecs" else "ClientError"
    assert type(error).__name__ == names.get(found["Code"], without_shape)
    assert error.operation_name == operation.name
    assert found["Message"].strip() or which in WITHOUT_TEXT
    assert found["Message"] in str(error)
    str(error).encode("utf-8")


def assert_none(report: str, words: str) -> None:
    """Assert that botocore has found nothing wrong."""
    assert not report, f"{words}: {report}"


class Checked:
    """A client whose every call is held to botocore's model of its service."""

    def __init__(
        self, client: ServiceClient | None = None, *, service: str = "ecs", **options: Any
    ) -> None:
        self.client = Client(**options) if client is None else client
        self.service = service

    def __getattr__(self, name: str) -> Any:
        found = getattr(self.client, name)
        names = model(self.service).operation_names
        is_call = any(name == xform_name(operation) for operation in names)
        return self._checked(name, found) if is_call else found

    def _checked(
        self, method: str, call: Callable[..., dict[str, Any]]
    ) -> Callable[..., dict[str, Any]]:
        def checked(**parameters: Any) -> dict[str, Any]:
            report = botocore_report(method, parameters, self.service)
            refusal: ParamValidationError | None = None
            try:
                answer = call(**parameters)
            except ParamValidationError as error:
                refusal = error
            except ClientError as error:
                check_error(method, error, self.service)
                assert_none(report, f"{method} did not see")
                raise
            if refusal is None:
                assert_none(report, f"{method} did not see")
                check_answer(method, answer, self.service)
                return answer
            assert report, f"botocore takes these parameters of {method}: {refusal.report}"
            raise refusal

        return checked
