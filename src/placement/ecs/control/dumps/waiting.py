"""Tasks that wait for instances, in documents (S11.3, C50).

In: an account, or what ``placementState`` says of its waiting tasks.  Out: the other.  No describe
call prints by which rules and in which network a task of RunTask waits, nor the zone for which a
service wants one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import attrs

from placement.documents.dump import STATE
from placement.documents.fields import mapping, sequence
from placement.ecs.control.account import Account
from placement.ecs.control.capacity.waiting import RunWish, ServiceWish, await_fallback
from placement.ecs.control.dumps.fields import Fields
from placement.ecs.control.model_time import Phase
from placement.ecs.control.networks import NO_NETWORK, Network
from placement.ecs.control.records import ClusterRecord, Document
from placement.ecs.control.statuses import LifecycleStatus
from placement.ecs.control.task_records import TaskLife, TaskRecord
from placement.ecs.control.task_requests import TaskRequest
from placement.ecs.placement_rules import constraints, strategies
from placement.engine.request import BinPack, Constraint, MemberOf, Spread, Strategy
from placement.errors import CqlError, DocumentError
from placement.model.checks import checked_text
from placement.scaling.waiting import TIME_OUT, WaitingTask
from placement.timestamps import microseconds

__all__ = ["WaitingLoader", "waiting_document", "waits"]

HERE = f"{STATE}.waiting"


def waits(task: TaskRecord) -> bool:
    """Return whether a loaded task waits for an instance of its capacity provider."""
    return (
        task.last_status is LifecycleStatus.PROVISIONING
        and task.desired_status is not LifecycleStatus.STOPPED
        and task.instance_arn is None
        and task.settings.capacity_provider is not None
        and task.settings.launch_type != "FARGATE"
    )


# Written


def waiting_document(account: Account, clusters: Iterable[ClusterRecord]) -> Document:
    """Return the section; parts that say nothing are left out."""
    runs: dict[int, Document] = {}
    zones: Document = {}
    since: Document = {}
    for cluster in clusters:
        for number, one in cluster.provisioning.items():
            arn, wish = account.live[number].arn, one.kind
            if one.waits_since is not None:
                since[arn] = one.waits_since
            if isinstance(wish, RunWish):
                runs.setdefault(id(wish), _run_document(wish))["tasks"].append(arn)
            elif isinstance(wish, ServiceWish) and wish.zone is not None:
                zones[arn] = wish.zone
    document: Document = {"runs": list(runs.values()), "zones": zones, "since": since}
    return {name: value for name, value in document.items() if value}


def _run_document(wish: RunWish) -> Document:
    network = wish.request.network
    document = {
        "tasks": [],
        "constraints": [_constraint_document(one) for one in wish.constraints],
        "strategy": None if wish.strategy is None else list(map(_strategy_document, wish.strategy)),
        "network": None if network is NO_NETWORK else attrs.asdict(network),
    }
    return {name: value for name, value in document.items() if value or name == "tasks"}


def _constraint_document(one: Constraint) -> Document:
    if isinstance(one, MemberOf):
        return {"type": "memberOf", "expression": str(one.query)}
    return {"type": "distinctInstance"}


def _strategy_document(one: Strategy) -> Document:
    if isinstance(one, Spread):
        return {"type": "spread", "field": one.field}
    return (
        {"type": "binpack", "field": one.field} if isinstance(one, BinPack) else {"type": str(one)}
    )


# Read


@attrs.frozen(eq=False)
class _Run:
    """What the tasks of one call have in common."""

    limits: tuple[Constraint, ...] = ()
    chain: tuple[Strategy, ...] | None = None
    network: Network = NO_NETWORK


class WaitingLoader:
    """Lets loaded tasks wait as they did.

    Args:
        account: The account.
        state: ``placementState``.

    Raises:
        CqlError: an expression is not valid.
        DocumentError: something has not the form that ``to_ecs`` gives it.
    """

    def __init__(self, account: Account, state: Mapping[str, Any]) -> None:
        self._account = account
        section = mapping(state.get("waiting"), HERE)
        self._runs: dict[str, _Run] = {}
        for number, value in enumerate(sequence(section.get("runs"), f"{HERE}.runs")):
            path = f"{HERE}.runs[{number}]"
            fields = Fields(mapping(value, path), path)
            run = _read_run(fields)
            self._runs.update(dict.fromkeys(fields.texts("tasks"), run))
        path = f"{HERE}.zones"
        self._zones = {
            arn: checked_text(zone, f"{path}.{arn}")
            for arn, zone in mapping(section.get("zones"), path).items()
        }
        path = f"{HERE}.since"
        moments = Fields(mapping(section.get("since"), path), path)
        self._since = {
            arn: moments.microseconds(arn) for arn in mapping(section.get("since"), path)
        }
        self._wishes: dict[Any, RunWish] = {}

    def network_of(self, task: TaskRecord) -> Network:
        """Return the network in which a waiting task is to be."""
        run = self._runs.get(task.arn)
        return NO_NETWORK if run is None else run.network

    def begin(self, cluster: ClusterRecord, task: TaskRecord, life: TaskLife) -> None:
        """Let a task wait, until 30 minutes after its creation.

        Where its task definition is not there it waits for ever: what it needs is not known.
        """
        account, request = self._account, life.request
        life.is_waiting = True
        provider = task.settings.capacity_provider
        if request is None or provider is None:
            account.note(task.arn, "is left alone", "no document describes its task definition")
            return
        wish: ServiceWish | RunWish
        if life.service is not None and life.deployment is not None:
            zone = self._zones.get(task.arn)
            wish = ServiceWish(life.service.number, life.deployment.number, zone, provider)
        else:
            wish = self._run_wish(task, request, provider)
        now = account.time.now
        created = now if task.created_at is None else min(now, microseconds(task.created_at))
        waiting = WaitingTask(life.number, wish, created, self._since.get(task.arn))
        cluster.provisioning[life.number] = waiting
        due = max(now, created + TIME_OUT)
        account.time.push(due, Phase.TASKS, life.number, "waited", life.number)
        if life.service is not None:
            await_fallback(account, life.service, waiting)

    def _run_wish(self, task: TaskRecord, request: TaskRequest, provider: str) -> RunWish:
        """Return what a task waits for; tasks of one call, and equal ones, have it in common."""
        run = self._runs.get(task.arn)
        key = (request, provider) if run is None else (run, provider)
        if key not in self._wishes:
            known = _Run() if run is None else run
            self._wishes[key] = RunWish(request, provider, known.limits, known.chain)
        return self._wishes[key]


def _read_run(fields: Fields) -> _Run:
    """Return what tasks of one call wait with.

    Raises:
        DocumentError: something has not the form in which it is written.
    """
    try:
        limits = tuple(constraints(fields.objects("constraints")))
        chain = strategies(fields.objects("strategy"))
    except DocumentError as error:
        raise DocumentError(error.message, f"{fields.path}.{error.path}") from None
    except CqlError as error:
        raise DocumentError(str(error), f"{fields.path}.constraints") from None
    network = fields.object("network")
    return _Run(
        limits,
        None if chain is None else tuple(chain),
        NO_NETWORK if network is None else _network(Fields(network, f"{fields.path}.network")),
    )


def _network(fields: Fields) -> Network:
    zone_of = fields.object("zone_of") or {}
    zones: Sequence[str] = fields.texts("zones")
    for subnet, zone in zone_of.items():
        checked_text(zone, f"{fields.path}.zone_of.{subnet}")
    subnets = tuple(fields.texts("subnets"))
    if not subnets:
        raise DocumentError("expected at least one subnet", f"{fields.path}.subnets")
    return Network(
        subnets,
        tuple(fields.texts("groups")),
        fields.flag("public") or False,
        fields.text("vpc"),
        tuple(zones),
        zone_of,
    )
