"""Read ``placementState``: what no describe call prints (C50).

In: the section as JSON.  Out: values by what they belong to, each checked; and what an account has
of it as a whole: subnets, pointers, tokens, where the random generators stand.  ``state_written``
is its counterpart.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

import attrs

from placement.documents.dump import STATE
from placement.documents.fields import mapping, moment, sequence
from placement.ecs.control.account import Account
from placement.ecs.control.capacity.managed.prices import PriceList
from placement.ecs.control.dumps.fields import Fields
from placement.ecs.control.dumps.prices import read_prices
from placement.ecs.control.load_balancing.targets import CheckResult, TargetKey
from placement.ecs.control.records import RememberedCall
from placement.ecs.options import Options
from placement.ecs.timing import Timing
from placement.errors import DocumentError, UsageError, describe_value
from placement.model.checks import checked_count, checked_text
from placement.timestamps import from_microseconds

__all__ = ["Settings", "StateReader", "TargetFacts", "read_settings"]

_WORDS = 625
"""Numbers in the state of Python's generator."""

_BITS = 1 << 64


class TargetFacts(NamedTuple):
    """What no describe call prints of a target: its place in the order, moments, its finding."""

    order: int
    registered_at: int
    phase: int
    finding: CheckResult | None = None
    made: int = 0
    streak: int = 0
    counts_at: int | None = None
    failure: CheckResult | None = None


@attrs.frozen
class Settings:
    """What a session is made with, as far as documents say it; None: they do not."""

    now: datetime | None = None
    timing: Timing | None = None
    options: Options | None = None
    prices: PriceList = attrs.field(factory=PriceList)


def read_settings(state: Mapping[str, Any], newest: int | None) -> Settings:
    """Return what a session is made with.

    Args:
        state: The section.
        newest: The newest moment that documents tell of (C50), the time where ``state`` has none.

    Raises:
        DocumentError: something has not the form that ``to_ecs`` gives it.
    """
    now = moment(state.get("now"), f"{STATE}.now")
    if now is None and newest is not None:
        now = from_microseconds(newest)
    timing = _made(Timing, state.get("timing"), f"{STATE}.timing")
    options = _made(Options, state.get("options"), f"{STATE}.options")
    return Settings(now, timing, options, read_prices(state))


def _made(kind: Any, value: Any, path: str) -> Any:
    """Return a settings object of its fields; None where there is none."""
    if value is None:
        return None
    given = mapping(value, path)
    known = {field.name for field in attrs.fields(kind)}
    for name in given:
        if name not in known:
            raise DocumentError(f"{kind.__name__} has no {describe_value(name)}", path)
    plain = {key: tuple(one) if isinstance(one, list) else one for key, one in given.items()}
    try:
        return kind(**plain)
    except UsageError as error:
        raise DocumentError(str(error), path) from None


class StateReader:
    """What an account has of the state.

    Args:
        account: A new account.
        state: The section, its times still texts.
    """

    def __init__(self, account: Account, state: Mapping[str, Any]) -> None:
        self._account = account
        self._state = state
        self._services = mapping(state.get("services"), f"{STATE}.services")
        self._order = {arn: number for number, arn in enumerate(self._services)}
        self._targets: dict[tuple[str, TargetKey], TargetFacts] = {}
        self._read_targets()

    def begin(self) -> None:
        """Set what other records are read by: where subnets are."""
        here = f"{STATE}.subnets"
        for subnet, place in mapping(self._state.get("subnets"), here).items():
            vpc, zone = _texts(place, 2, f"{here}.{subnet}")
            self._account.subnets[subnet] = vpc, zone

    def finish(self, *, restores_ids: bool) -> None:
        """Set what loading itself has moved: pointers, and where the generators stand."""
        account = self._account
        self._read_ports()
        self._read_tokens()
        self._read_tags()
        if not restores_ids:
            return
        here = f"{STATE}.engines"
        for name, number in mapping(self._state.get("engines"), here).items():
            cluster = account.clusters.get(name)
            if not isinstance(number, int) or isinstance(number, bool) or not 0 <= number < _BITS:
                raise DocumentError(
                    f"expected a number of 64 bits, not {describe_value(number)}", f"{here}.{name}"
                )
            if cluster is not None:
                cluster.engine.store.tasks.random_state = number
        self._read_generator()

    # By service and target

    def service(self, arn: str) -> Fields:
        """Return what is said of a service; nothing, if nothing is."""
        path = f"{STATE}.services.{arn}"
        return Fields(mapping(self._services.get(arn), path), path)

    def service_order(self, arn: str) -> int | None:
        """Return the place of a service in the order of creation; None: it is not said."""
        return self._order.get(arn)

    def target(self, group: str, key: TargetKey) -> TargetFacts | None:
        """Return what is said of a target."""
        return self._targets.get((group, key))

    def told_health(self, task_arn: str) -> str | None:
        """Return what the caller said that checks of a task's containers find (C42)."""
        here = f"{STATE}.containerHealth"
        value = mapping(self._state.get("containerHealth"), here).get(task_arn)
        if value not in (None, "HEALTHY", "UNHEALTHY"):
            message = f"expected HEALTHY or UNHEALTHY, not {describe_value(value)}"
            raise DocumentError(message, f"{here}.{task_arn}")
        return None if value is None else str(value)

    def container_checks(self, task_arn: str) -> list[tuple[int, int]]:
        """Return how many checks of each container were made, and how many failed in a row."""
        here = f"{STATE}.containerChecks"
        path = f"{here}.{task_arn}"
        found = []
        for one in sequence(mapping(self._state.get("containerChecks"), here).get(task_arn), path):
            parts = sequence(one, path)
            if len(parts) != 2:
                raise DocumentError("expected two numbers", path)
            found.append((checked_count(parts[0], path), checked_count(parts[1], path)))
        return found

    def _read_targets(self) -> None:
        here = f"{STATE}.targets"
        for number, one in enumerate(sequence(self._state.get("targets"), here)):
            path = f"{here}[{number}]"
            parts = sequence(one, path)
            if len(parts) != 10:
                raise DocumentError(f"expected 10 parts, not {len(parts)}", path)
            group, id = _texts(parts[:2], 2, path)
            port = checked_count(parts[2], path)
            registered_at, phase = (_moment_number(value, path) for value in parts[3:5])
            made, streak = (checked_count(value, path) for value in parts[6:8])
            counts_at = None if parts[8] is None else _moment_number(parts[8], path)
            finding, failure = (_finding(value, path) for value in (parts[5], parts[9]))
            facts = TargetFacts(
                number, registered_at, phase, finding, made, streak, counts_at, failure
            )
            self._targets[group, (id, port)] = facts

    # As a whole

    def _read_ports(self) -> None:
        here = f"{STATE}.ports"
        for name, instances in mapping(self._state.get("ports"), here).items():
            cluster = self._account.clusters.get(name)
            for id, number in mapping(instances, f"{here}.{name}").items():
                pointer = checked_count(number, f"{here}.{name}.{id}")
                if cluster is not None and id in cluster.instances:
                    cluster.instances[id].ports.next = pointer

    def _read_tokens(self) -> None:
        here = f"{STATE}.tokens"
        for number, one in enumerate(sequence(self._state.get("tokens"), here)):
            path = f"{here}[{number}]"
            parts = sequence(one, path)
            if len(parts) != 5:
                raise DocumentError(f"expected 5 parts, not {len(parts)}", path)
            cluster, token = _texts(parts[:2], 2, path)
            at = moment(parts[2], path)
            if at is None:
                raise DocumentError("expected a time, not null", path)
            parameters = untagged_fields(parts[3], f"{path}[3]")
            answer = untagged_fields(parts[4], f"{path}[4]")
            self._account.tokens[cluster, token] = RememberedCall(at, parameters, answer)

    def _read_tags(self) -> None:
        elb = self._account.elb
        here = f"{STATE}.tags"
        owners: dict[str, Any] = {
            **elb.load_balancers,
            **elb.listeners,
            **elb.rules,
            **elb.targets.groups,
            **{alarm.arn: alarm for alarm in self._account.alarms.by_name.values()},
        }
        for arn, tags in mapping(self._state.get("tags"), here).items():
            found = {
                key: checked_text(value, f"{here}.{arn}.{key}", empty=True)
                for key, value in mapping(tags, f"{here}.{arn}").items()
            }
            if arn in owners:
                owners[arn].tags = found
        here = f"{STATE}.loadBalancerAttributes"
        for arn, attributes in mapping(self._state.get("loadBalancerAttributes"), here).items():
            for key, value in mapping(attributes, f"{here}.{arn}").items():
                text = checked_text(value, f"{here}.{arn}.{key}", empty=True)
                if arn in elb.load_balancers:
                    elb.load_balancers[arn].attributes[key] = text

    def _read_generator(self) -> None:
        here = f"{STATE}.generator"
        words = sequence(self._state.get("generator"), here)
        if not words:
            return
        are_words = all(isinstance(one, int) and 0 <= one < 1 << 32 for one in words)
        if len(words) != _WORDS or not are_words or words[-1] > _WORDS - 1:
            raise DocumentError(f"expected the {_WORDS} numbers that to_ecs writes", here)
        generator = random.Random()
        generator.setstate((3, tuple(words), None))
        self._account.restore_ids(generator)


def untagged(value: Any, path: str) -> Any:
    """Return a value in which times were written as objects with ``$time``."""
    if isinstance(value, Mapping):
        if set(value) == {"$time"}:
            return moment(value["$time"], path)
        return {key: untagged(one, path) for key, one in value.items()}
    return [untagged(one, path) for one in value] if isinstance(value, list) else value


def untagged_fields(value: Any, path: str) -> dict[str, Any]:
    """Return an object in which times were written as objects with ``$time``.

    Raises:
        DocumentError: it is no object.
    """
    return dict(mapping(untagged(value, path), path))


def _texts(value: Any, count: int, path: str) -> list[str]:
    parts = sequence(value, path)
    if len(parts) != count:
        raise DocumentError(f"expected {count} texts", path)
    return [checked_text(one, path, empty=True) for one in parts]


def _finding(value: Any, path: str) -> CheckResult | None:
    if value is None:
        return None
    if not isinstance(value, str) or value not in tuple(CheckResult):
        raise DocumentError(f"expected what a check finds, not {describe_value(value)}", path)
    return CheckResult(value)


def _moment_number(value: Any, path: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or abs(value) >= 1 << 62:
        raise DocumentError(f"expected microseconds since 1970, not {describe_value(value)}", path)
    return value
