"""DAEMON services through sessions: instances that come, change and go, updates, failures."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime

import pytest

from placement.ecs import Behaviour, Session, Timing
from session_cluster import SessionCluster


def world_of(instances: int, minimum: int = 0) -> tuple[SessionCluster, list[str]]:
    world = SessionCluster()
    ids = [world.instance("ab"[number % 2]) for number in range(instances)]
    world.daemon(minimum=minimum)
    world.settle()
    world.done()
    return world, ids


def test_s7_1_every_instance_has_one_and_the_count_is_theirs() -> None:
    world, ids = world_of(3)
    assert world.hosts("agent") == Counter(ids)
    shown = world.describe("agent")
    assert (shown["desiredCount"], shown["runningCount"], shown["pendingCount"]) == (3, 3, 0)
    assert shown["deployments"][0]["desiredCount"] == 3
    assert world.messages("agent")[-1] == "has reached a steady state."


def test_s7_1_a_new_instance_gets_one_in_its_instant() -> None:
    world, ids = world_of(1)
    ids.append(world.instance())
    world.session.advance(0)
    assert world.done() == Counter({"start 1": 1})
    assert world.hosts("agent") == Counter(ids)
    world.settle()
    assert world.describe("agent")["desiredCount"] == 2


def test_only_instances_that_changed_are_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    """A pass costs what changed: never a loop over all instances."""
    world, _ = world_of(30)
    from placement.ecs.control.services import daemon_pass

    seen: list[str] = []
    look = daemon_pass._seen

    def noted(service, instance, fit):  # type: ignore[no-untyped-def]
        seen.append(instance.id)
        return look(service, instance, fit)

    monkeypatch.setattr(daemon_pass, "_seen", noted)
    new = world.instance()
    world.settle()
    assert set(seen) == {new}


def test_b34_room_is_not_asked_and_the_event_names_the_reason() -> None:
    """An instance that is too small qualifies; its daemon waits for room (B34, 2.14)."""
    world = SessionCluster()
    small = world.instance(tasks=0.5)
    world.daemon()
    world.session.advance(0)
    assert world.describe("agent")["desiredCount"] == 1
    assert not world.tasks("agent")
    (said,) = world.messages("agent")
    assert f"The closest matching container-instance {small} has insufficient CPU units" in said


def test_a45_a_daemon_waits_for_room_and_takes_it_when_a_task_there_stops() -> None:
    world = SessionCluster()
    world.instance(tasks=1)
    world.replicas(desired=1)
    world.settle()
    world.daemon()
    world.session.advance(0)
    assert not world.tasks("agent")
    world.client.update_service(service="web", desiredCount=0)
    world.session.advance(0)
    assert len(world.tasks("agent")) == 1


def test_d41_attempts_without_room_are_timed_and_fail_the_deployment() -> None:
    """The breaker counts the first and the timed attempts (D103): 0, 60 and 180 s."""
    world = SessionCluster()
    world.instance(tasks=0.5)
    world.client.create_service(
        serviceName="agent",
        taskDefinition=world.define("agent"),
        schedulingStrategy="DAEMON",
        deploymentConfiguration={"deploymentCircuitBreaker": {"enable": True, "rollback": False}},
    )
    world.session.advance(179)
    assert world.describe("agent")["deployments"][0]["rolloutState"] == "IN_PROGRESS"
    world.session.advance(1)
    assert world.describe("agent")["deployments"][0]["rolloutState"] == "FAILED"


def test_d38_a_failed_update_is_rolled_back() -> None:
    """The new revision does not fit anywhere: the old one comes back under its id."""
    world = SessionCluster()
    for _ in range(2):
        world.instance(tasks=2)
    breaker = {"deploymentCircuitBreaker": {"enable": True, "rollback": True}}
    world.client.create_service(
        serviceName="agent",
        taskDefinition=world.define("agent"),
        schedulingStrategy="DAEMON",
        deploymentConfiguration=breaker,
    )
    world.settle()
    first = world.describe("agent")["deployments"][0]["id"]
    world.deploy("agent", size=3)
    world.settle()
    (only,) = world.describe("agent")["deployments"]
    assert (only["id"], only["rolloutState"]) == (first, "COMPLETED")
    assert any("rolling back to deployment" in text for text in world.messages("agent"))
    assert len(world.hosts("agent")) == 2


def test_s7_1_an_instance_that_stops_qualifying_loses_its_daemon_at_once() -> None:
    """By its attributes (S7.1, D106)."""
    world = SessionCluster()
    ids = [world.instance(attributes={"role": "edge"}) for _ in range(2)]
    world.daemon(
        placementConstraints=[{"type": "memberOf", "expression": "attribute:role == edge"}]
    )
    world.settle()
    world.client.put_attributes(
        attributes=[
            {
                "name": "role",
                "value": "core",
                "targetId": ids[0],
                "targetType": "container-instance",
            }
        ]
    )
    world.session.advance(0)
    assert world.hosts("agent") == Counter(ids[1:])
    assert world.describe("agent")["desiredCount"] == 1


def test_s7_1_changed_constraints_act_at_the_next_deployment() -> None:
    world = SessionCluster()
    ids = [world.instance(attributes={"role": role}) for role in ("edge", "core")]
    world.daemon()
    world.settle()
    world.client.update_service(
        service="agent",
        placementConstraints=[{"type": "memberOf", "expression": "attribute:role == edge"}],
    )
    world.settle()
    assert world.hosts("agent") == Counter(ids)
    world.client.update_service(service="agent", forceNewDeployment=True)
    world.settle()
    assert world.hosts("agent") == Counter(ids[:1])


def test_d58_on_a_draining_instance_the_daemon_stops_when_the_others_are_stopped() -> None:
    world, ids = world_of(2)
    world.client.run_task(taskDefinition=world.define("job"), count=2)
    world.settle()
    world.drain(*ids)
    world.session.advance(0)
    assert world.describe("agent")["desiredCount"] == 0
    assert world.hosts("agent") == Counter(ids)
    jobs = [task for task in world.cluster.tasks.values() if task.life and not task.life.service]
    world.client.stop_task(task=jobs[0].arn)
    world.session.advance(1)
    assert world.hosts("agent") == Counter(ids) - Counter([str(jobs[0].instance)])
    world.client.stop_task(task=jobs[1].arn)
    world.settle()
    assert not world.tasks("agent")


def test_an_undrained_instance_keeps_or_gets_its_daemon() -> None:
    world, ids = world_of(2)
    world.drain(ids[0])
    world.settle()
    assert world.hosts("agent") == Counter(ids[1:])
    world.drain(ids[0], status="ACTIVE")
    world.settle()
    assert world.hosts("agent") == Counter(ids)


def test_a_disconnected_instance_keeps_its_daemon_and_is_not_counted() -> None:
    """Its agent is no reason to stop the daemon (4.1, D106); none starts there (B34)."""
    world, ids = world_of(2)
    world.session.set_agent(ids[0], connected=False)
    late = world.instance()
    world.session.set_agent(late, connected=False)
    world.settle()
    assert world.hosts("agent") == Counter(ids)
    assert world.describe("agent")["desiredCount"] == 1
    world.session.set_agent(late, connected=True)
    world.session.set_agent(ids[0], connected=True)
    world.settle()
    assert world.hosts("agent") == Counter([*ids, late])


def test_an_agent_that_registers_again_is_connected() -> None:
    """Its tasks go on, and a daemon that was missing starts."""
    world, ids = world_of(1)
    world.session.set_agent(ids[0], connected=False)
    world.session.advance(0)
    world.client.register_container_instance(
        containerInstanceArn=world.cluster.instances[ids[0]].arn
    )
    world.settle()
    assert world.cluster.instances[ids[0]].is_connected
    assert world.describe("agent")["desiredCount"] == 1


@pytest.mark.parametrize("how", ["deregister", "lose"])
def test_an_instance_that_leaves_is_forgotten(how: str) -> None:
    world, ids = world_of(3)
    if how == "lose":
        world.session.lose_instance(ids[0])
    else:
        world.client.deregister_container_instance(containerInstance=ids[0], force=True)
    world.settle()
    assert world.hosts("agent") == Counter(ids[1:])
    assert world.describe("agent")["desiredCount"] == 2


def test_a_daemon_that_ends_or_is_unhealthy_is_replaced() -> None:
    """By itself (D106), whatever the minimum is; a stopped one as well."""
    world, ids = world_of(3, minimum=60)
    tasks = world.tasks("agent")
    world.session.exit_container(tasks[0].arn)
    world.session.set_container_health(tasks[1].arn, "UNHEALTHY")
    world.client.stop_task(task=tasks[2].arn)
    world.session.advance(0)
    assert world.hosts("agent") == Counter(ids)
    assert not {task.id for task in tasks} & {task.id for task in world.tasks("agent")}
    assert any("due to an unhealthy status" in text for text in world.messages("agent"))
    world.settle()


def test_s5_4_daemons_that_fail_to_start_are_throttled() -> None:
    """The third failure in a row makes the next start wait 10 s (D39)."""
    session = Session(
        start=datetime(2026, 3, 1, tzinfo=UTC),
        timing=Timing(stop=0),
        behaviour=lambda _: Behaviour(start_failure="no image"),
    )
    session.client("ecs").create_cluster()
    world = SessionCluster(session)
    world.instance()
    world.daemon()
    session.advance(12 * 3)
    assert world.done() == Counter({"start 1": 3})
    assert "is unable to consistently start tasks successfully." in world.messages("agent")
    session.advance(9)
    assert not world.done()
    session.advance(1)
    assert world.done() == Counter({"start 1": 1})


def test_s2_3_a_deleted_daemon_leaves_no_room_kept() -> None:
    """It needs no force, stops its tasks and ends as any service does."""
    world = SessionCluster()
    world.instance(tasks=4)
    world.daemon(size=8)
    world.session.advance(0)
    (id,) = world.cluster.instances
    assert world.cluster.engine.reservation(id).cpu > 0
    world.client.delete_service(service="agent")
    world.settle()
    assert world.describe("agent")["status"] == "INACTIVE"
    assert world.cluster.engine.reservation(id).cpu == 0
    assert not world.cluster.daemons
    world.instance()
    world.settle()


def test_d53_replicas_do_not_take_the_room_of_a_daemon_still_to_come() -> None:
    world = SessionCluster()
    world.daemon(size=2)
    world.replicas(desired=8, availabilityZoneRebalancing="DISABLED")
    world.session.advance(0)
    world.instance(tasks=4)
    world.session.advance(0)
    assert len(world.tasks("agent")) == 1
    assert len(world.tasks("web")) == 2


def test_s7_2_a_larger_revision_keeps_the_difference_free_at_once() -> None:
    """While the smaller one runs on (m 100), replicas may not take what the larger one needs."""
    world = SessionCluster(allow_blocking_percents=True)
    world.instance(tasks=4)
    world.daemon(size=1, minimum=100)
    world.settle()
    world.deploy("agent", size=2)
    world.session.advance(0)
    assert any("was unable to stop or start tasks" in text for text in world.messages("agent"))
    world.replicas(desired=4, availabilityZoneRebalancing="DISABLED")
    world.session.advance(0)
    assert len(world.tasks("web")) == 2


def test_two_daemons_share_instances() -> None:
    world = SessionCluster()
    ids = [world.instance(tasks=3) for _ in range(2)]
    world.daemon("one", size=1)
    world.daemon("two", size=2)
    world.replicas(desired=1)
    world.session.advance(60)
    assert world.hosts("one") == world.hosts("two") == Counter(ids)
    assert not world.tasks("web")


def test_copies_have_the_same_daemons_and_the_same_future() -> None:
    world, _ = world_of(4, minimum=50)
    world.deploy("agent")
    world.session.advance(0)
    twin = world.copy()
    for one in (world, twin):
        one.instance()
        one.settle()
    assert world.messages("agent") == twin.messages("agent")
    assert world.session.history == twin.session.history


def test_c30_a_loaded_cluster_keeps_its_daemons_and_goes_on() -> None:
    """Nothing happens at rest; a further instance gets its daemon, an update reaches all."""
    world, ids = world_of(3)
    document = world.session.to_ecs("default")
    timing = Timing(stop=0, deprovisioning=0)
    loaded = SessionCluster(Session.from_ecs(document, timing=timing))
    loaded.session.advance(0)
    assert not loaded.done()
    assert loaded.describe("agent")["desiredCount"] == 3
    late = loaded.instance()
    loaded.settle()
    assert loaded.hosts("agent") == Counter([*ids, late])
    loaded.deploy("agent")
    loaded.settle()
    assert loaded.hosts("agent") == Counter([*ids, late])


def test_s7_1_an_update_leaves_the_count_of_instances_as_it_is() -> None:
    """Its new deployment shows 0 until the next pass (D126); the service still counts instances."""
    world, _ = world_of(2)
    client = world.session.client("ecs")
    (name,) = client.list_services()["serviceArns"]
    world.session.advance(100)
    client.update_service(service=name, forceNewDeployment=True)
    (found,) = client.describe_services(services=[name])["services"]
    assert (found["desiredCount"], found["deployments"][0]["desiredCount"]) == (2, 0)
