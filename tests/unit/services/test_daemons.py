"""DAEMON services, decision by decision."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any

import pytest

from placement import UsageError
from placement.services.actions import Cause
from placement.services.completion import CompletionTimes, EndRules, WaitsFor, check_completion
from placement.services.daemons import (
    Daemon,
    DaemonAction,
    DaemonInstance,
    DaemonPassResult,
    DaemonState,
    Fit,
    StartOn,
    StopOn,
    daemon_pass,
    fit_of,
)
from placement.services.model import TaskClass

HEALTHY, PENDING, WARMING = TaskClass.HEALTHY, TaskClass.PENDING, TaskClass.WARMING
UNHEALTHY, DRAINING = TaskClass.UNHEALTHY, TaskClass.DRAINING
OLD, NEW = 1, 2


def play(
    state: DaemonState,
    changed: tuple[DaemonInstance, ...] = (),
    outdated: tuple[DaemonInstance, ...] = (),
    outcome: Callable[[DaemonAction], int] = lambda _: 1,
) -> tuple[list[DaemonAction], DaemonPassResult]:
    """Return the actions of a pass and what it leaves."""
    actions: list[DaemonAction] = []
    steps = daemon_pass(state, changed, outdated)
    try:
        action = next(steps)
        while True:
            actions.append(action)
            action = steps.send(outcome(action))
    except StopIteration as end:
        return actions, end.value


def instance(
    key: Hashable, *daemons: tuple[int, TaskClass], fit: Fit = Fit.QUALIFIES, others: int = 0
) -> DaemonInstance:
    return DaemonInstance(key, fit, tuple(Daemon(*daemon) for daemon in daemons), others)


@pytest.mark.parametrize(
    ("status", "connected", "matches", "expected"),
    [
        ("ACTIVE", True, True, Fit.QUALIFIES),
        ("ACTIVE", False, True, Fit.DISCONNECTED),
        ("ACTIVE", True, False, Fit.UNFIT),
        ("DRAINING", True, True, Fit.DRAINING),
        ("DRAINING", False, True, Fit.DRAINING),
        ("DRAINING", True, False, Fit.UNFIT),
        ("REGISTERING", True, True, Fit.UNFIT),
        ("INACTIVE", True, True, Fit.UNFIT),
    ],
)
def test_b34_status_agent_and_attributes_decide_whether_an_instance_qualifies(
    status: str, connected: bool, matches: bool, expected: Fit
) -> None:
    assert fit_of(status, agent_connected=connected, matches=matches) is expected


def test_b34_a_new_instance_gets_a_daemon_and_waits_for_room() -> None:
    state = DaemonState(NEW, qualifying=2, without_healthy=2)
    hosts = instance("i1"), instance("i2")
    actions, result = play(state, hosts, outcome=lambda action: int(action.instance == "i2"))
    assert actions == [StartOn("i1", NEW, Cause.DAEMON), StartOn("i2", NEW, Cause.DAEMON)]
    assert result == DaemonPassResult(True, ("i1",), (), False)


@pytest.mark.parametrize("fit", [Fit.DISCONNECTED, Fit.DRAINING, Fit.UNFIT])
def test_b34_no_daemon_starts_elsewhere(fit: Fit) -> None:
    assert play(DaemonState(NEW, 1, 0), (instance("i1", fit=fit),))[0] == []


@pytest.mark.parametrize("task_class", [PENDING, WARMING, HEALTHY, UNHEALTHY])
def test_d106_a_daemon_on_an_instance_that_stops_qualifying_stops_at_once(
    task_class: TaskClass,
) -> None:
    """By another status than DRAINING, or by attributes; also while nothing may start."""
    state = DaemonState(NEW, 0, 0, may_start=False)
    host = instance("i1", (NEW, task_class), fit=Fit.UNFIT, others=3)
    assert play(state, (host,))[0] == [StopOn("i1", NEW, task_class, Cause.DAEMON)]


def test_b34_a_daemon_stays_while_only_the_agent_is_missing() -> None:
    host = instance("i1", (OLD, UNHEALTHY), fit=Fit.DISCONNECTED)
    actions, result = play(DaemonState(NEW, 0, 0), (host,))
    assert (actions, result.left) == ([], ())


@pytest.mark.parametrize("task_class", [PENDING, DRAINING, UNHEALTHY])
def test_d58_on_a_draining_instance_the_daemon_stops_last(task_class: TaskClass) -> None:
    """When the last other task is STOPPED (D106), also one that does not run yet."""
    state = DaemonState(NEW, 0, 0)
    host = instance("i1", (NEW, task_class), fit=Fit.DRAINING, others=1)
    assert play(state, (host,))[0] == []
    host = instance("i1", (NEW, task_class), fit=Fit.DRAINING, others=0)
    assert play(state, (host,))[0] == [StopOn("i1", NEW, task_class, Cause.DRAINING)]


@pytest.mark.parametrize("percent", [0, 100])
def test_d106_an_unhealthy_daemon_is_replaced_whatever_the_percent_is(percent: int) -> None:
    """At once, on its own instance: the old one has desiredStatus STOPPED when the new starts."""
    state = DaemonState(NEW, qualifying=4, without_healthy=1, minimum_percent=percent)
    actions, _ = play(state, (instance("i1", (NEW, UNHEALTHY)),))
    assert actions == [
        StopOn("i1", NEW, UNHEALTHY, Cause.UNHEALTHY),
        StartOn("i1", NEW, Cause.UNHEALTHY),
    ]


@pytest.mark.parametrize("task_class", [PENDING, WARMING])
def test_d106_old_daemons_that_are_not_healthy_go_at_once(task_class: TaskClass) -> None:
    state = DaemonState(NEW, qualifying=4, without_healthy=1, minimum_percent=100)
    actions, result = play(state, (instance("i1", (OLD, task_class)),))
    assert actions == [
        StopOn("i1", OLD, task_class, Cause.DEPLOYMENT),
        StartOn("i1", NEW, Cause.DEPLOYMENT),
    ]
    assert result.left == ()


def test_d54_instances_without_a_healthy_daemon_use_up_the_bound() -> None:
    """4 instances at 50 percent: one has none already, so that one more may lose its own."""
    state = DaemonState(NEW, qualifying=4, without_healthy=1, minimum_percent=50)
    hosts = instance("i1", (OLD, HEALTHY)), instance("i2", (OLD, HEALTHY))
    actions, result = play(state, outdated=hosts)
    assert actions == [
        StopOn("i1", OLD, HEALTHY, Cause.DEPLOYMENT),
        StartOn("i1", NEW, Cause.DEPLOYMENT),
    ]
    assert not result.is_stuck


def test_d54_a_new_daemon_starts_only_where_the_old_one_has_stopped() -> None:
    """A stop that is not carried out starts nothing, and the next instance has its turn."""
    state = DaemonState(NEW, qualifying=2, without_healthy=0, minimum_percent=50)
    hosts = instance("i1", (OLD, HEALTHY)), instance("i2", (OLD, HEALTHY))
    actions, _ = play(state, outdated=hosts, outcome=lambda action: int(action.instance == "i2"))
    assert [action.instance for action in actions] == ["i1", "i2", "i2"]
    unhealthy = (instance("i1", (NEW, UNHEALTHY)),)
    actions, result = play(state, unhealthy, outcome=lambda _: 0)
    assert (len(actions), result) == (1, DaemonPassResult(False, (), ("i1",), False))


def test_d54_no_room_for_the_new_daemon_leaves_the_instance_without() -> None:
    """ECS waits for room there and evicts nothing; the bound holds the rest back."""
    state = DaemonState(NEW, qualifying=2, without_healthy=0, minimum_percent=50)
    hosts = instance("i1", (OLD, HEALTHY)), instance("i2", (OLD, HEALTHY))
    result = play(state, outdated=hosts, outcome=lambda one: int(isinstance(one, StopOn)))[1]
    assert result == DaemonPassResult(True, ("i1",), (), False)
    waiting = DaemonState(NEW, qualifying=2, without_healthy=1, minimum_percent=50)
    actions, result = play(waiting, (instance("i1"),), hosts[1:], lambda _: 0)
    assert actions == [StartOn("i1", NEW, Cause.DAEMON)]
    assert result == DaemonPassResult(False, ("i1",), (), False)


@pytest.mark.parametrize("held", [{"may_start": False}, {"is_failed": True}])
def test_d103_while_nothing_may_start_nothing_stops_to_be_replaced(held: dict[str, bool]) -> None:
    state = DaemonState(NEW, qualifying=4, without_healthy=3, **held)
    hosts = (
        instance("i1"),
        instance("i2", (NEW, UNHEALTHY)),
        instance("i3", (OLD, PENDING)),
    )
    actions, result = play(state, hosts, (instance("i4", (OLD, HEALTHY)),))
    assert actions == []
    assert result == DaemonPassResult(False, (), ("i1", "i2", "i3"), False)


def test_a_second_daemon_on_an_instance_stops() -> None:
    """4.1, exactly one: the healthy one stays, then the one of the current revision."""
    state = DaemonState(NEW, qualifying=2, without_healthy=1, minimum_percent=100)
    hosts = (
        instance("i1", (OLD, HEALTHY), (NEW, PENDING)),
        instance("i2", (OLD, WARMING), (NEW, WARMING)),
    )
    actions, result = play(state, hosts)
    assert actions == [
        StopOn("i1", NEW, PENDING, Cause.SCALING),
        StopOn("i2", OLD, WARMING, Cause.SCALING),
    ]
    assert result.left == ()


def test_s7_1_the_desired_count_is_the_number_of_qualifying_instances() -> None:
    """A deployment is COMPLETED with as many healthy tasks, and no older ones left (D31)."""
    state = DaemonState(NEW, qualifying=3, without_healthy=0, healthy=3, old_stopping=1)
    assert state.desired == 3
    rules, times = EndRules(), CompletionTimes()
    waits = check_completion(state.progress, rules, times, 0).waits_for
    assert waits is WaitsFor.STOPPING_SOURCES
    done = DaemonState(NEW, qualifying=3, without_healthy=0, healthy=3)
    assert check_completion(done.progress, rules, times, 0).waits_for is None
    empty = DaemonState(NEW, qualifying=0, without_healthy=0)
    assert check_completion(empty.progress, rules, times, 0).waits_for is None


@pytest.mark.parametrize(
    "numbers",
    [
        {"qualifying": -1},
        {"without_healthy": 3},
        {"healthy": -1},
        {"minimum_percent": 101},
        {"old_active": -1},
        {"old_stopping": -1},
    ],
)
def test_c51_numbers_out_of_bounds_are_refused(numbers: dict[str, Any]) -> None:
    with pytest.raises(UsageError):
        DaemonState(**({"revision": 1, "qualifying": 2, "without_healthy": 0} | numbers))


@pytest.mark.parametrize("sent", [2, -1, True, None, 1.0])
def test_c51_what_is_sent_is_0_or_1(sent: Any) -> None:
    steps = daemon_pass(DaemonState(NEW, 1, 1), (instance("i1"),))
    next(steps)
    with pytest.raises(UsageError, match="is sent 0 or 1"):
        steps.send(sent)


@pytest.mark.parametrize(
    "host",
    [
        instance("i1"),
        instance("i1", (NEW, HEALTHY)),
        instance("i1", (OLD, WARMING)),
        instance("i1", (OLD, HEALTHY), (OLD, HEALTHY)),
        instance("i1", (OLD, HEALTHY), fit=Fit.DRAINING),
    ],
)
def test_c51_an_outdated_instance_has_one_healthy_old_daemon(host: DaemonInstance) -> None:
    with pytest.raises(UsageError, match="an outdated instance"):
        play(DaemonState(NEW, 2, 0), outdated=(host,))
