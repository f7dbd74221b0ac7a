"""DescribeServices, ListServices and ListServicesByNamespace (S2.3).

In: an account and the parameters of a call.  Out: documents and ARNs of services; nothing changes.
"""

from __future__ import annotations

from placement.aws.client import FreshAnswer
from placement.ecs.calls.ecs.answers import failure, paged_answer
from placement.ecs.calls.ecs.checking import check_one_of, check_size, invalid
from placement.ecs.calls.ecs.lookups import active_cluster
from placement.ecs.calls.ecs.pages import page
from placement.ecs.calls.ecs.services.answers import service_answer
from placement.ecs.calls.ecs.services.checks import LAUNCH_TYPES, SCHEDULING
from placement.ecs.control.account import Account
from placement.ecs.control.records import Document
from placement.ecs.control.services.records import ServiceRecord
from placement.ecs.control.services.statuses import ServiceStatus

__all__ = ["describe_services", "list_services", "list_services_by_namespace"]

MAX_DESCRIBED = 10
PAGE = 10
"""Services in a page where the call does not say how many."""


def describe_services(account: Account, parameters: Document) -> Document:
    """Describe services; unknown ones are failures, and repeated names are described once (D13).

    Raises:
        ClusterNotFoundException: there is no such cluster.
        InvalidParameterException: there are none or more than 10, or ``include`` is wrong.
    """
    cluster = active_cluster(account, parameters.get("cluster"))
    names = list(dict.fromkeys(parameters["services"]))
    check_size(names, "services", MAX_DESCRIBED)
    include = parameters.get("include", ())
    for value in include:
        if value != "TAGS":
            raise invalid("include should be one of [TAGS]")
    found: dict[int, Document] = {}
    missing = []
    for name in names:
        service = account.find_service(cluster, name)
        if service is None:
            missing.append(failure(account.arn_in_cluster("service", cluster, name), "MISSING"))
        elif service.number not in found:  # a name and the ARN of the same service
            found[service.number] = service_answer(service, tags="TAGS" in include)
    return FreshAnswer(services=list(found.values()), failures=missing)


def list_services(account: Account, parameters: Document) -> Document:
    """Return the ARNs of the services that are ACTIVE, in the order of creation, a page (D14).

    Raises:
        ClusterNotFoundException: there is no such cluster.
        InvalidParameterException: a filter has a wrong value, or the page is none.
    """
    cluster = active_cluster(account, parameters.get("cluster"))
    if parameters.get("launchType", "EC2") not in LAUNCH_TYPES:
        raise invalid(f"launch type should be one of [{','.join(LAUNCH_TYPES)}]")
    if parameters.get("schedulingStrategy", "REPLICA") not in SCHEDULING:
        raise invalid(f"Scheduling strategy should be one of [{','.join(SCHEDULING)}]")
    managed = parameters.get("resourceManagementType", "CUSTOMER")
    check_one_of(managed, "resourceManagementType", ("CUSTOMER", "ECS"))
    arns = [
        one.arn
        for one in cluster.services.values()
        if one.status is ServiceStatus.ACTIVE
        and one.scheduling == parameters.get("schedulingStrategy", one.scheduling)
        and one.launch_type == parameters.get("launchType", one.launch_type)
        and managed == "CUSTOMER"
    ]
    return paged_answer("serviceArns", *page(arns, parameters, usual=PAGE))


def list_services_by_namespace(account: Account, parameters: Document) -> Document:
    """Return the ARNs of the services of a Service Connect namespace, by creation, a page.

    ``namespace`` is a name or an ARN, compared with what the services of all clusters give.

    Raises:
        InvalidParameterException: the page is none.
    """
    namespace = parameters["namespace"]
    arns = [
        one.arn
        for one in sorted(account.services.values(), key=lambda one: one.number)
        if one.status is ServiceStatus.ACTIVE and _namespace(one) == namespace
    ]
    return paged_answer("serviceArns", *page(arns, parameters, usual=PAGE))


def _namespace(service: ServiceRecord) -> str | None:
    """Return the namespace of a service, that of its cluster if it gives none."""
    primary = service.primary
    document = service.document if primary is None else primary.revision.document
    connect = document.get("serviceConnectConfiguration")
    if not connect or not connect["enabled"]:
        return None
    defaults = service.cluster.service_connect_defaults or {}
    found: str | None = connect.get("namespace", defaults.get("namespace"))
    return found
