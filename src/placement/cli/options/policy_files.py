"""``--policy`` and ``--alarm``: scaling policies and the alarms that trigger them (C52).

In: names of YAML or JSON files with what put-scaling-policy and put-metric-alarm take.  Out: the
calls are made in a session, or an error names the file, the line and what was expected.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from placement import DocumentError
from placement.cli.options.reading import read_bytes, shown_name
from placement.errors import describe_value

if TYPE_CHECKING:
    from placement.cli.options.located import LocatedDocument
    from placement.ecs.session import Session

__all__ = ["put_alarm_files", "put_policy_files", "register_bounds"]

TARGET = {"ServiceNamespace": "ecs", "ScalableDimension": "ecs:service:DesiredCount"}

EXPECTED_POLICY = "what 'aws application-autoscaling put-scaling-policy --cli-input-json' takes"
EXPECTED_ALARM = "what 'aws cloudwatch put-metric-alarm --cli-input-json' takes"

_UNKNOWN = re.compile(r'Unknown parameter in (\S+): "([^"]+)"')
_MISSING = re.compile(r'Missing required parameter in (\S+): "')
_WRONG = re.compile(r"for parameter (\S+?),")


def register_bounds(
    session: Session, resource: str, minimum: int | None, maximum: int | None
) -> None:
    """Register a service as a scalable target, or change its bounds.

    Raises:
        DocumentError: the state does not register it, and a bound is not given.
    """
    scaling = session.client("application-autoscaling")
    names = {"ServiceNamespace": "ecs", "ResourceIds": [resource]}
    is_known = bool(scaling.describe_scalable_targets(**names)["ScalableTargets"])
    given = {"MinCapacity": minimum, "MaxCapacity": maximum}
    bounds = {name: value for name, value in given.items() if value is not None}
    if not is_known and len(bounds) < 2:
        raise DocumentError(
            f"{resource} is not a scalable target in the files of --state "
            "(describe-scalable-targets): give --min-capacity and --max-capacity",
            "",
        )
    if bounds:
        scaling.register_scalable_target(**TARGET, ResourceId=resource, **bounds)


def put_policy_files(session: Session, resource: str, files: Sequence[str]) -> None:
    """Put the policies in files in place of those that the service has.

    One of a name that the service has keeps its ARN, and so the alarms that trigger it.

    Raises:
        DocumentError: a file has not the form of the call, or is about another service.
    """
    scaling = session.client("application-autoscaling")
    names = set[str]()
    for file in files:
        document = _read(file, EXPECTED_POLICY)
        parameters = dict(document.value)
        for name, value in {**TARGET, "ResourceId": resource}.items():
            if parameters.setdefault(name, value) != value:
                found = describe_value(parameters[name])
                message = f"expected {name} {value}, not {found}"
                raise document.located(DocumentError(message, name))
        _call(document, scaling.put_scaling_policy, parameters)
        if parameters["PolicyName"] in names:
            message = f"policy {parameters['PolicyName']} is in two files"
            raise document.located(DocumentError(message, "PolicyName"))
        names.add(parameters["PolicyName"])
    if not names:
        return
    for policy in _policies(session, resource):
        if policy["PolicyName"] not in names:
            scaling.delete_scaling_policy(
                **TARGET, ResourceId=resource, PolicyName=policy["PolicyName"]
            )


def put_alarm_files(session: Session, resource: str, files: Sequence[str]) -> None:
    """Put the alarms in files; an action may be the name of a policy of the service.

    An alarm without actions triggers the step scaling policy, if there is one.

    Raises:
        DocumentError: a file has not the form of the call.
    """
    policies = _policies(session, resource)
    arns = {one["PolicyName"]: one["PolicyARN"] for one in policies}
    steps = [one["PolicyARN"] for one in policies if one["PolicyType"] == "StepScaling"]
    for file in files:
        document = _read(file, EXPECTED_ALARM)
        parameters = dict(document.value)
        actions = parameters.get("AlarmActions")
        if actions is None:
            if len(steps) != 1:
                message = (
                    "expected AlarmActions with the name of a step scaling policy: there are "
                    f"{len(steps)} of them"
                )
                raise document.located(DocumentError(message, ""))
            parameters["AlarmActions"] = steps
        elif isinstance(actions, list):
            parameters["AlarmActions"] = [
                arns.get(one, one) if isinstance(one, str) else one for one in actions
            ]
        _call(document, session.client("cloudwatch").put_metric_alarm, parameters)


def _policies(session: Session, resource: str) -> list[dict[str, Any]]:
    scaling = session.client("application-autoscaling")
    pages = scaling.get_paginator("describe_scaling_policies").paginate(
        ServiceNamespace="ecs", ResourceId=resource
    )
    return [one for page in pages for one in page["ScalingPolicies"]]


def _read(file: str, expected: str) -> LocatedDocument:
    from placement.cli.options.located import parse_located  # with the reader of YAML

    document = parse_located(read_bytes(file), shown_name(file), expected)
    value = document.value
    if not isinstance(value, dict) or not all(isinstance(key, str) for key in value):
        raise document.located(DocumentError(f"expected {expected}", ""))
    return document


def _call(
    document: LocatedDocument, call: Callable[..., Any], parameters: Mapping[str, Any]
) -> None:
    """Make a call with what is in a file; what it refuses is an error of the file."""
    from placement.ecs.errors import ClientError, ParamValidationError

    try:
        call(**parameters)
    except ParamValidationError as error:
        message = "; ".join(error.report.splitlines())
        raise document.located(DocumentError(message, _path(error.report))) from None
    except ClientError as error:
        raise document.located(DocumentError(error.response["Error"]["Message"], "")) from None


def _path(text: str) -> str:
    """Return which parameter an error of botocore's words is about; empty: it does not say."""
    unknown = _UNKNOWN.search(text)
    if unknown is not None:
        outer = "" if unknown[1] == "input" else f"{unknown[1]}."
        return outer + unknown[2]
    found = _MISSING.search(text) or _WRONG.search(text)
    return "" if found is None or found[1] == "input" else found[1].rstrip(":")
