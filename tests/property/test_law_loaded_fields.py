"""Every field of botocore's output shapes that comes in by a document comes out again (C50).

Documents have any of the members of their shape; a session loads them and is written.  Each member,
at any depth, is there again, and has the value that it had unless the model counts it itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.model import Shape
from hypothesis import given, settings
from hypothesis import strategies as st

from against_botocore import operation_of
from placement.ecs import Session

HOME = "123456789012"
ECS = f"arn:aws:ecs:us-east-1:{HOME}"
GROUP = f"arn:aws:autoscaling:us-east-1:{HOME}:autoScalingGroup:1:autoScalingGroupName/web"
NOON = "2026-03-01T12:00:00+00:00"

LISTS = {
    "capacityProviders": ("ecs", "describe_capacity_providers"),
    "clusters": ("ecs", "describe_clusters"),
    "AutoScalingGroups": ("autoscaling", "describe_auto_scaling_groups"),
    "Activities": ("autoscaling", "describe_scaling_activities"),
    "MetricAlarms": ("cloudwatch", "describe_alarms"),
}
FIXED: dict[str, Any] = {
    "capacityProviderArn": f"{ECS}:capacity-provider/machines",
    "autoScalingGroupArn": GROUP,
    "clusterArn": f"{ECS}:cluster/prod",
    "clusterName": "prod",
    "AutoScalingGroupName": "web",
    "AutoScalingGroupARN": GROUP,
    "AlarmArn": f"arn:aws:cloudwatch:us-east-1:{HOME}:alarm:high",
    "AlarmName": "high",
    "InstanceId": "i-1",
    "minimumScalingStepSize": 1,
    "maximumScalingStepSize": 2,
    "targetCapacity": 90,
    "MinSize": 1,
    "DesiredCapacity": 2,
    "MaxSize": 3,
    "base": 0,
    "min": 1,
    "max": 3,
    "subnets": ["subnet-1"],
    "ActivityId": "a-1",
    "cluster": "prod",
    "capacityProvider": "machines",
    "capacityProviders": ["machines"],
    "status": "ACTIVE",
    "defaultCapacityProviderStrategy": [{"capacityProvider": "machines", "weight": 1, "base": 2}],
}
OF_ONE_METRIC = (
    *("Namespace", "MetricName", "Statistic", "ExtendedStatistic", "Dimensions", "Period", "Unit"),
)
"""Members that an alarm on an expression does not have."""

NEEDED = {
    "capacityProviders": ("name",),
    "clusters": ("clusterName", "capacityProviders"),
    "AutoScalingGroups": ("AutoScalingGroupName", "AutoScalingGroupARN"),
    "Activities": ("ActivityId", "AutoScalingGroupName"),
    "MetricAlarms": ("AlarmName",),
}
COUNTED = frozenset(
    {
        *("registeredContainerInstancesCount", "runningTasksCount", "pendingTasksCount"),
        *("activeServicesCount", "statistics", "EvaluationState", "Progress"),
        *("updateStatus", "attachmentsStatus", "AvailabilityZones", "LifecycleState", "Status"),
        *("StateValue", "StateReason", "HealthStatus"),
    }
)
"""What the model counts or moves itself, or spells in one way: only its presence is held."""


@st.composite
def documents(draw: st.DrawFn, shape: Shape, name: str, needed: tuple[str, ...] = ()) -> Any:
    """Draw a document of a shape: any of its members, those that are needed always."""
    known = getattr(shape, "enum", ())
    if name in FIXED and not known:
        return FIXED[name]
    if name == "status" and "INACTIVE" in known:
        return draw(st.sampled_from(("ACTIVE", "INACTIVE")))
    kind = shape.type_name
    if getattr(shape, "is_document_type", False):
        return {"a": 1}
    if kind == "structure":
        required = set(shape.required_members) | set(needed)
        chosen = [one for one in shape.members if one in required or draw(st.booleans())]
        return {one: draw(documents(shape.members[one], one)) for one in chosen}
    if kind == "list":
        return [draw(documents(shape.member, ""))]
    if kind == "map":
        return {"key": draw(documents(shape.value, ""))}
    if kind == "string":
        return draw(st.sampled_from(known)) if known else f"{name or 'text'}-1"
    if kind == "boolean":
        return draw(st.booleans())
    if kind == "timestamp":
        return NOON
    return 1.0 if kind in ("double", "float") else draw(st.integers(1, 3))


def lost(before: Any, after: Any, path: str = "") -> Iterator[str]:
    """Yield what of a document is not in another one."""
    if isinstance(before, dict) and isinstance(after, dict):
        for name, value in before.items():
            if name not in after:
                yield f"{path}.{name} is gone"
            elif name not in COUNTED:
                yield from lost(value, after[name], f"{path}.{name}")
    elif isinstance(before, list) and isinstance(after, list):
        if len(before) != len(after):
            yield f"{path} had {len(before)} items, and has {len(after)}"
        for number, (one, other) in enumerate(zip(before, after, strict=False)):
            yield from lost(one, other, f"{path}[{number}]")
    elif before != after:
        yield f"{path} was {before!r} and is {after!r}"


def _agree(document: dict[str, Any]) -> None:
    """Take members that exclude others out of what a provider of Managed Instances launches."""
    launch = document.get("managedInstancesProvider", {}).get("instanceLaunchTemplate", {})
    requirements = launch.get("instanceRequirements", {})
    if "allowedInstanceTypes" in requirements:
        requirements.pop("excludedInstanceTypes", None)
    if "spotMaxPricePercentageOverLowestPrice" in requirements:
        requirements.pop("maxSpotPriceAsPercentageOfOptimalOnDemandPrice", None)
    launch.get("capacityReservations", {}).pop("reservationPreference", None)


@pytest.mark.parametrize("name", LISTS)
@settings(deadline=None)
@given(data=st.data())
def test_every_member_that_came_in_comes_out_again(name: str, data: st.DataObject) -> None:
    service, method = LISTS[name]
    shape = operation_of(method, service).output_shape.members[name].member
    document = data.draw(documents(shape, "", NEEDED[name]))
    if "Metrics" in document:
        document = {key: value for key, value in document.items() if key not in OF_ONE_METRIC}
    _agree(document)
    if str(document.get("type")).startswith("FARGATE"):
        document |= {"name": document["type"], "status": "ACTIVE"}
    given: dict[str, Any] = {name: [document]}
    if name == "Activities":
        given["AutoScalingGroups"] = [{"AutoScalingGroupName": "web", "AutoScalingGroupARN": GROUP}]
    session = Session.from_ecs(given, start=datetime(2026, 3, 2, tzinfo=UTC))
    written = session.to_ecs()
    key = NEEDED[name][0]
    (found,) = [one for one in written[name] if one[key] == document[key]]
    assert list(lost(document, found)) == []
    again = Session.from_ecs(written).to_ecs()
    (twice,) = [one for one in again[name] if one[key] == document[key]]
    assert twice == found
