"""The client ``autoscaling``: groups, their instances, activities (S11.5, C34, C48, C49)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from against_botocore import Checked
from capacity_session import NOON, TIMING
from placement.ecs import ClientError, Launch, Session, Timing

GROUP: dict[str, Any] = {
    "AutoScalingGroupName": "web",
    "MinSize": 1,
    "MaxSize": 4,
    "DesiredCapacity": 2,
    "LaunchTemplate": {"LaunchTemplateName": "machines", "Version": "1"},
    "AvailabilityZones": ["us-east-1a", "us-east-1b"],
}
NAME = {"AutoScalingGroupName": "web"}


@contextmanager
def refusal(groups: Checked, code: str, words: str | None = None) -> Iterator[None]:
    """Expect an error of a code, with words in its text."""
    with pytest.raises(ClientError, match=words and re.escape(words)) as caught:
        yield
    assert caught.value.response["Error"]["Code"] == code
    assert isinstance(caught.value, groups.exceptions.ClientError)


@pytest.fixture
def session() -> Session:
    found = Session(start=NOON, timing=TIMING)
    found.describe_launch_template("machines", instance_type="m5.large")
    return found


@pytest.fixture
def groups(session: Session) -> Checked:
    return Checked(session.client("autoscaling"), service="autoscaling")


def the_group(groups: Checked) -> dict[str, Any]:
    [found] = groups.describe_auto_scaling_groups()["AutoScalingGroups"]
    return dict(found)


def ids(groups: Checked) -> list[str]:
    return [one["InstanceId"] for one in the_group(groups)["Instances"]]


def test_a_group_as_created_and_launched_d99(groups: Checked, session: Session) -> None:
    """Nothing is launched before the next full minute, nothing is in service before its delay."""
    tags = [{"Key": "team", "Value": "shop"}]
    groups.create_auto_scaling_group(**GROUP, Tags=tags, HealthCheckType="EC2")
    session.advance(59)
    found = the_group(groups)
    assert (found["MinSize"], found["MaxSize"], found["DesiredCapacity"]) == (1, 4, 2)
    assert found["Instances"] == []
    assert found["AutoScalingGroupARN"].endswith(":autoScalingGroupName/web")
    assert found["Tags"][0]["ResourceId"] == "web"
    session.advance(1)
    states = [one["LifecycleState"] for one in the_group(groups)["Instances"]]
    assert states == ["Pending", "Pending"]
    session.advance(120)
    instances = the_group(groups)["Instances"]
    assert [one["LifecycleState"] for one in instances] == ["InService", "InService"]
    assert [one["AvailabilityZone"] for one in instances] == ["us-east-1a", "us-east-1b"]
    assert {one["InstanceType"] for one in instances} == {"m5.large"}
    described = groups.describe_auto_scaling_instances()["AutoScalingInstances"]
    assert [one["InstanceId"] for one in described] == ids(groups)
    activities = groups.describe_scaling_activities(**NAME)["Activities"]
    assert [one["StatusCode"] for one in activities] == ["Successful"] * 2


def test_sizes_act_at_the_next_full_minute_d99(groups: Checked, session: Session) -> None:
    groups.create_auto_scaling_group(**GROUP)
    session.advance(180)
    groups.set_desired_capacity(**NAME, DesiredCapacity=4)
    session.advance(59)
    assert len(ids(groups)) == 2
    session.advance(1)
    assert len(ids(groups)) == 4
    groups.update_auto_scaling_group(**NAME, MinSize=0, MaxSize=1)
    assert the_group(groups)["DesiredCapacity"] == 1
    session.advance(60)
    assert len(ids(groups)) == 1


def test_an_instance_is_terminated_and_replaced_or_not(groups: Checked, session: Session) -> None:
    groups.create_auto_scaling_group(**GROUP)
    session.advance(180)
    first, second = ids(groups)
    answer = groups.terminate_instance_in_auto_scaling_group(
        InstanceId=first, ShouldDecrementDesiredCapacity=False
    )
    assert answer["Activity"]["StatusCode"] == "InProgress"
    assert ids(groups) == [first, second]
    session.advance(0)
    assert ids(groups) == [second]
    session.advance(60)
    assert len(ids(groups)) == 2
    groups.terminate_instance_in_auto_scaling_group(
        InstanceId=second, ShouldDecrementDesiredCapacity=True
    )
    session.advance(120)
    assert len(ids(groups)) == the_group(groups)["DesiredCapacity"] == 1
    with refusal(groups, "ValidationError", "min size constraint"):
        groups.terminate_instance_in_auto_scaling_group(
            InstanceId=ids(groups)[0], ShouldDecrementDesiredCapacity=True
        )


def test_a_protected_instance_stays(groups: Checked, session: Session) -> None:
    groups.create_auto_scaling_group(**GROUP)
    session.advance(180)
    first, second = ids(groups)
    groups.set_instance_protection(**NAME, InstanceIds=[first], ProtectedFromScaleIn=True)
    groups.set_desired_capacity(**NAME, DesiredCapacity=1)
    session.advance(60)
    assert ids(groups) == [first]
    assert second not in ids(groups)
    assert the_group(groups)["Instances"][0]["ProtectedFromScaleIn"] is True


def test_a_group_is_deleted_with_its_instances(groups: Checked, session: Session) -> None:
    groups.create_auto_scaling_group(**GROUP)
    session.advance(180)
    with refusal(groups, "ResourceInUse", "instances"):
        groups.delete_auto_scaling_group(**NAME)
    groups.delete_auto_scaling_group(**NAME, ForceDelete=True)
    assert the_group(groups)["Status"] == "Delete in progress"
    session.advance(0)
    assert groups.describe_auto_scaling_groups()["AutoScalingGroups"] == []
    session.advance(3600)
    assert groups.describe_auto_scaling_instances()["AutoScalingInstances"] == []


def test_types_of_overrides_come_in_order_d76_c45(session: Session) -> None:
    """D76, C45: the first type, the next one after a failure; a delay of the launch's own."""
    asked: list[tuple[str, str, str, str]] = []

    def launches(request: Any) -> Launch | None:
        asked.append((request.owner, request.instance_type, request.zone[-1], request.purchase))
        failure = "none left" if request.instance_type == "m5.large" else None
        return Launch(delay=30, failure=failure)

    session = Session(start=NOON, timing=Timing(), launches=launches)
    groups = Checked(session.client("autoscaling"), service="autoscaling")
    mixed = {
        "LaunchTemplate": {
            "LaunchTemplateSpecification": {"LaunchTemplateName": "machines", "Version": "1"},
            "Overrides": [{"InstanceType": "m5.large"}, {"InstanceType": "c5.large"}],
        }
    }
    usual = {name: value for name, value in GROUP.items() if name != "LaunchTemplate"}
    groups.create_auto_scaling_group(**usual, MixedInstancesPolicy=mixed)
    session.advance(90)
    instances = the_group(groups)["Instances"]
    assert [one["InstanceType"] for one in instances] == ["c5.large", "c5.large"]
    assert {one["LifecycleState"] for one in instances} == {"InService"}
    assert asked == [
        ("web", "m5.large", "a", "on-demand"),
        ("web", "c5.large", "a", "on-demand"),
        ("web", "m5.large", "b", "on-demand"),
        ("web", "c5.large", "b", "on-demand"),
    ]
    failed = groups.describe_scaling_activities()["Activities"][-1]
    assert (failed["StatusCode"], failed["StatusMessage"]) == ("Failed", "none left")


def test_a_group_of_a_template_that_nobody_described_c34(session: Session) -> None:
    """Its launches fail and say so, until somebody has described the template."""
    groups = Checked(session.client("autoscaling"), service="autoscaling")
    template = {"LaunchTemplateName": "other", "Version": "1"}
    groups.create_auto_scaling_group(**GROUP | {"LaunchTemplate": template})
    session.advance(60)
    [failed] = groups.describe_scaling_activities()["Activities"]
    assert failed["StatusCode"] == "Failed"
    assert "nobody has described its launch template" in failed["StatusMessage"]
    session.describe_launch_template("other", instance_type="c5.large")
    session.advance(60)
    assert {one["InstanceType"] for one in the_group(groups)["Instances"]} == {"c5.large"}


@pytest.mark.parametrize(
    ("changes", "code", "words"),
    [
        ({"MaxSize": 0}, "ValidationError", "Max bound"),
        ({"DesiredCapacity": 5}, "ValidationError", "Desired capacity:5"),
        ({"AvailabilityZones": ["eu-west-1a"]}, "ValidationError", "eu-west-1a"),
        ({"InstanceId": "i-1"}, "UnsupportedFeatureException", "InstanceId"),
        ({"CapacityRebalance": True}, "UnsupportedFeatureException", "CapacityRebalance"),
        ({"DesiredCapacityType": "vcpu"}, "UnsupportedFeatureException", "vcpu"),
        ({"TerminationPolicies": ["Odd"]}, "UnsupportedFeatureException", "Odd"),
        ({"LaunchConfigurationName": "old"}, "ValidationError", "either launchTemplate"),
        ({"LaunchTemplate": {"Version": "1"}}, "ValidationError", "LaunchTemplateName"),
    ],
    ids=str,
)
def test_groups_that_are_refused_c48(
    groups: Checked, session: Session, changes: dict[str, Any], code: str, words: str
) -> None:
    with refusal(groups, code, words):
        groups.create_auto_scaling_group(**GROUP | changes)
    assert session._account.groups == {}


@pytest.mark.parametrize(
    ("override", "code"),
    [
        ({"InstanceType": "m5.none"}, "ValidationError"),
        ({"InstanceType": "m5.large", "WeightedCapacity": "2"}, "UnsupportedFeatureException"),
        ({"InstanceRequirements": {}}, "UnsupportedFeatureException"),
    ],
    ids=str,
)
def test_overrides_that_are_refused_c48(
    groups: Checked, override: dict[str, Any], code: str
) -> None:
    if "InstanceRequirements" in override:
        override = {
            "InstanceRequirements": {"VCpuCount": {"Min": 1}, "MemoryMiB": {"Min": 1}},
        }
    mixed = {
        "LaunchTemplate": {
            "LaunchTemplateSpecification": {"LaunchTemplateName": "machines"},
            "Overrides": [override],
        }
    }
    usual = {name: value for name, value in GROUP.items() if name != "LaunchTemplate"}
    with refusal(groups, code):
        groups.create_auto_scaling_group(**usual, MixedInstancesPolicy=mixed)


def test_names_that_are_not_there(groups: Checked) -> None:
    with refusal(groups, "ValidationError", "name not found"):
        groups.set_desired_capacity(AutoScalingGroupName="none", DesiredCapacity=1)
    with refusal(groups, "ValidationError", "i-none"):
        groups.terminate_instance_in_auto_scaling_group(
            InstanceId="i-none", ShouldDecrementDesiredCapacity=False
        )
    groups.create_auto_scaling_group(**GROUP)
    with refusal(groups, "AlreadyExists", "already exists"):
        groups.create_auto_scaling_group(**GROUP)
    with refusal(groups, "ValidationError", "i-none"):
        groups.set_instance_protection(**NAME, InstanceIds=["i-none"], ProtectedFromScaleIn=True)
    with refusal(groups, "ValidationError", "above max value"):
        groups.set_desired_capacity(**NAME, DesiredCapacity=5)
    with refusal(groups, "InvalidNextToken"):
        groups.describe_auto_scaling_groups(NextToken="odd")
