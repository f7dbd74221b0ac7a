"""A session with one cluster, and what a test asks of its services, instances and tasks.

A task is RUNNING 12 s and healthy 52 s after its start, and STOPPED in the instant in which it
stops.  Zones are letters here and ``us-east-1a``, ... in the session.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import placement.ecs as ecs
from placement.ecs.control.records import ClusterRecord
from placement.ecs.control.services.records import ServiceRecord
from placement.ecs.control.task_records import TaskRecord

TO_HEALTHY = 52
SIZE = 128
"""CPU units and MiB of a task."""

CAPABLE = tuple(f"com.amazonaws.ecs.capability.docker-remote-api.1.{n}" for n in (17, 18))


class SessionCluster:
    """A session, and short names for what tests do with it."""

    def __init__(self, session: ecs.Session | None = None, **options: Any) -> None:
        if session is None:
            session = ecs.Session(
                start=datetime(2026, 3, 1, tzinfo=UTC),
                timing=ecs.Timing(stop=0, deprovisioning=0),
                options=ecs.Options(**options),
            )
            session.client("ecs").create_cluster()
        self.session = session
        self.client = session.client("ecs")
        self.read = len(session.history)

    def copy(self) -> SessionCluster:
        return SessionCluster(self.session.copy())

    @property
    def cluster(self) -> ClusterRecord:
        return self.session._account.clusters["default"]

    # What there is

    def instance(
        self,
        zone: str = "a",
        tasks: float = 16,
        attributes: Mapping[str, str] | None = None,
    ) -> str:
        """Register an instance with room for so many tasks, and return its id."""
        values = {"ecs.availability-zone": f"us-east-1{zone}", **(attributes or {})}
        answer = self.client.register_container_instance(
            totalResources=[
                {"name": name, "type": "INTEGER", "integerValue": int(SIZE * tasks)}
                for name in ("CPU", "MEMORY")
            ],
            attributes=[
                *({"name": name} for name in CAPABLE),
                *(
                    {"name": name, "value": value} if value else {"name": name}
                    for name, value in values.items()
                ),
            ],
        )
        arn: str = answer["containerInstance"]["containerInstanceArn"]
        return arn.rpartition("/")[2]

    def define(self, family: str, size: float = 1, **more: Any) -> str:
        """Register a revision of a family whose tasks are so large, and return its name."""
        amount = int(SIZE * size)
        container = {"name": "c", "image": "i", "cpu": amount, "memory": amount}
        answer = self.client.register_task_definition(
            family=family, containerDefinitions=[container], **more
        )
        return f"{family}:{answer['taskDefinition']['revision']}"

    def daemon(self, name: str = "agent", size: float = 1, minimum: int = 0, **more: Any) -> None:
        self.client.create_service(
            serviceName=name,
            taskDefinition=self.define(name, size),
            schedulingStrategy="DAEMON",
            deploymentConfiguration={"minimumHealthyPercent": minimum, "maximumPercent": 100},
            **more,
        )

    def replicas(self, name: str = "web", desired: int = 4, **more: Any) -> None:
        self.client.create_service(
            serviceName=name, taskDefinition=self.define(name), desiredCount=desired, **more
        )

    def deploy(self, name: str, size: float = 1) -> None:
        self.client.update_service(service=name, taskDefinition=self.define(name, size))

    def drain(self, *ids: str, status: str = "DRAINING") -> None:
        self.client.update_container_instances_state(containerInstances=list(ids), status=status)

    # Time

    def settle(self) -> None:
        assert self.session.advance_until("steady"), self.session

    def wait(self) -> None:
        self.session.advance(TO_HEALTHY)

    # What is seen

    def record(self, name: str) -> ServiceRecord:
        return self.cluster.services[name]

    def describe(self, name: str) -> dict[str, Any]:
        found: dict[str, Any] = self.client.describe_services(services=[name])["services"][0]
        return found

    def tasks(self, name: str) -> list[TaskRecord]:
        """Return the active tasks of a service, the oldest first."""
        found: dict[int, TaskRecord] = {}
        for deployment in self.record(name).deployments:
            for pool in deployment.pools.values():
                found.update(pool)
        return [found[number] for number in sorted(found)]

    def zones(self, name: str) -> dict[str, int]:
        """Return how many active tasks a service has by the letter of the zone."""
        return dict(Counter((task.zone or "-")[-1] for task in self.tasks(name)))

    def hosts(self, name: str) -> Counter[str]:
        """Return how many active tasks of a service each instance has."""
        return Counter(task.instance or "" for task in self.tasks(name))

    def messages(self, name: str) -> list[str]:
        """Return the events of a service without its name, the oldest first."""
        start = len(f"(service {name}) ")
        return [event.message[start:] for event in self.record(name).events]

    def done(self, key: str = "revision") -> Counter[str]:
        """Return what passes have started and stopped since the last look.

        ``"start 1"``, ``"stop 2"`` by the revision of the definition, or by zone, or by instance.
        """
        history = self.session.history
        new, self.read = history[self.read :], len(history)
        found: Counter[str] = Counter()
        for entry in new:
            task = self.cluster.tasks.get(entry.subject.rpartition("/")[2])
            if task is None:
                continue
            named = {
                "revision": task.settings.definition_arn.rpartition(":")[2],
                "zone": (task.zone or "-")[-1],
                "instance": task.instance,
            }[key]
            if entry.what == "created":
                found[f"start {named}"] += 1
            elif entry.what == "desiredStatus STOPPED" and by_scheduler(task):
                found[f"stop {named}"] += 1
        return found


def by_scheduler(task: TaskRecord) -> bool:
    return task.stop is not None and task.stop.code == "ServiceSchedulerInitiated"
