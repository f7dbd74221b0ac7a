"""The operations of the ECS client by their names in the API."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from placement.ecs.calls.ecs import attributes, clusters, instances, task_definitions
from placement.ecs.calls.ecs.describe_tasks import describe_tasks, list_tasks
from placement.ecs.calls.ecs.run_task import run_task
from placement.ecs.calls.ecs.start_task import start_task
from placement.ecs.calls.ecs.stop_task import stop_task
from placement.ecs.calls.ecs.task_protection import get_task_protection, update_task_protection
from placement.ecs.control.account import Account

__all__ = ["OPERATIONS", "Operation"]

Operation = Callable[[Account, dict[str, Any]], dict[str, Any]]

OPERATIONS: dict[str, Operation] = {
    "CreateCluster": clusters.create_cluster,
    "DeleteAttributes": attributes.delete_attributes,
    "DeleteCluster": clusters.delete_cluster,
    "DeregisterContainerInstance": instances.deregister_container_instance,
    "DeregisterTaskDefinition": task_definitions.deregister_task_definition,
    "DescribeClusters": clusters.describe_clusters,
    "DescribeContainerInstances": instances.describe_container_instances,
    "DescribeTaskDefinition": task_definitions.describe_task_definition,
    "DescribeTasks": describe_tasks,
    "GetTaskProtection": get_task_protection,
    "ListAttributes": attributes.list_attributes,
    "ListClusters": clusters.list_clusters,
    "ListContainerInstances": instances.list_container_instances,
    "ListTaskDefinitionFamilies": task_definitions.list_task_definition_families,
    "ListTaskDefinitions": task_definitions.list_task_definitions,
    "ListTasks": list_tasks,
    "PutAttributes": attributes.put_attributes,
    "RegisterContainerInstance": instances.register_container_instance,
    "RegisterSubnet": instances.register_subnet,
    "RegisterTaskDefinition": task_definitions.register_task_definition,
    "RunTask": run_task,
    "SetAgentConnected": instances.set_agent_connected,
    "StartTask": start_task,
    "StopTask": stop_task,
    "UpdateContainerInstancesState": instances.update_container_instances_state,
    "UpdateTaskProtection": update_task_protection,
}
"""By the API's name: ``RunTask``.  ``RegisterSubnet`` and ``SetAgentConnected`` are ours."""
