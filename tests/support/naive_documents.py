"""The naive twin of ``from_ecs``: documents of the ECS API become a ``NaiveCluster``.

Documents come in as they are printed, and are taken to be right: what must be refused is no
business of the twin.  Instances become what they registered, with all they report as taken in the
hands of nobody known (``Others``); then each task gets its share of that (C10).
"""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from naive_engine import OVER, Held, NaiveCluster, Node, Others

Json = Mapping[str, Any]

BUILT_IN = ("CPU", "MEMORY", "GPU", "PORTS", "PORTS_UDP")

INTERFACES = {"c5.large": (2, 10), "t3.nano": (1, 1), "g4dn.xlarge": (2, 2)}
"""Appendix A, a few types of it: tasks without and with trunking."""


@dataclass
class Holds:
    """What a described task holds: the part of a task that the twin's cluster reads."""

    cpu: int = 0
    memory: int = 0
    gpus: int = 0
    tcp_ports: tuple[int, ...] = ()
    udp_ports: tuple[int, ...] = ()
    network_interface: bool = False
    neuron_devices: int | str = 0  # B44; no document that is read here has any
    resources: dict[str, int] = field(default_factory=dict)
    family: str = ""
    revision: int = 0


class Reported(NaiveCluster):
    """A cluster whose network interfaces go by the instance type (C12)."""

    def capacity_of(self, node: Node) -> int | None:
        plain, trunked = INTERFACES.get(
            node.attributes.get("ecs.instance-type") or "", (None, None)
        )
        by_type = trunked if node.has("ecs.awsvpc-trunk-id") else plain
        return by_type if node.network_interfaces is None else node.network_interfaces


def read(document: Json, **options: Any) -> Reported:
    """Return the cluster that a document describes."""
    cluster = Reported(**options)
    for instance in document["containerInstances"]:
        register(cluster, instance)
    definitions = {each["taskDefinitionArn"]: each for each in document.get("taskDefinitions", [])}
    protected = {each["taskArn"]: each for each in document.get("protectedTasks", [])}
    tasks = [task for task in by_age(document.get("tasks", [])) if here(cluster, task)]
    is_over = cluster.release == "desired_status"  # A25: for tasks that are stopping
    if is_over and document.get("release") != "last_status":
        tasks = [task for task in tasks if counts(task)]
    elif is_over:  # they are read, for what they hold comes back, and get the last ids
        tasks = [*filter(counts, tasks), *[task for task in tasks if not counts(task)]]
    tasks = [task for task in tasks if counts(task) or task.get("lastStatus") not in OVER]
    for task in tasks:
        row = cluster.node_of(last_part(task["containerInstanceArn"])).row
        held = Held(cluster.next_task, row, group_of(task), Holds())
        held.last_status = task.get("lastStatus", "RUNNING")
        held.health = task.get("healthStatus", "UNKNOWN")
        held.protected = protected.get(task["taskArn"], {}).get("protectionEnabled", False)
        held.deployment = deployment_of(task, document.get("tasks", []))
        held.desired = "RUNNING" if counts(task) else "STOPPED"
        cluster.hold(held)
    pairs = list(zip(tasks, cluster.tasks.values(), strict=True))
    for task, held in pairs:
        if counts(task):
            node = cluster.node(held.row)
            take_share(node, held, task, definitions.get(task["taskDefinitionArn"]))
    running = Counter(held.row for task, held in pairs if counts(task))
    for task, held in pairs:
        node = cluster.node(held.row)
        definition = definitions.get(task["taskDefinitionArn"])
        if not counts(task) and document.get("release") == "last_status":
            take_share(node, held, task, definition)
        elif not counts(task):
            on_node = [other for _, other in pairs if other.row == held.row]
            others_run = node.unnamed > running[held.row]
            take_full_share(node, held, task, definition, on_node, others_run=others_run)
    for task, held in pairs:  # those that have GPUs without saying which
        node = cluster.node(held.row)
        definition = definitions.get(task["taskDefinitionArn"])
        reports_all = counts(task) or document.get("release") == "last_status"
        usable = node.others.gpus
        if not reports_all:
            on_node = [other for _, other in pairs if other.row == held.row]
            usable = () if node.unnamed > running[held.row] else usable
            usable += free_gpus(node, on_node)
        take_gpus(node, held, task, definition, usable)
    for id, held in list(cluster.tasks.items()):
        if is_over and held.desired == "STOPPED":
            del cluster.tasks[id]
    for node in cluster.registered():  # the reported count includes the tasks that are given
        node.unnamed = max(0, node.unnamed - len(cluster.live(node.row)))
    return cluster


def by_age(tasks: Iterable[Json]) -> list[Json]:
    """Return tasks the oldest first; those of unknown age before them."""
    return sorted(tasks, key=lambda task: task.get("createdAt", ""))


def here(cluster: NaiveCluster, task: Json) -> bool:
    arn = task.get("containerInstanceArn")
    return any(node.id == last_part(arn or "") for node in cluster.registered())


def counts(task: Json) -> bool:
    return bool(task.get("desiredStatus") != "STOPPED")  # A20


def group_of(task: Json) -> str:
    return str(task.get("group") or f"family:{revision_of(task)[0]}")


def revision_of(task: Json) -> tuple[str, int]:
    family, _, revision = last_part(task["taskDefinitionArn"]).rpartition(":")
    return family, int(revision)


def last_part(arn: str) -> str:
    return arn.rpartition("/")[2]


def deployment_of(task: Json, tasks: Iterable[Json]) -> int:
    """Return minus the number of deployments of the group that are newer than the task's."""
    ages = {
        name: min(age for other, age in started(tasks, group_of(task)) if other == name)
        for name, _ in started(tasks, group_of(task))
    }
    own = ages.get(task.get("startedBy", ""))
    return 0 if own is None else -len({age for age in ages.values() if age > own})


def started(tasks: Iterable[Json], group: str) -> list[tuple[str, datetime]]:
    """Return which deployments of a group started a task when."""
    return [
        (task["startedBy"], datetime.fromisoformat(task["createdAt"]))
        for task in tasks
        if task.get("containerInstanceArn") is not None
        and group_of(task) == group
        and task.get("startedBy", "").startswith("ecs-svc/")
    ]


# --- Instances -------------------------------------------------------------------------------


def register(cluster: NaiveCluster, document: Json) -> None:
    """Add an instance, with everything that it reports as taken held by others."""
    registered = resources(document, "registeredResources")
    row = cluster.register(
        id=last_part(document["containerInstanceArn"]),
        attributes={pair["name"]: pair.get("value") for pair in document.get("attributes", [])},
        ec2_instance_id=document.get("ec2InstanceId"),
        status=document.get("status", "ACTIVE"),
        agent_connected=document.get("agentConnected", True),
        agent_version=document.get("versionInfo", {}).get("agentVersion"),
        running_tasks=document.get("runningTasksCount", 0),
        cpu=registered.get("CPU", 0),
        memory=registered.get("MEMORY", 0),
        gpus=registered.get("GPU", ()),
        tcp_ports=ports(registered, "PORTS"),
        udp_ports=ports(registered, "PORTS_UDP"),
        resources={name: n for name, n in registered.items() if name not in BUILT_IN},
    )
    node = cluster.node(row)
    left = resources(document, "remainingResources")
    node.others = Others(
        cpu=node.cpu - left.get("CPU", node.cpu),  # C9: what is not reported, is left
        memory=node.memory - left.get("MEMORY", node.memory),
        gpus=tuple(gpu for gpu in node.gpus if gpu not in left.get("GPU", node.gpus)),
        tcp_ports=frozenset(ports(left, "PORTS") or ()) - node.tcp_ports,
        udp_ports=frozenset(ports(left, "PORTS_UDP") or ()) - node.udp_ports,
        resources=tuple((name, n - left.get(name, n)) for name, n in node.resources.items()),
    )


def resources(document: Json, name: str) -> dict[str, Any]:
    return {
        each["name"]: each[
            "stringSetValue" if each["type"] == "STRINGSET" else each["type"].lower() + "Value"
        ]
        for each in document.get(name, [])
    }


def ports(found: Mapping[str, Any], name: str) -> list[int] | None:
    return [int(port) for port in found[name]] if name in found else None


# --- Shares ----------------------------------------------------------------------------------


def take_share(node: Node, held: Held, task: Json, definition: Json | None) -> None:
    """Let a task hold what it says, as far as nobody known holds it yet and it is taken."""
    containers = merged(task, definition)
    others = node.others
    tcp, udp = (static_ports(containers, definition, protocol) for protocol in ("tcp", "udp"))
    ids = [id for container in task.get("containers", []) for id in container.get("gpuIds", [])]
    held.gpus = tuple(id for id in others.gpus if id in ids)
    family, revision = revision_of(task)
    held.task = Holds(
        cpu=min(others.cpu, size("cpu", task, definition, containers)),
        memory=min(others.memory, size("memory", task, definition, containers)),
        gpus=len(held.gpus),
        tcp_ports=tuple(others.tcp_ports & tcp),
        udp_ports=tuple(others.udp_ports & udp),
        network_interface=has_interface(task, definition),
        family=family,
        revision=revision,
    )
    node.others = replace(
        others,
        cpu=others.cpu - held.task.cpu,
        memory=others.memory - held.task.memory,
        gpus=tuple(id for id in others.gpus if id not in held.gpus),
        tcp_ports=others.tcp_ports - tcp,
        udp_ports=others.udp_ports - udp,
    )


def take_full_share(
    node: Node,
    held: Held,
    task: Json,
    definition: Json | None,
    on_node: list[Held],
    *,
    others_run: bool,
) -> None:
    """C10: a stopping task holds all it says; of that it finds nothing where others still run."""
    before = node.others
    if others_run:
        node.others = Others()
    take_share(node, held, task, definition)
    after = node.others
    containers = merged(task, definition)
    tcp, udp = (static_ports(containers, definition, protocol) for protocol in ("tcp", "udp"))
    ids = [id for container in task.get("containers", []) for id in container.get("gpuIds", [])]
    if others_run:
        node.others = before
    for name, wanted in (("tcp_ports", tcp), ("udp_ports", udp)):
        theirs = set(getattr(node, name)) | set(getattr(node.others, name))
        for other in on_node:
            theirs |= set(getattr(other.task, name)) if other is not held else set()
        own = set(getattr(held.task, name)) | (wanted - theirs)
        held.task = dataclasses.replace(held.task, **{name: tuple(sorted(own))})
    held.gpus += tuple(id for id in free_gpus(node, on_node) if id in ids)
    held.task = dataclasses.replace(
        held.task,
        cpu=size("cpu", task, definition, containers),
        memory=size("memory", task, definition, containers),
        gpus=len(held.gpus),
    )
    if not others_run:
        node.others = after


def free_gpus(node: Node, on_node: list[Held]) -> tuple[str, ...]:
    """Return the GPUs that are reported as free and that no task holds."""
    held = {id for other in on_node for id in other.gpus}
    return tuple(id for id in node.gpus if id not in held and id not in node.others.gpus)


def take_gpus(
    node: Node, held: Held, task: Json, definition: Json | None, usable: tuple[str, ...]
) -> None:
    """Let a task that has more GPUs than it names hold the first that it can use."""
    named = {id for container in task.get("containers", []) for id in container.get("gpuIds", [])}
    asked = sum(
        int(wish["value"])
        for container in (merged(task, definition) if definition else [])
        for wish in container.get("resourceRequirements", [])
    )
    more = usable[: max(0, asked - len(named))]
    held.gpus += more
    held.task.gpus += len(more)
    left = tuple(id for id in node.others.gpus if id not in more)
    node.others = replace(node.others, gpus=left)


def merged(task: Json, definition: Json | None) -> list[dict[str, Any]]:
    """Return the containers: as defined, then as the task describes them, then as overridden."""
    defined = (definition or {}).get("containerDefinitions", [])
    containers = {each["name"]: dict(each) for each in defined}
    overrides = task.get("overrides", {}).get("containerOverrides", [])
    for each in [*task.get("containers", []), *overrides]:
        if not defined or each["name"] in containers:
            containers.setdefault(each["name"], {}).update(each)
    return list(containers.values())


def size(name: str, task: Json, definition: Json | None, containers: list[dict[str, Any]]) -> int:
    """A23: of the whole task if anybody says so, else the sum over the containers."""
    for whole in (task.get("overrides", {}), task, definition or {}):
        if name in whole:
            return int(whole[name])
    if name == "cpu":
        return sum(int(each.get("cpu", 0)) for each in containers)
    return sum(int(each.get("memoryReservation") or each.get("memory", 0)) for each in containers)


def static_ports(
    containers: list[dict[str, Any]], definition: Json | None, protocol: str
) -> frozenset[int]:
    """2.3: those of the definition; without one, all that are bound."""
    mode = (definition or {}).get("networkMode", "bridge")
    found = set()
    for container in containers:
        for one in container.get("networkBindings" if definition is None else "portMappings", []):
            if one.get("protocol", "tcp") == protocol and mode != "awsvpc":
                found.add(one["containerPort"] if mode == "host" else one.get("hostPort", 0))
    return frozenset(found - {0})


def has_interface(task: Json, definition: Json | None) -> bool:
    attached = [each for each in task.get("attachments", []) if "Interface" in each["type"]]
    if attached:
        return any(each["status"] not in ("DETACHED", "DELETED") for each in attached)
    if any(container.get("networkInterfaces") for container in task.get("containers", [])):
        return True
    return bool(definition and definition.get("networkMode") == "awsvpc")
