"""Which alarm looks at what: alarms read into rules, and grouped by the points that they look at.

In: alarms and services of an account.  Out: a ``Plan``, made again when one of them changes.  An
alarm that the model cannot evaluate (C48) is in no plan: its state stays.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import tzinfo
from typing import Any

import attrs

from placement.ecs.control.account import Account
from placement.ecs.control.alarms import Alarm, AlarmSettings
from placement.ecs.control.metrics.points import PointHistory
from placement.ecs.control.metrics.predefined import service_metric
from placement.ecs.control.metrics.queries import (
    MetricStat,
    Query,
    QueryOrderError,
    in_order,
)
from placement.ecs.control.metrics.state import MetricKey, ServiceMetric, Watched
from placement.errors import MetricMathError, UsageError
from placement.scaling.alarms import AlarmRule, Comparison, MissingData, evaluation_interval
from placement.scaling.exact import exact
from placement.scaling.metric_math import MetricExpression
from placement.scaling.metric_math import parse as parse_expression
from placement.scaling.metrics import WALL_CLOCK_PERIODS, Statistic
from placement.scaling.time_zones import time_zone
from placement.timestamps import MINUTE, SECOND

__all__ = ["HIGH_RESOLUTION", "Plan", "PlannedAlarm", "current_plan", "planned_alarm", "read_query"]

HIGH_RESOLUTION = 20 * SECOND
"""How often agents sample a service (S13.2)."""

SHORT = 10 * SECOND

NOT_MODELLED = (
    "EvaluateLowSampleCountPercentile",
    "EvaluationCriteria",
    "EvaluationInterval",
    "ExtendedStatistic",
    "ThresholdMetricId",
    "WarmUpConfiguration",
)
"""Parameters that would change when an alarm changes its state (C48)."""


@attrs.frozen(eq=False)
class PlannedAlarm:
    """An alarm, read.

    Attributes:
        alarm: The alarm.
        rule: When it is in ALARM.
        query: What it looks at.
        interval: How often it is evaluated.
        zone: The time zone of its wall clock window; None: its window slides (D120).
    """

    alarm: Alarm
    rule: AlarmRule
    query: Query
    interval: int
    zone: tzinfo | None = None


@attrs.frozen(eq=False)
class Plan:
    """What is looked at.

    Attributes:
        signature: What it was made from.
        watched: Predefined metrics, each with the alarms that take its points one by one.
        others: Alarms whose points are computed from samples at each evaluation.
        interval: How often anything is looked at; None: nothing is.
        by_name: The alarms of the plan, each with the points that it takes one by one, if any.
        by_action: The alarms that have an action in any state, by the action's ARN, without who
            created it.
        by_themselves: Scalable targets of which a policy may ask for tasks without an alarm.
    """

    signature: tuple[int, ...]
    watched: tuple[tuple[Watched, tuple[PlannedAlarm, ...]], ...]
    others: tuple[PlannedAlarm, ...]
    interval: int | None
    by_name: Mapping[str, tuple[PlannedAlarm, Watched | None]]
    by_action: Mapping[str, tuple[Alarm, ...]]
    by_themselves: tuple[str, ...]


def current_plan(account: Account) -> Plan:
    """Return the plan, made again if alarms or services changed."""
    signature = (account.alarms.version, account.scaling.version, *account.service_version)
    plan = account.metrics.plan
    if plan is None or plan.signature != signature:
        plan = account.metrics.plan = _new_plan(account, signature)
    return plan


def _new_plan(account: Account, signature: tuple[int, ...]) -> Plan:
    watched: dict[tuple[ServiceMetric, int], list[PlannedAlarm]] = {}
    others: list[PlannedAlarm] = []
    by_name: dict[str, tuple[PlannedAlarm, Watched | None]] = {}
    steps: set[int] = set()
    for alarm in account.alarms.by_name.values():
        one = planned_alarm(alarm)
        if one is None:
            continue
        steps.add(one.interval)
        alone: list[PlannedAlarm] | None = None
        points: Watched | None = None
        for stat in one.query.stats.values():
            metric = service_metric(account, stat.key)
            if metric is None:
                continue
            length = HIGH_RESOLUTION if one.rule.period < MINUTE else MINUTE
            alarms = watched.setdefault((metric, length), [])
            is_plain = not one.query.expressions and stat.statistic is not Statistic.SAMPLE_COUNT
            if is_plain and one.rule.period == length and one.zone is None:
                alone, points = alarms, _watched(account, metric, length)
        (others if alone is None else alone).append(one)
        by_name[alarm.name] = one, points
    by_themselves = tuple(
        name for name, target in account.scaling.targets.items() if target.acts_by_itself
    )
    if by_themselves:
        steps.add(MINUTE)
    takes_samples = bool(watched) and account.options.metric_samples > 1
    steps |= {length for _, length in watched}
    if takes_samples:
        steps.add(HIGH_RESOLUTION)
    interval = min(steps, default=None)
    if interval == HIGH_RESOLUTION and any(one.interval == SHORT for one in others):
        interval = SHORT
    return Plan(
        signature,
        tuple((_watched(account, *key), tuple(alarms)) for key, alarms in watched.items()),
        tuple(others),
        interval,
        by_name,
        _by_action(account),
        by_themselves,
    )


def _by_action(account: Account) -> dict[str, tuple[Alarm, ...]]:
    found: dict[str, dict[str, Alarm]] = {}
    for alarm in account.alarms.by_name.values():
        for kind in ("AlarmActions", "OKActions", "InsufficientDataActions"):
            for arn in alarm.settings.further.get(kind, ()):
                found.setdefault(arn.partition(":createdBy/")[0], {})[alarm.name] = alarm
    return {arn: tuple(alarms.values()) for arn, alarms in found.items()}


def _watched(account: Account, metric: ServiceMetric, length: int) -> Watched:
    """Return the points of a metric, from before too if it was looked at already."""
    known = account.metrics.watched
    found = known.get((metric, length))
    if found is None:
        found = known[metric, length] = Watched(metric, PointHistory(length))
    return found


# Reading alarms


def planned_alarm(alarm: Alarm) -> PlannedAlarm | None:
    """Return an alarm, read; None: the model cannot evaluate it."""
    settings = alarm.settings
    if any(name in settings.further for name in NOT_MODELLED):
        return None
    try:
        query = _query(settings)
        rule = AlarmRule(
            Comparison(settings.comparison),
            exact(settings.threshold, "Threshold"),
            _period(settings) * SECOND,
            settings.evaluation_periods,
            settings.datapoints,
            MissingData(settings.missing),
        )
        zone = _wall_clock(settings)
    except (MetricMathError, QueryOrderError, UsageError, ValueError):
        return None
    if query is None or (zone is not None and rule.period not in WALL_CLOCK_PERIODS):
        return None
    return PlannedAlarm(alarm, rule, query, evaluation_interval(rule.period), zone)


def _query(settings: AlarmSettings) -> Query | None:
    if settings.metric:
        key = MetricKey(settings.namespace, settings.metric, settings.dimensions)
        unit = settings.further.get("Unit")
        return Query({"m": MetricStat(key, Statistic(settings.statistic), unit)}, (), "m")
    queries = settings.further.get("Metrics")
    return read_query(queries) if queries else None


def _period(settings: AlarmSettings) -> int:
    """Return the seconds of a point: those of the metrics, where there are several."""
    if not settings.metric:
        for one in settings.further.get("Metrics", ()):
            if "MetricStat" in one:
                period: int = one["MetricStat"]["Period"]
                return period
    return settings.period


def _wall_clock(settings: AlarmSettings) -> tzinfo | None:
    window = settings.further.get("EvaluationWindow") or {}
    clock = window.get("WallClockWindow")
    return None if clock is None else time_zone(clock.get("Timezone", "UTC"))


def read_query(items: Sequence[Mapping[str, Any]]) -> Query:
    """Return a list of MetricDataQuery, of which exactly one returns data.

    Raises:
        MetricMathError, QueryOrderError: an expression cannot be read, or be computed.
        ValueError: a statistic is none that is modelled, an item has neither a statistic nor an
            expression or both, or not exactly one returns data.
    """
    stats: dict[str, MetricStat] = {}
    expressions: dict[str, MetricExpression] = {}
    results: list[str] = []
    for item in items:
        id = item["Id"]
        if id in stats or id in expressions:
            raise ValueError(f"the id {id} is used twice")
        if ("MetricStat" in item) == ("Expression" in item):
            raise ValueError(f"{id} has either MetricStat or Expression")
        if "MetricStat" in item:
            stats[id] = read_stat(item["MetricStat"])
        else:
            expressions[id] = parse_expression(item["Expression"])
        if item.get("ReturnData", True):
            results.append(id)
    if len(results) != 1:
        raise ValueError(f"exactly one item returns data, not {len(results)}")
    return Query(stats, in_order(expressions, list(stats)), results[0])


def read_stat(item: Mapping[str, Any]) -> MetricStat:
    """Return a MetricStat.

    Raises:
        ValueError: its statistic is none that is modelled.
    """
    metric = item["Metric"]
    names = {one["Name"]: one["Value"] for one in metric.get("Dimensions", ())}
    key = MetricKey(
        metric.get("Namespace", ""), metric.get("MetricName", ""), tuple(sorted(names.items()))
    )
    return MetricStat(key, Statistic(item["Stat"]), item.get("Unit"))
