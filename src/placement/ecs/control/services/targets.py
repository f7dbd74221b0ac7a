"""Targets of services' tasks: where a task is registered, what its checks find, its health.

In: an account and a task.  Out: targets in the account's target groups (S9.1, S9.3, S9.5), and the
health that they give a task (S9.7).  How a target's state changes is decided in ``load_balancing``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import attrs

from placement.ecs.control.account import Account
from placement.ecs.control.caller_functions import CallerFunctions
from placement.ecs.control.load_balancing.target_table import TargetChange
from placement.ecs.control.load_balancing.targets import (
    CheckResult,
    Finding,
    TargetKey,
    TargetState,
)
from placement.ecs.control.records import ClusterRecord, host_of
from placement.ecs.control.services.records import DeploymentRecord, LoadBalancerBinding
from placement.ecs.control.task_records import TaskLife, TaskRecord
from placement.ecs.timing import TARGET_OUTCOMES, Outcome
from placement.errors import UsageError, describe_value
from placement.timestamps import SECOND

__all__ = [
    "TargetFinding",
    "deregister_targets",
    "finding_of",
    "groups_of",
    "register_targets",
    "target_health",
    "target_key",
    "task_of_change",
    "unhealthy_target",
]

CODES = "Health checks failed with these codes: [503]"
"""Why a target is unhealthy whose checks are answered; the code is the model's own."""


@attrs.frozen
class TargetFinding:
    """What the checks of a target find, as a function of the caller's says it (C27).

    Attributes:
        function: Of the seconds since RUNNING.
        running_at: When the task was RUNNING.
        functions: Asks the function.
    """

    function: Callable[[float], str]
    running_at: int
    functions: CallerFunctions

    def __call__(self, moment: int) -> CheckResult:
        """Return what a check at a moment finds.

        Raises:
            UsageError: the function returned something else.
        """
        found = self.functions.ask(self.function, (moment - self.running_at) / SECOND)
        if found not in TARGET_OUTCOMES:
            raise UsageError(
                f"target_health returned {describe_value(found)}, not one of "
                f"{', '.join(TARGET_OUTCOMES)}"
            )
        return CheckResult(found)


def finding_of(account: Account, told: Outcome, running_at: int) -> Finding:
    """Return what checks find, given what the caller said: a text, a function, or None."""
    if callable(told):
        return TargetFinding(told, running_at, account.functions)
    return CheckResult.HEALTHY if told is None else CheckResult(told)


def groups_of(deployment: DeploymentRecord) -> Iterator[tuple[LoadBalancerBinding, str | None]]:
    """Yield the load balancers of a deployment, each with the group of its tasks (S6.6)."""
    for place, binding in enumerate(deployment.revision.load_balancers):
        if place in deployment.alternates:
            yield binding, binding.alternate_target_group_arn
        else:
            yield binding, binding.target_group_arn


def register_targets(account: Account, task: TaskRecord) -> None:
    """Register a task that becomes RUNNING in the groups of its deployment (S9.3)."""
    life = task.life
    if life is None or life.deployment is None or life.service is None:
        return
    behaviour = life.behaviour
    told = None if behaviour is None else behaviour.target_health
    finding = finding_of(account, told, account.time.now)
    found = []
    for binding, group in groups_of(life.deployment):
        key = target_key(task, life.cluster, binding)
        if group is None or key is None or group not in account.elb.targets.groups:
            continue
        account.elb.targets.register(group, key, account.time.now, finding=finding, zone=task.zone)
        account.targets[group, key] = life.number
        found.append((group, *key))
    life.targets = tuple(found)
    for group in dict.fromkeys(group for group, _, _ in found):
        life.service.notes.append(("registered", group))


def target_key(
    task: TaskRecord, cluster: ClusterRecord, binding: LoadBalancerBinding
) -> TargetKey | None:
    """Return the target that a task is for one of its service's load balancers (S9.1)."""
    port = binding.container_port
    if port is None:
        return None
    for attachment in task.attachments:
        address = (attachment.details or {}).get("privateIPv4Address")
        if address is not None:
            return address, port
    instance = host_of(cluster, task)
    if instance is None:
        return None
    for bound in _bound_ports(task, binding.container_name, port):
        id = cluster.engine.describe(instance.id).ec2_instance_id or instance.id
        is_managed = instance.managed_instance is not None
        return _host_address(id) if is_managed else id, bound
    return None


def _host_address(id: str) -> str:
    """Return the address of a Managed Instance, made up from its id (``i-`` and 17 hex digits).

    Documents may have ids of another form: the last bytes of their text count instead.
    """
    found = re.fullmatch(r"i-([0-9a-f]{17})", id)
    if found is None:
        digits = int.from_bytes(id.encode("utf-8", "replace"), "big") << 44
    else:
        digits = int(found[1], 16)
    return ".".join(["10", *(str(digits >> shift & 255) for shift in (60, 52, 44))])


def _bound_ports(task: TaskRecord, container: str | None, port: int) -> Iterator[int]:
    for record in task.containers:
        if container is not None and record.settings.name != container:
            continue
        for binding in record.bindings or ():
            if binding.container_port == port and binding.host_port is not None:
                yield binding.host_port


def deregister_targets(account: Account, task: TaskRecord) -> int | None:
    """Deregister a task; return when its last target is unused, None: it had none (S9.5)."""
    life = task.life
    if life is None or not life.targets:
        return None
    now, unused = account.time.now, account.time.now
    for group, id, port in life.targets:
        account.targets.pop((group, (id, port)), None)
        if group in account.elb.targets.groups:
            unused = max(unused, account.elb.targets.deregister(group, (id, port), now))
    if life.service is not None:
        for group in dict.fromkeys(group for group, _, _ in life.targets):
            life.service.notes.append(("deregistered", group))
        if unused > now:
            life.service.notes.append(("draining",))
        account.wake_service(life.service)
    life.targets = ()
    return unused


def target_health(account: Account, task: TaskRecord) -> tuple[bool, bool]:
    """Return whether all targets of a task are healthy, and whether one is unhealthy (S9.7).

    Targets of groups that no load balancer uses say nothing.
    """
    life = task.life
    known = [
        account.elb.targets.state_of(group, (id, port))
        for group, id, port in (() if life is None else life.targets)
    ]
    states = [state for state in known if state is not TargetState.UNUSED]
    return (
        all(state is TargetState.HEALTHY for state in states),
        any(state is TargetState.UNHEALTHY for state in states),
    )


def unhealthy_target(account: Account, life: TaskLife) -> tuple[str, str, int, str]:
    """Return the first unhealthy target of a task: group, target id, port, and why (S3.3)."""
    for group, id, port in life.targets:
        target = account.elb.targets.find(group, (id, port))
        if target is not None and target.state is TargetState.UNHEALTHY:
            is_slow = target.failure is CheckResult.TIMEOUT
            code = "Request timed out" if is_slow else CODES
            return group, id, port, code
    return "", "", 0, CODES


def task_of_change(account: Account, change: TargetChange) -> TaskRecord | None:
    """Return the task whose target has changed, None if it is nobody's."""
    number = account.targets.get((change.group, change.key))
    return None if number is None else account.live.get(number)
