"""Scaling of services in a session: loads, several policies, suspension, copies."""

from __future__ import annotations

import json
import pickle
import re
from datetime import timedelta
from typing import Any

import pytest

from placement.ecs import Behaviour, Session
from placement.errors import DocumentError, UsageError
from session_scaling import CPU, NOON, TARGET, Scaled

DEPTH = {
    "CustomizedMetricSpecification": {"Namespace": "J", "MetricName": "Depth", "Statistic": "Sum"}
}
MEMORY = {
    "PredefinedMetricSpecification": {"PredefinedMetricType": "ECSServiceAverageMemoryUtilization"}
}


def put_depth(world: Scaled, *values: float) -> None:
    world.session.client("cloudwatch").put_metric_data(
        Namespace="J",
        MetricData=[
            {"MetricName": "Depth", "Value": value, "Timestamp": NOON + timedelta(minutes=minute)}
            for minute, value in enumerate(values)
        ],
    )


def test_use_comes_from_behaviour_where_no_load_is_told_c43_d100() -> None:
    world = Scaled.of(4, behaviour=lambda _: Behaviour(cpu=90))
    world.track(60)
    world.play(300)
    assert world.changes == [(180, 4, 6), (240, 6, 9), (300, 9, 14)]
    answer = world.session.client("cloudwatch").get_metric_statistics(
        Namespace="AWS/ECS",
        MetricName="CPUUtilization",
        Dimensions=[
            {"Name": "ClusterName", "Value": "default"},
            {"Name": "ServiceName", "Value": "web"},
        ],
        StartTime=NOON,
        EndTime=NOON + timedelta(minutes=5),
        Period=60,
        Statistics=["Average"],
    )
    assert [one["Average"] for one in answer["Datapoints"]] == [90.0] * 5


def test_nothing_is_kept_for_a_service_that_no_alarm_looks_at_c43() -> None:
    world = Scaled.of(4, load=400)
    world.play(300)
    assert world.session._account.metrics.watched == {}
    world.track(60)
    world.play(600)
    (watched,) = world.session._account.metrics.watched.values()
    assert len(watched.history) <= 2


def test_three_samples_make_a_point_as_an_option_d100() -> None:
    """The load jumps between the second and the third sample of each minute."""
    world = Scaled.of(4, load=lambda second: 480 if second % 60 == 0 else 120, metric_samples=3)
    world.track(60)
    world.play(400)
    assert world.changes == []  # the mean of 30, 30 and 120 is 60


def test_demand_without_tasks_starts_a_first_one_old_6_3() -> None:
    world = Scaled.of(0)
    world.track(10, DEPTH)
    put_depth(world, 0, 25, 25, 25)
    world.play(200)
    assert world.changes == [(120, 0, 1)]


def test_the_largest_count_wins_and_all_must_agree_to_scale_in() -> None:
    """S13.1.4 for policies on CPU, which is low, and on a queue, which is on its target."""
    world = Scaled.of(4, load=40)
    world.track(60)
    world.scaling.put_scaling_policy(
        **TARGET,
        PolicyName="queue",
        PolicyType="TargetTrackingScaling",
        TargetTrackingScalingPolicyConfiguration={"TargetValue": 10, **DEPTH},
    )
    put_depth(world, *[10] * 20, *[1] * 20)
    world.play(1190)
    assert world.changes == []
    world.play(3000)
    assert world.changes[0][1:] == (4, 1)
    assert world.changes[0][0] > 1200


@pytest.mark.parametrize("kind", ["DynamicScalingOutSuspended", "DynamicScalingInSuspended"])
def test_suspended_scaling_makes_up_for_nothing_d87(kind: str) -> None:
    load = 480 if "Out" in kind else 40
    world = Scaled.of(4, load=load)
    world.scaling.register_scalable_target(**TARGET, SuspendedState={kind: True})
    world.track(60)
    world.play(1800)
    assert world.changes == []
    alarms = world.session.client("cloudwatch").describe_alarms(StateValue="ALARM")
    assert len(alarms["MetricAlarms"]) == 1  # alarms go on
    world.scaling.register_scalable_target(**TARGET, SuspendedState={kind: False})
    world.play(1860)
    assert len(world.changes) == 1


def test_a_scheduled_action_that_was_due_is_lost_d87_d121() -> None:
    world = Scaled.of(4)
    world.scaling.put_scheduled_action(
        **TARGET,
        ScheduledActionName="up",
        Schedule="at(2026-03-02T12:00:30)",
        ScalableTargetAction={"MinCapacity": 6},
    )
    twin = world.session.copy()
    world.scaling.register_scalable_target(
        **TARGET, SuspendedState={"ScheduledScalingSuspended": True}
    )
    world.play(120)
    assert world.changes == []
    other = Scaled(twin, twin.client("application-autoscaling"))
    other.play(120)
    assert other.changes == [(60, 4, 6)]


def test_cron_follows_the_clock_of_its_zone_d121() -> None:
    world = Scaled.of(4)
    world.scaling.put_scheduled_action(
        **TARGET,
        ScheduledActionName="evening",
        Schedule="cron(0 18 * * ? *)",
        Timezone="Europe/Berlin",
        ScalableTargetAction={"MaxCapacity": 2},
    )
    world.play(6 * 3600)
    assert world.changes == [(5 * 3600, 4, 2)]


def wave(second: float) -> float:
    return 240 + 200 * (second % 1800 < 900)


@pytest.mark.parametrize("way", ["copy", "pickle"])
def test_copies_have_the_same_future_c24(way: str) -> None:
    world = Scaled.of(4)
    world.session.set_load("web", cpu=wave)
    world.track(60)
    world.play(1000)
    session = world.session
    twin = session.copy() if way == "copy" else pickle.loads(pickle.dumps(session))
    other = Scaled(twin, twin.client("application-autoscaling"))
    world.changes.clear()
    for one in (world, other):
        one.play(6000)
    assert world.changes == other.changes
    assert len(world.changes) > 2
    assert world.activities(not_scaled=True) == other.activities(not_scaled=True)


def test_a_trial_leaves_scaling_as_it_was() -> None:
    world = Scaled.of(4, load=480)
    world.track(60)
    with world.session.trial():
        world.session.advance(600)
        assert world.desired == 8
    assert world.desired == 4
    assert world.activities() == []
    world.play(300)
    assert world.changes == [(180, 4, 8)]


def test_a_state_that_a_call_sets_runs_the_actions_d128() -> None:
    world = Scaled.of(4, load=240)
    answer = world.track(50)
    world.play(60)
    world.session.client("cloudwatch").set_alarm_state(
        AlarmName=answer["Alarms"][0]["AlarmName"], StateValue="ALARM", StateReason="test"
    )
    world.play(70)
    assert world.changes == [(60, 4, 5)]


def test_a_function_that_raises_leaves_the_moment_before_c27() -> None:
    def load(seconds: float) -> Any:
        return 480 if seconds < 3600 + 100 else "much"

    world = Scaled.of(4)
    world.session.set_load("web", cpu=load)
    world.track(60)
    with pytest.raises(UsageError, match="the cpu of web is a finite number, not 'much'"):
        world.play(600)
    assert world.second == 60


@pytest.mark.parametrize("value", [-1, float("nan"), "1", True, 10**400])
def test_a_load_that_is_none_is_refused_c43(value: Any) -> None:
    world = Scaled.of(1)
    with pytest.raises(UsageError, match="cpu"):
        world.session.set_load("web", cpu=value)


def test_the_quota_of_tasks_holds_for_policies() -> None:
    world = Scaled.of(4, load=480, tasks_per_service=5)
    world.track(60, CPU)
    world.play(400)
    (activity,) = world.activities()
    assert (activity["StatusCode"], world.changes) == ("Failed", [])


def through_documents(world: Scaled) -> Scaled:
    """Return the world as its documents describe it."""
    text = json.dumps(world.session.to_ecs())
    twin = Session.from_ecs(json.loads(text))
    return Scaled(twin, twin.client("application-autoscaling"))


def test_a_round_trip_has_the_same_future_c50() -> None:
    """Targets, policies, scheduled actions, points, alarms, cooldowns and activities."""
    world = Scaled.of(4, load=480, maximum=20)
    world.track(60)
    world.scaling.put_scheduled_action(
        **TARGET,
        ScheduledActionName="up",
        Schedule="cron(40 12 * * ? *)",
        ScalableTargetAction={"MinCapacity": 12},
    )
    world.scaling.put_scaling_policy(
        **TARGET,
        PolicyName="queue",
        PolicyType="TargetTrackingScaling",
        TargetTrackingScalingPolicyConfiguration={"TargetValue": 10, **DEPTH},
    )
    put_depth(world, *[5] * 30, *[30] * 10, *[5] * 20)
    world.play(400)
    other = through_documents(world)
    assert other.session.to_ecs() == world.session.to_ecs()
    world.changes.clear()
    for one in (world, other):
        one.play(5400)
    assert world.changes == other.changes
    assert len(world.changes) >= 2
    assert world.activities(not_scaled=True) == other.activities(not_scaled=True)
    assert other.session.to_ecs() == world.session.to_ecs()


def test_functions_are_named_and_not_written_c50() -> None:
    world = Scaled.of(4, load=wave)
    state = world.session.to_ecs()["placementState"]
    (name,) = state["functions"]
    assert name == f"cpu load of {world.service['serviceArn']}"
    assert "loads" not in state.get("scaling", {})


@pytest.mark.parametrize(
    ("document", "where"),
    [
        ({"ResourceId": "service/default/none"}, "ScalableTargets[0]"),
        ({"MinCapacity": "1"}, "ScalableTargets[0]"),
        ({"MinCapacity": 5000}, "ScalableTargets[0]"),
    ],
)
def test_a_target_that_cannot_be_is_named_c31(document: dict[str, Any], where: str) -> None:
    documents = Scaled.of(4).session.to_ecs()
    documents["ScalableTargets"][0].update(document)
    with pytest.raises(DocumentError, match=re.escape(where)):
        Session.from_ecs(documents)
    assert len(Session.from_ecs(documents, on_error="skip").skipped) == 1
