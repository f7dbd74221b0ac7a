"""Things that a call names: the record of an ARN or name, or the service's error for none.

In: an account's load balancers and an ARN.  Out: the record.  Must not change anything.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar

from placement.ecs.calls.elbv2.errors import invalid, refused
from placement.ecs.control.load_balancing.records import (
    Listener,
    LoadBalancer,
    Rule,
    TargetGroup,
)
from placement.ecs.control.load_balancing.state import LoadBalancing
from placement.errors import describe_value, sanitize

__all__ = [
    "by_names",
    "the_listener",
    "the_load_balancer",
    "the_resource",
    "the_rule",
    "the_target_group",
]

Record = TypeVar("Record")

LONGEST = 300
"""Characters of a name or ARN that a message shows in full; real ones are shorter."""


def _quoted(text: str) -> str:
    return f"'{sanitize(text)}'" if len(text) <= LONGEST else describe_value(text)


def _found(records: Mapping[str, Record], arn: str, kind: str, code: str, words: str) -> Record:
    """Return the record of an ARN.

    Raises:
        ClientError: the ARN is none of its kind, or there is no such thing.
    """
    if arn in records:
        return records[arn]
    if not (arn.startswith("arn:") and f":{kind}/" in arn):
        raise invalid(f"{_quoted(arn)} is not a valid {words} ARN")
    raise refused(code, f"One or more {words}s not found: {_quoted(arn)}")


def the_load_balancer(elb: LoadBalancing, arn: str) -> LoadBalancer:
    """Return the load balancer of an ARN."""
    code = "LoadBalancerNotFound"
    return _found(elb.load_balancers, arn, "loadbalancer", code, "load balancer")


def the_target_group(elb: LoadBalancing, arn: str) -> TargetGroup:
    """Return the target group of an ARN."""
    code = "TargetGroupNotFound"
    return _found(elb.targets.groups, arn, "targetgroup", code, "target group")


def the_listener(elb: LoadBalancing, arn: str) -> Listener:
    """Return the listener of an ARN."""
    return _found(elb.listeners, arn, "listener", "ListenerNotFound", "listener")


def the_rule(elb: LoadBalancing, arn: str) -> Rule:
    """Return the rule of an ARN."""
    return _found(elb.rules, arn, "listener-rule", "RuleNotFound", "rule")


_BY_KIND: dict[str, Callable[[LoadBalancing, str], Any]] = {
    "loadbalancer": the_load_balancer,
    "targetgroup": the_target_group,
    "listener": the_listener,
    "listener-rule": the_rule,
}


def the_resource(elb: LoadBalancing, arn: str) -> LoadBalancer | TargetGroup | Listener | Rule:
    """Return what has an ARN and tags."""
    kind = arn.split(":", 5)[-1].partition("/")[0]
    if not arn.startswith("arn:") or kind not in _BY_KIND:
        raise invalid(f"{_quoted(arn)} is not the ARN of a load balancing resource")
    found: LoadBalancer | TargetGroup | Listener | Rule = _BY_KIND[kind](elb, arn)
    return found


def by_names(records: Iterable[Any], names: Iterable[str], code: str, words: str) -> list[Any]:
    """Return the records of names, each once, in the order of the names."""
    known = {record.name: record for record in records}
    for name in names:
        if name not in known:
            raise refused(code, f"One or more {words}s not found: {_quoted(name)}")
    return [known[name] for name in dict.fromkeys(names)]
