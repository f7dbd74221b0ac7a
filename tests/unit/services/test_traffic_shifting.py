"""How a deployment that shifts traffic moves from stage to stage: one test a rule (S6)."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import attrs
import pytest

from placement.errors import UsageError
from placement.services.breaker import Breaker
from placement.services.hooks import Hook, HookAction, HookAnswer, HookKind, HookStatus
from placement.services.model import ClassCounts, RevisionState
from placement.services.traffic_actions import (
    CallHook,
    ChangeStatus,
    EnterStage,
    StepResult,
    TrafficAction,
    TrafficFacts,
)
from placement.services.traffic_deployment import (
    DeploymentStatus,
    FailureCause,
    RollbackFailure,
    TrafficDeployment,
    request_rollback,
)
from placement.services.traffic_shifting import step
from placement.services.traffic_stages import Stage
from placement.services.traffic_steps import BLUE_GREEN, canary, linear
from placement.timestamps import MINUTE, SECOND
from traffic_world import Event, Script, World, play

DAY = 86_400
BAKED = attrs.evolve(BLUE_GREEN, bake=5 * MINUTE)
QUARTERS = linear(Fraction(25), 6 * MINUTE, 5 * MINUTE)
ZERO, HALF, ALL = Fraction(0), Fraction(1, 2), Fraction(1)
IN_PROGRESS = HookAnswer(HookStatus.IN_PROGRESS)
FAILED = HookAnswer(HookStatus.FAILED)


def function(*stages: Stage, **settings: Any) -> Hook:
    return Hook(HookKind.AWS_LAMBDA, frozenset(stages), settings.pop("target", "f"), **settings)


def pause(*stages: Stage, days: int = 1, action: HookAction = HookAction.ROLLBACK) -> Hook:
    timeout = days * DAY * SECOND
    return Hook(HookKind.PAUSE, frozenset(stages), timeout=timeout, timeout_action=action)


def entered(world: World, stage: Stage) -> list[int]:
    return [second for second, name in world.played.stages if name == stage.value]


def ended(world: World) -> tuple[int | None, str]:
    return world.played.end, world.deployment.status.value


def failure(world: World) -> tuple[str, int]:
    found = world.deployment.failure
    assert found is not None
    return found.cause.name, found.at // SECOND


# --- One step ------------------------------------------------------------------------------


def one_step(
    deployment: TrafficDeployment, facts: TrafficFacts
) -> tuple[list[TrafficAction], StepResult]:
    deciding = step(deployment, facts)
    actions: list[TrafficAction] = []
    answer: HookAnswer | None = None
    while True:
        try:
            action = deciding.send(answer)
        except StopIteration as stop:
            result: StepResult = stop.value
            return actions, result
        actions.append(action)
        is_call = isinstance(action, CallHook)
        answer = HookAnswer(HookStatus.SUCCEEDED) if is_call else None


def facts(now: int, *, green: int = 0, blue: int = 0, desired: int = 4) -> TrafficFacts:
    return TrafficFacts(
        now * SECOND,
        desired,
        RevisionState(2, ClassCounts(healthy=green)),
        RevisionState(1, ClassCounts(healthy=blue)),
    )


NEW = TrafficDeployment(green=2, blue=1, schedule=BAKED)


def test_stages_without_work_take_no_time_d42() -> None:
    """D42: one step passes through every stage up to the next wait."""
    actions, result = one_step(NEW, facts(0, blue=4))
    assert actions == [
        ChangeStatus(DeploymentStatus.IN_PROGRESS),
        EnterStage(Stage.PRE_SCALE_UP, 0, is_rollback=False),
        EnterStage(Stage.SCALE_UP, 0, is_rollback=False),
    ]
    assert result.wake_at == DAY * SECOND
    actions, result = one_step(result.deployment, facts(60, green=4, blue=4))
    names = [action.stage for action in actions if isinstance(action, EnterStage)]
    assert names == list(Stage)[3:10]
    assert result.wake_at == 360 * SECOND
    assert one_step(result.deployment, facts(60, green=4, blue=4)) == ([], result)


def test_a_deployment_that_has_ended_does_nothing() -> None:
    over = attrs.evolve(NEW, status=DeploymentStatus.SUCCESSFUL)
    assert one_step(over, facts(9)) == ([], StepResult(over, None))


def test_facts_are_about_the_deployment() -> None:
    with pytest.raises(UsageError, match="revisions 2 and 1, the deployment is about 3 and 1"):
        one_step(attrs.evolve(NEW, green=3), facts(0))
    with pytest.raises(UsageError, match="revision 9 is none that the deployment removes"):
        one_step(NEW, attrs.evolve(facts(0), others=(RevisionState(9),)))


def test_a_call_needs_an_answer() -> None:
    hooked = attrs.evolve(NEW, hooks=(function(Stage.PRE_SCALE_UP),))
    deciding = step(hooked, facts(0))
    actions = [next(deciding) for _ in range(3)]
    assert isinstance(actions[-1], CallHook)
    with pytest.raises(UsageError, match="answered by a HookAnswer"):
        next(deciding)


# --- Hooks ---------------------------------------------------------------------------------


def test_hooks_run_in_their_stages_without_a_test_listener_d43() -> None:
    """D43: stages 5 and 6 run their hooks though no test traffic is moved."""
    stages = [stage for stage in Stage if stage.value.startswith(("P", "T"))]
    world = play(Script(BAKED, hooks=(function(*stages),)))
    assert [name for _, name, _, _ in world.played.given] == [
        "PRE_SCALE_UP",
        "POST_SCALE_UP",
        "TEST_TRAFFIC_SHIFT",
        "POST_TEST_TRAFFIC_SHIFT",
        "PRE_PRODUCTION_TRAFFIC_SHIFT",
        "PRODUCTION_TRAFFIC_SHIFT",
        "POST_PRODUCTION_TRAFFIC_SHIFT",
    ]
    assert ended(world) == (662, "SUCCESSFUL")


def test_functions_are_given_the_shares_of_their_stage() -> None:
    """S6.4: test traffic at stage 5; production as it is at 7 and as it then is at 8, each step."""
    stages = (
        Stage.POST_SCALE_UP,
        Stage.TEST_TRAFFIC_SHIFT,
        Stage.PRE_PRODUCTION_TRAFFIC_SHIFT,
        Stage.PRODUCTION_TRAFFIC_SHIFT,
    )
    schedule = linear(Fraction(50), 6 * MINUTE)
    world = play(Script(schedule, hooks=(function(*stages),)))
    assert world.played.given == [
        (60, "POST_SCALE_UP", None, None),
        (60, "TEST_TRAFFIC_SHIFT", ALL, None),
        (60, "PRE_PRODUCTION_TRAFFIC_SHIFT", None, ZERO),
        (60, "PRODUCTION_TRAFFIC_SHIFT", None, HALF),
        (420, "PRE_PRODUCTION_TRAFFIC_SHIFT", None, HALF),
        (420, "PRODUCTION_TRAFFIC_SHIFT", None, ALL),
    ]


def test_the_step_bake_begins_when_the_hooks_are_done() -> None:
    hooks = (function(Stage.PRODUCTION_TRAFFIC_SHIFT),)
    answers = {"f": (HookAnswer(HookStatus.IN_PROGRESS, 40 * SECOND),)}
    world = play(Script(canary(Fraction(10), 10 * MINUTE), hooks=hooks, answers=answers))
    assert [second for second, _, share in world.played.weights if share] == [60, 700]


def test_a_stage_waits_for_all_its_hooks_before_it_rolls_back_d49() -> None:
    hooks = (
        function(Stage.POST_SCALE_UP, target="bad"),
        function(Stage.POST_SCALE_UP, target="slow"),
        pause(Stage.POST_SCALE_UP),
    )
    answers = {"bad": (FAILED,), "slow": (IN_PROGRESS, IN_PROGRESS)}
    events = (Event(200, "answer", {"number": 3, "action": "CONTINUE"}),)
    world = play(Script(BAKED, hooks=hooks, answers=answers, events=events))
    assert world.played.calls == [(60, "bad"), (60, "slow"), (90, "slow"), (120, "slow")]
    assert failure(world) == ("HOOK", 200)
    found = world.deployment.failure
    assert found is not None
    assert [invocation.hook.target for invocation in found.hooks] == ["bad"]
    assert (found.stage, ended(world)) == (Stage.POST_SCALE_UP, (502, "ROLLBACK_SUCCESSFUL"))


@pytest.mark.parametrize(
    ("action", "expected"),
    [("CONTINUE", (702, "SUCCESSFUL")), ("ROLLBACK", (402, "ROLLBACK_SUCCESSFUL"))],
)
def test_the_operator_decides_at_a_pause_d49(action: str, expected: tuple[int, str]) -> None:
    events = (Event(100, "answer", {"number": 1, "action": action}),)
    world = play(Script(BAKED, hooks=(pause(Stage.POST_SCALE_UP),), events=events))
    assert ended(world) == expected


def test_a_time_out_may_continue() -> None:
    hooks = (function(Stage.PRE_SCALE_UP, timeout=5 * MINUTE, timeout_action=HookAction.CONTINUE),)
    world = play(Script(BAKED, hooks=hooks, answers={"f": (IN_PROGRESS,) * 99}))
    assert [second for second, _ in world.played.calls] == list(range(0, 300, 30))
    assert entered(world, Stage.SCALE_UP) == [300]
    assert ended(world) == (962, "SUCCESSFUL")


def test_an_answer_that_cannot_be_read_rolls_back() -> None:
    hooks = (function(Stage.PRE_SCALE_UP),)
    world = play(Script(BAKED, hooks=hooks, answers={"f": (HookAnswer(None),)}))
    assert failure(world) == ("HOOK", 0)
    assert ended(world) == (0, "ROLLBACK_SUCCESSFUL")
    assert world.played.starts == []


# --- Time limits ---------------------------------------------------------------------------


def test_a_pause_does_not_count_for_the_24_hours_d50() -> None:
    hooks = (pause(Stage.POST_SCALE_UP, days=14, action=HookAction.CONTINUE),)
    world = play(Script(BAKED, hooks=hooks))
    assert ended(world) == (662 + 14 * DAY, "SUCCESSFUL")


def test_what_remains_of_the_24_hours_counts_after_a_pause_d50() -> None:
    """A task of the old revision that is protected keeps RECONCILE_SERVICE from ending."""
    hooks = (pause(Stage.RECONCILE_SERVICE),)
    events = (
        Event(61, "protect", {"revision": "blue"}),
        Event(70, "deploy"),
        Event(1_070, "answer", {"number": 1, "action": "CONTINUE"}),
    )
    world = play(Script(BAKED, hooks=hooks, events=events))
    assert failure(world) == ("STAGE_TIME_OUT", 70 + 1_000 + DAY)


def test_all_of_it_may_take_30_days_d50() -> None:
    stages = (Stage.PRE_SCALE_UP, Stage.POST_SCALE_UP, Stage.POST_TEST_TRAFFIC_SHIFT)
    hooks = (pause(*stages, days=14, action=HookAction.CONTINUE),)
    world = play(Script(BAKED, hooks=hooks))
    assert failure(world) == ("DEPLOYMENT_TIME_OUT", 30 * DAY)
    assert [invocation.status.value for invocation in world.deployment.invocations] == [
        "TIMED_OUT",
        "TIMED_OUT",
        "FAILED",
    ]
    assert ended(world) == (30 * DAY + 302, "ROLLBACK_SUCCESSFUL")


def test_the_longest_bake_is_no_time_out_d50() -> None:
    """The caller's own waits do not count, not even together with a load balancer's ten minutes."""
    schedule = canary(Fraction(10), 1440 * MINUTE, 1440 * MINUTE)
    world = play(Script(schedule, is_network_load_balancer=True))
    assert ended(world) == (60 + 600 + DAY + 600 + DAY + 302, "SUCCESSFUL")


def test_a_rollback_that_cannot_restore_blue_fails_after_24_hours_d50() -> None:
    events = (Event(370, "room", {"room": 4}), Event(400, "stop"))
    world = play(Script(BAKED, events=events))
    assert ended(world) == (400 + DAY, "ROLLBACK_FAILED")
    assert world.deployment.rollback_failure is RollbackFailure.TIME_OUT
    assert world.production == {2: ALL, 1: ZERO}
    assert world.active == 4


# --- Capacity ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("at", "started"), [(30, [(2, 2), (1, 2)]), (100, [(2, 2), (1, 2)]), (400, [(2, 2)])]
)
def test_both_revisions_follow_the_desired_count_until_clean_up_d47(
    at: int, started: list[tuple[int, int]]
) -> None:
    world = play(Script(BAKED, events=(Event(at, "desired", {"count": 6}),)))
    assert [(revision, n) for second, revision, n in world.played.starts if second == at] == started
    assert world.deployment.status is DeploymentStatus.SUCCESSFUL
    assert world.state(2).counts.healthy == 6


def test_scale_up_waits_for_the_latest_desired_count_d47() -> None:
    world = play(Script(BAKED, events=(Event(30, "desired", {"count": 6}),)))
    assert entered(world, Stage.POST_SCALE_UP) == [90]
    world = play(Script(BAKED, events=(Event(30, "desired", {"count": 0}),)))
    assert entered(world, Stage.POST_SCALE_UP) == [30]
    assert world.deployment.status is DeploymentStatus.SUCCESSFUL


def test_a_service_of_no_tasks_takes_its_bake_time_only() -> None:
    world = play(Script(BAKED, desired=0))
    assert ended(world) == (300, "SUCCESSFUL")
    assert world.played.starts == []


def test_lost_tasks_are_replaced_in_their_own_revision_d46() -> None:
    events = (
        Event(100, "lose", {"revision": "green"}),
        Event(120, "lose", {"revision": "blue", "count": 2}),
        Event(130, "classes", {"revision": "green", "to": "unhealthy"}),
    )
    world = play(Script(BAKED, events=events))
    assert world.played.starts == [(0, 2, 4), (100, 2, 1), (120, 1, 2), (130, 2, 1)]
    assert world.played.stops[0] == (190, 2, 1)
    assert ended(world) == (662, "SUCCESSFUL")


def test_protected_blue_tasks_outlive_clean_up() -> None:
    """S6.2: the deployment waits for the end of the protection."""
    events = (
        Event(0, "protect", {"revision": "blue", "count": 2}),
        Event(5_000, "protect", {"revision": "blue", "count": 2, "protected": False}),
    )
    world = play(Script(BAKED, events=events))
    assert world.played.stops == [(360, 1, 2), (5_000, 1, 2)]
    assert ended(world) == (5_302, "SUCCESSFUL")


def test_protection_beyond_24_hours_rolls_back_d50() -> None:
    events = (Event(0, "protect", {"revision": "blue", "count": 2}),)
    world = play(Script(BAKED, events=events))
    assert failure(world) == ("STAGE_TIME_OUT", 360 + DAY)
    assert ended(world) == (360 + DAY + 60 + 302, "ROLLBACK_SUCCESSFUL")
    assert world.state(1).counts.healthy == 4


# --- Rollback ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("at", "end", "moved"),
    [
        (0, 0, []),
        (30, 32, []),
        (100, 402, [100]),
        (660, 1_022, [720]),
        (700, 1_022, []),
    ],
)
def test_a_user_may_stop_at_any_stage_d51(at: int, end: int, moved: list[int]) -> None:
    """D51: blue is scaled up again first only if it was being removed; nothing after the end."""
    world = play(Script(BAKED, events=(Event(at, "stop"),)))
    if at > 662:
        assert ended(world) == (662, "SUCCESSFUL")
        return
    assert failure(world) == ("USER_REQUEST", at)
    assert ended(world) == (end, "ROLLBACK_SUCCESSFUL")
    back = [second for second, _, share in world.played.weights if second >= at and share == 0]
    assert sorted(set(back)) == moved
    assert (world.state(1).counts.healthy, world.state(2).counts.active) == (4, 0)


def test_a_pending_deployment_that_is_stopped_starts_nothing() -> None:
    asked = request_rollback(NEW)
    assert asked is not None
    actions, result = one_step(asked, facts(7, blue=4))
    assert [type(action) for action in actions] == [ChangeStatus, EnterStage, ChangeStatus]
    assert result.deployment.status is DeploymentStatus.ROLLBACK_SUCCESSFUL
    assert result.deployment.started_at == result.deployment.ended_at == 7 * SECOND
    assert (result.deployment.blue, result.deployment.rollback_started_at) == (1, 7 * SECOND)


def test_a_rollback_runs_the_hooks_of_the_shifts_d51() -> None:
    """S6.5: in one step through the hooks of stages 8 and 5, with weights reversed."""
    hooks = (function(*(stage for stage in Stage if "SHIFT" in stage.value)),)
    world = play(Script(QUARTERS, hooks=hooks, events=(Event(800, "alarm"),)))
    assert [given for given in world.played.given if given[0] == 800] == [
        (800, "PRODUCTION_TRAFFIC_SHIFT", None, ZERO),
        (800, "TEST_TRAFFIC_SHIFT", ZERO, None),
    ]
    assert world.played.weights[-3:] == [
        (780, ALL, Fraction(3, 4)),
        (800, ALL, ZERO),
        (800, ZERO, ZERO),
    ]


def test_a_hook_that_fails_in_a_rollback_changes_nothing() -> None:
    hooks = (function(Stage.PRODUCTION_TRAFFIC_SHIFT),)
    answers = {"f": (HookAnswer(HookStatus.SUCCEEDED), FAILED)}
    world = play(Script(BAKED, hooks=hooks, answers=answers, events=(Event(300, "alarm"),)))
    assert [invocation.status.value for invocation in world.deployment.invocations] == [
        "SUCCEEDED",
        "FAILED",
    ]
    assert (failure(world), ended(world)) == (("ALARM", 300), (602, "ROLLBACK_SUCCESSFUL"))


def test_green_is_left_alone_while_blue_comes_back_d51() -> None:
    events = (Event(400, "stop"), Event(410, "lose", {"revision": "green"}))
    world = play(Script(BAKED, events=events))
    assert [start for start in world.played.starts if start[0] >= 400] == [(400, 1, 4)]
    assert ended(world) == (762, "ROLLBACK_SUCCESSFUL")


def test_detectors_do_not_watch_a_rollback_d38() -> None:
    events = (Event(400, "stop"), Event(430, "detect", {"cause": "CIRCUIT_BREAKER"}))
    world = play(Script(BAKED, events=events))
    assert (failure(world), ended(world)) == (("USER_REQUEST", 400), (762, "ROLLBACK_SUCCESSFUL"))


@pytest.mark.parametrize(
    ("cause", "expected"),
    [
        ("ALARM", "SUCCESSFUL"),
        ("CIRCUIT_BREAKER", "ROLLBACK_SUCCESSFUL"),
        ("NETWORK_CONFIGURATION", "ROLLBACK_SUCCESSFUL"),
    ],
)
def test_alarms_are_watched_until_the_bake_ends(cause: str, expected: str) -> None:
    """S6.5: the other detectors decide until the end."""
    world = play(Script(BAKED, events=(Event(400, "detect", {"cause": cause}),)))
    assert world.deployment.status.value == expected


def test_failing_green_tasks_trip_the_breaker() -> None:
    """S6.2: failures of green count for the circuit breaker."""
    script = Script(BAKED, breaker=Breaker(), unhealthy_revisions=frozenset({2}))
    world = play(script)
    assert failure(world) == ("CIRCUIT_BREAKER", 60)
    assert (world.deployment.status, world.production) == (
        DeploymentStatus.ROLLBACK_SUCCESSFUL,
        {2: ZERO, 1: ALL},
    )


def test_a_detector_may_stop_without_a_rollback() -> None:
    """S5.3: green starts nothing more, blue is kept, traffic stays as it is (D104)."""
    events = (
        Event(500, "alarm", {"rolls_back": False}),
        Event(600, "lose", {"revision": "green"}),
        Event(700, "lose", {"revision": "blue"}),
        Event(800, "desired", {"count": 6}),
    )
    world = play(Script(QUARTERS, events=events))
    assert [name for second, name in world.played.statuses if second] == [
        "STOP_REQUESTED",
        "STOPPED",
    ]
    assert world.played.end == 500
    assert world.production == {2: HALF, 1: HALF}
    assert [start for start in world.played.starts if start[0] >= 500] == [(700, 1, 1)]


# --- Load balancers ------------------------------------------------------------------------


@pytest.mark.parametrize(("has_listener", "wait"), [(True, 600), (False, 0)])
def test_a_network_load_balancer_takes_ten_minutes_d109(has_listener: bool, wait: int) -> None:
    """D109: weights change at the start; without a test listener stage 5 takes no time."""
    schedule = linear(Fraction(50), 6 * MINUTE)
    script = Script(schedule, is_network_load_balancer=True, has_test_listener=has_listener)
    world = play(script)
    first = 60 + wait
    assert [second for second, _, share in world.played.weights if share] == [first, first + 960]
    assert ended(world) == (first + 960 + 600 + 302, "SUCCESSFUL")


def test_a_rollback_waits_for_the_load_balancer_too_d109() -> None:
    script = Script(
        attrs.evolve(BLUE_GREEN, bake=30 * MINUTE),
        is_network_load_balancer=True,
        has_test_listener=True,
        events=(Event(1_500, "alarm"),),
    )
    world = play(script)
    assert world.played.weights[-2:] == [(1_500, ALL, ZERO), (2_100, ZERO, ZERO)]
    assert ended(world) == (2_700 + 302, "ROLLBACK_SUCCESSFUL")


# --- First deployment, new deployments -----------------------------------------------------


def test_a_first_deployment_runs_all_stages_steps_and_bakes_d110() -> None:
    world = play(Script(QUARTERS, is_first=True))
    assert entered(world, Stage.PRODUCTION_TRAFFIC_SHIFT) == [60, 420, 780, 1140]
    assert entered(world, Stage.CLEAN_UP) == [1440]
    assert ended(world) == (1440, "SUCCESSFUL")
    assert world.production == {2: ALL, None: ZERO}


def test_a_first_deployment_has_nothing_to_go_back_to_d23() -> None:
    """D23: ROLLBACK_FAILED, nothing starts any more, running tasks stay."""
    events = (Event(500, "stop"), Event(600, "lose", {"revision": "green"}))
    world = play(Script(QUARTERS, is_first=True, events=events))
    assert ended(world) == (500, "ROLLBACK_FAILED")
    assert world.deployment.rollback_failure is RollbackFailure.NO_CANDIDATE
    assert world.deployment.is_first_deployment
    assert (failure(world), world.active) == (("USER_REQUEST", 500), 3)
    assert world.production == {2: HALF, None: HALF}


def test_after_a_failed_first_deployment_its_tasks_are_blue_or_removed_d110() -> None:
    early = (Event(30, "stop"), Event(100, "deploy"))
    world = play(Script(BAKED, is_first=True, events=early))
    assert (world.deployment.blue, world.deployment.others) == (None, (2,))
    assert entered(world, Stage.RECONCILE_SERVICE) == [100]
    late = (Event(500, "stop"), Event(600, "deploy"))
    world = play(Script(QUARTERS, is_first=True, events=late))
    assert (world.deployment.blue, world.deployment.others) == (2, ())
    assert world.played.weights[3] == (600, ZERO, ZERO)
    assert world.deployment.status is DeploymentStatus.SUCCESSFUL


@pytest.mark.parametrize(
    ("at", "blue", "removed"), [(30, 1, 2), (100, 1, 2), (500, 1, 2), (800, 2, 1), (1_200, 2, 1)]
)
def test_a_new_deployment_in_the_middle_of_linear_d110(at: int, blue: int, removed: int) -> None:
    """D52, D110: the larger share is blue (equal: the older), the other is removed."""
    world = play(Script(QUARTERS, events=(Event(at, "deploy"),)))
    assert world.played.ended[0].status is DeploymentStatus.STOPPED
    found = world.played.ended[0].failure
    assert found is not None
    assert found.cause is FailureCause.SUPERSEDED
    assert (world.deployment.blue, world.deployment.others) == (blue, (removed,))
    assert entered(world, Stage.RECONCILE_SERVICE) == [at]
    delay = 2 if at < 60 else 302
    assert entered(world, Stage.SCALE_UP)[-1] == at + delay
    at_once = [entry for entry in world.played.weights if entry[0] == at]
    is_as_it_should_be = at in (30, 1_200)
    assert at_once == ([] if is_as_it_should_be else [(at, ZERO, ZERO)])
    assert world.deployment.status is DeploymentStatus.SUCCESSFUL
    assert world.production == {3: ALL, blue: ZERO}


def test_a_new_deployment_during_a_rollback_d52() -> None:
    """D52: green still has all production traffic while blue is scaled up: it is the new blue."""
    events = (Event(400, "stop"), Event(430, "deploy"))
    world = play(Script(BAKED, events=events))
    assert (world.deployment.blue, world.deployment.others) == (2, (1,))
    assert (430, 1, 4) in world.played.stops
    assert entered(world, Stage.RECONCILE_SERVICE) == [430]
    assert entered(world, Stage.PRE_SCALE_UP)[-1] == 662  # those that were stopped at 360 are last
    assert world.state(3).counts.healthy == 4
    assert (world.active, world.production) == (4, {3: ALL, 2: ZERO})


def test_new_blue_tasks_wait_for_room_d111() -> None:
    """D111: where hosts are full, tasks of blue start later, and the rollback ends later."""
    events = (Event(370, "room", {"room": 6}), Event(400, "stop"), Event(663, "room"))
    world = play(Script(BAKED, events=events))
    assert [start for start in world.played.starts if start[0] >= 400] == [
        (400, 1, 2),
        (663, 1, 2),
    ]
    assert ended(world) == (663 + 60 + 302, "ROLLBACK_SUCCESSFUL")
