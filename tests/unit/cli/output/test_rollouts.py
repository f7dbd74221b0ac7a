"""How a rollout is written: lengths of time, shares, what happened."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from placement.cli.output.rollouts import elapsed, print_rollout
from placement.ecs.rollouts.values import (
    Outcome,
    Revision,
    RevisionCounts,
    Rollout,
    RolloutEvent,
    RolloutPoint,
)
from placement.timestamps import SECOND


@pytest.mark.parametrize(
    ("length", "text"),
    [
        (0, "0:00:00"),
        (59 * SECOND, "0:00:59"),
        (3_661 * SECOND, "1:01:01"),
        (172_800 * SECOND, "48:00:00"),
        (SECOND + SECOND // 2, "0:00:01.5"),
        (1, "0:00:00.000001"),
    ],
)
def test_lengths_of_time(length: int, text: str) -> None:
    assert elapsed(length) == text


def rollout(outcome: Outcome = Outcome.STEADY, revisions: int = 5, **fields: Any) -> Rollout:
    """Return a rollout of one instant with so many revisions, the newest of which is new."""
    names = [
        Revision(
            number, f"ecs-svc/{number}", f"arn/web:{number}", f"web:{number}", number == revisions
        )
        for number in range(revisions, 0, -1)
    ]
    counts = {
        one.number: RevisionCounts(healthy=1, active=2, traffic=Fraction(1, 2**one.number))
        for one in names
    }
    values: dict[str, Any] = {
        "service": "arn",
        "name": "web",
        "cluster": "shop",
        "started_at": 0,
        "ended_at": 60 * SECOND,
        "outcome": outcome,
        "settled_at": 54 * SECOND if outcome is Outcome.STEADY else None,
        "last_change_at": 12 * SECOND,
        "revisions": tuple(names),
        "points": (RolloutPoint(0, 4, 4, 8, counts),),
        **fields,
    }
    return Rollout(**values)


def test_revisions_beyond_three_share_a_column(capsys: pytest.CaptureFixture[str]) -> None:
    print_rollout(rollout(), [])
    head, cells = capsys.readouterr().out.splitlines()[1:3]
    assert head.split()[:7] == ["TIME", "HEALTHY", "TASKS", "web:5", "web:4", "web:3", "OTHERS"]
    assert cells.split()[7:11] == ["1+1", "1+1", "1+1", "2+2"]


def test_shares_of_traffic_are_percents(capsys: pytest.CaptureFixture[str]) -> None:
    print_rollout(rollout(revisions=2), [])
    assert "web:2 25 %, web:1 50 %" in capsys.readouterr().out


def test_a_bound_that_does_not_hold_is_seen(capsys: pytest.CaptureFixture[str]) -> None:
    print_rollout(rollout(revisions=5), [])
    assert "5 ≥ 4  10 > 8" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("outcome", "text"),
    [
        (Outcome.STEADY, "steady after 0:00:54"),
        (Outcome.STUCK, "not steady after 0:01:00: nothing changes since 0:00:12"),
        (Outcome.FAILED, "not steady after 0:01:00: the deployment failed and stays where it is"),
        (Outcome.UNFINISHED, "not steady after 0:01:00: not over when time stopped"),
        (Outcome.NOT_RUN, "not steady after 0:01:00: the model does not run the service"),
        (
            Outcome.ROLLED_BACK,
            "not steady: the deployment failed and was rolled back after 0:01:00",
        ),
    ],
)
def test_each_outcome_has_a_sentence(
    capsys: pytest.CaptureFixture[str], outcome: Outcome, text: str
) -> None:
    print_rollout(rollout(outcome), [])
    assert capsys.readouterr().out.splitlines()[-1] == text


def test_an_event_that_is_said_again_every_six_hours_is_printed_once(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """D26."""
    hour = 3600 * SECOND
    events = tuple(RolloutEvent(at * hour, "(service web) waits.") for at in (0, 6, 12))
    print_rollout(rollout(events=events), [])
    out = capsys.readouterr().out
    assert out.count("(service web) waits.") == 1
    assert "(service web) waits. (said 2 more times)" in out


def test_equal_events_of_two_instants_are_two(capsys: pytest.CaptureFixture[str]) -> None:
    events = tuple(RolloutEvent(at * SECOND, "(service web) waits.") for at in (0, 60))
    print_rollout(rollout(events=events), [])
    assert capsys.readouterr().out.count("(service web) waits.\n") == 2


def test_what_happened_is_said_in_the_order_of_an_instant(
    capsys: pytest.CaptureFixture[str],
) -> None:
    first = RevisionCounts(pending=3, active=3, stopping=2)
    later = RevisionCounts(
        pending=1, warming=1, healthy=1, active=3, started=1, failed={"no such image": 1}
    )
    points = tuple(
        RolloutPoint(at * SECOND, 4, 4, 8, {1: one}, ("SCALE_UP",) * at)
        for at, one in enumerate((first, later))
    )
    print_rollout(rollout(revisions=1, points=points), [])
    assert (
        "1 web:1 failed: no such image; 2 web:1 running; 1 web:1 healthy; 2 web:1 STOPPED; "
        "start 1 web:1; SCALE_UP"
    ) in capsys.readouterr().out
