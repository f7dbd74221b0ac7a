"""Load alarms from what DescribeAlarms prints, and make those that are only named (C50).

In: documents.  Out: alarms of an account.  What an alarm watches is only shown here; its state is
what its document says.  Alarms on several metrics, percentiles or bands are kept as they came
(C48).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import attrs

from placement.arns import aws_arn
from placement.documents.problems import Problems
from placement.ecs.control.account import Account
from placement.ecs.control.alarms import Alarm, AlarmSettings, AlarmState
from placement.ecs.control.dumps.description import Lists
from placement.ecs.control.dumps.fields import Fields
from placement.errors import DocumentError, describe_value
from placement.model.checks import checked_text

__all__ = ["load_alarms", "make_alarm"]

LONGEST = 7 * 86_400
"""Seconds of the longest period, and the most evaluation periods (API:PutMetricAlarm)."""


def load_alarms(account: Account, lists: Lists, problems: Problems) -> None:
    """Add alarms to an account."""
    for path, document in lists["MetricAlarms"]:
        with problems.of_record(path):
            alarm = _alarm(account, document, path)
            account.alarms.by_name[alarm.name] = alarm


def make_alarm(account: Account, name: str, action: str | None = None) -> None:
    """Make an alarm that a deployment or a policy names and no document has: it stays OK (C50).

    ``action``: the ARN of the policy.
    """
    now = account.time.datetime
    further = {} if action is None else {"AlarmActions": [action]}
    settings = AlarmSettings("", "", (), "Average", 60, 1, 1, 0.0, COMPARISON, "missing", further)
    account.alarms.by_name[name] = Alarm(
        name=name,
        arn=_arn(account, name),
        settings=settings,
        updated_at=now,
        actions_enabled=False,
        state=AlarmState.OK,
        reason="No document describes this alarm",
        reason_data=None,
        state_updated_at=now,
        transitioned_at=now,
        tags={},
    )
    account.note(_arn(account, name), "made", "no document describes this alarm: it stays OK")


COMPARISON = "GreaterThanThreshold"


def _arn(account: Account, name: str) -> str:
    return aws_arn("cloudwatch", account.region, account.account_id, f"alarm:{name}")


def _alarm(account: Account, document: Mapping[str, Any], path: str) -> Alarm:
    fields = Fields(document, path)
    name = checked_text(document.get("AlarmName"), f"{path}.AlarmName")
    fields.skip("AlarmName")
    now = account.time.datetime
    period, periods = fields.count("Period", 60), fields.count("EvaluationPeriods", 1)
    for field, value in (("Period", period), ("EvaluationPeriods", periods)):
        if value > LONGEST:
            message = f"expected at most {LONGEST}, not {describe_value(value)}"
            raise DocumentError(message, f"{path}.{field}")
    dimensions = {}
    for one, here in fields.with_paths("Dimensions"):
        key = checked_text(one.get("Name"), f"{here}.Name")
        dimensions[key] = checked_text(one.get("Value"), f"{here}.Value", empty=True)
    settings = AlarmSettings(
        namespace=fields.text("Namespace", ""),
        metric=fields.text("MetricName", ""),
        dimensions=tuple(sorted(dimensions.items())),
        statistic=fields.text("Statistic", ""),
        period=period,
        evaluation_periods=periods,
        datapoints=fields.count("DatapointsToAlarm", periods),
        threshold=_number(document, "Threshold", path),
        comparison=fields.text("ComparisonOperator", COMPARISON),
        missing=fields.text("TreatMissingData", "missing"),
        further={},
    )
    alarm = Alarm(
        name=name,
        arn=fields.text("AlarmArn") or _arn(account, name),
        settings=settings,
        updated_at=fields.time("AlarmConfigurationUpdatedTimestamp") or now,
        actions_enabled=fields.flag("ActionsEnabled") is not False,
        state=fields.status("StateValue", AlarmState, AlarmState.INSUFFICIENT_DATA),
        reason=fields.text("StateReason", ""),
        reason_data=fields.text("StateReasonData"),
        state_updated_at=fields.time("StateUpdatedTimestamp") or now,
        transitioned_at=fields.time("StateTransitionedTimestamp") or now,
        tags={},
    )
    for field in ("OKActions", "AlarmActions", "InsufficientDataActions"):
        fields.texts(field)
    shown = ("Threshold", "OKActions", "AlarmActions", "InsufficientDataActions")
    kept = {key: document[key] for key in (*shown, *_SHOWN) if key in document}
    further = {**fields.rest(), **kept}
    alarm.settings = attrs.evolve(settings, further=further)
    return alarm


_SHOWN = ("DatapointsToAlarm", "TreatMissingData", "Statistic", "Dimensions")
"""Fields that answers show as they were given."""


def _number(document: Mapping[str, Any], name: str, path: str) -> float:
    value = document.get(name, 0.0)
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        message = f"expected a number, not {describe_value(value)}"
        raise DocumentError(message, f"{path}.{name}")
    try:
        return float(value)
    except OverflowError:
        message = f"expected a number of 64 bits, not {describe_value(value)}"
        raise DocumentError(message, f"{path}.{name}") from None
