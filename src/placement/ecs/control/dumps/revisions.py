"""Load the revisions of a service, and make those that its deployments only imply (S3.2.7).

In: what DescribeServiceRevisions prints, entries of ``deployments``.  Out: revision records, and
the requests of their tasks.  The ARN of a revision ends with the digits of its deployment's id
(S2.5).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import attrs

from placement.documents.records import Record
from placement.ecs.control.account import Account
from placement.ecs.control.capacity.providers import ProviderKind, strategy_launch_type
from placement.ecs.control.dumps.description import EARLIEST
from placement.ecs.control.dumps.fields import Fields
from placement.ecs.control.dumps.providers import checked_strategy
from placement.ecs.control.networks import network_of
from placement.ecs.control.services.bindings import load_balancer_bindings
from placement.ecs.control.services.changes import deployment_request
from placement.ecs.control.services.records import (
    LoadBalancerBinding,
    RevisionRecord,
    ServiceRecord,
)
from placement.ecs.control.task_requests import TaskRequest
from placement.errors import DocumentError
from placement.model.checks import checked_text

__all__ = ["Revisions", "bindings_from"]

STORED = (
    "networkConfiguration",
    "serviceRegistries",
    "serviceConnectConfiguration",
    "volumeConfigurations",
    "vpcLatticeConfigurations",
    "monitoring",
)
"""What of a document a revision stores as it came."""

OF_SERVICE = ("networkConfiguration", "serviceRegistries")
"""What of it is shown by the service itself, for its PRIMARY deployment."""


class Revisions:
    """The revisions of one service.

    Args:
        account: The account.
        service: The service.
        whole: The document of the service, which shows what its PRIMARY revision has.
        path: Where that stands.
        about: The documents of its revisions and service deployments.
        keep: Keeps a document that cannot be read into a record.
    """

    def __init__(
        self,
        account: Account,
        service: ServiceRecord,
        whole: Mapping[str, Any],
        path: str,
        about: list[Record],
        keep: Callable[[Record], None],
    ) -> None:
        self._account = account
        self._service = service
        self._document = whole
        self._whole = Fields(whole, path)
        self._by_arn: dict[str, RevisionRecord] = {}
        for record in about:
            if record.path.startswith("serviceRevisions"):
                revision = self._from_document(record)
                if revision is None:
                    keep(record)
                else:
                    self._by_arn[revision.arn] = revision

    def find(self, arn: str) -> RevisionRecord | None:
        """Return the revision of an ARN, None if it is not known."""
        return self._by_arn.get(arn)

    def newest_first(self) -> list[RevisionRecord]:
        """Return all revisions, those without a time of creation last."""
        known = list(self._by_arn.values())
        return sorted(known, key=lambda one: one.created_at or EARLIEST, reverse=True)

    def _from_document(self, record: Record) -> RevisionRecord | None:
        """Return a described revision; None where its task definition is not there."""
        path, document = record
        fields = Fields(document, path)
        arn = checked_text(document.get("serviceRevisionArn"), f"{path}.serviceRevisionArn")
        name = checked_text(document.get("taskDefinition"), f"{path}.taskDefinition")
        definition = self._account.find_definition(name)
        if definition is None:
            why = f"no document describes its task definition {name}"
            self._account.note(arn, "is kept", why)
            return None
        strategy = checked_strategy(fields)
        bindings = bindings_from(fields)
        launch_type = _given_launch_type(fields)
        created_at = fields.time("createdAt")
        platform = fields.text("platformVersion")
        stored = _stored(fields, document)
        fields.skip("serviceRevisionArn", "serviceArn", "clusterArn", "taskDefinition")
        fields.skip("loadBalancers")
        further = fields.rest() | _loaded(fields)
        return RevisionRecord(
            arn,
            created_at,
            definition,
            None if strategy else launch_type or "EC2",
            tuple(strategy),
            platform,
            bindings,
            stored,
            further,
            self._is_managed(strategy),
        )

    def of_deployment(
        self, id: str, entry: Mapping[str, Any], path: str, *, is_primary: bool
    ) -> RevisionRecord:
        """Return the revision of an entry of ``deployments``; made of it, if none is described.

        Raises:
            DocumentError: the entry has not the form that ECS gives it.
        """
        service, account = self._service, self._account
        digits = id.rpartition("/")[2]
        arn = account.arn(f"service-revision/{service.cluster.name}/{service.name}/{digits}")
        known = self._by_arn.get(arn)
        whole = self._whole
        fields = Fields(entry, path)
        platform = whole.text("platformVersion") if is_primary else None
        loaded = _loaded(fields)
        if is_primary:
            loaded |= _loaded(whole)
        if known is not None:
            if is_primary and (platform is not None or loaded):
                version = known.platform_version if platform is None else platform
                extra = {**known.extra, **loaded}
                known = attrs.evolve(known, platform_version=version, extra=extra)
                self._by_arn[arn] = known
            return known
        definition = account.find_definition(
            checked_text(entry.get("taskDefinition"), f"{path}.taskDefinition")
        )
        if definition is None:
            raise DocumentError("no document describes this task definition", path)
        strategy = checked_strategy(fields)
        if not strategy and is_primary and fields.text("launchType") is None:
            strategy = checked_strategy(whole)
        launch_type = _given_launch_type(fields) or _given_launch_type(whole) or "EC2"
        stored = _stored(fields, entry)
        if is_primary:
            shown = _stored(whole, self._document)
            stored |= {name: shown[name] for name in OF_SERVICE if name in shown}
        made = RevisionRecord(
            arn,
            fields.time("createdAt"),
            definition,
            None if strategy else launch_type,
            tuple(strategy),
            platform or fields.text("platformVersion"),
            bindings_from(whole),
            stored,
            loaded,
            is_managed=self._is_managed(strategy),
        )
        self._by_arn[arn] = made
        return made

    def _is_managed(self, strategy: Sequence[Mapping[str, Any]]) -> bool:
        """Return whether a strategy is one of Managed Instances."""
        kind = strategy_launch_type(self._account.providers, strategy)
        return kind == ProviderKind.MANAGED_INSTANCES

    def request(self, revision: RevisionRecord, id: str, path: str) -> TaskRequest:
        """Return what the tasks of a deployment are started with.

        Raises:
            DocumentError: the network configuration does not go with the task definition.
        """
        try:
            network = network_of(
                revision.document.get("networkConfiguration"),
                revision.definition.document.get("networkMode"),
                self._account.subnets,
            )
            return deployment_request(self._service, revision, id, network)
        except DocumentError as error:
            raise DocumentError(error.message, f"{path}.{error.path}") from None


def _given_launch_type(fields: Fields) -> str | None:
    """Return the launch type of a document; that of Managed Instances is said by the strategy."""
    given = fields.text("launchType")
    return None if given == ProviderKind.MANAGED_INSTANCES else given


def _loaded(fields: Fields) -> dict[str, Any]:
    """Return what else is printed of a revision, and what it would not follow from alone (C50).

    ``platformFamily`` follows from the task definition on Fargate only; ``launchType`` beside a
    strategy is printed for Managed Instances.
    """
    family, launch_type = fields.text("platformFamily"), fields.text("launchType")
    found = {} if family is None else {"platformFamily": family}
    if launch_type is not None and fields.items("capacityProviderStrategy"):
        found["launchType"] = launch_type
    return found


def _stored(fields: Fields, document: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a revision stores; empty lists and objects are as good as nothing."""
    for name in ("serviceConnectConfiguration", "monitoring"):
        fields.object(name)
    _check_network(fields)
    for name in ("serviceRegistries", "volumeConfigurations", "vpcLatticeConfigurations"):
        fields.objects(name)
    return {name: document[name] for name in STORED if document.get(name)}


def _check_network(fields: Fields) -> None:
    """Check the types of ``networkConfiguration``; values are checked where they are used.

    Raises:
        DocumentError: it has not the form that ECS gives it.
    """
    path = f"{fields.path}.networkConfiguration"
    network = Fields(fields.object("networkConfiguration") or {}, path)
    given = Fields(network.object("awsvpcConfiguration") or {}, f"{path}.awsvpcConfiguration")
    given.text("assignPublicIp")
    for name in ("subnets", "securityGroups"):
        given.texts(name)


def bindings_from(fields: Fields) -> tuple[LoadBalancerBinding, ...]:
    """Return ``loadBalancers`` of a document as bindings.

    Raises:
        DocumentError: an item has not the form that ECS gives it.
    """
    items = []
    for one, here in fields.with_paths("loadBalancers"):
        item = Fields(one, here)
        for name in ("containerName", "targetGroupArn", "loadBalancerName"):
            item.text(name)
        item.number("containerPort")
        advanced = Fields(item.object("advancedConfiguration") or {}, here)
        for name in (
            "alternateTargetGroupArn",
            "productionListenerRule",
            "testListenerRule",
            "roleArn",
        ):
            advanced.text(name)
        items.append(one)
    return load_balancer_bindings(items)
