"""Tags of everything that ``elbv2`` has."""

from __future__ import annotations

from collections.abc import Callable

from against_botocore import Checked
from refusals import refusal

Group = Callable[..., str]
Listener = Callable[..., str]


def test_tags_are_added_replaced_and_removed(
    elb: Checked, load_balancer: str, group: Group, listener: Listener
) -> None:
    blue = group("blue", Tags=[{"Key": "a", "Value": "0"}])
    of_listener = listener({blue: 1})
    rule = elb.describe_rules(ListenerArn=of_listener)["Rules"][0]["RuleArn"]
    arns = [load_balancer, blue, of_listener, rule]
    elb.add_tags(ResourceArns=arns, Tags=[{"Key": "a", "Value": "1"}, {"Key": "b"}])
    elb.remove_tags(ResourceArns=arns, TagKeys=["b", "c"])
    found = elb.describe_tags(ResourceArns=arns)["TagDescriptions"]
    assert found == [{"ResourceArn": arn, "Tags": [{"Key": "a", "Value": "1"}]} for arn in arns]


def test_what_is_refused_changes_nothing(elb: Checked, load_balancer: str, group: Group) -> None:
    blue = group("blue")
    before = elb.describe_tags(ResourceArns=[load_balancer, blue])
    tag = {"Key": "a"}
    for arns, tags, code in (
        ([load_balancer, blue], [tag, tag], "DuplicateTagKeys"),
        ([load_balancer, blue], [{"Key": str(number)} for number in range(51)], "TooManyTags"),
        ([load_balancer, blue + "0"], [tag], "TargetGroupNotFound"),
        ([load_balancer + "0"], [tag], "LoadBalancerNotFound"),
        ([blue.replace(":targetgroup/", ":listener/")], [tag], "ListenerNotFound"),
        ([blue.replace(":targetgroup/", ":listener-rule/")], [tag], "RuleNotFound"),
        (["arn:aws:elasticloadbalancing:us-east-1:123456789012:x/a"], [tag], "ValidationError"),
        (["blue"], [tag], "ValidationError"),
        ([], [tag], "ValidationError"),
        ([blue] * 21, [tag], "ValidationError"),
    ):
        assert refusal(elb.add_tags, ResourceArns=arns, Tags=tags)[0] == code
        assert elb.describe_tags(ResourceArns=[load_balancer, blue]) == before
    elb.add_tags(ResourceArns=[blue], Tags=[{"Key": str(number)} for number in range(50)])
    assert refusal(elb.add_tags, ResourceArns=[blue], Tags=[tag])[0] == "TooManyTags"
