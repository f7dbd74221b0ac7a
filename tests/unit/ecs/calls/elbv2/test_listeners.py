"""Listeners and the actions of their default rules (C49)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from against_botocore import Checked
from elbv2_actions import fixed, forward
from refusals import refusal

Group = Callable[..., str]
Listener = Callable[..., str]
CERTIFICATE = [{"CertificateArn": "arn:aws:acm:us-east-1:123456789012:certificate/1"}]


def the_listener(elb: Checked, arn: str) -> dict[str, Any]:
    found: dict[str, Any] = elb.describe_listeners(ListenerArns=[arn])["Listeners"][0]
    return found


def test_a_listener_as_created(elb: Checked, load_balancer: str, group: Group) -> None:
    blue = group("blue")
    made = elb.create_listener(
        LoadBalancerArn=load_balancer,
        Protocol="HTTP",
        Port=80,
        DefaultActions=[{"Type": "forward", "TargetGroupArn": blue}],
        Tags=[{"Key": "a", "Value": "b"}],
    )
    found = made["Listeners"][0]
    assert found["ListenerArn"].startswith(load_balancer.replace(":loadbalancer/", ":listener/"))
    assert found["DefaultActions"] == [
        {
            "Type": "forward",
            "TargetGroupArn": blue,
            "ForwardConfig": {
                "TargetGroups": [{"TargetGroupArn": blue, "Weight": 1}],
                "TargetGroupStickinessConfig": {"Enabled": False},
            },
        }
    ]
    assert elb.describe_listeners(LoadBalancerArn=load_balancer)["Listeners"] == [found]
    groups = elb.describe_target_groups()["TargetGroups"]
    assert groups[0]["LoadBalancerArns"] == [load_balancer]


def test_what_is_described_can_be_given_again(
    elb: Checked, group: Group, listener: Listener
) -> None:
    arn = listener({group("blue"): 900, group("green"): 100})
    found = the_listener(elb, arn)
    elb.modify_listener(ListenerArn=arn, DefaultActions=found["DefaultActions"])
    assert the_listener(elb, arn) == found
    assert "TargetGroupArn" not in found["DefaultActions"][0]


def test_https(elb: Checked, group: Group, listener: Listener) -> None:
    blue = group("blue")
    arn = listener({blue: 1}, 443, Protocol="HTTPS", Certificates=CERTIFICATE)
    found = the_listener(elb, arn)
    assert found["Certificates"] == CERTIFICATE
    assert found["SslPolicy"] == "ELBSecurityPolicy-2016-08"
    elb.modify_listener(ListenerArn=arn, Protocol="HTTP")
    assert "SslPolicy" not in the_listener(elb, arn)
    assert refusal(elb.modify_listener, ListenerArn=arn, Protocol="HTTPS")[0] == "ValidationError"


def test_several_actions(elb: Checked, load_balancer: str, group: Group) -> None:
    config = {"UserPoolArn": "a", "UserPoolClientId": "b", "UserPoolDomain": "c"}
    login = {"Type": "authenticate-cognito", "Order": 1, "AuthenticateCognitoConfig": config}
    to_blue = {**forward({group("blue"): 1}), "Order": 2}
    usual = {"LoadBalancerArn": load_balancer, "Port": 443}
    secure = {"Protocol": "HTTPS", "Certificates": CERTIFICATE}
    made = elb.create_listener(**usual, **secure, DefaultActions=[to_blue, login])
    kinds = [one["Type"] for one in made["Listeners"][0]["DefaultActions"]]
    assert kinds == ["authenticate-cognito", "forward"]
    usual["Port"] = 80
    code, _ = refusal(
        elb.create_listener, **usual, Protocol="HTTP", DefaultActions=[login, to_blue]
    )
    assert code == "InvalidLoadBalancerAction"


ACTIONS: dict[str, tuple[Callable[[str, str], list[dict[str, Any]]], str]] = {
    "none": (lambda *_: [], "ValidationError"),
    "without order": (lambda one, _: [forward({one: 1}), fixed()], "InvalidLoadBalancerAction"),
    "two that route": (
        lambda one, _: [{**forward({one: 1}), "Order": 1}, {**fixed(), "Order": 2}],
        "InvalidLoadBalancerAction",
    ),
    "nowhere": (lambda *_: [{"Type": "forward"}], "InvalidLoadBalancerAction"),
    "no group": (
        lambda *_: [{"Type": "forward", "ForwardConfig": {"TargetGroups": [{"Weight": 1}]}}],
        "ValidationError",
    ),
    "an unknown group": (lambda one, _: [forward({one + "0": 1})], "TargetGroupNotFound"),
    "a heavy group": (lambda one, _: [forward({one: 1000})], "ValidationError"),
    "a light group": (lambda one, _: [forward({one: -1})], "ValidationError"),
    "two groups that differ": (
        lambda one, other: [{**forward({one: 1}), "TargetGroupArn": other}],
        "InvalidLoadBalancerAction",
    ),
    "another's configuration": (
        lambda one, _: [{**forward({one: 1}), "RedirectConfig": {"StatusCode": "HTTP_301"}}],
        "InvalidLoadBalancerAction",
    ),
    "no configuration": (lambda *_: [{"Type": "redirect"}], "InvalidLoadBalancerAction"),
    "no status": (lambda *_: [fixed("302")], "ValidationError"),
    "no such action": (lambda *_: [{"Type": "drop"}], "ValidationError"),
    "sticky for ever": (
        lambda one, _: [sticky(one, {"Enabled": True})],
        "ValidationError",
    ),
    "sticky for too long": (
        lambda one, _: [sticky(one, {"Enabled": True, "DurationSeconds": 604_801})],
        "ValidationError",
    ),
}


def sticky(group: str, config: dict[str, Any]) -> dict[str, Any]:
    action = forward({group: 1})
    action["ForwardConfig"]["TargetGroupStickinessConfig"] = config
    return action


@pytest.mark.parametrize("name", ACTIONS)
def test_actions_that_are_refused(
    elb: Checked, load_balancer: str, group: Group, listener: Listener, name: str
) -> None:
    make, code = ACTIONS[name]
    actions = make(group("blue"), group("green"))
    usual = {"LoadBalancerArn": load_balancer, "Protocol": "HTTP", "Port": 80}
    assert refusal(elb.create_listener, **usual, DefaultActions=actions)[0] == code
    assert elb.describe_listeners(LoadBalancerArn=load_balancer)["Listeners"] == []
    arn = listener({group("red"): 1})
    before = the_listener(elb, arn)
    assert refusal(elb.modify_listener, ListenerArn=arn, DefaultActions=actions)[0] == code
    assert the_listener(elb, arn) == before


def test_groups_belong_to_one_load_balancer_s91(
    elb: Checked, group: Group, listener: Listener
) -> None:
    blue = group("blue")
    listener({blue: 1})
    other = elb.create_load_balancer(Name="other", Subnets=["subnet-a", "subnet-b"])
    parameters = {
        "LoadBalancerArn": other["LoadBalancers"][0]["LoadBalancerArn"],
        "Protocol": "HTTP",
        "Port": 80,
        "DefaultActions": [forward({blue: 1})],
    }
    assert refusal(elb.create_listener, **parameters)[0] == "TargetGroupAssociationLimit"


def test_at_most_five_groups(elb: Checked, load_balancer: str, group: Group) -> None:
    groups = {group(f"group-{number}"): 1 for number in range(6)}
    parameters = {"LoadBalancerArn": load_balancer, "Protocol": "HTTP", "Port": 80}
    code, _ = refusal(elb.create_listener, **parameters, DefaultActions=[forward(groups)])
    assert code == "TooManyUniqueTargetGroupsPerLoadBalancer"


@pytest.mark.parametrize(
    ("parameters", "code"),
    [
        ({"Protocol": "TCP"}, "UnsupportedProtocol"),
        ({"Protocol": "GENEVE"}, "UnsupportedProtocol"),
        ({"Protocol": "HTTPS"}, "ValidationError"),
        ({"Certificates": CERTIFICATE}, "InvalidConfigurationRequest"),
        ({"AlpnPolicy": ["HTTP2Only"]}, "InvalidConfigurationRequest"),
        ({"MutualAuthentication": {"Mode": "off"}}, "InvalidConfigurationRequest"),
        ({"Port": 65536}, "ValidationError"),
        ({"Port": 80}, "DuplicateListener"),
    ],
)
def test_listeners_that_are_refused(
    elb: Checked,
    load_balancer: str,
    group: Group,
    listener: Listener,
    parameters: dict[str, Any],
    code: str,
) -> None:
    first = listener({group("blue"): 1})
    usual = {"LoadBalancerArn": load_balancer, "Protocol": "HTTP", "Port": 81}
    wanted = {**usual, **parameters, "DefaultActions": [fixed()]}
    assert refusal(elb.create_listener, **wanted)[0] == code
    left = elb.describe_listeners(LoadBalancerArn=load_balancer)["Listeners"]
    assert [one["ListenerArn"] for one in left] == [first]
    second = listener({group("green"): 1}, port=82)
    before = the_listener(elb, second)
    assert refusal(elb.modify_listener, ListenerArn=second, **parameters)[0] == code
    assert the_listener(elb, second) == before


def test_protocols_of_groups(elb: Checked, load_balancer: str, group: Group) -> None:
    usual = {"LoadBalancerArn": load_balancer, "Protocol": "HTTP", "Port": 80}
    tcp = group("tcp", Protocol="TCP")
    code, _ = refusal(elb.create_listener, **usual, DefaultActions=[forward({tcp: 1})])
    assert code == "IncompatibleProtocols"
    net = elb.create_load_balancer(Name="net", Type="network", Subnets=["subnet-a"])
    usual = {
        "LoadBalancerArn": net["LoadBalancers"][0]["LoadBalancerArn"],
        "Protocol": "TCP",
        "Port": 80,
    }
    code, _ = refusal(elb.create_listener, **usual, DefaultActions=[fixed()])
    assert code == "InvalidLoadBalancerAction"
    made = elb.create_listener(**usual, DefaultActions=[forward({tcp: 1})])
    arn = made["Listeners"][0]["ListenerArn"]
    assert refusal(elb.modify_listener, ListenerArn=arn, Protocol="UDP")[0] == (
        "IncompatibleProtocols"
    )
    rule = {"ListenerArn": arn, "Priority": 1, "Actions": [forward({tcp: 1})]}
    conditions = [{"Field": "path-pattern", "Values": ["/"]}]
    assert refusal(elb.create_rule, **rule, Conditions=conditions)[0] == "UnsupportedProtocol"


def test_a_changed_listener_uses_other_groups(
    elb: Checked, group: Group, listener: Listener
) -> None:
    blue, green = group("blue"), group("green")
    arn = listener({blue: 1})
    elb.modify_listener(ListenerArn=arn, Port=8080, DefaultActions=[forward({green: 1})])
    assert the_listener(elb, arn)["Port"] == 8080
    elb.delete_target_group(TargetGroupArn=blue)
    assert refusal(elb.delete_target_group, TargetGroupArn=green)[0] == "ResourceInUse"
    elb.delete_listener(ListenerArn=arn)
    assert refusal(elb.delete_listener, ListenerArn=arn)[0] == "ListenerNotFound"
    elb.delete_target_group(TargetGroupArn=green)


def test_described_by_pages(
    elb: Checked, load_balancer: str, listener: Listener, group: Group
) -> None:
    blue = group("blue")
    arns = [listener({blue: 1}, port=port) for port in (80, 81, 82)]
    paginator = elb.client.get_paginator("describe_listeners")
    pages = paginator.paginate(LoadBalancerArn=load_balancer, PaginationConfig={"PageSize": 2})
    assert [one["ListenerArn"] for page in pages for one in page["Listeners"]] == arns
    assert refusal(elb.describe_listeners)[0] == "ValidationError"
    assert refusal(elb.describe_listeners, ListenerArns=["x"])[0] == "ValidationError"
    assert refusal(elb.describe_listeners, ListenerArns=[arns[0] + "0"])[0] == "ListenerNotFound"
    code, _ = refusal(elb.describe_listeners, LoadBalancerArn=load_balancer + "0")
    assert code == "LoadBalancerNotFound"
