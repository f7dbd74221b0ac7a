"""An account with groups, providers, waiting tasks, policies, alarms: their calls are fuzzed."""

from __future__ import annotations

from functools import cache
from typing import Any

from hypothesis import strategies as st

from against_botocore import operation_of
from capacity_operators import new_world, operate
from client_world import NOON, ODD
from placement.aws.client import ServiceClient
from placement.aws.service_model import load_service_model
from placement.ecs import Session
from service_world import values

PROVIDER_CALLS = (
    "create_capacity_provider",
    "delete_capacity_provider",
    "describe_capacity_providers",
    "put_cluster_capacity_providers",
    "update_capacity_provider",
)
METHODS = [
    *(
        (service, method)
        for service in ("application-autoscaling", "autoscaling", "cloudwatch")
        for method in sorted(load_service_model(service).methods)
    ),
    *(("ecs", method) for method in PROVIDER_CALLS),
]


@cache
def _made() -> Session:
    session = new_world(seed=7, start=NOON)
    session._account.subnets["subnet-a"] = ("vpc-1", "us-east-1a")
    for name, number in (("metric", 30), ("step", 1), ("schedule", 0), ("group", 1)):
        operate(session, name, number)
    session.advance(400)
    operate(session, "run", 6)
    operate(session, "provider", 1)
    operate(session, "protect", 0)
    session.advance(30)
    return session


def world(service: str) -> ServiceClient:
    """Return a client of an account of its own."""
    client: ServiceClient = _made().copy().client(service)
    return client


@cache
def _known() -> dict[str, list[str]]:
    account = _made()._account
    members = [id for group in account.groups.values() for id in group.instances]
    activities = [id for group in account.groups.values() for id in group.activities]
    arns = [group.arn for group in account.groups.values()]
    targets = list(account.scaling.targets.values())
    policies = [one.arn for target in targets for one in target.policies.values()]
    pools: dict[tuple[str, ...], list[str]] = {
        ("AutoScalingGroupName", "AutoScalingGroupNames"): [*account.groups, "new"],
        ("InstanceId", "InstanceIds"): members,
        ("ActivityIds",): activities,
        ("autoScalingGroupArn",): arns,
        ("name", "capacityProvider", "capacityProviders"): [*account.providers, "p9"],
        ("status", "managedTerminationProtection", "managedDraining"): ["ENABLED", "DISABLED"],
        ("cluster",): ["default", "other"],
        ("LaunchTemplateName", "LaunchTemplateId"): ["machines", "spot", "none"],
        ("LaunchConfigurationName",): ["machines"],
        ("InstanceType",): ["m5.large", "c5.large", "x.y"],
        ("AvailabilityZones",): ["us-east-1a", "us-east-1b", "eu-west-1a"],
        ("VPCZoneIdentifier",): ["subnet-a", "subnet-a,subnet-b", ","],
        ("TerminationPolicies",): ["Default", "OldestInstance", "ClosestToNextInstanceHour"],
        ("ServiceNamespace",): ["ecs"],
        ("ResourceId", "ResourceIds"): [f"service/default/{name}" for name in ("web", "spread")],
        ("ResourceARN",): [target.arn for target in targets],
        ("ScalableDimension",): ["ecs:service:DesiredCount"],
        ("PolicyName", "PolicyNames"): ["track", "steps", "new"],
        ("ScheduledActionName", "ScheduledActionNames"): ["s0", "new"],
        ("Schedule",): ["rate(5 minutes)", "cron(0 12 * * ? *)", "at(2026-03-02T00:00:00)", "x"],
        ("Timezone",): ["Europe/Berlin", "UTC", "Mars/Phobos"],
        ("AlarmName", "AlarmNames", "AlarmNamePrefix"): list(account.alarms.by_name),
        ("AlarmActions", "OKActions", "InsufficientDataActions"): policies,
        ("Namespace",): ["shop", "AWS/ECS"],
        ("MetricName",): ["queue", "CPUUtilization", "MemoryUtilization"],
        ("TreatMissingData",): ["missing", "ignore", "breaching", "notBreaching"],
        ("Expression",): ["a", "a / 2", "SUM([a, b])", "a +", "IF(a > 1, b)"],
        ("Id",): ["a", "b"],
        ("ResourceLabel",): ["app/a/b/targetgroup/c/d"],
        ("StateReasonData",): ["{}", "{"],
    }
    return {name: texts for names, texts in pools.items() for name in names}


def _texts(name: str) -> st.SearchStrategy[str]:
    likely = _known().get(name, ["a", "b"])
    return st.one_of(*[st.sampled_from(likely)] * 8, st.sampled_from(ODD), st.text(max_size=8))


@cache
def parameters(service: str, method: str) -> st.SearchStrategy[dict[str, Any]]:
    """Return parameters of a call that are of the right types."""
    return values(operation_of(method, service).input_shape, method, _texts)
