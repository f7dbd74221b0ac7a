"""Rules of listeners: create, describe, change, delete, order.

In: the account and checked parameters.  Out: answers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from placement.ecs.calls.elbv2.actions import read_actions
from placement.ecs.calls.elbv2.answers import rule_answer
from placement.ecs.calls.elbv2.checking import check_only_one, tags_of
from placement.ecs.calls.elbv2.errors import invalid, refused
from placement.ecs.calls.elbv2.lookups import the_listener, the_rule
from placement.ecs.calls.elbv2.pages import page
from placement.ecs.control.account import Account
from placement.ecs.control.load_balancing.creation import new_rule
from placement.ecs.control.load_balancing.records import Listener
from placement.ecs.control.load_balancing.state import LoadBalancing
from placement.errors import describe_value
from placement.timestamps import microseconds

__all__ = ["create_rule", "delete_rule", "describe_rules", "modify_rule", "set_rule_priorities"]

Parameters = dict[str, Any]

_CONFIGS = {
    "host-header": "HostHeaderConfig",
    "http-header": "HttpHeaderConfig",
    "http-request-method": "HttpRequestMethodConfig",
    "path-pattern": "PathPatternConfig",
    "query-string": "QueryStringConfig",
    "source-ip": "SourceIpConfig",
}
"""The parameter for the values of a condition, by its field."""

_PLAIN = ("host-header", "path-pattern")
"""The fields whose values may stand in ``Values`` as well."""


def create_rule(account: Account, parameters: Parameters) -> Parameters:
    """Create a rule; the groups that it names come into use."""
    elb = account.elb
    listener = the_listener(elb, parameters["ListenerArn"])
    load_balancer = elb.load_balancers[listener.load_balancer]
    if load_balancer.kind != "application":
        raise refused(
            "UnsupportedProtocol", "Listeners of Network Load Balancers only have a default rule"
        )
    priority = parameters["Priority"]
    _check_priorities(elb, listener, {"": priority})
    conditions = _conditions(parameters["Conditions"])
    actions = read_actions(elb, parameters["Actions"], load_balancer, listener.protocol)
    tags = tags_of(parameters.get("Tags", ()))
    now = microseconds(account.clock())
    rule = new_rule(
        account,
        listener,
        priority=priority,
        actions=actions,
        conditions=conditions,
        transforms=parameters.get("Transforms", []),
        tags=tags,
    )
    elb.add_rule(rule, now)
    return {"Rules": [rule_answer(rule)]}


def _conditions(documents: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Return conditions as they are described: values of two fields in both of their places."""
    if not documents:
        raise invalid("A condition must be specified")
    return [_condition(one) for one in documents]


def _condition(document: Mapping[str, Any]) -> Mapping[str, Any]:
    field = document.get("Field")
    if field is None:
        field = next((one for one, config in _CONFIGS.items() if config in document), None)
    if field not in _CONFIGS:
        raise invalid(
            f"Condition field {describe_value(document.get('Field'))} must be one of "
            f"{', '.join(_CONFIGS)}"
        )
    config = document.get(_CONFIGS[field], {})
    values = config.get("Values") or document.get("Values")
    patterns = config.get("RegexValues") or document.get("RegexValues")
    if not values and not patterns:
        raise invalid(f"A condition value must be specified for {field}")
    if not config and field not in _PLAIN:
        raise invalid(f"The values of {field} must be specified in {_CONFIGS[field]}")
    found = {"Field": field, **document}
    if field in _PLAIN and values:
        found |= {"Values": values, _CONFIGS[field]: {**config, "Values": values}}
    return found


def _check_priorities(elb: LoadBalancing, listener: Listener, wanted: Mapping[str, int]) -> None:
    """Refuse priorities, by rule, that another rule of the listener would have too."""
    taken = {elb.rules[arn].priority for arn in listener.rules if arn not in wanted}
    for priority in wanted.values():
        if priority in taken:
            raise refused("PriorityInUse", f"Priority {priority} is currently in use")
        taken.add(priority)


def describe_rules(account: Account, parameters: Parameters) -> Parameters:
    """Describe the rules of a listener by priority, the default rule last, or those of ARNs."""
    check_only_one(parameters, ("ListenerArn", "RuleArns"), is_needed=True)
    elb = account.elb
    if parameters.get("ListenerArn"):
        listener = the_listener(elb, parameters["ListenerArn"])
        ordered = sorted(listener.rules, key=lambda arn: elb.rules[arn].priority or 0)
        keys = [*ordered, listener.default_rule]
    else:
        found = [the_rule(elb, arn) for arn in parameters["RuleArns"]]
        keys = list(dict.fromkeys(one.arn for one in found))
    records, following = page(keys, elb.rules, parameters)
    return {"Rules": [rule_answer(one) for one in records], **following}


def modify_rule(account: Account, parameters: Parameters) -> Parameters:
    """Change a rule; what is not given stays.  Of a default rule only actions can be changed."""
    elb = account.elb
    rule = the_rule(elb, parameters["RuleArn"])
    is_reset = parameters.get("ResetTransforms", False)
    if rule.priority is None and ("Conditions" in parameters or "Transforms" in parameters):
        raise refused(
            "OperationNotPermitted",
            f"Default rule {rule.arn} has neither conditions nor transforms",
        )
    if is_reset and "Transforms" in parameters:
        raise invalid("Transforms and ResetTransforms cannot be specified together")
    conditions = rule.conditions
    if "Conditions" in parameters:
        conditions = _conditions(parameters["Conditions"])
    actions = rule.actions
    if "Actions" in parameters:
        protocol = elb.listeners[rule.listener].protocol
        actions = read_actions(elb, parameters["Actions"], elb.load_balancer_of(rule), protocol)
    now = microseconds(account.clock())
    rule.conditions = conditions
    rule.transforms = [] if is_reset else parameters.get("Transforms", rule.transforms)
    elb.set_actions(rule, actions, now)
    return {"Rules": [rule_answer(rule)]}


def delete_rule(account: Account, parameters: Parameters) -> Parameters:
    """Delete a rule; a default rule goes with its listener only."""
    rule = the_rule(account.elb, parameters["RuleArn"])
    if rule.priority is None:
        raise refused("OperationNotPermitted", f"Default rule {rule.arn} cannot be deleted")
    account.elb.remove_rule(rule.arn, microseconds(account.clock()))
    return {}


def set_rule_priorities(account: Account, parameters: Parameters) -> Parameters:
    """Set the priorities of rules; those that are not named keep theirs."""
    elb = account.elb
    wanted: dict[str, int] = {}
    for pair in parameters["RulePriorities"]:
        if "RuleArn" not in pair or "Priority" not in pair:
            raise invalid("Each pair must have RuleArn and Priority")
        rule = the_rule(elb, pair["RuleArn"])
        if rule.priority is None:
            raise refused("OperationNotPermitted", f"Default rule {rule.arn} has no priority")
        if rule.arn in wanted:
            raise invalid(f"Rule {rule.arn} is specified more than once")
        wanted[rule.arn] = pair["Priority"]
    if not wanted:
        raise invalid("At least one rule must be specified")
    for name in dict.fromkeys(elb.rules[arn].listener for arn in wanted):
        listener = elb.listeners[name]
        mine = {arn: wanted[arn] for arn in listener.rules if arn in wanted}
        _check_priorities(elb, listener, mine)
    for arn, priority in wanted.items():
        elb.rules[arn].priority = priority
    return {"Rules": [rule_answer(elb.rules[arn]) for arn in wanted]}
