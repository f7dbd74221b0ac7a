"""What operators do to the auto scaling of the service ``web``: policies, alarms, schedules.

Each takes a session, and a number that decides what exactly is done.
"""

from __future__ import annotations

from typing import Any

import placement.ecs as ecs

TARGET: dict[str, Any] = {
    "ServiceNamespace": "ecs",
    "ResourceId": "service/default/web",
    "ScalableDimension": "ecs:service:DesiredCount",
}
CPU = {"PredefinedMetricSpecification": {"PredefinedMetricType": "ECSServiceAverageCPUUtilization"}}


def load(session: ecs.Session, number: int) -> None:
    session.set_load("web", cpu=40 * (number % 12), requests=100 * number)


def metric(session: ecs.Session, number: int) -> None:
    session.client("cloudwatch").put_metric_data(
        Namespace="shop", MetricData=[{"MetricName": "queue", "Value": float(number % 50)}]
    )


def target(session: ecs.Session, number: int) -> None:
    session.client("application-autoscaling").register_scalable_target(
        **TARGET, MinCapacity=number % 3, MaxCapacity=4 + number % 6
    )


def policy(session: ecs.Session, number: int) -> None:
    session.client("application-autoscaling").put_scaling_policy(
        **TARGET,
        PolicyName=f"track{number % 2}",
        PolicyType="TargetTrackingScaling",
        TargetTrackingScalingPolicyConfiguration={
            "TargetValue": float(30 + number % 60),
            "ScaleInCooldown": 60 * (number % 4),
            "DisableScaleIn": number % 5 == 0,
            **CPU,
        },
    )


def step(session: ecs.Session, number: int) -> None:
    answer = session.client("application-autoscaling").put_scaling_policy(
        **TARGET,
        PolicyName="steps",
        PolicyType="StepScaling",
        StepScalingPolicyConfiguration={
            "AdjustmentType": ("ChangeInCapacity", "PercentChangeInCapacity")[number % 2],
            "StepAdjustments": [
                {
                    "MetricIntervalLowerBound": 0.0,
                    "MetricIntervalUpperBound": 10.0,
                    "ScalingAdjustment": 1 + number % 2,
                },
                {"MetricIntervalLowerBound": 10.0, "ScalingAdjustment": 30},
            ],
            "Cooldown": 60,
        },
    )
    put_alarm(session, number, [answer["PolicyARN"]])


def schedule(session: ecs.Session, number: int) -> None:
    session.client("application-autoscaling").put_scheduled_action(
        **TARGET,
        ScheduledActionName=f"s{number % 2}",
        Schedule=("rate(7 minutes)", "cron(0/10 * * * ? *)")[number % 2],
        ScalableTargetAction={"MinCapacity": number % 4},
    )


def alarm(session: ecs.Session, number: int) -> None:
    put_alarm(session, number, [])


def put_alarm(session: ecs.Session, number: int, actions: list[str]) -> None:
    session.client("cloudwatch").put_metric_alarm(
        AlarmName="queue",
        Namespace="shop",
        MetricName="queue",
        Statistic=("Average", "Maximum")[number % 2],
        Period=60,
        EvaluationPeriods=1 + number % 3,
        Threshold=20.0,
        ComparisonOperator="GreaterThanThreshold",
        TreatMissingData=("missing", "notBreaching", "ignore")[number % 3],
        AlarmActions=actions,
    )


def state(session: ecs.Session, number: int) -> None:
    session.client("cloudwatch").set_alarm_state(
        AlarmName="queue", StateValue=("OK", "ALARM")[number % 2], StateReason="said"
    )


def suspend(session: ecs.Session, number: int) -> None:
    session.client("application-autoscaling").register_scalable_target(
        **TARGET,
        SuspendedState={
            "DynamicScalingOutSuspended": number % 2 == 0,
            "DynamicScalingInSuspended": number % 3 == 0,
            "ScheduledScalingSuspended": number % 5 == 0,
        },
    )


def unpolicy(session: ecs.Session, number: int) -> None:
    session.client("application-autoscaling").delete_scaling_policy(
        **TARGET, PolicyName=("track", "track0", "steps")[number % 3]
    )


def untarget(session: ecs.Session, number: int) -> None:
    if number % 3 == 0:
        session.client("application-autoscaling").deregister_scalable_target(**TARGET)
