"""The documents in ``examples/`` keep their promises.

They are read here as plain JSON, with nothing of the library: they stand for what ECS says.
"""

from __future__ import annotations

import csv
import json
import os
import re
import subprocess
import sys
from collections import Counter
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import pytest

Json = dict[str, Any]

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
FIRST_DYNAMIC_PORT = 32768
ARN = "arn:aws:ecs:us-east-1:123456789012"
BUILT_IN_PREFIXES = ("ecs.", "com.amazonaws.ecs.")
ONLY_IN_EC2 = {
    "ecs.ami-id",
    "ecs.availability-zone",
    "ecs.instance-type",
    "ecs.vpc-id",
    "ecs.subnet-id",
}


@cache
def instances() -> list[Json]:
    return list(json.loads((EXAMPLES / "cluster.json").read_text())["containerInstances"])


@cache
def tasks() -> list[Json]:
    return list(json.loads((EXAMPLES / "tasks.json").read_text())["tasks"])


@cache
def types() -> dict[str, dict[str, str]]:
    with (EXAMPLES / "instance_types.csv").open(newline="") as lines:
        return {row["instance_type"]: row for row in csv.DictReader(lines)}


def attributes(instance: Json) -> dict[str, str | None]:
    return {entry["name"]: entry.get("value") for entry in instance["attributes"]}


def resource(instance: Json, which: str, name: str) -> Any:
    """The value of one resource; an empty list where the instance has no such set."""
    for entry in instance[which]:
        if entry["name"] == name:
            return entry["integerValue" if entry["type"] == "INTEGER" else "stringSetValue"]
    return []


def holding(instance: Json) -> list[Json]:
    """The tasks that hold resources of an instance."""
    arn = instance["containerInstanceArn"]
    return [
        task
        for task in tasks()
        if task["containerInstanceArn"] == arn and task["desiredStatus"] == "RUNNING"
    ]


def static_ports(instance: Json, protocol: str) -> list[str]:
    """The host ports, outside the dynamic range, that tasks hold."""
    bound = [
        binding
        for task in holding(instance)
        for container in task["containers"]
        for binding in container["networkBindings"]
    ]
    return [
        str(binding["hostPort"])
        for binding in bound
        if binding["protocol"] == protocol and binding["hostPort"] < FIRST_DYNAMIC_PORT
    ]


def is_external(instance: Json) -> bool:
    return "ecs.capability.external" in attributes(instance)


def in_ec2() -> list[Json]:
    return [instance for instance in instances() if not is_external(instance)]


def test_there_are_two_hundred_instances_one_to_a_line() -> None:
    lines = (EXAMPLES / "cluster.json").read_text().splitlines()
    assert len(instances()) == 200
    assert len(lines) == 202
    assert all(json.loads(line.rstrip(","))["containerInstanceArn"] for line in lines[1:-1])


def test_ids_are_unique_and_of_the_long_form() -> None:
    arns = [instance["containerInstanceArn"] for instance in instances()]
    arns += [task["taskArn"] for task in tasks()]
    ec2_ids = [instance["ec2InstanceId"] for instance in instances()]
    form = re.compile(rf"{ARN}:(container-instance|task)/prod/[0-9a-f]{{32}}")
    assert len(set(arns)) == len(arns)
    assert all(form.fullmatch(arn) for arn in arns)
    assert len(set(ec2_ids)) == len(ec2_ids)
    assert all(re.fullmatch("m?i-[0-9a-f]{17}", name) for name in ec2_ids)


def test_every_task_is_on_an_instance_of_the_cluster() -> None:
    zones = {
        instance["containerInstanceArn"]: attributes(instance).get("ecs.availability-zone")
        for instance in instances()
    }
    assert [zones[task["containerInstanceArn"]] for task in tasks()] == [
        task.get("availabilityZone") for task in tasks()
    ]


def test_task_counts_are_those_of_the_tasks() -> None:
    for instance in instances():
        held = holding(instance)
        pending = [task for task in held if task["lastStatus"] == "PENDING"]
        assert instance["runningTasksCount"] == len(held)
        assert instance["pendingTasksCount"] == len(pending)


def test_some_tasks_are_on_their_way_out() -> None:
    leaving = [task for task in tasks() if task["desiredStatus"] == "STOPPED"]
    assert len(leaving) > 3
    assert {task["lastStatus"] for task in leaving} >= {"RUNNING", "DEPROVISIONING"}
    assert "STOPPED" not in {task["lastStatus"] for task in leaving}


@pytest.mark.parametrize(("name", "key"), [("CPU", "cpu"), ("MEMORY", "memory")])
def test_what_remains_is_what_tasks_leave(name: str, key: str) -> None:
    for instance in instances():
        held = sum(int(task[key]) for task in holding(instance))
        remaining = resource(instance, "remainingResources", name)
        assert remaining == resource(instance, "registeredResources", name) - held
        assert remaining >= 0


def test_a_task_asks_for_the_sum_of_its_containers() -> None:
    for task in tasks():
        for key in ("cpu", "memory"):
            assert int(task[key]) == sum(int(each[key]) for each in task["containers"])


@pytest.mark.parametrize(("name", "protocol"), [("PORTS", "tcp"), ("PORTS_UDP", "udp")])
def test_ports_taken_are_reserved_ones_and_those_of_tasks(name: str, protocol: str) -> None:
    for instance in instances():
        taken = resource(instance, "remainingResources", name)
        reserved = resource(instance, "registeredResources", name)
        assert Counter(taken) == Counter(reserved + static_ports(instance, protocol))
        assert len(set(taken)) == len(taken), "no port is held twice"


def test_both_protocols_have_static_ports() -> None:
    assert any(static_ports(instance, "tcp") for instance in instances())
    assert any(static_ports(instance, "udp") for instance in instances())


def test_reserved_ports_are_those_of_the_system() -> None:
    for instance in instances():
        ports = resource(instance, "registeredResources", "PORTS")
        if attributes(instance)["ecs.os-type"] == "linux":
            assert sorted(ports, key=int) == ["22", "2375", "2376", "51678", "51679"]
        else:
            assert {"3389", "5985"} <= set(ports)


def test_gpus_left_are_those_no_task_holds() -> None:
    for instance in instances():
        containers = [each for task in holding(instance) for each in task["containers"]]
        held = [gpu for container in containers for gpu in container.get("gpuIds", [])]
        remaining = resource(instance, "remainingResources", "GPU")
        assert Counter(remaining + held) == Counter(
            resource(instance, "registeredResources", "GPU")
        )


def test_only_gpu_types_have_gpus_and_the_attribute() -> None:
    for instance in instances():
        found = attributes(instance)
        row = types().get(found.get("ecs.instance-type") or "")
        gpus = int(row["gpus"]) if row else 0
        assert len(resource(instance, "registeredResources", "GPU")) == gpus
        assert ("gpu" in found) == (gpus > 0)


def test_awsvpc_tasks_fit_the_network_interfaces() -> None:
    for instance in in_ec2():
        found = attributes(instance)
        row = types()[str(found["ecs.instance-type"])]
        used = sum(bool(task["attachments"]) for task in holding(instance))
        trunk = "ecs.awsvpc-trunk-id" in found
        assert used <= (int(row["branch_enis"]) if trunk else int(row["max_enis"]) - 1)
        assert not used or "ecs.capability.task-eni" in found
        assert not trunk or int(row["branch_enis"]) > 0


def test_type_zone_and_figures_agree_with_the_table() -> None:
    for instance in in_ec2():
        found = attributes(instance)
        row = types()[str(found["ecs.instance-type"])]
        memory = resource(instance, "registeredResources", "MEMORY") / int(row["memory_mib"])
        assert resource(instance, "registeredResources", "CPU") == int(row["vcpus"]) * 1024
        assert 0.9 < memory < 0.99, "the kernel keeps a few percent"
        assert found["ecs.cpu-architecture"] == row["arch"]
        zone = str(found["ecs.availability-zone"])
        assert zone.removeprefix("us-east-1") in row["az_names_us_east_1"].split("|")


def test_every_type_of_the_table_is_there_in_four_zones() -> None:
    found = [attributes(instance) for instance in in_ec2()]
    assert {each["ecs.instance-type"] for each in found} == set(types())
    assert {each["ecs.availability-zone"] for each in found} == {
        f"us-east-1{suffix}" for suffix in "abcd"
    }


def test_each_zone_has_two_subnets_of_one_vpc() -> None:
    found = [attributes(instance) for instance in in_ec2()]
    pairs = {(each["ecs.availability-zone"], each["ecs.subnet-id"]) for each in found}
    assert set(Counter(zone for zone, _ in pairs).values()) == {2}
    assert len({subnet for _, subnet in pairs}) == len(pairs)
    assert len({each["ecs.vpc-id"] for each in found}) == 1


def test_external_instances_lack_what_ec2_knows() -> None:
    external = [instance for instance in instances() if is_external(instance)]
    assert len(external) == 3
    for instance in external:
        assert not ONLY_IN_EC2 & attributes(instance).keys()
        assert instance["ec2InstanceId"].startswith("mi-")
        assert {task["launchType"] for task in holding(instance)} <= {"EXTERNAL"}
    for instance in in_ec2():
        assert attributes(instance).keys() >= ONLY_IN_EC2
        assert {task["launchType"] for task in holding(instance)} <= {"EC2"}


def test_two_instances_run_windows() -> None:
    families = [attributes(instance)["ecs.os-family"] for instance in instances()]
    assert sorted(str(each) for each in families if each != "LINUX") == [
        "WINDOWS_SERVER_2019_FULL",
        "WINDOWS_SERVER_2022_CORE",
    ]


def test_attributes_are_such_as_ecs_accepts() -> None:
    for instance in instances():
        names = [entry["name"] for entry in instance["attributes"]]
        custom = [name for name in names if not name.startswith(BUILT_IN_PREFIXES)]
        assert len(set(names)) == len(names)
        assert len(custom) <= 10
        assert all(re.fullmatch(r"[\w\\/.-]{1,128}", name) for name in names)
        for value in filter(None, attributes(instance).values()):
            assert re.fullmatch(r"[\w\\/.@: -]{1,128}", value)
            assert value == value.strip()


@pytest.mark.parametrize("name", ["stack", "rack", "team", "disk-gb", "retiring", "maintenance"])
def test_custom_attributes_are_on_some_instances_only(name: str) -> None:
    having = sum(name in attributes(instance) for instance in instances())
    assert 0 < having < len(instances())


def test_some_instances_are_out_of_the_ordinary() -> None:
    assert 2 <= sum(instance["status"] == "DRAINING" for instance in instances()) <= 8
    assert 2 <= sum(not instance["agentConnected"] for instance in instances()) <= 8
    assert 2 <= sum("agentUpdateStatus" in instance for instance in instances()) <= 8
    assert all("healthStatus" not in instance for instance in instances())


def test_times_are_as_the_cli_prints_them() -> None:
    form = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}000[+-]\d\d:\d\d")
    registered = {each["containerInstanceArn"]: each["registeredAt"] for each in instances()}
    assert all(form.fullmatch(time) for time in registered.values())
    for task in tasks():
        assert form.fullmatch(task["createdAt"])
        since = registered[task["containerInstanceArn"]]
        assert datetime.fromisoformat(since) <= datetime.fromisoformat(task["createdAt"])


def definition() -> Json:
    document = json.loads((EXAMPLES / "task-definition.json").read_text())
    return dict(document["taskDefinition"])


def test_the_task_definition_is_one_that_the_cluster_could_run() -> None:
    found = definition()
    assert (
        found["taskDefinitionArn"] == f"{ARN}:task-definition/{found['family']}:{found['revision']}"
    )
    assert found["family"] not in {task["group"].rpartition(":")[2] for task in tasks()}
    required = {each["name"] for each in found["requiresAttributes"]}
    having = sum(attributes(instance).keys() >= required for instance in instances())
    assert 0 < having < len(instances())
    ports = {
        str(mapping["hostPort"])
        for container in found["containerDefinitions"]
        for mapping in container["portMappings"]
        if mapping["hostPort"]
    }
    taken = sum(
        not ports.isdisjoint(resource(instance, "remainingResources", "PORTS"))
        for instance in instances()
    )
    assert 0 < taken < len(instances())


def test_the_task_definition_requires_what_section_3_derives() -> None:
    """Each of its parameters that a row of section 3 names, and nothing else."""
    docker, capability = "com.amazonaws.ecs.capability.", "ecs.capability."
    found = definition()
    first, second = found["containerDefinitions"]
    derived = {
        f"{docker}logging-driver.{first['logConfiguration']['logDriver']}",
        f"{docker}docker-remote-api.1.19",  # log options
        f"{docker}docker-remote-api.1.29",  # awslogs-create-group
        f"{docker}docker-remote-api.1.21",  # memoryReservation
        f"{docker}docker-remote-api.1.24",  # healthCheck without startPeriod
        f"{docker}ecr-auth",
        f"{docker}task-iam-role",
        f"{capability}container-health-check",
        f"{capability}container-restart-policy",
        f"{capability}execution-role-awslogs",
        f"{capability}execution-role-ecr-pull",
    }
    assert {each["name"] for each in found["requiresAttributes"]} == derived
    assert found["taskRoleArn"]
    assert found["executionRoleArn"]
    assert ".dkr.ecr." in first["image"]
    assert "startPeriod" not in first["healthCheck"]
    assert second.keys().isdisjoint({"logConfiguration", "healthCheck", "restartPolicy", "user"})


def test_the_script_writes_the_same_bytes_again(tmp_path: Path) -> None:
    script = [sys.executable, str(EXAMPLES / "make_cluster.py"), "--output", str(tmp_path)]
    subprocess.run(script, check=True, env={**os.environ, "PYTHONHASHSEED": "7"})
    for name in ("cluster.json", "tasks.json"):
        assert (tmp_path / name).read_bytes() == (EXAMPLES / name).read_bytes()


# A deployment


def services() -> dict[str, Json]:
    found = json.loads((EXAMPLES / "services" / "services.json").read_text())["services"]
    return {one["serviceName"]: one for one in found}


def test_the_services_fill_the_cluster_and_are_at_rest() -> None:
    folder = EXAMPLES / "services"
    documents = json.loads((folder / "instances.json").read_text())["containerInstances"]
    assert [resource(one, "remainingResources", "CPU") for one in documents] == [0, 0, 0]
    assert services().keys() == {"web", "api"}
    for one in services().values():
        assert one["runningCount"] == one["desiredCount"] == 6
        (deployment,) = one["deployments"]
        assert deployment["rolloutState"] == "COMPLETED"


def test_the_script_of_the_services_writes_the_same_bytes_again(tmp_path: Path) -> None:
    script = [sys.executable, str(EXAMPLES / "make_services.py"), "--output", str(tmp_path)]
    subprocess.run(script, check=True, env={**os.environ, "PYTHONHASHSEED": "7"})
    files = sorted(path.name for path in (EXAMPLES / "services").iterdir())
    assert files == sorted(path.name for path in tmp_path.iterdir())
    for name in files:
        assert (tmp_path / name).read_bytes() == (EXAMPLES / "services" / name).read_bytes()


def test_the_deployment_gets_stuck_and_the_change_helps() -> None:
    script = [sys.executable, str(EXAMPLES / "deploy_dump.py")]
    done = subprocess.run(script, check=True, capture_output=True, text=True)
    before, after = done.stdout.split("\nWith minimumHealthyPercent 50")
    assert "[no-room]" in before
    assert "was unable to place a task" in before
    assert before.splitlines()[-1] == "  stuck: {'web:2': 0, 'web:1': 6}"
    assert after.splitlines()[-1].startswith("  steady after 0:0")
    assert after.splitlines()[-1].endswith(": {'web:2': 6}")


def test_the_script_of_the_recorded_day_writes_the_same_bytes_again(tmp_path: Path) -> None:
    script = [sys.executable, str(EXAMPLES / "make_scaling.py"), "--output", str(tmp_path)]
    subprocess.run(script, check=True, env={**os.environ, "PYTHONHASHSEED": "7"})
    files = sorted(path.name for path in tmp_path.iterdir())
    assert files == ["cpu.csv", "providers.json", "state.json"]
    for name in files:
        assert (tmp_path / name).read_bytes() == (EXAMPLES / "scaling" / name).read_bytes()


@pytest.mark.parametrize(
    "policies",
    [
        ("--policy", "cpu-60.yaml"),
        ("--policy", "steps.yaml", "--alarm", "busy.yaml", "--desired-count", "4"),
    ],
)
def test_the_recorded_day_takes_fewer_task_hours_with_the_policies(
    policies: tuple[str, ...],
) -> None:
    """``examples/README.md`` says both commands."""
    folder = EXAMPLES / "scaling"
    files = [str(folder / one) if one.endswith(".yaml") else one for one in policies]
    command = [
        *(sys.executable, "-m", "placement", "autoscale", "--output", "json"),
        *("--state", str(folder / "state.json"), "--metric", str(folder / "cpu.csv")),
        *("--service", "web", "--min-capacity", "3", "--max-capacity", "20", *files),
    ]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    document = json.loads(done.stdout)
    sums = document["summary"]
    assert document["minutes"] == 1440
    assert sums["recordedTaskMinutes"] == 1440 * 12
    assert sums["taskMinutes"] < sums["recordedTaskMinutes"]
    assert sums["minutesShortOfTasks"] < 15
