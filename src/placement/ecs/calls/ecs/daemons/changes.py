"""Calls that change managed daemons: create, update, delete (S7.3).

In: an account and parameters whose types are right.  Out: the answer; what follows happens when
time moves (D2).
"""

from __future__ import annotations

from placement.ecs.calls.ecs.checking import check_one_of, check_tags, invalid
from placement.ecs.calls.ecs.daemons.answers import changed_answer
from placement.ecs.calls.ecs.daemons.checks import (
    PROPAGATED,
    checked_configuration,
    checked_providers,
    known_daemon,
    usable_definition,
)
from placement.ecs.calls.ecs.lookups import active_cluster
from placement.ecs.calls.ecs.services.checks import check_token
from placement.ecs.control.account import Account
from placement.ecs.control.daemons.changes import (
    NewRevision,
    add_daemon,
    delete_daemon_record,
    deploy,
)
from placement.ecs.control.daemons.records import (
    DaemonConfiguration,
    DaemonRecord,
    DaemonStatus,
)
from placement.ecs.control.records import DefinitionRecord, Document
from placement.ecs.definitions.task import NAME
from placement.ecs.errors import client_error
from placement.errors import describe_value

__all__ = ["create_daemon", "delete_daemon", "update_daemon"]


def create_daemon(account: Account, parameters: Document) -> Document:
    """Create a daemon; the same call again with its token gets the same answer.

    Raises:
        ClientException: there is no such task definition, or it is being deleted.
        ClusterNotFoundException: there is no such cluster.
        InvalidParameterException: a parameter has a wrong value, or the name is taken.
    """
    cluster = active_cluster(account, parameters.get("clusterArn"))
    name, token = parameters["daemonName"], parameters.get("clientToken")
    if not NAME.fullmatch(name):
        raise invalid(
            "Daemon name is 1 to 255 letters, numbers, underscores and hyphens, "
            f"not {describe_value(name)}."
        )
    check_token(token)
    check_tags(parameters.get("tags", []))
    request = {key: value for key, value in parameters.items() if key != "clientToken"}
    known = account.daemons.find(cluster.name, name)
    if known is not None:
        if token is not None and known.client_token == (token, request):
            return changed_answer(known, updated=False)
        if known.status is DaemonStatus.ACTIVE:
            raise invalid("Creation of daemon was not idempotent.")
        raise invalid("Unable to create a daemon that is still being deleted.")
    definition = usable_definition(account, parameters["daemonTaskDefinitionArn"]).definition
    providers = checked_providers(account, cluster, parameters["capacityProviderArns"])
    configuration = checked_configuration(
        account, parameters.get("deploymentConfiguration"), DaemonConfiguration()
    )
    wanted = _revision(parameters, definition, providers, None)
    daemon = add_daemon(
        account,
        cluster,
        name,
        wanted,
        configuration,
        tags=parameters.get("tags", []),
        client_token=None if token is None else (token, request),
    )
    return changed_answer(daemon, updated=False)


def update_daemon(account: Account, parameters: Document) -> Document:
    """Deploy a new revision of a daemon; what is not given stays as it is.

    Raises:
        ClientException: there is no such task definition, or it is being deleted.
        DaemonNotActiveException: the daemon is being deleted.
        DaemonNotFoundException: there is no such daemon.
        InvalidParameterException: a parameter has a wrong value.
    """
    daemon = _active_daemon(account, parameters["daemonArn"])
    cluster = active_cluster(account, daemon.cluster)
    name = parameters["daemonTaskDefinitionArn"]
    definition = usable_definition(account, name).definition
    providers = checked_providers(account, cluster, parameters["capacityProviderArns"])
    configuration = checked_configuration(
        account,
        parameters.get("deploymentConfiguration"),
        daemon.deployments[0].configuration,
    )
    wanted = _revision(parameters, definition, providers, daemon)
    daemon.updated_at = account.clock()
    deploy(account, daemon, wanted, configuration)
    return changed_answer(daemon, updated=True)


def delete_daemon(account: Account, parameters: Document) -> Document:
    """Delete a daemon; the instances that have it are replaced by others without it.

    Raises:
        DaemonNotActiveException: the daemon is being deleted.
        DaemonNotFoundException: there is no such daemon.
    """
    daemon = _active_daemon(account, parameters["daemonArn"])
    delete_daemon_record(account, daemon)
    return changed_answer(daemon, updated=True)


def _active_daemon(account: Account, name: str) -> DaemonRecord:
    daemon = known_daemon(account, name)
    if daemon.status is not DaemonStatus.ACTIVE:
        raise client_error("DaemonNotActiveException", "Daemon was not ACTIVE.")
    return daemon


def _revision(
    parameters: Document,
    definition: DefinitionRecord,
    providers: tuple[str, ...],
    daemon: DaemonRecord | None,
) -> NewRevision:
    """Return the revision that a call asks for; what is not given is that of the newest one."""
    newest = None if daemon is None else daemon.revisions[len(daemon.revisions)]
    usual = NewRevision(definition, providers)
    if newest is not None:
        usual = NewRevision(
            definition,
            providers,
            newest.is_critical,
            newest.propagate_tags,
            newest.managed_tags,
            newest.execute_command,
        )
    propagated = parameters.get("propagateTags", usual.propagate_tags)
    check_one_of(propagated, "propagateTags", PROPAGATED)
    execute = parameters.get("enableExecuteCommand", usual.execute_command)
    if execute and not definition.document.get("taskRoleArn"):
        raise invalid("enableExecuteCommand needs a taskRoleArn in the daemon task definition.")
    return NewRevision(
        definition,
        providers,
        parameters.get("critical", usual.is_critical),
        propagated,
        parameters.get("enableECSManagedTags", usual.managed_tags),
        execute,
    )
