"""Metrics: put samples, get statistics and the results of queries.

In: the account and checked parameters.  Out: answers.  Samples may lie ahead of model time (C43):
they count once it has reached them.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from placement.aws.paginators import InvalidTokenError, page_of
from placement.ecs.calls.cloudwatch.errors import invalid, refused, unsupported
from placement.ecs.control.account import Account
from placement.ecs.control.metrics.plan import read_stat
from placement.ecs.control.metrics.points import PutSeries
from placement.ecs.control.metrics.queries import (
    MetricStat,
    Query,
    QueryOrderError,
    in_order,
    query_values,
    stat_values,
)
from placement.ecs.control.metrics.state import MetricKey
from placement.errors import MetricMathError, describe_value
from placement.scaling.exact import LARGEST_VALUE, exact
from placement.scaling.metric_math import MetricExpression
from placement.scaling.metric_math import parse as parse_expression
from placement.scaling.metrics import Samples, Statistic
from placement.timestamps import MINUTE, SECOND, from_microseconds, microseconds

__all__ = ["get_metric_data", "get_metric_statistics", "metric_key", "put_metric_data"]

Parameters = dict[str, Any]

MOST_POINTS = 1_440
"""Datapoints that GetMetricStatistics returns at most (API)."""

MOST_DATA = 100_800
"""Datapoints of a page of GetMetricData at most (API)."""

MOST_DIMENSIONS = 30

LONGEST_VALUES = 150
"""Values of one item of MetricData (API)."""


def metric_key(namespace: str, name: str, dimensions: Sequence[Mapping[str, str]]) -> MetricKey:
    """Return a metric.

    Raises:
        ClientError: a dimension is given twice, or there are too many.
    """
    names = {one["Name"]: one["Value"] for one in dimensions}
    if len(names) < len(dimensions):
        raise invalid("A dimension is specified more than once")
    if len(names) > MOST_DIMENSIONS:
        raise invalid(f"A metric has at most {MOST_DIMENSIONS} dimensions")
    return MetricKey(namespace, name, tuple(sorted(names.items())))


# Put


def put_metric_data(account: Account, parameters: Parameters) -> Parameters:
    """Put samples of metrics; either all that a call has, or none where one is refused.

    Namespaces that begin with AWS/ are allowed: what services other than ECS would publish, the
    caller puts.
    """
    if "EntityMetricData" in parameters:
        raise unsupported("EntityMetricData")
    data = parameters.get("MetricData", ())
    if not data:
        raise refused("MissingParameter", "The parameter MetricData is required.")
    found = [
        _sample(account, parameters["Namespace"], place, one) for place, one in enumerate(data)
    ]
    for key, moment, gathered, unit in found:
        series = account.metrics.put.get(key)
        if series is None:
            series = account.metrics.put[key] = PutSeries()
        series.put(moment, gathered, unit)
    return {}


def _sample(
    account: Account, namespace: str, place: int, datum: Mapping[str, Any]
) -> tuple[MetricKey, int, Samples, str]:
    """Return metric, moment, samples and unit of an item of MetricData."""
    path = f"MetricData.member.{place + 1}"
    key = metric_key(namespace, datum["MetricName"], datum.get("Dimensions", ()))
    resolution = datum.get("StorageResolution", 60)
    if resolution not in (1, 60):
        raise refused(
            "InvalidParameterValue", f"{path}.StorageResolution must be 1 or 60, not {resolution}"
        )
    moment = microseconds(datum["Timestamp"]) if "Timestamp" in datum else account.time.now
    if moment < 0:
        raise refused("InvalidParameterValue", f"{path}.Timestamp must be 1970 or later")
    step = SECOND if resolution == 1 else MINUTE
    return key, moment // step * step, _gathered(datum, path), datum.get("Unit", "None")


def _gathered(datum: Mapping[str, Any], path: str) -> Samples:
    """Return the value, the values with counts, or the statistic set of an item."""
    given = [name for name in ("Value", "Values", "StatisticValues") if name in datum]
    if len(given) != 1:
        raise refused(
            "InvalidParameterCombination",
            f"{path} must have exactly one of Value, Values and StatisticValues",
        )
    if given == ["Value"]:
        return Samples.of(_number(datum["Value"], f"{path}.Value"))
    if given == ["StatisticValues"]:
        numbers = {
            name: _number(value, f"{path}.StatisticValues.{name}")
            for name, value in datum["StatisticValues"].items()
        }
        if numbers["Minimum"] > numbers["Maximum"] or numbers["SampleCount"] <= 0:
            raise refused(
                "InvalidParameterValue",
                f"{path}.StatisticValues must have a Minimum up to its Maximum and a SampleCount "
                "above 0",
            )
        return Samples(
            numbers["SampleCount"], numbers["Sum"], numbers["Minimum"], numbers["Maximum"]
        )
    values = datum["Values"]
    counts = datum.get("Counts", [1.0] * len(values))
    if not 1 <= len(values) <= LONGEST_VALUES or len(values) != len(counts):
        raise refused(
            "InvalidParameterValue",
            f"{path} must have 1 to {LONGEST_VALUES} Values and as many Counts",
        )
    parts = []
    for value, count in zip(values, counts, strict=True):
        number = _number(count, f"{path}.Counts")
        if number <= 0:
            raise refused("InvalidParameterValue", f"{path}.Counts must be above 0")
        parts.append(Samples.of(_number(value, f"{path}.Values"), number))
    gathered = parts[0]
    for part in parts[1:]:
        gathered += part
    return gathered


def _number(value: Any, path: str) -> Any:
    if not math.isfinite(value):
        raise refused(
            "InvalidParameterValue", f"{path} must be a finite number, not {describe_value(value)}"
        )
    number = exact(value, path)
    if not -LARGEST_VALUE <= number <= LARGEST_VALUE:
        raise refused("InvalidParameterValue", f"{path} must be from -2**360 to 2**360")
    return number


# Get


def get_metric_statistics(account: Account, parameters: Parameters) -> Parameters:
    """Return statistics of one metric, a datapoint for each period that has samples."""
    if "ExtendedStatistics" in parameters:
        raise unsupported("ExtendedStatistics")
    names = parameters.get("Statistics", ())
    if not names:
        raise refused("MissingParameter", "The parameter Statistics is required.")
    bounds = _bounds(account, parameters, parameters["Period"])
    if len(bounds) > MOST_POINTS:
        raise refused(
            "InvalidParameterCombination",
            f"You have requested up to {len(bounds)} datapoints, which exceeds the limit of "
            f"{MOST_POINTS:,}.",
        )
    key = metric_key(
        parameters["Namespace"], parameters["MetricName"], parameters.get("Dimensions", ())
    )
    unit = parameters.get("Unit")
    columns = {
        name: stat_values(account, MetricStat(key, Statistic(name), unit), bounds) for name in names
    }
    points = []
    for row, (start, _) in enumerate(bounds):
        found = {name: column[row] for name, column in columns.items()}
        values = {name: float(value) for name, value in found.items() if value is not None}
        if values:
            points.append(
                {"Timestamp": from_microseconds(start), **values, "Unit": unit or _unit_of(key)}
            )
    return {"Label": key.name, "Datapoints": points}


def _unit_of(key: MetricKey) -> str:
    return "Percent" if key.namespace == "AWS/ECS" else "None"


def _bounds(account: Account, parameters: Parameters, period: int) -> list[tuple[int, int]]:
    """Return the periods from StartTime to EndTime that have ended or begun by now."""
    start, end = _moment(parameters["StartTime"]), _moment(parameters["EndTime"])
    if start >= end:
        raise refused(
            "ValidationError", "The parameter StartTime must be less than the parameter EndTime."
        )
    if period not in (1, 5, 10, 20, 30) and (period < 1 or period % 60):
        raise refused(
            "InvalidParameterValue",
            f"The parameter Period must be 1, 5, 10, 20, 30 or a multiple of 60, not {period}",
        )
    length = period * SECOND
    first = start // length * length
    known = account.time.now - round(account.options.metric_delay * SECOND)
    last = min(end, known)
    count = max(0, -(-(last - first) // length))
    if count > MOST_DATA:
        raise refused(
            "InvalidParameterCombination",
            f"You have requested up to {count} datapoints, which exceeds the limit of "
            f"{MOST_DATA:,}.",
        )
    return [(first + row * length, min(first + (row + 1) * length, known)) for row in range(count)]


def _moment(when: datetime) -> int:
    return microseconds(when)


def get_metric_data(account: Account, parameters: Parameters) -> Parameters:
    """Return the results of queries: statistics of metrics, and expressions over them."""
    items = parameters["MetricDataQueries"]
    stats, expressions, period = _read(items)
    bounds = _bounds(account, parameters, period)
    try:
        ordered = in_order(expressions, list(stats))
    except QueryOrderError as error:
        raise invalid(str(error)) from None
    results = []
    newest_first = parameters.get("ScanBy", "TimestampDescending") == "TimestampDescending"
    for item in items:
        if not item.get("ReturnData", True):
            continue
        values = query_values(account, Query(stats, ordered, item["Id"]), bounds)
        points = [
            (from_microseconds(start), float(value))
            for (start, _), value in zip(bounds, values, strict=True)
            if value is not None
        ]
        if newest_first:
            points.reverse()
        results.append(
            {
                "Id": item["Id"],
                "Label": item.get("Label", _label(item)),
                "Timestamps": [moment for moment, _ in points],
                "Values": [value for _, value in points],
                "StatusCode": "Complete",
            }
        )
    return _page(parameters, results)


def _label(item: Mapping[str, Any]) -> str:
    if "Expression" in item:
        return str(item["Id"])
    return str(item["MetricStat"]["Metric"].get("MetricName", item["Id"]))


def _page(parameters: Parameters, results: list[dict[str, Any]]) -> Parameters:
    """Return a page: as many results as have at most MaxDatapoints datapoints together."""
    most = parameters.get("MaxDatapoints", MOST_DATA)
    size, total = 0, 0
    for one in results:
        total += len(one["Values"])
        if size and total > most:
            break
        size += 1
    token = parameters.get("NextToken")
    try:
        found, following = page_of(results, max(1, size), token)
    except InvalidTokenError:
        raise refused("InvalidNextToken", "The token is none that a call answered with") from None
    more = {} if following is None else {"NextToken": following}
    return {"MetricDataResults": found, "Messages": [], **more}


def _read(
    items: Sequence[Mapping[str, Any]],
) -> tuple[dict[str, MetricStat], dict[str, MetricExpression], int]:
    """Return statistics and expressions of queries by id, and the period that all share."""
    stats: dict[str, MetricStat] = {}
    expressions: dict[str, MetricExpression] = {}
    periods: set[int] = set()
    for item in items:
        id = item["Id"]
        if id in stats or id in expressions:
            raise invalid(f"The id {describe_value(id)} is used more than once")
        if ("MetricStat" in item) == ("Expression" in item):
            raise invalid(f"{id} must have either MetricStat or Expression")
        if "Expression" in item:
            try:
                expressions[id] = parse_expression(item["Expression"])
            except MetricMathError as error:
                raise invalid(f"Error in expression {describe_value(id)}: {error}") from None
        else:
            given = item["MetricStat"]
            if given["Stat"] not in {one.value for one in Statistic}:
                raise unsupported(f"Stat {given['Stat']}")
            periods.add(given["Period"])
            stats[id] = read_stat(given)
        if "Period" in item:
            periods.add(item["Period"])
    if len(periods) > 1:
        raise unsupported("MetricDataQueries with different periods")
    return stats, expressions, periods.pop() if periods else 60
