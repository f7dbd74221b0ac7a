"""Scalable targets, policies and scheduled actions: put, described, deleted, refused (S13.1.1)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from against_botocore import Checked
from placement.ecs import Session
from placement.errors import DocumentError
from refusals import refusal
from session_scaling import CPU, FINE, NOON, RESOURCE, TARGET, Scaled, new_session

NAMED = (
    "service namespace: ecs, resource ID: service/default/web, scalable dimension: "
    "ecs:service:DesiredCount"
)
NO_METRIC = (
    "PredefinedMetricSpecification or CustomizedMetricSpecification must be set for target "
    "tracking scaling."
)
NO_PAIR = (
    "The metric specification is invalid. A policy must have either one scaling metric and one "
    "load metric or one metric pair."
)
ALB = {
    "PredefinedMetricSpecification": {
        "PredefinedMetricType": "ALBRequestCountPerTarget",
        "ResourceLabel": "app/lb/1/targetgroup/tg/2",
    }
}
DEPTH = {
    "CustomizedMetricSpecification": {
        "Namespace": "Jobs",
        "MetricName": "Depth",
        "Statistic": "Sum",
    }
}


@pytest.fixture
def world() -> Scaled:
    found = Scaled.of(4)
    found.scaling = Checked(found.scaling, service="application-autoscaling")
    return found


LABEL = (
    "ResourceLabel must be app/LOAD-BALANCER/ID/targetgroup/TARGET-GROUP/ID for "
    "ALBRequestCountPerTarget, not None"
)


def without_label() -> dict[str, Any]:
    """Return the requests of a target group that is not named."""
    kind = ALB["PredefinedMetricSpecification"]["PredefinedMetricType"]
    return {"PredefinedMetricSpecification": {"PredefinedMetricType": kind}}


def tracking(document: dict[str, Any], name: str = "p") -> dict[str, Any]:
    return {
        **TARGET,
        "PolicyName": name,
        "PolicyType": "TargetTrackingScaling",
        "TargetTrackingScalingPolicyConfiguration": document,
    }


def step(**document: Any) -> dict[str, Any]:
    return {**TARGET, "PolicyName": "s", "StepScalingPolicyConfiguration": document}


def predictive(*specifications: dict[str, Any], **document: Any) -> dict[str, Any]:
    return {
        **TARGET,
        "PolicyName": "f",
        "PolicyType": "PredictiveScaling",
        "PredictiveScalingPolicyConfiguration": {
            "MetricSpecifications": list(specifications),
            **document,
        },
    }


PAIR = {
    "TargetValue": 50.0,
    "PredefinedMetricPairSpecification": {"PredefinedMetricType": "ECSServiceCPUUtilization"},
}


def test_a_target_as_registered_and_changed(world: Scaled) -> None:
    (before,) = world.scaling.describe_scalable_targets(ServiceNamespace="ecs")["ScalableTargets"]
    assert (before["MinCapacity"], before["MaxCapacity"]) == (0, 1000)
    assert before["CreationTime"] == NOON
    world.scaling.register_scalable_target(
        **TARGET, MaxCapacity=10, SuspendedState={"ScheduledScalingSuspended": True}
    )
    (after,) = world.scaling.describe_scalable_targets(ServiceNamespace="ecs")["ScalableTargets"]
    assert (after["MinCapacity"], after["MaxCapacity"]) == (0, 10)
    assert after["SuspendedState"] == {
        "DynamicScalingInSuspended": False,
        "DynamicScalingOutSuspended": False,
        "ScheduledScalingSuspended": True,
    }
    assert after["ScalableTargetARN"] == before["ScalableTargetARN"]


@pytest.mark.parametrize(
    ("parameters", "text"),
    [
        ({"MinCapacity": 5, "MaxCapacity": 4}, "Maximum capacity cannot be less than minimum"),
        ({"MinCapacity": 2000}, "Maximum capacity cannot be less than minimum capacity"),
        (
            {"ServiceNamespace": "lambda"},
            "Unsupported service namespace, resource type or scalable dimension",
        ),
        (
            {"ScalableDimension": "ec2:spot-fleet-request:TargetCapacity"},
            "Unsupported service namespace, resource type or scalable dimension",
        ),
        ({"ResourceId": "web"}, "Unsupported service namespace, resource type"),
        ({"ResourceId": "service/default/none", "MinCapacity": 0, "MaxCapacity": 1}, "exist"),
        ({"MinCapacity": -1}, "less than 0"),
    ],
)
def test_a_registration_is_refused_d85(
    world: Scaled, parameters: dict[str, Any], text: str
) -> None:
    call = world.scaling.register_scalable_target
    code, message = refusal(call, **{**TARGET, **parameters})
    assert code == "ValidationException"
    assert text in message
    (after,) = world.scaling.describe_scalable_targets(ServiceNamespace="ecs")["ScalableTargets"]
    assert (after["MinCapacity"], after["MaxCapacity"]) == (0, 1000)


@pytest.mark.parametrize("kind", ["", "Tracking"])
def test_a_type_of_policy_that_there_is_not_is_refused(world: Scaled, kind: str) -> None:
    """C47: also where a document has it (C31)."""
    parameters = {**tracking({"TargetValue": 50.0}), "PolicyType": kind}
    code, message = refusal(world.scaling.put_scaling_policy, **parameters)
    assert code == "ValidationException"
    assert "PolicyType" in message
    world.track(70.0)
    document = world.session.to_ecs()
    document["ScalingPolicies"][0]["PolicyType"] = kind
    with pytest.raises(DocumentError, match="PolicyType") as caught:
        Session.from_ecs(document)
    assert caught.value.path.startswith("ScalingPolicies[0]")


@pytest.mark.parametrize("kind", ["", "Percent"])
def test_a_type_of_adjustment_that_there_is_not_is_refused(world: Scaled, kind: str) -> None:
    """C47."""
    steps = [{"MetricIntervalLowerBound": 0.0, "ScalingAdjustment": 1}]
    parameters = step(AdjustmentType=kind, StepAdjustments=steps)
    code, message = refusal(world.scaling.put_scaling_policy, **parameters)
    assert code == "ValidationException"
    assert "djustment" in message


def test_the_two_alarms_of_target_tracking(world: Scaled) -> None:
    answer = world.track(70.0)
    assert answer["PolicyARN"].startswith(
        "arn:aws:autoscaling:us-east-1:123456789012:scalingPolicy:"
    )
    assert answer["PolicyARN"].endswith(f":resource/ecs/{RESOURCE}:policyName/track")
    cloudwatch = world.session.client("cloudwatch")
    alarms = {one["AlarmName"]: one for one in cloudwatch.describe_alarms()["MetricAlarms"]}
    high, low = (alarms[one["AlarmName"]] for one in answer["Alarms"])
    assert high["AlarmName"].startswith(f"TargetTracking-{RESOURCE}-AlarmHigh-")
    assert low["AlarmName"].startswith(f"TargetTracking-{RESOURCE}-AlarmLow-")
    for alarm, threshold, points, comparison in (
        (high, 70.0, 3, "GreaterThanThreshold"),
        (low, 63.0, 15, "LessThanThreshold"),
    ):
        assert (alarm["Threshold"], alarm["EvaluationPeriods"], alarm["Period"]) == (
            threshold,
            points,
            60,
        )
        assert (alarm["Statistic"], alarm["Unit"]) == ("Average", "Percent")
        assert alarm["ComparisonOperator"] == comparison
        assert "DatapointsToAlarm" not in alarm
        assert "TreatMissingData" not in alarm
        (action,) = alarm["AlarmActions"]
        assert action.startswith(f"{answer['PolicyARN']}:createdBy/")


def test_another_target_value_keeps_the_policy_and_its_alarms(world: Scaled) -> None:
    before, after = world.track(70.0), world.track(50.0, DisableScaleIn=True)
    assert after["PolicyARN"] == before["PolicyARN"]
    assert after["Alarms"] == before["Alarms"][:1]
    (alarm,) = world.session.client("cloudwatch").describe_alarms()["MetricAlarms"]
    assert alarm["Threshold"] == 50.0


def test_high_resolution_renames_the_alarms_d88() -> None:
    """The policy keeps its ARN."""
    world = Scaled.of(4, monitored=True)
    before, after = world.track(70.0), world.track(70.0, FINE)
    assert after["PolicyARN"] == before["PolicyARN"]
    names = [{one["AlarmName"] for one in answer["Alarms"]} for answer in (before, after)]
    assert names[0].isdisjoint(names[1])
    alarms = world.session.client("cloudwatch").describe_alarms()["MetricAlarms"]
    assert sorted((one["Period"], one["EvaluationPeriods"]) for one in alarms) == [
        (20, 3),
        (20, 30),
    ]


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (
            tracking({"TargetValue": 50.0}),
            NO_METRIC,
        ),
        (
            tracking({"TargetValue": 50.0, **CPU}, "other"),
            "Only one TargetTrackingScaling policy for a given metric specification is allowed.",
        ),
        (tracking({"TargetValue": 0.0, **DEPTH}), "TargetValue must be greater than 0, not 0.0"),
        (tracking({"TargetValue": 50.0, **FINE}), "every 20 seconds"),
        (tracking({"TargetValue": 50.0, **without_label()}), LABEL),
        (step(AdjustmentType="ChangeInCapacity"), "There must be at least one step adjustment"),
        (step(StepAdjustments=[{"ScalingAdjustment": 1}]), "Adjustment type must be specified"),
        (
            step(
                AdjustmentType="ExactCapacity",
                StepAdjustments=[{"ScalingAdjustment": -1, "MetricIntervalLowerBound": 0.0}],
            ),
            "Scaling adjustment cannot be less than 0 when adjustment type is ExactCapacity",
        ),
        (predictive(), "You must specify one metric specification."),
        (predictive(PAIR, PAIR), "You must specify one metric specification."),
        (
            predictive({"TargetValue": 1.0}),
            NO_PAIR,
        ),
        (
            predictive(PAIR, MaxCapacityBreachBehavior="IncreaseMaxCapacity"),
            "You must specify MaxCapacityBuffer when using IncreaseMaxCapacity.",
        ),
        (
            predictive(PAIR, MaxCapacityBuffer=5),
            "You cannot specify MaxCapacityBuffer when using HonorMaxCapacity.",
        ),
    ],
)
def test_a_policy_is_refused_and_nothing_is_put(
    world: Scaled, call: dict[str, Any], text: str
) -> None:
    world.track(70.0)
    code, message = refusal(world.scaling.put_scaling_policy, **call)
    assert code == "ValidationException"
    assert message == text or (text == "every 20 seconds" and text in message)
    policies = world.scaling.describe_scaling_policies(ServiceNamespace="ecs")["ScalingPolicies"]
    assert [one["PolicyName"] for one in policies] == ["track"]
    assert len(world.session.client("cloudwatch").describe_alarms()["MetricAlarms"]) == 2


@pytest.mark.parametrize(
    ("parameters", "text"),
    [
        ({"Schedule": "cron(0 9 * * * *)"}, "Invalid CRON expression"),
        ({"Schedule": "rate(0 minutes)"}, "Invalid schedule frequency."),
        ({"Schedule": "rate(5 seconds)"}, "must have the following syntax"),
        ({"Schedule": "at(2035-01-01T00:00:00Z)"}, "Invalid schedule at DateTime expression"),
        ({"Schedule": "at(2026-03-02T11:59:00)"}, "must lie in the future"),
        ({"Timezone": "Nowhere"}, "time zone"),
        ({"ScalableTargetAction": {}}, "At least one of minimum capacity and maximum capacity"),
        ({"StartTime": NOON, "EndTime": NOON}, "StartTime must be before EndTime"),
    ],
)
def test_a_scheduled_action_is_refused_d114(
    world: Scaled, parameters: dict[str, Any], text: str
) -> None:
    usual = {
        **TARGET,
        "ScheduledActionName": "a",
        "Schedule": "rate(1 day)",
        "ScalableTargetAction": {"MinCapacity": 1},
    }
    code, message = refusal(world.scaling.put_scheduled_action, **{**usual, **parameters})
    assert code == "ValidationException"
    assert text in message
    answer = world.scaling.describe_scheduled_actions(ServiceNamespace="ecs")
    assert answer["ScheduledActions"] == []


def test_given_members_replace_and_times_are_deleted(world: Scaled) -> None:
    usual = {**TARGET, "ScheduledActionName": "a"}
    code, message = refusal(world.scaling.put_scheduled_action, **usual, Schedule="rate(1 day)")
    assert (code, message) == ("ValidationException", "ScalableTargetAction must be set")
    world.scaling.put_scheduled_action(
        **usual,
        Schedule="cron(0 9 * * ? *)",
        Timezone="Europe/Berlin",
        StartTime=NOON + timedelta(days=1),
        ScalableTargetAction={"MinCapacity": 2, "MaxCapacity": 3},
    )
    world.scaling.put_scheduled_action(**usual, ScalableTargetAction={"MaxCapacity": 5})
    answer = world.scaling.describe_scheduled_actions(ServiceNamespace="ecs")
    (action,) = answer["ScheduledActions"]
    assert action["Schedule"] == "cron(0 9 * * ? *)"
    assert action["Timezone"] == "Europe/Berlin"
    assert action["ScalableTargetAction"] == {"MaxCapacity": 5}
    assert "StartTime" not in action


def test_what_is_not_there_is_named(world: Scaled) -> None:
    scaling = world.scaling
    scaling.deregister_scalable_target(**TARGET)
    assert refusal(scaling.deregister_scalable_target, **TARGET) == (
        "ObjectNotFoundException",
        f"No scalable target found for {NAMED}",
    )
    assert refusal(scaling.put_scaling_policy, **tracking({"TargetValue": 0.0})) == (
        "ObjectNotFoundException",
        f"No scalable target registered for {NAMED}",
    )
    assert refusal(scaling.delete_scaling_policy, **TARGET, PolicyName="P") == (
        "ObjectNotFoundException",
        f"No scaling policy found for {NAMED}, policy name: P",
    )
    code, _ = refusal(scaling.delete_scheduled_action, **TARGET, ScheduledActionName="A")
    assert code == "ObjectNotFoundException"
    assert refusal(
        scaling.get_predictive_scaling_forecast,
        **TARGET,
        PolicyName="P",
        StartTime=datetime(2026, 3, 1, tzinfo=UTC),
        EndTime=datetime(2026, 3, 2, tzinfo=UTC),
    ) == ("ValidationException", f"No scaling policy found for {NAMED}, policy name: P")


@pytest.mark.parametrize("way", ["deregister", "delete the service"])
def test_a_target_takes_policies_actions_and_alarms_along(world: Scaled, way: str) -> None:
    world.track(70.0)
    world.scaling.put_scheduled_action(
        **TARGET,
        ScheduledActionName="a",
        Schedule="rate(1 minute)",
        ScalableTargetAction={"MinCapacity": 9},
    )
    if way == "deregister":
        world.scaling.deregister_scalable_target(**TARGET)
    else:
        world.session.client("ecs").delete_service(service="web", force=True)
    world.session.advance(120)
    everything = {"ServiceNamespace": "ecs"}
    assert world.scaling.describe_scalable_targets(**everything)["ScalableTargets"] == []
    assert world.scaling.describe_scaling_policies(**everything)["ScalingPolicies"] == []
    assert world.scaling.describe_scheduled_actions(**everything)["ScheduledActions"] == []
    assert world.session.client("cloudwatch").describe_alarms()["MetricAlarms"] == []
    assert world.desired == (4 if way == "deregister" else 0)


def test_pages_of_policies(world: Scaled) -> None:
    """Ten on a page; an explicit MaxResults cuts without a token."""
    step_up = {
        "AdjustmentType": "ChangeInCapacity",
        "StepAdjustments": [{"MetricIntervalLowerBound": 0.0, "ScalingAdjustment": 1}],
    }
    for number in range(12):
        world.scaling.put_scaling_policy(
            **TARGET, PolicyName=f"p{number}", StepScalingPolicyConfiguration=step_up
        )
    describe = world.scaling.describe_scaling_policies
    first = describe(ServiceNamespace="ecs")
    assert len(first["ScalingPolicies"]) == 10
    rest = describe(ServiceNamespace="ecs", NextToken=first["NextToken"])
    assert [one["PolicyName"] for one in rest["ScalingPolicies"]] == ["p10", "p11"]
    cut = describe(ServiceNamespace="ecs", MaxResults=3)
    assert (len(cut["ScalingPolicies"]), "NextToken" in cut) == (3, False)
    assert describe(ServiceNamespace="ecs", MaxResults=0)["ScalingPolicies"] == []
    code, _ = refusal(describe, ServiceNamespace="ecs", NextToken="x")
    assert code == "InvalidNextTokenException"


def test_a_daemon_has_no_count_to_scale_d85() -> None:
    session = new_session(1)
    session.client("ecs").create_service(
        serviceName="d", taskDefinition="web", schedulingStrategy="DAEMON"
    )
    call = session.client("application-autoscaling").register_scalable_target
    resource = {**TARGET, "ResourceId": "service/default/d"}
    code, message = refusal(call, **resource, MinCapacity=0, MaxCapacity=1)
    assert code == "ValidationException"
    assert "DAEMON" in message
