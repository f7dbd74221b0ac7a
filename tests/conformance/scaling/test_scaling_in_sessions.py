"""The tables of scaling, played by a session under its clock."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from placement.scaling.exact import exact
from scaling_tables import each
from scaling_world import steps_of
from session_scaling import CPU, FINE, NOON, TARGET, Scaled


@each("timeline")
def test_target_tracking_in_a_session_d97_d100_d112(row: dict[str, Any]) -> None:
    """D97: nothing is decided at second 0, the first point is that of second 60.

    D100: the metric is load by running tasks.  D86: starting tasks count as there.
    """
    load = steps_of(row["load"])
    fine = row.get("high_resolution", False)
    world = Scaled.of(
        row["tasks"],
        load=lambda second: float(load(max(0, round(second)))),
        minimum=row.get("minimum", 0),
        maximum=row.get("maximum", 1000),
        monitored=fine,
        deploying_until=row.get("deploying", (0, None))[1],
    )
    world.track(60, FINE if fine else CPU)
    world.play(3600)
    assert world.changes == [tuple(change) for change in row["changes"]]
    assert world.reasons() == row.get("not_scaled", [])


@each("adjustment")
def test_step_scaling_in_a_session_b37(row: dict[str, Any]) -> None:
    world = Scaled.of(row["capacity"], minimum=row.get("minimum", 0))
    magnitude = {"MinAdjustmentMagnitude": row["magnitude"]} if "magnitude" in row else {}
    answer = world.scaling.put_scaling_policy(
        **TARGET,
        PolicyName="step",
        PolicyType="StepScaling",
        StepScalingPolicyConfiguration={
            "AdjustmentType": row["type"],
            "StepAdjustments": [
                {"MetricIntervalLowerBound": 0, "ScalingAdjustment": row["adjustment"]}
            ],
            **magnitude,
        },
    )
    put_alarm(world, answer["PolicyARN"], 1.0)
    put_depth(world, 2.0, minutes=1)
    world.play(90)
    assert world.desired == row["desired"]


def put_alarm(world: Scaled, action: str, threshold: float) -> None:
    world.session.client("cloudwatch").put_metric_alarm(
        AlarmName="depth",
        Namespace="Jobs",
        MetricName="Depth",
        Statistic="Average",
        Period=60,
        EvaluationPeriods=1,
        Threshold=threshold,
        ComparisonOperator="GreaterThanOrEqualToThreshold",
        AlarmActions=[action],
    )


def put_depth(world: Scaled, value: float, *, minutes: int) -> None:
    """Put the metric of the running minute, and of those that follow."""
    world.session.client("cloudwatch").put_metric_data(
        Namespace="Jobs",
        MetricData=[
            {
                "MetricName": "Depth",
                "Value": value,
                "Timestamp": world.session.now + timedelta(minutes=minute),
            }
            for minute in range(minutes)
        ],
    )


@each("select")
def test_the_step_by_the_metric_in_a_session(row: dict[str, Any]) -> None:
    bounds = {"MetricIntervalLowerBound": 0, "MetricIntervalUpperBound": 1}
    steps = []
    for low, high, change in row["steps"]:
        step: dict[str, Any] = {"ScalingAdjustment": change}
        for name, value in zip(bounds, (low, high), strict=True):
            if value not in ("inf", "-inf"):
                step[name] = float(value)
        steps.append(step)
    for metric, change in zip(row["metrics"], row["changes"], strict=True):
        world = Scaled.of(10)
        answer = world.scaling.put_scaling_policy(
            **TARGET,
            PolicyName="step",
            StepScalingPolicyConfiguration={
                "AdjustmentType": "ChangeInCapacity",
                "StepAdjustments": steps,
            },
        )
        put_alarm(world, answer["PolicyARN"], float(row["threshold"]))
        put_depth(world, float(exact(float(metric))), minutes=1)
        world.play(90)
        expected = 0 if change == "none" or float(metric) < row["threshold"] else change
        assert world.desired == 10 + expected


@pytest.mark.parametrize("kind", ["HonorMaxCapacity", "IncreaseMaxCapacity"])
def test_a_forecast_raises_the_count_before_its_hour_e235_e236_d94(kind: str) -> None:
    """E235, E236: the forecast of 9 tasks at 9 h acts from 08:55, within or beyond the maximum."""
    world = Scaled.of(5, maximum=8)
    buffer = {"MaxCapacityBuffer": 0} if kind == "IncreaseMaxCapacity" else {}
    pair = {"PredefinedMetricType": "ECSServiceCPUUtilization"}
    arn = world.scaling.put_scaling_policy(
        **TARGET,
        PolicyName="ahead",
        PolicyType="PredictiveScaling",
        PredictiveScalingPolicyConfiguration={
            "MetricSpecifications": [
                {"TargetValue": 50, "PredefinedMetricPairSpecification": pair}
            ],
            "Mode": "ForecastAndScale",
            "MaxCapacityBreachBehavior": kind,
            **buffer,
        },
    )["PolicyARN"]
    first = datetime(2026, 2, 28, 12, tzinfo=UTC)
    hours = [first + timedelta(hours=hour) for hour in range(48)]
    loads = {datetime(2026, 3, 1, 9, tzinfo=UTC): 400, datetime(2026, 3, 2, 9, tzinfo=UTC): 500}
    world.session.set_load_history(arn, [(hour, loads.get(hour, 0)) for hour in hours])
    until = int((datetime(2026, 3, 3, 9, 30, tzinfo=UTC) - NOON).total_seconds())
    world.play(until)
    wanted = 8 if kind == "HonorMaxCapacity" else 9
    assert world.changes == [(until - 35 * 60, 5, wanted)]
    (target,) = world.scaling.describe_scalable_targets(ServiceNamespace="ecs")["ScalableTargets"]
    assert target["MaxCapacity"] == wanted
    answer = world.scaling.get_predictive_scaling_forecast(
        **TARGET,
        PolicyName="ahead",
        StartTime=datetime(2026, 3, 3, 9, tzinfo=UTC),
        EndTime=datetime(2026, 3, 3, 10, tzinfo=UTC),
    )
    assert answer["CapacityForecast"]["Values"] == [9.0]
    assert answer["LoadForecast"][0]["Values"] == [450.0]
