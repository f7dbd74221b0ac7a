"""What the real service was recorded to refuse is refused here in the same words (B46)."""

from __future__ import annotations

import copy
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

from placement.ecs import Client, ClientError

TABLE = tomllib.loads(Path(__file__).with_name("preflight.toml").read_text(encoding="utf-8"))
RULES = TABLE["rule"]
BUILT = [rule for rule in RULES if "not_built" not in rule]
NUMBER = 110
"""The rules about ECS in the list that the table goes through."""

CALLS = {
    "definition": ("register_task_definition", "ClientException"),
    "service": ("create_service", "InvalidParameterException"),
    "cluster": ("create_cluster", "InvalidParameterException"),
}
"""What a rule calls, and the class of the refusal (B46)."""


def merged(base: dict[str, Any], fields: dict[str, Any]) -> dict[str, Any]:
    """Return a document with fields replaced; an empty text removes one."""
    whole = {**copy.deepcopy(base), **fields}
    return {name: value for name, value in whole.items() if value != ""}


def parameters_of(rule: dict[str, Any]) -> dict[str, Any]:
    """Return the parameters of the call that a rule is about."""
    fields = rule.get("fields", {})
    if rule["call"] == "cluster":
        return merged({"clusterName": "new"}, fields)
    if rule["call"] == "service":
        return merged(TABLE["base"]["service"], fields)
    given = merged(TABLE["base"][rule["base"]], fields)
    if "containers" in rule:
        given["containerDefinitions"] = rule["containers"]
    elif "container" in rule:
        given["containerDefinitions"][0] |= rule["container"]
    return given


def client() -> Client:
    """Return an account with what the services of the table name."""
    found = Client()
    found.create_cluster(clusterName="prod", capacityProviders=["FARGATE", "FARGATE_SPOT"])
    port = {"containerPort": 80}
    container = {"name": "app", "image": "nginx", "memory": 64, "portMappings": [port]}
    found.register_task_definition(family="web", containerDefinitions=[container])
    found.register_task_definition(
        family="net", networkMode="awsvpc", containerDefinitions=[container]
    )
    mount = {"sourceVolume": "v", "containerPath": "/v"}
    found.register_task_definition(
        family="disk",
        containerDefinitions=[{**container, "mountPoints": [mount]}],
        volumes=[{"name": "v", "configuredAtLaunch": True}],
    )
    cloud = merged(TABLE["base"]["fargate"], {"family": "cloud"})
    cloud["containerDefinitions"][0]["portMappings"] = [port]
    found.register_task_definition(**cloud)
    return found


def test_b46_every_rule_is_in_the_table_once() -> None:
    assert len({rule["id"] for rule in RULES}) == len(RULES) == NUMBER
    assert all(rule["not_built"] for rule in RULES if "not_built" in rule)


@pytest.mark.parametrize("base", ["ec2", "fargate"])
def test_b46_what_the_rules_begin_with_is_valid(base: str) -> None:
    account = client()
    account.register_task_definition(**merged(TABLE["base"][base], {"family": "other"}))
    account.create_service(**TABLE["base"]["service"])


@pytest.mark.parametrize("rule", BUILT, ids=[rule["id"] for rule in BUILT])
def test_b46_a_refusal_is_the_recorded_one(rule: dict[str, Any]) -> None:
    account = client()
    method, code = CALLS[rule["call"]]
    with pytest.raises(ClientError) as caught:
        getattr(account, method)(**parameters_of(rule))
    error = caught.value.response["Error"]
    assert error["Code"] == code
    pattern = re.escape(rule["text"])
    pattern = pattern.replace(r"\?", ".") if rule.get("lost") else pattern
    assert re.search(pattern, error["Message"])
    if rule["call"] == "definition":
        assert error["Message"].count("\n") == 0, "no other rule refuses it"
