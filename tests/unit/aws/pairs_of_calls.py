"""Eight threads make every pair of public calls on one client; run as a process of its own.

    python pairs_of_calls.py

Prints the pair that is running, so that a crash names it.  Exits with 0 if every call answered or
was refused by the service, and every answer fits the counts in it.
"""

from __future__ import annotations

import copy
import faulthandler
import itertools
import pickle
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from placement.ecs import Client, ClientError
from placement.ecs.service import MODEL

THREADS = 8
TURNS = 3
CPU, TASK_CPU = 4096, 64
SECONDS = 600
"""A guard against hangs: the traces of all threads are printed then."""

Parameters = Callable[["World", int], dict[str, Any]]


class World:
    """A client with two clusters, six instances, two revisions, 24 tasks and a service."""

    def __init__(self) -> None:
        self.client = client = Client()
        client.create_cluster(clusterName="prod")
        client.create_cluster(clusterName="empty")
        for number in range(4):
            client.session.client("autoscaling").create_auto_scaling_group(
                AutoScalingGroupName=f"g{number}",
                MinSize=0,
                MaxSize=1,
                LaunchTemplate={"LaunchTemplateName": "machines"},
                AvailabilityZones=["us-east-1a"],
            )
            group = {"autoScalingGroupArn": f"g{number}"}
            client.create_capacity_provider(name=f"p{number}", autoScalingGroupProvider=group)
        self.instances = [self.register(number) for number in range(6)]
        self.definition = {"family": "web", "containerDefinitions": [self.container()]}
        for _ in range(2):
            client.register_task_definition(**self.definition)
        self.tasks: list[str] = [
            task["taskArn"]
            for _ in range(4)
            for task in client.run_task(cluster="prod", taskDefinition="web", count=6)["tasks"]
        ]

        service = client.create_service(
            cluster="prod", serviceName="shop", taskDefinition="web", desiredCount=2
        )["service"]
        self.deployment: str = service["currentServiceDeployment"]
        self.revision: str = service["currentServiceRevisions"][0]["arn"]
        self.add_daemon()

    def add_daemon(self) -> None:
        """Create a provider of Managed Instances, and a daemon on it."""
        role = "arn:aws:iam::123456789012:role/a"
        network = {"subnets": ["subnet-a"], "securityGroups": ["sg-1"]}
        template = {"ec2InstanceProfileArn": role, "networkConfiguration": network}
        self.client.create_capacity_provider(
            name="managed",
            cluster="prod",
            managedInstancesProvider={
                "infrastructureRoleArn": role,
                "instanceLaunchTemplate": template,
            },
        )
        for _ in range(2):
            self.client.register_daemon_task_definition(**self.daemon_definition)
        created = self.client.create_daemon(**self.daemon("agent"))
        self.daemon_arn, self.daemon_deployment = created["daemonArn"], created["deploymentArn"]
        described = self.client.describe_daemon(daemonArn=self.daemon_arn)["daemon"]
        self.daemon_revision: str = described["currentRevisions"][0]["arn"]

    @property
    def daemon_definition(self) -> dict[str, Any]:
        """What register_daemon_task_definition takes."""
        return {"family": "agent", "containerDefinitions": [self.container()]}

    def daemon(self, name: str) -> dict[str, Any]:
        """Return what create_daemon takes."""
        return {
            "daemonName": name,
            "clusterArn": "prod",
            "daemonTaskDefinitionArn": "agent:1",
            "capacityProviderArns": ["managed"],
        }

    def container(self) -> dict[str, Any]:
        """Return a container of which every instance has room for many."""
        return {"name": "web", "image": "nginx", "cpu": TASK_CPU, "memory": 64}

    def machine(self, number: int) -> dict[str, Any]:
        """Return what an instance registers."""
        resources = [("CPU", CPU), ("MEMORY", 16384)]
        return {
            "cluster": "prod",
            "totalResources": [
                {"name": name, "type": "INTEGER", "integerValue": value}
                for name, value in resources
            ],
            "attributes": [
                {"name": "ecs.availability-zone", "value": f"us-east-1{'abc'[number % 3]}"}
            ],
        }

    def register(self, number: int) -> str:
        """Register an instance; return its ARN."""
        answer = self.client.register_container_instance(**self.machine(number))
        arn: str = answer["containerInstance"]["containerInstanceArn"]
        return arn

    def instance(self, number: int) -> str:
        """Return one of the instances."""
        return self.instances[number % len(self.instances)]

    def task(self, number: int) -> str:
        """Return one of the tasks."""
        return self.tasks[number % len(self.tasks)]


PARAMETERS: dict[str, Parameters] = {
    "continue_service_deployment": lambda w, _: {
        "serviceDeploymentArn": w.deployment,
        "hookId": "ecs-pause-a",
    },
    "create_capacity_provider": lambda _, n: {
        "name": f"p{n}",
        "autoScalingGroupProvider": {"autoScalingGroupArn": f"g{n % 4}"},
    },
    "create_cluster": lambda _, n: {"clusterName": f"c{n}"},
    "create_daemon": lambda w, n: w.daemon(f"d{n % 3}"),
    "delete_daemon": lambda w, _: {"daemonArn": w.daemon_arn},
    "delete_daemon_task_definition": lambda _, n: {"daemonTaskDefinition": f"agent:{n % 2 + 1}"},
    "describe_daemon": lambda w, _: {"daemonArn": w.daemon_arn},
    "describe_daemon_deployments": lambda w, _: {"daemonDeploymentArns": [w.daemon_deployment]},
    "describe_daemon_revisions": lambda w, _: {"daemonRevisionArns": [w.daemon_revision]},
    "describe_daemon_task_definition": lambda _, __: {"daemonTaskDefinition": "agent"},
    "list_daemon_deployments": lambda w, _: {"daemonArn": w.daemon_arn},
    "list_daemon_task_definitions": lambda _, __: {"status": "ALL"},
    "list_daemons": lambda _, __: {"clusterArn": "prod"},
    "register_daemon_task_definition": lambda w, _: w.daemon_definition,
    "update_daemon": lambda w, _: {
        "daemonArn": w.daemon_arn,
        "daemonTaskDefinitionArn": "agent:2",
        "capacityProviderArns": ["managed"],
    },
    "create_service": lambda _, n: {
        "cluster": "prod",
        "serviceName": f"s{n % 3}",
        "taskDefinition": "web",
        "desiredCount": 1,
    },
    "delete_capacity_provider": lambda _, n: {"capacityProvider": f"p{n % 4}"},
    "describe_capacity_providers": lambda _, n: {"capacityProviders": [f"p{n % 4}", "FARGATE"]},
    "put_cluster_capacity_providers": lambda _, n: {
        "cluster": "empty",
        "capacityProviders": ["FARGATE", f"p{n % 4}"],
        "defaultCapacityProviderStrategy": [{"capacityProvider": "FARGATE", "weight": 1}],
    },
    "update_capacity_provider": lambda _, n: {
        "name": f"p{n % 4}",
        "autoScalingGroupProvider": {"managedDraining": "DISABLED"},
    },
    "delete_account_setting": lambda _, __: {"name": "awsvpcTrunking"},
    "delete_task_definitions": lambda _, n: {"taskDefinitions": [f"web:{n % 3 + 1}"]},
    "list_account_settings": lambda _, __: {"effectiveSettings": True},
    "list_tags_for_resource": lambda w, n: {"resourceArn": w.instance(n)},
    "put_account_setting": lambda _, n: {
        "name": "awsvpcTrunking",
        "value": ("enabled", "disabled")[n % 2],
    },
    "put_account_setting_default": lambda _, n: {
        "name": "containerInsights",
        "value": ("enhanced", "enabled")[n % 2],
    },
    "tag_resource": lambda w, n: {
        "resourceArn": (w.instance(n), w.task(n))[n % 2],
        "tags": [{"key": f"k{n % 3}", "value": f"v{n}"}],
    },
    "untag_resource": lambda w, n: {"resourceArn": w.instance(n), "tagKeys": [f"k{n % 3}"]},
    "update_cluster": lambda _, n: {
        "cluster": "prod",
        "settings": [{"name": "containerInsights", "value": ("enabled", "disabled")[n % 2]}],
    },
    "delete_attributes": lambda w, n: {
        "cluster": "prod",
        "attributes": [{"name": f"a{n % 3}", "targetId": w.instance(n)}],
    },
    "delete_cluster": lambda _, n: {"cluster": ("empty", f"c{n}")[n % 2]},
    "delete_service": lambda _, n: {
        "cluster": "prod",
        "service": ("shop", f"s{n % 3}")[n % 2],
        "force": True,
    },
    "deregister_container_instance": lambda w, n: {
        "cluster": "prod",
        "containerInstance": w.instance(n),
        "force": True,
    },
    "deregister_task_definition": lambda _, n: {"taskDefinition": f"web:{n % 2 + 1}"},
    "describe_clusters": lambda _, __: {"clusters": ["prod"], "include": ["STATISTICS"]},
    "describe_container_instances": lambda w, _: {
        "cluster": "prod",
        "containerInstances": w.instances,
    },
    "describe_service_deployments": lambda w, _: {"serviceDeploymentArns": [w.deployment]},
    "describe_service_revisions": lambda w, _: {"serviceRevisionArns": [w.revision]},
    "describe_services": lambda _, __: {"cluster": "prod", "services": ["shop", "s0"]},
    "describe_task_definition": lambda _, __: {"taskDefinition": "web"},
    "describe_tasks": lambda w, _: {"cluster": "prod", "tasks": w.tasks},
    "get_task_protection": lambda w, n: {"cluster": "prod", "tasks": [w.task(n)]},
    "list_attributes": lambda _, __: {"cluster": "prod", "targetType": "container-instance"},
    "list_clusters": lambda _, __: {},
    "list_container_instances": lambda _, __: {
        "cluster": "prod",
        "filter": "runningTasksCount >= 1 and attribute:ecs.availability-zone != us-east-1a",
    },
    "list_service_deployments": lambda _, __: {"cluster": "prod", "service": "shop"},
    "list_services": lambda _, __: {"cluster": "prod"},
    "list_services_by_namespace": lambda _, __: {"namespace": "shop"},
    "list_task_definition_families": lambda _, __: {},
    "list_task_definitions": lambda _, __: {},
    "list_tasks": lambda _, __: {"cluster": "prod"},
    "put_attributes": lambda w, n: {
        "cluster": "prod",
        "attributes": [{"name": f"a{n % 3}", "value": f"v{n}", "targetId": w.instance(n)}],
    },
    "register_container_instance": lambda w, n: w.machine(n),
    "register_subnet": lambda _, n: {
        "subnetId": f"subnet-{n}",
        "vpcId": "vpc-1",
        "availabilityZone": "us-east-1a",
    },
    "register_task_definition": lambda w, _: w.definition,
    "run_task": lambda _, n: {
        "cluster": "prod",
        "taskDefinition": "web",
        "count": 3,
        "placementStrategy": [
            ({"type": "spread", "field": "attribute:ecs.availability-zone"}, {"type": "random"})[
                n % 2
            ]
        ],
    },
    "set_agent_connected": lambda w, n: {
        "cluster": "prod",
        "containerInstance": w.instance(n),
        "connected": n % 3 != 0,
    },
    "start_task": lambda w, n: {
        "cluster": "prod",
        "taskDefinition": "web",
        "containerInstances": [w.instance(n), w.instance(n + 1)],
    },
    "stop_service_deployment": lambda w, _: {"serviceDeploymentArn": w.deployment},
    "stop_task": lambda w, n: {"cluster": "prod", "task": w.task(n)},
    "update_cluster_settings": lambda _, n: {
        "cluster": "prod",
        "settings": [{"name": "containerInsights", "value": ("enabled", "disabled")[n % 2]}],
    },
    "update_container_instances_state": lambda w, n: {
        "cluster": "prod",
        "containerInstances": [w.instance(n)],
        "status": ("ACTIVE", "DRAINING")[n % 2],
    },
    "update_service": lambda _, n: {
        "cluster": "prod",
        "service": "shop",
        "desiredCount": n % 4,
        "forceNewDeployment": n % 2 == 0,
    },
    "update_task_protection": lambda w, n: {
        "cluster": "prod",
        "tasks": [w.task(n)],
        "protectionEnabled": n % 2 == 0,
    },
}
"""The parameters of each call of the registry, by the thread and turn."""


def pages(world: World) -> dict[str, Any]:
    """Read all tasks, seven at a time."""
    paginator = world.client.get_paginator("list_tasks")
    found = paginator.paginate(cluster="prod", PaginationConfig={"PageSize": 7})
    return found.build_full_result()


OTHERS: dict[str, Callable[[World], dict[str, Any]]] = {
    "get_paginator": pages,
    "to_ecs": lambda world: world.client.to_ecs("prod"),
    "deepcopy": lambda world: copy.deepcopy(world.client).to_ecs("prod"),
    "pickle": lambda world: pickle.loads(pickle.dumps(world.client)).to_ecs("prod"),
}
"""Public calls that are no operations."""

CALLS = sorted([*MODEL.methods, *OTHERS])


def make(world: World, name: str, number: int) -> dict[str, Any]:
    """Make a call."""
    if name in OTHERS:
        return OTHERS[name](world)
    parameters = PARAMETERS[name](world, number)
    answer: dict[str, Any] = getattr(world.client, name)(**parameters)
    return answer


def check(answer: Any) -> None:
    """Raise if an instance in an answer has other amounts left than its tasks leave."""
    for one in described(answer):
        left = next(r for r in one["remainingResources"] if r["name"] == "CPU")["integerValue"]
        if CPU - left != TASK_CPU * one["runningTasksCount"]:
            raise AssertionError(f"{one['runningTasksCount']} tasks leave {left} of {CPU}")


def described(answer: Any) -> Iterator[dict[str, Any]]:
    """Yield the ACTIVE and DRAINING instances that an answer describes."""
    found = [*answer.get("containerInstances", ()), answer.get("containerInstance", {})]
    for one in found:
        if isinstance(one, dict) and one.get("status") in ("ACTIVE", "DRAINING"):
            yield one


def check_state(client: Client) -> None:
    """Raise if the tasks listed are not those that the instances count."""
    document = client.to_ecs("prod")
    check(document)
    running = [task for task in document["tasks"] if task["lastStatus"] == "RUNNING"]
    arns = [task["taskArn"] for task in document["tasks"]]
    if len(set(arns)) != len(arns):
        raise AssertionError("a task is listed twice")
    for one in document["containerInstances"]:
        arn = one["containerInstanceArn"]
        count = sum(task.get("containerInstanceArn") == arn for task in running)
        if one["status"] != "INACTIVE" and count != one["runningTasksCount"]:
            raise AssertionError(f"{count} tasks on an instance that counts otherwise: {one}")


def play(world: World, names: tuple[str, str], pool: ThreadPoolExecutor) -> None:
    """Let half of the threads make one call, half the other; raise what goes wrong."""
    barrier = threading.Barrier(THREADS)

    def run(thread: int) -> set[str]:
        barrier.wait()
        created: set[str] = set()
        for turn in range(TURNS):
            try:
                answer = make(world, names[thread % 2], thread + THREADS * turn)
            except ClientError:
                continue
            check(answer)
            if names[thread % 2] in ("run_task", "start_task"):
                created |= {task["taskArn"] for task in answer["tasks"]}
        return created

    created = list(pool.map(run, range(THREADS)))
    if len(set().union(*created)) != sum(map(len, created)):
        raise AssertionError("one id was given to two tasks")
    check_state(world.client)


def main() -> None:
    """Play all pairs."""
    faulthandler.enable()
    faulthandler.dump_traceback_later(SECONDS, exit=True)
    sys.setswitchinterval(1e-5)
    template = World()
    with ThreadPoolExecutor(THREADS) as pool:
        for names in itertools.combinations_with_replacement(CALLS, 2):
            sys.stdout.write(" ".join(names) + "\n")
            sys.stdout.flush()
            play(copy.deepcopy(template), names, pool)


if __name__ == "__main__":
    main()
