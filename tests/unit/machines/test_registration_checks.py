"""``placement.machines.registration_checks``: what is refused, at which path (1.5, B13, B16, B20).

The client's own tests (``tests/ecs``) hold the service's errors; here it is the paths, and that
messages are those that the client passes on.
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from placement.ecs import Client, ClientError
from placement.errors import DocumentError
from placement.machines.registration_checks import (
    attributes_by_name,
    check_attribute,
    ec2_instance_id,
    is_custom_attribute,
    registered_resources,
)


def number(name: str, value: Any, type: str = "INTEGER") -> dict[str, Any]:
    field = {"INTEGER": "integerValue", "LONG": "longValue", "DOUBLE": "doubleValue"}[type]
    return {"name": name, "type": type, field: value}


def texts(name: str, *values: str) -> dict[str, Any]:
    return {"name": name, "type": "STRINGSET", "stringSetValue": list(values)}


def test_what_is_not_given_is_assumed() -> None:
    """B13: no CPU, no memory, the agent's default ports."""
    found = {one["name"]: one for one in registered_resources([], [], windows=False)}
    assert found["CPU"]["integerValue"] == found["MEMORY"]["integerValue"] == 0
    assert found["PORTS"]["stringSetValue"] == ["22", "2375", "2376", "51678", "51679"]
    assert found["PORTS_UDP"]["stringSetValue"] == []
    windows = {one["name"]: one for one in registered_resources([], [], windows=True)}
    assert "3389" in windows["PORTS"]["stringSetValue"]


def test_ports_are_written_without_leading_zeros() -> None:
    (ports,) = (
        one
        for one in registered_resources([texts("PORTS", "0080")], [], windows=False)
        if one["name"] == "PORTS"
    )
    assert ports["stringSetValue"] == ["80"]


@pytest.mark.parametrize(
    ("resources", "devices", "path"),
    [
        ([number("", 1)], [], "totalResources[0].name"),
        ([number("a", 1), {"name": "b", "type": "FLOAT"}], [], "totalResources[1].type"),
        ([number("CPU", 1, "LONG")], [], "totalResources[0].type"),
        ([number("GPU", 1)], [], "totalResources[0].type"),
        ([{"name": "a", "type": "LONG"}], [], "totalResources[0].longValue"),
        ([number("a", -1)], [], "totalResources[0].integerValue"),
        ([number("a", 2.0**56, "DOUBLE")], [], "totalResources[0].doubleValue"),
        ([texts("PORTS", "1", "65536")], [], "totalResources[0].stringSetValue[1]"),
        ([texts("GPU", "a", "a")], [], "totalResources[0].stringSetValue"),
        ([number("a", 1), number("a", 1)], [], "totalResources[1].name"),
        ([texts("PORTS_UDP", *map(str, range(1, 97)))], [], "totalResources"),
        ([], [{"type": "GPU", "id": "a"}, {"type": "TPU", "id": "b"}], "platformDevices[1].type"),
        ([texts("GPU", "a")], [{"type": "GPU", "id": "b"}], "platformDevices"),
    ],
)
def test_resources_are_refused_at_their_path(
    resources: list[Any], devices: list[Any], path: str
) -> None:
    """B13, B20; the client refuses the same call with the same words."""
    with pytest.raises(DocumentError) as error:
        registered_resources(resources, devices, windows=False)
    assert error.value.path == path
    client = Client()
    client.create_cluster()
    with pytest.raises(ClientError) as refused:
        client.register_container_instance(totalResources=resources, platformDevices=devices)
    assert refused.value.response["Error"] == {
        "Code": "InvalidParameterException",
        "Message": error.value.message,
    }


@pytest.mark.parametrize(
    ("attribute", "path"),
    [
        ({"name": ""}, "here.name"),
        ({"name": "a b"}, "here.name"),
        ({"name": None}, "here.name"),
        ({"name": "a", "value": ""}, "here.value"),
        ({"name": "a", "value": " b"}, "here.value"),
        ({"name": "a", "value": "b", "targetType": "task"}, "here.targetType"),
    ],
)
def test_attributes_are_refused_at_their_path(attribute: dict[str, Any], path: str) -> None:
    """Section 1.5."""
    with pytest.raises(DocumentError) as error:
        check_attribute(attribute, "here")
    assert error.value.path == path


def test_ten_attributes_may_be_custom() -> None:
    """B16."""
    reserved = [{"name": "ecs.a"}, {"name": "com.amazonaws.ecs.b", "value": "c"}]
    own = [{"name": f"a{place}"} for place in range(10)]
    found = attributes_by_name([*reserved, *own])
    assert found["com.amazonaws.ecs.b"] == "c"
    assert found["a9"] is None
    assert sum(map(is_custom_attribute, found)) == 10
    with pytest.raises(DocumentError) as error:
        attributes_by_name([*reserved, *own, {"name": "one-more"}])
    assert error.value.path == "attributes"
    with pytest.raises(DocumentError) as error:
        attributes_by_name([*reserved, {"name": "ecs.a"}])
    assert error.value.path == "attributes[2].name"


def test_an_identity_document_names_the_instance() -> None:
    """B7, B12."""
    assert ec2_instance_id(None) is None
    assert ec2_instance_id(json.dumps({"instanceId": "i-1"})) == "i-1"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{}",
        "[]",
        "null",
        "[" * 50_000,
        '{"instanceId": 5}',
        '{"instanceId": ""}',
        '{"instanceId": "a\\n"}',
        json.dumps({"instanceId": "i" * 256}),
        "x" * 65_537,
    ],
    ids=lambda text: text[:20],
)
def test_other_identity_documents_are_refused(text: str) -> None:
    with pytest.raises(DocumentError) as error:
        ec2_instance_id(text)
    assert error.value.path == "instanceIdentityDocument"
