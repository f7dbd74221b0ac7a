"""This project's client of the ECS API: ``run_task`` as an account's is called, but in memory."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from harness.plan import NodePlan
from harness.stream import TYPE, ZONE, Application, Node, Stream, make_nodes
from peers.placing.base import Decide
from placement.ecs import Client

__all__ = ["ByClient"]

CLUSTER = "bench"


class ByClient:
    """``client.run_task(count=1)``; what each call answers is read as a user would."""

    name = "placement.ecs run_task"
    determined = True

    def __init__(self, plan: NodePlan, nodes: int) -> None:
        self._nodes = list(make_nodes(plan, nodes))
        self._rows: dict[str, int] = {}
        self._client = Client()
        self._calls: list[dict[str, Any]] = []

    def ready(self, stream: Stream) -> Decide:
        """Register the instances with a new client, and a definition for each size."""
        self._client = Client()
        self._client.create_cluster(clusterName=CLUSTER)
        self._rows = {self._register(node): row for row, node in enumerate(self._nodes)}
        self._calls = [self._call(each) for each in stream.applications]

        def decide(start: int, end: int) -> npt.NDArray[np.int64]:
            answers = [self.run(a) for a in stream.order[start:end].tolist()]
            return np.array([row for found in answers for row in found or [-1]], np.int64)

        return decide

    def run(self, application: int, count: int = 1) -> list[int]:
        """Run tasks of an application, and return the rows of those that found room."""
        answer = self._client.run_task(**self._calls[application], count=count)
        return [self._rows[task["containerInstanceArn"]] for task in answer["tasks"]]

    def _register(self, node: Node) -> str:
        attributes = [{"name": ZONE, "value": node.zone}, {"name": TYPE, "value": node.type}]
        amounts = {"CPU": node.cpu, "MEMORY": node.memory}
        answer = self._client.register_container_instance(
            cluster=CLUSTER,
            attributes=attributes,
            totalResources=[
                {"name": name, "type": "INTEGER", "integerValue": amount}
                for name, amount in amounts.items()
            ],
        )
        arn: str = answer["containerInstance"]["containerInstanceArn"]
        return arn

    def _call(self, application: Application) -> dict[str, Any]:
        family = f"task-{application.cpu}-{application.memory}"
        container = {"name": "main", "image": "main", "essential": True}
        sizes = {"cpu": application.cpu, "memory": application.memory}
        self._client.register_task_definition(
            family=family, containerDefinitions=[container | sizes]
        )
        expression = application.expression
        constraints = [{"type": "memberOf", "expression": expression}] if expression else []
        return {
            "cluster": CLUSTER,
            "taskDefinition": family,
            "launchType": "EC2",
            "group": application.group,
            "placementConstraints": constraints,
            "placementStrategy": [
                {"type": kind, "field": field} for kind, field in application.chain
            ],
        }
