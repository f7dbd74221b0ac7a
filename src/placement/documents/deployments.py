"""The deployment of a service that started a task: ``startedBy``, read and written.

In: ``startedBy`` and ``createdAt`` of a cluster's tasks.  Out: for each task how many deployments
of its group are newer than its own, as a number from 0 down; and ``startedBy`` for such a number.

Deployments have ids in the API, and no order.  ``Cluster.to_ecs`` writes the number itself, as
``ecs-svc/deployment/-1``; any other id beginning with ``ecs-svc/`` is ordered by its oldest task.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import datetime

import attrs

__all__ = ["StartedTask", "deployment_ages", "deployment_of", "started_by"]

_SERVICE = "ecs-svc/"
"""What ``startedBy`` begins with where a deployment of a service started the task."""

_NUMBERED = f"{_SERVICE}deployment/"
"""What it begins with where ``Cluster.to_ecs`` wrote it: the deployment's number follows."""


@attrs.frozen
class StartedTask:
    """The fields of a task that say to which deployment it belongs.

    Attributes:
        group: The task's group.
        started_by: ``startedBy``; empty where it is missing.
        created: ``createdAt``; None where it is missing.
    """

    group: str
    started_by: str
    created: datetime | None


def started_by(deployment: int) -> str | None:
    """Return ``startedBy`` of a task of an older deployment (below 0), None for the newest (0)."""
    return f"{_NUMBERED}{deployment}" if deployment else None


def deployment_ages(tasks: Iterable[StartedTask]) -> Mapping[tuple[str, str], int]:
    """Return the number of each deployment by group and ``startedBy``: 0 the newest, -1 before it.

    A deployment is as old as the oldest of its tasks that is listed; one of whose tasks none has a
    time of creation counts as the newest.
    """
    oldest: dict[str, dict[str, datetime | None]] = {}
    for one in tasks:
        if one.started_by.startswith(_SERVICE) and _number_of(one.started_by) is None:
            times = oldest.setdefault(one.group, {})
            known = times.setdefault(one.started_by, one.created)
            if one.created is not None and (known is None or one.created < known):
                times[one.started_by] = one.created
    ages = {}
    for group, times in oldest.items():
        newest_first = sorted({time for time in times.values() if time is not None}, reverse=True)
        for deployment, time in times.items():
            ages[group, deployment] = 0 if time is None else -newest_first.index(time)
    return ages


def deployment_of(task: StartedTask, ages: Mapping[tuple[str, str], int]) -> int:
    """Return the number of a task's deployment; 0 for a task that no deployment started."""
    number = _number_of(task.started_by)
    return ages.get((task.group, task.started_by), 0) if number is None else number


def _number_of(text: str) -> int | None:
    """Return the number in a ``startedBy`` that ``started_by`` wrote, None for any other."""
    found = re.fullmatch(re.escape(_NUMBERED) + r"(-?[0-9]{1,18})", text, re.ASCII)
    return None if found is None else int(found[1])
