"""RunTask on instances of capacity providers: tasks are placed, or wait for an instance (S11.3).

In: an account, a cluster, what is started on which provider.  Out: the answer of the call.  A call
that is refused has changed nothing.
"""

from __future__ import annotations

from collections.abc import Sequence

import attrs

from placement.ecs.calls.ecs.answers import failure, task_answer
from placement.ecs.calls.ecs.checking import invalid
from placement.ecs.control.account import Account
from placement.ecs.control.capacity.providers import MANAGED_STRATEGY
from placement.ecs.control.capacity.waiting import RunWish, begin_waiting, may_wait
from placement.ecs.control.records import ClusterRecord, Document
from placement.ecs.control.task_records import TaskRecord
from placement.ecs.control.task_requests import TaskLocation, TaskRequest
from placement.ecs.control.tasks import start_batches
from placement.ecs.errors import client_error
from placement.ecs.reasons import api_reason
from placement.engine.request import Constraint, Strategy
from placement.engine.results import Placement
from placement.errors import RegexTimeout

__all__ = ["NO_INSTANCES", "failures_of", "run_on_providers"]

NO_INSTANCES = "No Container Instances were found in your cluster."
NONE_OF_PROVIDER = "No Container Instances were found in your capacity provider."
LIMIT = (
    "The tasks provisioning capacity limit was exceeded: {limit} tasks of a cluster can be in the "
    "PROVISIONING state."
)


@attrs.define
class _Run:
    """Tasks of one provider: those placed, how many find no room, and why, unless these wait."""

    request: TaskRequest
    provider: str
    placement: Placement | None
    unplaced: int
    failures: Sequence[Document] = ()


def run_on_providers(
    account: Account,
    cluster: ClusterRecord,
    requests: Sequence[tuple[TaskRequest, int]],
    limits: Sequence[Constraint],
    strategy: Sequence[Strategy] | None,
) -> Document:
    """Start tasks on the instances of providers.

    Raises:
        ClientException: more tasks would wait than may (A57).
        InvalidParameterException: a provider without managed scaling has no instances.
    """
    runs: list[_Run] = []
    chain = None if strategy is None else tuple(strategy)
    if chain is None and requests[0][0].settings.launch_type == "MANAGED_INSTANCES":
        chain = MANAGED_STRATEGY
    try:
        for request, count in requests:
            run = _place(cluster, request, count, tuple(limits), chain)
            runs.append(run)
            _explain(account, cluster, run)
        failures = _check(account, cluster, runs)
    except RegexTimeout as error:
        _undo(runs)
        raise invalid(str(error)) from None
    except BaseException:
        _undo(runs)
        raise
    records = _start(account, cluster, runs, tuple(limits), chain)
    answer: Document = {"tasks": [task_answer(one) for one in records], "failures": failures}
    lost = sum(one.unplaced for one in runs if not account.providers[one.provider].lets_wait)
    if lost:
        answer["ResponseMetadata"] = {"unplacedCount": lost}  # A37
    return answer


def _start(
    account: Account,
    cluster: ClusterRecord,
    runs: Sequence[_Run],
    limits: tuple[Constraint, ...],
    strategy: tuple[Strategy, ...] | None,
) -> list[TaskRecord]:
    """Start the tasks of all runs, or none: those placed, and those that wait."""
    batches: list[tuple[TaskRequest, list[TaskLocation]]] = []
    wishes: list[RunWish] = []
    for run in runs:
        locations: list[TaskLocation] = []
        if run.placement is not None:
            places = zip(run.placement.instances, run.placement.task_ids.tolist(), strict=True)
            locations = [TaskLocation(cluster.instances[id], number) for id, number in places]
        if account.providers[run.provider].lets_wait:
            locations += [TaskLocation(waits=True)] * run.unplaced
            wish = RunWish(run.request, run.provider, limits, strategy)
            wishes += [wish] * run.unplaced
        batches.append((run.request, locations))
    records = start_batches(account, cluster, batches)
    waiting = [one for one in records if one.life is not None and one.life.is_waiting]
    for task, wish in zip(waiting, wishes, strict=True):
        begin_waiting(account, cluster, task, wish)
    return records


def _place(
    cluster: ClusterRecord,
    request: TaskRequest,
    count: int,
    limits: tuple[Constraint, ...],
    strategy: tuple[Strategy, ...] | None,
) -> _Run:
    provider = request.settings.capacity_provider or ""
    if not len(cluster.engine):
        return _Run(request, provider, None, count)
    placement = cluster.engine.place(
        request.variant.task,
        count,
        group=request.settings.group,
        constraints=limits,
        strategy=strategy,
    )
    return _Run(request, provider, placement, placement.unplaced)


def _explain(account: Account, cluster: ClusterRecord, run: _Run) -> None:
    """Note why tasks that do not wait find no room, before tasks of another provider take some.

    Raises:
        InvalidParameterException: the provider has no instances.
    """
    if not run.unplaced or account.providers[run.provider].lets_wait:
        return
    has_instances = any(
        one.is_registered and one.capacity_provider == run.provider
        for one in cluster.instances.values()
    )
    if run.placement is None or not has_instances:
        raise invalid(NONE_OF_PROVIDER)
    run.failures = failures_of(cluster, run.placement, run.provider)


def _check(account: Account, cluster: ClusterRecord, runs: Sequence[_Run]) -> list[Document]:
    """Return the failures of all runs; refuse the call if more tasks would wait than may."""
    waiting = sum(one.unplaced for one in runs if account.providers[one.provider].lets_wait)
    if may_wait(account, cluster, waiting) < waiting:
        limit = account.options.provisioning_limit
        raise client_error("ClientException", LIMIT.format(limit=limit))
    return [one for run in runs for one in run.failures]


def _undo(runs: Sequence[_Run]) -> None:
    Placement.undo_all([run.placement for run in runs if run.placement is not None])


def failures_of(
    cluster: ClusterRecord, placement: Placement, provider: str | None = None
) -> list[Document]:
    """Return for each candidate the first reason, after the last task placed (A37, B28).

    ``provider``: only its instances are candidates.

    Raises:
        InvalidParameterException: there is no candidate.
        RegexTimeout: the reasons cannot be found in time.
    """
    if not placement.unplaced:
        return []
    engine, instances = cluster.engine, cluster.instances
    explained = placement.explain()
    if not explained.candidates:  # B18
        raise invalid(NO_INSTANCES)
    found = []
    for row, reasons in explained.failures.items():
        instance = instances[engine.ids[row] or ""]
        if provider in (None, instance.capacity_provider):
            found.append(failure(instance.arn, api_reason(reasons[0])))
    return found
