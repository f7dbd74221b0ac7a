"""The clients of an account beside that of ECS: ``elbv2`` and ``cloudwatch``.

In: an account, its region, the lock and the time of its session.  Out: clients with boto3's
methods.  What each call does is in ``calls/<client>``.
"""

from __future__ import annotations

from placement.aws.client import ServiceClient
from placement.ecs.calls.cloudwatch import errors as cloudwatch_errors
from placement.ecs.calls.cloudwatch.registry import OPERATIONS as CLOUDWATCH_OPERATIONS
from placement.ecs.calls.elbv2 import errors as elbv2_errors
from placement.ecs.calls.elbv2.registry import OPERATIONS as ELBV2_OPERATIONS

__all__ = ["CloudWatchClient", "LoadBalancingClient"]


class LoadBalancingClient(ServiceClient):
    """The client ``elbv2``: load balancers, listeners, rules, target groups and targets (C49)."""

    exceptions = elbv2_errors.EXCEPTIONS
    _model = elbv2_errors.MODEL
    _operations = ELBV2_OPERATIONS


class CloudWatchClient(ServiceClient):
    """The client ``cloudwatch``: alarms on single metrics, whose states calls set (C49).

    Metrics are not evaluated: an alarm is INSUFFICIENT_DATA until ``set_alarm_state`` says
    otherwise.
    """

    exceptions = cloudwatch_errors.EXCEPTIONS
    _model = cloudwatch_errors.MODEL
    _operations = CLOUDWATCH_OPERATIONS
