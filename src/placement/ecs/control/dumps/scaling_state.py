"""What ``placementState`` has of metrics and scaling: points, loads, cooldowns, activities (C50).

In: an account.  Out: plain JSON, which ``ScalingStateReader`` puts into an account that was loaded.
Numbers are texts, so that they stay exact.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from placement.documents.fields import mapping, sequence
from placement.ecs.control.account import Account
from placement.ecs.control.metrics.plan import HIGH_RESOLUTION
from placement.ecs.control.metrics.points import PointHistory, PutSeries
from placement.ecs.control.metrics.state import MetricKey, ServiceLoad, ServiceMetric, Watched
from placement.ecs.control.model_time import Phase
from placement.ecs.control.records import Document
from placement.ecs.control.scaling.activities import FOLLOW
from placement.ecs.control.scaling.records import ActivityRecord
from placement.errors import DocumentError, describe_value
from placement.model.checks import checked_count, checked_text
from placement.scaling.activities import Activity, ActivityStatus, NotScaledReason
from placement.scaling.cooldowns import Cooldowns
from placement.scaling.exact import Exact
from placement.scaling.metrics import Samples
from placement.scaling.policies import NotScaled
from placement.timestamps import DAY, MINUTE, microseconds

__all__ = ["read_put_moments", "read_scaling_state", "scaling_document", "scaling_functions"]

HERE = "placementState.scaling"
LATEST = 10_000 * 366 * DAY
KINDS = ("cpu", "memory", "requests")


# Written


def scaling_document(account: Account) -> Document:
    """Return what no describe call prints; parts that say nothing are left out."""
    arns = {number: one.arn for number, one in account.services.items()}
    scaling, metrics = account.scaling, account.metrics
    document: Document = {
        "loads": {
            arns[number]: found
            for number, load in metrics.loads.items()
            if number in arns and (found := _load_document(load))
        },
        "put": [
            [*key[:2], [list(pair) for pair in key.dimensions], unit, moment, *_samples(sample)]
            for key, series in metrics.put.items()
            for unit, moment, sample in series.entries()
        ],
        "watched": [
            [
                *(arns[metric.service], metric.kind, metric.group, interval, one.history.end),
                [[end, _text(value)] for end, value in one.history.entries()],
                [_text(value) for value in one.samples],
            ]
            for (metric, interval), one in metrics.watched.items()
            if metric.service in arns and one.history.end is not None
        ],
        "acted": {
            name: alarm.acted_at
            for name, alarm in account.alarms.by_name.items()
            if alarm.acted_at is not None
        },
        "cooldowns": {
            name: [running.out_until, running.added, running.in_until]
            for name, target in scaling.targets.items()
            if (running := target.cooldowns) != Cooldowns()
        },
        "forecastLoads": {
            policy.arn: [[hour, _text(load)] for hour, load in policy.loads]
            for target in scaling.targets.values()
            for policy in target.policies.values()
            if policy.loads
        },
        "targetTags": {
            name: dict(target.tags) for name, target in scaling.targets.items() if target.tags
        },
        "actionsPutAt": {
            action.arn: action.runs.created
            for target in scaling.targets.values()
            for action in target.actions.values()
            if action.runs.created != microseconds(action.created_at)
        },
        "activities": {
            name: [[record.id, *_activity(record.activity)] for record in records]
            for name, records in scaling.activities.items()
        },
        "lastReasons": {name: _reason(one) for name, one in scaling.last_reasons.items()},
    }
    return {name: value for name, value in document.items() if value}


def _text(value: Exact | None) -> str | None:
    return None if value is None else str(value)


def _samples(sample: Samples) -> list[str]:
    return [str(one) for one in (sample.count, sample.total, sample.least, sample.most)]


def _load_document(load: ServiceLoad) -> Document:
    """Return the loads that are numbers."""
    found = {kind: getattr(load, kind) for kind in KINDS}
    return {
        kind: str(value)
        for kind, value in found.items()
        if value is not None and not callable(value)
    }


def _reason(reason: NotScaledReason) -> list[Any]:
    return [reason.code.value, reason.maximum, reason.minimum, reason.current]


def _activity(one: Activity) -> list[Any]:
    return [
        *(one.description, one.cause, one.start, one.status.value, one.message, one.end),
        *(one.desired, one.policy, [_reason(reason) for reason in one.reasons]),
    ]


def scaling_functions(account: Account) -> list[str]:
    """Return the names of functions of the caller, which are not written."""
    found = []
    for number, load in account.metrics.loads.items():
        service = account.services.get(number)
        if service is not None:
            found += [
                f"{kind} load of {service.arn}" for kind in KINDS if callable(getattr(load, kind))
            ]
    for target in account.scaling.targets.values():
        found += [
            f"forecaster of {policy.arn}"
            for policy in target.policies.values()
            if policy.forecaster is not None
        ]
    return found


# Read


def read_put_moments(state: Mapping[str, Any]) -> dict[str, int]:
    """Return when scheduled actions were put last, by ARN, where it is not when they were created.

    Raises:
        DocumentError: something has not the form that ``to_ecs`` gives it.
    """
    path = f"{HERE}.actionsPutAt"
    document = mapping(state.get("scaling"), HERE)
    return {
        arn: _at(moment, f"{path}.{arn}")
        for arn, moment in mapping(document.get("actionsPutAt"), path).items()
    }


def read_scaling_state(account: Account, state: Mapping[str, Any]) -> None:
    """Put what ``scaling_document`` wrote into an account whose targets and alarms are loaded.

    Raises:
        DocumentError: something has not the form that ``to_ecs`` gives it.
    """
    document = mapping(state.get("scaling"), HERE)
    services = {one.arn: one.number for one in account.services.values()}
    _read_loads(account, mapping(document.get("loads"), f"{HERE}.loads"), services)
    _read_points(account, document, services)
    scaling = account.scaling
    for name, moment in mapping(document.get("acted"), f"{HERE}.acted").items():
        if name in account.alarms.by_name:
            acted_at = _at(moment, f"{HERE}.acted.{name}")
            account.alarms.by_name[name].acted_at = acted_at
    for name, one in mapping(document.get("cooldowns"), f"{HERE}.cooldowns").items():
        out_until, added, in_until = _parts(one, 3, f"{HERE}.cooldowns.{name}")
        if name in scaling.targets:
            scaling.targets[name].cooldowns = Cooldowns(
                _moment(out_until, HERE), checked_count(added, HERE), _moment(in_until, HERE)
            )
    for name, tags in mapping(document.get("targetTags"), f"{HERE}.targetTags").items():
        if name in scaling.targets:
            scaling.targets[name].tags = dict(mapping(tags, f"{HERE}.targetTags.{name}"))
    loads = mapping(document.get("forecastLoads"), f"{HERE}.forecastLoads")
    for arn, one in loads.items():
        path = f"{HERE}.forecastLoads.{arn}"
        pairs = [_parts(pair, 2, path) for pair in sequence(one, path)]
        found = scaling.policy_of(arn)
        if found is not None:
            found[1].loads = tuple((_at(hour, path), _number(load, path)) for hour, load in pairs)
    _read_activities(account, document)


def _read_loads(account: Account, loads: Mapping[str, Any], services: Mapping[str, int]) -> None:
    for arn, given in loads.items():
        path = f"{HERE}.loads.{arn}"
        found = {kind: _number(value, path) for kind, value in mapping(given, path).items()}
        if not found.keys() <= set(KINDS):
            raise DocumentError(f"expected {', '.join(KINDS)}", path)
        if arn in services:
            account.metrics.loads[services[arn]] = ServiceLoad(**found)


def _read_points(
    account: Account, document: Mapping[str, Any], services: Mapping[str, int]
) -> None:
    metrics, path = account.metrics, f"{HERE}.put"
    for one in sequence(document.get("put"), path):
        namespace, name, pairs, unit, moment, *numbers = _parts(one, 9, path)
        dimensions = tuple(
            (str(key), str(value))
            for key, value in (_parts(pair, 2, path) for pair in sequence(pairs, path))
        )
        key = MetricKey(checked_text(namespace, path), checked_text(name, path), dimensions)
        samples = Samples(*(_number(number, path) for number in numbers))
        series = metrics.put.setdefault(key, PutSeries())
        series.put(_at(moment, path), samples, checked_text(unit, path))
    path = f"{HERE}.watched"
    for one in sequence(document.get("watched"), path):
        arn, kind, group, length, end, entries, taken = _parts(one, 7, path)
        changes = [_parts(entry, 2, path) for entry in sequence(entries, path)]
        interval = _at(length, path)
        if kind not in KINDS or interval not in (HIGH_RESOLUTION, MINUTE):
            raise DocumentError(f"no metric {describe_value(kind)} of {length} microseconds", path)
        if arn not in services:
            continue
        metric = ServiceMetric(services[arn], kind, group)
        history = PointHistory(interval)
        history.restore(
            [(_at(at, path), _known(value, path)) for at, value in changes],
            _at(end, path),
        )
        samples_taken = [_known(value, path) for value in sequence(taken, path)]
        metrics.watched[metric, interval] = Watched(metric, history, samples_taken)


def _read_activities(account: Account, document: Mapping[str, Any]) -> None:
    scaling, path = account.scaling, f"{HERE}.activities"
    numbers = {
        f"service/{one.cluster.name}/{one.name}": one.number for one in account.services.values()
    }
    for name, records in mapping(document.get("activities"), path).items():
        found = [_read_activity(one, f"{path}.{name}") for one in sequence(records, path)]
        scaling.activities[name] = found
        number = numbers.get(name)
        for record in found:
            if number is not None and record.activity.is_open:
                scaling.open[number] = name
                due = max(account.time.now, record.activity.due or 0)
                account.time.push(due, Phase.SERVICES, number, FOLLOW, number)
    reasons = mapping(document.get("lastReasons"), f"{HERE}.lastReasons")
    for name, reason in reasons.items():
        scaling.last_reasons[name] = _read_reason(reason, f"{HERE}.lastReasons.{name}")


def _read_activity(value: Any, path: str) -> ActivityRecord:
    id, description, cause, start, status, message, end, desired, policy, reasons = _parts(
        value, 10, path
    )
    known = {one.value: one for one in ActivityStatus}
    if not isinstance(status, str) or status not in known:
        raise DocumentError(f"expected a status, not {describe_value(status)}", path)
    activity = Activity(
        checked_text(description, path),
        checked_text(cause, path),
        _at(start, path),
        known[status],
        None if message is None else checked_text(message, path),
        _moment(end, path),
        None if desired is None else checked_count(desired, path),
        None if policy is None else checked_text(policy, path, empty=True),
        tuple(_read_reason(one, path) for one in sequence(reasons, path)),
    )
    return ActivityRecord(checked_text(id, path), activity)


def _read_reason(value: Any, path: str) -> NotScaledReason:
    code, *numbers = _parts(value, 4, path)
    known = {one.value: one for one in NotScaled}
    if not isinstance(code, str) or code not in known:
        raise DocumentError(f"expected a code, not {describe_value(code)}", path)
    return NotScaledReason(
        known[code], *(None if one is None else checked_count(one, path) for one in numbers)
    )


def _parts(value: Any, count: int, path: str) -> list[Any]:
    parts = list(sequence(value, path))
    if len(parts) != count:
        raise DocumentError(f"expected {count} parts, not {len(parts)}", path)
    return parts


def _moment(value: Any, path: str) -> int | None:
    return None if value is None else _at(value, path)


def _at(value: Any, path: str) -> int:
    """Return a moment or a length in microseconds."""
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < LATEST:
        raise DocumentError(f"expected microseconds, not {describe_value(value)}", path)
    return value


def _known(value: Any, path: str) -> Exact | None:
    return None if value is None else _number(value, path)


def _number(value: Any, path: str) -> Exact:
    """Return a number that was written as a text."""
    try:
        fraction = Fraction(checked_text(value, path))
    except (ValueError, ZeroDivisionError):
        raise DocumentError(f"expected a number, not {describe_value(value)}", path) from None
    return fraction.numerator if fraction.denominator == 1 else fraction
