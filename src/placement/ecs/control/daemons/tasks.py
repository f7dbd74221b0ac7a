"""What the tasks of a managed daemon are started with (S7.3).

In: a daemon, its revision, a capacity provider.  Out: a request as tasks are started with.  Changes
nothing.
"""

from __future__ import annotations

from placement.ecs.control.daemons.records import DaemonRecord, DaemonRevision
from placement.ecs.control.networks import NO_NETWORK
from placement.ecs.control.task_records import TaskSettings
from placement.ecs.control.task_requests import TaskRequest
from placement.ecs.control.task_variants import task_variant

__all__ = ["LAUNCH_TYPE", "daemon_request"]

LAUNCH_TYPE = "MANAGED_INSTANCES"


def daemon_request(daemon: DaemonRecord, revision: DaemonRevision, provider: str) -> TaskRequest:
    """Return what the tasks of a daemon's revision are started with on a provider's instances."""
    definition, execute = revision.definition, revision.execute_command
    variant = task_variant(definition, {}, NO_NETWORK, LAUNCH_TYPE, execute, provider)
    settings = TaskSettings(
        definition.arn,
        daemon.group,
        LAUNCH_TYPE,
        daemon.deployments[0].arn.rpartition("/")[2],
        execute,
        variant.overrides,
        str(variant.task.cpu),
        str(variant.task.memory),
        capacity_provider=provider,
    )
    tags = list(daemon.tags) if revision.propagate_tags == "DAEMON" else []
    return TaskRequest(variant, settings, NO_NETWORK, tags)
