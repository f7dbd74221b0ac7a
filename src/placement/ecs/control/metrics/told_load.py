"""The load that the caller tells, read (C43).

In: numbers, functions, pairs of hours and loads.  Out: exact numbers and moments.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from placement.ecs.control.metrics.predefined import told_number
from placement.ecs.control.metrics.state import ServiceLoad, Told
from placement.errors import UsageError, describe_value
from placement.model.checks import is_several
from placement.scaling.exact import Exact
from placement.timestamps import MINUTE, microseconds

__all__ = ["checked_history", "checked_load"]

HOUR = 60 * MINUTE


def checked_load(*, cpu: Any, memory: Any, requests: Any) -> ServiceLoad:
    """Return the load of a service.

    Raises:
        UsageError: one is neither None, a finite number of at least 0, nor a function.
    """
    return ServiceLoad(_told(cpu, "cpu"), _told(memory, "memory"), _told(requests, "requests"))


def _told(value: Any, name: str) -> Told:
    if value is None:
        return None
    if callable(value):
        function: Told = value
        return function
    return told_number(value, name)


def checked_history(history: Any) -> tuple[tuple[int, Exact], ...]:
    """Return the loads of hours, ascending.

    Raises:
        UsageError: it is no list of pairs of an hour's start, with a time zone, and a number of at
            least 0; or an hour comes twice.
    """
    if not is_several(history):
        raise UsageError(f"history is a list of pairs, not {describe_value(history)}")
    loads: dict[int, Exact] = {}
    for pair in history:
        if not isinstance(pair, (tuple, list)) or len(pair) != 2:
            raise UsageError(f"history has pairs of hour and load, not {describe_value(pair)}")
        hour, load = pair
        if not isinstance(hour, datetime) or hour.utcoffset() is None:
            raise UsageError(f"an hour is a datetime with a time zone, not {describe_value(hour)}")
        moment = microseconds(hour)
        if moment % HOUR:
            raise UsageError(f"an hour begins at a full hour (UTC), not at {hour.isoformat()}")
        if moment in loads:
            raise UsageError(f"history has the hour {hour.isoformat()} twice")
        loads[moment] = told_number(load, "a load")
    return tuple(sorted(loads.items()))
