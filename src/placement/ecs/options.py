"""``placement.ecs.Options``: how a session departs from what ECS does by default (C38).

In: keyword arguments.  Out: a frozen value that is checked.  What an option does is up to the
modules that read it.
"""

from __future__ import annotations

from typing import Any

import attrs

from placement.errors import UsageError, describe_value

__all__ = ["Options"]

MAX_PORT = 65_535
MAX_SECONDS = 10 * 365 * 86_400
"""The longest time that an option takes: ten years."""


def _flag(_: Any, attribute: attrs.Attribute[Any], value: Any) -> None:
    if not isinstance(value, bool):
        raise UsageError(f"{attribute.name} is True or False, not {describe_value(value)}")


def _count(least: int) -> Any:
    def check(_: Any, attribute: attrs.Attribute[Any], value: Any) -> None:
        if isinstance(value, bool) or not isinstance(value, int) or value < least:
            raise UsageError(
                f"{attribute.name} is a whole number from {least}, not {describe_value(value)}"
            )

    return check


def _seconds(_: Any, attribute: attrs.Attribute[Any], value: Any) -> None:
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    if not is_number or not 0 <= value <= MAX_SECONDS:  # False of NaN
        raise UsageError(
            f"{attribute.name} is a number of seconds from 0 to {MAX_SECONDS}, "
            f"not {describe_value(value)}"
        )


def _one_of(*allowed: Any) -> Any:
    def check(_: Any, attribute: attrs.Attribute[Any], value: Any) -> None:
        if isinstance(value, bool) or not isinstance(value, (str, int)) or value not in allowed:
            known = " or ".join(map(repr, allowed))
            raise UsageError(f"{attribute.name} is {known}, not {describe_value(value)}")

    return check


def _ports(_: Any, attribute: attrs.Attribute[Any], value: Any) -> None:
    is_pair = isinstance(value, tuple) and len(value) == 2
    if not is_pair or not all(isinstance(one, int) and not isinstance(one, bool) for one in value):
        raise UsageError(
            f"{attribute.name} is a pair of ports, the first and the last, "
            f"not {describe_value(value)}"
        )
    first, last = value
    if not 1 <= first <= last <= MAX_PORT:
        raise UsageError(
            f"{attribute.name} is a pair of ports from 1 to {MAX_PORT} in ascending order, "
            f"not {describe_value(value)}"
        )


_OPTIONAL = attrs.validators.optional


@attrs.frozen(kw_only=True)
class Options:
    """Options of a session; by default the model does as ECS does.

    Attributes:
        allow_blocking_percents: Take ``maximumPercent`` and ``minimumHealthyPercent`` that are both
            100, which block deployments (D6).
        purge_inactive: Seconds after which an INACTIVE service is forgotten; None: never (D12).
        count_stopping: Count tasks that are being stopped against ``maximumPercent`` (S4.1).
        settle: Seconds that a deployment waits before it is COMPLETED (D31).
        count_early_exits: Let a container that exits after RUNNING count for the circuit breaker
            (S5.1).
        strict_stages: Let the circuit breaker count in two stages (A49).
        max_scale_in_step: Instances that managed scaling removes at once at most; None: half of
            them.
        max_task_scale_in_step: Tasks that target tracking removes at once at most; None: any
            number (6.3).
        idle_spares: Let an idle capacity provider with a target below 100 start instances.
        metric_delay: Seconds after a minute's end at which its metric points are known.
        metric_samples: 1: predefined metrics are the load at the minute's end; 3: the mean of
            samples at 20, 40 and 60 s.
        unfulfilled_after: Seconds after which a scaling activity is Unfulfilled; None: never.
        lenient_cron: Take a cron expression without ``?`` in its day fields.
        group_rebalancing: Let Auto Scaling groups balance their zones.
        estimate: ``max``: managed scaling needs as many instances as the largest group of equal
            tasks; ``joint``: as all groups together.
        reservation: What counts as used for managed scaling: ``instances`` with a task, or the
            ``room`` taken on them.
        scale_in_fits: Let managed scaling lower the desired capacity only so far that the tasks of
            the instances that go find room on the others, as the engine answers in a trial.
        provisioning_limit: Tasks that may be PROVISIONING in a cluster.
        services_per_cluster: Services that a cluster may have; INACTIVE ones do not count.
        tasks_per_service: The largest desired count.
        host_ports: The first and the last port of the range that dynamic host ports come from
            (D62).
    """

    allow_blocking_percents: bool = attrs.field(default=False, validator=_flag)
    purge_inactive: float | None = attrs.field(default=None, validator=_OPTIONAL(_seconds))
    count_stopping: bool = attrs.field(default=False, validator=_flag)
    settle: float = attrs.field(default=0, validator=_seconds)
    count_early_exits: bool = attrs.field(default=False, validator=_flag)
    strict_stages: bool = attrs.field(default=False, validator=_flag)
    max_scale_in_step: int | None = attrs.field(default=None, validator=_OPTIONAL(_count(1)))
    max_task_scale_in_step: int | None = attrs.field(default=None, validator=_OPTIONAL(_count(1)))
    idle_spares: bool = attrs.field(default=False, validator=_flag)
    metric_delay: float = attrs.field(default=0, validator=_seconds)
    metric_samples: int = attrs.field(default=1, validator=_one_of(1, 3))
    unfulfilled_after: float | None = attrs.field(default=None, validator=_OPTIONAL(_seconds))
    lenient_cron: bool = attrs.field(default=False, validator=_flag)
    group_rebalancing: bool = attrs.field(default=False, validator=_flag)
    estimate: str = attrs.field(default="max", validator=_one_of("max", "joint"))
    reservation: str = attrs.field(default="instances", validator=_one_of("instances", "room"))
    scale_in_fits: bool = attrs.field(default=False, validator=_flag)
    provisioning_limit: int = attrs.field(default=500, validator=_count(0))
    services_per_cluster: int = attrs.field(default=5_000, validator=_count(0))
    tasks_per_service: int = attrs.field(default=5_000, validator=_count(0))
    host_ports: tuple[int, int] = attrs.field(default=(32_768, 60_999), validator=_ports)
