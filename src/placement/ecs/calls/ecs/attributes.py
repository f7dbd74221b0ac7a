"""Calls about attributes of container instances: put, delete, list (1.5, B16).

In: an account and parameters whose types are right.  Out: the answer.
"""

from __future__ import annotations

from collections.abc import Iterator

from placement.ecs.calls.ecs.answers import paged_answer, target_answer
from placement.ecs.calls.ecs.checking import check_one_of, check_size, invalid
from placement.ecs.calls.ecs.lookups import active_cluster
from placement.ecs.calls.ecs.pages import page
from placement.ecs.calls.ecs.registration import check_attribute
from placement.ecs.control.account import Account
from placement.ecs.control.instance_events import instance_changed
from placement.ecs.control.instances import attributes_of
from placement.ecs.control.records import ClusterRecord, Document, InstanceRecord
from placement.ecs.errors import client_error
from placement.errors import describe_value
from placement.machines.registration_checks import MAX_CUSTOM, TARGET_TYPES, is_custom_attribute

__all__ = ["delete_attributes", "list_attributes", "put_attributes"]


def put_attributes(account: Account, parameters: Document) -> Document:
    """Add attributes or replace their values, all or none."""
    cluster = active_cluster(account, parameters.get("cluster"))
    targets = _targets(account, cluster, parameters["attributes"])
    before = {record.id: attributes_of(cluster.engine, record.id) for record in targets}
    after = {id: dict(attributes) for id, attributes in before.items()}
    for record, attribute in zip(targets, parameters["attributes"], strict=True):
        after[record.id][attribute["name"]] = attribute.get("value")
    for id, attributes in after.items():
        count = sum(map(is_custom_attribute, attributes))
        if count > MAX_CUSTOM and attributes.keys() != before[id].keys():
            raise client_error(
                "AttributeLimitExceededException",
                f"Container instance {id} would have {count} custom attributes, "
                f"at most {MAX_CUSTOM} are allowed.",
            )
    for record, attribute in zip(targets, parameters["attributes"], strict=True):
        cluster.engine.put_attributes(record.id, {attribute["name"]: attribute.get("value")})
        instance_changed(account, cluster, record)
    return {
        "attributes": [
            target_answer(record.arn, attribute["name"], attribute.get("value"))
            for record, attribute in zip(targets, parameters["attributes"], strict=True)
        ]
    }


def delete_attributes(account: Account, parameters: Document) -> Document:
    """Take attributes away, all or none; those that are not there are no error."""
    cluster = active_cluster(account, parameters.get("cluster"))
    targets = _targets(account, cluster, parameters["attributes"])
    deleted = []
    for record, attribute in zip(targets, parameters["attributes"], strict=True):
        name = attribute["name"]
        value = attributes_of(cluster.engine, record.id).get(name)
        cluster.engine.delete_attributes(record.id, [name])
        instance_changed(account, cluster, record)
        deleted.append(target_answer(record.arn, name, value))
    return {"attributes": deleted}


def list_attributes(account: Account, parameters: Document) -> Document:
    """List attributes of the instances that are not INACTIVE, instance by instance."""
    cluster = active_cluster(account, parameters.get("cluster"))
    check_one_of(parameters["targetType"], "targetType", TARGET_TYPES)
    name, value = parameters.get("attributeName"), parameters.get("attributeValue")
    if value is not None and name is None:
        raise invalid("attributeValue needs an attributeName.")
    found = [
        target_answer(record.arn, key, text)
        for record, key, text in _attributes(cluster)
        if name in (None, key) and value in (None, text)
    ]
    return paged_answer("attributes", *page(found, parameters))


def _attributes(cluster: ClusterRecord) -> Iterator[tuple[InstanceRecord, str, str | None]]:
    for record in cluster.instances.values():
        if record.is_registered:
            for name, value in attributes_of(cluster.engine, record.id).items():
                yield record, name, value


def _targets(
    account: Account, cluster: ClusterRecord, attributes: list[Document]
) -> list[InstanceRecord]:
    """Return the instance that each attribute is for, after everything else was looked at."""
    check_size(attributes, "attributes", MAX_CUSTOM)
    for attribute in attributes:
        check_attribute(attribute)
        if not is_custom_attribute(attribute["name"]):
            raise invalid(
                f"Attribute {attribute['name']} is not custom: names beginning with ecs. and "
                "com.amazonaws.ecs. are reserved."
            )
        if not attribute.get("targetId"):
            raise invalid(f"Attribute {attribute['name']} has no targetId.")
    found = []
    for attribute in attributes:
        record = account.find_instance(cluster, attribute["targetId"])
        if record is None or not record.is_registered:
            raise client_error(
                "TargetNotFoundException",
                f"The specified target {describe_value(attribute['targetId'])} was not found.",
            )
        if not attribute["targetId"].startswith("arn:") and "targetType" not in attribute:
            raise invalid("targetType is required with the short form of a targetId.")
        found.append(record)
    return found
