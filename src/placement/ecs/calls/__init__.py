"""The calls of boto3's ECS client, a method for each.

In: boto3's keyword arguments.  Out: its answers.  What the parameters of a call are is in
``data/shapes.json``; what it does, in ``operations``.
"""

from __future__ import annotations

from abc import abstractmethod
from typing import Any

__all__ = ["Answer", "Calls"]

Answer = dict[str, Any]
"""What a call answers, as boto3 has it: texts, numbers, lists, datetimes."""


class Calls:
    """Every call by boto3's name for it.

    Each takes boto3's keyword arguments and raises ``ParamValidationError`` for parameters that are
    unknown, missing or of the wrong type, and ``ClientError`` for what the service refuses (C23).
    """

    @abstractmethod
    def _call(self, operation: str, parameters: dict[str, Any]) -> Answer:
        """Check a call, make it and return its answer."""

    def create_cluster(self, **parameters: Any) -> Answer:
        """Create a cluster, or return the one of that name."""
        return self._call("CreateCluster", parameters)

    def delete_attributes(self, **parameters: Any) -> Answer:
        """Take attributes off container instances."""
        return self._call("DeleteAttributes", parameters)

    def delete_cluster(self, **parameters: Any) -> Answer:
        """Delete a cluster that is empty; it stays as INACTIVE."""
        return self._call("DeleteCluster", parameters)

    def deregister_container_instance(self, **parameters: Any) -> Answer:
        """Take a container instance out of its cluster."""
        return self._call("DeregisterContainerInstance", parameters)

    def deregister_task_definition(self, **parameters: Any) -> Answer:
        """Make a revision of a task definition INACTIVE."""
        return self._call("DeregisterTaskDefinition", parameters)

    def describe_clusters(self, **parameters: Any) -> Answer:
        """Describe clusters."""
        return self._call("DescribeClusters", parameters)

    def describe_container_instances(self, **parameters: Any) -> Answer:
        """Describe container instances."""
        return self._call("DescribeContainerInstances", parameters)

    def describe_task_definition(self, **parameters: Any) -> Answer:
        """Describe a task definition."""
        return self._call("DescribeTaskDefinition", parameters)

    def describe_tasks(self, **parameters: Any) -> Answer:
        """Describe tasks."""
        return self._call("DescribeTasks", parameters)

    def get_task_protection(self, **parameters: Any) -> Answer:
        """Say which tasks are protected from scale-in."""
        return self._call("GetTaskProtection", parameters)

    def list_attributes(self, **parameters: Any) -> Answer:
        """List the attributes of container instances, a page."""
        return self._call("ListAttributes", parameters)

    def list_clusters(self, **parameters: Any) -> Answer:
        """List the ARNs of clusters, a page."""
        return self._call("ListClusters", parameters)

    def list_container_instances(self, **parameters: Any) -> Answer:
        """List the ARNs of container instances, a page."""
        return self._call("ListContainerInstances", parameters)

    def list_task_definition_families(self, **parameters: Any) -> Answer:
        """List the families of task definitions, a page."""
        return self._call("ListTaskDefinitionFamilies", parameters)

    def list_task_definitions(self, **parameters: Any) -> Answer:
        """List the ARNs of task definitions, a page."""
        return self._call("ListTaskDefinitions", parameters)

    def list_tasks(self, **parameters: Any) -> Answer:
        """List the ARNs of tasks, a page."""
        return self._call("ListTasks", parameters)

    def put_attributes(self, **parameters: Any) -> Answer:
        """Put attributes on container instances."""
        return self._call("PutAttributes", parameters)

    def register_container_instance(self, **parameters: Any) -> Answer:
        """Register a container instance, or register it anew."""
        return self._call("RegisterContainerInstance", parameters)

    def register_task_definition(self, **parameters: Any) -> Answer:
        """Register the next revision of a family."""
        return self._call("RegisterTaskDefinition", parameters)

    def run_task(self, **parameters: Any) -> Answer:
        """Place tasks and start them."""
        return self._call("RunTask", parameters)

    def start_task(self, **parameters: Any) -> Answer:
        """Start a task on each of the container instances named."""
        return self._call("StartTask", parameters)

    def stop_task(self, **parameters: Any) -> Answer:
        """Stop a task."""
        return self._call("StopTask", parameters)

    def update_container_instances_state(self, **parameters: Any) -> Answer:
        """Make container instances ACTIVE or DRAINING."""
        return self._call("UpdateContainerInstancesState", parameters)

    def update_task_protection(self, **parameters: Any) -> Answer:
        """Protect tasks from scale-in, or no longer."""
        return self._call("UpdateTaskProtection", parameters)
