"""boto3's waiters for ECS on sessions: they move the time, and end as clients rely on (S2.6)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from placement import ecs
from placement.errors import UsageError

START = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


def session_of(**options: Any) -> ecs.Session:
    """Return a session with one instance, a definition ``web`` and a service of two tasks."""
    session = ecs.Session(**{"start": START, "timing": ecs.Timing(), **options})
    client = session.client("ecs")
    client.create_cluster()
    client.register_container_instance(
        totalResources=[
            {"name": name, "type": "INTEGER", "integerValue": 4096} for name in ("CPU", "MEMORY")
        ],
        attributes=[
            {"name": "ecs.availability-zone", "value": "us-east-1a"},
            {"name": "com.amazonaws.ecs.capability.docker-remote-api.1.18"},
        ],
    )
    container = {"name": "web", "image": "nginx", "cpu": 128, "memory": 128}
    client.register_task_definition(family="web", containerDefinitions=[container])
    client.create_service(serviceName="web", taskDefinition="web", desiredCount=2)
    return session


def seconds(session: ecs.Session) -> float:
    return (session.now - START).total_seconds()


def test_services_stable_d4() -> None:
    """One look each 15 s: the tasks are RUNNING after 12 s."""
    session = session_of()
    client = session.client("ecs")
    client.get_waiter("services_stable").wait(services=["web"])
    assert seconds(session) == 15
    service = client.describe_services(services=["web"])["services"][0]
    assert (service["runningCount"], len(service["deployments"])) == (2, 1)
    client.update_service(service="web", forceNewDeployment=True)
    client.get_waiter("services_stable").wait(services=["web"])
    service = client.describe_services(services=["web"])["services"][0]
    assert (service["runningCount"], len(service["deployments"])) == (2, 1)
    assert seconds(session) > 15


def test_services_stable_fails_where_it_will_never_be_so() -> None:
    session = session_of()
    client = session.client("ecs")
    waiter = client.get_waiter("services_stable")
    with pytest.raises(ecs.WaiterError, match=r"an item of failures.*reason is MISSING"):
        waiter.wait(services=["other"])
    client.delete_service(service="web", force=True)
    with pytest.raises(ecs.WaiterError, match=r"is (DRAINING|INACTIVE)"):
        waiter.wait(services=["web"])
    with pytest.raises(ecs.WaiterError, match=r"An error occurred .ClusterNotFoundException"):
        waiter.wait(services=["web"], cluster="other")


def test_a_service_that_is_never_stable_uses_all_attempts_up() -> None:
    session = session_of()
    client = session.client("ecs")
    client.update_service(service="web", desiredCount=100)
    with pytest.raises(ecs.WaiterError, match="Max attempts exceeded") as caught:
        client.get_waiter("services_stable").wait(services=["web"])
    assert seconds(session) == 39 * 15
    assert caught.value.last_response["services"][0]["runningCount"] == 32


def test_services_inactive() -> None:
    session = session_of()
    client = session.client("ecs")
    session.advance(20)
    client.delete_service(service="web", force=True)
    client.get_waiter("services_inactive").wait(services=["web"])
    assert client.describe_services(services=["web"])["services"][0]["status"] == "INACTIVE"
    with pytest.raises(ecs.WaiterError, match="reason is MISSING"):
        client.get_waiter("services_inactive").wait(services=["other"])


def test_tasks_running_and_stopped() -> None:
    session = session_of()
    client = session.client("ecs")
    task = client.run_task(taskDefinition="web")["tasks"][0]["taskArn"]
    client.get_waiter("tasks_running").wait(tasks=[task])
    assert seconds(session) == 12
    client.stop_task(task=task)
    client.get_waiter("tasks_stopped").wait(tasks=[task])
    assert client.describe_tasks(tasks=[task])["tasks"][0]["lastStatus"] == "STOPPED"
    with pytest.raises(ecs.WaiterError, match=r"an item of .*lastStatus is STOPPED"):
        client.get_waiter("tasks_running").wait(tasks=[task])
    with pytest.raises(ecs.WaiterError, match="reason is MISSING"):
        client.get_waiter("tasks_running").wait(tasks=["0" * 32])


def test_with_a_clock_of_the_callers_a_waiter_looks_once_c40() -> None:
    now = START
    session = session_of(start=None, clock=lambda: now)
    client = session.client("ecs")
    waiter = client.get_waiter("services_stable")
    with pytest.raises(UsageError, match="ServicesStable is not done, and time is the caller's"):
        waiter.wait(services=["web"])
    now += timedelta(seconds=60)
    waiter.wait(services=["web"])


def test_without_times_it_is_done_at_once_but_for_the_passes_d2() -> None:
    session = session_of(timing=None)
    client = session.client("ecs")
    client.get_waiter("services_stable").wait(services=["web"])
    assert seconds(session) == 15, "a call starts nothing: the passes run with the first wait"


def test_waiters_of_daemons_are_those_of_botocore_c23() -> None:
    client = session_of().client("ecs")
    assert [name for name in client.waiter_names if name.startswith("daemon")] == [
        "daemon_active",
        "daemon_deployment_stopped",
        "daemon_deployment_successful",
        "daemon_task_definition_active",
        "daemon_task_definition_deleted",
    ]
    with pytest.raises(UsageError, match="nope"):
        client.get_waiter("nope")
