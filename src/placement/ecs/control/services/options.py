"""What one service does beyond ECS: checked values of ``session.set_service_options`` (C38).

In: what the caller gave.  Out: ``ServiceOptions``, or ``UsageError``; a service with other options.
What they do is in ``starts``, ``stops`` and ``fallbacks``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from placement.ecs.control.account import Account
from placement.ecs.control.services.fallbacks import watch_fallbacks
from placement.ecs.control.services.records import ServiceOptions, ServiceRecord
from placement.ecs.control.services.stops import STOP_ORDERS
from placement.ecs.timing import duration
from placement.engine.plugins import checked_ranker
from placement.engine.request import AtMost, ZoneSkew
from placement.errors import DocumentError, UsageError, describe_value
from placement.model.numbers import whole_number

__all__ = ["checked_options", "set_options"]


def checked_options(
    *,
    stop_order: Any,
    at_most: Any,
    zone_skew: Any,
    current_revision_only: Any,
    fallback: Any,
    fallback_after: Any,
) -> ServiceOptions:
    """Return the options of a service.

    Raises:
        UsageError: one is not of its kind, or one of ``fallback`` and ``fallback_after`` lacks.
    """
    _check_stop_order(stop_order)
    if not isinstance(current_revision_only, bool):
        raise UsageError(
            f"current_revision_only is True or False, not {describe_value(current_revision_only)}"
        )
    if fallback is not None and not isinstance(fallback, str):
        raise UsageError(f"fallback is a capacity provider's name, not {describe_value(fallback)}")
    if (fallback is None) != (fallback_after is None):
        raise UsageError("fallback and fallback_after are given together: where, and after what")
    return ServiceOptions(
        stop_order,
        _limit("at_most", at_most, AtMost),
        _limit("zone_skew", zone_skew, ZoneSkew),
        current_revision_only,
        fallback,
        None if fallback_after is None else duration(fallback_after, "fallback_after"),
    )


def _limit(name: str, value: Any, constraint: Callable[[Any], AtMost | ZoneSkew]) -> int | None:
    """Return a number that a constraint takes.

    Raises:
        UsageError: it is none.
    """
    if value is None:
        return None
    try:
        constraint(value)
    except DocumentError as error:
        raise UsageError(f"{name}: {error}") from None
    return whole_number(value)


def _check_stop_order(value: Any) -> None:
    if value is None or (isinstance(value, str) and value in STOP_ORDERS):
        return
    if hasattr(value, "key"):
        try:
            checked_ranker(value, "stop_order")
        except DocumentError as error:
            raise UsageError(str(error)) from None
        return
    raise UsageError(
        f'stop_order is "oldest", "newest", a ranker or None, not {describe_value(value)}'
    )


def set_options(account: Account, service: ServiceRecord, options: ServiceOptions) -> None:
    """Give a service other options; what it starts and stops from now on follows them.

    Raises:
        UsageError: it is a DAEMON service, which has a task on each instance whatever they say.
    """
    if service.scheduling == "DAEMON" and options != ServiceOptions():
        raise UsageError(
            f"service {service.name} is a DAEMON service: where its tasks run and which of them "
            "stop follows from instances alone"
        )
    if options.stop_order not in (None, *STOP_ORDERS):
        account.has_functions = True  # a ranker may raise while time moves (C27)
    service.options = options
    service.prepared.clear()
    watch_fallbacks(account, service)
    account.wake_service(service)
