"""The clients of a session beside that of ECS: ``autoscaling``, ``cloudwatch``, ``elbv2``.

In: a session.  Out: clients with boto3's methods, which share its account, its lock and its time.
What each call does is in ``calls/<client>``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from placement.ecs.calls.autoscaling import errors as autoscaling_errors
from placement.ecs.calls.autoscaling.registry import OPERATIONS as AUTOSCALING_OPERATIONS
from placement.ecs.calls.cloudwatch import errors as cloudwatch_errors
from placement.ecs.calls.cloudwatch.registry import OPERATIONS as CLOUDWATCH_OPERATIONS
from placement.ecs.calls.elbv2 import errors as elbv2_errors
from placement.ecs.calls.elbv2.registry import OPERATIONS as ELBV2_OPERATIONS
from placement.ecs.session_client import SessionClient

if TYPE_CHECKING:
    from placement.ecs.session import Session

__all__ = ["AutoScalingClient", "CloudWatchClient", "LoadBalancingClient", "new_client"]


class AutoScalingClient(SessionClient):
    """The client ``autoscaling``: Auto Scaling groups and their instances (C49)."""

    service_name = "autoscaling"
    exceptions = autoscaling_errors.EXCEPTIONS
    _model = autoscaling_errors.MODEL
    _operations = AUTOSCALING_OPERATIONS


class LoadBalancingClient(SessionClient):
    """The client ``elbv2``: load balancers, listeners, rules, target groups and targets (C49)."""

    service_name = "elbv2"
    exceptions = elbv2_errors.EXCEPTIONS
    _model = elbv2_errors.MODEL
    _operations = ELBV2_OPERATIONS


class CloudWatchClient(SessionClient):
    """The client ``cloudwatch``: alarms on single metrics, whose states calls set (C49).

    Metrics are not evaluated: an alarm is INSUFFICIENT_DATA until ``set_alarm_state`` says
    otherwise.
    """

    service_name = "cloudwatch"
    exceptions = cloudwatch_errors.EXCEPTIONS
    _model = cloudwatch_errors.MODEL
    _operations = CLOUDWATCH_OPERATIONS


def new_client(name: str, session: Session) -> SessionClient:
    """Return a new client of a session."""
    if name == "ecs":
        from placement.ecs.client import Client

        return Client.of(session)
    kinds: dict[str, type[SessionClient]] = {
        "autoscaling": AutoScalingClient,
        "elbv2": LoadBalancingClient,
        "cloudwatch": CloudWatchClient,
    }
    return kinds[name].of(session)
