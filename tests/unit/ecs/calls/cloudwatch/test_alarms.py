"""Alarms as records: put, described, set (D128)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from against_botocore import Checked
from placement.ecs import Session
from placement.ecs.control.account import Account
from placement.ecs.control.alarms import AlarmChange, AlarmState
from refusals import refusal

NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
USUAL: dict[str, Any] = {
    "AlarmName": "high",
    "Namespace": "AWS/ECS",
    "MetricName": "CPUUtilization",
    "Dimensions": [{"Name": "ServiceName", "Value": "web"}, {"Name": "ClusterName", "Value": "a"}],
    "Statistic": "Average",
    "Period": 60,
    "EvaluationPeriods": 3,
    "Threshold": 70,
    "ComparisonOperator": "GreaterThanThreshold",
}


@pytest.fixture
def session() -> Session:
    return Session(start=NOON)


@pytest.fixture
def account(session: Session) -> Account:
    return session._account


@pytest.fixture
def cloudwatch(session: Session) -> Checked:
    return Checked(session.client("cloudwatch"), service="cloudwatch")


def the_alarm(cloudwatch: Checked) -> dict[str, Any]:
    found: dict[str, Any] = cloudwatch.describe_alarms()["MetricAlarms"][0]
    return found


def test_an_alarm_as_put(cloudwatch: Checked, account: Account) -> None:
    further = {"AlarmDescription": "d", "AlarmActions": ["arn:a"], "TreatMissingData": "ignore"}
    cloudwatch.put_metric_alarm(**USUAL, **further, DatapointsToAlarm=2)
    found = the_alarm(cloudwatch)
    assert found.items() >= {**further, "DatapointsToAlarm": 2, "Threshold": 70.0}.items()
    assert found["AlarmArn"] == "arn:aws:cloudwatch:us-east-1:123456789012:alarm:high"
    assert (found["StateValue"], found["ActionsEnabled"]) == ("INSUFFICIENT_DATA", True)
    assert found["Dimensions"] == USUAL["Dimensions"][::-1]
    settings = account.alarms.by_name["high"].settings
    assert (settings.datapoints, settings.missing, settings.threshold) == (2, "ignore", 70.0)


def test_a_set_state_holds_until_the_next_evaluation_d128(
    cloudwatch: Checked, account: Account, session: Session
) -> None:
    cloudwatch.put_metric_alarm(**USUAL)
    session.advance(3590)
    state = {"AlarmName": "high", "StateValue": "ALARM", "StateReason": "because"}
    cloudwatch.set_alarm_state(**state, StateReasonData='{"a": 1}')
    session.advance(9)
    found = the_alarm(cloudwatch)
    assert (found["StateValue"], found["StateReason"]) == ("ALARM", "because")
    assert found["StateReasonData"] == '{"a": 1}'
    assert found["StateTransitionedTimestamp"] == NOON + timedelta(seconds=3590)
    cloudwatch.set_alarm_state(**state)
    found = the_alarm(cloudwatch)
    assert found["StateUpdatedTimestamp"] == NOON + timedelta(seconds=3599)
    assert found["StateTransitionedTimestamp"] == NOON + timedelta(seconds=3590)
    assert "StateReasonData" not in found
    assert not account.alarms.has_changes
    cloudwatch.set_alarm_state(**{**state, "StateValue": "OK"})
    assert account.alarms.take_changes() == [
        AlarmChange("high", AlarmState.ALARM, AlarmState.OK),
    ]
    assert account.alarms.take_changes() == []
    cloudwatch.set_alarm_state(**state)
    session.advance(1)
    found = the_alarm(cloudwatch)
    assert found["StateValue"] == "INSUFFICIENT_DATA"
    assert found["StateReason"] == "Insufficient Data: no point is known"


def test_other_settings_keep_the_state(cloudwatch: Checked) -> None:
    cloudwatch.put_metric_alarm(**USUAL)
    cloudwatch.set_alarm_state(AlarmName="high", StateValue="OK", StateReason="")
    cloudwatch.put_metric_alarm(**{**USUAL, "Threshold": 80})
    found = the_alarm(cloudwatch)
    assert (found["StateValue"], found["Threshold"]) == ("OK", 80.0)


@pytest.mark.parametrize(
    ("parameters", "code"),
    [
        ({"ExtendedStatistic": "p99"}, "UnsupportedFeatureException"),
        ({"Metrics": [{"Id": "a", "Expression": "1"}]}, "InvalidParameterCombination"),
        (
            {"EvaluationWindow": {"WallClockWindow": {}}, "Period": 120},
            "ValidationError",
        ),
        ({"EvaluationWindow": {"WallClockWindow": {"Timezone": "Nowhere"}}}, "ValidationError"),
        ({"ThresholdMetricId": "a"}, "UnsupportedFeatureException"),
        ({"EvaluateLowSampleCountPercentile": "ignore"}, "UnsupportedFeatureException"),
        ({"EvaluationCriteria": {"PromQLCriteria": {"Query": "a"}}}, "UnsupportedFeatureException"),
        ({"EvaluationInterval": 10}, "UnsupportedFeatureException"),
        (
            {"WarmUpConfiguration": {"WarmUpPeriodDurationInMinutes": 1}},
            "UnsupportedFeatureException",
        ),
        (
            {"ComparisonOperator": "GreaterThanUpperThreshold"},
            "UnsupportedFeatureException",
        ),
        ({"ComparisonOperator": ">"}, "ValidationError"),
        ({"Statistic": "p99"}, "ValidationError"),
        ({"Period": 61}, "ValidationError"),
        ({"Period": 3600, "EvaluationPeriods": 169}, "ValidationError"),
        ({"Period": 60, "EvaluationPeriods": 1441}, "ValidationError"),
        ({"DatapointsToAlarm": 4}, "ValidationError"),
        ({"TreatMissingData": "zero"}, "ValidationError"),
        ({"Dimensions": [{"Name": "a", "Value": "b"}] * 2}, "ValidationError"),
        ({"AlarmName": "a" * 256}, "ValidationError"),
    ],
)
def test_what_is_refused_c48(cloudwatch: Checked, parameters: dict[str, Any], code: str) -> None:
    found, message = refusal(cloudwatch.put_metric_alarm, **{**USUAL, **parameters})
    assert found == code
    if code == "UnsupportedFeatureException":
        assert next(iter(parameters)) in message
    assert cloudwatch.describe_alarms()["MetricAlarms"] == []


@pytest.mark.parametrize(
    "name", ["Namespace", "MetricName", "Statistic", "Period", "Threshold", "ComparisonOperator"]
)
def test_what_an_alarm_on_a_metric_needs(cloudwatch: Checked, name: str) -> None:
    given = {key: value for key, value in USUAL.items() if key != name}
    code, message = refusal(cloudwatch.put_metric_alarm, **given)
    assert (code, name in message) == ("ValidationError", True)


def test_composite_alarms_are_absent_c48(cloudwatch: Checked) -> None:
    assert not hasattr(cloudwatch.client, "put_composite_alarm")
    with pytest.raises(AttributeError, match="put_composite_alarm is an operation of CloudWatch"):
        cloudwatch.client.put_composite_alarm(AlarmName="a")


def names(cloudwatch: Checked, **parameters: Any) -> list[str]:
    found = cloudwatch.describe_alarms(**parameters)
    assert (found["CompositeAlarms"], found["LogAlarms"]) == ([], [])
    return [one["AlarmName"] for one in found["MetricAlarms"]]


def test_filters_and_pages(cloudwatch: Checked) -> None:
    for name in ("low", "high-1", "high-2"):
        more = {"AlarmActions": ["arn:x"]} if name == "low" else {}
        cloudwatch.put_metric_alarm(**{**USUAL, "AlarmName": name, **more})
    cloudwatch.set_alarm_state(AlarmName="low", StateValue="OK", StateReason="a")
    assert names(cloudwatch) == ["high-1", "high-2", "low"]
    assert names(cloudwatch, AlarmNamePrefix="high") == ["high-1", "high-2"]
    assert names(cloudwatch, AlarmNames=["low", "x"]) == ["low"]
    assert names(cloudwatch, StateValue="OK") == ["low"]
    assert names(cloudwatch, ActionPrefix="arn:x") == ["low"]
    assert names(cloudwatch, AlarmTypes=["CompositeAlarm"]) == []
    assert names(cloudwatch, ChildrenOfAlarmName="low") == []
    paginator = cloudwatch.client.get_paginator("describe_alarms")
    pages = paginator.paginate(PaginationConfig={"PageSize": 2})
    assert [len(page["MetricAlarms"]) for page in pages] == [2, 1]
    code, _ = refusal(cloudwatch.describe_alarms, AlarmNames=["low"], AlarmNamePrefix="l")
    assert code == "InvalidParameterCombination"
    assert refusal(cloudwatch.describe_alarms, NextToken="x")[0] == "InvalidNextToken"


def test_deleting(cloudwatch: Checked, account: Account) -> None:
    cloudwatch.put_metric_alarm(**USUAL)
    assert refusal(cloudwatch.delete_alarms, AlarmNames=["high", "x"])[0] == "ResourceNotFound"
    assert names(cloudwatch) == ["high"]
    cloudwatch.delete_alarms(AlarmNames=["high", "high"])
    assert names(cloudwatch) == []
    assert account.alarms.take_changes()[-1] == AlarmChange(
        "high", AlarmState.INSUFFICIENT_DATA, None
    )
    state = {"AlarmName": "high", "StateValue": "OK", "StateReason": "a"}
    assert refusal(cloudwatch.set_alarm_state, **state)[0] == "ResourceNotFound"


@pytest.mark.parametrize("data", ["{", "", "[" * 100_000])
def test_data_of_a_reason_is_json(cloudwatch: Checked, data: str) -> None:
    cloudwatch.put_metric_alarm(**USUAL)
    state = {"AlarmName": "high", "StateValue": "OK", "StateReason": "a"}
    code, _ = refusal(cloudwatch.set_alarm_state, **state, StateReasonData=data)
    assert code == ("ValidationError" if len(data) > 4000 else "InvalidFormat")
    assert the_alarm(cloudwatch)["StateValue"] == "INSUFFICIENT_DATA"


def test_actions_are_switched(cloudwatch: Checked) -> None:
    cloudwatch.put_metric_alarm(**USUAL)
    cloudwatch.disable_alarm_actions(AlarmNames=["high", "x"])
    assert the_alarm(cloudwatch)["ActionsEnabled"] is False
    cloudwatch.enable_alarm_actions(AlarmNames=["high"])
    assert the_alarm(cloudwatch)["ActionsEnabled"] is True


def test_waiters(cloudwatch: Checked) -> None:
    cloudwatch.put_metric_alarm(**USUAL)
    cloudwatch.get_waiter("alarm_exists").wait(AlarmNames=["high"])
