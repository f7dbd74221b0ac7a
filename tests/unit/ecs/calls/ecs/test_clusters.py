"""UpdateCluster and UpdateClusterSettings: what is given is set, the rest stays."""

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


# UpdateCluster


def described(client: Any) -> dict[str, Any]:
    include = ["CONFIGURATIONS", "SETTINGS", "TAGS"]
    found: dict[str, Any] = client.describe_clusters(clusters=["prod"], include=include)
    return {**found["clusters"][0]}


def test_update_cluster_changes_what_is_given(client: Checked) -> None:
    before = described(client)
    logs = {"cloudWatchLogGroupName": "g"}
    configuration = {
        "executeCommandConfiguration": {"logging": "OVERRIDE", "logConfiguration": logs}
    }
    answer = client.update_cluster(cluster="prod", configuration=configuration)["cluster"]
    assert answer == described(client) == {**before, "configuration": configuration}
    answer = client.update_cluster(cluster="prod", serviceConnectDefaults={"namespace": "shop"})
    assert answer["cluster"]["configuration"] == configuration
    answer = client.update_cluster(
        cluster="prod", settings=[{"name": INSIGHTS, "value": "enhanced"}]
    )
    assert settings_of(client) == [{"name": INSIGHTS, "value": "enhanced"}]
    assert answer["cluster"]["configuration"] == configuration


@pytest.mark.parametrize(
    "given",
    [
        {"settings": [{"name": INSIGHTS, "value": "loud"}]},
        {"configuration": {"executeCommandConfiguration": {"logging": "OVERRIDE"}}},
        {"configuration": {"executeCommandConfiguration": {"logging": "LOUD"}}},
        {
            "settings": [{"name": INSIGHTS, "value": "enabled"}],
            "configuration": {"executeCommandConfiguration": {"logConfiguration": {}}},
        },
    ],
)
def test_a_refused_update_of_a_cluster_changes_nothing(
    client: Checked, given: dict[str, Any]
) -> None:
    before = described(client)
    with pytest.raises(ClientError) as caught:
        client.update_cluster(cluster="prod", **given)
    assert caught.value.response["Error"]["Code"] == "InvalidParameterException"
    assert described(client) == before


def test_a_cluster_that_is_not_there_is_not_updated(client: Checked) -> None:
    with pytest.raises(ClientError, match="Cluster not found"):
        client.update_cluster(cluster="none")
