"""``follow_rollout``: the course of a deployment, how it ends, and its document."""

from __future__ import annotations

import json
from datetime import timedelta
from fractions import Fraction
from typing import Any

import pytest

import placement.ecs as pe
from placement.ecs.rollouts.document import rollout_document
from placement.ecs.rollouts.follow import follow_rollout
from placement.ecs.rollouts.values import Outcome, Rollout, RolloutPoint
from placement.errors import UsageError
from placement.timestamps import SECOND
from small_sessions import percents, service, small_session

BREAKER = {"deploymentCircuitBreaker": {"enable": True, "rollback": True}}


def deployed(
    *, desired: int = 4, least: int = 100, most: int = 200, instances: int = 4
) -> pe.Session:
    """Return a session in which web:1 is steady and web:2 is to be deployed."""
    session = small_session(instances)
    ecs = session.client("ecs")
    settings = {"availabilityZoneRebalancing": "DISABLED", **percents(least, most)}
    ecs.create_service(**service(desiredCount=desired, **settings))
    assert session.advance_until("steady")
    ecs.update_service(service="web", taskDefinition="web:2")
    return session


def passes(rollout: Rollout) -> list[str]:
    """Return starts of the new and stops of the old revision by instant: ``+2 -1``."""
    new, old = rollout.revisions
    found = []
    for point in rollout.points:
        started, stopped = point.revisions[new.number].started, point.revisions[old.number].stopped
        if started or stopped:
            found.append(
                " ".join([f"+{started}"] * bool(started) + [f"-{stopped}"] * bool(stopped))
            )
    return found


@pytest.mark.parametrize(
    ("desired", "least", "most", "expected"),
    [
        (4, 100, 200, "+4; -4"),
        (4, 50, 200, "+4 -2; -2"),
        (4, 100, 150, "+2; +2 -2; -2"),
        (4, 100, 125, "+1; +1 -1; +1 -1; +1 -1; -1"),
        (10, 90, 120, "+3 -1; +3 -3; +3 -3; +1 -3"),
        (5, 60, 140, "+4 -2; +1 -3"),
        (1, 0, 100, "+1 -1"),
    ],
)
def test_the_worked_steps_are_read_from_the_history(
    desired: int, least: int, most: int, expected: str
) -> None:
    """S4.7: starts and stops of each instant, as the tables have them."""
    rollout = follow_rollout(deployed(desired=desired, least=least, most=most, instances=6), "web")
    assert "; ".join(passes(rollout)) == expected
    assert rollout.outcome is Outcome.STEADY
    assert rollout.is_steady


def test_points_are_the_state_at_the_end_of_instants() -> None:
    """S10: deploy at 0, RUNNING 12, healthy 52, the old ones STOPPED and COMPLETED 54."""
    rollout = follow_rollout(deployed(), "web")
    new, old = rollout.revisions
    assert (new.name, old.name, new.is_new, old.is_new) == ("web:2", "web:1", True, False)
    seen = [
        (
            (point.at - rollout.started_at) // SECOND,
            point.healthy,
            point.active,
            point.revisions[new.number].pending,
            point.revisions[new.number].warming,
            point.revisions[old.number].stopping,
        )
        for point in rollout.points
    ]
    assert seen == [
        (0, 4, 4, 0, 0, 0),
        (0, 4, 8, 4, 0, 0),
        (12, 4, 8, 0, 4, 0),
        (52, 4, 4, 0, 0, 4),
        (54, 4, 4, 0, 0, 0),
    ]
    assert {(one.desired, one.lower, one.upper) for one in rollout.points} == {(4, 4, 8)}
    assert rollout.settled_at == rollout.started_at + 54 * SECOND
    assert rollout.points[-1].changes == (
        "service deployment SUCCESSFUL",
        "deployment of web:2 COMPLETED",
        "deployment of web:1 INACTIVE",
    )


def test_bounds_follow_the_desired_count() -> None:
    session = deployed(least=50, most=150)
    session.advance(1)
    session.client("ecs").update_service(service="web", desiredCount=8)
    rollout = follow_rollout(session, "web")
    assert (rollout.points[0].lower, rollout.points[0].upper) == (4, 12)


def test_events_are_those_of_the_service_while_it_was_followed() -> None:
    session = deployed()
    rollout = follow_rollout(session, "web")
    described = session.client("ecs").describe_services(services=["web"])["services"][0]
    messages = [one["message"] for one in reversed(described["events"])]
    assert [one.message for one in rollout.events] == messages[-len(rollout.events) :]
    assert rollout.events[-1].message == "(service web) has reached a steady state."


def test_percents_that_cannot_move_are_the_cause() -> None:
    """S4.7: 3 tasks at 100/125 are stuck, and the event says so."""
    rollout = follow_rollout(deployed(desired=3, least=100, most=125), "web")
    assert rollout.outcome is Outcome.STUCK
    assert passes(rollout) == []
    (cause,) = rollout.causes
    assert "Update the minimumHealthyPercent or maximumPercent value" in cause.message
    assert cause.since == rollout.last_change_at == rollout.started_at
    assert rollout.explanation == ()
    assert rollout.ended_at - rollout.started_at == 172_800 * SECOND


def test_a_full_cluster_is_the_cause_and_the_engine_says_why() -> None:
    """S8.3: nothing fits beside the old tasks, which may not stop."""
    rollout = follow_rollout(deployed(desired=16), "web")
    assert rollout.outcome is Outcome.STUCK
    (cause,) = rollout.causes
    assert "has insufficient CPU units available." in cause.message
    assert cause.since == rollout.started_at  # though it is said again every six hours
    assert sum(cause.message in one.message for one in rollout.events) > 1
    assert rollout.explanation[0] == "none of 4 instances has room now"


def test_seconds_stop_a_deployment_on_its_way() -> None:
    session = deployed()
    rollout = follow_rollout(session, "web", seconds=20)
    assert rollout.outcome is Outcome.UNFINISHED
    assert rollout.ended_at - rollout.started_at == 20 * SECOND
    assert follow_rollout(session, "web", seconds=timedelta(minutes=5)).outcome is Outcome.STEADY


def test_seconds_tell_that_nothing_goes_on() -> None:
    rollout = follow_rollout(deployed(desired=3, most=125), "web", seconds=600)
    assert rollout.outcome is Outcome.STUCK


def failing(revision: str) -> Any:
    def behaviour(task: dict[str, Any]) -> pe.Behaviour | None:
        if task["taskDefinitionArn"].endswith(revision):
            return pe.Behaviour(start_failure="CannotPullContainerError: no such tag")
        return None

    return behaviour


def test_a_rollback_is_no_success() -> None:
    session = small_session(behaviour=failing("web:2"))
    ecs = session.client("ecs")
    ecs.create_service(**service(**percents(100, 200, **BREAKER)))
    assert session.advance_until("steady")
    ecs.update_service(service="web", taskDefinition="web:2")
    rollout = follow_rollout(session, "web")
    assert rollout.outcome is Outcome.ROLLED_BACK
    assert not rollout.is_steady
    new, _ = rollout.revisions
    failed = [point.revisions[new.number].failed for point in rollout.points]
    assert {"CannotPullContainerError: no such tag": 4} in failed
    assert any("ROLLBACK_SUCCESSFUL" in one for point in rollout.points for one in point.changes)


def test_a_failure_without_rollback_stays() -> None:
    session = small_session(behaviour=failing("web:1"))
    settings = {"deploymentCircuitBreaker": {"enable": True, "rollback": False}}
    session.client("ecs").create_service(**service(**percents(100, 200, **settings)))
    rollout = follow_rollout(session, "web", seconds=3600)
    assert rollout.outcome is Outcome.FAILED


def test_a_service_that_the_model_does_not_run() -> None:
    """D8."""
    session = small_session()
    given = service(deploymentController={"type": "EXTERNAL"})
    del given["taskDefinition"]
    session.client("ecs").create_service(**given)
    rollout = follow_rollout(session, "web")
    assert rollout.outcome is Outcome.NOT_RUN
    assert rollout.revisions == ()


def test_another_service_that_is_not_steady_is_named() -> None:
    session = small_session()
    ecs = session.client("ecs")
    ecs.create_service(**service())
    ecs.create_service(**service(serviceName="large", desiredCount=20))
    rollout = follow_rollout(session, "web", seconds=600)
    assert rollout.outcome is Outcome.STEADY
    assert rollout.unsteady == ("large",)


def test_the_same_definition_again_has_a_name_of_its_own() -> None:
    session = deployed()
    assert session.advance_until("steady")
    session.client("ecs").update_service(service="web", forceNewDeployment=True)
    rollout = follow_rollout(session, "web")
    assert [one.name for one in rollout.revisions] == ["web:2#2", "web:2"]


def test_someone_may_look_on_and_change_nothing() -> None:
    seen: list[RolloutPoint] = []
    session = deployed()
    rollout = follow_rollout(session, "web", on_instant=seen.append)
    assert seen[-1] == rollout.points[-1]

    other = deployed()

    def meddle(_: RolloutPoint) -> None:
        other.advance(1)

    with pytest.raises(UsageError, match="advance"):
        follow_rollout(other, "web", on_instant=meddle)


def test_names_that_are_not_there_are_the_apis_errors() -> None:
    with pytest.raises(pe.ClientError, match="Service not found"):
        follow_rollout(small_session(), "web")
    with pytest.raises(pe.ClientError, match="Cluster not found"):
        follow_rollout(small_session(), "web", cluster="nowhere")


# Traffic


def balanced_session() -> tuple[pe.Session, dict[str, Any]]:
    """Return a session with a listener before two groups, and the binding of a service to them."""
    session = small_session(container={"portMappings": [{"containerPort": 80}]})
    elb = session.client("elbv2")
    blue, green = (
        elb.create_target_group(
            Name=name, Protocol="HTTP", Port=80, VpcId="vpc-1", HealthCheckIntervalSeconds=5
        )["TargetGroups"][0]["TargetGroupArn"]
        for name in ("blue", "green")
    )
    weights = [{"TargetGroupArn": blue, "Weight": 1}, {"TargetGroupArn": green, "Weight": 0}]
    balancer = elb.create_load_balancer(Name="shop", Subnets=["subnet-1", "subnet-2"])
    listener = elb.create_listener(
        LoadBalancerArn=balancer["LoadBalancers"][0]["LoadBalancerArn"],
        Protocol="HTTP",
        Port=80,
        DefaultActions=[{"Type": "forward", "ForwardConfig": {"TargetGroups": weights}}],
    )["Listeners"][0]["ListenerArn"]
    rule = elb.describe_rules(ListenerArn=listener)["Rules"][0]["RuleArn"]
    binding = {
        "targetGroupArn": blue,
        "containerName": "app",
        "containerPort": 80,
        "advancedConfiguration": {
            "alternateTargetGroupArn": green,
            "productionListenerRule": rule,
            "roleArn": "arn:aws:iam::123456789012:role/ecs",
        },
    }
    return session, binding


def test_a_canary_shows_its_stages_and_exact_shares() -> None:
    """S6.7: a tenth of the traffic for five minutes, then all of it."""
    session, binding = balanced_session()
    canary = {
        "strategy": "CANARY",
        "canaryConfiguration": {"canaryPercent": 10.0, "canaryBakeTimeInMinutes": 5},
    }
    ecs = session.client("ecs")
    ecs.create_service(**service(loadBalancers=[binding], deploymentConfiguration=canary))
    assert session.advance_until("steady")
    ecs.update_service(service="web", taskDefinition="web:2")
    rollout = follow_rollout(session, "web")
    assert rollout.is_steady
    new, old = rollout.revisions
    assert {(one.lower, one.upper) for one in rollout.points} == {(4, 8)}  # D46
    shares = [
        (point.at - rollout.started_at, point.revisions[new.number].traffic)
        for point in rollout.points
    ]
    changed = [
        (at // SECOND, share)
        for (at, share), (_, before) in zip(shares[1:], shares, strict=False)
        if share != before
    ]
    assert changed == [(17, Fraction(1, 10)), (317, Fraction(1))]
    assert shares[0][1] == 0
    assert rollout.points[0].revisions[old.number].traffic == 1
    changes = [one for point in rollout.points for one in point.changes]
    assert "weights (test 100, production 10)" in changes
    assert any(one.startswith("CLEAN_UP") for one in changes)


def test_traffic_is_shared_by_revisions_as_their_targets_are_healthy() -> None:
    """D65: targets share equally; the new ones get traffic once they are healthy."""
    session, binding = balanced_session()
    del binding["advancedConfiguration"]
    ecs = session.client("ecs")
    ecs.create_service(**service(desiredCount=2, loadBalancers=[binding]))
    assert session.advance_until("steady")
    ecs.update_service(service="web", taskDefinition="web:2")
    rollout = follow_rollout(session, "web")
    new, old = rollout.revisions
    shares = [
        (point.revisions[new.number].traffic, point.revisions[old.number].traffic)
        for point in rollout.points
    ]
    assert shares[0] == (Fraction(0), Fraction(1))
    assert shares[-1] == (Fraction(1), Fraction(0))
    assert all((new_share or 0) + (old_share or 0) == 1 for new_share, old_share in shares)


def test_without_a_load_balancer_there_are_no_shares() -> None:
    rollout = follow_rollout(deployed(), "web")
    assert all(
        counts.traffic is None for point in rollout.points for counts in point.revisions.values()
    )


# The document


def test_the_document_is_json_and_says_the_same() -> None:
    rollout = follow_rollout(deployed(desired=16), "web")
    warnings = [pe.ServiceLint("no-room", "", "there is no room", "room")]
    document = rollout_document(rollout, warnings)
    assert json.loads(json.dumps(document)) == document
    assert list(document) == [
        "service",
        "cluster",
        "outcome",
        "startedAt",
        "endedAt",
        "steadyAfter",
        "lastChangeAfter",
        "revisions",
        "timeline",
        "events",
        "causes",
        "explanation",
        "unsteadyServices",
        "warnings",
    ]
    assert document["outcome"] == "STUCK"
    assert document["steadyAfter"] is None
    assert document["startedAt"] == "2026-03-02T09:00:52+00:00"
    assert document["timeline"][0]["revisions"][0]["traffic"] is None
    assert len(document["timeline"]) == len(rollout.points)
    assert document["warnings"] == [
        {"code": "no-room", "path": "", "message": "there is no room", "advice": "room"}
    ]


def test_equal_sessions_have_equal_documents() -> None:
    first, second = (rollout_document(follow_rollout(deployed(), "web")) for _ in range(2))
    assert first == second


def test_what_changes_for_two_days_is_not_stuck_c40() -> None:
    """Tasks that exit before they are healthy are replaced for ever: it is never at rest."""
    session = small_session(4, behaviour=lambda _: pe.Behaviour(runs_for=30, exit_code=1))
    session.client("ecs").create_service(**service(desiredCount=2))
    rollout = follow_rollout(session, "web")
    assert rollout.ended_at - rollout.started_at == 172_800 * SECOND
    assert rollout.outcome is Outcome.UNFINISHED
