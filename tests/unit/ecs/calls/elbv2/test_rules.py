"""Rules of listeners, and the traffic that they send (C49, D65)."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

import pytest

from against_botocore import Checked
from elbv2_actions import fixed, forward, path_is
from placement.ecs.control.account import Account
from placement.ecs.control.load_balancing.targets import CheckResult
from refusals import refusal

Group = Callable[..., str]
Listener = Callable[..., str]


def rule(elb: Checked, listener: str, priority: int, actions: list[Any], **more: Any) -> str:
    made = elb.create_rule(
        ListenerArn=listener,
        Priority=priority,
        Conditions=path_is(f"/{priority}/*"),
        Actions=actions,
        **more,
    )
    return str(made["Rules"][0]["RuleArn"])


def described(elb: Checked, listener: str) -> list[tuple[str, str]]:
    found = elb.describe_rules(ListenerArn=listener)["Rules"]
    return [(one["RuleArn"], one["Priority"]) for one in found]


def test_rules_come_by_priority_and_the_default_rule_last(
    elb: Checked, group: Group, listener: Listener
) -> None:
    arn = listener({group("blue"): 1})
    late, early = (rule(elb, arn, priority, [fixed()]) for priority in (20, 3))
    found = elb.describe_rules(ListenerArn=arn)["Rules"]
    assert [(one["Priority"], one["IsDefault"]) for one in found] == [
        ("3", False),
        ("20", False),
        ("default", True),
    ]
    assert [one["RuleArn"] for one in found][:2] == [early, late]
    assert found[0]["Conditions"] == [
        {
            "Field": "path-pattern",
            "Values": ["/3/*"],
            "PathPatternConfig": {"Values": ["/3/*"]},
        }
    ]
    default = found[-1]
    assert default["Conditions"] == []
    assert elb.describe_rules(RuleArns=[default["RuleArn"]])["Rules"] == [default]
    assert default["RuleArn"].startswith(arn.replace(":listener/", ":listener-rule/"))
    paginator = elb.client.get_paginator("describe_rules")
    pages = paginator.paginate(ListenerArn=arn, PaginationConfig={"PageSize": 2})
    assert [len(page["Rules"]) for page in pages] == [2, 1]


CONDITIONS: list[dict[str, Any]] = [
    {"Field": "host-header", "HostHeaderConfig": {"Values": ["a.example"]}},
    {"HttpHeaderConfig": {"HttpHeaderName": "x", "Values": ["1"]}},
    {"Field": "http-request-method", "HttpRequestMethodConfig": {"Values": ["GET"]}},
    {"Field": "query-string", "QueryStringConfig": {"Values": [{"Key": "a", "Value": "b"}]}},
    {"Field": "source-ip", "SourceIpConfig": {"Values": ["10.0.0.0/8"]}},
    {"Field": "path-pattern", "PathPatternConfig": {"RegexValues": ["/a.*"]}},
]


def test_conditions_are_stored_as_they_came(elb: Checked, group: Group, listener: Listener) -> None:
    arn = listener({group("blue"): 1})
    made = elb.create_rule(ListenerArn=arn, Priority=1, Conditions=CONDITIONS, Actions=[fixed()])
    found = made["Rules"][0]["Conditions"]
    assert [one["Field"] for one in found] == [
        *("host-header", "http-header", "http-request-method"),
        *("query-string", "source-ip", "path-pattern"),
    ]
    for one, given in zip(found, CONDITIONS, strict=True):
        assert one.items() >= given.items()


@pytest.mark.parametrize(
    "conditions",
    [
        [],
        [{}],
        [{"Field": "cookie", "Values": ["a"]}],
        [{"Field": "path-pattern"}],
        [{"Field": "path-pattern", "Values": []}],
        [{"Field": "http-header", "Values": ["a"]}],
    ],
)
def test_conditions_that_are_refused(
    elb: Checked, group: Group, listener: Listener, conditions: list[Any]
) -> None:
    arn = listener({group("blue"): 1})
    parameters = {"ListenerArn": arn, "Priority": 1, "Actions": [fixed()]}
    code, _ = refusal(elb.create_rule, **parameters, Conditions=conditions)
    assert code == "ValidationError"
    made = rule(elb, arn, 2, [fixed()])
    assert refusal(elb.modify_rule, RuleArn=made, Conditions=conditions)[0] == "ValidationError"
    assert len(described(elb, arn)) == 2


def test_priorities(elb: Checked, group: Group, listener: Listener) -> None:
    arn, other = listener({group("blue"): 1}), listener({group("green"): 1}, port=81)
    one, two = rule(elb, arn, 1, [fixed()]), rule(elb, arn, 2, [fixed()])
    rule(elb, other, 1, [fixed()])
    usual = {"ListenerArn": arn, "Conditions": path_is("/"), "Actions": [fixed()]}
    code, message = refusal(elb.create_rule, **usual, Priority=1)
    assert (code, message) == ("PriorityInUse", "Priority 1 is currently in use")
    assert refusal(elb.create_rule, **usual, Priority=50_001)[0] == "ValidationError"
    swap = [{"RuleArn": one, "Priority": 2}, {"RuleArn": two, "Priority": 1}]
    elb.set_rule_priorities(RulePriorities=swap)
    default = described(elb, arn)[-1]
    assert described(elb, arn) == [(two, "1"), (one, "2"), default]
    for pairs, code in (
        ([{"RuleArn": one, "Priority": 1}], "PriorityInUse"),
        ([{"RuleArn": one, "Priority": 5}, {"RuleArn": two, "Priority": 5}], "PriorityInUse"),
        ([{"RuleArn": default[0], "Priority": 5}], "OperationNotPermitted"),
        ([{"RuleArn": one + "0", "Priority": 5}], "RuleNotFound"),
        ([{"RuleArn": one, "Priority": 5}] * 2, "ValidationError"),
        ([{"RuleArn": one}], "ValidationError"),
        ([], "ValidationError"),
    ):
        assert refusal(elb.set_rule_priorities, RulePriorities=pairs)[0] == code
        assert described(elb, arn) == [(two, "1"), (one, "2"), default]


def test_a_changed_rule(elb: Checked, group: Group, listener: Listener) -> None:
    blue, green = group("blue"), group("green")
    arn = listener({blue: 1})
    made = rule(elb, arn, 1, [forward({green: 1})])
    config = {"Rewrites": [{"Regex": "a", "Replace": "b"}]}
    transforms = [{"Type": "url-rewrite", "UrlRewriteConfig": config}]
    found = elb.modify_rule(
        RuleArn=made, Conditions=path_is("/x"), Actions=[forward({blue: 1})], Transforms=transforms
    )["Rules"][0]
    assert found["Conditions"][0]["Values"] == ["/x"]
    assert found["Transforms"] == transforms
    elb.delete_target_group(TargetGroupArn=green)
    code, _ = refusal(elb.modify_rule, RuleArn=made, Transforms=transforms, ResetTransforms=True)
    assert code == "ValidationError"
    assert "Transforms" not in elb.modify_rule(RuleArn=made, ResetTransforms=True)["Rules"][0]
    elb.delete_rule(RuleArn=made)
    assert refusal(elb.delete_rule, RuleArn=made)[0] == "RuleNotFound"
    assert refusal(elb.delete_target_group, TargetGroupArn=blue)[0] == "ResourceInUse"


def test_the_default_rule_c49(elb: Checked, group: Group, listener: Listener) -> None:
    blue, green = group("blue"), group("green")
    arn = listener({blue: 1})
    default = described(elb, arn)[0][0]
    elb.modify_rule(RuleArn=default, Actions=[forward({green: 1})])
    actions = elb.describe_listeners(ListenerArns=[arn])["Listeners"][0]["DefaultActions"]
    assert actions[0]["TargetGroupArn"] == green
    assert refusal(elb.modify_rule, RuleArn=default, Conditions=path_is("/"))[0] == (
        "OperationNotPermitted"
    )
    assert refusal(elb.delete_rule, RuleArn=default)[0] == "OperationNotPermitted"
    assert refusal(elb.describe_rules)[0] == "ValidationError"
    assert refusal(elb.describe_rules, RuleArns=[default + "0"])[0] == "RuleNotFound"
    assert refusal(elb.describe_rules, ListenerArn=arn + "0")[0] == "ListenerNotFound"


def test_shares_of_a_listener_and_of_a_rule_d65(
    elb: Checked, account: Account, group: Group, listener: Listener
) -> None:
    blue, green, empty = group("blue"), group("green"), group("empty")
    arn = listener({blue: 2, green: 1, empty: 1})
    made = rule(elb, arn, 1, [forward({green: 1})])
    answers_itself = rule(elb, arn, 2, [fixed()])
    for name, host in ((blue, 1), (blue, 2), (green, 2)):
        elb.register_targets(TargetGroupArn=name, Targets=[{"Id": f"10.0.0.{host}"}])

    def shares(name: str) -> dict[Any, Fraction]:
        found = account.elb.find_rule(name)
        assert found is not None
        return account.elb.traffic(found)

    first, second = ("10.0.0.1", 80), ("10.0.0.2", 80)
    assert shares(arn) == {first: Fraction(1, 4), second: Fraction(1, 2)}
    assert shares(made) == {second: Fraction(1)}
    assert shares(answers_itself) == {}
    assert account.elb.find_rule("x") is None
    default = account.elb.find_rule(arn)
    assert default is not None
    account.elb.set_weights(default, {blue: 0, green: 0})
    assert shares(arn) == {}
    account.elb.set_weights(default, {green: 5})
    assert shares(arn) == {second: Fraction(5, 6)}
    with pytest.raises(KeyError):
        account.elb.set_weights(default, {"x": 1})


def test_a_group_may_ask_for_more_healthy_targets_d65(
    elb: Checked, account: Account, group: Group, listener: Listener
) -> None:
    """Requests go to all that are registered where fewer are healthy than its attributes say."""
    blue = group("blue")
    arn = listener({blue: 1})
    targets = [{"Id": f"10.0.0.{host}"} for host in range(4)]
    elb.register_targets(TargetGroupArn=blue, Targets=targets)
    table = account.elb.targets
    for host in (0, 1):
        table.set_finding(blue, (f"10.0.0.{host}", 80), CheckResult.UNHEALTHY, 0)
    found = account.elb.find_rule(arn)
    assert found is not None
    assert len(account.elb.traffic(found)) == 2
    prefix = "target_group_health.unhealthy_state_routing.minimum_healthy_targets"
    for key, value, count in (
        ("count", "2", 2),
        ("count", "3", 4),
        ("count", "1", 2),
        ("percentage", "50", 2),
        ("percentage", "51", 4),
    ):
        change = [{"Key": f"{prefix}.{key}", "Value": value}]
        elb.modify_target_group_attributes(TargetGroupArn=blue, Attributes=change)
        assert len(account.elb.traffic(found)) == count
