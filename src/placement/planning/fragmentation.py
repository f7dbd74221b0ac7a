"""What is free but cannot take the cluster's most frequent task definition: its fragmentation.

In: a cluster, and task definitions that the caller knows.  Out: ``Fragmentation``, by the engine's
explanation of one more such task.  Only reads.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

import attrs
import numpy as np

from placement.engine.cluster import Cluster
from placement.engine.request import Task
from placement.kernels.fields import COUNTED, NO_ROW
from placement.planning.rows import Rows

__all__ = ["Fragmentation", "fragmentation_of", "most_frequent_definition"]


@attrs.frozen
class Fragmentation:
    """Free amounts, and the part of them that is where one more task finds no room.

    All of it is about instances that take tasks (ACTIVE and connected); what is reserved for
    daemons is not free (A45), and less than nothing counts as nothing.

    Attributes:
        definition: Family and revision of the most frequent task definition: ``web:8``.
        tasks: How many tasks of it run.
        task: What one more of it asks for.
        is_definition_known: Whether ``task`` is the definition that the caller gave; otherwise it
            is what running tasks hold, without attributes and constraints, which tasks do not say.
        instances: How many instances take tasks.
        instances_without_room: How many of them have no room for one more.
        free_cpu: CPU units that are free.
        free_memory: MiB that are free.
        free_gpus: Whole GPUs that are free.
        stranded_cpu: CPU units that are free on the instances without room.
        stranded_memory: MiB likewise.
        stranded_gpus: Whole GPUs likewise.
        reasons: C17's codes to how many of the instances without room each rules out, the most
            frequent first.
    """

    definition: str
    tasks: int
    task: Task
    is_definition_known: bool
    instances: int
    instances_without_room: int
    free_cpu: int
    free_memory: int
    free_gpus: int
    stranded_cpu: int
    stranded_memory: int
    stranded_gpus: int
    reasons: Mapping[str, int]


def most_frequent_definition(cluster: Cluster) -> str | None:
    """Return family and revision of the definition that most counted tasks are of: ``web:8``.

    Of several the first by family, then by revision; None where no task's definition is known.
    """
    counts = _tasks_by_definition(cluster)
    if not counts:
        return None
    family, revision = min(counts, key=lambda one: (-counts[one], one))
    return f"{family}:{revision}"


def fragmentation_of(
    cluster: Cluster, rows: Rows, taking: set[int], definitions: Iterable[Task]
) -> Fragmentation | None:
    """Return the fragmentation of a cluster, None where no task's definition is known.

    Args:
        cluster: The cluster.
        rows: What was read of it.
        taking: Its rows that take tasks.
        definitions: Task definitions that the caller knows.

    Raises:
        RegexTimeout: a pattern in a constraint of the definition gave no answer in time.
    """
    name = most_frequent_definition(cluster)
    if name is None:
        return None
    known = {f"{one.family}:{one.revision}": one for one in definitions}
    task = known.get(name) or _task_as_held(cluster, name)
    failures = cluster.explain(task).failures
    free, stranded, reasons = Counter[str](), Counter[str](), Counter[str]()
    without_room = 0
    for row, use in zip(rows.numbers.tolist(), rows.uses, strict=True):
        if row not in taking:
            continue
        amounts = {
            name: max(0, amount.free)
            for name, amount in (("cpu", use.cpu), ("memory", use.memory), ("gpus", use.gpus))
        }
        free.update(amounts)
        if row in failures:
            without_room += 1
            stranded.update(amounts)
            reasons.update(failures[row])
    family, _, revision = name.rpartition(":")
    return Fragmentation(
        definition=name,
        tasks=_tasks_by_definition(cluster)[family, int(revision)],
        task=task,
        is_definition_known=name in known,
        instances=len(taking),
        instances_without_room=without_room,
        free_cpu=free["cpu"],
        free_memory=free["memory"],
        free_gpus=free["gpus"],
        stranded_cpu=stranded["cpu"],
        stranded_memory=stranded["memory"],
        stranded_gpus=stranded["gpus"],
        reasons=dict(sorted(reasons.items(), key=lambda one: (-one[1], one[0]))),
    )


def _tasks_by_definition(cluster: Cluster) -> Counter[tuple[str, int]]:
    """Return how many counted tasks are of each definition."""
    specs = cluster.store.tasks.specs.listed
    counts: Counter[tuple[str, int]] = Counter()
    for spec, count in _counts_by_spec(cluster).items():
        revision = specs[spec].revision
        if revision is not None:
            counts[revision] += count
    return counts


def _counts_by_spec(cluster: Cluster) -> dict[int, int]:
    """Return how many counted tasks have each specification."""
    specs, counts = np.unique(_counted(cluster)["spec"], return_counts=True)
    return dict(zip(specs.tolist(), counts.tolist(), strict=True))


def _counted(cluster: Cluster) -> dict[str, np.ndarray]:
    """Return number and specification of the tasks whose desired status is RUNNING."""
    tasks = cluster.store.tasks
    columns = {name: array[: tasks.positions] for name, array in tasks.task.items()}
    counted = (columns["row"] != NO_ROW) & (columns["flags"] & COUNTED > 0)
    return {name: columns[name][counted] for name in ("id", "spec")}


def _task_as_held(cluster: Cluster, definition: str) -> Task:
    """Return what running tasks of a definition hold, as most of them do, as a task."""
    specs = cluster.store.tasks.specs.listed
    family, _, revision = definition.rpartition(":")
    counts = {
        spec: count
        for spec, count in _counts_by_spec(cluster).items()
        if specs[spec].revision == (family, int(revision))
    }
    usual = min(counts, key=lambda spec: (-counts[spec], spec))
    counted = _counted(cluster)
    held = cluster.task(int(counted["id"][counted["spec"] == usual][0]))
    return Task(
        cpu=held.cpu,
        memory=held.memory,
        gpus=len(held.gpus),
        neuron_devices=held.neuron_devices,
        resources=held.resources,
        tcp_ports=held.tcp_ports,
        udp_ports=held.udp_ports,
        network_interface=held.network_interface,
        family=family,
        revision=int(revision),
    )
