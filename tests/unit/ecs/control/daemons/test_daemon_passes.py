"""Managed daemons on single instances: they start first, stop last; what follows if they fail."""

from __future__ import annotations

from typing import Any

import pytest

from daemon_session import SECONDS, DaemonSession
from placement.ecs import Behaviour

CHECK = {"healthCheck": {"command": ["CMD", "true"], "interval": 10, "retries": 2}}


def statuses(tasks: list[Any]) -> list[str]:
    return [str(task.last_status) for task in tasks]


def with_daemon(behaviour: Behaviour | None = None, **more: Any) -> tuple[DaemonSession, str]:
    """Return a session whose daemon ``agent`` behaves in some way, and the daemon."""

    def of(task: dict[str, Any]) -> Behaviour | None:
        return behaviour if task["group"] == "daemon:agent" else None

    world = DaemonSession(timing=SECONDS, behaviour=of)
    daemon = world.create(**more)
    world.session.advance(0)
    return world, daemon


def test_d55_other_tasks_start_when_the_daemon_runs() -> None:
    world, _ = with_daemon()
    id = world.instance()
    world.app(1)
    world.session.advance(11)
    assert statuses(world.daemons(id)) == ["ACTIVATING"]
    assert statuses(world.others(id)) == ["PENDING"]
    world.session.advance(1)
    assert statuses(world.daemons(id)) == ["RUNNING"]
    assert statuses(world.others(id)) == ["ACTIVATING"]
    [task] = world.daemons(id)
    assert (task.settings.group, task.settings.launch_type) == ("daemon:agent", "MANAGED_INSTANCES")
    assert world.ecs.list_tasks(daemonName="agent")["taskArns"] == [task.arn]


def test_d55_other_tasks_wait_until_the_daemon_is_healthy() -> None:
    world = DaemonSession(timing=SECONDS)
    world.register("checked", **CHECK)
    world.create(definition="checked")
    world.session.advance(0)
    id = world.instance()
    world.app(1)
    world.session.advance(21)
    assert statuses(world.daemons(id)) == ["RUNNING"]
    assert statuses(world.others(id)) == ["PENDING"]
    world.session.advance(1)  # the first check, 10 s after RUNNING
    assert statuses(world.others(id)) == ["ACTIVATING"]


def test_d55_room_is_kept_for_a_daemon_that_has_not_started() -> None:
    """A45's reservation: a call before the daemon's pass cannot take its room."""
    world, _ = with_daemon()
    id = world.instance()
    assert world.cluster.engine.reservation(id).cpu == 128
    world.app(1, cpu=2048)
    assert not world.others(id)
    world.app(1, cpu=2048 - 128)
    world.session.advance(12)
    assert len(world.daemons(id)) == len(world.others(id)) == 1
    assert world.cluster.engine.reservation(id).cpu == 0


def test_d55_two_daemons_start_before_other_tasks() -> None:
    world, _ = with_daemon(Behaviour(pull_seconds=30))
    world.create("second")
    world.session.advance(0)
    id = world.instance()
    world.app(1)
    world.session.advance(12)
    assert statuses(world.daemons(id)) == ["ACTIVATING", "RUNNING"]
    assert statuses(world.others(id)) == ["PENDING"]
    world.session.advance(20)
    assert statuses(world.others(id)) == ["ACTIVATING"]


@pytest.mark.parametrize(
    ("behaviour", "reason"),
    [
        (Behaviour(start_failure="CannotPullContainerError"), "CannotPullContainerError"),
        (Behaviour(runs_for=5), "Essential container in task exited"),
    ],
)
def test_d55_an_instance_whose_critical_daemon_fails_is_drained(
    behaviour: Behaviour, reason: str
) -> None:
    """Its services' tasks start elsewhere, its standalone tasks stop."""
    world, _ = with_daemon(behaviour)
    id = world.instance()
    world.app(1)
    world.app(1, service="web")
    world.session.advance(20)
    assert world.drained() == [id]
    instance = world.cluster.instances[id]
    [why] = [one.reason for one in world.session.history if one.what == "DRAINING"]
    assert why == f"(daemon agent) {reason}"
    world.session.advance(60)
    assert not instance.tasks
    standalone = [one for one in world.cluster.tasks.values() if one.settings.group == "family:app"]
    assert [one.stop.reason for one in standalone if one.stop] == [why]


def test_d55_an_instance_goes_on_without_a_daemon_that_is_not_critical() -> None:
    world, daemon = with_daemon(Behaviour(start_failure="no image"), critical=False)
    id = world.instance()
    world.app(1)
    world.session.advance(30)
    assert not world.drained()
    assert not world.daemons(id)
    assert statuses(world.others(id)) == ["RUNNING"]
    [revision] = world.ecs.describe_daemon(daemonArn=daemon)["daemon"]["currentRevisions"]
    assert revision["totalWithoutDaemonCount"] == 1
    assert revision["capacityProviders"][0]["withoutDaemonCount"] == 1
    assert revision["totalRunningCount"] == 0


def test_other_tasks_do_not_wait_for_a_daemon_that_is_not_critical() -> None:
    world, _ = with_daemon(Behaviour(pull_seconds=600), critical=False)
    id = world.instance()
    world.app(1)
    world.session.advance(12)
    assert statuses(world.daemons(id)) == ["ACTIVATING"]
    assert statuses(world.others(id)) == ["RUNNING"]


def test_an_unhealthy_critical_daemon_stops_after_the_tasks_of_its_instance() -> None:
    world = DaemonSession(timing=SECONDS)
    world.register("checked", **CHECK)
    world.create(definition="checked")
    world.session.advance(0)
    id = world.instance()
    world.app(1, service="web")
    world.session.advance(60)
    [daemon] = world.daemons(id)
    world.session.set_container_health(daemon.arn, "UNHEALTHY")
    world.session.advance(20)
    assert world.drained() == [id]
    assert daemon.desired_status == "RUNNING", "it stops last"
    world.ecs.update_service(service="web", desiredCount=0)
    world.session.advance(10)
    assert daemon.desired_status == "STOPPED"
    assert not world.cluster.instances[id].tasks


def test_an_unhealthy_daemon_that_is_not_critical_may_recover() -> None:
    world = DaemonSession(timing=SECONDS)
    world.register("checked", **CHECK)
    arn = world.create(definition="checked", critical=False)
    world.session.advance(0)
    id = world.instance()
    world.session.advance(60)
    [daemon] = world.daemons(id)
    places = next(iter(world.session._account.daemons.by_number.values())).places
    world.session.set_container_health(daemon.arn, "UNHEALTHY")
    world.session.advance(20)
    assert places[id].state.name == "FAILED"
    assert not world.drained()
    world.session.set_container_health(daemon.arn, None)
    world.session.advance(20)
    assert places[id].state.name == "READY"
    assert world.deployment(arn)["status"] == "SUCCESSFUL"


def test_a_daemon_that_a_user_stops_takes_its_instance_with_it() -> None:
    world, _ = with_daemon()
    id = world.instance()
    world.session.advance(12)
    world.ecs.stop_task(task=world.daemons(id)[0].arn)
    world.session.advance(0)
    assert world.drained() == [id]


def test_a_drained_instance_that_becomes_active_again_gets_its_daemon_again() -> None:
    """Daemons stop last, managed ones and those of DAEMON services alike (S8.3)."""
    world, _ = with_daemon()
    world.ecs.register_task_definition(
        family="old", containerDefinitions=[{"name": "a", "image": "a", "memory": 64}]
    )
    world.ecs.create_service(serviceName="old", taskDefinition="old", schedulingStrategy="DAEMON")
    id = world.instance()
    world.app(1)
    world.session.advance(60)
    state = {"containerInstances": [id]}
    world.ecs.update_container_instances_state(**state, status="DRAINING")
    world.session.advance(60)
    assert len(world.daemons(id)) == 2
    assert len(world.others(id)) == 1
    world.ecs.stop_task(task=world.others(id)[0].arn)
    world.session.advance(60)
    assert not world.cluster.instances[id].tasks
    world.ecs.update_container_instances_state(**state, status="ACTIVE")
    world.session.advance(60)
    assert statuses(world.daemons(id)) == ["RUNNING", "RUNNING"]


def test_a_daemon_without_room_is_impaired() -> None:
    world = DaemonSession(timing=SECONDS)
    world.register("large", cpu=4096)
    world.create("large", "large", critical=False)
    world.create()
    world.session.advance(0)
    id = world.instance()
    world.session.advance(12)
    assert statuses(world.daemons(id)) == ["RUNNING"]
    assert not world.drained()
    [why] = [one.reason for one in world.session.history if one.what.startswith("impaired")]
    assert why == "RESOURCE:CPU - unable to place the daemon task"
    assert world.cluster.engine.reservation(id).cpu == 0


def test_a_daemon_starts_when_the_agent_is_connected() -> None:
    world, _ = with_daemon()
    id = world.instance()
    world.ecs.client.set_agent_connected(cluster="default", containerInstance=id, connected=False)
    world.session.advance(60)
    assert not world.daemons(id)
    assert world.cluster.engine.reservation(id).cpu == 128
    world.session.set_agent(id, True)
    world.session.advance(12)
    assert statuses(world.daemons(id)) == ["RUNNING"]


def test_a_lost_instance_is_no_failure_of_its_daemon() -> None:
    world, arn = with_daemon()
    id = world.instance()
    world.session.advance(12)
    world.session.lose_instance(id)
    world.session.advance(0)
    [daemon] = world.session._account.daemons.by_number.values()
    assert not daemon.places
    assert not daemon.needs
    assert not [one for one in world.session.history if one.what.startswith("impaired")]
    assert world.deployment(arn)["circuitBreaker"]["failureCount"] == 0


def test_instances_of_other_providers_get_no_daemon() -> None:
    world, _ = with_daemon()
    world.provider("other")
    ids = world.instance("other"), world.instance()
    world.session.advance(12)
    assert [len(world.daemons(id)) for id in ids] == [0, 1]


def test_without_timing_all_happens_in_one_instant_c26() -> None:
    world = DaemonSession()
    arn = world.create()
    world.session.advance(0)
    id = world.instance()
    world.app(1)
    world.session.advance(0)
    assert statuses(world.daemons(id)) == statuses(world.others(id)) == ["RUNNING"]
    world.register()
    world.update(arn)
    world.session.advance(0)
    assert world.drained() == [id]
