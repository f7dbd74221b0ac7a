"""Load the targets of target groups, and let tasks be the targets that they were (C50).

In: what DescribeTargetHealth prints, and the tasks of services.  Out: targets in the groups of an
account, and on each task's life which of them it is.  A RUNNING task of a service is a registered
target and healthy, unless the documents say otherwise.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from placement.documents.problems import Problems
from placement.ecs.control.account import Account
from placement.ecs.control.dumps.description import Lists
from placement.ecs.control.dumps.fields import Fields
from placement.ecs.control.dumps.load_balancing import LoadBalancerLoader
from placement.ecs.control.dumps.state_read import StateReader, TargetFacts
from placement.ecs.control.load_balancing.records import TargetGroup
from placement.ecs.control.load_balancing.targets import (
    CheckResult,
    Target,
    TargetKey,
    TargetReason,
    TargetState,
)
from placement.ecs.control.records import ClusterRecord
from placement.ecs.control.services.records import DeploymentRecord
from placement.ecs.control.services.targets import finding_of, groups_of, target_key
from placement.ecs.control.statuses import LifecycleStatus
from placement.ecs.control.task_records import TaskLife, TaskRecord
from placement.errors import DocumentError, describe_value
from placement.model.checks import checked_text

__all__ = ["TargetLoader"]

_STATES = {
    "initial": TargetState.INITIAL,
    "healthy": TargetState.HEALTHY,
    "unavailable": TargetState.HEALTHY,
    "unhealthy": TargetState.UNHEALTHY,
    "unhealthy.draining": TargetState.UNHEALTHY,
    "draining": TargetState.DRAINING,
    "unused": TargetState.UNUSED,
}
"""Health checks that are switched off say nothing against a target."""

MAX_PORT = 65_535


class TargetLoader:
    """Loads targets.

    Args:
        account: A new account; its target groups are loaded.
        groups: Makes groups that are only named.
        problems: Takes records that cannot be read.
        state: What no describe call prints.
    """

    def __init__(
        self,
        account: Account,
        groups: LoadBalancerLoader,
        problems: Problems,
        state: StateReader,
    ) -> None:
        self._account = account
        self._groups = groups
        self._problems = problems
        self._state = state
        self._listed: set[str] = set()
        """Groups whose targets the documents list."""

    def load(self, lists: Lists) -> None:
        """Add the targets of documents, in the order of their registration as far as it is said."""
        found: list[tuple[int, Target]] = []
        for path, document in lists["TargetHealth"]:
            with self._problems.of_record(path):
                group = self._groups.group_of_page(document, path)
                self._listed.add(group.arn)
                fields = Fields(document, path)
                for one, here in fields.with_paths("TargetHealthDescriptions"):
                    target = self._target(group, one, here)
                    if target is not None:
                        facts = self._state.target(group.arn, target.key)
                        found.append((len(found) if facts is None else facts.order, target))
        for _, target in sorted(found, key=lambda one: one[0]):
            self._account.elb.targets.restore(target)

    def _target(self, group: TargetGroup, document: Mapping[str, Any], path: str) -> Target | None:
        """Return a target; None for one that is not registered."""
        fields = Fields(document, path)
        here = Fields(fields.object("Target") or {}, f"{path}.Target")
        health = Fields(fields.object("TargetHealth") or {}, f"{path}.TargetHealth")
        id = checked_text(here.text("Id"), f"{path}.Target.Id")
        port = here.count("Port", group.port)
        if port > MAX_PORT:
            raise DocumentError(
                f"expected a port, not {describe_value(port)}", f"{path}.Target.Port"
            )
        zone = here.text("AvailabilityZone")
        name = health.text("State", "healthy")
        reason = health.text("Reason")
        if name not in _STATES:
            message = f"expected one of {', '.join(_STATES)}, not {describe_value(name)}"
            raise DocumentError(message, f"{path}.TargetHealth.State")
        if reason == TargetReason.NOT_REGISTERED:
            return None
        fields.skip("HealthCheckPort")
        further = fields.rest()
        if here.rest():
            further["Target"] = here.rest()
        now = self._account.time.now
        facts = self._state.target(group.arn, (id, port)) or TargetFacts(0, now, now)
        state = _STATES[name] if group.load_balancer is not None else TargetState.UNUSED
        finding = CheckResult.HEALTHY
        if name.startswith("unhealthy"):
            is_slow = reason == TargetReason.TIMEOUT
            finding = CheckResult.TIMEOUT if is_slow else CheckResult.UNHEALTHY
        target = Target(group.arn, (id, port), 0, zone, finding, facts.registered_at, state)
        target.phase, target.further = facts.phase, further
        if finding is not CheckResult.HEALTHY:
            target.failure = finding
        if facts.finding is not None:
            target.finding, target.failure = facts.finding, facts.failure
            target.made, target.streak = facts.made, facts.streak
            target.counts_at = facts.counts_at
        if state is TargetState.DRAINING:
            target.drains_until = now + self._delay(group)
        return target

    def _delay(self, group: TargetGroup) -> int:
        return group.delay if self._account.elb.targets.takes_time else 0

    # Tasks

    def bind(self, task: TaskRecord) -> None:
        """Let a task of a service that is RUNNING, or is DEACTIVATING, be the targets it was."""
        life = task.life
        if life is None or life.deployment is None:
            return
        if task.last_status not in (LifecycleStatus.RUNNING, LifecycleStatus.DEACTIVATING):
            return
        found = []
        for binding, group in groups_of(life.deployment):
            key = target_key(task, life.cluster, binding)
            if group is None or key is None or group not in self._account.elb.targets.groups:
                continue
            self._bind_one(task, life, group, key)
            found.append((group, *key))
        if task.last_status is LifecycleStatus.RUNNING:
            life.targets = tuple(found)
            for group, id, port in found:
                self._account.targets[group, (id, port)] = life.number

    def _bind_one(self, task: TaskRecord, life: TaskLife, group: str, key: TargetKey) -> None:
        table, now = self._account.elb.targets, self._account.time.now
        known = table.find(group, key)
        behaviour = life.behaviour
        told = None if behaviour is None else behaviour.target_health
        started = now if task.started_at is None else life.running_at or now
        if task.last_status is LifecycleStatus.DEACTIVATING:
            if known is None and group not in self._listed:
                known = table.restore(self._new(group, key, task, CheckResult.HEALTHY))
            if known is not None:
                life.unused_at = max(life.unused_at or 0, table.deregister(group, key, now))
            return
        if known is not None and known.state is not TargetState.DRAINING:
            if told is not None:
                table.set_finding(group, key, finding_of(self._account, told, started), now)
            return
        if known is not None or group in self._listed:  # the documents say that it is not yet
            finding = finding_of(self._account, told, started)
            table.register(group, key, now, finding=finding, zone=task.zone)
            return
        table.restore(self._new(group, key, task, finding_of(self._account, told, started)))

    def _new(self, group: str, key: TargetKey, task: TaskRecord, finding: Any) -> Target:
        """Return a target that no document describes: it is healthy."""
        now = self._account.time.now
        is_used = self._account.elb.targets.groups[group].load_balancer is not None
        state = TargetState.HEALTHY if is_used else TargetState.UNUSED
        target = Target(group, key, 0, task.zone, finding, now, state)
        target.phase = now
        return target

    def alternates_in_use(
        self, cluster: ClusterRecord, deployment: DeploymentRecord, tasks: list[TaskRecord]
    ) -> frozenset[int]:
        """Return the load balancers of a deployment, by place, whose alternate group is in use.

        That is the group in which more of its tasks are registered (S6.6).
        """
        table = self._account.elb.targets
        found = set()
        for place, binding in enumerate(deployment.revision.load_balancers):
            keys = [target_key(task, cluster, binding) for task in tasks]
            counts = [
                sum(
                    group is not None and key is not None and table.find(group, key) is not None
                    for key in keys
                )
                for group in (binding.target_group_arn, binding.alternate_target_group_arn)
            ]
            if counts[1] > counts[0]:
                found.add(place)
        return frozenset(found)
