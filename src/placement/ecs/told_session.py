"""What the caller tells a session: events, health, hooks, options of services (C38, C42, C44).

In: calls with names, ids and ARNs.  Out: entries that happen when the next ``advance`` begins, and
settings of the account.  Subjects are checked in the call.  Time is moved by ``session``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from placement.aws.client import ServiceClient, SessionLock
from placement.aws.errors import ClientError
from placement.ecs.control.account import Account
from placement.ecs.control.advance import run_until
from placement.ecs.control.capacity.census import registered_record
from placement.ecs.control.capacity.groups import MachineTemplate
from placement.ecs.control.capacity.machines import agent_config, registration_of
from placement.ecs.control.capacity.managed.ending import record_of
from placement.ecs.timing import (
    CONTAINER_OUTCOMES,
    TARGET_OUTCOMES,
    Outcome,
    check_exit_code,
    check_outcome,
)
from placement.errors import UsageError, describe_value

if TYPE_CHECKING:
    from placement.documents.problems import Skipped
    from placement.ecs.control.records import ClusterRecord, InstanceRecord
    from placement.ecs.control.task_records import TaskRecord

__all__ = ["ToldSession"]


class ToldSession:
    """An account that can be told what a model cannot know; the base of ``Session``."""

    def _begin(self, account: Account, clock: Callable[[], datetime] | None) -> None:
        self._account = account
        self._caller_clock = clock
        self._lock = SessionLock()
        self._clients: dict[str, ServiceClient] = {}
        self._skipped: tuple[Skipped, ...] = ()

    # The caller's clock

    def _before_call(self) -> None:
        """Let the caller's clock move time before a call of a client, outside other calls."""
        if self._account.has_clock and not self._lock.is_in_call:
            with self._lock.call("advance", only_reads=False):
                self._catch_up()

    def _catch_up(self) -> None:
        """Run what is due by the caller's clock, before a call (C40); nothing without one."""
        account = self._account
        if account.has_clock:
            run_until(account, account.follow_clock())

    # What the caller tells (C42, C44)

    def register_function(self, arn: str, function: Callable[[dict[str, Any], None], Any]) -> None:
        """Say what a lifecycle hook's function does: called like a Lambda handler (C44).

        Raises:
            UsageError: an argument is not of its kind.
        """
        if not isinstance(arn, str) or not arn:
            raise UsageError(f"arn is the ARN of a function, not {describe_value(arn)}")
        if not callable(function):
            raise UsageError(f"function is something to call, not {describe_value(function)}")
        with self._lock.call("register_function", only_reads=False):
            self._account.registered_functions[arn] = function

    def exit_container(self, task: str, container: str | None = None, exit_code: int = 1) -> None:
        """A container of a RUNNING task exits; None: its first essential one."""
        check_exit_code(exit_code)
        with self._telling("exit_container"):
            found = self._task(task)
            names = [one.settings.name for one in found.containers]
            if container is not None and container not in names:
                known = ", ".join(str(name) for name in names)
                raise UsageError(
                    f"task {found.id} has no container {describe_value(container)}; it has {known}"
                )
            self._tell("exit_container", found.arn, self._number(found), container, exit_code)

    def fail_start(self, task: str, reason: str) -> None:
        """A task that is not RUNNING yet fails to start, for a reason.

        Raises:
            UsageError: it has been RUNNING, or an argument is not of its kind.
        """
        if not isinstance(reason, str):
            raise UsageError(f"reason is a text, not {describe_value(reason)}")
        with self._telling("fail_start"):
            found = self._task(task)
            if found.started_at is not None:
                raise UsageError(f"task {found.id} has been RUNNING: it cannot fail to start")
            self._tell("fail_start", found.arn, self._number(found), reason)

    def set_container_health(self, task: str, status: Outcome) -> None:
        """Say what container checks of a task find from now on.

        ``status`` is HEALTHY, UNHEALTHY, or a function of the seconds since RUNNING that returns
        one; None: what its behaviour says.
        """
        check_outcome(status, "status", CONTAINER_OUTCOMES)
        with self._telling("set_container_health"):
            self._note_function(status)
            found = self._task(task)
            self._tell("set_container_health", found.arn, self._number(found), status)

    def set_target_health(self, target_group: str, target: tuple[str, int], state: Outcome) -> None:
        """Say what checks of a target find from now on.

        ``state`` is healthy, unhealthy, timeout, or a function of the seconds since RUNNING that
        returns one; None: what its task's behaviour says.
        """
        check_outcome(state, "state", TARGET_OUTCOMES)
        is_pair = isinstance(target, tuple) and len(target) == 2
        if not is_pair or not isinstance(target[0], str) or not isinstance(target[1], int):
            raise UsageError(
                f"target is a pair of target id and port, not {describe_value(target)}"
            )
        with self._telling("set_target_health"):
            arn = self._target_group(target_group)
            if self._account.elb.targets.find(arn, target) is None:
                raise UsageError(f"{target} is not registered in {arn}")
            self._note_function(state)
            self._tell("set_target_health", arn, arn, target, state)

    def lose_instance(self, instance: str) -> None:
        """The host of an instance is gone: its tasks end, and it is deregistered."""
        with self._telling("lose_instance"):
            cluster, found = self._instance(instance)
            self._tell("lose_instance", found.arn, cluster.name, found.id)

    def set_agent(self, instance: str, connected: bool) -> None:
        """The agent of an instance is connected, or disconnected: its tasks stand still."""
        if not isinstance(connected, bool):
            raise UsageError(f"connected is True or False, not {describe_value(connected)}")
        with self._telling("set_agent"):
            cluster, found = self._instance(instance)
            self._tell("set_agent", found.arn, cluster.name, found.id, connected)

    def interrupt(self, task_or_instance: str) -> None:
        """Spot capacity is taken back (S11.6.2): of a task on FARGATE_SPOT, or of an instance.

        The task stops at once.  The instance has two minutes' notice, is DRAINING at once where its
        agent has ``ECS_ENABLE_SPOT_INSTANCE_DRAINING``, and is then lost.

        Raises:
            InvalidParameterException: there is no such task or instance.
            UsageError: the task is not on FARGATE_SPOT, or has stopped.
        """
        with self._telling("interrupt"):
            instance = self._find_instance(task_or_instance)
            if instance is not None:
                cluster, found = instance
                self._tell("interrupt_instance", found.arn, cluster.name, found.id)
                return
            task = self._task(task_or_instance)
            if task.settings.capacity_provider != "FARGATE_SPOT":
                raise UsageError(f"task {task.id} is not on FARGATE_SPOT: nothing interrupts it")
            self._tell("interrupt_task", task.arn, self._number(task))

    def describe_launch_template(
        self, name: str, instance_type: str | None = None, config: str | None = None
    ) -> None:
        """Say what machines of a launch template are, for Auto Scaling groups that name it (C34).

        Args:
            name: Its name or id, as groups have it; a launch configuration's name does as well.
            instance_type: The EC2 type; a group's overrides take precedence.
            config: The text of ``ecs.config`` in its user data.

        Raises:
            DocumentError: there is no such type, or the configuration is not readable.
            UsageError: an argument is not of its kind.
        """
        if not isinstance(name, str) or not name:
            raise UsageError(f"name is that of a launch template, not {describe_value(name)}")
        for argument, value in (("instance_type", instance_type), ("config", config)):
            if value is not None and not isinstance(value, str):
                raise UsageError(f"{argument} is a text or None, not {describe_value(value)}")
        if instance_type is not None:
            registration_of(
                "i-0",
                instance_type,
                f"{self._account.region}a",
                region=self._account.region,
                account_id=self._account.account_id,
                vpc=None,
                subnet=None,
                config=config,
            )
        agent_config(config)
        with self._lock.call("describe_launch_template", only_reads=False):
            template = MachineTemplate(instance_type, config)
            self._account.machine_templates[name] = template

    def traffic(self, arn: str) -> dict[tuple[str, int], Fraction]:
        """Return who gets the traffic of a rule or listener: shares by target (id, port) (S9.6).

        Raises:
            RuleNotFoundException: there is no such rule or listener.
        """
        from placement.ecs.calls.elbv2.lookups import the_rule

        if not isinstance(arn, str):
            raise UsageError(f"arn is that of a rule or listener, not {describe_value(arn)}")
        with self._telling("traffic", only_reads=True):
            elb = self._account.elb
            return elb.traffic(elb.find_rule(arn) or the_rule(elb, arn))

    # The load of services (C43)

    def set_load(
        self,
        service: str,
        cluster: str | None = None,
        *,
        cpu: float | Callable[[float], float] | None = None,
        memory: float | Callable[[float], float] | None = None,
        requests: float | Callable[[float], float] | None = None,
    ) -> None:
        """Say the load of a service; each call replaces all that was said before.

        It is shared equally by the tasks that run at the end of a minute (D100).

        Args:
            service: Its name or ARN.
            cluster: The cluster's name or ARN; by default that of the ARN, else ``default``.
            cpu: In task-percent: 100 keeps one task busy.  A number, or a function of the seconds
                since ``start``; None: what the behaviours of its tasks say.
            memory: The same of memory.
            requests: Per minute, shared by the targets that are registered.

        Raises:
            ClusterNotFoundException, ServiceNotFoundException: there is no such one.
            UsageError: a load is neither a finite number of at least 0 nor a function.
        """
        from placement.ecs.calls.ecs.services.options import service_of
        from placement.ecs.control.metrics.told_load import checked_load

        load = checked_load(cpu=cpu, memory=memory, requests=requests)
        with self._telling("set_load"):
            found = service_of(self._account, service, cluster)
            for one in (cpu, memory, requests):
                self._note_function(one)
            self._account.metrics.loads[found.number] = load

    def set_load_history(
        self,
        policy_arn: str,
        history: Iterable[tuple[datetime, float]],
        forecaster: Callable[..., Any] | None = None,
    ) -> None:
        """Say the hourly load that a predictive scaling policy forecasts from (D93).

        Args:
            policy_arn: The ARN of the policy.
            history: Starts of hours, with a time zone, and the load of each; one counts once its
                hour has ended.
            forecaster: Called with the pairs that count and the 48 hours to come, returns a load
                for each of these; None: the mean of the same hour of earlier days.

        Raises:
            ObjectNotFoundException: there is no such policy.
            UsageError: an argument is not of its kind.
        """
        from placement.ecs.calls.application_autoscaling.forecasts import (
            predictive_policy,
            tell_history,
        )
        from placement.ecs.control.metrics.told_load import checked_history

        if not isinstance(policy_arn, str):
            raise UsageError(f"policy_arn is an ARN, not {describe_value(policy_arn)}")
        if forecaster is not None and not callable(forecaster):
            raise UsageError(f"forecaster is something to call, not {describe_value(forecaster)}")
        loads = checked_history(history)
        with self._telling("set_load_history"):
            policy = predictive_policy(self._account, policy_arn)
            self._note_function(forecaster)
            tell_history(self._account, policy, loads, forecaster)

    # Beyond ECS (C38)

    def set_service_options(
        self,
        service: str,
        cluster: str | None = None,
        *,
        stop_order: Any = None,
        at_most: int | None = None,
        zone_skew: int | None = None,
        current_revision_only: bool = False,
        fallback: str | None = None,
        fallback_after: float | None = None,
    ) -> None:
        """Say what one service does beyond ECS; each call replaces all that was said before.

        Args:
            service: Its name or ARN.
            cluster: The cluster's name or ARN; by default that of the ARN, else ``default``.
            stop_order: Which tasks of a class stop first: ``"oldest"``, ``"newest"``, or a ranker,
                whose largest number goes first; None: as ECS has it.
            at_most: Tasks of the service that an instance may have (``placement.AtMost``).
            zone_skew: How many more tasks a zone may have than the one with the fewest
                (``placement.ZoneSkew``).
            current_revision_only: Whether spread counts only tasks of the revision that is placed.
            fallback: The capacity provider to which tasks go for which that of the service's
                strategy has no room, such as On-Demand instances beside Spot; it is associated with
                the cluster, and of the same kind.
            fallback_after: After how many seconds: of waiting in PROVISIONING, or since a task of
                the deployment first found no room (Fargate, a group without managed scaling).

        ``at_most``, ``zone_skew`` and rankers are about instances: on Fargate they change nothing.

        Raises:
            ClusterNotFoundException, ServiceNotFoundException: there is no such one.
            InvalidParameterException: the cluster has no such provider.
            UsageError: an option is not of its kind, the service is a DAEMON, or its strategy has
                not the kind of ``fallback``.
        """
        from placement.ecs.calls.ecs.services.options import check_fallback, service_of
        from placement.ecs.control.services.options import checked_options, set_options

        options = checked_options(
            stop_order=stop_order,
            at_most=at_most,
            zone_skew=zone_skew,
            current_revision_only=current_revision_only,
            fallback=fallback,
            fallback_after=fallback_after,
        )
        with self._telling("set_service_options"):
            found = service_of(self._account, service, cluster)
            check_fallback(self._account, found, options.fallback)
            set_options(self._account, found, options)

    # Subjects

    @contextmanager
    def _telling(self, name: str, *, only_reads: bool = False) -> Iterator[None]:
        """Make a call of the session; errors of the API name it as their operation."""
        with self._lock.call(name, only_reads=only_reads):
            try:
                if not only_reads:
                    self._catch_up()
                yield
            except ClientError as error:
                if error.operation_name:
                    raise
                raise type(error)(error.response, name) from None

    def _tell(self, kind: str, subject: str, *facts: Any) -> None:
        self._account.time.told.append((kind, subject, *facts))

    def _note_function(self, value: object) -> None:
        if callable(value):
            self._account.has_functions = True

    def _task(self, name: str) -> TaskRecord:
        """Return the task of an id or ARN, in any cluster.

        Raises:
            InvalidParameterException: there is none.
        """
        from placement.ecs.calls.ecs.checking import invalid

        if isinstance(name, str):
            for cluster in self._account.clusters.values():
                found = self._account.find_task(cluster, name)
                if found is not None:
                    return found
        raise invalid("The referenced task was not found.")

    def _number(self, task: TaskRecord) -> int:
        """Return the number of a task that has not stopped.

        Raises:
            UsageError: it has.
        """
        if task.life is None:
            raise UsageError(f"task {task.id} is STOPPED: nothing happens to it any more")
        return task.life.number

    def _instance(self, name: str) -> tuple[ClusterRecord, InstanceRecord]:
        """Return the instance of an id or ARN, in any cluster, and its cluster.

        Raises:
            InvalidParameterException: there is none, or it is INACTIVE.
        """
        from placement.ecs.calls.ecs.checking import invalid

        found = self._find_instance(name)
        if found is None:
            raise invalid("The referenced container instance was not found.")
        return found

    def _find_instance(self, name: str) -> tuple[ClusterRecord, InstanceRecord] | None:
        """Return the registered instance of an id or ARN, and its cluster; None: there is none.

        One of an Auto Scaling group or of a Managed Instances provider has the id of its EC2
        instance as well.
        """
        if not isinstance(name, str):
            return None
        for group in self._account.groups.values():
            one = group.instances.get(name)
            if one is not None:
                return registered_record(self._account, one)
        for provider in self._account.providers.values():
            managed = provider.managed
            if managed is not None and name in managed.instances:
                return record_of(self._account, managed, managed.instances[name])
        for cluster in self._account.clusters.values():
            found = self._account.find_instance(cluster, name)
            if found is not None and found.is_registered:
                return cluster, found
        return None

    def _target_group(self, name: str) -> str:
        """Return the ARN of a target group, given its name or ARN.

        Raises:
            TargetGroupNotFoundException: there is none.
        """
        from placement.ecs.calls.elbv2.lookups import the_target_group

        if not isinstance(name, str):
            raise UsageError(f"target_group is a name or an ARN, not {describe_value(name)}")
        elb = self._account.elb
        for group in elb.targets.groups.values():
            if group.name == name:
                return group.arn
        return the_target_group(elb, name).arn
