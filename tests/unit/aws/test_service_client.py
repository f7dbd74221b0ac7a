"""The base of clients, with a service that is not ECS: other names, codes and pages."""

from __future__ import annotations

import inspect
from typing import Any, ClassVar

import pytest

import placement
from placement.aws.client import FreshAnswer, ServiceClient
from placement.aws.errors import AbsentOperationError, ErrorShape, Exceptions, client_error
from placement.aws.paginators import page_of
from placement.aws.service_model import (
    ListShape,
    OperationModel,
    Pagination,
    ServiceModel,
    Shape,
    StructureShape,
)
from placement.ecs import Client, ClientError, ParamValidationError

TEXT, COUNT = Shape("Name", "string"), Shape("PageSize", "integer", minimum=1)
NAMES = ListShape("Names", "list", member=TEXT)
GROUP_ERROR = ErrorShape("TargetGroupNotFoundException", "TargetGroupNotFound", 404)

MODEL = ServiceModel(
    service_id="Balancing",
    operations={
        "CreateGroup": OperationModel(
            "CreateGroup",
            "create_group",
            StructureShape(
                "CreateGroupInput",
                "structure",
                members={"Name": TEXT, "Tags": NAMES, "Weight": COUNT},
                required=("Name",),
            ),
        ),
        "DescribeGroups": OperationModel(
            "DescribeGroups",
            "describe_groups",
            StructureShape(
                "DescribeGroupsInput",
                "structure",
                members={"Names": NAMES, "Marker": TEXT, "PageSize": COUNT},
            ),
            Pagination("Marker", "NextMarker", "PageSize", ("Groups", "Rest")),
        ),
    },
    absent=frozenset({"delete_group"}),
    shapes={},
    errors=(GROUP_ERROR,),
)
EXCEPTIONS = Exceptions(
    MODEL.service_id, MODEL.errors, unreadable_code="SerializationException", module=__name__
)
globals().update(EXCEPTIONS.classes)


def create_group(account: list[str], parameters: dict[str, Any]) -> dict[str, Any]:
    """Create a group."""
    account.append(parameters["Name"])
    return {"Tags": parameters.get("Tags", [])}


def describe_groups(account: list[str], parameters: dict[str, Any]) -> dict[str, Any]:
    """Describe groups."""
    for name in parameters.get("Names", ()):
        if name not in account:
            raise client_error(EXCEPTIONS, "TargetGroupNotFound", f"no {name}")
    page, token = page_of(account, parameters.get("PageSize", 4), parameters.get("Marker"))
    following = {} if token is None else {"NextMarker": token}
    return {"Groups": page, "Rest": [len(page)], **following}


class Balancing(ServiceClient):
    exceptions = EXCEPTIONS
    _model = MODEL
    _operations: ClassVar[Any] = {"CreateGroup": create_group, "DescribeGroups": describe_groups}


@pytest.fixture
def client() -> Balancing:
    return Balancing(["a", "b", "c", "d", "e", "f"], "eu-west-1")


def test_methods_come_from_the_registry(client: Balancing) -> None:
    assert client.create_group(Name="g", Tags=("x",))["Tags"] == ["x"]
    method: Any = vars(Balancing)["create_group"]
    assert inspect.getdoc(method) == "Create a group."
    assert method.__qualname__ == "Balancing.create_group"
    assert client.meta.region_name == "eu-west-1"
    with pytest.raises(TypeError, match=r"Balancing.create_group\(\)"):
        client.create_group("g")


def test_the_answer_is_a_copy_of_pythons_own_types(client: Balancing) -> None:
    class Text(str):
        pass

    tags = [Text("x")]
    answer = client.create_group(Name=Text("g"), Tags=tags)
    assert answer["Tags"] is not tags
    assert type(answer["Tags"][0]) is str
    assert type(client._account[-1]) is str


def test_what_the_wire_cannot_carry_has_the_services_code(client: Balancing) -> None:
    with pytest.raises(ClientError, match="Weight is a whole number of 32 bits") as caught:
        client.create_group(Name="g", Weight=2**31)
    assert caught.value.response["Error"]["Code"] == "SerializationException"
    with pytest.raises(ParamValidationError, match="Missing required parameter in input"):
        client.create_group()
    assert "g" not in client._account


def test_errors_have_botocores_names_and_the_services_codes(client: Balancing) -> None:
    """C47: the class has the shape's name, the response its code; classes belong to one service."""
    with pytest.raises(client.exceptions.TargetGroupNotFoundException) as caught:
        client.describe_groups(Names=["z"])
    error = caught.value
    assert error.response["Error"] == {"Code": "TargetGroupNotFound", "Message": "no z"}
    assert error.response["ResponseMetadata"]["HTTPStatusCode"] == 404
    assert error.operation_name == "DescribeGroups"
    assert client.exceptions.from_code("TargetGroupNotFound") is type(error)
    assert not hasattr(Client().exceptions, "TargetGroupNotFoundException")
    assert client.exceptions.ClientError is Client().exceptions.ClientError


def test_an_operation_that_is_not_there(client: Balancing) -> None:
    """C47: one of the service's says so and lists those that are there; others are no names."""
    with pytest.raises(AbsentOperationError, match="create_group, describe_groups") as caught:
        client.delete_group(Name="g")
    assert isinstance(caught.value, placement.PlacementError)
    assert not hasattr(client, "delete_group")
    with pytest.raises(AttributeError, match="no attribute make_coffee") as plain:
        _ = client.make_coffee
    assert not isinstance(plain.value, AbsentOperationError)
    with pytest.raises(AbsentOperationError, match="create_task_set is an operation of ECS"):
        Client().create_task_set(service="s")


def test_pages_of_another_services_names(client: Balancing) -> None:
    paginator = client.get_paginator("describe_groups")
    pages = [page["Groups"] for page in paginator.paginate(PaginationConfig={"PageSize": 4})]
    assert pages == [["a", "b", "c", "d"], ["e", "f"]]
    full = paginator.paginate().build_full_result()
    assert full == {"Groups": ["a", "b", "c", "d", "e", "f"], "Rest": [4, 2]}
    assert not client.can_paginate("create_group")


@pytest.mark.parametrize("most", range(1, 8))
def test_max_items_without_a_page_size(client: Balancing, most: int) -> None:
    """The service's own page size is not known here: the last page is asked for once more."""
    paginator = client.get_paginator("describe_groups")
    found = paginator.paginate(PaginationConfig={"MaxItems": most}).build_full_result()
    assert found["Groups"] == list("abcdef")[:most]
    assert ("NextToken" in found) == (most < 6)
    if most < 6:
        rest = paginator.paginate(PaginationConfig={"StartingToken": found["NextToken"]})
        assert rest.build_full_result()["Groups"] == list("abcdef")[most:]


class Fresh(ServiceClient):
    exceptions = EXCEPTIONS
    _model = MODEL
    _operations: ClassVar[dict[str, Any]] = {
        "DescribeGroups": lambda account, _: account[0](Groups=account[1])
    }


def test_a_fresh_answer_is_not_copied_and_any_other_is() -> None:
    groups = [{"Name": "a"}]
    answer = Fresh([FreshAnswer, groups], "us-east-1").describe_groups()
    assert answer["Groups"] is groups
    assert type(answer) is dict
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 200
    copied = Fresh([dict, groups], "us-east-1").describe_groups()["Groups"]
    assert copied == groups
    assert copied[0] is not groups[0]
