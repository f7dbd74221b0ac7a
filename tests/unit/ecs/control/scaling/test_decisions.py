"""What policies and schedules of a session do at edges that the tables do not have (S13, S16)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from placement.ecs import Session, Timing
from session_scaling import NOON, TARGET, Scaled

DEPTH = {
    "CustomizedMetricSpecification": {"Namespace": "J", "MetricName": "Depth", "Statistic": "Sum"}
}


def put_depth(world: Scaled, values: Mapping[int, float]) -> None:
    """Put points of a custom metric, by the minute in which they are."""
    if not values:
        return
    world.session.client("cloudwatch").put_metric_data(
        Namespace="J",
        MetricData=[
            {"MetricName": "Depth", "Value": value, "Timestamp": NOON + timedelta(minutes=minute)}
            for minute, value in values.items()
        ],
    )


@pytest.mark.parametrize(
    ("points", "changes", "state"),
    [
        ({}, [], "INSUFFICIENT_DATA"),
        (dict.fromkeys(range(15), 1), [(900, 4, 1)], "INSUFFICIENT_DATA"),
        ({0: 1}, [(900, 4, 1)], "INSUFFICIENT_DATA"),  # all known points breach, one is old enough
        ({0: 10, 1: 1}, [(1080, 4, 1)], "INSUFFICIENT_DATA"),  # once the 10 is out of range
        ({0: 1} | dict.fromkeys(range(1, 60), 9.5), [], "OK"),
    ],
)
def test_d118_where_points_are_missing_the_alarms_decide(
    points: Mapping[int, float], changes: list[tuple[int, int, int]], state: str
) -> None:
    """The low alarm is below 9, 15 of 15; no point at all is no action."""
    world = Scaled.of(4)
    world.track(10, DEPTH)
    put_depth(world, points)
    world.play(3600)
    assert world.changes == changes
    alarms = world.session.client("cloudwatch").describe_alarms()["MetricAlarms"]
    assert {one["StateValue"] for one in alarms} == {state}


def test_d113_out_by_the_newest_point_and_in_by_the_largest() -> None:
    out = Scaled.of(4)
    out.track(10, DEPTH)
    put_depth(out, {0: 30, 1: 25, 2: 15})
    out.play(190)
    assert out.changes == [(180, 4, 6)]
    inside = Scaled.of(4)
    inside.track(10, DEPTH)
    put_depth(inside, dict.fromkeys(range(15), 1) | {5: 7})
    inside.play(910)
    assert inside.changes == [(900, 4, 3)]


def test_d112_a_step_policy_adds_inside_its_cooldown_what_exceeds_e222() -> None:
    """+2, within the cooldown +3: one more, which begins it again; after it +3."""
    world = Scaled.of(10)
    arn = world.scaling.put_scaling_policy(
        **TARGET,
        PolicyName="step",
        PolicyType="StepScaling",
        StepScalingPolicyConfiguration={
            "AdjustmentType": "ChangeInCapacity",
            "Cooldown": 300,
            "StepAdjustments": [
                {
                    "MetricIntervalLowerBound": 0,
                    "MetricIntervalUpperBound": 1,
                    "ScalingAdjustment": 2,
                },
                {"MetricIntervalLowerBound": 1, "ScalingAdjustment": 3},
            ],
        },
    )["PolicyARN"]
    world.session.client("cloudwatch").put_metric_alarm(
        AlarmName="depth",
        Namespace="J",
        MetricName="Depth",
        Statistic="Sum",
        Period=60,
        EvaluationPeriods=1,
        Threshold=5,
        ComparisonOperator="GreaterThanOrEqualToThreshold",
        TreatMissingData="notBreaching",
        AlarmActions=[arn],
    )
    quiet = dict.fromkeys(range(12), 0.0)
    put_depth(world, quiet | {0: 5, 2: 6, 9: 6})
    world.play(700)
    assert world.changes == [(60, 10, 12), (180, 12, 13), (600, 13, 16)]


def test_d92_a_cron_action_across_a_change_of_clocks_e232() -> None:
    """Berlin has no 02:30 on 29 March: that run is skipped."""
    session = Session(start=datetime(2026, 3, 27, 12, tzinfo=UTC), timing=Timing())
    client, scaling = session.client("ecs"), session.client("application-autoscaling")
    client.create_cluster()
    client.register_task_definition(
        family="web", containerDefinitions=[{"name": "c", "image": "i", "cpu": 1, "memory": 4}]
    )
    client.create_service(serviceName="web", taskDefinition="web", desiredCount=0)
    scaling.register_scalable_target(**TARGET, MinCapacity=0, MaxCapacity=9)
    scaling.put_scheduled_action(
        **TARGET,
        ScheduledActionName="night",
        Schedule="cron(30 2 * * ? *)",
        Timezone="Europe/Berlin",
        ScalableTargetAction={"MaxCapacity": 9},
    )
    session.advance(timedelta(days=3))
    found = scaling.describe_scaling_activities(ServiceNamespace="ecs")["ScalingActivities"]
    assert [one["StartTime"] for one in found][::-1] == [
        datetime(2026, 3, 28, 1, 30, tzinfo=UTC),
        datetime(2026, 3, 30, 0, 30, tzinfo=UTC),
    ]


@pytest.mark.parametrize(
    ("given", "minutes"),
    [
        ({}, [5, 10, 15]),
        ({"EndTime": NOON + timedelta(minutes=10)}, [5, 10]),
        ({"StartTime": NOON + timedelta(minutes=7)}, [7, 12]),
    ],
)
def test_d114_a_rate_begins_a_period_later_or_at_its_start(
    given: dict[str, Any], minutes: list[int]
) -> None:
    """A run exactly at EndTime takes place."""
    world = Scaled.of(1)
    world.scaling.put_scheduled_action(
        **TARGET,
        ScheduledActionName="rate",
        Schedule="rate(5 minutes)",
        ScalableTargetAction={"MinCapacity": 1},
        **given,
    )
    world.play(16 * 60)
    found = [int((one["StartTime"] - NOON).total_seconds()) // 60 for one in world.activities()]
    assert found == minutes


def test_d95_with_20_hours_of_load_there_is_no_forecast_e240() -> None:
    world = Scaled.of(1)
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
        },
    )["PolicyARN"]
    hours = [NOON - timedelta(hours=hour) for hour in range(20, 0, -1)]
    world.session.set_load_history(arn, [(hour, 900) for hour in hours])
    world.play(7200)
    assert world.changes == []
    answer = world.scaling.get_predictive_scaling_forecast(
        **TARGET, PolicyName="ahead", StartTime=NOON, EndTime=NOON + timedelta(hours=2)
    )
    assert answer["CapacityForecast"]["Values"] == []
    assert [one["Values"] for one in answer["LoadForecast"]] in ([], [[]])
