"""How long things take, and what a task does that a model cannot know (C26, C27, C39, D66)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from placement.ecs import Behaviour, Session, Timing
from placement.errors import UsageError
from placement.timestamps import SECOND
from small_sessions import START, register, service, web

ENI: dict[str, Any] = {"ecs.capability.task-eni": "on"}
SUBNETS = {"awsvpcConfiguration": {"subnets": ["subnet-1"]}}


def session_with(timing: Timing | None, mode: str = "bridge") -> Session:
    session = Session(start=START, timing=timing)
    ecs = session.client("ecs")
    ecs.create_cluster()
    for _ in range(2):
        register(ecs, **ENI)
    ecs.register_task_definition(**web(), networkMode=mode)
    return session


def seconds(task: dict[str, Any], name: str) -> float:
    moment = task[name]
    assert isinstance(moment, datetime)
    return (moment - START).total_seconds()


def test_without_times_a_call_returns_running_and_stopped_tasks_c26() -> None:
    session = session_with(None)
    ecs = session.client("ecs")
    host = ecs.list_container_instances()["containerInstanceArns"][0]
    (placed,) = ecs.run_task(taskDefinition="web")["tasks"]
    (started,) = ecs.start_task(taskDefinition="web", containerInstances=[host])["tasks"]
    assert {placed["lastStatus"], started["lastStatus"]} == {"RUNNING"}
    stopped = ecs.stop_task(task=placed["taskArn"])["task"]
    assert (stopped["lastStatus"], stopped["desiredStatus"]) == ("STOPPED", "STOPPED")
    assert session.now == START


def test_without_times_the_passes_of_a_service_still_wait_for_advance_c26_d2() -> None:
    session = session_with(None)
    ecs = session.client("ecs")
    ecs.create_service(**service())
    assert ecs.list_tasks()["taskArns"] == []
    session.advance(0)
    (found,) = ecs.describe_services(services=["web"])["services"]
    assert (found["runningCount"], found["pendingCount"]) == (4, 0)
    assert found["deployments"][0]["rolloutState"] == "COMPLETED"
    assert session.now == START


def test_the_defaults_are_those_of_ecs_and_each_is_a_field_c26_d66() -> None:
    """S10.1: interface 10 s, pull 10, start 2, stop 2, interface removed 25."""
    session = session_with(Timing(), mode="awsvpc")
    ecs = session.client("ecs")
    (task,) = ecs.run_task(taskDefinition="web", networkConfiguration=SUBNETS)["tasks"]
    assert task["lastStatus"] == "PROVISIONING"
    session.advance(60)
    ecs.stop_task(task=task["taskArn"])
    session.advance(60)
    (found,) = ecs.describe_tasks(tasks=[task["taskArn"]])["tasks"]
    names = ("createdAt", "pullStartedAt", "pullStoppedAt", "startedAt")
    assert [seconds(found, name) for name in names] == [0, 10, 20, 22]
    ends = ("stoppingAt", "executionStoppedAt", "stoppedAt")
    assert [seconds(found, name) for name in ends] == [60, 62, 87]


def test_families_override_the_times_of_their_tasks_c39_d66() -> None:
    timing = Timing(start=5, families={"web": {"pull": 60, "healthy_after": 0}})
    assert timing.of("web").pull == 60 * SECOND
    assert timing.of("web").start == timing.of("db").start == 5 * SECOND
    assert (timing.of("web").healthy_after, timing.of("db").healthy_after) == (0, 40 * SECOND)
    session = session_with(timing)
    (task,) = session.client("ecs").run_task(taskDefinition="web")["tasks"]
    session.advance(100)
    (found,) = session.client("ecs").describe_tasks(tasks=[task["taskArn"]])["tasks"]
    assert seconds(found, "startedAt") == 65


def test_a_behaviour_overrides_the_pull_of_one_task_d66() -> None:
    pulls = iter((3, None))
    session = Session(
        start=START, timing=Timing(), behaviour=lambda _: Behaviour(pull_seconds=next(pulls))
    )
    ecs = session.client("ecs")
    ecs.create_cluster()
    register(ecs)
    ecs.register_task_definition(**web())
    tasks = ecs.run_task(taskDefinition="web", count=2)["tasks"]
    session.advance(100)
    found = ecs.describe_tasks(tasks=[task["taskArn"] for task in tasks])["tasks"]
    assert [seconds(task, "startedAt") for task in found] == [5, 12]


def test_stopped_tasks_are_described_for_an_hour_d66() -> None:
    session = session_with(Timing())
    ecs = session.client("ecs")
    (task,) = ecs.run_task(taskDefinition="web")["tasks"]
    ecs.stop_task(task=task["taskArn"])
    session.advance(3599)
    assert ecs.describe_tasks(tasks=[task["taskArn"]])["tasks"]
    session.advance(10)
    answer = ecs.describe_tasks(tasks=[task["taskArn"]])
    assert (answer["tasks"], answer["failures"][0]["reason"]) == ([], "MISSING")


@pytest.mark.parametrize("value", [-1, float("nan"), float("inf"), "2", True, None])
@pytest.mark.parametrize("name", ["provisioning", "pull", "stop", "described", "launch"])
def test_a_duration_that_is_none_is_refused_c39(name: str, value: Any) -> None:
    with pytest.raises(UsageError, match=f"{name} is a number of seconds"):
        Timing(**{name: value})


@pytest.mark.parametrize(
    ("families", "words"),
    [
        ({"web": {"pul": 3}}, "families: 'pul' is no duration; did you mean pull"),
        ({"web": {"pull": -3}}, r"families\['web'\]\['pull'\] is a number of seconds"),
        ({"web": 3}, "families maps the name of a family to durations"),
        (3, "families maps names to durations"),
    ],
)
def test_families_of_another_form_are_refused_c39(families: Any, words: str) -> None:
    with pytest.raises(UsageError, match=words):
        Timing(families=families)


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"pull_seconds": -1}, "pull_seconds is a number of seconds"),
        ({"runs_for": "5"}, "runs_for is a number of seconds"),
        ({"start_failure": 5}, "start_failure is a reason"),
        ({"exit_code": True}, "exit_code is a whole number"),
        ({"exit_code": 2**31}, "exit_code is a whole number of 32 bits"),
        ({"ignores_stop_signal": 1}, "ignores_stop_signal is True or False"),
        ({"container_health": "healthy"}, "container_health is HEALTHY, UNHEALTHY or a function"),
        ({"target_health": "UP"}, "target_health is healthy, unhealthy, timeout or a function"),
        ({"cpu": -5}, "cpu is per cent of what the task asked"),
    ],
)
def test_a_behaviour_of_another_form_is_refused_c27(fields: dict[str, Any], words: str) -> None:
    with pytest.raises(UsageError, match=words):
        Behaviour(**fields)


def test_durations_are_whole_microseconds_c39() -> None:
    given = timedelta(milliseconds=1.5)
    session = Session(start=START, timing=Timing())
    session.advance(given)
    assert session.now == START.astimezone(UTC) + given
