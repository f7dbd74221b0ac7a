"""The configurations of scaling policies, read (S13.4, S13.5, S13.7).

In: a service and the configuration of a call.  Out: settings for the cores, or the service's error
in its words.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from placement.ecs.calls.application_autoscaling.errors import invalid, unsupported
from placement.ecs.control.metrics.plan import read_query
from placement.ecs.control.metrics.queries import QueryOrderError
from placement.ecs.control.scaling.records import TrackingPolicy
from placement.ecs.control.services.records import ServiceRecord
from placement.ecs.control.services.statuses import RolloutState
from placement.errors import MetricMathError, PolicyError, UsageError, describe_value
from placement.scaling.exact import Exact, exact
from placement.scaling.metrics import Statistic, allows_high_resolution
from placement.scaling.predictive import MaxCapacityBehavior, PredictivePolicy
from placement.scaling.steps import AdjustmentType, Step, StepPolicy
from placement.timestamps import SECOND

__all__ = [
    "HIGH_RESOLUTION_SUFFIX",
    "PREDEFINED",
    "math_queries",
    "predictive_policy",
    "step_policy",
    "tracking",
]

Document = Mapping[str, Any]

HIGH_RESOLUTION_SUFFIX = "HighResolution"

PREDEFINED = {
    "ECSServiceAverageCPUUtilization": "CPUUtilization",
    "ECSServiceAverageMemoryUtilization": "MemoryUtilization",
    "ALBRequestCountPerTarget": "RequestCountPerTarget",
}
"""Metrics of services by their predefined type; those of high resolution have a suffix more."""

PAIRS = ("ECSServiceCPUUtilization", "ECSServiceMemoryUtilization", "ALBRequestCount")

MISSING_METRIC = (
    "PredefinedMetricSpecification or CustomizedMetricSpecification must be set for target "
    "tracking scaling."
)
SPECIFICATION = (
    "The metric specification is invalid. A policy must have either one scaling metric and one "
    "load metric or one metric pair."
)

LONGEST_COOLDOWN = 10 * 365 * 86_400


# Target tracking


def tracking(service: ServiceRecord, document: Document) -> TrackingPolicy:
    """Return the settings of a target tracking policy.

    Raises:
        ValidationException: a member is missing or has a wrong value.
    """
    predefined = document.get("PredefinedMetricSpecification")
    customized = document.get("CustomizedMetricSpecification")
    if predefined is None and customized is None:
        raise invalid(MISSING_METRIC)
    if predefined is not None and customized is not None:
        raise invalid("Only one of predefined and customized metric specification can be set.")
    target = _positive(document["TargetValue"])
    is_fine, sees_demand = False, True
    if predefined is not None:
        is_fine = _check_predefined(service, predefined)
        sees_demand = predefined["PredefinedMetricType"] == "ALBRequestCountPerTarget"
    else:
        _check_customized(customized or {})
    return TrackingPolicy(
        target,
        _identity(predefined or customized or {}),
        not document.get("DisableScaleIn", False),
        _seconds(document, "ScaleOutCooldown"),
        _seconds(document, "ScaleInCooldown"),
        is_fine,
        sees_demand,
    )


def _identity(specification: Document) -> str:
    """Return what two policies on the same metric have in common (S13.1.1)."""
    if "PredefinedMetricType" in specification:
        kind = specification["PredefinedMetricType"].removesuffix(HIGH_RESOLUTION_SUFFIX)
        specification = {**specification, "PredefinedMetricType": kind}
    return json.dumps(specification, sort_keys=True)


def _positive(value: float) -> Exact:
    try:
        target = exact(value, "TargetValue")
    except UsageError as error:
        raise invalid(str(error)) from None
    if target <= 0:
        raise invalid(f"TargetValue must be greater than 0, not {value}")
    return target


def _seconds(document: Document, name: str, default: int = 300) -> int:
    value: int = document.get(name, default)
    if not 0 <= value <= LONGEST_COOLDOWN:
        raise invalid(f"{name} must be from 0 to {LONGEST_COOLDOWN} seconds, not {value}")
    return value * SECOND


def _check_predefined(service: ServiceRecord, specification: Document) -> bool:
    """Check a predefined metric; return whether it has points of 20 seconds."""
    kind: str = specification["PredefinedMetricType"]
    plain = kind.removesuffix(HIGH_RESOLUTION_SUFFIX)
    if plain not in PREDEFINED:
        raise invalid(f"The metric type {kind} does not go with the service namespace ecs")
    label = specification.get("ResourceLabel")
    if plain == "ALBRequestCountPerTarget":
        if label is None or not _is_label(label):
            raise invalid(
                "ResourceLabel must be app/LOAD-BALANCER/ID/targetgroup/TARGET-GROUP/ID for "
                f"ALBRequestCountPerTarget, not {describe_value(label)}"
            )
    elif label is not None:
        raise invalid(f"ResourceLabel cannot be set for {kind}")
    is_fine = kind != plain
    if is_fine and not allows_high_resolution(_resolutions(service, PREDEFINED[plain])):
        raise invalid(
            f"{kind} needs a service whose completed deployment has monitoring of {plain} every "
            "20 seconds"
        )
    return is_fine


def _is_label(label: str) -> bool:
    parts = label.split("/")
    return len(parts) == 6 and (parts[0], parts[3]) == ("app", "targetgroup") and all(parts)


def _resolutions(service: ServiceRecord, metric: str) -> list[int]:
    """Return how often a metric has points, in microseconds (D88)."""
    primary = service.primary
    if primary is None or primary.rollout_state is not RolloutState.COMPLETED:
        return []
    monitoring = primary.revision.document.get("monitoring") or {}
    return [
        one.get("resolutionSeconds", 60) * SECOND
        for one in monitoring.get("metricConfigurations", ())
        if metric in one.get("metricNames", ())
    ]


def _check_customized(specification: Document) -> None:
    """Check a customised metric: one metric, or an expression over several (D89)."""
    names = ("MetricName", "Namespace", "Statistic")
    if "Metrics" in specification:
        if any(name in specification for name in (*names, "Dimensions", "Unit")):
            raise invalid("Metrics cannot be set together with a single metric")
        try:
            read_query(math_queries(specification["Metrics"]))
        except (MetricMathError, QueryOrderError, ValueError) as error:
            raise invalid(f"CustomizedMetricSpecification cannot be read: {error}") from None
        return
    for name in names:
        if name not in specification:
            raise invalid(f"{name} must be set in CustomizedMetricSpecification")


def math_queries(items: Any) -> list[dict[str, Any]]:
    """Return the queries of a customised metric as CloudWatch has them, with periods of a minute.

    Raises:
        ClientError: a statistic is none that is modelled.
    """
    found = []
    for item in items:
        query = dict(item)
        if "MetricStat" in query:
            stat = query["MetricStat"]
            if stat["Stat"] not in {one.value for one in Statistic}:
                raise unsupported(f"Stat {stat['Stat']}")
            query["MetricStat"] = {**stat, "Period": 60}
        found.append(query)
    return found


# Step scaling


def step_policy(document: Document) -> StepPolicy:
    """Return the settings of a step scaling policy.

    Raises:
        ValidationException: a member is missing or has a wrong value, with the texts of S13.5.
    """
    kind = document.get("AdjustmentType")
    if kind is None:
        raise invalid("Adjustment type must be specified")
    known = [one.value for one in AdjustmentType]
    if kind not in known:
        raise invalid(
            f"AdjustmentType must be one of {', '.join(known)}, not {describe_value(kind)}"
        )
    magnitude = document.get("MinAdjustmentMagnitude", 0)
    if magnitude < 0:
        raise invalid("Minimum adjustment magnitude cannot be less than 0")
    try:
        steps = tuple(
            Step(
                one["ScalingAdjustment"],
                _bound(one.get("MetricIntervalLowerBound")),
                _bound(one.get("MetricIntervalUpperBound")),
            )
            for one in document.get("StepAdjustments", ())
        )
        return StepPolicy(AdjustmentType(kind), steps, magnitude, _seconds(document, "Cooldown"))
    except PolicyError as error:
        raise invalid(error.reason) from None
    except UsageError as error:
        raise invalid(str(error)) from None


def _bound(value: float | None) -> Exact | None:
    return None if value is None else exact(value, "a bound of a step adjustment")


# Predictive scaling


def predictive_policy(document: Document) -> PredictivePolicy:
    """Return the settings of a predictive scaling policy.

    Raises:
        ValidationException: a member is missing or has a wrong value, with the texts of S13.7.
    """
    specifications = document["MetricSpecifications"]
    if len(specifications) != 1:
        raise invalid("You must specify one metric specification.")
    (specification,) = specifications
    _check_pair(specification)
    buffer = document.get("SchedulingBufferTime", 300)
    try:
        return PredictivePolicy(
            _positive(specification["TargetValue"]),
            document.get("Mode", "ForecastOnly") == "ForecastAndScale",
            buffer * SECOND,
            MaxCapacityBehavior(document.get("MaxCapacityBreachBehavior", "HonorMaxCapacity")),
            document.get("MaxCapacityBuffer"),
        )
    except PolicyError as error:
        raise invalid(error.reason) from None
    except UsageError as error:
        raise invalid(str(error)) from None


def _check_pair(specification: Document) -> None:
    """Check that a metric specification has one pair, or one metric of each kind."""
    pair = specification.get("PredefinedMetricPairSpecification")
    scaling = [name for name in _SCALING if name in specification]
    load = [name for name in _LOAD if name in specification]
    is_whole = len(scaling) == len(load) == 1 if pair is None else not scaling and not load
    if not is_whole:
        raise invalid(SPECIFICATION)
    if pair is not None:
        kind, label = pair["PredefinedMetricType"], pair.get("ResourceLabel")
        if kind not in PAIRS:
            raise invalid(f"The metric pair {describe_value(kind)} does not go with ecs")
        if (kind == "ALBRequestCount") != (label is not None):
            raise invalid("ResourceLabel must be set for ALBRequestCount, and for nothing else")


_SCALING = ("PredefinedScalingMetricSpecification", "CustomizedScalingMetricSpecification")
_LOAD = ("PredefinedLoadMetricSpecification", "CustomizedLoadMetricSpecification")
