"""Actions of listeners and rules as parameters of ``elbv2``."""

from __future__ import annotations

from typing import Any


def forward(weights: dict[str, int]) -> dict[str, Any]:
    """Return an action that forwards to groups by weight."""
    groups = [{"TargetGroupArn": arn, "Weight": weight} for arn, weight in weights.items()]
    return {"Type": "forward", "ForwardConfig": {"TargetGroups": groups}}


def fixed(status: str = "404") -> dict[str, Any]:
    """Return an action that answers by itself."""
    return {"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": status}}


def path_is(*patterns: str) -> list[dict[str, Any]]:
    """Return the conditions of a rule for paths."""
    return [{"Field": "path-pattern", "Values": list(patterns)}]
