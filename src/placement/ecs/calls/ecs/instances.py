"""Calls about container instances: register, describe, list, update, deregister.

In: an account and parameters whose types are right.  Out: the answer.  What instances have, and
what is left of it, the engine knows; ``registration`` reads what is given.
"""

from __future__ import annotations

from placement.documents.resources import RESOURCE_FIELDS
from placement.ecs.calls.ecs.answers import failure, instance_answer, paged_answer
from placement.ecs.calls.ecs.checking import check_one_of, check_size, check_tags, invalid
from placement.ecs.calls.ecs.lookups import (
    active_cluster,
    registered_instance,
    several_instances,
)
from placement.ecs.calls.ecs.pages import page
from placement.ecs.calls.ecs.registration import (
    ec2_instance_id,
    read_attributes,
    read_instance,
    registered_resources,
)
from placement.ecs.control.account import Account
from placement.ecs.control.counts import pending_counts
from placement.ecs.control.instance_events import instance_changed, instance_left, status_changed
from placement.ecs.control.instance_events import set_connected as connection_changed
from placement.ecs.control.instances import (
    REGISTERED,
    add_instance,
    deregister_instance,
    register_again,
    set_connected,
    set_instance_status,
    status_of,
)
from placement.ecs.control.records import ClusterRecord, Document, InstanceRecord
from placement.ecs.errors import client_error
from placement.errors import CqlError, RegexTimeout
from placement.machines.registration_checks import AGENT_PREFIXES, MAX_CUSTOM, is_custom_attribute
from placement.query.query import compile

__all__ = [
    "deregister_container_instance",
    "describe_container_instances",
    "list_container_instances",
    "register_container_instance",
    "register_subnet",
    "set_agent_connected",
    "update_container_instances_state",
]

FIELDS = ("TAGS", "CONTAINER_INSTANCE_HEALTH")
LISTED = ("ACTIVE", "DRAINING", "REGISTERING", "DEREGISTERING", "REGISTRATION_FAILED")
FORCED = "Container instance deregistration forced by user"
"""``stoppedReason`` of the tasks of an instance that is deregistered with ``force`` (S10.2)."""

MAX_DESCRIBED = 100
MAX_UPDATED = 10
MAX_INSTANCES = 5000
"""Container instances of a cluster (quotas)."""


# Registering


def register_container_instance(account: Account, parameters: Document) -> Document:
    """Register an instance, or one that is registered again (B12, B13, C6, C9)."""
    cluster = active_cluster(account, parameters.get("cluster"))
    check_tags(parameters.get("tags", []))
    attributes = read_attributes(parameters.get("attributes", []))
    identity = ec2_instance_id(parameters.get("instanceIdentityDocument"))
    if parameters.get("containerInstanceArn") is not None:
        record = _register_again(account, cluster, parameters, attributes, identity)
    else:
        record = _register(account, cluster, parameters, attributes, identity)
    account.learn_subnet(attributes)
    if not record.is_connected:  # registering again connects the agent
        connection_changed(account, cluster, record, True)
    instance_changed(account, cluster, record)
    return {"containerInstance": instance_answer(cluster, record, tags=True)}


def _register(
    account: Account,
    cluster: ClusterRecord,
    parameters: Document,
    attributes: dict[str, str | None],
    identity: str | None,
) -> InstanceRecord:
    if len(cluster.engine) >= MAX_INSTANCES:
        raise client_error(
            "ClientException",
            f"A cluster can have at most {MAX_INSTANCES} container instances.",
        )
    windows = attributes.get("ecs.os-type") == "windows"
    resources = registered_resources(parameters, windows=windows)
    now = account.clock()
    version_info = parameters.get("versionInfo", {})
    instance = read_instance(
        {
            "registeredResources": resources,
            "versionInfo": version_info,
            "attributes": parameters.get("attributes", []),
            "registeredAt": now,
            "ec2InstanceId": identity,
        }
    )
    return add_instance(
        account,
        cluster,
        instance,
        now,
        version_info=version_info,
        resources=resources,
        tags=parameters.get("tags", []),
    )


def _register_again(
    account: Account,
    cluster: ClusterRecord,
    parameters: Document,
    attributes: dict[str, str | None],
    identity: str | None,
) -> InstanceRecord:
    """Note what an agent says when it comes back with the ARN that it has.

    Attributes are added or replaced; of those that only the agent sets (capabilities) the ones
    that it no longer names are deleted.  A machine of another size is refused.
    """
    record = registered_instance(account, cluster, parameters["containerInstanceArn"])
    now = cluster.engine.describe(record.id)
    kept = {
        name: value
        for name, value in now.attributes.items()
        if not (attributes and name.startswith(AGENT_PREFIXES))
    }
    after = {**kept, **attributes}
    old_type = now.attributes.get("ecs.instance-type")
    if (
        (old_type and after.get("ecs.instance-type") != old_type)
        or (identity or now.ec2_instance_id) != now.ec2_instance_id
        or (
            parameters.get("totalResources") is not None
            and not _same_resources(record, parameters, after)
        )
    ):
        raise client_error(
            "ClientException",
            "Container instance type changes are not supported. Container instance "
            f"{record.id} was previously registered as {old_type or 'another machine'}.",
        )
    if sum(map(is_custom_attribute, after)) > MAX_CUSTOM:
        raise invalid(f"A container instance can have at most {MAX_CUSTOM} custom attributes.")
    version_info = parameters.get("versionInfo", record.version_info)
    tags = {tag["key"]: tag for tag in [*record.tags, *parameters.get("tags", [])]}
    check_tags(list(tags.values()))
    # Read as an instance before anything changes: what is wrong in it is refused here.
    checked = read_instance(
        {"versionInfo": version_info, "attributes": parameters.get("attributes", [])}
    )
    register_again(
        cluster,
        record,
        after,
        agent_version=checked.agent_version,
        version_info=version_info,
        tags=list(tags.values()),
    )
    return record


def _same_resources(record: InstanceRecord, parameters: Document, attributes: Document) -> bool:
    """Return whether an agent registers what its instance has; amounts may be of another type."""
    windows = attributes.get("ecs.os-type") == "windows"
    resources = registered_resources(parameters, windows=windows)

    def by_name(listed: list[Document]) -> Document:
        return {
            one["name"]: sorted(one["stringSetValue"])
            if one["type"] == "STRINGSET"
            else one[RESOURCE_FIELDS[one["type"]]]
            for one in listed
        }

    return by_name(resources) == by_name(record.resources)


# Leaving


def deregister_container_instance(account: Account, parameters: Document) -> Document:
    """Take an instance out; with ``force`` its tasks become orphans (B17)."""
    cluster = active_cluster(account, parameters.get("cluster"))
    record = registered_instance(account, cluster, parameters["containerInstance"])
    running = cluster.engine.describe(record.id).running_tasks
    if running and not parameters.get("force"):
        raise invalid("Found running tasks on the instance.")
    with account.in_call():
        instance_left(account, cluster, record, "UserInitiated", FORCED)
    deregister_instance(cluster, record)
    return {"containerInstance": instance_answer(cluster, record, tags=True)}


# Describing


def describe_container_instances(account: Account, parameters: Document) -> Document:
    """Describe instances; unknown ones are failures (2.13)."""
    cluster = active_cluster(account, parameters.get("cluster"))
    include = parameters.get("include", [])
    check_size(parameters["containerInstances"], "Container Instances", MAX_DESCRIBED)
    for field in include:
        check_one_of(field, "include", FIELDS)
    found, failures = several_instances(account, cluster, parameters["containerInstances"])
    pending = pending_counts(cluster)
    return {
        "containerInstances": [
            instance_answer(
                cluster, record, pending, tags="TAGS" in include, health=FIELDS[1] in include
            )
            for record in found
        ],
        "failures": failures,
    }


def list_container_instances(account: Account, parameters: Document) -> Document:
    """List instances that are not INACTIVE, in the order of their registration (B10)."""
    cluster = active_cluster(account, parameters.get("cluster"))
    status = parameters.get("status")
    if status is not None:
        check_one_of(status, "status", LISTED)
    engine = cluster.engine
    selected = (
        _selected(cluster, parameters["filter"]) if parameters.get("filter") is not None else None
    )
    arns = [
        record.arn
        for record in cluster.instances.values()
        if record.is_registered
        and (selected is None or record.id in selected)
        and (status is None or status_of(engine, record.id) == status)
    ]
    return paged_answer("containerInstanceArns", *page(arns, parameters))


def _selected(cluster: ClusterRecord, text: str) -> set[str]:
    """Return the ids of the instances that an expression selects."""
    try:
        return set(compile(text).select(cluster.engine))
    except (CqlError, RegexTimeout) as error:
        raise invalid(f"Invalid filter: {error}") from None


# Changing


def update_container_instances_state(account: Account, parameters: Document) -> Document:
    """Make instances ACTIVE or DRAINING; unknown ones are failures (B19)."""
    cluster = active_cluster(account, parameters.get("cluster"))
    check_size(parameters["containerInstances"], "Container Instances", MAX_UPDATED)
    status = parameters["status"]
    check_one_of(status, "status", ("ACTIVE", "DRAINING"))
    found, failures = several_instances(account, cluster, parameters["containerInstances"])
    changed = []
    for record in found:
        now = status_of(cluster.engine, record.id) if record.is_registered else "INACTIVE"
        if now in REGISTERED:
            if set_instance_status(cluster, record, status):
                status_changed(account, cluster, record)
            changed.append(record)
        else:
            failures.append(failure(record.arn, now))
    pending = pending_counts(cluster)
    return {
        "containerInstances": [instance_answer(cluster, record, pending) for record in changed],
        "failures": failures,
    }


def set_agent_connected(account: Account, parameters: Document) -> Document:
    """Say whether the agent of an instance is connected, which only the agent can report."""
    cluster = active_cluster(account, parameters["cluster"])
    record = registered_instance(account, cluster, parameters["containerInstance"])
    if set_connected(cluster, record, parameters["connected"]):
        connection_changed(account, cluster, record, parameters["connected"])
    return {"containerInstance": instance_answer(cluster, record)}


def register_subnet(account: Account, parameters: Document) -> Document:
    """Say where a subnet is, which only the VPC knows (B22)."""
    for name, value in parameters.items():
        if not value:
            raise invalid(f"{name} cannot be empty.")
    account.subnets[parameters["subnetId"]] = (parameters["vpcId"], parameters["availabilityZone"])
    return {}
