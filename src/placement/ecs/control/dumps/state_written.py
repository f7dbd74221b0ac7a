"""Write ``placementState``: what no describe call prints (C50).

In: an account.  Out: the section as plain JSON, which ``state_read`` reads.  Functions and objects
of the caller are named, not written: the caller gives them again.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import attrs

from placement.ecs.control.account import Account
from placement.ecs.control.dumps.capacity_state import capacity_document
from placement.ecs.control.dumps.daemon_state import daemons_document
from placement.ecs.control.dumps.managed_state import managed_document
from placement.ecs.control.dumps.prices import prices_document
from placement.ecs.control.dumps.scaling_state import scaling_document, scaling_functions
from placement.ecs.control.dumps.service_state import service_state_document
from placement.ecs.control.dumps.tagged import tagged
from placement.ecs.control.dumps.waiting import waiting_document
from placement.ecs.control.load_balancing.defaults import (
    default_attributes,
    load_balancer_attributes,
)
from placement.ecs.control.load_balancing.targets import CheckResult
from placement.ecs.control.ports import FIRST
from placement.ecs.control.records import ClusterRecord, Document
from placement.ecs.options import Options
from placement.timestamps import from_microseconds

__all__ = ["state_document"]

VERSION = 1
"""Of the form of the section."""


def state_document(account: Account, clusters: Sequence[ClusterRecord]) -> Document:
    """Return the section; parts that say nothing are left out."""
    named = {cluster.name for cluster in clusters}
    services = sorted(
        (one for cluster in clusters for one in cluster.services.values()),
        key=lambda one: one.number,
    )
    document: Document = {
        "version": VERSION,
        "region": account.region,
        "account": account.account_id,
        "now": from_microseconds(account.time.now).isoformat(),
        "timing": None if account.timing is None else attrs.asdict(account.timing),
        "options": _changed_options(account.options),
        "prices": prices_document(account.prices),
        "subnets": {id: list(place) for id, place in account.subnets.items()},
        "accountSettings": [[*key, value] for key, value in account.settings.items()],
        "ports": _pointers(clusters),
        "engines": {one.name: one.engine.store.tasks.random_state for one in clusters},
        "services": {one.arn: service_state_document(one) for one in services},
        "targets": _targets(account),
        "containerHealth": {
            task.arn: task.life.told_health
            for task in account.live.values()
            if task.life is not None and isinstance(task.life.told_health, str)
        },
        "containerChecks": {
            task.arn: [[check.made, check.failures] for check in task.life.checks]
            for task in account.live.values()
            if task.life is not None and any(check.failures for check in task.life.checks)
        },
        "tokens": [
            [cluster, token, call.at.isoformat(), tagged(call.parameters), tagged(call.answer)]
            for (cluster, token), call in account.tokens.items()
            if cluster in named
        ],
        "tags": _tags(account),
        "loadBalancerAttributes": _attributes(account),
        "scaling": scaling_document(account),
        "capacity": capacity_document(account),
        "managed": managed_document(account),
        "waiting": waiting_document(account, clusters),
        "daemons": daemons_document(account, named),
        "functions": _functions(account),
        "generator": account.ids_state(),
    }
    always = ("version", "region", "account", "now", "timing", "generator")
    return {name: value for name, value in document.items() if name in always or value}


def _changed_options(options: Options) -> Document:
    usual = attrs.asdict(Options())
    given = attrs.asdict(options)
    return {name: value for name, value in given.items() if value != usual[name]}


def _pointers(clusters: Sequence[ClusterRecord]) -> Document:
    """Return where the search for a host port starts on instances, where it has moved (D62).

    Deregistered instances are in no document.
    """
    found = {
        cluster.name: {
            id: instance.ports.next
            for id, instance in cluster.instances.items()
            if instance.ports.next != FIRST and instance.final_description is None
        }
        for cluster in clusters
    }
    return {name: pointers for name, pointers in found.items() if pointers}


def _targets(account: Account) -> list[list[Any]]:
    """Return targets in the order of registration: the phases of their checks, what these find."""
    targets = [
        one for group in account.elb.targets.groups.values() for one in group.targets.values()
    ]
    targets.sort(key=lambda one: one.number)
    return [
        [
            *(one.group, *one.key, one.registered_at, one.phase),
            one.finding.value if isinstance(one.finding, CheckResult) else None,
            *(one.made, one.streak, one.counts_at),
            None if one.failure is None else one.failure.value,
        ]
        for one in targets
    ]


def _tags(account: Account) -> Document:
    """Return the tags of load balancers and alarms, which no call of ``Session.to_ecs`` prints."""
    elb = account.elb
    owners: list[Any] = [
        *elb.load_balancers.values(),
        *elb.listeners.values(),
        *elb.rules.values(),
        *elb.targets.groups.values(),
        *account.alarms.by_name.values(),
    ]
    return {one.arn: dict(one.tags) for one in owners if one.tags}


def _attributes(account: Account) -> Document:
    """Return the attributes of load balancers that have another value than at first."""
    found = {}
    for record in account.elb.load_balancers.values():
        usual = default_attributes(load_balancer_attributes(record.kind, record.scheme))
        changed = {
            key: value for key, value in record.attributes.items() if value != usual.get(key)
        }
        if changed:
            found[record.arn] = changed
    return found


def _functions(account: Account) -> list[str]:
    """Return the names of functions and objects of the caller, which are not written."""
    found = []
    if account.has_clock:
        found.append("clock")
    if account.behaviour is not None:
        found.append("behaviour")
    if account.launches is not None:
        found.append("launches")
    if account.capacity is not None:
        found.append("capacity")
    found += [f"function {arn}" for arn in account.registered_functions]
    for task in account.live.values():
        if task.life is not None and callable(task.life.told_health):
            found.append(f"container health of {task.arn}")
    for group in account.elb.targets.groups.values():
        for target in group.targets.values():
            if not isinstance(target.finding, CheckResult):
                id, port = target.key
                found.append(f"target health of {id}:{port} in {group.arn}")
    for service in account.services.values():
        order = service.options.stop_order
        if order is not None and not isinstance(order, str):
            found.append(f"stop order of {service.arn}")
    return found + scaling_functions(account)
