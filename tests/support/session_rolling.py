"""Play the passes of ``tests/conformance/services/*.toml`` through a whole session.

An instance holds one task, so that instances are room, and what is said of a task (healthy,
unhealthy, draining, protected, ended) can be said of any.  Starts and stops are read from the
history, by revision.
"""

from __future__ import annotations

import re
from collections import Counter
from datetime import UTC, datetime
from typing import Any

import placement.ecs as ecs
from placement.ecs.control.services.records import DeploymentRecord, ServiceRecord
from placement.ecs.control.task_records import TaskRecord

TO_HEALTHY = 52
"""Seconds from the start of a task until it counts as healthy."""

TO_RUNNING = 12
"""Seconds from the start of a task until it is RUNNING."""

MANY = 60
"""Instances where the table names no limit."""

_CHANGE = re.compile(r"(\d+) r(\d+) (\w+)(?: become (\w+)| end)")


class SessionWorld:
    """A session with one service, whose passes are looked at one after the other."""

    def __init__(self, row: dict[str, Any]) -> None:
        self.session = ecs.Session(
            start=datetime(2026, 3, 1, tzinfo=UTC),
            timing=ecs.Timing(stop=0, deprovisioning=0),
            options=ecs.Options(allow_blocking_percents=True),
        )
        self.client = self.session.client("ecs")
        self.client.create_cluster()
        self.holds = 0
        self.grow(row.get("holds", MANY))
        self.definitions = 0
        self.define(1)
        minimum, maximum = row.get("percents", (100, 200))
        self.client.create_service(
            serviceName="web",
            taskDefinition="web:1",
            desiredCount=row["desired"],
            availabilityZoneRebalancing="DISABLED",
            deploymentConfiguration={
                "minimumHealthyPercent": minimum,
                "maximumPercent": maximum,
            },
        )
        assert self.session.advance_until("steady")
        for text in row.get("tasks", []):
            count, revision, status = text.split()
            if status != "healthy":
                self.change(int(count), int(revision[1:]), "healthy", status)
        self.read = len(self.session.history)
        self.said = len(self.service.events)

    @property
    def service(self) -> ServiceRecord:
        (found,) = self.session._account.services.values()
        return found

    def grow(self, instances: int) -> None:
        for _ in range(instances - self.holds):
            self.client.register_container_instance(
                totalResources=[
                    {"name": name, "type": "INTEGER", "integerValue": 128}
                    for name in ("CPU", "MEMORY")
                ],
                attributes=[
                    {"name": "ecs.availability-zone", "value": "us-east-1a"},
                    {"name": "com.amazonaws.ecs.capability.docker-remote-api.1.17"},
                    {"name": "com.amazonaws.ecs.capability.docker-remote-api.1.18"},
                ],
            )
        self.holds = max(self.holds, instances)

    def define(self, revision: int) -> None:
        while self.definitions < revision:
            self.client.register_task_definition(
                family="web",
                containerDefinitions=[{"name": "c", "image": "i", "cpu": 128, "memory": 128}],
            )
            self.definitions += 1

    # Events

    def happen(self, event: str) -> None:
        kind, *words = event.split()
        if kind == "deploy":
            self.define(int(words[0][1:]))
            self.client.update_service(service="web", taskDefinition=f"web:{words[0][1:]}")
        elif kind == "roll":
            newest = self.client.list_service_deployments(service="web")["serviceDeployments"][0]
            self.client.stop_service_deployment(serviceDeploymentArn=newest["serviceDeploymentArn"])
        elif kind == "desired":
            self.client.update_service(service="web", desiredCount=int(words[0]))
        elif kind == "holds":
            self.grow(int(words[0]))
        else:
            found = _CHANGE.fullmatch(event)
            assert found is not None, event
            self.change(int(found[1]), int(found[2]), found[3], found[4])

    def change(self, count: int, revision: int, status: str, new: str | None) -> None:
        deployment = self.deployment(revision)
        chosen = self.tasks_of(deployment, status)[:count]
        assert len(chosen) == count, (count, revision, status)
        waits = False
        for task in chosen:
            if new is None and task.started_at is None:
                self.session.fail_start(task.arn, "no such image")
            elif new is None:
                self.session.exit_container(task.arn)
            elif new == "healthy" and task.started_at is None:
                waits = True
            elif new == "unhealthy" and task.started_at is None:
                self.session.advance(TO_RUNNING)
                self.session.set_container_health(task.arn, "UNHEALTHY")
            elif new in ("healthy", "unhealthy"):
                self.session.set_container_health(task.arn, new.upper())
            elif new == "draining":
                self.client.update_container_instances_state(
                    containerInstances=[task.instance], status="DRAINING"
                )
            else:
                self.client.update_task_protection(
                    cluster="default", tasks=[task.arn], protectionEnabled=new == "protected"
                )
        if waits:
            self.session.advance(TO_HEALTHY)

    def deployment(self, revision: int) -> DeploymentRecord:
        return next(
            one for one in self.service.deployments if one.revision.definition.revision == revision
        )

    def tasks_of(self, deployment: DeploymentRecord, status: str) -> list[TaskRecord]:
        return [
            task
            for kind, pool in deployment.pools.items()
            if kind.value == status
            for task in pool.values()
        ]

    # What passes did

    def wait(self, *, until_healthy: bool = True) -> None:
        """Wait until pending tasks are healthy, or only for a second (D125)."""
        self.session.advance(TO_HEALTHY if until_healthy else 1)

    def actions(self) -> Counter[str]:
        """Run the passes of this moment, and return what was done since the last look."""
        self.session.advance(0)
        history = self.session.history
        new, self.read = history[self.read :], len(history)
        found: Counter[str] = Counter()
        for record in new:
            task = self.task(record.subject)
            if task is None:
                continue
            revision = task.settings.definition_arn.rpartition(":")[2]
            if record.what == "created":
                found[f"start r{revision}"] += 1
            elif record.what == "desiredStatus STOPPED" and by_scheduler(task):
                found[f"stop r{revision}"] += 1
        return found

    def events(self) -> list[str]:
        """Return what the service has said since the last look."""
        events = list(self.service.events)
        new, self.said = events[self.said :], len(events)
        return [event.message for event in new]

    def task(self, arn: str) -> TaskRecord | None:
        (cluster,) = self.session._account.clusters.values()
        return cluster.tasks.get(arn.rpartition("/")[2])


def by_scheduler(task: TaskRecord) -> bool:
    return task.stop is not None and task.stop.code == "ServiceSchedulerInitiated"
