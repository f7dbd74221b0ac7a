"""Attributes of container instances through the API (1.5, B16, C6)."""

from __future__ import annotations

from typing import Any

import pytest

from against_botocore import Checked
from memory import refused

KIND = "container-instance"


@pytest.fixture
def client(checked_client: Checked) -> Checked:
    checked_client.create_cluster()
    return checked_client


def register(client: Checked, **attributes: str | None) -> str:
    listed = [
        {"name": name} if value is None else {"name": name, "value": value}
        for name, value in attributes.items()
    ]
    answer = client.register_container_instance(attributes=listed)
    return str(answer["containerInstance"]["containerInstanceArn"])


def attributes(client: Checked, arn: str) -> dict[str, str | None]:
    answer = client.describe_container_instances(containerInstances=[arn])
    [instance] = answer["containerInstances"]
    return {one["name"]: one.get("value") for one in instance["attributes"]}


def put(arn: str, name: str, value: str | None = None) -> dict[str, Any]:
    found = {"name": name, "targetId": arn}
    return found if value is None else {**found, "value": value}


def test_put_replace_delete(client: Checked) -> None:
    arn = register(client, stack="dev")
    answer = client.put_attributes(attributes=[put(arn, "stack", "prod"), put(arn, "rack")])
    assert answer["attributes"] == [
        {"name": "stack", "value": "prod", "targetId": arn},
        {"name": "rack", "targetId": arn},
    ]
    assert attributes(client, arn) == {"stack": "prod", "rack": None}
    deleted = client.delete_attributes(attributes=[put(arn, "stack"), put(arn, "never")])
    assert deleted["attributes"] == [
        {"name": "stack", "value": "prod", "targetId": arn},
        {"name": "never", "targetId": arn},
    ]
    assert attributes(client, arn) == {"rack": None}


def test_a_put_attribute_is_what_expressions_see(client: Checked) -> None:
    arn = register(client)
    client.put_attributes(attributes=[put(arn, "a/b\\c.d_e-1", "x@y: z/\\._-1")])
    listed = client.list_container_instances(filter="attribute:a/b\\c.d_e-1 == 'x@y: z/\\._-1'")
    assert listed["containerInstanceArns"] == [arn]


def test_several_targets_in_a_call(client: Checked) -> None:
    one, two = register(client), register(client)
    short = {"name": "a", "targetId": two.rpartition("/")[2], "targetType": KIND}
    client.put_attributes(attributes=[put(one, "a", "1"), short, put(one, "a", "2")])
    assert attributes(client, one) == {"a": "2"}
    assert attributes(client, two) == {"a": None}


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": ""},
        {"name": "a b"},
        {"name": "a:b"},
        {"name": "ä"},
        {"name": "a" * 129},
        {"name": "a\n"},
        {"name": "a", "value": ""},
        {"name": "a", "value": " b"},
        {"name": "a", "value": "b "},
        {"name": "a", "value": "b\t"},
        {"name": "a", "value": "b,c"},
        {"name": "a", "value": "b" * 129},
        {"name": "ecs.instance-type", "value": "m5.large"},
        {"name": "com.amazonaws.ecs.capability.x"},
        {"name": "a", "targetType": "cluster"},
    ],
    ids=lambda wrong: str(wrong)[:60],
)
@pytest.mark.parametrize("method", ["put_attributes", "delete_attributes"])
def test_names_and_values(client: Checked, method: str, wrong: dict[str, Any]) -> None:
    """1.5, B16; the good one before it is not put either."""
    arn = register(client)
    with refused(client, "InvalidParameterException"):
        getattr(client, method)(attributes=[put(arn, "good", "1"), {"targetId": arn, **wrong}])


def test_the_longest_names_and_values(client: Checked) -> None:
    arn = register(client)
    client.put_attributes(attributes=[put(arn, "n" * 128, "v" * 128)])
    assert attributes(client, arn) == {"n" * 128: "v" * 128}


@pytest.mark.parametrize("method", ["put_attributes", "delete_attributes"])
def test_ten_attributes_in_a_call(client: Checked, method: str) -> None:
    """B16."""
    arn = register(client)
    call = getattr(client, method)
    with refused(client, "InvalidParameterException"):
        call(attributes=[])
    with refused(client, "InvalidParameterException"):
        call(attributes=[put(arn, f"a{number}") for number in range(11)])
    call(attributes=[put(arn, f"a{number}") for number in range(10)])


def test_ten_custom_attributes_on_an_instance(client: Checked) -> None:
    """B16: built-in ones do not count, replacing one neither; all or nothing."""
    names: dict[str, str | None] = {f"a{number}": None for number in range(9)}
    full, free = register(client, **names, **{"ecs.os-type": "linux"}), register(client)
    client.put_attributes(attributes=[put(full, "tenth")])
    with refused(client, "AttributeLimitExceededException", "11 custom attributes"):
        client.put_attributes(attributes=[put(free, "b"), put(full, "eleventh")])
    client.put_attributes(attributes=[put(full, "tenth", "x"), put(full, "a0", "y")])
    client.delete_attributes(attributes=[put(full, "a1")])
    client.put_attributes(attributes=[put(full, "eleventh")])
    assert len(attributes(client, full)) == 11


@pytest.mark.parametrize("method", ["put_attributes", "delete_attributes"])
def test_targets_that_are_not_there(client: Checked, method: str) -> None:
    """B16: TargetNotFoundException, and nothing is put on the others."""
    client.create_cluster(clusterName="other")
    arn, gone = register(client), register(client)
    client.deregister_container_instance(containerInstance=gone)
    there = client.register_container_instance(cluster="other")["containerInstance"]
    call = getattr(client, method)
    for target in (gone, there["containerInstanceArn"], "arn:aws:ecs:x:y:container-instance/z"):
        with refused(client, "TargetNotFoundException"):
            call(attributes=[put(arn, "a"), put(target, "a")])
    with refused(client, "TargetNotFoundException"):
        call(attributes=[put(arn, "a"), {**put("nope", "a"), "targetType": KIND}])
    with refused(client, "ClusterNotFoundException"):
        call(cluster="nope", attributes=[put(arn, "a")])


def test_a_target_is_needed_and_its_type_with_an_id(client: Checked) -> None:
    arn = register(client)
    for attribute in ({"name": "a"}, put("", "a"), put(arn.rpartition("/")[2], "a")):
        with refused(client, "InvalidParameterException", "target"):
            client.put_attributes(attributes=[attribute])


def test_listing(client: Checked) -> None:
    one, two = register(client, stack="prod", rack=None), register(client, stack="dev")
    gone = register(client, stack="prod")
    client.deregister_container_instance(containerInstance=gone)

    def listed(**parameters: Any) -> list[tuple[str, str, str | None]]:
        answer = client.list_attributes(targetType=KIND, **parameters)
        return [(a["targetId"], a["name"], a.get("value")) for a in answer["attributes"]]

    assert listed() == [(one, "stack", "prod"), (one, "rack", None), (two, "stack", "dev")]
    assert listed(attributeName="stack", attributeValue="dev") == [(two, "stack", "dev")]
    assert listed(attributeName="rack") == [(one, "rack", None)]
    assert listed(attributeName="nope") == []
    assert listed(maxResults=1) == [(one, "stack", "prod")]
    paginator = client.get_paginator("list_attributes")
    pages = list(paginator.paginate(targetType=KIND, PaginationConfig={"PageSize": 2}))
    assert [len(page["attributes"]) for page in pages] == [2, 1]


def test_listings_that_are_refused(client: Checked) -> None:
    for parameters in (
        {"targetType": "cluster"},
        {"targetType": KIND, "attributeValue": "prod"},
        {"targetType": KIND, "maxResults": 0},
        {"targetType": KIND, "nextToken": "x"},
    ):
        with refused(client, "InvalidParameterException"):
            client.list_attributes(**parameters)
