"""Calls about container instances: register, describe, list, update, deregister.

What they have, and what is left of it, the engine knows; ``registration`` reads what is given.
"""

from __future__ import annotations

import attrs

from placement.ecs.account import Account
from placement.ecs.answers import (
    instance_answer,
    pending_counts,
    status_of,
)
from placement.ecs.checking import check_one_of, check_size, check_tags, invalid
from placement.ecs.errors import refused
from placement.ecs.pages import page
from placement.ecs.records import ClusterRecord, Document, InstanceRecord
from placement.ecs.registration import (
    ec2_instance_id,
    read_attributes,
    read_instance,
    registered_resources,
)
from placement.errors import CqlError, RegexTimeout, describe_value
from placement.machines.registration_checks import AGENT_PREFIXES, is_custom_attribute
from placement.query.query import compile

__all__ = ["OPERATIONS"]

FIELDS = ("TAGS", "CONTAINER_INSTANCE_HEALTH")
LISTED = ("ACTIVE", "DRAINING", "REGISTERING", "DEREGISTERING", "REGISTRATION_FAILED")
MAX_DESCRIBED = 100
MAX_UPDATED = 10
MAX_INSTANCES = 5000
"""Container instances of a cluster (quotas)."""

UNKNOWN_HEALTH: Document = {"overallStatus": "INSUFFICIENT_DATA", "details": []}
"""Nothing reports the health of an instance here."""


# Registering


def register_container_instance(account: Account, given: Document) -> Document:
    """Register an instance, or one that is registered again (B12, B13, C6, C9)."""
    cluster = account.cluster(given.get("cluster"))
    check_tags(given.get("tags", []))
    attributes = read_attributes(given.get("attributes", []))
    identity = ec2_instance_id(given.get("instanceIdentityDocument"))
    if given.get("containerInstanceArn") is not None:
        record = _register_again(account, cluster, given, attributes, identity)
    else:
        record = _register(account, cluster, given, attributes, identity)
    _learn_subnet(account, attributes)
    answer = instance_answer(cluster, record)
    return {"containerInstance": {**answer, "tags": record.tags}}


def _register(
    account: Account,
    cluster: ClusterRecord,
    given: Document,
    attributes: dict[str, str | None],
    identity: str | None,
) -> InstanceRecord:
    if len(cluster.engine) >= MAX_INSTANCES:
        raise refused(
            "ClientException",
            f"A cluster can have at most {MAX_INSTANCES} container instances.",
        )
    resources = registered_resources(given, windows=attributes.get("ecs.os-type") == "windows")
    now = account.clock()
    version_info = given.get("versionInfo", {})
    instance = read_instance(
        {
            "registeredResources": resources,
            "versionInfo": version_info,
            "attributes": given.get("attributes", []),
            "registeredAt": now,
            "ec2InstanceId": identity,
        }
    )
    id = account.new_id()
    arn = account.arn(f"container-instance/{cluster.name}/{id}")
    cluster.engine.register(attrs.evolve(instance, id=arn))
    record = InstanceRecord(
        id,
        arn,
        now,
        version_info=version_info,
        resources=resources,
        tags=given.get("tags", []),
    )
    cluster.instances[id] = record
    return record


def _register_again(
    account: Account,
    cluster: ClusterRecord,
    given: Document,
    attributes: dict[str, str | None],
    identity: str | None,
) -> InstanceRecord:
    """Note what an agent says when it comes back with the ARN that it has.

    Attributes are added or replaced; of those that only the agent sets (capabilities) the ones
    that it names no more go away.  A machine of another size is another instance.
    """
    record = _found(account, cluster, given["containerInstanceArn"])
    engine = cluster.engine
    now = engine.describe(record.id)
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
        or (given.get("totalResources") is not None and not _same_resources(record, given, after))
    ):
        raise refused(
            "ClientException",
            "Container instance type changes are not supported. Container instance "
            f"{record.id} was previously registered as {old_type or 'another machine'}.",
        )
    _check_custom(after)
    version_info = given.get("versionInfo", record.version_info)
    tags = {tag["key"]: tag for tag in [*record.tags, *given.get("tags", [])]}
    check_tags(list(tags.values()))
    # All of it is read as an instance, so that nothing below can be refused.
    checked = read_instance(
        {"versionInfo": version_info, "attributes": given.get("attributes", [])}
    )
    engine.delete_attributes(record.id, [name for name in now.attributes if name not in after])
    engine.put_attributes(record.id, attributes)
    engine.set_agent(record.id, connected=True, version=checked.agent_version)
    if not now.agent_connected or version_info != record.version_info or after != now.attributes:
        record.version += 1
    record.version_info, record.tags = version_info, list(tags.values())
    return record


def _same_resources(record: InstanceRecord, given: Document, attributes: Document) -> bool:
    windows = attributes.get("ecs.os-type") == "windows"
    resources = registered_resources(given, windows=windows)

    def by_name(listed: list[Document]) -> Document:
        return {
            one["name"]: {**one, "stringSetValue": sorted(one.get("stringSetValue", []))}
            for one in listed
        }

    return by_name(resources) == by_name(record.resources)


def _check_custom(attributes: Document) -> None:
    if sum(map(is_custom_attribute, attributes)) > MAX_UPDATED:
        raise invalid("A container instance can have at most 10 custom attributes.")


def _learn_subnet(account: Account, attributes: Document) -> None:
    """Remember where the subnet of an instance is; what ``register_subnet`` told stays (B22)."""
    subnet = attributes.get("ecs.subnet-id")
    vpc, zone = attributes.get("ecs.vpc-id"), attributes.get("ecs.availability-zone")
    if subnet and vpc and zone:
        account.subnets.setdefault(subnet, (vpc, zone))


# Leaving


def deregister_container_instance(account: Account, given: Document) -> Document:
    """Take an instance out; with ``force`` its tasks become orphans (B17)."""
    cluster = account.cluster(given.get("cluster"))
    record = _found(account, cluster, given["containerInstance"])
    answer = instance_answer(cluster, record)
    if answer["runningTasksCount"] and not given.get("force"):
        raise invalid("Found running tasks on the instance.")
    cluster.engine.deregister(record.id, force=True)
    for task in cluster.tasks.values():
        if task.instance == record.id:
            task.number = None
    record.version += 1
    record.last = {**answer, "status": "INACTIVE", "version": record.version}
    return {"containerInstance": {**record.last, "tags": record.tags}}


# Describing


def describe_container_instances(account: Account, given: Document) -> Document:
    """Describe instances; unknown ones are failures (2.13)."""
    cluster = account.cluster(given.get("cluster"))
    include = given.get("include", [])
    check_size(given["containerInstances"], "Container Instances", MAX_DESCRIBED)
    for field in include:
        check_one_of(field, "include", FIELDS)
    found, failures = _several(account, cluster, given["containerInstances"])
    pending = pending_counts(cluster)
    return {
        "containerInstances": [
            {
                **instance_answer(cluster, record, pending),
                **({"tags": record.tags} if "TAGS" in include else {}),
                **({"healthStatus": UNKNOWN_HEALTH} if FIELDS[1] in include else {}),
            }
            for record in found
        ],
        "failures": failures,
    }


def list_container_instances(account: Account, given: Document) -> Document:
    """List instances that are not INACTIVE, in the order of their registration (B10)."""
    cluster = account.cluster(given.get("cluster"))
    status = given.get("status")
    if status is not None:
        check_one_of(status, "status", LISTED)
    engine = cluster.engine
    selected = _selected(cluster, given["filter"]) if given.get("filter") is not None else None
    arns = [
        record.arn
        for record in cluster.instances.values()
        if record.last is None
        and (selected is None or record.id in selected)
        and (status is None or status_of(engine, record.id) == status)
    ]
    found, token = page(arns, given)
    return {"containerInstanceArns": found, **({"nextToken": token} if token else {})}


def _selected(cluster: ClusterRecord, text: str) -> set[str]:
    """Return the ids of the instances that an expression selects."""
    try:
        return set(compile(text).select(cluster.engine))
    except (CqlError, RegexTimeout) as error:
        raise invalid(f"Invalid filter: {error}") from None


# Changing


def update_container_instances_state(account: Account, given: Document) -> Document:
    """Make instances ACTIVE or DRAINING; unknown ones are failures (B19)."""
    cluster = account.cluster(given.get("cluster"))
    check_size(given["containerInstances"], "Container Instances", MAX_UPDATED)
    status = given["status"]
    check_one_of(status, "status", ("ACTIVE", "DRAINING"))
    found, failures = _several(account, cluster, given["containerInstances"])
    changed = []
    for record in found:
        now = "INACTIVE" if record.last is not None else status_of(cluster.engine, record.id)
        if now not in ("ACTIVE", "DRAINING"):
            failures.append({"arn": record.arn, "reason": now})
            continue
        if now != status:
            cluster.engine.set_status(record.id, status)
            record.version += 1
        changed.append(record)
    pending = pending_counts(cluster)
    return {
        "containerInstances": [instance_answer(cluster, record, pending) for record in changed],
        "failures": failures,
    }


def set_agent_connected(account: Account, given: Document) -> Document:
    """Say whether the agent of an instance is connected, which only the agent can report."""
    cluster = account.cluster(given["cluster"])
    record = _found(account, cluster, given["containerInstance"])
    if cluster.engine.describe(record.id).agent_connected != given["connected"]:
        cluster.engine.set_agent(record.id, connected=given["connected"])
        record.version += 1
    return {"containerInstance": instance_answer(cluster, record)}


def register_subnet(account: Account, given: Document) -> Document:
    """Say where a subnet is, which only the VPC knows (B22)."""
    for name, value in given.items():
        if not value:
            raise invalid(f"{name} cannot be empty.")
    account.subnets[given["subnetId"]] = (given["vpcId"], given["availabilityZone"])
    return {}


# Finding


def _found(account: Account, cluster: ClusterRecord, name: str) -> InstanceRecord:
    """Return the registered instance of an id or ARN."""
    record = account.find_instance(cluster, name)
    if record is None or record.last is not None:
        raise invalid(f"Referenced container instance {describe_value(name)} not found.")
    return record


def _several(
    account: Account, cluster: ClusterRecord, names: list[str]
) -> tuple[list[InstanceRecord], list[Document]]:
    """Return the instances of ids and ARNs, each once, and failures for those that are not."""
    found: dict[str, InstanceRecord] = {}
    missing = {}
    for name in names:
        record = account.find_instance(cluster, name)
        if record is None:
            resource = f"container-instance/{cluster.name}/{name}"
            arn = name if name.startswith("arn:") else account.arn(resource)
            missing[arn] = {"arn": arn, "reason": "MISSING"}
        else:
            found[record.id] = record
    return list(found.values()), list(missing.values())


OPERATIONS = {
    "DeregisterContainerInstance": deregister_container_instance,
    "DescribeContainerInstances": describe_container_instances,
    "ListContainerInstances": list_container_instances,
    "RegisterContainerInstance": register_container_instance,
    "RegisterSubnet": register_subnet,
    "SetAgentConnected": set_agent_connected,
    "UpdateContainerInstancesState": update_container_instances_state,
}
