"""Brings a recorded metric into a session, minute by minute (C43, C52).

In: a session, a service with a scalable target, what its policies look at.  Out: load that is told
or samples that are put, and the value that the policies then see.  With the number of tasks of then
the load is recorded, and the model's tasks share it (closed loop); without it the value is what was
recorded, whatever the model's tasks are.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import attrs

from placement.ecs.control.account import Account
from placement.ecs.control.alarms import Alarm
from placement.ecs.control.load_balancing.targets import TargetState
from placement.ecs.control.metrics.predefined import running_count, service_metric
from placement.ecs.control.metrics.state import MetricKey, ServiceMetric
from placement.ecs.control.scaling.records import ScalableTargetRecord, TrackingPolicy
from placement.ecs.control.services.records import ServiceRecord
from placement.ecs.lints.policy_rules import alarms_of
from placement.ecs.outlooks.recorded import RecordedValue
from placement.errors import UsageError, describe_value
from placement.scaling.exact import Exact
from placement.scaling.metrics import requests_per_target
from placement.scaling.steps import StepPolicy
from placement.timestamps import MINUTE, from_microseconds

if TYPE_CHECKING:
    from placement.ecs.session import Session

__all__ = ["FedMetric", "Feed", "choose_metric", "feed_of", "stand_in"]

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
        running: The tasks (targets) among which the load of the last minute was shared.
        metric: The value that the policies saw for the last minute; None: none.
    """

    def __init__(self, session: Session, service: ServiceRecord, fed: FedMetric) -> None:
        self._session, self._service, self._fed = session, service, fed
        self.running = running_count(service)
        self.metric: Exact | None = None

    def begin_minute(self, recorded: RecordedValue | None, *, closed: bool) -> None:
        """Say what the minute brings that begins now; None: the recording has a gap."""
        raise NotImplementedError


class _PredefinedFeed(Feed):
    """Tells the load of a service; a replayed value is the load that gives it."""

    def __init__(self, session: Session, service: ServiceRecord, fed: FedMetric) -> None:
        super().__init__(session, service, fed)
        self._current: tuple[Exact, bool] | None = None
        own = fed.own
        self._kind = "cpu" if own is None else own.kind
        self._group = None if own is None else own.group

    def begin_minute(self, recorded: RecordedValue | None, *, closed: bool) -> None:
        found = None if recorded is None else (recorded.load if closed else recorded.value)
        was_told = self._current is not None
        self._current = None if found is None else (found, closed)
        self.metric, self.running = None, self._count()
        if was_told != (found is not None):
            load = {} if found is None else {self._kind: self._load}
            service = self._service
            self._session.set_load(service.name, service.cluster.name, **load)

    def _load(self, _seconds: float) -> Any:
        """Return the load at the end of a minute, exactly; called while time moves."""
        amount, closed = self._current or (0, True)
        self.running = self._count()
        shared = max(1, self.running) if self._group is not None else self.running
        if closed:
            self.metric = None
            if self._group is not None:
                self.metric = requests_per_target(amount, self.running)
            elif self.running:
                self.metric = Fraction(amount) / self.running
            return amount
        self.metric = amount if shared else None
        return amount * shared

    def _count(self) -> int:
        if self._group is None:
            return running_count(self._service)
        group = self._session._account.elb.targets.groups.get(self._group)
        targets = () if group is None else group.targets.values()
        return sum(one.state is not TargetState.DRAINING for one in targets)


class _PutFeed(Feed):
    """Puts samples of any other metric, for the tasks that run just before the minute's end."""

    def begin_minute(self, recorded: RecordedValue | None, *, closed: bool) -> None:
        session, fed = self._session, self._fed
        start = session._account.time.now
        session.advance(from_microseconds(start + MINUTE - 1) - session.now)
        self.running, self.metric = running_count(self._service), None
        found = None if recorded is None else (recorded.load if closed else recorded.value)
        if found is None:
            return
        self.metric = Fraction(found) / max(1, self.running) if closed else found
        datum: dict[str, Any] = {
            "MetricName": fed.key.name,
            "Dimensions": [{"Name": name, "Value": value} for name, value in fed.key.dimensions],
            "Timestamp": from_microseconds(start),
            "Value": float(self.metric),
        }
        if fed.unit is not None:
            datum["Unit"] = fed.unit
        cloudwatch = session.client("cloudwatch")
        cloudwatch.put_metric_data(Namespace=fed.key.namespace, MetricData=[datum])


def feed_of(session: Session, service: ServiceRecord, fed: FedMetric) -> Feed:
    """Return what brings a recording into a session."""
    kind = _PutFeed if fed.own is None else _PredefinedFeed
    return kind(session, service, fed)
