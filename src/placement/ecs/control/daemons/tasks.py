"""What the tasks of a managed daemon are started with, and what room they take (S7.3).

In: an account, a daemon's revision, a capacity provider.  Out: a request as tasks are started with,
and amounts by resource.  Changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable

from placement.ecs.control.account import Account
from placement.ecs.control.daemons.records import DaemonRecord, DaemonRevision
from placement.ecs.control.networks import NO_NETWORK
from placement.ecs.control.records import ClusterRecord
from placement.ecs.control.services.daemon_reservations import amounts_of
from placement.ecs.control.task_records import TaskSettings
from placement.ecs.control.task_requests import TaskRequest
from placement.ecs.control.task_variants import task_variant
from placement.services.daemon_room import reservation

__all__ = ["LAUNCH_TYPE", "daemon_request", "room_of_daemons"]

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


def room_of_daemons(account: Account, cluster: ClusterRecord, provider: str) -> dict[str, int]:
    """Return what daemons will take of a new instance of a provider, by resource (S12.2).

    The names are ``cpu``, ``memory``, and ``resource:NAME`` for further resources.
    """
    return reservation(
        amounts_of(revision.definition.task)
        for revision in _revisions(account.daemons.of_cluster(cluster.name))
        if provider in revision.providers
    )


def _revisions(daemons: Iterable[DaemonRecord]) -> Iterable[DaemonRevision]:
    """Yield the revisions that new instances get; one that is to be deployed counts at once."""
    for daemon in daemons:
        deployment = daemon.under_way
        number = daemon.current if deployment is None else deployment.goal
        if number is not None:
            yield daemon.revisions[number]
