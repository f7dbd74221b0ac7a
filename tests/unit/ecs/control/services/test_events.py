"""Events of services: one a pass and cause, ten tasks at most in each, none repeated (D26)."""

from __future__ import annotations

import re
from itertools import pairwise

from session_cluster import SessionCluster

HOUR = 3600


def starts(world: SessionCluster) -> list[tuple[int, int]]:
    """Return of each event about starts the number that it says, and how many tasks it lists."""
    matches = (
        re.match(r"has started (\d+) tasks: (.*)", message) for message in world.messages("web")
    )
    return [(int(one[1]), one[2].count("(task ")) for one in matches if one]


def test_an_event_lists_ten_tasks_at_most_d26() -> None:
    world = SessionCluster()
    for _ in range(2):
        world.instance()
    world.replicas(desired=25)
    world.session.advance(0)
    assert starts(world) == [(10, 10), (10, 10), (5, 5)]
    world.client.update_service(service="web", desiredCount=13)
    world.session.advance(0)
    assert world.messages("web")[-2:] == ["stopped 10 pending tasks.", "stopped 2 pending tasks."]


def test_steady_state_is_said_on_entering_it_and_every_six_hours_d26() -> None:
    world = SessionCluster()
    world.instance()
    world.replicas(desired=1)
    world.session.advance(52 + 13 * HOUR)
    steady = [
        (event.created_at - world.session.now).total_seconds() / HOUR + 13
        for event in world.record("web").events
        if event.message.endswith("has reached a steady state.")
    ]
    assert steady == [0, 6, 12]


def test_the_same_text_is_not_repeated_before_its_cause_ends_d26() -> None:
    """Placement is tried again and again; the event comes once, and again after it had worked."""
    world = SessionCluster()
    world.replicas(desired=1)
    world.session.advance(5 * HOUR)
    assert len(world.messages("web")) == 1
    host = world.instance(tasks=1)
    world.settle()
    world.drain(host)
    world.client.stop_task(task=world.tasks("web")[0].arn)
    world.session.advance(60)
    unable = [text for text in world.messages("web") if text.startswith("was unable to place")]
    assert len(unable) == 2


def test_the_text_comes_again_after_six_hours_d26() -> None:
    world = SessionCluster()
    world.replicas(desired=1)
    world.session.advance(13 * HOUR)
    events = list(world.record("web").events)
    assert [event.message for event in events] == [events[0].message] * 3
    gaps = [(b.created_at - a.created_at).total_seconds() for a, b in pairwise(events)]
    assert all(6 * HOUR <= gap < 6 * HOUR + 300 for gap in gaps)


def test_the_last_hundred_events_are_described_newest_first_d26() -> None:
    world = SessionCluster()
    world.instance()
    world.replicas(desired=1)
    for number in range(80):
        world.client.update_service(service="web", desiredCount=number % 2)
        world.session.advance(120)
    described = world.describe("web")["events"]
    assert len(described) == 100
    moments = [event["createdAt"] for event in described]
    assert moments == sorted(moments, reverse=True)
    assert described[0]["message"].endswith(world.messages("web")[-1])
