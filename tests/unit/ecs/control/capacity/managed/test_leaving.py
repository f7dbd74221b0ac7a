"""Managed Instances that leave: idle, underused, old, lost, by calls (S12.1, S12.3)."""

from __future__ import annotations

import pickle
from datetime import timedelta
from typing import Any

from managed_session import NOON, ManagedSession, managed_provider, register_task
from placement.ecs import Launch, LaunchRequest, Timing

LARGE = {"allowedInstanceTypes": ["m6i.large"]}
SLOT = (1024, 3840)
"""Two of these fill an m6i.large."""
DAY = 86_400


def world_of(requirements: Any = None, **arguments: Any) -> ManagedSession:
    """Return a session with a task definition of which two fill an m6i.large."""
    world = ManagedSession(LARGE if requirements is None else requirements, **arguments)
    register_task(world.ecs, "app", *SLOT)
    return world


def with_service(world: ManagedSession, count: int, **further: Any) -> None:
    """Create a service and wait until its tasks run."""
    world.ecs.create_service(serviceName="web", taskDefinition="app", desiredCount=count, **further)
    world.session.advance(61)
    assert running(world) == count


def running(world: ManagedSession) -> int:
    return sum(task["lastStatus"] == "RUNNING" for task in world.tasks(serviceName="web"))


def counts(world: ManagedSession) -> list[int]:
    return [one["runningTasksCount"] for one in world.instances()]


def spread_out(world: ManagedSession) -> None:
    """Leave one task of a service on each of two instances, at 400 s."""
    with_service(world, 4)
    world.run_until(400)
    for instance in world.instances():
        arn = instance["containerInstanceArn"]
        [first, _] = world.tasks(containerInstance=arn)
        world.ecs.update_task_protection(
            cluster="default", tasks=[first["taskArn"]], protectionEnabled=True
        )
    world.ecs.update_service(service="web", desiredCount=2)
    world.run_until(401)
    assert counts(world) == [1, 1]


# Idle


def test_daemons_do_not_count_and_stop_before_the_instance_is_terminated_d83() -> None:
    """D83, D58: idle with its daemon; DEREGISTERING until the daemon has stopped."""
    world = ManagedSession(LARGE, timing=Timing(stop=7, managed_launch=60))
    register_task(world.ecs, "app", *SLOT)
    world.ecs.register_task_definition(
        family="log",
        containerDefinitions=[{"name": "d", "image": "busybox", "cpu": 128, "memory": 64}],
    )
    daemons = {"serviceName": "log", "taskDefinition": "log", "schedulingStrategy": "DAEMON"}
    world.ecs.create_service(**daemons, launchType="EC2")
    [task] = world.run_tasks("app", 1)
    world.run_until(200)
    assert counts(world) == [2]
    world.ecs.stop_task(task=task)
    world.run_until(200 + 7 + 299)
    assert [one["status"] for one in world.instances()] == ["ACTIVE"]
    world.run_until(200 + 7 + 300)
    [found] = world.instances()
    assert (found["status"], found["runningTasksCount"]) == ("DEREGISTERING", 0)
    assert world.session.advance_until("steady")
    assert world.instances() == []
    assert world.history("DEREGISTERING")[0][0] == 507
    assert world.history("i-")[0][0] == 514


def test_a_stopped_task_that_is_replaced_at_once_keeps_its_instance_d83() -> None:
    """D83: with scaleInAfter 0 an instance is judged when all else of the instant is done."""
    provider = {"infrastructureOptimization": {"scaleInAfter": 0}}
    world = world_of(provider=provider)
    with_service(world, 1)
    world.run_until(100)
    [task] = world.tasks()
    world.ecs.stop_task(task=task["taskArn"])
    world.run_until(200)
    assert running(world) == 1
    assert world.history("DEREGISTERING") == []
    world.ecs.update_service(service="web", desiredCount=0)
    world.run_until(201)
    assert [second for second, _, _ in world.history("DEREGISTERING")] == [200]


def test_an_instance_whose_tasks_went_elsewhere_leaves_after_its_registration_d83() -> None:
    world = world_of()
    first = world.run_tasks("app", 2)
    world.run_until(60)
    waiting = world.run_tasks("app", 1)
    world.run_until(61)  # an instance for it is under way
    world.ecs.stop_task(task=first[0])
    world.run_until(62)  # and it has found room
    [task] = world.ecs.describe_tasks(tasks=waiting)["tasks"]
    assert task["lastStatus"] == "RUNNING"
    world.run_until(120)
    assert counts(world) == [2, 0]
    world.run_until(419)
    assert counts(world) == [2, 0]
    world.run_until(420)
    assert counts(world) == [2]


def test_a_new_scale_in_after_holds_at_once_d83() -> None:
    world = world_of(provider={"infrastructureOptimization": {"scaleInAfter": -1}})
    [task] = world.run_tasks("app", 1)
    world.run_until(100)
    world.ecs.stop_task(task=task)
    world.run_until(10_000)
    assert counts(world) == [0]
    given = managed_provider(LARGE, infrastructureOptimization={"scaleInAfter": 60})
    world.ecs.update_capacity_provider(name="m", managedInstancesProvider=given)
    world.run_until(10_001)
    assert [second for second, _, _ in world.history("DEREGISTERING")] == [10_000]


# Underused


def test_tasks_move_together_and_the_service_keeps_its_count_d84() -> None:
    """D84: drained 300 s after the last change; the replacement starts before the task stops."""
    world = world_of()
    spread_out(world)
    for task in world.tasks():
        arns = [task["taskArn"]]
        world.ecs.update_task_protection(cluster="default", tasks=arns, protectionEnabled=False)
    lowest = []
    for second in range(402, 720):
        world.run_until(second)
        lowest.append(running(world))
    assert min(lowest) == 2
    [(second, _, reason)] = world.history("DRAINING")
    assert second == 700
    assert reason == "all its tasks fit on the free room of other instances"
    assert counts(world) == [2]
    assert [when for when, _, _ in world.history("DEREGISTERING")] == [700]


def test_protected_and_standalone_tasks_keep_their_instance_d84() -> None:
    world = world_of()
    spread_out(world)
    world.run_until(1300)
    assert world.history("DRAINING") == []
    world = world_of()
    tasks = world.run_tasks("app", 4)
    world.run_until(100)
    owner = {
        task["taskArn"]: task["containerInstanceArn"]
        for task in world.ecs.describe_tasks(tasks=tasks)["tasks"]
    }
    for instance in set(owner.values()):
        world.ecs.stop_task(task=next(arn for arn in tasks if owner[arn] == instance))
    world.run_until(5000)
    assert counts(world) == [1, 1]


def test_an_instance_is_replaced_by_one_that_costs_10_percent_less_d84() -> None:
    """D84: after the price table no longer matters, since fewer tasks are left on it."""
    world = world_of({"allowedInstanceTypes": ["m6i.large", "m6i.xlarge"]})
    register_task(world.ecs, "block", 3000, 1024)
    [block] = world.run_tasks("block", 1)
    world.run_until(60)
    assert world.types() == ["m6i.xlarge"]
    world.ecs.create_service(serviceName="web", taskDefinition="app", desiredCount=1)
    world.run_until(70)
    assert world.types() == ["m6i.xlarge"]
    world.run_until(100)
    world.ecs.stop_task(task=block)
    world.run_until(399)
    assert world.history("DRAINING") == []
    world.run_until(1000)
    assert world.types() == ["m6i.large"]
    [(second, _, reason)] = world.history("DRAINING")
    assert second == 400
    assert reason == "all its tasks fit on one new instance that costs at least 10 percent less"
    assert running(world) == 1


def test_a_service_that_balances_its_zones_is_not_moved_out_of_one_d84() -> None:
    """D84: elsewhere its tasks would be moved back, to a new instance, for ever."""
    world = world_of(zones=2)
    rebalanced = {"availabilityZoneRebalancing": "ENABLED"}
    world.ecs.create_service(serviceName="web", taskDefinition="app", desiredCount=3, **rebalanced)
    world.run_until(100)
    world.ecs.update_service(service="web", desiredCount=2)
    world.run_until(2 * DAY)
    assert counts(world) == [1, 1]
    assert world.history("DRAINING") == []
    world.ecs.update_service(service="web", availabilityZoneRebalancing="DISABLED")
    [task] = world.tasks()[:1]
    world.ecs.stop_task(task=task["taskArn"])
    world.run_until(3 * DAY)
    assert counts(world) == [2]


def test_a_type_that_cannot_be_had_is_no_reason_to_drain_d84() -> None:
    """D84: without the type that failed last, nothing is cheaper; else this went on for ever."""

    def launches(request: LaunchRequest) -> Launch | None:
        return Launch(failure="none left") if request.instance_type == "c6i.large" else None

    types = {"allowedInstanceTypes": ["c6i.large", "m6i.large"]}
    world = world_of(types, launches=launches)
    register_task(world.ecs, "app", 1024, 1024)
    with_service(world, 2)
    world.session.advance(DAY)
    assert world.types() == ["m6i.large"]
    assert world.history("DRAINING") == []


def test_a_reserved_instance_is_not_replaced_by_a_cheaper_one_d84() -> None:
    """D84, C45: reserved types go by preference, whatever they cost."""
    reserved = {"template": {"capacityOptionType": "RESERVED"}}
    types = {"allowedInstanceTypes": ["c6i.large", "m6i.large"]}
    numbers = {"m6i.large": 2, "c6i.large": 2}
    world = world_of(types, provider=reserved, reserved=numbers)
    register_task(world.ecs, "app", 1024, 1024)
    with_service(world, 2)
    world.session.advance(DAY)
    assert world.types() == ["m6i.large"]
    assert world.history("DRAINING") == []


# Age


def test_an_instance_is_drained_after_14_days_and_replaced() -> None:
    """S12.1, D84: draining begins after 14 days; the service gets another instance."""
    world = world_of()
    with_service(world, 1)
    world.run_until(14 * DAY - 1)
    assert world.history("DRAINING") == []
    world.run_until(14 * DAY + 200)
    [(second, _, reason)] = world.history("DRAINING")
    assert (second, reason) == (14 * DAY, "the instance is 14 days old")
    assert [when for when, _, _ in world.history("DEREGISTERING")] == [14 * DAY + 60]
    assert counts(world) == [1]
    assert running(world) == 1


def test_protected_and_standalone_tasks_stay_until_the_end_after_21_days_a51() -> None:
    """A51: a drain by age stops no protected task; the end comes for all."""
    world = world_of()
    with_service(world, 1)
    [task] = world.tasks()
    [standalone] = world.run_tasks("app", 1)
    arns = [task["taskArn"]]
    for day in range(21):
        world.run_until(day * DAY + 100)
        world.ecs.update_task_protection(
            cluster="default", tasks=arns, protectionEnabled=True, expiresInMinutes=2880
        )
    world.run_until(21 * DAY - 1)
    assert {one["lastStatus"] for one in world.tasks(containerInstance=task_host(world, task))} == {
        "RUNNING"
    }
    world.run_until(21 * DAY)
    for arn in (*arns, standalone):
        [found] = world.ecs.describe_tasks(tasks=[arn])["tasks"]
        assert found["stopCode"] == "TerminationNotice"
    world.run_until(21 * DAY + 61)
    assert running(world) == 1


def task_host(world: ManagedSession, task: dict[str, Any]) -> str:
    [found] = world.ecs.describe_tasks(tasks=[task["taskArn"]])["tasks"]
    return str(found["containerInstanceArn"])


# From outside


def test_a_lost_instance_is_replaced_for_its_services_c42() -> None:
    world = world_of()
    with_service(world, 2)
    world.run_until(100)
    [instance] = world.instances()
    world.session.lose_instance(instance["ec2InstanceId"])
    world.run_until(101)
    assert world.history("i-")[0][:1] == (100,)
    world.run_until(161)
    assert running(world) == 2
    assert counts(world) == [2]


def test_a_spot_interruption_drains_and_then_takes_the_instance_c42() -> None:
    """C42: two minutes' notice, DRAINING at once, then it is gone; tasks moved meanwhile."""
    world = world_of(provider={"template": {"capacityOptionType": "SPOT"}})
    with_service(world, 2)
    world.run_until(100)
    [instance] = world.instances()
    world.session.interrupt(instance["containerInstanceArn"])
    world.run_until(101)
    assert [one["status"] for one in world.instances()] == ["DRAINING"]
    world.run_until(160)
    assert running(world) == 2
    assert [second for second, _, _ in world.history("DEREGISTERING")] == [160]
    world.run_until(300)
    assert counts(world) == [2]


def test_a_user_may_drain_or_deregister_an_instance() -> None:
    """D83: drained and empty it is DEREGISTERING; deregistered by a call it is terminated."""
    world = world_of()
    with_service(world, 1)
    world.run_until(100)
    [instance] = world.instances()
    arn = instance["containerInstanceArn"]
    world.ecs.update_container_instances_state(containerInstances=[arn], status="DRAINING")
    world.run_until(161)
    assert [second for second, _, _ in world.history("DEREGISTERING")] == [160]
    [instance] = world.instances()
    arn = instance["containerInstanceArn"]
    world.ecs.deregister_container_instance(containerInstance=arn, force=True)
    world.run_until(162)
    assert [second for second, _, _ in world.history("i-")] == [160, 161]
    world.run_until(222)
    assert running(world) == 1


def test_a_deleted_provider_takes_its_instances_along_d71() -> None:
    """D71: DELETE_IN_PROGRESS until the last instance has ended, launching ones too."""
    world = world_of(provider={"infrastructureOptimization": {"scaleInAfter": -1}})
    [first, *_] = world.run_tasks("app", 2)
    world.run_until(100)
    late = world.run_tasks("app", 1)
    world.run_until(110)
    for task in world.tasks():
        world.ecs.stop_task(task=task["taskArn"])
    world.run_until(111)
    world.ecs.put_cluster_capacity_providers(
        cluster="default", capacityProviders=[], defaultCapacityProviderStrategy=[]
    )
    found = world.ecs.delete_capacity_provider(capacityProvider="m", cluster="default")
    assert found["capacityProvider"]["updateStatus"] == "DELETE_IN_PROGRESS"
    world.run_until(112)
    assert world.instances() == []
    [shown] = world.ecs.describe_capacity_providers(capacityProviders=["m"])["capacityProviders"]
    assert (shown["status"], shown["updateStatus"]) == ("ACTIVE", "DELETE_IN_PROGRESS")
    world.run_until(160)
    [shown] = world.ecs.describe_capacity_providers(capacityProviders=["m"])["capacityProviders"]
    assert (shown["status"], shown["updateStatus"]) == ("INACTIVE", "DELETE_COMPLETE")
    reason = "its provider or cluster is deleted"
    assert world.history("i-")[-1][0] == 160
    assert world.history("i-")[-1][2] == reason
    assert {first, *late}.isdisjoint(task["taskArn"] for task in world.tasks())


def test_an_update_changes_new_instances_only() -> None:
    """D81, S12.1: what runs stays; the next launch is of the new types."""
    world = world_of()
    with_service(world, 2)
    given = managed_provider({"allowedInstanceTypes": ["m5.large"]})
    world.ecs.update_capacity_provider(name="m", managedInstancesProvider=given)
    world.session.advance(1)
    world.ecs.update_service(service="web", desiredCount=4)
    world.session.advance(100)
    assert world.types() == ["m6i.large", "m5.large"]
    world.session.advance(10_000)
    assert world.types() == ["m6i.large", "m5.large"]


def test_equal_seeds_give_equal_histories_also_in_the_middle_c29() -> None:
    """C24, C29: runs, copies and pickles of a life with all kinds of ends."""
    histories = []
    for _ in range(2):
        world = world_of(zones=2, seed=7)
        with_service(world, 5)
        world.session.advance(timedelta(minutes=10))
        world.ecs.update_service(service="web", desiredCount=2)
        world.session.advance(100)
        twin, pickled = world.session.copy(), pickle.loads(pickle.dumps(world.session))
        for other in (world.session, twin, pickled):
            other.advance(15 * DAY)
            histories.append([str(record) for record in other.history])
    assert all(history == histories[0] for history in histories)
    assert any("DRAINING" in record for record in histories[0])


def test_a_launch_request_names_the_moment_c45() -> None:
    asked: list[LaunchRequest] = []

    def launches(request: LaunchRequest) -> None:
        asked.append(request)

    world = world_of(launches=launches)
    world.run_until(5)
    world.run_tasks("app", 1)
    world.run_until(6)
    [request] = asked
    assert request.now == NOON + timedelta(seconds=5)
    assert (request.owner, request.zone) == ("m", "us-east-1a")


def test_a_drain_by_a_call_stops_protected_tasks_that_an_earlier_one_left_alone_a51() -> None:
    """A51: an instance drained by age is made ACTIVE again, and drained by the user."""
    world = world_of()
    with_service(world, 1)
    world.run_until(14 * DAY - 100)
    [task] = world.tasks()
    arns = [task["taskArn"]]
    world.ecs.update_task_protection(cluster="default", tasks=arns, protectionEnabled=True)
    world.run_until(14 * DAY + 100)
    [instance] = [one for one in world.instances() if one["status"] == "DRAINING"]
    assert world.ecs.describe_tasks(tasks=arns)["tasks"][0]["lastStatus"] == "RUNNING"
    for status in ("ACTIVE", "DRAINING"):
        world.ecs.update_container_instances_state(
            containerInstances=[instance["containerInstanceArn"]], status=status
        )
    world.run_until(14 * DAY + 300)
    assert world.ecs.describe_tasks(tasks=arns)["tasks"][0]["lastStatus"] == "STOPPED"
