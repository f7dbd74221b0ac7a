"""Load balancers: create, describe, change, delete (C49)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from against_botocore import Checked
from placement.ecs import Session
from placement.ecs.control.account import Account
from refusals import refusal

Group = Callable[..., str]
Listener = Callable[..., str]
SUBNETS = ["subnet-a", "subnet-b"]


def test_a_load_balancer_as_created(elb: Checked) -> None:
    made = elb.create_load_balancer(
        Name="web", Subnets=SUBNETS, Tags=[{"Key": "a"}], SecurityGroups=["sg-1"]
    )
    found = made["LoadBalancers"][0]
    assert found["LoadBalancerArn"].startswith(
        "arn:aws:elasticloadbalancing:us-east-1:123456789012:loadbalancer/app/web/"
    )
    assert (found["Type"], found["Scheme"]) == ("application", "internet-facing")
    assert found["State"] == {"Code": "active"}
    assert found["SecurityGroups"] == ["sg-1"]
    assert [one["SubnetId"] for one in found["AvailabilityZones"]] == SUBNETS
    assert found["DNSName"].endswith(".us-east-1.elb.amazonaws.com")
    assert elb.describe_load_balancers()["LoadBalancers"] == [found]
    arn = found["LoadBalancerArn"]
    tags = elb.describe_tags(ResourceArns=[arn])["TagDescriptions"]
    assert tags == [{"ResourceArn": arn, "Tags": [{"Key": "a", "Value": ""}]}]


def test_a_network_load_balancer(elb: Checked) -> None:
    mappings = [{"SubnetId": "subnet-a", "AllocationId": "eipalloc-1"}]
    made = elb.create_load_balancer(
        Name="net", Type="network", Scheme="internal", SubnetMappings=mappings
    )
    found = made["LoadBalancers"][0]
    assert ":loadbalancer/net/net/" in found["LoadBalancerArn"]
    assert found["DNSName"].startswith("internal-net-")
    assert found["DNSName"].endswith(".elb.us-east-1.amazonaws.com")
    addresses = found["AvailabilityZones"][0]["LoadBalancerAddresses"]
    assert addresses == [{"AllocationId": "eipalloc-1"}]


def test_zones_and_vpc_are_those_of_known_subnets_c46(elb: Checked, account: Account) -> None:
    account.subnets["subnet-a"] = ("vpc-1", "us-east-1c")
    account.subnets["subnet-b"] = ("vpc-1", "us-east-1b")
    made = elb.create_load_balancer(Name="web", Subnets=[*SUBNETS, "subnet-x"])
    found = made["LoadBalancers"][0]
    assert found["VpcId"] == "vpc-1"
    zones = {one["SubnetId"]: one["ZoneName"] for one in found["AvailabilityZones"]}
    assert zones == {
        "subnet-a": "us-east-1c",
        "subnet-b": "us-east-1b",
        "subnet-x": "us-east-1a",
    }
    account.subnets["subnet-b"] = ("vpc-1", "us-east-1c")
    code, message = refusal(elb.create_load_balancer, Name="w", Subnets=SUBNETS)
    assert (code, "same Availability Zone" in message) == ("InvalidConfigurationRequest", True)


def test_equal_calls_make_one_load_balancer(elb: Checked, load_balancer: str) -> None:
    again = elb.create_load_balancer(Name="web", Subnets=SUBNETS)
    assert again["LoadBalancers"][0]["LoadBalancerArn"] == load_balancer
    code, _ = refusal(elb.create_load_balancer, Name="web", Subnets=["subnet-a", "subnet-c"])
    assert code == "DuplicateLoadBalancerName"


@pytest.mark.parametrize(
    ("parameters", "code"),
    [
        ({"Name": "a" * 33, "Subnets": SUBNETS}, "ValidationError"),
        ({"Name": "-a", "Subnets": SUBNETS}, "ValidationError"),
        ({"Name": "internal-a", "Subnets": SUBNETS}, "ValidationError"),
        ({"Name": "a_b", "Subnets": SUBNETS}, "ValidationError"),
        ({"Name": "a"}, "ValidationError"),
        ({"Name": "a", "Subnets": ["subnet-a"]}, "ValidationError"),
        ({"Name": "a", "Subnets": ["s", "s"]}, "InvalidConfigurationRequest"),
        (
            {"Name": "a", "Subnets": SUBNETS, "SubnetMappings": [{"SubnetId": "s"}]},
            "ValidationError",
        ),
        ({"Name": "a", "SubnetMappings": [{"AllocationId": "e"}]}, "ValidationError"),
        ({"Name": "a", "Subnets": SUBNETS, "Type": "gateway"}, "UnsupportedFeatureException"),
        ({"Name": "a", "Subnets": SUBNETS, "Type": "classic"}, "ValidationError"),
        ({"Name": "a", "Subnets": SUBNETS, "Scheme": "public"}, "ValidationError"),
        (
            {"Name": "a", "Subnets": SUBNETS, "Tags": [{"Key": "a"}, {"Key": "a"}]},
            "DuplicateTagKeys",
        ),
        (
            {"Name": "a", "Subnets": SUBNETS, "Tags": [{"Key": str(n)} for n in range(51)]},
            "TooManyTags",
        ),
        ({"Name": "a", "Subnets": SUBNETS, "Tags": [{"Key": "aws:a"}]}, "ValidationError"),
    ],
)
def test_what_is_refused_leaves_nothing(
    elb: Checked, parameters: dict[str, Any], code: str
) -> None:
    assert refusal(elb.create_load_balancer, **parameters)[0] == code
    assert elb.describe_load_balancers()["LoadBalancers"] == []


def test_unknown_ones_c35(elb: Checked, load_balancer: str) -> None:
    other = load_balancer[:-1] + "x"
    for parameters in ({"LoadBalancerArns": [other]}, {"Names": ["other"]}):
        code, message = refusal(elb.describe_load_balancers, **parameters)
        assert code == "LoadBalancerNotFound"
        assert message.startswith("One or more load balancers not found")
    assert refusal(elb.describe_load_balancers, LoadBalancerArns=["web"])[0] == "ValidationError"
    both = {"LoadBalancerArns": [load_balancer], "Names": ["web"]}
    assert refusal(elb.describe_load_balancers, **both)[0] == "ValidationError"
    code, _ = refusal(elb.describe_load_balancer_attributes, LoadBalancerArn=other)
    assert code == "LoadBalancerNotFound"
    assert elb.delete_load_balancer(LoadBalancerArn=other)["ResponseMetadata"]
    kind = elb.client.exceptions.LoadBalancerNotFoundException
    with pytest.raises(kind):
        elb.describe_load_balancers(Names=["other"])


def test_pages(elb: Checked) -> None:
    for number in range(5):
        elb.create_load_balancer(Name=f"web-{number}", Subnets=SUBNETS)
    paginator = elb.client.get_paginator("describe_load_balancers")
    pages = list(paginator.paginate(PaginationConfig={"PageSize": 2}))
    assert [len(page["LoadBalancers"]) for page in pages] == [2, 2, 1]
    names = [one["LoadBalancerName"] for page in pages for one in page["LoadBalancers"]]
    assert names == [f"web-{number}" for number in range(5)]
    assert refusal(elb.describe_load_balancers, Marker="x")[0] == "ValidationError"
    two = elb.describe_load_balancers(Names=["web-3", "web-1", "web-3"])["LoadBalancers"]
    assert [one["LoadBalancerName"] for one in two] == ["web-3", "web-1"]


def test_attributes(elb: Checked, load_balancer: str) -> None:
    def values() -> dict[str, str]:
        found = elb.describe_load_balancer_attributes(LoadBalancerArn=load_balancer)["Attributes"]
        return {one["Key"]: one["Value"] for one in found}

    before = values()
    assert before["idle_timeout.timeout_seconds"] == "60"
    change = {"Key": "idle_timeout.timeout_seconds", "Value": "120"}
    elb.modify_load_balancer_attributes(LoadBalancerArn=load_balancer, Attributes=[change])
    assert values() == {**before, "idle_timeout.timeout_seconds": "120"}
    for key, value in (
        ("idle_timeout.timeout_seconds", "0"),
        ("idle_timeout.timeout_seconds", "x"),
        ("dns_record.client_routing_policy", "any_availability_zone"),
        ("nope", "1"),
    ):
        one = {"Key": key, "Value": value}
        parameters = {"LoadBalancerArn": load_balancer, "Attributes": [change, one]}
        code, message = refusal(elb.modify_load_balancer_attributes, **parameters)
        assert (code, key in message) == ("ValidationError", True)
    assert values()["idle_timeout.timeout_seconds"] == "120"


def test_deleting_takes_listeners_and_leaves_groups(
    elb: Checked, load_balancer: str, group: Group, listener: Listener
) -> None:
    blue = group("blue")
    listener({blue: 1})
    protect = {"Key": "deletion_protection.enabled", "Value": "true"}
    elb.modify_load_balancer_attributes(LoadBalancerArn=load_balancer, Attributes=[protect])
    parameters = {"LoadBalancerArn": load_balancer}
    assert refusal(elb.delete_load_balancer, **parameters)[0] == "OperationNotPermitted"
    protect["Value"] = "false"
    elb.modify_load_balancer_attributes(LoadBalancerArn=load_balancer, Attributes=[protect])
    elb.delete_load_balancer(LoadBalancerArn=load_balancer)
    assert elb.describe_load_balancers()["LoadBalancers"] == []
    assert elb.describe_target_groups()["TargetGroups"][0]["LoadBalancerArns"] == []
    elb.delete_target_group(TargetGroupArn=blue)
    elb.get_waiter("load_balancers_deleted").wait(Names=["web"])


def test_subnets_groups_and_address_type(elb: Checked, load_balancer: str) -> None:
    arn = {"LoadBalancerArn": load_balancer}
    found = elb.set_subnets(**arn, Subnets=["subnet-c", "subnet-d"], IpAddressType="dualstack")
    assert [one["SubnetId"] for one in found["AvailabilityZones"]] == ["subnet-c", "subnet-d"]
    assert elb.set_ip_address_type(**arn, IpAddressType="ipv4")["IpAddressType"] == "ipv4"
    groups = elb.set_security_groups(**arn, SecurityGroups=["sg-2"])
    assert groups["SecurityGroupIds"] == ["sg-2"]
    described = elb.describe_load_balancers()["LoadBalancers"][0]
    assert described["SecurityGroups"] == ["sg-2"]
    assert described["IpAddressType"] == "ipv4"
    assert refusal(elb.set_ip_address_type, **arn, IpAddressType="ipv6")[0] == "ValidationError"
    enforce = {"EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic": "on"}
    code, _ = refusal(elb.set_security_groups, **arn, SecurityGroups=[], **enforce)
    assert code == "InvalidConfigurationRequest"
    net = elb.create_load_balancer(Name="net", Type="network", Subnets=SUBNETS)
    of_net = {"LoadBalancerArn": net["LoadBalancers"][0]["LoadBalancerArn"], "SecurityGroups": []}
    assert elb.set_security_groups(**of_net, **enforce).items() >= enforce.items()
    enforce = {"EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic": "maybe"}
    assert refusal(elb.set_security_groups, **of_net, **enforce)[0] == "ValidationError"


def test_equal_calls_give_equal_ids_d5() -> None:
    def arns() -> list[str]:
        client: Any = Session(seed=3).client("elbv2")
        made = client.create_load_balancer(Name="web", Subnets=SUBNETS)["LoadBalancers"][0]
        return [made["LoadBalancerArn"], made["DNSName"]]

    assert arns() == arns()
