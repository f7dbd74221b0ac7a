"""Account settings (B48): whose they are, what holds for whom, what is refused."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import pytest

from against_botocore import Checked
from placement.ecs import Client
from placement.ecs.control.account_settings import DEFAULTS, has_trunking
from tasks_world import refusal

ROOT = "arn:aws:iam::123456789012:root"
ANNA = "arn:aws:iam::123456789012:user/anna"


def effective(client: Any, principal: str | None = None) -> dict[str, str]:
    """Return what holds for a principal, the root user by default."""
    whose = {} if principal is None else {"principalArn": principal}
    answer = client.list_account_settings(effectiveSettings=True, **whose)
    return {one["name"]: one["value"] for one in answer["settings"]}


def test_b48_a_setting_of_the_root_user_is_that_of_the_account(checked_client: Checked) -> None:
    client = checked_client
    assert effective(client) == DEFAULTS
    assert client.list_account_settings()["settings"] == []
    answer = client.put_account_setting_default(name="awsvpcTrunking", value="enabled")
    expected = {
        "name": "awsvpcTrunking",
        "value": "enabled",
        "principalArn": ROOT,
        "type": "user",
    }
    assert answer["setting"] == expected
    assert client.list_account_settings()["settings"] == [expected]
    assert effective(client, ANNA)["awsvpcTrunking"] == "enabled"
    client.put_account_setting(name="awsvpcTrunking", value="disabled", principalArn=ANNA)
    assert effective(client, ANNA)["awsvpcTrunking"] == "disabled"
    assert effective(client)["awsvpcTrunking"] == "enabled"
    answer = client.delete_account_setting(name="awsvpcTrunking", principalArn=ANNA)
    assert answer["setting"]["value"] == "enabled", "what holds now"
    assert effective(client, ANNA) == effective(client)
    client.delete_account_setting(name="awsvpcTrunking")
    assert effective(client) == DEFAULTS


def test_b48_trunking_is_the_one_setting_that_acts() -> None:
    """Groups of machines ask ``has_trunking``, for the principal that launches instances."""
    client = Client()
    account = client.session._account
    assert not has_trunking(account)
    client.put_account_setting(name="awsvpcTrunking", value="enabled", principalArn=ANNA)
    assert (has_trunking(account), has_trunking(account, ANNA)) == (False, True)
    client.put_account_setting(name="awsvpcTrunking", value="enabled")
    assert has_trunking(account)


def test_settings_are_listed_by_name_and_value_and_in_pages(checked_client: Checked) -> None:
    client = checked_client
    for name in ("awsvpcTrunking", "containerInsights"):
        client.put_account_setting(name=name, value="enabled")
    assert len(client.list_account_settings(name="awsvpcTrunking")["settings"]) == 1
    found = client.list_account_settings(name="awsvpcTrunking", value="disabled")
    assert found["settings"] == []
    pages = client.get_paginator("list_account_settings").paginate(
        effectiveSettings=True, PaginationConfig={"PageSize": 2}
    )
    names = [one["name"] for page in pages for one in page["settings"]]
    assert names == list(DEFAULTS)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"name": "none", "value": "enabled"}, "Setting name should be one of"),
        ({"name": "awsvpcTrunking", "value": "on"}, "should be one of [enabled,disabled]"),
        ({"name": "fargateTaskRetirementWaitPeriod", "value": "8"}, "[0,7,14]"),
        ({"name": "guardDutyActivate", "value": "on"}, "managed by AWS"),
        (
            {"name": "awsvpcTrunking", "value": "enabled", "principalArn": "anna"},
            "Invalid principal ARN",
        ),
    ],
)
def test_other_settings_are_refused(
    checked_client: Checked, given: dict[str, str], message: str
) -> None:
    with refusal(checked_client, "InvalidParameterException", message):
        checked_client.put_account_setting(**given)


def test_a_value_alone_lists_nothing(checked_client: Checked) -> None:
    with refusal(checked_client, "InvalidParameterException", "setting name"):
        checked_client.list_account_settings(value="enabled")


def test_copies_and_documents_keep_settings() -> None:
    """C24, C50: and a copy's settings are its own."""
    client = Client()
    client.create_cluster()
    client.put_account_setting(name="awsvpcTrunking", value="enabled", principalArn=ANNA)
    written = Client.from_ecs(client.session.to_ecs())
    for other in (copy.deepcopy(client), pickle.loads(pickle.dumps(client)), written):
        assert effective(other, ANNA)["awsvpcTrunking"] == "enabled"
        other.delete_account_setting(name="awsvpcTrunking", principalArn=ANNA)
    assert effective(client, ANNA)["awsvpcTrunking"] == "enabled"
