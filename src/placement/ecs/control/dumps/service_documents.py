"""What documents say about services before records are made of them: to which service, and whether.

In: documents of services, service deployments and service revisions, records of tasks.  Out: which
service or deployment each belongs to, and why a service is not run.  Makes and changes no record.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from placement.documents.records import Record
from placement.ecs.control.dumps.description import Lists
from placement.ecs.control.dumps.providers import strategy_names
from placement.ecs.control.services.records import DeploymentRecord, RevisionRecord, ServiceRecord
from placement.ecs.control.task_records import TaskRecord
from placement.errors import describe_value

__all__ = ["by_service", "deployment_of", "is_classic", "why_kept"]


def by_service(lists: Lists) -> dict[str, list[Record]]:
    """Return service deployments and revisions by the ARN of their service."""
    found: dict[str, list[Record]] = {}
    for name, kind in (
        ("serviceRevisions", ":service-revision/"),
        ("serviceDeployments", ":service-deployment/"),
    ):
        for record in lists[name]:
            own = record.document.get(f"{name[:-1]}Arn")
            arn = record.document.get("serviceArn")
            if not isinstance(arn, str) and isinstance(own, str):
                arn = own.replace(kind, ":service/").rpartition("/")[0]
            found.setdefault(str(arn), []).append(record)
    return found


def why_kept(
    service: ServiceRecord, document: Mapping[str, Any], kept_providers: Collection[str]
) -> str | None:
    """Return why the model does not run a service whatever its deployments are; None: it does.

    ``kept_providers`` are capacity providers that are not modelled.
    """
    if service.controller != "ECS":
        return f"its deployment controller {service.controller} is not modelled (D8)"
    entries = document.get("deployments")
    primary = entries[0] if isinstance(entries, list) and entries else {}
    places = (document, primary if isinstance(primary, Mapping) else {})
    for name in strategy_names(document):
        if name in kept_providers:
            return f"its capacity provider {name} is not modelled"
    types = [one["launchType"] for one in places if one.get("launchType") is not None]
    known = ["EC2", "FARGATE", "EXTERNAL"]
    if any(strategy_names(document)):
        known.append("MANAGED_INSTANCES")
    for launch_type in types:
        if launch_type not in known:
            return f"launch type {describe_value(launch_type)} is not modelled"
    return None


def is_classic(revision: RevisionRecord) -> bool:
    """Return whether a deployment has a Classic Load Balancer (D18)."""
    return any(one.load_balancer_name for one in revision.load_balancers)


def deployment_of(service: ServiceRecord, task: TaskRecord) -> DeploymentRecord | None:
    """Return the deployment that started a task: by its id, else the newest of its definition."""
    for one in service.deployments:
        if one.id == task.settings.started_by:
            return one
    return next(
        (
            one
            for one in service.deployments
            if one.revision.definition.arn == task.settings.definition_arn
        ),
        None,
    )
