"""A service under a recorded metric: closed loop, replayed, gaps, kinds of metrics (C52)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pytest

from placement.ecs import Session, Timing
from placement.ecs.outlooks.course import Mode, ScalingCourse
from placement.ecs.outlooks.follow import follow_scaling
from placement.ecs.outlooks.recorded import RecordedMetric, RecordedValue
from placement.errors import UsageError
from placement.scaling.exact import exact
from placement.timestamps import MINUTE, SECOND, microseconds
from session_scaling import NOON, TARGET, Scaled

START = microseconds(NOON) + 60 * MINUTE
"""An hour after ``Scaled`` begins."""

BACKLOG: dict[str, Any] = {
    "CustomizedMetricSpecification": {
        "Namespace": "shop",
        "MetricName": "backlog",
        "Statistic": "Average",
        "Dimensions": [{"Name": "queue", "Value": "orders"}],
    }
}
MATH: dict[str, Any] = {
    "CustomizedMetricSpecification": {
        "Metrics": [
            {
                "Id": "m",
                "MetricStat": {
                    "Metric": {"Namespace": "AWS/SQS", "MetricName": "visible"},
                    "Stat": "Sum",
                },
                "ReturnData": False,
            },
            {"Id": "e", "Expression": "m / 4", "ReturnData": True},
        ]
    }
}


def recorded(
    values: Sequence[float | None] | Callable[[int], float],
    minutes: int = 0,
    count: int | None = None,
) -> RecordedMetric:
    """Return a recording of one value a minute, with a constant count or none."""
    listed = [values(minute) for minute in range(minutes)] if callable(values) else values
    return RecordedMetric.of(
        [
            RecordedValue(
                START + minute * MINUTE,
                None if value is None else exact(value),
                count,
                minute + 2,
            )
            for minute, value in enumerate(listed)
        ],
        has_counts=count is not None,
    )


def changes(course: ScalingCourse) -> list[tuple[int, int, int]]:
    """Return second, desired count before and after of each change."""
    return [
        ((one.at - START) // SECOND, one.before, one.desired)
        for one in course.minutes
        if one.desired != one.before
    ]


def test_a_closed_loop_settles_as_e209_does() -> None:
    """E209: load 480, 4 tasks, target 60: 4 to 8 at 180, and no more."""
    scaled = Scaled.of(4)
    scaled.track(60)
    course = follow_scaling(scaled.session, "web", recorded(lambda _: 120, 60, count=4))
    assert course.mode is Mode.CLOSED_LOOP
    assert changes(course) == [(180, 4, 8)]
    assert course.minutes[-1].metric == 60
    assert course.minutes[2].reason == "4 → 8: track (3 points above 60)"
    assert [one.metric for one in course.minutes[:3]] == [120, 120, 120]
    assert course.sums["recordedTaskMinutes"] == 240


def test_a_closed_loop_scales_in_as_e212_does() -> None:
    """E212: 600, from 601 on 200, 10 tasks: 10 to 4 at 1500."""
    scaled = Scaled.of(10)
    scaled.track(60)
    values = [60.0] * 10 + [20.0] * 40
    course = follow_scaling(scaled.session, "web", recorded(values, count=10))
    assert changes(course) == [(1500, 10, 4)]
    assert course.minutes[24].running == 10
    assert course.minutes[-1].metric == 50


def test_a_replayed_metric_does_not_hear_of_the_tasks() -> None:
    scaled = Scaled.of(4, maximum=20)
    scaled.track(60)
    course = follow_scaling(scaled.session, "web", recorded(lambda _: 120, 10))
    assert course.mode is Mode.REPLAYED
    assert {one.metric for one in course.minutes} == {120}
    assert changes(course)[0] == (180, 4, 8)
    assert course.minutes[-1].desired == 20
    hindered = [one.reason for one in course.news if one.desired == one.before]
    assert hindered == ["track: the desired count is at its maximum already"]
    assert course.sums["minutesAtMaximum"] > 0


def test_a_gap_is_no_point() -> None:
    scaled = Scaled.of(4)
    scaled.track(60)
    values = [50.0, None, 120.0, None, None]  # E199: OK
    for count in (4, None):
        course = follow_scaling(scaled.session.copy(), "web", recorded(values, count=count))
        assert [one.metric for one in course.minutes] == values
        assert changes(course) == []


def test_a_value_holds_for_its_period() -> None:
    scaled = Scaled.of(4)
    scaled.track(60)
    values = [RecordedValue(START + 5 * place * MINUTE, 120, 4) for place in range(3)]
    found = RecordedMetric.of(values, has_counts=True)
    course = follow_scaling(scaled.session, "web", found)
    assert len(course.minutes) == 15
    assert {one.recorded for one in course.minutes} == {120}
    assert changes(course) == [(180, 4, 8)]


@pytest.mark.parametrize("metric", [BACKLOG, MATH])
def test_any_other_metric_is_put(metric: dict[str, Any]) -> None:
    """Of metric math the recording is the result: its parts are not known."""
    scaled = Scaled.of(4)
    scaled.track(60, metric)
    session = Session.from_ecs(scaled.session.to_ecs(), timing=Timing())
    course = follow_scaling(session, "web", recorded(lambda _: 120, 30, count=4))
    assert changes(course) == [(180, 4, 8)]
    assert course.minutes[-1].metric == 60


def stepping(scaled: Scaled) -> None:
    answer = scaled.scaling.put_scaling_policy(
        **TARGET,
        PolicyName="step",
        PolicyType="StepScaling",
        StepScalingPolicyConfiguration={
            "AdjustmentType": "ChangeInCapacity",
            "StepAdjustments": [{"MetricIntervalLowerBound": 0, "ScalingAdjustment": 3}],
        },
    )
    scaled.session.client("cloudwatch").put_metric_alarm(
        AlarmName="busy",
        AlarmActions=[answer["PolicyARN"]],
        Namespace="AWS/ECS",
        MetricName="MemoryUtilization",
        Dimensions=[
            {"Name": "ClusterName", "Value": "default"},
            {"Name": "ServiceName", "Value": "web"},
        ],
        Statistic="Average",
        Period=60,
        EvaluationPeriods=2,
        DatapointsToAlarm=1,
        ComparisonOperator="GreaterThanOrEqualToThreshold",
        Threshold=80.0,
    )


def test_a_step_policy_acts_on_its_alarm() -> None:
    scaled = Scaled.of(4)
    stepping(scaled)
    course = follow_scaling(scaled.session, "web", recorded([79.0, 80.0, 10.0, 10.0], count=4))
    assert changes(course) == [(120, 4, 7)]
    assert course.minutes[1].reason == "4 → 7: step (1 of 2 points above 80)"
    (line,) = course.lines
    assert (line.policy, line.threshold, line.is_above, line.is_target) == ("step", 80, True, False)


def test_of_several_metrics_the_policy_is_named() -> None:
    scaled = Scaled.of(4)
    scaled.track(60)
    stepping(scaled)
    with pytest.raises(UsageError, match="look at several metrics"):
        follow_scaling(scaled.session.copy(), "web", recorded([90.0]))
    with pytest.raises(UsageError, match="no policy 'gone' looks at a metric; there are"):
        follow_scaling(scaled.session.copy(), "web", recorded([90.0]), policy="gone")
    course = follow_scaling(scaled.session, "web", recorded([90.0], count=4), policy="step")
    assert (course.metric, course.policies, course.others) == (
        "MemoryUtilization",
        ("step",),
        ("track",),
    )


def test_nothing_scales_before_the_recording_begins() -> None:
    """A scheduled action that was due in the meantime is lost, and flags are as they were."""
    scaled = Scaled.of(4)
    scaled.track(60)
    scaled.scaling.put_scheduled_action(
        **TARGET,
        ScheduledActionName="early",
        Schedule="at(2026-03-02T12:30:00)",
        ScalableTargetAction={"MinCapacity": 9},
    )
    course = follow_scaling(scaled.session, "web", recorded([60.0] * 3, count=6))
    assert (course.first_desired, course.minutes[-1].desired) == (6, 6)
    assert course.minutes[-1].minimum == 0
    (target,) = scaled.scaling.describe_scalable_targets(ServiceNamespace="ecs")["ScalableTargets"]
    assert not any(target["SuspendedState"].values())


def test_a_scheduled_action_of_the_time_of_the_recording_acts() -> None:
    scaled = Scaled.of(4)
    scaled.track(60)
    scaled.scaling.put_scheduled_action(
        **TARGET,
        ScheduledActionName="morning",
        Schedule="at(2026-03-02T13:02:00)",
        ScalableTargetAction={"MinCapacity": 6},
    )
    course = follow_scaling(scaled.session, "web", recorded([60.0] * 5, count=4))
    assert changes(course) == [(120, 4, 6)]
    assert "scheduled action name morning was triggered" in course.minutes[1].reason
    assert "4 → 6: minimum capacity was set to 6" in course.minutes[1].reason


def test_the_count_that_is_given_wins_and_bounds_hold() -> None:
    scaled = Scaled.of(4, minimum=2, maximum=5)
    scaled.track(60)
    values = recorded([60.0], count=3)
    for desired, first in ((None, 3), (2, 2), (9, 5)):
        course = follow_scaling(scaled.session.copy(), "web", values, desired=desired)
        assert course.first_desired == first
    assert follow_scaling(scaled.session.copy(), "web", recorded([60.0])).first_desired == 4


def test_predictive_policies_forecast_from_the_recorded_load() -> None:
    """D93: hours count once they are over; a forecast needs 24 of them."""
    scaled = Scaled.of(4)
    scaled.track(60)
    pair = {"PredefinedMetricType": "ECSServiceCPUUtilization"}
    scaled.scaling.put_scaling_policy(
        **TARGET,
        PolicyName="predict",
        PolicyType="PredictiveScaling",
        PredictiveScalingPolicyConfiguration={
            "MetricSpecifications": [
                {"TargetValue": 60, "PredefinedMetricPairSpecification": pair}
            ],
            "Mode": "ForecastAndScale",
        },
    )

    def value(minute: int) -> float:
        return 150 if minute // 60 % 24 == 20 else 55

    course = follow_scaling(scaled.session, "web", recorded(value, 47 * 60, count=4))
    raised = [one for one in course.minutes if "predictive scaling policy predict" in one.reason]
    # The hour at 09:00 of the second day is foreseen five minutes ahead (D94).
    assert [(one.at - START) // MINUTE for one in raised] == [44 * 60 - 5]
    assert raised[0].desired == 10


def test_tasks_that_find_no_room_are_news() -> None:
    scaled = Scaled.of(4)
    scaled.track(60)
    client = scaled.session.client("ecs")
    (arn,) = client.list_container_instances()["containerInstanceArns"]
    client.update_container_instances_state(containerInstances=[arn], status="DRAINING")
    scaled.session.advance(60)
    course = follow_scaling(scaled.session, "web", recorded([60.0] * 3, count=5))
    assert "was unable to place a task" in course.minutes[0].reason
    assert course.unplaced
    assert course.sums["minutesShortOfTasks"] == 3


def test_what_cannot_be_followed_is_refused() -> None:
    scaled = Scaled.of(4)
    with pytest.raises(UsageError, match="no policy looks at a metric"):
        follow_scaling(scaled.session.copy(), "web", recorded([60.0]))
    scaled.track(60)
    with pytest.raises(UsageError, match=r"CPUUtilization is at least 0, not -1 \(line 3\)"):
        follow_scaling(scaled.session.copy(), "web", recorded([60.0, -1.0]))
    late = scaled.session.copy()
    late.advance(3601)
    with pytest.raises(UsageError, match="after the beginning of the recording"):
        follow_scaling(late, "web", recorded([60.0]))
    scaled.scaling.deregister_scalable_target(**TARGET)
    with pytest.raises(UsageError, match="is no scalable target"):
        follow_scaling(scaled.session, "web", recorded([60.0]))
