"""ARNs of elbv2 in documents: each contains the parts of those that it belongs to.

In: ARNs as texts.  Out: checked ARNs, and the names, kinds and further ARNs that they contain.
"""

from __future__ import annotations

import re
from typing import Any

from placement.errors import DocumentError, describe_value

__all__ = ["ARN", "checked_arn", "kind_of", "listener_of", "load_balancer_of", "name_of"]

ARN = re.compile(
    r"arn:aws[a-z-]*:elasticloadbalancing:[^:]+:[0-9]{12}:"
    r"(loadbalancer|listener|listener-rule|targetgroup)/(.+)"
)
"""An ARN of elbv2: the kind of resource, and what follows it."""

_KINDS = {"app": "application", "net": "network"}


def checked_arn(value: Any, kind: str, path: str) -> str:
    """Return an ARN of elbv2.

    Raises:
        DocumentError: it is none of this kind.
    """
    found = ARN.fullmatch(value) if isinstance(value, str) else None
    least = {"loadbalancer": 2, "targetgroup": 1, "listener": 3, "listener-rule": 4}[kind]
    if found is None or found[1] != kind or found[2].count("/") < least:
        raise DocumentError(f"expected the ARN of a {kind}, not {describe_value(value)}", path)
    return found[0]


def name_of(arn: str) -> str:
    """Return the name in the ARN of a load balancer or a target group."""
    parts = arn.split("/")
    return parts[1] if ":targetgroup/" in arn else parts[2]


def kind_of(arn: str) -> str:
    """Return the kind of a load balancer: ``application`` or ``network``."""
    return _KINDS.get(arn.split("/")[1], "application")


def listener_of(rule_arn: str) -> str:
    """Return the ARN of the listener that a rule belongs to."""
    return rule_arn.replace(":listener-rule/", ":listener/").rpartition("/")[0]


def load_balancer_of(listener_arn: str) -> str:
    """Return the ARN of the load balancer that a listener belongs to."""
    return listener_arn.replace(":listener/", ":loadbalancer/").rpartition("/")[0]
