"""What a deployment finds when it begins: the revision it replaces, its groups, its traffic (S6.6).

In: a service whose newest service deployment begins.  Out: a ``TrafficDeployment`` for one that
shifts traffic; for a rolling one the groups of its tasks, where deployments before it have shifted
traffic.  Which revision plays which part is decided in ``placement.services.traffic_deployment``.
"""

from __future__ import annotations

from fractions import Fraction

import attrs

from placement.ecs.control.account import Account
from placement.ecs.control.services.configuration import (
    CanarySettings,
    DeploymentConfiguration,
    DeploymentStrategy,
    LinearSettings,
)
from placement.ecs.control.services.listener_rules import (
    add_groups,
    has_network_load_balancer,
    has_test_listener,
    rule_problem,
    serving_groups,
    set_traffic,
    shares_of,
)
from placement.ecs.control.services.records import (
    DeploymentRecord,
    LoadBalancerBinding,
    ServiceDeploymentRecord,
    ServiceRecord,
)
from placement.ecs.control.services.shifting_loaded import loaded_stage, resumed_shift
from placement.ecs.control.services.statuses import ServiceDeploymentStatus
from placement.ecs.control.services.targets import groups_of
from placement.services.model import TaskClass
from placement.services.traffic_deployment import (
    NO_TRAFFIC,
    DeploymentStatus,
    TrafficDeployment,
    Weights,
    choose_blue,
    roles_after,
)
from placement.services.traffic_steps import BLUE_GREEN, Schedule, canary, linear

__all__ = ["begin_rolling", "begin_shifting", "deployment_of"]


def deployment_of(service: ServiceRecord, number: int) -> DeploymentRecord | None:
    """Return the deployment of a number among those that are listed."""
    return next((one for one in service.deployments if one.number == number), None)


def begin_shifting(
    account: Account, service: ServiceRecord, run: ServiceDeploymentRecord
) -> TrafficDeployment:
    """Return the traffic of a service deployment that begins, and give green its groups.

    One that a document tells of is under way already, and goes on at its stage.
    """
    green, before = run.target, _before(service, run)
    blue = _blue(service, run, before)
    stage = loaded_stage(run)
    if stage is None:
        green.alternates = _free_groups(account, green, blue)
    rest = [one for one in service.deployments if one not in (green, blue)]
    for one in (*rest, *(() if blue is None else (blue,))):
        one.cap = 0  # slots of rolling deployments; here revisions have targets
    deployment = TrafficDeployment(
        green.number,
        None if blue is None else blue.number,
        _schedule(run.configuration),
        tuple(hook.for_core() for hook in run.configuration.hooks),
        tuple(sorted(one.number for one in rest if one.active_count or one.stopping)),
        has_test_listener(green),
        has_network_load_balancer(account.elb, green),
        _first_weights(account, green, before),
    )
    if stage is not None:
        return resumed_shift(account, run, deployment, stage)
    if rule_problem(account.elb, green, deployment.weights) is None:
        add_groups(account, green)
    if run.status is ServiceDeploymentStatus.ROLLBACK_REQUESTED:
        return attrs.evolve(deployment, status=DeploymentStatus.ROLLBACK_REQUESTED)
    return deployment


def _schedule(configuration: DeploymentConfiguration) -> Schedule:
    bake = configuration.bake_time
    if configuration.strategy is DeploymentStrategy.LINEAR:
        steps = configuration.linear or LinearSettings()
        return linear(steps.step_percent, steps.step_bake, bake)
    if configuration.strategy is DeploymentStrategy.CANARY:
        first = configuration.canary or CanarySettings()
        return canary(first.percent, first.bake, bake)
    return attrs.evolve(BLUE_GREEN, bake=bake)


# Roles


def _before(service: ServiceRecord, run: ServiceDeploymentRecord) -> ServiceDeploymentRecord | None:
    """Return the service deployment before one that began to do something; None: none did."""
    place = service.service_deployments.index(run)
    for one in service.service_deployments[place + 1 :]:
        if one.traffic is not None or one.started_at is not None:
            return one
    return None


def _blue(
    service: ServiceRecord,
    run: ServiceDeploymentRecord,
    before: ServiceDeploymentRecord | None,
) -> DeploymentRecord | None:
    """Return the deployment that is replaced: the one with the production traffic (D52, D110).

    Revisions of a rolling deployment share one group, so that their traffic is that of their
    healthy tasks; where there is none, the one that was COMPLETED last is replaced.
    """
    if before is not None and before.traffic is not None:
        number = roles_after(before.traffic).blue
    else:
        rest = [one for one in service.deployments if one is not run.target]
        serving = {
            one.number: len(one.pools[TaskClass.HEALTHY]) + len(one.pools[TaskClass.DRAINING])
            for one in rest
        }
        total = max(1, sum(serving.values()))
        shares = [(number, Fraction(count, total)) for number, count in serving.items()]
        completed = None if service.completed is None else service.completed.number
        number = choose_blue(shares) or completed
    return None if number is None else deployment_of(service, number)


# Target groups


def _free_groups(
    account: Account, green: DeploymentRecord, blue: DeploymentRecord | None
) -> frozenset[int]:
    """Return the load balancers whose alternate group green uses: the one that does not serve."""
    return frozenset(
        place
        for place, binding in enumerate(green.revision.load_balancers)
        if binding.alternate_target_group_arn is not None
        and _serving_group(account, binding, blue) == binding.target_group_arn
    )


def _serving_group(
    account: Account, binding: LoadBalancerBinding, blue: DeploymentRecord | None
) -> str | None:
    """Return the group of a binding that has the production traffic (S6.6).

    Where both have some, or none has any, it is the group of blue's tasks, and for the first
    deployment the one that is not the alternate one (D110).
    """
    serving = serving_groups(account.elb, binding)
    if len(serving) == 1:
        return serving[0]
    both = (binding.target_group_arn, binding.alternate_target_group_arn)
    of_blue = () if blue is None else (group for _, group in groups_of(blue))
    return next((group for group in of_blue if group in both), binding.target_group_arn)


def _first_weights(
    account: Account, green: DeploymentRecord, before: ServiceDeploymentRecord | None
) -> Weights:
    """Return the shares that green's groups have; the first stage sets them to 0.

    Traffic that is divided between the groups is that of a deployment before, or an error of the
    rules; then green's share counts as 0, and ``rule_problem`` finds the error.
    """
    traffic = None if before is None else before.traffic
    known = NO_TRAFFIC if traffic is None else roles_after(traffic).weights
    if not any(one.production_rule for one in green.revision.load_balancers):
        return known
    found = shares_of(account.elb, green)
    is_divided = 0 < found.production < 1
    production = found.production if not is_divided or known.production else Fraction(0)
    return Weights(found.test if found.test in (0, 1) else Fraction(0), production)


# Rolling deployments of a service that has shifted traffic


def begin_rolling(account: Account, service: ServiceRecord, run: ServiceDeploymentRecord) -> None:
    """Let a rolling deployment use the groups that serve, whatever moved traffic before it.

    Where it supersedes or follows a shift that did not come to its end, the revision with the
    production traffic gets all of it and keeps its slots; the others are removed (D52).
    """
    target, before = run.target, _before(service, run)
    blue = _blue(service, run, before)
    target.alternates = frozenset(
        place
        for place, binding in enumerate(target.revision.load_balancers)
        if binding.alternate_target_group_arn is not None
        and _serving_group(account, binding, blue) == binding.alternate_target_group_arn
    )
    if before is None or before.traffic is None:
        return
    for one in service.deployments[1:]:
        one.cap = one.slots if one is blue and one.active_count else 0
    if before.traffic.status not in (
        DeploymentStatus.SUCCESSFUL,
        DeploymentStatus.ROLLBACK_SUCCESSFUL,
    ):
        set_traffic(account, target, Weights(Fraction(1), Fraction(1)), NO_TRAFFIC)
