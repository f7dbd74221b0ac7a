"""A service deployment with a pause that awaits an action, put there by hand."""

from __future__ import annotations

import attrs

from placement.aws.client import ServiceClient
from placement.ecs.control.services.records import ServiceDeploymentRecord
from placement.services.hooks import Hook, HookKind, invoked
from placement.services.traffic_deployment import TrafficDeployment, Weights
from placement.services.traffic_stages import Stage
from placement.services.traffic_steps import BLUE_GREEN

__all__ = ["HOOK_ID", "pause_deployment"]

HOOK_ID = "ecs-pause-" + "a" * 43


def pause_deployment(client: ServiceClient, cluster: str, service: str) -> ServiceDeploymentRecord:
    """Let the newest service deployment of a service wait at POST_SCALE_UP for an operator."""
    account = client._account
    record = account.clusters[cluster].services[service]
    run: ServiceDeploymentRecord = record.service_deployments[0]
    hooks = (Hook(HookKind.PAUSE, (Stage.POST_SCALE_UP,)),)
    begun = TrafficDeployment(run.target.number, None, BLUE_GREEN, hooks)
    run.traffic = attrs.evolve(
        begun,
        stage=Stage.POST_SCALE_UP,
        weights=Weights(),
        invocations=invoked(hooks, Stage.POST_SCALE_UP, account.time.now, 1),
    )
    run.hook_ids[1] = HOOK_ID
    return run
