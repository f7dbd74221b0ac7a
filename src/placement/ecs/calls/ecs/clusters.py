"""Calls about clusters: create, describe, list, update the settings of, delete.

In: an account and parameters whose types are right.  Out: the answer.
"""

from __future__ import annotations

import re

from placement.ecs.calls.ecs.answers import cluster_answer, failure, paged_answer
from placement.ecs.calls.ecs.capacity_providers import check_cluster_providers
from placement.ecs.calls.ecs.checking import check_one_of, check_size, check_tags, invalid
from placement.ecs.calls.ecs.lookups import active_cluster
from placement.ecs.calls.ecs.pages import page
from placement.ecs.calls.ecs.provider_strategies import stored_strategy
from placement.ecs.control.account import Account
from placement.ecs.control.counts import is_accounted
from placement.ecs.control.instances import REGISTERED, status_of
from placement.ecs.control.records import ClusterRecord, Document
from placement.ecs.control.services.statuses import ServiceStatus
from placement.ecs.control.statuses import ClusterStatus
from placement.ecs.definitions.problems import plain_name
from placement.ecs.errors import client_error

__all__ = [
    "create_cluster",
    "delete_cluster",
    "describe_clusters",
    "list_clusters",
    "update_cluster",
    "update_cluster_settings",
]

FIELDS = ("ATTACHMENTS", "CONFIGURATIONS", "SETTINGS", "STATISTICS", "TAGS")
INSIGHTS = ("enhanced", "enabled", "disabled")
LOGGING = ("NONE", "DEFAULT", "OVERRIDE")
MAX_DESCRIBED = 100
NAME = re.compile(r"[A-Za-z0-9_-]{1,255}")
SHOWN = ("CONFIGURATIONS", "SETTINGS", "TAGS")
"""What the answers of CreateCluster, DeleteCluster and UpdateClusterSettings include."""


def create_cluster(account: Account, parameters: Document) -> Document:
    """Create a cluster; one of that name that is ACTIVE is returned as it is."""
    name = parameters.get("clusterName", "default")
    if not NAME.fullmatch(name):
        raise invalid(
            r"ClusterName must match ^[a-zA-Z0-9\\-_]{1,255}$, but was " + plain_name(name[:255])
        )
    _check_settings(parameters.get("settings", []))
    check_cluster_providers(
        account,
        parameters.get("capacityProviders", []),
        parameters.get("defaultCapacityProviderStrategy", []),
    )
    check_tags(parameters.get("tags", []))
    _check_configuration(parameters.get("configuration", {}))
    known = account.find_cluster(name)
    if known is None or known.status is not ClusterStatus.ACTIVE:
        known = _new_cluster(account, name, parameters)
    return {"cluster": cluster_answer(known, SHOWN)}


def _new_cluster(account: Account, name: str, parameters: Document) -> ClusterRecord:
    record = account.new_cluster(name)
    defaults = [{"name": "containerInsights", "value": "disabled"}]
    record.settings = _merge_settings(defaults, parameters.get("settings", []))
    record.tags = parameters.get("tags", [])
    record.configuration = parameters.get("configuration")
    record.service_connect_defaults = parameters.get("serviceConnectDefaults")
    record.capacity_providers = parameters.get("capacityProviders", [])
    strategy = parameters.get("defaultCapacityProviderStrategy", [])
    record.default_strategy = stored_strategy(strategy)
    return record


def _check_configuration(configuration: Document) -> None:
    """Refuse a log configuration of ECS Exec that does not go with ``logging``."""
    execute = configuration.get("executeCommandConfiguration", {})
    logging, logs = execute.get("logging"), execute.get("logConfiguration")
    if logging is not None:
        check_one_of(logging, "logging", LOGGING)
    if logs is not None and logging != "OVERRIDE":
        raise invalid("You must set logging to 'OVERRIDE' when you supply a log configuration.")
    if logging == "OVERRIDE" and not any(
        (logs or {}).get(name) for name in ("cloudWatchLogGroupName", "s3BucketName")
    ):
        raise invalid(
            "A CloudWatch log group name or S3 bucket name must be specified when overriding the "
            "default log configuration."
        )


def _check_settings(settings: list[Document]) -> None:
    for setting in settings:
        check_one_of(setting.get("name"), "Setting name", ("containerInsights",))
        check_one_of(setting.get("value"), "containerInsights", INSIGHTS)


def _merge_settings(current: list[Document], given: list[Document]) -> list[Document]:
    """Return the current settings with the given values; of one name the last value is taken."""
    merged = {setting.get("name"): setting for setting in [*current, *given]}
    return list(merged.values())


def describe_clusters(account: Account, parameters: Document) -> Document:
    """Describe clusters; unknown ones are failures (2.13)."""
    names = list(dict.fromkeys(parameters.get("clusters") or ["default"]))
    include = parameters.get("include", [])
    check_size(names, "clusters", MAX_DESCRIBED)
    for field in include:
        check_one_of(field, "include", FIELDS)
    found, failures = [], []
    for name in names:
        cluster = account.find_cluster(name)
        if cluster is None:
            arn = name if name.startswith("arn:") else account.arn(f"cluster/{name}")
            failures.append(failure(arn, "MISSING"))
        else:
            found.append(cluster_answer(cluster, include))
    return {"clusters": found, "failures": failures}


def list_clusters(account: Account, parameters: Document) -> Document:
    """List the clusters that are ACTIVE, in the order of their creation."""
    arns = [
        cluster.arn
        for cluster in account.clusters.values()
        if cluster.status is ClusterStatus.ACTIVE
    ]
    return paged_answer("clusterArns", *page(arns, parameters))


def update_cluster_settings(account: Account, parameters: Document) -> Document:
    """Set some of an ACTIVE cluster's settings; those that are not given stay as they are.

    Raises:
        ClusterNotFoundException: there is no such cluster, or it is not ACTIVE.
        InvalidParameterException: a setting's name or value is unknown.
    """
    cluster = active_cluster(account, parameters["cluster"])
    _check_settings(parameters["settings"])
    cluster.settings = _merge_settings(cluster.settings, parameters["settings"])
    return {"cluster": cluster_answer(cluster, SHOWN)}


def update_cluster(account: Account, parameters: Document) -> Document:
    """Change settings, the configuration of ECS Exec or the namespace of a cluster.

    What is not given stays as it is.

    Raises:
        ClusterNotFoundException: there is no such cluster, or it is not ACTIVE.
        InvalidParameterException: a setting's name or value is unknown.
    """
    cluster = active_cluster(account, parameters["cluster"])
    settings = parameters.get("settings", [])
    _check_settings(settings)
    _check_configuration(parameters.get("configuration", {}))
    cluster.settings = _merge_settings(cluster.settings, settings)
    cluster.configuration = parameters.get("configuration", cluster.configuration)
    cluster.service_connect_defaults = parameters.get(
        "serviceConnectDefaults", cluster.service_connect_defaults
    )
    return {"cluster": cluster_answer(cluster, SHOWN)}


def delete_cluster(account: Account, parameters: Document) -> Document:
    """Delete a cluster without instances, ACTIVE services, daemons, tasks; it stays as INACTIVE."""
    cluster = active_cluster(account, parameters["cluster"])
    if any(
        instance.is_registered and status_of(cluster.engine, instance.id) in REGISTERED
        for instance in cluster.instances.values()
    ):
        raise client_error(
            "ClusterContainsContainerInstancesException",
            "The Cluster cannot be deleted while Container Instances are active or draining.",
        )
    if any(service.status is ServiceStatus.ACTIVE for service in cluster.services.values()):
        raise client_error(
            "ClusterContainsServicesException",
            "The Cluster cannot be deleted while Services are active.",
        )
    if any(account.daemons.of_cluster(cluster.name)):
        raise client_error(
            "ClusterContainsServicesException",
            "The Cluster cannot be deleted while Daemons are active.",
        )
    if any(is_accounted(cluster, task) for task in cluster.tasks.values()):
        raise client_error(
            "ClusterContainsTasksException",
            "The Cluster cannot be deleted while Tasks are active.",
        )
    cluster.status = ClusterStatus.INACTIVE
    return {"cluster": cluster_answer(cluster, SHOWN)}
