"""UpdateClusterSettings: what is given is set, the rest stays; a refused call changes nothing."""

from __future__ import annotations

from typing import Any

import pytest

from against_botocore import Checked
from placement.ecs import Client, ClientError

INSIGHTS = "containerInsights"


@pytest.fixture
def client() -> Checked:
    """A client whose parameters, answers and errors are checked against botocore's model."""
    checked = Checked(seed=1)
    checked.create_cluster(clusterName="prod", tags=[{"key": "team", "value": "shop"}])
    return checked


def settings_of(client: Any, cluster: str = "prod") -> list[dict[str, str]]:
    [found] = client.describe_clusters(clusters=[cluster], include=["SETTINGS"])["clusters"]
    settings: list[dict[str, str]] = found["settings"]
    return settings


@pytest.mark.parametrize("value", ["enhanced", "enabled", "disabled"])
def test_a_setting_is_stored_and_the_cluster_answered(client: Checked, value: str) -> None:
    settings = [{"name": INSIGHTS, "value": value}]
    answer = client.update_cluster_settings(cluster="prod", settings=settings)["cluster"]
    assert answer["settings"] == settings == settings_of(client)
    include = ["CONFIGURATIONS", "SETTINGS", "TAGS"]
    assert client.describe_clusters(clusters=["prod"], include=include)["clusters"] == [answer]


def test_a_cluster_is_named_by_its_arn_too_and_no_other_one_changes(client: Checked) -> None:
    client.create_cluster()
    arn = client.describe_clusters(clusters=["prod"])["clusters"][0]["clusterArn"]
    client.update_cluster_settings(cluster=arn, settings=[{"name": INSIGHTS, "value": "enabled"}])
    assert settings_of(client) == [{"name": INSIGHTS, "value": "enabled"}]
    assert settings_of(client, "default") == [{"name": INSIGHTS, "value": "disabled"}]


def test_settings_that_are_not_given_stay(client: Checked) -> None:
    """Documents of a cluster may have settings that this library does not know."""
    document = client.to_ecs("prod")
    document["clusters"][0]["settings"] = [{"name": "later", "value": "x"}]
    loaded = Client.from_ecs(document)
    loaded.update_cluster_settings(cluster="prod", settings=[])
    assert settings_of(loaded) == [{"name": "later", "value": "x"}]
    new = {"name": INSIGHTS, "value": "enabled"}
    loaded.update_cluster_settings(cluster="prod", settings=[new])
    assert settings_of(loaded) == [{"name": "later", "value": "x"}, new]


def test_of_a_name_that_is_given_twice_the_last_value_is_taken(client: Checked) -> None:
    both = [{"name": INSIGHTS, "value": value} for value in ("enabled", "enhanced")]
    client.update_cluster_settings(cluster="prod", settings=both)
    assert settings_of(client) == both[1:]


def test_settings_survive_a_dump(client: Checked) -> None:
    client.update_cluster_settings(
        cluster="prod", settings=[{"name": INSIGHTS, "value": "enhanced"}]
    )
    assert settings_of(Client.from_ecs(client.to_ecs("prod"))) == settings_of(client)


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": "other", "value": "enabled"},
        {"name": INSIGHTS, "value": "yes"},
        {"name": INSIGHTS},
        {"value": "enabled"},
        {},
    ],
    ids=str,
)
def test_an_unknown_name_or_value_is_refused_and_changes_nothing(
    client: Checked, wrong: dict[str, str]
) -> None:
    right = {"name": INSIGHTS, "value": "enabled"}
    with pytest.raises(ClientError) as caught:
        client.update_cluster_settings(cluster="prod", settings=[right, wrong])
    assert caught.value.response["Error"]["Code"] == "InvalidParameterException"
    assert settings_of(client) == [{"name": INSIGHTS, "value": "disabled"}]


def test_a_cluster_that_is_not_active_is_not_found(client: Checked) -> None:
    client.delete_cluster(cluster="prod")
    for name in ("prod", "none"):
        with pytest.raises(ClientError) as caught:
            client.update_cluster_settings(cluster=name, settings=[])
        assert caught.value.response["Error"]["Code"] == "ClusterNotFoundException"
