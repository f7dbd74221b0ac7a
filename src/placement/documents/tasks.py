"""Tasks as the ECS API describes them, read and written: where they are and what they hold.

In: what ``aws ecs describe-tasks`` prints, parsed from JSON, with the task definitions and the
protections that are listed beside it; or a ``TaskSnapshot``.  Out: the ``TaskSnapshot``, or
``DocumentError`` with the path of what is wrong; or the task's document.  What is written reads as
an equal snapshot.  Knows the field names of the API, and nothing of what instances report as taken.

Where a task's own document and its definition both have a value, the task's document wins:

- cpu and memory: ``overrides``, then the task's own size, then that of the whole task in the
  definition; only then the sum over containers (2.2, A23).  On Windows only containers have sizes.
- cpu, memory and GPUs of each container: its override, then the task's document, then the
  definition.
- GPUs: the ids that containers report; further ones, without ids, where more are required.
- a network interface: an attachment of that type, unless it is detached; else a container's
  interface; else the definition's network mode.

Only a definition says which host ports are static (2.3); where there is one, its ports are held,
bound already or not.  Without it every port of ``networkBindings`` counts, dynamic ones included.

The API has no field for a further resource that a task holds: it is written as a resource
requirement of that type, in an override.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

import attrs

from placement.documents.accelerators import (
    TYPES,
    gpus_required,
    gpus_together,
    neuron_devices_of,
)
from placement.documents.definition_index import DefinitionIndex
from placement.documents.deployments import (
    StartedTask,
    deployment_ages,
    deployment_of,
)
from placement.documents.fields import (
    default,
    kept_copy,
    mapping,
    moment,
    named_objects,
    optional_text,
    port_binding,
    required,
    sequence,
    size,
    type_name,
)
from placement.documents.problems import Problems
from placement.documents.protections import Protections, is_protected, protections_by_arn
from placement.documents.records import Record, once
from placement.errors import DocumentError, describe_value
from placement.model.checks import (
    ALL_NEURON_DEVICES,
    HEALTHS,
    LAST_STATUSES,
    MAX_GPUS,
    checked_group,
    checked_text,
)

__all__ = ["TaskSnapshot", "read_back", "tasks_from_ecs"]

Document = dict[str, Any]

INTERFACE = ("ElasticNetworkInterface", "eni")
"""Types of attachments that are network interfaces: as described, and as in events."""

DETACHED = ("DETACHED", "DELETED", "FAILED")

SIZES = ("cpu", "memory", "memoryReservation")

"""The sizes of a container in a task's document."""


@attrs.frozen(kw_only=True)
class TaskSnapshot:
    """A task on an instance, as documents describe it at one moment.

    Attributes:
        arn: The task's ARN.
        instance: The ARN of its instance.
        group: Its group, by default ``family:`` and the family of its definition (1.7).
        counted: Whether the desired status is RUNNING, so that it counts (A20).
        last_status: One of Appendix D.
        health: HEALTHY, UNHEALTHY or UNKNOWN.
        protected: Whether it is protected from scale-in (4.7).
        deployment: 0 for the newest deployment of its group, below 0 for older ones; a task placed
            later belongs to the newest.
        revision: Family and revision of its definition, None if they are not known.
        cpu: CPU units.
        memory: MiB.
        gpu_ids: The ids of its GPUs.
        gpus: Number of GPUs beside those, whose ids are not known.
        neuron_devices: ``ALL`` if it has every Neuron device of its instance, else 0 (B44).
        tcp_ports: Static host ports.
        udp_ports: The same for udp.
        network_interface: Whether it has an interface of its own.
        resources: Further resources by name.
        further: The fields of its document that are kept, so that they are written again (C50).
        protection: Its element of ``protectedTasks``, kept likewise.
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
    neuron_devices: int | str = 0
    tcp_ports: tuple[int, ...]
    udp_ports: tuple[int, ...]
    network_interface: bool
    resources: Mapping[str, int] = attrs.field(factory=dict)
    further: Document | None = None
    protection: Document | None = None


def tasks_from_ecs(
    tasks: Iterable[Any],
    definitions: Iterable[Any],
    protections: Iterable[Any],
    problems: Problems | None = None,
    gone: Collection[str] = (),
    *,
    keeps_fields: bool = False,
) -> list[TaskSnapshot]:
    """Return the tasks that are on an instance, the oldest first.

    Tasks are ordered by ``createdAt``; those without it come first, in the order given.  Of two
    documents of one task one counts, and a task whose instance or definition was left out is left
    out with it (C31).

    Args:
        tasks: Elements of ``tasks``.
        definitions: Elements of ``taskDefinitions``; one that no task here names is not read.
        protections: Elements of ``protectedTasks``.
        problems: Takes what cannot be read; None: it is refused.
        gone: The last parts of the ARNs of instances that were left out.
        keeps_fields: Whether ``further`` and ``protection`` are wanted.

    Raises:
        DocumentError: a field has not the form that ECS gives it, and ``problems`` is None.
    """
    known = Problems("raise") if problems is None else problems
    records = []
    for number, document in enumerate(tasks):
        path = f"tasks[{number}]"
        with known.of_record(path):
            if not isinstance(document, Mapping):
                raise DocumentError(f"expected a task's document, not {type_name(document)}", path)
            records.append(Record(path, document))
    index = DefinitionIndex(definitions, known)
    protected = protections_by_arn(protections, known)
    found: list[tuple[TaskSnapshot, StartedTask]] = []
    for path, document in once("tasks", records, known):
        if document.get("containerInstanceArn") is None:
            with known.of_record(path):
                required(document, "taskArn", path)
            continue  # it waits in PROVISIONING, or runs on Fargate
        with known.of_record(path):
            if not _is_left_out(document, path, index, known, gone):
                task, origin = _read(document, path, index, protected)
                if keeps_fields:
                    further = _kept_fields(document, path)
                    task = attrs.evolve(task, further=further, protection=protected.get(task.arn))
                found.append((task, origin))
    if problems is None:
        known.check()
    ages = deployment_ages([origin for _, origin in found])
    return [
        attrs.evolve(task, deployment=deployment_of(origin, ages))
        for task, origin in sorted(found, key=_age)
    ]


def _is_left_out(
    document: Mapping[str, Any],
    path: str,
    index: DefinitionIndex,
    problems: Problems,
    gone: Collection[str],
) -> bool:
    """Return whether a task is left out with its instance or its definition, and note it."""
    instance = optional_text(document, "containerInstanceArn", path)
    for field, is_gone in (
        ("containerInstanceArn", instance.rpartition("/")[2] in gone),
        (
            "taskDefinitionArn",
            index.is_left_out(optional_text(document, "taskDefinitionArn", path)),
        ),
    ):
        if is_gone:
            problems.leave_out(path, f"its {field} names a record left out")
            return True
    return False


def _read(
    document: Mapping[str, Any], path: str, index: DefinitionIndex, protected: Protections
) -> tuple[TaskSnapshot, StartedTask]:
    """Return a task, and what says to which deployment it belongs."""
    task = _Reader(document, path, index).snapshot(protected)
    created = moment(document.get("createdAt"), f"{path}.createdAt")
    return task, StartedTask(task.group, optional_text(document, "startedBy", path), created)


def _age(one: tuple[TaskSnapshot, StartedTask]) -> tuple[bool, datetime | None]:
    """Return the key by which tasks are sorted: those without a time of creation first."""
    return one[1].created is not None, one[1].created


_NOT_KEPT = ("taskArn", "containerInstanceArn", "group", "lastStatus", "healthStatus")
"""Fields of a task that are always written from what placement knows."""


def _kept_fields(document: Mapping[str, Any], path: str) -> Document:
    fields = {
        name: value
        for name, value in document.items()
        if name not in _NOT_KEPT and value is not None
    }
    kept: Document = kept_copy(fields, path)
    return kept


def read_back(document: Document, definitions: DefinitionIndex) -> TaskSnapshot:
    """Return the task that a document which was just written will be read as."""
    return _Reader(document, "tasks[0]", definitions).snapshot({})


class _Reader:
    """Reads one task's document together with its definition."""

    def __init__(
        self, document: Mapping[str, Any], path: str, definitions: DefinitionIndex
    ) -> None:
        self.document = document
        self.path = path
        self.overrides = mapping(document.get("overrides"), f"{path}.overrides")
        self.definition_arn = optional_text(document, "taskDefinitionArn", path)
        self.containers = list(named_objects(document, "containers", path))
        self.definition = definitions.get(self.definition_arn)
        self.definition_document = definitions.document(self.definition_arn)

    def snapshot(self, protected: Protections) -> TaskSnapshot:
        """Return what the document says."""
        document, path = self.document, self.path
        arn = checked_text(required(document, "taskArn", path), f"{path}.taskArn")
        desired = self._one_of("desiredStatus", ("RUNNING", "STOPPED", "PENDING"), "RUNNING")
        gpu_ids = self._gpu_ids()
        tcp, udp = self._ports()
        return TaskSnapshot(
            arn=arn,
            instance=checked_text(document["containerInstanceArn"], f"{path}.containerInstanceArn"),
            group=self._group(),
            counted=desired != "STOPPED",
            last_status=self._one_of("lastStatus", LAST_STATUSES, "RUNNING"),
            health=self._one_of("healthStatus", HEALTHS, "UNKNOWN"),
            protected=is_protected(protected.get(arn)),
            revision=self._revision(),
            cpu=self._size("cpu"),
            memory=self._size("memory"),
            gpu_ids=gpu_ids,
            gpus=max(0, self._gpus() - len(gpu_ids)),
            neuron_devices=self._neuron_devices(),
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
        _, found, name = self.definition_arn.partition(":task-definition/")
        name = name if found else self.definition_arn.rpartition("/")[2]
        family, _, revision = name.rpartition(":")
        known = family and revision.isascii() and revision.isdigit() and len(revision) < 19
        return (family, int(revision)) if known else None

    # Sizes

    @property
    def _windows(self) -> bool:
        """Whether sizes of the whole task are ignored (2.2, B27)."""
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
        """Return sizes and GPUs of each container; overrides replace what the document says.

        Where the definition is known, containers that it does not have are ignored.
        """
        found: dict[str, dict[str, Any]] = {}
        for name, container, path in named_objects(
            self.definition_document, "containerDefinitions", ""
        ):
            found[name] = _sizes(container, path)
        known = bool(found)
        described = [
            *self.containers,
            *named_objects(self.overrides, "containerOverrides", f"{self.path}.overrides"),
        ]
        for name, container, path in described:
            if not known or name in found:
                found.setdefault(name, {}).update(_sizes(container, path))
        return list(found.values())

    # Ports, GPUs, interfaces

    def _gpus(self) -> int:
        """Return how many GPUs are required, as far as documents say.

        ALL of an instance are those whose ids the task has; without ids, every one that is left.
        """
        found: int | str = 0 if self.definition is None else self.definition.gpus
        if self.overrides.get("containerOverrides"):
            found = gpus_together(container.get("gpus", 0) for container in self._merged())
        return found if isinstance(found, int) else len(self._gpu_ids()) or MAX_GPUS

    def _neuron_devices(self) -> int | str:
        """Return ALL if a container requires Neuron devices, as far as documents say, else 0."""
        found: int | str = 0 if self.definition is None else self.definition.neuron_devices
        if self.overrides.get("containerOverrides"):
            asked = [container.get("neuron_devices", 0) for container in self._merged()]
            found = ALL_NEURON_DEVICES if any(asked) else 0
        return found

    def _gpu_ids(self) -> tuple[str, ...]:
        ids: dict[str, None] = {}
        for _, container, path in self.containers:
            for id in sequence(container.get("gpuIds"), f"{path}.gpuIds"):
                ids[checked_text(id, f"{path}.gpuIds")] = None
        return tuple(ids)

    def _resources(self) -> dict[str, int]:
        """Return the further resources that overrides require; ECS itself has GPUs only."""
        found: dict[str, int] = {}
        for _, container, path in named_objects(
            self.overrides, "containerOverrides", f"{self.path}.overrides"
        ):
            for name, amount in _requirements(container, path):
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
                protocol, port = port_binding(one, f"{field}[{number}]")
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


def _sizes(container: Mapping[str, Any], path: str) -> dict[str, Any]:
    """Return the sizes and devices that a container's document gives; a memory of 0 is none.

    Requirements of one type leave those of another as they are, as overrides do.
    """
    found: dict[str, Any] = {
        name: size(container[name], f"{path}.{name}")
        for name in SIZES
        if container.get(name) is not None
    }
    found = {name: amount for name, amount in found.items() if amount or name == "cpu"}
    if container.get("resourceRequirements") is not None:
        gpus = gpus_required(container, path)
        requirements = container["resourceRequirements"]
        if any(one.get("type") == "GPU" for one in requirements):
            found["gpus"] = gpus
        if neuron_devices_of(requirements):
            found["neuron_devices"] = ALL_NEURON_DEVICES
    return found


def _requirements(container: Mapping[str, Any], path: str) -> Iterator[tuple[str, int]]:
    """Yield the types and amounts of the further resources that a container requires."""
    field = f"{path}.resourceRequirements"
    for number, one in enumerate(sequence(container.get("resourceRequirements"), field)):
        here = f"{field}[{number}]"
        requirement = mapping(one, here)
        type = checked_text(required(requirement, "type", here), f"{here}.type")
        if type in TYPES:
            continue  # devices have fields of their own, accelerators are attributes (2.2)
        yield type, size(required(requirement, "value", here), f"{here}.value")
