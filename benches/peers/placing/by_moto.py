"""moto's RunTask, called as an account is: boto3, launch type EC2.

moto places on the first instance that has cpu, memory and ports left; it reads neither constraints
nor strategies (5.2), so that its answers are its own.  It gives every instance 4,096 units and
7,482 MiB, whatever its type.
"""

from __future__ import annotations

import json
from itertools import count
from typing import Any

import numpy as np
import numpy.typing as npt

from harness.plan import NodePlan
from harness.stream import Application, Node, Stream, make_nodes
from peers.placing.base import Decide

__all__ = ["ByMoto"]

REGION = "us-east-1"
IMAGE = "ami-12c6146b"
"""One of those that moto knows."""


class ByMoto:
    """``client.run_task(count=1)``: no placement, for what the call costs."""

    name = "moto run_task (first fit)"
    determined = False

    def __init__(self, plan: NodePlan, nodes: int) -> None:
        import boto3
        from moto import mock_aws

        mock_aws().start()  # for the rest of the process: nothing else here uses botocore
        keys = {"aws_access_key_id": "none", "aws_secret_access_key": "none"}
        self._ecs = boto3.client("ecs", region_name=REGION, **keys)
        self._hosts = _hosts(
            boto3.client("ec2", region_name=REGION, **keys), list(make_nodes(plan, nodes))
        )
        self._clusters = count()
        self._last = ""

    def ready(self, stream: Stream) -> Decide:
        """Register the instances with a new cluster, and a task definition for each size."""
        if self._last:
            self._ecs.delete_cluster(cluster=self._last)
        self._last = cluster = f"bench-{next(self._clusters)}"
        self._ecs.create_cluster(clusterName=cluster)
        rows = {self._register(cluster, host): row for row, host in enumerate(self._hosts)}
        calls = [self._call(cluster, each) for each in stream.applications]

        def decide(start: int, end: int) -> npt.NDArray[np.int64]:
            found = []
            for a in stream.order[start:end].tolist():
                (task,) = self._ecs.run_task(**calls[a])["tasks"]
                found.append(rows[task["containerInstanceArn"]])
            return np.array(found, np.int64)

        return decide

    def _register(self, cluster: str, host: str) -> str:
        identity = json.dumps({"instanceId": host})
        answer = self._ecs.register_container_instance(
            cluster=cluster, instanceIdentityDocument=identity
        )
        arn: str = answer["containerInstance"]["containerInstanceArn"]
        return arn

    def _call(self, cluster: str, application: Application) -> dict[str, Any]:
        family = f"task-{application.cpu}-{application.memory}"
        container = {"name": "main", "image": "main", "essential": True}
        sizes = {"cpu": application.cpu, "memory": application.memory}
        self._ecs.register_task_definition(family=family, containerDefinitions=[container | sizes])
        expression = application.expression
        constraints = [{"type": "memberOf", "expression": expression}] if expression else []
        strategy = [{"type": kind, "field": field} for kind, field in application.chain]
        return {
            "cluster": cluster,
            "taskDefinition": family,
            "launchType": "EC2",
            "count": 1,
            "group": application.group,
            "placementConstraints": constraints,
            "placementStrategy": strategy,
        }


def _hosts(ec2: Any, nodes: list[Node]) -> list[str]:
    """Start the EC2 instances, all of a type and zone at once; return their ids by row."""
    of_kind: dict[tuple[str, str], list[int]] = {}
    for row, node in enumerate(nodes):
        of_kind.setdefault((node.type, node.zone), []).append(row)
    hosts = [""] * len(nodes)
    for (kind, zone), rows in of_kind.items():
        started = ec2.run_instances(
            ImageId=IMAGE,
            MinCount=len(rows),
            MaxCount=len(rows),
            InstanceType=kind,
            Placement={"AvailabilityZone": REGION + "abc"[int(zone[1:]) % 3]},
        )
        for row, instance in zip(rows, started["Instances"], strict=True):
            hosts[row] = instance["InstanceId"]
    return hosts
