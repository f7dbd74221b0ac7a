"""Every row of ``updates.toml``: which parameters of UpdateService start a deployment (S2.2)."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest

from placement.ecs.session import Session
from service_calls import Calls

TABLE = tomllib.loads(Path(__file__).with_name("updates.toml").read_text(encoding="utf-8"))
CASES = TABLE["case"]


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_an_update_starts_a_deployment_or_not(case: dict[str, Any]) -> None:
    calls = Calls(Session(seed=1))
    calls.play(TABLE["setup"])
    name = case.get("service", "web")
    if "first" in case:
        calls.ecs.update_service(service=name, **calls.filled(case["first"]))
    before = described(calls, name)
    answer = calls.ecs.update_service(service=name, **calls.filled(case["parameters"]))["service"]
    after = described(calls, name)
    assert {**answer, "tags": []} == {**after, "tags": []}, "the answer is what is described"
    ids = [[one["id"] for one in service["deployments"]] for service in (before, after)]
    assert (ids[0] != ids[1]) is case["deploys"]
    assert (before["currentServiceDeployment"] != after["currentServiceDeployment"]) is (
        case["deploys"]
    )
    for field, value in calls.filled(case.get("shown", {})).items():
        assert after[field] == value
    if "revision" in case:
        arn = after["currentServiceRevisions"][0]["arn"]
        revision = calls.ecs.describe_service_revisions(serviceRevisionArns=[arn])
        for field, value in case["revision"].items():
            assert revision["serviceRevisions"][0][field] == value


def described(calls: Calls, name: str) -> dict[str, Any]:
    services = calls.ecs.describe_services(services=[name])["services"]
    found: dict[str, Any] = services[0]
    return found
