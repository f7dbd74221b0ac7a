"""The operations of the ``elbv2`` client by their names in the API."""

from __future__ import annotations

from placement.aws.client import Operation
from placement.aws.constraints import keeping_to_the_model
from placement.ecs.calls.elbv2 import (
    listeners,
    load_balancers,
    rules,
    tags,
    target_groups,
    targets,
)
from placement.ecs.calls.elbv2.errors import EXCEPTIONS, MODEL

__all__ = ["OPERATIONS"]

_FUNCTIONS: dict[str, Operation] = {
    "AddTags": tags.add_tags,
    "CreateListener": listeners.create_listener,
    "CreateLoadBalancer": load_balancers.create_load_balancer,
    "CreateRule": rules.create_rule,
    "CreateTargetGroup": target_groups.create_target_group,
    "DeleteListener": listeners.delete_listener,
    "DeleteLoadBalancer": load_balancers.delete_load_balancer,
    "DeleteRule": rules.delete_rule,
    "DeleteTargetGroup": target_groups.delete_target_group,
    "DeregisterTargets": targets.deregister_targets,
    "DescribeListeners": listeners.describe_listeners,
    "DescribeLoadBalancerAttributes": load_balancers.describe_load_balancer_attributes,
    "DescribeLoadBalancers": load_balancers.describe_load_balancers,
    "DescribeRules": rules.describe_rules,
    "DescribeTags": tags.describe_tags,
    "DescribeTargetGroupAttributes": target_groups.describe_target_group_attributes,
    "DescribeTargetGroups": target_groups.describe_target_groups,
    "DescribeTargetHealth": targets.describe_target_health,
    "ModifyListener": listeners.modify_listener,
    "ModifyLoadBalancerAttributes": load_balancers.modify_load_balancer_attributes,
    "ModifyRule": rules.modify_rule,
    "ModifyTargetGroup": target_groups.modify_target_group,
    "ModifyTargetGroupAttributes": target_groups.modify_target_group_attributes,
    "RegisterTargets": targets.register_targets,
    "RemoveTags": tags.remove_tags,
    "SetIpAddressType": load_balancers.set_ip_address_type,
    "SetRulePriorities": rules.set_rule_priorities,
    "SetSecurityGroups": load_balancers.set_security_groups,
    "SetSubnets": load_balancers.set_subnets,
}

OPERATIONS = keeping_to_the_model(_FUNCTIONS, MODEL, EXCEPTIONS)
"""By the API's name: ``CreateListener``."""
