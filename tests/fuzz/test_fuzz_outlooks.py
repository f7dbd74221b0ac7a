"""Junk as recordings, policies and alarms: an outlook, or an error that names the file."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from placement import PlacementError
from placement.cli.options.metric_file import read_metric
from placement.cli.options.policy_files import put_alarm_files, put_policy_files, register_bounds
from placement.ecs import ScalingLint, Session, lint_scaling
from placement.ecs.lints.scaling_codes import SCALING_CODES
from placement.ecs.outlooks.follow import follow_scaling
from placement.ecs.outlooks.recorded import RecordedMetric, RecordedValue
from placement.scaling.steps import AdjustmentType
from placement.timestamps import MINUTE, microseconds
from session_scaling import NOON, RESOURCE, TARGET
from small_sessions import service, small_session

FIELD = st.sampled_from(
    ["", "0", "60", "120.5", "-1", "1e9", "nan", "2026-03-02T09:00:00Z", "2026-03-02", '"', "x"]
) | st.text("0123456789.,:-TZe\"'", max_size=12)
LINES = st.lists(st.lists(FIELD, max_size=4).map(",".join), max_size=6)
CSV = st.one_of(
    st.binary(max_size=60),
    LINES.map(lambda lines: "\n".join(lines).encode()),
    LINES.map(lambda lines: "\n".join(["time,value,count", *lines]).encode()),
)
SCALARS = st.none() | st.booleans() | st.integers(-5, 200) | st.floats() | st.text(max_size=4)
KEYS = st.sampled_from(
    [
        *("PolicyName", "PolicyType", "ResourceId", "StepScalingPolicyConfiguration", "Metrics"),
        *("TargetTrackingScalingPolicyConfiguration", "TargetValue", "StepAdjustments"),
        *("AlarmName", "AlarmActions", "Threshold", "Statistic", "Period", "x"),
    ]
)
DOCUMENTS = st.dictionaries(
    KEYS,
    st.recursive(
        SCALARS,
        lambda inner: st.lists(inner, max_size=2) | st.dictionaries(KEYS, inner, max_size=3),
    ),
    max_size=6,
)


def attempt(call: Callable[..., Any], *arguments: Any, **options: Any) -> Any:
    """Return what a call gives, or the text of the error of ours that it ends with."""
    try:
        return call(*arguments, **options)
    except PlacementError as error:
        return str(error)


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The name of a file, which each example writes again."""
    return tmp_path_factory.mktemp("outlooks") / "file"


def scaled() -> Session:
    """Return a session whose service ``web`` is a scalable target."""
    session = small_session(1, cpu=100_000)
    session.client("ecs").create_service(**service(desiredCount=3))
    register_bounds(session, RESOURCE, 0, 12)
    return session


@given(data=CSV)
def test_a_file_is_a_recording_or_is_refused_by_name(data: bytes, file: Path) -> None:
    file.write_bytes(data)
    found = attempt(read_metric, str(file))
    if isinstance(found, str):
        assert found.startswith(str(file))
    else:
        assert found.minutes > 0


@pytest.mark.parametrize("put", [put_policy_files, put_alarm_files])
@given(document=DOCUMENTS)
def test_a_file_is_a_policy_or_an_alarm_or_is_refused_by_name(
    put: Callable[..., None], document: Any, file: Path
) -> None:
    file.write_text(json.dumps(document))
    found = attempt(put, scaled(), RESOURCE, [str(file)])
    assert found is None or found.startswith(str(file))


STEPS = st.lists(
    st.fixed_dictionaries(
        {"ScalingAdjustment": st.integers(-60, 120)},
        optional={
            "MetricIntervalLowerBound": st.integers(-30, 30),
            "MetricIntervalUpperBound": st.integers(-30, 30),
        },
    ),
    min_size=1,
    max_size=2,
)
ALARMS = st.fixed_dictionaries(
    {
        "Threshold": st.integers(-10, 150),
        "ComparisonOperator": st.sampled_from(
            ["GreaterThanThreshold", "LessThanThreshold", "LessThanOrEqualToThreshold"]
        ),
        "EvaluationPeriods": st.integers(1, 3),
        "TreatMissingData": st.sampled_from(["missing", "breaching", "notBreaching", "ignore"]),
    }
)


def stepping(session: Session, number: int, kind: str, steps: Any, alarm: Any) -> None:
    answer = session.client("application-autoscaling").put_scaling_policy(
        **TARGET,
        PolicyName=f"step-{number}",
        PolicyType="StepScaling",
        StepScalingPolicyConfiguration={"AdjustmentType": kind, "StepAdjustments": steps},
    )
    dimensions = {"ClusterName": "default", "ServiceName": "web"}
    session.client("cloudwatch").put_metric_alarm(
        AlarmName=f"alarm-{number}",
        AlarmActions=[answer["PolicyARN"]],
        Namespace="AWS/ECS",
        MetricName="CPUUtilization",
        Dimensions=[{"Name": name, "Value": value} for name, value in dimensions.items()],
        Statistic="Average",
        Period=60,
        **alarm,
    )


@given(
    policies=st.lists(
        st.tuples(st.sampled_from([one.value for one in AdjustmentType]), STEPS, ALARMS),
        max_size=3,
    ),
    target=st.none() | st.floats(1, 200),
    bounds=st.tuples(st.integers(0, 6), st.integers(0, 30)),
    values=st.lists(st.none() | st.integers(0, 300), min_size=1, max_size=40),
    count=st.none() | st.integers(0, 20),
)
def test_any_policies_are_linted_and_followed_within_their_bounds(
    policies: list[tuple[str, Any, Any]],
    target: float | None,
    bounds: tuple[int, int],
    values: list[int | None],
    count: int | None,
) -> None:
    session = scaled()
    least, most = bounds[0], sum(bounds)
    register_bounds(session, RESOURCE, least, most)
    for number, policy in enumerate(policies):
        attempt(stepping, session, number, *policy)  # steps may contradict one another
    if target is not None:
        kind = {"PredefinedMetricType": "ECSServiceAverageCPUUtilization"}
        session.client("application-autoscaling").put_scaling_policy(
            **TARGET,
            PolicyName="track",
            PolicyType="TargetTrackingScaling",
            TargetTrackingScalingPolicyConfiguration={
                "TargetValue": target,
                "PredefinedMetricSpecification": kind,
            },
        )
    before = session.to_ecs()
    for one in lint_scaling(session):
        assert isinstance(one, ScalingLint)
        assert one.code in SCALING_CODES
        assert "\n" not in str(one)
    assert session.to_ecs() == before
    start = microseconds(NOON)
    session.advance(60)
    moments = [start + minute * MINUTE for minute in range(len(values))]
    listed = [RecordedValue(*pair, count) for pair in zip(moments, values, strict=True)]
    recorded = attempt(RecordedMetric.of, listed, has_counts=count is not None)
    if isinstance(recorded, str):
        assert recorded == "there is no value"
        return
    course = attempt(follow_scaling, session, "web", recorded)
    if isinstance(course, str):
        assert course.startswith("no policy looks at a metric")
        assert target is None
        return
    assert len(course.minutes) == len(values)
    assert all(least <= one.desired <= most for one in course.minutes)
