"""Instances of groups come: a launch begins, and registers when its time is over (S11.5.2, C45).

In: an account, a group, how many instances lack.  Out: instances of the group, entries in the
queue, container instances.  Zones and types are chosen by ``placement.scaling.groups``.
"""

from __future__ import annotations

from placement.ecs.control.account import Account
from placement.ecs.control.account_settings import has_trunking
from placement.ecs.control.capacity.activities import new_activity
from placement.ecs.control.capacity.groups import (
    ActivityStatus,
    GroupInstanceRecord,
    GroupRecord,
    LifecycleState,
    MachineTemplate,
)
from placement.ecs.control.capacity.launch_answers import ask_launch
from placement.ecs.control.capacity.machines import (
    Registration,
    agent_config,
    registration_of,
)
from placement.ecs.control.capacity.membership import (
    cluster_of_group,
    provider_of_group,
)
from placement.ecs.control.capacity.registering import MAX_INSTANCES, register_machine
from placement.ecs.control.capacity.terminations import terminate
from placement.ecs.control.instance_events import instance_changed
from placement.ecs.control.model_time import Phase
from placement.ecs.control.records import ClusterRecord
from placement.ecs.control.statuses import ClusterStatus
from placement.ecs.timing import duration
from placement.errors import DocumentError
from placement.scaling.groups import GroupInstance, next_launch, victims

__all__ = [
    "group_template",
    "launch_in",
    "launch_missing",
    "launched",
    "types_of",
]

NO_TYPE = (
    "no instance type is known: the group has no overrides, and nobody has described its launch "
    "template"
)
NO_ZONE = "no zone is known: the documents name none, and no instance of the group says its own"


def group_template(account: Account, group: GroupRecord) -> MachineTemplate:
    """Return what is known of the machines of a group's launch template (C34)."""
    found = account.machine_templates.get(group.template or "")
    return MachineTemplate() if found is None else found


def types_of(account: Account, group: GroupRecord) -> tuple[str, ...]:
    """Return the instance types of a group in order: overrides, else those of its template.

    Where neither is known: the type of its newest instance (C50); empty if it has none.
    """
    if group.types:
        return group.types
    template = group_template(account, group).instance_type
    if template is not None:
        return (template,)
    newest = next(reversed(group.instances.values()), None)
    return () if newest is None or not newest.instance_type else (newest.instance_type,)


def launch_missing(account: Account, group: GroupRecord, count: int, cause: str) -> int:
    """Begin up to ``count`` launches; return how many did (S11.5.2).

    A launch that fails takes the type out in that zone until the next full minute (D76).
    """
    types = types_of(account, group)
    if not types or not group.zones:
        _fail(account, group, "", cause, NO_ZONE if types else NO_TYPE)
        return 0
    zones = dict.fromkeys(group.zones, 0)
    for one in group.instances.values():
        if not one.is_leaving and one.zone in zones:
            zones[one.zone] += 1
    failed: set[tuple[str, str]] = set()
    begun = 0
    while begun < count:
        choice = next_launch(zones, types, failed)
        if choice is None or choice.instance_type is None:
            break
        if launch_in(account, group, choice.zone, choice.instance_type, cause) is None:
            failed.add((choice.zone, choice.instance_type))
        else:
            zones[choice.zone] += 1
            begun += 1
    return begun


def launch_in(
    account: Account, group: GroupRecord, zone: str, instance_type: str, cause: str
) -> GroupInstanceRecord | None:
    """Begin a launch in a zone; return the instance, None if it failed."""
    answer = ask_launch(account, group.name, instance_type, zone, "on-demand")
    id = f"i-{account.new_id()[:17]}"
    failure = answer.failure or _why_impossible(account, group, id, zone, instance_type)
    if failure is not None:
        _fail(account, group, f" in {zone} of type {instance_type}", cause, failure)
        return None
    activity = new_activity(account, group, f"Launching a new EC2 instance: {id}", cause)
    record = group.instances[id] = GroupInstanceRecord(
        id,
        zone,
        instance_type,
        account.time.now,
        group.configuration,
        group.shown_template,
        is_protected=group.protects_new,
        activity=activity.id,
    )
    group.changed.add(id)
    delay = account.launch_duration if answer.delay is None else duration(answer.delay, "delay")
    account.time.record(group.arn, f"launch of {id} ({instance_type}, {zone})", cause)
    account.time.push(account.time.now + delay, Phase.INSTANCES, 0, "launched", group.name, id)
    return record


def _registration(
    account: Account, group: GroupRecord, id: str, zone: str, instance_type: str
) -> Registration:
    subnet = group.zones.get(zone)
    known = None if subnet is None else account.subnets.get(subnet)
    return registration_of(
        id,
        instance_type,
        zone,
        region=account.region,
        account_id=account.account_id,
        vpc=None if known is None else known[0],
        subnet=subnet,
        config=group_template(account, group).config,
        trunking=has_trunking(account),
    )


def _why_impossible(
    account: Account, group: GroupRecord, id: str, zone: str, instance_type: str
) -> str | None:
    """Return why no machine of a type can register as its template says, None if it can."""
    try:
        _registration(account, group, id, zone, instance_type)
    except DocumentError as error:
        return str(error)
    return None


def _fail(account: Account, group: GroupRecord, where: str, cause: str, reason: str) -> None:
    activity = new_activity(account, group, f"Launching a new EC2 instance{where}", cause)
    group.end_activity(activity.id, account.time.datetime, ActivityStatus.FAILED, reason)
    account.time.record(group.arn, f"launch failed{where}", reason)


# It registers


def launched(account: Account, name: str, id: str) -> None:
    """The launch of an instance is over: it is in service, and registers in its cluster (C34)."""
    group = account.groups.get(name)
    one = None if group is None else group.instances.get(id)
    if group is None or one is None or one.state is not LifecycleState.PENDING:
        return
    one.state = LifecycleState.IN_SERVICE
    group.changed.add(id)
    group.end_activity(one.activity, account.time.datetime, ActivityStatus.SUCCESSFUL)
    one.activity = None
    account.time.record(group.arn, f"{id} InService")
    cluster = _cluster_for(account, group)
    if cluster is not None:
        why = _why_impossible(account, group, id, one.zone, one.instance_type)
        if len(cluster.engine) >= MAX_INSTANCES:
            why = f"a cluster has at most {MAX_INSTANCES} instances"
        if why is None:
            _register(account, cluster, group, one)
        else:
            account.time.record(group.arn, f"{id} did not register", why)
    _even_out(account, group, id)


def _cluster_for(account: Account, group: GroupRecord) -> ClusterRecord | None:
    """Return where machines of a group register: by its provider, else by ``ECS_CLUSTER``."""
    found = cluster_of_group(account, group.name)
    if found is None:
        config = agent_config(group_template(account, group).config)
        if "ECS_CLUSTER" in config.given:
            found = account.find_cluster(config.cluster)
    return None if found is None or found.status is not ClusterStatus.ACTIVE else found


def _register(
    account: Account, cluster: ClusterRecord, group: GroupRecord, one: GroupInstanceRecord
) -> None:
    registration = _registration(account, group, one.id, one.zone, one.instance_type)
    provider = provider_of_group(account, group.name)
    is_member = provider is not None and provider.name in cluster.capacity_providers
    name = provider.name if provider is not None and is_member else None
    record = register_machine(account, cluster, registration, name)
    record.group_instance = group.name, one.id
    config = agent_config(group_template(account, group).config)
    record.drains_on_notice = bool(config.enable_spot_instance_draining)
    one.cluster, one.container_instance = cluster.name, record.id
    account.time.record(record.arn, "registered")
    instance_changed(account, cluster, record)


def _even_out(account: Account, group: GroupRecord, id: str) -> None:
    """An instance that was launched to balance zones is in service: another one goes (D78)."""
    zone = group.balancing.pop(id, None)
    if zone is None:
        return
    there = [
        GroupInstance(one.id, zone, one.launched_at, one.configuration, True, one.is_protected)
        for one in group.instances.values()
        if one.zone == zone and one.state is LifecycleState.IN_SERVICE
    ]
    for victim in victims(there, 1, group.policy, now=account.time.now):
        terminate(account, group, str(victim.key), "the zones of the group are balanced")
