"""TagResource, UntagResource, ListTagsForResource: every kind of record that has tags."""

from __future__ import annotations

from typing import Any

import pytest

from against_botocore import Checked
from capacity_session import group_with, provider_of
from placement.ecs.calls.ecs.tags import OWNERS
from tasks_world import add_machine, define, refusal

ARN = "arn:aws:ecs:us-east-1:123456789012"
TEAM = {"key": "team", "value": "a"}


@pytest.fixture
def owners(checked_client: Checked) -> dict[str, str]:
    """The ARN of one record of each kind."""
    client = checked_client
    cluster = client.create_cluster(clusterName="prod")["cluster"]["clusterArn"]
    machine = add_machine(client)
    definition = define(client)["taskDefinitionArn"]
    (task,) = client.run_task(cluster="prod", taskDefinition="web")["tasks"]
    service = client.create_service(
        cluster="prod", serviceName="shop", taskDefinition="web", desiredCount=1
    )["service"]
    provider_of(client.session, "spare", group_with(client.session))
    (provider,) = client.describe_capacity_providers(capacityProviders=["spare"])[
        "capacityProviders"
    ]
    return {
        "capacity-provider": provider["capacityProviderArn"],
        "cluster": cluster,
        "container-instance": machine,
        "service": service["serviceArn"],
        "task": task["taskArn"],
        "task-definition": definition,
    }


def described(client: Checked, kind: str, arn: str) -> Any:
    """Return the tags that the describe call of a kind shows."""
    include = {"include": ["TAGS"]}
    match kind:
        case "capacity-provider":
            answer = client.describe_capacity_providers(capacityProviders=[arn], **include)
            return answer["capacityProviders"][0]["tags"]
        case "cluster":
            return client.describe_clusters(clusters=[arn], **include)["clusters"][0]["tags"]
        case "container-instance":
            answer = client.describe_container_instances(
                cluster="prod", containerInstances=[arn], **include
            )
            return answer["containerInstances"][0]["tags"]
        case "service":
            answer = client.describe_services(cluster="prod", services=[arn], **include)
            return answer["services"][0]["tags"]
        case "task":
            return client.describe_tasks(cluster="prod", tasks=[arn], **include)["tasks"][0]["tags"]
    return client.describe_task_definition(taskDefinition=arn, **include)["tags"]


@pytest.mark.parametrize("kind", sorted(OWNERS))
def test_every_kind_is_tagged(checked_client: Checked, owners: dict[str, str], kind: str) -> None:
    client, arn = checked_client, owners[kind]
    assert client.list_tags_for_resource(resourceArn=arn)["tags"] == []
    client.tag_resource(resourceArn=arn, tags=[TEAM, {"key": "b", "value": "1"}])
    client.tag_resource(resourceArn=arn, tags=[{"key": "b", "value": "2"}])
    both = [TEAM, {"key": "b", "value": "2"}]
    assert client.list_tags_for_resource(resourceArn=arn)["tags"] == both
    assert described(client, kind, arn) == both
    client.untag_resource(resourceArn=arn, tagKeys=["team", "none"])
    assert client.list_tags_for_resource(resourceArn=arn)["tags"] == [{"key": "b", "value": "2"}]
    others = [other for name, other in owners.items() if name != kind]
    assert all(client.list_tags_for_resource(resourceArn=one)["tags"] == [] for one in others)


def test_the_old_form_of_an_arn_names_no_cluster(
    checked_client: Checked, owners: dict[str, str]
) -> None:
    arn = f"{ARN}:service/shop"
    checked_client.tag_resource(resourceArn=arn, tags=[TEAM])
    assert checked_client.list_tags_for_resource(resourceArn=owners["service"])["tags"] == [TEAM]


@pytest.mark.parametrize(
    ("arn", "code"),
    [
        (f"{ARN}:cluster/none", "ResourceNotFoundException"),
        (f"{ARN}:capacity-provider/none", "ResourceNotFoundException"),
        (f"{ARN}:task/prod/none", "ResourceNotFoundException"),
        (f"{ARN}:service/none/shop", "ResourceNotFoundException"),
        (f"{ARN}:service/shop/", "ResourceNotFoundException"),
        (f"{ARN}:task-definition/web:9", "ResourceNotFoundException"),
        (f"{ARN}:task-definition/web", "ResourceNotFoundException"),
        (f"{ARN}:container-instance/a", "ResourceNotFoundException"),
        (f"{ARN}:task-set/a", "InvalidParameterException"),
        (f"{ARN}:cluster", "InvalidParameterException"),
        ("arn:aws:ecs:eu-west-1:123456789012:cluster/prod", "InvalidParameterException"),
        ("prod", "InvalidParameterException"),
        ("", "InvalidParameterException"),
    ],
)
def test_what_is_not_there_is_refused(
    checked_client: Checked, owners: dict[str, str], arn: str, code: str
) -> None:
    assert owners
    with refusal(checked_client, code):
        checked_client.tag_resource(resourceArn=arn, tags=[TEAM])
    with refusal(checked_client, "InvalidParameterException"):  # its model has no other error
        checked_client.list_tags_for_resource(resourceArn=arn)


def test_fifty_tags_and_no_more(checked_client: Checked, owners: dict[str, str]) -> None:
    client, arn = checked_client, owners["cluster"]
    many = [{"key": f"k{number}", "value": ""} for number in range(50)]
    client.tag_resource(resourceArn=arn, tags=many)
    client.tag_resource(resourceArn=arn, tags=[{"key": "k0", "value": "other"}])
    with refusal(client, "InvalidParameterException", "at most 50"):
        client.tag_resource(resourceArn=arn, tags=[TEAM])
    with refusal(client, "InvalidParameterException", "aws:"):
        client.tag_resource(resourceArn=arn, tags=[{"key": "aws:a", "value": ""}])


def test_a_cluster_that_was_deleted_has_no_tags(checked_client: Checked) -> None:
    arn = checked_client.create_cluster(clusterName="old")["cluster"]["clusterArn"]
    checked_client.delete_cluster(cluster="old")
    with refusal(checked_client, "InvalidParameterException", "The specified cluster is inactive"):
        checked_client.tag_resource(resourceArn=arn, tags=[TEAM])
