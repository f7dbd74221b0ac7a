"""What ``placementState`` has of providers and groups: written and read in one place (C50).

In: an account, or the section ``capacity``.  Out: the other.  Moments are whole microseconds, as in
the records; a reservation is a text, so that it stays exact.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from placement.documents.dump import STATE
from placement.documents.fields import mapping, sequence
from placement.ecs.control.account import Account
from placement.ecs.control.capacity.census import registered_record
from placement.ecs.control.capacity.groups import (
    GroupInstanceRecord,
    GroupRecord,
    LifecycleState,
    MachineTemplate,
)
from placement.ecs.control.capacity.machines import agent_config
from placement.ecs.control.capacity.minutes import begin_ticking
from placement.ecs.control.capacity.providers import ProviderRecord
from placement.ecs.control.capacity.terminations import LONGEST_DRAINING
from placement.ecs.control.dumps.fields import Fields
from placement.ecs.control.instance_events import status_changed
from placement.ecs.control.instances import set_instance_status
from placement.ecs.control.model_time import Phase
from placement.ecs.control.records import Document
from placement.errors import DocumentError, describe_value
from placement.model.checks import checked_count, checked_flag, checked_text
from placement.scaling.managed_scaling import Memory
from placement.timestamps import DAY

__all__ = ["begin_capacity", "capacity_document", "read_capacity_state", "read_templates"]

HERE = f"{STATE}.capacity"
LATEST = 10_000 * 366 * DAY

DUE: Mapping[str, int] = {"terminate": 0, "reclaim": 0, "drained": 1}
"""What waits in the queue and no document tells, with its order in an instant."""


# Written


def capacity_document(account: Account) -> Document:
    """Return the section; parts that say nothing are left out."""
    document: Document = {
        "templates": {
            name: [one.instance_type, one.config] for name, one in account.machine_templates.items()
        },
        "providers": {
            name: found
            for name, one in account.providers.items()
            if (found := _provider_document(one))
        },
        "groups": {name: _group_document(one) for name, one in account.groups.items()},
        "due": _due(account),
        "drainsOnNotice": [
            one.arn
            for cluster in account.clusters.values()
            for one in cluster.instances.values()
            if one.is_registered and one.drains_on_notice
        ],
    }
    return {name: value for name, value in document.items() if value}


def _due(account: Account) -> list[list[Any]]:
    """Return what is due for instances that are still there, in order."""
    found = []
    for moment, _, what in account.time.queue.entries():
        if what[0] not in DUE:
            continue
        kind, name, id = what
        if kind == "reclaim":
            cluster = account.clusters.get(name)
            is_there = cluster is not None and id in cluster.instances
        else:
            is_there = name in account.groups and id in account.groups[name].instances
        if is_there:
            found.append([kind, moment, name, id])
    return sorted(found, key=lambda one: (one[1], one[0], one[2:]))


def _provider_document(provider: ProviderRecord) -> Document:
    memory, reservation = provider.memory, provider.reservation
    document = {
        "pointsBelow": memory.points_below or None,
        "lastOut": memory.last_out,
        "reservation": None if reservation is None else str(reservation),
    }
    return {name: value for name, value in document.items() if value is not None}


def _group_document(group: GroupRecord) -> Document:
    document = {
        "configuration": group.configuration,
        "subnets": {zone: subnet for zone, subnet in group.zones.items() if subnet is not None},
        "instances": {
            one.id: [one.launched_at, one.configuration, one.is_pinned, one.activity]
            for one in group.instances.values()
        },
        "balancing": dict(group.balancing),
    }
    return {name: value for name, value in document.items() if value}


# Read


def read_templates(account: Account, state: Mapping[str, Any]) -> None:
    """Set what machines of launch templates are.

    Raises:
        DocumentError: something has not the form that ``to_ecs`` gives it; so below.
    """
    path = f"{HERE}.templates"
    for name, value in mapping(_section(state).get("templates"), path).items():
        here = f"{path}.{name}"
        texts = [
            None if one is None else checked_text(one, here, empty=True)
            for one in _parts(value, 2, here)
        ]
        agent_config(texts[1])
        account.machine_templates[name] = MachineTemplate(*texts)


def read_capacity_state(account: Account, state: Mapping[str, Any]) -> None:
    """Put what ``capacity_document`` wrote into an account whose providers and groups are loaded.

    Raises:
        DocumentError: as above.
    """
    section = _section(state)
    for name, value in mapping(section.get("providers"), f"{HERE}.providers").items():
        here = f"{HERE}.providers.{name}"
        _read_provider(account.providers.get(name), Fields(mapping(value, here), here))
    for name, value in mapping(section.get("groups"), f"{HERE}.groups").items():
        here = f"{HERE}.groups.{name}"
        fields = Fields(mapping(value, here), here)
        _read_group(account.groups.get(name), fields)
    path = f"{HERE}.due"
    for one in sequence(section.get("due"), path):
        kind, moment, name, id = _parts(one, 4, path)
        if kind not in DUE:
            raise DocumentError(f"expected one of {', '.join(DUE)}", path)
        due = max(account.time.now, _moment(moment, path))
        texts = checked_text(name, path, empty=True), checked_text(id, path, empty=True)
        account.time.push(due, Phase.INSTANCES, DUE[kind], kind, *texts)
    told = {checked_text(one, HERE) for one in sequence(section.get("drainsOnNotice"), HERE)}
    for cluster in account.clusters.values():
        for record in cluster.instances.values():
            record.drains_on_notice = record.arn in told


def _section(state: Mapping[str, Any]) -> Mapping[str, Any]:
    return mapping(state.get("capacity"), HERE)


def _read_provider(provider: ProviderRecord | None, fields: Fields) -> None:
    memory = Memory(fields.count("pointsBelow", 0), fields.microseconds("lastOut"))
    text = fields.text("reservation")
    try:
        reservation = None if text is None else Fraction(text)
    except (ValueError, ZeroDivisionError):
        message = f"expected a number, not {describe_value(text)}"
        raise DocumentError(message, f"{fields.path}.reservation") from None
    if provider is not None:
        provider.memory, provider.reservation = memory, reservation


def _read_group(group: GroupRecord | None, fields: Fields) -> None:
    configuration = fields.count("configuration", 0)
    subnets = fields.object("subnets") or {}
    for zone, subnet in subnets.items():
        checked_text(subnet, f"{fields.path}.subnets.{zone}")
    balancing = fields.object("balancing") or {}
    for id, zone in balancing.items():
        checked_text(zone, f"{fields.path}.balancing.{id}")
    instances = fields.object("instances") or {}
    if group is None:
        return
    group.configuration = configuration
    group.zones = {zone: subnets.get(zone) for zone in group.zones}
    group.balancing = {
        id: zone
        for id, zone in balancing.items()
        if id in group.instances and group.instances[id].state is LifecycleState.PENDING
    }
    for id, value in instances.items():
        _read_instance(group.instances.get(id), value, f"{fields.path}.instances.{id}")


def _read_instance(one: GroupInstanceRecord | None, value: Any, path: str) -> None:
    moment, configuration, is_pinned, activity = _parts(value, 4, path)
    facts = {
        "launched_at": _moment(moment, path),
        "configuration": checked_count(configuration, path),
        "is_pinned": checked_flag(is_pinned, path),
        "activity": None if activity is None else checked_text(activity, path),
    }
    if one is not None:
        for name, fact in facts.items():
            setattr(one, name, fact)


def _parts(value: Any, count: int, path: str) -> list[Any]:
    parts = list(sequence(value, path))
    if len(parts) != count:
        raise DocumentError(f"expected {count} parts, not {len(parts)}", path)
    return parts


def _moment(value: Any, path: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < LATEST:
        raise DocumentError(f"expected microseconds since 1970, not {describe_value(value)}", path)
    return value


# What is under way


def _drain(account: Account, one: GroupInstanceRecord) -> None:
    """Let the container instance of an instance that leaves take no tasks any more."""
    found = registered_record(account, one)
    if found is not None and set_instance_status(*found, "DRAINING"):
        status_changed(account, *found)


def begin_capacity(account: Account) -> None:
    """Let states that were under way begin: launches, terminations, the minutes of groups (C50)."""
    known = {tuple(what) for _, _, what in account.time.queue.entries() if what[0] in DUE}
    now, push = account.time.now, account.time.push
    for group in list(account.groups.values()):
        if group.is_leaving and not group.instances:
            del account.groups[group.name]
        for one in group.instances.values():
            what = group.name, one.id
            if one.state is LifecycleState.PENDING:
                moment = now + account.launch_duration
                push(moment, Phase.INSTANCES, 0, "launched", *what)
            elif one.is_leaving:
                _drain(account, one)
                push(now, Phase.INSTANCES, 1, "leave", *what)
                if one.state is LifecycleState.TERMINATING_WAIT and ("drained", *what) not in known:
                    push(now + LONGEST_DRAINING, Phase.INSTANCES, 1, "drained", *what)
            elif group.is_leaving and ("terminate", *what) not in known:
                push(now, Phase.INSTANCES, 0, "terminate", *what)
    if account.groups:
        begin_ticking(account)
    for cluster in account.clusters.values():
        if cluster.provisioning:
            account.placeable[cluster.name] = None
