"""The life of tasks, second by second, through sessions (``lifecycle.toml``)."""

from __future__ import annotations

import tomllib
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

import placement.ecs as ecs
from placement.ecs.control.task_records import TaskRecord
from placement.services.model import TaskClass

TABLE = tomllib.loads((Path(__file__).parent / "lifecycle.toml").read_text(encoding="utf-8"))
START = datetime(2026, 3, 1, tzinfo=UTC)
NETWORK = {"awsvpcConfiguration": {"subnets": ["subnet-1"]}}
APIS = ("1.17", "1.18", "1.24", "1.29")
AGENT = [
    {"name": f"com.amazonaws.ecs.capability.docker-remote-api.{version}"} for version in APIS
] + [{"name": f"ecs.capability.{name}"} for name in ("task-eni", "container-health-check")]


def session_of(row: dict[str, Any], hosts: int = 40) -> ecs.Session:
    behaviour = ecs.Behaviour(
        container_health=row.get("finds"), ignores_stop_signal=row.get("ignores_signal", False)
    )
    session = ecs.Session(start=START, timing=ecs.Timing(), behaviour=lambda _: behaviour)
    client = session.client("ecs")
    client.create_cluster()
    for _ in range(hosts):
        client.register_container_instance(
            totalResources=[
                {"name": name, "type": "INTEGER", "integerValue": 128} for name in ("CPU", "MEMORY")
            ],
            attributes=[{"name": "ecs.availability-zone", "value": "us-east-1a"}, *AGENT],
        )
    container: dict[str, Any] = {"name": "c", "image": "i", "cpu": 128, "memory": 128}
    if "check" in row:
        container["healthCheck"] = {"command": ["CMD", "true"], **row["check"]}
    if "stop_timeout" in row:
        container["stopTimeout"] = row["stop_timeout"]
    container["portMappings"] = [{"containerPort": 80}]
    for _ in range(2):
        client.register_task_definition(
            family="web", networkMode=row.get("network", "bridge"), containerDefinitions=[container]
        )
    return session


def create_service(session: ecs.Session, row: dict[str, Any], desired: int) -> None:
    further: dict[str, Any] = {}
    if row.get("network") == "awsvpc":
        further["networkConfiguration"] = NETWORK
    if "deregistration_delay" in row:
        further["loadBalancers"] = [
            {
                "targetGroupArn": target_group(session, row["deregistration_delay"]),
                "containerName": "c",
                "containerPort": 80,
            }
        ]
    minimum, maximum = row.get("percents", (100, 200))
    session.client("ecs").create_service(
        serviceName="web",
        taskDefinition="web:1",
        desiredCount=desired,
        deploymentConfiguration={"minimumHealthyPercent": minimum, "maximumPercent": maximum},
        **further,
    )


def target_group(session: ecs.Session, delay: int) -> str:
    elb = session.client("elbv2")
    group = elb.create_target_group(
        Name="web", Protocol="HTTP", Port=80, VpcId="vpc-1", TargetType="ip"
    )["TargetGroups"][0]["TargetGroupArn"]
    elb.modify_target_group_attributes(
        TargetGroupArn=group,
        Attributes=[{"Key": "deregistration_delay.timeout_seconds", "Value": str(delay)}],
    )
    balancer = elb.create_load_balancer(Name="web", Subnets=["subnet-1", "subnet-2"])
    elb.create_listener(
        LoadBalancerArn=balancer["LoadBalancers"][0]["LoadBalancerArn"],
        Protocol="HTTP",
        Port=80,
        DefaultActions=[{"Type": "forward", "TargetGroupArn": group}],
    )
    assert isinstance(group, str)
    return group


def tasks(session: ecs.Session, revision: int = 1) -> list[TaskRecord]:
    (cluster,) = session._account.clusters.values()
    ending = f":{revision}"
    return [
        task for task in cluster.tasks.values() if task.settings.definition_arn.endswith(ending)
    ]


def seen(task: TaskRecord) -> set[str]:
    """Return what a task is now, in the words of the table."""
    found = {str(task.last_status), str(task.health_status)}
    if task.life is not None and task.life.task_class is TaskClass.HEALTHY:
        found.add("healthy")
    return found


def watch(
    session: ecs.Session, seconds: int, watched: list[TaskRecord]
) -> dict[str, dict[str, int]]:
    """Advance second by second; return for each task when it became what."""
    begin = session.now
    times: dict[str, dict[str, int]] = {task.id: {} for task in watched}
    for _ in range(seconds + 1):
        second = round((session.now - begin).total_seconds())
        session.advance(0)
        for task in watched:
            for word in seen(task):
                times[task.id].setdefault(word, second)
        session.advance(1)
    return times


@pytest.mark.parametrize("row", TABLE["life"], ids=lambda row: row["row"])
def test_the_life_of_a_task(row: dict[str, Any]) -> None:
    session = session_of(row)
    create_service(session, row, 1)
    session.advance(0)
    (task,) = tasks(session)
    first = watch(session, row.get("stop", max(row["times"].values())) - 1, [task])[task.id]
    if "stop" in row:
        session.client("ecs").stop_task(task=task.arn)
        after = watch(session, max(row["times"].values()) - row["stop"], [task])[task.id]
        first = {word: row["stop"] + second for word, second in after.items()}
    else:
        session.advance(0)
        for word in seen(task):
            first.setdefault(word, max(row["times"].values()))
    # A state that takes no time is not seen between two seconds: the history has it.
    for record in session.history:
        if record.subject == task.arn:
            second = round((record.time - START).total_seconds())
            first.setdefault(record.what, second)
    assert {word: first.get(word) for word in row["times"]} == row["times"]


@pytest.mark.parametrize("row", TABLE["full_host"], ids=lambda row: row["row"])
def test_d68_a_host_that_is_full_lets_a_new_task_wait(row: dict[str, Any]) -> None:
    session = session_of({**row, "ignores_signal": True}, hosts=1)
    client = session.client("ecs")
    client.run_task(taskDefinition="web:1")
    session.advance(100)
    (old,) = tasks(session)
    client.stop_task(task=old.arn)
    client.run_task(taskDefinition="web:2")
    (new,) = tasks(session, 2)
    times = watch(session, max(row["times"].values()), [new])[new.id]
    assert {word: times[word] for word in row["times"]} == row["times"]


@pytest.mark.parametrize("row", TABLE["deployment"], ids=lambda row: row["row"])
def test_a_deployment_takes_its_time(row: dict[str, Any]) -> None:
    session = session_of(row, row.get("hosts", 40))
    create_service(session, row, row["desired"])
    assert session.advance_until("steady")
    client = session.client("ecs")
    client.update_service(service="web", taskDefinition="web:2")
    begin = session.now
    times: dict[str, dict[str, int]] = {}
    completed = old_stopped = None
    for second in range(row["completed"] + 2):
        session.advance(0)
        for task in tasks(session, 2):
            for word in seen(task):
                times.setdefault(task.id, {}).setdefault(word, second)
        deployment = client.describe_services(services=["web"])["services"][0]["deployments"][0]
        if deployment["rolloutState"] == "COMPLETED" and completed is None:
            completed = second
        if all(str(task.last_status) == "STOPPED" for task in tasks(session)):
            old_stopped = second if old_stopped is None else old_stopped
        session.advance(1)
    assert session.now > begin
    assert completed == row["completed"]
    assert old_stopped == row.get("old_stopped", old_stopped)
    ordered = list(times.values())
    for place, key in ((0, "first"), (-1, "last")):
        if key in row:
            assert {word: ordered[place].get(word) for word in row[key]} == row[key]
