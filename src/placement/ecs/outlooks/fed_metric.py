"""Brings a recorded metric into a session, minute by minute (C43, C52).

In: a session, a service with a scalable target, what its policies look at.  Out: load that is told
or samples that are put, and the value that the policies then see.  With the number of tasks of then
the load is recorded, and the model's tasks share it (closed loop); without it the value is what was
recorded, whatever the model's tasks are.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import attrs

from placement.ecs.control.account import Account
from placement.ecs.control.alarms import Alarm
from placement.ecs.control.metrics.predefined import running_count, service_metric
from placement.ecs.control.metrics.state import MetricKey, ServiceMetric
from placement.ecs.control.scaling.records import ScalableTargetRecord, TrackingPolicy
from placement.ecs.control.services.records import ServiceRecord
from placement.ecs.lints.policy_rules import alarms_of
from placement.ecs.outlooks.recorded import RecordedValue
from placement.errors import UsageError, describe_value
from placement.scaling.exact import Exact
from placement.scaling.steps import StepPolicy
from placement.timestamps import from_microseconds

if TYPE_CHECKING:
    from placement.ecs.session import Session

__all__ = ["FedMetric", "Feed", "choose_metric", "feed_of", "stand_in"]

A_MOMENT = timedelta(microseconds=1)
MINUTE_BUT_A_MOMENT = timedelta(minutes=1) - A_MOMENT

STAND_IN = "recorded"
"""The namespace of the single metric that stands for an expression over several."""


@attrs.frozen
class FedMetric:
    """What a recording is of.

    Attributes:
        name: What it is called in outputs.
        policies: Names of the policies that look at it.
        others: Names of policies that look at another metric: they get no points.
        key: The metric.
        own: The predefined metric of the service that it is; None: it is another one.
        unit: The unit of which policies count samples; None: any.
    """

    name: str
    policies: tuple[str, ...]
    others: tuple[str, ...]
    key: MetricKey
    own: ServiceMetric | None
    unit: str | None


def choose_metric(
    account: Account, target: ScalableTargetRecord, service: ServiceRecord, policy: str | None
) -> FedMetric:
    """Return what a recording is of: what the policies of a target look at.

    Args:
        account: The account.
        target: The target.
        service: Its service.
        policy: The name of the policy whose metric it is; None: that of all.

    Raises:
        UsageError: no policy looks at a metric, they look at several and none is named, or one is
            named that is not there or has no metric.
    """
    looks: dict[str, list[Alarm]] = {
        one.name: alarms_of(account, one)
        for one in target.policies.values()
        if isinstance(one.settings, TrackingPolicy | StepPolicy)
    }
    if policy is not None and policy not in looks:
        known = ", ".join(looks) or "none"
        message = f"no policy {describe_value(policy)} looks at a metric; there are {known}"
        raise UsageError(message)
    metrics: dict[str, set[tuple[MetricKey, str | None]]] = {
        name: set(_metrics(found)) for name, found in looks.items()
    }
    if policy is not None:
        candidates = metrics[policy]
        missing = f"policy {policy} has no alarm with a metric"
    else:
        candidates = set().union(*metrics.values())
        missing = (
            "no policy looks at a metric: a step scaling policy needs an alarm that has it as an "
            "action"
        )
    if not candidates:
        raise UsageError(missing)
    if len({key for key, _ in candidates}) > 1:
        names = ", ".join(name for name, found in metrics.items() if found)
        raise UsageError(
            f"the policies {names} look at several metrics: say of which policy's metric the "
            "recording is"
        )
    key, unit = min(candidates, key=lambda one: one[1] or "~")
    own = service_metric(account, key)
    if own is not None and own.service != service.number:
        own = None
    return FedMetric(
        key.name,
        tuple(name for name, found in metrics.items() if any(one == key for one, _ in found)),
        tuple(name for name, found in metrics.items() if all(one != key for one, _ in found)),
        key,
        own,
        unit,
    )


def _metrics(alarms: list[Alarm]) -> Iterator[tuple[MetricKey, str | None]]:
    for alarm in alarms:
        settings = alarm.settings
        if settings.metric:
            key = MetricKey(settings.namespace, settings.metric, settings.dimensions)
            yield key, settings.further.get("Unit")


def stand_in(document: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """Return a target tracking configuration whose expression is one metric of its own.

    A recording is of the expression's result; what goes into it is not known.
    """
    customized = document.get("CustomizedMetricSpecification") or {}
    if "Metrics" not in customized:
        return document
    single = {"MetricName": name, "Namespace": STAND_IN, "Statistic": "Average"}
    return {**document, "CustomizedMetricSpecification": single}


class Feed:
    """What the policies see of a recording.

    Attributes:
        running: The tasks that ran just before the last minute ended.
        metric: The value that the policies saw for it; None: none.
    """

    def __init__(self, session: Session, service: ServiceRecord, fed: FedMetric) -> None:
        self._session, self._service, self._fed = session, service, fed
        self.running = running_count(service)
        self.metric: Exact | None = None

    def pass_minute(self, recorded: RecordedValue | None, *, closed: bool) -> None:
        """Let the minute pass that begins now.

        Args:
            recorded: What the recording has for it; None: a gap.
            closed: Whether its load counts and not its value.
        """
        session = self._session
        start = session._account.time.now
        found = None if recorded is None else (recorded.load if closed else recorded.value)
        self._begin(found, closed=closed)
        session.advance(MINUTE_BUT_A_MOMENT)
        self.running = running_count(self._service)
        self._before_end(found, start, closed=closed)
        session.advance(A_MOMENT)
        self.metric = self._seen()

    def _begin(self, amount: Exact | None, *, closed: bool) -> None:
        """Say what the minute brings, at its beginning."""

    def _before_end(self, amount: Exact | None, start: int, *, closed: bool) -> None:
        """Say what the minute has brought, just before its end."""

    def _seen(self) -> Exact | None:
        """Return the point of the minute that ends now."""
        raise NotImplementedError


class _PredefinedFeed(Feed):
    """Tells the load of a service, or lets its metric have the recorded value."""

    def __init__(
        self, session: Session, service: ServiceRecord, fed: FedMetric, own: ServiceMetric
    ) -> None:
        super().__init__(session, service, fed)
        self._own = own

    def _begin(self, amount: Exact | None, *, closed: bool) -> None:
        if not closed:
            self._session._account.metrics.replayed[self._own] = amount
            return
        load: dict[str, Any] = {} if amount is None else {self._own.kind: amount}
        service = self._service
        self._session.set_load(service.name, service.cluster.name, **load)

    def _seen(self) -> Exact | None:
        account = self._session._account
        for (metric, _), watched in account.metrics.watched.items():
            if metric == self._own:
                return watched.history.at(account.time.now)
        return None


class _PutFeed(Feed):
    """Puts samples of any other metric, for the tasks that run just before the minute's end."""

    def __init__(self, session: Session, service: ServiceRecord, fed: FedMetric) -> None:
        super().__init__(session, service, fed)
        self._value: Exact | None = None

    def _before_end(self, amount: Exact | None, start: int, *, closed: bool) -> None:
        self._value = None
        if amount is None:
            return
        self._value = Fraction(amount) / max(1, self.running) if closed else amount
        key = self._fed.key
        datum: dict[str, Any] = {
            "MetricName": key.name,
            "Dimensions": [{"Name": name, "Value": value} for name, value in key.dimensions],
            "Timestamp": from_microseconds(start),
            "Value": float(self._value),
        }
        if self._fed.unit is not None:
            datum["Unit"] = self._fed.unit
        cloudwatch = self._session.client("cloudwatch")
        cloudwatch.put_metric_data(Namespace=key.namespace, MetricData=[datum])

    def _seen(self) -> Exact | None:
        return self._value


def feed_of(session: Session, service: ServiceRecord, fed: FedMetric) -> Feed:
    """Return what brings a recording into a session."""
    if fed.own is None:
        return _PutFeed(session, service, fed)
    return _PredefinedFeed(session, service, fed, fed.own)
