"""Hooks of deployments that shift traffic: functions, pauses, answers of every kind (S6.4, C44)."""

from __future__ import annotations

from typing import Any

import pytest

from placement.ecs import ClientError
from shifting_world import FUNCTION, ShiftingWorld

ROLE = "arn:aws:iam::123456789012:role/hooks"


@pytest.fixture
def world() -> ShiftingWorld:
    return ShiftingWorld()


def function_hook(arn: str, *stages: str, **further: Any) -> dict[str, Any]:
    return {"hookTargetArn": arn, "roleArn": ROLE, "lifecycleStages": list(stages), **further}


def pause(*stages: str, **timeout: Any) -> dict[str, Any]:
    hook: dict[str, Any] = {"targetType": "PAUSE", "lifecycleStages": list(stages)}
    if timeout:
        hook["timeoutConfiguration"] = timeout
    return hook


def deploy(world: ShiftingWorld, *hooks: dict[str, Any], **settings: Any) -> str:
    settings = {"strategy": "BLUE_GREEN", "bakeTimeInMinutes": 0, **settings}
    return world.deploy(lifecycleHooks=list(hooks), **settings)


def test_a_function_is_told_what_is_deployed(world: ShiftingWorld) -> None:
    """S6.4: the input, with weights at the stages that give them."""
    stages = (
        "PRE_SCALE_UP",
        "TEST_TRAFFIC_SHIFT",
        "PRE_PRODUCTION_TRAFFIC_SHIFT",
        "PRODUCTION_TRAFFIC_SHIFT",
        "POST_PRODUCTION_TRAFFIC_SHIFT",
    )
    blue = world.service["currentServiceRevisions"][0]["arn"]
    arn = deploy(
        world,
        function_hook(world.function("f", []), *stages, hookDetails={"team": "web"}),
        strategy="CANARY",
        canaryConfiguration={"canaryPercent": 12.5, "canaryBakeTimeInMinutes": 1},
    )
    world.watch(world.has_ended)
    green = world.run["targetServiceRevision"]["arn"]
    events = [event for _, event in world.calls]
    for event in events:
        assert event["resourceArn"] == arn
        assert event["executionDetails"]["serviceArn"] == world.service["serviceArn"]
        assert event["executionDetails"]["targetServiceRevisionArn"] == green
        assert event["hookDetails"] == {"team": "web"}
    assert len({event["executionId"] for event in events}) == len(events)

    all_green = {green: 100, blue: 0}
    first = {green: 12.5, blue: 87.5}
    assert [
        (
            event["lifecycleStage"],
            event["executionDetails"]["testTrafficWeights"],
            event["executionDetails"]["productionTrafficWeights"],
        )
        for event in events
    ] == [
        ("PRE_SCALE_UP", {}, {}),
        ("TEST_TRAFFIC_SHIFT", all_green, {}),
        ("PRE_PRODUCTION_TRAFFIC_SHIFT", {}, {green: 0, blue: 100}),
        ("PRODUCTION_TRAFFIC_SHIFT", {}, first),
        ("PRE_PRODUCTION_TRAFFIC_SHIFT", {}, first),
        ("PRODUCTION_TRAFFIC_SHIFT", {}, all_green),
        ("POST_PRODUCTION_TRAFFIC_SHIFT", {}, {}),
    ]


def test_details_go_from_call_to_call(world: ShiftingWorld) -> None:
    """S6.4: called again with the hookDetails that it returned; C41: a second later at least."""
    answers = [
        {"hookStatus": "IN_PROGRESS", "hookDetails": {"try": 1}},
        {"hookStatus": "IN_PROGRESS", "callBackDelay": 0},
        {"hookStatus": "SUCCEEDED"},
    ]
    hook = function_hook(world.function("f", answers), "PRE_SCALE_UP", hookDetails={"try": 0})
    deploy(world, hook)
    world.watch(world.has_ended)
    assert [(second, event["hookDetails"]) for second, event in world.calls] == [
        (0, {"try": 0}),
        (30, {"try": 1}),
        (31, {"try": 1}),
    ]


def test_a_function_that_nobody_registered_succeeds(world: ShiftingWorld) -> None:
    """C44: history says so."""
    arn = FUNCTION + "unknown"
    deploy(world, function_hook(arn, "PRE_SCALE_UP"))
    world.watch(world.has_ended)
    assert world.run["status"] == "SUCCESSFUL"
    said = [one.reason for one in world.session.history if one.what == f"hook {arn}"]
    assert said == ["no function is registered for it: it answers SUCCEEDED", "SUCCEEDED"]


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ({"hookStatus": "FAILED"}, "returned FAILED status."),
        (None, "HookStatus must not be null"),
        ("SUCCEEDED", "HookStatus must not be null"),
        ({"hookStatus": "succeeded"}, "HookStatus must not be null"),
        ({"hookStatus": ["SUCCEEDED"]}, "HookStatus must not be null"),
        ({"hookStatus": "IN_PROGRESS", "callBackDelay": -1}, "HookStatus must not be null"),
        ({"hookStatus": "IN_PROGRESS", "callBackDelay": "30"}, "HookStatus must not be null"),
    ],
)
def test_whatever_else_a_function_answers_fails(
    world: ShiftingWorld, answer: Any, reason: str
) -> None:
    """S6.4, S3.2.6: FAILED and what cannot be read roll back."""
    arn = world.function("f", [answer])
    deploy(world, function_hook(arn, "POST_SCALE_UP"))
    world.watch(world.has_ended)
    run = world.run
    assert run["status"] == "ROLLBACK_SUCCESSFUL"
    start = "Service deployment rolled back because POST_SCALE_UP lifecycle hook(s) failed. "
    assert run["statusReason"].startswith(start)
    assert arn in run["statusReason"]
    assert run["statusReason"].endswith(reason)
    assert [one["status"] for one in run["lifecycleHookDetails"]] == ["FAILED"]


def test_a_stage_ends_when_all_its_hooks_have_ended(world: ShiftingWorld) -> None:
    """D49: one failed at once, the other goes on to its end, then the deployment goes back."""
    slow = world.function("slow", [{"hookStatus": "IN_PROGRESS", "callBackDelay": 100}])
    failing = world.function("failing", [{"hookStatus": "FAILED"}])
    deploy(world, function_hook(slow, "PRE_SCALE_UP"), function_hook(failing, "PRE_SCALE_UP"))
    world.watch(world.has_ended)
    assert world.second == 100
    statuses = [one["status"] for one in world.run["lifecycleHookDetails"]]
    assert statuses == ["SUCCEEDED", "FAILED"]


def test_a_function_that_raises_leaves_the_session_as_before_the_instant(
    world: ShiftingWorld,
) -> None:
    """C27: green has its tasks, the stage after is not entered; the next call goes on."""
    arn = world.function("f", [RuntimeError("no"), {"hookStatus": "SUCCEEDED"}])
    deploy(world, function_hook(arn, "POST_SCALE_UP"))
    twin = world.session.copy()
    with pytest.raises(RuntimeError, match="no"):
        world.session.advance(100)
    assert world.second == 30  # the last instant that came to its end: tasks are RUNNING
    assert world.run["lifecycleStage"] == "SCALE_UP"
    assert "lifecycleHookDetails" not in world.run or not world.run["lifecycleHookDetails"]
    twin.advance(30)
    assert twin.history == world.session.history
    world.watch(world.has_ended)
    assert world.run["status"] == "SUCCESSFUL"
    assert [second for second, _ in world.calls] == [60, 60]


def test_a_function_may_read_and_not_change(world: ShiftingWorld) -> None:
    """C55."""
    found: list[Any] = []

    def function(*_: Any) -> dict[str, Any]:
        found.append(world.run["lifecycleStage"])
        with pytest.raises(Exception, match="inside"):
            world.ecs.update_service(service="web", desiredCount=1)
        return {"hookStatus": "SUCCEEDED"}

    world.session.register_function(FUNCTION + "f", function)
    deploy(world, function_hook(FUNCTION + "f", "PRE_SCALE_UP"))
    world.watch(world.has_ended)
    assert len(found) == 1
    assert world.service["desiredCount"] == 4


# Pauses


def awaiting(world: ShiftingWorld) -> str:
    (hook,) = [
        one for one in world.run["lifecycleHookDetails"] if one["status"] == "AWAITING_ACTION"
    ]
    return str(hook["hookId"])


def test_a_pause_waits_for_the_operator(world: ShiftingWorld) -> None:
    """S3.2.4: CONTINUE goes on; a second answer is a conflict."""
    arn = deploy(world, pause("POST_SCALE_UP"))
    world.watch(200)
    run = world.run
    (hook,) = run["lifecycleHookDetails"]
    assert hook["targetType"] == "PAUSE"
    assert hook["timeoutAction"] == "ROLLBACK"
    assert (hook["expiresAt"] - world.since).total_seconds() == 60 + 86_400
    assert hook["hookId"].startswith("ecs-pause-")
    assert len(hook["hookId"]) == len("ecs-pause-") + 43
    assert world.seen.production == []
    id = awaiting(world)
    world.ecs.continue_service_deployment(serviceDeploymentArn=arn, hookId=id)
    with pytest.raises(ClientError) as caught:
        world.ecs.continue_service_deployment(serviceDeploymentArn=arn, hookId=id)
    assert caught.value.response["Error"]["Code"] == "ConflictException"
    assert world.seen.production == []  # D2: what follows happens when time moves
    world.watch(world.has_ended)
    assert [second for second, _ in world.seen.production] == [200]
    assert world.run["status"] == "SUCCESSFUL"


def test_a_pause_answered_with_rollback(world: ShiftingWorld) -> None:
    arn = deploy(world, pause("POST_SCALE_UP"))
    world.watch(200)
    id = awaiting(world)
    world.ecs.continue_service_deployment(serviceDeploymentArn=arn, hookId=id, action="ROLLBACK")
    world.watch(world.has_ended)
    run = world.run
    assert run["status"] == "ROLLBACK_SUCCESSFUL"
    assert id in run["statusReason"]
    assert world.service["taskDefinition"].endswith("web:1")


def test_every_step_has_a_pause_of_its_own(world: ShiftingWorld) -> None:
    """S6.1: linear repeats stages 7 and 8; an invocation has its own hookId."""
    arn = deploy(
        world,
        pause("PRE_PRODUCTION_TRAFFIC_SHIFT"),
        strategy="LINEAR",
        linearConfiguration={"stepPercent": 50.0, "stepBakeTimeInMinutes": 1},
    )
    ids = []
    for second in (100, 300):
        world.watch(second)
        ids.append(awaiting(world))
        world.ecs.continue_service_deployment(serviceDeploymentArn=arn, hookId=ids[-1])
    world.watch(world.has_ended)
    assert len(set(ids)) == 2
    assert [second for second, _ in world.seen.production] == [100, 300]


def test_a_pause_that_times_out_may_go_on(world: ShiftingWorld) -> None:
    """S6.4.2: CONTINUE as action of the time-out; the status is TIMED_OUT."""
    deploy(world, pause("PRE_SCALE_UP", timeoutInMinutes=5, action="CONTINUE"))
    world.watch(world.has_ended)
    run = world.run
    assert run["status"] == "SUCCESSFUL"
    assert [one["status"] for one in run["lifecycleHookDetails"]] == ["TIMED_OUT"]
    assert (300, "SCALE_UP") in world.stages()


def test_a_rollback_ends_the_pauses_of_the_stage(world: ShiftingWorld) -> None:
    arn = deploy(world, pause("POST_SCALE_UP"))
    world.watch(100)
    id = awaiting(world)
    world.ecs.stop_service_deployment(serviceDeploymentArn=arn)
    world.watch(world.has_ended)
    assert [one["status"] for one in world.run["lifecycleHookDetails"]] == ["FAILED"]
    with pytest.raises(ClientError):
        world.ecs.continue_service_deployment(serviceDeploymentArn=arn, hookId=id)


def test_a_pause_of_a_copy_is_not_one_of_the_original(world: ShiftingWorld) -> None:
    """C24: the copy comes to its pause; the original, which is a second short of it, has none."""
    arn = deploy(world, pause("POST_SCALE_UP"))
    world.watch(59)
    twin = world.session.copy()
    twin.advance(1)
    other = twin.client("ecs").describe_service_deployments(serviceDeploymentArns=[arn])
    (hook,) = other["serviceDeployments"][0]["lifecycleHookDetails"]
    record = world.session._account.clusters["default"].services["web"]
    assert hook["status"] == "AWAITING_ACTION"
    assert record.service_deployments[0].hook_ids == {}
