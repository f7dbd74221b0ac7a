"""Read the actions of rules as elbv2 describes them (S9.6).

In: documents of actions with their paths.  Out: ``Action`` values.  What ECS's load balancers have
printed is taken as it is; which actions go together is checked by the calls.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from placement.ecs.control.dumps.fields import Fields
from placement.ecs.control.load_balancing.records import Action, Forward
from placement.errors import DocumentError, describe_value
from placement.model.checks import checked_text

__all__ = ["read_actions"]

MOST_WEIGHT = 999


def read_actions(documents: Iterable[tuple[Mapping[str, Any], str]]) -> tuple[Action, ...]:
    """Return actions in the order in which they are done.

    Raises:
        DocumentError: one has not the form that elbv2 gives it.
    """
    actions = [_action(document, path) for document, path in documents]
    return tuple(sorted(actions, key=lambda one: 0 if one.order is None else one.order))


def _action(document: Mapping[str, Any], path: str) -> Action:
    fields = Fields(document, path)
    kind = checked_text(document.get("Type"), f"{path}.Type")
    order = fields.number("Order")
    fields.skip("Type")
    if kind != "forward":
        return Action(kind, order, None, fields.rest())
    single = fields.text("TargetGroupArn")
    config = fields.object("ForwardConfig") or {}
    inside = Fields(config, f"{path}.ForwardConfig")
    weights: dict[str, int] = {}
    for one, here in inside.with_paths("TargetGroups"):
        arn = checked_text(one.get("TargetGroupArn"), f"{here}.TargetGroupArn")
        weight = Fields(one, here).count("Weight", 1)
        if weight > MOST_WEIGHT:
            message = f"expected a weight from 0 to {MOST_WEIGHT}, not {describe_value(weight)}"
            raise DocumentError(message, f"{here}.Weight")
        weights[arn] = weight
    if not weights and single is not None:
        weights[single] = 1
    stickiness = inside.object("TargetGroupStickinessConfig") or {}
    return Action(kind, order, Forward(tuple(weights.items()), stickiness), fields.rest())
