"""The states of targets are those that a naive model finds, which makes every check by itself."""

from __future__ import annotations

import copy
from typing import Any

import attrs
from hypothesis import given, settings
from hypothesis import strategies as st

from load_balancing_world import KEY, World
from placement.ecs.control.load_balancing.targets import CheckResult, Finding
from placement.timestamps import SECOND

RESULTS = st.sampled_from(list(CheckResult))
END = 400


class NaiveTarget:
    """A target, second by second: what happens, answers that were waited for, then a check."""

    def __init__(self, interval: int, timeout: int, healthy: int, unhealthy: int) -> None:
        self.interval, self.timeout = interval, min(timeout, interval)
        self.thresholds = {"healthy": healthy, "unhealthy": unhealthy}
        self.state = "absent"
        self.since = 0
        self.run: list[str] = []
        self.waiting: list[int] = []
        self.drained: int | None = None

    def begin(self, second: int) -> None:
        self.state, self.since, self.run, self.waiting = "initial", second, [], []

    def count(self, result: str) -> None:
        kind = "healthy" if result == "healthy" else "unhealthy"
        self.run = [*self.run, kind] if self.run[-1:] == [kind] else [kind]
        needed = 1 if (kind, self.state) == ("healthy", "initial") else self.thresholds[kind]
        if self.state != kind and len(self.run) >= needed:
            self.state = kind

    def pass_second(self, second: int, found: str) -> None:
        """Let a second pass; ``found`` is what a check finds in it."""
        if self.state == "draining":
            if self.drained == second:
                self.state = "absent"
            return
        if self.state in ("absent", "unused"):
            return
        if second in self.waiting:
            self.waiting.remove(second)
            self.count("timeout")
        if second > self.since and (second - self.since) % self.interval == 0:
            if found == "timeout" and self.timeout:
                self.waiting.append(second + self.timeout)
            else:
                self.count(found)


events = st.lists(
    st.tuples(
        st.one_of(st.integers(1, END), st.integers(1, END // 5).map(lambda fifth: 5 * fifth)),
        st.one_of(
            st.tuples(st.just("find"), RESULTS),
            st.tuples(st.just("find as a function"), st.lists(RESULTS, min_size=1, max_size=5)),
            st.tuples(st.sampled_from(["deregister", "register", "detach", "attach"]), st.none()),
        ),
    ),
    max_size=8,
    unique_by=lambda one: one[0],
)


def varying(results: list[CheckResult]) -> Any:
    """Return a function of time that goes round through results, one every seven seconds."""
    return lambda moment: results[moment // (7 * SECOND) % len(results)]


@settings(max_examples=400)
@given(
    interval=st.one_of(st.integers(5, 30), st.sampled_from([5, 10, 20])),
    timeout=st.integers(2, 40),
    thresholds=st.tuples(st.integers(2, 4), st.integers(2, 4)),
    delay=st.integers(0, 60),
    first=RESULTS,
    events=events,
    copied_at=st.integers(0, END),
)
def test_states_are_those_of_check_by_check_d63_d64(
    interval: int,
    timeout: int,
    thresholds: tuple[int, int],
    delay: int,
    first: CheckResult,
    events: list[tuple[int, tuple[str, Any]]],
    copied_at: int,
) -> None:
    """A copy that is made in the middle has the same future (C24)."""
    naive = NaiveTarget(interval, timeout, *thresholds)
    world = World()
    healthy, unhealthy = thresholds
    group = world.group(
        interval=interval, timeout=timeout, healthy=healthy, unhealthy=unhealthy, delay=delay
    )
    elb = world.elb
    expected: list[tuple[int, str]] = []
    seen: list[tuple[int, str]] = []
    is_used = True
    happens = dict(events)
    current: Finding = first
    for second in range(END + 1):
        now = second * SECOND
        before = naive.state
        what, argument = happens.get(second, ("register" if second == 0 else "", None))
        elb = copy.deepcopy(elb) if second == copied_at else elb
        table = elb.targets
        if what == "register":
            table.register(group, KEY, now, finding=current)
            if naive.state in ("absent", "draining"):
                naive.state = "unused"
                if is_used:
                    naive.begin(second)
        elif what == "deregister":
            table.deregister(group, KEY, now)
            if naive.state not in ("absent", "draining"):
                at_once = naive.state == "unused" or not delay
                naive.state, naive.drained = ("absent" if at_once else "draining"), second + delay
        elif what in ("find", "find as a function"):
            current = argument if what == "find" else varying(argument)
            if table.find(group, KEY) is not None:
                table.set_finding(group, KEY, current, now)
        elif what in ("attach", "detach"):
            is_used, was_used = what == "attach", is_used
            table.set_load_balancer(group, "one" if is_used else None, now)
            if naive.state not in ("absent", "draining") and is_used is not was_used:
                naive.state = "unused"
                if is_used:
                    naive.begin(second)
        seen += [(one.moment // SECOND, str(one.state)) for one in table.apply(now)]
        naive.pass_second(second, current if isinstance(current, CheckResult) else current(now))
        if naive.state != before:
            expected.append((second, naive.state if naive.state != "absent" else "unused"))
    assert list(dict(seen).items()) == expected, "the last state of each second with a change"


def test_a_check_that_is_not_answered_before_the_next_one_counts_then() -> None:
    """The default timeout for HTTP, 6 s, is longer than an interval of 5 s."""
    world = World()
    group = world.group(interval=5, timeout=6)
    calls = [(0, "register", CheckResult.TIMEOUT)]
    changes = world.play([group], calls, until=60)
    assert [(second, state) for second, _, state in changes] == [(0, "initial"), (15, "unhealthy")]


def test_settings_that_change_keep_what_was_counted() -> None:
    world = World()
    group = world.group()
    world.table.register(group, KEY, 0, finding=CheckResult.UNHEALTHY)
    world.table.apply(31 * SECOND)
    changed = attrs.evolve(world.table.groups[group].settings, interval=100)
    world.table.change_settings(group, changed, 31 * SECOND)
    assert world.table.next_due() == 131 * SECOND
