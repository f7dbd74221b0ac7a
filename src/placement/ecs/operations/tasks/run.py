"""RunTask: tasks that the engine places (2.10), or Fargate takes (2.12).

In: an account and the parameters of a call.  Out: the tasks placed, and why others found no room.
Everything is checked before anything changes; the decisions are the engine's.
"""

from __future__ import annotations

import copy
import re
from collections import Counter
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import attrs

from placement.ecs.account import Account
from placement.ecs.checking import check_one_of, invalid
from placement.ecs.definitions.fargate import fargate_problems
from placement.ecs.errors import refused
from placement.ecs.operations.tasks.documents import Place, recorded
from placement.ecs.operations.tasks.given import (
    Wanted,
    answering,
    refuse_capacity_providers,
    wanted_of,
)
from placement.ecs.reasons import api_reason
from placement.ecs.records import ClusterRecord, TaskRecord
from placement.ecs.rules import constraints, strategies
from placement.engine.request import MAX_CONSTRAINTS, MAX_STRATEGIES, Strategy
from placement.errors import RegexTimeout

if TYPE_CHECKING:
    from placement.engine.results import Placement

__all__ = ["run_task"]

Document = dict[str, Any]

MAX_COUNT = 10

LAUNCH_TYPES = ("EC2", "FARGATE", "EXTERNAL", "MANAGED_INSTANCES")

PLATFORMS = ("LATEST", "1.4.0", "1.3.0", "1.2.0", "1.1.0", "1.0.0")

NO_INSTANCES = "No Container Instances were found in your cluster."

REMEMBERED = timedelta(hours=24)
"""For how long a clientToken stands for its call."""

_TOKEN = re.compile(r"[!-~]{1,64}")


def run_task(account: Account, given: Document) -> Document:
    """Start tasks.

    Raises:
        ClusterNotFoundException: there is no such cluster.
        ConflictException: the clientToken stands for another call.
        InvalidParameterException: a parameter has a wrong value, or the cluster is empty.
        ClientException, PlatformUnknownException, UnsupportedFeatureException: as they say.
    """
    cluster = account.cluster(given.get("cluster"))
    now = account.clock()
    token = given.get("clientToken")
    if token is not None:
        known = _remembered(account, cluster, token, given, now)
        if known is not None:
            return known
    launch_type = given.get("launchType", "EC2")
    check_one_of(launch_type, "launchType", LAUNCH_TYPES)
    if launch_type == "MANAGED_INSTANCES":
        message = "launchType MANAGED_INSTANCES is not supported."
        raise refused("UnsupportedFeatureException", message)
    refuse_capacity_providers(cluster, given)
    count = given.get("count", 1)
    if not 1 <= count <= MAX_COUNT:
        raise invalid(f"count is from 1 to {MAX_COUNT}, not {count}.")
    with answering():
        limits = constraints(given.get("placementConstraints"))
        chain = strategies(given.get("placementStrategy"))
    wanted = wanted_of(account, given, launch_type)
    if launch_type == "FARGATE":
        answer = _on_fargate(account, cluster, given, wanted, count, now)
    else:
        if "platformVersion" in given:
            message = "The platform version must be null when specifying an EC2 launch type."
            raise invalid(message)
        _check_limits(wanted, limits, chain)
        answer = _on_instances(account, cluster, wanted, count, limits, chain, now)
    if token is not None and answer["tasks"]:
        kept = copy.deepcopy(answer)
        account.tokens[cluster.name, token] = (now, given, kept)
    return answer


def _remembered(
    account: Account, cluster: ClusterRecord, token: str, given: Document, now: datetime
) -> Document | None:
    """Return what the call with this token was answered, None if there was none.

    A call that placed nothing is not remembered: it may be tried again.
    """
    if not _TOKEN.fullmatch(token):
        raise invalid("clientToken is 1 to 64 printable ASCII characters without spaces.")
    for key in [key for key, kept in account.tokens.items() if now - kept[0] >= REMEMBERED]:
        del account.tokens[key]
    known = account.tokens.get((cluster.name, token))
    if known is None:
        return None
    if known[1] != given:
        message = "The clientToken was used with other parameters. Try another clientToken."
        raise refused("ConflictException", message)
    return known[2]


def _check_limits(wanted: Wanted, limits: list[Any], chain: list[Any] | None) -> None:
    """Refuse too many constraints or strategies (2.6, 2.9)."""
    known = len(limits) + len(wanted.variant.task.constraints)
    if known > MAX_CONSTRAINTS:
        message = f"placementConstraints: a task has at most {MAX_CONSTRAINTS}, those of the task "
        raise invalid(f"{message}definition included, not {known}.")
    if chain is not None and len(chain) > MAX_STRATEGIES:
        message = f"placementStrategy can have at most {MAX_STRATEGIES} items, not {len(chain)}."
        raise invalid(message)


# On container instances


def _on_instances(
    account: Account,
    cluster: ClusterRecord,
    wanted: Wanted,
    count: int,
    limits: list[Any],
    chain: list[Any] | None,
    now: datetime,
) -> Document:
    engine, task = cluster.engine, wanted.variant.task
    if not len(engine):
        raise invalid(NO_INSTANCES)
    try:
        placement = engine.place(
            task, count, group=wanted.group, constraints=tuple(limits), strategy=_tuple(chain)
        )
        failures = _failures(cluster, placement)
    except RegexTimeout as error:
        raise invalid(str(error)) from None
    numbers = placement.task_ids.tolist()
    tasks = []
    for id, number in zip(placement.instances, numbers, strict=True):
        engine.set_task(number, last_status="RUNNING")
        place = Place(cluster.instances[id], number)
        tasks.append(_shown(recorded(account, cluster, wanted, place, now)))
    answer: Document = {"tasks": tasks, "failures": failures}
    if placement.unplaced:
        answer["ResponseMetadata"] = {"unplacedCount": placement.unplaced}  # A37
    return answer


def _tuple(chain: list[Strategy] | None) -> tuple[Strategy, ...] | None:
    return None if chain is None else tuple(chain)


def _shown(record: TaskRecord) -> Document:
    return {**record.document, "tags": record.tags}


def _failures(cluster: ClusterRecord, placement: Placement) -> list[Document]:
    """Return for each candidate the first reason, after the last task placed (A37, B28).

    If there is no answer, or no candidate, it is as if nothing had been asked.
    """
    if not placement.unplaced:
        return []
    engine, instances = cluster.engine, cluster.instances
    try:
        explained = placement.explain()
    except RegexTimeout:
        placement.undo()
        raise
    if not explained.candidates:  # B18
        raise invalid(NO_INSTANCES)
    return [
        {"arn": instances[engine.ids[row] or ""].arn, "reason": api_reason(reasons[0])}
        for row, reasons in explained.failures.items()
    ]


# On Fargate


def _on_fargate(
    account: Account,
    cluster: ClusterRecord,
    given: Mapping[str, Any],
    wanted: Wanted,
    count: int,
    now: datetime,
) -> Document:
    """Start tasks that need no instance, in the zones of their subnets in turn (2.12)."""
    for name, has in (
        (
            "placementConstraints",
            given.get("placementConstraints") or wanted.variant.task.constraints,
        ),
        ("placementStrategy", given.get("placementStrategy")),
    ):
        if has:
            raise invalid(f"{name} is not supported with FARGATE launch type.")
    if not wanted.network.subnets:
        raise invalid("Fargate only supports network mode 'awsvpc'.")
    problems = [] if not given.get("overrides") else [*fargate_problems(wanted.variant.definition)]
    if problems:
        raise invalid("overrides: " + "; ".join(map(str, problems)))
    version = given.get("platformVersion", "LATEST")
    if version not in PLATFORMS:
        raise refused("PlatformUnknownException", "The specified platform does not exist.")
    wanted = attrs.evolve(wanted, platform_version=None if version == "LATEST" else version)
    zones = wanted.network.zones
    used = Counter(
        task.document.get("availabilityZone")
        for task in cluster.tasks.values()
        if zones and task.instance is None and _counts(task, wanted.group)
    )
    tasks = []
    for _ in range(count):
        zone = min(zones, key=lambda zone: used[zone], default=None)
        used[zone] += 1
        record = recorded(account, cluster, wanted, Place(zone=zone), now)
        tasks.append(_shown(record))
    return {"tasks": tasks, "failures": []}


def _counts(task: TaskRecord, group: str) -> bool:
    group_of, desired = task.document["group"], task.document["desiredStatus"]
    return bool(group_of == group and desired == "RUNNING")
