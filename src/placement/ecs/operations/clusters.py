"""Calls about clusters: create, describe, list, delete."""

from __future__ import annotations

import re
from typing import Any

from placement.ecs.account import Account
from placement.ecs.answers import REGISTERED, cluster_answer, is_accounted, status_of
from placement.ecs.checking import check_one_of, check_size, check_tags, invalid
from placement.ecs.errors import refused
from placement.ecs.pages import page
from placement.ecs.records import Document
from placement.errors import describe_value

__all__ = ["OPERATIONS"]

FIELDS = ("ATTACHMENTS", "CONFIGURATIONS", "SETTINGS", "STATISTICS", "TAGS")
INSIGHTS = ("enhanced", "enabled", "disabled")
LOGGING = ("NONE", "DEFAULT", "OVERRIDE")
MAX_DESCRIBED = 100
MAX_PROVIDERS = 20
MAX_WEIGHT = 1000
MAX_BASE = 100_000
NAME = re.compile(r"[A-Za-z0-9_-]{1,255}")
KEPT = ("configuration", "serviceConnectDefaults", "capacityProviders")


def create_cluster(account: Account, given: Document) -> Document:
    """Create a cluster; one of that name that is ACTIVE is returned as it is."""
    name = given.get("clusterName", "default")
    if not NAME.fullmatch(name):
        raise invalid(
            "Cluster name is 1 to 255 letters, numbers, underscores and hyphens, "
            f"not {describe_value(name)}."
        )
    _check_settings(given.get("settings", []))
    _check_providers(given)
    check_tags(given.get("tags", []))
    logging = given.get("configuration", {}).get("executeCommandConfiguration", {}).get("logging")
    if logging is not None:
        check_one_of(logging, "logging", LOGGING)
    known = account.find_cluster(name)
    if known is None or known.document["status"] != "ACTIVE":
        known = account.new_cluster(name)
        settings = {"containerInsights": "disabled"}
        settings |= {one["name"]: one["value"] for one in given.get("settings", [])}
        known.document = {
            "status": "ACTIVE",
            "tags": given.get("tags", []),
            "settings": [{"name": key, "value": value} for key, value in settings.items()],
            "defaultCapacityProviderStrategy": [
                {"weight": 0, "base": 0, **item}
                for item in given.get("defaultCapacityProviderStrategy", [])
            ],
            **{key: given[key] for key in KEPT if key in given},
        }
    return {"cluster": cluster_answer(known, ("CONFIGURATIONS", "SETTINGS", "TAGS"))}


def _check_settings(settings: list[Document]) -> None:
    for setting in settings:
        check_one_of(setting.get("name"), "Setting name", ("containerInsights",))
        check_one_of(setting.get("value"), "containerInsights", INSIGHTS)


def _check_providers(given: Document) -> None:
    """Refuse a default strategy that is not of the cluster's providers, or out of range."""
    providers = given.get("capacityProviders", [])
    strategy = given.get("defaultCapacityProviderStrategy", [])
    check_size(providers, "capacityProviders", MAX_PROVIDERS, least=0)
    check_size(strategy, "defaultCapacityProviderStrategy", MAX_PROVIDERS, least=0)
    for name in providers:
        if not NAME.fullmatch(name):
            raise invalid(f"{describe_value(name)} is no name of a capacity provider.")
    if len(set(providers)) < len(providers):
        raise invalid("A capacity provider is listed twice.")
    seen = set()
    for item in strategy:
        name = item["capacityProvider"]
        if name not in providers or name in seen:
            raise invalid(
                f"The strategy's capacity provider {describe_value(name)} is not associated "
                "with the cluster, or is listed twice."
            )
        seen.add(name)
        if not 0 <= item.get("weight", 0) <= MAX_WEIGHT or not 0 <= item.get("base", 0) <= MAX_BASE:
            raise invalid(f"weight is from 0 to {MAX_WEIGHT}, base from 0 to {MAX_BASE}.")
    if sum(item.get("base", 0) > 0 for item in strategy) > 1:
        raise invalid("Only one capacity provider of a strategy can have a base.")
    if strategy and not any(item.get("weight", 0) for item in strategy):
        raise invalid("A capacity provider strategy needs a weight greater than zero.")


def describe_clusters(account: Account, given: Document) -> Document:
    """Describe clusters; unknown ones are failures (2.13)."""
    names = list(dict.fromkeys(given.get("clusters") or ["default"]))
    include = given.get("include", [])
    check_size(names, "clusters", MAX_DESCRIBED)
    for field in include:
        check_one_of(field, "include", FIELDS)
    found, failures = [], []
    for name in names:
        cluster = account.find_cluster(name)
        if cluster is None:
            arn = name if name.startswith("arn:") else account.arn(f"cluster/{name}")
            failures.append({"arn": arn, "reason": "MISSING"})
        else:
            found.append(cluster_answer(cluster, tuple(include)))
    return {"clusters": found, "failures": failures}


def list_clusters(account: Account, given: Document) -> Document:
    """List the clusters that are ACTIVE, in the order of their creation."""
    arns = [
        cluster.arn
        for cluster in account.clusters.values()
        if cluster.document["status"] == "ACTIVE"
    ]
    found, token = page(arns, given)
    return {"clusterArns": found, **({"nextToken": token} if token else {})}


def delete_cluster(account: Account, given: Document) -> Document:
    """Delete a cluster that has neither instances nor tasks; it stays as INACTIVE."""
    cluster = account.cluster(given["cluster"])
    if any(
        instance.last is None and status_of(cluster.engine, instance.id) in REGISTERED
        for instance in cluster.instances.values()
    ):
        raise refused(
            "ClusterContainsContainerInstancesException",
            "The Cluster cannot be deleted while Container Instances are active or draining.",
        )
    if any(is_accounted(cluster, task) for task in cluster.tasks.values()):
        raise refused(
            "ClusterContainsTasksException",
            "The Cluster cannot be deleted while Tasks are active.",
        )
    cluster.document["status"] = "INACTIVE"
    return {"cluster": cluster_answer(cluster, ("CONFIGURATIONS", "SETTINGS", "TAGS"))}


OPERATIONS: dict[str, Any] = {
    "CreateCluster": create_cluster,
    "DeleteCluster": delete_cluster,
    "DescribeClusters": describe_clusters,
    "ListClusters": list_clusters,
}
