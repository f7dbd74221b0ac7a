"""What calls change of managed daemons; deployments begin when time moves (D2).

In: an account and settings that the calls have checked.  Out: changed records, and daemons that the
next passes look at.  Must not know calls.
"""

from __future__ import annotations

from datetime import datetime

import attrs

from placement.ecs.control.account import Account
from placement.ecs.control.daemons.records import (
    DaemonConfiguration,
    DaemonDefinitionRecord,
    DaemonDefinitionStatus,
    DaemonDeploymentRecord,
    DaemonDeploymentStatus,
    DaemonRecord,
    DaemonRevision,
    DaemonStatus,
    PlaceState,
)
from placement.ecs.control.model_time import Phase
from placement.ecs.control.records import ClusterRecord, DefinitionRecord, Document

__all__ = [
    "NewRevision",
    "add_daemon",
    "add_definition",
    "delete_daemon_record",
    "delete_definition",
    "deploy",
]


@attrs.frozen
class NewRevision:
    """What a call asks a daemon to run; the attributes are those of ``DaemonRevision``."""

    definition: DefinitionRecord
    providers: tuple[str, ...]
    is_critical: bool = True
    propagate_tags: str = "NONE"
    managed_tags: bool = False
    execute_command: bool = False


def add_definition(account: Account, definition: DaemonDefinitionRecord) -> None:
    """Put a new revision into its family."""
    family = definition.definition.family
    account.daemons.families.setdefault(family, []).append(definition)


def delete_definition(account: Account, definition: DaemonDefinitionRecord, now: datetime) -> None:
    """Delete a daemon task definition: no new daemon can use it; it is gone once none does."""
    definition.status = DaemonDefinitionStatus.DELETE_IN_PROGRESS
    definition.delete_requested_at = now
    account.time.push(account.time.now, Phase.INSTANCES, 0, "daemon-definitions")


def add_daemon(
    account: Account,
    cluster: ClusterRecord,
    name: str,
    wanted: NewRevision,
    configuration: DaemonConfiguration,
    *,
    tags: list[Document],
    client_token: tuple[str, Document] | None,
) -> DaemonRecord:
    """Create a daemon with its first deployment."""
    daemon = DaemonRecord(
        account.daemons.next_number(),
        name,
        account.arn(f"daemon/{cluster.name}/{name}"),
        cluster.name,
        account.clock(),
        tags=tags,
        client_token=client_token,
    )
    account.daemons.by_number[daemon.number] = daemon
    deploy(account, daemon, wanted, configuration)
    return daemon


def deploy(
    account: Account,
    daemon: DaemonRecord,
    wanted: NewRevision,
    configuration: DaemonConfiguration,
) -> DaemonDeploymentRecord:
    """Make a new revision of a daemon, and a deployment of it in place of one under way."""
    number = len(daemon.revisions) + 1
    revision = DaemonRevision(
        number,
        account.arn(f"daemon-revision/{daemon.cluster}/{daemon.name}/{account.new_uuid()}"),
        wanted.definition,
        wanted.providers,
        account.clock(),
        wanted.is_critical,
        wanted.propagate_tags,
        wanted.managed_tags,
        wanted.execute_command,
    )
    daemon.revisions[number] = revision
    return _add_deployment(account, daemon, number, configuration)


def delete_daemon_record(account: Account, daemon: DaemonRecord) -> DaemonDeploymentRecord:
    """Delete a daemon: the instances that have it are drained, batch after batch (S7.3)."""
    daemon.status = DaemonStatus.DELETE_IN_PROGRESS
    daemon.updated_at = account.clock()
    newest = daemon.deployments[0].configuration
    kept = attrs.evolve(newest, bake=0, alarms=(), watches_alarms=False)
    return _add_deployment(account, daemon, None, kept)


def _add_deployment(
    account: Account, daemon: DaemonRecord, target: int | None, configuration: DaemonConfiguration
) -> DaemonDeploymentRecord:
    under_way = daemon.under_way
    if under_way is not None:
        under_way.status = DaemonDeploymentStatus.STOP_REQUESTED
        under_way.status_reason = "The deployment was replaced by a new deployment."
    sources = {
        place.revision
        for place in daemon.places.values()
        if place.state not in (PlaceState.EXPECTED, PlaceState.LEFT)
    }
    arn = f"daemon-deployment/{daemon.cluster}/{daemon.name}/{account.new_url_safe(21)}"
    deployment = DaemonDeploymentRecord(
        account.arn(arn), target, tuple(sorted(sources)), configuration, account.clock()
    )
    daemon.deployments.insert(0, deployment)
    account.daemons.wake(daemon)
    return deployment
