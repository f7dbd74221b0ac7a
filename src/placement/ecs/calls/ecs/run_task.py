"""RunTask: tasks that the engine places (2.10), or Fargate takes (2.12).

In: an account and the parameters of a call.  Out: the tasks placed, and why others found no room.
Everything is checked before anything changes; the decisions are the engine's.
"""

from __future__ import annotations

import copy
from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import groupby

from placement.ecs.calls.ecs.answers import task_answer
from placement.ecs.calls.ecs.checking import as_client_error, invalid
from placement.ecs.calls.ecs.lookups import active_cluster
from placement.ecs.calls.ecs.provider_strategies import chosen_strategy
from placement.ecs.calls.ecs.request_rules import (
    check_launch_type,
    check_platform,
    check_rules,
    check_token,
)
from placement.ecs.calls.ecs.run_on_providers import NO_INSTANCES, failures_of, run_on_providers
from placement.ecs.calls.ecs.task_request import on_fargate, task_request
from placement.ecs.control.account import Account
from placement.ecs.control.capacity.fargate import NO_CAPACITY, free_zone, network_zones
from placement.ecs.control.capacity.providers import strategy_items, strategy_launch_type
from placement.ecs.control.platforms import PLATFORMS
from placement.ecs.control.records import ClusterRecord, Document, RememberedCall
from placement.ecs.control.statuses import LifecycleStatus
from placement.ecs.control.task_requests import TaskLocation, TaskRequest
from placement.ecs.control.tasks import start_batches, start_task_records
from placement.ecs.definitions.fargate import fargate_problems
from placement.ecs.errors import ClientError, client_error
from placement.ecs.placement_rules import placement_rules
from placement.engine.request import Constraint, Strategy
from placement.errors import RegexTimeout
from placement.scaling.distribution import distribute

__all__ = ["run_task"]

MAX_COUNT = 10

REMEMBERED = timedelta(hours=24)
"""How long a call with a clientToken is remembered."""


@as_client_error
def run_task(account: Account, parameters: Document) -> Document:
    """Start tasks.

    Raises:
        ClusterNotFoundException: there is no such cluster.
        ConflictException: the clientToken was used for another call.
        InvalidParameterException: a parameter has a wrong value, or the cluster is empty.
        ClientException, PlatformUnknownException, UnsupportedFeatureException: as they say.
    """
    cluster = active_cluster(account, parameters.get("cluster"))
    now = account.clock()
    token = parameters.get("clientToken")
    if token is not None:
        known = _remembered(account, cluster, token, parameters, now)
        if known is not None:
            return known
    strategy = chosen_strategy(account, cluster, parameters)
    launch_type = check_launch_type(parameters)
    count = parameters.get("count", 1)
    if not 1 <= count <= MAX_COUNT:
        raise invalid(f"count is from 1 to {MAX_COUNT}, not {count}.")
    rules = placement_rules(parameters)
    if strategy:
        launch_type = strategy_launch_type(account.providers, strategy)
    requests = _requests(account, parameters, launch_type, strategy, count)
    if launch_type == "FARGATE":
        answer = _on_fargate(account, cluster, parameters, requests)
    else:
        check_platform(parameters, launch_type)
        limits, chain = rules
        check_rules(len(limits) + len(requests[0][0].variant.task.constraints), chain)
        if strategy:
            answer = run_on_providers(account, cluster, requests, *rules)
        else:
            answer = _on_instances(account, cluster, requests[0][0], count, *rules)
    if token is not None and answer["tasks"]:
        kept = RememberedCall(now, parameters, copy.deepcopy(answer))
        account.tokens[cluster.name, token] = kept
    return answer


def _requests(
    account: Account,
    parameters: Document,
    launch_type: str,
    strategy: Sequence[Document],
    count: int,
) -> list[tuple[TaskRequest, int]]:
    """Return what is started, and how many of it, in order: a run for each provider (A56).

    Nothing is remembered from one call to the next: base and weights hold inside the call.
    """
    if not strategy:
        return [(task_request(account, parameters, launch_type), count)]
    by_name: dict[str, TaskRequest] = {}
    found = []
    choices = distribute(strategy_items(strategy), {}, count)
    for provider, run in groupby(choices, key=lambda one: str(one.provider)):
        if provider not in by_name:
            by_name[provider] = task_request(account, parameters, launch_type, provider)
        found.append((by_name[provider], sum(1 for _ in run)))
    return found


def _remembered(
    account: Account, cluster: ClusterRecord, token: str, parameters: Document, now: datetime
) -> Document | None:
    """Return what the call with this token was answered, None if there was none.

    A call that placed nothing is not remembered: it may be tried again.
    """
    check_token(token)
    for key in [key for key, kept in account.tokens.items() if now - kept.at >= REMEMBERED]:
        del account.tokens[key]
    known = account.tokens.get((cluster.name, token))
    if known is None:
        return None
    if known.parameters != parameters:
        message = "The clientToken was used with other parameters. Try another clientToken."
        raise client_error("ConflictException", message)
    return known.answer


# On container instances


def _on_instances(
    account: Account,
    cluster: ClusterRecord,
    request: TaskRequest,
    count: int,
    limits: Sequence[Constraint],
    strategy: Sequence[Strategy] | None,
) -> Document:
    """Start the tasks that the engine finds room for (2.10)."""
    engine = cluster.engine
    if not len(engine):
        raise invalid(NO_INSTANCES)
    try:
        placement = engine.place(
            request.variant.task,
            count,
            group=request.settings.group,
            constraints=tuple(limits),
            strategy=None if strategy is None else tuple(strategy),
        )
    except RegexTimeout as error:
        raise invalid(str(error)) from None
    try:
        failures = failures_of(cluster, placement)
    except RegexTimeout as error:
        placement.undo()
        raise invalid(str(error)) from None
    except ClientError:
        placement.undo()
        raise
    locations = [
        TaskLocation(cluster.instances[id], number)
        for id, number in zip(placement.instances, placement.task_ids.tolist(), strict=True)
    ]
    records = start_task_records(account, cluster, request, locations)
    answer: Document = {"tasks": [task_answer(one) for one in records], "failures": failures}
    if placement.unplaced:
        answer["ResponseMetadata"] = {"unplacedCount": placement.unplaced}  # A37
    return answer


# On Fargate


def _on_fargate(
    account: Account,
    cluster: ClusterRecord,
    parameters: Document,
    requests: Sequence[tuple[TaskRequest, int]],
) -> Document:
    """Start tasks that need no instance, where there is capacity (2.12, D79)."""
    _check_fargate(parameters, requests[0][0])
    version = parameters.get("platformVersion", "LATEST")
    with_platform: dict[int, TaskRequest] = {}
    failures, batches = [], []
    zones_used: dict[str | None, Counter[str | None]] = {}
    zones_begun: dict[str | None, Counter[str]] = {}
    for given, count in requests:
        request = with_platform.setdefault(id(given), on_fargate(given, version))
        provider = request.settings.capacity_provider
        zones = network_zones(account, request)
        if provider not in zones_used:
            zones_used[provider] = _tasks_by_zone(cluster, request)
        used = zones_used[provider]
        begun = zones_begun.setdefault(provider, Counter())
        locations: list[TaskLocation] = []
        for _ in range(count):
            zone = free_zone(account, request, used, zones, begun)
            if zone is None:
                failures.append({"reason": NO_CAPACITY})
                continue
            used[zone] += 1
            begun[zone] += 1
            locations.append(TaskLocation(zone=zone))
        batches.append((request, locations))
    records = start_batches(account, cluster, batches)
    return {"tasks": [task_answer(one) for one in records], "failures": failures}


def _tasks_by_zone(cluster: ClusterRecord, request: TaskRequest) -> Counter[str | None]:
    """Return how many tasks of a request's group and provider each zone has on Fargate."""
    return Counter(
        task.zone
        for task in cluster.tasks.values()
        if task.instance is None
        and task.settings.group == request.settings.group
        and task.settings.capacity_provider == request.settings.capacity_provider
        and task.desired_status is LifecycleStatus.RUNNING
    )


def _check_fargate(parameters: Document, request: TaskRequest) -> None:
    """Refuse what Fargate does not take (2.12)."""
    limits = parameters.get("placementConstraints") or request.variant.task.constraints
    strategy = parameters.get("placementStrategy")
    for name, has in (("placementConstraints", limits), ("placementStrategy", strategy)):
        if has:
            raise invalid(f"{name} is not supported with FARGATE launch type.")
    if not request.network.subnets:
        raise invalid("Fargate only supports network mode 'awsvpc'.")
    if parameters.get("overrides"):
        problems = [*fargate_problems(request.variant.definition)]
        if problems:
            raise invalid("overrides: " + "; ".join(map(str, problems)))
    if parameters.get("platformVersion", "LATEST") not in PLATFORMS:
        raise client_error("PlatformUnknownException", "The specified platform does not exist.")
