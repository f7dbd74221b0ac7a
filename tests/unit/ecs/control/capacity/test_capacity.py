"""Providers, groups and waiting tasks in sessions: what no table has (S11)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from capacity_session import NOON, TIMING, group_with, provider_of
from placement.ecs import ClientError, Launch, Options, Session, Timing
from placement.errors import DocumentError, UsageError

WEIGHT = [{"capacityProvider": "p", "weight": 1}]
MANAGED = {"status": "ENABLED"}


def session_of(timing: Timing | None = TIMING, **arguments: Any) -> Session:
    """Return a session with a cluster and a task definition of half an m5.large."""
    session = Session(start=NOON, timing=timing, **arguments)
    ecs = session.client("ecs")
    ecs.create_cluster()
    container = {"name": "app", "image": "busybox", "cpu": 1024, "memory": 64}
    ecs.register_task_definition(family="app", containerDefinitions=[container])
    return session


def with_provider(session: Session, number: int = 0, group: Any = None, **settings: Any) -> Any:
    """Give the cluster a provider of a group with some instances; return the ECS client."""
    ecs = session.client("ecs")
    arn = group_with(session, DesiredCapacity=number, **(group or {}))
    provider_of(session, "p", arn, **settings)
    ecs.put_cluster_capacity_providers(
        cluster="default", capacityProviders=["p"], defaultCapacityProviderStrategy=WEIGHT
    )
    session.advance(180)
    return ecs


def instances_of(ecs: Any) -> list[dict[str, Any]]:
    arns = ecs.list_container_instances()["containerInstanceArns"]
    if not arns:
        return []
    return list(ecs.describe_container_instances(containerInstances=arns)["containerInstances"])


def statuses(ecs: Any, **selected: Any) -> list[str]:
    arns = ecs.list_tasks(**selected)["taskArns"]
    tasks = ecs.describe_tasks(tasks=arns)["tasks"] if arns else []
    return sorted(task["lastStatus"] for task in tasks)


def code_of(caught: pytest.ExceptionInfo[ClientError]) -> str:
    return str(caught.value.response["Error"]["Code"])


# Machines of groups (C34)


def test_machines_register_as_their_type_with_their_config_c34() -> None:
    session = session_of()
    config = 'ECS_INSTANCE_ATTRIBUTES={"rack": "r1"}\nECS_RESERVED_MEMORY=256'
    ecs = session.client("ecs")
    arn = group_with(session, DesiredCapacity=1)
    session.describe_launch_template("machines", instance_type="m5.large", config=config)
    provider_of(session, "p", arn)
    ecs.put_cluster_capacity_providers(
        cluster="default", capacityProviders=["p"], defaultCapacityProviderStrategy=[]
    )
    session.advance(180)
    [found] = instances_of(ecs)
    attributes = {one["name"]: one.get("value") for one in found["attributes"]}
    assert found["capacityProviderName"] == "p"
    assert found["ec2InstanceId"].startswith("i-")
    assert (attributes["rack"], attributes["ecs.instance-type"]) == ("r1", "m5.large")
    assert attributes["ecs.availability-zone"] == "us-east-1a"
    assert not [name for name in attributes if "capacity-provider" in name]
    listed = ecs.list_attributes(targetType="container-instance")["attributes"]
    assert not [one for one in listed if "capacity-provider" in one["name"]]
    memory = {one["name"]: one.get("integerValue") for one in found["registeredResources"]}
    assert memory["CPU"] == 2048
    plain = 8192 - 8192 // 64 - 47
    assert memory["MEMORY"] == plain - 256


def test_zones_come_from_subnets_c34_c46() -> None:
    session = session_of()
    ecs = session.client("ecs")
    ecs.register_subnet(subnetId="subnet-b", vpcId="vpc-1", availabilityZone="us-east-1b")
    with_provider(
        session,
        2,
        {"AvailabilityZones": [], "VPCZoneIdentifier": "subnet-b,subnet-unknown"},
    )
    found = [
        {one["name"]: one.get("value") for one in instance["attributes"]}
        for instance in instances_of(ecs)
    ]
    places = [(one["ecs.availability-zone"], one["ecs.subnet-id"]) for one in found]
    assert places == [("us-east-1a", "subnet-unknown"), ("us-east-1b", "subnet-b")]


def test_machines_without_a_provider_join_the_cluster_of_their_config_c34() -> None:
    session = session_of()
    ecs = session.client("ecs")
    group_with(session, DesiredCapacity=1)
    session.advance(180)
    assert instances_of(ecs) == []
    session.describe_launch_template("machines", "m5.large", "ECS_CLUSTER=default")
    session.client("autoscaling").set_desired_capacity(
        AutoScalingGroupName="group", DesiredCapacity=2
    )
    session.advance(180)
    [found] = instances_of(ecs)
    assert "capacityProviderName" not in found


def test_a_template_that_cannot_be_is_refused_c34() -> None:
    session = session_of()
    with pytest.raises(UsageError, match="launch template"):
        session.describe_launch_template("")
    with pytest.raises(DocumentError, match=r"m5\.none"):
        session.describe_launch_template("a", instance_type="m5.none")
    with pytest.raises(UsageError, match="config"):
        session.describe_launch_template("a", config=3)  # type: ignore[arg-type]


# Waiting tasks (S11.3)


def test_more_than_may_wait_are_refused_and_change_nothing_a57() -> None:
    session = session_of(options=Options(provisioning_limit=3))
    ecs = with_provider(session, 1, managedScaling=MANAGED)
    ecs.run_task(taskDefinition="app", count=4)  # two of them find room
    session.advance(0)
    before = session.to_ecs()["tasks"]
    with pytest.raises(ClientError, match="provisioning capacity limit") as caught:
        ecs.run_task(taskDefinition="app", count=2)
    assert code_of(caught) == "ClientException"
    assert session.to_ecs()["tasks"] == before
    ecs.run_task(taskDefinition="app", count=1)


def test_a_service_says_that_no_more_may_wait_a57() -> None:
    session = session_of(options=Options(provisioning_limit=3))
    ecs = with_provider(session, 0, {"MaxSize": 0}, managedScaling=MANAGED)
    ecs.create_service(serviceName="web", taskDefinition="app", desiredCount=5)
    session.advance(1)
    assert statuses(ecs, serviceName="web") == ["PROVISIONING"] * 3
    [service] = ecs.describe_services(services=["web"])["services"]
    assert service["pendingCount"] == 3
    assert any("provisioning capacity limit" in one["message"] for one in service["events"])
    assert service["capacityProviderStrategy"] == [{**WEIGHT[0], "base": 0}]
    assert "launchType" not in service


def test_a_task_that_waits_too_long_is_replaced_a58_d99() -> None:
    """D99: the end counts as a failed start, and the service starts another one at once."""
    session = session_of()
    ecs = with_provider(session, 0, {"MaxSize": 0}, managedScaling=MANAGED)
    ecs.create_service(serviceName="web", taskDefinition="app", desiredCount=1)
    session.advance(0)
    [first] = ecs.list_tasks(serviceName="web")["taskArns"]
    session.advance(1800)
    [stopped] = ecs.describe_tasks(tasks=[first])["tasks"]
    assert (stopped["lastStatus"], stopped["stopCode"]) == ("STOPPED", "TaskFailedToStart")
    assert stopped["stoppedReason"] == "TaskFailedToStart: EMPTY CAPACITY PROVIDER"
    [second] = ecs.list_tasks(serviceName="web")["taskArns"]
    assert second != first
    [service] = ecs.describe_services(services=["web"])["services"]
    assert service["deployments"][0]["failedTasks"] == 1


def test_waiting_tasks_stop_first_d116() -> None:
    session = session_of()
    ecs = with_provider(session, 1, {"MaxSize": 1}, managedScaling=MANAGED)
    ecs.create_service(serviceName="web", taskDefinition="app", desiredCount=4)
    session.advance(10)
    assert statuses(ecs, serviceName="web") == ["PROVISIONING"] * 2 + ["RUNNING"] * 2
    ecs.update_service(service="web", desiredCount=2)
    session.advance(10)
    assert statuses(ecs, serviceName="web") == ["RUNNING"] * 2


def test_a_smaller_task_passes_one_that_does_not_fit_d73_d124() -> None:
    """D73: a task that cannot be placed blocks no later one; D124: it has no instance yet."""
    seen: list[bool] = []

    def behaviour(task: dict[str, Any]) -> None:
        seen.append("containerInstanceArn" in task)

    session = session_of(behaviour=behaviour)
    ecs = with_provider(session, 1, {"MaxSize": 1}, managedScaling=MANAGED)
    big = {"name": "app", "image": "busybox", "cpu": 2048, "memory": 64}
    ecs.register_task_definition(family="big", containerDefinitions=[big])
    [one, two] = [ecs.run_task(taskDefinition="app")["tasks"][0]["taskArn"] for _ in range(2)]
    [waits] = ecs.run_task(taskDefinition="big")["tasks"]
    [small] = ecs.run_task(taskDefinition="app")["tasks"]
    assert seen == [True, True, False, False]
    session.advance(10)
    ecs.stop_task(task=one)
    session.advance(10)
    found = ecs.describe_tasks(tasks=[waits["taskArn"], small["taskArn"], two])["tasks"]
    assert [task["lastStatus"] for task in found] == ["PROVISIONING", "RUNNING", "RUNNING"]
    assert found[1]["capacityProviderName"] == "p"


def test_equal_tasks_of_all_calls_and_services_are_one_group_a60() -> None:
    """A60: twelve tasks of half an instance need six more, whoever started them."""
    session = session_of()
    ecs = with_provider(session, 1, managedScaling=MANAGED)
    ecs.run_task(taskDefinition="app", count=4)  # two of them find room
    ecs.run_task(taskDefinition="app", count=4)
    for name in ("web", "api"):
        ecs.create_service(serviceName=name, taskDefinition="app", desiredCount=3)
    session.advance(360)
    [group] = session.client("autoscaling").describe_auto_scaling_groups()["AutoScalingGroups"]
    assert group["DesiredCapacity"] == 7


@pytest.mark.parametrize("way", ["constraint", "option"])
def test_one_task_an_instance_counts_for_what_is_lacking_a60_c38(way: str) -> None:
    """A60: with distinctInstance, and with ``at_most=1``, four tasks need four instances."""
    session = session_of()
    ecs = with_provider(session, 1, managedScaling=MANAGED)
    limits = [{"type": "distinctInstance"}] if way == "constraint" else []
    ecs.create_service(
        serviceName="web", taskDefinition="app", desiredCount=4, placementConstraints=limits
    )
    if way == "option":
        session.set_service_options("web", at_most=1)
    session.advance(360)
    [group] = session.client("autoscaling").describe_auto_scaling_groups()["AutoScalingGroups"]
    assert group["DesiredCapacity"] == 4
    assert statuses(ecs, serviceName="web") == ["RUNNING"] * 4


def test_without_managed_scaling_nothing_waits() -> None:
    session = session_of()
    ecs = with_provider(session, 0)
    with pytest.raises(ClientError, match="found in your capacity provider"):
        ecs.run_task(taskDefinition="app")
    session.client("autoscaling").set_desired_capacity(
        AutoScalingGroupName="group", DesiredCapacity=1
    )
    session.advance(180)
    ecs.register_container_instance()  # of no provider: neither a candidate nor a failure
    found = ecs.run_task(taskDefinition="app", count=3)
    assert len(found["tasks"]) == 2
    assert [one["reason"] for one in found["failures"]] == ["RESOURCE:CPU"]


def test_tasks_of_a_provider_stay_on_its_instances() -> None:
    session = session_of()
    ecs = with_provider(session, 1, managedScaling=MANAGED)
    resources = [
        {"name": name, "type": "INTEGER", "integerValue": 8192} for name in ("CPU", "MEMORY")
    ]
    other = ecs.register_container_instance(totalResources=resources)["containerInstance"]
    found = ecs.run_task(taskDefinition="app", count=3)
    assert [task["lastStatus"] for task in found["tasks"]].count("PROVISIONING") == 1
    session.advance(0)
    assert ecs.list_tasks(containerInstance=other["containerInstanceArn"])["taskArns"] == []
    free = ecs.run_task(taskDefinition="app", count=1, launchType="EC2")
    assert len(free["tasks"]) == 1


def test_awsvpc_tasks_get_their_interface_when_they_are_placed_d66() -> None:
    session = session_of(Timing())
    ecs = session.client("ecs")
    container = {"name": "app", "image": "busybox", "cpu": 1024, "memory": 64}
    ecs.register_task_definition(
        family="net", networkMode="awsvpc", containerDefinitions=[container]
    )
    with_provider(session, 0, managedScaling=MANAGED)
    subnets = {"awsvpcConfiguration": {"subnets": ["subnet-1"]}}
    [task] = ecs.run_task(taskDefinition="net", networkConfiguration=subnets)["tasks"]
    assert (task["lastStatus"], task["attachments"]) == ("PROVISIONING", [])
    session.advance(180)
    [task] = ecs.describe_tasks(tasks=[task["taskArn"]])["tasks"]
    assert (task["lastStatus"], len(task["attachments"])) == ("PROVISIONING", 1)
    assert task["containers"][0]["networkInterfaces"]
    session.advance(22)
    [task] = ecs.describe_tasks(tasks=[task["taskArn"]])["tasks"]
    assert task["lastStatus"] == "RUNNING"


# Instances leave (S11.6.1)


def test_managed_draining_moves_tasks_before_the_instance_goes() -> None:
    session = session_of(Timing())
    ecs = with_provider(session, 2, {"NewInstancesProtectedFromScaleIn": False})
    ecs.create_service(serviceName="web", taskDefinition="app", desiredCount=2)
    assert session.advance_until("steady")
    groups = session.client("autoscaling")
    victim = next(one for one in instances_of(ecs) if one["runningTasksCount"])
    groups.terminate_instance_in_auto_scaling_group(
        InstanceId=victim["ec2InstanceId"], ShouldDecrementDesiredCapacity=True
    )
    session.advance(1)
    draining = [one for one in instances_of(ecs) if one["status"] == "DRAINING"]
    assert [one["ec2InstanceId"] for one in draining] == [victim["ec2InstanceId"]]
    [group] = groups.describe_auto_scaling_groups()["AutoScalingGroups"]
    states = {one["InstanceId"]: one["LifecycleState"] for one in group["Instances"]}
    assert states[victim["ec2InstanceId"]] == "Terminating:Wait"
    assert session.advance_until("steady")
    session.advance(0)
    assert [one["status"] for one in instances_of(ecs)] == ["ACTIVE"]
    assert statuses(ecs, serviceName="web") == ["RUNNING", "RUNNING"]


def test_draining_ends_after_48_hours() -> None:
    session = session_of()
    ecs = with_provider(session, 1)
    [task] = ecs.run_task(taskDefinition="app")["tasks"]
    session.client("autoscaling").set_desired_capacity(
        AutoScalingGroupName="group", DesiredCapacity=0
    )
    session.client("autoscaling").update_auto_scaling_group(
        AutoScalingGroupName="group", NewInstancesProtectedFromScaleIn=False
    )
    [instance] = instances_of(ecs)
    session.client("autoscaling").terminate_instance_in_auto_scaling_group(
        InstanceId=instance["ec2InstanceId"], ShouldDecrementDesiredCapacity=False
    )
    session.advance(48 * 3600 - 1)
    assert statuses(ecs) == ["RUNNING"]
    session.advance(1)
    [task] = ecs.describe_tasks(tasks=[task["taskArn"]])["tasks"]
    assert (task["stopCode"], task["lastStatus"]) == ("TerminationNotice", "STOPPED")
    assert task["stoppedReason"] == (
        f"Host EC2 (instance {instance['ec2InstanceId']}) stopped/terminated"
    )


def test_without_draining_tasks_end_with_their_host_and_are_replaced() -> None:
    session = session_of()
    ecs = with_provider(
        session, 2, {"NewInstancesProtectedFromScaleIn": False}, managedDraining="DISABLED"
    )
    ecs.create_service(serviceName="web", taskDefinition="app", desiredCount=2)
    assert session.advance_until("steady")
    session.client("autoscaling").set_desired_capacity(
        AutoScalingGroupName="group", DesiredCapacity=1
    )
    session.advance(60)
    stopped = ecs.list_tasks(serviceName="web", desiredStatus="STOPPED")["taskArns"]
    codes = {one["stopCode"] for one in ecs.describe_tasks(tasks=stopped)["tasks"]}
    assert codes == {"TerminationNotice"}
    assert session.advance_until("steady")
    assert len(instances_of(ecs)) == 1
    assert statuses(ecs, serviceName="web") == ["RUNNING", "RUNNING"]


def test_a_lost_instance_is_replaced_at_the_next_full_minute_c42() -> None:
    session = session_of()
    ecs = with_provider(session, 1)
    [lost] = instances_of(ecs)
    session.lose_instance(lost["ec2InstanceId"])
    session.advance(0)
    groups = session.client("autoscaling")
    assert groups.describe_auto_scaling_instances()["AutoScalingInstances"] == []
    session.advance(60)
    [new] = groups.describe_auto_scaling_instances()["AutoScalingInstances"]
    assert new["InstanceId"] != lost["ec2InstanceId"]


# Spot and Fargate (S11.6.2, C42, C45)

SUBNETS = {"awsvpcConfiguration": {"subnets": ["subnet-a", "subnet-b"]}}
SPOT = [{"capacityProvider": "FARGATE_SPOT", "weight": 1}]


def on_fargate(**arguments: Any) -> tuple[Session, Any]:
    """Return a session with a cluster that has both Fargate providers, and its ECS client."""
    session = Session(start=NOON, timing=Timing(), **arguments)
    ecs = session.client("ecs")
    ecs.create_cluster(capacityProviders=["FARGATE", "FARGATE_SPOT"])
    for zone in "ab":
        ecs.register_subnet(
            subnetId=f"subnet-{zone}", vpcId="vpc-1", availabilityZone=f"us-east-1{zone}"
        )
    ecs.register_task_definition(
        family="cloud",
        requiresCompatibilities=["FARGATE"],
        networkMode="awsvpc",
        cpu="256",
        memory="512",
        containerDefinitions=[{"name": "app", "image": "busybox"}],
    )
    return session, ecs


def test_an_interrupted_spot_task_is_replaced_on_spot_c42_d80() -> None:
    session, ecs = on_fargate()
    strategy = [{"capacityProvider": "FARGATE", "base": 1, "weight": 0}, *SPOT]
    ecs.create_service(
        serviceName="web",
        taskDefinition="cloud",
        desiredCount=3,
        capacityProviderStrategy=strategy,
        networkConfiguration=SUBNETS,
    )
    assert session.advance_until("steady")
    tasks = ecs.describe_tasks(tasks=ecs.list_tasks(serviceName="web")["taskArns"])["tasks"]
    providers = sorted(task["capacityProviderName"] for task in tasks)
    assert providers == ["FARGATE", "FARGATE_SPOT", "FARGATE_SPOT"]
    assert {task["launchType"] for task in tasks} == {"FARGATE"}
    plain = next(task for task in tasks if task["capacityProviderName"] == "FARGATE")
    with pytest.raises(UsageError, match="FARGATE_SPOT"):
        session.interrupt(plain["taskArn"])
    spot = next(task for task in tasks if task["capacityProviderName"] == "FARGATE_SPOT")
    session.interrupt(spot["taskArn"])
    session.advance(0)
    [found] = ecs.describe_tasks(tasks=[spot["taskArn"]])["tasks"]
    assert (found["lastStatus"], found["desiredStatus"]) == ("STOPPING", "STOPPED")
    assert found["stopCode"] == "SpotInterruption"
    assert found["stoppedReason"] == "Your Spot Task was interrupted."
    assert session.advance_until("steady")
    tasks = ecs.describe_tasks(tasks=ecs.list_tasks(serviceName="web")["taskArns"])["tasks"]
    assert sorted(task["capacityProviderName"] for task in tasks) == providers


def test_fargate_has_the_capacity_that_the_caller_says_c45_d79() -> None:
    """C45, D79: zones are asked from the one with fewest tasks, the first that has room wins."""
    asked: list[tuple[Any, ...]] = []

    def capacity(*request: Any) -> bool:
        asked.append(request)
        return bool(request[1] == "us-east-1b" and request[4] < 2)

    _, ecs = on_fargate(capacity=capacity)
    found = ecs.run_task(
        taskDefinition="cloud",
        count=3,
        networkConfiguration=SUBNETS,
        capacityProviderStrategy=SPOT,
    )
    assert asked[0] == ("FARGATE_SPOT", "us-east-1a", 256, 512, 0)
    assert [task["availabilityZone"] for task in found["tasks"]] == ["us-east-1b"] * 2
    assert [one["reason"][:32] for one in found["failures"]] == ["Capacity is unavailable at this "]
    found = ecs.run_task(taskDefinition="cloud", launchType="FARGATE", networkConfiguration=SUBNETS)
    assert asked[-1][0] == "FARGATE"
    assert len(found["tasks"]) == 1


def test_a_notice_drains_where_the_agent_says_so_c42() -> None:
    session = session_of()
    ecs = session.client("ecs")
    arn = group_with(session, DesiredCapacity=1)
    session.describe_launch_template(
        "machines", "m5.large", "ECS_ENABLE_SPOT_INSTANCE_DRAINING=true"
    )
    provider_of(session, "p", arn)
    ecs.put_cluster_capacity_providers(
        cluster="default", capacityProviders=["p"], defaultCapacityProviderStrategy=WEIGHT
    )
    session.advance(180)
    plain = ecs.register_container_instance()["containerInstance"]["containerInstanceArn"]
    first = instances_of(ecs)[0]["containerInstanceArn"]
    for name in (first, plain):
        session.interrupt(name)
    session.advance(119)
    status = {one["containerInstanceArn"]: one["status"] for one in instances_of(ecs)}
    assert (status[first], status[plain]) == ("DRAINING", "ACTIVE")
    session.advance(1)
    gone = ecs.describe_container_instances(containerInstances=[first, plain])
    assert [one["status"] for one in gone["containerInstances"]] == ["INACTIVE", "INACTIVE"]


# Functions of the caller (C27, C45)


def test_a_function_that_answers_something_else_is_refused_c45() -> None:
    session = session_of(launches=lambda _: "soon")
    group_with(session, DesiredCapacity=1)
    with pytest.raises(UsageError, match=r"launches returned 'soon'"):
        session.advance(60)
    assert session.now == NOON  # the instant has not happened
    with pytest.raises(UsageError, match="delay"):
        Launch(delay=-1)
    with pytest.raises(UsageError, match="failure"):
        Launch(failure=3)  # type: ignore[arg-type]
    with pytest.raises(UsageError, match="capacity is something to call"):
        Session(capacity=3)  # type: ignore[arg-type]


def test_zones_even_out_with_the_option_d78() -> None:
    session = session_of(options=Options(group_rebalancing=True))
    group = {
        "AvailabilityZones": ["us-east-1a"],
        "NewInstancesProtectedFromScaleIn": False,
        "MaxSize": 4,
    }
    ecs = with_provider(session, 4, group)
    session.client("autoscaling").update_auto_scaling_group(
        AutoScalingGroupName="group", AvailabilityZones=["us-east-1a", "us-east-1b"]
    )
    counts = []
    for _ in range(10):
        session.advance(60)
        counts.append(len(session._account.groups["group"].instances))
    zones = [
        {one["name"]: one.get("value") for one in found["attributes"]}["ecs.availability-zone"]
        for found in instances_of(ecs)
    ]
    assert sorted(zones) == ["us-east-1a"] * 2 + ["us-east-1b"] * 2
    assert max(counts) == 5  # the limit is exceeded by one


# Copies


def test_a_copy_in_the_middle_has_the_same_future() -> None:
    session = session_of(Timing(), seed=4)
    ecs = with_provider(session, 0, managedScaling=MANAGED)
    ecs.create_service(serviceName="web", taskDefinition="app", desiredCount=7)
    session.advance(100)
    twin = session.copy()
    with session.trial():
        session.advance(900)
        tried = session.history
    session.advance(900)
    twin.advance(900)
    assert session.history == twin.history == tried
    assert statuses(ecs, serviceName="web") == ["RUNNING"] * 7


# Providers and strategies (S11.1, S2.2.2)


def test_statuses_of_providers_switch_when_time_moves_d71() -> None:
    session = session_of()
    ecs = with_provider(session, 0)
    [provider] = ecs.describe_capacity_providers(capacityProviders=["p"])["capacityProviders"]
    assert (provider["status"], provider["updateStatus"]) == ("ACTIVE", "CREATE_COMPLETE")
    given = {"managedScaling": {"targetCapacity": 80}}
    updated = ecs.update_capacity_provider(name="p", autoScalingGroupProvider=given)
    assert updated["capacityProvider"]["updateStatus"] == "UPDATE_IN_PROGRESS"
    session.advance(0)
    [provider] = ecs.describe_capacity_providers(capacityProviders=["p"])["capacityProviders"]
    assert provider["updateStatus"] == "UPDATE_COMPLETE"
    scaling = provider["autoScalingGroupProvider"]["managedScaling"]
    assert (scaling["status"], scaling["targetCapacity"]) == ("ENABLED", 80)
    lists: dict[str, Any] = {"capacityProviders": [], "defaultCapacityProviderStrategy": []}
    with pytest.raises(ClientError) as caught:
        ecs.delete_capacity_provider(capacityProvider="p")
    assert code_of(caught) == "InvalidParameterException"
    ecs.put_cluster_capacity_providers(cluster="default", **lists)
    with pytest.raises(ClientError) as caught:
        ecs.put_cluster_capacity_providers(cluster="default", **lists)
    assert code_of(caught) == "UpdateInProgressException"
    ecs.delete_capacity_provider(capacityProvider="p")
    session.advance(0)
    [provider] = ecs.describe_capacity_providers(capacityProviders=["p"])["capacityProviders"]
    assert (provider["status"], provider["updateStatus"]) == ("INACTIVE", "DELETE_COMPLETE")
    names = [one["name"] for one in ecs.describe_capacity_providers()["capacityProviders"]]
    assert names == ["FARGATE", "FARGATE_SPOT"]


def test_points_below_the_target_are_in_a_row_s11_4() -> None:
    """S11.4.3: minutes without managed scaling have no points, and the 15 begin again."""
    session = session_of()
    ecs = with_provider(session, 1, managedScaling=MANAGED)
    session.advance(10 * 60)
    for status in ("DISABLED", "ENABLED"):
        ecs.update_capacity_provider(
            name="p", autoScalingGroupProvider={"managedScaling": {"status": status}}
        )
        session.advance(5 * 60)
    groups = session.client("autoscaling")
    [group] = groups.describe_auto_scaling_groups()["AutoScalingGroups"]
    assert group["DesiredCapacity"] == 1
    session.advance(10 * 60)
    [group] = groups.describe_auto_scaling_groups()["AutoScalingGroups"]
    assert group["DesiredCapacity"] == 0


def test_managed_scaling_is_for_one_cluster() -> None:
    """S11.1, old 5.4: a provider of two clusters cannot begin it."""
    session = session_of()
    ecs = with_provider(session, 0)
    ecs.create_cluster(clusterName="other", capacityProviders=["p"])
    session.advance(0)
    with pytest.raises(ClientError, match="default, other") as caught:
        ecs.update_capacity_provider(name="p", autoScalingGroupProvider={"managedScaling": MANAGED})
    assert code_of(caught) == "InvalidParameterException"


def test_a_provider_in_use_stays_with_its_cluster() -> None:
    session = session_of()
    ecs = with_provider(session, 1)
    lists: dict[str, Any] = {"capacityProviders": [], "defaultCapacityProviderStrategy": []}
    [task] = ecs.run_task(taskDefinition="app")["tasks"]
    with pytest.raises(ClientError) as caught:
        ecs.put_cluster_capacity_providers(cluster="default", **lists)
    assert code_of(caught) == "ResourceInUseException"
    ecs.stop_task(task=task["taskArn"])
    session.advance(10)
    ecs.put_cluster_capacity_providers(cluster="default", **lists)
    assert "capacityProviderName" not in instances_of(ecs)[0]


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"managedTerminationProtection": "ENABLED"}, "managed scaling must be enabled"),
        (
            {"managedScaling": MANAGED, "managedTerminationProtection": "ENABLED"},
            "must have instance protection from scale in enabled",
        ),
        (
            {"managedScaling": {"minimumScalingStepSize": 5, "maximumScalingStepSize": 2}},
            "The minimum or maximum scaling step size value is invalid.",
        ),
        ({"managedScaling": {"targetCapacity": 101}}, "target capacity"),
        ({"managedScaling": {"instanceWarmupPeriod": 10_001}}, "warm-up"),
        ({"managedScaling": {"status": "ON"}}, "managedScaling.status"),
        ({"managedDraining": "ON"}, "managedDraining"),
    ],
    ids=str,
)
def test_providers_that_are_refused(settings: dict[str, Any], words: str) -> None:
    session = session_of()
    arn = group_with(session, NewInstancesProtectedFromScaleIn=False)
    with pytest.raises(ClientError, match=words) as caught:
        provider_of(session, "p", arn, **settings)
    assert code_of(caught) == "InvalidParameterException"
    assert "p" not in session._account.providers


def test_one_group_has_one_provider_and_names_are_checked() -> None:
    session = session_of()
    arn = group_with(session)
    for name in ("aws-p", "ECSp", "fargate1", "a b"):
        with pytest.raises(ClientError, match="capacity provider name is invalid"):
            provider_of(session, name, arn)
    provider_of(session, "p", arn)
    with pytest.raises(ClientError, match="already exists"):
        provider_of(session, "p", arn)
    with pytest.raises(ClientError, match="already being used"):
        provider_of(session, "q", arn)
    with pytest.raises(ClientError, match="invalid or does not exist"):
        provider_of(session, "q", "arn:none")


@pytest.mark.parametrize(
    ("strategy", "words"),
    [
        ([{"capacityProvider": "p"}], "no capacity providers in the capacity provider strategy"),
        ([{"capacityProvider": "q", "weight": 1}], "capacity provider name is invalid"),
        ([*WEIGHT, *WEIGHT], "listed twice"),
        ([{**WEIGHT[0], "base": 1}, {"capacityProvider": "FARGATE", "base": 1}], "multiple"),
        ([*WEIGHT, {"capacityProvider": "FARGATE", "weight": 1}], "cannot contain a mix"),
    ],
    ids=str,
)
def test_strategies_that_are_refused(strategy: list[dict[str, Any]], words: str) -> None:
    """S2.4, S11.1: RunTask, CreateService and UpdateService say the same."""
    session = session_of()
    ecs = with_provider(session, 1)
    ecs.put_cluster_capacity_providers(
        cluster="default",
        capacityProviders=["p", "FARGATE"],
        defaultCapacityProviderStrategy=[],
    )
    service = {"serviceName": "web", "taskDefinition": "app", "desiredCount": 1}
    ecs.create_service(**service)
    calls: tuple[Callable[[], Any], ...] = (
        lambda: ecs.run_task(taskDefinition="app", capacityProviderStrategy=strategy),
        lambda: ecs.create_service(
            **service | {"serviceName": "b"}, capacityProviderStrategy=strategy
        ),
        lambda: ecs.update_service(
            service="web", capacityProviderStrategy=strategy, forceNewDeployment=True
        ),
    )
    for call in calls:
        with pytest.raises(ClientError, match=words) as caught:
            call()
        assert code_of(caught) == "InvalidParameterException"


def test_a_strategy_replaces_a_launch_type_and_goes_again() -> None:
    """S2.2.2: any change needs force; an empty one returns to the launch type of the creation."""
    session = session_of()
    ecs = with_provider(session, 2)
    ecs.create_service(serviceName="web", taskDefinition="app", desiredCount=2, launchType="EC2")
    assert session.advance_until("steady")
    with pytest.raises(ClientError, match="you must force a new deployment"):
        ecs.update_service(service="web", capacityProviderStrategy=WEIGHT)
    for strategy, name in ((WEIGHT, "p"), ([], None)):
        ecs.update_service(
            service="web", capacityProviderStrategy=strategy, forceNewDeployment=True
        )
        assert session.advance_until("steady")
        arns = ecs.list_tasks(serviceName="web")["taskArns"]
        tasks = ecs.describe_tasks(tasks=arns)["tasks"]
        assert [task.get("capacityProviderName") for task in tasks] == [name] * 2
        [service] = ecs.describe_services(services=["web"])["services"]
        assert ("launchType" in service) == (name is None)


def test_draining_tasks_do_not_count_for_providers_e160_d72() -> None:
    """E160: 1:1, A has two tasks of which one drains, B two: the next one goes to A."""
    session = session_of()
    ecs = session.client("ecs")
    for name in "AB":
        provider_of(session, name, group_with(session, name, DesiredCapacity=2))
    strategy = [{"capacityProvider": name, "weight": 1} for name in "AB"]
    ecs.put_cluster_capacity_providers(
        cluster="default", capacityProviders=["A", "B"], defaultCapacityProviderStrategy=strategy
    )
    session.advance(180)
    ecs.create_service(
        serviceName="web",
        taskDefinition="app",
        desiredCount=4,
        placementStrategy=[{"type": "spread", "field": "instanceId"}],
    )
    assert session.advance_until("steady")
    first = next(one for one in instances_of(ecs) if one["capacityProviderName"] == "A")
    ecs.update_container_instances_state(
        containerInstances=[first["containerInstanceArn"]], status="DRAINING"
    )
    assert session.advance_until("steady")
    arns = ecs.list_tasks(serviceName="web")["taskArns"]
    names = [one["capacityProviderName"] for one in ecs.describe_tasks(tasks=arns)["tasks"]]
    assert sorted(names) == ["A", "A", "B", "B"]


def test_without_times_a_launch_takes_none_c39() -> None:
    session = session_of(None)
    ecs = with_provider(session, 0, managedScaling=MANAGED)
    [task] = ecs.run_task(taskDefinition="app")["tasks"]
    session.advance(60)
    [task] = ecs.describe_tasks(tasks=[task["taskArn"]])["tasks"]
    assert task["lastStatus"] == "RUNNING"


# RunTask over several providers


def with_two_providers(session: Session, *, managed: str) -> Any:
    """Give the cluster two providers, each with an instance with room for two tasks."""
    ecs = session.client("ecs")
    for name in ("p", "q"):
        arn = group_with(session, name, DesiredCapacity=1, AvailabilityZones=["us-east-1a"])
        status = managed if name == "q" else "DISABLED"
        provider_of(session, name, arn, managedScaling={"status": status})
    both = [{"capacityProvider": name, "weight": 1} for name in ("p", "q")]
    ecs.put_cluster_capacity_providers(
        cluster="default", capacityProviders=["p", "q"], defaultCapacityProviderStrategy=both
    )
    session.advance(180)
    return ecs


def test_reasons_of_one_provider_stand_though_another_has_tasks_placed() -> None:
    """A37, S11.2: three tasks each; one of each provider finds no room."""
    ecs = with_two_providers(session_of(), managed="DISABLED")
    answer = ecs.run_task(taskDefinition="app", count=6)
    assert len(answer["tasks"]) == 4
    assert [one["reason"] for one in answer["failures"]] == ["RESOURCE:CPU"] * 2


def test_a_call_over_two_providers_that_is_refused_leaves_nothing() -> None:
    """A57: what was placed for both is taken back as one."""
    session = session_of(options=Options(provisioning_limit=0))
    ecs = with_two_providers(session, managed="ENABLED")
    engine = session._account.clusters["default"].engine
    before = engine.store.tasks.number
    with pytest.raises(ClientError, match="provisioning capacity limit"):
        ecs.run_task(taskDefinition="app", count=6)
    assert engine.store.tasks.number == before
    assert ecs.list_tasks()["taskArns"] == []
    assert len(ecs.run_task(taskDefinition="app", count=4)["tasks"]) == 4


@pytest.mark.parametrize("managed", ["ENABLED", "DISABLED"])
def test_a_behaviour_that_raises_for_the_second_provider_starts_no_task_c27(managed: str) -> None:
    """All tasks of the call start, or none: those of the first provider too."""
    asked: list[str] = []

    def behaviour(document: dict[str, Any]) -> None:
        asked.append(document["capacityProviderName"])
        if len(asked) == 4:
            raise LookupError("unknown task")

    session = session_of(behaviour=behaviour)
    ecs = with_two_providers(session, managed=managed)
    with pytest.raises(LookupError):
        ecs.run_task(taskDefinition="app", count=4)
    assert set(asked) == {"p", "q"}
    assert ecs.list_tasks()["taskArns"] == []
    assert session._account.live == {}
    assert len(ecs.run_task(taskDefinition="app", count=4)["tasks"]) == 4


@pytest.mark.parametrize(
    ("names", "fault"),
    [
        (["p", "p"], "'p' is listed twice."),
        (["other"], "'other' is not associated with the cluster."),
    ],
)
def test_a_strategy_with_a_wrong_name_says_what_is_wrong_s11_1(
    names: list[str], fault: str
) -> None:
    ecs = with_provider(session_of())
    strategy = [{"capacityProvider": name, "weight": 1} for name in names]
    with pytest.raises(ClientError) as caught:
        ecs.run_task(taskDefinition="app", capacityProviderStrategy=strategy)
    assert code_of(caught) == "InvalidParameterException"
    assert str(caught.value).endswith(fault)
