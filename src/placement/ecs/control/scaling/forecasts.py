"""Forecasts of predictive policies: made, renewed, and what they need now (S13.7).

In: hourly load that the caller told.  Out: forecasts, and the tasks that there should be at least.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import attrs

from placement.ecs.control.account import Account
from placement.ecs.control.metrics.predefined import told_number
from placement.ecs.control.scaling.records import PolicyRecord, ScalableTargetRecord
from placement.errors import UsageError, describe_value
from placement.scaling.exact import Exact
from placement.scaling.predictive import PredictivePolicy, forecast, raised_maximum
from placement.timestamps import from_microseconds

__all__ = ["needed_now", "renew_forecast"]


def renew_forecast(account: Account, policy: PolicyRecord, *, always: bool = False) -> None:
    """Make the forecast of a predictive policy, if there is none or it is six hours old."""
    settings, now = policy.settings, account.time.now
    if not isinstance(settings, PredictivePolicy):
        return
    known = policy.forecast
    if not always and known is not None and now < known.renewed_at:
        return
    forecaster = None
    if policy.forecaster is not None:
        forecaster = _asked(account, policy.forecaster)
    policy.forecast = forecast(policy.loads, settings.target, now, forecaster)


def _asked(
    account: Account, forecaster: Callable[..., Any]
) -> Callable[[Sequence[tuple[int, Exact]], Sequence[int]], list[Exact]]:
    """Return the caller's forecaster as one of moments and exact numbers (C43)."""

    def loads(history: Sequence[tuple[int, Exact]], hours: Sequence[int]) -> list[Exact]:
        found = account.ask(
            forecaster,
            [(from_microseconds(hour), float(load)) for hour, load in history],
            [from_microseconds(hour) for hour in hours],
        )
        try:
            values = list(found)
        except TypeError:
            raise UsageError(
                f"a forecaster returns a list of loads, not {describe_value(found)}"
            ) from None
        return [told_number(value, "a load that the forecaster returned") for value in values]

    return loads


def needed_now(account: Account, target: ScalableTargetRecord) -> tuple[int, str] | None:
    """Return the tasks that forecasts need now, and the policy; None: they need none (D94).

    A policy that may do so raises the maximum of the target.
    """
    needed: tuple[int, str] | None = None
    for policy in target.policies.values():
        settings = policy.settings
        if not isinstance(settings, PredictivePolicy):
            continue
        renew_forecast(account, policy)
        if not settings.scales or policy.forecast is None:
            continue
        capacity = policy.forecast.capacity_at(account.time.now, settings.buffer)
        if capacity is None:
            continue
        maximum = raised_maximum(settings, target.bounds.maximum, capacity)
        if maximum > target.bounds.maximum:
            target.bounds = attrs.evolve(target.bounds, maximum=maximum)
            what = f"maximum capacity {maximum}"
            account.time.record(target.resource_id, what, f"the forecast of {policy.name}")
        if needed is None or capacity > needed[0]:
            needed = capacity, policy.name
    return needed
