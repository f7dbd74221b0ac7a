"""Calls about attributes of container instances: put, delete, list (1.5, B16)."""

from __future__ import annotations

from collections.abc import Iterator

from placement.ecs.account import Account
from placement.ecs.answers import attributes_of
from placement.ecs.checking import check_one_of, check_size, invalid
from placement.ecs.errors import refused
from placement.ecs.pages import page
from placement.ecs.records import ClusterRecord, Document, InstanceRecord
from placement.ecs.registration import check_attribute
from placement.errors import describe_value
from placement.machines.registration_checks import MAX_CUSTOM, TARGET_TYPES, is_custom_attribute

__all__ = ["OPERATIONS"]

Attributes = dict[str, str | None]


def put_attributes(account: Account, given: Document) -> Document:
    """Add attributes or replace their values, all or none."""
    cluster = account.cluster(given.get("cluster"))
    targets = _targets(account, cluster, given["attributes"])
    before = {record.id: attributes_of(cluster.engine, record.id) for record in targets}
    after = {id: dict(attributes) for id, attributes in before.items()}
    for record, attribute in zip(targets, given["attributes"], strict=True):
        after[record.id][attribute["name"]] = attribute.get("value")
    for id, attributes in after.items():
        count = sum(map(is_custom_attribute, attributes))
        if count > MAX_CUSTOM and attributes.keys() != before[id].keys():
            raise refused(
                "AttributeLimitExceededException",
                f"Container instance {id} would have {count} custom attributes, "
                f"at most {MAX_CUSTOM} are allowed.",
            )
    for record, attribute in zip(targets, given["attributes"], strict=True):
        cluster.engine.put_attributes(record.id, {attribute["name"]: attribute.get("value")})
    return {
        "attributes": [
            _answer(record, attribute["name"], attribute.get("value"))
            for record, attribute in zip(targets, given["attributes"], strict=True)
        ]
    }


def delete_attributes(account: Account, given: Document) -> Document:
    """Take attributes away, all or none; those that are not there are no error."""
    cluster = account.cluster(given.get("cluster"))
    targets = _targets(account, cluster, given["attributes"])
    deleted = []
    for record, attribute in zip(targets, given["attributes"], strict=True):
        name = attribute["name"]
        value = attributes_of(cluster.engine, record.id).get(name)
        cluster.engine.delete_attributes(record.id, [name])
        deleted.append(_answer(record, name, value))
    return {"attributes": deleted}


def list_attributes(account: Account, given: Document) -> Document:
    """List attributes of the instances that are not INACTIVE, instance by instance."""
    cluster = account.cluster(given.get("cluster"))
    check_one_of(given["targetType"], "targetType", TARGET_TYPES)
    name, value = given.get("attributeName"), given.get("attributeValue")
    if value is not None and name is None:
        raise invalid("attributeValue needs an attributeName.")
    found = [
        _answer(record, key, text)
        for record, key, text in _attributes(cluster)
        if name in (None, key) and value in (None, text)
    ]
    listed, token = page(found, given)
    return {"attributes": listed, **({"nextToken": token} if token else {})}


def _attributes(cluster: ClusterRecord) -> Iterator[tuple[InstanceRecord, str, str | None]]:
    for record in cluster.instances.values():
        if record.last is None:
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
        if record is None or record.last is not None:
            raise refused(
                "TargetNotFoundException",
                f"The specified target {describe_value(attribute['targetId'])} was not found.",
            )
        if not attribute["targetId"].startswith("arn:") and "targetType" not in attribute:
            raise invalid("targetType is required with the short form of a targetId.")
        found.append(record)
    return found


def _answer(record: InstanceRecord, name: str, value: str | None) -> Document:
    """Return an attribute with its target, as the service prints it."""
    document = {"name": name, "targetId": record.arn}
    return {**document, "value": value} if value else document


OPERATIONS = {
    "DeleteAttributes": delete_attributes,
    "ListAttributes": list_attributes,
    "PutAttributes": put_attributes,
}
