"""The tables of alarms, played by the alarms of a session."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from placement.ecs import Session
from placement.scaling.alarms import MissingData
from scaling_tables import each

NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
STATES = ("OK", "ALARM", "INSUFFICIENT_DATA")
METRIC = {"Namespace": "Jobs", "MetricName": "Depth", "Statistic": "Average"}


def session_with(points: str, **settings: Any) -> Session:
    """Return a session at noon whose newest points at 12:01 are these, and an alarm over them."""
    session = Session(start=NOON)
    cloudwatch = session.client("cloudwatch")
    for back, point in enumerate(reversed(points)):
        if point != "-":
            cloudwatch.put_metric_data(
                Namespace="Jobs",
                MetricData=[
                    {
                        "MetricName": "Depth",
                        "Value": float(point == "X"),
                        "Timestamp": NOON - timedelta(minutes=back),
                    }
                ],
            )
    cloudwatch.put_metric_alarm(
        AlarmName="depth",
        **METRIC,
        Period=60,
        Threshold=0,
        ComparisonOperator="GreaterThanThreshold",
        **settings,
    )
    return session


@each("alarm")
@pytest.mark.parametrize("missing", [one.value for one in MissingData])
def test_the_state_of_an_alarm_in_a_session_d90_d91_d113(row: dict[str, Any], missing: str) -> None:
    """D90, D91; D113: points from before the alarm existed count; D128: until the evaluation."""
    for points in row["points"]:
        session = session_with(
            points,
            EvaluationPeriods=row["n"],
            DatapointsToAlarm=row["m"],
            TreatMissingData=missing,
        )
        for state in STATES:
            one = session.copy()
            cloudwatch = one.client("cloudwatch")
            cloudwatch.set_alarm_state(AlarmName="depth", StateValue=state, StateReason="test")
            one.advance(59)
            [alarm] = cloudwatch.describe_alarms()["MetricAlarms"]
            assert alarm["StateValue"] == state
            one.advance(1)
            [alarm] = cloudwatch.describe_alarms()["MetricAlarms"]
            wanted = row[missing]
            assert alarm["StateValue"] == (state if wanted == "keep" else wanted), points


@each("window")
def test_a_sliding_window_of_a_session_d120(row: dict[str, Any]) -> None:
    session = Session(start=NOON)
    cloudwatch = session.client("cloudwatch")
    cloudwatch.put_metric_data(
        Namespace="Jobs",
        MetricData=[
            {"MetricName": "Depth", "Value": value, "Timestamp": NOON + timedelta(minutes=minute)}
            for minute, value in enumerate(row["minutes"])
        ],
    )
    cloudwatch.put_metric_alarm(
        AlarmName="depth",
        **METRIC | {"Statistic": row["statistic"]},
        Period=row["period"],
        EvaluationPeriods=row["n"],
        DatapointsToAlarm=row["m"],
        Threshold=row["threshold"],
        ComparisonOperator=row["comparison"],
    )
    for minute, _, wanted in row["states"]:
        session.advance(NOON + timedelta(minutes=minute) - session.now)
        [alarm] = cloudwatch.describe_alarms()["MetricAlarms"]
        assert alarm["StateValue"] == wanted
