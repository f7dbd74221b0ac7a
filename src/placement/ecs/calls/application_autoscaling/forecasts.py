"""GetPredictiveScalingForecast, and the load that forecasts are made from (S13.7.3).

In: the account, a policy, load of hours.  Out: answers; forecasts made.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from placement.ecs.calls.application_autoscaling.errors import invalid, not_found
from placement.ecs.calls.application_autoscaling.lookups import Parameters, the_policy
from placement.ecs.control.account import Account
from placement.ecs.control.scaling.forecasts import renew_forecast
from placement.ecs.control.scaling.records import PolicyRecord
from placement.scaling.exact import Exact
from placement.scaling.predictive import PredictivePolicy
from placement.timestamps import DAY, from_microseconds, microseconds

__all__ = ["get_predictive_scaling_forecast", "predictive_policy", "tell_history"]

LONGEST = 30 * DAY


def predictive_policy(account: Account, arn: str) -> PolicyRecord:
    """Return the predictive policy of an ARN.

    Raises:
        ObjectNotFoundException: there is none.
    """
    found = account.scaling.policy_of(arn)
    if found is None or not isinstance(found[1].settings, PredictivePolicy):
        raise not_found(f"No predictive scaling policy found for ARN: {arn}")
    return found[1]


def tell_history(
    account: Account,
    policy: PolicyRecord,
    loads: Sequence[tuple[int, Exact]],
    forecaster: Callable[..., Any] | None,
) -> None:
    """Give a policy its load, and make its forecast again; what raises changes nothing."""
    before = policy.loads, policy.forecaster
    policy.loads, policy.forecaster = loads, forecaster
    try:
        renew_forecast(account, policy, always=True)
    except BaseException:
        policy.loads, policy.forecaster = before
        raise


def get_predictive_scaling_forecast(account: Account, parameters: Parameters) -> Parameters:
    """Return the newest forecast of a policy between two moments; empty without 24 hours (D95).

    Raises:
        ValidationException: there is no such policy, it is not predictive, or a moment is wrong.
    """
    start, end = microseconds(parameters["StartTime"]), microseconds(parameters["EndTime"])
    _, policy = the_policy(account, parameters, missing=invalid)
    if not isinstance(policy.settings, PredictivePolicy):
        raise invalid(f"The policy {policy.name} is no predictive scaling policy")
    if not start < end:
        raise invalid("StartTime must be before EndTime")
    if end - start > LONGEST:
        raise invalid("The time between StartTime and EndTime must not exceed 30 days")
    forecast = policy.forecast
    hours = [] if forecast is None else [one for one in forecast.hours if start <= one.start < end]
    moments = [from_microseconds(one.start) for one in hours]
    made_at = account.time.now if forecast is None else forecast.made_at
    return {
        "LoadForecast": [
            {
                "Timestamps": moments,
                "Values": [float(one.load) for one in hours],
                "MetricSpecification": policy.document["MetricSpecifications"][0],
            }
        ]
        if hours
        else [],
        "CapacityForecast": {
            "Timestamps": moments,
            "Values": [float(one.capacity) for one in hours],
        },
        "UpdateTime": from_microseconds(made_at),
    }
