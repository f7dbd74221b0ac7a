"""One account in one region, its time, and what the caller may say (C24, C25, C29, C37, C55)."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from placement.ecs import Behaviour, Client, Options, Session, Timing
from placement.errors import UsageError
from placement.timeline.history import json_lines
from small_sessions import START, service, small_session


class Clock:
    """A clock that stands still until it is set."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        return self.now


# --- The account ---------------------------------------------------------------------------


def test_a_session_is_one_account_and_its_clients_share_it_c24() -> None:
    session = Session("eu-west-1", "111122223333")
    ecs = session.client("ecs")
    assert ecs is session.client("ecs")
    arn = ecs.create_cluster()["cluster"]["clusterArn"]
    assert arn == "arn:aws:ecs:eu-west-1:111122223333:cluster/default"
    balancer = session.client("elbv2").create_load_balancer(Name="web", Subnets=["s-1", "s-2"])
    arn = balancer["LoadBalancers"][0]["LoadBalancerArn"]
    assert arn.startswith("arn:aws:elasticloadbalancing:eu-west-1:111122223333:")


def test_a_client_leads_to_its_session_c24() -> None:
    client = Client(seed=5)
    client.create_cluster(clusterName="shop")
    assert client.session.client("ecs") is client
    assert len(client.session.client("ecs").list_clusters()["clusterArns"]) == 1


def test_a_client_that_is_not_there_is_refused_c24() -> None:
    with pytest.raises(UsageError, match="cloudwatch, ecs, elbv2, not 'sqs'"):
        Session().client("sqs")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"region_name": "nowhere"}, "region_name is a name such as us-east-1"),
        ({"account_id": "12"}, "account_id is twelve digits"),
        ({"seed": "1"}, "seed is a whole number"),
        ({"start": datetime.min}, "start is a datetime with a time zone"),
        ({"clock": 5}, "clock is something to call"),
        ({"behaviour": {}}, "behaviour is something to call"),
        ({"timing": 3}, "timing is a placement.ecs.Timing or None"),
        ({"options": {}}, "options is a placement.ecs.Options or None"),
        ({"clock": Clock(), "start": START}, "start and clock exclude each other"),
    ],
)
def test_an_argument_of_another_kind_is_refused_c37(arguments: dict[str, Any], words: str) -> None:
    with pytest.raises(UsageError, match=words):
        Session(**arguments)


# --- Time ----------------------------------------------------------------------------------


def test_time_stands_still_until_it_is_moved_c25() -> None:
    session = small_session()
    ecs = session.client("ecs")
    ecs.create_service(**service())
    for _ in range(3):
        assert ecs.describe_services(services=["web"])["services"][0]["pendingCount"] == 0
    assert session.now == START
    session.advance(timedelta(seconds=1.5))
    assert session.now == START + timedelta(seconds=1.5)
    assert ecs.describe_services(services=["web"])["services"][0]["pendingCount"] == 4


def test_advance_runs_what_is_due_at_the_moment_reached_and_no_more_c25() -> None:
    """A task is RUNNING 12 s after its start, and healthy 40 s later."""
    session = small_session()
    ecs = session.client("ecs")
    ecs.create_service(**service())
    session.advance(11.999999)
    assert ecs.describe_services(services=["web"])["services"][0]["runningCount"] == 0
    session.advance(0.000001)
    assert ecs.describe_services(services=["web"])["services"][0]["runningCount"] == 4


def test_steps_of_any_length_lead_to_the_same_history_c25() -> None:
    futures = []
    for step in (1, 7, 120):
        session = small_session()
        session.client("ecs").create_service(**service())
        while session.now < START + timedelta(seconds=840):
            session.advance(step)
        futures.append(list(json_lines(session.history)))
    assert futures[0] == futures[1] == futures[2]
    assert len(futures[0]) > 10


def test_a_condition_is_asked_before_the_first_instant_and_after_each_c25() -> None:
    session = small_session()
    ecs = session.client("ecs")
    ecs.create_service(**service())
    asked = []

    def runs(one: Session) -> bool:
        asked.append((one.now - START).total_seconds())
        return bool(ecs.describe_services(services=["web"])["services"][0]["runningCount"])

    assert session.advance_until(runs)
    assert asked == [0, 0, 10, 12]  # now, the pass, images pulled, RUNNING
    assert not session.advance_until(lambda _: False, limit=5)
    assert session.now == START + timedelta(seconds=17)


@pytest.mark.parametrize("seconds", [-1, float("nan"), float("inf"), "1", None, True])
def test_a_length_of_time_that_is_none_is_refused_c25(seconds: Any) -> None:
    session = small_session()
    with pytest.raises(UsageError, match="seconds is a number of seconds"):
        session.advance(seconds)
    assert session.now == START


def test_with_a_clock_time_is_the_callers_c25() -> None:
    """Each call first runs what is due by then; ``advance`` is refused."""
    clock = Clock()
    session = Session(clock=clock, timing=Timing())
    ecs = session.client("ecs")
    ecs.create_cluster()
    ecs.register_task_definition(
        family="web", containerDefinitions=[{"name": "c", "image": "i", "memory": 64}]
    )
    ecs.create_service(**service())
    for move in (lambda: session.advance(1), lambda: session.advance_until("steady")):
        with pytest.raises(UsageError, match="time is the caller's"):
            move()
    clock.now += timedelta(hours=2)
    assert session.now == START, "a property reads; a call moves"
    events = ecs.describe_services(services=["web"])["services"][0]["events"]
    assert "unable to place a task" in events[-1]["message"]
    assert events[-1]["createdAt"] == START, "the pass that create_service asked for"
    assert session.now == clock.now


# --- History -------------------------------------------------------------------------------


def test_history_is_time_subject_what_and_why_c29() -> None:
    session = small_session(1)
    ecs = session.client("ecs")
    ecs.create_service(**service(desiredCount=1))
    session.advance_until("steady")
    assert "create_service" not in {one.what for one in session.history}, "calls are no history"
    ecs.update_service(service="web", desiredCount=0)
    before = len(session.history)
    session.advance_until("steady")
    first = session.history[before]
    assert first.time == session.now - timedelta(seconds=2)
    assert first.subject.startswith("arn:aws:ecs:us-east-1:123456789012:task/default/")
    assert first.what == "desiredStatus STOPPED"
    assert first.reason.startswith("Scaling activity initiated by (deployment ecs-svc/")
    lines = [json.loads(line) for line in json_lines(session.history)]
    assert [set(line) for line in lines] == [{"time", "subject", "what", "reason"}] * len(lines)
    session.history.clear()
    assert session.history, "a copy"


def test_another_seed_gives_other_ids_and_the_same_story_c29() -> None:
    stories = []
    for seed in (1, 1, 2):
        session = Session(seed=seed, start=START, timing=Timing())
        ecs = session.client("ecs")
        ecs.create_cluster()
        ecs.register_task_definition(
            family="web", containerDefinitions=[{"name": "c", "image": "i", "memory": 64}]
        )
        ecs.create_service(**service())
        session.advance(1000)
        stories.append(session.history)
    assert stories[0] == stories[1] != stories[2]
    assert [(one.time, one.what) for one in stories[0]] == [
        (one.time, one.what) for one in stories[2]
    ]


# --- What if -------------------------------------------------------------------------------


def test_two_futures_of_one_present_c24() -> None:
    session = small_session()
    session.client("ecs").create_service(**service())
    session.advance_until("steady")
    other = session.copy()
    other.client("ecs").update_service(service="web", desiredCount=6)
    other.advance_until("steady")
    assert len(other.client("ecs").list_tasks()["taskArns"]) == 6
    assert len(session.client("ecs").list_tasks()["taskArns"]) == 4
    assert session.now < other.now


def test_after_a_trial_nothing_has_happened_c24() -> None:
    session = small_session()
    ecs = session.client("ecs")
    ecs.create_service(**service())
    session.advance_until("steady")
    before = (session.now, session.history, session.to_ecs())

    def try_out() -> None:
        with session.trial():
            ecs.update_service(service="web", desiredCount=1)
            session.lose_instance(ecs.list_container_instances()["containerInstanceArns"][0])
            session.advance(1000)
            assert len(ecs.list_tasks()["taskArns"]) == 1
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        try_out()
    assert (session.now, session.history, session.to_ecs()) == before


# --- Functions of the caller ---------------------------------------------------------------


def changes(session: Session) -> list[Callable[[], Any]]:
    ecs = session.client("ecs")
    return [
        lambda: ecs.update_service(service="web", desiredCount=1),
        lambda: session.client("elbv2").create_load_balancer(Name="b", Subnets=["s-1", "s-2"]),
        lambda: session.advance(1),
        lambda: session.advance_until("steady"),
        lambda: session.lose_instance(ecs.list_container_instances()["containerInstanceArns"][0]),
        lambda: session.register_function("arn:aws:lambda:f", print),
        lambda: session.set_service_options("web", at_most=1),
        lambda: ecs.get_waiter("services_stable").wait(services=["web"]),
    ]


@pytest.mark.parametrize("which", range(8))
def test_a_condition_may_read_and_change_nothing_c55(which: int) -> None:
    """The change is refused before anything happens; reading goes on."""
    session = small_session()
    ecs = session.client("ecs")
    ecs.create_service(**service())
    change = changes(session)[which]
    refused = []

    def condition(_: Session) -> bool:
        described = ecs.describe_services(services=["web"])["services"][0]
        with pytest.raises(UsageError) as caught:
            change()
        refused.append(str(caught.value))
        return bool(described["runningCount"] == 4)

    assert session.advance_until(condition)
    assert len(refused) == 4
    twin = small_session()
    twin.client("ecs").create_service(**service())
    twin.advance(12)
    assert session.to_ecs() == twin.to_ecs()


def test_a_function_of_behaviours_may_not_change_anything_c55() -> None:
    found: list[Session] = []

    def behaviour(task: dict[str, Any]) -> Behaviour:
        found[0].client("ecs").describe_tasks(tasks=[task["taskArn"]])
        found[0].client("ecs").update_service(service="web", desiredCount=1)
        return Behaviour()

    session = small_session(behaviour=behaviour)
    found.append(session)
    session.client("ecs").create_service(**service())
    before = session.to_ecs()
    with pytest.raises(UsageError):
        session.advance(0)
    assert session.to_ecs() == before


def test_options_travel_with_copies_c38() -> None:
    session = Session(options=Options(allow_blocking_percents=True), start=START)
    twin = session.copy()
    ecs = twin.client("ecs")
    ecs.create_cluster()
    ecs.register_task_definition(
        family="web", containerDefinitions=[{"name": "c", "image": "i", "memory": 64}]
    )
    blocking = {"minimumHealthyPercent": 100, "maximumPercent": 100}
    ecs.create_service(**service(deploymentConfiguration=blocking))
    assert twin.now == START.astimezone(UTC)
