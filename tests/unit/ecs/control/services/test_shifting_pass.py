"""Deployments that shift traffic in a session: what fails, supersedes, follows them (S6)."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from placement.ecs import Behaviour, ClientError, Session
from shifting_world import TIMING, ShiftingWorld, balance, forward, session_with_instances

ROLLED_BACK = "Service deployment rolled back because "
HALF: dict[str, Any] = {"strategy": "LINEAR", "linearConfiguration": {"stepPercent": 50.0}}
"""Two steps, six minutes apart: the first at 60 s."""


def breaker(*, rollback: bool) -> dict[str, Any]:
    return {"deploymentCircuitBreaker": {"enable": True, "rollback": rollback}}


def fails(*revisions: int) -> Any:
    """Return a behaviour: tasks of revisions fail to start."""
    names = tuple(f"web:{revision}" for revision in revisions)

    def behaviour(task: dict[str, Any]) -> Behaviour | None:
        if task["taskDefinitionArn"].endswith(names):
            return Behaviour(start_failure="CannotPullContainerError: no")
        return None

    return behaviour


def deployments(world: ShiftingWorld) -> list[tuple[str, str, str]]:
    return [
        (one["taskDefinition"][-5:], one["status"], one["rolloutState"])
        for one in world.service["deployments"]
    ]


def rule_weights(world: ShiftingWorld, rule: str) -> dict[str, int]:
    (found,) = world.session.client("elbv2").describe_rules(RuleArns=[rule])["Rules"]
    groups = found["Actions"][0]["ForwardConfig"]["TargetGroups"]
    return {one["TargetGroupArn"]: one["Weight"] for one in groups}


def set_rule(world: ShiftingWorld, rule: str, weights: dict[str, int]) -> None:
    world.session.client("elbv2").modify_rule(RuleArn=rule, Actions=[forward(weights)])


# What is shown


def test_weights_and_stages_are_shown() -> None:
    """S3.2.2: the shares that revisions are to have, the stage; D48: weights on the rule."""
    world = ShiftingWorld()
    world.deploy(**HALF)
    world.watch(100)
    run = world.run
    assert run["status"] == "IN_PROGRESS"
    assert run["lifecycleStage"] == "PRODUCTION_TRAFFIC_SHIFT"
    (source,) = run["sourceServiceRevisions"]
    target = run["targetServiceRevision"]
    assert (target["requestedTestTrafficWeight"], source["requestedTestTrafficWeight"]) == (100, 0)
    assert target["requestedProductionTrafficWeight"] == 50
    assert source["requestedProductionTrafficWeight"] == 50
    assert rule_weights(world, world.balanced.production) == dict.fromkeys(
        world.balanced.groups, 50
    )
    assert rule_weights(world, world.balanced.test)[world.green] == 100
    assert [one["runningTaskCount"] for one in world.service["currentServiceRevisions"]] == [4, 4]
    assert [one["desiredCount"] for one in world.service["deployments"]] == [4, 4]
    assert deployments(world) == [
        ("web:2", "PRIMARY", "IN_PROGRESS"),
        ("web:1", "ACTIVE", "COMPLETED"),
    ]


def test_roles_stay_swapped_after_success() -> None:
    """S6.6: each deployment goes into the group that does not serve."""
    world = ShiftingWorld()
    greens = []
    for revision in (2, 3):
        world.deploy(revision, strategy="BLUE_GREEN", bakeTimeInMinutes=0)
        world.watch(world.has_ended)
        greens.append(world.green)
        assert world.share(world.balanced.production, world.green) == 1
        assert world.messages()[-1] == "has reached a steady state."
        assert any(message.endswith("deployment completed.") for message in world.messages())
        world.begin()
    assert sorted(greens) == sorted(world.balanced.groups)


def test_weights_of_a_share_with_a_fraction() -> None:
    """D48: 33.3 per cent gives 333 and 667."""
    world = ShiftingWorld()
    world.deploy(strategy="CANARY", canaryConfiguration={"canaryPercent": 33.3})
    world.watch(100)
    weights = rule_weights(world, world.balanced.production)
    assert weights.pop(world.green) == 333
    assert list(weights.values()) == [667]
    assert world.seen.production == [(60, Fraction(333, 1000))]


# Failures


def test_circuit_breaker_rolls_back_to_blue() -> None:
    """S6.2, S3.2.6: failures of green count; no traffic has moved."""
    world = ShiftingWorld(behaviour=fails(2))
    world.deploy(strategy="BLUE_GREEN", bakeTimeInMinutes=0, **breaker(rollback=True))
    blue = world.service["deployments"][1]["id"]
    world.watch(world.has_ended)
    run = world.run
    assert run["status"] == "ROLLBACK_SUCCESSFUL"
    assert run["statusReason"] == ROLLED_BACK + "the circuit breaker threshold was exceeded."
    assert run["deploymentCircuitBreaker"]["status"] == "TRIGGERED"
    assert world.seen.production == []
    assert world.service["deployments"][0]["id"] == blue  # D110: under its id
    assert world.session.advance_until("steady")
    assert deployments(world) == [("web:1", "PRIMARY", "COMPLETED")]
    messages = "\n".join(world.messages())
    assert "deployment failed: tasks failed to start." in messages
    assert f"rolling back to deployment {blue}." in messages


def test_circuit_breaker_without_rollback_stops_the_deployment() -> None:
    """S5.3: FAILED; green starts nothing, blue keeps its tasks, the next deployment starts anew."""
    world = ShiftingWorld(behaviour=fails(2))
    world.deploy(strategy="BLUE_GREEN", bakeTimeInMinutes=0, **breaker(rollback=False))
    world.watch(world.has_ended)
    assert world.run["status"] == "STOPPED"
    assert deployments(world)[0] == ("web:2", "PRIMARY", "FAILED")
    blue = set(world.tasks(1))
    world.session.exit_container(min(blue))
    world.watch(world.second + 1000)
    assert world.tasks(2) == []
    assert len(world.tasks(1)) == 4  # the one that ended was replaced
    assert len(blue & set(world.tasks(1))) == 3
    world.begin()
    world.deploy(3, strategy="BLUE_GREEN", bakeTimeInMinutes=0)
    world.watch(world.has_ended)
    assert world.run["status"] == "SUCCESSFUL"
    assert world.seen.production == [(60, Fraction(1))]
    assert deployments(world) == [("web:3", "PRIMARY", "COMPLETED")]


def test_an_alarm_without_rollback_stops_where_traffic_is() -> None:
    """S5.2, S5.3: half of the traffic stays with each revision; the next goes on from there."""
    world = ShiftingWorld()
    world.alarm("errors")
    alarms = {"alarmNames": ["errors"], "enable": True, "rollback": False}
    world.deploy(alarms=alarms, **HALF)
    world.watch(100)
    world.alarm("errors", "ALARM")
    world.watch(world.has_ended)
    run = world.run
    assert (run["status"], world.second) == ("STOPPED", 100)
    assert run["alarms"]["triggeredAlarmNames"] == ["errors"]
    world.watch(2000)
    assert world.seen.production == [(60, Fraction(1, 2))]
    assert len(world.tasks(1)) == len(world.tasks(2)) == 4
    world.alarm("errors", "OK")
    world.deploy(3, strategy="BLUE_GREEN", bakeTimeInMinutes=0)
    world.watch(world.has_ended)
    assert world.run["status"] == "SUCCESSFUL"
    assert world.session.advance_until("steady")
    assert len(world.tasks(3)) == 4
    assert deployments(world) == [("web:3", "PRIMARY", "COMPLETED")]


def test_alarms_are_watched_until_the_end_of_the_bake_time() -> None:
    """S5.2: not in CLEAN_UP."""
    world = ShiftingWorld()
    world.alarm("errors")
    alarms = {"alarmNames": ["errors"], "enable": True, "rollback": True}
    world.deploy(strategy="BLUE_GREEN", bakeTimeInMinutes=1, alarms=alarms)
    world.watch(130)
    world.alarm("errors", "ALARM")
    world.watch(world.has_ended)
    assert world.run["status"] == "SUCCESSFUL"
    assert world.run["alarms"]["status"] == "MONITORING_COMPLETE"


def test_first_deployment_has_nothing_to_go_back_to() -> None:
    """S3.2.5, D23: ROLLBACK_FAILED with `no rollback candidate`; no more launches."""
    session = session_with_instances(behaviour=fails(1))
    ecs = session.client("ecs")
    ecs.create_service(
        serviceName="web",
        taskDefinition="web:1",
        desiredCount=4,
        loadBalancers=[balance(session).binding()],
        deploymentConfiguration={
            "strategy": "BLUE_GREEN",
            "bakeTimeInMinutes": 0,
            **breaker(rollback=True),
        },
    )
    session.advance(10_000)
    (brief,) = ecs.list_service_deployments(service="web")["serviceDeployments"]
    assert brief["status"] == "ROLLBACK_FAILED"
    assert "no rollback candidate" in brief["statusReason"]
    starts = [one for one in session.history if one.what == "created"]
    assert len(starts) == 4
    (service,) = ecs.describe_services(services=["web"])["services"]
    assert [one["rolloutState"] for one in service["deployments"]] == ["FAILED"]


def test_an_unhealthy_green_task_is_replaced_in_its_own_revision() -> None:
    """S6.2."""
    world = ShiftingWorld()
    world.deploy(strategy="BLUE_GREEN", bakeTimeInMinutes=10)
    world.watch(100)
    lost = world.tasks(2)[0]
    world.session.exit_container(lost)
    world.watch(300)
    assert len(world.tasks(2)) == 4
    assert lost not in world.tasks(2)
    assert len(world.tasks(1)) == 4
    world.watch(world.has_ended)
    assert world.run["status"] == "SUCCESSFUL"


# Rules


@pytest.mark.parametrize("is_test", [False, True])
def test_a_rule_whose_groups_both_serve(is_test: bool) -> None:
    """S6.8: rollback with the network's text; nothing is moved."""
    world = ShiftingWorld()
    rule = world.balanced.test if is_test else world.balanced.production
    set_rule(world, rule, dict.fromkeys(world.balanced.groups, 1))
    world.deploy(strategy="BLUE_GREEN", bakeTimeInMinutes=0)
    world.watch(world.has_ended)
    run = world.run
    assert run["status"] == "ROLLBACK_SUCCESSFUL"
    assert run["statusReason"].startswith(
        f"{ROLLED_BACK}of invalid networking configuration. The listener rule {rule} serves both"
    )
    assert set(rule_weights(world, rule).values()) == {1}
    assert deployments(world)[0] == ("web:1", "PRIMARY", "COMPLETED")


def test_a_rule_that_serves_a_foreign_group_while_traffic_shifts() -> None:
    """S6.8, at run time: production is blue's again as far as the rule lets it."""
    world = ShiftingWorld()
    world.deploy(**HALF)
    world.watch(100)
    one, two = world.balanced.groups
    elb = world.session.client("elbv2")
    group = elb.create_target_group(Name="third", Protocol="HTTP", Port=80, VpcId="vpc-1")
    third = group["TargetGroups"][0]["TargetGroupArn"]
    set_rule(world, world.balanced.production, {one: 50, two: 50, third: 1})
    world.watch(world.has_ended)
    run = world.run
    assert run["status"] == "ROLLBACK_SUCCESSFUL"
    assert f"serves {third}" in run["statusReason"]
    assert rule_weights(world, world.balanced.production)[world.green] == 0


def test_a_rule_that_is_gone() -> None:
    """S6.8: the listener of test traffic is deleted while green scales up."""
    world = ShiftingWorld()
    world.deploy(strategy="BLUE_GREEN", bakeTimeInMinutes=0)
    world.watch(30)
    elb = world.session.client("elbv2")
    arn = elb.describe_load_balancers(Names=["web"])["LoadBalancers"][0]["LoadBalancerArn"]
    for listener in elb.describe_listeners(LoadBalancerArn=arn)["Listeners"]:
        if listener["Port"] == 8080:
            elb.delete_listener(ListenerArn=listener["ListenerArn"])
    world.session.advance_until(lambda _: world.has_ended(), limit=1000)
    run = world.run
    assert run["status"] == "ROLLBACK_SUCCESSFUL"
    assert run["statusReason"].endswith(f"The listener rule {world.balanced.test} does not exist.")


def test_a_network_load_balancer_gets_the_group_that_its_listener_lacks() -> None:
    """S6.6, D109: a listener forwards to one group; the other is added by weight 0."""
    world = ShiftingWorld(network=True, with_test=False)
    world.deploy(strategy="BLUE_GREEN", bakeTimeInMinutes=0)
    world.watch(world.has_ended)
    assert world.run["status"] == "SUCCESSFUL"
    assert world.seen.production == [(60, Fraction(1))]
    assert (660, "POST_PRODUCTION_TRAFFIC_SHIFT") in world.stages()


def test_each_load_balancer_finds_its_own_free_group() -> None:
    """S6.6: one rule serves the first group, the other the second; both shift."""
    session = session_with_instances()
    ecs = session.client("ecs")
    ecs.register_task_definition(
        family="two",
        containerDefinitions=[
            {
                "name": "c",
                "image": "nginx",
                "cpu": 128,
                "memory": 128,
                "portMappings": [{"containerPort": 80}],
            }
        ],
    )
    first, second = balance(session, "a"), balance(session, "b")
    session.client("elbv2").modify_rule(
        RuleArn=second.production, Actions=[forward({second.groups[0]: 0, second.groups[1]: 1})]
    )
    ecs.create_service(
        serviceName="two",
        taskDefinition="two",
        desiredCount=2,
        loadBalancers=[first.binding(), second.binding()],
        deploymentConfiguration={"strategy": "BLUE_GREEN", "bakeTimeInMinutes": 0},
    )
    assert session.advance_until("steady")
    elb = session.client("elbv2")

    def registered(arn: str) -> int:
        health = elb.describe_target_health(TargetGroupArn=arn)
        return len(health["TargetHealthDescriptions"])

    assert [registered(arn) for arn in first.groups] == [0, 2]
    assert [registered(arn) for arn in second.groups] == [2, 0]
    for balanced in (first, second):
        assert sum(session.traffic(balanced.production).values()) == 1


# What comes in between


def test_desired_count_changes_both_revisions() -> None:
    """D47: until CLEAN_UP starts."""
    world = ShiftingWorld()
    world.deploy(strategy="BLUE_GREEN", bakeTimeInMinutes=10)
    world.watch(100)
    world.ecs.update_service(service="web", desiredCount=6)
    world.watch(200)
    assert (len(world.tasks(1)), len(world.tasks(2))) == (6, 6)
    world.ecs.update_service(service="web", desiredCount=2)
    world.watch(300)
    assert (len(world.tasks(1)), len(world.tasks(2))) == (2, 2)
    world.watch(world.has_ended)
    assert world.run["status"] == "SUCCESSFUL"
    assert len(world.tasks(2)) == 2


@pytest.mark.parametrize(("at", "is_late"), [(100, False), (30, False), (500, True)])
def test_a_new_deployment_supersedes_one_under_way(at: int, is_late: bool) -> None:
    """D52, D110: the revision with the larger production share is blue, the older of equals."""
    world = ShiftingWorld()
    first = world.deploy(
        strategy="LINEAR",
        linearConfiguration={"stepPercent": 40.0, "stepBakeTimeInMinutes": 6},
    )
    world.watch(at)  # 0, 40 and 80 per cent
    world.deploy(3)
    assert world.described(first)["status"] == "STOP_REQUESTED"
    world.watch(at)
    assert world.described(first)["status"] == "STOPPED"
    assert world.run["lifecycleStage"] == "RECONCILE_SERVICE"
    kept, removed = (2, 1) if is_late else (1, 2)
    assert len(world.tasks(kept)) == 4
    assert world.tasks(removed) == []
    total = sum(world.session.traffic(world.balanced.production).values())
    assert total == 1
    world.watch(world.has_ended)
    assert world.run["status"] == "SUCCESSFUL"
    assert world.session.advance_until("steady")
    assert deployments(world) == [("web:3", "PRIMARY", "COMPLETED")]
    assert sum(world.session.traffic(world.balanced.production).values()) == 1


def test_a_rollback_goes_back_to_blue_that_was_never_completed() -> None:
    """D110: blue was superseded with 80 per cent of the traffic; it is PRIMARY again."""
    world = ShiftingWorld()
    world.deploy(
        strategy="LINEAR",
        linearConfiguration={"stepPercent": 40.0, "stepBakeTimeInMinutes": 6},
    )
    world.watch(500)
    blue = world.service["deployments"][0]["id"]
    run = world.deploy(3)
    world.watch(1000)
    world.ecs.stop_service_deployment(serviceDeploymentArn=run)
    world.watch(world.has_ended)
    assert world.run["status"] == "ROLLBACK_SUCCESSFUL"
    assert world.service["deployments"][0]["id"] == blue
    assert world.session.advance_until("steady")
    assert deployments(world) == [("web:2", "PRIMARY", "COMPLETED")]
    assert sum(world.session.traffic(world.balanced.production).values()) == 1


def test_a_deployment_during_a_rollback() -> None:
    """S5.3.3: the rollback stops, the new deployment replaces blue."""
    world = ShiftingWorld()
    first = world.deploy(strategy="BLUE_GREEN", bakeTimeInMinutes=5)
    world.watch(200)
    world.ecs.stop_service_deployment(serviceDeploymentArn=first)
    world.watch(250)
    assert world.run["status"] == "ROLLBACK_IN_PROGRESS"
    world.deploy(3)
    world.watch(world.has_ended)
    assert world.described(first)["status"] == "STOPPED"
    assert world.run["status"] == "SUCCESSFUL"
    assert deployments(world)[0] == ("web:3", "PRIMARY", "COMPLETED")


@pytest.mark.parametrize("at", [0, 30, 100, 450])
def test_stopped_at_any_stage(at: int) -> None:
    """S3.2.4, D51: before it begins, before traffic, with half of it, with all of it."""
    world = ShiftingWorld()
    arn = world.deploy(**HALF, bakeTimeInMinutes=5)
    if at:
        world.watch(at)
    world.ecs.stop_service_deployment(serviceDeploymentArn=arn)
    assert world.run["status"] == "ROLLBACK_REQUESTED"
    world.ecs.stop_service_deployment(serviceDeploymentArn=arn)  # D22
    world.watch(world.has_ended)
    assert world.run["status"] == "ROLLBACK_SUCCESSFUL"
    assert world.run["statusReason"] == f"{ROLLED_BACK}of a user request."
    assert world.share(world.balanced.production, world.green) == 0
    assert world.session.advance_until("steady")
    assert deployments(world) == [("web:1", "PRIMARY", "COMPLETED")]
    with pytest.raises(Exception, match="can no longer be stopped"):
        world.ecs.stop_service_deployment(serviceDeploymentArn=arn)


def test_a_service_deleted_while_traffic_shifts() -> None:
    """S2.3.1: its deployment stops, its tasks go, and it is INACTIVE."""
    world = ShiftingWorld()
    hooks = [{"targetType": "PAUSE", "lifecycleStages": ["POST_SCALE_UP"]}]
    world.deploy(strategy="BLUE_GREEN", bakeTimeInMinutes=5, lifecycleHooks=hooks)
    world.watch(100)
    arn = world.run["serviceDeploymentArn"]
    world.ecs.delete_service(service="web", force=True)
    world.session.advance(0)
    run = world.described(arn)
    assert run["status"] == "STOPPED"
    assert [one["status"] for one in run["lifecycleHookDetails"]] == ["FAILED"]
    world.session.advance(400)
    assert world.service["status"] == "INACTIVE"
    assert world.session.advance_until("steady")


# Other services


@pytest.mark.parametrize("strategy", ["BLUE_GREEN", "LINEAR", "CANARY"])
def test_a_service_without_load_balancer(strategy: str) -> None:
    """S6.1.3: stages, steps and waits are the same; shares are only recorded."""
    session = session_with_instances()
    ecs = session.client("ecs")
    ecs.create_service(
        serviceName="web",
        taskDefinition="web:1",
        desiredCount=3,
        deploymentConfiguration={"strategy": strategy, "bakeTimeInMinutes": 0},
    )
    assert session.advance_until("steady")
    ecs.update_service(service="web", taskDefinition="web:2")
    assert session.advance_until("steady")
    runs = ecs.list_service_deployments(service="web")["serviceDeployments"]
    assert [one["status"] for one in runs] == ["SUCCESSFUL", "SUCCESSFUL"]
    answer = ecs.describe_service_deployments(
        serviceDeploymentArns=[runs[0]["serviceDeploymentArn"]]
    )
    (run,) = answer["serviceDeployments"]
    assert run["targetServiceRevision"]["requestedProductionTrafficWeight"] == 100
    (service,) = ecs.describe_services(services=["web"])["services"]
    assert (service["runningCount"], len(service["deployments"])) == (3, 1)


def test_nothing_takes_time_without_timing() -> None:
    """C39: stages and steps take none; what the caller has configured keeps its length."""
    world = ShiftingWorld(timing=None)
    world.deploy(strategy="BLUE_GREEN", bakeTimeInMinutes=5)
    world.watch(world.has_ended)
    assert (world.run["status"], world.second) == ("SUCCESSFUL", 300)
    assert world.seen.production == [(0, Fraction(1))]


def test_no_tasks_at_all() -> None:
    """D 0: every stage passes; a stop goes back to blue, which has no tasks either."""
    world = ShiftingWorld(desired=0)
    arn = world.deploy(strategy="BLUE_GREEN", bakeTimeInMinutes=5)
    world.watch(100)
    assert len(world.service["deployments"]) == 2  # S3.1.2: within bake
    world.ecs.stop_service_deployment(serviceDeploymentArn=arn)
    world.watch(world.has_ended)
    assert world.run["status"] == "ROLLBACK_SUCCESSFUL"
    assert world.session.advance_until("steady")
    assert deployments(world) == [("web:1", "PRIMARY", "COMPLETED")]


def test_protected_blue_tasks_outlive_the_clean_up() -> None:
    """S6.2: the deployment waits for them."""
    world = ShiftingWorld()
    kept = world.tasks(1)[0]
    world.ecs.update_task_protection(
        cluster="default", tasks=[kept], protectionEnabled=True, expiresInMinutes=60
    )
    world.deploy(strategy="BLUE_GREEN", bakeTimeInMinutes=0)
    world.watch(1000)
    assert world.run["lifecycleStage"] == "CLEAN_UP"
    assert world.tasks(1) == [kept]
    assert any("1 tasks under protection" in message for message in world.messages())
    world.watch(world.has_ended)
    assert (world.run["status"], world.second) == ("SUCCESSFUL", 3600 + 302)


# From one strategy to another


def test_a_rolling_deployment_keeps_the_group_that_serves() -> None:
    """S6.6: after BLUE_GREEN the alternate group serves; rolling tasks register there too."""
    world = ShiftingWorld()
    serving = next(group for group in world.balanced.groups if group != world.green)
    assert serving == world.balanced.groups[1]
    world.deploy(2, strategy="ROLLING")
    world.watch(world.has_ended)
    assert world.run["status"] == "SUCCESSFUL"
    assert world.share(world.balanced.production, serving) == 1
    assert "requestedProductionTrafficWeight" not in world.run["targetServiceRevision"]
    world.begin()
    world.deploy(3, strategy="BLUE_GREEN", bakeTimeInMinutes=0)
    world.watch(world.has_ended)
    assert world.seen.production == [(60, Fraction(1))]
    assert deployments(world) == [("web:3", "PRIMARY", "COMPLETED")]


def test_blue_green_after_rolling_goes_into_the_free_group() -> None:
    world = ShiftingWorld(first="ROLLING")
    assert world.green == world.balanced.groups[1]
    world.deploy(strategy="BLUE_GREEN", bakeTimeInMinutes=5)
    world.watch(world.has_ended)
    assert (world.second, world.seen.production, world.seen.peak) == (662, [(60, Fraction(1))], 8)


def test_a_rolling_deployment_in_the_middle_of_a_shift() -> None:
    """D52: all traffic goes to the revision that had most of it; its tasks are rolled."""
    world = ShiftingWorld()
    world.deploy(strategy="LINEAR", linearConfiguration={"stepPercent": 40.0})
    world.watch(100)
    world.deploy(3, strategy="ROLLING")
    world.watch(100)
    assert world.share(world.balanced.production, world.green) == 0
    assert world.tasks(2) == []
    least = []
    for second in range(110, 1000, 10):
        world.watch(second)
        least.append(sum(world.session.traffic(world.balanced.production).values()))
    assert set(least) == {Fraction(1)}
    assert world.run["status"] == "SUCCESSFUL"
    assert deployments(world) == [("web:3", "PRIMARY", "COMPLETED")]


def test_blue_green_in_the_middle_of_a_rolling_deployment() -> None:
    """D110: the revision with more healthy tasks is blue; the other is removed first."""
    world = ShiftingWorld(first="ROLLING", behaviour=fails(2))
    world.deploy(2, strategy="ROLLING")
    world.watch(100)
    world.deploy(3, strategy="BLUE_GREEN", bakeTimeInMinutes=0)
    world.watch(world.has_ended)
    assert world.run["status"] == "SUCCESSFUL"
    assert len(world.run["sourceServiceRevisions"]) == 2
    assert deployments(world) == [("web:3", "PRIMARY", "COMPLETED")]


# Copies


@pytest.mark.parametrize("at", [0, 30, 100, 200, 400, 700])
def test_a_copy_in_the_middle_has_the_same_future(at: int) -> None:
    """C24: history, answers and traffic are equal, whatever stage it is in."""
    world = ShiftingWorld()
    arn = world.function("f", [])
    hooks = [
        {"hookTargetArn": arn, "roleArn": "r", "lifecycleStages": ["POST_SCALE_UP"]},
        {"targetType": "PAUSE", "lifecycleStages": ["POST_TEST_TRAFFIC_SHIFT"]}
        | {"timeoutConfiguration": {"timeoutInMinutes": 1, "action": "CONTINUE"}},
    ]
    world.deploy(**HALF, lifecycleHooks=hooks, bakeTimeInMinutes=2)
    world.watch(at)
    twin = world.session.copy()
    for session in (world.session, twin):
        session.advance(350)
        session.client("ecs").update_service(service="web", desiredCount=5)
        session.advance(3000)
    assert twin.history == world.session.history
    for rule in (world.balanced.production, world.balanced.test):
        assert twin.traffic(rule) == world.session.traffic(rule)
    described = [
        one.client("ecs").describe_services(services=["web"])["services"]
        for one in (world.session, twin)
    ]
    assert described[0] == described[1]


def test_a_copy_shares_nothing() -> None:
    """C24: the copy is rolled back, the original goes on."""
    world = ShiftingWorld()
    arn = world.deploy(**HALF)
    world.watch(100)
    twin = world.session.copy()
    twin.client("ecs").stop_service_deployment(serviceDeploymentArn=arn)
    twin.advance(5000)
    world.watch(world.has_ended)
    assert world.run["status"] == "SUCCESSFUL"
    (other,) = twin.client("ecs").describe_service_deployments(serviceDeploymentArns=[arn])[
        "serviceDeployments"
    ]
    assert other["status"] == "ROLLBACK_SUCCESSFUL"


# Loaded in the middle


def forget_the_middle(world: ShiftingWorld) -> None:
    """Leave of the deployment under way what a document of it tells."""
    record = world.session._account.clusters["default"].services["web"]
    run, described = record.service_deployments[0], world.run
    run.extra = {"lifecycleStage": described["lifecycleStage"]}
    run.traffic = None
    world.session._account.wake_service(record)


@pytest.mark.parametrize(
    ("at", "production", "end"),
    [
        (30, [(60, Fraction(1, 2)), (420, Fraction(1))], 842),
        (100, [(60, Fraction(1, 2)), (460, Fraction(1))], 882),
        (450, [(60, Fraction(1, 2)), (420, Fraction(1))], 872),
        (600, [(60, Fraction(1, 2)), (420, Fraction(1))], 842),
    ],
)
def test_a_deployment_loaded_in_the_middle_goes_on(
    at: int, production: list[tuple[int, Fraction]], end: int
) -> None:
    """C50: at its stage, whose waits begin at loading; traffic stays where it is."""
    world = ShiftingWorld()
    world.deploy(**HALF, bakeTimeInMinutes=2)
    world.watch(at)
    forget_the_middle(world)
    world.watch(world.has_ended)
    assert (world.run["status"], world.second) == ("SUCCESSFUL", end)
    assert world.seen.production == production


def test_a_rollback_loaded_in_the_middle_goes_on() -> None:
    world = ShiftingWorld()
    arn = world.deploy(**HALF, bakeTimeInMinutes=2)
    world.watch(100)
    world.ecs.stop_service_deployment(serviceDeploymentArn=arn)
    world.watch(200)
    assert world.run["lifecycleStage"] == "CLEAN_UP"
    forget_the_middle(world)
    world.watch(world.has_ended)
    assert (world.run["status"], world.second) == ("ROLLBACK_SUCCESSFUL", 402)
    assert deployments(world)[0] == ("web:1", "PRIMARY", "COMPLETED")


@pytest.mark.parametrize("at", [30, 100, 450, 600])
def test_a_dump_made_in_the_middle_goes_on(at: int) -> None:
    """C30, C50: from the documents of the session itself, at every stage."""
    world = ShiftingWorld()
    world.deploy(**HALF, bakeTimeInMinutes=2)
    world.watch(at)
    loaded = Session.from_ecs(world.session.to_ecs(), timing=TIMING)
    assert loaded.now == world.session.now
    loaded.advance(2000)
    runs = loaded.client("ecs").list_service_deployments(service="web")["serviceDeployments"]
    assert [one["status"] for one in runs] == ["SUCCESSFUL", "SUCCESSFUL"]
    shares = loaded.traffic(world.balanced.production)
    assert sorted(shares.values()) == [Fraction(1, 4)] * 4


def test_a_rule_of_an_application_load_balancer_is_no_listener() -> None:
    """S6.8: productionListenerRule is a RuleArn for ALB, a ListenerArn for NLB."""
    session = session_with_instances(2)
    item = balance(session).binding()
    elb = session.client("elbv2")
    (first, *_) = elb.describe_load_balancers()["LoadBalancers"]
    (listener, *_) = elb.describe_listeners(LoadBalancerArn=first["LoadBalancerArn"])["Listeners"]
    for name in ("productionListenerRule", "testListenerRule"):
        advanced = {**item["advancedConfiguration"], name: listener["ListenerArn"]}
        with pytest.raises(ClientError, match=f"{name} has an invalid ARN format"):
            session.client("ecs").create_service(
                serviceName="web",
                taskDefinition="web:1",
                desiredCount=1,
                loadBalancers=[{**item, "advancedConfiguration": advanced}],
                deploymentConfiguration={"strategy": "BLUE_GREEN"},
            )


def test_reasons_of_a_failed_rollback_are_sentences_d23() -> None:
    session = session_with_instances(2)
    hook = {"hookTargetArn": "arn:f", "roleArn": "arn:r", "lifecycleStages": ["POST_SCALE_UP"]}
    session.register_function("arn:f", lambda *_: None)
    session.client("ecs").create_service(
        serviceName="web",
        taskDefinition="web:1",
        desiredCount=1,
        loadBalancers=[balance(session).binding()],
        deploymentConfiguration={"strategy": "BLUE_GREEN", "lifecycleHooks": [hook]},
    )
    session.advance(200)
    listed = session.client("ecs").list_service_deployments(service="web")
    (brief,) = listed["serviceDeployments"]
    assert "must not be null. Rollback failed" in brief["statusReason"]
