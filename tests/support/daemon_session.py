"""A session with a provider of Managed Instances, its instances, and managed daemons on them.

Instances are registered one by one, as the provider's driver registers a machine that was launched;
``replace`` lets those go that are drained, as the driver does, and registers others.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from against_botocore import Checked
from placement.ecs import Session, Timing
from placement.ecs.control.capacity.machines import registration_of
from placement.ecs.control.capacity.membership import set_provider
from placement.ecs.control.capacity.providers import ProviderKind, ProviderRecord
from placement.ecs.control.daemons.places import instance_arrived
from placement.ecs.control.instance_events import instance_changed, instance_left
from placement.ecs.control.instances import add_instance, deregister_instance
from placement.ecs.control.records import ClusterRecord, InstanceRecord
from placement.ecs.control.task_records import TaskRecord, is_daemon

__all__ = ["NOON", "SECONDS", "DaemonSession"]

NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)

SECONDS = Timing(provisioning=0, pull=10, start=2, stop=2, deprovisioning=0)
"""A task is RUNNING 12 s after it was placed, and STOPPED 2 s after it was asked to stop."""

AGENT = {"name": "agent", "image": "agent:1", "cpu": 128, "memory": 256}


class DaemonSession:
    """A session, its provider ``managed`` in the cluster ``default``, and the calls of ``ecs``."""

    def __init__(self, **session: Any) -> None:
        self.session = Session(start=NOON, **session)
        self.ecs: Any = Checked(self.session.client("ecs"))
        self.ecs.create_cluster()
        self.provider("managed")
        self.register()

    # Setting up

    def provider(self, name: str) -> str:
        """Add a provider of Managed Instances to the cluster; return its ARN."""
        account = self.session._account
        arn = account.arn(f"capacity-provider/{name}")
        account.providers[name] = ProviderRecord(
            name, arn, ProviderKind.MANAGED_INSTANCES, account.clock()
        )
        self.cluster.capacity_providers.append(name)
        return arn

    def register(self, family: str = "agent", **container: Any) -> str:
        """Register a daemon task definition; return its ARN."""
        answer = self.ecs.register_daemon_task_definition(
            family=family, containerDefinitions=[{**AGENT, **container}]
        )
        return str(answer["daemonTaskDefinitionArn"])

    def create(self, name: str = "agent", definition: str = "agent", **more: Any) -> str:
        """Create a daemon on the provider; return its ARN."""
        given = {"capacityProviderArns": ["managed"], **more}
        answer = self.ecs.create_daemon(
            daemonName=name, daemonTaskDefinitionArn=definition, **given
        )
        return str(answer["daemonArn"])

    def update(self, daemon: str, definition: str = "agent", **more: Any) -> str:
        """Update a daemon; return the ARN of the deployment."""
        given = {"capacityProviderArns": ["managed"], **more}
        answer = self.ecs.update_daemon(
            daemonArn=daemon, daemonTaskDefinitionArn=definition, **given
        )
        return str(answer["deploymentArn"])

    def app(self, count: int, cpu: int = 256, *, service: str | None = None) -> None:
        """Run tasks that are no daemons, or create a service of so many."""
        container = {"name": "app", "image": "app", "cpu": cpu, "memory": 256}
        self.ecs.register_task_definition(family="app", containerDefinitions=[container])
        if service is None:
            self.ecs.run_task(taskDefinition="app", count=count)
        else:
            self.ecs.create_service(serviceName=service, taskDefinition="app", desiredCount=count)

    # Instances

    @property
    def cluster(self) -> ClusterRecord:
        """The cluster ``default``."""
        return self.session._account.clusters["default"]

    @property
    def instances(self) -> list[InstanceRecord]:
        """The registered instances, oldest first."""
        return [one for one in self.cluster.instances.values() if one.is_registered]

    def instance(self, provider: str = "managed", instance_type: str = "m5.large") -> str:
        """Register an instance of a provider, as its driver does; return its id."""
        account = self.session._account
        number = len(self.cluster.instances)
        registration = registration_of(
            f"i-{number:017x}",
            instance_type,
            "us-east-1a",
            region=account.region,
            account_id=account.account_id,
            vpc=None,
            subnet=None,
            config=None,
        )
        record = add_instance(
            account,
            self.cluster,
            registration.instance,
            account.time.datetime,
            version_info=registration.version_info,
            resources=registration.resources,
            tags=[],
        )
        set_provider(self.cluster, record, provider)
        instance_arrived(account, self.cluster, record)
        instance_changed(account, self.cluster, record)
        return record.id

    def drained(self) -> list[str]:
        """Return the ids of the instances that are DRAINING."""
        return [one.id for one in self.instances if one.is_draining]

    def let_go(self) -> list[str]:
        """Deregister the DRAINING instances that have no task; return their ids."""
        account, gone = self.session._account, []
        for record in self.instances:
            if record.is_draining and not record.tasks:
                instance_left(account, self.cluster, record, "TerminationNotice", "gone")
                deregister_instance(self.cluster, record)
                gone.append(record.id)
        return gone

    def replace(self, provider: str = "managed") -> list[str]:
        """Let the drained instances go, and register as many others; return the new ids."""
        return [self.instance(provider) for _ in self.let_go()]

    # What there is

    def daemons(self, instance: str) -> list[TaskRecord]:
        """Return the daemons on an instance that are not STOPPED, oldest first."""
        return [one for one in self.cluster.instances[instance].tasks.values() if is_daemon(one)]

    def others(self, instance: str) -> list[TaskRecord]:
        """Return the tasks on an instance that are no daemons and not STOPPED, oldest first."""
        tasks = self.cluster.instances[instance].tasks.values()
        return [one for one in tasks if not is_daemon(one)]

    def revisions(self) -> list[str | None]:
        """Return the revision of the definition of the daemon on each instance, oldest first."""
        found: list[str | None] = []
        for record in self.instances:
            tasks = self.daemons(record.id)
            arn = tasks[0].settings.definition_arn if tasks else None
            found.append(None if arn is None else arn.rpartition(":")[2])
        return found

    def deployment(self, daemon: str) -> dict[str, Any]:
        """Return the newest deployment of a daemon, as it is described."""
        arn = self.ecs.describe_daemon(daemonArn=daemon)["daemon"]["deploymentArn"]
        answer = self.ecs.describe_daemon_deployments(daemonDeploymentArns=[arn])
        [found] = answer["daemonDeployments"]
        return dict(found)
