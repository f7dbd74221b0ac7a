"""Predefined metrics of services: which they are, and their value at a moment (S13.2, C43).

In: an account and a metric.  Out: the service it is about; its value from the load that the caller
told, else from the use that the behaviours of its tasks say.
"""

from __future__ import annotations

from typing import Any

from placement.ecs.control.account import Account
from placement.ecs.control.load_balancing.targets import TargetState
from placement.ecs.control.metrics.state import MetricKey, ServiceLoad, ServiceMetric, Watched
from placement.ecs.control.services.records import ServiceRecord
from placement.ecs.control.services.statuses import ServiceStatus
from placement.errors import UsageError, describe_value
from placement.scaling.exact import LARGEST_VALUE, Exact, exact
from placement.scaling.metrics import mean, requests_per_target, utilization
from placement.services.model import TaskClass
from placement.timestamps import SECOND

__all__ = ["current_value", "running_count", "service_metric", "told_number"]

NOTHING_TOLD = ServiceLoad()
_KINDS = {"CPUUtilization": "cpu", "MemoryUtilization": "memory"}


def service_metric(account: Account, key: MetricKey) -> ServiceMetric | None:
    """Return the predefined metric of a service that a metric is; None: it is another one."""
    dimensions = dict(key.dimensions)
    if key.namespace == "AWS/ECS" and key.name in _KINDS:
        if dimensions.keys() != {"ClusterName", "ServiceName"}:
            return None
        cluster = account.clusters.get(dimensions["ClusterName"])
        service = None if cluster is None else cluster.services.get(dimensions["ServiceName"])
        if service is None or service.status is ServiceStatus.INACTIVE:
            return None
        return ServiceMetric(service.number, _KINDS[key.name])
    if key.namespace == "AWS/ApplicationELB" and key.name == "RequestCountPerTarget":
        return _requests_of(account, dimensions.get("TargetGroup", ""))
    return None


def _requests_of(account: Account, group: str) -> ServiceMetric | None:
    """Return the requests of the first service with targets in a group: ``targetgroup/NAME/ID``."""
    if not group:
        return None
    for service in account.services.values():
        primary = service.primary
        for binding in () if primary is None else primary.revision.load_balancers:
            for arn in (binding.target_group_arn, binding.alternate_target_group_arn):
                if arn is not None and arn.endswith(f":{group}"):
                    return ServiceMetric(service.number, "requests", arn)
    return None


def running_count(service: ServiceRecord) -> int:
    """Return how many tasks of a service are RUNNING and are to be."""
    count = 0
    for deployment in service.deployments:
        count += deployment.running
    return count


def told_number(value: Any, what: str) -> Exact:
    """Return a number of the caller's exactly.

    Raises:
        UsageError: it is no finite number of at least 0, or larger than a metric's value can be.
    """
    number = exact(value, what)
    if number < 0:
        raise UsageError(f"{what} is a number of at least 0, not {describe_value(value)}")
    if number > LARGEST_VALUE:
        raise UsageError(f"{what} is above 2**360, the largest value of a metric")
    return number


def current_value(account: Account, watched: Watched) -> Exact | None:
    """Return the value of a metric now (D100); None: it has none.

    A value is computed again only when its load or the number of tasks changed.
    """
    metric = watched.metric
    service = account.services.get(metric.service)
    if service is None:
        return None
    if metric in account.metrics.replayed:
        return account.metrics.replayed[metric]
    told = account.metrics.loads.get(metric.service, NOTHING_TOLD)
    load = getattr(told, metric.kind)
    if load is None:
        return _use(account, service, metric.kind)
    if callable(load):
        load = account.ask(load, (account.time.now - account.start) / SECOND)
        if type(load) is not int or load < 0:
            load = told_number(load, f"the {metric.kind} of {service.name}")
    group = metric.group
    count = running_count(service) if group is None else _target_count(account, group)
    if watched.inputs != (load, count):
        formula = utilization if group is None else requests_per_target
        watched.inputs, watched.value = (load, count), formula(load, count)
    return watched.value


def _target_count(account: Account, arn: str) -> int:
    """Return how many targets are registered in a group."""
    group = account.elb.targets.groups.get(arn)
    if group is None:
        return 0
    return sum(one.state is not TargetState.DRAINING for one in group.targets.values())


def _use(account: Account, service: ServiceRecord, kind: str) -> Exact | None:
    """Return the mean use of running tasks whose behaviour says it (C27)."""
    if kind == "requests" or account.behaviour is None:
        return None
    values: list[Exact | None] = []
    for deployment in service.deployments:
        for task_class, pool in deployment.pools.items():
            if task_class is TaskClass.PENDING:
                continue
            for task in pool.values():
                behaviour = None if task.life is None else task.life.behaviour
                use = None if behaviour is None else getattr(behaviour, kind)
                if callable(use):
                    running_at = None if task.life is None else task.life.running_at
                    since = 0 if running_at is None else account.time.now - running_at
                    use = account.ask(use, since / SECOND)
                if use is not None:
                    values.append(told_number(use, f"the {kind} of a task of {service.name}"))
    return mean(values)
