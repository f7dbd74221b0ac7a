"""The timeline of a deployment adds up: what happened leads from each state to the next.

Random services are deployed on clusters that may be too small, with tasks that may fail.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from placement.ecs.behaviour_rules import behaviour_rules
from placement.ecs.rollouts.document import rollout_document
from placement.ecs.rollouts.follow import follow_rollout
from placement.ecs.rollouts.values import RevisionCounts, Rollout
from small_sessions import percents, service, small_session

RULES = st.lists(
    st.fixed_dictionaries(
        {"revision": st.sampled_from(["1", "2", "*"]), "first": st.integers(0, 4)},
        optional={
            "start_failure": st.just("CannotPullContainerError"),
            "runs_for": st.integers(0, 200),
            "exit_code": st.integers(0, 2),
            "pull_seconds": st.integers(0, 100),
        },
    ).filter(lambda rule: len(rule) > 2),
    max_size=3,
)


@st.composite
def rollouts(draw: st.DrawFn) -> Rollout:
    """Draw how a deployment went: of a service that is steady, or of a new one."""
    session = small_session(
        draw(st.integers(0, 4)), cpu=256, behaviour=behaviour_rules(draw(RULES))
    )
    breaker = {"enable": draw(st.booleans()), "rollback": draw(st.booleans())}
    settings = percents(
        draw(st.sampled_from([0, 50, 75, 90])),
        draw(st.sampled_from([100, 125, 150, 200])),
        deploymentCircuitBreaker=breaker,
    )
    ecs = session.client("ecs")
    ecs.create_service(**service(desiredCount=draw(st.integers(0, 6)), **settings))
    if draw(st.booleans()):
        session.advance(draw(st.sampled_from([0, 13, 300])))
        changes: dict[str, Any] = {"taskDefinition": "web:2"}
        if draw(st.booleans()):
            changes["desiredCount"] = draw(st.integers(0, 6))
        ecs.update_service(service="web", **changes)
    return follow_rollout(session, "web", seconds=draw(st.sampled_from([0, 60, 1500])))


NONE = RevisionCounts()


@given(rollout=rollouts())
def test_tasks_are_those_before_with_the_started_and_without_the_ended(rollout: Rollout) -> None:
    for before, now in pairwise(rollout.points):
        assert before.at <= now.at
        for number, counts in now.revisions.items():
            last = before.revisions.get(number, NONE)
            ended = counts.stopped + sum(counts.failed.values())
            assert counts.active == last.active + counts.started - ended
            parts = counts.pending + counts.warming + counts.healthy + counts.unhealthy
            assert counts.active >= parts
            assert counts.stopping <= last.stopping + ended


@given(rollout=rollouts())
def test_two_points_in_a_row_differ(rollout: Rollout) -> None:
    for before, now in pairwise(rollout.points):
        happened = now.changes or any(one.has_happened for one in now.revisions.values())
        states = [
            (one.desired, one.lower, one.upper, {n: c.state for n, c in one.revisions.items()})
            for one in (before, now)
        ]
        assert happened or states[0] != states[1]


@given(rollout=rollouts())
def test_the_end_is_the_last_point(rollout: Rollout) -> None:
    last = rollout.points[-1]
    assert rollout.started_at <= rollout.last_change_at <= last.at <= rollout.ended_at
    assert (rollout.settled_at is not None) == (rollout.outcome.name in ("STEADY", "ROLLED_BACK"))
    if rollout.is_steady:
        (new,) = [one for one in rollout.revisions if one.is_new]
        assert last.revisions[new.number].healthy == last.active == last.desired
    document = rollout_document(rollout)
    assert len(document["timeline"]) == len(rollout.points)
