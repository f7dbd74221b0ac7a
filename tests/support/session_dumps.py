"""Sessions with something of everything that a dump holds, and what an operator does to them."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import placement.ecs as ecs
from placement.ecs.control.load_balancing.state import LoadBalancing

START = datetime(2026, 3, 1, tzinfo=UTC)
ZONES = "ab"
REMOTE_APIS = tuple(
    f"com.amazonaws.ecs.capability.docker-remote-api.1.{number}" for number in (18, 24, 29)
)
PERCENTS = ((100, 200), (50, 100), (0, 150))


def resources(cpu: int, memory: int) -> list[dict[str, Any]]:
    return [
        {"name": "CPU", "type": "INTEGER", "integerValue": cpu},
        {"name": "MEMORY", "type": "INTEGER", "integerValue": memory},
    ]


def new_session(**arguments: Any) -> ecs.Session:
    """Return a session with two clusters, six instances and three families of two revisions."""
    session = ecs.Session(**{"start": START, "timing": ecs.Timing(), **arguments})
    client = session.client("ecs")
    for name in ("default", "other"):
        client.create_cluster(clusterName=name)
    for number in range(6):
        zone = ZONES[number % len(ZONES)]
        values = {
            "ecs.availability-zone": f"us-east-1{zone}",
            "ecs.subnet-id": f"subnet-{zone}",
            "ecs.vpc-id": "vpc-1",
        }
        marks = ("ecs.capability.task-eni", "ecs.capability.container-health-check", *REMOTE_APIS)
        client.register_container_instance(
            cluster="other" if number == 5 else "default",
            totalResources=resources(1024, 2048),
            attributes=[
                *({"name": name, "value": value} for name, value in values.items()),
                *({"name": name} for name in marks),
            ],
        )
    plain = {"name": "c", "image": "nginx", "cpu": 128, "memory": 128}
    ported = {**plain, "portMappings": [{"containerPort": 80}]}
    check = {**plain, "healthCheck": {"command": ["CMD", "true"], "interval": 10}}
    for _ in range(2):
        client.register_task_definition(family="plain", containerDefinitions=[plain])
        client.register_task_definition(family="ported", containerDefinitions=[ported])
        client.register_task_definition(family="checked", containerDefinitions=[check])
    return session


def with_services(session: ecs.Session, percents: int = 0) -> ecs.Session:
    """Give a session three services, one of them behind a load balancer, and some tasks."""
    client, elb = session.client("ecs"), session.client("elbv2")
    owner = elb.create_load_balancer(Name="front", Subnets=["subnet-a", "subnet-b"])
    group = elb.create_target_group(Name="web", Protocol="HTTP", Port=80, VpcId="vpc-1")
    arn = group["TargetGroups"][0]["TargetGroupArn"]
    elb.create_listener(
        LoadBalancerArn=owner["LoadBalancers"][0]["LoadBalancerArn"],
        Protocol="HTTP",
        Port=80,
        DefaultActions=[{"Type": "forward", "TargetGroupArn": arn}],
    )
    session.client("cloudwatch").put_metric_alarm(
        AlarmName="errors",
        Namespace="n",
        MetricName="m",
        Statistic="Sum",
        Period=60,
        EvaluationPeriods=1,
        Threshold=1.0,
        ComparisonOperator="GreaterThanThreshold",
    )
    least, most = PERCENTS[percents]
    breaker = {"enable": True, "rollback": True}
    client.create_service(
        serviceName="plain",
        taskDefinition="plain:1",
        desiredCount=4,
        deploymentConfiguration={
            "minimumHealthyPercent": least,
            "maximumPercent": most,
            "deploymentCircuitBreaker": breaker,
            "alarms": {"alarmNames": ["errors"], "enable": True, "rollback": True},
        },
    )
    client.create_service(
        serviceName="web",
        taskDefinition="ported:1",
        desiredCount=3,
        healthCheckGracePeriodSeconds=60,
        loadBalancers=[{"targetGroupArn": arn, "containerName": "c", "containerPort": 80}],
        tags=[{"key": "team", "value": "web"}],
    )
    client.create_service(
        cluster="other", serviceName="checked", taskDefinition="checked:1", desiredCount=2
    )
    client.run_task(taskDefinition="plain:1", count=2, startedBy="me")
    return session


OPERATIONS = (
    "deploy",
    "redeploy",
    "web",
    "checked",
    "scale",
    "stop",
    "exit",
    "unhealthy",
    "alarm",
    "drain",
    "undrain",
    "protect",
    "run",
    "delete",
    "wait",
    "long",
)


def operate(session: ecs.Session, name: str, number: int) -> None:
    """Do one thing that an operator or the world does; one that is refused changes nothing."""
    client = session.client("ecs")
    try:
        _operate(session, client, name, number)
    except ecs.ClientError:
        return


def _operate(session: ecs.Session, client: Any, name: str, number: int) -> None:
    tasks = client.list_tasks(serviceName="plain")["taskArns"]
    web = client.list_tasks(serviceName="web")["taskArns"]
    instances = client.list_container_instances()["containerInstanceArns"]
    task = tasks[number % len(tasks)] if tasks else None
    match name:
        case "deploy":
            client.update_service(service="plain", taskDefinition=f"plain:{1 + number % 2}")
        case "redeploy":
            client.update_service(service="plain", forceNewDeployment=True)
        case "web":
            client.update_service(service="web", taskDefinition=f"ported:{1 + number % 2}")
        case "checked":
            client.update_service(
                cluster="other", service="checked", taskDefinition=f"checked:{1 + number % 2}"
            )
        case "scale":
            client.update_service(service="plain", desiredCount=number)
        case "stop" if task is not None:
            client.stop_task(task=task)
        case "exit" if web:
            described = client.describe_tasks(tasks=[web[0]])["tasks"][0]
            if described["lastStatus"] == "RUNNING":
                session.exit_container(web[0])
        case "unhealthy":
            for group, key in _targets(session)[number : number + 1]:
                session.set_target_health(group, key, "unhealthy")
        case "alarm":
            state = ("OK", "ALARM")[number % 2]
            session.client("cloudwatch").set_alarm_state(
                AlarmName="errors", StateValue=state, StateReason="told"
            )
        case "drain" | "undrain":
            status = "DRAINING" if name == "drain" else "ACTIVE"
            arn = instances[number % len(instances)]
            client.update_container_instances_state(containerInstances=[arn], status=status)
        case "protect" if task is not None:
            client.update_task_protection(
                cluster="default", tasks=[task], protectionEnabled=number % 2 == 0
            )
        case "run":
            client.run_task(taskDefinition="plain:1", count=1 + number % 3)
        case "delete":
            client.delete_service(cluster="other", service="checked", force=True)
        case "wait":
            session.advance(7 * number)
        case "long":
            session.advance(3_600 * number)


def _targets(session: ecs.Session) -> list[tuple[str, tuple[str, int]]]:
    elb: LoadBalancing = session._account.elb
    return [(arn, key) for arn, group in elb.targets.groups.items() for key in group.targets]


def through_json(session: ecs.Session, **arguments: Any) -> ecs.Session:
    """Return the session that the document of another one describes."""
    text = json.dumps(session.to_ecs(), allow_nan=False)
    return ecs.Session.from_ecs(json.loads(text), **arguments)
