"""Clusters, and what holds for the client as a whole."""

from __future__ import annotations

import inspect
from datetime import UTC, datetime
from typing import Any

import pytest

import placement
from against_botocore import Checked
from memory import refused, remembered
from placement.ecs import Client, ParamValidationError

NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
ARN = "arn:aws:ecs:us-east-1:123456789012"


def test_the_same_calls_give_the_same_answers() -> None:
    """Ids come from the seed, time from the clock."""

    def played(seed: int) -> list[Any]:
        client = Client(seed=seed, clock=lambda: NOON)
        return [
            client.create_cluster(clusterName="a"),
            client.register_container_instance(cluster="a"),
            client.list_container_instances(cluster="a"),
        ]

    assert played(1) == played(1)
    assert played(1) != played(2)


@pytest.mark.parametrize(
    ("region", "partition"),
    [("eu-central-1", "aws"), ("cn-north-1", "aws-cn"), ("us-gov-west-1", "aws-us-gov")],
)
def test_arns_name_partition_region_and_account(region: str, partition: str) -> None:
    client = Client(region, "999999999999")
    arn = client.create_cluster()["cluster"]["clusterArn"]
    assert arn == f"arn:{partition}:ecs:{region}:999999999999:cluster/default"
    assert client.meta.region_name == region


def test_the_region_has_boto3s_name_too() -> None:
    """C37."""
    choices: list[dict[str, Any]] = [{"region": "eu-west-1"}, {}]
    for options in choices:
        client = Client(**options, region_name="eu-west-1")
        assert client.meta.region_name == "eu-west-1"
        assert client.create_cluster()["cluster"]["clusterArn"].startswith("arn:aws:ecs:eu-west-1:")


@pytest.mark.parametrize(
    "options",
    [
        {"region": "moon"},
        {"region": None},
        {"account_id": "1"},
        {"account_id": 123456789012},
        {"seed": "1"},
        {"seed": True},
        {"clock": NOON},
        {"region_name": "moon"},
        {"region_name": 1},
        {"region": "eu-west-1", "region_name": "eu-central-1"},
    ],
    ids=str,
)
def test_a_client_of_wrong_arguments(options: dict[str, Any]) -> None:
    with pytest.raises(placement.UsageError):
        Client(**options)


def test_a_clock_without_time_zone_is_refused_and_nothing_changes() -> None:
    times = [NOON]
    client = Client(clock=lambda: times[0])
    client.create_cluster()
    before = remembered(client)
    times[0] = datetime(2026, 3, 1)
    with pytest.raises(placement.UsageError, match="time zone"):
        client.register_container_instance()
    times[0] = NOON
    assert remembered(client) == before


def test_every_call_has_a_docstring_and_takes_keywords_only() -> None:
    calls = [getattr(Client, name) for name in dir(Client) if not name.startswith("_")]
    assert len(calls) >= 28
    assert all(inspect.getdoc(call) for call in calls)
    with pytest.raises(TypeError):
        Client().create_cluster("a")


def test_what_is_given_and_what_is_answered_is_the_callers_own() -> None:
    client = Client()
    tags = [{"key": "a", "value": "b"}]
    answer = client.create_cluster(tags=tags)
    tags[0]["key"] = "z"
    answer["cluster"]["tags"].clear()
    [found] = client.describe_clusters(include=["TAGS"])["clusters"]
    assert found["tags"] == [{"key": "a", "value": "b"}]


def test_unknown_and_wrongly_typed_parameters_are_refused_before_anything_else() -> None:
    """C23: as botocore does before it sends anything, also where the cluster is not there."""
    client = Client()
    for parameters in ({"custer": "a"}, {"cluster": 1}, {"totalResources": [{"name": 1}]}):
        with pytest.raises(ParamValidationError):
            client.register_container_instance(**parameters)


# Clusters


def test_create_describe_list_delete(checked_client: Checked) -> None:
    client = checked_client
    created = client.create_cluster(clusterName="prod")["cluster"]
    assert created["clusterArn"] == f"{ARN}:cluster/prod"
    assert created["status"] == "ACTIVE"
    assert created["settings"] == [{"name": "containerInsights", "value": "disabled"}]
    client.create_cluster()
    assert client.list_clusters()["clusterArns"] == [
        f"{ARN}:cluster/prod",
        f"{ARN}:cluster/default",
    ]
    both = client.describe_clusters(clusters=["prod", f"{ARN}:cluster/default"])
    assert [one["clusterName"] for one in both["clusters"]] == ["prod", "default"]
    assert client.delete_cluster(cluster="prod")["cluster"]["status"] == "INACTIVE"
    assert client.list_clusters()["clusterArns"] == [f"{ARN}:cluster/default"]
    [gone] = client.describe_clusters(clusters=["prod"])["clusters"]
    assert gone["status"] == "INACTIVE"
    with refused(client, "ClusterNotFoundException"):
        client.delete_cluster(cluster="prod")
    assert client.create_cluster(clusterName="prod")["cluster"]["status"] == "ACTIVE"


def test_creating_again_returns_the_existing_one(checked_client: Checked) -> None:
    client = checked_client
    client.create_cluster(clusterName="a", tags=[{"key": "team", "value": "x"}])
    client.register_container_instance(cluster="a")
    again = client.create_cluster(clusterName="a", tags=[{"key": "team", "value": "y"}])["cluster"]
    assert again["tags"] == [{"key": "team", "value": "x"}]
    assert again["registeredContainerInstancesCount"] == 1


def test_what_describe_includes(checked_client: Checked) -> None:
    client = checked_client
    configuration = {"executeCommandConfiguration": {"logging": "DEFAULT"}}
    client.create_cluster(
        clusterName="a",
        tags=[{"key": "k"}],
        settings=[{"name": "containerInsights", "value": "enabled"}],
        configuration=configuration,
        capacityProviders=["FARGATE", "mine"],
        defaultCapacityProviderStrategy=[{"capacityProvider": "FARGATE", "weight": 1}],
        serviceConnectDefaults={"namespace": "n"},
    )
    [plain] = client.describe_clusters(clusters=["a"])["clusters"]
    assert plain["tags"] == plain["settings"] == plain["statistics"] == []
    assert "configuration" not in plain
    assert "attachments" not in plain
    assert plain["capacityProviders"] == ["FARGATE", "mine"]
    assert plain["defaultCapacityProviderStrategy"] == [
        {"capacityProvider": "FARGATE", "weight": 1, "base": 0}
    ]
    fields = ["ATTACHMENTS", "CONFIGURATIONS", "SETTINGS", "STATISTICS", "TAGS"]
    [full] = client.describe_clusters(clusters=["a"], include=fields)["clusters"]
    assert full["tags"] == [{"key": "k"}]
    assert full["settings"] == [{"name": "containerInsights", "value": "enabled"}]
    assert full["configuration"] == configuration
    assert full["attachments"] == []
    statistics = {one["name"]: one["value"] for one in full["statistics"]}
    assert statistics["runningEC2TasksCount"] == statistics["activeFargateServiceCount"] == "0"
    assert len(statistics) == 12


def test_clusters_that_are_not_there_are_failures(checked_client: Checked) -> None:
    """2.13: MISSING; without names the cluster is ``default``."""
    client = checked_client
    assert client.describe_clusters() == {
        "clusters": [],
        "failures": [{"arn": f"{ARN}:cluster/default", "reason": "MISSING"}],
        "ResponseMetadata": {"HTTPStatusCode": 200, "RetryAttempts": 0},
    }
    client.create_cluster(clusterName="a")
    other = "arn:aws:ecs:eu-west-1:123456789012:cluster/a"
    found = client.describe_clusters(clusters=["a", "a", other])
    assert [one["clusterName"] for one in found["clusters"]] == ["a"]
    assert found["failures"] == [{"arn": other, "reason": "MISSING"}]


def test_a_cluster_that_is_not_empty_stays(checked_client: Checked) -> None:
    client = checked_client
    client.create_cluster()
    arn = client.register_container_instance()["containerInstance"]["containerInstanceArn"]
    for status in ("ACTIVE", "DRAINING"):
        client.update_container_instances_state(containerInstances=[arn], status=status)
        client.list_clusters()  # with a clock, every call first runs what is due (C40)
        with refused(client, "ClusterContainsContainerInstancesException"):
            client.delete_cluster(cluster="default")
    client.deregister_container_instance(containerInstance=arn)
    client.delete_cluster(cluster="default")


@pytest.mark.parametrize(
    "parameters",
    [
        {"clusterName": ""},
        {"clusterName": "a b"},
        {"clusterName": "a" * 256},
        {"clusterName": "a\n"},
        {"settings": [{"name": "other", "value": "enabled"}]},
        {"settings": [{"name": "containerInsights", "value": "yes"}]},
        {"settings": [{"name": "containerInsights"}]},
        {"configuration": {"executeCommandConfiguration": {"logging": "LOUD"}}},
        {"capacityProviders": ["a", "a"]},
        {"capacityProviders": [""]},
        {"capacityProviders": [f"p{number}" for number in range(21)]},
        {"defaultCapacityProviderStrategy": [{"capacityProvider": "FARGATE", "weight": 1}]},
        {"tags": [{"key": f"k{number}"} for number in range(51)]},
        {"tags": [{"key": "a"}, {"key": "a"}]},
        {"tags": [{"key": "a" * 129}]},
        {"tags": [{"key": "a", "value": "a" * 257}]},
        {"tags": [{"value": "a"}]},
        {"tags": [{"key": "a;b"}]},
        {"tags": [{"key": "AWS:a"}]},
    ],
    ids=lambda parameters: str(parameters)[:60],
)
def test_clusters_that_are_not_created(checked_client: Checked, parameters: dict[str, Any]) -> None:
    """Names, settings, providers, tags (section 10: 50 tags)."""
    with refused(checked_client, "InvalidParameterException"):
        checked_client.create_cluster(**parameters)


@pytest.mark.parametrize(
    "strategy",
    [
        [{"capacityProvider": "p"}],
        [{"capacityProvider": "p", "weight": 1001}],
        [{"capacityProvider": "p", "weight": 1, "base": 100_001}],
        [{"capacityProvider": "p", "weight": 1}, {"capacityProvider": "p", "weight": 1}],
        [
            {"capacityProvider": "p", "weight": 1, "base": 1},
            {"capacityProvider": "q", "weight": 1, "base": 1},
        ],
    ],
    ids=str,
)
def test_default_strategies_that_are_refused(
    checked_client: Checked, strategy: list[dict[str, Any]]
) -> None:
    with refused(checked_client, "InvalidParameterException"):
        checked_client.create_cluster(
            capacityProviders=["p", "q"], defaultCapacityProviderStrategy=strategy
        )


def test_the_largest_of_what_is_allowed(checked_client: Checked) -> None:
    tags = [{"key": f"{number}" + "k" * 126, "value": "v" * 256} for number in range(50)]
    checked_client.create_cluster(clusterName="a" * 255, tags=tags)
    names = [f"c{number}" for number in range(101)]
    assert len(checked_client.describe_clusters(clusters=names[:100])["failures"]) == 100
    with refused(checked_client, "InvalidParameterException"):
        checked_client.describe_clusters(clusters=names)
    with refused(checked_client, "InvalidParameterException"):
        checked_client.describe_clusters(include=["EVERYTHING"])


def test_the_default_cluster_is_there_once_it_is_created(checked_client: Checked) -> None:
    for call in (checked_client.list_container_instances, checked_client.list_tasks):
        with refused(checked_client, "ClusterNotFoundException", "Cluster not found"):
            call()
    checked_client.create_cluster()
    assert checked_client.list_container_instances()["containerInstanceArns"] == []


def test_the_cluster_is_looked_at_before_the_parameters(checked_client: Checked) -> None:
    """B23."""
    with refused(checked_client, "ClusterNotFoundException"):
        checked_client.list_container_instances(cluster="nope", filter="", maxResults=0)
    with refused(checked_client, "ClusterNotFoundException"):
        checked_client.describe_container_instances(cluster="nope", containerInstances=[])


def test_a_client_and_what_hangs_on_it_say_what_they_are() -> None:
    client = placement.ecs.Client(region_name="eu-west-1")
    assert repr(client) == "<placement.ecs.Client: account 123456789012 in eu-west-1>"
    assert repr(client.exceptions).startswith("<exceptions of ECS: ")
    assert repr(client.get_paginator("list_tasks")) == "<Paginator of list_tasks>"
