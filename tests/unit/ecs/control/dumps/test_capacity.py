"""Providers, groups and waiting tasks from what the AWS CLI prints (C30, C50)."""

from __future__ import annotations

import copy
from datetime import UTC, datetime
from typing import Any

import pytest

import placement.ecs as ecs
from capacity_operators import new_world, operate
from placement.errors import DocumentError

HOME = "arn:aws:ecs:us-east-1:123456789012"
GROUP = "arn:aws:autoscaling:us-east-1:123456789012:autoScalingGroup:1:autoScalingGroupName/web"
NOON = "2026-03-01T12:00:00Z"
TASK = f"{HOME}:task/prod/t1"

PROVIDER: dict[str, Any] = {
    "capacityProviderArn": f"{HOME}:capacity-provider/machines",
    "name": "machines",
    "status": "ACTIVE",
    "autoScalingGroupProvider": {
        "autoScalingGroupArn": GROUP,
        "managedScaling": {"status": "ENABLED", "targetCapacity": 100, "instanceWarmupPeriod": 60},
        "managedTerminationProtection": "DISABLED",
        "managedDraining": "ENABLED",
    },
    "tags": [],
}
CLUSTER: dict[str, Any] = {
    "clusterArn": f"{HOME}:cluster/prod",
    "clusterName": "prod",
    "capacityProviders": ["machines"],
    "defaultCapacityProviderStrategy": [{"capacityProvider": "machines", "weight": 1}],
    "attachmentsStatus": "UPDATE_COMPLETE",
}
DEFINITION = {
    "taskDefinitionArn": f"{HOME}:task-definition/job:1",
    "containerDefinitions": [{"name": "app", "image": "nginx", "cpu": 1024, "memory": 100}],
}


def member(id: str, **fields: Any) -> dict[str, Any]:
    return {
        "InstanceId": id,
        "InstanceType": "m5.large",
        "AvailabilityZone": "us-east-1a",
        "LifecycleState": "InService",
        "HealthStatus": "Healthy",
        "ProtectedFromScaleIn": False,
        **fields,
    }


def group(*members: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return {
        "AutoScalingGroupName": "web",
        "AutoScalingGroupARN": GROUP,
        "MinSize": 0,
        "MaxSize": 4,
        "DesiredCapacity": len(members),
        "AvailabilityZones": ["us-east-1a", "us-east-1b"],
        "LaunchTemplate": {"LaunchTemplateName": "machines", "Version": "1"},
        "Instances": list(members),
        "CreatedTime": NOON,
        **fields,
    }


def container_instance(id: str, **fields: Any) -> dict[str, Any]:
    sizes = [
        {"name": name, "type": "INTEGER", "integerValue": size}
        for name, size in (("CPU", 2048), ("MEMORY", 7764))
    ]
    return {
        "containerInstanceArn": f"{HOME}:container-instance/prod/c{id[2:]}",
        "ec2InstanceId": id,
        "capacityProviderName": "machines",
        "status": "ACTIVE",
        "agentConnected": True,
        "registeredResources": sizes,
        "remainingResources": sizes,
        "registeredAt": NOON,
        "attributes": [
            {"name": "ecs.availability-zone", "value": "us-east-1a"},
            {"name": "ecs.instance-type", "value": "m5.large"},
        ],
        **fields,
    }


def waiting(**fields: Any) -> dict[str, Any]:
    return {
        "taskArn": TASK,
        "clusterArn": f"{HOME}:cluster/prod",
        "taskDefinitionArn": DEFINITION["taskDefinitionArn"],
        "capacityProviderName": "machines",
        "launchType": "EC2",
        "lastStatus": "PROVISIONING",
        "desiredStatus": "RUNNING",
        "createdAt": NOON,
        "containers": [{"name": "app", "lastStatus": "PENDING"}],
        **fields,
    }


def loaded(*pages: dict[str, Any], **arguments: Any) -> ecs.Session:
    documents = [{"taskDefinition": DEFINITION}, *copy.deepcopy(pages)]
    return ecs.Session.from_ecs(documents, **{"timing": ecs.Timing(), **arguments})


def whole(*members: dict[str, Any], **fields: Any) -> tuple[dict[str, Any], ...]:
    """Return a cluster with a provider, its group, and an instance for each member in service."""
    instances = [
        container_instance(one["InstanceId"])
        for one in members
        if one["LifecycleState"] != "Pending"
    ]
    return (
        {"clusters": [CLUSTER], "capacityProviders": [PROVIDER]},
        {"AutoScalingGroups": [group(*members, **fields)]},
        {"containerInstances": instances},
    )


def described(session: ecs.Session, name: str = "web") -> dict[str, Any]:
    client = session.client("autoscaling")
    (found,) = client.describe_auto_scaling_groups(AutoScalingGroupNames=[name])[
        "AutoScalingGroups"
    ]
    return dict(found)


def notes(session: ecs.Session) -> list[tuple[str, str]]:
    kinds = ("made", "is kept", "is left alone")
    return [
        (one.subject.rpartition("/")[2], one.what) for one in session.history if one.what in kinds
    ]


def reasons(session: ecs.Session) -> set[str]:
    activities = session.client("autoscaling").describe_scaling_activities()["Activities"]
    return {one["StatusMessage"] for one in activities if "StatusMessage" in one}


def last_status(session: ecs.Session) -> str:
    (task,) = session.client("ecs").describe_tasks(cluster="prod", tasks=[TASK])["tasks"]
    return str(task["lastStatus"])


def test_a_described_cluster_goes_on_scaling() -> None:
    """C50: a task that waits makes the group grow, and runs on the machine that comes."""
    session = loaded(*whole(), {"tasks": [waiting()]})
    assert notes(session) == []
    assert last_status(session) == "PROVISIONING"
    session.describe_launch_template("machines", instance_type="m5.large")
    session.advance(900)
    assert last_status(session) == "RUNNING"
    assert described(session)["DesiredCapacity"] >= 1


def test_a_group_whose_template_nobody_described_launches_the_type_of_its_newest_instance() -> None:
    """C50."""
    session = loaded(*whole(member("i-1"), member("i-2", InstanceType="c5.large")))
    groups = session.client("autoscaling")
    groups.set_desired_capacity(AutoScalingGroupName="web", DesiredCapacity=3)
    session.advance(600)
    assert [one["InstanceType"] for one in described(session)["Instances"]] == [
        *("m5.large", "c5.large", "c5.large")
    ]


def test_a_group_without_instances_and_template_fails_to_launch_c50() -> None:
    session = loaded(*whole())
    session.client("autoscaling").set_desired_capacity(
        AutoScalingGroupName="web", DesiredCapacity=1
    )
    session.advance(120)
    assert described(session)["Instances"] == []
    (reason,) = reasons(session)
    assert "nobody has described its launch template" in reason


def test_a_provider_that_is_only_named_is_made_with_its_group_c50() -> None:
    """C50: managed scaling off; as many desired as there are, none at least; a note names it."""
    instances = [container_instance("i-1"), container_instance("i-2", capacityProviderName="other")]
    session = loaded({"clusters": [CLUSTER]}, {"containerInstances": instances})
    assert ("machines", "made") in notes(session)
    client = session.client("ecs")
    answer = client.describe_capacity_providers(capacityProviders=["machines"])
    (provider,) = answer["capacityProviders"]
    assert provider["autoScalingGroupProvider"]["managedScaling"] == {"status": "DISABLED"}
    found = described(session, "machines")
    assert (found["MinSize"], found["DesiredCapacity"], found["MaxSize"]) == (0, 1, 1)
    assert [one["InstanceId"] for one in found["Instances"]] == ["i-1"]
    session.advance(3_600)
    assert len(described(session, "machines")["Instances"]) == 1


def test_the_group_of_a_described_provider_is_made_c50() -> None:
    session = loaded(
        {"clusters": [CLUSTER], "capacityProviders": [PROVIDER]},
        {"containerInstances": [container_instance("i-1")]},
    )
    assert notes(session) == [("web", "made")]
    found = described(session)
    assert (found["AutoScalingGroupARN"], found["DesiredCapacity"]) == (GROUP, 1)
    assert found["AvailabilityZones"] == ["us-east-1a"]


def test_described_instances_of_a_group_that_is_not_described_make_it() -> None:
    """C30: describe-auto-scaling-instances alone says what is there."""
    one = {**member("i-1"), "AutoScalingGroupName": "web"}
    session = loaded({"AutoScalingInstances": [one, {**one, "InstanceId": "i-2"}]})
    assert notes(session) == [("web", "made")]
    assert described(session)["DesiredCapacity"] == 2


def test_managed_instances_are_kept_and_the_services_on_them_too_c48() -> None:
    provider = {
        "capacityProviderArn": f"{HOME}:capacity-provider/managed",
        "name": "managed",
        "status": "ACTIVE",
        "cluster": "prod",
        "managedInstancesProvider": {"infrastructureRoleArn": "arn:aws:iam::123456789012:role/r"},
        "type": "MANAGED_INSTANCES",
    }
    service = {
        "serviceArn": f"{HOME}:service/prod/web",
        "serviceName": "web",
        "status": "ACTIVE",
        "desiredCount": 2,
        "taskDefinition": DEFINITION["taskDefinitionArn"],
        "capacityProviderStrategy": [{"capacityProvider": "managed", "weight": 1, "base": 0}],
    }
    pages = {"capacityProviders": [provider], "clusters": [CLUSTER], "services": [service]}
    session = loaded(pages, {"containerInstances": []})
    assert {("managed", "is kept"), ("web", "is kept")} <= set(notes(session))
    session.advance(3_600)
    document = session.to_ecs()
    assert provider in document["capacityProviders"]
    assert (
        document["services"][0]["capacityProviderStrategy"] == service["capacityProviderStrategy"]
    )


@pytest.mark.parametrize(
    "fields",
    [
        {"CapacityRebalance": True},
        {"SuspendedProcesses": [{"ProcessName": "Launch", "SuspensionReason": "said"}]},
        {"TerminationPolicies": ["AllocationStrategy"]},
        {
            "MixedInstancesPolicy": {
                "InstancesDistribution": {"OnDemandPercentageAboveBaseCapacity": 0}
            }
        },
    ],
)
def test_a_group_that_is_not_modelled_is_kept_and_not_moved_c48(fields: dict[str, Any]) -> None:
    """Its instances go on taking tasks of its provider, as their own documents say."""
    pages = whole(member("i-1"), **fields)
    session = loaded(*pages, {"tasks": [waiting()]})
    assert ("web", "is kept") in notes(session)
    session.advance(1_200)
    assert session.client("autoscaling").describe_auto_scaling_groups()["AutoScalingGroups"] == []
    assert session.to_ecs()["AutoScalingGroups"] == [
        {**pages[1]["AutoScalingGroups"][0], "CreatedTime": "2026-03-01T12:00:00+00:00"}
    ]
    assert last_status(session) == "RUNNING"


def test_states_that_were_under_way_begin_at_loading_c50() -> None:
    """A launch registers after the launch's time; one that leaves waits for its tasks again."""
    task = waiting(
        lastStatus="RUNNING",
        containerInstanceArn=f"{HOME}:container-instance/prod/c2",
        startedAt=NOON,
    )
    pages = whole(
        member("i-1", LifecycleState="Pending"), member("i-2", LifecycleState="Terminating:Wait")
    )
    pages[1]["AutoScalingGroups"][0]["DesiredCapacity"] = 1
    session = loaded(*pages, {"tasks": [task]}, start=datetime(2026, 3, 1, 13, tzinfo=UTC))
    session.advance(119)
    assert [one["LifecycleState"] for one in described(session)["Instances"]] == [
        *("Pending", "Terminating:Wait")
    ]
    session.advance(1)
    assert described(session)["Instances"][0]["LifecycleState"] == "InService"
    session.client("ecs").stop_task(cluster="prod", task=TASK)
    session.advance(600)
    assert [one["InstanceId"] for one in described(session)["Instances"]] == ["i-1"]


def test_a_task_waits_30_minutes_from_its_creation_c50() -> None:
    session = loaded(*whole(MaxSize=0), {"tasks": [waiting()]})
    session.advance(1_799)
    assert last_status(session) == "PROVISIONING"
    session.advance(1)
    (task,) = session.client("ecs").describe_tasks(cluster="prod", tasks=[TASK])["tasks"]
    assert task["stoppedReason"] == "TaskFailedToStart: EMPTY CAPACITY PROVIDER"


def test_rules_and_network_of_waiting_tasks_are_written_c50() -> None:
    """No describe call prints them."""
    session = new_world()
    for name in ("constrained", "job"):
        operate(session, name, 1)
    state = session.to_ecs()["placementState"]["waiting"]
    first, *_, second = state["runs"]
    assert [one["type"] for one in first["constraints"]] == ["memberOf", "distinctInstance"]
    assert first["strategy"] == [{"type": "binpack", "field": "cpu"}, {"type": "random"}]
    assert second["network"]["subnets"] == ["subnet-a", "subnet-b"]
    twin = ecs.Session.from_ecs(session.to_ecs())
    assert twin.to_ecs()["placementState"]["waiting"] == state


def test_a_wrong_rule_of_waiting_tasks_is_refused_with_its_place_c31() -> None:
    """An expression, too, is a part of the document."""
    session = new_world()
    operate(session, "constrained", 1)
    written = session.to_ecs()
    [rule, *_] = written["placementState"]["waiting"]["runs"][0]["constraints"]
    rule["expression"] = "x"
    with pytest.raises(DocumentError, match="unknown subject x") as caught:
        ecs.Session.from_ecs(written)
    assert caught.value.path == "placementState.waiting.runs[0].constraints"


def test_functions_of_launches_and_capacity_are_named_c50() -> None:
    session = ecs.Session(launches=lambda _: None, capacity=lambda *_: True)
    assert session.to_ecs()["placementState"]["functions"] == ["launches", "capacity"]


def test_launch_templates_are_in_the_state_c50() -> None:
    session = new_world()
    twin = ecs.Session.from_ecs(session.to_ecs())
    templates = session._account.machine_templates
    assert twin._account.machine_templates == templates
    assert templates["spot"].config == "ECS_ENABLE_SPOT_INSTANCE_DRAINING=true"


def test_instances_in_other_states_are_shown_and_count_for_nothing_c50() -> None:
    standby = member("i-9", LifecycleState="Standby")
    pages = whole(member("i-1"))
    pages[1]["AutoScalingGroups"][0]["Instances"].append(standby)
    session = loaded(*pages)
    session.advance(600)
    assert [one["InstanceId"] for one in described(session)["Instances"]] == ["i-1", "i-9"]


@pytest.mark.parametrize(
    ("page", "path"),
    [
        ({"capacityProviders": [{**PROVIDER, "name": None}]}, "capacityProviders[0].name"),
        (
            {"AutoScalingGroups": [group(DesiredCapacity=9)]},
            "AutoScalingGroups[0]",
        ),
        ({"AutoScalingGroups": [group(member("i-1"), member("i-1"))]}, "AutoScalingGroups[0]"),
        (
            {"clusters": [{**CLUSTER, "defaultCapacityProviderStrategy": [{"weight": 1}]}]},
            "clusters[0].defaultCapacityProviderStrategy[0]",
        ),
    ],
)
def test_what_cannot_be_read_is_refused_or_left_out_c31(page: dict[str, Any], path: str) -> None:
    with pytest.raises(DocumentError) as caught:
        loaded(page)
    assert caught.value.path.startswith(path)
    session = loaded(page, on_error="skip")
    assert session.skipped[0].path.startswith(path)
    session.advance(120)


def test_a_rate_counts_from_when_its_action_was_put_last_c50() -> None:
    """D114: the creation time that documents show is that of the first put."""
    session = new_world()
    operate(session, "schedule", 0)
    session.advance(100)
    operate(session, "schedule", 0)
    session.advance(30)
    twin = ecs.Session.from_ecs(session.to_ecs())
    runs = []
    for one in (session, twin):
        one.advance(1_500)
        answer = one.client("application-autoscaling").describe_scaling_activities(
            ServiceNamespace="ecs"
        )
        found = [each["StartTime"] for each in answer["ScalingActivities"] if "s0" in each["Cause"]]
        runs.append([f"{moment:%H:%M}" for moment in reversed(found)])
    assert runs[0] == runs[1] == ["09:09", "09:16", "09:23"]


@pytest.mark.parametrize(
    ("attributes", "reason"),
    [
        ([], "no instance type is known"),
        ([{"name": "ecs.instance-type", "value": "m5.large"}], "no zone is known"),
    ],
)
def test_a_group_that_was_made_may_have_no_zone_c50(
    attributes: list[dict[str, str]], reason: str
) -> None:
    """Its instance has none: what is written can be read, and a launch fails with that reason."""
    session = loaded({"containerInstances": [container_instance("i-1", attributes=attributes)]})
    written = session.to_ecs()
    [made] = written["AutoScalingGroups"]
    assert made["AvailabilityZones"] == []
    again = ecs.Session.from_ecs(written)
    assert again.to_ecs()["AutoScalingGroups"] == [made]
    client = again.client("autoscaling")
    name = made["AutoScalingGroupName"]
    client.update_auto_scaling_group(AutoScalingGroupName=name, MaxSize=2, DesiredCapacity=2)
    again.advance(60)
    [failed] = client.describe_scaling_activities(AutoScalingGroupName=name)["Activities"]
    assert failed["StatusCode"] == "Failed"
    assert reason in failed["StatusMessage"]
