"""Sessions with providers, groups, policies, alarms, and what operators and the world do to them.

``new_world`` makes a session; ``operate`` does one thing, decided by a name and a number, so that
two sessions can be treated alike.  What must be true afterwards is in ``capacity_checks``.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import placement.ecs as ecs
import web_scaling_operators
from placement.ecs.control.capacity.groups import GroupRecord

START = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)
NETWORK = {"awsvpcConfiguration": {"subnets": ["subnet-a", "subnet-b"]}}
WAITS = (1, 17, 59, 60, 61, 240, 600, 1800, 7200)
"""Seconds that time moves."""


def item(name: str, weight: int = 1, base: int = 0) -> dict[str, Any]:
    return {"capacityProvider": name, "weight": weight, "base": base}


def group_arn(session: ecs.Session, name: str) -> str:
    client = session.client("autoscaling")
    found = client.describe_auto_scaling_groups(AutoScalingGroupNames=[name])["AutoScalingGroups"]
    return str(found[0]["AutoScalingGroupARN"])


def create_group(session: ecs.Session, name: str, **parameters: Any) -> None:
    usual = {
        "MinSize": 0,
        "MaxSize": 6,
        "LaunchTemplate": {"LaunchTemplateName": "machines"},
        "AvailabilityZones": ["us-east-1a", "us-east-1b"],
        "NewInstancesProtectedFromScaleIn": True,
    }
    session.client("autoscaling").create_auto_scaling_group(
        AutoScalingGroupName=name, **usual | parameters
    )


def create_provider(session: ecs.Session, name: str, group: str, **settings: Any) -> None:
    given = {"autoScalingGroupArn": group_arn(session, group), **settings}
    session.client("ecs").create_capacity_provider(
        name=name, autoScalingGroupProvider=given, tags=[{"key": "of", "value": group}]
    )


def new_world(**arguments: Any) -> ecs.Session:
    """Return a session with two clusters, three groups with providers, services and a policy."""
    session = ecs.Session(**{"start": START, "timing": ecs.Timing(), **arguments})
    client = session.client("ecs")
    session.describe_launch_template("machines", instance_type="m5.large")
    session.describe_launch_template(
        "spot", instance_type="m5.large", config="ECS_ENABLE_SPOT_INSTANCE_DRAINING=true"
    )
    create_group(session, "a")
    overrides = [{"InstanceType": "c5.large"}, {"InstanceType": "m5.large"}]
    template = {"LaunchTemplateName": "spot", "Version": "1"}
    mixed = {"LaunchTemplateSpecification": template, "Overrides": overrides}
    session.client("autoscaling").create_auto_scaling_group(
        AutoScalingGroupName="b",
        MinSize=0,
        MaxSize=4,
        MixedInstancesPolicy={"LaunchTemplate": mixed},
        VPCZoneIdentifier="subnet-a,subnet-b",
        TerminationPolicies=["OldestInstance"],
    )
    create_group(session, "c", DesiredCapacity=2, MinSize=1, AvailabilityZones=["us-east-1c"])
    protection = {"managedTerminationProtection": "ENABLED"}
    create_provider(session, "pa", "a", managedScaling={"status": "ENABLED"}, **protection)
    low = {"status": "ENABLED", "targetCapacity": 70, "instanceWarmupPeriod": 60}
    create_provider(session, "pb", "b", managedScaling=low)
    create_provider(session, "pc", "c", managedDraining="DISABLED")
    strategy = [item("pa", 1, 1), item("pb", 2)]
    client.create_cluster(
        capacityProviders=["pa", "pb", "FARGATE", "FARGATE_SPOT"],
        defaultCapacityProviderStrategy=strategy,
    )
    client.create_cluster(clusterName="other", capacityProviders=["pc"])
    _define(client)
    client.create_service(serviceName="web", taskDefinition="web:1", desiredCount=3)
    client.create_service(
        serviceName="spread",
        availabilityZoneRebalancing="DISABLED",
        taskDefinition="web:1",
        desiredCount=2,
        capacityProviderStrategy=[item("pa", 2, 1), item("pb", 3)],
    )
    client.create_service(
        serviceName="fargate",
        taskDefinition="cloud:1",
        desiredCount=2,
        networkConfiguration=NETWORK,
        capacityProviderStrategy=[item("FARGATE", 1, 1), item("FARGATE_SPOT", 3)],
    )
    client.create_service(
        cluster="other",
        serviceName="fixed",
        taskDefinition="web:1",
        desiredCount=3,
        capacityProviderStrategy=[item("pc")],
    )
    _scale_web(session)
    return session


def _define(client: Any) -> None:
    container = {"name": "app", "image": "nginx", "cpu": 768, "memory": 512}
    for number in range(2):
        given = {**container, "cpu": 768 + 256 * number}
        client.register_task_definition(family="web", containerDefinitions=[given])
        client.register_task_definition(
            family="cloud",
            networkMode="awsvpc",
            requiresCompatibilities=["FARGATE"],
            cpu="256",
            memory="512",
            containerDefinitions=[{"name": "app", "image": "nginx"}],
        )
    client.register_task_definition(
        family="job",
        networkMode="awsvpc",
        containerDefinitions=[{"name": "app", "image": "job", "cpu": 500, "memory": 128}],
    )


def _scale_web(session: ecs.Session) -> None:
    scaling = session.client("application-autoscaling")
    scaling.register_scalable_target(**web_scaling_operators.TARGET, MinCapacity=1, MaxCapacity=8)
    scaling.put_scaling_policy(
        **web_scaling_operators.TARGET,
        PolicyName="track",
        PolicyType="TargetTrackingScaling",
        TargetTrackingScalingPolicyConfiguration={"TargetValue": 50.0, **web_scaling_operators.CPU},
    )
    session.set_load("web", cpu=150)


OPERATIONS = (
    *("run", "constrained", "job", "cloud", "stop", "interrupt_task", "interrupt", "lose", "drain"),
    *("desired", "sizes", "types", "protect", "terminate", "group", "delete_group", "provider"),
    *("settings", "cluster", "delete_provider", "template", "web", "scale_out", "fixed", "deploy"),
    *("load", "metric", "target", "policy", "step", "schedule", "alarm", "state", "suspend"),
    *("unpolicy", "untarget"),
)


def operate(session: ecs.Session, name: str, number: int) -> None:
    """Do one thing; one that is refused changes nothing."""
    try:
        _DOING[name](session, number)
    except ecs.ClientError:
        return


def _run(session: ecs.Session, number: int) -> None:
    session.client("ecs").run_task(taskDefinition="web:1", count=1 + number % 7)


def _constrained(session: ecs.Session, number: int) -> None:
    zone = "abc"[number % 3]
    rules = [
        {"type": "memberOf", "expression": f"attribute:ecs.availability-zone == us-east-1{zone}"}
    ]
    if number % 2:
        rules.append({"type": "distinctInstance"})
    session.client("ecs").run_task(
        taskDefinition="web:1",
        count=1 + number % 3,
        startedBy="me",
        placementConstraints=rules,
        placementStrategy=[{"type": "binpack", "field": "cpu"}, {"type": "random"}],
        capacityProviderStrategy=[item(("pa", "pb")[number % 2])],
    )


def _job(session: ecs.Session, number: int) -> None:
    session.client("ecs").run_task(
        taskDefinition="job", count=1 + number % 2, networkConfiguration=NETWORK
    )


def _cloud(session: ecs.Session, number: int) -> None:
    session.client("ecs").run_task(
        taskDefinition="cloud:1",
        count=1 + number % 3,
        networkConfiguration=NETWORK,
        capacityProviderStrategy=[item("FARGATE_SPOT")],
    )


def _live(session: ecs.Session) -> list[Any]:
    return list(session._account.live.values())


def _stop(session: ecs.Session, number: int) -> None:
    tasks = _live(session)
    if tasks:
        task = tasks[number % len(tasks)]
        session.client("ecs").stop_task(cluster=task.life.cluster.name, task=task.arn)


def _interrupt_task(session: ecs.Session, number: int) -> None:
    tasks = [one for one in _live(session) if one.settings.capacity_provider == "FARGATE_SPOT"]
    if tasks:
        session.interrupt(tasks[number % len(tasks)].arn)


def _instances(session: ecs.Session) -> list[tuple[str, str]]:
    """Return cluster and ARN of the registered container instances."""
    return [
        (cluster.name, one.arn)
        for cluster in session._account.clusters.values()
        for one in cluster.instances.values()
        if one.is_registered
    ]


def _interrupt(session: ecs.Session, number: int) -> None:
    found = _instances(session)
    if found:
        session.interrupt(found[number % len(found)][1])


def _lose(session: ecs.Session, number: int) -> None:
    found = _instances(session)
    if found:
        session.lose_instance(found[number % len(found)][1])


def _drain(session: ecs.Session, number: int) -> None:
    found = _instances(session)
    if found:
        cluster, arn = found[number % len(found)]
        session.client("ecs").update_container_instances_state(
            cluster=cluster, containerInstances=[arn], status="DRAINING"
        )


def _group(session: ecs.Session, number: int) -> GroupRecord | None:
    groups: list[GroupRecord] = list(session._account.groups.values())
    return groups[number % len(groups)] if groups else None


def _desired(session: ecs.Session, number: int) -> None:
    group = _group(session, number)
    if group is not None:
        session.client("autoscaling").set_desired_capacity(
            AutoScalingGroupName=group.name, DesiredCapacity=number % 6
        )


def _sizes(session: ecs.Session, number: int) -> None:
    group = _group(session, number)
    if group is not None:
        session.client("autoscaling").update_auto_scaling_group(
            AutoScalingGroupName=group.name, MinSize=number % 3, MaxSize=3 + number % 4
        )


def _types(session: ecs.Session, number: int) -> None:
    group = _group(session, number)
    if group is not None:
        session.client("autoscaling").update_auto_scaling_group(
            AutoScalingGroupName=group.name,
            LaunchTemplate={"LaunchTemplateName": ("machines", "spot", "unknown")[number % 3]},
        )


def _members(session: ecs.Session) -> list[tuple[str, str]]:
    return [
        (group.name, id) for group in session._account.groups.values() for id in group.instances
    ]


def _protect(session: ecs.Session, number: int) -> None:
    found = _members(session)
    if found:
        group, id = found[number % len(found)]
        session.client("autoscaling").set_instance_protection(
            AutoScalingGroupName=group, InstanceIds=[id], ProtectedFromScaleIn=number % 2 == 0
        )


def _terminate(session: ecs.Session, number: int) -> None:
    found = _members(session)
    if found:
        session.client("autoscaling").terminate_instance_in_auto_scaling_group(
            InstanceId=found[number % len(found)][1],
            ShouldDecrementDesiredCapacity=number % 2 == 0,
        )


def _new_group(session: ecs.Session, number: int) -> None:
    create_group(session, f"g{number % 3}", DesiredCapacity=number % 3)


def _delete_group(session: ecs.Session, number: int) -> None:
    session.client("autoscaling").delete_auto_scaling_group(
        AutoScalingGroupName=f"g{number % 3}", ForceDelete=number % 4 > 0
    )


def _provider(session: ecs.Session, number: int) -> None:
    name = f"g{number % 3}"
    if name in session._account.groups:
        status = ("ENABLED", "DISABLED")[number % 2]
        create_provider(session, f"p{number % 3}", name, managedScaling={"status": status})


def _settings(session: ecs.Session, number: int) -> None:
    session.client("ecs").update_capacity_provider(
        name=("pa", "pb", "pc", "p0")[number % 4],
        autoScalingGroupProvider={
            "managedScaling": {
                "status": "ENABLED" if number % 5 else "DISABLED",
                "targetCapacity": (100, 60, 90)[number % 3],
                "maximumScalingStepSize": 1 + number % 3,
            },
            "managedDraining": ("ENABLED", "DISABLED")[number % 2],
            "managedTerminationProtection": "DISABLED",
        },
    )


def _cluster(session: ecs.Session, number: int) -> None:
    names = ["pa", "pb", "FARGATE", "FARGATE_SPOT"]
    name = f"p{number % 3}"
    if number % 2 and name in session._account.providers:
        names.append(name)
    session.client("ecs").put_cluster_capacity_providers(
        cluster="default",
        capacityProviders=names,
        defaultCapacityProviderStrategy=[item(names[-1] if number % 4 == 1 else "pa")],
    )


def _delete_provider(session: ecs.Session, number: int) -> None:
    session.client("ecs").delete_capacity_provider(capacityProvider=f"p{number % 3}")


def _template(session: ecs.Session, number: int) -> None:
    kind = ("m5.large", "m5.xlarge", "t3.medium")[number % 3]
    session.describe_launch_template(
        ("machines", "spot", "unknown")[number % 3], instance_type=kind
    )


def _web(session: ecs.Session, number: int) -> None:
    session.client("ecs").update_service(service="web", desiredCount=number % 9)


def _scale_out(session: ecs.Session, number: int) -> None:
    service = session._account.clusters["default"].services["spread"]
    session.client("ecs").update_service(
        service="spread", desiredCount=min(12, service.desired_count + number % 3)
    )


def _fixed(session: ecs.Session, number: int) -> None:
    session.client("ecs").update_service(cluster="other", service="fixed", desiredCount=number % 8)


def _deploy(session: ecs.Session, number: int) -> None:
    family, name = (("web", "web"), ("cloud", "fargate"))[number % 2]
    session.client("ecs").update_service(service=name, taskDefinition=f"{family}:{1 + number % 2}")


_DOING = {
    "run": _run,
    "constrained": _constrained,
    "job": _job,
    "cloud": _cloud,
    "stop": _stop,
    "interrupt_task": _interrupt_task,
    "interrupt": _interrupt,
    "lose": _lose,
    "drain": _drain,
    "desired": _desired,
    "sizes": _sizes,
    "types": _types,
    "protect": _protect,
    "terminate": _terminate,
    "group": _new_group,
    "delete_group": _delete_group,
    "provider": _provider,
    "settings": _settings,
    "cluster": _cluster,
    "delete_provider": _delete_provider,
    "template": _template,
    "web": _web,
    "scale_out": _scale_out,
    "fixed": _fixed,
    "deploy": _deploy,
    "load": web_scaling_operators.load,
    "metric": web_scaling_operators.metric,
    "target": web_scaling_operators.target,
    "policy": web_scaling_operators.policy,
    "step": web_scaling_operators.step,
    "schedule": web_scaling_operators.schedule,
    "alarm": web_scaling_operators.alarm,
    "state": web_scaling_operators.state,
    "suspend": web_scaling_operators.suspend,
    "unpolicy": web_scaling_operators.unpolicy,
    "untarget": web_scaling_operators.untarget,
}
