"""``placement.documents.dump``: the lists of a dump, where elements came from, ARNs."""

from __future__ import annotations

from typing import Any

import botocore.session
import pytest

from placement import Cluster, DocumentError, Instance
from placement.documents.definition_index import DefinitionIndex
from placement.documents.dump import (
    DUMP_LISTS,
    ArnBuilder,
    ClusterDump,
    DumpPart,
    dump_parts,
    holds_lists,
    split_document,
)
from placement.documents.problems import Problems
from placement.ecs import Client

MODEL = botocore.session.get_session().get_service_model("ecs")

ARN = "arn:aws:ecs:us-east-1:111122223333:task-definition/web:3"


@pytest.mark.parametrize("name", DUMP_LISTS)
def test_every_list_is_what_its_command_prints(name: str) -> None:
    """C11: the names of lists and of ARNs are those of the API's own answers."""
    known = DUMP_LISTS[name]
    operation = "".join(map(str.capitalize, known.command.split("-")))
    printed = MODEL.operation_model(operation).output_shape.members
    element = printed[name].member if known.single is None else printed[known.single]
    if known.arn is not None:
        assert known.arn in element.members


def test_dumps_have_these_lists_and_no_others() -> None:
    cluster = Cluster()
    cluster.register(Instance(id="a"))
    assert set(cluster.to_ecs()) == set(DUMP_LISTS)
    client = Client()
    client.create_cluster()
    assert set(client.to_ecs()) == {*DUMP_LISTS, "placementState"}  # C50


def test_pages_are_joined_in_the_order_given() -> None:
    dump = split_document(
        [{"containerInstances": [1]}, {"tasks": [2], "containerInstances": [3, 4]}, {"tasks": [5]}]
    )
    assert list(dump.elements("containerInstances")) == [1, 3, 4]
    assert list(dump.elements("tasks")) == [2, 5]
    assert list(dump.elements("clusters")) == []
    assert dump.path == "containerInstances"


def test_a_single_definition_comes_after_the_list_of_its_page() -> None:
    page = {"containerInstances": [], "taskDefinition": 3, "taskDefinitions": [1, 2]}
    assert list(split_document(page).elements("taskDefinitions")) == [1, 2, 3]


def test_an_iterator_of_instances_is_read_once_and_not_kept() -> None:
    """C11."""
    dump = split_document(iter([1, 2]))
    assert dump.path == ""
    assert list(dump.elements("containerInstances")) == [1, 2]
    assert list(dump.elements("containerInstances")) == []


@pytest.mark.parametrize(
    ("path", "origin"),
    [
        ("tasks[0].taskArn", ("a.json", "tasks[0].taskArn")),
        ("tasks[2].cpu", ("b.json", "[1].tasks[1].cpu")),
        ("tasks[1]", ("b.json", "[1].tasks[0]")),
        ("taskDefinitions[1].family", ("b.json", "[1].taskDefinition.family")),
        ("tasks[3]", None),
        ("tasks", None),
        ("clusters[0]", None),
        ("", None),
        (f"tasks[{'9' * 5000}]", None),
    ],
)
def test_a_place_in_the_joined_lists_leads_to_its_file(
    path: str, origin: tuple[str, str] | None
) -> None:
    definition: dict[str, Any] = {"family": 5}
    parts = [
        *dump_parts({"tasks": [{}], "taskDefinitions": [{}]}, "", "a.json"),
        *dump_parts({"tasks": [{}, {}], "taskDefinition": definition}, "[1]", "b.json"),
    ]
    assert ClusterDump(parts).origin(path) == origin


def test_parts_of_unlisted_names_are_left_out() -> None:
    document = {"tasks": [1], "clusters": 5}
    assert dump_parts(document, "", names=["tasks"]) == [DumpPart("tasks", [1], "tasks")]
    assert holds_lists(document, ["clusters"])
    assert not holds_lists(document, ["protectedTasks"])
    assert holds_lists({"taskDefinition": None}, ["taskDefinitions"])
    assert not holds_lists([document])


@pytest.mark.parametrize(
    ("document", "path", "message"),
    [
        ({"tasks": []}, "document", "containerInstances is missing"),
        ({"containerInstances": 5}, "containerInstances", "expected a list, not int"),
        ([{"tasks": []}, {"tasks": {}}], "[1].tasks", "expected a list, not dict"),
        ([{"tasks": []}, 5], "[1]", "expected an object, not int"),
        (5, "", "expected a document of describe-container-instances, not int"),
        (None, "", "expected a document of describe-container-instances, not null"),
        ("text", "", "expected a document of describe-container-instances, not str"),
    ],
)
def test_other_documents_are_refused(document: Any, path: str, message: str) -> None:
    with pytest.raises(DocumentError) as error:
        split_document(document)
    assert (error.value.path, error.value.message) == (path, message)


def test_a_definition_is_read_when_it_is_asked_for_and_the_first_of_an_arn_counts() -> None:
    good = {
        "taskDefinitionArn": ARN,
        "family": "web",
        "revision": 3,
        "containerDefinitions": [{"name": "a", "memory": 5}],
    }
    bad = {"taskDefinitionArn": f"{ARN}1", "containerDefinitions": 5}
    problems = Problems("skip")
    index = DefinitionIndex([good, bad, {**good, "family": "other"}], problems)
    found = index.get(ARN)
    assert found is not None
    assert (found.family, found.memory) == ("web", 5)
    assert index.get(ARN) is found
    assert index.document(ARN) is good
    assert index.get("unknown") is None
    assert index.document("unknown") == {}
    assert not index.is_left_out("unknown")
    assert index.get(f"{ARN}1") is None
    assert index.is_left_out(f"{ARN}1")
    assert [one.path for one in problems.skipped] == [
        "taskDefinitions[2]",
        "taskDefinitions[1].containerDefinitions",
    ]


@pytest.mark.parametrize(
    ("prefixes", "cluster", "task"),
    [
        ([], None, "arn:aws:ecs:us-east-1:123456789012:task/a"),
        ([""], None, "arn:aws:ecs:us-east-1:123456789012:task/a"),
        (
            ["arn:aws-cn:ecs:cn-north-1:111122223333:container-instance/prod/"],
            "prod",
            "arn:aws-cn:ecs:cn-north-1:111122223333:task/prod/a",
        ),
        (
            [
                "arn:aws:ecs:eu-west-1:111122223333:container-instance/prod/",
                "arn:aws:ecs:eu-west-1:111122223333:container-instance/test/",
            ],
            None,
            "arn:aws:ecs:eu-west-1:111122223333:task/a",
        ),
    ],
)
def test_arns_follow_those_of_the_instances(
    prefixes: list[str], cluster: str | None, task: str
) -> None:
    arns = ArnBuilder(prefixes)
    assert arns.cluster == cluster
    assert arns.task("a") == task
