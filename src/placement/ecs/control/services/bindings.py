"""``loadBalancers`` of services as bindings, and as documents again (S9.1).

In: items of ``loadBalancers``, or bindings.  Out: the other form.  Must not know calls.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from placement.ecs.control.records import Document
from placement.ecs.control.services.records import LoadBalancerBinding

__all__ = ["load_balancer_bindings", "load_balancer_documents"]


def load_balancer_bindings(items: Sequence[Mapping[str, Any]]) -> tuple[LoadBalancerBinding, ...]:
    """Return the items of ``loadBalancers`` as bindings."""
    found = []
    for item in items:
        advanced = item.get("advancedConfiguration") or {}
        found.append(
            LoadBalancerBinding(
                item.get("containerName"),
                item.get("containerPort"),
                item.get("targetGroupArn"),
                item.get("loadBalancerName"),
                advanced.get("alternateTargetGroupArn"),
                advanced.get("productionListenerRule"),
                advanced.get("testListenerRule"),
                advanced.get("roleArn"),
            )
        )
    return tuple(found)


def load_balancer_documents(bindings: Iterable[LoadBalancerBinding]) -> list[Document]:
    """Return bindings as the API shows them."""
    return [_document(one) for one in bindings]


def _document(binding: LoadBalancerBinding) -> Document:
    advanced = {
        "alternateTargetGroupArn": binding.alternate_target_group_arn,
        "productionListenerRule": binding.production_rule,
        "testListenerRule": binding.test_rule,
        "roleArn": binding.role_arn,
    }
    document = {
        "targetGroupArn": binding.target_group_arn,
        "loadBalancerName": binding.load_balancer_name,
        "containerName": binding.container_name,
        "containerPort": binding.container_port,
        "advancedConfiguration": {k: v for k, v in advanced.items() if v is not None} or None,
    }
    return {name: value for name, value in document.items() if value is not None}
