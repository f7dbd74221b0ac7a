"""Whether new machines have a CPU architecture that the tasks' images may not run on.

In: a cluster, a task, the type of the machines that are named for it.  Out: remarks.  ECS checks
the architecture only where the task definition names one (A30); what an image runs on, no document
says.
"""

from __future__ import annotations

from placement.engine.cluster import Cluster
from placement.engine.columns import TextColumn
from placement.engine.request import Task
from placement.machines.ec2_types import instance_type

__all__ = ["check_architecture"]


def check_architecture(cluster: Cluster, task: Task, machine_type: str) -> tuple[str, ...]:
    """Return remarks on the type that was chosen for new machines; none if all is well.

    A type of an architecture that no instance of the cluster has is legitimate for a task that
    names none, and remarked on: the images may be built for the other one alone.
    """
    column = cluster.column("attribute:ecs.cpu-architecture")
    if task.architecture is not None or not isinstance(column, TextColumn):
        return ()
    there = sorted({column.values[code] for code in set(column.codes.tolist()) if code >= 0})
    chosen = instance_type(machine_type).architecture
    if not there or chosen in there:
        return ()
    remark = (
        f"{machine_type} is {chosen}, and the instances of the cluster are {', '.join(there)}: the "
        "task definition names no cpuArchitecture in its runtimePlatform, so that its images are "
        "taken to run on both"
    )
    return (remark,)
