"""Tasks as the ECS API describes them: where they are, what they hold, what is known of them.

In: what ``aws ecs describe-tasks`` prints, parsed from JSON, with the task definitions and the
protections that stand beside it.  Out: ``TaskRecord``, or ``DocumentError`` with the path of what
is wrong.  Knows the field names of the API; which of this an instance really lacks is not known
here.

Where a task's own document and its definition both speak, the task's document wins:

- cpu and memory: ``overrides``, then the task's own size, then that of the whole task in the
  definition; only then the sum over containers (2.2, A23).  On Windows only containers have sizes.
- of each container cpu, memory and GPUs: its override, what the task says, the definition.
- GPUs: the ids that containers report; further ones, without ids, where more are asked for.
- a network interface: an attachment of that kind, unless it is gone; else a container's interface;
  else the definition's network mode.

Which host ports are static only a definition can tell (2.3): where there is one, its are held,
whether they are bound already or not.  Without it, every port of ``networkBindings`` is reported,
dynamic ones included; an instance does not list those among its taken PORTS.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import attrs

from placement.documents.containers import bound, named, requirements, sizes, text
from placement.documents.fields import default, kind, mapping, moment, required, sequence, size
from placement.documents.revisions import Revisions
from placement.errors import DocumentError, describe_value
from placement.model.checks import (
    HEALTHS,
    LAST_STATUSES,
    checked_flag,
    checked_group,
    checked_text,
)

__all__ = ["TaskRecord", "tasks_from_ecs"]


@attrs.frozen(kw_only=True)
class TaskRecord:
    """A task on an instance.

    Attributes:
        arn: The task's ARN.
        instance: The ARN of its instance.
        group: Its group, by default ``family:`` and the family of its definition (1.7).
        counted: Whether the desired status is RUNNING, so that it counts (A20).
        last_status: One of Appendix D.
        health: HEALTHY, UNHEALTHY or UNKNOWN.
        protected: Whether it is protected from scale-in (4.7).
        deployment: 0 for the newest deployment of its group, below 0 for older ones: what is placed
            later belongs to the newest.
        revision: Family and revision of its definition, None if they are not known.
        cpu: CPU units.
        memory: MiB.
        gpu_ids: The ids of its GPUs.
        gpus: How many it has whose ids are not known.
        tcp_ports: Static host ports.
        udp_ports: The same for udp.
        network_interface: Whether it has an interface of its own.
        resources: Further resources by name.
    """

    arn: str
    instance: str
    group: str
    counted: bool
    last_status: str
    health: str
    protected: bool
    deployment: int = 0
    revision: tuple[str, int] | None
    cpu: int
    memory: int
    gpu_ids: tuple[str, ...]
    gpus: int
    tcp_ports: tuple[int, ...]
    udp_ports: tuple[int, ...]
    network_interface: bool
    resources: Mapping[str, int] = attrs.field(factory=dict)


SERVICE = "ecs-svc/"
"""What ``startedBy`` begins with where a deployment of a service started the task."""

DEPLOYMENT = f"{SERVICE}deployment/"
"""What it begins with in a document of ``Cluster.to_ecs``: the deployment's number follows."""

INTERFACE = ("ElasticNetworkInterface", "eni")
"""Types of attachments that are network interfaces: as described, and as in events."""

DETACHED = ("DETACHED", "DELETED", "FAILED")


def tasks_from_ecs(
    tasks: Sequence[Any], definitions: Sequence[Any], protections: Sequence[Any]
) -> list[TaskRecord]:
    """Return the tasks that are on an instance, the oldest first.

    Tasks go by ``createdAt``; those that do not say it come before all others, in their order.

    Args:
        tasks: Elements of ``tasks``.
        definitions: Elements of ``taskDefinitions``; those of no task here are not looked into.
        protections: Elements of ``protectedTasks``.

    Raises:
        DocumentError: a field has not the form that ECS gives it, or a task stands twice.
    """
    book = Revisions(definitions)
    protected = _protected(protections)
    found: dict[str, _Described] = {}
    for number, document in enumerate(tasks):
        path = f"tasks[{number}]"
        if not isinstance(document, Mapping):
            raise DocumentError(f"expected a task's document, not {kind(document)}", path)
        if document.get("containerInstanceArn") is None:
            continue  # it waits in PROVISIONING, or runs on Fargate
        one = _Described(
            _Reader(document, path, book).record(protected),
            moment(document.get("createdAt"), f"{path}.createdAt"),
            text(document, "startedBy", path),
        )
        if found.setdefault(one.record.arn, one) is not one:
            raise DocumentError(
                f"task {describe_value(one.record.arn)} stands twice", f"{path}.taskArn"
            )
    ages = _deployments(found.values())
    return [
        attrs.evolve(one.record, deployment=_deployment(one, ages))
        for one in sorted(found.values(), key=_age)
    ]


@attrs.frozen
class _Described:
    """A task, and what is read of its document only to compare it with others."""

    record: TaskRecord
    created: datetime | None
    started_by: str


def _age(one: _Described) -> tuple[bool, datetime | None]:
    return one.created is not None, one.created


def _deployments(found: Iterable[_Described]) -> dict[tuple[str, str], int]:
    """Return how old the deployments of each group are: 0 the newest, -1 the one before it.

    A deployment is as old as the oldest of its tasks that is there; one of which no task says when
    it was created counts as the newest.
    """
    oldest: dict[str, dict[str, datetime | None]] = {}
    for one in found:
        if one.started_by.startswith(SERVICE) and _number_of(one.started_by) is None:
            times = oldest.setdefault(one.record.group, {})
            known = times.setdefault(one.started_by, one.created)
            if one.created is not None and (known is None or one.created < known):
                times[one.started_by] = one.created
    ages = {}
    for group, times in oldest.items():
        newest_first = sorted({time for time in times.values() if time is not None}, reverse=True)
        for deployment, time in times.items():
            ages[group, deployment] = 0 if time is None else -newest_first.index(time)
    return ages


def _deployment(one: _Described, ages: Mapping[tuple[str, str], int]) -> int:
    number = _number_of(one.started_by)
    return ages.get((one.record.group, one.started_by), 0) if number is None else number


def _number_of(started_by: str) -> int | None:
    """Return the number of a deployment that is given as such, else None."""
    found = re.fullmatch(re.escape(DEPLOYMENT) + r"(-?[0-9]{1,18})", started_by, re.ASCII)
    return None if found is None else int(found[1])


def _protected(protections: Sequence[Any]) -> frozenset[str]:
    """Return the ARNs of the tasks that are protected."""
    arns = set()
    for number, document in enumerate(protections):
        path = f"protectedTasks[{number}]"
        if not isinstance(document, Mapping):
            raise DocumentError(f"expected a task's protection, not {kind(document)}", path)
        arn = checked_text(required(document, "taskArn", path), f"{path}.taskArn")
        enabled = default(document.get("protectionEnabled"), False)
        if checked_flag(enabled, f"{path}.protectionEnabled"):
            arns.add(arn)
    return frozenset(arns)


class _Reader:
    """One task's document, beside its definition."""

    def __init__(self, document: Mapping[str, Any], path: str, book: Revisions) -> None:
        self.document = document
        self.path = path
        self.overrides = mapping(document.get("overrides"), f"{path}.overrides")
        self.definition_arn = text(document, "taskDefinitionArn", path)
        self.containers = list(named(document, "containers", path))
        self.definition = book.get(self.definition_arn)
        self.definition_document = book.document(self.definition_arn)

    def record(self, protected: frozenset[str]) -> TaskRecord:
        """Return what the document says; ``protected`` are the ARNs of protected tasks."""
        document, path = self.document, self.path
        arn = checked_text(required(document, "taskArn", path), f"{path}.taskArn")
        desired = self._one_of("desiredStatus", ("RUNNING", "STOPPED", "PENDING"), "RUNNING")
        gpu_ids = self._gpu_ids()
        tcp, udp = self._ports()
        return TaskRecord(
            arn=arn,
            instance=checked_text(document["containerInstanceArn"], f"{path}.containerInstanceArn"),
            group=self._group(),
            counted=desired != "STOPPED",
            last_status=self._one_of("lastStatus", LAST_STATUSES, "RUNNING"),
            health=self._one_of("healthStatus", HEALTHS, "UNKNOWN"),
            protected=arn in protected,
            revision=self._revision(),
            cpu=self._size("cpu"),
            memory=self._size("memory"),
            gpu_ids=gpu_ids,
            gpus=max(0, self._gpus() - len(gpu_ids)),
            tcp_ports=tcp,
            udp_ports=udp,
            network_interface=self._interface(),
            resources=self._resources(),
        )

    def _one_of(self, name: str, allowed: tuple[str, ...], otherwise: str) -> str:
        value = default(self.document.get(name), otherwise)
        if not isinstance(value, str) or value not in allowed:
            message = f"expected one of {', '.join(allowed)}, not {describe_value(value)}"
            raise DocumentError(message, f"{self.path}.{name}")
        return value

    def _group(self) -> str:
        group = self.document.get("group")
        if group is None:
            arn = required(self.document, "taskDefinitionArn", self.path)
            group = f"family:{arn.rpartition('/')[2].partition(':')[0]}"
        return checked_group(group, f"{self.path}.group")

    def _revision(self) -> tuple[str, int] | None:
        _, kind, name = self.definition_arn.partition(":task-definition/")
        name = name if kind else self.definition_arn.rpartition("/")[2]
        family, _, revision = name.rpartition(":")
        known = family and revision.isascii() and revision.isdigit() and len(revision) < 19
        return (family, int(revision)) if known else None

    # Sizes

    @property
    def _windows(self) -> bool:
        """Whether sizes of the whole task count for nothing (2.2, B27)."""
        return self.definition is not None and self.definition.operating_system not in (
            None,
            "LINUX",
        )

    def _size(self, name: str) -> int:
        """Return ``cpu`` or ``memory`` of the task."""
        whole = (
            (self.overrides, f"{self.path}.overrides"),
            (self.document, self.path),
            (self.definition_document, "taskDefinition"),
        )
        for document, path in whole:
            if document.get(name) is not None and not self._windows:
                return size(document[name], f"{path}.{name}")
        if name == "cpu":
            return sum(container.get("cpu", 0) for container in self._merged())
        return sum(
            container.get("memoryReservation") or container.get("memory", 0)
            for container in self._merged()
        )

    def _merged(self) -> list[dict[str, Any]]:
        """Return sizes and GPUs of each container: as defined, as described, as overridden.

        Where the definition is known, its containers are all there are.
        """
        found: dict[str, dict[str, Any]] = {}
        for name, container, path in named(self.definition_document, "containerDefinitions", ""):
            found[name] = sizes(container, path)
        known = bool(found)
        described = [
            *self.containers,
            *named(self.overrides, "containerOverrides", f"{self.path}.overrides"),
        ]
        for name, container, path in described:
            if not known or name in found:
                found.setdefault(name, {}).update(sizes(container, path))
        return list(found.values())

    # Ports, GPUs, interfaces

    def _gpus(self) -> int:
        """Return how many GPUs are asked for, as far as that is known."""
        if self.overrides.get("containerOverrides"):
            return sum(container.get("gpus", 0) for container in self._merged())
        return 0 if self.definition is None else self.definition.gpus

    def _gpu_ids(self) -> tuple[str, ...]:
        ids: dict[str, None] = {}
        for _, container, path in self.containers:
            for id in sequence(container.get("gpuIds"), f"{path}.gpuIds"):
                ids[checked_text(id, f"{path}.gpuIds")] = None
        return tuple(ids)

    def _resources(self) -> dict[str, int]:
        """Return the further resources that overrides require; ECS itself has GPUs only."""
        found: dict[str, int] = {}
        for _, container, path in named(
            self.overrides, "containerOverrides", f"{self.path}.overrides"
        ):
            for name, amount in requirements(container, path):
                if name not in ("GPU", "InferenceAccelerator"):
                    found[name] = found.get(name, 0) + amount
        return found

    def _ports(self) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """Return the static host ports, tcp and udp."""
        if self.definition is not None:
            return self.definition.tcp_ports, self.definition.udp_ports
        found: dict[str, dict[int, None]] = {"tcp": {}, "udp": {}}
        for _, container, path in self.containers:
            field = f"{path}.networkBindings"
            for number, one in enumerate(sequence(container.get("networkBindings"), field)):
                protocol, port = bound(one, f"{field}[{number}]")
                if port:
                    found[protocol][port] = None
        return tuple(found["tcp"]), tuple(found["udp"])

    def _interface(self) -> bool:
        field = f"{self.path}.attachments"
        attachments = [
            mapping(one, f"{field}[{number}]")
            for number, one in enumerate(sequence(self.document.get("attachments"), field))
        ]
        interfaces = [one for one in attachments if one.get("type") in INTERFACE]
        if interfaces:
            return any(one.get("status") not in DETACHED for one in interfaces)
        if any(container.get("networkInterfaces") for _, container, _ in self.containers):
            return True
        return self.definition is not None and self.definition.network_interface
