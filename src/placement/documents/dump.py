"""A whole cluster as one document: its lists, where each element came from, its ARNs.

In: what commands of the AWS CLI printed about one cluster, in one object or in several.  Out: a
``ClusterDump`` with the elements of each list, not yet read, or ``DocumentError``; the task
definitions among them by ARN; and the element of ``clusters`` that describes a cluster.  Does not
know how an instance or a task is read.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

import attrs

from placement.arns import DEFAULT_ACCOUNT, DEFAULT_REGION, ecs_arn
from placement.documents.fields import listed, mapping, type_name
from placement.documents.forms import bare_list, refuse_other_forms
from placement.errors import DocumentError, describe_value
from placement.model.checks import is_several

__all__ = [
    "DUMP_LISTS",
    "SESSION_LISTS",
    "STATE",
    "ArnBuilder",
    "ClusterDump",
    "DumpList",
    "DumpPart",
    "bare_parts",
    "cluster_to_ecs",
    "dump_parts",
    "holds_lists",
    "split_document",
    "split_session",
]

Document = dict[str, Any]


@attrs.frozen
class DumpList:
    """What is known of one list of a dump.

    Attributes:
        command: The command of the AWS CLI whose output holds the list.
        arn: The field of an element that holds its own ARN; None if an element has none.
        single: The field in which the command prints one element instead of a list of them.
        page: The field by which a page of the command is known that is an element by itself, once
            it carries the key ``TargetGroupArn`` (C50).
    """

    command: str
    arn: str | None
    single: str | None = None
    page: str | None = None


DUMP_LISTS: Mapping[str, DumpList] = MappingProxyType(
    {
        "containerInstances": DumpList("describe-container-instances", "containerInstanceArn"),
        "tasks": DumpList("describe-tasks", "taskArn"),
        "taskDefinitions": DumpList(
            "describe-task-definition", "taskDefinitionArn", single="taskDefinition"
        ),
        "protectedTasks": DumpList("get-task-protection", None),
        "clusters": DumpList("describe-clusters", "clusterArn"),
    }
)
"""The lists of a cluster's dump by name.  Only ``containerInstances`` must be there."""

_ELBV2, _SCALING = "elbv2 ", "application-autoscaling "

SESSION_LISTS: Mapping[str, DumpList] = MappingProxyType(
    {
        **DUMP_LISTS,
        "services": DumpList("describe-services", "serviceArn"),
        "serviceDeployments": DumpList("describe-service-deployments", "serviceDeploymentArn"),
        "serviceRevisions": DumpList("describe-service-revisions", "serviceRevisionArn"),
        "daemonTaskDefinitions": DumpList(
            "describe-daemon-task-definition",
            "daemonTaskDefinitionArn",
            single="daemonTaskDefinition",
        ),
        "daemons": DumpList("describe-daemon", "daemonArn", single="daemon"),
        "daemonDeployments": DumpList("describe-daemon-deployments", "daemonDeploymentArn"),
        "daemonRevisions": DumpList("describe-daemon-revisions", "daemonRevisionArn"),
        "LoadBalancers": DumpList(f"{_ELBV2}describe-load-balancers", "LoadBalancerArn"),
        "TargetGroups": DumpList(f"{_ELBV2}describe-target-groups", "TargetGroupArn"),
        "Listeners": DumpList(f"{_ELBV2}describe-listeners", "ListenerArn"),
        "Rules": DumpList(f"{_ELBV2}describe-rules", "RuleArn"),
        "TargetGroupAttributes": DumpList(
            f"{_ELBV2}describe-target-group-attributes", "TargetGroupArn", page="Attributes"
        ),
        "TargetHealth": DumpList(
            f"{_ELBV2}describe-target-health", "TargetGroupArn", page="TargetHealthDescriptions"
        ),
        "MetricAlarms": DumpList("cloudwatch describe-alarms", "AlarmArn"),
        "CompositeAlarms": DumpList("cloudwatch describe-alarms", "AlarmArn"),
        "LogAlarms": DumpList("cloudwatch describe-alarms", "AlarmArn"),
        "capacityProviders": DumpList("describe-capacity-providers", "capacityProviderArn"),
        "AutoScalingGroups": DumpList(
            "autoscaling describe-auto-scaling-groups", "AutoScalingGroupARN"
        ),
        "AutoScalingInstances": DumpList("autoscaling describe-auto-scaling-instances", None),
        "Activities": DumpList("autoscaling describe-scaling-activities", None),
        "ScalableTargets": DumpList(f"{_SCALING}describe-scalable-targets", "ScalableTargetARN"),
        "ScalingPolicies": DumpList(f"{_SCALING}describe-scaling-policies", "PolicyARN"),
        "ScheduledActions": DumpList(f"{_SCALING}describe-scheduled-actions", "ScheduledActionARN"),
    }
)
"""The lists of a session's dump by name (C30, C50); none of them must be there."""


@attrs.frozen
class DumpPart:
    """Elements of one list that stand together in one document.

    Attributes:
        name: The list, a key of ``SESSION_LISTS``.
        elements: Its elements; container instances may come as an iterator, which is read once.
        path: Path of the list in its document; of the element itself if ``single``.
        file: The name of the file that holds the document; empty if there is none.
        single: Whether there is one element, in a field of its own.
    """

    name: str
    elements: Iterable[Any]
    path: str
    file: str = ""
    single: bool = False


@attrs.frozen
class ClusterDump:
    """The documents that describe one cluster.

    Attributes:
        parts: The parts of all lists, in the order in which they were given.
        path: Path of the list of container instances in errors; empty for a bare list of them.
        reports_stopping: Whether what instances report as taken includes the shares of tasks that
            are stopping: a document of ``Cluster.to_ecs`` says so (C10).
    """

    parts: Sequence[DumpPart]
    path: str = "containerInstances"
    reports_stopping: bool = False

    def elements(self, name: str) -> Iterable[Any]:
        """Return the elements of a list of ``SESSION_LISTS``, all parts joined."""
        found = [part.elements for part in self.parts if part.name == name]
        if len(found) == 1:
            return found[0]
        return [one for elements in found for one in elements]

    def origin(self, path: str) -> tuple[str, str] | None:
        """Return the file, and the path in it, of a place in the joined lists.

        Args:
            path: Such as ``tasks[3].taskArn``.

        Returns None for a path that is not inside an element.  Every list must be a sequence.
        """
        found = _ELEMENT.fullmatch(path)
        if found is None:
            return None
        number = int(found[2])
        for part in self.parts:
            if part.name != found[1] or not isinstance(part.elements, Sequence):
                continue
            if number < len(part.elements):
                here = part.path if part.single else f"{part.path}[{number}]"
                return part.file, f"{here}{found[3]}"
            number -= len(part.elements)
        return None


_ELEMENT = re.compile(rf"({'|'.join(SESSION_LISTS)})\[([0-9]{{1,18}})\](.*)", re.DOTALL)


def split_document(document: Any) -> ClusterDump:
    """Return the lists of a document about a cluster.

    ``document`` is an object with ``containerInstances`` and perhaps other lists of ``DUMP_LISTS``;
    or a list of such objects, each with one or more of these (or with a single
    ``taskDefinition``, as describe-task-definition prints it); or a list or any iterable of
    instance documents.

    Raises:
        DocumentError: it is nothing of that kind, or a list is none.
    """
    if bare_list(document) is not None and not holds_lists(document):
        return ClusterDump(bare_parts([document], "", is_list=False))
    if isinstance(document, Mapping):
        refuse_other_forms(document)
        listed(document, "containerInstances", "")
        reports = _reports_stopping(document, "")
        return ClusterDump(dump_parts(document, ""), reports_stopping=reports)
    if isinstance(document, list) and any(map(holds_lists, document)):
        pages = [dump_parts(page, f"[{number}]") for number, page in enumerate(document)]
        flags = [_reports_stopping(page, f"[{number}].") for number, page in enumerate(document)]
        parts = [part for page in pages for part in page]
        return ClusterDump(parts, reports_stopping=any(flags))
    if isinstance(document, list):
        refuse_other_forms(document)
        if any(bare_list(one) not in (None, "containerInstances") for one in document):
            return ClusterDump(bare_parts(document, "", is_list=True))
    if not is_several(document):
        command = DUMP_LISTS["containerInstances"].command
        message = f"expected a document of {command}, not {type_name(document)}"
        raise DocumentError(message, "")
    return ClusterDump([DumpPart("containerInstances", document, "")], path="")


def bare_parts(records: Sequence[Any], file: str, *, is_list: bool) -> list[DumpPart]:
    """Return records that come without the name of their list, a part for each.

    Args:
        records: The records; what names itself in no way is taken for a container instance, which
            says what it lacks.
        file: The name of the file that holds them.
        is_list: Whether they are the elements of a list, or one record is the whole document.
    """
    return [
        DumpPart(
            bare_list(record) or "containerInstances",
            [record],
            f"[{number}]" if is_list else "",
            file,
            single=True,
        )
        for number, record in enumerate(records)
    ]


def _reports_stopping(document: Mapping[str, Any], inside: str) -> bool:
    """Return whether a document says that its reports include stopping tasks (C10)."""
    release = document.get("release")
    if release not in (None, "desired_status", "last_status"):
        message = f"expected desired_status or last_status, not {describe_value(release)}"
        raise DocumentError(message, f"{inside}release")
    return bool(release == "last_status")


def split_session(document: Any) -> tuple[ClusterDump, Mapping[str, Any]]:
    """Return the lists of documents about an account, and ``placementState`` (empty: none).

    ``document`` is an object with lists of ``SESSION_LISTS``, or a list of such objects, as
    ``split_document`` takes them; or a bare list or iterable of instance documents.

    Raises:
        DocumentError: it is nothing of that kind, or a list is none.
    """
    names = SESSION_LISTS.keys()
    if isinstance(document, Mapping) and (holds_lists(document, names) or STATE in document):
        return ClusterDump(dump_parts(document, "", names=names)), mapping(
            document.get(STATE), STATE
        )
    if isinstance(document, list) and any(holds_lists(one, names) for one in document):
        pages = [
            dump_parts(page, f"[{number}]", names=names) for number, page in enumerate(document)
        ]
        states = [
            mapping(page.get(STATE), f"[{number}].{STATE}")
            for number, page in enumerate(document)
            if page.get(STATE) is not None
        ]
        if len(states) > 1:
            raise DocumentError(f"expected one {STATE}, not {len(states)}", STATE)
        return ClusterDump([part for page in pages for part in page]), states[0] if states else {}
    return split_document(document), {}


STATE = "placementState"
"""The section of a session's dump for what no describe call prints (C50)."""


def holds_lists(document: Any, names: Collection[str] = DUMP_LISTS.keys()) -> bool:
    """Return whether a document is an object with one of the named lists, or one element of it."""
    if not isinstance(document, Mapping):
        return False
    keys = [
        key
        for name in names
        for key in (name, SESSION_LISTS[name].single, SESSION_LISTS[name].page)
        if key is not None
    ]
    return any(key in document for key in keys)


def dump_parts(
    document: Any, path: str, file: str = "", names: Collection[str] = DUMP_LISTS.keys()
) -> list[DumpPart]:
    """Return the named lists of one object, an element in a field of its own after its list.

    Args:
        document: The object.
        path: Its path in its file; empty for the whole file.
        file: The name of the file, for ``ClusterDump.origin``.
        names: The lists to return, keys of ``SESSION_LISTS``.

    Raises:
        DocumentError: it is no object, or one of the lists is none.
    """
    if not isinstance(document, Mapping):
        raise DocumentError(f"expected an object, not {type_name(document)}", path)
    inside = f"{path}." if path else ""
    parts = []
    for name in names:
        if document.get(name) is not None:
            elements = listed(document, name, inside)
            parts.append(DumpPart(name, elements, f"{inside}{name}", file))
        single = SESSION_LISTS[name].single
        if single is not None and document.get(single) is not None:
            parts.append(DumpPart(name, [document[single]], f"{inside}{single}", file, single=True))
        page = SESSION_LISTS[name].page
        if page is not None and document.get(page) is not None:
            parts.append(DumpPart(name, [document], path, file, single=True))
    return parts


# Writing

_INSTANCE_PREFIX = re.compile(r"(arn:[^:/]*:ecs:[^:/]*:[^:/]*:)container-instance/(?:([^/]+)/)?")


class ArnBuilder:
    """ARNs of a cluster's resources, as far as the ARNs of its instances determine them.

    Args:
        prefixes: The ARNs of its instances without their last parts; empty texts for bare ids.

    Attributes:
        start: What every ARN begins with: partition, region, account.
        cluster: The cluster's name; None if no instance names it, or they name several.
    """

    def __init__(self, prefixes: Iterable[str]) -> None:
        found = [_INSTANCE_PREFIX.fullmatch(prefix) for prefix in sorted(set(prefixes))]
        known = [one for one in found if one is not None]
        self.start: str = known[0][1] if known else ecs_arn(DEFAULT_REGION, DEFAULT_ACCOUNT, "")
        names = {one[2] for one in known}
        self.cluster: str | None = names.pop() if len(names) == 1 else None

    def arn(self, resource: str) -> str:
        """Return the ARN of a resource such as ``cluster/prod``."""
        return self.start + resource

    def task(self, id: str) -> str:
        """Return the ARN of a task."""
        return self.arn(f"task/{self.cluster}/{id}" if self.cluster else f"task/{id}")


def cluster_to_ecs(
    arns: ArnBuilder, instances: Sequence[Document], tasks: Sequence[Document]
) -> list[Document]:
    """Return the elements of ``clusters``: one, or none where the cluster's name is not known.

    Args:
        arns: Its ARNs.
        instances: The documents of its container instances.
        tasks: The documents of its tasks.
    """
    if arns.cluster is None:
        return []
    document = {
        "clusterArn": arns.arn(f"cluster/{arns.cluster}"),
        "clusterName": arns.cluster,
        "status": "ACTIVE",
        "registeredContainerInstancesCount": len(instances),
        "runningTasksCount": sum(one["lastStatus"] == "RUNNING" for one in tasks),
        "pendingTasksCount": sum(one["lastStatus"] == "PENDING" for one in tasks),
        "activeServicesCount": 0,
    }
    return [document]
