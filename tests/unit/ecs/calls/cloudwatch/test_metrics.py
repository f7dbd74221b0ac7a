"""Metrics that the caller puts, and alarms over them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from against_botocore import Checked
from placement.ecs import Options, Session
from refusals import refusal

NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
DEPTH: dict[str, Any] = {
    "AlarmName": "deep",
    "Namespace": "Jobs",
    "MetricName": "Depth",
    "Statistic": "Average",
    "Period": 60,
    "EvaluationPeriods": 2,
    "Threshold": 10,
    "ComparisonOperator": "GreaterThanThreshold",
}


@pytest.fixture
def session() -> Session:
    return Session(start=NOON)


@pytest.fixture
def cloudwatch(session: Session) -> Checked:
    return Checked(session.client("cloudwatch"), service="cloudwatch")


def put(cloudwatch: Any, *values: float, start: int = 0, step: int = 60, **item: Any) -> None:
    """Put values one step apart, from so many seconds after noon on."""
    cloudwatch.put_metric_data(
        Namespace="Jobs",
        MetricData=[
            {
                "MetricName": "Depth",
                "Timestamp": NOON + timedelta(seconds=start + place * step),
                "Value": value,
                **item,
            }
            for place, value in enumerate(values)
        ],
    )


def states(session: Session, minutes: int) -> list[str]:
    """Return the state of the only alarm after each minute."""
    found = []
    for _ in range(minutes):
        session.advance(60)
        (alarm,) = session.client("cloudwatch").describe_alarms()["MetricAlarms"]
        found.append({"INSUFFICIENT_DATA": "-"}.get(alarm["StateValue"], alarm["StateValue"]))
    return found


def test_an_alarm_follows_the_points_that_are_put_ahead_c43(
    session: Session, cloudwatch: Checked
) -> None:
    cloudwatch.put_metric_alarm(**DEPTH)
    put(cloudwatch, 5, 11, 12, 11, 3)
    assert states(session, 10) == ["OK", "OK", *["ALARM"] * 2, "OK", "OK", "OK", "OK", "-", "-"]
    reasons = [
        one["HistorySummary"]
        for one in cloudwatch.describe_alarm_history(HistoryItemType="StateUpdate")[
            "AlarmHistoryItems"
        ]
    ]
    assert reasons == [
        "Alarm updated from OK to INSUFFICIENT_DATA",
        "Alarm updated from ALARM to OK",
        "Alarm updated from OK to ALARM",
        "Alarm updated from INSUFFICIENT_DATA to OK",
    ]


def test_points_from_before_the_alarm_count_d113(session: Session, cloudwatch: Checked) -> None:
    put(cloudwatch, 11, 12)
    session.advance(120)
    cloudwatch.put_metric_alarm(**DEPTH)
    assert states(session, 1) == ["ALARM"]


def test_a_longer_period_slides_minute_by_minute_d120(
    session: Session, cloudwatch: Checked
) -> None:
    cloudwatch.put_metric_alarm(**{**DEPTH, "Period": 120, "EvaluationPeriods": 1})
    put(cloudwatch, 0, 15, 9, 8)
    assert states(session, 4) == ["OK", "OK", "ALARM", "OK"]


def test_a_short_period_is_evaluated_every_ten_seconds(
    session: Session, cloudwatch: Checked
) -> None:
    cloudwatch.put_metric_alarm(**{**DEPTH, "Period": 10})
    put(cloudwatch, 11, 12, step=10, StorageResolution=1)
    session.advance(19)
    assert states(session, 0) == []
    (alarm,) = cloudwatch.describe_alarms()["MetricAlarms"]
    assert alarm["StateValue"] == "INSUFFICIENT_DATA"
    session.advance(1)
    (alarm,) = cloudwatch.describe_alarms()["MetricAlarms"]
    assert alarm["StateValue"] == "ALARM"


def test_points_are_known_after_their_delay_c38() -> None:
    session = Session(start=NOON, options=Options(metric_delay=120))
    cloudwatch = session.client("cloudwatch")
    cloudwatch.put_metric_alarm(**DEPTH)
    put(cloudwatch, 11, 12)
    assert states(session, 4) == ["-", "-", "-", "ALARM"]


def test_an_alarm_over_an_expression_d89(session: Session, cloudwatch: Checked) -> None:
    stat = {"Metric": {"Namespace": "Jobs", "MetricName": "Depth"}, "Period": 60, "Stat": "Sum"}
    names = ("Namespace", "MetricName", "Statistic", "Period")
    settings = {key: value for key, value in DEPTH.items() if key not in names}
    queries = [
        {"Id": "twice", "Expression": "FILL(d, 20) * 2"},
        {"Id": "d", "MetricStat": stat, "ReturnData": False},
    ]
    cloudwatch.put_metric_alarm(**settings, Metrics=queries)
    put(cloudwatch, 4, 4, 4)
    assert states(session, 5) == ["OK", "OK", "OK", "OK", "ALARM"]
    assert cloudwatch.describe_alarms()["MetricAlarms"][0]["Metrics"] == queries


def test_statistics_of_what_was_put(session: Session, cloudwatch: Checked) -> None:
    put(cloudwatch, 1, 3)
    cloudwatch.put_metric_data(
        Namespace="Jobs",
        MetricData=[
            {"MetricName": "Depth", "Timestamp": NOON, "Values": [2.0, 4.0], "Counts": [1.0, 3.0]},
            {
                "MetricName": "Depth",
                "Timestamp": NOON + timedelta(minutes=1),
                "StatisticValues": {"SampleCount": 2, "Sum": 4, "Minimum": 1, "Maximum": 3},
            },
        ],
    )
    session.advance(300)
    answer = cloudwatch.get_metric_statistics(
        Namespace="Jobs",
        MetricName="Depth",
        StartTime=NOON,
        EndTime=NOON + timedelta(minutes=5),
        Period=60,
        Statistics=["Average", "Sum", "Minimum", "Maximum", "SampleCount"],
    )
    first, second = answer["Datapoints"]
    assert first["Timestamp"] == NOON
    names = ("Average", "Sum", "Minimum", "Maximum", "SampleCount")
    assert [first[name] for name in names] == [3.0, 15.0, 1.0, 4.0, 5.0]
    assert [second[name] for name in names] == [pytest.approx(7 / 3), 7.0, 1.0, 3.0, 3.0]


def test_data_come_newest_first_in_pages(session: Session, cloudwatch: Checked) -> None:
    put(cloudwatch, 1, 2, 3)
    session.advance(180)
    stat = {"Metric": {"Namespace": "Jobs", "MetricName": "Depth"}, "Period": 60, "Stat": "Average"}
    call: dict[str, Any] = {
        "MetricDataQueries": [
            {"Id": "d", "MetricStat": stat},
            {"Id": "more", "Expression": "d + 1", "Label": "plus"},
        ],
        "StartTime": NOON,
        "EndTime": NOON + timedelta(hours=1),
    }
    depth, more = cloudwatch.get_metric_data(**call)["MetricDataResults"]
    assert (depth["Label"], depth["Values"]) == ("Depth", [3.0, 2.0, 1.0])
    assert (more["Label"], more["Values"]) == ("plus", [4.0, 3.0, 2.0])
    pages = cloudwatch.get_paginator("get_metric_data").paginate(
        **call, MaxDatapoints=3, ScanBy="TimestampAscending"
    )
    assert [one["Values"] for page in pages for one in page["MetricDataResults"]] == [
        [1.0, 2.0, 3.0],
        [2.0, 3.0, 4.0],
    ]


@pytest.mark.parametrize(
    ("item", "code"),
    [
        ({}, "InvalidParameterCombination"),
        ({"Value": 1.0, "Values": [1.0]}, "InvalidParameterCombination"),
        ({"Value": float("nan")}, "ValidationError"),
        ({"Values": [1.0], "Counts": []}, "InvalidParameterValue"),
        ({"Values": [1.0], "Counts": [0.0]}, "InvalidParameterValue"),
        ({"Value": 1.0, "StorageResolution": 5}, "InvalidParameterValue"),
        ({"Value": 1e109}, "InvalidParameterValue"),
        ({"Values": [-1e109]}, "InvalidParameterValue"),
        ({"Value": 1.0, "Timestamp": datetime(1969, 12, 31, tzinfo=UTC)}, "InvalidParameterValue"),
        (
            {"StatisticValues": {"SampleCount": 1, "Sum": 1, "Minimum": 2, "Maximum": 1}},
            "InvalidParameterValue",
        ),
    ],
)
def test_a_refused_item_puts_nothing(
    session: Session, cloudwatch: Checked, item: dict[str, Any], code: str
) -> None:
    data = [{"MetricName": "Depth", "Value": 1.0}, {"MetricName": "Depth", **item}]
    found, _ = refusal(cloudwatch.put_metric_data, Namespace="Jobs", MetricData=data)
    assert found == code
    assert session._account.metrics.put == {}


def test_a_copy_has_the_same_future(session: Session, cloudwatch: Checked) -> None:
    cloudwatch.put_metric_alarm(**DEPTH)
    put(cloudwatch, 11, 12, 13)
    session.advance(60)
    twin = session.copy()
    assert states(twin, 3) == states(session, 3)
