"""Random deployments that shift traffic, played to their ends: what holds in every one (S6)."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import attrs
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from placement.services.breaker import Breaker
from placement.services.hooks import Hook, HookAction, HookAnswer, HookKind, HookStatus
from placement.services.traffic_deployment import DeploymentStatus
from placement.services.traffic_limits import wake_at
from placement.services.traffic_shifting import step
from placement.services.traffic_stages import DEPLOYMENT_LIMIT, FORWARD, Stage, StageRule
from placement.services.traffic_steps import BLUE_GREEN, canary, linear
from placement.timestamps import DAY, MINUTE, SECOND
from traffic_world import Event, Script, World, play

LONGEST_ROLLBACK = 4 * DAY + 20 * MINUTE
"""Scaling up, two shifts with hooks and a load balancer's wait, removal: a day each."""

minutes = st.sampled_from([0, 1, 6, 1440])
percents = st.integers(30, 1000).map(lambda tenths: Fraction(tenths, 10))
schedules = st.one_of(
    minutes.map(lambda bake: attrs.evolve(BLUE_GREEN, bake=bake * MINUTE)),
    st.builds(
        lambda percent, step_bake, bake: linear(percent, step_bake * MINUTE, bake * MINUTE),
        percents,
        st.sampled_from([0, 1, 6]),
        minutes,
    ),
    st.builds(
        lambda percent, step_bake, bake: canary(percent, step_bake * MINUTE, bake * MINUTE),
        percents,
        minutes,
        minutes,
    ),
)
moments = st.one_of(st.integers(0, 1_500), st.integers(0, 200_000))


def stages_of(kind: HookKind) -> list[Stage]:
    return [
        stage
        for stage in Stage
        if (
            StageRule.of(stage).allows_pauses
            if kind is HookKind.PAUSE
            else StageRule.of(stage).allows_functions
        )
    ]


@st.composite
def hooks(draw: st.DrawFn) -> Hook:
    kind = draw(st.sampled_from(HookKind))
    stages = draw(st.sets(st.sampled_from(stages_of(kind)), min_size=1))
    longest = 20_160 if kind is HookKind.PAUSE else 1_440
    return Hook(
        kind,
        frozenset(stages),
        draw(st.sampled_from("fg")) if kind is HookKind.AWS_LAMBDA else None,
        draw(st.sampled_from([1, 30, 1_440, longest])) * MINUTE,
        draw(st.sampled_from(HookAction)),
    )


answers = st.builds(
    HookAnswer,
    st.sampled_from([HookStatus.SUCCEEDED, *[HookStatus.IN_PROGRESS] * 4, HookStatus.FAILED, None]),
    st.sampled_from([0, SECOND, 30 * SECOND, 3_000 * SECOND, DAY]),
    st.sampled_from([None, {"seen": 1}]),
)
revisions = st.sampled_from(["green", "blue"])


def event(what: str, **arguments: st.SearchStrategy[Any]) -> st.SearchStrategy[Event]:
    return st.builds(Event, moments, st.just(what), st.fixed_dictionaries(dict(arguments)))


events = st.one_of(
    event("alarm", rolls_back=st.booleans()),
    event("detect", cause=st.sampled_from(["CIRCUIT_BREAKER", "NETWORK_CONFIGURATION"])),
    event("stop"),
    event("deploy", schedule=schedules),
    event("desired", count=st.integers(0, 6)),
    event("lose", revision=revisions, count=st.integers(1, 4)),
    event(
        "classes",
        revision=revisions,
        to=st.sampled_from(["unhealthy", "draining", "draining_warming"]),
        count=st.integers(1, 4),
    ),
    event("protect", revision=revisions, count=st.integers(1, 4), protected=st.booleans()),
    event("room", room=st.one_of(st.none(), st.integers(0, 12))),
    event("answer", number=st.integers(1, 8), action=st.sampled_from(["CONTINUE", "ROLLBACK"])),
)
scripts = st.builds(
    Script,
    schedule=schedules,
    desired=st.integers(0, 5),
    hooks=st.lists(hooks(), max_size=3).map(tuple),
    answers=st.dictionaries(st.sampled_from("fg"), st.lists(answers, max_size=6).map(tuple)),
    has_test_listener=st.booleans(),
    is_network_load_balancer=st.booleans(),
    is_first=st.booleans(),
    healthy_after=st.sampled_from([0, 1, 60]),
    deregistration_delay=st.sampled_from([0, 300]),
    stop=st.sampled_from([0, 2]),
    room=st.one_of(st.none(), st.integers(4, 12)),
    breaker=st.one_of(st.none(), st.just(Breaker())),
    events=st.lists(events, max_size=6).map(tuple),
)


class Watch:
    """Looks at the world at the end of every instant."""

    def __init__(self) -> None:
        self.had_no_tasks_to_want = False
        self.end_seen: set[int] = set()

    def __call__(self, world: World) -> None:
        deployment = world.deployment
        assert sum(world.production_weights) == sum(world.test_weights) == 1
        assert min(world.production_weights + world.test_weights) >= 0
        assert deployment.weights == world.weights
        serving = {
            task.revision
            for task in world.tasks
            if task.stopped_at is None and world.production_weights[world.groups[task.revision]]
        }
        assert serving <= {deployment.green, deployment.blue}
        self.had_no_tasks_to_want |= world.desired == 0
        self.check_nothing_is_left_to_do(world)
        self.check_limits(world)
        if deployment.has_ended and deployment.green not in self.end_seen:
            self.end_seen.add(deployment.green)
            check_the_end(world)

    def check_nothing_is_left_to_do(self, world: World) -> None:
        """Another look, now or right before the deployment is due, finds nothing to do."""
        facts = world.facts()
        due = wake_at(world.deployment) if not world.deployment.has_ended else None
        looks = [facts.now] if due is None else [facts.now, max(facts.now, due - 1)]
        for moment in looks:
            deciding = step(world.deployment, attrs.evolve(facts, now=moment))
            with pytest.raises(StopIteration) as stop:
                next(deciding)
            assert stop.value.value.deployment == world.deployment

    def check_limits(self, world: World) -> None:
        """D50: it ends within its limits, each stage of a rollback within a day of its own."""
        deployment = world.deployment
        now = world.now * SECOND
        started = now if deployment.started_at is None else deployment.started_at
        if deployment.has_ended:
            return
        if deployment.rollback_started_at is None:
            assert now < started + DEPLOYMENT_LIMIT
        else:
            assert now < deployment.rollback_started_at + LONGEST_ROLLBACK


def check_the_end(world: World) -> None:
    deployment = world.deployment
    green, blue = world.state(deployment.green), deployment.blue
    green_left = green.counts.active + green.stopping
    blue_left = 0 if blue is None else len([t for t in world.tasks if t.revision == blue])
    if deployment.status is DeploymentStatus.SUCCESSFUL:
        assert world.production[deployment.green] == 1
        assert blue_left == 0
    if deployment.status is DeploymentStatus.ROLLBACK_SUCCESSFUL:
        assert world.production == {deployment.green: 0, blue: 1}
        assert green_left == 0
    if blue is None and deployment.failure is not None:
        assert deployment.status in (DeploymentStatus.ROLLBACK_FAILED, DeploymentStatus.STOPPED)
    assert not any(invocation.is_open for invocation in deployment.invocations)


def check_the_story(world: World, watch: Watch) -> None:
    """What can be seen afterwards only."""
    played = world.played
    assert played.end is not None
    if not watch.had_no_tasks_to_want:
        assert played.served - {None} <= world.was_healthy
    for earlier in played.ended:
        assert earlier.has_ended
        numbers = [invocation.number for invocation in earlier.invocations]
        assert numbers == list(range(1, len(numbers) + 1))
    only = played.ended[0]
    if len(played.ended) == 1 and only.status is DeploymentStatus.SUCCESSFUL:
        steps = len(only.schedule.shares)
        order = [*FORWARD[1:6], *FORWARD[6:8] * steps, *FORWARD[8:]]
        assert [name for _, name in played.stages] == [stage.value for stage in order]
        shares = [share for _, _, share in played.weights]
        assert shares == [0, *only.schedule.shares]


LOST = Event(30, "lose", {"revision": "green", "count": 1})


@settings(deadline=None, max_examples=120, suppress_health_check=[HealthCheck.too_slow])
@given(scripts)
@example(Script(linear(Fraction(25), MINUTE), events=(LOST, Event(150, "deploy"))))
def test_deployments_that_shift_traffic(script: Script) -> None:
    """D42 to D52, D109, D110: shares, ends and limits, whatever happens meanwhile."""
    watch = Watch()
    check_the_story(play(script, watch), watch)


@settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.too_slow])
@given(scripts, st.lists(moments, min_size=1, max_size=5))
def test_a_copied_deployment_has_the_same_future(script: Script, copied_at: list[int]) -> None:
    copies = tuple(Event(moment, "copy") for moment in copied_at)
    same = tuple(Event(moment, "nothing") for moment in copied_at)
    with_copies = attrs.evolve(script, events=script.events + copies)
    without = attrs.evolve(script, events=script.events + same)
    assert play(with_copies).played == play(without).played
