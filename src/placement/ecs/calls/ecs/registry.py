"""The operations of the ECS client by their names in the API."""

from __future__ import annotations

from placement.aws.client import Operation
from placement.ecs.calls.ecs import (
    account_settings,
    attributes,
    capacity_providers,
    clusters,
    instances,
    tags,
    task_definitions,
)
from placement.ecs.calls.ecs.daemons import changes as daemon_changes
from placement.ecs.calls.ecs.daemons import describe as daemon_descriptions
from placement.ecs.calls.ecs.daemons import task_definitions as daemon_definitions
from placement.ecs.calls.ecs.describe_tasks import describe_tasks, list_tasks
from placement.ecs.calls.ecs.run_task import run_task
from placement.ecs.calls.ecs.services import service_deployments
from placement.ecs.calls.ecs.services.create_service import create_service
from placement.ecs.calls.ecs.services.delete_service import delete_service
from placement.ecs.calls.ecs.services.describe_services import (
    describe_services,
    list_services,
    list_services_by_namespace,
)
from placement.ecs.calls.ecs.services.service_revisions import describe_service_revisions
from placement.ecs.calls.ecs.services.update_service import update_service
from placement.ecs.calls.ecs.start_task import start_task
from placement.ecs.calls.ecs.stop_task import stop_task
from placement.ecs.calls.ecs.task_protection import get_task_protection, update_task_protection

__all__ = ["OPERATIONS"]

OPERATIONS: dict[str, Operation] = {
    "ContinueServiceDeployment": service_deployments.continue_service_deployment,
    "CreateCapacityProvider": capacity_providers.create_capacity_provider,
    "CreateCluster": clusters.create_cluster,
    "CreateDaemon": daemon_changes.create_daemon,
    "CreateService": create_service,
    "DeleteAccountSetting": account_settings.delete_account_setting,
    "DeleteAttributes": attributes.delete_attributes,
    "DeleteCapacityProvider": capacity_providers.delete_capacity_provider,
    "DeleteCluster": clusters.delete_cluster,
    "DeleteDaemon": daemon_changes.delete_daemon,
    "DeleteDaemonTaskDefinition": daemon_definitions.delete_daemon_task_definition,
    "DeleteService": delete_service,
    "DeleteTaskDefinitions": task_definitions.delete_task_definitions,
    "DeregisterContainerInstance": instances.deregister_container_instance,
    "DeregisterTaskDefinition": task_definitions.deregister_task_definition,
    "DescribeCapacityProviders": capacity_providers.describe_capacity_providers,
    "DescribeClusters": clusters.describe_clusters,
    "DescribeContainerInstances": instances.describe_container_instances,
    "DescribeDaemon": daemon_descriptions.describe_daemon,
    "DescribeDaemonDeployments": daemon_descriptions.describe_daemon_deployments,
    "DescribeDaemonRevisions": daemon_descriptions.describe_daemon_revisions,
    "DescribeDaemonTaskDefinition": daemon_definitions.describe_daemon_task_definition,
    "DescribeServiceDeployments": service_deployments.describe_service_deployments,
    "DescribeServiceRevisions": describe_service_revisions,
    "DescribeServices": describe_services,
    "DescribeTaskDefinition": task_definitions.describe_task_definition,
    "DescribeTasks": describe_tasks,
    "GetTaskProtection": get_task_protection,
    "ListAccountSettings": account_settings.list_account_settings,
    "ListAttributes": attributes.list_attributes,
    "ListClusters": clusters.list_clusters,
    "ListContainerInstances": instances.list_container_instances,
    "ListDaemonDeployments": daemon_descriptions.list_daemon_deployments,
    "ListDaemonTaskDefinitions": daemon_definitions.list_daemon_task_definitions,
    "ListDaemons": daemon_descriptions.list_daemons,
    "ListServiceDeployments": service_deployments.list_service_deployments,
    "ListServices": list_services,
    "ListServicesByNamespace": list_services_by_namespace,
    "ListTagsForResource": tags.list_tags_for_resource,
    "ListTaskDefinitionFamilies": task_definitions.list_task_definition_families,
    "ListTaskDefinitions": task_definitions.list_task_definitions,
    "ListTasks": list_tasks,
    "PutAccountSetting": account_settings.put_account_setting,
    "PutAccountSettingDefault": account_settings.put_account_setting_default,
    "PutAttributes": attributes.put_attributes,
    "PutClusterCapacityProviders": capacity_providers.put_cluster_capacity_providers,
    "RegisterContainerInstance": instances.register_container_instance,
    "RegisterDaemonTaskDefinition": daemon_definitions.register_daemon_task_definition,
    "RegisterSubnet": instances.register_subnet,
    "RegisterTaskDefinition": task_definitions.register_task_definition,
    "RunTask": run_task,
    "SetAgentConnected": instances.set_agent_connected,
    "StartTask": start_task,
    "StopServiceDeployment": service_deployments.stop_service_deployment,
    "StopTask": stop_task,
    "TagResource": tags.tag_resource,
    "UntagResource": tags.untag_resource,
    "UpdateCapacityProvider": capacity_providers.update_capacity_provider,
    "UpdateCluster": clusters.update_cluster,
    "UpdateClusterSettings": clusters.update_cluster_settings,
    "UpdateContainerInstancesState": instances.update_container_instances_state,
    "UpdateDaemon": daemon_changes.update_daemon,
    "UpdateService": update_service,
    "UpdateTaskProtection": update_task_protection,
}
"""By the API's name: ``RunTask``.  ``RegisterSubnet`` and ``SetAgentConnected`` are ours."""
