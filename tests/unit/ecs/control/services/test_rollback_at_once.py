"""A rollback that is asked for before its service deployment has begun (S3.2.4, S5.3)."""

from __future__ import annotations

from typing import Any

from placement.ecs import Behaviour, Session, Timing

NETWORK = {"awsvpcConfiguration": {"subnets": ["subnet-1"]}}


def behaviour(task: dict[str, Any]) -> Behaviour | None:
    """Revision 2 never starts."""
    fails = task["taskDefinitionArn"].endswith(":2")
    return Behaviour(start_failure="no such image") if fails else None


def test_a_rollback_after_an_earlier_failure_without_rollback_goes_on_d119() -> None:
    """The surplus that S5.3 keeps after a failure is not kept in a later rollback."""
    session = Session(timing=Timing(), behaviour=behaviour)
    ecs = session.client("ecs")
    ecs.create_cluster(clusterName="default")
    for _ in range(3):
        ecs.register_task_definition(
            family="web",
            requiresCompatibilities=["FARGATE"],
            networkMode="awsvpc",
            cpu="256",
            memory="512",
            containerDefinitions=[{"name": "app", "image": "app"}],
        )
    breaker = {"enable": True, "rollback": False}
    ecs.create_service(
        serviceName="web",
        taskDefinition="web:1",
        desiredCount=2,
        launchType="FARGATE",
        networkConfiguration=NETWORK,
        deploymentConfiguration={"deploymentCircuitBreaker": breaker},
    )
    session.advance(600)
    ecs.update_service(service="web", taskDefinition="web:2")
    session.advance(4000)
    (service,) = ecs.describe_services(services=["web"])["services"]
    assert service["deployments"][0]["rolloutState"] == "FAILED"
    ecs.update_service(service="web", taskDefinition="web:3")
    newest = ecs.list_service_deployments(service="web")["serviceDeployments"][0]
    arn = newest["serviceDeploymentArn"]
    ecs.stop_service_deployment(serviceDeploymentArn=arn, stopType="ROLLBACK")
    session.advance(1000)
    (service,) = ecs.describe_services(services=["web"])["services"]
    assert [one["taskDefinition"][-1] for one in service["deployments"]] == ["1"]
    assert (service["runningCount"], service["pendingCount"]) == (2, 0)
    (run,) = ecs.describe_service_deployments(serviceDeploymentArns=[arn])["serviceDeployments"]
    assert run["status"] == "ROLLBACK_SUCCESSFUL"
