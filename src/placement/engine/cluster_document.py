"""A whole cluster as one document, which ``Cluster.from_ecs`` reads.

In: a cluster's columns.  Out: the lists of ``documents.dump.DUMP_LISTS``, each written by the
module of its kind in ``documents``.  Only reads.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from placement.documents.dump import ArnBuilder, cluster_to_ecs
from placement.documents.instances import instance_to_ecs
from placement.documents.protections import protection_to_ecs
from placement.documents.task_writing import tasks_to_ecs
from placement.documents.tasks import TaskSnapshot
from placement.engine.views import describe_instance, placed_task, ports_by_row

if TYPE_CHECKING:
    from placement.state.store import Store

__all__ = ["cluster_document"]


def cluster_document(store: Store, release: str) -> dict[str, Any]:
    """Return a document of all instances and tasks of a cluster.

    Args:
        store: The cluster's columns.
        release: Its option: ``last_status`` is written, because what instances report as taken
            includes stopping tasks then, which ECS's reports do not (C10).
    """
    rows = [row for row, id in enumerate(store.ids) if id is not None]
    arns = ArnBuilder((store.matrix.get(store.arn_prefix, row) or "") for row in rows)
    records = _task_snapshots(store, rows, arns)
    tasks, definitions = tasks_to_ecs(records, arns, store.definitions)
    pending = Counter(one.instance for one in records if one.last_status == "PENDING")
    taken = ports_by_row(store)
    instances = []
    for row in rows:
        instance = describe_instance(store, row, taken.get(row, []))
        further = store.further.get(row)
        waiting = pending[instance.id] + store.unlisted_pending.get(row, 0)
        instances.append(instance_to_ecs(instance, waiting, further))
    document = {
        "clusters": cluster_to_ecs(arns, instances, tasks),
        "containerInstances": instances,
        "tasks": tasks,
        "taskDefinitions": definitions,
        "protectedTasks": [
            found
            for one in records
            if (found := protection_to_ecs(one.arn, one.protected, one.protection)) is not None
        ],
    }
    return document | ({"release": release} if release == "last_status" else {})


def _task_snapshots(store: Store, rows: list[int], arns: ArnBuilder) -> list[TaskSnapshot]:
    """Return the tasks on some rows, in the order of their ids."""
    prefixes = {store.ids[row]: store.matrix.get(store.arn_prefix, row) or "" for row in rows}
    positions = sorted(position for row in rows for position in store.tasks.on(row))
    used = set(store.arns.values())
    records = []
    for position in positions:
        task = placed_task(store, position)
        arn = store.arns.get(task.id) or _new_arn(task.id, arns, used)
        revision = None if task.family is None else (task.family, task.revision or 0)
        record = TaskSnapshot(
            arn=arn,
            instance=prefixes[task.instance] + task.instance,
            group=task.group,
            counted=not task.stopping,
            last_status=task.last_status,
            health=task.health,
            protected=task.protected,
            deployment=task.deployment,
            revision=revision,
            cpu=task.cpu,
            memory=task.memory,
            gpu_ids=task.gpus,
            gpus=0,
            neuron_devices=task.neuron_devices,
            tcp_ports=task.tcp_ports,
            udp_ports=task.udp_ports,
            network_interface=task.network_interface,
            resources=dict(task.resources),
            further=store.task_fields.get(task.id),
            protection=store.protections.get(task.id),
        )
        records.append(record)
    return records


def _new_arn(id: int, arns: ArnBuilder, used: set[str]) -> str:
    """Return an ARN that no other task has, for a task that came without one."""
    arn = arns.task(f"{id:032x}")
    while arn in used:  # made for the same id in another cluster, whose document was read here
        id += 2**64
        arn = arns.task(f"{id:032x}")
    used.add(arn)
    return arn
