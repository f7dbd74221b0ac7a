"""Scalable targets, policies and scheduled actions loaded from documents of describe calls (C50).

In: an account with its services and alarms, documents.  Out: targets of the account.  Documents are
read as the calls that put these things read their parameters.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from placement.aws.errors import ClientError, ParamValidationError
from placement.aws.shapes import checked_parameters
from placement.documents.problems import Problems
from placement.ecs.calls.application_autoscaling.errors import EXCEPTIONS, MODEL
from placement.ecs.calls.application_autoscaling.lookups import DIMENSION
from placement.ecs.calls.application_autoscaling.policies import load_policy
from placement.ecs.calls.application_autoscaling.scheduled_actions import load_action
from placement.ecs.calls.application_autoscaling.targets import load_target
from placement.ecs.control.account import Account
from placement.ecs.control.dumps.description import Description
from placement.ecs.control.dumps.scaling_state import read_put_moments, read_scaling_state
from placement.ecs.control.metrics.evaluation import expect_look
from placement.ecs.control.scaling.forecasts import renew_forecast
from placement.errors import DocumentError

__all__ = ["load_scaling"]


def load_scaling(account: Account, description: Description, problems: Problems) -> None:
    """Add targets, policies and scheduled actions to an account, and what its state says of them.

    Raises:
        DocumentError: something has not the form that the service gives it, and ``problems``
            refuses it.
    """
    lists = description.lists
    for path, document in lists["ScalableTargets"]:
        with problems.of_record(path), _as_documents(path):
            load_target(account, _checked("RegisterScalableTarget", document), document)
    for path, document in lists["ScalingPolicies"]:
        with problems.of_record(path), _as_documents(path):
            load_policy(account, _checked("PutScalingPolicy", document), document, path)
    put_at = read_put_moments(description.state)
    for path, document in lists["ScheduledActions"]:
        with problems.of_record(path), _as_documents(path):
            load_action(account, _checked("PutScheduledAction", document), document, put_at)
    read_scaling_state(account, description.state)
    for target in account.scaling.targets.values():
        for policy in target.policies.values():
            renew_forecast(account, policy)
    expect_look(account)
    problems.check()


def _checked(operation: str, document: Mapping[str, Any]) -> dict[str, Any]:
    """Return the parameters with which a call would have put what a document describes."""
    shape = MODEL.operations[operation].input_shape
    given = {
        "ScalableDimension": DIMENSION,
        **{name: value for name, value in document.items() if name in shape.members},
    }
    return checked_parameters(shape, given, EXCEPTIONS)


@contextmanager
def _as_documents(path: str) -> Iterator[None]:
    """Let what a call would refuse be an error of the document."""
    try:
        yield
    except ClientError as error:
        raise DocumentError(error.response["Error"]["Message"], path) from None
    except ParamValidationError as error:
        raise DocumentError(str(error), path) from None
