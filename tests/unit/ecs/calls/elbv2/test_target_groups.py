"""Target groups: create, describe, change, delete; their attributes (S9.4)."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from typing import Any

import pytest

from against_botocore import Checked
from placement.ecs.control.account import Account
from placement.timestamps import SECOND
from refusals import refusal

Group = Callable[..., str]
Listener = Callable[..., str]
USUAL = {"Name": "a", "Protocol": "HTTP", "Port": 80, "VpcId": "vpc-1"}


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [
        ({}, ("HTTP", 30, 6, 5, 2, "/", {"HttpCode": "200"})),
        ({"Protocol": "HTTPS"}, ("HTTP", 30, 10, 5, 2, "/", {"HttpCode": "200"})),
        ({"Protocol": "TCP"}, ("TCP", 30, 10, 5, 2, None, None)),
        (
            {"Protocol": "TCP", "HealthCheckProtocol": "HTTP"},
            ("HTTP", 30, 10, 5, 2, "/", {"HttpCode": "200-399"}),
        ),
        (
            {"ProtocolVersion": "GRPC"},
            ("HTTP", 30, 6, 5, 2, "/AWS.ALB/healthcheck", {"GrpcCode": "12"}),
        ),
        (
            {"HealthCheckIntervalSeconds": 5, "UnhealthyThresholdCount": 3},
            ("HTTP", 5, 6, 5, 3, "/", {"HttpCode": "200"}),
        ),
    ],
)
def test_defaults_of_health_checks_s94(
    elb: Checked, parameters: dict[str, Any], expected: tuple[Any, ...]
) -> None:
    found = elb.create_target_group(**{**USUAL, **parameters})["TargetGroups"][0]
    names = (
        *("HealthCheckProtocol", "HealthCheckIntervalSeconds", "HealthCheckTimeoutSeconds"),
        *("HealthyThresholdCount", "UnhealthyThresholdCount", "HealthCheckPath", "Matcher"),
    )
    assert tuple(found.get(name) for name in names) == expected
    assert (found["HealthCheckPort"], found["HealthCheckEnabled"]) == ("traffic-port", True)
    assert (found["TargetType"], found["IpAddressType"]) == ("instance", "ipv4")
    assert found["LoadBalancerArns"] == []
    assert elb.describe_target_groups()["TargetGroups"] == [found]


@pytest.mark.parametrize(
    ("parameters", "code"),
    [
        ({"Name": ""}, "ValidationError"),
        ({"Name": "a-"}, "ValidationError"),
        ({"Protocol": "SMTP"}, "ValidationError"),
        ({"Protocol": "GENEVE"}, "UnsupportedFeatureException"),
        ({"Port": 65536}, "ValidationError"),
        ({"VpcId": ""}, "ValidationError"),
        ({"TargetType": "lambda"}, "UnsupportedFeatureException"),
        ({"TargetType": "alb"}, "UnsupportedFeatureException"),
        ({"ProtocolVersion": "HTTP3"}, "ValidationError"),
        ({"Protocol": "TCP", "ProtocolVersion": "HTTP1"}, "ValidationError"),
        ({"HealthCheckEnabled": False}, "ValidationError"),
        ({"HealthCheckProtocol": "TCP"}, "ValidationError"),
        ({"HealthCheckProtocol": "UDP"}, "ValidationError"),
        ({"HealthCheckPort": "0"}, "ValidationError"),
        ({"HealthCheckPort": "65536"}, "ValidationError"),
        ({"HealthCheckPort": "http"}, "ValidationError"),
        ({"HealthCheckPath": "health"}, "ValidationError"),
        ({"Protocol": "TCP", "HealthCheckPath": "/"}, "ValidationError"),
        ({"HealthCheckIntervalSeconds": 301}, "ValidationError"),
        ({"HealthCheckTimeoutSeconds": 30}, "ValidationError"),
        ({"HealthyThresholdCount": 11}, "ValidationError"),
        ({"Matcher": {"HttpCode": "ok"}}, "ValidationError"),
        ({"Matcher": {"GrpcCode": "12"}}, "ValidationError"),
        ({"Matcher": {}}, "ValidationError"),
        ({"Tags": [{"Key": "a"}, {"Key": "a"}]}, "ValidationError"),
    ],
)
def test_what_is_refused_leaves_nothing(
    elb: Checked, account: Account, parameters: dict[str, Any], code: str
) -> None:
    before = account._ids.getstate()
    assert refusal(elb.create_target_group, **{**USUAL, **parameters})[0] == code
    assert elb.describe_target_groups()["TargetGroups"] == []
    assert account._ids.getstate() == before, "no id was drawn, which would change those to come"


@pytest.mark.parametrize("name", ["Protocol", "Port", "VpcId"])
def test_what_the_service_needs(elb: Checked, name: str) -> None:
    given = {key: value for key, value in USUAL.items() if key != name}
    code, message = refusal(elb.create_target_group, **given)
    assert (code, message.endswith("must be specified")) == ("ValidationError", True)


def test_equal_calls_make_one_group(elb: Checked, account: Account) -> None:
    first = elb.create_target_group(**USUAL)["TargetGroups"][0]
    before = account._ids.getstate()
    assert elb.create_target_group(**USUAL)["TargetGroups"] == [first]
    code, _ = refusal(elb.create_target_group, **{**USUAL, "Port": 81})
    assert code == "DuplicateTargetGroupName"
    assert account._ids.getstate() == before


def test_described_by_name_arn_and_load_balancer(
    elb: Checked, group: Group, listener: Listener, load_balancer: str
) -> None:
    blue, green = group("blue"), group("green")
    listener({green: 1})

    def names(**parameters: Any) -> list[str]:
        found = elb.describe_target_groups(**parameters)["TargetGroups"]
        return [one["TargetGroupName"] for one in found]

    assert names() == ["blue", "green"]
    assert names(Names=["green"]) == ["green"]
    assert names(TargetGroupArns=[green, blue, green]) == ["green", "blue"]
    assert names(LoadBalancerArn=load_balancer) == ["green"]
    assert refusal(elb.describe_target_groups, Names=["x"])[0] == "TargetGroupNotFound"
    assert refusal(elb.describe_target_groups, TargetGroupArns=[blue + "0"])[0] == (
        "TargetGroupNotFound"
    )
    both = {"Names": ["blue"], "TargetGroupArns": [blue]}
    assert refusal(elb.describe_target_groups, **both)[0] == "ValidationError"


def test_classes_of_errors_have_botocores_shape_names_c47(elb: Checked) -> None:
    kind = elb.client.exceptions.TargetGroupNotFoundException
    with pytest.raises(kind) as caught:
        elb.describe_target_groups(Names=["x"])
    assert caught.value.response["Error"]["Code"] == "TargetGroupNotFound"
    assert elb.client.exceptions.from_code("TargetGroupNotFound") is kind
    assert pickle.loads(pickle.dumps(caught.value)).response == caught.value.response


def test_a_changed_health_check(elb: Checked, group: Group) -> None:
    arn = group("blue")
    made = elb.modify_target_group(
        TargetGroupArn=arn,
        HealthCheckIntervalSeconds=10,
        HealthCheckTimeoutSeconds=2,
        HealthCheckPath="/health",
        Matcher={"HttpCode": "200-299,301"},
    )
    found = made["TargetGroups"][0]
    assert (found["HealthCheckIntervalSeconds"], found["HealthCheckPath"]) == (10, "/health")
    assert found["Matcher"] == {"HttpCode": "200-299,301"}
    code, _ = refusal(elb.modify_target_group, TargetGroupArn=arn, HealthCheckProtocol="TCP")
    assert code == "ValidationError"
    assert elb.describe_target_groups()["TargetGroups"] == [found]


def test_another_protocol_of_health_checks_has_its_own_defaults(elb: Checked, group: Group) -> None:
    arn = group("tcp", Protocol="TCP")
    made = elb.modify_target_group(TargetGroupArn=arn, HealthCheckProtocol="HTTP")
    assert made["TargetGroups"][0]["Matcher"] == {"HttpCode": "200-399"}
    assert made["TargetGroups"][0]["HealthCheckPath"] == "/"
    back = elb.modify_target_group(TargetGroupArn=arn, HealthCheckProtocol="TCP")
    assert "Matcher" not in back["TargetGroups"][0]


def test_attributes(elb: Checked, account: Account, group: Group) -> None:
    arn = group("blue")

    def values() -> dict[str, str]:
        found = elb.describe_target_group_attributes(TargetGroupArn=arn)["Attributes"]
        return {one["Key"]: one["Value"] for one in found}

    before = values()
    assert before["deregistration_delay.timeout_seconds"] == "300"
    assert before["stickiness.type"] == "lb_cookie"
    delay = {"Key": "deregistration_delay.timeout_seconds", "Value": "60"}
    elb.modify_target_group_attributes(TargetGroupArn=arn, Attributes=[delay])
    assert values() == {**before, "deregistration_delay.timeout_seconds": "60"}
    assert account.elb.targets.groups[arn].delay == 60 * SECOND
    for key, value in (
        ("deregistration_delay.timeout_seconds", "3601"),
        ("deregistration_delay.timeout_seconds", "-1"),
        ("slow_start.duration_seconds", "29"),
        ("stickiness.type", "source_ip"),
        ("preserve_client_ip.enabled", "true"),
        ("waf.http2.traffic_inspection_behavior", "inspect_immediately"),
    ):
        change = [{"Key": key, "Value": value}]
        parameters = {"TargetGroupArn": arn, "Attributes": change}
        code, message = refusal(elb.modify_target_group_attributes, **parameters)
        assert (code, key in message) == ("ValidationError", True)


def test_attributes_follow_the_protocol(elb: Checked, group: Group) -> None:
    def values(arn: str) -> dict[str, str]:
        found = elb.describe_target_group_attributes(TargetGroupArn=arn)["Attributes"]
        return {one["Key"]: one["Value"] for one in found}

    udp = values(group("udp", Protocol="UDP"))
    assert udp["deregistration_delay.connection_termination.enabled"] == "true"
    assert udp["stickiness.type"] == "source_ip"
    assert values(group("tcp", Protocol="TCP"))["preserve_client_ip.enabled"] == "false"
    h2 = values(group("h2", ProtocolVersion="HTTP2"))
    assert h2["waf.http2.traffic_inspection_behavior"] == "inspect_immediately"


def test_what_would_add_a_state_is_refused_by_name_c48(elb: Checked, group: Group) -> None:
    key = "target_health_state.unhealthy.draining_interval_seconds"
    arn = group("tcp", Protocol="TCP")
    parameters = {"TargetGroupArn": arn, "Attributes": [{"Key": key, "Value": "60"}]}
    code, message = refusal(elb.modify_target_group_attributes, **parameters)
    assert (code, key in message) == ("UnsupportedFeatureException", True)
    parameters["Attributes"] = [{"Key": key, "Value": "0"}]
    elb.modify_target_group_attributes(**parameters)


def test_a_group_in_use_is_not_deleted(elb: Checked, group: Group, listener: Listener) -> None:
    blue, green = group("blue"), group("green")
    arn = listener({blue: 1, green: 0})
    for one in (blue, green):
        code, message = refusal(elb.delete_target_group, TargetGroupArn=one)
        assert (code, "in use by a listener or a rule" in message) == ("ResourceInUse", True)
    elb.delete_listener(ListenerArn=arn)
    elb.delete_target_group(TargetGroupArn=blue)
    elb.delete_target_group(TargetGroupArn=blue)
    assert [one["TargetGroupName"] for one in elb.describe_target_groups()["TargetGroups"]] == [
        "green"
    ]
