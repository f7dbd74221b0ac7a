"""Load Auto Scaling groups from what DescribeAutoScalingGroups prints; make those only named (C50).

In: documents of groups, of their instances and activities, and the clusters and providers of an
account.  Out: groups whose instances are linked with container instances, and providers linked with
groups.  A group with something that would change a decision and is not modelled is kept as it came
(C48); who its instances belong to is then what their own documents say.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from placement.arns import aws_arn
from placement.documents.problems import Problems
from placement.ecs.control.account import Account
from placement.ecs.control.capacity.groups import (
    Activity,
    ActivityStatus,
    GroupInstanceRecord,
    GroupRecord,
    LifecycleState,
)
from placement.ecs.control.capacity.providers import ProviderRecord
from placement.ecs.control.dumps.description import Lists
from placement.ecs.control.dumps.fields import Fields
from placement.ecs.control.dumps.group_settings import (
    policy_from,
    template_from,
    why_group_kept,
    zones_from,
)
from placement.ecs.control.records import ClusterRecord, InstanceRecord
from placement.errors import DocumentError, describe_value
from placement.model.checks import checked_text
from placement.timestamps import microseconds

__all__ = ["GroupLoader"]

LIST, INSTANCES, ACTIVITIES = "AutoScalingGroups", "AutoScalingInstances", "Activities"

LARGEST = 1_000_000
"""The largest size of a group."""

_STATES = {
    **{one.value: one for one in LifecycleState},
    "Pending:Wait": LifecycleState.PENDING,
    "Pending:Proceed": LifecycleState.PENDING,
    "Terminating:Proceed": LifecycleState.TERMINATING,
}
"""States of instances that count for their group; in others they are only shown."""

_OF_RECORD = (
    "AutoScalingGroupName",
    "AutoScalingGroupARN",
    "MinSize",
    "MaxSize",
    "DesiredCapacity",
    "AvailabilityZones",
    "Instances",
    "CreatedTime",
    "NewInstancesProtectedFromScaleIn",
)
"""Fields of a group that its record has."""

Home = tuple[ClusterRecord, InstanceRecord]


class GroupLoader:
    """Loads groups.

    Args:
        account: A new account; its clusters and providers are loaded.
        problems: Takes records that cannot be read.
    """

    def __init__(self, account: Account, problems: Problems) -> None:
        self._account = account
        self._problems = problems
        self._kept: set[str] = set()
        """Names and ARNs of groups that are kept as they came."""
        self._hosts: dict[str, Home] = {}
        """Registered container instances by the id of their EC2 instance."""
        for cluster in account.clusters.values():
            for record in cluster.instances.values():
                if record.is_registered:
                    id = cluster.engine.describe(record.id).ec2_instance_id
                    self._hosts.setdefault(id or record.id, (cluster, record))

    def load(self, lists: Lists, made: list[ProviderRecord]) -> None:
        """Add groups; ``made`` are providers that no document describes."""
        for path, document in lists[LIST]:
            with self._problems.of_record(path):
                self._load_one(document, path)
        self._add_strangers(lists)
        for provider in self._account.providers.values():
            if provider in made:
                self._make(provider, provider.name)
            elif provider.group_arn is not None and not provider.is_gone:
                self._link(provider, provider.group_arn)
        for path, document in lists[ACTIVITIES][::-1]:
            with self._problems.of_record(path):
                self._add_activity(document, path)

    def _load_one(self, document: dict[str, Any], path: str) -> None:
        account = self._account
        name = checked_text(document.get("AutoScalingGroupName"), f"{path}.AutoScalingGroupName")
        if name in account.groups or name in self._kept:
            raise DocumentError(f"group {describe_value(name)} is listed twice", path)
        why = why_group_kept(document)
        fields = Fields(document, path)
        arn = fields.text("AutoScalingGroupARN") or self._arn(name)
        if why is not None:
            self._kept |= {name, arn}
            account.kept.setdefault(LIST, []).append(document)
            account.note(arn, "is kept", why)
            return
        minimum, maximum = fields.count("MinSize", 0), fields.count("MaxSize", 0)
        desired = fields.count("DesiredCapacity", minimum)
        if not minimum <= desired <= maximum <= LARGEST:
            message = f"expected MinSize <= DesiredCapacity <= MaxSize <= {LARGEST}"
            raise DocumentError(message, path)
        machines = template_from(fields)
        group = GroupRecord(
            name,
            arn,
            fields.time("CreatedTime") or account.time.datetime,
            minimum,
            maximum,
            desired,
            zones_from(account, fields),
            machines.types,
            machines.template,
            machines.shown,
            policy=policy_from(fields),
            protects_new=fields.flag("NewInstancesProtectedFromScaleIn") or False,
        )
        group.is_leaving = fields.text("Status") == "Delete in progress"
        shown = {key: value for key, value in document.items() if key not in _OF_RECORD}
        if group.is_leaving:
            del shown["Status"]
        group.document = shown
        others = []
        for one, here in fields.with_paths("Instances"):
            if not self._add_instance(group, one, here):
                others.append(one)
        group.others = tuple(others)
        if not group.zones:
            group.zones = _zones_of(group.instances.values())
        account.groups[name] = group

    def _arn(self, name: str) -> str:
        account = self._account
        resource = f"autoScalingGroup:{account.new_uuid()}:autoScalingGroupName/{name}"
        return aws_arn("autoscaling", account.region, account.account_id, resource)

    # Instances

    def _add_instance(self, group: GroupRecord, document: Mapping[str, Any], path: str) -> bool:
        """Add an instance to a group; return whether its state is one that counts."""
        fields = Fields(document, path)
        id = checked_text(document.get("InstanceId"), f"{path}.InstanceId")
        fields.skip("InstanceId", "AutoScalingGroupName", "LaunchTemplate")
        if id in group.instances:
            raise DocumentError(f"instance {describe_value(id)} is listed twice", path)
        state = _STATES.get(fields.text("LifecycleState", LifecycleState.IN_SERVICE))
        template = document.get("LaunchTemplate")
        if template is not None:
            fields.object("LaunchTemplate")
        record = GroupInstanceRecord(
            id,
            fields.text("AvailabilityZone", ""),
            fields.text("InstanceType", ""),
            self._account.time.now,
            group.configuration,
            template,
            state or LifecycleState.IN_SERVICE,
            is_protected=fields.flag("ProtectedFromScaleIn") or False,
            is_healthy=fields.text("HealthStatus", "Healthy").lower() == "healthy",
        )
        record.extra = fields.rest()
        if state is not None:
            group.instances[id] = record
            self._settle(group, record)
        return state is not None

    def _settle(self, group: GroupRecord, one: GroupInstanceRecord) -> None:
        """Link an instance with its container instance; its launch is at latest then (C50)."""
        home = self._hosts.get(one.id)
        if home is None or home[1].group_instance is not None:
            return
        cluster, record = home
        one.cluster, one.container_instance = cluster.name, record.id
        one.launched_at = min(one.launched_at, microseconds(record.registered_at))
        if one.state is LifecycleState.PENDING:
            one.state = LifecycleState.IN_SERVICE
        record.group_instance = group.name, one.id
        attributes = cluster.engine.describe(record.id).attributes
        one.zone = one.zone or attributes.get("ecs.availability-zone") or ""
        one.instance_type = one.instance_type or attributes.get("ecs.instance-type") or ""

    def _add_strangers(self, lists: Lists) -> None:
        """Make groups of described instances whose groups no document describes."""
        known = self._account.groups.keys() | self._kept
        for path, document in lists[INSTANCES]:
            with self._problems.of_record(path):
                here = f"{path}.AutoScalingGroupName"
                name = checked_text(document.get("AutoScalingGroupName"), here)
                if name in known:
                    continue
                group = self._account.groups.get(name) or self._new(name, self._arn(name))
                self._add_instance(group, document, path)
                self._measure(group)

    # Groups that are only named

    def _link(self, provider: ProviderRecord, arn: str) -> None:
        """Let a provider have the group that its document names."""
        for group in self._account.groups.values():
            if arn in (group.arn, group.name):
                provider.group = group.name
                return
        if arn not in self._kept:
            self._make(provider, arn.rpartition("autoScalingGroupName/")[2], arn)

    def _make(self, provider: ProviderRecord, name: str, arn: str | None = None) -> None:
        """Make the group of a provider, of the instances that belong to the provider (C50)."""
        group = self._new(name, arn or self._arn(name))
        provider.group, provider.group_arn = group.name, group.arn
        for id, (_, record) in self._hosts.items():
            if record.capacity_provider == provider.name and record.group_instance is None:
                one = GroupInstanceRecord(id, "", "", self._account.time.now, 0, None)
                one.state = LifecycleState.IN_SERVICE
                group.instances[id] = one
                self._settle(group, one)
        self._measure(group)

    def _new(self, name: str, arn: str) -> GroupRecord:
        account = self._account
        while name in account.groups:
            name += "-1"
        group = GroupRecord(name, arn, account.time.datetime, 0, 0, 0, {})
        account.groups[name] = group
        account.note(arn, "made", "no document describes this Auto Scaling group")
        return group

    def _measure(self, group: GroupRecord) -> None:
        """Give a group that was made the size and the zones of its instances."""
        there = [one for one in group.instances.values() if not one.is_leaving]
        group.maximum = group.desired = len(there)
        group.zones = _zones_of(there)

    # Activities

    def _add_activity(self, document: Mapping[str, Any], path: str) -> None:
        fields = Fields(document, path)
        id = checked_text(document.get("ActivityId"), f"{path}.ActivityId")
        name = fields.text("AutoScalingGroupName", "")
        group = self._account.groups.get(name)
        if group is None:
            self._account.kept.setdefault(ACTIVITIES, []).append(dict(document))
            return
        fields.skip("ActivityId", "AutoScalingGroupARN", "Progress")
        ended_at = fields.time("EndTime")
        usual = ActivityStatus.IN_PROGRESS if ended_at is None else ActivityStatus.SUCCESSFUL
        activity = Activity(
            id,
            fields.text("Description", ""),
            fields.text("Cause", ""),
            fields.time("StartTime") or self._account.time.datetime,
            fields.known_status("StatusCode", ActivityStatus) or usual,
            ended_at,
            fields.text("StatusMessage"),
        )
        further = fields.rest()
        if "Progress" in document and document["Progress"] not in (0, 100):
            further["Progress"] = document["Progress"]
        activity.extra = further
        group.add_activity(activity)


def _zones_of(instances: Iterable[GroupInstanceRecord]) -> dict[str, str | None]:
    """Return the zones of instances, of which no subnet is known; a zone may be unknown itself."""
    return dict.fromkeys(one.zone for one in instances if one.zone)
