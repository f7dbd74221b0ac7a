"""Load what elbv2's describe calls print: load balancers, target groups, listeners, rules (C50).

In: documents.  Out: records of an account.  What a document names and none holds is made, and
noted: a target group with S9.4's defaults on a load balancer of its own, a listener or rule that
forwards all to the first group.  Targets are loaded by ``targets``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from placement.documents.problems import Problems
from placement.ecs.control.account import Account
from placement.ecs.control.dumps.description import Lists
from placement.ecs.control.dumps.fields import Fields
from placement.ecs.control.dumps.load_balancing_arns import (
    ARN,
    checked_arn,
    kind_of,
    listener_of,
    load_balancer_of,
    name_of,
)
from placement.ecs.control.dumps.rules import read_actions
from placement.ecs.control.load_balancing.creation import (
    new_listener,
    new_load_balancer,
    new_target_group,
)
from placement.ecs.control.load_balancing.defaults import (
    default_attributes,
    default_settings,
    group_attributes,
    load_balancer_attributes,
)
from placement.ecs.control.load_balancing.records import (
    Action,
    Forward,
    HealthCheckSettings,
    LoadBalancer,
    Rule,
    TargetGroup,
)
from placement.ecs.control.services.records import LoadBalancerBinding
from placement.errors import DocumentError, describe_value
from placement.model.checks import checked_text

__all__ = ["LoadBalancerLoader"]

MOST_SECONDS = 86_400
MOST_CHECKS = 1_000
"""The longest interval of a health check, and the largest threshold, that a document may have."""


class LoadBalancerLoader:
    """Loads load balancers, and makes those that are only named.

    Args:
        account: A new account.
        problems: Takes records that cannot be read.
    """

    def __init__(self, account: Account, problems: Problems) -> None:
        self._account = account
        self._problems = problems
        self._described: set[str] = set()

    def load(self, lists: Lists) -> None:
        """Add what documents describe."""
        elb, problems = self._account.elb, self._problems
        for path, document in lists["LoadBalancers"]:
            with problems.of_record(path):
                record = self._load_balancer(document, path)
                elb.load_balancers[record.arn] = record
        users: dict[str, str] = {}
        for path, document in lists["TargetGroups"]:
            with problems.of_record(path):
                fields = Fields(document, path)
                used_by = fields.texts("LoadBalancerArns")
                group = self._target_group(document, fields, path)
                elb.targets.groups[group.arn] = group
                self._described.add(group.arn)
                if used_by:
                    users[group.arn] = used_by[0]
        self._load_attributes(lists)
        rules = self._rules(lists)
        for path, document in lists["Listeners"]:
            with problems.of_record(path):
                self._add_listener(document, path, rules)
        for rule in rules.values():
            if rule.listener in elb.listeners and rule.arn not in elb.rules:
                elb.add_rule(rule, self._account.time.now)
            elif rule.listener not in elb.listeners:
                self.make_rule(rule.arn, next(rule.groups(), None), rule)
        for group_arn, user in users.items():
            if elb.targets.groups[group_arn].load_balancer is None:
                self._ensure_load_balancer(user)
                elb.targets.set_load_balancer(group_arn, user, self._account.time.now)

    # Documents

    def _load_balancer(self, document: Mapping[str, Any], path: str) -> LoadBalancer:
        fields = Fields(document, path)
        arn = checked_arn(document.get("LoadBalancerArn"), "loadbalancer", path)
        kind = fields.text("Type", kind_of(arn))
        scheme = fields.text("Scheme", "internet-facing")
        subnets = {}
        for zone, here in fields.with_paths("AvailabilityZones"):
            if zone.get("SubnetId") is not None:
                subnets[checked_text(zone["SubnetId"], f"{here}.SubnetId")] = zone
        name = fields.text("LoadBalancerName") or name_of(arn)
        fields.skip("LoadBalancerArn", "LoadBalancerName")
        record = LoadBalancer(
            arn=arn,
            name=name,
            kind=kind,
            scheme=scheme,
            dns_name=fields.text("DNSName", ""),
            created_at=fields.time("CreatedTime") or self._account.time.datetime,
            subnets=subnets,
            security_groups=fields.texts("SecurityGroups"),
            ip_address_type=fields.text("IpAddressType", "ipv4"),
            attributes=default_attributes(load_balancer_attributes(kind, scheme)),
            further={},
            tags={},
        )
        shown = ("AvailabilityZones", "State", "VpcId", "IpAddressType")
        record.further = fields.rest() | {key: document[key] for key in shown if key in document}
        return record

    def _target_group(self, document: Mapping[str, Any], fields: Fields, path: str) -> TargetGroup:
        arn = checked_arn(document.get("TargetGroupArn"), "targetgroup", path)
        protocol = fields.text("Protocol", "HTTP")
        target_type = fields.text("TargetType", "instance")
        version = fields.text("ProtocolVersion")
        checked_by = fields.text("HealthCheckProtocol")
        usual = default_settings(protocol, version, checked_by)
        settings = HealthCheckSettings(
            protocol=usual.protocol if checked_by is None else checked_by,
            port=fields.text("HealthCheckPort", usual.port),
            interval=_within(fields, "HealthCheckIntervalSeconds", usual.interval, path),
            timeout=_within(fields, "HealthCheckTimeoutSeconds", usual.timeout, path),
            healthy_threshold=_within(
                fields, "HealthyThresholdCount", usual.healthy_threshold, path, MOST_CHECKS
            ),
            unhealthy_threshold=_within(
                fields, "UnhealthyThresholdCount", usual.unhealthy_threshold, path, MOST_CHECKS
            ),
            path=fields.text("HealthCheckPath", usual.path or "") or None,
            matcher=fields.object("Matcher", None if usual.matcher is None else {**usual.matcher}),
        )
        name = fields.text("TargetGroupName") or name_of(arn)
        fields.skip("TargetGroupArn", "TargetGroupName", "LoadBalancerArns")
        return TargetGroup(
            arn=arn,
            name=name,
            target_type=target_type,
            protocol=protocol,
            port=fields.count("Port", 80),
            vpc=fields.text("VpcId", ""),
            version=version,
            settings=settings,
            attributes=default_attributes(group_attributes(protocol, target_type, version)),
            further=fields.rest(),
            tags={},
        )

    def _load_attributes(self, lists: Lists) -> None:
        for path, document in lists["TargetGroupAttributes"]:
            with self._problems.of_record(path):
                group = self.group_of_page(document, path)
                rules = group_attributes(group.protocol, group.target_type, group.version)
                for one, here in Fields(document, path).with_paths("Attributes"):
                    key = checked_text(one.get("Key"), f"{here}.Key")
                    value = checked_text(one.get("Value", ""), f"{here}.Value", empty=True)
                    rule = rules.get(key)
                    if rule is not None and not rule.is_allowed(value):
                        message = f"expected {rule.expected}, not {describe_value(value)}"
                        raise DocumentError(message, f"{here}.Value")
                    group.attributes[key] = value

    def group_of_page(self, document: Mapping[str, Any], path: str) -> TargetGroup:
        """Return the target group that a page about one group is of (C50).

        Raises:
            DocumentError: the page does not say it, and there is not exactly one group.
        """
        arn = document.get("TargetGroupArn")
        groups = self._account.elb.targets.groups
        if arn is None:
            if len(self._described) == 1:
                return groups[next(iter(self._described))]
            message = (
                "the page does not name its target group: add the key TargetGroupArn with the ARN "
                "that the command was given"
            )
            raise DocumentError(message, path)
        name = checked_arn(arn, "targetgroup", path)
        return groups[name] if name in groups else self.make_group(name)

    def _rules(self, lists: Lists) -> dict[str, Rule]:
        """Return the rules of the documents by ARN; default rules too."""
        rules = {}
        for path, document in lists["Rules"]:
            with self._problems.of_record(path):
                fields = Fields(document, path)
                arn = checked_arn(document.get("RuleArn"), "listener-rule", path)
                priority = fields.text("Priority", "default")
                if priority != "default" and not re.fullmatch(r"[0-9]{1,9}", priority):
                    message = f"expected default or a number, not {describe_value(priority)}"
                    raise DocumentError(message, f"{path}.Priority")
                actions = self._actions(fields, "Actions")
                rules[arn] = Rule(
                    arn,
                    listener_of(arn),
                    None if priority == "default" else int(priority),
                    actions,
                    list(fields.objects("Conditions")),
                    list(fields.objects("Transforms")),
                )
        return rules

    def _add_listener(
        self, document: Mapping[str, Any], path: str, rules: Mapping[str, Rule]
    ) -> None:
        fields = Fields(document, path)
        arn = checked_arn(document.get("ListenerArn"), "listener", path)
        owner = fields.text("LoadBalancerArn") or load_balancer_of(arn)
        record = self._ensure_load_balancer(checked_arn(owner, "loadbalancer", path))
        actions = self._actions(fields, "DefaultActions")
        known = [one for one in rules.values() if one.listener == arn and one.priority is None]
        listener, default = new_listener(
            self._account,
            record,
            protocol=fields.text("Protocol", "HTTP"),
            port=fields.count("Port", 80),
            actions=actions,
        )
        if known:
            default = known[0]
            default.actions = actions or default.actions
        else:
            default.arn = arn.replace(":listener/", ":listener-rule/") + default.arn[-17:]
        default.listener = listener.arn = arn
        listener.default_rule = default.arn
        fields.skip("ListenerArn")
        listener.further = fields.rest()
        self._account.elb.add_listener(listener, default, self._account.time.now)

    def _actions(self, fields: Fields, name: str) -> tuple[Action, ...]:
        actions = read_actions(fields.with_paths(name))
        for action in actions:
            for arn, _ in () if action.forward is None else action.forward.weights:
                if arn not in self._account.elb.targets.groups:
                    self.make_group(arn, on_its_own=False)
        return actions

    # What is only named

    def make_for(self, bindings: Iterable[LoadBalancerBinding], target_type: str) -> None:
        """Make the target groups, listeners and rules that a service names and no document has.

        Args:
            bindings: Its load balancers.
            target_type: What its tasks are registered as: ``instance`` or ``ip``.
        """
        elb = self._account.elb
        for binding in bindings:
            groups = (binding.target_group_arn, binding.alternate_target_group_arn)
            for arn in groups:
                if arn is not None and arn not in elb.targets.groups:
                    self.make_group(arn, target_type, on_its_own=False)
            for rule in (binding.production_rule, binding.test_rule):
                if rule is not None and elb.find_rule(rule) is None:
                    self.make_rule(rule, binding.target_group_arn)
            for arn in groups:
                if arn is not None and arn not in self._described:
                    self._put_on_its_own(elb.targets.groups[arn])

    def make_group(
        self, arn: str, target_type: str = "instance", *, on_its_own: bool = True
    ) -> TargetGroup:
        """Make a target group that is only named, perhaps on a load balancer of its own.

        Raises:
            DocumentError: that is no ARN of a target group.
        """
        checked_arn(arn, "targetgroup", arn)
        group = new_target_group(self._account, name_of(arn), target_type=target_type)
        group.arn = arn
        self._account.elb.targets.groups[arn] = group
        self._account.note(arn, "made", "no document describes this target group")
        if on_its_own:
            self._put_on_its_own(group)
        return group

    def _put_on_its_own(self, group: TargetGroup) -> None:
        if group.load_balancer is not None:
            return
        account = self._account
        record = new_load_balancer(account, group.name, created_at=account.time.datetime)
        account.elb.load_balancers[record.arn] = record
        listener, rule = new_listener(
            account, record, protocol="HTTP", port=80, actions=(_forward(group.arn),)
        )
        account.elb.add_listener(listener, rule, account.time.now)

    def _ensure_load_balancer(self, arn: str) -> LoadBalancer:
        """Return the load balancer of an ARN; made where it is only named."""
        account = self._account
        known = account.elb.load_balancers.get(arn)
        if known is None:
            kind = kind_of(checked_arn(arn, "loadbalancer", arn))
            known = new_load_balancer(
                account, name_of(arn), created_at=account.time.datetime, kind=kind
            )
            known.arn = arn
            account.elb.load_balancers[arn] = known
            account.note(arn, "made", "no document describes this load balancer")
        return known

    def make_rule(self, arn: str, group: str | None, rule: Rule | None = None) -> None:
        """Make a rule that is only named, or the listener of one; a listener has a default rule.

        Raises:
            DocumentError: that is no ARN of a listener or a rule.
        """
        account = self._account
        found = ARN.fullmatch(arn)
        if found is None or found[1] not in ("listener", "listener-rule"):
            message = f"expected the ARN of a listener or a rule, not {describe_value(arn)}"
            raise DocumentError(message, arn)
        actions = () if group is None else (_forward(group),)
        listener_arn = arn if found[1] == "listener" else listener_of(arn)
        if listener_arn not in account.elb.listeners:
            owner = self._ensure_load_balancer(load_balancer_of(listener_arn))
            listener, default = new_listener(
                account, owner, protocol="HTTP", port=80, actions=actions
            )
            default.arn = listener_arn.replace(":listener/", ":listener-rule/") + default.arn[-17:]
            default.listener = listener.arn = listener_arn
            if rule is not None and rule.priority is None:
                default = rule
            listener.default_rule = default.arn
            account.elb.add_listener(listener, default, account.time.now)
            account.note(listener_arn, "made", "no document describes this listener")
        if found[1] == "listener-rule" and arn not in account.elb.rules:
            if rule is None:
                account.note(arn, "made", "no document describes this rule")
                rule = Rule(arn, listener_arn, self._free_priority(listener_arn), actions)
            account.elb.add_rule(rule, account.time.now)

    def _free_priority(self, listener_arn: str) -> int:
        elb = self._account.elb
        known = [elb.rules[arn].priority or 0 for arn in elb.listeners[listener_arn].rules]
        return max(known, default=0) + 1


def _forward(group: str) -> Action:
    return Action("forward", None, Forward(((group, 1),)))


def _within(fields: Fields, name: str, otherwise: int, path: str, most: int = MOST_SECONDS) -> int:
    value = fields.count(name, otherwise)
    if not 1 <= value <= most:
        message = f"expected a number from 1 to {most}, not {describe_value(value)}"
        raise DocumentError(message, f"{path}.{name}")
    return value
