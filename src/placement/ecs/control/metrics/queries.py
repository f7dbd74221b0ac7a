"""What an alarm, a policy or a call asks of metrics: one statistic, or an expression over several.

In: metrics, statistics, expressions.  Out: one point a period, exactly; None: it is missing (D89).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import attrs

from placement.ecs.control.account import Account
from placement.ecs.control.metrics.predefined import service_metric
from placement.ecs.control.metrics.state import MetricKey
from placement.scaling.exact import Exact
from placement.scaling.metric_math import MetricExpression
from placement.scaling.metrics import Statistic
from placement.timestamps import MINUTE

__all__ = ["MetricStat", "Query", "QueryOrderError", "in_order", "query_values", "stat_values"]


@attrs.frozen
class MetricStat:
    """A statistic of a metric.

    Attributes:
        key: The metric.
        statistic: What is taken of the samples of a period.
        unit: Only samples of this unit; None: of all.
    """

    key: MetricKey
    statistic: Statistic
    unit: str | None = None


@attrs.frozen
class Query:
    """One result out of statistics and expressions that name one another.

    Attributes:
        stats: The statistics, by id.
        expressions: Id and expression, each after those that it names.
        result: The id whose points are wanted.
    """

    stats: Mapping[str, MetricStat]
    expressions: tuple[tuple[str, MetricExpression], ...]
    result: str


class QueryOrderError(ValueError):
    """An expression names an id that is not there, or depends on itself."""


def in_order(
    expressions: Mapping[str, MetricExpression], known: Sequence[str]
) -> tuple[tuple[str, MetricExpression], ...]:
    """Return expressions so that each comes after those that it names.

    Raises:
        QueryOrderError: one names what is neither known nor an expression, or itself in the end.
    """
    ready, waiting = set(known), dict(expressions)
    found: list[tuple[str, MetricExpression]] = []
    while waiting:
        able = [id for id, one in waiting.items() if ready.issuperset(one.names)]
        if not able:
            id, one = next(iter(waiting.items()))
            missing = [name for name in one.names if name not in ready]
            raise QueryOrderError(f"{id} depends on {missing[0]}, which has no value before it")
        found.extend((id, waiting.pop(id)) for id in able)
        ready.update(able)
    return tuple(found)


def query_values(
    account: Account, query: Query, bounds: Sequence[tuple[int, int]]
) -> list[Exact | None]:
    """Return the result's point of each period."""
    columns = {id: stat_values(account, stat, bounds) for id, stat in query.stats.items()}
    for id, expression in query.expressions:
        columns[id] = [
            expression.evaluate({name: columns[name][row] for name in expression.names})
            for row in range(len(bounds))
        ]
    return columns[query.result]


def stat_values(
    account: Account, stat: MetricStat, bounds: Sequence[tuple[int, int]]
) -> list[Exact | None]:
    """Return a statistic of each period; points of services go before those that calls put."""
    series = account.metrics.put.get(stat.key)
    put: list[Exact | None] = [None] * len(bounds)
    if series is not None:
        put = series.values(bounds, stat.statistic, stat.unit)
    metric = service_metric(account, stat.key)
    if metric is None:
        return put
    is_short = bool(bounds) and bounds[0][1] - bounds[0][0] < MINUTE
    intervals = [interval for one, interval in account.metrics.watched if one == metric]
    if not intervals:
        return put
    interval = min(intervals) if is_short else max(intervals)
    own = account.metrics.watched[metric, interval].history.values(bounds, stat.statistic)
    return [one if one is not None else other for one, other in zip(own, put, strict=True)]
