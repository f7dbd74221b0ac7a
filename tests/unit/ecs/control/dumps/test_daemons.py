"""Managed daemons in dumps: written, read, and the same future (C50)."""

from __future__ import annotations

import json
from typing import Any

import pytest

from daemon_session import SECONDS, DaemonSession
from placement.ecs import Session
from placement.errors import DocumentError


def loaded(document: dict[str, Any], **more: Any) -> DaemonSession:
    """Return the session of a document as a world of its own."""
    world = object.__new__(DaemonSession)
    world.session = Session.from_ecs(json.loads(json.dumps(document)), **more)
    world.ecs = world.session.client("ecs")
    return world


def rolled(world: DaemonSession, rounds: int) -> list[Any]:
    """Let time pass and drained instances go; return what happened to daemons and instances."""
    before = len(world.session.history)
    for _ in range(rounds):
        world.session.advance(10)
        world.let_go()
    return [(one.time, one.subject, one.what) for one in world.session.history[before:]]


def without_state(document: dict[str, Any]) -> dict[str, Any]:
    """Return a document as the describe calls alone print it."""
    found = dict(document)
    found["placementState"] = {
        name: value for name, value in document["placementState"].items() if name != "daemons"
    }
    return found


def world_with_daemon() -> tuple[DaemonSession, str]:
    world = DaemonSession(timing=SECONDS)
    world.register("agent", stopTimeout=5)
    daemon = world.create(
        tags=[{"key": "a", "value": "b"}],
        deploymentConfiguration={"drainPercent": 34.0, "bakeTimeInMinutes": 1},
        clientToken="token",
    )
    world.session.advance(0)
    for _ in range(3):
        world.instance()
    world.session.advance(60)
    return world, daemon


def test_c50_a_round_trip_at_rest_is_the_same_document() -> None:
    world, daemon = world_with_daemon()
    document = world.session.to_ecs()
    assert {"daemonTaskDefinitions", "daemons", "daemonDeployments", "daemonRevisions"} <= set(
        document
    )
    again = loaded(document)
    lists = [name for name in document if name.startswith("daemon")]
    rewritten = again.session.to_ecs()
    for name in lists:
        assert rewritten[name] == json.loads(json.dumps(document[name])), name
    assert rewritten["placementState"]["daemons"] == document["placementState"]["daemons"]
    assert again.deployment(daemon)["status"] == "SUCCESSFUL"
    again.ecs.stop_task(task=again.daemons(again.instances[0].id)[0].arn)
    again.session.advance(0)
    assert len(again.drained()) == 1, "it is known as a daemon"


def test_c50_daemons_and_their_tasks_may_come_without_the_instances() -> None:
    """Nobody knows where those tasks run, so that they hold no place."""
    world, daemon = world_with_daemon()
    document = without_state(world.session.to_ecs())
    document["containerInstances"] = []
    again = loaded(document)
    again.session.advance(60)
    assert again.ecs.describe_daemon(daemonArn=daemon)["daemon"]["daemonArn"] == daemon
    assert again.ecs.list_tasks()["taskArns"] == world.ecs.list_tasks()["taskArns"]


@pytest.mark.parametrize("with_state", [True, False])
def test_c50_a_deployment_goes_on_after_loading(with_state: bool) -> None:
    """Without the state a bake time under way begins again; else the future is the same."""
    world, daemon = world_with_daemon()
    world.register()
    world.update(daemon)
    rolled(world, 2)
    document = world.session.to_ecs()
    again = loaded(document if with_state else without_state(document))
    assert again.deployment(daemon)["status"] == "IN_PROGRESS"
    assert again.drained() == world.drained()
    expected = rolled(world, 40)
    found = rolled(again, 40)
    if with_state:
        assert found == expected
    assert again.deployment(daemon)["status"] == "SUCCESSFUL"
    assert not again.instances, "nobody launches others here"


def test_c50_a_daemon_that_starts_keeps_other_tasks_waiting() -> None:
    world, _ = world_with_daemon()
    id = world.instance()
    world.app(1)
    world.session.advance(5)
    again = loaded(world.session.to_ecs())
    assert again.cluster.instances[id].awaited
    again.session.advance(60)
    statuses = [str(one.last_status) for one in again.cluster.instances[id].tasks.values()]
    assert statuses == ["RUNNING"] * len(statuses)


@pytest.mark.parametrize(
    ("name", "change", "path"),
    [
        ("daemons", {"daemonArn": "x"}, "daemons[0].daemonArn"),
        ("daemons", {"status": "x"}, "daemons[0].status"),
        ("daemonDeployments", {"status": "x"}, "daemonDeployments[0].status"),
        (
            "daemonDeployments",
            {"deploymentConfiguration": {"drainPercent": 101}},
            "daemonDeployments[0].deploymentConfiguration.drainPercent",
        ),
        (
            "daemonRevisions",
            {"daemonTaskDefinitionArn": "x"},
            "daemonRevisions[0].daemonTaskDefinitionArn",
        ),
        (
            "daemonTaskDefinitions",
            {"daemonTaskDefinitionArn": "x"},
            "daemonTaskDefinitions[0].daemonTaskDefinitionArn",
        ),
        (
            "daemonTaskDefinitions",
            {"pidMode": "x"},
            "daemonTaskDefinitions[0].pidMode",
        ),
        (
            "daemonTaskDefinitions",
            {"containerDefinitions": [{"name": 1, "image": "a"}]},
            "daemonTaskDefinitions[0].containerDefinitions[0].name",
        ),
    ],
)
def test_c31_what_is_wrong_is_named_by_its_path(
    name: str, change: dict[str, Any], path: str
) -> None:
    world, _ = world_with_daemon()
    document = json.loads(json.dumps(world.session.to_ecs()))
    document[name][0] |= change
    with pytest.raises(DocumentError) as caught:
        Session.from_ecs(document)
    assert caught.value.path == path
    again = Session.from_ecs(document, on_error="skip")
    assert again.client("ecs").list_clusters()["clusterArns"]


def test_c31_places_in_the_state_are_checked() -> None:
    world, daemon = world_with_daemon()
    document = json.loads(json.dumps(world.session.to_ecs()))
    places = document["placementState"]["daemons"][daemon]["places"]
    places[next(iter(places))][1] = "x"
    with pytest.raises(DocumentError, match="expected one of expected, started, ready"):
        Session.from_ecs(document)
