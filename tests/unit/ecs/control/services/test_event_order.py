"""The order of a service's events within one instant, and the counts of one that drains."""

from __future__ import annotations

from typing import Any

from placement.ecs import Behaviour, Session
from shifting_world import balance, session_with_instances

BREAKER = {"deploymentCircuitBreaker": {"enable": True, "rollback": True}}


def said(session: Session) -> list[str]:
    """Return the events of ``web``, oldest first, without its name and without ids."""
    (service,) = session.client("ecs").describe_services(services=["web"])["services"]
    texts = [event["message"].split(") ", 1)[1] for event in reversed(service["events"])]
    return [text.split(": (task")[0].split(" in (target-group")[0] for text in texts]


def test_what_tasks_did_is_said_before_what_follows_from_it_d26() -> None:
    """Without times, tasks register in the pass before the one that completes the deployment."""
    session = session_with_instances(2, timing=None)
    session.client("ecs").create_service(
        serviceName="web",
        taskDefinition="web:1",
        desiredCount=2,
        loadBalancers=[rolling(balance(session).binding())],
    )
    session.advance(0)
    assert [text.split(") ")[-1] for text in said(session)] == [
        "has started 2 tasks",
        "registered 2 targets",
        "deployment completed.",
        "has reached a steady state.",
    ]


def rolling(item: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in item.items() if key != "advancedConfiguration"}


def test_the_throttle_is_said_before_the_rollback_that_ends_it_d39() -> None:
    def behaviour(task: dict[str, Any]) -> Behaviour | None:
        fails = task["taskDefinitionArn"].endswith("web:2")
        return Behaviour(start_failure="CannotPullContainerError: no") if fails else None

    session = session_with_instances(2, behaviour=behaviour)
    client = session.client("ecs")
    client.create_service(
        serviceName="web", taskDefinition="web:1", desiredCount=3, deploymentConfiguration=BREAKER
    )
    session.advance(100)
    client.update_service(service="web", taskDefinition="web:2")
    session.advance(100)
    assert [text.split(") ")[-1] for text in said(session)[-5:]] == [
        "is unable to consistently start tasks successfully.",
        "deployment failed: tasks failed to start.",
        *[text for text in said(session) if text.startswith("rolling back")],
        "deployment completed.",
        "has reached a steady state.",
    ]


def test_older_deployments_of_a_deleted_service_want_no_tasks_d17() -> None:
    """S3.1.3: an older entry shows its slots, and there are none once the pass has stopped all."""
    session = session_with_instances(2)
    client = session.client("ecs")
    client.create_service(serviceName="web", taskDefinition="web:1", desiredCount=2)
    session.advance(100)
    client.update_service(service="web", taskDefinition="web:2")
    session.advance(20)
    client.delete_service(service="web", force=True)
    session.advance(0)
    (service,) = client.describe_services(services=["web"])["services"]
    shown = [(one["status"], one["desiredCount"]) for one in service["deployments"]]
    assert shown == [("PRIMARY", 0), ("DRAINING", 0)]
