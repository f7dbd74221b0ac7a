"""Lists in pages, and boto3's paginators."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from botocore.paginate import PageIterator
from hypothesis import given
from hypothesis import strategies as st

import placement
from placement.aws.errors import AbsentOperationError
from placement.ecs import Client, ClientError, ParamValidationError, Session
from placement.ecs.calls.ecs.pages import page
from placement.errors import UsageError


def pages_of(items: list[Any], size: int) -> list[list[Any]]:
    found, token = [], None
    while True:
        parameters = {"maxResults": size} | ({} if token is None else {"nextToken": token})
        part, token = page(items, parameters)
        found.append(part)
        if token is None:
            return found


@given(st.lists(st.text(max_size=5), unique=True, max_size=30), st.integers(1, 100))
def test_pages_are_the_list_in_pieces(items: list[str], size: int) -> None:
    pages = pages_of(items, size)
    assert [item for part in pages for item in part] == items
    assert all(len(part) == size for part in pages[:-1])
    assert len(pages) == max(1, -(-len(items) // size))


def test_without_a_size_there_are_a_hundred() -> None:
    found, token = page(list(range(150)), {})
    assert found == list(range(100))
    assert page(list(range(150)), {"nextToken": token}) == (list(range(100, 150)), None)


@given(st.sets(st.integers(0, 19)), st.integers(1, 19))
def test_a_list_that_has_shrunk_goes_on_behind_the_last_item(gone: set[int], size: int) -> None:
    """What is left of the rest comes, once, unless the last item itself is gone."""
    items = list(range(20))
    first, token = page(items, {"maxResults": size})
    left = [item for item in items if item not in gone or item == first[-1]]
    second, _ = page(left, {"nextToken": token})
    assert second == [item for item in left if item >= size]


def test_a_list_whose_last_item_is_gone_goes_on_at_its_place() -> None:
    _, token = page(["a", "b", "c", "d"], {"maxResults": 2})
    assert page(["a", "c", "d"], {"nextToken": token}) == (["c", "d"], None)
    assert page([], {"nextToken": token}) == ([], None)


def test_a_token_says_nothing_to_its_reader() -> None:
    _, token = page(["secret", "b"], {"maxResults": 1})
    assert token is not None
    assert "secret" not in token
    assert b"secret" not in base64.urlsafe_b64decode(token)


@pytest.mark.parametrize("size", [0, -1, 101, 2**40])
def test_sizes_out_of_range(size: int) -> None:
    with pytest.raises(ClientError, match="maxResults must be from 1 to 100"):
        page([1], {"maxResults": size})


def damaged() -> st.SearchStrategy[str]:
    _, token = page(["a", "b"], {"maxResults": 1})
    assert token is not None
    texts = st.sampled_from([token[:-2], token + "AAAA", token.swapcase(), "", "1", token * 2])
    encoded = st.text().map(lambda text: base64.urlsafe_b64encode(text.encode()).decode())
    return texts | st.text() | encoded


@given(damaged())
def test_tokens_that_are_not_ours(token: str) -> None:
    with pytest.raises(ClientError) as caught:
        page(["a", "b"], {"nextToken": token})
    assert caught.value.response["Error"]["Code"] == "InvalidParameterException"


# Paginators


@pytest.fixture
def client() -> Client:
    client = Client()
    for number in range(5):
        client.create_cluster(clusterName=f"c{number}")
    return client


def names(answers: Any) -> list[list[str]]:
    return [[arn.rpartition("/")[2] for arn in answer["clusterArns"]] for answer in answers]


def test_a_paginator_asks_for_page_after_page(client: Client) -> None:
    paginator = client.get_paginator("list_clusters")
    assert names(paginator.paginate()) == [["c0", "c1", "c2", "c3", "c4"]]
    paged = paginator.paginate(PaginationConfig={"PageSize": 2})
    assert names(paged) == [["c0", "c1"], ["c2", "c3"], ["c4"]]
    assert names(paged) == [["c0", "c1"], ["c2", "c3"], ["c4"]], "it can be asked again"
    assert names([paged.build_full_result()]) == [["c0", "c1", "c2", "c3", "c4"]]


def test_max_items_and_the_rest(client: Client) -> None:
    paginator = client.get_paginator("list_clusters")
    config = {"MaxItems": 3, "PageSize": "2"}
    some = paginator.paginate(PaginationConfig=config)
    assert names(some) == [["c0", "c1"], ["c2"]]
    full = some.build_full_result()
    assert names([full]) == [["c0", "c1", "c2"]]
    assert full["NextToken"] == some.resume_token
    rest = paginator.paginate(PaginationConfig={"StartingToken": full["NextToken"]})
    assert names(rest) == [["c3", "c4"]]
    assert "NextToken" not in rest.build_full_result()
    assert rest.resume_token is None


def test_max_items_that_are_all_there_are(client: Client) -> None:
    full = client.get_paginator("list_clusters").paginate(PaginationConfig={"MaxItems": 5})
    assert full.build_full_result().keys() == {"clusterArns"}


@pytest.mark.parametrize(
    "config",
    [{"MaxItems": "many"}, {"PageSize": 0}, {"PageSize": True}, {"MaxItems": 1.5}, [1]],
    ids=str,
)
def test_configurations_that_are_wrong(client: Client, config: Any) -> None:
    with pytest.raises(ParamValidationError):
        client.get_paginator("list_clusters").paginate(PaginationConfig=config)


def test_what_can_be_paginated(client: Client) -> None:
    """C23: the list calls, as boto3 has it: some have no paginator there."""
    lists = {name for name in dir(client) if name.startswith("list_")}
    daemons = ("list_daemons", "list_daemon_deployments", "list_daemon_task_definitions")
    for name in ("list_service_deployments", "list_tags_for_resource", *daemons):
        lists.remove(name)
        assert not client.can_paginate(name)
    assert all(client.can_paginate(name) for name in lists)
    assert not client.can_paginate("run_task")
    names: list[Any] = ["run_task", "nope", None]
    for name in names:
        with pytest.raises(placement.UsageError):
            client.get_paginator(name)


def test_parameters_go_along_and_are_checked(client: Client) -> None:
    client.register_container_instance(cluster="c1", attributes=[{"name": "a"}])
    paginator = client.get_paginator("list_attributes")
    [found] = paginator.paginate(cluster="c1", targetType="container-instance")
    assert found["attributes"][0]["name"] == "a"
    with pytest.raises(ParamValidationError, match="targetType"):
        list(paginator.paginate(cluster="c1"))


# JMESPath over pages


def clusters(number: int) -> Client:
    client = Client()
    for one in range(number):
        client.create_cluster(clusterName=f"c{one}")
    return client


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("clusterArns[]", ["c0", "c1", "c2", "c3", "c4"]),
        ("clusterArns[?ends_with(@, '/c3')]", ["c3"]),
        ("clusterArns[0]", ["c0", "c2", "c4"]),
        ("length(clusterArns)", [2, 2, 1]),
        ("none", [None, None, None]),
        ("nextToken == null", [False, False, True]),
    ],
)
def test_search_yields_what_boto3_s_does(expression: str, expected: list[Any]) -> None:
    """Items of lists one by one, other values as they are, a value a page."""
    pages = clusters(5).get_paginator("list_clusters").paginate(PaginationConfig={"PageSize": 2})
    found = list(pages.search(expression))
    assert [one.rpartition("/")[2] if isinstance(one, str) else one for one in found] == expected
    assert found == list(PageIterator.search(pages, expression)), "botocore's, over pages of ours"


@pytest.mark.parametrize("expression", ["clusterArns[", "", "foo(", "(" * 9999, 5, None])
def test_search_refuses_what_is_no_expression_before_any_call(expression: Any) -> None:
    pages = clusters(1).get_paginator("list_clusters").paginate()
    with pytest.raises(UsageError, match="JMESPath"):
        pages.search(expression)


def test_search_says_that_an_expression_does_not_fit() -> None:
    pages = clusters(1).get_paginator("list_clusters").paginate()
    with pytest.raises(UsageError, match="the JMESPath expression 'abs"):
        list(pages.search("abs(clusterArns)"))


def test_close_leaves_a_client_as_it_was() -> None:
    client = clusters(2)
    client.close()
    assert len(client.list_clusters()["clusterArns"]) == 2


def test_c47_a_call_that_the_library_does_not_have_is_named() -> None:
    """For the client of every service; any other name is an AttributeError alone."""
    session = Session()
    for service in ("ecs", "elbv2", "cloudwatch"):
        client: Any = session.client(service)
        absent = sorted(client._model.absent)
        assert absent
        for name in absent:
            assert not hasattr(client, name)
            with pytest.raises(AbsentOperationError, match=f"{name} is an operation of"):
                getattr(client, name)
        assert issubclass(AbsentOperationError, AttributeError)
        with pytest.raises(AttributeError) as caught:
            getattr(client, "_".join(["no", "such", "call"]))
        assert not isinstance(caught.value, AbsentOperationError)
