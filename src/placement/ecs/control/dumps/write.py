"""An account as one document (C30, C50).

In: an account, and a function that makes a call of one of its clients.  Out: what those calls
describe, joined, as plain JSON, which ``load`` and ``placement.Cluster.from_ecs`` read, and
``placementState`` beside it.  Knows the names of calls, not how they are answered.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from datetime import datetime
from typing import Any

from placement.ecs.control.account import Account
from placement.ecs.control.dumps.state_written import state_document
from placement.ecs.control.records import ClusterRecord, Document
from placement.ecs.control.services.statuses import ServiceStatus

__all__ = ["dump_account"]

Call = Callable[[str, str, Document], Document]
"""Makes a call: boto3's name of the service, the operation, its parameters.  Returns the answer."""

PAGE = 100
"""Instances or tasks that one call describes."""

SERVICES, RUNS = 10, 20
"""Services, and service deployments or revisions, that one call describes."""

PROVIDERS = 10
"""Capacity providers that one call describes."""

TARGETS = 400
"""Things that a page of elbv2 lists at most."""

ALL_OF_A_CLUSTER = ["ATTACHMENTS", "CONFIGURATIONS", "SETTINGS", "TAGS"]

OF_SESSIONS = (
    *("services", "serviceDeployments", "serviceRevisions", "LoadBalancers", "TargetGroups"),
    *("daemonTaskDefinitions", "daemons", "daemonDeployments", "daemonRevisions"),
    *("Listeners", "Rules", "TargetGroupAttributes", "TargetHealth", "MetricAlarms"),
    *("capacityProviders", "AutoScalingGroups", "Activities"),
    *("ScalableTargets", "ScalingPolicies", "ScheduledActions"),
)
"""Lists that are written only where there is something in them."""


def dump_account(account: Account, call: Call, clusters: Sequence[ClusterRecord]) -> Document:
    """Return what describe calls say of some clusters, and of all else, times as ISO texts."""
    document: Document = {
        name: []
        for name in ("clusters", "containerInstances", "tasks", "taskDefinitions", "protectedTasks")
    }
    document |= {name: [] for name in OF_SESSIONS}
    for cluster in clusters:
        _add_cluster(document, call, cluster)
        _add_services(document, call, cluster)
        _add_daemons(document, account, call, cluster)
    _sort_tasks(document, account)
    document["taskDefinitions"] = list(_definitions(call))
    _add_capacity(document, account, call)
    document["daemonTaskDefinitions"] = [
        call("ecs", "DescribeDaemonTaskDefinition", {"daemonTaskDefinition": one.definition.arn})[
            "daemonTaskDefinition"
        ]
        for family in account.daemons.families.values()
        for one in family
    ]
    _add_load_balancers(document, account, call)
    pages = _pages_of(call, "cloudwatch", "DescribeAlarms", {}, "NextToken")
    document["MetricAlarms"] = [one for page in pages for one in page["MetricAlarms"]]
    _add_scaling(document, call, {cluster.name for cluster in clusters})
    for name, kept in account.kept.items():
        document[name] = [*document.get(name, []), *kept]
    for name in OF_SESSIONS:
        if not document[name]:
            del document[name]
    document["placementState"] = state_document(account, clusters)
    plain: Document = as_json(document)
    return plain


def _add_cluster(document: Document, call: Call, cluster: ClusterRecord) -> None:
    chosen: Document = {"cluster": cluster.name}
    tagged: Document = {"include": ["TAGS"], **chosen}
    arns = list(_listed(call, "ListContainerInstances", "containerInstanceArns", chosen))
    tasks = [task.arn for task in cluster.tasks.values()]  # to list them page by page is slow
    healths = {  # of those alone of which it came in
        one.arn: {"healthStatus": one.extra["healthStatus"]}
        for one in cluster.instances.values()
        if "healthStatus" in one.extra
    }
    asked = {"include": ALL_OF_A_CLUSTER, "clusters": [cluster.name]}
    document["clusters"] += call("ecs", "DescribeClusters", asked)["clusters"]
    for page in _pages(arns, PAGE):
        asked = {"containerInstances": page, **tagged}
        answer = call("ecs", "DescribeContainerInstances", asked)
        document["containerInstances"] += [
            one | healths.get(one["containerInstanceArn"], {})
            for one in answer["containerInstances"]
        ]
    for page in _pages(tasks, PAGE):
        document["tasks"] += call("ecs", "DescribeTasks", {"tasks": page, **tagged})["tasks"]
    protections = call("ecs", "GetTaskProtection", chosen)["protectedTasks"]
    document["protectedTasks"] += [one for one in protections if one["protectionEnabled"]]


def _sort_tasks(document: Document, account: Account) -> None:
    """Put tasks into the order of their creation, over all clusters.

    Times of creation do not say it where several tasks started at one instant.  A task that is
    STOPPED comes after the one before it in its cluster.
    """
    numbers = {task.arn: number for number, task in account.live.items()}
    places: dict[str, int] = {}
    for cluster in account.clusters.values():
        place = 0
        for task in cluster.tasks.values():
            place = places[task.arn] = numbers.get(task.arn, place)
    document["tasks"].sort(key=lambda one: places[one["taskArn"]])


def _add_services(document: Document, call: Call, cluster: ClusterRecord) -> None:
    chosen = {"cluster": cluster.name}
    known = sorted(cluster.services.values(), key=lambda one: one.number)
    for page in _pages([one.arn for one in known], SERVICES):
        asked = {"services": page, "include": ["TAGS"], **chosen}
        document["services"] += call("ecs", "DescribeServices", asked)["services"]
    for service in known:
        if service.status is ServiceStatus.INACTIVE or service.kept is not None:
            continue  # the API describes neither deployments nor revisions of them
        for page in _pages([one.arn for one in service.service_deployments], RUNS):
            answer = call("ecs", "DescribeServiceDeployments", {"serviceDeploymentArns": page})
            document["serviceDeployments"] += answer["serviceDeployments"]
        for page in _pages([one.arn for one in service.revisions], RUNS):
            answer = call("ecs", "DescribeServiceRevisions", {"serviceRevisionArns": page})
            document["serviceRevisions"] += answer["serviceRevisions"]


def _add_capacity(document: Document, account: Account, call: Call) -> None:
    """Add capacity providers, but those of Fargate only where something uses them, and groups."""
    used = {name for cluster in account.clusters.values() for name in cluster.capacity_providers}
    names = [
        name
        for name, one in account.providers.items()
        if not one.is_fargate or one.is_loaded or name in used
    ]
    for page in _pages(names, PROVIDERS):
        asked = {"capacityProviders": page, "include": ["TAGS"]}
        answer = call("ecs", "DescribeCapacityProviders", asked)
        document["capacityProviders"] += answer["capacityProviders"]
    for name, operation in (
        ("AutoScalingGroups", "DescribeAutoScalingGroups"),
        ("Activities", "DescribeScalingActivities"),
    ):
        for answer in _pages_of(call, "autoscaling", operation, {"MaxRecords": 100}, "NextToken"):
            document[name] += answer[name]


def _add_daemons(document: Document, account: Account, call: Call, cluster: ClusterRecord) -> None:
    for daemon in account.daemons.of_cluster(cluster.name):
        answer = call("ecs", "DescribeDaemon", {"daemonArn": daemon.arn})
        document["daemons"].append(answer["daemon"])
        for page in _pages([one.arn for one in daemon.deployments], RUNS):
            answer = call("ecs", "DescribeDaemonDeployments", {"daemonDeploymentArns": page})
            document["daemonDeployments"] += answer["daemonDeployments"]
        for page in _pages([one.arn for one in daemon.revisions.values()], RUNS):
            answer = call("ecs", "DescribeDaemonRevisions", {"daemonRevisionArns": page})
            document["daemonRevisions"] += answer["daemonRevisions"]


def _add_load_balancers(document: Document, account: Account, call: Call) -> None:
    for name, operation in (
        ("LoadBalancers", "DescribeLoadBalancers"),
        ("TargetGroups", "DescribeTargetGroups"),
    ):
        pages = _pages_of(call, "elbv2", operation, {"PageSize": TARGETS}, "NextMarker", "Marker")
        document[name] = [one for page in pages for one in page[name]]
    for arn in account.elb.load_balancers:
        asked = {"LoadBalancerArn": arn}
        pages = _pages_of(call, "elbv2", "DescribeListeners", asked, "NextMarker", "Marker")
        document["Listeners"] += [one for page in pages for one in page["Listeners"]]
    for arn in account.elb.listeners:
        asked = {"ListenerArn": arn}
        pages = _pages_of(call, "elbv2", "DescribeRules", asked, "NextMarker", "Marker")
        document["Rules"] += [one for page in pages for one in page["Rules"]]
    for arn in account.elb.targets.groups:
        named = {"TargetGroupArn": arn}
        answer = call("elbv2", "DescribeTargetGroupAttributes", named)
        document["TargetGroupAttributes"].append({**named, "Attributes": answer["Attributes"]})
        health = call("elbv2", "DescribeTargetHealth", named)["TargetHealthDescriptions"]
        document["TargetHealth"].append({**named, "TargetHealthDescriptions": health})


def _add_scaling(document: Document, call: Call, clusters: Collection[str]) -> None:
    """Add scalable targets of services of these clusters, with what belongs to them."""
    asked = {"ServiceNamespace": "ecs"}
    for name, operation in (
        ("ScalableTargets", "DescribeScalableTargets"),
        ("ScalingPolicies", "DescribeScalingPolicies"),
        ("ScheduledActions", "DescribeScheduledActions"),
    ):
        pages = _pages_of(call, "application-autoscaling", operation, asked, "NextToken")
        document[name] = [
            one
            for page in pages
            for one in page[name]
            if one["ResourceId"].split("/")[1] in clusters
        ]


def _listed(call: Call, operation: str, field: str, parameters: Document) -> Iterator[str]:
    """Yield what a list call of ECS lists, page by page."""
    for page in _pages_of(call, "ecs", operation, parameters, "nextToken"):
        yield from page[field]


def _pages_of(
    call: Call, service: str, operation: str, parameters: Document, token: str, given: str = ""
) -> Iterator[Document]:
    """Yield the pages of a call; ``token`` is what it answers, ``given`` what it takes."""
    following: Document = {}
    while True:
        page = call(service, operation, {**parameters, **following})
        yield page
        if not page.get(token):
            return
        following = {given or token: page[token]}


def _pages(arns: list[str], size: int) -> Iterator[list[str]]:
    return (arns[at : at + size] for at in range(0, len(arns), size))


def _definitions(call: Call) -> Iterator[Document]:
    """Yield all task definitions of the account, each with its tags."""
    for status in ("ACTIVE", "INACTIVE"):
        listed = _listed(call, "ListTaskDefinitions", "taskDefinitionArns", {"status": status})
        for arn in listed:
            asked = {"taskDefinition": arn, "include": ["TAGS"]}
            answer = call("ecs", "DescribeTaskDefinition", asked)
            tags = answer.get("tags")
            yield answer["taskDefinition"] | ({"tags": tags} if tags else {})


def as_json(value: Any) -> Any:
    """Return a value of our own as plain JSON, times as ISO texts."""
    if isinstance(value, dict):
        return {key: as_json(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [as_json(item) for item in value]
    return value.isoformat() if isinstance(value, datetime) else value
