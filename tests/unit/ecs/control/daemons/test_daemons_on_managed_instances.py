"""Managed daemons on Managed Instances: launches, idle instances, replacements (S7.3, S12)."""

from __future__ import annotations

import pickle
from typing import Any

from managed_session import ManagedSession, register_task
from placement.ecs import Behaviour, Timing

TYPES = {"allowedInstanceTypes": ["c6i.large", "c6i.xlarge"]}
"""2 and 4 vCPU."""

AGENT = {"name": "agent", "image": "agent:1", "cpu": 512, "memory": 256}
TIMING = Timing(provisioning=0, pull=10, start=0, stop=2, deprovisioning=0, healthy_after=0)


def world_of(**more: Any) -> ManagedSession:
    """Return a session with a provider that launches c6i instances, and a task definition."""
    world = ManagedSession(TYPES, **{"timing": TIMING, **more})
    register_task(world.ecs, "app", 1024, 512)
    register_agent(world)
    return world


def register_agent(world: ManagedSession, cpu: int = 512) -> None:
    world.ecs.register_daemon_task_definition(
        family="agent", containerDefinitions=[{**AGENT, "cpu": cpu}]
    )


def create(world: ManagedSession, **more: Any) -> str:
    answer = world.ecs.create_daemon(
        daemonName="agent",
        daemonTaskDefinitionArn="agent",
        capacityProviderArns=["m"],
        **more,
    )
    return str(answer["daemonArn"])


def update(world: ManagedSession, daemon: str, **more: Any) -> None:
    world.ecs.update_daemon(
        daemonArn=daemon,
        daemonTaskDefinitionArn="agent",
        capacityProviderArns=["m"],
        **more,
    )


def service(world: ManagedSession, count: int) -> None:
    world.ecs.create_service(serviceName="web", taskDefinition="app", desiredCount=count)


def deployment(world: ManagedSession, daemon: str) -> dict[str, Any]:
    arn = world.ecs.describe_daemon(daemonArn=daemon)["daemon"]["deploymentArn"]
    [found] = world.ecs.describe_daemon_deployments(daemonDeploymentArns=[arn])["daemonDeployments"]
    return dict(found)


def revisions(world: ManagedSession) -> list[str]:
    """Return the revisions of the definitions of all daemons, sorted."""
    tasks = world.tasks(daemonName="agent")
    return sorted(task["taskDefinitionArn"].rpartition(":")[2] for task in tasks)


def test_s12_2_the_choice_of_types_counts_the_room_of_daemons() -> None:
    """Two tasks of 1024 fill a large instance; beside a daemon of 512 they need the next type."""
    for has_daemon, types in ((False, ["c6i.large"]), (True, ["c6i.xlarge"])):
        world = world_of()
        if has_daemon:
            create(world)
        world.run_tasks("app", 2)
        world.run_until(100)
        assert world.types() == types
        assert [task["lastStatus"] for task in world.tasks(family="app")] == ["RUNNING"] * 2
        assert revisions(world) == ["1"] * has_daemon


def test_d55_the_daemon_runs_before_the_task_for_which_the_instance_was_launched() -> None:
    world = world_of()
    create(world)
    world.run_tasks("app", 1)
    world.run_until(69)
    [task] = world.tasks(family="app")
    [daemon] = world.tasks(daemonName="agent")
    assert (task["lastStatus"], daemon["lastStatus"]) == ("PENDING", "ACTIVATING")
    world.run_until(70)
    [daemon] = world.tasks(daemonName="agent")
    assert daemon["lastStatus"] == "RUNNING"
    world.run_until(80)
    assert world.tasks(family="app")[0]["lastStatus"] == "RUNNING"
    assert daemon["startedAt"] < world.tasks(family="app")[0]["startedAt"]


def test_e187_an_instance_with_daemons_alone_is_idle() -> None:
    world = world_of()
    create(world)
    [arn] = world.run_tasks("app", 1)
    world.run_until(100)
    world.ecs.stop_task(task=arn)
    world.run_until(100 + 2 + 299)
    assert len(world.instances()) == 1
    world.run_until(100 + 2 + 300 + 2)
    assert not world.instances()
    assert not revisions(world)
    world.run_until(2000)
    assert not world.instances(), "daemons launch nothing"


def test_d55_an_update_replaces_the_instances_batch_by_batch() -> None:
    world = world_of()
    daemon = create(world)
    service(world, 5)  # three on a xlarge one beside the daemon, two on another
    world.run_until(300)
    assert revisions(world) == ["1"] * len(world.instances())
    before = {one["containerInstanceArn"] for one in world.instances()}
    register_agent(world)
    update(world, daemon)
    twins = [world.session.copy(), pickle.loads(pickle.dumps(world.session))]
    world.run_until(360)
    statuses = [one["status"] for one in world.instances()]
    assert statuses.count("DRAINING") <= 1
    world.run_until(1500)
    assert deployment(world, daemon)["status"] == "SUCCESSFUL"
    assert revisions(world) == ["2"] * len(world.instances())
    assert before.isdisjoint({one["containerInstanceArn"] for one in world.instances()})
    running = [task["lastStatus"] for task in world.tasks(serviceName="web")]
    assert running == ["RUNNING"] * 5
    for twin in twins:
        twin.advance(1200)
        assert twin.history == world.session.history


def test_d55_a_deleted_daemon_leaves_with_its_instances() -> None:
    world = world_of()
    daemon = create(world)
    service(world, 2)
    world.run_until(300)
    world.ecs.delete_daemon(daemonArn=daemon)
    world.run_until(1200)
    assert world.ecs.list_daemons()["daemonSummariesList"] == []
    assert not revisions(world)
    assert world.types() == ["c6i.large"], "without the daemon both fit"
    assert [one["lastStatus"] for one in world.tasks(serviceName="web")] == ["RUNNING"] * 2


def test_d55_instances_whose_daemon_fails_are_replaced_until_the_circuit_breaker_fires() -> None:
    def behaviour(task: dict[str, Any]) -> Behaviour | None:
        is_bad = task["taskDefinitionArn"].endswith("daemon-task-definition/agent:2")
        return Behaviour(start_failure="no image") if is_bad else None

    world = world_of(behaviour=behaviour)
    daemon = create(world)
    service(world, 2)
    world.run_until(300)
    register_agent(world)
    update(world, daemon)
    world.run_until(3000)
    found = deployment(world, daemon)
    assert found["status"] == "ROLLBACK_SUCCESSFUL"
    assert found["circuitBreaker"]["failureCount"] == 3
    assert revisions(world) == ["1"] * len(world.instances())
    assert [one["lastStatus"] for one in world.tasks(serviceName="web")] == ["RUNNING"] * 2


def test_an_instance_whose_daemon_stops_is_replaced() -> None:
    world = world_of()
    create(world)
    service(world, 2)
    world.run_until(300)
    [old] = world.instances()
    [daemon] = world.tasks(daemonName="agent")
    world.session.exit_container(daemon["taskArn"])
    world.run_until(900)
    [new] = world.instances()
    assert new["containerInstanceArn"] != old["containerInstanceArn"]
    assert revisions(world) == ["1"]


def test_without_timing_a_daemon_that_never_starts_ends_no_instant_in_a_loop_d125() -> None:
    """Its instance is replaced at most once a second, as the tasks of services are."""
    world = world_of(
        timing=None,
        behaviour=lambda task: (
            Behaviour(start_failure="no image") if task["group"] == "daemon:agent" else None
        ),
    )
    create(world)
    world.run_until(0)
    service(world, 1)
    world.run_tasks("app", 1)
    world.run_until(5)
    assert len(world.session.history) < 500


def test_c49_the_waiter_of_deployments_moves_time_until_it_is_successful() -> None:
    world = world_of()
    daemon = create(world)
    service(world, 2)
    world.run_until(300)
    register_agent(world)
    update(world, daemon)
    arn = deployment(world, daemon)["daemonDeploymentArn"]
    waiter = world.ecs.get_waiter("daemon_deployment_successful")
    waiter.wait(daemonDeploymentArns=[arn], WaiterConfig={"Delay": 15, "MaxAttempts": 40})
    assert deployment(world, daemon)["status"] == "SUCCESSFUL"
    assert revisions(world) == ["2"]
